// Sends what waits in notice_delivery. The row is the outbox: written in the business transaction, leased, retried with growing
// pauses, and kept as the record of what became of it (docs/adr).
#pragma once
#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "provider.h"
#include "store_delivery.h"
#include "templates.h"

namespace tinhso::notify {

// Thread rule: thread-safe; Add before Start.
class Sender {
 public:
  Sender(db::Database& database, const Clock& clock, const Options& options) : database_(database), clock_(clock), options_(options) {}
  ~Sender() { Stop(); }

  void SetTemplates(Templates templates) { templates_ = std::move(templates); }
  void Add(const std::string& channel, std::unique_ptr<Provider> provider) { providers_[channel] = std::move(provider); }
  // Whether messages of this channel can be sent at all.
  bool Ready(std::string_view channel) const { return templates_ && providers_.contains(channel); }
  void Start();
  void Stop();  // lets the messages in hand end
  void Wake();  // something is due now
  // Sends on this thread until nothing is due. How many were tried.
  Result<int> SendDue();

 private:
  // One message of the channel, if one is due.
  Result<bool> SendOne(const std::string& channel, Provider& provider);
  struct Prepared {
    Message message;
    std::string cancelled;  // why nothing is to be sent; "" = send
  };
  Result<Prepared> Prepare(store::Delivery& delivery);
  Status Record(store::Delivery delivery, const Outcome& outcome);
  void Loop();
  Status Sweep();

  db::Database& database_;
  const Clock& clock_;
  const Options& options_;
  std::optional<Templates> templates_;
  std::map<std::string, std::unique_ptr<Provider>, std::less<>> providers_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::atomic<bool> stop_flag_ = false;
  uint64_t wakes_ = 0;    // under mutex_
  int64_t swept_us_ = 0;  // monotonic, under mutex_
  std::vector<std::thread> threads_;
};

}  // namespace tinhso::notify
