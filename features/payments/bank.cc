// Bank credits: stored first, then matched by the reference in their text.
#include "base/ids.h"
#include "impl.h"
#include "kernel/notify/notify.h"
#include "reference.h"

namespace tinhso::payments {

Result<store::Credit> Service::Impl::Receive(db::Tx& tx, store::Credit c) {
  c.left_vnd = c.amount_vnd;
  TINHSO_ASSIGN(bool first, store::InsertCredit(tx, c));
  if (!first) {
    TINHSO_ASSIGN(auto known, store::FindCredit(tx, c));
    if (!known) return MakeError(ErrorCode::kUnavailable, "db_serialization");
    if (known->amount_vnd != c.amount_vnd) return MakeError(ErrorCode::kConflict, "bank_transaction_differs");
    return std::move(*known);
  }
  TINHSO_TRY(store::Post(tx, {c.authority_id, "bank_credit", c.stored_at_us, 0, 0, c.bank_credit_id}, {{"bank", c.amount_vnd, 0}, {"suspense", 0, c.amount_vnd}}));
  TINHSO_TRY(Match(tx, c));
  if (c.state == "queued") TINHSO_TRY(notify::SignalAuthority(tx, c.authority_id));
  return c;
}

Status Service::Impl::Match(db::Tx& tx, store::Credit& c) {
  std::optional<store::Invoice> mine;
  bool foreign = false;
  for (const std::string& reference : FindReferences(c.remittance)) {
    TINHSO_ASSIGN(auto found, store::InvoiceByReference(tx, reference));
    if (!found) continue;
    if (found->authority_id != c.authority_id) {
      foreign = true;
    } else {
      mine = std::move(found);
      break;
    }
  }
  if (!mine) {
    c.problem = foreign ? "other_unit" : "unknown";
    return store::UpdateCredit(tx, c);
  }
  TINHSO_ASSIGN(auto invoice, store::LockInvoice(tx, mine->authority_id, mine->invoice_id));
  if (!invoice) return MakeError(ErrorCode::kUnavailable, "db_serialization");
  c.invoice_id = invoice->invoice_id;
  if (!invoice->Open()) {
    c.problem = invoice->state == "paid" || invoice->state == "refunded" ? "double" : "late";
    return store::UpdateCredit(tx, c);
  }
  if (FormatDate(LocalDate(c.booked_at_us)) > invoice->expires_on) {
    c.problem = "late";
    return store::UpdateCredit(tx, c);
  }
  return Allocate(tx, c, *invoice, 0, "Hệ thống");
}

Status Service::Impl::Allocate(db::Tx& tx, store::Credit& c, store::Invoice& invoice, int64_t account_id, const std::string& cashier) {
  const int64_t amount = std::min(c.left_vnd - c.held_vnd, invoice.LeftVnd());
  c.invoice_id = invoice.invoice_id;
  TINHSO_TRY(Settle(tx, invoice, {"transfer", amount, c.bank_credit_id, account_id, cashier, Now()}));
  c.left_vnd -= amount;
  c.problem = c.left_vnd > 0 ? "excess" : invoice.state == "paid" ? "" : "partial";
  c.state = c.problem.empty() ? "settled" : "queued";
  return store::UpdateCredit(tx, c);
}

}  // namespace tinhso::payments
