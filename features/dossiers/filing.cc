// Filing, after its checks (intake.cc): one transaction makes a dossier, or all those of a joint procedure (liên thông).
#include <algorithm>

#include "base/crypto.h"
#include "base/ids.h"
#include "base/text.h"
#include "engines/numbering/numbering.h"
#include "impl.h"
#include "store_facts.h"
#include "kernel/audit/audit.h"

namespace tinhso::dossiers {

store::Dossier Service::Impl::NewRow(const Checked& checked, const SubmitParams& params, const http::Principal& who,
                                     TimeUs now) const {
  const Terms& terms = *checked.terms;
  const workflow::State& initial = checked.flow->initial();
  store::Dossier d;
  d.authority_id = checked.authority->unit_id;
  d.dossier_id = NewId();
  d.procedure_code = terms.code;
  d.procedure_name = terms.name;
  d.procedure_version = terms.version;
  d.form_id = checked.form->id();
  d.form_version = checked.form->version();
  d.workflow_id = checked.flow->id();
  d.workflow_version = checked.flow->version();
  const orgs::Unit* desk = checked.units->DeskOf(d.authority_id);
  d.desk_unit_id = desk != nullptr ? desk->unit_id : d.authority_id;
  d.reception_unit_id = checked.reception_unit_id;
  if (params.return_here) d.return_unit_id = d.reception_unit_id;
  // A suffix ("02") names a division of the receiving commune; a full code names the unit itself.
  const orgs::Unit* handling = checked.units->ByCode(checked.authority->unit_code + "." + terms.handling);
  if (handling == nullptr && !terms.handling.empty()) handling = checked.units->ByCode(terms.handling);
  if (handling == nullptr) {
    for (const orgs::Unit* child : checked.units->Children(d.authority_id))
      if (child->kind == "division" && child->valid_to_on.empty() && (handling == nullptr || child->unit_code < handling->unit_code)) handling = child;
  }
  // A pack may name a unit that a merger has closed since.
  d.handling_unit_id = handling != nullptr ? checked.units->ActingFor(handling->unit_id) : d.authority_id;
  const orgs::Unit* department = terms.department.empty() ? nullptr : checked.units->ByCode(terms.department);
  d.department_unit_id = department != nullptr ? checked.units->ActingFor(department->unit_id) : 0;
  d.channel = params.channel;
  d.return_method = params.return_method;
  d.state = initial.id;
  d.national_state = initial.national_state;
  d.clock = workflow::ClockStateName(initial.clock);
  d.applicant_name = checked.applicant.full_name;
  d.name_folded = text::Fold(checked.applicant.full_name);
  const size_t space = d.name_folded.rfind(' ');
  d.given_folded = space == std::string::npos ? d.name_folded : d.name_folded.substr(space + 1);
  d.personal_no = checked.applicant.personal_no;
  d.person_id = checked.applicant.person_id;
  d.account_id = who.account_id;
  d.submitted_at_us = now;
  const Terms::Limit limit = terms.LimitFor(params.channel);
  d.limit_value = limit.has_limit ? limit.limit.value : -1;
  d.limit_unit = calendar::UnitName(limit.limit.unit);
  d.after_hours_minute = terms.after_hours_minute;
  d.held_since_us = now;
  EnterStep(d, initial, now);
  return d;
}

namespace {

// What of the shared form a part takes: its own fields by their names or as the pack says; a field its other answers hide is left out.
json::object AnswersOf(const Part& part, const forms::Form& form, const json::object& shared) {
  json::object out;
  for (const json::value& group : form.definition().at("groups").as_array()) {
    for (const json::value& v : group.as_object().at("fields").as_array()) {
      const json::object& field = v.as_object();
      const std::string id = json::GetText(field, "id");
      const json::value* when = field.if_contains("when");
      if (id.empty() || (when != nullptr && !forms::Form::Holds(*when, out))) continue;
      if (const json::value* fixed = part.fixed.if_contains(id)) {
        out[id] = *fixed;
      } else if (id == part.result_field) {
        out[id] = kResultAwaited;
      } else {
        const std::string from = json::GetText(part.answers, id);
        if (const json::value* answer = shared.if_contains(from.empty() ? id : from)) out[id] = *answer;
      }
    }
  }
  return out;
}

// "/answers/child/…" of a part is "/answers/child_birth/…" of the shared form.
FieldError InSharedForm(FieldError error, const Part& part) {
  for (const char* kind : {"/answers/", "/papers/"}) {
    if (!error.pointer.starts_with(kind)) continue;
    const size_t begin = std::string_view(kind).size(), end = std::min(error.pointer.find('/', begin), error.pointer.size());
    const std::string from = json::GetText(std::string_view(kind) == "/answers/" ? part.answers : part.papers, error.pointer.substr(begin, end - begin));
    if (!from.empty()) error.pointer.replace(begin, end - begin, from);
  }
  return error;
}

}  // namespace

Result<std::string> Service::Impl::UnitOfPart(const Part& part, const Terms& part_terms, const Checked& joint) const {
  const orgs::Unit* unit = joint.authority;
  if (part_terms.level != "commune") {
    const orgs::Unit* handling = joint.units->ByCode(part_terms.handling);
    unit = handling == nullptr ? nullptr : joint.units->ActingOn(handling->authority_id, "");
    if (unit == nullptr) return MakeError(ErrorCode::kInternal, "procedure_not_runnable", part_terms.code);
  } else if (!part.unit_field.empty()) {
    const json::value* address = joint.answers.if_contains(part.unit_field);
    const std::string area_code = address != nullptr && address->is_object() ? json::GetText(address->as_object(), "area_code") : "";
    unit = joint.units->ByAreaCode(area_code);
    if (unit != nullptr) unit = joint.units->ActingOn(unit->unit_id, "");
    // The commune is another province's: its office has no desk here.
    if (unit == nullptr || unit->kind != "commune") return FieldInvalid("/answers/" + part.unit_field + "/area_code", "joint_unit_elsewhere");
  }
  return unit->unit_code;
}

Status Service::Impl::CheckParts(const SubmitParams& params, const http::Principal& who, const Checked& joint,
                                 std::vector<NewFiling>& filings) const {
  Error invalid{ErrorCode::kInvalid, "validation_failed", {}, {}, 0};
  for (const Part& part : joint.terms->parts) {
    if (part.when.is_object() && !forms::Form::Holds(part.when, joint.answers)) continue;
    NewFiling filing;
    filing.part = &part;
    filing.params = params;
    filing.params.procedure_code = part.procedure_code;
    TINHSO_ASSIGN(auto part_terms, terms.Find(part.procedure_code));
    TINHSO_ASSIGN(filing.params.unit_code, UnitOfPart(part, *part_terms, joint));
    const auto form = deps.library.FindForm(part_terms->form_id, 0);
    if (form == nullptr) return MakeError(ErrorCode::kInternal, "procedure_not_runnable", part.procedure_code);
    filing.params.answers = AnswersOf(part, *form, joint.answers);
    filing.params.papers.clear();
    for (const json::value& v : part_terms->papers) {
      const std::string id = json::GetText(v.as_object(), "id"), from = json::GetText(part.papers, id);
      for (const PaperInput& paper : params.papers)
        if (paper.paper_id == (from.empty() ? id : from) && id != part.result_paper) {
          filing.params.papers.push_back(paper);
          filing.params.papers.back().paper_id = id;
        }
    }
    std::vector<FieldError> errors;
    TINHSO_TRY(CheckContent(filing.params, who, &part, filing.checked, errors));
    for (FieldError& error : errors) invalid.fields.push_back(InSharedForm(std::move(error), part));
    filing.checked.applicant = joint.applicant;
    filing.checked.proxy = joint.proxy;
    filings.push_back(std::move(filing));
  }
  if (!invalid.fields.empty()) return invalid;
  return Ok();
}

Result<Loaded> Service::Impl::StoreNew(db::Tx& tx, const NewFiling& filing, const store::Joint& joint, const http::Principal& who,
                                       TimeUs now) const {
  const Checked& checked = filing.checked;
  Loaded filed;
  filed.d = filing.row;
  store::Dossier& d = filed.d;
  const bool given = filing.params.channel != "online" || checked.proxy;  // the applicant's data came with the request, not from the account
  const bool at_counter = filing.params.channel != "online";
  filed.body = {json::serialize(checked.answers), json::serialize(PersonJson(checked.applicant))};
  filed.answers = checked.answers;
  filed.papers = checked.papers.papers;
  filed.files = checked.papers.files;
  store::Event event = EventBy(who, now);
  event.action = "submit";
  event.to_state = d.state;
  event.national_state = d.national_state;
  event.by_applicant = !at_counter;
  if (checked.proxy) event.note = kProxyNote + checked.proxy->full_name;
  audit::Event record = audit::By(who, "dossier.submitted", "dossier", d.dossier_id, d.authority_id, now);
  record.data = {{"channel", d.channel}, {"answers_sha256", crypto::Sha256Hex(filed.body.answers)}};

  d.person_id = checked.applicant.person_id;
  if (given) {
    TINHSO_ASSIGN(d.person_id, deps.identity.FindOrCreatePerson(tx, checked.applicant, {d.authority_id, who.account_id}));
  }
  if (filing.part != nullptr && !filing.part->waits_for.empty()) {
    for (const store::JointPart& earlier : joint.parts)
      if (earlier.part_id == filing.part->waits_for) d.joint_waits_for = earlier.dossier_code;
    event.reason = "Chờ kết quả của hồ sơ " + d.joint_waits_for + ".";
    d.step_due_at_us.reset();  // it is nobody's step yet
  }
  TINHSO_TRY(store::InsertEvent(tx, KeyOf(d), event));
  filed.events = {std::move(event)};
  TINHSO_TRY(InsertPapers(tx, KeyOf(d), checked.papers));
  TINHSO_TRY(store::InsertPersonDossier(tx, d.person_id, KeyOf(d)));
  if (checked.proxy) {
    filed.proxy = checked.proxy;
    if (filed.proxy->person_id == 0) {
      identity::Person person;
      person.full_name = filed.proxy->full_name;
      person.personal_no = filed.proxy->personal_no;
      TINHSO_ASSIGN(filed.proxy->person_id, deps.identity.FindOrCreatePerson(tx, person, {d.authority_id, who.account_id}));
    }
    if (filed.proxy->person_id == d.person_id) return FieldInvalid("/proxy/personal_no", "proxy_is_applicant");
    d.proxy_person_id = filed.proxy->person_id;
    TINHSO_TRY(store::InsertProxy(tx, KeyOf(d), *filed.proxy));
    TINHSO_TRY(store::InsertPersonDossier(tx, d.proxy_person_id, KeyOf(d)));
    record.data["proxy_relation"] = filed.proxy->relation;
    record.data["consent"] = filed.proxy->consent;
  }
  // Late, because PostgreSQL holds the series' row from here to the commit.
  TINHSO_ASSIGN(d.dossier_code, numbering::NextDossierCode(tx, d.authority_id, checked.authority->unit_code, LocalDate(now)));
  if (filing.part != nullptr) d.joint_code = joint.joint_code.empty() ? kJointPrefix + d.dossier_code : joint.joint_code;
  record.person_id = d.person_id;
  record.data["dossier_code"] = d.dossier_code;
  if (d.reception_unit_id != 0) record.data["reception_unit_id"] = d.reception_unit_id;
  if (!d.joint_code.empty()) record.data["joint_code"] = d.joint_code;
  TINHSO_TRY(audit::Stage(tx, record));
  if (filing.accept != nullptr) {
    static const ActParams kNoParams;
    TINHSO_ASSIGN(auto accepted, Apply(tx, d, {*checked.flow, *filing.accept, who, kNoParams, now, false, Filing::kNew}));
    filed.events.push_back(std::move(accepted));
    if (d.reception_unit_id != 0) TINHSO_TRY(StoreTransfer(tx, filed, now));
  } else if (!d.Waits()) {
    TINHSO_TRY(PutInbox(tx, d, *checked.flow, Filing::kNew));
    TINHSO_TRY(jobs::Enqueue(tx,
                             {d.authority_id, "dossier.announce",
                              {{"authority_id", d.authority_id}, {"dossier_id", d.dossier_id}}, 0,
                              std::to_string(d.dossier_id)},
                             now));
  }
  TINHSO_TRY(store::InsertDossier(tx, d, filed.body, FactsOf(d, filed.events)));
  if (!followers.empty()) {
    Moved moved;
    moved.action = d.Waits() ? "joint_wait" : "submit";
    moved.answers = &checked.answers;
    moved.fee_vnd = checked.terms->FeeFor(d.channel);
    moved.account_id = who.account_id;
    moved.now_us = now;
    TINHSO_TRY(Tell(tx, d, std::move(moved)));
  }
  return filed;
}

Result<std::string> Service::Submit(const SubmitParams& params, const http::Principal& who) {
  Impl& m = *impl_;
  const bool at_counter = params.channel != "online";
  const bool given = at_counter || params.proxy;
  if (!at_counter && !m.deps.citizens_file_here) return MakeError(ErrorCode::kForbidden, "filing_elsewhere");
  // One read for everything that is looked up: the papers' files and the applicant.
  Impl::Checked checked;
  std::vector<Impl::NewFiling> filings;
  TINHSO_TRY(m.deps.router.Shared().Read([&](db::Tx& tx) -> Status {
    filings.clear();
    TINHSO_ASSIGN(checked, m.Check(params, who));
    if (!given) {
      auto person = m.deps.identity.GetPerson(tx, who.person_id);
      if (!person.ok() && person.error().code != ErrorCode::kNotFound) return std::move(person.error());
      if (!person.ok()) return MakeError(ErrorCode::kConflict, "account_without_person");
      checked.applicant = std::move(*person);
    }
    return checked.terms->parts.empty() ? Ok() : m.CheckParts(params, who, checked, filings);
  }));
  const int64_t authority_id = checked.authority->unit_id;
  const bool is_joint = !checked.terms->parts.empty();
  store::Joint joint;
  joint.authority_id = authority_id;
  joint.procedure_code = checked.terms->code;
  joint.procedure_name = checked.terms->name;
  if (!is_joint) {
    filings.emplace_back();
    filings.back().params = params;
    filings.back().checked = std::move(checked);
  }
  const TimeUs now = m.deps.clock.NowUs();
  joint.submitted_at_us = now;
  for (Impl::NewFiling& filing : filings) {
    filing.row = m.NewRow(filing.checked, filing.params, who, now);
    // What comes to this desk is received at once; what goes to another waits for it there.
    if (!at_counter || filing.row.authority_id != authority_id || (filing.part != nullptr && !filing.part->waits_for.empty())) continue;
    filing.accept = filing.checked.flow->Find(filing.checked.flow->initial().id, "accept", who.roles);
    if (filing.accept == nullptr) return MakeError(ErrorCode::kConflict, "dossier_action_not_allowed");
  }
  db::Database& database = m.deps.router.For(authority_id);
  const store::RequestKey request_key{authority_id, who.account_id, params.idempotency_key};

  std::optional<Loaded> filed;
  std::string filed_before;  // the code, when this submission is a repetition
  TINHSO_TRY(database.Write([&](db::Tx& tx) -> Status {
    filed.reset();
    if (!params.idempotency_key.empty()) {
      TINHSO_ASSIGN(bool first, store::InsertRequest(tx, request_key, {params.request_sha256, filings.front().row.dossier_id}));
      if (!first) {
        TINHSO_ASSIGN(auto request, store::FindRequest(tx, request_key));
        if (!request) return MakeError(ErrorCode::kInternal, "dossier_missing");
        if (request->request_sha256 != params.request_sha256)
          return MakeError(ErrorCode::kConflict, "idempotency_key_reused");
        TINHSO_ASSIGN(auto d, store::FindById(tx, {filings.front().row.authority_id, request->dossier_id}));
        if (!d) return MakeError(ErrorCode::kInternal, "dossier_missing");
        filed_before = d->dossier_code;
        return Ok();
      }
    }
    store::Joint made = joint;
    for (const Impl::NewFiling& filing : filings) {
      TINHSO_ASSIGN(Loaded one, m.StoreNew(tx, filing, made, who, now));
      if (filing.part != nullptr) {
        made.joint_code = one.d.joint_code;
        made.person_id = one.d.person_id;
        made.proxy_person_id = one.d.proxy_person_id;
        made.parts.push_back({filing.part->id, KeyOf(one.d), one.d.dossier_code, filing.part->waits_for, filing.part->result_paper, filing.part->result_field});
      }
      if (!filed) filed = std::move(one);
    }
    return is_joint ? store::InsertJoint(tx, made) : Ok();
  }));
  m.deps.runner.Wake();
  if (!filed_before.empty()) {
    TINHSO_ASSIGN(filed, m.LoadVisible(filings.front().row.authority_id, filed_before, who));
    TINHSO_TRY(m.AuditRead(filed->d, who, "dossier.read"));
  }
  // Otherwise answered from what is in hand: it is what was just made durable.
  return m.RenderFiled(*filed);
}

}  // namespace tinhso::dossiers
