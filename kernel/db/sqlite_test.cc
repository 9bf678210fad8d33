// What only SQLite promises: durability settings, the writer's queue, and life after a full disk.
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <set>
#include <thread>

#include "kernel/db/db.h"
#include "kernel/db_testing/db_testing.h"

namespace tinhso::db {
namespace {

constexpr Migration kBlobSchema[] = {{1, "create_blob", "CREATE TABLE blob (blob_id BIGINT NOT NULL PRIMARY KEY, body TEXT NOT NULL)"}};
constexpr MigrationSet kBlobSet{"test/blob", kBlobSchema};
constexpr Sql kInsertBlob = "INSERT INTO blob (blob_id, body) VALUES ($1, $2)";

class SqliteTest : public ::testing::Test {
 protected:
  void SetUp() override { test_database_.Migrate({kBlobSet}); }
  Database& database() { return test_database_.database(); }
  Status Insert(int64_t id, size_t size) {
    return database().Write([&](Tx& tx) -> Status {
      TINHSO_TRY(tx.Execute(kInsertBlob, {id, std::string(size, 'b')}));
      return Ok();
    });
  }
  std::set<int64_t> Stored() {
    std::set<int64_t> out;
    auto status = database().Read([&](Tx& tx) {
      return tx.ForEach("SELECT blob_id FROM blob", {}, [&](const Row& row) { return out.insert(row.Int(0)).second; });
    });
    EXPECT_TRUE(status.ok()) << status.error().detail;
    return out;
  }
  int64_t WalBytes() {
    std::error_code error;
    const auto size = std::filesystem::file_size(test_database_.options().sqlite_path + "-wal", error);
    return error ? 0 : static_cast<int64_t>(size);
  }
  db_testing::TestDatabase test_database_{db_testing::Engine::kSqlite};
};

TEST_F(SqliteTest, TheWriterIsDurableAndChecksForeignKeys) {
  auto settings = database().Write([](Tx& tx) -> Result<std::vector<std::string>> {
    std::vector<std::string> out;
    TINHSO_ASSIGN(auto mode, tx.QueryOne("PRAGMA journal_mode", {}));
    TINHSO_ASSIGN(auto synchronous, tx.QueryOne("PRAGMA synchronous", {}));
    TINHSO_ASSIGN(auto keys, tx.QueryOne("PRAGMA foreign_keys", {}));
    return std::vector<std::string>{mode->Text(0), synchronous->Text(0), keys->Text(0)};
  });
  ASSERT_TRUE(settings.ok());
  EXPECT_THAT(*settings, testing::ElementsAre("wal", "2", "1"));
  struct stat info;
  ASSERT_EQ(::stat(test_database_.options().sqlite_path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

// More waiting writers than the limit: the next is told to come back, at once, and nothing is lost.
TEST_F(SqliteTest, AFullQueueRefusesTheNextWriter) {
  constexpr int kQueue = 3, kCallers = 10;
  test_database_.options().write_queue_max = kQueue;
  test_database_.Reopen();
  std::mutex mutex;
  std::condition_variable changed;
  bool inside = false, release = false;
  int refused = 0, accepted = 0;
  std::thread holder([&] {
    auto status = database().Write([&](Tx&) -> Status {
      std::unique_lock lock(mutex);
      inside = true;
      changed.notify_all();
      changed.wait(lock, [&] { return release; });
      return Ok();
    });
    EXPECT_TRUE(status.ok());
  });
  {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return inside; });
  }
  std::vector<std::thread> callers;
  for (int i = 0; i < kCallers; ++i) {
    callers.emplace_back([&, i] {
      auto status = Insert(i, 1);
      std::lock_guard lock(mutex);
      if (status.ok()) {
        ++accepted;
      } else {
        EXPECT_EQ(status.error().reason, "db_busy");
        EXPECT_EQ(status.error().code, ErrorCode::kUnavailable);
        EXPECT_GT(status.error().retry_after_s, 0);
        ++refused;
      }
      changed.notify_all();
    });
  }
  {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return refused == kCallers - kQueue; });
    EXPECT_EQ(accepted, 0);
    release = true;
  }
  changed.notify_all();
  holder.join();
  for (auto& caller : callers) caller.join();
  EXPECT_EQ(accepted, kQueue);
  EXPECT_EQ(Stored().size(), static_cast<size_t>(kQueue));
}

// The limit on the size of files stands for a full disk. It is moved up until nothing fails any more; at each place
// exactly what was acknowledged is stored, and the database goes on working.
TEST_F(SqliteTest, AFullDiskLosesNothingAcknowledgedAndTheWriterLives) {
  ::signal(SIGXFSZ, SIG_IGN);
  constexpr int kThreads = 8;
  std::set<int64_t> acknowledged;
  int rounds_with_failures = 0;
  int64_t next_id = 0;
  for (int64_t room = 0;; room += 20'000) {
    ASSERT_LT(room, 4'000'000) << "writes failed with room to spare";
    struct rlimit before;
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    struct rlimit limited = before;
    limited.rlim_cur = static_cast<rlim_t>(WalBytes() + room);
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limited), 0);
    std::mutex mutex;
    int failed = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, id = next_id++] {
        const auto status = Insert(id, 15'000);
        std::lock_guard lock(mutex);
        if (status.ok()) {
          acknowledged.insert(id);
        } else {
          ++failed;
        }
      });
    }
    for (auto& thread : threads) thread.join();
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
    EXPECT_EQ(Stored(), acknowledged) << "room " << room;
    ASSERT_TRUE(Insert(next_id, 10).ok()) << "room " << room;
    acknowledged.insert(next_id++);
    if (failed == 0) break;
    ++rounds_with_failures;
  }
  EXPECT_GT(rounds_with_failures, 0);
  test_database_.Reopen();
  EXPECT_EQ(Stored(), acknowledged);
  EXPECT_TRUE(database().CheckIntegrity()->empty());
}

// SQLITE_FULL inside a statement ends the whole transaction: the jobs of the group get the error, not a false success.
TEST_F(SqliteTest, AFullDatabaseFailsTheGroupAndTheNextGroupWorks) {
  ASSERT_TRUE(database()
                  .Write([](Tx& tx) -> Status {
                    TINHSO_ASSIGN(auto pages, tx.QueryOne("PRAGMA max_page_count = 200", {}));
                    return pages->Int(0) == 200 ? Ok() : Status(ErrorCode::kInternal, "not_limited");
                  })
                  .ok());
  std::atomic<int> full = 0, fine = 0, other = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) {
        const auto status = Insert(t * 100 + i, 20'000);
        if (status.ok()) ++fine;
        else if (status.error().reason == "storage_full") ++full;
        else ++other;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_GT(full, 0);
  EXPECT_EQ(other, 0);
  EXPECT_EQ(Stored().size(), static_cast<size_t>(fine.load()));
  ASSERT_TRUE(database().Write([](Tx& tx) -> Status {
                  TINHSO_TRY(tx.QueryOne("PRAGMA max_page_count = 1000000", {}));
                  return Ok();
                }).ok());
  EXPECT_TRUE(Insert(9999, 20'000).ok());
}

TEST_F(SqliteTest, TheWalStartsOverInsteadOfGrowing) {
  for (int i = 0; i < 60; ++i) ASSERT_TRUE(Insert(i, 1'000'000).ok());
  // 60 MB were written; 4,000 pages are 16 MB
  EXPECT_LT(WalBytes(), 24'000'000);
}

}  // namespace
}  // namespace tinhso::db
