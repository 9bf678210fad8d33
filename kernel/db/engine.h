// What the two engines share inside kernel/db: scripts for migrations, the thread's running transaction, error texts.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "kernel/db/db.h"

namespace tinhso::db::internal {

// What an engine's connection can do inside a transaction.
class Connection {
 public:
  virtual ~Connection() = default;
  // Rows into `rows` (may be null); rows changed into `changed` (may be null).
  virtual Status Run(std::string_view sql, std::span<const Param> params, Rows* rows, int64_t* changed) = 0;
  // A statement whose answer may come with a later one.
  virtual Status Send(std::string_view sql, std::span<const Param> params) = 0;
  // `fn` may run other statements of the connection.
  virtual Status Stream(std::string_view sql, std::span<const Param> params, const std::function<bool(const Row&)>& fn) = 0;
  // Several statements without parameters.
  virtual Status Script(std::string_view sql) = 0;
  // Only one program migrates at a time.
  virtual Status LockMigrations() = 0;
};

// The transaction of both engines.
class EngineTx final : public Tx {
 public:
  explicit EngineTx(Connection& connection) : connection_(connection) {}
  // The first error of the transaction. One failed statement loses the whole transaction: PostgreSQL works that
  // way, and SQLite is held to it so that code tested on one engine behaves the same on the other.
  const std::optional<Error>& failure() const { return failure_; }
  // Whether the function has seen an answer of the engine.
  bool answered() const { return answered_; }
  Status Script(std::string_view sql);
  Status LockMigrations();

 private:
  Status Keep(Status status);
  Result<Rows> DoQuery(const Sql& sql, std::span<const Param> params) override;
  Result<int64_t> DoExecute(const Sql& sql, std::span<const Param> params) override;
  Status DoSend(const Sql& sql, std::span<const Param> params) override;
  Status DoForEach(const Sql& sql, std::span<const Param> params, const std::function<bool(const Row&)>& fn) override;

  Connection& connection_;
  std::optional<Error> failure_;
  bool answered_ = false;
};

using EngineWrite = std::function<Status(const std::function<Status(EngineTx&)>&)>;
// `allowed_marker`: the mark of a move that is no obstacle.
// The tables of kernel/db itself. RunMigrations puts them first, unless a set of that module is among those given.
MigrationSet OwnMigrations();
Status RunMigrations(std::span<const MigrationSet> sets, const EngineWrite& write, std::string_view allowed_marker = {});

// Marks of a move between databases, kept beside the migrations so that no program opens such a database.
inline constexpr std::string_view kMoveUnfinished = "move/unfinished", kMoved = "move/moved";
// Marks the database as the target of a move.
Status BeginMove(EngineTx& tx);

Result<std::unique_ptr<Database>> OpenSqlite(const Options& options);
Result<std::unique_ptr<Database>> OpenPostgres(const Options& options);

// "UPDATE dossier SET state = $1 …": enough to find the statement, without values.
std::string FirstWords(std::string_view sql);

// Calls `fn` and turns an exception into an error: a handler's bug must not end the writer thread.
Status CallGuarded(const std::function<Status(Tx&)>& fn, Tx& tx);

// NUL cannot be stored by PostgreSQL and ends text early in C code; refused on both engines.
Status CheckParams(std::span<const Param> params, std::string_view sql);

// The transactions running on this thread, innermost first. A Read inside a transaction of the same database joins it
// (taking a second connection could wait for ever on an exhausted pool); a Write inside a Write is refused.
class TxScope {
 public:
  TxScope(const Database* database, Tx* tx, bool writing);
  ~TxScope();
  TxScope(const TxScope&) = delete;
  TxScope& operator=(const TxScope&) = delete;
  static Tx* Running(const Database* database);
  static bool Writing(const Database* database);

 private:
  const Database* database_;
  Tx* tx_;
  bool writing_;
  TxScope* outer_;
};
Error NestedWriteError();
Error BusyError(std::string detail);
// No room (disk full, quota) and no right to write (read-only file system, a standby server).
Error StorageFullError(std::string detail);
Error StorageReadOnlyError(std::string detail);

// How long a caller waits for a free connection before kUnavailable "db_busy".
inline constexpr int kLeaseWaitMs = 10'000;
// After a refused connection the next try waits this long; callers meanwhile get the same error at once.
inline constexpr int kReconnectPauseMs = 300;

}  // namespace tinhso::db::internal
