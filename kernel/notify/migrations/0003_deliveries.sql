-- What a person chose. No row: the defaults.
CREATE TABLE notice_settings (
  account_id BIGINT NOT NULL PRIMARY KEY,
  language TEXT NOT NULL CHECK (language IN ('vi', 'en')),
  choices TEXT NOT NULL,
  quiet_from_minute INTEGER NOT NULL,
  quiet_to_minute INTEGER NOT NULL,
  digest_minute INTEGER NOT NULL,
  unsubscribe_token TEXT NOT NULL UNIQUE
);

-- Where a person is reached outside. `address` was proved with a code; `pending_address` is waiting for its code.
CREATE TABLE notice_address (
  account_id BIGINT NOT NULL,
  channel TEXT NOT NULL CHECK (channel IN ('email', 'sms', 'zalo')),
  address TEXT NOT NULL,
  verified_at_us BIGINT NOT NULL,
  refused_at_us BIGINT NOT NULL,
  pending_address TEXT NOT NULL,
  code_hash TEXT NOT NULL,
  code_expires_at_us BIGINT NOT NULL,
  code_tries INTEGER NOT NULL,
  codes_sent_on TEXT NOT NULL,
  codes_sent INTEGER NOT NULL,
  PRIMARY KEY (account_id, channel)
);

-- One message to one person by one channel: the outbox and its record. 'handing' = the provider has been told to take it and
-- what it answered is not written yet.
CREATE TABLE notice_delivery (
  account_id BIGINT NOT NULL,
  delivery_id BIGINT NOT NULL,
  channel TEXT NOT NULL CHECK (channel IN ('email', 'sms', 'zalo')),
  purpose TEXT NOT NULL CHECK (purpose IN ('notice', 'digest', 'verify', 'test')),
  notice_id BIGINT NOT NULL,
  digest_id BIGINT NOT NULL,
  dedup_key TEXT NOT NULL,
  address TEXT NOT NULL,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  link TEXT NOT NULL,
  code TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'digest', 'sending', 'handing', 'sent', 'failed', 'unknown', 'cancelled')),
  tries INTEGER NOT NULL,
  due_at_us BIGINT NOT NULL,
  lease_token BIGINT NOT NULL,
  provider_id TEXT NOT NULL,
  last_error TEXT NOT NULL,
  created_at_us BIGINT NOT NULL,
  finished_at_us BIGINT NOT NULL,
  PRIMARY KEY (account_id, delivery_id),
  UNIQUE (account_id, channel, dedup_key)
);

CREATE UNIQUE INDEX notice_delivery_id ON notice_delivery (delivery_id, account_id);
CREATE INDEX notice_delivery_due ON notice_delivery (channel, due_at_us, delivery_id) WHERE state IN ('waiting', 'sending');
CREATE INDEX notice_delivery_notice ON notice_delivery (account_id, notice_id);
CREATE INDEX notice_delivery_state ON notice_delivery (state, delivery_id);
