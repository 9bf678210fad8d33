#include "live.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "base/ids.h"
#include "kernel/http/log.h"
#include "store.h"

namespace tinhso::notify {
namespace {

// Ids are given before the commit that shows them: each look goes this far back and skips what was sent. It also covers
// clocks of two servers that differ by less.
constexpr int64_t kOverlapUs = 15 * kUsPerSecond;
// A stream ends by itself after this long; the browser comes back with its cookie and the last id it has seen.
constexpr int64_t kStreamLifeUs = 3600 * kUsPerSecond;
constexpr int64_t kMissedMax = 100;
constexpr int64_t kPollNoticesMax = 5000;
constexpr int kBusyRetryS = 30;

std::string EventText(std::string_view name, const json::value& data, int64_t id = 0) {
  std::string out;
  if (id != 0) out.append("id: ").append(std::to_string(id)).append("\n");
  return out.append("event: ").append(name).append("\ndata: ").append(json::serialize(data)).append("\n\n");
}

std::string NoticeEvent(const store::NoticeRow& row, int64_t unread) {
  return EventText("notice", json::object{{"notice", NoticeJson(row)}, {"unread", unread}}, row.notice_id);
}

// 0 when the browser has seen none or sends nonsense.
int64_t LastSeen(const http::Request& request) {
  std::string_view text = request.Header("last-event-id");
  int64_t id = 0;
  auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), id);
  return bad == std::errc() && end == text.data() + text.size() ? std::max<int64_t>(id, 0) : 0;
}

}  // namespace

Result<http::Response> Live::Open(http::Request& request) {
  const http::Principal& who = *request.principal;
  auto push = std::make_shared<http::Push>(": \n\n");
  {
    std::lock_guard lock(mutex_);
    Forget();
    const auto own = std::count_if(streams_.begin(), streams_.end(),
                                   [&](const Stream& stream) { return stream.account_id == who.account_id; });
    const bool full = stopping_ || static_cast<int>(streams_.size()) >= options_.streams_max;
    if (full || own >= options_.streams_account_max) {
      Error error = full ? MakeError(ErrorCode::kUnavailable, "streams_max")
                         : MakeError(ErrorCode::kThrottled, "streams_account_max");
      error.retry_after_s = kBusyRetryS;
      return error;
    }
    // Before the missed ones are read: what is stored in between comes twice rather than never, and has an id.
    streams_.push_back({who.account_id, who.session_id, who.Has("inbox.read") ? who.authority_id : 0, MonotonicUs(),
                        MonotonicUs(), push});
  }
  const int64_t last_seen = LastSeen(request);
  std::vector<store::NoticeRow> missed;
  int64_t unread = 0;
  Status read = database_.Read([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(unread, store::CountUnread(tx, who.account_id));
    if (last_seen == 0) return Ok();
    TINHSO_ASSIGN(missed, store::After(tx, who.account_id, IdBefore(last_seen, kOverlapUs), kMissedMax + 1));
    return Ok();
  });
  if (!read.ok()) {
    push->Close();
    return read.error();
  }
  push->Send("retry: 3000\n" + EventText("hello", json::object{{"unread", unread}}));
  if (static_cast<int64_t>(missed.size()) > kMissedMax) {
    push->Send(EventText("reset", json::object{}));  // too many to tell one by one: the list is read anew
  } else {
    for (const auto& row : missed) push->Send(NoticeEvent(row, unread));
  }
  return http::Response::Events(push);
}

void Live::Forget() {
  streams_.remove_if([](const Stream& stream) { return stream.push->closed(); });
}

int64_t Live::streams() const {
  std::lock_guard lock(mutex_);
  return static_cast<int64_t>(streams_.size());
}

Status Live::Poll() {
  const int64_t now_us = MonotonicUs();
  std::multimap<int64_t, std::shared_ptr<http::Push>> by_account, by_authority;
  {
    std::lock_guard lock(mutex_);
    for (const Stream& stream : streams_) {
      if (now_us - stream.opened_us > kStreamLifeUs) stream.push->Close();
    }
    Forget();
    for (const Stream& stream : streams_) {
      by_account.emplace(stream.account_id, stream.push);
      if (stream.authority_id != 0) by_authority.emplace(stream.authority_id, stream.push);
    }
  }
  const int64_t floor = IdFloor(kOverlapUs);
  std::vector<std::pair<int64_t, store::NoticeRow>> notices;  // account_id
  std::map<int64_t, int64_t> unread;
  std::set<int64_t> authorities;
  std::unordered_set<int64_t> seen;
  if (!by_account.empty()) {
    TINHSO_TRY(database_.Read([&](db::Tx& tx) -> Status {
      TINHSO_TRY(store::Recent(tx, floor, kPollNoticesMax, [&](int64_t account_id, store::NoticeRow row) {
        seen.insert(row.notice_id);
        if (!sent_.contains(row.notice_id) && by_account.contains(account_id)) notices.emplace_back(account_id, std::move(row));
      }));
      TINHSO_TRY(store::Signals(tx, floor, [&](int64_t authority_id, int64_t signal_id) {
        seen.insert(signal_id);
        if (!sent_.contains(signal_id)) authorities.insert(authority_id);
      }));
      for (const auto& [account_id, row] : notices) {
        if (unread.contains(account_id)) continue;
        TINHSO_ASSIGN(unread[account_id], store::CountUnread(tx, account_id));
      }
      return Ok();
    }));
  }
  sent_ = std::move(seen);
  for (const auto& [account_id, row] : notices) {
    const std::string event = NoticeEvent(row, unread[account_id]);
    for (auto [it, end] = by_account.equal_range(account_id); it != end; ++it) it->second->Send(event);
  }
  const std::string inbox = EventText("inbox", json::object{});
  for (int64_t authority_id : authorities) {
    for (auto [it, end] = by_authority.equal_range(authority_id); it != end; ++it) it->second->Send(inbox);
  }
  return CheckSessions(now_us);
}

// A session that ended, here or through another server, ends its streams.
Status Live::CheckSessions(int64_t now_us) {
  std::unordered_set<int64_t> asked;  // accounts
  {
    std::lock_guard lock(mutex_);
    for (Stream& stream : streams_) {
      if (now_us - stream.checked_us < options_.session_check_us || stream.session_id == 0) continue;
      stream.checked_us = now_us;
      asked.insert(stream.account_id);
    }
  }
  if (asked.empty() || !check_) return Ok();
  TINHSO_ASSIGN(auto living, database_.Read([&](db::Tx& tx) {
    return check_(tx, std::vector<int64_t>(asked.begin(), asked.end()));
  }));
  const std::unordered_set<int64_t> held(living.begin(), living.end());
  std::lock_guard lock(mutex_);
  for (const Stream& stream : streams_) {
    // One that was opened meanwhile was looked at when it was opened.
    if (stream.session_id == 0 || stream.opened_us > now_us || !asked.contains(stream.account_id)) continue;
    if (!held.contains(stream.session_id)) stream.push->Close();
  }
  Forget();
  return Ok();
}

void Live::Start() {
  if (thread_.joinable()) return;
  {
    std::lock_guard lock(mutex_);
    stopping_ = false;
  }
  thread_ = std::thread([this] {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      lock.unlock();
      if (Status polled = Poll(); !polled.ok()) log::Warn("live notices: " + polled.error().reason);
      lock.lock();
      changed_.wait_for(lock, std::chrono::milliseconds(options_.poll_ms), [this] { return stopping_; });
    }
  });
}

void Live::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const Stream& stream : streams_) stream.push->Close();
    streams_.clear();
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

}  // namespace tinhso::notify
