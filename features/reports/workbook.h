// Tables as files: XLSX, and CSV that a spreadsheet opens without harm.
#pragma once
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"

namespace tinhso::reports {

struct Table {
  std::string name;   // of the sheet, 31 characters at most
  std::string title;  // above the table
  std::vector<std::string> columns;
  std::vector<std::vector<std::variant<std::string, int64_t, double>>> rows;
};

// kUnavailable "report_file_failed" when the file cannot be written to `temp_dir`.
Result<std::string> ToXlsx(const std::vector<Table>& tables, const std::string& temp_dir);
// UTF-8 with a byte order mark, CRLF, RFC 4180. A text that a spreadsheet would run as a formula gets an apostrophe before it.
std::string ToCsv(const Table& table);

}  // namespace tinhso::reports
