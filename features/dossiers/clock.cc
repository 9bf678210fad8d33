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

Reckoning Reckon(const std::vector<store::Event>& events, const store::Dossier& terms, const CalendarAt& calendar_at) {
  const ClockLog log = ReadClock(events);
  Reckoning out;
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
  return {d.received_at_us, d.finished_at_us, d.paused_since_us, d.due_at_us, d.due_on, d.original_due_on,
          d.paused_minutes, d.supplement_count};
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
