#include "store.h"

namespace tinhso::calendar_feed::store {
namespace {

constexpr db::Sql kFind = "SELECT account_id, secret_sha256, made_at_us FROM calendar_feed WHERE account_id = $1";
constexpr db::Sql kFindBySecret = "SELECT account_id, secret_sha256, made_at_us FROM calendar_feed WHERE secret_sha256 = $1";
constexpr db::Sql kPut = R"sql(
  INSERT INTO calendar_feed (account_id, secret_sha256, made_at_us) VALUES ($1, $2, $3)
  ON CONFLICT (account_id) DO UPDATE SET secret_sha256 = excluded.secret_sha256, made_at_us = excluded.made_at_us)sql";
constexpr db::Sql kDelete = "DELETE FROM calendar_feed WHERE account_id = $1";

std::optional<Feed> Read(const std::optional<db::Row>& row) {
  return row ? std::optional<Feed>(Feed{row->Int(0), row->Text(1), row->Int(2)}) : std::nullopt;
}

}  // namespace

Result<std::optional<Feed>> Find(db::Tx& tx, int64_t account_id) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kFind, {account_id}));
  return Read(row);
}

Result<std::optional<Feed>> FindBySecret(db::Tx& tx, std::string_view secret_sha256) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kFindBySecret, {secret_sha256}));
  return Read(row);
}

Status Put(db::Tx& tx, const Feed& feed) { return tx.Send(kPut, {feed.account_id, feed.secret_sha256, feed.made_at_us}); }

Result<bool> Delete(db::Tx& tx, int64_t account_id) {
  TINHSO_ASSIGN(int64_t deleted, tx.Execute(kDelete, {account_id}));
  return deleted == 1;
}

}  // namespace tinhso::calendar_feed::store
