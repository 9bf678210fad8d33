// The door for providers: messages signed as Standard Webhooks (standardwebhooks.com) says, so that any bank's ready library fits.
#include <algorithm>
#include <charconv>

#include "base/crypto.h"
#include "base/ids.h"
#include "base/text.h"
#include "impl.h"

namespace tinhso::payments {
namespace {

constexpr size_t kEventIdMax = 128;

bool IsEventId(std::string_view id) {
  return !id.empty() && id.size() <= kEventIdMax && std::all_of(id.begin(), id.end(), [](char c) { return c > 0x20 && c < 0x7f && c != '"'; });
}

// "v1,BASE64 v1,BASE64 v2,…": any of version 1 that fits.
bool IsSigned(const Service::Message& message, const std::string& secret) {
  const std::string_view given = std::string_view(secret).starts_with("whsec_") ? std::string_view(secret).substr(6) : std::string_view(secret);
  auto key = crypto::Base64Decode(given);
  if (!key.ok() || key->empty()) return false;
  const std::string right = "v1," + crypto::Base64Encode(crypto::HmacSha256(*key, message.event_id + "." + message.timestamp + "." + message.body));
  std::string_view rest = message.signature;
  bool found = false;
  while (!rest.empty()) {
    const size_t space = rest.find(' ');
    found = crypto::EqualConstantTime(rest.substr(0, space), right) || found;
    rest = space == std::string_view::npos ? std::string_view() : rest.substr(space + 1);
  }
  return found;
}

Result<store::Credit> CreditOfBody(const std::string& body) {
  TINHSO_ASSIGN(json::value v, json::Parse(body));
  json::Reader in(v);
  store::Credit c;
  c.transaction_no = in.Text("transaction_no", 1, 64);
  c.bank_bin = in.Text("bank_bin", 6, 6);
  c.account_no = in.Text("account_no", 1, 19);
  c.amount_vnd = in.Int("amount_vnd", 1, kAmountMax);
  if (const auto currency = in.OptionalText("currency", 3); currency && *currency != "VND") in.Fail("currency", "currency_unsupported");
  c.remittance = in.OptionalText("remittance", 500).value_or("");
  c.payer_name = in.OptionalText("payer_name", 140).value_or("");
  c.payer_account_no = in.OptionalText("payer_account_no", 34).value_or("");
  if (auto at = ParseTime(in.Text("booked_at", 1, 40)); at.ok()) c.booked_at_us = *at;
  else in.Fail("booked_at", "time_malformed");
  TINHSO_TRY(in.Finish());
  return c;
}

std::string AnswerOf(const std::string& event_id, const store::Credit& c) {
  json::Writer out;
  out.BeginObject().Text("event_id", event_id).Text("bank_credit_id", std::to_string(c.bank_credit_id)).Text("state", c.state).Text("problem", c.problem);
  out.EndObject();
  return out.Take();
}

}  // namespace

Result<std::string> Service::Hear(const Message& message) {
  Impl& m = *impl_;
  const auto provider = m.deps.providers.find(message.provider);
  if (provider == m.deps.providers.end()) return MakeError(ErrorCode::kNotFound, "payment_provider_unknown");
  int64_t at_s = 0;
  const std::string& t = message.timestamp;
  const auto [end, bad] = std::from_chars(t.data(), t.data() + t.size(), at_s);
  if (!IsEventId(message.event_id) || bad != std::errc() || end != t.data() + t.size() || t.empty())
    return MakeError(ErrorCode::kMalformed, "webhook_header_malformed");
  if (!IsSigned(message, provider->second.secret)) return MakeError(ErrorCode::kUnauthenticated, "webhook_signature_wrong");
  const TimeUs now = m.Now();
  if (const int64_t now_s = now / kUsPerSecond; at_s < now_s - kWebhookWindowS || at_s > now_s + kWebhookWindowS)
    return MakeError(ErrorCode::kUnauthenticated, "webhook_timestamp_outside");
  TINHSO_ASSIGN(store::Credit credit, CreditOfBody(message.body));
  TINHSO_ASSIGN(auto account, m.deps.router.Shared().Read([&](db::Tx& tx) { return store::FindAccount(tx, credit.bank_bin, credit.account_no); }));
  if (!account || (!provider->second.bank_bin.empty() && provider->second.bank_bin != credit.bank_bin))
    return MakeError(ErrorCode::kForbidden, "payment_account_foreign");
  credit.authority_id = account->authority_id;
  credit.bank_credit_id = NewId();
  credit.source = message.provider;
  credit.stored_at_us = now;

  store::Event event{credit.authority_id, message.provider, message.event_id, crypto::Sha256Hex(message.body), ""};
  TINHSO_ASSIGN(std::string answer, m.Db(credit.authority_id).Write([&](db::Tx& tx) -> Result<std::string> {
    TINHSO_ASSIGN(bool first, store::InsertEvent(tx, event, now));
    if (!first) {
      TINHSO_ASSIGN(auto known, store::FindEvent(tx, event));
      if (!known) return MakeError(ErrorCode::kUnavailable, "db_serialization");
      if (known->body_sha256 != event.body_sha256) return MakeError(ErrorCode::kConflict, "payment_event_reused");
      return known->answer;
    }
    TINHSO_ASSIGN(store::Credit stored, m.Receive(tx, credit));
    store::Event answered = event;
    answered.answer = AnswerOf(event.event_id, stored);
    TINHSO_TRY(store::SetEventAnswer(tx, answered));
    audit::Event record;
    record.authority_id = credit.authority_id;
    record.kind = "payment.credited";
    record.subject_kind = "bank_credit";
    record.subject_id = stored.bank_credit_id;
    record.at_us = now;
    record.data = {{"provider", message.provider}, {"event_id", message.event_id}, {"amount_vnd", stored.amount_vnd}, {"problem", stored.problem}};
    TINHSO_TRY(audit::Stage(tx, record));
    return answered.answer;
  }));
  m.deps.runner.Wake();
  return answer;
}

}  // namespace tinhso::payments
