-- An assignment of one account done by another for some days. Rows are kept: who could act for whom, and when.
CREATE TABLE delegation (
  delegation_id BIGINT NOT NULL PRIMARY KEY,
  assignment_id BIGINT NOT NULL,
  from_account_id BIGINT NOT NULL,
  to_account_id BIGINT NOT NULL,
  valid_from_on TEXT NOT NULL,
  valid_to_on TEXT NOT NULL,
  reason TEXT NOT NULL,
  created_by BIGINT NOT NULL,
  created_at_us BIGINT NOT NULL,
  revoked_by BIGINT NOT NULL,
  revoked_at_us BIGINT NOT NULL
);

CREATE INDEX delegation_assignment ON delegation (assignment_id);

CREATE INDEX delegation_from ON delegation (from_account_id, delegation_id);

CREATE INDEX delegation_to ON delegation (to_account_id, delegation_id);
