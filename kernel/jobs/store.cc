#include "store.h"

namespace tinhso::jobs::store {
namespace {

constexpr db::Sql kInsertJob = R"sql(
  INSERT INTO job (authority_id, job_id, kind, dedup_key, payload, state, attempts, run_at_us, lease_token, last_error,
    created_at_us, finished_at_us)
  VALUES ($1, $2, $3, $4, $5, 'waiting', 0, $6, 0, '', $7, NULL)
  ON CONFLICT (authority_id, kind, dedup_key) WHERE dedup_key <> '' DO NOTHING)sql";

constexpr db::Sql kDueAuthority = R"sql(
  SELECT authority_id FROM job WHERE finished_at_us IS NULL AND run_at_us <= $1 ORDER BY run_at_us, job_id LIMIT 1)sql";

constexpr db::Sql kClaim = R"sql(
  WITH c AS MATERIALIZED (
    SELECT job_id FROM job WHERE authority_id = $4 AND finished_at_us IS NULL AND run_at_us <= $1
    ORDER BY run_at_us, job_id LIMIT 1 /*SKIP_LOCKED*/)
  UPDATE job SET state = 'running', attempts = attempts + 1, run_at_us = $2, lease_token = $3
  WHERE authority_id = $4 AND job_id IN (SELECT job_id FROM c)
  RETURNING authority_id, job_id, kind, payload, attempts)sql";

constexpr db::Sql kFinish = R"sql(
  UPDATE job SET state = $4, last_error = $5, finished_at_us = $6
  WHERE authority_id = $1 AND job_id = $2 AND lease_token = $3 AND state = 'running')sql";
constexpr db::Sql kReschedule = R"sql(
  UPDATE job SET state = 'waiting', run_at_us = $4, last_error = $5
  WHERE authority_id = $1 AND job_id = $2 AND lease_token = $3 AND state = 'running')sql";
constexpr db::Sql kDeleteDone = R"sql(
  DELETE FROM job WHERE state IN ('done', 'discarded') AND finished_at_us < $1)sql";

constexpr db::Sql kCountByState = "SELECT state, COUNT(*) FROM job GROUP BY state";
constexpr db::Sql kList = R"sql(
  SELECT authority_id, job_id, kind, payload, state, attempts, run_at_us, created_at_us, last_error
  FROM job WHERE state = $1 AND job_id < $2 ORDER BY job_id DESC LIMIT $3)sql";
constexpr db::Sql kFind = "SELECT authority_id, state FROM job WHERE job_id = $1";
constexpr db::Sql kRevive = R"sql(
  UPDATE job SET state = 'waiting', attempts = 0, run_at_us = $3, finished_at_us = NULL
  WHERE authority_id = $1 AND job_id = $2 AND state = 'dead')sql";
constexpr db::Sql kDiscard = R"sql(
  UPDATE job SET state = 'discarded', finished_at_us = $3
  WHERE authority_id = $1 AND job_id = $2 AND state = 'dead')sql";

}  // namespace

Result<bool> Insert(db::Tx& tx, const NewRow& r) {
  TINHSO_ASSIGN(const int64_t changed, tx.Execute(kInsertJob, {r.authority_id, r.job_id, r.kind, r.dedup_key, r.payload,
                                                               r.run_at_us, r.created_at_us}));
  return changed == 1;
}

Result<std::optional<int64_t>> DueAuthority(db::Tx& tx, TimeUs now_us) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kDueAuthority, {now_us}));
  return row ? std::optional(row->Int(0)) : std::nullopt;
}

Result<std::optional<ClaimedRow>> Claim(db::Tx& tx, int64_t authority_id, TimeUs now_us, TimeUs lease_until_us, int64_t lease_token) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kClaim, {now_us, lease_until_us, lease_token, authority_id}));
  if (!row) return std::optional<ClaimedRow>();
  return std::optional(ClaimedRow{row->Int(0), row->Int(1), row->Text(2), row->Text(3), row->Int(4)});
}

Status Finish(db::Tx& tx, JobKey key, int64_t lease_token, const char* state, const std::string& last_error,
              TimeUs now_us) {
  TINHSO_TRY(tx.Execute(kFinish, {key.authority_id, key.job_id, lease_token, state, last_error, now_us}));
  return Ok();
}

Status Reschedule(db::Tx& tx, JobKey key, int64_t lease_token, TimeUs run_at_us, const std::string& last_error) {
  TINHSO_TRY(tx.Execute(kReschedule, {key.authority_id, key.job_id, lease_token, run_at_us, last_error}));
  return Ok();
}

Result<int64_t> DeleteDoneBefore(db::Tx& tx, TimeUs before_us) { return tx.Execute(kDeleteDone, {before_us}); }

Result<Counts> Count(db::Tx& tx) {
  TINHSO_ASSIGN(auto rows, tx.Query(kCountByState, {}));
  Counts out;
  for (const auto& row : rows) {
    const std::string state = row.Text(0);
    if (state == "waiting") out.waiting = row.Int(1);
    if (state == "running") out.running = row.Int(1);
    if (state == "done") out.done = row.Int(1);
    if (state == "dead") out.dead = row.Int(1);
  }
  return out;
}

Result<std::vector<ListedRow>> List(db::Tx& tx, const std::string& state, int64_t before_id, int64_t limit) {
  TINHSO_ASSIGN(auto rows, tx.Query(kList, {state, before_id, limit}));
  std::vector<ListedRow> out;
  for (const auto& row : rows)
    out.push_back({row.Int(0), row.Int(1), row.Text(2), row.Text(3), row.Text(4), row.Int(5), row.Int(6), row.Int(7),
                   row.Text(8)});
  return out;
}

Result<std::optional<std::pair<int64_t, std::string>>> Find(db::Tx& tx, int64_t job_id) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kFind, {job_id}));
  if (!row) return std::optional<std::pair<int64_t, std::string>>();
  return std::optional(std::pair(row->Int(0), row->Text(1)));
}

Result<bool> Revive(db::Tx& tx, JobKey key, TimeUs now_us) {
  TINHSO_ASSIGN(const int64_t changed, tx.Execute(kRevive, {key.authority_id, key.job_id, now_us}));
  return changed == 1;
}

Result<bool> Discard(db::Tx& tx, JobKey key, TimeUs now_us) {
  TINHSO_ASSIGN(const int64_t changed, tx.Execute(kDiscard, {key.authority_id, key.job_id, now_us}));
  return changed == 1;
}

}  // namespace tinhso::jobs::store
