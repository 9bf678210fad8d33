// An upload: the first line is the name as given, the rest the content. Sniffing reads a file, so the content is written to one
// that lives in memory.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "kernel/files/files.h"
#include "memory_file.h"
#include "sniff.h"
#include "zip_names.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tinhso;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t end = std::min(input.find('\n'), input.size());
  auto name = files::CleanName(input.substr(0, end));
  if (name.ok()) {
    if (name->empty() || name->find('/') != std::string::npos || name->find('\\') != std::string::npos) std::abort();
    auto again = files::CleanName(*name);
    if (!again.ok() || *again != *name) std::abort();
  }
  static const MemoryFile file;
  const std::string path = file.With(input.substr(std::min(end + 1, size)));
  if (path.empty()) return 0;
  (void)files::ZipNames(path);
  (void)files::SniffType(path, name.ok() ? *name : "a.pdf");
  return 0;
}
