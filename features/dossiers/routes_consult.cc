// Between offices, opinions asked and papers handed over: request → one service call → response. Shapes: api/openapi.yaml.
#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "impl.h"

namespace tinhso::dossiers {
namespace {

std::optional<int64_t> ConsultIdOf(std::string_view text) {
  int64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc() || end != text.data() + text.size() || id <= 0) return std::nullopt;
  return id;
}

Result<int64_t> ConsultationId(const http::Request& request) {
  const auto id = ConsultIdOf(request.Param("consultation_id"));
  if (!id) return MakeError(ErrorCode::kNotFound, "consultation_not_found");
  return *id;
}

void ReadFileIds(json::Reader& in, std::vector<int64_t>& out) {
  const json::array* ids = in.OptionalArray("file_ids", kConsultFilesMax);
  for (size_t i = 0; ids != nullptr && i < ids->size(); ++i) {
    const json::value& v = (*ids)[i];
    const auto id = v.is_string() ? ConsultIdOf(std::string_view(v.as_string())) : std::nullopt;
    if (!id) in.Fail("file_ids", "file_unknown");
    else if (std::find(out.begin(), out.end(), *id) == out.end()) out.push_back(*id);
  }
}

Result<Service::ConsultParams> ReadConsult(const http::Request& request) {
  TINHSO_ASSIGN(json::value body, request.Json());
  Service::ConsultParams params;
  params.dossier_code = std::string(request.Param("dossier_code"));
  json::Reader in(body);
  params.version_seen = in.Int("version", 1, INT64_MAX);
  params.question = text::Trim(in.Text("question", 1, kReasonLengthMax));
  if (params.question.empty()) in.Fail("question", "field_required");
  params.required = in.OptionalBool("required").value_or(true);
  ReadFileIds(in, params.file_ids);
  Error invalid{ErrorCode::kInvalid, "validation_failed", {}, {}, 0};
  const json::array* units = in.OptionalArray("units", kConsultUnitsMax);
  if (units == nullptr || units->empty()) in.Fail("units", "field_required");
  for (size_t i = 0; units != nullptr && i < units->size(); ++i) {
    json::Reader one((*units)[i], "/units/" + std::to_string(i));
    Service::ConsultParams::Whom whom{one.Text("unit_code", 1, 60), std::nullopt};
    if (auto days = one.OptionalInt("days", 1, 365)) whom.days = static_cast<int>(*days);
    if (auto status = one.Finish(); !status.ok()) invalid.fields.insert(invalid.fields.end(), status.error().fields.begin(), status.error().fields.end());
    params.units.push_back(std::move(whom));
  }
  TINHSO_TRY(in.Finish());
  if (!invalid.fields.empty()) return invalid;
  return params;
}

Result<Service::ConsultAnswer> ReadOpinion(const http::Request& request) {
  TINHSO_ASSIGN(json::value body, request.Json());
  Service::ConsultAnswer params;
  params.dossier_code = std::string(request.Param("dossier_code"));
  TINHSO_ASSIGN(params.consultation_id, ConsultationId(request));
  json::Reader in(body);
  params.verdict = in.Text("verdict", 1, 30);
  params.text = text::Trim(in.OptionalText("text", kOpinionLengthMax).value_or(""));
  if (params.verdict != "agree" && params.verdict != "agree_with_remarks" && params.verdict != "disagree") in.Fail("verdict", "field_option_unknown");
  // Whoever does not simply agree says why.
  else if (params.verdict != "agree" && params.text.empty()) in.Fail("text", "field_required");
  ReadFileIds(in, params.file_ids);
  TINHSO_TRY(in.Finish());
  return params;
}

Result<http::Response> AnswerConsult(Result<std::string> result, int status = 200) {
  if (!result.ok()) return std::move(result.error());
  http::Response response = http::Response::Bytes(std::move(*result), "application/json");
  response.status = status;
  return response;
}

}  // namespace

void Service::AddConsultRoutes(std::vector<http::Route>& routes) {
  auto get = [&](const char* pattern, http::Handler handler) {
    routes.push_back({"GET", pattern, "dossier.read", "", http::BodyKind::kNone, std::move(handler)});
  };
  auto post = [&](const char* pattern, const char* event, http::BodyKind body, http::Handler handler) {
    routes.push_back({"POST", pattern, "dossier.act", event, body, std::move(handler)});
  };
  routes.push_back({"POST", "/api/v1/dossiers/{dossier_code}/transfer", "dossier.receive", "dossier.transferred", http::BodyKind::kJson,
                    [this](http::Request& r) -> Result<http::Response> {
                      TINHSO_ASSIGN(json::value body, r.Json());
                      TransferParams params;
                      params.dossier_code = std::string(r.Param("dossier_code"));
                      json::Reader in(body);
                      params.version_seen = in.Int("version", 1, INT64_MAX);
                      params.step = in.Text("step", 1, 10);
                      if (params.step != "send" && params.step != "take") in.Fail("step", "field_option_unknown");
                      params.note = text::Trim(in.OptionalText("note", kReasonLengthMax).value_or(""));
                      TINHSO_TRY(in.Finish());
                      return AnswerConsult(Transfer(params, *r.principal));
                    }});
  get("/api/v1/consultations", [this](http::Request& r) -> Result<http::Response> {
    TINHSO_ASSIGN(const int64_t limit, r.QueryInt("limit", 1, 100, 50));
    return AnswerConsult(AskedOfUs(std::string(r.Query("cursor")), limit, *r.principal));
  });
  get("/api/v1/dossiers/{dossier_code}/consultations",
      [this](http::Request& r) { return AnswerConsult(Consultations(r.Param("dossier_code"), *r.principal)); });
  post("/api/v1/dossiers/{dossier_code}/consultations", "dossier.consulted", http::BodyKind::kJson, [this](http::Request& r) -> Result<http::Response> {
    TINHSO_ASSIGN(const ConsultParams params, ReadConsult(r));
    return AnswerConsult(Consult(params, *r.principal), 201);
  });
  get("/api/v1/dossiers/{dossier_code}/consultations/{consultation_id}", [this](http::Request& r) -> Result<http::Response> {
    TINHSO_ASSIGN(const int64_t id, ConsultationId(r));
    return AnswerConsult(GetConsultation(r.Param("dossier_code"), id, *r.principal));
  });
  get("/api/v1/dossiers/{dossier_code}/consultations/{consultation_id}/files/{file_id}", [this](http::Request& r) -> Result<http::Response> {
    TINHSO_ASSIGN(const int64_t id, ConsultationId(r));
    const auto file_id = ConsultIdOf(r.Param("file_id"));
    if (!file_id) return MakeError(ErrorCode::kNotFound, "file_not_found");
    TINHSO_ASSIGN(files::File file, ConsultationFile(r.Param("dossier_code"), id, *file_id, *r.principal));
    auto response = http::Response::File(impl_->deps.files.PathOf(file), file.size_bytes, file.media_type);
    response.WithFileName(file.name, true);
    return response;
  });
  post("/api/v1/dossiers/{dossier_code}/consultations/{consultation_id}/answer", "dossier.consult_answered", http::BodyKind::kJson,
       [this](http::Request& r) -> Result<http::Response> {
         TINHSO_ASSIGN(const ConsultAnswer params, ReadOpinion(r));
         return AnswerConsult(AnswerConsultation(params, *r.principal));
       });
  post("/api/v1/dossiers/{dossier_code}/consultations/{consultation_id}/reminder", "dossier.consult_reminded", http::BodyKind::kNone,
       [this](http::Request& r) -> Result<http::Response> {
         TINHSO_ASSIGN(const int64_t id, ConsultationId(r));
         return AnswerConsult(RemindConsultation(r.Param("dossier_code"), id, *r.principal));
       });
  post("/api/v1/dossiers/{dossier_code}/consultations/{consultation_id}/withdrawal", "dossier.consult_withdrawn", http::BodyKind::kJson,
       [this](http::Request& r) -> Result<http::Response> {
         TINHSO_ASSIGN(const int64_t id, ConsultationId(r));
         TINHSO_ASSIGN(json::value body, r.Json());
         json::Reader in(body);
         const std::string reason = in.Text("reason", 1, kReasonLengthMax);
         TINHSO_TRY(in.Finish());
         return AnswerConsult(WithdrawConsultation(r.Param("dossier_code"), id, reason, *r.principal));
       });
}

}  // namespace tinhso::dossiers
