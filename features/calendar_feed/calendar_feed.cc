#include "calendar_feed.h"

#include "base/crypto.h"
#include "base/json_writer.h"
#include "ics.h"
#include "kernel/audit/audit.h"
#include "store.h"

namespace tinhso::calendar_feed {
namespace {

constexpr int kSecretBytes = 32;
constexpr std::string_view kExtension = ".ics";
constexpr const char* kName = "Lịch dịch vụ công";

Error NoFeed() { return MakeError(ErrorCode::kNotFound, "calendar_feed_not_found"); }

std::string HostOf(const std::string& url) {
  const size_t from = url.find("://");
  const std::string rest = from == std::string::npos ? url : url.substr(from + 3);
  return rest.substr(0, rest.find_first_of(":/"));
}

}  // namespace

Result<std::string> Service::Get(const http::Principal& who) {
  TINHSO_ASSIGN(auto feed, deps_.router.Shared().Read([&](db::Tx& tx) { return store::Find(tx, who.account_id); }));
  json::Writer out;
  out.BeginObject();
  if (feed) out.Text("made_at", FormatTime(feed->made_at_us));
  else out.Null("made_at");
  out.EndObject();
  return out.Take();
}

Result<std::string> Service::Make(const http::Principal& who) {
  if (who.person_id == 0) return MakeError(ErrorCode::kConflict, "calendar_feed_without_person");
  const std::string secret = crypto::Base64UrlEncode(crypto::RandomBytes(kSecretBytes));
  const TimeUs now = deps_.clock.NowUs();
  TINHSO_TRY(deps_.router.Shared().Write([&](db::Tx& tx) -> Status {
    TINHSO_TRY(store::Put(tx, {who.account_id, crypto::Sha256Hex(secret), now}));
    audit::Event event = audit::By(who, "calendar_feed.made", "account", who.account_id, 0, now);
    event.person_id = who.person_id;
    return audit::Stage(tx, event);
  }));
  json::Writer out;
  out.BeginObject().Text("url", deps_.public_base_url + "/api/v1/calendar-feeds/" + secret + std::string(kExtension)).EndObject();
  return out.Take();
}

Status Service::Revoke(const http::Principal& who) {
  const TimeUs now = deps_.clock.NowUs();
  return deps_.router.Shared().Write([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(const bool deleted, store::Delete(tx, who.account_id));
    if (!deleted) return Ok();
    audit::Event event = audit::By(who, "calendar_feed.revoked", "account", who.account_id, 0, now);
    event.person_id = who.person_id;
    return audit::Stage(tx, event);
  });
}

Result<std::string> Service::File(std::string_view file_name) {
  if (!file_name.ends_with(kExtension)) return NoFeed();
  const std::string sha256 = crypto::Sha256Hex(file_name.substr(0, file_name.size() - kExtension.size()));
  TINHSO_ASSIGN(auto feed, deps_.router.Shared().Read([&](db::Tx& tx) { return store::FindBySecret(tx, sha256); }));
  if (!feed) return NoFeed();
  auto holder = deps_.identity.ActingAs(feed->account_id);
  if (!holder.ok() || holder->person_id == 0) return NoFeed();
  // What an officer's account may see at work is no part of his own dates.
  http::Principal who;
  who.account_id = holder->account_id;
  who.person_id = holder->person_id;
  who.roles = {"citizen"};
  who.permissions = {"dossier.read_own"};

  const std::string host = HostOf(deps_.public_base_url);
  std::vector<DayEvent> events;
  dossiers::Service::ListParams list;
  list.limit = 100;
  for (int64_t read = 0; read < kFeedDossiersMax;) {
    TINHSO_ASSIGN(const std::string text, deps_.dossiers.List(list, who));
    TINHSO_ASSIGN(const json::value page, json::Parse(text));
    const json::array& items = page.at("items").as_array();
    for (const json::value& v : items) {
      const json::object& d = v.as_object();
      const json::object& state = d.at("state").as_object();
      const std::string code = json::GetText(d, "dossier_code"), procedure = json::GetText(d, "procedure_name"), due_at = json::GetText(d, "due_at");
      const std::string url = deps_.public_base_url + "/ho-so/" + code, of = ": " + procedure + " (" + code + ")";
      const bool paused = json::GetText(state, "clock") == "paused";
      if (state.at("final").as_bool()) continue;
      if (due_at.size() >= 10)
        events.push_back({"due-" + code + "@" + host, due_at.substr(0, 10), "Hẹn trả kết quả" + of,
                          paused ? "Thời gian giải quyết đang tạm dừng: ngày hẹn sẽ lùi lại." : "", url, paused});
      TINHSO_ASSIGN(const auto access, deps_.dossiers.Look(code, who));
      TINHSO_ASSIGN(const auto bills, deps_.payments.OpenBillsOf(access.authority_id, access.dossier_id));
      for (const payments::Service::OpenBill& bill : bills)
        events.push_back({"bill-" + std::to_string(bill.invoice_id) + "@" + host, bill.expires_on, "Hạn nộp phí, lệ phí" + of, "", url, false});
    }
    read += static_cast<int64_t>(items.size());
    list.cursor = json::GetText(page.as_object(), "next_cursor");
    if (list.cursor.empty() || items.empty()) break;
  }
  return WriteCalendar(kName, events, deps_.clock.NowUs());
}

std::vector<http::Route> Service::Routes() {
  auto answered = [](Result<std::string> answer, int status) -> Result<http::Response> {
    if (!answer.ok()) return std::move(answer.error());
    http::Response response = http::Response::Bytes(std::move(*answer), "application/json");
    response.status = status;
    return response;
  };
  return {
      {"GET", "/api/v1/me/calendar-feed", "signed_in", "", http::BodyKind::kNone, [this, answered](http::Request& r) { return answered(Get(*r.principal), 200); }},
      {"POST", "/api/v1/me/calendar-feed", "signed_in", "calendar_feed.made", http::BodyKind::kNone,
       [this, answered](http::Request& r) { return answered(Make(*r.principal), 201); }},
      {"DELETE", "/api/v1/me/calendar-feed", "signed_in", "calendar_feed.revoked", http::BodyKind::kNone,
       [this](http::Request& r) -> Result<http::Response> {
         TINHSO_TRY(Revoke(*r.principal));
         return http::Response::NoContent();
       }},
      {"GET", "/api/v1/calendar-feeds/{file_name}", "public", "", http::BodyKind::kNone,
       [this](http::Request& r) -> Result<http::Response> {
         TINHSO_ASSIGN(std::string text, File(r.Param("file_name")));
         http::Response response = http::Response::Bytes(std::move(text), "text/calendar; charset=utf-8");
         response.WithFileName("lich.ics", true);
         return response;
       }},
  };
}

}  // namespace tinhso::calendar_feed
