// Accounts, sessions, assignments. Ways to sign in: password (argon2id) with a one-time code (TOTP) when enrolled, passkey, identity
// providers (OIDC), a machine's bearer token. Session cookie "tinhso_session" (HttpOnly, SameSite=Lax, Secure unless loopback), token hashed at
// rest, rotated at sign-in and when rights change; CSRF: unsafe methods with a cookie need header "X-Tinhso-Csrf" equal to the "tinhso_csrf"
// cookie (or Sec-Fetch-Site: same-origin). Throttling: throttle.h. What weakens an account asks for proof of the last 15 minutes.
// Thread rule: thread-safe; sessions are cached in memory and re-read when older than 30 s.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "kernel/db/db.h"
#include "kernel/http/http.h"
#include "kernel/orgs/orgs.h"
#include "kernel/outbound/outbound.h"
#include "kernel/persons/persons.h"

TINHSO_DECLARE_MIGRATIONS(kernel_identity);

namespace tinhso::identity {

// Persons and their papers are kernel/persons; this module finds them for accounts and filings.
using persons::CheckPersonalNo;
using persons::FoundBy;
using persons::Person;

struct NewAccount {
  std::string username, password, full_name;
  Person person;  // person_id 0 = make one (personal_no may be "")
  struct Assignment {
    int64_t unit_id;
    std::string role, position;
  };
  std::vector<Assignment> assignments;
  bool demo = false;  // refused at sign-in unless the server allows demo accounts
};

// An identity provider people may sign in with: OIDC authorization code with PKCE. VNeID's claims are not public, so every name is configured.
struct Provider {
  std::string id;  // "vneid": lower case, digits, '-'; stands in the database, so it never changes
  std::string name_vi, name_en;
  std::string issuer;  // exactly as its tokens say
  std::string client_id, client_secret;  // no secret = a public client
  std::string scopes = "openid profile";
  // Names of claims; "" = not given.
  std::string personal_no_claim = "personal_no", full_name_claim = "name", birth_on_claim = "birthdate", sex_claim = "gender",
              level_claim = "level";
  std::vector<std::string> levels;  // from low to high
  std::string level_verified;       // from this level on its personal number is proof; "" = never
  std::string level_strong;         // from this level on it stands for two factors; "" = never
  bool use_userinfo = false;        // further claims come from the userinfo endpoint
};
// Somebody else's assignment that an account may act under now.
struct DelegatedWork {
  int64_t assignment_id = 0, from_account_id = 0, unit_id = 0, authority_id = 0;
  std::string role, position, from_name;
};
using Sender = std::function<Result<outbound::Response>(const outbound::Request&)>;

class Service {
 public:
  struct Options {
    bool allow_demo_accounts = false;
    bool secure_cookie = false;
    std::string public_base_url = "http://localhost:8080";  // where browsers find us: origin of passkeys, return address of providers
    std::string relying_party_id;                           // passkeys' domain; "" = the host of public_base_url
    std::string installation_name = "Tỉnh Số";              // shown by authenticators
    std::vector<std::string> second_factor_roles;           // who may do nothing until signed in with two factors
    std::vector<Provider> providers;
    Sender send = outbound::Send;
    // Holds the keys that seal secrets in the database (secret_keys.h); without it no authenticator app can be added.
    std::string secret_key_file;
  };
  Service(db::Database& database, const Clock& clock, orgs::Service& orgs, Options options);
  ~Service();
  // Before serving: reads the keys that seal secrets, makes them in a new installation, and seals what an older version left open.
  // kInternal "secret_key_missing" when there are sealed secrets and no file.
  Status OpenSecrets();
  // How many secrets no key of the file opens; their owners sign in with a recovery code and add their app anew.
  Result<int64_t> UnreadableSecrets();
  // Idempotent on username. kInvalid "username_malformed", "password_too_short".
  Result<int64_t> CreateAccount(const NewAccount& account);
  // The first administrator, made by whoever holds the data folder: at the unit without one above it, or at `unit_code`. The
  // password lasts three days and must be changed at the first sign-in; when none is given one is made and returned, else "".
  // kInvalid "username_malformed", "password_too_short", "unit_unknown"; kConflict "username_taken", "administrator_exists"
  // when the unit has an administrator already and `another` is not set.
  struct NewAdministrator {
    std::string username, full_name, password, unit_code;
    bool another = false;
  };
  Result<std::string> CreateAdministrator(const NewAdministrator& wanted);
  Result<Person> GetPerson(db::Tx& tx, int64_t person_id);
  // Who the account acts as without a session, under its first assignment: for what the program itself plays. kNotFound
  // "account_not_found".
  Result<http::Principal> ActingAs(int64_t account_id);
  // Accounts whose current assignment has `role` in `unit_id`, and those it is delegated to today.
  Result<std::vector<int64_t>> AccountsWith(db::Tx& tx, int64_t unit_id, std::string_view role);
  // One such account, and those it has delegated that assignment to today.
  Result<std::vector<int64_t>> WithStandIns(db::Tx& tx, int64_t account_id, int64_t unit_id, std::string_view role);
  Result<std::vector<DelegatedWork>> DelegatedTo(db::Tx& tx, int64_t account_id);
  Result<std::string> FullNameOf(db::Tx& tx, int64_t account_id);
  // The account a person signs in with: the record's own, else one of a record joined to it; 0 when none.
  Result<int64_t> AccountOfPerson(db::Tx& tx, int64_t person_id);
  // persons::Service::FindOrCreate.
  Result<int64_t> FindOrCreatePerson(db::Tx& tx, const Person& person, const FoundBy& by = {});
  persons::Service& persons();
  // The sessions (Principal::session_id) of these accounts that hold; asking does not prolong them.
  Result<std::vector<int64_t>> LivingSessions(db::Tx& tx, const std::vector<int64_t>& account_ids);
  // Mergers: assignments of a closed unit end the day before `effective_on` and begin anew in the unit that continues it, with the
  // same role and position; open sessions and delegations go on under the new one. At most `limit`, says how many. Audited.
  Result<int64_t> ContinueAssignments(db::Tx& tx, int64_t from_unit_id, int64_t to_unit_id, std::string_view effective_on,
                                      int64_t limit);
  // Names of who holds an assignment in the unit that is not ended.
  Result<std::vector<std::string>> HoldersIn(db::Tx& tx, int64_t unit_id);
  void ForgetSessions();  // read anew from the database at their next request
  // The ways to sign in besides password and passkey: {providers: [{provider, name: {vi, en}}]}.
  json::object SignInWays() const;
  http::Authenticator authenticator();
  std::vector<http::Route> Routes();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Seals every secret anew under a new key and drops the old ones from the file; says how many. With `lost` a new key begins although the
// old is not there: what it sealed stays unreadable. Audited ("secret_key.rotated"). Errors: those of SecretKeys; kConflict
// "secret_key_not_lost".
Result<int64_t> RotateSecretKey(db::Database& database, const Clock& clock, const std::string& key_file, bool lost);

}  // namespace tinhso::identity
