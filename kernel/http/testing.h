// A client of raw sockets for the server's tests.
#pragma once
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <string>
#include <string_view>

namespace tinhso::http {

// A plain blocking client; reads give up after 20 s so that a broken server fails the test instead of hanging
// it.
class Client {
 public:
  explicit Client(int port) {
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ~Client() { ::close(fd_); }
  Client(const Client&) = delete;
  bool connected() const { return connected_; }
  bool Send(std::string_view bytes) {
    while (!bytes.empty()) {
      ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(n));
    }
    return true;
  }
  // Reads until `enough` says so, or the end.
  std::string ReadUntil(const std::function<bool(const std::string&)>& enough) {
    while (!enough(read_)) {
      pollfd wait{fd_, POLLIN, 0};
      if (::poll(&wait, 1, 20'000) <= 0) return "timeout: " + read_;
      char bytes[65536];
      ssize_t n = ::recv(fd_, bytes, sizeof bytes, 0);
      if (n <= 0) {
        ended_ = true;
        break;
      }
      read_.append(bytes, static_cast<size_t>(n));
    }
    return read_;
  }
  // One answer with a Content-Length, taken off what was read.
  std::string Answer(bool head_only = false) {
    size_t total = 0;
    ReadUntil([&](const std::string& data) {
      size_t end = data.find("\r\n\r\n");
      if (end == std::string::npos) return false;
      total = end + 4;
      size_t at = data.find("Content-Length: ");
      if (!head_only && at != std::string::npos && at < end) total += std::stoul(data.substr(at + 16));
      return data.size() >= total;
    });
    std::string one = read_.substr(0, total);
    read_.erase(0, total);
    return one;
  }
  std::string ReadAll() {
    return ReadUntil([](const std::string&) { return false; });
  }
  bool Ended() {
    ReadAll();
    return ended_;
  }

 private:
  int fd_;
  bool connected_ = false, ended_ = false;
  std::string read_;
};

}  // namespace tinhso::http
