#include "base/clock.h"

#include <gtest/gtest.h>

namespace tinhso {
namespace {

TEST(DateTest, KnownDays) {
  EXPECT_EQ(DaysFromCivil({1970, 1, 1}), 0);
  EXPECT_EQ(DaysFromCivil({1969, 12, 31}), -1);
  EXPECT_EQ(DaysFromCivil({2000, 3, 1}), 11017);
  EXPECT_EQ(DaysFromCivil({2026, 11, 23}), 20780);
  EXPECT_EQ(Weekday({1970, 1, 1}), 3);
  EXPECT_EQ(Weekday({1969, 12, 29}), 0);
  EXPECT_EQ(Weekday({2026, 11, 23}), 0);
  EXPECT_EQ(Weekday({2026, 11, 24}), 1);
  EXPECT_EQ(Weekday({1945, 9, 2}), 6);
}

// Four hundred years of consecutive days: every date follows the one before it, every weekday too.
TEST(DateTest, EveryDayFollowsTheOneBefore) {
  Date previous = CivilFromDays(DaysFromCivil({1799, 12, 31}));
  const int64_t first = DaysFromCivil({1800, 1, 1}), last = DaysFromCivil({2200, 12, 31});
  for (int64_t day = first; day <= last; ++day) {
    const Date d = CivilFromDays(day);
    ASSERT_EQ(DaysFromCivil(d), day);
    ASSERT_LT(previous, d);
    const bool next_in_month = d.month == previous.month && d.day == previous.day + 1;
    const bool next_month = d.day == 1 && previous.day >= 28 && d.month == previous.month % 12 + 1;
    ASSERT_TRUE(next_in_month || next_month) << FormatDate(d);
    ASSERT_EQ(Weekday(d), (Weekday(previous) + 1) % 7);
    ASSERT_TRUE(ParseDate(FormatDate(d)).ok());
    previous = d;
  }
}

TEST(DateTest, RefusesDatesThatDoNotExist) {
  for (const char* bad : {"2026-02-29", "2100-02-29",  "1900-02-29",  "2026-13-01", "2026-00-01",
                          "2026-01-00", "2026-04-31",  "1799-12-31",  "2201-01-01", "2026-1-01",
                          "2026/01/01", "2026-01-01 ", " 2026-01-01", "",           "2026-01",
                          "20260101",   "+026-01-01",  "2026-01-0a",  "23/11/2026", "2026-01-01T00:00:00Z"}) {
    auto r = ParseDate(bad);
    ASSERT_FALSE(r.ok()) << bad;
    EXPECT_EQ(r.error().reason, "date_malformed");
    EXPECT_EQ(r.error().code, ErrorCode::kInvalid);
  }
  EXPECT_EQ(*ParseDate("2024-02-29"), (Date{2024, 2, 29}));
  EXPECT_EQ(*ParseDate("2000-02-29"), (Date{2000, 2, 29}));
}

// Civil Code 2015 art. 148: a term in months ends on the same day of the last month, or on its last day.
TEST(DateTest, MonthsClampToTheLastDay) {
  EXPECT_EQ(AddMonths({2026, 1, 31}, 1), (Date{2026, 2, 28}));
  EXPECT_EQ(AddMonths({2024, 1, 31}, 1), (Date{2024, 2, 29}));
  EXPECT_EQ(AddMonths({2026, 11, 30}, 3), (Date{2027, 2, 28}));
  EXPECT_EQ(AddMonths({2026, 12, 15}, 1), (Date{2027, 1, 15}));
  EXPECT_EQ(AddMonths({2026, 1, 31}, -2), (Date{2025, 11, 30}));
  EXPECT_EQ(AddMonths({2026, 1, 1}, -13), (Date{2024, 12, 1}));
  EXPECT_EQ(AddMonths({2024, 2, 29}, 12), (Date{2025, 2, 28}));
  EXPECT_EQ(AddMonths({2026, 5, 31}, 0), (Date{2026, 5, 31}));
}

TEST(DateTest, FormatsForMachinesAndPeople) {
  EXPECT_EQ(FormatDate({2026, 1, 5}), "2026-01-05");
  EXPECT_EQ(FormatDateVi({2026, 1, 5}), "05/01/2026");
  EXPECT_EQ(AddDays({2026, 12, 31}, 1), (Date{2027, 1, 1}));
  EXPECT_EQ(AddDays({2024, 3, 1}, -1), (Date{2024, 2, 29}));
}

TEST(TimeTest, VietNamIsSevenHoursAhead) {
  const TimeUs before = *ParseTime("2026-11-23T16:59:59Z"), at = *ParseTime("2026-11-23T17:00:00Z");
  EXPECT_EQ(LocalDate(before), (Date{2026, 11, 23}));
  EXPECT_EQ(LocalMinuteOfDay(before), 1439);
  EXPECT_EQ(LocalDate(at), (Date{2026, 11, 24}));
  EXPECT_EQ(LocalMinuteOfDay(at), 0);
  EXPECT_EQ(FromLocal({2026, 11, 24}, 0), at);
  EXPECT_EQ(FormatTime(at), "2026-11-24T00:00:00+07:00");
  EXPECT_EQ(FormatTime(FromLocal({2026, 11, 23}, 510)), "2026-11-23T08:30:00+07:00");
}

// Birth dates and old registers lie before 1970: rounding must go down there, not toward zero.
TEST(TimeTest, WorksBefore1970) {
  const TimeUs at = FromLocal({1945, 9, 2}, 14 * 60);
  EXPECT_LT(at, 0);
  EXPECT_EQ(LocalDate(at), (Date{1945, 9, 2}));
  EXPECT_EQ(LocalMinuteOfDay(at), 840);
  EXPECT_EQ(LocalMinuteOfDay(at - 1), 839);
  EXPECT_EQ(FormatTime(at - 1), "1945-09-02T13:59:59+07:00");
}

TEST(TimeTest, ParsesRfc3339) {
  const TimeUs base = FromLocal({2026, 11, 23}, 510);
  EXPECT_EQ(*ParseTime("2026-11-23T08:30:00+07:00"), base);
  EXPECT_EQ(*ParseTime("2026-11-23t01:30:00z"), base);
  EXPECT_EQ(*ParseTime("2026-11-22T20:00:00-05:30"), base);
  EXPECT_EQ(*ParseTime("2026-11-23T08:30:00.5+07:00"), base + 500000);
  EXPECT_EQ(*ParseTime("2026-11-23T08:30:00.123456789+07:00"), base + 123456);
  EXPECT_EQ(*ParseTime(FormatTime(base)), base);
}

TEST(TimeTest, RefusesWhatIsNotRfc3339) {
  for (const char* bad :
       {"", "2026-11-23", "2026-11-23T08:30:00", "2026-11-23 08:30:00Z", "2026-11-23T08:30Z",
        "2026-11-23T24:00:00Z", "2026-11-23T08:60:00Z", "2026-11-23T08:30:60Z", "2026-11-23T08:30:00+7:00",
        "2026-11-23T08:30:00+0700", "2026-11-23T08:30:00.Z", "2026-11-23T08:30:00.1234567890Z",
        "2026-11-23T08:30:00Zx", "2026-02-30T08:30:00Z", "2026-11-23T08:30:00+24:00", "2026-11-23T0a:30:00Z",
        "2026-11-23T08:30:00+07"}) {
    auto r = ParseTime(bad);
    ASSERT_FALSE(r.ok()) << bad;
    EXPECT_EQ(r.error().reason, "time_malformed");
  }
}

TEST(ClockTest, FixedClockMovesOnlyWhenTold) {
  FixedClock clock(1000);
  EXPECT_EQ(clock.NowUs(), 1000);
  clock.Advance(5);
  EXPECT_EQ(clock.NowUs(), 1005);
  clock.Set(7);
  EXPECT_EQ(clock.NowUs(), 7);
}

TEST(ClockTest, SystemClockCountsMicroseconds) {
  EXPECT_GT(SystemClock().NowUs(), FromLocal({2026, 1, 1}, 0));
  EXPECT_LT(SystemClock().NowUs(), FromLocal({2200, 1, 1}, 0));
  const int64_t start = MonotonicUs();
  EXPECT_GE(MonotonicUs(), start);
}

}  // namespace
}  // namespace tinhso
