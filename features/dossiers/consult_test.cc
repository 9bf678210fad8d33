// Opinions asked of other units: who sees what, what holds the step, what is late, and that the clock never stops for them.
#include "fixture.h"

namespace tinhso::dossiers {
namespace {

class ConsultTest : public DossiersTest {
 protected:
  void SetUp() override {
    DossiersTest::SetUp();
    At(11, 23, 9);
    lan_ = Real("H12.126.02", "specialist", "lan");
    minh_ = Real("H12.127.02", "specialist", "minh");  // another commune
    head_ = Real("H12.127", "leader", "head");
    Real("H12.126.03", "specialist", "anh");
    Real("H12.128.02", "specialist", "tam");
    auto filed = Submit(Request(), citizen_);
    ASSERT_TRUE(filed.ok());
    code_ = json::GetText(*filed, "dossier_code");
    ASSERT_TRUE(Act(code_, "accept", desk_).ok());
    ASSERT_TRUE(Act(code_, "take", lan_).ok());
  }
  void At(int month, int day, int hour) { clock_.Set(FromLocal({2026, month, day}, hour * 60)); }
  static std::string Reason(const Error& error) { return error.fields.empty() ? error.reason : error.fields[0].reason; }
  // "unit status verdict; …" of a list, or why there is none.
  static std::string Lines(const Result<std::string>& answer) {
    if (!answer.ok()) return Reason(answer.error());
    std::string out;
    const json::value body = *json::Parse(*answer);
    for (const json::value& v : body.as_object().at("items").as_array()) {
      const json::object& o = v.as_object();
      out += json::GetText(o, "status") + (json::GetText(o, "verdict").empty() ? "" : " " + json::GetText(o, "verdict")) + (o.at("late").as_bool() ? " late" : "") + "; ";
    }
    return out;
  }
  std::string Ask(std::vector<Service::ConsultParams::Whom> units, bool required = true, const http::Principal* who = nullptr) {
    Service::ConsultParams params;
    params.dossier_code = code_;
    params.question = "Đề nghị cho biết tình trạng cư trú";
    params.version_seen = json::GetInt(*Get(code_, lan_), "version");
    params.units = std::move(units);
    params.required = required;
    return Lines(service_->Consult(params, who == nullptr ? lan_ : *who));
  }
  int64_t Id(size_t at = 0) {
    const json::value body = *json::Parse(*service_->Consultations(code_, lan_));
    return std::strtoll(json::GetText(body.as_object().at("items").as_array()[at].as_object(), "consultation_id").c_str(), nullptr, 10);
  }
  std::string Opine(const http::Principal& who, const std::string& verdict, const std::string& text = "", size_t at = 0) {
    auto answer = service_->AnswerConsultation({code_, Id(at), verdict, text, {}}, who);
    return answer.ok() ? json::GetText(json::Parse(*answer)->as_object(), "status") : Reason(answer.error());
  }
  std::string Propose() {
    auto done = Act(code_, "propose", lan_, [](ActParams& p) { p.result_text = "Độc thân"; });
    return done.ok() ? State(*done) : done.error().reason;
  }
  int64_t Items(const http::Principal& who) {
    auto found = database().Read([&](db::Tx& tx) {
      return tx.QueryOne("SELECT COUNT(*) FROM inbox_item WHERE authority_id = $1 AND subject_kind = 'consultation'", {who.authority_id});
    });
    return (*found)->Int(0);
  }
  int64_t Told(const char* kind, const http::Principal& who) {
    auto told = database().Read([&](db::Tx& tx) { return tx.QueryOne("SELECT COUNT(*) FROM notice WHERE account_id = $1 AND kind = $2", {who.account_id, kind}); });
    return (*told)->Int(0);
  }
  std::string Proof() {
    auto found = service_->Recompute(nullptr);
    return !found.ok() ? found.error().reason : found->examples.empty() ? "0" : found->examples[0];
  }
  std::string Counts(const http::Principal& who) {
    auto answer = service_->AskedOfUs("", 50, who);
    return answer.ok() ? json::serialize(json::Parse(*answer)->as_object().at("counts")) : answer.error().reason;
  }
  http::Principal lan_, minh_, head_;
  std::string code_;
};
TINHSO_ON_BOTH_ENGINES(ConsultTest);

TEST_P(ConsultTest, TheStepWaitsForARequiredOpinionAndTheClockDoesNot) {
  const std::string due = json::GetText(*Get(code_, lan_), "due_at");
  EXPECT_EQ(Ask({{"H12.127.02", 2}}), "open; ");
  EXPECT_EQ(Items(minh_), 1);
  EXPECT_EQ(Told("consultation.asked", minh_), 1);
  auto dossier = Get(code_, lan_);
  EXPECT_EQ(json::GetText(*dossier, "due_at"), due);
  EXPECT_EQ(json::GetText(dossier->at("state").as_object(), "clock"), "running");
  EXPECT_EQ(Propose(), "consultation_open");
  EXPECT_EQ(Opine(minh_, "agree_with_remarks", "Đã cư trú từ năm 2019"), "answered");
  EXPECT_EQ(Told("consultation.answered", lan_), 1);
  EXPECT_EQ(Items(minh_), 0);
  EXPECT_EQ(Opine(minh_, "agree"), "consultation_closed");
  EXPECT_EQ(Propose(), "awaiting_approval");
  EXPECT_EQ(Counts(minh_), R"({"open":0,"open_late":0,"ended":1,"ended_late":0})");
  EXPECT_EQ(Proof(), "0");
}

// The unit that is asked sees the question; the dossier, and another unit's question, it does not.
TEST_P(ConsultTest, WhoIsAskedSeesTheQuestionAndNotTheDossier) {
  EXPECT_EQ(Ask({{"H12.127.02", {}}, {"H12.126.03", {}}}), "open; open; ");
  EXPECT_TRUE(service_->GetConsultation(code_, Id(0), minh_).ok());
  EXPECT_TRUE(service_->GetConsultation(code_, Id(0), head_).ok());
  EXPECT_EQ(service_->GetConsultation(code_, Id(1), minh_).error().reason, "dossier_not_found");
  EXPECT_EQ(service_->GetConsultation(code_, 12345, minh_).error().reason, "dossier_not_found");
  EXPECT_EQ(service_->GetConsultation(code_, Id(0), citizen_).error().reason, "dossier_not_found");
  EXPECT_EQ(Get(code_, minh_).error().reason, "dossier_not_found");
  EXPECT_EQ(Lines(service_->Consultations(code_, minh_)), "dossier_not_found");
  EXPECT_EQ(service_->WithdrawConsultation(code_, Id(0), "x", minh_).error().reason, "permission_denied");
  EXPECT_EQ(service_->AnswerConsultation({code_, Id(0), "agree", "", {}}, lan_).error().reason, "permission_denied");
  // The person is told that a unit is asked, and not what.
  auto page = service_->Get(code_, citizen_);
  EXPECT_NE(page->find("Đang lấy ý kiến"), std::string::npos);
  EXPECT_EQ(page->find("tình trạng cư trú"), std::string::npos);
  EXPECT_EQ(Opine(minh_, "disagree", "Không có thông tin"), "answered");
  page = service_->Get(code_, citizen_);
  EXPECT_NE(page->find("Đã lấy ý kiến"), std::string::npos);
  EXPECT_EQ(page->find("Không có thông tin"), std::string::npos);
}

TEST_P(ConsultTest, ADeadlineThatPassedIsNoAnswerAndALateAnswerIsItsUnits) {
  EXPECT_EQ(Ask({{"H12.127.02", 1}}), "open; ");
  EXPECT_EQ(Propose(), "consultation_open");
  At(11, 25, 18);  // 24/11 is off: due when 25/11 closes
  ASSERT_TRUE(runner_->RunDue().ok());
  EXPECT_EQ(Lines(service_->Consultations(code_, lan_)), "no_answer late; ");
  EXPECT_EQ(Told("consultation.no_answer", lan_), 1);
  EXPECT_EQ(Items(minh_), 1);  // it is still asked
  EXPECT_EQ(Counts(head_), R"({"open":1,"open_late":1,"ended":0,"ended_late":0})");
  EXPECT_EQ(Opine(minh_, "agree"), "answered");
  EXPECT_EQ(Counts(head_), R"({"open":0,"open_late":0,"ended":1,"ended_late":1})");
  EXPECT_EQ(Propose(), "awaiting_approval");
  EXPECT_EQ(Proof(), "0");
}

TEST_P(ConsultTest, WhatIsLeftOpenEndsWithTheStep) {
  EXPECT_EQ(Ask({{"H12.127.02", 1}, {"H12.128.02", 5}}, false), "open; open; ");
  EXPECT_EQ(Ask({{"H12.126.03", 1}}), "open; open; open; ");
  At(11, 25, 18);  // its job has not run: the step's end records what passed
  EXPECT_EQ(Propose(), "awaiting_approval");
  EXPECT_EQ(Lines(service_->Consultations(code_, lan_)), "no_answer late; withdrawn; no_answer late; ");
  EXPECT_EQ(Items(minh_), 0);
  EXPECT_EQ(Opine(minh_, "agree"), "consultation_closed");
  EXPECT_EQ(Proof(), "0");
  ASSERT_TRUE(runner_->RunDue().ok());
  EXPECT_EQ(Proof(), "0");
}

TEST_P(ConsultTest, AskingHasItsLimits) {
  EXPECT_EQ(Ask({{"H12.127.02", {}}}, true, &specialist_), "dossier_action_not_allowed");  // a colleague has it
  EXPECT_EQ(Ask({{"H12.127.02", {}}}, true, &minh_), "dossier_not_found");
  EXPECT_EQ(Ask({{"H12.126.02", {}}}), "unit_not_found");  // one's own
  EXPECT_EQ(Ask({{"H99", {}}}), "unit_not_found");
  EXPECT_EQ(Ask({{"H12.127.02", 11}}), "consult_days_too_many");
  EXPECT_EQ(Ask({{"H12.127.02", {}}, {"H12.127.02", {}}}), "consult_unit_asked");
  EXPECT_EQ(Ask({{"H12.127.02", {}}}), "open; ");
  EXPECT_EQ(Ask({{"H12.127.02", {}}}), "consult_unit_asked");
  EXPECT_EQ(Lines(service_->RemindConsultation(code_, Id(), lan_)), "open; ");
  EXPECT_EQ(Told("consultation.reminded", minh_), 1);
  EXPECT_EQ(Lines(service_->RemindConsultation(code_, Id(), lan_)), "consultation_reminded_today");
  EXPECT_EQ(Lines(service_->WithdrawConsultation(code_, Id(), "Không cần nữa", lan_)), "withdrawn; ");
  EXPECT_EQ(Items(minh_), 0);
  EXPECT_EQ(Counts(minh_), R"({"open":0,"open_late":0,"ended":0,"ended_late":0})");
  EXPECT_EQ(Ask({{"H12.127.02", {}}}), "withdrawn; open; ");
  // The person's own withdrawal asks nobody's leave.
  EXPECT_TRUE(Act(code_, "withdraw", citizen_, [](ActParams& p) { p.reason = "Đổi ý"; }).ok());
  EXPECT_EQ(Items(minh_), 0);
  EXPECT_EQ(Proof(), "0");
}

}  // namespace
}  // namespace tinhso::dossiers
