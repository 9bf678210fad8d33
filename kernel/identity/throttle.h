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

// Wrong codes of a second factor: whoever types them knows the password, so the account itself waits, wherever they come from.
inline constexpr ThrottleOptions kFactorThrottle{};
// How long to wait after so many wrong tries; 0 = not at all.
int64_t WaitSecondsAfter(const ThrottleOptions& options, int64_t tries);

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

// What guessing at sign-in meets. One name from one address has few tries, so that a stranger elsewhere does not shut the owner
// out; one address has more (an office shares it); one name from anywhere has many, with short waits, which holds back a guesser
// with many addresses. Addresses from which the name was last signed in to are not held back by what strangers do.
// Thread-safe.
class SignInThrottle {
 public:
  // Counts a try. 0 = go on, else seconds to wait.
  int Try(const std::string& username, const std::string& address, TimeUs now_us);
  void Right(const std::string& username, const std::string& address, TimeUs now_us);
  // The address did nothing wrong, though nobody has signed in yet.
  void Return(const std::string& address);

 private:
  bool IsKnown(const std::string& pair, TimeUs now_us);

  static constexpr size_t kKnownMax = 100'000;
  static constexpr int64_t kKnownUs = 30 * kUsPerDay;
  Throttle by_address_{{.free_tries = 50}};
  Throttle by_pair_{{}};
  Throttle by_name_{{.free_tries = 100, .wait_s_first = 5, .wait_s_max = 60}};
  std::mutex mutex_;
  std::unordered_map<std::string, TimeUs> known_;  // name and address → last right sign-in
};

}  // namespace tinhso::identity
