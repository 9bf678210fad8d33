// Short texts that people and machines give: dates, times, personal numbers, ids, cookies of another site's making, browsers' names.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/calendar.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "impl.h"
#include "kernel/identity/identity.h"
#include "totp.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tinhso;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (auto date = ParseDate(input); date.ok() && FormatDate(*date) != input) std::abort();
  if (auto time = ParseTime(input); time.ok() && *ParseTime(FormatTime(*time)) != *time) std::abort();
  const size_t half = size / 2;
  if (identity::CheckPersonalNo(input, "", "").empty() && (size != 12 || input.find_first_not_of("0123456789") != std::string_view::npos)) std::abort();
  (void)identity::CheckPersonalNo(input.substr(0, half), input.substr(half), "female");
  if (auto bytes = crypto::Base64UrlDecode(input); bytes.ok() && crypto::Base64UrlEncode(*bytes) != input) std::abort();
  if (auto bytes = crypto::HexDecode(input); bytes.ok() && bytes->size() * 2 != size) std::abort();
  if (auto id = identity::ParseId(input, "x"); id.ok() && *id <= 0) std::abort();
  (void)identity::Base32Decode(input);
  (void)identity::DeviceOf(input);
  http::Request request;
  request.headers.emplace_back("Cookie", std::string(input));
  if (identity::CookieOf(request, identity::kSessionCookie).find(';') != std::string::npos) std::abort();
  return 0;
}
