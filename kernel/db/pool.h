// Leased connections with a limit. `T` has bool MakeIdle(): ends what is left open; false when the connection is to be
// thrown away. Thread rule: thread-safe; a leased connection belongs to its thread.
#pragma once
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "engine.h"

namespace tinhso::db::internal {

template <class T>
class Pool {
 public:
  using Open = std::function<Result<std::unique_ptr<T>>()>;

  // Gives the connection back when it leaves.
  class Lease {
   public:
    Lease(Pool& pool, std::unique_ptr<T> connection) : pool_(&pool), connection_(std::move(connection)) {}
    Lease(Lease&&) = default;
    ~Lease() {
      if (connection_) pool_->GiveBack(std::move(connection_));
    }
    T& operator*() { return *connection_; }
    T* operator->() { return connection_.get(); }

   private:
    Pool* pool_;
    std::unique_ptr<T> connection_;
  };

  Pool(int connections_max, Open open) : max_(connections_max), open_one_(std::move(open)) {}

  // kUnavailable "db_busy" after kLeaseWaitMs; the error of opening.
  Result<Lease> Take() {
    {
      std::unique_lock lock(mutex_);
      const auto may_go = [&] { return !free_.empty() || open_ < max_; };
      if (!may_go()) {
        ++counted_.lease_waits;
        if (!freed_.wait_for(lock, std::chrono::milliseconds(kLeaseWaitMs), may_go)) {
          ++counted_.lease_timeouts;
          return BusyError("no free connection");
        }
      }
      if (!free_.empty()) {
        Lease lease(*this, std::move(free_.back()));
        free_.pop_back();
        return lease;
      }
      // A server that just refused is not asked again by every waiting thread.
      if (refusal_ && MonotonicUs() < refused_until_us_) return *refusal_;
      ++open_;
      ++counted_.connects;
    }
    auto opened = open_one_();
    if (!opened.ok()) {
      {
        std::lock_guard lock(mutex_);
        --open_;
        refusal_ = opened.error();
        refused_until_us_ = MonotonicUs() + kReconnectPauseMs * 1000;
      }
      freed_.notify_one();
      return std::move(opened.error());
    }
    {
      std::lock_guard lock(mutex_);
      refusal_.reset();
    }
    return Lease(*this, std::move(*opened));
  }

  // Closes the idle connections.
  void Clear() {
    std::vector<std::unique_ptr<T>> idle;
    {
      std::lock_guard lock(mutex_);
      idle.swap(free_);
      open_ -= static_cast<int>(idle.size());
    }
    freed_.notify_all();
  }

  void AddTo(Stats& stats) const {
    std::lock_guard lock(mutex_);
    stats.connections_max = max_;
    stats.connections_open = open_;
    stats.connections_leased = open_ - static_cast<int>(free_.size());
    stats.lease_waits = counted_.lease_waits;
    stats.lease_timeouts = counted_.lease_timeouts;
    stats.connects = counted_.connects;
  }

 private:
  void GiveBack(std::unique_ptr<T> connection) {
    if (connection->MakeIdle()) {
      {
        std::lock_guard lock(mutex_);
        free_.push_back(std::move(connection));
      }
      freed_.notify_one();
      return;
    }
    connection.reset();
    {
      std::lock_guard lock(mutex_);
      --open_;
    }
    // What broke one probably broke all: the idle ones are tried no more.
    Clear();
  }

  const int max_;
  const Open open_one_;
  mutable std::mutex mutex_;
  std::condition_variable freed_;
  std::vector<std::unique_ptr<T>> free_;
  int open_ = 0;
  std::optional<Error> refusal_;
  int64_t refused_until_us_ = 0;
  Stats counted_;
};

}  // namespace tinhso::db::internal
