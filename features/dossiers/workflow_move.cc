// Running dossiers moved to another version of their workflow, by an operator's explicit command; and the picture of a workflow.
#include <algorithm>

#include "base/ids.h"
#include "impl.h"
#include "kernel/audit/audit.h"

namespace tinhso::dossiers {

namespace {

constexpr int64_t kMovePage = 200;

// The state of the new version that a dossier in `state` goes to, or why it cannot.
struct MoveTarget {
  const workflow::State* to = nullptr;
  const char* refused = "";
};

MoveTarget MoveTargetOf(const store::Dossier& d, const workflow::Workflow& from, const workflow::Workflow& to,
                        const std::map<std::string, std::string>& map) {
  auto mapped = [&](const std::string& state) {
    const auto found = map.find(state);
    return found == map.end() ? state : found->second;
  };
  const workflow::State* now = from.FindState(d.state);
  const workflow::State* next = to.FindState(mapped(d.state));
  if (now == nullptr || next == nullptr) return {nullptr, "state_missing"};
  // A move may not start, stop or pause anybody's clock, nor end a dossier.
  const bool paused = now->clock == workflow::ClockState::kPaused;
  if (now->clock != next->clock || next->final || (paused && now->national_state != next->national_state)) return {nullptr, "clock_differs"};
  // What a paused dossier goes back to is known by its name only.
  if (paused && (mapped(d.back_state) != d.back_state || to.FindState(d.back_state) == nullptr))
    return {nullptr, "back_state_missing"};
  return {next, ""};
}

}  // namespace

Result<bool> Service::Impl::MoveToVersion(db::Tx& tx, const store::Dossier& seen, const workflow::Workflow& from,
                                          const workflow::Workflow& to, const workflow::State& state) {
  store::Dossier d = seen;
  const workflow::State* before = from.FindState(d.state);
  const bool same_holder = before != nullptr && before->holder_role == state.holder_role && HolderUnit(d, *before) == HolderUnit(d, state);
  d.workflow_version = to.version();
  d.state = state.id;
  d.national_state = state.national_state;
  if (!same_holder) d.assignee_account_id = 0;
  // The step goes on under the new version's limit.
  RecomputeStep(d);
  const TimeUs now = deps.clock.NowUs();
  TINHSO_ASSIGN(bool updated, store::UpdateDossier(tx, d, seen.version, now));
  if (!updated) return false;
  store::Event event;
  event.event_id = NewId();
  event.at_us = now;
  event.action = kWorkflowMoved;
  event.from_state = seen.state;
  event.to_state = d.state;
  event.national_state = d.national_state;
  event.actor_name = "Hệ thống";
  event.due_on = d.due_on;
  event.note = "Chuyển từ phiên bản " + std::to_string(from.version()) + " sang phiên bản " + std::to_string(to.version()) + " của quy trình.";
  event.items = json::serialize(json::array{std::to_string(from.version()), std::to_string(to.version())});
  TINHSO_TRY(store::InsertEvent(tx, KeyOf(d), event));
  TINHSO_TRY(PutInbox(tx, d, to, Filing::kKnown));
  audit::Event record;
  record.kind = "dossier.workflow_moved";
  record.subject_kind = "dossier";
  record.subject_id = d.dossier_id;
  record.authority_id = d.authority_id;
  record.person_id = d.person_id;
  record.at_us = now;
  record.data = {{"workflow", to.id()}, {"from", from.version()}, {"to", to.version()}, {"event_id", event.event_id}};
  TINHSO_TRY(audit::Stage(tx, record));
  return true;
}

Result<Service::MovedWorkflow> Service::MoveWorkflow(const MoveWorkflowParams& params) {
  Impl& m = *impl_;
  const auto from = m.deps.library.FindWorkflow(params.workflow_id, params.from_version);
  const auto to = m.deps.library.FindWorkflow(params.workflow_id, params.to_version);
  if (from == nullptr || to == nullptr || params.from_version < 1 || params.to_version < 1 || params.from_version == params.to_version)
    return MakeError(ErrorCode::kNotFound, "workflow_version_unknown", params.workflow_id);
  for (const auto& [old_state, new_state] : params.map)
    if (from->FindState(old_state) == nullptr || to->FindState(new_state) == nullptr)
      return MakeError(ErrorCode::kInvalid, "workflow_map_unknown", old_state + "=" + new_state);
  MovedWorkflow out;
  const auto units = m.deps.orgs.snapshot();
  for (const orgs::Unit& unit : units->all()) {
    if (unit.authority_id != unit.unit_id) continue;
    db::Database& database = m.deps.router.For(unit.unit_id);
    for (int64_t after = 0;;) {
      std::vector<store::Dossier> page;
      TINHSO_ASSIGN(page, database.Read([&](db::Tx& tx) { return store::AllAfter(tx, unit.unit_id, after, kMovePage); }));
      for (const store::Dossier& d : page) {
        after = d.dossier_id;
        const workflow::State* now = from->FindState(d.state);
        if (d.workflow_id != params.workflow_id || d.workflow_version != params.from_version || (now != nullptr && now->final)) continue;
        const MoveTarget target = MoveTargetOf(d, *from, *to, params.map);
        std::string refused = target.refused;
        if (refused.empty() && !params.dry_run) {
          TINHSO_ASSIGN(const bool moved, database.Write([&](db::Tx& tx) { return m.MoveToVersion(tx, d, *from, *to, *target.to); }));
          if (!moved) refused = "dossier_version_stale";
        }
        if (refused.empty()) ++out.moved;
        else ++out.refused;
        if (!refused.empty() && out.examples.size() < kDifferencesShown) out.examples.push_back(d.dossier_code + ": " + d.state + " " + refused);
      }
      if (static_cast<int64_t>(page.size()) < kMovePage) break;
    }
  }
  return out;
}

Result<json::object> Service::WorkflowPicture(std::string_view dossier_code, const http::Principal& who) {
  Impl& m = *impl_;
  TINHSO_ASSIGN(int64_t authority_id, m.AuthorityOfCode(dossier_code));
  std::vector<store::Event> events;
  TINHSO_ASSIGN(store::Dossier d, m.deps.router.For(authority_id).Read([&](db::Tx& tx) -> Result<store::Dossier> {
    TINHSO_ASSIGN(store::Dossier found, m.FindVisible(tx, authority_id, dossier_code, who));
    TINHSO_ASSIGN(events, store::Events(tx, KeyOf(found)));
    return found;
  }));
  const auto flow = m.FlowOf(d);
  if (flow == nullptr) return MakeError(ErrorCode::kNotFound, "workflow_missing");
  TINHSO_TRY(m.AuditRead(d, who, "dossier.read"));
  const auto units = m.deps.orgs.snapshot();
  auto text = [](const workflow::Text& t) { return json::object{{"vi", t.vi}, {"en", t.en}}; };
  json::array states, transitions;
  for (const workflow::State& state : flow->states()) {
    const orgs::Unit* unit = state.holder_unit.empty() ? nullptr : units->ById(m.HolderUnit(d, state));
    const bool visited = std::any_of(events.begin(), events.end(), [&](const store::Event& e) { return e.to_state == state.id; });
    states.push_back(json::object{{"state", state.id}, {"title", text(state.title)}, {"national_state", state.national_state},
                                  {"clock", workflow::ClockStateName(state.clock)}, {"final", state.final},
                                  {"holder", state.holder_applicant ? "applicant" : state.holder_role}, {"unit_name", unit ? unit->short_name : ""},
                                  {"visited", visited}, {"current", state.id == d.state}});
  }
  for (const workflow::Transition& t : flow->transitions())
    for (const std::string& from : t.from)
      if (t.to != workflow::kSame && t.to != from)
        transitions.push_back(json::object{{"action", t.action}, {"title", text(t.title)}, {"from", from}, {"to", t.to == workflow::kBack ? d.back_state : t.to}});
  return json::object{{"workflow", flow->id()}, {"version", flow->version()}, {"title", text(flow->title())}, {"initial", flow->initial().id},
                      {"states", std::move(states)}, {"transitions", std::move(transitions)}};
}

}  // namespace tinhso::dossiers
