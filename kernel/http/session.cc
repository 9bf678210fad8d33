// One connection (Boost.Beast 1.81). Each connection lives on one io thread; only its handler runs
// on a worker, during which the io thread does not touch the request. Docs: docs/adr/0004-http-beast.md.
#include <fcntl.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/parser.hpp>

#include "base/clock.h"
#include "body_sink.h"
#include "core.h"
#include "dispatch.h"
#include "kernel/http/http.h"
#include "kernel/http/log.h"
#include "kernel/http/push.h"
#include "problem.h"
#include "sink_body.h"
#include "stream.h"
#include "target.h"
#include "wire.h"

namespace tinhso::http {
namespace {

namespace beast = boost::beast;

constexpr size_t kReadBytes = 8 * 1024;
constexpr size_t kBodyReadBytes = 64 * 1024;
constexpr size_t kFileChunkBytes = 128 * 1024;
constexpr int64_t kDiscardedBodyBytesMax = 64 * 1024;
// A body slower than this on average over body_idle_timeout_s is cut, however steadily it drips.
constexpr int64_t kBodyBytesPerSecondMin = 256;
constexpr int kLingerSeconds = 5;
constexpr int64_t kLingerBytesMax = 16 * 1024 * 1024;

using Parser = beast::http::request_parser<SinkBody>;

class Session : public Connected, public std::enable_shared_from_this<Session> {
 public:
  Session(Core& core, IoThread& io, Socket socket, std::string remote_address)
      : core_(core), io_(io), stream_(std::move(socket), core.tls.load()), remote_address_(std::move(remote_address)) {}
  ~Session() override {
    if (file_fd_ >= 0) ::close(file_fd_);
  }

  void Start() {
    io_.sessions.emplace(this, weak_from_this());
    error_code ec;
    stream_.socket().set_option(tcp::no_delay(true), ec);
    if (!stream_.tls()) return NextRequest();
    stream_.expires_after(std::chrono::seconds(core_.options.header_timeout_s));
    stream_.tls()->Handshake([self = shared_from_this()](error_code e) {
      if (e) return self->Close();
      self->NextRequest();
    });
  }

  void CloseIfIdle() override {
    if (state_ == State::kIdle || state_ == State::kHeader || state_ == State::kLinger || state_ == State::kPush)
      Close();
  }

  void Close() override {
    if (state_ == State::kClosed) return;
    state_ = State::kClosed;
    EndPush();
    error_code ec;
    stream_.socket().shutdown(tcp::socket::shutdown_both, ec);
    stream_.close();
    io_.sessions.erase(this);
    core_.metrics->connections.fetch_sub(1, std::memory_order_relaxed);
    std::lock_guard lock(core_.mutex);
    --core_.connections;
    core_.closed.notify_all();
  }

 private:
  enum class State { kIdle, kHeader, kBody, kWorking, kWriting, kPush, kLinger, kClosed };

  std::string_view Buffered() const {
    auto data = buffer_.data();
    return {static_cast<const char*>(data.data()), data.size()};
  }

  // --- Header

  void NextRequest() {
    if (core_.stopping) return Close();
    request_ = Request();
    request_.remote_address = remote_address_;
    request_.https = stream_.tls() != nullptr;
    route_ = nullptr;
    static_answer_ = false;
    scanned_ = 0;
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(core_.options.header_bytes_max + 1024));
    parser_->body_limit(boost::none);
    parser_->eager(false);
    if (buffer_.size() > 0) {
      state_ = State::kHeader;
      started_us_ = MonotonicUs();
      stream_.expires_after(std::chrono::seconds(core_.options.header_timeout_s));
      return TryHeader();
    }
    state_ = State::kIdle;
    stream_.expires_after(
        std::chrono::seconds(first_ ? core_.options.header_timeout_s : core_.options.keep_alive_s));
    ReadHeader();
  }

  void ReadHeader() {
    stream_.async_read_some(
        buffer_.prepare(kReadBytes), [self = shared_from_this()](error_code ec, size_t n) {
          if (ec)
            return self->Close();  // closed, reset or over its time: a header cut short is owed no answer
          self->buffer_.commit(n);
          if (self->state_ == State::kIdle) {
            self->state_ = State::kHeader;
            self->started_us_ = MonotonicUs();
            // One deadline for the whole header, however slowly it drips.
            self->stream_.expires_after(std::chrono::seconds(self->core_.options.header_timeout_s));
          }
          self->TryHeader();
        });
  }

  void TryHeader() {
    if (scanned_ == 0 && Buffered().substr(0, 2) == "\r\n")
      buffer_.consume(2);  // RFC 9112 2.2: one empty line before
    std::string_view data = Buffered();
    size_t limit = static_cast<size_t>(core_.options.header_bytes_max), end = 0;
    for (size_t i = scanned_; i < data.size() && i < limit; ++i) {
      // Folded lines are joined by some programs and read as a header of their own by others (RFC 9112 5.2).
      if (i > 0 && data[i - 1] == '\n' && (data[i] == ' ' || data[i] == '\t'))
        return Refuse({400, "request_malformed", "folded header"});
      if (data[i] != '\n') continue;
      // A bare line feed ends a line for some programs and not for others: the ground of request smuggling.
      if (i == 0 || data[i - 1] != '\r') return Refuse({400, "request_malformed", "bare line feed"});
      if (i >= 3 && data[i - 2] == '\n') {
        end = i + 1;
        break;
      }
    }
    if (end == 0) {
      if (data.size() >= limit)
        return Refuse({431, "header_too_large", "at most " + std::to_string(limit) + " bytes"});
      scanned_ = data.size();
      return ReadHeader();
    }
    error_code ec;
    size_t used = parser_->put(net::buffer(data.data(), end), ec);
    buffer_.consume(used);
    if (ec || !parser_->is_header_done() || used != end)
      return Refuse({400, "request_malformed", ec.message()});
    OnHeader();
  }

  void OnHeader() {
    first_ = false;
    const auto& message = parser_->get();
    request_.method = std::string(message.method_string());
    for (const auto& field : message.base()) {
      std::string name(field.name_string());
      for (char& c : name) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
      }
      request_.headers.emplace_back(std::move(name), std::string(field.value()));
    }
    keep_alive_ = parser_->keep_alive();
    TakeTrace(request_);
    auto target = ParseTarget({message.target().data(), message.target().size()});
    if (!target.ok()) return Refuse({400, target.error().reason, ""});
    request_.path = std::move(target->path);
    request_.query = std::move(target->query);
    if (auto refused = core_.rules.CheckHeaders(request_, static_cast<int>(message.version()) % 10))
      return Refuse(*refused);
    if (core_.proxies.Trusts(remote_address_)) TakeForwarded();
    Route();
  }

  void TakeForwarded() {
    request_.remote_address = core_.proxies.CallerOf(remote_address_, request_.Header("x-forwarded-for"));
    if (request_.Header("x-forwarded-proto") == "https") request_.https = true;
  }

  void Route() {
    Router::Match match = core_.router.Find(request_.method, request_.path);
    bool reads = request_.method == "GET" || request_.method == "HEAD";
    if (!match.route) {
      if (!parser_->is_done()) keep_alive_ = false;  // its body is not worth reading
      if (reads) {
        if (auto file = core_.files.Find(request_)) {
          static_answer_ = true;
          return Answer(std::move(*file));
        }
      }
      return Answer(NoRoute(match, request_.trace_id));
    }
    route_ = match.route;
    request_.path_params = std::move(match.path_params);
    if (request_.method == "POST" && std::string_view(route_->permission) == "public") {
      if (int wait_s = core_.public_posts.Take(request_.remote_address, MonotonicUs())) {
        Error error = MakeError(ErrorCode::kThrottled, "public_posts_per_minute");
        error.retry_after_s = wait_s;
        if (!parser_->is_done()) keep_alive_ = false;
        return Answer(ProblemResponse(error, request_.trace_id));
      }
    }
    int64_t limit = BodyLimit();
    auto length = parser_->content_length();
    int64_t body_bytes = parser_->is_done() ? 0
                         : length           ? static_cast<int64_t>(std::min<uint64_t>(*length, INT64_MAX))
                                            : -1;
    if (auto refused = CheckBody(*route_, request_, body_bytes, limit)) return Refuse(*refused);
    if (parser_->is_done()) return Work();
    // Nobody may fill the disk before we know that he may upload.
    if (route_->body_kind == BodyKind::kFile) return AuthorizeUpload();
    StartBody(KeepsBody() ? BodySink::Kind::kMemory : BodySink::Kind::kDiscard);
  }

  bool KeepsBody() const {
    return route_->body_kind == BodyKind::kJson || route_->body_kind == BodyKind::kText;
  }

  int64_t BodyLimit() const {
    switch (route_->body_kind) {
      case BodyKind::kJson:
      case BodyKind::kText:
        return std::min(route_->body_bytes_max, core_.options.json_body_bytes_max);
      case BodyKind::kFile:
        return core_.options.file_body_bytes_max;
      case BodyKind::kNone:
        return kDiscardedBodyBytesMax;
    }
    return 0;
  }

  void AuthorizeUpload() {
    state_ = State::kWorking;
    stream_.expires_never();
    OnWorker(
        [](Session& s) -> std::optional<Response> {
          return Authorize(*s.route_, s.core_.authenticator, s.request_);
        },
        [](Session& s, std::optional<Response> refused) {
          if (refused) {
            s.keep_alive_ = false;
            return s.Answer(std::move(*refused));
          }
          s.authorized_ = true;
          s.StartBody(BodySink::Kind::kFile);
        });
  }

  // --- Body

  void StartBody(BodySink::Kind kind) {
    if (!sink_.Open(kind, BodyLimit(), core_.options.temp_dir)) return FailDisk();
    parser_->get().body().sink = &sink_;
    parser_->eager(true);
    state_ = State::kBody;
    body_started_us_ = MonotonicUs();
    stream_.expires_after(std::chrono::seconds(core_.options.body_idle_timeout_s));
    if (request_.Header("expect").empty() || buffer_.size() > 0) return ParseBody();
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    net::async_write(stream_, net::buffer(kContinue.data(), kContinue.size()),
                     [self = shared_from_this()](error_code ec, size_t) {
                       if (ec) return self->Close();
                       self->ParseBody();
                     });
  }

  void ParseBody() {
    while (buffer_.size() > 0 && !parser_->is_done()) {
      error_code ec;
      size_t used = parser_->put(buffer_.data(), ec);
      buffer_.consume(used);
      if (ec == beast::http::error::need_more) {
        if (buffer_.size() > kBodyReadBytes) return Refuse({400, "request_malformed", "chunk header"});
        break;
      }
      if (ec) {
        if (sink_.failure() == BodySink::Failure::kTooLarge)
          return Refuse({413, "body_too_large", "at most " + std::to_string(BodyLimit()) + " bytes"});
        if (sink_.failure() != BodySink::Failure::kNone) return FailDisk();
        return Refuse({400, "request_malformed", ec.message()});
      }
      if (used == 0) break;
    }
    if (parser_->is_done()) {
      if (KeepsBody()) request_.body = sink_.TakeText();
      if (route_->body_kind == BodyKind::kFile) request_.upload = sink_.TakeUpload();
      return Work();
    }
    int64_t elapsed_s = (MonotonicUs() - body_started_us_) / 1'000'000;
    if (elapsed_s > core_.options.body_idle_timeout_s &&
        sink_.received() < elapsed_s * kBodyBytesPerSecondMin)
      return Refuse({408, "body_too_slow", ""});
    stream_.expires_after(std::chrono::seconds(core_.options.body_idle_timeout_s));
    stream_.async_read_some(buffer_.prepare(kBodyReadBytes),
                            [self = shared_from_this()](error_code ec, size_t n) {
                              if (ec) {
                                self->sink_.Reset();
                                return self->Close();
                              }
                              self->buffer_.commit(n);
                              self->ParseBody();
                            });
  }

  // --- Handler

  // Runs `work` on a worker and `then` with its result back on the io thread. A full queue is answered 503.
  template <class Work, class Then>
  void OnWorker(Work work, Then then) {
    auto job = [self = shared_from_this(), work, then]() mutable {
      self->core_.metrics->worker_queue.store(self->core_.workers.waiting(), std::memory_order_relaxed);
      auto result = work(*self);
      auto executor = self->stream_.get_executor();
      net::post(executor, [self = std::move(self), then, result = std::move(result)]() mutable {
        then(*self, std::move(result));
      });
    };
    bool posted = core_.workers.TryPost(std::move(job));
    core_.metrics->worker_queue.store(core_.workers.waiting(), std::memory_order_relaxed);
    if (posted) return;
    core_.metrics->requests_shed.fetch_add(1, std::memory_order_relaxed);
    if (!parser_->is_done()) keep_alive_ = false;
    RemoveUpload();
    Answer(ProblemResponse(MakeError(ErrorCode::kUnavailable, "server_busy"), request_.trace_id));
  }

  void Work() {
    state_ = State::kWorking;
    stream_.expires_never();
    OnWorker(
        [](Session& s) -> Response {
          if (!s.authorized_) {
            if (auto refused = Authorize(*s.route_, s.core_.authenticator, s.request_))
              return std::move(*refused);
          }
          return RunHandler(*s.route_, s.request_);
        },
        [](Session& s, Response response) {
          s.RemoveUpload();
          s.Answer(std::move(response));
        });
  }

  // What the handler did not rename away.
  void RemoveUpload() {
    if (request_.upload) ::unlink(request_.upload->path.c_str());
    request_.upload.reset();
  }

  // --- Answer

  void Refuse(const EdgeRefusal& refusal) {
    keep_alive_ = false;
    Answer(EdgeProblem(refusal.status, refusal.reason, refusal.detail, request_.trace_id));
  }

  void Fail(int status, std::string_view reason) {
    keep_alive_ = false;
    Answer(EdgeProblem(status, reason, "", request_.trace_id));
  }

  void FailDisk() {
    keep_alive_ = false;
    Error error = MakeError(ErrorCode::kInternal, "file_store_failed", "temporary file");
    if (sink_.failure() == BodySink::Failure::kDiskFull) error = MakeError(ErrorCode::kStorageFull, "storage_full");
    if (sink_.failure() == BodySink::Failure::kDiskReadOnly) {
      error = MakeError(ErrorCode::kUnavailable, "storage_read_only");
      error.retry_after_s = 30;
    }
    Answer(ProblemResponse(error, request_.trace_id));
  }

  void Answer(Response response) {
    state_ = State::kWriting;
    authorized_ = false;
    if (request_.trace_id.empty()) TakeTrace(request_);
    if (request_.https && core_.options.hsts_max_age_s > 0)
      response.headers.emplace_back("Strict-Transport-Security",
                                    "max-age=" + std::to_string(core_.options.hsts_max_age_s));
    if (core_.stopping) keep_alive_ = false;
    if (!parser_->is_done() || response.push) keep_alive_ = false;
    push_ = response.push;
    if (push_ && request_.method == "HEAD") EndPush();
    out_ = Prepare(request_, std::move(response), keep_alive_ ? Connection::kKeepAlive : Connection::kClose);
    Record();
    if (!out_.file_path.empty()) {
      file_fd_ = ::open(out_.file_path.c_str(), O_RDONLY | O_CLOEXEC);
      if (file_fd_ < 0) {
        log::Error("file to send is missing", {{"trace_id", request_.trace_id}});
        keep_alive_ = false;
        out_ = Prepare(request_, EdgeProblem(500, "file_missing", "", request_.trace_id), Connection::kClose);
      } else if (!ReadFileChunk()) {
        return CloseFileAndSession();
      }
    }
    stream_.expires_after(std::chrono::seconds(core_.options.body_idle_timeout_s));
    std::array<net::const_buffer, 2> pieces{net::buffer(out_.head), net::buffer(out_.body)};
    net::async_write(stream_, pieces,
                     [self = shared_from_this()](error_code ec, size_t) { self->OnWritten(ec); });
  }

  bool ReadFileChunk() {
    size_t want = static_cast<size_t>(std::min<int64_t>(out_.file_length, kFileChunkBytes));
    out_.body.resize(want);
    size_t got = 0;
    while (got < want) {
      ssize_t n =
          ::pread(file_fd_, out_.body.data() + got, want - got, out_.file_offset + static_cast<int64_t>(got));
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return false;  // the file is shorter than promised: only closing tells the client
      got += static_cast<size_t>(n);
    }
    out_.file_offset += static_cast<int64_t>(want);
    out_.file_length -= static_cast<int64_t>(want);
    return true;
  }

  void OnWritten(error_code ec) {
    if (ec) return CloseFileAndSession();
    if (file_fd_ >= 0 && out_.file_length > 0) {
      if (!ReadFileChunk()) return CloseFileAndSession();
      stream_.expires_after(std::chrono::seconds(core_.options.body_idle_timeout_s));
      net::async_write(stream_, net::buffer(out_.body),
                       [self = shared_from_this()](error_code e, size_t) { self->OnWritten(e); });
      return;
    }
    CloseFile();
    out_ = Outgoing();
    sink_.Reset();
    if (push_) return StartPush();
    if (keep_alive_) return NextRequest();
    Linger();
  }

  void CloseFile() {
    if (file_fd_ >= 0) ::close(file_fd_);
    file_fd_ = -1;
  }

  void CloseFileAndSession() {
    CloseFile();
    sink_.Reset();
    Close();
  }

  // --- An answer that goes on

  void StartPush() {
    if (core_.stopping) return Close();
    state_ = State::kPush;
    // A peer that vanished without a word is found by the heartbeat that nobody acknowledges.
    int unacknowledged_ms = core_.options.body_idle_timeout_s * 1000;
    ::setsockopt(stream_.socket().native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &unacknowledged_ms, sizeof unacknowledged_ms);
    stream_.expires_never();
    ReadPush();
    heartbeat_.emplace(stream_.get_executor());
    push_->Attach([weak = weak_from_this(), executor = stream_.get_executor()] {
      net::post(executor, [weak] { if (auto self = weak.lock()) self->SendPush(); });
    });
    AwaitHeartbeat();
    SendPush();
  }

  // Nothing is expected from the reader; its end is.
  void ReadPush() {
    stream_.async_read_some(buffer_.prepare(kReadBytes), [self = shared_from_this()](error_code ec, size_t n) {
      self->lingered_bytes_ += static_cast<int64_t>(n);
      if (ec || self->state_ != State::kPush || self->lingered_bytes_ > kDiscardedBodyBytesMax) return self->Close();
      self->ReadPush();
    });
  }

  void SendPush() {
    if (state_ != State::kPush || pushing_) return;
    bool cut = false, ended = push_->closed();
    out_.body = push_->Take(cut);
    if (cut || (out_.body.empty() && ended)) return Close();
    if (out_.body.empty()) return;
    pushing_ = true;
    stream_.expires_after(std::chrono::seconds(core_.options.body_idle_timeout_s));  // of the write; the read has none
    net::async_write(stream_, net::buffer(out_.body), [self = shared_from_this()](error_code ec, size_t) {
      self->pushing_ = false;
      if (ec || self->state_ != State::kPush) return self->Close();
      self->AwaitHeartbeat();
      self->SendPush();
    });
  }

  void AwaitHeartbeat() {
    heartbeat_->expires_after(std::chrono::seconds(core_.options.push_heartbeat_s));
    heartbeat_->async_wait([weak = weak_from_this()](error_code ec) {
      auto self = weak.lock();
      if (ec || !self || self->state_ != State::kPush || self->pushing_) return;
      self->push_->Send(self->push_->heartbeat());
    });
  }

  void EndPush() {
    if (push_) push_->Detach();
    push_.reset();
    heartbeat_.reset();
  }

  // Closing with unread bytes resets the connection and may take the answer with it: read on a little first.
  void Linger() {
    state_ = State::kLinger;
    if (stream_.tls() && !core_.stopping) {
      stream_.expires_after(std::chrono::seconds(kLingerSeconds));
      return stream_.tls()->SayGoodbye([self = shared_from_this()](error_code) { self->Close(); });
    }
    error_code ec;
    stream_.socket().shutdown(tcp::socket::shutdown_send, ec);
    if (ec || core_.stopping) return Close();
    buffer_.clear();
    lingered_bytes_ = 0;
    stream_.expires_after(std::chrono::seconds(kLingerSeconds));
    ReadLinger();
  }

  void ReadLinger() {
    stream_.async_read_some(buffer_.prepare(kBodyReadBytes),
                            [self = shared_from_this()](error_code ec, size_t n) {
                              self->lingered_bytes_ += static_cast<int64_t>(n);
                              if (ec || self->lingered_bytes_ > kLingerBytesMax) return self->Close();
                              self->ReadLinger();
                            });
  }

  void Record() {
    int64_t duration_us = MonotonicUs() - started_us_;
    core_.metrics->Count(static_answer_ ? core_.StaticRow() : core_.RowOf(route_), out_.status, duration_us);
    bool slow = core_.options.slow_request_ms > 0 && duration_us > core_.options.slow_request_ms * 1000;
    log::Level level = slow ? log::Level::kWarn : log::Level::kInfo;
    if (!log::Enabled(level)) return;
    // The route's pattern, not the path: codes of dossiers and addresses are people's data.
    log::Write(level, slow ? "slow_request" : "http",
               {{"method", route_ || static_answer_ ? std::string_view(request_.method) : "-"},
                {"route", route_ ? route_->pattern : static_answer_ ? "(static)" : "(none)"},
                {"status", int64_t{out_.status}},
                {"duration_us", duration_us},
                {"trace_id", request_.trace_id},
                {"span_id", request_.span_id}});
  }

  Core& core_;
  IoThread& io_;
  Stream stream_;
  const std::string remote_address_;
  beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  BodySink sink_;
  Request request_;
  Outgoing out_;
  std::shared_ptr<Push> push_;
  std::optional<net::steady_timer> heartbeat_;
  const http::Route* route_ = nullptr;
  State state_ = State::kIdle;
  bool first_ = true, keep_alive_ = false, authorized_ = false, static_answer_ = false, pushing_ = false;
  size_t scanned_ = 0;
  int64_t started_us_ = 0, body_started_us_ = 0, lingered_bytes_ = 0;
  int file_fd_ = -1;
};

}  // namespace

void StartSession(Core& core, IoThread& io, Socket socket, std::string remote_address) {
  auto session = std::make_shared<Session>(core, io, std::move(socket), std::move(remote_address));
  net::post(io.context, [session = std::move(session)] { session->Start(); });
}

}  // namespace tinhso::http
