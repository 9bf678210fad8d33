#include "engines/workflow/workflow.h"

#include <gtest/gtest.h>

namespace tinhso::workflow {
namespace {

bool RoleKnown(std::string_view role) { return role == "one_stop_officer" || role == "specialist" || role == "leader"; }

json::value J(std::string_view text) { return boost::json::parse(boost::json::string_view(text.data(), text.size())); }

std::string WorkflowText(std::string_view states, std::string_view transitions) {
  return R"({"workflow":"test","version":2,"title":{"vi":"Thử","en":"Test"},"initial":"submitted","states":[)" + std::string(states) +
         R"(],"transitions":[)" + std::string(transitions) + "]}";
}

std::string StateText(const std::string& id, const std::string& clock, const std::string& more = {}) {
  const std::string end = more.empty() ? (clock == "stopped" ? R"("final":true)" : R"("holder":{"role":"specialist","unit":"handling"})") : more;
  const std::string national = clock == "waiting" ? "1" : clock == "paused" ? "5" : clock == "stopped" ? "9" : "4";
  return R"({"id":")" + id + R"(","title":{"vi":"T"},"national_state":)" + national + R"(,"clock":")" + clock + "\"," + end + "}";
}

std::string Step(const std::string& action, const std::string& from, const std::string& to, const std::string& by, const std::string& effects = {}) {
  return R"({"action":")" + action + R"(","title":{"vi":"T"},"from":[")" + from + R"("],"to":")" + to + R"(","by":")" + by +
         R"(","effects":[)" + effects + "]}";
}

const std::string kSubmitted = StateText("submitted", "waiting"), kWorking = StateText("working", "running"),
                  kPaused = StateText("paused", "paused", R"("holder":"applicant")"), kDone = StateText("done", "stopped");
const std::string kAccept = Step("accept", "submitted", "working", "one_stop_officer", R"("start_clock")"),
                  kApprove = Step("approve", "working", "done", "leader", R"("issue_result","stop_clock")"),
                  kAsk = Step("request_supplement", "working", "paused", "specialist", R"("pause_clock","count_supplement")"),
                  kAnswer = Step("supplement", "paused", "$back", "applicant", R"("resume_clock")");

// All problems as "pointer reason word", one a line.
std::string ProblemsOf(const std::string& text) {
  auto flow = Workflow::FromJson(J(text), RoleKnown);
  if (flow.ok()) return "";
  EXPECT_EQ(flow.error().reason, "workflow_invalid");
  std::string out;
  for (const auto& e : flow.error().fields) out += e.pointer + " " + e.reason + (e.detail.empty() ? "" : " " + e.detail) + "\n";
  return out;
}

TEST(WorkflowTest, ASoundWorkflowAnswersWhoMayDoWhat) {
  auto flow = Workflow::FromJson(J(WorkflowText(kSubmitted + "," + kWorking + "," + kPaused + "," + kDone,
                                                kAccept + "," + kApprove + "," + kAsk + "," + kAnswer)), RoleKnown);
  ASSERT_TRUE(flow.ok()) << flow.error().detail;
  EXPECT_EQ(flow->id(), "test");
  EXPECT_EQ(flow->version(), 2);
  EXPECT_EQ(flow->initial().id, "submitted");
  EXPECT_EQ(flow->FindState("gone"), nullptr);
  EXPECT_TRUE(flow->FindState("paused")->holder_applicant);
  EXPECT_EQ(flow->FindState("working")->holder_unit, "handling");
  ASSERT_NE(flow->Find("submitted", "accept", {"leader", "one_stop_officer"}), nullptr);
  EXPECT_EQ(flow->Find("submitted", "accept", {"leader"}), nullptr);
  EXPECT_EQ(flow->Find("working", "accept", {"one_stop_officer"}), nullptr);
  EXPECT_EQ(flow->Find("working", "approve", {}), nullptr);
  const auto* approve = flow->Find("working", "approve", {"leader"});
  ASSERT_NE(approve, nullptr);
  EXPECT_TRUE(approve->Has("issue_result"));
  EXPECT_FALSE(approve->Has("hand_over"));
  EXPECT_EQ(flow->Allowed("working", {"specialist", "leader"}).size(), 2u);
  EXPECT_EQ(flow->Allowed("paused", {kApplicant}).size(), 1u);
  EXPECT_TRUE(flow->Allowed("done", {"leader", "specialist", "one_stop_officer", kApplicant}).empty());
}

// One actor holding two roles must see one button, not two.
TEST(WorkflowTest, AnActionOfTwoRolesIsAllowedOnce) {
  const std::string other = Step("approve", "working", "done", "specialist", R"("stop_clock")");
  auto flow = Workflow::FromJson(J(WorkflowText(kSubmitted + "," + kWorking + "," + kDone, kAccept + "," + kApprove + "," + other)), RoleKnown);
  ASSERT_TRUE(flow.ok()) << flow.error().detail;
  EXPECT_EQ(flow->Allowed("working", {"leader", "specialist"}).size(), 1u);
}

struct BadWorkflow {
  const char* name;
  std::string states, transitions, problems;
  friend void PrintTo(const BadWorkflow& b, std::ostream* out) { *out << b.name; }
};

class BadWorkflowTest : public ::testing::TestWithParam<BadWorkflow> {};

TEST_P(BadWorkflowTest, IsRefusedWithItsPlace) {
  EXPECT_EQ(ProblemsOf(WorkflowText(GetParam().states, GetParam().transitions)), GetParam().problems);
}

const std::string kBase = kSubmitted + "," + kWorking + "," + kDone, kSteps = kAccept + "," + kApprove;

INSTANTIATE_TEST_SUITE_P(
    , BadWorkflowTest,
    ::testing::Values(
        BadWorkflow{"Sound", kBase, kSteps, ""},
        BadWorkflow{"UnreachableState", kBase + "," + StateText("lost", "running"),
                    kSteps + "," + Step("take", "lost", "working", "specialist"), "/states/3 state_unreachable lost\n"},
        BadWorkflow{"StateWithoutWayOut", kBase + "," + StateText("stuck", "running"),
                    kSteps + "," + Step("take", "working", "stuck", "specialist"), "/states/3 state_without_way_out stuck\n"},
        BadWorkflow{"FinalStateWithWayOut", kBase, kSteps + "," + Step("take", "done", "working", "specialist"),
                    "/transitions/2/from final_state_has_way_out done\n"},
        BadWorkflow{"NoFinalState", kSubmitted + "," + kWorking, kAccept + "," + Step("take", "working", "working", "specialist"),
                    "/states no_final_state\n"},
        BadWorkflow{"UnknownRole", kBase, kAccept + "," + Step("approve", "working", "done", "mayor", R"("stop_clock")"),
                    "/transitions/1/by role_unknown mayor\n"},
        BadWorkflow{"UnknownHolderRole", kSubmitted + "," + StateText("working", "running", R"("holder":{"role":"mayor","unit":"handling"})") + "," + kDone,
                    kSteps, "/states/1/holder/role role_unknown mayor\n"},
        BadWorkflow{"UnknownHolderUnit", kSubmitted + "," + StateText("working", "running", R"("holder":{"role":"leader","unit":"moon"})") + "," + kDone,
                    kSteps, "/states/1/holder/unit holder_unit_unknown moon\n"},
        BadWorkflow{"NoHolder", kSubmitted + "," + StateText("working", "running", R"("final":false)") + "," + kDone, kSteps,
                    "/states/1/holder holder_missing working\n"},
        BadWorkflow{"UnknownTarget", kBase, kSteps + "," + Step("take", "working", "moon", "specialist"), "/transitions/2/to state_unknown moon\n"},
        BadWorkflow{"UnknownSource", kBase, kSteps + "," + Step("take", "moon", "working", "specialist"), "/transitions/2/from state_unknown moon\n"},
        BadWorkflow{"UnknownAction", kBase, kSteps + "," + Step("dance", "working", "working", "specialist"), "/transitions/2/action action_unknown dance\n"},
        BadWorkflow{"UnknownEffect", kBase, kSteps + "," + Step("take", "working", "working", "specialist", R"("explode")"),
                    "/transitions/2/effects effect_unknown explode\n"},
        BadWorkflow{"RepeatedTransition", kBase, kSteps + "," + Step("approve", "working", "working", "leader"),
                    "/transitions/2 transition_repeated approve / working / leader\n"},
        BadWorkflow{"RepeatedState", kBase + "," + kWorking, kSteps, "/states/3/id id_repeated working\n"},
        BadWorkflow{"UnknownClock", kSubmitted + "," + StateText("working", "ticking") + "," + kDone, kSteps, "/states/1/clock clock_unknown ticking\n"},
        BadWorkflow{"FinalStateRuns", kBase + "," + StateText("odd", "running", R"("final":true)"), kSteps + "," + Step("stop", "working", "odd", "leader"),
                    "/states/3/clock final_clock_not_stopped odd\n"},
        BadWorkflow{"PauseForAnotherReason", kBase + R"(,{"id":"waiting_inside","title":{"vi":"T"},"national_state":4,"clock":"paused","holder":"applicant"})",
                    kSteps, "/states/3/clock clock_unlawful waiting_inside\n/states/3 state_unreachable waiting_inside\n/states/3 state_without_way_out waiting_inside\n"},
        BadWorkflow{"PauseNotRecorded", kBase + "," + kPaused, kSteps + "," + kAnswer + "," + Step("request_supplement", "working", "paused", "specialist"),
                    "/transitions/3/effects pause_clock_missing paused\n"},
        BadWorkflow{"ResumeNotRecorded", kBase + "," + kPaused, kSteps + "," + kAsk + "," + Step("supplement", "paused", "$back", "applicant"),
                    "/transitions/3/effects resume_clock_missing working\n"},
        BadWorkflow{"ClockNeverStarts", kBase, Step("accept", "submitted", "working", "one_stop_officer") + "," + kApprove,
                    "/transitions/0/effects start_clock_missing working\n"},
        BadWorkflow{"ClockNeverStops", kBase, kAccept + "," + Step("approve", "working", "done", "leader"), "/transitions/1/effects stop_clock_missing done\n"},
        BadWorkflow{"PauseEffectOnARunningState", kBase, kSteps + "," + Step("take", "working", "working", "specialist", R"("pause_clock")"),
                    "/transitions/2/effects pause_clock_not_paused working\n"},
        BadWorkflow{"ResumeEffectFromARunningState", kBase, kSteps + "," + Step("take", "working", "working", "specialist", R"("resume_clock")"),
                    "/transitions/2/effects resume_clock_not_paused working\n"},
        BadWorkflow{"BackFromTheFirstState", kBase, kSteps + "," + Step("take", "submitted", "$back", "specialist"),
                    "/transitions/2/to back_without_before submitted\n"}),
    [](const ::testing::TestParamInfo<BadWorkflow>& info) { return std::string(info.param.name); });

TEST(WorkflowTest, StatesAreWithinTheNationalTen) {
  std::string eleven = kWorking;
  eleven.replace(eleven.find(R"("national_state":4)"), 18, R"("national_state":11)");
  EXPECT_EQ(ProblemsOf(WorkflowText(kSubmitted + "," + eleven + "," + kDone, kSteps)), "/states/1/national_state national_state_unknown\n");
}

// Opinions are asked while an officer has the work and the clock runs, within stated days.
TEST(WorkflowTest, OpinionsAreAskedInARunningStateOfOfficers) {
  const std::string consult = R"("holder":{"role":"specialist","unit":"handling"},"consult":{"default_days":3,"days_max":)";
  const auto with = [&](const std::string& id, const std::string& clock, const std::string& days_max) { return StateText(id, clock, consult + days_max + "}"); };
  auto flow = Workflow::FromJson(J(WorkflowText(kSubmitted + "," + with("working", "running", "10") + "," + kDone, kSteps)), RoleKnown);
  ASSERT_TRUE(flow.ok());
  EXPECT_EQ(flow->FindState("working")->consult->default_days, 3);
  EXPECT_EQ(flow->FindState("working")->consult->days_max, 10);
  EXPECT_FALSE(flow->FindState("submitted")->consult);
  EXPECT_EQ(ProblemsOf(WorkflowText(kSubmitted + "," + with("working", "running", "2") + "," + kDone, kSteps)), "/states/1/consult consult_malformed\n");
  EXPECT_EQ(ProblemsOf(WorkflowText(with("submitted", "waiting", "5") + "," + kWorking + "," + kDone, kSteps)), "/states/0/consult consult_not_running submitted\n");
}

TEST(WorkflowTest, AnUnknownInitialStateIsNamed) {
  std::string text = WorkflowText(kBase, kSteps);
  text.replace(text.find(R"("initial":"submitted")"), 21, R"("initial":"moon")");
  EXPECT_EQ(ProblemsOf(text), "/initial state_unknown moon\n");
}

TEST(WorkflowTest, AnythingButAWorkflowIsRefused) {
  for (const char* text : {"[]", "1", "{}", R"({"states":{}})", R"({"states":[1],"transitions":[1]})", R"({"states":[{}],"transitions":[{}]})"}) {
    EXPECT_FALSE(Workflow::FromJson(J(text), RoleKnown).ok()) << text;
  }
}

}  // namespace
}  // namespace tinhso::workflow
