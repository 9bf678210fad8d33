// A period of a province played through the real service: people file, officers act, each at a moment of the simulated time.
// Thread rule: one simulation at a time.
#pragma once
#include <atomic>
#include <functional>
#include <string>

#include "features/dossiers/dossiers.h"

namespace tinhso::dossiers {

// Each thread of a simulation lives at a time of its own; the others at the latest that was reached.
class SimulatedClock : public Clock {
 public:
  explicit SimulatedClock(TimeUs start) : latest_(start) {}
  TimeUs NowUs() const override { return here_ != 0 ? here_ : latest_.load(std::memory_order_relaxed); }
  // The calling thread's time; 0 = the latest.
  void SetHere(TimeUs now);

 private:
  static inline thread_local TimeUs here_ = 0;
  std::atomic<TimeUs> latest_;
};

struct SimulateParams {
  Date from;
  int days = 30;
  int64_t dossiers = 0;
  uint64_t seed = 1;
  int threads = 16;
  SimulatedClock* clock = nullptr;
  // Who acts in a unit under a role; made at the first call. Thread-safe.
  std::function<Result<http::Principal>(int64_t unit_id, const std::string& role)> officer;
  // The signed-in citizen number `n` of `citizens`, whose person is `person`; made at the first call. Thread-safe.
  std::function<Result<http::Principal>(int64_t n, const identity::Person& person)> citizen;
  int64_t citizens = 1;
  std::function<void(int64_t done)> progress;
};

struct SimulateReport {
  int64_t dossiers = 0, acts = 0, ratings = 0;
  int64_t ended = 0, open = 0;  // of the dossiers, at the end of the last day
  int64_t failed = 0;           // filings and acts that the service refused: none is expected
  std::string first_failure;
};

}  // namespace tinhso::dossiers
