// SQL of the counters, private to this module.
#pragma once
#include "engines/numbering/numbering.h"

namespace tinhso::numbering {
Result<int64_t> TakeNext(db::Tx& tx, int64_t authority_id, std::string_view series);
}
