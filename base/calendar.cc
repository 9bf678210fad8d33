#include "base/calendar.h"

#include <algorithm>
#include <array>

namespace tinhso::calendar {
namespace {

constexpr int kMinutesPerDay = 24 * 60;
constexpr int64_t kUsPerMinute = 60 * kUsPerSecond;

constexpr std::array<const char*, 7> kWeekdayNames = {"Thứ Hai", "Thứ Ba",  "Thứ Tư",  "Thứ Năm",
                                                      "Thứ Sáu", "Thứ Bảy", "Chủ Nhật"};

// Sorted, inside the day, without overlaps: the arithmetic below relies on it and the hours come from people.
std::vector<Span> CleanSpans(std::vector<Span> spans) {
  std::sort(spans.begin(), spans.end(), [](Span a, Span b) { return a.from_minute < b.from_minute; });
  std::vector<Span> out;
  for (Span s : spans) {
    s.from_minute = std::clamp(s.from_minute, 0, kMinutesPerDay);
    s.to_minute = std::clamp(s.to_minute, 0, kMinutesPerDay);
    if (s.from_minute >= s.to_minute) continue;
    if (!out.empty() && s.from_minute <= out.back().to_minute)
      out.back().to_minute = std::max(out.back().to_minute, s.to_minute);
    else
      out.push_back(s);
  }
  return out;
}

bool AnyWorked(const Hours& hours) {
  return std::any_of(std::begin(hours.week), std::end(hours.week),
                     [](const auto& day) { return !day.empty(); });
}

// The hours a day would have if it were worked: its own weekday's, else the week's first worked day's
// (a Saturday worked in exchange has office hours).
const std::vector<Span>& NominalSpans(const Hours& hours, Date d) {
  const auto& own = hours.week[Weekday(d)];
  if (!own.empty()) return own;
  for (const auto& day : hours.week)
    if (!day.empty()) return day;
  return own;
}

}  // namespace

const char* DayKindName(DayKind kind) {
  switch (kind) {
    case DayKind::kHoliday:
      return "holiday";
    case DayKind::kCompensatory:
      return "compensatory";
    case DayKind::kSwappedOff:
      return "swapped_off";
    case DayKind::kSwappedWork:
      return "swapped_work";
  }
  return "holiday";
}

Result<DayKind> ParseDayKind(std::string_view name) {
  for (DayKind kind :
       {DayKind::kHoliday, DayKind::kCompensatory, DayKind::kSwappedOff, DayKind::kSwappedWork})
    if (name == DayKindName(kind)) return kind;
  return {ErrorCode::kInvalid, "day_kind_unknown"};
}

Hours OfficeHours() {
  Hours hours;
  for (int weekday = 0; weekday < 5; ++weekday) hours.week[weekday] = {{420, 660}, {780, 1020}};
  return hours;
}

Calendar::Calendar(Hours hours, std::vector<SpecialDay> days) : hours_(std::move(hours)) {
  for (auto& day : hours_.week) day = CleanSpans(std::move(day));
  // A week without work would make every search for a working day endless.
  if (!AnyWorked(hours_)) hours_ = OfficeHours();
  // The later entry wins: a ministry's notice is appended after the days computed by rule.
  for (auto& day : days) days_.insert_or_assign(DaysFromCivil(day.on), std::move(day));
}

bool Calendar::IsWorkingDay(Date d) const {
  if (const SpecialDay* special = SpecialDayOn(d)) return special->kind == DayKind::kSwappedWork;
  return !hours_.week[Weekday(d)].empty();
}

std::string Calendar::WhyOff(Date d) const {
  if (IsWorkingDay(d)) return "";
  if (const SpecialDay* special = SpecialDayOn(d); special != nullptr && !special->name.empty())
    return special->name;
  return kWeekdayNames[static_cast<size_t>(Weekday(d))];
}

Date Calendar::NextWorkingDay(Date d) const { return AddWorkingDays(d, 1); }

Date Calendar::AddWorkingDays(Date from, int n) const {
  const int step = n < 0 ? -1 : 1;
  Date d = from;
  for (int left = n < 0 ? -n : n; left > 0;) {
    d = AddDays(d, step);
    if (IsWorkingDay(d)) --left;
  }
  return d;
}

int Calendar::WorkingDaysBetween(Date from, Date to) const {
  int n = 0;
  for (int64_t day = DaysFromCivil(from) + 1, last = DaysFromCivil(to); day <= last; ++day)
    n += IsWorkingDay(CivilFromDays(day));
  return n;
}

int Calendar::WorkingMinutesOn(Date d) const {
  if (!IsWorkingDay(d)) return 0;
  int n = 0;
  for (Span s : NominalSpans(hours_, d)) n += s.to_minute - s.from_minute;
  return n;
}

const SpecialDay* Calendar::SpecialDayOn(Date d) const {
  const auto special = days_.find(DaysFromCivil(d));
  return special == days_.end() ? nullptr : &special->second;
}

int Calendar::ClosingMinute(Date d) const { return NominalSpans(hours_, d).back().to_minute; }

TimeUs Calendar::AddWorkingMinutes(TimeUs at, int64_t minutes) const {
  if (minutes <= 0) return at;
  int64_t left = minutes * kUsPerMinute;
  for (Date d = LocalDate(at);; d = AddDays(d, 1)) {
    if (!IsWorkingDay(d)) continue;
    for (Span s : NominalSpans(hours_, d)) {
      const TimeUs from = std::max(at, FromLocal(d, s.from_minute)), to = FromLocal(d, s.to_minute);
      if (from >= to) continue;
      // at the very end of a span the work is done then, not when the next span opens
      if (left <= to - from) return from + left;
      left -= to - from;
    }
  }
}

int64_t Calendar::WorkingMinutesBetween(TimeUs from, TimeUs to) const {
  int64_t worked = 0;
  if (to <= from) return 0;
  const Date last = LocalDate(to);
  for (Date d = LocalDate(from); d <= last; d = AddDays(d, 1)) {
    if (!IsWorkingDay(d)) continue;
    for (Span s : NominalSpans(hours_, d))
      worked += std::max<int64_t>(
          0, std::min(to, FromLocal(d, s.to_minute)) - std::max(from, FromLocal(d, s.from_minute)));
  }
  return worked / kUsPerMinute;
}

const char* UnitName(Unit unit) {
  switch (unit) {
    case Unit::kWorkingDay:
      return "working_day";
    case Unit::kDay:
      return "day";
    case Unit::kHour:
      return "hour";
    case Unit::kMonth:
      return "month";
  }
  return "working_day";
}

Result<Unit> ParseUnit(std::string_view name) {
  for (Unit unit : {Unit::kWorkingDay, Unit::kDay, Unit::kHour, Unit::kMonth})
    if (name == UnitName(unit)) return unit;
  return {ErrorCode::kInvalid, "time_unit_unknown"};
}

}  // namespace tinhso::calendar
