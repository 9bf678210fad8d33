// Statement files of a bank: CSV as a profile of the pack describes it, and ISO 20022 camt.053 / camt.054 (XML). Only credits are kept.
// A file with one thing wrong gives nothing: the line is named, kInvalid "validation_failed" with the pointer "/lines/12" and one of
// "statement_cut_off", "statement_utf16", "statement_not_utf8", "statement_heading_unknown", "statement_columns_wrong",
// "statement_amount_wrong", "statement_date_wrong", "statement_number_missing", "statement_line_repeated", "statement_currency_foreign",
// "statement_accounts_several", "statement_malformed", "statement_empty", "text_too_long". kTooLarge "statement_too_large".
// Thread rule: pure functions.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"

namespace tinhso::payments {

inline constexpr size_t kStatementBytesMax = 1024 * 1024;
inline constexpr size_t kStatementLinesMax = 2000;
inline constexpr size_t kStatementColumnsMax = 60;
inline constexpr size_t kStatementPreambleMax = 40;  // lines above a heading
inline constexpr int kStatementDepthMax = 40;        // of XML
inline constexpr size_t kStatementDaysMax = 400;     // of one file that the books are held to

// docs/formats/pack.md, "Payments". Columns are named as the file's heading names them; "" = the file has none.
struct StatementProfile {
  std::string id, name_vi, name_en;
  char delimiter = ',', decimal = ',', thousands = '.';
  enum class DateForm { kDaySlash, kDayDash, kIso } date = DateForm::kDaySlash;  // 23/11/2026, 23-11-2026, 2026-11-23
  std::string booked_on, transaction_no, amount, remittance, payer_name, payer_account_no, account_no;
};
// kInvalid "pack_invalid" with the fault in detail.
Result<StatementProfile> ReadProfile(const json::object& o);

struct StatementLine {
  int64_t line_no = 0;  // in the file, from 1
  std::string transaction_no;
  int64_t amount_vnd = 0;
  Date booked_on;
  std::string remittance, payer_name, payer_account_no;
};
struct Statement {
  std::string format;      // a profile's id, "camt.053", "camt.054"
  std::string account_no;  // "" when the file does not say
  // The days it speaks of in full; "" = it is no account of whole days (camt.054).
  std::string from_on, to_on;
  std::vector<StatementLine> lines;
};
// XML when it begins as XML does, else CSV under the first profile whose columns a heading has.
Result<Statement> ParseStatement(const std::vector<StatementProfile>& profiles, std::string_view bytes);

// Private to the readers.
Error StatementLineError(int64_t line_no, const char* reason);
Result<Statement> ParseCamt(std::string_view bytes);
// The text of a cell, normal form and without spaces around.
Result<std::string> StatementCell(std::string_view bytes, int64_t line_no);
inline constexpr size_t kStatementNumberMax = 64;

}  // namespace tinhso::payments
