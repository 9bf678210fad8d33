#include <gmock/gmock.h>

#include <fstream>

#include "kernel/areas/areas.h"
#include "kernel/audit/audit.h"
#include "kernel/db_testing/db_testing.h"

namespace tinhso::areas {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

constexpr const char* kBefore = "2025-06-30";
constexpr const char* kToday = "2026-11-23";

std::string Fixture(const char* name) { return std::string(TINHSO_SOURCE_DIR "/tests/fixtures/areas/") + name; }

class AreasTest : public db_testing::DbTest {
 protected:
  std::vector<std::string> Files() {
    // Not in the order they are needed: the import sorts them by what they are.
    return {Fixture("mapping.csv"), Fixture("aliases.csv"), Fixture("communes.csv"), Fixture("before.csv"), Fixture("provinces.csv")};
  }
  ImportReport Import() {
    auto report = service_.Import(Files(), {});
    EXPECT_TRUE(report.ok()) << (report.ok() ? "" : report.error().reason + report.error().detail);
    return report.ok() ? *report : ImportReport{};
  }
  std::string Write(const std::string& name, const std::string& text) {
    std::string path = temp_dir() + "/" + name;
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }
  std::vector<std::string> CodesOf(const std::vector<Choice>& choices) {
    std::vector<std::string> out;
    for (const Choice& choice : choices) out.push_back(choice.area->area_code);
    return out;
  }
  std::vector<std::string> NewOf(const char* old_code) {
    auto areas = service_.snapshot();
    return CodesOf(areas->Convert(*areas->On(old_code, kBefore), kToday));
  }

  const bool migrated_ = (Migrate({db::Migrations_kernel_audit(), db::Migrations_kernel_areas()}), true);
  FixedClock clock_{FromLocal({2026, 11, 23}, 9 * 60)};
  Service service_{database(), clock_};
};
TINHSO_ON_BOTH_ENGINES(AreasTest);

TEST_P(AreasTest, EveryListIsLoadedAndCounted) {
  ImportReport report = Import();
  EXPECT_EQ(report.bad, 0) << report.ToJsonLine();
  EXPECT_EQ(report.before.provinces, 2);
  EXPECT_EQ(report.before.districts, 6);
  EXPECT_EQ(report.before.communes, 14);
  EXPECT_EQ(report.after.provinces, 1);
  EXPECT_EQ(report.after.districts, 0);
  EXPECT_EQ(report.after.communes, 13);
  EXPECT_EQ(report.split, 3);
  EXPECT_EQ(report.without_successor, 0);
  EXPECT_EQ(report.unlisted, 1);
}

// Operators run an import again when in doubt.
TEST_P(AreasTest, ASecondImportChangesNothing) {
  ImportReport first = Import();
  ImportReport second = Import();
  EXPECT_EQ(second.added + second.changed, 0) << second.ToJsonLine();
  EXPECT_EQ(second.unchanged + second.bad + second.repeated, second.lines);
  EXPECT_EQ(second.split, first.split);
  EXPECT_EQ(second.unlisted, first.unlisted);
  Service other(database(), clock_);
  ASSERT_TRUE(other.Load().ok());
  EXPECT_EQ(other.snapshot()->all().size(), service_.snapshot()->all().size());
}

// Facts of NQ 1655/NQ-UBTVQH15 and its sisters, as printed there.
TEST_P(AreasTest, OldCommunesBecomeTheNewOnesOfTheResolutions) {
  Import();
  EXPECT_THAT(NewOf("31999"), ElementsAre("32002"));           // Phường 9 → Phường An Xuyên
  EXPECT_THAT(NewOf("32023"), ElementsAre("32002"));           // Xã An Xuyên → Phường An Xuyên
  EXPECT_THAT(NewOf("31813"), ElementsAre("31825"));           // Phường 2, Bạc Liêu → Phường Bạc Liêu
  EXPECT_THAT(NewOf("32116"), ElementsAre("32110"));           // Xã Khánh Bình Đông → Xã Khánh Bình
  EXPECT_THAT(NewOf("32017"), ElementsAre("32025", "32041"));  // Phường 6 was divided
  EXPECT_THAT(NewOf("32053"), ElementsAre("32044", "32059", "32062"));
  EXPECT_THAT(NewOf("95"), ElementsAre("96"));
}

// The code of a new commune may have named another area before: the day decides.
TEST_P(AreasTest, OneCodeNamesTwoAreasAtTwoTimes) {
  Import();
  auto areas = service_.snapshot();
  EXPECT_EQ(areas->On("32002", kBefore)->name, "Phường 2");
  EXPECT_EQ(areas->On("32002", "2025-07-01")->name, "Phường An Xuyên");
  EXPECT_EQ(areas->On("32053", kToday), nullptr);
  EXPECT_EQ(areas->PathOf(*areas->On("32002", kBefore)), "Phường 2, Thành phố Cà Mau, Tỉnh Cà Mau");
  EXPECT_EQ(areas->PathOf(*areas->On("32002", kToday)), "Phường An Xuyên, Tỉnh Cà Mau");
  EXPECT_EQ(areas->Children("96", kBefore).size(), 4u);
  EXPECT_EQ(areas->Children("96", kToday).size(), 13u);
  EXPECT_EQ(areas->Children("", kBefore).size(), 2u);
}

TEST_P(AreasTest, TodaysAreaIsItsOwnSuccessorAndKnowsWhatItWas) {
  Import();
  auto areas = service_.snapshot();
  const Area* now = areas->On("32002", kToday);
  EXPECT_THAT(CodesOf(areas->Convert(*now, kToday)), ElementsAre("32002"));
  std::vector<std::string> was;
  for (const Area* area : areas->PredecessorsOf(*now)) was.push_back(area->name);
  EXPECT_THAT(was, UnorderedElementsAre("Phường 9", "Phường 2", "Phường 1", "Xã An Xuyên"));
}

TEST_P(AreasTest, ADistrictBecomesTheCommunesItsCommunesBecame) {
  Import();
  EXPECT_THAT(NewOf("964"), ElementsAre("32002", "32025", "32041"));
  EXPECT_THAT(NewOf("954"), ElementsAre("31825"));
}

TEST_P(AreasTest, AnAliasFindsItsArea) {
  Import();
  EXPECT_EQ(service_.snapshot()->On("32003", kToday)->name, "Phường An Xuyên");
  EXPECT_THAT(service_.snapshot()->AliasesOf("32002"), ElementsAre("32003"));
}

TEST_P(AreasTest, WrittenAddressesAreRead) {
  Import();
  auto areas = service_.snapshot();
  struct Case {
    const char* address;
    const char* old_code;
    const char* detail;
    std::vector<std::string> now;
  };
  const Case cases[] = {
      {"Số 5, ấp 3, xã Khánh Bình Đông, huyện Trần Văn Thời, tỉnh Cà Mau", "32116", "Số 5, ấp 3", {"32110"}},
      {"12 Phan Ngọc Hiển, P.9, TP. Cà Mau, Cà Mau", "31999", "12 Phan Ngọc Hiển", {"32002"}},
      {"p2 tp bac lieu tinh bac lieu", "31813", "", {"31825"}},
      {"ấp Kinh 5, Xã Nguyễn Phích, U Minh", "32053", "ấp Kinh 5", {"32044", "32059", "32062"}},
      {"Phường 01, thị xã Giá Rai, tỉnh Bạc Liêu", "31942", "", {"31942"}},
      {"xã Đất Mũi huyện Ngọc Hiển", "32248", "", {"32248"}},
      {"Xã Tắc Vân cũ", "32029", "", {"32025"}},
  };
  for (const Case& c : cases) {
    auto readings = areas->Read(c.address, kToday);
    ASSERT_FALSE(readings.empty()) << c.address;
    EXPECT_EQ(readings[0].area->area_code, c.old_code) << c.address;
    EXPECT_EQ(readings[0].detail, c.detail) << c.address;
    EXPECT_EQ(CodesOf(readings[0].choices), c.now) << c.address;
  }
  EXPECT_TRUE(areas->Read("số 5 đường không tên", kToday).empty());
  EXPECT_TRUE(areas->Read("", kToday).empty());
  EXPECT_TRUE(areas->Read(std::string(5000, ','), kToday).empty());
}

// "Phường 1" was in three towns: without the town the person is asked, with it not.
TEST_P(AreasTest, AnUnclearNameGivesEveryReading) {
  Import();
  auto areas = service_.snapshot();
  std::vector<std::string> codes;
  for (const Reading& reading : areas->Read("Phường 1", kToday)) codes.push_back(reading.area->area_code);
  EXPECT_THAT(codes, UnorderedElementsAre("31825", "31942", "32005"));
  EXPECT_EQ(areas->Read("Phường 1, thành phố Cà Mau", kToday).size(), 1u);
}

// A name that stands in many provinces: the installation's own come first, the others are still there.
TEST_P(AreasTest, OnesOwnProvinceComesFirst) {
  ASSERT_TRUE(service_.Adopt({{"79", "province", "Thành phố Hồ Chí Minh", "", "", "", true},
                              {"00001", "commune", "Phường 1", "79", "", "2025-06-30", true},
                              {"00002", "commune", "Phường Bến Thành", "79", "2025-07-01", "", true}}).ok());
  Import();
  auto areas = service_.snapshot();
  EXPECT_EQ(areas->Read("Phường 1", kToday)[0].area->area_code, "00001");
  auto readings = areas->Read("Phường 1", kToday, "96");
  EXPECT_EQ(readings.size(), 4u);
  EXPECT_NE(readings[0].area->area_code, "00001");
  EXPECT_EQ(readings[3].area->area_code, "00001");
  EXPECT_EQ(areas->Read("12 Lý Thường Kiệt, p1, TP.HCM", kToday, "96")[0].area->area_code, "00001");
}

TEST_P(AreasTest, TheHamletOfTheMappingPicksThePartOfASplitCommune) {
  Import();
  auto areas = service_.snapshot();
  auto readings = areas->Read("Khóm 2, phường 6, thành phố Cà Mau", kToday);
  ASSERT_EQ(readings.size(), 1u);
  ASSERT_EQ(readings[0].choices.size(), 2u);
  EXPECT_EQ(readings[0].choices[0].area->area_code, "32025");
  EXPECT_TRUE(readings[0].choices[0].suggested);
  EXPECT_FALSE(readings[0].choices[1].suggested);
  EXPECT_FALSE(areas->Read("Khóm 22, phường 6, thành phố Cà Mau", kToday)[0].choices[0].suggested);
}

TEST_P(AreasTest, SearchNeedsNoAccentsAndPutsTheNameFirst) {
  Import();
  auto areas = service_.snapshot();
  auto first = [&](const char* query, Snapshot::Which which) {
    auto found = areas->Find(query, "", which, kToday);
    return found.empty() ? std::string() : found[0]->area_code + " " + found[0]->name;
  };
  EXPECT_EQ(first("an xuyen", Snapshot::Which::kOn), "32002 Phường An Xuyên");
  EXPECT_EQ(first("an xuyen", Snapshot::Which::kFormer), "32023 Xã An Xuyên");
  EXPECT_EQ(first("khanh binh tran van thoi", Snapshot::Which::kFormer), "32110 Xã Khánh Bình");
  EXPECT_EQ(first("32041", Snapshot::Which::kOn), "32041 Phường Hoà Thành");
  EXPECT_EQ(first("anh binh", Snapshot::Which::kAll), "");
}

TEST_P(AreasTest, BadLinesAreReportedWithTheirNumbersAndTheRestGoesOn) {
  std::string path = Write("before.csv",
                           "level,code,full_name,parent_code\n"
                           "1,96,Tỉnh Cà Mau,\n"
                           "2,abc,Huyện Hỏng,96\n"
                           "2,968,Huyện Trần Văn Thời,96\n"
                           "3,32110,Xã Khánh Bình,999\n"
                           "\"3\",\"32116\",\"Xã \"\"Khánh\"\" Bình Đông\",968\n"
                           "7,32117,Xã Lạ,968\n"
                           "3,32118,,968\n"
                           "3,32119,Xã \xff,968\n");
  auto report = service_.Import({path}, {});
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->added, 3);
  std::vector<std::string> bad;
  for (const BadLine& line : report->bad_lines) bad.push_back(std::to_string(line.line) + " " + line.reason);
  EXPECT_THAT(bad, ElementsAre("3 area_code_malformed", "5 area_parent_unknown", "7 area_level_unknown", "8 area_name_malformed",
                               "9 text_not_utf8"));
  EXPECT_EQ(service_.snapshot()->On("32116", kBefore)->name, "Xã \"Khánh\" Bình Đông");
  EXPECT_EQ(report->without_successor, 1);
}

TEST_P(AreasTest, AnUnknownHeaderStopsBeforeAnythingIsStored) {
  std::string path = Write("other.csv", "a,b\n1,2\n");
  EXPECT_EQ(service_.Import({Fixture("before.csv"), path}, {}).error().reason, "import_header_unknown");
  EXPECT_EQ(service_.Import({temp_dir() + "/none.csv"}, {}).error().reason, "import_file_unreadable");
  ASSERT_TRUE(service_.Load().ok());
  EXPECT_TRUE(service_.snapshot()->all().empty());
}

// A later reorganisation by an administrator outlives a repeated import, and old addresses follow both.
TEST_P(AreasTest, SuccessionsChainOverTwoReorganisations) {
  Import();
  ASSERT_TRUE(database().Write([&](db::Tx& tx) {
    return service_.Succeed(tx, {"32002", "32025"}, {"32002", "commune", "Phường Cà Mau", "96", "", "", true}, "2026-12-01", "NQ thử");
  }).ok());
  Import();
  auto areas = service_.snapshot();
  EXPECT_EQ(areas->On("32002", "2026-11-30")->name, "Phường An Xuyên");
  EXPECT_EQ(areas->On("32002", "2026-12-01")->name, "Phường Cà Mau");
  EXPECT_EQ(areas->On("32025", "2026-12-01"), nullptr);
  auto end = areas->Convert(*areas->On("32017", kBefore), "2026-12-01");
  EXPECT_THAT(CodesOf(end), ElementsAre("32002", "32041"));
  EXPECT_EQ(end[0].area->name, "Phường Cà Mau");
  EXPECT_EQ(areas->Convert(*areas->On("31999", kBefore), "2026-12-01")[0].area->name, "Phường Cà Mau");
  EXPECT_EQ(areas->Convert(*areas->On("31999", kBefore), "2026-11-30")[0].area->name, "Phường An Xuyên");
}

// The demo province has no lists: what its units govern is enough for addresses of today.
TEST_P(AreasTest, AdoptedAreasYieldToAnImport) {
  ASSERT_TRUE(service_.Adopt({{"96", "province", "Tỉnh Cà Mau", "", "2025-07-01", "", true},
                              {"32002", "commune", "Phường An Xuyên", "96", "2025-07-01", "", true}}).ok());
  EXPECT_EQ(service_.snapshot()->Children("96", kToday).size(), 1u);
  EXPECT_EQ(Import().after.communes, 13);
  ASSERT_TRUE(service_.Adopt({{"32002", "commune", "Tên khác", "96", "2025-07-01", "", true}}).ok());
  EXPECT_EQ(service_.snapshot()->On("32002", kToday)->name, "Phường An Xuyên");
}

TEST_P(AreasTest, BoundariesAreStoredForEachZoomAndSharedBordersStayShared) {
  Import();
  auto report = service_.ImportBoundaries(Fixture("boundaries.geojson"), kToday);
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->stored, 3);
  ASSERT_EQ(report->bad_lines.size(), 1u);
  EXPECT_EQ(report->bad_lines[0].line, 4);
  EXPECT_EQ(report->bad_lines[0].reason, "area_unknown");
  auto coarse = service_.Boundaries("96", kToday, 0);
  auto fine = service_.Boundaries("96", kToday, 2);
  ASSERT_TRUE(coarse.ok() && fine.ok());
  EXPECT_EQ(coarse->find("105.2003"), std::string::npos);
  // The bend of the common border stands in both neighbours.
  size_t first = fine->find("[105.20030,9.22500]");
  ASSERT_NE(first, std::string::npos);
  EXPECT_NE(fine->find("[105.20030,9.22500]", first + 1), std::string::npos);
  // The islet is drawn near by only.
  EXPECT_EQ(coarse->find("105.05"), std::string::npos);
  EXPECT_NE(fine->find("105.05"), std::string::npos);
  EXPECT_EQ(boost::json::parse(*coarse).as_object().at("features").as_array().size(), 3u);
  EXPECT_EQ(service_.ImportBoundaries(Fixture("boundaries.geojson"), kToday)->stored, 0);
}

TEST_P(AreasTest, DamagedGeoJsonIsRefused) {
  EXPECT_EQ(service_.ImportBoundaries(Write("a.geojson", "{"), kToday).error().reason, "import_geojson_malformed");
  EXPECT_EQ(service_.ImportBoundaries(Write("b.geojson", R"({"features":{}})"), kToday).error().reason, "import_geojson_malformed");
  EXPECT_EQ(service_.ImportBoundaries(temp_dir() + "/none", kToday).error().reason, "import_file_unreadable");
  Import();
  auto report = service_.ImportBoundaries(
      Write("c.geojson", R"({"features":[{"id":"32002","geometry":{"type":"Polygon","coordinates":[[[1,2],[3,"x"],[5,6],[1,2]]]}},
                             {"id":"32002","geometry":{"type":"Polygon","coordinates":[[[200,2],[3,4],[5,6],[200,2]]]}},
                             {"id":"32002","geometry":{"type":"Point","coordinates":[1,2]}},7]})"),
      kToday);
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->bad, 4);
  EXPECT_EQ(report->stored, 0);
}

}  // namespace
}  // namespace tinhso::areas
