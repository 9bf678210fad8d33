#include "kernel/db_testing/chaos_proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <chrono>
#include <string_view>
#include <utility>

namespace tinhso::db_testing {
namespace {

constexpr int kProxyTickMs = 20;  // how soon a thread sees that it is to stop
// The text of a Parse message; "READ COMMITTED" is not ended by NUL there.
constexpr std::string_view kCommitMessage{"\0COMMIT\0", 8};

std::string ParameterOf(const std::string& url, const std::string& name) {
  const size_t at = url.find(name + "=");
  if (at == std::string::npos) return "";
  const size_t from = at + name.size() + 1;
  return url.substr(from, url.find('&', from) - from);
}

bool WriteAllTo(int fd, const char* data, size_t size) {
  while (size > 0) {
    const ssize_t n = ::send(fd, data, size, MSG_NOSIGNAL);
    if (n <= 0) return false;
    data += n;
    size -= static_cast<size_t>(n);
  }
  return true;
}

}  // namespace

ChaosProxy::ChaosProxy(const std::string& server_url) {
  // postgresql:///NAME?host=DIR&port=5432&user=postgres
  socket_path_ = ParameterOf(server_url, "host") + "/.s.PGSQL." + ParameterOf(server_url, "port");
  const size_t name = server_url.find('/', server_url.find("://") + 3);
  rest_ = server_url.substr(name, server_url.find('?') - name) + "?user=postgres";
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (listener_ < 0 || ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 64) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    std::perror("proxy");
    std::abort();
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { AcceptLoop(); });
}

ChaosProxy::~ChaosProxy() {
  stopping_ = true;
  acceptor_.join();
  for (auto& thread : threads_) thread.join();
  ::close(listener_);
}

std::string ChaosProxy::url() const { return "postgresql://127.0.0.1:" + std::to_string(port_) + rest_; }

void ChaosProxy::Arm(Plan plan) {
  plan.armed = true;
  std::lock_guard lock(mutex_);
  plan_ = plan;
}
void ChaosProxy::AtCommit(Fault fault) { Arm({.at_commit = true, .on_request = true, .fault = fault}); }
void ChaosProxy::CutAfterRequestBytes(int64_t bytes) { Arm({.on_request = true, .bytes = bytes}); }
void ChaosProxy::CutAfterAnswerBytes(int64_t bytes) { Arm({.bytes = bytes}); }

bool ChaosProxy::Happened() {
  std::lock_guard lock(mutex_);
  return !std::exchange(plan_.armed, false);
}

void ChaosProxy::CutAll() { cut_ = true; }
void ChaosProxy::Restore() { cut_ = false; }

void ChaosProxy::AcceptLoop() {
  while (!stopping_) {
    pollfd waiting{listener_, POLLIN, 0};
    if (::poll(&waiting, 1, kProxyTickMs) <= 0) continue;
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client >= 0) threads_.emplace_back([this, client] { Serve(client); });
  }
}

void ChaosProxy::Serve(int client) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::snprintf(address.sun_path, sizeof address.sun_path, "%s", socket_path_.c_str());
  const int server = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  bool open = !cut_ && ::connect(server, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  bool silent = false;
  while (open && !stopping_ && !cut_) {
    pollfd both[] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
    if (silent) both[0].events = both[1].events = 0;
    if (::poll(both, 2, kProxyTickMs) <= 0) continue;
    if (silent) {
      // A client that gave up has closed; the server is not told.
      if (both[0].revents & (POLLHUP | POLLERR)) both[0].fd = -1;
      std::this_thread::sleep_for(std::chrono::milliseconds(kProxyTickMs));
      continue;
    }
    if (both[0].revents) open = Pass(client, server, /*request=*/true, silent);
    if (open && !silent && both[1].revents) open = Pass(server, client, /*request=*/false, silent);
  }
  ::close(client);
  ::close(server);
}

bool ChaosProxy::Pass(int from, int to, bool request, bool& silent) {
  char data[16384];
  const ssize_t got = ::recv(from, data, sizeof data, 0);
  if (got <= 0) return false;
  size_t size = static_cast<size_t>(got);
  Plan due;
  {
    std::lock_guard lock(mutex_);
    if (plan_.armed && plan_.on_request == request) {
      if (plan_.at_commit) {
        if (std::string_view(data, size).find(kCommitMessage) != std::string_view::npos) due = plan_;
      } else if (static_cast<int64_t>(size) > plan_.bytes) {
        due = plan_;
        size = static_cast<size_t>(plan_.bytes);
      } else {
        plan_.bytes -= static_cast<int64_t>(size);
      }
      if (due.armed) plan_.armed = false;
    }
  }
  if (!due.armed) return WriteAllTo(to, data, size);
  if (!due.at_commit) {
    (void)WriteAllTo(to, data, size);
    return false;
  }
  silent = due.fault == Fault::kHoldRequest || due.fault == Fault::kHoldAnswer;
  if (due.fault == Fault::kCutAnswer || due.fault == Fault::kHoldAnswer) (void)WriteAllTo(to, data, size);
  return silent;
}

}  // namespace tinhso::db_testing
