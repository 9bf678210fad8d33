// The queue of records to compare (hàng chờ đối chiếu): list, side by side, decision, a suspicion put in by hand.
#include <algorithm>

#include "base/text.h"
#include "impl.h"

namespace tinhso::persons {
namespace {

constexpr int64_t kPageDefault = 50, kPageMax = 100;

}  // namespace

json::object ConflictJson(const store::ConflictRow& c, const orgs::Snapshot& units) {
  const orgs::Unit* unit = units.ById(c.queue_authority_id);
  return {{"conflict_id", IdText(c.conflict_id)},
          {"kind", c.kind},
          {"person_a", IdText(c.person_a)},
          {"person_b", c.person_b != 0 ? json::value(IdText(c.person_b)) : json::value(nullptr)},
          {"paper_kind", c.paper_kind},
          {"paper_number", c.paper_number},
          {"note", c.note},
          {"unit_name", unit != nullptr ? unit->short_name : ""},
          {"opened_at", FormatTime(c.opened_at_us)},
          {"state", c.state},
          {"reason", c.reason},
          {"decided_by", c.decided_name},
          {"decided_at", c.decided_at_us != 0 ? json::value(FormatTime(c.decided_at_us)) : json::value(nullptr)},
          {"version", c.version}};
}

Result<http::Response> Service::Impl::ListConflicts(http::Request& request) {
  const http::Principal& who = *request.principal;
  TINHSO_ASSIGN(const int64_t limit, request.QueryInt("limit", 1, kPageMax, kPageDefault));
  std::string_view wanted = request.Query("state");
  if (!wanted.empty() && wanted != "pending" && wanted != "decided") return FieldInvalid("?state", "field_option_unknown");
  int64_t after = 0;
  if (!request.Query("cursor").empty()) {
    TINHSO_ASSIGN(auto parts, http::DecodeCursor(request.Query("cursor"), 1));
    auto id = ParsePersonId(parts[0]);
    if (!id.ok()) return MakeError(ErrorCode::kMalformed, "cursor_malformed");
    after = *id;
  }
  const auto units = orgs.snapshot();
  const orgs::Unit* own = units->ById(who.authority_id);
  std::vector<int64_t> queues = own != nullptr && own->parent_id == 0 ? std::vector<int64_t>{-1} : units->ActsFor(who.authority_id);
  json::value next = nullptr;
  TINHSO_ASSIGN(json::array items, database.Read([&](db::Tx& tx) -> Result<json::array> {
    std::vector<store::ConflictRow> found;
    for (int64_t queue : queues) {
      for (int part = 0; part < (wanted == "decided" ? 2 : 1); ++part) {
        const bool decided = wanted == "decided";
        TINHSO_ASSIGN(auto page, store::ConflictPage(tx, !decided ? "open" : part == 0 ? "same" : "different",
                                                     !decided ? "later" : part == 0 ? "same" : "closed", queue, after, limit + 1));
        found.insert(found.end(), page.begin(), page.end());
      }
    }
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.conflict_id < b.conflict_id; });
    if (static_cast<int64_t>(found.size()) > limit) {
      found.resize(static_cast<size_t>(limit));
      next = json::value(http::EncodeCursor({IdText(found.back().conflict_id)}));
    }
    json::array out;
    for (const auto& conflict : found) {
      json::object item = ConflictJson(conflict, *units);
      // Names to tell the rows apart; the numbers stand on the page of each, whose reading is recorded.
      TINHSO_ASSIGN(Person a, Known(tx, conflict.person_a));
      item["name_a"] = a.full_name;
      item["name_b"] = "";
      if (conflict.person_b != 0) {
        TINHSO_ASSIGN(Person b, Known(tx, conflict.person_b));
        item["name_b"] = b.full_name;
      }
      item.erase("paper_number");
      item.erase("note");
      out.push_back(std::move(item));
    }
    return out;
  }));
  return http::Response::Json(json::object{{"items", std::move(items)}, {"next_cursor", std::move(next)}});
}

Result<json::object> Service::Impl::SideJson(db::Tx& tx, int64_t person_id) {
  TINHSO_ASSIGN(Person person, Known(tx, person_id));
  TINHSO_ASSIGN(auto held, store::PapersOf(tx, person_id));
  json::array papers;
  for (const auto& paper : held) papers.push_back(PaperJson(paper, false));
  int64_t account_id = 0;
  if (account_of) {
    TINHSO_ASSIGN(account_id, account_of(tx, person_id));
  }
  return json::object{{"person", ToJson(person)}, {"papers", std::move(papers)}, {"has_account", account_id != 0}};
}

Result<http::Response> Service::Impl::GetConflict(http::Request& request) {
  const http::Principal& who = *request.principal;
  const Error absent = MakeError(ErrorCode::kNotFound, "person_conflict_not_found");
  auto conflict_id = ParsePersonId(request.Param("conflict_id"));
  if (!conflict_id.ok()) return absent;
  TINHSO_ASSIGN(auto conflict, database.Read([&](db::Tx& tx) { return store::FindConflict(tx, *conflict_id); }));
  if (!conflict || !InQueueOf(*conflict, who)) return absent;
  TINHSO_TRY(AuditRead(conflict->person_a, who, "reconcile"));
  if (conflict->person_b != 0) TINHSO_TRY(AuditRead(conflict->person_b, who, "reconcile"));
  const auto units = orgs.snapshot();
  TINHSO_ASSIGN(json::object out, database.Read([&](db::Tx& tx) -> Result<json::object> {
    json::object pair{{"conflict", ConflictJson(*conflict, *units)}, {"b", nullptr}};
    TINHSO_ASSIGN(json::object a, SideJson(tx, conflict->person_a));
    pair["a"] = std::move(a);
    if (conflict->person_b != 0) {
      TINHSO_ASSIGN(json::object b, SideJson(tx, conflict->person_b));
      pair["b"] = std::move(b);
    }
    return pair;
  }));
  return http::Response::Json(out);
}

Result<http::Response> Service::Impl::PostDecision(http::Request& request) {
  TINHSO_ASSIGN(auto body, request.Json());
  json::Reader in(body);
  Decision decision;
  decision.decision = in.Text("decision", 1, 20);
  decision.reason = in.Text("reason", 3, kReasonLengthMax);
  decision.version_seen = in.Int("version", 1, INT64_MAX);
  const std::string keep = in.OptionalText("keep_person_id", 20).value_or("");
  TINHSO_TRY(in.Finish());
  auto conflict_id = ParsePersonId(request.Param("conflict_id"));
  if (!conflict_id.ok()) return MakeError(ErrorCode::kNotFound, "person_conflict_not_found");
  decision.conflict_id = *conflict_id;
  if (!keep.empty()) {
    auto id = ParsePersonId(keep);
    if (!id.ok()) return FieldInvalid("/keep_person_id", "field_option_unknown");
    decision.keep_person_id = *id;
  }
  TINHSO_TRY(Decide(decision, *request.principal));
  return GetConflict(request);
}

Result<http::Response> Service::Impl::Suspect(http::Request& request) {
  TINHSO_ASSIGN(const int64_t person_id, ParsePersonId(request.Param("person_id")));
  TINHSO_ASSIGN(auto body, request.Json());
  json::Reader in(body);
  const std::string other_text = in.Text("other_person_id", 1, 20);
  store::ConflictRow conflict;
  conflict.note = text::Trim(in.Text("reason", 3, kReasonLengthMax));
  TINHSO_TRY(in.Finish());
  TINHSO_ASSIGN(const int64_t other_id, ParsePersonId(other_text));
  const http::Principal& who = *request.principal;
  conflict.person_a = person_id;
  conflict.person_b = other_id;
  conflict.kind = "suspected";
  conflict.queue_authority_id = who.authority_id;
  conflict.opened_by = who.account_id;
  TINHSO_TRY(database.Write([&](db::Tx& tx) -> Status {
    TINHSO_TRY(Known(tx, person_id));
    TINHSO_TRY(Known(tx, other_id));
    TINHSO_ASSIGN(const int64_t a, RootIn(tx, person_id));
    TINHSO_ASSIGN(const int64_t b, RootIn(tx, other_id));
    if (a == b) return MakeError(ErrorCode::kConflict, "person_conflict_exists");
    TINHSO_ASSIGN(auto before, store::ConflictsOf(tx, person_id));
    for (const auto& old : before) {
      if (old.person_a == other_id || old.person_b == other_id) return MakeError(ErrorCode::kConflict, "person_conflict_exists");
    }
    return OpenConflict(tx, conflict, &who);
  }));
  return http::Response::NoContent();
}

}  // namespace tinhso::persons
