// Papers kept once, and filing for somebody else.
#include <gtest/gtest.h>

#include "fixture.h"

namespace tinhso::dossiers {
namespace {

class PapersOnceTest : public DossiersTest {
 protected:
  std::string FileOf(const http::Principal& who, const std::string& text) {
    auto file = files_->Put("%PDF-1.4\n" + text + "\n%%EOF\n", text + ".pdf", "application/pdf", who.account_id);
    EXPECT_TRUE(file.ok());
    return std::to_string(file.ok() ? file->file_id : 0);
  }
  // A request with one paper of the person's own naming.
  SubmitParams WithPaper(PaperInput paper) {
    SubmitParams params = Request();
    paper.paper_id = "other1";
    paper.name = "Giấy xác nhận";
    params.papers = {std::move(paper)};
    return params;
  }
  // The dossier just filed, as who filed it sees it.
  json::object MustFile(const SubmitParams& params, const http::Principal& who) {
    auto filed = Submit(params, who);
    EXPECT_TRUE(filed.ok()) << filed.error().reason << (filed.error().fields.empty() ? "" : " " + filed.error().fields[0].pointer + " " + filed.error().fields[0].reason);
    if (!filed.ok()) return {};
    auto seen = Get(CodeOf(*filed), who);
    EXPECT_TRUE(seen.ok()) << seen.error().reason;
    return seen.ok() ? *seen : json::object();
  }
  static std::string CodeOf(const json::object& dossier) { return json::GetText(dossier, "dossier_code"); }
  static json::object FirstPaper(const json::object& dossier) { return dossier.at("papers").as_array().at(0).as_object(); }
  json::object Store(const http::Principal& who, int64_t person_id = 0) {
    auto answer = Parsed(service_->PapersOf(person_id, who));
    EXPECT_TRUE(answer.ok()) << answer.error().reason;
    return answer.ok() ? *answer : json::object();
  }
  SubmitParams ForSomebody() {
    SubmitParams params = Request();
    identity::Person old_man;
    old_man.full_name = "Lê Văn Út";
    old_man.personal_no = "096045001111";
    params.applicant = old_man;
    params.proxy = ProxyInput{{}, "relative", "Con trai", "paper", "2026-11-20"};
    return params;
  }
  std::string FieldOf(const Result<json::object>& answer) {
    return answer.ok() || answer.error().fields.empty() ? "" : answer.error().fields[0].pointer + " " + answer.error().fields[0].reason;
  }
};
TINHSO_ON_BOTH_ENGINES(PapersOnceTest);

TEST_P(PapersOnceTest, APaperIsUsedAgainWithItsSource) {
  PaperInput scanned;
  scanned.file_ids = {std::stoll(FileOf(citizen_, "xac-nhan"))};
  const json::object first = MustFile(WithPaper(scanned), citizen_);
  EXPECT_EQ(json::GetInt(FirstPaper(first), "digitisation"), 1);
  const json::object kept = Store(citizen_).at("items").as_array().at(0).as_object();
  EXPECT_EQ(json::GetText(kept, "dossier_code"), CodeOf(first));

  PaperInput again;
  again.reuse = {{CodeOf(first), scanned.file_ids[0]}};
  const json::object second = MustFile(WithPaper(again), citizen_);
  EXPECT_EQ(json::GetInt(FirstPaper(second), "digitisation"), 2);
  EXPECT_EQ(json::GetText(FirstPaper(second), "source_dossier_code"), CodeOf(first));
  ASSERT_TRUE(service_->PaperFile(CodeOf(second), scanned.file_ids[0], desk_).ok());
  EXPECT_EQ(json::GetInt(Store(citizen_), "reused"), 1);
  // Handed over on paper only: not digitised.
  PaperInput counted;
  counted.originals = 1;
  SubmitParams at_counter = WithPaper(counted);
  at_counter.channel = "counter";
  at_counter.applicant = identity::Person{};
  at_counter.applicant->full_name = "Nguyễn Thị Mỹ Hạnh";
  at_counter.applicant->personal_no = "096190001234";
  EXPECT_EQ(json::GetInt(FirstPaper(MustFile(at_counter, desk_)), "digitisation"), 0);
  // At the counter the same person's paper is used again by the number on the card.
  at_counter.papers[0] = again;
  at_counter.papers[0].paper_id = "other1";
  at_counter.papers[0].name = "Giấy xác nhận";
  EXPECT_EQ(json::GetInt(FirstPaper(MustFile(at_counter, desk_)), "digitisation"), 2);
}

TEST_P(PapersOnceTest, AnEarlierResultIsUsedAgain) {
  const std::string code = CodeOf(MustFile(Request(), citizen_));
  ASSERT_TRUE(Act(code, "accept", desk_).ok());
  ASSERT_TRUE(Act(code, "take", specialist_).ok());
  ASSERT_TRUE(Act(code, "propose", specialist_, [](ActParams& p) { p.result_text = "Đủ điều kiện."; }).ok());
  ASSERT_TRUE(Act(code, "approve", leader_).ok());
  ASSERT_TRUE(runner_->RunDue().ok());
  const json::object kept = Store(citizen_).at("items").as_array().at(0).as_object();
  EXPECT_EQ(json::GetText(kept, "kind"), "result");
  PaperInput again;
  again.reuse = {{code, std::stoll(json::GetText(kept.at("file").as_object(), "file_id"))}};
  EXPECT_EQ(json::GetInt(FirstPaper(MustFile(WithPaper(again), citizen_)), "digitisation"), 3);
}

// Whatever is wrong, the answer is the same: another person's paper is as if absent.
TEST_P(PapersOnceTest, AnotherPersonsPaperIsAsIfAbsent) {
  PaperInput scanned;
  scanned.file_ids = {std::stoll(FileOf(citizen_, "cua-hanh"))};
  const std::string code = CodeOf(MustFile(WithPaper(scanned), citizen_));
  for (const auto& [source, file_id] : std::vector<std::pair<std::string, int64_t>>{{code, scanned.file_ids[0]}, {code, 999}, {"H12.126-200101-0001", 1}, {"x", 1}}) {
    PaperInput stolen;
    stolen.reuse = {{source, file_id}};
    EXPECT_EQ(FieldOf(Submit(WithPaper(stolen), stranger_)), "/papers/0/reuse paper_source_unknown");
    SubmitParams at_counter = WithPaper(stolen);
    at_counter.channel = "counter";
    at_counter.applicant = identity::Person{};
    at_counter.applicant->full_name = "Trần Quốc Bảo";
    at_counter.applicant->personal_no = "096085005678";
    EXPECT_EQ(FieldOf(Submit(at_counter, desk_)), "/papers/0/reuse paper_source_unknown");
  }
  EXPECT_TRUE(Store(stranger_).at("items").as_array().empty());
  EXPECT_EQ(service_->PapersOf(citizen_.person_id, stranger_).error().reason, "permission_denied");
  EXPECT_EQ(Store(desk_, citizen_.person_id).at("items").as_array().size(), 1u);
  EXPECT_TRUE(Store(Officer("H12.127.01", "one_stop_officer", 900), citizen_.person_id).at("items").as_array().empty());
}

// The son files for his father: the father sees it as his own, the son sees this dossier and no other.
TEST_P(PapersOnceTest, AProxySeesThatDossierOnlyUntilTheConsentEnds) {
  const http::Principal father = Citizen("096045001111", "Lê Văn Út");
  const std::string others = CodeOf(MustFile(Request(), father));
  const std::string code = CodeOf(MustFile(ForSomebody(), citizen_));
  auto seen = Get(code, father);
  ASSERT_TRUE(seen.ok());
  EXPECT_EQ(json::GetText(seen->at("proxy").as_object(), "full_name"), "Nguyễn Thị Mỹ Hạnh");
  EXPECT_TRUE(seen->at("proxy").as_object().at("may_withdraw").as_bool());
  ASSERT_TRUE(Get(code, citizen_).ok());
  EXPECT_EQ(Get(others, citizen_).error().reason, "dossier_not_found");
  EXPECT_EQ(Get(code, stranger_).error().reason, "dossier_not_found");
  // He brings papers; giving up, rating and taking the consent back are the father's.
  EXPECT_EQ(Act(code, "withdraw", citizen_, [](ActParams& p) { p.reason = "x"; }).error().reason, "dossier_action_not_allowed");
  const int64_t version = json::GetInt(*seen, "version");
  EXPECT_EQ(service_->WithdrawConsent(code, version, citizen_).error().reason, "permission_denied");
  ASSERT_TRUE(service_->Slip(code, "01", 0, citizen_).ok());
  // The proxy's own store does not show what he filed for somebody.
  EXPECT_TRUE(Store(citizen_).at("items").as_array().empty());

  EXPECT_EQ(service_->WithdrawConsent(code, version + 1, father).error().reason, "dossier_version_stale");
  auto ended = Parsed(service_->WithdrawConsent(code, version, father));
  ASSERT_TRUE(ended.ok());
  EXPECT_FALSE(ended->at("proxy").as_object().at("withdrawn_at").is_null());
  EXPECT_EQ(Get(code, citizen_).error().reason, "dossier_not_found");
  EXPECT_EQ(List({}, citizen_)->at("items").as_array().size(), 0u);
  EXPECT_EQ(service_->WithdrawConsent(code, version + 1, father).error().reason, "dossier_without_proxy");
  ASSERT_TRUE(Act(code, "accept", desk_).ok());  // the dossier goes on
  EXPECT_EQ(service_->Recompute(nullptr)->differences, 0);
}

TEST_P(PapersOnceTest, AConsentIsWholeAndRecent) {
  auto refused = [&](const std::function<void(SubmitParams&)>& spoil) {
    SubmitParams params = ForSomebody();
    spoil(params);
    return FieldOf(Submit(params, citizen_));
  };
  EXPECT_EQ(refused([](SubmitParams& p) { p.proxy->consent_on = "2026-11-24"; }), "/proxy/consent_on date_in_future");
  EXPECT_EQ(refused([](SubmitParams& p) { p.proxy->consent_on = "2025-11-01"; }), "/proxy/consent_on consent_too_old");
  EXPECT_EQ(refused([](SubmitParams& p) { p.proxy->consent_on = "2026-02-30"; }), "/proxy/consent_on date_malformed");
  EXPECT_EQ(refused([](SubmitParams& p) { p.applicant->personal_no = ""; }), "/applicant/personal_no field_required");
  EXPECT_EQ(refused([](SubmitParams& p) { p.proxy->relation = "other", p.proxy->relation_note = ""; }), "/proxy/relation_note field_required");
  EXPECT_EQ(refused([](SubmitParams& p) { p.applicant.reset(); }), "/applicant field_required");
  EXPECT_EQ(refused([](SubmitParams& p) { p.applicant->full_name = "Nguyễn Thị Mỹ Hạnh", p.applicant->personal_no = "096190001234"; }), "/proxy/personal_no proxy_is_applicant");
}

// What is promised before filing is what the slip says after it.
TEST_P(PapersOnceTest, ThePromiseIsKept) {
  auto promise = Parsed(service_->Promise("1.004873", "H12.126", "counter"));
  ASSERT_TRUE(promise.ok());
  SubmitParams params = Request();
  params.channel = "counter";
  params.applicant = identity::Person{};
  params.applicant->full_name = "Nguyễn Thị Mỹ Hạnh";
  const json::object filed = MustFile(params, desk_);
  EXPECT_EQ(json::GetText(*promise, "due_at"), json::GetText(filed, "due_at"));
  EXPECT_EQ(promise->at("due_steps"), filed.at("due_steps"));
  EXPECT_EQ(service_->Promise("9.999999", "H12.126", "counter").error().reason, "procedure_not_found");
  EXPECT_EQ(service_->Promise("1.004873", "H99", "counter").error().fields.at(0).reason, "unit_not_found");
}

}  // namespace
}  // namespace tinhso::dossiers
