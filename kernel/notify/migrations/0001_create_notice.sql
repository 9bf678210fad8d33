CREATE TABLE notice (
  account_id BIGINT NOT NULL,
  notice_id BIGINT NOT NULL,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  link TEXT NOT NULL,
  dedup_key TEXT NOT NULL,
  created_at_us BIGINT NOT NULL,
  read_at_us BIGINT NOT NULL,
  PRIMARY KEY (account_id, notice_id),
  UNIQUE (account_id, dedup_key)
);

CREATE INDEX notice_unread ON notice (account_id, read_at_us);
