// PostgreSQL: leased connections; a write that the server has rolled back for a passing reason is run again, and a lost
// answer to COMMIT is cleared up by asking what became of the transaction (docs/adr/0015-postgres-retries-and-lost-commits.md).
#include <atomic>
#include <chrono>
#include <random>
#include <thread>

#include "base/clock.h"
#include "pool.h"
#include "postgres_connection.h"

namespace tinhso::db::internal {
namespace {

constexpr int kAttemptsMax = 6;
constexpr int kBackoffMs = 5;  // doubled at each attempt: 5, 10, 20, 40, 80, of each a random half
// No further attempt after so long: the caller is better off with an answer.
constexpr int64_t kRetryWindowUs = 15 * kUsPerSecond;
// How long the server is asked what became of a transaction, and after how long its process is told to end.
constexpr int64_t kResolveWindowUs = 10 * kUsPerSecond;
constexpr int64_t kResolveEndUs = 1 * kUsPerSecond;
constexpr int kResolvePauseMs = 50;

constexpr Sql kTransactionStatus =
    "SELECT pg_xact_status(CAST($1 AS xid8)), "
    "CAST(pg_postmaster_start_time() AS TEXT) || ' ' || (SELECT CAST(stats_reset AS TEXT) FROM pg_stat_bgwriter)";
constexpr Sql kEndProcess =
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = $1 AND backend_xid = CAST(CAST($2 AS xid8) AS xid)";

void Pause(int ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

// Threads that collided must not collide again in step.
int Jittered(int ms) {
  thread_local std::minstd_rand random{std::random_device{}()};
  return ms / 2 + static_cast<int>(random() % static_cast<unsigned>(ms / 2 + 1));
}

class PostgresDatabase : public Database {
 public:
  explicit PostgresDatabase(const Options& options)
      : pool_(options.readers, [settings = PostgresConnection::Settings{options.postgres_url, options.statement_timeout_ms}] {
          return PostgresConnection::Open(settings);
        }) {}

  Status Migrate(std::span<const MigrationSet> sets) override {
    return RunMigrations(sets, [this](const std::function<Status(EngineTx&)>& fn) {
      return DoWrite([&](Tx& tx) { return fn(static_cast<EngineTx&>(tx)); });
    });
  }

  bool is_postgres() const override { return true; }

  Stats stats() const override {
    Stats out;
    pool_.AddTo(out);
    out.retries = retries_;
    out.commits_resolved = commits_resolved_;
    out.commits_unknown = commits_unknown_;
    return out;
  }

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
  using Mode = PostgresConnection::Mode;

  // A transaction whose connection broke under COMMIT.
  struct Lost {
    std::string transaction_id, server_run;
    int backend_pid = 0;
  };

  // One attempt. `again` is set when the server has rolled the transaction back for a passing reason.
  Status Attempt(Mode mode, const std::function<Status(Tx&)>& fn, bool& again) {
    Lost lost;
    {
      auto lease = pool_.Take();
      if (!lease.ok()) {
        again = lease.error().reason == "db_connection";
        return std::move(lease.error());
      }
      PostgresConnection& connection = **lease;
      connection.Begin(mode);
      EngineTx tx(connection);
      Status status = Ok();
      {
        TxScope scope(this, &tx, mode == Mode::kWrite);
        status = CallGuarded(fn, tx);
      }
      if (status.ok() && tx.failure()) status = *tx.failure();
      if (tx.failure()) {
        // Only a write's function is written to be run twice; a read's may have handed rows on already.
        again = IsPassing(*tx.failure()) && (mode == Mode::kWrite || !tx.answered());
        return status;
      }
      if (!status.ok()) return status;
      bool outcome_unknown = false;
      Status committed = connection.Commit(outcome_unknown);
      if (committed.ok() || mode == Mode::kRead) return Ok();  // a read's rows are complete
      if (!outcome_unknown) {
        again = IsPassing(committed.error());
        return committed;
      }
      lost = {connection.transaction_id(), connection.server_run(), connection.backend_pid()};
    }
    return Resolve(lost, again);
  }

  // Asks on a new connection what became of the transaction: done, or to be run again. A process of the server that still
  // works on it, cut off from us, is ended after a while: then one of the two is true. After a crash of the server
  // "committed" may be said of another transaction, to which it gave the lost one's number: only that stays unknown.
  Status Resolve(const Lost& lost, bool& again) {
    const int64_t since_us = MonotonicUs();
    while (MonotonicUs() - since_us < kResolveWindowUs) {
      std::string state, server_run;
      bool unused = false;
      const bool end = MonotonicUs() - since_us > kResolveEndUs;
      const Status asked = Attempt(Mode::kRead, [&](Tx& tx) -> Status {
        TINHSO_ASSIGN(auto row, tx.QueryOne(kTransactionStatus, {lost.transaction_id}));
        state = row->Text(0);
        server_run = row->Text(1);
        if (end && state == "in progress") TINHSO_TRY(tx.Query(kEndProcess, {lost.backend_pid, lost.transaction_id}));
        return Ok();
      }, unused);
      const bool same_run = server_run == lost.server_run;
      if (asked.ok() && state == "committed") {
        if (!same_run) break;
        ++commits_resolved_;
        return Ok();
      }
      if (asked.ok() && (state == "aborted" || (state == "in progress" && !same_run))) {
        ++commits_resolved_;
        again = true;
        return PostgresError("", "connection lost under COMMIT", "COMMIT");
      }
      Pause(kResolvePauseMs);
    }
    ++commits_unknown_;
    Error error = MakeError(ErrorCode::kUnavailable, "db_outcome_unknown", "connection lost under COMMIT");
    error.retry_after_s = 2;
    return error;
  }

  static bool IsPassing(const Error& error) {
    return error.reason == "db_serialization" || error.reason == "db_connection";
  }

  Status Retried(Mode mode, const std::function<Status(Tx&)>& fn) {
    const int64_t since_us = MonotonicUs();
    for (int attempt = 1;; ++attempt) {
      bool again = false;
      Status status = Attempt(mode, fn, again);
      if (status.ok() || !again || attempt == kAttemptsMax || MonotonicUs() - since_us > kRetryWindowUs) return status;
      ++retries_;
      Pause(Jittered(kBackoffMs << (attempt - 1)));
    }
  }

  Status DoRead(const std::function<Status(Tx&)>& fn) override {
    if (Tx* outer = TxScope::Running(this)) return CallGuarded(fn, *outer);
    // A read is run again only before its first answer: the pool may hold connections cut by a restart of the server.
    return Retried(Mode::kRead, fn);
  }

  Status DoWrite(const std::function<Status(Tx&)>& fn) override {
    if (TxScope::Writing(this)) return NestedWriteError();
    return Retried(Mode::kWrite, fn);
  }

  Pool<PostgresConnection> pool_;
  std::atomic<int64_t> retries_ = 0, commits_resolved_ = 0, commits_unknown_ = 0;
};

}  // namespace

Result<std::unique_ptr<Database>> OpenPostgres(const Options& options) {
  auto database = std::make_unique<PostgresDatabase>(options);
  TINHSO_TRY(database->Ping());
  return std::unique_ptr<Database>(std::move(database));
}

}  // namespace tinhso::db::internal
