#include "keys.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/crypto.h"
#include "base/text.h"

namespace tinhso::audit {
namespace {

constexpr std::string_view kComment =
    "# Khóa riêng của nhật ký kiểm toán: giữ kín, sao lưu riêng. / Private keys of the audit log: keep secret, back up apart.\n";
constexpr size_t kKeyFileBytesMax = 4096;

Error KeyFileError(const char* reason, const std::string& path, int error = 0) {
  return MakeError(ErrorCode::kInternal, reason, path + (error ? std::string(": ") + std::strerror(error) : ""));
}

// A name of its own for an installation without a public address.
std::string LocalOrigin() { return "localhost/" + crypto::HexEncode(crypto::RandomBytes(4)) + "/audit"; }

// A new file beside `path`, flushed; its name.
Result<std::string> WriteFresh(const std::string& path, const std::vector<SignerKey>& keys) {
  std::string text(kComment);
  for (const SignerKey& key : keys) text += key.Text() + "\n";
  std::string fresh = path + "." + crypto::HexEncode(crypto::RandomBytes(8));
  const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return KeyFileError("audit_key_unreadable", fresh, errno);
  const bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(fd) == 0;
  const int error = errno;
  ::close(fd);
  if (written) return fresh;
  ::unlink(fresh.c_str());
  return KeyFileError("audit_key_unreadable", path, error);
}

}  // namespace

Result<std::optional<Keys>> ReadKeys(const std::string& path, std::string_view known) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    if (errno == ENOENT) return std::optional<Keys>();
    return KeyFileError("audit_key_unreadable", path, errno);
  }
  struct stat info {};
  std::string bytes(kKeyFileBytesMax, '\0');
  const bool measured = ::fstat(fd, &info) == 0;
  const ssize_t got = ::read(fd, bytes.data(), bytes.size());
  ::close(fd);
  if (!measured || got < 0) return KeyFileError("audit_key_unreadable", path);
  if (info.st_mode & 077) return KeyFileError("audit_key_too_open", path + ": chmod 600");
  bytes.resize(static_cast<size_t>(got));
  std::optional<SignerKey> log, witness;
  for (size_t from = 0; from < bytes.size();) {
    const size_t end = std::min(bytes.find('\n', from), bytes.size());
    const std::string_view line(bytes.data() + from, end - from);
    from = end + 1;
    if (line.empty() || line[0] == '#') continue;
    auto key = SignerKey::Parse(line);
    if (!key.ok()) return KeyFileError("audit_key_malformed", path);
    if (key->type == KeyType::kCosignature)
      witness = std::move(*key);
    else if (!log || key->Verifier().Text() == known)
      log = std::move(*key);
  }
  if (!log || !witness) return KeyFileError("audit_key_malformed", path);
  return std::optional<Keys>(Keys{std::move(*log), std::move(*witness)});
}

Result<Keys> MakeKeys(const std::string& path, const std::string& origin) {
  const std::string name = origin.empty() ? LocalOrigin() : origin;
  const Keys keys{SignerKey::Generate(name, KeyType::kLog), SignerKey::Generate(name + "/witness", KeyType::kCosignature)};
  // A name that cannot stand in a note must fail now, not at the first checkpoint.
  if (!SignerKey::Parse(keys.log.Text()).ok()) return KeyFileError("audit_key_malformed", "origin " + name);
  TINHSO_ASSIGN(const std::string fresh, WriteFresh(path, {keys.log, keys.witness}));
  // link(2), unlike rename(2), never replaces a key that another process has just made.
  const bool first = ::link(fresh.c_str(), path.c_str()) == 0;
  const int error = errno;
  ::unlink(fresh.c_str());
  if (!first && error != EEXIST) return KeyFileError("audit_key_unreadable", path, error);
  TINHSO_ASSIGN(auto read, ReadKeys(path, ""));
  if (!read) return KeyFileError("audit_key_unreadable", path);
  return std::move(*read);
}

Status ReplaceKeys(const std::string& path, const std::vector<SignerKey>& keys) {
  TINHSO_ASSIGN(const std::string fresh, WriteFresh(path, keys));
  if (::rename(fresh.c_str(), path.c_str()) != 0) {
    const int error = errno;
    ::unlink(fresh.c_str());
    return KeyFileError("audit_key_unreadable", path, error);
  }
  // The name too must outlast a power cut: the key that it replaces is about to be forgotten.
  const std::string folder = path.find('/') == std::string::npos ? "." : path.substr(0, path.rfind('/') + 1);
  const int dir = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool flushed = dir >= 0 && ::fsync(dir) == 0;
  if (dir >= 0) ::close(dir);
  return flushed ? Ok() : Status(KeyFileError("audit_key_unreadable", path, errno));
}

}  // namespace tinhso::audit
