// Steps of a dossier as people read them: the one it is in, the lawful days of the office, and each hand-over (slip 06).
#include <algorithm>

#include "consult.h"
#include "impl.h"
#include "transfer.h"

namespace tinhso::dossiers {

namespace {

const char* StepResultOf(const store::Event& e) {
  if (!e.step_due_on) return "";
  const std::string end = FormatDate(LocalDate(e.at_us));
  return end < *e.step_due_on ? "before" : end == *e.step_due_on ? "on_time" : "late";
}

const char* StepResultVi(std::string_view result) {
  return result == "before" ? "Trước hạn" : result == "on_time" ? "Đúng hạn" : result == "late" ? "Quá hạn" : "";
}

struct Duty {
  const char* rule;
  Date due_on;
  const char* status;  // "open", "passed", "kept", "broken"
  workflow::Text text;
};

const workflow::Text kBasis766{"Quyết định 766/QĐ-TTg, nhóm chỉ số 5", "Decision 766/QĐ-TTg, group 5"};
const workflow::Text kBasisOneStop{"Nghị định 118/2025/NĐ-CP; Quyết định 766/QĐ-TTg, chỉ số 2.1",
                                   "Decree 118/2025/NĐ-CP; Decision 766/QĐ-TTg, indicator 2.1"};

}  // namespace

bool IsLate(const store::Event& e) { return std::string_view(StepResultOf(e)) == "late"; }

// By date, as the index counts (FACTS section 1).
void Service::Impl::WriteStep(json::Writer& out, const store::Dossier& d, TimeUs now_us) const {
  if (d.step_since_us == 0 || d.finished_at_us || d.clock == "paused" || d.Waits()) {
    out.Null("step");
    return;
  }
  out.Object("step").Text("since", FormatTime(d.step_since_us));
  WriteTime(out, "due_at", d.step_due_at_us);
  out.Bool("late", d.step_due_at_us && LocalDate(now_us) > LocalDate(*d.step_due_at_us)).EndObject();
}

void Service::Impl::WriteDuties(json::Writer& out, const Loaded& loaded, TimeUs now_us) const {
  const store::Dossier& d = loaded.d;
  const calendar::Calendar& calendar = deps.orgs.snapshot()->CalendarOf(d.authority_id);
  const Date today = LocalDate(now_us);
  std::vector<Duty> duties;
  std::optional<Date> refused, asked, asked_again;
  int64_t national = 1, count = 0;
  for (const store::Event& e : loaded.events) {
    if (e.national_state == 3 && national != 3) refused = LocalDate(e.at_us);
    if (e.national_state == 5 && national != 5) {
      ++count;
      if (count == 1) asked = LocalDate(e.at_us);
      if (count == kSupplementsLawful + 1) asked_again = LocalDate(e.at_us);
    }
    national = e.national_state;
  }
  const bool counts = d.joint_waits_for.empty() || d.joint_ready_at_us;  // nothing was asked of the office while it waited for another's result
  if (const Date by = FilingDay(d, calendar, kRefuseWithinDays); counts && (refused || d.clock == "waiting")) {
    const char* status = refused ? (*refused > by ? "broken" : "kept") : today > by ? "passed" : "open";
    duties.push_back({"refuse", by, status, {"Từ chối tiếp nhận trong 2 ngày làm việc kể từ ngày nộp", "Refusal within 2 working days of filing"}});
  }
  if (const Date by = FilingDay(d, calendar, kAskWithinDays); counts && (asked || !d.finished_at_us)) {
    const char* status = asked ? (*asked > by ? "broken" : "kept") : today > by ? "passed" : "open";
    duties.push_back({"ask", by, status, {"Yêu cầu bổ sung trong 5 ngày làm việc kể từ ngày nộp", "Request for more papers within 5 working days of filing"}});
  }
  if (asked) {
    duties.push_back({"ask_once", asked_again.value_or(*asked), asked_again ? "broken" : "kept",
                      {"Chỉ yêu cầu bổ sung một lần; từ lần thứ hai hồ sơ tính là trễ hạn", "Papers are asked for once; from the second request on the dossier counts as late"}});
  }
  out.Array("duties");
  for (const Duty& duty : duties) {
    out.BeginObject().Text("rule", duty.rule).Text("due_on", FormatDate(duty.due_on)).Text("status", duty.status);
    WriteText(out, "text", duty.text);
    WriteText(out, "basis", std::string_view(duty.rule) == "ask_once" ? kBasisOneStop : kBasis766);
    out.EndObject();
  }
  out.EndArray();
}

std::vector<HandOver> Service::Impl::HandOvers(const Loaded& loaded) const {
  const store::Dossier& d = loaded.d;
  auto flow = FlowOf(d);
  const auto units = deps.orgs.snapshot();
  std::vector<HandOver> out;
  if (flow == nullptr) return out;
  // What happened under an earlier version is read with that version.
  auto in_force = [&](size_t at) {
    for (size_t i = at; i < loaded.events.size(); ++i) {
      if (loaded.events[i].action != kWorkflowMoved) continue;
      const json::array versions = ParseArray(loaded.events[i].items);
      const int version = versions.empty() || !versions[0].is_string() ? 0 : std::atoi(versions[0].as_string().c_str());
      if (auto earlier = deps.library.FindWorkflow(d.workflow_id, version); version > 0 && earlier != nullptr) return earlier;
    }
    return FlowOf(d);
  };
  // Who held a state: "role@unit", or the applicant.
  auto holder = [&](const workflow::State* state) -> std::string {
    if (state == nullptr || (state->holder_role.empty() && !state->holder_applicant)) return "";
    return state->holder_applicant ? "applicant" : state->holder_role + "@" + std::to_string(HolderUnit(d, *state));
  };
  std::string agency;  // outside, that was asked last
  for (size_t i = 0; i < loaded.events.size(); ++i) {
    const store::Event& e = loaded.events[i];
    if (e.action == kWorkflowMoved || IsConsulting(e.action) || e.action == kTransferTaken) continue;
    if (i == 0 || loaded.events[i - 1].action == kWorkflowMoved) flow = in_force(i);
    const workflow::State* from = flow->FindState(e.from_state);
    const workflow::State* to = flow->FindState(e.to_state);
    if (to == nullptr || from == nullptr) continue;  // the filing is nobody's hand-over
    const bool returned = to->national_state == 10 && from->national_state != 10;
    const bool ends = to->final && !from->final && !returned;
    const bool named = !e.to_name.empty() || e.action == "receive_outside";
    if (!returned && !ends && !named && (holder(to).empty() || holder(from) == holder(to))) continue;
    HandOver h;
    h.at_us = e.at_us;
    h.action = e.action;
    h.from_name = e.by_applicant ? d.applicant_name : e.actor_name;
    h.from_position = e.actor_position;
    h.from_unit = e.by_applicant ? "" : e.actor_unit;
    h.by_applicant = e.by_applicant;
    h.result = StepResultOf(e);
    h.due_on = e.step_due_on.value_or("");
    h.step = to->title.vi;
    h.ends = ends;
    h.note = e.action == "propose" || e.reason.empty() ? e.note : e.reason;
    if (e.action == "send_outside") agency = e.to_name;
    if (e.action == "receive_outside") {
      h.from_unit = agency;
      h.from_name = h.from_position = "";
      h.to_name = e.actor_name;
      h.to_position = e.actor_position;
      h.to_unit = e.actor_unit;
    } else if (returned || to->holder_applicant) {
      h.to_name = d.applicant_name;
      h.to_applicant = true;
    } else if (!ends) {
      const int64_t unit_id = to->holder_unit.empty() ? 0 : HolderUnit(d, *to);
      const orgs::Unit* unit = units->ActingOn(unit_id, FormatDate(LocalDate(e.at_us)));
      const bool outside = !e.to_name.empty() && e.to_account_id == 0;
      h.to_unit = outside ? e.to_name : unit == nullptr ? "" : unit->short_name;
      if (!outside) h.to_name = e.to_name;
      if (e.action == kTransferSent && loaded.transfer) {
        h.to_name = loaded.transfer->taken_by;
        h.to_position = loaded.transfer->taken_position;
        h.taken_at_us = loaded.transfer->taken_at_us;
      }
      // Whoever acted on it next has received it.
      for (size_t j = i + 1; !outside && h.to_name.empty() && j < loaded.events.size(); ++j) {
        const store::Event& next = loaded.events[j];
        if (next.by_applicant || next.account_id == 0 || IsConsulting(next.action) || IsTransfer(next.action)) continue;
        h.to_name = next.actor_name;
        h.to_position = next.actor_position;
        h.taken_at_us = next.at_us;
      }
    }
    out.push_back(std::move(h));
  }
  return out;
}

void Service::Impl::WriteHandOvers(json::Writer& out, const Loaded& loaded) const {
  out.Array("handovers");
  for (const HandOver& h : HandOvers(loaded)) {
    out.BeginObject().Text("at", FormatTime(h.at_us)).Text("action", h.action).Text("from_name", h.from_name);
    out.Text("from_position", h.from_position).Text("from_unit", h.from_unit).Text("to_name", h.to_name);
    out.Text("to_position", h.to_position).Text("to_unit", h.to_unit);
    WriteTime(out, "taken_at", h.taken_at_us);
    out.Text("result", h.result).Text("due_on", h.due_on).Text("note", h.note).EndObject();
  }
  out.EndArray();
}

json::array Service::Impl::HandOversForPrint(const Loaded& loaded) const {
  json::array rows;
  for (const HandOver& h : HandOvers(loaded))
    rows.push_back(json::object{{"at", FormatTime(h.at_us)}, {"from_unit", h.by_applicant ? "Người nộp hồ sơ" : h.from_unit},
                                {"from_name", h.from_name}, {"to_unit", h.ends ? "Kết thúc" : h.to_applicant ? "Người nộp hồ sơ" : h.to_unit},
                                {"to_name", h.to_name}, {"outcome", StepResultVi(h.result)}, {"note", h.step}});
  return rows;
}

}  // namespace tinhso::dossiers
