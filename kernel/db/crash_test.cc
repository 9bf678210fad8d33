// kill -9 in a loop: what was acknowledged is there, nothing is half there, the file is sound.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>
#include <thread>

#include "kernel/db/db.h"
#include "kernel/db_testing/db_testing.h"

namespace tinhso::db {
namespace {

constexpr Migration kCrashSchema[] = {
    {1, "create_entry",
     "CREATE TABLE entry (entry_id BIGINT NOT NULL PRIMARY KEY, body TEXT NOT NULL);"
     "CREATE TABLE twin (entry_id BIGINT NOT NULL PRIMARY KEY);"},
};
constexpr MigrationSet kCrashSet{"test/crash", kCrashSchema};
constexpr int kThreads = 6, kRounds = 6;

// Writes until it is killed; after each acknowledged write its id goes into the pipe.
[[noreturn]] void WriteUntilKilled(const Options& options, int pipe_fd, int64_t round) {
  auto database = Database::Open(options);
  if (!database.ok()) _exit(2);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int64_t i = 0;; ++i) {
        const int64_t id = (round * kThreads + t) * 1'000'000 + i;
        auto status = (*database)->Write([&](Tx& tx) -> Status {
          TINHSO_TRY(tx.Execute("INSERT INTO entry (entry_id, body) VALUES ($1, $2)", {id, std::string(id % 3000, 'x')}));
          TINHSO_TRY(tx.Execute("INSERT INTO twin (entry_id) VALUES ($1)", {id}));
          return Ok();
        });
        if (!status.ok()) _exit(3);
        if (::write(pipe_fd, &id, sizeof id) != sizeof id) _exit(4);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  _exit(0);
}

class CrashTest : public db_testing::DbTest {};
TINHSO_ON_BOTH_ENGINES(CrashTest);

TEST_P(CrashTest, NothingAcknowledgedIsLostAndNothingIsHalfDone) {
  Migrate({kCrashSet});
  std::set<int64_t> acknowledged;
  for (int64_t round = 0; round < kRounds; ++round) {
    test_database_.Close();  // no threads may run in this process when it forks
    int fds[2];
    ASSERT_EQ(::pipe(fds), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::close(fds[0]);
      WriteUntilKilled(test_database_.options(), fds[1], round);
    }
    ::close(fds[1]);
    const size_t enough = acknowledged.size() + 20 + static_cast<size_t>(round) * 37;
    int64_t id = 0;
    bool killed = false;
    // Read on after the kill: what was written to the pipe before it counts as acknowledged.
    while (::read(fds[0], &id, sizeof id) == sizeof id) {
      acknowledged.insert(id);
      if (!killed && acknowledged.size() >= enough) {
        ::kill(child, SIGKILL);
        killed = true;
      }
    }
    ::close(fds[0]);
    int how = 0;
    ::waitpid(child, &how, 0);
    ASSERT_TRUE(killed && WIFSIGNALED(how)) << "the writer ended by itself: " << WEXITSTATUS(how);

    test_database_.Reopen();
    std::set<int64_t> stored, twins;
    ASSERT_TRUE(database()
                    .Read([&](Tx& tx) -> Status {
                      TINHSO_TRY(tx.ForEach("SELECT entry_id FROM entry WHERE LENGTH(body) = entry_id % 3000", {},
                                            [&](const Row& row) { return stored.insert(row.Int(0)).second; }));
                      return tx.ForEach("SELECT entry_id FROM twin", {},
                                        [&](const Row& row) { return twins.insert(row.Int(0)).second; });
                    })
                    .ok());
    EXPECT_EQ(stored, twins);
    for (const int64_t wanted : acknowledged) EXPECT_TRUE(stored.contains(wanted)) << "lost " << wanted;
    auto problems = database().CheckIntegrity();
    ASSERT_TRUE(problems.ok());
    EXPECT_TRUE(problems->empty());
  }
}

}  // namespace
}  // namespace tinhso::db
