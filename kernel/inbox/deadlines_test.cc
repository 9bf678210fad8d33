// Who is told of a deadline, when, and how often.
#include <gtest/gtest.h>

#include "kernel/audit/audit.h"
#include "kernel/db_testing/db_testing.h"
#include "kernel/inbox/inbox.h"
#include "kernel/notify/notify.h"

namespace tinhso::inbox {
namespace {

constexpr db::Sql kNotices = "SELECT kind, subject FROM notice WHERE account_id = $1 ORDER BY notice_id";

class DeadlinesTest : public db_testing::DbTest {
 protected:
  void SetUp() override {
    ASSERT_TRUE(database()
                    .Write([&](db::Tx& tx) -> Status {
                      using NewUnit = orgs::Service::NewUnit;
                      const NewUnit units[] = {
                          {"H99", "", "province", "Ủy ban nhân dân tỉnh Mẫu", "Tỉnh Mẫu", "99", "2025-07-01", {}},
                          {"H99.101", "H99", "commune", "Ủy ban nhân dân xã Một", "Xã Một", "99001", "2025-07-01", {}},
                          {"H99.101.01", "H99.101", "one_stop_desk", "Một cửa xã Một", "", "", "2025-07-01", {}}};
                      for (const NewUnit& unit : units) TINHSO_TRY(orgs_.UpsertUnit(tx, unit));
                      return Ok();
                    })
                    .ok());
    ASSERT_TRUE(orgs_.Load().ok());
    const auto units = orgs_.snapshot();
    commune_ = units->ByCode("H99.101")->unit_id;
    desk_ = units->ByCode("H99.101.01")->unit_id;
    officer_ = Account("lan", desk_, "one_stop_officer");
    colleague_ = Account("minh", desk_, "one_stop_officer");
    leader_ = Account("hoa", commune_, "leader");
  }
  int64_t Account(const std::string& username, int64_t unit_id, const std::string& role) {
    identity::NewAccount account;
    account.username = username;
    account.password = "mat-khau-thu-nghiem";
    account.full_name = username;
    account.assignments = {{unit_id, role, "Chức vụ"}};
    auto id = identity_.CreateAccount(account);
    EXPECT_TRUE(id.ok());
    return id.ok() ? *id : 0;
  }
  void Store(int64_t subject_id, TimeUs due_at_us, int64_t assignee = 0, TimeUs step_due_at_us = kNoDue) {
    Item item;
    item.authority_id = item.subject_authority_id = commune_;
    item.subject_kind = "dossier";
    item.subject_id = subject_id;
    item.subject_code = "H99-" + std::to_string(subject_id);
    item.unit_id = desk_;
    item.role = "one_stop_officer";
    item.assignee_account_id = assignee;
    item.due_at_us = due_at_us;
    item.step_due_at_us = step_due_at_us;
    item.received_at_us = clock_.NowUs();
    ASSERT_TRUE(database().Write([&](db::Tx& tx) { return Put(tx, item); }).ok());
  }
  int64_t Warn() {
    auto told = WarnOfDeadlines(database(), clock_, orgs_, identity_);
    EXPECT_TRUE(told.ok());
    return told.ok() ? *told : -1;
  }
  std::vector<std::string> Told(int64_t account_id) {
    std::vector<std::string> out;
    auto rows = database().Read([&](db::Tx& tx) { return tx.Query(kNotices, {account_id}); });
    for (const auto& row : *rows) out.push_back(row.Text(0) + " " + row.Text(1));
    return out;
  }
  static TimeUs Day(int day) { return FromLocal({2026, 11, day}, 17 * 60); }
  using Texts = std::vector<std::string>;

  const bool migrated_ = (Migrate({db::Migrations_kernel_audit(), db::Migrations_kernel_orgs(), db::Migrations_kernel_identity(), db::Migrations_kernel_persons(),
                                   db::Migrations_kernel_notify(), db::Migrations_kernel_inbox()}), true);
  FixedClock clock_{FromLocal({2026, 11, 16}, 9 * 60)};  // a Monday
  orgs::Service orgs_{database(), clock_};
  identity::Service identity_{database(), clock_, orgs_, {}};
  int64_t commune_ = 0, desk_ = 0, officer_ = 0, colleague_ = 0, leader_ = 0;
};
TINHSO_ON_BOTH_ENGINES(DeadlinesTest);

TEST_P(DeadlinesTest, HoldersAreToldOnceWhenItIsSoonAndLeadersToldWhenItIsLate) {
  Store(1, Day(27));
  Store(2, kNoDue);
  EXPECT_EQ(Warn(), 0);
  clock_.Set(FromLocal({2026, 11, 25}, 8 * 60));
  EXPECT_EQ(Warn(), 1);
  EXPECT_EQ(Warn(), 0);
  EXPECT_EQ(Told(officer_), Texts{"dossier.due_soon H99-1"});
  EXPECT_EQ(Told(colleague_), Texts{"dossier.due_soon H99-1"});
  EXPECT_EQ(Told(leader_), Texts{});
  clock_.Set(FromLocal({2026, 11, 28}, 8 * 60));
  EXPECT_EQ(Warn(), 1);
  EXPECT_EQ(Warn(), 0);
  EXPECT_EQ(Told(leader_), Texts{"dossier.overdue H99-1"});
  EXPECT_EQ(Told(officer_), (Texts{"dossier.due_soon H99-1", "dossier.overdue H99-1"}));
}

TEST_P(DeadlinesTest, WhoTookItIsToldAloneAndANewDueDateBeginsAnew) {
  Store(1, Day(17), officer_);
  EXPECT_EQ(Warn(), 1);
  EXPECT_EQ(Told(officer_), Texts{"dossier.due_soon H99-1"});
  EXPECT_EQ(Told(colleague_), Texts{});
  Store(1, Day(17), officer_);  // put again with nothing new
  EXPECT_EQ(Warn(), 0);
  Store(1, Day(18), officer_);  // its clock stood still for a day
  EXPECT_EQ(Warn(), 1);
  EXPECT_EQ(Told(officer_).size(), 2u);
  Store(1, Day(18), colleague_);  // somebody else has it now
  EXPECT_EQ(Warn(), 1);
  EXPECT_EQ(Told(colleague_).size(), 1u);
}

TEST_P(DeadlinesTest, AStepIsEscalatedADayBeforeAndToTheLeaderWhenItHasPassed) {
  Store(1, Day(30), 0, Day(18));
  clock_.Set(FromLocal({2026, 11, 17}, 16 * 60));
  EXPECT_EQ(Warn(), 0);
  clock_.Set(FromLocal({2026, 11, 17}, 17 * 60));
  EXPECT_EQ(Warn(), 1);
  EXPECT_EQ(Warn(), 0);
  EXPECT_EQ(Told(officer_), Texts{"dossier.step_due_soon H99-1"});
  EXPECT_EQ(Told(leader_), Texts{});
  clock_.Set(FromLocal({2026, 11, 18}, 17 * 60 + 1));
  EXPECT_EQ(Warn(), 1);
  EXPECT_EQ(Warn(), 0);
  EXPECT_EQ(Told(leader_), Texts{"dossier.step_overdue H99-1"});
  EXPECT_EQ(Told(officer_), (Texts{"dossier.step_due_soon H99-1", "dossier.step_overdue H99-1"}));
}

// A step of hours would be due soon the moment it came.
TEST_P(DeadlinesTest, AShortStepIsToldOfAtHalfItsTime) {
  Store(1, kNoDue, 0, Day(16));  // from 9 to 17 of one day
  EXPECT_EQ(Warn(), 0);
  clock_.Set(FromLocal({2026, 11, 16}, 13 * 60));
  EXPECT_EQ(Warn(), 1);
}

// After an upgrade hundreds of old dossiers would be told of at once.
TEST_P(DeadlinesTest, WhatHasBeenLateForLongIsLeftAlone) {
  Store(1, Day(2));
  EXPECT_EQ(Warn(), 0);
  EXPECT_EQ(Told(officer_), Texts{});
  EXPECT_EQ(Told(leader_), Texts{});
}

}  // namespace
}  // namespace tinhso::inbox
