// One's own security: the authenticator app, recovery codes, proof of being there.
#include "base/crypto.h"
#include "base/ids.h"
#include "base/text.h"
#include "impl.h"
#include "totp.h"

namespace tinhso::identity {
namespace {

constexpr int kRecoveryCodes = 10;
constexpr int kRecoveryCodeLength = 16;

struct FreshCodes {
  json::array shown;
  std::vector<std::string> hashes;
};

// "abcd-efgh-jkmn-pqrs"; high enough in entropy that a plain hash keeps them.
FreshCodes MakeCodes() {
  FreshCodes out;
  for (int i = 0; i < kRecoveryCodes; ++i) {
    std::string code = RandomCode(kRecoveryCodeLength), shown;
    for (size_t at = 0; at < code.size(); at += 4) shown += (at == 0 ? "" : "-") + code.substr(at, 4);
    out.shown.emplace_back(shown);
    out.hashes.push_back(TokenHash(code));
  }
  return out;
}

audit::Event FactorChanged(const http::Principal& who, const char* change, TimeUs now_us) {
  audit::Event event = audit::By(who, "second_factor.changed", "account", who.account_id, who.authority_id, now_us);
  event.data["change"] = change;
  return event;
}

}  // namespace

Result<http::Response> Service::Impl::GetSecurity(http::Request& request) {
  TINHSO_TRY(RequirePerson(request));
  const http::Principal& who = *request.principal;
  TINHSO_ASSIGN(json::object answer, database.Read([&](db::Tx& tx) -> Result<json::object> {
    TINHSO_ASSIGN(auto account, store::AccountById(tx, who.account_id));
    TINHSO_ASSIGN(auto totp, store::TotpOf(tx, who.account_id));
    TINHSO_ASSIGN(int64_t codes, store::RecoveryCodesLeft(tx, who.account_id));
    TINHSO_ASSIGN(auto passkeys, store::PasskeysOf(tx, who.account_id));
    TINHSO_ASSIGN(auto links, store::LinksOf(tx, who.account_id));
    json::array keys, linked;
    for (const auto& key : passkeys) {
      keys.push_back(json::object{{"passkey_id", std::to_string(key.passkey_id)},
                                  {"name", key.name},
                                  {"backed_up", key.backed_up},
                                  {"created_at", TimeJson(key.created_at_us)},
                                  {"used_at", TimeJson(key.used_at_us)}});
    }
    for (const auto& link : links) {
      linked.push_back(json::object{{"provider", link.provider},
                                    {"level", link.level},
                                    {"linked_at", TimeJson(link.linked_at_us)},
                                    {"used_at", TimeJson(link.used_at_us)}});
    }
    return json::object{{"has_password", account && !account->password_hash.empty()},
                        {"totp_since", TimeJson(totp ? totp->confirmed_at_us : 0)},
                        {"recovery_codes_left", codes},
                        {"second_factor_required", RequiresSecondFactor(who.roles)},
                        {"passkeys", std::move(keys)},
                        {"links", std::move(linked)}};
  }));
  return http::Response::Json(answer);
}

Result<http::Response> Service::Impl::BeginTotp(http::Request& request) {
  TINHSO_TRY(RequireConfirmed(request));
  const http::Principal& who = *request.principal;
  std::string secret = crypto::RandomBytes(kTotpSecretBytes);
  TINHSO_ASSIGN(const std::string sealed, secrets.Seal(Base32Encode(secret), TotpPlace(who.account_id)));
  TINHSO_TRY(database.Write([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(auto totp, store::TotpOf(tx, who.account_id));
    if (totp && totp->confirmed_at_us != 0) return MakeError(ErrorCode::kConflict, "totp_exists");
    TINHSO_TRY(store::BeginTotp(tx, who.account_id, sealed, clock.NowUs()));
    return audit::Stage(tx, FactorChanged(who, "totp_begun", clock.NowUs()));
  }));
  std::string uri = TotpUri(options.installation_name, who.username, secret);
  return http::Response::Json(json::object{{"secret", Base32Encode(secret)}, {"uri", uri}, {"qr", QrPath(uri)}});
}

Result<http::Response> Service::Impl::ConfirmTotp(http::Request& request) {
  TINHSO_TRY(RequireConfirmed(request));
  TINHSO_ASSIGN(auto body, request.Json());
  json::Reader in(body);
  std::string code = text::Trim(in.Text("code", 1, 20));
  TINHSO_TRY(in.Finish());
  const http::Principal& who = *request.principal;
  TimeUs now = clock.NowUs();
  TINHSO_ASSIGN(const auto attempt, throttle.Begin(who.username, request.remote_address));
  FreshCodes codes = MakeCodes();
  http::Response cookies;
  // The session has now shown both factors; its rights may grow, so its token changes.
  const Status confirmed = RotateSession(request, cookies, [&](db::Tx& tx, store::SessionRow& session) -> Status {
    TINHSO_ASSIGN(auto totp, store::TotpOf(tx, who.account_id));
    if (!totp) return MakeError(ErrorCode::kConflict, "totp_not_begun");
    if (totp->confirmed_at_us != 0) return MakeError(ErrorCode::kConflict, "totp_exists");
    TINHSO_ASSIGN(const std::string key, AppKeyOf(who.account_id, *totp));
    int64_t step = TotpStep(key, code, now, totp->last_step);
    if (step == 0) return FieldInvalid("/code", "code_wrong");
    TINHSO_ASSIGN(bool used, store::UseTotpStep(tx, who.account_id, step));
    if (!used) return FieldInvalid("/code", "code_wrong");
    TINHSO_TRY(store::ConfirmTotp(tx, who.account_id, now));
    TINHSO_TRY(store::ReplaceRecoveryCodes(tx, who.account_id, codes.hashes));
    session.strong = true;
    TINHSO_TRY(audit::Stage(tx, FactorChanged(who, "totp_added", now)));
    TINHSO_TRY(throttle.Right(tx, who.username, request.remote_address));
    return Tell(tx, who.account_id, "account.totp_added", now);
  });
  if (!confirmed.ok()) return WrongTry(attempt, confirmed.error());
  http::Response response = http::Response::Json(json::object{{"recovery_codes", codes.shown}});
  response.headers = std::move(cookies.headers);
  return response;
}

Result<http::Response> Service::Impl::DeleteTotp(http::Request& request) {
  TINHSO_TRY(RequireConfirmed(request));
  const http::Principal& who = *request.principal;
  TINHSO_TRY(database.Write([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(auto totp, store::TotpOf(tx, who.account_id));
    if (!totp || totp->confirmed_at_us == 0) return MakeError(ErrorCode::kNotFound, "totp_not_begun");
    TINHSO_TRY(store::DeleteTotp(tx, who.account_id));
    TINHSO_TRY(audit::Stage(tx, FactorChanged(who, "totp_removed", clock.NowUs())));
    return Tell(tx, who.account_id, "account.totp_removed", clock.NowUs());
  }));
  return http::Response::NoContent();
}

Result<http::Response> Service::Impl::NewRecoveryCodes(http::Request& request) {
  TINHSO_TRY(RequireConfirmed(request));
  const http::Principal& who = *request.principal;
  FreshCodes codes = MakeCodes();
  TINHSO_TRY(database.Write([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(auto totp, store::TotpOf(tx, who.account_id));
    if (!totp || totp->confirmed_at_us == 0) return MakeError(ErrorCode::kConflict, "totp_not_begun");
    TINHSO_TRY(store::ReplaceRecoveryCodes(tx, who.account_id, codes.hashes));
    return audit::Stage(tx, FactorChanged(who, "recovery_codes", clock.NowUs()));
  }));
  return http::Response::Json(json::object{{"recovery_codes", codes.shown}});
}

Result<http::Response> Service::Impl::ConfirmPresence(http::Request& request) {
  TINHSO_TRY(RequirePerson(request));
  TINHSO_ASSIGN(auto body, request.Json());
  json::Reader in(body);
  auto password = in.OptionalText("password", kPasswordLengthMax);
  auto code = in.OptionalText("code", 40);
  const json::object* credential = in.OptionalObject("credential");
  TINHSO_TRY(in.Finish());
  const http::Principal& who = *request.principal;
  TimeUs now = clock.NowUs();
  TINHSO_ASSIGN(const auto attempt, throttle.Begin(who.username, request.remote_address));
  if (credential != nullptr) {
    auto account_id = AccountOfAssertion(*credential);
    if (!account_id.ok()) return WrongTry(attempt, account_id.error());
    if (*account_id != who.account_id) return WrongTry(attempt, MakeError(ErrorCode::kInvalid, "passkey_unknown"));
  } else if (code) {
    TINHSO_ASSIGN(bool right, UseCode(who.account_id, text::Trim(*code)));
    if (!right) return WrongTry(attempt, FieldInvalid("/code", "code_wrong"));
  } else {
    TINHSO_ASSIGN(auto account, database.Read([&](db::Tx& tx) { return store::AccountById(tx, who.account_id); }));
    TINHSO_ASSIGN(bool right, hasher.Verify(password.value_or(""), account ? account->password_hash : std::string()));
    if (!right) return WrongTry(attempt, FieldInvalid("/password", "password_wrong"));
  }
  std::string token_hash = TokenHash(CookieOf(request, kSessionCookie));
  TINHSO_TRY(database.Write([&](db::Tx& tx) -> Status {
    TINHSO_TRY(store::ConfirmSession(tx, token_hash, now));
    TINHSO_TRY(throttle.Right(tx, who.username, request.remote_address));
    return audit::Stage(tx, audit::By(who, "session.confirmed", "account", who.account_id, who.authority_id, now));
  }));
  sessions.Drop(token_hash);
  return http::Response::NoContent();
}

}  // namespace tinhso::identity
