#include "base/crypto.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

namespace tinhso::crypto {
namespace {

constexpr size_t kDigestBytes = 32;
constexpr std::string_view kStandardAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrlAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

const unsigned char* Unsigned(std::string_view s) { return reinterpret_cast<const unsigned char*>(s.data()); }

// A broken random source or hash must stop the process: going on would hand out guessable secrets.
void Require(bool ok, const char* what) {
  if (ok) return;
  std::fprintf(stderr, "crypto: %s failed\n", what);
  std::abort();
}

std::string Encode64(std::string_view bytes, std::string_view alphabet, bool padded) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t n = std::min<size_t>(3, bytes.size() - i);
    uint32_t group = 0;
    for (size_t k = 0; k < 3; ++k)
      group = group << 8 | (k < n ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    for (size_t k = 0; k < 4; ++k) {
      if (k <= n)
        out += alphabet[group >> (18 - 6 * k) & 63];
      else if (padded)
        out += '=';
    }
  }
  return out;
}

// Without padding.
Result<std::string> Decode64(std::string_view text, std::string_view alphabet) {
  const auto malformed = [] { return Result<std::string>(ErrorCode::kInvalid, "base64_malformed"); };
  if (text.size() % 4 == 1) return malformed();
  std::string out;
  out.reserve(text.size() * 3 / 4);
  uint32_t bits = 0;
  int held = 0;
  for (char c : text) {
    const size_t index = alphabet.find(c);
    if (index == std::string_view::npos) return malformed();
    bits = bits << 6 | static_cast<uint32_t>(index);
    held += 6;
    if (held >= 8) {
      held -= 8;
      out += static_cast<char>(bits >> held & 255);
      bits &= (1u << held) - 1;
    }
  }
  // left-over bits must be zero, or two texts would stand for the same bytes
  if (bits != 0) return malformed();
  return out;
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

struct Sha256::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  State() {
    Require(context != nullptr && EVP_DigestInit_ex(context, EVP_sha256(), nullptr) == 1, "sha256 init");
  }
  ~State() { EVP_MD_CTX_free(context); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
};

Sha256::Sha256() : state_(std::make_unique<State>()) {}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::Update(std::string_view bytes) {
  Require(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1, "sha256 update");
}

std::string Sha256::FinalBytes() {
  std::string out(kDigestBytes, '\0');
  unsigned n = 0;
  Require(EVP_DigestFinal_ex(state_->context, reinterpret_cast<unsigned char*>(out.data()), &n) == 1 &&
              n == kDigestBytes,
          "sha256 final");
  return out;
}

std::string Sha256::FinalHex() { return HexEncode(FinalBytes()); }

std::string Sha256Bytes(std::string_view bytes) {
  std::string out(kDigestBytes, '\0');
  Require(EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(out.data()), nullptr,
                     EVP_sha256(), nullptr) == 1,
          "sha256");
  return out;
}

std::string Sha256Hex(std::string_view bytes) { return HexEncode(Sha256Bytes(bytes)); }

std::string HexEncode(std::string_view bytes) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (unsigned char c : bytes) {
    out += kDigits[c >> 4];
    out += kDigits[c & 15];
  }
  return out;
}

Result<std::string> HexDecode(std::string_view hex) {
  if (hex.size() % 2 != 0) return {ErrorCode::kInvalid, "hex_malformed"};
  std::string out;
  out.reserve(hex.size() / 2);
  for (size_t i = 0; i < hex.size(); i += 2) {
    const int high = HexValue(hex[i]), low = HexValue(hex[i + 1]);
    if (high < 0 || low < 0) return {ErrorCode::kInvalid, "hex_malformed"};
    out += static_cast<char>(high << 4 | low);
  }
  return out;
}

std::string Base64Encode(std::string_view bytes) { return Encode64(bytes, kStandardAlphabet, true); }

std::string Base64UrlEncode(std::string_view bytes) { return Encode64(bytes, kUrlAlphabet, false); }

Result<std::string> Base64Decode(std::string_view text) {
  if (text.size() % 4 != 0) return {ErrorCode::kInvalid, "base64_malformed"};
  size_t padding = 0;
  while (padding < 2 && text.ends_with('=')) {
    text.remove_suffix(1);
    ++padding;
  }
  return Decode64(text, kStandardAlphabet);
}

Result<std::string> Base64UrlDecode(std::string_view text) { return Decode64(text, kUrlAlphabet); }

bool EqualConstantTime(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string RandomBytes(int n) {
  std::string out(static_cast<size_t>(std::max(n, 0)), '\0');
  if (!out.empty())
    Require(RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(out.size())) == 1,
            "random source");
  return out;
}

std::string HmacSha256(std::string_view key, std::string_view message) {
  std::string out(kDigestBytes, '\0');
  unsigned n = 0;
  Require(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), Unsigned(message), message.size(),
               reinterpret_cast<unsigned char*>(out.data()), &n) != nullptr &&
              n == kDigestBytes,
          "hmac");
  return out;
}

namespace {

constexpr size_t kNonceBytes = 12, kTagBytes = 16;

struct CipherContext {
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  CipherContext() { Require(context != nullptr, "cipher"); }
  ~CipherContext() { EVP_CIPHER_CTX_free(context); }
  CipherContext(const CipherContext&) = delete;
  CipherContext& operator=(const CipherContext&) = delete;
};

}  // namespace

std::string Seal(std::string_view key, std::string_view plain, std::string_view bound) {
  const std::string nonce = RandomBytes(kNonceBytes);
  std::string out = nonce + std::string(plain.size() + kTagBytes, '\0');
  auto* body = reinterpret_cast<unsigned char*>(out.data()) + kNonceBytes;
  CipherContext cipher;
  int n = 0;
  Require(key.size() == kSealKeyBytes &&
              EVP_EncryptInit_ex(cipher.context, EVP_aes_256_gcm(), nullptr, Unsigned(key), Unsigned(nonce)) == 1 &&
              EVP_EncryptUpdate(cipher.context, nullptr, &n, Unsigned(bound), static_cast<int>(bound.size())) == 1 &&
              EVP_EncryptUpdate(cipher.context, body, &n, Unsigned(plain), static_cast<int>(plain.size())) == 1 &&
              EVP_EncryptFinal_ex(cipher.context, body + n, &n) == 1 &&
              EVP_CIPHER_CTX_ctrl(cipher.context, EVP_CTRL_GCM_GET_TAG, kTagBytes, body + plain.size()) == 1,
          "seal");
  return out;
}

Result<std::string> Unseal(std::string_view key, std::string_view sealed, std::string_view bound) {
  const auto broken = [] { return Result<std::string>(ErrorCode::kInvalid, "seal_broken"); };
  if (key.size() != kSealKeyBytes || sealed.size() < kNonceBytes + kTagBytes) return broken();
  std::string out(sealed.size() - kNonceBytes - kTagBytes, '\0'), tag(sealed.substr(sealed.size() - kTagBytes));
  auto* body = reinterpret_cast<unsigned char*>(out.data());
  CipherContext cipher;
  int n = 0;
  const bool opened = EVP_DecryptInit_ex(cipher.context, EVP_aes_256_gcm(), nullptr, Unsigned(key), Unsigned(sealed)) == 1 &&
                      EVP_DecryptUpdate(cipher.context, nullptr, &n, Unsigned(bound), static_cast<int>(bound.size())) == 1 &&
                      EVP_DecryptUpdate(cipher.context, body, &n, Unsigned(sealed) + kNonceBytes, static_cast<int>(out.size())) == 1 &&
                      EVP_CIPHER_CTX_ctrl(cipher.context, EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) == 1 &&
                      EVP_DecryptFinal_ex(cipher.context, body + n, &n) == 1;
  return opened ? Result<std::string>(std::move(out)) : broken();
}

}  // namespace tinhso::crypto
