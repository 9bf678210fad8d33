#include "throttle.h"

#include <algorithm>
#include <utility>

#include "base/crypto.h"
#include "store_tries.h"

namespace tinhso::identity {
namespace {

constexpr int64_t kKnownUs = 30 * kUsPerDay;
constexpr int64_t kKnownNotedUs = kUsPerDay;  // how often a place is written down anew
constexpr size_t kAddressKey = 0, kPairKey = 1, kNameKey = 2, kCounts = 3;
constexpr ThrottleOptions kLimits[kCounts] = {{.free_tries = 50}, {}, {.free_tries = 100, .wait_s_first = 5, .wait_s_max = 60}};

// What somebody typed as a name may be a password: it does not stand in the database.
std::string TryKey(const char* kind, const std::string& text) { return crypto::Sha256Hex(std::string(kind) + "\n" + text).substr(0, 32); }
std::string PairOf(const std::string& username, const std::string& address) { return username + "\n" + address; }

// Seconds to wait; 0 = go on.
int WaitOf(const ThrottleOptions& options, const store::TryRow& row, int64_t others_under_way, TimeUs now_us) {
  const int64_t tries = now_us - row.last_at_us > options.forget_s * kUsPerSecond ? 0 : row.tries;
  const int64_t wait_us = WaitSecondsAfter(options, tries) * kUsPerSecond;
  // A clock that was set back makes nobody wait longer than the rule says.
  int64_t left_us = std::min(row.last_at_us + wait_us - now_us, wait_us);
  if (others_under_way > 0) left_us = std::max(left_us, WaitSecondsAfter(options, tries + others_under_way) * kUsPerSecond);
  return left_us <= 0 ? 0 : static_cast<int>((left_us + kUsPerSecond - 1) / kUsPerSecond);
}

}  // namespace

int64_t WaitSecondsAfter(const ThrottleOptions& options, int64_t tries) {
  if (tries < options.free_tries) return 0;
  int64_t doublings = std::min<int64_t>(tries - options.free_tries, 20);
  return std::min<int64_t>(static_cast<int64_t>(options.wait_s_first) << doublings, options.wait_s_max);
}

SignInThrottle::Attempt::Attempt(Attempt&& other) noexcept
    : throttle_(std::exchange(other.throttle_, nullptr)), keys_(std::move(other.keys_)), known_(other.known_) {}

SignInThrottle::Attempt::~Attempt() {
  if (throttle_ == nullptr) return;
  std::lock_guard lock(throttle_->mutex_);
  for (const std::string& key : keys_) {
    auto it = throttle_->under_way_.find(key);
    if (--it->second == 0) throttle_->under_way_.erase(it);
  }
}

Result<SignInThrottle::Attempt> SignInThrottle::Begin(const std::string& username, const std::string& address) {
  const std::string pair = PairOf(username, address), place = TryKey("place", pair);
  Attempt attempt(*this, {TryKey("address", address), TryKey("pair", pair), TryKey("name", username)});
  // Noted before the counts are read: a try that ends in between is seen in one of the two.
  int64_t others[kCounts];
  {
    std::lock_guard lock(mutex_);
    for (size_t i = 0; i < kCounts; ++i) others[i] = under_way_[attempt.keys_[i]]++;
  }
  std::vector<std::string> keys = attempt.keys_;
  keys.push_back(place);
  TINHSO_ASSIGN(auto rows, database_.Read([&](db::Tx& tx) { return store::TriesOf(tx, keys); }));
  const TimeUs now = clock_.NowUs();
  attempt.known_ = rows.contains(place) && now - rows[place].last_at_us <= kKnownUs;
  for (size_t i = 0; i < kCounts; ++i) {
    if (i == kNameKey && attempt.known_) continue;
    const int wait_s = WaitOf(kLimits[i], rows[keys[i]], others[i], now);
    if (wait_s == 0) continue;
    Error error = MakeError(ErrorCode::kThrottled, "too_many_attempts");
    error.retry_after_s = wait_s;
    return error;
  }
  return attempt;
}

Status SignInThrottle::Wrong(db::Tx& tx, const Attempt& attempt) {
  const TimeUs now = clock_.NowUs();
  std::vector<std::pair<std::string, int>> counted;
  for (size_t i = 0; i < kCounts; ++i) {
    if (i != kNameKey || !attempt.known_) counted.emplace_back(attempt.keys_[i], kLimits[i].forget_s);
  }
  // In one order: two servers that count the same keys do not wait for each other.
  std::sort(counted.begin(), counted.end());
  for (const auto& [key, forget_s] : counted)
    TINHSO_TRY(store::CountTry(tx, key, now, now - forget_s * kUsPerSecond, now + forget_s * kUsPerSecond));
  return store::SweepTries(tx, now);
}

Status SignInThrottle::Right(db::Tx& tx, const std::string& username, const std::string& address) {
  const TimeUs now = clock_.NowUs();
  const std::string pair = PairOf(username, address);
  TINHSO_TRY(store::ForgetTries(tx, TryKey("pair", pair)));
  return store::RememberPlace(tx, TryKey("place", pair), now, now - kKnownNotedUs, now + kKnownUs);
}

}  // namespace tinhso::identity
