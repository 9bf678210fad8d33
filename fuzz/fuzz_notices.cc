// The words of messages, from an operator's folder: refused, or every message can be written with them.
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>

#include "templates.h"

namespace {

// A folder of the process with both languages; removed at its end.
struct Folder {
  std::string path = "/tmp/tinhso-fuzz.XXXXXX";
  Folder() {
    if (::mkdtemp(path.data()) == nullptr) std::abort();
  }
  ~Folder() {
    for (const char* name : {"/vi.yaml", "/en.yaml"}) ::unlink((path + name).c_str());
    ::rmdir(path.c_str());
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Folder folder;
  const std::string text(reinterpret_cast<const char*>(data), size);
  // The same file for both, each under its own name.
  for (const char* language : {"vi", "en"}) {
    std::string own = text;
    if (size_t at = own.find("language: "); at != std::string::npos && at + 12 <= own.size()) own.replace(at + 10, 2, language);
    std::ofstream(folder.path + "/" + language + ".yaml", std::ios::binary) << own;
  }
  auto templates = tinhso::notify::Templates::Load(folder.path);
  if (!templates.ok()) return 0;
  const tinhso::notify::Templates::Values values{{"site", "<b>&\"'"}, {"name", "{name}"}, {"code", "H12"}};
  for (const char* kind : {"dossier.other", "nobody.knows"}) {
    templates->Mail("vi", kind, values, {"<i>", "{x}"});
    templates->Short("en", kind, values);
    templates->Title("fr", kind, values);
  }
  return 0;
}
