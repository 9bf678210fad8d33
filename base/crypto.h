// Hashing, sealing and encodings (OpenSSL). Thread rule: pure functions; Sha256 objects are not shared.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tinhso::crypto {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  void Update(std::string_view bytes);
  std::string FinalHex();    // 64 lower-case hex digits
  std::string FinalBytes();  // 32 bytes

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string Sha256Hex(std::string_view bytes);
std::string Sha256Bytes(std::string_view bytes);
std::string HexEncode(std::string_view bytes);
Result<std::string> HexDecode(std::string_view hex);  // kInvalid "hex_malformed"
std::string Base64Encode(std::string_view bytes);
// Strict: padded, no other characters, no left-over bits. kInvalid "base64_malformed".
Result<std::string> Base64Decode(std::string_view text);
std::string Base64UrlEncode(std::string_view bytes);
Result<std::string> Base64UrlDecode(std::string_view text);  // kInvalid "base64_malformed"
bool EqualConstantTime(std::string_view a, std::string_view b);
std::string RandomBytes(int n);
std::string HmacSha256(std::string_view key, std::string_view message);  // 32 bytes
inline constexpr int kSealKeyBytes = 32;
// AES-256-GCM under a nonce of its own, in front of what it gives. `bound` is not in it, but has to be the same to open it again.
std::string Seal(std::string_view key, std::string_view plain, std::string_view bound);
Result<std::string> Unseal(std::string_view key, std::string_view sealed, std::string_view bound);  // kInvalid "seal_broken"

}  // namespace tinhso::crypto
