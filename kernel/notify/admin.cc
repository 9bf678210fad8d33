// What became of the messages sent outside, for the administrator: counts, lists, another try, a test message.
#include <array>
#include <charconv>

#include "base/ids.h"
#include "base/text.h"
#include "impl.h"
#include "kernel/audit/audit.h"
#include "mime.h"

namespace tinhso::notify {
namespace {

constexpr int64_t kPageDefault = 50, kPageMax = 100;
constexpr std::array<std::string_view, 8> kStates = {"waiting", "digest",  "sending", "handing",
                                                     "sent",    "failed",  "unknown", "cancelled"};

Result<int64_t> NumberOf(std::string_view text, Error otherwise) {
  int64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc() || end != text.data() + text.size() || id <= 0) return otherwise;
  return id;
}

json::value TimeOrNull(TimeUs at_us) { return at_us != 0 ? json::value(FormatTime(at_us)) : json::value(nullptr); }

json::object DeliveryJson(const store::Delivery& d) {
  const bool waits = d.state == "waiting" || d.state == "digest";
  return {{"delivery_id", std::to_string(d.delivery_id)},
          {"channel", d.channel},
          {"purpose", d.purpose},
          {"kind", d.kind},
          {"subject", d.subject},
          {"address", d.address.empty() ? "" : MaskAddress(d.address)},
          {"state", d.state},
          {"tries", d.tries},
          {"created_at", FormatTime(d.created_at_us)},
          {"next_try_at", waits ? TimeOrNull(d.due_at_us) : json::value(nullptr)},
          {"finished_at", TimeOrNull(d.finished_at_us)},
          {"message_id", d.provider_id},
          {"last_error", d.last_error}};
}

Result<http::Response> ListDeliveries(Service::Impl& m, http::Request& request) {
  const std::string state(request.Query("state")), channel(request.Query("channel"));
  if (!state.empty() && std::find(kStates.begin(), kStates.end(), state) == kStates.end())
    return FieldInvalid("?state", "field_option_unknown");
  if (!channel.empty() && !IsChannel(channel)) return FieldInvalid("?channel", "field_option_unknown");
  TINHSO_ASSIGN(const int64_t limit, request.QueryInt("limit", 1, kPageMax, kPageDefault));
  TINHSO_ASSIGN(const int64_t before_id, http::DecodeBefore(request.Query("cursor")));
  return m.database.Read([&](db::Tx& tx) -> Result<http::Response> {
    TINHSO_ASSIGN(auto rows, store::List(tx, state, channel, before_id, limit + 1));
    TINHSO_ASSIGN(auto counted, store::CountDeliveries(tx));
    json::value next = nullptr;
    if (static_cast<int64_t>(rows.size()) > limit) {
      rows.resize(limit);
      next = json::value(http::EncodeCursor({std::to_string(rows.back().delivery_id)}));
    }
    json::array items, channels;
    for (const auto& row : rows) items.push_back(DeliveryJson(row));
    for (std::string_view one : kChannels) {
      json::object counts;
      for (std::string_view word : kStates) counts[word] = 0;
      for (const auto& count : counted) {
        if (count.channel == one) counts[count.state] = count.count;
      }
      channels.push_back(json::object{{"channel", one}, {"ready", m.sender.Ready(one)}, {"counts", std::move(counts)}});
    }
    return http::Response::Json(json::object{{"items", std::move(items)}, {"next_cursor", std::move(next)},
                                             {"channels", std::move(channels)}, {"problem", m.problem}});
  });
}

Result<http::Response> RetryDelivery(Service::Impl& m, http::Request& request) {
  TINHSO_ASSIGN(const int64_t delivery_id,
                NumberOf(request.Param("delivery_id"), MakeError(ErrorCode::kNotFound, "delivery_not_found")));
  const TimeUs now = m.clock.NowUs();
  TINHSO_TRY(m.database.Write([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(auto found, store::FindDelivery(tx, delivery_id));
    if (!found) return MakeError(ErrorCode::kNotFound, "delivery_not_found");
    TINHSO_ASSIGN(const bool revived, store::Revive(tx, *found, now));
    if (!revived) return MakeError(ErrorCode::kConflict, "delivery_not_failed", found->state);
    audit::Event event = audit::By(*request.principal, "notice.retried", "delivery", delivery_id,
                                   request.principal->authority_id, now);
    // Of an unknown outcome the person may get it twice; who decided that is on record.
    event.data = {{"channel", found->channel}, {"state", found->state}};
    return audit::Stage(tx, event);
  }));
  m.sender.Wake();
  return http::Response::NoContent();
}

Result<http::Response> SendTest(Service::Impl& m, http::Request& request) {
  TINHSO_ASSIGN(auto body, request.Json());
  json::Reader in(body);
  const std::string channel = in.Text("channel", 1, 20);
  const std::string address = text::Trim(in.Text("address", 1, 254));
  if (!channel.empty() && !IsChannel(channel)) in.Fail("channel", "field_option_unknown");
  if (!address.empty() && channel == "email" && !IsMailAddress(address)) in.Fail("address", "email_malformed");
  if (!address.empty() && channel != "email" && address.find_first_not_of("0123456789") != std::string::npos)
    in.Fail("address", "phone_malformed");
  TINHSO_TRY(in.Finish());
  if (!m.sender.Ready(channel)) return MakeError(ErrorCode::kConflict, "notice_channel_off");
  const TimeUs now = m.clock.NowUs();
  store::Delivery d;
  d.account_id = request.principal->account_id;
  d.delivery_id = NewId();
  d.channel = channel;
  d.purpose = d.kind = "test";
  d.dedup_key = "test:" + std::to_string(d.delivery_id);
  d.address = address;
  d.link = "/";
  d.due_at_us = d.created_at_us = now;
  TINHSO_TRY(m.database.Write([&](db::Tx& tx) -> Status {
    TINHSO_TRY(store::InsertDelivery(tx, d));
    audit::Event event = audit::By(*request.principal, "notice.test_sent", "delivery", d.delivery_id,
                                   request.principal->authority_id, now);
    event.data = {{"channel", channel}};
    return audit::Stage(tx, event);
  }));
  m.sender.Wake();
  return http::Response::Json(DeliveryJson(d), 202);
}

}  // namespace

std::vector<http::Route> AdminRoutes(Service::Impl& m) {
  using http::BodyKind;
  return {
      {"GET", "/api/v1/admin/deliveries", "notices.admin", "", BodyKind::kNone,
       [&m](http::Request& request) { return ListDeliveries(m, request); }},
      {"POST", "/api/v1/admin/deliveries/test", "notices.admin", "notice.test_sent", BodyKind::kJson,
       [&m](http::Request& request) { return SendTest(m, request); }, 4096},
      {"POST", "/api/v1/admin/deliveries/{delivery_id}/retry", "notices.admin", "notice.retried", BodyKind::kNone,
       [&m](http::Request& request) { return RetryDelivery(m, request); }},
  };
}

}  // namespace tinhso::notify
