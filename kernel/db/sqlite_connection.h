// One SQLite connection with its prepared statements. Thread rule: used by one thread at a time.
#pragma once
#include <sqlite3.h>

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine.h"

namespace tinhso::db::internal {

class SqliteConnection final : public Connection {
 public:
  enum class Kind { kWriter, kReader };
  static Result<std::unique_ptr<SqliteConnection>> Open(const std::string& path, Kind kind);
  ~SqliteConnection() override;
  SqliteConnection(const SqliteConnection&) = delete;
  SqliteConnection& operator=(const SqliteConnection&) = delete;

  Status Run(std::string_view sql, std::span<const Param> params, Rows* rows, int64_t* changed) override;
  Status Send(std::string_view sql, std::span<const Param> params) override { return Run(sql, params, nullptr, nullptr); }
  Status Stream(std::string_view sql, std::span<const Param> params, const std::function<bool(const Row&)>& fn) override {
    const std::function<bool(Row)> give = [&](Row row) { return fn(row); };
    return Each(sql, params, &give, nullptr);
  }
  // Not cached.
  Status Script(std::string_view sql) override;
  Status LockMigrations() override { return Ok(); }  // BEGIN IMMEDIATE already is the lock
  // A statement without parameters and rows, prepared once: BEGIN, COMMIT, SAVEPOINT …
  Status Run(std::string_view fixed_sql) { return Each(fixed_sql, {}, nullptr, nullptr); }
  // False: stuck in a transaction, it would show an old snapshot for ever.
  bool MakeIdle() { return !InTransaction() || Script("ROLLBACK").ok(); }
  // False when the engine has ended the transaction by itself (disk full, I/O error).
  bool InTransaction() const { return sqlite3_get_autocommit(handle_) == 0; }
  sqlite3* handle() { return handle_; }

 private:
  struct Statement {
    sqlite3_stmt* stmt = nullptr;
    // SQLite numbers named parameters by first appearance: slot i+1 takes the value of $source[i].
    std::vector<int> source;
    int params_expected = 0;
    bool busy = false;  // being stepped further out on this thread (a query inside ForEach)
  };
  // Statements are constants with static storage, so their address identifies them.
  struct Key {
    const char* data;
    size_t size;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    size_t operator()(const Key& key) const { return std::hash<const char*>()(key.data) ^ key.size; }
  };

  explicit SqliteConnection(sqlite3* handle) : handle_(handle) {}
  // Calls `row` for each row (may be null); `changed` gets the number of changed rows (may be null).
  Status Each(std::string_view sql, std::span<const Param> params, const std::function<bool(Row)>* row, int64_t* changed);
  Status Prepare(std::string_view sql, Statement& out);
  Status Step(Statement& statement, std::string_view sql, const std::function<bool(Row)>* row, int64_t* changed);
  Status Bind(Statement& statement, std::string_view sql, std::span<const Param> params);
  Error LastError(std::string_view sql);

  sqlite3* handle_;
  std::unordered_map<Key, Statement, KeyHash> statements_;
};

// SQLite's extended result code as an Error; `message` is the engine's and holds names, not values; `system_errno` is the
// system's last error of the connection's files.
Error SqliteError(int extended_code, int system_errno, std::string_view message, std::string_view sql);

}  // namespace tinhso::db::internal
