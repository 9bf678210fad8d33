#include "merkle.h"

#include <bit>

#include "base/crypto.h"
#include "base/text.h"

namespace tinhso::audit {

std::string LeafHash(std::string_view data) {
  std::string bytes(1, '\x00');
  bytes += data;
  return crypto::Sha256Hex(bytes);
}

std::string NodeHash(std::string_view left_hex, std::string_view right_hex) {
  std::string bytes(1, '\x01');
  const auto left = crypto::HexDecode(left_hex), right = crypto::HexDecode(right_hex);
  // A hash that is not hex was damaged; hashing its text keeps the function total and the root wrong.
  bytes += left.ok() ? *left : std::string(left_hex);
  bytes += right.ok() ? *right : std::string(right_hex);
  return crypto::Sha256Hex(bytes);
}

Result<Frontier> Frontier::Parse(int64_t size, std::string_view text) {
  Frontier out;
  out.size_ = size;
  out.roots_ = text::Words(text);
  if (size < 0 || static_cast<int>(out.roots_.size()) != std::popcount(static_cast<uint64_t>(size)))
    return MakeError(ErrorCode::kInternal, "audit_frontier_malformed");
  return out;
}

std::string Frontier::Serialize() const {
  std::string out;
  for (const auto& root : roots_) {
    if (!out.empty()) out += ' ';
    out += root;
  }
  return out;
}

void Frontier::Append(std::string leaf_hash) {
  roots_.push_back(std::move(leaf_hash));
  // As in adding one to a binary number: each carry joins two subtrees of the same height.
  for (int64_t carry = size_; carry & 1; carry >>= 1) {
    const std::string right = std::move(roots_.back());
    roots_.pop_back();
    roots_.back() = NodeHash(roots_.back(), right);
  }
  ++size_;
}

std::string Frontier::Root() const {
  if (roots_.empty()) return crypto::Sha256Hex("");
  std::string root = roots_.back();
  for (size_t i = roots_.size() - 1; i-- > 0;) root = NodeHash(roots_[i], root);
  return root;
}

}  // namespace tinhso::audit
