// The officers' day: notes and mentions, what a unit waits for, how long work took.
#include "fixture.h"

namespace tinhso::dossiers {
namespace {

class DayTest : public DossiersTest {
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
  }
  static std::string Lines(const Result<std::string>& answer) {
    if (!answer.ok()) return answer.error().fields.empty() ? answer.error().reason : answer.error().fields[0].reason;
    const json::value body = *json::Parse(*answer);
    std::string out;
    for (const json::value& v : body.as_object().at("items").as_array()) {
      const json::object& o = v.as_object();
      const json::object& note = o.contains("note") ? o.at("note").as_object() : o;
      out += json::GetText(note, "author_name") + ": " + json::GetText(note, "text") + (note.at("withdrawn_at").is_null() ? "; " : " (withdrawn); ");
    }
    return out;
  }
  std::string Note(const http::Principal& who, const std::string& text, std::vector<int64_t> mentions = {}) {
    return Lines(service_->AddNote({code_, text, std::move(mentions)}, who));
  }
  std::string Notes(const http::Principal& who) { return Lines(service_->Notes(code_, who)); }
  std::string Mentions(const http::Principal& who) { return Lines(service_->Mentions("", 50, who)); }
  int64_t NoteId(size_t at) {
    auto notes = service_->Notes(code_, leader_);
    return std::strtoll(json::GetText(json::Parse(*notes)->as_object().at("items").as_array()[at].as_object(), "note_id").c_str(), nullptr, 10);
  }
  int64_t Count(const char* kind, int64_t account_id) {
    auto told = database().Read([&](db::Tx& tx) { return tx.QueryOne("SELECT COUNT(*) FROM notice WHERE account_id = $1 AND kind = $2", {account_id, kind}); });
    return (*told)->Int(0);
  }
  // "supplement lan 2d" of each that is waited for.
  std::string Waits(const http::Principal& who, Service::WaitingParams params = {}) {
    auto answer = service_->Waiting(params, who);
    if (!answer.ok()) return answer.error().reason;
    const json::value body = *json::Parse(*answer);
    std::string out;
    for (const json::value& v : body.as_object().at("items").as_array()) {
      const json::object& o = v.as_object();
      out += json::GetText(o, "kind") + (o.at("mine").as_bool() ? "! " : " ") + json::GetText(o, "waits_for") + " " + std::to_string(json::GetInt(o, "days")) + "d; ";
    }
    return out;
  }
  http::Principal lan_, minh_, far_;
  std::string code_;
};
TINHSO_ON_BOTH_ENGINES(DayTest);

TEST_P(DayTest, ANoteIsForOfficersWhoSeeTheDossierAndForNobodyElse) {
  EXPECT_EQ(Note(lan_, "Bản sao mờ, đã gọi xác nhận"), "lan: Bản sao mờ, đã gọi xác nhận; ");
  EXPECT_EQ(Notes(desk_), "lan: Bản sao mờ, đã gọi xác nhận; ");
  EXPECT_EQ(Notes(far_), "dossier_not_found");
  EXPECT_EQ(Notes(citizen_), "dossier_not_found");
  EXPECT_EQ(Notes(stranger_), "dossier_not_found");
  EXPECT_EQ(Note(far_, "x"), "dossier_not_found");
  // An officer whose own dossier it is reads it as its applicant.
  http::Principal own = lan_;
  own.person_id = citizen_.person_id;
  own.permissions.push_back("dossier.read_own");
  std::sort(own.permissions.begin(), own.permissions.end());
  EXPECT_EQ(Notes(own), "dossier_not_found");
  // What the applicant reads, and what others are told, says nothing of it.
  auto read = service_->Get(code_, citizen_);
  EXPECT_EQ(read->find("Bản sao mờ"), std::string::npos);
  EXPECT_EQ(service_->Get(code_, lan_)->find("Bản sao mờ"), std::string::npos);
  EXPECT_EQ(service_->Track(code_)->find("Bản sao mờ"), std::string::npos);
}

TEST_P(DayTest, WhoIsMentionedIsToldAndFindsTheDossierUntilHeIsDone) {
  EXPECT_EQ(Note(lan_, "Nhờ @minh xem", {minh_.account_id}), "lan: Nhờ @minh xem; ");
  EXPECT_EQ(Count("dossier.mentioned", minh_.account_id), 1);
  EXPECT_EQ(Mentions(minh_), "lan: Nhờ @minh xem; ");
  EXPECT_EQ(Mentions(lan_), "");
  // Whoever cannot see the dossier under the assignment he acts under is shown nothing.
  http::Principal elsewhere = minh_;
  elsewhere.authority_id = far_.authority_id;
  EXPECT_EQ(Mentions(elsewhere), "");
  EXPECT_EQ(service_->FinishMention(NoteId(0), lan_).error().reason, "note_not_found");
  EXPECT_TRUE(service_->FinishMention(NoteId(0), minh_).ok());
  EXPECT_EQ(Mentions(minh_), "");
  EXPECT_FALSE(service_->FinishMention(NoteId(0), minh_).ok());
}

TEST_P(DayTest, OnlyOfficersOfTheUnitsThatHandleItCanBeMentioned) {
  auto stranger = Real("H12.127.02", "specialist", "phuong-khac");
  EXPECT_EQ(Note(lan_, "x", {stranger.account_id}), "mention_unknown");
  EXPECT_EQ(Note(lan_, "x", {citizen_.account_id}), "mention_unknown");
  EXPECT_EQ(Notes(lan_), "");
  auto people = service_->NotePeople(code_, lan_);
  ASSERT_TRUE(people.ok());
  ASSERT_EQ(people->at("items").as_array().size(), 1u);  // not oneself
  EXPECT_EQ(json::GetText(people->at("items").as_array()[0].as_object(), "full_name"), "minh");
  EXPECT_EQ(service_->NotePeople(code_, far_).error().reason, "dossier_not_found");
}

TEST_P(DayTest, TheAuthorWithdrawsANoteWhichStays) {
  Note(lan_, "Nhầm hồ sơ, @minh", {minh_.account_id});
  EXPECT_EQ(Lines(service_->WithdrawNote(code_, NoteId(0), minh_)), "note_not_yours");
  EXPECT_EQ(Lines(service_->WithdrawNote(code_, 1, lan_)), "note_not_found");
  EXPECT_EQ(Lines(service_->WithdrawNote(code_, NoteId(0), far_)), "dossier_not_found");
  EXPECT_EQ(Lines(service_->WithdrawNote(code_, NoteId(0), lan_)), "lan: Nhầm hồ sơ, @minh (withdrawn); ");
  EXPECT_EQ(Lines(service_->WithdrawNote(code_, NoteId(0), lan_)), "note_not_yours");
  EXPECT_EQ(Mentions(minh_), "");
}

TEST_P(DayTest, ASupplementIsWaitedForUntilItComes) {
  ASSERT_TRUE(Act(code_, "take", lan_).ok());
  EXPECT_EQ(Waits(lan_), "");
  ASSERT_TRUE(Act(code_, "request_supplement", lan_, [](ActParams& p) { p.reason = "Thiếu bản gốc", p.items = {"Bản gốc"}; }).ok());
  clock_.Set(Start() + 2 * kUsPerDay);
  EXPECT_EQ(Waits(lan_), "supplement!  2d; ");
  EXPECT_EQ(Waits(minh_), "supplement  2d; ");    // of the unit
  EXPECT_EQ(Waits(leader_), "supplement  2d; ");  // of the office
  EXPECT_EQ(Waits(desk_), "");
  EXPECT_EQ(Waits(far_), "");
  EXPECT_EQ(Waits(minh_, {.kind = "", .cursor = "", .mine = true}), "");
  EXPECT_EQ(Waits(lan_, {.kind = "unit", .cursor = ""}), "");
  ASSERT_TRUE(Act(code_, "supplement", citizen_, [](ActParams& p) { p.note = "Đã gửi qua bưu điện"; }).ok());
  EXPECT_EQ(Waits(lan_), "");
}

TEST_P(DayTest, AnAgencyOutsideIsWaitedForByName) {
  ASSERT_TRUE(Act(code_, "take", lan_).ok());
  ASSERT_TRUE(Act(code_, "send_outside", lan_, [](ActParams& p) { p.agency = "Ngân hàng X", p.note = "Công văn 15"; }).ok());
  EXPECT_EQ(Waits(lan_), "agency! Ngân hàng X 0d; ");
  ASSERT_TRUE(Act(code_, "receive_outside", lan_, [](ActParams& p) { p.note = "Đồng ý"; }).ok());
  EXPECT_EQ(Waits(lan_), "");
}

// The land register's procedure goes from the commune to the department and back: taking it there ends no waiting here.
TEST_P(DayTest, TheCommuneWaitsForTheDepartmentUntilItAnswers) {
  auto filed = Submit(Request("1.013978"), citizen_);
  ASSERT_TRUE(filed.ok()) << filed.error().reason;
  code_ = json::GetText(*filed, "dossier_code");
  ASSERT_TRUE(Act(code_, "accept", desk_).ok());
  http::Principal land = Officer("H12.126.03", "specialist", 701);
  ASSERT_TRUE(Act(code_, "take", land).ok());
  auto referred = Act(code_, "refer", land, [](ActParams& p) { p.note = "Kính chuyển"; });
  ASSERT_TRUE(referred.ok()) << referred.error().reason;
  const std::string unit = json::GetText(referred->at("holder").as_object(), "unit_name");
  EXPECT_EQ(Waits(land), "unit! " + unit + " 0d; ");
  http::Principal department = Officer("H12.06.10", "specialist", 702);
  EXPECT_EQ(Waits(department), "");
  ASSERT_TRUE(Act(code_, "take", department).ok());
  EXPECT_EQ(Waits(land), "unit! " + unit + " 0d; ");
  ASSERT_TRUE(Act(code_, "answer_referral", department, [](ActParams& p) { p.note = "Thống nhất"; }).ok());
  EXPECT_EQ(Waits(land), "");
  EXPECT_EQ(Waits(department), "");
}

TEST_P(DayTest, WorkingTimesAreThoseOfFinishedDossiersWithoutTheQueueAndTheWait) {
  ASSERT_TRUE(Act(code_, "take", lan_).ok());                         // Monday 09:00
  clock_.Set(FromLocal({2026, 11, 23}, 10 * 60));                     // an hour of work
  ASSERT_TRUE(Act(code_, "propose", lan_, [](ActParams& p) { p.result_text = "Độc thân"; }).ok());
  auto none = service_->WorkTimes(leader_);
  ASSERT_TRUE(none.ok());
  EXPECT_TRUE(none->at("people").as_array().empty());  // not finished
  clock_.Set(FromLocal({2026, 11, 25}, 7 * 60 + 30));  // the 24th is off: an hour on Monday morning, four after noon, half an hour today
  ASSERT_TRUE(Act(code_, "approve", leader_).ok());
  auto times = service_->WorkTimes(leader_);
  std::map<std::string, int64_t> minutes;
  for (const json::value& v : times->at("people").as_array()) minutes[json::GetText(v.as_object(), "full_name")] = json::GetInt(v.as_object(), "mean_minutes");
  EXPECT_EQ(minutes["lan"], 60);
  EXPECT_EQ(minutes[leader_.full_name], 60 + 240 + 30);
  const json::array& procedures = times->at("procedures").as_array();
  ASSERT_EQ(procedures.size(), 1u);
  EXPECT_EQ(json::GetInt(procedures[0].as_object(), "mean_minutes"), 60 + 330);
  EXPECT_EQ(json::GetInt(procedures[0].as_object(), "count"), 1);
  clock_.Set(FromLocal({2026, 12, 25}, 9 * 60));
  EXPECT_TRUE(service_->WorkTimes(leader_)->at("procedures").as_array().empty());
}

}  // namespace
}  // namespace tinhso::dossiers
