// Argon2id (RFC 9106) behind a gate that bounds how much memory and processor sign-ins can take.
#pragma once
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tinhso::identity {

// OWASP Password Storage Cheat Sheet: 19 MiB, two passes, one lane; about 20–40 ms on an office server.
inline constexpr uint32_t kArgonMemoryKib = 19 * 1024;
inline constexpr uint32_t kArgonPasses = 2;
inline constexpr uint32_t kArgonLanes = 1;
inline constexpr size_t kPasswordLengthMin = 10;  // code points
inline constexpr size_t kPasswordLengthMax = 200;
inline constexpr int kHashWaitersMax = 256;

// Thread-safe. Never called on a database thread.
class PasswordHasher {
 public:
  PasswordHasher();
  // The encoded hash "$argon2id$v=19$m=…". kUnavailable "busy" when too many are waiting.
  Result<std::string> Hash(std::string_view password);
  // Whether the password matches. With "" as encoded it does the same work on a hash nobody has the password of, and says no.
  Result<bool> Verify(std::string_view password, std::string_view encoded);

 private:
  class Turn;
  Status Enter();
  void Leave();

  std::mutex mutex_;
  std::condition_variable free_;
  int running_ = 0, waiting_ = 0, running_max_ = 2;
  std::string decoy_;
};

}  // namespace tinhso::identity
