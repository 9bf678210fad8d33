// request → one call → response. Shapes: api/openapi.yaml.
#include <algorithm>

#include "base/crypto.h"
#include "base/ids.h"
#include "desk.h"
#include "import_statement.h"
#include "engines/printing/printing.h"
#include "reports.h"

namespace tinhso::payments {
namespace {

using http::Request;
using http::Response;

constexpr size_t kNameMax = 200;

Result<Response> JsonText(std::string body, int status = 200) {
  Response out = Response::Bytes(std::move(body), "application/json");
  out.status = status;
  return out;
}

int64_t NumberOf(std::string_view text) {
  if (text.empty() || text.size() > 18 || text.find_first_not_of("0123456789") != std::string_view::npos) return 0;
  return std::strtoll(std::string(text).c_str(), nullptr, 10);
}

Result<Response> InvoiceAnswer(Impl& m, int64_t invoice_id, const http::Principal& who) {
  TINHSO_ASSIGN(store::Invoice invoice, m.FindVisible(invoice_id, who));
  json::Writer out(2048);
  TINHSO_TRY(m.Db(invoice.authority_id).Read([&](db::Tx& tx) { return m.WriteInvoice(out, tx, invoice, who); }));
  return JsonText(out.Take());
}

Result<Response> InvoicesOf(Impl& m, Request& r) {
  TINHSO_ASSIGN(dossiers::Access access, m.deps.dossiers.Look(r.Param("dossier_code"), *r.principal));
  json::Writer out(4096);
  out.BeginObject().Array("items");
  TINHSO_TRY(m.Db(access.authority_id).Read([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(auto invoices, store::InvoicesOfDossier(tx, access.authority_id, access.dossier_id));
    for (const store::Invoice& i : invoices) TINHSO_TRY(m.WriteInvoice(out, tx, i, *r.principal));
    return Ok();
  }));
  out.EndArray().EndObject();
  return JsonText(out.Take());
}

// One page of a list that several authorities share after mergers, newest first by a key that grows with time.
template <class Row, class List, class Key, class Write>
Result<Response> PageOf(Impl& m, Request& r, List&& list, Key&& key_of, Write&& write) {
  TINHSO_ASSIGN(int64_t limit, r.QueryInt("limit", 1, 200, 50));
  TINHSO_ASSIGN(const int64_t before, http::DecodeBefore(r.Query("cursor")));
  std::vector<Row> all;
  for (int64_t authority_id : m.deps.orgs.snapshot()->ActsFor(r.principal->authority_id)) {
    TINHSO_ASSIGN(std::vector<Row> some, m.Db(authority_id).Read([&](db::Tx& tx) -> Result<std::vector<Row>> { return list(tx, authority_id, before, limit + 1); }));
    all.insert(all.end(), std::make_move_iterator(some.begin()), std::make_move_iterator(some.end()));
  }
  std::sort(all.begin(), all.end(), [&](const Row& a, const Row& b) { return key_of(a) > key_of(b); });
  const bool more = static_cast<int64_t>(all.size()) > limit;
  if (more) all.resize(static_cast<size_t>(limit));
  json::Writer out(8192);
  out.BeginObject().Array("items");
  TINHSO_TRY(write(out, all));
  out.EndArray();
  if (more) out.Text("next_cursor", http::EncodeCursor({std::to_string(key_of(all.back()))}));
  else out.Null("next_cursor");
  out.EndObject();
  return JsonText(out.Take());
}

Result<Response> ListInvoices(Impl& m, Request& r) {
  const std::string state(r.Query("state").empty() ? "issued" : r.Query("state"));
  return PageOf<store::Invoice>(
      m, r, [&](db::Tx& tx, int64_t authority_id, int64_t before, int64_t limit) { return store::InvoicesIn(tx, authority_id, state, before, limit); },
      [](const store::Invoice& i) { return i.invoice_id; },
      [&](json::Writer& out, const std::vector<store::Invoice>& all) -> Status {
        audit::Event event = audit::By(*r.principal, "dossier.listed", "invoice_list", 0, r.principal->authority_id, m.Now());
        for (const store::Invoice& i : all) event.people.push_back(i.person_id);
        if (!event.people.empty())
          TINHSO_TRY(m.reads.Record(m.Db(r.principal->authority_id), std::move(event), [&](audit::Event& e) -> Status {
            e.data = {{"purpose", "receive"}, {"count", all.size()}};
            return Ok();
          }));
        for (const store::Invoice& i : all)
          out.BeginObject().Text("invoice_id", std::to_string(i.invoice_id)).Text("dossier_code", i.dossier_code).Text("procedure_name", i.procedure_name)
              .Text("payer_name", i.payer_name).Text("state", i.state).Int("amount_vnd", i.amount_vnd).Int("paid_vnd", i.paid_vnd).Text("reference", i.reference)
              .Text("issued_at", FormatTime(i.issued_at_us)).Text("expires_on", i.expires_on).EndObject();
        return Ok();
      });
}

Result<Response> ListCredits(Impl& m, Request& r) {
  const std::string state(r.Query("state").empty() ? "queued" : r.Query("state"));
  return PageOf<store::Credit>(
      m, r, [&](db::Tx& tx, int64_t authority_id, int64_t before, int64_t limit) { return store::CreditsIn(tx, authority_id, state, before, limit); },
      [](const store::Credit& c) { return c.bank_credit_id; },
      [&](json::Writer& out, const std::vector<store::Credit>& all) -> Status {
        for (const store::Credit& c : all) m.WriteCredit(out, c);
        return Ok();
      });
}

Result<Response> ListRefunds(Impl& m, Request& r) {
  const std::string state(r.Query("state").empty() ? "proposed" : r.Query("state"));
  return PageOf<store::Refund>(
      m, r, [&](db::Tx& tx, int64_t authority_id, int64_t before, int64_t limit) { return store::RefundsIn(tx, authority_id, state, before, limit); },
      [](const store::Refund& x) { return x.refund_id; },
      [&](json::Writer& out, const std::vector<store::Refund>& all) -> Status {
        for (const store::Refund& x : all) m.WriteRefund(out, x);
        return Ok();
      });
}

Result<Response> PostCreditAction(Impl& m, Request& r) {
  TINHSO_ASSIGN(json::value body, r.Json());
  json::Reader in(body);
  CreditAction a;
  a.bank_credit_id = NumberOf(r.Param("bank_credit_id"));
  a.action = in.Text("action", 1, 20);
  a.version_seen = in.Int("version", 1, INT64_MAX);
  const std::string invoice = in.OptionalText("invoice_id", 20).value_or("");
  a.invoice_id = NumberOf(invoice);
  if (a.action != "assign" && a.action != "keep" && a.action != "cash_deposit") in.Fail("action", "choice_unknown");
  if (a.action == "assign" && a.invoice_id == 0) in.Fail("invoice_id", "field_required");
  if (a.action != "assign" && !invoice.empty()) in.Fail("invoice_id", "field_not_applicable");
  TINHSO_TRY(in.Finish());
  TINHSO_TRY(ActOnCredit(m, a, *r.principal));
  return Response::NoContent();
}

Result<Response> PostRefund(Impl& m, Request& r) {
  TINHSO_ASSIGN(json::value body, r.Json());
  json::Reader in(body);
  store::Refund x;
  x.invoice_id = NumberOf(in.OptionalText("invoice_id", 20).value_or(""));
  x.bank_credit_id = NumberOf(in.OptionalText("bank_credit_id", 20).value_or(""));
  x.method = in.Text("method", 1, 10);
  x.reason = in.Text("reason", 1, kReasonMax);
  x.to_bank_bin = in.OptionalText("to_bank_bin", 6).value_or("");
  x.to_account_no = in.OptionalText("to_account_no", 19).value_or("");
  x.to_name = in.Text("to_name", 1, kNameMax);
  if ((x.invoice_id == 0) == (x.bank_credit_id == 0)) in.Fail("invoice_id", "field_required");
  if (x.method != "cash" && x.method != "transfer") in.Fail("method", "choice_unknown");
  if (x.method == "transfer" && m.FindBank(x.to_bank_bin) == nullptr) in.Fail("to_bank_bin", "bank_unknown");
  if (x.method == "transfer" && x.to_account_no.empty()) in.Fail("to_account_no", "field_required");
  TINHSO_TRY(in.Finish());
  TINHSO_ASSIGN(int64_t refund_id, ProposeRefund(m, std::move(x), *r.principal));
  return JsonText("{\"refund_id\":\"" + std::to_string(refund_id) + "\"}", 201);
}

Result<Response> PostDecision(Impl& m, Request& r) {
  TINHSO_ASSIGN(json::value body, r.Json());
  json::Reader in(body);
  RefundDecision d;
  d.refund_id = NumberOf(r.Param("refund_id"));
  d.version_seen = in.Int("version", 1, INT64_MAX);
  const std::string decision = in.Text("decision", 1, 10);
  d.approve = decision == "approve";
  if (!d.approve && decision != "refuse") in.Fail("decision", "choice_unknown");
  d.note = in.OptionalText("note", kReasonMax).value_or("");
  TINHSO_TRY(in.Finish());
  TINHSO_TRY(DecideRefund(m, d, *r.principal));
  return Response::NoContent();
}

Result<Response> GetReceipt(Impl& m, Request& r) {
  TINHSO_ASSIGN(auto receipt, m.deps.router.Shared().Read([&](db::Tx& tx) { return store::FindReceipt(tx, NumberOf(r.Param("receipt_id"))); }));
  if (!receipt) return MakeError(ErrorCode::kNotFound, "receipt_not_found");
  auto invoice = m.FindVisible(receipt->invoice_id, *r.principal);
  if (!invoice.ok()) return invoice.error().code == ErrorCode::kNotFound ? MakeError(ErrorCode::kNotFound, "receipt_not_found") : invoice.error();
  TINHSO_ASSIGN(std::string pdf, m.ReceiptPdf(*receipt, *invoice));
  Response out = Response::Bytes(std::move(pdf), "application/pdf");
  out.WithFileName("bien-lai-" + std::to_string(receipt->receipt_no) + "-" + std::to_string(receipt->year) + ".pdf", true);
  return out;
}

Result<std::string> DayAsked(Impl& m, Request& r) {
  const std::string on(r.Query("on"));
  if (on.empty()) return FormatDate(LocalDate(m.Now()));
  if (!ParseDate(on).ok()) return FieldInvalid("?on", "date_malformed");
  return on;
}

Result<Response> PutAccount(Impl& m, Request& r) {
  TINHSO_ASSIGN(json::value body, r.Json());
  json::Reader in(body);
  store::Account a;
  a.bank_bin = in.Text("bank_bin", 6, 6);
  a.account_no = in.Text("account_no", 1, 19);
  a.holder_name = in.Text("holder_name", 1, kNameMax);
  a.by_admin = true;
  a.changed_at_us = m.Now();
  if (m.FindBank(a.bank_bin) == nullptr) in.Fail("bank_bin", "bank_unknown");
  if (!std::all_of(a.account_no.begin(), a.account_no.end(), [](unsigned char c) { return c < 0x80 && std::isalnum(c); })) in.Fail("account_no", "account_no_malformed");
  TINHSO_TRY(in.Finish());
  const auto units = m.deps.orgs.snapshot();
  const orgs::Unit* unit = units->ByCode(r.Param("unit_code"));
  if (unit == nullptr || unit->authority_id != unit->unit_id) return MakeError(ErrorCode::kNotFound, "unit_not_found");
  if (!units->IsWithin(unit->unit_id, r.principal->unit_id)) return MakeError(ErrorCode::kForbidden, "unit_out_of_scope");
  a.authority_id = unit->unit_id;
  TINHSO_TRY(m.deps.router.Shared().Write([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(auto taken, store::FindAccount(tx, a.bank_bin, a.account_no));
    if (taken && taken->authority_id != a.authority_id) return MakeError(ErrorCode::kConflict, "account_of_another_unit");
    TINHSO_TRY(store::PutAccount(tx, a));
    audit::Event record = m.Record(*r.principal, "payment.account_changed", a.authority_id, a.authority_id);
    record.subject_kind = "unit";
    record.data = {{"bank_bin", a.bank_bin}, {"account_no", a.account_no}};
    return audit::Stage(tx, record);
  }));
  return Response::NoContent();
}

Result<Response> ListAccounts(Impl& m, Request& r) {
  TINHSO_ASSIGN(auto accounts, m.deps.router.Shared().Read([](db::Tx& tx) { return store::AccountsInUse(tx); }));
  const auto units = m.deps.orgs.snapshot();
  json::Writer out(16384);
  out.BeginObject().Array("items");
  for (const orgs::Unit& unit : units->all()) {
    if (unit.authority_id != unit.unit_id || !unit.valid_to_on.empty() || !units->IsWithin(unit.unit_id, r.principal->unit_id)) continue;
    const auto it = std::find_if(accounts.begin(), accounts.end(), [&](const store::Account& a) { return a.authority_id == unit.unit_id; });
    out.BeginObject().Text("unit_code", unit.unit_code).Text("unit_name", unit.short_name);
    if (it == accounts.end()) {
      out.Null("account");
    } else {
      const Bank* bank = m.FindBank(it->bank_bin);
      out.Object("account").Text("bank_bin", it->bank_bin).Text("bank_name", bank != nullptr ? bank->name : it->bank_bin).Text("account_no", it->account_no);
      out.Text("holder_name", it->holder_name).Bool("by_admin", it->by_admin).Text("changed_at", FormatTime(it->changed_at_us)).EndObject();
    }
    out.EndObject();
  }
  out.EndArray().Array("banks");
  for (const Bank& bank : m.banks) out.BeginObject().Text("bin", bank.bin).Text("code", bank.code).Text("name", bank.name).EndObject();
  out.EndArray().Array("providers");
  for (const auto& [name, provider] : m.deps.providers) out.BeginObject().Text("name", name).Text("bank_bin", provider.bank_bin).EndObject();
  out.EndArray().EndObject();
  return JsonText(out.Take());
}

// The sandbox bank pays through the same door as a real one: a message of its own, signed with its secret.
Result<Response> SandboxPay(Service& service, Impl& m, Request& r) {
  const auto provider = m.deps.providers.find("sandbox");
  if (!m.deps.sandbox || provider == m.deps.providers.end()) return MakeError(ErrorCode::kNotFound, "invoice_not_found");
  TINHSO_ASSIGN(json::value body, r.Json());
  json::Reader in(body);
  const auto amount = in.OptionalInt("amount_vnd", 1, kAmountMax);
  TINHSO_TRY(in.Finish());
  TINHSO_ASSIGN(store::Invoice invoice, m.FindVisible(NumberOf(r.Param("invoice_id")), *r.principal));
  if (!invoice.Open() || invoice.account_no.empty()) return MakeError(ErrorCode::kConflict, "invoice_not_open");
  const TimeUs now = m.Now();
  const std::string number = std::to_string(NewId());
  Service::Message message{"sandbox", "sandbox-" + number, std::to_string(now / kUsPerSecond), "", ""};
  message.body = json::serialize(json::object{{"transaction_no", "SB" + number}, {"bank_bin", invoice.bank_bin}, {"account_no", invoice.account_no},
                                              {"amount_vnd", amount.value_or(invoice.LeftVnd())}, {"currency", "VND"}, {"remittance", invoice.reference + " nop phi"},
                                              {"payer_name", "NGAN HANG THU NGHIEM"}, {"booked_at", FormatTime(now)}});
  const std::string& secret = provider->second.secret;
  TINHSO_ASSIGN(std::string key, crypto::Base64Decode(secret.starts_with("whsec_") ? secret.substr(6) : secret));
  message.signature = "v1," + crypto::Base64Encode(crypto::HmacSha256(key, message.event_id + "." + message.timestamp + "." + message.body));
  TINHSO_TRY(service.Hear(message));
  return InvoiceAnswer(m, invoice.invoice_id, *r.principal);
}

}  // namespace

std::vector<http::Route> Service::Routes() {
  Impl* m = impl_.get();
  std::vector<http::Route> routes;
  auto get = [&](const char* pattern, const char* permission, http::Handler handler) { routes.push_back({"GET", pattern, permission, "", http::BodyKind::kNone, std::move(handler)}); };
  auto send = [&](const char* method, const char* pattern, const char* permission, const char* event, http::Handler handler) {
    routes.push_back({method, pattern, permission, event, http::BodyKind::kJson, std::move(handler)});
  };
  get("/api/v1/dossiers/{dossier_code}/invoices", "signed_in", [m](Request& r) { return InvoicesOf(*m, r); });
  get("/api/v1/invoices/{invoice_id}", "signed_in", [m](Request& r) { return InvoiceAnswer(*m, NumberOf(r.Param("invoice_id")), *r.principal); });
  get("/api/v1/invoices/{invoice_id}/qr.svg", "signed_in", [m](Request& r) -> Result<Response> {
    TINHSO_ASSIGN(store::Invoice invoice, m->FindVisible(NumberOf(r.Param("invoice_id")), *r.principal));
    TINHSO_ASSIGN(std::string payload, m->PayloadOf(invoice));
    if (payload.empty()) return MakeError(ErrorCode::kNotFound, "invoice_without_qr");
    TINHSO_ASSIGN(std::string svg, printing::QrSvg(payload));
    Response out = Response::Bytes(std::move(svg), "image/svg+xml");
    out.headers.emplace_back("Cache-Control", "no-store");
    return out;
  });
  send("POST", "/api/v1/invoices/{invoice_id}/cash", "payment.collect", "payment.collected", [m](Request& r) -> Result<Response> {
    TINHSO_ASSIGN(json::value body, r.Json());
    json::Reader in(body);
    const int64_t amount = in.Int("amount_vnd", 1, kAmountMax);
    TINHSO_TRY(in.Finish());
    const int64_t invoice_id = NumberOf(r.Param("invoice_id"));
    TINHSO_TRY(CollectCash(*m, invoice_id, amount, *r.principal));
    return InvoiceAnswer(*m, invoice_id, *r.principal);
  });
  send("POST", "/api/v1/invoices/{invoice_id}/cancel", "payment.collect", "invoice.cancelled", [m](Request& r) -> Result<Response> {
    TINHSO_ASSIGN(json::value body, r.Json());
    json::Reader in(body);
    const std::string reason = in.Text("reason", 1, kReasonMax);
    TINHSO_TRY(in.Finish());
    const int64_t invoice_id = NumberOf(r.Param("invoice_id"));
    TINHSO_TRY(CancelInvoice(*m, invoice_id, reason, *r.principal));
    return InvoiceAnswer(*m, invoice_id, *r.principal);
  });
  send("POST", "/api/v1/invoices/{invoice_id}/sandbox-payment", "signed_in", "payment.credited", [this, m](Request& r) { return SandboxPay(*this, *m, r); });
  get("/api/v1/payments/invoices", "payment.read", [m](Request& r) { return ListInvoices(*m, r); });
  get("/api/v1/payments/credits", "payment.read", [m](Request& r) { return ListCredits(*m, r); });
  send("POST", "/api/v1/payments/credits/{bank_credit_id}/actions", "payment.collect", "payment.resolved", [m](Request& r) { return PostCreditAction(*m, r); });
  get("/api/v1/payments/refunds", "payment.read", [m](Request& r) { return ListRefunds(*m, r); });
  send("POST", "/api/v1/payments/refunds", "payment.collect", "refund.proposed", [m](Request& r) { return PostRefund(*m, r); });
  send("POST", "/api/v1/payments/refunds/{refund_id}/decision", "payment.approve", "refund.decided", [m](Request& r) { return PostDecision(*m, r); });
  get("/api/v1/receipts/{receipt_id}/receipt.pdf", "signed_in", [m](Request& r) { return GetReceipt(*m, r); });
  send("POST", "/api/v1/receipts/{receipt_id}/replace", "payment.collect", "receipt.replaced", [m](Request& r) -> Result<Response> {
    TINHSO_ASSIGN(json::value body, r.Json());
    json::Reader in(body);
    Replacement a{NumberOf(r.Param("receipt_id")), in.Text("payer_name", 1, kNameMax), in.OptionalText("payer_address", 300).value_or(""), in.Text("reason", 1, kReasonMax)};
    TINHSO_TRY(in.Finish());
    TINHSO_TRY(ReplaceReceipt(*m, a, *r.principal));
    return Response::NoContent();
  });
  get("/api/v1/payments/daily", "payment.read", [m](Request& r) -> Result<Response> {
    TINHSO_ASSIGN(std::string on, DayAsked(*m, r));
    TINHSO_ASSIGN(Day day, DayOf(*m, on, *r.principal));
    return JsonText(DayJson(day));
  });
  get("/api/v1/payments/daily.csv", "payment.read", [m](Request& r) -> Result<Response> {
    TINHSO_ASSIGN(std::string on, DayAsked(*m, r));
    TINHSO_ASSIGN(Day day, DayOf(*m, on, *r.principal));
    Response out = Response::Bytes(DayCsv(day), "text/csv; charset=utf-8");
    out.WithFileName("thu-phi-" + on + ".csv", false);
    return out;
  });
  get("/api/v1/payments/daily.pdf", "payment.read", [m](Request& r) -> Result<Response> {
    TINHSO_ASSIGN(std::string on, DayAsked(*m, r));
    TINHSO_ASSIGN(Day day, DayOf(*m, on, *r.principal));
    TINHSO_ASSIGN(std::string pdf, DayPdf(*m, day, *r.principal));
    Response out = Response::Bytes(std::move(pdf), "application/pdf");
    out.WithFileName("thu-phi-" + on + ".pdf", true);
    return out;
  });
  get("/api/v1/payments/reconciliation", "payment.read", [m](Request& r) -> Result<Response> {
    const std::string today = FormatDate(LocalDate(m->Now())), from(r.Query("from").empty() ? today : r.Query("from")), to(r.Query("to").empty() ? from : r.Query("to"));
    if (!ParseDate(from).ok()) return FieldInvalid("?from", "date_malformed");
    if (!ParseDate(to).ok() || to < from) return FieldInvalid("?to", "date_malformed");
    TINHSO_ASSIGN(std::string body, Reconciliation(*m, from, to, *r.principal));
    return JsonText(std::move(body));
  });
  send("POST", "/api/v1/payments/webhooks/{provider}", "public", "payment.credited", [this](Request& r) -> Result<Response> {
    TINHSO_ASSIGN(std::string answer, Hear({std::string(r.Param("provider")), std::string(r.Header("webhook-id")), std::string(r.Header("webhook-timestamp")),
                                            std::string(r.Header("webhook-signature")), r.body}));
    return JsonText(std::move(answer));
  });
  routes.back().body_bytes_max = kWebhookBytesMax;
  get("/api/v1/payments/statements", "payment.read", [m](Request& r) -> Result<Response> {
    TINHSO_ASSIGN(std::string body, ListStatements(*m, *r.principal));
    return JsonText(std::move(body));
  });
  routes.push_back({"POST", "/api/v1/payments/statements", "payment.collect", "payment.statement_imported", http::BodyKind::kText,
                    [m](Request& r) -> Result<Response> {
                      const StatementFile file{r.body, std::string(r.Query("file_name")), std::string(r.Query("account_no")), r.Query("dry_run") == "true"};
                      TINHSO_ASSIGN(std::string body, payments::ImportStatement(*m, file, &*r.principal));
                      return JsonText(std::move(body));
                    },
                    static_cast<int64_t>(kStatementBytesMax)});
  get("/api/v1/admin/payments/accounts", "payment.admin", [m](Request& r) { return ListAccounts(*m, r); });
  send("PUT", "/api/v1/admin/payments/accounts/{unit_code}", "payment.admin", "payment.account_changed", [m](Request& r) { return PutAccount(*m, r); });
  return routes;
}

}  // namespace tinhso::payments
