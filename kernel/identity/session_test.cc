#include <gmock/gmock.h>

#include "testing.h"

namespace tinhso::identity {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class SessionTest : public IdentityFixture {
 protected:
  void SetUp() override {
    IdentityFixture::SetUp();
    Create(Wanted("lan"));
  }
  int Me(Browser& browser) { return Call(browser, "GET", "/api/v1/me").status; }
};
TINHSO_ON_BOTH_ENGINES(SessionTest);

TEST_P(SessionTest, SigningInGivesASessionAndSigningOutEndsIt) {
  Browser browser = SignedIn("lan");
  auto me = Body(Call(browser, "GET", "/api/v1/me"));
  EXPECT_EQ(json::GetText(me, "username"), "lan");
  EXPECT_EQ(me["roles"].as_array()[0].as_string(), "citizen");
  EXPECT_TRUE(me["assignment_id"].is_null());
  Browser thief = browser;  // a copy of the cookies
  EXPECT_EQ(Call(browser, "DELETE", "/api/v1/session").status, 204);
  EXPECT_TRUE(browser.cookies.empty());
  EXPECT_EQ(Me(thief), 401);
  EXPECT_EQ(Audited("session.created"), 1);
  EXPECT_EQ(Audited("session.ended"), 1);
}

TEST_P(SessionTest, CookieFlagsAreStrict) {
  Start({.allow_demo_accounts = false, .secure_cookie = true});
  Browser browser;
  auto response = SignIn(browser, "lan");
  std::vector<std::string> set;
  for (const auto& [name, value] : response.headers) {
    if (name == "Set-Cookie") set.push_back(value);
  }
  ASSERT_EQ(set.size(), 2u);
  EXPECT_THAT(set[0], HasSubstr("tinhso_session="));
  for (const char* flag : {"HttpOnly", "SameSite=Lax", "Secure", "Path=/"}) EXPECT_THAT(set[0], HasSubstr(flag));
  EXPECT_THAT(set[1], HasSubstr("tinhso_csrf="));
  EXPECT_THAT(set[1], Not(HasSubstr("HttpOnly")));  // the web application must read it
  EXPECT_THAT(set[1], HasSubstr("Secure"));
}

// The token is worth a session; whoever reads the database must not get one.
TEST_P(SessionTest, TokenIsNotInTheDatabase) {
  Browser browser = SignedIn("lan");
  static constexpr db::Sql kHashes = "SELECT token_hash FROM session";
  auto rows = database().Read([&](db::Tx& tx) { return tx.Query(kHashes, {}); });
  ASSERT_EQ(rows->size(), 1u);
  EXPECT_NE((*rows)[0].Text(0), browser.cookies["tinhso_session"]);
  EXPECT_EQ((*rows)[0].Text(0).size(), 64u);
}

// Nobody may learn from the answer which names exist.
TEST_P(SessionTest, UnknownNameAndWrongPasswordAnswerAlike) {
  Browser browser;
  auto wrong = SignIn(browser, "lan", "sai-mat-khau-roi");
  auto unknown = SignIn(browser, "khong-co-ai", "sai-mat-khau-roi");
  EXPECT_EQ(wrong.status, 401);
  EXPECT_EQ(Reason(wrong), "credentials_wrong");
  auto a = Body(wrong), b = Body(unknown);
  a.erase("trace_id");
  b.erase("trace_id");
  EXPECT_EQ(a, b);
  EXPECT_EQ(wrong.status, unknown.status);
  EXPECT_EQ(Audited("session.failed"), 2);
  EXPECT_TRUE(browser.cookies.empty());
}

TEST_P(SessionTest, GuessingIsThrottledPerAccountAndAddress) {
  Browser browser;
  for (int i = 0; i < 5; ++i) EXPECT_EQ(SignIn(browser, "lan", "sai-mat-khau-roi").status, 401);
  auto refused = SignIn(browser, "lan");  // even the right password waits
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(Reason(refused), "too_many_attempts");
  EXPECT_EQ(json::GetInt(Body(refused), "retry_after_s"), 30);
  EXPECT_EQ(SignIn(browser, "LAN ").status, 429);
  Browser owner;  // whom a stranger's guessing does not shut out
  owner.address = "203.0.113.8";
  EXPECT_EQ(SignIn(owner, "lan").status, 200);
  clock_.Advance(31 * kUsPerSecond);
  EXPECT_EQ(SignIn(browser, "lan").status, 200);
  EXPECT_EQ(SignIn(browser, "lan", "sai-mat-khau-roi").status, 401);  // forgiven: the count begins anew
}

// One machine trying one password on many names.
TEST_P(SessionTest, SprayingIsThrottledPerAddress) {
  Browser browser;
  int refused_at = 0;
  for (int i = 0; i < 60 && refused_at == 0; ++i) {
    if (SignIn(browser, "ten-" + std::to_string(i), "sai-mat-khau-roi").status == 429) refused_at = i;
  }
  EXPECT_EQ(refused_at, 50);
  Browser neighbour;
  neighbour.address = "203.0.113.9";
  EXPECT_EQ(SignIn(neighbour, "lan").status, 200);
}

// Session fixation: a token planted before signing in is worth nothing after it.
TEST_P(SessionTest, SigningInAlwaysGivesANewTokenAndEndsTheOld) {
  Browser browser;
  browser.cookies["tinhso_session"] = std::string(43, 'A');
  ASSERT_EQ(SignIn(browser, "lan").status, 200);
  EXPECT_NE(browser.cookies["tinhso_session"], std::string(43, 'A'));
  Browser planted;
  planted.cookies["tinhso_session"] = std::string(43, 'A');
  EXPECT_EQ(Me(planted), 401);
  Browser before = browser;
  ASSERT_EQ(SignIn(browser, "lan").status, 200);  // again, in the same browser
  EXPECT_EQ(Me(before), 401);
  EXPECT_EQ(Me(browser), 200);
}

TEST_P(SessionTest, ForgedCookiesAreRefused) {
  Browser good = SignedIn("lan");
  for (std::string forged : {std::string("x"), std::string(43, 'B'), std::string(5000, 'C'), std::string("' OR 1=1 --"),
                             good.cookies["tinhso_session"] + "x"}) {
    Browser browser;
    browser.cookies["tinhso_session"] = forged;
    auto response = Call(browser, "GET", "/api/v1/me");
    EXPECT_EQ(response.status, 401) << forged;
    EXPECT_EQ(Reason(response), "session_expired");
  }
  std::string changed = good.cookies["tinhso_session"];
  changed[0] = changed[0] == 'A' ? 'B' : 'A';
  Browser browser;
  browser.cookies["tinhso_session"] = changed;
  EXPECT_EQ(Me(browser), 401);
  Browser none;
  EXPECT_EQ(Reason(Call(none, "GET", "/api/v1/me")), "sign_in_required");
}

TEST_P(SessionTest, UnusedSessionsExpire) {
  Browser browser = SignedIn("lan");
  clock_.Advance(11 * 3600 * kUsPerSecond);
  EXPECT_EQ(Me(browser), 200);  // and this use is written down
  clock_.Advance(11 * 3600 * kUsPerSecond);
  EXPECT_EQ(Me(browser), 200);
  clock_.Advance(12 * 3600 * kUsPerSecond + 1);
  EXPECT_EQ(Reason(Call(browser, "GET", "/api/v1/me")), "session_expired");
}

TEST_P(SessionTest, NoSessionLivesLongerThanAWeek) {
  Browser browser = SignedIn("lan");
  for (int day = 0; day < 13; ++day) {
    clock_.Advance(11 * 3600 * kUsPerSecond);
    EXPECT_EQ(Me(browser), 200) << day;
  }
  for (int i = 0; i < 3; ++i) {
    clock_.Advance(10 * 3600 * kUsPerSecond);
    Me(browser);
  }
  EXPECT_EQ(Me(browser), 401);
}

// Within the 30 s in which memory answers, an ended life must still end.
TEST_P(SessionTest, ExpiryHoldsForSessionsInMemory) {
  Browser browser = SignedIn("lan");
  for (int i = 0; i < 15; ++i) {
    clock_.Advance(11 * 3600 * kUsPerSecond);
    Me(browser);
  }
  clock_.Advance(3 * 3600 * kUsPerSecond - 10 * kUsPerSecond);
  EXPECT_EQ(Me(browser), 200);
  clock_.Advance(11 * kUsPerSecond);
  EXPECT_EQ(Me(browser), 401);
}

TEST_P(SessionTest, SessionsOutliveARestart) {
  Browser browser = SignedIn("lan");
  Start({});
  EXPECT_EQ(Me(browser), 200);
}

TEST_P(SessionTest, UnsafeMethodsNeedTheCsrfToken) {
  Browser browser = SignedIn("lan");
  const char* body = R"({"phone":"0912345678"})";
  browser.send_csrf = false;
  auto refused = Call(browser, "PATCH", "/api/v1/me", body);
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(Reason(refused), "csrf_failed");
  EXPECT_EQ(Me(browser), 200);  // reading needs none
  browser.extra_headers = {{"x-tinhso-csrf", "guess"}};
  EXPECT_EQ(Call(browser, "PATCH", "/api/v1/me", body).status, 403);
  browser.extra_headers = {{"sec-fetch-site", "same-site"}};
  EXPECT_EQ(Call(browser, "PATCH", "/api/v1/me", body).status, 403);
  browser.extra_headers = {{"sec-fetch-site", "cross-site"}};
  EXPECT_EQ(Call(browser, "PATCH", "/api/v1/me", body).status, 403);
  browser.extra_headers = {{"sec-fetch-site", "same-origin"}};
  EXPECT_EQ(Call(browser, "PATCH", "/api/v1/me", body).status, 200);
  browser.extra_headers.clear();
  browser.send_csrf = true;
  EXPECT_EQ(Call(browser, "PATCH", "/api/v1/me", body).status, 200);
}

// A cookie planted by a neighbouring subdomain together with its header must not pass: the token hangs on the session.
TEST_P(SessionTest, PlantedCsrfPairIsRefused) {
  Browser browser = SignedIn("lan");
  browser.cookies["tinhso_csrf"] = "planted";
  EXPECT_EQ(Reason(Call(browser, "PATCH", "/api/v1/me", R"({"phone":"0912345678"})")), "csrf_failed");
  Create(Wanted("minh"));
  browser.cookies["tinhso_csrf"] = SignedIn("minh").cookies["tinhso_csrf"];
  EXPECT_EQ(Reason(Call(browser, "PATCH", "/api/v1/me", R"({"phone":"0912345678"})")), "csrf_failed");
}

TEST_P(SessionTest, AnotherSiteCannotSignAVisitorIn) {
  Browser browser;
  browser.extra_headers = {{"sec-fetch-site", "cross-site"}};
  EXPECT_EQ(Reason(SignIn(browser, "lan")), "csrf_failed");
  EXPECT_TRUE(browser.cookies.empty());
}

TEST_P(SessionTest, DemoAccountsNeedTheServersLeave) {
  NewAccount demo = Wanted("cong-dan");
  demo.demo = true;
  Create(demo);
  Browser browser;
  auto refused = SignIn(browser, "cong-dan");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(Reason(refused), "demo_not_allowed");
  EXPECT_EQ(Reason(SignIn(browser, "cong-dan", "sai-mat-khau-roi")), "credentials_wrong");
  Start({.allow_demo_accounts = true});
  EXPECT_EQ(SignIn(browser, "cong-dan").status, 200);
  EXPECT_EQ(Me(browser), 200);
  Start({});  // the same data served to the world later
  EXPECT_EQ(Me(browser), 401);
}

TEST_P(SessionTest, ChangingThePasswordEndsOtherSessionsAndRotatesThisOne) {
  Browser here = SignedIn("lan"), elsewhere = SignedIn("lan"), before = here;
  EXPECT_EQ(Me(elsewhere), 200);
  auto change = [&](const std::string& current, const std::string& wanted) {
    return Call(here, "POST", "/api/v1/me/password",
                json::serialize(json::object{{"current_password", current}, {"new_password", wanted}}));
  };
  EXPECT_EQ(change("khong-phai-mat-khau", "mat-khau-moi-day").status, 422);
  EXPECT_EQ(change(kPassword, "ngan").status, 422);
  EXPECT_EQ(change(kPassword, kPassword).status, 422);
  EXPECT_EQ(Me(elsewhere), 200);
  ASSERT_EQ(change(kPassword, "mat-khau-moi-day").status, 204);
  EXPECT_EQ(Me(here), 200);
  EXPECT_EQ(Me(elsewhere), 401);
  EXPECT_EQ(Me(before), 401);
  Browser browser;
  EXPECT_EQ(SignIn(browser, "lan").status, 401);
  EXPECT_EQ(SignIn(browser, "lan", "mat-khau-moi-day").status, 200);
  EXPECT_EQ(Audited("account.changed"), 1);
}

TEST_P(SessionTest, AnOpenSessionIsNoWayToGuessThePassword) {
  Browser browser = SignedIn("lan");
  int status = 0;
  for (int i = 0; i < 6; ++i) {
    status = Call(browser, "POST", "/api/v1/me/password",
                  R"({"current_password":"khong-phai-mat-khau","new_password":"mat-khau-moi-day"})").status;
  }
  EXPECT_EQ(status, 429);
}

TEST_P(SessionTest, OnesOwnContactsAreCheckedAndAudited) {
  Browser browser = SignedIn("lan");
  auto patch = [&](const char* body) { return Call(browser, "PATCH", "/api/v1/me", body); };
  auto me = Body(patch(R"({"phone":"+84 912 345 678","email":"lan@vidu.vn","address":"Ấp 1, xã Một"})"));
  EXPECT_EQ(json::GetText(me["person"].as_object(), "phone"), "0912345678");
  EXPECT_EQ(json::GetText(me["person"].as_object(), "address"), "Ấp 1, xã Một");
  EXPECT_EQ(Audited("person.changed"), 1);
  EXPECT_EQ(patch(R"({"phone":"0912345678"})").status, 200);
  EXPECT_EQ(Audited("person.changed"), 1);  // nothing changed
  for (const char* bad : {R"({"phone":"12"})", R"({"email":"lan"})", R"({"email":"a@b@c.vn"})", R"({"full_name":"X"})", R"({"phone":1})"}) {
    EXPECT_EQ(patch(bad).status, 422) << bad;
  }
  EXPECT_EQ(patch("{").status, 400);
  EXPECT_EQ(json::GetText(Body(Call(browser, "GET", "/api/v1/me"))["person"].as_object(), "email"), "lan@vidu.vn");
}

// An officer in two offices acts in one at a time, and each act is recorded under that one.
TEST_P(SessionTest, SwitchingTheAssignmentSwitchesUnitAndRoles) {
  Create(Wanted("hai-noi", {{UnitId("H99.101.01"), "one_stop_officer", "Cán bộ"},
                            {UnitId("H99.101.01"), "clerk", "Văn thư"},
                            {UnitId("H99.102"), "leader", "Phó Chủ tịch"}}));
  Browser browser = SignedIn("hai-noi");
  auto me = Body(Call(browser, "GET", "/api/v1/me"));
  EXPECT_EQ(me["roles"].as_array().size(), 2u);
  ASSERT_EQ(me["assignments"].as_array().size(), 3u);
  std::string leader_id = json::GetText(me["assignments"].as_array()[2].as_object(), "assignment_id");
  auto acting = Body(Call(browser, "POST", "/api/v1/me/assignment", R"({"assignment_id":")" + leader_id + R"("})"));
  EXPECT_EQ(acting["roles"].as_array()[0].as_string(), "leader");
  EXPECT_EQ(json::GetText(acting, "assignment_id"), leader_id);
  me = Body(Call(browser, "GET", "/api/v1/me"));
  EXPECT_EQ(json::GetText(me, "assignment_id"), leader_id);
  EXPECT_EQ(me["roles"].as_array().size(), 1u);
  // Somebody else's assignment is not there.
  CreateOfficer("khac", "H99.102", "leader");
  Browser other = SignedIn("khac");
  EXPECT_EQ(Call(other, "POST", "/api/v1/me/assignment", R"({"assignment_id":")" + leader_id + R"("})").status, 404);
  EXPECT_EQ(Call(other, "POST", "/api/v1/me/assignment", R"({"assignment_id":"x"})").status, 404);
}

TEST_P(SessionTest, BrokenBodiesAreRefused) {
  Browser browser;
  auto post = [&](const std::string& body) { return Call(browser, "POST", "/api/v1/session", body).status; };
  EXPECT_EQ(post("{"), 400);
  EXPECT_EQ(post("[]"), 422);
  EXPECT_EQ(post(R"({"username":"lan"})"), 422);
  EXPECT_EQ(post(R"({"username":"lan","password":5})"), 422);
  EXPECT_EQ(post(R"({"username":"lan","password":"x","admin":true})"), 422);
  EXPECT_EQ(post(R"({"username":"lan","password":")" + std::string(201, 'x') + R"("})"), 422);
}

// An open stream of notices asks this: it must end with its session, whichever server ended that.
TEST_P(SessionTest, LivingSessionsAreThoseThatHold) {
  Create(Wanted("lan"));
  Create(Wanted("minh"));
  Browser lan = SignedIn("lan"), minh = SignedIn("minh");
  std::vector<int64_t> ids, accounts;
  for (Browser* browser : {&lan, &minh}) {
    http::Request request;
    request.method = "GET";
    request.path = "/api/v1/me";
    request.headers.emplace_back("cookie", "tinhso_session=" + browser->cookies["tinhso_session"]);
    auto who = authenticator_(request);
    ids.push_back((*who)->session_id);
    accounts.push_back((*who)->account_id);
  }
  auto living = [&] { return *database().Read([&](db::Tx& tx) { return service_->LivingSessions(tx, accounts); }); };
  EXPECT_EQ(living().size(), 2u);
  for (int i = 0; i < 40; ++i) accounts.insert(accounts.begin(), i + 1);  // more than one statement asks for
  EXPECT_EQ(living().size(), 2u);
  EXPECT_EQ(Call(lan, "DELETE", "/api/v1/session").status, 204);
  EXPECT_EQ(living(), std::vector<int64_t>{ids[1]});
  clock_.Advance(13 * 3600 * kUsPerSecond);  // idle for too long
  EXPECT_TRUE(living().empty());
}

}  // namespace
}  // namespace tinhso::identity
