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

constexpr db::Sql kInsertUpload =
    "INSERT INTO file_upload (file_id, created_at_us, released_at_us) VALUES ($1, $2, 0)";
constexpr db::Sql kUploadsBefore = R"sql(
  SELECT u.file_id, u.released_at_us, f.sha256 FROM file_upload u JOIN file f ON f.file_id = u.file_id
  WHERE u.created_at_us < $1 AND u.file_id > $2 ORDER BY u.file_id LIMIT $3)sql";
constexpr db::Sql kDropUpload = "DELETE FROM file_upload WHERE file_id = $1";
constexpr db::Sql kReleaseUpload = "UPDATE file_upload SET released_at_us = $1 WHERE file_id = $2";
constexpr db::Sql kDisown = "UPDATE file SET owner_account_id = 0 WHERE file_id = $1";
constexpr db::Sql kDelete = "DELETE FROM file WHERE file_id = $1";
constexpr db::Sql kHasContent = "SELECT 1 FROM file WHERE sha256 = $1 LIMIT 1";

}  // namespace

Status InsertUpload(db::Tx& tx, const File& f) {
  TINHSO_TRY(tx.Execute(kInsertUpload, {f.file_id, f.created_at_us}));
  return Ok();
}

Result<std::vector<UploadRow>> UploadsBefore(db::Tx& tx, TimeUs before_us, int64_t after, int64_t limit) {
  TINHSO_ASSIGN(auto rows, tx.Query(kUploadsBefore, {before_us, after, limit}));
  std::vector<UploadRow> out;
  for (const auto& row : rows) out.push_back({row.Int(0), row.Int(1), row.Text(2)});
  return out;
}

Status DropUpload(db::Tx& tx, int64_t file_id) {
  TINHSO_TRY(tx.Execute(kDropUpload, {file_id}));
  return Ok();
}

Status Release(db::Tx& tx, int64_t file_id, TimeUs now_us) {
  TINHSO_TRY(tx.Execute(kReleaseUpload, {now_us, file_id}));
  TINHSO_TRY(tx.Execute(kDisown, {file_id}));
  return Ok();
}

Status Delete(db::Tx& tx, int64_t file_id) {
  TINHSO_TRY(tx.Execute(kDelete, {file_id}));
  return Ok();
}

Result<bool> HasContent(db::Tx& tx, std::string_view sha256) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kHasContent, {sha256}));
  return row.has_value();
}

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
