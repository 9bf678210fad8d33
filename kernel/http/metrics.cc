#include "kernel/http/metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "proxies.h"

namespace tinhso::http {
namespace {

// Upper bounds of the latency histogram, microseconds.
constexpr std::array<int64_t, 12> kBucketsUs = {500,    1'000,   2'500,   5'000,     10'000,    25'000,
                                                50'000, 100'000, 250'000, 1'000'000, 5'000'000, 30'000'000};

std::string Seconds(int64_t us) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", static_cast<double>(us) / 1e6);
  return text;
}

struct Process {
  double resident_bytes = 0, cpu_s = 0, open_fds = 0, max_fds = 0;
};

Process ReadProcess() {
  Process out;
  std::ifstream in("/proc/self/statm");
  int64_t pages = 0, resident = 0;
  if (in >> pages >> resident) out.resident_bytes = static_cast<double>(resident * ::sysconf(_SC_PAGESIZE));
  rusage used{};
  if (::getrusage(RUSAGE_SELF, &used) == 0)
    out.cpu_s = static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
  std::error_code ec;
  for (auto it = std::filesystem::directory_iterator("/proc/self/fd", ec); it != std::filesystem::directory_iterator();
       it.increment(ec))
    ++out.open_fds;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) out.max_fds = static_cast<double>(limit.rlim_cur);
  return out;
}

std::string Number(double v) {
  char text[32];
  std::snprintf(text, sizeof text, "%.17g", v);
  return text;
}

}  // namespace

struct Metrics::Row {
  std::string method, route;
  std::array<std::atomic<uint64_t>, 6> by_class{};  // [2] = 2xx …
  std::array<std::atomic<uint64_t>, kBucketsUs.size() + 1> buckets{};
  std::atomic<uint64_t> sum_us{0};
};

Metrics::Metrics() = default;
Metrics::~Metrics() = default;

void Metrics::AddGauge(std::string name, std::string help, std::function<double()> read) {
  gauges_.push_back({std::move(name), std::move(help), std::move(read)});
}

void Metrics::SetRoutes(const std::vector<Route>& routes) {
  rows_.clear();
  auto add = [this](std::string method, std::string route) {
    auto row = std::make_unique<Row>();
    row->method = std::move(method);
    row->route = std::move(route);
    rows_.push_back(std::move(row));
  };
  for (const Route& route : routes) add(route.method, route.pattern);
  add("GET", "(static)");
  add("", "(none)");
  route_rows_ = routes.size();
}

void Metrics::Count(size_t row, int status, int64_t duration_us) {
  if (row >= rows_.size()) return;
  Row& r = *rows_[row];
  int status_class = status / 100;
  if (status_class < 0 || status_class > 5) status_class = 0;
  r.by_class[status_class].fetch_add(1, std::memory_order_relaxed);
  size_t bucket = 0;
  while (bucket < kBucketsUs.size() && duration_us > kBucketsUs[bucket]) ++bucket;
  r.buckets[bucket].fetch_add(1, std::memory_order_relaxed);
  r.sum_us.fetch_add(static_cast<uint64_t>(duration_us < 0 ? 0 : duration_us), std::memory_order_relaxed);
}

std::string Metrics::Exposition() const {
  std::string out;
  out += "# HELP tinhso_http_requests_total Requests answered.\n# TYPE tinhso_http_requests_total counter\n";
  for (const auto& row : rows_) {
    for (size_t c = 1; c < row->by_class.size(); ++c) {
      uint64_t n = row->by_class[c].load(std::memory_order_relaxed);
      if (!n) continue;
      out += "tinhso_http_requests_total{method=\"" + row->method + "\",route=\"" + row->route +
             "\",status=\"" + std::to_string(c) + "xx\"} " + std::to_string(n) + "\n";
    }
  }
  out +=
      "# HELP tinhso_http_request_seconds Time from the request's header to its answer.\n"
      "# TYPE tinhso_http_request_seconds histogram\n";
  for (const auto& row : rows_) {
    uint64_t total = 0;
    std::string lines, labels = "method=\"" + row->method + "\",route=\"" + row->route + "\"";
    for (size_t b = 0; b < row->buckets.size(); ++b) {
      total += row->buckets[b].load(std::memory_order_relaxed);
      lines += "tinhso_http_request_seconds_bucket{" + labels + ",le=\"" +
               (b < kBucketsUs.size() ? Seconds(kBucketsUs[b]) : "+Inf") + "\"} " + std::to_string(total) +
               "\n";
    }
    if (!total) continue;
    out += lines + "tinhso_http_request_seconds_sum{" + labels + "} " +
           Number(static_cast<double>(row->sum_us.load(std::memory_order_relaxed)) / 1e6) + "\n";
    out += "tinhso_http_request_seconds_count{" + labels + "} " + std::to_string(total) + "\n";
  }
  auto single = [&out](std::string_view name, std::string_view help, std::string_view type, double value) {
    out.append("# HELP ")
        .append(name)
        .append(" ")
        .append(help)
        .append("\n# TYPE ")
        .append(name)
        .append(" ")
        .append(type);
    out.append("\n").append(name).append(" ").append(Number(value)).append("\n");
  };
  single("tinhso_http_connections", "Open connections.", "gauge", static_cast<double>(connections.load()));
  single("tinhso_http_connections_refused_total", "Connections over connections_max.", "counter",
         static_cast<double>(connections_refused.load()));
  single("tinhso_http_worker_queue", "Requests waiting for a worker.", "gauge",
         static_cast<double>(worker_queue.load()));
  single("tinhso_http_requests_shed_total", "Requests answered 503 server_busy.", "counter",
         static_cast<double>(requests_shed.load()));
  const Process process = ReadProcess();
  single("process_resident_memory_bytes", "Resident memory.", "gauge", process.resident_bytes);
  single("process_cpu_seconds_total", "CPU time used.", "counter", process.cpu_s);
  single("process_open_fds", "Open file descriptors.", "gauge", process.open_fds);
  single("process_max_fds", "Their limit.", "gauge", process.max_fds);
  for (const Gauge& gauge : gauges_) single(gauge.name, gauge.help, "gauge", gauge.read());
  return out;
}

std::vector<Route> OperationRoutes(std::shared_ptr<Metrics> metrics, std::function<Status()> ready,
                                   const std::vector<std::string>& metrics_addresses) {
  std::vector<Route> routes;
  routes.push_back({"GET", "/healthz", "public", "", BodyKind::kNone,
                    [](Request&) -> Result<Response> { return Response::Text("ok\n"); }});
  routes.push_back({"GET", "/readyz", "public", "", BodyKind::kNone, [ready](Request&) -> Result<Response> {
                      if (ready) {
                        if (auto status = ready(); !status.ok())
                          return MakeError(ErrorCode::kUnavailable, "not_ready", status.error().reason);
                      }
                      return Response::Text("ready\n");
                    }});
  routes.push_back(
      {"GET", "/metrics", "public", "", BodyKind::kNone,
       [metrics, anybody = metrics_addresses.empty(),
        allowed = Proxies(metrics_addresses)](Request& request) -> Result<Response> {
         if (!anybody && !allowed.Trusts(request.remote_address))
           return MakeError(ErrorCode::kForbidden, "metrics_address_refused");
         return Response::Text(metrics ? metrics->Exposition() : "",
                               "text/plain; version=0.0.4; charset=utf-8");
       }});
  return routes;
}

}  // namespace tinhso::http
