// What the two engines share inside kernel/db: scripts for migrations, the thread's running transaction, error texts.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "kernel/db/db.h"

namespace tinhso::db::internal {

// A transaction that can also run a migration's text (several statements, no parameters).
class EngineTx : public Tx {
 public:
  virtual Status Script(std::string_view sql) = 0;
  // Only one program migrates at a time.
  virtual Status LockMigrations() = 0;
  // The first error of the transaction. One failed statement loses the whole transaction: PostgreSQL works that
  // way, and SQLite is held to it so that code tested on one engine behaves the same on the other.
  const std::optional<Error>& failure() const { return failure_; }

 protected:
  std::optional<Error> failure_;
};

using EngineWrite = std::function<Status(const std::function<Status(EngineTx&)>&)>;
Status RunMigrations(std::span<const MigrationSet> sets, const EngineWrite& write);

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

// How long a caller waits for a free connection before kUnavailable "db_busy".
inline constexpr int kLeaseWaitMs = 10'000;

}  // namespace tinhso::db::internal
