// Saved views of the inbox, by their routes.
#include <gtest/gtest.h>

#include "kernel/audit/audit.h"
#include "kernel/db_testing/db_testing.h"
#include "kernel/inbox/inbox.h"
#include "kernel/notify/notify.h"

namespace tinhso::inbox {
namespace {

class ViewsTest : public db_testing::DbTest {
 protected:
  void SetUp() override {
    Migrate({db::Migrations_kernel_audit(), db::Migrations_kernel_orgs(), db::Migrations_kernel_identity(),
             db::Migrations_kernel_persons(), db::Migrations_kernel_notify(), db::Migrations_kernel_inbox()});
    orgs_ = std::make_unique<orgs::Service>(database(), clock_);
    identity_ = std::make_unique<identity::Service>(database(), clock_, *orgs_, identity::Service::Options{});
    ASSERT_TRUE(orgs_->Load().ok());
    router_.Add(Routes(database(), clock_, *orgs_, *identity_));
    lan_ = Officer(100, 1, false);
    minh_ = Officer(100, 2, false);
    leader_ = Officer(100, 3, true);
    far_ = Officer(200, 4, false);
  }
  static http::Principal Officer(int64_t authority_id, int64_t account_id, bool leads) {
    http::Principal who;
    who.account_id = account_id;
    who.authority_id = who.unit_id = authority_id;
    who.full_name = "officer " + std::to_string(account_id);
    who.roles = {leads ? "leader" : "specialist"};
    who.permissions = {"inbox.read"};
    if (leads) who.permissions.insert(who.permissions.begin(), "dossier.assign");
    return who;
  }
  http::Response Call(const http::Principal& who, const char* method, const std::string& path, const std::string& body = "") {
    http::Request request;
    request.method = method;
    request.path = path;
    request.body = body;
    if (!body.empty()) request.headers.push_back({"content-type", "application/json"});
    return http::Dispatch(router_, [&](const http::Request&) { return Result<std::optional<http::Principal>>(who); }, request);
  }
  static std::string Names(const http::Response& response) {
    const json::value body = boost::json::parse(response.body);
    if (response.status >= 400) return json::GetText(body.as_object(), "reason");
    std::string out;
    for (const json::value& v : body.as_object().at("items").as_array())
      out += json::GetText(v.as_object(), "name") + (v.as_object().at("mine").as_bool() ? " " : "* ");
    return out;
  }
  std::string NamesOf(const http::Principal& who) { return Names(Call(who, "GET", kPath)); }
  std::string Add(const http::Principal& who, const std::string& name, const std::string& query = "{}", bool shared = false) {
    return Names(Call(who, "POST", kPath, R"({"name":")" + name + R"(","query":)" + query + R"(,"shared":)" + (shared ? "true}" : "false}")));
  }
  std::string IdOf(const http::Principal& who, size_t at) {
    return json::GetText(boost::json::parse(Call(who, "GET", kPath).body).as_object().at("items").as_array()[at].as_object(), "view_id");
  }
  std::string Patch(const http::Principal& who, const std::string& id, const std::string& body) { return Names(Call(who, "PATCH", kPath + ("/" + id), body)); }

  static constexpr const char* kPath = "/api/v1/inbox/views";
  FixedClock clock_{FromLocal({2026, 11, 23}, 540)};
  std::unique_ptr<orgs::Service> orgs_;
  std::unique_ptr<identity::Service> identity_;
  http::Router router_;
  http::Principal lan_, minh_, leader_, far_;
};
TINHSO_ON_BOTH_ENGINES(ViewsTest);

TEST_P(ViewsTest, OnesOwnAreKeptInOnesOrderAndNobodyElsesAreSeen) {
  EXPECT_EQ(Add(lan_, "A", R"({"deadline":"late"})"), "A ");
  EXPECT_EQ(Add(lan_, "B"), "A B ");
  EXPECT_EQ(Add(lan_, "C"), "A B C ");
  EXPECT_EQ(Patch(lan_, IdOf(lan_, 2), R"({"place":0})"), "C A B ");
  EXPECT_EQ(Patch(lan_, IdOf(lan_, 0), R"({"place":19,"name":"D"})"), "A B D ");
  EXPECT_NE(Call(lan_, "GET", kPath).body.find(R"("query":{"deadline":"late"})"), std::string::npos);
  EXPECT_EQ(NamesOf(minh_), "");
  EXPECT_EQ(Patch(minh_, IdOf(lan_, 0), R"({"name":"X"})"), "view_not_found");
  EXPECT_EQ(Names(Call(minh_, "DELETE", kPath + ("/" + IdOf(lan_, 0)))), "view_not_found");
  EXPECT_EQ(Names(Call(lan_, "DELETE", kPath + ("/" + IdOf(lan_, 1)))), "A D ");
}

TEST_P(ViewsTest, ALeaderSharesOneWithTheOfficeAndNobodyElseDoes) {
  EXPECT_EQ(Add(lan_, "mine", "{}", true), "permission_denied");
  EXPECT_EQ(Add(leader_, "late ones", R"({"deadline":"late"})", true), "late ones ");
  EXPECT_EQ(Add(lan_, "mine"), "mine late ones* ");
  EXPECT_EQ(NamesOf(far_), "");
  EXPECT_EQ(Patch(lan_, IdOf(lan_, 0), R"({"shared":true})"), "permission_denied");
  EXPECT_EQ(Patch(lan_, IdOf(lan_, 1), R"({"name":"X"})"), "view_not_found");
  EXPECT_EQ(Patch(leader_, IdOf(leader_, 0), R"({"shared":false})"), "late ones ");
  EXPECT_EQ(NamesOf(lan_), "mine ");
}

// A view that the inbox would refuse must not be kept.
TEST_P(ViewsTest, WhatTheInboxDoesNotKnowIsRefusedAndTheLimitHolds) {
  for (const char* query : {R"({"deadline":"never"})", R"({"sort":"name"})", R"({"mine":"2"})", R"({"who":"x"})", R"({"q":1})", R"({"q":""})"})
    EXPECT_EQ(Add(lan_, "A", query), "validation_failed") << query;
  EXPECT_EQ(Add(lan_, "  "), "validation_failed");
  EXPECT_EQ(Add(lan_, std::string(61, 'a')), "validation_failed");
  EXPECT_EQ(Add(lan_, "A", R"({"q":")" + std::string(101, 'a') + "\"}"), "validation_failed");
  for (int i = 0; i < 20; ++i) EXPECT_NE(Add(lan_, "v"), "views_full");
  EXPECT_EQ(Add(lan_, "one more"), "views_full");
  EXPECT_EQ(Patch(lan_, "x", "{}"), "view_not_found");
}

}  // namespace
}  // namespace tinhso::inbox
