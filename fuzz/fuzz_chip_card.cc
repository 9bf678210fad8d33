// The line of a chip card: whatever a reader types, what is read is sound.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/clock.h"
#include "kernel/persons/persons.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tinhso;
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  auto card = persons::ReadChipCard(line);
  if (card.ok()) {
    if (!persons::CheckPersonalNo(card->personal_no, card->birth_on, card->sex).empty() || card->full_name.empty()) std::abort();
    if (!card->issued_on.empty() && !ParseDate(card->issued_on).ok()) std::abort();
    if (!card->old_identity_no.empty() && !persons::CheckOldIdentityNo(card->old_identity_no).empty()) std::abort();
  }
  for (const char* kind : {"personal_no", "old_identity_no", "passport", "tax_no"}) {
    if (persons::CheckPaperNo(kind, line).empty() && (size < 6 || size > 14)) std::abort();
  }
  return 0;
}
