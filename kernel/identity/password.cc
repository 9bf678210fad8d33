#include "password.h"

#include <argon2.h>

#include <algorithm>
#include <thread>

#include "base/crypto.h"

namespace tinhso::identity {
namespace {

constexpr size_t kSaltBytes = 16;
constexpr size_t kHashBytes = 32;
constexpr size_t kEncodedBytesMax = 256;

Result<std::string> HashNow(std::string_view password) {
  std::string salt = crypto::RandomBytes(kSaltBytes);
  char encoded[kEncodedBytesMax];
  int failed = argon2id_hash_encoded(kArgonPasses, kArgonMemoryKib, kArgonLanes, password.data(), password.size(), salt.data(),
                                     salt.size(), kHashBytes, encoded, sizeof encoded);
  if (failed != ARGON2_OK) return MakeError(ErrorCode::kUnavailable, "busy", argon2_error_message(failed));
  return std::string(encoded);
}

}  // namespace

class PasswordHasher::Turn {
 public:
  explicit Turn(PasswordHasher& hasher) : hasher_(hasher) {}
  ~Turn() { hasher_.Leave(); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  PasswordHasher& hasher_;
};

PasswordHasher::PasswordHasher() {
  running_max_ = std::max(2, static_cast<int>(std::thread::hardware_concurrency()));
  // A real hash of a random password: verifying against it costs what verifying a real account costs. One serves the process.
  static const Result<std::string> decoy = HashNow(crypto::HexEncode(crypto::RandomBytes(32)));
  if (decoy.ok()) decoy_ = *decoy;
}

Status PasswordHasher::Enter() {
  std::unique_lock lock(mutex_);
  if (waiting_ >= kHashWaitersMax) return MakeError(ErrorCode::kUnavailable, "busy", "password hashing");
  ++waiting_;
  free_.wait(lock, [this] { return running_ < running_max_; });
  --waiting_;
  ++running_;
  return Ok();
}

void PasswordHasher::Leave() {
  {
    std::lock_guard lock(mutex_);
    --running_;
  }
  free_.notify_one();
}

Result<std::string> PasswordHasher::Hash(std::string_view password) {
  TINHSO_TRY(Enter());
  Turn turn(*this);
  return HashNow(password);
}

Result<bool> PasswordHasher::Verify(std::string_view password, std::string_view encoded) {
  TINHSO_TRY(Enter());
  Turn turn(*this);
  std::string against(encoded.empty() ? std::string_view(decoy_) : encoded);
  int result = argon2id_verify(against.c_str(), password.data(), password.size());
  if (result != ARGON2_OK && result != ARGON2_VERIFY_MISMATCH) {
    return MakeError(ErrorCode::kUnavailable, "busy", argon2_error_message(result));
  }
  return result == ARGON2_OK && !encoded.empty();
}

}  // namespace tinhso::identity
