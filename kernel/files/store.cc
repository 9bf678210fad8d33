#include "store.h"

namespace tinhso::files::store {
namespace {

constexpr db::Sql kInsertFile = R"sql(
  INSERT INTO file (file_id, name, media_type, size_bytes, sha256, owner_account_id, created_at_us)
  VALUES ($1, $2, $3, $4, $5, $6, $7))sql";
constexpr db::Sql kFindFile = R"sql(
  SELECT file_id, name, media_type, size_bytes, sha256, owner_account_id, created_at_us FROM file WHERE file_id = $1)sql";
constexpr db::Sql kEachContent =
    "SELECT sha256, MAX(size_bytes), MIN(file_id) FROM file GROUP BY sha256 ORDER BY sha256";

}  // namespace

Status Insert(db::Tx& tx, const File& f) {
  TINHSO_TRY(tx.Execute(kInsertFile, {f.file_id, f.name, f.media_type, f.size_bytes, f.sha256, f.owner_account_id,
                                      f.created_at_us}));
  return Ok();
}

Result<std::optional<File>> Find(db::Tx& tx, int64_t file_id) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kFindFile, {file_id}));
  if (!row) return std::optional<File>();
  return std::optional(
      File{row->Int(0), row->Text(1), row->Text(2), row->Int(3), row->Text(4), row->Int(5), row->Int(6)});
}

Status EachContent(db::Tx& tx,
                   const std::function<void(const std::string&, int64_t, int64_t)>& fn) {
  return tx.ForEach(kEachContent, {}, [&](const db::Row& row) {
    fn(row.Text(0), row.Int(1), row.Int(2));
    return true;
  });
}

}  // namespace tinhso::files::store
