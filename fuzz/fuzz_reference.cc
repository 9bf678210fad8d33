// What payers and banks write into a transfer: references are found or not, never more than are looked up, and only such as could be ours.
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "reference.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tinhso::payments;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto found = FindReferences(text);
  if (found.size() > kReferencesPerTextMax) __builtin_trap();
  std::set<std::string> once(found.begin(), found.end());
  if (once.size() != found.size()) __builtin_trap();
  for (const std::string& reference : found) {
    if (reference.size() != kReferenceLength) __builtin_trap();
    // What was found is found again when it stands alone.
    const auto alone = FindReferences(reference);
    if (alone.empty() || alone.front() != reference) __builtin_trap();
  }
  return 0;
}
