// The SQL of signing in: sessions, second factors, passkeys, providers' links, recoveries, machines' tokens.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kernel/db/db.h"
#include "kernel/identity/identity.h"

namespace tinhso::identity::store {

struct SessionRow {
  std::string token_hash;
  int64_t session_id = 0, account_id = 0, assignment_id = 0;
  TimeUs created_at_us = 0, seen_at_us = 0, expires_at_us = 0;
  std::string method = "password";  // "password", "passkey", "recovery", "oidc:<provider>"
  bool strong = false;              // two factors, or one that counts as two
  TimeUs confirmed_at_us = 0;       // when its person last proved to be there
  std::string device, address;
};

struct TotpRow {
  std::string secret;  // base32
  TimeUs confirmed_at_us = 0;  // 0 = begun, does not count yet
  int64_t last_step = 0;
};

struct PasskeyRow {
  std::string credential_id;  // base64url
  int64_t passkey_id = 0, account_id = 0;
  std::string name;
  int64_t algorithm = 0;
  std::string public_key;  // base64url
  int64_t sign_count = 0;
  bool backed_up = false;
  TimeUs created_at_us = 0, used_at_us = 0;
};

// What stands between two requests of one ceremony (a challenge, a half sign-in, a visit to a provider). Used once.
struct CeremonyRow {
  std::string token_hash, kind;
  int64_t account_id = 0;
  std::string data;  // JSON
  TimeUs expires_at_us = 0;
};

struct LinkRow {
  std::string provider, subject;
  int64_t account_id = 0;
  std::string level;
  TimeUs linked_at_us = 0, used_at_us = 0;
};

struct RecoveryRow {
  int64_t recovery_id = 0, account_id = 0;
  std::string state, reason;  // "proposed", "approved", "refused", "used"
  int64_t proposed_by = 0;
  TimeUs proposed_at_us = 0;
  int64_t decided_by = 0;
  TimeUs decided_at_us = 0;
  std::string code_hash;
  TimeUs expires_at_us = 0;  // of the proposal, then of the code
};

struct MachineTokenRow {
  std::string token_hash;
  int64_t token_id = 0, account_id = 0;
  std::string name, scopes;  // permission words, a space between
  int64_t created_by = 0;
  TimeUs created_at_us = 0, expires_at_us = 0, used_at_us = 0, revoked_at_us = 0;
};

// Sessions.
Status InsertSession(db::Tx& tx, const SessionRow& session);
Result<std::optional<SessionRow>> SessionByHash(db::Tx& tx, std::string_view token_hash);
// Those not expired, the last used first.
Result<std::vector<SessionRow>> SessionsOf(db::Tx& tx, int64_t account_id, TimeUs seen_after_us, TimeUs now_us);
inline constexpr size_t kAccountsAskedMax = 16;
// Appends the sessions of at most kAccountsAskedMax accounts that still hold.
Status LivingSessions(db::Tx& tx, std::span<const int64_t> some, TimeUs now_us, TimeUs seen_after_us,
                      std::vector<int64_t>& living);
Status TouchSession(db::Tx& tx, std::string_view token_hash, TimeUs seen_at_us);
// The same session under a new token, with what changed of `session`: assignment, strong, confirmed_at_us.
Result<bool> RotateSession(db::Tx& tx, std::string_view old_token_hash, const SessionRow& session);
Status ConfirmSession(db::Tx& tx, std::string_view token_hash, TimeUs now_us);
Result<bool> DeleteSession(db::Tx& tx, std::string_view token_hash);
Result<bool> DeleteSessionById(db::Tx& tx, int64_t account_id, int64_t session_id);
Status DeleteSessionsOf(db::Tx& tx, int64_t account_id);
Result<int64_t> DeleteOtherSessions(db::Tx& tx, int64_t account_id, int64_t session_id_kept);
Status DeleteExpiredSessions(db::Tx& tx, int64_t account_id, TimeUs seen_before_us, TimeUs now_us);

// Second factors.
Result<std::optional<TotpRow>> TotpOf(db::Tx& tx, int64_t account_id);
Status BeginTotp(db::Tx& tx, int64_t account_id, std::string_view secret, TimeUs now_us);  // replaces one begun before
// False when the step (or a later one) was used meanwhile: a code is right once.
Result<bool> UseTotpStep(db::Tx& tx, int64_t account_id, int64_t step);
Status ConfirmTotp(db::Tx& tx, int64_t account_id, TimeUs now_us);
Status DeleteTotp(db::Tx& tx, int64_t account_id);
// For sealing anew: rows after `account_id` in order, at most kSecretsPerStep.
struct SecretRow {
  int64_t account_id = 0;
  std::string secret;
};
inline constexpr int64_t kSecretsPerStep = 200;
Result<std::vector<SecretRow>> SecretsAfter(db::Tx& tx, int64_t account_id);
// False when the secret is no longer `from`.
Result<bool> ReplaceSecret(db::Tx& tx, const SecretRow& from, std::string_view secret);
Status ReplaceRecoveryCodes(db::Tx& tx, int64_t account_id, const std::vector<std::string>& code_hashes);
Result<bool> UseRecoveryCode(db::Tx& tx, int64_t account_id, std::string_view code_hash, TimeUs now_us);
Result<int64_t> RecoveryCodesLeft(db::Tx& tx, int64_t account_id);

// Passkeys.
Result<bool> InsertPasskey(db::Tx& tx, const PasskeyRow& passkey);  // false when the credential is known already
Result<std::optional<PasskeyRow>> PasskeyByCredential(db::Tx& tx, std::string_view credential_id);
Result<std::vector<PasskeyRow>> PasskeysOf(db::Tx& tx, int64_t account_id);
// False when the counter changed since it was read.
Result<bool> UsePasskey(db::Tx& tx, const PasskeyRow& before, int64_t sign_count, bool backed_up, TimeUs now_us);
Result<bool> RenamePasskey(db::Tx& tx, int64_t account_id, int64_t passkey_id, std::string_view name);
Result<bool> DeletePasskey(db::Tx& tx, int64_t account_id, int64_t passkey_id);
Status DeletePasskeysOf(db::Tx& tx, int64_t account_id);

// Ceremonies.
Status InsertCeremony(db::Tx& tx, const CeremonyRow& ceremony, TimeUs now_us);  // also sweeps those long over
// Takes it out: it works once.
Result<std::optional<CeremonyRow>> TakeCeremony(db::Tx& tx, std::string_view token_hash, std::string_view kind, TimeUs now_us);
// Counts a try; nullopt when it is unknown, over, or was tried `tries_max` times.
Result<std::optional<CeremonyRow>> TryCeremony(db::Tx& tx, std::string_view token_hash, std::string_view kind, int64_t tries_max, TimeUs now_us);

// Links to identity providers.
Result<std::optional<LinkRow>> LinkBySubject(db::Tx& tx, std::string_view provider, std::string_view subject);
Result<std::vector<LinkRow>> LinksOf(db::Tx& tx, int64_t account_id);
Result<bool> InsertLink(db::Tx& tx, const LinkRow& link);  // false when the subject, or the account at this provider, is linked already
Status TouchLink(db::Tx& tx, const LinkRow& link, TimeUs now_us);
Result<bool> DeleteLink(db::Tx& tx, int64_t account_id, std::string_view provider);

// Recoveries.
Status InsertRecovery(db::Tx& tx, const RecoveryRow& recovery);
Result<std::optional<RecoveryRow>> RecoveryById(db::Tx& tx, int64_t recovery_id);
Result<std::optional<RecoveryRow>> OpenRecoveryOf(db::Tx& tx, int64_t account_id, TimeUs now_us);
Result<std::vector<RecoveryRow>> RecentRecoveries(db::Tx& tx, int64_t before_id, int64_t limit);
// From "proposed"; false when somebody decided meanwhile.
Result<bool> DecideRecovery(db::Tx& tx, const RecoveryRow& decided);
Result<std::optional<RecoveryRow>> UseRecovery(db::Tx& tx, int64_t account_id, std::string_view code_hash, TimeUs now_us);

// Machines' tokens.
Status InsertMachineToken(db::Tx& tx, const MachineTokenRow& token);
Result<std::optional<MachineTokenRow>> MachineTokenByHash(db::Tx& tx, std::string_view token_hash);
Result<std::vector<MachineTokenRow>> MachineTokensOf(db::Tx& tx, int64_t account_id);
Status TouchMachineToken(db::Tx& tx, std::string_view token_hash, TimeUs now_us);
Result<bool> RevokeMachineToken(db::Tx& tx, int64_t account_id, int64_t token_id, TimeUs now_us);

}  // namespace tinhso::identity::store
