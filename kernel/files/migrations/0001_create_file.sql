CREATE TABLE file (
  file_id BIGINT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  media_type TEXT NOT NULL,
  size_bytes BIGINT NOT NULL CHECK (size_bytes > 0),
  sha256 TEXT NOT NULL,
  owner_account_id BIGINT NOT NULL,
  created_at_us BIGINT NOT NULL
);
CREATE INDEX file_sha256 ON file (sha256);
