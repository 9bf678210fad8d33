#include "store.h"

#include "kernel/db/cluster.h"

namespace tinhso::areas::store {
namespace {

// What other servers keep in memory of these tables; every change of them touches it.
constexpr std::string_view kCache = "areas";

constexpr db::Sql kSelectAreas = R"sql(
  SELECT area_code, valid_from_on, valid_to_on, level, name, parent_code, listed FROM area ORDER BY area_code, valid_from_on)sql";
constexpr db::Sql kUpsertArea = R"sql(
  INSERT INTO area (area_code, valid_from_on, valid_to_on, level, name, parent_code, listed) VALUES ($1, $2, $3, $4, $5, $6, $7)
  ON CONFLICT (area_code, valid_from_on) DO UPDATE SET valid_to_on = excluded.valid_to_on, level = excluded.level,
    name = excluded.name, parent_code = excluded.parent_code, listed = excluded.listed)sql";
constexpr db::Sql kEndArea = "UPDATE area SET valid_to_on = $1 WHERE area_code = $2 AND valid_from_on = $3";
constexpr db::Sql kSelectSuccessions = R"sql(
  SELECT from_code, to_code, effective_on, part, note FROM area_succession ORDER BY from_code, effective_on, to_code)sql";
constexpr db::Sql kUpsertSuccession = R"sql(
  INSERT INTO area_succession (from_code, to_code, effective_on, part, note) VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT (from_code, effective_on, to_code) DO UPDATE SET part = excluded.part, note = excluded.note)sql";
constexpr db::Sql kSelectAreaAliases = "SELECT alias, area_code FROM area_alias ORDER BY alias";
constexpr db::Sql kUpsertAlias = R"sql(
  INSERT INTO area_alias (alias, area_code) VALUES ($1, $2) ON CONFLICT (alias) DO UPDATE SET area_code = excluded.area_code)sql";
constexpr db::Sql kUpsertBoundary = R"sql(
  INSERT INTO area_boundary (area_code, valid_from_on, zoom, geometry) VALUES ($1, $2, $3, $4)
  ON CONFLICT (area_code, valid_from_on, zoom) DO UPDATE SET geometry = excluded.geometry
  WHERE area_boundary.geometry <> excluded.geometry)sql";
constexpr db::Sql kSelectGeometry = R"sql(
  SELECT geometry FROM area_boundary WHERE area_code = $1 AND valid_from_on = $2 AND zoom = $3)sql";

}  // namespace

Result<std::vector<Area>> AllAreas(db::Tx& tx) {
  std::vector<Area> out;
  TINHSO_TRY(tx.ForEach(kSelectAreas, {}, [&](const db::Row& row) {
    out.push_back({row.Text(0), row.Text(3), row.Text(4), row.Text(5), row.Text(1), row.Text(2), row.Int(6) == 1});
    return true;
  }));
  return out;
}

Result<std::vector<Succession>> AllSuccessions(db::Tx& tx) {
  std::vector<Succession> out;
  TINHSO_TRY(tx.ForEach(kSelectSuccessions, {}, [&](const db::Row& row) {
    out.push_back({row.Text(0), row.Text(1), row.Text(2), row.Text(3), row.Text(4)});
    return true;
  }));
  return out;
}

Result<std::map<std::string, std::string, std::less<>>> AllAliases(db::Tx& tx) {
  TINHSO_ASSIGN(auto rows, tx.Query(kSelectAreaAliases, {}));
  std::map<std::string, std::string, std::less<>> out;
  for (const auto& row : rows) out[row.Text(0)] = row.Text(1);
  return out;
}

Status UpsertArea(db::Tx& tx, const Area& area) {
  TINHSO_TRY(db::Touch(tx, kCache));
  TINHSO_TRY(tx.Execute(kUpsertArea, {area.area_code, area.valid_from_on, area.valid_to_on, area.level, area.name, area.parent_code,
                                      area.listed ? 1 : 0}));
  return Ok();
}

Status EndArea(db::Tx& tx, std::string_view area_code, std::string_view valid_from_on, std::string_view valid_to_on) {
  TINHSO_TRY(db::Touch(tx, kCache));
  TINHSO_TRY(tx.Execute(kEndArea, {valid_to_on, area_code, valid_from_on}));
  return Ok();
}

Status UpsertSuccession(db::Tx& tx, const Succession& s) {
  TINHSO_TRY(db::Touch(tx, kCache));
  TINHSO_TRY(tx.Execute(kUpsertSuccession, {s.from_code, s.to_code, s.effective_on, s.part, s.note}));
  return Ok();
}

Status UpsertAlias(db::Tx& tx, std::string_view alias, std::string_view area_code) {
  TINHSO_TRY(db::Touch(tx, kCache));
  TINHSO_TRY(tx.Execute(kUpsertAlias, {alias, area_code}));
  return Ok();
}

Result<bool> UpsertBoundary(db::Tx& tx, const Boundary& b) {
  TINHSO_ASSIGN(int64_t changed, tx.Execute(kUpsertBoundary, {b.area_code, b.valid_from_on, b.zoom, b.geometry}));
  return changed == 1;
}

Result<std::string> GeometryOf(db::Tx& tx, const Area& area, int zoom) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kSelectGeometry, {area.area_code, area.valid_from_on, zoom}));
  return row ? row->Text(0) : std::string();
}

}  // namespace tinhso::areas::store
