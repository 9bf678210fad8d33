#include "cells.h"

#include <algorithm>

namespace tinhso::reports {

using dossiers::Fact;
using dossiers::kNoDay;

const std::array<const char*, kCells> kCellNames = {
    "carried_over", "received_online", "received_counter", "received_post", "settled_before", "settled_on", "settled_late",
    "withdrawn", "stopped", "refused", "in_progress_within", "in_progress_late", "supplement", "paused", "returned",
    "waiting_before", "filed", "not_accepted", "withdrawn_before", "stopped_before", "waiting"};

bool SettledLate(const Fact& f) { return f.finished_day > f.due_day || f.supplement_count > 1; }

namespace {

Cell OriginOf(const Fact& f, const Period& period) {
  if (f.received_day < period.from_day) return kCarriedOver;
  return f.channel == "online" ? kReceivedOnline : f.channel == "post" ? kReceivedPost : kReceivedCounter;
}

Cell FateOf(const Fact& f, const Period& period) {
  if (f.finished_day <= period.to_day) {
    if (f.outcome == "withdrawn") return kWithdrawn;
    if (f.outcome == "stopped") return kStopped;
    if (f.outcome == "refused") return kRefused;
    if (SettledLate(f)) return kSettledLate;
    return f.finished_day == f.due_day || f.due_day == kNoDay ? kSettledOn : kSettledBefore;
  }
  if (f.standing == "supplement") return kSupplement;
  if (f.standing == "financial") return kPaused;
  return period.to_day > f.due_day || f.supplement_count > 1 ? kInProgressLate : kInProgressWithin;
}

}  // namespace

CellSet CellsOf(const Fact& f, const Period& period) {
  CellSet out = 0;
  if (f.filed_day > period.to_day || f.finished_day < period.from_day) return out;
  if (f.received_day <= period.to_day) {
    const Cell fate = FateOf(f, period);
    out |= Bit(OriginOf(f, period)) | Bit(fate);
    const bool settled = fate == kSettledBefore || fate == kSettledOn || fate == kSettledLate;
    if (settled && f.returned_day <= period.to_day) out |= Bit(kReturned);
  }
  // It waited for reception at some time of the period.
  if (std::min(f.received_day, f.finished_day) >= period.from_day) {
    out |= Bit(f.filed_day < period.from_day ? kWaitingBefore : kFiled);
    if (f.received_day > period.to_day) {
      if (f.finished_day > period.to_day) out |= Bit(kWaiting);
      else out |= Bit(f.outcome == "refused" ? kNotAccepted : f.outcome == "withdrawn" ? kWithdrawnBefore : kStoppedBefore);
    }
  }
  return out;
}

void Count(const Fact& f, const Period& period, Cells& into) {
  const CellSet cells = CellsOf(f, period);
  for (int i = 0; i < kCells; ++i) into.of[i] += cells >> i & 1;
}

CellSet NamedCells(std::string_view name) {
  for (int i = 0; i < kCells; ++i)
    if (name == kCellNames[i]) return Bit(static_cast<Cell>(i));
  const CellSet received = Bit(kReceivedOnline) | Bit(kReceivedCounter) | Bit(kReceivedPost);
  if (name == "received") return received;
  if (name == "settled") return Bit(kSettledBefore) | Bit(kSettledOn) | Bit(kSettledLate);
  if (name == "ended") return Bit(kWithdrawn) | Bit(kStopped) | Bit(kRefused);
  if (name == "open") return Bit(kInProgressWithin) | Bit(kInProgressLate) | Bit(kSupplement) | Bit(kPaused);
  if (name == "total") return received | Bit(kCarriedOver);
  if (name == "late") return Bit(kSettledLate) | Bit(kInProgressLate);
  return 0;
}

}  // namespace tinhso::reports
