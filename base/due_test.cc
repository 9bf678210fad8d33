#include <gtest/gtest.h>

#include <random>

#include "base/calendar.h"

namespace tinhso::calendar {
namespace {

using Texts = std::vector<std::string>;

Calendar DueCalendar() {
  return Calendar(OfficeHours(), {{{2026, 1, 1}, DayKind::kHoliday, "Tết Dương lịch", ""},
                                  {{2026, 2, 16}, DayKind::kHoliday, "Tết Nguyên đán", ""},
                                  {{2026, 2, 17}, DayKind::kHoliday, "Tết Nguyên đán", ""},
                                  {{2026, 2, 18}, DayKind::kHoliday, "Tết Nguyên đán", ""},
                                  {{2026, 2, 19}, DayKind::kHoliday, "Tết Nguyên đán", ""},
                                  {{2026, 2, 20}, DayKind::kHoliday, "Tết Nguyên đán", ""},
                                  {{2026, 4, 27}, DayKind::kCompensatory, "Nghỉ bù Giỗ Tổ Hùng Vương", ""},
                                  {{2026, 8, 22}, DayKind::kSwappedWork, "Làm bù", ""},
                                  {{2026, 8, 31}, DayKind::kSwappedOff, "Nghỉ hoán đổi", ""},
                                  {{2026, 9, 1}, DayKind::kHoliday, "Quốc khánh", ""},
                                  {{2026, 9, 2}, DayKind::kHoliday, "Quốc khánh", ""},
                                  {{2026, 11, 24}, DayKind::kHoliday, "Ngày Văn hóa Việt Nam", ""}});
}

Due Compute(Date on, int minute, TimeLimit limit, int64_t paused_minutes = 0, DueRule rule = {}) {
  return ComputeDue(DueCalendar(), FromLocal(on, minute), limit, rule, paused_minutes);
}

Texts TextsOf(const Due& due) {
  Texts out;
  for (const auto& s : due.steps) out.push_back(s.text_vi);
  return out;
}

Texts KindsOf(const Due& due) {
  Texts out;
  for (const auto& s : due.steps) out.push_back(s.kind);
  return out;
}

TEST(DueTest, WorkingDaysShowTheirArithmetic) {
  const Due due = Compute({2026, 11, 19}, 9 * 60 + 5, {5, Unit::kWorkingDay});
  EXPECT_EQ(due.on, (Date{2026, 11, 27}));
  EXPECT_EQ(due.at_us, FromLocal({2026, 11, 27}, 1020));
  EXPECT_EQ(TextsOf(due),
            (Texts{"19/11/2026 09:05: tiếp nhận hồ sơ", "20/11/2026: ngày đầu tiên được tính",
                   "21/11–22/11/2026: nghỉ Thứ Bảy, Chủ Nhật", "24/11/2026: nghỉ Ngày Văn hóa Việt Nam",
                   "27/11/2026: hạn trả kết quả (5 ngày làm việc)"}));
  EXPECT_EQ(KindsOf(due), (Texts{"received", "start", "off", "off", "due"}));
  EXPECT_EQ(due.steps[2].on, (Date{2026, 11, 21}));
}

// "Tiếp nhận sau 15 giờ" counts as received the next working day; 15:00 itself is not after 15:00.
TEST(DueTest, AfterHoursCountsAsTheNextWorkingDay) {
  const Due late = Compute({2026, 11, 12}, 16 * 60 + 20, {5, Unit::kWorkingDay});
  EXPECT_EQ(late.on, (Date{2026, 11, 20}));
  EXPECT_EQ(late.steps[0].text_vi,
            "12/11/2026 16:20: tiếp nhận sau 15 giờ, tính từ ngày làm việc tiếp theo 13/11/2026");
  EXPECT_EQ(late.steps[0].kind, "moved");
  EXPECT_EQ(Compute({2026, 11, 12}, 900, {5, Unit::kWorkingDay}).on, (Date{2026, 11, 19}));
  EXPECT_EQ(Compute({2026, 11, 12}, 901, {5, Unit::kWorkingDay}).on, (Date{2026, 11, 20}));
  EXPECT_EQ(Compute({2026, 11, 12}, 1439, {5, Unit::kWorkingDay}, 0, {-1}).on, (Date{2026, 11, 19}));
  const Due half = Compute({2026, 11, 12}, 1000, {1, Unit::kWorkingDay}, 0, {930});
  EXPECT_NE(half.steps[0].text_vi.find("sau 15 giờ 30,"), std::string::npos);
}

TEST(DueTest, OffDayReceiptCountsAsTheNextWorkingDay) {
  const Due due = Compute({2026, 11, 21}, 600, {1, Unit::kWorkingDay});
  EXPECT_EQ(
      TextsOf(due),
      (Texts{
          "21/11/2026 10:00: tiếp nhận vào ngày nghỉ (Thứ Bảy), tính từ ngày làm việc tiếp theo 23/11/2026",
          "22/11/2026: nghỉ Chủ Nhật", "24/11/2026: nghỉ Ngày Văn hóa Việt Nam",
          "25/11/2026: ngày đầu tiên được tính", "25/11/2026: hạn trả kết quả (1 ngày làm việc)"}));
  EXPECT_EQ(due.on, (Date{2026, 11, 25}));
}

TEST(DueTest, SameDay) {
  const Due due = Compute({2026, 11, 23}, 480, {0, Unit::kWorkingDay});
  EXPECT_EQ(due.at_us, FromLocal({2026, 11, 23}, 1020));
  EXPECT_EQ(TextsOf(due),
            (Texts{"23/11/2026 08:00: tiếp nhận hồ sơ", "23/11/2026: hạn trả kết quả (trong ngày)"}));
  // after 15:00 on the eve of a holiday: the day after it
  EXPECT_EQ(Compute({2026, 11, 23}, 960, {0, Unit::kWorkingDay}).on, (Date{2026, 11, 25}));
  for (Unit unit : {Unit::kDay, Unit::kHour, Unit::kMonth})
    EXPECT_EQ(Compute({2026, 11, 23}, 480, {0, unit}).at_us, due.at_us);
  EXPECT_EQ(Compute({2026, 11, 23}, 480, {-3, Unit::kDay}).at_us, due.at_us);
}

TEST(DueTest, CalendarDaysRunThroughDaysOffAndMoveAtTheEnd) {
  // 10 days from 19/11 end on Sunday 29/11
  const Due due = Compute({2026, 11, 19}, 540, {10, Unit::kDay});
  EXPECT_EQ(due.on, (Date{2026, 11, 30}));
  EXPECT_EQ(due.at_us, FromLocal({2026, 11, 30}, 1020));
  EXPECT_EQ(
      TextsOf(due),
      (Texts{"19/11/2026 09:00: tiếp nhận hồ sơ", "20/11/2026: ngày đầu tiên được tính",
             "29/11/2026: ngày cuối là ngày nghỉ (Chủ Nhật), chuyển sang ngày làm việc tiếp theo 30/11/2026",
             "30/11/2026: hạn trả kết quả (10 ngày)"}));
  EXPECT_EQ(Compute({2026, 11, 19}, 540, {6, Unit::kDay}).on, (Date{2026, 11, 25}));
  // 5 days from 19/11 end on the holiday itself
  EXPECT_EQ(Compute({2026, 11, 19}, 540, {5, Unit::kDay}).on, (Date{2026, 11, 25}));
}

TEST(DueTest, Months) {
  EXPECT_EQ(Compute({2026, 10, 20}, 540, {1, Unit::kMonth}).on, (Date{2026, 11, 20}));
  // 24/10 is a Saturday: received 26/10; 26/01 one quarter later
  EXPECT_EQ(Compute({2026, 10, 24}, 540, {3, Unit::kMonth}).on, (Date{2027, 1, 26}));
  // 31/08 is swapped off, so counted from 03/09; 30/12 + 2 months clamps to 28/02/2027, a Sunday
  EXPECT_EQ(Compute({2026, 12, 30}, 540, {2, Unit::kMonth}).on, (Date{2027, 3, 1}));
}

TEST(DueTest, HoursAreWorkingHours) {
  const Due due = Compute({2026, 11, 23}, 10 * 60, {4, Unit::kHour});
  EXPECT_EQ(due.at_us, FromLocal({2026, 11, 23}, 16 * 60));
  EXPECT_EQ(TextsOf(due), (Texts{"23/11/2026 10:00: tiếp nhận hồ sơ",
                                 "23/11/2026 16:00: hạn trả kết quả (4 giờ làm việc)"}));
  // over the night and the holiday; 8 hours are one day
  const Due day = Compute({2026, 11, 23}, 10 * 60, {8, Unit::kHour});
  EXPECT_EQ(day.at_us, FromLocal({2026, 11, 25}, 10 * 60));
  EXPECT_EQ(TextsOf(day)[1], "24/11/2026: nghỉ Ngày Văn hóa Việt Nam");
  // before opening and at lunch the first worked minute is said
  const Due lunch = Compute({2026, 11, 23}, 12 * 60, {1, Unit::kHour});
  EXPECT_EQ(lunch.at_us, FromLocal({2026, 11, 23}, 14 * 60));
  EXPECT_EQ(TextsOf(lunch)[1], "23/11/2026 13:00: bắt đầu tính giờ");
}

TEST(DueTest, LateHoursStartTheNextWorkingMorning) {
  const Due due = Compute({2026, 11, 23}, 16 * 60, {2, Unit::kHour});
  EXPECT_EQ(due.at_us, FromLocal({2026, 11, 25}, 9 * 60));
  EXPECT_EQ(TextsOf(due),
            (Texts{"23/11/2026 16:00: tiếp nhận sau 15 giờ, tính từ ngày làm việc tiếp theo 25/11/2026",
                   "24/11/2026: nghỉ Ngày Văn hóa Việt Nam", "25/11/2026 07:00: bắt đầu tính giờ",
                   "25/11/2026 09:00: hạn trả kết quả (2 giờ làm việc)"}));
  // with seconds at the end of the morning nothing is counted twice
  const Due seconds =
      ComputeDue(DueCalendar(), FromLocal({2026, 11, 23}, 659) + 30 * kUsPerSecond, {1, Unit::kHour}, {}, 0);
  EXPECT_EQ(seconds.at_us, FromLocal({2026, 11, 23}, 839));
}

TEST(DueTest, PausedTimeIsAddedAtTheEnd) {
  const Due due = Compute({2026, 11, 9}, 540, {5, Unit::kWorkingDay}, 960);
  EXPECT_EQ(due.on, (Date{2026, 11, 18}));
  EXPECT_EQ(due.at_us, FromLocal({2026, 11, 18}, 1020));
  EXPECT_EQ(
      TextsOf(due),
      (Texts{"09/11/2026 09:00: tiếp nhận hồ sơ", "10/11/2026: ngày đầu tiên được tính",
             "14/11–15/11/2026: nghỉ Thứ Bảy, Chủ Nhật", "16/11/2026: cộng thêm 2 ngày làm việc tạm dừng",
             "18/11/2026: hạn trả kết quả (5 ngày làm việc, cộng 2 ngày làm việc tạm dừng)"}));
  // a part of a day gives the whole day: limits in days are compared by date
  const Due part = Compute({2026, 11, 9}, 540, {5, Unit::kWorkingDay}, 1025);
  EXPECT_EQ(part.at_us, FromLocal({2026, 11, 19}, 1020));
  EXPECT_NE(part.steps.back().text_vi.find("cộng 2 ngày làm việc 1 giờ 5 phút tạm dừng"), std::string::npos);
  // limits in hours keep the minute
  EXPECT_EQ(Compute({2026, 11, 9}, 540, {1, Unit::kHour}, 30).at_us, FromLocal({2026, 11, 9}, 630));
  // over days off
  const Due over = Compute({2026, 11, 19}, 540, {1, Unit::kWorkingDay}, 960);
  EXPECT_EQ(over.on, (Date{2026, 11, 25}));
  EXPECT_EQ(Compute({2026, 11, 9}, 540, {5, Unit::kWorkingDay}, -7).on, (Date{2026, 11, 16}));
}

TEST(DueTest, GroupsDaysOffByReason) {
  // Tết: a weekend, five days of one name, a weekend
  const Due tet = Compute({2026, 2, 12}, 540, {2, Unit::kWorkingDay});
  EXPECT_EQ(
      TextsOf(tet),
      (Texts{"12/02/2026 09:00: tiếp nhận hồ sơ", "13/02/2026: ngày đầu tiên được tính",
             "14/02–15/02/2026: nghỉ Thứ Bảy, Chủ Nhật", "16/02–20/02/2026: nghỉ Tết Nguyên đán",
             "21/02–22/02/2026: nghỉ Thứ Bảy, Chủ Nhật", "23/02/2026: hạn trả kết quả (2 ngày làm việc)"}));
  // different names stay apart, "Nghỉ …" is not doubled, a worked Saturday is explained
  const Due national = Compute({2026, 8, 20}, 540, {8, Unit::kWorkingDay});
  EXPECT_EQ(national.on, (Date{2026, 9, 3}));
  EXPECT_EQ(TextsOf(national),
            (Texts{"20/08/2026 09:00: tiếp nhận hồ sơ", "21/08/2026: ngày đầu tiên được tính",
                   "22/08/2026: làm bù, tính là ngày làm việc", "23/08/2026: nghỉ Chủ Nhật",
                   "29/08–30/08/2026: nghỉ Thứ Bảy, Chủ Nhật", "31/08/2026: nghỉ hoán đổi",
                   "01/09–02/09/2026: nghỉ Quốc khánh", "03/09/2026: hạn trả kết quả (8 ngày làm việc)"}));
  const Due hung_kings = Compute({2026, 4, 23}, 540, {2, Unit::kWorkingDay});
  EXPECT_EQ(TextsOf(hung_kings)[3], "27/04/2026: nghỉ bù Giỗ Tổ Hùng Vương");
}

TEST(DueTest, SaysBothYearsWhenARangeCrossesThem) {
  const Due due = Compute({2022, 12, 30}, 540, {1, Unit::kWorkingDay});
  EXPECT_EQ(TextsOf(due)[1], "31/12/2022–01/01/2023: nghỉ Thứ Bảy, Chủ Nhật");
}

// A bad pack value must not make a request walk through centuries.
TEST(DueTest, HugeLimitsAreBounded) {
  EXPECT_LT(Compute({2026, 1, 5}, 540, {INT64_MAX, Unit::kWorkingDay}, INT64_MAX).on, (Date{2090, 1, 1}));
  EXPECT_LT(Compute({2026, 1, 5}, 540, {INT64_MAX, Unit::kMonth}).on, (Date{2500, 1, 1}));
}

// The rule in words, walked day by day: the day of receipt does not count, days off do not count, a day limit
// ends when its last day closes.
TEST(DuePropertyTest, AgreesWithCountingByHand) {
  std::mt19937 random(7);
  const Calendar calendar = DueCalendar();
  for (int round = 0; round < 2000; ++round) {
    const Date on = AddDays({2026, 1, 1}, static_cast<int64_t>(random() % 360));
    const int minute = static_cast<int>(random() % 1440), n = static_cast<int>(random() % 30);
    const auto unit = random() % 2 == 0 ? Unit::kWorkingDay : Unit::kDay;
    Date day = on;
    if (minute > 900 || !calendar.WhyOff(on).empty()) {
      do day = AddDays(day, 1);
      while (!calendar.WhyOff(day).empty());
    }
    if (unit == Unit::kWorkingDay) {
      for (int counted = 0; counted < n;) {
        day = AddDays(day, 1);
        counted += calendar.WhyOff(day).empty();
      }
    } else {
      for (int i = 0; i < n; ++i) day = AddDays(day, 1);
      while (!calendar.WhyOff(day).empty()) day = AddDays(day, 1);
    }
    const Due due = ComputeDue(calendar, FromLocal(on, minute), {n, unit}, {}, 0);
    ASSERT_EQ(due.on, day) << FormatDate(on) << " " << minute << " " << n << UnitName(unit);
    ASSERT_EQ(due.at_us, FromLocal(day, 1020));
    ASSERT_EQ(due.steps.back().kind, "due");
    ASSERT_TRUE(due.steps.front().kind == "received" || due.steps.front().kind == "moved");
    // the story is told in order
    for (size_t i = 1; i < due.steps.size(); ++i) ASSERT_LE(due.steps[i - 1].on, due.steps[i].on);
  }
}

}  // namespace
}  // namespace tinhso::calendar
