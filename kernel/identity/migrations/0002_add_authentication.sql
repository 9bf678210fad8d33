ALTER TABLE account ADD COLUMN kind TEXT NOT NULL DEFAULT 'person' CHECK (kind IN ('person', 'machine'));

ALTER TABLE account ADD COLUMN failed_tries INTEGER NOT NULL DEFAULT 0;

ALTER TABLE account ADD COLUMN failed_at_us BIGINT NOT NULL DEFAULT 0;

ALTER TABLE session ADD COLUMN method TEXT NOT NULL DEFAULT 'password';

ALTER TABLE session ADD COLUMN strong INTEGER NOT NULL DEFAULT 0 CHECK (strong IN (0, 1));

ALTER TABLE session ADD COLUMN confirmed_at_us BIGINT NOT NULL DEFAULT 0;

ALTER TABLE session ADD COLUMN device TEXT NOT NULL DEFAULT '';

ALTER TABLE session ADD COLUMN address TEXT NOT NULL DEFAULT '';

CREATE TABLE totp (
  account_id BIGINT NOT NULL PRIMARY KEY,
  secret TEXT NOT NULL,
  confirmed_at_us BIGINT NOT NULL,
  last_step BIGINT NOT NULL,
  created_at_us BIGINT NOT NULL
);

CREATE TABLE recovery_code (
  account_id BIGINT NOT NULL,
  code_hash TEXT NOT NULL,
  used_at_us BIGINT NOT NULL,
  PRIMARY KEY (account_id, code_hash)
);

CREATE TABLE passkey (
  credential_id TEXT NOT NULL PRIMARY KEY,
  passkey_id BIGINT NOT NULL,
  account_id BIGINT NOT NULL,
  name TEXT NOT NULL,
  algorithm INTEGER NOT NULL,
  public_key TEXT NOT NULL,
  sign_count BIGINT NOT NULL,
  backed_up INTEGER NOT NULL CHECK (backed_up IN (0, 1)),
  created_at_us BIGINT NOT NULL,
  used_at_us BIGINT NOT NULL
);

CREATE INDEX passkey_account ON passkey (account_id, passkey_id);

CREATE TABLE ceremony (
  token_hash TEXT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  account_id BIGINT NOT NULL,
  data TEXT NOT NULL,
  tries INTEGER NOT NULL,
  expires_at_us BIGINT NOT NULL
);

CREATE INDEX ceremony_expiry ON ceremony (expires_at_us);

CREATE TABLE identity_link (
  provider TEXT NOT NULL,
  subject TEXT NOT NULL,
  account_id BIGINT NOT NULL,
  level TEXT NOT NULL,
  linked_at_us BIGINT NOT NULL,
  used_at_us BIGINT NOT NULL,
  PRIMARY KEY (provider, subject)
);

CREATE UNIQUE INDEX identity_link_account ON identity_link (account_id, provider);

CREATE TABLE account_recovery (
  recovery_id BIGINT NOT NULL PRIMARY KEY,
  account_id BIGINT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('proposed', 'approved', 'refused', 'used')),
  reason TEXT NOT NULL,
  proposed_by BIGINT NOT NULL,
  proposed_at_us BIGINT NOT NULL,
  decided_by BIGINT NOT NULL,
  decided_at_us BIGINT NOT NULL,
  code_hash TEXT NOT NULL,
  expires_at_us BIGINT NOT NULL
);

CREATE INDEX account_recovery_account ON account_recovery (account_id, state);

CREATE TABLE machine_token (
  token_hash TEXT NOT NULL PRIMARY KEY,
  token_id BIGINT NOT NULL,
  account_id BIGINT NOT NULL,
  name TEXT NOT NULL,
  scopes TEXT NOT NULL,
  created_by BIGINT NOT NULL,
  created_at_us BIGINT NOT NULL,
  expires_at_us BIGINT NOT NULL,
  used_at_us BIGINT NOT NULL,
  revoked_at_us BIGINT NOT NULL
);

CREATE INDEX machine_token_account ON machine_token (account_id, token_id);
