// Complaints: the leader answers, not who handled it; in working days; once; the person is told.
#include "complaints.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "engines/forms/forms.h"
#include "features/province_testing/province_testing.h"
#include "kernel/inbox/inbox.h"
#include "kernel/notify/notify.h"
#include "kernel/permissions/permissions.h"

namespace tinhso::complaints {
namespace {

class ComplaintsTest : public province_testing::ProvinceTest {
 protected:
  void SetUp() override {
    ASSERT_NO_FATAL_FAILURE(SetUpProvince({db::Migrations_features_complaints()}));
    service_ = std::make_unique<Service>(Deps{*router_, clock_, *orgs_, *identity_, *dossiers_});
    citizen_ = Citizen("096190001234", "Nguyễn Thị Mỹ Hạnh");
    desk_ = Real("H12.126.01", "one_stop_officer", "mot-cua");
    leader_ = Real("H12.126", "leader", "lanh-dao");
    filing_.procedure_code = "1.004873";
    filing_.unit_code = "H12.126";
    filing_.declaration = true;
    filing_.channel = "online";
    auto form = dossiers_->FormOf(filing_.procedure_code, nullptr);
    ASSERT_TRUE(form.ok());
    for (const json::value& group : form->at("form").as_object().at("groups").as_array())
      for (const json::value& v : group.as_object().at("fields").as_array()) Fill(v.as_object());
    auto filed = dossiers_->Submit(filing_, citizen_);
    ASSERT_TRUE(filed.ok()) << filed.error().reason;
    code_ = Text(*filed, "dossier_code");
  }
  // What the form requires, from its own definition.
  void Fill(const json::object& field) {
    json::object& answers = filing_.answers;
    const std::string id = json::GetText(field, "id"), type = json::GetText(field, "type");
    const json::value *when = field.if_contains("when"), *required = field.if_contains("required");
    if ((when != nullptr && !forms::Form::Holds(*when, answers)) || required == nullptr || !required->is_bool() || !required->as_bool()) return;
    if (type == "choice") answers[id] = json::serialize(field.at("options")).find("\"female\"") != std::string::npos ? json::value("female") : field.at("options").as_array()[0].at("value");
    else if (type == "yes_no") answers[id] = false;
    else if (type == "number") answers[id] = 1;
    else if (type == "date") answers[id] = "1990-05-14";
    else if (type == "personal_no") answers[id] = "096190001234";
    else if (type == "phone") answers[id] = "0912345678";
    else if (type == "address") answers[id] = json::object{{"area_code", "32002"}, {"detail", "Khóm 4"}};
    else if (type == "person") answers[id] = json::object{{"full_name", "Nguyễn Thị Mỹ Hạnh"}, {"personal_no", "096190001234"}, {"birth_on", "1990-05-14"}, {"sex", "female"}};
    else answers[id] = "Nội dung";
  }
  static json::object Parsed(const std::string& text) { return json::Parse(text)->as_object(); }
  static std::string Text(const std::string& text, const char* key) { return json::GetText(Parsed(text), key); }
  void Act(const std::string& action, const http::Principal& who, const std::string& result_text = "") {
    dossiers::ActParams params;
    params.dossier_code = code_;
    params.action = action;
    params.version_seen = json::GetInt(Parsed(*dossiers_->Get(code_, who)), "version");
    params.result_text = result_text;
    auto done = dossiers_->Act(params, who);
    EXPECT_TRUE(done.ok()) << action << ": " << (done.ok() ? "" : done.error().reason);
  }
  std::string Complain(const std::string& kind = "late") {
    auto filed = service_->File({code_, kind, "Quá ngày hẹn mà chưa có kết quả."}, citizen_);
    EXPECT_TRUE(filed.ok()) << filed.error().reason;
    return filed.ok() ? *filed : "{}";
  }
  std::string Answer(const std::string& complaint, const http::Principal& who, int64_t version = 1) {
    auto done = service_->Answer({Text(complaint, "complaint_code"), "right", "Đã nhắc nhở và trả kết quả ngày mai.", version}, who);
    return done.ok() ? "" : done.error().reason;
  }
  int64_t Unread(const http::Principal& who) { return *database().Read([&](db::Tx& tx) { return notify::UnreadCount(tx, who.account_id); }); }
  int64_t InInbox(const std::string& unit_code) {
    const int64_t unit_id = orgs_->snapshot()->ByCode(unit_code)->unit_id;
    return *database().Read([&](db::Tx& tx) { return inbox::CountHeld(tx, {unit_id, unit_id}); });
  }

  std::unique_ptr<Service> service_;
  http::Principal citizen_, desk_, leader_;
  dossiers::SubmitParams filing_;
  std::string code_;
};
TINHSO_ON_BOTH_ENGINES(ComplaintsTest);

TEST_P(ComplaintsTest, TheLeaderIsToldAndAnswersAndThePersonReadsIt) {
  Act("accept", desk_);
  const std::string complaint = Complain();
  EXPECT_EQ(Text(complaint, "complaint_code"), "PA-" + code_ + "-1");
  // 15 working days after 2026-11-23; the 24th is a holiday.
  EXPECT_EQ(Text(complaint, "due_on"), "2026-12-15");
  EXPECT_NE(Text(complaint, "due_line").find("nghỉ 24/11"), std::string::npos) << complaint;
  EXPECT_EQ(Unread(leader_), 1);
  EXPECT_EQ(Unread(desk_), 0);
  EXPECT_EQ(InInbox("H12.126"), 1);
  EXPECT_TRUE(Parsed(*service_->Get(Text(complaint, "complaint_code"), leader_)).at("may_answer").as_bool());
  EXPECT_EQ(Answer(complaint, leader_, 2), "complaint_version_stale");
  EXPECT_EQ(InInbox("H12.126"), 1);  // and nothing has changed
  const int64_t before = Unread(citizen_);
  EXPECT_EQ(Answer(complaint, leader_), "");
  EXPECT_EQ(Answer(complaint, leader_), "complaint_answered");
  EXPECT_EQ(InInbox("H12.126"), 0);
  // The person has no account in this test; his page shows the answer all the same.
  EXPECT_EQ(Unread(citizen_), before);
  const json::object mine = Parsed(*service_->OfDossier(code_, citizen_));
  const json::object& answer = mine.at("items").at(0).at("answer").as_object();
  EXPECT_EQ(json::GetText(answer, "outcome"), "right");
  EXPECT_EQ(json::GetText(answer, "name"), "lanh-dao");
  EXPECT_TRUE(mine.at("may_file").as_bool());
}

// Nobody judges his own work: not as himself, and not under an assignment delegated to or by him.
TEST_P(ComplaintsTest, WhoHandledTheDossierDoesNotAnswer) {
  http::Principal both = leader_;  // a small commune's leader sits at the desk too
  const http::Principal other = Real("H12.126", "leader", "pho-chu-tich");
  desk_.account_id = both.account_id;
  Act("accept", desk_);
  const std::string complaint = Complain();
  EXPECT_EQ(Unread(both), 0);
  EXPECT_EQ(Unread(other), 1);
  EXPECT_EQ(Answer(complaint, both), "complaint_own_work");
  http::Principal delegate = other;
  delegate.on_behalf_of.delegation_id = 1;
  delegate.on_behalf_of.account_id = both.account_id;
  EXPECT_EQ(Answer(complaint, delegate), "complaint_own_work");
  EXPECT_EQ(Answer(complaint, other), "");
}

TEST_P(ComplaintsTest, WhenEveryLeaderHandledItTheAuthorityAboveAnswers) {
  const http::Principal above = Real("H12", "leader", "lanh-dao-tinh");
  desk_.account_id = leader_.account_id;
  Act("accept", desk_);
  const std::string complaint = Complain();
  EXPECT_EQ(Unread(above), 1);
  EXPECT_EQ(InInbox("H12"), 1);
  EXPECT_EQ(InInbox("H12.126"), 0);
  EXPECT_TRUE(service_->Get(Text(complaint, "complaint_code"), leader_).ok());  // his office's, to be seen
  EXPECT_EQ(Answer(complaint, leader_), "complaint_elsewhere");
  EXPECT_EQ(Answer(complaint, above), "");
  EXPECT_EQ(InInbox("H12"), 0);
}

// Signing is the leader's step: otherwise no finished dossier's complaint could be answered where it was decided.
TEST_P(ComplaintsTest, DecidingIsNotHandling) {
  const http::Principal specialist = Real("H12.126.02", "specialist", "chuyen-vien");
  Act("accept", desk_);
  Act("take", specialist);
  Act("propose", specialist, "Đủ điều kiện");
  Act("approve", leader_);
  EXPECT_EQ(Answer(Complain("attitude"), leader_), "");
}

TEST_P(ComplaintsTest, OneOpenAtATimeAndSoManyInAll) {
  EXPECT_EQ(service_->File({code_, "other", "x"}, Citizen("096085005678", "Trần Quốc Bảo")).error().reason, "dossier_not_found");
  EXPECT_EQ(service_->File({code_, "other", "x"}, desk_).error().reason, "complaint_by_applicant_only");
  EXPECT_EQ(service_->OfDossier(code_, desk_).error().reason, "complaint_by_applicant_only");
  for (int i = 1; i <= kOfDossierMax; ++i) {
    const std::string complaint = Complain();
    EXPECT_EQ(service_->File({code_, "late", "x"}, citizen_).error().reason, "complaint_open");
    EXPECT_EQ(Answer(complaint, leader_), "") << i;
  }
  EXPECT_EQ(service_->File({code_, "late", "x"}, citizen_).error().reason, "complaints_full");
  EXPECT_FALSE(Parsed(*service_->OfDossier(code_, citizen_)).at("may_file").as_bool());
  EXPECT_EQ(Parsed(*service_->List({"answered", "", 3}, leader_)).at("items").as_array().size(), 3u);
  const std::string cursor = json::GetText(Parsed(*service_->List({"answered", "", 3}, leader_)), "next_cursor");
  EXPECT_EQ(Parsed(*service_->List({"answered", cursor, 3}, leader_)).at("items").as_array().size(), 2u);
  EXPECT_EQ(Parsed(*service_->List({"open", "", 3}, leader_)).at("items").as_array().size(), 0u);
}

TEST_P(ComplaintsTest, AnotherOfficeKnowsOfNone) {
  const std::string code = Text(Complain(), "complaint_code");
  const http::Principal stranger = Officer("H12.127", "leader", 900);
  EXPECT_EQ(service_->Get(code, stranger).error().reason, "complaint_not_found");
  EXPECT_EQ(service_->Answer({code, "right", "x", 1}, stranger).error().reason, "complaint_not_found");
  for (const char* wrong : {"", "PA-", "PA--1", "PA-H12.126-261123-0001", "XX-H12.126-261123-0001-1", "PA-H99.1-261123-0001-1"})
    EXPECT_EQ(service_->Get(wrong, leader_).error().reason, "complaint_not_found") << wrong;
}

// A rule holds for complaints that come from its day on.
TEST_P(ComplaintsTest, TheTimeIsThatOfTheDayItCame) {
  const std::string path = temp_dir() + "/complaints.yaml";
  auto load = [&](const std::string& text) {
    std::ofstream(path) << text;
    return service_->LoadRules(path);
  };
  ASSERT_TRUE(load("versions:\n  - {valid_from: 2026-12-01, answer_working_days: 2, basis: mới}\n  - {valid_from: 2022-06-23, answer_working_days: 10, basis: cũ}\n").ok());
  EXPECT_EQ(Text(Complain(), "due_on"), "2026-12-08");
  EXPECT_FALSE(load("versions: [{valid_from: 2026-12-01, answer_working_days: 0, basis: x}]").ok());
  EXPECT_FALSE(load("versions: [{valid_from: hom-nay, answer_working_days: 5, basis: x}]").ok());
  EXPECT_FALSE(load("versions: 5").ok());
  ASSERT_TRUE(service_->LoadRules(TINHSO_SOURCE_DIR "/packs/_common/complaints.yaml").ok());
}

}  // namespace
}  // namespace tinhso::complaints
