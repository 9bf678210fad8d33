#include "app/backup.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "app/lock.h"
#include "backup_format.h"
#include "base/crypto.h"
#include "store.h"

namespace tinhso::app {
namespace {

namespace fs = std::filesystem;

constexpr int kSnapshotTries = 3;  // a file may be removed for good between the snapshot and its copying

Error BackupFailure(const std::string& path, const std::error_code& ec) {
  bool full = ec == std::errc::no_space_on_device;
  return MakeError(full ? ErrorCode::kUnavailable : ErrorCode::kInternal,
                   full ? "backup_disk_full" : "backup_write_failed", path + ": " + ec.message());
}

Status Flush(const std::string& path) {
  int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  bool done = fd >= 0 && ::fsync(fd) == 0;
  std::error_code ec(errno, std::generic_category());
  if (fd >= 0) ::close(fd);
  if (!done) return BackupFailure(path, ec);
  return Ok();
}

// Everything of the data folder but the database, the files by hash and what is only of the moment.
bool BelongsToFolder(const std::string& name) {
  for (const char* other : {"files", "tmp", "log", "lock", "backup.json"}) {
    if (name == other) return false;
  }
  return !name.starts_with("tinhso.db");
}

Result<std::vector<db::SnapshotPart>> CopyFolder(const std::string& data_dir, const std::string& into) {
  std::vector<db::SnapshotPart> parts;
  std::error_code ec;
  for (auto it = fs::recursive_directory_iterator(data_dir, ec); it != fs::recursive_directory_iterator();
       it.increment(ec)) {
    if (ec) return BackupFailure(data_dir, ec);
    fs::path relative = it->path().lexically_relative(data_dir);
    if (!BelongsToFolder(relative.begin()->string())) {
      if (it->is_directory(ec)) it.disable_recursion_pending();
      continue;
    }
    if (!it->is_regular_file(ec)) continue;
    fs::path target = fs::path(into) / relative;
    fs::create_directories(target.parent_path(), ec);
    if (!fs::copy_file(it->path(), target, ec)) return BackupFailure(target.string(), ec);
    TINHSO_TRY(Flush(target.string()));
    db::SnapshotPart part;
    part.name = relative.string();
    TINHSO_TRY(MeasureFile(target.string(), part));
    parts.push_back(std::move(part));
  }
  std::sort(parts.begin(), parts.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return parts;
}

// Copies what the folder of backups does not have yet, hashing on the way. A file's name is its hash, so one
// that is there with the right size is the same one; verify reads it all.
Status CopyFiles(const std::string& data_dir, const std::string& to, const db::TextRows& files,
                 Backup& backup) {
  std::error_code ec;
  std::string list;
  for (const auto& row : files) {
    const std::string& sha256 = row[0];
    int64_t bytes = std::atoll(row[1].c_str());
    list += sha256 + " " + row[1] + "\n";
    ++backup.files;
    backup.files_bytes += bytes;
    fs::path relative = FilePathOf(sha256), target = fs::path(to) / relative;
    if (fs::is_regular_file(target, ec) && static_cast<int64_t>(fs::file_size(target, ec)) == bytes) continue;
    fs::path source = fs::path(data_dir) / relative, partial = target.string() + ".partial";
    if (!fs::is_regular_file(source, ec)) return Status(ErrorCode::kInternal, "backup_file_missing", sha256);
    fs::create_directories(target.parent_path(), ec);
    if (!fs::copy_file(source, partial, fs::copy_options::overwrite_existing, ec))
      return BackupFailure(partial.string(), ec);
    db::SnapshotPart copied;
    TINHSO_TRY(MeasureFile(partial.string(), copied));
    if (copied.sha256 != sha256) return Status(ErrorCode::kInternal, "backup_file_damaged", sha256);
    TINHSO_TRY(Flush(partial.string()));
    fs::rename(partial, target, ec);
    if (ec) return BackupFailure(target.string(), ec);
    ++backup.files_copied;
  }
  std::string path = backup.dir + "/" + kFileListName;
  std::ofstream(path, std::ios::binary) << list;
  TINHSO_TRY(Flush(path));
  backup.file_list.name = kFileListName;
  return MeasureFile(path, backup.file_list);
}

Status WriteManifest(const Backup& backup) {
  std::string text = ManifestText(backup);
  for (const auto& [name, content] : {std::pair<std::string, std::string>{"manifest.json", text},
                                      {"manifest.sha256", crypto::Sha256Hex(text) + "\n"}}) {
    std::string path = backup.dir + "/" + name;
    std::ofstream(path, std::ios::binary) << content;
    TINHSO_TRY(Flush(path));
  }
  return Flush(backup.dir);
}

// Removes all but the newest `keep` backups, then the files that none of them names.
Status Prune(const std::string& to, int keep) {
  std::vector<std::string> names = BackupNamesIn(to);
  std::error_code ec;
  for (size_t i = 0; i + static_cast<size_t>(keep) < names.size(); ++i)
    fs::remove_all(to + "/" + names[i], ec);
  std::set<std::string> wanted;
  for (const std::string& name : BackupNamesIn(to)) {
    std::ifstream in(to + "/" + name + "/" + kFileListName);
    for (std::string line; std::getline(in, line);) wanted.insert(line.substr(0, line.find(' ')));
  }
  std::vector<fs::path> unwanted;
  for (auto it = fs::recursive_directory_iterator(to + "/files", ec);
       it != fs::recursive_directory_iterator(); it.increment(ec)) {
    if (ec) break;
    if (it->is_regular_file(ec) && !wanted.contains(it->path().filename().string()))
      unwanted.push_back(it->path());
  }
  for (const fs::path& path : unwanted) fs::remove(path, ec);
  return Ok();
}

Result<Backup> MakeOne(const Config& config, const std::string& to, const Clock& clock) {
  Backup backup;
  backup.started_at_us = clock.NowUs();
  backup.dir = to + "/" + BackupNameOf(backup.started_at_us);
  backup.version = TINHSO_VERSION;
  backup.engine = config.database.url.empty() ? "sqlite" : "postgresql";
  // Without its manifest a folder is no backup: what is broken off is removed with the next one.
  std::error_code ec;
  fs::create_directories(backup.dir + "/database", ec);
  if (ec) return BackupFailure(backup.dir, ec);
  db::Options source;
  source.sqlite_path = config.paths.data + "/tinhso.db";
  source.postgres_url = config.database.url;
  const db::Sql questions[] = {AuditHeadsSql(), BackupFilesSql()};
  TINHSO_ASSIGN(db::Snapshot snapshot, db::WriteSnapshot(source, backup.dir + "/database", questions));
  backup.database = std::move(snapshot.parts);
  backup.migrations = std::move(snapshot.migrations);
  for (const auto& row : snapshot.answers[0])
    backup.audit_heads.push_back({std::atoll(row[0].c_str()), std::atoll(row[1].c_str()), row[2]});
  TINHSO_TRY(CopyFiles(config.paths.data, to, snapshot.answers[1], backup));
  TINHSO_ASSIGN(backup.folder, CopyFolder(config.paths.data, backup.dir + "/folder"));
  backup.finished_at_us = clock.NowUs();
  TINHSO_TRY(WriteManifest(backup));
  TINHSO_TRY(Flush(to));
  return backup;
}

}  // namespace

Result<Backup> MakeBackup(const Config& config, const std::string& to, int keep, const Clock& clock) {
  std::error_code ec;
  if (config.database.url.empty() && !fs::is_regular_file(config.paths.data + "/tinhso.db", ec))
    return MakeError(ErrorCode::kNotFound, "data_dir_empty", config.paths.data);
  bool made = fs::create_directories(to, ec);
  if (ec) return BackupFailure(to, ec);
  if (made) fs::permissions(to, fs::perms::owner_all, ec);  // it holds everything about everybody
  TINHSO_ASSIGN(auto lock, DataLock::Take(to));
  for (const auto& item : fs::directory_iterator(to, ec)) {
    if (IsBackupName(item.path().filename().string()) && !fs::exists(item.path() / "manifest.sha256", ec))
      fs::remove_all(item.path(), ec);
  }
  auto backup = MakeOne(config, to, clock);
  for (int i = 1; i < kSnapshotTries && !backup.ok() && backup.error().reason == "backup_file_missing"; ++i)
    backup = MakeOne(config, to, clock);
  if (!backup.ok()) return backup;
  if (keep > 0) TINHSO_TRY(Prune(to, keep));
  return backup;
}

}  // namespace tinhso::app
