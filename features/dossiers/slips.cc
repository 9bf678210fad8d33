// The official slips (phiếu) of a dossier. Which form a slip has depends on its day: TT 01/2018/TT-VPCP until 30/6/2025, then TT
// 03/2025/TT-VPCP; the forms say so themselves (docs/formats/print-template.md). A slip gets its number in the series of its unit,
// kind and year when it is first made, and keeps number, form and content from then on.
#include <algorithm>

#include "base/text.h"
#include "engines/numbering/numbering.h"
#include "engines/printing/printing.h"
#include "impl.h"
#include "kernel/audit/audit.h"

namespace tinhso::dossiers {

namespace {

std::string DayOf(TimeUs at_us) { return FormatDate(LocalDate(at_us)); }

bool Receives(const store::Event& e) {
  return workflow::LawfulClock(static_cast<int>(e.national_state)) == workflow::ClockState::kRunning;
}

}  // namespace

std::vector<Service::Impl::SlipAct> Service::Impl::SlipsOf(const Loaded& loaded, Viewer viewer) const {
  std::vector<SlipAct> out;
  auto add = [&](const char* records, const store::Event& e, bool numbered) {
    packs::Library::Slip form = deps.library.FindSlip(records, DayOf(e.at_us));
    if (form.print != nullptr) out.push_back({records, std::move(form), &e, numbered});
  };
  if (loaded.events.empty()) return out;
  const store::Event* received = nullptr;
  const bool refused = loaded.d.national_state == 3;
  for (const store::Event& e : loaded.events) {
    const bool arrives = e.from_state != e.to_state;
    if (received == nullptr && Receives(e)) {
      received = &e;
      add("receipt", e, true);
    }
    if (e.action == "request_supplement") add("supplement", e, true);
    if (e.national_state == 3 && arrives) add("refusal", e, true);
    if (e.action == kExtend) add("apology", e, true);
    if (e.national_state == 8 && arrives) add("stop", e, true);
  }
  // Not received yet: what was filed, without a number and an appointment.
  if (received == nullptr && !refused) add("receipt", loaded.events.front(), false);
  // The sheet goes with the dossier from officer to officer.
  if (received != nullptr && viewer >= Viewer::kReception) add("control", loaded.events.back(), true);
  std::stable_sort(out.begin(), out.end(), [](const SlipAct& a, const SlipAct& b) { return a.no() < b.no(); });
  return out;
}

json::object Service::Impl::SlipData(const Loaded& loaded, const SlipAct& act) const {
  const store::Event& e = *act.event;
  const store::Dossier& d = loaded.d;
  json::object data = PrintData(loaded);
  for (const char* of_results : {"form", "form_text", "result"}) data.erase(of_results);
  const auto units = deps.orgs.snapshot();
  if (const orgs::Unit* unit = units->ActingOn(d.authority_id, DayOf(e.at_us))) data["unit"].as_object()["name"] = unit->name;
  if (!e.by_applicant) data["officer"] = OfficerOf(&e);
  json::object& dossier = data["dossier"].as_object();
  dossier["book_no"] = std::to_string(LocalDate(d.submitted_at_us).year);
  dossier["book_entry_no"] = d.dossier_code.substr(d.dossier_code.find('-') + 1);

  const std::string at = FormatTime(e.at_us);
  std::string old_due_on;
  int64_t round = 0;
  for (const store::Event& earlier : loaded.events) {
    if (&earlier == &e) break;
    if (earlier.action == "request_supplement") ++round;
    if (earlier.due_on) old_due_on = *earlier.due_on;
  }
  if (act.records == "receipt") {
    // The desk that received it gives the paper out, and says whose the dossier is.
    if (const orgs::Unit* desk = d.reception_unit_id == 0 ? nullptr : units->ActingOn(d.reception_unit_id, DayOf(e.at_us))) {
      dossier["competent_name"] = json::GetText(data["unit"].as_object(), "name");
      dossier["desk_name"] = desk->name;
      if (const orgs::Unit* unit = units->ById(desk->authority_id)) data["unit"].as_object()["name"] = unit->name;
    }
    data["papers"] = PapersData(loaded.papers, round);
    dossier.erase("due_at");
    if (act.numbered && e.due_on) {
      // The appointment given then, with the hour it falls due.
      store::Dossier then = d;
      then.paused_minutes = 0;
      then.extended_on.reset();
      const calendar::Due due = DueOf(then, units->CalendarOf(d.authority_id));
      dossier["due_at"] = FormatDate(due.on) == *e.due_on ? FormatTime(due.at_us) : *e.due_on;
    }
  }
  if (act.records == "supplement") data["supplement"] = json::object{{"reason", e.reason}, {"requested_at", at}, {"items", ParseArray(e.items)}};
  if (act.records == "refusal") data["refusal"] = json::object{{"reason", e.reason}, {"refused_at", at}};
  if (act.records == "stop") data["stop"] = json::object{{"reason", e.reason}, {"stopped_at", at}};
  if (act.records == "apology")
    data["apology"] = json::object{{"reason", e.reason}, {"given_at", at}, {"old_due_on", old_due_on}, {"new_due_on", e.due_on.value_or("")}};
  if (act.records == "control") data["hand_overs"] = HandOversForPrint(loaded);
  return data;
}

Result<store::Slip> Service::Impl::IssueSlip(const Loaded& loaded, const SlipAct& act, const json::object& data) {
  const store::Key key = KeyOf(loaded.d);
  db::Database& database = deps.router.For(key.authority_id);
  const int64_t event_id = act.Grows() ? 0 : act.event->event_id;
  auto find = [&](db::Tx& tx) { return store::FindSlip(tx, key, act.records, event_id); };
  TINHSO_ASSIGN(auto known, database.Read(find));
  if (known) return std::move(*known);
  const TimeUs now = deps.clock.NowUs();
  const Date day = LocalDate(act.event->at_us);
  store::Slip slip{act.records, event_id, act.no(), 0, now, act.form.print->Info().code, act.form.version,
                   act.Grows() ? "" : json::serialize(data)};
  constexpr std::string_view kMeanwhile = "slip_issued_meanwhile";
  Status issued = database.Write([&](db::Tx& tx) -> Status {
    // The series' row is held from here on: of two who print the same slip at once the second finds it, and gives its number back.
    TINHSO_ASSIGN(slip.number, numbering::Next(tx, key.authority_id, "slip:" + act.records + ":" + std::to_string(day.year)));
    TINHSO_ASSIGN(auto other, find(tx));
    if (other) return MakeError(ErrorCode::kConflict, std::string(kMeanwhile));
    return store::InsertSlip(tx, key, slip);
  });
  if (issued.ok()) return slip;
  if (issued.error().reason != kMeanwhile) return std::move(issued.error());
  TINHSO_ASSIGN(auto other, database.Read(find));
  if (!other) return MakeError(ErrorCode::kInternal, "dossier_missing");
  return std::move(*other);
}

Result<std::string> Service::Slip(std::string_view dossier_code, std::string_view slip_no, int64_t event_id, const http::Principal& who) {
  Impl& m = *impl_;
  TINHSO_ASSIGN(int64_t authority_id, m.AuthorityOfCode(dossier_code));
  TINHSO_ASSIGN(Loaded loaded, m.LoadVisible(authority_id, dossier_code, who));
  const Impl::SlipAct* act = nullptr;
  const std::vector<Impl::SlipAct> acts = m.SlipsOf(loaded, m.ViewerOf(loaded.d, who));
  for (const Impl::SlipAct& one : acts)
    if (one.no() == slip_no && (event_id == 0 || one.event->event_id == event_id)) act = &one;
  if (act == nullptr) return MakeError(ErrorCode::kNotFound, "slip_not_available");
  TINHSO_TRY(m.AuditRead(loaded.d, who, "dossier.read"));
  json::object data = m.SlipData(loaded, *act);
  if (!act->numbered) return printing::Render(*act->form.print, data);
  TINHSO_ASSIGN(store::Slip slip, m.IssueSlip(loaded, *act, data));
  auto print = m.deps.library.FindPrint(slip.template_id, static_cast<int>(slip.template_version));
  if (act->Grows()) print = act->form.print;
  else data = ParseObject(slip.content);
  if (print == nullptr) return MakeError(ErrorCode::kInternal, "print_template_missing", slip.template_id);
  data["slip"] = json::object{{"number", slip.number}};
  return printing::Render(*print, data);
}

Result<std::string> Service::Register(const RegisterParams& params, const http::Principal& who) {
  Impl& m = *impl_;
  const auto units = m.deps.orgs.snapshot();
  const orgs::Unit* unit = params.unit_code.empty() ? units->ById(who.authority_id) : units->ByCode(params.unit_code);
  if (unit == nullptr) return FieldInvalid("?unit", "unit_not_found");
  if (who.authority_id == 0 || units->ActingFor(unit->authority_id) != who.authority_id)
    return MakeError(ErrorCode::kForbidden, "unit_out_of_scope");
  auto from = ParseDate(params.from), to = ParseDate(params.to);
  if (!from.ok()) return FieldInvalid("?from", "date_malformed");
  if (!to.ok()) return FieldInvalid("?to", "date_malformed");
  if (*to < *from) return FieldInvalid("?to", "date_range");
  const packs::Library::Slip form = m.deps.library.FindSlip("register", params.to);
  if (form.print == nullptr) return MakeError(ErrorCode::kNotFound, "slip_not_available");
  const int64_t authority_id = unit->authority_id;
  struct Row {
    store::Dossier d;
    json::object applicant;
  };
  std::vector<store::Dossier> shown;
  json::array rows;
  TINHSO_TRY(m.deps.router.For(authority_id).Read([&](db::Tx& tx) -> Status {
    rows.clear();
    TINHSO_ASSIGN(shown, store::ReceivedBetween(tx, authority_id, FromLocal(*from, 0), FromLocal(AddDays(*to, 1), 0), kRegisterRowsMax + 1));
    if (shown.size() > kRegisterRowsMax) return MakeError(ErrorCode::kTooLarge, "register_too_long");
    for (const store::Dossier& d : shown) {
      TINHSO_ASSIGN(store::Body body, store::GetBody(tx, KeyOf(d)));
      const json::object applicant = ParseObject(body.applicant);
      std::string contact = json::GetText(applicant, "address");
      if (const std::string phone = json::GetText(applicant, "phone"); !phone.empty()) contact += (contact.empty() ? "" : "; ") + phone;
      const orgs::Unit* handling = units->ActingOn(d.department_unit_id != 0 ? d.department_unit_id : d.handling_unit_id, "");
      json::object row{{"dossier_code", d.dossier_code}, {"procedure_name", d.procedure_name}, {"applicant_name", d.applicant_name},
                       {"contact", contact}, {"handled_by", handling == nullptr ? "" : handling->short_name},
                       {"received_at", FormatTime(*d.received_at_us)}, {"return_text", ReturnText(d.return_method)},
                       {"state", NationalTitle(static_cast<int>(d.national_state)).vi}};
      if (d.due_on) row["due_on"] = *d.due_on;
      if (d.finished_at_us) row["finished_at"] = FormatTime(*d.finished_at_us);
      rows.push_back(std::move(row));
    }
    return Ok();
  }));
  TINHSO_TRY(m.AuditList(shown, who));
  const orgs::Unit* parent = units->ById(unit->parent_id);
  const orgs::Unit* desk = units->DeskOf(authority_id);
  const int64_t count = static_cast<int64_t>(rows.size());
  return printing::Render(*form.print,
                          {{"unit", json::object{{"name", unit->name}, {"parent_name", parent ? parent->name : ""}}},
                           {"dossier", json::object{{"desk_name", desk ? desk->name : ""}}},
                           {"register", json::object{{"from", params.from}, {"to", params.to}, {"count", count}, {"rows", std::move(rows)},
                                                     {"printed_on", FormatDate(LocalDate(m.deps.clock.NowUs()))}}}});
}

}  // namespace tinhso::dossiers
