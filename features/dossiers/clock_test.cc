// The legal clock: letters of apology, a calendar that changes under running dossiers, and the proof from the events.
#include "clock.h"

#include "fixture.h"

namespace tinhso::dossiers {
namespace {

class ClockTest : public DossiersTest {
 protected:
  void SetUp() override {
    DossiersTest::SetUp();
    identity::NewAccount account;
    account.username = "my-hanh";
    account.password = "mat-khau-thu-nghiem";
    account.full_name = "Nguyễn Thị Mỹ Hạnh";
    account.person.full_name = account.full_name;
    account.person.personal_no = "096190001234";
    account.person.person_id = citizen_.person_id;
    ASSERT_TRUE(identity_->CreateAccount(account).ok());
  }
  void At(int month, int day, int minute) { clock_.Set(FromLocal({2026, month, day}, minute)); }
  std::string Filed() {
    auto filed = Submit(Request(), citizen_);
    EXPECT_TRUE(filed.ok()) << filed.error().reason;
    return filed.ok() ? json::GetText(*filed, "dossier_code") : "";
  }
  std::string Received() {
    const std::string code = Filed();
    EXPECT_TRUE(Act(code, "accept", desk_).ok());
    return code;
  }
  std::string DueOn(const std::string& code) {
    auto dossier = Get(code, citizen_);
    return dossier.ok() ? json::GetText(*dossier, "due_on") : "";
  }
  std::string Extend(const std::string& code, const std::string& due_on) {
    auto done = Act(code, "extend", leader_, [&](ActParams& p) {
      p.reason = "Chờ xác minh tại nơi cư trú trước đây";
      p.due_on = due_on;
    });
    if (done.ok()) return "";
    return done.error().fields.empty() ? done.error().reason : done.error().fields[0].pointer + " " + done.error().fields[0].reason;
  }
  void PutDay(Date on, const char* name) {
    ASSERT_TRUE(orgs_->PutSpecialDay({on, calendar::DayKind::kHoliday, name, "Thông báo thử"}, leader_).ok());
    Settle();
  }
  void Settle() {
    for (;;) {
      auto ran = runner_->RunDue();
      ASSERT_TRUE(ran.ok());
      if (*ran == 0) return;
    }
  }
  std::string Proof() {
    auto found = service_->Recompute(nullptr);
    if (!found.ok()) return found.error().reason;
    std::string out = std::to_string(found->dossiers) + " dossiers, " + std::to_string(found->differences) + " differences";
    for (const std::string& line : found->examples) out += "\n" + line;
    return out;
  }
  int64_t Told(const std::string& kind) {
    auto row = database().Read([&](db::Tx& tx) { return tx.QueryOne("SELECT COUNT(*) FROM notice WHERE kind = $1", {kind}); });
    return row.ok() && *row ? (*row)->Int(0) : -1;
  }
  void Sql(const db::Sql& statement) {
    ASSERT_TRUE(database().Write([&](db::Tx& tx) -> Status {
      auto changed = tx.Execute(statement, {});
      return changed.ok() ? Ok() : Status(changed.error());
    }).ok());
  }
};
TINHSO_ON_BOTH_ENGINES(ClockTest);

TEST_P(ClockTest, ALetterOfApologyGivesANewDayOnce) {
  const std::string code = Received();
  const std::string due = DueOn(code);
  ASSERT_FALSE(due.empty());
  EXPECT_EQ(Extend(code, due), "/due_on due_on_not_later");
  EXPECT_EQ(Extend(code, "2026-12-13"), "/due_on due_on_not_working_day");  // a Sunday
  EXPECT_EQ(Extend(code, "2027-11-25"), "/due_on due_on_too_far");
  EXPECT_EQ(Extend(code, "2026-02-30"), "/due_on date_malformed");
  EXPECT_EQ(Extend(code, ""), "/due_on field_required");
  EXPECT_EQ(DueOn(code), due);
  EXPECT_EQ(Extend(code, "2026-12-14"), "");
  EXPECT_EQ(Extend(code, "2026-12-21"), "dossier_already_extended");

  auto dossier = Get(code, citizen_);
  ASSERT_TRUE(dossier.ok());
  EXPECT_EQ(json::GetText(*dossier, "due_on"), "2026-12-14");
  EXPECT_EQ(json::GetText(*dossier, "original_due_on"), due);
  EXPECT_EQ(State(*dossier), "received");
  EXPECT_NE(json::serialize(dossier->at("due_steps")).find("xin lỗi và gia hạn đến 14/12/2026"), std::string::npos);
  // The applicant reads who apologised and why.
  EXPECT_NE(json::serialize(dossier->at("events")).find("Chờ xác minh tại nơi cư trú trước đây"), std::string::npos);
  // It stays where it was, with whoever had it.
  EXPECT_TRUE(Act(code, "take", specialist_).ok());
  EXPECT_EQ(Proof(), "1 dossiers, 0 differences");
}

TEST_P(ClockTest, OnlyTheLeaderApologisesAndOnlyWhileTheTimeRuns) {
  const std::string code = Filed();
  EXPECT_EQ(Extend(code, "2026-12-14"), "dossier_action_not_allowed");
  ASSERT_TRUE(Act(code, "accept", desk_).ok());
  auto by_desk = Act(code, "extend", desk_, [](ActParams& p) { p.reason = "Bận", p.due_on = "2026-12-14"; });
  ASSERT_FALSE(by_desk.ok());
  EXPECT_EQ(by_desk.error().reason, "dossier_action_not_allowed");
  auto other = Act(code, "take", specialist_, [](ActParams& p) { p.due_on = "2026-12-14"; });
  ASSERT_FALSE(other.ok());
  EXPECT_EQ(other.error().fields[0].reason, "field_not_applicable");
}

TEST_P(ClockTest, APauseAfterTheLetterAddsToItsDay) {
  const std::string code = Received();
  ASSERT_TRUE(Act(code, "take", specialist_).ok());
  ASSERT_EQ(Extend(code, "2026-12-14"), "");
  At(11, 30, 9 * 60);
  ASSERT_TRUE(Act(code, "request_supplement", specialist_, [](ActParams& p) { p.reason = "Thiếu giấy", p.items = {"Trích lục"}; }).ok());
  At(12, 2, 9 * 60);
  ASSERT_TRUE(Act(code, "supplement", citizen_, [](ActParams& p) { p.note = "Đã gửi qua bưu điện"; }).ok());
  EXPECT_EQ(DueOn(code), "2026-12-16");
  EXPECT_EQ(Proof(), "1 dossiers, 0 differences");
}

TEST_P(ClockTest, AHolidayAnnouncedLaterMovesOpenDossiersAndTellsPeople) {
  const std::string open = Received(), paused = Received(), done = Received();
  ASSERT_TRUE(Act(paused, "take", specialist_).ok());
  ASSERT_TRUE(Act(paused, "request_supplement", specialist_, [](ActParams& p) { p.reason = "Thiếu giấy", p.items = {"Trích lục"}; }).ok());
  At(11, 23, 10 * 60);
  ASSERT_TRUE(Act(done, "take", specialist_).ok());
  ASSERT_TRUE(Act(done, "propose", specialist_, [](ActParams& p) { p.result_text = "Độc thân"; }).ok());
  ASSERT_TRUE(Act(done, "approve", leader_).ok());
  ASSERT_EQ(DueOn(open), "2026-11-27");  // 23/11 received, 24/11 off, three working days
  At(11, 25, 8 * 60);
  PutDay({2026, 11, 26}, "Nghỉ tránh bão");
  EXPECT_EQ(DueOn(open), "2026-11-30");
  EXPECT_EQ(DueOn(paused), "2026-11-30");
  EXPECT_EQ(DueOn(done), "2026-11-27");  // what was given and kept stays as it was
  auto dossier = Get(open, citizen_);
  ASSERT_TRUE(dossier.ok());
  EXPECT_EQ(json::GetText(*dossier, "original_due_on"), "2026-11-27");
  EXPECT_NE(json::serialize(dossier->at("events")).find("chuyển từ 27/11/2026 sang 30/11/2026"), std::string::npos);
  EXPECT_EQ(Told("dossier.calendar_changed"), 2);
  EXPECT_EQ(Proof(), "3 dossiers, 0 differences");
  // Done twice changes nothing; taken back, the day returns.
  PutDay({2026, 11, 26}, "Nghỉ tránh bão");
  ASSERT_TRUE(orgs_->DeleteSpecialDay({2026, 11, 26}, leader_).ok());
  ASSERT_TRUE(runner_->RunDue().ok());
  EXPECT_EQ(DueOn(open), "2026-11-27");
  EXPECT_EQ(Proof(), "3 dossiers, 0 differences");
}

// A pack of a later release brings a day that nobody knew when the due date was given.
TEST_P(ClockTest, ADayThatANewerPackBringsIsFollowed) {
  const std::string code = Received();
  ASSERT_EQ(DueOn(code), "2026-11-27");
  At(11, 25, 8 * 60);
  ASSERT_TRUE(database().Write([&](db::Tx& tx) {
    return orgs_->AddSpecialDays(tx, {{{2026, 11, 26}, calendar::DayKind::kHoliday, "Nghỉ tránh bão", "Gói mới"}});
  }).ok());
  Settle();
  EXPECT_EQ(DueOn(code), "2026-11-30");
  EXPECT_EQ(Told("dossier.calendar_changed"), 1);
  EXPECT_EQ(Proof(), "1 dossiers, 0 differences");
}

// A pause that was measured under the old hours stays as it was; what is worked out from now on goes by the new ones.
TEST_P(ClockTest, NewHoursLeaveWhatWasMeasuredBefore) {
  const std::string code = Received();
  ASSERT_TRUE(Act(code, "take", specialist_).ok());
  ASSERT_TRUE(Act(code, "request_supplement", specialist_, [](ActParams& p) { p.reason = "Thiếu giấy", p.items = {"Trích lục"}; }).ok());
  At(11, 25, 11 * 60);
  ASSERT_TRUE(Act(code, "supplement", citizen_, [](ActParams& p) { p.note = "Đã gửi qua bưu điện"; }).ok());
  ASSERT_EQ(DueOn(code), "2026-12-01");  // ten working hours: six of Monday, four of Wednesday
  calendar::Hours mornings;
  for (int weekday = 0; weekday < 5; ++weekday) mornings.week[weekday] = {{420, 660}};
  At(11, 26, 8 * 60);
  ASSERT_TRUE(database().Write([&](db::Tx& tx) { return orgs_->SetHours(tx, desk_.authority_id, mornings); }).ok());
  ASSERT_TRUE(orgs_->Load().ok());
  Settle();
  EXPECT_EQ(DueOn(code), "2026-12-02");  // the ten hours are more mornings than days
  EXPECT_EQ(Proof(), "1 dossiers, 0 differences");
  // Under the same hours again nothing is to follow.
  ASSERT_TRUE(database().Write([&](db::Tx& tx) { return orgs_->SetHours(tx, desk_.authority_id, mornings); }).ok());
  EXPECT_EQ(*runner_->RunDue(), 0);
}

TEST_P(ClockTest, TheProofFindsWhatWasTouched) {
  const std::string code = Received();
  ASSERT_EQ(Proof(), "1 dossiers, 0 differences");
  Sql("UPDATE dossier SET due_on = '2026-12-31'");
  EXPECT_EQ(Proof(), "1 dossiers, 1 differences\n" + code + ": due_on 2026-12-31 <> 2026-11-27");
  Sql("UPDATE dossier SET due_on = '2026-11-27', paused_minutes = 480");
  EXPECT_EQ(Proof(), "1 dossiers, 1 differences\n" + code + ": paused_minutes 480 <> 0");
  Sql("UPDATE dossier SET paused_minutes = 0, supplement_count = 0, original_due_on = '2026-11-26'");
  EXPECT_EQ(Proof(), "1 dossiers, 1 differences\n" + code + ": original_due_on 2026-11-26 <> 2026-11-27");
}

TEST_P(ClockTest, TheProofHoldsForGeneratedDossiers) {
  ASSERT_TRUE(service_->GenerateDemo(300, nullptr).ok());
  auto found = service_->Recompute(nullptr);
  ASSERT_TRUE(found.ok());
  EXPECT_GE(found->dossiers, 250);
  EXPECT_EQ(found->differences, 0) << found->examples[0];
}

}  // namespace
}  // namespace tinhso::dossiers
