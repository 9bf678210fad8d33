#include "throttle.h"

#include <algorithm>

namespace tinhso::identity {

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
  if (entry.tries >= options_.free_tries) {
    int doublings = std::min(entry.tries - options_.free_tries, 20);
    int64_t wait_s = std::min<int64_t>(static_cast<int64_t>(options_.wait_s_first) << doublings, options_.wait_s_max);
    entry.blocked_until_us = now_us + wait_s * kUsPerSecond;
  }
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

}  // namespace tinhso::identity
