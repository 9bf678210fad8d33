// Power cuts under the whole program on SQLite: the database is sound and the audit log proves itself after each.
#include <gtest/gtest.h>

#include <cstdlib>
#include <deque>
#include <filesystem>
#include <mutex>
#include <thread>

#include "app/platform.h"
#include "kernel/audit/audit.h"
#include "kernel/db_testing/power_cut.h"

namespace tinhso::app {
namespace {

namespace fs = std::filesystem;

// What a cut leaves of the database, beside the files that are not SQLite's.
void CompleteFolder(const std::string& live, const std::string& cut) {
  for (const auto& item : fs::directory_iterator(live)) {
    const std::string name = item.path().filename().string();
    if (!name.starts_with("tinhso.db")) fs::copy(item.path(), cut + "/" + name, fs::copy_options::recursive);
  }
}

TEST(PowerCut, AfterEveryCutTheAuditLogProvesItself) {
  const int cuts_wanted = std::getenv("TINHSO_LONG") ? 300 : 12;
  std::string pattern = "/tmp/tinhso-cut.XXXXXX";
  const std::string root = mkdtemp(pattern.data()), live = root + "/live";
  fs::create_directories(live);
  {
    db_testing::PowerCutDisk disk(live, /*seed=*/7);
    PlatformOptions options;
    options.data_dir = live;
    options.packs_dir = FindPacksDir("");
    auto platform = Platform::Open(options, SystemClock());
    ASSERT_TRUE(platform.ok()) << platform.error().detail;
    std::mutex mutex;
    std::deque<std::string> cuts;
    int made = 0;
    disk.OnOperation([&](int64_t number) {
      std::lock_guard lock(mutex);
      if (number % 5 != 0 || made == cuts_wanted || !cuts.empty()) return;
      cuts.push_back(root + "/cut-" + std::to_string(made++));
      disk.CutInto(cuts.back());
    });
    bool over = false;
    std::thread work([&] {
      http::Principal by;
      by.account_id = 1;
      const int64_t unit_id = (*platform)->orgs().snapshot()->all().front().unit_id;
      for (int i = 0;; ++i) {
        // The judge is slower: what nobody looks at is not worth writing.
        bool waiting = true;
        while (waiting) {
          std::unique_lock lock(mutex);
          if (over) return;
          waiting = !cuts.empty();
          lock.unlock();
          if (waiting) std::this_thread::yield();
        }
        EXPECT_TRUE((*platform)->orgs().RenameUnit(unit_id, "Tên thứ " + std::to_string(i), by).ok());
        if (i % 3 == 0) {
          EXPECT_TRUE((*platform)->Settle().ok());
        }
      }
    });
    for (int judged = 0; judged < cuts_wanted;) {
      std::string folder;
      {
        std::lock_guard lock(mutex);
        if (cuts.empty()) {
          std::this_thread::yield();
          continue;
        }
        folder = cuts.front();
      }
      CompleteFolder(live, folder);
      PlatformOptions found;
      found.data_dir = folder;
      auto opened = Platform::Open(found, SystemClock());
      EXPECT_TRUE(opened.ok()) << opened.error().reason << " " << opened.error().detail;
      if (opened.ok()) {
        const auto integrity = (*opened)->database().CheckIntegrity();
        EXPECT_TRUE(integrity.ok() && integrity->empty());
        const auto audit = audit::Check((*opened)->database());
        EXPECT_TRUE(audit.ok() && audit->problems.empty()) << (audit.ok() ? audit->problems.front() : audit.error().detail);
        opened->reset();
      }
      fs::remove_all(folder);
      ++judged;
      std::lock_guard lock(mutex);
      cuts.pop_front();
    }
    {
      std::lock_guard lock(mutex);
      over = true;
    }
    work.join();
  }
  fs::remove_all(root);
}

}  // namespace
}  // namespace tinhso::app
