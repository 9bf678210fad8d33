#include "geojson.h"

#include <cmath>

namespace tinhso::areas {
namespace {

constexpr size_t kGeoDepthMax = 16;

// Only what lies on the earth; at least four points, closed.
bool ReadRing(const json::value& v, Ring& ring) {
  if (!v.is_array() || v.as_array().size() < 4) return false;
  for (const json::value& item : v.as_array()) {
    if (!item.is_array() || item.as_array().size() < 2) return false;
    double xy[2];
    for (int i = 0; i < 2; ++i) {
      boost::json::error_code not_number;
      xy[i] = item.as_array()[i].to_number<double>(not_number);
      if (not_number || !std::isfinite(xy[i])) return false;
    }
    if (std::abs(xy[0]) > 180 || std::abs(xy[1]) > 90) return false;
    Point p{std::llround(xy[0] * 1e6), std::llround(xy[1] * 1e6)};
    if (ring.empty() || ring.back() != p) ring.push_back(p);
  }
  if (ring.size() < 3) return false;
  if (ring.front() != ring.back()) ring.push_back(ring.front());
  return ring.size() >= 4;
}

bool ReadPolygon(const json::value& v, std::vector<std::vector<Ring>>& out) {
  if (!v.is_array() || v.as_array().empty()) return false;
  std::vector<Ring> rings;
  for (const json::value& item : v.as_array()) {
    Ring ring;
    if (!ReadRing(item, ring)) return false;
    rings.push_back(std::move(ring));
  }
  out.push_back(std::move(rings));
  return true;
}

}  // namespace

Result<json::array> ReadGeoJson(std::string_view text) {
  const Error malformed = MakeError(ErrorCode::kInvalid, "import_geojson_malformed");
  boost::json::error_code failed;
  boost::json::parse_options options;
  options.max_depth = kGeoDepthMax;
  json::value root = boost::json::parse(text, failed, {}, options);
  if (failed || !root.is_object()) return malformed;
  json::value* list = root.as_object().if_contains("features");
  if (list == nullptr || !list->is_array()) return malformed;
  return std::move(list->as_array());
}

std::string ReadGeoFeature(const json::value& v, GeoFeature& out) {
  if (!v.is_object()) return "geojson_feature_malformed";
  const json::object& feature = v.as_object();
  if (const json::value* properties = feature.if_contains("properties"); properties != nullptr && properties->is_object())
    out.code = json::GetText(properties->as_object(), "code");
  if (out.code.empty()) out.code = json::GetText(feature, "id");
  const json::value* geometry = feature.if_contains("geometry");
  if (geometry == nullptr || !geometry->is_object()) return "geojson_geometry_malformed";
  const std::string type = json::GetText(geometry->as_object(), "type");
  const json::value* coordinates = geometry->as_object().if_contains("coordinates");
  if (coordinates == nullptr || !coordinates->is_array()) return "geojson_geometry_malformed";
  if (type == "Polygon") return ReadPolygon(*coordinates, out.polygons) ? "" : "geojson_geometry_malformed";
  if (type != "MultiPolygon" || coordinates->as_array().empty()) return "geojson_geometry_malformed";
  for (const json::value& polygon : coordinates->as_array()) {
    if (!ReadPolygon(polygon, out.polygons)) return "geojson_geometry_malformed";
  }
  return "";
}

}  // namespace tinhso::areas
