// Notices in open browsers: one server-sent event stream each, fed from the database by one thread of the server, so
// that what another server on the same database stored arrives as well.
#pragma once
#include <condition_variable>
#include <list>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_set>

#include "kernel/http/push.h"
#include "kernel/notify/notify.h"

namespace tinhso::notify {

// Thread rule: thread-safe.
class Live {
 public:
  Live(db::Database& database, const LiveOptions& options) : database_(database), options_(options) {}
  ~Live() { Stop(); }

  // The handler of GET /api/v1/events.
  Result<http::Response> Open(http::Request& request);
  void Start();
  void Stop();  // ends every stream
  // Looks once for what is new and sends it.
  Status Poll();
  void SetSessionCheck(SessionCheck check) { check_ = std::move(check); }
  int64_t streams() const;

 private:
  struct Stream {
    int64_t account_id = 0, session_id = 0;
    int64_t authority_id = 0;  // whose inbox is looked at; 0 = none
    int64_t opened_us = 0, checked_us = 0;  // monotonic
    std::shared_ptr<http::Push> push;
  };
  void Forget();  // streams that ended, under mutex_
  Status CheckSessions(int64_t now_us);

  db::Database& database_;
  const LiveOptions options_;
  SessionCheck check_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::list<Stream> streams_;
  bool stopping_ = false;
  std::thread thread_;
  // Of the polling thread.
  std::unordered_set<int64_t> sent_;
};

}  // namespace tinhso::notify
