// The index over HTTP, and the public rate of each unit.
#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>
#include <unordered_map>

#include "engines/packs/packs.h"
#include "impl.h"

namespace tinhso::reports {

using dossiers::Fact;
using dossiers::FactExtras;

namespace {

// Public figures are counted anew so often at most, however many people ask.
constexpr int64_t kPublicKeptUs = 600 * kUsPerSecond;
constexpr const char* kDossierParts[] = {"numerator", "denominator", "rest"};

// What a procedure has to say in public (QĐ 766: name, steps, manner, papers, time, subjects, agency).
bool IsComplete(const json::object& p) {
  auto filled = [&](const char* key) {
    const json::value* v = p.if_contains(key);
    return v != nullptr && ((v->is_string() && !v->as_string().empty()) || (v->is_array() && !v->as_array().empty()));
  };
  return filled("name") && filled("steps") && filled("channels") && filled("papers") && filled("subjects") && filled("results") && filled("legal_bases");
}

}  // namespace

Result<Definition> Service::Impl::IndexDefinition(const Asked& asked) const {
  std::ifstream in(deps.index_file, std::ios::binary);
  if (deps.index_file.empty() || !in) return MakeError(ErrorCode::kNotFound, "index_not_configured");
  std::ostringstream text;
  text << in.rdbuf();
  TINHSO_ASSIGN(const json::value file, packs::YamlToJson(text.str(), "766.yaml"));
  return ReadDefinition(file, FormatDate(CivilFromDays(asked.period.to_day)));
}

Result<std::map<Measure, Ratio>> Service::Impl::Measure766(const Asked& asked) const {
  struct Counted {
    std::map<Measure, Ratio> of;
    std::set<std::string> used_online;
    std::unordered_map<int64_t, FactExtras> extras;
    bool loaded = false;
  };
  static constexpr Measure kOfDossiers[] = {Measure::kOnTime, Measure::kOnlineDossiers, Measure::kElectronicResults, Measure::kDigitised,
                                            Measure::kReused, Measure::kSatisfied};
  std::vector<Counted> counted(asked.authorities.size());
  Status failed = Ok();
  std::mutex failed_mutex;
  TINHSO_TRY(Scan(asked, [&](size_t at, const Fact& f) {
    Counted& c = counted[at];
    if (!c.loaded) {
      c.loaded = true;
      Status read = deps.dossiers.ForEachExtras(f.authority_id, asked.until.from_day, asked.until.to_day,
                                                [&](int64_t dossier_id, const FactExtras& extras) { c.extras[dossier_id] = extras; });
      if (!read.ok()) {
        std::lock_guard lock(failed_mutex);
        failed = std::move(read);
      }
    }
    const CellSet cells = CellsOf(f, asked.until);
    const auto known = c.extras.find(f.dossier_id);
    const FactExtras extras = known == c.extras.end() ? FactExtras{} : known->second;
    for (Measure measure : kOfDossiers) {
      const Part part = PartOf(measure, cells, extras);
      if (part == Part::kNotCounted) continue;
      ++c.of[measure].denominator;
      if (part == Part::kGood) ++c.of[measure].numerator;
    }
    if (cells & Bit(kReceivedOnline)) c.used_online.insert(f.procedure_code);
  }));
  TINHSO_TRY(std::move(failed));
  std::map<Measure, Ratio> out;
  std::set<std::string> used;
  for (const Counted& c : counted) {
    for (const auto& [measure, ratio] : c.of) {
      out[measure].numerator += ratio.numerator;
      out[measure].denominator += ratio.denominator;
    }
    used.insert(c.used_online.begin(), c.used_online.end());
  }
  // Procedures of the levels in the scope.
  std::set<std::string> levels;
  for (const orgs::Unit* one : asked.authorities) levels.insert(one->kind == "commune" ? "commune" : "province");
  for (const std::string& level : levels) {
    procedures::Query query;
    query.level = level;
    query.limit = procedures::kPageMax;
    do {
      TINHSO_ASSIGN(auto page, deps.catalogue.Search(query));
      for (const procedures::Summary& p : page.items) {
        const bool online = p.service_level == "full" || p.service_level == "partial";
        ++out[Measure::kProceduresOnline].denominator;
        if (online) ++out[Measure::kProceduresOnline].numerator;
        ++out[Measure::kProceduresComplete].denominator;
        if (auto whole = deps.catalogue.Get(p.code); whole.ok() && IsComplete(**whole)) ++out[Measure::kProceduresComplete].numerator;
        if (online) ++out[Measure::kServicesUsed].denominator;
        if (online && used.contains(p.code)) ++out[Measure::kServicesUsed].numerator;
      }
      query.cursor = page.next_cursor;
    } while (!query.cursor.empty());
  }
  return out;
}

Result<std::map<std::string, std::pair<int64_t, int64_t>>> Service::IndexRatios(const std::string& from, const std::string& to) {
  TINHSO_ASSIGN(const Asked asked, impl_->WholeProvince(from, to));
  TINHSO_ASSIGN(const auto measured, impl_->Measure766(asked));
  std::map<std::string, std::pair<int64_t, int64_t>> out;
  for (const auto& [name, measure] : Measures())
    if (const auto found = measured.find(measure); found != measured.end()) out[name] = {found->second.numerator, found->second.denominator};
  return out;
}

std::string Service::Impl::WriteIndex(const Asked& asked, const Definition& definition, const std::map<Measure, Ratio>& measured) const {
  json::Writer out(8 * 1024);
  out.BeginObject().Text("index", "766").Object("unit").Text("unit_code", asked.unit->unit_code).Text("unit_name", asked.unit->short_name);
  out.Text("kind", asked.unit->kind).Bool("closed", !asked.unit->valid_to_on.empty()).EndObject();
  out.Text("from", FormatDate(CivilFromDays(asked.period.from_day))).Text("to", FormatDate(CivilFromDays(asked.period.to_day)));
  out.Text("until", FormatDate(CivilFromDays(asked.until.to_day))).Text("counted_at", FormatTime(deps.clock.NowUs()));
  out.Text("valid_from", definition.valid_from).Text("basis", definition.basis).Raw("note", json::serialize(definition.note));
  int64_t points = 0, points_of = 0, points_max = 0;
  out.Array("groups");
  for (const Group& group : definition.groups) {
    int64_t got = 0, of = 0;
    out.BeginObject().Text("id", group.id).Raw("name", json::serialize(group.name)).Raw("points_max", Hundredths(group.points_hundredths));
    out.Array("components");
    for (const Component& component : group.components) {
      out.BeginObject().Text("id", component.id).Raw("name", json::serialize(component.name));
      out.Raw("points_max", Hundredths(component.points_hundredths)).Int("full_at", component.full_at_percent);
      out.Bool("of_dossiers", OfDossiers(component.measure));
      const auto known = measured.find(component.measure);
      const Ratio ratio = component.measure == Measure::kNone || known == measured.end() ? Ratio{} : known->second;
      if (component.measure == Measure::kNone) {
        out.Text("state", "no_data").Raw("reason", json::serialize(component.reason)).Null("numerator").Null("denominator");
      } else {
        out.Text("state", ratio.denominator == 0 ? "not_applicable" : "counted").Null("reason");
        out.Int("numerator", ratio.numerator).Int("denominator", ratio.denominator);
      }
      if (ratio.denominator == 0) {
        out.Null("rate").Null("points");
      } else {
        const int64_t component_points = PointsOf(component, ratio);
        out.Raw("rate", Hundredths(RateOf(ratio))).Raw("points", Hundredths(component_points));
        got += component_points;
        of += component.points_hundredths;
      }
      out.EndObject();
    }
    out.EndArray().Raw("points", Hundredths(got)).Raw("points_of", Hundredths(of)).EndObject();
    points += got;
    points_of += of;
    points_max += group.points_hundredths;
  }
  out.EndArray().Raw("points", Hundredths(points)).Raw("points_of", Hundredths(points_of)).Raw("points_max", Hundredths(points_max));
  return out.EndObject().Take();
}

Result<http::Response> Service::Impl::ListIndexDossiers(const http::Request& request) const {
  TINHSO_ASSIGN(const Asked asked, ReadAsked(request));
  TINHSO_ASSIGN(const Definition definition, IndexDefinition(asked));
  const std::string_view id = request.Query("component"), part = request.Query("part");
  const Component* chosen = nullptr;
  for (const Group& group : definition.groups)
    for (const Component& component : group.components)
      if (component.id == id && OfDossiers(component.measure)) chosen = &component;
  if (chosen == nullptr) return FieldInvalid("?component", "field_option_unknown");
  if (std::find(std::begin(kDossierParts), std::end(kDossierParts), part) == std::end(kDossierParts)) return FieldInvalid("?part", "field_option_unknown");
  TINHSO_TRY(CheckReach(asked, *request.principal));
  TINHSO_ASSIGN(auto params, ReadMatch(request, asked, ~CellSet{0}));
  params.match = [&, narrowed = params.match](const Fact& f, const std::function<FactExtras()>& extras) {
    if (!narrowed(f, extras)) return false;
    const Part found = PartOf(chosen->measure, CellsOf(f, asked.until), chosen->measure == Measure::kOnTime ? FactExtras{} : extras());
    if (part == "denominator") return found != Part::kNotCounted;
    return found == (part == "numerator" ? Part::kGood : Part::kCounted);
  };
  TINHSO_ASSIGN(std::string list, deps.dossiers.ListMatching(params, *request.principal));
  return http::Response::Bytes(std::move(list), "application/json");
}

Result<std::string> Service::Impl::PublicRates() {
  std::lock_guard lock(public_mutex);
  const TimeUs now = deps.clock.NowUs();
  if (!public_rates.empty() && now - public_counted_us < kPublicKeptUs && now >= public_counted_us) return public_rates;
  TINHSO_ASSIGN(const Asked asked, WholeProvince("", ""));
  TINHSO_ASSIGN(const OneStop report, Tally(asked));
  json::Writer out(8 * 1024);
  auto write = [&](const Cells& cells) {
    out.Int("received", cells.Received()).Int("settled", cells.Settled()).Int("settled_in_time", cells.SettledInTime()).Int("open", cells.Open());
    out.Int("late", cells[kInProgressLate] + cells[kSettledLate]);
    if (cells.Settled() == 0) out.Null("rate");
    else out.Raw("rate", Hundredths(RateOf({cells.SettledInTime(), cells.Settled()})));
  };
  out.BeginObject().Text("from", FormatDate(CivilFromDays(asked.until.from_day))).Text("to", FormatDate(CivilFromDays(asked.until.to_day)));
  out.Text("counted_at", FormatTime(now)).Object("total");
  write(report.total);
  out.EndObject().Array("items");
  for (const orgs::Unit* unit : RowsInOrder(*asked.units, report)) {
    const Cells& cells = report.by_unit.at(unit->unit_id);
    if (cells.Total() == 0) continue;
    out.BeginObject().Text("unit_code", unit->unit_code).Text("unit_name", unit->short_name).Text("kind", unit->kind);
    write(cells);
    out.EndObject();
  }
  public_rates = out.EndArray().EndObject().Take();
  public_counted_us = now;
  return public_rates;
}

void Service::Impl::AddIndexRoutes(std::vector<http::Route>& routes) {
  auto get = [&](const char* pattern, const char* permission, http::Handler handler) {
    routes.push_back({"GET", pattern, permission, "", http::BodyKind::kNone, std::move(handler)});
  };
  get("/api/v1/indices/766", "reports.read", [this](http::Request& r) -> Result<http::Response> {
    TINHSO_ASSIGN(const Asked asked, ReadAsked(r));
    TINHSO_ASSIGN(const Definition definition, IndexDefinition(asked));
    TINHSO_ASSIGN(const auto measured, Measure766(asked));
    return http::Response::Bytes(WriteIndex(asked, definition, measured), "application/json");
  });
  get("/api/v1/indices/766/dossiers", "dossier.read", [this](http::Request& r) { return ListIndexDossiers(r); });
  get("/api/v1/public/on-time", "public", [this](http::Request&) -> Result<http::Response> {
    TINHSO_ASSIGN(std::string rates, PublicRates());
    return http::Response::Bytes(std::move(rates), "application/json");
  });
}

}  // namespace tinhso::reports
