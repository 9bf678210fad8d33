#include "base/text.h"
#include "impl.h"
#include "kernel/audit/audit.h"
#include "kernel/notify/notify.h"
#include "kernel/permissions/permissions.h"

namespace tinhso::identity {
namespace {

constexpr size_t kAddressLengthMax = 300;

// "+84 912 345 678" → "0912345678"
std::string PlainPhone(std::string_view phone) {
  std::string out;
  for (char c : phone) {
    if (c != ' ' && c != '.' && c != '-') out.push_back(c);
  }
  return text::StartsWith(out, "+84") ? "0" + out.substr(3) : out;
}

Result<http::Response> ListRoles() {
  json::array items;
  for (const auto& role : permissions::Roles()) {
    json::array words;
    for (const char* word : role.permissions) words.emplace_back(word);
    items.push_back(json::object{{"role", role.role}, {"vi", role.vi}, {"en", role.en}, {"permissions", std::move(words)}});
  }
  return http::Response::Json(json::object{{"items", std::move(items)}, {"next_cursor", nullptr}});
}

}  // namespace

Result<json::object> Service::Impl::MeJson(const http::Principal& who) {
  auto units = orgs.snapshot();
  return database.Read([&](db::Tx& tx) -> Result<json::object> {
    TINHSO_ASSIGN(auto account, store::AccountById(tx, who.account_id));
    if (!account) return MakeError(ErrorCode::kUnauthenticated, "session_expired");
    TINHSO_ASSIGN(auto person, persons.ById(tx, who.person_id));
    TINHSO_ASSIGN(auto assignments, store::AssignmentsOf(tx, who.account_id, Today()));
    TINHSO_ASSIGN(int64_t unread, notify::UnreadCount(tx, who.account_id));
    json::array roles, words, held;
    for (const auto& role : who.roles) roles.emplace_back(role);
    for (const auto& word : who.permissions) words.emplace_back(word);
    for (const auto& assignment : assignments) held.push_back(AssignmentJson(*units, assignment));
    TINHSO_ASSIGN(auto delegated, DelegatedTo(tx, who.account_id, assignments));
    for (const auto& one : delegated) {
      json::object item = AssignmentJson(*units, one.assignment);
      item["on_behalf_of"] = json::object{{"full_name", one.from_name}, {"valid_to", one.valid_to_on}};
      held.push_back(std::move(item));
    }
    return json::object{
        {"username", who.username},
        {"full_name", who.full_name},
        {"person", person ? json::value(persons::ToJson(*person)) : json::value(nullptr)},
        {"roles", std::move(roles)},
        {"permissions", std::move(words)},
        {"assignment_id", who.assignment_id != 0 ? json::value(std::to_string(who.assignment_id)) : json::value(nullptr)},
        {"assignments", std::move(held)},
        {"assignment_ended", who.assignment_ended},
        {"unread_notices", unread},
        {"must_change_password", account->must_change_password},
        // The role asks for two factors and this session has not shown them: its permissions are none.
        {"second_factor_missing", who.permissions.empty() && !account->must_change_password && RequiresSecondFactor(who.roles)},
        {"demo", account->demo}};
  });
}

Result<http::Response> Service::Impl::GetMe(http::Request& request) {
  TINHSO_ASSIGN(json::object me, MeJson(*request.principal));
  return http::Response::Json(me);
}

Result<http::Response> Service::Impl::PatchMe(http::Request& request) {
  TINHSO_TRY(RequirePerson(request));
  TINHSO_ASSIGN(auto body, request.Json());
  json::Reader in(body);
  auto phone = in.OptionalText("phone", 20);
  auto email = in.OptionalText("email", 120);
  auto address = in.OptionalText("address", kAddressLengthMax);
  if (phone) {
    *phone = PlainPhone(*phone);
    if (std::string bad = CheckPhone(*phone); !bad.empty()) in.Fail("phone", bad);
  }
  if (email) {
    *email = text::Trim(*email);
    if (std::string bad = CheckEmail(*email); !bad.empty()) in.Fail("email", bad);
  }
  TINHSO_TRY(in.Finish());

  const http::Principal& who = *request.principal;
  TINHSO_TRY(database.Write([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(auto person, persons.ById(tx, who.person_id));
    if (!person) return MakeError(ErrorCode::kNotFound, "person_not_found");
    json::array changed;
    auto change = [&](const std::optional<std::string>& wanted, std::string& field, const char* name) {
      if (!wanted || *wanted == field) return;
      field = *wanted;
      changed.emplace_back(name);
    };
    change(phone, person->phone, "phone");
    change(email, person->email, "email");
    change(address ? std::optional<std::string>(text::Trim(*address)) : address, person->address, "address");
    if (changed.empty()) return Ok();
    TINHSO_TRY(persons.UpdateContact(tx, *person));
    audit::Event event = audit::By(who, "person.changed", "person", person->person_id, who.authority_id, clock.NowUs());
    event.person_id = person->person_id;
    event.data["fields"] = std::move(changed);
    return audit::Stage(tx, event);
  }));
  return GetMe(request);
}

std::vector<http::Route> Service::Routes() {
  using http::BodyKind;
  auto bind = [impl = impl_.get()](Result<http::Response> (Impl::*handler)(http::Request&)) {
    return [impl, handler](http::Request& request) { return (impl->*handler)(request); };
  };
  constexpr int64_t kSmall = 16 * 1024, kCredential = 128 * 1024;
  std::vector<http::Route> routes = {
      {"POST", "/api/v1/session", "public", "session.created", BodyKind::kJson, bind(&Impl::SignIn), kSmall},
      {"POST", "/api/v1/session/second-factor", "public", "session.created", BodyKind::kJson, bind(&Impl::SecondFactor), kSmall},
      {"POST", "/api/v1/session/passkey/options", "public", "session.created", BodyKind::kNone, bind(&Impl::PasskeySignInOptions)},
      {"POST", "/api/v1/session/passkey", "public", "session.created", BodyKind::kJson, bind(&Impl::PasskeySignIn), kCredential},
      {"POST", "/api/v1/session/oidc/start", "public", "session.created", BodyKind::kJson, bind(&Impl::OidcStart), kSmall},
      {"POST", "/api/v1/session/oidc", "public", "session.created", BodyKind::kJson, bind(&Impl::OidcFinish), kSmall},
      {"POST", "/api/v1/session/recovery", "public", "recovery.used", BodyKind::kJson, bind(&Impl::Recover), kSmall},
      {"DELETE", "/api/v1/session", "signed_in", "session.ended", BodyKind::kNone, bind(&Impl::SignOut)},
      {"GET", "/api/v1/me", "signed_in", "", BodyKind::kNone, bind(&Impl::GetMe)},
      {"PATCH", "/api/v1/me", "signed_in", "person.changed", BodyKind::kJson, bind(&Impl::PatchMe), kSmall},
      {"POST", "/api/v1/me/password", "signed_in", "account.changed", BodyKind::kJson, bind(&Impl::ChangePassword), kSmall},
      {"POST", "/api/v1/me/assignment", "signed_in", "assignment.changed", BodyKind::kJson, bind(&Impl::SwitchAssignment), kSmall},
      {"POST", "/api/v1/me/confirm", "signed_in", "session.confirmed", BodyKind::kJson, bind(&Impl::ConfirmPresence), kCredential},
      {"GET", "/api/v1/me/security", "signed_in", "", BodyKind::kNone, bind(&Impl::GetSecurity)},
      {"POST", "/api/v1/me/totp", "signed_in", "second_factor.changed", BodyKind::kNone, bind(&Impl::BeginTotp)},
      {"POST", "/api/v1/me/totp/confirm", "signed_in", "second_factor.changed", BodyKind::kJson, bind(&Impl::ConfirmTotp), kSmall},
      {"DELETE", "/api/v1/me/totp", "signed_in", "second_factor.changed", BodyKind::kNone, bind(&Impl::DeleteTotp)},
      {"POST", "/api/v1/me/recovery-codes", "signed_in", "second_factor.changed", BodyKind::kNone, bind(&Impl::NewRecoveryCodes)},
      {"POST", "/api/v1/me/passkeys/options", "signed_in", "passkey.changed", BodyKind::kNone, bind(&Impl::PasskeyOptions)},
      {"POST", "/api/v1/me/passkeys", "signed_in", "passkey.changed", BodyKind::kJson, bind(&Impl::AddPasskey), kCredential},
      {"PATCH", "/api/v1/me/passkeys/{passkey_id}", "signed_in", "passkey.changed", BodyKind::kJson, bind(&Impl::RenamePasskey), kSmall},
      {"DELETE", "/api/v1/me/passkeys/{passkey_id}", "signed_in", "passkey.changed", BodyKind::kNone, bind(&Impl::DeletePasskey)},
      {"POST", "/api/v1/me/links", "signed_in", "link.changed", BodyKind::kJson, bind(&Impl::LinkStart), kSmall},
      {"DELETE", "/api/v1/me/links/{provider}", "signed_in", "link.changed", BodyKind::kNone, bind(&Impl::DeleteLink)},
      {"GET", "/api/v1/me/sessions", "signed_in", "", BodyKind::kNone, bind(&Impl::ListSessions)},
      {"POST", "/api/v1/me/sessions/end-others", "signed_in", "session.ended", BodyKind::kNone, bind(&Impl::EndOtherSessions)},
      {"DELETE", "/api/v1/me/sessions/{session_id}", "signed_in", "session.ended", BodyKind::kNone, bind(&Impl::EndSession)},
      {"GET", "/api/v1/me/delegations", "signed_in", "", BodyKind::kNone, bind(&Impl::ListMyDelegations)},
      {"GET", "/api/v1/delegations", "delegation.unit", "", BodyKind::kNone, bind(&Impl::ListDelegations)},
      {"POST", "/api/v1/delegations", "delegation.give", "delegation.created", BodyKind::kJson, bind(&Impl::PostDelegation), kSmall},
      {"DELETE", "/api/v1/delegations/{delegation_id}", "signed_in", "delegation.revoked", BodyKind::kNone, bind(&Impl::RevokeDelegation)},
      {"GET", "/api/v1/delegations/assignments", "delegation.give", "", BodyKind::kNone, bind(&Impl::ListDelegable)},
      {"GET", "/api/v1/delegations/colleagues", "delegation.give", "", BodyKind::kNone, bind(&Impl::FindColleagues)},
      {"GET", "/api/v1/admin/roles", "accounts.admin", "", BodyKind::kNone, [](http::Request&) { return ListRoles(); }},
      {"GET", "/api/v1/admin/accounts", "accounts.admin", "", BodyKind::kNone, bind(&Impl::ListAccounts)},
      {"POST", "/api/v1/admin/accounts", "accounts.admin", "account.created", BodyKind::kJson, bind(&Impl::PostAccount), kSmall},
      {"PATCH", "/api/v1/admin/accounts/{account_id}", "accounts.admin", "account.changed", BodyKind::kJson,
       bind(&Impl::PatchAccount), kSmall},
      {"POST", "/api/v1/admin/accounts/{account_id}/assignments", "accounts.admin", "assignment.changed", BodyKind::kJson,
       bind(&Impl::PostAssignment), kSmall},
      {"PATCH", "/api/v1/admin/accounts/{account_id}/assignments/{assignment_id}", "accounts.admin", "assignment.changed",
       BodyKind::kJson, bind(&Impl::PatchAssignment), kSmall},
      {"DELETE", "/api/v1/admin/accounts/{account_id}/assignments/{assignment_id}", "accounts.admin", "assignment.changed",
       BodyKind::kNone, bind(&Impl::DeleteAssignment)},
      {"POST", "/api/v1/admin/accounts/{account_id}/recovery", "accounts.admin", "recovery.proposed", BodyKind::kJson,
       bind(&Impl::ProposeRecovery), kSmall},
      {"GET", "/api/v1/admin/recoveries", "accounts.admin", "", BodyKind::kNone, bind(&Impl::ListRecoveries)},
      {"POST", "/api/v1/admin/recoveries/{recovery_id}/decision", "accounts.admin", "recovery.decided", BodyKind::kJson,
       bind(&Impl::DecideRecovery), kSmall},
      {"GET", "/api/v1/admin/machines", "accounts.admin", "", BodyKind::kNone, bind(&Impl::ListMachines)},
      {"POST", "/api/v1/admin/machines", "accounts.admin", "account.created", BodyKind::kJson, bind(&Impl::PostMachine), kSmall},
      {"POST", "/api/v1/admin/machines/{account_id}/tokens", "accounts.admin", "machine_token.created", BodyKind::kJson,
       bind(&Impl::PostMachineToken), kSmall},
      {"DELETE", "/api/v1/admin/machines/{account_id}/tokens/{token_id}", "accounts.admin", "machine_token.revoked", BodyKind::kNone,
       bind(&Impl::DeleteMachineToken)},
  };
  for (http::Route& route : impl_->persons.Routes()) routes.push_back(std::move(route));
  return routes;
}

}  // namespace tinhso::identity
