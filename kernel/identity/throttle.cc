#include "throttle.h"

#include <algorithm>

namespace tinhso::identity {

int64_t WaitSecondsAfter(const ThrottleOptions& options, int64_t tries) {
  if (tries < options.free_tries) return 0;
  int64_t doublings = std::min<int64_t>(tries - options.free_tries, 20);
  return std::min<int64_t>(static_cast<int64_t>(options.wait_s_first) << doublings, options.wait_s_max);
}

int Throttle::Try(const std::string& key, TimeUs now_us) {
  std::lock_guard lock(mutex_);
  if (entries_.size() >= options_.keys_max && !entries_.contains(key)) MakeRoom(now_us);
  Entry& entry = entries_[key];
  if (now_us - entry.last_us > options_.forget_s * kUsPerSecond && now_us >= entry.blocked_until_us) entry = Entry();
  if (now_us < entry.blocked_until_us) {
    return static_cast<int>((entry.blocked_until_us - now_us + kUsPerSecond - 1) / kUsPerSecond);
  }
  entry.last_us = now_us;
  ++entry.tries;
  if (int64_t wait_s = WaitSecondsAfter(options_, entry.tries); wait_s > 0) entry.blocked_until_us = now_us + wait_s * kUsPerSecond;
  return 0;
}

void Throttle::Clear(const std::string& key) {
  std::lock_guard lock(mutex_);
  entries_.erase(key);
}

void Throttle::Return(const std::string& key) {
  std::lock_guard lock(mutex_);
  auto it = entries_.find(key);
  if (it == entries_.end()) return;
  it->second.tries = std::max(0, it->second.tries - 1);
  if (it->second.tries < options_.free_tries) it->second.blocked_until_us = 0;
}

void Throttle::MakeRoom(TimeUs now_us) {
  std::erase_if(entries_, [&](const auto& item) { return now_us - item.second.last_us > options_.forget_s * kUsPerSecond; });
  // Still full: somebody makes up keys. Those not yet blocked are dropped, the blocked stay blocked.
  if (entries_.size() >= options_.keys_max) {
    std::erase_if(entries_, [&](const auto& item) { return now_us >= item.second.blocked_until_us; });
  }
  if (entries_.size() >= options_.keys_max) entries_.erase(entries_.begin());
}

int SignInThrottle::Try(const std::string& username, const std::string& address, TimeUs now_us) {
  const std::string pair = username + "\n" + address;
  if (int wait_s = by_address_.Try(address, now_us); wait_s > 0) return wait_s;
  if (int wait_s = by_pair_.Try(pair, now_us); wait_s > 0) return wait_s;
  return IsKnown(pair, now_us) ? 0 : by_name_.Try(username, now_us);
}

void SignInThrottle::Right(const std::string& username, const std::string& address, TimeUs now_us) {
  const std::string pair = username + "\n" + address;
  const bool was_known = IsKnown(pair, now_us);
  by_address_.Return(address);
  by_pair_.Clear(pair);
  if (!was_known) by_name_.Return(username);
  std::lock_guard lock(mutex_);
  if (known_.size() >= kKnownMax && !known_.contains(pair)) {
    std::erase_if(known_, [&](const auto& item) { return now_us - item.second > kKnownUs; });
    if (known_.size() >= kKnownMax) known_.erase(known_.begin());
  }
  known_[pair] = now_us;
}

void SignInThrottle::Return(const std::string& address) { by_address_.Return(address); }

bool SignInThrottle::IsKnown(const std::string& pair, TimeUs now_us) {
  std::lock_guard lock(mutex_);
  auto it = known_.find(pair);
  return it != known_.end() && now_us - it->second <= kKnownUs;
}

}  // namespace tinhso::identity
