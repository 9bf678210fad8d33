#include "reference.h"

#include <sqlite3.h>

#include <variant>
#include <vector>

#include "base/clock.h"

namespace tinhso::bench {
namespace {

using Cell = std::variant<std::monostate, int64_t, std::string>;

struct Table {
  std::string name;
  std::vector<std::vector<Cell>> rows;
  sqlite3_stmt* insert = nullptr;
};

struct Connection {
  sqlite3* db = nullptr;
  ~Connection() { sqlite3_close_v2(db); }
  bool Run(const std::string& sql) {
    return sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK;
  }
};

template <class F>
bool Each(sqlite3* db, const std::string& sql, F&& row) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(db, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK) return false;
  int rc;
  while ((rc = sqlite3_step(statement)) == SQLITE_ROW) row(statement);
  sqlite3_finalize(statement);
  return rc == SQLITE_DONE;
}

std::string TextOf(sqlite3_stmt* statement, int column) {
  const unsigned char* text = sqlite3_column_text(statement, column);
  return text ? std::string(reinterpret_cast<const char*>(text),
                            static_cast<size_t>(sqlite3_column_bytes(statement, column)))
              : "";
}

Error Failed(Connection& connection, const std::string& what) {
  return MakeError(ErrorCode::kInternal, "bench_reference", what + ": " + sqlite3_errmsg(connection.db));
}

bool InsertRow(sqlite3_stmt* statement, const std::vector<Cell>& row) {
  for (size_t c = 0; c < row.size(); ++c) {
    int n = static_cast<int>(c) + 1;
    if (const auto* number = std::get_if<int64_t>(&row[c]))
      sqlite3_bind_int64(statement, n, *number);
    else if (const auto* text = std::get_if<std::string>(&row[c]))
      sqlite3_bind_text(statement, n, text->data(), static_cast<int>(text->size()), SQLITE_STATIC);
    else
      sqlite3_bind_null(statement, n);
  }
  bool done = sqlite3_step(statement) == SQLITE_DONE;
  sqlite3_reset(statement);
  return done;
}

}  // namespace

Result<ReferenceResult> InsertSameRows(const std::string& before, const std::string& after, int64_t items,
                                       int64_t group) {
  Connection connection;
  if (sqlite3_open(before.c_str(), &connection.db) != SQLITE_OK) return Failed(connection, before);
  // The same settings as the server's writer.
  if (!connection.Run("PRAGMA journal_mode=WAL") || !connection.Run("PRAGMA synchronous=FULL") ||
      !connection.Run("PRAGMA wal_autocheckpoint=4000") || !connection.Run("PRAGMA cache_size=-65536") ||
      !connection.Run("ATTACH '" + after + "' AS after"))
    return Failed(connection, "open");
  std::vector<Table> tables;
  Each(connection.db,
       "SELECT name FROM main.sqlite_master WHERE type='table' AND name NOT LIKE 'sqlite_%' AND sql NOT LIKE "
       "'CREATE VIRTUAL%'",
       [&](sqlite3_stmt* s) {
         tables.push_back({TextOf(s, 0), {}, nullptr});
       });
  ReferenceResult result;
  for (Table& table : tables) {
    Each(connection.db,
         "SELECT * FROM after.\"" + table.name + "\" EXCEPT SELECT * FROM main.\"" + table.name + "\"",
         [&](sqlite3_stmt* s) {
           std::vector<Cell> row;
           for (int c = 0; c < sqlite3_column_count(s); ++c) {
             if (sqlite3_column_type(s, c) == SQLITE_INTEGER)
               row.emplace_back(sqlite3_column_int64(s, c));
             else if (sqlite3_column_type(s, c) == SQLITE_NULL)
               row.emplace_back();
             else
               row.emplace_back(TextOf(s, c));
           }
           table.rows.push_back(std::move(row));
         });
    if (table.rows.empty()) continue;
    std::string sql = "INSERT OR REPLACE INTO main.\"" + table.name + "\" VALUES (?";
    for (size_t c = 1; c < table.rows[0].size(); ++c) sql += ",?";
    if (sqlite3_prepare_v2(connection.db, (sql + ")").c_str(), -1, &table.insert, nullptr) != SQLITE_OK)
      return Failed(connection, table.name);
    result.rows += static_cast<int64_t>(table.rows.size());
  }
  // Caches filled by the comparison help the reference, which is fair: the server's were warm too.
  int64_t start_us = MonotonicUs();
  bool good = true;
  for (int64_t from = 0; from < items && good; from += group) {
    int64_t to = std::min(from + group, items);
    good = connection.Run("BEGIN IMMEDIATE");
    for (Table& table : tables) {
      int64_t count = static_cast<int64_t>(table.rows.size());
      for (int64_t r = count * from / items; r < count * to / items && good; ++r)
        good = InsertRow(table.insert, table.rows[static_cast<size_t>(r)]);
    }
    good = good && connection.Run("COMMIT");
  }
  result.seconds = static_cast<double>(MonotonicUs() - start_us) / 1e6;
  for (Table& table : tables) sqlite3_finalize(table.insert);
  if (!good) return Failed(connection, "insert");
  return result;
}

}  // namespace tinhso::bench
