-- What a person answered to each question asked after the result. question_set is the first day of the version of the questions.
CREATE TABLE dossier_rating_answer (
  authority_id BIGINT NOT NULL,
  dossier_id BIGINT NOT NULL,
  question_id TEXT NOT NULL,
  question_set TEXT NOT NULL,
  value INTEGER NOT NULL,
  PRIMARY KEY (authority_id, dossier_id, question_id)
);
