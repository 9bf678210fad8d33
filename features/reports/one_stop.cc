// The desk's period report: asked, counted, written.
#include <algorithm>
#include <atomic>
#include <future>
#include <unordered_map>

#include "impl.h"

namespace tinhso::reports {

using dossiers::Fact;

namespace {

// Readers of the database used by one report.
constexpr size_t kScanThreads = 4;

Result<int64_t> DayOfQuery(const http::Request& request, const char* name, int64_t fallback) {
  const std::string_view text = request.Query(name);
  if (text.empty()) return fallback;
  auto date = ParseDate(text);
  if (!date.ok()) return FieldInvalid(std::string("?") + name, "date_malformed");
  return DaysFromCivil(*date);
}

}  // namespace

bool Asked::Counts(const Fact& f) const {
  return !part || units->IsWithin(units->InFrame(f.handling_unit_id, frame), unit->unit_id);
}

int64_t Asked::RowUnit(const Fact& f) const {
  return units->InFrame(authorities.size() == 1 || part ? f.handling_unit_id : f.authority_id, frame);
}

Result<Asked> Service::Impl::ReadAsked(const http::Request& request) const {
  Asked asked;
  asked.units = deps.orgs.snapshot();
  const std::string_view code = request.Query("unit");
  if (code.empty() && request.principal) asked.unit = asked.units->ById(request.principal->authority_id);
  if (!code.empty()) asked.unit = asked.units->ByCode(code);
  if (asked.unit == nullptr) return MakeError(ErrorCode::kNotFound, "unit_not_found");

  const std::string_view frame = request.Query("frame");
  if (!frame.empty() && frame != "as_is" && frame != "as_was") return FieldInvalid("?frame", "field_option_unknown");
  // A closed unit has nothing under it any more but in the frame of its time.
  if (frame == "as_was" || !asked.unit->valid_to_on.empty()) asked.frame = orgs::Snapshot::Frame::kAsWas;

  const int64_t today = dossiers::FactDay(deps.clock.NowUs());
  TINHSO_ASSIGN(asked.period.from_day, DayOfQuery(request, "from", DaysFromCivil({CivilFromDays(today).year, 1, 1})));
  TINHSO_ASSIGN(asked.period.to_day, DayOfQuery(request, "to", std::max(today, asked.period.from_day)));
  if (asked.period.to_day < asked.period.from_day) return FieldInvalid("?to", "period_reversed");
  if (asked.period.to_day - asked.period.from_day > kPeriodDaysMax) return FieldInvalid("?to", "period_too_long");
  asked.until = {asked.period.from_day, std::max(asked.period.from_day, std::min(asked.period.to_day, today))};

  const orgs::Unit& unit = *asked.unit;
  // A desk receives for its whole authority; other units below one handle a part.
  const bool whole = unit.unit_id == unit.authority_id || unit.kind == "one_stop_desk";
  asked.part = !whole;
  const int64_t top = whole ? unit.authority_id : 0;
  for (const orgs::Unit& one : asked.units->all()) {
    if (one.unit_id != one.authority_id) continue;
    const int64_t framed = asked.units->InFrame(one.unit_id, asked.frame);
    if (whole ? asked.units->IsWithin(framed, top) : framed == asked.units->InFrame(unit.authority_id, asked.frame))
      asked.authorities.push_back(&one);
  }
  return asked;
}

ProcedureBrief Service::Impl::Brief(const std::string& procedure_code) const {
  auto found = deps.catalogue.Get(procedure_code);
  if (!found.ok()) return {procedure_code, "", "", ""};
  const json::object& p = **found;
  return {json::GetText(p, "name"), json::GetText(p, "field"), json::GetText(p, "level"), json::GetText(p, "service_level")};
}

Status Service::Impl::Scan(const Asked& asked, const std::function<void(size_t at, const Fact&)>& visit) const {
  std::atomic<size_t> next{0};
  auto work = [&]() -> Status {
    for (size_t at; (at = next++) < asked.authorities.size();) {
      TINHSO_TRY(deps.dossiers.ForEachFact(asked.authorities[at]->unit_id, asked.until.from_day, asked.until.to_day, [&](Fact& f) {
        if (asked.Counts(f)) visit(at, f);
      }));
    }
    return Ok();
  };
  std::vector<std::future<Status>> others;
  for (size_t i = 1; i < std::min(kScanThreads, asked.authorities.size()); ++i) others.push_back(std::async(std::launch::async, work));
  Status own = work();
  for (auto& other : others) {
    Status status = other.get();
    if (own.ok() && !status.ok()) own = std::move(status);
  }
  return own;
}

Result<OneStop> Service::Impl::Tally(const Asked& asked) const {
  std::vector<std::unordered_map<std::string, std::map<int64_t, Cells>>> counted(asked.authorities.size());
  TINHSO_TRY(Scan(asked, [&](size_t at, const Fact& f) { Count(f, asked.until, counted[at][f.procedure_code][asked.RowUnit(f)]); }));
  OneStop out;
  // Units of the scope that stand now have a row even when nothing happened in them.
  if (asked.authorities.size() > 1) {
    for (const orgs::Unit* one : asked.authorities)
      if (one->valid_to_on.empty() || asked.frame == orgs::Snapshot::Frame::kAsWas) out.by_unit[asked.units->InFrame(one->unit_id, asked.frame)];
  }
  std::map<std::string, ProcedureBrief> briefs;
  for (size_t at = 0; at < counted.size(); ++at) {
    const std::string level = asked.authorities[at]->kind == "commune" ? "commune" : "province";
    for (const auto& [code, rows] : counted[at]) {
      auto [brief, fresh] = briefs.try_emplace(code);
      if (fresh) brief->second = Brief(code);
      for (const auto& [row, cells] : rows) {
        out.total.Add(cells);
        out.by_unit[row].Add(cells);
        out.by_level[level].Add(cells);
        out.by_field[brief->second.field].Add(cells);
        out.by_procedure[code].Add(cells);
      }
    }
  }
  return out;
}

Result<bool> Service::Closes(Date from, Date to) {
  TINHSO_ASSIGN(const Asked asked, impl_->WholeProvince(FormatDate(from), FormatDate(to)));
  TINHSO_ASSIGN(const OneStop report, impl_->Tally(asked));
  bool closes = report.total.Close();
  for (const auto& [row, cells] : report.by_unit) closes = closes && cells.Close();
  for (const auto& [row, cells] : report.by_procedure) closes = closes && cells.Close();
  return closes;
}

Result<Asked> Service::Impl::WholeProvince(const std::string& from, const std::string& to) const {
  http::Request whole;
  const auto units = deps.orgs.snapshot();
  for (const orgs::Unit& unit : units->all())
    if (unit.parent_id == 0 && unit.valid_to_on.empty() && !whole.query.contains("unit")) whole.query["unit"] = unit.unit_code;
  if (!from.empty()) whole.query["from"] = from;
  if (!to.empty()) whole.query["to"] = to;
  return ReadAsked(whole);
}

namespace {

void WriteCells(json::Writer& out, const Cells& cells) {
  out.Object("cells");
  for (int i = 0; i < kCells; ++i) out.Int(kCellNames[i], cells.of[i]);
  out.Int("received", cells.Received()).Int("settled", cells.Settled()).Int("ended", cells.Ended()).Int("open", cells.Open());
  out.Int("total", cells.Total()).EndObject();
}

}  // namespace

void WriteUnit(json::Writer& out, const orgs::Snapshot& units, int64_t unit_id) {
  const orgs::Unit* unit = units.ById(unit_id);
  out.Text("unit_code", unit == nullptr ? "" : unit->unit_code).Text("unit_name", unit == nullptr ? "" : unit->short_name);
  out.Text("kind", unit == nullptr ? "" : unit->kind).Bool("closed", unit != nullptr && !unit->valid_to_on.empty());
}

void WriteHead(json::Writer& out, const Asked& asked, TimeUs now_us) {
  out.Object("unit");
  WriteUnit(out, *asked.units, asked.unit->unit_id);
  out.EndObject();
  out.Text("from", FormatDate(CivilFromDays(asked.period.from_day))).Text("to", FormatDate(CivilFromDays(asked.period.to_day)));
  out.Text("until", FormatDate(CivilFromDays(asked.until.to_day)));
  out.Text("frame", asked.frame == orgs::Snapshot::Frame::kAsWas ? "as_was" : "as_is");
  out.Text("counted_at", FormatTime(now_us));
}

std::vector<const orgs::Unit*> RowsInOrder(const orgs::Snapshot& units, const OneStop& report) {
  std::vector<const orgs::Unit*> rows;
  for (const orgs::Unit& unit : units.all())
    if (report.by_unit.contains(unit.unit_id)) rows.push_back(&unit);
  auto rank = [](const orgs::Unit* unit) { return unit->kind == "province" ? 0 : unit->kind == "commune" ? 2 : 1; };
  std::stable_sort(rows.begin(), rows.end(), [&](const orgs::Unit* a, const orgs::Unit* b) { return rank(a) < rank(b); });
  return rows;
}

std::string Service::Impl::WriteOneStop(const Asked& asked, const OneStop& report) const {
  json::Writer out(16 * 1024);
  out.BeginObject();
  WriteHead(out, asked, deps.clock.NowUs());
  out.Bool("closes", report.total.Close());
  WriteCells(out, report.total);
  out.Array("by_unit");
  for (const orgs::Unit* unit : RowsInOrder(*asked.units, report)) {
    out.BeginObject();
    WriteUnit(out, *asked.units, unit->unit_id);
    WriteCells(out, report.by_unit.at(unit->unit_id));
    out.EndObject();
  }
  out.EndArray().Array("by_level");
  for (const auto& [level, cells] : report.by_level) {
    out.BeginObject().Text("level", level);
    WriteCells(out, cells);
    out.EndObject();
  }
  out.EndArray().Array("by_field");
  for (const auto& [field, cells] : report.by_field) {
    out.BeginObject().Text("field", field);
    WriteCells(out, cells);
    out.EndObject();
  }
  out.EndArray().Array("by_procedure");
  for (const auto& [code, cells] : report.by_procedure) {
    const ProcedureBrief brief = Brief(code);
    out.BeginObject().Text("procedure_code", code).Text("procedure_name", brief.name).Text("field", brief.field);
    WriteCells(out, cells);
    out.EndObject();
  }
  out.EndArray().EndObject();
  return out.Take();
}

}  // namespace tinhso::reports
