// The reference for submitting: the very rows that the server wrote, put into a copy of the same file as it
// was before, by prepared statements with grouped commits and nothing else.
#pragma once
#include <cstdint>
#include <string>

#include "base/result.h"

namespace tinhso::bench {

struct ReferenceResult {
  int64_t rows = 0;
  double seconds = 0;
};

// `before`: copy of the file from before the run (changed by this call); `after`: the file after it. `items`
// things were done in between; the rows that were added are dealt out evenly over them, in the order they were written, and
// committed `group` items at a time, synchronous FULL.
Result<ReferenceResult> InsertSameRows(const std::string& before, const std::string& after, int64_t items,
                                       int64_t group);

// Microseconds to read one dossier's row by its code, by a prepared statement, one thread, all over the province.
Result<double> ReadRows(const std::string& file, double seconds);

}  // namespace tinhso::bench
