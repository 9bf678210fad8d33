// Invoices, credits, refunds and receipts as JSON (api/openapi.yaml).
#include "impl.h"
#include "vietqr.h"

namespace tinhso::payments {

const Bank* Service::Impl::FindBank(std::string_view bin) const {
  for (const Bank& bank : banks)
    if (bank.bin == bin) return &bank;
  return nullptr;
}

Result<std::string> Service::Impl::PayloadOf(const store::Invoice& i) const {
  if (!i.Open() || i.account_no.empty()) return std::string();
  const orgs::Unit* unit = deps.orgs.snapshot()->ById(i.authority_id);
  return Payload({i.bank_bin, i.account_no, i.LeftVnd(), i.reference, i.holder_name, unit != nullptr ? unit->short_name : ""});
}

void Service::Impl::WriteReceipt(json::Writer& out, const store::Receipt& r) const {
  out.BeginObject().Text("receipt_id", std::to_string(r.receipt_id)).Text("form_no", r.form_no).Text("symbol", r.symbol).Int("year", r.year).Int("receipt_no", r.receipt_no);
  out.Text("payer_name", r.payer_name).Text("payer_address", r.payer_address).Int("amount_vnd", r.amount_vnd).Text("method", r.method).Text("cashier_name", r.cashier_name);
  out.Text("issued_at", FormatTime(r.issued_at_us)).Text("state", r.state).Text("cancel_reason", r.cancel_reason).Text("cancelled_name", r.cancelled_name);
  if (r.replaces_receipt_id != 0) out.Text("replaces_receipt_id", std::to_string(r.replaces_receipt_id));
  else out.Null("replaces_receipt_id");
  out.EndObject();
}

Status Service::Impl::WriteInvoice(json::Writer& out, db::Tx& tx, const store::Invoice& i, const http::Principal& who) const {
  const auto units = deps.orgs.snapshot();
  const orgs::Unit* unit = units->ById(i.authority_id);
  out.BeginObject().Text("invoice_id", std::to_string(i.invoice_id)).Text("dossier_code", i.dossier_code).Text("procedure_name", i.procedure_name);
  out.Text("unit_code", unit != nullptr ? unit->unit_code : "").Text("unit_name", unit != nullptr ? unit->short_name : "");
  out.Text("payer_name", i.payer_name).Text("state", i.state).Int("amount_vnd", i.amount_vnd).Int("paid_vnd", i.paid_vnd);
  out.Int("left_vnd", i.Open() ? i.LeftVnd() : 0).Text("reference", i.reference);
  TINHSO_ASSIGN(std::string payload, PayloadOf(i));
  if (payload.empty()) out.Null("vietqr");
  else out.Text("vietqr", payload);
  if (i.account_no.empty()) {
    out.Null("account");
  } else {
    const Bank* bank = FindBank(i.bank_bin);
    out.Object("account").Text("bank_bin", i.bank_bin).Text("bank_name", bank != nullptr ? bank->name : i.bank_bin).Text("account_no", i.account_no);
    out.Text("holder_name", i.holder_name).EndObject();
  }
  out.Text("issued_at", FormatTime(i.issued_at_us)).Text("expires_on", i.expires_on);
  if (i.paid_at_us) out.Text("paid_at", FormatTime(*i.paid_at_us));
  else out.Null("paid_at");
  out.Text("cancel_reason", i.cancel_reason).Array("lines");
  TINHSO_ASSIGN(auto lines, store::LinesOf(tx, i.authority_id, i.invoice_id));
  for (const FeeLine& l : lines) {
    out.BeginObject().Object("name").Text("vi", l.name_vi).Text("en", l.name_en).EndObject().Int("quantity", l.quantity).Int("unit_vnd", l.unit_vnd);
    out.Int("amount_vnd", l.amount_vnd);
    if (l.exempt_vi.empty()) out.Null("exempt");
    else out.Object("exempt").Text("vi", l.exempt_vi).Text("en", l.exempt_en).EndObject();
    out.EndObject();
  }
  out.EndArray().Array("payments");
  TINHSO_ASSIGN(auto payments, store::PaymentsOf(tx, i.authority_id, i.invoice_id));
  for (const store::Payment& p : payments)
    out.BeginObject().Text("method", p.method).Int("amount_vnd", p.amount_vnd).Text("at", FormatTime(p.at_us)).Text("cashier_name", p.cashier_name).EndObject();
  out.EndArray().Array("receipts");
  TINHSO_ASSIGN(auto receipts, store::ReceiptsOf(tx, i.authority_id, i.invoice_id));
  for (const store::Receipt& r : receipts) WriteReceipt(out, r);
  const bool collects = who.Has("payment.collect") && IsOwn(i.authority_id, who);
  out.EndArray().Bool("may_collect", collects && i.Open()).Bool("may_cancel", collects && i.state == "issued");
  out.Bool("may_refund", collects && (i.state == "paid" || i.state == "partial")).Bool("may_replace_receipt", collects && i.state == "paid");
  out.Bool("sandbox", deps.sandbox && i.Open() && !i.account_no.empty()).EndObject();
  return Ok();
}

void Service::Impl::WriteCredit(json::Writer& out, const store::Credit& c) const {
  const Bank* bank = FindBank(c.bank_bin);
  out.BeginObject().Text("bank_credit_id", std::to_string(c.bank_credit_id)).Int("version", c.version).Text("bank_bin", c.bank_bin);
  out.Text("bank_name", bank != nullptr ? bank->name : c.bank_bin).Text("account_no", c.account_no).Text("transaction_no", c.transaction_no).Text("source", c.source);
  out.Int("amount_vnd", c.amount_vnd).Int("left_vnd", c.left_vnd).Int("held_vnd", c.held_vnd).Text("remittance", c.remittance).Text("payer_name", c.payer_name);
  out.Text("payer_account_no", c.payer_account_no).Text("booked_at", FormatTime(c.booked_at_us)).Text("state", c.state).Text("problem", c.problem);
  if (c.invoice_id != 0) out.Text("invoice_id", std::to_string(c.invoice_id));
  else out.Null("invoice_id");
  out.EndObject();
}

void Service::Impl::WriteRefund(json::Writer& out, const store::Refund& x) const {
  const Bank* bank = FindBank(x.to_bank_bin);
  out.BeginObject().Text("refund_id", std::to_string(x.refund_id)).Int("version", x.version).Int("amount_vnd", x.amount_vnd).Text("method", x.method);
  if (x.invoice_id != 0) out.Text("invoice_id", std::to_string(x.invoice_id));
  else out.Null("invoice_id");
  if (x.bank_credit_id != 0) out.Text("bank_credit_id", std::to_string(x.bank_credit_id));
  else out.Null("bank_credit_id");
  out.Text("to_bank_bin", x.to_bank_bin).Text("to_bank_name", bank != nullptr ? bank->name : x.to_bank_bin).Text("to_account_no", x.to_account_no).Text("to_name", x.to_name);
  out.Text("reason", x.reason).Text("state", x.state).Text("proposed_name", x.proposed_name).Text("proposed_at", FormatTime(x.proposed_at_us));
  out.Text("decided_name", x.decided_name).Text("decision_note", x.decision_note);
  if (x.decided_at_us) out.Text("decided_at", FormatTime(*x.decided_at_us));
  else out.Null("decided_at");
  out.EndObject();
}

}  // namespace tinhso::payments
