// The legal clock (đồng hồ giải quyết) of a dossier, read from its events alone, so that every stored date can be proven. Law:
// decree 118/2025; how states stop it: workflow::LawfulClock. Thread rule: pure functions.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/calendar.h"
#include "engines/workflow/workflow.h"
#include "store.h"

namespace tinhso::dossiers {

// Events that are no step of a workflow.
inline constexpr const char* kCalendarChanged = "calendar_changed";
inline constexpr const char* kExtend = "extend";
inline constexpr const char* kFeePaid = "fee_paid";
inline constexpr const char* kWorkflowMoved = "workflow_moved";
inline constexpr const char* kAssign = "assign";
inline constexpr const char* kTakeOver = "take_over";
// Of a joint file: the awaited result came, the clock starts; it will not come, the dossier ends.
inline constexpr const char* kJointReady = "joint_ready";
inline constexpr const char* kJointStopped = "joint_stopped";

// Working days from the filing, which counts as a limit does (index 766 group 5, FACTS section 2): a refusal, the supplement
// request. One supplement request is lawful; a dossier with a second one counts as late (FACTS section 1).
inline constexpr int kRefuseWithinDays = 2;
inline constexpr int kAskWithinDays = 5;
inline constexpr int64_t kSupplementsLawful = 1;
inline constexpr const char* kRefusedLate = "refused_late";
inline constexpr const char* kAskedLate = "asked_late";
inline constexpr const char* kAskedAgain = "asked_again";
// The last lawful day of an act that is due `days` working days after the filing.
Date FilingDay(const store::Dossier& terms, const calendar::Calendar& calendar, int days);
// The rule that a step from one national state to another breaks, "" when none; `asked_before` supplement requests.
std::string BreachOf(const store::Dossier& terms, const calendar::Calendar& calendar, int from_national, int to_national,
                     int64_t asked_before, TimeUs at_us);

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
  std::optional<int64_t> received_at_us, finished_at_us, paused_since_us, due_at_us, step_due_at_us;
  std::optional<std::string> due_on, original_due_on;
  std::optional<int64_t> joint_ready_at_us;
  int64_t paused_minutes = 0, supplement_count = 0, step_since_us = 0;
  // Of each event, what it has to say of the step it ended and of the rules.
  struct Said {
    std::optional<std::string> step_due_on;
    std::string breach;
  };
  std::vector<Said> said;
};
// `flow` may be nullptr when the workflow is gone: steps then have no due moment.
Reckoning Reckon(const std::vector<store::Event>& events, const store::Dossier& terms, const workflow::Workflow* flow,
                 const CalendarAt& calendar_at);
// The same members of the row as it stands.
Reckoning Recorded(const store::Dossier& d);

// The due moment of a step entered at `since_us`; the day or minute it was entered counts as the receipt of a dossier does, without
// the after-hours rule. Absent when the state has no limit.
std::optional<TimeUs> StepDueOf(const workflow::State& state, TimeUs since_us, int64_t paused_minutes, const calendar::Calendar& calendar);

// The due date of a received dossier by what its row says, and its arithmetic.
calendar::Due DueOf(const store::Dossier& d, const calendar::Calendar& calendar);

}  // namespace tinhso::dossiers
