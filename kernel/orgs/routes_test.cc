#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "kernel/audit/audit.h"
#include "kernel/db_testing/db_testing.h"
#include "kernel/orgs/orgs.h"

namespace tinhso::orgs {
namespace {

class OrgsRoutesTest : public db_testing::DbTest {
 protected:
  void SetUp() override {
    ASSERT_TRUE(database()
                    .Write([&](db::Tx& tx) -> Status {
                      TINHSO_TRY(service_.UpsertUnit(tx, {"H99", "", "province", "Tỉnh Mẫu", "Mẫu", "99", "2025-07-01", {}}));
                      for (int i = 101; i < 120; ++i) {
                        std::string code = "H99." + std::to_string(i), name = "Xã Số " + std::to_string(i);
                        TINHSO_TRY(service_.UpsertUnit(tx, {code, "H99", "commune", name, name, "", "2025-07-01", {}}));
                      }
                      return Ok();
                    })
                    .ok());
    ASSERT_TRUE(service_.Load().ok());
    router_.Add(Routes(service_));
  }
  void SignInAt(const char* unit_code, std::vector<std::string> permissions) {
    http::Principal who;
    who.account_id = 5;
    who.unit_id = who.authority_id = service_.snapshot()->ByCode(unit_code)->unit_id;
    std::sort(permissions.begin(), permissions.end());
    who.permissions = std::move(permissions);
    who_ = who;
  }
  http::Response Call(const char* method, const std::string& path, std::map<std::string, std::string> query = {},
                      const char* body = nullptr) {
    http::Request request;
    request.method = method;
    request.path = path;
    request.query = std::move(query);
    if (body != nullptr) {
      request.body = body;
      request.headers.emplace_back("content-type", "application/json");
    }
    return http::Dispatch(router_, [this](const http::Request&) { return Result<std::optional<http::Principal>>(who_); }, request);
  }
  json::object Body(const http::Response& response) { return boost::json::parse(response.body).as_object(); }
  std::string Reason(const http::Response& response) { return json::GetText(Body(response), "reason"); }

  // Before the services: they keep a reference to the database, which migrating may open anew.
  const bool migrated_ = (Migrate({db::Migrations_kernel_audit(), db::Migrations_kernel_orgs()}), true);
  FixedClock clock_{FromLocal({2026, 11, 23}, 9 * 60)};
  Service service_{database(), clock_};
  http::Router router_;
  std::optional<http::Principal> who_;
};
TINHSO_ON_BOTH_ENGINES(OrgsRoutesTest);

TEST_P(OrgsRoutesTest, PagingShowsEveryUnitOnce) {
  std::set<std::string> seen;
  std::string cursor;
  int pages = 0;
  do {
    auto response = Call("GET", "/api/v1/units", {{"kind", "commune"}, {"limit", "7"}, {"cursor", cursor}});
    ASSERT_EQ(response.status, 200) << response.body;
    auto body = Body(response);
    for (const auto& item : body["items"].as_array()) {
      EXPECT_TRUE(seen.insert(json::GetText(item.as_object(), "unit_code")).second);
    }
    cursor = body["next_cursor"].is_null() ? "" : std::string(body["next_cursor"].as_string());
    ++pages;
  } while (!cursor.empty());
  EXPECT_EQ(seen.size(), 19u);
  EXPECT_EQ(pages, 3);
}

TEST_P(OrgsRoutesTest, UnitShowsItsParentAndAuthorityByCode) {
  auto body = Body(Call("GET", "/api/v1/units/H99.101"));
  EXPECT_EQ(json::GetText(body, "parent_code"), "H99");
  EXPECT_EQ(json::GetText(body, "authority_code"), "H99.101");
  EXPECT_TRUE(body["valid_to"].is_null());
  EXPECT_EQ(Call("GET", "/api/v1/units/H98").status, 404);
  EXPECT_EQ(Call("GET", "/api/v1/units", {{"parent", "H98"}}).status, 404);
  EXPECT_EQ(Call("GET", "/api/v1/units", {{"cursor", "!!"}}).status, 400);
}

TEST_P(OrgsRoutesTest, RenamingNeedsThePermission) {
  EXPECT_EQ(Call("PATCH", "/api/v1/units/H99.101", {}, R"({"name":"Xã Mới"})").status, 401);
  SignInAt("H99", {"calendar.admin"});
  EXPECT_EQ(Call("PATCH", "/api/v1/units/H99.101", {}, R"({"name":"Xã Mới"})").status, 403);
  SignInAt("H99", {"units.admin"});
  EXPECT_EQ(Call("PATCH", "/api/v1/units/H99.101", {}, R"({"name":"Xã Mới"})").status, 200);
  EXPECT_EQ(service_.snapshot()->ByCode("H99.101")->name, "Xã Mới");
}

// A commune's administrator must not touch the neighbour commune nor the province.
TEST_P(OrgsRoutesTest, RenamingReachesOnlyOwnUnits) {
  SignInAt("H99.102", {"units.admin"});
  EXPECT_EQ(Reason(Call("PATCH", "/api/v1/units/H99.101", {}, R"({"name":"Xã Mới"})")), "unit_not_found");
  EXPECT_EQ(Reason(Call("PATCH", "/api/v1/units/H99", {}, R"({"name":"Xã Mới"})")), "unit_not_found");
  EXPECT_EQ(service_.snapshot()->ByCode("H99.101")->name, "Xã Số 101");
  EXPECT_EQ(Call("PATCH", "/api/v1/units/H99.102", {}, R"({"name":"Xã Mới"})").status, 200);
}

TEST_P(OrgsRoutesTest, BadNamesAreRefused) {
  SignInAt("H99", {"units.admin"});
  for (const char* body : {R"({})", R"({"name":""})", R"({"name":"   "})", R"({"name":5})", R"({"name":"a","kind":"commune"})"}) {
    EXPECT_EQ(Call("PATCH", "/api/v1/units/H99.101", {}, body).status, 422) << body;
  }
  EXPECT_EQ(service_.snapshot()->ByCode("H99.101")->name, "Xã Số 101");
}

TEST_P(OrgsRoutesTest, SpecialDaysAreKeptByDate) {
  SignInAt("H99", {"calendar.admin"});
  const char* body = R"({"kind":"swapped_work","name":"Làm bù","source":"CV 1/2026"})";
  ASSERT_EQ(Call("PUT", "/api/v1/calendar/days/2026-11-28", {}, body).status, 200);
  ASSERT_EQ(Call("PUT", "/api/v1/calendar/days/2026-11-28", {}, body).status, 200);
  auto items = Body(Call("GET", "/api/v1/calendar/days", {{"year", "2026"}}))["items"].as_array();
  ASSERT_EQ(items.size(), 1u);
  EXPECT_EQ(json::GetText(items[0].as_object(), "on"), "2026-11-28");
  EXPECT_TRUE(service_.snapshot()->CalendarOf(0).IsWorkingDay({2026, 11, 28}));
  EXPECT_EQ(Call("DELETE", "/api/v1/calendar/days/2026-11-28").status, 204);
  EXPECT_EQ(Reason(Call("DELETE", "/api/v1/calendar/days/2026-11-28")), "special_day_not_found");
  EXPECT_FALSE(service_.snapshot()->CalendarOf(0).IsWorkingDay({2026, 11, 28}));
}

TEST_P(OrgsRoutesTest, ImpossibleDaysAreRefused) {
  SignInAt("H99", {"calendar.admin"});
  const char* good = R"({"kind":"holiday","name":"a","source":"b"})";
  EXPECT_EQ(Call("PUT", "/api/v1/calendar/days/2026-02-30", {}, good).status, 422);
  EXPECT_EQ(Call("PUT", "/api/v1/calendar/days/2026-02-03", {}, R"({"kind":"feast","name":"a","source":"b"})").status, 422);
  EXPECT_EQ(Call("PUT", "/api/v1/calendar/days/2026-02-03", {}, R"({"kind":"holiday","name":"a"})").status, 422);
  EXPECT_EQ(Call("GET", "/api/v1/calendar/days").status, 422);
  who_.reset();
  EXPECT_EQ(Call("PUT", "/api/v1/calendar/days/2026-02-03", {}, good).status, 401);
}

}  // namespace
}  // namespace tinhso::orgs
