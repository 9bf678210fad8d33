// Boundaries from the operator's GeoJSON: only closed rings on the earth come out.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "geojson.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tinhso::areas;
  auto features = ReadGeoJson(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!features.ok()) return 0;
  Borders borders;
  for (const auto& one : *features) {
    GeoFeature feature;
    if (!ReadGeoFeature(one, feature).empty()) continue;
    if (feature.polygons.empty()) std::abort();
    for (const auto& polygon : feature.polygons) {
      for (const Ring& ring : polygon) {
        if (ring.size() < 4 || ring.front() != ring.back()) std::abort();
        for (const Point& p : ring)
          if (std::abs(p.x) > 180'000'000 || std::abs(p.y) > 90'000'000) std::abort();
        borders.Add(ring);
      }
    }
    for (const auto& polygon : feature.polygons)
      for (const Ring& ring : polygon) (void)borders.Simplify(ring, 1200);
  }
  return 0;
}
