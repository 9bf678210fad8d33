// Who sees and who may do what.
#include <algorithm>

#include "engines/numbering/numbering.h"
#include "impl.h"
#include "kernel/audit/audit.h"

namespace tinhso::dossiers {

namespace {

// The result is there and is handed over from here.
bool IsReturned(const workflow::State& state) { return state.national_state == 9; }

}  // namespace

Viewer Service::Impl::ViewerOf(const store::Head& d, const http::Principal& who) const {
  if (who.person_id != 0 && who.Has("dossier.read_own") &&
      (who.person_id == d.person_id || deps.identity.persons().groups()->Same(who.person_id, d.person_id)))
    return Viewer::kApplicant;
  if (d.proxy_person_id != 0 && who.person_id == d.proxy_person_id && who.Has("dossier.read_own")) return Viewer::kProxy;
  if (who.Has("dossier.read") && who.authority_id != 0) {
    // A merged authority's dossiers are its successor's to see and act on; the rows keep the authority they were filed with.
    const auto units = deps.orgs.snapshot();
    if (who.authority_id == units->ActingFor(d.authority_id) || who.authority_id == units->ActingFor(d.department_authority_id))
      return Viewer::kOfficer;
    if (d.reception_unit_id != 0 && who.Has("dossier.receive") && who.unit_id == units->ActingFor(d.reception_unit_id)) return Viewer::kReception;
  }
  return Viewer::kNone;
}

int64_t Service::Impl::HolderUnit(const store::Dossier& d, const workflow::State& state) const {
  int64_t unit_id = 0;
  if (state.holder_unit == "desk") unit_id = IsReturned(state) && d.return_unit_id != 0 ? d.return_unit_id : d.desk_unit_id;
  if (state.holder_unit == "handling") unit_id = d.handling_unit_id;
  if (state.holder_unit == "authority") unit_id = d.authority_id;
  if (state.holder_unit == "department") unit_id = d.department_unit_id;
  return deps.orgs.snapshot()->ActingFor(unit_id);
}

std::vector<const workflow::Transition*> Service::Impl::AllowedFor(const store::Dossier& d, const workflow::Workflow& flow,
                                                                   const http::Principal& who) const {
  const Viewer viewer = ViewerOf(d, who);
  if (viewer == Viewer::kNone) return {};
  if (viewer == Viewer::kApplicant) return flow.Allowed(d.state, {"applicant"});
  if (viewer == Viewer::kProxy) {
    // He brings what is asked for; giving the dossier up is the person's own.
    std::vector<const workflow::Transition*> out = flow.Allowed(d.state, {"applicant"});
    std::erase_if(out, [](const workflow::Transition* t) { return t->action != "supplement"; });
    return out;
  }
  if (!who.Has("dossier.act") || d.Waits()) return {};
  const workflow::State* state = flow.FindState(d.state);
  if (state == nullptr) return {};
  const int64_t holder_unit = HolderUnit(d, *state);
  const auto units = deps.orgs.snapshot();
  // A person who comes to the competent unit after all gets the result there.
  const bool own_desk = d.return_unit_id != 0 && IsReturned(*state) && who.unit_id == units->ActingFor(d.desk_unit_id);
  const orgs::Unit* holder = units->ById(holder_unit);
  std::vector<const workflow::Transition*> out;
  for (const workflow::Transition* t : flow.Allowed(d.state, who.roles)) {
    const bool as_holder = who.HasRole(state->holder_role) &&
                           std::find(t->by.begin(), t->by.end(), state->holder_role) != t->by.end();
    if (as_holder) {
      if (who.unit_id != holder_unit && !own_desk) continue;
      // Taken by a colleague: only taking it over is open.
      if (d.assignee_account_id != 0 && d.assignee_account_id != who.HolderAccountId() && t->action != "take") continue;
    } else if (viewer == Viewer::kReception) {
      continue;
    } else {
      // Another role named in `by` (a leader stopping work): within the authority that holds the dossier, or its own.
      const int64_t holding_authority = holder != nullptr ? holder->authority_id : units->ActingFor(d.authority_id);
      if (who.authority_id != holding_authority) continue;
    }
    out.push_back(t);
  }
  return out;
}

Result<int64_t> Service::Impl::AuthorityOfCode(std::string_view dossier_code) const {
  auto code = numbering::ParseDossierCode(dossier_code);
  if (!code.ok()) return MakeError(ErrorCode::kNotFound, "dossier_not_found");
  const orgs::Unit* unit = deps.orgs.snapshot()->ByCode(code->unit_code);
  if (unit == nullptr) return MakeError(ErrorCode::kNotFound, "dossier_not_found");
  return unit->authority_id;
}

Result<store::Dossier> Service::Impl::FindVisible(db::Tx& tx, int64_t authority_id, std::string_view dossier_code,
                                                  const http::Principal& who) const {
  TINHSO_ASSIGN(auto d, store::FindByCode(tx, authority_id, dossier_code));
  if (!d || ViewerOf(*d, who) == Viewer::kNone) return MakeError(ErrorCode::kNotFound, "dossier_not_found");
  return std::move(*d);
}

Result<Access> Service::Look(std::string_view dossier_code, const http::Principal& who) {
  Impl& m = *impl_;
  TINHSO_ASSIGN(int64_t authority_id, m.AuthorityOfCode(dossier_code));
  TINHSO_ASSIGN(auto head, m.deps.router.For(authority_id).Read([&](db::Tx& tx) { return store::FindHead(tx, authority_id, dossier_code); }));
  const Viewer viewer = head ? m.ViewerOf(*head, who) : Viewer::kNone;
  if (viewer == Viewer::kNone || viewer == Viewer::kReception) return MakeError(ErrorCode::kNotFound, "dossier_not_found");
  TINHSO_TRY(m.AuditRead(*head, who, "dossier.read"));
  return Access{head->authority_id, head->dossier_id, head->person_id, viewer == Viewer::kApplicant};
}

Result<Service::Handling> Service::HandlingOf(db::Tx& tx, int64_t authority_id, int64_t dossier_id) const {
  const Impl& m = *impl_;
  TINHSO_ASSIGN(auto d, store::FindById(tx, {authority_id, dossier_id}));
  if (!d) return MakeError(ErrorCode::kNotFound, "dossier_not_found");
  const auto flow = m.FlowOf(*d);
  auto decides = [&](const std::string& state_id) {
    const workflow::State* state = flow == nullptr ? nullptr : flow->FindState(state_id);
    return state != nullptr && state->holder_role == "leader";
  };
  Handling out{d->procedure_name, d->applicant_name, {}};
  auto add = [&](int64_t account_id) {
    if (account_id != 0 && std::find(out.account_ids.begin(), out.account_ids.end(), account_id) == out.account_ids.end())
      out.account_ids.push_back(account_id);
  };
  TINHSO_ASSIGN(auto events, store::Events(tx, KeyOf(*d)));
  for (const store::Event& e : events) {
    if (e.by_applicant || e.action == kAssign || decides(e.from_state)) continue;
    add(e.account_id);
    add(e.on_behalf_account_id);
  }
  if (!decides(d->state)) add(d->assignee_account_id);
  return out;
}

Result<Service::Holdings> Service::RunningOf(db::Tx& tx, int64_t authority_id) const {
  Holdings out;
  TINHSO_ASSIGN(out.count, store::CountRunning(tx, authority_id));
  TINHSO_ASSIGN(out.examples, store::SomeRunning(tx, authority_id));
  return out;
}

Result<Service::Holdings> Service::ResultsOf(db::Tx& tx, int64_t authority_id) const {
  Holdings out;
  TINHSO_ASSIGN(out.count, store::CountResults(tx, authority_id));
  TINHSO_ASSIGN(out.examples, store::SomeResults(tx, authority_id));
  return out;
}

const char* Service::Impl::PurposeOf(const store::Dossier& d, const http::Principal& who) const {
  if (ViewerOf(d, who) == Viewer::kReception) return "receive";
  if (who.authority_id != d.authority_id) return "consult";
  if (who.HasRole("leader")) return "supervise";
  const auto flow = FlowOf(d);
  const workflow::State* state = flow == nullptr ? nullptr : flow->FindState(d.state);
  if (state == nullptr || who.unit_id != HolderUnit(d, *state)) return "look_up";
  return who.HasRole("one_stop_officer") ? "receive" : "handle";
}

Status Service::Impl::AuditRead(const store::Head& d, const http::Principal& who, const char* kind) {
  return ViewerOf(d, who) >= Viewer::kReception ? RecordRead(d, who, kind) : Ok();
}

Status Service::Impl::RecordRead(const store::Head& d, const http::Principal& who, const char* kind) {
  db::Database& database = deps.router.For(d.authority_id);
  audit::Event event = audit::By(who, kind, "dossier", d.dossier_id, d.authority_id, deps.clock.NowUs());
  event.person_id = d.person_id;
  return reads.Record(database, std::move(event), [&](audit::Event& e) -> Status {
    TINHSO_ASSIGN(auto row, database.Read([&](db::Tx& tx) { return store::FindById(tx, {d.authority_id, d.dossier_id}); }));
    if (!row) return MakeError(ErrorCode::kNotFound, "dossier_not_found");
    e.data = {{"purpose", PurposeOf(*row, who)}, {"dossier_code", row->dossier_code}};
    return Ok();
  });
}

Status Service::Impl::AuditList(const std::vector<store::Dossier>& shown, const http::Principal& who) {
  audit::Event event = audit::By(who, "dossier.listed", "dossier_list", 0, who.authority_id, deps.clock.NowUs());
  for (const store::Dossier& d : shown)
    if (d.person_id != 0 && d.person_id != who.person_id) event.people.push_back(d.person_id);
  if (event.people.empty()) return Ok();
  return reads.Record(deps.router.For(who.authority_id), std::move(event), [&](audit::Event& e) -> Status {
    e.data = {{"purpose", "search"}, {"count", shown.size()}};
    return Ok();
  });
}

}  // namespace tinhso::dossiers
