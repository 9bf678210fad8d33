// How the installation is: checks with their state, storage and its growth, the last backup. For the
// administrator's page and the metrics. Thread rule: thread-safe.
#pragma once
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "kernel/db/db.h"
#include "kernel/files/files.h"
#include "kernel/http/http.h"
#include "kernel/http/metrics.h"

namespace tinhso::app {

struct PlatformOptions;

struct StorageSize {
  int64_t database_bytes = 0, wal_bytes = 0, files = 0, files_bytes = 0;
  int64_t disk_free_bytes = 0, disk_bytes = 0;
  TimeUs measured_at_us = 0;
};

class Health {
 public:
  Health(const PlatformOptions& options, db::Database& database, const files::Store& files, const Clock& clock);
  // Unix seconds, 0 = no TLS; set by the server when it runs.
  void SetCertificateExpiry(std::function<int64_t()> read);
  // Whether the data folder can be written to, tried every kWritableFreshUs: a disk may become full or read-only under a
  // running server. Errors: those of files::Store::TryWriting.
  Status Writable();
  // For /readyz: the database answers and the data folder can be written to.
  Status Ready();
  // At most a minute old.
  Result<StorageSize> Storage();
  // Once a day the sizes go into storage-history.jsonl of the data folder, for the growth shown; call as
  // often as you like.
  void Remember();
  std::vector<http::Route> Routes();  // GET /api/v1/admin/health
  void AddMetrics(http::Metrics& metrics);

 private:
  Result<json::object> Report();
  json::array Checks(const StorageSize& storage);

  const PlatformOptions& options_;
  db::Database& database_;
  const files::Store& files_;
  const Clock& clock_;
  const TimeUs started_at_us_;
  std::mutex mutex_;  // guards what follows
  std::optional<StorageSize> storage_;
  Status writable_ = Ok();
  TimeUs writable_tried_at_us_ = 0;
  std::function<int64_t()> certificate_expiry_;
};

}  // namespace tinhso::app
