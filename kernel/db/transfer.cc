#include "kernel/db/transfer.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <unordered_map>

#include "base/clock.h"
#include "base/crypto.h"
#include "engine.h"
#include "kernel/db/schema.h"
#include "runtime_sql.h"

namespace tinhso::db {
namespace {

using internal::EngineTx;
using internal::RuntimeSql;

constexpr size_t kBatchRows = 2'000;
constexpr size_t kBatchBytes = 4'000'000;
constexpr size_t kParamsMaxOfInsert = 64;
constexpr int64_t kProgressRows = 10'000;
constexpr size_t kDifferencesShown = 5;

constexpr Sql kInsertMarker =
    "INSERT INTO schema_migration (module, number, name, sql_sha256, applied_at_us) VALUES ($1, 1, '', '', $2)";
constexpr Sql kFindMarker = "SELECT 1 FROM schema_migration WHERE module = $1";
constexpr Sql kDeleteMarker = "DELETE FROM schema_migration WHERE module = $1";
// The mover itself connects under another application_name.
constexpr Sql kServerConnections =
    "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'tinhso'";

// A row as bytes: each column's length and text, or that it is NULL.
void AppendRow(const Row& row, std::string& out) {
  for (int i = 0; i < row.columns(); ++i) {
    if (row.IsNull(i)) {
      out += "n;";
      continue;
    }
    const std::string text = row.Text(i);
    out += std::to_string(text.size());
    out += ':';
    out += text;
  }
}

// Adds 256-bit numbers, so that a table's hash does not depend on the order of its rows.
class RowSum {
 public:
  void Add(std::string_view sha256) {
    uint64_t carry = 0;
    for (size_t i = 0; i < words_.size(); ++i) {
      uint64_t word = 0;
      std::memcpy(&word, sha256.data() + i * sizeof word, sizeof word);
      const uint64_t with = words_[i] + carry;
      carry = with < carry;
      words_[i] = with + word;
      carry += words_[i] < word;
    }
  }
  std::string Hex() const {
    return crypto::HexEncode({reinterpret_cast<const char*>(words_.data()), sizeof words_});
  }

 private:
  std::array<uint64_t, 4> words_{};
};

std::string Joined(const std::vector<std::string>& words, const std::string& between) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : between) + word;
  return out;
}

std::vector<std::string> NamesOf(const Table& table) {
  std::vector<std::string> out;
  for (const Column& column : table.columns) out.push_back(column.name);
  return out;
}

Sql SelectAll(const Table& table) {
  return RuntimeSql::Of("SELECT " + Joined(NamesOf(table), ", ") + " FROM " + table.name);
}

Result<int64_t> CountRows(Database& database, const Table& table) {
  return database.Read([&](Tx& tx) -> Result<int64_t> {
    TINHSO_ASSIGN(auto row, tx.QueryOne(RuntimeSql::Of("SELECT COUNT(*) FROM " + table.name), {}));
    return row->Int(0);
  });
}

using OnRows = std::function<void(int64_t)>;

Result<TableDigest> DigestOf(Database& database, const Table& table, const OnRows& on_rows) {
  TableDigest digest{.table = table.name};
  RowSum sum;
  std::string bytes;
  TINHSO_TRY(database.Read([&](Tx& tx) {
    return tx.ForEach(SelectAll(table), {}, [&](const Row& row) {
      bytes.clear();
      AppendRow(row, bytes);
      sum.Add(crypto::Sha256Bytes(bytes));
      if (++digest.rows % kProgressRows == 0) on_rows(digest.rows);
      return true;
    });
  }));
  digest.hash = sum.Hex();
  return digest;
}

// Rows of one table on their way.
class Copier {
 public:
  Copier(Database& to, const Table& table) : to_(to), table_(table) {
    rows_each_ = std::max<size_t>(1, kParamsMaxOfInsert / table.columns.size());
    many_ = InsertOf(rows_each_);
    one_ = InsertOf(1);
  }

  Status Add(const Row& row) {
    for (int i = 0; i < row.columns(); ++i) {
      bytes_ += row.IsNull(i) ? 0 : 16;
      if (row.IsNull(i)) {
        cells_.emplace_back(std::monostate{});
      } else if (table_.columns[static_cast<size_t>(i)].type == "TEXT") {
        cells_.emplace_back(row.Text(i));
        bytes_ += std::get<std::string>(cells_.back()).size();
      } else {
        cells_.emplace_back(row.Int(i));
      }
    }
    return ++rows_ >= kBatchRows || bytes_ >= kBatchBytes ? Flush() : Ok();
  }

  Status Flush() {
    if (rows_ == 0) return Ok();
    const size_t width = table_.columns.size();
    TINHSO_TRY(to_.Write([&](Tx& tx) -> Status {
      std::vector<Param> params;
      for (size_t row = 0; row < rows_;) {
        const size_t count = rows_ - row >= rows_each_ ? rows_each_ : 1;
        params.clear();
        for (size_t i = row * width; i < (row + count) * width; ++i)
          params.push_back(std::visit([](const auto& cell) { return ParamOf(cell); }, cells_[i]));
        TINHSO_TRY(tx.SendV(count == 1 ? *one_ : *many_, params));
        row += count;
      }
      return Ok();
    }));
    cells_.clear();
    rows_ = bytes_ = 0;
    return Ok();
  }

 private:
  static Param ParamOf(std::monostate) { return nullptr; }
  static Param ParamOf(int64_t value) { return value; }
  static Param ParamOf(const std::string& value) { return value; }

  std::optional<Sql> InsertOf(size_t rows) const {
    std::vector<std::string> groups;
    int number = 0;
    for (size_t r = 0; r < rows; ++r) {
      std::vector<std::string> places;
      for (size_t i = 0; i < table_.columns.size(); ++i) places.push_back("$" + std::to_string(++number));
      groups.push_back("(" + Joined(places, ", ") + ")");
    }
    return RuntimeSql::Of("INSERT INTO " + table_.name + " (" + Joined(NamesOf(table_), ", ") + ") VALUES " + Joined(groups, ", "));
  }

  Database& to_;
  const Table& table_;
  size_t rows_each_ = 1, rows_ = 0, bytes_ = 0;
  std::optional<Sql> many_, one_;
  std::vector<std::variant<std::monostate, int64_t, std::string>> cells_;
};

Status CopyTable(Database& from, Database& to, const Table& table, const OnRows& on_rows) {
  TINHSO_TRY(to.Write([&](Tx& tx) { return tx.Execute(RuntimeSql::Of("DELETE FROM " + table.name), {}); }));
  Copier copier(to, table);
  Status status = Ok();
  int64_t rows = 0;
  TINHSO_TRY(from.Read([&](Tx& tx) {
    return tx.ForEach(SelectAll(table), {}, [&](const Row& row) {
      status = copier.Add(row);
      if (++rows % kProgressRows == 0) on_rows(rows);
      return status.ok();
    });
  }));
  TINHSO_TRY(std::move(status));
  return copier.Flush();
}

// Primary keys of the first rows that are not the same on both sides.
Result<std::string> Differences(Database& from, Database& to, const Table& table) {
  std::unordered_map<std::string, std::string> hash_by_key;
  const auto each = [&](Database& database, const std::function<bool(std::string, std::string)>& fn) {
    return database.Read([&](Tx& tx) {
      return tx.ForEach(SelectAll(table), {}, [&](const Row& row) {
        std::string key, bytes;
        for (const std::string& column : table.primary_key()->columns)
          for (size_t i = 0; i < table.columns.size(); ++i)
            if (table.columns[i].name == column) key += (key.empty() ? "" : ",") + row.Text(static_cast<int>(i));
        AppendRow(row, bytes);
        return fn(std::move(key), crypto::Sha256Bytes(bytes));
      });
    });
  };
  std::vector<std::string> found;
  TINHSO_TRY(each(from, [&](std::string key, std::string hash) {
    hash_by_key.emplace(std::move(key), std::move(hash));
    return true;
  }));
  TINHSO_TRY(each(to, [&](std::string key, std::string hash) {
    const auto it = hash_by_key.find(key);
    if (it == hash_by_key.end()) found.push_back(key + " is only in the target");
    else if (it->second != hash) found.push_back(key + " differs");
    if (it != hash_by_key.end()) hash_by_key.erase(it);
    return found.size() < kDifferencesShown;
  }));
  for (const auto& [key, hash] : hash_by_key)
    if (found.size() < kDifferencesShown) found.push_back(key + " is missing");
  return table.name + ": " + Joined(found, "; ");
}

internal::EngineWrite WriterOf(Database& database) {
  return [&database](const std::function<Status(EngineTx&)>& fn) {
    return database.Write([&](Tx& tx) { return fn(static_cast<EngineTx&>(tx)); });
  };
}

// Migrates both sides; the target must be fresh or that of an interrupted move.
Status Prepare(Database& from, Database& to, std::span<const MigrationSet> sets) {
  TINHSO_ASSIGN(const Schema schema, ReadSchema(to));
  bool taken_up = false;
  if (schema.migrated) {
    TINHSO_ASSIGN(auto marked, to.Read([](Tx& tx) { return tx.QueryOne(kFindMarker, {internal::kMoveUnfinished}); }));
    taken_up = marked.has_value();
  }
  if (!taken_up && (schema.migrated || !schema.tables.empty()))
    return MakeError(ErrorCode::kConflict, "db_target_not_empty", std::to_string(schema.tables.size()) + " tables");
  TINHSO_TRY(internal::RunMigrations(sets, WriterOf(from), taken_up ? internal::kMoved : ""));
  if (!taken_up) TINHSO_TRY(to.Write([&](Tx& tx) { return internal::BeginMove(static_cast<EngineTx&>(tx)); }));
  return internal::RunMigrations(sets, WriterOf(to), internal::kMoveUnfinished);
}

}  // namespace

Result<std::vector<TableDigest>> DigestTables(Database& database) {
  TINHSO_ASSIGN(const Schema schema, ReadSchema(database));
  std::vector<TableDigest> out;
  for (const Table& table : schema.tables) {
    TINHSO_ASSIGN(auto digest, DigestOf(database, table, [](int64_t) {}));
    out.push_back(std::move(digest));
  }
  return out;
}

Result<TransferReport> MoveAll(Database& from, Database& to, std::span<const MigrationSet> sets,
                               const std::function<void(const TransferProgress&)>& progress) {
  TINHSO_TRY(Prepare(from, to, sets));
  TINHSO_ASSIGN(const Schema schema, ReadSchema(from));
  TransferReport report;
  std::string differing;
  TransferProgress now{.tables = static_cast<int>(schema.tables.size())};
  for (const Table& table : schema.tables) {
    now.table = table.name;
    ++now.table_number;
    TINHSO_ASSIGN(now.rows_total, CountRows(from, table));
    const auto tell = [&](bool checking) {
      return [&, checking](int64_t rows) {
        now.checking = checking;
        now.rows = rows;
        progress(now);
      };
    };
    TINHSO_ASSIGN(const TableDigest wanted, DigestOf(from, table, tell(true)));
    TINHSO_ASSIGN(TableDigest got, DigestOf(to, table, tell(true)));
    if (got.hash == wanted.hash && got.rows == wanted.rows) {
      if (got.rows > 0) ++report.tables_found_equal;
    } else {
      TINHSO_TRY(CopyTable(from, to, table, tell(false)));
      TINHSO_ASSIGN(got, DigestOf(to, table, tell(true)));
    }
    tell(true)(got.rows);
    if (got.hash != wanted.hash || got.rows != wanted.rows) {
      TINHSO_ASSIGN(const std::string what, Differences(from, to, table));
      differing += (differing.empty() ? "" : " | ") + what;
    }
    report.rows += got.rows;
    report.tables.push_back(std::move(got));
  }
  if (!differing.empty()) return MakeError(ErrorCode::kInternal, "db_move_differs", differing);
  // The source first: between the two neither opens, and a second run ends it.
  const TimeUs now_us = SystemClock().NowUs();
  TINHSO_TRY(from.Write([&](Tx& tx) -> Status {
    TINHSO_TRY(tx.Execute(kDeleteMarker, {internal::kMoved}));
    return tx.Send(kInsertMarker, {internal::kMoved, now_us});
  }));
  TINHSO_TRY(to.Write([](Tx& tx) { return tx.Execute(kDeleteMarker, {internal::kMoveUnfinished}); }));
  return report;
}

Result<int64_t> ServerConnections(Database& database) {
  if (!database.is_postgres()) return int64_t{0};
  return database.Read([](Tx& tx) -> Result<int64_t> {
    TINHSO_ASSIGN(auto row, tx.QueryOne(kServerConnections, {}));
    return row->Int(0);
  });
}

}  // namespace tinhso::db
