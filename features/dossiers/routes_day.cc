// The officers' day: request → one service call → response. Shapes: api/openapi.yaml.
#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "impl.h"

namespace tinhso::dossiers {
namespace {

Result<int64_t> NoteId(const http::Request& request) {
  const std::string_view text = request.Param("note_id");
  int64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc() || end != text.data() + text.size() || id <= 0) return MakeError(ErrorCode::kNotFound, "note_not_found");
  return id;
}

Result<Service::NoteParams> ReadNote(const http::Request& request) {
  TINHSO_ASSIGN(json::value body, request.Json());
  Service::NoteParams params;
  params.dossier_code = std::string(request.Param("dossier_code"));
  json::Reader in(body);
  params.text = text::Trim(in.Text("text", 1, kNoteLengthMax));
  if (params.text.empty()) in.Fail("text", "field_required");
  if (const json::array* mentions = in.OptionalArray("mentions", kMentionsMax)) {
    for (const json::value& v : *mentions) {
      const std::string_view text = v.is_string() ? std::string_view(v.as_string()) : std::string_view();
      int64_t id = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
      if (text.empty() || error != std::errc() || end != text.data() + text.size()) in.Fail("mentions", "mention_unknown");
      else if (std::find(params.mentions.begin(), params.mentions.end(), id) == params.mentions.end()) params.mentions.push_back(id);
    }
  }
  TINHSO_TRY(in.Finish());
  return params;
}

Result<http::Response> AnswerDay(Result<std::string> result, int status = 200) {
  if (!result.ok()) return std::move(result.error());
  http::Response response = http::Response::Bytes(std::move(*result), "application/json");
  response.status = status;
  return response;
}

}  // namespace

void Service::AddDayRoutes(std::vector<http::Route>& routes) {
  auto get = [&](const char* pattern, const char* permission, http::Handler handler) {
    routes.push_back({"GET", pattern, permission, "", http::BodyKind::kNone, std::move(handler)});
  };
  get("/api/v1/dossiers/{dossier_code}/notes", "dossier.read", [this](http::Request& r) { return AnswerDay(Notes(r.Param("dossier_code"), *r.principal)); });
  routes.push_back({"POST", "/api/v1/dossiers/{dossier_code}/notes", "dossier.read", "dossier.noted", http::BodyKind::kJson,
                    [this](http::Request& r) -> Result<http::Response> {
                      TINHSO_ASSIGN(NoteParams params, ReadNote(r));
                      return AnswerDay(AddNote(params, *r.principal), 201);
                    }});
  routes.push_back({"POST", "/api/v1/dossiers/{dossier_code}/notes/{note_id}/withdrawal", "dossier.read", "dossier.note_withdrawn", http::BodyKind::kNone,
                    [this](http::Request& r) -> Result<http::Response> {
                      TINHSO_ASSIGN(const int64_t note_id, NoteId(r));
                      return AnswerDay(WithdrawNote(r.Param("dossier_code"), note_id, *r.principal));
                    }});
  get("/api/v1/dossiers/{dossier_code}/note-people", "dossier.read", [this](http::Request& r) -> Result<http::Response> {
    TINHSO_ASSIGN(json::object people, NotePeople(r.Param("dossier_code"), *r.principal));
    return http::Response::Json(people);
  });
  get("/api/v1/mentions", "dossier.read", [this](http::Request& r) -> Result<http::Response> {
    TINHSO_ASSIGN(const int64_t limit, r.QueryInt("limit", 1, 100, 50));
    return AnswerDay(Mentions(std::string(r.Query("cursor")), limit, *r.principal));
  });
  routes.push_back({"POST", "/api/v1/mentions/{note_id}/done", "dossier.read", "dossier.mention_done", http::BodyKind::kNone,
                    [this](http::Request& r) -> Result<http::Response> {
                      TINHSO_ASSIGN(const int64_t note_id, NoteId(r));
                      TINHSO_TRY(FinishMention(note_id, *r.principal));
                      return http::Response::NoContent();
                    }});
  get("/api/v1/waiting", "dossier.read", [this](http::Request& r) -> Result<http::Response> {
    WaitingParams params;
    params.kind = std::string(r.Query("kind"));
    if (!params.kind.empty() && params.kind != "supplement" && params.kind != "payment" && params.kind != "unit" && params.kind != "agency")
      return FieldInvalid("?kind", "field_option_unknown");
    params.cursor = std::string(r.Query("cursor"));
    params.mine = r.Query("mine") == "1";
    TINHSO_ASSIGN(params.limit, r.QueryInt("limit", 1, 100, 50));
    return AnswerDay(Waiting(params, *r.principal));
  });
  get("/api/v1/work-times", "dossier.assign", [this](http::Request& r) -> Result<http::Response> {
    TINHSO_ASSIGN(json::object times, WorkTimes(*r.principal));
    return http::Response::Json(times);
  });
}

}  // namespace tinhso::dossiers
