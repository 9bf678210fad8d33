// The only SQL of kernel/areas.
#pragma once
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "kernel/areas/areas.h"

namespace tinhso::areas::store {

Result<std::vector<Area>> AllAreas(db::Tx& tx);  // by code, then valid_from_on
Result<std::vector<Succession>> AllSuccessions(db::Tx& tx);
Result<std::map<std::string, std::string, std::less<>>> AllAliases(db::Tx& tx);

Status UpsertArea(db::Tx& tx, const Area& area);
Status EndArea(db::Tx& tx, std::string_view area_code, std::string_view valid_from_on, std::string_view valid_to_on);
Status UpsertSuccession(db::Tx& tx, const Succession& succession);
Status UpsertAlias(db::Tx& tx, std::string_view alias, std::string_view area_code);

struct Boundary {
  std::string area_code, valid_from_on;
  int zoom = 0;
  std::string geometry;  // GeoJSON geometry
};
// False when the same is there already.
Result<bool> UpsertBoundary(db::Tx& tx, const Boundary& boundary);
Result<std::string> GeometryOf(db::Tx& tx, const Area& area, int zoom);  // "" when there is none

}  // namespace tinhso::areas::store
