#include "index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "base/json.h"

namespace tinhso::procedures {
namespace {

constexpr const char* kCatalogueFixture = TINHSO_SOURCE_DIR "/tests/fixtures/procedures/catalogue.txt";
constexpr const char* kQueriesFixture = TINHSO_SOURCE_DIR "/tests/fixtures/procedures/queries.json";
constexpr const char* kSynonymsFile = TINHSO_SOURCE_DIR "/packs/_common/synonyms.yaml";

std::vector<std::string> Cut(const std::string& line, char by) {
  std::vector<std::string> out(1);
  for (char c : line) {
    if (c == by) {
      out.emplace_back();
    } else {
      out.back() += c;
    }
  }
  return out;
}

std::vector<IndexEntry> ReadCatalogue() {
  std::vector<IndexEntry> out;
  std::ifstream in(kCatalogueFixture);
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    const auto cells = Cut(line, '|');
    if (cells.size() != 5) {
      ADD_FAILURE() << line;
      continue;
    }
    IndexEntry entry;
    entry.code = cells[0];
    entry.name = cells[1];
    entry.field = cells[2];
    entry.levels = Cut(cells[3], ',');
    entry.for_citizens = !cells[4].empty();
    out.push_back(std::move(entry));
  }
  return out;
}

// The bar of search: people's own words, mostly without accents, among real names; the right procedure is one
// of the first five, for every query.
TEST(IndexTest, EverydayWordsFindTheRightProcedureInTheFirstFive) {
  const std::vector<IndexEntry> entries = ReadCatalogue();
  ASSERT_GE(entries.size(), 250u);
  auto synonyms = ReadSynonyms(kSynonymsFile);
  ASSERT_TRUE(synonyms.ok()) << synonyms.error().detail;
  const Index index = Index::Build(entries, *synonyms);
  std::stringstream text;
  text << std::ifstream(kQueriesFixture).rdbuf();
  const json::value queries = json::Parse(text.str()).value();
  ASSERT_GE(queries.get_array().size(), 40u);
  for (const json::value& query : queries.get_array()) {
    const std::string words = json::GetText(query.get_object(), "q");
    const auto hits = index.Search(words);
    std::string first_five;
    bool right = false;
    bool all_of_field = hits.size() >= 5;
    const std::string field = json::GetText(query.get_object(), "field");
    for (size_t i = 0; i < std::min<size_t>(5, hits.size()); ++i) {
      const IndexEntry& entry = entries[hits[i].entry];
      first_five += "\n  " + entry.code + " " + entry.name;
      all_of_field = all_of_field && entry.field == field;
      if (const auto* codes = query.get_object().if_contains("codes")) {
        for (const json::value& code : codes->get_array()) right = right || code.get_string() == entry.code;
      }
    }
    EXPECT_TRUE(field.empty() ? right : all_of_field) << words << first_five;
  }
}

std::vector<IndexEntry> Names(const std::vector<std::string>& names) {
  std::vector<IndexEntry> out;
  for (const std::string& name : names)
    out.push_back({"1." + std::to_string(out.size()), name, {}, {}, "", {}, false, false});
  return out;
}

TEST(IndexTest, AccentsAndCaseDoNotMatter) {
  const Index index = Index::Build(Names({"Đăng ký khai sinh", "Cấp hộ chiếu"}), {});
  for (const char* words : {"DANG KY KHAI SINH", "đăng ký khai sinh", "Đăng  Ký, khai-sinh!"}) {
    ASSERT_FALSE(index.Search(words).empty()) << words;
    EXPECT_EQ(index.Search(words)[0].entry, 0u);
  }
}

// The plain procedure stands before its special cases.
TEST(IndexTest, ThePlainNameComesBeforeLongerOnes) {
  const Index index = Index::Build(Names({"Đăng ký kết hôn có yếu tố nước ngoài tại khu vực biên giới",
                                          "Đăng ký lại kết hôn", "Đăng ký kết hôn"}),
                                   {});
  EXPECT_EQ(index.Search("dang ky ket hon")[0].entry, 2u);
}

TEST(IndexTest, AWordBeingTypedFindsWhatItBegins) {
  const Index index = Index::Build(Names({"Đăng ký khai sinh", "Cấp hộ chiếu phổ thông"}), {});
  ASSERT_FALSE(index.Search("khai si").empty());
  EXPECT_EQ(index.Search("khai si")[0].entry, 0u);
  EXPECT_EQ(index.Search("ho chi").at(0).entry, 1u);
}

TEST(IndexTest, UnknownWordsAndSignsFindNothing) {
  const Index index = Index::Build(Names({"Đăng ký khai sinh"}), {});
  EXPECT_TRUE(index.Search("").empty());
  EXPECT_TRUE(index.Search("!!! ???").empty());
  EXPECT_TRUE(index.Search("xyzzy").empty());
  EXPECT_TRUE(Index::Build({}, {}).Search("khai sinh").empty());
}

TEST(IndexTest, ConfiguredProceduresWinTies) {
  auto entries = Names({"Đăng ký hộ kinh doanh", "Đăng ký hộ kinh doanh"});
  entries[1].configured = true;
  EXPECT_EQ(Index::Build(entries, {}).Search("ho kinh doanh")[0].entry, 1u);
}

std::string WriteTemp(const std::string& text) {
  const std::string path = ::testing::TempDir() + "tinhso_synonyms_test.yaml";
  std::ofstream(path) << text;
  return path;
}

TEST(SynonymsTest, ErrorsNameTheLine) {
  auto unknown = ReadSynonyms(WriteTemp("stop: [a]\nsynonims: []\n"));
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.error().reason, "synonyms_malformed");
  EXPECT_NE(unknown.error().detail.find("line 2"), std::string::npos) << unknown.error().detail;
  auto incomplete = ReadSynonyms(WriteTemp("synonyms:\n  - {say: [sổ đỏ]}\n"));
  ASSERT_FALSE(incomplete.ok());
  EXPECT_NE(incomplete.error().detail.find("line 2"), std::string::npos);
  auto broken = ReadSynonyms(WriteTemp("synonyms: [\n"));
  ASSERT_FALSE(broken.ok());
  EXPECT_EQ(broken.error().reason, "synonyms_malformed");
  EXPECT_EQ(ReadSynonyms("/nonexistent/synonyms.yaml").error().reason, "synonyms_unreadable");
}

}  // namespace
}  // namespace tinhso::procedures
