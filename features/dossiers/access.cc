// Who sees and who may do what.
#include <algorithm>

#include "engines/numbering/numbering.h"
#include "impl.h"
#include "kernel/audit/audit.h"

namespace tinhso::dossiers {

Viewer Service::Impl::ViewerOf(const store::Head& d, const http::Principal& who) const {
  if (who.person_id != 0 && who.person_id == d.person_id && who.Has("dossier.read_own")) return Viewer::kApplicant;
  if (who.Has("dossier.read") && who.authority_id != 0) {
    // A merged authority's dossiers are its successor's to see and act on; the rows keep the authority they were filed with.
    const auto units = deps.orgs.snapshot();
    if (who.authority_id == units->ActingFor(d.authority_id) || who.authority_id == units->ActingFor(d.department_authority_id))
      return Viewer::kOfficer;
  }
  return Viewer::kNone;
}

int64_t Service::Impl::HolderUnit(const store::Dossier& d, const workflow::State& state) const {
  int64_t unit_id = 0;
  if (state.holder_unit == "desk") unit_id = d.desk_unit_id;
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
  if (!who.Has("dossier.act")) return {};
  const workflow::State* state = flow.FindState(d.state);
  if (state == nullptr) return {};
  const int64_t holder_unit = HolderUnit(d, *state);
  const auto units = deps.orgs.snapshot();
  const orgs::Unit* holder = units->ById(holder_unit);
  std::vector<const workflow::Transition*> out;
  for (const workflow::Transition* t : flow.Allowed(d.state, who.roles)) {
    const bool as_holder = who.HasRole(state->holder_role) &&
                           std::find(t->by.begin(), t->by.end(), state->holder_role) != t->by.end();
    if (as_holder) {
      if (who.unit_id != holder_unit) continue;
      // Taken by a colleague: only taking it over is open.
      if (d.assignee_account_id != 0 && d.assignee_account_id != who.account_id && t->action != "take") continue;
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

Status Service::Impl::AuditRead(const store::Head& d, const http::Principal& who, const char* kind) {
  if (ViewerOf(d, who) != Viewer::kOfficer) return Ok();
  constexpr int64_t kSameReadUs = 600 * kUsPerSecond;
  constexpr size_t kReadsMax = 20'000;
  const TimeUs now = deps.clock.NowUs();
  const std::string key = std::string(kind) + ":" + std::to_string(who.account_id) + ":" + std::to_string(d.dossier_id);
  {
    std::lock_guard lock(reads_mutex);
    auto it = reads.find(key);
    if (it != reads.end() && now - it->second < kSameReadUs) return Ok();
  }
  TINHSO_TRY(deps.router.For(d.authority_id).Write([&](db::Tx& tx) -> Status {
    audit::Event event = audit::By(who, kind, "dossier", d.dossier_id, d.authority_id, now);
    event.person_id = d.person_id;
    return audit::Stage(tx, event);
  }));
  std::lock_guard lock(reads_mutex);
  if (reads.size() >= kReadsMax) reads.clear();
  reads[key] = now;
  return Ok();
}

}  // namespace tinhso::dossiers
