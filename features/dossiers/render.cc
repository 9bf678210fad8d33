// The page of one dossier (api/openapi.yaml: Dossier) as JSON text.
#include <algorithm>

#include "consult.h"
#include "impl.h"
#include "transfer.h"

namespace tinhso::dossiers {

namespace {

// What the log calls each action when the workflow has no transition of that name.
const workflow::Text kSubmitTitle{"Nộp hồ sơ", "Filed"};
const workflow::Text kConsentTitle{"Rút sự đồng ý cho nộp hồ sơ thay", "Consent to filing by somebody else withdrawn"};
const workflow::Text kMovedTitle{"Chuyển sang phiên bản quy trình khác", "Moved to another version of the workflow"};
const workflow::Text kReadyTitle{"Có kết quả của phần trước, tiếp nhận và bắt đầu tính thời hạn", "The earlier part has its result: received, the clock starts"};
const workflow::Text kJointStopTitle{"Dừng vì phần trước không có kết quả", "Stopped: an earlier part ended without a result"};
const workflow::Text kAssignTitle{"Giao cho người khác xử lý", "Given to a colleague"};
const workflow::Text kTakeOverTitle{"Nhận xử lý thay", "Taken over"};
const workflow::Text kCalendarTitle{"Tính lại hạn vì lịch làm việc đổi", "Due date worked out again: the calendar changed"};

void WriteUnit(json::Writer& out, const orgs::Unit* unit) {
  static const orgs::Unit kNone;
  const orgs::Unit& u = unit == nullptr ? kNone : *unit;
  out.Object("unit").Text("unit_code", u.unit_code).Text("kind", u.kind).Text("name", u.name).Text("short_name", u.short_name);
  if (unit != nullptr) out.Text("area_code", u.area_code);
  out.EndObject();
}

void WriteJoint(json::Writer& out, const store::Dossier& d) {
  if (d.joint_code.empty()) {
    out.Null("joint");
  } else {
    out.Object("joint").Text("joint_code", d.joint_code);
    if (d.joint_waits_for.empty()) out.Null("waits_for");
    else out.Text("waits_for", d.joint_waits_for);
    out.Bool("waiting", d.Waits()).EndObject();
  }
}

}  // namespace

const workflow::Text& EventTitle(const store::Event& e, const workflow::Workflow* flow, workflow::Text& own) {
  if (e.action == "submit") return kSubmitTitle;
  if (e.action == kCalendarChanged) return kCalendarTitle;
  if (e.action == kConsentWithdrawn) return kConsentTitle;
  if (e.action == kWorkflowMoved) return kMovedTitle;
  if (e.action == kJointReady) return kReadyTitle;
  if (e.action == kJointStopped) return kJointStopTitle;
  if (e.action == kAssign) return kAssignTitle;
  if (e.action == kTakeOver) return kTakeOverTitle;
  if (e.action == kTransferSent) {
    own = {"Bàn giao giấy tờ cho " + e.to_name, "Papers handed over to " + e.to_name};
    return own;
  }
  if (e.action == kTransferTaken) {
    own = {"Đã nhận giấy tờ từ " + e.to_name, "Papers taken over from " + e.to_name};
    return own;
  }
  if (IsConsulting(e.action)) {
    const std::string& unit = e.to_name;
    if (e.action == kConsult) own = {"Xin ý kiến " + unit, "Opinion asked of " + unit};
    else if (e.action == kConsultAnswered) own = {unit + " trả lời xin ý kiến", unit + " gave its opinion"};
    else if (e.action == kConsultNoAnswer) own = {unit + " không trả lời xin ý kiến trong hạn", unit + " gave no opinion in time"};
    else if (e.action == kConsultWithdrawn) own = {"Thôi xin ý kiến " + unit, "Opinion no longer asked of " + unit};
    else own = {"Nhắc " + unit + " trả lời xin ý kiến", unit + " reminded of the opinion asked for"};
    return own;
  }
  const workflow::Text* title = nullptr;
  for (size_t i = 0; flow != nullptr && i < flow->transitions().size(); ++i) {
    const workflow::Transition& t = flow->transitions()[i];
    if (t.action == e.action && (title == nullptr || std::find(t.from.begin(), t.from.end(), e.from_state) != t.from.end())) title = &t.title;
  }
  if (title != nullptr) return *title;
  own = {e.action, e.action};
  return own;
}

Result<Loaded> Service::Impl::Load(db::Tx& tx, const store::Dossier& d) const {
  Loaded loaded;
  loaded.d = d;
  TINHSO_ASSIGN(loaded.body, store::GetBody(tx, KeyOf(d)));
  loaded.answers = ParseObject(loaded.body.answers);
  TINHSO_ASSIGN(loaded.papers, store::Papers(tx, KeyOf(d)));
  if (!loaded.papers.empty()) {
    TINHSO_ASSIGN(loaded.files, store::Files(tx, KeyOf(d)));
  }
  TINHSO_ASSIGN(loaded.events, store::Events(tx, KeyOf(d)));
  if (!loaded.events.empty() && loaded.events.front().note.starts_with(kProxyNote)) {
    TINHSO_ASSIGN(loaded.proxy, store::GetProxy(tx, KeyOf(d)));
  }
  if (d.reception_unit_id != 0) {
    TINHSO_ASSIGN(loaded.transfer, store::FindTransfer(tx, KeyOf(d)));
  }
  // A result and a rating exist only once the dossier is near its end: two look-ups saved on the way.
  if (d.national_state >= 4) {
    TINHSO_ASSIGN(loaded.result, store::GetResult(tx, KeyOf(d)));
  }
  if (d.finished_at_us) {
    TINHSO_ASSIGN(loaded.rating, store::GetRating(tx, KeyOf(d)));
  }
  return loaded;
}

Result<Loaded> Service::Impl::LoadVisible(int64_t authority_id, std::string_view dossier_code, const http::Principal& who) const {
  return deps.router.For(authority_id).Read([&](db::Tx& tx) -> Result<Loaded> {
    TINHSO_ASSIGN(store::Dossier d, FindVisible(tx, authority_id, dossier_code, who));
    return Load(tx, d);
  });
}

void Service::Impl::WriteEvents(json::Writer& out, const Loaded& loaded, const workflow::Workflow* flow, Viewer viewer) const {
  out.Array("events");
  workflow::Text own;
  const auto opinions = ConsultationsOf(loaded.events);
  size_t asked = 0;
  for (const store::Event& e : loaded.events) {
    // A person is told that a unit is being asked, not what was said between offices.
    const bool consulting = IsConsulting(e.action) && viewer != Viewer::kOfficer;
    if (consulting && e.action != kConsult) continue;
    if (IsTransfer(e.action) && viewer < Viewer::kReception) continue;  // between offices
    // Officers' notes are between officers; a proposal's text becomes public with the result.
    const bool kept_from_applicant = viewer != Viewer::kOfficer && !e.by_applicant;
    const bool internal = e.action == "propose" || e.action == "return_for_rework";
    out.BeginObject().Text("event_id", std::to_string(e.event_id)).Text("at", FormatTime(e.at_us)).Text("action", e.action);
    const bool open = e.action == kConsult && opinions[asked++].second == "open";
    if (consulting) WriteText(out, "title", {(open ? "Đang lấy ý kiến " : "Đã lấy ý kiến ") + e.to_name, (open ? "Asking the opinion of " : "Asked the opinion of ") + e.to_name});
    else WriteText(out, "title", EventTitle(e, flow, own));
    out.Bool("by_applicant", e.by_applicant).Text("actor_name", e.actor_name).Text("actor_position", e.actor_position);
    if (!e.on_behalf_of.empty()) out.Text("on_behalf_of", e.on_behalf_of);
    out.Text("actor_unit", e.actor_unit).Text("from_state", e.from_state).Text("to_state", e.to_state);
    out.Text("reason", kept_from_applicant && (internal || consulting) ? "" : e.reason).Raw("items", OrEmpty(e.items, "[]"));
    if (!kept_from_applicant) out.Text("note", e.note);
    if (e.step_due_on) out.Text("step_due_on", *e.step_due_on);
    if (!e.breach.empty()) out.Text("breach", e.breach);
    if (!e.to_name.empty() && viewer == Viewer::kOfficer) out.Text("to_name", e.to_name);
    out.Bool("late", IsLate(e));
    out.EndObject();
  }
  out.EndArray();
}

// What every answer about a dossier begins with.
void Service::Impl::WriteFace(json::Writer& out, const store::Dossier& d, const workflow::Workflow* flow, const orgs::Snapshot& units) const {
  out.Text("dossier_code", d.dossier_code).Int("version", d.version);
  out.Text("procedure_code", d.procedure_code).Text("procedure_name", d.procedure_name);
  WriteUnit(out, units.ById(d.authority_id));
  out.Text("channel", d.channel).Text("return_method", d.return_method);
  WriteState(out, d, flow);
  out.Text("submitted_at", FormatTime(d.submitted_at_us));
  WriteTime(out, "received_at", d.received_at_us);
  WriteTime(out, "due_at", d.due_at_us);
  WriteOptional(out, "due_on", d.due_on);
}

std::string Service::Impl::Render(const Loaded& loaded, const http::Principal& who) const {
  const store::Dossier& d = loaded.d;
  const auto flow = FlowOf(d);
  const auto form = FormOf(d);
  const auto units = deps.orgs.snapshot();
  const TimeUs now = deps.clock.NowUs();
  const Viewer viewer = ViewerOf(d, who);

  json::Writer out(8192);
  out.BeginObject();
  WriteFace(out, d, flow.get(), *units);
  WriteOptional(out, "original_due_on", d.original_due_on);
  WriteTime(out, "finished_at", d.finished_at_us);
  out.Text("deadline", DeadlineOf(d, now)).Array("due_steps");
  std::string due_line;
  if (d.received_at_us && d.limit_value >= 0) {
    const calendar::Due due = DueOf(d, units->CalendarOf(d.authority_id));
    due_line = calendar::DueLine(due);
    for (const calendar::DueStep& step : due.steps)
      out.BeginObject().Text("kind", step.kind).Text("on", FormatDate(step.on)).Text("text", step.text_vi).EndObject();
  }
  out.EndArray().Text("due_line", due_line);
  WriteStep(out, d, now);
  WriteDuties(out, loaded, now);

  out.Raw("applicant", OrEmpty(loaded.body.applicant, "{}")).Raw("answers", OrEmpty(loaded.body.answers, "{}"));
  forms::Context context;
  context.today = LocalDate(now);
  AddAreas(context, FormatDate(LocalDate(d.submitted_at_us)));
  out.Raw("answers_described", form == nullptr ? "[]" : json::serialize(form->Describe(loaded.answers, "vi", context)));

  out.Array("papers");
  for (const store::Paper& paper : loaded.papers) {
    out.BeginObject().Text("paper_id", paper.paper_id).Text("name", paper.name).Int("originals", paper.originals);
    out.Int("copies", paper.copies).Int("round", paper.round).Int("digitisation", paper.digitisation);
    if (!paper.source_dossier_code.empty()) out.Text("source_dossier_code", paper.source_dossier_code);
    out.Array("files");
    for (const store::PaperFile& file : loaded.files)
      if (file.submitted_paper_id == paper.submitted_paper_id)
        out.BeginObject().Text("file_id", std::to_string(file.file_id)).Text("name", file.name)
            .Text("media_type", file.media_type).Int("size_bytes", file.size_bytes).EndObject();
    out.EndArray().EndObject();
  }
  out.EndArray();

  if (loaded.proxy) {
    const store::Proxy& p = *loaded.proxy;
    out.Object("proxy").Text("full_name", p.full_name).Text("relation", p.relation).Text("relation_note", p.relation_note);
    out.Text("consent", p.consent).Text("consent_on", p.consent_on).Text("recorded_at", FormatTime(p.recorded_at_us));
    WriteTime(out, "withdrawn_at", p.withdrawn_at_us);
    out.Bool("may_withdraw", !p.withdrawn_at_us && viewer != Viewer::kProxy).EndObject();
  } else {
    out.Null("proxy");
  }

  WriteJoint(out, d);

  const workflow::State* state = flow == nullptr ? nullptr : flow->FindState(d.state);
  if (state != nullptr && !state->final && !d.Waits()) {
    const orgs::Unit* unit = units->ById(HolderUnit(d, *state));
    std::string_view name;
    for (const store::Event& e : loaded.events) {
      if (d.assignee_account_id == 0) break;
      if (e.on_behalf_account_id == d.assignee_account_id) name = e.on_behalf_of;
      else if (e.account_id == d.assignee_account_id) name = e.actor_name;
      else if (e.to_account_id == d.assignee_account_id) name = e.to_name;
    }
    out.Object("holder").Text("role", state->holder_role).Text("unit_name", unit ? unit->short_name : "").Text("account_name", name);
    out.Bool("applicant", state->holder_applicant).Text("since", FormatTime(d.held_since_us)).EndObject();
  } else {
    out.Null("holder");
  }

  const Assigning assigning = MayAssign(d, who);
  out.Object("assigning").Bool("anyone", viewer == Viewer::kOfficer && assigning.anyone);
  out.Bool("self", viewer == Viewer::kOfficer && assigning.self).EndObject();
  out.Array("actions");
  if (flow != nullptr) {
    for (const workflow::Transition* t : AllowedFor(d, *flow, who)) {
      out.BeginObject().Text("action", t->action);
      WriteText(out, "title", t->title);
      out.Array("requires");
      for (const std::string& input : t->requires_) out.Text(input);
      out.EndArray().Text("to", t->to).EndObject();
    }
  }
  out.EndArray();

  const store::Event* supplement = nullptr;
  for (const store::Event& e : loaded.events)
    if (e.action == "request_supplement") supplement = &e;
  if (supplement != nullptr && d.national_state == 5) {
    out.Object("supplement").Text("reason", supplement->reason).Raw("items", OrEmpty(supplement->items, "[]"));
    out.Text("requested_at", FormatTime(supplement->at_us)).EndObject();
  } else {
    out.Null("supplement");
  }
  WriteSteps(out, d, flow.get(), loaded.events);
  WriteEvents(out, loaded, flow.get(), viewer);
  if (viewer >= Viewer::kReception) WriteHandOvers(out, loaded);
  WriteTransfer(out, loaded, who);

  out.Array("slips");
  for (const SlipAct& act : SlipsOf(loaded, viewer)) {
    const printing::TemplateInfo& form = act.form.print->Info();
    out.BeginObject().Text("slip_no", form.slip_no);
    if (!act.Grows()) out.Text("event_id", std::to_string(act.event->event_id));
    WriteText(out, "title", {form.slip_title_vi, form.slip_title_en});
    out.EndObject();
  }
  out.EndArray();

  if (loaded.result) {
    const store::DossierResult& r = *loaded.result;
    out.Object("result").Text("number", r.number).Text("issued_on", r.issued_on).Text("decided_by", r.decided_by);
    out.Text("decided_position", r.decided_position);
    if (!r.on_behalf_of.empty()) out.Text("on_behalf_of", r.on_behalf_of);
    out.Text("verify_code", r.verify_code);
    out.Bool("ready", true).EndObject();  // made at the first download if its job has not run yet
  } else {
    out.Null("result");
  }
  if (loaded.rating) WriteRating(out, *loaded.rating);
  else out.Null("rating");
  out.Bool("may_rate", viewer == Viewer::kApplicant && d.finished_at_us.has_value() && !loaded.rating).EndObject();
  return out.Take();
}

std::string Service::Impl::RenderFiled(const Loaded& loaded) const {
  json::Writer out(4096);
  out.BeginObject();
  WriteFace(out, loaded.d, FlowOf(loaded.d).get(), *deps.orgs.snapshot());
  out.Raw("applicant", OrEmpty(loaded.body.applicant, "{}")).Raw("answers", OrEmpty(loaded.body.answers, "{}"));
  WriteJoint(out, loaded.d);
  out.EndObject();
  return out.Take();
}

PageMemo::Ground Service::Impl::PageGround() const {
  return {deps.orgs.snapshot(), deps.areas.snapshot(), LocalDate(deps.clock.NowUs())};
}

// Whatever Render takes from `who` is part of the key; two officers with the same rights share a page.
std::string Service::Impl::PageKey(const store::Head& head, const http::Principal& who) const {
  std::string key = std::to_string(head.dossier_id) + ":" + std::to_string(head.version);
  if (const Viewer viewer = ViewerOf(head, who); viewer < Viewer::kReception) return key + (viewer == Viewer::kProxy ? ":proxy" : ":applicant");
  else if (viewer == Viewer::kReception) key += ":reception";
  if (!who.Has("dossier.act")) return key + ":reader";
  const char* taken = head.assignee_account_id == 0 ? ":free:" : head.assignee_account_id == who.HolderAccountId() ? ":mine:" : ":taken:";
  key += taken + std::to_string(who.unit_id) + ":" + std::to_string(who.authority_id);
  for (const std::string& role : who.roles) key += ":" + role;
  return key;
}

Result<std::string> Service::Get(std::string_view dossier_code, const http::Principal& who) {
  Impl& m = *impl_;
  TINHSO_ASSIGN(int64_t authority_id, m.AuthorityOfCode(dossier_code));
  // Of before the load: what changes meanwhile is not kept under the new one.
  const PageMemo::Ground ground = m.PageGround();
  PageMemo::Page page;
  std::optional<Loaded> loaded;
  TINHSO_ASSIGN(store::Head head, m.deps.router.For(authority_id).Read([&](db::Tx& tx) -> Result<store::Head> {
    TINHSO_ASSIGN(auto found, store::FindHead(tx, authority_id, dossier_code));
    if (!found || m.ViewerOf(*found, who) == Viewer::kNone) return MakeError(ErrorCode::kNotFound, "dossier_not_found");
    page = m.pages.Find(ground, m.PageKey(*found, who));
    if (page) return *found;
    // In the same snapshot, so that the page shows the version it is kept under.
    TINHSO_ASSIGN(auto d, store::FindById(tx, KeyOf(*found)));
    if (!d) return MakeError(ErrorCode::kNotFound, "dossier_not_found");
    TINHSO_ASSIGN(loaded, m.Load(tx, *d));
    return *found;
  }));
  // The one place where a reader is shown a dossier, whether its page was kept or written now.
  TINHSO_TRY(m.AuditRead(head, who, "dossier.read"));
  if (page) return *page;
  page = std::make_shared<const std::string>(m.Render(*loaded, who));
  m.pages.Put(ground, m.PageKey(loaded->d, who), page);
  return *page;
}

}  // namespace tinhso::dossiers
