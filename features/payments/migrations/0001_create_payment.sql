-- Where the fees of a unit are paid to. An account that is not used any more stays known: late money still comes to it.
CREATE TABLE receiving_account (
  bank_bin TEXT NOT NULL,
  account_no TEXT NOT NULL,
  authority_id BIGINT NOT NULL,
  holder_name TEXT NOT NULL,
  in_use INTEGER NOT NULL CHECK (in_use IN (0, 1)),
  by_admin INTEGER NOT NULL CHECK (by_admin IN (0, 1)),
  changed_at_us BIGINT NOT NULL,
  PRIMARY KEY (authority_id, bank_bin, account_no)
);
-- One account belongs to one unit.
CREATE UNIQUE INDEX receiving_account_number ON receiving_account (bank_bin, account_no);
CREATE INDEX receiving_account_by_unit ON receiving_account (authority_id, in_use);

CREATE TABLE invoice (
  authority_id BIGINT NOT NULL,
  invoice_id BIGINT NOT NULL,
  reference TEXT NOT NULL,
  dossier_id BIGINT NOT NULL,
  dossier_code TEXT NOT NULL,
  procedure_code TEXT NOT NULL,
  procedure_name TEXT NOT NULL,
  person_id BIGINT NOT NULL,
  payer_name TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('issued', 'partial', 'paid', 'cancelled', 'refunded', 'exempt')),
  amount_vnd BIGINT NOT NULL CHECK (amount_vnd >= 0),
  paid_vnd BIGINT NOT NULL CHECK (paid_vnd >= 0 AND paid_vnd <= amount_vnd),
  bank_bin TEXT NOT NULL,
  account_no TEXT NOT NULL,
  holder_name TEXT NOT NULL,
  issued_at_us BIGINT NOT NULL,
  expires_on TEXT NOT NULL,
  paid_at_us BIGINT,
  cancelled_at_us BIGINT,
  cancel_reason TEXT NOT NULL,
  version BIGINT NOT NULL,
  PRIMARY KEY (authority_id, invoice_id)
);
CREATE UNIQUE INDEX invoice_by_reference ON invoice (authority_id, reference);
CREATE INDEX invoice_by_dossier ON invoice (authority_id, dossier_id);
CREATE INDEX invoice_by_state ON invoice (authority_id, state, invoice_id);
CREATE INDEX invoice_number ON invoice (invoice_id);
CREATE INDEX invoice_reference ON invoice (reference);

CREATE TABLE invoice_line (
  authority_id BIGINT NOT NULL,
  invoice_id BIGINT NOT NULL,
  line_no INTEGER NOT NULL,
  name_vi TEXT NOT NULL,
  name_en TEXT NOT NULL,
  quantity BIGINT NOT NULL,
  unit_vnd BIGINT NOT NULL,
  amount_vnd BIGINT NOT NULL,
  exempt_vi TEXT NOT NULL,
  exempt_en TEXT NOT NULL,
  PRIMARY KEY (authority_id, invoice_id, line_no)
);

-- What a bank says came in: stored before anything is decided about it.
CREATE TABLE bank_credit (
  authority_id BIGINT NOT NULL,
  bank_credit_id BIGINT NOT NULL,
  bank_bin TEXT NOT NULL,
  account_no TEXT NOT NULL,
  transaction_no TEXT NOT NULL,
  source TEXT NOT NULL,
  amount_vnd BIGINT NOT NULL CHECK (amount_vnd > 0),
  remittance TEXT NOT NULL,
  payer_name TEXT NOT NULL,
  payer_account_no TEXT NOT NULL,
  booked_at_us BIGINT NOT NULL,
  stored_at_us BIGINT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'settled')),
  problem TEXT NOT NULL CHECK (problem IN ('', 'partial', 'double', 'excess', 'late', 'unknown', 'other_unit')),
  invoice_id BIGINT NOT NULL,
  left_vnd BIGINT NOT NULL CHECK (left_vnd >= 0 AND left_vnd <= amount_vnd),
  held_vnd BIGINT NOT NULL CHECK (held_vnd >= 0 AND held_vnd <= left_vnd),
  version BIGINT NOT NULL,
  PRIMARY KEY (authority_id, bank_credit_id)
);
CREATE UNIQUE INDEX bank_credit_once ON bank_credit (authority_id, bank_bin, account_no, transaction_no);
CREATE INDEX bank_credit_by_state ON bank_credit (authority_id, state, bank_credit_id);
CREATE INDEX bank_credit_by_invoice ON bank_credit (authority_id, invoice_id);

-- One message of a provider, by its own number: a repetition is answered as the first was.
CREATE TABLE payment_event (
  authority_id BIGINT NOT NULL,
  provider TEXT NOT NULL,
  event_id TEXT NOT NULL,
  body_sha256 TEXT NOT NULL,
  answer TEXT NOT NULL,
  received_at_us BIGINT NOT NULL,
  PRIMARY KEY (authority_id, provider, event_id)
);

-- Money that paid a part or the whole of one invoice.
CREATE TABLE payment (
  authority_id BIGINT NOT NULL,
  payment_id BIGINT NOT NULL,
  invoice_id BIGINT NOT NULL,
  method TEXT NOT NULL CHECK (method IN ('cash', 'transfer')),
  amount_vnd BIGINT NOT NULL CHECK (amount_vnd > 0),
  bank_credit_id BIGINT NOT NULL,
  paid_on TEXT NOT NULL,
  at_us BIGINT NOT NULL,
  account_id BIGINT NOT NULL,
  cashier_name TEXT NOT NULL,
  PRIMARY KEY (authority_id, payment_id)
);
CREATE INDEX payment_by_invoice ON payment (authority_id, invoice_id);
CREATE INDEX payment_by_day ON payment (authority_id, paid_on, payment_id);

CREATE TABLE refund (
  authority_id BIGINT NOT NULL,
  refund_id BIGINT NOT NULL,
  invoice_id BIGINT NOT NULL,
  bank_credit_id BIGINT NOT NULL,
  amount_vnd BIGINT NOT NULL CHECK (amount_vnd > 0),
  method TEXT NOT NULL CHECK (method IN ('cash', 'transfer')),
  to_bank_bin TEXT NOT NULL,
  to_account_no TEXT NOT NULL,
  to_name TEXT NOT NULL,
  reason TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('proposed', 'approved', 'refused')),
  proposed_by BIGINT NOT NULL,
  proposed_name TEXT NOT NULL,
  proposed_at_us BIGINT NOT NULL,
  decided_by BIGINT NOT NULL,
  decided_name TEXT NOT NULL,
  decided_at_us BIGINT,
  decided_on TEXT NOT NULL,
  decision_note TEXT NOT NULL,
  version BIGINT NOT NULL,
  PRIMARY KEY (authority_id, refund_id)
);
CREATE INDEX refund_by_state ON refund (authority_id, state, refund_id);
CREATE INDEX refund_by_invoice ON refund (authority_id, invoice_id);
CREATE INDEX refund_by_day ON refund (authority_id, decided_on);

CREATE TABLE receipt (
  authority_id BIGINT NOT NULL,
  receipt_id BIGINT NOT NULL,
  form_no TEXT NOT NULL,
  symbol TEXT NOT NULL,
  year INTEGER NOT NULL,
  receipt_no BIGINT NOT NULL,
  invoice_id BIGINT NOT NULL,
  payer_name TEXT NOT NULL,
  payer_address TEXT NOT NULL,
  amount_vnd BIGINT NOT NULL CHECK (amount_vnd > 0),
  method TEXT NOT NULL,
  account_id BIGINT NOT NULL,
  cashier_name TEXT NOT NULL,
  issued_at_us BIGINT NOT NULL,
  issued_on TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('valid', 'cancelled')),
  cancelled_at_us BIGINT,
  cancelled_by BIGINT NOT NULL,
  cancelled_name TEXT NOT NULL,
  cancel_reason TEXT NOT NULL,
  replaces_receipt_id BIGINT NOT NULL,
  PRIMARY KEY (authority_id, receipt_id)
);
CREATE UNIQUE INDEX receipt_by_no ON receipt (authority_id, symbol, year, receipt_no);
CREATE INDEX receipt_by_invoice ON receipt (authority_id, invoice_id);
CREATE INDEX receipt_by_day ON receipt (authority_id, issued_on, receipt_id);
CREATE INDEX receipt_number ON receipt (receipt_id);

-- The double-entry ledger. Rows are only ever inserted; the debits of an entry equal its credits.
CREATE TABLE ledger_entry (
  authority_id BIGINT NOT NULL,
  entry_id BIGINT NOT NULL,
  kind TEXT NOT NULL,
  entry_on TEXT NOT NULL,
  at_us BIGINT NOT NULL,
  account_id BIGINT NOT NULL,
  invoice_id BIGINT NOT NULL,
  bank_credit_id BIGINT NOT NULL,
  refund_id BIGINT NOT NULL,
  PRIMARY KEY (authority_id, entry_id)
);
CREATE TABLE ledger_posting (
  authority_id BIGINT NOT NULL,
  entry_id BIGINT NOT NULL,
  posting_no INTEGER NOT NULL,
  ledger_account TEXT NOT NULL CHECK (ledger_account IN ('receivable', 'revenue', 'bank', 'cash', 'suspense', 'other_income')),
  debit_vnd BIGINT NOT NULL CHECK (debit_vnd >= 0),
  credit_vnd BIGINT NOT NULL CHECK (credit_vnd >= 0),
  posting_on TEXT NOT NULL,
  invoice_id BIGINT NOT NULL,
  bank_credit_id BIGINT NOT NULL,
  PRIMARY KEY (authority_id, entry_id, posting_no)
);
CREATE INDEX ledger_posting_by_account ON ledger_posting (authority_id, ledger_account, posting_on);
CREATE INDEX ledger_posting_by_invoice ON ledger_posting (authority_id, invoice_id);
CREATE INDEX ledger_posting_by_credit ON ledger_posting (authority_id, bank_credit_id);
