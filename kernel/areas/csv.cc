#include "csv.h"

#include "base/text.h"

namespace tinhso::areas {
namespace {

// "Xã Tạ An Khương  Đông " → "Xã Tạ An Khương Đông"
std::string CollapseSpaces(const std::string& text) {
  std::string out;
  for (char c : text) {
    if (c == ' ' || c == '\t') {
      if (!out.empty() && out.back() != ' ') out.push_back(' ');
    } else {
      out.push_back(c);
    }
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

}  // namespace

CsvReader::Next CsvReader::Read(std::vector<std::string>& fields, std::string& reason) {
  fields.clear();
  std::string line;
  do {
    if (!std::getline(in_, line)) return Next::kEnd;
    ++lines_read_;
    if (lines_read_ == 1 && line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);
    if (!line.empty() && line.back() == '\r') line.pop_back();
  } while (line.empty());
  line_ = lines_read_;
  std::string field;
  bool quoted = false, was_quoted = false;
  for (size_t i = 0;; ++i) {
    if (i == line.size() && quoted) {
      // A quoted field may go over lines; an unclosed quote must not swallow the file.
      std::string more;
      if (line.size() > kCsvLineBytesMax || !std::getline(in_, more)) {
        reason = "csv_quote_unclosed";
        return Next::kBad;
      }
      ++lines_read_;
      if (!more.empty() && more.back() == '\r') more.pop_back();
      line += "\n" + more;
    }
    if (line.size() > kCsvLineBytesMax) {
      reason = "csv_line_too_long";
      return Next::kBad;
    }
    if (i == line.size() || (!quoted && line[i] == ',')) {
      auto clean = text::Normalize(field);
      if (!clean.ok()) {
        reason = clean.error().reason;
        return Next::kBad;
      }
      fields.push_back(CollapseSpaces(*clean));
      field.clear();
      was_quoted = false;
      if (i == line.size()) return Next::kRecord;
    } else if (line[i] == '"' && quoted && i + 1 < line.size() && line[i + 1] == '"') {
      field.push_back('"');
      ++i;
    } else if (line[i] == '"' && (quoted || (field.empty() && !was_quoted))) {
      was_quoted = true;
      quoted = !quoted;
    } else {
      field.push_back(line[i]);
    }
  }
}

}  // namespace tinhso::areas
