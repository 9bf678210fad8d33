#include "kernel/inbox/inbox.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <map>

#include "base/json_writer.h"
#include "base/text.h"
#include "kernel/notify/notify.h"
#include "store.h"
#include "views.h"

namespace tinhso::inbox {
namespace {

constexpr int64_t kPageItemsMax = 100;
constexpr int64_t kPageItemsDefault = 50;
constexpr size_t kQueryLengthMax = 100;
constexpr size_t kTitleLengthMax = 1000;
constexpr int kSoonDays = 3;         // calendar days
constexpr int kSoonWorkingDays = 2;

struct Limits {
  TimeUs late_before_us;   // due before this moment = late
  TimeUs today_before_us;  // … and not before this one = not today
  TimeUs soon_before_us;  // due before this moment = soon
};

Limits LimitsAt(const calendar::Calendar& calendar, TimeUs now_us) {
  Date today = LocalDate(now_us);
  Date soon = std::max(AddDays(today, kSoonDays), calendar.AddWorkingDays(today, kSoonWorkingDays));
  return {FromLocal(today, 0), FromLocal(AddDays(today, 1), 0), FromLocal(AddDays(soon, 1), 0)};
}

const char* WordOf(const Limits& limits, TimeUs due_at_us) {
  if (due_at_us >= kNoDue) return "none";
  if (due_at_us < limits.late_before_us) return "late";
  return due_at_us < limits.soon_before_us ? "soon" : "ok";
}

struct Edge {
  db::Database& database;
  const Clock& clock;
  orgs::Service& orgs;
  identity::Service& identity;
};

// What the caller may see: the items of his unit held by one of his roles, free or his own.
store::Filter FilterOf(const http::Principal& who) {
  store::Filter filter;
  filter.authority_id = who.authority_id;
  filter.unit_id = who.unit_id;
  filter.account_id = who.HolderAccountId();
  for (size_t i = 0; i < std::min(who.roles.size(), store::kRolesMax); ++i) filter.roles[i] = who.roles[i];
  filter.due_to_us = std::numeric_limits<int64_t>::max();
  return filter;
}

Result<store::Sort> SortOf(std::string_view word) {
  if (word.empty() || word == "due") return store::Sort::kDue;
  if (word == "received") return store::Sort::kReceived;
  if (word == "code") return store::Sort::kCode;
  return FieldInvalid("?sort", "field_option_unknown");
}

Status ApplyDeadline(std::string_view word, const Limits& limits, store::Filter& filter) {
  if (word == "late") {
    filter.due_to_us = limits.late_before_us;
  } else if (word == "soon") {
    filter.due_from_us = limits.late_before_us;
    filter.due_to_us = limits.soon_before_us;
  } else if (word == "ok") {
    filter.due_from_us = limits.soon_before_us;
    filter.due_to_us = kNoDue;
  } else if (word == "none") {
    filter.due_from_us = kNoDue;
  } else if (!word.empty()) {
    return FieldInvalid("?deadline", "field_option_unknown");
  }
  return Ok();
}

Result<int64_t> CursorNumber(const std::string& text) {
  int64_t n = 0;
  auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (bad != std::errc() || end != text.data() + text.size()) return MakeError(ErrorCode::kMalformed, "cursor_malformed");
  return n;
}

const char* SortWord(store::Sort sort) {
  return sort == store::Sort::kDue ? "due" : sort == store::Sort::kReceived ? "received" : "code";
}

Result<store::After> AfterOf(std::string_view cursor, store::Sort sort) {
  store::After after;
  if (cursor.empty()) {
    if (sort == store::Sort::kReceived) after.key_us = after.item_id = std::numeric_limits<int64_t>::max();
    return after;
  }
  // The order is part of the cursor: a cursor of another order would skip items silently.
  TINHSO_ASSIGN(auto parts, http::DecodeCursor(cursor, 3));
  if (parts[0] != SortWord(sort)) return MakeError(ErrorCode::kMalformed, "cursor_malformed");
  if (sort == store::Sort::kCode) {
    after.key_code = parts[1];
  } else {
    TINHSO_ASSIGN(after.key_us, CursorNumber(parts[1]));
  }
  TINHSO_ASSIGN(after.item_id, CursorNumber(parts[2]));
  return after;
}

std::string CursorAfter(const Item& item, store::Sort sort) {
  std::string key = sort == store::Sort::kCode  ? item.subject_code
                    : sort == store::Sort::kDue ? std::to_string(item.due_at_us)
                                                : std::to_string(item.received_at_us);
  return http::EncodeCursor({SortWord(sort), key, std::to_string(item.item_id)});
}

void WriteItem(json::Writer& out, const Item& item, const Limits& limits, const orgs::Unit* unit, int64_t account_id) {
  out.BeginObject().Text("item_id", std::to_string(item.item_id)).Text("subject_kind", item.subject_kind);
  out.Text("subject_id", std::to_string(item.subject_id)).Text("subject_code", item.subject_code).Text("title", item.title).Text("person_name", item.person_name);
  out.Text("state", item.state).Int("national_state", item.national_state);
  out.Text("unit_name", unit != nullptr ? std::string_view(unit->short_name) : std::string_view());
  if (item.assignee_account_id != 0) out.Text("assignee_name", item.assignee_name);
  else out.Null("assignee_name");
  out.Bool("mine", item.assignee_account_id == account_id).Text("received_at", FormatTime(item.received_at_us));
  const TimeUs stated = item.stated_due_at_us != 0 ? item.stated_due_at_us : item.due_at_us;
  if (stated < kNoDue) out.Text("due_at", FormatTime(stated));
  else out.Null("due_at");
  if (item.step_due_at_us < kNoDue) out.Text("step_due_at", FormatTime(item.step_due_at_us));
  else out.Null("step_due_at");
  out.Text("deadline", WordOf(limits, item.due_at_us)).EndObject();
}

// One page of `limit`, of which one more was read.
http::Response PageOf(std::vector<Item> items, int64_t limit, store::Sort sort, const Limits& limits, const orgs::Snapshot& units, const http::Principal& who) {
  const bool more = static_cast<int64_t>(items.size()) > limit;
  if (more) items.resize(static_cast<size_t>(limit));
  json::Writer out(256 + items.size() * 512);
  out.BeginObject().Array("items");
  for (const Item& item : items) WriteItem(out, item, limits, units.ById(item.unit_id), who.HolderAccountId());
  out.EndArray();
  if (more) out.Text("next_cursor", CursorAfter(items.back(), sort));
  else out.Null("next_cursor");
  out.EndObject();
  return http::Response::Bytes(out.Take(), "application/json");
}

Result<http::Response> ListInbox(const Edge& edge, http::Request& request) {
  const http::Principal& who = *request.principal;
  auto snapshot = edge.orgs.snapshot();
  Limits limits = LimitsAt(snapshot->CalendarOf(who.unit_id), edge.clock.NowUs());
  TINHSO_ASSIGN(int64_t limit, request.QueryInt("limit", 1, kPageItemsMax, kPageItemsDefault));
  TINHSO_ASSIGN(store::Sort sort, SortOf(request.Query("sort")));
  TINHSO_ASSIGN(store::After after, AfterOf(request.Query("cursor"), sort));
  store::Filter filter = FilterOf(who);
  TINHSO_TRY(ApplyDeadline(request.Query("deadline"), limits, filter));
  filter.mine_only = request.Query("mine") == "1";
  filter.state = std::string(request.Query("state"));
  if (text::Length(request.Query("q")) > kQueryLengthMax) return FieldInvalid("?q", "text_too_long");
  std::vector<std::string> words = text::Words(text::Fold(request.Query("q")));
  for (size_t i = 0; i < std::min(words.size(), store::kWordsMax); ++i) filter.words[i] = words[i];

  TINHSO_ASSIGN(auto items,
                edge.database.Read([&](db::Tx& tx) { return store::Page(tx, filter, sort, after, limit + 1); }));
  return PageOf(std::move(items), limit, sort, limits, *snapshot, who);
}

// Open work of the assignments delegated to the caller that he is not acting under now.
Result<json::array> CountDelegated(const Edge& edge, const http::Principal& who) {
  const auto units = edge.orgs.snapshot();
  return edge.database.Read([&](db::Tx& tx) -> Result<json::array> {
    json::array out;
    TINHSO_ASSIGN(auto delegated, edge.identity.DelegatedTo(tx, who.account_id));
    for (const identity::DelegatedWork& work : delegated) {
      if (work.assignment_id == who.assignment_id) continue;
      http::Principal as;
      as.account_id = work.from_account_id;
      as.unit_id = work.unit_id;
      as.authority_id = work.authority_id;
      as.roles = {work.role};
      Limits limits = LimitsAt(units->CalendarOf(work.unit_id), edge.clock.NowUs());
      TINHSO_ASSIGN(auto counts, store::Counts(tx, FilterOf(as), limits.late_before_us, limits.soon_before_us));
      int64_t total = 0, late = 0;
      for (const auto& count : counts) total += count.total, late += count.late;
      const orgs::Unit* unit = units->ById(work.unit_id);
      out.push_back(json::object{{"assignment_id", std::to_string(work.assignment_id)}, {"on_behalf_of", work.from_name},
                                 {"position", work.position}, {"unit_name", unit != nullptr ? unit->short_name : ""},
                                 {"total", total}, {"late", late}});
    }
    return out;
  });
}

Result<http::Response> CountInbox(const Edge& edge, http::Request& request) {
  const http::Principal& who = *request.principal;
  Limits limits = LimitsAt(edge.orgs.snapshot()->CalendarOf(who.unit_id), edge.clock.NowUs());
  store::Filter filter = FilterOf(who);
  TINHSO_ASSIGN(auto counts, edge.database.Read([&](db::Tx& tx) {
    return store::Counts(tx, filter, limits.late_before_us, limits.soon_before_us);
  }));
  TINHSO_ASSIGN(json::array delegated, CountDelegated(edge, who));
  int64_t total = 0, late = 0, soon = 0, ok = 0, none = 0, mine = 0;
  json::array states;
  for (const auto& count : counts) {
    total += count.total;
    late += count.late;
    soon += count.soon;
    ok += count.ok;
    none += count.none;
    mine += count.mine;
    states.push_back(
        json::object{{"state", count.state}, {"national_state", count.national_state}, {"count", count.total}});
  }
  return http::Response::Json(json::object{{"total", total}, {"late", late}, {"soon", soon}, {"ok", ok}, {"none", none},
                                           {"mine", mine}, {"states", std::move(states)}, {"delegated", std::move(delegated)}});
}

// Everything open in the office, by who has it and what it is about: what a board of load is made of.
Result<http::Response> OfficeLoad(const Edge& edge, http::Request& request) {
  const http::Principal& who = *request.principal;
  const Limits limits = LimitsAt(edge.orgs.snapshot()->CalendarOf(who.unit_id), edge.clock.NowUs());
  TINHSO_ASSIGN(auto counts, edge.database.Read([&](db::Tx& tx) {
    return store::Load(tx, who.authority_id, {limits.late_before_us, limits.today_before_us, limits.soon_before_us});
  }));
  json::Writer out(256 + counts.size() * 160);
  out.BeginObject().Array("items");
  for (const auto& count : counts) {
    out.BeginObject().Text("account_id", count.account_id == 0 ? "" : std::to_string(count.account_id)).Text("full_name", count.account_id == 0 ? "" : count.full_name);
    out.Text("title", count.title).Int("total", count.total).Int("late", count.late).Int("today", count.today).Int("soon", count.soon).EndObject();
  }
  out.EndArray().EndObject();
  return http::Response::Bytes(out.Take(), "application/json");
}

Result<http::Response> ListOffice(const Edge& edge, http::Request& request) {
  const http::Principal& who = *request.principal;
  auto snapshot = edge.orgs.snapshot();
  const Limits limits = LimitsAt(snapshot->CalendarOf(who.unit_id), edge.clock.NowUs());
  TINHSO_ASSIGN(int64_t limit, request.QueryInt("limit", 1, kPageItemsMax, kPageItemsDefault));
  TINHSO_ASSIGN(store::After after, AfterOf(request.Query("cursor"), store::Sort::kDue));
  store::OfficeFilter filter;
  filter.authority_id = who.authority_id;
  filter.due_to_us = std::numeric_limits<int64_t>::max();
  const std::string_view due = request.Query("due");
  if (due == "late") filter.due_to_us = limits.late_before_us;
  else if (due == "today") filter.due_from_us = limits.late_before_us, filter.due_to_us = limits.today_before_us;
  else if (due == "soon") filter.due_from_us = limits.today_before_us, filter.due_to_us = limits.soon_before_us;
  else if (!due.empty()) return FieldInvalid("?due", "field_option_unknown");
  filter.title = std::string(request.Query("title"));
  if (text::Length(filter.title) > kTitleLengthMax) return FieldInvalid("?title", "text_too_long");
  const std::string_view account = request.Query("account_id");
  if (account == "nobody") {
    filter.account_id = 0;
  } else if (!account.empty()) {
    TINHSO_ASSIGN(filter.account_id, request.QueryInt("account_id", 1, INT64_MAX, 0));
  }
  TINHSO_ASSIGN(auto items, edge.database.Read([&](db::Tx& tx) { return store::OfficePage(tx, filter, after, limit + 1); }));
  return PageOf(std::move(items), limit, store::Sort::kDue, limits, *snapshot, who);
}

// Open work by the authority it was filed with. The whole tree for who administers or leads at its root, else one's own authority.
Result<http::Response> CountByUnit(const Edge& edge, http::Request& request) {
  const http::Principal& who = *request.principal;
  std::string_view word = request.Query("frame");
  if (!word.empty() && word != "as_is" && word != "as_was") return FieldInvalid("?frame", "field_option_unknown");
  const auto frame = word == "as_was" ? orgs::Snapshot::Frame::kAsWas : orgs::Snapshot::Frame::kAsIs;
  auto snapshot = edge.orgs.snapshot();
  const orgs::Unit* own = snapshot->ById(who.authority_id);
  const int64_t scope = own != nullptr && own->parent_id == 0 ? 0 : who.authority_id;
  Limits limits = LimitsAt(snapshot->CalendarOf(who.unit_id), edge.clock.NowUs());
  TINHSO_ASSIGN(auto counts,
                edge.database.Read([&](db::Tx& tx) { return store::CountsByUnit(tx, scope, limits.late_before_us); }));
  std::map<std::string, json::object> by_code;
  for (const auto& count : counts) {
    const orgs::Unit* unit = snapshot->ById(snapshot->InFrame(count.subject_authority_id, frame));
    if (unit == nullptr) continue;
    auto [it, fresh] = by_code.try_emplace(unit->unit_code);
    if (fresh) {
      it->second = json::object{{"unit_code", unit->unit_code}, {"unit_name", unit->short_name}, {"total", 0}, {"late", 0},
                                {"closed", !unit->valid_to_on.empty()}};
    }
    it->second["total"] = json::GetInt(it->second, "total") + count.total;
    it->second["late"] = json::GetInt(it->second, "late") + count.late;
  }
  json::array items;
  for (auto& [code, item] : by_code) items.push_back(std::move(item));
  return http::Response::Json(json::object{{"frame", word.empty() ? "as_is" : word}, {"items", std::move(items)}});
}

}  // namespace

Result<int64_t> CountHeld(db::Tx& tx, Holder holder) { return store::CountHeld(tx, holder); }

Result<int64_t> MoveHeld(db::Tx& tx, Holder from, Holder to, int64_t limit) {
  TINHSO_ASSIGN(auto items, store::Held(tx, from, limit));
  for (Item& item : items) {
    TINHSO_TRY(store::Delete(tx, item.subject_kind, item.subject_id, from.authority_id));
    item.authority_id = to.authority_id;
    item.unit_id = to.unit_id;
    TINHSO_TRY(store::Upsert(tx, item));
  }
  return static_cast<int64_t>(items.size());
}

namespace {
// An item without a holder would be seen by nobody, and one without a role by everybody of the unit.
Status CheckHolder(const Item& item) {
  if (item.authority_id != 0 && item.unit_id != 0 && !item.role.empty()) return Ok();
  return MakeError(ErrorCode::kInternal, "inbox_holder_missing", item.subject_kind);
}
}  // namespace

Status Add(db::Tx& tx, const Item& item) {
  TINHSO_TRY(CheckHolder(item));
  TINHSO_TRY(store::Insert(tx, item));
  return notify::SignalAuthority(tx, item.authority_id);
}

Status Put(db::Tx& tx, const Item& item) {
  TINHSO_TRY(CheckHolder(item));
  TINHSO_ASSIGN(std::vector<int64_t> touched, store::Upsert(tx, item));
  // In one order, so that two moves in opposite directions do not wait for each other.
  std::sort(touched.begin(), touched.end());
  for (int64_t authority_id : touched) TINHSO_TRY(notify::SignalAuthority(tx, authority_id));
  return Ok();
}

Status Close(db::Tx& tx, std::string_view subject_kind, int64_t subject_id, int64_t held_by_authority_id) {
  TINHSO_TRY(store::Delete(tx, subject_kind, subject_id, held_by_authority_id));
  return notify::SignalAuthority(tx, held_by_authority_id);
}

const char* DeadlineOf(const calendar::Calendar& calendar, TimeUs due_at_us, TimeUs now_us) {
  return WordOf(LimitsAt(calendar, now_us), due_at_us);
}

std::vector<http::Route> Routes(db::Database& database, const Clock& clock, orgs::Service& orgs, identity::Service& identity) {
  Edge edge{database, clock, orgs, identity};
  std::vector<http::Route> routes = {
      {"GET", "/api/v1/inbox", "inbox.read", "", http::BodyKind::kNone,
       [edge](http::Request& request) { return ListInbox(edge, request); }},
      {"GET", "/api/v1/inbox/counts", "inbox.read", "", http::BodyKind::kNone,
       [edge](http::Request& request) { return CountInbox(edge, request); }},
      {"GET", "/api/v1/inbox/load", "dossier.assign", "", http::BodyKind::kNone,
       [edge](http::Request& request) { return OfficeLoad(edge, request); }},
      {"GET", "/api/v1/inbox/office", "dossier.assign", "", http::BodyKind::kNone,
       [edge](http::Request& request) { return ListOffice(edge, request); }},
      {"GET", "/api/v1/inbox/by-unit", "reports.read", "", http::BodyKind::kNone,
       [edge](http::Request& request) { return CountByUnit(edge, request); }},
  };
  AddViewRoutes(routes, database, clock);
  return routes;
}

}  // namespace tinhso::inbox
