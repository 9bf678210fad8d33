// The index's arithmetic and its definition.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "engines/packs/packs.h"
#include "index766.h"

namespace tinhso::reports {
namespace {

json::value Delivered() {
  std::ifstream in(TINHSO_SOURCE_DIR "/packs/_common/indices/766.yaml");
  std::ostringstream text;
  text << in.rdbuf();
  auto file = packs::YamlToJson(text.str(), "766.yaml");
  EXPECT_TRUE(file.ok());
  return file.ok() ? *file : json::value();
}

TEST(Index766, TheDeliveredTableAddsUpToAHundred) {
  auto definition = ReadDefinition(Delivered(), "2026-12-31");
  ASSERT_TRUE(definition.ok()) << definition.error().detail;
  int64_t sum = 0;
  std::vector<int64_t> groups;
  for (const Group& group : definition->groups) {
    sum += group.points_hundredths;
    groups.push_back(group.points_hundredths / 100);
  }
  EXPECT_EQ(sum, 10'000);
  EXPECT_EQ(groups, (std::vector<int64_t>{18, 20, 22, 22, 18}));  // QĐ 766/QĐ-TTg
  EXPECT_EQ(ReadDefinition(Delivered(), "2022-06-22").error().reason, "index_not_configured");
}

// An administrator's correction holds from its day on and not before.
TEST(Index766, AnotherVersionHoldsFromItsDay) {
  json::value file = Delivered();
  json::array& versions = file.as_object()["versions"].as_array();
  json::object next = versions[0].as_object();
  next["valid_from"] = "2027-01-01";
  next["groups"].as_array()[1].as_object()["points"] = 30;
  next["groups"].as_array()[1].as_object()["components"].as_array()[0].as_object()["points"] = 30;
  versions.insert(versions.begin(), next);
  EXPECT_EQ(ReadDefinition(file, "2026-12-31")->groups[1].points_hundredths, 2000);
  EXPECT_EQ(ReadDefinition(file, "2027-01-01")->groups[1].points_hundredths, 3000);
}

TEST(Index766, AMistakeInTheTableIsNotGuessedAway) {
  auto refused = [](auto&& change) {
    json::value file = Delivered();
    change(file.as_object()["versions"].as_array()[0].as_object()["groups"].as_array()[1].as_object());
    auto definition = ReadDefinition(file, "2026-12-31");
    return definition.ok() ? std::string("taken") : definition.error().reason;
  };
  EXPECT_EQ(refused([](json::object& group) { group["points"] = 21; }), "pack_invalid");
  EXPECT_EQ(refused([](json::object& group) { group["components"].as_array()[0].as_object()["measure"] = "luck"; }), "pack_invalid");
  EXPECT_EQ(refused([](json::object& group) { group["components"].as_array()[0].as_object().erase("measure"); }), "pack_invalid");
  EXPECT_EQ(refused([](json::object& group) { group["components"].as_array()[0].as_object()["full_at"] = 0; }), "pack_invalid");
  EXPECT_EQ(refused([](json::object&) {}), "taken");
}

TEST(Index766, RatesAreRoundedAndPointsStopAtTheThreshold) {
  EXPECT_EQ(Hundredths(RateOf({1, 3})), "33.33");
  EXPECT_EQ(Hundredths(RateOf({2, 3})), "66.67");
  EXPECT_EQ(Hundredths(RateOf({7, 7})), "100.00");
  EXPECT_EQ(Hundredths(5), "0.05");
  Component c;
  c.points_hundredths = 600;
  c.full_at_percent = 50;
  EXPECT_EQ(PointsOf(c, {30, 100}), 360);   // 30 % of 50 %: three fifths of six points
  EXPECT_EQ(PointsOf(c, {50, 100}), 600);
  EXPECT_EQ(PointsOf(c, {99, 100}), 600);
  EXPECT_EQ(PointsOf(c, {0, 100}), 0);
}

TEST(Index766, WhatCountsAsGood) {
  using enum Measure;
  const CellSet online = Bit(kReceivedOnline), settled = Bit(kSettledOn), late = Bit(kSettledLate);
  EXPECT_EQ(PartOf(kOnTime, online | late, {}), Part::kCounted);
  EXPECT_EQ(PartOf(kOnTime, online | Bit(kInProgressLate), {}), Part::kCounted);
  EXPECT_EQ(PartOf(kOnTime, online | Bit(kSupplement), {}), Part::kGood);   // the person's time
  EXPECT_EQ(PartOf(kOnTime, online | Bit(kWithdrawn), {}), Part::kGood);    // counts as on time
  EXPECT_EQ(PartOf(kOnTime, Bit(kWaiting) | Bit(kFiled), {}), Part::kNotCounted);
  EXPECT_EQ(PartOf(kOnlineDossiers, online | settled, {}), Part::kCounted); // a paper result
  EXPECT_EQ(PartOf(kOnlineDossiers, online | settled, {true, false, false, 0}), Part::kGood);
  EXPECT_EQ(PartOf(kOnlineDossiers, Bit(kCarriedOver) | settled, {true, true, false, 5}), Part::kNotCounted);
  EXPECT_EQ(PartOf(kDigitised, online | settled, {true, false, false, 0}), Part::kCounted);
  EXPECT_EQ(PartOf(kDigitised, online | settled, {true, true, false, 0}), Part::kGood);
  EXPECT_EQ(PartOf(kReused, online | settled, {true, true, false, 0}), Part::kCounted);
  EXPECT_EQ(PartOf(kReused, online | settled, {true, true, true, 0}), Part::kGood);
  EXPECT_EQ(PartOf(kReused, online | Bit(kInProgressWithin), {false, true, true, 0}), Part::kNotCounted);
  EXPECT_EQ(PartOf(kSatisfied, online | settled, {true, true, false, 2}), Part::kCounted);
  EXPECT_EQ(PartOf(kSatisfied, online | settled, {true, true, false, 0}), Part::kGood);
  EXPECT_EQ(PartOf(kSatisfied, online | late, {true, true, false, 5}), Part::kCounted);
}

}  // namespace
}  // namespace tinhso::reports
