// What only PostgreSQL can do to us: deadlocks and cut connections, both met by running the function again.
#include <gmock/gmock.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "kernel/db/db.h"
#include "kernel/db_testing/db_testing.h"

namespace tinhso::db {
namespace {

constexpr Migration kPairSchema[] = {
    {1, "create_pair", "CREATE TABLE pair (pair_id BIGINT NOT NULL PRIMARY KEY, value BIGINT NOT NULL); INSERT INTO pair (pair_id, value) VALUES (1, 0), (2, 0);"}};
constexpr MigrationSet kPairSet{"test/pair", kPairSchema};
constexpr Sql kAddOne = "UPDATE pair SET value = value + 1 WHERE pair_id = $1";
constexpr Sql kCutMyself = "SELECT 1 FROM (SELECT pg_terminate_backend(pg_backend_pid())) AS cut";

class PostgresTest : public ::testing::Test {
 protected:
  void SetUp() override { test_database_.Migrate({kPairSet}); }
  Database& database() { return test_database_.database(); }
  int64_t Sum() {
    auto row = database().Read([](Tx& tx) { return tx.QueryOne("SELECT SUM(value) FROM pair", {}); });
    EXPECT_TRUE(row.ok()) << row.error().detail;
    return row.ok() ? (*row)->Int(0) : -1;
  }
  db_testing::TestDatabase test_database_{db_testing::Engine::kPostgres};
};

TEST_F(PostgresTest, ADeadlockIsResolvedByRunningAgain) {
  std::mutex mutex;
  std::condition_variable changed;
  int holding = 0;
  std::atomic<int> runs = 0;
  const auto cross = [&](int64_t first, int64_t second) {
    bool met = false;
    auto status = database().Write([&](Tx& tx) -> Status {
      ++runs;
      TINHSO_TRY(tx.Execute(kAddOne, {first}));
      if (!met) {
        // both hold their first row before either asks for its second
        std::unique_lock lock(mutex);
        met = true;
        ++holding;
        changed.notify_all();
        changed.wait(lock, [&] { return holding == 2; });
      }
      TINHSO_TRY(tx.Execute(kAddOne, {second}));
      return Ok();
    });
    EXPECT_TRUE(status.ok()) << status.error().detail;
  };
  std::thread other([&] { cross(2, 1); });
  cross(1, 2);
  other.join();
  EXPECT_EQ(runs, 3);
  EXPECT_EQ(Sum(), 4);
}

TEST_F(PostgresTest, ACutConnectionBeforeCommitIsMetByRunningAgain) {
  int runs = 0;
  auto status = database().Write([&](Tx& tx) -> Status {
    ++runs;
    TINHSO_TRY(tx.Execute(kAddOne, {1}));
    if (runs == 1) TINHSO_TRY(tx.Query(kCutMyself, {}));
    return Ok();
  });
  ASSERT_TRUE(status.ok()) << status.error().detail;
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(Sum(), 1);
}

// After a restart of the server every pooled connection is dead; the callers must not notice.
TEST_F(PostgresTest, PooledConnectionsCutByTheServerAreReplaced) {
  const auto& options = test_database_.options();
  auto victim = Database::Open(options);
  ASSERT_TRUE(victim.ok());
  auto pid = (*victim)->Read([](Tx& tx) { return tx.QueryOne("SELECT pg_backend_pid()", {}); });
  ASSERT_TRUE(pid.ok());
  const auto cut = [&](int64_t which) {
    auto done = database().Read([&](Tx& tx) { return tx.QueryOne("SELECT pg_terminate_backend(CAST($1 AS INTEGER))", {which}); });
    ASSERT_TRUE(done.ok()) << done.error().detail;
    // wait until it is gone
    for (bool gone = false; !gone;) {
      auto left = database().Read(
          [&](Tx& tx) { return tx.QueryOne("SELECT COUNT(*) FROM pg_stat_activity WHERE pid = $1", {which}); });
      ASSERT_TRUE(left.ok()) << left.error().detail;
      gone = (*left)->Int(0) == 0;
    }
  };
  cut((*pid)->Int(0));
  auto again = (*victim)->Read([](Tx& tx) { return tx.QueryOne("SELECT pg_backend_pid()", {}); });
  ASSERT_TRUE(again.ok()) << again.error().detail;
  EXPECT_NE((*again)->Int(0), (*pid)->Int(0));
  cut((*again)->Int(0));
  auto written = (*victim)->Write([](Tx& tx) { return tx.Execute(kAddOne, {1}); });
  ASSERT_TRUE(written.ok()) << written.error().detail;
  EXPECT_EQ(Sum(), 1);
}

// A write that is always beaten ends with an error after a bounded number of tries.
TEST_F(PostgresTest, RetriesAreBounded) {
  int runs = 0;
  auto status = database().Write([&](Tx& tx) -> Status {
    ++runs;
    TINHSO_TRY(tx.Query(kCutMyself, {}));
    return Ok();
  });
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().reason, "db_connection");
  EXPECT_EQ(status.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(runs, 6);
}

// A read hands its rows on while it runs: once it has, it must not start again from the beginning.
TEST_F(PostgresTest, AReadThatHasGivenRowsIsNotRunAgain) {
  int runs = 0;
  auto status = database().Read([&](Tx& tx) -> Status {
    ++runs;
    TINHSO_TRY(tx.Query("SELECT value FROM pair", {}));
    TINHSO_TRY(tx.Query(kCutMyself, {}));
    return Ok();
  });
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(runs, 1);
}

TEST_F(PostgresTest, AnUnreachableServerIsUnavailable) {
  Options options;
  options.postgres_url = "postgresql:///postgres?host=/nowhere";
  auto opened = Database::Open(options);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(opened.error().reason, "db_connection");
}

TEST_F(PostgresTest, SumsBeyondSixtyFourBitsAndFractionsStayText) {
  auto row = database().Read([](Tx& tx) {
    return tx.QueryOne("SELECT SUM(v), AVG(w) FROM (SELECT $1 AS v, 1 AS w UNION ALL SELECT $1 AS v, 2 AS w) AS t", {INT64_MAX});
  });
  ASSERT_TRUE(row.ok()) << row.error().detail;
  EXPECT_EQ((*row)->Text(0), "18446744073709551614");
  EXPECT_EQ((*row)->Text(1).substr(0, 3), "1.5");
}

}  // namespace
}  // namespace tinhso::db
