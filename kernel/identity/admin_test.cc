#include <gmock/gmock.h>

#include <set>

#include "testing.h"

namespace tinhso::identity {
namespace {

class AdminTest : public IdentityFixture {
 protected:
  void SetUp() override {
    IdentityFixture::SetUp();
    CreateOfficer("quan-tri", "H99", "administrator");
    CreateOfficer("quan-tri-mot", "H99.101", "administrator");
    officer_ = CreateOfficer("mot-cua", "H99.101.01", "one_stop_officer");
    neighbour_ = CreateOfficer("xa-hai", "H99.102", "specialist");
    citizen_ = Create(Wanted("dan"));
    admin_ = SignedIn("quan-tri");
    commune_admin_ = SignedIn("quan-tri-mot");
  }
  std::string Path(int64_t account_id, const char* rest = "") {
    return "/api/v1/admin/accounts/" + std::to_string(account_id) + rest;
  }
  std::vector<std::string> Names(Browser& browser, std::map<std::string, std::string> query = {}) {
    auto body = Body(Call(browser, "GET", "/api/v1/admin/accounts", "", std::move(query)));
    std::vector<std::string> out;
    for (const auto& item : body["items"].as_array()) out.push_back(json::GetText(item.as_object(), "username"));
    return out;
  }
  int64_t officer_ = 0, neighbour_ = 0, citizen_ = 0;
  Browser admin_, commune_admin_;
};
TINHSO_ON_BOTH_ENGINES(AdminTest);

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

TEST_P(AdminTest, OnlyAdministratorsGetIn) {
  Browser citizen = SignedIn("dan"), officer = SignedIn("mot-cua"), nobody;
  for (Browser* browser : {&citizen, &officer}) {
    EXPECT_EQ(Call(*browser, "GET", "/api/v1/admin/accounts").status, 403);
    EXPECT_EQ(Call(*browser, "PATCH", Path(citizen_), R"({"enabled":false})").status, 403);
    EXPECT_EQ(Call(*browser, "GET", "/api/v1/admin/roles").status, 403);
  }
  EXPECT_EQ(Call(nobody, "GET", "/api/v1/admin/accounts").status, 401);
}

TEST_P(AdminTest, ListSearchesAndPages) {
  EXPECT_THAT(Names(admin_), ElementsAre("dan", "mot-cua", "quan-tri", "quan-tri-mot", "xa-hai"));
  EXPECT_THAT(Names(admin_, {{"q", "nguyen quan tri"}}), ElementsAre("quan-tri", "quan-tri-mot"));
  auto first = Body(Call(admin_, "GET", "/api/v1/admin/accounts", "", {{"limit", "2"}}));
  std::string cursor(first["next_cursor"].as_string());
  EXPECT_THAT(Names(admin_, {{"limit", "2"}, {"cursor", cursor}}), ElementsAre("quan-tri", "quan-tri-mot"));
  auto officer = Body(Call(admin_, "GET", "/api/v1/admin/accounts", "", {{"q", "mot cua"}}))["items"].as_array()[0].as_object();
  auto assignment = officer["assignments"].as_array()[0].as_object();
  EXPECT_EQ(json::GetText(assignment, "role"), "one_stop_officer");
  EXPECT_EQ(json::GetText(assignment["unit"].as_object(), "unit_code"), "H99.101.01");
}

// A commune's administrator manages the commune's accounts; others answer as if absent.
TEST_P(AdminTest, ScopeIsOnesOwnAuthority) {
  EXPECT_THAT(Names(commune_admin_), UnorderedElementsAre("mot-cua", "quan-tri-mot"));
  for (int64_t other : {neighbour_, citizen_}) {
    EXPECT_EQ(Reason(Call(commune_admin_, "POST", Path(other, "/recovery"), R"({"reason":"Mất điện thoại"})")), "account_not_found");
    EXPECT_EQ(Reason(Call(commune_admin_, "POST", Path(other, "/assignments"),
                          R"({"unit_code":"H99.101","role":"leader","position":"Chủ tịch"})")), "account_not_found");
  }
  auto outside = Call(commune_admin_, "POST", Path(officer_, "/assignments"), R"({"unit_code":"H99.102","role":"leader","position":"x"})");
  EXPECT_EQ(outside.status, 422);
  EXPECT_EQ(Call(commune_admin_, "POST", Path(officer_, "/assignments"), R"({"unit_code":"H99.101","role":"clerk","position":"Văn thư"})").status, 200);
  // Who also works elsewhere can no longer be reset from here: the password would open the other office too.
  EXPECT_EQ(Call(admin_, "POST", Path(officer_, "/assignments"), R"({"unit_code":"H99.102","role":"clerk","position":"Văn thư"})").status, 200);
  EXPECT_EQ(Call(commune_admin_, "POST", Path(officer_, "/recovery"), R"({"reason":"Mất điện thoại"})").status, 404);
}

TEST_P(AdminTest, DisablingEndsTheSessionAtOnce) {
  Browser officer = SignedIn("mot-cua");
  EXPECT_EQ(Call(officer, "GET", "/api/v1/me").status, 200);  // now in memory
  ASSERT_EQ(Call(admin_, "PATCH", Path(officer_), R"({"enabled":false})").status, 200);
  EXPECT_EQ(Call(officer, "GET", "/api/v1/me").status, 401);
  Browser again;
  EXPECT_EQ(Reason(SignIn(again, "mot-cua")), "account_disabled");
  EXPECT_EQ(Reason(SignIn(again, "mot-cua", "sai-mat-khau-roi")), "credentials_wrong");
  ASSERT_EQ(Call(admin_, "PATCH", Path(officer_), R"({"enabled":true})").status, 200);
  EXPECT_EQ(SignIn(again, "mot-cua").status, 200);
  EXPECT_EQ(Audited("account.changed"), 2);
}

TEST_P(AdminTest, NewAccountHasAOneTimePasswordThatOpensNothingElse) {
  auto made = Call(admin_, "POST", "/api/v1/admin/accounts", R"({"username":"moi","full_name":"Trần Văn Mới","personal_no":"096090012345"})");
  ASSERT_EQ(made.status, 201) << made.body;
  auto account = Body(made);
  std::string one_time = json::GetText(account, "one_time_password"), id = json::GetText(account, "account_id");
  EXPECT_GE(one_time.size(), 14u);
  ASSERT_EQ(Call(admin_, "POST", "/api/v1/admin/accounts/" + id + "/assignments",
                 R"({"unit_code":"H99.101.01","role":"one_stop_officer","position":"Cán bộ"})").status, 200);
  Browser fresh;
  auto me = Body(SignIn(fresh, "moi", one_time));
  EXPECT_TRUE(me["must_change_password"].as_bool());
  EXPECT_TRUE(me["permissions"].as_array().empty());
  EXPECT_EQ(Call(fresh, "GET", "/api/v1/persons", "", {{"personal_no", "096090012345"}}).status, 403);
  ASSERT_EQ(Call(fresh, "POST", "/api/v1/me/password",
                 json::serialize(json::object{{"current_password", one_time}, {"new_password", "mat-khau-rieng"}})).status, 204);
  EXPECT_EQ(Call(fresh, "GET", "/api/v1/persons", "", {{"personal_no", "096090012345"}}).status, 200);
  Browser late;
  EXPECT_EQ(SignIn(late, "moi", one_time).status, 401);
}

TEST_P(AdminTest, OneTimePasswordsExpire) {
  auto made = Body(Call(admin_, "POST", "/api/v1/admin/accounts", R"({"username":"moi","full_name":"Trần Văn Mới"})"));
  clock_.Advance(3 * kUsPerDay);
  Browser browser;
  EXPECT_EQ(Reason(SignIn(browser, "moi", json::GetText(made, "one_time_password"))), "credentials_wrong");
}

// One administrator alone must not be able to become somebody else.
TEST_P(AdminTest, NoSingleAdministratorResetsAPassword) {
  EXPECT_EQ(Call(admin_, "PATCH", Path(officer_), R"({"reset_password":true})").status, 422);
}

TEST_P(AdminTest, RepeatedCreationAnswersTheSameOnce) {
  const char* body = R"({"username":"moi","full_name":"Trần Văn Mới"})";
  admin_.extra_headers = {{"idempotency-key", "khoa-lap-lai-1"}};
  auto first = Call(admin_, "POST", "/api/v1/admin/accounts", body);
  auto second = Call(admin_, "POST", "/api/v1/admin/accounts", body);
  EXPECT_EQ(first.status, 201);
  EXPECT_EQ(second.status, 201);
  EXPECT_EQ(Body(first), Body(second));
  EXPECT_EQ(Reason(Call(admin_, "POST", "/api/v1/admin/accounts", R"({"username":"khac","full_name":"Khác"})")), "idempotency_key_reused");
  admin_.extra_headers.clear();
  EXPECT_EQ(Reason(Call(admin_, "POST", "/api/v1/admin/accounts", body)), "username_taken");
  EXPECT_THAT(Names(admin_, {{"q", "moi"}}), ElementsAre("moi"));
}

// A taken name must not leave a person without account behind.
TEST_P(AdminTest, RefusedCreationLeavesNothing) {
  static constexpr db::Sql kPersons = "SELECT COUNT(*) FROM person";
  auto count = [&] { return (*database().Read([&](db::Tx& tx) { return tx.QueryOne(kPersons, {}); }))->Int(0); };
  int64_t before = count();
  EXPECT_EQ(Call(admin_, "POST", "/api/v1/admin/accounts", R"({"username":"dan","full_name":"Trùng"})").status, 409);
  for (const char* bad : {R"({"username":"a b","full_name":"X"})", R"({"username":"abc"})", R"({"username":"abc","full_name":"X","personal_no":"1"})",
                          R"({"username":"abc","full_name":"X","sex":"x"})", R"({"username":"abc","full_name":"X","birth_on":"1990-13-01"})",
                          R"({"username":"abc","full_name":"X","role":"administrator"})"}) {
    EXPECT_EQ(Call(admin_, "POST", "/api/v1/admin/accounts", bad).status, 422) << bad;
  }
  EXPECT_EQ(count(), before);
}

TEST_P(AdminTest, NobodyManagesHimself) {
  int64_t own = 0;
  auto listed = Body(Call(admin_, "GET", "/api/v1/admin/accounts"));
  for (const auto& item : listed["items"].as_array()) {
    if (json::GetText(item.as_object(), "username") == "quan-tri") own = std::stoll(json::GetText(item.as_object(), "account_id"));
  }
  EXPECT_EQ(Reason(Call(admin_, "PATCH", Path(own), R"({"enabled":false})")), "account_is_own");
  EXPECT_EQ(Reason(Call(admin_, "POST", Path(own, "/assignments"), R"({"unit_code":"H99","role":"leader","position":"Chủ tịch"})")),
            "account_is_own");
}

TEST_P(AdminTest, AssignmentsGiveAndTakeRightsAtOnce) {
  Browser browser = SignedIn("dan");
  auto roles = [&] { return Body(Call(browser, "GET", "/api/v1/me"))["roles"].as_array()[0].as_string(); };
  EXPECT_EQ(roles(), "citizen");
  const char* body = R"({"unit_code":"H99.102","role":"specialist","position":"Chuyên viên"})";
  auto account = Body(Call(admin_, "POST", Path(citizen_, "/assignments"), body));
  EXPECT_EQ(roles(), "specialist");
  EXPECT_EQ(Reason(Call(admin_, "POST", Path(citizen_, "/assignments"), body)), "assignment_exists");
  std::string id = json::GetText(account["assignments"].as_array()[0].as_object(), "assignment_id");
  EXPECT_EQ(Call(admin_, "DELETE", Path(citizen_, "/assignments/1")).status, 404);
  ASSERT_EQ(Call(admin_, "DELETE", Path(citizen_, "/assignments/") + id).status, 200);
  EXPECT_EQ(roles(), "citizen");
  EXPECT_EQ(Call(admin_, "DELETE", Path(citizen_, "/assignments/") + id).status, 404);
  EXPECT_EQ(Audited("assignment.changed"), 2);
}

TEST_P(AdminTest, AssignmentsHoldOnTheirDatesOnly) {
  ASSERT_EQ(Call(admin_, "POST", Path(citizen_, "/assignments"),
                 R"({"unit_code":"H99.102","role":"specialist","position":"Chuyên viên","valid_from":"2026-11-25","valid_to":"2026-11-26"})").status, 200);
  auto role_on = [&](int day) {
    clock_.Set(FromLocal({2026, 11, day}, 8 * 60));
    Browser browser = SignedIn("dan");
    return std::string(Body(Call(browser, "GET", "/api/v1/me"))["roles"].as_array()[0].as_string());
  };
  EXPECT_EQ(role_on(24), "citizen");
  EXPECT_EQ(role_on(25), "specialist");
  EXPECT_EQ(role_on(26), "specialist");
  EXPECT_EQ(role_on(27), "citizen");
}

// What one commune's administrator does must not reach the others.
TEST_P(AdminTest, ACommunesAdministratorHoldsNothingThatReachesEveryUnit) {
  auto permissions_of = [&](const char* username) {
    Browser browser;
    std::string all;
    const json::object me = Body(SignIn(browser, username));
    for (const auto& one : me.at("permissions").as_array()) all += std::string(one.as_string()) + " ";
    return all;
  };
  EXPECT_EQ(permissions_of("quan-tri-mot"), "accounts.admin audit.read delegation.give delegation.unit payment.admin reports.read units.admin ");
  EXPECT_NE(permissions_of("quan-tri").find("packs.admin"), std::string::npos);
}

// Without one nobody could make the others; with one, a second is made by that person or on purpose.
TEST_P(AdminTest, TheFirstAdministratorIsMadeOnceAndMustChooseAPassword) {
  EXPECT_EQ(service_->CreateAdministrator({.username = "x", .full_name = "Trần An"}).error().reason, "username_malformed");
  EXPECT_EQ(service_->CreateAdministrator({.username = "an", .full_name = " "}).error().code, ErrorCode::kInvalid);
  EXPECT_EQ(service_->CreateAdministrator({.username = "tran-an", .full_name = "Trần An", .password = "ngan"}).error().reason,
            "password_too_short");
  EXPECT_EQ(service_->CreateAdministrator({.username = "tran-an", .full_name = "Trần An", .unit_code = "H98"}).error().reason,
            "unit_unknown");
  int64_t audited = Audited("account.created");
  auto one_time = service_->CreateAdministrator({.username = "Tran-An", .full_name = "Trần An", .unit_code = "H99.102"});
  ASSERT_TRUE(one_time.ok()) << one_time.error().reason;
  EXPECT_EQ(Audited("account.created"), audited + 1);
  Browser browser;
  auto me = Body(SignIn(browser, "tran-an", *one_time));
  EXPECT_TRUE(me.at("must_change_password").as_bool());
  EXPECT_TRUE(me.at("permissions").as_array().empty());
  const Service::NewAdministrator second{.username = "le-binh", .full_name = "Lê Bình", .password = "mot-mat-khau-tam", .unit_code = "H99.102"};
  EXPECT_EQ(service_->CreateAdministrator(second).error().reason, "administrator_exists");
  auto meant = second;
  meant.another = true;
  EXPECT_EQ(*service_->CreateAdministrator(meant), "");
  EXPECT_EQ(service_->CreateAdministrator(meant).error().reason, "username_taken");
}

TEST_P(AdminTest, BadAssignmentsAreRefused) {
  for (const char* bad : {R"({"unit_code":"H98","role":"leader","position":"x"})", R"({"unit_code":"H99","role":"king","position":"x"})",
                          R"({"unit_code":"H99","role":"citizen","position":"x"})", R"({"unit_code":"H99","role":"leader"})",
                          R"({"unit_code":"H99","role":"leader","position":"x","valid_from":"mai"})",
                          R"({"unit_code":"H99","role":"leader","position":"x","valid_to":"2020-01-01"})"}) {
    EXPECT_EQ(Call(admin_, "POST", Path(citizen_, "/assignments"), bad).status, 422) << bad;
  }
  EXPECT_EQ(Call(admin_, "POST", Path(99, "/assignments"), R"({"unit_code":"H99","role":"leader","position":"x"})").status, 404);
}

TEST_P(AdminTest, RolesAreListedWithTheirNames) {
  auto items = Body(Call(admin_, "GET", "/api/v1/admin/roles"))["items"].as_array();
  EXPECT_EQ(items.size(), 6u);
  EXPECT_EQ(json::GetText(items[1].as_object(), "vi"), "Cán bộ một cửa");
}

}  // namespace
}  // namespace tinhso::identity
