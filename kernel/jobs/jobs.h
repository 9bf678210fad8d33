// Outbox and background jobs: enqueued in the business transaction, leased, retried with backoff, visible when dead.
// A job may run more than once (crash after work, before completion): handlers must be idempotent on job_id.
// Thread rule: Enqueue runs in the caller's Tx; Runner owns its threads.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "kernel/db/db.h"
#include "kernel/http/http.h"

TINHSO_DECLARE_MIGRATIONS(kernel_jobs);

namespace tinhso::jobs {

struct NewJob {
  int64_t authority_id = 0;
  std::string kind;        // "dossier.render_result"
  json::object payload;
  TimeUs run_at_us = 0;    // not before; 0 = at once
  std::string dedup_key;   // "" = none; a second job with the same kind and key is not made
};
// Returns the job_id (0 when dropped as duplicate).
Result<int64_t> Enqueue(db::Tx& tx, const NewJob& job, TimeUs now_us);

struct Job {
  int64_t authority_id, job_id;
  std::string kind;
  json::object payload;
  int attempt;  // 1-based
};
using Handler = std::function<Status(const Job&)>;

struct RunnerOptions {
  int threads = 1;
  int lease_s = 60;
  int attempts_max = 8;          // then dead
  int idle_poll_ms = 500;        // Wake() cuts the wait short
};

class Runner {
 public:
  Runner(db::Database& database, const Clock& clock, RunnerOptions options);
  ~Runner();
  void On(std::string kind, Handler handler);          // before Start
  // Periodic upkeep (sealer, sweeps), each on a thread of its own; before Start. The first runs at once.
  void Every(int64_t period_us, std::function<void()> tick);
  void Start();
  void Stop();  // waits for running handlers
  void Wake();
  // Runs due jobs on this thread until none is left; for tests and the command line. Returns how many ran.
  Result<int> RunDue();
  // The same until `keep_going` says no, which is asked before each job.
  Result<int> RunWhile(const std::function<bool()>& keep_going);
  // Deletes what was done long ago, and says how many; by itself once in a while after Start.
  Result<int64_t> Sweep();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

struct Counts {
  int64_t waiting = 0, running = 0, done = 0, dead = 0;
};
Result<Counts> Count(db::Database& database);

// GET /api/v1/admin/jobs, POST /api/v1/admin/jobs/{job_id}/retry, POST /api/v1/admin/jobs/{job_id}/discard
std::vector<http::Route> Routes(db::Database& database, const Clock& clock, Runner* runner);

}  // namespace tinhso::jobs
