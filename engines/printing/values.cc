// Data → text: look-up, filters, cleaning.
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "base/clock.h"
#include "base/text.h"
#include "expression.h"
#include "printing.h"

namespace tinhso::printing {
namespace {

const json::value* Step(const json::value& from, const std::string& step) {
  if (const auto* object = from.if_object()) return object->if_contains(step);
  if (const auto* array = from.if_array()) {
    size_t index = 0;
    auto [end, error] = std::from_chars(step.data(), step.data() + step.size(), index);
    if (error != std::errc() || end != step.data() + step.size() || index >= array->size()) return nullptr;
    return &(*array)[index];
  }
  return nullptr;
}

std::string DoubleText(double d) {
  if (!std::isfinite(d)) return {};
  if (d == std::floor(d) && std::fabs(d) < 1e15) return std::to_string(static_cast<int64_t>(d));
  std::array<char, 64> buffer;
  auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), d);
  if (error != std::errc()) return {};
  std::string text(buffer.data(), end);
  // Vietnamese writes the decimal mark as a comma.
  if (auto dot = text.find('.'); dot != std::string::npos) text[dot] = ',';
  return text;
}

std::optional<int64_t> WholeNumber(std::string_view text) {
  int64_t n = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return n;
}

struct Moment {
  Date on;
  std::optional<int> minute;  // absent for a plain date
};

// A date, an RFC 3339 time, or microseconds since 1970 (a *_at_us column).
std::optional<Moment> ReadMoment(const std::string& text) {
  if (auto date = ParseDate(text)) return Moment{*date, std::nullopt};
  if (auto time = ParseTime(text)) return Moment{LocalDate(*time), LocalMinuteOfDay(*time)};
  // Below a day's worth of microseconds it is some other number, not a time.
  if (auto us = WholeNumber(text); us && *us > kUsPerDay)
    return Moment{LocalDate(*us), LocalMinuteOfDay(*us)};
  return std::nullopt;
}

// "ngày 05 tháng 02 năm 2026": Nghị định 30/2020 App. I asks for a leading 0 for days below 10 and months 1
// and 2 only.
std::string LongDate(Date d) {
  std::array<char, 64> buffer;
  int n = std::snprintf(buffer.data(), buffer.size(),
                        d.month <= 2 ? "ngày %02d tháng %02d năm %d" : "ngày %02d tháng %d năm %d", d.day,
                        d.month, d.year);
  return std::string(buffer.data(), static_cast<size_t>(n));
}

constexpr const char* kDigitWords[] = {"không", "một", "hai", "ba",  "bốn",
                                       "năm",   "sáu", "bảy", "tám", "chín"};

// 0–99 as spoken: mười lăm, hai mươi mốt, hai mươi tư.
std::string WordsBelowHundred(int n) {
  const int tens = n / 10, ones = n % 10;
  if (tens == 0) return kDigitWords[ones];
  std::string words = tens == 1 ? "mười" : std::string(kDigitWords[tens]) + " mươi";
  if (ones == 0) return words;
  if (ones == 5) return words + " lăm";
  if (tens > 1 && ones == 1) return words + " mốt";
  if (tens > 1 && ones == 4) return words + " tư";
  return words + " " + kDigitWords[ones];
}

// Civil status papers write a birth date in words as well, so that no digit can be altered:
// "ngày năm tháng hai năm một nghìn chín trăm chín mươi hai".
std::string DateWords(Date d) {
  const int thousands = d.year / 1000, hundreds = d.year / 100 % 10, rest = d.year % 100;
  std::string year = std::string(kDigitWords[thousands]) + " nghìn";
  if (hundreds > 0 || rest > 0) year += std::string(" ") + kDigitWords[hundreds] + " trăm";
  if (rest > 0) year += (rest < 10 ? " linh " : " ") + WordsBelowHundred(rest);
  const std::string month = d.month == 4 ? "tư" : WordsBelowHundred(d.month);
  return "ngày " + WordsBelowHundred(d.day) + " tháng " + month + " năm " + year;
}

std::string DateTime(const Moment& moment) {
  std::string date = "ngày " + FormatDateVi(moment.on);
  if (!moment.minute) return date;
  std::array<char, 64> buffer;
  int n = std::snprintf(buffer.data(), buffer.size(), "%02d giờ %02d phút, ", *moment.minute / 60,
                        *moment.minute % 60);
  return std::string(buffer.data(), static_cast<size_t>(n)) + date;
}

// "Phó Chủ tịch Ủy ban nhân dân phường …" → "KT. CHỦ TỊCH\nPHÓ CHỦ TỊCH". Nghị định 30/2020 App. I: a deputy
// signs "KT." for the head, and the body already named above is not repeated in the title. Lines are kept as they are:
// "TUQ. Chủ tịch\nChánh Văn phòng".
std::string SignerTitle(const std::string& position) {
  if (size_t line = position.find('\n'); line != std::string::npos) {
    std::string first = position.substr(0, line);
    for (std::string_view body : {" Ủy ban nhân dân", " UBND", " Sở"}) {
      if (auto at = first.find(body); at != std::string::npos) first.resize(at);
    }
    return text::ToUpper(first + position.substr(line));
  }
  std::string title = text::Trim(position);
  for (std::string_view body : {" Ủy ban nhân dân", " UBND", " Sở"}) {
    if (auto at = title.find(body); at != std::string::npos) title.resize(at);
  }
  const std::string_view deputy = "Phó ";
  std::string upper = text::ToUpper(title);
  if (!text::StartsWith(title, deputy)) return upper;
  return "KT. " + text::ToUpper(title.substr(deputy.size())) + "\n" + upper;
}

// Pango's time to wrap one word grows with the square of its length: 100,000 letters without a space take 23
// s. A word is cut after this many characters; longer than any QR code's data, which must come through whole.
constexpr size_t kWordLengthMax = kQrBytesMax + 76;

// Marks that reorder or hide text: a name carrying U+202E would print backwards on an official paper.
bool IsDirectional(char32_t c) {
  return c == 0x061C || c == 0x200B || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) ||
         (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF || c == 0xFFFC;
}

}  // namespace

const json::value* Find(const Path& path, const Scope& scope) {
  const auto& steps = path.steps;
  if (steps.empty()) return nullptr;
  const json::value* at = nullptr;
  if (steps[0] == "row" && scope.row != nullptr) {
    at = scope.row;
  } else {
    at = scope.data != nullptr ? scope.data->if_contains(steps[0]) : nullptr;
  }
  for (size_t i = 1; i < steps.size() && at != nullptr; ++i) at = Step(*at, steps[i]);
  return at;
}

std::string ValueText(const json::value* value) {
  if (value == nullptr) return {};
  if (const auto* s = value->if_string()) return std::string(s->data(), s->size());
  if (const auto* i = value->if_int64()) return std::to_string(*i);
  if (const auto* u = value->if_uint64()) return std::to_string(*u);
  if (const auto* d = value->if_double()) return DoubleText(*d);
  if (const auto* b = value->if_bool()) return *b ? "Có" : "Không";
  if (const auto* array = value->if_array()) {
    std::string joined;
    for (const auto& item : *array) {
      if (item.is_array()) continue;  // a table inside a text has no good reading
      std::string text = ValueText(&item);
      if (text.empty()) continue;
      if (!joined.empty()) joined += ", ";
      joined += text;
    }
    return joined;
  }
  return {};
}

std::string ApplyFilter(const Filter& filter, std::string value) {
  switch (filter.kind) {
    case FilterKind::kUpper:
      return text::ToUpper(value);
    case FilterKind::kSigner:
      return SignerTitle(value);
    case FilterKind::kDefault:
      return text::Trim(value).empty() ? filter.argument : value;
    case FilterKind::kNumber:
    case FilterKind::kMoney: {
      auto n = WholeNumber(value);
      if (!n) return value;
      return text::FormatNumber(*n) + (filter.kind == FilterKind::kMoney ? " đồng" : "");
    }
    case FilterKind::kDate:
    case FilterKind::kLongDate:
    case FilterKind::kDateTime:
    case FilterKind::kDateWords: {
      // What is not a date is shown as it was written, never dropped: "không rõ" is an answer too.
      auto moment = ReadMoment(value);
      if (!moment) return value;
      if (filter.kind == FilterKind::kDate) return FormatDateVi(moment->on);
      if (filter.kind == FilterKind::kLongDate) return LongDate(moment->on);
      if (filter.kind == FilterKind::kDateWords) return DateWords(moment->on);
      return DateTime(*moment);
    }
  }
  return value;
}

Result<std::string> CleanText(std::string_view utf8) {
  std::string kept;
  kept.reserve(utf8.size());
  for (size_t i = 0; i < utf8.size(); ++i) {
    unsigned char c = static_cast<unsigned char>(utf8[i]);
    if (c == '\r') {
      kept += '\n';
      if (i + 1 < utf8.size() && utf8[i + 1] == '\n') ++i;
    } else if ((c >= 0x20 && c != 0x7F) || c == '\n' || c == '\t') {
      kept += static_cast<char>(c);
    }
  }
  TINHSO_ASSIGN(std::string normal, text::Normalize(kept));
  std::string out;
  out.reserve(normal.size());
  size_t word_length = 0;
  for (size_t i = 0; i < normal.size();) {
    unsigned char c = static_cast<unsigned char>(normal[i]);
    word_length = c == ' ' || c == '\n' ? 0 : word_length + 1;
    if (word_length > kWordLengthMax) {
      out += '\n';
      word_length = 1;
    }
    size_t length = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
    if (length == 1 || i + length > normal.size()) {
      out += normal[i++];
      continue;
    }
    char32_t point = c & (0xFF >> (length + 1));
    for (size_t k = 1; k < length; ++k)
      point = (point << 6) | (static_cast<unsigned char>(normal[i + k]) & 0x3F);
    if (point == 0x2028 || point == 0x2029 || point == 0x85) {
      out += '\n';
    } else if (!IsDirectional(point) && !(point >= 0x80 && point < 0xA0)) {
      out.append(normal, i, length);
    }
    i += length;
  }
  return out;
}

bool StyledText::Blank() const { return text.find_first_not_of(" \t\n") == std::string::npos; }

Result<StyledText> Evaluate(const TextTemplate& source, const Scope& scope, LetterCase letters) {
  StyledText out;
  for (const Piece& piece : source.pieces) {
    std::string value;
    if (!piece.path) {
      value = piece.literal;
    } else {
      if (piece.path->steps.size() == 1 && piece.path->steps[0] == "row_number" && scope.row != nullptr) {
        value = std::to_string(scope.row_number);
      } else {
        value = ValueText(Find(*piece.path, scope));
      }
      for (const Filter& filter : piece.filters) value = ApplyFilter(filter, std::move(value));
      TINHSO_ASSIGN(value, CleanText(value));
    }
    if (letters == LetterCase::kUpper) value = text::ToUpper(value);
    size_t begin = out.text.size();
    out.text += value;
    if (piece.bold || piece.italic) out.runs.push_back({begin, out.text.size(), piece.bold, piece.italic});
  }
  return out;
}

bool Holds(const Condition& condition, const Scope& scope) {
  const json::value* value = Find(condition.path, scope);
  bool holds = false;
  if (condition.kind == Condition::Kind::kEqual) {
    holds = ValueText(value) == condition.text;
  } else if (condition.kind == Condition::Kind::kBegins) {
    holds = text::StartsWith(ValueText(value), condition.text);
  } else if (value != nullptr) {
    if (const auto* b = value->if_bool()) {
      holds = *b;
    } else if (const auto* array = value->if_array()) {
      holds = !array->empty();
    } else if (const auto* object = value->if_object()) {
      holds = !object->empty();
    } else if (value->is_number()) {
      holds = ValueText(value) != "0";
    } else {
      holds = !text::Trim(ValueText(value)).empty();
    }
  }
  return holds != condition.negated;
}

}  // namespace tinhso::printing
