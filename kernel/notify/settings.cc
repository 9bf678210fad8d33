// What a person chooses: topics, hours, addresses and the codes that prove them.
#include <algorithm>

#include "base/crypto.h"
#include "base/ids.h"
#include "base/text.h"
#include "impl.h"
#include "kernel/audit/audit.h"
#include "mime.h"

namespace tinhso::notify {
namespace {

constexpr int64_t kCodesPerDayMax = 5;   // codes sent for one channel of an account: also keeps us from pestering strangers
constexpr int64_t kCodeTriesMax = 5;
constexpr int kCodeDigits = 6;

std::string Clock24(int minute) {
  char text[8];
  std::snprintf(text, sizeof text, "%02d:%02d", minute / 60 % 24, minute % 60);
  return text;
}

// "21:30" → 1290; −1 for anything else.
int MinuteOf(std::string_view clock24) {
  auto digit = [&](size_t i) { return clock24[i] >= '0' && clock24[i] <= '9'; };
  if (clock24.size() != 5 || clock24[2] != ':' || !digit(0) || !digit(1) || !digit(3) || !digit(4)) return -1;
  const int hour = (clock24[0] - '0') * 10 + clock24[1] - '0', minute = (clock24[3] - '0') * 10 + clock24[4] - '0';
  return hour < 24 && minute < 60 ? hour * 60 + minute : -1;
}

std::string NewPin() {
  // Bytes at and above the largest multiple of ten are thrown away, or the first digits would come more often.
  std::string pin;
  while (pin.size() < kCodeDigits) {
    for (unsigned char c : crypto::RandomBytes(16)) {
      if (c < 250 && pin.size() < kCodeDigits) pin.push_back(static_cast<char>('0' + c % 10));
    }
  }
  return pin;
}

std::string PinHash(int64_t account_id, std::string_view channel, std::string_view address, std::string_view pin) {
  return crypto::Sha256Hex(std::to_string(account_id) + "|" + std::string(channel) + "|" + std::string(address) + "|" +
                           std::string(pin));
}

json::object SettingsJson(const Service::Impl& m, const http::Principal& who, const Settings& settings,
                          const std::vector<store::Address>& addresses) {
  const bool officer = who.assignment_id != 0;
  json::array topics, channels;
  for (const Topic& topic : Topics()) {
    if (topic.for_officers && !officer) continue;
    json::object modes;
    for (std::string_view channel : kChannels) modes[channel] = ModeOf(settings, topic, channel);
    topics.push_back(json::object{{"topic", topic.topic}, {"for_officers", topic.for_officers}, {"modes", std::move(modes)}});
  }
  for (std::string_view channel : kChannels) {
    store::Address address;
    for (const auto& one : addresses) {
      if (one.channel == channel) address = one;
    }
    const bool pending = !address.pending_address.empty() && m.clock.NowUs() < address.code_expires_at_us;
    channels.push_back(json::object{
        {"channel", channel},
        {"available", m.sender.Ready(channel)},
        {"address", address.address},
        {"verified_at", address.verified_at_us != 0 ? json::value(FormatTime(address.verified_at_us)) : json::value(nullptr)},
        {"refused", address.refused_at_us != 0},
        {"pending_address", pending ? address.pending_address : ""}});
  }
  const bool quiet = settings.quiet_from_minute != settings.quiet_to_minute;
  return {{"language", settings.language},
          {"quiet_from", quiet ? json::value(Clock24(settings.quiet_from_minute)) : json::value(nullptr)},
          {"quiet_to", quiet ? json::value(Clock24(settings.quiet_to_minute)) : json::value(nullptr)},
          {"digest_at", Clock24(settings.digest_minute)},
          {"topics", std::move(topics)},
          {"channels", std::move(channels)}};
}

Result<http::Response> AnswerSettings(Service::Impl& m, const http::Request& request) {
  const http::Principal& who = *request.principal;
  return m.database.Read([&](db::Tx& tx) -> Result<http::Response> {
    TINHSO_ASSIGN(Settings settings, store::GetSettings(tx, who.account_id));
    TINHSO_ASSIGN(auto addresses, store::Addresses(tx, who.account_id));
    return http::Response::Json(SettingsJson(m, who, settings, addresses));
  });
}

audit::Event Changed(const http::Principal& who, const char* what, std::string_view channel, TimeUs now) {
  audit::Event event = audit::By(who, "notice.settings_changed", "account", who.account_id, who.authority_id, now);
  event.data = {{"change", what}};
  if (!channel.empty()) event.data["channel"] = channel;
  return event;
}

// Made when something is first kept, so that every mail can carry it.
void EnsureToken(Settings& settings) {
  if (settings.unsubscribe_token.empty()) settings.unsubscribe_token = RandomToken();
}

// topic → channel → mode, all known words.
Result<json::object> ReadChoices(const json::object& wanted, const http::Principal& who) {
  json::object choices;
  for (const auto& [name, modes] : wanted) {
    const auto& topics = Topics();
    const auto topic = std::find_if(topics.begin(), topics.end(), [&topic_name = name](const Topic& one) { return topic_name == one.topic; });
    const std::string pointer = "/choices/" + std::string(name);
    if (topic == topics.end() || (topic->for_officers && who.assignment_id == 0) || !modes.is_object())
      return FieldInvalid(pointer, "field_option_unknown");
    json::object kept;
    for (const auto& [channel, mode] : modes.as_object()) {
      if (!IsChannel(channel) || !mode.is_string() || !IsMode(channel, mode.as_string()))
        return FieldInvalid(pointer + "/" + std::string(channel), "field_option_unknown");
      kept[channel] = mode;
    }
    choices[name] = std::move(kept);
  }
  return choices;
}

Result<http::Response> PutNoticeSettings(Service::Impl& m, http::Request& request) {
  const http::Principal& who = *request.principal;
  TINHSO_ASSIGN(auto body, request.Json());
  json::Reader in(body);
  const std::string language = in.Text("language", 2, 2);
  const auto quiet_from = in.OptionalText("quiet_from", 5), quiet_to = in.OptionalText("quiet_to", 5);
  const std::string digest_at = in.Text("digest_at", 5, 5);
  const json::object* wanted = in.Object("choices");
  if (!language.empty() && language != "vi" && language != "en") in.Fail("language", "field_option_unknown");
  if (quiet_from.has_value() != quiet_to.has_value()) in.Fail(quiet_from ? "quiet_to" : "quiet_from", "field_required");
  if (quiet_from && MinuteOf(*quiet_from) < 0) in.Fail("quiet_from", "time_of_day_malformed");
  if (quiet_to && MinuteOf(*quiet_to) < 0) in.Fail("quiet_to", "time_of_day_malformed");
  if (!digest_at.empty() && MinuteOf(digest_at) < 0) in.Fail("digest_at", "time_of_day_malformed");
  TINHSO_TRY(in.Finish());
  TINHSO_ASSIGN(json::object choices, ReadChoices(*wanted, who));
  const TimeUs now = m.clock.NowUs();
  TINHSO_TRY(m.database.Write([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(Settings settings, store::GetSettings(tx, who.account_id));
    settings.language = language;
    settings.quiet_from_minute = quiet_from ? MinuteOf(*quiet_from) : 0;
    settings.quiet_to_minute = quiet_to ? MinuteOf(*quiet_to) : 0;
    settings.digest_minute = MinuteOf(digest_at);
    // What was not shown to the caller (an officer's topics, seen as a citizen) stays as it was.
    for (auto& [topic, modes] : choices) settings.choices[topic] = modes;
    EnsureToken(settings);
    TINHSO_TRY(store::PutSettings(tx, who.account_id, settings));
    return audit::Stage(tx, Changed(who, "choices", "", now));
  }));
  return AnswerSettings(m, request);
}

Result<std::string> ChannelOf(const Service::Impl& m, const http::Request& request) {
  const std::string channel(request.Param("channel"));
  if (!IsChannel(channel)) return MakeError(ErrorCode::kNotFound, "notice_channel_unknown");
  if (!m.sender.Ready(channel)) return MakeError(ErrorCode::kConflict, "notice_channel_off");
  return channel;
}

Result<store::Address> AddressOf(db::Tx& tx, int64_t account_id, const std::string& channel) {
  TINHSO_ASSIGN(auto addresses, store::Addresses(tx, account_id));
  for (auto& one : addresses) {
    if (one.channel == channel) return std::move(one);
  }
  store::Address none;
  none.channel = channel;
  return none;
}

// Sends a code to an address that the caller says is his. Until it comes back, nothing else goes there.
Result<http::Response> PutAddress(Service::Impl& m, http::Request& request) {
  const http::Principal& who = *request.principal;
  TINHSO_ASSIGN(auto body, request.Json());
  json::Reader in(body);
  std::string address = text::Trim(in.Text("address", 1, 254));
  TINHSO_TRY(in.Finish());
  TINHSO_ASSIGN(const std::string channel, ChannelOf(m, request));
  if (channel == "email") {
    if (!IsMailAddress(address)) return FieldInvalid("/address", "email_malformed");
  } else {
    std::erase_if(address, [](char c) { return c == ' ' || c == '.' || c == '-'; });
    if (address.starts_with("+84")) address = "0" + address.substr(3);
    if (address.size() != 10 || address[0] != '0' || address.find_first_not_of("0123456789") != std::string::npos)
      return FieldInvalid("/address", "phone_malformed");
  }
  const TimeUs now = m.clock.NowUs();
  const std::string today = FormatDate(LocalDate(now)), pin = NewPin();
  TINHSO_TRY(m.database.Write([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(store::Address row, AddressOf(tx, who.account_id, channel));
    if (row.codes_sent_on != today) row.codes_sent = 0;
    if (row.codes_sent >= kCodesPerDayMax) {
      Error error = MakeError(ErrorCode::kThrottled, "notice_codes_max");
      error.retry_after_s = 3600;
      return error;
    }
    row.codes_sent_on = today;
    ++row.codes_sent;
    row.pending_address = address;
    row.code_hash = PinHash(who.account_id, channel, address, pin);
    row.code_expires_at_us = now + kCodeMinutes * 60 * kUsPerSecond;
    row.code_tries = 0;
    TINHSO_TRY(store::PutAddress(tx, who.account_id, row));
    TINHSO_ASSIGN(Settings settings, store::GetSettings(tx, who.account_id));
    EnsureToken(settings);
    TINHSO_TRY(store::PutSettings(tx, who.account_id, settings));
    store::Delivery d;
    d.account_id = who.account_id;
    d.delivery_id = NewId();
    d.channel = channel;
    d.purpose = d.kind = "verify";
    d.dedup_key = "verify:" + std::to_string(d.delivery_id);
    d.address = address;
    d.link = "/cai-dat/thong-bao";
    d.code = pin;
    d.due_at_us = d.created_at_us = now;  // asked for by somebody who is waiting: no quiet hours
    TINHSO_TRY(store::InsertDelivery(tx, d));
    return audit::Stage(tx, Changed(who, "address_asked", channel, now));
  }));
  m.sender.Wake();
  return AnswerSettings(m, request);
}

Result<http::Response> ConfirmAddress(Service::Impl& m, http::Request& request) {
  const http::Principal& who = *request.principal;
  TINHSO_ASSIGN(auto body, request.Json());
  json::Reader in(body);
  const std::string pin = text::Trim(in.Text("code", 1, 20));
  TINHSO_TRY(in.Finish());
  TINHSO_ASSIGN(const std::string channel, ChannelOf(m, request));
  const TimeUs now = m.clock.NowUs();
  // A wrong try is kept, so it must be committed: the refusal is decided inside and answered outside.
  std::string refused;
  TINHSO_TRY(m.database.Write([&](db::Tx& tx) -> Status {
    refused.clear();
    TINHSO_ASSIGN(store::Address row, AddressOf(tx, who.account_id, channel));
    if (row.pending_address.empty() || now >= row.code_expires_at_us || row.code_tries >= kCodeTriesMax) {
      refused = "notice_code_expired";
      return Ok();
    }
    if (!crypto::EqualConstantTime(row.code_hash, PinHash(who.account_id, channel, row.pending_address, pin))) {
      refused = "notice_code_wrong";
      ++row.code_tries;
      return store::PutAddress(tx, who.account_id, row);
    }
    row.address = row.pending_address;
    row.verified_at_us = now;
    row.refused_at_us = 0;
    row.pending_address = row.code_hash = "";
    row.code_expires_at_us = 0;
    TINHSO_TRY(store::PutAddress(tx, who.account_id, row));
    return audit::Stage(tx, Changed(who, "address_verified", channel, now));
  }));
  if (refused == "notice_code_expired") return MakeError(ErrorCode::kConflict, "notice_code_expired");
  if (!refused.empty()) return FieldInvalid("/code", "notice_code_wrong");
  return AnswerSettings(m, request);
}

Result<http::Response> RemoveAddress(Service::Impl& m, http::Request& request) {
  const http::Principal& who = *request.principal;
  const std::string channel(request.Param("channel"));
  if (!IsChannel(channel)) return MakeError(ErrorCode::kNotFound, "notice_channel_unknown");
  const TimeUs now = m.clock.NowUs();
  TINHSO_TRY(m.database.Write([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(store::Address row, AddressOf(tx, who.account_id, channel));
    if (row.address.empty() && row.pending_address.empty()) return Ok();
    // The row stays: it counts the day's codes.
    store::Address empty;
    empty.channel = channel;
    empty.codes_sent_on = row.codes_sent_on;
    empty.codes_sent = row.codes_sent;
    TINHSO_TRY(store::PutAddress(tx, who.account_id, empty));
    TINHSO_TRY(store::CancelWaiting(tx, who.account_id, channel, now));
    return audit::Stage(tx, Changed(who, "address_removed", channel, now));
  }));
  return AnswerSettings(m, request);
}

// Tokens are hexadecimal; anything else is none of ours and goes into no header.
std::string PlainToken(std::string_view token) {
  return token.size() <= 64 && token.find_first_not_of("0123456789abcdef") == std::string_view::npos ? std::string(token) : "";
}

// From the link of a mail, or by the mail program itself (RFC 8058): no sign-in, no question.
Result<http::Response> Unsubscribe(Service::Impl& m, http::Request& request) {
  const std::string_view token = request.Param("token");
  const TimeUs now = m.clock.NowUs();
  TINHSO_TRY(m.database.Write([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(const int64_t account_id, store::AccountOfToken(tx, token));
    if (account_id == 0 || token.empty()) return MakeError(ErrorCode::kNotFound, "unsubscribe_token_unknown");
    TINHSO_ASSIGN(Settings settings, store::GetSettings(tx, account_id));
    for (const Topic& topic : Topics()) {
      auto& modes = settings.choices[topic.topic];
      if (!modes.is_object()) modes = json::object();
      modes.as_object()["email"] = "off";
    }
    TINHSO_TRY(store::PutSettings(tx, account_id, settings));
    TINHSO_TRY(store::CancelWaiting(tx, account_id, "email", now));
    audit::Event event;
    event.kind = "notice.settings_changed";
    event.subject_kind = "account";
    event.subject_id = account_id;
    event.at_us = now;
    event.data = {{"change", "unsubscribed"}, {"channel", "email"}};
    return audit::Stage(tx, event);
  }));
  return http::Response::NoContent();
}

}  // namespace

std::vector<http::Route> SettingsRoutes(Service::Impl& m) {
  using http::BodyKind;
  auto bind = [&m](Result<http::Response> (*handler)(Service::Impl&, http::Request&)) {
    return [&m, handler](http::Request& request) { return handler(m, request); };
  };
  constexpr const char* kChangedEvent = "notice.settings_changed";
  return {
      {"GET", "/api/v1/me/notice-settings", "signed_in", "", BodyKind::kNone,
       [&m](http::Request& request) { return AnswerSettings(m, request); }},
      {"PUT", "/api/v1/me/notice-settings", "signed_in", kChangedEvent, BodyKind::kJson, bind(&PutNoticeSettings), 16 * 1024},
      {"PUT", "/api/v1/me/notice-addresses/{channel}", "signed_in", kChangedEvent, BodyKind::kJson, bind(&PutAddress), 4096},
      {"POST", "/api/v1/me/notice-addresses/{channel}/confirm", "signed_in", kChangedEvent, BodyKind::kJson,
       bind(&ConfirmAddress), 4096},
      {"DELETE", "/api/v1/me/notice-addresses/{channel}", "signed_in", kChangedEvent, BodyKind::kNone, bind(&RemoveAddress)},
      // The same address in a browser, for mail programs that only open it.
      {"GET", "/api/v1/notices/unsubscribe/{token}", "public", "", BodyKind::kNone,
       [](http::Request& request) -> Result<http::Response> {
         http::Response response = http::Response::NoContent();
         response.status = 303;
         response.headers.emplace_back("Location", "/huy-thong-bao?ma=" + PlainToken(request.Param("token")));
         return response;
       }},
      {"POST", "/api/v1/notices/unsubscribe/{token}", "public", kChangedEvent, BodyKind::kNone, bind(&Unsubscribe)},
  };
}

}  // namespace tinhso::notify
