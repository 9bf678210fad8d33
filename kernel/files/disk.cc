#include "disk.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <vector>

#include "base/crypto.h"
#include "base/ids.h"

namespace tinhso::files {
namespace {

constexpr size_t kPieceBytes = 256 * 1024;

Error DiskError(const char* what) {
  const int cause = errno;
  const std::string detail = std::string(what) + ": " + std::strerror(cause);
  if (cause == ENOSPC || cause == EDQUOT || cause == EFBIG) return MakeError(ErrorCode::kStorageFull, "storage_full", detail);
  if (cause == EROFS || cause == EACCES || cause == EPERM) {
    Error error = MakeError(ErrorCode::kUnavailable, "storage_read_only", detail);
    error.retry_after_s = 30;
    return error;
  }
  return MakeError(ErrorCode::kInternal, "file_store_failed", detail);
}

class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  int get() const { return fd_; }
  bool ok() const { return fd_ >= 0; }

 private:
  int fd_;
};

// A new name survives a power cut only when its folder is flushed.
Status SyncDir(const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.ok() || ::fsync(fd.get()) != 0) return DiskError("fsync folder");
  return Ok();
}

Status WriteAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return DiskError("write");
    bytes.remove_prefix(n);
  }
  return Ok();
}

// Calls fn with each piece.
template <class F>
Status ReadPieces(int fd, F&& fn) {
  std::vector<char> buffer(kPieceBytes);
  for (;;) {
    const ssize_t n = ::read(fd, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return DiskError("read");
    if (n == 0) return Ok();
    TINHSO_TRY(fn(std::string_view(buffer.data(), n)));
  }
}

Status CopyFile(const std::string& from, const std::string& to) {
  Fd in(::open(from.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!in.ok()) return DiskError("open");
  Fd out(::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!out.ok()) return DiskError("create");
  TINHSO_TRY(ReadPieces(in.get(), [&](std::string_view piece) { return WriteAll(out.get(), piece); }));
  if (::fsync(out.get()) != 0) return DiskError("fsync");
  return Ok();
}

}  // namespace

Status MakeDirs(const std::string& root, const std::string& dir) {
  struct stat info;
  if (::stat(dir.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) return Ok();
  const std::string parent = dir.substr(0, dir.rfind('/'));
  if (parent.size() > root.size()) TINHSO_TRY(MakeDirs(root, parent));
  if (::mkdir(dir.c_str(), 0700) != 0 && errno != EEXIST) return DiskError("mkdir");
  return SyncDir(parent);
}

Status SyncFile(const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  if (!fd.ok() || ::fchmod(fd.get(), 0600) != 0 || ::fsync(fd.get()) != 0) return DiskError("fsync");
  return Ok();
}

Status MoveIntoPlace(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) {
    if (errno != EXDEV) return DiskError("rename");
    const std::string part = to + "." + RandomToken() + ".part";
    Status copied = CopyFile(from, part);
    if (copied.ok() && ::rename(part.c_str(), to.c_str()) != 0) copied = DiskError("rename");
    if (!copied.ok()) {
      ::unlink(part.c_str());
      return copied;
    }
    ::unlink(from.c_str());
  }
  return SyncDir(to.substr(0, to.rfind('/')));
}

Status WriteNew(const std::string& path, std::string_view bytes) {
  Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!fd.ok()) return DiskError("create");
  TINHSO_TRY(WriteAll(fd.get(), bytes));
  if (::fsync(fd.get()) != 0) return DiskError("fsync");
  return Ok();
}

Result<Content> HashFile(const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd.ok()) {
    if (errno == ENOENT) return MakeError(ErrorCode::kNotFound, "file_not_found");
    return DiskError("open");
  }
  Content out;
  crypto::Sha256 hash;
  TINHSO_TRY(ReadPieces(fd.get(), [&](std::string_view piece) -> Status {
    out.size_bytes += static_cast<int64_t>(piece.size());
    hash.Update(piece);
    return Ok();
  }));
  out.sha256 = hash.FinalHex();
  return out;
}

}  // namespace tinhso::files
