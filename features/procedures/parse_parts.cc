// Steps, results, legal bases, subjects, levels.
#include <algorithm>

#include "base/text.h"
#include "cells.h"
#include "parse.h"

namespace tinhso::procedures {
namespace {

using cells::At;
using cells::Before;
using cells::IsDigit;
using cells::IsLetter;
using cells::IsLower;
using cells::IsSpace;
using cells::IsUpper;
using cells::Strip;

constexpr std::string_view kStepWords[] = {"Bước ", "bước ", "BƯỚC "};
constexpr std::string_view kLegalHeader = "Tên văn bản pháp lýMã văn bản";
constexpr std::string_view kNothing = "Không có thông tin";

bool SentenceBefore(std::string_view s, size_t i) {
  while (i > 0 && IsSpace(Before(s, i).cp)) i -= Before(s, i).length;
  const uint32_t cp = Before(s, i).cp;
  return cp == 0 || cp == '.' || cp == ';' || cp == ':' || cp == ',' || cp == ')';
}

struct Mark {
  size_t at, text_at;
  std::string title;
};

// "Bước 1: …", "Bước 2. …" in counting order; "quay lại Bước 1" is not a mark.
std::vector<Mark> NumberedSteps(std::string_view s) {
  std::vector<Mark> out;
  int64_t expected = 1;
  for (size_t i = 0; i < s.size() && out.size() < kPartsMax; ++i) {
    for (std::string_view word : kStepWords) {
      if (s.substr(i, word.size()) != word) continue;
      auto number = cells::NumberAt(s, i + word.size());
      if (!number) continue;
      if (number->value != expected && number->value != 1) continue;
      size_t after = number->end;
      while (after < s.size() && s[after] == ' ') ++after;
      const uint32_t cp = At(s, after).cp;
      const bool mark = cp == ':' || cp == '.' || cp == '-' || cp == ')' || cp == 0x2013 || cp == '/' ||
                        (IsUpper(cp) && word[0] != 'b');
      if (!mark || (word[0] == 'b' && !SentenceBefore(s, i))) continue;
      while (after < s.size() && (s[after] == ':' || s[after] == '.' || s[after] == ' ' || s[after] == ')'))
        ++after;
      out.push_back({i, after, "Bước " + std::to_string(number->value)});
      expected = number->value + 1;
      i = number->end - 1;
      break;
    }
  }
  return out;
}

// "a) … b) … c) …" or "- … - …" at the beginnings of sentences.
std::vector<Mark> LetteredSteps(std::string_view s) {
  std::vector<Mark> out;
  char expected = 'a';
  for (size_t i = 0; i + 2 < s.size() && out.size() < kPartsMax; ++i) {
    if (s[i] == expected && (s[i + 1] == ')' || s[i + 1] == '.') && (i == 0 || SentenceBefore(s, i)) &&
        (i == 0 || IsSpace(Before(s, i).cp))) {
      out.push_back({i, i + 2, std::string(1, expected) + ")"});
      expected = expected == 'd' ? 'e' : static_cast<char>(expected + 1);
    }
  }
  return out;
}

std::vector<Mark> DashedSteps(std::string_view s) {
  std::vector<Mark> out;
  for (size_t i = 0; i + 2 < s.size() && out.size() < kPartsMax; ++i) {
    if ((s[i] == '-' || s[i] == '+') && s[i + 1] == ' ' && SentenceBefore(s, i) &&
        (i == 0 || IsSpace(s[i - 1]))) {
      out.push_back({i, i + 2, ""});
    }
  }
  return out;
}

// Bullets left over at either end of a cut.
std::string_view StripBullets(std::string_view s) {
  s = Strip(s);
  while (!s.empty() && (s.back() == '-' || s.back() == '+' || s.back() == '*'))
    s = Strip(s.substr(0, s.size() - 1));
  while (!s.empty() && (s[0] == '-' || s[0] == '+' || s[0] == '*')) s = Strip(s.substr(1));
  return s;
}

std::vector<Step> CutAt(std::string_view s, const std::vector<Mark>& marks) {
  std::vector<Step> out;
  if (std::string_view head = StripBullets(s.substr(0, marks[0].at)); !head.empty()) {
    out.push_back({"", std::string(head)});
  }
  for (size_t i = 0; i < marks.size(); ++i) {
    const size_t end = i + 1 < marks.size() ? marks[i + 1].at : s.size();
    const size_t from = std::min(marks[i].text_at, end);
    out.push_back({marks[i].title, std::string(StripBullets(s.substr(from, end - from)))});
  }
  std::erase_if(out, [](const Step& step) { return step.text.empty(); });
  return out;
}

// Where a result's code, begun at `i`, stops: the next name is glued to it ("KQ.G24.000048Giấy chứng nhận").
size_t CodeEnd(std::string_view s, size_t i) {
  bool digit_seen = false;
  while (i < s.size()) {
    const cells::Point p = At(s, i);
    const cells::Point next = At(s, i + p.length);
    const bool ascii_word =
        p.cp < 0x80 && (IsLetter(p.cp) || IsDigit(p.cp) || p.cp == '.' || p.cp == '-' || p.cp == '_');
    if (!ascii_word) break;
    if (digit_seen && IsLower(p.cp)) break;
    if (digit_seen && IsUpper(p.cp) && (IsLower(next.cp) || IsSpace(next.cp))) break;
    if (IsDigit(p.cp)) digit_seen = true;
    i += p.length;
  }
  return i;
}

// "66.7/2025/NQ-CP", "08/2015/NĐ-CP", "47/2014/QH13", "19/2018/QĐ-TTg", "111/QĐ-UBND".
struct LawNumber {
  size_t begin = 0, end = 0;
};
std::optional<LawNumber> LawNumberAt(std::string_view s, size_t i) {
  size_t k = i;
  while (k < s.size() && (IsDigit(s[k]) || (s[k] == '.' && k > i))) ++k;
  if (k == i || k - i > 6 || cells::NumberAt(s, i)->end - i > 4 || s.substr(k, 1) != "/") return std::nullopt;
  ++k;
  if (auto year = cells::NumberAt(s, k)) {
    if (year->end - k != 4 || s.substr(year->end, 1) != "/") return std::nullopt;
    k = year->end + 1;
  }
  const size_t letters = k;
  while (k < s.size()) {
    const cells::Point p = At(s, k);
    if (s.substr(k, 2) == "QH") {  // a legislature has two digits; the next number is glued to them
      k += 2;
      for (int n = 0; n < 2 && k < s.size() && IsDigit(s[k]); ++n) ++k;
      break;
    }
    // "NĐ-CPquy định …": the name after the Government's acronym may begin with a small letter.
    if (s.substr(k, 3) == "TTg" || s.substr(k, 2) == "CP") {
      k += s[k] == 'C' ? 2 : 3;
      break;
    }
    if (p.cp == '-' || (p.cp == ' ' && (s.substr(k, 2) == " -" || Before(s, k).cp == '-'))) {
      ++k;
      continue;
    }
    if (!IsUpper(p.cp)) break;
    if (IsLower(At(s, k + p.length).cp)) break;  // the next name's capital
    k += p.length;
  }
  if (k == letters) return std::nullopt;
  while (k > letters && (s[k - 1] == '-' || s[k - 1] == ' ')) --k;
  return LawNumber{i, k};
}

}  // namespace

std::vector<Step> ParseSteps(std::string_view text) {
  const std::string_view s = Strip(text);
  if (s.empty()) return {};
  for (const auto& marks : {NumberedSteps(s), LetteredSteps(s), DashedSteps(s)}) {
    if (marks.size() >= 2) return CutAt(s, marks);
  }
  return {Step{"", std::string(s)}};
}

ParsedResults ParseResults(std::string_view text) {
  ParsedResults out;
  std::string_view s = Strip(text);
  if (const size_t tail = s.find("Chọn cơ quan thực hiện"); tail != std::string_view::npos)
    s = s.substr(0, tail);
  if (const size_t at = s.find("Từ khóa"); at != std::string_view::npos) {
    std::string_view words = s.substr(at + std::string_view("Từ khóa").size());
    s = s.substr(0, at);
    if (const size_t end = words.find("Mô tả"); end != std::string_view::npos) words = words.substr(0, end);
    words = Strip(words);
    while (!words.empty() && words != kNothing) {
      const size_t comma = words.find_first_of(",;");
      if (auto word = Strip(words.substr(0, comma)); !word.empty()) out.keywords.emplace_back(word);
      if (comma == std::string_view::npos || out.keywords.size() >= 50) break;
      words = Strip(words.substr(comma + 1));
    }
  }
  constexpr std::string_view kCode = "Mã: ";
  size_t from = 0;
  for (size_t at = s.find(kCode); at != std::string_view::npos && out.results.size() < kPartsMax;
       at = s.find(kCode, from)) {
    const size_t code = at + kCode.size();
    const size_t end = CodeEnd(s, code);
    ResultPaper result{std::string(s.substr(code, end - code)),
                       std::string(Strip(s.substr(from, at - from)))};
    from = end;
    if (!result.name.empty()) out.results.push_back(std::move(result));
  }
  if (auto rest = Strip(s.substr(from)); !rest.empty() && rest != kNothing)
    out.results.push_back({"", std::string(rest)});
  return out;
}

std::vector<LegalBasis> ParseLegalBases(std::string_view text) {
  std::vector<LegalBasis> out;
  std::string_view s = Strip(text);
  if (s.substr(0, kLegalHeader.size()) == kLegalHeader) s.remove_prefix(kLegalHeader.size());
  size_t from = 0;
  for (size_t i = 0; i < s.size() && out.size() < kPartsMax; ++i) {
    if (!IsDigit(s[i])) continue;
    const bool year = s.substr(i, 2) == "20" || s.substr(i, 2) == "19";
    if (i > from && (IsDigit(s[i - 1]) || (s[i - 1] == '/' && !year))) continue;
    auto number = LawNumberAt(s, i);
    if (!number && i > from && (s.substr(i, 2) == "20" || s.substr(i, 2) == "19")) {
      // "ngày 29/6/202443/2024/QH15": a date glued to the number.
      const auto run = cells::NumberAt(s, i);
      if (run->end - i > 4 && run->end - i < 8) number = LawNumberAt(s, i + 4);
      if (number) i += 4;
    }
    if (!number) continue;
    const cells::Point before = Before(s, i);
    const cells::Point next = At(s, number->end);
    const bool glued_before = i > from && !IsSpace(before.cp) && before.cp != '(';
    const bool row_ends = next.length == 0 || IsUpper(next.cp) || (IsLower(next.cp)) || IsDigit(next.cp) ||
                          (glued_before && IsSpace(next.cp));
    if (!row_ends) {
      i = number->end - 1;
      continue;
    }
    LegalBasis basis;
    basis.number = s.substr(i, number->end - i);
    std::string_view name = Strip(s.substr(from, i - from));
    // The number's cell may repeat the kind of paper: "…bảo vệ thực vật" + "Nghị định số 33/2026/NĐ-CP".
    for (std::string_view word : {"Nghị định số", "Thông tư số", "Quyết định số", "Luật số", "Nghị quyết số",
                                  "Số", "số", "Luật", "Nghị định", "Thông tư", "Quyết định"}) {
      if (name.size() > word.size() + 1 && name.substr(name.size() - word.size()) == word &&
          !IsSpace(Before(name, name.size() - word.size()).cp)) {
        name = Strip(name.substr(0, name.size() - word.size()));
        break;
      }
    }
    basis.name = name;
    from = number->end;
    i = number->end - 1;
    // "Luật 28/2009/QH12" + "28/2009/QH12": the same number twice is one row.
    if (basis.name.empty() && !out.empty() && out.back().number == basis.number) {
      out.back().name += " " + basis.number;
      continue;
    }
    if (basis.name.empty()) basis.name = basis.number;
    out.push_back(std::move(basis));
  }
  if (auto rest = Strip(s.substr(from)); !rest.empty() && rest != kNothing)
    out.push_back({std::string(rest), ""});
  return out;
}

std::vector<std::string> ParseSubjects(std::string_view text) {
  std::vector<std::string> out;
  std::string_view s = Strip(text);
  size_t from = 0;
  int depth = 0;
  for (size_t i = 0; i <= s.size() && out.size() < 50; ++i) {
    if (i < s.size() && s[i] == '(') ++depth;
    if (i < s.size() && s[i] == ')') --depth;
    // "Cán bộ, công chức, viên chức" is one subject: a new one begins with a capital.
    const bool end =
        i == s.size() || (s[i] == ',' && depth <= 0 && i + 2 < s.size() && IsUpper(At(s, i + 2).cp));
    if (!end) continue;
    if (auto subject = Strip(s.substr(from, i - from)); !subject.empty()) out.emplace_back(subject);
    from = i + 1;
  }
  return out;
}

std::vector<std::string> ParseLevels(std::string_view text) {
  struct Level {
    std::string_view vi;
    const char* level;
  };
  static constexpr Level kLevels[] = {
      {"Cấp bộ", "ministry"},   {"Cấp Bộ", "ministry"},    {"Cấp tỉnh", "province"},
      {"Cấp Tỉnh", "province"}, {"Cấp huyện", "district"}, {"Cấp Huyện", "district"},
      {"Cấp xã", "commune"},    {"Cấp Xã", "commune"},     {"Cơ quan khác", "other"}};
  std::vector<std::string> out;
  for (const Level& level : kLevels) {
    if (text.find(level.vi) != std::string_view::npos &&
        std::find(out.begin(), out.end(), level.level) == out.end()) {
      out.emplace_back(level.level);
    }
  }
  return out;
}

}  // namespace tinhso::procedures
