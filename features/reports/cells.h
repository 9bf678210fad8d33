// Into which figures of a period a dossier counts. One function decides, for the report and for the list behind each number.
// Law: comparison by date, a second request for papers counts as late, waiting for the person counts as in time (TT 03/2025/TT-VPCP).
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

#include "features/dossiers/facts.h"

namespace tinhso::reports {

// Days counted as in dossiers/facts.h, both included.
struct Period {
  int64_t from_day = 0, to_day = 0;
};

enum Cell {
  // received dossiers: where they come from …
  kCarriedOver, kReceivedOnline, kReceivedCounter, kReceivedPost,
  // … and where they are at the end: the sums are equal
  kSettledBefore, kSettledOn, kSettledLate, kWithdrawn, kStopped, kRefused,
  kInProgressWithin, kInProgressLate, kSupplement, kPaused,
  // of those settled in the period, the result was handed over by its end
  kReturned,
  // before reception, again in two equal sums: were waiting and were filed; were received (above), ended, wait still
  kWaitingBefore, kFiled, kNotAccepted, kWithdrawnBefore, kStoppedBefore, kWaiting,
  kCells
};
// "carried_over" …; index = Cell.
extern const std::array<const char*, kCells> kCellNames;

struct Cells {
  std::array<int64_t, kCells> of{};
  int64_t operator[](Cell cell) const { return of[cell]; }
  int64_t Received() const { return of[kReceivedOnline] + of[kReceivedCounter] + of[kReceivedPost]; }
  int64_t Settled() const { return of[kSettledBefore] + of[kSettledOn] + of[kSettledLate]; }
  int64_t Ended() const { return of[kWithdrawn] + of[kStopped] + of[kRefused]; }
  // However it went, before reception or after it.
  int64_t Finished() const { return Settled() + Ended() + of[kNotAccepted] + of[kWithdrawnBefore] + of[kStoppedBefore]; }
  int64_t Open() const { return of[kInProgressWithin] + of[kInProgressLate] + of[kSupplement] + of[kPaused]; }
  int64_t Total() const { return of[kCarriedOver] + Received(); }
  // Settled before or on the day, among all settled.
  int64_t SettledInTime() const { return of[kSettledBefore] + of[kSettledOn]; }
  // Both sums: what came is what went and what is there.
  bool Close() const {
    return Total() == Settled() + Ended() + Open() &&
           of[kWaitingBefore] + of[kFiled] == Received() + of[kNotAccepted] + of[kWithdrawnBefore] + of[kStoppedBefore] + of[kWaiting];
  }
  void Add(const Cells& other) {
    for (int i = 0; i < kCells; ++i) of[i] += other.of[i];
  }
};

// A set of cells.
using CellSet = uint32_t;
inline CellSet Bit(Cell cell) { return CellSet{1} << cell; }
// The cells a fact counts in; its standing is that at the end of the period (Service::ForEachFact).
CellSet CellsOf(const dossiers::Fact& f, const Period& period);
void Count(const dossiers::Fact& f, const Period& period, Cells& into);
// The cells a name stands for: a cell's own, or "received", "settled", "ended", "open", "total", "late"; 0 when unknown.
CellSet NamedCells(std::string_view name);

bool SettledLate(const dossiers::Fact& f);

}  // namespace tinhso::reports
