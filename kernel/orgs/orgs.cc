#include "kernel/orgs/orgs.h"

#include <algorithm>

#include "base/ids.h"
#include "base/text.h"
#include "kernel/audit/audit.h"
#include "kernel/db/cluster.h"
#include "store.h"

namespace tinhso::orgs {
namespace {

// Who owns data: a unit of these kinds is an authority, any other belongs to the nearest one above it.
bool IsAuthorityKind(std::string_view kind) { return kind == "province" || kind == "department" || kind == "commune"; }

bool SameUnit(const Unit& a, const Unit& b) {
  return a.parent_id == b.parent_id && a.kind == b.kind && a.area_code == b.area_code && a.name == b.name &&
         a.short_name == b.short_name && a.valid_from_on == b.valid_from_on;
}

calendar::Hours HoursOf(const std::vector<store::HoursRow>& rows, int64_t unit_id) {
  calendar::Hours hours;
  for (const auto& row : rows) {
    if (row.unit_id == unit_id) hours.week[row.weekday].push_back({row.from_minute, row.to_minute});
  }
  return hours;
}

std::string EventData(const Unit& before, const Unit& after) {
  return json::serialize(json::object{{"name_before", before.name},
                                      {"name_after", after.name},
                                      {"kind", after.kind},
                                      {"parent_id", std::to_string(after.parent_id)},
                                      {"valid_from_on", after.valid_from_on}});
}

}  // namespace

bool IsUnitKind(std::string_view kind) {
  return IsAuthorityKind(kind) || kind == "centre" || kind == "division" || kind == "one_stop_desk";
}

std::string OlderCode(std::string_view unit_code) {
  std::vector<std::string> parts;
  size_t start = 0;
  while (start <= unit_code.size()) {
    size_t end = unit_code.find('.', start);
    if (end == std::string_view::npos) end = unit_code.size();
    parts.emplace_back(unit_code.substr(start, end - start));
    start = end + 1;
  }
  if (parts.empty() || parts.size() > 4 || parts[0].empty()) return "";
  // Lowest level first, filled with zeros: level 4 has three digits.
  std::string out = parts.size() > 3 ? parts[3] : "000";
  out += "." + (parts.size() > 2 ? parts[2] : "00");
  out += "." + (parts.size() > 1 ? parts[1] : "00");
  return out + "." + parts[0];
}

const Unit* Snapshot::ById(int64_t unit_id) const {
  auto it = by_id_.find(unit_id);
  return it == by_id_.end() ? nullptr : &units_[it->second];
}

const Unit* Snapshot::ByCode(std::string_view unit_code_or_alias) const {
  auto it = by_code_.find(unit_code_or_alias);
  return it == by_code_.end() ? nullptr : ById(it->second);
}

const Unit* Snapshot::ByAreaCode(std::string_view area_code) const {
  auto it = by_area_.find(area_code);
  return it == by_area_.end() ? nullptr : ById(it->second);
}

std::vector<const Unit*> Snapshot::Children(int64_t unit_id) const {
  std::vector<const Unit*> out;
  auto it = children_.find(unit_id);
  if (it == children_.end()) return out;
  for (int64_t child : it->second) out.push_back(ById(child));
  return out;
}

bool Snapshot::IsWithin(int64_t unit_id, int64_t ancestor_id) const {
  // The bound stops a loop that only a damaged table could hold.
  size_t steps = 0;
  for (const Unit* unit = ById(unit_id); unit != nullptr && steps <= units_.size(); unit = ById(unit->parent_id), ++steps) {
    if (unit->unit_id == ancestor_id) return true;
  }
  return false;
}

int64_t Snapshot::InFrame(int64_t unit_id, Frame frame) const {
  if (frame == Frame::kAsWas) return unit_id;
  size_t steps = 0;
  for (auto it = continued_by_.find(unit_id); it != continued_by_.end() && steps <= units_.size(); ++steps) {
    unit_id = it->second.first;
    it = continued_by_.find(unit_id);
  }
  return unit_id;
}

const Unit* Snapshot::ActingOn(int64_t unit_id, std::string_view on) const {
  if (on.empty()) return ById(ActingFor(unit_id));
  size_t steps = 0;
  for (auto it = continued_by_.find(unit_id); it != continued_by_.end() && it->second.second <= on && steps <= units_.size(); ++steps) {
    unit_id = it->second.first;
    it = continued_by_.find(unit_id);
  }
  return ById(unit_id);
}

std::vector<int64_t> Snapshot::ActsFor(int64_t unit_id) const {
  std::vector<int64_t> out = {unit_id};
  for (size_t i = 0; i < out.size() && out.size() <= units_.size(); ++i) {
    if (auto it = continues_.find(out[i]); it != continues_.end()) out.insert(out.end(), it->second.begin(), it->second.end());
  }
  return out;
}

std::vector<const Unit*> Snapshot::OfKind(std::string_view kind) const {
  std::vector<const Unit*> out;
  for (const Unit& unit : units_) {
    if (unit.kind == kind) out.push_back(&unit);
  }
  return out;
}

const Unit* Snapshot::DeskOf(int64_t authority_id) const {
  auto it = children_.find(authority_id);
  if (it != children_.end()) {
    for (int64_t child : it->second) {
      const Unit* unit = ById(child);
      if (unit->kind == "one_stop_desk" && unit->valid_to_on.empty()) return unit;
    }
  }
  return ById(authority_id);
}

const calendar::Calendar& Snapshot::CalendarOf(int64_t unit_id) const {
  if (!own_calendars_.empty()) {
    size_t steps = 0;
    for (const Unit* unit = ById(unit_id); unit != nullptr && steps <= units_.size(); unit = ById(unit->parent_id), ++steps) {
      auto own = own_calendars_.find(unit->unit_id);
      if (own != own_calendars_.end()) return *own->second;
    }
  }
  return *calendar_;
}

std::vector<const Unit*> Snapshot::Find(std::string_view query, std::string_view kind, int64_t parent_id) const {
  std::vector<std::string> words = text::Words(text::Fold(query));
  for (std::string& word : words) word.insert(word.begin(), ' ');
  std::vector<const Unit*> out;
  for (size_t i = 0; i < units_.size(); ++i) {
    const Unit& unit = units_[i];
    if (!kind.empty() && unit.kind != kind) continue;
    if (parent_id != 0 && unit.parent_id != parent_id) continue;
    bool all = std::all_of(words.begin(), words.end(),
                           [&](const std::string& word) { return folded_[i].find(word) != std::string::npos; });
    if (all) out.push_back(&unit);
  }
  return out;
}

Service::Service(db::Database& database, const Clock& clock) : database_(database), clock_(clock) {
  auto empty = std::make_shared<Snapshot>();
  empty->calendar_ = std::make_shared<calendar::Calendar>(calendar::OfficeHours(), std::vector<calendar::SpecialDay>{});
  snapshot_ = std::move(empty);
}

std::shared_ptr<const Snapshot> Service::snapshot() const {
  std::lock_guard lock(snapshot_mutex_);
  return snapshot_;
}

Status Service::Load() {
  std::lock_guard one_at_a_time(load_mutex_);
  auto next = std::make_shared<Snapshot>();
  TINHSO_TRY(database_.Read([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(next->revision_, db::Revision(tx, store::kCache));
    TINHSO_ASSIGN(next->units_, store::AllUnits(tx));
    for (size_t i = 0; i < next->units_.size(); ++i) {
      const Unit& unit = next->units_[i];
      next->by_id_[unit.unit_id] = i;
      next->by_code_[unit.unit_code] = unit.unit_id;
      // Several units may have governed one area in turn: the open one answers for it.
      if (!unit.area_code.empty() && (unit.valid_to_on.empty() || !next->by_area_.contains(unit.area_code))) {
        next->by_area_[unit.area_code] = unit.unit_id;
      }
      next->children_[unit.parent_id].push_back(unit.unit_id);
      next->folded_.push_back(" " + text::Fold(unit.name + " " + unit.short_name + " " + unit.unit_code));
    }
    TINHSO_ASSIGN(auto aliases, store::AllAliases(tx));
    for (const auto& [alias, unit_id] : aliases) {
      auto it = next->by_id_.find(unit_id);
      if (it == next->by_id_.end()) continue;
      next->units_[it->second].aliases.push_back(alias);
      next->by_code_.emplace(alias, unit_id);  // never hides a present code
    }
    for (const Unit& unit : next->units_) {
      if (std::string older = OlderCode(unit.unit_code); !older.empty()) next->by_code_.emplace(std::move(older), unit.unit_id);
    }
    TINHSO_ASSIGN(auto successions, store::AllSuccessions(tx));
    for (const auto& succession : successions) {
      next->continued_by_[succession.from_unit_id] = {succession.to_unit_id, succession.effective_on};
      next->continues_[succession.to_unit_id].push_back(succession.from_unit_id);
    }
    TINHSO_ASSIGN(auto days, store::SpecialDaysBetween(tx, "0000-00-00", "9999-99-99"));
    TINHSO_ASSIGN(auto hours, store::AllHours(tx));
    calendar::Hours province = HoursOf(hours, 0);
    bool none = std::none_of(hours.begin(), hours.end(), [](const auto& row) { return row.unit_id == 0; });
    next->calendar_ = std::make_shared<calendar::Calendar>(none ? calendar::OfficeHours() : province, days);
    for (const auto& row : hours) {
      if (row.unit_id == 0 || next->own_calendars_.contains(row.unit_id)) continue;
      next->own_calendars_[row.unit_id] = std::make_shared<calendar::Calendar>(HoursOf(hours, row.unit_id), days);
    }
    return Ok();
  }));
  std::lock_guard lock(snapshot_mutex_);
  snapshot_ = std::move(next);
  return Ok();
}

Status Service::LoadIfChanged() {
  TINHSO_ASSIGN(const int64_t revision, database_.Read([](db::Tx& tx) { return db::Revision(tx, store::kCache); }));
  return revision == snapshot()->revision_ ? Ok() : Load();
}

Result<int64_t> Service::UpsertUnit(db::Tx& tx, const NewUnit& wanted) {
  if (!IsUnitKind(wanted.kind)) return MakeError(ErrorCode::kInvalid, "unit_kind_unknown", wanted.unit_code);
  Unit unit;
  unit.unit_id = NewId();
  unit.kind = wanted.kind;
  unit.unit_code = wanted.unit_code;
  unit.area_code = wanted.area_code;
  unit.name = wanted.name;
  unit.short_name = wanted.short_name.empty() ? wanted.name : wanted.short_name;
  unit.valid_from_on = wanted.valid_from_on;
  unit.authority_id = unit.unit_id;
  if (!wanted.parent_code.empty()) {
    TINHSO_ASSIGN(auto parent, store::UnitByCode(tx, wanted.parent_code));
    if (!parent) return MakeError(ErrorCode::kInvalid, "unit_parent_unknown", wanted.unit_code);
    unit.parent_id = parent->unit_id;
    if (!IsAuthorityKind(unit.kind)) unit.authority_id = parent->authority_id;
  }
  TINHSO_ASSIGN(auto known, store::UnitByCode(tx, wanted.unit_code));
  if (!known) {
    TINHSO_TRY(store::InsertUnit(tx, unit));
    TINHSO_TRY(store::ReplaceAliases(tx, unit.unit_id, wanted.aliases));
    TINHSO_TRY(store::AppendUnitEvent(tx, unit.unit_id, "created", clock_.NowUs(), 0, EventData(Unit(), unit)));
    return unit.unit_id;
  }
  // What a merger closed is history: a pack that still names it does not open it again.
  if (!known->valid_to_on.empty()) return known->unit_id;
  // Every row of a unit's data carries its authority and never changes it (ARCHITECTURE, storage rule 2).
  int64_t authority_after = IsAuthorityKind(unit.kind) || unit.parent_id == 0 ? known->unit_id : unit.authority_id;
  if (authority_after != known->authority_id) {
    return MakeError(ErrorCode::kConflict, "unit_authority_fixed", wanted.unit_code);
  }
  unit.unit_id = known->unit_id;
  unit.authority_id = known->authority_id;
  unit.valid_to_on = known->valid_to_on;
  unit.name_by_admin = known->name_by_admin;
  if (known->name_by_admin) unit.name = known->name;
  TINHSO_ASSIGN(auto aliases, store::AliasesOf(tx, unit.unit_id));
  std::vector<std::string> wanted_aliases = wanted.aliases;
  std::sort(wanted_aliases.begin(), wanted_aliases.end());
  if (aliases != wanted_aliases) TINHSO_TRY(store::ReplaceAliases(tx, unit.unit_id, wanted_aliases));
  if (SameUnit(*known, unit)) return unit.unit_id;
  TINHSO_ASSIGN(bool changed, store::UpdateUnit(tx, unit, known->version));
  if (!changed) return MakeError(ErrorCode::kConflict, "unit_version_stale", wanted.unit_code);
  TINHSO_TRY(store::AppendUnitEvent(tx, unit.unit_id, "changed", clock_.NowUs(), 0, EventData(*known, unit)));
  return unit.unit_id;
}

Status Service::RenameUnit(int64_t unit_id, std::string_view name, const http::Principal& by) {
  TINHSO_TRY(database_.Write([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(auto before, store::UnitById(tx, unit_id));
    if (!before) return MakeError(ErrorCode::kNotFound, "unit_not_found");
    Unit after = *before;
    after.name = std::string(name);
    after.name_by_admin = true;
    if (after.name == before->name) return Ok();
    TimeUs now = clock_.NowUs();
    TINHSO_ASSIGN(bool changed, store::UpdateUnit(tx, after, before->version));
    if (!changed) return MakeError(ErrorCode::kConflict, "unit_version_stale");
    TINHSO_TRY(store::AppendUnitEvent(tx, unit_id, "renamed", now, by.account_id, EventData(*before, after)));
    audit::Event event = audit::By(by, "unit.changed", "unit", unit_id, before->authority_id, now);
    event.data["unit_code"] = before->unit_code;
    event.data["name_before"] = before->name;
    event.data["name_after"] = after.name;
    return audit::Stage(tx, event);
  }));
  return Load();
}

CalendarHistory::CalendarHistory(std::shared_ptr<const Snapshot> units, std::vector<Change> changes,
                                 std::map<int64_t, std::vector<HoursChange>> hours)
    : units_(std::move(units)), changes_(std::move(changes)), hours_(std::move(hours)) {}

const CalendarHistory::HoursChange* CalendarHistory::HoursKnown(int64_t unit_id, TimeUs known_at_us) const {
  const auto found = hours_.find(unit_id);
  if (found == hours_.end()) return nullptr;
  const HoursChange* known = nullptr;
  for (const HoursChange& change : found->second)
    if (change.known_at_us <= known_at_us) known = &change;
  if (known == nullptr || std::all_of(std::begin(known->hours.week), std::end(known->hours.week), [](const auto& day) { return day.empty(); }))
    return nullptr;
  return known;
}

const calendar::Calendar& CalendarHistory::At(int64_t unit_id, TimeUs known_at_us) {
  const HoursChange* hours = nullptr;
  size_t steps = 0;
  for (const Unit* unit = units_->ById(unit_id); unit != nullptr && hours == nullptr && steps <= units_->all().size();
       unit = units_->ById(unit->parent_id), ++steps)
    hours = HoursKnown(unit->unit_id, known_at_us);
  if (hours == nullptr) hours = HoursKnown(0, known_at_us);
  const auto end = std::upper_bound(changes_.begin(), changes_.end(), known_at_us,
                                    [](TimeUs at_us, const Change& change) { return at_us < change.known_at_us; });
  const auto key = std::make_pair(hours, static_cast<size_t>(end - changes_.begin()));
  auto found = made_.find(key);
  if (found != made_.end()) return found->second;
  std::map<int64_t, calendar::SpecialDay> days;
  for (auto change = changes_.begin(); change != end; ++change) {
    const int64_t on = DaysFromCivil(change->day.on);
    if (change->removed) days.erase(on);
    else days.insert_or_assign(on, change->day);
  }
  std::vector<calendar::SpecialDay> known;
  for (auto& [on, day] : days) known.push_back(std::move(day));
  return made_.emplace(key, calendar::Calendar(hours != nullptr ? hours->hours : calendar::OfficeHours(), std::move(known))).first->second;
}

Result<CalendarHistory> Service::LoadCalendarHistory() const {
  std::vector<CalendarHistory::Change> changes;
  std::map<int64_t, std::vector<CalendarHistory::HoursChange>> hours;
  TINHSO_TRY(database_.Read([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(auto days, store::DayChanges(tx));
    for (auto& row : days) changes.push_back({row.known_at_us, std::move(row.day), row.removed});
    TINHSO_ASSIGN(auto weeks, store::HoursChanges(tx));
    for (auto& row : weeks) hours[row.unit_id].push_back({row.known_at_us, std::move(row.hours)});
    return Ok();
  }));
  return CalendarHistory(snapshot(), std::move(changes), std::move(hours));
}

Status Service::AddSpecialDays(db::Tx& tx, const std::vector<calendar::SpecialDay>& days) {
  TINHSO_ASSIGN(bool any, store::AnySpecialDay(tx));
  for (const auto& day : days) {
    TINHSO_ASSIGN(bool changed, store::UpsertSpecialDay(tx, day, store::DayOrigin::kPack, any ? clock_.NowUs() : 0));
    if (any && changed && calendar_follow_) TINHSO_TRY(calendar_follow_(tx, day.on));
  }
  return Ok();
}

Status Service::PutSpecialDay(const calendar::SpecialDay& day, const http::Principal& by) {
  TINHSO_TRY(database_.Write([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(bool changed, store::UpsertSpecialDay(tx, day, store::DayOrigin::kAdmin, clock_.NowUs()));
    if (changed && calendar_follow_) TINHSO_TRY(calendar_follow_(tx, day.on));
    audit::Event event = audit::By(by, "calendar.changed", "special_day", 0, by.authority_id, clock_.NowUs());
    event.data["on"] = FormatDate(day.on);
    event.data["kind"] = calendar::DayKindName(day.kind);
    event.data["source"] = day.source;
    return audit::Stage(tx, event);
  }));
  return Load();
}

Status Service::DeleteSpecialDay(Date on, const http::Principal& by) {
  TINHSO_TRY(database_.Write([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(bool removed, store::RemoveSpecialDay(tx, FormatDate(on), clock_.NowUs()));
    if (!removed) return MakeError(ErrorCode::kNotFound, "special_day_not_found");
    if (calendar_follow_) TINHSO_TRY(calendar_follow_(tx, on));
    audit::Event event = audit::By(by, "calendar.changed", "special_day", 0, by.authority_id, clock_.NowUs());
    event.data["on"] = FormatDate(on);
    event.data["kind"] = "removed";
    return audit::Stage(tx, event);
  }));
  return Load();
}

Result<std::vector<calendar::SpecialDay>> Service::SpecialDays(int year) const {
  std::string from = FormatDate({year, 1, 1}), to = FormatDate({year, 12, 31});
  return database_.Read([&](db::Tx& tx) { return store::SpecialDaysBetween(tx, from, to); });
}

Status Service::SetHours(db::Tx& tx, int64_t unit_id, const calendar::Hours& hours) {
  const TimeUs now = clock_.NowUs();
  TINHSO_ASSIGN(bool changed, store::ReplaceHours(tx, unit_id, hours, now));
  if (changed && calendar_follow_) TINHSO_TRY(calendar_follow_(tx, LocalDate(now)));
  return Ok();
}

}  // namespace tinhso::orgs
