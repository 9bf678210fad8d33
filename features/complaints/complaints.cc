#include "complaints.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "base/calendar.h"
#include "base/ids.h"
#include "base/json_writer.h"
#include "engines/numbering/numbering.h"
#include "engines/packs/packs.h"
#include "impl.h"
#include "kernel/inbox/inbox.h"
#include "kernel/notify/notify.h"

namespace tinhso::complaints {
namespace {

constexpr int kAnswerDays = 15;  // working days, where nothing else is set
constexpr int kAnswerDaysMax = 90;
constexpr const char* kPrefix = "PA-";
constexpr const char* kSubject = "complaint";

std::string LinkOf(const store::Complaint& c) { return "/can-bo/phan-anh/" + c.complaint_code; }

void WriteComplaint(json::Writer& out, const store::Complaint& c, const Impl& m, const http::Principal& who) {
  const auto units = m.deps.orgs.snapshot();
  const orgs::Unit* unit = units->ById(units->ActingFor(c.held_authority_id));
  out.BeginObject().Text("complaint_code", c.complaint_code).Text("dossier_code", c.dossier_code).Text("procedure_name", c.procedure_name);
  out.Text("person_name", c.person_name).Text("kind", c.kind).Text("text", c.body).Text("state", c.state);
  out.Text("received_at", FormatTime(c.received_at_us)).Text("due_on", c.due_on).Text("due_line", c.due_line);
  const char* deadline = unit == nullptr || c.state != "open" ? "none" : inbox::DeadlineOf(units->CalendarOf(unit->unit_id), c.due_at_us, m.deps.clock.NowUs());
  out.Text("deadline", deadline).Text("unit_name", unit == nullptr ? "" : unit->name).Int("version", c.version);
  if (c.state == "answered") {
    out.Object("answer").Text("outcome", c.outcome).Text("text", c.answer).Text("at", FormatTime(*c.answered_at_us)).Text("name", c.answered_name);
    out.Text("position", c.answered_position).Text("unit_name", c.answered_unit).Text("on_behalf_of", c.answered_on_behalf_of).EndObject();
  } else {
    out.Null("answer");
  }
  const bool own = who.person_id != 0 && who.person_id == c.person_id;
  const bool here = who.authority_id != 0 && who.authority_id == units->ActingFor(c.held_authority_id);
  out.Bool("may_answer", c.state == "open" && here && !own && who.Has("complaint.answer")).EndObject();
}

std::string One(const store::Complaint& c, const Impl& m, const http::Principal& who) {
  json::Writer out(1024 + c.body.size() + c.answer.size());
  WriteComplaint(out, c, m, who);
  return out.Take();
}

}  // namespace

Service::Service(Deps deps) : impl_(std::make_unique<Impl>(deps)) {}
Service::~Service() = default;

Status Service::LoadRules(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream bytes;
  if (!in || !(bytes << in.rdbuf())) return MakeError(ErrorCode::kInvalid, "pack_invalid", path);
  auto root = packs::YamlToJson(bytes.str(), path);
  const json::value* versions = root.ok() && root->is_object() ? root->as_object().if_contains("versions") : nullptr;
  if (versions == nullptr || !versions->is_array()) return MakeError(ErrorCode::kInvalid, "pack_invalid", path + (root.ok() ? "" : ": " + root.error().detail));
  std::vector<Rule> rules;
  for (const json::value& v : versions->as_array()) {
    if (!v.is_object()) return MakeError(ErrorCode::kInvalid, "pack_invalid", path);
    const json::object& o = v.as_object();
    Rule rule{json::GetText(o, "valid_from"), static_cast<int>(json::GetInt(o, "answer_working_days"))};
    if (!ParseDate(rule.valid_from).ok() || rule.answer_working_days < 1 || rule.answer_working_days > kAnswerDaysMax || json::GetText(o, "basis").empty())
      return MakeError(ErrorCode::kInvalid, "pack_invalid", path + ": " + rule.valid_from);
    rules.push_back(std::move(rule));
  }
  std::sort(rules.begin(), rules.end(), [](const Rule& a, const Rule& b) { return a.valid_from < b.valid_from; });
  impl_->rules = std::move(rules);
  return Ok();
}

int Impl::AnswerDaysOn(const std::string& day) const {
  int days = kAnswerDays;
  for (const Rule& rule : rules)
    if (rule.valid_from <= day) days = rule.answer_working_days;
  return days;
}

Result<int64_t> Impl::AuthorityOf(std::string_view complaint_code) const {
  const auto unknown = MakeError(ErrorCode::kNotFound, "complaint_not_found");
  const size_t last = complaint_code.rfind('-');
  if (!complaint_code.starts_with(kPrefix) || last == std::string_view::npos || last <= std::string_view(kPrefix).size()) return unknown;
  auto code = numbering::ParseDossierCode(complaint_code.substr(std::string_view(kPrefix).size(), last - std::string_view(kPrefix).size()));
  if (!code.ok()) return unknown;
  const auto units = deps.orgs.snapshot();
  const orgs::Unit* unit = units->ByCode(code->unit_code);
  if (unit == nullptr) return unknown;
  return unit->authority_id;
}

// The authority that owes the result, or the nearest above it with a leader who did not handle the dossier; those leaders.
Result<Impl::Held> Impl::HeldBy(db::Tx& tx, int64_t authority_id, const dossiers::Service::Handling& handling) const {
  const auto units = deps.orgs.snapshot();
  const Held first{units->ActingFor(authority_id), {}};
  for (const orgs::Unit* unit = units->ById(first.authority_id); unit != nullptr; unit = units->ById(unit->parent_id)) {
    if (unit->authority_id != unit->unit_id) continue;
    Held held{unit->unit_id, {}};
    TINHSO_ASSIGN(held.leaders, deps.identity.AccountsWith(tx, unit->unit_id, "leader"));
    std::erase_if(held.leaders, [&](int64_t account_id) {
      return std::find(handling.account_ids.begin(), handling.account_ids.end(), account_id) != handling.account_ids.end();
    });
    if (!held.leaders.empty()) return held;
  }
  return first;
}

Result<std::string> Service::File(const FileParams& params, const http::Principal& who) {
  Impl& m = *impl_;
  TINHSO_ASSIGN(dossiers::Access access, m.deps.dossiers.Look(params.dossier_code, who));
  if (!access.by_applicant) return MakeError(ErrorCode::kForbidden, "complaint_by_applicant_only");
  const TimeUs now = m.deps.clock.NowUs();
  const auto units = m.deps.orgs.snapshot();
  store::Complaint c;
  TINHSO_TRY(m.deps.router.For(access.authority_id).Write([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(auto known, store::OfDossier(tx, access.authority_id, access.dossier_id));
    if (std::any_of(known.begin(), known.end(), [](const store::Complaint& one) { return one.state == "open"; }))
      return MakeError(ErrorCode::kConflict, "complaint_open");
    if (known.size() >= kOfDossierMax) return MakeError(ErrorCode::kConflict, "complaints_full");
    TINHSO_ASSIGN(auto handling, m.deps.dossiers.HandlingOf(tx, access.authority_id, access.dossier_id));
    TINHSO_ASSIGN(Impl::Held held, m.HeldBy(tx, access.authority_id, handling));
    c = store::Complaint{};
    c.authority_id = access.authority_id;
    c.complaint_id = NewId();
    c.complaint_code = kPrefix + params.dossier_code + "-" + std::to_string(known.size() + 1);
    c.dossier_id = access.dossier_id;
    c.dossier_code = params.dossier_code;
    c.procedure_name = handling.procedure_name;
    c.person_id = access.person_id;
    c.person_name = handling.applicant_name;
    c.kind = params.kind;
    c.body = params.text;
    c.received_at_us = now;
    c.held_authority_id = held.authority_id;
    const calendar::Due due = calendar::ComputeDue(units->CalendarOf(held.authority_id), now,
                                                   {m.AnswerDaysOn(FormatDate(LocalDate(now))), calendar::Unit::kWorkingDay}, {-1}, 0);
    c.due_at_us = due.at_us;
    c.due_on = FormatDate(due.on);
    c.due_line = calendar::DueLine(due);
    c.state = "open";
    // Of two sent at once the second finds the number taken.
    TINHSO_ASSIGN(const bool inserted, store::Insert(tx, c));
    if (!inserted) return MakeError(ErrorCode::kConflict, "complaint_open");
    inbox::Item item;
    item.authority_id = item.unit_id = held.authority_id;
    item.item_id = NewId();
    item.subject_kind = kSubject;
    item.subject_id = c.complaint_id;
    item.subject_authority_id = c.authority_id;
    item.subject_code = c.complaint_code;
    item.title = c.procedure_name;
    item.person_name = c.person_name;
    item.state = "complaint_open";
    item.role = "leader";
    item.received_at_us = now;
    item.due_at_us = c.due_at_us;
    TINHSO_TRY(inbox::Add(tx, item));
    for (int64_t account_id : held.leaders)
      TINHSO_TRY(notify::Add(tx, {account_id, "complaint.filed", c.complaint_code, LinkOf(c), "filed:" + std::to_string(c.complaint_id)}, now));
    audit::Event event = audit::By(who, "complaint.filed", kSubject, c.complaint_id, c.authority_id, now);
    event.person_id = c.person_id;
    event.data = {{"complaint_code", c.complaint_code}, {"dossier_code", c.dossier_code}, {"kind", c.kind}, {"held_authority_id", std::to_string(c.held_authority_id)}};
    return audit::Stage(tx, event);
  }));
  return One(c, m, who);
}

Result<std::string> Service::OfDossier(std::string_view dossier_code, const http::Principal& who) {
  Impl& m = *impl_;
  TINHSO_ASSIGN(dossiers::Access access, m.deps.dossiers.Look(dossier_code, who));
  if (!access.by_applicant) return MakeError(ErrorCode::kForbidden, "complaint_by_applicant_only");
  TINHSO_ASSIGN(auto found, m.deps.router.For(access.authority_id).Read([&](db::Tx& tx) { return store::OfDossier(tx, access.authority_id, access.dossier_id); }));
  json::Writer out(4096);
  out.BeginObject().Array("items");
  for (const store::Complaint& c : found) WriteComplaint(out, c, m, who);
  const bool open = std::any_of(found.begin(), found.end(), [](const store::Complaint& c) { return c.state == "open"; });
  out.EndArray().Bool("may_file", !open && found.size() < kOfDossierMax);
  out.Int("answer_working_days", m.AnswerDaysOn(FormatDate(LocalDate(m.deps.clock.NowUs())))).EndObject();
  return out.Take();
}

Result<std::string> Service::List(const ListParams& params, const http::Principal& who) {
  Impl& m = *impl_;
  TINHSO_ASSIGN(const int64_t before, http::DecodeBefore(params.cursor));
  const store::Asked asked{params.state, before, params.limit + 1};
  std::vector<store::Complaint> all;
  for (int64_t authority_id : m.deps.orgs.snapshot()->ActsFor(who.authority_id)) {
    TINHSO_ASSIGN(auto some, m.deps.router.For(authority_id).Read([&](db::Tx& tx) { return store::InState(tx, authority_id, asked); }));
    all.insert(all.end(), std::make_move_iterator(some.begin()), std::make_move_iterator(some.end()));
  }
  std::sort(all.begin(), all.end(), [](const store::Complaint& a, const store::Complaint& b) { return a.complaint_id > b.complaint_id; });
  const bool more = static_cast<int64_t>(all.size()) > params.limit;
  if (more) all.resize(static_cast<size_t>(params.limit));
  audit::Event event = audit::By(who, "dossier.listed", "complaint_list", 0, who.authority_id, m.deps.clock.NowUs());
  for (const store::Complaint& c : all)
    if (c.person_id != who.person_id) event.people.push_back(c.person_id);
  if (!event.people.empty())
    TINHSO_TRY(m.reads.Record(m.deps.router.For(who.authority_id), std::move(event), [&](audit::Event& e) -> Status {
      e.data = {{"purpose", "supervise"}, {"count", all.size()}};
      return Ok();
    }));
  json::Writer out(8192);
  out.BeginObject().Array("items");
  for (const store::Complaint& c : all) WriteComplaint(out, c, m, who);
  out.EndArray();
  if (more) out.Text("next_cursor", http::EncodeCursor({std::to_string(all.back().complaint_id)}));
  else out.Null("next_cursor");
  out.EndObject();
  return out.Take();
}

Result<store::Complaint> Impl::FindForLeader(std::string_view complaint_code, const http::Principal& who) const {
  TINHSO_ASSIGN(const int64_t authority_id, AuthorityOf(complaint_code));
  TINHSO_ASSIGN(auto c, deps.router.For(authority_id).Read([&](db::Tx& tx) { return store::Find(tx, authority_id, complaint_code); }));
  const auto units = deps.orgs.snapshot();
  if (!c || who.authority_id == 0 || (who.authority_id != units->ActingFor(c->authority_id) && who.authority_id != units->ActingFor(c->held_authority_id)))
    return MakeError(ErrorCode::kNotFound, "complaint_not_found");
  return std::move(*c);
}

Result<std::string> Service::Get(std::string_view complaint_code, const http::Principal& who) {
  Impl& m = *impl_;
  TINHSO_ASSIGN(const store::Complaint c, m.FindForLeader(complaint_code, who));
  audit::Event event = audit::By(who, "dossier.read", "dossier", c.dossier_id, c.authority_id, m.deps.clock.NowUs());
  event.person_id = c.person_id;
  TINHSO_TRY(m.reads.Record(m.deps.router.For(c.authority_id), std::move(event), [&](audit::Event& e) -> Status {
    e.data = {{"purpose", "supervise"}, {"dossier_code", c.dossier_code}};
    return Ok();
  }));
  return One(c, m, who);
}

Result<std::string> Service::Answer(const AnswerParams& params, const http::Principal& who) {
  Impl& m = *impl_;
  TINHSO_ASSIGN(store::Complaint c, m.FindForLeader(params.complaint_code, who));
  if (c.state != "open") return MakeError(ErrorCode::kConflict, "complaint_answered");
  const auto units = m.deps.orgs.snapshot();
  if (who.authority_id != units->ActingFor(c.held_authority_id)) return MakeError(ErrorCode::kForbidden, "complaint_elsewhere");
  const TimeUs now = m.deps.clock.NowUs();
  const orgs::Unit* unit = units->ById(who.unit_id);
  TINHSO_TRY(m.deps.router.For(c.authority_id).Write([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(const auto handling, m.deps.dossiers.HandlingOf(tx, c.authority_id, c.dossier_id));
    for (int64_t account_id : {who.account_id, who.HolderAccountId()})
      if (std::find(handling.account_ids.begin(), handling.account_ids.end(), account_id) != handling.account_ids.end() || who.person_id == c.person_id)
        return MakeError(ErrorCode::kForbidden, "complaint_own_work");
    c.outcome = params.outcome;
    c.answer = params.text;
    c.answered_at_us = now;
    c.answered_account_id = who.account_id;
    c.answered_name = who.full_name;
    c.answered_position = who.position;
    c.answered_unit = unit == nullptr ? "" : unit->name;
    c.answered_on_behalf_of = who.on_behalf_of.full_name;
    TINHSO_ASSIGN(const bool answered, store::Answer(tx, c, params.version_seen));
    if (!answered) return MakeError(ErrorCode::kConflict, "complaint_version_stale");
    TINHSO_TRY(inbox::Close(tx, kSubject, c.complaint_id, who.authority_id));
    TINHSO_ASSIGN(int64_t account_id, m.deps.identity.AccountOfPerson(tx, c.person_id));
    if (account_id != 0)
      TINHSO_TRY(notify::Add(tx, {account_id, "complaint.answered", c.dossier_code, "/ho-so/" + c.dossier_code, "answered:" + std::to_string(c.complaint_id)}, now));
    audit::Event event = audit::By(who, "complaint.answered", kSubject, c.complaint_id, c.authority_id, now);
    event.person_id = c.person_id;
    event.data = {{"complaint_code", c.complaint_code}, {"outcome", c.outcome}};
    return audit::Stage(tx, event);
  }));
  c.state = "answered";
  ++c.version;
  return One(c, m, who);
}

}  // namespace tinhso::complaints
