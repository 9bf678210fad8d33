#include "store.h"

namespace tinhso::numbering {
namespace {

// A closed series counts on above this: whoever waited for its row while it was closed sees that and takes from the series' home.
constexpr int64_t kClosed = 4'000'000'000'000'000'000;

constexpr db::Sql kTakeNext = R"sql(
  INSERT INTO counter (authority_id, series, value)
  SELECT COALESCE((SELECT continued_by FROM series_home WHERE authority_id = $1), $1), $2, 1 WHERE 1 = 1
  ON CONFLICT (authority_id, series) DO UPDATE SET value = counter.value + 1
  RETURNING value)sql";

constexpr db::Sql kPutHome = R"sql(
  INSERT INTO series_home (authority_id, continued_by) VALUES ($1, $2)
  ON CONFLICT (authority_id) DO UPDATE SET continued_by = excluded.continued_by)sql";
constexpr db::Sql kMoveHomes = "UPDATE series_home SET continued_by = $1 WHERE continued_by = $2";
// Waits for the transactions that hold a number of these series.
constexpr db::Sql kLockSeries = "UPDATE counter SET value = value WHERE authority_id = $1";
constexpr db::Sql kCarrySeries = R"sql(
  INSERT INTO counter (authority_id, series, value)
  SELECT $1, series, value FROM counter
  WHERE authority_id = $2 AND value < $3 AND (series < 'dossier:' OR series >= 'dossier;')
  ON CONFLICT (authority_id, series) DO UPDATE
  SET value = CASE WHEN excluded.value > counter.value THEN excluded.value ELSE counter.value END)sql";
constexpr db::Sql kCloseSeries = R"sql(
  UPDATE counter SET value = value + $1
  WHERE authority_id = $2 AND value < $1 AND (series < 'dossier:' OR series >= 'dossier;'))sql";
constexpr db::Sql kOpenSeries = R"sql(
  SELECT series, value FROM counter
  WHERE authority_id = $1 AND value < $2 AND (series < 'dossier:' OR series >= 'dossier;') ORDER BY series)sql";

}  // namespace

Result<int64_t> TakeNext(db::Tx& tx, int64_t authority_id, std::string_view series) {
  for (int tries = 0; tries < 3; ++tries) {
    TINHSO_ASSIGN(auto row, tx.QueryOne(kTakeNext, {authority_id, series}));
    if (!row) return MakeError(ErrorCode::kInternal, "db_error", "counter returned no row");
    if (row->Int(0) < kClosed) return row->Int(0);
  }
  return MakeError(ErrorCode::kUnavailable, "db_serialization", "series closed");
}

Status Continue(db::Tx& tx, int64_t from_authority_id, int64_t to_authority_id) {
  TINHSO_TRY(tx.Execute(kPutHome, {from_authority_id, to_authority_id}));
  TINHSO_TRY(tx.Execute(kMoveHomes, {to_authority_id, from_authority_id}));
  TINHSO_TRY(tx.Execute(kLockSeries, {from_authority_id}));
  TINHSO_TRY(tx.Execute(kCarrySeries, {to_authority_id, from_authority_id, kClosed}));
  TINHSO_TRY(tx.Execute(kCloseSeries, {kClosed, from_authority_id}));
  return Ok();
}

Result<std::vector<Series>> OpenSeries(db::Tx& tx, int64_t authority_id) {
  TINHSO_ASSIGN(auto rows, tx.Query(kOpenSeries, {authority_id, kClosed}));
  std::vector<Series> out;
  for (const auto& row : rows) out.push_back({row.Text(0), row.Int(1)});
  return out;
}

}  // namespace tinhso::numbering
