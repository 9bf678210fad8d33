// Accounts, invoices, payments and receipts.
#include "store.h"

namespace tinhso::payments::store {
namespace {

Account AccountOf(const db::Row& r) { return {r.Text(0), r.Text(1), r.Int(2), r.Text(3), r.Int(4) != 0, r.Int(5) != 0, r.Int(6)}; }

constexpr db::Sql kFindAccount = R"sql(
  SELECT bank_bin, account_no, authority_id, holder_name, in_use, by_admin, changed_at_us FROM receiving_account
  WHERE bank_bin = $1 AND account_no = $2)sql";
constexpr db::Sql kAccountInUse = R"sql(
  SELECT bank_bin, account_no, authority_id, holder_name, in_use, by_admin, changed_at_us FROM receiving_account
  WHERE authority_id = $1 AND in_use = 1 ORDER BY changed_at_us DESC LIMIT 1)sql";
constexpr db::Sql kAccountsInUse = R"sql(
  SELECT bank_bin, account_no, authority_id, holder_name, in_use, by_admin, changed_at_us FROM receiving_account
  WHERE in_use = 1 ORDER BY authority_id)sql";
constexpr db::Sql kRetireAccounts = R"sql(
  UPDATE receiving_account SET in_use = 0 WHERE authority_id = $1 AND NOT (bank_bin = $2 AND account_no = $3))sql";
constexpr db::Sql kPutAccount = R"sql(
  INSERT INTO receiving_account (bank_bin, account_no, authority_id, holder_name, in_use, by_admin, changed_at_us)
  VALUES ($1, $2, $3, $4, 1, $5, $6)
  ON CONFLICT (authority_id, bank_bin, account_no) DO UPDATE
  SET holder_name = excluded.holder_name, in_use = 1, by_admin = excluded.by_admin, changed_at_us = excluded.changed_at_us)sql";

Invoice InvoiceOf(const db::Row& r) {
  Invoice i;
  i.authority_id = r.Int(0), i.invoice_id = r.Int(1), i.reference = r.Text(2), i.dossier_id = r.Int(3), i.dossier_code = r.Text(4);
  i.procedure_code = r.Text(5), i.procedure_name = r.Text(6), i.person_id = r.Int(7), i.payer_name = r.Text(8), i.state = r.Text(9);
  i.amount_vnd = r.Int(10), i.paid_vnd = r.Int(11), i.bank_bin = r.Text(12), i.account_no = r.Text(13), i.holder_name = r.Text(14);
  i.issued_at_us = r.Int(15), i.expires_on = r.Text(16), i.paid_at_us = r.OptInt(17), i.cancelled_at_us = r.OptInt(18);
  i.cancel_reason = r.Text(19), i.version = r.Int(20);
  return i;
}

constexpr db::Sql kInsertInvoice = R"sql(
  INSERT INTO invoice (authority_id, invoice_id, reference, dossier_id, dossier_code, procedure_code, procedure_name, person_id, payer_name,
    state, amount_vnd, paid_vnd, bank_bin, account_no, holder_name, issued_at_us, expires_on, paid_at_us, cancelled_at_us, cancel_reason, version)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, NULL, NULL, '', 1))sql";
constexpr db::Sql kInsertLine = R"sql(
  INSERT INTO invoice_line (authority_id, invoice_id, line_no, name_vi, name_en, quantity, unit_vnd, amount_vnd, exempt_vi, exempt_en)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10))sql";
constexpr db::Sql kLines = R"sql(
  SELECT name_vi, name_en, quantity, unit_vnd, amount_vnd, exempt_vi, exempt_en FROM invoice_line
  WHERE authority_id = $1 AND invoice_id = $2 ORDER BY line_no)sql";
constexpr db::Sql kLockInvoice = R"sql(
  UPDATE invoice SET version = version + 1 WHERE authority_id = $1 AND invoice_id = $2
  RETURNING authority_id, invoice_id, reference, dossier_id, dossier_code, procedure_code, procedure_name, person_id, payer_name, state,
    amount_vnd, paid_vnd, bank_bin, account_no, holder_name, issued_at_us, expires_on, paid_at_us, cancelled_at_us, cancel_reason, version)sql";
constexpr db::Sql kUpdateInvoice = R"sql(
  UPDATE invoice SET state = $1, paid_vnd = $2, paid_at_us = $3, cancelled_at_us = $4, cancel_reason = $5, payer_name = $6
  WHERE authority_id = $7 AND invoice_id = $8)sql";
constexpr db::Sql kFindInvoice = R"sql(
  SELECT authority_id, invoice_id, reference, dossier_id, dossier_code, procedure_code, procedure_name, person_id, payer_name, state,
    amount_vnd, paid_vnd, bank_bin, account_no, holder_name, issued_at_us, expires_on, paid_at_us, cancelled_at_us, cancel_reason, version
  FROM invoice WHERE invoice_id = $1)sql";
constexpr db::Sql kInvoiceByReference = R"sql(
  SELECT authority_id, invoice_id, reference, dossier_id, dossier_code, procedure_code, procedure_name, person_id, payer_name, state,
    amount_vnd, paid_vnd, bank_bin, account_no, holder_name, issued_at_us, expires_on, paid_at_us, cancelled_at_us, cancel_reason, version
  FROM invoice WHERE reference = $1)sql";
constexpr db::Sql kInvoicesOfDossier = R"sql(
  SELECT authority_id, invoice_id, reference, dossier_id, dossier_code, procedure_code, procedure_name, person_id, payer_name, state,
    amount_vnd, paid_vnd, bank_bin, account_no, holder_name, issued_at_us, expires_on, paid_at_us, cancelled_at_us, cancel_reason, version
  FROM invoice WHERE authority_id = $1 AND dossier_id = $2 ORDER BY invoice_id)sql";
constexpr db::Sql kInvoicesIn = R"sql(
  SELECT authority_id, invoice_id, reference, dossier_id, dossier_code, procedure_code, procedure_name, person_id, payer_name, state,
    amount_vnd, paid_vnd, bank_bin, account_no, holder_name, issued_at_us, expires_on, paid_at_us, cancelled_at_us, cancel_reason, version
  FROM invoice WHERE authority_id = $1 AND state = $2 AND invoice_id < $3 ORDER BY invoice_id DESC LIMIT $4)sql";

constexpr db::Sql kInsertPayment = R"sql(
  INSERT INTO payment (authority_id, payment_id, invoice_id, method, amount_vnd, bank_credit_id, paid_on, at_us, account_id, cashier_name)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10))sql";
constexpr db::Sql kPaymentsOf = R"sql(
  SELECT authority_id, payment_id, invoice_id, method, amount_vnd, bank_credit_id, paid_on, at_us, account_id, cashier_name FROM payment
  WHERE authority_id = $1 AND invoice_id = $2 ORDER BY payment_id)sql";
constexpr db::Sql kPaymentsOn = R"sql(
  SELECT authority_id, payment_id, invoice_id, method, amount_vnd, bank_credit_id, paid_on, at_us, account_id, cashier_name FROM payment
  WHERE authority_id = $1 AND paid_on = $2 ORDER BY payment_id)sql";

Payment PaymentOf(const db::Row& r) {
  return {r.Int(0), r.Int(1), r.Int(2), r.Text(3), r.Int(4), r.Int(5), r.Text(6), r.Int(7), r.Int(8), r.Text(9)};
}

Receipt ReceiptOf(const db::Row& r) {
  Receipt x;
  x.authority_id = r.Int(0), x.receipt_id = r.Int(1), x.form_no = r.Text(2), x.symbol = r.Text(3), x.year = r.Int(4), x.receipt_no = r.Int(5);
  x.invoice_id = r.Int(6), x.payer_name = r.Text(7), x.payer_address = r.Text(8), x.amount_vnd = r.Int(9), x.method = r.Text(10);
  x.account_id = r.Int(11), x.cashier_name = r.Text(12), x.issued_at_us = r.Int(13), x.issued_on = r.Text(14), x.state = r.Text(15);
  x.cancelled_at_us = r.OptInt(16), x.cancelled_by = r.Int(17), x.cancelled_name = r.Text(18), x.cancel_reason = r.Text(19);
  x.replaces_receipt_id = r.Int(20);
  return x;
}

constexpr db::Sql kInsertReceipt = R"sql(
  INSERT INTO receipt (authority_id, receipt_id, form_no, symbol, year, receipt_no, invoice_id, payer_name, payer_address, amount_vnd, method,
    account_id, cashier_name, issued_at_us, issued_on, state, cancelled_at_us, cancelled_by, cancelled_name, cancel_reason, replaces_receipt_id)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 'valid', NULL, 0, '', '', $16))sql";
constexpr db::Sql kCancelReceipt = R"sql(
  UPDATE receipt SET state = 'cancelled', cancelled_at_us = $1, cancelled_by = $2, cancelled_name = $3, cancel_reason = $4
  WHERE authority_id = $5 AND receipt_id = $6 AND state = 'valid')sql";
constexpr db::Sql kFindReceipt = R"sql(
  SELECT authority_id, receipt_id, form_no, symbol, year, receipt_no, invoice_id, payer_name, payer_address, amount_vnd, method, account_id,
    cashier_name, issued_at_us, issued_on, state, cancelled_at_us, cancelled_by, cancelled_name, cancel_reason, replaces_receipt_id
  FROM receipt WHERE receipt_id = $1)sql";
constexpr db::Sql kReceiptsOf = R"sql(
  SELECT authority_id, receipt_id, form_no, symbol, year, receipt_no, invoice_id, payer_name, payer_address, amount_vnd, method, account_id,
    cashier_name, issued_at_us, issued_on, state, cancelled_at_us, cancelled_by, cancelled_name, cancel_reason, replaces_receipt_id
  FROM receipt WHERE authority_id = $1 AND invoice_id = $2 ORDER BY receipt_id)sql";
constexpr db::Sql kReceiptsOn = R"sql(
  SELECT authority_id, receipt_id, form_no, symbol, year, receipt_no, invoice_id, payer_name, payer_address, amount_vnd, method, account_id,
    cashier_name, issued_at_us, issued_on, state, cancelled_at_us, cancelled_by, cancelled_name, cancel_reason, replaces_receipt_id
  FROM receipt WHERE authority_id = $1 AND issued_on = $2 ORDER BY receipt_id)sql";

template <class F>
auto AllOf(Result<db::Rows> rows, F&& of) -> Result<std::vector<decltype(of(std::declval<const db::Row&>()))>> {
  if (!rows.ok()) return std::move(rows.error());
  std::vector<decltype(of(std::declval<const db::Row&>()))> out;
  out.reserve(rows->size());
  for (const db::Row& row : *rows) out.push_back(of(row));
  return out;
}

template <class F>
auto MaybeOf(Result<std::optional<db::Row>> row, F&& of) -> Result<std::optional<decltype(of(std::declval<const db::Row&>()))>> {
  if (!row.ok()) return std::move(row.error());
  std::optional<decltype(of(std::declval<const db::Row&>()))> out;
  if (*row) out = of(**row);
  return out;
}

}  // namespace

Result<std::optional<Account>> FindAccount(db::Tx& tx, std::string_view bank_bin, std::string_view account_no) {
  return MaybeOf(tx.QueryOne(kFindAccount, {bank_bin, account_no}), AccountOf);
}
Result<std::optional<Account>> AccountInUse(db::Tx& tx, int64_t authority_id) {
  return MaybeOf(tx.QueryOne(kAccountInUse, {authority_id}), AccountOf);
}
Result<std::vector<Account>> AccountsInUse(db::Tx& tx) { return AllOf(tx.Query(kAccountsInUse, {}), AccountOf); }
Status PutAccount(db::Tx& tx, const Account& a) {
  TINHSO_TRY(tx.Send(kRetireAccounts, {a.authority_id, a.bank_bin, a.account_no}));
  return tx.Send(kPutAccount, {a.bank_bin, a.account_no, a.authority_id, a.holder_name, a.by_admin, a.changed_at_us});
}

Status InsertInvoice(db::Tx& tx, const Invoice& i, const std::vector<FeeLine>& lines) {
  TINHSO_TRY(tx.Send(kInsertInvoice, {i.authority_id, i.invoice_id, i.reference, i.dossier_id, i.dossier_code, i.procedure_code, i.procedure_name,
                                      i.person_id, i.payer_name, i.state, i.amount_vnd, i.paid_vnd, i.bank_bin, i.account_no, i.holder_name,
                                      i.issued_at_us, i.expires_on}));
  int64_t no = 0;
  for (const FeeLine& l : lines)
    TINHSO_TRY(tx.Send(kInsertLine, {i.authority_id, i.invoice_id, ++no, l.name_vi, l.name_en, l.quantity, l.unit_vnd, l.amount_vnd, l.exempt_vi, l.exempt_en}));
  return Ok();
}
Result<std::optional<Invoice>> LockInvoice(db::Tx& tx, int64_t authority_id, int64_t invoice_id) {
  return MaybeOf(tx.QueryOne(kLockInvoice, {authority_id, invoice_id}), InvoiceOf);
}
Status UpdateInvoice(db::Tx& tx, const Invoice& i) {
  return tx.Send(kUpdateInvoice, {i.state, i.paid_vnd, i.paid_at_us, i.cancelled_at_us, i.cancel_reason, i.payer_name, i.authority_id, i.invoice_id});
}
Result<std::optional<Invoice>> FindInvoice(db::Tx& tx, int64_t invoice_id) { return MaybeOf(tx.QueryOne(kFindInvoice, {invoice_id}), InvoiceOf); }
Result<std::optional<Invoice>> InvoiceByReference(db::Tx& tx, std::string_view reference) {
  return MaybeOf(tx.QueryOne(kInvoiceByReference, {reference}), InvoiceOf);
}
Result<std::vector<Invoice>> InvoicesOfDossier(db::Tx& tx, int64_t authority_id, int64_t dossier_id) {
  return AllOf(tx.Query(kInvoicesOfDossier, {authority_id, dossier_id}), InvoiceOf);
}
Result<std::vector<Invoice>> InvoicesIn(db::Tx& tx, int64_t authority_id, std::string_view state, int64_t before, int64_t limit) {
  return AllOf(tx.Query(kInvoicesIn, {authority_id, state, before, limit}), InvoiceOf);
}
Result<std::vector<FeeLine>> LinesOf(db::Tx& tx, int64_t authority_id, int64_t invoice_id) {
  return AllOf(tx.Query(kLines, {authority_id, invoice_id}),
               [](const db::Row& r) { return FeeLine{r.Text(0), r.Text(1), r.Int(2), r.Int(3), r.Int(4), r.Text(5), r.Text(6)}; });
}

Status InsertPayment(db::Tx& tx, const Payment& p) {
  return tx.Send(kInsertPayment, {p.authority_id, p.payment_id, p.invoice_id, p.method, p.amount_vnd, p.bank_credit_id, p.paid_on, p.at_us, p.account_id, p.cashier_name});
}
Result<std::vector<Payment>> PaymentsOf(db::Tx& tx, int64_t authority_id, int64_t invoice_id) {
  return AllOf(tx.Query(kPaymentsOf, {authority_id, invoice_id}), PaymentOf);
}
Result<std::vector<Payment>> PaymentsOn(db::Tx& tx, int64_t authority_id, std::string_view paid_on) {
  return AllOf(tx.Query(kPaymentsOn, {authority_id, paid_on}), PaymentOf);
}

Status InsertReceipt(db::Tx& tx, const Receipt& x) {
  return tx.Send(kInsertReceipt, {x.authority_id, x.receipt_id, x.form_no, x.symbol, x.year, x.receipt_no, x.invoice_id, x.payer_name, x.payer_address,
                                  x.amount_vnd, x.method, x.account_id, x.cashier_name, x.issued_at_us, x.issued_on, x.replaces_receipt_id});
}
Result<bool> CancelReceipt(db::Tx& tx, const Receipt& x) {
  TINHSO_ASSIGN(int64_t changed, tx.Execute(kCancelReceipt, {x.cancelled_at_us, x.cancelled_by, x.cancelled_name, x.cancel_reason, x.authority_id, x.receipt_id}));
  return changed == 1;
}
Result<std::optional<Receipt>> FindReceipt(db::Tx& tx, int64_t receipt_id) { return MaybeOf(tx.QueryOne(kFindReceipt, {receipt_id}), ReceiptOf); }
Result<std::vector<Receipt>> ReceiptsOf(db::Tx& tx, int64_t authority_id, int64_t invoice_id) {
  return AllOf(tx.Query(kReceiptsOf, {authority_id, invoice_id}), ReceiptOf);
}
Result<std::vector<Receipt>> ReceiptsOn(db::Tx& tx, int64_t authority_id, std::string_view issued_on) {
  return AllOf(tx.Query(kReceiptsOn, {authority_id, issued_on}), ReceiptOf);
}

}  // namespace tinhso::payments::store
