// Backups: a folder that holds any number of them and shares their files. docs/formats/backup.md.
//   TO/20261123T084500Z/manifest.json, manifest.sha256, database/…, folder/…, files.txt    one backup
//   TO/files/ab/cd/<sha256>                                                                the files of all
//   of them
// Thread rule: plain functions; one backup at a time into one folder (a lock file holds others off).
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/config.h"
#include "base/clock.h"
#include "base/result.h"
#include "kernel/db/snapshot.h"

namespace tinhso::app {

// The head of the audit log at the moment of the snapshot: what was sealed before it cannot be missing
// unseen.
struct AuditHead {
  int64_t authority_id = 0, tree_size = 0;
  std::string root_hash;
};

struct Backup {
  std::string dir;  // the backup's own folder
  TimeUs started_at_us = 0, finished_at_us = 0;
  std::string version, engine;  // engine: "sqlite", "postgresql"
  std::vector<db::SnapshotPart> database;
  std::map<std::string, int> migrations;
  std::vector<AuditHead> audit_heads;
  std::vector<db::SnapshotPart> folder;  // other files of the data folder, by their relative names
  db::SnapshotPart file_list;            // files.txt: "sha256 bytes" a line
  int64_t files = 0, files_bytes = 0;    // named by the list
  int64_t files_copied = 0;              // of them, not in the folder before
};

// Takes a backup of a data folder that may be in use; keeps the newest `keep` of the folder, 0 = all. Errors:
// those of db::WriteSnapshot; kConflict "data_dir_in_use" when another backup into `to` runs; kInternal
// "backup_file_missing" when a file that the database names is not in the data folder, "backup_file_damaged"
// when its content is not its name's. Remember() it when it is where it is to stay.
Result<Backup> MakeBackup(const Config& config, const std::string& to, int keep, const Clock& clock);

// The backup at `path`: a backup's own folder, or the newest in a folder of backups. kNotFound
// "backup_not_found"; kInvalid "backup_manifest_damaged".
Result<Backup> ReadBackup(const std::string& path);

// Every part against its hash, the database against itself; each problem names its part. Empty when sound.
// Reads only.
std::vector<std::string> VerifyBackup(const Backup& backup);

// Makes a data folder (and fills the database of `config`) from a backup that it verifies first. The target
// must be absent or empty: kConflict "restore_target_not_empty"; a running server: kConflict
// "data_dir_in_use". With `replace` what is there is moved aside to DIR.before-restore-TIME, never deleted.
// kInvalid "backup_damaged" with the problems in fields; kInvalid "restore_engine_mismatch" when the backup
// is of the other engine.
Status RestoreBackup(const Backup& backup, const Config& config, bool replace, const Clock& clock);

// What the last backup of this data folder left in backup.json: for the health page and the metrics.
struct LastBackup {
  TimeUs finished_at_us = 0;
  std::string to;
  int64_t bytes = 0, files = 0, duration_us = 0;
};
void Remember(const std::string& data_dir, const Backup& backup);
std::optional<LastBackup> ReadLastBackup(const std::string& data_dir);

}  // namespace tinhso::app
