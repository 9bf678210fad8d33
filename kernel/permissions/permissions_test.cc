#include "kernel/permissions/permissions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tinhso::permissions {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

// Deny by default: a word nobody wrote into the table gives nothing.
TEST(Permissions, UnknownRoleGivesNothing) {
  EXPECT_FALSE(IsRole("root"));
  EXPECT_FALSE(IsRole(""));
  EXPECT_THAT(PermissionsOf({"root", "Administrator", ""}), IsEmpty());
  EXPECT_THAT(PermissionsOf({}), IsEmpty());
}

TEST(Permissions, CitizenMaySubmitAndReadOwnOnly) {
  EXPECT_THAT(PermissionsOf({"citizen"}), ElementsAre("dossier.read_own", "dossier.submit"));
}

// Whoever gives out accounts must not read people's dossiers with them.
TEST(Permissions, AdministratorReadsNoDossier) {
  auto words = PermissionsOf({"administrator"});
  EXPECT_THAT(words, Contains("accounts.admin"));
  for (const char* word : {"dossier.read", "dossier.act", "dossier.receive", "inbox.read", "person.search"}) {
    EXPECT_THAT(words, Not(Contains(word)));
  }
}

TEST(Permissions, OnlyTheLeaderAssignsAndOnlyTheOneStopReceives) {
  for (const Role& role : Roles()) {
    auto words = PermissionsOf({role.role});
    EXPECT_EQ(std::count(words.begin(), words.end(), "dossier.assign") == 1, std::string(role.role) == "leader");
    EXPECT_EQ(std::count(words.begin(), words.end(), "dossier.receive") == 1, std::string(role.role) == "one_stop_officer");
  }
}

TEST(Permissions, UnionIsSortedWithoutRepeats) {
  auto words = PermissionsOf({"specialist", "leader", "specialist"});
  EXPECT_TRUE(std::is_sorted(words.begin(), words.end()));
  EXPECT_EQ(std::adjacent_find(words.begin(), words.end()), words.end());
  EXPECT_EQ(words, PermissionsOf({"leader"}));
}

TEST(Permissions, EveryRoleIsNamedInBothLanguages) {
  for (const Role& role : Roles()) {
    EXPECT_TRUE(IsRole(role.role));
    EXPECT_STRNE(role.vi, "");
    EXPECT_STRNE(role.en, "");
    for (const char* word : role.permissions) EXPECT_THAT(AllPermissions(), Contains(word));
  }
}

}  // namespace
}  // namespace tinhso::permissions
