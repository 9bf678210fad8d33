// The parsers of kernel/areas: CSV records, and GeoJSON rings through simplification.
#include <cstdint>
#include <sstream>
#include <string>

#include "csv.h"
#include "simplify.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  std::istringstream in(text);
  tinhso::areas::CsvReader reader(in);
  std::vector<std::string> fields;
  std::string reason;
  while (reader.Read(fields, reason) != tinhso::areas::CsvReader::Next::kEnd) {
  }
  tinhso::areas::Borders borders;
  tinhso::areas::Ring ring;
  for (size_t i = 0; i + 1 < size && i < 400; i += 2) ring.push_back({data[i] % 16, data[i + 1] % 16});
  if (!ring.empty()) ring.push_back(ring.front());
  borders.Add(ring);
  for (int64_t tolerance : {0, 1, 5}) {
    const tinhso::areas::Ring out = borders.Simplify(ring, tolerance);
    if (!out.empty() && out.front() != out.back()) __builtin_trap();
  }
  return 0;
}
