CREATE TABLE job (
  authority_id BIGINT NOT NULL,
  job_id BIGINT NOT NULL,
  kind TEXT NOT NULL,
  dedup_key TEXT NOT NULL,
  payload TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'dead', 'discarded')),
  attempts INTEGER NOT NULL,
  -- When it may be claimed next: for a waiting job its time, for a running one the end of its lease.
  run_at_us BIGINT NOT NULL,
  lease_token BIGINT NOT NULL,
  last_error TEXT NOT NULL,
  created_at_us BIGINT NOT NULL,
  finished_at_us BIGINT,
  PRIMARY KEY (authority_id, job_id)
);
CREATE INDEX job_due ON job (run_at_us, job_id) WHERE finished_at_us IS NULL;
CREATE INDEX job_state ON job (state, job_id);
CREATE UNIQUE INDEX job_dedup ON job (authority_id, kind, dedup_key) WHERE dedup_key <> '';
