// What a session reads from and writes to: a TCP connection, plain or under TLS. The plain path costs nothing
// over Beast's own stream; TLS stands behind an interface, so that its headers are compiled once (tls.cc).
// Thread rule: as the session: one io thread.
#pragma once
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/rate_policy.hpp>
#include <functional>
#include <memory>

#include "core.h"

namespace tinhso::http {

using boost::system::error_code;
using PlainStream =
    boost::beast::basic_stream<tcp, net::io_context::executor_type, boost::beast::unlimited_rate_policy>;

class TlsLayer {
 public:
  using OnBytes = std::function<void(error_code, size_t)>;
  virtual ~TlsLayer() = default;
  virtual void Handshake(std::function<void(error_code)> then) = 0;
  virtual void ReadSome(net::mutable_buffer into, OnBytes then) = 0;
  virtual void WriteSome(net::const_buffer bytes, OnBytes then) = 0;
  // Says that nothing more comes, and waits for the peer to say so.
  virtual void SayGoodbye(std::function<void(error_code)> then) = 0;
};
// nullptr when `context` is.
std::unique_ptr<TlsLayer> MakeTlsLayer(PlainStream& under, std::shared_ptr<TlsContext> context);

class Stream {
 public:
  using executor_type = net::io_context::executor_type;
  Stream(Socket socket, std::shared_ptr<TlsContext> context)
      : plain_(std::move(socket)), tls_(MakeTlsLayer(plain_, std::move(context))) {}

  TlsLayer* tls() { return tls_.get(); }
  auto get_executor() { return plain_.get_executor(); }
  auto& socket() { return plain_.socket(); }
  void close() { plain_.close(); }
  template <class Duration>
  void expires_after(Duration duration) {
    plain_.expires_after(duration);
  }
  void expires_never() { plain_.expires_never(); }

  template <class Handler>
  void async_read_some(net::mutable_buffer into, Handler&& then) {
    if (tls_) return tls_->ReadSome(into, Shared(std::forward<Handler>(then)));
    plain_.async_read_some(into, std::forward<Handler>(then));
  }
  // As net::async_write calls it.
  template <class Buffers, class Handler>
  void async_write_some(const Buffers& buffers, Handler&& then) {
    if (!tls_) {
      plain_.async_write_some(buffers, std::forward<Handler>(then));
      return;
    }
    for (auto it = net::buffer_sequence_begin(buffers); it != net::buffer_sequence_end(buffers); ++it) {
      net::const_buffer bytes(*it);
      if (bytes.size() > 0) return tls_->WriteSome(bytes, Shared(std::forward<Handler>(then)));
    }
    net::post(get_executor(), [then = Shared(std::forward<Handler>(then))] { then(error_code(), 0); });
  }

 private:
  // std::function copies; a composed operation's handler can only be moved.
  template <class Handler>
  static TlsLayer::OnBytes Shared(Handler&& then) {
    auto kept = std::make_shared<std::decay_t<Handler>>(std::forward<Handler>(then));
    return [kept](error_code ec, size_t n) { (*kept)(ec, n); };
  }

  PlainStream plain_;
  std::unique_ptr<TlsLayer> tls_;
};

}  // namespace tinhso::http
