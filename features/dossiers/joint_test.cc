// Joint procedures with the pack's own: birth, residence and health card at three units; death, residence and funeral support.
#include <gtest/gtest.h>

#include "fixture.h"

namespace tinhso::dossiers {
namespace {

class JointTest : public DossiersTest {
 protected:
  void SetUp() override {
    DossiersTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    police_ = Officer("H12.128.05", "specialist", 201);
    police_desk_ = Officer("H12.128.01", "one_stop_officer", 202);
    police_head_ = Officer("H12.128.05", "leader", 203);
    insurer_ = Officer("H12.15.02", "specialist", 204);
  }

  // A birth filed at An Xuyên; the child will live in Tân Thành, another ward.
  SubmitParams Birth() {
    SubmitParams params = Request("2.000986");
    params.answers["residence_address"] = json::object{{"area_code", "32025"}, {"detail", "Khóm 1"}};
    params.answers["birth_proof"] = "commitment";
    params.answers["relation"] = "mother";
    PaperInput paper;
    paper.paper_id = "birth_commitment";
    auto file = files_->Put("%PDF-1.4 commitment", "cam-doan.pdf", "application/pdf", citizen_.account_id);
    EXPECT_TRUE(file.ok());
    if (file.ok()) paper.file_ids = {file->file_id};
    params.papers = {paper};
    return params;
  }
  json::object Joint(std::string_view code, const http::Principal& who) {
    auto joint = Parsed(service_->GetJoint(code, who));
    EXPECT_TRUE(joint.ok()) << joint.error().reason;
    return joint.ok() ? *joint : json::object();
  }
  // Files it and remembers the codes: joint_, then one of each part.
  void File(const SubmitParams& params) {
    auto filed = Submit(params, citizen_);
    ASSERT_TRUE(filed.ok()) << filed.error().reason << " " << (filed.error().fields.empty() ? "" : filed.error().fields[0].pointer + " " + filed.error().fields[0].reason);
    joint_ = json::GetText(filed->at("joint").as_object(), "joint_code");
    codes_.clear();
    const json::object joint = Joint(joint_, citizen_);
    for (const json::value& v : joint.at("parts").as_array()) codes_.push_back(json::GetText(v.as_object(), "dossier_code"));
  }
  void Do(const std::string& code, const std::string& action, const http::Principal& who) {
    auto done = Act(code, action, who, [](ActParams& p) {
      p.reason = "Trẻ đã được đăng ký khai sinh";
      p.result_text = "Đủ điều kiện";
    });
    ASSERT_TRUE(done.ok()) << action << " " << done.error().reason;
  }
  void RegisterBirth() {
    Do(codes_[0], "accept", desk_);
    Do(codes_[0], "take", specialist_);
    Do(codes_[0], "propose", specialist_);
    Do(codes_[0], "approve", leader_);
    ASSERT_TRUE(runner_->RunDue().ok());
  }
  std::string Proof() {
    auto found = service_->Recompute(nullptr);
    if (!found.ok()) return found.error().reason;
    std::string out = std::to_string(found->differences);
    for (const std::string& line : found->examples) out += "\n" + line;
    return out;
  }
  // The day a dossier counts as filed at its unit.
  int64_t FiledDay(std::string_view unit_code) {
    int64_t day = 0;
    EXPECT_TRUE(service_->ForEachFact(orgs_->snapshot()->ByCode(unit_code)->unit_id, 0, kNoDay - 1, [&](Fact& f) { day = f.filed_day; }).ok());
    return day;
  }

  http::Principal police_, police_desk_, police_head_, insurer_;
  std::string joint_;
  std::vector<std::string> codes_;
};
TINHSO_ON_BOTH_ENGINES(JointTest);

// One file, three dossiers; those that wait are nobody's work, count nowhere, and start when the certificate is there.
TEST_P(JointTest, TheResultOfOnePartIsAPaperOfTheNextAndStartsItsClock) {
  ASSERT_NO_FATAL_FAILURE(File(Birth()));
  ASSERT_EQ(codes_.size(), 3u);
  EXPECT_EQ(joint_, "LT-" + codes_[0]);
  EXPECT_TRUE(codes_[1].starts_with("H12.128-") && codes_[2].starts_with("H12.15-")) << codes_[1] << " " << codes_[2];
  auto waiting = Get(codes_[1], citizen_);
  ASSERT_TRUE(waiting.ok());
  EXPECT_EQ(json::GetText(waiting->at("joint").as_object(), "waits_for"), codes_[0]);
  EXPECT_TRUE(waiting->at("holder").is_null() && waiting->at("step").is_null() && waiting->at("duties").as_array().empty());
  auto at_desk = Get(codes_[1], police_desk_);
  ASSERT_TRUE(at_desk.ok());
  EXPECT_TRUE(at_desk->at("actions").as_array().empty());
  EXPECT_EQ(FiledDay("H12.128"), 0);  // counted nowhere
  EXPECT_EQ(Proof(), "0");

  clock_.Set(FromLocal({2026, 11, 26}, 10 * 60));
  ASSERT_NO_FATAL_FAILURE(RegisterBirth());
  auto ready = Get(codes_[1], police_);
  ASSERT_TRUE(ready.ok());
  EXPECT_EQ(State(*ready), "received");
  EXPECT_EQ(json::GetText(*ready, "received_at").substr(0, 10), "2026-11-26");
  EXPECT_EQ(json::GetText(*ready, "due_on"), "2026-12-07");  // seven working days
  const json::object& paper = ready->at("papers").as_array().at(0).as_object();
  EXPECT_EQ(json::GetText(paper, "paper_id"), "family_relation");
  EXPECT_EQ(json::GetText(paper, "source_dossier_code"), codes_[0]);
  EXPECT_EQ(paper.at("files").as_array().size(), 1u);
  const json::object& event = ready->at("events").as_array().back().as_object();
  EXPECT_EQ(json::GetText(event, "action"), "joint_ready");
  EXPECT_NE(json::GetText(event, "reason").find(codes_[0]), std::string::npos);
  EXPECT_FALSE(event.at("late").as_bool());
  auto card = Get(codes_[2], insurer_);
  ASSERT_TRUE(card.ok());
  EXPECT_TRUE(json::GetText(card->at("answers").as_object(), "birth_certificate_no").starts_with("số "));
  EXPECT_EQ(FiledDay("H12.128"), DaysFromCivil({2026, 11, 26}));

  // The paper is the certificate itself, and from here on it is a dossier like any other.
  const int64_t file_id = std::stoll(json::GetText(paper.at("files").as_array().at(0).as_object(), "file_id"));
  EXPECT_TRUE(service_->PaperFile(codes_[1], file_id, police_).ok());
  Do(codes_[1], "take", police_);
  Do(codes_[1], "propose", police_);
  Do(codes_[1], "approve", police_head_);
  ASSERT_TRUE(runner_->RunDue().ok());
  EXPECT_EQ(Proof(), "0");
  const json::object joint = Joint(joint_, citizen_);
  EXPECT_FALSE(json::GetText(joint.at("parts").as_array().at(1).as_object(), "result_number").empty());
}

TEST_P(JointTest, ARefusalStopsWhatWaitsForItWithTheReason) {
  ASSERT_NO_FATAL_FAILURE(File(Birth()));
  Do(codes_[0], "refuse", desk_);
  ASSERT_TRUE(runner_->RunDue().ok());
  ASSERT_TRUE(runner_->RunDue().ok());
  for (size_t i : {1u, 2u}) {
    auto stopped = Get(codes_[i], citizen_);
    ASSERT_TRUE(stopped.ok());
    EXPECT_EQ(State(*stopped), "stopped");
    const std::string reason = json::GetText(stopped->at("events").as_array().back().as_object(), "reason");
    EXPECT_NE(reason.find("Trẻ đã được đăng ký khai sinh"), std::string::npos) << reason;
  }
  EXPECT_EQ(FiledDay("H12.128"), 0);
  EXPECT_EQ(Proof(), "0");
  EXPECT_EQ(service_->WithdrawJoint(joint_, "Thôi", citizen_).error().reason, "joint_finished");
}

TEST_P(JointTest, ThePersonWithdrawsTheWholeOrNothing) {
  ASSERT_NO_FATAL_FAILURE(File(Birth()));
  EXPECT_EQ(service_->GetJoint(joint_, stranger_).error().reason, "joint_not_found");
  EXPECT_EQ(service_->WithdrawJoint(joint_, "Thôi", stranger_).error().reason, "joint_not_found");
  EXPECT_EQ(service_->WithdrawJoint(joint_, "Thôi", desk_).error().reason, "permission_denied");
  Do(codes_[0], "accept", desk_);
  Do(codes_[0], "take", specialist_);
  Do(codes_[0], "propose", specialist_);
  EXPECT_EQ(service_->WithdrawJoint(joint_, "Thôi", citizen_).error().reason, "joint_part_not_withdrawable");
  EXPECT_EQ(State(*Get(codes_[1], citizen_)), "submitted");
  Do(codes_[0], "return_for_rework", leader_);
  const auto withdrawn = service_->WithdrawJoint(joint_, "Thôi", citizen_);
  ASSERT_TRUE(withdrawn.ok()) << withdrawn.error().reason << " " << withdrawn.error().detail;
  ASSERT_TRUE(runner_->RunDue().ok());
  for (const std::string& code : codes_) EXPECT_EQ(State(*Get(code, citizen_)), "withdrawn");
  EXPECT_EQ(Proof(), "0");
}

// What a part cannot take is said of the shared form, and nothing is filed.
TEST_P(JointTest, AResidenceElsewhereIsRefusedAndNothingIsFiled) {
  areas_->SetHome("96");
  SubmitParams params = Birth();
  params.answers["residence_address"] = json::object{{"area_code", "00004"}, {"detail", "Số 1"}};
  auto filed = Submit(params, citizen_);
  ASSERT_FALSE(filed.ok());
  EXPECT_EQ(filed.error().reason, "validation_failed");
  EXPECT_TRUE(filed.error().fields[0].pointer.starts_with("/answers/residence_address")) << filed.error().fields[0].pointer;
  EXPECT_TRUE(List({}, citizen_)->at("items").as_array().empty());
}

// Funeral support is asked for or not: the joint file has as many dossiers as that takes.
TEST_P(JointTest, APartIsOpenedOnlyWhenTheFormAsksForIt) {
  SubmitParams params = Request("2.002622");
  params.answers["death_proof"] = "notice";
  params.answers["relation"] = "spouse";
  PaperInput paper;
  paper.paper_id = "death_notice";
  auto file = files_->Put("%PDF-1.4 notice", "bao-tu.pdf", "application/pdf", citizen_.account_id);
  ASSERT_TRUE(file.ok());
  paper.file_ids = {file->file_id};
  params.papers = {paper};
  params.answers["wants_funeral_support"] = false;
  ASSERT_NO_FATAL_FAILURE(File(params));
  EXPECT_EQ(codes_.size(), 2u);
  params.answers["wants_funeral_support"] = true;
  params.answers["funeral_relation"] = "Vợ";
  params.answers["beneficiary_kind"] = "monthly";
  params.answers["payment_method"] = "cash";
  ASSERT_NO_FATAL_FAILURE(File(params));
  EXPECT_EQ(codes_.size(), 3u);
}

}  // namespace
}  // namespace tinhso::dossiers
