// ComputeDue against an oracle that shares none of its code: it walks day by day, and minute by minute for limits in hours, on
// std::chrono dates, over random calendars of 2020–2027 with holidays and days worked in exchange.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <random>
#include <set>

#include "base/calendar.h"

namespace tinhso::calendar {
namespace {

using Days = std::chrono::sys_days;

struct Office {
  std::set<Days> off, worked;  // beside the week
  std::vector<Span> spans;
  bool Works(Days day) const {
    if (off.contains(day)) return false;
    if (worked.contains(day)) return true;
    const unsigned weekday = std::chrono::weekday(day).c_encoding();
    return weekday >= 1 && weekday <= 5;
  }
  bool WorksAt(Days day, int minute) const {
    if (!Works(day)) return false;
    for (const Span& span : spans)
      if (minute >= span.from_minute && minute < span.to_minute) return true;
    return false;
  }
  int Closing() const { return spans.back().to_minute; }
};

struct Moment {
  Days day;
  int minute;
};

// The moment after `minutes` worked minutes: of the last one, its end.
Moment Walk(const Office& office, Moment at, int64_t minutes) {
  while (minutes > 0) {
    if (office.WorksAt(at.day, at.minute)) --minutes;
    if (++at.minute == 1440 && minutes > 0) at = {at.day + std::chrono::days(1), 0};
  }
  return at;
}

Days Later(const Office& office, Days day) {
  do day += std::chrono::days(1);
  while (!office.Works(day));
  return day;
}

// Law and facts: docs of ComputeDue.
Moment SlowDue(const Office& office, Moment received, TimeLimit limit, int after_minute, int64_t paused) {
  Days counted = received.day;
  if (!office.Works(counted) || (after_minute >= 0 && received.minute > after_minute)) counted = Later(office, counted);
  if (limit.unit == Unit::kHour && limit.value > 0) {
    Moment due = Walk(office, {counted, counted == received.day ? received.minute : 0}, limit.value * 60);
    return Walk(office, due, paused);
  }
  Days last = counted;
  if (limit.unit == Unit::kWorkingDay || limit.value == 0) {
    for (int64_t i = 0; i < limit.value; ++i) last = Later(office, last);
  } else if (limit.unit == Unit::kDay) {
    for (int64_t i = 0; i < limit.value; ++i) last += std::chrono::days(1);
    if (!office.Works(last)) last = Later(office, last);
  } else {
    std::chrono::year_month_day date(last);
    for (int64_t i = 0; i < limit.value; ++i) date += std::chrono::months(1);
    if (!date.ok()) date = date.year() / date.month() / std::chrono::last;
    last = Days(date);
    if (!office.Works(last)) last = Later(office, last);
  }
  Moment due{last, office.Closing()};
  if (paused > 0) due = {Walk(office, due, paused).day, office.Closing()};
  return due;
}

Date DateOf(Days day) {
  const std::chrono::year_month_day date(day);
  return {static_cast<int>(date.year()), static_cast<int>(static_cast<unsigned>(date.month())),
          static_cast<int>(static_cast<unsigned>(date.day()))};
}

class World {
 public:
  explicit World(std::mt19937& random) : random_(random) {
    office.spans = random() % 3 == 0 ? std::vector<Span>{{450, 690}, {810, 1050}} : std::vector<Span>{{420, 660}, {780, 1020}};
    const Days first = Days(std::chrono::year(2019) / 12 / 1);
    Hours hours;
    for (int weekday = 0; weekday < 5; ++weekday) hours.week[weekday] = office.spans;
    std::vector<SpecialDay> days;
    for (int i = 0; i < 160; ++i) {
      const Days day = first + std::chrono::days(random() % 3100);
      if (office.off.contains(day) || office.worked.contains(day)) continue;
      const bool weekend = std::chrono::weekday(day).c_encoding() % 6 == 0;
      if (weekend && random() % 2 == 0) {
        office.worked.insert(day);
        days.push_back({DateOf(day), DayKind::kSwappedWork, "Làm bù", "thử"});
      } else {
        // Runs, as at Tết.
        for (unsigned run = 0; run <= random() % 6; ++run) {
          const Days one = day + std::chrono::days(run);
          if (office.worked.contains(one) || !office.off.insert(one).second) continue;
          days.push_back({DateOf(one), run % 2 == 0 ? DayKind::kHoliday : DayKind::kSwappedOff, "Nghỉ lễ", "thử"});
        }
      }
    }
    calendar = std::make_unique<Calendar>(hours, days);
  }
  Moment Random() {
    return {Days(std::chrono::year(2020) / 1 / 1) + std::chrono::days(random_() % 2700), static_cast<int>(random_() % 1440)};
  }

  Office office;
  std::unique_ptr<Calendar> calendar;

 private:
  std::mt19937& random_;
};

// 10,000 cases; with TINHSO_LONG (./x test --long) 100,000.
TEST(DueOracleTest, RandomCasesOfEightYears) {
  std::mt19937 random(20261123);
  constexpr Unit kUnits[] = {Unit::kWorkingDay, Unit::kDay, Unit::kMonth, Unit::kHour};
  const int worlds = std::getenv("TINHSO_LONG") != nullptr ? 200 : 20;
  constexpr int kCasesEach = 500;
  for (int w = 0; w < worlds; ++w) {
    World world(random);
    for (int c = 0; c < kCasesEach; ++c) {
      const Moment received = world.Random();
      const Unit unit = kUnits[random() % 16 == 0 ? 3 : random() % 3];
      const TimeLimit limit{static_cast<int64_t>(random() % (unit == Unit::kMonth ? 7 : unit == Unit::kHour ? 25 : 61)), unit};
      const int after = random() % 4 == 0 ? -1 : 900;
      // Walking minutes is slow: mostly short pauses.
      const int64_t paused = random() % 8 == 0 ? static_cast<int64_t>(random() % 1500) : 0;
      const Due due = ComputeDue(*world.calendar, FromLocal(DateOf(received.day), received.minute), limit, {after}, paused);
      const Moment expected = SlowDue(world.office, received, limit, after, paused);
      ASSERT_EQ(due.on, DateOf(expected.day)) << FormatDate(DateOf(received.day)) << " " << received.minute << ": " << limit.value << " "
                                              << UnitName(unit) << ", " << paused << " paused";
      ASSERT_EQ(due.at_us, FromLocal(DateOf(expected.day), expected.minute));
    }
  }
}

TEST(DueOracleTest, ALetterOfApologyMovesTheDayOnceAndPausesAfterItAdd) {
  std::mt19937 random(7);
  for (int w = 0; w < 20; ++w) {
    World world(random);
    for (int c = 0; c < 100; ++c) {
      const Moment received = world.Random();
      const Due first = ComputeDue(*world.calendar, FromLocal(DateOf(received.day), received.minute), {5, Unit::kWorkingDay}, {}, 60);
      const Date given = world.calendar->AddWorkingDays(first.on, 1 + static_cast<int>(random() % 20));
      const int64_t paused = static_cast<int64_t>(random() % 3 == 0 ? random() % 1000 : 0);
      const Due due = ExtendDue(*world.calendar, first, given, paused);
      Moment expected{Days(std::chrono::year(given.year) / given.month / given.day), world.office.Closing()};
      if (paused > 0) expected = {Walk(world.office, expected, paused).day, world.office.Closing()};
      ASSERT_EQ(due.on, DateOf(expected.day));
      ASSERT_EQ(due.at_us, FromLocal(DateOf(expected.day), expected.minute));
      ASSERT_EQ(due.steps.back().kind, "due");
      ASSERT_GT(due.steps.size(), first.steps.size());
    }
  }
}

struct Worked {
  const char* name;
  const char* received;
  int minute;
  TimeLimit limit;
  int64_t paused;
  const char* due;
};

// By hand, on the calendar of 2026: Tết 16–20/02, 10/3 lunar 26/4 (Sunday, off 27/4), 30/4, 1/5, 2/9 with 1/9, 24/11; Saturday 22/8
// worked for Monday 31/8.
TEST(DueOracleTest, WorkedExamples) {
  auto off = [](int month, int day) { return SpecialDay{{2026, month, day}, DayKind::kHoliday, "Nghỉ lễ", "thử"}; };
  std::vector<SpecialDay> days = {off(1, 1),  off(2, 16), off(2, 17), off(2, 18), off(2, 19), off(2, 20), off(4, 27),
                                  off(4, 30), off(5, 1),  off(9, 1),  off(9, 2),  off(11, 24)};
  days.push_back({{2026, 8, 22}, DayKind::kSwappedWork, "Làm bù", "thử"});
  days.push_back({{2026, 8, 31}, DayKind::kSwappedOff, "Nghỉ hoán đổi", "thử"});
  const Calendar calendar(OfficeHours(), days);
  const Worked table[] = {
      {"over a holiday", "2026-11-20", 9 * 60, {5, Unit::kWorkingDay}, 0, "2026-11-30"},
      {"after 15:00", "2026-11-20", 15 * 60 + 1, {5, Unit::kWorkingDay}, 0, "2026-12-01"},
      {"at 15:00 sharp", "2026-11-20", 15 * 60, {1, Unit::kWorkingDay}, 0, "2026-11-23"},
      {"same day", "2026-11-23", 8 * 60, {0, Unit::kWorkingDay}, 0, "2026-11-23"},
      {"same day, late: the next working day, past the holiday", "2026-11-23", 16 * 60, {0, Unit::kWorkingDay}, 0, "2026-11-25"},
      {"filed on a Sunday", "2026-11-22", 10 * 60, {2, Unit::kWorkingDay}, 0, "2026-11-26"},
      {"over Tết", "2026-02-13", 9 * 60, {3, Unit::kWorkingDay}, 0, "2026-02-25"},
      {"a Saturday worked in exchange counts", "2026-08-21", 9 * 60, {1, Unit::kWorkingDay}, 0, "2026-08-22"},
      {"its Monday does not", "2026-08-28", 9 * 60, {1, Unit::kWorkingDay}, 0, "2026-09-03"},
      {"calendar days run through days off", "2026-11-20", 9 * 60, {10, Unit::kDay}, 0, "2026-11-30"},
      {"calendar days ending on a Saturday", "2026-11-19", 9 * 60, {9, Unit::kDay}, 0, "2026-11-30"},
      {"a month from a Saturday is counted from the Monday", "2026-10-24", 9 * 60, {1, Unit::kMonth}, 0, "2026-11-26"},
      {"a month from the 31st", "2026-03-31", 9 * 60, {1, Unit::kMonth}, 0, "2026-05-04"},
      {"hours within the day", "2026-11-23", 8 * 60, {4, Unit::kHour}, 0, "2026-11-23"},
      {"hours over the night and the holiday", "2026-11-23", 14 * 60, {4, Unit::kHour}, 0, "2026-11-25"},
      {"a supplement of two working days", "2026-11-16", 9 * 60, {5, Unit::kWorkingDay}, 960, "2026-11-26"},
      {"a supplement of one hour moves to the next day", "2026-11-16", 9 * 60, {3, Unit::kWorkingDay}, 60, "2026-11-20"},
  };
  for (const Worked& one : table) {
    const Due due = ComputeDue(calendar, FromLocal(*ParseDate(one.received), one.minute), one.limit, {}, one.paused);
    EXPECT_EQ(FormatDate(due.on), one.due) << one.name;
  }
}

}  // namespace
}  // namespace tinhso::calendar
