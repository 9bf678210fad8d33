CREATE TABLE inbox_item (
  authority_id BIGINT NOT NULL,
  subject_kind TEXT NOT NULL,
  subject_id BIGINT NOT NULL,
  item_id BIGINT NOT NULL,
  subject_authority_id BIGINT NOT NULL,
  unit_id BIGINT NOT NULL,
  role TEXT NOT NULL,
  assignee_account_id BIGINT NOT NULL,
  due_at_us BIGINT NOT NULL,
  received_at_us BIGINT NOT NULL,
  state TEXT NOT NULL,
  national_state INTEGER NOT NULL,
  subject_code TEXT NOT NULL,
  title TEXT NOT NULL,
  person_name TEXT NOT NULL,
  assignee_name TEXT NOT NULL,
  folded TEXT NOT NULL,
  PRIMARY KEY (authority_id, subject_kind, subject_id)
);

CREATE INDEX inbox_item_due ON inbox_item (authority_id, unit_id, due_at_us, item_id);

CREATE INDEX inbox_item_subject ON inbox_item (subject_id, subject_kind);
