#include "clock.h"

#include "engines/workflow/workflow.h"

namespace tinhso::dossiers {

using workflow::ClockState;

ClockLog ReadClock(const std::vector<store::Event>& events) {
  ClockLog log;
  ClockState before = ClockState::kWaiting;
  int64_t national_before = 1;
  auto reckoned = [&](TimeUs at_us) {
    if (!log.first_reckoned_us) log.first_reckoned_us = at_us;
    log.last_reckoned_us = at_us;
  };
  for (const store::Event& e : events) {
    const ClockState now = workflow::LawfulClock(static_cast<int>(e.national_state));
    if (e.national_state == 5 && national_before != 5) ++log.supplement_count;
    if (now == ClockState::kPaused && before != ClockState::kPaused)
      log.pauses.push_back({e.at_us, std::nullopt, log.received_at_us.has_value()});
    if (before == ClockState::kPaused && now != ClockState::kPaused) {
      // A dossier that ends while it waits never went on: the pause stays open.
      if (now != ClockState::kStopped) log.pauses.back().to_us = e.at_us;
      if (now == ClockState::kRunning && log.received_at_us) reckoned(e.at_us);
    }
    if (now == ClockState::kRunning && !log.received_at_us) {
      log.received_at_us = e.at_us;
      reckoned(e.at_us);
    }
    if (now == ClockState::kStopped && !log.finished_at_us) log.finished_at_us = e.at_us;
    if (e.action == kExtend && e.due_on) {
      log.extension = {e.at_us, *e.due_on};
      reckoned(e.at_us);
    }
    if (e.action == kCalendarChanged) reckoned(e.at_us);
    before = now;
    national_before = e.national_state;
  }
  return log;
}

Date FilingDay(const store::Dossier& terms, const calendar::Calendar& calendar, int days) {
  const calendar::DueRule rule{static_cast<int>(terms.after_hours_minute)};
  return calendar.AddWorkingDays(calendar::CountedOn(calendar, terms.FiledAt(), rule), days);
}

std::string BreachOf(const store::Dossier& terms, const calendar::Calendar& calendar, int from_national, int to_national,
                     int64_t asked_before, TimeUs at_us) {
  if (from_national == to_national) return "";
  const auto after = [&](int days) { return LocalDate(at_us) > FilingDay(terms, calendar, days); };
  if (to_national == 3 && after(kRefuseWithinDays)) return kRefusedLate;
  if (to_national != 5) return "";
  if (asked_before >= kSupplementsLawful) return kAskedAgain;
  return after(kAskWithinDays) ? kAskedLate : "";
}

std::optional<TimeUs> StepDueOf(const workflow::State& state, TimeUs since_us, int64_t paused_minutes, const calendar::Calendar& calendar) {
  if (!state.step_limit) return std::nullopt;
  return calendar::ComputeDue(calendar, since_us, *state.step_limit, {-1}, paused_minutes).at_us;
}

namespace {

// Steps, told from the events: a stay in one state. The time the clock is paused belongs to the step that is taken up again.
void ReadSteps(const std::vector<store::Event>& events, const store::Dossier& terms, const workflow::Workflow* flow,
               const CalendarAt& calendar_at, Reckoning& out) {
  std::string state;
  TimeUs reckoned_at_us = 0, paused_from_us = 0;
  int64_t paused_minutes = 0, asked = 0;
  bool paused = false;
  bool waits = !terms.joint_waits_for.empty();  // for another dossier: that is no step
  int national = 1;
  auto due = [&]() -> std::optional<TimeUs> {
    const workflow::State* step = flow == nullptr ? nullptr : flow->FindState(state);
    return step == nullptr || waits ? std::nullopt : StepDueOf(*step, out.step_since_us, paused_minutes, calendar_at(reckoned_at_us));
  };
  for (const store::Event& e : events) {
    Reckoning::Said said;
    const int national_now = static_cast<int>(e.national_state);
    const bool pauses = workflow::LawfulClock(national_now) == ClockState::kPaused;
    said.breach = BreachOf(terms, calendar_at(e.at_us), national, national_now, asked, e.at_us);
    if (national_now == 5 && national != 5) ++asked;
    if (e.action == kCalendarChanged) {
      reckoned_at_us = e.at_us;
    } else if (e.action == kWorkflowMoved) {
      // The step goes on under the new version's limit; what ended before went by the old one, which is not asked for here.
      if (!pauses) state = e.to_state;
      reckoned_at_us = e.at_us;
      for (size_t i = 0; i < out.said.size(); ++i) out.said[i].step_due_on = events[i].step_due_on;
    } else if (pauses) {
      if (!paused) paused_from_us = e.at_us;
    } else if (paused && e.to_state == state) {
      paused_minutes += calendar_at(e.at_us).WorkingMinutesBetween(paused_from_us, e.at_us);
      reckoned_at_us = e.at_us;
    } else if (e.to_state != state) {
      if (const auto ended = due(); ended && !paused) said.step_due_on = FormatDate(LocalDate(*ended));
      state = e.to_state;
      out.step_since_us = reckoned_at_us = e.at_us;
      paused_minutes = 0;
    }
    if (e.action == kJointReady) {
      out.joint_ready_at_us = e.at_us;
      waits = false;
    }
    paused = pauses;
    national = national_now;
    out.said.push_back(std::move(said));
  }
  out.step_due_at_us = due();
}

}  // namespace

Reckoning Reckon(const std::vector<store::Event>& events, const store::Dossier& terms, const workflow::Workflow* flow,
                 const CalendarAt& calendar_at) {
  const ClockLog log = ReadClock(events);
  Reckoning out;
  ReadSteps(events, terms, flow, calendar_at, out);
  out.received_at_us = log.received_at_us;
  out.finished_at_us = log.finished_at_us;
  out.supplement_count = log.supplement_count;
  if (!log.pauses.empty() && !log.pauses.back().to_us) out.paused_since_us = log.pauses.back().from_us;
  int64_t before_extension = 0;
  for (const ClockLog::Pause& pause : log.pauses) {
    if (!pause.received || !pause.to_us) continue;
    const int64_t minutes = calendar_at(*pause.to_us).WorkingMinutesBetween(pause.from_us, *pause.to_us);
    out.paused_minutes += minutes;
    if (log.extension && *pause.to_us <= log.extension->at_us) before_extension += minutes;
  }
  if (!log.received_at_us || terms.limit_value < 0) return out;
  store::Dossier d = terms;
  d.received_at_us = log.received_at_us;
  d.paused_minutes = 0;
  d.extended_on.reset();
  out.original_due_on = FormatDate(DueOf(d, calendar_at(*log.first_reckoned_us)).on);
  d.paused_minutes = out.paused_minutes;
  if (log.extension) {
    d.extended_on = log.extension->due_on;
    d.extended_paused_minutes = before_extension;
  }
  const calendar::Due due = DueOf(d, calendar_at(*log.last_reckoned_us));
  out.due_at_us = due.at_us;
  out.due_on = FormatDate(due.on);
  return out;
}

Reckoning Recorded(const store::Dossier& d) {
  return {d.received_at_us, d.finished_at_us, d.paused_since_us, d.due_at_us, d.step_due_at_us, d.due_on, d.original_due_on, d.joint_ready_at_us,
          d.paused_minutes, d.supplement_count, d.step_since_us, {}};
}

calendar::Due DueOf(const store::Dossier& d, const calendar::Calendar& calendar) {
  auto unit = calendar::ParseUnit(d.limit_unit);
  const calendar::TimeLimit limit{d.limit_value, unit.ok() ? *unit : calendar::Unit::kWorkingDay};
  const calendar::DueRule rule{static_cast<int>(d.after_hours_minute)};
  if (d.extended_on) {
    if (auto extended_on = ParseDate(*d.extended_on); extended_on.ok())
      return calendar::ExtendDue(calendar, calendar::ComputeDue(calendar, *d.received_at_us, limit, rule, d.extended_paused_minutes),
                                 *extended_on, d.paused_minutes - d.extended_paused_minutes);
  }
  return calendar::ComputeDue(calendar, *d.received_at_us, limit, rule, d.paused_minutes);
}

}  // namespace tinhso::dossiers
