#include "load.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "base/clock.h"

namespace tinhso::bench {
namespace {

int Connect(int port) {
  int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    ::close(fd);
    return -1;
  }
  int one = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  return fd;
}

bool SendAll(int fd, const std::string& bytes) {
  size_t sent = 0;
  while (sent < bytes.size()) {
    ssize_t n = ::send(fd, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (n <= 0) return false;
    sent += static_cast<size_t>(n);
  }
  return true;
}

// Length of the first whole answer in `data`, 0 when it is not all there.
size_t WholeAnswer(const std::string& data) {
  size_t end = data.find("\r\n\r\n");
  if (end == std::string::npos) return 0;
  size_t at = data.find("Content-Length: ");
  size_t total = end + 4 + (at < end ? std::strtoull(data.c_str() + at + 16, nullptr, 10) : 0);
  return data.size() >= total ? total : 0;
}

int StatusOf(const std::string& data) { return data.size() > 12 ? std::atoi(data.c_str() + 9) : 0; }

struct Wire {
  int fd = -1;
  std::string read;
  int64_t sent_us = 0;
};

}  // namespace

Answer Call(int port, const std::string& raw_request) {
  Answer answer;
  int fd = Connect(port);
  if (fd < 0) return answer;
  std::string data;
  if (SendAll(fd, raw_request)) {
    char bytes[65536];
    while (WholeAnswer(data) == 0) {
      ssize_t n = ::recv(fd, bytes, sizeof bytes, 0);
      if (n <= 0) break;
      data.append(bytes, static_cast<size_t>(n));
    }
  }
  ::close(fd);
  size_t end = data.find("\r\n\r\n");
  if (end == std::string::npos) return answer;
  answer.status = StatusOf(data);
  answer.head = data.substr(0, end + 2);
  answer.body = data.substr(end + 4);
  return answer;
}

LoadResult Load(int port, int connections, double seconds, const std::function<std::string()>& next) {
  LoadResult result;
  std::vector<int64_t> latencies_us;
  std::vector<Wire> wires(static_cast<size_t>(connections));
  int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  int64_t start_us = MonotonicUs(), end_us = start_us + static_cast<int64_t>(seconds * 1e6);
  int open = 0;
  for (size_t i = 0; i < wires.size(); ++i) {
    wires[i].fd = Connect(port);
    if (wires[i].fd < 0) continue;
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = i;
    ::epoll_ctl(epoll, EPOLL_CTL_ADD, wires[i].fd, &event);
    wires[i].sent_us = MonotonicUs();
    SendAll(wires[i].fd, next());
    ++open;
  }
  auto close_wire = [&](Wire& wire) {
    ::close(wire.fd);
    wire.fd = -1;
    --open;
  };
  std::vector<epoll_event> events(wires.size());
  char bytes[65536];
  int64_t last_us = start_us;
  while (open > 0) {
    int n = ::epoll_wait(epoll, events.data(), static_cast<int>(events.size()), 5000);
    if (n <= 0) break;
    for (int e = 0; e < n; ++e) {
      Wire& wire = wires[events[static_cast<size_t>(e)].data.u64];
      ssize_t got = ::recv(wire.fd, bytes, sizeof bytes, 0);
      if (got <= 0) {
        ++result.failed;
        close_wire(wire);
        continue;
      }
      wire.read.append(bytes, static_cast<size_t>(got));
      if (WholeAnswer(wire.read) == 0) continue;
      int64_t now_us = MonotonicUs();
      if (int status = StatusOf(wire.read); status >= 200 && status < 300) {
        ++result.answered;
        latencies_us.push_back(now_us - wire.sent_us);
      } else {
        ++result.failed;
        if (result.first_failure.empty()) result.first_failure = wire.read;
      }
      wire.read.clear();
      last_us = now_us;
      if (now_us >= end_us) {
        close_wire(wire);
        continue;
      }
      wire.sent_us = now_us;
      if (!SendAll(wire.fd, next())) close_wire(wire);
    }
  }
  ::close(epoll);
  for (Wire& wire : wires) {
    if (wire.fd >= 0) ::close(wire.fd);
  }
  result.seconds = static_cast<double>(last_us - start_us) / 1e6;
  std::sort(latencies_us.begin(), latencies_us.end());
  auto at = [&](double q) {
    return latencies_us.empty()
               ? 0.0
               : static_cast<double>(
                     latencies_us[static_cast<size_t>(q * static_cast<double>(latencies_us.size() - 1))]) /
                     1e3;
  };
  result.p50_ms = at(0.5);
  result.p99_ms = at(0.99);
  return result;
}

}  // namespace tinhso::bench
