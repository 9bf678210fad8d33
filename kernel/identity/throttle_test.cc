#include "throttle.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "password.h"
#include "testing.h"

namespace tinhso::identity {
namespace {

constexpr TimeUs kStart = 1'800'000'000LL * kUsPerSecond;

TEST(WaitSecondsAfter, DoublesUpToTheMost) {
  const ThrottleOptions options{.free_tries = 3, .wait_s_first = 30, .wait_s_max = 100};
  const int64_t expected[] = {0, 0, 0, 30, 60, 100, 100};
  for (int64_t tries = 0; tries < 7; ++tries) EXPECT_EQ(WaitSecondsAfter(options, tries), expected[tries]) << tries;
  EXPECT_EQ(WaitSecondsAfter(options, 1'000'000), 100);
}

class ThrottleTest : public db_testing::DbTest {
 protected:
  void SetUp() override { Migrate({db::Migrations_kernel_identity()}); }
  // Seconds to wait; 0 = the try was let through, and found wrong.
  int Wrong(SignInThrottle& throttle, const std::string& username, const std::string& address) {
    auto attempt = throttle.Begin(username, address);
    if (!attempt.ok()) {
      EXPECT_EQ(attempt.error().reason, "too_many_attempts");
      return attempt.error().retry_after_s;
    }
    EXPECT_TRUE(database().Write([&](db::Tx& tx) { return throttle.Wrong(tx, *attempt); }).ok());
    return 0;
  }
  void Right(SignInThrottle& throttle, const std::string& username, const std::string& address) {
    EXPECT_TRUE(database().Write([&](db::Tx& tx) { return throttle.Right(tx, username, address); }).ok());
  }
  int64_t Rows() {
    static constexpr db::Sql kRows = "SELECT COUNT(*) FROM sign_in_try";
    auto row = database().Read([&](db::Tx& tx) { return tx.QueryOne(kRows, {}); });
    return row.ok() && *row ? (*row)->Int(0) : -1;
  }
  FixedClock clock_{kStart};
};
TINHSO_ON_BOTH_ENGINES(ThrottleTest);

TEST_P(ThrottleTest, FiveWrongTriesThenAWaitThatDoubles) {
  SignInThrottle throttle(database(), clock_);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Wrong(throttle, "lan", "203.0.113.9"), 0);
  EXPECT_EQ(Wrong(throttle, "lan", "203.0.113.9"), 30);
  clock_.Advance(29 * kUsPerSecond);
  EXPECT_EQ(Wrong(throttle, "lan", "203.0.113.9"), 1);
  clock_.Advance(kUsPerSecond);
  EXPECT_EQ(Wrong(throttle, "lan", "203.0.113.9"), 0);
  EXPECT_EQ(Wrong(throttle, "lan", "203.0.113.9"), 60);
}

// Two servers on one database, or one after a restart, are one throttle: nobody gets twice the tries.
TEST_P(ThrottleTest, AnotherServerCountsTheSameTries) {
  SignInThrottle one(database(), clock_), other(database(), clock_);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Wrong(i % 2 ? one : other, "lan", "203.0.113.9"), 0);
  EXPECT_EQ(Wrong(one, "lan", "203.0.113.9"), 30);
  EXPECT_EQ(Wrong(other, "lan", "203.0.113.9"), 30);
  SignInThrottle restarted(database(), clock_);
  EXPECT_EQ(Wrong(restarted, "lan", "203.0.113.9"), 30);
}

TEST_P(ThrottleTest, ARightSignInForgetsTheTriesAndTimeDoesToo) {
  SignInThrottle throttle(database(), clock_);
  for (int i = 0; i < 5; ++i) Wrong(throttle, "lan", "203.0.113.9");
  Right(throttle, "lan", "203.0.113.9");
  EXPECT_EQ(Wrong(throttle, "lan", "203.0.113.9"), 0);
  for (int i = 0; i < 4; ++i) Wrong(throttle, "lan", "203.0.113.9");
  EXPECT_EQ(Wrong(throttle, "lan", "203.0.113.9"), 30);
  clock_.Advance(1801 * kUsPerSecond);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Wrong(throttle, "lan", "203.0.113.9"), 0);
  EXPECT_EQ(Wrong(throttle, "lan", "203.0.113.9"), 30);  // afresh: the first wait again
}

// A clock that is set back makes nobody wait for years.
TEST_P(ThrottleTest, AClockSetBackMakesNoWaitLonger) {
  SignInThrottle throttle(database(), clock_);
  for (int i = 0; i < 5; ++i) Wrong(throttle, "lan", "203.0.113.9");
  clock_.Set(kStart - 365 * kUsPerDay);
  EXPECT_EQ(Wrong(throttle, "lan", "203.0.113.9"), 30);
}

// Tries count before their outcome is known: a hundred at once are at most the free ones.
TEST_P(ThrottleTest, ParallelTriesDoNotSlipThrough) {
  SignInThrottle throttle(database(), clock_);
  std::atomic<int> let_through = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 12; ++i) let_through += Wrong(throttle, "lan", "203.0.113.9") == 0 ? 1 : 0;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_GE(let_through, 1);
  EXPECT_LE(let_through, 5);
}

// Somebody who makes up names leaves no rows for good, and no names.
TEST_P(ThrottleTest, RowsAreSweptAndHoldNoNames) {
  SignInThrottle throttle(database(), clock_);
  for (int i = 0; i < 20; ++i) Wrong(throttle, "made-up-" + std::to_string(i), "203.0.113.9");
  EXPECT_EQ(Rows(), 41);  // the address, twenty names, twenty pairs
  clock_.Advance(1801 * kUsPerSecond);
  Wrong(throttle, "lan", "203.0.113.10");
  EXPECT_EQ(Rows(), 3);
  static constexpr db::Sql kKeys = "SELECT key_hash FROM sign_in_try";
  ASSERT_TRUE(database().Read([&](db::Tx& tx) {
    return tx.ForEach(kKeys, {}, [&](const db::Row& row) {
      EXPECT_EQ(row.Text(0).find("lan"), std::string::npos);
      return true;
    });
  }).ok());
}

// A stranger must not be able to shut the owner out of an account by trying wrong passwords for it.
TEST_P(ThrottleTest, AStrangersTriesDoNotStopTheOwnerElsewhere) {
  SignInThrottle throttle(database(), clock_);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Wrong(throttle, "owner", "203.0.113.9"), 0);
  EXPECT_EQ(Wrong(throttle, "owner", "203.0.113.9"), 30);
  EXPECT_EQ(Wrong(throttle, "owner", "198.51.100.1"), 0);
  EXPECT_EQ(Wrong(throttle, "other", "203.0.113.9"), 0);  // the address itself has tries left
}

TEST_P(ThrottleTest, ManyAddressesAreHeldBackShortlyAndNotTheOwnersOwn) {
  SignInThrottle throttle(database(), clock_);
  Right(throttle, "owner", "198.51.100.1");
  for (int i = 0; i < 100; ++i) EXPECT_EQ(Wrong(throttle, "owner", "203.0.113." + std::to_string(i)), 0);
  EXPECT_EQ(Wrong(throttle, "owner", "192.0.2.1"), 5);
  EXPECT_TRUE(throttle.Begin("owner", "198.51.100.1").ok());
  Right(throttle, "owner", "198.51.100.1");
  EXPECT_EQ(Wrong(throttle, "owner", "192.0.2.2"), 5);  // the owner's sign-in frees nobody else
  clock_.Advance(31 * kUsPerDay);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(Wrong(throttle, "owner", "203.0.113." + std::to_string(i)), 0);
  EXPECT_EQ(Wrong(throttle, "owner", "198.51.100.1"), 5);  // not known for ever
}

TEST_P(ThrottleTest, OneAddressTryingManyNamesIsHeldBack) {
  SignInThrottle throttle(database(), clock_);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(Wrong(throttle, "name-" + std::to_string(i), "203.0.113.9"), 0);
  EXPECT_EQ(Wrong(throttle, "name-50", "203.0.113.9"), 30);
}

// Signing in rightly a second time on the same day writes nothing here.
TEST_P(ThrottleTest, ASecondRightSignInOfTheDayWritesNothing) {
  static constexpr db::Sql kPlace = "SELECT last_at_us FROM sign_in_try WHERE tries = 0";
  auto noted = [&] { return (**database().Read([&](db::Tx& tx) { return tx.QueryOne(kPlace, {}); })).Int(0); };
  SignInThrottle throttle(database(), clock_);
  Right(throttle, "lan", "198.51.100.1");
  clock_.Advance(3600 * kUsPerSecond);
  Right(throttle, "lan", "198.51.100.1");
  EXPECT_EQ(noted(), kStart);
  clock_.Advance(kUsPerDay);
  Right(throttle, "lan", "198.51.100.1");
  EXPECT_GT(noted(), kStart);
}

TEST(PasswordHasher, VerifiesOnlyTheRightPassword) {
  PasswordHasher hasher;
  auto hash = hasher.Hash("mật khẩu đúng");
  ASSERT_TRUE(hash.ok());
  EXPECT_EQ(hash->substr(0, 30), "$argon2id$v=19$m=19456,t=2,p=1");
  EXPECT_TRUE(*hasher.Verify("mật khẩu đúng", *hash));
  EXPECT_FALSE(*hasher.Verify("mật khẩu sai", *hash));
  EXPECT_FALSE(*hasher.Verify("", *hash));
  EXPECT_NE(*hash, *hasher.Hash("mật khẩu đúng"));  // salted
}

TEST(PasswordHasher, NoHashIsNeverRight) {
  PasswordHasher hasher;
  EXPECT_FALSE(*hasher.Verify("", ""));
  EXPECT_FALSE(*hasher.Verify("anything", ""));
  EXPECT_FALSE(hasher.Verify("anything", "not a hash").ok());
}

}  // namespace
}  // namespace tinhso::identity
