#include "engines/numbering/numbering.h"

#include <charconv>
#include <cstdio>

#include "store.h"

namespace tinhso::numbering {
namespace {

constexpr size_t kUnitCodeMax = 32;
constexpr size_t kSerialDigitsMax = 9;

std::string ShortDay(Date on) {
  char text[16];
  std::snprintf(text, sizeof text, "%02d%02d%02d", on.year % 100, on.month, on.day);
  return text;
}

// Letters, digits and dots, as in "H12.05" and "000.00.01.H12".
bool IsUnitCode(std::string_view code) {
  if (code.empty() || code.size() > kUnitCodeMax || code.front() == '.' || code.back() == '.') return false;
  for (char c : code) {
    if (!((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.')) return false;
  }
  return true;
}

bool ReadDigits(std::string_view text, int64_t* out) {
  if (text.empty()) return false;
  for (char c : text) {
    if (c < '0' || c > '9') return false;
  }
  return std::from_chars(text.data(), text.data() + text.size(), *out).ec == std::errc();
}

Error Malformed() { return MakeError(ErrorCode::kInvalid, "dossier_code_malformed"); }

}  // namespace

Result<int64_t> Next(db::Tx& tx, int64_t authority_id, std::string_view series) {
  return TakeNext(tx, authority_id, series);
}

Result<std::string> NextDossierCode(db::Tx& tx, int64_t authority_id, std::string_view unit_code, Date on) {
  if (!IsUnitCode(unit_code)) return MakeError(ErrorCode::kInvalid, "unit_code_malformed", std::string(unit_code));
  const std::string prefix = std::string(unit_code) + "-" + ShortDay(on) + "-";
  TINHSO_ASSIGN(int64_t serial, TakeNext(tx, authority_id, "dossier:" + prefix));
  char digits[24];
  std::snprintf(digits, sizeof digits, "%04lld", static_cast<long long>(serial));
  return prefix + digits;
}

Result<std::string> NextResultNumber(db::Tx& tx, int64_t authority_id, std::string_view symbol, Date on) {
  const std::string tail = "/" + std::to_string(on.year) + "/" + std::string(symbol);
  TINHSO_ASSIGN(int64_t number, TakeNext(tx, authority_id, "result:" + tail));
  return std::to_string(number) + tail;
}

Status ContinueSeries(db::Tx& tx, int64_t from_authority_id, int64_t to_authority_id) {
  return Continue(tx, from_authority_id, to_authority_id);
}

Result<std::vector<Series>> SeriesOf(db::Tx& tx, int64_t authority_id) { return OpenSeries(tx, authority_id); }

Result<DossierCode> ParseDossierCode(std::string_view code) {
  const size_t first = code.find('-');
  const size_t second = first == code.npos ? first : code.find('-', first + 1);
  if (second == code.npos) return Malformed();
  const auto unit = code.substr(0, first), day = code.substr(first + 1, second - first - 1), serial = code.substr(second + 1);
  int64_t ymd = 0, number = 0;
  if (!IsUnitCode(unit) || day.size() != 6 || !ReadDigits(day, &ymd)) return Malformed();
  if (serial.size() < 4 || serial.size() > kSerialDigitsMax || !ReadDigits(serial, &number) || number == 0) return Malformed();
  // Padded to four digits and never more, so that each dossier has one spelling.
  if (serial.size() > 4 && serial[0] == '0') return Malformed();
  char iso[16];
  std::snprintf(iso, sizeof iso, "20%02d-%02d-%02d", static_cast<int>(ymd / 10000), static_cast<int>(ymd / 100 % 100),
                static_cast<int>(ymd % 100));
  auto on = ParseDate(iso);
  if (!on.ok()) return Malformed();
  return DossierCode{std::string(unit), *on, number};
}

}  // namespace tinhso::numbering
