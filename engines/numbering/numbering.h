// Numbers people see: no gaps and no repeats within their series, under any concurrency (a `counter` row per series).
// Thread rule: runs in the caller's Tx.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "kernel/db/db.h"

TINHSO_DECLARE_MIGRATIONS(engines_numbering);

namespace tinhso::numbering {

// Next value of a series, from 1. `series` e.g. "dossier:H12.05:240914".
Result<int64_t> Next(db::Tx& tx, int64_t authority_id, std::string_view series);
// Mã hồ sơ, TT 01/2018/TT-VPCP art. 19 with QĐ 20/2020 unit codes: "H12.05-240914-0001". More than 9999 a day widens to 5 digits.
Result<std::string> NextDossierCode(db::Tx& tx, int64_t authority_id, std::string_view unit_code, Date on);
// Number of a result in its year's series: "15/2026/KS". Series per authority, symbol and year.
Result<std::string> NextResultNumber(db::Tx& tx, int64_t authority_id, std::string_view symbol, Date on);
// Mergers: from now on numbers of `from` authority's series are taken from `to`'s, which goes on from the higher of the two: no number
// is given twice under one name. Dossier codes name their unit and need no carrying. Idempotent; the old rows stay, closed.
Status ContinueSeries(db::Tx& tx, int64_t from_authority_id, int64_t to_authority_id);
struct Series {
  std::string series;
  int64_t value = 0;
};
// Series that ContinueSeries would carry.
Result<std::vector<Series>> SeriesOf(db::Tx& tx, int64_t authority_id);
// "H12.05-240914-0001" → the unit code; kInvalid "dossier_code_malformed".
struct DossierCode {
  std::string unit_code;
  Date on;
  int64_t serial;
};
Result<DossierCode> ParseDossierCode(std::string_view code);

}  // namespace tinhso::numbering
