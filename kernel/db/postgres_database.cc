// PostgreSQL: leased connections; a write whose transaction was rolled back by the server is run again.
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "postgres_connection.h"

namespace tinhso::db::internal {
namespace {

constexpr int kWriteAttemptsMax = 6;
constexpr int kBackoffMs = 5;  // doubled at each attempt: 5, 10, 20, 40, 80
// Any constant: pg_advisory_xact_lock is per database.
constexpr Sql kLockMigrations = "SELECT 1 FROM (SELECT pg_advisory_xact_lock(7309457250118)) AS locked";

class PostgresTx : public EngineTx {
 public:
  explicit PostgresTx(PostgresConnection& connection) : connection_(connection) {}
  Status Script(std::string_view sql) override {
    if (failure_) return *failure_;
    return Keep(connection_.Script(sql));
  }
  Status LockMigrations() override {
    TINHSO_TRY(Query(kLockMigrations, {}));
    return Ok();
  }
  // Whether the function has seen an answer of the server.
  bool answered() const { return answered_; }

 private:
  Status Keep(Status status) {
    if (!status.ok() && !failure_) failure_ = status.error();
    if (status.ok()) answered_ = true;
    return status;
  }
  Result<Rows> DoQuery(const Sql& sql, std::span<const Param> params) override {
    if (failure_) return *failure_;
    Rows rows;
    TINHSO_TRY(Keep(connection_.Run(sql.text(), params, &rows, nullptr)));
    return rows;
  }
  Result<int64_t> DoExecute(const Sql& sql, std::span<const Param> params) override {
    if (failure_) return *failure_;
    int64_t changed = 0;
    TINHSO_TRY(Keep(connection_.Run(sql.text(), params, nullptr, &changed)));
    return changed;
  }
  Status DoForEach(const Sql& sql, std::span<const Param> params, const std::function<bool(const Row&)>& fn) override {
    if (failure_) return *failure_;
    const std::function<bool(const Row&)> give = [&](const Row& row) {
      answered_ = true;
      return fn(row);
    };
    TINHSO_TRY(Keep(connection_.Stream(sql.text(), params, give)));
    if (failure_) return *failure_;
    return Ok();
  }

  PostgresConnection& connection_;
  bool answered_ = false;
};

class PostgresDatabase : public Database {
 public:
  explicit PostgresDatabase(const Options& options) : options_(options) {}

  Status Migrate(std::span<const MigrationSet> sets) override {
    return RunMigrations(sets, [this](const std::function<Status(EngineTx&)>& fn) {
      return DoWrite([&](Tx& tx) { return fn(static_cast<EngineTx&>(tx)); });
    });
  }

  bool is_postgres() const override { return true; }

  Status Ping() override {
    return DoRead([](Tx& tx) -> Status {
      TINHSO_TRY(tx.QueryOne("SELECT 1", {}));
      return Ok();
    });
  }

  // PostgreSQL checks its pages itself (data checksums, amcheck); what we can ask is whether every foreign key and
  // constraint is valid.
  Result<std::vector<std::string>> CheckIntegrity() override {
    std::vector<std::string> problems;
    TINHSO_TRY(DoRead([&](Tx& tx) -> Status {
      TINHSO_ASSIGN(auto rows, tx.Query("SELECT conname FROM pg_constraint WHERE NOT convalidated ORDER BY conname", {}));
      for (const Row& row : rows) problems.push_back("constraint not validated: " + row.Text(0));
      return Ok();
    }));
    return problems;
  }

 private:
  // Gives the connection back when it leaves.
  class Lease {
   public:
    Lease(PostgresDatabase& database, std::unique_ptr<PostgresConnection> connection)
        : database_(&database), connection_(std::move(connection)) {}
    Lease(Lease&&) = default;
    ~Lease() {
      if (connection_) database_->GiveBack(std::move(connection_));
    }
    PostgresConnection& operator*() { return *connection_; }
    PostgresConnection* operator->() { return connection_.get(); }

   private:
    PostgresDatabase* database_;
    std::unique_ptr<PostgresConnection> connection_;
  };

  Result<Lease> Take() {
    {
      std::unique_lock lock(mutex_);
      const bool got = freed_.wait_for(lock, std::chrono::milliseconds(kLeaseWaitMs),
                                       [&] { return !free_.empty() || open_ < options_.readers; });
      if (!got) return MakeError(ErrorCode::kUnavailable, "db_busy", "no free connection");
      if (!free_.empty()) {
        Lease lease(*this, std::move(free_.back()));
        free_.pop_back();
        return lease;
      }
      ++open_;
    }
    auto opened = PostgresConnection::Open(options_.postgres_url);
    if (!opened.ok()) {
      Forget();
      return std::move(opened.error());
    }
    return Lease(*this, std::move(*opened));
  }

  void Forget() {
    {
      std::lock_guard lock(mutex_);
      --open_;
    }
    freed_.notify_one();
  }

  void GiveBack(std::unique_ptr<PostgresConnection> connection) {
    connection->Rollback();
    if (!connection->Sound()) {
      connection.reset();
      Forget();
      // The server probably went away for all: the idle ones are tried no more.
      std::vector<std::unique_ptr<PostgresConnection>> stale;
      {
        std::lock_guard lock(mutex_);
        stale.swap(free_);
        open_ -= static_cast<int>(stale.size());
      }
      freed_.notify_all();
      return;
    }
    {
      std::lock_guard lock(mutex_);
      free_.push_back(std::move(connection));
    }
    freed_.notify_one();
  }

  // One attempt. `again` is set when the server has rolled the transaction back for a passing reason.
  Status Attempt(PostgresConnection::Mode mode, const std::function<Status(Tx&)>& fn, bool& again) {
    auto lease = Take();
    if (!lease.ok()) {
      again = lease.error().reason == "db_connection";
      return std::move(lease.error());
    }
    PostgresConnection& connection = **lease;
    connection.Begin(mode);
    PostgresTx tx(connection);
    Status status = Ok();
    {
      TxScope scope(this, &tx, mode == PostgresConnection::Mode::kWrite);
      status = CallGuarded(fn, tx);
    }
    if (status.ok() && tx.failure()) status = *tx.failure();
    if (tx.failure()) {
      // Only a write's function is written to be run twice; a read's may have handed rows on already.
      again = IsPassing(*tx.failure()) && (mode == PostgresConnection::Mode::kWrite || !tx.answered());
      connection.Rollback();
      return status;
    }
    if (!status.ok()) {
      connection.Rollback();
      return status;
    }
    bool outcome_unknown = false;
    Status committed = connection.Commit(outcome_unknown);
    // When the connection broke under COMMIT the work may be done: running it again could do it twice. The caller
    // gets "db_connection" and his idempotency key decides.
    again = !committed.ok() && !outcome_unknown && IsPassing(committed.error()) &&
            mode == PostgresConnection::Mode::kWrite;
    return committed;
  }

  static bool IsPassing(const Error& error) {
    return error.reason == "db_serialization" || error.reason == "db_connection";
  }

  Status Retried(PostgresConnection::Mode mode, const std::function<Status(Tx&)>& fn) {
    for (int attempt = 1;; ++attempt) {
      bool again = false;
      Status status = Attempt(mode, fn, again);
      if (status.ok() || !again || attempt == kWriteAttemptsMax) return status;
      // Threads that collided must not collide again in step.
      const auto spread = std::hash<std::thread::id>()(std::this_thread::get_id()) % kBackoffMs;
      std::this_thread::sleep_for(std::chrono::milliseconds((kBackoffMs << (attempt - 1)) + spread));
    }
  }

  Status DoRead(const std::function<Status(Tx&)>& fn) override {
    if (Tx* outer = TxScope::Running(this)) return CallGuarded(fn, *outer);
    // A read is run again only before its first answer: the pool may hold connections cut by a restart of the server.
    return Retried(PostgresConnection::Mode::kRead, fn);
  }

  Status DoWrite(const std::function<Status(Tx&)>& fn) override {
    if (TxScope::Writing(this)) return NestedWriteError();
    return Retried(PostgresConnection::Mode::kWrite, fn);
  }

  const Options options_;
  std::mutex mutex_;
  std::condition_variable freed_;
  std::vector<std::unique_ptr<PostgresConnection>> free_;
  int open_ = 0;
};

}  // namespace

Result<std::unique_ptr<Database>> OpenPostgres(const Options& options) {
  auto database = std::make_unique<PostgresDatabase>(options);
  TINHSO_TRY(database->Ping());
  return std::unique_ptr<Database>(std::move(database));
}

}  // namespace tinhso::db::internal
