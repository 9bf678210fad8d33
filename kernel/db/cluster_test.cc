#include "kernel/db/cluster.h"

#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>

#include "base/ids.h"
#include "kernel/db_testing/db_testing.h"

namespace tinhso::db {
namespace {

class ClusterTest : public db_testing::DbTest {
 protected:
  void SetUp() override { Migrate({}); }
  std::unique_ptr<Member> Join(int wanted = -1) {
    auto member = Member::Join(database(), clock_, wanted);
    EXPECT_TRUE(member.ok()) << member.error().reason;
    return member.ok() ? std::move(*member) : nullptr;
  }
  FixedClock clock_{TimeUs{1'770'000'000} * kUsPerSecond};
};
TINHSO_ON_BOTH_ENGINES(ClusterTest);

TEST_P(ClusterTest, AChangeOfAnotherProcessIsReloadedOnceAndOnlyAfterItsCommit) {
  Watcher watcher(database());
  int units = 0, packs = 0;
  watcher.On("units", [&]() -> Status { return ++units, Ok(); });
  watcher.On("packs", [&]() -> Status { return ++packs, Ok(); });
  ASSERT_TRUE(watcher.Poll().ok());
  EXPECT_EQ(units, 0);
  EXPECT_FALSE(database().Write([](Tx& tx) -> Status {
    TINHSO_TRY(Touch(tx, "units"));
    return MakeError(ErrorCode::kConflict, "changed_my_mind");
  }).ok());
  ASSERT_TRUE(watcher.Poll().ok());
  EXPECT_EQ(units, 0);
  ASSERT_TRUE(database().Write([](Tx& tx) { return Touch(tx, "units"); }).ok());
  ASSERT_TRUE(watcher.Poll().ok());
  ASSERT_TRUE(watcher.Poll().ok());
  EXPECT_EQ(units, 1);
  EXPECT_EQ(packs, 0);
}

TEST_P(ClusterTest, AReloadThatFailsIsTriedAgain) {
  Watcher watcher(database());
  int tries = 0;
  watcher.On("units", [&]() -> Status { return ++tries < 3 ? Status(ErrorCode::kUnavailable, "db_busy") : Ok(); });
  ASSERT_TRUE(watcher.Poll().ok());
  ASSERT_TRUE(database().Write([](Tx& tx) { return Touch(tx, "units"); }).ok());
  EXPECT_FALSE(watcher.Poll().ok());
  EXPECT_FALSE(watcher.Poll().ok());
  EXPECT_TRUE(watcher.Poll().ok());
  EXPECT_TRUE(watcher.Poll().ok());
  EXPECT_EQ(tries, 3);
}

// Two processes with one number would make the same ids.
TEST_P(ClusterTest, EachMemberHasItsOwnNumber) {
  auto first = Join(), second = Join(), third = Join(7);
  EXPECT_EQ(first->node(), 0);
  EXPECT_EQ(second->node(), 1);
  EXPECT_EQ(third->node(), 7);
  auto refused = Member::Join(database(), clock_, 7);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().reason, "server_node_taken");
  first.reset();
  EXPECT_EQ(Join()->node(), 0);
}

TEST_P(ClusterTest, MembersThatJoinAtOnceDoNotMeet) {
  std::vector<std::unique_ptr<Member>> members(8);
  std::vector<std::thread> threads;
  for (auto& member : members) threads.emplace_back([&] { member = Join(); });
  for (auto& thread : threads) thread.join();
  std::set<int> nodes;
  for (auto& member : members) nodes.insert(member->node());
  EXPECT_EQ(nodes.size(), members.size());
}

TEST_P(ClusterTest, WhenAllNumbersAreTakenTheNextIsToldSo) {
  std::vector<std::unique_ptr<Member>> members;
  for (int i = 0; i <= kNodeMax; ++i) members.push_back(Join());
  auto refused = Member::Join(database(), clock_, -1);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().reason, "server_nodes_used_up");
}

TEST_P(ClusterTest, WorkIsHeldByOneUntilItDiesAndThenByTheOther) {
  auto first = Join(), second = Join();
  EXPECT_TRUE(*first->Hold("seal"));
  EXPECT_FALSE(*second->Hold("seal"));
  EXPECT_TRUE(*second->Hold("sweep"));
  for (int i = 0; i < 10; ++i) {  // renewed in time it is kept for ever
    clock_.Advance(kRenewPeriodUs);
    EXPECT_TRUE(*first->Hold("seal"));
    EXPECT_FALSE(*second->Hold("seal"));
  }
  clock_.Advance(kLeaseUs);  // the first has died
  EXPECT_TRUE(*second->Hold("seal"));
  EXPECT_FALSE(*first->Hold("seal"));
}

// The database was away for longer than a lease, and somebody else took the number.
TEST_P(ClusterTest, ALostNumberIsReplaced) {
  auto first = Join();
  ASSERT_EQ(first->node(), 0);
  clock_.Advance(kLeaseUs);
  auto second = Join();
  EXPECT_EQ(second->node(), 0);
  ASSERT_TRUE(first->Renew().ok());
  EXPECT_EQ(first->node(), 1);
  ASSERT_TRUE(second->Renew().ok());
  EXPECT_EQ(second->node(), 0);
}

}  // namespace
}  // namespace tinhso::db
