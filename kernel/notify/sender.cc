#include "sender.h"

#include "base/ids.h"
#include "kernel/http/log.h"

namespace tinhso::notify {
namespace {

constexpr int64_t kLeaseUs = 120 * kUsPerSecond;  // longer than any provider's timeouts
constexpr int64_t kFirstPauseUs = 60 * kUsPerSecond, kLongestPauseUs = 4 * 3600 * kUsPerSecond;
constexpr int64_t kGiveUpUs = 48 * 3600 * kUsPerSecond;  // RFC 5321 4.5.4.1 asks for days; a notice is old by then
constexpr int64_t kDigestLinesMax = 200;
constexpr int64_t kSweepPeriodUs = 30 * kUsPerSecond;
constexpr int64_t kFinishedKeptUs = 400 * kUsPerDay;
constexpr int kIdleMs = 1000;

// 1, 2, 4 … minutes, at most 4 hours: greylisting servers ask for a few minutes, broken ones for hours.
int64_t PauseUs(int64_t tries) {
  int64_t pause = kFirstPauseUs;
  for (int64_t i = 1; i < tries && pause < kLongestPauseUs; ++i) pause *= 2;
  return std::min(pause, kLongestPauseUs);
}

std::string AbsoluteUrl(const std::string& base, const std::string& path) {
  return base + (path.empty() || path.front() != '/' ? "/" : "") + path;
}

}  // namespace

Result<Sender::Prepared> Sender::Prepare(store::Delivery& d) {
  Prepared out;
  Settings settings;
  std::vector<store::Delivery> members;
  const TimeUs now = clock_.NowUs();
  auto read = [&](db::Tx& tx) -> Status {
    out.cancelled.clear();  // a write may run more than once
    TINHSO_ASSIGN(settings, store::GetSettings(tx, d.account_id));
    TINHSO_ASSIGN(auto addresses, store::Addresses(tx, d.account_id));
    const store::Address* address = nullptr;
    for (const auto& one : addresses) {
      if (one.channel == d.channel) address = &one;
    }
    if (d.purpose == "verify") {
      // Only the latest code is worth sending.
      if (!address || address->pending_address != d.address || now >= address->code_expires_at_us || d.code.empty())
        out.cancelled = "code_expired";
    } else if (d.purpose != "test") {
      if (!address || !address->usable()) out.cancelled = "address_gone";
      else d.address = address->address;
    }
    if (d.purpose != "digest" || !out.cancelled.empty()) return Ok();
    TINHSO_TRY(store::JoinDigest(tx, d));
    TINHSO_ASSIGN(members, store::MembersOf(tx, d, kDigestLinesMax + 1));
    if (members.empty()) out.cancelled = "nothing_new";
    return Ok();
  };
  Status done = d.purpose == "digest" ? database_.Write(read) : database_.Read(read);
  if (!done.ok()) return done.error();
  if (!out.cancelled.empty()) return out;

  const std::string site = options_.site_name ? options_.site_name(settings.language) : "Tỉnh Số";
  Templates::Values values{{"site", site},
                           {"code", d.subject},
                           {"link", AbsoluteUrl(options_.public_base_url, d.link)},
                           {"settings_link", AbsoluteUrl(options_.public_base_url, "/cai-dat/thong-bao")},
                           {"pin", d.code},
                           {"minutes", std::to_string(kCodeMinutes)},
                           {"count", std::to_string(members.size())}};
  std::vector<std::string> lines;
  for (const auto& member : members) {
    if (static_cast<int64_t>(lines.size()) == kDigestLinesMax) {
      lines.push_back("…");
      break;
    }
    lines.push_back(templates_->Title(settings.language, member.kind, {{"code", member.subject}, {"site", site}}) + ": " +
                    AbsoluteUrl(options_.public_base_url, member.link));
  }
  Message& m = out.message;
  m.channel = d.channel;
  m.address = d.address;
  m.language = settings.language;
  m.message_id = "notice." + std::to_string(d.delivery_id);
  m.at_us = now;
  if (d.channel == "email") {
    Rendered mail = templates_->Mail(settings.language, d.kind, values, lines);
    m.subject = std::move(mail.title);
    m.text = std::move(mail.text);
    m.html = std::move(mail.html);
    if (!settings.unsubscribe_token.empty() && (d.purpose == "notice" || d.purpose == "digest"))
      m.unsubscribe_url = AbsoluteUrl(options_.public_base_url, "/api/v1/notices/unsubscribe/" + settings.unsubscribe_token);
  } else {
    m.text = templates_->Short(settings.language, d.kind, values);
  }
  return out;
}

Status Sender::Record(store::Delivery d, const Outcome& outcome) {
  const TimeUs now = clock_.NowUs();
  d.last_error = outcome.detail;
  d.finished_at_us = now;
  const bool verify = d.purpose == "verify";
  switch (outcome.kind) {
    case Outcome::Kind::kSent:
      d.state = "sent";
      break;
    case Outcome::Kind::kUnknown:
      d.state = "unknown";
      break;
    case Outcome::Kind::kRefused:
    case Outcome::Kind::kAddressRefused:
      d.state = "failed";
      break;
    case Outcome::Kind::kTemporary:
      d.state = now - d.created_at_us < kGiveUpUs ? "waiting" : "failed";
      break;
  }
  if (d.state == "waiting") {
    d.finished_at_us = 0;
  } else {
    d.code.clear();  // it has done its work, and nobody shall find it here
  }
  return database_.Write([&](db::Tx& tx) -> Status {
    store::Delivery row = d;
    if (row.state == "waiting") {
      TINHSO_ASSIGN(Settings settings, store::GetSettings(tx, row.account_id));
      row.due_at_us = now + PauseUs(row.tries);
      if (row.purpose == "notice") row.due_at_us = AfterQuiet(settings, row.due_at_us);
    }
    TINHSO_TRY(store::Finish(tx, row));
    if (outcome.kind != Outcome::Kind::kAddressRefused || verify || row.purpose == "test") return Ok();
    TINHSO_TRY(store::RefuseAddress(tx, row.account_id, row.channel, row.address, now));
    // The person learns of it where she still can be reached.
    return notify::Add(tx, {row.account_id, "address.refused", MaskAddress(row.address), "/cai-dat/thong-bao",
                            "refused:" + std::to_string(row.delivery_id)}, now);
  });
}

Result<bool> Sender::SendOne(const std::string& channel, Provider& provider) {
  const TimeUs now = clock_.NowUs();
  TINHSO_ASSIGN(const bool due, database_.Read([&](db::Tx& tx) { return store::AnyDue(tx, channel, now); }));
  if (!due) return false;
  TINHSO_ASSIGN(auto claimed, database_.Write([&](db::Tx& tx) {
    return store::Claim(tx, channel, now, now + kLeaseUs, NewId());
  }));
  if (!claimed) return false;
  store::Delivery& d = *claimed;
  TINHSO_ASSIGN(Prepared prepared, Prepare(d));
  if (!prepared.cancelled.empty()) {
    d.state = "cancelled";
    d.last_error = prepared.cancelled;
    d.finished_at_us = now;
    d.code.clear();
    TINHSO_TRY(database_.Write([&](db::Tx& tx) { return store::Finish(tx, d); }));
    return true;
  }
  d.provider_id = prepared.message.message_id;
  const Outcome outcome = provider.Send(prepared.message, [&] {
    auto marked = database_.Write([&](db::Tx& tx) { return store::MarkHanding(tx, d); });
    return marked.ok() && *marked;
  });
  if (outcome.kind != Outcome::Kind::kSent)
    log::Warn("notice not sent channel=" + channel + " delivery=" + std::to_string(d.delivery_id) + " tries=" +
              std::to_string(d.tries) + " why=" + outcome.detail);
  TINHSO_TRY(Record(d, outcome));
  return true;
}

Result<int> Sender::SendDue() {
  int tried = 0;
  if (!templates_) return tried;
  for (auto& [channel, provider] : providers_) {
    while (!stop_flag_) {
      TINHSO_ASSIGN(const bool one, SendOne(channel, *provider));
      if (!one) break;
      ++tried;
    }
  }
  return tried;
}

Status Sender::Sweep() {
  const TimeUs now = clock_.NowUs();
  return database_.Write([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(int64_t unknown, store::GiveUpHanding(tx, now));
    if (unknown > 0) log::Warn("notices with unknown outcome: " + std::to_string(unknown));
    return store::DeleteOld(tx, now - kFinishedKeptUs);
  });
}

void Sender::Loop() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const bool sweep = MonotonicUs() - swept_us_ > kSweepPeriodUs;
    if (sweep) swept_us_ = MonotonicUs();
    lock.unlock();
    if (sweep) (void)Sweep();
    // A busy or absent database is met again after the pause; a message in hand then waits for its lease.
    (void)SendDue();
    lock.lock();
    changed_.wait_for(lock, std::chrono::milliseconds(kIdleMs), [this, seen = wakes_] { return stopping_ || wakes_ != seen; });
  }
}

void Sender::Wake() {
  {
    std::lock_guard lock(mutex_);
    ++wakes_;
  }
  changed_.notify_all();
}

void Sender::Start() {
  if (!threads_.empty()) return;
  stopping_ = stop_flag_ = false;
  for (int i = 0; i < options_.send_threads; ++i) threads_.emplace_back([this] { Loop(); });
}

void Sender::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = stop_flag_ = true;
  }
  changed_.notify_all();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

}  // namespace tinhso::notify
