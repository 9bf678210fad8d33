#include "reference.h"

#include <sqlite3.h>

#include <algorithm>
#include <utility>
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
         "SELECT * FROM after.\"" + table.name + "\" WHERE rowid > (SELECT COALESCE(MAX(rowid), 0) FROM main.\"" +
             table.name + "\") ORDER BY rowid",
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
  // One thing after another, each into all its tables, as whoever did them would.
  int64_t start_us = MonotonicUs();
  bool good = true;
  for (int64_t from = 0; from < items && good; from += group) {
    int64_t to = std::min(from + group, items);
    good = connection.Run("BEGIN IMMEDIATE");
    for (int64_t i = from; i < to && good; ++i) {
      for (Table& table : tables) {
        int64_t count = static_cast<int64_t>(table.rows.size());
        for (int64_t r = count * i / items; r < count * (i + 1) / items && good; ++r)
          good = InsertRow(table.insert, table.rows[static_cast<size_t>(r)]);
      }
    }
    good = good && connection.Run("COMMIT");
  }
  result.seconds = static_cast<double>(MonotonicUs() - start_us) / 1e6;
  for (Table& table : tables) sqlite3_finalize(table.insert);
  if (!good) return Failed(connection, "insert");
  return result;
}

Result<double> ReadRows(const std::string& file, double seconds) {
  Connection connection;
  if (sqlite3_open(file.c_str(), &connection.db) != SQLITE_OK) return Failed(connection, file);
  std::vector<std::pair<int64_t, std::string>> keys;
  Each(connection.db, "SELECT authority_id, dossier_code FROM dossier WHERE rowid % 97 = 3 LIMIT 20000", [&](sqlite3_stmt* s) {
    keys.emplace_back(sqlite3_column_int64(s, 0), TextOf(s, 1));
  });
  sqlite3_stmt* read = nullptr;
  const char* sql = "SELECT * FROM dossier WHERE authority_id = ? AND dossier_code = ?";
  if (keys.empty() || sqlite3_prepare_v2(connection.db, sql, -1, &read, nullptr) != SQLITE_OK) return Failed(connection, sql);
  const int64_t start_us = MonotonicUs(), end_us = start_us + static_cast<int64_t>(seconds * 1e6);
  int64_t done = 0, now_us = start_us;
  for (; now_us < end_us; now_us = MonotonicUs(), ++done) {
    const auto& [authority_id, code] = keys[static_cast<size_t>(done * 7919) % keys.size()];
    sqlite3_bind_int64(read, 1, authority_id);
    sqlite3_bind_text(read, 2, code.data(), static_cast<int>(code.size()), SQLITE_STATIC);
    while (sqlite3_step(read) == SQLITE_ROW)
      for (int c = 0; c < sqlite3_column_count(read); ++c) (void)TextOf(read, c);
    sqlite3_reset(read);
  }
  sqlite3_finalize(read);
  return static_cast<double>(now_us - start_us) / static_cast<double>(std::max<int64_t>(done, 1));
}

}  // namespace tinhso::bench
