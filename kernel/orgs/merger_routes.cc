#include <charconv>

#include "base/text.h"
#include "kernel/orgs/merger.h"

namespace tinhso::orgs {
namespace {

constexpr size_t kPredecessorsMax = 50;
constexpr size_t kBasisLengthMax = 500;

Result<Mergers::Request> ReadMerger(const http::Request& request) {
  TINHSO_ASSIGN(auto body, request.Json());
  json::Reader in(body);
  Mergers::Request out;
  out.effective_on = in.Text("effective_on", 10, 10);
  out.basis = text::Trim(in.Text("basis", 1, kBasisLengthMax));
  out.successor_code = text::Trim(in.Text("successor_code", 1, 60));
  out.name = in.OptionalText("name", 200).value_or("");
  out.short_name = in.OptionalText("short_name", 200).value_or("");
  out.area_code = in.OptionalText("area_code", 16).value_or("");
  if (const json::array* codes = in.Array("predecessors", kPredecessorsMax)) {
    for (const json::value& code : *codes) {
      if (code.is_string()) out.predecessors.emplace_back(code.as_string());
      else in.Fail("predecessors", "field_type_wrong");
    }
  }
  TINHSO_TRY(in.Finish());
  return out;
}

Result<int64_t> MergerParam(const http::Request& request) {
  std::string_view text = request.Param("merger_id");
  int64_t id = 0;
  auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (bad != std::errc() || end != text.data() + text.size()) return MakeError(ErrorCode::kNotFound, "merger_not_found");
  return id;
}

Result<http::Response> AnswerMerger(Result<json::object> result, int status = 200) {
  if (!result.ok()) return std::move(result.error());
  return http::Response::Json(json::value(std::move(*result)), status);
}

}  // namespace

std::vector<http::Route> Routes(Mergers& mergers) {
  using http::BodyKind;
  return {
      {"POST", "/api/v1/admin/mergers/preview", "units.admin", "merger.previewed", BodyKind::kJson,
       [&mergers](http::Request& request) -> Result<http::Response> {
         TINHSO_ASSIGN(auto wanted, ReadMerger(request));
         return AnswerMerger(mergers.Preview(wanted, *request.principal));
       }},
      {"GET", "/api/v1/admin/mergers", "units.admin", "", BodyKind::kNone,
       [&mergers](http::Request&) -> Result<http::Response> {
         TINHSO_ASSIGN(json::array items, mergers.List());
         return http::Response::Json(json::object{{"items", std::move(items)}, {"next_cursor", nullptr}});
       }},
      {"POST", "/api/v1/admin/mergers", "units.admin", "merger.scheduled", BodyKind::kJson,
       [&mergers](http::Request& request) -> Result<http::Response> {
         TINHSO_ASSIGN(auto wanted, ReadMerger(request));
         return AnswerMerger(mergers.Schedule(wanted, *request.principal), 201);
       }},
      {"GET", "/api/v1/admin/mergers/{merger_id}", "units.admin", "", BodyKind::kNone,
       [&mergers](http::Request& request) -> Result<http::Response> {
         TINHSO_ASSIGN(int64_t merger_id, MergerParam(request));
         return AnswerMerger(mergers.Get(merger_id));
       }},
      {"DELETE", "/api/v1/admin/mergers/{merger_id}", "units.admin", "merger.cancelled", BodyKind::kNone,
       [&mergers](http::Request& request) -> Result<http::Response> {
         TINHSO_ASSIGN(int64_t merger_id, MergerParam(request));
         return AnswerMerger(mergers.Cancel(merger_id, *request.principal));
       }},
  };
}

}  // namespace tinhso::orgs
