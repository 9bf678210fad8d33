// Machine accounts: other systems that call the API with dated tokens of a named scope.
#include <algorithm>

#include "base/ids.h"
#include "base/text.h"
#include "impl.h"
#include "kernel/permissions/permissions.h"

namespace tinhso::identity {
namespace {

constexpr const char* kMachineRole = "machine";
constexpr const char* kTokenPrefix = "tinhso_";  // so that a token left in a file can be found by scanners
constexpr int64_t kTokenDaysMax = 366;
constexpr size_t kTokensMax = 20;

// Administration is for people: no machine makes accounts, units or packs.
std::vector<std::string> GrantableScopes() {
  std::vector<std::string> out = permissions::AllPermissions();
  std::erase_if(out, [](const std::string& word) { return word.ends_with(".admin") || word == "audit.read"; });
  return out;
}

json::array Texts(const std::vector<std::string>& words) {
  json::array out;
  for (const auto& word : words) out.emplace_back(word);
  return out;
}

std::string Joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

json::object TokenJson(const store::MachineTokenRow& token) {
  return {{"token_id", std::to_string(token.token_id)},
          {"name", token.name},
          {"scopes", Texts(text::Words(token.scopes))},
          {"created_at", TimeJson(token.created_at_us)},
          {"expires_at", TimeJson(token.expires_at_us)},
          {"used_at", TimeJson(token.used_at_us)},
          {"revoked_at", TimeJson(token.revoked_at_us)}};
}

}  // namespace

Result<std::shared_ptr<const LiveSession>> Service::Impl::LoadMachine(const std::string& token_hash, TimeUs now_us) {
  using Found = std::shared_ptr<const LiveSession>;
  uint64_t epoch = sessions.epoch();
  TINHSO_ASSIGN(Found found, database.Read([&](db::Tx& tx) -> Result<Found> {
    TINHSO_ASSIGN(auto token, store::MachineTokenByHash(tx, token_hash));
    if (!token || token->revoked_at_us != 0 || now_us >= token->expires_at_us) return Found();
    TINHSO_ASSIGN(auto account, store::AccountById(tx, token->account_id));
    if (!account || !account->enabled || account->kind != "machine") return Found();
    auto live = std::make_shared<LiveSession>();
    TINHSO_ASSIGN(live->who, PrincipalOf(tx, *account, store::SessionRow()));
    live->who.machine = true;
    live->who.permissions.clear();
    for (const auto& word : GrantableScopes()) {
      auto scopes = text::Words(token->scopes);
      if (std::find(scopes.begin(), scopes.end(), word) != scopes.end()) live->who.permissions.push_back(word);
    }
    live->loaded_at_us = now_us;
    live->seen_at_us = token->used_at_us;
    live->expires_at_us = token->expires_at_us;
    return Found(std::move(live));
  }));
  if (!found) return found;
  if (now_us - found->seen_at_us >= kSessionTouchUs) {
    TINHSO_TRY(database.Write([&](db::Tx& tx) { return store::TouchMachineToken(tx, token_hash, now_us); }));
  }
  sessions.Put(token_hash, found, epoch);
  return found;
}

Result<json::object> Service::Impl::MachineJson(db::Tx& tx, const store::AccountRow& account) {
  auto units = orgs.snapshot();
  TINHSO_ASSIGN(auto assignments, store::AssignmentsOf(tx, account.account_id, Today()));
  TINHSO_ASSIGN(auto tokens, store::MachineTokensOf(tx, account.account_id));
  const orgs::Unit* unit = assignments.empty() ? nullptr : units->ById(assignments[0].unit_id);
  json::array shown;
  for (const auto& token : tokens) shown.push_back(TokenJson(token));
  return json::object{{"account_id", std::to_string(account.account_id)},
                      {"username", account.username},
                      {"full_name", account.full_name},
                      {"enabled", account.enabled},
                      {"unit", unit != nullptr ? json::value(orgs::ToJson(*units, *unit)) : json::value(nullptr)},
                      {"tokens", std::move(shown)}};
}

Result<http::Response> Service::Impl::ListMachines(http::Request& request) {
  TINHSO_ASSIGN(json::object page, AccountPage(request, "machine", {}, &Impl::MachineJson));
  page["scopes"] = Texts(GrantableScopes());
  return http::Response::Json(std::move(page));
}

Result<http::Response> Service::Impl::PostMachine(http::Request& request) {
  TINHSO_ASSIGN(auto body, request.Json());
  json::Reader in(body);
  store::AccountRow row;
  row.username = text::ToLower(text::Trim(in.Text("username", 1, 64)));
  row.full_name = text::Trim(in.Text("full_name", 1, 120));
  std::string unit_code = in.Text("unit_code", 1, 60);
  if (std::string bad = CheckUsername(row.username); !row.username.empty() && !bad.empty()) in.Fail("username", bad);
  const http::Principal& who = *request.principal;
  auto units = orgs.snapshot();
  const orgs::Unit* unit = units->ByCode(unit_code);
  int64_t scope = AdminScope(who);
  if (unit != nullptr && scope != 0 && unit->authority_id != scope) unit = nullptr;
  if (unit == nullptr && !unit_code.empty()) in.Fail("unit_code", "unit_unknown");
  TINHSO_TRY(in.Finish());
  TINHSO_TRY(RequireConfirmed(request));

  TimeUs now = clock.NowUs();
  row.account_id = NewId();
  row.kind = "machine";
  row.home_authority_id = scope;
  row.created_at_us = now;
  store::AssignmentRow assignment{NewId(), row.account_id, unit->unit_id, unit->authority_id, kMachineRole, row.full_name, Today(), ""};
  TINHSO_ASSIGN(json::object answer, database.Write([&](db::Tx& tx) -> Result<json::object> {
    TINHSO_ASSIGN(bool inserted, store::InsertAccount(tx, row));
    if (!inserted) return MakeError(ErrorCode::kConflict, "username_taken");
    TINHSO_TRY(store::InsertAssignment(tx, assignment));
    audit::Event event = audit::By(who, "account.created", "account", row.account_id, who.authority_id, now);
    event.data["kind"] = "machine";
    TINHSO_TRY(audit::Stage(tx, event));
    return MachineJson(tx, row);
  }));
  return http::Response::Json(answer, 201);
}

Result<http::Response> Service::Impl::PostMachineToken(http::Request& request) {
  TINHSO_ASSIGN(auto body, request.Json());
  json::Reader in(body);
  store::MachineTokenRow row;
  row.name = text::Trim(in.Text("name", 1, 60));
  std::string expires_on = in.Text("expires_on", 1, 10);
  std::vector<std::string> scopes, grantable = GrantableScopes();
  if (const json::array* asked = in.Array("scopes", grantable.size()); asked != nullptr) {
    for (const auto& one : *asked) scopes.emplace_back(one.is_string() ? std::string(one.as_string()) : "");
    std::sort(scopes.begin(), scopes.end());
    scopes.erase(std::unique(scopes.begin(), scopes.end()), scopes.end());
    bool known = std::all_of(scopes.begin(), scopes.end(), [&](const auto& one) { return std::binary_search(grantable.begin(), grantable.end(), one); });
    if (scopes.empty()) in.Fail("scopes", "field_required");
    if (!known) in.Fail("scopes", "scope_unknown");
  }
  TimeUs now = clock.NowUs();
  auto date = ParseDate(expires_on);
  if (!expires_on.empty() && !date.ok()) in.Fail("expires_on", "date_malformed");
  if (date.ok()) {
    // Good through the whole of its last day.
    row.expires_at_us = FromLocal(AddDays(*date, 1), 0);
    if (*date < LocalDate(now)) in.Fail("expires_on", "date_in_past");
    if (*date > AddDays(LocalDate(now), kTokenDaysMax)) in.Fail("expires_on", "token_too_long");
  }
  TINHSO_TRY(in.Finish());
  TINHSO_TRY(RequireConfirmed(request));
  TINHSO_ASSIGN(row.account_id, ParseId(request.Param("account_id"), "account_not_found"));
  const http::Principal& who = *request.principal;
  std::string token = kTokenPrefix + NewToken();
  row.token_hash = TokenHash(token);
  row.token_id = NewId();
  row.scopes = Joined(scopes);
  row.created_by = who.account_id;
  row.created_at_us = now;
  TINHSO_TRY(database.Write([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(auto account, AccountInScope(tx, row.account_id, who));
    if (account.kind != "machine") return MakeError(ErrorCode::kNotFound, "account_not_found");
    TINHSO_ASSIGN(auto held, store::MachineTokensOf(tx, row.account_id));
    auto live = std::count_if(held.begin(), held.end(), [&](const auto& one) { return one.revoked_at_us == 0 && one.expires_at_us > now; });
    if (live >= static_cast<int64_t>(kTokensMax)) return MakeError(ErrorCode::kConflict, "tokens_too_many");
    TINHSO_TRY(store::InsertMachineToken(tx, row));
    audit::Event event = audit::By(who, "machine_token.created", "account", row.account_id, who.authority_id, now);
    event.data["token_id"] = std::to_string(row.token_id);
    event.data["scopes"] = row.scopes;
    return audit::Stage(tx, event);
  }));
  json::object answer = TokenJson(row);
  answer["token"] = token;
  return http::Response::Json(answer, 201);
}

Result<http::Response> Service::Impl::DeleteMachineToken(http::Request& request) {
  TINHSO_ASSIGN(int64_t account_id, ParseId(request.Param("account_id"), "account_not_found"));
  TINHSO_ASSIGN(int64_t token_id, ParseId(request.Param("token_id"), "token_not_found"));
  const http::Principal& who = *request.principal;
  TimeUs now = clock.NowUs();
  TINHSO_TRY(database.Write([&](db::Tx& tx) -> Status {
    TINHSO_TRY(AccountInScope(tx, account_id, who));
    TINHSO_ASSIGN(bool revoked, store::RevokeMachineToken(tx, account_id, token_id, now));
    if (!revoked) return MakeError(ErrorCode::kNotFound, "token_not_found");
    audit::Event event = audit::By(who, "machine_token.revoked", "account", account_id, who.authority_id, now);
    event.data["token_id"] = std::to_string(token_id);
    return audit::Stage(tx, event);
  }));
  sessions.DropAccount(account_id);
  return http::Response::NoContent();
}

}  // namespace tinhso::identity
