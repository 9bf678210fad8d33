// What the operator's folder holds: the configuration file ('t'), a backup's manifest ('b'), addresses to listen on ('a'). The first
// byte chooses the parser.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "app/config.h"
#include "backup_format.h"
#include "memory_file.h"
#include "toml_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tinhso::app;
  if (size == 0) return 0;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  static const MemoryFile file;
  switch (data[0]) {
    case 't':
      if (const std::string path = file.With(text); !path.empty()) {
        const TomlFile read = ReadToml(path);
        if (!read.syntax_error.empty() && !read.entries.empty()) std::abort();
      }
      break;
    case 'b':
      if (auto manifest = ParseManifest(text); manifest.ok()) {
        // A restore writes what a manifest names: nothing outside the folder.
        for (const auto* parts : {&manifest->database, &manifest->folder})
          for (const auto& part : *parts)
            if (part.name.empty() || part.name[0] == '/' || ("/" + part.name + "/").find("/../") != std::string::npos) std::abort();
        auto again = ParseManifest(ManifestText(*manifest));
        if (!again.ok() || ManifestText(*again) != ManifestText(*manifest)) std::abort();
      }
      (void)IsBackupName(text);
      break;
    case 'a':
      if (ListenAddress address; ParseListen(text, address) && (address.port < 0 || address.port > 65535)) std::abort();
      break;
    default:
      break;
  }
  return 0;
}
