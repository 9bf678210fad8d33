// VietQR (NAPAS, EMVCo merchant-presented QR): the text of a code that any Vietnamese banking application pays.
// Thread rule: pure functions.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tinhso::payments {

inline constexpr size_t kQrNameMax = 25, kQrCityMax = 15, kQrPurposeMax = 25;  // EMVCo's own limits, in bytes

struct VietQr {
  std::string bank_bin;    // six digits
  std::string account_no;  // at most 19 letters and digits
  int64_t amount_vnd = 0;  // 0 = a static code: the payer types the amount
  std::string purpose;     // field 62-08: what the transfer says; banks carry it along as ASCII
  std::string holder_name, city;  // fields 59, 60; "" = left out
};
// kInvalid "vietqr_malformed": a number that is none, a purpose that is too long.
Result<std::string> Payload(const VietQr& qr);

// What a bank's network carries of a text: capitals, digits and single spaces, no accents.
std::string BankText(std::string_view utf8);
// CRC-16/CCITT-FALSE: polynomial 0x1021, initial 0xFFFF.
uint16_t Crc16(std::string_view bytes);

}  // namespace tinhso::payments
