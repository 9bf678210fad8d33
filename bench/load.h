// A small HTTP load generator: many keep-alive connections on one thread (epoll), so that it takes as little
// as it can from the server it shares the machine with.
#pragma once
#include <cstdint>
#include <functional>
#include <string>

namespace tinhso::bench {

struct Answer {
  int status = 0;
  std::string head, body;
};

// One blocking request on a connection of its own.
Answer Call(int port, const std::string& raw_request);

struct LoadResult {
  int64_t answered = 0, failed = 0;  // failed: another status than 2xx
  double seconds = 0;
  double PerSecond() const { return seconds > 0 ? static_cast<double>(answered) / seconds : 0; }
  double p50_ms = 0, p99_ms = 0;
  std::string first_failure;
};

// Sends `next()` again and again on each of `connections` connections for `seconds`, one request at a time on
// each.
LoadResult Load(int port, int connections, double seconds, const std::function<std::string()>& next);

}  // namespace tinhso::bench
