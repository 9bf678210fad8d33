CREATE TABLE dossier (
  authority_id BIGINT NOT NULL,
  dossier_id BIGINT NOT NULL,
  dossier_code TEXT NOT NULL,
  procedure_code TEXT NOT NULL,
  procedure_name TEXT NOT NULL,
  procedure_version INTEGER NOT NULL,
  form_id TEXT NOT NULL,
  form_version INTEGER NOT NULL,
  workflow_id TEXT NOT NULL,
  workflow_version INTEGER NOT NULL,
  desk_unit_id BIGINT NOT NULL,
  handling_unit_id BIGINT NOT NULL,
  department_unit_id BIGINT NOT NULL,
  department_authority_id BIGINT NOT NULL,
  channel TEXT NOT NULL CHECK (channel IN ('online', 'counter', 'post')),
  return_method TEXT NOT NULL CHECK (return_method IN ('online', 'counter', 'post')),
  state TEXT NOT NULL,
  back_state TEXT NOT NULL,
  national_state INTEGER NOT NULL CHECK (national_state BETWEEN 1 AND 10),
  clock TEXT NOT NULL CHECK (clock IN ('waiting', 'running', 'paused', 'stopped')),
  person_id BIGINT NOT NULL,
  applicant_name TEXT NOT NULL,
  name_folded TEXT NOT NULL,
  given_folded TEXT NOT NULL,
  personal_no TEXT NOT NULL,
  account_id BIGINT NOT NULL,
  assignee_account_id BIGINT NOT NULL,
  submitted_at_us BIGINT NOT NULL,
  received_at_us BIGINT,
  due_at_us BIGINT,
  due_on TEXT,
  original_due_on TEXT,
  finished_at_us BIGINT,
  limit_value INTEGER NOT NULL,
  limit_unit TEXT NOT NULL,
  after_hours_minute INTEGER NOT NULL,
  paused_minutes BIGINT NOT NULL,
  paused_since_us BIGINT,
  supplement_count INTEGER NOT NULL,
  held_since_us BIGINT NOT NULL,
  version BIGINT NOT NULL,
  PRIMARY KEY (authority_id, dossier_id)
);
CREATE UNIQUE INDEX dossier_by_code ON dossier (authority_id, dossier_code);
CREATE INDEX dossier_by_submitted ON dossier (authority_id, submitted_at_us, dossier_id);
CREATE INDEX dossier_by_personal_no ON dossier (authority_id, personal_no);
CREATE INDEX dossier_by_name ON dossier (authority_id, name_folded);
CREATE INDEX dossier_by_given ON dossier (authority_id, given_folded);

CREATE TABLE dossier_body (
  authority_id BIGINT NOT NULL,
  dossier_id BIGINT NOT NULL,
  answers TEXT NOT NULL,
  applicant TEXT NOT NULL,
  PRIMARY KEY (authority_id, dossier_id)
);

CREATE TABLE dossier_paper (
  authority_id BIGINT NOT NULL,
  dossier_id BIGINT NOT NULL,
  submitted_paper_id BIGINT NOT NULL,
  paper_id TEXT NOT NULL,
  name TEXT NOT NULL,
  originals INTEGER NOT NULL,
  copies INTEGER NOT NULL,
  round INTEGER NOT NULL,
  PRIMARY KEY (authority_id, dossier_id, submitted_paper_id)
);

CREATE TABLE dossier_file (
  authority_id BIGINT NOT NULL,
  dossier_id BIGINT NOT NULL,
  submitted_paper_id BIGINT NOT NULL,
  file_id BIGINT NOT NULL,
  name TEXT NOT NULL,
  media_type TEXT NOT NULL,
  size_bytes BIGINT NOT NULL,
  PRIMARY KEY (authority_id, dossier_id, submitted_paper_id, file_id)
);

-- Append-only: nothing updates or deletes an event.
CREATE TABLE dossier_event (
  authority_id BIGINT NOT NULL,
  dossier_id BIGINT NOT NULL,
  event_id BIGINT NOT NULL,
  at_us BIGINT NOT NULL,
  action TEXT NOT NULL,
  from_state TEXT NOT NULL,
  to_state TEXT NOT NULL,
  national_state INTEGER NOT NULL,
  account_id BIGINT NOT NULL,
  assignment_id BIGINT NOT NULL,
  actor_name TEXT NOT NULL,
  actor_position TEXT NOT NULL,
  actor_unit TEXT NOT NULL,
  by_applicant INTEGER NOT NULL CHECK (by_applicant IN (0, 1)),
  note TEXT NOT NULL,
  reason TEXT NOT NULL,
  items TEXT NOT NULL,
  due_on TEXT,
  PRIMARY KEY (authority_id, dossier_id, event_id)
);

CREATE TABLE dossier_result (
  authority_id BIGINT NOT NULL,
  dossier_id BIGINT NOT NULL,
  verify_code TEXT NOT NULL,
  number TEXT NOT NULL,
  issued_on TEXT NOT NULL,
  decided_by TEXT NOT NULL,
  decided_position TEXT NOT NULL,
  template_id TEXT NOT NULL,
  result_text TEXT NOT NULL,
  file_id BIGINT,
  sha256 TEXT NOT NULL,
  PRIMARY KEY (authority_id, dossier_id)
);
CREATE UNIQUE INDEX dossier_result_by_verify_code ON dossier_result (authority_id, verify_code);

CREATE TABLE dossier_rating (
  authority_id BIGINT NOT NULL,
  dossier_id BIGINT NOT NULL,
  score INTEGER NOT NULL CHECK (score BETWEEN 1 AND 5),
  comment TEXT NOT NULL,
  rated_at_us BIGINT NOT NULL,
  PRIMARY KEY (authority_id, dossier_id)
);

CREATE TABLE dossier_request (
  authority_id BIGINT NOT NULL,
  account_id BIGINT NOT NULL,
  idempotency_key TEXT NOT NULL,
  request_sha256 TEXT NOT NULL,
  dossier_id BIGINT NOT NULL,
  PRIMARY KEY (authority_id, account_id, idempotency_key)
);

-- The person's own view, the second distribution group: keyed by person.
CREATE TABLE person_dossier (
  person_id BIGINT NOT NULL,
  dossier_id BIGINT NOT NULL,
  authority_id BIGINT NOT NULL,
  PRIMARY KEY (person_id, dossier_id)
);
