// A real server on a free port, spoken to with raw sockets as friend and as attacker.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <latch>

#include "base/crypto.h"
#include "base/ids.h"
#include "kernel/http/http.h"
#include "kernel/http/metrics.h"
#include "testing.h"

namespace tinhso::http {
namespace {

namespace fs = std::filesystem;

class ServerTest : public testing::Test {
 protected:
  void SetUp() override {
    dir_ = fs::temp_directory_path() / ("tinhso-http-" + RandomToken());
    fs::create_directories(dir_ / "tmp");
    fs::create_directories(dir_ / "web");
    std::ofstream(dir_ / "web/index.html") << "<!doctype html>page";
    std::ofstream(dir_ / "secret.txt") << "secret";
    std::ofstream big(dir_ / "big.bin", std::ios::binary);
    for (int i = 0; i < 300'000; ++i) big << static_cast<char>('a' + i % 23);
    big.close();
    options_.port = 0;
    options_.workers = 4;
    options_.temp_dir = (dir_ / "tmp").string();
    options_.static_dir = (dir_ / "web").string();
    options_.file_body_bytes_max = 80 * 1024 * 1024;
    options_.public_posts_per_minute = 0;
    options_.metrics = std::make_shared<Metrics>();
    auto text = [](const char* body) {
      return [body](Request&) -> Result<Response> { return Response::Text(body); };
    };
    router_.Add(OperationRoutes(options_.metrics, nullptr));
    router_.Add({"GET", "/api/hello", "public", "", BodyKind::kNone, text("hello")});
    router_.Add({"GET", "/api/secret", "signed_in", "", BodyKind::kNone, text("secret")});
    router_.Add(
        {"POST", "/api/json", "public", "x", BodyKind::kJson, [](Request& request) -> Result<Response> {
           TINHSO_ASSIGN(json::value body, request.Json());
           return Response::Json({{"size", request.body.size()}}, 201);
         }});
    router_.Add({"POST", "/api/files", "signed_in", "x", BodyKind::kFile,
                 [this](Request& request) -> Result<Response> {
                   uploads_.push_back(request.upload->path);
                   return Response::Json(
                       {{"size", request.upload->size_bytes}, {"sha256", request.upload->sha256_hex}}, 201);
                 }});
    router_.Add({"GET", "/api/big", "public", "", BodyKind::kNone, [this](Request&) -> Result<Response> {
                   return Response::File((dir_ / "big.bin").string(), 300'000, "application/pdf");
                 }});
    router_.Add({"GET", "/api/slow", "public", "", BodyKind::kNone, [this](Request&) -> Result<Response> {
                   entered_.count_down();
                   release_.wait();
                   return Response::Text("slow done");
                 }});
  }
  void TearDown() override {
    if (server_) server_->Stop(5);
    server_.reset();
    fs::remove_all(dir_);
  }
  void Start() {
    Authenticator who = [](const Request& request) -> Result<std::optional<Principal>> {
      if (request.Header("authorization") != "Bearer good") return std::optional<Principal>();
      return std::optional<Principal>(Principal{.account_id = 1});
    };
    auto server = Server::Start(options_, router_, who);
    ASSERT_TRUE(server.ok()) << server.error().reason;
    server_ = std::move(server).value();
  }
  std::string Ask(std::string_view raw) {
    Client client(server_->port());
    client.Send(raw);
    return client.Answer();
  }
  static int StatusOf(const std::string& answer) {
    return answer.size() > 12 ? std::atoi(answer.c_str() + 9) : 0;
  }
  std::string Get(std::string_view target, std::string_view headers = "") {
    return Ask("GET " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\n" + std::string(headers) +
               "\r\n");
  }
  std::string Post(std::string_view target, std::string_view body,
                   std::string_view type = "application/json") {
    return Ask("POST " + std::string(target) +
               " HTTP/1.1\r\nHost: localhost\r\nContent-Type: " + std::string(type) +
               "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body));
  }

  fs::path dir_;
  ServerOptions options_;
  Router router_;
  std::unique_ptr<Server> server_;
  std::vector<std::string> uploads_;
  std::latch entered_{1}, release_{1};
};

TEST_F(ServerTest, AnswersWithSecurityHeadersAndTraceId) {
  Start();
  std::string answer =
      Get("/api/hello", "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n");
  EXPECT_EQ(StatusOf(answer), 200);
  for (const char* wanted :
       {"\r\n\r\nhello", "X-Trace-Id: 4bf92f3577b34da6a3ce929d0e0e4736", "Cache-Control: no-store",
        "Content-Security-Policy: default-src 'self'", "X-Content-Type-Options: nosniff"})
    EXPECT_NE(answer.find(wanted), std::string::npos) << wanted;
}

TEST_F(ServerTest, HealthReadinessMetrics) {
  Start();
  EXPECT_EQ(StatusOf(Get("/healthz")), 200);
  EXPECT_EQ(StatusOf(Get("/readyz")), 200);
  EXPECT_NE(
      Get("/metrics").find("tinhso_http_requests_total{method=\"GET\",route=\"/healthz\",status=\"2xx\"} 1"),
      std::string::npos);
}

TEST_F(ServerTest, ServesTheApplicationAndItsRoutes) {
  Start();
  EXPECT_NE(Get("/").find("page"), std::string::npos);
  EXPECT_NE(Get("/thu-tuc/khai-sinh").find("page"), std::string::npos);
  EXPECT_EQ(StatusOf(Get("/api/none")), 404);
  EXPECT_EQ(StatusOf(Get("/_app/none.js")), 404);
  std::string wrong = Post("/api/hello", "{}");
  EXPECT_EQ(StatusOf(wrong), 405);
  EXPECT_NE(wrong.find("Allow: GET, HEAD"), std::string::npos);
}

TEST_F(ServerTest, HeadSendsNoBody) {
  Start();
  Client client(server_->port());
  client.Send("HEAD /api/hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  std::string answer = client.ReadAll();
  EXPECT_NE(answer.find("Content-Length: 5"), std::string::npos);
  EXPECT_EQ(answer.substr(answer.size() - 4), "\r\n\r\n");
}

TEST_F(ServerTest, PipelinedRequestsAreAnsweredInOrder) {
  Start();
  Client client(server_->port());
  client.Send(
      "GET /api/hello HTTP/1.1\r\nHost: localhost\r\n\r\n"
      "POST /api/json HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
      "2\r\n\r\n{}"
      "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_NE(client.Answer().find("hello"), std::string::npos);
  EXPECT_EQ(StatusOf(client.Answer()), 201);
  EXPECT_NE(client.Answer().find("page"), std::string::npos);
}

// Each of these is read as one request by one program and as two by another.
TEST_F(ServerTest, SmugglingIsRefusedAndTheConnectionClosed) {
  Start();
  const char* attacks[] = {
      "POST /api/json HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
      "2\r\nContent-Length: 40\r\n\r\n{}",
      "POST /api/json HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
      "2\r\nContent-Length: 2\r\n\r\n{}",
      "POST /api/json HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2, "
      "2\r\n\r\n{}",
      "POST /api/json HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
      "+2\r\n\r\n{}",
      "POST /api/json HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
      "-2\r\n\r\n{}",
      "POST /api/json HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
      "2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "POST /api/json HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: "
      "chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n",
      "POST /api/json HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: "
      "xchunked\r\n\r\n0\r\n\r\n",
      "POST /api/json HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: "
      "chunked, identity\r\n\r\n0\r\n\r\n",
      "POST /api/json HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding : "
      "chunked\r\n\r\n0\r\n\r\n",
      "POST /api/json HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: "
      "chunked\r\n\r\n2\n{}\r\n0\r\n\r\n",
      "POST /api/json HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: "
      "chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n",
      "POST /api/json HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: "
      "chunked\r\n\r\nfffffffffffffffff\r\n{}",
      "GET /api/hello HTTP/1.1\nHost: localhost\n\n",
      "GET /api/hello HTTP/1.1\r\nHost: localhost\nX: y\r\n\r\n",
      "GET /api/hello HTTP/1.1\r\nHost: localhost\r\nX: a\rb\r\n\r\n",
      "GET /api/hello HTTP/1.1\r\nHost : localhost\r\n\r\n",
      "GET /api/hello HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
      "GET /api/hello HTTP/1.1\r\n\r\n",
      "GET /api/hello HTTP/2.0\r\nHost: localhost\r\n\r\n",
      "GET  /api/hello HTTP/1.1\r\nHost: localhost\r\n\r\n",
      "GET http://localhost/api/hello HTTP/1.1\r\nHost: localhost\r\n\r\n",
      "GE\x01T /api/hello HTTP/1.1\r\nHost: localhost\r\n\r\n",
      "\x16\x03\x01\x02\x00\r\n\r\n",
  };
  for (const char* attack : attacks) {
    Client client(server_->port());
    client.Send(attack);
    // A second request hidden behind the first must never be answered.
    client.Send("GET /api/hello HTTP/1.1\r\nHost: localhost\r\n\r\n");
    std::string all = client.ReadAll();
    EXPECT_EQ(StatusOf(all), 400) << attack << "\n" << all;
    EXPECT_EQ(all.rfind("HTTP/1.1 "), 0u) << attack << "\n" << all;
    EXPECT_NE(all.find("Connection: close"), std::string::npos) << attack;
  }
}

TEST_F(ServerTest, UnknownHostIsMisdirected) {
  Start();
  std::string answer = Ask("GET /api/hello HTTP/1.1\r\nHost: evil.example\r\n\r\n");
  EXPECT_EQ(StatusOf(answer), 421);
  EXPECT_NE(answer.find("host_unknown"), std::string::npos);
}

TEST_F(ServerTest, PathTraversalReachesNothing) {
  Start();
  for (const char* path : {"/../secret.txt", "/..%2fsecret.txt", "/%2e%2e/secret.txt",
                           "/web/../../secret.txt", "/..%5csecret.txt", "/%252e%252e/secret.txt",
                           "//etc/passwd", "/./secret.txt", "/secret.txt%00.html"}) {
    std::string answer = Get(path);
    EXPECT_EQ(
        answer.find("secret\n") != std::string::npos || answer.find("\r\n\r\nsecret") != std::string::npos,
        false)
        << path;
    EXPECT_TRUE(StatusOf(answer) == 400 || StatusOf(answer) == 404 ||
                answer.find("page") != std::string::npos)
        << path << answer;
  }
}

TEST_F(ServerTest, LongHeadersAreRefused) {
  Start();
  EXPECT_EQ(StatusOf(Get("/api/hello", "X-Long: " + std::string(8'000, 'a') + "\r\n")), 200);
  std::string answer = Get("/api/hello", "X-Long: " + std::string(40'000, 'a') + "\r\n");
  EXPECT_EQ(StatusOf(answer), 431);
  EXPECT_NE(answer.find("header_too_large"), std::string::npos);
  EXPECT_EQ(StatusOf(Get("/api/hello?q=" + std::string(40'000, 'a'))), 431);
}

TEST_F(ServerTest, BodiesOverTheLimitAreRefused) {
  Start();
  std::string fits = "\"" + std::string(1'000'000, 'a') + "\"";
  EXPECT_EQ(StatusOf(Post("/api/json", fits)), 201);
  std::string over = "\"" + std::string(1'100'000, 'a') + "\"";
  EXPECT_EQ(StatusOf(Post("/api/json", over)), 413);
  // Chunked bodies state no length: counted as they come.
  Client client(server_->port());
  client.Send(
      "POST /api/json HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: "
      "chunked\r\n\r\n");
  std::string chunk = "10000\r\n" + std::string(0x10000, 'a') + "\r\n";
  for (int i = 0; i < 40 && client.Send(chunk); ++i) {
  }
  EXPECT_EQ(StatusOf(client.Answer()), 413);
  EXPECT_EQ(StatusOf(Ask("POST /api/json HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
                         "application/json\r\nContent-Length: 9999999999999\r\n\r\n")),
            413);
}

TEST_F(ServerTest, JsonIsCheckedAtTheEdge) {
  Start();
  EXPECT_EQ(StatusOf(Post("/api/json", "{}", "text/plain")), 415);
  EXPECT_NE(Post("/api/json", "{\"a\":").find("json_malformed"), std::string::npos);
  std::string deep(100'000, '[');
  EXPECT_NE(Post("/api/json", deep).find("\"status\":400"), std::string::npos);
  EXPECT_NE(Post("/api/json", "{\"a\":1,\"a\":2}").find("json_duplicate_key"), std::string::npos);
  EXPECT_NE(Post("/api/json", "\"\xff\xfe\"").find("\"status\":4"), std::string::npos);
}

int64_t PeakRssKb() {
  std::ifstream status("/proc/self/status");
  std::string line;
  while (std::getline(status, line)) {
    if (line.rfind("VmHWM:", 0) == 0) return std::stoll(line.substr(6));
  }
  return 0;
}

TEST_F(ServerTest, UploadIsStreamedHashedAndRemovedAfterwards) {
  Start();
  std::string piece(64 * 1024, 'x');
  for (size_t i = 0; i < piece.size(); i += 7) piece[i] = static_cast<char>('a' + i % 26);
  crypto::Sha256 hash;
  int64_t before_kb = PeakRssKb();
  Client client(server_->port());
  client.Send(
      "POST /api/files HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer good\r\nTransfer-Encoding: "
      "chunked\r\n\r\n");
  constexpr int kPieces = 60 * 16;  // 60 MiB
  for (int i = 0; i < kPieces; ++i) {
    hash.Update(piece);
    ASSERT_TRUE(client.Send("10000\r\n") && client.Send(piece) && client.Send("\r\n"));
  }
  client.Send("0\r\n\r\n");
  std::string answer = client.Answer();
  EXPECT_EQ(StatusOf(answer), 201);
  EXPECT_NE(answer.find("\"size\":62914560"), std::string::npos) << answer;
  EXPECT_NE(answer.find(hash.FinalHex()), std::string::npos);
  EXPECT_LT(PeakRssKb() - before_kb, 20'000);
  ASSERT_EQ(uploads_.size(), 1u);
  EXPECT_FALSE(fs::exists(uploads_[0]));
}

TEST_F(ServerTest, UploadNeedsSignInBeforeItsBody) {
  Start();
  Client client(server_->port());
  client.Send(
      "POST /api/files HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\nExpect: "
      "100-continue\r\n\r\n");
  std::string answer = client.Answer();
  EXPECT_EQ(StatusOf(answer), 401);
  Client welcome(server_->port());
  welcome.Send(
      "POST /api/files HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer good\r\nContent-Length: "
      "3\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(StatusOf(welcome.Answer()), 100);
  welcome.Send("abc");
  EXPECT_EQ(StatusOf(welcome.Answer()), 201);
}

TEST_F(ServerTest, BrokenOffUploadLeavesNoFile) {
  Start();
  {
    Client client(server_->port());
    client.Send(
        "POST /api/files HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer good\r\nContent-Length: "
        "1000000\r\n\r\nabc");
    for (int i = 0; i < 200 && fs::is_empty(dir_ / "tmp"); ++i) ::usleep(10'000);
    EXPECT_FALSE(fs::is_empty(dir_ / "tmp"));
  }
  for (int i = 0; i < 500 && !fs::is_empty(dir_ / "tmp"); ++i) ::usleep(10'000);
  EXPECT_TRUE(fs::is_empty(dir_ / "tmp"));
}

TEST_F(ServerTest, FilesAreSentInPartsWhenAsked) {
  Start();
  std::string whole = Get("/api/big");
  EXPECT_NE(whole.find("Content-Length: 300000\r\n"), std::string::npos);
  std::string body = whole.substr(whole.find("\r\n\r\n") + 4);
  ASSERT_EQ(body.size(), 300'000u);
  std::string part = Get("/api/big", "Range: bytes=299990-\r\n");
  EXPECT_EQ(StatusOf(part), 206);
  EXPECT_NE(part.find("Content-Range: bytes 299990-299999/300000"), std::string::npos);
  EXPECT_EQ(part.substr(part.find("\r\n\r\n") + 4), body.substr(299'990));
  EXPECT_EQ(StatusOf(Get("/api/big", "Range: bytes=300000-\r\n")), 416);
}

TEST_F(ServerTest, SlowHeadersAreCut) {
  options_.header_timeout_s = 1;
  Start();
  Client silent(server_->port()), dripping(server_->port());
  dripping.Send("GET /api/hello HTTP/1.1\r\nHo");
  EXPECT_EQ(StatusOf(Get("/api/hello")), 200);
  EXPECT_TRUE(dripping.Ended());
  EXPECT_TRUE(silent.Ended());
}

TEST_F(ServerTest, SlowBodiesAreCut) {
  options_.body_idle_timeout_s = 1;
  Start();
  Client client(server_->port());
  client.Send(
      "POST /api/json HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
      "50\r\n\r\n{");
  EXPECT_TRUE(client.Ended());
}

TEST_F(ServerTest, IdleConnectionsDoNotHoldOthersUp) {
  Start();
  std::vector<std::unique_ptr<Client>> idle;
  for (int i = 0; i < 300; ++i) {
    idle.push_back(std::make_unique<Client>(server_->port()));
    ASSERT_TRUE(idle.back()->connected());
    if (i % 2) idle.back()->Send("GET /api/hello HT");
  }
  for (int i = 0; i < 50; ++i) EXPECT_EQ(StatusOf(Get("/api/hello")), 200);
}

TEST_F(ServerTest, ConnectionsOverTheLimitGetBusy) {
  options_.connections_max = 3;
  Start();
  std::vector<std::unique_ptr<Client>> held;
  for (int i = 0; i < 3; ++i) {
    held.push_back(std::make_unique<Client>(server_->port()));
    held.back()->Send("GET /api/hello HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(StatusOf(held.back()->Answer()), 200);
  }
  Client extra(server_->port());
  std::string answer = extra.ReadAll();
  EXPECT_EQ(StatusOf(answer), 503);
  EXPECT_NE(answer.find("Retry-After: "), std::string::npos);
}

TEST_F(ServerTest, FullWorkerQueueIsAnsweredBusy) {
  options_.workers = 1;
  options_.worker_queue_max = 1;
  Start();
  Client running(server_->port());
  running.Send("GET /api/slow HTTP/1.1\r\nHost: localhost\r\n\r\n");
  entered_.wait();
  options_.metrics->worker_queue = 0;  // what stands there is of the first request: wait for the second's
  Client queued(server_->port());
  queued.Send("GET /api/hello HTTP/1.1\r\nHost: localhost\r\n\r\n");
  for (int i = 0; i < 1000 && options_.metrics->worker_queue != 1; ++i) ::usleep(10'000);
  std::string busy = Get("/api/hello");
  EXPECT_EQ(StatusOf(busy), 503);
  EXPECT_NE(busy.find("server_busy"), std::string::npos);
  EXPECT_NE(busy.find("Retry-After: "), std::string::npos);
  release_.count_down();
  EXPECT_NE(running.Answer().find("slow done"), std::string::npos);
  EXPECT_EQ(StatusOf(queued.Answer()), 200);
}

TEST_F(ServerTest, PublicPostsAreLimitedPerAddress) {
  options_.public_posts_per_minute = 1;
  options_.public_posts_burst = 2;
  Start();
  EXPECT_EQ(StatusOf(Post("/api/json", "{}")), 201);
  EXPECT_EQ(StatusOf(Post("/api/json", "{}")), 201);
  std::string limited = Post("/api/json", "{}");
  EXPECT_EQ(StatusOf(limited), 429);
  EXPECT_NE(limited.find("public_posts_per_minute"), std::string::npos);
  EXPECT_EQ(StatusOf(Get("/api/hello")), 200);
}

// What was begun is finished: a person whose form is being saved while we restart gets the answer.
TEST_F(ServerTest, StopLetsTheRunningRequestFinish) {
  Start();
  Client running(server_->port()), idle(server_->port());
  idle.Send("GET /api/hello HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(StatusOf(idle.Answer()), 200);
  running.Send("GET /api/slow HTTP/1.1\r\nHost: localhost\r\n\r\n");
  entered_.wait();
  int port = server_->port();
  auto stopped = std::async(std::launch::async, [this] { server_->Stop(20); });
  EXPECT_TRUE(idle.Ended());
  release_.count_down();
  std::string answer = running.ReadAll();
  EXPECT_NE(answer.find("slow done"), std::string::npos);
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
  stopped.wait();
  EXPECT_FALSE(Client(port).connected());
}

}  // namespace
}  // namespace tinhso::http
