-- Uploads nobody has been seen to use yet: the daily sweep drops the row of one in use, and removes the others with their content.
CREATE TABLE file_upload (
  file_id BIGINT NOT NULL PRIMARY KEY,
  created_at_us BIGINT NOT NULL,
  released_at_us BIGINT NOT NULL
);
INSERT INTO file_upload (file_id, created_at_us, released_at_us)
SELECT file_id, created_at_us, 0 FROM file WHERE owner_account_id <> 0;
