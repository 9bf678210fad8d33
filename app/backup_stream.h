// A backup through a pipe, as a tar of a folder of backups with one in it. Private to app/.
#pragma once
#include <string>
#include <utility>

#include "base/result.h"

namespace tinhso::app {

// A folder removed with its owner, readable to nobody else.
class ScratchFolder {
 public:
  static Result<ScratchFolder> Make(const std::string& parent);
  ScratchFolder(ScratchFolder&& other) noexcept : path_(std::exchange(other.path_, "")) {}
  ScratchFolder& operator=(ScratchFolder&&) = delete;
  ~ScratchFolder();
  const std::string& path() const { return path_; }

 private:
  explicit ScratchFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

// To standard output, from standard input, by the system's tar. kUnavailable "backup_stream_broken".
Status SendFolder(const std::string& dir);
Status ReceiveFolder(const std::string& dir);

}  // namespace tinhso::app
