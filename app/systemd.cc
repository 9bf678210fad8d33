#include "systemd.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "base/clock.h"

namespace tinhso::app::systemd {

void Notify(const std::string& state) {
  const char* path = std::getenv("NOTIFY_SOCKET");
  sockaddr_un address{};
  if (!path || (path[0] != '/' && path[0] != '@') || std::strlen(path) >= sizeof address.sun_path) return;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path, std::strlen(path));
  if (path[0] == '@') address.sun_path[0] = 0;  // an abstract socket
  int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return;
  auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + std::strlen(path));
  // Nobody listening is systemd's affair, not ours.
  (void)!::sendto(fd, state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<sockaddr*>(&address), size);
  ::close(fd);
}

void NotifyReloading() { Notify("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(MonotonicUs())); }

int64_t WatchdogIntervalUs() {
  const char *interval = std::getenv("WATCHDOG_USEC"), *pid = std::getenv("WATCHDOG_PID");
  if (!interval || (pid && std::atoll(pid) != ::getpid())) return 0;
  return std::max<int64_t>(std::atoll(interval), 0);
}

}  // namespace tinhso::app::systemd
