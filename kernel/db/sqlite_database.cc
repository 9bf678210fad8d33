// SQLite: a pool of read connections and one writer thread that commits in groups (docs/adr/0003-group-commit.md).
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

#include "base/clock.h"
#include "pool.h"
#include "sqlite_connection.h"

namespace tinhso::db::internal {
namespace {

// Pages in the WAL at which it is copied back into the database, and at which the writer waits for readers so that
// the WAL can start over: the bound on its size (16,000 pages of 4 KiB = 62 MiB).
constexpr int kWalCheckpointPages = 4'000;
constexpr int kWalRestartPages = 16'000;
constexpr int kWalRestartWaitMs = 200;
// The longest the writer waits for a group to fill again.
constexpr int64_t kGroupWaitUsMax = 1'000;

class SqliteDatabase : public Database {
 public:
  SqliteDatabase(const Options& options, std::unique_ptr<SqliteConnection> writer)
      : options_(options), writer_(std::move(writer)), readers_(options.readers, [path = options.sqlite_path] {
          return SqliteConnection::Open(path, SqliteConnection::Kind::kReader);
        }) {
    sqlite3_wal_hook(writer_->handle(), &SqliteDatabase::OnWal, this);
    thread_ = std::thread([this] { WriterLoop(); });
  }

  ~SqliteDatabase() override {
    {
      std::lock_guard lock(queue_mutex_);
      stopping_ = true;
    }
    queue_filled_.notify_all();
    thread_.join();
    // Readers first: the last connection to close folds the WAL into the database, and it must be able to write.
    readers_.Clear();
  }

  Status Migrate(std::span<const MigrationSet> sets) override {
    return RunMigrations(sets, [this](const std::function<Status(EngineTx&)>& fn) {
      return DoWrite([&](Tx& tx) { return fn(static_cast<EngineTx&>(tx)); });
    });
  }

  bool is_postgres() const override { return false; }

  Stats stats() const override {
    Stats out;
    readers_.AddTo(out);
    std::lock_guard lock(queue_mutex_);
    out.writes_waiting = static_cast<int64_t>(queue_.size());
    return out;
  }

  Status Ping() override {
    return DoRead([](Tx& tx) -> Status {
      TINHSO_TRY(tx.QueryOne("SELECT 1", {}));
      return Ok();
    });
  }

  Result<std::vector<std::string>> CheckIntegrity() override {
    std::vector<std::string> problems;
    TINHSO_TRY(DoRead([&](Tx& tx) -> Status {
      TINHSO_ASSIGN(auto pages, tx.Query("PRAGMA integrity_check", {}));
      for (const Row& row : pages)
        if (row.Text(0) != "ok") problems.push_back(row.Text(0));
      TINHSO_ASSIGN(auto keys, tx.Query("PRAGMA foreign_key_check", {}));
      for (const Row& row : keys)
        problems.push_back("foreign key: " + row.Text(0) + " row " + row.Text(1) + " points to no " + row.Text(2));
      return Ok();
    }));
    return problems;
  }

 private:
  // Where a thread waits for its answer. One per thread, held by the writer too until it has called: a caller that is called while
  // its mutex is still held would wake only to wait again.
  struct Waiter {
    std::mutex mutex;
    std::condition_variable finished;
    bool done = false;
  };

  // On the waiting caller's stack; gone as soon as the waiter's `done` is set.
  struct Job {
    explicit Job(const std::function<Status(Tx&)>& f, std::shared_ptr<Waiter> w) : fn(f), waiter(std::move(w)) {}
    const std::function<Status(Tx&)>& fn;
    Status status = Ok();
    // The engine's error, kept apart from `status`, which may be the caller's own business error.
    std::optional<Error> engine_failure;
    std::shared_ptr<Waiter> waiter;
  };

  static int OnWal(void* self, sqlite3*, const char*, int pages) {
    static_cast<SqliteDatabase*>(self)->wal_pages_ = pages;
    return SQLITE_OK;
  }

  Status DoWrite(const std::function<Status(Tx&)>& fn) override {
    if (TxScope::Writing(this)) return NestedWriteError();
    thread_local const auto waiter = std::make_shared<Waiter>();
    waiter->done = false;
    Job job(fn, waiter);
    {
      std::lock_guard lock(queue_mutex_);
      if (stopping_) return BusyError("the database is closing");
      if (queue_.size() >= static_cast<size_t>(options_.write_queue_max)) return BusyError("the write queue is full");
      queue_.push_back(&job);
    }
    queue_filled_.notify_one();
    std::unique_lock lock(waiter->mutex);
    waiter->finished.wait(lock, [] { return waiter->done; });
    return std::move(job.status);
  }

  void WriterLoop() {
    std::vector<Job*> group;
    size_t last_group = 0;
    int64_t last_commit_us = 0;
    for (;;) {
      group.clear();
      {
        std::unique_lock lock(queue_mutex_);
        queue_filled_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
        if (queue_.empty()) return;
        // The callers of the last group are on their way back with their next write. Waiting for them a part of
        // what a commit costs makes groups larger under load; a lone writer never waits.
        if (last_group > 1 && queue_.size() < last_group && !stopping_) {
          const int64_t wait_us = std::min(last_commit_us / 2, kGroupWaitUsMax);
          queue_filled_.wait_for(lock, std::chrono::microseconds(wait_us),
                                 [&] { return stopping_ || queue_.size() >= last_group; });
        }
        while (!queue_.empty() && group.size() < static_cast<size_t>(options_.write_batch_max)) {
          group.push_back(queue_.front());
          queue_.pop_front();
        }
      }
      last_group = group.size();
      std::span<Job*> rest(group);
      while (!rest.empty()) rest = rest.subspan(RunGroup(rest, last_commit_us));
      Checkpoint();
    }
  }

  // Runs jobs in one transaction and answers them. Returns how many were answered: fewer than given when the engine
  // ended the transaction by itself, so that jobs that had not begun get a transaction of their own.
  // A savepoint copies every page that a job then changes, so there is none until a job fails: then nothing of the group
  // has happened, and it is run again with one for each job. Write() says that a function may run more than once.
  size_t RunGroup(std::span<Job*> group, int64_t& commit_us) {
    if (auto answered = TryGroup(group, /*apart=*/false, commit_us)) return *answered;
    for (Job* job : group) {
      job->status = Ok();
      job->engine_failure.reset();
    }
    return *TryGroup(group, /*apart=*/true, commit_us);
  }

  // std::nullopt: a job failed beside others and they are not `apart`; the transaction is undone and nobody answered.
  std::optional<size_t> TryGroup(std::span<Job*> group, bool apart, int64_t& commit_us) {
    if (Status begun = writer_->Run("BEGIN IMMEDIATE"); !begun.ok()) {
      Answer(group, &begun.error());
      return group.size();
    }
    for (size_t i = 0; i < group.size(); ++i) {
      if (apart) RunApart(*group[i]);
      else RunJob(*group[i]);
      if (!writer_->InTransaction()) {
        // Disk full or an I/O error rolled back the whole transaction, also what earlier jobs had done.
        const Error error = group[i]->engine_failure.value_or(
            MakeError(ErrorCode::kInternal, "db_error", "the engine ended the transaction"));
        Answer(group.subspan(0, i + 1), &error);
        return i + 1;
      }
      if (!apart && !group[i]->status.ok()) {
        Rollback();
        if (group.size() > 1) return std::nullopt;
        Answer(group, nullptr);
        return 1;
      }
    }
    const int64_t before_us = MonotonicUs();
    Status committed = writer_->Run("COMMIT");
    commit_us = MonotonicUs() - before_us;
    if (!committed.ok() && writer_->InTransaction()) Rollback();
    Answer(group, committed.ok() ? nullptr : &committed.error());
    return group.size();
  }

  void Rollback() {
    if (Status undone = writer_->Run("ROLLBACK"); !undone.ok()) (void)writer_->Script("ROLLBACK");
  }

  void RunJob(Job& job) {
    EngineTx tx(*writer_);
    TxScope scope(this, &tx, /*writing=*/true);
    job.status = CallGuarded(job.fn, tx);
    job.engine_failure = tx.failure();
    if (job.status.ok() && tx.failure()) job.status = *tx.failure();
  }

  // With a savepoint, so that a failure undoes this job alone.
  void RunApart(Job& job) {
    if (Status point = writer_->Run("SAVEPOINT job"); !point.ok()) {
      job.status = std::move(point);
      return;
    }
    RunJob(job);
    if (!writer_->InTransaction()) return;
    if (!job.status.ok()) {
      if (Status undone = writer_->Run("ROLLBACK TO job"); !undone.ok()) {
        // What the job did cannot be told apart any more: nothing of the group may be committed.
        job.engine_failure = undone.error();
        (void)writer_->Script("ROLLBACK");
        return;
      }
    }
    if (Status released = writer_->Run("RELEASE job"); !released.ok() && job.status.ok()) job.status = released;
  }

  // `error` replaces the status of the jobs that had succeeded: their work is gone.
  static void Answer(std::span<Job*> group, const Error* error) {
    for (Job* job : group) {
      if (error && job->status.ok()) job->status = *error;
      const auto waiter = std::move(job->waiter);
      {
        std::lock_guard lock(waiter->mutex);
        waiter->done = true;
      }
      waiter->finished.notify_one();
    }
  }

  // After the waiters are answered, so that no request pays for it.
  void Checkpoint() {
    if (wal_pages_ < kWalCheckpointPages) return;
    const bool restart = wal_pages_ >= kWalRestartPages;
    if (restart) sqlite3_busy_timeout(writer_->handle(), kWalRestartWaitMs);
    sqlite3_wal_checkpoint_v2(writer_->handle(), nullptr,
                              restart ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
    if (restart) sqlite3_busy_timeout(writer_->handle(), kLeaseWaitMs);
  }

  Status DoRead(const std::function<Status(Tx&)>& fn) override {
    if (Tx* outer = TxScope::Running(this)) return CallGuarded(fn, *outer);
    TINHSO_ASSIGN(auto reader, readers_.Take());
    Status status = reader->Run("BEGIN");
    if (status.ok()) {
      EngineTx tx(*reader);
      TxScope scope(this, &tx, /*writing=*/false);
      status = CallGuarded(fn, tx);
      if (status.ok() && tx.failure()) status = *tx.failure();
    }
    if (reader->InTransaction()) {
      if (Status ended = reader->Run("COMMIT"); !ended.ok() && status.ok()) status = ended;
    }
    return status;
  }

  const Options options_;
  std::unique_ptr<SqliteConnection> writer_;
  int wal_pages_ = 0;  // writer thread only

  mutable std::mutex queue_mutex_;
  std::condition_variable queue_filled_;
  std::deque<Job*> queue_;
  bool stopping_ = false;

  Pool<SqliteConnection> readers_;

  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<Database>> OpenSqlite(const Options& options) {
  // SQLite's memory statistics take one global mutex at every allocation.
  static const int quiet = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  (void)quiet;
  TINHSO_ASSIGN(auto writer, SqliteConnection::Open(options.sqlite_path, SqliteConnection::Kind::kWriter));
  return std::unique_ptr<Database>(std::make_unique<SqliteDatabase>(options, std::move(writer)));
}

}  // namespace tinhso::db::internal
