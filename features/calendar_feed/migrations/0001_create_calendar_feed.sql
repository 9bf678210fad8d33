-- The secret address of an account's calendar: its hash only.
CREATE TABLE calendar_feed (
  account_id BIGINT NOT NULL,
  secret_sha256 TEXT NOT NULL,
  made_at_us BIGINT NOT NULL,
  PRIMARY KEY (account_id)
);
CREATE UNIQUE INDEX calendar_feed_secret ON calendar_feed (secret_sha256);
