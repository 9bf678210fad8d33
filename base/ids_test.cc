#include "base/ids.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <thread>
#include <vector>

namespace tinhso {
namespace {

constexpr int64_t kEpochUs = 1'577'836'800'000'000;

TEST(IdsTest, IncreaseInOneThread) {
  int64_t last = 0;
  for (int i = 0; i < 200000; ++i) {
    const int64_t id = NewId();
    ASSERT_GT(id, last);
    last = id;
  }
}

TEST(IdsTest, AreUniqueAcrossThreads) {
  constexpr int kThreads = 8, kEach = 50000;
  std::vector<std::vector<int64_t>> made(kThreads);
  std::vector<std::thread> threads;
  for (auto& own : made)
    threads.emplace_back([&own] {
      for (int i = 0; i < kEach; ++i) own.push_back(NewId());
    });
  for (auto& t : threads) t.join();
  std::vector<int64_t> all;
  for (auto& own : made) {
    EXPECT_TRUE(std::is_sorted(own.begin(), own.end()));
    all.insert(all.end(), own.begin(), own.end());
  }
  std::sort(all.begin(), all.end());
  EXPECT_EQ(std::adjacent_find(all.begin(), all.end()), all.end());
}

TEST(IdsTest, CarryTheTimeAndTheNode) {
  SetNode(5);
  const TimeUs at = FromLocal({2025, 7, 1}, 480);
  const int64_t id = NewIdAt(at);
  SetNode(0);
  EXPECT_EQ(id >> 22, (at - kEpochUs) / 1000);
  EXPECT_EQ(id >> 16 & 63, 5);
  EXPECT_GT(id, 0);
  EXPECT_LT(NewIdAt(at), NewIdAt(at + 1000));
}

// An import gives ten thousands of rows the same moment: none may share an id, and they keep their order.
TEST(IdsTest, ManyIdsOfOneMomentAreDistinct) {
  const TimeUs at = FromLocal({2024, 2, 29}, 0);
  int64_t last = 0;
  std::set<int64_t> seen;
  for (int i = 0; i < 70000; ++i) {
    const int64_t id = NewIdAt(at);
    ASSERT_GT(id, last);
    last = id;
  }
  // the moments it spilled over into still give fresh ones
  EXPECT_GT(NewIdAt(at + 1000), 0);
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(seen.insert(NewIdAt(at + 1000 * i)).second);
  EXPECT_EQ(seen.count(last), 0u);
}

TEST(IdsTest, IdsAtAMomentNeverMeetLiveOnes) {
  const int64_t live = NewId();
  const TimeUs at = ((live >> 22) * 1000) + kEpochUs;
  EXPECT_EQ(live >> 15 & 1, 0);
  EXPECT_EQ(NewIdAt(at) >> 15 & 1, 1);
}

TEST(IdsTest, MomentsBeforeTheEpochStayPositive) { EXPECT_GT(NewIdAt(FromLocal({1999, 1, 1}, 0)), 0); }

TEST(IdsTest, SetNodeClamps) {
  SetNode(1000);
  EXPECT_EQ(NewId() >> 16 & 63, 63);
  SetNode(-1);
  EXPECT_EQ(NewId() >> 16 & 63, 0);
}

TEST(IdsTest, TokensAre32HexDigits) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string token = RandomToken();
    ASSERT_EQ(token.size(), 32u);
    ASSERT_EQ(token.find_first_not_of("0123456789abcdef"), std::string::npos);
    ASSERT_TRUE(seen.insert(token).second);
  }
}

// Codes are read from paper and typed: no look-alikes, and every letter equally likely.
TEST(IdsTest, CodesAvoidLookAlikesAndUseTheWholeAlphabet) {
  const std::string code = RandomCode(31000);
  ASSERT_EQ(code.size(), 31000u);
  EXPECT_EQ(code.find_first_of("0o1li"), std::string::npos);
  EXPECT_EQ(code.find_first_not_of("23456789abcdefghjkmnpqrstuvwxyz"), std::string::npos);
  // mean 1000, deviation about 31: eight deviations either side
  for (char c : std::string("23456789abcdefghjkmnpqrstuvwxyz")) {
    const auto n = std::count(code.begin(), code.end(), c);
    EXPECT_GT(n, 750) << c;
    EXPECT_LT(n, 1250) << c;
  }
  EXPECT_EQ(RandomCode(0), "");
  EXPECT_EQ(RandomCode(12).size(), 12u);
}

}  // namespace
}  // namespace tinhso
