// Invoices: made when a dossier is filed or its workflow asks, paid, cancelled.
#include "base/ids.h"
#include "impl.h"
#include "kernel/jobs/jobs.h"
#include "kernel/notify/notify.h"
#include "reference.h"

namespace tinhso::payments {

Service::Service(Deps deps) : impl_(std::make_unique<Impl>(std::move(deps))) {}
Service::~Service() = default;

audit::Event Service::Impl::Record(const http::Principal& who, const char* kind, int64_t subject_id, int64_t authority_id) const {
  return audit::By(who, kind, "invoice", subject_id, authority_id, Now());
}

Result<std::vector<FeeLine>> Service::Impl::FeesFor(const dossiers::Moved& moved, const std::string& moment) const {
  static const json::object kNoAnswers;
  const json::object& answers = moved.answers != nullptr ? *moved.answers : kNoAnswers;
  const Date today = LocalDate(moved.now_us);
  if (const packs::ProcedureConfig* config = deps.library.FindProcedure(moved.procedure_code))
    return FeesOf(config->definition, {moved.channel, answers, today, moment});
  // Of the catalogue alone: the one amount of the channel, when it states one.
  if (moment != "before" || !moved.fee_vnd || *moved.fee_vnd <= 0) return std::vector<FeeLine>{};
  const int64_t amount = std::min(*moved.fee_vnd, kAmountMax);
  return std::vector<FeeLine>{{"Phí, lệ phí", "Fee", 1, amount, amount, "", ""}};
}

Result<store::Invoice> Service::Impl::Issue(db::Tx& tx, const Bill& bill) {
  const dossiers::Moved& of = bill.of;
  store::Invoice i;
  i.authority_id = of.authority_id;
  i.invoice_id = NewId();
  i.reference = MakeReference();
  i.dossier_id = of.dossier_id;
  i.dossier_code = of.dossier_code;
  i.procedure_code = of.procedure_code;
  i.procedure_name = of.procedure_name;
  i.person_id = of.person_id;
  i.payer_name = of.applicant_name;
  i.amount_vnd = TotalOf(bill.lines);
  i.state = i.amount_vnd > 0 ? "issued" : "exempt";
  i.issued_at_us = of.now_us;
  i.expires_on = FormatDate(AddDays(LocalDate(of.now_us), kInvoiceDays));
  TINHSO_ASSIGN(auto account, store::AccountInUse(tx, deps.orgs.snapshot()->ActingFor(of.authority_id)));
  // Paid into an account of the same books; a unit without one is paid at the desk.
  if (account && account->authority_id == i.authority_id) {
    i.bank_bin = account->bank_bin;
    i.account_no = account->account_no;
    i.holder_name = account->holder_name;
  }
  TINHSO_TRY(store::InsertInvoice(tx, i, bill.lines));
  if (i.amount_vnd > 0)
    TINHSO_TRY(store::Post(tx, {i.authority_id, "invoice", of.now_us, bill.account_id, i.invoice_id},
                           {{"receivable", i.amount_vnd, 0}, {"revenue", 0, i.amount_vnd}}));
  return i;
}

Status Service::Follow(db::Tx& tx, const dossiers::Moved& moved) {
  Impl& m = *impl_;
  // What waits for another dossier's result is asked for when that has come.
  if (moved.action == "submit" || moved.action == "joint_ready") {
    TINHSO_ASSIGN(auto lines, m.FeesFor(moved, "before"));
    if (lines.empty()) return Ok();
    TINHSO_TRY(m.Issue(tx, {moved, std::move(lines), moved.account_id}));
    return Ok();
  }
  if (!moved.collect_fee && !moved.ended_without_result) return Ok();
  TINHSO_ASSIGN(auto known, store::InvoicesOfDossier(tx, moved.authority_id, moved.dossier_id));
  if (moved.collect_fee) {
    for (const store::Invoice& i : known)
      if (i.Open()) return Ok();  // what is to be paid stands already
    TINHSO_ASSIGN(auto lines, m.FeesFor(moved, "after"));
    if (TotalOf(lines) == 0) return MakeError(ErrorCode::kConflict, "fee_nothing_due");
    TINHSO_TRY(m.Issue(tx, {moved, std::move(lines), moved.account_id}));
    return Ok();
  }
  // Refused, withdrawn or stopped: nobody asks for the money any more. What was paid is given back by people (refund).
  for (const store::Invoice& seen : known) {
    if (seen.state != "issued") continue;
    TINHSO_ASSIGN(auto i, store::LockInvoice(tx, seen.authority_id, seen.invoice_id));
    if (i && i->state == "issued") TINHSO_TRY(m.Cancel(tx, *i, "Hồ sơ kết thúc mà không có kết quả.", moved.now_us, moved.account_id));
  }
  return Ok();
}

Result<std::vector<Service::OpenBill>> Service::OpenBillsOf(int64_t authority_id, int64_t dossier_id) {
  TINHSO_ASSIGN(auto invoices, impl_->Db(authority_id).Read([&](db::Tx& tx) { return store::InvoicesOfDossier(tx, authority_id, dossier_id); }));
  std::vector<OpenBill> out;
  for (const store::Invoice& i : invoices)
    if (i.Open()) out.push_back({i.invoice_id, i.expires_on});
  return out;
}

Status Service::Impl::Settle(db::Tx& tx, store::Invoice& i, const Money& money) {
  if (!i.Open() || money.amount_vnd <= 0 || money.amount_vnd > i.LeftVnd()) return MakeError(ErrorCode::kConflict, "invoice_not_open");
  TINHSO_TRY(store::InsertPayment(tx, {i.authority_id, NewId(), i.invoice_id, money.method, money.amount_vnd, money.bank_credit_id,
                                       FormatDate(LocalDate(money.at_us)), money.at_us, money.account_id, money.cashier_name}));
  TINHSO_TRY(store::Post(tx, {i.authority_id, "payment", money.at_us, money.account_id, i.invoice_id, money.bank_credit_id},
                         {{money.method == "cash" ? "cash" : "suspense", money.amount_vnd, 0}, {"receivable", 0, money.amount_vnd}}));
  i.paid_vnd += money.amount_vnd;
  i.state = i.LeftVnd() == 0 ? "paid" : "partial";
  if (i.state == "paid") i.paid_at_us = money.at_us;
  TINHSO_TRY(store::UpdateInvoice(tx, i));
  if (i.state == "paid") {
    TINHSO_TRY(IssueReceipt(tx, i, money, nullptr));
    TINHSO_TRY(store::SettlePartials(tx, i.authority_id, i.invoice_id));
    // The dossier goes on by itself when it waited for this; never in the way of the money.
    TINHSO_TRY(jobs::Enqueue(tx, {i.authority_id, "payment.fee_paid", {{"authority_id", i.authority_id}, {"dossier_id", i.dossier_id}}, 0,
                                  std::to_string(i.invoice_id)}, money.at_us));
  }
  TINHSO_ASSIGN(int64_t account_id, deps.identity.AccountOfPerson(tx, i.person_id));
  if (account_id != 0)
    TINHSO_TRY(notify::Add(tx, {account_id, i.state == "paid" ? "dossier.fee_paid" : "dossier.fee_partial", i.dossier_code, "/ho-so/" + i.dossier_code,
                                "paid:" + std::to_string(i.invoice_id) + ":" + std::to_string(i.paid_vnd)}, money.at_us));
  return notify::SignalAuthority(tx, i.authority_id);
}

Status Service::Impl::Cancel(db::Tx& tx, store::Invoice& i, const std::string& reason, TimeUs at_us, int64_t account_id) {
  if (i.state != "issued" || i.paid_vnd != 0) return MakeError(ErrorCode::kConflict, "invoice_not_open");
  i.state = "cancelled";
  i.cancelled_at_us = at_us;
  i.cancel_reason = reason;
  TINHSO_TRY(store::UpdateInvoice(tx, i));
  return store::Post(tx, {i.authority_id, "invoice_cancelled", at_us, account_id, i.invoice_id},
                     {{"revenue", i.amount_vnd, 0}, {"receivable", 0, i.amount_vnd}});
}

bool Service::Impl::IsOwn(int64_t authority_id, const http::Principal& who) const {
  const auto units = deps.orgs.snapshot();
  return who.authority_id != 0 && who.authority_id == units->ActingFor(authority_id);
}

Result<store::Invoice> Service::Impl::FindOwn(int64_t invoice_id, const http::Principal& who) {
  TINHSO_ASSIGN(auto found, deps.router.Shared().Read([&](db::Tx& tx) { return store::FindInvoice(tx, invoice_id); }));
  if (!found || !IsOwn(found->authority_id, who)) return MakeError(ErrorCode::kNotFound, "invoice_not_found");
  return std::move(*found);
}

Result<store::Invoice> Service::Impl::FindVisible(int64_t invoice_id, const http::Principal& who) {
  TINHSO_ASSIGN(auto found, deps.router.Shared().Read([&](db::Tx& tx) { return store::FindInvoice(tx, invoice_id); }));
  if (!found) return MakeError(ErrorCode::kNotFound, "invoice_not_found");
  // Who sees the dossier sees its bill, and is recorded as having looked.
  auto access = deps.dossiers.Look(found->dossier_code, who);
  if (!access.ok()) return access.error().code == ErrorCode::kNotFound ? MakeError(ErrorCode::kNotFound, "invoice_not_found") : access.error();
  return std::move(*found);
}

Result<store::Invoice> Service::Impl::LockOpen(db::Tx& tx, const store::Invoice& seen) {
  TINHSO_ASSIGN(auto i, store::LockInvoice(tx, seen.authority_id, seen.invoice_id));
  if (!i || !i->Open()) return MakeError(ErrorCode::kConflict, "invoice_not_open");
  return std::move(*i);
}

void Service::RegisterJobs() {
  Impl* m = impl_.get();
  m->deps.runner.On("payment.fee_paid", [m](const jobs::Job& job) -> Status {
    const int64_t authority_id = json::GetInt(job.payload, "authority_id"), dossier_id = json::GetInt(job.payload, "dossier_id");
    TINHSO_ASSIGN(auto invoices, m->Db(authority_id).Read([&](db::Tx& tx) { return store::InvoicesOfDossier(tx, authority_id, dossier_id); }));
    for (const store::Invoice& i : invoices)
      if (i.Open()) return Ok();  // the last one paid moves it
    return m->deps.dossiers.FeePaid(authority_id, dossier_id);
  });
}

}  // namespace tinhso::payments
