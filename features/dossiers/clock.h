// The legal clock (đồng hồ giải quyết) of a dossier, read from its events alone, so that every stored date can be proven. Law:
// decree 118/2025; how states stop it: workflow::LawfulClock. Thread rule: pure functions.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/calendar.h"
#include "store.h"

namespace tinhso::dossiers {

// Events that are no step of a workflow.
inline constexpr const char* kCalendarChanged = "calendar_changed";
inline constexpr const char* kExtend = "extend";
inline constexpr const char* kFeePaid = "fee_paid";

struct ClockLog {
  struct Pause {
    TimeUs from_us;
    std::optional<TimeUs> to_us;  // absent: it still stands
    bool received;                // before acceptance nothing ran, so nothing is added
  };
  struct Extension {
    TimeUs at_us;
    std::string due_on;
  };
  std::optional<TimeUs> received_at_us, finished_at_us;
  std::vector<Pause> pauses;
  std::optional<Extension> extension;  // the last one
  // When the due date was first and last worked out: with the calendar known then.
  std::optional<TimeUs> first_reckoned_us, last_reckoned_us;
  int64_t supplement_count = 0;
};
ClockLog ReadClock(const std::vector<store::Event>& events);

// The calendar of the dossier's authority as it was known at a moment.
using CalendarAt = std::function<const calendar::Calendar&(TimeUs known_at_us)>;

// What the dossier's row has to say by its events: the members of the row that the clock sets.
struct Reckoning {
  std::optional<int64_t> received_at_us, finished_at_us, paused_since_us, due_at_us;
  std::optional<std::string> due_on, original_due_on;
  int64_t paused_minutes = 0, supplement_count = 0;
  bool operator==(const Reckoning&) const = default;
};
Reckoning Reckon(const std::vector<store::Event>& events, const store::Dossier& terms, const CalendarAt& calendar_at);
// The same members of the row as it stands.
Reckoning Recorded(const store::Dossier& d);

// The due date of a received dossier by what its row says, and its arithmetic.
calendar::Due DueOf(const store::Dossier& d, const calendar::Calendar& calendar);

}  // namespace tinhso::dossiers
