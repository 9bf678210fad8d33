-- A unit that was merged has one unit that continues it. Units are reference data: rows of a unit's data keep their authority_id,
-- and who acts for it now is read from here.
CREATE TABLE unit_succession (
  from_unit_id BIGINT NOT NULL PRIMARY KEY,
  to_unit_id BIGINT NOT NULL,
  effective_on TEXT NOT NULL,
  merger_id BIGINT NOT NULL
);

CREATE TABLE merger (
  merger_id BIGINT NOT NULL PRIMARY KEY,
  state TEXT NOT NULL CHECK (state IN ('scheduled', 'running', 'done', 'cancelled')),
  effective_on TEXT NOT NULL,
  plan TEXT NOT NULL,
  account_id BIGINT NOT NULL,
  assignment_id BIGINT NOT NULL,
  created_at_us BIGINT NOT NULL,
  started_at_us BIGINT NOT NULL,
  finished_at_us BIGINT NOT NULL,
  version BIGINT NOT NULL
);

CREATE TABLE merger_part (
  merger_id BIGINT NOT NULL,
  part TEXT NOT NULL,
  expected BIGINT NOT NULL,
  moved BIGINT NOT NULL,
  PRIMARY KEY (merger_id, part)
);
