// SQL of the counters, private to this module.
#pragma once
#include "engines/numbering/numbering.h"

namespace tinhso::numbering {
Result<int64_t> TakeNext(db::Tx& tx, int64_t authority_id, std::string_view series);
Status Continue(db::Tx& tx, int64_t from_authority_id, int64_t to_authority_id);
Result<std::vector<Series>> OpenSeries(db::Tx& tx, int64_t authority_id);
}  // namespace tinhso::numbering
