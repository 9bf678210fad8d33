#include "desk.h"

#include "base/ids.h"
#include "kernel/notify/notify.h"

namespace tinhso::payments {

Status CollectCash(Impl& m, int64_t invoice_id, int64_t amount_vnd, const http::Principal& who) {
  TINHSO_ASSIGN(store::Invoice seen, m.FindOwn(invoice_id, who));
  TINHSO_TRY(m.Db(seen.authority_id).Write([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(store::Invoice i, m.LockOpen(tx, seen));
    if (i.LeftVnd() != amount_vnd) return MakeError(ErrorCode::kConflict, "invoice_amount_changed");
    TINHSO_TRY(m.Settle(tx, i, {"cash", amount_vnd, 0, who.account_id, who.full_name, m.Now()}));
    audit::Event record = m.Record(who, "payment.collected", i.invoice_id, i.authority_id);
    record.person_id = i.person_id;
    record.data = {{"amount_vnd", amount_vnd}, {"method", "cash"}};
    return audit::Stage(tx, record);
  }));
  m.deps.runner.Wake();
  return Ok();
}

Status CancelInvoice(Impl& m, int64_t invoice_id, const std::string& reason, const http::Principal& who) {
  TINHSO_ASSIGN(store::Invoice seen, m.FindOwn(invoice_id, who));
  return m.Db(seen.authority_id).Write([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(store::Invoice i, m.LockOpen(tx, seen));
    TINHSO_TRY(m.Cancel(tx, i, reason, m.Now(), who.account_id));
    audit::Event record = m.Record(who, "invoice.cancelled", i.invoice_id, i.authority_id);
    record.person_id = i.person_id;
    return audit::Stage(tx, record);
  });
}

namespace {

Result<store::Credit> LockQueued(db::Tx& tx, Impl& m, int64_t bank_credit_id, const http::Principal& who) {
  for (int64_t authority_id : m.deps.orgs.snapshot()->ActsFor(who.authority_id)) {
    TINHSO_ASSIGN(auto c, store::LockCredit(tx, authority_id, bank_credit_id));
    if (!c) continue;
    if (c->state != "queued") return MakeError(ErrorCode::kConflict, "bank_credit_settled");
    return std::move(*c);
  }
  return MakeError(ErrorCode::kNotFound, "bank_credit_not_found");
}

}  // namespace

Status ActOnCredit(Impl& m, const CreditAction& a, const http::Principal& who) {
  std::optional<store::Invoice> seen;
  if (a.action == "assign") {
    TINHSO_ASSIGN(seen, m.FindOwn(a.invoice_id, who));
  }
  TINHSO_TRY(m.Db(who.authority_id).Write([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(store::Credit c, LockQueued(tx, m, a.bank_credit_id, who));
    if (c.version != a.version_seen + 1) return MakeError(ErrorCode::kConflict, "bank_credit_stale");  // the lock added one
    const int64_t free = c.left_vnd - c.held_vnd;
    if (free <= 0) return MakeError(ErrorCode::kConflict, "bank_credit_settled");
    if (a.action == "assign") {
      if (seen->authority_id != c.authority_id) return MakeError(ErrorCode::kConflict, "invoice_of_another_unit");
      TINHSO_ASSIGN(store::Invoice i, m.LockOpen(tx, *seen));
      TINHSO_TRY(m.Allocate(tx, c, i, who.account_id, who.full_name));
    } else {
      // Money that stays with the unit; or cash of the desk that was brought to the bank.
      const bool deposit = a.action == "cash_deposit";
      TINHSO_TRY(store::Post(tx, {c.authority_id, deposit ? "cash_deposit" : "kept", m.Now(), who.account_id, 0, c.bank_credit_id},
                             {{"suspense", free, 0}, {deposit ? "cash" : "other_income", 0, free}}));
      c.left_vnd -= free;
      if (c.left_vnd == 0) c.state = "settled";
      TINHSO_TRY(store::UpdateCredit(tx, c));
    }
    audit::Event record = m.Record(who, "payment.resolved", c.bank_credit_id, c.authority_id);
    record.subject_kind = "bank_credit";
    record.data = {{"action", a.action}, {"invoice_id", a.invoice_id}};
    TINHSO_TRY(audit::Stage(tx, record));
    return notify::SignalAuthority(tx, c.authority_id);
  }));
  m.deps.runner.Wake();
  return Ok();
}

Result<int64_t> ProposeRefund(Impl& m, store::Refund x, const http::Principal& who) {
  x.refund_id = NewId();
  x.proposed_by = who.account_id;
  x.proposed_name = who.full_name;
  x.proposed_at_us = m.Now();
  std::optional<store::Invoice> seen;
  if (x.invoice_id != 0) {
    TINHSO_ASSIGN(seen, m.FindOwn(x.invoice_id, who));
  }
  TINHSO_TRY(m.Db(who.authority_id).Write([&](db::Tx& tx) -> Status {
    store::Refund put = x;
    int64_t person_id = 0;
    if (seen) {
      TINHSO_ASSIGN(auto i, store::LockInvoice(tx, seen->authority_id, seen->invoice_id));
      if (!i || (i->state != "paid" && i->state != "partial")) return MakeError(ErrorCode::kConflict, "invoice_not_paid");
      TINHSO_ASSIGN(bool open, store::HasOpenRefund(tx, i->authority_id, i->invoice_id));
      if (open) return MakeError(ErrorCode::kConflict, "refund_open_already");
      put.authority_id = i->authority_id;
      put.amount_vnd = i->paid_vnd;
      person_id = i->person_id;
    } else {
      TINHSO_ASSIGN(store::Credit c, LockQueued(tx, m, x.bank_credit_id, who));
      if (c.held_vnd > 0) return MakeError(ErrorCode::kConflict, "refund_open_already");
      if (c.left_vnd == 0) return MakeError(ErrorCode::kConflict, "bank_credit_settled");
      put.authority_id = c.authority_id;
      put.amount_vnd = c.left_vnd;
      c.held_vnd = c.left_vnd;
      TINHSO_TRY(store::UpdateCredit(tx, c));
    }
    TINHSO_TRY(store::InsertRefund(tx, put));
    audit::Event record = m.Record(who, "refund.proposed", put.refund_id, put.authority_id);
    record.subject_kind = "refund";
    record.person_id = person_id;
    record.data = {{"amount_vnd", put.amount_vnd}};
    TINHSO_TRY(audit::Stage(tx, record));
    return notify::SignalAuthority(tx, put.authority_id);
  }));
  return x.refund_id;
}

Status DecideRefund(Impl& m, const RefundDecision& d, const http::Principal& who) {
  return m.Db(who.authority_id).Write([&](db::Tx& tx) -> Status {
    std::optional<store::Refund> x;
    for (int64_t authority_id : m.deps.orgs.snapshot()->ActsFor(who.authority_id)) {
      TINHSO_ASSIGN(x, store::LockRefund(tx, authority_id, d.refund_id));
      if (x) break;
    }
    if (!x) return MakeError(ErrorCode::kNotFound, "refund_not_found");
    if (x->state != "proposed") return MakeError(ErrorCode::kConflict, "refund_decided");
    if (x->version != d.version_seen + 1) return MakeError(ErrorCode::kConflict, "refund_stale");
    if (x->proposed_by == who.account_id || x->proposed_by == who.HolderAccountId()) return MakeError(ErrorCode::kForbidden, "refund_by_same_person");
    const TimeUs now = m.Now();
    x->state = d.approve ? "approved" : "refused";
    x->decided_by = who.account_id;
    x->decided_name = who.full_name;
    x->decided_at_us = now;
    x->decided_on = FormatDate(LocalDate(now));
    x->decision_note = d.note;
    TINHSO_TRY(store::UpdateRefund(tx, *x));
    const char* from = x->method == "cash" ? "cash" : "bank";
    int64_t person_id = 0;
    if (x->bank_credit_id != 0) {
      TINHSO_ASSIGN(auto c, store::LockCredit(tx, x->authority_id, x->bank_credit_id));
      if (!c || c->held_vnd < x->amount_vnd) return MakeError(ErrorCode::kInternal, "refund_without_money");
      c->held_vnd -= x->amount_vnd;
      if (d.approve) {
        c->left_vnd -= x->amount_vnd;
        if (c->left_vnd == 0) c->state = "settled";
        TINHSO_TRY(store::Post(tx, {x->authority_id, "refund", now, who.account_id, 0, x->bank_credit_id, x->refund_id},
                               {{"suspense", x->amount_vnd, 0}, {from, 0, x->amount_vnd}}));
      }
      TINHSO_TRY(store::UpdateCredit(tx, *c));
    } else {
      TINHSO_ASSIGN(auto i, store::LockInvoice(tx, x->authority_id, x->invoice_id));
      if (!i) return MakeError(ErrorCode::kInternal, "refund_without_money");
      person_id = i->person_id;
      if (d.approve) {
        // Another part may have been paid since.
        if (i->paid_vnd != x->amount_vnd || (i->state != "paid" && i->state != "partial")) return MakeError(ErrorCode::kConflict, "refund_stale");
        const store::Entry entry{x->authority_id, "refund", now, who.account_id, i->invoice_id, 0, x->refund_id};
        if (i->LeftVnd() > 0) TINHSO_TRY(store::Post(tx, entry, {{"revenue", i->amount_vnd, 0}, {"receivable", 0, i->LeftVnd()}, {from, 0, i->paid_vnd}}));
        else TINHSO_TRY(store::Post(tx, entry, {{"revenue", i->amount_vnd, 0}, {from, 0, i->paid_vnd}}));
        i->state = "refunded";
        TINHSO_TRY(store::UpdateInvoice(tx, *i));
        TINHSO_TRY(store::SettlePartials(tx, i->authority_id, i->invoice_id));
        TINHSO_ASSIGN(auto receipts, store::ReceiptsOf(tx, i->authority_id, i->invoice_id));
        for (store::Receipt& r : receipts) {
          if (r.state != "valid") continue;
          r.cancelled_at_us = now, r.cancelled_by = who.account_id, r.cancelled_name = who.full_name, r.cancel_reason = "Hoàn trả: " + x->reason;
          TINHSO_TRY(store::CancelReceipt(tx, r));
        }
        TINHSO_ASSIGN(int64_t account_id, m.deps.identity.AccountOfPerson(tx, i->person_id));
        if (account_id != 0)
          TINHSO_TRY(notify::Add(tx, {account_id, "dossier.fee_refunded", i->dossier_code, "/ho-so/" + i->dossier_code, "refund:" + std::to_string(x->refund_id)}, now));
      }
    }
    audit::Event record = m.Record(who, "refund.decided", x->refund_id, x->authority_id);
    record.subject_kind = "refund";
    record.person_id = person_id;
    record.data = {{"decision", x->state}, {"amount_vnd", x->amount_vnd}};
    TINHSO_TRY(audit::Stage(tx, record));
    return notify::SignalAuthority(tx, x->authority_id);
  });
}

Status ReplaceReceipt(Impl& m, const Replacement& a, const http::Principal& who) {
  TINHSO_ASSIGN(auto found, m.deps.router.Shared().Read([&](db::Tx& tx) { return store::FindReceipt(tx, a.receipt_id); }));
  if (!found || !m.IsOwn(found->authority_id, who)) return MakeError(ErrorCode::kNotFound, "receipt_not_found");
  return m.Db(found->authority_id).Write([&](db::Tx& tx) -> Status {
    const TimeUs now = m.Now();
    // The invoice first, as everyone who pays or gives back takes it first.
    TINHSO_ASSIGN(auto i, store::LockInvoice(tx, found->authority_id, found->invoice_id));
    if (!i || i->state != "paid") return MakeError(ErrorCode::kConflict, "receipt_cancelled");
    store::Receipt old = *found;
    old.cancelled_at_us = now, old.cancelled_by = who.account_id, old.cancelled_name = who.full_name, old.cancel_reason = a.reason;
    TINHSO_ASSIGN(bool cancelled, store::CancelReceipt(tx, old));
    if (!cancelled) return MakeError(ErrorCode::kConflict, "receipt_cancelled");
    old.payer_name = a.payer_name;
    old.payer_address = a.payer_address;
    TINHSO_TRY(m.IssueReceipt(tx, *i, {old.method, i->amount_vnd, 0, who.account_id, who.full_name, now}, &old));
    audit::Event record = m.Record(who, "receipt.replaced", old.receipt_id, i->authority_id);
    record.subject_kind = "receipt";
    record.person_id = i->person_id;
    return audit::Stage(tx, record);
  });
}

}  // namespace tinhso::payments
