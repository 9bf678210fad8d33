// Opinions asked of other units (xin ý kiến) while a step goes on. The legal clock never stops for them: only a lawful supplement and a
// financial obligation pause it. A required one holds the step until it is answered, withdrawn, or its deadline has passed.
#include <algorithm>

#include "base/ids.h"
#include "base/text.h"
#include "consult.h"
#include "impl.h"
#include "kernel/audit/audit.h"
#include "kernel/notify/notify.h"

namespace tinhso::dossiers {

namespace {

constexpr const char* kOpen = "open";
constexpr const char* kNoAnswer = "no_answer";
constexpr const char* kAnswered = "answered";
constexpr const char* kWithdrawn = "withdrawn";
constexpr const char* kAnsweringRoles[] = {"specialist", "leader"};

Error Closed() { return MakeError(ErrorCode::kConflict, "consultation_closed"); }

std::string AskedLink(const store::Dossier& d, int64_t consultation_id) {
  return "/can-bo/y-kien/" + d.dossier_code + "/" + std::to_string(consultation_id);
}
std::string AskersLink(const store::Dossier& d) { return "/can-bo/ho-so/" + d.dossier_code + "?phan=consultations"; }

bool IsLateAnswer(const store::Consultation& c, TimeUs now_us) {
  return c.status != kWithdrawn && c.ended_at_us.value_or(now_us) > c.due_at_us;
}

// An event about one consultation: nothing of the dossier moves.
store::Event EventOn(store::Event event, const store::Dossier& d, const store::Consultation& c, const char* action) {
  event.action = action;
  event.from_state = event.to_state = d.state;
  event.national_state = d.national_state;
  event.due_on = d.due_on;
  event.to_name = c.unit_name;
  return event;
}

// May `who` (asked or asking, as the caller has found) still act on it?
Status MayGoOn(bool allowed, const store::Consultation& c) {
  if (!allowed) return MakeError(ErrorCode::kForbidden, "permission_denied");
  return c.ended_at_us ? Status(Closed()) : Ok();
}

// The page of whoever looks at the dossier meanwhile is stale: its next move must see the consultation first.
Status Touch(db::Tx& tx, const store::Dossier& d) {
  TINHSO_ASSIGN(bool touched, store::TouchVersion(tx, KeyOf(d), d.version));
  return touched ? Ok() : Status(MakeError(ErrorCode::kConflict, "dossier_version_stale"));
}

Status StageOn(db::Tx& tx, const store::Dossier& d, const http::Principal& who, const char* kind, json::object data, TimeUs now_us) {
  audit::Event record = audit::By(who, kind, "dossier", d.dossier_id, d.authority_id, now_us);
  record.person_id = d.person_id;
  record.data = std::move(data);
  return audit::Stage(tx, record);
}

void WriteFiles(json::Writer& out, const char* key, const std::vector<store::ConsultationFile>& files, int64_t consultation_id, std::string_view kind) {
  out.Array(key);
  for (const store::ConsultationFile& f : files)
    if (f.consultation_id == consultation_id && f.kind == kind)
      out.BeginObject().Text("file_id", std::to_string(f.file.file_id)).Text("name", f.file.name).Text("media_type", f.file.media_type)
          .Int("size_bytes", f.file.size_bytes).EndObject();
  out.EndArray();
}

}  // namespace

std::vector<std::pair<std::string, std::string>> ConsultationsOf(const std::vector<store::Event>& events) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const store::Event& e : events) {
    if (e.action == kConsult) {
      out.emplace_back(e.to_name, kOpen);
      continue;
    }
    const char* status = e.action == kConsultAnswered ? kAnswered : e.action == kConsultNoAnswer ? kNoAnswer : e.action == kConsultWithdrawn ? kWithdrawn : nullptr;
    if (status == nullptr) continue;
    // A unit is asked again only when its last answer is closed.
    const auto last = std::find_if(out.rbegin(), out.rend(), [&](const auto& one) { return one.first == e.to_name; });
    if (last != out.rend()) last->second = status;
  }
  return out;
}

const workflow::State* Service::Impl::StepToConsult(const store::Dossier& d, const http::Principal& who) const {
  const auto flow = FlowOf(d);
  const workflow::State* state = flow == nullptr ? nullptr : flow->FindState(d.state);
  if (state == nullptr || !state->consult || d.Waits() || !who.Has("dossier.act") || ViewerOf(d, who) != Viewer::kOfficer) return nullptr;
  const bool holds = who.HasRole(state->holder_role) && who.unit_id == HolderUnit(d, *state) &&
                     (d.assignee_account_id == 0 || d.assignee_account_id == who.HolderAccountId());
  return holds ? state : nullptr;
}

bool Service::Impl::IsAsked(const store::Consultation& c, const http::Principal& who) const {
  const auto units = deps.orgs.snapshot();
  const orgs::Unit* unit = units->ById(units->ActingFor(c.unit_id));
  if (unit == nullptr || !who.Has("dossier.act")) return false;
  if (who.unit_id == unit->unit_id) return who.HasRole("specialist") || who.HasRole("leader");
  return who.authority_id == unit->authority_id && who.HasRole("leader");
}

Result<Service::Impl::Consulted> Service::Impl::FindConsultation(db::Tx& tx, int64_t authority_id, std::string_view dossier_code,
                                                                 int64_t consultation_id, const http::Principal& who) const {
  TINHSO_ASSIGN(auto d, store::FindByCode(tx, authority_id, dossier_code));
  const Viewer viewer = d ? ViewerOf(*d, who) : Viewer::kNone;
  if (!d || viewer == Viewer::kApplicant || viewer == Viewer::kProxy) return MakeError(ErrorCode::kNotFound, "dossier_not_found");
  TINHSO_ASSIGN(auto c, store::FindConsultation(tx, KeyOf(*d), consultation_id));
  const bool asked = c && IsAsked(*c, who);
  // Who is asked sees the question and the papers chosen for it, not the dossier.
  if (viewer != Viewer::kOfficer && !asked) return MakeError(ErrorCode::kNotFound, "dossier_not_found");
  if (!c) return MakeError(ErrorCode::kNotFound, "consultation_not_found");
  Consulted out{std::move(*d), std::move(*c), {}, asked, false};
  out.asker = viewer == Viewer::kOfficer && who.Has("dossier.act") &&
              (out.c.account_id == who.HolderAccountId() || StepToConsult(out.d, who) != nullptr);
  TINHSO_ASSIGN(out.files, store::ConsultationFiles(tx, KeyOf(out.d)));
  return out;
}

void Service::Impl::WriteConsultation(json::Writer& out, const Consulted& one, TimeUs now_us) const {
  const store::Consultation& c = one.c;
  const bool open = !c.ended_at_us;
  out.BeginObject().Text("consultation_id", std::to_string(c.consultation_id)).Text("dossier_code", one.d.dossier_code);
  out.Text("procedure_name", one.d.procedure_name).Text("unit_name", c.unit_name).Text("asker_name", c.asker_name);
  out.Text("asker_position", c.asker_position).Text("asker_unit", c.asker_unit).Text("question", c.question);
  out.Text("asked_at", FormatTime(c.asked_at_us)).Text("due_at", FormatTime(c.due_at_us)).Bool("required", c.required);
  out.Text("status", c.status).Bool("late", IsLateAnswer(c, now_us)).Text("verdict", c.verdict).Text("answer", c.answer);
  out.Text("answered_by", c.answered_by).Text("answered_position", c.answered_position);
  WriteTime(out, "reminded_at", c.reminded_at_us);
  WriteTime(out, "ended_at", c.ended_at_us);
  WriteFiles(out, "papers", one.files, c.consultation_id, "paper");
  WriteFiles(out, "answer_files", one.files, c.consultation_id, "answer");
  out.Bool("may_answer", open && one.asked).Bool("may_withdraw", open && one.asker).Bool("may_remind", open && one.asker).EndObject();
}

Result<std::string> Service::Consultations(std::string_view dossier_code, const http::Principal& who) {
  Impl& m = *impl_;
  TINHSO_ASSIGN(int64_t authority_id, m.AuthorityOfCode(dossier_code));
  std::vector<store::Consultation> rows;
  std::vector<store::ConsultationFile> files;
  TINHSO_ASSIGN(store::Dossier d, m.deps.router.For(authority_id).Read([&](db::Tx& tx) -> Result<store::Dossier> {
    TINHSO_ASSIGN(store::Dossier found, m.FindAsOfficer(tx, authority_id, dossier_code, who));
    TINHSO_ASSIGN(rows, store::Consultations(tx, KeyOf(found)));
    if (!rows.empty()) {
      TINHSO_ASSIGN(files, store::ConsultationFiles(tx, KeyOf(found)));
    }
    return found;
  }));
  TINHSO_TRY(m.AuditRead(d, who, "dossier.read"));
  const workflow::State* step = m.StepToConsult(d, who);
  const TimeUs now = m.deps.clock.NowUs();
  json::Writer out(512 + rows.size() * 1024);
  out.BeginObject().Bool("may_ask", step != nullptr).Int("default_days", step == nullptr ? 0 : step->consult->default_days);
  out.Int("days_max", step == nullptr ? 0 : step->consult->days_max).Array("items");
  for (store::Consultation& c : rows) {
    const bool asked = m.IsAsked(c, who), asker = who.Has("dossier.act") && (step != nullptr || c.account_id == who.HolderAccountId());
    m.WriteConsultation(out, {d, std::move(c), files, asked, asker}, now);
  }
  out.EndArray().EndObject();
  return out.Take();
}

Result<std::string> Service::Consult(const ConsultParams& params, const http::Principal& who) {
  Impl& m = *impl_;
  TINHSO_ASSIGN(int64_t authority_id, m.AuthorityOfCode(params.dossier_code));
  TINHSO_TRY(m.deps.router.For(authority_id).Write([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(store::Dossier d, m.FindAsOfficer(tx, authority_id, params.dossier_code, who));
    if (d.version != params.version_seen) return MakeError(ErrorCode::kConflict, "dossier_version_stale", "version is " + std::to_string(d.version));
    const workflow::State* step = m.StepToConsult(d, who);
    if (step == nullptr) return MakeError(ErrorCode::kConflict, "dossier_action_not_allowed");
    TINHSO_ASSIGN(auto rows, store::Consultations(tx, KeyOf(d)));
    if (rows.size() + params.units.size() > kConsultationsMax) return MakeError(ErrorCode::kConflict, "consultations_full");
    TINHSO_ASSIGN(auto papers, store::Files(tx, KeyOf(d)));
    Error invalid{ErrorCode::kInvalid, "validation_failed", {}, {}, 0};
    std::vector<store::PaperFile> shown;
    for (int64_t file_id : params.file_ids) {
      const auto paper = std::find_if(papers.begin(), papers.end(), [&](const store::PaperFile& f) { return f.file_id == file_id; });
      if (paper == papers.end()) invalid.fields.push_back({"/file_ids", "file_unknown", ""});
      else shown.push_back(*paper);
    }
    const auto units = m.deps.orgs.snapshot();
    const TimeUs now = m.deps.clock.NowUs();
    const store::Event by = m.EventBy(who, now);
    const orgs::Unit* asker = units->ById(who.unit_id);
    std::vector<store::Consultation> asked;
    std::vector<const orgs::Unit*> whom;
    for (size_t i = 0; i < params.units.size(); ++i) {
      const std::string pointer = "/units/" + std::to_string(i);
      const orgs::Unit* named = units->ByCode(params.units[i].unit_code);
      const orgs::Unit* unit = named == nullptr ? nullptr : units->ById(units->ActingFor(named->unit_id));
      const int days = params.units[i].days.value_or(step->consult->default_days);
      if (unit == nullptr || unit->unit_id == who.unit_id) {
        invalid.fields.push_back({pointer + "/unit_code", "unit_not_found", ""});
        continue;
      }
      if (days > step->consult->days_max) invalid.fields.push_back({pointer + "/days", "consult_days_too_many", std::to_string(step->consult->days_max)});
      const bool already = std::any_of(rows.begin(), rows.end(), [&](const auto& c) { return !c.ended_at_us && units->ActingFor(c.unit_id) == unit->unit_id; }) ||
                           std::find(whom.begin(), whom.end(), unit) != whom.end();
      if (already) invalid.fields.push_back({pointer + "/unit_code", "consult_unit_asked", ""});
      store::Consultation c;
      for (const char* role : kAnsweringRoles) {
        if (!c.role.empty()) break;
        TINHSO_ASSIGN(auto accounts, m.deps.identity.AccountsWith(tx, unit->unit_id, role));
        if (!accounts.empty()) c.role = role;
      }
      if (c.role.empty()) invalid.fields.push_back({pointer + "/unit_code", "consult_unit_without_staff", ""});
      c.key = KeyOf(d);
      c.consultation_id = NewId();
      c.step = d.state;
      c.asked_at_us = now;
      c.account_id = who.HolderAccountId();
      c.asker_name = by.actor_name;
      c.asker_position = by.actor_position;
      c.asker_unit = asker == nullptr ? by.actor_unit : asker->name;
      // In full: short names of divisions repeat from commune to commune.
      c.unit_id = unit->unit_id;
      c.unit_name = unit->name;
      c.question = params.question;
      c.required = params.required;
      // Its own calendar: the asked unit's hours and days off.
      c.due_at_us = calendar::ComputeDue(units->CalendarOf(unit->unit_id), now, {days, calendar::Unit::kWorkingDay}, {-1}, 0).at_us;
      asked.push_back(std::move(c));
      whom.push_back(unit);
    }
    if (!invalid.fields.empty()) return invalid;
    TINHSO_TRY(Touch(tx, d));
    for (size_t i = 0; i < asked.size(); ++i) {
      const store::Consultation& c = asked[i];
      TINHSO_TRY(store::InsertConsultation(tx, c));
      for (const store::PaperFile& file : shown) TINHSO_TRY(store::InsertConsultationFile(tx, c.key, {c.consultation_id, "paper", file}));
      TINHSO_TRY(store::InsertAsked(tx, {whom[i]->authority_id, c.consultation_id, c.unit_id, c.key, c.due_at_us, std::nullopt, true}));
      store::Event event = EventOn(m.EventBy(who, now), d, c, kConsult);
      event.reason = c.question;
      TINHSO_TRY(store::InsertEvent(tx, c.key, event));
      inbox::Item item;
      item.authority_id = whom[i]->authority_id;
      item.item_id = NewId();
      item.subject_kind = kConsultation;
      item.subject_id = c.consultation_id;
      item.subject_authority_id = d.authority_id;
      item.subject_code = d.dossier_code;
      item.title = d.procedure_name;
      item.person_name = "Xin ý kiến: " + c.asker_unit;
      item.state = kConsultation;
      item.national_state = static_cast<int>(d.national_state);
      item.unit_id = c.unit_id;
      item.role = c.role;
      item.received_at_us = now;
      item.due_at_us = c.due_at_us;
      TINHSO_TRY(inbox::Put(tx, item));
      TINHSO_TRY(m.TellAsked(tx, d, c, "asked", now));
      TINHSO_TRY(jobs::Enqueue(tx, {d.authority_id, "dossier.consultation_due",
                                    {{"authority_id", d.authority_id}, {"dossier_id", d.dossier_id}, {"consultation_id", c.consultation_id}},
                                    c.due_at_us, std::to_string(c.consultation_id)}, now));
    }
    return StageOn(tx, d, who, "dossier.consulted", {{"units", asked.size()}, {"consultation_id", asked.front().consultation_id}}, now);
  }));
  m.deps.runner.Wake();
  return Consultations(params.dossier_code, who);
}

Status Service::Impl::TellAsked(db::Tx& tx, const store::Dossier& d, const store::Consultation& c, const std::string& what, TimeUs now_us) const {
  TINHSO_ASSIGN(auto accounts, deps.identity.AccountsWith(tx, deps.orgs.snapshot()->ActingFor(c.unit_id), c.role));
  for (int64_t account_id : accounts)
    TINHSO_TRY(notify::Add(tx, {account_id, "consultation." + what, d.dossier_code, AskedLink(d, c.consultation_id),
                                what + ":" + std::to_string(c.consultation_id) + ":" + std::to_string(now_us)}, now_us));
  return Ok();
}

Status Service::Impl::EndConsultation(db::Tx& tx, const store::Consultation& c, TimeUs now_us) const {
  const auto units = deps.orgs.snapshot();
  const orgs::Unit* asked = units->ById(c.unit_id);
  const orgs::Unit* acting = units->ById(units->ActingFor(c.unit_id));
  if (asked == nullptr) return Ok();
  TINHSO_TRY(store::EndAsked(tx, asked->authority_id, c.consultation_id, now_us, c.status != kWithdrawn));
  if (acting != nullptr && acting->authority_id != asked->authority_id) TINHSO_TRY(inbox::Close(tx, kConsultation, c.consultation_id, acting->authority_id));
  return inbox::Close(tx, kConsultation, c.consultation_id, asked->authority_id);
}

Status Service::Impl::LetPass(db::Tx& tx, const store::Dossier& d, store::Consultation& c, TimeUs now_us) const {
  c.status = kNoAnswer;
  TINHSO_ASSIGN(bool changed, store::UpdateConsultation(tx, c, kOpen));
  if (!changed) return Closed();
  http::Principal system;
  system.full_name = "Hệ thống";
  TINHSO_TRY(store::InsertEvent(tx, c.key, EventOn(EventBy(system, now_us), d, c, kConsultNoAnswer)));
  return notify::Add(tx, {c.account_id, "consultation.no_answer", d.dossier_code, AskersLink(d), "no_answer:" + std::to_string(c.consultation_id)}, now_us);
}

// The step ends: what is required must have its answer or its day behind it; whatever else is open is asked no more.
Status Service::Impl::EndConsultations(db::Tx& tx, const store::Dossier& d, const workflow::State& step, bool must_be_done, const http::Principal& who,
                                       TimeUs now_us) const {
  if (!step.consult) return Ok();
  TINHSO_ASSIGN(auto rows, store::Consultations(tx, KeyOf(d)));
  for (store::Consultation& c : rows) {
    if (c.ended_at_us) continue;
    if (c.status == kOpen && now_us >= c.due_at_us) TINHSO_TRY(LetPass(tx, d, c, now_us));
    if (c.status == kOpen && c.required && must_be_done) return MakeError(ErrorCode::kConflict, "consultation_open");
    const std::string seen = c.status;
    if (c.status == kOpen) {
      c.status = kWithdrawn;
      store::Event event = EventOn(EventBy(who, now_us), d, c, kConsultWithdrawn);
      event.reason = "Bước xử lý đã kết thúc.";
      TINHSO_TRY(store::InsertEvent(tx, c.key, event));
    }
    c.ended_at_us = now_us;
    TINHSO_ASSIGN(bool changed, store::UpdateConsultation(tx, c, seen));
    if (!changed) return MakeError(ErrorCode::kConflict, "dossier_version_stale");
    TINHSO_TRY(EndConsultation(tx, c, now_us));
  }
  return Ok();
}

Status Service::Impl::ConsultationDue(store::Key key, int64_t consultation_id) const {
  return deps.router.For(key.authority_id).Write([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(auto c, store::FindConsultation(tx, key, consultation_id));
    TINHSO_ASSIGN(auto d, store::FindById(tx, key));
    if (!c || !d || c->status != kOpen || c->ended_at_us) return Ok();
    TINHSO_TRY(Touch(tx, *d));  // stale: the job comes again
    return LetPass(tx, *d, *c, deps.clock.NowUs());
  });
}

Result<std::string> Service::GetConsultation(std::string_view dossier_code, int64_t consultation_id, const http::Principal& who) {
  Impl& m = *impl_;
  TINHSO_ASSIGN(int64_t authority_id, m.AuthorityOfCode(dossier_code));
  TINHSO_ASSIGN(Impl::Consulted one, m.deps.router.For(authority_id).Read([&](db::Tx& tx) {
    return m.FindConsultation(tx, authority_id, dossier_code, consultation_id, who);
  }));
  TINHSO_TRY(m.RecordRead(one.d, who, "dossier.read"));
  json::Writer out;
  m.WriteConsultation(out, one, m.deps.clock.NowUs());
  return out.Take();
}

Result<files::File> Service::ConsultationFile(std::string_view dossier_code, int64_t consultation_id, int64_t file_id, const http::Principal& who) {
  Impl& m = *impl_;
  TINHSO_ASSIGN(int64_t authority_id, m.AuthorityOfCode(dossier_code));
  TINHSO_ASSIGN(Impl::Consulted one, m.deps.router.For(authority_id).Read([&](db::Tx& tx) {
    return m.FindConsultation(tx, authority_id, dossier_code, consultation_id, who);
  }));
  const bool known = std::any_of(one.files.begin(), one.files.end(), [&](const store::ConsultationFile& f) {
    return f.consultation_id == consultation_id && f.file.file_id == file_id;
  });
  if (!known) return MakeError(ErrorCode::kNotFound, "file_not_found");
  TINHSO_TRY(m.RecordRead(one.d, who, "dossier.paper_read"));
  return m.deps.files.Get(file_id);
}

Result<std::string> Service::AnswerConsultation(const ConsultAnswer& params, const http::Principal& who) {
  Impl& m = *impl_;
  TINHSO_ASSIGN(int64_t authority_id, m.AuthorityOfCode(params.dossier_code));
  std::vector<store::PaperFile> sent;
  for (int64_t file_id : params.file_ids) {
    auto file = m.deps.files.Get(file_id);
    if (!file.ok() && file.error().code != ErrorCode::kNotFound) return std::move(file.error());
    if (!file.ok() || file->owner_account_id != who.account_id) return FieldInvalid("/file_ids", "file_unknown");
    sent.push_back({0, file->file_id, file->name, file->media_type, file->size_bytes});
  }
  TINHSO_TRY(m.deps.router.For(authority_id).Write([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(Impl::Consulted one, m.FindConsultation(tx, authority_id, params.dossier_code, params.consultation_id, who));
    TINHSO_TRY(MayGoOn(one.asked, one.c));
    const TimeUs now = m.deps.clock.NowUs();
    // A deadline that passed a moment ago is recorded before the answer that came too late.
    if (one.c.status == kOpen && now > one.c.due_at_us) TINHSO_TRY(m.LetPass(tx, one.d, one.c, now));
    const std::string seen = one.c.status;
    one.c.status = kAnswered;
    one.c.verdict = params.verdict;
    one.c.answer = params.text;
    one.c.answered_by = who.full_name;
    one.c.answered_position = who.position;
    one.c.ended_at_us = now;
    TINHSO_ASSIGN(bool changed, store::UpdateConsultation(tx, one.c, seen));
    if (!changed) return Closed();
    TINHSO_TRY(Touch(tx, one.d));
    for (const store::PaperFile& file : sent) TINHSO_TRY(store::InsertConsultationFile(tx, one.c.key, {one.c.consultation_id, "answer", file}));
    store::Event event = EventOn(m.EventBy(who, now), one.d, one.c, kConsultAnswered);
    event.reason = params.text;
    TINHSO_TRY(store::InsertEvent(tx, one.c.key, event));
    TINHSO_TRY(m.EndConsultation(tx, one.c, now));
    TINHSO_TRY(notify::Add(tx, {one.c.account_id, "consultation.answered", one.d.dossier_code, AskersLink(one.d), "answered:" + std::to_string(one.c.consultation_id)}, now));
    return StageOn(tx, one.d, who, "dossier.consult_answered", {{"consultation_id", one.c.consultation_id}, {"verdict", params.verdict}}, now);
  }));
  return GetConsultation(params.dossier_code, params.consultation_id, who);
}

Result<std::string> Service::WithdrawConsultation(std::string_view dossier_code, int64_t consultation_id, std::string_view reason, const http::Principal& who) {
  Impl& m = *impl_;
  TINHSO_ASSIGN(int64_t authority_id, m.AuthorityOfCode(dossier_code));
  TINHSO_TRY(m.deps.router.For(authority_id).Write([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(Impl::Consulted one, m.FindConsultation(tx, authority_id, dossier_code, consultation_id, who));
    TINHSO_TRY(MayGoOn(one.asker, one.c));
    const TimeUs now = m.deps.clock.NowUs();
    const std::string seen = one.c.status;
    one.c.status = kWithdrawn;
    one.c.ended_at_us = now;
    TINHSO_ASSIGN(bool changed, store::UpdateConsultation(tx, one.c, seen));
    if (!changed) return Closed();
    TINHSO_TRY(Touch(tx, one.d));
    store::Event event = EventOn(m.EventBy(who, now), one.d, one.c, kConsultWithdrawn);
    event.reason = reason;
    TINHSO_TRY(store::InsertEvent(tx, one.c.key, event));
    TINHSO_TRY(m.EndConsultation(tx, one.c, now));
    TINHSO_TRY(m.TellAsked(tx, one.d, one.c, "withdrawn", now));
    return StageOn(tx, one.d, who, "dossier.consult_withdrawn", {{"consultation_id", consultation_id}}, now);
  }));
  return Consultations(dossier_code, who);
}

Result<std::string> Service::RemindConsultation(std::string_view dossier_code, int64_t consultation_id, const http::Principal& who) {
  Impl& m = *impl_;
  TINHSO_ASSIGN(int64_t authority_id, m.AuthorityOfCode(dossier_code));
  TINHSO_TRY(m.deps.router.For(authority_id).Write([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(Impl::Consulted one, m.FindConsultation(tx, authority_id, dossier_code, consultation_id, who));
    TINHSO_TRY(MayGoOn(one.asker, one.c));
    const TimeUs now = m.deps.clock.NowUs();
    if (one.c.reminded_at_us && LocalDate(*one.c.reminded_at_us) == LocalDate(now)) return MakeError(ErrorCode::kConflict, "consultation_reminded_today");
    one.c.reminded_at_us = now;
    TINHSO_ASSIGN(bool changed, store::UpdateConsultation(tx, one.c, one.c.status));
    if (!changed) return Closed();
    TINHSO_TRY(store::InsertEvent(tx, one.c.key, EventOn(m.EventBy(who, now), one.d, one.c, kConsultReminded)));
    TINHSO_TRY(Touch(tx, one.d));
    TINHSO_TRY(m.TellAsked(tx, one.d, one.c, "reminded", now));
    return StageOn(tx, one.d, who, "dossier.consult_reminded", {{"consultation_id", consultation_id}}, now);
  }));
  return Consultations(dossier_code, who);
}

Result<std::string> Service::AskedOfUs(const std::string& cursor, int64_t limit, const http::Principal& who) {
  Impl& m = *impl_;
  TINHSO_ASSIGN(const int64_t before, http::DecodeBefore(cursor));
  const TimeUs now = m.deps.clock.NowUs();
  const auto units = m.deps.orgs.snapshot();
  store::AskedCounts counts;
  std::vector<store::Asked> found;
  for (int64_t authority_id : units->ActsFor(who.authority_id)) {
    // A leader sees what the whole office was asked; what a merged office was asked is everybody's.
    const int64_t unit_id = authority_id == who.authority_id && !who.HasRole("leader") ? who.unit_id : 0;
    TINHSO_TRY(m.deps.router.For(authority_id).Read([&](db::Tx& tx) -> Status {
      TINHSO_ASSIGN(const store::AskedCounts some, store::CountAsked(tx, authority_id, unit_id, now));
      counts.open += some.open;
      counts.open_late += some.open_late;
      counts.ended += some.ended;
      counts.ended_late += some.ended_late;
      TINHSO_ASSIGN(auto page, store::AskedPage(tx, authority_id, unit_id, before, limit + 1));
      found.insert(found.end(), page.begin(), page.end());
      return Ok();
    }));
  }
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.consultation_id > b.consultation_id; });
  const bool more = static_cast<int64_t>(found.size()) > limit;
  if (more) found.resize(static_cast<size_t>(limit));
  json::Writer out(512 + found.size() * 1024);
  out.BeginObject().Object("counts").Int("open", counts.open).Int("open_late", counts.open_late).Int("ended", counts.ended).Int("ended_late", counts.ended_late);
  out.EndObject().Array("items");
  std::vector<store::Dossier> shown;
  for (const store::Asked& asked : found) {
    TINHSO_TRY(m.deps.router.For(asked.key.authority_id).Read([&](db::Tx& tx) -> Status {
      TINHSO_ASSIGN(auto d, store::FindById(tx, asked.key));
      TINHSO_ASSIGN(auto c, store::FindConsultation(tx, asked.key, asked.consultation_id));
      if (!d || !c || !m.IsAsked(*c, who)) return Ok();
      m.WriteConsultation(out, {*d, std::move(*c), {}, true, false}, now);
      shown.push_back(std::move(*d));
      return Ok();
    }));
  }
  out.EndArray();
  if (more) out.Text("next_cursor", http::EncodeCursor({std::to_string(found.back().consultation_id)}));
  else out.Null("next_cursor");
  out.EndObject();
  if (!shown.empty()) TINHSO_TRY(m.AuditList(shown, who));
  return out.Take();
}

}  // namespace tinhso::dossiers
