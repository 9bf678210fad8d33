#include "proxies.h"

#include <arpa/inet.h>

#include <charconv>
#include <cstring>

#include "base/text.h"

namespace tinhso::http {

std::optional<AddressRange> AddressRange::Parse(std::string_view text) {
  size_t slash = text.find('/');
  std::string address(text.substr(0, slash));
  AddressRange out;
  if (inet_pton(AF_INET, address.c_str(), out.bytes.data()) == 1) {
    out.size = 4;
  } else if (inet_pton(AF_INET6, address.c_str(), out.bytes.data()) == 1) {
    static constexpr unsigned char kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    out.size = 16;
    if (slash == std::string_view::npos && std::memcmp(out.bytes.data(), kMapped, sizeof kMapped) == 0) {
      std::memmove(out.bytes.data(), out.bytes.data() + 12, 4);
      out.size = 4;
    }
  } else {
    return std::nullopt;
  }
  out.bits = out.size * 8;
  if (slash == std::string_view::npos) return out;
  std::string_view length = text.substr(slash + 1);
  int bits = 0;
  auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), bits);
  if (error != std::errc() || end != length.data() + length.size() || bits < 0 || bits > out.bits)
    return std::nullopt;
  out.bits = bits;
  return out;
}

bool AddressRange::Contains(const AddressRange& address) const {
  if (address.size != size) return false;
  for (int bit = 0; bit < bits; bit += 8) {
    int wanted = std::min(bits - bit, 8);
    unsigned char mask = static_cast<unsigned char>(0xff << (8 - wanted));
    if ((bytes[bit / 8] & mask) != (address.bytes[bit / 8] & mask)) return false;
  }
  return true;
}

Proxies::Proxies(const std::vector<std::string>& ranges) {
  for (const std::string& range : ranges) {
    if (auto parsed = AddressRange::Parse(range)) ranges_.push_back(*parsed);
  }
}

bool Proxies::Trusts(std::string_view address) const {
  if (ranges_.empty()) return false;
  auto parsed = AddressRange::Parse(address);
  if (!parsed) return false;
  for (const AddressRange& range : ranges_) {
    if (range.Contains(*parsed)) return true;
  }
  return false;
}

std::string Proxies::CallerOf(const std::string& peer, std::string_view forwarded_for) const {
  std::string caller = peer;
  while (!forwarded_for.empty() && Trusts(caller)) {
    size_t comma = forwarded_for.rfind(',');
    std::string named =
        text::Trim(comma == std::string_view::npos ? forwarded_for : forwarded_for.substr(comma + 1));
    // What is not an address was written by somebody else than our proxy: stop at what is known.
    if (!AddressRange::Parse(named)) break;
    caller = named;
    forwarded_for = comma == std::string_view::npos ? std::string_view() : forwarded_for.substr(0, comma);
  }
  return caller;
}

}  // namespace tinhso::http
