// A print template of a pack: refused with a line or accepted, never a crash.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "engines/printing/printing.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  (void)tinhso::printing::Template::Parse(std::string_view(reinterpret_cast<const char*>(data), size), "fuzz.yaml");
  return 0;
}
