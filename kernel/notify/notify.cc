#include "kernel/notify/notify.h"

#include <charconv>
#include <limits>

#include "base/ids.h"
#include "kernel/audit/audit.h"
#include "live.h"
#include "store.h"

namespace tinhso::notify {
namespace {

constexpr int64_t kPageNoticesMax = 100;
constexpr int64_t kPageNoticesDefault = 50;

Result<http::Response> ListNotices(db::Database& database, http::Request& request) {
  TINHSO_ASSIGN(int64_t limit, request.QueryInt("limit", 1, kPageNoticesMax, kPageNoticesDefault));
  int64_t before_id = std::numeric_limits<int64_t>::max();
  if (std::string_view cursor = request.Query("cursor"); !cursor.empty()) {
    TINHSO_ASSIGN(auto parts, http::DecodeCursor(cursor, 1));
    auto [end, bad] = std::from_chars(parts[0].data(), parts[0].data() + parts[0].size(), before_id);
    if (bad != std::errc() || end != parts[0].data() + parts[0].size()) {
      return MakeError(ErrorCode::kMalformed, "cursor_malformed");
    }
  }
  int64_t account_id = request.principal->account_id;
  std::vector<store::NoticeRow> rows;
  int64_t unread = 0;
  TINHSO_TRY(database.Read([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(rows, store::Page(tx, account_id, before_id, limit + 1));
    TINHSO_ASSIGN(unread, store::CountUnread(tx, account_id));
    return Ok();
  }));
  json::value next = nullptr;
  if (static_cast<int64_t>(rows.size()) > limit) {
    rows.resize(limit);
    next = json::value(http::EncodeCursor({std::to_string(rows.back().notice_id)}));
  }
  json::array items;
  for (const auto& row : rows) items.push_back(NoticeJson(row));
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

Status Add(db::Tx& tx, const Notice& notice, TimeUs now_us) { return store::Insert(tx, notice, now_us); }

Result<int64_t> UnreadCount(db::Tx& tx, int64_t account_id) { return store::CountUnread(tx, account_id); }

Status SignalAuthority(db::Tx& tx, int64_t authority_id) { return store::Signal(tx, authority_id, NewId()); }

struct Service::Impl {
  Impl(db::Database& d, const Clock& c, const Options& o) : database(d), clock(c), live(d, o.live) {}
  db::Database& database;
  const Clock& clock;
  Live live;
};

Service::Service(db::Database& database, const Clock& clock, Options options)
    : impl_(std::make_unique<Impl>(database, clock, options)) {}
Service::~Service() = default;
void Service::SetSessionCheck(SessionCheck check) { impl_->live.SetSessionCheck(std::move(check)); }
void Service::Start() { impl_->live.Start(); }
void Service::Stop() { impl_->live.Stop(); }
int64_t Service::streams() const { return impl_->live.streams(); }

std::vector<http::Route> Service::Routes() {
  Impl* m = impl_.get();
  return {
      {"GET", "/api/v1/notices", "signed_in", "", http::BodyKind::kNone,
       [m](http::Request& request) { return ListNotices(m->database, request); }},
      {"POST", "/api/v1/notices/read", "signed_in", "notice.read", http::BodyKind::kNone,
       [m](http::Request& request) { return ReadAll(m->database, m->clock, request); }},
      {"GET", "/api/v1/events", "signed_in", "", http::BodyKind::kNone,
       [m](http::Request& request) { return m->live.Open(request); }},
  };
}

}  // namespace tinhso::notify
