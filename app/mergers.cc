#include "mergers.h"

#include <set>

#include "engines/numbering/numbering.h"
#include "kernel/inbox/inbox.h"

namespace tinhso::app {
namespace {

using orgs::Continuation;
using orgs::MergerPlan;
using orgs::UnitMove;
using Moves = std::vector<UnitMove>;

constexpr size_t kExamplesMax = 5;

void AddExample(Continuation::Preview& preview, std::string text) {
  if (preview.examples.size() < kExamplesMax) preview.examples.push_back(std::move(text));
}

std::set<std::pair<int64_t, int64_t>> AuthoritiesOf(const Moves& moves) {
  std::set<std::pair<int64_t, int64_t>> out;
  for (const UnitMove& move : moves) out.emplace(move.from_authority_id, move.to_authority_id);
  return out;
}

Continuation Assignments(identity::Service& identity) {
  Continuation c;
  c.part = "assignments";
  c.preview = [&identity](db::Tx& tx, const MergerPlan&, const Moves& moves) -> Result<Continuation::Preview> {
    Continuation::Preview out;
    for (const UnitMove& move : moves) {
      TINHSO_ASSIGN(auto names, identity.HoldersIn(tx, move.from_unit_id));
      out.count += static_cast<int64_t>(names.size());
      for (std::string& name : names) AddExample(out, std::move(name));
    }
    return out;
  };
  c.move = [&identity](db::Tx& tx, const MergerPlan& plan, const Moves& moves, int64_t limit) -> Result<int64_t> {
    for (const UnitMove& move : moves) {
      TINHSO_ASSIGN(int64_t moved, identity.ContinueAssignments(tx, move.from_unit_id, move.to_unit_id, plan.effective_on, limit));
      if (moved > 0) return moved;
    }
    return int64_t{0};
  };
  c.after = [&identity] { identity.ForgetSessions(); };
  return c;
}

Continuation NumberSeries() {
  Continuation c;
  c.part = "number_series";
  c.preview = [](db::Tx& tx, const MergerPlan&, const Moves& moves) -> Result<Continuation::Preview> {
    Continuation::Preview out;
    for (const auto& [from, to] : AuthoritiesOf(moves)) {
      TINHSO_ASSIGN(auto series, numbering::SeriesOf(tx, from));
      out.count += static_cast<int64_t>(series.size());
      for (const auto& one : series) {
        // "result:/2026/KS" as people know it.
        const std::string tail = one.series.starts_with("result:") ? one.series.substr(7) : " " + one.series;
        AddExample(out, std::to_string(one.value) + tail);
      }
    }
    return out;
  };
  c.at_switch = [](db::Tx& tx, const MergerPlan&, const Moves& moves) -> Status {
    for (const auto& [from, to] : AuthoritiesOf(moves)) TINHSO_TRY(numbering::ContinueSeries(tx, from, to));
    return Ok();
  };
  return c;
}

Continuation Inbox() {
  Continuation c;
  c.part = "inbox";
  c.preview = [](db::Tx& tx, const MergerPlan&, const Moves& moves) -> Result<Continuation::Preview> {
    Continuation::Preview out;
    for (const UnitMove& move : moves) {
      TINHSO_ASSIGN(int64_t held, inbox::CountHeld(tx, {move.from_authority_id, move.from_unit_id}));
      out.count += held;
    }
    return out;
  };
  c.move = [](db::Tx& tx, const MergerPlan&, const Moves& moves, int64_t limit) -> Result<int64_t> {
    for (const UnitMove& move : moves) {
      TINHSO_ASSIGN(int64_t moved, inbox::MoveHeld(tx, {move.from_authority_id, move.from_unit_id},
                                                   {move.to_authority_id, move.to_unit_id}, limit));
      if (moved > 0) return moved;
    }
    return int64_t{0};
  };
  return c;
}

// The land goes with the agency: what a commune governed is the continuing unit's, and addresses convert.
Continuation Areas(areas::Service& areas, orgs::Service& units) {
  auto area_codes = [&units](const MergerPlan& plan) {
    std::vector<std::string> out;
    auto snapshot = units.snapshot();
    for (const std::string& code : plan.predecessors) {
      const orgs::Unit* unit = snapshot->ByCode(code);
      if (unit != nullptr && unit->kind == "commune" && !unit->area_code.empty()) out.push_back(unit->area_code);
    }
    return out;
  };
  Continuation c;
  c.part = "areas";
  c.preview = [&areas, area_codes](db::Tx&, const MergerPlan& plan, const Moves&) -> Result<Continuation::Preview> {
    Continuation::Preview out;
    auto snapshot = areas.snapshot();
    for (const std::string& code : area_codes(plan)) {
      const areas::Area* area = snapshot->On(code, areas.Today());
      if (area == nullptr) continue;
      ++out.count;
      AddExample(out, area->name + " (" + code + ") → " + plan.successor.short_name + " (" + plan.successor.area_code + ")");
    }
    return out;
  };
  c.at_switch = [&areas, area_codes](db::Tx& tx, const MergerPlan& plan, const Moves&) -> Status {
    const std::vector<std::string> from = area_codes(plan);
    if (from.empty() || plan.successor.area_code.empty()) return Ok();
    auto snapshot = areas.snapshot();
    areas::Area to;
    if (const areas::Area* known = snapshot->On(plan.successor.area_code, areas.Today()); known != nullptr) to = *known;
    else if (const areas::Area* first = snapshot->On(from[0], areas.Today()); first != nullptr) to = *first;
    else return Ok();
    to.area_code = plan.successor.area_code;
    to.name = plan.successor.short_name;
    to.valid_to_on.clear();
    to.listed = true;
    return areas.Succeed(tx, from, to, plan.effective_on, plan.basis);
  };
  c.after = [&areas] { (void)areas.Load(); };
  return c;
}

Continuation FromCounts(const char* part, dossiers::Service& dossiers, bool running) {
  Continuation c;
  c.part = part;
  c.preview = [&dossiers, running](db::Tx& tx, const MergerPlan&, const Moves& moves) -> Result<Continuation::Preview> {
    Continuation::Preview out;
    for (const auto& [from, to] : AuthoritiesOf(moves)) {
      TINHSO_ASSIGN(auto found, running ? dossiers.RunningOf(tx, from) : dossiers.ResultsOf(tx, from));
      out.count += found.count;
      for (std::string& example : found.examples) AddExample(out, std::move(example));
    }
    return out;
  };
  return c;
}

}  // namespace

void RegisterContinuations(MergerParts parts) {
  parts.mergers.Register(Areas(parts.areas, parts.mergers.orgs()));
  parts.mergers.Register(NumberSeries());
  parts.mergers.Register(Assignments(parts.identity));
  parts.mergers.Register(Inbox());
  parts.mergers.Register(FromCounts("dossiers", parts.dossiers, true));
  parts.mergers.Register(FromCounts("results", parts.dossiers, false));
}

}  // namespace tinhso::app
