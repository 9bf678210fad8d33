// PostgreSQL dies, the network breaks, a statement hangs: what was acknowledged is there once, what was refused is not there.
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <set>
#include <thread>

#include "kernel/db/db.h"
#include "kernel/db_testing/chaos_proxy.h"
#include "kernel/db_testing/db_testing.h"

namespace tinhso::db {
namespace {

using db_testing::ChaosProxy;
using db_testing::Fault;

constexpr Migration kFaultSchema[] = {
    {1, "create_entry",
     "CREATE TABLE entry (entry_id BIGINT NOT NULL PRIMARY KEY);"
     "CREATE TABLE total (total_id BIGINT NOT NULL PRIMARY KEY, value BIGINT NOT NULL);"
     "INSERT INTO total (total_id, value) VALUES (1, 0);"},
};
constexpr MigrationSet kFaultSet{"test/fault", kFaultSchema};
constexpr Sql kAddToTotal = "UPDATE total SET value = value + 1 WHERE total_id = 1 RETURNING value";
constexpr Sql kInsertEntry = "INSERT INTO entry (entry_id) VALUES ($1)";

class PostgresFaultsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    test_database_.Migrate({kFaultSet});
    proxy_ = std::make_unique<ChaosProxy>(test_database_.options().postgres_url);
    Open("500");
  }
  // A statement may take so many milliseconds, and its answer 500 more.
  void Open(const std::string& statement_timeout_ms) {
    Options options;
    options.readers = 4;
    options.postgres_url = proxy_->url() + "&options=-cstatement_timeout%3D" + statement_timeout_ms;
    auto opened = Database::Open(options);
    ASSERT_TRUE(opened.ok()) << opened.error().detail;
    through_ = std::move(*opened);
    // A read's COMMIT may still be on its way, and would be taken for the one to break.
    ASSERT_TRUE(through_->Write([](Tx& tx) { return tx.QueryOne("SELECT 1", {}); }).ok());
  }
  // Not idempotent on purpose: run twice it would count twice.
  Status Add(int64_t id, int* runs = nullptr) {
    return through_->Write([&](Tx& tx) -> Status {
      if (runs) ++*runs;
      TINHSO_TRY(tx.QueryOne(kAddToTotal, {}));
      return tx.Send(kInsertEntry, {id});
    });
  }
  int64_t Total() {
    auto row = test_database_.database().Read([](Tx& tx) { return tx.QueryOne("SELECT value FROM total", {}); });
    return row.ok() ? (*row)->Int(0) : -1;
  }

  db_testing::TestDatabase test_database_{db_testing::Engine::kPostgres};
  std::unique_ptr<ChaosProxy> proxy_;
  std::unique_ptr<Database> through_;
};

TEST_F(PostgresFaultsTest, ACommitWhoseAnswerWasLostIsFoundDoneAndNotRunAgain) {
  proxy_->AtCommit(Fault::kCutAnswer);
  int runs = 0;
  const auto status = Add(1, &runs);
  ASSERT_TRUE(status.ok()) << status.error().reason << " " << status.error().detail;
  EXPECT_TRUE(proxy_->Happened());
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(Total(), 1);
  EXPECT_EQ(through_->stats().commits_resolved, 1);
}

TEST_F(PostgresFaultsTest, ACommitThatNeverArrivedIsFoundUndoneAndRunAgain) {
  proxy_->AtCommit(Fault::kCutRequest);
  int runs = 0;
  const auto status = Add(1, &runs);
  ASSERT_TRUE(status.ok()) << status.error().reason << " " << status.error().detail;
  EXPECT_TRUE(proxy_->Happened());
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(Total(), 1);
}

// The server's process waits for a client that is cut off: it would hold its row locks until the network gives up.
TEST_F(PostgresFaultsTest, ASilentNetworkUnderCommitIsClearedUpToo) {
  int runs = 0;
  proxy_->AtCommit(Fault::kHoldAnswer);
  auto status = Add(1, &runs);
  ASSERT_TRUE(status.ok()) << status.error().reason << " " << status.error().detail;
  EXPECT_EQ(runs, 1);
  proxy_->AtCommit(Fault::kHoldRequest);
  status = Add(2, &runs);
  ASSERT_TRUE(status.ok()) << status.error().reason << " " << status.error().detail;
  EXPECT_EQ(runs, 3);
  EXPECT_EQ(Total(), 2);
}

// The cut moves through the whole exchange, byte by byte, until nothing is cut any more.
TEST_F(PostgresFaultsTest, ACutAnywhereInTheExchangeHasOneEffect) {
  const int step = std::getenv("TINHSO_LONG") ? 1 : 7;
  int64_t id = 0, done = 0;
  for (const bool requests : {true, false}) {
    for (int64_t bytes = 0;; bytes += step) {
      ASSERT_LT(bytes, 10'000);
      requests ? proxy_->CutAfterRequestBytes(bytes) : proxy_->CutAfterAnswerBytes(bytes);
      const auto status = Add(++id);
      const bool happened = proxy_->Happened();
      ASSERT_TRUE(status.ok()) << status.error().reason << " " << status.error().detail << " at byte " << bytes;
      ASSERT_EQ(Total(), ++done) << "at byte " << bytes << (requests ? " of requests" : " of answers");
      if (!happened) break;
    }
  }
  EXPECT_GT(done, 40);
}

TEST_F(PostgresFaultsTest, WithoutANetworkTheAnswerIsUnavailableAtOnceAndLaterItWorksAgain) {
  ASSERT_TRUE(Add(1).ok());
  proxy_->CutAll();
  for (int i = 0; i < 3; ++i) {
    const auto status = Add(2);
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code, ErrorCode::kUnavailable);
    EXPECT_EQ(status.error().reason, "db_connection");
    EXPECT_GT(status.error().retry_after_s, 0);
  }
  EXPECT_FALSE(through_->Ping().ok());
  proxy_->Restore();
  // The pause after a refusal passes; no restart is needed.
  Status status = Add(2);
  for (int tries = 0; !status.ok() && tries < 100; ++tries) status = Add(2);
  ASSERT_TRUE(status.ok()) << status.error().detail;
  EXPECT_EQ(Total(), 2);
}

TEST_F(PostgresFaultsTest, AStatementThatHangsIsStoppedAndTheConnectionLives) {
  const auto slow = through_->Read([](Tx& tx) { return tx.QueryOne("SELECT pg_sleep(60)", {}); });
  ASSERT_FALSE(slow.ok());
  EXPECT_EQ(slow.error().reason, "db_timeout");
  EXPECT_EQ(slow.error().code, ErrorCode::kUnavailable);
  const int64_t connects = through_->stats().connects;
  ASSERT_TRUE(Add(1).ok());
  EXPECT_EQ(through_->stats().connects, connects);
}

TEST_F(PostgresFaultsTest, MigrationsAreNotLimited) {
  static constexpr Migration kSlow[] = {kFaultSchema[0], {2, "slow", "SELECT pg_sleep(1.5)"}};
  const MigrationSet sets[] = {{"test/fault", kSlow}};
  const auto status = through_->Migrate(sets);
  EXPECT_TRUE(status.ok()) << status.error().detail;
}

// The error of a sent statement must not be taken for success by a caller that asks nothing more.
TEST_F(PostgresFaultsTest, ASentStatementThatFailsFailsTheWrite) {
  ASSERT_TRUE(Add(1).ok());
  const auto status = Add(1);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().reason, "db_unique");
  EXPECT_EQ(Total(), 1);
}

// --- the server dies ------------------------------------------------------------------------------------------

// One of the server's processes dies: the server ends all others and recovers by itself.
void KillProcess(Database& database) {
  auto row = database.Read([](Tx& tx) { return tx.QueryOne("SELECT MIN(pid) FROM pg_stat_activity WHERE backend_xid IS NOT NULL", {}); });
  if (row.ok() && !(*row)->IsNull(0)) ::kill(static_cast<pid_t>((*row)->Int(0)), SIGKILL);
}

TEST(PostgresCrashTest, AServerKilledUnderLoadLosesNothingAcknowledgedAndDoublesNothing) {
  const int rounds = std::getenv("TINHSO_LONG") ? 30 : 3;
  db_testing::OwnServer server;
  Options options;
  options.readers = 8;
  options.postgres_url = server.url();
  auto opened = Database::Open(options);
  ASSERT_TRUE(opened.ok()) << opened.error().detail;
  Database& database = **opened;
  ASSERT_TRUE(database.Migrate(std::vector<MigrationSet>{kFaultSet}).ok());
  std::mutex mutex;
  std::set<int64_t> acknowledged, unknown;
  std::atomic<int64_t> next = 0, errors = 0;
  std::atomic<bool> over = false;
  std::vector<std::thread> threads;
  for (int t = 0; t < 6; ++t) {
    threads.emplace_back([&] {
      while (!over) {
        const int64_t id = ++next;
        const auto status = database.Write([&](Tx& tx) -> Status {
          TINHSO_TRY(tx.Execute(kInsertEntry, {id}));
          return tx.Send("UPDATE total SET value = value + 1 WHERE total_id = 1", {});
        });
        std::lock_guard lock(mutex);
        if (status.ok()) {
          acknowledged.insert(id);
          continue;
        }
        EXPECT_EQ(status.error().code, ErrorCode::kUnavailable) << status.error().detail;
        if (status.error().reason == "db_outcome_unknown") unknown.insert(id);
        ++errors;
      }
    });
  }
  const auto count = [&] {
    std::lock_guard lock(mutex);
    return acknowledged.size();
  };
  for (int round = 0; round < rounds; ++round) {
    const size_t goal = count() + 50;
    while (count() < goal) std::this_thread::yield();
    if (round % 2 == 1) {
      const int64_t connects_before = database.stats().connects;
      while (database.stats().connects == connects_before) KillProcess(database);
      continue;
    }
    const int64_t errors_before = errors;
    server.Crash();
    while (errors == errors_before) std::this_thread::yield();  // it is noticed, and answered
    server.Up();
  }
  const size_t goal = count() + 50;
  while (count() < goal) std::this_thread::yield();
  over = true;
  for (auto& thread : threads) thread.join();
  std::set<int64_t> stored;
  int64_t total = 0;
  ASSERT_TRUE(database
                  .Read([&](Tx& tx) -> Status {
                    TINHSO_ASSIGN(auto row, tx.QueryOne("SELECT value FROM total", {}));
                    total = row->Int(0);
                    return tx.ForEach("SELECT entry_id FROM entry", {},
                                      [&](const Row& r) { return stored.insert(r.Int(0)).second; });
                  })
                  .ok());
  for (const int64_t id : acknowledged) EXPECT_TRUE(stored.contains(id)) << "lost " << id;
  for (const int64_t id : stored) EXPECT_TRUE(acknowledged.contains(id) || unknown.contains(id)) << "refused but stored: " << id;
  EXPECT_EQ(total, static_cast<int64_t>(stored.size()));
}

// --- TLS, as the URL says ---

std::string Refused(const std::string& url) {
  Options options;
  options.postgres_url = url;
  auto opened = Database::Open(options);
  return opened.ok() ? "it connected" : opened.error().reason;
}

TEST(PostgresTlsTest, TheServersCertificateIsCheckedAsTheUrlSays) {
  const std::string port = std::to_string(20'000 + getpid() % 12'000);
  ::setenv("TINHSO_TEST_POSTGRES_TLS", port.c_str(), 1);
  db_testing::OwnServer server;
  ::unsetenv("TINHSO_TEST_POSTGRES_TLS");
  const std::string url = "postgresql://postgres@127.0.0.1:" + port + "/postgres?sslmode=verify-full&sslrootcert=";
  Options options;
  options.postgres_url = url + server.dir() + "/server.crt";
  auto opened = Database::Open(options);
  ASSERT_TRUE(opened.ok()) << opened.error().detail;
  auto row = (*opened)->Read([](Tx& tx) { return tx.QueryOne("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()", {}); });
  ASSERT_TRUE(row.ok()) << row.error().detail;
  EXPECT_EQ((*row)->Int(0), 1);
  // another's certificate
  const std::string other = server.dir() + "/other";
  ASSERT_EQ(std::system(("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=test "
                         "-addext subjectAltName=IP:127.0.0.1 -keyout " + other + ".key -out " + other + ".crt 2>/dev/null").c_str()), 0);
  EXPECT_EQ(Refused(url + other + ".crt"), "db_connection");
  // a network that speaks no TLS
  ChaosProxy plain(db_testing::PostgresUrl());
  EXPECT_EQ(Refused(plain.url() + "&sslmode=require"), "db_connection");
}

}  // namespace
}  // namespace tinhso::db
