// Whom to believe about X-Forwarded-For and X-Forwarded-Proto. No I/O. Thread rule: immutable.
#pragma once
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tinhso::http {

// "10.0.0.0/8", "::1". IPv4 inside IPv6 (::ffff:10.0.0.1) is taken as IPv4.
struct AddressRange {
  std::array<unsigned char, 16> bytes{};
  int size = 0;  // 4 or 16 bytes
  int bits = 0;
  static std::optional<AddressRange> Parse(std::string_view text);
  bool Contains(const AddressRange& address) const;
};

class Proxies {
 public:
  // Ranges that do not parse are left out; the configuration refuses them.
  explicit Proxies(const std::vector<std::string>& ranges);
  bool Trusts(std::string_view address) const;
  // The caller's address: from the right of X-Forwarded-For, the first that is not a proxy of ours; `peer`
  // when the peer is not one itself, or names nobody.
  std::string CallerOf(const std::string& peer, std::string_view forwarded_for) const;

 private:
  std::vector<AddressRange> ranges_;
};

}  // namespace tinhso::http
