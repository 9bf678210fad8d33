// The open end of an answer that goes on (server-sent events): made by a handler, written to from any thread, sent
// by the connection's event loop. It holds no worker. Thread rule: thread-safe.
#pragma once
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

namespace tinhso::http {

class Push {
 public:
  // `heartbeat` is sent when nothing else was for ServerOptions::push_heartbeat_s: it keeps proxies from closing and
  // finds readers that have gone. More than `queued_bytes_max` waiting means a reader too slow to be served.
  explicit Push(std::string heartbeat, size_t queued_bytes_max = 64 * 1024)
      : heartbeat_(std::move(heartbeat)), queued_bytes_max_(queued_bytes_max) {}

  // False when the reader is gone or was cut for being too slow.
  bool Send(std::string_view bytes);
  // Ends the answer once what waits has been sent.
  void Close();
  // Nobody will read what is sent from now on.
  bool closed() const;

  // --- For the connection.
  // `wake` is called, under a lock, whenever there is something to take: it may only post.
  void Attach(std::function<void()> wake);
  // The connection is gone; `wake` is not called any more once this returns.
  void Detach();
  // What waits; `cut` when the reader was too slow.
  std::string Take(bool& cut);
  const std::string& heartbeat() const { return heartbeat_; }

 private:
  const std::string heartbeat_;
  const size_t queued_bytes_max_;
  mutable std::mutex mutex_;
  std::string queued_;
  std::function<void()> wake_;
  bool closed_ = false, cut_ = false;
};

}  // namespace tinhso::http
