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
#include "kernel/audit/audit.h"
#include "kernel/identity/identity.h"
#include "oidc.h"
#include "password.h"
#include "secret_keys.h"
#include "store.h"
#include "store_auth.h"
#include "store_delegations.h"
#include "throttle.h"
#include "webauthn.h"

namespace tinhso::identity {

inline constexpr const char* kSessionCookie = "tinhso_session";
inline constexpr const char* kCsrfCookie = "tinhso_csrf";
inline constexpr int64_t kSessionIdleUs = 12 * 3600 * kUsPerSecond;      // not used for so long: ended
inline constexpr int64_t kSessionLifeUs = 7 * kUsPerDay;                 // ended whatever happens
inline constexpr int64_t kSessionTouchUs = 600 * kUsPerSecond;           // how often use is written down
inline constexpr int64_t kSessionCacheUs = 5 * kUsPerSecond;             // how late another server's sign-out or revocation is seen
inline constexpr size_t kSessionCacheMax = 50'000;
inline constexpr int64_t kConfirmedUs = 900 * kUsPerSecond;              // how long a proof of presence opens what is sensitive
inline constexpr int64_t kCeremonyUs = 600 * kUsPerSecond;               // from a challenge to its answer
inline constexpr int kSecondFactorTriesMax = 5;                          // then the password is asked again
inline constexpr int64_t kOneTimePasswordUs = 3 * kUsPerDay;
inline constexpr int kOneTimePasswordLength = 14;

// A session as the authenticator needs it, kept in memory between reads.
struct LiveSession {
  http::Principal who;
  TimeUs loaded_at_us = 0, seen_at_us = 0, expires_at_us = 0, confirmed_at_us = 0;
};

// How somebody proved who he is.
struct Proof {
  std::string method;   // as in store::SessionRow
  bool strong = false;  // two factors, or one that counts as two
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
  Impl(db::Database& database_in, const Clock& clock_in, orgs::Service& orgs_in, Options options_in);

  db::Database& database;
  const Clock& clock;
  orgs::Service& orgs;
  persons::Service persons;
  const Options options;
  RelyingParty party;
  std::map<std::string, std::unique_ptr<OidcClient>> providers;
  PasswordHasher hasher;
  SignInThrottle throttle;
  SecretKeys secrets;
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
  Result<int64_t> AccountOfPerson(db::Tx& tx, int64_t person_id);

  // sessions.cc
  Result<std::optional<http::Principal>> Authenticate(const http::Request& request);
  Result<std::shared_ptr<const LiveSession>> LoadSession(const std::string& token_hash, TimeUs now_us);
  Result<http::Principal> PrincipalOf(db::Tx& tx, const store::AccountRow& account, const store::SessionRow& session);
  bool RequiresSecondFactor(const std::vector<std::string>& roles) const;
  void SetCookies(http::Response& response, const std::string& token) const;
  // kForbidden "confirmation_required" unless the session's person proved to be there within kConfirmedUs; "machine_not_allowed".
  Status RequireConfirmed(const http::Request& request);
  // The session goes on under a new token, which the cookies of `response` carry.
  Status RotateSession(const http::Request& request, http::Response& response, const std::function<Status(db::Tx&, store::SessionRow&)>& change);
  Result<http::Response> ListSessions(http::Request& request);
  Result<http::Response> EndSession(http::Request& request);
  Result<http::Response> EndOtherSessions(http::Request& request);

  // sign_in.cc
  Result<http::Response> SignIn(http::Request& request);
  Result<http::Response> SecondFactor(http::Request& request);
  Result<http::Response> Recover(http::Request& request);
  Result<http::Response> SignOut(http::Request& request);
  Result<http::Response> ChangePassword(http::Request& request);
  Result<http::Response> SwitchAssignment(http::Request& request);
  // After the first factor: opens the session, or asks for the second factor (202).
  Result<http::Response> Admit(const http::Request& request, const store::AccountRow& account, const Proof& proof);
  Result<http::Response> OpenSession(const http::Request& request, const store::AccountRow& account, const Proof& proof);
  // "" or why this account may not sign in, whatever it proves.
  const char* RefusalOf(const store::AccountRow& account) const;
  // Records a failure; the error to answer with.
  Error Failed(const store::AccountRow* account, ErrorCode code, const char* reason, const SignInThrottle::Attempt* counted = nullptr);
  // The same for somebody who is signed in: counts the try, hands on why it was wrong.
  Error WrongTry(const SignInThrottle::Attempt& attempt, Error why);
  // A wrong code of a second factor counts against the account, across restarts and servers.
  Error WrongCode(const store::AccountRow& account);
  // A code of the app or, when it is not six digits, a recovery code; used up when right.
  Result<bool> UseCode(int64_t account_id, const std::string& code);
  Result<std::string> BeginCeremony(const char* kind, int64_t account_id, json::object data);

  // secrets.cc
  Status OpenSecrets();
  Result<int64_t> UnreadableSecrets();
  // The key an authenticator app was given; kConflict "authenticator_unreadable" when the installation has lost what it sealed it with.
  Result<std::string> AppKeyOf(int64_t account_id, const store::TotpRow& row);

  // second_factor.cc
  Result<http::Response> GetSecurity(http::Request& request);
  Result<http::Response> BeginTotp(http::Request& request);
  Result<http::Response> ConfirmTotp(http::Request& request);
  Result<http::Response> DeleteTotp(http::Request& request);
  Result<http::Response> NewRecoveryCodes(http::Request& request);
  Result<http::Response> ConfirmPresence(http::Request& request);

  // passkeys.cc
  Result<http::Response> PasskeySignInOptions(http::Request& request);
  Result<http::Response> PasskeySignIn(http::Request& request);
  Result<http::Response> PasskeyOptions(http::Request& request);
  Result<http::Response> AddPasskey(http::Request& request);
  Result<http::Response> RenamePasskey(http::Request& request);
  Result<http::Response> DeletePasskey(http::Request& request);
  // Whose passkey answered our challenge, and that it is right. kInvalid "passkey_invalid", "passkey_unknown" …
  Result<int64_t> AccountOfAssertion(const json::object& credential);

  // links.cc
  Result<http::Response> OidcStart(http::Request& request);
  Result<http::Response> OidcFinish(http::Request& request);
  Result<http::Response> LinkStart(http::Request& request);
  Result<http::Response> DeleteLink(http::Request& request);
  Result<http::Response> StartAtProvider(const std::string& provider_id, int64_t account_id);
  Status AddLink(db::Tx& tx, const Provider& provider, const Claims& claims, int64_t account_id, int64_t person_id);
  // The account a provider's claims lead to: linked, linked now, or made now.
  Result<int64_t> AccountOfClaims(db::Tx& tx, const Provider& provider, const Claims& claims);
  Result<int64_t> LinkOwn(db::Tx& tx, const Provider& provider, const Claims& claims, int64_t account_id);

  // recovery.cc
  Result<http::Response> ListRecoveries(http::Request& request);
  Result<http::Response> ProposeRecovery(http::Request& request);
  Result<http::Response> DecideRecovery(http::Request& request);
  Result<json::object> RecoveryJson(db::Tx& tx, const store::RecoveryRow& recovery);

  // machines.cc
  Result<std::shared_ptr<const LiveSession>> LoadMachine(const std::string& token_hash, TimeUs now_us);
  Result<http::Response> ListMachines(http::Request& request);
  Result<http::Response> PostMachine(http::Request& request);
  Result<http::Response> PostMachineToken(http::Request& request);
  Result<http::Response> DeleteMachineToken(http::Request& request);
  Result<json::object> MachineJson(db::Tx& tx, const store::AccountRow& account);

  // me.cc
  Result<http::Response> GetMe(http::Request& request);
  Result<http::Response> PatchMe(http::Request& request);
  Result<json::object> MeJson(const http::Principal& who);

  // admin.cc
  Result<http::Response> ListAccounts(http::Request& request);
  using AccountToJson = Result<json::object> (Impl::*)(db::Tx&, const store::AccountRow&);
  // {items, next_cursor} of the accounts of a kind ("person", "machine") that the administrator answers for.
  Result<json::object> AccountPage(const http::Request& request, const char* kind, const store::QueryWords& words,
                                   AccountToJson to_json);
  Result<http::Response> PostAccount(http::Request& request);
  Result<http::Response> PatchAccount(http::Request& request);
  Result<http::Response> PostAssignment(http::Request& request);
  Result<http::Response> DeleteAssignment(http::Request& request);
  Result<http::Response> PatchAssignment(http::Request& request);
  Status RefuseRepeated(db::Tx& tx, const store::AccountRow& account, const store::AssignmentRow& wanted);
  // 0 = every authority (the caller administers the root unit), else the caller's own.
  int64_t AdminScope(const http::Principal& who) const;
  // The account, when the caller may manage it. kNotFound "account_not_found".
  Result<store::AccountRow> AccountInScope(db::Tx& tx, int64_t account_id, const http::Principal& who);
  Result<json::object> AccountJson(db::Tx& tx, const store::AccountRow& account);
  json::object AssignmentJson(const orgs::Snapshot& units, const store::AssignmentRow& assignment) const;

  // delegations.cc
  // In force today for an account with these assignments of its own.
  Result<std::vector<store::DelegationView>> DelegatedTo(db::Tx& tx, int64_t account_id, const std::vector<store::AssignmentRow>& own);
  // His own, one of a subordinate, or one within an administrator's scope.
  bool MayDelegate(const http::Principal& who, const orgs::Snapshot& units, const store::AssignmentRow& assignment) const;
  json::object DelegationJson(const http::Principal& who, const store::DelegationView& delegation) const;
  Result<http::Response> DelegationList(const http::Request& request, store::DelegationFilter filter, bool by_scope);
  Result<http::Response> ListMyDelegations(http::Request& request);
  Result<http::Response> ListDelegations(http::Request& request);
  Result<http::Response> ListDelegable(http::Request& request);
  Result<http::Response> FindColleagues(http::Request& request);
  Result<http::Response> PostDelegation(http::Request& request);
  Result<http::Response> RevokeDelegation(http::Request& request);
};

json::value TimeJson(TimeUs at_us);  // null for 0
std::string TokenHash(std::string_view token);
std::string NewToken();  // 43 characters of base64url
// The value of a cookie, "" when absent.
std::string CookieOf(const http::Request& request, std::string_view name);
Result<int64_t> ParseId(std::string_view text, const char* reason_not_found);
// Another site must not sign a visitor in as somebody else.
Status RefuseCrossSite(const http::Request& request);
// What one may do for oneself only a person may do. kForbidden "machine_not_allowed".
Status RequirePerson(const http::Request& request);
Error TooManyAttempts(int wait_s);
// Where the key of an account's authenticator app stands.
std::string TotpPlace(int64_t account_id);
audit::Event SystemEvent(const char* kind, int64_t account_id, TimeUs now_us);
// Tells the account's owner of a change that weakens or strengthens it; `kind` is "account.…", texts in web/messages.
Status Tell(db::Tx& tx, int64_t account_id, const char* kind, TimeUs now_us);
// "Chrome, Windows": browser and system of a User-Agent; "" when unknown.
std::string DeviceOf(std::string_view user_agent);
// Seconds until a second factor may be tried again; 0 = now.
int LockedFor(const store::AccountRow& account, TimeUs now_us);
// "" or a stable reason.
std::string CheckUsername(std::string_view username);
std::string CheckPhone(std::string_view phone);
std::string CheckEmail(std::string_view email);
std::string CheckPassword(std::string_view password);

}  // namespace tinhso::identity
