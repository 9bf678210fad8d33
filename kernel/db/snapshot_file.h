// Files of a snapshot: written with their hash, flushed to disk. Private to kernel/db.
#pragma once
#include <string>
#include <string_view>

#include "base/crypto.h"
#include "kernel/db/snapshot.h"

namespace tinhso::db::internal {

class SnapshotFile {
 public:
  explicit SnapshotFile(const std::string& path);
  ~SnapshotFile();
  SnapshotFile(const SnapshotFile&) = delete;
  SnapshotFile& operator=(const SnapshotFile&) = delete;
  Status Write(std::string_view bytes);
  // Flushes; fills bytes and sha256.
  Status Finish(SnapshotPart& part);

 private:
  Status FlushBuffer();
  int fd_;
  int64_t bytes_ = 0;
  std::string buffer_;
  crypto::Sha256 sha256_;
};

// "backup_disk_full" or "backup_write_failed", from errno.
Error SnapshotWriteError(const std::string& path);
// Size and hash of a file that is there; kNotFound "backup_part_missing".
Status MeasurePart(const std::string& path, SnapshotPart& part);

Result<Snapshot> WriteSqliteSnapshot(const Options& source, const std::string& dir,
                                     std::span<const Sql> questions);
Result<Snapshot> WritePostgresSnapshot(const Options& source, const std::string& dir,
                                       std::span<const Sql> questions);
std::vector<std::string> VerifySqliteSnapshot(const std::string& path);
Status LoadSqliteSnapshot(const Options& target, const std::string& dir);
Status LoadPostgresSnapshot(const Options& target, const std::string& dir,
                            std::span<const SnapshotPart> parts, std::span<const MigrationSet> sets);

// The table of applied migrations, on both engines.
inline constexpr std::string_view kLastMigrations =
    "SELECT module, MAX(number) FROM schema_migration GROUP BY module";

}  // namespace tinhso::db::internal
