// request → one service call → response. Shapes: api/openapi.yaml.
#include <algorithm>
#include <charconv>
#include <set>

#include "base/text.h"
#include "queue.h"

namespace tinhso::queue {
namespace {

constexpr size_t kTitleLengthMax = 80;

Result<http::Response> Json(Result<std::string> answer, int status = 200) {
  if (!answer.ok()) return std::move(answer.error());
  http::Response response = http::Response::Bytes(std::move(*answer), "application/json");
  response.status = status;
  return response;
}

bool IsGroupLetter(std::string_view text) { return text.size() == 1 && text[0] >= 'A' && text[0] <= 'Z'; }

Result<Service::NextParams> ReadNext(const http::Request& request) {
  TINHSO_ASSIGN(json::value body, request.Json());
  json::Reader in(body);
  Service::NextParams params;
  params.desk = text::Trim(in.Text("desk", 1, kDeskLengthMax));
  if (const json::array* groups = in.OptionalArray("service_groups", kGroupsMax))
    for (const json::value& v : *groups) {
      if (!v.is_string() || !IsGroupLetter(v.as_string())) in.Fail("service_groups", "queue_group_unknown");
      else params.service_groups.emplace_back(v.as_string());
    }
  TINHSO_TRY(in.Finish());
  return params;
}

Result<Service::ActionParams> ReadAction(const http::Request& request) {
  Service::ActionParams params;
  const std::string_view id = request.Param("ticket_id");
  const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), params.ticket_id);
  if (error != std::errc() || end != id.data() + id.size()) return MakeError(ErrorCode::kNotFound, "queue_ticket_not_found");
  TINHSO_ASSIGN(json::value body, request.Json());
  json::Reader in(body);
  params.action = in.Text("action", 1, 20);
  static const std::set<std::string> kActions = {"recall", "done", "no_show", "transfer", "requeue"};
  if (!params.action.empty() && kActions.count(params.action) == 0) in.Fail("action", "field_option_unknown");
  params.version_seen = in.Int("version", 1, INT64_MAX);
  params.service_group = in.OptionalText("service_group", 1).value_or("");
  if (params.action == "transfer" && params.service_group.empty()) in.Fail("service_group", "field_required");
  TINHSO_TRY(in.Finish());
  return params;
}

Result<std::vector<Group>> ReadGroups(const http::Request& request) {
  TINHSO_ASSIGN(json::value body, request.Json());
  json::Reader in(body);
  const json::array* list = in.Array("groups", kGroupsMax);
  TINHSO_TRY(in.Finish());
  std::vector<Group> out;
  std::set<std::string> seen;
  for (size_t i = 0; i < list->size(); ++i) {
    json::Reader read((*list)[i], "/groups/" + std::to_string(i));
    Group group{read.Text("service_group", 1, 1), text::Trim(read.Text("vi", 1, kTitleLengthMax)), text::Trim(read.Text("en", 1, kTitleLengthMax))};
    if (!IsGroupLetter(group.service_group) || !seen.insert(group.service_group).second) read.Fail("service_group", "queue_group_unknown");
    TINHSO_TRY(read.Finish());
    out.push_back(std::move(group));
  }
  if (out.empty()) return FieldInvalid("/groups", "field_required");
  return out;
}

}  // namespace

std::vector<http::Route> Service::Routes() {
  std::vector<http::Route> routes;
  auto add = [&](const char* method, const char* pattern, const char* permission, const char* event, http::Handler handler) {
    const bool reads = std::string_view(method) == "GET";
    routes.push_back({method, pattern, permission, event, reads ? http::BodyKind::kNone : http::BodyKind::kJson, std::move(handler)});
  };
  add("GET", "/api/v1/queue-boards/{unit_code}", "public", "", [this](http::Request& r) { return Json(Board(r.Param("unit_code"))); });
  add("POST", "/api/v1/queue-boards/{unit_code}/tickets", "public", "queue.issued", [this](http::Request& r) -> Result<http::Response> {
    TINHSO_ASSIGN(json::value body, r.Json());
    json::Reader in(body);
    IssueParams params{std::string(r.Param("unit_code")), in.Text("key", 1, 100), in.Text("service_group", 1, 1)};
    TINHSO_TRY(in.Finish());
    return Json(Issue(params), 201);
  });
  add("GET", "/api/v1/queue/mine", "queue.serve", "", [this](http::Request& r) { return Json(Mine(*r.principal)); });
  add("POST", "/api/v1/queue/next", "queue.serve", "queue.called", [this](http::Request& r) -> Result<http::Response> {
    TINHSO_ASSIGN(NextParams params, ReadNext(r));
    return Json(Next(params, *r.principal));
  });
  add("POST", "/api/v1/queue/tickets/{ticket_id}/actions", "queue.serve", "queue.changed", [this](http::Request& r) -> Result<http::Response> {
    TINHSO_ASSIGN(ActionParams params, ReadAction(r));
    return Json(Act(params, *r.principal));
  });
  add("GET", "/api/v1/queue/figures", "queue.serve", "", [this](http::Request& r) { return Json(Figures(r.Query("from"), r.Query("to"), *r.principal)); });
  add("PUT", "/api/v1/queue/groups", "queue.manage", "queue.configured", [this](http::Request& r) -> Result<http::Response> {
    TINHSO_ASSIGN(const std::vector<Group> groups, ReadGroups(r));
    return Json(SetGroups(groups, *r.principal));
  });
  add("POST", "/api/v1/queue/kiosk-key", "queue.manage", "queue.configured", [this](http::Request& r) { return Json(NewKioskKey(*r.principal), 201); });
  routes.back().body_kind = http::BodyKind::kNone;
  return routes;
}

}  // namespace tinhso::queue
