// Who holds a step by name: given by a leader, taken over for somebody absent, handed to a colleague. The step and its clock go on.
#include <algorithm>

#include "base/text.h"
#include "impl.h"
#include "kernel/audit/audit.h"
#include "kernel/notify/notify.h"

namespace tinhso::dossiers {

Service::Impl::Assigning Service::Impl::MayAssign(const store::Dossier& d, const http::Principal& who) const {
  Assigning out;
  const auto flow = FlowOf(d);
  const workflow::State* state = flow == nullptr ? nullptr : flow->FindState(d.state);
  if (state == nullptr || state->final || state->holder_role.empty() || d.Waits() || !who.Has("dossier.act")) return out;
  out.unit_id = HolderUnit(d, *state);
  out.role = state->holder_role;
  const orgs::Unit* unit = deps.orgs.snapshot()->ById(out.unit_id);
  if (unit == nullptr) return out;
  const bool holds = who.HasRole(state->holder_role) && who.unit_id == out.unit_id;
  out.anyone = (who.Has("dossier.assign") && who.authority_id == unit->authority_id) ||
               (holds && d.assignee_account_id == who.HolderAccountId());
  out.self = holds && d.assignee_account_id != who.HolderAccountId();
  return out;
}

Result<json::object> Service::Colleagues(std::string_view dossier_code, const http::Principal& who) {
  Impl& m = *impl_;
  TINHSO_ASSIGN(int64_t authority_id, m.AuthorityOfCode(dossier_code));
  return m.deps.router.For(authority_id).Read([&](db::Tx& tx) -> Result<json::object> {
    TINHSO_ASSIGN(store::Dossier d, m.FindVisible(tx, authority_id, dossier_code, who));
    const Impl::Assigning may = m.MayAssign(d, who);
    json::array items;
    if (may.anyone || may.self) {
      TINHSO_ASSIGN(auto accounts, m.deps.identity.AccountsWith(tx, may.unit_id, may.role));
      for (int64_t account_id : accounts) {
        if (!may.anyone && account_id != who.HolderAccountId()) continue;
        TINHSO_ASSIGN(std::string name, m.deps.identity.FullNameOf(tx, account_id));
        items.push_back(json::object{{"account_id", std::to_string(account_id)}, {"full_name", std::move(name)},
                                     {"assigned", account_id == d.assignee_account_id}, {"mine", account_id == who.HolderAccountId()}});
      }
    }
    return json::object{{"items", std::move(items)}};
  });
}

Result<std::string> Service::Assign(const AssignParams& params, const http::Principal& who) {
  Impl& m = *impl_;
  TINHSO_ASSIGN(int64_t authority_id, m.AuthorityOfCode(params.dossier_code));
  db::Database& database = m.deps.router.For(authority_id);
  TINHSO_TRY(database.Write([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(store::Dossier d, m.FindVisible(tx, authority_id, params.dossier_code, who));
    if (d.version != params.version_seen) return MakeError(ErrorCode::kConflict, "dossier_version_stale", "version is " + std::to_string(d.version));
    const Impl::Assigning may = m.MayAssign(d, who);
    const bool to_self = params.account_id == who.HolderAccountId();
    if (!may.anyone && !(may.self && to_self)) return MakeError(ErrorCode::kConflict, "dossier_action_not_allowed");
    TINHSO_ASSIGN(auto accounts, m.deps.identity.AccountsWith(tx, may.unit_id, may.role));
    if (std::find(accounts.begin(), accounts.end(), params.account_id) == accounts.end()) return FieldInvalid("/account_id", "assignee_unknown");
    if (params.account_id == d.assignee_account_id) return FieldInvalid("/account_id", "assignee_same");
    const TimeUs now = m.deps.clock.NowUs();
    store::Event event = m.EventBy(who, now);
    event.action = to_self ? kTakeOver : kAssign;
    event.from_state = event.to_state = d.state;
    event.national_state = d.national_state;
    event.reason = params.reason;
    event.due_on = d.due_on;
    event.to_account_id = params.account_id;
    TINHSO_ASSIGN(event.to_name, m.deps.identity.FullNameOf(tx, params.account_id));
    TINHSO_TRY(store::InsertEvent(tx, KeyOf(d), event));
    d.assignee_account_id = params.account_id;
    TINHSO_ASSIGN(bool updated, store::UpdateDossier(tx, d, params.version_seen, now));
    if (!updated) return MakeError(ErrorCode::kConflict, "dossier_version_stale");
    if (const auto flow = m.FlowOf(d); flow != nullptr) TINHSO_TRY(m.PutInbox(tx, d, *flow, Filing::kKnown));
    if (!to_self)
      TINHSO_TRY(notify::Add(tx, {params.account_id, "dossier.new", d.dossier_code, "/can-bo/ho-so/" + d.dossier_code,
                                  "assigned:" + std::to_string(event.event_id)}, now));
    audit::Event record = audit::By(who, "dossier.assigned", "dossier", d.dossier_id, d.authority_id, now);
    record.person_id = d.person_id;
    record.data = {{"account_id", params.account_id}, {"event_id", event.event_id}};
    return audit::Stage(tx, record);
  }));
  m.deps.runner.Wake();
  return Get(params.dossier_code, who);
}

}  // namespace tinhso::dossiers
