// The only SQL of kernel/orgs.
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kernel/orgs/orgs.h"

namespace tinhso::orgs::store {

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

enum class DayOrigin { kPack, kAdmin };
// A day from a pack never replaces what an administrator has set or removed.
Status UpsertSpecialDay(db::Tx& tx, const calendar::SpecialDay& day, DayOrigin origin);
// Marks it removed by an administrator, so that a pack does not bring it back. False when there is none.
Result<bool> RemoveSpecialDay(db::Tx& tx, std::string_view on);
Status ReplaceHours(db::Tx& tx, int64_t unit_id, const calendar::Hours& hours);

}  // namespace tinhso::orgs::store
