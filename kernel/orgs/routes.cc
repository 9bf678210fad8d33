#include <algorithm>

#include "base/text.h"
#include "kernel/orgs/orgs.h"

namespace tinhso::orgs {
namespace {

constexpr size_t kNameLengthMaxUnit = 200;
constexpr int64_t kPageUnitsMax = 100;
constexpr int64_t kPageUnitsDefault = 50;

json::value TextOrNull(const std::string& s) { return s.empty() ? json::value(nullptr) : json::value(s); }

json::object DayJson(const calendar::SpecialDay& day) {
  return {{"on", FormatDate(day.on)}, {"kind", calendar::DayKindName(day.kind)}, {"name", day.name}, {"source", day.source}};
}

Result<http::Response> ListUnits(Service& service, http::Request& request) {
  auto snapshot = service.snapshot();
  TINHSO_ASSIGN(int64_t limit, request.QueryInt("limit", 1, kPageUnitsMax, kPageUnitsDefault));
  std::string_view query = request.Query("q");
  if (text::Length(query) > 100) return FieldInvalid("?q", "text_too_long");
  if (std::string_view kind = request.Query("kind"); !kind.empty() && !IsUnitKind(kind)) return FieldInvalid("?kind", "field_option_unknown");
  int64_t parent_id = 0;
  if (std::string_view parent = request.Query("parent"); !parent.empty()) {
    const Unit* unit = snapshot->ByCode(parent);
    if (unit == nullptr) return MakeError(ErrorCode::kNotFound, "unit_not_found");
    parent_id = unit->unit_id;
  }
  std::string on = FormatDate(LocalDate(service.clock().NowUs()));
  if (std::string_view day = request.Query("on"); !day.empty()) {
    if (!ParseDate(day).ok()) return FieldInvalid("?on", "date_malformed");
    on = std::string(day);
  }
  std::string after;
  if (std::string_view cursor = request.Query("cursor"); !cursor.empty()) {
    TINHSO_ASSIGN(auto parts, http::DecodeCursor(cursor, 1));
    after = parts[0];
  }
  json::array items;
  json::value next = nullptr;
  const Unit* last = nullptr;
  for (const Unit* unit : snapshot->Find(query, request.Query("kind"), parent_id)) {
    if ((!after.empty() && unit->unit_code <= after) || !unit->CoversDay(on)) continue;
    if (static_cast<int64_t>(items.size()) == limit) {
      next = json::value(http::EncodeCursor({last->unit_code}));
      break;
    }
    items.push_back(ToJson(*snapshot, *unit));
    last = unit;
  }
  return http::Response::Json(json::object{{"items", std::move(items)}, {"next_cursor", std::move(next)}});
}

Result<http::Response> GetUnit(Service& service, http::Request& request) {
  auto snapshot = service.snapshot();
  const Unit* unit = snapshot->ByCode(request.Param("unit_code"));
  if (unit == nullptr) return MakeError(ErrorCode::kNotFound, "unit_not_found");
  return http::Response::Json(ToJson(*snapshot, *unit));
}

Result<http::Response> PatchUnit(Service& service, http::Request& request) {
  TINHSO_ASSIGN(auto body, request.Json());
  json::Reader in(body);
  std::string name = text::Trim(in.Text("name", 1, kNameLengthMaxUnit));
  TINHSO_TRY(in.Finish());
  if (name.empty()) return FieldInvalid("/name", "field_required");
  auto snapshot = service.snapshot();
  const Unit* unit = snapshot->ByCode(request.Param("unit_code"));
  // An administrator manages his own authority and what is under it; others are not shown as existing to this route.
  if (unit == nullptr || !snapshot->IsWithin(unit->unit_id, request.principal->authority_id)) {
    return MakeError(ErrorCode::kNotFound, "unit_not_found");
  }
  TINHSO_TRY(service.RenameUnit(unit->unit_id, name, *request.principal));
  auto renamed = service.snapshot();
  return http::Response::Json(ToJson(*renamed, *renamed->ById(unit->unit_id)));
}

Result<http::Response> ListDays(Service& service, http::Request& request) {
  if (request.Query("year").empty()) return FieldInvalid("?year", "field_required");
  TINHSO_ASSIGN(int64_t year, request.QueryInt("year", 1900, 2200, 0));
  TINHSO_ASSIGN(auto days, service.SpecialDays(static_cast<int>(year)));
  json::array items;
  for (const auto& day : days) items.push_back(DayJson(day));
  return http::Response::Json(json::object{{"items", std::move(items)}, {"next_cursor", nullptr}});
}

Result<Date> DayParam(const http::Request& request) {
  auto on = ParseDate(request.Param("on"));
  if (!on.ok()) return FieldInvalid("/on", "date_malformed");
  return on;
}

Result<http::Response> PutDay(Service& service, http::Request& request) {
  TINHSO_ASSIGN(Date on, DayParam(request));
  TINHSO_ASSIGN(auto body, request.Json());
  json::Reader in(body);
  std::string kind = in.Text("kind", 1, 20);
  std::string name = text::Trim(in.Text("name", 1, 200));
  std::string source = text::Trim(in.Text("source", 1, 200));
  auto parsed = calendar::ParseDayKind(kind);
  if (!parsed.ok()) in.Fail("kind", "field_option_unknown");
  TINHSO_TRY(in.Finish());
  calendar::SpecialDay day{on, *parsed, name, source};
  TINHSO_TRY(service.PutSpecialDay(day, *request.principal));
  return http::Response::Json(DayJson(day));
}

Result<http::Response> DeleteDay(Service& service, http::Request& request) {
  TINHSO_ASSIGN(Date on, DayParam(request));
  TINHSO_TRY(service.DeleteSpecialDay(on, *request.principal));
  return http::Response::NoContent();
}

}  // namespace

json::object ToJson(const Snapshot& snapshot, const Unit& unit) {
  const Unit* parent = snapshot.ById(unit.parent_id);
  const Unit* authority = snapshot.ById(unit.authority_id);
  json::array aliases;
  for (const std::string& alias : unit.aliases) aliases.emplace_back(alias);
  if (std::string older = OlderCode(unit.unit_code);
      !older.empty() && std::find(unit.aliases.begin(), unit.aliases.end(), older) == unit.aliases.end()) {
    aliases.emplace_back(older);
  }
  return {{"unit_code", unit.unit_code},
          {"parent_code", parent != nullptr ? json::value(parent->unit_code) : json::value(nullptr)},
          {"authority_code", authority != nullptr ? json::value(authority->unit_code) : json::value(nullptr)},
          {"kind", unit.kind},
          {"name", unit.name},
          {"short_name", unit.short_name},
          {"area_code", unit.area_code},
          {"valid_from", unit.valid_from_on},
          {"valid_to", TextOrNull(unit.valid_to_on)},
          {"continued_by", unit.unit_id != snapshot.ActingFor(unit.unit_id)
                               ? json::value(snapshot.ActingOn(unit.unit_id, "")->unit_code)
                               : json::value(nullptr)},
          {"aliases", std::move(aliases)}};
}

std::vector<http::Route> Routes(Service& service) {
  auto bind = [&service](Result<http::Response> (*handler)(Service&, http::Request&)) {
    return [&service, handler](http::Request& request) { return handler(service, request); };
  };
  using http::BodyKind;
  return {
      {"GET", "/api/v1/units", "public", "", BodyKind::kNone, bind(ListUnits)},
      {"GET", "/api/v1/units/{unit_code}", "public", "", BodyKind::kNone, bind(GetUnit)},
      {"PATCH", "/api/v1/units/{unit_code}", "units.admin", "unit.changed", BodyKind::kJson, bind(PatchUnit)},
      {"GET", "/api/v1/calendar/days", "public", "", BodyKind::kNone, bind(ListDays)},
      {"PUT", "/api/v1/calendar/days/{on}", "calendar.admin", "calendar.changed", BodyKind::kJson, bind(PutDay)},
      {"DELETE", "/api/v1/calendar/days/{on}", "calendar.admin", "calendar.changed", BodyKind::kNone, bind(DeleteDay)},
  };
}

}  // namespace tinhso::orgs
