// Work that changes hands inside a step and outside the house: given, taken over, returned, asked of an agency.
#include "fixture.h"

namespace tinhso::dossiers {
namespace {

class AssignTest : public DossiersTest {
 protected:
  void SetUp() override {
    DossiersTest::SetUp();
    lan_ = Real("H12.126.02", "specialist", "lan");
    minh_ = Real("H12.126.02", "specialist", "minh");
    far_ = Officer("H12.127.02", "specialist", 999);
    auto filed = Submit(Request(), citizen_);
    ASSERT_TRUE(filed.ok());
    code_ = json::GetText(*filed, "dossier_code");
    ASSERT_TRUE(Act(code_, "accept", desk_).ok());
    ASSERT_TRUE(Act(code_, "take", lan_).ok());
  }
  std::string Give(const http::Principal& to, const http::Principal& by, int64_t version = 0) {
    auto seen = Get(code_, by);
    if (!seen.ok()) return seen.error().reason;
    auto done = service_->Assign({code_, version != 0 ? version : json::GetInt(*seen, "version"), to.account_id, "Nghỉ ốm"}, by);
    if (done.ok()) return "";
    return done.error().fields.empty() ? done.error().reason : done.error().fields[0].reason;
  }
  std::string Propose(const http::Principal& who) {
    auto done = Act(code_, "propose", who, [](ActParams& p) { p.result_text = "Độc thân"; });
    return done.ok() ? "" : done.error().reason;
  }
  int64_t Differences() {
    auto found = service_->Recompute(nullptr);
    return found.ok() ? found->differences : -1;
  }
  std::string Colleagues(const http::Principal& who) {
    auto found = service_->Colleagues(code_, who);
    std::string out;
    if (!found.ok()) return found.error().reason;
    for (const json::value& v : found->at("items").as_array())
      out += json::GetText(v.as_object(), "full_name") + (v.as_object().at("assigned").as_bool() ? "* " : " ");
    return out;
  }
  json::object LastHandOver() {
    auto dossier = Get(code_, specialist_);
    const json::array& all = dossier->at("handovers").as_array();
    return all.empty() ? json::object() : all.back().as_object();
  }
  http::Principal lan_, minh_, far_;
  std::string code_;
};
TINHSO_ON_BOTH_ENGINES(AssignTest);

TEST_P(AssignTest, ALeaderGivesItToAColleagueAndTheStepGoesOn) {
  const json::value step = Get(code_, lan_)->at("step");
  EXPECT_EQ(Propose(minh_), "dossier_action_not_allowed");
  EXPECT_EQ(Give(minh_, leader_), "");
  EXPECT_EQ(Get(code_, minh_)->at("step"), step);
  EXPECT_EQ(Propose(lan_), "dossier_action_not_allowed");
  const json::object h = LastHandOver();
  EXPECT_EQ(json::GetText(h, "action"), "assign");
  EXPECT_EQ(json::GetText(h, "from_name"), leader_.full_name);
  EXPECT_EQ(json::GetText(h, "to_name"), "minh");
  EXPECT_EQ(json::GetText(h, "note"), "Nghỉ ốm");
  auto told = database().Read([&](db::Tx& tx) {
    return tx.QueryOne("SELECT COUNT(*) FROM notice WHERE account_id = $1 AND kind = 'dossier.new'", {minh_.account_id});
  });
  EXPECT_EQ((*told)->Int(0), 1);
  EXPECT_EQ(Propose(minh_), "");
  EXPECT_EQ(Differences(), 0);
}

TEST_P(AssignTest, AColleagueTakesOverForSomebodyAbsentOnce) {
  const int64_t version = json::GetInt(*Get(code_, minh_), "version");
  EXPECT_EQ(Give(minh_, minh_, version), "");
  EXPECT_EQ(Give(lan_, lan_, version), "dossier_version_stale");  // who looked at it before
  EXPECT_EQ(json::GetText(LastHandOver(), "action"), "take_over");
  EXPECT_EQ(Propose(minh_), "");
}

TEST_P(AssignTest, WhoHasItHandsItToAColleagueOthersDoNot) {
  EXPECT_EQ(Colleagues(lan_), "lan* minh ");
  EXPECT_EQ(Colleagues(minh_), "minh ");
  EXPECT_EQ(Colleagues(leader_), "lan* minh ");
  EXPECT_EQ(Colleagues(desk_), "");
  EXPECT_EQ(Colleagues(far_), "dossier_not_found");
  EXPECT_EQ(Give(lan_, minh_), "dossier_action_not_allowed");  // not his to give
  EXPECT_EQ(Give(minh_, desk_), "dossier_action_not_allowed");
  EXPECT_EQ(Give(minh_, far_), "dossier_not_found");
  EXPECT_EQ(Give(far_, leader_), "assignee_unknown");
  EXPECT_EQ(Give(desk_, leader_), "assignee_unknown");
  EXPECT_EQ(Give(lan_, leader_), "assignee_same");
  EXPECT_EQ(Give(minh_, lan_), "");
  EXPECT_EQ(Propose(minh_), "");
  EXPECT_EQ(Give(minh_, leader_), "assignee_unknown");  // the leader's step now
}

TEST_P(AssignTest, AnAgencyOutsideIsAskedAndAnswersWithARecord) {
  auto without = Act(code_, "send_outside", lan_, [](ActParams& p) { p.note = "Xin ý kiến"; });
  ASSERT_FALSE(without.ok());
  EXPECT_EQ(without.error().fields[0].pointer, "/agency");
  ASSERT_TRUE(Act(code_, "send_outside", lan_, [](ActParams& p) { p.agency = "Ngân hàng X", p.note = "Công văn 15/UBND"; }).ok());
  json::object h = LastHandOver();
  EXPECT_EQ(json::GetText(h, "to_unit"), "Ngân hàng X");
  EXPECT_EQ(json::GetText(h, "from_name"), "lan");
  auto dossier = Get(code_, lan_);
  EXPECT_EQ(json::GetText(dossier->at("state").as_object(), "clock"), "running");
  EXPECT_EQ(json::GetText(*dossier, "due_on"), "2026-11-27");
  clock_.Set(FromLocal({2026, 11, 25}, 9 * 60));
  ASSERT_TRUE(Act(code_, "receive_outside", lan_, [](ActParams& p) { p.note = "Công văn 99/NHX đồng ý"; }).ok());
  h = LastHandOver();
  EXPECT_EQ(json::GetText(h, "from_unit"), "Ngân hàng X");
  EXPECT_EQ(json::GetText(h, "to_name"), "lan");
  EXPECT_EQ(json::GetText(h, "result"), "before");
  EXPECT_EQ(Propose(lan_), "");
  auto elsewhere = Act(code_, "approve", leader_, [](ActParams& p) { p.agency = "Ngân hàng X"; });
  ASSERT_FALSE(elsewhere.ok());
  EXPECT_EQ(elsewhere.error().fields[0].reason, "field_not_applicable");
  EXPECT_EQ(Differences(), 0);
}

TEST_P(AssignTest, AStepIsReturnedWithAReasonAndIsAnybodysAgain) {
  auto returned = Act(code_, "return_step", lan_, [](ActParams& p) { p.reason = "Không thuộc lĩnh vực của tôi"; });
  ASSERT_TRUE(returned.ok());
  EXPECT_EQ(State(*returned), "received");
  EXPECT_TRUE(Act(code_, "take", minh_).ok());
  EXPECT_EQ(Propose(minh_), "");
  EXPECT_EQ(Differences(), 0);
}

}  // namespace
}  // namespace tinhso::dossiers
