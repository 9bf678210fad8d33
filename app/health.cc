#include "app/health.h"

#include <sys/statvfs.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "app/backup.h"
#include "app/demo.h"
#include "app/platform.h"
#include "kernel/db/snapshot.h"
#include "kernel/http/log.h"
#include "kernel/jobs/jobs.h"
#include "store.h"

namespace tinhso::app {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kWritableFreshUs = 2 * kUsPerSecond;
constexpr int64_t kStorageFreshUs = 60 * kUsPerSecond;
constexpr size_t kHistoryDaysMax = 400, kHistoryDaysShown = 90;
constexpr int64_t kGigabyte = 1'000'000'000;
constexpr int64_t kDiskLowBytes = 5 * kGigabyte, kDiskEmptyBytes = kGigabyte;
constexpr int64_t kWalLargeBytes = 512'000'000;
constexpr int64_t kCertificateSoonDays = 21, kCertificateUrgentDays = 7;
constexpr int64_t kJobsManyWaiting = 1000;

constexpr const char* kOk = "ok";
constexpr const char* kWarning = "warning";
constexpr const char* kError = "error";

int64_t SizeOf(const std::string& path) {
  std::error_code ec;
  auto size = fs::file_size(path, ec);
  return ec ? 0 : static_cast<int64_t>(size);
}

std::string HistoryPath(const PlatformOptions& options) {
  return options.data_dir + "/storage-history.jsonl";
}

std::vector<std::string> HistoryLines(const PlatformOptions& options) {
  std::vector<std::string> lines;
  std::ifstream in(HistoryPath(options));
  for (std::string line; std::getline(in, line);) lines.push_back(std::move(line));
  return lines;
}

}  // namespace

Health::Health(const PlatformOptions& options, db::Database& database, const files::Store& files, const Clock& clock)
    : options_(options), database_(database), files_(files), clock_(clock), started_at_us_(clock.NowUs()) {}

void Health::SetCertificateExpiry(std::function<int64_t()> read) {
  std::lock_guard lock(mutex_);
  certificate_expiry_ = std::move(read);
}

Status Health::Writable() {
  std::lock_guard lock(mutex_);
  const TimeUs now = clock_.NowUs();
  if (now >= writable_tried_at_us_ && now - writable_tried_at_us_ < kWritableFreshUs) return writable_;
  Status tried = files_.TryWriting();
  if (tried.ok() != writable_.ok()) {
    if (tried.ok())
      log::Info("the data folder can be written to again");
    else
      log::Error("the data folder cannot be written to",
                 {{"reason", tried.error().reason}, {"detail", tried.error().detail}});
  }
  writable_ = tried;
  writable_tried_at_us_ = now;
  return tried;
}

Status Health::Ready() {
  TINHSO_TRY(database_.Ping());
  return Writable();
}

Result<StorageSize> Health::Storage() {
  std::lock_guard lock(mutex_);
  TimeUs now = clock_.NowUs();
  if (storage_ && now - storage_->measured_at_us < kStorageFreshUs && now >= storage_->measured_at_us)
    return *storage_;
  StorageSize size;
  size.measured_at_us = now;
  const std::string path = options_.data_dir + "/tinhso.db";
  if (database_.is_postgres()) {
    TINHSO_ASSIGN(size.database_bytes, db::PostgresBytes(options_.database_url));
  } else {
    size.database_bytes = SizeOf(path);
    size.wal_bytes = SizeOf(path + "-wal");
  }
  TINHSO_ASSIGN(FileTotals totals, CountFiles(database_));
  size.files = totals.files;
  size.files_bytes = totals.bytes;
  struct statvfs disk {};
  if (::statvfs(options_.data_dir.c_str(), &disk) == 0) {
    size.disk_free_bytes = static_cast<int64_t>(disk.f_bavail) * static_cast<int64_t>(disk.f_frsize);
    size.disk_bytes = static_cast<int64_t>(disk.f_blocks) * static_cast<int64_t>(disk.f_frsize);
  }
  storage_ = size;
  return size;
}

void Health::Remember() {
  const std::string today = FormatDate(LocalDate(clock_.NowUs()));
  std::vector<std::string> lines = HistoryLines(options_);
  if (!lines.empty() && lines.back().find(today) != std::string::npos) return;
  auto storage = Storage();
  if (!storage.ok()) return;
  lines.push_back(json::Canonical(json::object{
      {"on", today}, {"database_bytes", storage->database_bytes}, {"files_bytes", storage->files_bytes}}));
  size_t first = lines.size() > kHistoryDaysMax ? lines.size() - kHistoryDaysMax : 0;
  std::string fresh = HistoryPath(options_) + ".new";
  std::ofstream out(fresh);
  for (size_t i = first; i < lines.size(); ++i) out << lines[i] << "\n";
  out.close();
  std::error_code ec;
  if (out) fs::rename(fresh, HistoryPath(options_), ec);
}

json::array Health::Checks(const StorageSize& storage) {
  json::array checks;
  auto add = [&checks](const char* check, const char* state, json::value value) {
    checks.push_back(json::object{{"check", check}, {"state", state}, {"value", std::move(value)}});
  };
  add("database", database_.Ping().ok() ? kOk : kError, nullptr);
  add("writable", Writable().ok() ? kOk : kError, nullptr);
  bool tight = storage.disk_bytes > 0 && storage.disk_free_bytes < storage.disk_bytes / 10;
  add("disk",
      storage.disk_free_bytes < kDiskEmptyBytes               ? kError
      : tight && storage.disk_free_bytes < kDiskLowBytes * 10 ? kWarning
      : storage.disk_free_bytes < kDiskLowBytes               ? kWarning
                                                              : kOk,
      storage.disk_free_bytes);
  if (!database_.is_postgres())
    add("wal", storage.wal_bytes > kWalLargeBytes ? kWarning : kOk, storage.wal_bytes);
  if (auto jobs = jobs::Count(database_); jobs.ok()) {
    add("jobs_dead", jobs->dead > 0 ? kWarning : kOk, jobs->dead);
    add("jobs_waiting", jobs->waiting > kJobsManyWaiting ? kWarning : kOk, jobs->waiting);
  }
  TimeUs now = clock_.NowUs();
  auto backup = ReadLastBackup(options_.data_dir);
  int64_t age_us = backup ? now - backup->finished_at_us : 0;
  add("backup",
      !backup || age_us > options_.config.backup.age_hours_max * 3600 * kUsPerSecond ? kWarning : kOk,
      backup ? json::value(age_us / (3600 * kUsPerSecond)) : json::value(nullptr));
  std::function<int64_t()> expiry;
  {
    std::lock_guard lock(mutex_);
    expiry = certificate_expiry_;
  }
  if (int64_t expires_at_s = expiry ? expiry() : 0; expires_at_s > 0) {
    int64_t days = (expires_at_s - now / kUsPerSecond) / 86'400;
    add("certificate",
        days < kCertificateUrgentDays ? kError
        : days < kCertificateSoonDays ? kWarning
                                      : kOk,
        days);
  }
  ListenAddress listen;
  bool exposed = ParseListen(options_.config.server.listen, listen) && !listen.loopback;
  add("https", !options_.public_base_url.starts_with("https:") && exposed ? kWarning : kOk, nullptr);
  if (IsDemo(options_.data_dir)) add("demo", exposed && options_.allow_demo_accounts ? kError : kOk, nullptr);
  return checks;
}

Result<json::object> Health::Report() {
  TINHSO_ASSIGN(StorageSize size, Storage());
  TINHSO_ASSIGN(AccountCounts accounts, CountAccounts(database_));
  json::array growth;
  std::vector<std::string> lines = HistoryLines(options_);
  for (size_t i = lines.size() > kHistoryDaysShown ? lines.size() - kHistoryDaysShown : 0; i < lines.size();
       ++i) {
    if (auto day = json::Parse(lines[i]); day.ok() && day->is_object()) growth.push_back(std::move(*day));
  }
  json::value backup = nullptr;
  if (auto last = ReadLastBackup(options_.data_dir))
    backup = json::object{{"finished_at", FormatTime(last->finished_at_us)},
                          {"to", last->to},
                          {"bytes", last->bytes},
                          {"files", last->files},
                          {"duration_ms", last->duration_us / 1000}};
  return json::object{
      {"version", TINHSO_VERSION},
      {"started_at", FormatTime(started_at_us_)},
      {"checks", Checks(size)},
      {"storage", json::object{{"engine", database_.is_postgres() ? "postgresql" : "sqlite"},
                               {"database_bytes", size.database_bytes},
                               {"wal_bytes", size.wal_bytes},
                               {"files", size.files},
                               {"files_bytes", size.files_bytes},
                               {"disk_free_bytes", size.disk_free_bytes},
                               {"disk_bytes", size.disk_bytes},
                               {"measured_at", FormatTime(size.measured_at_us)},
                               {"growth", std::move(growth)}}},
      {"backup", std::move(backup)},
      {"accounts", json::object{{"accounts", accounts.accounts}, {"disabled", accounts.disabled}}}};
}

std::vector<http::Route> Health::Routes() {
  return {{"GET", "/api/v1/admin/health", "jobs.admin", "", http::BodyKind::kNone,
           [this](http::Request&) -> Result<http::Response> {
             TINHSO_ASSIGN(json::object report, Report());
             return http::Response::Json(report);
           }}};
}

void Health::AddMetrics(http::Metrics& metrics) {
  auto gauge = [&](const char* name, const char* help, int64_t StorageSize::*field) {
    metrics.AddGauge(name, help, [this, field] {
      auto size = Storage();
      return size.ok() ? static_cast<double>((*size).*field) : -1.0;
    });
  };
  gauge("tinhso_database_bytes", "Size of the database.", &StorageSize::database_bytes);
  gauge("tinhso_wal_bytes", "Size of SQLite's write-ahead log.", &StorageSize::wal_bytes);
  gauge("tinhso_files", "Files kept.", &StorageSize::files);
  gauge("tinhso_files_bytes", "Their bytes.", &StorageSize::files_bytes);
  gauge("tinhso_disk_free_bytes", "Free on the data folder's disk.", &StorageSize::disk_free_bytes);
  gauge("tinhso_disk_bytes", "Size of the data folder's disk.", &StorageSize::disk_bytes);
  metrics.AddGauge("tinhso_backup_finished_timestamp_seconds", "End of the last backup, Unix time; 0 = none.",
                   [this] {
                     auto last = ReadLastBackup(options_.data_dir);
                     return last ? static_cast<double>(last->finished_at_us) / kUsPerSecond : 0.0;
                   });
  metrics.AddGauge("tinhso_certificate_expires_timestamp_seconds", "Unix time; 0 = no TLS here.", [this] {
    std::lock_guard lock(mutex_);
    return certificate_expiry_ ? static_cast<double>(certificate_expiry_()) : 0.0;
  });
}

}  // namespace tinhso::app
