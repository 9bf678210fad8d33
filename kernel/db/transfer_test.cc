// A database moved to the other engine and back: every row, nothing doubled, and no program opens the wrong one.
#include "kernel/db/transfer.h"

#include <gmock/gmock.h>

#include "kernel/db/schema.h"
#include "kernel/db_testing/db_testing.h"

namespace tinhso::db {
namespace {

using db_testing::Engine;
using db_testing::TestDatabase;

constexpr Migration kMoveSchema[] = {
    {1, "create_thing",
     "CREATE TABLE thing (authority_id BIGINT NOT NULL, thing_id BIGINT NOT NULL, name TEXT, amount BIGINT, small INTEGER NOT NULL,"
     " PRIMARY KEY (authority_id, thing_id));"
     "CREATE UNIQUE INDEX thing_name ON thing (authority_id, name) WHERE amount IS NOT NULL;"
     "CREATE TABLE word (word TEXT NOT NULL PRIMARY KEY, thing_id BIGINT NOT NULL);"
     "CREATE TABLE no_rows (id BIGINT NOT NULL PRIMARY KEY);"
     "CREATE TABLE seed (seed_id INTEGER NOT NULL PRIMARY KEY, revision BIGINT NOT NULL);"
     "INSERT INTO seed (seed_id, revision) VALUES (1, 1);"},
};
constexpr MigrationSet kMoveSets[] = {{"test/move", kMoveSchema}};
constexpr int kThings = 5'003;

// Moves from the engine of the parameter to the other one.
class TransferTest : public db_testing::DbTest {
 protected:
  void SetUp() override {
    Migrate({kMoveSets[0]});
    Fill();
  }
  void Fill() {
    ASSERT_TRUE(database()
                    .Write([](Tx& tx) -> Status {
                      for (int64_t i = 0; i < kThings; ++i) {
                        const std::optional<int64_t> amount = i % 3 == 0 ? std::optional<int64_t>() : i * 5'000'000'000;
                        const std::string name = "Đơn số " + std::to_string(i) + (i % 7 == 0 ? "\n'\"\\" : "");
                        TINHSO_TRY(tx.Send("INSERT INTO thing (authority_id, thing_id, name, amount, small) VALUES ($1, $2, $3, $4, $5)",
                                           {i % 5, i, i % 11 == 0 ? Param(nullptr) : Param(name), amount, i % 100}));
                      }
                      TINHSO_TRY(tx.Send("INSERT INTO word (word, thing_id) VALUES ('', $1)", {INT64_MIN}));
                      TINHSO_TRY(tx.Send("UPDATE seed SET revision = 42", {}));
                      return Ok();
                    })
                    .ok());
  }
  Result<TransferReport> Move() {
    return MoveAll(database(), target_.database(), kMoveSets, [&](const TransferProgress& p) { last_ = p; });
  }
  static int64_t CountThings(Database& database) {
    auto row = database.Read([](Tx& tx) { return tx.QueryOne("SELECT COUNT(*) FROM thing", {}); });
    return row.ok() ? (*row)->Int(0) : -1;
  }
  TestDatabase target_{GetParam() == Engine::kSqlite ? Engine::kPostgres : Engine::kSqlite};
  TransferProgress last_;
};
TINHSO_ON_BOTH_ENGINES(TransferTest);

TEST_P(TransferTest, EveryRowArrivesAndBothSidesHaveTheSameHashes) {
  const auto before = DigestTables(database());
  ASSERT_TRUE(before.ok()) << before.error().detail;
  const auto report = Move();
  ASSERT_TRUE(report.ok()) << report.error().reason << " " << report.error().detail;
  EXPECT_EQ(report->rows, kThings + 2);
  const auto after = DigestTables(target_.database());
  ASSERT_TRUE(after.ok()) << after.error().detail;
  ASSERT_EQ(after->size(), 6u);  // with the cluster's own
  for (size_t i = 0; i < after->size(); ++i) {
    EXPECT_EQ((*after)[i].table, (*before)[i].table);
    EXPECT_EQ((*after)[i].rows, (*before)[i].rows);
    EXPECT_EQ((*after)[i].hash, (*before)[i].hash) << (*after)[i].table;
  }
  EXPECT_EQ(last_.table_number, last_.tables);
  // the target opens, the source does not any more
  EXPECT_TRUE(target_.database().Migrate(kMoveSets).ok());
  EXPECT_EQ(database().Migrate(kMoveSets).error().reason, "db_moved");
}

// A digest that does not see a changed cell, a NULL for an empty text or a lost row would prove nothing.
TEST_P(TransferTest, TheHashSeesEveryKindOfChange) {
  const auto digest = [&] {
    auto all = DigestTables(database());
    EXPECT_TRUE(all.ok());
    for (const auto& table : *all)
      if (table.table == "thing") return table.hash;
    return std::string();
  };
  std::set<std::string> seen{digest()};
  const auto change = [&](const Sql& sql) {
    ASSERT_TRUE(database().Write([&](Tx& tx) { return tx.Execute(sql, {}); }).ok());
    EXPECT_TRUE(seen.insert(digest()).second) << sql.text();
  };
  change("UPDATE thing SET name = '' WHERE thing_id = 11");  // it was NULL
  change("UPDATE thing SET name = 'x' WHERE thing_id = 12");
  change("UPDATE thing SET amount = 1, small = 2 WHERE thing_id = 13");
  change("UPDATE thing SET amount = 2, small = 1 WHERE thing_id = 13");
  change("DELETE FROM thing WHERE thing_id = 14");
}

TEST_P(TransferTest, AnInterruptedMoveOpensNowhereAndIsTakenUpAgain) {
  // the target as a kill in the middle leaves it: marked, one table whole, one in part
  ASSERT_TRUE(Move().ok());
  ASSERT_TRUE(target_.database()
                  .Write([](Tx& tx) -> Status {
                    TINHSO_TRY(tx.Execute("DELETE FROM thing WHERE thing_id > 100", {}));
                    TINHSO_TRY(tx.Execute("UPDATE thing SET name = 'wrong' WHERE thing_id = 1", {}));
                    TINHSO_TRY(tx.Execute("INSERT INTO schema_migration (module, number, name, sql_sha256, applied_at_us) "
                                          "VALUES ('move/unfinished', 1, '', '', 0)", {}));
                    return Ok();
                  })
                  .ok());
  EXPECT_EQ(target_.database().Migrate(kMoveSets).error().reason, "db_move_unfinished");
  const auto again = Move();
  ASSERT_TRUE(again.ok()) << again.error().reason << " " << again.error().detail;
  EXPECT_EQ(again->tables_found_equal, 2);
  EXPECT_EQ(CountThings(target_.database()), kThings);
  EXPECT_TRUE(target_.database().Migrate(kMoveSets).ok());
}

TEST_P(TransferTest, ATargetWithTablesIsRefusedAndLeftAlone) {
  target_.Migrate({kMoveSets[0]});
  const auto report = Move();
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().reason, "db_target_not_empty");
  EXPECT_TRUE(target_.database().Migrate(kMoveSets).ok());
  EXPECT_TRUE(database().Migrate(kMoveSets).ok());
}

// What was moved away must not be moved a second time: the two copies would part.
TEST_P(TransferTest, AMovedSourceIsNotMovedAgain) {
  ASSERT_TRUE(Move().ok());
  TestDatabase other(Engine::kSqlite);
  const auto again = MoveAll(database(), other.database(), kMoveSets, [](const TransferProgress&) {});
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().reason, "db_moved");
}

// --- reading the schema back ---

TEST_P(TransferTest, TheSchemaIsReadTheSameFromBothEngines) {
  const auto schema = ReadSchema(database());
  ASSERT_TRUE(schema.ok()) << schema.error().detail;
  ASSERT_EQ(schema->tables.size(), 6u);
  const Table* thing = schema->Find("thing");
  ASSERT_NE(thing, nullptr);
  EXPECT_THAT(thing->primary_key()->columns, testing::ElementsAre("authority_id", "thing_id"));
  ASSERT_EQ(thing->columns.size(), 5u);
  EXPECT_EQ(thing->columns[2].type, "TEXT");
  EXPECT_FALSE(thing->columns[2].not_null);
  EXPECT_EQ(thing->columns[4].type, "INTEGER");
  EXPECT_TRUE(thing->columns[4].not_null);
  ASSERT_EQ(thing->indexes.size(), 2u);
  EXPECT_EQ(thing->indexes[1].name, "thing_name");
  EXPECT_TRUE(thing->indexes[1].unique);
  EXPECT_THAT(schema->Find("seed")->primary_key()->columns, testing::ElementsAre("seed_id"));
  EXPECT_TRUE(schema->objects.empty());
}

// Each rule, broken once.
TEST_P(TransferTest, EveryBrokenDistributionRuleIsNamed) {
  constexpr Migration kBad[] = {
      kMoveSchema[0],
      {2, "bad",
       "CREATE TABLE late_key (authority_id BIGINT NOT NULL, id BIGINT NOT NULL, PRIMARY KEY (id, authority_id));"
       "CREATE TABLE global_key (authority_id BIGINT NOT NULL, code TEXT NOT NULL UNIQUE, id BIGINT NOT NULL, PRIMARY KEY (authority_id, id));"
       "CREATE TABLE homeless (id BIGINT NOT NULL PRIMARY KEY);"
       "CREATE TABLE odd_type (authority_id BIGINT NOT NULL, rate REAL, PRIMARY KEY (authority_id));"
       "CREATE TABLE across (authority_id BIGINT NOT NULL, thing_id BIGINT NOT NULL, other BIGINT NOT NULL, PRIMARY KEY (authority_id),"
       " FOREIGN KEY (other, thing_id) REFERENCES thing (authority_id, thing_id));"
       "CREATE TABLE along (authority_id BIGINT NOT NULL, thing_id BIGINT NOT NULL, word TEXT NOT NULL REFERENCES word (word),"
       " PRIMARY KEY (authority_id), FOREIGN KEY (authority_id, thing_id) REFERENCES thing (authority_id, thing_id));"
       "CREATE INDEX late_index ON thing (amount);"
       "CREATE VIEW look AS SELECT 1 AS one;"}};
  const MigrationSet sets[] = {{"test/move", kBad}};
  ASSERT_TRUE(database().Migrate(sets).ok());
  const auto schema = ReadSchema(database());
  ASSERT_TRUE(schema.ok());
  const Placement exceptions[] = {{"word", "", "words"}, {"seed", "", "one row"}, {"no_rows", "", "empty"}, {"gone", "", "?"},
                                  {"cluster_lease", "", "servers"}, {"cluster_revision", "", "servers"}};
  const Departure departures[] = {{"late_index", "read across authorities"}, {"thing primary key", "?"}};
  const Distribution plan = PlanDistribution(*schema, exceptions, departures);
  EXPECT_THAT(plan.problems,
              testing::UnorderedElementsAre(
                  "late_key primary key: does not begin with authority_id", "global_key unique code: is unique across authority_id",
                  "homeless: has no authority_id BIGINT NOT NULL and is not listed as a reference table",
                  testing::HasSubstr("odd_type.rate: type"), "across → thing: a foreign key across the distribution",
                  "view look: no triggers, sequences, functions or views", "gone: is listed and does not exist",
                  "thing primary key: is listed as a departure and holds the rule"));
  EXPECT_THAT(plan.known, testing::ElementsAre("late_index: does not begin with authority_id (read across authorities)"));
  const auto statements = DistributionStatements(plan);
  EXPECT_EQ(statements[0], "SELECT create_reference_table('cluster_lease')");
  EXPECT_THAT(statements, testing::Contains("SELECT create_distributed_table('across', 'authority_id', colocate_with => 'none')"));
  EXPECT_THAT(statements, testing::Contains("SELECT create_distributed_table('thing', 'authority_id', colocate_with => 'across')"));
  const auto spread = Distribute(database(), statements);
  ASSERT_FALSE(spread.ok());
  EXPECT_EQ(spread.error().reason, on_postgres() ? "db_citus_missing" : "db_not_postgres");
}

}  // namespace
}  // namespace tinhso::db
