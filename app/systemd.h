// The little of systemd's protocol that a service needs (sd_notify(3)): one datagram to NOTIFY_SOCKET. Without systemd
// nothing happens.
#pragma once
#include <cstdint>
#include <string>

namespace tinhso::app::systemd {

void Notify(const std::string& state);  // "READY=1", "STOPPING=1", "WATCHDOG=1", "STATUS=…"
void NotifyReloading();
// WATCHDOG_USEC when it is meant for this process; 0 = no watchdog.
int64_t WatchdogIntervalUs();

}  // namespace tinhso::app::systemd
