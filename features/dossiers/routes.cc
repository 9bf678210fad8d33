// request → one service call → response. Shapes: api/openapi.yaml.
#include "base/crypto.h"
#include "base/text.h"
#include "impl.h"

namespace tinhso::dossiers {

Service::Service(Deps deps) : impl_(std::make_unique<Impl>(std::move(deps))) {}
Service::~Service() = default;

namespace {

constexpr size_t kCodeLengthMax = 60;
constexpr size_t kIdempotencyKeyMin = 8, kIdempotencyKeyMax = 80;

Result<std::vector<PaperInput>> ReadPapers(const json::array* papers) {
  std::vector<PaperInput> out;
  if (papers == nullptr) return out;
  for (size_t i = 0; i < papers->size(); ++i) {
    const std::string pointer = "/papers/" + std::to_string(i);
    json::Reader in((*papers)[i], pointer);
    PaperInput paper;
    paper.paper_id = in.Text("paper_id", 1, 60);
    paper.name = in.OptionalText("name", 300).value_or("");
    paper.originals = static_cast<int>(in.OptionalInt("originals", 0, 99).value_or(0));
    paper.copies = static_cast<int>(in.OptionalInt("copies", 0, 99).value_or(0));
    if (const json::array* ids = in.OptionalArray("file_ids", kFilesPerPaperMax)) {
      for (const json::value& id : *ids) {
        const std::string_view text = id.is_string() ? std::string_view(id.as_string()) : std::string_view();
        if (text.empty() || text.size() > 18 || text.find_first_not_of("0123456789") != std::string_view::npos) {
          in.Fail("file_ids", "file_unknown");
        } else {
          paper.file_ids.push_back(std::strtoll(std::string(text).c_str(), nullptr, 10));
        }
      }
    }
    if (const json::array* reuse = in.OptionalArray("reuse", kFilesPerPaperMax)) {
      for (const json::value& one : *reuse) {
        const json::object* source = one.if_object();
        const std::string id = source == nullptr ? "" : json::GetText(*source, "file_id");
        if (id.empty() || id.size() > 18 || id.find_first_not_of("0123456789") != std::string::npos) in.Fail("reuse", "paper_source_unknown");
        else paper.reuse.push_back({json::GetText(*source, "dossier_code"), std::strtoll(id.c_str(), nullptr, 10)});
      }
    }
    TINHSO_TRY(in.Finish());
    out.push_back(std::move(paper));
  }
  return out;
}

Result<std::string> IdempotencyKey(const http::Request& request) {
  const std::string_view key = request.Header("idempotency-key");
  if (key.empty()) return std::string();
  if (key.size() < kIdempotencyKeyMin || key.size() > kIdempotencyKeyMax)
    return MakeError(ErrorCode::kMalformed, "idempotency_key_malformed");
  for (char c : key)
    if (c < 0x21 || c > 0x7e) return MakeError(ErrorCode::kMalformed, "idempotency_key_malformed");
  return std::string(key);
}

Result<SubmitParams> ReadSubmit(const http::Request& request) {
  TINHSO_ASSIGN(json::value body, request.Json());
  SubmitParams params;
  TINHSO_ASSIGN(params.idempotency_key, IdempotencyKey(request));
  params.request_sha256 = crypto::Sha256Hex(json::Canonical(body));
  json::Reader in(body);
  params.procedure_code = in.Text("procedure_code", 1, kCodeLengthMax);
  params.unit_code = in.Text("unit_code", 1, kCodeLengthMax);
  params.channel = in.OptionalText("channel", 10).value_or("online");
  if (params.channel != "online" && params.channel != "counter" && params.channel != "post") in.Fail("channel", "field_option_unknown");
  params.return_method = in.OptionalText("return_method", 10).value_or(params.channel == "online" ? "online" : "counter");
  if (params.return_method != "online" && params.return_method != "counter" && params.return_method != "post")
    in.Fail("return_method", "field_option_unknown");
  if (const json::object* answers = in.Object("answers")) params.answers = *answers;
  params.return_here = in.OptionalBool("return_here").value_or(false);
  params.declaration = in.Bool("declaration");
  const json::array* papers = in.OptionalArray("papers", kPapersMax);
  const json::object* applicant = in.OptionalObject("applicant");
  const json::object* proxy = in.OptionalObject("proxy");
  TINHSO_TRY(in.Finish());
  TINHSO_ASSIGN(params.papers, ReadPapers(papers));
  if (applicant != nullptr) {
    const json::value named(*applicant);  // the reader points into it: a temporary would be gone by the next line
    json::Reader person(named, "/applicant");
    identity::Person p;
    p.full_name = text::Trim(person.Text("full_name", 1, 120));
    p.personal_no = person.OptionalText("personal_no", 12).value_or("");
    p.birth_on = person.OptionalText("birth_on", 10).value_or("");
    p.sex = person.OptionalText("sex", 6).value_or("");
    if (!p.sex.empty() && p.sex != "male" && p.sex != "female") person.Fail("sex", "field_option_unknown");
    p.phone = person.OptionalText("phone", 20).value_or("");
    p.email = person.OptionalText("email", 120).value_or("");
    p.address = person.OptionalText("address", 300).value_or("");
    p.area_code = person.OptionalText("area_code", 10).value_or("");
    p.old_identity_no = person.OptionalText("old_identity_no", 12).value_or("");
    p.card_issued_on = person.OptionalText("card_issued_on", 10).value_or("");
    if (!p.card_issued_on.empty() && !ParseDate(p.card_issued_on).ok()) person.Fail("card_issued_on", "date_malformed");
    (void)person.OptionalText("person_id", 20);  // a client may send back what GET /persons gave; the number decides
    TINHSO_TRY(person.Finish());
    params.applicant = p;
  }
  if (proxy != nullptr) {
    const json::value named(*proxy);
    json::Reader read(named, "/proxy");
    ProxyInput p;
    p.person.full_name = text::Trim(read.OptionalText("full_name", 120).value_or(""));
    p.person.personal_no = read.OptionalText("personal_no", 12).value_or("");
    p.person.phone = read.OptionalText("phone", 20).value_or("");
    p.relation = read.Text("relation", 1, 20);
    if (p.relation != "relative" && p.relation != "community_team" && p.relation != "other") read.Fail("relation", "field_option_unknown");
    p.relation_note = text::Trim(read.OptionalText("relation_note", 120).value_or(""));
    p.consent = read.Text("consent", 1, 20);
    if (p.consent != "paper" && p.consent != "statement") read.Fail("consent", "field_option_unknown");
    p.consent_on = read.Text("consent_on", 10, 10);
    TINHSO_TRY(read.Finish());
    params.proxy = std::move(p);
  }
  return params;
}

Result<ActParams> ReadAct(const http::Request& request) {
  TINHSO_ASSIGN(json::value body, request.Json());
  ActParams params;
  params.dossier_code = std::string(request.Param("dossier_code"));
  json::Reader in(body);
  params.action = in.Text("action", 1, 60);
  params.version_seen = in.Int("version", 1, INT64_MAX);
  params.note = in.OptionalText("note", kReasonLengthMax).value_or("");
  params.reason = text::Trim(in.OptionalText("reason", kReasonLengthMax).value_or(""));
  params.result_text = text::Trim(in.OptionalText("result_text", 4000).value_or(""));
  params.receiver_name = text::Trim(in.OptionalText("receiver_name", 120).value_or(""));
  params.due_on = in.OptionalText("due_on", 10).value_or("");
  params.agency = text::Trim(in.OptionalText("agency", 300).value_or(""));
  if (const json::array* items = in.OptionalArray("items", 30)) {
    for (const json::value& item : *items) {
      if (!item.is_string() || text::Length(item.as_string()) > 300 || text::Trim(item.as_string()).empty()) in.Fail("items", "field_type");
      else params.items.push_back(text::Trim(item.as_string()));
    }
  }
  if (const json::object* answers = in.OptionalObject("answers")) params.answers = *answers;
  const json::array* papers = in.OptionalArray("papers", kPapersMax);
  TINHSO_TRY(in.Finish());
  TINHSO_ASSIGN(params.papers, ReadPapers(papers));
  return params;
}

Result<http::Response> Answer(Result<std::string> result, int status = 200) {
  if (!result.ok()) return std::move(result.error());
  http::Response response = http::Response::Bytes(std::move(*result), "application/json");
  response.status = status;
  return response;
}

std::string Code(const http::Request& request) { return std::string(request.Param("dossier_code")); }

}  // namespace

std::vector<http::Route> Service::Routes() {
  std::vector<http::Route> routes;
  auto get = [&](const char* pattern, const char* permission, http::Handler handler) {
    routes.push_back({"GET", pattern, permission, "", http::BodyKind::kNone, std::move(handler)});
  };
  auto post = [&](const char* pattern, const char* permission, const char* event, http::Handler handler) {
    routes.push_back({"POST", pattern, permission, event, http::BodyKind::kJson, std::move(handler)});
  };
  get("/api/v1/procedures/{procedure_code}/form", "public", [this](http::Request& r) -> Result<http::Response> {
    TINHSO_ASSIGN(json::object form, FormOf(r.Param("procedure_code"), r.principal ? &*r.principal : nullptr));
    return http::Response::Json(form);
  });
  get("/api/v1/dossiers", "signed_in", [this](http::Request& r) -> Result<http::Response> {
    ListParams params;
    params.q = std::string(r.Query("q").substr(0, 400));
    params.state = std::string(r.Query("state"));
    if (!params.state.empty() && params.state != "open" && params.state != "closed")
      return FieldInvalid("?state", "field_option_unknown");
    params.cursor = std::string(r.Query("cursor"));
    TINHSO_ASSIGN(params.limit, r.QueryInt("limit", 1, 100, 50));
    TINHSO_ASSIGN(params.person_id, r.QueryInt("person_id", 1, INT64_MAX, 0));
    return Answer(List(params, *r.principal));
  });
  post("/api/v1/dossiers", "signed_in", "dossier.submitted", [this](http::Request& r) -> Result<http::Response> {
    TINHSO_ASSIGN(SubmitParams params, ReadSubmit(r));
    return Answer(Submit(params, *r.principal), 201);
  });
  get("/api/v1/dossiers/{dossier_code}", "signed_in", [this](http::Request& r) -> Result<http::Response> {
    return Answer(Get(Code(r), *r.principal));
  });
  post("/api/v1/dossiers/{dossier_code}/actions", "signed_in", "dossier.acted", [this](http::Request& r) -> Result<http::Response> {
    TINHSO_ASSIGN(ActParams params, ReadAct(r));
    return Answer(Act(params, *r.principal));
  });
  get("/api/v1/dossiers/{dossier_code}/workflow", "dossier.read", [this](http::Request& r) -> Result<http::Response> {
    TINHSO_ASSIGN(json::object picture, WorkflowPicture(Code(r), *r.principal));
    return http::Response::Json(picture);
  });
  get("/api/v1/dossiers/{dossier_code}/colleagues", "dossier.act", [this](http::Request& r) -> Result<http::Response> {
    TINHSO_ASSIGN(json::object colleagues, Colleagues(Code(r), *r.principal));
    return http::Response::Json(colleagues);
  });
  post("/api/v1/dossiers/{dossier_code}/assignee", "dossier.act", "dossier.assigned", [this](http::Request& r) -> Result<http::Response> {
    TINHSO_ASSIGN(json::value body, r.Json());
    AssignParams params;
    params.dossier_code = Code(r);
    json::Reader in(body);
    params.version_seen = in.Int("version", 1, INT64_MAX);
    const std::string account = in.Text("account_id", 1, 18);
    if (account.find_first_not_of("0123456789") != std::string::npos) in.Fail("account_id", "assignee_unknown");
    params.reason = text::Trim(in.Text("reason", 1, kReasonLengthMax));
    if (params.reason.empty()) in.Fail("reason", "field_required");
    TINHSO_TRY(in.Finish());
    params.account_id = std::strtoll(account.c_str(), nullptr, 10);
    return Answer(Assign(params, *r.principal));
  });
  get("/api/v1/joint-files/{joint_code}", "signed_in", [this](http::Request& r) -> Result<http::Response> {
    return Answer(GetJoint(text::ToUpper(r.Param("joint_code")), *r.principal));
  });
  post("/api/v1/joint-files/{joint_code}/withdrawal", "dossier.read_own", "dossier.joint_withdrawn", [this](http::Request& r) -> Result<http::Response> {
    TINHSO_ASSIGN(json::value body, r.Json());
    json::Reader in(body);
    const std::string reason = text::Trim(in.Text("reason", 1, kReasonLengthMax));
    if (reason.empty()) in.Fail("reason", "field_required");
    TINHSO_TRY(in.Finish());
    return Answer(WithdrawJoint(text::ToUpper(r.Param("joint_code")), reason, *r.principal));
  });
  post("/api/v1/dossiers/{dossier_code}/rating", "dossier.read_own", "dossier.rated", [this](http::Request& r) -> Result<http::Response> {
    TINHSO_ASSIGN(json::value body, r.Json());
    json::Reader in(body);
    RateParams params;
    params.dossier_code = Code(r);
    // Either the questions are answered, or one score is given.
    if (const json::object* answers = in.OptionalObject("answers")) {
      if (answers->empty() || answers->size() > kQuestionsMax) in.Fail("answers", answers->empty() ? "field_required" : "field_count_max");
      for (const auto& [question, value] : *answers) {
        if (!value.is_int64()) in.Fail("answers", "field_type_wrong");
        else params.answers.emplace_back(std::string(question), value.as_int64());
      }
    } else {
      params.score = in.Int("score", 1, 5);
    }
    params.comment = in.OptionalText("comment", 1000).value_or("");
    TINHSO_TRY(in.Finish());
    return Answer(Rate(params, *r.principal));
  });
  get("/api/v1/dossiers/{dossier_code}/files/{file_id}", "signed_in", [this](http::Request& r) -> Result<http::Response> {
    const std::string id(r.Param("file_id"));
    if (id.empty() || id.size() > 18 || id.find_first_not_of("0123456789") != std::string::npos)
      return MakeError(ErrorCode::kNotFound, "file_not_found");
    TINHSO_ASSIGN(files::File file, PaperFile(Code(r), std::strtoll(id.c_str(), nullptr, 10), *r.principal));
    auto response = http::Response::File(impl_->deps.files.PathOf(file), file.size_bytes, file.media_type);
    response.WithFileName(file.name, true);
    return response;
  });
  get("/api/v1/dossiers/{dossier_code}/slips/{slip_no}", "signed_in", [this](http::Request& r) -> Result<http::Response> {
    const std::string_view slip = r.Param("slip_no");
    if (slip.size() != 6 || !slip.ends_with(".pdf")) return MakeError(ErrorCode::kNotFound, "slip_not_available");
    TINHSO_ASSIGN(const int64_t event_id, r.QueryInt("event_id", 1, INT64_MAX, 0));
    TINHSO_ASSIGN(std::string pdf, Slip(Code(r), slip.substr(0, 2), event_id, *r.principal));
    auto response = http::Response::Bytes(std::move(pdf), "application/pdf");
    response.WithFileName("phieu-" + std::string(slip.substr(0, 2)) + "-" + Code(r) + ".pdf", true);
    return response;
  });
  post("/api/v1/dossiers/{dossier_code}/proxy/withdrawal", "signed_in", "dossier.consent_withdrawn", [this](http::Request& r) -> Result<http::Response> {
    TINHSO_ASSIGN(json::value body, r.Json());
    json::Reader in(body);
    const int64_t version_seen = in.Int("version", 1, INT64_MAX);
    TINHSO_TRY(in.Finish());
    return Answer(WithdrawConsent(Code(r), version_seen, *r.principal));
  });
  get("/api/v1/papers", "signed_in", [this](http::Request& r) -> Result<http::Response> {
    TINHSO_ASSIGN(const int64_t person_id, r.QueryInt("person_id", 1, INT64_MAX, 0));
    return Answer(PapersOf(person_id, *r.principal));
  });
  get("/api/v1/procedures/{procedure_code}/promise", "public", [this](http::Request& r) -> Result<http::Response> {
    const std::string_view channel = r.Query("channel").empty() ? std::string_view("online") : r.Query("channel");
    return Answer(Promise(r.Param("procedure_code"), r.Query("unit"), channel));
  });
  get("/api/v1/registers/dossiers.pdf", "dossier.read", [this](http::Request& r) -> Result<http::Response> {
    const RegisterParams params{std::string(r.Query("unit")), std::string(r.Query("from")), std::string(r.Query("to"))};
    TINHSO_ASSIGN(std::string pdf, Register(params, *r.principal));
    auto response = http::Response::Bytes(std::move(pdf), "application/pdf");
    response.WithFileName("so-theo-doi-ho-so-" + params.from + "-" + params.to + ".pdf", true);
    return response;
  });
  get("/api/v1/dossiers/{dossier_code}/result.pdf", "signed_in", [this](http::Request& r) -> Result<http::Response> {
    TINHSO_ASSIGN(files::File file, ResultFile(Code(r), *r.principal));
    auto response = http::Response::File(impl_->deps.files.PathOf(file), file.size_bytes, file.media_type);
    response.WithFileName(file.name, true);
    return response;
  });
  get("/api/v1/track/{dossier_code}", "public", [this](http::Request& r) -> Result<http::Response> {
    return Answer(Track(text::ToUpper(text::Trim(r.Param("dossier_code")))));
  });
  get("/api/v1/satisfaction/questions", "public", [this](http::Request&) -> Result<http::Response> {
    return http::Response::Bytes(Questions(), "application/json");
  });
  get("/api/v1/verify/{verify_code}", "public", [this](http::Request& r) -> Result<http::Response> {
    return Answer(Verify(r.Param("verify_code")));
  });
  AddDayRoutes(routes);
  AddConsultRoutes(routes);
  return routes;
}

}  // namespace tinhso::dossiers
