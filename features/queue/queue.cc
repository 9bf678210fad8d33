#include "queue.h"

#include <algorithm>
#include <cstdio>

#include "base/crypto.h"
#include "base/ids.h"
#include "base/json_writer.h"
#include "engines/numbering/numbering.h"
#include "kernel/audit/audit.h"
#include "store.h"

namespace tinhso::queue {
namespace {

constexpr int64_t kShown = 8;     // on the screen
constexpr int64_t kMissed = 20;   // who did not come, offered to officers again
constexpr int64_t kUsPerMinute = 60 * kUsPerSecond;

const std::vector<Group>& UsualGroups() {
  static const std::vector<Group> groups = {{"A", "Nộp hồ sơ", "File a dossier"},
                                            {"B", "Nhận kết quả", "Collect a result"},
                                            {"C", "Hỏi thông tin, hướng dẫn", "Information and guidance"}};
  return groups;
}

std::vector<Group> GroupsOf(const store::Setting& setting) {
  std::vector<Group> out;
  auto parsed = json::Parse(setting.service_groups.empty() ? "[]" : setting.service_groups);
  if (parsed.ok() && parsed->is_array())
    for (const json::value& v : parsed->as_array())
      if (const json::object* o = v.if_object()) out.push_back({json::GetText(*o, "service_group"), json::GetText(*o, "vi"), json::GetText(*o, "en")});
  return out.empty() ? UsualGroups() : out;
}

bool Has(const std::vector<Group>& groups, std::string_view service_group) {
  return std::any_of(groups.begin(), groups.end(), [&](const Group& g) { return g.service_group == service_group; });
}

void WriteMoment(json::Writer& out, std::string_view key, const std::optional<int64_t>& at_us) {
  if (at_us) out.Text(key, FormatTime(*at_us));
  else out.Null(key);
}

void WriteMinutes(json::Writer& out, std::string_view key, int64_t sum_us, int64_t count) {
  if (count > 0) out.Int(key, (sum_us / count + kUsPerMinute / 2) / kUsPerMinute);
  else out.Null(key);
}

void WriteTicket(json::Writer& out, const store::Ticket& t) {
  out.Text("ticket_id", std::to_string(t.ticket_id)).Text("ticket_no", t.ticket_no).Text("service_group", t.service_group);
  out.Text("state", t.state).Text("desk", t.desk).Text("taken_at", FormatTime(t.taken_at_us));
  WriteMoment(out, "called_at", t.called_at_us);
  WriteMoment(out, "finished_at", t.finished_at_us);
  out.Int("calls", t.calls).Int("version", t.version);
}

void WriteGroups(json::Writer& out, const std::vector<Group>& groups, const std::vector<store::Count>& waiting) {
  out.Array("groups");
  for (const Group& g : groups) {
    int64_t count = 0;
    for (const store::Count& c : waiting)
      if (c.service_group == g.service_group) count = c.waiting;
    out.BeginObject().Text("service_group", g.service_group).Object("title").Text("vi", g.vi).Text("en", g.en).EndObject();
    out.Int("waiting", count).EndObject();
  }
  out.EndArray();
}

std::string OneTicket(const std::optional<store::Ticket>& ticket) {
  json::Writer out;
  out.BeginObject();
  if (ticket) {
    out.Object("ticket");
    WriteTicket(out, *ticket);
    out.EndObject();
  } else {
    out.Null("ticket");
  }
  out.EndObject();
  return out.Take();
}

}  // namespace

Result<int64_t> Service::AuthorityOf(std::string_view unit_code) const {
  const auto units = orgs_.snapshot();
  const orgs::Unit* unit = units->ByCode(unit_code);
  if (unit == nullptr || unit->authority_id == 0) return MakeError(ErrorCode::kNotFound, "unit_not_found");
  return units->ActingFor(unit->authority_id);
}

Result<std::string> Service::Board(std::string_view unit_code) {
  TINHSO_ASSIGN(const int64_t authority_id, AuthorityOf(unit_code));
  const std::string today = Today();
  store::Setting setting;
  std::vector<store::Count> waiting;
  std::vector<store::Ticket> called;
  std::vector<store::Figure> figures;
  TINHSO_TRY(router_.For(authority_id).Read([&](db::Tx& tx) -> Status {
    const store::Day day{authority_id, today};
    TINHSO_ASSIGN(setting, store::GetSetting(tx, authority_id));
    TINHSO_ASSIGN(waiting, store::Waiting(tx, day));
    TINHSO_ASSIGN(called, store::InState(tx, day, "called", kShown));
    TINHSO_ASSIGN(figures, store::Figures(tx, authority_id, today, today));
    return Ok();
  }));
  const auto units = orgs_.snapshot();
  json::Writer out;
  out.BeginObject().Text("unit_name", units->DeskOf(authority_id)->name);
  WriteGroups(out, GroupsOf(setting), waiting);
  out.Array("called");
  for (const store::Ticket& t : called)
    out.BeginObject().Text("ticket_no", t.ticket_no).Text("desk", t.desk).Text("called_at", FormatTime(*t.called_at_us)).Int("calls", t.calls).EndObject();
  out.EndArray();
  int64_t count = 0, wait_us = 0, finished = 0, service_us = 0;
  for (const store::Figure& f : figures) {
    count += f.called;
    wait_us += f.wait_us;
    finished += f.finished;
    service_us += f.service_us;
  }
  WriteMinutes(out, "wait_minutes", wait_us, count);
  WriteMinutes(out, "service_minutes", service_us, finished);
  out.EndObject();
  return out.Take();
}

Result<std::string> Service::Issue(const IssueParams& params) {
  TINHSO_ASSIGN(const int64_t authority_id, AuthorityOf(params.unit_code));
  const TimeUs now = clock_.NowUs();
  const std::string today = Today();
  store::Ticket t;
  int64_t before = 0;
  TINHSO_TRY(router_.For(authority_id).Write([&](db::Tx& tx) -> Status {
    const store::Day day{authority_id, today};
    TINHSO_ASSIGN(const store::Setting setting, store::GetSetting(tx, authority_id));
    if (setting.kiosk_key_sha256.empty() || crypto::Sha256Hex(params.key) != setting.kiosk_key_sha256)
      return MakeError(ErrorCode::kForbidden, "queue_key_wrong");
    if (!Has(GroupsOf(setting), params.service_group)) return FieldInvalid("/service_group", "queue_group_unknown");
    TINHSO_ASSIGN(const auto waiting, store::Waiting(tx, day));
    before = 0;
    for (const store::Count& c : waiting)
      if (c.service_group == params.service_group) before = c.waiting;
    TINHSO_ASSIGN(const int64_t number, numbering::Next(tx, authority_id, "queue:" + params.service_group + ":" + today));
    if (number > kTicketsOfGroupMax) return MakeError(ErrorCode::kConflict, "queue_full");
    char text[16];
    std::snprintf(text, sizeof text, "%s%03d", params.service_group.c_str(), static_cast<int>(number));
    t = store::Ticket{};
    t.authority_id = authority_id;
    t.ticket_id = NewId();
    t.on_day = today;
    t.service_group = params.service_group;
    t.ticket_no = text;
    t.state = "waiting";
    t.taken_at_us = t.order_at_us = t.queued_at_us = now;
    TINHSO_TRY(store::Insert(tx, t));
    audit::Event event;
    event.kind = "queue.issued";
    event.subject_kind = "queue_ticket";
    event.subject_id = t.ticket_id;
    event.authority_id = authority_id;
    event.at_us = now;
    event.data = {{"ticket_no", t.ticket_no}};
    return audit::Stage(tx, event);
  }));
  json::Writer out;
  out.BeginObject();
  WriteTicket(out, t);
  out.Int("waiting_before", before).EndObject();
  return out.Take();
}

Result<std::string> Service::Mine(const http::Principal& who) {
  const std::string today = Today();
  store::Setting setting;
  std::vector<store::Count> waiting;
  std::optional<store::Ticket> at_hand;
  std::vector<store::Ticket> missed;
  TINHSO_TRY(router_.For(who.authority_id).Read([&](db::Tx& tx) -> Status {
    const store::Day day{who.authority_id, today};
    TINHSO_ASSIGN(setting, store::GetSetting(tx, who.authority_id));
    TINHSO_ASSIGN(waiting, store::Waiting(tx, day));
    TINHSO_ASSIGN(at_hand, store::AtHand(tx, day, who.account_id));
    TINHSO_ASSIGN(missed, store::InState(tx, day, "no_show", kMissed));
    return Ok();
  }));
  json::Writer out;
  out.BeginObject();
  if (at_hand) {
    out.Object("ticket");
    WriteTicket(out, *at_hand);
    out.EndObject();
  } else {
    out.Null("ticket");
  }
  WriteGroups(out, GroupsOf(setting), waiting);
  out.Array("missed");
  for (const store::Ticket& t : missed) {
    out.BeginObject();
    WriteTicket(out, t);
    out.EndObject();
  }
  out.EndArray().Bool("kiosk", !setting.kiosk_key_sha256.empty()).EndObject();
  return out.Take();
}

Result<std::string> Service::Next(const NextParams& params, const http::Principal& who) {
  const TimeUs now = clock_.NowUs();
  const std::string today = Today();
  std::string groups;
  for (const std::string& group : params.service_groups) groups += (groups.empty() ? "," : "") + group + ",";
  std::optional<store::Ticket> called;
  TINHSO_TRY(router_.For(who.authority_id).Write([&](db::Tx& tx) -> Status {
    const store::Day day{who.authority_id, today};
    TINHSO_TRY(store::FinishAtHand(tx, day, who.account_id, now));
    TINHSO_ASSIGN(called, store::CallNext(tx, day, {groups, params.desk, who.account_id, now}));
    if (!called) return Ok();
    audit::Event event = audit::By(who, "queue.called", "queue_ticket", called->ticket_id, who.authority_id, now);
    event.data = {{"ticket_no", called->ticket_no}, {"desk", called->desk}};
    return audit::Stage(tx, event);
  }));
  return OneTicket(called);
}

Result<std::string> Service::Act(const ActionParams& params, const http::Principal& who) {
  const TimeUs now = clock_.NowUs();
  std::optional<store::Ticket> after;
  TINHSO_TRY(router_.For(who.authority_id).Write([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(auto found, store::Find(tx, who.authority_id, params.ticket_id));
    if (!found) return MakeError(ErrorCode::kNotFound, "queue_ticket_not_found");
    store::Ticket t = *found;
    const bool requeue = params.action == "requeue";
    const char* expected = requeue ? "no_show" : "called";
    if (t.version != params.version_seen || t.state != expected || t.on_day != Today() || (!requeue && t.account_id != who.account_id))
      return MakeError(ErrorCode::kConflict, "queue_ticket_changed");
    if (params.action == "recall") {
      ++t.calls;
      t.shown_at_us = now;
    } else if (params.action == "done" || params.action == "no_show") {
      t.state = params.action;
      t.finished_at_us = now;
    } else {  // transfer, requeue: it waits again
      if (params.action == "transfer") {
        TINHSO_ASSIGN(const store::Setting setting, store::GetSetting(tx, who.authority_id));
        if (!Has(GroupsOf(setting), params.service_group) || params.service_group == t.service_group)
          return FieldInvalid("/service_group", "queue_group_unknown");
        t.service_group = params.service_group;  // in its place by when it was taken
      } else {
        t.order_at_us = now;
      }
      t.state = "waiting";
      t.desk = "";
      t.account_id = 0;
      t.queued_at_us = now;
      t.called_at_us = t.shown_at_us = t.finished_at_us = std::nullopt;
      t.calls = 0;
    }
    TINHSO_ASSIGN(const bool updated, store::Update(tx, t, params.version_seen, expected));
    if (!updated) return MakeError(ErrorCode::kConflict, "queue_ticket_changed");
    ++t.version;
    after = t;
    audit::Event event = audit::By(who, "queue.changed", "queue_ticket", t.ticket_id, who.authority_id, now);
    event.data = {{"ticket_no", t.ticket_no}, {"action", params.action}};
    return audit::Stage(tx, event);
  }));
  return OneTicket(after);
}

Result<std::string> Service::Figures(std::string_view from, std::string_view to, const http::Principal& who) {
  auto first = ParseDate(from), last = ParseDate(to);
  if (!first.ok()) return FieldInvalid("?from", "date_malformed");
  if (!last.ok()) return FieldInvalid("?to", "date_malformed");
  if (*last < *first) return FieldInvalid("?to", "date_range");
  if (*last > AddDays(*first, kFiguresDaysMax)) return FieldInvalid("?to", "queue_period_too_long");
  TINHSO_ASSIGN(const auto figures, router_.For(who.authority_id).Read([&](db::Tx& tx) { return store::Figures(tx, who.authority_id, from, to); }));
  json::Writer out;
  out.BeginObject().Array("items");
  for (const store::Figure& f : figures) {
    out.BeginObject().Text("on", f.on_day).Text("desk", f.desk).Int("called", f.called).Int("no_show", f.no_show);
    WriteMinutes(out, "wait_minutes", f.wait_us, f.called);
    WriteMinutes(out, "service_minutes", f.service_us, f.finished);
    out.EndObject();
  }
  out.EndArray().EndObject();
  return out.Take();
}

Result<std::string> Service::SetGroups(const std::vector<Group>& groups, const http::Principal& who) {
  json::array stored;
  for (const Group& g : groups) stored.push_back(json::object{{"service_group", g.service_group}, {"vi", g.vi}, {"en", g.en}});
  const std::string text = json::serialize(stored);
  TINHSO_TRY(router_.For(who.authority_id).Write([&](db::Tx& tx) -> Status {
    TINHSO_TRY(store::PutGroups(tx, who.authority_id, text));
    audit::Event event = audit::By(who, "queue.configured", "unit", who.authority_id, who.authority_id, clock_.NowUs());
    event.data = {{"groups", groups.size()}};
    return audit::Stage(tx, event);
  }));
  return Mine(who);
}

Result<std::string> Service::NewKioskKey(const http::Principal& who) {
  const std::string key = RandomToken(), sha256 = crypto::Sha256Hex(key);
  TINHSO_TRY(router_.For(who.authority_id).Write([&](db::Tx& tx) -> Status {
    TINHSO_TRY(store::PutKey(tx, who.authority_id, sha256));
    audit::Event event = audit::By(who, "queue.configured", "unit", who.authority_id, who.authority_id, clock_.NowUs());
    event.data = {{"kiosk_key", "new"}};
    return audit::Stage(tx, event);
  }));
  const orgs::Unit* unit = orgs_.snapshot()->ById(who.authority_id);
  json::Writer out;
  out.BeginObject().Text("unit_code", unit == nullptr ? "" : unit->unit_code).Text("key", key).EndObject();
  return out.Take();
}

}  // namespace tinhso::queue
