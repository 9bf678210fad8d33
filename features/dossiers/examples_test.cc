// Worked examples of the legal clock, each with what it stands on, over the calendar of the source tree's pack: from events to the
// day. Counting: Civil Code 2015 arts. 147–148 (the day of the event does not count; a last day off moves to the next working
// day; a month without that day ends with its last); decree 118/2025 (working days; a pause adds what it took; a letter of
// apology); days off: yearly notices cited in packs/ca-mau/calendar.yaml.
#include <gtest/gtest.h>

#include "clock.h"
#include "kernel/orgs/orgs.h"

namespace tinhso::dossiers {
namespace {

struct Moment {
  Date on;
  int hour = 9, minute = 0;
  TimeUs At() const { return FromLocal(on, hour * 60 + minute); }
};

struct Example {
  const char* name;
  const char* basis;
  Moment received;
  int64_t limit;
  const char* unit;
  const char* due;  // "2026-11-27", or with the minute "2026-11-27 08:00" for hours
  std::vector<std::pair<Moment, Moment>> pauses = {};
  std::optional<std::pair<Moment, const char*>> letter = std::nullopt;
  int after_hours_minute = 900;
  friend void PrintTo(const Example& e, std::ostream* out) { *out << e.name; }
};

const char* const kDecree = "NĐ 118/2025";
const char* const kCivil = "BLDS 2015 đ.147–148";
const char* const kTet24 = "TB 5015/TB-LĐTBXH", *const kTet25 = "TB 6150/TB-BLĐTBXH", *const kTet26 = "TB 9441/TB-BNV";
const char* const kSwap24 = "TB 1570/TB-BLĐTBXH", *const kSwap26 = "CV 12729/VPCP-KGVX", *const kCulture = "NQ 28/2026/QH16";
const char* const kDay = "working_day";

const Example kExamples[] = {
    {"FiveWorkingDays", kDecree, {{2026, 11, 12}}, 5, kDay, "2026-11-19"},
    {"TheDayOfCultureIsOff", kCulture, {{2026, 11, 23}}, 3, kDay, "2026-11-27"},
    {"OverTet2024", kTet24, {{2024, 2, 7}}, 3, kDay, "2024-02-19"},
    {"OverTet2025", kTet25, {{2025, 1, 24}, 10}, 1, kDay, "2025-02-03"},
    {"OverTet2026", kTet26, {{2026, 2, 13}}, 5, kDay, "2026-02-27"},
    {"Late13FebruaryCountsAfterTet", kTet26, {{2026, 2, 13}, 15, 30}, 1, kDay, "2026-02-24"},
    {"AtFifteenItIsStillToday", kDecree, {{2026, 11, 23}, 15}, 1, kDay, "2026-11-25"},
    {"AMinuteAfterFifteenItIsTomorrow", kDecree, {{2026, 11, 23}, 15, 1}, 1, kDay, "2026-11-26"},
    {"WithoutTheRuleTheEveningCounts", kDecree, {{2026, 11, 23}, 16, 30}, 1, kDay, "2026-11-25", {}, {}, -1},
    {"TheSameDay", kDecree, {{2026, 11, 23}, 14}, 0, kDay, "2026-11-23"},
    {"TheSameDayAfterFifteen", kDecree, {{2026, 11, 23}, 15, 30}, 0, kDay, "2026-11-25"},
    {"ReceivedOnASaturday", kCivil, {{2026, 11, 21}}, 1, kDay, "2026-11-25"},
    {"TheSwapOfApril2024", kSwap24, {{2024, 4, 26}}, 2, kDay, "2024-05-03"},
    {"TheSaturdayWorkedInMay2024", kSwap24, {{2024, 4, 26}}, 3, kDay, "2024-05-04"},
    {"Independence2024", kTet24, {{2024, 8, 30}}, 1, kDay, "2024-09-04"},
    {"TheSaturdayWorkedInApril2025", kTet25, {{2025, 4, 24}}, 3, kDay, "2025-04-28"},
    {"ReceivedOnAWorkedSaturday", kTet25, {{2025, 4, 26}}, 1, kDay, "2025-04-28"},
    {"TheLongRestOfMay2025", kTet25, {{2025, 4, 29}}, 1, kDay, "2025-05-05"},
    {"HungKings2025", kTet25, {{2025, 4, 4}}, 1, kDay, "2025-04-08"},
    {"HungKings2026RestedOnMonday", kTet26, {{2026, 4, 24}}, 1, kDay, "2026-04-28"},
    {"NewYear2026", kTet26, {{2025, 12, 31}}, 1, kDay, "2026-01-05"},
    {"TheSaturdayWorkedInJanuary2026", kTet26, {{2026, 1, 8}}, 2, kDay, "2026-01-10"},
    {"TheSaturdayWorkedInAugust2026", kSwap26, {{2026, 8, 21}}, 1, kDay, "2026-08-22"},
    {"Independence2026", kSwap26, {{2026, 8, 28}}, 1, kDay, "2026-09-03"},
    {"NewYear2027", "BLLĐ 2019 đ.112", {{2026, 12, 31}}, 1, kDay, "2027-01-04"},
    {"DaysThatEndOnASunday", kCivil, {{2026, 11, 12}}, 10, "day", "2026-11-23"},
    {"DaysThatEndOnAHoliday", kCivil, {{2026, 11, 9}}, 15, "day", "2026-11-25"},
    {"DaysRunThroughTet", kCivil, {{2026, 2, 9}}, 10, "day", "2026-02-23"},
    {"DaysRunThroughWeekends", kCivil, {{2026, 11, 2}}, 10, "day", "2026-11-12"},
    {"AMonthFromThe30thOfJanuary", kCivil, {{2026, 1, 30}}, 1, "month", "2026-03-02"},
    {"AMonthInALeapYear", kCivil, {{2024, 1, 31}}, 1, "month", "2024-02-29"},
    {"ThreeMonths", kCivil, {{2026, 11, 23}}, 3, "month", "2027-02-23"},
    {"EightHoursOverAHoliday", kDecree, {{2026, 11, 23}, 8}, 8, "hour", "2026-11-25 08:00"},
    {"FourHoursFromTheAfternoon", kDecree, {{2026, 11, 23}, 13, 30}, 4, "hour", "2026-11-25 07:30"},
    {"FourHoursAfterFifteen", kDecree, {{2026, 11, 23}, 15, 30}, 4, "hour", "2026-11-25 11:00"},
    {"HoursStandOverNoon", kDecree, {{2026, 11, 25}, 10}, 2, "hour", "2026-11-25 14:00"},
    {"APauseOverTet", kDecree, {{2026, 2, 9}}, 5, kDay, "2026-02-26", {{{{2026, 2, 12}}, {{2026, 2, 24}}}}},
    {"APauseOverTheDayOfCulture", kDecree, {{2026, 11, 16}}, 5, kDay, "2026-11-26", {{{{2026, 11, 20}, 13}, {{2026, 11, 25}, 13}}}},
    {"APauseOfMinutesGivesTheWholeDay", kDecree, {{2026, 11, 23}}, 3, kDay, "2026-11-30", {{{{2026, 11, 25}}, {{2026, 11, 25}, 10, 30}}}},
    {"APauseOverAWeekendAddsNothing", kDecree, {{2026, 11, 16}}, 5, kDay, "2026-11-23", {{{{2026, 11, 20}, 17}, {{2026, 11, 23}, 7}}}},
    {"TwoPausesAddUp", kDecree, {{2026, 12, 7}}, 5, kDay, "2026-12-16",
     {{{{2026, 12, 8}}, {{2026, 12, 9}}}, {{{2026, 12, 10}}, {{2026, 12, 11}}}}},
    {"APauseInHoursAddsItsHours", kDecree, {{2026, 11, 25}, 8}, 8, "hour", "2026-11-26 10:00", {{{{2026, 11, 25}}, {{2026, 11, 25}, 13}}}},
    {"ALetterOfApology", kDecree, {{2026, 11, 23}}, 3, kDay, "2026-12-14", {}, {{{{2026, 11, 26}}, "2026-12-14"}}},
    {"APauseAfterTheLetter", kDecree, {{2026, 11, 23}}, 3, kDay, "2026-12-16", {{{{2026, 11, 30}}, {{2026, 12, 2}}}},
     {{{{2026, 11, 26}}, "2026-12-14"}}},
    {"APauseBeforeTheLetterIsInItsDay", kDecree, {{2026, 11, 23}}, 3, kDay, "2026-12-14", {{{{2026, 11, 25}}, {{2026, 11, 26}}}},
     {{{{2026, 11, 27}}, "2026-12-14"}}},
};

class ExamplesTest : public ::testing::TestWithParam<Example> {};

TEST_P(ExamplesTest, EndsOnItsDay) {
  const Example& e = GetParam();
  auto file = orgs::ReadCalendarYaml(TINHSO_SOURCE_DIR "/packs/ca-mau/calendar.yaml");
  ASSERT_TRUE(file.ok());
  const calendar::Calendar calendar(file->hours, file->days);

  std::vector<store::Event> events;
  auto add = [&](const char* action, const char* to_state, int national_state, TimeUs at_us) -> store::Event& {
    store::Event event;
    event.event_id = static_cast<int64_t>(events.size());
    event.at_us = at_us;
    event.action = action;
    event.to_state = to_state;
    event.national_state = national_state;
    return events.emplace_back(event);
  };
  add("submit", "submitted", 1, e.received.At());
  add("accept", "received", 2, e.received.At());
  for (const auto& [from, to] : e.pauses) {
    add("request_supplement", "awaiting_supplement", 5, from.At());
    add("supplement", "received", 2, to.At());
  }
  if (e.letter) add(kExtend, "received", 2, e.letter->first.At()).due_on = e.letter->second;
  std::stable_sort(events.begin(), events.end(), [](const auto& a, const auto& b) { return a.at_us < b.at_us; });

  store::Dossier terms;
  terms.submitted_at_us = e.received.At();
  terms.limit_value = e.limit;
  terms.limit_unit = e.unit;
  terms.after_hours_minute = e.after_hours_minute;
  const Reckoning reckoned = Reckon(events, terms, nullptr, [&](TimeUs) -> const calendar::Calendar& { return calendar; });
  ASSERT_TRUE(reckoned.due_on.has_value()) << e.basis;
  const std::string due = e.due;
  EXPECT_EQ(*reckoned.due_on, due.substr(0, 10)) << e.basis;
  if (due.size() > 10) {
    EXPECT_EQ(FormatTime(*reckoned.due_at_us), due.substr(0, 10) + "T" + due.substr(11) + ":00+07:00") << e.basis;
  }
}

INSTANTIATE_TEST_SUITE_P(, ExamplesTest, ::testing::ValuesIn(kExamples),
                         [](const ::testing::TestParamInfo<Example>& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace tinhso::dossiers
