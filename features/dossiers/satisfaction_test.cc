// Questions after the result: versions by their day, one rating with its answers, what reports read of it.
#include "satisfaction.h"

#include <gtest/gtest.h>

#include "engines/packs/packs.h"
#include "fixture.h"

namespace tinhso::dossiers {
namespace {

constexpr const char* kTwoVersions = R"(
versions:
  - valid_from: 2026-06-01
    basis: "B"
    questions:
      - {id: overall, overall: true, title: {vi: "Chung", en: "Overall"}, levels: [{value: 1, score: 5, vi: "Tốt", en: "Good"}, {value: 0, score: 2, vi: "Kém", en: "Poor"}]}
  - valid_from: 2020-01-01
    basis: "A"
    questions:
      - {id: time, title: {vi: "Thời gian", en: "Time"}, levels: [{value: 2, vi: "Sớm", en: "Early"}, {value: 0, vi: "Trễ", en: "Late"}]}
      - {id: all, overall: true, title: {vi: "Chung", en: "Overall"}, levels: [{value: 1, score: 4, vi: "Tốt", en: "Good"}, {value: 0, score: 1, vi: "Kém", en: "Poor"}]}
)";

Result<std::vector<QuestionSet>> Sets(std::string yaml) {
  auto root = packs::YamlToJson(yaml, "satisfaction.yaml");
  EXPECT_TRUE(root.ok()) << (root.ok() ? "" : root.error().detail);
  if (!root.ok()) return root.error();
  return ReadQuestionSets(*root);
}

TEST(Questions, TheVersionInForceOnADayIsFound) {
  auto sets = Sets(kTwoVersions);
  ASSERT_TRUE(sets.ok());
  EXPECT_EQ(QuestionsOn(*sets, "2019-12-31"), nullptr);
  EXPECT_EQ(QuestionsOn(*sets, "2026-05-31")->basis, "A");
  EXPECT_EQ(QuestionsOn(*sets, "2026-06-01")->basis, "B");
  EXPECT_EQ(QuestionsOn(*sets, "2026-01-01")->Overall().id, "all");
}

// Each fault would let a rating in without its score, or two meanings under one name.
TEST(Questions, AFaultyFileIsRefused) {
  const std::string good = kTwoVersions;
  auto refused = [&](const std::string& from, const std::string& to) {
    std::string bad = good;
    bad.replace(bad.find(from), from.size(), to);
    auto sets = Sets(bad);
    return !sets.ok() && sets.error().reason == "pack_invalid";
  };
  EXPECT_TRUE(refused("id: time, title", "id: time, overall: true, title"));  // two overall questions, one without scores
  EXPECT_TRUE(refused("id: all, overall: true", "id: all"));
  EXPECT_TRUE(refused("id: time", "id: all"));
  EXPECT_TRUE(refused("id: time", "id: score"));
  EXPECT_TRUE(refused("value: 2, vi", "value: 0, vi"));
  EXPECT_TRUE(refused("score: 4", "score: 6"));
  EXPECT_TRUE(refused("2020-01-01", "2020-13-01"));
  EXPECT_TRUE(refused("en: \"Early\"", "en: \"\""));
}

class SatisfactionTest : public DossiersTest {
 protected:
  std::string Refused() {
    auto filed = Submit(Request(), citizen_);
    EXPECT_TRUE(filed.ok());
    const std::string code = filed.ok() ? json::GetText(*filed, "dossier_code") : "";
    EXPECT_TRUE(Act(code, "refuse", desk_, [](ActParams& p) { p.reason = "Không thuộc thẩm quyền"; }).ok());
    return code;
  }
  std::vector<Rated> RatedNow() {
    std::vector<Rated> all;
    const int64_t day = FactDay(clock_.NowUs());
    EXPECT_TRUE(service_->ForEachRated(orgs_->snapshot()->ByCode("H12.126")->authority_id, day, day, [&](const Rated& one) { all.push_back(one); }).ok());
    return all;
  }
};
TINHSO_ON_BOTH_ENGINES(SatisfactionTest);

TEST_P(SatisfactionTest, AnswersAreKeptByQuestionAndGiveTheScore) {
  ASSERT_TRUE(service_->LoadQuestions(TINHSO_SOURCE_DIR "/packs/_common/satisfaction.yaml").ok());
  const std::string code = Refused(), other = Refused();
  auto rated = Parsed(service_->Rate({code, 0, {{"overall", 0}, {"attitude", 2}}, "Chờ lâu"}, citizen_));
  ASSERT_TRUE(rated.ok());
  const json::object& rating = rated->at("rating").as_object();
  EXPECT_EQ(json::GetInt(rating, "score"), 1);  // "Không hài lòng"
  ASSERT_EQ(rating.at("answers").as_array().size(), 2u);
  const json::object& attitude = rating.at("answers").as_array()[0].as_object();
  EXPECT_EQ(json::GetText(attitude, "question_id"), "attitude");
  EXPECT_EQ(json::GetText(attitude.at("level").as_object(), "vi"), "Lịch sự, tận tình");
  // One star by itself goes on working, and has no answers.
  ASSERT_TRUE(service_->Rate({other, 4, {}, ""}, citizen_).ok());
  const auto all = RatedNow();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].score, 1);
  EXPECT_EQ(all[0].answers, (std::vector<std::pair<std::string, int64_t>>{{"attitude", 2}, {"overall", 0}}));
  EXPECT_EQ(all[0].question_set, "2018-06-21");
  EXPECT_EQ(all[1].score, 4);
  EXPECT_TRUE(all[1].answers.empty());
  EXPECT_EQ(all[1].question_set, "");
}

TEST_P(SatisfactionTest, WrongAnswersAreNamedAndNothingIsKept) {
  ASSERT_TRUE(service_->LoadQuestions(TINHSO_SOURCE_DIR "/packs/_common/satisfaction.yaml").ok());
  const std::string code = Refused();
  auto wrong = service_->Rate({code, 0, {{"attitude", 3}, {"weather", 1}}, ""}, citizen_);
  ASSERT_FALSE(wrong.ok());
  ASSERT_EQ(wrong.error().fields.size(), 3u);
  EXPECT_EQ(wrong.error().fields[0].reason, "field_option_unknown");
  EXPECT_EQ(wrong.error().fields[1].reason, "field_unknown");
  EXPECT_EQ(wrong.error().fields[2].pointer, "/answers/overall");
  EXPECT_EQ(wrong.error().fields[2].reason, "field_required");
  EXPECT_TRUE(RatedNow().empty());
  EXPECT_EQ(service_->Rate({code, 0, {{"overall", 2}}, ""}, desk_).error().reason, "rating_by_applicant_only");
}

}  // namespace
}  // namespace tinhso::dossiers
