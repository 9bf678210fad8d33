// Queue numbers: none twice, none missing, nobody called by two.
#include "queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <set>
#include <thread>

#include "engines/numbering/numbering.h"
#include "kernel/audit/audit.h"
#include "kernel/db_testing/db_testing.h"

namespace tinhso::queue {
namespace {

class QueueTest : public db_testing::DbTest {
 protected:
  void SetUp() override {
    Migrate({db::Migrations_kernel_audit(), db::Migrations_kernel_orgs(), db::Migrations_engines_numbering(), db::Migrations_features_queue()});
    router_ = std::make_unique<db::TenantRouter>(database());
    orgs_ = std::make_unique<orgs::Service>(database(), clock_);
    ASSERT_TRUE(orgs::LoadUnitsFromYaml(*orgs_, TINHSO_SOURCE_DIR "/packs/ca-mau/units.yaml").ok());
    ASSERT_TRUE(orgs_->Load().ok());
    service_ = std::make_unique<Service>(*router_, clock_, *orgs_);
    auto key = service_->NewKioskKey(Officer(1));
    ASSERT_TRUE(key.ok());
    key_ = Text(*key, "key");
  }
  http::Principal Officer(int64_t account_id, const std::string& unit_code = "H12.126.01") {
    const orgs::Unit* unit = orgs_->snapshot()->ByCode(unit_code);
    http::Principal who;
    who.account_id = account_id;
    who.unit_id = unit->unit_id;
    who.authority_id = unit->authority_id;
    return who;
  }
  static json::object Parsed(const std::string& text) { return json::Parse(text)->as_object(); }
  static std::string Text(const std::string& text, const char* key) { return json::GetText(Parsed(text), key); }
  Result<std::string> Take(const std::string& group = "A") { return service_->Issue({"H12.126", key_, group}); }
  std::string MustTake(const std::string& group = "A") {
    auto taken = Take(group);
    EXPECT_TRUE(taken.ok()) << taken.error().reason;
    return taken.ok() ? Text(*taken, "ticket_no") : "";
  }
  json::object MustCall(int64_t account_id, std::vector<std::string> groups = {}) {
    auto called = service_->Next({"Quầy " + std::to_string(account_id), std::move(groups)}, Officer(account_id));
    EXPECT_TRUE(called.ok()) << called.error().reason;
    const json::object answer = Parsed(*called);
    return answer.at("ticket").is_object() ? answer.at("ticket").as_object() : json::object();
  }
  Result<std::string> Act(const json::object& ticket, const std::string& action, int64_t account_id, const std::string& group = "") {
    return service_->Act({std::stoll(json::GetText(ticket, "ticket_id")), json::GetInt(ticket, "version"), action, group}, Officer(account_id));
  }

  FixedClock clock_{FromLocal({2026, 11, 23}, 8 * 60)};
  std::unique_ptr<db::TenantRouter> router_;
  std::unique_ptr<orgs::Service> orgs_;
  std::unique_ptr<Service> service_;
  std::string key_;
};
TINHSO_ON_BOTH_ENGINES(QueueTest);

std::string No(const json::object& ticket) { return json::GetText(ticket, "ticket_no"); }

TEST_P(QueueTest, NumbersRunByGroupAndDay) {
  EXPECT_EQ(MustTake("A"), "A001");
  EXPECT_EQ(MustTake("B"), "B001");
  EXPECT_EQ(MustTake("A"), "A002");
  clock_.Advance(kUsPerDay);
  EXPECT_EQ(MustTake("A"), "A001");
  EXPECT_EQ(service_->Issue({"H12.126", "khong-phai-khoa", "A"}).error().reason, "queue_key_wrong");
  EXPECT_EQ(service_->Issue({"H12.127", key_, "A"}).error().reason, "queue_key_wrong");  // another unit's machine
  EXPECT_EQ(Take("Z").error().fields.at(0).reason, "queue_group_unknown");
}

// Machines and officers all at once: the numbers are 1…n, and each is called once.
TEST_P(QueueTest, UnderConcurrencyNoNumberIsMissingOrCalledTwice) {
  constexpr int kTickets = 24, kThreads = 4;
  std::mutex mutex;
  std::multiset<std::string> taken, called;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i)
    threads.emplace_back([&] {
      for (int k = 0; k < kTickets / kThreads; ++k) {
        const std::string no = MustTake();
        std::lock_guard lock(mutex);
        taken.insert(no);
      }
    });
  for (std::thread& thread : threads) thread.join();
  threads.clear();
  for (int i = 0; i < kThreads; ++i)
    threads.emplace_back([&, i] {
      for (;;) {
        const json::object ticket = MustCall(100 + i);
        if (ticket.empty()) return;
        std::lock_guard lock(mutex);
        called.insert(No(ticket));
      }
    });
  for (std::thread& thread : threads) thread.join();
  ASSERT_EQ(taken.size(), static_cast<size_t>(kTickets));
  EXPECT_EQ(std::set<std::string>(taken.begin(), taken.end()).size(), static_cast<size_t>(kTickets));
  EXPECT_EQ(*taken.begin(), "A001");
  EXPECT_EQ(*taken.rbegin(), "A024");
  EXPECT_EQ(called, taken);
}

TEST_P(QueueTest, WhoWaitedLongestIsCalledOfTheGroupsAskedFor) {
  MustTake("A");
  clock_.Advance(kUsPerSecond);
  MustTake("B");
  clock_.Advance(kUsPerSecond);
  MustTake("A");
  EXPECT_EQ(No(MustCall(1, {"B"})), "B001");
  EXPECT_EQ(No(MustCall(2)), "A001");
  EXPECT_EQ(No(MustCall(1)), "A002");  // and B001 is done
  EXPECT_TRUE(MustCall(1).empty());
}

TEST_P(QueueTest, RecallNoShowRequeueAndTransfer) {
  MustTake("A");
  clock_.Advance(kUsPerSecond);
  MustTake("A");
  const json::object first = MustCall(1);
  EXPECT_EQ(Act(first, "done", 2).error().reason, "queue_ticket_changed");  // not another officer's to end
  auto recalled = Act(first, "recall", 1);
  ASSERT_TRUE(recalled.ok());
  EXPECT_EQ(Act(first, "recall", 1).error().reason, "queue_ticket_changed");  // seen before the recall
  json::object now = Parsed(*recalled).at("ticket").as_object();
  EXPECT_EQ(json::GetInt(now, "calls"), 2);
  auto missed = Act(now, "no_show", 1);
  ASSERT_TRUE(missed.ok());
  clock_.Advance(kUsPerSecond);
  auto again = Act(Parsed(*missed).at("ticket").as_object(), "requeue", 2);
  ASSERT_TRUE(again.ok());
  const json::object second = MustCall(1);
  EXPECT_EQ(No(second), "A002");  // who came late is behind
  EXPECT_EQ(Act(second, "transfer", 1, "A").error().fields.at(0).reason, "queue_group_unknown");
  ASSERT_TRUE(Act(second, "transfer", 1, "C").ok());
  EXPECT_EQ(No(MustCall(3, {"C"})), "A002");
  EXPECT_EQ(No(MustCall(1)), "A001");
  EXPECT_EQ(service_->Act({12345, 1, "done", ""}, Officer(1)).error().reason, "queue_ticket_not_found");
  // Another unit's officer finds nothing of it.
  EXPECT_EQ(service_->Act({std::stoll(json::GetText(first, "ticket_id")), 1, "recall", ""}, Officer(1, "H12.127.01")).error().reason, "queue_ticket_not_found");
}

TEST_P(QueueTest, AveragesAreOfTheDayAndDesk) {
  MustTake();
  clock_.Advance(10 * 60 * kUsPerSecond);
  const json::object ticket = MustCall(1);
  clock_.Advance(6 * 60 * kUsPerSecond);
  ASSERT_TRUE(Act(ticket, "done", 1).ok());
  auto figures = service_->Figures("2026-11-23", "2026-11-23", Officer(1));
  ASSERT_TRUE(figures.ok());
  const json::object row = Parsed(*figures).at("items").as_array().at(0).as_object();
  EXPECT_EQ(json::GetText(row, "desk"), "Quầy 1");
  EXPECT_EQ(json::GetInt(row, "wait_minutes"), 10);
  EXPECT_EQ(json::GetInt(row, "service_minutes"), 6);
  auto board = service_->Board("H12.126");
  ASSERT_TRUE(board.ok());
  EXPECT_EQ(json::GetInt(Parsed(*board), "wait_minutes"), 10);
  EXPECT_EQ(service_->Figures("2026-01-01", "2026-12-31", Officer(1)).error().fields.at(0).reason, "queue_period_too_long");
}

TEST_P(QueueTest, TheUnitSaysWhatItServes) {
  ASSERT_TRUE(service_->SetGroups({{"K", "Đất đai", "Land"}}, Officer(1)).ok());
  EXPECT_EQ(MustTake("K"), "K001");
  EXPECT_EQ(Take("A").error().fields.at(0).reason, "queue_group_unknown");
  auto board = service_->Board("H12.126");
  ASSERT_TRUE(board.ok());
  EXPECT_EQ(Parsed(*board).at("groups").as_array().size(), 1u);
  EXPECT_EQ(service_->Board("H99.1").error().reason, "unit_not_found");
}

}  // namespace
}  // namespace tinhso::queue
