// Moves all rows of one database into another, SQLite to PostgreSQL or back, and checks every row on both sides.
// Thread rule: one call at a time; nobody else may write either database meanwhile (the caller sees to it).
#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "kernel/db/db.h"

namespace tinhso::db {

struct TableDigest {
  std::string table;
  int64_t rows = 0;
  std::string hash;  // 64 hex digits: the sum of the SHA-256 of each row, so the order does not matter
};
// Of every table, by name.
Result<std::vector<TableDigest>> DigestTables(Database& database);

struct TransferProgress {
  std::string table;
  bool checking = false;
  int64_t rows = 0, rows_total = 0;  // of the table
  int table_number = 0, tables = 0;  // from 1
};
struct TransferReport {
  std::vector<TableDigest> tables;
  int64_t rows = 0;
  int64_t tables_found_equal = 0;  // copied by an earlier, interrupted run
};

// Migrates both with `sets`, copies `from` into `to`, and compares the digests. `to` must have no tables, or those of
// an interrupted move: that one is taken up again, tables that are equal already are not copied twice. Until the end no
// program opens `to` (Migrate: kConflict "db_move_unfinished"); afterwards none opens `from` ("db_moved").
// Errors: kConflict "db_target_not_empty"; kInternal "db_move_differs" with the tables and the keys of the first rows.
Result<TransferReport> MoveAll(Database& from, Database& to, std::span<const MigrationSet> sets,
                               const std::function<void(const TransferProgress&)>& progress);

// How many connections of running servers the database has (PostgreSQL; 0 on SQLite). The caller's own URL must say
// another application_name than the program's "tinhso".
Result<int64_t> ServerConnections(Database& database);

}  // namespace tinhso::db
