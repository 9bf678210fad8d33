// Counters in the Prometheus text format (version 0.0.4), and the operator's routes.
// Thread rule: gauges are added before the server starts; counting is lock-free.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "kernel/http/http.h"

namespace tinhso::http {

class Metrics {
 public:
  Metrics();
  ~Metrics();
  // `name` like "tinhso_db_write_queue"; read when /metrics is asked for.
  void AddGauge(std::string name, std::string help, std::function<double()> read);
  // The server calls it once with its routes; rows 0..n-1 are routes, n static files, n+1 no route.
  void SetRoutes(const std::vector<Route>& routes);
  void Count(size_t row, int status, int64_t duration_us);
  size_t route_rows() const { return route_rows_; }
  std::string Exposition() const;

  std::atomic<int64_t> connections{0};
  std::atomic<int64_t> connections_refused{0};
  std::atomic<int64_t> worker_queue{0};
  std::atomic<int64_t> requests_shed{0};  // 503 "server_busy"

 private:
  struct Row;
  struct Gauge {
    std::string name, help;
    std::function<double()> read;
  };
  std::vector<std::unique_ptr<Row>> rows_;
  std::vector<Gauge> gauges_;
  size_t route_rows_ = 0;
};

// GET /healthz (the process answers), GET /readyz (`ready` says it can serve; 503 with the reason if not), GET /metrics.
// /metrics answers callers within `metrics_addresses` only (403 "metrics_address_refused"); empty = anybody.
std::vector<Route> OperationRoutes(std::shared_ptr<Metrics> metrics, std::function<Status()> ready,
                                   const std::vector<std::string>& metrics_addresses = {});

}  // namespace tinhso::http
