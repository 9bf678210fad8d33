// The double-entry ledger, and what holds it to the other tables.
#include "base/ids.h"
#include "store.h"

namespace tinhso::payments::store {
namespace {

constexpr db::Sql kInsertEntry = R"sql(
  INSERT INTO ledger_entry (authority_id, entry_id, kind, entry_on, at_us, account_id, invoice_id, bank_credit_id, refund_id)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9))sql";
constexpr db::Sql kInsertPosting = R"sql(
  INSERT INTO ledger_posting (authority_id, entry_id, posting_no, ledger_account, debit_vnd, credit_vnd, posting_on, invoice_id, bank_credit_id)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9))sql";
constexpr db::Sql kCountEntries = "SELECT COUNT(*) FROM ledger_entry WHERE authority_id = $1";

// An entry without postings counts as one of nothing.
constexpr db::Sql kUnbalanced = R"sql(
  SELECT e.entry_id, e.kind, COALESCE(SUM(p.debit_vnd), 0), COALESCE(SUM(p.credit_vnd), 0), COUNT(p.posting_no)
  FROM ledger_entry e LEFT JOIN ledger_posting p ON p.authority_id = e.authority_id AND p.entry_id = e.entry_id
  WHERE e.authority_id = $1
  GROUP BY e.entry_id, e.kind
  HAVING COALESCE(SUM(p.debit_vnd), 0) <> COALESCE(SUM(p.credit_vnd), 0) OR COALESCE(SUM(p.debit_vnd), 0) = 0 OR COUNT(p.posting_no) < 2)sql";

// What is owed by the ledger is what the invoice says is not paid; what was paid is the sum of its payments.
constexpr db::Sql kInvoiceReceivable = R"sql(
  SELECT i.invoice_id, 'receivable', COALESCE(l.left_vnd, 0),
    CASE WHEN i.state IN ('issued', 'partial') THEN i.amount_vnd - i.paid_vnd ELSE 0 END
  FROM invoice i LEFT JOIN (
    SELECT invoice_id, SUM(debit_vnd) - SUM(credit_vnd) AS left_vnd FROM ledger_posting
    WHERE authority_id = $1 AND ledger_account = 'receivable' GROUP BY invoice_id) l ON l.invoice_id = i.invoice_id
  WHERE i.authority_id = $1
    AND COALESCE(l.left_vnd, 0) <> CASE WHEN i.state IN ('issued', 'partial') THEN i.amount_vnd - i.paid_vnd ELSE 0 END)sql";
constexpr db::Sql kInvoicePaid = R"sql(
  SELECT i.invoice_id, 'payments', COALESCE(p.paid_vnd, 0), i.paid_vnd
  FROM invoice i LEFT JOIN (
    SELECT invoice_id, SUM(amount_vnd) AS paid_vnd FROM payment WHERE authority_id = $1 GROUP BY invoice_id) p ON p.invoice_id = i.invoice_id
  WHERE i.authority_id = $1 AND (COALESCE(p.paid_vnd, 0) <> i.paid_vnd OR (i.state = 'paid' AND i.paid_vnd <> i.amount_vnd)))sql";
// Revenue of an invoice: its amount while it stands, nothing once it is cancelled or its money given back.
constexpr db::Sql kInvoiceRevenue = R"sql(
  SELECT i.invoice_id, 'revenue', COALESCE(l.sum_vnd, 0), CASE WHEN i.state IN ('issued', 'partial', 'paid') THEN i.amount_vnd ELSE 0 END
  FROM invoice i LEFT JOIN (
    SELECT invoice_id, SUM(credit_vnd) - SUM(debit_vnd) AS sum_vnd FROM ledger_posting
    WHERE authority_id = $1 AND ledger_account = 'revenue' GROUP BY invoice_id) l ON l.invoice_id = i.invoice_id
  WHERE i.authority_id = $1 AND COALESCE(l.sum_vnd, 0) <> CASE WHEN i.state IN ('issued', 'partial', 'paid') THEN i.amount_vnd ELSE 0 END)sql";

// A credit's money came to the bank account once, and waits in suspense as far as nothing was done with it.
constexpr db::Sql kCreditBank = R"sql(
  SELECT c.bank_credit_id, 'bank', COALESCE(l.sum_vnd, 0), c.amount_vnd
  FROM bank_credit c LEFT JOIN (
    SELECT bank_credit_id, SUM(debit_vnd) AS sum_vnd FROM ledger_posting
    WHERE authority_id = $1 AND ledger_account = 'bank' GROUP BY bank_credit_id) l ON l.bank_credit_id = c.bank_credit_id
  WHERE c.authority_id = $1 AND COALESCE(l.sum_vnd, 0) <> c.amount_vnd)sql";
constexpr db::Sql kCreditSuspense = R"sql(
  SELECT c.bank_credit_id, 'suspense', COALESCE(l.sum_vnd, 0), c.left_vnd
  FROM bank_credit c LEFT JOIN (
    SELECT bank_credit_id, SUM(credit_vnd) - SUM(debit_vnd) AS sum_vnd FROM ledger_posting
    WHERE authority_id = $1 AND ledger_account = 'suspense' GROUP BY bank_credit_id) l ON l.bank_credit_id = c.bank_credit_id
  WHERE c.authority_id = $1 AND COALESCE(l.sum_vnd, 0) <> c.left_vnd)sql";

// One valid receipt of the whole amount for each paid invoice, and for no other.
constexpr db::Sql kReceiptWrong = R"sql(
  SELECT i.invoice_id, i.state, COUNT(r.receipt_id), COALESCE(SUM(r.amount_vnd), 0)
  FROM invoice i LEFT JOIN receipt r ON r.authority_id = i.authority_id AND r.invoice_id = i.invoice_id AND r.state = 'valid'
  WHERE i.authority_id = $1
  GROUP BY i.invoice_id, i.state, i.amount_vnd
  HAVING (i.state = 'paid' AND (COUNT(r.receipt_id) <> 1 OR COALESCE(SUM(r.amount_vnd), 0) <> i.amount_vnd))
      OR (i.state <> 'paid' AND COUNT(r.receipt_id) <> 0))sql";
constexpr db::Sql kReceiptSeries = R"sql(
  SELECT year, symbol, COUNT(*), MAX(receipt_no), MIN(receipt_no) FROM receipt WHERE authority_id = $1 GROUP BY year, symbol ORDER BY year, symbol)sql";

constexpr db::Sql kBalances = R"sql(
  SELECT 0, ledger_account, SUM(debit_vnd), SUM(credit_vnd), 0 FROM ledger_posting
  WHERE authority_id = $1 AND posting_on >= $2 AND posting_on <= $3 GROUP BY ledger_account ORDER BY ledger_account)sql";

constexpr db::Sql kCreditFigures = R"sql(
  SELECT COALESCE(SUM(amount_vnd), 0), COUNT(*) FROM bank_credit WHERE authority_id = $1 AND stored_at_us >= $2 AND stored_at_us < $3)sql";
constexpr db::Sql kQueueFigures = "SELECT COALESCE(SUM(left_vnd), 0), COUNT(*) FROM bank_credit WHERE authority_id = $1 AND state = 'queued'";
constexpr db::Sql kPaymentFigures = R"sql(
  SELECT method, COALESCE(SUM(amount_vnd), 0), COUNT(*) FROM payment
  WHERE authority_id = $1 AND paid_on >= $2 AND paid_on <= $3 GROUP BY method)sql";
constexpr db::Sql kRefundFigures = R"sql(
  SELECT method, COALESCE(SUM(amount_vnd), 0), COUNT(*) FROM refund
  WHERE authority_id = $1 AND decided_on >= $2 AND decided_on <= $3 AND state = 'approved' GROUP BY method)sql";
constexpr db::Sql kReceiptFigures = R"sql(
  SELECT state, COALESCE(SUM(amount_vnd), 0), COUNT(*) FROM receipt
  WHERE authority_id = $1 AND issued_on >= $2 AND issued_on <= $3 GROUP BY state)sql";
constexpr db::Sql kPaidFigures = R"sql(
  SELECT COALESCE(SUM(amount_vnd), 0), COUNT(*) FROM invoice
  WHERE authority_id = $1 AND state = 'paid' AND paid_at_us >= $2 AND paid_at_us < $3)sql";

Result<std::vector<Sum>> SumsOf(Result<db::Rows> rows) {
  if (!rows.ok()) return std::move(rows.error());
  std::vector<Sum> out;
  for (const db::Row& r : *rows) out.push_back({r.Int(0), r.Text(1), r.Int(2), r.Int(3), r.columns() > 4 ? r.Int(4) : 0});
  return out;
}

Status Append(std::vector<Sum>& all, Result<db::Rows> rows) {
  TINHSO_ASSIGN(auto some, SumsOf(std::move(rows)));
  all.insert(all.end(), some.begin(), some.end());
  return Ok();
}

}  // namespace

Status Post(db::Tx& tx, const Entry& e, std::initializer_list<Posting> postings) {
  int64_t debit = 0, credit = 0;
  for (const Posting& p : postings) {
    if ((p.debit_vnd > 0) == (p.credit_vnd > 0) || p.debit_vnd < 0 || p.credit_vnd < 0) return MakeError(ErrorCode::kInternal, "ledger_unbalanced", e.kind);
    debit += p.debit_vnd;
    credit += p.credit_vnd;
  }
  if (debit != credit || debit == 0) return MakeError(ErrorCode::kInternal, "ledger_unbalanced", e.kind);
  const int64_t entry_id = NewId();
  const std::string on = FormatDate(LocalDate(e.at_us));
  TINHSO_TRY(tx.Send(kInsertEntry, {e.authority_id, entry_id, e.kind, on, e.at_us, e.account_id, e.invoice_id, e.bank_credit_id, e.refund_id}));
  int64_t no = 0;
  for (const Posting& p : postings)
    TINHSO_TRY(tx.Send(kInsertPosting, {e.authority_id, entry_id, ++no, p.ledger_account, p.debit_vnd, p.credit_vnd, on, e.invoice_id, e.bank_credit_id}));
  return Ok();
}

Result<int64_t> CountEntries(db::Tx& tx, int64_t authority_id) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kCountEntries, {authority_id}));
  return row ? row->Int(0) : 0;
}
Result<std::vector<Sum>> UnbalancedEntries(db::Tx& tx, int64_t authority_id) { return SumsOf(tx.Query(kUnbalanced, {authority_id})); }
Result<std::vector<Sum>> InvoiceDifferences(db::Tx& tx, int64_t authority_id) {
  std::vector<Sum> all;
  TINHSO_TRY(Append(all, tx.Query(kInvoiceReceivable, {authority_id})));
  TINHSO_TRY(Append(all, tx.Query(kInvoicePaid, {authority_id})));
  TINHSO_TRY(Append(all, tx.Query(kInvoiceRevenue, {authority_id})));
  return all;
}
Result<std::vector<Sum>> CreditDifferences(db::Tx& tx, int64_t authority_id) {
  std::vector<Sum> all;
  TINHSO_TRY(Append(all, tx.Query(kCreditBank, {authority_id})));
  TINHSO_TRY(Append(all, tx.Query(kCreditSuspense, {authority_id})));
  return all;
}
Result<std::vector<Sum>> ReceiptDifferences(db::Tx& tx, int64_t authority_id) { return SumsOf(tx.Query(kReceiptWrong, {authority_id})); }
Result<std::vector<Sum>> ReceiptSeries(db::Tx& tx, int64_t authority_id) { return SumsOf(tx.Query(kReceiptSeries, {authority_id})); }
Result<std::vector<Sum>> Balances(db::Tx& tx, int64_t authority_id, std::string_view from_on, std::string_view to_on) {
  return SumsOf(tx.Query(kBalances, {authority_id, from_on, to_on}));
}

Result<Figures> FiguresOf(db::Tx& tx, const Period& p) {
  Figures f;
  TINHSO_ASSIGN(auto credits, tx.QueryOne(kCreditFigures, {p.authority_id, p.from_us, p.to_us}));
  f.credits_vnd = credits->Int(0), f.credits = credits->Int(1);
  TINHSO_ASSIGN(auto queue, tx.QueryOne(kQueueFigures, {p.authority_id}));
  f.queued_vnd = queue->Int(0), f.queued = queue->Int(1);
  TINHSO_ASSIGN(auto payments, tx.Query(kPaymentFigures, {p.authority_id, p.from_on, p.to_on}));
  for (const db::Row& r : payments) {
    (r.Text(0) == "cash" ? f.payments_cash_vnd : f.payments_transfer_vnd) = r.Int(1);
    f.payments += r.Int(2);
  }
  TINHSO_ASSIGN(auto refunds, tx.Query(kRefundFigures, {p.authority_id, p.from_on, p.to_on}));
  for (const db::Row& r : refunds) {
    (r.Text(0) == "cash" ? f.refunds_cash_vnd : f.refunds_transfer_vnd) = r.Int(1);
    f.refunds += r.Int(2);
  }
  TINHSO_ASSIGN(auto receipts, tx.Query(kReceiptFigures, {p.authority_id, p.from_on, p.to_on}));
  for (const db::Row& r : receipts) {
    if (r.Text(0) == "valid") f.receipts_vnd = r.Int(1), f.receipts = r.Int(2);
    else f.receipts_cancelled = r.Int(2);
  }
  TINHSO_ASSIGN(auto paid, tx.QueryOne(kPaidFigures, {p.authority_id, p.from_us, p.to_us}));
  f.paid_invoices_vnd = paid->Int(0), f.paid_invoices = paid->Int(1);
  return f;
}

}  // namespace tinhso::payments::store
