// Slows down guessing: after some free tries each further failure doubles the wait.
#pragma once
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"

namespace tinhso::identity {

struct ThrottleOptions {
  int free_tries = 5;
  int wait_s_first = 30;
  int wait_s_max = 900;
  int forget_s = 1800;        // a key without tries for so long starts afresh
  size_t keys_max = 100'000;  // memory bound
};

// Thread-safe.
class Throttle {
 public:
  explicit Throttle(ThrottleOptions options) : options_(options) {}
  // Counts a try before its outcome is known, so that many at once cannot slip through. 0 = go on, else seconds to wait.
  int Try(const std::string& key, TimeUs now_us);
  // The try was right: forgets the key (Clear), or takes this one try back (Return).
  void Clear(const std::string& key);
  void Return(const std::string& key);

 private:
  struct Entry {
    int tries = 0;
    TimeUs blocked_until_us = 0;
    TimeUs last_us = 0;
  };
  void MakeRoom(TimeUs now_us);

  ThrottleOptions options_;
  std::mutex mutex_;
  std::unordered_map<std::string, Entry> entries_;
};

}  // namespace tinhso::identity
