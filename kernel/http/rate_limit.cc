#include "rate_limit.h"

#include <algorithm>
#include <cmath>

namespace tinhso::http {

RateLimit::RateLimit(int per_minute, int burst, size_t addresses_max)
    : per_us_(per_minute / 60e6), burst_(std::max(burst, 1)), addresses_max_(addresses_max) {}

int RateLimit::Take(const std::string& address, int64_t now_us) {
  if (per_us_ <= 0) return 0;
  std::lock_guard lock(mutex_);
  if (buckets_.size() >= addresses_max_) Sweep(now_us);
  auto [it, fresh] = buckets_.try_emplace(address, Bucket{burst_, now_us});
  Bucket& bucket = it->second;
  bucket.tokens = std::min(burst_, bucket.tokens + static_cast<double>(now_us - bucket.at_us) * per_us_);
  bucket.at_us = now_us;
  if (bucket.tokens >= 1) {
    bucket.tokens -= 1;
    return 0;
  }
  return std::max(1, static_cast<int>(std::ceil((1 - bucket.tokens) / per_us_ / 1e6)));
}

void RateLimit::Sweep(int64_t now_us) {
  // A bucket that has filled up again says nothing: the address starts afresh with the same tokens.
  std::erase_if(buckets_, [&](const auto& entry) {
    return entry.second.tokens + static_cast<double>(now_us - entry.second.at_us) * per_us_ >= burst_;
  });
  // Still too many addresses at once (a flood): forget all rather than grow without bound.
  if (buckets_.size() >= addresses_max_) buckets_.clear();
}

}  // namespace tinhso::http
