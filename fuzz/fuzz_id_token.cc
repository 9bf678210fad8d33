// An identity provider's token and keys: any text is refused or read.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "oidc.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tinhso;
  using namespace tinhso::identity;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  // A line with the keys, then the token.
  size_t end = text.find('\n');
  json::array keys;
  if (auto parsed = json::Parse(text.substr(0, end)); parsed.ok() && parsed->is_array()) keys = parsed->as_array();
  Provider provider;
  provider.issuer = "https://dinhdanh.example";
  provider.client_id = "tinhso";
  auto claims = VerifyIdToken(provider, end == std::string_view::npos ? text : text.substr(end + 1), keys, "so-mot-lan", 1'800'000'000'000'000);
  if (claims.ok()) (void)ReadClaims(provider, *claims);
  return 0;
}
