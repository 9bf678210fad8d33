// Where a request's body goes: memory, a temporary file (hashed on the way) or nowhere.
// Thread rule: one request's, one thread at a time.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/crypto.h"
#include "kernel/http/http.h"

namespace tinhso::http {

class BodySink {
 public:
  enum class Kind { kDiscard, kMemory, kFile };
  enum class Failure { kNone, kTooLarge, kDiskFull, kDiskReadOnly, kDisk };
  BodySink() = default;
  ~BodySink();
  BodySink(const BodySink&) = delete;
  BodySink& operator=(const BodySink&) = delete;
  // False when the temporary file cannot be made.
  bool Open(Kind kind, int64_t bytes_max, const std::string& temp_dir);
  // False over the limit or when the disk fails; see failure().
  bool Put(std::string_view bytes);
  // Closes the file; the memory or the uploaded body.
  std::string TakeText() { return std::move(text_); }
  std::optional<UploadedBody> TakeUpload();
  int64_t received() const { return received_; }
  Failure failure() const { return failure_; }
  // Closes and deletes what was not taken.
  void Reset();

 private:
  Kind kind_ = Kind::kDiscard;
  int64_t bytes_max_ = 0, received_ = 0;
  Failure failure_ = Failure::kNone;
  std::string text_, path_;
  int fd_ = -1;
  std::optional<crypto::Sha256> hash_;
};

}  // namespace tinhso::http
