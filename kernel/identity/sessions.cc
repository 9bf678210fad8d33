#include <algorithm>
#include <charconv>

#include "base/crypto.h"
#include "base/ids.h"
#include "base/text.h"
#include "impl.h"
#include "kernel/permissions/permissions.h"

namespace tinhso::identity {
namespace {

constexpr size_t kTokenBytes = 32;
constexpr size_t kTokenLength = 43;  // base64url of 32 bytes
constexpr size_t kBearerLengthMax = 200;

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

// What everybody does under no assignment: see who one is, choose, sign out, read one's own notices.
bool IsOwnAffair(std::string_view path) {
  return path == "/api/v1/me" || text::StartsWith(path, "/api/v1/me/") || text::StartsWith(path, "/api/v1/session") ||
         path == "/api/v1/events";
}

}  // namespace

std::shared_ptr<const LiveSession> SessionCache::Find(const std::string& token_hash, TimeUs now_us) const {
  std::shared_lock lock(mutex_);
  auto it = sessions_.find(token_hash);
  if (it == sessions_.end() || now_us - it->second->loaded_at_us > kSessionCacheUs) return nullptr;
  // Assignments begin and end at midnight.
  if (LocalDate(now_us) != LocalDate(it->second->loaded_at_us)) return nullptr;
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

std::string NewToken() { return crypto::Base64UrlEncode(crypto::RandomBytes(kTokenBytes)); }

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

json::value TimeJson(TimeUs at_us) { return at_us != 0 ? json::value(FormatTime(at_us)) : json::value(nullptr); }

Status RequirePerson(const http::Request& request) {
  if (request.principal && request.principal->machine) return MakeError(ErrorCode::kForbidden, "machine_not_allowed");
  return Ok();
}

void Service::Impl::SetCookies(http::Response& response, const std::string& token) const {
  std::string tail = "; Path=/; SameSite=Lax";
  if (options.secure_cookie) tail += "; Secure";
  tail += token.empty() ? "; Max-Age=0" : "; Max-Age=" + std::to_string(kSessionLifeUs / kUsPerSecond);
  response.headers.emplace_back("Set-Cookie", std::string(kSessionCookie) + "=" + token + tail + "; HttpOnly");
  response.headers.emplace_back("Set-Cookie", std::string(kCsrfCookie) + "=" + (token.empty() ? "" : CsrfOf(token)) + tail);
}

bool Service::Impl::RequiresSecondFactor(const std::vector<std::string>& roles) const {
  return std::any_of(roles.begin(), roles.end(), [&](const std::string& role) {
    return std::find(options.second_factor_roles.begin(), options.second_factor_roles.end(), role) != options.second_factor_roles.end();
  });
}

Result<http::Principal> Service::Impl::PrincipalOf(db::Tx& tx, const store::AccountRow& account, const store::SessionRow& session) {
  TINHSO_ASSIGN(auto assignments, store::AssignmentsOf(tx, account.account_id, Today()));
  http::Principal who;
  who.account_id = account.account_id;
  who.person_id = account.person_id;
  who.session_id = session.session_id;
  who.username = account.username;
  who.full_name = account.full_name;
  const auto is_meant = [&](const auto& one) { return one.assignment_id == session.assignment_id; };
  const store::AssignmentRow* acting = nullptr;
  if (auto own = std::find_if(assignments.begin(), assignments.end(), is_meant); own != assignments.end()) acting = &*own;
  TINHSO_ASSIGN(const auto delegated, DelegatedTo(tx, account.account_id, assignments));
  const auto given = std::find_if(delegated.begin(), delegated.end(), is_meant);
  if (acting == nullptr && given == delegated.end() && !assignments.empty()) {
    if (session.assignment_id == 0) acting = &assignments[0];
    // What was begun under one assignment is never done under another by itself.
    else who.assignment_ended = true;
  }
  if (given != delegated.end()) {
    const auto units = orgs.snapshot();
    who.assignment_id = given->assignment_id;
    who.unit_id = units->ActingFor(given->assignment.unit_id);
    who.authority_id = units->ActingFor(given->assignment.authority_id);
    who.position = given->assignment.position;
    // That role and no other: one's own rights are one's own assignment's.
    who.roles = {given->assignment.role};
    const auto here = std::find_if(assignments.begin(), assignments.end(),
                                   [&](const auto& own) { return units->ActingFor(own.authority_id) == who.authority_id; });
    who.on_behalf_of = {given->delegation_id, given->from_account_id, given->from_name,
                        (here != assignments.end() ? *here : assignments[0]).position};
  } else if (assignments.empty()) {
    who.roles = {"citizen"};
  } else if (acting != nullptr) {
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
  // With a one-time password, or without the second factor the role asks for, only one's own account can be looked at and put in order.
  bool in_order = !account.must_change_password && (session.strong || !RequiresSecondFactor(who.roles));
  if (in_order) who.permissions = permissions::PermissionsOf(who.roles);
  // A commune's administrator runs the commune, not everybody's calendar, packs and jobs.
  if (AdminScope(who) != 0) std::erase_if(who.permissions, permissions::IsInstallationWide);
  if (who.Delegated()) std::erase_if(who.permissions, [](const std::string& word) { return !permissions::IsDelegable(word); });
  return who;
}

Result<std::shared_ptr<const LiveSession>> Service::Impl::LoadSession(const std::string& token_hash, TimeUs now_us) {
  using Found = std::shared_ptr<const LiveSession>;
  uint64_t epoch = sessions.epoch();
  TINHSO_ASSIGN(Found found, database.Read([&](db::Tx& tx) -> Result<Found> {
    TINHSO_ASSIGN(auto row, store::SessionByHash(tx, token_hash));
    if (!row || now_us >= row->expires_at_us || now_us - row->seen_at_us >= kSessionIdleUs) return Found();
    TINHSO_ASSIGN(auto account, store::AccountById(tx, row->account_id));
    if (!account || *RefusalOf(*account) != '\0') return Found();
    auto live = std::make_shared<LiveSession>();
    TINHSO_ASSIGN(live->who, PrincipalOf(tx, *account, *row));
    live->loaded_at_us = now_us;
    live->seen_at_us = row->seen_at_us;
    live->expires_at_us = row->expires_at_us;
    live->confirmed_at_us = row->confirmed_at_us;
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

Result<http::Principal> Service::ActingAs(int64_t account_id) {
  return impl_->database.Read([&](db::Tx& tx) -> Result<http::Principal> {
    TINHSO_ASSIGN(auto account, store::AccountById(tx, account_id));
    if (!account) return MakeError(ErrorCode::kNotFound, "account_not_found");
    store::SessionRow session;
    session.strong = true;
    return impl_->PrincipalOf(tx, *account, session);
  });
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
  TimeUs now = clock.NowUs();
  constexpr std::string_view kBearer = "Bearer ";
  if (std::string_view given = request.Header("authorization"); text::StartsWith(given, kBearer)) {
    // A token is sent on purpose, never by the browser on its own: no CSRF, and no cookie beside it counts.
    if (given.size() > kBearerLengthMax) return MakeError(ErrorCode::kUnauthenticated, "token_invalid");
    std::string token_hash = TokenHash(given.substr(kBearer.size()));
    auto machine = sessions.Find(token_hash, now);
    if (!machine) {
      TINHSO_ASSIGN(machine, LoadMachine(token_hash, now));
    }
    if (!machine || !machine->who.machine || now >= machine->expires_at_us) return MakeError(ErrorCode::kUnauthenticated, "token_invalid");
    return Who(machine->who);
  }
  std::string token = CookieOf(request, kSessionCookie);
  if (token.empty()) return Who();
  if (token.size() != kTokenLength) return MakeError(ErrorCode::kUnauthenticated, "session_expired");
  std::string token_hash = TokenHash(token);
  auto session = sessions.Find(token_hash, now);
  if (!session) {
    TINHSO_ASSIGN(session, LoadSession(token_hash, now));
  }
  if (!session || session->who.machine || now >= session->expires_at_us) return MakeError(ErrorCode::kUnauthenticated, "session_expired");
  if (IsUnsafe(request.method) && !CsrfHolds(request, token)) return MakeError(ErrorCode::kForbidden, "csrf_failed");
  if (session->who.assignment_ended && !IsOwnAffair(request.path)) return MakeError(ErrorCode::kForbidden, "assignment_ended");
  return Who(session->who);
}

Status Service::Impl::RequireConfirmed(const http::Request& request) {
  TINHSO_TRY(RequirePerson(request));
  TimeUs now = clock.NowUs();
  std::string token_hash = TokenHash(CookieOf(request, kSessionCookie));
  auto session = sessions.Find(token_hash, now);
  if (!session) {
    TINHSO_ASSIGN(session, LoadSession(token_hash, now));
  }
  if (!session) return MakeError(ErrorCode::kUnauthenticated, "session_expired");
  if (now - session->confirmed_at_us >= kConfirmedUs) return MakeError(ErrorCode::kForbidden, "confirmation_required");
  return Ok();
}

Status Service::Impl::RotateSession(const http::Request& request, http::Response& response,
                                    const std::function<Status(db::Tx&, store::SessionRow&)>& change) {
  std::string old_hash = TokenHash(CookieOf(request, kSessionCookie)), token = NewToken();
  TINHSO_TRY(database.Write([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(auto session, store::SessionByHash(tx, old_hash));
    if (!session) return MakeError(ErrorCode::kUnauthenticated, "session_expired");
    session->token_hash = TokenHash(token);
    TINHSO_TRY(change(tx, *session));
    TINHSO_ASSIGN(bool rotated, store::RotateSession(tx, old_hash, *session));
    return rotated ? Ok() : Status(ErrorCode::kUnauthenticated, "session_expired");
  }));
  sessions.DropAccount(request.principal->account_id);
  SetCookies(response, token);
  return Ok();
}

Result<http::Response> Service::Impl::ListSessions(http::Request& request) {
  TINHSO_TRY(RequirePerson(request));
  const http::Principal& who = *request.principal;
  TimeUs now = clock.NowUs();
  TINHSO_ASSIGN(auto found, database.Read([&](db::Tx& tx) { return store::SessionsOf(tx, who.account_id, now - kSessionIdleUs, now); }));
  json::array items;
  for (const auto& session : found) {
    items.push_back(json::object{{"session_id", std::to_string(session.session_id)},
                                 {"device", session.device},
                                 {"address", session.address},
                                 {"method", session.method},
                                 {"created_at", TimeJson(session.created_at_us)},
                                 {"seen_at", TimeJson(session.seen_at_us)},
                                 {"current", session.session_id == who.session_id}});
  }
  return http::Response::Json(json::object{{"items", std::move(items)}, {"next_cursor", nullptr}});
}

Result<http::Response> Service::Impl::EndSession(http::Request& request) {
  TINHSO_TRY(RequirePerson(request));
  TINHSO_ASSIGN(int64_t session_id, ParseId(request.Param("session_id"), "session_not_found"));
  const http::Principal& who = *request.principal;
  TINHSO_TRY(database.Write([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(bool ended, store::DeleteSessionById(tx, who.account_id, session_id));
    if (!ended) return MakeError(ErrorCode::kNotFound, "session_not_found");
    audit::Event event = audit::By(who, "session.ended", "account", who.account_id, who.authority_id, clock.NowUs());
    event.data["session_id"] = std::to_string(session_id);
    return audit::Stage(tx, event);
  }));
  sessions.DropAccount(who.account_id);
  return http::Response::NoContent();
}

Result<http::Response> Service::Impl::EndOtherSessions(http::Request& request) {
  TINHSO_TRY(RequirePerson(request));
  const http::Principal& who = *request.principal;
  TINHSO_ASSIGN(int64_t ended, database.Write([&](db::Tx& tx) -> Result<int64_t> {
    TINHSO_ASSIGN(int64_t count, store::DeleteOtherSessions(tx, who.account_id, who.session_id));
    audit::Event event = audit::By(who, "session.ended", "account", who.account_id, who.authority_id, clock.NowUs());
    event.data["others"] = count;
    TINHSO_TRY(audit::Stage(tx, event));
    return count;
  }));
  sessions.DropAccount(who.account_id);
  return http::Response::Json(json::object{{"ended", ended}});
}

}  // namespace tinhso::identity
