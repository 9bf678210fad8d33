// A merger of two communes over the whole program, with people signed in and work running, on both engines.
#include <gmock/gmock.h>

#include <set>

#include "app/demo.h"
#include "app/platform.h"
#include "engines/numbering/numbering.h"
#include "kernel/db_testing/db_testing.h"

namespace tinhso::app {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr db::Sql kRowsByAuthority = "SELECT authority_id, COUNT(*) FROM dossier GROUP BY authority_id ORDER BY authority_id";
constexpr db::Sql kAuditKindsOfMerger = "SELECT kind FROM audit_event WHERE subject_kind = 'merger' ORDER BY audit_id";
constexpr db::Sql kItemsUnder = "SELECT COUNT(*) FROM inbox_item WHERE authority_id = $1";
constexpr const char* kOld = "H12.126";
constexpr const char* kOther = "H12.128";
constexpr const char* kNew = "H12.190";

class MergerTest : public db_testing::DbTest {
 protected:
  void SetUp() override {
    Open();
    ASSERT_TRUE(CreateAccountsFromYaml(*platform_, TINHSO_SOURCE_DIR "/packs/ca-mau/accounts.yaml").ok());
    // Some wait at the desk of the old ward, however the others are spread.
    ASSERT_TRUE(platform_->dossiers().GenerateDemo(400, {}, {platform_->orgs().snapshot()->ByCode(kOld)->unit_id}).ok());
    ASSERT_TRUE(platform_->Settle().ok());
    admin_ = SignIn("quan-tri");
  }
  // As a start of the program over the same data.
  void Open() {
    platform_.reset();
    PlatformOptions options;
    options.data_dir = temp_dir() + "/data";
    options.database_url = test_database_.options().postgres_url;
    options.packs_dir = FindPacksDir("");
    options.allow_demo_accounts = true;
    auto opened = Platform::Open(options, clock_);
    ASSERT_TRUE(opened.ok()) << opened.error().reason << opened.error().detail;
    platform_ = std::move(*opened);
  }
  http::Response Call(const std::string& cookie, const char* method, const std::string& path,
                      std::map<std::string, std::string> query = {}, const std::string& body = "") {
    http::Request request;
    request.method = method;
    request.path = path;
    request.query = std::move(query);
    request.body = body;
    request.remote_address = "127.0.0.1";
    request.headers = {{"cookie", cookie}, {"sec-fetch-site", "same-origin"}, {"content-type", "application/json"}};
    return http::Dispatch(platform_->router(), platform_->authenticator(), request);
  }
  json::object Json(const http::Response& response) {
    auto v = json::Parse(response.body);
    return v.ok() && v->is_object() ? v->as_object() : json::object();
  }
  std::string SignIn(const std::string& username) {
    auto response = Call("", "POST", "/api/v1/session", {}, R"({"username":")" + username + R"(","password":"tinhso-demo"})");
    EXPECT_EQ(response.status, 200) << response.body;
    return CookieOf(response);
  }
  static std::string CookieOf(const http::Response& response) {
    for (const auto& [name, value] : response.headers) {
      if (name == "Set-Cookie" && value.starts_with("tinhso_session=")) return value.substr(0, value.find(';'));
    }
    return "";
  }
  std::string Plan(const std::string& on) {
    return R"({"effective_on":")" + on + R"(","basis":"NQ 1/NQ-UBTVQH","predecessors":["H12.126","H12.128"],"successor_code":"H12.190",)"
           R"("name":"Ủy ban nhân dân phường Cà Mau","short_name":"Phường Cà Mau","area_code":"32002"})";
  }
  std::string Schedule(const std::string& on) {
    auto response = Call(admin_, "POST", "/api/v1/admin/mergers", {}, Plan(on));
    EXPECT_EQ(response.status, 201) << response.body;
    return json::GetText(Json(response), "merger_id");
  }
  std::string StateOf(const std::string& merger_id) {
    return json::GetText(Json(Call(admin_, "GET", "/api/v1/admin/mergers/" + merger_id)), "state");
  }
  const orgs::Unit* Unit(const char* code) {
    units_ = platform_->orgs().snapshot();
    return units_->ByCode(code);
  }
  int64_t Count(const db::Sql& sql, int64_t id) {
    auto row = platform_->database().Read([&](db::Tx& tx) { return tx.QueryOne(sql, {id}); });
    EXPECT_TRUE(row.ok() && *row);
    return (*row)->Int(0);
  }
  std::vector<std::pair<int64_t, int64_t>> RowsByAuthority() {
    std::vector<std::pair<int64_t, int64_t>> out;
    auto rows = platform_->database().Read([&](db::Tx& tx) { return tx.Query(kRowsByAuthority, {}); });
    EXPECT_TRUE(rows.ok());
    for (const auto& row : *rows) out.emplace_back(row.Int(0), row.Int(1));
    return out;
  }
  std::vector<std::string> CodesIn(const std::string& cookie, const char* path) {
    std::vector<std::string> out;
    auto body = Json(Call(cookie, "GET", path, {{"limit", "100"}}));
    if (!body.contains("items")) return out;
    for (const auto& item : body["items"].as_array()) {
      std::string code = json::GetText(item.as_object(), "subject_code");
      out.push_back(code.empty() ? json::GetText(item.as_object(), "dossier_code") : code);
    }
    return out;
  }
  // Somebody of the two communes who holds a dossier, acting where he holds it: {cookie, dossier code}.
  std::pair<std::string, std::string> FindHolder() {
    for (const char* username : {"mot-cua", "mot-cua-2", "chuyen-vien", "chuyen-vien-2", "lanh-dao", "lanh-dao-2"}) {
      std::string cookie = SignIn(username);
      auto me = Json(Call(cookie, "GET", "/api/v1/me"));
      for (const auto& assignment : me["assignments"].as_array()) {
        const std::string id = json::GetText(assignment.as_object(), "assignment_id");
        // Switching gives the session a new token.
        cookie = CookieOf(Call(cookie, "POST", "/api/v1/me/assignment", {}, R"({"assignment_id":")" + id + R"("})"));
        if (auto held = CodesIn(cookie, "/api/v1/inbox"); !held.empty()) return {cookie, held.front()};
      }
    }
    return {};
  }
  std::map<std::string, int64_t> WorkByUnit(const char* frame) {
    std::map<std::string, int64_t> out;
    auto body = Json(Call(admin_, "GET", "/api/v1/inbox/by-unit", {{"frame", frame}}));
    for (const auto& item : body["items"].as_array()) {
      out[json::GetText(item.as_object(), "unit_code")] = json::GetInt(item.as_object(), "total");
    }
    return out;
  }

  // Late in the day: a session lasts twelve hours without use, and the merger is of the next day.
  FixedClock clock_{FromLocal({2026, 11, 23}, 18 * 60)};
  std::unique_ptr<Platform> platform_;
  std::shared_ptr<const orgs::Snapshot> units_;
  std::string admin_;
};
TINHSO_ON_BOTH_ENGINES(MergerTest);

TEST_P(MergerTest, ThePreviewListsEverythingAndChangesNothing) {
  auto rows = RowsByAuthority();
  auto response = Call(admin_, "POST", "/api/v1/admin/mergers/preview", {}, Plan("2026-11-24"));
  ASSERT_EQ(response.status, 200) << response.body;
  auto body = Json(response);
  std::map<std::string, int64_t> parts;
  for (const auto& part : body["parts"].as_array()) parts[json::GetText(part.as_object(), "part")] = json::GetInt(part.as_object(), "count");
  EXPECT_EQ(parts["assignments"], 13);
  EXPECT_GT(parts["inbox"], 0);
  EXPECT_GT(parts["dossiers"], 0);
  EXPECT_GT(parts["results"], 0);
  EXPECT_GT(parts["number_series"], 0);
  EXPECT_EQ(parts["areas"], 2);
  // Both communes have a desk, three divisions and police of the same names: the new one gets each once.
  std::set<std::string> to;
  for (const auto& unit : body["plan"].as_object()["units"].as_array()) to.insert(json::GetText(unit.as_object(), "to_code"));
  EXPECT_EQ(to, (std::set<std::string>{"H12.190", "H12.190.01", "H12.190.02", "H12.190.03", "H12.190.04", "H12.190.05"}));
  EXPECT_NE(response.body.find("Trung tâm Phục vụ hành chính công phường Cà Mau"), std::string::npos);
  EXPECT_EQ(Unit(kNew), nullptr);
  EXPECT_TRUE(Unit(kOld)->valid_to_on.empty());
  EXPECT_EQ(RowsByAuthority(), rows);
}

TEST_P(MergerTest, WorkGoesOnUnderTheSuccessorAndNoRowChangesItsAuthority) {
  std::string desk = SignIn("mot-cua");
  std::string leader = SignIn("lanh-dao");
  const int64_t old_id = Unit(kOld)->unit_id, other_id = Unit(kOther)->unit_id;
  const auto held_before = CodesIn(desk, "/api/v1/inbox");
  const auto seen_before = CodesIn(desk, "/api/v1/dossiers");
  ASSERT_FALSE(seen_before.empty());
  const int64_t items = Count(kItemsUnder, old_id) + Count(kItemsUnder, other_id);
  ASSERT_GT(items, 0);
  auto was = WorkByUnit("as_was");
  auto rows = RowsByAuthority();
  std::string last_number;
  ASSERT_TRUE(platform_->database().Write([&](db::Tx& tx) -> Status {
    for (int i = 0; i < 3; ++i) {
      TINHSO_ASSIGN(last_number, numbering::NextResultNumber(tx, other_id, "XN", {2026, 11, 23}));
    }
    return Ok();
  }).ok());

  std::string id = Schedule("2026-11-24");
  EXPECT_EQ(StateOf(id), "scheduled");
  ASSERT_TRUE(platform_->Settle().ok());
  EXPECT_EQ(StateOf(id), "scheduled");
  EXPECT_EQ(Unit(kNew), nullptr);
  clock_.Set(FromLocal({2026, 11, 24}, 30));
  ASSERT_TRUE(platform_->Settle().ok());
  ASSERT_EQ(StateOf(id), "done");

  // The units.
  const int64_t new_id = Unit(kNew)->unit_id;
  EXPECT_EQ(Unit(kOld)->valid_to_on, "2026-11-23");
  EXPECT_EQ(Unit(kNew)->valid_from_on, "2026-11-24");
  EXPECT_EQ(units_->ActingFor(old_id), new_id);
  EXPECT_EQ(units_->ActingOn(old_id, "2026-11-23")->unit_code, kOld);
  EXPECT_EQ(units_->ActingFor(Unit("H12.128.02")->unit_id), Unit("H12.190.02")->unit_id);
  EXPECT_EQ(units_->DeskOf(new_id)->unit_code, "H12.190.01");

  // Nothing was rewritten; the pointers moved.
  EXPECT_EQ(RowsByAuthority(), rows);
  EXPECT_EQ(Count(kItemsUnder, old_id) + Count(kItemsUnder, other_id), 0);
  EXPECT_EQ(Count(kItemsUnder, new_id), items);

  // The same sessions go on: each sees its old work, and now its colleagues' of the other commune.
  auto me = Json(Call(desk, "GET", "/api/v1/me"));
  EXPECT_NE(json::serialize(me).find("H12.190.01"), std::string::npos);
  const auto held_after = CodesIn(desk, "/api/v1/inbox");
  for (const std::string& code : held_before) EXPECT_THAT(held_after, Contains(code));
  const auto seen_after = CodesIn(desk, "/api/v1/dossiers");
  for (const std::string& code : seen_before) EXPECT_THAT(seen_after, Contains(code));
  EXPECT_TRUE(std::any_of(seen_after.begin(), seen_after.end(), [](const std::string& code) { return code.starts_with(kOther); }));
  for (const std::string& code : {seen_before.front(), seen_after.front()}) {
    EXPECT_EQ(Call(desk, "GET", "/api/v1/dossiers/" + code).status, 200) << code;
    EXPECT_EQ(Call(leader, "GET", "/api/v1/dossiers/" + code).status, 200) << code;
    EXPECT_EQ(Call("", "GET", "/api/v1/track/" + code).status, 200) << code;
  }
  // An officer of a third commune still sees none of it, and a citizen's files stay his alone.
  EXPECT_EQ(Call(SignIn("cong-dan"), "GET", "/api/v1/dossiers/" + seen_before.front()).status, 404);

  // An old dossier is carried on: whoever holds it takes a step under its old code.
  const auto [holder, old_code] = FindHolder();
  ASSERT_FALSE(old_code.empty());
  EXPECT_FALSE(old_code.starts_with(kNew));
  auto dossier = Json(Call(holder, "GET", "/api/v1/dossiers/" + old_code));
  ASSERT_FALSE(dossier["actions"].as_array().empty()) << json::serialize(dossier);
  json::object action = dossier["actions"].as_array()[0].as_object();
  json::object body{{"action", action["action"]}, {"version", dossier["version"]}, {"reason", "Lý do"}, {"note", "Ghi chú"},
                    {"items", json::array{"Giấy tờ"}}, {"receiver_name", "Người nhận"}, {"result_text", "Kết quả"}};
  auto acted = Call(holder, "POST", "/api/v1/dossiers/" + old_code + "/actions", {}, json::serialize(body));
  EXPECT_EQ(acted.status, 200) << acted.body;
  EXPECT_EQ(json::GetText(Json(acted), "dossier_code"), old_code);
  EXPECT_EQ(Count(kItemsUnder, other_id), 0);

  // Numbers go on and none repeats, whichever commune the dossier was of.
  std::set<std::string> numbers = {last_number};
  for (int64_t authority : {other_id, new_id, old_id}) {
    auto number = platform_->database().Write(
        [&](db::Tx& tx) { return numbering::NextResultNumber(tx, authority, "XN", {2026, 11, 24}); });
    ASSERT_TRUE(number.ok());
    EXPECT_TRUE(numbers.insert(*number).second) << *number;
  }
  EXPECT_THAT(numbers, Contains("6/2026/XN"));

  // Statistics in either frame.
  auto as_was = WorkByUnit("as_was"), as_is = WorkByUnit("as_is");
  EXPECT_EQ(as_was[kOld] + as_was[kOther], as_is[kNew]);
  EXPECT_EQ(as_was.count(kNew), 0u);
  EXPECT_EQ(as_is.count(kOld), 0u);
  EXPECT_LE(std::abs(was[kOld] + was[kOther] - as_is[kNew]), 1);  // one step was taken above

  // New work goes to the new unit; old addresses convert.
  EXPECT_NE(Call("", "GET", "/api/v1/units", {{"kind", "commune"}, {"q", "ca mau"}}).body.find("H12.190"), std::string::npos);
  EXPECT_EQ(Call("", "GET", "/api/v1/units", {{"kind", "commune"}, {"q", "an xuyen"}}).body.find("H12.126"), std::string::npos);
  EXPECT_NE(Call("", "GET", "/api/v1/units", {{"q", "an xuyen"}, {"on", "2026-11-23"}}).body.find("H12.126"), std::string::npos);
  EXPECT_NE(Call("", "GET", "/api/v1/addresses/convert", {{"text", "Phường An Xuyên"}}).body.find("Phường Cà Mau"), std::string::npos);

  auto kinds = platform_->database().Read([&](db::Tx& tx) { return tx.Query(kAuditKindsOfMerger, {}); });
  ASSERT_TRUE(kinds.ok());
  std::vector<std::string> recorded;
  for (const auto& row : *kinds) recorded.push_back(row.Text(0));
  EXPECT_THAT(recorded, testing::IsSupersetOf({"merger.scheduled", "merger.begun", "merger.finished"}));
}

// The program is killed at any moment: what its transactions committed is a beginning of the whole, and the next start goes on.
TEST_P(MergerTest, AnInterruptedMergerGoesOnAfterARestart) {
  std::string desk = SignIn("mot-cua");
  const int64_t old_id = Unit(kOld)->unit_id;
  const auto held_before = CodesIn(desk, "/api/v1/inbox");
  std::string id = Schedule("2026-11-24");
  clock_.Set(FromLocal({2026, 11, 24}, 30));
  // Only the first transaction, then nothing more of this process.
  ASSERT_TRUE(platform_->mergers().Run(std::stoll(id), 0).ok());
  EXPECT_EQ(StateOf(id), "running");
  EXPECT_GT(Count(kItemsUnder, old_id), 0);
  EXPECT_EQ(Call(admin_, "DELETE", "/api/v1/admin/mergers/" + id).status, 409);
  // One assignment had moved, and one inbox row.
  const orgs::Unit* from = Unit("H12.126.01");
  const int64_t from_id = from->unit_id, to_id = Unit("H12.190.01")->unit_id;
  ASSERT_TRUE(platform_->database().Write([&](db::Tx& tx) {
    return platform_->identity().ContinueAssignments(tx, from_id, to_id, "2026-11-24", 1);
  }).ok());
  Open();
  EXPECT_EQ(StateOf(id), "running");
  // In between people work on: their session acts for the successor already.
  EXPECT_EQ(Call(desk, "GET", "/api/v1/inbox").status, 200);
  ASSERT_TRUE(platform_->Settle().ok());
  EXPECT_EQ(StateOf(id), "done");
  EXPECT_EQ(Count(kItemsUnder, old_id), 0);
  const auto held_after = CodesIn(desk, "/api/v1/inbox");
  for (const std::string& code : held_before) EXPECT_THAT(held_after, Contains(code));
  // Running it once more changes nothing.
  auto before = Json(Call(admin_, "GET", "/api/v1/admin/mergers/" + id));
  ASSERT_TRUE(platform_->mergers().Run(std::stoll(id), 1'000'000).ok());
  EXPECT_EQ(Json(Call(admin_, "GET", "/api/v1/admin/mergers/" + id)), before);
}

TEST_P(MergerTest, UntilItsDayItCanBeCancelled) {
  std::string id = Schedule("2026-11-24");
  auto again = Call(admin_, "POST", "/api/v1/admin/mergers", {}, Plan("2026-12-15"));
  EXPECT_EQ(json::GetText(Json(again), "reason"), "unit_in_merger");
  EXPECT_EQ(Call(admin_, "DELETE", "/api/v1/admin/mergers/" + id).status, 200);
  clock_.Set(FromLocal({2026, 11, 24}, 30));
  ASSERT_TRUE(platform_->Settle().ok());
  EXPECT_EQ(StateOf(id), "cancelled");
  EXPECT_EQ(Unit(kNew), nullptr);
  EXPECT_TRUE(Unit(kOld)->valid_to_on.empty());
}

TEST_P(MergerTest, WhatMakesNoSenseIsRefused) {
  auto reason = [&](const std::string& body) {
    auto response = Json(Call(admin_, "POST", "/api/v1/admin/mergers/preview", {}, body));
    auto* errors = response.if_contains("errors");
    return errors != nullptr && !errors->as_array().empty() ? json::GetText(errors->as_array()[0].as_object(), "reason")
                                                            : json::GetText(response, "reason");
  };
  auto with = [](const char* on, const char* from, const char* to) {
    return std::string(R"({"effective_on":")") + on + R"(","basis":"NQ","predecessors":[)" + from + R"(],"successor_code":")" + to + R"("})";
  };
  EXPECT_EQ(reason(with("2026-11-22", R"("H12.126")", "H12.128")), "date_in_past");
  EXPECT_EQ(reason(with("2026-13-01", R"("H12.126")", "H12.128")), "date_malformed");
  EXPECT_EQ(reason(with("2026-11-24", R"("H12.126")", "H12.126")), "merger_successor_is_predecessor");
  EXPECT_EQ(reason(with("2026-11-24", R"("H12.126","H12.05")", "H12.128")), "merger_kinds_differ");
  EXPECT_EQ(reason(with("2026-11-24", R"("H12.126")", "H12.05")), "merger_kinds_differ");
  EXPECT_EQ(reason(with("2026-11-24", R"("H12.126.01")", "H12.128")), "merger_not_authority");
  EXPECT_EQ(reason(with("2026-11-24", R"("H12")", "H12.128")), "merger_not_authority");
  EXPECT_EQ(reason(with("2026-11-24", R"("H12.999")", "H12.128")), "unit_not_found");
  EXPECT_EQ(reason(with("2026-11-24", R"("H12.126")", "h12 x")), "field_required");
  EXPECT_EQ(reason(with("2026-11-24", "", "H12.128")), "field_required");
  EXPECT_EQ(Call(SignIn("lanh-dao"), "POST", "/api/v1/admin/mergers/preview", {}, Plan("2026-11-24")).status, 403);
}

}  // namespace
}  // namespace tinhso::app
