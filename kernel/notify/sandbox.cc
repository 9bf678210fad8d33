#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <mutex>

#include "base/json.h"
#include "provider.h"

namespace tinhso::notify {
namespace {

class SandboxProvider : public Provider {
 public:
  explicit SandboxProvider(std::string dir) : dir_(std::move(dir)) {}

  Outcome Send(const Message& message, const std::function<bool()>& before_handover) override {
    std::string line = json::serialize(json::object{{"at", FormatTime(message.at_us)},
                                                    {"message_id", message.message_id},
                                                    {"to", message.address},
                                                    {"text", message.text}}) + "\n";
    std::error_code ec;
    std::filesystem::create_directories(dir_, ec);
    std::lock_guard lock(mutex_);
    const std::string path = dir_ + "/" + message.channel + ".jsonl";
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0) return {Outcome::Kind::kTemporary, "sandbox_unwritable"};
    if (!before_handover()) {
      ::close(fd);
      return {Outcome::Kind::kTemporary, "lease_lost"};
    }
    const bool whole = ::write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size()) && ::fsync(fd) == 0;
    ::close(fd);
    return whole ? Outcome{Outcome::Kind::kSent, ""} : Outcome{Outcome::Kind::kUnknown, "sandbox_write"};
  }

 private:
  const std::string dir_;
  std::mutex mutex_;
};

}  // namespace

std::unique_ptr<Provider> MakeSandboxProvider(std::string dir) {
  return std::make_unique<SandboxProvider>(std::move(dir));
}

}  // namespace tinhso::notify
