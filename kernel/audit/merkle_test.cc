#include "merkle.h"

#include <gtest/gtest.h>

#include <map>

#include "base/crypto.h"

namespace tinhso::audit {
namespace {

// The definition of RFC 6962 §2.1, straight from its text.
std::string OracleRoot(const std::vector<std::string>& leaf_hashes) {
  if (leaf_hashes.empty()) return crypto::Sha256Bytes("");
  if (leaf_hashes.size() == 1) return leaf_hashes[0];
  size_t k = 1;
  while (k * 2 < leaf_hashes.size()) k *= 2;
  return NodeHash(OracleRoot({leaf_hashes.begin(), leaf_hashes.begin() + k}),
                  OracleRoot({leaf_hashes.begin() + k, leaf_hashes.end()}));
}

// Test vectors of the Certificate Transparency reference implementation (its eight standard leaves).
TEST(MerkleTest, KnownRoots) {
  const std::vector<std::string> leaves = {"", "00", "10", "2021", "3031", "40414243", "5051525354555657",
                                           "606162636465666768696a6b6c6d6e6f"};
  const std::vector<std::string> roots = {
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
      "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
      "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
      "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
      "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
      "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
  Frontier frontier;
  EXPECT_EQ(crypto::HexEncode(frontier.Root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  for (size_t i = 0; i < leaves.size(); ++i) {
    frontier.Append(LeafHash(*crypto::HexDecode(leaves[i])));
    EXPECT_EQ(crypto::HexEncode(frontier.Root()), roots[i]) << i;
  }
}

TEST(MerkleTest, GrowsLikeTheDefinitionThroughSavingAndLoading) {
  std::vector<std::string> hashes;
  Frontier frontier;
  for (int i = 0; i < 70; ++i) {
    hashes.push_back(LeafHash(std::to_string(i)));
    frontier.Append(hashes.back());
    EXPECT_EQ(frontier.Root(), OracleRoot(hashes)) << i;
    auto loaded = Frontier::Parse(frontier.size(), frontier.Serialize());
    ASSERT_TRUE(loaded.ok());
    frontier = *loaded;
  }
}

TEST(MerkleTest, AFrontierThatDoesNotFitItsSizeIsRefused) {
  Frontier frontier;
  for (int i = 0; i < 5; ++i) frontier.Append(LeafHash("x"));
  EXPECT_FALSE(Frontier::Parse(7, frontier.Serialize()).ok());
  EXPECT_FALSE(Frontier::Parse(5, "").ok());
  EXPECT_FALSE(Frontier::Parse(-1, "").ok());
  EXPECT_TRUE(Frontier::Parse(0, "").ok());
}

// Nodes of a tree given by its leaves.
NodeReader ReaderOf(const std::vector<std::string>& leaf_hashes) {
  return [&leaf_hashes](int height, int64_t index) -> Result<std::string> {
    const auto from = leaf_hashes.begin() + (index << height);
    return OracleRoot({from, from + (int64_t{1} << height)});
  };
}

std::vector<std::string> SomeLeaves(int n) {
  std::vector<std::string> out;
  for (int i = 0; i < n; ++i) out.push_back(LeafHash(std::to_string(i)));
  return out;
}

TEST(MerkleProofTest, EveryLeafOfEveryTreeIsProven) {
  const auto leaves = SomeLeaves(40);
  for (int64_t size = 1; size <= 40; ++size) {
    const std::string root = OracleRoot({leaves.begin(), leaves.begin() + size});
    EXPECT_EQ(*TreeRoot(size, ReaderOf(leaves)), root);
    for (int64_t index = 0; index < size; ++index) {
      const auto proof = InclusionProof(index, size, ReaderOf(leaves));
      ASSERT_TRUE(proof.ok());
      EXPECT_TRUE(InclusionHolds(leaves[index], index, size, *proof, root)) << index << " of " << size;
      EXPECT_FALSE(InclusionHolds(leaves[(index + 1) % 40], index, size, *proof, root));
      if (size > 1) {
        EXPECT_FALSE(InclusionHolds(leaves[index], (index + 1) % size, size, *proof, root));
      }
      EXPECT_FALSE(InclusionHolds(leaves[index], index, size, *proof, EmptyRoot()));
      auto longer = *proof;
      longer.push_back(EmptyRoot());
      EXPECT_FALSE(InclusionHolds(leaves[index], index, size, longer, root));
      if (!proof->empty()) {
        auto shorter = *proof;
        shorter.pop_back();
        EXPECT_FALSE(InclusionHolds(leaves[index], index, size, shorter, root));
      }
    }
  }
  EXPECT_FALSE(InclusionProof(3, 3, ReaderOf(leaves)).ok());
}

TEST(MerkleProofTest, EveryPairOfTreesIsConsistentAndNoRewrittenOneIs) {
  const auto leaves = SomeLeaves(30);
  auto rewritten = leaves;
  rewritten[0] = LeafHash("x");
  for (int64_t size = 0; size <= 30; ++size) {
    const std::string root = OracleRoot({leaves.begin(), leaves.begin() + size});
    for (int64_t old_size = 0; old_size <= size; ++old_size) {
      const std::string old_root = OracleRoot({leaves.begin(), leaves.begin() + old_size});
      const auto proof = ConsistencyProof(old_size, size, ReaderOf(leaves));
      ASSERT_TRUE(proof.ok());
      EXPECT_TRUE(ConsistencyHolds(old_size, size, *proof, old_root, root)) << old_size << " in " << size;
      if (old_size == 0) continue;
      const std::string other = OracleRoot({rewritten.begin(), rewritten.begin() + size});
      const auto other_proof = ConsistencyProof(old_size, size, ReaderOf(rewritten));
      EXPECT_FALSE(ConsistencyHolds(old_size, size, *other_proof, old_root, other)) << old_size << " in " << size;
      auto longer = *proof;
      longer.push_back(EmptyRoot());
      EXPECT_FALSE(ConsistencyHolds(old_size, size, longer, old_root, root));
      if (!proof->empty()) {
        auto shorter = *proof;
        shorter.pop_back();
        EXPECT_FALSE(ConsistencyHolds(old_size, size, shorter, old_root, root));
      }
    }
  }
}

TEST(MerkleTest, TellsOfEveryNodeALeafCompletes) {
  const auto leaves = SomeLeaves(16);
  Frontier frontier;
  std::map<std::pair<int, int64_t>, std::string> nodes;
  for (const auto& leaf : leaves)
    frontier.Append(leaf, [&](int height, int64_t index, const std::string& hash) { nodes[{height, index}] = hash; });
  EXPECT_EQ(nodes.size(), 8u + 4 + 2 + 1);
  for (const auto& [at, hash] : nodes) EXPECT_EQ(hash, *ReaderOf(leaves)(at.first, at.second));
}

}  // namespace
}  // namespace tinhso::audit
