#include "store_tries.h"

namespace tinhso::identity::store {
namespace {

constexpr size_t kTryKeysMax = 4;

constexpr db::Sql kTriesOf = "SELECT key_hash, tries, last_at_us FROM sign_in_try WHERE key_hash IN ($1, $2, $3, $4)";
constexpr db::Sql kCountTry = R"sql(
  INSERT INTO sign_in_try (key_hash, tries, last_at_us, expires_at_us) VALUES ($1, 1, $2, $3)
  ON CONFLICT (key_hash) DO UPDATE SET tries = CASE WHEN sign_in_try.last_at_us < $4 THEN 1 ELSE sign_in_try.tries + 1 END,
    last_at_us = excluded.last_at_us, expires_at_us = excluded.expires_at_us)sql";
constexpr db::Sql kForgetTries = "DELETE FROM sign_in_try WHERE key_hash = $1 AND tries > 0";
constexpr db::Sql kRememberPlace = R"sql(
  INSERT INTO sign_in_try (key_hash, tries, last_at_us, expires_at_us) VALUES ($1, 0, $2, $3)
  ON CONFLICT (key_hash) DO UPDATE SET last_at_us = excluded.last_at_us, expires_at_us = excluded.expires_at_us
  WHERE sign_in_try.last_at_us < $4)sql";
constexpr db::Sql kSweepTries = "DELETE FROM sign_in_try WHERE expires_at_us < $1";

}  // namespace

Result<std::map<std::string, TryRow>> TriesOf(db::Tx& tx, std::span<const std::string> key_hashes) {
  std::map<std::string, TryRow> out;
  auto key = [&](size_t i) { return i < key_hashes.size() ? std::string_view(key_hashes[i]) : std::string_view(); };
  static_assert(kTryKeysMax == 4);
  TINHSO_TRY(tx.ForEach(kTriesOf, {key(0), key(1), key(2), key(3)}, [&](const db::Row& row) {
    out[row.Text(0)] = {row.Int(1), row.Int(2)};
    return true;
  }));
  return out;
}

Status CountTry(db::Tx& tx, std::string_view key_hash, TimeUs now_us, TimeUs forget_before_us, TimeUs expires_at_us) {
  return tx.Send(kCountTry, {key_hash, now_us, expires_at_us, forget_before_us});
}

Status ForgetTries(db::Tx& tx, std::string_view key_hash) { return tx.Send(kForgetTries, {key_hash}); }

Status RememberPlace(db::Tx& tx, std::string_view key_hash, TimeUs now_us, TimeUs older_than_us, TimeUs expires_at_us) {
  return tx.Send(kRememberPlace, {key_hash, now_us, expires_at_us, older_than_us});
}

Status SweepTries(db::Tx& tx, TimeUs now_us) { return tx.Send(kSweepTries, {now_us}); }

}  // namespace tinhso::identity::store
