// The whole program's schema, read back from both engines, held to the rules that let it be distributed (ARCHITECTURE, storage
// rules). A new table is a unit's data with authority_id first in every key, or is listed in distribution.cc with its reason.
#include <gmock/gmock.h>

#include "app/distribution.h"
#include "app/platform.h"
#include "kernel/db/schema.h"
#include "kernel/db_testing/db_testing.h"

namespace tinhso::app {
namespace {

class SchemaTest : public db_testing::DbTest {
 protected:
  void SetUp() override { Migrate(AllMigrations()); }
};
TINHSO_ON_BOTH_ENGINES(SchemaTest);

TEST_P(SchemaTest, HoldsTheDistributionRules) {
  const auto schema = db::ReadSchema(database());
  ASSERT_TRUE(schema.ok()) << schema.error().detail;
  const db::Distribution plan = db::PlanDistribution(*schema, DistributionExceptions(), DistributionDepartures());
  EXPECT_THAT(plan.problems, testing::ElementsAre());
  EXPECT_GT(plan.placements.size(), 30u);
}

// One program, one schema: a table or index that only one engine has would be untested on the other.
TEST_P(SchemaTest, IsTheSameOnBothEngines) {
  db_testing::TestDatabase other(on_postgres() ? db_testing::Engine::kSqlite : db_testing::Engine::kPostgres);
  other.Migrate(AllMigrations());
  const auto words = [](db::Database& database) {
    std::vector<std::string> out;
    auto schema = db::ReadSchema(database);
    for (const db::Table& table : schema->tables) {
      for (const db::Column& column : table.columns)
        out.push_back(table.name + "." + column.name + " " + column.type + (column.not_null ? " not null" : ""));
      for (const db::Index& index : table.indexes) {
        // unique constraints have names of the engine's own
        std::string line = table.name + (index.unique ? " unique" : " index " + index.name);
        for (const std::string& column : index.columns) line += " " + column;
        out.push_back(line);
      }
    }
    return out;
  };
  EXPECT_THAT(words(database()), testing::UnorderedElementsAreArray(words(other.database())));
}

}  // namespace
}  // namespace tinhso::app
