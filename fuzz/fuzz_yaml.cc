// Pack YAML from an administrator's folder: no input may crash, hang or grow past the named limits.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "engines/packs/packs.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto parsed = tinhso::packs::YamlToJson(std::string_view(reinterpret_cast<const char*>(data), size), "fuzz.yaml");
  // What was accepted must be a value JSON can carry.
  if (parsed.ok()) tinhso::json::serialize(*parsed);
  return 0;
}
