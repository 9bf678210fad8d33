// Dossiers as JSON (api/openapi.yaml: DossierSummary, Track, Verification) and the parts they share with the page of one.
#include <algorithm>

#include "base/text.h"
#include "engines/numbering/numbering.h"
#include "impl.h"

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

void WriteText(json::Writer& out, std::string_view key, const workflow::Text& text) {
  out.Object(key).Text("vi", text.vi).Text("en", text.en).EndObject();
}

void WriteTime(json::Writer& out, std::string_view key, const std::optional<int64_t>& at_us) {
  if (at_us) out.Text(key, FormatTime(*at_us));
  else out.Null(key);
}

void WriteOptional(json::Writer& out, std::string_view key, const std::optional<std::string>& text) {
  if (text) out.Text(key, *text);
  else out.Null(key);
}

const char* Service::Impl::DeadlineOf(const store::Dossier& d, TimeUs now_us) const {
  // By date, not by hour (FACTS §1): before = end < due, on time = end = due or no due date, late = end > due.
  // A second supplement request makes it late whatever the dates say (clock.h).
  if (d.supplement_count > kSupplementsLawful) return d.finished_at_us ? "done_late" : "late";
  if (d.finished_at_us) {
    if (!d.due_on) return "done_on_time";
    const std::string end = FormatDate(LocalDate(*d.finished_at_us));
    return end < *d.due_on ? "done_before" : end == *d.due_on ? "done_on_time" : "done_late";
  }
  if (!d.due_at_us || d.clock != "running") return "none";
  return inbox::DeadlineOf(deps.orgs.snapshot()->CalendarOf(d.authority_id), *d.due_at_us, now_us);
}

void Service::Impl::WriteState(json::Writer& out, const store::Dossier& d, const workflow::Workflow* flow) const {
  const workflow::State* state = flow == nullptr ? nullptr : flow->FindState(d.state);
  const workflow::Text& national = NationalTitle(static_cast<int>(d.national_state));
  static const workflow::Text kWaitsTitle{"Chờ kết quả của phần trước", "Waiting for the result of an earlier part"};
  out.Object("state").Text("state", d.state);
  WriteText(out, "title", d.Waits() ? kWaitsTitle : state != nullptr && !state->title.vi.empty() ? state->title : national);
  out.Int("national_state", d.national_state);
  WriteText(out, "national_title", national);
  out.Text("clock", d.clock).Bool("final", state != nullptr && state->final).EndObject();
}

void Service::Impl::WriteSteps(json::Writer& out, const store::Dossier& d, const workflow::Workflow* known,
                               const std::vector<store::Event>& events) const {
  out.Array("steps");
  if (known == nullptr) {
    out.EndArray();
    return;
  }
  const workflow::Workflow& flow = *known;
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
  std::vector<std::string_view> visited{flow.initial().id};
  for (const store::Event& e : events) visited.push_back(e.to_state);
  const workflow::State* present = flow.FindState(d.state);
  const bool aside = std::find(path.begin(), path.end(), present) == path.end();
  auto write = [&](const std::string& id, const workflow::Text& title, const char* status) {
    out.BeginObject().Text("state", id);
    WriteText(out, "title", title);
    out.Text("status", status).EndObject();
  };
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
      write(d.state, present->title, present->final ? "done" : "current");
    if (aside && i >= current && present != nullptr && present->final) break;
    const bool done = i < current || (!aside && i == current && path[i]->final);
    const char* status = done ? "done" : (!aside && i == current) ? "current" : "ahead";
    write(path[i]->id, path[i]->title, status);
  }
  if (aside && current == path.size() && present != nullptr)
    write(d.state, present->title, present->final ? "done" : "current");
  out.EndArray();
}

void Service::Impl::WriteSummary(json::Writer& out, const store::Dossier& d, const orgs::Snapshot& units, TimeUs now_us) const {
  const orgs::Unit* unit = units.ById(d.authority_id);
  const auto flow = FlowOf(d);
  const workflow::State* state = flow == nullptr ? nullptr : flow->FindState(d.state);
  out.BeginObject().Text("dossier_code", d.dossier_code).Text("procedure_code", d.procedure_code);
  out.Text("procedure_name", d.procedure_name).Text("applicant_name", d.applicant_name).Text("unit_name", unit ? unit->short_name : "");
  WriteState(out, d, flow.get());
  out.Text("submitted_at", FormatTime(d.submitted_at_us));
  WriteTime(out, "due_at", d.due_at_us);
  out.Text("deadline", DeadlineOf(d, now_us)).Bool("needs_applicant", state != nullptr && state->holder_applicant).EndObject();
}

Result<std::string> Service::Track(std::string_view dossier_code) {
  Impl& m = *impl_;
  if (dossier_code.starts_with(kJointPrefix)) dossier_code.remove_prefix(std::string_view(kJointPrefix).size());  // the first of its dossiers
  TINHSO_ASSIGN(int64_t authority_id, m.AuthorityOfCode(dossier_code));
  std::vector<store::Event> events;
  TINHSO_ASSIGN(store::Dossier d, m.deps.router.For(authority_id).Read([&](db::Tx& tx) -> Result<store::Dossier> {
    TINHSO_ASSIGN(auto found, store::FindByCode(tx, authority_id, dossier_code));
    if (!found) return MakeError(ErrorCode::kNotFound, "dossier_not_found");
    TINHSO_ASSIGN(events, store::Events(tx, KeyOf(*found)));
    return std::move(*found);
  }));
  const auto flow = m.FlowOf(d);
  const auto units = m.deps.orgs.snapshot();
  const orgs::Unit* unit = units->ById(authority_id);
  json::Writer out(2048);
  out.BeginObject().Text("dossier_code", d.dossier_code).Text("procedure_name", d.procedure_name);
  out.Text("unit_name", unit ? unit->short_name : "");
  m.WriteState(out, d, flow.get());
  out.Text("submitted_at", FormatTime(d.submitted_at_us));
  WriteTime(out, "due_at", d.due_at_us);
  WriteTime(out, "finished_at", d.finished_at_us);
  out.Text("deadline", m.DeadlineOf(d, m.deps.clock.NowUs()));
  m.WriteSteps(out, d, flow.get(), events);
  out.EndObject();
  return out.Take();
}

Result<std::string> Service::Verify(std::string_view verify_code) {
  Impl& m = *impl_;
  const Error not_found = MakeError(ErrorCode::kNotFound, "result_not_found");
  const size_t dash = verify_code.rfind('-');
  if (dash == std::string_view::npos) return not_found;
  const auto units = m.deps.orgs.snapshot();
  const orgs::Unit* unit = units->ByCode(verify_code.substr(0, dash));
  if (unit == nullptr) return not_found;
  return m.deps.router.For(unit->authority_id).Read([&](db::Tx& tx) -> Result<std::string> {
    TINHSO_ASSIGN(auto found, store::FindVerified(tx, unit->authority_id, verify_code));
    if (!found) return not_found;
    TINHSO_ASSIGN(auto d, store::FindById(tx, found->key));
    if (!d) return not_found;
    json::Writer out;
    out.BeginObject().Bool("valid", true).Text("dossier_code", d->dossier_code).Text("number", found->result.number);
    out.Text("procedure_name", d->procedure_name).Text("unit_name", unit->name).Text("issued_on", found->result.issued_on);
    out.Text("sha256", found->result.sha256).EndObject();
    return out.Take();
  });
}

namespace {

// Where a list goes on. Names come in two parts: those that begin with the words typed, then those whose last word does.
struct ListPlace {
  std::string part = "newest";  // "newest", "name", "given"
  std::string name;
  int64_t before = INT64_MAX;
};

Result<ListPlace> PlaceOf(const std::string& cursor) {
  ListPlace place;
  if (cursor.empty()) return place;
  TINHSO_ASSIGN(auto parts, http::DecodeCursor(cursor, 3));
  place = {parts[0], parts[1], std::strtoll(parts[2].c_str(), nullptr, 10)};
  const bool known = place.part == "newest" || place.part == "name" || place.part == "given";
  if (!known || place.before <= 0) return MakeError(ErrorCode::kMalformed, "cursor_malformed");
  return place;
}

std::string CursorOf(const ListPlace& place) {
  return http::EncodeCursor({place.part, place.name, std::to_string(place.before)});
}

}  // namespace

Result<std::vector<store::Dossier>> Service::Impl::SearchOffice(const ListParams& params, const http::Principal& who,
                                                               std::string* next_cursor) const {
  TINHSO_ASSIGN(ListPlace place, PlaceOf(params.cursor));
  using Found = std::vector<store::Dossier>;
  const size_t limit = static_cast<size_t>(params.limit);
  const std::string q = text::Trim(params.q), code = text::ToUpper(q), folded = text::Fold(params.q);
  const bool is_number = q.size() >= 9 && q.find_first_not_of("0123456789") == std::string::npos;
  const bool is_code = numbering::ParseDossierCode(code).ok();
  const bool by_name = !is_number && !is_code && !folded.empty();
  if (by_name && place.part == "newest") place = {"name", "", 0};

  // One's own authority and every one it continues: a page of each, in one order.
  auto gather = [&](auto&& list_of, auto&& name_of) -> Result<Found> {
    Found found;
    for (int64_t authority_id : deps.orgs.snapshot()->ActsFor(who.authority_id)) {
      const store::ListParams list{authority_id, params.state, params.limit + 1};
      TINHSO_ASSIGN(Found some, deps.router.For(authority_id).Read([&](db::Tx& tx) -> Result<Found> { return list_of(tx, list); }));
      found.insert(found.end(), std::make_move_iterator(some.begin()), std::make_move_iterator(some.end()));
    }
    std::sort(found.begin(), found.end(), [&](const store::Dossier& a, const store::Dossier& b) {
      const int order = name_of(a).compare(name_of(b));
      return order != 0 ? order < 0 : a.dossier_id > b.dossier_id;
    });
    return found;
  };
  auto no_name = [](const store::Dossier&) { return std::string_view(); };
  auto full_name = [](const store::Dossier& d) { return std::string_view(d.name_folded); };
  auto given_name = [](const store::Dossier& d) { return std::string_view(d.given_folded); };

  Found found;
  if (is_code) {
    // The code names its authority: also what was received here for another unit, or referred here, is found by it.
    const auto authority_id = AuthorityOfCode(code);
    if (!authority_id.ok()) return Found();
    return deps.router.For(*authority_id).Read([&](db::Tx& tx) -> Result<Found> {
      TINHSO_ASSIGN(auto d, store::FindByCode(tx, *authority_id, code));
      if (!d || ViewerOf(*d, who) == Viewer::kNone) return Found();
      if (!params.state.empty() && (params.state == "closed") != d->finished_at_us.has_value()) return Found();
      return Found{std::move(*d)};
    });
  }
  if (!by_name) {
    TINHSO_ASSIGN(found, gather([&](db::Tx& tx, const store::ListParams& list) {
      return store::Newest(tx, list, is_number ? std::string_view(q) : std::string_view(), place.before);
    }, no_name));
  } else {
    if (place.part == "name") {
      TINHSO_ASSIGN(found, gather([&](db::Tx& tx, const store::ListParams& list) {
        return store::ByFullName(tx, list, {folded, place.name, place.before});
      }, full_name));
    }
    if (found.size() <= limit) {
      // The full names are at their end: the given names fill the page, or one more shows that there are some.
      const ListPlace from = place.part == "given" ? place : ListPlace{"given", "", 0};
      TINHSO_ASSIGN(Found more, gather([&](db::Tx& tx, const store::ListParams& list) {
        return store::ByGivenName(tx, list, {folded, from.name, from.before});
      }, given_name));
      if (!more.empty() && found.size() < limit) place.part = "given";
      found.insert(found.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
    }
  }
  if (found.size() <= limit) return found;
  found.resize(limit);
  const store::Dossier& last = found.back();
  *next_cursor = CursorOf({place.part, place.part == "name" ? last.name_folded : place.part == "given" ? last.given_folded : "", last.dossier_id});
  return found;
}

Result<std::vector<store::Dossier>> Service::Impl::SearchPerson(int64_t person_id, const ListParams& params, const http::Principal& who,
                                                               std::string* next_cursor) const {
  TINHSO_ASSIGN(ListPlace place, PlaceOf(params.cursor));
  const std::string folded = text::Fold(params.q);
  std::vector<store::Dossier> found;
  // A person has few dossiers: filter here, page by key.
  constexpr int64_t kPage = 100;
  const std::vector<int64_t> records = deps.identity.persons().groups()->Of(person_id);
  while (static_cast<int64_t>(found.size()) <= params.limit) {
    TINHSO_ASSIGN(auto keys, deps.router.Shared().Read([&](db::Tx& tx) -> Result<std::vector<store::Key>> {
      std::vector<store::Key> all;
      for (int64_t record : records) {
        TINHSO_ASSIGN(auto some, store::OfPerson(tx, record, place.before, kPage));
        all.insert(all.end(), some.begin(), some.end());
      }
      std::sort(all.begin(), all.end(), [](const store::Key& a, const store::Key& b) { return a.dossier_id > b.dossier_id; });
      if (static_cast<int64_t>(all.size()) > kPage) all.resize(kPage);
      return all;
    }));
    for (const store::Key& key : keys) {
      place.before = key.dossier_id;
      TINHSO_ASSIGN(auto d, deps.router.For(key.authority_id).Read([&](db::Tx& tx) { return store::FindById(tx, key); }));
      if (!d || ViewerOf(*d, who) == Viewer::kNone) continue;
      if (params.state == "open" && d->finished_at_us) continue;
      if (params.state == "closed" && !d->finished_at_us) continue;
      if (!folded.empty() && text::Fold(d->procedure_name + " " + d->dossier_code).find(folded) == std::string::npos) continue;
      found.push_back(std::move(*d));
      if (static_cast<int64_t>(found.size()) > params.limit) break;
    }
    if (static_cast<int64_t>(keys.size()) < kPage) break;
  }
  if (static_cast<int64_t>(found.size()) > params.limit) {
    found.pop_back();
    *next_cursor = CursorOf({"newest", "", found.back().dossier_id});
  }
  return found;
}

Result<std::string> Service::List(const ListParams& params, const http::Principal& who) {
  Impl& m = *impl_;
  std::vector<store::Dossier> found;
  std::string next_cursor;
  if (who.Has("dossier.read") && who.authority_id != 0) {
    if (params.person_id != 0) {
      TINHSO_ASSIGN(found, m.SearchPerson(params.person_id, params, who, &next_cursor));
    } else {
      TINHSO_ASSIGN(found, m.SearchOffice(params, who, &next_cursor));
    }
    TINHSO_TRY(m.AuditList(found, who));
  } else if (who.Has("dossier.read_own") && who.person_id != 0) {
    TINHSO_ASSIGN(found, m.SearchPerson(who.person_id, params, who, &next_cursor));
  } else {
    return MakeError(ErrorCode::kForbidden, "permission_denied");
  }
  return m.WriteList(found, next_cursor);
}

std::string Service::Impl::WriteList(const std::vector<store::Dossier>& found, const std::string& next_cursor) const {
  const auto units = deps.orgs.snapshot();
  const TimeUs now = deps.clock.NowUs();
  json::Writer out(1024 + found.size() * 512);
  out.BeginObject().Array("items");
  for (const store::Dossier& d : found) WriteSummary(out, d, *units, now);
  out.EndArray();
  if (!next_cursor.empty()) out.Text("next_cursor", next_cursor);
  else out.Null("next_cursor");
  out.EndObject();
  return out.Take();
}

}  // namespace tinhso::dossiers
