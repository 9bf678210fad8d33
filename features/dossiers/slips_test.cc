// The official slips: their numbers, what stays, which set of forms holds.
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>

#include "fixture.h"
#include "store.h"

namespace tinhso::dossiers {
namespace {

class SlipsTest : public DossiersTest {
 protected:
  std::string Accepted() {
    auto filed = Submit(Request(), citizen_);
    EXPECT_TRUE(filed.ok());
    const std::string code = json::GetText(*filed, "dossier_code");
    EXPECT_TRUE(Act(code, "accept", desk_).ok());
    return code;
  }
  // slip_no of each slip the page lists.
  std::vector<std::string> Listed(const std::string& code, const http::Principal& who) {
    std::vector<std::string> out;
    auto page = Get(code, who);
    EXPECT_TRUE(page.ok());
    if (page.ok())
      for (const json::value& one : page->at("slips").as_array()) out.push_back(json::GetText(one.as_object(), "slip_no"));
    return out;
  }
  store::Slip Issued(const std::string& code, const std::string& records) {
    const int64_t authority_id = desk_.authority_id;
    auto slip = database().Read([&](db::Tx& tx) -> Result<store::Slip> {
      TINHSO_ASSIGN(auto d, store::FindByCode(tx, authority_id, code));
      TINHSO_ASSIGN(auto events, store::Events(tx, {authority_id, d->dossier_id}));
      for (const store::Event& e : events) {
        TINHSO_ASSIGN(auto found, store::FindSlip(tx, {authority_id, d->dossier_id}, records, e.event_id));
        if (found) return *found;
      }
      return store::Slip();
    });
    EXPECT_TRUE(slip.ok());
    return slip.ok() ? *slip : store::Slip();
  }
  void NextDay() { clock_.Advance(kUsPerDay); }
};
TINHSO_ON_BOTH_ENGINES(SlipsTest);

// A slip in somebody's hand must be the one the office prints again, whatever happened since.
TEST_P(SlipsTest, ASlipKeepsItsNumberAndItsContent) {
  const std::string code = Accepted(), other = Accepted();
  auto first = service_->Slip(code, "01", 0, citizen_);
  ASSERT_TRUE(first.ok());
  ASSERT_TRUE(service_->Slip(other, "01", 0, desk_).ok());
  EXPECT_EQ(Issued(code, "receipt").number, 1);
  EXPECT_EQ(Issued(other, "receipt").number, 2);
  ASSERT_TRUE(Act(code, "extend", leader_, [](ActParams& p) {
                p.reason = "Chờ xác minh";
                p.due_on = "2026-12-07";
              }).ok());
  auto again = service_->Slip(code, "01", 0, desk_);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(*again, *first);
  // The letter of apology is of another kind: its own series.
  ASSERT_TRUE(service_->Slip(code, "04", 0, citizen_).ok());
  EXPECT_EQ(Issued(code, "apology").number, 1);
  EXPECT_NE(Issued(code, "apology").content.find("2026-12-07"), std::string::npos);
}

// Many print the same slip at once: one number, and none is lost for the next.
TEST_P(SlipsTest, ConcurrentPrintingGivesOneNumberWithoutAGap) {
  const std::string code = Accepted(), next = Accepted();
  std::vector<std::thread> threads;
  std::atomic<int> failed{0};
  for (int i = 0; i < 6; ++i)
    threads.emplace_back([&] {
      if (!service_->Slip(code, "01", 0, desk_).ok()) ++failed;
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failed, 0);
  ASSERT_TRUE(service_->Slip(next, "01", 0, desk_).ok());
  EXPECT_EQ(Issued(code, "receipt").number + Issued(next, "receipt").number, 3);
}

TEST_P(SlipsTest, BeforeReceptionTheReceiptHasNoNumber) {
  auto filed = Submit(Request(), citizen_);
  ASSERT_TRUE(filed.ok());
  const std::string code = json::GetText(*filed, "dossier_code");
  EXPECT_EQ(Listed(code, citizen_), std::vector<std::string>{"01"});
  ASSERT_TRUE(service_->Slip(code, "01", 0, citizen_).ok());
  ASSERT_TRUE(Act(code, "accept", desk_).ok());
  EXPECT_EQ(Issued(code, "receipt").number, 0);
  ASSERT_TRUE(service_->Slip(code, "01", 0, citizen_).ok());
  EXPECT_EQ(Issued(code, "receipt").number, 1);
}

// Circular 03/2025/TT-VPCP holds from 01/7/2025: what was made the day before stays on the older form.
TEST_P(SlipsTest, FormsAreThoseOfTheSlipsDay) {
  clock_.Set(FromLocal({2025, 6, 30}, 9 * 60));
  const std::string code = Accepted();
  EXPECT_EQ(Listed(code, desk_), (std::vector<std::string>{"01", "05"}));
  ASSERT_TRUE(service_->Slip(code, "01", 0, desk_).ok());
  EXPECT_EQ(Issued(code, "receipt").template_id, "slip-01-2018");
  EXPECT_EQ(service_->Slip(code, "06", 0, desk_).error().reason, "slip_not_available");
  NextDay();
  ASSERT_TRUE(Act(code, "take", specialist_).ok());
  EXPECT_EQ(Listed(code, desk_), (std::vector<std::string>{"01", "06"}));
  ASSERT_TRUE(Act(code, "stop", leader_, [](ActParams& p) { p.reason = "Hồ sơ trùng"; }).ok());
  EXPECT_EQ(Listed(code, desk_), (std::vector<std::string>{"01", "05", "06"}));
  ASSERT_TRUE(service_->Slip(code, "05", 0, citizen_).ok());
  EXPECT_EQ(Issued(code, "stop").template_id, "slip-05");
  EXPECT_EQ(Issued(code, "receipt").template_id, "slip-01-2018");
}

// The control sheet is the officers' own.
TEST_P(SlipsTest, TheControlSheetIsNotTheApplicants) {
  const std::string code = Accepted();
  EXPECT_EQ(service_->Slip(code, "06", 0, citizen_).error().reason, "slip_not_available");
  auto before = service_->Slip(code, "06", 0, specialist_);
  ASSERT_TRUE(before.ok());
  ASSERT_TRUE(Act(code, "take", specialist_).ok());
  ASSERT_TRUE(Act(code, "propose", specialist_, [](ActParams& p) { p.result_text = "Đủ điều kiện"; }).ok());
  auto after = service_->Slip(code, "06", 0, specialist_);
  ASSERT_TRUE(after.ok());
  EXPECT_NE(*before, *after);  // it grows with each hand-over
}

TEST_P(SlipsTest, TheRegisterIsOfOnesOwnUnitAndItsDaysAreDays) {
  Accepted();
  ASSERT_TRUE(service_->Register({"", "2026-11-01", "2026-11-30"}, desk_).ok());
  ASSERT_TRUE(service_->Register({"H12.126", "2025-01-01", "2025-06-30"}, desk_).ok());
  EXPECT_EQ(service_->Register({"H12.127", "2026-11-01", "2026-11-30"}, desk_).error().reason, "unit_out_of_scope");
  auto reason = [&](const std::string& from, const std::string& to) { return service_->Register({"", from, to}, desk_).error().fields.at(0).reason; };
  EXPECT_EQ(reason("2026-13-01", "2026-11-30"), "date_malformed");
  EXPECT_EQ(reason("2026-11-30", "2026-11-01"), "date_range");
}

}  // namespace
}  // namespace tinhso::dossiers
