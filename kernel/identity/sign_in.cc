// Signing in, out and over: password, second factor, recovery; how a session begins.
#include <algorithm>

#include "base/crypto.h"
#include "base/ids.h"
#include "base/text.h"
#include "impl.h"
#include "kernel/notify/notify.h"
#include "totp.h"

namespace tinhso::identity {
namespace {

constexpr size_t kUserAgentLengthMax = 400;
constexpr size_t kCodeLengthMax = 40;
constexpr const char* kSecurityPage = "/cai-dat/bao-mat";

}  // namespace

Status RefuseCrossSite(const http::Request& request) {
  std::string_view site = request.Header("sec-fetch-site");
  if (!site.empty() && site != "same-origin" && site != "none") return MakeError(ErrorCode::kForbidden, "csrf_failed");
  return Ok();
}

Error TooManyAttempts(int wait_s) {
  Error error = MakeError(ErrorCode::kThrottled, "too_many_attempts");
  error.retry_after_s = wait_s;
  return error;
}

audit::Event SystemEvent(const char* kind, int64_t account_id, TimeUs now_us) {
  audit::Event event;
  event.kind = kind;
  event.subject_kind = "account";
  event.subject_id = account_id;
  event.at_us = now_us;
  return event;
}

Status Tell(db::Tx& tx, int64_t account_id, const char* kind, TimeUs now_us) {
  return notify::Add(tx, {account_id, kind, "", kSecurityPage, ""}, now_us);
}

int LockedFor(const store::AccountRow& account, TimeUs now_us) {
  if (now_us - account.failed_at_us > kFactorThrottle.forget_s * kUsPerSecond) return 0;
  TimeUs until = account.failed_at_us + WaitSecondsAfter(kFactorThrottle, account.failed_tries) * kUsPerSecond;
  return until <= now_us ? 0 : static_cast<int>((until - now_us + kUsPerSecond - 1) / kUsPerSecond);
}

const char* Service::Impl::RefusalOf(const store::AccountRow& account) const {
  if (!account.enabled) return "account_disabled";
  if (account.demo && !options.allow_demo_accounts) return "demo_not_allowed";
  return account.kind == "person" ? "" : "machine_not_allowed";
}

Error Service::Impl::Failed(const store::AccountRow* account, ErrorCode code, const char* reason, const SignInThrottle::Attempt* counted) {
  Status recorded = database.Write([&](db::Tx& tx) -> Status {
    if (counted != nullptr) TINHSO_TRY(throttle.Wrong(tx, *counted));
    audit::Event event = SystemEvent("session.failed", account != nullptr ? account->account_id : 0, clock.NowUs());
    event.data["reason"] = reason;
    return audit::Stage(tx, event);
  });
  return recorded.ok() ? MakeError(code, reason) : recorded.error();
}

Error Service::Impl::WrongTry(const SignInThrottle::Attempt& attempt, Error why) {
  Status counted = database.Write([&](db::Tx& tx) { return throttle.Wrong(tx, attempt); });
  return counted.ok() ? why : counted.error();
}

Error Service::Impl::WrongCode(const store::AccountRow& account) {
  TimeUs now = clock.NowUs();
  Status counted = database.Write([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(int64_t tries, store::CountFailure(tx, account.account_id, now - kFactorThrottle.forget_s * kUsPerSecond, now));
    if (tries != kFactorThrottle.free_tries) return Ok();
    TINHSO_TRY(audit::Stage(tx, SystemEvent("account.locked", account.account_id, now)));
    return Tell(tx, account.account_id, "account.locked", now);
  });
  if (!counted.ok()) return counted.error();
  return Failed(&account, ErrorCode::kUnauthenticated, "code_wrong");
}

Result<std::string> Service::Impl::BeginCeremony(const char* kind, int64_t account_id, json::object data) {
  std::string token = NewToken();
  TimeUs now = clock.NowUs();
  store::CeremonyRow ceremony{TokenHash(token), kind, account_id, json::serialize(data), now + kCeremonyUs};
  TINHSO_TRY(database.Write([&](db::Tx& tx) { return store::InsertCeremony(tx, ceremony, now); }));
  return token;
}

Result<http::Response> Service::Impl::SignIn(http::Request& request) {
  TINHSO_TRY(RefuseCrossSite(request));
  TINHSO_ASSIGN(auto body, request.Json());
  json::Reader in(body);
  std::string username = text::ToLower(text::Trim(in.Text("username", 1, 64)));
  std::string password = in.Text("password", 1, kPasswordLengthMax);
  TINHSO_TRY(in.Finish());

  TINHSO_ASSIGN(const auto attempt, throttle.Begin(username, request.remote_address));
  // The same work and the same answer whether the name or the password is wrong.
  TINHSO_ASSIGN(auto account, database.Read([&](db::Tx& tx) { return store::AccountByUsername(tx, username); }));
  const store::AccountRow* known = account ? &*account : nullptr;
  TINHSO_ASSIGN(bool right, hasher.Verify(password, account ? account->password_hash : std::string()));
  if (right && account->password_expires_at_us != 0 && clock.NowUs() >= account->password_expires_at_us) right = false;
  if (!right) return Failed(known, ErrorCode::kUnauthenticated, "credentials_wrong", &attempt);
  return Admit(request, *account, {"password", false});
}

Result<http::Response> Service::Impl::Admit(const http::Request& request, const store::AccountRow& account, const Proof& proof) {
  if (const char* refused = RefusalOf(account); *refused != '\0') return Failed(&account, ErrorCode::kForbidden, refused);
  if (proof.strong) return OpenSession(request, account, proof);
  json::array ways;
  TINHSO_TRY(database.Read([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(auto totp, store::TotpOf(tx, account.account_id));
    TINHSO_ASSIGN(auto passkeys, store::PasskeysOf(tx, account.account_id));
    TINHSO_ASSIGN(auto assignments, store::AssignmentsOf(tx, account.account_id, Today()));
    std::vector<std::string> roles;
    for (const auto& assignment : assignments) roles.push_back(assignment.role);
    if (roles.empty()) roles.push_back("citizen");
    bool has_totp = totp && totp->confirmed_at_us != 0;
    if (has_totp) ways = {"totp", "recovery_code"};
    // A passkey alone is asked for only where two factors are the rule; elsewhere it is a convenience.
    if (!passkeys.empty() && (has_totp || RequiresSecondFactor(roles))) ways.emplace_back("passkey");
    return Ok();
  }));
  if (ways.empty()) return OpenSession(request, account, proof);
  TINHSO_ASSIGN(std::string token, BeginCeremony("second_factor", account.account_id, {{"method", proof.method}}));
  return http::Response::Json(json::object{{"ceremony", token}, {"second_factor", std::move(ways)}}, 202);
}

Result<http::Response> Service::Impl::OpenSession(const http::Request& request, const store::AccountRow& account, const Proof& proof) {
  TimeUs now = clock.NowUs();
  std::string token = NewToken(), old_token = CookieOf(request, kSessionCookie);
  store::SessionRow session;
  session.token_hash = TokenHash(token);
  session.session_id = NewId();
  session.account_id = account.account_id;
  session.created_at_us = session.seen_at_us = session.confirmed_at_us = now;
  session.expires_at_us = now + kSessionLifeUs;
  session.method = proof.method;
  session.strong = proof.strong;
  session.device = DeviceOf(request.Header("user-agent").substr(0, kUserAgentLengthMax));
  session.address = request.remote_address;
  TINHSO_ASSIGN(http::Principal who, database.Write([&](db::Tx& tx) -> Result<http::Principal> {
    TINHSO_ASSIGN(http::Principal signed_in, PrincipalOf(tx, account, session));
    // A token known before signing in, by whomever, is worth nothing after it.
    if (!old_token.empty()) TINHSO_TRY(store::DeleteSession(tx, TokenHash(old_token)));
    TINHSO_TRY(store::DeleteExpiredSessions(tx, account.account_id, now - kSessionIdleUs, now));
    store::SessionRow mine = session;
    mine.assignment_id = signed_in.assignment_id;
    TINHSO_TRY(store::InsertSession(tx, mine));
    TINHSO_TRY(store::TouchSignedIn(tx, account.account_id, now));
    TINHSO_TRY(throttle.Right(tx, account.username, request.remote_address));
    audit::Event event = audit::By(signed_in, "session.created", "account", account.account_id, signed_in.authority_id, now);
    event.data["method"] = proof.method;
    event.data["strong"] = proof.strong;
    TINHSO_TRY(audit::Stage(tx, event));
    return signed_in;
  }));
  if (!old_token.empty()) sessions.Drop(TokenHash(old_token));
  TINHSO_ASSIGN(json::object me, MeJson(who));
  http::Response response = http::Response::Json(me);
  SetCookies(response, token);
  return response;
}

Result<bool> Service::Impl::UseCode(int64_t account_id, const std::string& code) {
  bool digits = code.size() == kTotpDigits && std::all_of(code.begin(), code.end(), [](char c) { return c >= '0' && c <= '9'; });
  TimeUs now = clock.NowUs();
  return database.Write([&](db::Tx& tx) -> Result<bool> {
    TINHSO_ASSIGN(auto totp, store::TotpOf(tx, account_id));
    if (!totp || totp->confirmed_at_us == 0) return false;
    if (digits) {
      TINHSO_ASSIGN(const std::string key, AppKeyOf(account_id, *totp));
      int64_t step = TotpStep(key, code, now, totp->last_step);
      if (step == 0) return false;
      return store::UseTotpStep(tx, account_id, step);
    }
    std::string plain;
    for (char c : code) {
      if (c != '-' && c != ' ') plain.push_back(c);
    }
    TINHSO_ASSIGN(bool used, store::UseRecoveryCode(tx, account_id, TokenHash(text::ToLower(plain)), now));
    if (!used) return false;
    TINHSO_TRY(audit::Stage(tx, SystemEvent("recovery_code.used", account_id, now)));
    TINHSO_TRY(Tell(tx, account_id, "account.recovery_code_used", now));
    return true;
  });
}

Result<http::Response> Service::Impl::SecondFactor(http::Request& request) {
  TINHSO_TRY(RefuseCrossSite(request));
  TINHSO_ASSIGN(auto body, request.Json());
  json::Reader in(body);
  std::string token = in.Text("ceremony", 1, 100), code = text::Trim(in.Text("code", 1, kCodeLengthMax));
  TINHSO_TRY(in.Finish());
  TimeUs now = clock.NowUs();
  TINHSO_ASSIGN(auto ceremony, database.Write([&](db::Tx& tx) {
    return store::TryCeremony(tx, TokenHash(token), "second_factor", kSecondFactorTriesMax, now);
  }));
  if (!ceremony) return MakeError(ErrorCode::kUnauthenticated, "sign_in_again");
  TINHSO_ASSIGN(auto account, database.Read([&](db::Tx& tx) { return store::AccountById(tx, ceremony->account_id); }));
  if (!account) return MakeError(ErrorCode::kUnauthenticated, "sign_in_again");
  if (int wait_s = LockedFor(*account, now); wait_s > 0) return TooManyAttempts(wait_s);
  TINHSO_ASSIGN(bool right, UseCode(account->account_id, code));
  if (!right) return WrongCode(*account);
  TINHSO_ASSIGN(auto taken, database.Write([&](db::Tx& tx) { return store::TakeCeremony(tx, ceremony->token_hash, "second_factor", now); }));
  if (!taken) return MakeError(ErrorCode::kUnauthenticated, "sign_in_again");
  TINHSO_ASSIGN(json::value data, json::Parse(ceremony->data));
  return Admit(request, *account, {json::GetText(data.as_object(), "method"), true});
}

Result<http::Response> Service::Impl::Recover(http::Request& request) {
  TINHSO_TRY(RefuseCrossSite(request));
  TINHSO_ASSIGN(auto body, request.Json());
  json::Reader in(body);
  std::string username = text::ToLower(text::Trim(in.Text("username", 1, 64)));
  std::string code = text::ToLower(text::Trim(in.Text("code", 1, kCodeLengthMax)));
  std::string wanted = in.Text("new_password", 1, kPasswordLengthMax);
  if (std::string bad = CheckPassword(wanted); !wanted.empty() && !bad.empty()) in.Fail("new_password", bad);
  TINHSO_TRY(in.Finish());
  std::erase_if(code, [](char c) { return c == '-' || c == ' '; });

  TINHSO_ASSIGN(const auto attempt, throttle.Begin(username, request.remote_address));
  TINHSO_ASSIGN(auto account, database.Read([&](db::Tx& tx) { return store::AccountByUsername(tx, username); }));
  const store::AccountRow* known = account ? &*account : nullptr;
  TINHSO_ASSIGN(std::string hash, hasher.Hash(wanted));
  TimeUs now = clock.NowUs();
  TINHSO_ASSIGN(bool used, database.Write([&](db::Tx& tx) -> Result<bool> {
    if (!account) return false;
    TINHSO_ASSIGN(auto recovery, store::UseRecovery(tx, account->account_id, TokenHash(code), now));
    if (!recovery) return false;
    // All that could be lost or stolen is taken away: password, app, codes, keys, sessions. Providers' links stay: they prove a person.
    TINHSO_TRY(store::UpdatePassword(tx, account->account_id, hash, false, 0));
    TINHSO_TRY(store::DeleteTotp(tx, account->account_id));
    TINHSO_TRY(store::DeletePasskeysOf(tx, account->account_id));
    TINHSO_TRY(store::DeleteSessionsOf(tx, account->account_id));
    audit::Event event = SystemEvent("recovery.used", account->account_id, now);
    event.data["recovery_id"] = std::to_string(recovery->recovery_id);
    TINHSO_TRY(audit::Stage(tx, event));
    TINHSO_TRY(Tell(tx, account->account_id, "account.recovered", now));
    return true;
  }));
  if (!used) return Failed(known, ErrorCode::kUnauthenticated, "recovery_code_wrong", &attempt);
  sessions.DropAccount(account->account_id);
  account->must_change_password = false;
  return Admit(request, *account, {"recovery", false});
}

Result<http::Response> Service::Impl::SignOut(http::Request& request) {
  std::string token_hash = TokenHash(CookieOf(request, kSessionCookie));
  const http::Principal& who = *request.principal;
  TINHSO_ASSIGN(std::string method, database.Write([&](db::Tx& tx) -> Result<std::string> {
    TINHSO_ASSIGN(auto session, store::SessionByHash(tx, token_hash));
    TINHSO_ASSIGN(bool ended, store::DeleteSession(tx, token_hash));
    if (!ended || !session) return std::string();
    TINHSO_TRY(audit::Stage(tx, audit::By(who, "session.ended", "account", who.account_id, who.authority_id, clock.NowUs())));
    return session->method;
  }));
  sessions.Drop(token_hash);
  // Who came from a provider is signed in there too, and leaves there as well.
  constexpr std::string_view kOidc = "oidc:";
  std::string further;
  if (text::StartsWith(method, kOidc)) {
    if (auto it = providers.find(method.substr(kOidc.size())); it != providers.end()) further = it->second->EndSessionUrl(options.public_base_url);
  }
  http::Response response = further.empty() ? http::Response::NoContent() : http::Response::Json(json::object{{"continue_url", further}});
  SetCookies(response, "");
  return response;
}

Result<http::Response> Service::Impl::ChangePassword(http::Request& request) {
  TINHSO_TRY(RequirePerson(request));
  TINHSO_ASSIGN(auto body, request.Json());
  json::Reader in(body);
  std::string current = in.Text("current_password", 1, kPasswordLengthMax);
  std::string wanted = in.Text("new_password", 1, kPasswordLengthMax);
  if (std::string bad = CheckPassword(wanted); !wanted.empty() && !bad.empty()) in.Fail("new_password", bad);
  if (!wanted.empty() && wanted == current) in.Fail("new_password", "password_unchanged");
  TINHSO_TRY(in.Finish());

  const http::Principal& who = *request.principal;
  TimeUs now = clock.NowUs();
  // A found open session must not become a way to guess the password.
  TINHSO_ASSIGN(const auto attempt, throttle.Begin(who.username, request.remote_address));
  TINHSO_ASSIGN(auto account, database.Read([&](db::Tx& tx) { return store::AccountById(tx, who.account_id); }));
  TINHSO_ASSIGN(bool right, hasher.Verify(current, account ? account->password_hash : std::string()));
  if (!right) return WrongTry(attempt, FieldInvalid("/current_password", "credentials_wrong"));
  TINHSO_ASSIGN(std::string hash, hasher.Hash(wanted));

  http::Response response = http::Response::NoContent();
  TINHSO_TRY(RotateSession(request, response, [&](db::Tx& tx, store::SessionRow& session) -> Status {
    TINHSO_TRY(store::UpdatePassword(tx, who.account_id, hash, false, 0));
    TINHSO_TRY(throttle.Right(tx, who.username, request.remote_address));
    // Whoever knew the old password is signed out; this session goes on under a new token.
    TINHSO_TRY(store::DeleteOtherSessions(tx, who.account_id, session.session_id));
    session.confirmed_at_us = now;
    audit::Event event = audit::By(who, "account.changed", "account", who.account_id, who.authority_id, now);
    event.data["change"] = "password";
    TINHSO_TRY(audit::Stage(tx, event));
    return Tell(tx, who.account_id, "account.password_changed", now);
  }));
  return response;
}

Result<http::Response> Service::Impl::SwitchAssignment(http::Request& request) {
  TINHSO_TRY(RequirePerson(request));
  TINHSO_ASSIGN(auto body, request.Json());
  json::Reader in(body);
  std::string id_text = in.Text("assignment_id", 1, 20);
  TINHSO_TRY(in.Finish());
  TINHSO_ASSIGN(int64_t assignment_id, ParseId(id_text, "assignment_not_found"));
  const http::Principal& who = *request.principal;
  http::Principal acting;
  http::Response response;
  TINHSO_TRY(RotateSession(request, response, [&](db::Tx& tx, store::SessionRow& session) -> Status {
    TINHSO_ASSIGN(auto account, store::AccountById(tx, who.account_id));
    if (!account) return MakeError(ErrorCode::kNotFound, "assignment_not_found");
    session.assignment_id = assignment_id;
    TINHSO_ASSIGN(acting, PrincipalOf(tx, *account, session));
    if (acting.assignment_id != assignment_id) return MakeError(ErrorCode::kNotFound, "assignment_not_found");
    audit::Event event = audit::By(acting, "assignment.changed", "assignment", assignment_id, acting.authority_id, clock.NowUs());
    event.data["change"] = "acting";
    return audit::Stage(tx, event);
  }));
  TINHSO_ASSIGN(json::object me, MeJson(acting));
  http::Response out = http::Response::Json(me);
  out.headers = std::move(response.headers);
  return out;
}

}  // namespace tinhso::identity
