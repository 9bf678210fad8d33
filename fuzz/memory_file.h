// A file in memory, for parsers that take a path.
#pragma once
#include <sys/mman.h>
#include <unistd.h>

#include <string>
#include <string_view>

class MemoryFile {
 public:
  MemoryFile() : fd_(::memfd_create("fuzz", 0)), path_("/proc/self/fd/" + std::to_string(fd_)) {}
  // The path, with `content` in the file; "" when memory is short.
  std::string With(std::string_view content) const {
    if (::ftruncate(fd_, 0) != 0 || ::pwrite(fd_, content.data(), content.size(), 0) != static_cast<ssize_t>(content.size())) return "";
    return path_;
  }

 private:
  int fd_;
  std::string path_;
};
