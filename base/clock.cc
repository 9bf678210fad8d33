#include "base/clock.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

namespace tinhso {
namespace {

constexpr int kYearMin = 1800, kYearMax = 2200;
constexpr std::string_view kTimeMalformed = "time_malformed";

class MachineClock : public Clock {
 public:
  TimeUs NowUs() const override {
    return std::chrono::duration_cast<std::chrono::microseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
  }
};

int64_t FloorDiv(int64_t a, int64_t b) { return a / b - (a % b != 0 && (a % b < 0) != (b < 0)); }

bool IsLeap(int year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

int DaysInMonth(int year, int month) {
  static constexpr std::array<int, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && IsLeap(year) ? 29 : kDays[static_cast<size_t>(month - 1)];
}

// `count` decimal digits at `at`; -1 when there are not that many.
int Digits(std::string_view s, size_t at, size_t count) {
  if (s.size() < at + count) return -1;
  int n = 0;
  for (size_t i = at; i < at + count; ++i) {
    if (s[i] < '0' || s[i] > '9') return -1;
    n = n * 10 + (s[i] - '0');
  }
  return n;
}

bool CharAt(std::string_view s, size_t at, char c) { return at < s.size() && s[at] == c; }

std::string Print(const char* format, int a, int b, int c) {
  std::array<char, 48> buffer;
  const int n = std::snprintf(buffer.data(), buffer.size(), format, a, b, c);
  return std::string(buffer.data(), static_cast<size_t>(std::clamp(n, 0, 47)));
}

}  // namespace

const Clock& SystemClock() {
  static const MachineClock clock;
  return clock;
}

int64_t MonotonicUs() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// Howard Hinnant, "chrono-compatible low-level date algorithms": years start in March, eras of 400 years.
int64_t DaysFromCivil(Date d) {
  const int64_t y = static_cast<int64_t>(d.year) - (d.month <= 2);
  const int64_t era = FloorDiv(y, 400);
  const int64_t year_of_era = y - era * 400;
  const int64_t day_of_year = (153 * (d.month + (d.month > 2 ? -3 : 9)) + 2) / 5 + d.day - 1;
  const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

Date CivilFromDays(int64_t days) {
  days += 719468;
  const int64_t era = FloorDiv(days, 146097);
  const int64_t day_of_era = days - era * 146097;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t shifted_month = (5 * day_of_year + 2) / 153;
  const int day = static_cast<int>(day_of_year - (153 * shifted_month + 2) / 5 + 1);
  const int month = static_cast<int>(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
  return Date{static_cast<int>(year_of_era + era * 400 + (month <= 2)), month, day};
}

// 1970-01-01 was a Thursday.
int Weekday(Date d) {
  const int64_t n = DaysFromCivil(d) + 3;
  return static_cast<int>(n - FloorDiv(n, 7) * 7);
}

Date AddDays(Date d, int64_t n) { return CivilFromDays(DaysFromCivil(d) + n); }

Date AddMonths(Date d, int n) {
  const int64_t months = static_cast<int64_t>(d.year) * 12 + (d.month - 1) + n;
  const int year = static_cast<int>(FloorDiv(months, 12));
  const int month = static_cast<int>(months - static_cast<int64_t>(year) * 12) + 1;
  return Date{year, month, std::min(d.day, DaysInMonth(year, month))};
}

Result<Date> ParseDate(std::string_view iso) {
  const int year = Digits(iso, 0, 4), month = Digits(iso, 5, 2), day = Digits(iso, 8, 2);
  const bool shape = iso.size() == 10 && iso[4] == '-' && iso[7] == '-' && year >= 0;
  if (!shape || year < kYearMin || year > kYearMax || month < 1 || month > 12 || day < 1 ||
      day > DaysInMonth(year, month))
    return {ErrorCode::kInvalid, "date_malformed"};
  return Date{year, month, day};
}

std::string FormatDate(Date d) { return Print("%04d-%02d-%02d", d.year, d.month, d.day); }

std::string FormatDateVi(Date d) { return Print("%02d/%02d/%04d", d.day, d.month, d.year); }

Date LocalDate(TimeUs at) { return CivilFromDays(FloorDiv(at + kVietnamOffsetUs, kUsPerDay)); }

int LocalMinuteOfDay(TimeUs at) {
  const int64_t local = at + kVietnamOffsetUs;
  return static_cast<int>((local - FloorDiv(local, kUsPerDay) * kUsPerDay) / (60 * kUsPerSecond));
}

TimeUs FromLocal(Date d, int minute_of_day) {
  return DaysFromCivil(d) * kUsPerDay + minute_of_day * 60 * kUsPerSecond - kVietnamOffsetUs;
}

std::string FormatTime(TimeUs at) {
  const int64_t local = at + kVietnamOffsetUs;
  const int64_t day_us = local - FloorDiv(local, kUsPerDay) * kUsPerDay;
  const int second = static_cast<int>(day_us / kUsPerSecond);
  return FormatDate(LocalDate(at)) +
         Print("T%02d:%02d:%02d+07:00", second / 3600, second / 60 % 60, second % 60);
}

Result<TimeUs> ParseTime(std::string_view s) {
  const auto malformed = [] { return Result<TimeUs>(ErrorCode::kInvalid, std::string(kTimeMalformed)); };
  auto date = ParseDate(s.substr(0, 10));
  if (!date.ok() || !(CharAt(s, 10, 'T') || CharAt(s, 10, 't'))) return malformed();
  const int hour = Digits(s, 11, 2), minute = Digits(s, 14, 2), second = Digits(s, 17, 2);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 ||
      !CharAt(s, 13, ':') || !CharAt(s, 16, ':'))
    return malformed();
  size_t at = 19;
  int64_t fraction_us = 0;
  if (CharAt(s, at, '.')) {
    int64_t unit = kUsPerSecond / 10;
    const size_t start = ++at;
    for (; at < s.size() && s[at] >= '0' && s[at] <= '9'; ++at, unit /= 10)
      fraction_us += (s[at] - '0') * unit;
    if (at == start || at - start > 9) return malformed();
  }
  int64_t offset_minutes = 0;
  if (CharAt(s, at, 'Z') || CharAt(s, at, 'z')) {
    ++at;
  } else if (CharAt(s, at, '+') || CharAt(s, at, '-')) {
    const int offset_hour = Digits(s, at + 1, 2), offset_minute = Digits(s, at + 4, 2);
    if (offset_hour < 0 || offset_hour > 23 || offset_minute < 0 || offset_minute > 59 ||
        !CharAt(s, at + 3, ':'))
      return malformed();
    offset_minutes = (s[at] == '-' ? -1 : 1) * (offset_hour * 60 + offset_minute);
    at += 6;
  } else {
    return malformed();
  }
  if (at != s.size()) return malformed();
  const int64_t seconds = (hour * 60 + minute - offset_minutes) * 60 + second;
  return DaysFromCivil(*date) * kUsPerDay + seconds * kUsPerSecond + fraction_us;
}

}  // namespace tinhso
