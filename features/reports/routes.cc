// request → what is asked → the answer. Shapes: api/openapi.yaml.
#include "impl.h"

namespace tinhso::reports {

using dossiers::Fact;

Service::Service(Deps deps) : impl_(std::make_unique<Impl>(std::move(deps))) {}
Service::~Service() = default;

namespace {

constexpr const char* kXlsxType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

http::Response JsonText(std::string text) { return http::Response::Bytes(std::move(text), "application/json"); }

std::string FileName(const char* what, const Asked& asked, const char* ending) {
  return std::string(what) + "-" + asked.unit->unit_code + "-" + FormatDate(CivilFromDays(asked.period.from_day)) + "-" +
         FormatDate(CivilFromDays(asked.period.to_day)) + ending;
}

constexpr std::string_view kTables[] = {"unit", "level", "field", "procedure"};

}  // namespace

Result<http::Response> FileOf(const http::Request& request, const char* what, const Asked& asked, std::vector<Table> tables,
                              std::span<const std::string_view> names, const std::string& temp_dir) {
  if (request.Query("format") == "csv") {
    const std::string_view wanted = request.Query("table");
    size_t at = 0;
    while (!wanted.empty() && at < tables.size() && at < names.size() && names[at] != wanted) ++at;
    if (at >= tables.size() || at >= names.size()) return FieldInvalid("?table", "field_option_unknown");
    auto response = http::Response::Bytes(ToCsv(tables[at]), "text/csv; charset=utf-8");
    response.WithFileName(FileName(what, asked, ".csv"), false);
    return response;
  }
  TINHSO_ASSIGN(std::string bytes, ToXlsx(tables, temp_dir));
  auto response = http::Response::Bytes(std::move(bytes), kXlsxType);
  response.WithFileName(FileName(what, asked, ".xlsx"), false);
  return response;
}

Status CheckFormat(const http::Request& request) {
  const std::string_view format = request.Query("format");
  if (!format.empty() && format != "xlsx" && format != "csv") return FieldInvalid("?format", "field_option_unknown");
  return Ok();
}

Status CheckReach(const Asked& asked, const http::Principal& who) {
  for (const orgs::Unit* one : asked.authorities)
    if (asked.units->ActingFor(one->unit_id) == who.authority_id) return Ok();
  return MakeError(ErrorCode::kForbidden, "unit_out_of_scope");
}

Result<dossiers::Service::MatchParams> Service::Impl::ReadMatch(const http::Request& request, const Asked& asked, CellSet cells) const {
  dossiers::Service::MatchParams params;
  params.from_day = asked.until.from_day;
  params.to_day = asked.until.to_day;
  params.cursor = std::string(request.Query("cursor"));
  TINHSO_ASSIGN(params.limit, request.QueryInt("limit", 1, 100, 50));
  const std::string procedure(request.Query("procedure")), level(request.Query("level"));
  const bool by_field = request.query.contains("field");
  const std::string field(request.Query("field"));
  const orgs::Unit* row = nullptr;
  if (std::string_view code = request.Query("row"); !code.empty()) {
    row = asked.units->ByCode(code);
    if (row == nullptr) return FieldInvalid("?row", "unit_not_found");
  }
  if (!level.empty() && level != "commune" && level != "province") return FieldInvalid("?level", "field_option_unknown");
  auto fields = std::make_shared<std::map<std::string, std::string>>();
  params.match = [=, this, &asked](const Fact& f, const auto&) {
    if ((CellsOf(f, asked.until) & cells) == 0 || !asked.Counts(f)) return false;
    if (!procedure.empty() && f.procedure_code != procedure) return false;
    if (row != nullptr && asked.RowUnit(f) != row->unit_id) return false;
    if (!level.empty()) {
      const orgs::Unit* authority = asked.units->ById(f.authority_id);
      if ((authority != nullptr && authority->kind == "commune") != (level == "commune")) return false;
    }
    if (!by_field) return true;
    auto [known, fresh] = fields->try_emplace(f.procedure_code);
    if (fresh) known->second = Brief(f.procedure_code).field;
    return known->second == field;
  };
  return params;
}

std::vector<http::Route> Service::Routes() {
  std::vector<http::Route> routes;
  auto get = [&](const char* pattern, const char* permission, http::Handler handler) {
    routes.push_back({"GET", pattern, permission, "", http::BodyKind::kNone, std::move(handler)});
  };
  Impl& m = *impl_;
  get("/api/v1/reports/one-stop", "reports.read", [&m](http::Request& r) -> Result<http::Response> {
    TINHSO_ASSIGN(const Asked asked, m.ReadAsked(r));
    TINHSO_ASSIGN(const OneStop report, m.Tally(asked));
    return JsonText(m.WriteOneStop(asked, report));
  });
  get("/api/v1/reports/one-stop/export", "reports.read", [&m](http::Request& r) -> Result<http::Response> {
    TINHSO_TRY(CheckFormat(r));
    TINHSO_ASSIGN(const Asked asked, m.ReadAsked(r));
    TINHSO_ASSIGN(const OneStop report, m.Tally(asked));
    return FileOf(r, "bao-cao-mot-cua", asked, m.TablesOf(asked, report), kTables, m.deps.temp_dir);
  });
  get("/api/v1/reports/one-stop/dossiers", "dossier.read", [&m](http::Request& r) -> Result<http::Response> {
    TINHSO_ASSIGN(const Asked asked, m.ReadAsked(r));
    const CellSet cells = NamedCells(r.Query("cell"));
    if (cells == 0) return FieldInvalid("?cell", "field_option_unknown");
    TINHSO_TRY(CheckReach(asked, *r.principal));
    TINHSO_ASSIGN(auto params, m.ReadMatch(r, asked, cells));
    TINHSO_ASSIGN(std::string list, m.deps.dossiers.ListMatching(params, *r.principal));
    return JsonText(std::move(list));
  });
  get("/api/v1/reports/register", "dossier.read", [&m](http::Request& r) -> Result<http::Response> {
    TINHSO_ASSIGN(const Asked asked, m.ReadAsked(r));
    TINHSO_TRY(CheckReach(asked, *r.principal));
    TINHSO_ASSIGN(auto params, m.ReadMatch(r, asked, NamedCells("received")));
    TINHSO_ASSIGN(auto page, m.deps.dossiers.Register(params, *r.principal));
    json::Writer out(1024 + page.rows.size() * 512);
    auto time = [&](const char* key, const std::optional<int64_t>& at_us) {
      if (at_us) out.Text(key, FormatTime(*at_us));
      else out.Null(key);
    };
    out.BeginObject().Array("items");
    for (const auto& row : page.rows) {
      out.BeginObject().Text("dossier_code", row.dossier_code).Text("procedure_code", row.procedure_code).Text("procedure_name", row.procedure_name);
      out.Text("applicant_name", row.applicant_name).Text("address", row.address).Text("phone", row.phone).Text("handling_unit", row.handling_unit);
      out.Text("channel", row.channel).Text("return_method", row.return_method).Text("submitted_at", FormatTime(row.submitted_at_us));
      time("received_at", row.received_at_us);
      if (row.due_on.empty()) out.Null("due_on");
      else out.Text("due_on", row.due_on);
      time("finished_at", row.finished_at_us);
      time("returned_at", row.returned_at_us);
      out.Int("national_state", row.national_state).Text("note", row.note).EndObject();
    }
    out.EndArray();
    if (page.next_cursor.empty()) out.Null("next_cursor");
    else out.Text("next_cursor", page.next_cursor);
    return JsonText(out.EndObject().Take());
  });
  get("/api/v1/reports/register/export", "dossier.read", [&m](http::Request& r) -> Result<http::Response> {
    TINHSO_TRY(CheckFormat(r));
    TINHSO_ASSIGN(const Asked asked, m.ReadAsked(r));
    TINHSO_TRY(CheckReach(asked, *r.principal));
    TINHSO_ASSIGN(Table table, m.RegisterTable(asked, *r.principal));
    return FileOf(r, "so-theo-doi", asked, {std::move(table)}, kTables, m.deps.temp_dir);
  });
  m.AddAnyDeskRoutes(routes);
  m.AddIndexRoutes(routes);
  m.AddSatisfactionRoutes(routes);
  return routes;
}

}  // namespace tinhso::reports
