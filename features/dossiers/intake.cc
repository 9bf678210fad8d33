// Filing: checks first, then one transaction.
#include <algorithm>

#include "base/crypto.h"
#include "base/ids.h"
#include "base/text.h"
#include "engines/numbering/numbering.h"
#include "impl.h"
#include "store_facts.h"
#include "kernel/audit/audit.h"

namespace tinhso::dossiers {

namespace {

const json::object* FindPaper(const Terms& terms, std::string_view paper_id) {
  for (const json::value& v : terms.papers)
    if (v.is_object() && json::GetText(v.as_object(), "id") == paper_id) return &v.as_object();
  return nullptr;
}

std::string PaperName(const json::object& paper) {
  const json::value* name = paper.if_contains("name");
  if (name == nullptr) return "";
  return name->is_object() ? json::GetText(name->as_object(), "vi") : json::GetText(paper, "name");
}

bool Accepts(const json::object& paper, const std::string& media_type) {
  const json::value* accepts = paper.if_contains("accepts");
  if (accepts == nullptr || !accepts->is_array()) return true;
  for (const json::value& v : accepts->as_array()) {
    if (!v.is_string()) continue;
    const std::string_view kind(v.as_string());
    if (kind == "pdf" && media_type == "application/pdf") return true;
    if (kind == "image" && media_type.starts_with("image/")) return true;
    if (kind == "document" && !media_type.starts_with("image/")) return true;
    if (kind == "any") return true;
  }
  return accepts->as_array().empty();
}

}  // namespace

json::object PersonJson(const identity::Person& p) {
  return {{"full_name", p.full_name}, {"personal_no", p.personal_no}, {"birth_on", p.birth_on}, {"sex", p.sex},
          {"phone", p.phone},         {"email", p.email},             {"address", p.address},   {"area_code", p.area_code}};
}

void Service::Impl::AddAreas(forms::Context& context, const std::string& on) const {
  auto units = deps.orgs.snapshot();
  auto areas = deps.areas.snapshot();
  context.area_known = [units, areas, on](std::string_view code) {
    const orgs::Unit* unit = units->ByAreaCode(code);
    if (unit != nullptr && unit->kind == "commune" && unit->valid_to_on.empty()) return true;
    const areas::Area* area = areas->On(code, on);
    return area != nullptr && area->level == "commune";
  };
  context.area_name = [units, areas, on](std::string_view code) {
    const areas::Area* area = areas->On(code, on);
    const orgs::Unit* unit = units->ByAreaCode(code);
    // Communes of this province go without its name, as people write them here.
    if (unit != nullptr && (area == nullptr || area->name == unit->short_name)) return unit->short_name;
    return area != nullptr ? areas->PathOf(*area) : std::string(code);
  };
}

forms::Context Service::Impl::FormContext(const http::Principal& who) const {
  forms::Context context;
  context.today = LocalDate(deps.clock.NowUs());
  AddAreas(context, FormatDate(context.today));
  files::Store* store = &deps.files;
  const int64_t account_id = who.account_id;
  context.file_known = [store, account_id](std::string_view file_id) {
    const std::string text(file_id);
    if (text.empty() || text.size() > 19 || text.find_first_not_of("0123456789") != std::string::npos) return false;
    auto file = store->Get(std::strtoll(text.c_str(), nullptr, 10));
    // A database that does not answer says nothing about the file; the next read of this transaction fails with its error.
    if (!file.ok()) return file.error().code != ErrorCode::kNotFound;
    return file->owner_account_id == account_id;
  };
  context.check_personal_no = identity::CheckPersonalNo;
  return context;
}

Result<Service::Impl::Papers> Service::Impl::CheckPapers(const Terms& terms, const json::object& answers,
                                                         const std::vector<PaperInput>& input, const std::string& channel,
                                                         const http::Principal& who, int64_t person_id, bool all_required) const {
  Papers out;
  Error invalid{ErrorCode::kInvalid, "validation_failed", {}, {}, 0};
  for (size_t i = 0; i < input.size(); ++i) {
    const PaperInput& paper = input[i];
    const std::string pointer = "/papers/" + std::to_string(i);
    const json::object* wanted = FindPaper(terms, paper.paper_id);
    // "other…" are papers the person adds on his own: named by him.
    const bool other = paper.paper_id.starts_with("other");
    if (wanted == nullptr && !other) {
      invalid.fields.push_back({pointer + "/paper_id", "paper_unknown", ""});
      continue;
    }
    const std::string name = wanted != nullptr ? PaperName(*wanted) : paper.name;
    if (name.empty()) {
      invalid.fields.push_back({pointer + "/name", "field_required", ""});
      continue;
    }
    const int64_t submitted_paper_id = NewId();
    std::vector<int64_t> file_ids = paper.file_ids;
    std::sort(file_ids.begin(), file_ids.end());  // as they are read back
    file_ids.erase(std::unique(file_ids.begin(), file_ids.end()), file_ids.end());
    for (int64_t file_id : file_ids) {
      auto file = deps.files.Get(file_id);
      if (!file.ok() && file.error().code != ErrorCode::kNotFound) return std::move(file.error());
      if (!file.ok() || file->owner_account_id != who.account_id) {
        invalid.fields.push_back({pointer + "/file_ids", "file_unknown", ""});
      } else if (wanted != nullptr && !Accepts(*wanted, file->media_type)) {
        invalid.fields.push_back({pointer + "/file_ids", "paper_file_type", file->media_type});
      } else {
        out.files.push_back({submitted_paper_id, file->file_id, file->name, file->media_type, file->size_bytes});
      }
    }
    store::Paper row{submitted_paper_id, paper.paper_id, name, paper.originals, paper.copies, 0, file_ids.empty() ? 0 : 1, ""};
    for (const PaperInput::Reuse& wanted_again : paper.reuse) {
      auto reused = FindReusable(wanted_again, person_id, who);
      if (!reused.ok() && reused.error().code != ErrorCode::kNotFound) return std::move(reused.error());
      if (!reused.ok()) {
        invalid.fields.push_back({pointer + "/reuse", "paper_source_unknown", ""});
      } else if (wanted != nullptr && !Accepts(*wanted, reused->file.media_type)) {
        invalid.fields.push_back({pointer + "/reuse", "paper_file_type", reused->file.media_type});
      } else {
        reused->file.submitted_paper_id = submitted_paper_id;
        out.files.push_back(std::move(reused->file));
        row.digitisation = std::max(row.digitisation, reused->digitisation);
        row.source_dossier_code = wanted_again.dossier_code;
      }
    }
    out.papers.push_back(std::move(row));
  }
  if (all_required) {
    for (const json::value& v : terms.papers) {
      if (!v.is_object()) continue;
      const json::object& wanted = v.as_object();
      const json::value* required = wanted.if_contains("required");
      if (required == nullptr || !required->is_bool() || !required->as_bool()) continue;
      const json::value* when = wanted.if_contains("when");
      if (when != nullptr && when->is_object() && !forms::Form::Holds(*when, answers)) continue;
      const std::string id = json::GetText(wanted, "id");
      const bool present = std::any_of(input.begin(), input.end(), [&](const PaperInput& p) {
        return p.paper_id == id && (!p.file_ids.empty() || !p.reuse.empty() || (channel != "online" && p.originals + p.copies > 0));
      });
      if (!present) invalid.fields.push_back({"/papers/" + id, "paper_required", PaperName(wanted)});
    }
  }
  if (!invalid.fields.empty()) return invalid;
  return out;
}

Result<std::optional<store::Proxy>> Service::Impl::CheckProxy(const SubmitParams& params, const http::Principal& who,
                                                             std::vector<FieldError>& errors) const {
  if (!params.proxy) return std::optional<store::Proxy>();
  const ProxyInput& in = *params.proxy;
  store::Proxy p;
  p.full_name = in.person.full_name;
  p.personal_no = in.person.personal_no;
  p.phone = in.person.phone;
  if (params.channel == "online") {
    // Who is signed in is the proxy: what he typed about himself counts for nothing.
    TINHSO_ASSIGN(identity::Person self, deps.router.Shared().Read([&](db::Tx& tx) { return deps.identity.GetPerson(tx, who.person_id); }));
    p.person_id = who.person_id;
    p.full_name = self.full_name;
    p.personal_no = self.personal_no;
    p.phone = self.phone;
  } else if (p.full_name.empty()) {
    errors.push_back({"/proxy/full_name", "field_required", ""});
  }
  if (params.channel != "online") {
    const std::string reason = p.personal_no.empty() ? "field_required" : identity::CheckPersonalNo(p.personal_no, "", "");
    if (!reason.empty()) errors.push_back({"/proxy/personal_no", reason, ""});
  }
  if (params.applicant && !p.personal_no.empty() && params.applicant->personal_no == p.personal_no)
    errors.push_back({"/proxy/personal_no", "proxy_is_applicant", ""});
  if (params.applicant && params.applicant->personal_no.empty()) errors.push_back({"/applicant/personal_no", "field_required", ""});
  p.relation = in.relation;
  p.relation_note = in.relation_note;
  if (p.relation == "other" && p.relation_note.empty()) errors.push_back({"/proxy/relation_note", "field_required", ""});
  p.consent = in.consent;
  p.consent_on = in.consent_on;
  const Date today = LocalDate(deps.clock.NowUs());
  auto on = ParseDate(p.consent_on);
  if (!on.ok()) errors.push_back({"/proxy/consent_on", "date_malformed", ""});
  else if (*on > today) errors.push_back({"/proxy/consent_on", "date_in_future", ""});
  else if (*on < AddDays(today, -kConsentDaysMax)) errors.push_back({"/proxy/consent_on", "consent_too_old", ""});
  p.recorded_at_us = deps.clock.NowUs();
  return std::optional<store::Proxy>(std::move(p));
}

Status Service::Impl::InsertPapers(db::Tx& tx, store::Key key, const Papers& papers) const {
  for (const store::Paper& paper : papers.papers) TINHSO_TRY(store::InsertPaper(tx, key, paper));
  for (const store::PaperFile& file : papers.files) TINHSO_TRY(store::InsertFile(tx, key, file));
  return Ok();
}

Result<Service::Impl::Checked> Service::Impl::Check(const SubmitParams& params, const http::Principal& who) {
  Checked checked;
  const bool at_counter = params.channel != "online";
  if (!who.Has(at_counter ? "dossier.receive" : "dossier.submit"))
    return MakeError(ErrorCode::kForbidden, "permission_denied");
  TINHSO_ASSIGN(checked.terms, terms.Find(params.procedure_code));
  checked.units = deps.orgs.snapshot();
  const orgs::Unit* unit = checked.units->ByCode(params.unit_code);
  if (unit == nullptr) return FieldInvalid("/unit_code", "unit_not_found");
  if (!unit->valid_to_on.empty()) return FieldInvalid("/unit_code", "unit_closed");
  const bool level_fits = checked.terms->level == "commune" ? unit->kind == "commune" : unit->kind != "commune";
  if (unit->authority_id != unit->unit_id || !level_fits) return FieldInvalid("/unit_code", "unit_not_competent");
  if (checked.terms->level != "commune" && !checked.terms->handling.empty()) {
    const orgs::Unit* handling = checked.units->ByCode(checked.terms->handling);
    if (handling != nullptr && checked.units->ActingFor(handling->authority_id) != unit->unit_id)
      return FieldInvalid("/unit_code", "unit_not_competent");
  }
  checked.authority = unit;
  if (at_counter && who.authority_id != unit->unit_id) return MakeError(ErrorCode::kForbidden, "unit_out_of_scope");

  checked.form = deps.library.FindForm(checked.terms->form_id, 0);
  checked.flow = deps.library.FindWorkflow(checked.terms->workflow_id, 0);
  if (checked.form == nullptr || checked.flow == nullptr)
    return MakeError(ErrorCode::kInternal, "procedure_not_runnable", checked.terms->code);

  Error invalid{ErrorCode::kInvalid, "validation_failed", {}, {}, 0};
  auto answers = checked.form->Validate(params.answers, FormContext(who));
  if (answers.ok()) {
    checked.answers = std::move(*answers);
  } else if (answers.error().code == ErrorCode::kInvalid) {
    invalid.fields = answers.error().fields;
  } else {
    return answers.error();
  }
  // A proxy brings the papers himself: the person's earlier ones are not his to see. At the counter the number on the card decides.
  int64_t papers_of = params.proxy ? 0 : who.person_id;
  if (at_counter && !params.proxy && params.applicant && !params.applicant->personal_no.empty()) {
    TINHSO_ASSIGN(auto known, deps.router.Shared().Read([&](db::Tx& tx) { return deps.identity.persons().ByPersonalNo(tx, params.applicant->personal_no); }));
    papers_of = known ? known->person_id : 0;
  }
  auto papers = CheckPapers(*checked.terms, params.answers, params.papers, params.channel, who, papers_of, true);
  if (papers.ok()) {
    checked.papers = std::move(*papers);
  } else if (papers.error().code == ErrorCode::kInvalid) {
    invalid.fields.insert(invalid.fields.end(), papers.error().fields.begin(), papers.error().fields.end());
  } else {
    return papers.error();
  }
  if (!params.declaration) invalid.fields.push_back({"/declaration", "declaration_required", ""});

  if (at_counter || params.proxy) {
    if (!params.applicant) {
      invalid.fields.push_back({"/applicant", "field_required", ""});
    } else {
      checked.applicant = *params.applicant;
      identity::Person& p = checked.applicant;
      if (p.full_name.empty()) invalid.fields.push_back({"/applicant/full_name", "field_required", ""});
      if (!p.birth_on.empty()) {
        auto birth = ParseDate(p.birth_on);
        if (!birth.ok()) invalid.fields.push_back({"/applicant/birth_on", "date_malformed", ""});
        else if (*birth > LocalDate(deps.clock.NowUs())) invalid.fields.push_back({"/applicant/birth_on", "date_in_future", ""});
      }
      if (!p.personal_no.empty()) {
        const std::string reason = identity::CheckPersonalNo(p.personal_no, p.birth_on, p.sex);
        if (!reason.empty()) invalid.fields.push_back({"/applicant/personal_no", reason, ""});
      }
      if (!p.old_identity_no.empty()) {
        const std::string reason = persons::CheckOldIdentityNo(p.old_identity_no);
        if (!reason.empty()) invalid.fields.push_back({"/applicant/old_identity_no", reason, ""});
      }
    }
  } else if (params.applicant) {
    invalid.fields.push_back({"/applicant", "field_not_applicable", ""});
  }
  TINHSO_ASSIGN(checked.proxy, CheckProxy(params, who, invalid.fields));
  if (!invalid.fields.empty()) return invalid;
  return checked;
}

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

Result<std::string> Service::Submit(const SubmitParams& params, const http::Principal& who) {
  Impl& m = *impl_;
  const bool at_counter = params.channel != "online";
  const bool given = at_counter || params.proxy;  // the applicant's data came with the request, not from the account
  if (!at_counter && !m.deps.citizens_file_here) return MakeError(ErrorCode::kForbidden, "filing_elsewhere");
  const PageMemo::Ground ground = m.PageGround();
  // One read for everything that is looked up: the papers' files and the applicant.
  Impl::Checked checked;
  TINHSO_TRY(m.deps.router.Shared().Read([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(checked, m.Check(params, who));
    if (given) return Ok();
    auto person = m.deps.identity.GetPerson(tx, who.person_id);
    if (!person.ok() && person.error().code != ErrorCode::kNotFound) return std::move(person.error());
    if (!person.ok()) return MakeError(ErrorCode::kConflict, "account_without_person");
    checked.applicant = std::move(*person);
    return Ok();
  }));
  const workflow::Transition* accept = nullptr;
  if (at_counter) {
    accept = checked.flow->Find(checked.flow->initial().id, "accept", who.roles);
    if (accept == nullptr) return MakeError(ErrorCode::kConflict, "dossier_action_not_allowed");
  }
  const int64_t authority_id = checked.authority->unit_id;
  db::Database& database = m.deps.router.For(authority_id);
  const TimeUs now = m.deps.clock.NowUs();
  const store::Dossier row = m.NewRow(checked, params, who, now);
  store::Body body{json::serialize(checked.answers), json::serialize(PersonJson(checked.applicant))};
  store::Event event = m.EventBy(who, now);
  event.action = "submit";
  event.to_state = row.state;
  event.national_state = row.national_state;
  event.by_applicant = !at_counter;
  if (checked.proxy) event.note = kProxyNote + checked.proxy->full_name;
  audit::Event record = audit::By(who, "dossier.submitted", "dossier", row.dossier_id, authority_id, now);
  record.data = {{"channel", row.channel}, {"answers_sha256", crypto::Sha256Hex(body.answers)}};
  const store::RequestKey request_key{authority_id, who.account_id, params.idempotency_key};

  Loaded filed;
  std::string filed_before;  // the code, when this submission is a repetition
  TINHSO_TRY(database.Write([&](db::Tx& tx) -> Status {
    if (!params.idempotency_key.empty()) {
      TINHSO_ASSIGN(bool first, store::InsertRequest(tx, request_key, {params.request_sha256, row.dossier_id}));
      if (!first) {
        TINHSO_ASSIGN(auto request, store::FindRequest(tx, request_key));
        if (!request) return MakeError(ErrorCode::kInternal, "dossier_missing");
        if (request->request_sha256 != params.request_sha256)
          return MakeError(ErrorCode::kConflict, "idempotency_key_reused");
        TINHSO_ASSIGN(auto d, store::FindById(tx, {authority_id, request->dossier_id}));
        if (!d) return MakeError(ErrorCode::kInternal, "dossier_missing");
        filed_before = d->dossier_code;
        return Ok();
      }
    }
    store::Dossier d = row;
    d.person_id = checked.applicant.person_id;
    if (given) {
      TINHSO_ASSIGN(d.person_id, m.deps.identity.FindOrCreatePerson(tx, checked.applicant, {authority_id, who.account_id}));
    }
    filed.events = {event};
    TINHSO_TRY(store::InsertEvent(tx, KeyOf(d), event));
    TINHSO_TRY(m.InsertPapers(tx, KeyOf(d), checked.papers));
    TINHSO_TRY(store::InsertPersonDossier(tx, d.person_id, KeyOf(d)));
    if (checked.proxy) {
      filed.proxy = checked.proxy;
      if (filed.proxy->person_id == 0) {
        identity::Person person;
        person.full_name = filed.proxy->full_name;
        person.personal_no = filed.proxy->personal_no;
        TINHSO_ASSIGN(filed.proxy->person_id, m.deps.identity.FindOrCreatePerson(tx, person, {authority_id, who.account_id}));
      }
      if (filed.proxy->person_id == d.person_id) return FieldInvalid("/proxy/personal_no", "proxy_is_applicant");
      d.proxy_person_id = filed.proxy->person_id;
      TINHSO_TRY(store::InsertProxy(tx, KeyOf(d), *filed.proxy));
      TINHSO_TRY(store::InsertPersonDossier(tx, d.proxy_person_id, KeyOf(d)));
      record.data["proxy_relation"] = filed.proxy->relation;
      record.data["consent"] = filed.proxy->consent;
    }
    // Late, because PostgreSQL holds the series' row from here to the commit.
    TINHSO_ASSIGN(d.dossier_code, numbering::NextDossierCode(tx, authority_id, checked.authority->unit_code, LocalDate(now)));
    record.person_id = d.person_id;
    record.data["dossier_code"] = d.dossier_code;
    TINHSO_TRY(audit::Stage(tx, record));
    if (accept != nullptr) {
      static const ActParams kNoParams;
      TINHSO_ASSIGN(auto accepted, m.Apply(tx, d, {*checked.flow, *accept, who, kNoParams, now, false, Filing::kNew}));
      filed.events.push_back(std::move(accepted));
    } else {
      TINHSO_TRY(m.PutInbox(tx, d, *checked.flow, Filing::kNew));
      TINHSO_TRY(jobs::Enqueue(tx,
                               {authority_id, "dossier.announce",
                                {{"authority_id", authority_id}, {"dossier_id", d.dossier_id}}, 0,
                                std::to_string(d.dossier_id)},
                               now));
    }
    TINHSO_TRY(store::InsertDossier(tx, d, body, FactsOf(d, filed.events)));
    if (!m.followers.empty()) {
      Moved moved;
      moved.action = "submit";
      moved.answers = &checked.answers;
      moved.fee_vnd = checked.terms->FeeFor(d.channel);
      moved.account_id = who.account_id;
      moved.now_us = now;
      TINHSO_TRY(m.Tell(tx, d, std::move(moved)));
    }
    filed.d = std::move(d);
    return Ok();
  }));
  m.deps.runner.Wake();
  if (!filed_before.empty()) return Get(filed_before, who);
  // Answered from what is in hand: it is what was just made durable.
  filed.body = std::move(body);
  filed.answers = std::move(checked.answers);
  filed.papers = std::move(checked.papers.papers);
  filed.files = std::move(checked.papers.files);
  return m.RenderAndKeep(filed, who, ground);
}

}  // namespace tinhso::dossiers
