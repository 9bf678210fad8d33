// A file of lines as the national portal gives it, plain or gzip: what is read stays within the limits, whatever was compressed.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "lines.h"
#include "memory_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using tinhso::procedures::LineReader;
  constexpr size_t kLineMax = 1000;
  constexpr int64_t kBytesMax = 1 << 20;
  static const MemoryFile file;
  const std::string path = file.With(std::string_view(reinterpret_cast<const char*>(data), size));
  if (path.empty()) return 0;
  auto reader = LineReader::Open(path, kLineMax, kBytesMax);
  if (!reader.ok()) return 0;
  int64_t total = 0;
  for (std::string line;;) {
    auto next = (*reader)->Read(line);
    if (!next.ok() || *next == LineReader::Next::kEnd) break;
    if (*next == LineReader::Next::kLine && line.size() > kLineMax) std::abort();
    if (*next == LineReader::Next::kLine) total += static_cast<int64_t>(line.size()) + 1;
    if (total > 2 * kBytesMax) std::abort();
  }
  return 0;
}
