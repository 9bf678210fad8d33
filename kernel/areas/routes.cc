#include "base/text.h"
#include "kernel/areas/areas.h"

namespace tinhso::areas {
namespace {

constexpr size_t kAreaQueryMax = 200;
constexpr size_t kAddressMax = 400;
constexpr int64_t kPageAreasMax = 100;
constexpr int64_t kPageAreasDefault = 20;

json::value DayOrNull(const std::string& day) { return day.empty() ? json::value(nullptr) : json::value(day); }

json::object AreaJson(const Snapshot& areas, const Area& area, std::string_view today) {
  const Area* province = areas.ProvinceOf(area);
  return {{"area_code", area.area_code},
          {"level", area.level},
          {"name", area.name},
          {"path", areas.PathOf(area)},
          {"parent_code", DayOrNull(area.parent_code)},
          {"province_name", province != nullptr ? json::value(province->name) : json::value(nullptr)},
          {"valid_from", DayOrNull(area.valid_from_on)},
          {"valid_to", DayOrNull(area.valid_to_on)},
          {"current", area.CoversDay(today)}};
}

json::array ChoicesJson(const Snapshot& areas, const std::vector<Choice>& choices, std::string_view today) {
  json::array out;
  for (const Choice& choice : choices) {
    out.push_back(json::object{{"area", AreaJson(areas, *choice.area, today)},
                               {"whole", choice.whole},
                               {"note", choice.note},
                               {"suggested", choice.suggested}});
  }
  return out;
}

Result<std::string> DayQuery(const http::Request& request, const char* name, const std::string& fallback) {
  std::string_view day = request.Query(name);
  if (day.empty()) return fallback;
  if (!ParseDate(day).ok()) return FieldInvalid(std::string("?") + name, "date_malformed");
  return std::string(day);
}

Result<http::Response> ListAreas(Service& service, http::Request& request) {
  TINHSO_ASSIGN(std::string on, DayQuery(request, "on", service.Today()));
  TINHSO_ASSIGN(int64_t limit, request.QueryInt("limit", 1, kPageAreasMax, kPageAreasDefault));
  std::string_view query = request.Query("q");
  if (text::Length(query) > kAreaQueryMax) return FieldInvalid("?q", "text_too_long");
  std::string_view level = request.Query("level");
  if (!level.empty() && level != "province" && level != "district" && level != "commune") return FieldInvalid("?level", "field_option_unknown");
  std::string_view which = request.Query("which");
  if (!which.empty() && which != "on" && which != "former" && which != "all") return FieldInvalid("?which", "field_option_unknown");
  size_t offset = 0;
  if (std::string_view cursor = request.Query("cursor"); !cursor.empty()) {
    TINHSO_ASSIGN(auto parts, http::DecodeCursor(cursor, 1));
    if (parts[0].empty() || parts[0].size() > 7 || parts[0].find_first_not_of("0123456789") != std::string::npos)
      return MakeError(ErrorCode::kMalformed, "cursor_malformed");
    offset = std::stoul(parts[0]);
  }
  auto areas = service.snapshot();
  std::vector<const Area*> found;
  if (request.query.contains("parent")) {
    for (const Area* area : areas->Children(request.Query("parent"), on)) {
      if (level.empty() || area->level == level) found.push_back(area);
    }
  } else {
    found = areas->Find(query, level, which == "former" ? Snapshot::Which::kFormer : which == "all" ? Snapshot::Which::kAll : Snapshot::Which::kOn, on);
  }
  json::array items;
  for (size_t i = offset; i < found.size() && static_cast<int64_t>(items.size()) < limit; ++i)
    items.push_back(AreaJson(*areas, *found[i], on));
  json::value next = nullptr;
  if (offset + items.size() < found.size()) next = json::value(http::EncodeCursor({std::to_string(offset + items.size())}));
  return http::Response::Json(json::object{{"items", std::move(items)}, {"next_cursor", std::move(next)}});
}

// The area as of ?on=, else its last form: a code from an old paper is found.
const Area* AreaOf(const Service& service, const Snapshot& areas, const http::Request& request, const std::string& on) {
  const Area* area = areas.On(request.Param("area_code"), on);
  return area != nullptr || !request.Query("on").empty() ? area : areas.Latest(request.Param("area_code"), service.Today());
}

Result<http::Response> GetArea(Service& service, http::Request& request) {
  TINHSO_ASSIGN(std::string on, DayQuery(request, "on", service.Today()));
  auto areas = service.snapshot();
  const Area* area = AreaOf(service, *areas, request, on);
  if (area == nullptr) return MakeError(ErrorCode::kNotFound, "area_not_found");
  const std::string today = service.Today();
  json::object out = AreaJson(*areas, *area, today);
  json::array aliases, predecessors;
  for (const std::string& alias : areas->AliasesOf(area->area_code)) aliases.emplace_back(alias);
  for (const Area* from : areas->PredecessorsOf(*area)) predecessors.push_back(AreaJson(*areas, *from, today));
  out["aliases"] = std::move(aliases);
  out["predecessors"] = std::move(predecessors);
  out["successors"] = area->CoversDay(today) ? json::array() : ChoicesJson(*areas, areas->Convert(*area, today), today);
  return http::Response::Json(out);
}

Result<http::Response> GetSuccessors(Service& service, http::Request& request) {
  TINHSO_ASSIGN(std::string on, DayQuery(request, "on", service.Today()));
  TINHSO_ASSIGN(std::string to, DayQuery(request, "to", service.Today()));
  if (text::Length(request.Query("detail")) > kAddressMax) return FieldInvalid("?detail", "text_too_long");
  auto areas = service.snapshot();
  const Area* area = AreaOf(service, *areas, request, on);
  if (area == nullptr) return MakeError(ErrorCode::kNotFound, "area_not_found");
  return http::Response::Json(
      json::object{{"area", AreaJson(*areas, *area, to)},
                   {"choices", ChoicesJson(*areas, areas->Convert(*area, to, request.Query("detail")), to)}});
}

Result<http::Response> ConvertAddress(Service& service, http::Request& request) {
  std::string_view address = request.Query("text");
  if (text::Trim(address).empty()) return FieldInvalid("?text", "field_required");
  if (text::Length(address) > kAddressMax) return FieldInvalid("?text", "text_too_long");
  auto areas = service.snapshot();
  const std::string today = service.Today();
  json::array readings;
  std::vector<Reading> found = areas->Read(address, today, service.home());
  if (found.empty()) {
    // No area is named in full: those whose names begin with what was typed, so that typing already shows something.
    for (const Area* area : areas->Find(address, "", Snapshot::Which::kAll, today)) {
      if (found.size() == Snapshot::kReadingsMax) break;
      found.push_back({area, areas->Convert(*area, today), ""});
    }
  }
  for (const Reading& reading : found) {
    readings.push_back(json::object{{"area", AreaJson(*areas, *reading.area, today)},
                                    {"detail", reading.detail},
                                    {"choices", ChoicesJson(*areas, reading.choices, today)}});
  }
  return http::Response::Json(json::object{{"readings", std::move(readings)}});
}

Result<http::Response> GetBoundaries(Service& service, http::Request& request) {
  TINHSO_ASSIGN(std::string on, DayQuery(request, "on", service.Today()));
  TINHSO_ASSIGN(int64_t zoom, request.QueryInt("zoom", 0, kZooms - 1, 1));
  std::string_view parent = request.Query("parent");
  if (!parent.empty() && service.snapshot()->On(parent, on) == nullptr) return MakeError(ErrorCode::kNotFound, "area_not_found");
  TINHSO_ASSIGN(std::string geojson, service.Boundaries(parent, on, static_cast<int>(zoom)));
  return http::Response::Text(std::move(geojson), "application/geo+json");
}

}  // namespace

std::vector<http::Route> Routes(Service& service) {
  auto get = [&service](const char* pattern, Result<http::Response> (*handler)(Service&, http::Request&)) {
    return http::Route{"GET", pattern, "public", "", http::BodyKind::kNone,
                       [&service, handler](http::Request& request) { return handler(service, request); }};
  };
  return {
      get("/api/v1/areas", ListAreas),
      get("/api/v1/areas/{area_code}", GetArea),
      get("/api/v1/areas/{area_code}/successors", GetSuccessors),
      get("/api/v1/addresses/convert", ConvertAddress),
      get("/api/v1/boundaries", GetBoundaries),
  };
}

}  // namespace tinhso::areas
