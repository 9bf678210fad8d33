// The jobs' only SQL.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "kernel/jobs/jobs.h"

namespace tinhso::jobs::store {

struct NewRow {
  int64_t authority_id, job_id;
  std::string kind, dedup_key, payload;
  TimeUs run_at_us, created_at_us;
};
struct ClaimedRow {
  int64_t authority_id, job_id;
  std::string kind, payload;
  int64_t attempts;
};
struct ListedRow {
  int64_t authority_id, job_id;
  std::string kind, payload, state;
  int64_t attempts;
  TimeUs run_at_us, created_at_us;
  std::string last_error;
};
struct JobKey {
  int64_t authority_id, job_id;
};

// False when a job with the same kind and key exists.
Result<bool> Insert(db::Tx& tx, const NewRow& row);
// Whose job is the most overdue: a read, so that idle polling costs no write.
Result<std::optional<int64_t>> DueAuthority(db::Tx& tx, TimeUs now_us);
// Leases the authority's most overdue job that nobody is taking at this moment until `lease_until_us`.
Result<std::optional<ClaimedRow>> Claim(db::Tx& tx, int64_t authority_id, TimeUs now_us, TimeUs lease_until_us, int64_t lease_token);
// Ends or reschedules a job of which `lease_token` still holds the lease; otherwise changes nothing.
Status Finish(db::Tx& tx, JobKey key, int64_t lease_token, const char* state, const std::string& last_error, TimeUs now_us);
Status Reschedule(db::Tx& tx, JobKey key, int64_t lease_token, TimeUs run_at_us, const std::string& last_error);
Result<int64_t> DeleteDoneBefore(db::Tx& tx, TimeUs before_us);

Result<Counts> Count(db::Tx& tx);
// Newest first, below `before_id`.
Result<std::vector<ListedRow>> List(db::Tx& tx, const std::string& state, int64_t before_id, int64_t limit);
// The authority and state of a job.
Result<std::optional<std::pair<int64_t, std::string>>> Find(db::Tx& tx, int64_t job_id);
// False when it was not dead (any more).
Result<bool> Revive(db::Tx& tx, JobKey key, TimeUs now_us);
Result<bool> Discard(db::Tx& tx, JobKey key, TimeUs now_us);

}  // namespace tinhso::jobs::store
