// One import: lines → records → what must be written. No search, no snapshot.
// Private to features/procedures. Thread rule: one import at a time (the caller holds a lock).
#pragma once
#include <functional>

#include "procedures.h"
#include "store.h"

namespace tinhso::procedures {

// Raised when the parser reads more out of the same text: unchanged records are then read again in place.
inline constexpr int64_t kParserVersion = 1;
inline constexpr size_t kImportBatch = 50;  // records per transaction

Result<ImportReport> RunImport(db::Database& database, const Clock& clock, const ImportOptions& options,
                               const std::function<void(const ImportProgress&)>& progress);

}  // namespace tinhso::procedures
