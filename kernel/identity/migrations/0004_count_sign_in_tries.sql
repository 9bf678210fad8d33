CREATE TABLE sign_in_try (
  key_hash TEXT NOT NULL PRIMARY KEY,
  tries BIGINT NOT NULL,
  last_at_us BIGINT NOT NULL,
  expires_at_us BIGINT NOT NULL
);

CREATE INDEX sign_in_try_expiry ON sign_in_try (expires_at_us);
