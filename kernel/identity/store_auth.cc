#include "store_auth.h"

namespace tinhso::identity::store {
namespace {

constexpr TimeUs kCeremonySweepUs = 3600 * kUsPerSecond;

constexpr db::Sql kInsertSession = R"sql(
  INSERT INTO session (token_hash, session_id, account_id, assignment_id, created_at_us, seen_at_us, expires_at_us, method, strong,
                       confirmed_at_us, device, address)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12))sql";
constexpr db::Sql kSessionByHash = R"sql(
  SELECT token_hash, session_id, account_id, assignment_id, created_at_us, seen_at_us, expires_at_us, method, strong,
         confirmed_at_us, device, address
  FROM session WHERE token_hash = $1)sql";
constexpr db::Sql kSessionsOf = R"sql(
  SELECT token_hash, session_id, account_id, assignment_id, created_at_us, seen_at_us, expires_at_us, method, strong,
         confirmed_at_us, device, address
  FROM session WHERE account_id = $1 AND seen_at_us > $2 AND expires_at_us > $3 ORDER BY seen_at_us DESC, session_id DESC)sql";
constexpr db::Sql kTouchSession = "UPDATE session SET seen_at_us = $1 WHERE token_hash = $2";
constexpr db::Sql kLivingSessions = R"sql(
  SELECT s.session_id FROM session s JOIN account a ON a.account_id = s.account_id
  WHERE s.account_id IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
    AND a.enabled = 1 AND s.expires_at_us > $17 AND s.seen_at_us > $18)sql";
constexpr db::Sql kRotateSession = R"sql(
  UPDATE session SET token_hash = $1, assignment_id = $2, strong = $3, confirmed_at_us = $4 WHERE token_hash = $5)sql";
constexpr db::Sql kConfirmSession = "UPDATE session SET confirmed_at_us = $1 WHERE token_hash = $2";
constexpr db::Sql kDeleteSession = "DELETE FROM session WHERE token_hash = $1";
constexpr db::Sql kDeleteSessionById = "DELETE FROM session WHERE account_id = $1 AND session_id = $2";
constexpr db::Sql kDeleteSessionsOf = "DELETE FROM session WHERE account_id = $1";
constexpr db::Sql kDeleteOtherSessions = "DELETE FROM session WHERE account_id = $1 AND session_id <> $2";
constexpr db::Sql kDeleteExpired = R"sql(
  DELETE FROM session WHERE account_id = $1 AND (expires_at_us < $2 OR seen_at_us < $3))sql";

constexpr db::Sql kTotpOf = "SELECT secret, confirmed_at_us, last_step FROM totp WHERE account_id = $1";
constexpr db::Sql kBeginTotp = R"sql(
  INSERT INTO totp (account_id, secret, confirmed_at_us, last_step, created_at_us) VALUES ($1, $2, 0, 0, $3)
  ON CONFLICT (account_id) DO UPDATE SET secret = excluded.secret, last_step = 0, created_at_us = excluded.created_at_us
  WHERE totp.confirmed_at_us = 0)sql";
constexpr db::Sql kUseTotpStep = "UPDATE totp SET last_step = $1 WHERE account_id = $2 AND last_step < $1";
constexpr db::Sql kConfirmTotp = "UPDATE totp SET confirmed_at_us = $1 WHERE account_id = $2";
constexpr db::Sql kSecretsAfter = "SELECT account_id, secret FROM totp WHERE account_id > $1 ORDER BY account_id LIMIT $2";
constexpr db::Sql kReplaceSecret = "UPDATE totp SET secret = $1 WHERE account_id = $2 AND secret = $3";
constexpr db::Sql kDeleteTotp = "DELETE FROM totp WHERE account_id = $1";
constexpr db::Sql kDeleteRecoveryCodes = "DELETE FROM recovery_code WHERE account_id = $1";
constexpr db::Sql kInsertRecoveryCode = "INSERT INTO recovery_code (account_id, code_hash, used_at_us) VALUES ($1, $2, 0)";
constexpr db::Sql kUseRecoveryCode = R"sql(
  UPDATE recovery_code SET used_at_us = $1 WHERE account_id = $2 AND code_hash = $3 AND used_at_us = 0)sql";
constexpr db::Sql kRecoveryCodesLeft = "SELECT COUNT(*) FROM recovery_code WHERE account_id = $1 AND used_at_us = 0";

constexpr db::Sql kInsertPasskey = R"sql(
  INSERT INTO passkey (credential_id, passkey_id, account_id, name, algorithm, public_key, sign_count, backed_up, created_at_us, used_at_us)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0) ON CONFLICT (credential_id) DO NOTHING)sql";
constexpr db::Sql kPasskeyByCredential = R"sql(
  SELECT credential_id, passkey_id, account_id, name, algorithm, public_key, sign_count, backed_up, created_at_us, used_at_us
  FROM passkey WHERE credential_id = $1)sql";
constexpr db::Sql kPasskeysOf = R"sql(
  SELECT credential_id, passkey_id, account_id, name, algorithm, public_key, sign_count, backed_up, created_at_us, used_at_us
  FROM passkey WHERE account_id = $1 ORDER BY passkey_id)sql";
constexpr db::Sql kUsePasskey = R"sql(
  UPDATE passkey SET sign_count = $1, backed_up = $2, used_at_us = $3 WHERE credential_id = $4 AND sign_count = $5)sql";
constexpr db::Sql kRenamePasskey = "UPDATE passkey SET name = $1 WHERE account_id = $2 AND passkey_id = $3";
constexpr db::Sql kDeletePasskey = "DELETE FROM passkey WHERE account_id = $1 AND passkey_id = $2";
constexpr db::Sql kDeletePasskeysOf = "DELETE FROM passkey WHERE account_id = $1";

constexpr db::Sql kInsertCeremony = R"sql(
  INSERT INTO ceremony (token_hash, kind, account_id, data, tries, expires_at_us) VALUES ($1, $2, $3, $4, 0, $5))sql";
constexpr db::Sql kSweepCeremonies = "DELETE FROM ceremony WHERE expires_at_us < $1";
constexpr db::Sql kTakeCeremony = R"sql(
  DELETE FROM ceremony WHERE token_hash = $1 AND kind = $2 RETURNING token_hash, kind, account_id, data, expires_at_us)sql";
constexpr db::Sql kTryCeremony = R"sql(
  UPDATE ceremony SET tries = tries + 1 WHERE token_hash = $1 AND kind = $2 AND tries < $3
  RETURNING token_hash, kind, account_id, data, expires_at_us)sql";

constexpr db::Sql kLinkBySubject = R"sql(
  SELECT provider, subject, account_id, level, linked_at_us, used_at_us FROM identity_link WHERE provider = $1 AND subject = $2)sql";
constexpr db::Sql kLinksOf = R"sql(
  SELECT provider, subject, account_id, level, linked_at_us, used_at_us FROM identity_link WHERE account_id = $1 ORDER BY provider)sql";
constexpr db::Sql kInsertLink = R"sql(
  INSERT INTO identity_link (provider, subject, account_id, level, linked_at_us, used_at_us) VALUES ($1, $2, $3, $4, $5, $6)
  ON CONFLICT DO NOTHING)sql";
constexpr db::Sql kTouchLink = "UPDATE identity_link SET used_at_us = $1, level = $2 WHERE provider = $3 AND subject = $4";
constexpr db::Sql kDeleteLink = "DELETE FROM identity_link WHERE account_id = $1 AND provider = $2";

constexpr db::Sql kInsertRecovery = R"sql(
  INSERT INTO account_recovery (recovery_id, account_id, state, reason, proposed_by, proposed_at_us, decided_by, decided_at_us,
                                code_hash, expires_at_us)
  VALUES ($1, $2, 'proposed', $3, $4, $5, 0, 0, '', $6))sql";
constexpr db::Sql kRecoveryById = R"sql(
  SELECT recovery_id, account_id, state, reason, proposed_by, proposed_at_us, decided_by, decided_at_us, code_hash, expires_at_us
  FROM account_recovery WHERE recovery_id = $1)sql";
constexpr db::Sql kOpenRecoveryOf = R"sql(
  SELECT recovery_id, account_id, state, reason, proposed_by, proposed_at_us, decided_by, decided_at_us, code_hash, expires_at_us
  FROM account_recovery WHERE account_id = $1 AND state IN ('proposed', 'approved') AND expires_at_us > $2
  ORDER BY recovery_id DESC LIMIT 1)sql";
constexpr db::Sql kRecentRecoveries = R"sql(
  SELECT recovery_id, account_id, state, reason, proposed_by, proposed_at_us, decided_by, decided_at_us, code_hash, expires_at_us
  FROM account_recovery WHERE recovery_id < $1 ORDER BY recovery_id DESC LIMIT $2)sql";
constexpr db::Sql kDecideRecovery = R"sql(
  UPDATE account_recovery SET state = $1, decided_by = $2, decided_at_us = $3, code_hash = $4, expires_at_us = $5
  WHERE recovery_id = $6 AND state = 'proposed')sql";
constexpr db::Sql kUseRecovery = R"sql(
  UPDATE account_recovery SET state = 'used' WHERE account_id = $1 AND code_hash = $2 AND state = 'approved' AND expires_at_us > $3
  RETURNING recovery_id, account_id, state, reason, proposed_by, proposed_at_us, decided_by, decided_at_us, code_hash, expires_at_us)sql";

constexpr db::Sql kInsertMachineToken = R"sql(
  INSERT INTO machine_token (token_hash, token_id, account_id, name, scopes, created_by, created_at_us, expires_at_us, used_at_us, revoked_at_us)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0))sql";
constexpr db::Sql kMachineTokenByHash = R"sql(
  SELECT token_hash, token_id, account_id, name, scopes, created_by, created_at_us, expires_at_us, used_at_us, revoked_at_us
  FROM machine_token WHERE token_hash = $1)sql";
constexpr db::Sql kMachineTokensOf = R"sql(
  SELECT token_hash, token_id, account_id, name, scopes, created_by, created_at_us, expires_at_us, used_at_us, revoked_at_us
  FROM machine_token WHERE account_id = $1 ORDER BY token_id DESC)sql";
constexpr db::Sql kTouchMachineToken = "UPDATE machine_token SET used_at_us = $1 WHERE token_hash = $2";
constexpr db::Sql kRevokeMachineToken = R"sql(
  UPDATE machine_token SET revoked_at_us = $1 WHERE account_id = $2 AND token_id = $3 AND revoked_at_us = 0)sql";

SessionRow SessionOf(const db::Row& r) {
  return {r.Text(0), r.Int(1),  r.Int(2),      r.Int(3), r.Int(4),   r.Int(5),
          r.Int(6),  r.Text(7), r.Int(8) == 1, r.Int(9), r.Text(10), r.Text(11)};
}
PasskeyRow PasskeyOf(const db::Row& r) {
  return {r.Text(0), r.Int(1), r.Int(2), r.Text(3), r.Int(4), r.Text(5), r.Int(6), r.Int(7) == 1, r.Int(8), r.Int(9)};
}
CeremonyRow CeremonyOf(const db::Row& r) { return {r.Text(0), r.Text(1), r.Int(2), r.Text(3), r.Int(4)}; }
LinkRow LinkOf(const db::Row& r) { return {r.Text(0), r.Text(1), r.Int(2), r.Text(3), r.Int(4), r.Int(5)}; }
RecoveryRow RecoveryOf(const db::Row& r) {
  return {r.Int(0), r.Int(1), r.Text(2), r.Text(3), r.Int(4), r.Int(5), r.Int(6), r.Int(7), r.Text(8), r.Int(9)};
}
MachineTokenRow MachineTokenOf(const db::Row& r) {
  return {r.Text(0), r.Int(1), r.Int(2), r.Text(3), r.Text(4), r.Int(5), r.Int(6), r.Int(7), r.Int(8), r.Int(9)};
}

template <class T>
std::vector<T> Every(const db::Rows& rows, T (*of)(const db::Row&)) {
  std::vector<T> out;
  for (const auto& row : rows) out.push_back(of(row));
  return out;
}
template <class T>
std::optional<T> Maybe(const std::optional<db::Row>& row, T (*of)(const db::Row&)) {
  if (!row) return std::nullopt;
  return of(*row);
}
Result<bool> ChangedOne(Result<int64_t> changed) {
  if (!changed.ok()) return changed.error();
  return *changed == 1;
}
Status Done(Result<int64_t> changed) {
  if (!changed.ok()) return changed.error();
  return Ok();
}

}  // namespace

Status InsertSession(db::Tx& tx, const SessionRow& s) {
  return Done(tx.Execute(kInsertSession, {s.token_hash, s.session_id, s.account_id, s.assignment_id, s.created_at_us, s.seen_at_us,
                                          s.expires_at_us, s.method, s.strong ? 1 : 0, s.confirmed_at_us, s.device, s.address}));
}

Result<std::optional<SessionRow>> SessionByHash(db::Tx& tx, std::string_view token_hash) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kSessionByHash, {token_hash}));
  return Maybe(row, SessionOf);
}

Result<std::vector<SessionRow>> SessionsOf(db::Tx& tx, int64_t account_id, TimeUs seen_after_us, TimeUs now_us) {
  TINHSO_ASSIGN(auto rows, tx.Query(kSessionsOf, {account_id, seen_after_us, now_us}));
  return Every(rows, SessionOf);
}

Status LivingSessions(db::Tx& tx, std::span<const int64_t> some, TimeUs now_us, TimeUs seen_after_us,
                      std::vector<int64_t>& living) {
  std::vector<db::Param> params(kAccountsAskedMax + 2, db::Param(0));
  for (size_t i = 0; i < some.size(); ++i) params[i] = db::Param(some[i]);
  params[kAccountsAskedMax] = db::Param(now_us);
  params[kAccountsAskedMax + 1] = db::Param(seen_after_us);
  TINHSO_ASSIGN(auto rows, tx.QueryV(kLivingSessions, params));
  for (const auto& row : rows) living.push_back(row.Int(0));
  return Ok();
}

Status TouchSession(db::Tx& tx, std::string_view token_hash, TimeUs seen_at_us) {
  return Done(tx.Execute(kTouchSession, {seen_at_us, token_hash}));
}

Result<bool> RotateSession(db::Tx& tx, std::string_view old_token_hash, const SessionRow& s) {
  return ChangedOne(tx.Execute(kRotateSession, {s.token_hash, s.assignment_id, s.strong ? 1 : 0, s.confirmed_at_us, old_token_hash}));
}

Status ConfirmSession(db::Tx& tx, std::string_view token_hash, TimeUs now_us) {
  return Done(tx.Execute(kConfirmSession, {now_us, token_hash}));
}

Result<bool> DeleteSession(db::Tx& tx, std::string_view token_hash) { return ChangedOne(tx.Execute(kDeleteSession, {token_hash})); }

Result<bool> DeleteSessionById(db::Tx& tx, int64_t account_id, int64_t session_id) {
  return ChangedOne(tx.Execute(kDeleteSessionById, {account_id, session_id}));
}

Status DeleteSessionsOf(db::Tx& tx, int64_t account_id) { return Done(tx.Execute(kDeleteSessionsOf, {account_id})); }

Result<int64_t> DeleteOtherSessions(db::Tx& tx, int64_t account_id, int64_t session_id_kept) {
  return tx.Execute(kDeleteOtherSessions, {account_id, session_id_kept});
}

Status DeleteExpiredSessions(db::Tx& tx, int64_t account_id, TimeUs seen_before_us, TimeUs now_us) {
  return Done(tx.Execute(kDeleteExpired, {account_id, now_us, seen_before_us}));
}

Result<std::optional<TotpRow>> TotpOf(db::Tx& tx, int64_t account_id) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kTotpOf, {account_id}));
  if (!row) return std::optional<TotpRow>();
  return std::optional<TotpRow>(TotpRow{row->Text(0), row->Int(1), row->Int(2)});
}

Status BeginTotp(db::Tx& tx, int64_t account_id, std::string_view secret, TimeUs now_us) {
  return Done(tx.Execute(kBeginTotp, {account_id, secret, now_us}));
}

Result<bool> UseTotpStep(db::Tx& tx, int64_t account_id, int64_t step) {
  return ChangedOne(tx.Execute(kUseTotpStep, {step, account_id}));
}

Status ConfirmTotp(db::Tx& tx, int64_t account_id, TimeUs now_us) { return Done(tx.Execute(kConfirmTotp, {now_us, account_id})); }

Result<std::vector<SecretRow>> SecretsAfter(db::Tx& tx, int64_t account_id) {
  std::vector<SecretRow> out;
  TINHSO_TRY(tx.ForEach(kSecretsAfter, {account_id, kSecretsPerStep}, [&](const db::Row& row) {
    out.push_back({row.Int(0), row.Text(1)});
    return true;
  }));
  return out;
}

Result<bool> ReplaceSecret(db::Tx& tx, const SecretRow& from, std::string_view secret) {
  return ChangedOne(tx.Execute(kReplaceSecret, {secret, from.account_id, from.secret}));
}

Status DeleteTotp(db::Tx& tx, int64_t account_id) {
  TINHSO_TRY(tx.Execute(kDeleteRecoveryCodes, {account_id}));
  return Done(tx.Execute(kDeleteTotp, {account_id}));
}

Status ReplaceRecoveryCodes(db::Tx& tx, int64_t account_id, const std::vector<std::string>& code_hashes) {
  TINHSO_TRY(tx.Execute(kDeleteRecoveryCodes, {account_id}));
  for (const std::string& hash : code_hashes) TINHSO_TRY(tx.Execute(kInsertRecoveryCode, {account_id, hash}));
  return Ok();
}

Result<bool> UseRecoveryCode(db::Tx& tx, int64_t account_id, std::string_view code_hash, TimeUs now_us) {
  return ChangedOne(tx.Execute(kUseRecoveryCode, {now_us, account_id, code_hash}));
}

Result<int64_t> RecoveryCodesLeft(db::Tx& tx, int64_t account_id) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kRecoveryCodesLeft, {account_id}));
  return row ? row->Int(0) : 0;
}

Result<bool> InsertPasskey(db::Tx& tx, const PasskeyRow& p) {
  return ChangedOne(tx.Execute(kInsertPasskey, {p.credential_id, p.passkey_id, p.account_id, p.name, p.algorithm, p.public_key,
                                                p.sign_count, p.backed_up ? 1 : 0, p.created_at_us}));
}

Result<std::optional<PasskeyRow>> PasskeyByCredential(db::Tx& tx, std::string_view credential_id) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kPasskeyByCredential, {credential_id}));
  return Maybe(row, PasskeyOf);
}

Result<std::vector<PasskeyRow>> PasskeysOf(db::Tx& tx, int64_t account_id) {
  TINHSO_ASSIGN(auto rows, tx.Query(kPasskeysOf, {account_id}));
  return Every(rows, PasskeyOf);
}

Result<bool> UsePasskey(db::Tx& tx, const PasskeyRow& before, int64_t sign_count, bool backed_up, TimeUs now_us) {
  return ChangedOne(tx.Execute(kUsePasskey, {sign_count, backed_up ? 1 : 0, now_us, before.credential_id, before.sign_count}));
}

Result<bool> RenamePasskey(db::Tx& tx, int64_t account_id, int64_t passkey_id, std::string_view name) {
  return ChangedOne(tx.Execute(kRenamePasskey, {name, account_id, passkey_id}));
}

Result<bool> DeletePasskey(db::Tx& tx, int64_t account_id, int64_t passkey_id) {
  return ChangedOne(tx.Execute(kDeletePasskey, {account_id, passkey_id}));
}

Status DeletePasskeysOf(db::Tx& tx, int64_t account_id) { return Done(tx.Execute(kDeletePasskeysOf, {account_id})); }

Status InsertCeremony(db::Tx& tx, const CeremonyRow& c, TimeUs now_us) {
  TINHSO_TRY(tx.Execute(kSweepCeremonies, {now_us - kCeremonySweepUs}));
  return Done(tx.Execute(kInsertCeremony, {c.token_hash, c.kind, c.account_id, c.data, c.expires_at_us}));
}

Result<std::optional<CeremonyRow>> TakeCeremony(db::Tx& tx, std::string_view token_hash, std::string_view kind, TimeUs now_us) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kTakeCeremony, {token_hash, kind}));
  auto taken = Maybe(row, CeremonyOf);
  if (taken && taken->expires_at_us <= now_us) taken.reset();
  return taken;
}

Result<std::optional<CeremonyRow>> TryCeremony(db::Tx& tx, std::string_view token_hash, std::string_view kind, int64_t tries_max,
                                               TimeUs now_us) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kTryCeremony, {token_hash, kind, tries_max}));
  auto tried = Maybe(row, CeremonyOf);
  if (tried && tried->expires_at_us <= now_us) tried.reset();
  return tried;
}

Result<std::optional<LinkRow>> LinkBySubject(db::Tx& tx, std::string_view provider, std::string_view subject) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kLinkBySubject, {provider, subject}));
  return Maybe(row, LinkOf);
}

Result<std::vector<LinkRow>> LinksOf(db::Tx& tx, int64_t account_id) {
  TINHSO_ASSIGN(auto rows, tx.Query(kLinksOf, {account_id}));
  return Every(rows, LinkOf);
}

Result<bool> InsertLink(db::Tx& tx, const LinkRow& l) {
  return ChangedOne(tx.Execute(kInsertLink, {l.provider, l.subject, l.account_id, l.level, l.linked_at_us, l.used_at_us}));
}

Status TouchLink(db::Tx& tx, const LinkRow& l, TimeUs now_us) {
  return Done(tx.Execute(kTouchLink, {now_us, l.level, l.provider, l.subject}));
}

Result<bool> DeleteLink(db::Tx& tx, int64_t account_id, std::string_view provider) {
  return ChangedOne(tx.Execute(kDeleteLink, {account_id, provider}));
}

Status InsertRecovery(db::Tx& tx, const RecoveryRow& r) {
  return Done(tx.Execute(kInsertRecovery, {r.recovery_id, r.account_id, r.reason, r.proposed_by, r.proposed_at_us, r.expires_at_us}));
}

Result<std::optional<RecoveryRow>> RecoveryById(db::Tx& tx, int64_t recovery_id) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kRecoveryById, {recovery_id}));
  return Maybe(row, RecoveryOf);
}

Result<std::optional<RecoveryRow>> OpenRecoveryOf(db::Tx& tx, int64_t account_id, TimeUs now_us) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kOpenRecoveryOf, {account_id, now_us}));
  return Maybe(row, RecoveryOf);
}

Result<std::vector<RecoveryRow>> RecentRecoveries(db::Tx& tx, int64_t before_id, int64_t limit) {
  TINHSO_ASSIGN(auto rows, tx.Query(kRecentRecoveries, {before_id, limit}));
  return Every(rows, RecoveryOf);
}

Result<bool> DecideRecovery(db::Tx& tx, const RecoveryRow& r) {
  return ChangedOne(tx.Execute(kDecideRecovery, {r.state, r.decided_by, r.decided_at_us, r.code_hash, r.expires_at_us, r.recovery_id}));
}

Result<std::optional<RecoveryRow>> UseRecovery(db::Tx& tx, int64_t account_id, std::string_view code_hash, TimeUs now_us) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kUseRecovery, {account_id, code_hash, now_us}));
  return Maybe(row, RecoveryOf);
}

Status InsertMachineToken(db::Tx& tx, const MachineTokenRow& t) {
  return Done(tx.Execute(kInsertMachineToken,
                         {t.token_hash, t.token_id, t.account_id, t.name, t.scopes, t.created_by, t.created_at_us, t.expires_at_us}));
}

Result<std::optional<MachineTokenRow>> MachineTokenByHash(db::Tx& tx, std::string_view token_hash) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kMachineTokenByHash, {token_hash}));
  return Maybe(row, MachineTokenOf);
}

Result<std::vector<MachineTokenRow>> MachineTokensOf(db::Tx& tx, int64_t account_id) {
  TINHSO_ASSIGN(auto rows, tx.Query(kMachineTokensOf, {account_id}));
  return Every(rows, MachineTokenOf);
}

Status TouchMachineToken(db::Tx& tx, std::string_view token_hash, TimeUs now_us) {
  return Done(tx.Execute(kTouchMachineToken, {now_us, token_hash}));
}

Result<bool> RevokeMachineToken(db::Tx& tx, int64_t account_id, int64_t token_id, TimeUs now_us) {
  return ChangedOne(tx.Execute(kRevokeMachineToken, {now_us, account_id, token_id}));
}

}  // namespace tinhso::identity::store
