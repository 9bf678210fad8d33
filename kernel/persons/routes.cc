// Looking a person up, scanning a chip card, a person's papers; one's own.
#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "impl.h"

namespace tinhso::persons {
namespace {

constexpr size_t kNumberLengthMax = 20, kIssuerLengthMax = 200, kNameLengthMax = 120;
constexpr size_t kMaskedShows = 4;  // last digits of a number on one's own page

// "c 123 4567" → "C1234567"
std::string PlainNumber(std::string_view typed) {
  std::string out;
  for (char c : typed) {
    if (c != ' ' && c != '.') out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return out;
}

std::string Masked(const std::string& number) {
  if (number.size() <= kMaskedShows) return number;
  std::string out;
  for (size_t i = kMaskedShows; i < number.size(); ++i) out += "•";
  return out + number.substr(number.size() - kMaskedShows);
}

json::value DayJson(const std::string& on) { return on.empty() ? json::value(nullptr) : json::value(on); }

// A day that may be left out.
std::string OptionalDay(json::Reader& in, const char* key) {
  std::string on = in.OptionalText(key, 10).value_or("");
  if (!on.empty() && !ParseDate(on).ok()) in.Fail(key, "date_malformed");
  return on;
}

std::string RequiredReason(json::Reader& in) { return text::Trim(in.Text("reason", 3, kReasonLengthMax)); }

}  // namespace

json::object ToJson(const Person& person) {
  return {{"person_id", IdText(person.person_id)},
          {"full_name", person.full_name},
          {"personal_no", person.personal_no},
          {"birth_on", person.birth_on},
          {"sex", person.sex},
          {"phone", person.phone},
          {"email", person.email},
          {"address", person.address},
          {"area_code", person.area_code}};
}

json::object PaperJson(const store::PaperRow& paper, bool masked) {
  return {{"paper_id", IdText(paper.paper_id)},
          {"person_id", IdText(paper.person_id)},
          {"kind", paper.kind},
          {"number", masked ? Masked(paper.number) : paper.number},
          {"issuer", paper.issuer},
          {"issued_on", DayJson(paper.issued_on)},
          {"valid_to_on", DayJson(paper.valid_to_on)},
          {"source", paper.source},
          {"state", paper.state},
          {"recorded_at", FormatTime(paper.recorded_at_us)}};
}

Result<int64_t> ParsePersonId(std::string_view text) {
  int64_t id = 0;
  auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (bad != std::errc() || end != text.data() + text.size() || id <= 0) return MakeError(ErrorCode::kNotFound, "person_not_found");
  return id;
}

Result<Person> Service::Impl::Known(db::Tx& tx, int64_t person_id) {
  TINHSO_ASSIGN(auto person, store::ById(tx, person_id));
  if (!person) return MakeError(ErrorCode::kNotFound, "person_not_found");
  return *std::move(person);
}

Status Service::Impl::AuditRead(int64_t person_id, const http::Principal& who, const char* purpose) {
  audit::Event event = audit::By(who, "person.read", "person", person_id, who.authority_id, clock.NowUs());
  event.person_id = person_id;
  return reads.Record(database, std::move(event), [&](audit::Event& e) -> Status {
    e.data = {{"purpose", purpose}};
    return Ok();
  });
}

Result<http::Response> Service::Impl::Find(http::Request& request) {
  const std::string personal_no = text::Trim(request.Query("personal_no"));
  const std::string number = PlainNumber(request.Query("paper_no"));
  if (personal_no.empty() && number.empty()) return FieldInvalid("?personal_no", "field_required");
  if (std::string bad = personal_no.empty() ? "" : CheckPersonalNo(personal_no, "", ""); !bad.empty())
    return FieldInvalid("?personal_no", bad);
  if (number.size() > kNumberLengthMax) return FieldInvalid("?paper_no", "text_too_long");
  const http::Principal& who = *request.principal;
  // A write: who looked at whose data is part of the record even when the answer never arrives.
  TINHSO_ASSIGN(auto found, database.Write([&](db::Tx& tx) -> Result<std::vector<Person>> {
    std::vector<Person> out;
    if (!personal_no.empty()) {
      TINHSO_ASSIGN(auto holder, store::ByPersonalNo(tx, personal_no));
      if (holder) out.push_back(*std::move(holder));
    } else {
      TINHSO_ASSIGN(auto ids, store::PersonsWithNumber(tx, number));
      for (int64_t id : ids) {
        TINHSO_ASSIGN(Person person, Known(tx, id));
        out.push_back(std::move(person));
      }
    }
    for (const Person& person : out) {
      audit::Event event = audit::By(who, "person.read", "person", person.person_id, who.authority_id, clock.NowUs());
      event.person_id = person.person_id;
      TINHSO_TRY(audit::Stage(tx, event));
    }
    return out;
  }));
  json::array items;
  for (const Person& person : found) items.push_back(ToJson(person));
  return http::Response::Json(json::object{{"items", std::move(items)}, {"next_cursor", nullptr}});
}

Result<http::Response> Service::Impl::Scan(http::Request& request) {
  TINHSO_ASSIGN(auto body, request.Json());
  json::Reader in(body);
  const std::string line = in.Text("line", 1, 2000);
  TINHSO_TRY(in.Finish());
  auto read = ReadChipCard(line);
  // The line is one field of the request: its fault is told like any field's.
  if (!read.ok()) return FieldInvalid("/line", read.error().reason);
  const ChipCard& card = *read;
  const http::Principal& who = *request.principal;
  TINHSO_ASSIGN(auto person, database.Write([&](db::Tx& tx) -> Result<std::optional<Person>> {
    TINHSO_ASSIGN(auto found, store::ByPersonalNo(tx, card.personal_no));
    if (found) {
      audit::Event event = audit::By(who, "person.read", "person", found->person_id, who.authority_id, clock.NowUs());
      event.person_id = found->person_id;
      TINHSO_TRY(audit::Stage(tx, event));
    }
    return found;
  }));
  json::array differs;
  if (person && text::Fold(person->full_name) != text::Fold(card.full_name)) differs.emplace_back("full_name");
  if (person && !person->birth_on.empty() && person->birth_on != card.birth_on) differs.emplace_back("birth_on");
  return http::Response::Json(json::object{
      {"card", json::object{{"personal_no", card.personal_no},
                            {"old_identity_no", card.old_identity_no},
                            {"full_name", card.full_name},
                            {"birth_on", card.birth_on},
                            {"sex", card.sex},
                            {"address", card.address},
                            {"issued_on", DayJson(card.issued_on)}}},
      {"person", person ? json::value(ToJson(*person)) : json::value(nullptr)},
      {"differs", std::move(differs)}});
}

Result<http::Response> Service::Impl::Get(http::Request& request) {
  TINHSO_ASSIGN(const int64_t person_id, ParsePersonId(request.Param("person_id")));
  const http::Principal& who = *request.principal;
  TINHSO_TRY(database.Read([&](db::Tx& tx) { return Known(tx, person_id); }));
  const auto map = service.groups();
  const std::vector<int64_t> records = map->Of(person_id);
  // The record shown first gives the person's name after a merge.
  for (int64_t id : records) TINHSO_TRY(AuditRead(id, who, "reconcile"));
  const auto units = orgs.snapshot();
  TINHSO_ASSIGN(json::object out, database.Read([&](db::Tx& tx) -> Result<json::object> {
    json::array persons, papers, conflicts;
    std::vector<store::EventRow> events;
    std::vector<store::ConflictRow> pairs;
    for (int64_t id : records) {
      TINHSO_ASSIGN(Person person, Known(tx, id));
      persons.push_back(ToJson(person));
      TINHSO_ASSIGN(auto held, store::PapersOf(tx, id));
      for (const auto& paper : held) papers.push_back(PaperJson(paper, false));
      TINHSO_ASSIGN(auto happened, store::EventsOf(tx, id));
      for (auto& e : happened) {
        // What happened to a pair stands in both traces; of two records shown together it is told once.
        const auto other = std::find(records.begin(), records.end(), e.other_person_id);
        if (other >= std::find(records.begin(), records.end(), id)) events.push_back(std::move(e));
      }
      TINHSO_ASSIGN(auto queued, store::ConflictsOf(tx, id));
      for (auto& pair : queued) {
        if (std::none_of(pairs.begin(), pairs.end(), [&](const auto& p) { return p.conflict_id == pair.conflict_id; }))
          pairs.push_back(std::move(pair));
      }
    }
    std::sort(events.begin(), events.end(), [](const auto& a, const auto& b) { return a.event_id > b.event_id; });
    json::array history;
    for (const auto& e : events) {
      history.push_back(json::object{{"event_id", IdText(e.event_id)}, {"person_id", IdText(e.person_id)}, {"at", FormatTime(e.at_us)},
                                     {"kind", e.kind}, {"actor_name", e.actor_name}, {"actor_unit", e.actor_unit},
                                     {"reason", e.reason}, {"detail", e.detail},
                                     {"other_person_id", e.other_person_id != 0 ? json::value(IdText(e.other_person_id)) : json::value(nullptr)}});
    }
    for (const auto& pair : pairs) conflicts.push_back(ConflictJson(pair, *units));
    return json::object{{"person_id", IdText(person_id)},
                        {"shown_person_id", IdText(map->RootOf(person_id))},
                        {"records", std::move(persons)},
                        {"papers", std::move(papers)},
                        {"events", std::move(history)},
                        {"conflicts", std::move(conflicts)}};
  }));
  return http::Response::Json(out);
}

Result<http::Response> Service::Impl::Correct(http::Request& request) {
  TINHSO_ASSIGN(const int64_t person_id, ParsePersonId(request.Param("person_id")));
  TINHSO_ASSIGN(auto body, request.Json());
  json::Reader in(body);
  const std::string full_name = text::Trim(in.Text("full_name", 1, kNameLengthMax));
  const std::string birth_on = OptionalDay(in, "birth_on");
  const std::string sex = in.OptionalText("sex", 6).value_or("");
  if (!sex.empty() && sex != "male" && sex != "female") in.Fail("sex", "field_option_unknown");
  const std::string reason = RequiredReason(in);
  TINHSO_TRY(in.Finish());
  const http::Principal& who = *request.principal;
  if (service.groups()->Same(who.person_id, person_id)) return MakeError(ErrorCode::kForbidden, "person_conflict_own");
  TINHSO_TRY(database.Write([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(Person person, Known(tx, person_id));
    if (std::string bad = person.personal_no.empty() ? "" : CheckPersonalNo(person.personal_no, birth_on, sex); !bad.empty())
      return FieldInvalid(bad == "personal_no_sex_mismatch" ? "/sex" : "/birth_on", bad);
    json::object changed;
    auto change = [&](std::string& field, const std::string& wanted, const char* name) {
      if (field == wanted) return;
      changed[name] = json::array{field, wanted};
      field = wanted;
    };
    change(person.full_name, full_name, "full_name");
    change(person.birth_on, birth_on, "birth_on");
    change(person.sex, sex, "sex");
    if (changed.empty()) return Ok();
    TINHSO_TRY(store::UpdateDetails(tx, person));
    store::EventRow event;
    event.person_id = person_id;
    event.kind = "corrected";
    event.reason = reason;
    event.detail = json::serialize(changed);
    TINHSO_TRY(Record(tx, std::move(event), &who));
    json::array fields;
    for (const auto& member : changed) fields.emplace_back(member.key());
    return Audit(tx, who, "person.changed", person_id, {{"fields", std::move(fields)}});
  }));
  return Get(request);
}

Result<http::Response> Service::Impl::AddPaper(http::Request& request) {
  TINHSO_ASSIGN(const int64_t person_id, ParsePersonId(request.Param("person_id")));
  TINHSO_ASSIGN(auto body, request.Json());
  json::Reader in(body);
  store::PaperRow paper;
  paper.kind = in.Text("kind", 1, 20);
  paper.number = PlainNumber(in.Text("number", 1, kNumberLengthMax));
  if (std::string bad = CheckPaperNo(paper.kind, paper.number); !bad.empty()) in.Fail(bad == "paper_kind_unknown" ? "kind" : "number", bad);
  paper.issuer = text::Trim(in.OptionalText("issuer", kIssuerLengthMax).value_or(""));
  paper.issued_on = OptionalDay(in, "issued_on");
  paper.valid_to_on = OptionalDay(in, "valid_to_on");
  if (!paper.valid_to_on.empty() && paper.valid_to_on < paper.issued_on) in.Fail("valid_to_on", "paper_dates_reversed");
  const std::string reason = RequiredReason(in);
  TINHSO_TRY(in.Finish());
  const http::Principal& who = *request.principal;
  if (service.groups()->Same(who.person_id, person_id)) return MakeError(ErrorCode::kForbidden, "person_conflict_own");
  TINHSO_TRY(database.Write([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(Person person, Known(tx, person_id));
    if (paper.kind == "personal_no") {
      if (std::string bad = CheckPersonalNo(paper.number, person.birth_on, person.sex); !bad.empty()) return FieldInvalid("/number", bad);
    }
    TINHSO_ASSIGN(auto held, store::PapersOf(tx, person_id));
    if (static_cast<int64_t>(held.size()) >= kPapersMax) return MakeError(ErrorCode::kConflict, "person_papers_full");
    const std::string today = FormatDate(LocalDate(clock.NowUs()));
    bool kept = false;
    for (store::PaperRow& old : held) {
      if (old.state == "claimed" && old.kind == paper.kind && old.number == paper.number) {
        TINHSO_ASSIGN(kept, store::HoldClaimed(tx, old));
        if (!kept) return MakeError(ErrorCode::kConflict, "person_paper_taken");
      } else if (old.state == "held" && old.kind == "personal_no" && paper.kind == "personal_no" && old.valid_to_on.empty()) {
        // A person has one personal number at a time; the earlier one still finds him.
        old.valid_to_on = paper.issued_on.empty() ? today : paper.issued_on;
        TINHSO_TRY(store::UpdatePaper(tx, old));
      }
    }
    if (!kept) {
      store::PaperRow row = paper;
      row.person_id = person_id;
      row.paper_id = NewId();
      row.name_folded = text::Fold(person.full_name);
      row.birth_on = person.birth_on;
      row.source = "officer";
      row.state = "held";
      row.recorded_at_us = clock.NowUs();
      TINHSO_ASSIGN(bool inserted, store::InsertPaper(tx, row));
      if (!inserted) return MakeError(ErrorCode::kConflict, "person_paper_taken");
    }
    store::EventRow event;
    event.person_id = person_id;
    event.kind = "paper_added";
    event.reason = reason;
    event.detail = paper.kind + " " + paper.number;
    TINHSO_TRY(Record(tx, std::move(event), &who));
    return Audit(tx, who, "person.paper_changed", person_id, {{"change", "added"}, {"kind", paper.kind}});
  }));
  return Get(request);
}

Result<http::Response> Service::Impl::EndPaper(http::Request& request) {
  TINHSO_ASSIGN(const int64_t person_id, ParsePersonId(request.Param("person_id")));
  TINHSO_ASSIGN(const int64_t paper_id, ParsePersonId(request.Param("paper_id")));
  TINHSO_ASSIGN(auto body, request.Json());
  json::Reader in(body);
  const std::string how = in.Text("how", 1, 20);
  if (how != "expired" && how != "withdrawn") in.Fail("how", "field_option_unknown");
  const std::string valid_to_on = OptionalDay(in, "valid_to_on");
  if (how == "expired" && valid_to_on.empty()) in.Fail("valid_to_on", "field_required");
  const std::string reason = RequiredReason(in);
  TINHSO_TRY(in.Finish());
  const http::Principal& who = *request.principal;
  if (service.groups()->Same(who.person_id, person_id)) return MakeError(ErrorCode::kForbidden, "person_conflict_own");
  TINHSO_TRY(database.Write([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(auto papers, store::PapersOf(tx, person_id));
    auto it = std::find_if(papers.begin(), papers.end(), [&](const auto& p) { return p.paper_id == paper_id; });
    if (it == papers.end()) return MakeError(ErrorCode::kNotFound, "person_paper_not_found");
    store::PaperRow paper = *it;
    if (how == "withdrawn") paper.state = "withdrawn";  // recorded by mistake: it finds nobody any more
    else paper.valid_to_on = valid_to_on;
    TINHSO_ASSIGN(bool updated, store::UpdatePaper(tx, paper));
    if (!updated) return MakeError(ErrorCode::kConflict, "person_paper_withdrawn");
    store::EventRow event;
    event.person_id = person_id;
    event.kind = how == "withdrawn" ? "paper_withdrawn" : "paper_expired";
    event.reason = reason;
    event.detail = paper.kind + " " + paper.number;
    TINHSO_TRY(Record(tx, std::move(event), &who));
    return Audit(tx, who, "person.paper_changed", person_id, {{"change", how}, {"kind", paper.kind}});
  }));
  return Get(request);
}

Result<http::Response> Service::Impl::OwnPapers(http::Request& request) {
  const int64_t own = request.principal->person_id;
  TINHSO_ASSIGN(json::object out, database.Read([&](db::Tx& tx) -> Result<json::object> {
    json::array papers, reports;
    for (int64_t id : own == 0 ? std::vector<int64_t>() : service.groups()->Of(own)) {
      TINHSO_ASSIGN(auto held, store::PapersOf(tx, id));
      for (const auto& paper : held) {
        if (paper.state == "held") papers.push_back(PaperJson(paper, true));
      }
      TINHSO_ASSIGN(auto conflicts, store::ConflictsOf(tx, id));
      for (const auto& c : conflicts) {
        if (c.kind != "reported") continue;
        reports.push_back(json::object{{"report_id", IdText(c.conflict_id)}, {"note", c.note}, {"at", FormatTime(c.opened_at_us)},
                                       {"state", c.state}, {"answer", c.state == "closed" ? c.reason : ""}});
      }
    }
    return json::object{{"papers", std::move(papers)}, {"reports", std::move(reports)}};
  }));
  return http::Response::Json(out);
}

Result<http::Response> Service::Impl::Report(http::Request& request) {
  const http::Principal& who = *request.principal;
  TINHSO_ASSIGN(auto body, request.Json());
  json::Reader in(body);
  store::ConflictRow report;
  report.note = text::Trim(in.Text("note", 10, kReasonLengthMax));
  TINHSO_TRY(in.Finish());
  if (who.person_id == 0) return MakeError(ErrorCode::kConflict, "account_without_person");
  const auto units = orgs.snapshot();
  TINHSO_TRY(database.Write([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(Person person, Known(tx, who.person_id));
    TINHSO_ASSIGN(const int64_t open, store::OpenReportsOf(tx, who.person_id));
    if (open >= kReportsOpenMax) return MakeError(ErrorCode::kConflict, "person_reports_open");
    // To the commune where the person lives; of nobody's commune, to the province.
    const orgs::Unit* home = person.area_code.empty() ? nullptr : units->ByAreaCode(person.area_code);
    store::ConflictRow row = report;
    row.conflict_id = NewId();
    row.person_a = who.person_id;
    row.kind = "reported";
    row.queue_authority_id = home != nullptr ? home->authority_id : 0;
    row.opened_by = who.account_id;
    row.opened_at_us = clock.NowUs();
    TINHSO_TRY(store::InsertConflict(tx, row));
    store::EventRow event;
    event.person_id = who.person_id;
    event.kind = "reported";
    event.reason = row.note;
    TINHSO_TRY(Record(tx, std::move(event), &who));
    return Audit(tx, who, "person.reported", who.person_id, {{"report_id", IdText(row.conflict_id)}});
  }));
  TINHSO_ASSIGN(http::Response response, OwnPapers(request));
  response.status = 201;
  return response;
}

std::vector<http::Route> Service::Routes() {
  using http::BodyKind;
  auto bind = [impl = impl_.get()](Result<http::Response> (Impl::*handler)(http::Request&)) {
    return [impl, handler](http::Request& request) { return (impl->*handler)(request); };
  };
  constexpr int64_t kSmall = 16 * 1024;
  return {
      {"GET", "/api/v1/persons", "person.search", "person.read", BodyKind::kNone, bind(&Impl::Find)},
      {"POST", "/api/v1/persons/scan", "person.search", "person.read", BodyKind::kJson, bind(&Impl::Scan), kSmall},
      {"GET", "/api/v1/persons/{person_id}", "person.read", "", BodyKind::kNone, bind(&Impl::Get)},
      {"PATCH", "/api/v1/persons/{person_id}", "person.resolve", "person.changed", BodyKind::kJson, bind(&Impl::Correct), kSmall},
      {"POST", "/api/v1/persons/{person_id}/papers", "person.resolve", "person.paper_changed", BodyKind::kJson, bind(&Impl::AddPaper), kSmall},
      {"POST", "/api/v1/persons/{person_id}/papers/{paper_id}/end", "person.resolve", "person.paper_changed", BodyKind::kJson,
       bind(&Impl::EndPaper), kSmall},
      {"POST", "/api/v1/persons/{person_id}/conflicts", "person.read", "person.conflict_opened", BodyKind::kJson, bind(&Impl::Suspect), kSmall},
      {"GET", "/api/v1/person-conflicts", "person.resolve", "", BodyKind::kNone, bind(&Impl::ListConflicts)},
      {"GET", "/api/v1/person-conflicts/{conflict_id}", "person.resolve", "", BodyKind::kNone, bind(&Impl::GetConflict)},
      {"POST", "/api/v1/person-conflicts/{conflict_id}/decision", "person.resolve", "person.conflict_decided", BodyKind::kJson,
       bind(&Impl::PostDecision), kSmall},
      {"GET", "/api/v1/me/papers", "signed_in", "", BodyKind::kNone, bind(&Impl::OwnPapers)},
      {"POST", "/api/v1/me/papers/reports", "signed_in", "person.reported", BodyKind::kJson, bind(&Impl::Report), kSmall},
  };
}

}  // namespace tinhso::persons
