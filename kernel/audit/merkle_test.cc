#include "merkle.h"

#include <gtest/gtest.h>

#include "base/crypto.h"

namespace tinhso::audit {
namespace {

// The definition of RFC 6962 §2.1, straight from its text.
std::string OracleRoot(const std::vector<std::string>& leaf_hashes) {
  if (leaf_hashes.empty()) return crypto::Sha256Hex("");
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
  EXPECT_EQ(frontier.Root(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  for (size_t i = 0; i < leaves.size(); ++i) {
    frontier.Append(LeafHash(*crypto::HexDecode(leaves[i])));
    EXPECT_EQ(frontier.Root(), roots[i]) << i;
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

}  // namespace
}  // namespace tinhso::audit
