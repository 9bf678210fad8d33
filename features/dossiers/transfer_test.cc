// Received at one unit's desk for another: whose dossier it is, who sees it, what is recorded of its papers and its result.
#include "fixture.h"

namespace tinhso::dossiers {
namespace {

class TransferTest : public DossiersTest {
 protected:
  void SetUp() override {
    DossiersTest::SetUp();
    At(23, 9);
    other_desk_ = Officer("H12.127.01", "one_stop_officer", 201);  // where the person goes
    third_desk_ = Officer("H12.128.01", "one_stop_officer", 301);
    other_leader_ = Officer("H12.127", "leader", 202);
  }
  void At(int day, int hour) { clock_.Set(FromLocal({2026, 11, day}, hour * 60)); }
  SubmitParams AtCounter(bool return_here) {
    SubmitParams params = Request();
    params.channel = params.return_method = "counter";
    params.return_here = return_here;
    params.applicant.emplace();
    params.applicant->full_name = "Nguyễn Thị Mỹ Hạnh";
    params.applicant->personal_no = "096190001234";
    for (PaperInput& paper : params.papers) paper.originals = 1;
    PaperInput brought;
    brought.paper_id = "other-1";
    brought.name = "Đơn viết tay";
    brought.originals = 1;
    params.papers.push_back(brought);
    return params;
  }
  std::string Received(bool return_here = true) {
    auto filed = Submit(AtCounter(return_here), other_desk_);
    EXPECT_TRUE(filed.ok()) << filed.error().reason << " " << Reason(filed.error());
    return filed.ok() ? json::GetText(*filed, "dossier_code") : "";
  }
  static std::string Reason(const Error& error) { return error.fields.empty() ? error.reason : error.fields[0].pointer + " " + error.fields[0].reason; }
  std::string Sees(const std::string& code, const http::Principal& who) {
    auto seen = Get(code, who);
    if (!seen.ok()) return seen.error().reason;
    std::string out;
    for (const json::value& v : seen->at("actions").as_array()) out += json::GetText(v.as_object(), "action") + " ";
    const json::value* transfer = seen->if_contains("transfer");
    if (transfer == nullptr || !transfer->is_object()) return out + "-";
    const json::object& t = transfer->as_object();
    return out + (t.at("may_send").as_bool() ? "send " : "") + (t.at("may_take").as_bool() ? "take " : "") + (t.at("sent_at").is_null() ? "" : "sent ") +
           (t.at("taken_at").is_null() ? "" : "taken ") + (t.at("returned_at").is_null() ? "" : "returned ");
  }
  std::string Step(const std::string& code, const char* step, const http::Principal& who) {
    auto seen = Get(code, who);
    if (!seen.ok()) return seen.error().reason;
    auto done = service_->Transfer({code, step, "Đủ giấy tờ", json::GetInt(*seen, "version")}, who);
    return done.ok() ? "ok" : done.error().reason;
  }
  void Decide(const std::string& code) {
    ASSERT_TRUE(Act(code, "take", specialist_).ok());
    ASSERT_TRUE(Act(code, "propose", specialist_, [](ActParams& p) { p.result_text = "Độc thân"; }).ok());
    ASSERT_TRUE(Act(code, "approve", leader_).ok());
  }
  std::string Return(const std::string& code, const http::Principal& who) {
    auto done = Act(code, "return_result", who, [](ActParams& p) { p.receiver_name = "Nguyễn Thị Mỹ Hạnh"; });
    return done.ok() ? State(*done) : done.error().reason;
  }
  int64_t InboxOf(const http::Principal& who) {
    auto found = database().Read([&](db::Tx& tx) {
      return tx.QueryOne("SELECT COUNT(*) FROM inbox_item WHERE authority_id = $1 AND unit_id = $2", {who.authority_id, who.unit_id});
    });
    return (*found)->Int(0);
  }
  std::vector<Service::TransferFact> Facts(const http::Principal& who, bool here) {
    std::vector<Service::TransferFact> out;
    const int64_t day = FactDay(clock_.NowUs());
    EXPECT_TRUE(service_->ForEachTransfer(who.authority_id, here, day - 30, day, [&](const auto& f) { out.push_back(f); }).ok());
    return out;
  }
  std::string Listed(const http::Principal& who, bool here) {
    Service::TransferMatch match;
    match.here = here;
    match.to_day = FactDay(clock_.NowUs());
    match.match = [](const auto&) { return true; };
    auto list = Parsed(service_->ListTransfers(match, who));
    if (!list.ok()) return list.error().reason;
    std::string out;
    for (const json::value& v : list->at("items").as_array())
      out += json::GetText(v.as_object(), "dossier_code") + (v.as_object().at("may_open").as_bool() ? " opens; " : " listed; ");
    return out;
  }
  std::string Proof() {
    auto found = service_->Recompute(nullptr);
    return !found.ok() ? found.error().reason : found->examples.empty() ? "0" : found->examples[0];
  }
  http::Principal other_desk_, third_desk_, other_leader_;
};
TINHSO_ON_BOTH_ENGINES(TransferTest);

TEST_P(TransferTest, TheDossierIsTheCompetentUnitsAndItsTimeCountsFromReception) {
  const std::string code = Received();
  EXPECT_EQ(code.substr(0, 7), "H12.126");
  auto seen = Get(code, desk_);
  ASSERT_TRUE(seen.ok());
  EXPECT_EQ(State(*seen), "received");
  EXPECT_EQ(json::GetText(seen->at("unit").as_object(), "unit_code"), "H12.126");
  // The same due date as if it had been received at its own desk at that moment.
  SubmitParams own = AtCounter(false);
  auto beside = Submit(own, desk_);
  ASSERT_TRUE(beside.ok());
  EXPECT_EQ(json::GetText(*seen, "due_on"), json::GetText(*beside, "due_on"));
  EXPECT_NE(json::GetText(*seen, "due_on"), "");
  EXPECT_EQ(Sees(code, specialist_), "take ");
  EXPECT_EQ(Proof(), "0");
}

TEST_P(TransferTest, TheReceivingDeskReadsAndHandsThePapersOverAndNothingElse) {
  const std::string code = Received();
  EXPECT_EQ(Sees(code, other_desk_), "send ");
  EXPECT_EQ(Sees(code, desk_), "take ");
  for (const http::Principal* who : {&third_desk_, &other_leader_, &stranger_}) EXPECT_EQ(Sees(code, *who), "dossier_not_found");
  // What offices say to each other about it, and what concerns its money, is the competent unit's.
  EXPECT_EQ(service_->Notes(code, other_desk_).error().reason, "dossier_not_found");
  EXPECT_EQ(service_->Consultations(code, other_desk_).error().reason, "dossier_not_found");
  EXPECT_EQ(service_->Look(code, other_desk_).error().reason, "dossier_not_found");
  EXPECT_EQ(Act(code, "take", other_desk_).error().reason, "dossier_action_not_allowed");
  EXPECT_EQ(Act(code, "assign", other_desk_).error().reason, "dossier_action_not_allowed");

  EXPECT_EQ(Step(code, "take", other_desk_), "transfer_not_allowed");
  EXPECT_EQ(Step(code, "send", desk_), "transfer_not_allowed");
  EXPECT_EQ(Step(code, "send", third_desk_), "dossier_not_found");
  EXPECT_EQ(Step(code, "send", other_desk_), "ok");
  EXPECT_EQ(Step(code, "send", other_desk_), "transfer_not_allowed");
  EXPECT_EQ(Step(code, "take", desk_), "ok");
  EXPECT_EQ(Sees(code, desk_), "sent taken ");
  // The hand-over stands on the control sheet, from desk to desk.
  auto seen = Get(code, other_desk_);
  ASSERT_TRUE(seen.ok());
  bool handed = false;
  for (const json::value& v : seen->at("handovers").as_array())
    handed = handed || (json::GetText(v.as_object(), "action") == "transfer_sent" && !v.as_object().at("taken_at").is_null() &&
                        json::GetText(v.as_object(), "from_unit") != json::GetText(v.as_object(), "to_unit"));
  EXPECT_TRUE(handed);
  for (const char* slip : {"01", "06"}) EXPECT_TRUE(service_->Slip(code, slip, 0, other_desk_).ok()) << slip;
  EXPECT_EQ(service_->Slip(code, "01", 0, third_desk_).error().reason, "dossier_not_found");
  // Between offices: its applicant sees no such event.
  auto own = Get(code, citizen_);
  ASSERT_TRUE(own.ok());
  EXPECT_EQ(json::serialize(own->at("events")).find("transfer_"), std::string::npos);
  EXPECT_EQ(Proof(), "0");
}

TEST_P(TransferTest, TheResultIsReturnedAtTheReceivingDeskWhenThatWasAskedFor) {
  const std::string here = Received(true), there = Received(false);
  EXPECT_EQ(Return(here, other_desk_), "dossier_action_not_allowed");
  Decide(here);
  Decide(there);
  EXPECT_EQ(InboxOf(other_desk_), 1);
  EXPECT_EQ(InboxOf(desk_), 1);
  EXPECT_EQ(Return(there, other_desk_), "dossier_action_not_allowed");
  EXPECT_EQ(Return(here, third_desk_), "dossier_not_found");
  EXPECT_EQ(Return(here, other_desk_), "returned");
  EXPECT_EQ(Return(there, desk_), "returned");
  EXPECT_EQ(InboxOf(other_desk_), 0);
  EXPECT_EQ(InboxOf(desk_), 0);
  EXPECT_EQ(Sees(here, other_desk_), "send returned ");
  // Whoever comes to the competent unit after all is not sent away.
  const std::string changed = Received(true);
  Decide(changed);
  EXPECT_EQ(Return(changed, desk_), "returned");
  EXPECT_EQ(InboxOf(other_desk_), 0);
  EXPECT_EQ(Proof(), "0");
}

TEST_P(TransferTest, BothAuthoritiesKeepTheRecordWithItsDays) {
  At(20, 15);  // Friday, three in the afternoon: papers go on Monday
  const std::string code = Received();
  At(23, 10);
  auto here = Facts(other_desk_, true), elsewhere = Facts(desk_, false);
  ASSERT_EQ(here.size(), 1u);
  ASSERT_EQ(elsewhere.size(), 1u);
  EXPECT_TRUE(Facts(other_desk_, false).empty() && Facts(desk_, true).empty() && Facts(third_desk_, true).empty());
  EXPECT_EQ(FormatDate(CivilFromDays(here[0].due_day)), "2026-11-23");
  EXPECT_TRUE(here[0].papers && here[0].return_here);
  EXPECT_EQ(here[0].other_authority_id, desk_.authority_id);
  EXPECT_EQ(elsewhere[0].other_authority_id, other_desk_.authority_id);
  EXPECT_EQ(here[0].sent_day, kNoDay);
  // They arrive before anybody said that they were sent.
  EXPECT_EQ(Step(code, "take", desk_), "ok");
  for (const auto& f : {Facts(other_desk_, true)[0], Facts(desk_, false)[0]}) {
    EXPECT_EQ(f.sent_day, FactDay(clock_.NowUs()));
    EXPECT_EQ(f.taken_day, f.sent_day);
    EXPECT_EQ(f.returned_day, kNoDay);
  }
  EXPECT_EQ(Listed(other_desk_, true), code + " opens; ");
  EXPECT_EQ(Listed(other_leader_, true), code + " listed; ");
  EXPECT_EQ(Listed(desk_, false), code + " opens; ");
  EXPECT_EQ(Listed(third_desk_, true) + Listed(third_desk_, false), "");
  // Nothing on paper: nothing travels.
  SubmitParams without = AtCounter(true);
  for (PaperInput& paper : without.papers) paper.originals = 0;
  auto filed = Submit(without, other_desk_);
  ASSERT_TRUE(filed.ok()) << Reason(filed.error());
  EXPECT_EQ(Sees(json::GetText(*filed, "dossier_code"), other_desk_), "sent taken ");
}

TEST_P(TransferTest, OnlyADeskAndOnlyOverTheCounter) {
  SubmitParams params = AtCounter(false);
  EXPECT_EQ(Submit(params, Officer("H12.127", "one_stop_officer", 401)).error().reason, "unit_out_of_scope");
  params.channel = "post";
  EXPECT_EQ(Submit(params, other_desk_).error().reason, "unit_out_of_scope");
  // At its own desk there is no other to return it at.
  EXPECT_EQ(Reason(Submit(AtCounter(true), desk_).error()), "/return_here field_not_applicable");
  params = AtCounter(true);
  params.return_method = "post";
  EXPECT_EQ(Reason(Submit(params, other_desk_).error()), "/return_here field_not_applicable");
}

}  // namespace
}  // namespace tinhso::dossiers
