#include "kernel/notify/notify.h"

#include <gtest/gtest.h>

#include <set>

#include "kernel/audit/audit.h"
#include "kernel/db_testing/db_testing.h"

namespace tinhso::notify {
namespace {

constexpr db::Sql kAudited = "SELECT COUNT(*) FROM audit_event WHERE kind = 'notice.read' AND account_id = $1";

class NotifyTest : public db_testing::DbTest {
 protected:
  void SetUp() override {
    router_.Add(service_.Routes());
    who_.emplace().account_id = 1;
  }
  void Tell(int64_t account_id, const std::string& subject, const std::string& key = "") {
    Notice notice{account_id, "dossier.accepted", subject, "/ho-so/" + subject, key};
    ASSERT_TRUE(database().Write([&](db::Tx& tx) { return Add(tx, notice, clock_.NowUs()); }).ok());
    clock_.Advance(kUsPerSecond);
  }
  http::Response Call(const char* method, const char* path, std::map<std::string, std::string> query = {}) {
    http::Request request;
    request.method = method;
    request.path = path;
    request.query = std::move(query);
    return http::Dispatch(router_, [this](const http::Request&) { return Result<std::optional<http::Principal>>(who_); }, request);
  }
  json::object Body(const http::Response& response) { return boost::json::parse(response.body).as_object(); }
  int64_t Unread(int64_t account_id) {
    return *database().Read([&](db::Tx& tx) { return UnreadCount(tx, account_id); });
  }
  // Before the services: they keep a reference to the database, which migrating may open anew.
  const bool migrated_ = (Migrate({db::Migrations_kernel_audit(), db::Migrations_kernel_notify()}), true);
  FixedClock clock_{FromLocal({2026, 11, 23}, 9 * 60)};
  Service service_{database(), clock_, {}};
  http::Router router_;
  std::optional<http::Principal> who_;
};
TINHSO_ON_BOTH_ENGINES(NotifyTest);

TEST_P(NotifyTest, NewestFirstAndOnlyOnesOwn) {
  Tell(1, "A");
  Tell(2, "B");
  Tell(1, "C");
  auto body = Body(Call("GET", "/api/v1/notices"));
  auto& items = body["items"].as_array();
  ASSERT_EQ(items.size(), 2u);
  EXPECT_EQ(json::GetText(items[0].as_object(), "subject"), "C");
  EXPECT_EQ(json::GetText(items[1].as_object(), "subject"), "A");
  EXPECT_EQ(json::GetInt(body, "unread"), 2);
  EXPECT_FALSE(items[0].as_object()["read"].as_bool());
}

// Outbox jobs may run twice; the person is told once.
TEST_P(NotifyTest, SameKeyIsStoredOncePerAccount) {
  Tell(1, "A", "dossier-1-accepted");
  Tell(1, "A", "dossier-1-accepted");
  Tell(2, "A", "dossier-1-accepted");
  EXPECT_EQ(Unread(1), 1);
  EXPECT_EQ(Unread(2), 1);
  Tell(1, "A");
  Tell(1, "A");
  EXPECT_EQ(Unread(1), 3);
}

TEST_P(NotifyTest, ReadingMarksOnesOwnAndIsAuditedOnce) {
  Tell(1, "A");
  Tell(2, "B");
  EXPECT_EQ(Call("POST", "/api/v1/notices/read").status, 204);
  EXPECT_EQ(Call("POST", "/api/v1/notices/read").status, 204);
  EXPECT_EQ(Unread(1), 0);
  EXPECT_EQ(Unread(2), 1);
  EXPECT_TRUE(Body(Call("GET", "/api/v1/notices"))["items"].as_array()[0].as_object()["read"].as_bool());
  auto audited = database().Read([&](db::Tx& tx) { return tx.QueryOne(kAudited, {1}); });
  EXPECT_EQ((*audited)->Int(0), 1);
}

TEST_P(NotifyTest, PagingShowsEachOnce) {
  for (int i = 0; i < 7; ++i) Tell(1, std::to_string(i));
  std::set<std::string> seen;
  std::string cursor;
  do {
    auto body = Body(Call("GET", "/api/v1/notices", {{"limit", "3"}, {"cursor", cursor}}));
    for (const auto& item : body["items"].as_array()) EXPECT_TRUE(seen.insert(json::GetText(item.as_object(), "notice_id")).second);
    cursor = body["next_cursor"].is_null() ? "" : std::string(body["next_cursor"].as_string());
  } while (!cursor.empty());
  EXPECT_EQ(seen.size(), 7u);
  EXPECT_EQ(Call("GET", "/api/v1/notices", {{"cursor", http::EncodeCursor({"x"})}}).status, 400);
}

TEST_P(NotifyTest, NobodyReadsWithoutSigningIn) {
  who_.reset();
  EXPECT_EQ(Call("GET", "/api/v1/notices").status, 401);
  EXPECT_EQ(Call("POST", "/api/v1/notices/read").status, 401);
}

}  // namespace
}  // namespace tinhso::notify
