// Dossiers as JSON (api/openapi.yaml: Dossier, DossierSummary, Track, Verification).
#include <algorithm>

#include "base/text.h"
#include "engines/numbering/numbering.h"
#include "impl.h"
#include "kernel/audit/audit.h"

namespace tinhso::dossiers {

const workflow::Text& NationalTitle(int national_state) {
  static const workflow::Text kTitles[] = {
      {"", ""},
      {"Mới đăng ký", "Newly filed"},
      {"Được tiếp nhận", "Accepted"},
      {"Không được tiếp nhận", "Not accepted"},
      {"Đang xử lý", "In process"},
      {"Yêu cầu bổ sung giấy tờ", "More papers requested"},
      {"Yêu cầu thực hiện nghĩa vụ tài chính", "Financial obligation due"},
      {"Công dân yêu cầu rút hồ sơ", "Withdrawn by the applicant"},
      {"Dừng xử lý", "Processing stopped"},
      {"Đã xử lý xong", "Settled"},
      {"Đã trả kết quả", "Result returned"},
  };
  return kTitles[national_state >= 1 && national_state <= 10 ? national_state : 0];
}

namespace {

json::value TimeOrNull(const std::optional<int64_t>& at_us) {
  return at_us ? json::value(FormatTime(*at_us)) : json::value(nullptr);
}
json::value TextOrNull(const std::optional<std::string>& text) {
  return text ? json::value(*text) : json::value(nullptr);
}

json::object UnitJson(const orgs::Unit* unit) {
  if (unit == nullptr) return {{"unit_code", ""}, {"kind", ""}, {"name", ""}, {"short_name", ""}};
  return {{"unit_code", unit->unit_code}, {"kind", unit->kind}, {"name", unit->name}, {"short_name", unit->short_name},
          {"area_code", unit->area_code}};
}

// What the log calls each action when the workflow has no transition of that name.
const workflow::Text kSubmitTitle{"Nộp hồ sơ", "Filed"};

}  // namespace

const char* Service::Impl::DeadlineOf(const store::Dossier& d, TimeUs now_us) const {
  // By date, not by hour (FACTS §1): before = end < due, on time = end = due or no due date, late = end > due.
  if (d.finished_at_us) {
    if (!d.due_on) return "done_on_time";
    const std::string end = FormatDate(LocalDate(*d.finished_at_us));
    return end < *d.due_on ? "done_before" : end == *d.due_on ? "done_on_time" : "done_late";
  }
  if (!d.due_at_us || d.clock != "running") return "none";
  return inbox::DeadlineOf(deps.orgs.snapshot()->CalendarOf(d.authority_id), *d.due_at_us, now_us);
}

json::object Service::Impl::StateJson(const store::Dossier& d, const workflow::Workflow* flow) const {
  const workflow::State* state = flow == nullptr ? nullptr : flow->FindState(d.state);
  const workflow::Text& national = NationalTitle(static_cast<int>(d.national_state));
  return {{"state", d.state},
          {"title", TextJson(state != nullptr && !state->title.vi.empty() ? state->title : national)},
          {"national_state", d.national_state},
          {"national_title", TextJson(national)},
          {"clock", d.clock},
          {"final", state != nullptr && state->final}};
}

json::array Service::Impl::StepsJson(const store::Dossier& d, const workflow::Workflow& flow,
                                     const std::vector<store::Event>& events) const {
  // The main path: follow the first transition of each state that leads forward and is not a refusal, pause or withdrawal.
  auto side = [&](const workflow::Transition& t) {
    const workflow::State* to = flow.FindState(t.to);
    return to == nullptr || to->clock == workflow::ClockState::kPaused || to->national_state == 3 || to->national_state == 7 ||
           to->national_state == 8;
  };
  std::vector<const workflow::State*> path{&flow.initial()};
  while (!path.back()->final && path.size() <= flow.states().size()) {
    const workflow::State* next = nullptr;
    for (const workflow::Transition& t : flow.transitions()) {
      if (side(t) || std::find(t.from.begin(), t.from.end(), path.back()->id) == t.from.end()) continue;
      const workflow::State* to = flow.FindState(t.to);
      if (std::find(path.begin(), path.end(), to) != path.end()) continue;
      next = to;
      break;
    }
    if (next == nullptr) break;
    path.push_back(next);
  }
  std::vector<std::string> visited{flow.initial().id};
  for (const store::Event& e : events) visited.push_back(e.to_state);
  const workflow::State* present = flow.FindState(d.state);
  const bool aside = std::find(path.begin(), path.end(), present) == path.end();
  json::array out;
  size_t current = path.size();
  for (size_t i = 0; i < path.size(); ++i)
    if (path[i] == present) current = i;
  if (aside) {
    current = 0;
    for (size_t i = 0; i < path.size(); ++i)
      if (std::find(visited.begin(), visited.end(), path[i]->id) != visited.end()) current = i + 1;
  }
  for (size_t i = 0; i < path.size(); ++i) {
    if (aside && i == current && present != nullptr)
      out.push_back(json::object{{"state", d.state}, {"title", TextJson(present->title)}, {"status", present->final ? "done" : "current"}});
    if (aside && i >= current && present != nullptr && present->final) break;
    const bool done = i < current || (!aside && i == current && path[i]->final);
    const char* status = done ? "done" : (!aside && i == current) ? "current" : "ahead";
    out.push_back(json::object{{"state", path[i]->id}, {"title", TextJson(path[i]->title)}, {"status", status}});
  }
  if (aside && current == path.size() && present != nullptr)
    out.push_back(json::object{{"state", d.state}, {"title", TextJson(present->title)}, {"status", present->final ? "done" : "current"}});
  return out;
}

Result<Loaded> Service::Impl::Load(db::Tx& tx, const store::Dossier& d) const {
  Loaded loaded;
  loaded.d = d;
  TINHSO_ASSIGN(loaded.body, store::GetBody(tx, KeyOf(d)));
  TINHSO_ASSIGN(loaded.papers, store::Papers(tx, KeyOf(d)));
  if (!loaded.papers.empty()) {
    TINHSO_ASSIGN(loaded.files, store::Files(tx, KeyOf(d)));
  }
  TINHSO_ASSIGN(loaded.events, store::Events(tx, KeyOf(d)));
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

json::object Service::Impl::Render(const Loaded& loaded, const http::Principal& who) const {
  const store::Dossier& d = loaded.d;
  const auto flow = FlowOf(d);
  const auto form = FormOf(d);
  const auto units = deps.orgs.snapshot();
  const TimeUs now = deps.clock.NowUs();
  const json::object answers = ParseObject(loaded.body.answers);
  const Viewer viewer = ViewerOf(d, who);

  json::object out;
  out["dossier_code"] = d.dossier_code;
  out["version"] = d.version;
  out["procedure_code"] = d.procedure_code;
  out["procedure_name"] = d.procedure_name;
  out["unit"] = UnitJson(units->ById(d.authority_id));
  out["channel"] = d.channel;
  out["return_method"] = d.return_method;
  out["state"] = StateJson(d, flow.get());
  out["submitted_at"] = FormatTime(d.submitted_at_us);
  out["received_at"] = TimeOrNull(d.received_at_us);
  out["due_at"] = TimeOrNull(d.due_at_us);
  out["due_on"] = TextOrNull(d.due_on);
  out["original_due_on"] = TextOrNull(d.original_due_on);
  out["finished_at"] = TimeOrNull(d.finished_at_us);
  out["deadline"] = DeadlineOf(d, now);
  json::array due_steps;
  if (d.received_at_us && d.limit_value >= 0)
    for (const calendar::DueStep& step : DueOf(d).steps)
      due_steps.push_back(json::object{{"kind", step.kind}, {"on", FormatDate(step.on)}, {"text", step.text_vi}});
  out["due_steps"] = std::move(due_steps);
  out["applicant"] = ParseObject(loaded.body.applicant);
  out["answers"] = answers;
  forms::Context context;
  context.today = LocalDate(now);
  AddAreas(context, FormatDate(LocalDate(d.submitted_at_us)));
  out["answers_described"] = form == nullptr ? json::array() : form->Describe(answers, "vi", context);

  json::array papers;
  for (const store::Paper& paper : loaded.papers) {
    json::array files;
    for (const store::PaperFile& file : loaded.files)
      if (file.submitted_paper_id == paper.submitted_paper_id)
        files.push_back(json::object{{"file_id", std::to_string(file.file_id)}, {"name", file.name},
                                     {"media_type", file.media_type}, {"size_bytes", file.size_bytes}});
    papers.push_back(json::object{{"paper_id", paper.paper_id}, {"name", paper.name}, {"originals", paper.originals},
                                  {"copies", paper.copies}, {"round", paper.round}, {"files", std::move(files)}});
  }
  out["papers"] = std::move(papers);

  const workflow::State* state = flow == nullptr ? nullptr : flow->FindState(d.state);
  out["holder"] = nullptr;
  if (state != nullptr && !state->final) {
    const orgs::Unit* unit = units->ById(HolderUnit(d, *state));
    std::string name;
    if (d.assignee_account_id != 0)
      for (const store::Event& e : loaded.events)
        if (e.account_id == d.assignee_account_id) name = e.actor_name;
    out["holder"] = json::object{{"role", state->holder_role}, {"unit_name", unit ? unit->short_name : ""},
                                 {"account_name", name}, {"applicant", state->holder_applicant},
                                 {"since", FormatTime(d.held_since_us)}};
  }

  json::array actions;
  if (flow != nullptr)
    for (const workflow::Transition* t : AllowedFor(d, *flow, who))
      actions.push_back(json::object{{"action", t->action}, {"title", TextJson(t->title)},
                                     {"requires", json::array(t->requires_.begin(), t->requires_.end())}, {"to", t->to}});
  out["actions"] = std::move(actions);

  json::array events;
  const store::Event* supplement = nullptr;
  for (const store::Event& e : loaded.events) {
    workflow::Text title = kSubmitTitle;
    if (flow != nullptr && e.action != "submit") {
      title = {e.action, e.action};
      for (const workflow::Transition& t : flow->transitions())
        if (t.action == e.action && std::find(t.from.begin(), t.from.end(), e.from_state) != t.from.end()) title = t.title;
    }
    if (e.action == "request_supplement") supplement = &e;
    json::object event{{"event_id", std::to_string(e.event_id)}, {"at", FormatTime(e.at_us)}, {"action", e.action},
                       {"title", TextJson(title)}, {"by_applicant", e.by_applicant}, {"actor_name", e.actor_name},
                       {"actor_position", e.actor_position}, {"actor_unit", e.actor_unit}, {"from_state", e.from_state},
                       {"to_state", e.to_state}, {"reason", e.reason},
                       {"items", ParseArray(e.items)}};
    // Officers' notes are between officers; a proposal's text becomes public with the result.
    if (viewer == Viewer::kApplicant && !e.by_applicant) {
      if (e.action == "propose" || e.action == "return_for_rework") event["reason"] = "";
    } else {
      event["note"] = e.note;
    }
    events.push_back(std::move(event));
  }
  out["supplement"] = nullptr;
  if (supplement != nullptr && d.national_state == 5) {
    out["supplement"] = json::object{{"reason", supplement->reason},
                                     {"items", ParseArray(supplement->items)},
                                     {"requested_at", FormatTime(supplement->at_us)}};
  }
  out["steps"] = flow == nullptr ? json::array() : StepsJson(d, *flow, loaded.events);
  out["events"] = std::move(events);

  json::array slips;
  slips.push_back(json::object{{"slip_no", "01"}, {"title", {{"vi", "Giấy tiếp nhận hồ sơ và hẹn trả kết quả"}, {"en", "Receipt and appointment slip"}}}});
  if (supplement != nullptr)
    slips.push_back(json::object{{"slip_no", "02"}, {"title", {{"vi", "Phiếu yêu cầu bổ sung, hoàn thiện hồ sơ"}, {"en", "Request for more papers"}}}});
  if (d.national_state == 3)
    slips.push_back(json::object{{"slip_no", "03"}, {"title", {{"vi", "Phiếu từ chối tiếp nhận giải quyết hồ sơ"}, {"en", "Refusal slip"}}}});
  out["slips"] = std::move(slips);

  out["result"] = nullptr;
  if (loaded.result) {
    const store::DossierResult& r = *loaded.result;
    out["result"] = json::object{{"number", r.number}, {"issued_on", r.issued_on}, {"decided_by", r.decided_by},
                                 {"decided_position", r.decided_position}, {"verify_code", r.verify_code},
                                 {"ready", true}};  // made at the first download if its job has not run yet
  }
  out["rating"] = nullptr;
  if (loaded.rating)
    out["rating"] = json::object{{"score", loaded.rating->score}, {"comment", loaded.rating->comment},
                                 {"rated_at", FormatTime(loaded.rating->rated_at_us)}};
  out["may_rate"] = viewer == Viewer::kApplicant && d.finished_at_us.has_value() && !loaded.rating;
  return out;
}

json::object Service::Impl::RenderSummary(const store::Dossier& d) const {
  const orgs::Unit* unit = deps.orgs.snapshot()->ById(d.authority_id);
  const auto flow = FlowOf(d);
  const workflow::State* state = flow == nullptr ? nullptr : flow->FindState(d.state);
  return {{"dossier_code", d.dossier_code},
          {"procedure_code", d.procedure_code},
          {"procedure_name", d.procedure_name},
          {"applicant_name", d.applicant_name},
          {"unit_name", unit ? unit->short_name : ""},
          {"state", StateJson(d, flow.get())},
          {"submitted_at", FormatTime(d.submitted_at_us)},
          {"due_at", TimeOrNull(d.due_at_us)},
          {"deadline", DeadlineOf(d, deps.clock.NowUs())},
          {"needs_applicant", state != nullptr && state->holder_applicant}};
}

Result<json::object> Service::Get(std::string_view dossier_code, const http::Principal& who) {
  Impl& m = *impl_;
  TINHSO_ASSIGN(int64_t authority_id, m.AuthorityOfCode(dossier_code));
  TINHSO_ASSIGN(Loaded loaded, m.LoadVisible(authority_id, dossier_code, who));
  TINHSO_TRY(m.AuditRead(loaded.d, who, "dossier.read"));
  return m.Render(loaded, who);
}

Result<json::object> Service::Track(std::string_view dossier_code) {
  Impl& m = *impl_;
  TINHSO_ASSIGN(int64_t authority_id, m.AuthorityOfCode(dossier_code));
  std::vector<store::Event> events;
  TINHSO_ASSIGN(store::Dossier d, m.deps.router.For(authority_id).Read([&](db::Tx& tx) -> Result<store::Dossier> {
    TINHSO_ASSIGN(auto found, store::FindByCode(tx, authority_id, dossier_code));
    if (!found) return MakeError(ErrorCode::kNotFound, "dossier_not_found");
    TINHSO_ASSIGN(events, store::Events(tx, KeyOf(*found)));
    return *found;
  }));
  const auto flow = m.FlowOf(d);
  const orgs::Unit* unit = m.deps.orgs.snapshot()->ById(authority_id);
  json::object out{{"dossier_code", d.dossier_code},
                   {"procedure_name", d.procedure_name},
                   {"unit_name", unit ? unit->short_name : ""},
                   {"state", m.StateJson(d, flow.get())},
                   {"submitted_at", FormatTime(d.submitted_at_us)},
                   {"due_at", TimeOrNull(d.due_at_us)},
                   {"finished_at", TimeOrNull(d.finished_at_us)},
                   {"deadline", m.DeadlineOf(d, m.deps.clock.NowUs())}};
  out["steps"] = flow == nullptr ? json::array() : m.StepsJson(d, *flow, events);
  return out;
}

Result<json::object> Service::Verify(std::string_view verify_code) {
  Impl& m = *impl_;
  const Error not_found = MakeError(ErrorCode::kNotFound, "result_not_found");
  const size_t dash = verify_code.rfind('-');
  if (dash == std::string_view::npos) return not_found;
  const auto units = m.deps.orgs.snapshot();
  const orgs::Unit* unit = units->ByCode(verify_code.substr(0, dash));
  if (unit == nullptr) return not_found;
  return m.deps.router.For(unit->authority_id).Read([&](db::Tx& tx) -> Result<json::object> {
    TINHSO_ASSIGN(auto found, store::FindVerified(tx, unit->authority_id, verify_code));
    if (!found) return not_found;
    TINHSO_ASSIGN(auto d, store::FindById(tx, found->key));
    if (!d) return not_found;
    return json::object{{"valid", true},
                        {"dossier_code", d->dossier_code},
                        {"number", found->result.number},
                        {"procedure_name", d->procedure_name},
                        {"unit_name", unit->name},
                        {"issued_on", found->result.issued_on},
                        {"sha256", found->result.sha256}};
  });
}

Result<json::object> Service::List(const ListParams& params, const http::Principal& who) {
  Impl& m = *impl_;
  int64_t before = INT64_MAX;
  if (!params.cursor.empty()) {
    TINHSO_ASSIGN(auto parts, http::DecodeCursor(params.cursor, 1));
    before = std::strtoll(parts[0].c_str(), nullptr, 10);
    if (before <= 0) return MakeError(ErrorCode::kMalformed, "cursor_malformed");
  }
  const std::string folded = text::Fold(params.q);
  std::vector<store::Dossier> found;
  bool more = false;
  if (who.Has("dossier.read") && who.authority_id != 0) {
    store::SearchParams search;
    search.before_dossier_id = before;
    search.state = params.state;
    search.limit = params.limit + 1;
    const std::string q = text::Trim(params.q);
    const bool is_number = !q.empty() && q.find_first_not_of("0123456789") == std::string::npos;
    if (numbering::ParseDossierCode(text::ToUpper(q)).ok()) search.exact = text::ToUpper(q);
    else if (is_number && q.size() >= 9) search.exact = q;
    else search.folded_prefix = folded;
    // One's own authority and every one it continues, newest first over all.
    for (int64_t authority_id : m.deps.orgs.snapshot()->ActsFor(who.authority_id)) {
      search.authority_id = authority_id;
      TINHSO_ASSIGN(auto some, m.deps.router.For(authority_id).Read([&](db::Tx& tx) { return store::Search(tx, search); }));
      found.insert(found.end(), std::make_move_iterator(some.begin()), std::make_move_iterator(some.end()));
    }
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.dossier_id > b.dossier_id; });
    more = static_cast<int64_t>(found.size()) > params.limit;
    if (more) found.resize(params.limit);
  } else if (who.Has("dossier.read_own") && who.person_id != 0) {
    // A person has few dossiers: filter here, page by key.
    constexpr int64_t kPage = 100;
    while (static_cast<int64_t>(found.size()) <= params.limit) {
      TINHSO_ASSIGN(auto keys, m.deps.router.Shared().Read([&](db::Tx& tx) {
        return store::OfPerson(tx, who.person_id, before, kPage);
      }));
      for (const store::Key& key : keys) {
        before = key.dossier_id;
        TINHSO_ASSIGN(auto d, m.deps.router.For(key.authority_id).Read([&](db::Tx& tx) { return store::FindById(tx, key); }));
        if (!d) continue;
        if (params.state == "open" && d->finished_at_us) continue;
        if (params.state == "closed" && !d->finished_at_us) continue;
        if (!folded.empty() && text::Fold(d->procedure_name + " " + d->dossier_code).find(folded) == std::string::npos) continue;
        found.push_back(std::move(*d));
        if (static_cast<int64_t>(found.size()) > params.limit) break;
      }
      if (static_cast<int64_t>(keys.size()) < kPage) break;
    }
    more = static_cast<int64_t>(found.size()) > params.limit;
    if (more) found.pop_back();
  } else {
    return MakeError(ErrorCode::kForbidden, "permission_denied");
  }
  json::array items;
  for (const store::Dossier& d : found) items.push_back(m.RenderSummary(d));
  json::object out{{"items", std::move(items)}, {"next_cursor", nullptr}};
  if (more) out["next_cursor"] = http::EncodeCursor({std::to_string(found.back().dossier_id)});
  return out;
}

}  // namespace tinhso::dossiers
