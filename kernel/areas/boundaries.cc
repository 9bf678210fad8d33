// Boundaries from the operator's GeoJSON, simplified once for each zoom.
#include <cmath>
#include <fstream>
#include <sstream>

#include "kernel/areas/areas.h"
#include "kernel/audit/audit.h"
#include "geojson.h"
#include "simplify.h"
#include "store.h"

namespace tinhso::areas {
namespace {

constexpr size_t kGeoJsonBytesMax = 128 * 1024 * 1024;
constexpr size_t kBoundaryBatch = 100;
constexpr int64_t kTolerance[kZooms] = {8'000, 1'200, 80};  // millionths of a degree: about 900, 130 and 9 m
constexpr int kDecimals[kZooms] = {3, 4, 5};

struct Feature {
  const Area* area = nullptr;
  std::vector<std::vector<Ring>> polygons;  // outer ring first
};

// "" or why the feature cannot be taken.
std::string ReadFeature(const json::value& v, const Snapshot& areas, std::string_view on, Feature& out) {
  GeoFeature read;
  const std::string reason = ReadGeoFeature(v, read);
  if (reason == "geojson_feature_malformed") return reason;
  out.area = areas.On(read.code, on);
  if (out.area == nullptr) return "area_unknown";
  out.polygons = std::move(read.polygons);
  return reason;
}

double AreaOf(const Ring& ring) {
  double sum = 0;
  for (size_t i = 0; i + 1 < ring.size(); ++i) {
    sum += static_cast<double>(ring[i].x) * static_cast<double>(ring[i + 1].y) -
           static_cast<double>(ring[i + 1].x) * static_cast<double>(ring[i].y);
  }
  return std::abs(sum) / 2;
}

void WriteRing(std::string& out, const Ring& ring, int decimals) {
  const int64_t unit = decimals == 3 ? 1000 : decimals == 4 ? 100 : 10;
  out += "[";
  bool first = true;
  Point last;
  for (const Point& p : ring) {
    // One rounding for all: two areas that share a point write the same one.
    Point at{(p.x + (p.x < 0 ? -unit : unit) / 2) / unit, (p.y + (p.y < 0 ? -unit : unit) / 2) / unit};
    if (!first && at == last && &p != &ring.back()) continue;
    char text[64];
    std::snprintf(text, sizeof text, "%s[%.*f,%.*f]", first ? "" : ",", decimals,
                  static_cast<double>(at.x) * static_cast<double>(unit) / 1e6, decimals,
                  static_cast<double>(at.y) * static_cast<double>(unit) / 1e6);
    out += text;
    last = at;
    first = false;
  }
  out += "]";
}

// GeoJSON MultiPolygon. Islands too small to be seen go, but never the whole area.
std::string GeometryAt(const Feature& feature, const Borders& borders, int zoom, int64_t* points) {
  size_t largest = 0;
  for (size_t i = 1; i < feature.polygons.size(); ++i) {
    if (AreaOf(feature.polygons[i][0]) > AreaOf(feature.polygons[largest][0])) largest = i;
  }
  std::string out = R"({"type":"MultiPolygon","coordinates":[)";
  bool first_polygon = true;
  for (size_t i = 0; i < feature.polygons.size(); ++i) {
    std::string polygon;
    for (size_t r = 0; r < feature.polygons[i].size(); ++r) {
      Ring ring = borders.Simplify(feature.polygons[i][r], kTolerance[zoom]);
      if (ring.size() < 4) {
        if (r > 0) continue;
        if (i != largest) break;
        ring = feature.polygons[i][r];
      }
      *points += static_cast<int64_t>(ring.size());
      if (!polygon.empty()) polygon += ",";
      WriteRing(polygon, ring, kDecimals[zoom]);
    }
    if (polygon.empty()) continue;
    out += (first_polygon ? "[" : ",[") + polygon + "]";
    first_polygon = false;
  }
  return out + "]}";
}

}  // namespace

Result<BoundaryReport> Service::ImportBoundaries(const std::string& file, std::string_view on) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream bytes;
  if (!in || !(bytes << in.rdbuf())) return MakeError(ErrorCode::kNotFound, "import_file_unreadable", file);
  const std::string text = std::move(bytes).str();
  if (text.size() > kGeoJsonBytesMax) return MakeError(ErrorCode::kTooLarge, "import_file_too_large", file);
  TINHSO_ASSIGN(const json::array list, ReadGeoJson(text));

  auto areas = snapshot();
  BoundaryReport report;
  std::vector<Feature> features;
  Borders borders;
  for (const json::value& item : list) {
    ++report.features;
    Feature feature;
    std::string reason = ReadFeature(item, *areas, on, feature);
    if (!reason.empty()) {
      ++report.bad;
      if (report.bad_lines.size() < kBadLinesKept) report.bad_lines.push_back({file, report.features, reason});
      continue;
    }
    for (const auto& polygon : feature.polygons) {
      for (const Ring& ring : polygon) {
        borders.Add(ring);
        report.points_read += static_cast<int64_t>(ring.size());
      }
    }
    features.push_back(std::move(feature));
  }
  for (size_t start = 0; start < features.size(); start += kBoundaryBatch) {
    std::vector<store::Boundary> batch;
    for (size_t i = start; i < std::min(features.size(), start + kBoundaryBatch); ++i) {
      for (int zoom = 0; zoom < kZooms; ++zoom) {
        batch.push_back({features[i].area->area_code, features[i].area->valid_from_on, zoom,
                         GeometryAt(features[i], borders, zoom, &report.points_kept[zoom])});
      }
    }
    TINHSO_ASSIGN(int64_t changed, database_.Write([&](db::Tx& tx) -> Result<int64_t> {
      int64_t written = 0;
      std::string last;
      for (const store::Boundary& boundary : batch) {
        TINHSO_ASSIGN(bool fresh, store::UpsertBoundary(tx, boundary));
        if (fresh && last != boundary.area_code) {
          ++written;
          last = boundary.area_code;
        }
      }
      return written;
    }));
    report.stored += changed;
    report.unchanged += static_cast<int64_t>(batch.size()) / kZooms - changed;
  }
  if (report.stored > 0) {
    TINHSO_TRY(database_.Write([&](db::Tx& tx) -> Status {
      audit::Event event;
      event.kind = "areas.imported";
      event.subject_kind = "area";
      event.at_us = clock_.NowUs();
      event.data = {{"boundaries", report.stored}, {"bad", report.bad}};
      return audit::Stage(tx, event);
    }));
  }
  return report;
}

Result<std::string> Service::Boundaries(std::string_view parent_code, std::string_view on, int zoom) const {
  auto areas = snapshot();
  std::string out = R"({"type":"FeatureCollection","features":[)";
  bool first = true;
  TINHSO_TRY(database_.Read([&](db::Tx& tx) -> Status {
    for (const Area* area : areas->Children(parent_code, on)) {
      TINHSO_ASSIGN(std::string geometry, store::GeometryOf(tx, *area, zoom));
      if (geometry.empty()) continue;
      out += std::string(first ? "" : ",") + R"({"type":"Feature","id":")" + area->area_code + R"(","properties":)" +
             json::serialize(json::object{{"area_code", area->area_code}, {"name", area->name}}) + R"(,"geometry":)" + geometry + "}";
      first = false;
    }
    return Ok();
  }));
  return out + "]}";
}

std::string BoundaryReport::ToJsonLine() const {
  return json::serialize(json::object{{"features", features},
                                      {"stored", stored},
                                      {"unchanged", unchanged},
                                      {"bad", bad},
                                      {"points_read", points_read},
                                      {"points_kept", json::array{points_kept[0], points_kept[1], points_kept[2]}}});
}

}  // namespace tinhso::areas
