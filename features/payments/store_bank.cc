// Bank credits, the providers' events, refunds.
#include "store.h"

namespace tinhso::payments::store {
namespace {

Credit CreditOf(const db::Row& r) {
  Credit c;
  c.authority_id = r.Int(0), c.bank_credit_id = r.Int(1), c.bank_bin = r.Text(2), c.account_no = r.Text(3), c.transaction_no = r.Text(4);
  c.source = r.Text(5), c.amount_vnd = r.Int(6), c.remittance = r.Text(7), c.payer_name = r.Text(8), c.payer_account_no = r.Text(9);
  c.booked_at_us = r.Int(10), c.stored_at_us = r.Int(11), c.state = r.Text(12), c.problem = r.Text(13), c.invoice_id = r.Int(14);
  c.left_vnd = r.Int(15), c.held_vnd = r.Int(16), c.version = r.Int(17);
  return c;
}

constexpr db::Sql kInsertCredit = R"sql(
  INSERT INTO bank_credit (authority_id, bank_credit_id, bank_bin, account_no, transaction_no, source, amount_vnd, remittance, payer_name,
    payer_account_no, booked_at_us, stored_at_us, state, problem, invoice_id, left_vnd, held_vnd, version)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, 0, 1)
  ON CONFLICT (authority_id, bank_bin, account_no, transaction_no) DO NOTHING)sql";
constexpr db::Sql kFindCredit = R"sql(
  SELECT authority_id, bank_credit_id, bank_bin, account_no, transaction_no, source, amount_vnd, remittance, payer_name, payer_account_no,
    booked_at_us, stored_at_us, state, problem, invoice_id, left_vnd, held_vnd, version
  FROM bank_credit WHERE authority_id = $1 AND bank_bin = $2 AND account_no = $3 AND transaction_no = $4)sql";
constexpr db::Sql kLockCredit = R"sql(
  UPDATE bank_credit SET version = version + 1 WHERE authority_id = $1 AND bank_credit_id = $2
  RETURNING authority_id, bank_credit_id, bank_bin, account_no, transaction_no, source, amount_vnd, remittance, payer_name,
    payer_account_no, booked_at_us, stored_at_us, state, problem, invoice_id, left_vnd, held_vnd, version)sql";
constexpr db::Sql kUpdateCredit = R"sql(
  UPDATE bank_credit SET state = $1, problem = $2, invoice_id = $3, left_vnd = $4, held_vnd = $5
  WHERE authority_id = $6 AND bank_credit_id = $7)sql";
constexpr db::Sql kSettlePartials = R"sql(
  UPDATE bank_credit SET state = 'settled', version = version + 1
  WHERE authority_id = $1 AND invoice_id = $2 AND problem = 'partial' AND state = 'queued' AND left_vnd = 0)sql";
constexpr db::Sql kCreditsIn = R"sql(
  SELECT authority_id, bank_credit_id, bank_bin, account_no, transaction_no, source, amount_vnd, remittance, payer_name, payer_account_no,
    booked_at_us, stored_at_us, state, problem, invoice_id, left_vnd, held_vnd, version
  FROM bank_credit WHERE authority_id = $1 AND state = $2 AND bank_credit_id < $3 ORDER BY bank_credit_id DESC LIMIT $4)sql";

constexpr db::Sql kInsertEvent = R"sql(
  INSERT INTO payment_event (authority_id, provider, event_id, body_sha256, answer, received_at_us) VALUES ($1, $2, $3, $4, '', $5)
  ON CONFLICT (authority_id, provider, event_id) DO NOTHING)sql";
constexpr db::Sql kSetEventAnswer = R"sql(
  UPDATE payment_event SET answer = $1 WHERE authority_id = $2 AND provider = $3 AND event_id = $4)sql";
constexpr db::Sql kFindEvent = R"sql(
  SELECT authority_id, provider, event_id, body_sha256, answer FROM payment_event WHERE authority_id = $1 AND provider = $2 AND event_id = $3)sql";

Refund RefundOf(const db::Row& r) {
  Refund x;
  x.authority_id = r.Int(0), x.refund_id = r.Int(1), x.invoice_id = r.Int(2), x.bank_credit_id = r.Int(3), x.amount_vnd = r.Int(4);
  x.method = r.Text(5), x.to_bank_bin = r.Text(6), x.to_account_no = r.Text(7), x.to_name = r.Text(8), x.reason = r.Text(9), x.state = r.Text(10);
  x.proposed_by = r.Int(11), x.proposed_name = r.Text(12), x.proposed_at_us = r.Int(13), x.decided_by = r.Int(14), x.decided_name = r.Text(15);
  x.decided_at_us = r.OptInt(16), x.decided_on = r.Text(17), x.decision_note = r.Text(18), x.version = r.Int(19);
  return x;
}

constexpr db::Sql kInsertRefund = R"sql(
  INSERT INTO refund (authority_id, refund_id, invoice_id, bank_credit_id, amount_vnd, method, to_bank_bin, to_account_no, to_name, reason,
    state, proposed_by, proposed_name, proposed_at_us, decided_by, decided_name, decided_at_us, decided_on, decision_note, version)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'proposed', $11, $12, $13, 0, '', NULL, '', '', 1))sql";
constexpr db::Sql kLockRefund = R"sql(
  UPDATE refund SET version = version + 1 WHERE authority_id = $1 AND refund_id = $2
  RETURNING authority_id, refund_id, invoice_id, bank_credit_id, amount_vnd, method, to_bank_bin, to_account_no, to_name, reason, state,
    proposed_by, proposed_name, proposed_at_us, decided_by, decided_name, decided_at_us, decided_on, decision_note, version)sql";
constexpr db::Sql kUpdateRefund = R"sql(
  UPDATE refund SET state = $1, decided_by = $2, decided_name = $3, decided_at_us = $4, decided_on = $5, decision_note = $6
  WHERE authority_id = $7 AND refund_id = $8)sql";
constexpr db::Sql kRefundsIn = R"sql(
  SELECT authority_id, refund_id, invoice_id, bank_credit_id, amount_vnd, method, to_bank_bin, to_account_no, to_name, reason, state,
    proposed_by, proposed_name, proposed_at_us, decided_by, decided_name, decided_at_us, decided_on, decision_note, version
  FROM refund WHERE authority_id = $1 AND state = $2 AND refund_id < $3 ORDER BY refund_id DESC LIMIT $4)sql";
constexpr db::Sql kRefundsOn = R"sql(
  SELECT authority_id, refund_id, invoice_id, bank_credit_id, amount_vnd, method, to_bank_bin, to_account_no, to_name, reason, state,
    proposed_by, proposed_name, proposed_at_us, decided_by, decided_name, decided_at_us, decided_on, decision_note, version
  FROM refund WHERE authority_id = $1 AND decided_on = $2 AND state = 'approved' ORDER BY refund_id)sql";
constexpr db::Sql kOpenRefund = "SELECT 1 FROM refund WHERE authority_id = $1 AND invoice_id = $2 AND state = 'proposed' LIMIT 1";

template <class F>
auto CollectRows(Result<db::Rows> rows, F&& of) -> Result<std::vector<decltype(of(std::declval<const db::Row&>()))>> {
  if (!rows.ok()) return std::move(rows.error());
  std::vector<decltype(of(std::declval<const db::Row&>()))> out;
  for (const db::Row& row : *rows) out.push_back(of(row));
  return out;
}

}  // namespace

Result<bool> InsertCredit(db::Tx& tx, const Credit& c) {
  TINHSO_ASSIGN(int64_t inserted,
                tx.Execute(kInsertCredit, {c.authority_id, c.bank_credit_id, c.bank_bin, c.account_no, c.transaction_no, c.source, c.amount_vnd, c.remittance,
                                           c.payer_name, c.payer_account_no, c.booked_at_us, c.stored_at_us, c.state, c.problem, c.invoice_id, c.left_vnd}));
  return inserted == 1;
}
Result<std::optional<Credit>> FindCredit(db::Tx& tx, const Credit& c) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kFindCredit, {c.authority_id, c.bank_bin, c.account_no, c.transaction_no}));
  return row ? std::optional(CreditOf(*row)) : std::nullopt;
}
Result<std::optional<Credit>> LockCredit(db::Tx& tx, int64_t authority_id, int64_t bank_credit_id) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kLockCredit, {authority_id, bank_credit_id}));
  return row ? std::optional(CreditOf(*row)) : std::nullopt;
}
Status UpdateCredit(db::Tx& tx, const Credit& c) {
  return tx.Send(kUpdateCredit, {c.state, c.problem, c.invoice_id, c.left_vnd, c.held_vnd, c.authority_id, c.bank_credit_id});
}
Status SettlePartials(db::Tx& tx, int64_t authority_id, int64_t invoice_id) { return tx.Send(kSettlePartials, {authority_id, invoice_id}); }
Result<std::vector<Credit>> CreditsIn(db::Tx& tx, int64_t authority_id, std::string_view state, int64_t before, int64_t limit) {
  return CollectRows(tx.Query(kCreditsIn, {authority_id, state, before, limit}), CreditOf);
}

Result<bool> InsertEvent(db::Tx& tx, const Event& e, TimeUs now_us) {
  TINHSO_ASSIGN(int64_t inserted, tx.Execute(kInsertEvent, {e.authority_id, e.provider, e.event_id, e.body_sha256, now_us}));
  return inserted == 1;
}
Status SetEventAnswer(db::Tx& tx, const Event& e) { return tx.Send(kSetEventAnswer, {e.answer, e.authority_id, e.provider, e.event_id}); }
Result<std::optional<Event>> FindEvent(db::Tx& tx, const Event& e) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kFindEvent, {e.authority_id, e.provider, e.event_id}));
  return row ? std::optional(Event{row->Int(0), row->Text(1), row->Text(2), row->Text(3), row->Text(4)}) : std::nullopt;
}

Status InsertRefund(db::Tx& tx, const Refund& x) {
  return tx.Send(kInsertRefund, {x.authority_id, x.refund_id, x.invoice_id, x.bank_credit_id, x.amount_vnd, x.method, x.to_bank_bin, x.to_account_no,
                                 x.to_name, x.reason, x.proposed_by, x.proposed_name, x.proposed_at_us});
}
Result<std::optional<Refund>> LockRefund(db::Tx& tx, int64_t authority_id, int64_t refund_id) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kLockRefund, {authority_id, refund_id}));
  return row ? std::optional(RefundOf(*row)) : std::nullopt;
}
Status UpdateRefund(db::Tx& tx, const Refund& x) {
  return tx.Send(kUpdateRefund, {x.state, x.decided_by, x.decided_name, x.decided_at_us, x.decided_on, x.decision_note, x.authority_id, x.refund_id});
}
Result<std::vector<Refund>> RefundsIn(db::Tx& tx, int64_t authority_id, std::string_view state, int64_t before, int64_t limit) {
  return CollectRows(tx.Query(kRefundsIn, {authority_id, state, before, limit}), RefundOf);
}
Result<std::vector<Refund>> RefundsOn(db::Tx& tx, int64_t authority_id, std::string_view decided_on) {
  return CollectRows(tx.Query(kRefundsOn, {authority_id, decided_on}), RefundOf);
}
Result<bool> HasOpenRefund(db::Tx& tx, int64_t authority_id, int64_t invoice_id) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kOpenRefund, {authority_id, invoice_id}));
  return row.has_value();
}

}  // namespace tinhso::payments::store
