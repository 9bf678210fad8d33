// One interface over SQLite and PostgreSQL; one SQL text for both (docs/adr, ARCHITECTURE "Storage rules").
// Thread rule: Database is thread-safe. A Tx lives on the thread that runs its function and never leaves it.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "base/result.h"

namespace tinhso::db {

namespace internal {
struct RuntimeSql;  // kernel/db alone: statements made of the names of a schema
}

// A statement known at compile time: SQL assembled from input does not compile. Parameters are $1, $2 …
class Sql {
 public:
  template <size_t N>
  consteval Sql(const char (&text)[N]) : text_(text, N - 1) {}
  constexpr std::string_view text() const { return text_; }

 private:
  friend struct internal::RuntimeSql;
  constexpr Sql() = default;
  std::string_view text_;
};

// A bound value: NULL, integer or text. Text is copied when bound.
class Param {
 public:
  Param(std::nullptr_t) {}
  template <class T>
    requires std::is_integral_v<T>
  Param(T v) : v_(static_cast<int64_t>(v)) {}
  Param(const char* v) : v_(std::string_view(v)) {}
  Param(std::string_view v) : v_(v) {}
  Param(const std::string& v) : v_(std::string_view(v)) {}
  template <class T>
  Param(const std::optional<T>& v) {
    if (v) *this = Param(*v);
  }
  const std::variant<std::monostate, int64_t, std::string_view>& value() const { return v_; }

 private:
  std::variant<std::monostate, int64_t, std::string_view> v_;
};
using Params = std::initializer_list<Param>;

// One result row, columns by position from 0. Int/Text of NULL are 0 / "".
class Row {
 public:
  explicit Row(std::vector<std::variant<std::monostate, int64_t, std::string>> cells) : cells_(std::move(cells)) {}
  bool IsNull(int column) const { return cells_[column].index() == 0; }
  int64_t Int(int column) const;      // text that is a number is converted (PostgreSQL SUM gives numeric)
  std::string Text(int column) const;
  std::optional<int64_t> OptInt(int column) const;
  int columns() const { return static_cast<int>(cells_.size()); }

 private:
  std::vector<std::variant<std::monostate, int64_t, std::string>> cells_;
};
using Rows = std::vector<Row>;

// A transaction. Errors: kConflict "db_unique" / "db_foreign_key" / "db_check"; kUnavailable "db_busy" (a lock or a free
// connection did not come in time), "db_timeout" (a statement took longer than statement_timeout_ms), "db_connection" and
// "db_serialization" (retried by Write), "storage_read_only"; kStorageFull "storage_full"; kInternal "db_error". From Write
// also kUnavailable "db_outcome_unknown": the connection broke under COMMIT and the server could not be asked in time
// whether it was done. Detail holds the engine's code and the statement's first words, never bound values. kInvalid "text_control_character" for NUL in a text parameter.
// A failed statement loses the whole transaction on both engines (its later statements return the same error and
// nothing is committed, even if the function returns ok): to expect a duplicate, write ON CONFLICT.
// On PostgreSQL writes run READ COMMITTED: a decision made on a row read before needs that row's `version` in the
// UPDATE's WHERE. `/*SKIP_LOCKED*/` in a statement becomes FOR UPDATE SKIP LOCKED there.
class Tx {
 public:
  virtual ~Tx() = default;
  Result<Rows> Query(const Sql& sql, Params params) { return DoQuery(sql, {params.begin(), params.size()}); }
  // The first row, or nullopt.
  Result<std::optional<Row>> QueryOne(const Sql& sql, Params params);
  // Rows changed.
  Result<int64_t> Execute(const Sql& sql, Params params) { return DoExecute(sql, {params.begin(), params.size()}); }
  // Execute for a count nobody needs: on PostgreSQL the statement travels with the next one or with COMMIT and saves its
  // round trip. Its error loses the transaction and is told by the next statement or by Write itself.
  Status Send(const Sql& sql, Params params) { return DoSend(sql, {params.begin(), params.size()}); }
  // Streams rows; `fn` returns false to stop. For exports, imports and start-up loads. SELECT only. `fn` may run
  // other statements of the same Tx.
  Status ForEach(const Sql& sql, Params params, const std::function<bool(const Row&)>& fn) {
    return DoForEach(sql, {params.begin(), params.size()}, fn);
  }
  Result<Rows> QueryV(const Sql& sql, std::span<const Param> p) { return DoQuery(sql, p); }
  Result<int64_t> ExecuteV(const Sql& sql, std::span<const Param> p) { return DoExecute(sql, p); }
  Status SendV(const Sql& sql, std::span<const Param> p) { return DoSend(sql, p); }

 private:
  virtual Result<Rows> DoQuery(const Sql& sql, std::span<const Param> params) = 0;
  virtual Result<int64_t> DoExecute(const Sql& sql, std::span<const Param> params) = 0;
  virtual Status DoSend(const Sql& sql, std::span<const Param> params) = 0;
  virtual Status DoForEach(const Sql& sql, std::span<const Param> params, const std::function<bool(const Row&)>& fn) = 0;
};

struct Migration {
  int number;              // 1, 2, … per module
  std::string_view name;   // "create_dossier"
  std::string_view sql;    // statements separated by ';'
};
struct MigrationSet {
  std::string_view module;  // "features/dossiers"
  std::span<const Migration> migrations;
};
// tinhso_module() turns migrations/NNNN_name.sql into a generated source that defines this function; a module's
// public header declares it with TINHSO_DECLARE_MIGRATIONS(features_dossiers).
#define TINHSO_DECLARE_MIGRATIONS(module_name) \
  namespace tinhso::db {                       \
  MigrationSet Migrations_##module_name();     \
  }                                            \
  static_assert(true)

struct Options {
  std::string sqlite_path;        // used when postgres_url is empty
  std::string postgres_url;       // postgresql://…
  int readers = 16;               // SQLite read connections / PostgreSQL leased connections
  int write_batch_max = 128;      // jobs per group commit (SQLite)
  int write_queue_max = 4096;     // waiting writers; one more gets kUnavailable "db_busy"
  // PostgreSQL: the longest a statement may run, unless the URL, the role or the database sets its own; 0 = for ever. A
  // server that says nothing for 5 s more is given up. Migrations are not limited.
  int statement_timeout_ms = 30'000;
};

// For the operator's metrics. Counters since Open.
struct Stats {
  int connections_max = 0, connections_open = 0, connections_leased = 0;
  int64_t lease_waits = 0;         // a connection was not free at once
  int64_t lease_timeouts = 0;      // … and not in time: "db_busy"
  int64_t connects = 0;            // connections opened
  int64_t retries = 0;             // transactions run again (PostgreSQL)
  int64_t commits_resolved = 0;    // lost answers to COMMIT that were cleared up (PostgreSQL)
  int64_t commits_unknown = 0;     // … that were not: "db_outcome_unknown"
  int64_t writes_waiting = 0;      // in the writer's queue (SQLite)
};

class Database {
 public:
  static Result<std::unique_ptr<Database>> Open(const Options& options);
  virtual ~Database() = default;

  // Applies what is missing, in order, under a lock, each migration in its own transaction.
  // kInternal "migration_failed" with module, number and engine message; "migration_from_the_future" when the
  // database has a migration this program does not know; kConflict "db_move_unfinished", "db_moved" (kernel/db/transfer.h).
  virtual Status Migrate(std::span<const MigrationSet> sets) = 0;

  // Runs `fn` in a read transaction (one snapshot). Inside another transaction of the same thread it joins that one.
  template <class F>
  auto Read(F&& fn) -> std::invoke_result_t<F, Tx&> {
    std::optional<std::invoke_result_t<F, Tx&>> out;
    Status status = DoRead([&](Tx& tx) -> Status {
      out.emplace(fn(tx));
      return out->ok() ? Ok() : Status(out->error());
    });
    if (!status.ok() && (!out || out->ok())) return std::move(status.error());
    return std::move(*out);
  }

  // Runs `fn` in a write transaction and returns after its commit is durable. An error from `fn` rolls back what it
  // did and nothing else of its group. `fn` may run more than once (serialization on PostgreSQL, a neighbour that failed on SQLite): it must have no
  // effect but through Tx, and be short: do parsing, hashing and validation before. On SQLite it runs on the writer's thread.
  // A Write inside a Write is refused (kInternal "db_error").
  template <class F>
  auto Write(F&& fn) -> std::invoke_result_t<F, Tx&> {
    std::optional<std::invoke_result_t<F, Tx&>> out;
    Status status = DoWrite([&](Tx& tx) -> Status {
      out.emplace(fn(tx));
      return out->ok() ? Ok() : Status(out->error());
    });
    if (!status.ok() && (!out || out->ok())) return std::move(status.error());
    return std::move(*out);
  }

  virtual Stats stats() const = 0;
  virtual bool is_postgres() const = 0;
  virtual Status Ping() = 0;
  // Engine's own integrity check (PRAGMA integrity_check / trivial on PostgreSQL): list of problems, empty when sound.
  virtual Result<std::vector<std::string>> CheckIntegrity() = 0;

 private:
  virtual Status DoRead(const std::function<Status(Tx&)>& fn) = 0;
  virtual Status DoWrite(const std::function<Status(Tx&)>& fn) = 0;
};

// Stands between features and connections: authority → database. Today one target.
class TenantRouter {
 public:
  explicit TenantRouter(Database& only) : only_(only) {}
  Database& For(int64_t /*authority_id*/) const { return only_; }
  // Reference data (units, accounts, procedures).
  Database& Shared() const { return only_; }

 private:
  Database& only_;
};

}  // namespace tinhso::db
