// Passkeys: registering, signing in, renaming, removing.
#include "base/crypto.h"
#include "base/ids.h"
#include "base/text.h"
#include "impl.h"

namespace tinhso::identity {
namespace {

constexpr size_t kPasskeysMax = 20;
constexpr size_t kPasskeyNameMax = 60;

// What the authenticator keeps about its user: opaque, and the same for all keys of an account.
std::string UserHandleOf(int64_t account_id) { return crypto::Base64UrlEncode(std::to_string(account_id)); }

audit::Event PasskeyChanged(const http::Principal& who, const char* change, int64_t passkey_id, TimeUs now_us) {
  audit::Event event = audit::By(who, "passkey.changed", "account", who.account_id, who.authority_id, now_us);
  event.data["change"] = change;
  event.data["passkey_id"] = std::to_string(passkey_id);
  return event;
}

Result<std::string> PasskeyName(json::Reader& in) {
  std::string name = text::Trim(in.Text("name", 1, kPasskeyNameMax));
  TINHSO_TRY(in.Finish());
  return name;
}

}  // namespace

Result<http::Response> Service::Impl::PasskeySignInOptions(http::Request& request) {
  TINHSO_TRY(RefuseCrossSite(request));
  TINHSO_ASSIGN(std::string challenge, BeginCeremony("passkey", 0, {}));
  // No allowCredentials: the authenticator offers the accounts it knows (discoverable keys), and nobody learns who has one.
  return http::Response::Json(json::object{{"challenge", challenge},
                                           {"rpId", party.id},
                                           {"timeout", kCeremonyUs / 1000},
                                           {"userVerification", "required"}});
}

Result<int64_t> Service::Impl::AccountOfAssertion(const json::object& credential) {
  TimeUs now = clock.NowUs();
  std::string challenge = ChallengeOf(credential), credential_id = json::GetText(credential, "id");
  TINHSO_ASSIGN(auto ceremony, database.Write([&](db::Tx& tx) { return store::TakeCeremony(tx, TokenHash(challenge), "passkey", now); }));
  if (!ceremony) return MakeError(ErrorCode::kInvalid, "passkey_invalid", "challenge");
  TINHSO_ASSIGN(auto passkey, database.Read([&](db::Tx& tx) { return store::PasskeyByCredential(tx, credential_id); }));
  if (!passkey) return MakeError(ErrorCode::kInvalid, "passkey_unknown");
  if (const json::value* response = credential.if_contains("response"); response != nullptr && response->is_object()) {
    std::string handle = json::GetText(response->as_object(), "userHandle");
    if (!handle.empty() && handle != UserHandleOf(passkey->account_id)) return MakeError(ErrorCode::kInvalid, "passkey_invalid", "userHandle");
  }
  auto key = crypto::Base64UrlDecode(passkey->public_key);
  if (!key.ok()) return MakeError(ErrorCode::kInternal, "passkey_invalid", "stored key");
  StoredPasskey stored{static_cast<int>(passkey->algorithm), *key, passkey->sign_count};
  auto right = VerifyAssertion(party, challenge, stored, credential);
  if (!right.ok()) {
    if (right.error().reason == "passkey_copied") {
      TINHSO_TRY(database.Write([&](db::Tx& tx) -> Status {
        audit::Event event = SystemEvent("session.failed", passkey->account_id, now);
        event.data["reason"] = "passkey_copied";
        event.data["passkey_id"] = std::to_string(passkey->passkey_id);
        TINHSO_TRY(audit::Stage(tx, event));
        return Tell(tx, passkey->account_id, "account.passkey_copied", now);
      }));
    }
    return right.error();
  }
  TINHSO_ASSIGN(bool used, database.Write([&](db::Tx& tx) { return store::UsePasskey(tx, *passkey, right->sign_count, right->backed_up, now); }));
  if (!used) return MakeError(ErrorCode::kConflict, "passkey_copied");
  return passkey->account_id;
}

Result<http::Response> Service::Impl::PasskeySignIn(http::Request& request) {
  TINHSO_TRY(RefuseCrossSite(request));
  TINHSO_ASSIGN(auto body, request.Json());
  json::Reader in(body);
  const json::object* credential = in.Object("credential");
  TINHSO_TRY(in.Finish());
  TINHSO_ASSIGN(int64_t account_id, AccountOfAssertion(*credential));
  TINHSO_ASSIGN(auto account, database.Read([&](db::Tx& tx) { return store::AccountById(tx, account_id); }));
  if (!account) return MakeError(ErrorCode::kInvalid, "passkey_unknown");
  // The key and what unlocks it are two factors.
  return Admit(request, *account, {"passkey", true});
}

Result<http::Response> Service::Impl::PasskeyOptions(http::Request& request) {
  TINHSO_TRY(RequireConfirmed(request));
  const http::Principal& who = *request.principal;
  TINHSO_ASSIGN(auto held, database.Read([&](db::Tx& tx) { return store::PasskeysOf(tx, who.account_id); }));
  if (held.size() >= kPasskeysMax) return MakeError(ErrorCode::kConflict, "passkeys_too_many");
  TINHSO_ASSIGN(std::string challenge, BeginCeremony("passkey_new", who.account_id, {}));
  json::array algorithms, excluded;
  for (int algorithm : kPasskeyAlgorithms) algorithms.push_back(json::object{{"type", "public-key"}, {"alg", algorithm}});
  for (const auto& key : held) excluded.push_back(json::object{{"type", "public-key"}, {"id", key.credential_id}});
  return http::Response::Json(json::object{
      {"challenge", challenge},
      {"rp", json::object{{"id", party.id}, {"name", options.installation_name}}},
      {"user", json::object{{"id", UserHandleOf(who.account_id)}, {"name", who.username}, {"displayName", who.full_name}}},
      {"pubKeyCredParams", std::move(algorithms)},
      {"excludeCredentials", std::move(excluded)},
      {"authenticatorSelection", json::object{{"residentKey", "required"}, {"requireResidentKey", true}, {"userVerification", "required"}}},
      {"attestation", "none"},
      {"timeout", kCeremonyUs / 1000}});
}

Result<http::Response> Service::Impl::AddPasskey(http::Request& request) {
  TINHSO_TRY(RequireConfirmed(request));
  TINHSO_ASSIGN(auto body, request.Json());
  json::Reader in(body);
  const json::object* credential = in.Object("credential");
  TINHSO_ASSIGN(std::string name, PasskeyName(in));
  const http::Principal& who = *request.principal;
  TimeUs now = clock.NowUs();
  std::string challenge = ChallengeOf(*credential);
  TINHSO_ASSIGN(auto ceremony, database.Write([&](db::Tx& tx) { return store::TakeCeremony(tx, TokenHash(challenge), "passkey_new", now); }));
  if (!ceremony || ceremony->account_id != who.account_id) return MakeError(ErrorCode::kInvalid, "passkey_invalid", "challenge");
  TINHSO_ASSIGN(NewPasskey fresh, VerifyRegistration(party, challenge, *credential));
  store::PasskeyRow row{fresh.credential_id, NewId(), who.account_id, name, fresh.algorithm, crypto::Base64UrlEncode(fresh.public_key),
                        fresh.sign_count, fresh.backed_up, now, 0};
  http::Response cookies;
  // Made just now, with its user verified: the session has shown two factors, and its token changes with its rights.
  TINHSO_TRY(RotateSession(request, cookies, [&](db::Tx& tx, store::SessionRow& session) -> Status {
    TINHSO_ASSIGN(bool inserted, store::InsertPasskey(tx, row));
    if (!inserted) return MakeError(ErrorCode::kConflict, "passkey_exists");
    session.strong = true;
    TINHSO_TRY(audit::Stage(tx, PasskeyChanged(who, "added", row.passkey_id, now)));
    return Tell(tx, who.account_id, "account.passkey_added", now);
  }));
  http::Response response = http::Response::Json(json::object{{"passkey_id", std::to_string(row.passkey_id)}, {"name", row.name}}, 201);
  response.headers = std::move(cookies.headers);
  return response;
}

Result<http::Response> Service::Impl::RenamePasskey(http::Request& request) {
  TINHSO_TRY(RequirePerson(request));
  TINHSO_ASSIGN(auto body, request.Json());
  json::Reader in(body);
  TINHSO_ASSIGN(std::string name, PasskeyName(in));
  TINHSO_ASSIGN(int64_t passkey_id, ParseId(request.Param("passkey_id"), "passkey_not_found"));
  const http::Principal& who = *request.principal;
  TINHSO_TRY(database.Write([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(bool renamed, store::RenamePasskey(tx, who.account_id, passkey_id, name));
    if (!renamed) return MakeError(ErrorCode::kNotFound, "passkey_not_found");
    return audit::Stage(tx, PasskeyChanged(who, "renamed", passkey_id, clock.NowUs()));
  }));
  return http::Response::NoContent();
}

Result<http::Response> Service::Impl::DeletePasskey(http::Request& request) {
  TINHSO_TRY(RequireConfirmed(request));
  TINHSO_ASSIGN(int64_t passkey_id, ParseId(request.Param("passkey_id"), "passkey_not_found"));
  const http::Principal& who = *request.principal;
  TINHSO_TRY(database.Write([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(bool deleted, store::DeletePasskey(tx, who.account_id, passkey_id));
    if (!deleted) return MakeError(ErrorCode::kNotFound, "passkey_not_found");
    TINHSO_TRY(audit::Stage(tx, PasskeyChanged(who, "removed", passkey_id, clock.NowUs())));
    return Tell(tx, who.account_id, "account.passkey_removed", clock.NowUs());
  }));
  return http::Response::NoContent();
}

}  // namespace tinhso::identity
