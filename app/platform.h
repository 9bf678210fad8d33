// The whole program without its command line: database, kernel services, engines, features, routes. Tests,
// the demo, the server and the command line all stand on it. Thread rule: Open and Close on one thread; what
// the services promise in between.
#pragma once
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "app/config.h"
#include "app/health.h"
#include "base/clock.h"
#include "base/result.h"
#include "kernel/audit/log.h"
#include "engines/packs/packs.h"
#include "features/calendar_feed/calendar_feed.h"
#include "features/complaints/complaints.h"
#include "features/dossiers/dossiers.h"
#include "features/payments/payments.h"
#include "features/portal/portal.h"
#include "features/queue/queue.h"
#include "features/procedures/procedures.h"
#include "features/reports/reports.h"
#include "kernel/areas/areas.h"
#include "kernel/db/cluster.h"
#include "kernel/db/db.h"
#include "kernel/files/files.h"
#include "kernel/http/http.h"
#include "kernel/http/metrics.h"
#include "kernel/identity/identity.h"
#include "kernel/jobs/jobs.h"
#include "kernel/notify/notify.h"
#include "kernel/orgs/merger.h"
#include "kernel/orgs/orgs.h"

namespace tinhso::app {

struct PlatformOptions {
  std::string data_dir;      // holds tinhso.db, files/, tmp/, log/; made when absent
  std::string database_url;  // "" = SQLite in data_dir
  std::string packs_dir;     // folder of packs; "" = what was published before
  std::string public_base_url = "http://localhost:8080";
  bool allow_demo_accounts = false;
  int job_threads = 1;
  Config config;  // the settings of the modules; what stands above is resolved from it
  // Told what a pack at start has wrong; the packs published before stay in force.
  std::function<void(const std::string&)> warn;
};

class Platform {
 public:
  // Opens and migrates the database, loads units, calendars and packs, wires every service.
  // Errors: those of the database; kInvalid "pack_invalid" when there is no earlier publication to fall back
  // to; kInvalid "data_dir_unusable" when the folder cannot be made or written.
  static Result<std::unique_ptr<Platform>> Open(PlatformOptions options, const Clock& clock);
  ~Platform();
  Platform(const Platform&) = delete;
  Platform& operator=(const Platform&) = delete;

  const http::Router& router() const { return http_router_; }
  http::Authenticator authenticator() { return identity_->authenticator(); }
  std::shared_ptr<http::Metrics> metrics() { return metrics_; }
  db::Database& database() { return *database_; }
  areas::Service& areas() { return *areas_; }
  orgs::Service& orgs() { return *orgs_; }
  orgs::Mergers& mergers() { return *mergers_; }
  identity::Service& identity() { return *identity_; }
  files::Store& files() { return *files_; }
  packs::Library& library() { return *library_; }
  procedures::Catalogue& catalogue() { return *catalogue_; }
  dossiers::Service& dossiers() { return *dossiers_; }
  payments::Service& payments() { return *payments_; }
  reports::Service& reports() { return *reports_; }
  jobs::Runner& runner() { return *runner_; }
  audit::Log& audit_log() { return *audit_log_; }
  Health& health() { return *health_; }
  // The pack folders found in packs_dir, sorted.
  const std::vector<std::string>& pack_dirs() const { return pack_dirs_; }
  const PlatformOptions& options() const { return options_; }

  void StartJobs();
  void StopJobs();
  // Runs due jobs and seals the audit log on this thread, until nothing is left: for the command line and
  // tests.
  Status Settle();

 private:
  Platform(PlatformOptions options, const Clock& clock);
  Status Init();
  Status LoadPacks();
  Status AdoptAreas();
  Status ConfigureCatalogue();
  void WatchOthers();
  bool MayDoAlone(const char* work);
  Status EnqueueVerify(db::Tx& tx);
  // Upkeep that one server does for all.
  void EveryAlone(const char* work, int64_t period_us, std::function<void()> tick);
  void AddRoutes();
  Status OpenPayments();
  Status OpenComplaints();
  Status OpenAuditLog();
  void CosignUntilStopped();

  const PlatformOptions options_;
  const Clock& clock_;
  std::vector<std::string> pack_dirs_;
  std::shared_ptr<http::Metrics> metrics_;
  std::unique_ptr<db::Database> database_;
  std::unique_ptr<db::TenantRouter> tenants_;
  std::unique_ptr<areas::Service> areas_;
  std::unique_ptr<audit::Log> audit_log_;
  std::unique_ptr<db::Member> member_;
  std::unique_ptr<db::Watcher> watcher_;
  std::unique_ptr<orgs::Service> orgs_;
  std::unique_ptr<identity::Service> identity_;
  std::unique_ptr<notify::Service> notify_;
  std::unique_ptr<files::Store> files_;
  std::unique_ptr<packs::Library> library_;
  std::unique_ptr<procedures::Catalogue> catalogue_;
  std::unique_ptr<jobs::Runner> runner_;
  std::unique_ptr<dossiers::Service> dossiers_;
  std::unique_ptr<reports::Service> reports_;
  std::unique_ptr<payments::Service> payments_;
  std::unique_ptr<complaints::Service> complaints_;
  std::unique_ptr<calendar_feed::Service> calendar_feed_;
  std::unique_ptr<queue::Service> queue_;
  std::unique_ptr<portal::Service> portal_;
  std::unique_ptr<orgs::Mergers> mergers_;
  std::unique_ptr<Health> health_;
  http::Router http_router_;
  bool jobs_started_ = false;
  // Waits for other installations' answers, so not among the jobs.
  std::mutex cosign_mutex_;
  std::condition_variable cosign_changed_;
  bool cosign_stop_ = false;
  std::thread cosigner_;
};

// Every module's migrations, lower layers first.
std::vector<db::MigrationSet> AllMigrations();

// Where the program finds what stands beside it: `given`, else the source tree the program was built from, else
// ../share/tinhso beside the program. "" when none exists.
std::string FindPacksDir(const std::string& given);
std::string FindWebDir(const std::string& given);

}  // namespace tinhso::app
