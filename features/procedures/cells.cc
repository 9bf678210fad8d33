#include "cells.h"

namespace tinhso::procedures::cells {

Point At(std::string_view s, size_t i) {
  if (i >= s.size()) return {};
  const auto byte = [&](size_t k) { return static_cast<unsigned char>(s[k]); };
  const unsigned char b = byte(i);
  if (b < 0x80) return {b, 1};
  int length = b >= 0xF0 ? 4 : b >= 0xE0 ? 3 : b >= 0xC0 ? 2 : 0;
  if (length == 0 || i + length > s.size()) return {0xFFFD, 1};
  uint32_t cp = b & (0xFF >> (length + 1));
  for (int k = 1; k < length; ++k) cp = (cp << 6) | (byte(i + k) & 0x3F);
  return {cp, length};
}

Point Before(std::string_view s, size_t i) {
  if (i == 0 || i > s.size()) return {};
  size_t k = i - 1;
  while (k > 0 && (static_cast<unsigned char>(s[k]) & 0xC0) == 0x80 && i - k < 4) --k;
  return At(s, k);
}

// The blocks that hold Vietnamese letters pair capitals (even) with small letters (odd).
bool IsUpper(uint32_t cp) {
  if (cp < 0x80) return cp >= 'A' && cp <= 'Z';
  if (cp >= 0xC0 && cp <= 0xDE) return cp != 0xD7;
  if ((cp >= 0x100 && cp <= 0x137) || (cp >= 0x14A && cp <= 0x177)) return cp % 2 == 0;
  if (cp == 0x1A0 || cp == 0x1AF) return true;
  return cp >= 0x1EA0 && cp <= 0x1EF9 && cp % 2 == 0;
}

bool IsLower(uint32_t cp) {
  if (cp < 0x80) return cp >= 'a' && cp <= 'z';
  if (cp >= 0xDF && cp <= 0xFF) return cp != 0xF7;
  if ((cp >= 0x100 && cp <= 0x137) || (cp >= 0x14A && cp <= 0x177)) return cp % 2 == 1;
  if (cp == 0x1A1 || cp == 0x1B0) return true;
  return cp >= 0x1EA0 && cp <= 0x1EF9 && cp % 2 == 1;
}

bool IsLetter(uint32_t cp) { return IsUpper(cp) || IsLower(cp); }

std::string_view Strip(std::string_view s) {
  while (!s.empty()) {
    const Point p = At(s, 0);
    if (!IsSpace(p.cp)) break;
    s.remove_prefix(p.length);
  }
  while (!s.empty()) {
    const Point p = Before(s, s.size());
    if (!IsSpace(p.cp)) break;
    s.remove_suffix(p.length);
  }
  return s;
}

std::optional<Number> NumberAt(std::string_view s, size_t i) {
  Number out{0, i};
  while (out.end < s.size() && IsDigit(static_cast<unsigned char>(s[out.end])) && out.end - i < 9) {
    out.value = out.value * 10 + (s[out.end] - '0');
    ++out.end;
  }
  if (out.end == i) return std::nullopt;
  return out;
}

std::optional<Duration> DurationAt(std::string_view s, size_t i) {
  // Longest words first: "ngày" is the beginning of "ngày làm việc".
  struct Word {
    std::string_view text;
    const char* unit;
    int64_t times;
  };
  static constexpr Word kWords[] = {{"Ngày làm việc", "working_day", 1},
                                    {"ngày làm việc", "working_day", 1},
                                    {"ngày làm viêc", "working_day", 1},
                                    {"Ngày", "day", 1},
                                    {"ngày", "day", 1},
                                    {"Giờ làm việc", "hour", 1},
                                    {"giờ làm việc", "hour", 1},
                                    {"Giờ", "hour", 1},
                                    {"giờ", "hour", 1},
                                    {"Tháng", "month", 1},
                                    {"tháng", "month", 1},
                                    {"Tuần", "day", 7},
                                    {"tuần", "day", 7},
                                    {"Năm", "month", 12}};
  auto number = NumberAt(s, i);
  if (!number || number->value > 3660) return std::nullopt;
  size_t k = number->end;
  while (k < s.size() && s[k] == ' ') ++k;
  if (s.substr(k, 1) == "(") {  // "05 (năm) ngày"
    const size_t close = s.find(')', k);
    if (close == std::string_view::npos || close - k > 40) return std::nullopt;
    k = close + 1;
    while (k < s.size() && s[k] == ' ') ++k;
  }
  for (const Word& word : kWords) {
    if (s.substr(k, word.text.size()) == word.text) {
      return Duration{number->value * word.times, word.unit, k + word.text.size()};
    }
  }
  // Minutes have no unit in working time: any of them is within one working hour.
  for (std::string_view minute : {"Phút", "phút"}) {
    if (s.substr(k, minute.size()) == minute)
      return Duration{(number->value + 59) / 60, "hour", k + minute.size()};
  }
  return std::nullopt;
}

std::vector<Duration> Durations(std::string_view s) {
  std::vector<Duration> out;
  for (size_t i = 0; i < s.size();) {
    const Point p = At(s, i);
    if (!IsDigit(p.cp)) {
      i += p.length;
      continue;
    }
    const uint32_t before = Before(s, i).cp;
    const bool glued = IsLetter(before) || before == '/' || before == '.' || before == ',' || before == '-';
    if (!glued) {
      if (auto duration = DurationAt(s, i)) {
        i = duration->end;
        out.push_back(std::move(*duration));
        continue;
      }
    }
    while (i < s.size() && IsDigit(static_cast<unsigned char>(s[i]))) ++i;
  }
  return out;
}

size_t ParenEnd(std::string_view s, size_t i) {
  int depth = 0;
  for (size_t k = i; k < s.size(); ++k) {
    if (s[k] == '(') ++depth;
    if (s[k] == ')' && --depth == 0) return k + 1;
  }
  return std::string_view::npos;
}

}  // namespace tinhso::procedures::cells
