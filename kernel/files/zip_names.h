// The names in a ZIP file's central directory: enough to tell a document from any other archive. Nothing is unpacked.
#pragma once
#include <string>
#include <vector>

namespace tinhso::files {

// Empty when the file is not a ZIP or its directory is damaged or larger than 8 MiB.
std::vector<std::string> ZipNames(const std::string& path);

}  // namespace tinhso::files
