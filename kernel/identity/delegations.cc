// Delegation (ủy quyền): an assignment done by a colleague for some days, as NĐ 30/2020/NĐ-CP Art. 13 has it: in writing, for a
// limited time, never handed on. The delegate switches to the assignment as to one of his own and every act names both; the
// delegator keeps his rights. Asked at each request: what is revoked, over, or lost by the delegator is nobody's.
#include <algorithm>

#include "base/ids.h"
#include "base/text.h"
#include "impl.h"
#include "kernel/audit/audit.h"
#include "kernel/notify/notify.h"
#include "kernel/permissions/permissions.h"

namespace tinhso::identity {
namespace {

constexpr int kDelegationDaysMax = 366;
constexpr size_t kDelegationsOpenMax = 20;  // of one assignment, and to one account
constexpr size_t kDelegationReasonMax = 500;
constexpr int64_t kDelegationPageDefault = 50, kDelegationPageMax = 100;
constexpr int kDelegationShownDays = 365;   // lists go back so far; the audit log further
constexpr int64_t kColleaguesMax = 20;
constexpr int64_t kDelegablesMax = 100;
constexpr int64_t kHoldersReadMax = 1000;   // looked through for them
constexpr const char* kDelegationPage = "/can-bo/uy-quyen";

const char* StateOf(const store::DelegationView& d, const std::string& today) {
  if (d.revoked_at_us != 0) return "revoked";
  const store::AssignmentRow& a = d.assignment;
  if (d.valid_to_on < today || (!a.valid_to_on.empty() && a.valid_to_on < today)) return "ended";
  return d.valid_from_on > today ? "coming" : "active";
}

json::value NullableText(const std::string& text) { return text.empty() ? json::value(nullptr) : json::value(text); }

std::array<std::string, store::kQueryWordsMax> WordsOf(std::string_view q) {
  std::array<std::string, store::kQueryWordsMax> words;
  std::vector<std::string> asked = text::Words(text::Fold(q));
  for (size_t i = 0; i < std::min(asked.size(), words.size()); ++i) words[i] = asked[i];
  return words;
}

// Works in the authority of the assignment or under it.
bool IsColleague(const orgs::Snapshot& units, const store::AssignmentRow& own, const store::AssignmentRow& delegated) {
  return units.IsWithin(units.ActingFor(own.unit_id), units.ActingFor(delegated.authority_id));
}

}  // namespace

Result<std::vector<store::DelegationView>> Service::Impl::DelegatedTo(db::Tx& tx, int64_t account_id,
                                                                      const std::vector<store::AssignmentRow>& own) {
  if (own.empty()) return std::vector<store::DelegationView>();
  TINHSO_ASSIGN(auto found, store::DelegationsTo(tx, account_id, Today()));
  const auto units = orgs.snapshot();
  std::erase_if(found, [&](const auto& d) {
    return std::none_of(own.begin(), own.end(), [&](const auto& mine) { return IsColleague(*units, mine, d.assignment); });
  });
  return found;
}

Result<std::vector<DelegatedWork>> Service::DelegatedTo(db::Tx& tx, int64_t account_id) {
  TINHSO_ASSIGN(auto own, store::AssignmentsOf(tx, account_id, impl_->Today()));
  TINHSO_ASSIGN(auto found, impl_->DelegatedTo(tx, account_id, own));
  const auto units = impl_->orgs.snapshot();
  std::vector<DelegatedWork> out;
  for (const auto& d : found) {
    out.push_back({d.assignment_id, d.from_account_id, units->ActingFor(d.assignment.unit_id),
                   units->ActingFor(d.assignment.authority_id), d.assignment.role, d.assignment.position, d.from_name});
  }
  return out;
}

bool Service::Impl::MayDelegate(const http::Principal& who, const orgs::Snapshot& units, const store::AssignmentRow& assignment) const {
  if (assignment.account_id == who.account_id) return true;
  if (!who.Has("delegation.unit")) return false;
  const int64_t unit_id = units.ActingFor(assignment.unit_id), authority_id = units.ActingFor(assignment.authority_id);
  if (who.Has("accounts.admin")) return AdminScope(who) == 0 || authority_id == who.authority_id;
  // Those below a leader; never another leader of his own unit.
  return authority_id == who.authority_id && units.IsWithin(unit_id, who.unit_id) &&
         !(assignment.role == "leader" && unit_id == who.unit_id);
}

json::object Service::Impl::DelegationJson(const http::Principal& who, const store::DelegationView& d) const {
  const auto units = orgs.snapshot();
  const std::string today = Today();
  const std::string state = StateOf(d, today);
  const bool mine = d.from_account_id == who.account_id || d.to_account_id == who.account_id || d.created_by == who.account_id;
  return {{"delegation_id", std::to_string(d.delegation_id)},
          {"assignment", AssignmentJson(*units, d.assignment)},
          {"from_name", d.from_name},
          {"to_name", d.to_name},
          {"given", d.from_account_id == who.account_id},
          {"received", d.to_account_id == who.account_id},
          {"valid_from", d.valid_from_on},
          {"valid_to", d.valid_to_on},
          {"reason", d.reason},
          {"state", state},
          {"created_at", FormatTime(d.created_at_us)},
          // Named when it was not the delegator himself.
          {"created_by", d.created_by == d.from_account_id ? json::value(nullptr) : NullableText(d.created_by_name)},
          {"revoked_at", TimeJson(d.revoked_at_us)},
          {"revoked_by", NullableText(d.revoked_by_name)},
          {"may_revoke", (state == "active" || state == "coming") && (mine || MayDelegate(who, *units, d.assignment))}};
}

Result<http::Response> Service::Impl::DelegationList(const http::Request& request, store::DelegationFilter filter, bool by_scope) {
  TINHSO_ASSIGN(int64_t limit, request.QueryInt("limit", 1, kDelegationPageMax, kDelegationPageDefault));
  TINHSO_ASSIGN(filter.before, http::DecodeBefore(request.Query("cursor")));
  const std::string since = FormatDate(AddDays(LocalDate(clock.NowUs()), -kDelegationShownDays));
  filter.since_on = since;
  filter.limit = limit + 1;
  TINHSO_ASSIGN(auto found, database.Read([&](db::Tx& tx) { return store::DelegationPage(tx, filter); }));
  json::value next = nullptr;
  if (static_cast<int64_t>(found.size()) > limit) {
    found.resize(static_cast<size_t>(limit));
    next = json::value(http::EncodeCursor({std::to_string(found.back().delegation_id)}));
  }
  const auto units = orgs.snapshot();
  json::array items;
  for (const auto& d : found) {
    if (!by_scope || MayDelegate(*request.principal, *units, d.assignment)) items.push_back(DelegationJson(*request.principal, d));
  }
  return http::Response::Json(json::object{{"items", std::move(items)}, {"next_cursor", std::move(next)}});
}

Result<http::Response> Service::Impl::ListMyDelegations(http::Request& request) {
  store::DelegationFilter filter;
  filter.account_id = request.principal->account_id;
  return DelegationList(request, filter, false);
}

Result<http::Response> Service::Impl::ListDelegations(http::Request& request) {
  const http::Principal& who = *request.principal;
  store::DelegationFilter filter;
  if (std::string_view account = request.Query("account_id"); !account.empty()) {
    TINHSO_ASSIGN(filter.account_id, ParseId(account, "account_not_found"));
  }
  filter.authority_id = who.Has("accounts.admin") ? AdminScope(who) : who.authority_id;
  return DelegationList(request, filter, true);
}

// What the caller may delegate: his own first, then what those below him hold.
Result<http::Response> Service::Impl::ListDelegable(http::Request& request) {
  const http::Principal& who = *request.principal;
  const auto units = orgs.snapshot();
  const std::string today = Today();
  const bool others = who.Has("delegation.unit");
  if (text::Length(request.Query("q")) > 100) return FieldInvalid("?q", "text_too_long");
  TINHSO_ASSIGN(json::array items, database.Read([&](db::Tx& tx) -> Result<json::array> {
    json::array out;
    auto add = [&](const store::AssignmentRow& assignment, const std::string& full_name) {
      json::object item = AssignmentJson(*units, assignment);
      item["full_name"] = full_name;
      item["own"] = assignment.account_id == who.account_id;
      out.push_back(std::move(item));
    };
    TINHSO_ASSIGN(auto own, store::AssignmentsOf(tx, who.account_id, today));
    for (const auto& assignment : own) {
      if (assignment.role != "administrator") add(assignment, who.full_name);
    }
    if (!others) return out;
    store::HolderFilter filter{who.Has("accounts.admin") ? AdminScope(who) : who.authority_id, WordsOf(request.Query("q")), today,
                               kHoldersReadMax};
    TINHSO_ASSIGN(auto held, store::HeldAssignments(tx, filter));
    for (const auto& assignment : held) {
      if (static_cast<int64_t>(out.size()) >= kDelegablesMax) break;
      if (assignment.account_id != who.account_id && MayDelegate(who, *units, assignment)) add(assignment, assignment.full_name);
    }
    return out;
  }));
  return http::Response::Json(json::object{{"items", std::move(items)}, {"next_cursor", nullptr}});
}

Result<http::Response> Service::Impl::FindColleagues(http::Request& request) {
  const http::Principal& who = *request.principal;
  TINHSO_ASSIGN(int64_t assignment_id, ParseId(request.Query("assignment_id"), "assignment_not_found"));
  if (text::Length(request.Query("q")) > 100) return FieldInvalid("?q", "text_too_long");
  const auto units = orgs.snapshot();
  TINHSO_ASSIGN(json::array items, database.Read([&](db::Tx& tx) -> Result<json::array> {
    TINHSO_ASSIGN(auto assignment, store::AssignmentById(tx, assignment_id));
    if (!assignment || !MayDelegate(who, *units, *assignment)) return MakeError(ErrorCode::kNotFound, "assignment_not_found");
    const int64_t authority_id = units->ActingFor(assignment->authority_id);
    std::vector<int64_t> seen{assignment->account_id, who.account_id};
    json::array out;
    // Those of the authority itself before those of the authorities under it.
    const bool has_lower = std::any_of(units->all().begin(), units->all().end(), [&](const orgs::Unit& unit) {
      return unit.unit_id == unit.authority_id && unit.unit_id != authority_id && units->IsWithin(unit.unit_id, authority_id);
    });
    for (int64_t scope : {authority_id, int64_t{0}}) {
      if (scope == 0 && !has_lower) break;
      store::HolderFilter filter{scope, WordsOf(request.Query("q")), Today(), kHoldersReadMax};
      TINHSO_ASSIGN(auto held, store::HeldAssignments(tx, filter));
      for (const auto& one : held) {
        if (static_cast<int64_t>(out.size()) >= kColleaguesMax) return out;
        if (!IsColleague(*units, one, *assignment)) continue;
        if (std::find(seen.begin(), seen.end(), one.account_id) != seen.end()) continue;
        seen.push_back(one.account_id);
        const orgs::Unit* unit = units->ById(units->ActingFor(one.unit_id));
        out.push_back(json::object{{"account_id", std::to_string(one.account_id)},
                                   {"full_name", one.full_name},
                                   {"position", one.position},
                                   {"unit_name", unit != nullptr ? unit->short_name : ""}});
      }
    }
    return out;
  }));
  return http::Response::Json(json::object{{"items", std::move(items)}, {"next_cursor", nullptr}});
}

Result<http::Response> Service::Impl::PostDelegation(http::Request& request) {
  TINHSO_TRY(RequireConfirmed(request));
  TINHSO_ASSIGN(auto body, request.Json());
  json::Reader in(body);
  const std::string assignment_text = in.Text("assignment_id", 1, 20), account_text = in.Text("to_account_id", 1, 20);
  store::DelegationRow d;
  d.valid_from_on = in.OptionalText("valid_from", 10).value_or("");
  d.valid_to_on = in.Text("valid_to", 1, 10);
  d.reason = text::Trim(in.Text("reason", 1, kDelegationReasonMax));
  const std::string today = Today();
  if (d.valid_from_on.empty()) d.valid_from_on = today;
  auto from = ParseDate(d.valid_from_on), to = ParseDate(d.valid_to_on);
  if (!from.ok()) in.Fail("valid_from", "date_malformed");
  else if (d.valid_from_on < today) in.Fail("valid_from", "date_in_past");
  if (!to.ok()) {
    if (!d.valid_to_on.empty()) in.Fail("valid_to", "date_malformed");
  } else if (d.valid_to_on < d.valid_from_on) {
    in.Fail("valid_to", "date_range");
  } else if (from.ok() && *to > AddDays(*from, kDelegationDaysMax - 1)) {
    in.Fail("valid_to", "delegation_too_long");
  }
  TINHSO_TRY(in.Finish());
  if (d.reason.empty()) return FieldInvalid("/reason", "field_required");
  TINHSO_ASSIGN(d.assignment_id, ParseId(assignment_text, "assignment_not_found"));
  auto to_account = ParseId(account_text, "");
  if (!to_account.ok()) return FieldInvalid("/to_account_id", "colleague_unknown");
  d.to_account_id = *to_account;

  const http::Principal& who = *request.principal;
  const TimeUs now = clock.NowUs();
  TINHSO_ASSIGN(json::object answer, database.Write([&](db::Tx& tx) -> Result<json::object> {
    const auto units = orgs.snapshot();
    TINHSO_ASSIGN(auto assignment, store::LockAssignment(tx, d.assignment_id));
    const bool over = assignment && !assignment->valid_to_on.empty() && assignment->valid_to_on < d.valid_from_on;
    if (!assignment || over || !MayDelegate(who, *units, *assignment)) return MakeError(ErrorCode::kNotFound, "assignment_not_found");
    // Who may do everything to everybody is named by two others, never by himself.
    if (assignment->role == "administrator") return MakeError(ErrorCode::kConflict, "delegation_role_refused");
    // Nobody takes rights for himself.
    if (d.to_account_id == assignment->account_id || d.to_account_id == who.account_id)
      return FieldInvalid("/to_account_id", "delegation_to_self");
    TINHSO_ASSIGN(auto colleague, store::AccountById(tx, d.to_account_id));
    TINHSO_ASSIGN(auto theirs, store::AssignmentsOf(tx, d.to_account_id, d.valid_from_on));
    const bool works_here = std::any_of(theirs.begin(), theirs.end(), [&](const auto& a) { return IsColleague(*units, a, *assignment); });
    if (!colleague || *RefusalOf(*colleague) != '\0' || !works_here) return FieldInvalid("/to_account_id", "colleague_unknown");
    TINHSO_ASSIGN(auto open, store::OpenDelegationsOf(tx, d.assignment_id, today));
    for (const auto& other : open) {
      if (other.to_account_id == d.to_account_id && other.valid_from_on <= d.valid_to_on && d.valid_from_on <= other.valid_to_on)
        return MakeError(ErrorCode::kConflict, "delegation_exists");
    }
    TINHSO_ASSIGN(int64_t received, store::CountOpenTo(tx, d.to_account_id, today));
    if (open.size() >= kDelegationsOpenMax || received >= static_cast<int64_t>(kDelegationsOpenMax))
      return MakeError(ErrorCode::kConflict, "delegation_limit");

    store::DelegationRow fresh = d;
    fresh.delegation_id = NewId();
    fresh.from_account_id = assignment->account_id;
    fresh.created_by = who.account_id;
    fresh.created_at_us = now;
    TINHSO_TRY(store::InsertDelegation(tx, fresh));
    audit::Event event = audit::By(who, "delegation.created", "delegation", fresh.delegation_id, assignment->authority_id, now);
    event.data = {{"assignment_id", std::to_string(fresh.assignment_id)},
                  {"from_account_id", std::to_string(fresh.from_account_id)},
                  {"to_account_id", std::to_string(fresh.to_account_id)},
                  {"valid_from", fresh.valid_from_on},
                  {"valid_to", fresh.valid_to_on}};
    TINHSO_TRY(audit::Stage(tx, event));
    const std::string key = "delegation:" + std::to_string(fresh.delegation_id);
    TINHSO_TRY(notify::Add(tx, {fresh.to_account_id, "delegation.received", "", kDelegationPage, key}, now));
    if (fresh.from_account_id != who.account_id)
      TINHSO_TRY(notify::Add(tx, {fresh.from_account_id, "delegation.given", "", kDelegationPage, key}, now));
    TINHSO_ASSIGN(auto view, store::DelegationById(tx, fresh.delegation_id));
    if (!view) return MakeError(ErrorCode::kInternal, "delegation_not_found");
    return DelegationJson(who, *view);
  }));
  sessions.DropAccount(d.to_account_id);
  return http::Response::Json(answer, 201);
}

Result<http::Response> Service::Impl::RevokeDelegation(http::Request& request) {
  TINHSO_TRY(RequirePerson(request));
  TINHSO_ASSIGN(int64_t delegation_id, ParseId(request.Param("delegation_id"), "delegation_not_found"));
  const http::Principal who = *request.principal;
  const TimeUs now = clock.NowUs();
  int64_t delegate = 0;
  TINHSO_ASSIGN(json::object answer, database.Write([&](db::Tx& tx) -> Result<json::object> {
    TINHSO_ASSIGN(auto view, store::DelegationById(tx, delegation_id));
    const auto units = orgs.snapshot();
    const bool known = view && (view->from_account_id == who.account_id || view->to_account_id == who.account_id ||
                                view->created_by == who.account_id || MayDelegate(who, *units, view->assignment));
    if (!known) return MakeError(ErrorCode::kNotFound, "delegation_not_found");
    TINHSO_ASSIGN(bool revoked, store::RevokeDelegation(tx, delegation_id, who.account_id, Today(), now));
    if (!revoked) return MakeError(ErrorCode::kConflict, "delegation_over");
    delegate = view->to_account_id;
    audit::Event event = audit::By(who, "delegation.revoked", "delegation", delegation_id, view->assignment.authority_id, now);
    event.data = {{"assignment_id", std::to_string(view->assignment_id)},
                  {"from_account_id", std::to_string(view->from_account_id)},
                  {"to_account_id", std::to_string(view->to_account_id)}};
    TINHSO_TRY(audit::Stage(tx, event));
    for (int64_t account_id : {view->from_account_id, view->to_account_id}) {
      if (account_id == who.account_id) continue;
      TINHSO_TRY(notify::Add(tx, {account_id, "delegation.revoked", "", kDelegationPage, "revoked:" + std::to_string(delegation_id)}, now));
    }
    TINHSO_ASSIGN(view, store::DelegationById(tx, delegation_id));
    return DelegationJson(who, *view);
  }));
  sessions.DropAccount(delegate);
  return http::Response::Json(answer);
}

}  // namespace tinhso::identity
