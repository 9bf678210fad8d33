#include "merkle.h"

#include <bit>

#include "base/crypto.h"
#include "base/text.h"

namespace tinhso::audit {
namespace {

// The largest power of two below `n` (n > 1).
int64_t SplitOf(int64_t n) { return static_cast<int64_t>(std::bit_floor(static_cast<uint64_t>(n - 1))); }

// MTH(D[from:to]) for a non-empty range that begins at a multiple of its largest part.
Result<std::string> RangeHash(int64_t from, int64_t to, const NodeReader& node) {
  const int64_t n = to - from;
  if (std::has_single_bit(static_cast<uint64_t>(n))) {
    const int height = std::countr_zero(static_cast<uint64_t>(n));
    return node(height, from >> height);
  }
  const int64_t middle = from + SplitOf(n);
  TINHSO_ASSIGN(const std::string left, RangeHash(from, middle, node));
  TINHSO_ASSIGN(const std::string right, RangeHash(middle, to, node));
  return NodeHash(left, right);
}

// PATH(index, D[from:to]) of RFC 6962 §2.1.1.
Status AppendPath(int64_t index, int64_t from, int64_t to, const NodeReader& node, std::vector<std::string>& out) {
  if (to - from == 1) return Ok();
  const int64_t middle = from + SplitOf(to - from);
  const bool left = index < middle;
  TINHSO_TRY(left ? AppendPath(index, from, middle, node, out) : AppendPath(index, middle, to, node, out));
  TINHSO_ASSIGN(std::string sibling, left ? RangeHash(middle, to, node) : RangeHash(from, middle, node));
  out.push_back(std::move(sibling));
  return Ok();
}

// SUBPROOF(old, D[from:to], whole) of RFC 6962 §2.1.2; `whole`: the old tree is this very range from its left edge on.
Status AppendSubproof(int64_t old_to, int64_t from, int64_t to, bool whole, const NodeReader& node,
                      std::vector<std::string>& out) {
  if (old_to == to) {
    if (whole) return Ok();
    TINHSO_ASSIGN(std::string hash, RangeHash(from, to, node));
    out.push_back(std::move(hash));
    return Ok();
  }
  const int64_t middle = from + SplitOf(to - from);
  if (old_to <= middle) {
    TINHSO_TRY(AppendSubproof(old_to, from, middle, whole, node, out));
    TINHSO_ASSIGN(std::string right, RangeHash(middle, to, node));
    out.push_back(std::move(right));
  } else {
    TINHSO_TRY(AppendSubproof(old_to, middle, to, false, node, out));
    TINHSO_ASSIGN(std::string left, RangeHash(from, middle, node));
    out.push_back(std::move(left));
  }
  return Ok();
}

}  // namespace

std::string LeafHash(std::string_view data) {
  std::string bytes(1, '\x00');
  bytes += data;
  return crypto::Sha256Bytes(bytes);
}

std::string NodeHash(std::string_view left, std::string_view right) {
  std::string bytes(1, '\x01');
  bytes += left;
  bytes += right;
  return crypto::Sha256Bytes(bytes);
}

std::string EmptyRoot() { return crypto::Sha256Bytes(""); }

Result<std::string> TreeRoot(int64_t size, const NodeReader& node) {
  if (size <= 0) return EmptyRoot();
  return RangeHash(0, size, node);
}

Result<std::vector<std::string>> InclusionProof(int64_t index, int64_t size, const NodeReader& node) {
  if (index < 0 || index >= size) return MakeError(ErrorCode::kInvalid, "audit_proof_range");
  std::vector<std::string> out;
  TINHSO_TRY(AppendPath(index, 0, size, node, out));
  return out;
}

Result<std::vector<std::string>> ConsistencyProof(int64_t old_size, int64_t size, const NodeReader& node) {
  if (old_size < 0 || old_size > size) return MakeError(ErrorCode::kInvalid, "audit_proof_range");
  std::vector<std::string> out;
  if (old_size > 0) TINHSO_TRY(AppendSubproof(old_size, 0, size, true, node, out));
  return out;
}

bool InclusionHolds(std::string_view leaf_hash, int64_t index, int64_t size, const std::vector<std::string>& proof,
                    std::string_view root) {
  if (index < 0 || index >= size) return false;
  int64_t node = index, last = size - 1;
  std::string hash(leaf_hash);
  for (const std::string& sibling : proof) {
    if (last == 0 || sibling.size() != kHashBytes) return false;
    if ((node & 1) || node == last) {
      hash = NodeHash(sibling, hash);
      while (!(node & 1) && node != 0) {
        node >>= 1;
        last >>= 1;
      }
    } else {
      hash = NodeHash(hash, sibling);
    }
    node >>= 1;
    last >>= 1;
  }
  return last == 0 && hash == root;
}

bool ConsistencyHolds(int64_t old_size, int64_t size, const std::vector<std::string>& proof, std::string_view old_root,
                      std::string_view root) {
  if (old_size < 0 || old_size > size) return false;
  for (const std::string& hash : proof)
    if (hash.size() != kHashBytes) return false;
  if (old_size == size) return proof.empty() && old_root == root;
  if (old_size == 0) return proof.empty();  // every tree begins with the empty one
  if (proof.empty()) return false;
  int64_t node = old_size - 1, last = size - 1;
  while (node & 1) {
    node >>= 1;
    last >>= 1;
  }
  // A perfect old tree is itself the first hash, and is not sent.
  const bool perfect = std::has_single_bit(static_cast<uint64_t>(old_size));
  std::string old_hash = perfect ? std::string(old_root) : proof[0], hash = old_hash;
  for (size_t i = perfect ? 0 : 1; i < proof.size(); ++i) {
    if (last == 0) return false;
    if ((node & 1) || node == last) {
      old_hash = NodeHash(proof[i], old_hash);
      hash = NodeHash(proof[i], hash);
      while (!(node & 1) && node != 0) {
        node >>= 1;
        last >>= 1;
      }
    } else {
      hash = NodeHash(hash, proof[i]);
    }
    node >>= 1;
    last >>= 1;
  }
  return last == 0 && old_hash == old_root && hash == root;
}

Result<Frontier> Frontier::Parse(int64_t size, std::string_view text) {
  const Error malformed = MakeError(ErrorCode::kInternal, "audit_frontier_malformed");
  Frontier out;
  out.size_ = size;
  for (const std::string& word : text::Words(text)) {
    auto hash = crypto::HexDecode(word);
    if (!hash.ok() || hash->size() != kHashBytes) return malformed;
    out.roots_.push_back(std::move(*hash));
  }
  if (size < 0 || static_cast<int>(out.roots_.size()) != std::popcount(static_cast<uint64_t>(size))) return malformed;
  return out;
}

std::string Frontier::Serialize() const {
  std::string out;
  for (const auto& root : roots_) {
    if (!out.empty()) out += ' ';
    out += crypto::HexEncode(root);
  }
  return out;
}

void Frontier::Append(std::string leaf_hash,
                      const std::function<void(int height, int64_t index, const std::string& hash)>& completed) {
  roots_.push_back(std::move(leaf_hash));
  // As in adding one to a binary number: each carry joins two subtrees of the same height.
  int height = 0;
  for (int64_t carry = size_; carry & 1; carry >>= 1) {
    const std::string right = std::move(roots_.back());
    roots_.pop_back();
    roots_.back() = NodeHash(roots_.back(), right);
    ++height;
    if (completed) completed(height, size_ >> height, roots_.back());
  }
  ++size_;
}

std::string Frontier::Root() const {
  if (roots_.empty()) return EmptyRoot();
  std::string root = roots_.back();
  for (size_t i = roots_.size() - 1; i-- > 0;) root = NodeHash(roots_[i], root);
  return root;
}

}  // namespace tinhso::audit
