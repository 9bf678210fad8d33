// A pack's units ('u'), calendar ('c') and workflows ('w'), and codes of dossiers ('d'): refused with a place or taken, never a crash.
// The first byte chooses the parser.
#include <cstdint>
#include <string>
#include <string_view>

#include "engines/numbering/numbering.h"
#include "engines/packs/packs.h"
#include "engines/workflow/workflow.h"
#include "kernel/orgs/orgs.h"
#include "memory_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tinhso;
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  static const MemoryFile file;
  switch (data[0]) {
    case 'u':
      if (const std::string path = file.With(text); !path.empty()) (void)orgs::ReadUnitsYaml(path);
      break;
    case 'c':
      if (const std::string path = file.With(text); !path.empty()) (void)orgs::ReadCalendarYaml(path);
      break;
    case 'w':
      if (auto definition = packs::YamlToJson(text, "fuzz.yaml"); definition.ok())
        (void)workflow::Workflow::FromJson(*definition, [](std::string_view role) { return role.size() < 20; });
      break;
    case 'd':
      (void)numbering::ParseDossierCode(text);
      break;
    default:
      break;
  }
  return 0;
}
