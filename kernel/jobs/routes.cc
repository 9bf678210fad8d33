#include <algorithm>
#include <array>
#include <charconv>

#include "kernel/audit/audit.h"
#include "kernel/jobs/jobs.h"
#include "store.h"

namespace tinhso::jobs {
namespace {

constexpr int64_t kPageDefault = 50, kPageMax = 100;
constexpr std::array<std::string_view, 4> kListedStates = {"waiting", "running", "done", "dead"};

// An id that cannot be one is answered like one that is not there.
Result<int64_t> JobIdOf(const http::Request& request) {
  const std::string_view text = request.Param("job_id");
  int64_t job_id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), job_id);
  if (error != std::errc() || end != text.data() + text.size() || job_id <= 0)
    return MakeError(ErrorCode::kNotFound, "job_not_found");
  return job_id;
}

json::object DescribeJob(const store::ListedRow& row) {
  json::object out = {
      {"job_id", std::to_string(row.job_id)}, {"kind", row.kind},
      {"state", row.state},                   {"attempts", row.attempts},
      {"created_at", FormatTime(row.created_at_us)}, {"run_at", FormatTime(row.run_at_us)},
      {"last_error", row.last_error},
  };
  if (auto payload = json::Parse(row.payload); payload.ok() && payload->is_object()) out["payload"] = *payload;
  return out;
}

Result<http::Response> ListJobs(db::Database& database, const http::Request& request) {
  std::string state(request.Query("state"));
  if (state.empty()) state = "dead";
  if (std::find(kListedStates.begin(), kListedStates.end(), state) == kListedStates.end())
    return FieldInvalid("?state", "choice_unknown");
  TINHSO_ASSIGN(const int64_t limit, request.QueryInt("limit", 1, kPageMax, kPageDefault));
  TINHSO_ASSIGN(const int64_t before_id, http::DecodeBefore(request.Query("cursor")));
  return database.Read([&](db::Tx& tx) -> Result<http::Response> {
    TINHSO_ASSIGN(auto rows, store::List(tx, state, before_id, limit + 1));
    TINHSO_ASSIGN(const Counts counts, store::Count(tx));
    json::value next_cursor = nullptr;
    if (static_cast<int64_t>(rows.size()) > limit) {
      rows.resize(limit);
      next_cursor = http::EncodeCursor({std::to_string(rows.back().job_id)});
    }
    json::array items;
    for (const auto& row : rows) items.push_back(DescribeJob(row));
    return http::Response::Json(json::object{
        {"items", std::move(items)},
        {"next_cursor", std::move(next_cursor)},
        {"counts",
         {{"waiting", counts.waiting}, {"running", counts.running}, {"done", counts.done}, {"dead", counts.dead}}},
    });
  });
}

using Change = Result<bool> (*)(db::Tx&, store::JobKey, TimeUs);

Result<http::Response> ChangeDead(db::Database& database, const Clock& clock, const http::Request& request, Change change,
                                  const char* event_kind) {
  TINHSO_ASSIGN(const int64_t job_id, JobIdOf(request));
  const TimeUs now_us = clock.NowUs();
  TINHSO_TRY(database.Write([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(auto found, store::Find(tx, job_id));
    if (!found) return MakeError(ErrorCode::kNotFound, "job_not_found");
    TINHSO_ASSIGN(const bool changed, change(tx, {found->first, job_id}, now_us));
    if (!changed) return MakeError(ErrorCode::kConflict, "job_not_dead", found->second);
    return audit::Stage(tx, audit::By(*request.principal, event_kind, "job", job_id, found->first, now_us));
  }));
  return http::Response::NoContent();
}

}  // namespace

std::vector<http::Route> Routes(db::Database& database, const Clock& clock, Runner* runner) {
  return {
      {"GET", "/api/v1/admin/jobs", "jobs.admin", "", http::BodyKind::kNone,
       [&database](http::Request& request) { return ListJobs(database, request); }},
      {"POST", "/api/v1/admin/jobs/{job_id}/retry", "jobs.admin", "job.retried", http::BodyKind::kNone,
       [&database, &clock, runner](http::Request& request) -> Result<http::Response> {
         auto response = ChangeDead(database, clock, request, &store::Revive, "job.retried");
         if (response.ok() && runner) runner->Wake();
         return response;
       }},
      {"POST", "/api/v1/admin/jobs/{job_id}/discard", "jobs.admin", "job.discarded", http::BodyKind::kNone,
       [&database, &clock](http::Request& request) {
         return ChangeDead(database, clock, request, &store::Discard, "job.discarded");
       }},
  };
}

}  // namespace tinhso::jobs
