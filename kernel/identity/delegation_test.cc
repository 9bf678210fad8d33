#include <gmock/gmock.h>

#include "testing.h"

namespace tinhso::identity {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

// A commune with a leader, a specialist and a one-stop officer; another commune; the province.
class DelegationTest : public IdentityFixture {
 protected:
  void SetUp() override {
    IdentityFixture::SetUp();
    leader_ = CreateOfficer("lanh-dao", "H99.101", "leader");
    deputy_ = CreateOfficer("pho", "H99.101", "leader");
    specialist_ = CreateOfficer("chuyen-vien", "H99.101.01", "specialist");
    desk_ = CreateOfficer("mot-cua", "H99.101.01", "one_stop_officer");
    stranger_ = CreateOfficer("xa-hai", "H99.102", "leader");
    admin_ = CreateOfficer("quan-tri", "H99", "administrator");
  }
  std::string AssignmentOf(int64_t account_id) {
    static constexpr db::Sql kOne = "SELECT assignment_id FROM assignment WHERE account_id = $1 AND ended_at_us = 0 ORDER BY assignment_id";
    auto row = database().Read([&](db::Tx& tx) { return tx.QueryOne(kOne, {account_id}); });
    return std::to_string((*row)->Int(0));
  }
  json::object Wish(int64_t from, int64_t to, const char* first, const char* last) {
    return {{"assignment_id", AssignmentOf(from)}, {"to_account_id", std::to_string(to)}, {"valid_from", first}, {"valid_to", last},
            {"reason", "Đi công tác, QĐ 15/QĐ-UBND"}};
  }
  http::Response Delegate(Browser& browser, const json::object& wish) {
    return Call(browser, "POST", "/api/v1/delegations", json::serialize(wish));
  }
  http::Response Switch(Browser& browser, const std::string& assignment_id) {
    return Call(browser, "POST", "/api/v1/me/assignment", json::serialize(json::object{{"assignment_id", assignment_id}}));
  }
  std::vector<std::string> Roles(Browser& browser) {
    auto me = Body(Call(browser, "GET", "/api/v1/me"));
    std::vector<std::string> out;
    for (const auto& role : me["roles"].as_array()) out.emplace_back(role.as_string());
    return out;
  }
  // What a route of the leader's permission answers.
  int AsLeader(Browser& browser) { return Call(browser, "GET", "/api/v1/delegations").status; }
  std::vector<int64_t> With(const char* unit, const char* role) {
    return *database().Read([&](db::Tx& tx) { return service_->AccountsWith(tx, UnitId(unit), role); });
  }
  int64_t leader_ = 0, deputy_ = 0, specialist_ = 0, desk_ = 0, stranger_ = 0, admin_ = 0;
};
TINHSO_ON_BOTH_ENGINES(DelegationTest);

TEST_P(DelegationTest, TheDelegateActsUnderTheAssignmentAndItsHolderKeepsHisRights) {
  Browser leader = SignedIn("lanh-dao"), delegate = SignedIn("chuyen-vien");
  auto given = Delegate(leader, Wish(leader_, specialist_, "2026-11-23", "2026-11-27"));
  ASSERT_EQ(given.status, 201) << given.body;
  EXPECT_EQ(json::GetText(Body(given), "state"), "active");
  EXPECT_THAT(Roles(delegate), ElementsAre("specialist"));  // nothing by itself: he chooses under what he acts
  auto acting = Switch(delegate, AssignmentOf(leader_));
  ASSERT_EQ(acting.status, 200) << acting.body;
  EXPECT_THAT(Roles(delegate), ElementsAre("leader"));  // that assignment's rights, not his own beside them
  json::object me = Body(Call(delegate, "GET", "/api/v1/me"));
  ASSERT_EQ(me["assignments"].as_array().size(), 2u);
  const json::object& shown = me["assignments"].as_array()[1].as_object();
  EXPECT_EQ(json::GetText(shown.at("on_behalf_of").as_object(), "full_name"), "Nguyễn Thị lanh-dao");
  http::Request request;
  request.method = "GET";
  request.path = "/api/v1/me";
  request.headers.emplace_back("cookie", "tinhso_session=" + delegate.cookies["tinhso_session"]);
  auto who = authenticator_(request);
  ASSERT_TRUE(who.ok() && *who);
  EXPECT_EQ((*who)->account_id, specialist_);
  EXPECT_EQ((*who)->HolderAccountId(), leader_);
  EXPECT_EQ((*who)->unit_id, UnitId("H99.101"));
  EXPECT_EQ((*who)->on_behalf_of.own_position, "Chức vụ");
  EXPECT_TRUE((*who)->Has("dossier.act"));
  EXPECT_THAT(Roles(leader), ElementsAre("leader"));
  EXPECT_EQ(Audited("delegation.created"), 1);
}

// Every event names the assignment, who acted, and for whom.
TEST_P(DelegationTest, WhatTheDelegateDoesIsRecordedUnderTheAssignmentAndForWhom) {
  Browser leader = SignedIn("lanh-dao"), delegate = SignedIn("chuyen-vien");
  ASSERT_EQ(Delegate(leader, Wish(leader_, specialist_, "2026-11-23", "2026-11-27")).status, 201);
  ASSERT_EQ(Switch(delegate, AssignmentOf(leader_)).status, 200);
  static constexpr db::Sql kEvent = R"sql(
    SELECT account_id, assignment_id, data FROM audit_event WHERE kind = 'assignment.changed' AND account_id = $1)sql";
  auto row = database().Read([&](db::Tx& tx) { return tx.QueryOne(kEvent, {specialist_}); });
  ASSERT_TRUE(row.ok() && *row);
  EXPECT_EQ(std::to_string((*row)->Int(1)), AssignmentOf(leader_));
  const json::value data = boost::json::parse((*row)->Text(2));
  const json::object& by = data.as_object().at("by").as_object();
  EXPECT_EQ(json::GetInt(by, "on_behalf_account_id"), leader_);
  EXPECT_NE(json::GetInt(by, "delegation_id"), 0);
}

TEST_P(DelegationTest, RevokingTakesEffectAtTheNextRequest) {
  Browser leader = SignedIn("lanh-dao"), delegate = SignedIn("chuyen-vien");
  std::string id = json::GetText(Body(Delegate(leader, Wish(leader_, specialist_, "2026-11-23", "2026-11-27"))), "delegation_id");
  ASSERT_EQ(Switch(delegate, AssignmentOf(leader_)).status, 200);
  EXPECT_EQ(Call(leader, "DELETE", "/api/v1/delegations/" + id).status, 200);
  auto refused = Call(delegate, "GET", "/api/v1/delegations/assignments");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(Reason(refused), "assignment_ended");  // and not done under another assignment instead
  json::object me = Body(Call(delegate, "GET", "/api/v1/me"));
  EXPECT_TRUE(me["assignment_ended"].as_bool());
  EXPECT_TRUE(me["permissions"].as_array().empty());
  EXPECT_EQ(me["assignments"].as_array().size(), 1u);
  EXPECT_EQ(Switch(delegate, AssignmentOf(leader_)).status, 404);
  ASSERT_EQ(Switch(delegate, AssignmentOf(specialist_)).status, 200);
  EXPECT_THAT(Roles(delegate), ElementsAre("specialist"));
  EXPECT_EQ(Reason(Call(leader, "DELETE", "/api/v1/delegations/" + id)), "delegation_over");
  EXPECT_EQ(Audited("delegation.revoked"), 1);
}

TEST_P(DelegationTest, ItBeginsAndEndsByTheClock) {
  Browser leader = SignedIn("lanh-dao"), delegate = SignedIn("chuyen-vien");
  auto given = Delegate(leader, Wish(leader_, specialist_, "2026-11-24", "2026-11-25"));
  EXPECT_EQ(json::GetText(Body(given), "state"), "coming");
  EXPECT_EQ(Switch(delegate, AssignmentOf(leader_)).status, 404);
  clock_.Set(FromLocal({2026, 11, 24}, 0));
  ASSERT_EQ(SignIn(delegate, "chuyen-vien").status, 200);
  EXPECT_EQ(Switch(delegate, AssignmentOf(leader_)).status, 200);
  clock_.Set(FromLocal({2026, 11, 25}, 24 * 60 - 1) + 59 * kUsPerSecond);
  ASSERT_EQ(SignIn(delegate, "chuyen-vien").status, 200);
  ASSERT_EQ(Switch(delegate, AssignmentOf(leader_)).status, 200);
  EXPECT_EQ(Roles(delegate)[0], "leader");
  clock_.Advance(kUsPerSecond);  // midnight, though the session was read a second ago
  EXPECT_EQ(Reason(Call(delegate, "GET", "/api/v1/delegations/assignments")), "assignment_ended");
}

// NĐ 30/2020, Art. 13: who signs for another does not let a third sign.
TEST_P(DelegationTest, TheDelegateHandsNothingOn) {
  Browser leader = SignedIn("lanh-dao"), delegate = SignedIn("chuyen-vien");
  ASSERT_EQ(Delegate(leader, Wish(leader_, specialist_, "2026-11-23", "2026-11-27")).status, 201);
  ASSERT_EQ(Switch(delegate, AssignmentOf(leader_)).status, 200);
  EXPECT_EQ(Delegate(delegate, Wish(leader_, desk_, "2026-11-23", "2026-11-24")).status, 403);
  EXPECT_EQ(AsLeader(delegate), 403);
  ASSERT_EQ(Switch(delegate, AssignmentOf(specialist_)).status, 200);
  EXPECT_EQ(Reason(Delegate(delegate, Wish(leader_, desk_, "2026-11-23", "2026-11-24"))), "assignment_not_found");
}

TEST_P(DelegationTest, OnlyToColleaguesOfTheAuthorityAndNeverToOneself) {
  Browser leader = SignedIn("lanh-dao");
  auto reason_of = [&](const json::object& wish) {
    auto body = Body(Delegate(leader, wish));
    const auto* errors = body.if_contains("errors");
    return errors != nullptr && !errors->as_array().empty() ? json::GetText(errors->as_array()[0].as_object(), "reason")
                                                            : json::GetText(body, "reason");
  };
  EXPECT_EQ(reason_of(Wish(leader_, stranger_, "2026-11-23", "2026-11-24")), "colleague_unknown");
  EXPECT_EQ(reason_of(Wish(leader_, leader_, "2026-11-23", "2026-11-24")), "delegation_to_self");
  EXPECT_EQ(reason_of(Wish(leader_, Create(Wanted("lan")), "2026-11-23", "2026-11-24")), "colleague_unknown");
  EXPECT_EQ(reason_of(Wish(leader_, specialist_, "2026-11-22", "2026-11-24")), "date_in_past");
  EXPECT_EQ(reason_of(Wish(leader_, specialist_, "2026-11-25", "2026-11-24")), "date_range");
  EXPECT_EQ(reason_of(Wish(leader_, specialist_, "2026-11-23", "2027-11-24")), "delegation_too_long");
  EXPECT_EQ(reason_of(Wish(stranger_, specialist_, "2026-11-23", "2026-11-24")), "assignment_not_found");
  EXPECT_EQ(reason_of(Wish(leader_, specialist_, "2026-11-23", "2027-11-23")), "Đi công tác, QĐ 15/QĐ-UBND");  // given
  EXPECT_EQ(reason_of(Wish(leader_, specialist_, "2026-11-25", "2026-11-26")), "delegation_exists");
  // A province's may go to somebody under it.
  int64_t chairman = CreateOfficer("chu-tich-tinh", "H99", "leader");
  Browser province = SignedIn("chu-tich-tinh");
  EXPECT_EQ(Delegate(province, Wish(chairman, stranger_, "2026-11-23", "2026-11-24")).status, 201);
}

TEST_P(DelegationTest, ALeaderDelegatesForThoseBelowHimAndAnAdministratorForAll) {
  Browser leader = SignedIn("lanh-dao"), desk = SignedIn("mot-cua"), admin = SignedIn("quan-tri");
  ASSERT_EQ(Delegate(leader, Wish(specialist_, desk_, "2026-11-23", "2026-11-24")).status, 201);
  EXPECT_EQ(Roles(desk)[0], "one_stop_officer");
  ASSERT_EQ(Switch(desk, AssignmentOf(specialist_)).status, 200);
  EXPECT_EQ(Roles(desk)[0], "specialist");
  // Not a fellow leader's, not for himself; and nobody's for who leads nobody.
  EXPECT_EQ(Reason(Delegate(leader, Wish(deputy_, desk_, "2026-11-23", "2026-11-24"))), "assignment_not_found");
  EXPECT_EQ(Delegate(leader, Wish(desk_, leader_, "2026-11-23", "2026-11-24")).status, 422);
  ASSERT_EQ(Switch(desk, AssignmentOf(desk_)).status, 200);
  EXPECT_EQ(Reason(Delegate(desk, Wish(specialist_, desk_, "2026-12-23", "2026-12-24"))), "assignment_not_found");
  EXPECT_EQ(Delegate(admin, Wish(stranger_, specialist_, "2026-11-23", "2026-11-24")).status, 422);  // still only to colleagues
  EXPECT_EQ(Delegate(admin, Wish(leader_, deputy_, "2026-11-23", "2026-11-24")).status, 201);
  EXPECT_EQ(Reason(Delegate(admin, Wish(admin_, stranger_, "2026-11-23", "2026-11-24"))), "delegation_role_refused");
  json::object listed = Body(Call(leader, "GET", "/api/v1/delegations"));
  ASSERT_EQ(listed["items"].as_array().size(), 2u);  // his own, given by the administrator, is the newer
  EXPECT_EQ(Body(Call(admin, "GET", "/api/v1/delegations"))["items"].as_array().size(), 2u);
  EXPECT_EQ(Body(Call(desk, "GET", "/api/v1/me/delegations"))["items"].as_array().size(), 1u);
  // The delegate gives it back; a stranger does not see that there is one.
  std::string id = json::GetText(listed["items"].as_array()[1].as_object(), "delegation_id");
  Browser stranger = SignedIn("xa-hai");
  EXPECT_EQ(Call(stranger, "DELETE", "/api/v1/delegations/" + id).status, 404);
  EXPECT_EQ(Call(desk, "DELETE", "/api/v1/delegations/" + id).status, 200);
}

TEST_P(DelegationTest, ItDiesWithTheAssignmentOfEitherSide) {
  Browser leader = SignedIn("lanh-dao"), delegate = SignedIn("chuyen-vien"), admin = SignedIn("quan-tri");
  const std::string assignment = AssignmentOf(leader_);
  ASSERT_EQ(Delegate(leader, Wish(leader_, specialist_, "2026-11-23", "2026-11-27")).status, 201);
  ASSERT_EQ(Switch(delegate, assignment).status, 200);
  auto accounts = "/api/v1/admin/accounts/";
  ASSERT_EQ(Call(admin, "PATCH", accounts + std::to_string(leader_), R"({"enabled":false})").status, 200);
  EXPECT_EQ(Reason(Call(delegate, "GET", "/api/v1/delegations/assignments")), "assignment_ended");
  ASSERT_EQ(Call(admin, "PATCH", accounts + std::to_string(leader_), R"({"enabled":true})").status, 200);
  EXPECT_EQ(Roles(delegate)[0], "leader");
  ASSERT_EQ(Call(admin, "DELETE", accounts + std::to_string(leader_) + "/assignments/" + assignment).status, 200);
  EXPECT_EQ(Reason(Call(delegate, "GET", "/api/v1/delegations/assignments")), "assignment_ended");
  // Who has left the office is nobody's delegate.
  Browser other = SignedIn("pho");
  ASSERT_EQ(Delegate(other, Wish(deputy_, desk_, "2026-11-23", "2026-11-27")).status, 201);
  Browser desk = SignedIn("mot-cua");
  ASSERT_EQ(Switch(desk, AssignmentOf(deputy_)).status, 200);
  ASSERT_EQ(Call(admin, "DELETE", accounts + std::to_string(desk_) + "/assignments/" + AssignmentOf(desk_)).status, 200);
  EXPECT_THAT(Roles(desk), ElementsAre("citizen"));
}

TEST_P(DelegationTest, NoticesAndWorkReachTheDelegate) {
  Browser leader = SignedIn("lanh-dao");
  ASSERT_EQ(Delegate(leader, Wish(leader_, specialist_, "2026-11-24", "2026-11-27")).status, 201);
  EXPECT_THAT(With("H99.101", "leader"), UnorderedElementsAre(leader_, deputy_));
  clock_.Set(FromLocal({2026, 11, 24}, 8 * 60));
  EXPECT_THAT(With("H99.101", "leader"), UnorderedElementsAre(leader_, deputy_, specialist_));
  auto stand_ins = [&](int64_t account) {
    return *database().Read([&](db::Tx& tx) { return service_->WithStandIns(tx, account, UnitId("H99.101"), "leader"); });
  };
  EXPECT_THAT(stand_ins(leader_), ElementsAre(leader_, specialist_));
  EXPECT_THAT(stand_ins(deputy_), ElementsAre(deputy_));
  auto work = *database().Read([&](db::Tx& tx) { return service_->DelegatedTo(tx, specialist_); });
  ASSERT_EQ(work.size(), 1u);
  EXPECT_EQ(work[0].role, "leader");
  EXPECT_EQ(work[0].from_account_id, leader_);
}

// A merger gives the assignment a new number; who stands in for its holder goes on standing in.
TEST_P(DelegationTest, AMergerContinuesIt) {
  Browser leader = SignedIn("lanh-dao"), delegate = SignedIn("chuyen-vien");
  ASSERT_EQ(Delegate(leader, Wish(leader_, specialist_, "2026-11-23", "2026-11-27")).status, 201);
  ASSERT_EQ(Switch(delegate, AssignmentOf(leader_)).status, 200);
  const std::string before = AssignmentOf(leader_);
  for (const char* unit : {"H99.101", "H99.101.01"}) {
    ASSERT_TRUE(database().Write([&](db::Tx& tx) {
      return service_->ContinueAssignments(tx, UnitId(unit), UnitId("H99.102"), "2026-11-23", 100);
    }).ok());
  }
  service_->ForgetSessions();
  EXPECT_NE(AssignmentOf(leader_), before);
  EXPECT_EQ(Roles(delegate)[0], "leader");
  EXPECT_EQ(json::GetText(Body(Call(delegate, "GET", "/api/v1/me")), "assignment_id"), AssignmentOf(leader_));
}

// --- Dates of assignments.

TEST_P(DelegationTest, AnAssignmentIsInForceBetweenItsDatesOnly) {
  Browser admin = SignedIn("quan-tri");
  const std::string path = "/api/v1/admin/accounts/" + std::to_string(desk_) + "/assignments";
  auto added = Call(admin, "POST", path, R"({"unit_code":"H99.101","role":"leader","position":"Quyền Chủ tịch","valid_from":"2026-11-24","valid_to":"2026-11-24"})");
  ASSERT_EQ(added.status, 200) << added.body;
  // The same again for other days is another assignment; for these it is there already.
  EXPECT_EQ(Reason(Call(admin, "POST", path, R"({"unit_code":"H99.101","role":"leader","position":"Quyền Chủ tịch","valid_from":"2026-11-20"})")), "assignment_exists");
  EXPECT_EQ(Call(admin, "POST", path, R"({"unit_code":"H99.101","role":"leader","position":"Chủ tịch","valid_from":"2026-12-01"})").status, 200);
  Browser desk = SignedIn("mot-cua");
  std::string coming;
  json::object account = Body(added);
  for (const auto& one : account["assignments"].as_array())
    if (json::GetText(one.as_object(), "role") == "leader") coming = json::GetText(one.as_object(), "assignment_id");
  EXPECT_EQ(Switch(desk, coming).status, 404);
  clock_.Set(FromLocal({2026, 11, 24}, 0));
  ASSERT_EQ(SignIn(desk, "mot-cua").status, 200);
  ASSERT_EQ(Switch(desk, coming).status, 200);
  EXPECT_EQ(Roles(desk)[0], "leader");
  clock_.Set(FromLocal({2026, 11, 25}, 0) - 1);
  ASSERT_EQ(SignIn(desk, "mot-cua").status, 200);
  ASSERT_EQ(Switch(desk, coming).status, 200);
  clock_.Advance(1);
  ASSERT_EQ(Roles(desk).size(), 0u);
  EXPECT_EQ(Reason(Call(desk, "GET", "/api/v1/delegations/assignments")), "assignment_ended");
}

TEST_P(DelegationTest, AnAdministratorChangesTheDates) {
  Browser admin = SignedIn("quan-tri"), leader = SignedIn("lanh-dao");
  const std::string path = "/api/v1/admin/accounts/" + std::to_string(leader_) + "/assignments/" + AssignmentOf(leader_);
  EXPECT_EQ(Call(admin, "PATCH", path, R"({"valid_to":"2026-11-22"})").status, 422);
  EXPECT_EQ(Call(admin, "PATCH", path, R"({"valid_from":"2026-12-01"})").status, 422);  // it has begun
  ASSERT_EQ(Call(admin, "PATCH", path, R"({"valid_to":"2026-11-23"})").status, 200);
  EXPECT_EQ(Roles(leader)[0], "leader");
  ASSERT_EQ(Call(admin, "PATCH", path, R"({"valid_to":""})").status, 200);
  clock_.Set(FromLocal({2026, 11, 24}, 0));
  ASSERT_EQ(SignIn(leader, "lanh-dao").status, 200);
  EXPECT_EQ(Roles(leader)[0], "leader");
  EXPECT_EQ(Call(admin, "PATCH", "/api/v1/admin/accounts/" + std::to_string(admin_) + "/assignments/" + AssignmentOf(admin_), R"({"valid_to":""})").status, 401);
}

}  // namespace
}  // namespace tinhso::identity
