#include "kernel/db/snapshot.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "engine.h"
#include "snapshot_file.h"

namespace tinhso::db {
namespace internal {
namespace {

constexpr size_t kSnapshotBufferBytes = 1024 * 1024;

}  // namespace

Error SnapshotWriteError(const std::string& path) {
  bool full = errno == ENOSPC || errno == EDQUOT;
  return MakeError(full ? ErrorCode::kUnavailable : ErrorCode::kInternal,
                   full ? "backup_disk_full" : "backup_write_failed", path + ": " + std::strerror(errno));
}

SnapshotFile::SnapshotFile(const std::string& path)
    : fd_(::open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600)) {
  buffer_.reserve(kSnapshotBufferBytes);
}

SnapshotFile::~SnapshotFile() {
  if (fd_ >= 0) ::close(fd_);
}

Status SnapshotFile::Write(std::string_view bytes) {
  if (fd_ < 0) return SnapshotWriteError("open");
  buffer_.append(bytes);
  return buffer_.size() < kSnapshotBufferBytes ? Ok() : FlushBuffer();
}

Status SnapshotFile::FlushBuffer() {
  sha256_.Update(buffer_);
  bytes_ += static_cast<int64_t>(buffer_.size());
  for (std::string_view left = buffer_; !left.empty();) {
    ssize_t n = ::write(fd_, left.data(), left.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return SnapshotWriteError("write");
    left.remove_prefix(static_cast<size_t>(n));
  }
  buffer_.clear();
  return Ok();
}

Status SnapshotFile::Finish(SnapshotPart& part) {
  if (fd_ < 0) return SnapshotWriteError("open");
  TINHSO_TRY(FlushBuffer());
  if (::fsync(fd_) != 0) return SnapshotWriteError("fsync");
  part.bytes = bytes_;
  part.sha256 = sha256_.FinalHex();
  return Ok();
}

Status MeasurePart(const std::string& path, SnapshotPart& part) {
  int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return Status(ErrorCode::kNotFound, "backup_part_missing", path);
  crypto::Sha256 sha256;
  std::string buffer(kSnapshotBufferBytes, '\0');
  part.bytes = 0;
  for (;;) {
    ssize_t n = ::read(fd, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      ::close(fd);
      return Status(ErrorCode::kInternal, "backup_part_unreadable", path + ": " + std::strerror(errno));
    }
    if (n == 0) break;
    sha256.Update(std::string_view(buffer).substr(0, static_cast<size_t>(n)));
    part.bytes += n;
  }
  ::close(fd);
  part.sha256 = sha256.FinalHex();
  return Ok();
}

}  // namespace internal

Result<Snapshot> WriteSnapshot(const Options& source, const std::string& dir,
                               std::span<const Sql> questions) {
  return source.postgres_url.empty() ? internal::WriteSqliteSnapshot(source, dir, questions)
                                     : internal::WritePostgresSnapshot(source, dir, questions);
}

std::vector<std::string> VerifySnapshot(const std::string& dir, std::span<const SnapshotPart> parts) {
  std::vector<std::string> problems;
  for (const SnapshotPart& part : parts) {
    SnapshotPart found;
    std::string path = dir + "/" + part.name;
    if (auto measured = internal::MeasurePart(path, found); !measured.ok()) {
      problems.push_back(part.name + ": " + measured.error().reason);
    } else if (found.bytes != part.bytes || found.sha256 != part.sha256) {
      problems.push_back(part.name + ": backup_part_damaged");
    } else if (part.columns.empty() && part.name.ends_with(".db")) {
      for (const std::string& problem : internal::VerifySqliteSnapshot(path))
        problems.push_back(part.name + ": " + problem);
    }
  }
  return problems;
}

Status LoadSnapshot(const Options& target, const std::string& dir, std::span<const SnapshotPart> parts,
                    const std::map<std::string, int>& migrations, std::span<const MigrationSet> sets) {
  std::vector<MigrationSet> as_it_was;
  std::map<std::string, int> unknown = migrations;
  std::vector<MigrationSet> all{internal::OwnMigrations()};
  all.insert(all.end(), sets.begin(), sets.end());
  for (const MigrationSet& set : all) {
    auto applied = migrations.find(std::string(set.module));
    if (applied == migrations.end()) continue;
    if (applied->second > static_cast<int>(set.migrations.size())) break;
    as_it_was.push_back({set.module, set.migrations.subspan(0, static_cast<size_t>(applied->second))});
    unknown.erase(applied->first);
  }
  if (!unknown.empty())
    return Status(ErrorCode::kInternal, "migration_from_the_future", unknown.begin()->first);
  return target.postgres_url.empty() ? internal::LoadSqliteSnapshot(target, dir)
                                     : internal::LoadPostgresSnapshot(target, dir, parts, as_it_was);
}

}  // namespace tinhso::db
