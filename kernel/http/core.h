// What the sessions of one server share. Included by server.cc and session.cc only.
#pragma once
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "edge.h"
#include "kernel/http/http.h"
#include "kernel/http/metrics.h"
#include "proxies.h"
#include "rate_limit.h"
#include "static_files.h"
#include "tls.h"
#include "worker_pool.h"

namespace tinhso::http {

namespace net = boost::asio;
using tcp = net::ip::tcp;
using Socket = net::basic_stream_socket<tcp, net::io_context::executor_type>;

// A connection as the server sees it.
class Connected {
 public:
  virtual ~Connected() = default;
  // On the io thread, when the server stops: whoever is not owed an answer goes.
  virtual void CloseIfIdle() = 0;
  // On the io thread, or when that has ended.
  virtual void Close() = 0;
};

struct IoThread {
  net::io_context context{1};
  net::executor_work_guard<net::io_context::executor_type> guard{context.get_executor()};
  std::unordered_map<Connected*, std::weak_ptr<Connected>> sessions;  // touched on this thread only
  std::thread thread;
};

struct Core {
  Core(ServerOptions o, const Router& r, Authenticator a, StaticFiles f)
      : options(std::move(o)),
        router(r),
        authenticator(std::move(a)),
        rules(EdgeRules::From(options)),
        files(std::move(f)),
        proxies(options.trusted_proxies),
        public_posts(options.public_posts_per_minute, options.public_posts_burst),
        metrics(options.metrics ? options.metrics : std::make_shared<Metrics>()),
        workers(options.workers, options.worker_queue_max) {
    metrics->SetRoutes(router.routes());
  }
  size_t RowOf(const Route* route) const {
    return route ? static_cast<size_t>(route - router.routes().data()) : router.routes().size() + 1;
  }
  size_t StaticRow() const { return router.routes().size(); }

  const ServerOptions options;
  const Router& router;
  const Authenticator authenticator;
  const EdgeRules rules;
  const StaticFiles files;
  const Proxies proxies;
  RateLimit public_posts;
  std::shared_ptr<Metrics> metrics;
  std::atomic<std::shared_ptr<TlsContext>> tls;  // empty: plain HTTP
  std::atomic<bool> stopping{false};
  std::mutex mutex;
  std::condition_variable closed;
  int connections = 0;  // under mutex
  std::vector<std::unique_ptr<IoThread>> io;
  WorkerPool workers;  // last: its threads end before what they use
};

// Takes the socket over; call on any thread.
void StartSession(Core& core, IoThread& io, Socket socket, std::string remote_address);

}  // namespace tinhso::http
