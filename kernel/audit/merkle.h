// Merkle tree hash of RFC 6962 §2.1, grown leaf by leaf. Hashes are lower-case hex of 32 bytes.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tinhso::audit {

// SHA-256(0x00 || data).
std::string LeafHash(std::string_view data);
// SHA-256(0x01 || left || right).
std::string NodeHash(std::string_view left_hex, std::string_view right_hex);

// The roots of the perfect subtrees of a tree of `size` leaves, largest first: one for each bit set in `size`.
class Frontier {
 public:
  Frontier() = default;
  // kInternal "audit_frontier_malformed" when `text` does not fit `size`.
  static Result<Frontier> Parse(int64_t size, std::string_view text);
  std::string Serialize() const;  // hashes joined by ' '
  void Append(std::string leaf_hash);
  std::string Root() const;  // of no leaves: SHA-256 of nothing
  int64_t size() const { return size_; }

 private:
  int64_t size_ = 0;
  std::vector<std::string> roots_;
};

}  // namespace tinhso::audit
