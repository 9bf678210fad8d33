// A fixed set of threads with a bounded queue. Thread rule: thread-safe.
#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace tinhso::http {

class WorkerPool {
 public:
  WorkerPool(int threads, int queue_max);
  ~WorkerPool();
  // False when the queue is full or the pool is stopping; `job` is then untouched.
  bool TryPost(std::function<void()> job);
  // Drops what waits, lets what runs end.
  void Stop();
  int waiting() const;

 private:
  void Run();
  const size_t queue_max_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> queue_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace tinhso::http
