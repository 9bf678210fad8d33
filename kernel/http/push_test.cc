// Answers that go on, on a real server: they hold no worker, end when either side wants, and a slow reader is cut.
#include "kernel/http/push.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <deque>
#include <mutex>

#include "kernel/http/http.h"
#include "kernel/http/metrics.h"
#include "testing.h"

namespace tinhso::http {
namespace {

class PushTest : public testing::Test {
 protected:
  void SetUp() override {
    options_.port = 0;
    options_.workers = 1;
    options_.push_heartbeat_s = 3600;
    options_.metrics = std::make_shared<Metrics>();
    router_.Add({"GET", "/api/events", "public", "", BodyKind::kNone, [this](Request&) -> Result<Response> {
                   auto push = std::make_shared<Push>(":\n\n", queued_bytes_max_);
                   push->Send("data: first\n\n");
                   std::lock_guard lock(mutex_);
                   pushes_.push_back(push);
                   made_.notify_all();
                   return Response::Events(push);
                 }});
    router_.Add({"GET", "/api/hello", "public", "", BodyKind::kNone,
                 [](Request&) -> Result<Response> { return Response::Text("hello"); }});
  }
  void TearDown() override {
    if (server_) server_->Stop(5);
  }
  void Start() {
    auto server = Server::Start(options_, router_, [](const Request&) { return Result<std::optional<Principal>>(std::nullopt); });
    ASSERT_TRUE(server.ok()) << server.error().reason;
    server_ = std::move(server).value();
  }
  // The n-th answer that was begun.
  std::shared_ptr<Push> At(size_t n) {
    std::unique_lock lock(mutex_);
    made_.wait(lock, [&] { return pushes_.size() > n; });
    return pushes_[n];
  }
  static std::string Until(Client& client, std::string_view text) {
    return client.ReadUntil([&](const std::string& data) { return data.find(text) != std::string::npos; });
  }
  static constexpr std::string_view kAsk = "GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n";

  ServerOptions options_;
  size_t queued_bytes_max_ = 64 * 1024;
  Router router_;
  std::mutex mutex_;
  std::condition_variable made_;
  std::deque<std::shared_ptr<Push>> pushes_;
  std::unique_ptr<Server> server_;
};

TEST_F(PushTest, EventsArriveAsTheyAreSentAndTheEndEndsTheConnection) {
  Start();
  Client client(server_->port());
  client.Send(kAsk);
  std::string head = Until(client, "data: first\n\n");
  for (const char* wanted : {"200 OK", "Content-Type: text/event-stream\r\n", "X-Accel-Buffering: no\r\n", "Connection: close\r\n"})
    EXPECT_NE(head.find(wanted), std::string::npos) << wanted;
  EXPECT_EQ(head.find("Content-Length"), std::string::npos);
  EXPECT_TRUE(At(0)->Send("data: second\n\n"));
  Until(client, "data: second\n\n");
  EXPECT_TRUE(At(0)->Send("data: third\n\n"));
  At(0)->Close();
  EXPECT_NE(client.ReadAll().find("data: third\n\n"), std::string::npos);
  EXPECT_TRUE(client.Ended());
  EXPECT_FALSE(At(0)->Send("data: late\n\n"));
}

// One worker, hundreds of open answers: if one held it, the next request would wait for ever.
TEST_F(PushTest, OpenAnswersHoldNoWorker) {
  Start();
  std::vector<std::unique_ptr<Client>> readers;
  for (int i = 0; i < 400; ++i) {
    readers.push_back(std::make_unique<Client>(server_->port()));
    ASSERT_TRUE(readers.back()->Send(kAsk));
    Until(*readers.back(), "data: first\n\n");
  }
  Client other(server_->port());
  other.Send("GET /api/hello HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_NE(other.Answer().find("hello"), std::string::npos);
  for (size_t i = 0; i < readers.size(); ++i) EXPECT_TRUE(At(i)->Send("data: " + std::to_string(i) + "\n\n"));
  for (auto& reader : readers) EXPECT_NE(Until(*reader, "\n\ndata: ").find("data: first"), std::string::npos);
}

TEST_F(PushTest, SilenceIsFilledWithHeartbeats) {
  options_.push_heartbeat_s = 1;
  Start();
  Client client(server_->port());
  client.Send(kAsk);
  EXPECT_NE(Until(client, "first\n\n:\n\n:\n\n").find(":\n\n:\n\n"), std::string::npos);
}

TEST_F(PushTest, ReaderThatLeftIsKnown) {
  Start();
  {
    Client client(server_->port());
    client.Send(kAsk);
    Until(client, "data: first\n\n");
  }
  for (int i = 0; i < 1000 && !At(0)->closed(); ++i) ::usleep(10'000);
  EXPECT_FALSE(At(0)->Send("data: nobody\n\n"));
}

// A reader that takes nothing fills the sockets' buffers, then the queue, and is then cut; memory stays bounded.
TEST_F(PushTest, ReaderThatTakesNothingIsCut) {
  Start();
  Client client(server_->port());
  client.Send(kAsk);
  auto push = At(0);
  const std::string piece(32 * 1024, 'x');
  int64_t sent = 0;
  for (; sent < 2000 && push->Send(piece); ++sent) ::usleep(sent % 16 == 0 ? 1000 : 0);
  EXPECT_LT(sent, 2000);
  EXPECT_TRUE(push->closed());
  EXPECT_TRUE(client.Ended());
}

TEST_F(PushTest, TalkingIntoAnAnswerThatGoesOnIsCut) {
  Start();
  Client client(server_->port());
  client.Send(kAsk);
  Until(client, "data: first\n\n");
  const std::string chatter(16 * 1024, 'x');
  for (int i = 0; i < 64 && client.Send(chatter); ++i) {
  }
  EXPECT_TRUE(client.Ended());
}

TEST_F(PushTest, StopEndsOpenAnswersAtOnce) {
  Start();
  Client client(server_->port());
  client.Send(kAsk);
  Until(client, "data: first\n\n");
  server_->Stop(20);
  EXPECT_TRUE(client.Ended());
  EXPECT_FALSE(At(0)->Send("data: late\n\n"));
}

TEST_F(PushTest, HeadOfAnAnswerThatGoesOnEnds) {
  Start();
  Client client(server_->port());
  client.Send("HEAD /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(client.ReadAll().find("data: first"), std::string::npos);
  EXPECT_TRUE(At(0)->closed());
}

}  // namespace
}  // namespace tinhso::http
