-- The next job of one authority is found without reading the others, however many wait and however many are done.
CREATE INDEX job_next ON job (authority_id, run_at_us, job_id) WHERE finished_at_us IS NULL;
