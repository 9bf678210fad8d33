// What reports count: rows that follow a dossier's moves must say what its events say, also of days that are past.
#include <gtest/gtest.h>

#include "demo_people.h"
#include "fixture.h"
#include "store_facts.h"

namespace tinhso::dossiers {
namespace {

class FactsTest : public DossiersTest {
 protected:
  void At(int month, int day) { clock_.Set(FromLocal({2026, month, day}, 9 * 60)); }
  static int64_t Day(int month, int day) { return DaysFromCivil({2026, month, day}); }
  int64_t AnXuyen() { return orgs_->snapshot()->ByCode("H12.126")->unit_id; }
  std::vector<Fact> Facts(int64_t from_day, int64_t to_day) {
    std::vector<Fact> out;
    EXPECT_TRUE(service_->ForEachFact(AnXuyen(), from_day, to_day, [&](Fact& f) { out.push_back(f); }).ok());
    return out;
  }
  std::string Proof() {
    auto found = service_->Recompute(nullptr);
    if (!found.ok()) return found.error().reason;
    std::string out = std::to_string(found->differences);
    for (const std::string& line : found->examples) out += "\n" + line;
    return out;
  }
  std::string Filed() {
    auto filed = Submit(Request(), citizen_);
    EXPECT_TRUE(filed.ok());
    return filed.ok() ? json::GetText(*filed, "dossier_code") : "";
  }
  bool Do(const std::string& code, const std::string& action, const http::Principal& who) {
    return Act(code, action, who, [](ActParams& p) {
             p.reason = "Lý do";
             p.items = {"Giấy tờ"};
             p.result_text = "Đủ điều kiện";
             p.receiver_name = "Nguyễn Thị Mỹ Hạnh";
             if (p.action == "supplement") p.note = "Đã bổ sung";
           }).ok();
  }
};
TINHSO_ON_BOTH_ENGINES(FactsTest);

// The report of November, made in December, says that the dossier waited for papers then.
TEST_P(FactsTest, APastDayIsSeenAsItWas) {
  At(11, 9);
  const std::string code = Filed();
  At(11, 10);
  ASSERT_TRUE(Do(code, "accept", desk_));
  ASSERT_TRUE(Do(code, "take", specialist_));
  At(11, 12);
  ASSERT_TRUE(Do(code, "request_supplement", specialist_));
  At(11, 18);
  ASSERT_TRUE(Do(code, "supplement", citizen_));
  At(11, 20);
  ASSERT_TRUE(Do(code, "propose", specialist_));
  ASSERT_TRUE(Do(code, "approve", leader_));
  At(11, 25);
  ASSERT_TRUE(Do(code, "return_result", desk_));

  auto on = [&](int day) {
    const auto facts = Facts(Day(11, 1), Day(11, day));
    return facts.size() == 1 ? facts[0] : Fact{};
  };
  EXPECT_EQ(Facts(Day(11, 1), Day(11, 8)).size(), 0u);
  EXPECT_EQ(on(9).filed_day, Day(11, 9));
  EXPECT_EQ(on(11).standing, "running");
  EXPECT_EQ(on(12).standing, "supplement");
  EXPECT_EQ(on(17).standing, "supplement");
  EXPECT_EQ(on(17).supplement_count, 1);
  EXPECT_EQ(on(11).supplement_count, 0);
  EXPECT_EQ(on(18).standing, "running");
  // Four working days of waiting moved the due day; before it was the first one.
  EXPECT_GT(on(18).due_day, on(12).due_day);
  EXPECT_EQ(on(11).due_day, on(17).due_day);
  EXPECT_EQ(on(30).received_day, Day(11, 10));
  EXPECT_EQ(on(30).finished_day, Day(11, 20));
  EXPECT_EQ(on(30).returned_day, Day(11, 25));
  EXPECT_EQ(on(30).outcome, "settled");
  // Finished before the days asked for: it counts in them no more.
  EXPECT_EQ(Facts(Day(11, 21), Day(11, 30)).size(), 0u);
  EXPECT_EQ(Facts(Day(11, 20), Day(11, 30)).size(), 1u);
  EXPECT_EQ(Proof(), "0");
}

TEST_P(FactsTest, EndsBeforeReceptionAreToldFromEndsAfterIt) {
  const std::string refused = Filed(), withdrawn = Filed(), stopped = Filed();
  ASSERT_TRUE(Do(refused, "refuse", desk_));
  ASSERT_TRUE(Do(withdrawn, "withdraw", citizen_));
  ASSERT_TRUE(Do(stopped, "accept", desk_));
  ASSERT_TRUE(Do(stopped, "take", specialist_));
  ASSERT_TRUE(Do(stopped, "stop", leader_));
  const int64_t today = FactDay(clock_.NowUs());
  std::map<std::string, bool> received;
  for (const Fact& f : Facts(today, today)) received[f.outcome] = f.received_day != kNoDay;
  EXPECT_EQ(received, (std::map<std::string, bool>{{"refused", false}, {"withdrawn", false}, {"stopped", true}}));
  EXPECT_EQ(Proof(), "0");
}

// Whatever officers do, on whatever day, the rows kept at each move are those that the events give in the end.
TEST_P(FactsTest, RowsKeptAtEachMoveAreThoseOfTheEvents) {
  Dice dice(20261123);
  At(10, 1);
  std::vector<std::string> codes;
  const http::Principal* people[] = {&citizen_, &desk_, &specialist_, &leader_};
  int moved = 0;
  for (int step = 0; step < 150; ++step) {
    if (dice.Once(3)) clock_.Advance(dice.Below(40) * 3600 * kUsPerSecond);
    if (codes.size() < 24 && dice.Once(4)) codes.push_back(Filed());
    if (codes.empty()) continue;
    const std::string& code = codes[static_cast<size_t>(dice.Below(static_cast<int64_t>(codes.size())))];
    // Whoever has something to do; seldom what ends it, or few would live long.
    for (int64_t first = dice.Below(4), i = 0; i < 4; ++i) {
      const http::Principal& who = *people[(first + i) % 4];
      auto seen = Get(code, who);
      ASSERT_TRUE(seen.ok());
      const json::array& actions = seen->at("actions").as_array();
      if (actions.empty()) continue;
      const std::string action = json::GetText(actions[static_cast<size_t>(dice.Below(static_cast<int64_t>(actions.size())))].as_object(), "action");
      const bool ends = action == "withdraw" || action == "refuse" || action == "stop";
      if (ends && !dice.Once(6)) continue;
      if (Do(code, action, who)) ++moved;
      break;
    }
  }
  EXPECT_GT(moved, 40);
  EXPECT_EQ(Proof(), "0");
}

// A database from before: the first start fills what is missing.
TEST_P(FactsTest, OlderDossiersGetTheirFacts) {
  const std::string code = Filed();
  ASSERT_TRUE(Do(code, "accept", desk_));
  ASSERT_TRUE(database().Write([&](db::Tx& tx) -> Status {
    TINHSO_TRY(tx.Send("DELETE FROM dossier_fact", {}));
    return tx.Send("INSERT INTO dossier_fact_pending (authority_id) VALUES ($1)", {AnXuyen()});
  }).ok());
  EXPECT_NE(Proof(), "0");
  ASSERT_TRUE(service_->FillFacts(nullptr).ok());
  EXPECT_EQ(Proof(), "0");
  ASSERT_TRUE(service_->FillFacts(nullptr).ok());
}

// An officer opens the dossiers behind a figure; those of another office are not among them.
TEST_P(FactsTest, AFigureOpensToTheDossiersOfTheOwnOffice) {
  std::vector<std::string> codes;
  for (int i = 0; i < 5; ++i) codes.push_back(Filed());
  const int64_t today = FactDay(clock_.NowUs());
  Service::MatchParams params{today, today, [](const Fact&, const auto&) { return true; }, "", 2};
  std::vector<std::string> listed;
  for (;;) {
    auto page = service_->ListMatching(params, desk_);
    ASSERT_TRUE(page.ok());
    const json::object list = json::Parse(*page)->as_object();
    for (const json::value& item : list.at("items").as_array()) listed.push_back(json::GetText(item.as_object(), "dossier_code"));
    if (list.at("next_cursor").is_null()) break;
    params.cursor = json::GetText(list, "next_cursor");
  }
  std::reverse(codes.begin(), codes.end());
  EXPECT_EQ(listed, codes);
  params.cursor.clear();
  auto elsewhere = service_->ListMatching(params, Officer("H12.128.01", "one_stop_officer", 201));
  ASSERT_TRUE(elsewhere.ok());
  EXPECT_EQ(json::Parse(*elsewhere)->as_object().at("items").as_array().size(), 0u);
  EXPECT_EQ(service_->ListMatching(params, citizen_).error().reason, "permission_denied");
  EXPECT_EQ(service_->ListMatching(params, Officer("H12", "administrator", 301)).error().reason, "permission_denied");

  params.limit = 10;
  auto book = service_->Register(params, desk_);
  ASSERT_TRUE(book.ok());
  ASSERT_EQ(book->rows.size(), 5u);
  EXPECT_EQ(book->rows[0].dossier_code, codes[0]);
  EXPECT_EQ(book->rows[0].applicant_name, "Nguyễn Thị Mỹ Hạnh");
}

}  // namespace
}  // namespace tinhso::dossiers
