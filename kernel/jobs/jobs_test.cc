#include "kernel/jobs/jobs.h"

#include <gmock/gmock.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

#include "kernel/audit/audit.h"
#include "kernel/db_testing/db_testing.h"

namespace tinhso::jobs {
namespace {

using ::testing::ElementsAre;

constexpr TimeUs kNow = 1'790'000'000'000'000;

class JobsTest : public db_testing::DbTest {
 protected:
  void SetUp() override { Migrate({db::Migrations_kernel_audit(), db::Migrations_kernel_jobs()}); }

  int64_t Add(NewJob job) {
    auto job_id = database().Write([&](db::Tx& tx) { return Enqueue(tx, job, clock_.NowUs()); });
    EXPECT_TRUE(job_id.ok()) << job_id.error().detail;
    return job_id.ok() ? *job_id : -1;
  }
  NewJob Make(std::string kind, int n = 0) {
    NewJob job;
    job.authority_id = 1;
    job.kind = std::move(kind);
    job.payload = {{"n", n}};
    return job;
  }
  int RunDue(Runner& runner) {
    auto ran = runner.RunDue();
    EXPECT_TRUE(ran.ok()) << ran.error().detail;
    return ran.ok() ? *ran : -1;
  }
  Counts Counted() {
    auto counts = Count(database());
    EXPECT_TRUE(counts.ok());
    return counts.ok() ? *counts : Counts{};
  }
  std::string Text(const db::Sql& sql) {
    auto row = database().Read([&](db::Tx& tx) { return tx.QueryOne(sql, {}); });
    return row.ok() && *row ? (*row)->Text(0) : "";
  }

  FixedClock clock_{kNow};
};
TINHSO_ON_BOTH_ENGINES(JobsTest);

TEST_P(JobsTest, RunsDueJobsInOrderWithTheirPayload) {
  Runner runner(database(), clock_, {});
  std::vector<int64_t> seen;
  runner.On("a", [&](const Job& job) -> Status {
    EXPECT_EQ(job.attempt, 1);
    EXPECT_EQ(job.authority_id, 1);
    seen.push_back(json::GetInt(job.payload, "n"));
    return Ok();
  });
  for (int i = 1; i <= 3; ++i) {
    Add(Make("a", i));
    clock_.Advance(1);
  }
  EXPECT_EQ(RunDue(runner), 3);
  EXPECT_THAT(seen, ElementsAre(1, 2, 3));
  EXPECT_EQ(Counted().done, 3);
  EXPECT_EQ(RunDue(runner), 0);
}

// The outbox's promise: no change without its job, no job without its change.
TEST_P(JobsTest, AJobOfAFailedTransactionDoesNotExist) {
  Runner runner(database(), clock_, {});
  auto status = database().Write([&](db::Tx& tx) -> Status {
    TINHSO_TRY(Enqueue(tx, Make("a"), kNow));
    return MakeError(ErrorCode::kConflict, "refused");
  });
  EXPECT_FALSE(status.ok());
  EXPECT_EQ(RunDue(runner), 0);
  EXPECT_EQ(Counted().waiting, 0);
}

TEST_P(JobsTest, ALaterJobWaitsForItsTime) {
  Runner runner(database(), clock_, {});
  int ran = 0;
  runner.On("a", [&](const Job&) -> Status { return ++ran, Ok(); });
  auto job = Make("a");
  job.run_at_us = kNow + 60 * kUsPerSecond;
  Add(job);
  EXPECT_EQ(RunDue(runner), 0);
  clock_.Advance(60 * kUsPerSecond - 1);
  EXPECT_EQ(RunDue(runner), 0);
  clock_.Advance(1);
  EXPECT_EQ(RunDue(runner), 1);
  EXPECT_EQ(ran, 1);
}

TEST_P(JobsTest, ASecondJobWithTheSameKeyIsDropped) {
  auto job = Make("a");
  job.dedup_key = "dossier/5";
  EXPECT_GT(Add(job), 0);
  EXPECT_EQ(Add(job), 0);
  job.kind = "b";
  EXPECT_GT(Add(job), 0);
  job.dedup_key = "dossier/6";
  EXPECT_GT(Add(job), 0);
  job.dedup_key = "";
  EXPECT_GT(Add(job), 0);
  EXPECT_GT(Add(job), 0);
  EXPECT_EQ(Counted().waiting, 5);
  // also after it has run
  Runner runner(database(), clock_, {});
  runner.On("a", [](const Job&) { return Ok(); });
  runner.On("b", [](const Job&) { return Ok(); });
  RunDue(runner);
  job.dedup_key = "dossier/6";
  EXPECT_EQ(Add(job), 0);
}

TEST_P(JobsTest, AFailedJobIsRetriedWithGrowingPausesAndThenIsDead) {
  RunnerOptions options;
  options.attempts_max = 4;
  Runner runner(database(), clock_, options);
  std::vector<int> attempts;
  runner.On("a", [&](const Job& job) -> Status {
    attempts.push_back(job.attempt);
    return MakeError(ErrorCode::kUnavailable, "mail_refused", "try later");
  });
  Add(Make("a"));
  EXPECT_EQ(RunDue(runner), 1);
  int64_t pause_us = 2 * kUsPerSecond;
  for (int attempt = 2; attempt <= 4; ++attempt, pause_us *= 2) {
    EXPECT_EQ(Counted().waiting, 1);
    clock_.Advance(pause_us - 1);
    EXPECT_EQ(RunDue(runner), 0) << attempt;
    clock_.Advance(1);
    EXPECT_EQ(RunDue(runner), 1) << attempt;
  }
  EXPECT_THAT(attempts, ElementsAre(1, 2, 3, 4));
  EXPECT_EQ(Counted().dead, 1);
  EXPECT_EQ(Text("SELECT last_error FROM job"), "mail_refused: try later");
  clock_.Advance(kUsPerDay);
  EXPECT_EQ(RunDue(runner), 0);
}

TEST_P(JobsTest, PausesHaveACap) {
  RunnerOptions options;
  options.attempts_max = 40;
  Runner runner(database(), clock_, options);
  runner.On("a", [&](const Job&) -> Status { return MakeError(ErrorCode::kUnavailable, "no"); });
  Add(Make("a"));
  for (int i = 0; i < 30; ++i) {
    EXPECT_EQ(RunDue(runner), 1);
    clock_.Advance(15 * 60 * kUsPerSecond);
  }
  EXPECT_EQ(RunDue(runner), 1);
}

TEST_P(JobsTest, AFailedJobThatSucceedsLaterIsDone) {
  Runner runner(database(), clock_, {});
  runner.On("a", [&](const Job& job) -> Status {
    if (job.attempt == 1) throw std::runtime_error("bug");
    return Ok();
  });
  Add(Make("a"));
  RunDue(runner);
  EXPECT_EQ(Text("SELECT last_error FROM job"), "job_exception: bug");
  clock_.Advance(kUsPerDay);
  RunDue(runner);
  EXPECT_EQ(Counted().done, 1);
}

// A kind nobody handles must be seen, not lost.
TEST_P(JobsTest, AnUnknownKindEndsAsADeadLetter) {
  RunnerOptions options;
  options.attempts_max = 2;
  Runner runner(database(), clock_, options);
  Add(Make("nobody"));
  RunDue(runner);
  clock_.Advance(kUsPerDay);
  RunDue(runner);
  EXPECT_EQ(Counted().dead, 1);
  EXPECT_EQ(Text("SELECT last_error FROM job"), "job_kind_unknown: nobody");
}

// The process died while it held the lease.
TEST_P(JobsTest, AnExpiredLeaseIsTakenByAnotherRunnerAndTheFirstOnesAnswerIsIgnored) {
  RunnerOptions options;
  options.lease_s = 60;
  Runner second(database(), clock_, options);
  int second_ran = 0;
  second.On("a", [&](const Job& job) -> Status {
    EXPECT_EQ(job.attempt, 2);
    ++second_ran;
    return MakeError(ErrorCode::kUnavailable, "second_failed");
  });
  Runner first(database(), clock_, options);
  first.On("a", [&](const Job&) -> Status {
    // while the first still works: within the lease nobody else may take the job, after it anybody
    clock_.Advance(59 * kUsPerSecond);
    EXPECT_EQ(RunDue(second), 0);
    clock_.Advance(1 * kUsPerSecond);
    EXPECT_EQ(RunDue(second), 1);
    return Ok();
  });
  Add(Make("a"));
  auto ran = first.RunDue();
  ASSERT_TRUE(ran.ok());
  EXPECT_EQ(second_ran, 1);
  EXPECT_EQ(Counted().done, 0);
  EXPECT_EQ(Counted().waiting, 1);
  EXPECT_EQ(Text("SELECT last_error FROM job"), "second_failed");
}

// A job that kills its process at each attempt must not be tried for ever.
TEST_P(JobsTest, AJobThatNeverAnswersEndsAsADeadLetter) {
  RunnerOptions options;
  options.attempts_max = 3;
  Add(Make("a"));
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(database()
                    .Write([&](db::Tx& tx) {
                      return tx.Execute("UPDATE job SET state = 'running', attempts = attempts + 1, run_at_us = $1",
                                        {clock_.NowUs() + 60 * kUsPerSecond});
                    })
                    .ok());
    clock_.Advance(61 * kUsPerSecond);
  }
  Runner runner(database(), clock_, options);
  bool ran = false;
  runner.On("a", [&](const Job&) -> Status { return ran = true, Ok(); });
  RunDue(runner);
  EXPECT_FALSE(ran);
  EXPECT_EQ(Counted().dead, 1);
}

TEST_P(JobsTest, ManyRunnersRunEachJobOnce) {
  constexpr int kJobs = 60;
  for (int i = 0; i < kJobs; ++i) Add(Make("a", i));
  std::vector<std::atomic<int>> ran(kJobs);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      Runner runner(database(), clock_, {});
      runner.On("a", [&](const Job& job) -> Status {
        ++ran[json::GetInt(job.payload, "n")];
        return Ok();
      });
      // a reader may see an empty queue while another holds the last job
      EXPECT_TRUE(runner.RunDue().ok());
    });
  }
  for (auto& thread : threads) thread.join();
  for (int i = 0; i < kJobs; ++i) EXPECT_EQ(ran[i], 1) << i;
  EXPECT_EQ(Counted().done, kJobs);
}

// Threads: woken by Wake, upkeep runs, Stop waits for the running handler.
TEST_P(JobsTest, StartedRunnerWorksAndStopsInOrder) {
  RunnerOptions options;
  options.threads = 2;
  options.idle_poll_ms = 600'000;  // only Wake can make it work in time
  Runner runner(database(), clock_, options);
  std::mutex mutex;
  std::condition_variable changed;
  int entered = 0, ticks = 0;
  bool release = false;
  std::atomic<bool> finished = false;
  runner.On("slow", [&](const Job&) -> Status {
    std::unique_lock lock(mutex);
    ++entered;
    changed.notify_all();
    changed.wait(lock, [&] { return release; });
    finished = true;
    return Ok();
  });
  runner.Every(1'000, [&] {
    std::lock_guard lock(mutex);
    ++ticks;
    changed.notify_all();
  });
  runner.Start();
  Add(Make("slow"));
  runner.Wake();
  {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return entered == 1 && ticks >= 3; });
  }
  std::thread stopper([&] { runner.Stop(); });
  {
    std::lock_guard lock(mutex);
    release = true;
  }
  changed.notify_all();
  stopper.join();
  EXPECT_TRUE(finished);
  EXPECT_EQ(Counted().done, 1);
}

TEST_P(JobsTest, OldDoneJobsAreSweptAndDeadOnesKept) {
  RunnerOptions options;
  options.attempts_max = 1;
  Runner runner(database(), clock_, options);
  runner.On("good", [](const Job&) { return Ok(); });
  runner.On("bad", [](const Job&) -> Status { return MakeError(ErrorCode::kInternal, "broken"); });
  Add(Make("good"));
  Add(Make("bad"));
  RunDue(runner);
  clock_.Advance(31 * kUsPerDay);
  Add(Make("good"));
  RunDue(runner);
  ASSERT_TRUE(runner.Sweep().ok());
  EXPECT_EQ(Counted().done, 1);
  EXPECT_EQ(Counted().dead, 1);
}

}  // namespace
}  // namespace tinhso::jobs
