// Hundreds of power cuts on SQLite: nothing acknowledged is lost, nothing is half there, the file is sound.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <atomic>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <mutex>
#include <set>
#include <thread>

#include "kernel/db/db.h"
#include "kernel/db_testing/db_testing.h"
#include "kernel/db_testing/power_cut.h"

namespace tinhso::db {
namespace {

namespace fs = std::filesystem;

constexpr Migration kCutSchema[] = {
    {1, "create_entry",
     "CREATE TABLE entry (entry_id BIGINT NOT NULL PRIMARY KEY, body TEXT NOT NULL);"
     "CREATE TABLE twin (entry_id BIGINT NOT NULL PRIMARY KEY);"},
};
constexpr MigrationSet kCutSet{"test/cut", kCutSchema};
constexpr int kCutThreads = 4;
constexpr size_t kCutsWaiting = 4;

struct Cut {
  std::string folder;
  std::set<int64_t> acknowledged;
};

class PowerCutTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = "/tmp/tinhso-cut.XXXXXX";
    root_ = mkdtemp(pattern.data());
    fs::create_directories(root_ + "/live");
  }
  void TearDown() override { fs::remove_all(root_); }

  // Works until so many cuts were made, one before each `every`th operation of the disk, and judges each. Returns how many
  // of them had lost or broken something.
  int Run(int cuts_wanted, int every, bool lying_disk) {
    db_testing::PowerCutDisk disk(root_ + "/live", /*seed=*/20261123);
    Options options;
    options.sqlite_path = root_ + "/live/test.db";
    options.readers = 2;
    auto opened = Database::Open(options);
    EXPECT_TRUE(opened.ok() && (*opened)->Migrate(std::vector<MigrationSet>{kCutSet}).ok());
    Database& database = **opened;
    if (lying_disk) disk.LoseSyncs();
    std::mutex mutex;
    std::set<int64_t> acknowledged;
    std::deque<Cut> cuts;
    int made = 0;
    disk.OnOperation([&](int64_t number) {
      if (number % every != 0) return;
      std::lock_guard lock(mutex);
      if (made == cuts_wanted || cuts.size() >= kCutsWaiting) return;
      // What is acknowledged before the disk stands still must be on it.
      cuts.push_back({root_ + "/cut-" + std::to_string(made++), acknowledged});
      disk.CutInto(cuts.back().folder);
    });
    std::atomic<bool> over = false;
    std::vector<std::thread> threads;
    for (int t = 0; t < kCutThreads; ++t) {
      threads.emplace_back([&, t] {
        for (int64_t i = 0; !over; ++i) {
          // The judge is slower: what nobody looks at is not worth writing.
          while (!over && [&] {
            std::lock_guard lock(mutex);
            return cuts.size() >= kCutsWaiting;
          }())
            std::this_thread::yield();
          const int64_t id = i * kCutThreads + t;
          const auto status = database.Write([&](Tx& tx) -> Status {
            TINHSO_TRY(tx.Execute("INSERT INTO entry (entry_id, body) VALUES ($1, $2)", {id, std::string(id % 3000, 'x')}));
            TINHSO_TRY(tx.Execute("INSERT INTO twin (entry_id) VALUES ($1)", {id}));
            TINHSO_TRY(tx.Execute("UPDATE entry SET body = body || 'x' WHERE entry_id = 0", {}));
            return Ok();
          });
          EXPECT_TRUE(status.ok());
          std::lock_guard lock(mutex);
          acknowledged.insert(id);
        }
      });
    }
    // Copying the log back into the database is the other half of the disk's work.
    threads.emplace_back([&] {
      sqlite3* handle = nullptr;
      EXPECT_EQ(sqlite3_open(options.sqlite_path.c_str(), &handle), SQLITE_OK);
      sqlite3_busy_timeout(handle, 1000);
      size_t next = 0;
      for (int i = 0; !over;) {
        {
          std::lock_guard lock(mutex);
          if (acknowledged.size() >= next) next = 0;
        }
        if (next > 0) {  // not at every turn, or it would hold the writers up
          std::this_thread::yield();
          continue;
        }
        sqlite3_wal_checkpoint_v2(handle, nullptr, ++i % 3 == 0 ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_RESTART, nullptr, nullptr);
        std::lock_guard lock(mutex);
        next = acknowledged.size() + 25;
      }
      sqlite3_close(handle);
    });
    int bad = 0;
    for (int judged = 0; judged < cuts_wanted;) {
      Cut cut;
      {
        std::lock_guard lock(mutex);
        if (cuts.empty()) {
          std::this_thread::yield();
          continue;
        }
        cut = std::move(cuts.front());
        cuts.pop_front();
      }
      const std::string problem = Judge(cut);
      if (!problem.empty()) ++bad;
      EXPECT_TRUE(problem.empty() || lying_disk) << problem;
      fs::remove_all(cut.folder);
      ++judged;
    }
    over = true;
    for (auto& thread : threads) thread.join();
    opened->reset();
    return bad;
  }

  static std::string Judge(const Cut& cut) {
    Options options;
    options.sqlite_path = cut.folder + "/test.db";
    options.readers = 1;
    auto database = Database::Open(options);
    if (!database.ok()) return "does not open: " + database.error().detail;
    auto problems = (*database)->CheckIntegrity();
    if (!problems.ok()) return "cannot be checked: " + problems.error().detail;
    if (!problems->empty()) return "broken: " + problems->front();
    std::set<int64_t> stored, twins;
    const auto read = (*database)->Read([&](Tx& tx) -> Status {
      TINHSO_TRY(tx.ForEach("SELECT entry_id FROM entry WHERE entry_id = 0 OR LENGTH(body) = entry_id % 3000", {},
                            [&](const Row& row) { return stored.insert(row.Int(0)).second; }));
      return tx.ForEach("SELECT entry_id FROM twin", {}, [&](const Row& row) { return twins.insert(row.Int(0)).second; });
    });
    if (!read.ok()) return "cannot be read: " + read.error().detail;
    if (stored != twins) return "half of a transaction is there";
    for (const int64_t id : cut.acknowledged)
      if (!stored.contains(id)) return "lost " + std::to_string(id) + " of " + std::to_string(cut.acknowledged.size());
    return "";
  }

  std::string root_;
};

TEST_F(PowerCutTest, NothingAcknowledgedIsLostAndNothingIsBroken) {
  const bool thorough = std::getenv("TINHSO_LONG") != nullptr;
  EXPECT_EQ(Run(thorough ? 5'000 : 250, 3, /*lying_disk=*/false), 0);
}

// The same on a disk that ignores syncs must go wrong, or the test above proves nothing.
TEST_F(PowerCutTest, ADiskThatLiesIsFoundOut) { EXPECT_GT(Run(60, 3, /*lying_disk=*/true), 0); }

}  // namespace
}  // namespace tinhso::db
