// JSON at the edge and the search fold: any bytes must give an answer, and what was accepted must stay
// accepted.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/json.h"
#include "base/text.h"

namespace {

void Require(bool ok) {
  if (!ok) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);

  const std::string folded = tinhso::text::Fold(input);
  Require(tinhso::text::Fold(folded) == folded);
  Require(tinhso::text::Trim(folded) == folded);
  for (unsigned char c : tinhso::text::SortKey(input)) Require(c >= 0x20 && c < 0x7F);
  if (auto normal = tinhso::text::Normalize(input); normal.ok()) {
    Require(*tinhso::text::Normalize(*normal) == *normal);
    Require(tinhso::text::Fold(*normal) == folded);
  }

  if (auto parsed = tinhso::json::Parse(input); parsed.ok()) {
    const std::string canonical = tinhso::json::Canonical(*parsed);
    if (canonical.size() <= tinhso::json::kBytesMax) {
      auto again = tinhso::json::Parse(canonical);
      Require(again.ok());
      Require(tinhso::json::Canonical(*again) == canonical);
    }
    tinhso::json::Reader in(*parsed);
    in.OptionalText("a", 10);
    in.OptionalInt("n", -5, 5);
    in.OptionalArray("l", 3);
    (void)in.Finish();
  }
  return 0;
}
