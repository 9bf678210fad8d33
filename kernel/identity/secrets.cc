// Secrets in the database: sealed at the start when an older version left them open, and again when the key is changed.
#include "impl.h"
#include "totp.h"

namespace tinhso::identity {
namespace {

template <class F>
Status ForEachSecret(db::Database& database, F&& fn) {
  for (int64_t last = 0;;) {
    TINHSO_ASSIGN(auto rows, database.Read([&](db::Tx& tx) { return store::SecretsAfter(tx, last); }));
    if (rows.empty()) return Ok();
    for (const store::SecretRow& row : rows) TINHSO_TRY(fn(row));
    last = rows.back().account_id;
  }
}

Result<bool> SealAnew(db::Database& database, SecretKeys& keys, const store::SecretRow& row, std::string_view plain) {
  TINHSO_ASSIGN(const std::string sealed, keys.Seal(plain, TotpPlace(row.account_id)));
  return database.Write([&](db::Tx& tx) { return store::ReplaceSecret(tx, row, sealed); });
}

Result<bool> AnySealed(db::Database& database) {
  bool any = false;
  TINHSO_TRY(ForEachSecret(database, [&](const store::SecretRow& row) -> Status {
    any = any || SecretKeys::IsSealed(row.secret);
    return Ok();
  }));
  return any;
}

}  // namespace

std::string TotpPlace(int64_t account_id) { return "totp/" + std::to_string(account_id); }

Status Service::Impl::OpenSecrets() {
  Status loaded = secrets.Load();
  if (!loaded.ok() && loaded.error().reason == "secret_key_missing") {
    // New keys beside sealed secrets would hide that the file was forgotten, for instance in a restore.
    TINHSO_ASSIGN(const bool any, AnySealed(database));
    if (any) return loaded;
    loaded = secrets.Make();
  }
  TINHSO_TRY(loaded);
  return ForEachSecret(database, [&](const store::SecretRow& row) -> Status {
    if (!SecretKeys::IsSealed(row.secret)) TINHSO_TRY(SealAnew(database, secrets, row, row.secret));
    return Ok();
  });
}

Result<int64_t> Service::Impl::UnreadableSecrets() {
  int64_t unreadable = 0;
  TINHSO_TRY(ForEachSecret(database, [&](const store::SecretRow& row) -> Status {
    if (!secrets.Open(row.secret, TotpPlace(row.account_id)).ok()) ++unreadable;
    return Ok();
  }));
  return unreadable;
}

Result<std::string> Service::Impl::AppKeyOf(int64_t account_id, const store::TotpRow& row) {
  // A server of the version before, still running on the same database, writes them open.
  if (!SecretKeys::IsSealed(row.secret)) return Base32Decode(row.secret);
  auto opened = secrets.Open(row.secret, TotpPlace(account_id));
  if (!opened.ok()) return MakeError(ErrorCode::kConflict, "authenticator_unreadable", opened.error().reason);
  return Base32Decode(*opened);
}

Status Service::OpenSecrets() { return impl_->OpenSecrets(); }
Result<int64_t> Service::UnreadableSecrets() { return impl_->UnreadableSecrets(); }

Result<int64_t> RotateSecretKey(db::Database& database, const Clock& clock, const std::string& key_file, bool lost) {
  SecretKeys keys(key_file);
  const Status loaded = keys.Load();
  if (lost && loaded.ok()) return MakeError(ErrorCode::kConflict, "secret_key_not_lost", key_file);
  if (lost && loaded.error().reason == "secret_key_missing") {
    TINHSO_TRY(keys.Make());
  } else {
    TINHSO_TRY(loaded);
    TINHSO_TRY(keys.BeginRotation());
  }
  TINHSO_ASSIGN(const std::string prefix, keys.Prefix());
  int64_t sealed_anew = 0, unreadable = 0;
  // Once more until nothing is left: a server that runs may have sealed one under the old key meanwhile.
  for (int64_t before = -1; before != sealed_anew;) {
    before = sealed_anew;
    unreadable = 0;
    TINHSO_TRY(ForEachSecret(database, [&](const store::SecretRow& row) -> Status {
      if (row.secret.starts_with(prefix)) return Ok();
      auto opened = SecretKeys::IsSealed(row.secret) ? keys.Open(row.secret, TotpPlace(row.account_id)) : Result<std::string>(row.secret);
      if (!opened.ok()) {
        ++unreadable;
        return Ok();
      }
      TINHSO_ASSIGN(const bool replaced, SealAnew(database, keys, row, *opened));
      sealed_anew += replaced ? 1 : 0;
      return Ok();
    }));
  }
  TINHSO_TRY(database.Write([&](db::Tx& tx) -> Status {
    audit::Event event;
    event.kind = "secret_key.rotated";
    event.subject_kind = "installation";
    event.at_us = clock.NowUs();
    event.data = {{"secrets", sealed_anew}, {"unreadable", unreadable}};
    return audit::Stage(tx, event);
  }));
  TINHSO_TRY(keys.FinishRotation());
  return sealed_anew;
}

}  // namespace tinhso::identity
