#include "totp.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <qrcodegen/qrcodegen.hpp>

#include "base/crypto.h"

namespace tinhso::identity {
namespace {

constexpr char kBase32[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr int kQuietZone = 4;

std::string UriPart(std::string_view text) {
  std::string out;
  for (unsigned char c : text) {
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
    out += plain ? std::string(1, static_cast<char>(c)) : "%" + crypto::HexEncode(std::string(1, static_cast<char>(c)));
  }
  return out;
}

}  // namespace

std::string Base32Encode(std::string_view bytes) {
  std::string out;
  uint32_t held = 0;
  int bits = 0;
  for (unsigned char c : bytes) {
    held = (held << 8 | c) & 0xffff;
    for (bits += 8; bits >= 5; bits -= 5) out.push_back(kBase32[held >> (bits - 5) & 31]);
  }
  if (bits > 0) out.push_back(kBase32[held << (5 - bits) & 31]);
  return out;
}

std::string Base32Decode(std::string_view text) {
  std::string out;
  uint32_t held = 0;
  int bits = 0;
  for (char c : text) {
    size_t at = std::string_view(kBase32, 32).find(c);
    if (at == std::string_view::npos) return "";
    held = (held << 5 | static_cast<uint32_t>(at)) & 0xfff;
    if ((bits += 5) >= 8) out.push_back(static_cast<char>(held >> (bits -= 8) & 0xff));
  }
  return out;
}

std::string HotpCode(std::string_view secret, uint64_t counter) {
  unsigned char message[8], mac[EVP_MAX_MD_SIZE];
  for (int i = 7; i >= 0; --i, counter >>= 8) message[i] = static_cast<unsigned char>(counter & 0xff);
  unsigned int length = 0;
  HMAC(EVP_sha1(), secret.data(), static_cast<int>(secret.size()), message, sizeof message, mac, &length);
  int at = mac[19] & 15;
  uint32_t number = (mac[at] & 0x7fu) << 24 | mac[at + 1] << 16 | mac[at + 2] << 8 | mac[at + 3];
  std::string digits = std::to_string(number % 1'000'000);
  return std::string(kTotpDigits - digits.size(), '0') + digits;
}

int64_t TotpStep(std::string_view secret, std::string_view code, TimeUs now_us, int64_t last_step) {
  int64_t present = now_us / kTotpPeriodUs, right = 0;
  // Every step is tried whatever is found, so that the time taken tells nothing.
  for (int64_t step = present - kTotpSkewSteps; step <= present + kTotpSkewSteps; ++step) {
    bool same = crypto::EqualConstantTime(HotpCode(secret, static_cast<uint64_t>(step)), code);
    if (same && step > last_step && right == 0) right = step;
  }
  return right;
}

std::string TotpUri(std::string_view issuer, std::string_view username, std::string_view secret) {
  return "otpauth://totp/" + UriPart(issuer) + ":" + UriPart(username) + "?secret=" + Base32Encode(secret) +
         "&issuer=" + UriPart(issuer) + "&algorithm=SHA1&digits=6&period=30";
}

json::object QrPath(const std::string& text) {
  qrcodegen::QrCode code = qrcodegen::QrCode::encodeText(text.c_str(), qrcodegen::QrCode::Ecc::LOW);
  std::string path;
  for (int y = 0; y < code.getSize(); ++y) {
    for (int x = 0; x < code.getSize(); ++x) {
      if (!code.getModule(x, y)) continue;
      int from = x;
      while (x < code.getSize() && code.getModule(x, y)) ++x;
      std::string run = std::to_string(x - from);
      path += "M" + std::to_string(from + kQuietZone) + " " + std::to_string(y + kQuietZone) + "h" + run + "v1h-" + run + "z";
    }
  }
  return {{"size", code.getSize() + 2 * kQuietZone}, {"path", path}};
}

}  // namespace tinhso::identity
