// A new version of a workflow under running dossiers: they keep theirs until an operator moves them, and then each knows it.
#include <filesystem>
#include <fstream>
#include <sstream>

#include "fixture.h"

namespace tinhso::dossiers {
namespace {

constexpr const char* kFlow = "commune-three-step";

class WorkflowMoveTest : public DossiersTest {
 protected:
  // The next version: `from` is written `to` all over the file.
  void PublishNext(const std::string& from, const std::string& to) {
    const std::string dir = temp_dir() + "/packs";
    std::filesystem::copy(TINHSO_SOURCE_DIR "/packs", dir, std::filesystem::copy_options::recursive);
    const std::string path = dir + "/ca-mau/workflows/" + kFlow + ".yaml";
    std::stringstream text;
    text << std::ifstream(path).rdbuf();
    std::string yaml = text.str();
    version_ = library_->FindWorkflow(kFlow, 0)->version();
    auto replace = [&](const std::string& a, const std::string& b) {
      for (size_t at = 0; (at = yaml.find(a, at)) != std::string::npos; at += b.size()) yaml.replace(at, a.size(), b);
    };
    replace("\nversion: " + std::to_string(version_), "\nversion: " + std::to_string(version_ + 1));
    replace(from, to);
    std::ofstream(path) << yaml;
    std::vector<packs::Problem> problems;
    auto pack = packs::Load(dir + "/ca-mau", &problems);
    ASSERT_TRUE(pack.ok()) << (problems.empty() ? "" : problems[0].message_en);
    ASSERT_TRUE(library_->Publish(*pack, 0).ok());
    ASSERT_EQ(library_->FindWorkflow(kFlow, 0)->version(), version_ + 1);
  }
  std::string Move(const std::map<std::string, std::string>& map = {}, bool dry_run = false) {
    auto moved = service_->MoveWorkflow({kFlow, version_, version_ + 1, map, dry_run});
    if (!moved.ok()) return moved.error().reason;
    std::string out = std::to_string(moved->moved) + " moved, " + std::to_string(moved->refused) + " refused";
    for (const std::string& line : moved->examples) out += "\n" + line;
    return out;
  }
  std::string Taken() {
    auto filed = Submit(Request(), citizen_);
    const std::string code = filed.ok() ? json::GetText(*filed, "dossier_code") : "";
    EXPECT_TRUE(Act(code, "accept", desk_).ok());
    EXPECT_TRUE(Act(code, "take", specialist_).ok());
    return code;
  }
  int64_t Differences() {
    auto found = service_->Recompute(nullptr);
    if (found.ok() && !found->examples.empty()) ADD_FAILURE() << found->examples[0];
    return found.ok() ? found->differences : -1;
  }
  int version_ = 0;
};
TINHSO_ON_BOTH_ENGINES(WorkflowMoveTest);

TEST_P(WorkflowMoveTest, ARenamedStateIsMappedAndTheRestGoesOn) {
  const std::string code = Taken();
  const json::array handovers = Get(code, specialist_)->at("handovers").as_array();
  PublishNext("in_process", "handling");
  EXPECT_EQ(Move(), "0 moved, 1 refused\n" + code + ": in_process state_missing");
  EXPECT_EQ(Move({{"in_process", "handling"}}, true), "1 moved, 0 refused");
  EXPECT_EQ(State(*Get(code, specialist_)), "in_process");  // a dry run
  EXPECT_EQ(Move({{"in_process", "handling"}}), "1 moved, 0 refused");
  EXPECT_EQ(Move({{"in_process", "handling"}}), "0 moved, 0 refused");
  auto dossier = Get(code, specialist_);
  EXPECT_EQ(State(*dossier), "handling");
  EXPECT_EQ(json::GetText(dossier->at("events").as_array().back().as_object(), "action"), "workflow_moved");
  EXPECT_EQ(dossier->at("handovers").as_array(), handovers);  // what was handed over is read as it was
  EXPECT_EQ(Differences(), 0);
  EXPECT_TRUE(Act(code, "propose", specialist_, [](ActParams& p) { p.result_text = "Độc thân"; }).ok());
  EXPECT_TRUE(Act(code, "approve", leader_).ok());
  EXPECT_EQ(Differences(), 0);
}

TEST_P(WorkflowMoveTest, AStepGoesOnUnderTheNewLimit) {
  const std::string code = Taken();
  PublishNext("step_limit: {value: 2, unit: working_day}", "step_limit: {value: 4, unit: working_day}");
  const std::string before = json::GetText(Get(code, specialist_)->at("step").as_object(), "due_at");
  EXPECT_EQ(Move(), "1 moved, 0 refused");
  EXPECT_GT(json::GetText(Get(code, specialist_)->at("step").as_object(), "due_at"), before);
  EXPECT_EQ(Differences(), 0);
  EXPECT_TRUE(Act(code, "propose", specialist_, [](ActParams& p) { p.result_text = "Độc thân"; }).ok());
  EXPECT_EQ(Differences(), 0);
}

TEST_P(WorkflowMoveTest, APausedDossierKeepsItsPauseAndAnEndedOneItsVersion) {
  const std::string paused = Taken(), done = Taken();
  ASSERT_TRUE(Act(paused, "request_supplement", specialist_, [](ActParams& p) { p.reason = "Thiếu giấy", p.items = {"Trích lục"}; }).ok());
  ASSERT_TRUE(Act(done, "withdraw", citizen_, [](ActParams& p) { p.reason = "Không cần nữa"; }).ok());
  PublishNext("step_limit: {value: 2, unit: working_day}", "step_limit: {value: 4, unit: working_day}");
  EXPECT_EQ(Move(), "1 moved, 0 refused");
  EXPECT_EQ(Differences(), 0);
  clock_.Set(FromLocal({2026, 11, 26}, 9 * 60));
  auto back = Act(paused, "supplement", citizen_, [](ActParams& p) { p.note = "Đã gửi"; });
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(State(*back), "in_process");
  EXPECT_EQ(Differences(), 0);
}

TEST_P(WorkflowMoveTest, WhatDoesNotExistIsRefused) {
  PublishNext("in_process", "handling");
  EXPECT_EQ(Move({{"in_process", "nowhere"}}), "workflow_map_unknown");
  EXPECT_EQ(service_->MoveWorkflow({kFlow, version_, 99, {}, false}).error().reason, "workflow_version_unknown");
  EXPECT_EQ(service_->MoveWorkflow({"nothing", 1, 2, {}, false}).error().reason, "workflow_version_unknown");
}

TEST_P(WorkflowMoveTest, ThePictureShowsWhereItIs) {
  const std::string code = Taken();
  auto picture = service_->WorkflowPicture(code, specialist_);
  ASSERT_TRUE(picture.ok());
  std::string current, visited;
  for (const json::value& v : picture->at("states").as_array()) {
    const json::object& s = v.as_object();
    if (s.at("current").as_bool()) current += json::GetText(s, "state");
    if (s.at("visited").as_bool()) visited += json::GetText(s, "state") + " ";
  }
  EXPECT_EQ(current, "in_process");
  EXPECT_EQ(visited, "submitted received in_process ");
  EXPECT_EQ(service_->WorkflowPicture(code, stranger_).error().reason, "dossier_not_found");
}

}  // namespace
}  // namespace tinhso::dossiers
