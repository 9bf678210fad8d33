// The only source of time. Everything else takes a Clock, so that tests and simulation set it.
// Times are UTC microseconds since 1970 (`*_at_us`); Viet Nam is UTC+7 the year round.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tinhso {

using TimeUs = int64_t;
inline constexpr int64_t kUsPerSecond = 1'000'000;
inline constexpr int64_t kUsPerDay = 86'400 * kUsPerSecond;
inline constexpr int64_t kVietnamOffsetUs = 7 * 3600 * kUsPerSecond;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimeUs NowUs() const = 0;
};

// The machine's clock.
const Clock& SystemClock();

// Monotonic microseconds, for durations only.
int64_t MonotonicUs();

class FixedClock : public Clock {
 public:
  explicit FixedClock(TimeUs now) : now_(now) {}
  TimeUs NowUs() const override { return now_; }
  void Set(TimeUs now) { now_ = now; }
  void Advance(int64_t us) { now_ += us; }

 private:
  TimeUs now_;
};

// Days since 1970-01-01 of a civil date, proleptic Gregorian.
struct Date {
  int year = 1970, month = 1, day = 1;
  auto operator<=>(const Date&) const = default;
};
int64_t DaysFromCivil(Date d);
Date CivilFromDays(int64_t days);
int Weekday(Date d);  // 0 = Monday … 6 = Sunday
Date AddDays(Date d, int64_t n);
// Clamps to the month's last day: 31/01 + 1 month = 28/02 (Civil Code 2015 art. 148).
Date AddMonths(Date d, int n);

// "2026-11-23"; kInvalid "date_malformed" for anything that is not a real date in years 1800–2200.
Result<Date> ParseDate(std::string_view iso);
std::string FormatDate(Date d);    // 2026-11-23
std::string FormatDateVi(Date d);  // 23/11/2026
Date LocalDate(TimeUs at);         // the date in Viet Nam
int LocalMinuteOfDay(TimeUs at);   // 0–1439 in Viet Nam
TimeUs FromLocal(Date d, int minute_of_day);
// RFC 3339 with +07:00: "2026-11-23T08:30:00+07:00"
std::string FormatTime(TimeUs at);
Result<TimeUs> ParseTime(std::string_view rfc3339);

}  // namespace tinhso
