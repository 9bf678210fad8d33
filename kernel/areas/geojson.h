// GeoJSON (RFC 7946) as far as boundaries need it: features with a code and a polygon. Private to kernel/areas.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "simplify.h"

namespace tinhso::areas {

struct GeoFeature {
  std::string code;                         // properties.code, else id; may be ""
  std::vector<std::vector<Ring>> polygons;  // outer ring first
};

// The features of a collection. kInvalid "import_geojson_malformed".
Result<json::array> ReadGeoJson(std::string_view text);
// "" or why it cannot be taken: "geojson_feature_malformed" (then without a code), "geojson_geometry_malformed".
std::string ReadGeoFeature(const json::value& v, GeoFeature& out);

}  // namespace tinhso::areas
