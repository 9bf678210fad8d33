#include "reference.h"

#include <algorithm>

#include "base/crypto.h"

namespace tinhso::payments {
namespace {

// 31 signs, a prime: one changed sign, and two neighbours exchanged, are always noticed.
constexpr std::string_view kSigns = "23456789ABCDEFGHJKLMNPQRSTUVWXY";
constexpr std::string_view kStart = "TS";
static_assert(kSigns.size() == 31);

int ValueOf(char c) {
  const size_t at = kSigns.find(c);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

// Of the nine signs after "TS"; weights 2…10.
char CheckSign(std::string_view body) {
  int sum = 0;
  for (size_t i = 0; i < body.size(); ++i) sum += static_cast<int>(i + 2) * ValueOf(body[i]);
  return kSigns[static_cast<size_t>(sum % 31)];
}

bool IsReference(std::string_view s) {
  if (s.size() != kReferenceLength || !s.starts_with(kStart)) return false;
  const std::string_view body = s.substr(2, kReferenceLength - 3);
  if (!std::all_of(body.begin(), body.end(), [](char c) { return ValueOf(c) >= 0; })) return false;
  return CheckSign(body) == s.back();
}

}  // namespace

std::string MakeReference() {
  std::string out(kStart);
  while (out.size() < kReferenceLength - 1) {
    for (unsigned char byte : crypto::RandomBytes(16)) {
      if (byte < 248 && out.size() < kReferenceLength - 1) out.push_back(kSigns[byte % 31]);  // 248 = 8 × 31: every sign as often
    }
  }
  out.push_back(CheckSign(std::string_view(out).substr(2)));
  return out;
}

std::vector<std::string> FindReferences(std::string_view remittance) {
  std::string plain;
  for (char c : remittance) {
    if (c >= 'a' && c <= 'z') plain.push_back(static_cast<char>(c - 'a' + 'A'));
    else if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) plain.push_back(c);
  }
  std::vector<std::string> out;
  for (size_t at = plain.find(kStart); at != std::string::npos; at = plain.find(kStart, at + 1)) {
    const std::string candidate = plain.substr(at, kReferenceLength);
    if (IsReference(candidate) && std::find(out.begin(), out.end(), candidate) == out.end()) out.push_back(candidate);
    if (out.size() == kReferencesPerTextMax) break;
  }
  return out;
}

}  // namespace tinhso::payments
