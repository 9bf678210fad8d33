// Token buckets per remote address. Thread rule: thread-safe.
#pragma once
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>

namespace tinhso::http {

class RateLimit {
 public:
  // per_minute 0 = off. Keeps at most `addresses_max` buckets; full ones are forgotten first.
  RateLimit(int per_minute, int burst, size_t addresses_max = 65'536);
  // Takes one token. 0 = allowed, else the seconds to wait. `now_us` is monotonic.
  int Take(const std::string& address, int64_t now_us);

 private:
  struct Bucket {
    double tokens;
    int64_t at_us;
  };
  void Sweep(int64_t now_us);
  const double per_us_;
  const double burst_;
  const size_t addresses_max_;
  std::mutex mutex_;
  std::unordered_map<std::string, Bucket> buckets_;
};

}  // namespace tinhso::http
