// Steps and hand-overs: when a step began and ends, who was late, what the law gives the office, and what slip 06 says.
#include "clock.h"
#include "fixture.h"

namespace tinhso::dossiers {
namespace {

class StepsTest : public DossiersTest {
 protected:
  void At(int month, int day, int hour, int minute = 0) { clock_.Set(FromLocal({2026, month, day}, hour * 60 + minute)); }
  std::string Filed() {
    auto filed = Submit(Request(), citizen_);
    EXPECT_TRUE(filed.ok()) << filed.error().reason;
    return filed.ok() ? json::GetText(*filed, "dossier_code") : "";
  }
  void Do(const std::string& code, const std::string& action, const http::Principal& who) {
    auto done = Act(code, action, who, [&](ActParams& p) {
      if (action == "request_supplement") p.reason = "Thiếu giấy", p.items = {"Trích lục"};
      if (action == "supplement") p.note = "Đã gửi qua bưu điện";
      if (action == "propose") p.result_text = "Độc thân";
      if (action == "refuse" || action == "return_for_rework") p.reason = "Chưa rõ căn cứ";
      if (action == "return_result") p.receiver_name = "Nguyễn Thị Mỹ Hạnh";
    });
    ASSERT_TRUE(done.ok()) << action << " " << done.error().reason;
  }
  // "rule status, …"
  std::string Duties(const std::string& code) {
    auto dossier = Get(code, specialist_);
    std::string out;
    for (const json::value& v : dossier->at("duties").as_array())
      out += json::GetText(v.as_object(), "rule") + " " + json::GetText(v.as_object(), "due_on") + " " + json::GetText(v.as_object(), "status") + "\n";
    return out;
  }
  std::string StepDue(const std::string& code) {
    auto dossier = Get(code, specialist_);
    const json::object* step = dossier->at("step").if_object();
    if (step == nullptr) return "-";
    return (step->at("due_at").is_null() ? "none" : json::GetText(*step, "due_at").substr(0, 16)) + (step->at("late").as_bool() ? " late" : "");
  }
  std::string Proof() {
    auto found = service_->Recompute(nullptr);
    if (!found.ok()) return found.error().reason;
    std::string out = std::to_string(found->differences);
    for (const std::string& line : found->examples) out += "\n" + line;
    return out;
  }
  void Sql(const db::Sql& statement) {
    ASSERT_TRUE(database().Write([&](db::Tx& tx) -> Status {
      auto changed = tx.Execute(statement, {});
      return changed.ok() ? Ok() : Status(changed.error());
    }).ok());
  }
};
TINHSO_ON_BOTH_ENGINES(StepsTest);

TEST_P(StepsTest, EachStepHasItsOwnDeadlineAndRemembersWhoWasLate) {
  const std::string code = Filed();  // Monday 23/11 09:00; 24/11 is off
  EXPECT_EQ(StepDue(code), "2026-11-25T09:00");  // eight working hours at the desk
  At(11, 23, 10);
  Do(code, "accept", desk_);
  EXPECT_EQ(StepDue(code), "2026-11-23T16:00");  // four to be taken
  At(11, 25, 8);
  EXPECT_EQ(StepDue(code), "2026-11-23T16:00 late");
  Do(code, "take", specialist_);
  auto dossier = Get(code, specialist_);
  const json::array& events = dossier->at("events").as_array();
  EXPECT_FALSE(events[1].as_object().at("late").as_bool());  // accepted in time
  EXPECT_TRUE(events[2].as_object().at("late").as_bool());
  EXPECT_EQ(json::GetText(events[2].as_object(), "step_due_on"), "2026-11-23");
  EXPECT_EQ(Proof(), "0");
}

TEST_P(StepsTest, TheTimeAPersonTakesIsNotTheOfficersStep) {
  const std::string code = Filed();
  Do(code, "accept", desk_);
  Do(code, "take", specialist_);
  const std::string due = StepDue(code);
  Do(code, "request_supplement", specialist_);
  EXPECT_EQ(StepDue(code), "-");
  At(12, 1, 9);  // five working days later: the rest of 23, then 25, 26, 27, 30/11 and two hours
  Do(code, "supplement", citizen_);
  EXPECT_EQ(due, "2026-11-26T17:00");
  EXPECT_EQ(StepDue(code), "2026-12-03T17:00");
  Do(code, "propose", specialist_);
  auto dossier = Get(code, specialist_);
  EXPECT_EQ(json::GetText(dossier->at("events").as_array().back().as_object(), "step_due_on"), "2026-12-03");
  EXPECT_EQ(Proof(), "0");
}

TEST_P(StepsTest, TheProofFindsATouchedStepAndATouchedRule) {
  const std::string code = Filed();
  Do(code, "accept", desk_);
  Do(code, "take", specialist_);
  ASSERT_EQ(Proof(), "0");
  Sql("UPDATE dossier SET step_due_at_us = step_due_at_us + 60000000");
  EXPECT_EQ(Proof(), "1\n" + code + ": step_due_at 2026-11-26T17:01:00+07:00 <> 2026-11-26T17:00:00+07:00");
  Sql("UPDATE dossier SET step_due_at_us = step_due_at_us - 60000000");
  Sql("UPDATE dossier_event SET step_due_on = '2026-12-31' WHERE action = 'take'");
  EXPECT_EQ(Proof(), "1\n" + code + ": take step_due_on 2026-12-31 <> 2026-11-23");
  Sql("UPDATE dossier_event SET step_due_on = '2026-11-23', breach = 'asked_late' WHERE action = 'take'");
  EXPECT_EQ(Proof(), "1\n" + code + ": take breach asked_late <> -");
}

TEST_P(StepsTest, ARefusalAfterTwoWorkingDaysIsRecordedAndNotForbidden) {
  const std::string in_time = Filed(), late = Filed();
  EXPECT_EQ(Duties(in_time), "refuse 2026-11-26 open\nask 2026-12-01 open\n");
  At(11, 26, 16);
  Do(in_time, "refuse", desk_);
  EXPECT_EQ(Duties(in_time), "refuse 2026-11-26 kept\n");
  At(11, 27, 8);
  EXPECT_EQ(Duties(late), "refuse 2026-11-26 passed\nask 2026-12-01 open\n");
  Do(late, "refuse", desk_);
  EXPECT_EQ(Duties(late), "refuse 2026-11-26 broken\n");
  auto dossier = Get(late, citizen_);
  EXPECT_EQ(json::GetText(dossier->at("events").as_array().back().as_object(), "breach"), "refused_late");
  EXPECT_EQ(Proof(), "0");
}

TEST_P(StepsTest, ASecondSupplementRequestMakesItLate) {
  const std::string code = Filed();
  Do(code, "accept", desk_);
  Do(code, "take", specialist_);
  Do(code, "request_supplement", specialist_);
  EXPECT_EQ(Duties(code), "ask 2026-12-01 kept\nask_once 2026-11-23 kept\n");
  Do(code, "supplement", citizen_);
  EXPECT_EQ(json::GetText(*Get(code, citizen_), "deadline"), "ok");
  At(11, 25, 8);
  Do(code, "request_supplement", specialist_);
  EXPECT_EQ(Duties(code), "ask 2026-12-01 kept\nask_once 2026-11-25 broken\n");
  Do(code, "supplement", citizen_);
  auto dossier = Get(code, citizen_);
  EXPECT_EQ(json::GetText(*dossier, "deadline"), "late");
  // The list of work shows the same colour, and still the day the dossier has.
  auto item = database().Read([&](db::Tx& tx) { return tx.QueryOne("SELECT due_at_us, stated_due_at_us FROM inbox_item WHERE subject_code = $1", {code}); });
  ASSERT_TRUE(item.ok() && *item);
  EXPECT_STREQ(inbox::DeadlineOf(orgs_->snapshot()->CalendarOf(specialist_.unit_id), (*item)->Int(0), clock_.NowUs()), "late");
  EXPECT_EQ(FormatTime((*item)->Int(1)), json::GetText(*dossier, "due_at"));
  Do(code, "propose", specialist_);
  Do(code, "approve", leader_);
  EXPECT_EQ(json::GetText(*Get(code, citizen_), "deadline"), "done_late");  // two days before its due date
  EXPECT_EQ(Proof(), "0");
}

TEST_P(StepsTest, ARequestAfterFiveWorkingDaysIsRecorded) {
  const std::string code = Filed();
  At(12, 2, 8);
  EXPECT_EQ(Duties(code), "refuse 2026-11-26 passed\nask 2026-12-01 passed\n");
  Do(code, "request_supplement", desk_);
  EXPECT_EQ(Duties(code), "ask 2026-12-01 broken\nask_once 2026-12-02 kept\n");
  EXPECT_EQ(Proof(), "0");
}

TEST_P(StepsTest, HandOversSayFromWhomToWhomAndWhetherInTime) {
  const std::string code = Filed();
  At(11, 23, 10);
  Do(code, "accept", desk_);
  At(11, 25, 8);
  Do(code, "take", specialist_);
  Do(code, "propose", specialist_);
  Do(code, "return_for_rework", leader_);
  Do(code, "propose", specialist_);
  Do(code, "approve", leader_);
  Do(code, "return_result", desk_);
  auto dossier = Get(code, specialist_);
  std::string told;
  for (const json::value& v : dossier->at("handovers").as_array()) {
    const json::object& h = v.as_object();
    told += json::GetText(h, "action") + ": " + json::GetText(h, "from_name") + " > " + json::GetText(h, "to_name") + " @" +
            json::GetText(h, "to_unit") + " " + json::GetText(h, "result") + "\n";
  }
  const std::string desk = desk_.full_name, specialist = specialist_.full_name, leader = leader_.full_name;
  auto unit = [&](const char* unit_code) { return orgs_->snapshot()->ByCode(unit_code)->short_name; };
  EXPECT_EQ(told, "accept: " + desk + " > " + specialist + " @" + unit("H12.126.02") + " before\n" +
                      "propose: " + specialist + " > " + leader + " @" + unit("H12.126") + " before\n" +
                      "return_for_rework: " + leader + " > " + specialist + " @" + unit("H12.126.02") + " before\n" +
                      "propose: " + specialist + " > " + leader + " @" + unit("H12.126") + " before\n" +
                      "approve: " + leader + " > " + desk + " @" + unit("H12.126.01") + " before\n" +
                      "return_result: " + desk + " > Nguyễn Thị Mỹ Hạnh @ \n");
  EXPECT_FALSE(Get(code, citizen_)->contains("handovers"));  // between officers
}

TEST_P(StepsTest, TheArithmeticFitsInALine) {
  const std::string code = Filed();
  EXPECT_EQ(json::GetText(*Get(code, citizen_), "due_line"), "");
  Do(code, "accept", desk_);
  EXPECT_EQ(json::GetText(*Get(code, citizen_), "due_line"), "23/11 tiếp nhận → nghỉ 24/11 → hạn 27/11/2026");
}

}  // namespace
}  // namespace tinhso::dossiers
