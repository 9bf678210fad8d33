// The keys that seal secrets in the database (today those of authenticator apps): AES-256-GCM, bound to the row they stand in. The keys
// stand in a file outside the database (mode 0600), so that a copied database alone gives no codes. A sealed text names its key:
// "v1:<id of the key>:<base64url>".
// Thread rule: thread-safe.
#pragma once
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tinhso::identity {

class SecretKeys {
 public:
  explicit SecretKeys(std::string path) : path_(std::move(path)) {}
  // kInternal "secret_key_missing" (no such file), "secret_key_unreadable", "secret_key_too_open" (others may read it),
  // "secret_key_malformed"; the path in detail.
  Status Load();
  // A file with one new key, whole or not at all; reads that of another process when it was first.
  Status Make();
  // Under the file's first key, as the file is now: another server may have changed it. `bound`: where the secret stands.
  Result<std::string> Seal(std::string_view plain, std::string_view bound);
  // kInternal "secret_key_missing" when the key is not in the file, "secret_broken" when the text is not what was sealed there.
  Result<std::string> Open(std::string_view sealed, std::string_view bound);
  static bool IsSealed(std::string_view text) { return text.starts_with("v1:"); }
  // "v1:<id>:" of what is sealed now.
  Result<std::string> Prefix();

  // Changing the key: Begin puts a new one in front; once nothing is sealed under the older ones, Finish drops them.
  Status BeginRotation();
  Status FinishRotation();

 private:
  struct Key {
    std::string id, bytes;
  };
  Status Write(const std::vector<Key>& keys, bool replace);
  Result<Key> Find(std::string_view id);

  const std::string path_;
  std::mutex mutex_;
  std::vector<Key> keys_;
};

}  // namespace tinhso::identity
