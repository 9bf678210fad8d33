// SQLite's own online backup in one step: a reader among others, so that writers go on and the copy is one
// moment's.
#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <filesystem>
#include <memory>

#include "snapshot_file.h"

namespace tinhso::db::internal {
namespace {

constexpr const char* kSqliteSnapshotName = "tinhso.db";
constexpr int kSqliteSnapshotBusyMs = 30'000;

struct CloseSqlite {
  void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
};
using SqlitePtr = std::unique_ptr<sqlite3, CloseSqlite>;

SqlitePtr OpenSnapshotFile(const std::string& path, int flags) {
  sqlite3* raw = nullptr;
  int code = sqlite3_open_v2(path.c_str(), &raw, flags | SQLITE_OPEN_URI, nullptr);
  SqlitePtr handle(raw);
  if (code != SQLITE_OK) return nullptr;
  sqlite3_busy_timeout(raw, kSqliteSnapshotBusyMs);
  return handle;
}

Error SqliteSnapshotError(sqlite3* handle, int code) {
  bool full = (code & 0xff) == SQLITE_FULL;
  return MakeError(full ? ErrorCode::kUnavailable : ErrorCode::kInternal,
                   full ? "backup_disk_full" : "backup_write_failed",
                   handle ? sqlite3_errmsg(handle) : sqlite3_errstr(code));
}

Result<TextRows> AskSqlite(sqlite3* handle, std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  int code = sqlite3_prepare_v2(handle, sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
  TextRows rows;
  while (code == SQLITE_OK || code == SQLITE_ROW) {
    code = sqlite3_step(statement);
    if (code != SQLITE_ROW) break;
    std::vector<std::string> row;
    for (int i = 0; i < sqlite3_column_count(statement); ++i) {
      auto text = reinterpret_cast<const char*>(sqlite3_column_text(statement, i));
      row.emplace_back(text ? text : "");
    }
    rows.push_back(std::move(row));
  }
  sqlite3_finalize(statement);
  if (code != SQLITE_DONE) return MakeError(ErrorCode::kInternal, "db_error", sqlite3_errmsg(handle));
  return rows;
}

}  // namespace

Result<Snapshot> WriteSqliteSnapshot(const Options& source, const std::string& dir,
                                     std::span<const Sql> questions) {
  const std::string path = dir + "/" + kSqliteSnapshotName;
  // Read and write: a database in WAL mode cannot be read without its shared memory file.
  SqlitePtr from = OpenSnapshotFile(source.sqlite_path, SQLITE_OPEN_READWRITE);
  if (!from) return MakeError(ErrorCode::kUnavailable, "db_connection", source.sqlite_path);
  SqlitePtr to = OpenSnapshotFile(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  if (!to) return SnapshotWriteError(path);
  sqlite3_backup* backup = sqlite3_backup_init(to.get(), "main", from.get(), "main");
  int code = backup ? sqlite3_backup_step(backup, -1) : SQLITE_ERROR;
  sqlite3_backup_finish(backup);
  if (code != SQLITE_DONE) return SqliteSnapshotError(to.get(), code);
  // The copy stands alone: no -wal, no -shm beside it, now or when somebody looks into it.
  TINHSO_TRY(AskSqlite(to.get(), "PRAGMA journal_mode = DELETE"));
  Snapshot snapshot;
  TINHSO_ASSIGN(TextRows migrations, AskSqlite(to.get(), kLastMigrations));
  for (const auto& row : migrations) snapshot.migrations[row[0]] = std::atoi(row[1].c_str());
  for (const Sql& question : questions) {
    TINHSO_ASSIGN(TextRows answer, AskSqlite(to.get(), question.text()));
    snapshot.answers.push_back(std::move(answer));
  }
  to.reset();
  int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  bool flushed = fd >= 0 && ::fsync(fd) == 0;
  if (fd >= 0) ::close(fd);
  if (!flushed) return SnapshotWriteError(path);
  std::filesystem::permissions(path, std::filesystem::perms(0600));
  SnapshotPart part;
  part.name = kSqliteSnapshotName;
  TINHSO_TRY(MeasurePart(path, part));
  snapshot.parts.push_back(std::move(part));
  return snapshot;
}

std::vector<std::string> VerifySqliteSnapshot(const std::string& path) {
  // Immutable: looking must not leave a trace in a backup, which may be on read-only media.
  SqlitePtr handle = OpenSnapshotFile("file:" + path + "?immutable=1", SQLITE_OPEN_READONLY);
  if (!handle) return {"backup_part_unreadable"};
  auto found = AskSqlite(handle.get(), "PRAGMA integrity_check(20)");
  if (!found.ok()) return {found.error().detail};
  std::vector<std::string> problems;
  for (const auto& row : *found) {
    if (row[0] != "ok") problems.push_back(row[0]);
  }
  return problems;
}

Status LoadSqliteSnapshot(const Options& target, const std::string& dir) {
  std::error_code ec;
  if (std::filesystem::exists(target.sqlite_path, ec))
    return Status(ErrorCode::kConflict, "restore_target_not_empty", target.sqlite_path);
  if (!std::filesystem::copy_file(dir + "/" + kSqliteSnapshotName, target.sqlite_path, ec)) {
    errno = ec.value();
    return SnapshotWriteError(target.sqlite_path);
  }
  SqlitePtr handle = OpenSnapshotFile(target.sqlite_path, SQLITE_OPEN_READWRITE);
  if (!handle) return SnapshotWriteError(target.sqlite_path);
  TINHSO_TRY(AskSqlite(handle.get(), "PRAGMA journal_mode = WAL"));
  return Ok();
}

}  // namespace tinhso::db::internal
