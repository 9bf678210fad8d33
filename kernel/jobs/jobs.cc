#include "kernel/jobs/jobs.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>

#include "base/ids.h"
#include "store.h"

namespace tinhso::jobs {
namespace {

// Wait after attempt n: 2 s, 4 s, 8 s … at most 15 min.
constexpr int64_t kBackoffFirstUs = 2 * kUsPerSecond;
constexpr int64_t kBackoffMaxUs = 15 * 60 * kUsPerSecond;
constexpr size_t kLastErrorBytesMax = 500;
// Finished jobs are kept this long: for the administrator, and so that a dedup_key still holds.
constexpr int64_t kDoneKeptUs = 30 * kUsPerDay;
constexpr int kClaimTriesMax = 3;
constexpr int64_t kSweepPeriodUs = 3600 * kUsPerSecond;

int64_t BackoffUs(int64_t attempt) {
  const int64_t doublings = std::clamp<int64_t>(attempt - 1, 0, 20);
  return std::min(kBackoffFirstUs << doublings, kBackoffMaxUs);
}

std::string ErrorText(const Error& error) {
  std::string text = error.reason;
  if (!error.detail.empty()) text += ": " + error.detail;
  if (text.size() > kLastErrorBytesMax) {
    text.resize(kLastErrorBytesMax);
    // not in the middle of a character
    while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xc0) == 0x80) text.pop_back();
    if (!text.empty() && static_cast<unsigned char>(text.back()) >= 0xc0) text.pop_back();
  }
  return text;
}

}  // namespace

Result<int64_t> Enqueue(db::Tx& tx, const NewJob& job, TimeUs now_us) {
  const int64_t job_id = NewId();
  TINHSO_ASSIGN(const bool made, store::Insert(tx, {job.authority_id, job_id, job.kind, job.dedup_key,
                                                    json::serialize(job.payload),
                                                    job.run_at_us == 0 ? now_us : job.run_at_us, now_us}));
  return made ? job_id : int64_t{0};
}

Result<Counts> Count(db::Database& database) {
  return database.Read([](db::Tx& tx) { return store::Count(tx); });
}

struct Runner::Impl {
  struct Tick {
    int64_t period_us;
    std::function<void()> run;
  };
  // A job that has run and is to be recorded.
  struct Outcome {
    store::JobKey key;
    int64_t lease_token;
    int64_t attempt;
    Status status;
  };
  struct Claimed {
    store::ClaimedRow row;
    int64_t lease_token;
  };

  Impl(db::Database& d, const Clock& c, RunnerOptions o) : database(d), clock(c), options(o) {}

  Status Record(db::Tx& tx, const Outcome& outcome, TimeUs now_us) const {
    if (outcome.status.ok()) return store::Finish(tx, outcome.key, outcome.lease_token, "done", "", now_us);
    const std::string text = ErrorText(outcome.status.error());
    if (outcome.attempt >= options.attempts_max)
      return store::Finish(tx, outcome.key, outcome.lease_token, "dead", text, now_us);
    return store::Reschedule(tx, outcome.key, outcome.lease_token, now_us + BackoffUs(outcome.attempt), text);
  }

  // Records the last outcome and takes the next job: in one commit, unless that would touch two authorities' rows on
  // PostgreSQL (ARCHITECTURE, storage rules).
  Result<std::optional<Claimed>> Next(const std::optional<Outcome>& outcome, bool claim) {
    const TimeUs now_us = clock.NowUs();
    bool recorded = !outcome;
    for (int tries = 1;; ++tries) {
      std::optional<int64_t> due;
      if (claim) {
        TINHSO_ASSIGN(due, database.Read([&](db::Tx& tx) { return store::DueAuthority(tx, now_us); }));
      }
      if (!recorded && !(due && (*due == outcome->key.authority_id || !database.is_postgres()))) {
        TINHSO_TRY(database.Write([&](db::Tx& tx) { return Record(tx, *outcome, now_us); }));
        recorded = true;
      }
      if (!due) return std::optional<Claimed>();
      TINHSO_ASSIGN(auto next, database.Write([&](db::Tx& tx) -> Result<std::optional<Claimed>> {
        if (!recorded) TINHSO_TRY(Record(tx, *outcome, now_us));
        const int64_t lease_token = NewId();
        TINHSO_ASSIGN(auto row, store::Claim(tx, *due, now_us, now_us + options.lease_s * kUsPerSecond, lease_token));
        if (!row) return std::optional<Claimed>();
        return std::optional(Claimed{std::move(*row), lease_token});
      }));
      recorded = true;
      // Another worker was faster; there may be other work.
      if (next || tries == kClaimTriesMax) return next;
    }
  }

  Outcome Run(const Claimed& claimed) {
    const auto& row = claimed.row;
    Outcome outcome{{row.authority_id, row.job_id}, claimed.lease_token, row.attempts, Ok()};
    if (row.attempts > options.attempts_max) {
      // Every attempt ended with its lease running out: the job probably kills its process.
      outcome.status = MakeError(ErrorCode::kInternal, "job_lease_expired", "no attempt ended within its lease");
      return outcome;
    }
    const auto handler = handlers.find(row.kind);
    if (handler == handlers.end()) {
      outcome.status = MakeError(ErrorCode::kInternal, "job_kind_unknown", row.kind);
      return outcome;
    }
    auto payload = json::Parse(row.payload);
    if (!payload.ok() || !payload->is_object()) {
      outcome.status = MakeError(ErrorCode::kInternal, "job_payload_malformed");
      return outcome;
    }
    const Job job{row.authority_id, row.job_id, row.kind, std::move(payload->as_object()), static_cast<int>(row.attempts)};
    try {
      outcome.status = handler->second(job);
    } catch (const std::exception& e) {
      outcome.status = MakeError(ErrorCode::kInternal, "job_exception", e.what());
    } catch (...) {
      outcome.status = MakeError(ErrorCode::kInternal, "job_exception");
    }
    return outcome;
  }

  // Runs due jobs until none is left or `keep_going` says no.
  Result<int> Drain(const std::function<bool()>& keep_going) {
    int ran = 0;
    std::optional<Outcome> outcome;
    for (;;) {
      auto next = Next(outcome, keep_going());
      // When recording failed, the lease runs out and the job runs again: handlers are idempotent.
      if (!next.ok()) return std::move(next.error());
      if (!*next) return ran;
      outcome.emplace(Run(**next));
      ++ran;
    }
  }

  void WorkerLoop() {
    uint64_t seen_wake = 0;
    for (;;) {
      {
        std::lock_guard lock(mutex);
        if (stopping) return;
        seen_wake = wakes;
      }
      // Errors (a busy database, a full disk) are met again after the pause.
      (void)Drain([this] { return !stop_flag.load(); });
      std::unique_lock lock(mutex);
      woken.wait_for(lock, std::chrono::milliseconds(options.idle_poll_ms),
                       [&] { return stopping || wakes != seen_wake; });
    }
  }

  void TickLoop(const Tick& tick) {
    std::unique_lock lock(mutex);
    while (!stopping) {
      lock.unlock();
      try {
        tick.run();
      } catch (...) {
        // upkeep comes again after its period
      }
      lock.lock();
      stopped.wait_for(lock, std::chrono::microseconds(tick.period_us), [&] { return stopping; });
    }
  }

  db::Database& database;
  const Clock& clock;
  const RunnerOptions options;
  std::map<std::string, Handler> handlers;
  std::vector<Tick> ticks;
  std::vector<std::thread> threads;

  std::mutex mutex;
  // Apart, so that a new job does not rouse the upkeep.
  std::condition_variable woken, stopped;
  bool stopping = false;
  std::atomic<bool> stop_flag = false;
  uint64_t wakes = 0;
};

Runner::Runner(db::Database& database, const Clock& clock, RunnerOptions options)
    : impl_(std::make_unique<Impl>(database, clock, options)) {
  Every(kSweepPeriodUs, [this] { (void)Sweep(); });
}

Runner::~Runner() { Stop(); }

void Runner::On(std::string kind, Handler handler) { impl_->handlers[std::move(kind)] = std::move(handler); }

void Runner::Every(int64_t period_us, std::function<void()> tick) {
  impl_->ticks.push_back({period_us, std::move(tick)});
}

void Runner::Start() {
  if (!impl_->threads.empty()) return;
  {
    std::lock_guard lock(impl_->mutex);
    impl_->stopping = false;
    impl_->stop_flag = false;
  }
  for (int i = 0; i < impl_->options.threads; ++i)
    impl_->threads.emplace_back([impl = impl_.get()] { impl->WorkerLoop(); });
  // A thread each: a long sweep must not make a server miss what others have changed.
  for (const Impl::Tick& tick : impl_->ticks)
    impl_->threads.emplace_back([impl = impl_.get(), &tick] { impl->TickLoop(tick); });
}

void Runner::Stop() {
  {
    std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
    impl_->stop_flag = true;
  }
  impl_->woken.notify_all();
  impl_->stopped.notify_all();
  for (auto& thread : impl_->threads) thread.join();
  impl_->threads.clear();
}

void Runner::Wake() {
  {
    std::lock_guard lock(impl_->mutex);
    ++impl_->wakes;
  }
  impl_->woken.notify_all();
}

Result<int64_t> Runner::Sweep() {
  const TimeUs before_us = impl_->clock.NowUs() - kDoneKeptUs;
  return impl_->database.Write([&](db::Tx& tx) { return store::DeleteDoneBefore(tx, before_us); });
}

Result<int> Runner::RunWhile(const std::function<bool()>& keep_going) { return impl_->Drain(keep_going); }

Result<int> Runner::RunDue() {
  return impl_->Drain([] { return true; });
}

}  // namespace tinhso::jobs
