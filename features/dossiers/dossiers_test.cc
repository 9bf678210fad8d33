#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "fixture.h"

namespace tinhso::dossiers {
namespace {

TINHSO_ON_BOTH_ENGINES(DossiersTest);

std::string Code(const json::object& dossier) { return json::GetText(dossier, "dossier_code"); }

#define ASSERT_OK(expr)                                                                          \
  do {                                                                                           \
    const auto& ok_result_ = (expr);                                                             \
    ASSERT_TRUE(ok_result_.ok()) << ok_result_.error().reason << " " << ok_result_.error().detail \
                                 << (ok_result_.error().fields.empty() ? "" : " " + ok_result_.error().fields[0].pointer + " " + ok_result_.error().fields[0].reason); \
  } while (0)

// The whole main job: what every later system stands on.
TEST_P(DossiersTest, APersonFilesAndTheResultComesBack) {
  auto filed = Submit(Request(), citizen_);
  ASSERT_OK(filed);
  const std::string code = Code(*filed);
  EXPECT_EQ(code, "H12.126-261123-0001");
  EXPECT_EQ(State(*filed), "submitted");
  EXPECT_TRUE(filed->at("due_at").is_null());  // the clock starts with reception

  ASSERT_OK(Act(code, "accept", desk_));
  ASSERT_OK(Act(code, "take", specialist_));
  ASSERT_OK(Act(code, "propose", specialist_, [](ActParams& p) { p.result_text = "Đủ điều kiện."; }));
  ASSERT_OK(Act(code, "approve", leader_));
  auto returned = Act(code, "return_result", desk_, [](ActParams& p) { p.receiver_name = "Nguyễn Thị Mỹ Hạnh"; });
  ASSERT_OK(returned);
  EXPECT_EQ(returned->at("state").as_object().at("national_state").as_int64(), 10);

  ASSERT_OK(runner_->RunDue());  // renders the result
  auto file = service_->ResultFile(code, citizen_);
  ASSERT_OK(file);
  EXPECT_EQ(file->media_type, "application/pdf");
  auto mine = Get(code, citizen_);
  ASSERT_OK(mine);
  const std::string verify_code = json::GetText(mine->at("result").as_object(), "verify_code");
  auto verified = Verify(verify_code);
  ASSERT_OK(verified);
  EXPECT_EQ(json::GetText(*verified, "sha256"), file->sha256);
  EXPECT_FALSE(Verify(verify_code + "x").ok());
  // No personal data for the public.
  EXPECT_EQ(json::serialize(*verified).find("Hạnh"), std::string::npos);
  auto tracked = Track(code);
  ASSERT_OK(tracked);
  EXPECT_EQ(json::serialize(*tracked).find("Hạnh"), std::string::npos);

  ASSERT_OK(service_->Rate({code, 5, {}, "Nhanh"}, citizen_));
  EXPECT_EQ(service_->Rate({code, 4, {}, ""}, citizen_).error().reason, "dossier_already_rated");
  auto report = audit::Seal(database(), 1000, clock_.NowUs());
  ASSERT_OK(report);
  auto check = audit::Check(database());
  ASSERT_OK(check);
  EXPECT_TRUE(check->problems.empty());
  EXPECT_GE(check->leaves, 7);
}

// Two officers open the same dossier; the second must not overwrite the first.
TEST_P(DossiersTest, StaleVersionIsRefusedAndChangesNothing) {
  auto filed = Submit(Request(), citizen_);
  ASSERT_OK(filed);
  ActParams params;
  params.dossier_code = Code(*filed);
  params.action = "accept";
  params.version_seen = json::GetInt(*filed, "version");
  ASSERT_OK(Act(params, desk_));
  auto before = Get(params.dossier_code, desk_);
  params.action = "refuse";
  params.reason = "Muộn";
  auto second = Act(params, desk_);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().reason, "dossier_version_stale");
  EXPECT_EQ(second.error().code, ErrorCode::kConflict);
  auto after = Get(params.dossier_code, desk_);
  EXPECT_EQ(json::serialize(*before), json::serialize(*after));
}

// Eight officers press the button at once: one step is taken, one event is written.
TEST_P(DossiersTest, OneOfManyConcurrentActionsWins) {
  auto filed = Submit(Request(), citizen_);
  ASSERT_OK(filed);
  ActParams params;
  params.dossier_code = Code(*filed);
  params.action = "accept";
  params.version_seen = json::GetInt(*filed, "version");
  std::atomic<int> won = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] {
      if (Act(params, desk_).ok()) ++won;
    });
  for (auto& t : threads) t.join();
  EXPECT_EQ(won, 1);
  auto after = Get(params.dossier_code, desk_);
  ASSERT_OK(after);
  EXPECT_EQ(after->at("events").as_array().size(), 2u);
}

// A weak line makes a client send twice; the dossier exists once.
TEST_P(DossiersTest, ARepeatedSubmissionGivesTheSameDossierOnce) {
  SubmitParams params = Request();
  params.idempotency_key = "key-12345678";
  params.request_sha256 = "a";
  std::set<std::string> codes;
  std::mutex mutex;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] {
      auto filed = Submit(params, citizen_);
      // On PostgreSQL the losers of the race meet the unique key and may have to ask again.
      for (int tries = 0; !filed.ok() && tries < 5; ++tries) filed = Submit(params, citizen_);
      std::lock_guard lock(mutex);
      codes.insert(filed.ok() ? Code(*filed) : filed.error().reason);
    });
  for (auto& t : threads) t.join();
  EXPECT_EQ(codes.size(), 1u) << *codes.begin();
  auto list = List({}, citizen_);
  ASSERT_OK(list);
  EXPECT_EQ(list->at("items").as_array().size(), 1u);
  params.request_sha256 = "b";
  EXPECT_EQ(Submit(params, citizen_).error().reason, "idempotency_key_reused");
}

// Numbers are what people hold in their hands: none twice, none skipped.
TEST_P(DossiersTest, CodesDoNotRepeatUnderConcurrency) {
  std::set<std::string> codes;
  std::mutex mutex;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 5; ++i) {
        auto filed = Submit(Request(), citizen_);
        std::lock_guard lock(mutex);
        codes.insert(filed.ok() ? Code(*filed) : filed.error().reason);
      }
    });
  for (auto& t : threads) t.join();
  ASSERT_EQ(codes.size(), 40u);
  EXPECT_EQ(*codes.begin(), "H12.126-261123-0001");
  EXPECT_EQ(*codes.rbegin(), "H12.126-261123-0040");
}

// Waiting for the person is not the office's time (FACTS §1): the due date moves by the working time in between.
TEST_P(DossiersTest, ASupplementStopsTheClock) {
  auto filed = Submit(Request("1.013225"), citizen_);
  if (!filed.ok()) {  // the permit asks for drawings: file it at the counter with papers ticked
    SubmitParams params = Request("1.013225");
    params.channel = "counter";
    identity::Person person;
    person.full_name = "Nguyễn Thị Mỹ Hạnh";
    person.personal_no = "096190001234";
    params.applicant = person;
    auto form = service_->FormOf("1.013225", nullptr);
    ASSERT_OK(form);
    for (const json::value& paper : form->at("papers").as_array())
      params.papers.push_back({json::GetText(paper.as_object(), "paper_id"), "", {}, 1, 0});
    filed = Submit(params, desk_);
  } else {
    filed = Act(Code(*filed), "accept", desk_);
  }
  ASSERT_OK(filed);
  const std::string code = Code(*filed);
  const std::string due_before = json::GetText(*filed, "due_on");
  ASSERT_FALSE(due_before.empty());
  const http::Principal builder = Officer("H12.126.03", "specialist", 202);
  ASSERT_OK(Act(code, "take", builder));
  auto asked = Act(code, "request_supplement", builder, [](ActParams& p) {
    p.reason = "Thiếu bản vẽ móng";
    p.items = {"Bản vẽ mặt bằng móng"};
  });
  ASSERT_OK(asked);
  EXPECT_EQ(json::GetText(asked->at("state").as_object(), "clock"), "paused");
  EXPECT_EQ(json::GetText(*asked, "deadline"), "none");
  // Three working days pass: 25, 26, 27 November (24 is a holiday).
  clock_.Set(FromLocal({2026, 11, 27}, 9 * 60));
  auto answered = Act(code, "supplement", citizen_, [](ActParams& p) { p.note = "Đã gửi bản vẽ"; });
  ASSERT_OK(answered);
  EXPECT_EQ(State(*answered), "in_process");
  const auto units = orgs_->snapshot();
  auto moved = ParseDate(json::GetText(*answered, "due_on"));
  auto original = ParseDate(due_before);
  ASSERT_TRUE(moved.ok() && original.ok());
  const auto& calendar = units->CalendarOf(units->ByCode("H12.126")->unit_id);
  // From 23/11 09:00 to 27/11 09:00 the office worked 3 days' hours: the due date moves by them.
  EXPECT_EQ(calendar.WorkingDaysBetween(*original, *moved), 3);
  EXPECT_EQ(json::GetText(*answered, "original_due_on"), due_before);
}

// Codes can be guessed; dossiers cannot: for others they do not exist.
TEST_P(DossiersTest, OutsidersSeeNothing) {
  auto filed = Submit(Request(), citizen_);
  ASSERT_OK(filed);
  const std::string code = Code(*filed);
  const http::Principal elsewhere = Officer("H12.127.01", "one_stop_officer", 301);
  for (const http::Principal& who : {stranger_, elsewhere}) {
    auto seen = Get(code, who);
    ASSERT_FALSE(seen.ok());
    EXPECT_EQ(seen.error().reason, "dossier_not_found");
    EXPECT_EQ(seen.error().reason, Get("H12.126-261123-9999", who).error().reason);
    EXPECT_EQ(service_->Slip(code, "01", 0, who).error().reason, "dossier_not_found");
    ActParams params;
    params.dossier_code = code;
    params.action = "accept";
    params.version_seen = 1;
    EXPECT_EQ(Act(params, who).error().reason, "dossier_not_found");
  }
}

// A specialist of another division has the role but not the work.
TEST_P(DossiersTest, OnlyTheHolderMayAct) {
  auto filed = Submit(Request(), citizen_);
  ASSERT_OK(filed);
  const std::string code = Code(*filed);
  ASSERT_OK(Act(code, "accept", desk_));
  const http::Principal other_division = Officer("H12.126.04", "specialist", 401);
  EXPECT_EQ(Act(code, "take", other_division).error().reason, "dossier_action_not_allowed");
  EXPECT_EQ(Act(code, "approve", leader_).error().reason, "dossier_action_not_allowed");
  ASSERT_OK(Act(code, "take", specialist_));
  const http::Principal colleague = Officer("H12.126.02", "specialist", 402);
  EXPECT_EQ(Act(code, "propose", colleague, [](ActParams& p) { p.result_text = "x"; }).error().reason, "dossier_action_not_allowed");
}

// Nobody is turned away without being told why.
TEST_P(DossiersTest, ARefusalNeedsAReasonAndGivesItsSlip) {
  auto filed = Submit(Request(), citizen_);
  ASSERT_OK(filed);
  const std::string code = Code(*filed);
  auto bare = Act(code, "refuse", desk_);
  ASSERT_FALSE(bare.ok());
  ASSERT_FALSE(bare.error().fields.empty());
  EXPECT_EQ(bare.error().fields[0].pointer, "/reason");
  EXPECT_EQ(service_->Slip(code, "03", 0, citizen_).error().reason, "slip_not_available");
  auto refused = Act(code, "refuse", desk_, [](ActParams& p) { p.reason = "Không thuộc thẩm quyền"; });
  ASSERT_OK(refused);
  EXPECT_EQ(refused->at("state").as_object().at("national_state").as_int64(), 3);
  ASSERT_OK(service_->Slip(code, "03", 0, citizen_));
}

TEST_P(DossiersTest, APersonWithdraws) {
  auto filed = Submit(Request(), citizen_);
  ASSERT_OK(filed);
  auto withdrawn = Act(Code(*filed), "withdraw", citizen_, [](ActParams& p) { p.reason = "Nộp nhầm"; });
  ASSERT_OK(withdrawn);
  EXPECT_EQ(withdrawn->at("state").as_object().at("national_state").as_int64(), 7);
}

// The person stands at the desk: filed and received in one act, for a person without an account.
TEST_P(DossiersTest, CounterReceptionReceivesAtOnce) {
  SubmitParams params = Request();
  params.channel = "counter";
  auto missing = Submit(params, desk_);
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().fields[0].pointer, "/applicant");
  identity::Person person;
  person.full_name = "Lý Văn Sáu";
  person.personal_no = "096055001111";
  params.applicant = person;
  EXPECT_EQ(Submit(params, citizen_).error().reason, "permission_denied");
  EXPECT_EQ(Submit(params, Officer("H12.127", "one_stop_officer", 301)).error().reason, "unit_out_of_scope");
  auto filed = Submit(params, desk_);
  ASSERT_OK(filed);
  EXPECT_EQ(State(*filed), "received");
  EXPECT_FALSE(json::GetText(*filed, "due_on").empty());
  auto found = List({"ly van sau", "", "", 10}, desk_);
  ASSERT_OK(found);
  EXPECT_EQ(found->at("items").as_array().size(), 1u);
  found = List({"sau", "", "", 10}, desk_);
  ASSERT_OK(found);
  EXPECT_EQ(found->at("items").as_array().size(), 1u);
}

// Every broken field at once, on the server, whatever the browser checked.
TEST_P(DossiersTest, BadAnswersAreNamedAndNothingIsFiled) {
  SubmitParams params = Request();
  params.declaration = false;
  params.answers["khong_co"] = 1;
  auto filed = Submit(params, citizen_);
  ASSERT_FALSE(filed.ok());
  std::set<std::string> reasons;
  for (const FieldError& f : filed.error().fields) reasons.insert(f.pointer + " " + f.reason);
  EXPECT_TRUE(reasons.count("/answers/khong_co field_unknown"));
  EXPECT_TRUE(reasons.count("/declaration declaration_required"));
  auto list = List({}, citizen_);
  ASSERT_OK(list);
  EXPECT_TRUE(list->at("items").as_array().empty());
  params = Request();
  params.procedure_code = "9.999999";
  EXPECT_EQ(Submit(params, citizen_).error().reason, "procedure_not_found");
  params = Request();
  params.unit_code = "H12.126.01";  // a desk is no authority
  EXPECT_EQ(Submit(params, citizen_).error().fields[0].reason, "unit_not_competent");
}

// Officers look people up by the beginning of the full or of the given name, by number or by code; each list pages through
// everything once, names in their order and the same name newest first.
TEST_P(DossiersTest, OfficersFindAndPageThroughDossiers) {
  auto file_for = [&](const std::string& name, const std::string& personal_no) {
    SubmitParams params = Request();
    params.channel = "counter";
    identity::Person person;
    person.full_name = name;
    person.personal_no = personal_no;
    params.applicant = person;
    auto filed = Submit(params, desk_);
    EXPECT_TRUE(filed.ok());
    return filed.ok() ? Code(*filed) : "";
  };
  std::vector<std::string> hanh;
  for (int i = 0; i < 5; ++i) hanh.push_back(file_for("Nguyễn Văn Hạnh", "096085001111"));
  const std::string tam = file_for("Trần Minh Tâm", "096085002222");
  const std::string tam_thanh = file_for("Tâm Thành", "096085003333");
  const std::string stopped = file_for("Lê Thị Tâm", "096185004444");
  ASSERT_OK(Act(stopped, "take", specialist_));
  ASSERT_OK(Act(stopped, "stop", leader_, [](ActParams& p) { p.reason = "Trùng hồ sơ"; }));
  auto codes = [&](const std::string& q, const std::string& state, int64_t limit) {
    std::vector<std::string> out;
    std::string cursor;
    do {
      auto list = List({q, state, cursor, limit}, desk_);
      EXPECT_TRUE(list.ok());
      if (!list.ok()) break;
      for (const json::value& item : list->at("items").as_array()) out.push_back(json::GetText(item.as_object(), "dossier_code"));
      cursor = json::GetText(*list, "next_cursor");
      EXPECT_LE(list->at("items").as_array().size(), static_cast<size_t>(limit));
    } while (!cursor.empty() && out.size() < 100);
    return out;
  };
  using Codes = std::vector<std::string>;
  const Codes newest_hanh(hanh.rbegin(), hanh.rend());
  for (int64_t limit : {1, 2, 3, 50}) {
    EXPECT_EQ(codes("nguyen van", "", limit), newest_hanh) << limit;
    EXPECT_EQ(codes("hanh", "", limit), newest_hanh) << limit;
    EXPECT_EQ(codes("Tâm", "", limit), (Codes{tam_thanh, stopped, tam})) << limit;  // the full name first
    EXPECT_EQ(codes("096085001111", "", limit), newest_hanh) << limit;
    EXPECT_EQ(codes("tam", "open", limit), (Codes{tam_thanh, tam})) << limit;
    EXPECT_EQ(codes("", "closed", limit), (Codes{stopped})) << limit;
    EXPECT_EQ(codes("", "open", limit).size(), 7u) << limit;
    EXPECT_EQ(codes("", "", limit).size(), 8u) << limit;
  }
  EXPECT_EQ(codes(hanh[2], "", 50), (Codes{hanh[2]}));
  EXPECT_EQ(codes(hanh[2], "closed", 50), Codes{});
  EXPECT_EQ(codes("minh", "", 50), Codes{});  // a name in the middle is nobody's beginning
  EXPECT_EQ(List({"", "", "bWFkZXVw", 50}, desk_).error().reason, "cursor_malformed");
}

}  // namespace
}  // namespace tinhso::dossiers
