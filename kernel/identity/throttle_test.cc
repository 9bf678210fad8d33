#include "throttle.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "password.h"

namespace tinhso::identity {
namespace {

constexpr TimeUs kStart = 1'800'000'000LL * kUsPerSecond;

TEST(Throttle, WaitsDoubleUpToTheMost) {
  Throttle throttle({.free_tries = 3, .wait_s_first = 30, .wait_s_max = 100, .forget_s = 1000});
  TimeUs now = kStart;
  EXPECT_EQ(throttle.Try("a", now), 0);
  EXPECT_EQ(throttle.Try("a", now), 0);
  EXPECT_EQ(throttle.Try("a", now), 0);  // the third uses up the free tries
  EXPECT_EQ(throttle.Try("a", now), 30);
  now += 29 * kUsPerSecond;
  EXPECT_EQ(throttle.Try("a", now), 1);
  now += kUsPerSecond;
  EXPECT_EQ(throttle.Try("a", now), 0);
  EXPECT_EQ(throttle.Try("a", now), 60);
  now += 60 * kUsPerSecond;
  EXPECT_EQ(throttle.Try("a", now), 0);
  EXPECT_EQ(throttle.Try("a", now), 100);
}

TEST(Throttle, KeysAreApartAndAreForgotten) {
  Throttle throttle({.free_tries = 1, .wait_s_first = 30, .wait_s_max = 900, .forget_s = 100});
  EXPECT_EQ(throttle.Try("a", kStart), 0);
  EXPECT_EQ(throttle.Try("a", kStart), 30);
  EXPECT_EQ(throttle.Try("b", kStart), 0);
  TimeUs later = kStart + 101 * kUsPerSecond;
  EXPECT_EQ(throttle.Try("a", later), 0);
  EXPECT_EQ(throttle.Try("a", later), 30);  // afresh: the first wait again, not the second
}

TEST(Throttle, ClearAndReturnGiveTriesBack) {
  Throttle throttle({.free_tries = 2, .wait_s_first = 30});
  throttle.Try("a", kStart);
  throttle.Try("a", kStart);
  throttle.Clear("a");
  EXPECT_EQ(throttle.Try("a", kStart), 0);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(throttle.Try("b", kStart), 0);
    throttle.Return("b");
  }
}

// Somebody who makes up names must not make the server forget whom it is holding back, nor eat its memory.
TEST(Throttle, AFloodOfKeysKeepsTheBlockedBlocked) {
  Throttle throttle({.free_tries = 2, .wait_s_first = 30, .keys_max = 100});
  throttle.Try("victim", kStart);
  throttle.Try("victim", kStart);
  for (int i = 0; i < 1000; ++i) throttle.Try("made-up-" + std::to_string(i), kStart);
  EXPECT_EQ(throttle.Try("victim", kStart), 30);
}

// Tries count before their outcome is known: a hundred at once are still only the free ones.
TEST(Throttle, ParallelTriesDoNotSlipThrough) {
  Throttle throttle({.free_tries = 5, .wait_s_first = 30});
  std::atomic<int> let_through = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 25; ++i) let_through += throttle.Try("a", kStart) == 0 ? 1 : 0;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(let_through, 5);
}

// A stranger must not be able to shut the owner out of an account by trying wrong passwords for it.
TEST(SignInThrottle, AStrangersTriesDoNotStopTheOwnerElsewhere) {
  SignInThrottle throttle;
  for (int i = 0; i < 5; ++i) EXPECT_EQ(throttle.Try("owner", "203.0.113.9", kStart), 0);
  EXPECT_EQ(throttle.Try("owner", "203.0.113.9", kStart), 30);
  EXPECT_EQ(throttle.Try("owner", "198.51.100.1", kStart), 0);
  EXPECT_EQ(throttle.Try("other", "203.0.113.9", kStart), 0);  // the address itself has tries left
}

TEST(SignInThrottle, ManyAddressesAreHeldBackShortlyAndNotTheOwnersOwn) {
  SignInThrottle throttle;
  EXPECT_EQ(throttle.Try("owner", "198.51.100.1", kStart), 0);
  throttle.Right("owner", "198.51.100.1", kStart);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(throttle.Try("owner", "203.0.113." + std::to_string(i), kStart), 0);
  EXPECT_EQ(throttle.Try("owner", "192.0.2.1", kStart), 5);
  EXPECT_EQ(throttle.Try("owner", "198.51.100.1", kStart), 0);
  throttle.Right("owner", "198.51.100.1", kStart);
  EXPECT_EQ(throttle.Try("owner", "192.0.2.2", kStart), 5);  // the owner's sign-in frees nobody else
}

TEST(SignInThrottle, OneAddressTryingManyNamesIsHeldBack) {
  SignInThrottle throttle;
  for (int i = 0; i < 50; ++i) EXPECT_EQ(throttle.Try("name-" + std::to_string(i), "203.0.113.9", kStart), 0);
  EXPECT_EQ(throttle.Try("name-50", "203.0.113.9", kStart), 30);
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
