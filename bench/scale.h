// What a request costs over a small and over a large province: the bar is on the ratio of the two.
#pragma once
#include <cstdint>
#include <string>

#include "client.h"

namespace tinhso::bench {

struct ScaleOptions {
  int64_t small = 0, large = 0;
  std::string small_url, large_url;  // PostgreSQL databases; "" = SQLite
};

// Prints the table; 1 when a bar is missed.
int Scale(const Options& options, const ScaleOptions& scale);

}  // namespace tinhso::bench
