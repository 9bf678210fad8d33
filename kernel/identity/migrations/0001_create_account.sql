CREATE TABLE person (
  person_id BIGINT NOT NULL PRIMARY KEY,
  full_name TEXT NOT NULL,
  folded TEXT NOT NULL,
  birth_on TEXT NOT NULL,
  sex TEXT NOT NULL CHECK (sex IN ('', 'male', 'female')),
  phone TEXT NOT NULL,
  email TEXT NOT NULL,
  address TEXT NOT NULL,
  area_code TEXT NOT NULL,
  created_at_us BIGINT NOT NULL
);

CREATE TABLE identity_paper (
  kind TEXT NOT NULL CHECK (kind IN ('personal_no', 'old_identity_no', 'tax_no')),
  number TEXT NOT NULL,
  person_id BIGINT NOT NULL,
  valid_from_on TEXT NOT NULL,
  valid_to_on TEXT NOT NULL,
  PRIMARY KEY (kind, number)
);

CREATE INDEX identity_paper_person ON identity_paper (person_id, kind);

CREATE TABLE account (
  account_id BIGINT NOT NULL PRIMARY KEY,
  username TEXT NOT NULL UNIQUE,
  person_id BIGINT NOT NULL,
  full_name TEXT NOT NULL,
  folded TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  password_expires_at_us BIGINT NOT NULL,
  must_change_password INTEGER NOT NULL CHECK (must_change_password IN (0, 1)),
  enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
  demo INTEGER NOT NULL CHECK (demo IN (0, 1)),
  home_authority_id BIGINT NOT NULL,
  created_at_us BIGINT NOT NULL,
  signed_in_at_us BIGINT NOT NULL
);

CREATE INDEX account_person ON account (person_id);

CREATE TABLE assignment (
  assignment_id BIGINT NOT NULL PRIMARY KEY,
  account_id BIGINT NOT NULL,
  unit_id BIGINT NOT NULL,
  authority_id BIGINT NOT NULL,
  role TEXT NOT NULL,
  position TEXT NOT NULL,
  valid_from_on TEXT NOT NULL,
  valid_to_on TEXT NOT NULL,
  ended_at_us BIGINT NOT NULL
);

CREATE INDEX assignment_account ON assignment (account_id);

CREATE INDEX assignment_unit ON assignment (unit_id, role);

CREATE TABLE session (
  token_hash TEXT NOT NULL PRIMARY KEY,
  session_id BIGINT NOT NULL,
  account_id BIGINT NOT NULL,
  assignment_id BIGINT NOT NULL,
  created_at_us BIGINT NOT NULL,
  seen_at_us BIGINT NOT NULL,
  expires_at_us BIGINT NOT NULL
);

CREATE INDEX session_account ON session (account_id);
