#include "kernel/orgs/orgs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kernel/audit/audit.h"
#include "kernel/db_testing/db_testing.h"
#include "store.h"

namespace tinhso::orgs {
namespace {

using ::testing::ElementsAre;

constexpr db::Sql kUnitEvents = "SELECT kind, data FROM unit_event WHERE unit_id = $1 ORDER BY event_id";
constexpr db::Sql kAuditKinds = "SELECT kind FROM audit_event ORDER BY kind";

class OrgsTest : public db_testing::DbTest {
 protected:
  void SetUp() override {
    ASSERT_TRUE(service_.Load().ok());
    Add({"H99", "", "province", "Ủy ban nhân dân tỉnh Mẫu", "Tỉnh Mẫu", "99", "2025-07-01", {"000.00.00.H99"}});
    Add({"H99.05", "H99", "department", "Sở Tư pháp tỉnh Mẫu", "Sở Tư pháp", "", "2025-07-01", {}});
    Add({"H99.05.02", "H99.05", "division", "Phòng Hành chính tư pháp", "", "", "2025-07-01", {}});
    Add({"H99.101", "H99", "commune", "Ủy ban nhân dân phường Đông Hồ", "Phường Đông Hồ", "99001", "2025-07-01", {}});
    Add({"H99.101.01", "H99.101", "one_stop_desk", "Trung tâm Phục vụ hành chính công phường Đông Hồ", "", "", "2025-07-01", {}});
    ASSERT_TRUE(service_.Load().ok());
    admin_.account_id = 7;
    admin_.authority_id = Id("H99");
  }
  int64_t Add(const Service::NewUnit& unit) {
    auto id = database().Write([&](db::Tx& tx) { return service_.UpsertUnit(tx, unit); });
    EXPECT_TRUE(id.ok()) << (id.ok() ? "" : id.error().reason);
    return id.ok() ? *id : 0;
  }
  int64_t Id(const char* code) {
    auto snapshot = service_.snapshot();
    const Unit* unit = snapshot->ByCode(code);
    return unit != nullptr ? unit->unit_id : 0;
  }
  // Before the services: they keep a reference to the database, which migrating may open anew.
  const bool migrated_ = (Migrate({db::Migrations_kernel_audit(), db::Migrations_kernel_orgs()}), true);
  FixedClock clock_{FromLocal({2026, 11, 23}, 9 * 60)};
  Service service_{database(), clock_};
  http::Principal admin_;
};
TINHSO_ON_BOTH_ENGINES(OrgsTest);

// Data belongs to the nearest authority above; a division's rows must land with its department, a desk's with its commune.
TEST_P(OrgsTest, AuthorityIsTheNearestAuthorityAbove) {
  auto units = service_.snapshot();
  EXPECT_EQ(units->ByCode("H99.05.02")->authority_id, Id("H99.05"));
  EXPECT_EQ(units->ByCode("H99.101.01")->authority_id, Id("H99.101"));
  EXPECT_EQ(units->ByCode("H99.05")->authority_id, Id("H99.05"));
  EXPECT_EQ(units->ByCode("H99")->authority_id, Id("H99"));
}

TEST_P(OrgsTest, FindsByAliasAndAreaCode) {
  auto units = service_.snapshot();
  EXPECT_EQ(units->ByCode("000.00.00.H99"), units->ByCode("H99"));
  EXPECT_EQ(units->ByAreaCode("99001")->unit_code, "H99.101");
  EXPECT_EQ(units->ByCode("H98"), nullptr);
  EXPECT_EQ(units->ByAreaCode(""), nullptr);
}

TEST_P(OrgsTest, SameUnitTwiceChangesNothing) {
  int64_t before = Id("H99.05");
  int64_t again = Add({"H99.05", "H99", "department", "Sở Tư pháp tỉnh Mẫu", "Sở Tư pháp", "", "2025-07-01", {}});
  ASSERT_TRUE(service_.Load().ok());
  EXPECT_EQ(again, before);
  EXPECT_EQ(service_.snapshot()->ById(before)->version, 1);
  EXPECT_EQ(service_.snapshot()->all().size(), 5u);
}

TEST_P(OrgsTest, UnknownParentAndKindAreRefused) {
  auto parent = database().Write([&](db::Tx& tx) {
    return service_.UpsertUnit(tx, {"H99.77", "H98", "department", "Sở Lạ", "", "", "2025-07-01", {}});
  });
  ASSERT_FALSE(parent.ok());
  EXPECT_EQ(parent.error().reason, "unit_parent_unknown");
  auto kind = database().Write([&](db::Tx& tx) {
    return service_.UpsertUnit(tx, {"H99.77", "H99", "ministry", "Bộ Lạ", "", "", "2025-07-01", {}});
  });
  ASSERT_FALSE(kind.ok());
  EXPECT_EQ(kind.error().reason, "unit_kind_unknown");
  ASSERT_TRUE(service_.Load().ok());
  EXPECT_EQ(service_.snapshot()->ByCode("H99.77"), nullptr);
}

// Rows of a unit carry its authority for ever: handing a division to another department would orphan them.
TEST_P(OrgsTest, MovingToAnotherAuthorityIsRefused) {
  auto moved = database().Write([&](db::Tx& tx) {
    return service_.UpsertUnit(tx, {"H99.05.02", "H99.101", "division", "Phòng Hành chính tư pháp", "", "", "2025-07-01", {}});
  });
  ASSERT_FALSE(moved.ok());
  EXPECT_EQ(moved.error().reason, "unit_authority_fixed");
}

TEST_P(OrgsTest, RenamingKeepsTheOldNameAndSurvivesThePack) {
  int64_t id = Id("H99.05");
  ASSERT_TRUE(service_.RenameUnit(id, "Sở Tư pháp và Hộ tịch tỉnh Mẫu", admin_).ok());
  EXPECT_EQ(service_.snapshot()->ById(id)->name, "Sở Tư pháp và Hộ tịch tỉnh Mẫu");
  Add({"H99.05", "H99", "department", "Sở Tư pháp tỉnh Mẫu", "Sở Tư pháp", "", "2025-07-01", {}});
  ASSERT_TRUE(service_.Load().ok());
  EXPECT_EQ(service_.snapshot()->ById(id)->name, "Sở Tư pháp và Hộ tịch tỉnh Mẫu");
  auto events = database().Read([&](db::Tx& tx) { return tx.Query(kUnitEvents, {id}); });
  ASSERT_TRUE(events.ok());
  ASSERT_EQ(events->size(), 2u);
  EXPECT_EQ((*events)[1].Text(0), "renamed");
  EXPECT_NE((*events)[1].Text(1).find("Sở Tư pháp tỉnh Mẫu"), std::string::npos);
  auto audited = database().Read([&](db::Tx& tx) { return tx.Query(kAuditKinds, {}); });
  ASSERT_TRUE(audited.ok());
  ASSERT_EQ(audited->size(), 1u);
  EXPECT_EQ((*audited)[0].Text(0), "unit.changed");
}

TEST_P(OrgsTest, RenamingAnAbsentUnitIsRefused) {
  auto status = service_.RenameUnit(12345, "x", admin_);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().reason, "unit_not_found");
}

TEST_P(OrgsTest, TreeQuestions) {
  auto units = service_.snapshot();
  EXPECT_TRUE(units->IsWithin(Id("H99.101.01"), Id("H99")));
  EXPECT_TRUE(units->IsWithin(Id("H99.101"), Id("H99.101")));
  EXPECT_FALSE(units->IsWithin(Id("H99.101.01"), Id("H99.05")));
  EXPECT_FALSE(units->IsWithin(1, Id("H99")));
  EXPECT_EQ(units->DeskOf(Id("H99.101"))->unit_code, "H99.101.01");
  EXPECT_EQ(units->DeskOf(Id("H99.05"))->unit_code, "H99.05");
  std::vector<std::string> codes;
  for (const Unit* unit : units->Children(Id("H99"))) codes.push_back(unit->unit_code);
  EXPECT_THAT(codes, ElementsAre("H99.05", "H99.101"));
  EXPECT_EQ(units->OfKind("commune").size(), 1u);
}

// People type without accents and only beginnings of words.
TEST_P(OrgsTest, SearchIgnoresAccentsAndTakesBeginningsOfWords) {
  auto units = service_.snapshot();
  auto one = [&](const char* query) {
    auto found = units->Find(query, "commune", 0);
    return found.empty() ? std::string() : found[0]->unit_code;
  };
  EXPECT_EQ(one("dong ho"), "H99.101");
  EXPECT_EQ(one("ĐÔNG HỒ"), "H99.101");
  EXPECT_EQ(one("phuong don"), "H99.101");
  EXPECT_EQ(one("ong"), "");
  EXPECT_EQ(units->Find("", "", Id("H99")).size(), 2u);
  EXPECT_EQ(units->Find("h99 101", "", 0).size(), 2u);
}

TEST_P(OrgsTest, SpecialDaysOfAnAdministratorOutliveThePack) {
  auto day = [&](int d, const char* name) {
    return calendar::SpecialDay{{2026, 11, d}, calendar::DayKind::kHoliday, name, "Thông báo thử"};
  };
  auto pack = [&](const calendar::SpecialDay& special) {
    ASSERT_TRUE(database().Write([&](db::Tx& tx) { return service_.AddSpecialDays(tx, {special}); }).ok());
  };
  pack(day(24, "Ngày Văn hóa Việt Nam"));
  pack(day(25, "Ngày thừa"));
  ASSERT_TRUE(service_.Load().ok());
  EXPECT_FALSE(service_.snapshot()->CalendarOf(Id("H99.101")).IsWorkingDay({2026, 11, 24}));
  ASSERT_TRUE(service_.DeleteSpecialDay({2026, 11, 25}, admin_).ok());
  ASSERT_TRUE(service_.PutSpecialDay(day(24, "Ngày Văn hóa (sửa)"), admin_).ok());
  EXPECT_TRUE(service_.snapshot()->CalendarOf(Id("H99.101")).IsWorkingDay({2026, 11, 25}));
  pack(day(24, "Ngày Văn hóa Việt Nam"));
  pack(day(25, "Ngày thừa"));
  auto days = service_.SpecialDays(2026);
  ASSERT_TRUE(days.ok());
  ASSERT_EQ(days->size(), 1u);
  EXPECT_EQ((*days)[0].name, "Ngày Văn hóa (sửa)");
  EXPECT_EQ(service_.SpecialDays(2025)->size(), 0u);
  auto gone = service_.DeleteSpecialDay({2026, 11, 25}, admin_);
  ASSERT_FALSE(gone.ok());
  EXPECT_EQ(gone.error().reason, "special_day_not_found");
}

// A desk open on Saturday mornings counts them; the rest of the province does not.
TEST_P(OrgsTest, OwnHoursApplyToTheUnitAndWhatIsUnderIt) {
  calendar::Hours hours = calendar::OfficeHours();
  hours.week[5] = {{420, 660}};
  ASSERT_TRUE(database().Write([&](db::Tx& tx) { return service_.SetHours(tx, Id("H99.101"), hours); }).ok());
  ASSERT_TRUE(service_.Load().ok());
  auto units = service_.snapshot();
  Date saturday{2026, 11, 28};
  EXPECT_TRUE(units->CalendarOf(Id("H99.101")).IsWorkingDay(saturday));
  EXPECT_TRUE(units->CalendarOf(Id("H99.101.01")).IsWorkingDay(saturday));
  EXPECT_FALSE(units->CalendarOf(Id("H99.05")).IsWorkingDay(saturday));
  EXPECT_FALSE(units->CalendarOf(0).IsWorkingDay(saturday));
}

// Readers keep the snapshot they took: a change never alters what they are reading.
TEST_P(OrgsTest, SnapshotIsImmutable) {
  auto before = service_.snapshot();
  ASSERT_TRUE(service_.RenameUnit(Id("H99.05"), "Tên mới", admin_).ok());
  EXPECT_EQ(before->ByCode("H99.05")->name, "Sở Tư pháp tỉnh Mẫu");
  EXPECT_EQ(service_.snapshot()->ByCode("H99.05")->name, "Tên mới");
}

TEST_P(OrgsTest, TheOlderOrderOfACodeFindsTheUnit) {
  EXPECT_EQ(OlderCode("H12"), "000.00.00.H12");
  EXPECT_EQ(OlderCode("H12.05"), "000.00.05.H12");
  EXPECT_EQ(OlderCode("H12.05.02"), "000.02.05.H12");
  EXPECT_EQ(OlderCode("H12.05.02.003"), "003.02.05.H12");
  EXPECT_EQ(OlderCode("H12.05.02.003.04"), "");
  EXPECT_EQ(OlderCode(""), "");
  EXPECT_EQ(service_.snapshot()->ByCode("000.02.05.H99")->unit_code, "H99.05.02");
}

}  // namespace
}  // namespace tinhso::orgs
