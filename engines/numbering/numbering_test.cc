#include "engines/numbering/numbering.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <mutex>
#include <set>
#include <thread>

#include "kernel/db_testing/db_testing.h"

namespace tinhso::numbering {
namespace {

class NumberingTest : public db_testing::DbTest {
 protected:
  void SetUp() override { Migrate({db::Migrations_engines_numbering()}); }
  std::string Code(int64_t authority, std::string_view unit, Date on) {
    auto code = database().Write([&](db::Tx& tx) { return NextDossierCode(tx, authority, unit, on); });
    return code.ok() ? *code : code.error().reason;
  }
  std::string Number(int64_t authority, std::string_view symbol, Date on) {
    auto number = database().Write([&](db::Tx& tx) { return NextResultNumber(tx, authority, symbol, on); });
    return number.ok() ? *number : number.error().reason;
  }
};
TINHSO_ON_BOTH_ENGINES(NumberingTest);

TEST_P(NumberingTest, CodesCountPerUnitAndDay) {
  EXPECT_EQ(Code(1, "H12.05", {2024, 9, 14}), "H12.05-240914-0001");
  EXPECT_EQ(Code(1, "H12.05", {2024, 9, 14}), "H12.05-240914-0002");
  EXPECT_EQ(Code(2, "H12.06", {2024, 9, 14}), "H12.06-240914-0001");
  // A new day starts again at one, and the old day goes on where it was.
  EXPECT_EQ(Code(1, "H12.05", {2024, 9, 15}), "H12.05-240915-0001");
  EXPECT_EQ(Code(1, "H12.05", {2024, 9, 14}), "H12.05-240914-0003");
  EXPECT_EQ(Code(1, "H12.05", {2026, 1, 2}), "H12.05-260102-0001");
}

TEST_P(NumberingTest, MoreThanNineThousandNineHundredAndNinetyNineWidens) {
  auto last = database().Write([&](db::Tx& tx) -> Result<std::string> {
    for (int i = 0; i < 9998; ++i) TINHSO_TRY(NextDossierCode(tx, 1, "H12.101", {2026, 11, 23}));
    return NextDossierCode(tx, 1, "H12.101", {2026, 11, 23});
  });
  ASSERT_TRUE(last.ok()) << last.error().detail;
  EXPECT_EQ(*last, "H12.101-261123-9999");
  EXPECT_EQ(Code(1, "H12.101", {2026, 11, 23}), "H12.101-261123-10000");
  EXPECT_EQ(ParseDossierCode("H12.101-261123-10000").value().serial, 10000);
}

TEST_P(NumberingTest, ResultNumbersStartAgainEachYearAndPerSymbol) {
  EXPECT_EQ(Number(1, "KS", {2026, 11, 23}), "1/2026/KS");
  EXPECT_EQ(Number(1, "KS", {2026, 12, 31}), "2/2026/KS");
  EXPECT_EQ(Number(1, "KT", {2026, 12, 31}), "1/2026/KT");
  EXPECT_EQ(Number(2, "KS", {2026, 12, 31}), "1/2026/KS");
  EXPECT_EQ(Number(1, "KS", {2027, 1, 1}), "1/2027/KS");
}

// Two communes become one: the new one's numbers go on from the higher of both, and work of the old ones takes from the same series.
TEST_P(NumberingTest, ContinuedSeriesGiveNoNumberTwice) {
  for (int i = 0; i < 3; ++i) Number(1, "KS", {2026, 11, 23});
  for (int i = 0; i < 5; ++i) Number(2, "KS", {2026, 11, 23});
  Number(2, "KT", {2026, 11, 23});
  auto merge = [&](int64_t from, int64_t to) {
    ASSERT_TRUE(database().Write([&](db::Tx& tx) { return ContinueSeries(tx, from, to); }).ok());
  };
  merge(1, 3);
  merge(2, 3);
  merge(2, 3);
  EXPECT_EQ(Number(3, "KS", {2026, 11, 24}), "6/2026/KS");
  EXPECT_EQ(Number(1, "KS", {2026, 11, 24}), "7/2026/KS");
  EXPECT_EQ(Number(2, "KS", {2026, 11, 24}), "8/2026/KS");
  EXPECT_EQ(Number(3, "KT", {2026, 11, 24}), "2/2026/KT");
  EXPECT_EQ(Number(1, "MOI", {2026, 11, 24}), "1/2026/MOI");
  EXPECT_EQ(Number(2, "MOI", {2026, 11, 24}), "2/2026/MOI");
  // The successor is merged in its turn.
  merge(3, 4);
  EXPECT_EQ(Number(4, "KS", {2026, 11, 25}), "9/2026/KS");
  EXPECT_EQ(Number(1, "KS", {2026, 11, 25}), "10/2026/KS");
  auto open = database().Read([&](db::Tx& tx) { return SeriesOf(tx, 1); });
  ASSERT_TRUE(open.ok());
  EXPECT_TRUE(open->empty());
}

// A dossier that fails to be written must not leave a hole in the series.
TEST_P(NumberingTest, ARolledBackNumberIsGivenAgain) {
  EXPECT_EQ(Code(1, "H12.05", {2026, 11, 23}), "H12.05-261123-0001");
  auto failed = database().Write([&](db::Tx& tx) -> Result<std::string> {
    TINHSO_TRY(NextDossierCode(tx, 1, "H12.05", {2026, 11, 23}));
    return MakeError(ErrorCode::kConflict, "changed_my_mind");
  });
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(Code(1, "H12.05", {2026, 11, 23}), "H12.05-261123-0002");
}

// Sixteen counters are served at once in one office: no number twice, none left out.
TEST_P(NumberingTest, SixteenThreadsGetEveryNumberOnce) {
  constexpr int kThreads = 16, kEach = 25;
  std::mutex mutex;
  std::set<std::string> codes;
  std::vector<std::string> errors;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kEach; ++i) {
        auto code = database().Write([&](db::Tx& tx) { return NextDossierCode(tx, 1, "H12.05", {2026, 11, 23}); });
        std::lock_guard lock(mutex);
        if (!code.ok()) errors.push_back(code.error().reason + " " + code.error().detail);
        else if (!codes.insert(*code).second) errors.push_back("twice: " + *code);
      }
    });
  }
  for (auto& t : threads) t.join();
  EXPECT_TRUE(errors.empty()) << errors.front();
  ASSERT_EQ(codes.size(), static_cast<size_t>(kThreads * kEach));
  EXPECT_EQ(*codes.begin(), "H12.05-261123-0001");
  EXPECT_EQ(*codes.rbegin(), "H12.05-261123-0400");
}

TEST_P(NumberingTest, AUnitCodeThatWouldBreakTheCodeIsRefused) {
  for (const char* unit : {"", "H12-05", "H12 05", "h12.05", ".H12", "H12.", "H12/05"}) EXPECT_EQ(Code(1, unit, {2026, 11, 23}), "unit_code_malformed") << unit;
}

TEST(DossierCodeTest, ReadsItsParts) {
  auto code = ParseDossierCode("H12.05-240914-0001");
  ASSERT_TRUE(code.ok());
  EXPECT_EQ(code->unit_code, "H12.05");
  EXPECT_EQ(code->on, (Date{2024, 9, 14}));
  EXPECT_EQ(code->serial, 1);
}

TEST(DossierCodeTest, EverythingElseIsMalformed) {
  for (const char* text : {"", "-", "--", "H12.05", "H12.05-240914", "H12.05-240914-", "H12.05-240914-001", "H12.05-240914-0000", "H12.05-240914-00001",
                           "H12.05-240931-0001", "H12.05-241301-0001", "H12.05-24091-0001", "H12.05-2409144-0001", "-240914-0001",
                           "h12.05-240914-0001", "H12.05-240914-0001 ", "H12.05-240914-+001", "H12.05-240914-0001-1", "H12.05-240914-9999999999",
                           "H12.05%00-240914-0001", "../H12-240914-0001", "H12.05-２４0914-0001"}) {
    auto code = ParseDossierCode(text);
    ASSERT_FALSE(code.ok()) << text;
    EXPECT_EQ(code.error().reason, "dossier_code_malformed");
  }
}

}  // namespace
}  // namespace tinhso::numbering
