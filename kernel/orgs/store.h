// The only SQL of kernel/orgs.
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kernel/orgs/orgs.h"

namespace tinhso::orgs::store {

// What other servers keep in memory of these tables (kernel/db/cluster.h); every change of them touches it.
inline constexpr std::string_view kCache = "units";

struct HoursRow {
  int64_t unit_id;
  int weekday, from_minute, to_minute;
};

Result<std::vector<Unit>> AllUnits(db::Tx& tx);  // without aliases, by unit_code
Result<std::vector<std::pair<std::string, int64_t>>> AllAliases(db::Tx& tx);
Result<std::vector<HoursRow>> AllHours(db::Tx& tx);
// Special days with from_on <= day <= to_on (ISO dates).
Result<std::vector<calendar::SpecialDay>> SpecialDaysBetween(db::Tx& tx, std::string_view from_on, std::string_view to_on);

Result<std::optional<Unit>> UnitByCode(db::Tx& tx, std::string_view unit_code);
Result<std::optional<Unit>> UnitById(db::Tx& tx, int64_t unit_id);
Status InsertUnit(db::Tx& tx, const Unit& unit);
// Writes what may change and raises the version; false when `version_seen` is stale.
Result<bool> UpdateUnit(db::Tx& tx, const Unit& unit, int64_t version_seen);
Result<std::vector<std::string>> AliasesOf(db::Tx& tx, int64_t unit_id);
Status ReplaceAliases(db::Tx& tx, int64_t unit_id, const std::vector<std::string>& aliases);
Status AppendUnitEvent(db::Tx& tx, int64_t unit_id, std::string_view kind, TimeUs at_us, int64_t account_id, std::string_view data);

struct SuccessionRow {
  int64_t from_unit_id = 0, to_unit_id = 0;
  std::string effective_on;
};
Result<std::vector<SuccessionRow>> AllSuccessions(db::Tx& tx);
// False when the unit is continued by another already.
Result<bool> InsertSuccession(db::Tx& tx, const SuccessionRow& row, int64_t merger_id);
Status CloseUnit(db::Tx& tx, int64_t unit_id, std::string_view valid_to_on);

struct MergerRow {
  int64_t merger_id = 0;
  std::string state, effective_on, plan;
  int64_t account_id = 0, assignment_id = 0;
  TimeUs created_at_us = 0, started_at_us = 0, finished_at_us = 0;
  int64_t version = 1;
};
struct MergerPartRow {
  std::string part;
  int64_t expected = 0, moved = 0;
};
Status InsertMerger(db::Tx& tx, const MergerRow& row);
Result<std::optional<MergerRow>> MergerById(db::Tx& tx, int64_t merger_id);
Result<std::vector<MergerRow>> AllMergers(db::Tx& tx);  // newest first
// False when it has changed since `version_seen`.
Result<bool> SetMergerState(db::Tx& tx, const MergerRow& row, int64_t version_seen);
Status PutMergerPart(db::Tx& tx, int64_t merger_id, const MergerPartRow& part);
Status AddMoved(db::Tx& tx, int64_t merger_id, std::string_view part, int64_t moved);
Result<std::vector<MergerPartRow>> MergerParts(db::Tx& tx, int64_t merger_id);

enum class DayOrigin { kPack, kAdmin };
// A day from a pack never replaces what an administrator has set or removed. True when the day has become another: the change is
// kept in special_day_change.
Result<bool> UpsertSpecialDay(db::Tx& tx, const calendar::SpecialDay& day, DayOrigin origin, TimeUs known_at_us);
// Marks it removed by an administrator, so that a pack does not bring it back; kept likewise. False when there is none.
Result<bool> RemoveSpecialDay(db::Tx& tx, std::string_view on, TimeUs known_at_us);
Result<bool> AnySpecialDay(db::Tx& tx);
struct DayChange {
  TimeUs known_at_us = 0;
  calendar::SpecialDay day;
  bool removed = false;
};
Result<std::vector<DayChange>> DayChanges(db::Tx& tx);  // in the order they became known
// Whether they changed; the first of the province count as known from the beginning, so nothing has counted with others.
Result<bool> ReplaceHours(db::Tx& tx, int64_t unit_id, const calendar::Hours& hours, TimeUs known_at_us);
struct HoursChange {
  int64_t unit_id = 0;
  TimeUs known_at_us = 0;
  calendar::Hours hours;  // without a span: none of its own from then on
};
Result<std::vector<HoursChange>> HoursChanges(db::Tx& tx);  // of each unit in the order they became known

}  // namespace tinhso::orgs::store
