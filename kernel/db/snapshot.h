// A consistent copy of a whole database in a folder, taken while others write, and its way back.
//   SQLite:     tinhso.db, page by page within one read transaction
//   PostgreSQL: one TABLE.copy for each table (COPY's text format), all from one snapshot
// Both are made of plain files, named with their SHA-256. docs/formats/backup.md.
// Thread rule: each call uses connections of its own; the database may be in use.
#pragma once
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "kernel/db/db.h"

namespace tinhso::db {

struct SnapshotPart {
  std::string name;  // file name within the folder
  int64_t bytes = 0;
  std::string sha256;
  std::string columns;  // PostgreSQL: the table's columns, "a, b"; "" for SQLite
  int64_t rows = 0;     // PostgreSQL
};

using TextRows = std::vector<std::vector<std::string>>;

struct Snapshot {
  std::vector<SnapshotPart> parts;
  std::map<std::string, int> migrations;  // module → number of the last one applied
  std::vector<TextRows> answers;          // to the questions, in their order
};

// Writes the snapshot into `dir`, which exists and is empty, fsynced; asks `questions` (no parameters) of
// exactly what was written. Errors: those of the database; kUnavailable "backup_disk_full", kInternal
// "backup_write_failed".
Result<Snapshot> WriteSnapshot(const Options& source, const std::string& dir, std::span<const Sql> questions);

// Problems of the files against what is known of them, each naming the part; empty when sound. Reads only.
std::vector<std::string> VerifySnapshot(const std::string& dir, std::span<const SnapshotPart> parts);

// Fills an empty database from the folder: kConflict "restore_target_not_empty" otherwise. `sets` are this
// program's migrations; those of the snapshot are applied first, exactly, so that an older snapshot loads
// into the schema it was made with; the rest come at the next start. kInternal "migration_from_the_future"
// when this program is too old.
Status LoadSnapshot(const Options& target, const std::string& dir, std::span<const SnapshotPart> parts,
                    const std::map<std::string, int>& migrations, std::span<const MigrationSet> sets);

// Size on disk of the database that `url` names, by a connection of its own.
Result<int64_t> PostgresBytes(const std::string& url);

}  // namespace tinhso::db
