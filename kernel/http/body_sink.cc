#include "body_sink.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/ids.h"

namespace tinhso::http {

namespace {

BodySink::Failure DiskFailure(int cause) {
  if (cause == EROFS || cause == EACCES || cause == EPERM) return BodySink::Failure::kDiskReadOnly;
  return cause == ENOSPC || cause == EDQUOT || cause == EFBIG ? BodySink::Failure::kDiskFull : BodySink::Failure::kDisk;
}

}  // namespace

BodySink::~BodySink() { Reset(); }

bool BodySink::Open(Kind kind, int64_t bytes_max, const std::string& temp_dir) {
  Reset();
  kind_ = kind;
  bytes_max_ = bytes_max;
  received_ = 0;
  failure_ = Failure::kNone;
  if (kind != Kind::kFile) return true;
  path_ = temp_dir + "/upload-" + RandomToken();
  fd_ = ::open(path_.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
  if (fd_ < 0) {
    failure_ = DiskFailure(errno);
    path_.clear();
    return false;
  }
  hash_.emplace();
  return true;
}

bool BodySink::Put(std::string_view bytes) {
  if (failure_ != Failure::kNone) return false;
  received_ += static_cast<int64_t>(bytes.size());
  if (received_ > bytes_max_) {
    failure_ = Failure::kTooLarge;
    return false;
  }
  if (kind_ == Kind::kMemory) text_.append(bytes);
  if (kind_ != Kind::kFile) return true;
  hash_->Update(bytes);
  while (!bytes.empty()) {
    ssize_t n = ::write(fd_, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      failure_ = DiskFailure(errno);
      return false;
    }
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

std::optional<UploadedBody> BodySink::TakeUpload() {
  if (kind_ != Kind::kFile || fd_ < 0 || failure_ != Failure::kNone) return std::nullopt;
  ::close(fd_);
  fd_ = -1;
  UploadedBody body{std::move(path_), received_, hash_->FinalHex()};
  path_.clear();
  hash_.reset();
  return body;
}

void BodySink::Reset() {
  if (fd_ >= 0) ::close(fd_);
  if (!path_.empty()) ::unlink(path_.c_str());
  fd_ = -1;
  path_.clear();
  text_.clear();
  hash_.reset();
}

}  // namespace tinhso::http
