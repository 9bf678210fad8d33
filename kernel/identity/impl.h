// What the files of kernel/identity share.
#pragma once
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/json.h"
#include "kernel/identity/identity.h"
#include "password.h"
#include "store.h"
#include "throttle.h"

namespace tinhso::identity {

inline constexpr const char* kSessionCookie = "tinhso_session";
inline constexpr const char* kCsrfCookie = "tinhso_csrf";
inline constexpr int64_t kSessionIdleUs = 12 * 3600 * kUsPerSecond;      // not used for so long: ended
inline constexpr int64_t kSessionLifeUs = 7 * kUsPerDay;                 // ended whatever happens
inline constexpr int64_t kSessionTouchUs = 600 * kUsPerSecond;           // how often use is written down
inline constexpr int64_t kSessionCacheUs = 5 * kUsPerSecond;             // how late another server's sign-out or revocation is seen
inline constexpr size_t kSessionCacheMax = 50'000;
inline constexpr int64_t kOneTimePasswordUs = 3 * kUsPerDay;
inline constexpr int kOneTimePasswordLength = 14;

// A session as the authenticator needs it, kept in memory between reads.
struct LiveSession {
  http::Principal who;
  TimeUs loaded_at_us = 0, seen_at_us = 0, expires_at_us = 0;
};

// Thread-safe. An entry read before a change is never stored after it: Put gives the epoch it read at.
class SessionCache {
 public:
  std::shared_ptr<const LiveSession> Find(const std::string& token_hash, TimeUs now_us) const;
  uint64_t epoch() const;
  void Put(const std::string& token_hash, std::shared_ptr<const LiveSession> session, uint64_t epoch);
  void Drop(const std::string& token_hash);
  void DropAccount(int64_t account_id);
  void DropAll();

 private:
  mutable std::shared_mutex mutex_;
  uint64_t epoch_ = 0;
  std::unordered_map<std::string, std::shared_ptr<const LiveSession>> sessions_;
};

struct Service::Impl {
  Impl(db::Database& database_in, const Clock& clock_in, orgs::Service& orgs_in, Options options_in)
      : database(database_in), clock(clock_in), orgs(orgs_in), options(options_in) {}

  db::Database& database;
  const Clock& clock;
  orgs::Service& orgs;
  Options options;
  PasswordHasher hasher;
  SignInThrottle throttle;
  SessionCache sessions;

  // Answers of POST /api/v1/admin/accounts by caller and Idempotency-Key: the one-time password is shown again to a repeat, and
  // stands nowhere else.
  struct CreatedAnswer {
    std::string body_sha256;
    json::object answer;
    TimeUs at_us;
  };
  std::mutex created_mutex;
  std::map<std::string, CreatedAnswer> created_answers;
  // Demo passwords are public: one hash serves all demo accounts made by this process.
  std::mutex demo_mutex;
  std::map<std::string, std::string> demo_hashes;

  std::string Today() const { return FormatDate(LocalDate(clock.NowUs())); }

  // accounts.cc
  Result<int64_t> CreateAccount(const NewAccount& account);
  Result<int64_t> InsertAccountRow(db::Tx& tx, store::AccountRow& row, const Person& person);
  Result<int64_t> FindOrCreatePerson(db::Tx& tx, const Person& person);

  // sessions.cc
  Result<std::optional<http::Principal>> Authenticate(const http::Request& request);
  Result<http::Response> SignIn(http::Request& request);
  Result<http::Response> SignOut(http::Request& request);
  Result<http::Response> ChangePassword(http::Request& request);
  Result<http::Response> SwitchAssignment(http::Request& request);
  Result<std::shared_ptr<const LiveSession>> LoadSession(const std::string& token_hash, TimeUs now_us);
  Result<http::Principal> PrincipalOf(db::Tx& tx, const store::AccountRow& account, int64_t session_id, int64_t assignment_id);
  void SetCookies(http::Response& response, const std::string& token) const;

  // me.cc
  Result<http::Response> GetMe(http::Request& request);
  Result<http::Response> PatchMe(http::Request& request);
  Result<http::Response> FindPersons(http::Request& request);
  Result<json::object> MeJson(const http::Principal& who);

  // admin.cc
  Result<http::Response> ListAccounts(http::Request& request);
  Result<http::Response> PostAccount(http::Request& request);
  Result<http::Response> PatchAccount(http::Request& request);
  Result<http::Response> PostAssignment(http::Request& request);
  Result<http::Response> DeleteAssignment(http::Request& request);
  // 0 = every authority (the caller administers the root unit), else the caller's own.
  int64_t AdminScope(const http::Principal& who) const;
  // The account, when the caller may manage it. kNotFound "account_not_found".
  Result<store::AccountRow> AccountInScope(db::Tx& tx, int64_t account_id, const http::Principal& who);
  Result<json::object> AccountJson(db::Tx& tx, const store::AccountRow& account);
  json::object AssignmentJson(const orgs::Snapshot& units, const store::AssignmentRow& assignment) const;
};

json::object PersonJson(const Person& person);
std::string TokenHash(std::string_view token);
// The value of a cookie, "" when absent.
std::string CookieOf(const http::Request& request, std::string_view name);
Result<int64_t> ParseId(std::string_view text, const char* reason_not_found);
// "" or a stable reason.
std::string CheckUsername(std::string_view username);
std::string CheckPhone(std::string_view phone);
std::string CheckEmail(std::string_view email);

}  // namespace tinhso::identity
