// One step of the workflow: what changes, what is recorded, who is told.
#include <algorithm>

#include "base/ids.h"
#include "consult.h"
#include "engines/numbering/numbering.h"
#include "impl.h"
#include "kernel/audit/audit.h"
#include "kernel/notify/notify.h"

namespace tinhso::dossiers {

void Service::Impl::Recompute(store::Dossier& d) const {
  if (!d.received_at_us || d.limit_value < 0) return;  // no limit stated: no due date
  const calendar::Due due = DueOf(d, deps.orgs.snapshot()->CalendarOf(d.authority_id));
  d.due_at_us = due.at_us;
  d.due_on = FormatDate(due.on);
  if (!d.original_due_on) d.original_due_on = d.due_on;
}

void Service::Impl::RecomputeStep(store::Dossier& d) const {
  const auto flow = FlowOf(d);
  const workflow::State* step = flow == nullptr ? nullptr : flow->FindState(d.clock == "paused" ? d.back_state : d.state);
  if (d.step_since_us == 0 || step == nullptr) return;
  d.step_due_at_us = StepDueOf(*step, d.step_since_us, d.step_paused_minutes, deps.orgs.snapshot()->CalendarOf(d.authority_id));
}

store::Event Service::Impl::EventBy(const http::Principal& who, TimeUs now_us) const {
  store::Event event;
  event.event_id = NewId();
  event.at_us = now_us;
  event.account_id = who.account_id;
  event.assignment_id = who.assignment_id;
  event.actor_name = who.full_name;
  event.actor_position = who.position;
  event.on_behalf_account_id = who.on_behalf_of.account_id;
  event.on_behalf_of = who.on_behalf_of.full_name;
  if (const orgs::Unit* unit = deps.orgs.snapshot()->ById(who.unit_id)) event.actor_unit = unit->short_name;
  return event;
}

Status Service::Impl::PutInbox(db::Tx& tx, const store::Dossier& d, const workflow::Workflow& flow,
                                Filing filing) const {
  const workflow::State* state = flow.FindState(d.state);
  const auto units = deps.orgs.snapshot();
  const int64_t unit_id = state == nullptr ? 0 : HolderUnit(d, *state);
  const orgs::Unit* unit = units->ById(unit_id);
  if (state == nullptr || state->final || state->holder_role.empty() || unit == nullptr)
  {
    if (filing == Filing::kNew) return Ok();
    // The item may still stand under a merged authority whose items are on their way to its successor.
    const int64_t acting = units->ActingFor(d.authority_id);
    if (acting != d.authority_id) TINHSO_TRY(inbox::Close(tx, "dossier", d.dossier_id, acting));
    if (const orgs::Unit* desk = d.return_unit_id == 0 ? nullptr : units->ById(units->ActingFor(d.return_unit_id)))
      TINHSO_TRY(inbox::Close(tx, "dossier", d.dossier_id, desk->authority_id));
    return inbox::Close(tx, "dossier", d.dossier_id, d.authority_id);
  }
  inbox::Item item;
  item.authority_id = unit->authority_id;
  item.item_id = NewId();
  item.subject_kind = "dossier";
  item.subject_id = d.dossier_id;
  item.subject_authority_id = d.authority_id;
  item.subject_code = d.dossier_code;
  item.title = d.procedure_name;
  item.person_name = d.applicant_name;
  item.state = d.state;
  item.national_state = static_cast<int>(d.national_state);
  item.unit_id = unit_id;
  item.role = state->holder_role;
  item.assignee_account_id = d.assignee_account_id;
  if (d.assignee_account_id != 0) {
    if (auto name = deps.identity.FullNameOf(tx, d.assignee_account_id); name.ok()) item.assignee_name = *name;
  }
  item.received_at_us = d.held_since_us;
  item.due_at_us = d.due_at_us && d.clock == "running" ? *d.due_at_us : inbox::kNoDue;
  if (d.supplement_count > kSupplementsLawful && d.clock != "stopped") {
    // Late whatever its date says (DeadlineOf): it was so when it came back.
    item.stated_due_at_us = item.due_at_us;
    item.due_at_us = std::min(item.due_at_us, FromLocal(LocalDate(d.held_since_us), 0) - 1);
  }
  if (d.step_since_us != 0 && d.step_due_at_us && d.clock != "paused") item.step_due_at_us = *d.step_due_at_us;
  return filing == Filing::kNew ? inbox::Add(tx, item) : inbox::Put(tx, item);
}

Status Service::Impl::NotifyApplicant(db::Tx& tx, const store::Dossier& d, const std::string& action, int64_t event_id,
                                      TimeUs now_us) const {
  for (int64_t person_id : {d.person_id, d.proxy_person_id}) {
    if (person_id == 0) continue;
    TINHSO_ASSIGN(int64_t account_id, deps.identity.AccountOfPerson(tx, person_id));
    if (account_id == 0) continue;
    TINHSO_TRY(notify::Add(tx, {account_id, "dossier." + action, d.dossier_code, "/ho-so/" + d.dossier_code,
                                "event:" + std::to_string(event_id) + (person_id == d.person_id ? "" : ":proxy")},
                           now_us));
  }
  return Ok();
}

std::string Service::Impl::CheckNewDue(const store::Dossier& d, const std::string& due_on) const {
  auto on = ParseDate(due_on);
  if (!on.ok()) return "date_malformed";
  const Date today = LocalDate(deps.clock.NowUs());
  if (due_on <= *d.due_on || *on < today) return "due_on_not_later";
  if (*on > AddDays(today, kExtensionDaysMax)) return "due_on_too_far";
  return deps.orgs.snapshot()->CalendarOf(d.authority_id).IsWorkingDay(*on) ? "" : "due_on_not_working_day";
}

Result<Service::Impl::Advanced> Service::Impl::Advance(store::Dossier& d, const workflow::State& from, const workflow::State& to,
                                    const workflow::Transition& t, int64_t account_id, TimeUs now_us) const {
  const calendar::Calendar& calendar = deps.orgs.snapshot()->CalendarOf(d.authority_id);
  Advanced done;
  done.breach = BreachOf(d, calendar, from.national_state, to.national_state, d.supplement_count, now_us);
  if (to.clock == workflow::ClockState::kPaused) {
    // The step waits and is taken up again.
  } else if (from.clock == workflow::ClockState::kPaused && to.id == d.back_state) {
    if (d.paused_since_us) d.step_paused_minutes += calendar.WorkingMinutesBetween(*d.paused_since_us, now_us);
    if (d.step_since_us != 0) d.step_due_at_us = StepDueOf(to, d.step_since_us, d.step_paused_minutes, calendar);
  } else if (from.id != to.id) {
    if (from.clock != workflow::ClockState::kPaused && d.step_since_us != 0 && d.step_due_at_us)
      done.step_due_on = FormatDate(LocalDate(*d.step_due_at_us));
    EnterStep(d, to, now_us);
  }
  if (t.Has("start_clock")) d.received_at_us = now_us;
  if (t.Has("pause_clock")) d.paused_since_us = now_us;
  if (t.Has("resume_clock") && d.paused_since_us) {
    // Waiting for the person before reception costs no working time: the clock had not started.
    if (d.received_at_us) d.paused_minutes += calendar.WorkingMinutesBetween(*d.paused_since_us, now_us);
    d.paused_since_us.reset();
  }
  if (t.Has("count_supplement")) ++d.supplement_count;
  if (to.holder_unit == "department") {
    const orgs::Unit* department = deps.orgs.snapshot()->ActingOn(d.department_unit_id, "");
    if (department == nullptr) return MakeError(ErrorCode::kConflict, "dossier_department_missing");
    d.department_authority_id = department->authority_id;  // from now on its officers see the dossier
  }
  if (to.clock == workflow::ClockState::kPaused) d.back_state = d.state;
  done.same_holder = from.holder_role == to.holder_role && HolderUnit(d, from) == HolderUnit(d, to);
  if (t.Has("assign_self")) {
    d.assignee_account_id = account_id;
  } else if (!done.same_holder || t.Has("clear_assignee")) {
    d.assignee_account_id = 0;
  }
  d.state = to.id;
  d.national_state = to.national_state;
  d.clock = workflow::ClockStateName(to.clock);
  if (t.to != workflow::kSame) d.held_since_us = now_us;
  if (t.Has("start_clock") || t.Has("resume_clock")) Recompute(d);
  if ((t.Has("stop_clock") || to.clock == workflow::ClockState::kStopped) && !d.finished_at_us) d.finished_at_us = now_us;
  return done;
}

void Service::Impl::EnterStep(store::Dossier& d, const workflow::State& state, TimeUs now_us) const {
  d.step_since_us = now_us;
  d.step_paused_minutes = 0;
  d.step_due_at_us = StepDueOf(state, now_us, 0, deps.orgs.snapshot()->CalendarOf(d.authority_id));
}

Result<store::Event> Service::Impl::Apply(db::Tx& tx, store::Dossier& d, const Move& move) const {
  const workflow::Transition& t = move.transition;
  const std::string to = t.to == workflow::kBack ? d.back_state : t.to == workflow::kSame ? d.state : t.to;
  const workflow::State* state = move.flow.FindState(to);
  const workflow::State* from = move.flow.FindState(d.state);
  if (state == nullptr || from == nullptr) return MakeError(ErrorCode::kInternal, "dossier_state_unknown", to);

  // Opinions end with the step they were asked in; one that pauses is taken up again. Their events come before its own.
  const workflow::State* step = from->clock == workflow::ClockState::kPaused && state->final ? move.flow.FindState(d.back_state) : from;
  if (step != nullptr && state->id != step->id && state->clock != workflow::ClockState::kPaused)
    TINHSO_TRY(EndConsultations(tx, d, *step, !move.by_applicant && !EndedWithout(state->national_state), move.who, move.now_us));

  store::Event event = EventBy(move.who, move.now_us);
  if (d.reception_unit_id != 0) {
    // In full: short names of desks repeat from commune to commune.
    if (const orgs::Unit* desk = deps.orgs.snapshot()->ById(move.who.unit_id); desk != nullptr && desk->unit_id == deps.orgs.snapshot()->ActingFor(d.reception_unit_id))
      event.actor_unit = desk->name;
  }
  event.action = t.action;
  event.from_state = d.state;
  event.to_state = to;
  event.national_state = state->national_state;
  event.by_applicant = move.by_applicant;
  event.note = move.params.note;
  event.to_name = move.params.agency;  // an agency outside holds the matter, the officer the dossier
  // A proposal carries its decision text; it is the reason shown in the log and the text of the result.
  event.reason = move.params.reason.empty() ? move.params.result_text : move.params.reason;
  if (!move.params.receiver_name.empty())
    event.note = (event.note.empty() ? "" : event.note + "\n") + "Người nhận kết quả: " + move.params.receiver_name;
  json::array items(move.params.items.begin(), move.params.items.end());
  event.items = json::serialize(items);

  TINHSO_ASSIGN(const Advanced advanced, Advance(d, *from, *state, t, move.who.HolderAccountId(), move.now_us));
  if (t.Has("extend_due")) {
    d.extended_on = move.params.due_on;
    d.extended_paused_minutes = d.paused_minutes;
    Recompute(d);
  }
  event.due_on = d.due_on;
  event.step_due_on = advanced.step_due_on;
  event.breach = advanced.breach;
  TINHSO_TRY(store::InsertEvent(tx, KeyOf(d), event));

  if (t.Has("issue_result")) {
    const Date today = LocalDate(move.now_us);
    auto found = terms.Find(d.procedure_code);
    if (!found.ok() && found.error().code != ErrorCode::kNotFound) return std::move(found.error());
    const Terms* known = found.ok() ? found->get() : nullptr;
    const std::string symbol = known != nullptr && !known->number_symbol.empty() ? known->number_symbol : "KQ";
    store::DossierResult result;
    TINHSO_ASSIGN(result.number, numbering::NextResultNumber(tx, d.authority_id, symbol, today));
    const orgs::Unit* authority = deps.orgs.snapshot()->ById(d.authority_id);
    // The code names the authority, so that a check touches one database.
    result.verify_code = (authority ? authority->unit_code : "") + "-" + RandomCode(kVerifyCodeLength);
    result.issued_on = FormatDate(today);
    result.decided_by = move.who.full_name;
    result.decided_position = move.who.position;
    result.on_behalf_of = move.who.on_behalf_of.full_name;
    result.own_position = move.who.on_behalf_of.own_position;
    result.template_id = known != nullptr ? known->result_template : "result-general";
    result.result_text = move.params.result_text;
    if (result.result_text.empty()) {
      // The specialist's proposal is the decision's text unless the leader wrote another.
      TINHSO_ASSIGN(auto events, store::Events(tx, KeyOf(d)));
      for (const store::Event& e : events)
        if (e.action == "propose" && !e.reason.empty()) result.result_text = e.reason;
    }
    TINHSO_TRY(store::InsertResult(tx, KeyOf(d), result));
    TINHSO_TRY(jobs::Enqueue(tx,
                             {d.authority_id, "dossier.render_result",
                              {{"authority_id", d.authority_id}, {"dossier_id", d.dossier_id}}, 0,
                              std::to_string(d.dossier_id)},
                             move.now_us));
    audit::Event issued = audit::By(move.who, "result.issued", "dossier", d.dossier_id, d.authority_id, move.now_us);
    issued.data = {{"verify_code", result.verify_code}};
    TINHSO_TRY(audit::Stage(tx, issued));
  }

  if (d.reception_unit_id != 0 && state->national_state == 10) TINHSO_TRY(EndTransfer(tx, d, move.now_us));
  const bool ended_without_result = state->final && EndedWithout(state->national_state);
  // Others of its joint file may wait for this one.
  if (!d.joint_code.empty() && (t.Has("issue_result") || ended_without_result))
    TINHSO_TRY(jobs::Enqueue(tx, {d.authority_id, "dossier.follow_joint", {{"authority_id", d.authority_id}, {"dossier_id", d.dossier_id}}, 0,
                                  std::to_string(event.event_id)}, move.now_us));

  if (!followers.empty()) {
    Moved moved;
    moved.action = t.action;
    moved.collect_fee = t.Has("collect_fee");
    moved.ended_without_result = ended_without_result;
    moved.account_id = move.who.account_id;
    moved.now_us = move.now_us;
    json::object answers;
    if (moved.collect_fee || t.action == kJointReady) {
      TINHSO_ASSIGN(store::Body body, store::GetBody(tx, KeyOf(d)));
      answers = ParseObject(body.answers);
      moved.answers = &answers;
    }
    TINHSO_TRY(Tell(tx, d, std::move(moved)));
  }

  TINHSO_TRY(PutInbox(tx, d, move.flow, move.filing));
  TINHSO_TRY(FollowWaiting(tx, d, move, *from, event));
  // Who gets it next should not have to look for it.
  if (!state->final && (!advanced.same_holder || move.by_applicant))
    TINHSO_TRY(jobs::Enqueue(tx,
                             {d.authority_id, "dossier.announce",
                              {{"authority_id", d.authority_id}, {"dossier_id", d.dossier_id}}, 0,
                              std::to_string(d.dossier_id) + ":" + std::to_string(event.event_id)},
                             move.now_us));
  // That it was paid the person has been told with the payment.
  if (!move.by_applicant && t.action != kFeePaid) TINHSO_TRY(NotifyApplicant(tx, d, t.action, event.event_id, move.now_us));
  audit::Event record = audit::By(move.who, t.Has("start_clock") ? "dossier.received" : "dossier.acted", "dossier",
                                  d.dossier_id, d.authority_id, move.now_us);
  record.person_id = d.person_id;
  record.data = {{"action", t.action}, {"to_state", d.state}, {"event_id", event.event_id}};
  TINHSO_TRY(audit::Stage(tx, record));
  return event;
}

Status Service::Impl::Tell(db::Tx& tx, const store::Dossier& d, Moved moved) const {
  if (followers.empty()) return Ok();
  moved.authority_id = d.authority_id;
  moved.dossier_id = d.dossier_id;
  moved.person_id = d.person_id;
  moved.dossier_code = d.dossier_code;
  moved.procedure_code = d.procedure_code;
  moved.procedure_name = d.procedure_name;
  moved.channel = d.channel;
  moved.applicant_name = d.applicant_name;
  for (const auto& follow : followers) TINHSO_TRY(follow(tx, moved));
  return Ok();
}

void Service::OnMove(std::function<Status(db::Tx& tx, const Moved& moved)> follow) {
  impl_->followers.push_back(std::move(follow));
}

Status Service::FeePaid(int64_t authority_id, int64_t dossier_id) {
  Impl& m = *impl_;
  static const ActParams kNoParams;
  http::Principal system;
  system.full_name = "Hệ thống";
  TINHSO_TRY(m.deps.router.For(authority_id).Write([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(auto d, store::FindById(tx, {authority_id, dossier_id}));
    if (!d) return Ok();
    const auto flow = m.FlowOf(*d);
    const workflow::Transition* t = flow == nullptr ? nullptr : flow->Find(d->state, kFeePaid, {workflow::kSystem});
    if (t == nullptr) return Ok();  // paid before anybody waited for it
    const int64_t seen = d->version;
    const TimeUs now = m.deps.clock.NowUs();
    TINHSO_TRY(m.Apply(tx, *d, {*flow, *t, system, kNoParams, now, false, Filing::kKnown}));
    TINHSO_ASSIGN(bool updated, store::UpdateDossier(tx, *d, seen, now));
    if (!updated) return MakeError(ErrorCode::kConflict, "dossier_version_stale");
    return Ok();
  }));
  m.deps.runner.Wake();
  return Ok();
}

Result<std::string> Service::Act(const ActParams& params, const http::Principal& who) {
  Impl& m = *impl_;
  TINHSO_ASSIGN(int64_t authority_id, m.AuthorityOfCode(params.dossier_code));
  db::Database& database = m.deps.router.For(authority_id);

  // Everything that needs no write happens on this thread first.
  TINHSO_ASSIGN(store::Dossier seen, database.Read([&](db::Tx& tx) {
    return m.FindVisible(tx, authority_id, params.dossier_code, who);
  }));
  auto flow = m.FlowOf(seen);
  if (flow == nullptr) return MakeError(ErrorCode::kInternal, "workflow_missing", seen.workflow_id);
  if (seen.version != params.version_seen)
    return MakeError(ErrorCode::kConflict, "dossier_version_stale", "version is " + std::to_string(seen.version));
  const workflow::Transition* transition = nullptr;
  for (const workflow::Transition* t : m.AllowedFor(seen, *flow, who))
    if (t->action == params.action) transition = t;
  if (transition == nullptr) return MakeError(ErrorCode::kConflict, "dossier_action_not_allowed");

  Error invalid{ErrorCode::kInvalid, "validation_failed", {}, {}, 0};
  auto need = [&](const char* input, bool present) {
    if (transition->Requires(input) && !present)
      invalid.fields.push_back({std::string("/") + input, "field_required", ""});
  };
  need("reason", !params.reason.empty());
  need("items", !params.items.empty());
  need("receiver_name", !params.receiver_name.empty());
  need("note", !params.note.empty());
  need("result_text", !params.result_text.empty());
  need("due_on", !params.due_on.empty());
  need("agency", !params.agency.empty());
  if (!params.agency.empty() && !transition->Requires("agency")) invalid.fields.push_back({"/agency", "field_not_applicable", ""});
  if (transition->Has("extend_due")) {
    if (!seen.due_on) return MakeError(ErrorCode::kConflict, "dossier_without_due_date");
    if (seen.extended_on) return MakeError(ErrorCode::kConflict, "dossier_already_extended");
    if (std::string bad = m.CheckNewDue(seen, params.due_on); !params.due_on.empty() && !bad.empty())
      invalid.fields.push_back({"/due_on", bad, ""});
  } else if (!params.due_on.empty()) {
    invalid.fields.push_back({"/due_on", "field_not_applicable", ""});
  }
  if (!invalid.fields.empty()) return invalid;

  const Viewer viewer = m.ViewerOf(seen, who);
  const bool by_applicant = viewer == Viewer::kApplicant || viewer == Viewer::kProxy;
  std::optional<json::object> answers;
  Impl::Papers papers;
  if (transition->Requires("answers") || transition->Requires("papers") || transition->action == "supplement") {
    if (params.answers) {
      auto form = m.FormOf(seen);
      if (form == nullptr) return MakeError(ErrorCode::kInternal, "form_missing", seen.form_id);
      TINHSO_ASSIGN(answers, form->Validate(*params.answers, m.FormContext(who)));
    }
    TINHSO_ASSIGN(auto terms, m.terms.Find(seen.procedure_code));
    TINHSO_ASSIGN(papers, m.CheckPapers(*terms, {}, params.papers, seen.channel, who, viewer == Viewer::kProxy ? 0 : seen.person_id, false));
    if (!answers && papers.papers.empty() && params.note.empty())
      return FieldInvalid("/papers", "supplement_empty");
  } else if (params.answers || !params.papers.empty()) {
    return FieldInvalid(params.answers ? "/answers" : "/papers", "field_not_applicable");
  }

  const TimeUs now = m.deps.clock.NowUs();
  TINHSO_TRY(database.Write([&](db::Tx& tx) -> Status {
    store::Dossier d = seen;
    TINHSO_TRY(m.Apply(tx, d, {*flow, *transition, who, params, now, by_applicant, Filing::kKnown}));
    TINHSO_ASSIGN(bool updated, store::UpdateDossier(tx, d, seen.version, now));
    if (!updated) return MakeError(ErrorCode::kConflict, "dossier_version_stale");
    if (answers) TINHSO_TRY(store::UpdateAnswers(tx, KeyOf(d), json::serialize(*answers)));
    for (store::Paper& paper : papers.papers) paper.round = d.supplement_count;
    return m.InsertPapers(tx, KeyOf(d), papers);
  }));
  m.deps.runner.Wake();
  return Get(params.dossier_code, who);
}

}  // namespace tinhso::dossiers
