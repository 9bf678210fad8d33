// What a filing brings is checked before anything is written (filing.cc).
#include <algorithm>

#include "base/ids.h"
#include "impl.h"

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
                                                         const http::Principal& who, int64_t person_id, bool all_required,
                                                         std::string_view brought) const {
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
      if (id == brought) continue;
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

Status Service::Impl::CheckContent(const SubmitParams& params, const http::Principal& who, const Part* part, Checked& checked,
                                   std::vector<FieldError>& errors) const {
  const bool at_counter = params.channel != "online";
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
  if (at_counter && part == nullptr && who.authority_id != unit->unit_id) {
    // Any one-stop desk receives for any competent unit, over the counter; what it hands on is one dossier of one unit.
    const orgs::Unit* desk = checked.units->ById(who.unit_id);
    if (params.channel != "counter" || desk == nullptr || desk->kind != "one_stop_desk" || !checked.terms->parts.empty())
      return MakeError(ErrorCode::kForbidden, "unit_out_of_scope");
    if (!checked.terms->any_desk) return FieldInvalid("/unit_code", "any_desk_not_offered");
    checked.reception_unit_id = desk->unit_id;
  }
  if (params.return_here && (checked.reception_unit_id == 0 || params.return_method != "counter"))
    errors.push_back({"/return_here", "field_not_applicable", ""});

  checked.form = deps.library.FindForm(checked.terms->form_id, 0);
  checked.flow = deps.library.FindWorkflow(checked.terms->workflow_id, 0);
  if (checked.form == nullptr || (checked.flow == nullptr && checked.terms->parts.empty()))
    return MakeError(ErrorCode::kInternal, "procedure_not_runnable", checked.terms->code);

  auto answers = checked.form->Validate(params.answers, FormContext(who));
  if (answers.ok()) {
    checked.answers = std::move(*answers);
  } else if (answers.error().code == ErrorCode::kInvalid) {
    errors.insert(errors.end(), answers.error().fields.begin(), answers.error().fields.end());
  } else {
    return answers.error();
  }
  // A proxy brings the papers himself: the person's earlier ones are not his to see. At the counter the number on the card decides.
  int64_t papers_of = params.proxy ? 0 : who.person_id;
  if (at_counter && !params.proxy && params.applicant && !params.applicant->personal_no.empty()) {
    TINHSO_ASSIGN(auto known, deps.router.Shared().Read([&](db::Tx& tx) { return deps.identity.persons().ByPersonalNo(tx, params.applicant->personal_no); }));
    papers_of = known ? known->person_id : 0;
  }
  auto papers = CheckPapers(*checked.terms, params.answers, params.papers, params.channel, who, papers_of, true,
                            part != nullptr ? part->result_paper : "");
  if (papers.ok()) {
    checked.papers = std::move(*papers);
  } else if (papers.error().code == ErrorCode::kInvalid) {
    errors.insert(errors.end(), papers.error().fields.begin(), papers.error().fields.end());
  } else {
    return papers.error();
  }
  return Ok();
}

Result<Service::Impl::Checked> Service::Impl::Check(const SubmitParams& params, const http::Principal& who) const {
  Checked checked;
  const bool at_counter = params.channel != "online";
  if (!who.Has(at_counter ? "dossier.receive" : "dossier.submit"))
    return MakeError(ErrorCode::kForbidden, "permission_denied");
  Error invalid{ErrorCode::kInvalid, "validation_failed", {}, {}, 0};
  TINHSO_TRY(CheckContent(params, who, nullptr, checked, invalid.fields));
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

}  // namespace tinhso::dossiers
