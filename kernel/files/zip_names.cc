#include "zip_names.h"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <string_view>

namespace tinhso::files {
namespace {

// APPNOTE.TXT 4.3.16 and 4.3.12.
constexpr size_t kEndBytes = 22, kEntryBytes = 46, kCommentBytesMax = 65'535;
constexpr std::string_view kEndMark = "PK\x05\x06", kEntryMark = "PK\x01\x02";
constexpr size_t kDirectoryBytesMax = 8 * 1024 * 1024;

uint32_t Little(std::string_view bytes, size_t at, int count) {
  uint32_t value = 0;
  for (int i = count - 1; i >= 0; --i) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

}  // namespace

std::vector<std::string> ZipNames(const std::string& path) {
  std::ifstream in(path, std::ios::binary | std::ios::ate);
  if (!in) return {};
  const size_t size = static_cast<size_t>(in.tellg());
  if (size < kEndBytes) return {};
  std::string tail(std::min(size, kEndBytes + kCommentBytesMax), '\0');
  in.seekg(static_cast<std::streamoff>(size - tail.size()));
  if (!in.read(tail.data(), static_cast<std::streamsize>(tail.size()))) return {};
  const size_t end = tail.rfind(kEndMark);
  if (end == std::string::npos || tail.size() - end < kEndBytes) return {};
  const size_t directory_size = Little(tail, end + 12, 4), directory_at = Little(tail, end + 16, 4);
  if (directory_size > kDirectoryBytesMax || directory_at > size || directory_size > size - directory_at) return {};
  std::string directory(directory_size, '\0');
  in.seekg(static_cast<std::streamoff>(directory_at));
  if (!in.read(directory.data(), static_cast<std::streamsize>(directory.size()))) return {};

  std::vector<std::string> names;
  for (size_t at = 0; at + kEntryBytes <= directory.size();) {
    if (directory.compare(at, kEntryMark.size(), kEntryMark) != 0) return {};
    const size_t name = Little(directory, at + 28, 2), extra = Little(directory, at + 30, 2),
                 comment = Little(directory, at + 32, 2);
    if (at + kEntryBytes + name > directory.size()) return {};
    names.push_back(directory.substr(at + kEntryBytes, name));
    at += kEntryBytes + name + extra + comment;
  }
  return names;
}

}  // namespace tinhso::files
