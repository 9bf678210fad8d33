// request → one service call → response. Shapes: api/openapi.yaml.
#include <set>

#include "base/text.h"
#include "complaints.h"

namespace tinhso::complaints {
namespace {

Result<http::Response> Answered(Result<std::string> answer, int status = 200) {
  if (!answer.ok()) return std::move(answer.error());
  http::Response response = http::Response::Bytes(std::move(*answer), "application/json");
  response.status = status;
  return response;
}

// One of `words`; no text of blanks alone.
std::string ReadWord(json::Reader& in, const char* key, const std::set<std::string>& words) {
  std::string word = in.Text(key, 1, 20);
  if (!word.empty() && words.count(word) == 0) in.Fail(key, "field_option_unknown");
  return word;
}
std::string ReadText(json::Reader& in, size_t length_max) {
  std::string out = text::Trim(in.Text("text", 1, length_max));
  if (out.empty()) in.Fail("text", "field_required");
  return out;
}

}  // namespace

std::vector<http::Route> Service::Routes() {
  std::vector<http::Route> routes;
  auto get = [&](const char* pattern, const char* permission, http::Handler handler) {
    routes.push_back({"GET", pattern, permission, "", http::BodyKind::kNone, std::move(handler)});
  };
  get("/api/v1/dossiers/{dossier_code}/complaints", "dossier.read_own", [this](http::Request& r) { return Answered(OfDossier(r.Param("dossier_code"), *r.principal)); });
  routes.push_back({"POST", "/api/v1/dossiers/{dossier_code}/complaints", "dossier.read_own", "complaint.filed", http::BodyKind::kJson,
                    [this](http::Request& r) -> Result<http::Response> {
                      TINHSO_ASSIGN(json::value body, r.Json());
                      json::Reader in(body);
                      FileParams params{std::string(r.Param("dossier_code")), ReadWord(in, "kind", {"late", "attitude", "wrong_demand", "other"}), ReadText(in, kTextLengthMax)};
                      TINHSO_TRY(in.Finish());
                      return Answered(File(params, *r.principal), 201);
                    }});
  get("/api/v1/complaints", "complaint.answer", [this](http::Request& r) -> Result<http::Response> {
    ListParams params{std::string(r.Query("state").empty() ? "open" : r.Query("state")), std::string(r.Query("cursor")), 50};
    if (params.state != "open" && params.state != "answered") return FieldInvalid("?state", "field_option_unknown");
    TINHSO_ASSIGN(params.limit, r.QueryInt("limit", 1, 100, 50));
    return Answered(List(params, *r.principal));
  });
  get("/api/v1/complaints/{complaint_code}", "complaint.answer", [this](http::Request& r) { return Answered(Get(r.Param("complaint_code"), *r.principal)); });
  routes.push_back({"POST", "/api/v1/complaints/{complaint_code}/answer", "complaint.answer", "complaint.answered", http::BodyKind::kJson,
                    [this](http::Request& r) -> Result<http::Response> {
                      TINHSO_ASSIGN(json::value body, r.Json());
                      json::Reader in(body);
                      AnswerParams params{std::string(r.Param("complaint_code")), ReadWord(in, "outcome", {"right", "partly", "not_right"}), ReadText(in, kAnswerLengthMax),
                                          in.Int("version", 1, INT64_MAX)};
                      TINHSO_TRY(in.Finish());
                      return Answered(Answer(params, *r.principal));
                    }});
  return routes;
}

}  // namespace tinhso::complaints
