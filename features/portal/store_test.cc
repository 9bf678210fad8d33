// The outbox: what changes while it is being sent is sent again; what was refused waits for a person or the next change.
#include "store.h"

#include <gtest/gtest.h>

#include "kernel/db_testing/db_testing.h"
#include "portal.h"

namespace tinhso::portal {
namespace {

class PortalStoreTest : public db_testing::DbTest {
 protected:
  void SetUp() override { Migrate({db::Migrations_features_portal()}); }
  void Change(int64_t authority_id, int64_t dossier_id, TimeUs at) {
    ASSERT_TRUE(database().Write([&](db::Tx& tx) { return store::Changed(tx, authority_id, dossier_id, "H-" + std::to_string(dossier_id), at); }).ok());
  }
  std::vector<store::Row> List(int64_t authority_id, const char* state) {
    auto rows = database().Read([&](db::Tx& tx) { return store::List(tx, authority_id, state, 10); });
    EXPECT_TRUE(rows.ok());
    return rows.ok() ? *rows : std::vector<store::Row>();
  }
  std::optional<int64_t> Next(int64_t after) {
    auto next = database().Read([&](db::Tx& tx) { return store::NextAuthority(tx, "waiting", after); });
    EXPECT_TRUE(next.ok());
    return *next;
  }
};
TINHSO_ON_BOTH_ENGINES(PortalStoreTest);

TEST_P(PortalStoreTest, AChangeDuringSendingIsSentAgain) {
  Change(5, 1, 100);
  const store::Row seen = List(5, "waiting").at(0);
  Change(5, 1, 200);
  ASSERT_TRUE(database().Write([&](db::Tx& tx) { return store::Sent(tx, seen, 77, 250); }).ok());
  const auto waiting = List(5, "waiting");
  ASSERT_EQ(waiting.size(), 1u);
  EXPECT_EQ(waiting[0].sent_event_id, 77);
  ASSERT_TRUE(database().Write([&](db::Tx& tx) { return store::Sent(tx, waiting[0], 78, 260); }).ok());
  EXPECT_TRUE(List(5, "waiting").empty());
}

TEST_P(PortalStoreTest, ARefusedOneWaitsForAPersonOrTheNextChange) {
  Change(5, 1, 100);
  Change(9, 2, 90);
  EXPECT_EQ(Next(0), 5);
  EXPECT_EQ(Next(5), 9);
  EXPECT_EQ(Next(9), std::nullopt);
  ASSERT_TRUE(database().Write([&](db::Tx& tx) { return store::Refused(tx, List(5, "waiting").at(0), "37", "Sai mã"); }).ok());
  EXPECT_EQ(Next(0), 9);
  ASSERT_EQ(List(5, "refused").at(0).error_text, "Sai mã");
  auto resent = [&](int64_t authority_id) {
    auto done = database().Write([&](db::Tx& tx) { return store::Resend(tx, authority_id, "H-1", 300); });
    return done.ok() && *done;
  };
  EXPECT_FALSE(resent(9));
  EXPECT_TRUE(resent(5));
  EXPECT_FALSE(resent(5));
  EXPECT_EQ(Next(0), 5);
}

}  // namespace
}  // namespace tinhso::portal
