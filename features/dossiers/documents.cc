// What papers are printed from, results as PDF, and the jobs that make them.
#include <algorithm>

#include "base/crypto.h"
#include "base/text.h"
#include "engines/printing/printing.h"
#include "impl.h"
#include "kernel/audit/audit.h"
#include "kernel/notify/notify.h"

namespace tinhso::dossiers {

namespace {

const char* ChannelText(const std::string& channel) {
  return channel == "online" ? "Trực tuyến" : channel == "post" ? "Dịch vụ bưu chính công ích" : "Trực tiếp";
}

std::string PaperKindText(const store::Paper& paper) {
  if (paper.originals > 0 && paper.copies > 0) return "Bản chính, bản sao";
  if (paper.originals > 0) return "Bản chính";
  if (paper.copies > 0) return "Bản sao";
  return "Bản điện tử";
}

// "15 ngày làm việc"
std::string LimitText(const store::Dossier& d) {
  if (d.limit_value < 0) return "";
  if (d.limit_value == 0) return "Trong ngày";
  auto unit = calendar::ParseUnit(d.limit_unit);
  const char* word = !unit.ok() ? "" : *unit == calendar::Unit::kWorkingDay ? "ngày làm việc" : *unit == calendar::Unit::kDay ? "ngày"
                     : *unit == calendar::Unit::kHour ? "giờ làm việc" : "tháng";
  return std::to_string(d.limit_value) + " " + word;
}

// The position over a signature. A deputy signs KT. for his head by his own title; whoever else acts for the head signs TUQ., over
// his own title (NĐ 30/2020/NĐ-CP, Art. 13 and App. I). Lines go through the templates' `signer` as they are.
std::string SignedPosition(const store::DossierResult& r) {
  if (r.on_behalf_of.empty()) return r.decided_position;
  if (text::StartsWith(r.own_position, "Phó " + r.decided_position)) return r.own_position;
  return "TUQ. " + r.decided_position + "\n" + r.own_position;
}

// The place a paper is dated from: a commune's own name, for the others the province's (NĐ 30/2020/NĐ-CP, App. I).
std::string PlaceOf(const orgs::Snapshot& units, const orgs::Unit* unit) {
  const orgs::Unit* at = unit;
  while (at != nullptr && at->kind != "commune" && at->parent_id != 0) at = units.ById(at->parent_id);
  if (at == nullptr) return "";
  for (const char* kind : {"Phường ", "Xã ", "Đặc khu ", "Tỉnh ", "Thành phố "})
    if (at->short_name.starts_with(kind)) return at->short_name.substr(std::string_view(kind).size());
  return at->short_name;
}

}  // namespace

const char* ReturnText(const std::string& method) {
  return method == "online" ? "Bản điện tử" : method == "post" ? "Qua dịch vụ bưu chính công ích" : "Tại bộ phận một cửa";
}

// `signature` is the name under a slip, with whom it was done for.
json::object OfficerOf(const store::Event* e) {
  if (e == nullptr) return {{"full_name", ""}, {"position", ""}, {"signature", ""}};
  std::string signature = e->actor_name;
  if (!e->on_behalf_of.empty()) signature += "\n(thay " + e->on_behalf_of + " theo ủy quyền)";
  return {{"full_name", e->actor_name}, {"position", e->actor_position}, {"signature", std::move(signature)}};
}

json::array PapersData(const std::vector<store::Paper>& papers, int64_t round_max) {
  json::array out;
  for (const store::Paper& paper : papers)
    if (paper.round <= round_max)
      out.push_back(json::object{{"no", out.size() + 1}, {"name", paper.source_dossier_code.empty() ? paper.name : paper.name + " (dùng lại từ hồ sơ " + paper.source_dossier_code + ")"}, {"originals", paper.originals},
                                 {"copies", std::max<int64_t>(1, paper.originals + paper.copies)}, {"kind_text", PaperKindText(paper)}});
  return out;
}

json::object Service::Impl::PrintData(const Loaded& loaded) const {
  const store::Dossier& d = loaded.d;
  const auto units = deps.orgs.snapshot();
  // Who stood for the authority when the paper was made: a result decided after a merger is the successor's.
  const std::string made_on = loaded.result ? loaded.result->issued_on : FormatDate(LocalDate(d.received_at_us.value_or(d.submitted_at_us)));
  const orgs::Unit* unit = units->ActingOn(d.authority_id, made_on);
  const orgs::Unit* parent = unit ? units->ById(unit->parent_id) : nullptr;
  const orgs::Unit* desk = units->ActingOn(d.desk_unit_id, "");
  const orgs::Unit* returning = d.return_unit_id == 0 ? desk : units->ActingOn(d.return_unit_id, "");

  json::object data;
  data["unit"] = json::object{{"name", unit ? unit->name : ""}, {"short_name", unit ? unit->short_name : ""},
                              {"parent_name", parent ? parent->name : ""}, {"place", PlaceOf(*units, unit)},
                              {"unit_code", unit ? unit->unit_code : ""}};
  if (const orgs::Unit* handling = units->ActingOn(d.handling_unit_id, made_on)) data["handling"] = json::object{{"name", handling->name}, {"short_name", handling->short_name}};
  json::object dossier{{"dossier_code", d.dossier_code}, {"submitted_at", FormatTime(d.submitted_at_us)},
                       {"channel_text", ChannelText(d.channel)},
                       {"procedure_name", d.procedure_name},
                       {"time_limit_text", LimitText(d)}, {"set_count", "01"},
                       {"desk_name", desk ? desk->name : ""}, {"return_place", d.return_method == "counter" && returning ? returning->name : ReturnText(d.return_method)}, {"track_url", deps.public_base_url + "/tra-cuu?ma=" + d.dossier_code}};
  if (auto found = terms.Find(d.procedure_code); found.ok())
    if (auto fee_vnd = (*found)->FeeFor(d.channel)) dossier["fee_vnd"] = *fee_vnd;
  if (d.received_at_us) dossier["received_at"] = FormatTime(*d.received_at_us);
  if (d.due_at_us) dossier["due_at"] = FormatTime(*d.due_at_us);
  if (d.due_on) dossier["due_on"] = *d.due_on;
  data["dossier"] = std::move(dossier);
  data["procedure"] = json::object{{"name", d.procedure_name}, {"code", d.procedure_code}};

  json::array papers = PapersData(loaded.papers, INT64_MAX);
  data["papers_count"] = papers.size();
  data["papers"] = std::move(papers);

  const auto form = FormOf(d);
  forms::Context context;
  context.today = LocalDate(deps.clock.NowUs());
  AddAreas(context, FormatDate(LocalDate(d.submitted_at_us)));
  json::object applicant = ParseObject(loaded.body.applicant);
  const std::string street = json::GetText(applicant, "address"), area_code = json::GetText(applicant, "area_code");
  if (const std::string area = area_code.empty() ? "" : context.area_name(area_code); !area.empty() && street.find(area) == std::string::npos)
    applicant["address"] = street.empty() ? area : street + ", " + area;
  data["applicant"] = std::move(applicant);
  if (loaded.proxy) {
    const store::Proxy& p = *loaded.proxy;
    const char* relation = p.relation == "relative" ? "Người thân" : p.relation == "community_team" ? "Tổ công nghệ số cộng đồng" : "";
    data["proxy"] = json::object{{"full_name", p.full_name}, {"relation_text", p.relation_note.empty() ? relation : p.relation_note}};
  }
  data["form"] = loaded.answers;
  data["form_text"] = form == nullptr ? json::object() : form->TextOf(loaded.answers, context);

  const store::Event* officer = nullptr;
  for (const store::Event& e : loaded.events)
    if (!e.by_applicant && officer == nullptr) officer = &e;
  data["officer"] = OfficerOf(officer);
  if (loaded.result) {
    const store::DossierResult& r = *loaded.result;
    data["result"] = json::object{{"number", r.number}, {"issued_on", r.issued_on}, {"decided_by", r.decided_by},
                                  {"decided_position", SignedPosition(r)}, {"text", r.result_text},
                                  {"verify_code", r.verify_code},
                                  {"verify_url", deps.public_base_url + "/xac-minh/" + r.verify_code}};
  }
  return data;
}

Result<files::File> Service::ResultFile(std::string_view dossier_code, const http::Principal& who) {
  Impl& m = *impl_;
  TINHSO_ASSIGN(int64_t authority_id, m.AuthorityOfCode(dossier_code));
  std::optional<store::DossierResult> result;
  TINHSO_ASSIGN(store::Dossier d, m.deps.router.For(authority_id).Read([&](db::Tx& tx) -> Result<store::Dossier> {
    TINHSO_ASSIGN(store::Dossier found, m.FindVisible(tx, authority_id, dossier_code, who));
    TINHSO_ASSIGN(result, store::GetResult(tx, KeyOf(found)));
    return found;
  }));
  if (!result) return MakeError(ErrorCode::kNotFound, "result_not_ready");
  if (!result->file_id) {
    // The job has not run yet: make it now. Rendering twice changes nothing.
    TINHSO_TRY(m.RenderResult(KeyOf(d)));
    TINHSO_ASSIGN(result, m.deps.router.For(authority_id).Read([&](db::Tx& tx) { return store::GetResult(tx, KeyOf(d)); }));
    if (!result || !result->file_id) return MakeError(ErrorCode::kNotFound, "result_not_ready");
  }
  TINHSO_TRY(m.AuditRead(d, who, "dossier.result_read"));
  return m.deps.files.Get(*result->file_id);
}

Result<files::File> Service::PaperFile(std::string_view dossier_code, int64_t file_id, const http::Principal& who) {
  Impl& m = *impl_;
  TINHSO_ASSIGN(int64_t authority_id, m.AuthorityOfCode(dossier_code));
  std::vector<store::PaperFile> listed;
  TINHSO_ASSIGN(store::Dossier d, m.deps.router.For(authority_id).Read([&](db::Tx& tx) -> Result<store::Dossier> {
    TINHSO_ASSIGN(store::Dossier found, m.FindVisible(tx, authority_id, dossier_code, who));
    TINHSO_ASSIGN(listed, store::Files(tx, KeyOf(found)));
    return found;
  }));
  const bool known = std::any_of(listed.begin(), listed.end(), [&](const store::PaperFile& f) { return f.file_id == file_id; });
  if (!known) return MakeError(ErrorCode::kNotFound, "file_not_found");
  TINHSO_TRY(m.AuditRead(d, who, "dossier.paper_read"));
  return m.deps.files.Get(file_id);
}

Status Service::Impl::RenderResult(store::Key key) const {
  db::Database& database = deps.router.For(key.authority_id);
  TINHSO_ASSIGN(Loaded loaded, database.Read([&](db::Tx& tx) -> Result<Loaded> {
    TINHSO_ASSIGN(auto d, store::FindById(tx, key));
    if (!d) return MakeError(ErrorCode::kNotFound, "dossier_not_found");
    return Load(tx, *d);
  }));
  if (!loaded.result || loaded.result->file_id) return Ok();
  auto print = deps.library.FindPrint(loaded.result->template_id);
  if (print == nullptr) print = deps.library.FindPrint("result-general");
  if (print == nullptr) return MakeError(ErrorCode::kInternal, "print_template_missing", loaded.result->template_id);
  TINHSO_ASSIGN(std::string pdf, printing::Render(*print, PrintData(loaded)));
  TINHSO_ASSIGN(files::File file, deps.files.Put(pdf, "ket-qua-" + loaded.d.dossier_code + ".pdf", "application/pdf", 0));
  return database.Write([&](db::Tx& tx) { return store::SetResultFile(tx, key, file.file_id, file.sha256); });
}

// Those who hold it now learn of it; of a new one its applicant as well.
Status Service::Impl::AnnounceToHolders(store::Key key) const {
  return deps.router.For(key.authority_id).Write([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(auto d, store::FindById(tx, key));
    if (!d) return Ok();
    const TimeUs now = deps.clock.NowUs();
    if (d->channel == "online") TINHSO_TRY(NotifyApplicant(tx, *d, "submit", d->dossier_id, now));
    const auto flow = FlowOf(*d);
    const workflow::State* state = flow == nullptr ? nullptr : flow->FindState(d->state);
    if (state == nullptr || state->holder_role.empty()) return Ok();
    const int64_t unit_id = HolderUnit(*d, *state), assignee = d->assignee_account_id;
    TINHSO_ASSIGN(const auto accounts, assignee == 0 ? deps.identity.AccountsWith(tx, unit_id, state->holder_role)
                                                     : deps.identity.WithStandIns(tx, assignee, unit_id, state->holder_role));
    for (int64_t account_id : accounts)
      TINHSO_TRY(notify::Add(tx, {account_id, "dossier.new", d->dossier_code, "/can-bo/ho-so/" + d->dossier_code,
                                  "new:" + std::to_string(d->dossier_id) + ":" + std::to_string(d->version)},
                             now));
    return Ok();
  });
}

void Service::RegisterJobs() {
  Impl* m = impl_.get();
  auto key_of = [](const jobs::Job& job) -> store::Key {
    return {json::GetInt(job.payload, "authority_id"), json::GetInt(job.payload, "dossier_id")};
  };
  m->deps.runner.On("dossier.render_result", [m, key_of](const jobs::Job& job) { return m->RenderResult(key_of(job)); });
  m->deps.runner.On("dossier.follow_calendar", [m](const jobs::Job& job) {
    const int64_t authority_id = json::GetInt(job.payload, "authority_id", 0);
    const std::string on = json::GetText(job.payload, "on");
    return authority_id == 0 ? m->FollowCalendarEverywhere(on) : m->FollowCalendar(authority_id, on);
  });
  m->deps.runner.On("dossier.consultation_due", [m, key_of](const jobs::Job& job) {
    return m->ConsultationDue(key_of(job), json::GetInt(job.payload, "consultation_id"));
  });
  m->deps.runner.On("dossier.follow_joint", [m, key_of](const jobs::Job& job) { return m->FollowJoint(key_of(job)); });
  m->deps.runner.On("dossier.announce", [m, key_of](const jobs::Job& job) { return m->AnnounceToHolders(key_of(job)); });
}

}  // namespace tinhso::dossiers
