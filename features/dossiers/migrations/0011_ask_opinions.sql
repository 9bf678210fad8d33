-- Opinions asked of other units (xin ý kiến) while a step goes on; the dossier's clock runs. `step`: the workflow state it was asked
-- in. `status`: 'no_answer' when the deadline passed first; it may still be answered, late, until the step ends (`ended_at_us`).
CREATE TABLE dossier_consultation (
  authority_id BIGINT NOT NULL,
  dossier_id BIGINT NOT NULL,
  consultation_id BIGINT NOT NULL,
  step TEXT NOT NULL,
  asked_at_us BIGINT NOT NULL,
  account_id BIGINT NOT NULL,
  asker_name TEXT NOT NULL,
  asker_position TEXT NOT NULL,
  asker_unit TEXT NOT NULL,
  unit_id BIGINT NOT NULL,
  unit_name TEXT NOT NULL,
  role TEXT NOT NULL,
  question TEXT NOT NULL,
  required INTEGER NOT NULL CHECK (required IN (0, 1)),
  due_at_us BIGINT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('open', 'no_answer', 'answered', 'withdrawn')),
  verdict TEXT NOT NULL DEFAULT '' CHECK (verdict IN ('', 'agree', 'agree_with_remarks', 'disagree')),
  answer TEXT NOT NULL DEFAULT '',
  answered_by TEXT NOT NULL DEFAULT '',
  answered_position TEXT NOT NULL DEFAULT '',
  reminded_at_us BIGINT,
  ended_at_us BIGINT,
  PRIMARY KEY (authority_id, dossier_id, consultation_id)
);
-- The papers shown to the unit that is asked ('paper'), and what came with its answer ('answer').
CREATE TABLE dossier_consultation_file (
  authority_id BIGINT NOT NULL,
  dossier_id BIGINT NOT NULL,
  consultation_id BIGINT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('paper', 'answer')),
  file_id BIGINT NOT NULL,
  name TEXT NOT NULL,
  media_type TEXT NOT NULL,
  size_bytes BIGINT NOT NULL,
  PRIMARY KEY (authority_id, dossier_id, consultation_id, kind, file_id)
);
-- The asked unit's own list. authority_id: of the unit that is asked.
CREATE TABLE consultation_asked (
  authority_id BIGINT NOT NULL,
  consultation_id BIGINT NOT NULL,
  unit_id BIGINT NOT NULL,
  subject_authority_id BIGINT NOT NULL,
  dossier_id BIGINT NOT NULL,
  due_at_us BIGINT NOT NULL,
  ended_at_us BIGINT,
  counted INTEGER NOT NULL CHECK (counted IN (0, 1)),
  PRIMARY KEY (authority_id, consultation_id)
);
