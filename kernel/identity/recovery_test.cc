// Recovery by two administrators, and other systems' tokens.
#include <gmock/gmock.h>

#include "testing.h"

namespace tinhso::identity {
namespace {

using ::testing::ElementsAre;

std::string Json(json::object body) { return json::serialize(body); }

class RecoveryTest : public IdentityFixture {
 protected:
  void SetUp() override {
    IdentityFixture::SetUp();
    first_id_ = CreateOfficer("quan-tri-1", "H99", "administrator");
    CreateOfficer("quan-tri-2", "H99", "administrator");
    CreateOfficer("quan-tri-xa", "H99.102", "administrator");
    officer_ = CreateOfficer("can-bo", "H99.101.01", "one_stop_officer");
    first_ = SignedIn("quan-tri-1");
    second_ = SignedIn("quan-tri-2");
  }
  http::Response Propose(Browser& admin, int64_t account_id) {
    return Call(admin, "POST", "/api/v1/admin/accounts/" + std::to_string(account_id) + "/recovery", Json({{"reason", "Mất điện thoại, đã gặp trực tiếp"}}));
  }
  http::Response Decide(Browser& admin, const std::string& id, bool approve = true) {
    return Call(admin, "POST", "/api/v1/admin/recoveries/" + id + "/decision", Json({{"approve", approve}}));
  }
  http::Response Use(Browser& browser, const std::string& code, const std::string& username = "can-bo") {
    return Call(browser, "POST", "/api/v1/session/recovery", Json({{"username", username}, {"code", code}, {"new_password", "mat-khau-moi-tinh"}}));
  }
  std::string Proposed() { return json::GetText(Body(Propose(first_, officer_)), "recovery_id"); }
  int64_t first_id_ = 0, officer_ = 0;
  Browser first_, second_;
};
TINHSO_ON_BOTH_ENGINES(RecoveryTest);

TEST_P(RecoveryTest, TwoPeopleAndACodeOpenTheAccountAgain) {
  Browser officer = SignedIn("can-bo");
  auto approved = Body(Decide(second_, Proposed()));
  std::string code = json::GetText(approved, "one_time_code");
  EXPECT_EQ(code.size(), 24u);
  EXPECT_EQ(json::GetText(approved, "proposed_by"), "Nguyễn Thị quan-tri-1");
  // The person is told before and after.
  EXPECT_EQ(Body(Call(officer, "GET", "/api/v1/me"))["unread_notices"].as_int64(), 2);
  Browser fresh;
  auto used = Use(fresh, code);
  EXPECT_EQ(used.status, 200) << used.body;
  EXPECT_EQ(Call(officer, "GET", "/api/v1/me").status, 401);  // every session ended
  Browser again;
  EXPECT_EQ(SignIn(again, "can-bo").status, 401);
  EXPECT_EQ(SignIn(again, "can-bo", "mat-khau-moi-tinh").status, 200);
  EXPECT_EQ(Reason(Use(again, code)), "recovery_code_wrong");  // once
  for (const char* kind : {"recovery.proposed", "recovery.decided", "recovery.used"}) EXPECT_EQ(Audited(kind), 1) << kind;
}

TEST_P(RecoveryTest, TheProposerDoesNotApproveAndNobodyRecoversHimself) {
  std::string id = Proposed();
  EXPECT_EQ(Reason(Decide(first_, id)), "recovery_needs_second_person");
  EXPECT_EQ(Reason(Propose(first_, first_id_)), "account_is_own");
  // Nor does the account's own holder approve.
  std::string own = json::GetText(Body(Propose(second_, first_id_)), "recovery_id");
  EXPECT_EQ(Reason(Decide(first_, own)), "account_is_own");
  auto items = Body(Call(first_, "GET", "/api/v1/admin/recoveries"))["items"].as_array();
  ASSERT_EQ(items.size(), 2u);
  for (const auto& item : items) EXPECT_FALSE(item.as_object().at("may_decide").as_bool());
}

TEST_P(RecoveryTest, ScopeHolds) {
  std::string id = Proposed();
  Browser stranger = SignedIn("quan-tri-xa");
  EXPECT_EQ(Reason(Decide(stranger, id)), "recovery_not_found");
  EXPECT_EQ(Reason(Propose(stranger, officer_)), "account_not_found");
  EXPECT_TRUE(Body(Call(stranger, "GET", "/api/v1/admin/recoveries"))["items"].as_array().empty());
}

TEST_P(RecoveryTest, OneAtATimeAndDecidedOnce) {
  std::string id = Proposed();
  EXPECT_EQ(Reason(Propose(second_, officer_)), "recovery_open");
  EXPECT_EQ(json::GetText(Body(Decide(second_, id, false)), "state"), "refused");
  EXPECT_EQ(Reason(Decide(second_, id)), "recovery_decided");
  EXPECT_EQ(Propose(second_, officer_).status, 201);
}

TEST_P(RecoveryTest, ProposalsAndCodesExpire) {
  std::string id = Proposed();
  clock_.Advance(7 * kUsPerDay);
  first_ = SignedIn("quan-tri-1");
  second_ = SignedIn("quan-tri-2");
  EXPECT_EQ(Reason(Decide(second_, id)), "recovery_decided");
  std::string code = json::GetText(Body(Decide(second_, Proposed())), "one_time_code");
  clock_.Advance(kUsPerDay);
  Browser fresh;
  EXPECT_EQ(Reason(Use(fresh, code)), "recovery_code_wrong");
}

TEST_P(RecoveryTest, GuessingIsHeldBackAndOtherAccountsDoNotOpen) {
  std::string code = json::GetText(Body(Decide(second_, Proposed())), "one_time_code");
  Create(Wanted("lan"));
  Browser thief;
  EXPECT_EQ(Reason(Use(thief, code, "lan")), "recovery_code_wrong");
  EXPECT_EQ(Reason(Use(thief, code, "khong-co-ai")), "recovery_code_wrong");
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Use(thief, "aaaa-bbbb-cccc-dddd-eee" + std::to_string(i)).status, 401);
  EXPECT_EQ(Use(thief, code).status, 429);
}

TEST_P(RecoveryTest, ApprovingAsksForProofOfPresence) {
  std::string id = Proposed();
  clock_.Advance(901 * kUsPerSecond);
  EXPECT_EQ(Reason(Decide(second_, id)), "confirmation_required");
  ConfirmAs(second_);
  EXPECT_EQ(Decide(second_, id).status, 200);
}

// --- other systems

class MachineTest : public RecoveryTest {
 protected:
  std::string Make() {
    auto made = Call(first_, "POST", "/api/v1/admin/machines", Json({{"username", "kho-bac"}, {"full_name", "Kho bạc"}, {"unit_code", "H99.101.01"}}));
    EXPECT_EQ(made.status, 201) << made.body;
    return json::GetText(Body(made), "account_id");
  }
  http::Response Token(const std::string& account_id, json::array scopes, const char* expires_on = "2026-12-31") {
    return Call(first_, "POST", "/api/v1/admin/machines/" + account_id + "/tokens", Json({{"name", "Thử"}, {"scopes", scopes}, {"expires_on", expires_on}}));
  }
  static Browser Bearer(const std::string& token) {
    Browser browser;
    browser.extra_headers = {{"authorization", "Bearer " + token}};
    return browser;
  }
  int Search(Browser& browser) { return Call(browser, "GET", "/api/v1/persons", "", {{"personal_no", "096090012345"}}).status; }
};
TINHSO_ON_BOTH_ENGINES(MachineTest);

TEST_P(MachineTest, ATokenOpensItsScopeAndNothingElse) {
  std::string id = Make();
  auto made = Body(Token(id, {"person.search"}));
  std::string token = json::GetText(made, "token");
  EXPECT_TRUE(token.starts_with("tinhso_"));
  Browser machine = Bearer(token);
  EXPECT_EQ(Search(machine), 200);
  auto me = Body(Call(machine, "GET", "/api/v1/me"));
  EXPECT_EQ(json::GetText(me, "username"), "kho-bac");
  EXPECT_EQ(me["permissions"].as_array(), json::array{"person.search"});
  EXPECT_EQ(Call(machine, "GET", "/api/v1/admin/accounts").status, 403);
  // Its own account is not a person's: no password, no factors, no sessions.
  EXPECT_EQ(Reason(Call(machine, "GET", "/api/v1/me/security")), "machine_not_allowed");
  EXPECT_EQ(Reason(Call(machine, "POST", "/api/v1/me/totp")), "machine_not_allowed");
  EXPECT_EQ(Reason(Call(machine, "POST", "/api/v1/me/password", R"({"current_password":"x","new_password":"mat-khau-moi"})")), "machine_not_allowed");
  auto listed = Body(Call(first_, "GET", "/api/v1/admin/machines"));
  ASSERT_EQ(listed["items"].as_array().size(), 1u);
  auto shown = listed["items"].as_array()[0].as_object()["tokens"].as_array()[0].as_object();
  EXPECT_FALSE(shown["used_at"].is_null());
  EXPECT_FALSE(shown.contains("token"));  // shown once
  static constexpr db::Sql kHashes = "SELECT token_hash FROM machine_token";
  auto rows = database().Read([&](db::Tx& tx) { return tx.Query(kHashes, {}); });
  EXPECT_EQ((*rows)[0].Text(0).size(), 64u);
}

TEST_P(MachineTest, RevokedExpiredForgedAndDisabledTokensAreRefused) {
  std::string id = Make();
  auto one = Body(Token(id, {"person.search"})), other = Body(Token(id, {"person.search"}, "2026-11-24"));
  Browser machine = Bearer(json::GetText(one, "token")), brief = Bearer(json::GetText(other, "token"));
  EXPECT_EQ(Search(machine), 200);
  EXPECT_EQ(Search(brief), 200);
  Browser forged = Bearer(json::GetText(one, "token") + "x"), huge = Bearer(std::string(5000, 'a'));
  for (Browser* bad : {&forged, &huge}) EXPECT_EQ(Reason(Call(*bad, "GET", "/api/v1/me")), "token_invalid");
  EXPECT_EQ(Call(first_, "DELETE", "/api/v1/admin/machines/" + id + "/tokens/" + json::GetText(one, "token_id")).status, 204);
  EXPECT_EQ(Search(machine), 401);
  EXPECT_EQ(Call(first_, "DELETE", "/api/v1/admin/machines/" + id + "/tokens/" + json::GetText(one, "token_id")).status, 404);
  clock_.Set(FromLocal({2026, 11, 24}, 24 * 60 - 1));
  EXPECT_EQ(Search(brief), 200);
  clock_.Set(FromLocal({2026, 11, 25}, 0));
  EXPECT_EQ(Search(brief), 401);
  first_ = SignedIn("quan-tri-1");
  Browser third = Bearer(json::GetText(Body(Token(id, {"person.search"})), "token"));
  EXPECT_EQ(Search(third), 200);
  EXPECT_EQ(Call(first_, "PATCH", "/api/v1/admin/accounts/" + id, R"({"enabled":false})").status, 200);
  EXPECT_EQ(Search(third), 401);
  EXPECT_EQ(Audited("machine_token.created"), 3);
  EXPECT_EQ(Audited("machine_token.revoked"), 1);
}

TEST_P(MachineTest, NoTokenAdministers) {
  std::string id = Make();
  for (json::array bad : {json::array{"accounts.admin"}, json::array{"person.search", "packs.admin"}, json::array{}, json::array{"x"}, json::array{7}})
    EXPECT_EQ(Token(id, bad).status, 422) << json::serialize(bad);
  for (const char* day : {"2026-11-22", "2027-11-25", "mai", "2026-02-30"}) EXPECT_EQ(Token(id, {"person.search"}, day).status, 422) << day;
  // A person's account takes no token.
  EXPECT_EQ(Token(std::to_string(officer_), {"person.search"}).status, 404);
}

// A session token is no bearer token, and a bearer token no session.
TEST_P(MachineTest, TokensDoNotPassForEachOther) {
  std::string token = json::GetText(Body(Token(Make(), {"person.search"})), "token");
  Browser as_cookie;
  as_cookie.cookies["tinhso_session"] = token;
  EXPECT_EQ(Call(as_cookie, "GET", "/api/v1/me").status, 401);
  Browser as_bearer = Bearer(first_.cookies["tinhso_session"]);
  EXPECT_EQ(Reason(Call(as_bearer, "GET", "/api/v1/me")), "token_invalid");
  // A bad token beside a good cookie is not overlooked.
  Browser both = first_;
  both.extra_headers = {{"authorization", "Bearer tinhso_khong-co"}};
  EXPECT_EQ(Call(both, "GET", "/api/v1/me").status, 401);
}

TEST_P(MachineTest, MachinesDoNotSignInAndAreNotPeople) {
  Make();
  Browser browser;
  EXPECT_EQ(SignIn(browser, "kho-bac", "").status, 422);
  EXPECT_EQ(Reason(SignIn(browser, "kho-bac", "bat-ky-mat-khau")), "credentials_wrong");
  auto people = Body(Call(first_, "GET", "/api/v1/admin/accounts", "", {{"q", "kho bac"}}));
  EXPECT_TRUE(people["items"].as_array().empty());
}

}  // namespace
}  // namespace tinhso::identity
