// One-time codes of an authenticator app: TOTP (RFC 6238) with HMAC-SHA-1, six digits, 30 seconds, which every app understands.
// Thread rule: pure functions.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/json.h"

namespace tinhso::identity {

inline constexpr int64_t kTotpPeriodUs = 30 * kUsPerSecond;
inline constexpr int kTotpDigits = 6;
inline constexpr int kTotpSkewSteps = 1;  // a clock up to 30 s off, and the time it takes to type
inline constexpr int kTotpSecretBytes = 20;

// RFC 4648 without padding. "" for text that is not base32.
std::string Base32Encode(std::string_view bytes);
std::string Base32Decode(std::string_view text);

// The code of one step (RFC 4226 section 5.3). `secret` is the raw key.
std::string HotpCode(std::string_view secret, uint64_t counter);
// The step a code is right for at `now_us`, later than `last_step` (a code is accepted once); 0 = not right.
int64_t TotpStep(std::string_view secret, std::string_view code, TimeUs now_us, int64_t last_step);
// What an authenticator app reads from the QR code.
std::string TotpUri(std::string_view issuer, std::string_view username, std::string_view secret);
// The QR code of a text as {size, path}: an SVG path in a square of `size` units, quiet zone included.
json::object QrPath(const std::string& text);

}  // namespace tinhso::identity
