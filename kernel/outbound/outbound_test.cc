#include "kernel/outbound/outbound.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

namespace tinhso::outbound {
namespace {

// A server that gives each of its callers the next of its answers, whatever they ask.
class OneAnswerServer {
 public:
  explicit OneAnswerServer(std::vector<std::string> answers) : answers_(std::move(answers)) {
    socket_ = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(listen(socket_, 8), 0);
    socklen_t size = sizeof address;
    getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] {
      for (const std::string& answer : answers_) {
        int peer = accept(socket_, nullptr, nullptr);
        if (peer < 0) return;
        char buffer[8192];
        ssize_t got = read(peer, buffer, sizeof buffer);
        if (got > 0) asked_ += std::string(buffer, static_cast<size_t>(got));
        for (size_t sent = 0; sent < answer.size();) {
          ssize_t n = send(peer, answer.data() + sent, answer.size() - sent, MSG_NOSIGNAL);
          if (n <= 0) break;
          sent += static_cast<size_t>(n);
        }
        close(peer);
      }
    });
  }
  ~OneAnswerServer() { Join(); close(socket_); }
  void Join() {
    if (thread_.joinable()) thread_.join();
  }
  std::string Url(const char* path) const { return "http://127.0.0.1:" + std::to_string(port_) + path; }
  const std::string& asked() const { return asked_; }

 private:
  std::vector<std::string> answers_;
  std::string asked_;
  int socket_ = -1, port_ = 0;
  std::thread thread_;
};

TEST(Outbound, OnlyHttpsOrThisMachine) {
  for (const char* good : {"https://dinhdanh.example/x", "http://127.0.0.1:1234/", "http://localhost/", "http://[::1]:80/"})
    EXPECT_TRUE(MayReach(good)) << good;
  for (const char* bad : {"http://dinhdanh.example/", "file:///etc/passwd", "ftp://localhost/", "http://127.0.0.1.example/",
                          "http://127.0.0.1@dinhdanh.example/", "http://localhost.example/", "gopher://localhost/", "", "x"}) {
    EXPECT_FALSE(MayReach(bad)) << bad;
    auto sent = Send({.url = bad});
    ASSERT_FALSE(sent.ok()) << bad;
    EXPECT_EQ(sent.error().reason, "outbound_url_refused");
  }
}

TEST(Outbound, SendsAndReads) {
  OneAnswerServer server({"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"});
  auto answer = Send({.method = "POST", .url = server.Url("/token"), .headers = {{"Authorization", "Basic YTpi"}}, .body = "a=1"});
  ASSERT_TRUE(answer.ok()) << answer.error().detail;
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->content_type, "application/json");
  EXPECT_EQ(answer->body, "{}");
  server.Join();
  EXPECT_NE(server.asked().find("POST /token"), std::string::npos);
  EXPECT_NE(server.asked().find("Authorization: Basic YTpi"), std::string::npos);
}

// A redirect could lead the server anywhere: it is an answer like any other.
TEST(Outbound, RedirectsAreNotFollowed) {
  OneAnswerServer server({"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"});
  auto answer = Send({.url = server.Url("/")});
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->status, 302);
}

TEST(Outbound, TooLargeAnswersAreCut) {
  std::string large(kAnswerBytesMax + 1, 'x');
  OneAnswerServer server({"HTTP/1.1 200 OK\r\n\r\n" + large, "HTTP/1.1 200 OK\r\n\r\n" + large.substr(1)});
  auto over = Send({.url = server.Url("/")});
  ASSERT_FALSE(over.ok());
  EXPECT_EQ(over.error().reason, "outbound_answer_too_large");
  auto just = Send({.url = server.Url("/")});
  ASSERT_TRUE(just.ok());
  EXPECT_EQ(just->body.size(), kAnswerBytesMax);
}

TEST(Outbound, NobodyThere) {
  auto answer = Send({.url = "http://127.0.0.1:1/"});
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().reason, "outbound_unreachable");
}

}  // namespace
}  // namespace tinhso::outbound
