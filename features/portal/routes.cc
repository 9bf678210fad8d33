// request → one service call → response. Shapes: api/openapi.yaml.
#include "impl.h"
#include "kernel/audit/audit.h"

namespace tinhso::portal {

namespace {

json::value Moment(TimeUs at_us) { return at_us == 0 ? json::value(nullptr) : json::value(FormatTime(at_us)); }

Result<http::Response> Show(const Service& service, const Service::Impl& m) {
  const Options& options = m.deps.options;
  TINHSO_ASSIGN(const Service::Counts counts, service.Count());
  TINHSO_ASSIGN(const TimeUs last, m.deps.router.Shared().Read([](db::Tx& tx) { return store::LastSent(tx); }));
  TINHSO_ASSIGN(const std::vector<store::Row> refused, m.Rows("refused", kPageMax));
  TINHSO_ASSIGN(const std::vector<store::Row> waiting, m.Rows("waiting", 1));
  json::array items;
  for (const store::Row& row : refused) {
    items.push_back(json::object{{"dossier_code", row.dossier_code},
                                 {"changed_at", Moment(row.changed_at_us)},
                                 {"attempts", row.attempts},
                                 {"error_code", row.error_code},
                                 {"error_text", row.error_text}});
  }
  const PauseState pause = m.Pause();
  return http::Response::Json(json::object{
      {"connected", !options.url.empty()},
      {"url", options.url},
      {"citizens_file_here", options.citizens_file_here},
      {"waiting", counts.waiting},
      {"refused", counts.refused},
      {"waiting_since", Moment(waiting.empty() ? 0 : waiting[0].changed_at_us)},
      {"last_sent_at", Moment(last)},
      {"unreachable", pause.why.empty() ? json::value(nullptr) : json::value(json::object{{"why", pause.why}, {"again_at", Moment(pause.until_us)}})},
      {"items", std::move(items)}});
}

Result<http::Response> Resend(Service::Impl& m, http::Request& request) {
  const std::string code(request.Param("dossier_code"));
  const TimeUs now = m.deps.clock.NowUs();
  const http::Principal& who = *request.principal;
  TINHSO_TRY(m.deps.router.Shared().Write([&](db::Tx& tx) -> Status {
    for (int64_t at = 0;;) {
      TINHSO_ASSIGN(const auto next, store::NextAuthority(tx, "refused", at));
      if (!next) return Status(ErrorCode::kNotFound, "portal_nothing_refused");
      at = *next;
      TINHSO_ASSIGN(const bool found, store::Resend(tx, at, code, now));
      if (!found) continue;
      audit::Event event = audit::By(who, "portal.resent", "dossier", 0, at, now);
      event.data = {{"dossier_code", code}};
      return audit::Stage(tx, event);
    }
  }));
  return http::Response::NoContent();
}

}  // namespace

std::vector<http::Route> Service::Routes() {
  return {{"GET", "/api/v1/admin/portal", "jobs.admin", "", http::BodyKind::kNone, [this](http::Request&) { return Show(*this, *impl_); }},
          {"POST", "/api/v1/admin/portal/{dossier_code}/resend", "jobs.admin", "portal.resent", http::BodyKind::kNone,
           [this](http::Request& request) { return Resend(*impl_, request); }}};
}

}  // namespace tinhso::portal
