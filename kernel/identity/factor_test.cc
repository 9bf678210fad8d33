// Two-step sign-in, proof of presence, lists of sessions: what holds an account when its password is known.
#include <gmock/gmock.h>

#include "testing.h"
#include "totp.h"

namespace tinhso::identity {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

class FactorTest : public IdentityFixture {
 protected:
  void SetUp() override {
    IdentityFixture::SetUp();
    Create(Wanted("lan"));
  }
  std::string Code(const std::string& secret, int steps_on = 0) {
    return HotpCode(Base32Decode(secret), static_cast<uint64_t>(clock_.NowUs() / kTotpPeriodUs + steps_on));
  }
  // The secret and the recovery codes.
  std::pair<std::string, std::vector<std::string>> Enrol(Browser& browser) {
    std::string secret = json::GetText(Body(Call(browser, "POST", "/api/v1/me/totp")), "secret");
    auto confirmed = Call(browser, "POST", "/api/v1/me/totp/confirm", Text("code", Code(secret)));
    EXPECT_EQ(confirmed.status, 200) << confirmed.body;
    std::vector<std::string> codes;
    json::object body = Body(confirmed);
    for (const auto& code : body["recovery_codes"].as_array()) codes.emplace_back(code.as_string());
    clock_.Advance(kTotpPeriodUs);  // the step of enrolling is used up
    return {secret, codes};
  }
  static std::string Text(const char* key, const std::string& value) { return json::serialize(json::object{{key, value}}); }
  http::Response Second(Browser& browser, const std::string& ceremony, const std::string& code) {
    return Call(browser, "POST", "/api/v1/session/second-factor", json::serialize(json::object{{"ceremony", ceremony}, {"code", code}}));
  }
  std::string HalfSignIn(Browser& browser) {
    auto half = SignIn(browser, "lan");
    EXPECT_EQ(half.status, 202) << half.body;
    EXPECT_TRUE(browser.cookies.empty());  // no session yet
    return json::GetText(Body(half), "ceremony");
  }
};
TINHSO_ON_BOTH_ENGINES(FactorTest);

TEST_P(FactorTest, TheAppIsAskedForAfterThePassword) {
  Browser browser = SignedIn("lan");
  std::string before = browser.cookies["tinhso_session"];
  auto [secret, codes] = Enrol(browser);
  EXPECT_NE(browser.cookies["tinhso_session"], before);  // rights may have grown: another token
  EXPECT_EQ(codes.size(), 10u);
  Browser fresh;
  auto half = SignIn(fresh, "lan");
  EXPECT_EQ(half.status, 202);
  EXPECT_EQ(Call(fresh, "GET", "/api/v1/me").status, 401);
  auto whole = Second(fresh, json::GetText(Body(half), "ceremony"), Code(secret));
  EXPECT_EQ(whole.status, 200) << whole.body;
  EXPECT_EQ(Call(fresh, "GET", "/api/v1/me").status, 200);
  EXPECT_EQ(Audited("second_factor.changed"), 2);
}

// Enrolling begins with a secret that does not count until its first code came back.
TEST_P(FactorTest, AnUnconfirmedSecretChangesNothing) {
  Browser browser = SignedIn("lan");
  ASSERT_EQ(Call(browser, "POST", "/api/v1/me/totp").status, 200);
  auto wrong = Call(browser, "POST", "/api/v1/me/totp/confirm", Text("code", "000000"));
  EXPECT_EQ(wrong.status, 422);
  Browser fresh;
  EXPECT_EQ(SignIn(fresh, "lan").status, 200);
  auto security = Body(Call(browser, "GET", "/api/v1/me/security"));
  EXPECT_TRUE(security["totp_since"].is_null());
  // Beginning again gives another secret.
  auto one = Body(Call(browser, "POST", "/api/v1/me/totp")), other = Body(Call(browser, "POST", "/api/v1/me/totp"));
  EXPECT_NE(json::GetText(one, "secret"), json::GetText(other, "secret"));
}

TEST_P(FactorTest, ACodeWorksOnceEvenInTime) {
  Browser browser = SignedIn("lan");
  auto [secret, codes] = Enrol(browser);
  std::string code = Code(secret);
  Browser one, other;
  EXPECT_EQ(Second(one, HalfSignIn(one), code).status, 200);
  auto replay = Second(other, HalfSignIn(other), code);
  EXPECT_EQ(replay.status, 401);
  EXPECT_EQ(Reason(replay), "code_wrong");
  EXPECT_TRUE(other.cookies.empty());
}

TEST_P(FactorTest, ASecretInTheConfirmedStateCannotBeReplaced) {
  Browser browser = SignedIn("lan");
  Enrol(browser);
  EXPECT_EQ(Reason(Call(browser, "POST", "/api/v1/me/totp")), "totp_exists");
  EXPECT_EQ(Reason(Call(browser, "POST", "/api/v1/me/totp/confirm", Text("code", "123456"))), "totp_exists");
}

TEST_P(FactorTest, RecoveryCodesWorkOnceEach) {
  Browser browser = SignedIn("lan");
  auto [secret, codes] = Enrol(browser);
  Browser one, other;
  std::string typed = codes[3];
  std::transform(typed.begin(), typed.end(), typed.begin(), [](char c) { return static_cast<char>(std::toupper(c)); });
  EXPECT_EQ(Second(one, HalfSignIn(one), " " + typed).status, 200);
  EXPECT_EQ(Reason(Second(other, HalfSignIn(other), codes[3])), "code_wrong");
  EXPECT_EQ(Body(Call(browser, "GET", "/api/v1/me/security"))["recovery_codes_left"].as_int64(), 9);
  // New codes end the old ones.
  auto fresh = Body(Call(browser, "POST", "/api/v1/me/recovery-codes"))["recovery_codes"].as_array();
  EXPECT_EQ(Reason(Second(other, HalfSignIn(other), codes[4])), "code_wrong");
  EXPECT_EQ(Second(other, HalfSignIn(other), std::string(fresh[0].as_string())).status, 200);
  EXPECT_EQ(Audited("recovery_code.used"), 2);
}

// Whoever reads the database must not be able to sign in with what stands there.
TEST_P(FactorTest, RecoveryCodesAreHashed) {
  Browser browser = SignedIn("lan");
  auto [secret, codes] = Enrol(browser);
  static constexpr db::Sql kStored = "SELECT code_hash FROM recovery_code";
  auto rows = database().Read([&](db::Tx& tx) { return tx.Query(kStored, {}); });
  ASSERT_EQ(rows->size(), 10u);
  for (const auto& row : *rows) {
    EXPECT_EQ(row.Text(0).size(), 64u);
    for (const auto& code : codes) EXPECT_EQ(row.Text(0).find(code), std::string::npos);
  }
}

TEST_P(FactorTest, GuessingTheCodeEndsTheCeremonyAndHoldsBackTheAccount) {
  Browser browser = SignedIn("lan");
  auto [secret, codes] = Enrol(browser);
  Browser thief;
  std::string ceremony = HalfSignIn(thief);  // the thief knows the password
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Reason(Second(thief, ceremony, "00000" + std::to_string(i))), "code_wrong");
  EXPECT_EQ(Reason(Second(thief, ceremony, Code(secret))), "sign_in_again");  // five tries were all
  ceremony = HalfSignIn(thief);
  EXPECT_EQ(Second(thief, ceremony, Code(secret)).status, 429);  // even the right one waits
  thief.address = "203.0.113.99";                                // wherever it comes from
  EXPECT_EQ(Second(thief, ceremony, Code(secret)).status, 429);
  EXPECT_EQ(Audited("account.locked"), 1);
  Start({});  // and across a restart
  EXPECT_EQ(json::GetInt(Body(Second(thief, ceremony, Code(secret))), "retry_after_s"), 30);
  clock_.Advance(31 * kUsPerSecond);
  EXPECT_EQ(Second(thief, ceremony, Code(secret)).status, 200);
}

TEST_P(FactorTest, CeremoniesAreForgedAndExpireInVain) {
  Browser browser = SignedIn("lan");
  auto [secret, codes] = Enrol(browser);
  Browser fresh;
  EXPECT_EQ(Reason(Second(fresh, std::string(43, 'A'), Code(secret))), "sign_in_again");
  std::string ceremony = HalfSignIn(fresh);
  clock_.Advance(600 * kUsPerSecond);
  EXPECT_EQ(Reason(Second(fresh, ceremony, Code(secret))), "sign_in_again");
  ceremony = HalfSignIn(fresh);
  EXPECT_EQ(Second(fresh, ceremony, Code(secret)).status, 200);
  EXPECT_EQ(Reason(Second(fresh, ceremony, Code(secret, 1))), "sign_in_again");  // used
}

TEST_P(FactorTest, AnAdministratorLetsTryAgain) {
  Browser owner = SignedIn("lan");
  auto [secret, codes] = Enrol(owner);
  CreateOfficer("quan-tri", "H99", "administrator");
  Browser admin = SignedIn("quan-tri"), browser;
  std::string ceremony = HalfSignIn(browser);
  for (int i = 0; i < 5; ++i) Second(browser, ceremony, "000000");
  auto listed = Body(Call(admin, "GET", "/api/v1/admin/accounts", "", {{"q", "lan"}}))["items"].as_array()[0].as_object();
  EXPECT_FALSE(listed["locked_until"].is_null());
  EXPECT_TRUE(listed["second_factor"].as_bool());
  auto unlocked = Call(admin, "PATCH", "/api/v1/admin/accounts/" + json::GetText(listed, "account_id"), R"({"unlock":true})");
  EXPECT_TRUE(Body(unlocked)["locked_until"].is_null());
  EXPECT_EQ(Second(browser, HalfSignIn(browser), Code(secret)).status, 200);
}

// A role that works only with two factors: the password alone opens the account's own pages and nothing else.
TEST_P(FactorTest, ARoleThatNeedsTwoFactorsWaitsForThem) {
  CreateOfficer("quan-tri", "H99", "administrator");
  Service::Options options;
  options.second_factor_roles = {"administrator"};
  Start(options);
  Browser admin = SignedIn("quan-tri");
  auto me = Body(Call(admin, "GET", "/api/v1/me"));
  EXPECT_TRUE(me["second_factor_missing"].as_bool());
  EXPECT_TRUE(me["permissions"].as_array().empty());
  EXPECT_EQ(Call(admin, "GET", "/api/v1/admin/accounts").status, 403);
  auto [secret, codes] = Enrol(admin);
  EXPECT_EQ(Call(admin, "GET", "/api/v1/admin/accounts").status, 200);
  EXPECT_FALSE(Body(Call(admin, "GET", "/api/v1/me"))["second_factor_missing"].as_bool());
  // Others are not bothered.
  EXPECT_FALSE(Body(Call(admin, "GET", "/api/v1/me/security"))["totp_since"].is_null());
  Browser citizen = SignedIn("lan");
  EXPECT_FALSE(Body(Call(citizen, "GET", "/api/v1/me"))["second_factor_missing"].as_bool());
}

TEST_P(FactorTest, WhatWeakensAnAccountAsksForProofOfPresence) {
  Browser browser = SignedIn("lan");
  auto [secret, codes] = Enrol(browser);
  clock_.Advance(901 * kUsPerSecond);
  const std::pair<const char*, const char*> sensitive[] = {
      {"POST", "/api/v1/me/totp"}, {"DELETE", "/api/v1/me/totp"}, {"POST", "/api/v1/me/recovery-codes"}, {"POST", "/api/v1/me/passkeys/options"}, {"DELETE", "/api/v1/me/passkeys/1"}};
  for (const auto& [method, path] : sensitive) EXPECT_EQ(Reason(Call(browser, method, path)), "confirmation_required") << path;
  auto wrong = Call(browser, "POST", "/api/v1/me/confirm", Text("password", "sai-mat-khau-roi"));
  EXPECT_EQ(wrong.status, 422);
  EXPECT_EQ(Call(browser, "POST", "/api/v1/me/confirm", "{}").status, 422);
  EXPECT_EQ(Reason(Call(browser, "DELETE", "/api/v1/me/totp")), "confirmation_required");
  EXPECT_EQ(Call(browser, "POST", "/api/v1/me/confirm", Text("code", Code(secret))).status, 204);
  EXPECT_EQ(Call(browser, "DELETE", "/api/v1/me/totp").status, 204);
  Browser fresh;
  EXPECT_EQ(SignIn(fresh, "lan").status, 200);  // one step again
  EXPECT_EQ(Audited("session.confirmed"), 1);
}

TEST_P(FactorTest, SessionsAreListedAndEndedOneByOneOrAllOthers) {
  Browser phone, desk, stranger;
  phone.extra_headers = {{"user-agent", "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36"}};
  phone.address = "203.0.113.20";
  desk.extra_headers = {{"user-agent", "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:131.0) Gecko/20100101 Firefox/131.0"}};
  SignIn(phone, "lan");
  clock_.Advance(kUsPerSecond);
  SignIn(desk, "lan");
  clock_.Advance(kUsPerSecond);
  SignIn(stranger, "lan");
  auto listed = Body(Call(desk, "GET", "/api/v1/me/sessions"))["items"].as_array();
  ASSERT_EQ(listed.size(), 3u);
  auto of = [&](size_t i, const char* key) { return json::GetText(listed[i].as_object(), key); };
  EXPECT_EQ(of(1, "device"), "Firefox, Windows");
  EXPECT_EQ(of(2, "device"), "Chrome, Android");
  EXPECT_EQ(of(2, "address"), "203.0.113.20");
  EXPECT_EQ(of(2, "method"), "password");
  EXPECT_TRUE(listed[1].as_object()["current"].as_bool());
  EXPECT_FALSE(listed[0].as_object()["current"].as_bool());
  EXPECT_EQ(Call(desk, "DELETE", "/api/v1/me/sessions/" + of(0, "session_id")).status, 204);
  EXPECT_EQ(Call(stranger, "GET", "/api/v1/me").status, 401);
  EXPECT_EQ(Call(desk, "DELETE", "/api/v1/me/sessions/" + of(0, "session_id")).status, 404);
  EXPECT_EQ(Body(Call(desk, "POST", "/api/v1/me/sessions/end-others"))["ended"].as_int64(), 1);
  EXPECT_EQ(Call(phone, "GET", "/api/v1/me").status, 401);
  EXPECT_EQ(Call(desk, "GET", "/api/v1/me").status, 200);
  // Somebody else's session is not there.
  Create(Wanted("minh"));
  Browser other = SignedIn("minh");
  EXPECT_EQ(Call(other, "DELETE", "/api/v1/me/sessions/" + of(1, "session_id")).status, 404);
}

// A token that was copied before the rights changed is worth nothing after.
TEST_P(FactorTest, SwitchingTheAssignmentChangesTheToken) {
  Create(Wanted("hai-noi", {{UnitId("H99.101.01"), "one_stop_officer", "Cán bộ"}, {UnitId("H99.102"), "leader", "Phó Chủ tịch"}}));
  Browser browser = SignedIn("hai-noi"), copy = browser;
  auto me = Body(Call(browser, "GET", "/api/v1/me"));
  std::string id = json::GetText(me["assignments"].as_array()[1].as_object(), "assignment_id");
  ASSERT_EQ(Call(browser, "POST", "/api/v1/me/assignment", Text("assignment_id", id)).status, 200);
  EXPECT_EQ(Call(browser, "GET", "/api/v1/me").status, 200);
  EXPECT_EQ(Call(copy, "GET", "/api/v1/me").status, 401);
}

}  // namespace
}  // namespace tinhso::identity
