#include "kernel/inbox/inbox.h"
#include "kernel/notify/notify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "kernel/audit/audit.h"
#include "kernel/db_testing/db_testing.h"

namespace tinhso::inbox {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr int64_t kCommuneA = 100, kCommuneB = 200, kDeskA = 101, kDivisionA = 102, kDeskB = 201;
const Date kToday{2026, 11, 23};  // a Monday

TimeUs At(Date day, int minute = 1020) { return FromLocal(day, minute); }

class InboxTest : public db_testing::DbTest {
 protected:
  void SetUp() override {
    ASSERT_TRUE(orgs_.Load().ok());
    router_.Add(Routes(database(), clock_, orgs_, identity_));
    who_ = Officer(kCommuneA, kDeskA, {"one_stop_officer"}, 1);
  }
  http::Principal Officer(int64_t authority_id, int64_t unit_id, std::vector<std::string> roles, int64_t account_id) {
    http::Principal who;
    who.account_id = account_id;
    who.authority_id = authority_id;
    who.unit_id = unit_id;
    who.roles = std::move(roles);
    who.permissions = {"inbox.read"};
    return who;
  }
  Item Dossier(int64_t subject_id, const std::string& code, TimeUs due_at_us) {
    Item item;
    item.authority_id = item.subject_authority_id = kCommuneA;
    item.unit_id = kDeskA;
    item.role = "one_stop_officer";
    item.subject_kind = "dossier";
    item.subject_id = subject_id;
    item.subject_code = code;
    item.title = "Thủ tục đăng ký khai sinh";
    item.person_name = "Nguyễn Thị Lan";
    item.state = "submitted";
    item.national_state = 1;
    item.received_at_us = At(kToday, 480) + subject_id;
    item.due_at_us = due_at_us;
    return item;
  }
  void Store(const Item& item) {
    auto status = database().Write([&](db::Tx& tx) { return Put(tx, item); });
    ASSERT_TRUE(status.ok()) << status.error().reason;
  }
  http::Response Call(std::map<std::string, std::string> query, const char* path = "/api/v1/inbox") {
    http::Request request;
    request.method = "GET";
    request.path = path;
    request.query = std::move(query);
    return http::Dispatch(router_, [this](const http::Request&) { return Result<std::optional<http::Principal>>(who_); }, request);
  }
  json::object Body(const http::Response& response) { return boost::json::parse(response.body).as_object(); }
  std::vector<std::string> Codes(std::map<std::string, std::string> query) {
    auto response = Call(std::move(query));
    EXPECT_EQ(response.status, 200) << response.body;
    std::vector<std::string> codes;
    if (response.status != 200) return codes;
    auto body = Body(response);
    for (const auto& item : body["items"].as_array()) codes.push_back(json::GetText(item.as_object(), "subject_code"));
    return codes;
  }
  // Before the services: they keep a reference to the database, which migrating may open anew.
  const bool migrated_ = (Migrate({
      db::Migrations_kernel_audit(), db::Migrations_kernel_orgs(), db::Migrations_kernel_notify(), db::Migrations_kernel_identity(),
      db::Migrations_kernel_persons(), db::Migrations_kernel_inbox()}), true);
  FixedClock clock_{At(kToday, 540)};
  orgs::Service orgs_{database(), clock_};
  identity::Service identity_{database(), clock_, orgs_, {}};
  http::Router router_;
  std::optional<http::Principal> who_;
};
TINHSO_ON_BOTH_ENGINES(InboxTest);

// The one promise of the inbox: another office's work is not there, whatever is asked.
TEST_P(InboxTest, AnotherUnitsItemsAreNeverSeen) {
  Store(Dossier(1, "H1-1", kNoDue));
  who_ = Officer(kCommuneB, kDeskB, {"one_stop_officer", "specialist", "leader"}, 2);
  EXPECT_THAT(Codes({}), IsEmpty());
  EXPECT_THAT(Codes({{"q", "H1-1"}}), IsEmpty());
  EXPECT_EQ(json::GetInt(Body(Call({}, "/api/v1/inbox/counts")), "total"), 0);
  who_ = Officer(kCommuneA, kDivisionA, {"one_stop_officer"}, 2);  // same authority, another unit
  EXPECT_THAT(Codes({}), IsEmpty());
  who_ = Officer(kCommuneB, kDeskA, {"one_stop_officer"}, 2);  // unit and authority must both hold
  EXPECT_THAT(Codes({}), IsEmpty());
}

TEST_P(InboxTest, OnlyOnesOwnRolesAndFreeOrOwnItems) {
  Item leaders = Dossier(1, "LEADER", kNoDue), colleagues = Dossier(2, "COLLEAGUE", kNoDue), mine = Dossier(3, "MINE", kNoDue);
  leaders.role = "leader";
  colleagues.assignee_account_id = 9;
  colleagues.assignee_name = "Trần Văn Bình";
  mine.assignee_account_id = 1;
  mine.assignee_name = "Lê Thị Hoa";
  Store(leaders);
  Store(colleagues);
  Store(mine);
  Store(Dossier(4, "FREE", kNoDue));
  EXPECT_THAT(Codes({}), UnorderedElementsAre("MINE", "FREE"));
  EXPECT_THAT(Codes({{"mine", "1"}}), ElementsAre("MINE"));
  auto item = Body(Call({{"mine", "1"}}))["items"].as_array()[0].as_object();
  EXPECT_EQ(json::GetText(item, "assignee_name"), "Lê Thị Hoa");
  EXPECT_TRUE(item["mine"].as_bool());
  who_->roles = {"leader", "one_stop_officer"};
  EXPECT_THAT(Codes({}), UnorderedElementsAre("LEADER", "MINE", "FREE"));
}

// Late for another reason than its date: found among the late ones, with the date it has.
TEST_P(InboxTest, WhatIsLateAnyhowIsColouredSoAndKeepsItsDate) {
  Item item = Dossier(1, "H1-1", At(kToday, 0) - 1);
  item.stated_due_at_us = At(kToday, 900) + 30 * kUsPerDay;
  Store(item);
  EXPECT_THAT(Codes({{"deadline", "late"}}), ElementsAre("H1-1"));
  auto shown = Body(Call({}))["items"].as_array()[0].as_object();
  EXPECT_EQ(json::GetText(shown, "deadline"), "late");
  EXPECT_EQ(json::GetText(shown, "due_at"), FormatTime(item.stated_due_at_us));
}

TEST_P(InboxTest, PutReplacesTheItemWhereverItWas) {
  Store(Dossier(1, "H1-1", kNoDue));
  Item moved = Dossier(1, "H1-1", kNoDue);
  moved.unit_id = kDivisionA;
  moved.role = "specialist";
  moved.state = "processing";
  Store(moved);
  EXPECT_THAT(Codes({}), IsEmpty());
  who_ = Officer(kCommuneA, kDivisionA, {"specialist"}, 2);
  EXPECT_THAT(Codes({{"state", "processing"}}), ElementsAre("H1-1"));
  moved.authority_id = kCommuneB;  // referred to another authority
  moved.unit_id = kDeskB;
  Store(moved);
  EXPECT_THAT(Codes({}), IsEmpty());
  who_ = Officer(kCommuneB, kDeskB, {"specialist"}, 3);
  EXPECT_THAT(Codes({}), ElementsAre("H1-1"));
}

TEST_P(InboxTest, CloseTakesItOffEveryList) {
  Store(Dossier(1, "H1-1", kNoDue));
  Store(Dossier(2, "H1-2", kNoDue));
  ASSERT_TRUE(database().Write([&](db::Tx& tx) { return Close(tx, "dossier", 1, kCommuneA); }).ok());
  EXPECT_THAT(Codes({}), ElementsAre("H1-2"));
}

TEST_P(InboxTest, ItemsWithoutHolderAreRefused) {
  Item item = Dossier(1, "H1-1", kNoDue);
  item.role = "";
  auto status = database().Write([&](db::Tx& tx) { return Put(tx, item); });
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().reason, "inbox_holder_missing");
}

// Names and codes are typed without accents, by their beginnings, in any order; % and _ are no wildcards.
TEST_P(InboxTest, SearchFindsByWordsWithoutAccents) {
  Store(Dossier(1, "H12.101-261123-0001", kNoDue));
  Item other = Dossier(2, "H12.101-261123-0002", kNoDue);
  other.person_name = "Đặng Văn Bảy";
  other.title = "Cấp giấy phép xây dựng nhà ở riêng lẻ";
  Store(other);
  EXPECT_THAT(Codes({{"q", "dang van"}}), ElementsAre("H12.101-261123-0002"));
  EXPECT_THAT(Codes({{"q", "lan nguyen"}}), ElementsAre("H12.101-261123-0001"));
  EXPECT_THAT(Codes({{"q", "xay dung bay"}}), ElementsAre("H12.101-261123-0002"));
  EXPECT_THAT(Codes({{"q", "H12.101-261123-0002"}}), ElementsAre("H12.101-261123-0002"));
  EXPECT_THAT(Codes({{"q", "uyen"}}), IsEmpty());
  EXPECT_EQ(Codes({{"q", "%"}}).size(), 2u);  // no word at all: no restriction
  EXPECT_THAT(Codes({{"q", "%an"}}), IsEmpty());
  EXPECT_EQ(Call({{"q", std::string(101, 'a')}}).status, 422);
}

// Colours go by date, not by hour: what is due today is not late at 23:00.
TEST_P(InboxTest, DeadlineColoursGoByDate) {
  Store(Dossier(1, "YESTERDAY", At({2026, 11, 22})));
  Store(Dossier(2, "TODAY", At(kToday)));
  Store(Dossier(3, "IN3", At({2026, 11, 26})));
  Store(Dossier(4, "IN4", At({2026, 11, 27})));
  Store(Dossier(5, "NEVER", kNoDue));
  clock_.Set(At(kToday, 23 * 60));
  EXPECT_THAT(Codes({{"deadline", "late"}}), ElementsAre("YESTERDAY"));
  EXPECT_THAT(Codes({{"deadline", "soon"}}), ElementsAre("TODAY", "IN3"));
  EXPECT_THAT(Codes({{"deadline", "ok"}}), ElementsAre("IN4"));
  EXPECT_THAT(Codes({{"deadline", "none"}}), ElementsAre("NEVER"));
  auto counts = Body(Call({}, "/api/v1/inbox/counts"));
  EXPECT_EQ(json::GetInt(counts, "total"), 5);
  EXPECT_EQ(json::GetInt(counts, "late"), 1);
  EXPECT_EQ(json::GetInt(counts, "soon"), 2);
  EXPECT_EQ(json::GetInt(counts, "ok"), 1);
  EXPECT_EQ(json::GetInt(counts, "none"), 1);
  auto items = Body(Call({{"deadline", "none"}}))["items"].as_array();
  EXPECT_TRUE(items[0].as_object()["due_at"].is_null());
  EXPECT_EQ(Call({{"deadline", "red"}}).status, 422);
}

// Before a long holiday the second working day is far away, and that is what must show in time.
TEST_P(InboxTest, SoonReachesOverHolidays) {
  calendar::Calendar tet(calendar::OfficeHours(), {{{2026, 2, 16}, calendar::DayKind::kHoliday, "Tết", "x"},
                                                   {{2026, 2, 17}, calendar::DayKind::kHoliday, "Tết", "x"},
                                                   {{2026, 2, 18}, calendar::DayKind::kHoliday, "Tết", "x"},
                                                   {{2026, 2, 19}, calendar::DayKind::kHoliday, "Tết", "x"},
                                                   {{2026, 2, 20}, calendar::DayKind::kHoliday, "Tết", "x"}});
  TimeUs friday = At({2026, 2, 13}, 600);
  EXPECT_STREQ(DeadlineOf(tet, At({2026, 2, 24}), friday), "soon");
  EXPECT_STREQ(DeadlineOf(tet, At({2026, 2, 25}), friday), "ok");
  EXPECT_STREQ(DeadlineOf(tet, At({2026, 2, 12}), friday), "late");
  EXPECT_STREQ(DeadlineOf(tet, kNoDue, friday), "none");
}

TEST_P(InboxTest, CountsByStateAddUpToTheList) {
  for (int i = 1; i <= 6; ++i) {
    Item item = Dossier(i, "H1-" + std::to_string(i), kNoDue);
    item.state = i % 3 == 0 ? "processing" : "submitted";
    item.national_state = i % 3 == 0 ? 4 : 1;
    if (i == 6) item.assignee_account_id = 1;
    Store(item);
  }
  auto counts = Body(Call({}, "/api/v1/inbox/counts"));
  auto& states = counts["states"].as_array();
  ASSERT_EQ(states.size(), 2u);
  EXPECT_EQ(json::GetText(states[0].as_object(), "state"), "submitted");
  EXPECT_EQ(json::GetInt(states[0].as_object(), "count"), 4);
  EXPECT_EQ(json::GetInt(states[1].as_object(), "count"), 2);
  EXPECT_EQ(json::GetInt(counts, "mine"), 1);
  EXPECT_EQ(Codes({}).size(), static_cast<size_t>(json::GetInt(counts, "total")));
  EXPECT_EQ(Codes({{"state", "processing"}}).size(), 2u);
}

// Each order pages through every item once, also where many share the same moment.
TEST_P(InboxTest, EachOrderPagesThroughEverythingOnce) {
  for (int i = 1; i <= 23; ++i) {
    Item item = Dossier(i, "H1-" + std::to_string(100 - i), i % 4 == 0 ? kNoDue : At(AddDays(kToday, i % 5)));
    item.received_at_us = At(kToday, 480) + i / 3;
    Store(item);
  }
  for (const char* sort : {"due", "received", "code"}) {
    std::vector<std::string> seen;
    std::string cursor;
    int64_t last_due = 0;
    do {
      auto response = Call({{"sort", sort}, {"limit", "5"}, {"cursor", cursor}});
      ASSERT_EQ(response.status, 200) << response.body;
      auto body = Body(response);
      for (const auto& value : body["items"].as_array()) {
        const auto& item = value.as_object();
        seen.push_back(json::GetText(item, "subject_code"));
        if (std::string_view(sort) != "due") continue;
        int64_t due = item.at("due_at").is_null() ? kNoDue : *ParseTime(json::GetText(item, "due_at"));
        EXPECT_GE(due, last_due);
        last_due = due;
      }
      cursor = body["next_cursor"].is_null() ? "" : std::string(body["next_cursor"].as_string());
    } while (!cursor.empty());
    EXPECT_EQ(seen.size(), 23u) << sort;
    if (std::string_view(sort) == "code") {
      EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
    }
    std::sort(seen.begin(), seen.end());
    EXPECT_EQ(std::adjacent_find(seen.begin(), seen.end()), seen.end()) << sort;
  }
}

TEST_P(InboxTest, CursorOfAnotherOrderOrMadeUpIsRefused) {
  for (int i = 1; i <= 3; ++i) Store(Dossier(i, "H1-" + std::to_string(i), kNoDue));
  auto body = Body(Call({{"limit", "1"}}));
  std::string cursor(body["next_cursor"].as_string());
  EXPECT_EQ(Call({{"sort", "code"}, {"cursor", cursor}}).status, 400);
  EXPECT_EQ(Call({{"cursor", "zzzz"}}).status, 400);
  EXPECT_EQ(Call({{"cursor", http::EncodeCursor({"due", "1x", "2"})}}).status, 400);
  EXPECT_EQ(Call({{"sort", "colour"}}).status, 422);
  EXPECT_EQ(Call({{"limit", "0"}}).status, 422);
  EXPECT_EQ(Call({{"limit", "101"}}).status, 422);
}

TEST_P(InboxTest, NeedsThePermission) {
  who_->permissions = {};
  EXPECT_EQ(Call({}).status, 403);
  EXPECT_EQ(Call({}, "/api/v1/inbox/counts").status, 403);
  who_.reset();
  EXPECT_EQ(Call({}).status, 401);
}

}  // namespace
}  // namespace tinhso::inbox
