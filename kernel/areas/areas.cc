#include "kernel/areas/areas.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "store.h"

namespace tinhso::areas {
namespace {

// "xa khanh binh" → "khanh binh": what people type without the kind. "Phường 2" stays, since a bare number says nothing.
std::string CoreOf(const std::string& folded) {
  for (const char* kind : {"tinh ", "thanh pho ", "quan ", "huyen ", "thi xa ", "thi tran ", "phuong ", "xa ", "dac khu "}) {
    std::string_view k(kind);
    if (!folded.starts_with(k)) continue;
    std::string core = folded.substr(k.size());
    return core.find_first_not_of("0123456789") == std::string::npos ? folded : core;
  }
  return folded;
}

}  // namespace

void Snapshot::Index() {
  for (size_t i = 0; i < areas_.size(); ++i) {
    const Area& area = areas_[i];
    auto [it, fresh] = by_code_.try_emplace(area.area_code, i, i + 1);
    if (!fresh) it->second.second = i + 1;
    children_[area.parent_code].push_back(i);
  }
  for (const Area& area : areas_) {
    path_folded_.push_back(" " + text::Fold(PathOf(area)) + " " + area.area_code);
    const std::string name = text::Fold(area.name);
    core_folded_.push_back(CoreOf(name));
    by_name_[name].push_back(path_folded_.size() - 1);
    if (core_folded_.back() != name) by_name_[core_folded_.back()].push_back(path_folded_.size() - 1);
  }
  for (size_t i = 0; i < successions_.size(); ++i) {
    from_[successions_[i].from_code].push_back(i);
    to_[successions_[i].to_code].push_back(i);
  }
}

const Area* Snapshot::On(std::string_view area_code, std::string_view on) const {
  auto it = by_code_.find(area_code);
  if (it == by_code_.end()) {
    auto alias = aliases_.find(area_code);
    if (alias == aliases_.end() || (it = by_code_.find(alias->second)) == by_code_.end()) return nullptr;
  }
  for (size_t i = it->second.first; i < it->second.second; ++i) {
    if (areas_[i].CoversDay(on)) return &areas_[i];
  }
  return nullptr;
}

const Area* Snapshot::Latest(std::string_view area_code, std::string_view on) const {
  auto it = by_code_.find(area_code);
  if (it == by_code_.end()) {
    auto alias = aliases_.find(area_code);
    if (alias == aliases_.end() || (it = by_code_.find(alias->second)) == by_code_.end()) return nullptr;
  }
  const Area* best = &areas_[it->second.first];
  for (size_t i = it->second.first; i < it->second.second; ++i) {
    if (areas_[i].valid_from_on <= on) best = &areas_[i];
  }
  return best;
}

std::vector<const Area*> Snapshot::Children(std::string_view parent_code, std::string_view on) const {
  std::vector<const Area*> out;
  auto it = children_.find(parent_code);
  if (it == children_.end()) return out;
  for (size_t i : it->second) {
    // An area without a known parent is no province.
    if (areas_[i].CoversDay(on) && (!parent_code.empty() || areas_[i].level == "province")) out.push_back(&areas_[i]);
  }
  return out;
}

const Area* Snapshot::ParentOf(const Area& area) const {
  if (area.parent_code.empty()) return nullptr;
  // As it stood while the area did: on its last day.
  std::string_view day = area.valid_to_on.empty() ? std::string_view("9999-12-31") : std::string_view(area.valid_to_on);
  const Area* parent = On(area.parent_code, day);
  return parent != nullptr ? parent : Latest(area.parent_code, day);
}

const Area* Snapshot::ProvinceOf(const Area& area) const {
  const Area* at = &area;
  for (int steps = 0; at != nullptr && at->level != "province" && steps < 4; ++steps) at = ParentOf(*at);
  return at != nullptr && at->level == "province" ? at : nullptr;
}

std::string Snapshot::PathOf(const Area& area) const {
  std::string path = area.name;
  const Area* at = ParentOf(area);
  for (int steps = 0; at != nullptr && steps < 4; at = ParentOf(*at), ++steps) path += ", " + at->name;
  return path;
}

std::vector<const Area*> Snapshot::Find(std::string_view query, std::string_view level, Which which, std::string_view on) const {
  const std::string folded = text::Fold(query);
  std::vector<std::string> words = text::Words(folded);
  for (std::string& word : words) word.insert(word.begin(), ' ');
  std::vector<std::pair<int, const Area*>> found;
  for (size_t i = 0; i < areas_.size(); ++i) {
    const Area& area = areas_[i];
    if (!level.empty() && area.level != level) continue;
    const bool of_the_day = area.CoversDay(on);
    if (which == Which::kOn && !of_the_day) continue;
    if (which == Which::kFormer && (area.valid_to_on.empty() || area.valid_to_on >= on)) continue;
    const bool all = std::all_of(words.begin(), words.end(),
                                 [&](const std::string& word) { return path_folded_[i].find(word) != std::string::npos; });
    if (!all) continue;
    int rank = of_the_day ? 0 : 1;
    if (!folded.empty()) {
      const bool starts = folded.starts_with(core_folded_[i]) || core_folded_[i].starts_with(folded) ||
                          std::string_view(path_folded_[i]).substr(1).starts_with(folded);
      rank += starts ? 0 : 10;
      rank += area.level == "commune" ? 2 : area.level == "district" ? 4 : 0;
    }
    found.emplace_back(rank, &area);
  }
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<const Area*> out;
  out.reserve(found.size());
  for (const auto& [rank, area] : found) out.push_back(area);
  return out;
}

Snapshot::Counts Snapshot::CountsOn(std::string_view on) const {
  Counts counts;
  for (const Area& area : areas_) {
    if (!area.listed || !area.CoversDay(on)) continue;
    (area.level == "province" ? counts.provinces : area.level == "district" ? counts.districts : counts.communes) += 1;
  }
  return counts;
}

std::vector<std::string> Snapshot::AliasesOf(std::string_view area_code) const {
  std::vector<std::string> out;
  for (const auto& [alias, code] : aliases_) {
    if (code == area_code) out.push_back(alias);
  }
  return out;
}

Service::Service(db::Database& database, const Clock& clock)
    : database_(database), clock_(clock), snapshot_(std::make_shared<Snapshot>()) {}

std::shared_ptr<const Snapshot> Service::snapshot() const {
  std::lock_guard lock(snapshot_mutex_);
  return snapshot_;
}

void Service::SetHome(std::string area_code) {
  std::lock_guard lock(snapshot_mutex_);
  home_ = std::move(area_code);
}

std::string Service::home() const {
  std::lock_guard lock(snapshot_mutex_);
  return home_;
}

std::string Service::Today() const { return FormatDate(LocalDate(clock_.NowUs())); }

Status Service::Load() {
  std::lock_guard one_at_a_time(load_mutex_);
  auto next = std::make_shared<Snapshot>();
  TINHSO_TRY(database_.Read([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(next->areas_, store::AllAreas(tx));
    TINHSO_ASSIGN(next->successions_, store::AllSuccessions(tx));
    TINHSO_ASSIGN(next->aliases_, store::AllAliases(tx));
    return Ok();
  }));
  next->Index();
  std::lock_guard lock(snapshot_mutex_);
  snapshot_ = std::move(next);
  return Ok();
}

Status Service::Adopt(const std::vector<Area>& areas) {
  auto known = snapshot();
  std::vector<Area> fresh;
  for (const Area& area : areas) {
    if (known->Latest(area.area_code, "9999-12-31") == nullptr) fresh.push_back(area);
  }
  if (fresh.empty()) return Ok();
  TINHSO_TRY(database_.Write([&](db::Tx& tx) -> Status {
    for (const Area& area : fresh) TINHSO_TRY(store::UpsertArea(tx, area));
    return Ok();
  }));
  return Load();
}

Status Service::Succeed(db::Tx& tx, const std::vector<std::string>& from_codes, const Area& to, std::string_view effective_on,
                        std::string_view note) {
  TINHSO_ASSIGN(Date effective, ParseDate(effective_on));
  const std::string last_day = FormatDate(AddDays(effective, -1));
  auto known = snapshot();
  const Area* going_on = known->On(to.area_code, last_day);
  const bool renamed = going_on != nullptr && going_on->name != to.name;
  for (const std::string& code : from_codes) {
    const Area* area = known->On(code, last_day);
    if (area == nullptr) continue;
    if (code != to.area_code || renamed) TINHSO_TRY(store::EndArea(tx, code, area->valid_from_on, last_day));
    if (code != to.area_code) {
      TINHSO_TRY(store::UpsertSuccession(tx, {code, to.area_code, std::string(effective_on), "full", std::string(note)}));
    }
  }
  if (going_on != nullptr && !renamed) return Ok();
  Area begun = to;
  begun.valid_from_on = std::string(effective_on);
  return store::UpsertArea(tx, begun);
}

}  // namespace tinhso::areas
