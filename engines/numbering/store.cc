#include "store.h"

namespace tinhso::numbering {
namespace {

constexpr db::Sql kTakeNext = R"sql(
  INSERT INTO counter (authority_id, series, value) VALUES ($1, $2, 1)
  ON CONFLICT (authority_id, series) DO UPDATE SET value = counter.value + 1
  RETURNING value)sql";

}  // namespace

Result<int64_t> TakeNext(db::Tx& tx, int64_t authority_id, std::string_view series) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kTakeNext, {authority_id, series}));
  if (!row) return MakeError(ErrorCode::kInternal, "db_error", "counter returned no row");
  return row->Int(0);
}

}  // namespace tinhso::numbering
