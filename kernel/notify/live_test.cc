// What open browsers are told, on one server and on two over one database.
#include <gtest/gtest.h>

#include "kernel/audit/audit.h"
#include "kernel/db_testing/db_testing.h"
#include "kernel/http/push.h"
#include "kernel/notify/notify.h"
#include "live.h"

namespace tinhso::notify {
namespace {

class LiveTest : public db_testing::DbTest {
 protected:
  static http::Principal Who(int64_t account_id, int64_t session_id = 0) {
    http::Principal who;
    who.account_id = account_id;
    who.session_id = session_id;
    return who;
  }
  static http::Principal Officer(int64_t account_id, int64_t authority_id) {
    http::Principal who = Who(account_id);
    who.authority_id = authority_id;
    who.permissions = {"inbox.read"};
    return who;
  }
  // The reading end of a new stream; null when it was refused.
  std::shared_ptr<http::Push> Open(Live& live, const http::Principal& who, const std::string& last_event_id = "") {
    http::Request request;
    request.principal = who;
    if (!last_event_id.empty()) request.headers.emplace_back("last-event-id", last_event_id);
    auto response = live.Open(request);
    refused_ = response.ok() ? "" : response.error().reason;
    return response.ok() ? response->push : nullptr;
  }
  static std::string Read(const std::shared_ptr<http::Push>& push) {
    bool cut = false;
    return push->Take(cut);
  }
  static size_t Times(const std::string& text, std::string_view part) {
    size_t n = 0;
    for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
    return n;
  }
  void Tell(int64_t account_id, const std::string& subject) {
    ASSERT_TRUE(database().Write([&](db::Tx& tx) { return Add(tx, {account_id, "dossier.accept", subject, "/ho-so/" + subject, ""}, 1); }).ok());
  }
  void Signal(int64_t authority_id) {
    ASSERT_TRUE(database().Write([&](db::Tx& tx) { return SignalAuthority(tx, authority_id); }).ok());
  }
  static std::string IdIn(const std::string& events) {
    size_t at = events.rfind("id: ");
    return events.substr(at + 4, events.find('\n', at) - at - 4);
  }

  const bool migrated_ = (Migrate({db::Migrations_kernel_audit(), db::Migrations_kernel_notify()}), true);
  LiveOptions options_{.streams_max = 4, .streams_account_max = 2, .session_check_us = 0};
  Live here_{database(), options_}, there_{database(), options_};
  std::string refused_;
};
TINHSO_ON_BOTH_ENGINES(LiveTest);

TEST_P(LiveTest, NewNoticeReachesItsAccountOnceOnEveryServer) {
  auto mine = Open(here_, Who(1)), mine_there = Open(there_, Who(1)), other = Open(here_, Who(2));
  EXPECT_EQ(Times(Read(mine), "event: hello\ndata: {\"unread\":0}\n\n"), 1u);
  Tell(1, "H1-1");
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(here_.Poll().ok());
    ASSERT_TRUE(there_.Poll().ok());
  }
  std::string heard = Read(mine);
  EXPECT_EQ(Times(heard, "event: notice\n"), 1u) << heard;
  EXPECT_EQ(Times(heard, "\"subject\":\"H1-1\""), 1u);
  EXPECT_EQ(Times(heard, "\"unread\":1"), 1u);
  EXPECT_EQ(Times(Read(mine_there), "event: notice\n"), 1u);
  EXPECT_EQ(Times(Read(other), "event: notice\n"), 0u);
}

// A phone loses its network in a lift: what came in between is told when it is back.
TEST_P(LiveTest, ComingBackBringsWhatWasMissed) {
  auto first = Open(here_, Who(1));
  Tell(1, "H1-1");
  ASSERT_TRUE(here_.Poll().ok());
  std::string id = IdIn(Read(first));
  first->Detach();
  Tell(1, "H1-2");
  Tell(2, "H1-3");
  std::string again = Read(Open(there_, Who(1), id));
  EXPECT_EQ(Times(again, "\"subject\":\"H1-2\""), 1u) << again;
  EXPECT_EQ(Times(again, "H1-3"), 0u);
  EXPECT_EQ(Times(Read(Open(there_, Who(1), "nonsense")), "event: notice\n"), 0u);
  for (int i = 0; i < 101; ++i) Tell(1, "MANY");
  again = Read(Open(here_, Who(1), id));
  EXPECT_EQ(Times(again, "event: reset\n"), 1u);
  EXPECT_EQ(Times(again, "event: notice\n"), 0u);
}

TEST_P(LiveTest, ChangedWorkIsSignalledToItsOfficersOnly) {
  auto officer = Open(here_, Officer(1, 7)), elsewhere = Open(here_, Officer(2, 8)), citizen = Open(here_, Who(3));
  Signal(7);
  Signal(7);
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(here_.Poll().ok());
  EXPECT_EQ(Times(Read(officer), "event: inbox\n"), 1u);
  EXPECT_EQ(Times(Read(elsewhere), "event: inbox\n"), 0u);
  EXPECT_EQ(Times(Read(citizen), "event: inbox\n"), 0u);
  Signal(7);
  ASSERT_TRUE(here_.Poll().ok());
  EXPECT_EQ(Times(Read(officer), "event: inbox\n"), 1u);
}

TEST_P(LiveTest, StreamsAreBoundedPerAccountAndInAll) {
  auto a = Open(here_, Who(1)), b = Open(here_, Who(1));
  EXPECT_EQ(Open(here_, Who(1)), nullptr);
  EXPECT_EQ(refused_, "streams_account_max");
  b->Detach();  // a closed tab makes room
  EXPECT_NE(Open(here_, Who(1)), nullptr);
  EXPECT_NE(Open(here_, Who(2)), nullptr);
  EXPECT_NE(Open(here_, Who(3)), nullptr);
  EXPECT_EQ(Open(here_, Who(4)), nullptr);
  EXPECT_EQ(refused_, "streams_max");
  EXPECT_EQ(here_.streams(), 4);
}

TEST_P(LiveTest, EndedSessionEndsItsStreams) {
  std::vector<int64_t> living{11, 12};
  here_.SetSessionCheck([&](db::Tx&, const std::vector<int64_t>&) { return Result<std::vector<int64_t>>(living); });
  auto one = Open(here_, Who(1, 11)), two = Open(here_, Who(2, 12));
  ASSERT_TRUE(here_.Poll().ok());
  EXPECT_FALSE(one->closed());
  living = {12};
  ASSERT_TRUE(here_.Poll().ok());
  EXPECT_TRUE(one->closed());
  EXPECT_FALSE(two->closed());
  EXPECT_EQ(here_.streams(), 1);
}

TEST_P(LiveTest, StopEndsEveryStreamAndTakesNoMore) {
  here_.Start();
  auto stream = Open(here_, Who(1));
  here_.Stop();
  EXPECT_TRUE(stream->closed());
  EXPECT_EQ(Open(here_, Who(1)), nullptr);
}

}  // namespace
}  // namespace tinhso::notify
