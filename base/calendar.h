// Working time: which days and hours an office works, and due dates with their arithmetic.
// Law: Labour Code 2019 arts. 111–112 (weekly rest moves a holiday), yearly notices of the Ministry of Home
// Affairs.
// Thread rule: immutable after construction.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace tinhso::calendar {

enum class DayKind { kHoliday, kCompensatory, kSwappedOff, kSwappedWork };
// "holiday", "compensatory", "swapped_off", "swapped_work"
const char* DayKindName(DayKind kind);
Result<DayKind> ParseDayKind(std::string_view name);

struct SpecialDay {
  Date on;
  DayKind kind;
  std::string name;    // "Ngày Văn hóa Việt Nam"
  std::string source;  // legal source of the entry
};

// Half-open minutes of the local day, e.g. {420, 660} = 07:00–11:00.
struct Span {
  int from_minute, to_minute;
};

struct Hours {
  // by weekday, 0 = Monday; empty = not worked
  std::vector<Span> week[7];
};
// Monday–Friday 07:00–11:00 and 13:00–17:00: 8 hours.
Hours OfficeHours();

class Calendar {
 public:
  Calendar(Hours hours, std::vector<SpecialDay> days);
  bool IsWorkingDay(Date d) const;
  // Why a day is not worked: the special day's name, "Thứ Bảy", "Chủ Nhật", or "" when it is worked.
  std::string WhyOff(Date d) const;
  Date NextWorkingDay(Date d) const;                 // the first working day after d
  Date AddWorkingDays(Date from, int n) const;       // n-th working day after `from`
  int WorkingDaysBetween(Date from, Date to) const;  // working days d with from < d <= to
  int WorkingMinutesOn(Date d) const;
  // The special day on d, or nullptr. Of two entries for one day the later in the constructor's list holds.
  const SpecialDay* SpecialDayOn(Date d) const;
  // End of the last span of the day (minute), 1020 for office hours; the nominal week's for days off.
  int ClosingMinute(Date d) const;
  // The moment `minutes` of working time after `at`.
  TimeUs AddWorkingMinutes(TimeUs at, int64_t minutes) const;
  int64_t WorkingMinutesBetween(TimeUs from, TimeUs to) const;

 private:
  Hours hours_;
  std::map<int64_t, SpecialDay> days_;
};

enum class Unit { kWorkingDay, kDay, kHour, kMonth };
const char* UnitName(Unit unit);  // "working_day", "day", "hour", "month"
Result<Unit> ParseUnit(std::string_view name);

struct TimeLimit {
  int64_t value = 0;  // 0 = same day
  Unit unit = Unit::kWorkingDay;
};

struct DueStep {
  // "received"; "moved": counted from another day than the one it fell on (late or off-day receipt, last day
  // off, paused time added, a day worked in exchange); "start": first day or minute counted; "off": days not
  // worked; "due"
  std::string kind;
  Date on;
  std::string text_vi;  // "24/11/2026: nghỉ Ngày Văn hóa Việt Nam"
  std::string short_vi;  // its part of DueLine, "nghỉ 24/11"; "" when it has none
};

struct Due {
  TimeUs at_us = 0;
  Date on;
  std::vector<DueStep> steps;  // the arithmetic shown to people
};
// The same in one line: "23/11 tiếp nhận → nghỉ 24/11 → hạn 27/11/2026". Weekly days off go without saying.
std::string DueLine(const Due& due);

struct DueRule {
  // Received after this minute counts as received on the next working day (900 = 15:00); -1 = no such rule.
  int after_hours_minute = 900;
};

// The day something counts as received: the next working day when it comes on a day off or after the rule's minute.
Date CountedOn(const Calendar& calendar, TimeUs received_at_us, DueRule rule);

// The day of receipt does not count; the first counted day is the next working day. Day limits ending on a
// day off move to the next working day. `paused_minutes` (working minutes the clock stood) are added at the
// end; a limit in days is then due when its last day closes, a limit in hours at the minute.
Due ComputeDue(const Calendar& calendar, TimeUs received_at_us, TimeLimit limit, DueRule rule,
               int64_t paused_minutes);

// The same dossier given a new day by a letter of apology (decree 118/2025): due when that day closes, later by
// the working minutes the clock stood after the letter. The arithmetic so far stays and the new day follows it.
Due ExtendDue(const Calendar& calendar, Due due, Date extended_on, int64_t paused_minutes_since);

}  // namespace tinhso::calendar
