#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "kernel/audit/audit.h"
#include "kernel/db_testing/db_testing.h"
#include "kernel/orgs/orgs.h"

namespace tinhso::orgs {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::EndsWith;
using ::testing::Field;
using ::testing::HasSubstr;

const std::string kPackDir = std::string(TINHSO_SOURCE_DIR) + "/packs/ca-mau/";

class OrgsLoaderTest : public db_testing::DbTest {
 protected:
  std::string File(const char* name, const std::string& text) {
    std::string path = temp_dir() + "/" + name;
    std::ofstream(path) << text;
    return path;
  }
  // Before the services: they keep a reference to the database, which migrating may open anew.
  const bool migrated_ = (Migrate({db::Migrations_kernel_audit(), db::Migrations_kernel_orgs()}), true);
  FixedClock clock_{FromLocal({2026, 11, 23}, 9 * 60)};
  Service service_{database(), clock_};
};
TINHSO_ON_BOTH_ENGINES(OrgsLoaderTest);

// The demo province as it is since 2025-07-01: 64 communes, each with a desk, three divisions and its police.
TEST_P(OrgsLoaderTest, CaMauHasItsUnits) {
  auto count = LoadUnitsFromYaml(service_, kPackDir + "units.yaml");
  ASSERT_TRUE(count.ok()) << count.error().detail;
  auto units = service_.snapshot();
  EXPECT_EQ(static_cast<size_t>(*count), units->all().size());
  auto communes = units->OfKind("commune");
  EXPECT_EQ(communes.size(), 64u);
  int wards = 0;
  for (const Unit* commune : communes) {
    EXPECT_EQ(units->DeskOf(commune->unit_id)->kind, "one_stop_desk") << commune->name;
    EXPECT_EQ(units->Children(commune->unit_id).size(), 5u);
    EXPECT_EQ(commune->area_code.size(), 5u);
    EXPECT_EQ(commune->valid_from_on, "2025-07-01");
    wards += commune->short_name.starts_with("Phường") ? 1 : 0;
  }
  EXPECT_EQ(wards, 9);
  for (const Unit* department : units->OfKind("department")) {
    EXPECT_EQ(units->DeskOf(department->unit_id)->kind, "one_stop_desk") << department->name;
  }
  EXPECT_EQ(units->ByAreaCode("32248")->short_name, "Xã Đất Mũi");
  EXPECT_EQ(units->ByCode("000.00.00.H12")->area_code, "96");
}

TEST_P(OrgsLoaderTest, LoadingTwiceChangesNothing) {
  ASSERT_TRUE(LoadUnitsFromYaml(service_, kPackDir + "units.yaml").ok());
  auto first = service_.snapshot();
  ASSERT_TRUE(LoadUnitsFromYaml(service_, kPackDir + "units.yaml").ok());
  auto second = service_.snapshot();
  ASSERT_EQ(first->all().size(), second->all().size());
  for (size_t i = 0; i < first->all().size(); ++i) {
    EXPECT_EQ(first->all()[i].unit_id, second->all()[i].unit_id);
    EXPECT_EQ(second->all()[i].version, 1);
  }
}

// Tết, the swaps and the new Culture Day are what due dates stand on.
TEST_P(OrgsLoaderTest, CaMauCalendarKnowsHolidaysAndSwaps) {
  auto count = LoadCalendarFromYaml(service_, kPackDir + "calendar.yaml");
  ASSERT_TRUE(count.ok()) << count.error().detail;
  auto units = service_.snapshot();
  const calendar::Calendar& calendar = units->CalendarOf(0);
  EXPECT_FALSE(calendar.IsWorkingDay({2026, 11, 24}));
  EXPECT_EQ(calendar.WhyOff({2026, 11, 24}), "Ngày Văn hóa Việt Nam");
  EXPECT_TRUE(calendar.IsWorkingDay({2026, 8, 22}));   // a Saturday worked
  EXPECT_FALSE(calendar.IsWorkingDay({2026, 8, 31}));  // a Monday off
  EXPECT_FALSE(calendar.IsWorkingDay({2026, 4, 27}));  // day in lieu
  EXPECT_FALSE(calendar.IsWorkingDay({2026, 2, 17}));
  EXPECT_TRUE(calendar.IsWorkingDay({2026, 11, 23}));
  EXPECT_EQ(calendar.WorkingMinutesOn({2026, 11, 23}), 480);
  for (int year : {2024, 2025, 2026, 2027}) EXPECT_GE(service_.SpecialDays(year)->size(), 11u) << year;
  const auto days = service_.SpecialDays(2026);
  ASSERT_TRUE(days.ok());
  for (const auto& day : *days) EXPECT_NE(day.source, "") << FormatDate(day.on);
}

TEST_P(OrgsLoaderTest, FaultsNameTheirLine) {
  std::string path = File("units.yaml",
                          "units:\n"
                          "  - {code: H1, kind: province, name: A, valid_from: 2025-07-01, parent: null}\n"
                          "  - {code: H1.1, kind: palace, name: B, valid_from: 2025-07-01, parent: H1}\n"
                          "  - {code: H1.2, kind: commune, name: C, valid_from: 2025-02-30, parent: H9}\n"
                          "  - {code: H1, kind: commune, name: D, valid_from: 2025-07-01, parent: H1, colour: red}\n"
                          "  - {kind: commune, name: E, valid_from: 2025-07-01, parent: H1}\n");
  auto loaded = LoadUnitsFromYaml(service_, path);
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(loaded.error().reason, "pack_invalid");
  auto fault = [](const char* line, const char* why) {
    return AllOf(Field(&FieldError::pointer, EndsWith(line)), Field(&FieldError::detail, HasSubstr(why)));
  };
  EXPECT_THAT(loaded.error().fields, Contains(fault(":3", "palace")));
  EXPECT_THAT(loaded.error().fields, Contains(fault(":4", "YYYY-MM-DD")));
  EXPECT_THAT(loaded.error().fields, Contains(fault(":4", "H9")));
  EXPECT_THAT(loaded.error().fields, Contains(fault(":5", "colour")));
  EXPECT_THAT(loaded.error().fields, Contains(fault(":5", "lặp lại")));
  EXPECT_THAT(loaded.error().fields, Contains(fault(":6", "code")));
  ASSERT_TRUE(service_.Load().ok());
  EXPECT_TRUE(service_.snapshot()->all().empty());
}

TEST_P(OrgsLoaderTest, BrokenFilesAreRefusedWithoutHarm) {
  for (const char* text : {"", "[]", "units: {", "units: []", "units: 5", "units: [5]", "units:\n  - [a, b]\n", "\t: x"}) {
    auto loaded = ReadUnitsYaml(File("bad.yaml", text));
    ASSERT_FALSE(loaded.ok()) << text;
    EXPECT_EQ(loaded.error().reason, "pack_invalid") << text;
  }
  EXPECT_FALSE(ReadUnitsYaml(temp_dir() + "/absent.yaml").ok());
}

TEST_P(OrgsLoaderTest, BadHoursAndDaysAreRefused) {
  auto read = [&](const std::string& text) { return ReadCalendarYaml(File("calendar.yaml", text)); };
  EXPECT_TRUE(read("hours: {monday: [\"07:00-11:00\"]}\ndays: []\n").ok());
  for (const char* hours : {"7:00-11:00", "11:00-07:00", "07:00-25:00", "07:60-08:00", "morning"}) {
    EXPECT_FALSE(read(std::string("hours: {monday: [\"") + hours + "\"]}\n").ok()) << hours;
  }
  EXPECT_FALSE(read("hours: {monday: [\"07:00-11:00\", \"10:00-12:00\"]}\n").ok());
  EXPECT_FALSE(read("hours: {funday: [\"07:00-11:00\"]}\n").ok());
  EXPECT_FALSE(read("hours: {}\ndays:\n  - {on: 2026-13-01, kind: holiday, name: a, source: b}\n").ok());
  EXPECT_FALSE(read("hours: {}\ndays:\n  - {on: 2026-01-01, kind: holiday, name: a}\n").ok());
  EXPECT_FALSE(read("days: []\n").ok());
}

}  // namespace
}  // namespace tinhso::orgs
