#include "kernel/notify/notify.h"

#include <algorithm>

#include "base/ids.h"
#include "impl.h"
#include "kernel/audit/audit.h"
#include "kernel/http/log.h"

namespace tinhso::notify {
namespace {

constexpr int64_t kPageNoticesMax = 100;
constexpr int64_t kPageNoticesDefault = 50;

Result<http::Response> ListNotices(db::Database& database, http::Request& request) {
  TINHSO_ASSIGN(int64_t limit, request.QueryInt("limit", 1, kPageNoticesMax, kPageNoticesDefault));
  TINHSO_ASSIGN(const int64_t before_id, http::DecodeBefore(request.Query("cursor")));
  int64_t account_id = request.principal->account_id;
  std::vector<store::NoticeRow> rows;
  std::vector<store::Delivery> deliveries;
  int64_t unread = 0;
  TINHSO_TRY(database.Read([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(rows, store::Page(tx, account_id, before_id, limit + 1));
    TINHSO_ASSIGN(unread, store::CountUnread(tx, account_id));
    if (rows.empty()) return Ok();
    TINHSO_ASSIGN(deliveries, store::OfNotices(tx, account_id, rows.back().notice_id, rows.front().notice_id));
    return Ok();
  }));
  json::value next = nullptr;
  if (static_cast<int64_t>(rows.size()) > limit) {
    rows.resize(limit);
    next = json::value(http::EncodeCursor({std::to_string(rows.back().notice_id)}));
  }
  json::array items;
  for (const auto& row : rows) {
    json::object item = NoticeJson(row);
    json::array outside;
    for (const auto& d : deliveries) {
      if (d.notice_id != row.notice_id) continue;
      outside.push_back(json::object{{"channel", d.channel},
                                     {"state", d.state == "handing" ? "sending" : d.state},
                                     {"at", FormatTime(d.finished_at_us != 0 ? d.finished_at_us : d.created_at_us)}});
    }
    if (!outside.empty()) item["deliveries"] = std::move(outside);
    items.push_back(std::move(item));
  }
  return http::Response::Json(
      json::object{{"items", std::move(items)}, {"next_cursor", std::move(next)}, {"unread", unread}});
}

Result<http::Response> ReadAll(db::Database& database, const Clock& clock, http::Request& request) {
  TimeUs now = clock.NowUs();
  TINHSO_TRY(database.Write([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(int64_t changed, store::MarkAllRead(tx, request.principal->account_id, now));
    if (changed == 0) return Ok();
    audit::Event event = audit::By(*request.principal, "notice.read", "account", request.principal->account_id,
                                   request.principal->authority_id, now);
    event.data["count"] = changed;
    return audit::Stage(tx, event);
  }));
  return http::Response::NoContent();
}

}  // namespace

json::object NoticeJson(const store::NoticeRow& row) {
  return {{"notice_id", std::to_string(row.notice_id)},
          {"kind", row.kind},
          {"subject", row.subject},
          {"link", row.link},
          {"at", FormatTime(row.created_at_us)},
          {"read", row.read_at_us != 0}};
}

Status Add(db::Tx& tx, const Notice& notice, TimeUs now_us) {
  const int64_t notice_id = NewId();
  TINHSO_ASSIGN(const bool made, store::Insert(tx, notice, notice_id, now_us));
  return made ? PlanDeliveries(tx, notice, notice_id, now_us) : Ok();
}

Status PlanDeliveries(db::Tx& tx, const Notice& notice, int64_t notice_id, TimeUs now_us) {
  const Topic* topic = TopicOf(notice.kind);
  if (topic == nullptr) return Ok();
  // Most people have proved no address: one look at an index, and done.
  TINHSO_ASSIGN(auto addresses, store::Addresses(tx, notice.account_id));
  std::erase_if(addresses, [](const store::Address& address) { return !address.usable(); });
  if (addresses.empty()) return Ok();
  TINHSO_ASSIGN(const Settings settings, store::GetSettings(tx, notice.account_id));
  for (const store::Address& address : addresses) {
    const std::string mode = ModeOf(settings, *topic, address.channel);
    if (mode == "off") continue;
    store::Delivery d;
    d.account_id = notice.account_id;
    d.delivery_id = NewId();
    d.channel = address.channel;
    d.purpose = "notice";
    d.notice_id = notice_id;
    d.dedup_key = "notice:" + std::to_string(notice_id);
    d.kind = notice.kind;
    d.subject = notice.subject;
    d.link = notice.link;
    d.created_at_us = now_us;
    d.state = mode == "digest" ? "digest" : "waiting";
    d.due_at_us = mode == "digest" ? NextDigest(settings, now_us) : AfterQuiet(settings, now_us);
    TINHSO_TRY(store::InsertDelivery(tx, d));
    if (mode != "digest") continue;
    // The day's summary, made by the first notice that waits for it.
    store::Delivery digest;
    digest.account_id = d.account_id;
    digest.delivery_id = NewId();
    digest.channel = d.channel;
    digest.purpose = digest.kind = "digest";
    digest.dedup_key = "digest:" + FormatTime(d.due_at_us);
    digest.link = "/thong-bao";
    digest.due_at_us = d.due_at_us;
    digest.created_at_us = now_us;
    TINHSO_TRY(store::InsertDelivery(tx, digest));
  }
  return Ok();
}

Result<int64_t> UnreadCount(db::Tx& tx, int64_t account_id) { return store::CountUnread(tx, account_id); }

Status SignalAuthority(db::Tx& tx, int64_t authority_id) { return store::Signal(tx, authority_id, NewId()); }

Service::Impl::Impl(db::Database& d, const Clock& c, Options o)
    : database(d), clock(c), options(std::move(o)), live(d, options.live), sender(d, c, options) {
  auto off = [this](const std::string& why) {
    problem += (problem.empty() ? "" : "; ") + why;
    log::Warn("notices are not sent: " + why);
  };
  if (options.templates_dir.empty()) return;
  auto templates = Templates::Load(options.templates_dir);
  if (!templates.ok()) {
    off(templates.error().detail);
    return;
  }
  sender.SetTemplates(std::move(*templates));
  if (!options.smtp.host.empty()) {
    auto smtp = MakeSmtpProvider(options.smtp);
    if (smtp.ok()) sender.Add("email", std::move(*smtp));
    else off("smtp: " + smtp.error().detail);
  }
  if (options.sms == "sandbox") sender.Add("sms", MakeSandboxProvider(options.sandbox_dir));
  if (options.zalo == "sandbox") sender.Add("zalo", MakeSandboxProvider(options.sandbox_dir));
}

Service::Service(db::Database& database, const Clock& clock, Options options)
    : impl_(std::make_unique<Impl>(database, clock, std::move(options))) {}
Service::~Service() = default;
void Service::SetSessionCheck(SessionCheck check) { impl_->live.SetSessionCheck(std::move(check)); }
const std::string& Service::problem() const { return impl_->problem; }
int64_t Service::streams() const { return impl_->live.streams(); }
Result<int64_t> Service::CountDeliveries(const std::vector<std::string>& states) const {
  return impl_->database.Read([&](db::Tx& tx) -> Result<int64_t> {
    TINHSO_ASSIGN(auto counted, store::CountDeliveries(tx));
    int64_t sum = 0;
    for (const auto& one : counted) {
      if (std::find(states.begin(), states.end(), one.state) != states.end()) sum += one.count;
    }
    return sum;
  });
}

Result<int> Service::SendDue() { return impl_->sender.SendDue(); }

void Service::Start() {
  impl_->live.Start();
  impl_->sender.Start();
}

void Service::Stop() {
  impl_->live.Stop();
  impl_->sender.Stop();
}

std::vector<http::Route> Service::Routes() {
  Impl* m = impl_.get();
  std::vector<http::Route> routes{
      {"GET", "/api/v1/notices", "signed_in", "", http::BodyKind::kNone,
       [m](http::Request& request) { return ListNotices(m->database, request); }},
      {"POST", "/api/v1/notices/read", "signed_in", "notice.read", http::BodyKind::kNone,
       [m](http::Request& request) { return ReadAll(m->database, m->clock, request); }},
      {"GET", "/api/v1/events", "signed_in", "", http::BodyKind::kNone,
       [m](http::Request& request) { return m->live.Open(request); }},
  };
  for (auto* more : {&SettingsRoutes, &AdminRoutes}) {
    for (http::Route& route : (*more)(*m)) routes.push_back(std::move(route));
  }
  return routes;
}

}  // namespace tinhso::notify
