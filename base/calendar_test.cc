#include "base/calendar.h"

#include <gtest/gtest.h>

#include <random>

namespace tinhso::calendar {
namespace {

// The days off and the days worked in exchange around the end of 2025 and in 2026 that the tests use.
std::vector<SpecialDay> Days2026() {
  const auto off = [](Date d, const char* name) { return SpecialDay{d, DayKind::kHoliday, name, ""}; };
  return {off({2026, 1, 1}, "Tết Dương lịch"),
          {{2026, 1, 2}, DayKind::kSwappedOff, "Nghỉ hoán đổi", ""},
          {{2026, 1, 10}, DayKind::kSwappedWork, "Làm bù", ""},
          off({2026, 4, 30}, "Ngày Chiến thắng"),
          off({2026, 5, 1}, "Ngày Quốc tế lao động"),
          {{2026, 8, 22}, DayKind::kSwappedWork, "Làm bù", ""},
          {{2026, 8, 31}, DayKind::kSwappedOff, "Nghỉ hoán đổi", ""},
          off({2026, 9, 1}, "Quốc khánh"),
          off({2026, 9, 2}, "Quốc khánh"),
          off({2026, 11, 24}, "Ngày Văn hóa Việt Nam")};
}

Calendar Office2026() { return Calendar(OfficeHours(), Days2026()); }

TEST(CalendarTest, KnowsWhyADayIsOff) {
  const Calendar c = Office2026();
  EXPECT_EQ(c.WhyOff({2026, 11, 24}), "Ngày Văn hóa Việt Nam");
  EXPECT_EQ(c.WhyOff({2026, 11, 21}), "Thứ Bảy");
  EXPECT_EQ(c.WhyOff({2026, 11, 22}), "Chủ Nhật");
  EXPECT_EQ(c.WhyOff({2026, 11, 23}), "");
  EXPECT_EQ(c.WhyOff({2026, 8, 22}), "");
  EXPECT_TRUE(c.IsWorkingDay({2026, 8, 22}));
  EXPECT_FALSE(c.IsWorkingDay({2026, 8, 31}));
  ASSERT_NE(c.SpecialDayOn({2026, 8, 22}), nullptr);
  EXPECT_EQ(c.SpecialDayOn({2026, 8, 22})->kind, DayKind::kSwappedWork);
  EXPECT_EQ(c.SpecialDayOn({2026, 8, 23}), nullptr);
}

TEST(CalendarTest, StepsOverHolidaysAndSwaps) {
  const Calendar c = Office2026();
  EXPECT_EQ(c.NextWorkingDay({2026, 11, 20}), (Date{2026, 11, 23}));
  EXPECT_EQ(c.NextWorkingDay({2026, 11, 23}), (Date{2026, 11, 25}));
  // Friday before a worked Saturday
  EXPECT_EQ(c.NextWorkingDay({2026, 8, 21}), (Date{2026, 8, 22}));
  // National Day 2026: Friday 28/8, then Thursday 3/9
  EXPECT_EQ(c.NextWorkingDay({2026, 8, 28}), (Date{2026, 9, 3}));
  EXPECT_EQ(c.AddWorkingDays({2026, 11, 19}, 5), (Date{2026, 11, 27}));
  EXPECT_EQ(c.AddWorkingDays({2026, 11, 21}, 0), (Date{2026, 11, 21}));
  EXPECT_EQ(c.AddWorkingDays({2026, 11, 27}, -5), (Date{2026, 11, 19}));
  EXPECT_EQ(c.WorkingDaysBetween({2026, 11, 19}, {2026, 11, 27}), 5);
  EXPECT_EQ(c.WorkingDaysBetween({2026, 11, 27}, {2026, 11, 19}), 0);
  EXPECT_EQ(c.WorkingDaysBetween({2026, 11, 23}, {2026, 11, 23}), 0);
}

TEST(CalendarTest, CountsMinutes) {
  const Calendar c = Office2026();
  EXPECT_EQ(c.WorkingMinutesOn({2026, 11, 23}), 480);
  EXPECT_EQ(c.WorkingMinutesOn({2026, 11, 24}), 0);
  EXPECT_EQ(c.WorkingMinutesOn({2026, 11, 22}), 0);
  // a Saturday worked in exchange has the week's hours
  EXPECT_EQ(c.WorkingMinutesOn({2026, 8, 22}), 480);
  EXPECT_EQ(c.ClosingMinute({2026, 11, 23}), 1020);
  EXPECT_EQ(c.ClosingMinute({2026, 11, 22}), 1020);
}

TEST(CalendarTest, AddsMinutesOverLunchNightAndHolidays) {
  const Calendar c = Office2026();
  const Date monday{2026, 11, 23}, wednesday{2026, 11, 25};
  EXPECT_EQ(c.AddWorkingMinutes(FromLocal(monday, 600), 120), FromLocal(monday, 840));
  // a span used up to its end ends there, not when the next one opens
  EXPECT_EQ(c.AddWorkingMinutes(FromLocal(monday, 420), 240), FromLocal(monday, 660));
  EXPECT_EQ(c.AddWorkingMinutes(FromLocal(monday, 420), 480), FromLocal(monday, 1020));
  EXPECT_EQ(c.AddWorkingMinutes(FromLocal(monday, 420), 481), FromLocal(wednesday, 421));
  EXPECT_EQ(c.AddWorkingMinutes(FromLocal(monday, 700), 1), FromLocal(monday, 781));
  EXPECT_EQ(c.AddWorkingMinutes(FromLocal({2026, 11, 21}, 100), 60), FromLocal(monday, 480));
  EXPECT_EQ(c.AddWorkingMinutes(FromLocal(monday, 1020), 0), FromLocal(monday, 1020));
  // seconds are kept
  EXPECT_EQ(c.AddWorkingMinutes(FromLocal(monday, 600) + 30 * kUsPerSecond, 60),
            FromLocal(monday, 780) + 30 * kUsPerSecond);
}

TEST(CalendarTest, MeasuresMinutesBetween) {
  const Calendar c = Office2026();
  const Date monday{2026, 11, 23}, wednesday{2026, 11, 25};
  EXPECT_EQ(c.WorkingMinutesBetween(FromLocal(monday, 600), FromLocal(monday, 840)), 120);
  EXPECT_EQ(c.WorkingMinutesBetween(FromLocal(monday, 0), FromLocal(wednesday, 1439)), 960);
  EXPECT_EQ(c.WorkingMinutesBetween(FromLocal(wednesday, 0), FromLocal(monday, 0)), 0);
  EXPECT_EQ(c.WorkingMinutesBetween(FromLocal(monday, 660), FromLocal(monday, 780)), 0);
  EXPECT_EQ(c.WorkingMinutesBetween(FromLocal(monday, 420), FromLocal(monday, 420) + 59 * kUsPerSecond), 0);
}

// Labour Code art. 111(2): an office may give another day of rest; a Saturday morning may be worked.
TEST(CalendarTest, FollowsOtherHours) {
  Hours hours = OfficeHours();
  hours.week[2].clear();
  hours.week[5] = {{420, 690}};
  const Calendar c(hours, {});
  EXPECT_EQ(c.WhyOff({2026, 11, 25}), "Thứ Tư");
  EXPECT_TRUE(c.IsWorkingDay({2026, 11, 21}));
  EXPECT_EQ(c.WorkingMinutesOn({2026, 11, 21}), 270);
  EXPECT_EQ(c.ClosingMinute({2026, 11, 21}), 690);
  EXPECT_EQ(c.ClosingMinute({2026, 11, 25}), 1020);
}

// Hours are typed by people: unsorted, overlapping, empty or outside the day.
TEST(CalendarTest, RepairsHoursTypedBadly) {
  Hours hours;
  hours.week[0] = {{780, 1020}, {420, 660}, {600, 700}, {900, 900}, {1400, 2000}, {50, 20}};
  const Calendar c(hours, {});
  EXPECT_EQ(c.WorkingMinutesOn({2026, 11, 23}), 280 + 240 + 40);
  EXPECT_EQ(c.ClosingMinute({2026, 11, 23}), 1440);
  // a week without any work would make the search for a working day endless
  const Calendar none(Hours{}, {});
  EXPECT_EQ(none.WorkingMinutesOn({2026, 11, 23}), 480);
}

// A notice is loaded after the days computed by rule and replaces them.
TEST(CalendarTest, LaterEntryReplacesTheEarlier) {
  const Calendar c(OfficeHours(), {{{2027, 9, 1}, DayKind::kHoliday, "Quốc khánh (dự kiến)", ""},
                                   {{2027, 9, 1}, DayKind::kSwappedWork, "", "notice"}});
  EXPECT_TRUE(c.IsWorkingDay({2027, 9, 1}));
}

TEST(CalendarTest, NamesRoundTrip) {
  for (DayKind k : {DayKind::kHoliday, DayKind::kCompensatory, DayKind::kSwappedOff, DayKind::kSwappedWork})
    EXPECT_EQ(*ParseDayKind(DayKindName(k)), k);
  for (Unit u : {Unit::kWorkingDay, Unit::kDay, Unit::kHour, Unit::kMonth})
    EXPECT_EQ(*ParseUnit(UnitName(u)), u);
  EXPECT_EQ(ParseDayKind("feast").error().reason, "day_kind_unknown");
  EXPECT_EQ(ParseUnit("week").error().reason, "time_unit_unknown");
}

// The same questions answered by walking through every day and every minute, for random weeks and holidays.
class Oracle {
 public:
  Oracle(const Hours& hours, const std::vector<SpecialDay>& days) : hours_(hours), days_(days) {}

  bool Works(Date d) const {
    for (auto it = days_.rbegin(); it != days_.rend(); ++it)
      if (it->on == d) return it->kind == DayKind::kSwappedWork;
    return !hours_.week[Weekday(d)].empty();
  }
  bool WorksAt(int64_t minute) const {  // minutes since 1970 of local time
    const Date d = CivilFromDays(minute / 1440);
    if (!Works(d)) return false;
    const std::vector<Span>* spans = &hours_.week[Weekday(d)];
    for (int i = 0; spans->empty(); ++i) spans = &hours_.week[i];
    for (Span s : *spans)
      if (minute % 1440 >= s.from_minute && minute % 1440 < s.to_minute) return true;
    return false;
  }

 private:
  const Hours& hours_;
  const std::vector<SpecialDay>& days_;
};

TEST(CalendarPropertyTest, AgreesWithTheSlowOracle) {
  std::mt19937 random(20261123);
  const auto pick = [&](int from, int to) {
    return from + static_cast<int>(random() % static_cast<unsigned>(to - from + 1));
  };
  for (int round = 0; round < 200; ++round) {
    Hours hours;
    for (auto& day : hours.week) {
      const int kind = pick(0, 3);
      if (kind == 1) day = {{420, 660}, {780, 1020}};
      if (kind == 2) day = {{pick(0, 600), pick(601, 1440)}};
      if (kind == 3) day = {{480, 540}, {600, 601}, {1200, 1440}};
    }
    hours.week[pick(0, 6)] = {{450, 690}};
    const Date origin = AddDays({2020, 1, 1}, pick(0, 2500));
    std::vector<SpecialDay> days;
    for (int i = pick(0, 15); i > 0; --i)
      days.push_back({AddDays(origin, pick(0, 40)), static_cast<DayKind>(pick(0, 3)), "x", ""});
    const Calendar calendar(hours, days);
    const Oracle oracle(hours, days);

    for (int i = 0; i < 60; ++i) {
      const Date d = AddDays(origin, i);
      ASSERT_EQ(calendar.IsWorkingDay(d), oracle.Works(d)) << FormatDate(d);
      ASSERT_EQ(calendar.WhyOff(d).empty(), oracle.Works(d)) << FormatDate(d);
    }
    // days: count forward one by one
    const int n = pick(1, 20);
    Date d = origin;
    for (int left = n; left > 0;) {
      d = AddDays(d, 1);
      left -= oracle.Works(d);
    }
    ASSERT_EQ(calendar.AddWorkingDays(origin, n), d);
    ASSERT_EQ(calendar.WorkingDaysBetween(origin, d), n);
    // minutes: walk minute by minute
    const int64_t start = DaysFromCivil(origin) * 1440 + pick(0, 1439);
    const int minutes = pick(1, 3000);
    int64_t at = start;
    for (int left = minutes; left > 0; ++at) left -= oracle.WorksAt(at);
    const TimeUs from = FromLocal(CivilFromDays(start / 1440), static_cast<int>(start % 1440));
    const TimeUs to = calendar.AddWorkingMinutes(from, minutes);
    ASSERT_EQ(to, FromLocal(CivilFromDays(at / 1440), static_cast<int>(at % 1440))) << round;
    ASSERT_EQ(calendar.WorkingMinutesBetween(from, to), minutes);
    ASSERT_EQ(calendar.WorkingMinutesBetween(from, to - 60 * kUsPerSecond), minutes - 1);
  }
}

}  // namespace
}  // namespace tinhso::calendar
