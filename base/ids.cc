#include "base/ids.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <unordered_map>

#include "base/crypto.h"

namespace tinhso {
namespace {

constexpr int64_t kEpochMs = 1'577'836'800'000;  // 2020-01-01T00:00:00Z
constexpr int kSequenceBits = 16, kNodeBits = 6;
// NewId takes the lower half of each millisecond's sequence, NewIdAt the upper, so that they never meet.
constexpr int kLiveBits = kSequenceBits - 1;
constexpr int64_t kLiveMask = (int64_t{1} << kLiveBits) - 1;
constexpr int64_t kMsMax = (int64_t{1} << 41) - 1;

std::atomic<int64_t> node_number{0};
std::atomic<int64_t> last_live{0};  // milliseconds << kLiveBits | sequence

int64_t MsSinceEpoch(TimeUs at) { return std::clamp<int64_t>(at / 1000 - kEpochMs, 0, kMsMax); }

int64_t Assemble(int64_t ms, int64_t sequence) {
  return ms << (kNodeBits + kSequenceBits) | node_number.load(std::memory_order_relaxed) << kSequenceBits |
         sequence;
}

}  // namespace

int64_t NewId() {
  const int64_t now = MsSinceEpoch(SystemClock().NowUs()) << kLiveBits;
  int64_t last = last_live.load(std::memory_order_relaxed), next = 0;
  // A clock set back, or more than 32,768 ids in a millisecond, only runs the ids ahead of the clock.
  do {
    next = std::max(now, last + 1);
  } while (!last_live.compare_exchange_weak(last, next, std::memory_order_relaxed));
  return Assemble(next >> kLiveBits, next & kLiveMask);
}

void SetNode(int node) {
  node_number.store(std::clamp(node, 0, (1 << kNodeBits) - 1), std::memory_order_relaxed);
}

int64_t NewIdAt(TimeUs at) {
  // Imports make many ids for one moment: each millisecond remembers its next number, a full one spills over.
  static std::mutex mutex;
  static std::unordered_map<int64_t, int64_t> used;
  int64_t ms = MsSinceEpoch(at);
  std::lock_guard lock(mutex);
  while (true) {
    int64_t& count = used[ms];
    if (count <= kLiveMask) return Assemble(ms, (kLiveMask + 1) | count++);
    ++ms;
  }
}

int64_t IdFloor(int64_t age_us) {
  return MsSinceEpoch(SystemClock().NowUs() - age_us) << (kNodeBits + kSequenceBits);
}

int64_t IdBefore(int64_t id, int64_t age_us) {
  return std::max<int64_t>((id >> (kNodeBits + kSequenceBits)) - age_us / 1000, 0) << (kNodeBits + kSequenceBits);
}

std::string RandomToken() { return crypto::HexEncode(crypto::RandomBytes(16)); }

std::string RandomCode(int n) {
  static constexpr std::string_view kAlphabet = "23456789abcdefghjkmnpqrstuvwxyz";
  // bytes at and above the largest multiple are thrown away, or the first letters would come more often
  constexpr unsigned kLimit = 256 / kAlphabet.size() * kAlphabet.size();
  std::string out;
  while (static_cast<int>(out.size()) < n) {
    for (unsigned char c : crypto::RandomBytes(n + 8)) {
      if (c < kLimit && static_cast<int>(out.size()) < n) out += kAlphabet[c % kAlphabet.size()];
    }
  }
  return out;
}

}  // namespace tinhso
