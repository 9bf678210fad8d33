#include "secret_keys.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>

#include "base/crypto.h"

namespace tinhso::identity {
namespace {

constexpr std::string_view kSecretComment =
    "# Khóa niêm phong bí mật trong cơ sở dữ liệu: giữ kín, sao lưu riêng. / Keys that seal secrets in the database: keep secret, back up apart.\n";
constexpr std::string_view kSecretPrefix = "tinhso-secret-key-v1 ";
constexpr size_t kSecretFileBytesMax = 4096;

Error SecretFileError(const char* reason, const std::string& path, int error = 0) {
  return MakeError(ErrorCode::kInternal, reason, path + (error ? std::string(": ") + std::strerror(error) : ""));
}

std::string IdOf(std::string_view key) { return crypto::Sha256Hex("tinhso secret key\n" + std::string(key)).substr(0, 8); }

}  // namespace

Status SecretKeys::Load() {
  const int fd = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return SecretFileError(errno == ENOENT ? "secret_key_missing" : "secret_key_unreadable", path_, errno);
  struct stat info {};
  std::string bytes(kSecretFileBytesMax, '\0');
  const bool measured = ::fstat(fd, &info) == 0;
  const ssize_t got = ::read(fd, bytes.data(), bytes.size());
  ::close(fd);
  if (!measured || got < 0) return SecretFileError("secret_key_unreadable", path_);
  if (info.st_mode & 077) return SecretFileError("secret_key_too_open", path_ + ": chmod 600");
  bytes.resize(static_cast<size_t>(got));
  std::vector<Key> keys;
  for (size_t from = 0; from < bytes.size();) {
    const size_t end = std::min(bytes.find('\n', from), bytes.size());
    const std::string_view line(bytes.data() + from, end - from);
    from = end + 1;
    if (line.empty() || line[0] == '#') continue;
    if (!line.starts_with(kSecretPrefix)) return SecretFileError("secret_key_malformed", path_);
    auto key = crypto::Base64Decode(line.substr(kSecretPrefix.size()));
    if (!key.ok() || key->size() != crypto::kSealKeyBytes) return SecretFileError("secret_key_malformed", path_);
    keys.push_back({IdOf(*key), std::move(*key)});
  }
  if (keys.empty()) return SecretFileError("secret_key_malformed", path_);
  std::lock_guard lock(mutex_);
  keys_ = std::move(keys);
  return Ok();
}

Status SecretKeys::Write(const std::vector<Key>& keys, bool replace) {
  std::string text(kSecretComment);
  for (const Key& key : keys) text += std::string(kSecretPrefix) + crypto::Base64Encode(key.bytes) + "\n";
  const std::string fresh = path_ + "." + crypto::HexEncode(crypto::RandomBytes(8));
  const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return SecretFileError("secret_key_unreadable", fresh, errno);
  bool done = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(fd) == 0;
  ::close(fd);
  // link(2), unlike rename(2), never replaces a key that another process has just made.
  if (done) done = replace ? ::rename(fresh.c_str(), path_.c_str()) == 0 : ::link(fresh.c_str(), path_.c_str()) == 0 || errno == EEXIST;
  const int error = errno;
  if (!done || !replace) ::unlink(fresh.c_str());
  if (!done) return SecretFileError("secret_key_unreadable", path_, error);
  // The name too must outlast a power cut.
  const std::string folder = path_.find('/') == std::string::npos ? "." : path_.substr(0, path_.rfind('/') + 1);
  const int dir = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool flushed = dir >= 0 && ::fsync(dir) == 0;
  if (dir >= 0) ::close(dir);
  if (!flushed) return SecretFileError("secret_key_unreadable", folder, errno);
  return Load();
}

Status SecretKeys::Make() {
  const std::string key = crypto::RandomBytes(crypto::kSealKeyBytes);
  return Write({{IdOf(key), key}}, false);
}

Status SecretKeys::BeginRotation() {
  TINHSO_TRY(Load());
  const std::string key = crypto::RandomBytes(crypto::kSealKeyBytes);
  std::vector<Key> keys = {{IdOf(key), key}};
  {
    std::lock_guard lock(mutex_);
    keys.insert(keys.end(), keys_.begin(), keys_.end());
  }
  return Write(keys, true);
}

Status SecretKeys::FinishRotation() {
  TINHSO_TRY(Load());
  std::vector<Key> keys;
  {
    std::lock_guard lock(mutex_);
    keys = {keys_.front()};
  }
  return Write(keys, true);
}

Result<std::string> SecretKeys::Prefix() {
  TINHSO_TRY(Load());
  std::lock_guard lock(mutex_);
  return "v1:" + keys_.front().id + ":";
}

Result<std::string> SecretKeys::Seal(std::string_view plain, std::string_view bound) {
  TINHSO_TRY(Load());
  std::lock_guard lock(mutex_);
  const Key& key = keys_.front();
  return "v1:" + key.id + ":" + crypto::Base64UrlEncode(crypto::Seal(key.bytes, plain, bound));
}

Result<SecretKeys::Key> SecretKeys::Find(std::string_view id) {
  for (bool again : {false, true}) {
    // Another server may have begun a new key.
    if (again) TINHSO_TRY(Load());
    std::lock_guard lock(mutex_);
    for (const Key& key : keys_) {
      if (key.id == id) return key;
    }
  }
  return SecretFileError("secret_key_missing", path_ + " (" + std::string(id) + ")");
}

Result<std::string> SecretKeys::Open(std::string_view sealed, std::string_view bound) {
  const size_t colon = sealed.find(':', 3);
  if (!IsSealed(sealed) || colon == std::string_view::npos) return MakeError(ErrorCode::kInternal, "secret_broken");
  TINHSO_ASSIGN(const Key key, Find(sealed.substr(3, colon - 3)));
  auto bytes = crypto::Base64UrlDecode(sealed.substr(colon + 1));
  auto plain = bytes.ok() ? crypto::Unseal(key.bytes, *bytes, bound) : Result<std::string>(bytes.error());
  if (!plain.ok()) return MakeError(ErrorCode::kInternal, "secret_broken");
  return plain;
}

}  // namespace tinhso::identity
