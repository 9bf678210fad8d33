#include "store.h"

#include <array>

#include "base/ids.h"
#include "base/text.h"
#include "kernel/db/cluster.h"

namespace tinhso::orgs::store {
namespace {


constexpr db::Sql kSelectUnits = R"sql(
  SELECT unit_id, parent_id, authority_id, kind, unit_code, area_code, name, short_name, valid_from_on, valid_to_on, version,
         name_by_admin
  FROM unit ORDER BY unit_code)sql";
constexpr db::Sql kSelectUnitByCode = R"sql(
  SELECT unit_id, parent_id, authority_id, kind, unit_code, area_code, name, short_name, valid_from_on, valid_to_on, version,
         name_by_admin
  FROM unit WHERE unit_code = $1)sql";
constexpr db::Sql kSelectUnitById = R"sql(
  SELECT unit_id, parent_id, authority_id, kind, unit_code, area_code, name, short_name, valid_from_on, valid_to_on, version,
         name_by_admin
  FROM unit WHERE unit_id = $1)sql";
constexpr db::Sql kInsertUnit = R"sql(
  INSERT INTO unit (unit_id, parent_id, authority_id, kind, unit_code, area_code, name, short_name, folded,
                    valid_from_on, valid_to_on, name_by_admin, version)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, 1))sql";
constexpr db::Sql kUpdateUnit = R"sql(
  UPDATE unit SET parent_id = $1, kind = $2, area_code = $3, name = $4, short_name = $5, folded = $6,
                  valid_from_on = $7, valid_to_on = $8, name_by_admin = $9, version = version + 1
  WHERE unit_id = $10 AND version = $11)sql";
constexpr db::Sql kSelectAliases = "SELECT alias, unit_id FROM unit_alias ORDER BY alias";
constexpr db::Sql kSelectAliasesOf = "SELECT alias FROM unit_alias WHERE unit_id = $1 ORDER BY alias";
constexpr db::Sql kDeleteAliases = "DELETE FROM unit_alias WHERE unit_id = $1";
constexpr db::Sql kInsertAlias = "INSERT INTO unit_alias (alias, unit_id) VALUES ($1, $2)";
constexpr db::Sql kInsertUnitEvent = R"sql(
  INSERT INTO unit_event (unit_id, event_id, kind, at_us, account_id, data) VALUES ($1, $2, $3, $4, $5, $6))sql";
constexpr db::Sql kSelectSpecialDays = R"sql(
  SELECT special_on, kind, name, source FROM special_day
  WHERE special_on >= $1 AND special_on <= $2 AND removed = 0 ORDER BY special_on)sql";
// A pack's day never replaces what an administrator has set or removed.
constexpr db::Sql kUpsertPackDay = R"sql(
  INSERT INTO special_day (special_on, kind, name, source, by_admin, removed) VALUES ($1, $2, $3, $4, 0, 0)
  ON CONFLICT (special_on) DO UPDATE SET kind = excluded.kind, name = excluded.name, source = excluded.source
  WHERE special_day.by_admin = 0)sql";
constexpr db::Sql kUpsertAdminDay = R"sql(
  INSERT INTO special_day (special_on, kind, name, source, by_admin, removed) VALUES ($1, $2, $3, $4, 1, 0)
  ON CONFLICT (special_on) DO UPDATE SET kind = excluded.kind, name = excluded.name, source = excluded.source, by_admin = 1,
                                         removed = 0)sql";
constexpr db::Sql kRemoveSpecialDay = R"sql(
  UPDATE special_day SET removed = 1, by_admin = 1 WHERE special_on = $1 AND removed = 0)sql";
constexpr db::Sql kSelectSpecialDay = "SELECT kind, name, source, by_admin, removed FROM special_day WHERE special_on = $1";
constexpr db::Sql kAnySpecialDay = "SELECT 1 FROM special_day LIMIT 1";
// Two changes of one day within a microsecond: the later is what is known.
constexpr db::Sql kInsertDayChange = R"sql(
  INSERT INTO special_day_change (special_on, known_at_us, kind, name, source, removed) VALUES ($1, $2, $3, $4, $5, $6)
  ON CONFLICT (special_on, known_at_us) DO UPDATE SET kind = excluded.kind, name = excluded.name, source = excluded.source,
                                                      removed = excluded.removed)sql";
constexpr db::Sql kSelectDayChanges = R"sql(
  SELECT known_at_us, special_on, kind, name, source, removed FROM special_day_change ORDER BY known_at_us, special_on)sql";
constexpr db::Sql kSelectHours = R"sql(
  SELECT unit_id, weekday, from_minute, to_minute FROM working_span ORDER BY unit_id, weekday, from_minute)sql";
constexpr db::Sql kDeleteHours = "DELETE FROM working_span WHERE unit_id = $1";
constexpr db::Sql kInsertHours = R"sql(
  INSERT INTO working_span (unit_id, weekday, from_minute, to_minute) VALUES ($1, $2, $3, $4))sql";
constexpr db::Sql kSelectHoursOf = R"sql(
  SELECT weekday, from_minute, to_minute FROM working_span WHERE unit_id = $1 ORDER BY weekday, from_minute)sql";
// Two changes within a microsecond: the later is what is known.
constexpr db::Sql kDeleteHoursChange = "DELETE FROM working_hours_change WHERE unit_id = $1 AND known_at_us = $2";
constexpr db::Sql kInsertHoursChange = R"sql(
  INSERT INTO working_hours_change (unit_id, known_at_us, weekday, from_minute, to_minute) VALUES ($1, $2, $3, $4, $5))sql";
constexpr db::Sql kSelectHoursChanges = R"sql(
  SELECT unit_id, known_at_us, weekday, from_minute, to_minute FROM working_hours_change
  ORDER BY unit_id, known_at_us, weekday, from_minute)sql";

Unit UnitOf(const db::Row& row) {
  Unit unit;
  unit.unit_id = row.Int(0);
  unit.parent_id = row.Int(1);
  unit.authority_id = row.Int(2);
  unit.kind = row.Text(3);
  unit.unit_code = row.Text(4);
  unit.area_code = row.Text(5);
  unit.name = row.Text(6);
  unit.short_name = row.Text(7);
  unit.valid_from_on = row.Text(8);
  unit.valid_to_on = row.Text(9);
  unit.version = row.Int(10);
  unit.name_by_admin = row.Int(11) == 1;
  return unit;
}

std::string FoldedOf(const Unit& unit) {
  return text::Fold(unit.name + " " + unit.short_name + " " + unit.unit_code);
}

}  // namespace

Result<std::vector<Unit>> AllUnits(db::Tx& tx) {
  std::vector<Unit> out;
  TINHSO_TRY(tx.ForEach(kSelectUnits, {}, [&](const db::Row& row) {
    out.push_back(UnitOf(row));
    return true;
  }));
  return out;
}

Result<std::vector<std::pair<std::string, int64_t>>> AllAliases(db::Tx& tx) {
  TINHSO_ASSIGN(auto rows, tx.Query(kSelectAliases, {}));
  std::vector<std::pair<std::string, int64_t>> out;
  for (const auto& row : rows) out.emplace_back(row.Text(0), row.Int(1));
  return out;
}

Result<std::vector<HoursRow>> AllHours(db::Tx& tx) {
  TINHSO_ASSIGN(auto rows, tx.Query(kSelectHours, {}));
  std::vector<HoursRow> out;
  for (const auto& row : rows) {
    out.push_back({row.Int(0), static_cast<int>(row.Int(1)), static_cast<int>(row.Int(2)), static_cast<int>(row.Int(3))});
  }
  return out;
}

Result<std::vector<calendar::SpecialDay>> SpecialDaysBetween(db::Tx& tx, std::string_view from_on, std::string_view to_on) {
  TINHSO_ASSIGN(auto rows, tx.Query(kSelectSpecialDays, {from_on, to_on}));
  std::vector<calendar::SpecialDay> out;
  for (const auto& row : rows) {
    TINHSO_ASSIGN(Date on, ParseDate(row.Text(0)));
    TINHSO_ASSIGN(calendar::DayKind kind, calendar::ParseDayKind(row.Text(1)));
    out.push_back({on, kind, row.Text(2), row.Text(3)});
  }
  return out;
}

Result<std::optional<Unit>> UnitByCode(db::Tx& tx, std::string_view unit_code) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kSelectUnitByCode, {unit_code}));
  if (!row) return std::optional<Unit>();
  return std::optional<Unit>(UnitOf(*row));
}

Result<std::optional<Unit>> UnitById(db::Tx& tx, int64_t unit_id) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kSelectUnitById, {unit_id}));
  if (!row) return std::optional<Unit>();
  return std::optional<Unit>(UnitOf(*row));
}

Status InsertUnit(db::Tx& tx, const Unit& unit) {
  TINHSO_TRY(db::Touch(tx, kCache));
  std::string folded = FoldedOf(unit);
  TINHSO_TRY(tx.Execute(kInsertUnit, {unit.unit_id, unit.parent_id, unit.authority_id, unit.kind, unit.unit_code, unit.area_code,
                                      unit.name, unit.short_name, folded, unit.valid_from_on, unit.valid_to_on}));
  return Ok();
}

Result<bool> UpdateUnit(db::Tx& tx, const Unit& unit, int64_t version_seen) {
  TINHSO_TRY(db::Touch(tx, kCache));
  std::string folded = FoldedOf(unit);
  TINHSO_ASSIGN(int64_t changed,
                tx.Execute(kUpdateUnit, {unit.parent_id, unit.kind, unit.area_code, unit.name, unit.short_name, folded,
                                         unit.valid_from_on, unit.valid_to_on, unit.name_by_admin ? 1 : 0, unit.unit_id,
                                         version_seen}));
  return changed == 1;
}

Result<std::vector<std::string>> AliasesOf(db::Tx& tx, int64_t unit_id) {
  TINHSO_ASSIGN(auto rows, tx.Query(kSelectAliasesOf, {unit_id}));
  std::vector<std::string> out;
  for (const auto& row : rows) out.push_back(row.Text(0));
  return out;
}

Status ReplaceAliases(db::Tx& tx, int64_t unit_id, const std::vector<std::string>& aliases) {
  TINHSO_TRY(db::Touch(tx, kCache));
  TINHSO_TRY(tx.Execute(kDeleteAliases, {unit_id}));
  for (const std::string& alias : aliases) TINHSO_TRY(tx.Execute(kInsertAlias, {alias, unit_id}));
  return Ok();
}

Status AppendUnitEvent(db::Tx& tx, int64_t unit_id, std::string_view kind, TimeUs at_us, int64_t account_id, std::string_view data) {
  TINHSO_TRY(tx.Execute(kInsertUnitEvent, {unit_id, NewId(), kind, at_us, account_id, data}));
  return Ok();
}

Result<bool> UpsertSpecialDay(db::Tx& tx, const calendar::SpecialDay& day, DayOrigin origin, TimeUs known_at_us) {
  TINHSO_TRY(db::Touch(tx, kCache));
  const std::string on = FormatDate(day.on), kind = calendar::DayKindName(day.kind);
  TINHSO_ASSIGN(auto known, tx.QueryOne(kSelectSpecialDay, {on}));
  const bool by_admin = known && known->Int(3) != 0;
  if (origin == DayOrigin::kPack && by_admin) return false;
  const bool same = known && known->Int(4) == 0 && known->Text(0) == kind && known->Text(1) == day.name &&
                    known->Text(2) == day.source;
  if (same && (by_admin || origin == DayOrigin::kPack)) return false;
  const db::Sql& sql = origin == DayOrigin::kPack ? kUpsertPackDay : kUpsertAdminDay;
  TINHSO_TRY(tx.Execute(sql, {on, kind, day.name, day.source}));
  if (same) return false;
  TINHSO_TRY(tx.Execute(kInsertDayChange, {on, known_at_us, kind, day.name, day.source, 0}));
  return true;
}

Result<bool> RemoveSpecialDay(db::Tx& tx, std::string_view on, TimeUs known_at_us) {
  TINHSO_TRY(db::Touch(tx, kCache));
  TINHSO_ASSIGN(auto known, tx.QueryOne(kSelectSpecialDay, {on}));
  TINHSO_ASSIGN(int64_t changed, tx.Execute(kRemoveSpecialDay, {on}));
  if (changed != 1) return false;
  TINHSO_TRY(tx.Execute(kInsertDayChange, {on, known_at_us, known->Text(0), known->Text(1), known->Text(2), 1}));
  return true;
}

Result<bool> AnySpecialDay(db::Tx& tx) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kAnySpecialDay, {}));
  return row.has_value();
}

Result<std::vector<DayChange>> DayChanges(db::Tx& tx) {
  TINHSO_ASSIGN(auto rows, tx.Query(kSelectDayChanges, {}));
  std::vector<DayChange> out;
  for (const auto& row : rows) {
    TINHSO_ASSIGN(Date on, ParseDate(row.Text(1)));
    TINHSO_ASSIGN(calendar::DayKind kind, calendar::ParseDayKind(row.Text(2)));
    out.push_back({row.Int(0), {on, kind, row.Text(3), row.Text(4)}, row.Int(5) != 0});
  }
  return out;
}

Result<bool> ReplaceHours(db::Tx& tx, int64_t unit_id, const calendar::Hours& hours, TimeUs known_at_us) {
  TINHSO_ASSIGN(auto rows, tx.Query(kSelectHoursOf, {unit_id}));
  std::vector<std::array<int64_t, 3>> before, after;
  for (const auto& row : rows) before.push_back({row.Int(0), row.Int(1), row.Int(2)});
  for (int weekday = 0; weekday < 7; ++weekday)
    for (const calendar::Span& span : hours.week[weekday]) after.push_back({weekday, span.from_minute, span.to_minute});
  if (before == after) return false;
  TINHSO_TRY(db::Touch(tx, kCache));
  TINHSO_TRY(tx.Execute(kDeleteHours, {unit_id}));
  const bool first = unit_id == 0 && before.empty();
  if (first) known_at_us = 0;
  TINHSO_TRY(tx.Execute(kDeleteHoursChange, {unit_id, known_at_us}));
  TINHSO_TRY(tx.Execute(kInsertHoursChange, {unit_id, known_at_us, -1, 0, 0}));
  for (const auto& [weekday, from_minute, to_minute] : after) {
    TINHSO_TRY(tx.Execute(kInsertHours, {unit_id, weekday, from_minute, to_minute}));
    TINHSO_TRY(tx.Execute(kInsertHoursChange, {unit_id, known_at_us, weekday, from_minute, to_minute}));
  }
  return !first;
}

Result<std::vector<HoursChange>> HoursChanges(db::Tx& tx) {
  TINHSO_ASSIGN(auto rows, tx.Query(kSelectHoursChanges, {}));
  std::vector<HoursChange> out;
  for (const auto& row : rows) {
    // The row of weekday -1 comes first.
    if (row.Int(2) < 0) out.push_back({row.Int(0), row.Int(1), {}});
    else if (!out.empty()) out.back().hours.week[row.Int(2)].push_back({static_cast<int>(row.Int(3)), static_cast<int>(row.Int(4))});
  }
  return out;
}

}  // namespace tinhso::orgs::store
