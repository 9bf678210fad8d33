#include <gmock/gmock.h>

#include <thread>

#include "kernel/db/db.h"
#include "kernel/db_testing/db_testing.h"

namespace tinhso::db {
namespace {

constexpr Migration kFirst[] = {{1, "create_a", "CREATE TABLE a (id BIGINT NOT NULL PRIMARY KEY); INSERT INTO a (id) VALUES (1);"}};
constexpr Migration kBoth[] = {
    {1, "create_a", "CREATE TABLE a (id BIGINT NOT NULL PRIMARY KEY); INSERT INTO a (id) VALUES (1);"},
    {2, "add_name", "ALTER TABLE a ADD COLUMN name TEXT NOT NULL DEFAULT 'n'; INSERT INTO a (id) VALUES (2);"},
};
constexpr Migration kNeedsA[] = {{1, "create_b", "CREATE TABLE b (id BIGINT NOT NULL PRIMARY KEY REFERENCES a (id)); INSERT INTO b (id) VALUES (1);"}};
constexpr Migration kHalfBroken[] = {
    {1, "create_c", "CREATE TABLE c (id BIGINT);"},
    {2, "broken", "CREATE TABLE d (id BIGINT); INSERT INTO no_such_table VALUES (1);"},
};
constexpr Migration kEdited[] = {{1, "create_a", "CREATE TABLE a (id BIGINT NOT NULL PRIMARY KEY);"}};
constexpr Migration kGap[] = {{2, "late", "CREATE TABLE e (id BIGINT);"}};
constexpr Migration kDeferred[] = {{1, "deferred", "CREATE TABLE f (id BIGINT REFERENCES a (id) DEFERRABLE INITIALLY DEFERRED);"}};

class MigrateTest : public db_testing::DbTest {
 protected:
  Status Apply(const std::vector<MigrationSet>& sets) { return database().Migrate(sets); }
  int64_t Count(const Sql& sql) {
    auto row = database().Read([&](Tx& tx) { return tx.QueryOne(sql, {}); });
    return row.ok() && *row ? (*row)->Int(0) : -1;
  }
};
TINHSO_ON_BOTH_ENGINES(MigrateTest);

TEST_P(MigrateTest, AppliesInOrderOnceAndGoesOnLater) {
  ASSERT_TRUE(Apply({{"m/a", kFirst}, {"m/b", kNeedsA}}).ok());
  ASSERT_TRUE(Apply({{"m/a", kFirst}, {"m/b", kNeedsA}}).ok());
  EXPECT_EQ(Count("SELECT COUNT(*) FROM a"), 1);
  ASSERT_TRUE(Apply({{"m/a", kBoth}, {"m/b", kNeedsA}}).ok());
  EXPECT_EQ(Count("SELECT COUNT(*) FROM a WHERE name = 'n'"), 2);
  EXPECT_EQ(Count("SELECT COUNT(*) FROM schema_migration WHERE module <> 'kernel/db'"), 3);
}

TEST_P(MigrateTest, ABrokenMigrationLeavesNothingOfItselfAndNamesItself) {
  auto status = Apply({{"m/c", kHalfBroken}});
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().reason, "migration_failed");
  EXPECT_THAT(status.error().detail, testing::HasSubstr("m/c 2"));
  EXPECT_THAT(status.error().detail, testing::HasSubstr("no_such_table"));
  EXPECT_EQ(Count("SELECT COUNT(*) FROM c"), 0);
  EXPECT_EQ(Count("SELECT COUNT(*) FROM d"), -1);
  EXPECT_EQ(Count("SELECT COUNT(*) FROM schema_migration WHERE module <> 'kernel/db'"), 1);
}

// An older program must not run on data it does not understand.
TEST_P(MigrateTest, AMigrationFromTheFutureIsRefusedBeforeAnythingIsDone) {
  ASSERT_TRUE(Apply({{"m/a", kBoth}}).ok());
  auto status = Apply({{"m/a", kFirst}, {"m/b", kNeedsA}});
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().reason, "migration_from_the_future");
  EXPECT_EQ(Count("SELECT COUNT(*) FROM b"), -1);
  auto unknown_module = Apply({{"m/b", kNeedsA}});
  ASSERT_FALSE(unknown_module.ok());
  EXPECT_EQ(unknown_module.error().reason, "migration_from_the_future");
}

TEST_P(MigrateTest, AnEditedMigrationIsRefused) {
  ASSERT_TRUE(Apply({{"m/a", kFirst}}).ok());
  auto status = Apply({{"m/a", kEdited}});
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().reason, "migration_failed");
}

TEST_P(MigrateTest, GapsAndDeferredConstraintsAreRefused) {
  EXPECT_EQ(Apply({{"m/e", kGap}}).error().reason, "migration_failed");
  EXPECT_EQ(Apply({{"m/a", kFirst}, {"m/f", kDeferred}}).error().reason, "migration_failed");
  EXPECT_EQ(Count("SELECT COUNT(*) FROM a"), -1);
}

// Two servers started at the same moment.
TEST_P(MigrateTest, ConcurrentProgramsApplyEachMigrationOnce) {
  std::vector<std::string> reasons(4);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      auto own = Database::Open(test_database_.options());
      auto status = own.ok() ? (*own)->Migrate(std::vector<MigrationSet>{{"m/a", kBoth}, {"m/b", kNeedsA}}) : Status(own.error());
      if (!status.ok()) reasons[i] = status.error().reason + ": " + status.error().detail;
    });
  }
  for (auto& thread : threads) thread.join();
  for (const auto& reason : reasons) EXPECT_EQ(reason, "");
  EXPECT_EQ(Count("SELECT COUNT(*) FROM a"), 2);
  EXPECT_EQ(Count("SELECT COUNT(*) FROM b"), 1);
}

}  // namespace
}  // namespace tinhso::db
