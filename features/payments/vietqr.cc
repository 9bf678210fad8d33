#include "vietqr.h"

#include <algorithm>
#include <cstdio>

#include "base/text.h"

namespace tinhso::payments {
namespace {

// Tag, length of two digits, value.
std::string Field(const char* tag, std::string_view value) {
  char head[8];
  std::snprintf(head, sizeof head, "%s%02zu", tag, value.size());
  return head + std::string(value);
}

bool AreDigits(std::string_view s) {
  return !s.empty() && std::all_of(s.begin(), s.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool IsAccountNo(std::string_view s) {
  return !s.empty() && s.size() <= 19 && std::all_of(s.begin(), s.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  });
}

bool IsPrintableAscii(std::string_view s) {
  return std::all_of(s.begin(), s.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

}  // namespace

uint16_t Crc16(std::string_view bytes) {
  uint16_t crc = 0xFFFF;
  for (unsigned char byte : bytes) {
    crc = static_cast<uint16_t>(crc ^ (byte << 8));
    for (int bit = 0; bit < 8; ++bit) crc = static_cast<uint16_t>((crc & 0x8000) != 0 ? (crc << 1) ^ 0x1021 : crc << 1);
  }
  return crc;
}

std::string BankText(std::string_view utf8) { return text::ToUpper(text::Fold(utf8)); }

Result<std::string> Payload(const VietQr& qr) {
  const Error malformed = MakeError(ErrorCode::kInvalid, "vietqr_malformed");
  if (qr.bank_bin.size() != 6 || !AreDigits(qr.bank_bin) || !IsAccountNo(qr.account_no) || qr.amount_vnd < 0) return malformed;
  if (qr.purpose.size() > kQrPurposeMax || !IsPrintableAscii(qr.purpose)) return malformed;
  const std::string amount = std::to_string(qr.amount_vnd);
  if (amount.size() > 13) return malformed;
  std::string out = Field("00", "01") + Field("01", qr.amount_vnd > 0 ? "12" : "11");
  const std::string account = Field("00", qr.bank_bin) + Field("01", qr.account_no);
  out += Field("38", Field("00", "A000000727") + Field("01", account) + Field("02", "QRIBFTTA"));
  out += Field("53", "704");
  if (qr.amount_vnd > 0) out += Field("54", amount);
  out += Field("58", "VN");
  if (const std::string name = BankText(qr.holder_name).substr(0, kQrNameMax); !name.empty()) out += Field("59", name);
  if (const std::string city = BankText(qr.city).substr(0, kQrCityMax); !city.empty()) out += Field("60", city);
  if (!qr.purpose.empty()) out += Field("62", Field("08", qr.purpose));
  out += "6304";
  char crc[8];
  std::snprintf(crc, sizeof crc, "%04X", Crc16(out));
  return out + crc;
}

}  // namespace tinhso::payments
