// Pages are kept between reads: each test here is a way in which a kept page could have become wrong.
#include <gtest/gtest.h>

#include "fixture.h"
#include "memo.h"

namespace tinhso::dossiers {
namespace {

class PagesTest : public DossiersTest {
 protected:
  // A service of its own over the same database: another server, which has kept nothing of what this one did.
  std::unique_ptr<Service> OtherServer() {
    return std::make_unique<Service>(Deps{*router_, clock_, *orgs_, *areas_, *identity_, *files_, *library_, *catalogue_, *runner_,
                                          "http://localhost:8080"});
  }
  std::string File() {
    auto filed = Submit(Request(), citizen_);
    EXPECT_TRUE(filed.ok());
    return filed.ok() ? json::GetText(*filed, "dossier_code") : "";
  }
  int64_t AuditedReads() {
    auto count = database().Read([](db::Tx& tx) -> Result<int64_t> {
      TINHSO_ASSIGN(auto row, tx.QueryOne("SELECT COUNT(*) FROM audit_event WHERE kind = 'dossier.read'", {}));
      return row->Int(0);
    });
    return count.ok() ? *count : -1;
  }
};
TINHSO_ON_BOTH_ENGINES(PagesTest);

// The answer to filing is made from what is in hand; each member of it must be what a read gives.
TEST_P(PagesTest, TheAnswerToFilingIsWhatAReadGives) {
  auto expect_as_read = [&](const json::object& filed, const http::Principal& who) {
    auto read = Parsed(OtherServer()->Get(json::GetText(filed, "dossier_code"), who));
    ASSERT_TRUE(read.ok());
    EXPECT_GT(filed.size(), 10u);
    for (const auto& [name, value] : filed) EXPECT_EQ(value, read->at(name)) << name;
  };
  auto filed = Submit(Request(), citizen_);
  ASSERT_TRUE(filed.ok());
  expect_as_read(*filed, citizen_);
  SubmitParams at_desk = Request();
  at_desk.channel = "counter";
  identity::Person person;
  person.full_name = "Lý Văn Sáu";
  person.personal_no = "096055001111";
  at_desk.applicant = person;
  at_desk.papers = {{"other-1", "Giấy tờ khác", {}, 1, 2}};
  auto received = Submit(at_desk, desk_);
  ASSERT_TRUE(received.ok());
  expect_as_read(*received, desk_);
}

// Two servers on one database: what the other one did is seen at the next read.
TEST_P(PagesTest, AChangeOnAnotherServerIsSeen) {
  const std::string code = File();
  auto other = OtherServer();
  ASSERT_TRUE(service_->Get(code, desk_).ok());
  auto before = Parsed(other->Get(code, desk_));
  ActParams params;
  params.dossier_code = code;
  params.action = "accept";
  params.version_seen = json::GetInt(*before, "version");
  ASSERT_TRUE(service_->Act(params, desk_).ok());
  auto after = Parsed(other->Get(code, desk_));
  EXPECT_EQ(State(*after), "received");
  EXPECT_EQ(*service_->Get(code, citizen_), *other->Get(code, citizen_));
}

// A rating changes no column of the dossier; the page shows it all the same, on both servers.
TEST_P(PagesTest, ARatingIsSeen) {
  const std::string code = File();
  ASSERT_TRUE(Act(code, "refuse", desk_, [](ActParams& p) { p.reason = "Không thuộc thẩm quyền"; }).ok());
  auto other = OtherServer();
  auto unrated = Parsed(other->Get(code, citizen_));
  ASSERT_TRUE(unrated->at("rating").is_null());
  ASSERT_TRUE(unrated->at("may_rate").as_bool());
  ASSERT_TRUE(service_->Rate({code, 4, {}, "Được"}, citizen_).ok());
  auto rated = Parsed(other->Get(code, citizen_));
  EXPECT_EQ(json::GetInt(rated->at("rating").as_object(), "score"), 4);
  EXPECT_FALSE(rated->at("may_rate").as_bool());
}

// Each reader gets the page of what he may see and do, whoever asked before him.
TEST_P(PagesTest, ReadersDoNotGetEachOthersPages) {
  const std::string code = File();
  ASSERT_TRUE(Act(code, "accept", desk_, [](ActParams& p) { p.note = "ghi chú nội bộ"; }).ok());
  ASSERT_TRUE(Act(code, "take", specialist_).ok());
  const http::Principal colleague = Officer("H12.126.02", "specialist", 402);
  for (int round = 0; round < 2; ++round) {  // written, then kept
    auto of_officer = service_->Get(code, specialist_);
    auto of_colleague = service_->Get(code, colleague);
    auto of_applicant = service_->Get(code, citizen_);
    EXPECT_NE(of_officer->find("ghi chú nội bộ"), std::string::npos);
    EXPECT_EQ(of_applicant->find("ghi chú nội bộ"), std::string::npos);
    EXPECT_NE(of_officer->find("\"action\":\"propose\",\"title\""), std::string::npos);
    EXPECT_EQ(of_colleague->find("\"action\":\"propose\",\"title\""), std::string::npos);
    EXPECT_EQ(service_->Get(code, stranger_).error().reason, "dossier_not_found");
    // The same reader without the right to act any more.
    http::Principal idle = specialist_;
    std::erase(idle.permissions, "dossier.act");
    EXPECT_TRUE(Get(code, idle)->at("actions").as_array().empty());
  }
}

// Deadlines go by date: a page of yesterday is not shown today. Nor is one with a unit's old name.
TEST_P(PagesTest, ANewDayAndANewNameWriteThePageAnew) {
  const std::string code = File();
  ASSERT_TRUE(Act(code, "accept", desk_).ok());
  auto today = Get(code, desk_);
  EXPECT_NE(json::GetText(*today, "deadline"), "late");
  clock_.Set(FromLocal({2027, 3, 1}, 9 * 60));
  EXPECT_EQ(json::GetText(*Get(code, desk_), "deadline"), "late");
  const orgs::Unit* unit = orgs_->snapshot()->ByCode("H12.126");
  http::Principal admin = Officer("H12.126", "administrator", 900);
  ASSERT_TRUE(orgs_->RenameUnit(unit->unit_id, "Ủy ban nhân dân phường Tên Mới", admin).ok());
  EXPECT_EQ(json::GetText(Get(code, desk_)->at("unit").as_object(), "name"), "Ủy ban nhân dân phường Tên Mới");
}

// Who reads is recorded, also when the page was written for somebody else.
TEST_P(PagesTest, AReadOfAKeptPageIsRecorded) {
  const std::string code = File();
  ASSERT_TRUE(service_->Get(code, desk_).ok());
  EXPECT_EQ(AuditedReads(), 1);
  ASSERT_TRUE(service_->Get(code, Officer("H12.126.01", "one_stop_officer", 555)).ok());  // the same rights: the same page
  EXPECT_EQ(AuditedReads(), 2);
  ASSERT_TRUE(service_->Get(code, citizen_).ok());  // one's own dossier
  EXPECT_EQ(AuditedReads(), 2);
}

TEST(PageMemoTest, HoldsNoMoreThanItsLimitAndKeepsWhatIsUsed) {
  PageMemo memo(10'000);
  const PageMemo::Ground ground{nullptr, nullptr, {2026, 11, 23}};
  auto page = std::make_shared<const std::string>(std::string(1'000, 'x'));
  for (int i = 0; i < 100; ++i) {
    memo.Put(ground, "key" + std::to_string(i), page);
    EXPECT_LE(memo.bytes(), 10'000u);
    EXPECT_NE(memo.Find(ground, "key0"), nullptr) << i;
  }
  EXPECT_EQ(memo.Find(ground, "key1"), nullptr);
  EXPECT_NE(memo.Find(ground, "key99"), nullptr);
  memo.Put(ground, "huge", std::make_shared<const std::string>(std::string(kPageMemoEntryBytesMax + 1, 'x')));
  EXPECT_EQ(memo.Find(ground, "huge"), nullptr);
  EXPECT_EQ(memo.Find({nullptr, nullptr, {2026, 11, 24}}, "key99"), nullptr);
  EXPECT_EQ(memo.bytes(), 0u);
}

}  // namespace
}  // namespace tinhso::dossiers
