// Papers kept once: what the office has of a person is shown and used again with its source, not asked for a second time. Also the
// promise before filing, and the end of a consent to file for somebody.
#include <set>

#include "base/ids.h"
#include "impl.h"
#include "kernel/audit/audit.h"

namespace tinhso::dossiers {

Result<Service::Impl::Reused> Service::Impl::FindReusable(const PaperInput::Reuse& wanted, int64_t person_id, const http::Principal& who) const {
  const Error unknown = MakeError(ErrorCode::kNotFound, "paper_source_unknown");
  auto authority_id = AuthorityOfCode(wanted.dossier_code);
  if (!authority_id.ok() || person_id == 0) return unknown;
  return deps.router.For(*authority_id).Read([&](db::Tx& tx) -> Result<Reused> {
    TINHSO_ASSIGN(auto d, store::FindByCode(tx, *authority_id, wanted.dossier_code));
    // Both: the person's own, and the caller's to see. Whose it is else is not said.
    if (!d || !deps.identity.persons().groups()->Same(d->person_id, person_id)) return unknown;
    const Viewer viewer = ViewerOf(*d, who);
    if (viewer != Viewer::kApplicant && viewer != Viewer::kOfficer) return unknown;
    TINHSO_ASSIGN(auto listed, store::Files(tx, KeyOf(*d)));
    for (store::PaperFile& file : listed)
      if (file.file_id == wanted.file_id) return Reused{std::move(file), 2};
    TINHSO_ASSIGN(auto result, store::GetResult(tx, KeyOf(*d)));
    if (!result || !result->file_id || *result->file_id != wanted.file_id) return unknown;
    TINHSO_ASSIGN(files::File file, deps.files.Get(tx, wanted.file_id));
    return Reused{{0, file.file_id, file.name, file.media_type, file.size_bytes}, 3};
  });
}

Result<std::string> Service::PapersOf(int64_t person_id, const http::Principal& who) {
  Impl& m = *impl_;
  const bool own = person_id == 0;
  if (own ? !who.Has("dossier.read_own") || who.person_id == 0 : !who.Has("dossier.receive"))
    return MakeError(ErrorCode::kForbidden, "permission_denied");
  ListParams params;
  params.limit = static_cast<int64_t>(kStoreDossiersMax);
  std::string more;
  TINHSO_ASSIGN(auto dossiers, m.SearchPerson(own ? who.person_id : person_id, params, who, &more));
  if (!own) TINHSO_TRY(m.AuditList(dossiers, who));
  const auto units = m.deps.orgs.snapshot();
  json::Writer out(4096);
  int64_t reused = 0;
  std::set<int64_t> shown;  // a file used again is listed once, where it was used last
  out.BeginObject().Array("items");
  auto write = [&](const store::Dossier& d, const char* kind, std::string_view paper_id, std::string_view name, const store::PaperFile& file) {
    if (!shown.insert(file.file_id).second) return;
    const orgs::Unit* unit = units->ById(d.authority_id);
    out.BeginObject().Text("dossier_code", d.dossier_code).Text("procedure_name", d.procedure_name).Text("unit_name", unit ? unit->short_name : "");
    out.Text("kind", kind).Text("paper_id", paper_id).Text("name", name).Text("on", FormatDate(LocalDate(d.submitted_at_us)));
    out.Object("file").Text("file_id", std::to_string(file.file_id)).Text("name", file.name).Text("media_type", file.media_type);
    out.Int("size_bytes", file.size_bytes).EndObject().EndObject();
  };
  for (const store::Dossier& d : dossiers) {
    // A dossier one only filed for somebody: its papers are that person's.
    if (const Viewer viewer = m.ViewerOf(d, who); viewer == Viewer::kProxy || viewer == Viewer::kReception) continue;
    std::vector<store::Paper> papers;
    std::vector<store::PaperFile> listed;
    std::optional<store::DossierResult> result;
    std::optional<files::File> result_file;
    TINHSO_TRY(m.deps.router.For(d.authority_id).Read([&](db::Tx& tx) -> Status {
      TINHSO_ASSIGN(papers, store::Papers(tx, KeyOf(d)));
      TINHSO_ASSIGN(listed, store::Files(tx, KeyOf(d)));
      TINHSO_ASSIGN(result, store::GetResult(tx, KeyOf(d)));
      if (result && result->file_id) {
        TINHSO_ASSIGN(result_file, m.deps.files.Get(tx, *result->file_id));
      }
      return Ok();
    }));
    if (result_file)
      write(d, "result", "result", "Kết quả số " + result->number + ": " + d.procedure_name,
            {0, result_file->file_id, result_file->name, result_file->media_type, result_file->size_bytes});
    for (const store::Paper& paper : papers) {
      if (paper.digitisation >= 2) ++reused;
      for (const store::PaperFile& file : listed)
        if (file.submitted_paper_id == paper.submitted_paper_id) write(d, "paper", paper.paper_id, paper.name, file);
    }
  }
  out.EndArray().Int("reused", reused).EndObject();
  return out.Take();
}

Result<std::string> Service::Promise(std::string_view procedure_code, std::string_view unit_code, std::string_view channel) {
  Impl& m = *impl_;
  TINHSO_ASSIGN(auto terms, m.terms.Find(procedure_code));
  const auto units = m.deps.orgs.snapshot();
  const orgs::Unit* unit = units->ByCode(unit_code);
  if (unit == nullptr) return FieldInvalid("?unit", "unit_not_found");
  if (channel != "online" && channel != "counter" && channel != "post") return FieldInvalid("?channel", "field_option_unknown");
  const Terms::Limit limit = terms->LimitFor(channel);
  store::Dossier d;
  d.received_at_us = m.deps.clock.NowUs();
  d.limit_value = limit.has_limit ? limit.limit.value : -1;
  d.limit_unit = calendar::UnitName(limit.limit.unit);
  d.after_hours_minute = terms->after_hours_minute;
  json::Writer out;
  out.BeginObject().Text("received_at", FormatTime(*d.received_at_us));
  std::vector<calendar::DueStep> steps;
  if (limit.has_limit) {
    const calendar::Due due = DueOf(d, units->CalendarOf(unit->unit_id));
    out.Text("due_at", FormatTime(due.at_us)).Text("due_on", FormatDate(due.on));
    steps = due.steps;
  } else {
    out.Null("due_at").Null("due_on");
  }
  if (auto fee_vnd = terms->FeeFor(channel)) out.Int("fee_vnd", *fee_vnd);
  else out.Null("fee_vnd");
  out.Array("due_steps");
  for (const calendar::DueStep& step : steps)
    out.BeginObject().Text("kind", step.kind).Text("on", FormatDate(step.on)).Text("text", step.text_vi).EndObject();
  out.EndArray().EndObject();
  return out.Take();
}

Result<std::string> Service::WithdrawConsent(std::string_view dossier_code, int64_t version_seen, const http::Principal& who) {
  Impl& m = *impl_;
  TINHSO_ASSIGN(int64_t authority_id, m.AuthorityOfCode(dossier_code));
  const TimeUs now = m.deps.clock.NowUs();
  TINHSO_TRY(m.deps.router.For(authority_id).Write([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(store::Dossier d, m.FindVisible(tx, authority_id, dossier_code, who));
    const Viewer viewer = m.ViewerOf(d, who);
    const bool noted_at_desk = viewer == Viewer::kOfficer && who.Has("dossier.receive");
    if (viewer != Viewer::kApplicant && !noted_at_desk) return MakeError(ErrorCode::kForbidden, "permission_denied");
    if (d.proxy_person_id == 0) return MakeError(ErrorCode::kConflict, "dossier_without_proxy");
    if (d.version != version_seen) return MakeError(ErrorCode::kConflict, "dossier_version_stale");
    TINHSO_ASSIGN(bool ended, store::EndProxy(tx, KeyOf(d), version_seen, d.proxy_person_id, now));
    if (!ended) return MakeError(ErrorCode::kConflict, "dossier_version_stale");
    store::Event event = m.EventBy(who, now);
    event.action = kConsentWithdrawn;
    event.from_state = event.to_state = d.state;
    event.national_state = d.national_state;
    event.by_applicant = viewer == Viewer::kApplicant;
    event.due_on = d.due_on;
    TINHSO_TRY(store::InsertEvent(tx, KeyOf(d), event));
    audit::Event record = audit::By(who, "dossier.consent_withdrawn", "dossier", d.dossier_id, authority_id, now);
    record.person_id = d.person_id;
    return audit::Stage(tx, record);
  }));
  return Get(dossier_code, who);
}

}  // namespace tinhso::dossiers
