// ComputeDue: the due date of a dossier and its arithmetic in words.
#include <algorithm>
#include <array>
#include <cstdio>

#include "base/calendar.h"
#include "base/text.h"

namespace tinhso::calendar {
namespace {

// No procedure in law comes near; a bad pack value must not make a request loop over centuries.
constexpr int64_t kLimitValueMax = 5000;
constexpr int64_t kPausedMinutesMax = 5000 * 480;
constexpr int64_t kMinuteUs = 60 * kUsPerSecond;
constexpr int kMinutesPerWorkingDay = 480;  // 8 hours = 1 day

std::string TwoDigits(int n) {
  std::array<char, 16> buffer;
  std::snprintf(buffer.data(), buffer.size(), "%02d", n);
  return buffer.data();
}

std::string FormatMinute(int minute) { return TwoDigits(minute / 60) + ":" + TwoDigits(minute % 60); }

// 900 → "15 giờ", 930 → "15 giờ 30"
std::string SpeakMinute(int minute) {
  return std::to_string(minute / 60) + " giờ" + (minute % 60 == 0 ? "" : " " + TwoDigits(minute % 60));
}

std::string LimitText(TimeLimit limit) {
  if (limit.value == 0) return "trong ngày";
  const std::string n = std::to_string(limit.value);
  switch (limit.unit) {
    case Unit::kWorkingDay:
      return n + " ngày làm việc";
    case Unit::kDay:
      return n + " ngày";
    case Unit::kHour:
      return n + " giờ làm việc";
    case Unit::kMonth:
      return n + " tháng";
  }
  return n;
}

// 1500 → "3 ngày làm việc 1 giờ"
std::string WorkingTimeText(int64_t minutes) {
  std::string out;
  const auto part = [&](int64_t n, const char* unit) {
    if (n <= 0) return;
    if (!out.empty()) out += ' ';
    out += std::to_string(n);
    out += ' ';
    out += unit;
  };
  part(minutes / kMinutesPerWorkingDay, "ngày làm việc");
  part(minutes % kMinutesPerWorkingDay / 60, "giờ");
  part(minutes % 60, "phút");
  return out;
}

// "21/11–22/11/2026", or one day; the year is said twice only when it changes
std::string RangeText(Date first, Date last) {
  if (first == last) return FormatDateVi(last);
  const std::string start = FormatDateVi(first);
  return (first.year == last.year ? start.substr(0, 5) : start) + "–" + FormatDateVi(last);
}

// "24/11"
std::string ShortDay(Date d) { return FormatDateVi(d).substr(0, 5); }

// "Nghỉ bù Quốc khánh" already says it; "nghỉ Nghỉ bù" would be read as a mistake.
std::string OffText(const std::string& why) {
  static constexpr std::string_view kOff = "Nghỉ ";
  if (text::StartsWith(why, kOff)) return "nghỉ " + why.substr(kOff.size());
  return "nghỉ " + why;
}

bool IsWeekdayName(const std::string& why) { return text::StartsWith(why, "Thứ ") || why == "Chủ Nhật"; }

// Days in (after, until] that are not as the week has them: days off, neighbours of one reason in one step,
// and days worked in exchange, which people would otherwise take for a mistake in the count.
void AppendOffDays(const Calendar& calendar, Date after, Date until, std::vector<DueStep>& steps) {
  struct Group {
    Date first, last;
    std::string why;
    bool weekly = false;
  };
  std::vector<Group> groups;
  for (Date d = AddDays(after, 1); d <= until; d = AddDays(d, 1)) {
    const std::string why = calendar.WhyOff(d);
    if (why.empty()) {
      const SpecialDay* special = calendar.SpecialDayOn(d);
      if (special != nullptr) groups.push_back({d, d, "", false});
      continue;
    }
    const bool weekly = IsWeekdayName(why);
    if (!groups.empty() && !groups.back().why.empty() && AddDays(groups.back().last, 1) == d) {
      Group& g = groups.back();
      if (!weekly && !g.weekly && g.why == why) {
        g.last = d;
        continue;
      }
      if (weekly && g.weekly) {
        g.last = d;
        g.why += ", " + why;
        continue;
      }
    }
    groups.push_back({d, d, why, weekly});
  }
  for (const Group& g : groups) {
    if (g.why.empty())
      steps.push_back({"moved", g.first, FormatDateVi(g.first) + ": làm bù, tính là ngày làm việc", "làm bù " + ShortDay(g.first)});
    else
      steps.push_back({"off", g.first, RangeText(g.first, g.last) + ": " + OffText(g.why),
                       g.weekly ? "" : "nghỉ " + ShortDay(g.first) + (g.first == g.last ? "" : "–" + ShortDay(g.last))});
  }
}

// Adds the time the clock stood; how to say it beside the limit. Limits in days are compared by date: the whole
// last day remains, not a part of it.
std::string AddPause(const Calendar& calendar, Due& due, int64_t paused_minutes, bool whole_days) {
  if (paused_minutes <= 0) return "";
  const Date before = due.on;
  due.at_us = calendar.AddWorkingMinutes(due.at_us, paused_minutes);
  due.on = LocalDate(due.at_us);
  if (whole_days) due.at_us = FromLocal(due.on, calendar.ClosingMinute(due.on));
  due.steps.push_back(
      {"moved", before, FormatDateVi(before) + ": cộng thêm " + WorkingTimeText(paused_minutes) + " tạm dừng",
       "cộng " + WorkingTimeText(paused_minutes) + " tạm dừng"});
  AppendOffDays(calendar, before, due.on, due.steps);
  return ", cộng " + WorkingTimeText(paused_minutes) + " tạm dừng";
}

}  // namespace

Date CountedOn(const Calendar& calendar, TimeUs received_at_us, DueRule rule) {
  const Date on = LocalDate(received_at_us);
  const bool late = rule.after_hours_minute >= 0 && LocalMinuteOfDay(received_at_us) > rule.after_hours_minute;
  return late || !calendar.IsWorkingDay(on) ? calendar.NextWorkingDay(on) : on;
}

Due ComputeDue(const Calendar& calendar, TimeUs received_at_us, TimeLimit limit, DueRule rule,
               int64_t paused_minutes) {
  limit.value = std::clamp<int64_t>(limit.value, 0, kLimitValueMax);
  paused_minutes = std::clamp<int64_t>(paused_minutes, 0, kPausedMinutesMax);
  const bool by_hour = limit.unit == Unit::kHour && limit.value > 0;
  const int n = static_cast<int>(limit.value);

  Due due;
  const Date received_on = LocalDate(received_at_us);
  const int received_minute = LocalMinuteOfDay(received_at_us);
  const std::string received =
      FormatDateVi(received_on) + " " + FormatMinute(received_minute) + ": tiếp nhận";
  const bool off = !calendar.IsWorkingDay(received_on);
  const bool late = rule.after_hours_minute >= 0 && received_minute > rule.after_hours_minute;

  // 1. The day it counts as received.
  const Date counted_on = CountedOn(calendar, received_at_us, rule);
  if (off || late) {
    const std::string why = off ? " vào ngày nghỉ (" + calendar.WhyOff(received_on) + ")"
                                : " sau " + SpeakMinute(rule.after_hours_minute);
    due.steps.push_back({"moved", received_on,
                         received + why + ", tính từ ngày làm việc tiếp theo " + FormatDateVi(counted_on),
                         ShortDay(received_on) + " tiếp nhận, tính từ " + ShortDay(counted_on)});
  } else {
    due.steps.push_back({"received", received_on, received + " hồ sơ", ShortDay(received_on) + " tiếp nhận"});
  }

  // 2. The end of the limit.
  if (by_hour) {
    // Whole minutes, as shown. Midnight of a moved day: its first worked minute follows by itself.
    const TimeUs start = FromLocal(counted_on, counted_on == received_on ? received_minute : 0);
    due.at_us = calendar.AddWorkingMinutes(start, limit.value * 60);
    due.on = LocalDate(due.at_us);
    const TimeUs first = calendar.AddWorkingMinutes(start, 1) - kMinuteUs;
    const Date first_on = LocalDate(first);
    AppendOffDays(calendar, received_on, first_on, due.steps);
    if (first != FromLocal(received_on, received_minute))
      due.steps.push_back(
          {"start", first_on,
           FormatDateVi(first_on) + " " + FormatMinute(LocalMinuteOfDay(first)) + ": bắt đầu tính giờ", ""});
    AppendOffDays(calendar, first_on, due.on, due.steps);
  } else if (limit.value == 0 || limit.unit == Unit::kWorkingDay) {
    due.on = calendar.AddWorkingDays(counted_on, n);
    AppendOffDays(calendar, received_on, counted_on, due.steps);
    if (n > 0) {
      const Date first = calendar.NextWorkingDay(counted_on);
      AppendOffDays(calendar, counted_on, first, due.steps);
      due.steps.push_back({"start", first, FormatDateVi(first) + ": ngày đầu tiên được tính", ""});
      AppendOffDays(calendar, first, due.on, due.steps);
    }
  } else {
    // Calendar days and months run through days off; only the last day may not be one (Civil Code 2015 art.
    // 148).
    AppendOffDays(calendar, received_on, counted_on, due.steps);
    const Date end = limit.unit == Unit::kDay ? AddDays(counted_on, n) : AddMonths(counted_on, n);
    const Date first = AddDays(counted_on, 1);
    due.steps.push_back({"start", first, FormatDateVi(first) + ": ngày đầu tiên được tính", ""});
    due.on = end;
    if (!calendar.IsWorkingDay(end)) {
      due.on = calendar.NextWorkingDay(end);
      due.steps.push_back({"moved", end,
                           FormatDateVi(end) + ": ngày cuối là ngày nghỉ (" + calendar.WhyOff(end) +
                               "), chuyển sang ngày làm việc tiếp theo " + FormatDateVi(due.on),
                           "hết hạn ngày nghỉ " + ShortDay(end)});
      AppendOffDays(calendar, end, due.on, due.steps);
    }
  }
  if (!by_hour) due.at_us = FromLocal(due.on, calendar.ClosingMinute(due.on));

  // 3. The time the clock stood.
  const std::string added = AddPause(calendar, due, paused_minutes, !by_hour);
  const std::string moment = by_hour ? " " + FormatMinute(LocalMinuteOfDay(due.at_us)) : "";
  due.steps.push_back(
      {"due", due.on,
       FormatDateVi(due.on) + moment + ": hạn trả kết quả (" + LimitText(limit) + added + ")",
       "hạn " + (by_hour ? FormatMinute(LocalMinuteOfDay(due.at_us)) + " " : "") + FormatDateVi(due.on)});
  return due;
}

std::string DueLine(const Due& due) {
  std::string out;
  for (const DueStep& step : due.steps) {
    if (step.short_vi.empty()) continue;
    if (!out.empty()) out += " → ";
    out += step.short_vi;
  }
  return out;
}

Due ExtendDue(const Calendar& calendar, Due due, Date extended_on, int64_t paused_minutes_since) {
  due.steps.push_back(
      {"moved", due.on, FormatDateVi(due.on) + ": xin lỗi và gia hạn đến " + FormatDateVi(extended_on),
       "xin lỗi, gia hạn đến " + ShortDay(extended_on)});
  due.on = extended_on;
  due.at_us = FromLocal(extended_on, calendar.ClosingMinute(extended_on));
  const std::string added =
      AddPause(calendar, due, std::clamp<int64_t>(paused_minutes_since, 0, kPausedMinutesMax), true);
  due.steps.push_back({"due", due.on, FormatDateVi(due.on) + ": hạn trả kết quả sau gia hạn" + added, "hạn " + FormatDateVi(due.on)});
  return due;
}

}  // namespace tinhso::calendar
