#include "procedures.h"

namespace tinhso::procedures {
namespace {

constexpr size_t kQueryBytesMax = 800;  // 200 characters of Vietnamese

json::object SummaryJson(const Summary& s) {
  return json::object{{"procedure_code", s.code},
                      {"name", s.name},
                      {"name_en", s.name_en},
                      {"field", s.field},
                      {"level", s.level},
                      {"configured", s.configured},
                      {"service_level", s.service_level},
                      {"time_text", s.time_text},
                      {"fee_text", s.fee_text}};
}

Result<http::Response> GetProcedures(Catalogue& catalogue, http::Request& request) {
  Query query;
  query.words = request.Query("q");
  if (query.words.size() > kQueryBytesMax) return FieldInvalid("?q", "too_long");
  query.field = request.Query("field");
  query.level = request.Query("level");
  if (!query.level.empty() && query.level != "commune" && query.level != "province" &&
      query.level != "ministry" && query.level != "other") {
    return FieldInvalid("?level", "not_an_option");
  }
  const std::string_view online = request.Query("online");
  if (!online.empty() && online != "1") return FieldInvalid("?online", "not_an_option");
  query.configured_only = online == "1";
  query.cursor = request.Query("cursor");
  TINHSO_ASSIGN(const int64_t limit, request.QueryInt("limit", 1, kPageMax, 50));
  query.limit = static_cast<int>(limit);
  TINHSO_ASSIGN(const Page page, catalogue.Search(query));
  json::array items;
  for (const Summary& summary : page.items) items.push_back(SummaryJson(summary));
  json::array fields;
  for (const FieldCount& field : page.fields)
    fields.push_back(json::object{{"field", field.field}, {"count", field.count}});
  json::object body{{"items", std::move(items)},
                    {"next_cursor", nullptr},
                    {"total", page.total},
                    {"fields", std::move(fields)}};
  if (!page.next_cursor.empty()) body["next_cursor"] = page.next_cursor;
  return http::Response::Json(std::move(body));
}

Result<http::Response> GetProcedure(Catalogue& catalogue, http::Request& request) {
  TINHSO_ASSIGN(const auto procedure, catalogue.Get(request.Param("procedure_code")));
  return http::Response::Json(*procedure);
}

}  // namespace

std::vector<http::Route> Routes(Catalogue& catalogue) {
  return {
      {"GET", "/api/v1/procedures", "public", "", http::BodyKind::kNone,
       [&catalogue](http::Request& request) { return GetProcedures(catalogue, request); }},
      {"GET", "/api/v1/procedures/{procedure_code}", "public", "", http::BodyKind::kNone,
       [&catalogue](http::Request& request) { return GetProcedure(catalogue, request); }},
  };
}

}  // namespace tinhso::procedures
