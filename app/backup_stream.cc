#include "backup_stream.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <vector>

extern char** environ;

namespace tinhso::app {
namespace {

// tar with these words, its standard input and output ours.
Status Tar(std::vector<std::string> words) {
  words.insert(words.begin(), "tar");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_t child = 0;
  int error = ::posix_spawnp(&child, "tar", nullptr, nullptr, argv.data(), environ);
  int status = 0;
  if (error == 0)
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
  if (error == 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0) return Ok();
  return Status(ErrorCode::kUnavailable, "backup_stream_broken", error != 0 ? std::strerror(error) : "tar");
}

}  // namespace

Result<ScratchFolder> ScratchFolder::Make(const std::string& parent) {
  std::error_code ec;
  std::filesystem::create_directories(parent, ec);
  std::string path = parent + "/tinhso-backup.XXXXXX";
  if (::mkdtemp(path.data()) == nullptr) return MakeError(ErrorCode::kUnavailable, "backup_write_failed", parent + ": " + std::strerror(errno));
  return ScratchFolder(std::move(path));
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

Status SendFolder(const std::string& dir) { return Tar({"-C", dir, "-c", "-f", "-", "--exclude=./lock", "."}); }
Status ReceiveFolder(const std::string& dir) { return Tar({"-C", dir, "-x", "-f", "-", "--no-same-owner"}); }

}  // namespace tinhso::app
