#include <algorithm>
#include <charconv>

#include "base/crypto.h"
#include "base/ids.h"
#include "base/text.h"
#include "impl.h"
#include "kernel/audit/audit.h"
#include "kernel/permissions/permissions.h"

namespace tinhso::identity {
namespace {

constexpr size_t kTokenBytes = 32;
constexpr size_t kTokenLength = 43;  // base64url of 32 bytes

bool IsUnsafe(std::string_view method) { return method != "GET" && method != "HEAD" && method != "OPTIONS"; }

// Bound to the session's secret, so that a cookie planted by another site's script cannot be matched by its header.
std::string CsrfOf(std::string_view token) {
  return crypto::Base64UrlEncode(crypto::HmacSha256(token, "tinhso csrf")).substr(0, 32);
}

bool CsrfHolds(const http::Request& request, std::string_view token) {
  std::string_view header = request.Header("x-tinhso-csrf");
  if (!header.empty()) return crypto::EqualConstantTime(header, CsrfOf(token));
  // Sent by browsers, not settable by scripts of a page.
  return request.Header("sec-fetch-site") == "same-origin";
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

}  // namespace

std::shared_ptr<const LiveSession> SessionCache::Find(const std::string& token_hash, TimeUs now_us) const {
  std::shared_lock lock(mutex_);
  auto it = sessions_.find(token_hash);
  if (it == sessions_.end() || now_us - it->second->loaded_at_us > kSessionCacheUs) return nullptr;
  return it->second;
}

uint64_t SessionCache::epoch() const {
  std::shared_lock lock(mutex_);
  return epoch_;
}

void SessionCache::Put(const std::string& token_hash, std::shared_ptr<const LiveSession> session, uint64_t epoch) {
  std::unique_lock lock(mutex_);
  if (epoch != epoch_) return;
  if (sessions_.size() >= kSessionCacheMax) {
    TimeUs now = session->loaded_at_us;
    std::erase_if(sessions_, [&](const auto& item) { return now - item.second->loaded_at_us > kSessionCacheUs; });
    if (sessions_.size() >= kSessionCacheMax) sessions_.clear();
  }
  sessions_[token_hash] = std::move(session);
}

void SessionCache::Drop(const std::string& token_hash) {
  std::unique_lock lock(mutex_);
  ++epoch_;
  sessions_.erase(token_hash);
}

void SessionCache::DropAccount(int64_t account_id) {
  std::unique_lock lock(mutex_);
  ++epoch_;
  std::erase_if(sessions_, [&](const auto& item) { return item.second->who.account_id == account_id; });
}

std::string TokenHash(std::string_view token) { return crypto::Sha256Hex(token); }

std::string CookieOf(const http::Request& request, std::string_view name) {
  std::string_view rest = request.Header("cookie");
  while (!rest.empty()) {
    size_t end = rest.find(';');
    std::string pair = text::Trim(rest.substr(0, end));
    if (pair.size() > name.size() && pair[name.size()] == '=' && text::StartsWith(pair, name)) return pair.substr(name.size() + 1);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  }
  return "";
}

Result<int64_t> ParseId(std::string_view text, const char* reason_not_found) {
  int64_t id = 0;
  auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (bad != std::errc() || end != text.data() + text.size() || id <= 0) return MakeError(ErrorCode::kNotFound, reason_not_found);
  return id;
}

void Service::Impl::SetCookies(http::Response& response, const std::string& token) const {
  std::string tail = "; Path=/; SameSite=Lax";
  if (options.secure_cookie) tail += "; Secure";
  tail += token.empty() ? "; Max-Age=0" : "; Max-Age=" + std::to_string(kSessionLifeUs / kUsPerSecond);
  response.headers.emplace_back("Set-Cookie", std::string(kSessionCookie) + "=" + token + tail + "; HttpOnly");
  response.headers.emplace_back("Set-Cookie", std::string(kCsrfCookie) + "=" + (token.empty() ? "" : CsrfOf(token)) + tail);
}

Result<http::Principal> Service::Impl::PrincipalOf(db::Tx& tx, const store::AccountRow& account, int64_t session_id,
                                                   int64_t assignment_id) {
  TINHSO_ASSIGN(auto assignments, store::AssignmentsOf(tx, account.account_id, Today()));
  http::Principal who;
  who.account_id = account.account_id;
  who.person_id = account.person_id;
  who.session_id = session_id;
  who.username = account.username;
  who.full_name = account.full_name;
  const store::AssignmentRow* acting = nullptr;
  for (const auto& assignment : assignments) {
    if (acting == nullptr || assignment.assignment_id == assignment_id) acting = &assignment;
  }
  if (acting == nullptr) {
    who.roles = {"citizen"};
  } else {
    who.assignment_id = acting->assignment_id;
    // A merged unit's people act for the unit that continues it from its first day, whether or not their assignment has moved yet.
    const auto units = orgs.snapshot();
    who.unit_id = units->ActingFor(acting->unit_id);
    who.authority_id = units->ActingFor(acting->authority_id);
    who.position = acting->position;
    // The roles held in the unit one acts for; what one may do elsewhere needs a switch, and is then recorded as done there.
    for (const auto& assignment : assignments) {
      if (units->ActingFor(assignment.unit_id) == who.unit_id) who.roles.push_back(assignment.role);
    }
    std::sort(who.roles.begin(), who.roles.end());
    who.roles.erase(std::unique(who.roles.begin(), who.roles.end()), who.roles.end());
  }
  // With a one-time password only one's own account can be looked at and the password changed.
  if (!account.must_change_password) who.permissions = permissions::PermissionsOf(who.roles);
  return who;
}

Result<std::shared_ptr<const LiveSession>> Service::Impl::LoadSession(const std::string& token_hash, TimeUs now_us) {
  using Found = std::shared_ptr<const LiveSession>;
  uint64_t epoch = sessions.epoch();
  TINHSO_ASSIGN(Found found, database.Read([&](db::Tx& tx) -> Result<Found> {
    TINHSO_ASSIGN(auto row, store::SessionByHash(tx, token_hash));
    if (!row || now_us >= row->expires_at_us || now_us - row->seen_at_us >= kSessionIdleUs) return Found();
    TINHSO_ASSIGN(auto account, store::AccountById(tx, row->account_id));
    if (!account || !account->enabled || (account->demo && !options.allow_demo_accounts)) return Found();
    auto live = std::make_shared<LiveSession>();
    TINHSO_ASSIGN(live->who, PrincipalOf(tx, *account, row->session_id, row->assignment_id));
    live->loaded_at_us = now_us;
    live->seen_at_us = row->seen_at_us;
    live->expires_at_us = row->expires_at_us;
    return Found(std::move(live));
  }));
  if (!found) return found;
  if (now_us - found->seen_at_us >= kSessionTouchUs) {
    TINHSO_TRY(database.Write([&](db::Tx& tx) { return store::TouchSession(tx, token_hash, now_us); }));
    auto touched = std::make_shared<LiveSession>(*found);
    touched->seen_at_us = now_us;
    found = std::move(touched);
  }
  sessions.Put(token_hash, found, epoch);
  return found;
}

Result<std::vector<int64_t>> Service::LivingSessions(db::Tx& tx, const std::vector<int64_t>& account_ids) {
  const TimeUs now = impl_->clock.NowUs();
  std::vector<int64_t> living;
  std::span<const int64_t> rest(account_ids);
  while (!rest.empty()) {
    auto some = rest.first(std::min(rest.size(), store::kAccountsAskedMax));
    TINHSO_TRY(store::LivingSessions(tx, some, now, now - kSessionIdleUs, living));
    rest = rest.subspan(some.size());
  }
  return living;
}

Result<std::optional<http::Principal>> Service::Impl::Authenticate(const http::Request& request) {
  using Who = std::optional<http::Principal>;
  // Signing in does not depend on who was signed in before: a stale cookie must not stand in its way.
  if (request.method == "POST" && request.path == "/api/v1/session") return Who();
  std::string token = CookieOf(request, kSessionCookie);
  if (token.empty()) return Who();
  if (token.size() != kTokenLength) return MakeError(ErrorCode::kUnauthenticated, "session_expired");
  TimeUs now = clock.NowUs();
  std::string token_hash = TokenHash(token);
  auto session = sessions.Find(token_hash, now);
  if (!session) {
    TINHSO_ASSIGN(session, LoadSession(token_hash, now));
  }
  if (!session || now >= session->expires_at_us) return MakeError(ErrorCode::kUnauthenticated, "session_expired");
  if (IsUnsafe(request.method) && !CsrfHolds(request, token)) return MakeError(ErrorCode::kForbidden, "csrf_failed");
  return Who(session->who);
}

Result<http::Response> Service::Impl::SignIn(http::Request& request) {
  // Another site must not sign a visitor in as somebody else.
  std::string_view site = request.Header("sec-fetch-site");
  if (!site.empty() && site != "same-origin" && site != "none") return MakeError(ErrorCode::kForbidden, "csrf_failed");
  TINHSO_ASSIGN(auto body, request.Json());
  json::Reader in(body);
  std::string username = text::ToLower(text::Trim(in.Text("username", 1, 64)));
  std::string password = in.Text("password", 1, kPasswordLengthMax);
  TINHSO_TRY(in.Finish());

  TimeUs now = clock.NowUs();
  if (int wait_s = throttle.Try(username, request.remote_address, now); wait_s > 0) return TooManyAttempts(wait_s);

  // The same work and the same answer whether the name or the password is wrong.
  TINHSO_ASSIGN(auto account, database.Read([&](db::Tx& tx) { return store::AccountByUsername(tx, username); }));
  TINHSO_ASSIGN(bool right, hasher.Verify(password, account ? account->password_hash : std::string()));
  if (right && account->password_expires_at_us != 0 && now >= account->password_expires_at_us) right = false;
  std::string refused = !right                                          ? "credentials_wrong"
                        : !account->enabled                             ? "account_disabled"
                        : account->demo && !options.allow_demo_accounts ? "demo_not_allowed"
                                                                        : "";
  if (!refused.empty()) {
    TINHSO_TRY(database.Write([&](db::Tx& tx) {
      audit::Event event = SystemEvent("session.failed", account ? account->account_id : 0, now);
      event.data["reason"] = refused;
      return audit::Stage(tx, event);
    }));
    return MakeError(right ? ErrorCode::kForbidden : ErrorCode::kUnauthenticated, refused);
  }
  throttle.Right(username, request.remote_address, now);

  std::string token = crypto::Base64UrlEncode(crypto::RandomBytes(kTokenBytes));
  std::string old_token = CookieOf(request, kSessionCookie);
  store::SessionRow session{TokenHash(token), NewId(), account->account_id, 0, now, now, now + kSessionLifeUs};
  TINHSO_ASSIGN(http::Principal who, database.Write([&](db::Tx& tx) -> Result<http::Principal> {
    TINHSO_ASSIGN(http::Principal signed_in, PrincipalOf(tx, *account, session.session_id, 0));
    // A token known before signing in, by whomever, is worth nothing after it.
    if (!old_token.empty()) TINHSO_TRY(store::DeleteSession(tx, TokenHash(old_token)));
    TINHSO_TRY(store::DeleteExpiredSessions(tx, account->account_id, now - kSessionIdleUs, now));
    store::SessionRow mine = session;
    mine.assignment_id = signed_in.assignment_id;
    TINHSO_TRY(store::InsertSession(tx, mine));
    TINHSO_TRY(store::TouchSignedIn(tx, account->account_id, now));
    audit::Event event = audit::By(signed_in, "session.created", "account", account->account_id, signed_in.authority_id, now);
    TINHSO_TRY(audit::Stage(tx, event));
    return signed_in;
  }));
  if (!old_token.empty()) sessions.Drop(TokenHash(old_token));
  TINHSO_ASSIGN(json::object me, MeJson(who));
  http::Response response = http::Response::Json(me);
  SetCookies(response, token);
  return response;
}

Result<http::Response> Service::Impl::SignOut(http::Request& request) {
  std::string token_hash = TokenHash(CookieOf(request, kSessionCookie));
  const http::Principal& who = *request.principal;
  TINHSO_TRY(database.Write([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(bool ended, store::DeleteSession(tx, token_hash));
    if (!ended) return Ok();
    return audit::Stage(tx, audit::By(who, "session.ended", "account", who.account_id, who.authority_id, clock.NowUs()));
  }));
  sessions.Drop(token_hash);
  http::Response response = http::Response::NoContent();
  SetCookies(response, "");
  return response;
}

Result<http::Response> Service::Impl::ChangePassword(http::Request& request) {
  TINHSO_ASSIGN(auto body, request.Json());
  json::Reader in(body);
  std::string current = in.Text("current_password", 1, kPasswordLengthMax);
  std::string wanted = in.Text("new_password", 1, kPasswordLengthMax);
  if (!wanted.empty() && text::Length(wanted) < kPasswordLengthMin) in.Fail("new_password", "password_too_short");
  if (!wanted.empty() && wanted == current) in.Fail("new_password", "password_unchanged");
  TINHSO_TRY(in.Finish());

  const http::Principal& who = *request.principal;
  TimeUs now = clock.NowUs();
  // A found open session must not become a way to guess the password.
  if (int wait_s = throttle.Try(who.username, request.remote_address, now); wait_s > 0) return TooManyAttempts(wait_s);
  TINHSO_ASSIGN(auto account, database.Read([&](db::Tx& tx) { return store::AccountById(tx, who.account_id); }));
  TINHSO_ASSIGN(bool right, hasher.Verify(current, account ? account->password_hash : std::string()));
  if (!right) return FieldInvalid("/current_password", "credentials_wrong");
  throttle.Right(who.username, request.remote_address, now);
  TINHSO_ASSIGN(std::string hash, hasher.Hash(wanted));

  std::string token = crypto::Base64UrlEncode(crypto::RandomBytes(kTokenBytes));
  store::SessionRow session{TokenHash(token), NewId(), who.account_id, who.assignment_id, now, now, now + kSessionLifeUs};
  TINHSO_TRY(database.Write([&](db::Tx& tx) -> Status {
    TINHSO_TRY(store::UpdatePassword(tx, who.account_id, hash, false, 0));
    // Whoever knew the old password is signed out; this session goes on under a new token.
    TINHSO_TRY(store::DeleteSessionsOf(tx, who.account_id));
    TINHSO_TRY(store::InsertSession(tx, session));
    audit::Event event = audit::By(who, "account.changed", "account", who.account_id, who.authority_id, now);
    event.data["change"] = "password";
    return audit::Stage(tx, event);
  }));
  sessions.DropAccount(who.account_id);
  http::Response response = http::Response::NoContent();
  SetCookies(response, token);
  return response;
}

Result<http::Response> Service::Impl::SwitchAssignment(http::Request& request) {
  TINHSO_ASSIGN(auto body, request.Json());
  json::Reader in(body);
  std::string id_text = in.Text("assignment_id", 1, 20);
  TINHSO_TRY(in.Finish());
  TINHSO_ASSIGN(int64_t assignment_id, ParseId(id_text, "assignment_not_found"));
  std::string token_hash = TokenHash(CookieOf(request, kSessionCookie));
  const http::Principal& who = *request.principal;
  TINHSO_ASSIGN(http::Principal acting, database.Write([&](db::Tx& tx) -> Result<http::Principal> {
    TINHSO_ASSIGN(auto account, store::AccountById(tx, who.account_id));
    if (!account) return MakeError(ErrorCode::kNotFound, "assignment_not_found");
    TINHSO_ASSIGN(http::Principal next, PrincipalOf(tx, *account, who.session_id, assignment_id));
    if (next.assignment_id != assignment_id) return MakeError(ErrorCode::kNotFound, "assignment_not_found");
    TINHSO_TRY(store::SetSessionAssignment(tx, token_hash, assignment_id));
    audit::Event event = audit::By(next, "assignment.changed", "assignment", assignment_id, next.authority_id, clock.NowUs());
    event.data["change"] = "acting";
    TINHSO_TRY(audit::Stage(tx, event));
    return next;
  }));
  sessions.Drop(token_hash);
  TINHSO_ASSIGN(json::object me, MeJson(acting));
  return http::Response::Json(me);
}

}  // namespace tinhso::identity
