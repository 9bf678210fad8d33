// The listening socket, the event loops and the graceful stop. One loop per thread; connections are dealt out
// in turn. Docs: docs/adr/0004-http-beast.md.
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <filesystem>
#include <latch>

#include "core.h"
#include "kernel/http/log.h"
#include "wire.h"

namespace tinhso::http {
namespace {

using boost::system::error_code;

class BeastServer : public Server {
 public:
  BeastServer(ServerOptions options, const Router& router, Authenticator authenticator, StaticFiles files)
      : core_(std::move(options), router, std::move(authenticator), std::move(files)) {}
  ~BeastServer() override { Stop(0); }

  Status Listen() {
    if (!core_.options.certificate_file.empty()) TINHSO_TRY(ReloadCertificate());
    for (int i = 0; i < std::max(core_.options.io_threads, 1); ++i)
      core_.io.push_back(std::make_unique<IoThread>());
    error_code ec;
    auto address = net::ip::make_address(core_.options.address, ec);
    if (ec) return Status(ErrorCode::kInvalid, "listen_address_invalid", core_.options.address);
    acceptor_.emplace(core_.io[0]->context);
    tcp::endpoint endpoint(address, static_cast<unsigned short>(core_.options.port));
    acceptor_->open(endpoint.protocol(), ec);
    if (!ec) acceptor_->set_option(tcp::acceptor::reuse_address(true), ec);
    if (!ec) acceptor_->bind(endpoint, ec);
    if (!ec) acceptor_->listen(1024, ec);
    if (ec) return Status(ErrorCode::kUnavailable, "listen_failed", ec.message());
    port_ = acceptor_->local_endpoint().port();
    retry_.emplace(core_.io[0]->context);
    Accept();
    for (auto& io : core_.io) io->thread = std::thread([&context = io->context] { context.run(); });
    return Ok();
  }

  int port() const override { return port_; }

  Status ReloadCertificate() override {
    if (core_.options.certificate_file.empty()) return Ok();
    TINHSO_ASSIGN(LoadedCertificate loaded, LoadCertificate(core_.options.certificate_file, core_.options.key_file));
    certificate_expires_at_s_ = loaded.expires_at_s;
    core_.tls = std::move(loaded.context);
    return Ok();
  }

  int64_t certificate_expires_at_s() const override { return certificate_expires_at_s_; }

  bool Alive(int timeout_s) override {
    auto answered = std::make_shared<std::latch>(static_cast<std::ptrdiff_t>(core_.io.size()));
    for (auto& io : core_.io) net::post(io->context, [answered] { answered->count_down(); });
    for (int waited_ms = 0; !answered->try_wait(); waited_ms += 10) {
      if (waited_ms >= timeout_s * 1000) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return true;
  }

  void Stop(int grace_s) override {
    if (core_.stopping.exchange(true)) return;
    if (core_.io.empty() || !core_.io[0]->thread.joinable()) return;
    net::post(core_.io[0]->context, [this] {
      error_code ec;
      acceptor_->close(ec);
      retry_->cancel();
    });
    for (auto& io : core_.io) {
      net::post(io->context, [&io] {
        auto sessions = io->sessions;
        for (auto& [raw, weak] : sessions) {
          if (auto session = weak.lock()) session->CloseIfIdle();
        }
      });
    }
    {
      std::unique_lock lock(core_.mutex);
      core_.closed.wait_for(lock, std::chrono::seconds(grace_s), [this] { return core_.connections == 0; });
    }
    // Out of grace: handlers still end by themselves, their answers are not sent. Loops first, so that a
    // session dropped with the workers' queue is not in use on its io thread.
    for (auto& io : core_.io) io->guard.reset();
    for (auto& io : core_.io) io->context.stop();
    for (auto& io : core_.io) io->thread.join();
    core_.workers.Stop();
    // An answer that goes on is written to from outside: no connection may hear of it once its loop is gone.
    for (auto& io : core_.io) {
      auto sessions = io->sessions;
      for (auto& [raw, weak] : sessions) {
        if (auto session = weak.lock()) session->Close();
      }
    }
    log::Flush();
  }

 private:
  void Accept() {
    IoThread& io = *core_.io[next_++ % core_.io.size()];
    acceptor_->async_accept(io.context.get_executor(), [this, &io](error_code ec, Socket socket) {
      if (core_.stopping || ec == net::error::operation_aborted) return;
      if (ec) {
        // Out of file descriptors: wait for some to close instead of spinning.
        retry_->expires_after(std::chrono::milliseconds(100));
        return retry_->async_wait([this](error_code e) {
          if (!e && !core_.stopping) Accept();
        });
      }
      Take(io, std::move(socket));
      Accept();
    });
  }

  void Take(IoThread& io, Socket socket) {
    {
      std::lock_guard lock(core_.mutex);
      if (core_.connections >= core_.options.connections_max) {
        core_.metrics->connections_refused.fetch_add(1, std::memory_order_relaxed);
        // Under TLS nothing can be said before a handshake, which would cost more than serving.
        if (core_.tls.load()) return;
        return Shed(std::move(socket));
      }
      ++core_.connections;
    }
    core_.metrics->connections.fetch_add(1, std::memory_order_relaxed);
    error_code ec;
    auto endpoint = socket.remote_endpoint(ec);
    StartSession(core_, io, std::move(socket), ec ? "" : endpoint.address().to_string());
  }

  // One answer that fits the socket's buffer, without waiting for the request.
  void Shed(Socket socket) {
    static const std::string answer = [] {
      Error error = MakeError(ErrorCode::kUnavailable, "connections_max");
      Outgoing out = Prepare(Request(), ProblemResponse(error, ""), Connection::kClose);
      return out.head + out.body;
    }();
    error_code ec;
    socket.non_blocking(true, ec);
    socket.send(net::buffer(answer), 0, ec);
    socket.shutdown(tcp::socket::shutdown_send, ec);
  }

  Core core_;
  std::optional<tcp::acceptor> acceptor_;
  std::optional<net::steady_timer> retry_;
  size_t next_ = 0;
  int port_ = 0;
  std::atomic<int64_t> certificate_expires_at_s_{0};
};

}  // namespace

Result<std::unique_ptr<Server>> Server::Start(ServerOptions options, const Router& router,
                                              Authenticator authenticator) {
  TINHSO_ASSIGN(StaticFiles files, StaticFiles::Load(options.static_dir));
  if (options.temp_dir.empty()) options.temp_dir = std::filesystem::temp_directory_path().string();
  auto server =
      std::make_unique<BeastServer>(std::move(options), router, std::move(authenticator), std::move(files));
  TINHSO_TRY(server->Listen());
  return Result<std::unique_ptr<Server>>(std::move(server));
}

}  // namespace tinhso::http
