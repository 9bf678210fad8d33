#include "base/text.h"

#include <utf8proc.h>

#include <array>
#include <cstdlib>
#include <memory>

namespace tinhso::text {
namespace {

// UAX #15 "stream-safe" bound. Without it a long run of combining marks makes canonical ordering quadratic:
// one megabyte of marks would hold a worker for hours.
constexpr int kMarksRunMax = 30;

const utf8proc_uint8_t* Bytes(std::string_view s) {
  return reinterpret_cast<const utf8proc_uint8_t*>(s.data());
}

bool IsAscii(std::string_view s) {
  for (unsigned char c : s)
    if (c >= 0x80) return false;
  return true;
}

bool IsRefusedControl(int32_t c) { return c >= 0 && c < 0x20 && c != '\t' && c != '\n' && c != '\r'; }

bool IsMark(utf8proc_category_t c) {
  return c == UTF8PROC_CATEGORY_MN || c == UTF8PROC_CATEGORY_MC || c == UTF8PROC_CATEGORY_ME;
}

bool IsLetterOrDigit(utf8proc_category_t c) {
  switch (c) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
      return true;
    default:
      return false;
  }
}

// Code points that NFC leaves alone whatever stands beside them (NFC_QC=Yes, combining class 0): Latin, the
// Vietnamese block and common punctuation. Nearly every text here is made of them only.
bool IsPlainlyNfc(int32_t c) {
  return c < 0x300 || (c >= 0x1EA0 && c <= 0x1EF9) || (c >= 0x2010 && c <= 0x2027) || c == 0x20AB;
}

void AppendCodePoint(int32_t c, std::string& out) {
  std::array<utf8proc_uint8_t, 4> buffer;
  auto n = utf8proc_encode_char(c, buffer.data());
  out.append(reinterpret_cast<const char*>(buffer.data()), static_cast<size_t>(n));
}

// Calls visit(code_point, bytes) for each code point; a byte that is not UTF-8 is visited as -1.
template <class Visit>
void ForEachCodePoint(std::string_view s, Visit visit) {
  size_t at = 0;
  while (at < s.size()) {
    utf8proc_int32_t c = -1;
    auto n = utf8proc_iterate(Bytes(s) + at, static_cast<utf8proc_ssize_t>(s.size() - at), &c);
    if (n <= 0) {
      c = -1;
      n = 1;
    }
    visit(c, s.substr(at, static_cast<size_t>(n)));
    at += static_cast<size_t>(n);
  }
}

// Full decomposition of one code point. A single code point gives at most 18 (U+FDFA).
template <class Visit>
void ForEachDecomposed(int32_t c, bool compatibility, Visit visit) {
  std::array<utf8proc_int32_t, 32> parts;
  int last_boundclass = 0;
  auto options = static_cast<utf8proc_option_t>(UTF8PROC_DECOMPOSE | (compatibility ? UTF8PROC_COMPAT : 0));
  auto n = utf8proc_decompose_char(c, parts.data(), parts.size(), options, &last_boundclass);
  for (utf8proc_ssize_t i = 0; i < n && i < static_cast<utf8proc_ssize_t>(parts.size()); ++i) visit(parts[i]);
}

// đ, and the two letters that look the same and stand for it in texts converted from old Vietnamese fonts.
bool IsDStroke(int32_t lower) { return lower == 0x111 || lower == 0xF0 || lower == 0x256; }

std::string FoldAscii(std::string_view s) {
  std::string out;
  out.reserve(s.size());
  bool gap = false;
  for (char c : s) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
      if (gap && !out.empty()) out += ' ';
      gap = false;
      out += c;
    } else {
      gap = true;
    }
  }
  return out;
}

template <class Map>
std::string MapCodePoints(std::string_view s, Map map) {
  std::string out;
  out.reserve(s.size());
  ForEachCodePoint(s, [&](int32_t c, std::string_view bytes) {
    if (c < 0)
      out.append(bytes);
    else
      AppendCodePoint(map(c), out);
  });
  return out;
}

// Position of a letter in the Vietnamese alphabet with the shape marks (breve, circumflex, horn, stroke)
// applied. -1 for what is not in it.
int AlphabetIndex(int32_t base, int32_t shape) {
  constexpr int32_t kBreve = 0x306, kCircumflex = 0x302, kHorn = 0x31B;
  switch (base) {
    case 'a':
      return shape == kBreve ? 1 : shape == kCircumflex ? 2 : 0;
    case 'd':
      return 5;
    case 0x111:
      return 6;
    case 'e':
      return shape == kCircumflex ? 8 : 7;
    case 'o':
      return shape == kCircumflex ? 19 : shape == kHorn ? 20 : 18;
    case 'u':
      return shape == kHorn ? 27 : 26;
    default:
      break;
  }
  if (base < 'a' || base > 'z') return -1;
  // b c … the plain letters: their index with the seven extra letters counted in
  static constexpr std::string_view kPlain = "bcfghijklmnpqrstvwxyz";
  static constexpr std::array<int, 21> kIndex = {3,  4,  9,  10, 11, 12, 13, 14, 15, 16, 17,
                                                 21, 22, 23, 24, 25, 28, 29, 30, 31, 32};
  return kIndex[kPlain.find(static_cast<char>(base))];
}

// 0 ngang, 1 huyền, 2 hỏi, 3 ngã, 4 sắc, 5 nặng: the order of Vietnamese dictionaries and of CLDR.
int ToneOf(int32_t mark) {
  switch (mark) {
    case 0x300:
    case 0x340:
      return 1;
    case 0x309:
      return 2;
    case 0x303:
      return 3;
    case 0x301:
    case 0x341:
      return 4;
    case 0x323:
      return 5;
    default:
      return 0;
  }
}

class SortKeyBuilder {
 public:
  void Add(int32_t c) {
    const auto category = utf8proc_category(c);
    if (IsMark(category)) {
      if (int tone = ToneOf(c); tone > 0)
        tone_ = tone;
      else if (base_ >= 0)
        shape_ = c;
      return;
    }
    FlushLetter();
    if (IsLetterOrDigit(category)) {
      if (gap_ && !letters_.empty()) {
        letters_ += '-';
        FlushTone();
      }
      gap_ = false;
      base_ = utf8proc_tolower(c);
      shape_ = 0;
    } else {
      gap_ = true;
    }
  }

  std::string Finish() {
    FlushLetter();
    FlushTone();
    while (!tones_.empty() && tones_.back() == '0') tones_.pop_back();
    return letters_ + ' ' + tones_;
  }

 private:
  void FlushLetter() {
    if (base_ < 0) return;
    const int32_t base = IsDStroke(base_) ? 0x111 : base_;
    if (base >= '0' && base <= '9') {
      letters_ += static_cast<char>(base);
    } else if (int index = AlphabetIndex(base, shape_); index >= 0) {
      letters_ += static_cast<char>('A' + index);
    } else {
      // other scripts follow, in code point order; six digits keep the key bytewise comparable
      static constexpr std::string_view kHex = "0123456789abcdef";
      letters_ += '~';
      for (int shift = 20; shift >= 0; shift -= 4)
        letters_ += kHex[static_cast<size_t>((base >> shift) & 15)];
    }
    base_ = -1;
  }
  void FlushTone() {
    tones_ += static_cast<char>('0' + tone_);
    tone_ = 0;
  }

  std::string letters_, tones_;
  int32_t base_ = -1, shape_ = 0;
  int tone_ = 0;
  bool gap_ = false;
};

}  // namespace

Result<std::string> Normalize(std::string_view utf8) {
  if (IsAscii(utf8)) {
    for (char c : utf8)
      if (IsRefusedControl(c)) return {ErrorCode::kInvalid, "text_control_character"};
    return std::string(utf8);
  }
  bool bad_bytes = false, control = false, too_many_marks = false, plain = true;
  int marks = 0;
  ForEachCodePoint(utf8, [&](int32_t c, std::string_view) {
    bad_bytes |= c < 0;
    control |= IsRefusedControl(c);
    plain &= IsPlainlyNfc(c);
    if (c >= 0x300 && utf8proc_get_property(c)->combining_class != 0)
      too_many_marks |= ++marks > kMarksRunMax;
    else
      marks = 0;
  });
  if (bad_bytes) return {ErrorCode::kInvalid, "text_not_utf8"};
  if (control) return {ErrorCode::kInvalid, "text_control_character"};
  if (too_many_marks) return {ErrorCode::kInvalid, "text_too_many_marks"};
  if (plain) return std::string(utf8);
  utf8proc_uint8_t* composed = nullptr;
  auto n = utf8proc_map(Bytes(utf8), static_cast<utf8proc_ssize_t>(utf8.size()), &composed,
                        static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  if (n < 0) return {ErrorCode::kInvalid, "text_not_utf8"};
  std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owned(composed, &std::free);
  return std::string(reinterpret_cast<const char*>(composed), static_cast<size_t>(n));
}

std::string Fold(std::string_view utf8) {
  if (IsAscii(utf8)) return FoldAscii(utf8);
  std::string out;
  out.reserve(utf8.size());
  bool gap = false;
  ForEachCodePoint(utf8, [&](int32_t c, std::string_view) {
    if (c < 0) return;
    // compatibility forms too, so that "m²" is found by "m2" and full-width digits by plain ones
    ForEachDecomposed(c, true, [&](int32_t part) {
      const auto category = utf8proc_category(part);
      if (IsMark(category)) return;
      if (!IsLetterOrDigit(category)) {
        gap = true;
        return;
      }
      if (gap && !out.empty()) out += ' ';
      gap = false;
      const int32_t lower = utf8proc_tolower(part);
      if (IsDStroke(lower))
        out += 'd';
      else
        AppendCodePoint(lower, out);
    });
  });
  return out;
}

std::vector<std::string> Words(std::string_view folded) {
  std::vector<std::string> out;
  size_t at = 0;
  while (at < folded.size()) {
    size_t end = folded.find(' ', at);
    if (end == std::string_view::npos) end = folded.size();
    if (end > at) out.emplace_back(folded.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

size_t Length(std::string_view utf8) {
  size_t n = 0;
  for (unsigned char c : utf8) n += (c & 0xC0) != 0x80;
  return n;
}

std::string SortKey(std::string_view utf8) {
  SortKeyBuilder key;
  ForEachCodePoint(utf8, [&](int32_t c, std::string_view) {
    if (c >= 0) ForEachDecomposed(c, false, [&](int32_t part) { key.Add(part); });
  });
  return key.Finish();
}

std::string Trim(std::string_view s) {
  // besides ASCII space: no-break space, zero-width space and byte order mark, which come with pasted text
  static constexpr std::array<std::string_view, 3> kWide = {"\xC2\xA0", "\xE2\x80\x8B", "\xEF\xBB\xBF"};
  static constexpr std::string_view kAscii = " \t\n\r\f\v";
  for (bool again = true; again && !s.empty();) {
    again = false;
    if (kAscii.find(s.front()) != std::string_view::npos) {
      s.remove_prefix(1);
      again = true;
    }
    for (auto w : kWide)
      if (s.substr(0, w.size()) == w) {
        s.remove_prefix(w.size());
        again = true;
      }
  }
  for (bool again = true; again && !s.empty();) {
    again = false;
    if (kAscii.find(s.back()) != std::string_view::npos) {
      s.remove_suffix(1);
      again = true;
    }
    for (auto w : kWide)
      if (s.size() >= w.size() && s.substr(s.size() - w.size()) == w) {
        s.remove_suffix(w.size());
        again = true;
      }
  }
  return std::string(s);
}

std::string ToLower(std::string_view utf8) { return MapCodePoints(utf8, utf8proc_tolower); }

std::string ToUpper(std::string_view utf8) { return MapCodePoints(utf8, utf8proc_toupper); }

bool StartsWith(std::string_view s, std::string_view prefix) { return s.substr(0, prefix.size()) == prefix; }

std::string FormatNumber(int64_t n) {
  std::string digits = std::to_string(n);
  const size_t sign = n < 0 ? 1 : 0;
  std::string out = digits.substr(0, sign);
  for (size_t i = sign; i < digits.size(); ++i) {
    if (i > sign && (digits.size() - i) % 3 == 0) out += '.';
    out += digits[i];
  }
  return out;
}

}  // namespace tinhso::text
