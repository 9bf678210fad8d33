-- What a person complains of about one of his dossiers, who must answer it by when, and the answer.
CREATE TABLE complaint (
  authority_id BIGINT NOT NULL,
  complaint_id BIGINT NOT NULL,
  complaint_code TEXT NOT NULL,
  dossier_id BIGINT NOT NULL,
  dossier_code TEXT NOT NULL,
  procedure_name TEXT NOT NULL,
  person_id BIGINT NOT NULL,
  person_name TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('late', 'attitude', 'wrong_demand', 'other')),
  body TEXT NOT NULL,
  received_at_us BIGINT NOT NULL,
  held_authority_id BIGINT NOT NULL,
  due_at_us BIGINT NOT NULL,
  due_on TEXT NOT NULL,
  due_line TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'answered')),
  outcome TEXT NOT NULL CHECK (outcome IN ('', 'right', 'partly', 'not_right')),
  answer TEXT NOT NULL,
  answered_at_us BIGINT,
  answered_account_id BIGINT NOT NULL,
  answered_name TEXT NOT NULL,
  answered_position TEXT NOT NULL,
  answered_unit TEXT NOT NULL,
  answered_on_behalf_of TEXT NOT NULL,
  version BIGINT NOT NULL,
  PRIMARY KEY (authority_id, complaint_id)
);
CREATE UNIQUE INDEX complaint_code_unique ON complaint (authority_id, complaint_code);
CREATE INDEX complaint_of_dossier ON complaint (authority_id, dossier_id, complaint_id);
CREATE INDEX complaint_in_state ON complaint (authority_id, state, complaint_id);
