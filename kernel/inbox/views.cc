// Saved views of the inbox: named filters, an officer's own and those a leader shares with the office.
#include "views.h"

#include <algorithm>
#include <charconv>

#include "base/ids.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "kernel/audit/audit.h"
#include "store_views.h"

namespace tinhso::inbox {
namespace {

constexpr const char* kShares = "dossier.assign";  // who gives work out may share a view of it

struct ViewEdge {
  db::Database& database;
  const Clock& clock;
};

// What of the inbox's address a view keeps; the words are those of GET /api/v1/inbox.
std::string ReadQuery(const json::object& query, json::Reader& in) {
  static constexpr std::pair<const char*, std::string_view> kChoices[] = {{"deadline", " late soon ok none "}, {"sort", " due received code "}, {"mine", " 1 "}};
  json::object kept;
  for (const auto& [key, value] : query) {
    const bool text = key == "q" || key == "state";
    const auto* choice = std::find_if(std::begin(kChoices), std::end(kChoices), [&, name = key](const auto& one) { return name == one.first; });
    if (!value.is_string() || value.as_string().empty() || (!text && choice == std::end(kChoices))) in.Fail("query", "field_option_unknown");
    else if (text::Length(value.as_string()) > kViewFieldLengthMax) in.Fail("query", "text_too_long");
    else if (!text && choice->second.find(" " + std::string(value.as_string()) + " ") == std::string_view::npos) in.Fail("query", "field_option_unknown");
    else kept[key] = value;
  }
  return json::Canonical(kept);
}

std::string ReadName(json::Reader& in) {
  std::string name = text::Trim(in.Text("name", 1, kViewNameLengthMax));
  if (name.empty()) in.Fail("name", "field_required");
  return name;
}

Result<int64_t> ViewId(const http::Request& request) {
  const std::string_view text = request.Param("view_id");
  int64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc() || end != text.data() + text.size() || id <= 0) return MakeError(ErrorCode::kNotFound, "view_not_found");
  return id;
}

Result<http::Response> Views(const ViewEdge& edge, const http::Principal& who, int status = 200) {
  TINHSO_ASSIGN(auto views, edge.database.Read([&](db::Tx& tx) { return store::Views(tx, {who.authority_id, who.account_id}); }));
  json::Writer out(256 + views.size() * 256);
  out.BeginObject().Array("items");
  for (const store::View& view : views) {
    out.BeginObject().Text("view_id", std::to_string(view.view_id)).Text("name", view.name).Raw("query", view.query);
    out.Bool("shared", view.shared).Bool("mine", view.account_id == who.account_id).Text("author_name", view.author_name).EndObject();
  }
  out.EndArray().Int("own_max", static_cast<int64_t>(kViewsMax)).Bool("may_share", who.Has(kShares)).EndObject();
  http::Response response = http::Response::Bytes(out.Take(), "application/json");
  response.status = status;
  return response;
}

Status Record(db::Tx& tx, const ViewEdge& edge, const http::Principal& who, int64_t view_id, const char* change) {
  audit::Event event = audit::By(who, "inbox.view_changed", "inbox_view", view_id, who.authority_id, edge.clock.NowUs());
  event.data = {{"change", change}};
  return audit::Stage(tx, event);
}

Result<http::Response> PostView(const ViewEdge& edge, http::Request& request) {
  const http::Principal& who = *request.principal;
  TINHSO_ASSIGN(json::value body, request.Json());
  json::Reader in(body);
  store::View view{NewId(), who.account_id, ReadName(in), "{}", 0, in.OptionalBool("shared").value_or(false), who.full_name};
  if (const json::object* query = in.Object("query")) view.query = ReadQuery(*query, in);
  TINHSO_TRY(in.Finish());
  if (view.shared && !who.Has(kShares)) return MakeError(ErrorCode::kForbidden, "permission_denied");
  TINHSO_TRY(edge.database.Write([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(auto own, store::OwnViews(tx, {who.authority_id, who.account_id}));
    if (own.size() >= kViewsMax) return MakeError(ErrorCode::kConflict, "views_full");
    view.place = own.empty() ? 0 : own.back().place + 1;
    TINHSO_TRY(store::InsertView(tx, who.authority_id, view));
    return Record(tx, edge, who, view.view_id, "added");
  }));
  return Views(edge, who, 201);
}

Result<http::Response> PatchView(const ViewEdge& edge, http::Request& request) {
  const http::Principal& who = *request.principal;
  TINHSO_ASSIGN(const int64_t view_id, ViewId(request));
  TINHSO_ASSIGN(json::value body, request.Json());
  json::Reader in(body);
  std::optional<std::string> name, query;
  if (body.is_object() && body.as_object().contains("name")) name = ReadName(in);
  if (const json::object* given = in.OptionalObject("query")) query = ReadQuery(*given, in);
  const auto shared = in.OptionalBool("shared");
  const auto place = in.OptionalInt("place", 0, static_cast<int64_t>(kViewsMax) - 1);
  TINHSO_TRY(in.Finish());
  if (shared.value_or(false) && !who.Has(kShares)) return MakeError(ErrorCode::kForbidden, "permission_denied");
  TINHSO_TRY(edge.database.Write([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(auto own, store::OwnViews(tx, {who.authority_id, who.account_id}));
    auto at = std::find_if(own.begin(), own.end(), [&](const store::View& view) { return view.view_id == view_id; });
    if (at == own.end()) return MakeError(ErrorCode::kNotFound, "view_not_found");
    if (name) at->name = *name;
    if (query) at->query = *query;
    if (shared) at->shared = *shared;
    if (place) {
      const store::View moved = *at;
      own.erase(at);
      own.insert(own.begin() + std::min<int64_t>(*place, static_cast<int64_t>(own.size())), moved);
    }
    for (size_t i = 0; i < own.size(); ++i) {
      own[i].place = static_cast<int64_t>(i);
      TINHSO_TRY(store::UpdateView(tx, who.authority_id, own[i]));
    }
    return Record(tx, edge, who, view_id, "changed");
  }));
  return Views(edge, who);
}

Result<http::Response> DeleteView(const ViewEdge& edge, http::Request& request) {
  const http::Principal& who = *request.principal;
  TINHSO_ASSIGN(const int64_t view_id, ViewId(request));
  TINHSO_TRY(edge.database.Write([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(bool gone, store::DeleteView(tx, {who.authority_id, who.account_id}, view_id));
    if (!gone) return MakeError(ErrorCode::kNotFound, "view_not_found");
    return Record(tx, edge, who, view_id, "removed");
  }));
  return Views(edge, who);
}

}  // namespace

void AddViewRoutes(std::vector<http::Route>& routes, db::Database& database, const Clock& clock) {
  const ViewEdge edge{database, clock};
  routes.push_back({"GET", "/api/v1/inbox/views", "inbox.read", "", http::BodyKind::kNone,
                    [edge](http::Request& request) { return Views(edge, *request.principal); }});
  routes.push_back({"POST", "/api/v1/inbox/views", "inbox.read", "inbox.view_changed", http::BodyKind::kJson,
                    [edge](http::Request& request) { return PostView(edge, request); }});
  routes.push_back({"PATCH", "/api/v1/inbox/views/{view_id}", "inbox.read", "inbox.view_changed", http::BodyKind::kJson,
                    [edge](http::Request& request) { return PatchView(edge, request); }});
  routes.push_back({"DELETE", "/api/v1/inbox/views/{view_id}", "inbox.read", "inbox.view_changed", http::BodyKind::kNone,
                    [edge](http::Request& request) { return DeleteView(edge, request); }});
}

}  // namespace tinhso::inbox
