#include "statements.h"

#include <algorithm>
#include <optional>
#include <set>

#include "base/text.h"
#include "fees.h"

namespace tinhso::payments {
namespace {

constexpr size_t kCellMax = 500;  // characters

// One record from `at`, which moves behind its line's end. False when the file ends inside it: every record ends its line, or a file that
// was cut off would pass for a whole one.
bool TakeRecord(std::string_view bytes, char delimiter, size_t& at, std::vector<std::string>& cells, int64_t& line_no) {
  cells.assign(1, "");
  bool quoted = false;
  while (at < bytes.size()) {
    const char c = bytes[at++];
    if (quoted) {
      line_no += c == '\n' ? 1 : 0;
      if (c != '"') {
        cells.back().push_back(c);
      } else if (at < bytes.size() && bytes[at] == '"') {
        cells.back().push_back(bytes[at++]);
      } else {
        quoted = false;
      }
    } else if (c == '"' && cells.back().empty()) {
      quoted = true;
    } else if (c == delimiter) {
      if (cells.size() <= kStatementColumnsMax) cells.emplace_back();
    } else if (c == '\n') {
      if (!cells.back().empty() && cells.back().back() == '\r') cells.back().pop_back();
      ++line_no;
      return true;
    } else {
      cells.back().push_back(c);
    }
  }
  return false;
}

// Whole đồng; "" is 0, what leaves the account is below 0. nullopt for anything else, a fraction among it.
std::optional<int64_t> AmountOf(const StatementProfile& p, std::string_view text) {
  const bool minus = text.starts_with('-');
  if (minus || text.starts_with('+')) text.remove_prefix(1);
  if (const bool lone_sign = text.empty() && minus; lone_sign) return std::nullopt;
  int64_t amount = 0;
  bool fraction = false;
  for (char c : text) {
    if (c == p.decimal && !fraction) {
      fraction = true;
    } else if (c == p.thousands && !fraction) {
      continue;
    } else if (c < '0' || c > '9' || (fraction && c != '0')) {
      return std::nullopt;
    } else if (!fraction) {
      amount = amount * 10 + (c - '0');
      if (amount > kAmountMax) return std::nullopt;
    }
  }
  return minus ? -amount : amount;
}

Result<Date> DateOf(const StatementProfile& p, const std::string& text) {
  using Form = StatementProfile::DateForm;
  if (text.size() < 10) return MakeError(ErrorCode::kInvalid, "date_malformed");
  if (p.date == Form::kIso) return ParseDate(text.substr(0, 10));
  const char between = p.date == Form::kDaySlash ? '/' : '-';
  if (text[2] != between || text[5] != between) return MakeError(ErrorCode::kInvalid, "date_malformed");
  return ParseDate(text.substr(6, 4) + "-" + text.substr(3, 2) + "-" + text.substr(0, 2));
}

// Where a profile's columns stand under a heading.
struct Columns {
  size_t booked, number, amount, remittance, payer, payer_account, account, width;
};
std::optional<Columns> ColumnsOf(const StatementProfile& p, const std::vector<std::string>& heading) {
  auto at = [&](const std::string& name) {
    return name.empty() ? heading.size() : static_cast<size_t>(std::find(heading.begin(), heading.end(), name) - heading.begin());
  };
  const Columns c{at(p.booked_on), at(p.transaction_no), at(p.amount), at(p.remittance), at(p.payer_name), at(p.payer_account_no), at(p.account_no), heading.size()};
  if (std::max({c.booked, c.number, c.amount, c.remittance}) >= c.width) return std::nullopt;
  return c;
}

struct Heading {
  const StatementProfile* profile;
  Columns columns;
  size_t at;
  int64_t line_no;
};
// The first line that is a heading of some profile; banks write lines about the account above it.
std::optional<Heading> FindHeading(const std::vector<StatementProfile>& profiles, std::string_view bytes) {
  for (const StatementProfile& p : profiles) {
    size_t at = 0;
    int64_t line_no = 1;
    std::vector<std::string> cells;
    for (size_t i = 0; i < kStatementPreambleMax && TakeRecord(bytes, p.delimiter, at, cells, line_no); ++i) {
      bool readable = cells.size() <= kStatementColumnsMax;
      for (std::string& cell : cells) {
        auto text = StatementCell(cell, line_no);
        readable = readable && text.ok();
        if (text.ok()) cell = std::move(*text);
      }
      if (!readable) break;
      if (auto columns = ColumnsOf(p, cells)) return Heading{&p, *columns, at, line_no};
    }
  }
  return std::nullopt;
}

Result<Statement> ParseCsv(const std::vector<StatementProfile>& profiles, std::string_view bytes) {
  const auto heading = FindHeading(profiles, bytes);
  if (!heading) return StatementLineError(1, "statement_heading_unknown");
  const StatementProfile& p = *heading->profile;
  const Columns& c = heading->columns;
  Statement out;
  out.format = p.id;
  size_t at = heading->at;
  int64_t next = heading->line_no;
  std::vector<std::string> cells;
  while (at < bytes.size()) {
    const int64_t line_no = next;
    if (!TakeRecord(bytes, p.delimiter, at, cells, next)) return StatementLineError(line_no, "statement_cut_off");
    if (cells.size() == 1 && cells[0].empty()) continue;
    if (cells.size() != c.width) return StatementLineError(line_no, "statement_columns_wrong");
    for (std::string& cell : cells) {
      TINHSO_ASSIGN(cell, StatementCell(cell, line_no));
    }
    StatementLine line;
    line.line_no = line_no;
    const auto vnd = AmountOf(p, cells[c.amount]);
    if (!vnd) return StatementLineError(line_no, "statement_amount_wrong");
    auto on = DateOf(p, cells[c.booked]);
    if (!on.ok()) return StatementLineError(line_no, "statement_date_wrong");
    line.booked_on = *on;
    const std::string day = FormatDate(*on);
    if (out.from_on.empty() || day < out.from_on) out.from_on = day;
    out.to_on = std::max(out.to_on, day);
    if (c.account < c.width && !cells[c.account].empty()) {
      if (!out.account_no.empty() && out.account_no != cells[c.account]) return StatementLineError(line_no, "statement_accounts_several");
      out.account_no = cells[c.account];
    }
    if (*vnd <= 0) continue;
    line.amount_vnd = *vnd;
    line.transaction_no = cells[c.number];
    line.remittance = cells[c.remittance];
    if (c.payer < c.width) line.payer_name = cells[c.payer];
    if (c.payer_account < c.width) line.payer_account_no = cells[c.payer_account];
    out.lines.push_back(std::move(line));
    if (out.lines.size() > kStatementLinesMax) return MakeError(ErrorCode::kTooLarge, "statement_too_large");
  }
  return out;
}

}  // namespace

Error StatementLineError(int64_t line_no, const char* reason) { return FieldInvalid("/lines/" + std::to_string(line_no), reason); }

Result<std::string> StatementCell(std::string_view bytes, int64_t line_no) {
  auto normal = text::Normalize(bytes);
  if (!normal.ok()) return StatementLineError(line_no, "statement_not_utf8");
  std::string out = text::Trim(*normal);
  if (text::Length(out) > kCellMax) return StatementLineError(line_no, "text_too_long");
  return out;
}

Result<StatementProfile> ReadProfile(const json::object& o) {
  StatementProfile p;
  p.id = json::GetText(o, "id");
  if (const json::value* name = o.if_contains("name"); name != nullptr && name->is_object()) {
    p.name_vi = json::GetText(name->get_object(), "vi");
    p.name_en = json::GetText(name->get_object(), "en");
  }
  const std::string delimiter = json::GetText(o, "delimiter"), decimal = json::GetText(o, "decimal"), date = json::GetText(o, "date_format");
  const json::value* columns = o.if_contains("columns");
  using Form = StatementProfile::DateForm;
  const bool known_date = date == "dd/mm/yyyy" || date == "dd-mm-yyyy" || date == "yyyy-mm-dd";
  if (p.id.empty() || p.name_vi.empty() || delimiter.size() != 1 || (decimal != "," && decimal != ".") || !known_date || columns == nullptr ||
      !columns->is_object())
    return MakeError(ErrorCode::kInvalid, "pack_invalid", "statement_profiles: " + p.id);
  p.delimiter = delimiter[0];
  p.decimal = decimal[0];
  p.thousands = p.decimal == ',' ? '.' : ',';
  p.date = date == "dd/mm/yyyy" ? Form::kDaySlash : date == "dd-mm-yyyy" ? Form::kDayDash : Form::kIso;
  const json::object& c = columns->get_object();
  p.booked_on = json::GetText(c, "booked_on");
  p.transaction_no = json::GetText(c, "transaction_no");
  p.amount = json::GetText(c, "amount");
  p.remittance = json::GetText(c, "remittance");
  p.payer_name = json::GetText(c, "payer_name");
  p.payer_account_no = json::GetText(c, "payer_account_no");
  p.account_no = json::GetText(c, "account_no");
  if (p.booked_on.empty() || p.transaction_no.empty() || p.amount.empty() || p.remittance.empty())
    return MakeError(ErrorCode::kInvalid, "pack_invalid", "statement_profiles: " + p.id + ": columns");
  return p;
}

Result<Statement> ParseStatement(const std::vector<StatementProfile>& profiles, std::string_view bytes) {
  if (bytes.size() > kStatementBytesMax) return MakeError(ErrorCode::kTooLarge, "statement_too_large");
  if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF") || bytes.find('\0') != std::string_view::npos)
    return StatementLineError(1, "statement_utf16");
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  if (bytes.empty()) return StatementLineError(1, "statement_empty");
  // Before anything else, so that another encoding is called by its name and not an unknown heading.
  int64_t line_no = 1;
  for (size_t at = 0; at < bytes.size(); ++line_no) {
    const size_t end = std::min(bytes.find('\n', at), bytes.size());
    if (!text::Normalize(bytes.substr(at, end - at)).ok()) return StatementLineError(line_no, "statement_not_utf8");
    at = end + 1;
  }
  const size_t first = bytes.find_first_not_of(" \t\r\n");
  auto statement = first != std::string_view::npos && bytes[first] == '<' ? ParseCamt(bytes) : ParseCsv(profiles, bytes);
  if (!statement.ok()) return statement;
  std::set<std::string_view> seen;
  for (const StatementLine& line : statement->lines) {
    if (line.transaction_no.empty() || line.transaction_no.size() > kStatementNumberMax) return StatementLineError(line.line_no, "statement_number_missing");
    if (!seen.insert(line.transaction_no).second) return StatementLineError(line.line_no, "statement_line_repeated");
  }
  return statement;
}

}  // namespace tinhso::payments
