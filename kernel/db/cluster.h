// Several servers on one database: whose memory is stale, who does what only one may do, and which number makes the ids of
// a process its own. On SQLite the same, between the server and the command line.
// Thread rule: thread-safe, except that Watcher::On comes before the first Poll.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "kernel/db/db.h"

namespace tinhso::db {

// How late a change made by another process may be seen.
inline constexpr int64_t kWatchPeriodUs = 1 * kUsPerSecond;
// A process that died keeps what it held for so long.
inline constexpr int64_t kLeaseUs = 60 * kUsPerSecond;
inline constexpr int64_t kRenewPeriodUs = 20 * kUsPerSecond;
// Node numbers are 0 … this (base/ids.h has 6 bits).
inline constexpr int kNodeMax = 63;

// Call in the transaction that changes what servers keep in memory; `cache` is a word such as "units".
Status Touch(Tx& tx, std::string_view cache);
// How often it was touched; read it before what it stands for.
Result<int64_t> Revision(Tx& tx, std::string_view cache);

// Reloads what others have changed.
class Watcher {
 public:
  explicit Watcher(Database& database) : database_(database) {}
  // A reload that fails is tried again at the next Poll.
  void On(std::string cache, std::function<Status()> reload);
  // Called every kWatchPeriodUs: one query. The first call only remembers: make it before the first load.
  Status Poll();

 private:
  struct Watched {
    std::function<Status()> reload;
    int64_t revision = -1;
  };
  Database& database_;
  std::mutex mutex_;
  std::map<std::string, Watched> watched_;
  bool first_ = true;
};

// A process as the holder of leases and of a node number.
class Member {
 public:
  // Takes a node number nobody holds (`wanted` ≥ 0: that one) and makes it the process's (SetNode).
  // kConflict "server_node_taken"; kUnavailable "server_nodes_used_up".
  static Result<std::unique_ptr<Member>> Join(Database& database, const Clock& clock, int wanted);
  // Gives back what it holds.
  ~Member();
  Member(const Member&) = delete;
  Member& operator=(const Member&) = delete;

  // True when this process has `work` to itself until the lease ends: taken now, renewed, or held long enough.
  Result<bool> Hold(std::string_view work);
  // Every kRenewPeriodUs. A number that was lost (the database was away for longer than the lease) is replaced.
  Status Renew();
  int node() const;

 private:
  Member(Database& database, const Clock& clock, int64_t holder) : database_(database), clock_(clock), holder_(holder) {}
  Status TakeNode(int wanted);
  Result<bool> Take(std::string_view work, TimeUs now_us);

  Database& database_;
  const Clock& clock_;
  const int64_t holder_;
  mutable std::mutex mutex_;
  int node_ = -1;
  std::map<std::string, TimeUs, std::less<>> held_until_us_;
};

}  // namespace tinhso::db
