#include "workbook.h"

#include <unistd.h>
#include <xlsxwriter.h>

#include <cstdio>
#include <fstream>
#include <sstream>

#include "base/ids.h"

namespace tinhso::reports {
namespace {

constexpr double kColumnWidthFirst = 38, kColumnWidth = 14;

std::string Number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f", value);
  return text;
}

std::string Field(std::string text) {
  if (!text.empty() && std::string_view("=+-@\t\r").find(text[0]) != std::string_view::npos) text.insert(0, "'");
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (char c : text) {
    if (c == '"') out.push_back('"');
    out.push_back(c);
  }
  out.push_back('"');
  return out;
}

}  // namespace

Result<std::string> ToXlsx(const std::vector<Table>& tables, const std::string& temp_dir) {
  const std::string path = temp_dir + "/report-" + RandomToken() + ".xlsx";
  lxw_workbook_options options{};
  options.constant_memory = LXW_FALSE;
  std::string temp = temp_dir;
  options.tmpdir = temp.data();
  lxw_workbook* book = workbook_new_opt(path.c_str(), &options);
  if (book == nullptr) return MakeError(ErrorCode::kUnavailable, "report_file_failed");
  lxw_format* title = workbook_add_format(book);
  format_set_bold(title);
  format_set_font_size(title, 14);
  lxw_format* head = workbook_add_format(book);
  format_set_bold(head);
  format_set_text_wrap(head);
  format_set_border(head, LXW_BORDER_THIN);
  format_set_bg_color(head, 0xE8EEF4);
  lxw_format* cell = workbook_add_format(book);
  format_set_border(cell, LXW_BORDER_THIN);
  format_set_text_wrap(cell);
  lxw_format* number = workbook_add_format(book);
  format_set_border(number, LXW_BORDER_THIN);
  format_set_num_format(number, "#,##0");
  lxw_format* decimal = workbook_add_format(book);
  format_set_border(decimal, LXW_BORDER_THIN);
  format_set_num_format(decimal, "0.00");
  for (const Table& table : tables) {
    lxw_worksheet* sheet = workbook_add_worksheet(book, table.name.c_str());
    if (sheet == nullptr) continue;
    worksheet_write_string(sheet, 0, 0, table.title.c_str(), title);
    worksheet_set_column(sheet, 0, 0, kColumnWidthFirst, nullptr);
    if (table.columns.size() > 1) worksheet_set_column(sheet, 1, static_cast<lxw_col_t>(table.columns.size() - 1), kColumnWidth, nullptr);
    for (size_t c = 0; c < table.columns.size(); ++c)
      worksheet_write_string(sheet, 2, static_cast<lxw_col_t>(c), table.columns[c].c_str(), head);
    for (size_t r = 0; r < table.rows.size(); ++r) {
      for (size_t c = 0; c < table.rows[r].size(); ++c) {
        const auto& value = table.rows[r][c];
        const lxw_row_t row = static_cast<lxw_row_t>(r + 3);
        const lxw_col_t column = static_cast<lxw_col_t>(c);
        if (const auto* text = std::get_if<std::string>(&value)) worksheet_write_string(sheet, row, column, text->c_str(), cell);
        else if (const auto* whole = std::get_if<int64_t>(&value)) worksheet_write_number(sheet, row, column, static_cast<double>(*whole), number);
        else worksheet_write_number(sheet, row, column, std::get<double>(value), decimal);
      }
    }
    worksheet_freeze_panes(sheet, 3, 1);
    worksheet_set_landscape(sheet);
    worksheet_set_paper(sheet, 9);  // A4
    worksheet_fit_to_pages(sheet, 1, 0);
    worksheet_repeat_rows(sheet, 2, 2);
  }
  if (workbook_close(book) != LXW_NO_ERROR) {
    ::unlink(path.c_str());
    return MakeError(ErrorCode::kUnavailable, "report_file_failed");
  }
  std::ifstream in(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << in.rdbuf();
  const bool read = in.good() || in.eof();
  in.close();
  ::unlink(path.c_str());
  if (!read || bytes.str().empty()) return MakeError(ErrorCode::kUnavailable, "report_file_failed");
  return std::move(bytes).str();
}

std::string ToCsv(const Table& table) {
  std::string out = "\xEF\xBB\xBF";
  auto line = [&](const auto& fields, auto&& text_of) {
    bool first = true;
    for (const auto& field : fields) {
      if (!first) out.push_back(',');
      first = false;
      out += text_of(field);
    }
    out += "\r\n";
  };
  line(table.columns, [](const std::string& name) { return Field(name); });
  for (const auto& row : table.rows) {
    line(row, [](const auto& value) {
      if (const auto* text = std::get_if<std::string>(&value)) return Field(*text);
      if (const auto* whole = std::get_if<int64_t>(&value)) return std::to_string(*whole);
      return Number(std::get<double>(value));
    });
  }
  return out;
}

}  // namespace tinhso::reports
