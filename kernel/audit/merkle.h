// Merkle trees of RFC 6962 §2.1: growing one, proofs out of it, and checking them. A hash is its 32 raw bytes.
// Thread rule: pure functions and values.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tinhso::audit {

inline constexpr size_t kHashBytes = 32;
// Hashes stand in tiles of this height (C2SP tlog-tiles): level L of the tiles holds the nodes of height 8·L.
inline constexpr int kTileHeight = 8;
inline constexpr int64_t kTileWidth = 1 << kTileHeight;

// SHA-256(0x00 || data).
std::string LeafHash(std::string_view data);
// SHA-256(0x01 || left || right).
std::string NodeHash(std::string_view left, std::string_view right);
// The hash of a tree without leaves: SHA-256 of nothing.
std::string EmptyRoot();

// The root of the perfect subtree of height `height` over leaves [index << height, (index + 1) << height).
using NodeReader = std::function<Result<std::string>(int height, int64_t index)>;

// The tree of the first `size` leaves: its root, and proofs out of it. Errors are the reader's.
Result<std::string> TreeRoot(int64_t size, const NodeReader& node);
// kInvalid "audit_proof_range" unless 0 <= index < size.
Result<std::vector<std::string>> InclusionProof(int64_t index, int64_t size, const NodeReader& node);
// That the tree of `size` begins with the tree of `old_size`. kInvalid "audit_proof_range" unless 0 <= old_size <= size.
Result<std::vector<std::string>> ConsistencyProof(int64_t old_size, int64_t size, const NodeReader& node);

// RFC 9162 §2.1.3.2 and §2.1.4.2. A proof with too few or too many hashes does not hold.
bool InclusionHolds(std::string_view leaf_hash, int64_t index, int64_t size, const std::vector<std::string>& proof,
                    std::string_view root);
bool ConsistencyHolds(int64_t old_size, int64_t size, const std::vector<std::string>& proof, std::string_view old_root,
                      std::string_view root);

// The roots of the perfect subtrees of a tree of `size` leaves, largest first: one for each bit set in `size`.
class Frontier {
 public:
  Frontier() = default;
  // From hex hashes joined by ' '. kInternal "audit_frontier_malformed" when they do not fit `size`.
  static Result<Frontier> Parse(int64_t size, std::string_view text);
  std::string Serialize() const;
  // `completed` is told of every node above the leaf that the leaf completes, lowest first.
  void Append(std::string leaf_hash,
              const std::function<void(int height, int64_t index, const std::string& hash)>& completed = {});
  std::string Root() const;
  int64_t size() const { return size_; }

 private:
  int64_t size_ = 0;
  std::vector<std::string> roots_;
};

}  // namespace tinhso::audit
