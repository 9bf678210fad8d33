-- A statement file of a bank that was read in, once for each content.
CREATE TABLE bank_statement (
  authority_id BIGINT NOT NULL,
  statement_id BIGINT NOT NULL,
  bank_bin TEXT NOT NULL,
  account_no TEXT NOT NULL,
  file_name TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  format TEXT NOT NULL,
  from_on TEXT NOT NULL,
  to_on TEXT NOT NULL,
  credits BIGINT NOT NULL,
  credits_vnd BIGINT NOT NULL,
  credits_new BIGINT NOT NULL,
  account_id BIGINT NOT NULL,
  imported_name TEXT NOT NULL,
  imported_at_us BIGINT NOT NULL,
  PRIMARY KEY (authority_id, statement_id)
);
CREATE UNIQUE INDEX bank_statement_once ON bank_statement (authority_id, bank_bin, account_no, sha256);

-- What the newest statement says of a whole day, to hold the books to.
CREATE TABLE statement_day (
  authority_id BIGINT NOT NULL,
  bank_bin TEXT NOT NULL,
  account_no TEXT NOT NULL,
  booked_on TEXT NOT NULL,
  begin_us BIGINT NOT NULL,
  end_us BIGINT NOT NULL,
  credits BIGINT NOT NULL,
  credits_vnd BIGINT NOT NULL,
  statement_id BIGINT NOT NULL,
  PRIMARY KEY (authority_id, bank_bin, account_no, booked_on)
);
CREATE INDEX bank_credit_by_booked ON bank_credit (authority_id, bank_bin, account_no, booked_at_us);
