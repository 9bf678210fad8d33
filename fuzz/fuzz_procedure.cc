// A line of the national portal's export: no input may crash or hang, and what was read keeps its raw text.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "parse.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)tinhso::procedures::ParseRecord(text);
  (void)tinhso::procedures::ParseChannels(text, text);
  (void)tinhso::procedures::ParsePapers(text);
  return 0;
}
