// "Who has seen my data": every access by others to the signed-in person's data, with purpose and legal basis.
#include <charconv>

#include "impl.h"
#include "kernel/audit/reads.h"

namespace tinhso::audit {
namespace {

constexpr int64_t kAccessPageDefault = 20, kAccessPageMax = 100;

json::object TwoTexts(const char* vi, const char* en) { return {{"vi", vi}, {"en", en}}; }

std::optional<int64_t> PositiveNumber(std::string_view text) {
  int64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size() || out <= 0) return std::nullopt;
  return out;
}

// Position and unit, not the name: who acted on a dossier is named on the dossier; who only looked is answered for by
// the unit, which finds the account by the event's number (docs/adr).
json::object AccessJson(const store::PersonEvent& row, const Wiring& wiring) {
  const store::EventRow& e = row.event;
  auto parsed = json::Parse(e.data);
  const json::object data = parsed.ok() && parsed->is_object() ? parsed->as_object() : json::object();
  const json::value* by = data.if_contains("by");
  const json::object who = by != nullptr && by->is_object() ? by->as_object() : json::object();
  const EventKind* kind = FindKind(e.kind);
  const Purpose* purpose = FindPurpose(json::GetText(data, "purpose"), e.kind);
  const int64_t unit_id = json::GetInt(who, "unit_id");
  json::object out = {
      {"event_id", std::to_string(e.audit_id)},
      {"at", FormatTime(e.at_us)},
      {"kind", e.kind},
      {"title", kind ? TwoTexts(kind->vi, kind->en) : TwoTexts(e.kind.c_str(), e.kind.c_str())},
      {"position", json::GetText(who, "position")},
      {"on_behalf", json::GetInt(who, "delegation_id") != 0},
      {"unit_name", unit_id ? wiring.unit_name(unit_id) : ""},
      {"dossier_code", json::GetText(data, "dossier_code")},
      {"purpose", purpose ? json::value(TwoTexts(purpose->vi, purpose->en)) : json::value(nullptr)},
      {"legal_basis", purpose ? json::value(TwoTexts(purpose->basis_vi, purpose->basis_en)) : json::value(nullptr)},
      {"sealed", row.sealed},
  };
  return out;
}

}  // namespace

void Log::Impl::AddPersonRoutes(std::vector<http::Route>& routes, Log& log, const Wiring& wiring) {
  routes.push_back({"GET", "/api/v1/me/data-access", "signed_in", "", http::BodyKind::kNone,
                    [this, wiring](http::Request& r) -> Result<http::Response> {
    TINHSO_ASSIGN(const int64_t limit, r.QueryInt("limit", 1, kAccessPageMax, kAccessPageDefault));
    TINHSO_ASSIGN(const int64_t before, http::DecodeBefore(r.Query("cursor")));
    std::vector<store::PersonEvent> found;
    if (r.principal->person_id != 0) {
      TINHSO_ASSIGN(found, database.Read([&](db::Tx& tx) {
        return store::EventsAbout(tx, r.principal->person_id, r.principal->account_id, before, limit + 1);
      }));
    }
    json::value next_cursor = nullptr;
    if (static_cast<int64_t>(found.size()) > limit) {
      found.resize(static_cast<size_t>(limit));
      next_cursor = http::EncodeCursor({std::to_string(found.back().event.audit_id)});
    }
    json::array items;
    for (const auto& row : found) items.push_back(AccessJson(row, wiring));
    return http::Response::Json(
        json::object{{"items", std::move(items)}, {"next_cursor", std::move(next_cursor)}, {"same_read_s", kSameReadS}});
  }});
  routes.push_back({"GET", "/api/v1/me/data-access/{event_id}/proof", "signed_in", "", http::BodyKind::kNone,
                    [&log](http::Request& r) -> Result<http::Response> {
    const auto audit_id = PositiveNumber(r.Param("event_id"));
    if (!audit_id || r.principal->person_id == 0) return MakeError(ErrorCode::kNotFound, "audit_event_not_found");
    TINHSO_ASSIGN(std::string file, log.Prove(*audit_id, r.principal->person_id));
    http::Response response = http::Response::Text(std::move(file));
    response.WithFileName("truy-cap-" + std::to_string(*audit_id) + ".tlog-proof", false);
    return response;
  }});
}

}  // namespace tinhso::audit
