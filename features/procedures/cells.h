// Reading text whose table cells run together ("…Mô tảTrực tiếp5 Ngày làm việc…"): small scanners over UTF-8.
// Private to features/procedures. Thread rule: pure functions.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tinhso::procedures::cells {

// Code point at byte `i` and its length; 0xFFFD, 1 for bad bytes. At or past the end: 0, 0.
struct Point {
  uint32_t cp = 0;
  int length = 0;
};
Point At(std::string_view s, size_t i);
// The code point that ends just before byte `i`.
Point Before(std::string_view s, size_t i);

bool IsUpper(uint32_t cp);  // Latin capitals as Vietnamese uses them
bool IsLower(uint32_t cp);
bool IsLetter(uint32_t cp);
inline bool IsDigit(uint32_t cp) { return cp >= '0' && cp <= '9'; }
inline bool IsSpace(uint32_t cp) { return cp == ' ' || cp == '\t' || cp == '\n' || cp == '\r' || cp == 0xA0; }

// Removes white space (also U+00A0) from both ends.
std::string_view Strip(std::string_view s);

// Unsigned number at `i`; digits only, at most 9 of them.
struct Number {
  int64_t value = 0;
  size_t end = 0;
};
std::optional<Number> NumberAt(std::string_view s, size_t i);

// A duration phrase: "5 Ngày làm việc", "03 ngày", "08 giờ làm việc", "1 Tháng", "30 phút".
struct Duration {
  int64_t value = 0;
  std::string unit;  // "working_day", "day", "hour", "month"
  size_t end = 0;
};
std::optional<Duration> DurationAt(std::string_view s, size_t i);
// Every duration phrase of a text, in order (a number must not be glued to a word or a date before it).
std::vector<Duration> Durations(std::string_view s);

// End of the balanced parenthesis that opens at `i`, or `npos` when it never closes.
size_t ParenEnd(std::string_view s, size_t i);

}  // namespace tinhso::procedures::cells
