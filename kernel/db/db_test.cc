// What every store builds on, held on both engines.
#include "kernel/db/db.h"

#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "kernel/db_testing/db_testing.h"

namespace tinhso::db {
namespace {

constexpr Migration kSchema[] = {
    {1, "create_item",
     "CREATE TABLE parent (parent_id BIGINT NOT NULL PRIMARY KEY);\n"
     "CREATE TABLE item (item_id BIGINT NOT NULL PRIMARY KEY, name TEXT, amount BIGINT CHECK (amount <> 13),"
     " parent_id BIGINT REFERENCES parent (parent_id), code TEXT UNIQUE);\n"
     "CREATE TABLE counter (name TEXT NOT NULL PRIMARY KEY, value BIGINT NOT NULL);"},
};
constexpr MigrationSet kSet{"test/item", kSchema};

constexpr Sql kInsertItem = "INSERT INTO item (item_id, name, amount) VALUES ($1, $2, $3)";
constexpr Sql kCountItems = "SELECT COUNT(*) FROM item";
constexpr Sql kNextCounter =
    "INSERT INTO counter (name, value) VALUES ($1, 1) "
    "ON CONFLICT (name) DO UPDATE SET value = counter.value + 1 RETURNING value";

class DbTests : public db_testing::DbTest {
 protected:
  void SetUp() override { Migrate({kSet}); }

  Status Insert(int64_t id, std::string name = "x", int64_t amount = 0) {
    return database().Write([&](Tx& tx) -> Status {
      TINHSO_TRY(tx.Execute(kInsertItem, {id, name, amount}));
      return Ok();
    });
  }
  int64_t CountItems() {
    auto count = database().Read([](Tx& tx) -> Result<int64_t> {
      TINHSO_ASSIGN(auto row, tx.QueryOne(kCountItems, {}));
      return row->Int(0);
    });
    EXPECT_TRUE(count.ok()) << count.error().detail;
    return count.ok() ? *count : -1;
  }
  // The reason of one statement that must fail.
  Error ErrorOf(const Sql& sql, std::vector<Param> params) {
    auto result = database().Write([&](Tx& tx) { return tx.ExecuteV(sql, params); });
    EXPECT_FALSE(result.ok()) << sql.text();
    return result.ok() ? Error{} : result.error();
  }
};
TINHSO_ON_BOTH_ENGINES(DbTests);

// 5000000000 came back as 705032704 from a library we do not use.
TEST_P(DbTests, SixtyFourBitIntegersTextAndNullComeBackAsWritten) {
  const int64_t big = 5'000'000'000, smallest = INT64_MIN, largest = INT64_MAX;
  const std::string vietnamese = "Đăng ký khai sinh — 'quoted' \"double\" \\ $1 ; --";
  ASSERT_TRUE(Insert(big, vietnamese, largest).ok());
  ASSERT_TRUE(Insert(2, "", smallest).ok());
  ASSERT_TRUE(database().Write([&](Tx& tx) { return tx.Execute(kInsertItem, {3, nullptr, nullptr}); }).ok());
  auto rows = database().Read(
      [](Tx& tx) { return tx.Query("SELECT item_id, name, amount FROM item ORDER BY item_id", {}); });
  ASSERT_TRUE(rows.ok()) << rows.error().detail;
  ASSERT_EQ(rows->size(), 3u);
  const Row& empty = (*rows)[0];
  EXPECT_FALSE(empty.IsNull(1));
  EXPECT_EQ(empty.Text(1), "");
  EXPECT_EQ(empty.Int(2), smallest);
  const Row& null = (*rows)[1];
  EXPECT_TRUE(null.IsNull(1));
  EXPECT_TRUE(null.IsNull(2));
  EXPECT_EQ(null.OptInt(2), std::nullopt);
  EXPECT_EQ(null.Int(2), 0);
  EXPECT_EQ(null.Text(1), "");
  const Row& full = (*rows)[2];
  EXPECT_EQ(full.Int(0), big);
  EXPECT_EQ(full.Text(1), vietnamese);
  EXPECT_EQ(full.OptInt(2), largest);
}

// SQLite numbers $3 first if it appears first; a value in the wrong column would be silent.
TEST_P(DbTests, ParametersAreBoundByNumberWhateverTheirOrderInTheText) {
  ASSERT_TRUE(database()
                  .Write([](Tx& tx) {
                    return tx.Execute("INSERT INTO item (amount, name, code, item_id) VALUES ($3, $2, $2, $1)",
                                      {1, "two", 3});
                  })
                  .ok());
  auto row = database().Read([](Tx& tx) {
    return tx.QueryOne("SELECT $2 || name, amount + $1, code FROM item WHERE amount = $3 AND item_id = $1", {1, "a", 3});
  });
  ASSERT_TRUE(row.ok()) << row.error().detail;
  ASSERT_TRUE(row->has_value());
  EXPECT_EQ((*row)->Text(0), "atwo");
  EXPECT_EQ((*row)->Int(1), 4);
  EXPECT_EQ((*row)->Text(2), "two");
}

// Eleven parameters: $1 and $11 are not the same.
TEST_P(DbTests, MoreThanNineParameters) {
  auto row = database().Read([](Tx& tx) {
    return tx.QueryOne("SELECT $11 + 0, $1 + 0, $2 + $3 + $4 + $5 + $6 + $7 + $8 + $9 + $10",
                       {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 5'000'000'000});
  });
  ASSERT_TRUE(row.ok()) << row.error().detail;
  EXPECT_EQ((*row)->Int(0), 5'000'000'000);
  EXPECT_EQ((*row)->Int(1), 1);
  EXPECT_EQ((*row)->Int(2), 54);
}

// PostgreSQL would take $1 for a 32-bit integer here.
TEST_P(DbTests, OptionalFiltersWorkWithLargeNumbersAndNull) {
  ASSERT_TRUE(Insert(1, "a", 7'000'000'000).ok());
  const auto count = [&](Param amount, Param name) {
    auto row = database().Read([&](Tx& tx) {
      return tx.QueryOne("SELECT COUNT(*) FROM item WHERE ($1 = 0 OR amount = $1) AND ($2 IS NULL OR name = $2)",
                         {amount, name});
    });
    EXPECT_TRUE(row.ok()) << row.error().detail;
    return row.ok() ? (*row)->Int(0) : -1;
  };
  EXPECT_EQ(count(0, nullptr), 1);
  EXPECT_EQ(count(7'000'000'000, nullptr), 1);
  EXPECT_EQ(count(7'000'000'001, nullptr), 0);
  EXPECT_EQ(count(7'000'000'000, "a"), 1);
  EXPECT_EQ(count(7'000'000'000, "b"), 0);
  // the same statement with NULL where an integer was, and streamed
  EXPECT_EQ(count(nullptr, "a"), 0);
  int seen = 0;
  auto status = database().Read([&](Tx& tx) {
    return tx.ForEach("SELECT name FROM item WHERE ($1 IS NULL OR amount = $1) AND ($2 IS NULL OR name <> '$3''$2' OR name = $2)",
                      {nullptr, "a"}, [&](const Row&) { return ++seen > 0; });
  });
  EXPECT_TRUE(status.ok()) << status.error().detail;
  EXPECT_EQ(seen, 1);
}

TEST_P(DbTests, ComparisonsAndSumsGiveTheSameKindsOfValues) {
  ASSERT_TRUE(Insert(1, "a", 6'000'000'000).ok());
  ASSERT_TRUE(Insert(2, "b", 6'000'000'000).ok());
  auto row = database().Read(
      [](Tx& tx) { return tx.QueryOne("SELECT SUM(amount), COUNT(*) > 1, MIN(name) = 'b', MAX(parent_id) FROM item", {}); });
  ASSERT_TRUE(row.ok()) << row.error().detail;
  EXPECT_EQ((*row)->Int(0), 12'000'000'000);
  EXPECT_EQ((*row)->Int(1), 1);
  EXPECT_EQ((*row)->Int(2), 0);
  EXPECT_TRUE((*row)->IsNull(3));
}

TEST_P(DbTests, NulInTextIsRefusedAndChangesNothing) {
  const auto status = Insert(1, std::string("a\0b", 3));
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::kInvalid);
  EXPECT_EQ(status.error().reason, "text_control_character");
  EXPECT_EQ(CountItems(), 0);
}

// A library inserted twice here: once to describe the columns, once to fetch.
TEST_P(DbTests, ReturningRunsItsStatementOnce) {
  auto rows = database().Write([](Tx& tx) { return tx.Query(kNextCounter, {"n"}); });
  ASSERT_TRUE(rows.ok()) << rows.error().detail;
  ASSERT_EQ(rows->size(), 1u);
  EXPECT_EQ((*rows)[0].Int(0), 1);
  auto again = database().Write([](Tx& tx) { return tx.QueryOne(kNextCounter, {"n"}); });
  EXPECT_EQ((*again)->Int(0), 2);
}

TEST_P(DbTests, ExecuteCountsChangedRows) {
  for (int i = 1; i <= 3; ++i) ASSERT_TRUE(Insert(i).ok());
  const auto run = [&](const Sql& sql) {
    auto changed = database().Write([&](Tx& tx) { return tx.Execute(sql, {}); });
    EXPECT_TRUE(changed.ok()) << changed.error().detail;
    return changed.ok() ? *changed : -1;
  };
  EXPECT_EQ(run("UPDATE item SET amount = 5 WHERE item_id >= 2"), 2);
  EXPECT_EQ(run("UPDATE item SET amount = 5 WHERE item_id > 9"), 0);
  EXPECT_EQ(run("SELECT item_id FROM item"), 0);
  EXPECT_EQ(run("DELETE FROM item WHERE item_id = 1 RETURNING item_id"), 1);
  EXPECT_EQ(run("INSERT INTO counter (name, value) VALUES ('a', 1) ON CONFLICT (name) DO NOTHING"), 1);
  EXPECT_EQ(run("INSERT INTO counter (name, value) VALUES ('a', 1) ON CONFLICT (name) DO NOTHING"), 0);
}

TEST_P(DbTests, BrokenConstraintsHaveOneNameOnBothEngines) {
  ASSERT_TRUE(Insert(1).ok());
  EXPECT_EQ(ErrorOf(kInsertItem, {1, "again", 0}).reason, "db_unique");
  EXPECT_EQ(ErrorOf(kInsertItem, {1, "again", 0}).code, ErrorCode::kConflict);
  ASSERT_TRUE(database().Write([](Tx& tx) { return tx.Execute("UPDATE item SET code = 'c'", {}); }).ok());
  EXPECT_EQ(ErrorOf("INSERT INTO item (item_id, code) VALUES ($1, $2)", {2, "c"}).reason, "db_unique");
  EXPECT_EQ(ErrorOf("INSERT INTO item (item_id, parent_id) VALUES ($1, $2)", {2, 77}).reason, "db_foreign_key");
  EXPECT_EQ(ErrorOf(kInsertItem, {2, "thirteen", 13}).reason, "db_check");
  EXPECT_EQ(ErrorOf("INSERT INTO counter (name, value) VALUES ($1, $2)", {"n", nullptr}).reason, "db_check");
  EXPECT_EQ(ErrorOf("SELECT * FROM no_such_table", {}).reason, "db_error");
  EXPECT_EQ(ErrorOf("SELECT * FROM no_such_table", {}).code, ErrorCode::kInternal);
}

// Personal data must not reach the log through an error.
TEST_P(DbTests, ErrorsNeverHoldBoundValues) {
  ASSERT_TRUE(Insert(1).ok());
  ASSERT_TRUE(database().Write([](Tx& tx) { return tx.Execute("UPDATE item SET code = '096099012345'", {}); }).ok());
  const Error error = ErrorOf("INSERT INTO item (item_id, code) VALUES ($1, $2)", {2, "096099012345"});
  EXPECT_THAT(error.detail, testing::Not(testing::HasSubstr("096099012345")));
  EXPECT_THAT(error.detail, testing::HasSubstr("INSERT INTO item"));
}

TEST_P(DbTests, WrongNumberOfParametersIsAnError) {
  EXPECT_EQ(ErrorOf(kInsertItem, {1}).reason, "db_error");
  EXPECT_EQ(ErrorOf(kInsertItem, {1, "a", 2, 3}).reason, "db_error");
  EXPECT_EQ(CountItems(), 0);
}

TEST_P(DbTests, AnErrorOfTheFunctionUndoesItsWork) {
  auto status = database().Write([](Tx& tx) -> Status {
    TINHSO_TRY(tx.Execute(kInsertItem, {1, "a", 0}));
    return MakeError(ErrorCode::kConflict, "dossier_version_stale");
  });
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().reason, "dossier_version_stale");
  EXPECT_EQ(CountItems(), 0);
}

TEST_P(DbTests, AnExceptionOfTheFunctionUndoesItsWorkAndTheDatabaseLives) {
  auto status = database().Write([](Tx& tx) -> Status {
    TINHSO_TRY(tx.Execute(kInsertItem, {1, "a", 0}));
    throw std::runtime_error("bug");
  });
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::kInternal);
  EXPECT_EQ(CountItems(), 0);
  EXPECT_TRUE(Insert(1).ok());
}

// PostgreSQL cannot go on after an error; code that does would pass on SQLite alone.
TEST_P(DbTests, AFailedStatementLosesTheTransactionEvenIfItIsIgnored) {
  ASSERT_TRUE(Insert(1).ok());
  std::string later_reason;
  auto status = database().Write([&](Tx& tx) -> Status {
    TINHSO_TRY(tx.Execute(kInsertItem, {2, "kept?", 0}));
    (void)tx.Execute(kInsertItem, {1, "duplicate", 0});
    if (auto later = tx.Execute(kInsertItem, {3, "later", 0}); !later.ok()) later_reason = later.error().reason;
    return Ok();
  });
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().reason, "db_unique");
  EXPECT_EQ(later_reason, "db_unique");
  EXPECT_EQ(CountItems(), 1);
}

TEST_P(DbTests, AReadCannotWrite) {
  auto status = database().Read([](Tx& tx) { return tx.Execute(kInsertItem, {1, "a", 0}); });
  EXPECT_FALSE(status.ok());
  EXPECT_EQ(CountItems(), 0);
}

TEST_P(DbTests, AReadSeesOneSnapshotWhileOthersWrite) {
  ASSERT_TRUE(Insert(1).ok());
  auto result = database().Read([&](Tx& tx) -> Result<std::pair<int64_t, int64_t>> {
    TINHSO_ASSIGN(auto before, tx.QueryOne(kCountItems, {}));
    Status written = Ok();
    std::thread([&] { written = Insert(2); }).join();
    TINHSO_TRY(std::move(written));
    TINHSO_ASSIGN(auto after, tx.QueryOne(kCountItems, {}));
    return std::pair(before->Int(0), after->Int(0));
  });
  ASSERT_TRUE(result.ok()) << result.error().detail;
  EXPECT_EQ(result->first, 1);
  EXPECT_EQ(result->second, 1);
  EXPECT_EQ(CountItems(), 2);
}

// A service's read called inside another's transaction must not wait for a second connection.
TEST_P(DbTests, AReadInsideATransactionJoinsIt) {
  auto counted = database().Write([&](Tx& tx) -> Result<int64_t> {
    TINHSO_TRY(tx.Execute(kInsertItem, {1, "a", 0}));
    return CountItems();
  });
  ASSERT_TRUE(counted.ok());
  EXPECT_EQ(*counted, 1);
}

TEST_P(DbTests, AWriteInsideAWriteIsRefused) {
  auto status = database().Write([&](Tx&) -> Status { return Insert(1); });
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().reason, "db_error");
  EXPECT_EQ(CountItems(), 0);
}

TEST_P(DbTests, ForEachStreamsStopsAndAllowsOtherStatements) {
  ASSERT_TRUE(database()
                  .Write([](Tx& tx) -> Status {
                    for (int i = 1; i <= 1200; ++i) TINHSO_TRY(tx.Execute(kInsertItem, {i, "n", i * 2 + 100}));
                    return Ok();
                  })
                  .ok());
  constexpr Sql kAll = "SELECT item_id, amount FROM item WHERE item_id > $1 ORDER BY item_id";
  int64_t seen = 0, sum = 0, inner_sum = 0;
  auto status = database().Read([&](Tx& tx) -> Status {
    return tx.ForEach(kAll, {0}, [&](const Row& row) {
      ++seen;
      sum += row.Int(0);
      // the same statement again, while it is being stepped
      if (seen % 400 == 0) {
        auto inner = tx.QueryOne(kAll, {row.Int(0) - 1});
        if (inner.ok() && *inner) inner_sum += (*inner)->Int(0);
      }
      return true;
    });
  });
  ASSERT_TRUE(status.ok()) << status.error().detail;
  EXPECT_EQ(seen, 1200);
  EXPECT_EQ(sum, 1200 * 1201 / 2);
  EXPECT_EQ(inner_sum, 400 + 800 + 1200);
  seen = 0;
  ASSERT_TRUE(database().Read([&](Tx& tx) { return tx.ForEach(kAll, {0}, [&](const Row&) { return ++seen < 10; }); }).ok());
  EXPECT_EQ(seen, 10);
  // An undrained statement keeps its snapshot: what is written now must be seen by the next read.
  ASSERT_TRUE(Insert(5000).ok());
  EXPECT_EQ(CountItems(), 1201);
}

TEST_P(DbTests, ForEachReportsAnErrorInside) {
  ASSERT_TRUE(Insert(1).ok());
  auto status = database().Write([&](Tx& tx) -> Status {
    return tx.ForEach("SELECT item_id FROM item", {}, [&](const Row&) {
      (void)tx.Execute(kInsertItem, {1, "duplicate", 0});
      return true;
    });
  });
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().reason, "db_unique");
}

// Numbers of dossiers come from this statement.
TEST_P(DbTests, SixteenThreadsTakeEveryNumberOnce) {
  constexpr int kThreads = 16, kEach = 40;
  std::vector<std::atomic<int>> taken(kThreads * kEach + 1);
  std::atomic<int> failed = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        auto number = database().Write([&](Tx& tx) -> Result<int64_t> {
          TINHSO_ASSIGN(auto row, tx.QueryOne(kNextCounter, {"n"}));
          TINHSO_TRY(tx.Execute(kInsertItem, {t * 1000 + i, "n", row->Int(0) + 1000}));
          return row->Int(0);
        });
        if (number.ok() && *number >= 1 && *number < static_cast<int64_t>(taken.size())) {
          ++taken[*number];
        } else {
          ++failed;
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(failed, 0);
  for (size_t n = 1; n < taken.size(); ++n) EXPECT_EQ(taken[n], 1) << n;
  EXPECT_EQ(CountItems(), kThreads * kEach);
}

// One request's error must not touch the requests that share its group commit.
TEST_P(DbTests, AFailingWriterDoesNotTouchItsNeighbours) {
  constexpr int kThreads = 16, kEach = 30;
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        const int64_t id = t * 1000 + i;
        const int how = (t + i) % 3;
        auto status = database().Write([&](Tx& tx) -> Status {
          TINHSO_TRY(tx.Execute(kInsertItem, {id, "n", 1}));
          if (how == 1) TINHSO_TRY(tx.Execute(kInsertItem, {id, "duplicate", 1}));
          if (how == 2) return MakeError(ErrorCode::kInvalid, "refused");
          return Ok();
        });
        const std::string reason = status.ok() ? "" : status.error().reason;
        if (reason != (how == 0 ? "" : how == 1 ? "db_unique" : "refused")) ++wrong;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(CountItems(), kThreads * kEach / 3);
}

TEST_P(DbTests, WhatWasAnsweredIsThereAfterReopening) {
  ASSERT_TRUE(Insert(1).ok());
  test_database_.Reopen();
  EXPECT_EQ(CountItems(), 1);
  EXPECT_TRUE(database().Ping().ok());
  auto problems = database().CheckIntegrity();
  ASSERT_TRUE(problems.ok());
  EXPECT_TRUE(problems->empty());
}

// Two takers of the same queue must not get the same row (storage rule 8).
TEST_P(DbTests, SkipLockedClaimsEachRowOnce) {
  for (int i = 0; i < 60; ++i) ASSERT_TRUE(Insert(i).ok());
  constexpr Sql kClaim =
      "WITH c AS MATERIALIZED (SELECT item_id FROM item WHERE amount = 0 ORDER BY item_id LIMIT 5 /*SKIP_LOCKED*/) "
      "UPDATE item SET amount = $1 WHERE item_id IN (SELECT item_id FROM c) RETURNING item_id";
  std::vector<std::atomic<int>> claimed(60);
  std::vector<std::thread> threads;
  for (int t = 1; t <= 6; ++t) {
    threads.emplace_back([&, t] {
      for (int empty = 0; empty < 3;) {
        auto rows = database().Write([&](Tx& tx) { return tx.Query(kClaim, {t}); });
        if (!rows.ok() || rows->empty()) ++empty;
        if (rows.ok())
          for (const Row& row : *rows) ++claimed[row.Int(0)];
      }
    });
  }
  for (auto& thread : threads) thread.join();
  for (int i = 0; i < 60; ++i) EXPECT_EQ(claimed[i], 1) << i;
}

TEST(TenantRouterTest, EveryAuthorityHasADatabase) {
  db_testing::TestDatabase test_database(db_testing::Engine::kSqlite);
  TenantRouter router(test_database.database());
  EXPECT_EQ(&router.For(1), &test_database.database());
  EXPECT_EQ(&router.Shared(), &test_database.database());
}

}  // namespace
}  // namespace tinhso::db
