#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "app/backup.h"
#include "app/lock.h"
#include "app/platform.h"
#include "backup_format.h"

namespace tinhso::app {
namespace {

namespace fs = std::filesystem;

// Calls fn(sha256, bytes) for each line of files.txt; false when a line is not one of ours.
template <class F>
bool ForEachListed(const Backup& backup, F&& fn) {
  std::ifstream in(backup.dir + "/" + kFileListName);
  for (std::string line; std::getline(in, line);) {
    if (line.size() < 66 || line[64] != ' ' || line.find_first_not_of("0123456789abcdef") != 64) return false;
    fn(line.substr(0, 64), static_cast<int64_t>(std::atoll(line.c_str() + 65)));
  }
  return true;
}

std::string FilesRootOf(const Backup& backup) { return fs::path(backup.dir).parent_path().string(); }

Status CopyOver(const fs::path& from, const fs::path& to) {
  std::error_code ec;
  fs::create_directories(to.parent_path(), ec);
  if (!fs::copy_file(from, to, ec))
    return Status(ErrorCode::kInternal, "restore_write_failed", to.string() + ": " + ec.message());
  return Ok();
}

Status FillFolder(const Backup& backup, const Config& config, const std::string& dir) {
  Status status = Ok();
  for (const db::SnapshotPart& part : backup.folder)
    TINHSO_TRY(CopyOver(backup.dir + "/folder/" + part.name, dir + "/" + part.name));
  ForEachListed(backup, [&](const std::string& sha256, int64_t) {
    if (status.ok())
      status = CopyOver(FilesRootOf(backup) + "/" + FilePathOf(sha256), dir + "/" + FilePathOf(sha256));
  });
  TINHSO_TRY(std::move(status));
  db::Options target;
  target.sqlite_path = dir + "/tinhso.db";
  target.postgres_url = config.database.url;
  return db::LoadSnapshot(target, backup.dir + "/database", backup.database, backup.migrations,
                          AllMigrations());
}

// A restore is often done by root; the folder must stay the service's.
void GiveTo(const std::string& dir, const struct stat& owner) {
  if (::geteuid() != 0) return;
  std::error_code ec;
  (void)!::lchown(dir.c_str(), owner.st_uid, owner.st_gid);
  for (const auto& item : fs::recursive_directory_iterator(dir, ec))
    (void)!::lchown(item.path().c_str(), owner.st_uid, owner.st_gid);
}

}  // namespace

std::vector<std::string> VerifyBackup(const Backup& backup) {
  std::vector<std::string> problems;
  for (const std::string& problem : db::VerifySnapshot(backup.dir + "/database", backup.database))
    problems.push_back("database/" + problem);
  auto check = [&](const std::string& path, const std::string& name, int64_t bytes,
                   const std::string& sha256) {
    db::SnapshotPart found;
    if (auto measured = MeasureFile(path, found); !measured.ok())
      problems.push_back(name + ": " + measured.error().reason);
    else if (found.bytes != bytes || found.sha256 != sha256)
      problems.push_back(name + ": backup_part_damaged");
  };
  for (const db::SnapshotPart& part : backup.folder)
    check(backup.dir + "/folder/" + part.name, "folder/" + part.name, part.bytes, part.sha256);
  check(backup.dir + "/" + kFileListName, kFileListName, backup.file_list.bytes, backup.file_list.sha256);
  if (!problems.empty() && problems.back().starts_with(kFileListName)) return problems;
  int64_t listed = 0;
  bool whole = ForEachListed(backup, [&](const std::string& sha256, int64_t bytes) {
    ++listed;
    check(FilesRootOf(backup) + "/" + FilePathOf(sha256), FilePathOf(sha256), bytes, sha256);
  });
  if (!whole || listed != backup.files)
    problems.push_back(std::string(kFileListName) + ": backup_part_damaged");
  return problems;
}

Status RestoreBackup(const Backup& backup, const Config& config, bool replace, const Clock& clock) {
  std::string engine = config.database.url.empty() ? "sqlite" : "postgresql";
  if (backup.engine != engine)
    return Status(ErrorCode::kInvalid, "restore_engine_mismatch",
                  "backup: " + backup.engine + ", target: " + engine);
  std::vector<std::string> problems = VerifyBackup(backup);
  if (!problems.empty()) {
    Error error = MakeError(ErrorCode::kInvalid, "backup_damaged", backup.dir);
    for (const std::string& problem : problems) error.fields.push_back({problem, "", ""});
    return error;
  }
  std::error_code ec;
  std::string target = fs::path(config.paths.data).lexically_normal().string();
  while (target.size() > 1 && target.back() == '/') target.pop_back();
  struct stat owner {};
  bool there = ::stat(target.c_str(), &owner) == 0;
  bool occupied = fs::exists(target, ec) && !fs::is_empty(target, ec);
  if (occupied) {
    TINHSO_ASSIGN(auto lock, DataLock::Take(target));
    if (!replace) return Status(ErrorCode::kConflict, "restore_target_not_empty", target);
  }
  // Beside the target and renamed when whole: a restore that is broken off leaves no half of a data folder.
  std::string making = target + ".restoring";
  fs::remove_all(making, ec);
  fs::create_directories(making, ec);
  if (ec) return Status(ErrorCode::kInvalid, "data_dir_unusable", making + ": " + ec.message());
  if (auto filled = FillFolder(backup, config, making); !filled.ok()) {
    fs::remove_all(making, ec);
    return filled;
  }
  if (there) GiveTo(making, owner);
  if (occupied) {
    fs::rename(target, target + ".before-restore-" + BackupNameOf(clock.NowUs()), ec);
    if (ec) return Status(ErrorCode::kInternal, "restore_write_failed", target + ": " + ec.message());
  } else {
    fs::remove(target, ec);
  }
  fs::rename(making, target, ec);
  if (ec) return Status(ErrorCode::kInternal, "restore_write_failed", target + ": " + ec.message());
  return Ok();
}

}  // namespace tinhso::app
