// thanh_phan_ho_so: [case title] "Tên giấy tờMẫu đơn, tờ khaiSố lượng" rows…, where a row is
// name + form files + "1 bản chính,1 bản sao", all glued together.
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

constexpr std::string_view kPaperHeader = "Tên giấy tờMẫu đơn, tờ khaiSố lượng";
constexpr std::string_view kOriginal = " bản chính";
constexpr std::string_view kCopy = " bản sao";
constexpr size_t kFormNameBytesMax = 240;
constexpr std::string_view kExtensions[] = {".docx", ".doc", ".pdf",  ".xlsx", ".xls", ".rtf",  ".odt",
                                            ".zip",  ".rar", ".DOCX", ".DOC",  ".PDF", ".XLSX", ".XLS"};

struct Quantity {
  size_t begin = 0, end = 0;  // the cell's bytes
  int originals = 0, copies = 0;
};

// Is the "N bản chính" whose number ends at `digits_end` the row's last cell, or words of the paper's name?
// A cell is glued to what follows and has no leading zero; "01 bản chính; …" inside a name is neither.
std::optional<Quantity> QuantityAt(std::string_view s, size_t digits_end) {
  size_t run = digits_end;
  while (run > 0 && IsDigit(s[run - 1]) && digits_end - run < 12) --run;
  const size_t run_length = digits_end - run;
  if (run_length == 0) return std::nullopt;
  const uint32_t before_run = Before(s, run).cp;
  Quantity out;
  // "…01/01/2026" + "1", "Mẫu số 18" + "1": the cell is the last digit. "đơn12 bản chính" is twelve.
  const bool two_digits = run_length == 2 && s[run] != '0' && !IsSpace(before_run) && before_run != '/' &&
                          before_run != '.' && !IsUpper(before_run) && before_run != 0;
  out.begin = two_digits ? run : digits_end - 1;
  out.originals = static_cast<int>(cells::NumberAt(s, out.begin)->value);
  out.end = digits_end + kOriginal.size();
  bool has_copies = false;
  if (s.substr(out.end, 1) == ",") {
    if (auto number = cells::NumberAt(s, out.end + 1);
        number && number->value < 1000 && s.substr(number->end, kCopy.size()) == kCopy) {
      out.copies = static_cast<int>(number->value);
      out.end = number->end + kCopy.size();
      has_copies = true;
    }
  }
  if (has_copies) return out;  // words never have ",1 bản sao" glued
  const bool leading_zero = run_length == 2 && s[run] == '0' && (IsSpace(before_run) || before_run == '(');
  const bool glued_before =
      !IsSpace(Before(s, out.begin).cp) && Before(s, out.begin).cp != '(' && !leading_zero;
  const cells::Point next = At(s, out.end);
  if (next.length == 0) return out;
  if (IsSpace(next.cp)) {
    if (IsLower(At(s, out.end + next.length).cp)) return std::nullopt;
    return glued_before ? std::optional(out) : std::nullopt;
  }
  if (next.cp == ';' || next.cp == '.' || next.cp == ',' || next.cp == ')' || next.cp == ':') {
    return glued_before ? std::optional(out) : std::nullopt;
  }
  // "…: 01 bản chính1 bản chính": the words first, then the cell.
  if (leading_zero && IsDigit(next.cp)) return std::nullopt;
  return out;
}

std::optional<Quantity> NextQuantity(std::string_view s, size_t from) {
  for (size_t i = s.find(kOriginal, from); i != std::string_view::npos; i = s.find(kOriginal, i + 1)) {
    if (i <= from) continue;
    if (auto quantity = QuantityAt(s, i); quantity && quantity->begin >= from) return quantity;
  }
  return std::nullopt;
}

bool EndsWithExtension(std::string_view s, size_t* extension_bytes) {
  for (std::string_view extension : kExtensions) {
    if (s.size() > extension.size() && s.substr(s.size() - extension.size()) == extension) {
      *extension_bytes = extension.size();
      return true;
    }
  }
  return false;
}

// Words that file names of forms begin with.
bool BeginsLikeFile(std::string_view s) {
  static constexpr std::string_view kStarts[] = {
      "Mẫu",      "mẫu",     "MẪU",     "Mau",     "mau",      "MAU",          "Mu0",     "Mu1",
      "Mus",      "Phụ lục", "phụ lục", "PHỤ LỤC", "Phu",      "phu",          "Phl",     "PL",
      "Đơn",      "đơn",     "ĐƠN",     "Don",     "don",      "DON",          "Mun",     "Muon",
      "Mauon",    "TK",      "Tờ khai", "TỜ KHAI", "To ",      "Giấy đề nghị", "Văn bản", "văn bản",
      "Van ban",  "Bao cao", "Báo cáo", "Biểu",    "Bieu",     "BM",           "NA",      "PC",
      "NC1",      "CT0",     "M0",      "CV0",     "Bản khai", "Ban ",         "Phiếu",   "Phieu",
      "tờ trình", "báo cáo", "bản khai"};
  for (std::string_view start : kStarts) {
    if (s.substr(0, start.size()) == start) return true;
  }
  // "12-Mẫu NA14", "1.1. Don de nghi", "31-Mẫu số 1a"
  auto number = cells::NumberAt(s, 0);
  if (!number || number->value >= 200 || number->end + 2 > s.size()) return false;
  const char next = s[number->end];
  const std::string_view after = s.substr(number->end + 1);
  if (next == '.' &&
      (after.substr(0, 3) == "doc" || after.substr(0, 3) == "pdf" || after.substr(0, 3) == "xls"))
    return false;
  return next == '-' || next == '.' || (next == ' ' && s[0] == '0' && IsUpper(At(s, number->end + 1).cp));
}

// How much the join before byte `i` looks like the end of a name and the beginning of a file name; 0 = no
// join.
int JoinScore(std::string_view s, size_t i) {
  const cells::Point before = Before(s, i);
  const cells::Point next = At(s, i);
  if (before.length == 0 || IsSpace(before.cp) || IsSpace(next.cp)) return 0;
  if (!IsLetter(next.cp) && !IsDigit(next.cp)) return 0;
  const cells::Point after = At(s, i + next.length);
  int score = 0;
  if (before.cp == ';' || before.cp == ')' || before.cp == ':' || before.cp == ',' || before.cp == 0x201D ||
      before.cp == '"') {
    score = 4;
  } else if (before.cp == '.') {
    const uint32_t earlier = Before(s, i - 1).cp;
    // "Thông tư 01.2026", "Mẫu I.1.3" and "09.QLT" are not sentence ends.
    score = IsDigit(next.cp) && (IsDigit(earlier) || IsUpper(earlier)) ? 0 : IsDigit(earlier) ? 2 : 4;
  } else if (IsLower(before.cp) && IsUpper(next.cp)) {
    score = 3;
  } else if (IsLower(before.cp) && IsDigit(next.cp)) {
    score = 2;
  } else if (IsDigit(before.cp) && IsUpper(next.cp) && IsLower(after.cp)) {
    score = 3;
  } else if (IsUpper(before.cp) && IsUpper(next.cp) && IsLower(after.cp)) {
    score = 3;  // "NĐ-CPMẫu"
  } else if (IsUpper(before.cp) && IsLower(next.cp) && IsUpper(Before(s, i - before.length).cp)) {
    score = 1;  // "NĐ-CPmẫu"
  } else if ((IsDigit(before.cp) || before.cp == ')') && IsLower(next.cp)) {
    score = 1;
  } else if (IsUpper(before.cp) && IsDigit(next.cp)) {
    score = IsUpper(Before(s, i - before.length).cp) && IsDigit(after.cp) ? 2 : 0;  // "TT-BTC05 TNDN.docx"
  } else if (IsLower(before.cp) && IsLower(next.cp)) {
    score = 0;  // "theo mẫuvăn bản": only the file's first word tells
    if (BeginsLikeFile(s.substr(i)) && s.substr(i, 2) != "do") score = 1;
    if (score == 1 && !IsSpace(Before(s, i).cp)) {
      // inside an ordinary word ("đơn" is a word of its own): ask for a space-delimited word to be doubled
      const std::string_view rest = s.substr(i);
      if (rest.find(' ') == std::string_view::npos && rest.size() > 30) return 0;
    }
    return score == 0 ? 0 : 2;
  } else {
    return 0;
  }
  if (BeginsLikeFile(s.substr(i))) score += 4;
  return score;
}

// Splits "name" + "file.docx"… into the name and the files (in order).
std::string_view SplitForms(std::string_view row, std::vector<std::string>& files) {
  std::string_view s = Strip(row);
  size_t extension = 0;
  while (EndsWithExtension(s, &extension) && files.size() < 20) {
    const size_t stem_end = s.size() - extension;
    const size_t lowest = s.size() > kFormNameBytesMax ? s.size() - kFormNameBytesMax : 0;
    size_t cut = std::string_view::npos;
    int best = 0;
    for (size_t i = stem_end; i-- > lowest;) {
      if ((static_cast<unsigned char>(s[i]) & 0xC0) == 0x80) continue;
      // Another file's extension ends just here: nothing before it belongs to this file.
      size_t other = 0;
      if (i > 0 && EndsWithExtension(s.substr(0, i), &other)) {
        cut = i;
        break;
      }
      const int score = JoinScore(s, i);
      if (score > best || (score == best && score >= 7)) {
        best = score;
        cut = i;
      }
    }
    if (cut == std::string_view::npos) {
      // The whole row is a file name.
      if (s.size() > kFormNameBytesMax) break;
      cut = 0;
    }
    files.emplace_back(Strip(s.substr(cut)));
    s = Strip(s.substr(0, cut));
  }
  std::reverse(files.begin(), files.end());
  return s;
}

std::string_view CleanName(std::string_view s) {
  s = Strip(s);
  while (!s.empty() && (s[0] == '-' || s[0] == '+' || s[0] == '*' || s[0] == '.' || s[0] == ')')) {
    s = Strip(s.substr(1));
  }
  while (!s.empty() && (s.back() == ';' || s.back() == '.' || s.back() == ','))
    s = Strip(s.substr(0, s.size() - 1));
  return s;
}

// The cell says 0; the name may say "01 bản chụp". One such phrase is taken, several are left to the reader.
void QuantityFromName(Paper& paper) {
  struct Word {
    std::string_view text;
    bool original;
  };
  static constexpr Word kWords[] = {{" bản chính", true},
                                    {" bản gốc", true},
                                    {" bản sao", false},
                                    {" bản chụp", false},
                                    {" bản photo", false}};
  int found = 0;
  Paper taken = paper;
  const std::string_view s = paper.name;
  for (size_t i = 0; i < s.size();) {
    auto number = cells::NumberAt(s, i);
    if (!number) {
      ++i;
      continue;
    }
    for (const Word& word : kWords) {
      if (s.substr(number->end, word.text.size()) == word.text && number->value > 0 && number->value < 100) {
        ++found;
        (word.original ? taken.originals : taken.copies) = static_cast<int>(number->value);
      }
    }
    i = number->end;
  }
  if (found == 1) paper = std::move(taken);
}

Paper MakePaper(std::string_view case_name, std::string_view row, const Quantity& quantity,
                std::string_view raw) {
  Paper paper;
  paper.case_name = case_name;
  paper.raw = Strip(raw);
  paper.originals = quantity.originals;
  paper.copies = quantity.copies;
  paper.name = CleanName(SplitForms(row, paper.form_files));
  if (paper.name.empty() && !paper.form_files.empty()) paper.name = paper.form_files[0];
  if (paper.originals == 0 && paper.copies == 0) QuantityFromName(paper);
  paper.kind = paper.originals > 0 && paper.copies > 0 ? "original_and_copy"
               : paper.originals > 0                   ? "original"
               : paper.copies > 0                      ? "copy"
                                                       : "unspecified";
  return paper;
}

std::string CaseTitle(std::string_view s) {
  s = Strip(s);
  while (!s.empty() && s[0] == '-') s = Strip(s.substr(1));
  while (!s.empty() && (s.back() == '-' || s.back() == ':')) s = Strip(s.substr(0, s.size() - 1));
  return std::string(s);
}

}  // namespace

std::vector<Paper> ParsePapers(std::string_view text) {
  std::vector<Paper> out;
  size_t at = text.find(kPaperHeader);
  if (at == std::string_view::npos) return out;
  std::string case_name = CaseTitle(text.substr(0, at));
  while (at != std::string_view::npos) {
    at += kPaperHeader.size();
    const size_t next = text.find(kPaperHeader, at);
    const std::string_view table = text.substr(at, next == std::string_view::npos ? next : next - at);
    size_t from = 0;
    while (auto quantity = NextQuantity(table, from)) {
      const std::string_view row = table.substr(from, quantity->begin - from);
      Paper paper = MakePaper(case_name, row, *quantity, table.substr(from, quantity->end - from));
      from = quantity->end;
      if (!paper.name.empty()) out.push_back(std::move(paper));
      if (out.size() >= kPapersMax) return out;
    }
    const std::string_view left = table.substr(from);
    if (next == std::string_view::npos) {
      // The portal's text ends inside a row: its words are kept, its quantity is unknown.
      if (!CaseTitle(left).empty()) {
        Paper paper = MakePaper(case_name, left, Quantity{}, left);
        if (!paper.name.empty()) out.push_back(std::move(paper));
      }
    } else {
      case_name = CaseTitle(left);
    }
    at = next;
  }
  return out;
}

}  // namespace tinhso::procedures
