#include "kernel/orgs/merger.h"

#include <algorithm>
#include <set>

#include "base/ids.h"
#include "base/text.h"
#include "kernel/audit/audit.h"
#include "store.h"

namespace tinhso::orgs {
namespace {

constexpr int64_t kMoveBatch = 200;
constexpr int64_t kRunBudgetUs = 20 * kUsPerSecond;  // well under a job's lease
constexpr const char* kMergerJob = "orgs.merge";

std::string LastSegment(const std::string& code) { return code.substr(code.rfind('.') + 1); }

json::object PlanJson(const MergerPlan& plan) {
  json::array predecessors(plan.predecessors.begin(), plan.predecessors.end()), lines;
  for (const MergerPlan::Line& line : plan.lines) {
    lines.push_back(json::object{{"from_code", line.from_code}, {"from_name", line.from_name}, {"to_code", line.to_code},
                                 {"to_name", line.to_name}, {"to_kind", line.to_kind}, {"to_parent_code", line.to_parent_code},
                                 {"to_short_name", line.to_short_name}, {"is_new", line.is_new}});
  }
  const Service::NewUnit& s = plan.successor;
  return {{"effective_on", plan.effective_on},
          {"basis", plan.basis},
          {"successor", json::object{{"unit_code", s.unit_code}, {"name", s.name}, {"short_name", s.short_name}, {"kind", s.kind},
                                     {"parent_code", s.parent_code}, {"area_code", s.area_code}, {"is_new", plan.successor_is_new}}},
          {"predecessors", std::move(predecessors)},
          {"units", std::move(lines)}};
}

// Only what PlanJson wrote.
MergerPlan PlanOf(const std::string& stored) {
  MergerPlan plan;
  auto v = json::Parse(stored);
  if (!v.ok() || !v->is_object()) return plan;
  const json::object& o = v->as_object();
  plan.effective_on = json::GetText(o, "effective_on");
  plan.basis = json::GetText(o, "basis");
  const json::object& s = o.at("successor").as_object();
  plan.successor_is_new = s.at("is_new").as_bool();
  plan.successor.unit_code = json::GetText(s, "unit_code");
  plan.successor.name = json::GetText(s, "name");
  plan.successor.short_name = json::GetText(s, "short_name");
  plan.successor.kind = json::GetText(s, "kind");
  plan.successor.parent_code = json::GetText(s, "parent_code");
  plan.successor.area_code = json::GetText(s, "area_code");
  plan.successor.valid_from_on = plan.effective_on;
  for (const json::value& code : o.at("predecessors").as_array()) plan.predecessors.emplace_back(code.as_string());
  for (const json::value& item : o.at("units").as_array()) {
    const json::object& l = item.as_object();
    plan.lines.push_back({json::GetText(l, "from_code"), json::GetText(l, "from_name"), json::GetText(l, "to_code"),
                          json::GetText(l, "to_name"), json::GetText(l, "to_kind"), json::GetText(l, "to_parent_code"),
                          json::GetText(l, "to_short_name"), l.at("is_new").as_bool()});
  }
  return plan;
}

json::object MergerJson(const store::MergerRow& row, const std::vector<store::MergerPartRow>& parts) {
  json::array progress;
  for (const auto& part : parts) {
    progress.push_back(json::object{{"part", part.part}, {"expected", part.expected}, {"moved", part.moved}});
  }
  auto time = [](TimeUs at_us) { return at_us != 0 ? json::value(FormatTime(at_us)) : json::value(nullptr); };
  return {{"merger_id", std::to_string(row.merger_id)}, {"state", row.state}, {"effective_on", row.effective_on},
          {"created_at", time(row.created_at_us)}, {"started_at", time(row.started_at_us)}, {"finished_at", time(row.finished_at_us)},
          {"plan", PlanJson(PlanOf(row.plan))}, {"parts", std::move(progress)}};
}

// "Phường An Xuyên" → "phường An Xuyên", as it stands inside a longer name.
std::string LowerFirst(const std::string& name) {
  const size_t space = name.find(' ');
  return text::ToLower(name.substr(0, space)) + (space == std::string::npos ? "" : name.substr(space));
}

// "Phường An Xuyên" → "An Xuyên"; "" for names without a kind before them.
std::string WithoutKind(const std::string& name) {
  for (const char* kind : {"Phường ", "Xã ", "Đặc khu ", "Sở "}) {
    if (name.starts_with(kind)) return name.substr(std::string_view(kind).size());
  }
  return "";
}

// "Văn phòng … phường An Xuyên" → the same of the successor, where the predecessor's name stands in it.
std::string Renamed(std::string name, const std::string& from, const std::string& to) {
  const std::pair<std::string, std::string> ways[] = {
      {from, to}, {LowerFirst(from), LowerFirst(to)}, {WithoutKind(from), WithoutKind(to).empty() ? to : WithoutKind(to)}};
  for (const auto& [old_word, new_word] : ways) {
    if (old_word.empty()) continue;
    if (size_t at = name.find(old_word); at != std::string::npos) return name.replace(at, old_word.size(), new_word);
  }
  return name;
}

// Finds, for each unit under the predecessors, the unit of the same work under the successor; what has none begins there.
class Planner {
 public:
  Planner(const Snapshot& units, MergerPlan& plan) : units_(units), plan_(plan) {
    if (const Unit* successor = units.ByCode(plan.successor.unit_code); successor != nullptr) TakeExisting(*successor);
  }

  void Close(const Unit& from, const std::string& to_code, const std::string& to_name) {
    plan_.lines.push_back({from.unit_code, from.name, to_code, to_name, plan_.successor.kind, plan_.successor.parent_code,
                           plan_.successor.short_name, false});
    Descend(from, to_code, from);
  }

 private:
  struct Target {
    std::string code, name, short_name, kind, parent_code;
  };

  void TakeExisting(const Unit& parent) {
    for (const Unit* child : units_.Children(parent.unit_id)) {
      if (!child->valid_to_on.empty() || child->authority_id == child->unit_id) continue;
      targets_.push_back({child->unit_code, child->name, child->short_name, child->kind, parent.unit_code});
      TakeExisting(*child);
    }
  }

  void Descend(const Unit& from, const std::string& to_code, const Unit& authority) {
    for (const Unit* child : units_.Children(from.unit_id)) {
      // An authority of its own (a department under the province) is no part of this one's data.
      if (!child->valid_to_on.empty() || child->authority_id == child->unit_id) continue;
      const auto [target, is_new] = TargetFor(*child, to_code, authority);
      plan_.lines.push_back({child->unit_code, child->name, target.code, target.name, target.kind, target.parent_code, target.short_name, is_new});
      Descend(*child, target.code, authority);
    }
  }

  std::pair<Target, bool> TargetFor(const Unit& child, const std::string& parent_code, const Unit& authority) {
    auto find = [&](auto&& fits) -> const Target* {
      for (const Target& t : targets_) {
        if (t.parent_code == parent_code && t.kind == child.kind && fits(t)) return &t;
      }
      return nullptr;
    };
    // The same name first, then the only desk: its name is of the place.
    const std::string short_name = text::Fold(Renamed(child.short_name, authority.short_name, plan_.successor.short_name));
    const Target* same = find([&](const Target& t) { return text::Fold(t.short_name) == short_name; });
    if (same == nullptr && child.kind == "one_stop_desk") same = find([](const Target&) { return true; });
    if (same != nullptr) return {*same, false};
    Target fresh{FreeCode(parent_code, LastSegment(child.unit_code)), Renamed(child.name, authority.short_name, plan_.successor.short_name),
                 Renamed(child.short_name, authority.short_name, plan_.successor.short_name), child.kind, parent_code};
    targets_.push_back(fresh);
    return {fresh, true};
  }

  std::string FreeCode(const std::string& parent_code, const std::string& wanted) const {
    auto taken = [&](const std::string& code) {
      return units_.ByCode(code) != nullptr || std::any_of(targets_.begin(), targets_.end(), [&](const Target& t) { return t.code == code; });
    };
    std::string code = parent_code + "." + wanted;
    for (int n = 1; taken(code) && n < 1000; ++n) code = parent_code + "." + (n < 10 ? "0" : "") + std::to_string(n);
    return code;
  }

  const Snapshot& units_;
  MergerPlan& plan_;
  std::vector<Target> targets_;
};

}  // namespace

Mergers::Mergers(Service& orgs, jobs::Runner& runner) : orgs_(orgs), runner_(runner) {}

void Mergers::Register(Continuation continuation) { continuations_.push_back(std::move(continuation)); }

void Mergers::RegisterJobs() {
  runner_.On(kMergerJob, [this](const jobs::Job& job) { return Run(json::GetInt(job.payload, "merger_id"), kRunBudgetUs); });
}

Result<MergerPlan> Mergers::Plan(const Request& request, const http::Principal& by) const {
  auto units = orgs_.snapshot();
  const Unit* own = units->ById(by.authority_id);
  // A merger reaches over authorities: only whoever administers the whole tree runs one.
  if (own == nullptr || own->parent_id != 0) return MakeError(ErrorCode::kForbidden, "unit_out_of_scope");
  Error invalid{ErrorCode::kInvalid, "validation_failed", {}, {}, 0};
  auto bad = [&](const char* pointer, const char* reason) { invalid.fields.push_back({pointer, reason, ""}); };
  MergerPlan plan;
  plan.effective_on = request.effective_on;
  plan.basis = request.basis;
  const std::string today = FormatDate(LocalDate(orgs_.clock().NowUs()));
  if (!ParseDate(request.effective_on).ok()) bad("/effective_on", "date_malformed");
  else if (request.effective_on < today) bad("/effective_on", "date_in_past");

  std::vector<const Unit*> from;
  std::set<int64_t> seen;
  for (const std::string& code : request.predecessors) {
    const Unit* unit = units->ByCode(code);
    if (unit == nullptr) bad("/predecessors", "unit_not_found");
    else if (!unit->valid_to_on.empty()) bad("/predecessors", "unit_closed");
    else if (unit->unit_id != unit->authority_id || unit->parent_id == 0) bad("/predecessors", "merger_not_authority");
    else if (seen.insert(unit->unit_id).second) from.push_back(unit);
  }
  if (request.predecessors.empty()) bad("/predecessors", "field_required");
  for (const Unit* unit : from) {
    if (unit->kind != from[0]->kind) bad("/predecessors", "merger_kinds_differ");
  }
  const Unit* successor = units->ByCode(request.successor_code);
  plan.successor_is_new = successor == nullptr;
  plan.successor.unit_code = request.successor_code;
  if (successor != nullptr) {
    plan.successor.unit_code = successor->unit_code;
    plan.successor.name = successor->name;
    plan.successor.short_name = successor->short_name;
    plan.successor.kind = successor->kind;
    plan.successor.area_code = successor->area_code;
    if (const Unit* parent = units->ById(successor->parent_id); parent != nullptr) plan.successor.parent_code = parent->unit_code;
    if (!successor->valid_to_on.empty()) bad("/successor_code", "unit_closed");
    if (seen.contains(successor->unit_id)) bad("/successor_code", "merger_successor_is_predecessor");
    if (!from.empty() && successor->kind != from[0]->kind) bad("/successor_code", "merger_kinds_differ");
  } else {
    // A new unit takes the place of those that made it.
    plan.successor.name = text::Trim(request.name);
    plan.successor.short_name = text::Trim(request.short_name.empty() ? request.name : request.short_name);
    plan.successor.area_code = request.area_code;
    if (!from.empty()) {
      plan.successor.kind = from[0]->kind;
      if (const Unit* parent = units->ById(from[0]->parent_id); parent != nullptr) plan.successor.parent_code = parent->unit_code;
      if (plan.successor.area_code.empty()) plan.successor.area_code = from[0]->area_code;
    }
    if (plan.successor.name.empty()) bad("/name", "field_required");
    const bool sound = !request.successor_code.empty() && request.successor_code.size() <= 32 &&
                       request.successor_code.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.") == std::string::npos &&
                       request.successor_code.front() != '.' && request.successor_code.back() != '.';
    if (!sound) bad("/successor_code", "unit_code_malformed");
  }
  plan.successor.valid_from_on = plan.effective_on;
  if (!invalid.fields.empty()) return invalid;
  Planner planner(*units, plan);
  for (const Unit* unit : from) {
    plan.predecessors.push_back(unit->unit_code);
    planner.Close(*unit, plan.successor.unit_code, plan.successor.name);
  }
  return plan;
}

Result<std::vector<UnitMove>> Mergers::MovesOf(db::Tx& tx, const MergerPlan& plan) const {
  TINHSO_ASSIGN(auto successor, store::UnitByCode(tx, plan.successor.unit_code));
  std::vector<UnitMove> moves;
  for (const MergerPlan::Line& line : plan.lines) {
    TINHSO_ASSIGN(auto from, store::UnitByCode(tx, line.from_code));
    TINHSO_ASSIGN(auto to, store::UnitByCode(tx, line.to_code));
    if (!from) return MakeError(ErrorCode::kConflict, "unit_not_found", line.from_code);
    moves.push_back({from->unit_id, to ? to->unit_id : 0, from->authority_id, successor ? successor->unit_id : 0});
  }
  return moves;
}

Result<json::object> Mergers::PreviewJson(db::Tx& tx, const MergerPlan& plan) const {
  TINHSO_ASSIGN(auto moves, MovesOf(tx, plan));
  json::object out{{"plan", PlanJson(plan)}};
  json::array parts;
  for (const Continuation& continuation : continuations_) {
    TINHSO_ASSIGN(auto preview, continuation.preview(tx, plan, moves));
    parts.push_back(json::object{{"part", continuation.part},
                                 {"count", preview.count},
                                 {"moves", static_cast<bool>(continuation.move) || static_cast<bool>(continuation.at_switch)},
                                 {"examples", json::array(preview.examples.begin(), preview.examples.end())}});
  }
  out["parts"] = std::move(parts);
  return out;
}

Result<json::object> Mergers::Preview(const Request& request, const http::Principal& by) {
  TINHSO_ASSIGN(MergerPlan plan, Plan(request, by));
  TINHSO_ASSIGN(json::object out, orgs_.database().Read([&](db::Tx& tx) { return PreviewJson(tx, plan); }));
  TINHSO_TRY(orgs_.database().Write([&](db::Tx& tx) {
    audit::Event event = audit::By(by, "merger.previewed", "merger", 0, by.authority_id, orgs_.clock().NowUs());
    event.data["successor_code"] = plan.successor.unit_code;
    return audit::Stage(tx, event);
  }));
  return out;
}

Result<json::object> Mergers::Schedule(const Request& request, const http::Principal& by) {
  TINHSO_ASSIGN(MergerPlan plan, Plan(request, by));
  const TimeUs now = orgs_.clock().NowUs();
  store::MergerRow row;
  row.merger_id = NewId();
  row.state = "scheduled";
  row.effective_on = plan.effective_on;
  row.plan = json::serialize(PlanJson(plan));
  row.account_id = by.account_id;
  row.assignment_id = by.assignment_id;
  row.created_at_us = now;
  TINHSO_ASSIGN(Date day, ParseDate(plan.effective_on));
  std::set<std::string> touched(plan.predecessors.begin(), plan.predecessors.end());
  touched.insert(plan.successor.unit_code);
  TINHSO_TRY(orgs_.database().Write([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(auto others, store::AllMergers(tx));
    for (const auto& other : others) {
      if (other.state != "scheduled" && other.state != "running") continue;
      // One unit in two plans: the second would be made for a tree that is no more.
      const MergerPlan theirs = PlanOf(other.plan);
      bool shared = touched.contains(theirs.successor.unit_code);
      for (const std::string& code : theirs.predecessors) shared = shared || touched.contains(code);
      if (shared) return MakeError(ErrorCode::kConflict, "unit_in_merger", std::to_string(other.merger_id));
    }
    TINHSO_TRY(store::InsertMerger(tx, row));
    TINHSO_ASSIGN(json::object preview, PreviewJson(tx, plan));
    for (const json::value& item : preview.at("parts").as_array()) {
      const json::object& part = item.as_object();
      if (part.at("moves").as_bool()) {
        TINHSO_TRY(store::PutMergerPart(tx, row.merger_id, {json::GetText(part, "part"), json::GetInt(part, "count"), 0}));
      }
    }
    TINHSO_TRY(jobs::Enqueue(tx, {by.authority_id, kMergerJob, {{"merger_id", row.merger_id}}, std::max(now, FromLocal(day, 0)),
                                  std::to_string(row.merger_id)}, now));
    audit::Event event = audit::By(by, "merger.scheduled", "merger", row.merger_id, by.authority_id, now);
    event.data["successor_code"] = plan.successor.unit_code;
    event.data["predecessors"] = json::array(plan.predecessors.begin(), plan.predecessors.end());
    event.data["effective_on"] = plan.effective_on;
    return audit::Stage(tx, event);
  }));
  runner_.Wake();
  return Get(row.merger_id);
}

Result<json::object> Mergers::Cancel(int64_t merger_id, const http::Principal& by) {
  const Unit* own = orgs_.snapshot()->ById(by.authority_id);
  if (own == nullptr || own->parent_id != 0) return MakeError(ErrorCode::kForbidden, "unit_out_of_scope");
  const TimeUs now = orgs_.clock().NowUs();
  TINHSO_TRY(orgs_.database().Write([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(auto row, store::MergerById(tx, merger_id));
    if (!row) return MakeError(ErrorCode::kNotFound, "merger_not_found");
    if (row->state == "cancelled") return Ok();
    if (row->state != "scheduled") return MakeError(ErrorCode::kConflict, "merger_begun");
    const int64_t seen = row->version;
    row->state = "cancelled";
    row->finished_at_us = now;
    TINHSO_ASSIGN(bool changed, store::SetMergerState(tx, *row, seen));
    if (!changed) return MakeError(ErrorCode::kConflict, "merger_begun");
    return audit::Stage(tx, audit::By(by, "merger.cancelled", "merger", merger_id, by.authority_id, now));
  }));
  return Get(merger_id);
}

Result<json::object> Mergers::Get(int64_t merger_id) const {
  return orgs_.database().Read([&](db::Tx& tx) -> Result<json::object> {
    TINHSO_ASSIGN(auto row, store::MergerById(tx, merger_id));
    if (!row) return MakeError(ErrorCode::kNotFound, "merger_not_found");
    TINHSO_ASSIGN(auto parts, store::MergerParts(tx, merger_id));
    return MergerJson(*row, parts);
  });
}

Result<json::array> Mergers::List() const {
  return orgs_.database().Read([&](db::Tx& tx) -> Result<json::array> {
    TINHSO_ASSIGN(auto rows, store::AllMergers(tx));
    json::array out;
    for (const auto& row : rows) {
      TINHSO_ASSIGN(auto parts, store::MergerParts(tx, row.merger_id));
      out.push_back(MergerJson(row, parts));
    }
    return out;
  });
}

Status Mergers::Switch(int64_t merger_id) {
  const TimeUs now = orgs_.clock().NowUs();
  TINHSO_TRY(orgs_.database().Write([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(auto row, store::MergerById(tx, merger_id));
    if (!row || row->state != "scheduled") return Ok();
    const MergerPlan plan = PlanOf(row->plan);
    TINHSO_ASSIGN(Date day, ParseDate(plan.effective_on));
    const int64_t seen = row->version;
    row->state = "running";
    row->started_at_us = now;
    TINHSO_ASSIGN(bool changed, store::SetMergerState(tx, *row, seen));
    if (!changed) return MakeError(ErrorCode::kUnavailable, "db_serialization");
    if (plan.successor_is_new) TINHSO_TRY(orgs_.UpsertUnit(tx, plan.successor));
    for (const MergerPlan::Line& line : plan.lines) {
      if (!line.is_new) continue;
      Service::NewUnit unit{line.to_code, line.to_parent_code, line.to_kind, line.to_name, line.to_short_name, "", plan.effective_on, {}};
      TINHSO_TRY(orgs_.UpsertUnit(tx, unit));
    }
    TINHSO_ASSIGN(auto moves, MovesOf(tx, plan));
    for (size_t i = 0; i < moves.size(); ++i) {
      const UnitMove& move = moves[i];
      if (move.to_unit_id == 0) return MakeError(ErrorCode::kInternal, "unit_not_found", plan.lines[i].to_code);
      TINHSO_ASSIGN(bool fresh, store::InsertSuccession(tx, {move.from_unit_id, move.to_unit_id, plan.effective_on}, merger_id));
      if (!fresh) return MakeError(ErrorCode::kConflict, "unit_in_merger", plan.lines[i].from_code);
      TINHSO_TRY(store::CloseUnit(tx, move.from_unit_id, FormatDate(AddDays(day, -1))));
      TINHSO_TRY(store::AppendUnitEvent(tx, move.from_unit_id, "merged", now, row->account_id,
                                        json::serialize(json::object{{"merger_id", std::to_string(merger_id)},
                                                                     {"to_unit_id", std::to_string(move.to_unit_id)}})));
    }
    TINHSO_ASSIGN(auto parts, store::MergerParts(tx, merger_id));
    for (const Continuation& continuation : continuations_) {
      if (!continuation.at_switch) continue;
      TINHSO_TRY(continuation.at_switch(tx, plan, moves));
      for (const auto& part : parts) {
        if (part.part == continuation.part) TINHSO_TRY(store::AddMoved(tx, merger_id, part.part, part.expected));
      }
    }
    audit::Event event;
    event.kind = "merger.begun";
    event.subject_kind = "merger";
    event.subject_id = merger_id;
    event.account_id = row->account_id;
    event.assignment_id = row->assignment_id;
    event.at_us = now;
    event.data = {{"units", static_cast<int64_t>(moves.size())}};
    return audit::Stage(tx, event);
  }));
  TINHSO_TRY(orgs_.Load());
  for (const Continuation& continuation : continuations_) {
    if (continuation.after) continuation.after();
  }
  return Ok();
}

Status Mergers::Run(int64_t merger_id, int64_t budget_us) {
  const int64_t begun_us = MonotonicUs();
  auto read = [&]() {
    return orgs_.database().Read([&](db::Tx& tx) { return store::MergerById(tx, merger_id); });
  };
  TINHSO_ASSIGN(auto row, read());
  if (!row || row->state == "cancelled" || row->state == "done") return Ok();
  // A clock set back must not begin it early.
  if (row->state == "scheduled" && row->effective_on > FormatDate(LocalDate(orgs_.clock().NowUs()))) {
    return MakeError(ErrorCode::kUnavailable, "job_too_early");
  }
  if (row->state == "scheduled") {
    TINHSO_TRY(Switch(merger_id));
    TINHSO_ASSIGN(row, read());
    if (!row || row->state != "running") return Ok();
  } else {
    // Another process may have begun it.
    TINHSO_TRY(orgs_.Load());
  }
  const MergerPlan plan = PlanOf(row->plan);
  TINHSO_ASSIGN(auto moves, orgs_.database().Read([&](db::Tx& tx) { return MovesOf(tx, plan); }));
  for (const Continuation& continuation : continuations_) {
    if (!continuation.move) continue;
    for (;;) {
      if (MonotonicUs() - begun_us > budget_us) {
        const TimeUs now = orgs_.clock().NowUs();
        TINHSO_TRY(orgs_.database().Write([&](db::Tx& tx) {
          return jobs::Enqueue(tx, {0, kMergerJob, {{"merger_id", merger_id}}, 0, ""}, now);
        }));
        runner_.Wake();
        return Ok();
      }
      TINHSO_ASSIGN(int64_t moved, orgs_.database().Write([&](db::Tx& tx) -> Result<int64_t> {
        TINHSO_ASSIGN(int64_t some, continuation.move(tx, plan, moves, kMoveBatch));
        if (some > 0) TINHSO_TRY(store::AddMoved(tx, merger_id, continuation.part, some));
        return some;
      }));
      if (moved == 0) break;
    }
    if (continuation.after) continuation.after();
  }
  const TimeUs now = orgs_.clock().NowUs();
  return orgs_.database().Write([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(auto last, store::MergerById(tx, merger_id));
    if (!last || last->state != "running") return Ok();
    const int64_t seen = last->version;
    last->state = "done";
    last->finished_at_us = now;
    TINHSO_ASSIGN(bool changed, store::SetMergerState(tx, *last, seen));
    if (!changed) return Ok();
    audit::Event event;
    event.kind = "merger.finished";
    event.subject_kind = "merger";
    event.subject_id = merger_id;
    event.account_id = last->account_id;
    event.assignment_id = last->assignment_id;
    event.at_us = now;
    TINHSO_ASSIGN(auto parts, store::MergerParts(tx, merger_id));
    for (const auto& part : parts) event.data[part.part] = part.moved;
    return audit::Stage(tx, event);
  });
}

}  // namespace tinhso::orgs
