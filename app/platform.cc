#include "app/platform.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "app/contract.h"
#include "mergers.h"
#include "app/site.h"
#include "base/crypto.h"
#include "engines/numbering/numbering.h"
#include "kernel/audit/audit.h"
#include "kernel/http/log.h"
#include "kernel/inbox/inbox.h"
#include "kernel/outbound/outbound.h"

namespace tinhso::app {
namespace {

namespace fs = std::filesystem;

// Sealed and signed so often: the delay until an event can be proven, and one checkpoint's row for each.
constexpr int64_t kSealPeriodUs = 5 * kUsPerSecond;
constexpr int64_t kVerifyBudgetUs = 20 * kUsPerSecond;  // of one job, whose lease is 60 s
constexpr int64_t kSealBatch = 100'000;
constexpr int kCosignPeriodS = 10;
constexpr int64_t kRememberPeriodUs = 600 * kUsPerSecond;
constexpr int64_t kDeadlinesPeriodUs = 60 * kUsPerSecond;

// Folders with a pack.yaml; names beginning with '_' are shared parts, not packs.
std::vector<std::string> PackDirsIn(const std::string& packs_dir) {
  std::vector<std::string> out;
  std::error_code ec;
  if (packs_dir.empty()) return out;
  for (const auto& item : fs::directory_iterator(packs_dir, ec)) {
    if (item.path().filename().string().starts_with("_")) continue;
    if (fs::is_regular_file(item.path() / "pack.yaml", ec)) out.push_back(item.path().string());
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::string FirstExisting(const std::string& given, const std::string& in_source, const std::string& in_share) {
  if (!given.empty()) return given;
  std::error_code ec;
  if (fs::is_directory(in_source, ec)) return in_source;
  fs::path self = fs::read_symlink("/proc/self/exe", ec);
  if (ec) return "";
  fs::path shared = self.parent_path() / ".." / "share" / "tinhso" / in_share;
  return fs::is_directory(shared, ec) ? shared.lexically_normal().string() : "";
}

std::vector<identity::Provider> ProvidersOf(const Config& config) {
  std::vector<identity::Provider> out;
  for (const auto& [name, provider] : config.oidc) {
    out.push_back(provider);
    if (out.back().name_en.empty()) out.back().name_en = provider.name_vi;
  }
  return out;
}

}  // namespace

std::vector<db::MigrationSet> AllMigrations() {
  return {db::Migrations_kernel_audit(),     db::Migrations_kernel_files(),
          db::Migrations_kernel_jobs(),      db::Migrations_kernel_areas(),
          db::Migrations_kernel_orgs(),
          db::Migrations_kernel_identity(), db::Migrations_kernel_persons(),  db::Migrations_kernel_notify(),
          db::Migrations_kernel_inbox(),     db::Migrations_engines_numbering(),
          db::Migrations_engines_packs(),    db::Migrations_features_procedures(),
          db::Migrations_features_dossiers(),  db::Migrations_features_payments(),
          db::Migrations_features_complaints(), db::Migrations_features_calendar_feed(), db::Migrations_features_queue(), db::Migrations_features_portal()};
}

std::string FindPacksDir(const std::string& given) {
  return FirstExisting(given, TINHSO_SOURCE_DIR "/packs", "packs");
}

std::string FindWebDir(const std::string& given) {
  return FirstExisting(given, TINHSO_SOURCE_DIR "/web/build", "web");
}

Platform::Platform(PlatformOptions options, const Clock& clock)
    : options_(std::move(options)),
      clock_(clock),
      pack_dirs_(PackDirsIn(options_.packs_dir)),
      metrics_(std::make_shared<http::Metrics>()) {}

Platform::~Platform() { StopJobs(); }

Result<std::unique_ptr<Platform>> Platform::Open(PlatformOptions options, const Clock& clock) {
  std::unique_ptr<Platform> platform(new Platform(std::move(options), clock));
  TINHSO_TRY(platform->Init());
  return Result<std::unique_ptr<Platform>>(std::move(platform));
}

Status Platform::Init() {
  std::error_code ec;
  fs::create_directories(options_.data_dir, ec);
  // Files, keys and logs are kept there even when the rows are elsewhere.
  if (!ec && ::access(options_.data_dir.c_str(), W_OK) != 0) ec.assign(errno, std::generic_category());
  if (ec) return MakeError(ErrorCode::kInvalid, "data_dir_unusable", options_.data_dir + ": " + ec.message());
  db::Options database_options;
  database_options.sqlite_path = options_.data_dir + "/tinhso.db";
  database_options.postgres_url = options_.database_url;
  TINHSO_ASSIGN(database_, db::Database::Open(database_options));
  TINHSO_TRY(database_->Migrate(AllMigrations()));
  TINHSO_TRY(OpenAuditLog());
  tenants_ = std::make_unique<db::TenantRouter>(*database_);
  // Before the first id is made.
  TINHSO_ASSIGN(member_, db::Member::Join(*database_, clock_, options_.config.server.node));
  // Remembered before anything is loaded, so that no change falls between.
  watcher_ = std::make_unique<db::Watcher>(*database_);
  watcher_->On("areas", [this] { return areas_->Load(); });
  watcher_->On("units", [this]() -> Status {
    TINHSO_TRY(orgs_->Load());
    identity_->ForgetSessions();
    return Ok();
  });
  watcher_->On("persons", [this] { return identity_->persons().Load(); });
  watcher_->On("packs", [this] { return library_->Load(); });
  TINHSO_TRY(watcher_->Poll());

  areas_ = std::make_unique<areas::Service>(*database_, clock_);
  TINHSO_TRY(areas_->Load());
  orgs_ = std::make_unique<orgs::Service>(*database_, clock_);
  // Before packs are loaded: days that a newer one brings are followed too.
  orgs_->OnCalendarChange([this](db::Tx& tx, Date on) { return dossiers::EnqueueFollowCalendar(tx, on, clock_.NowUs()); });
  TINHSO_TRY(orgs_->Load());
  bool https = options_.public_base_url.starts_with("https:");
  identity_ = std::make_unique<identity::Service>(
      *database_, clock_, *orgs_,
      identity::Service::Options{.allow_demo_accounts = options_.allow_demo_accounts,
                                 .secure_cookie = https,
                                 .public_base_url = options_.public_base_url,
                                 .relying_party_id = options_.config.sign_in.passkey_domain,
                                 .second_factor_roles = options_.config.sign_in.second_factor_roles,
                                 .providers = ProvidersOf(options_.config),
                                 .secret_key_file = options_.config.sign_in.secret_key_file.empty()
                                                        ? options_.data_dir + "/secrets.key"
                                                        : options_.config.sign_in.secret_key_file});
  TINHSO_TRY(identity_->OpenSecrets());
  TINHSO_TRY(identity_->persons().Load());
  notify::Options notices;
  notices.smtp = options_.config.smtp;
  notices.sms = options_.config.phone.sms;
  notices.zalo = options_.config.phone.zalo;
  notices.sandbox_dir = options_.data_dir + "/outbox";
  if (!options_.packs_dir.empty()) notices.templates_dir = options_.packs_dir + "/_common/notices";
  notices.public_base_url = options_.public_base_url;
  notices.site_name = [this](std::string_view language) {
    auto releases = library_->Releases();
    std::string name = releases.empty() ? "" : json::GetText(releases.back().name, language);
    return name.empty() ? std::string("Tỉnh Số") : name;
  };
  notify_ = std::make_unique<notify::Service>(*database_, clock_, std::move(notices));
  notify_->SetSessionCheck([this](db::Tx& tx, const std::vector<int64_t>& ids) { return identity_->LivingSessions(tx, ids); });
  files_ = std::make_unique<files::Store>(*database_, clock_, options_.data_dir);
  library_ = std::make_unique<packs::Library>(*database_, clock_);
  std::string synonyms = options_.packs_dir + "/_common/synonyms.yaml";
  catalogue_ = std::make_unique<procedures::Catalogue>(*database_, clock_,
                                                       fs::is_regular_file(synonyms, ec) ? synonyms : "");
  TINHSO_TRY(catalogue_->Load());
  library_->SetListener([this] { return ConfigureCatalogue(); });
  TINHSO_TRY(LoadPacks());
  TINHSO_TRY(AdoptAreas());

  runner_ = std::make_unique<jobs::Runner>(*database_, clock_,
                                           jobs::RunnerOptions{.threads = options_.job_threads});
  dossiers_ = std::make_unique<dossiers::Service>(dossiers::Deps{*tenants_, clock_, *orgs_, *areas_, *identity_,
                                                                 *files_, *library_, *catalogue_, *runner_,
                                                                 options_.public_base_url,
                                                                 options_.config.portal.citizens_file_here});
  dossiers_->RegisterJobs();
  if (const std::string questions = options_.packs_dir + "/_common/satisfaction.yaml"; fs::is_regular_file(questions, ec))
    TINHSO_TRY(dossiers_->LoadQuestions(questions));
  portal_ = std::make_unique<portal::Service>(
      portal::Deps{*tenants_, clock_, *dossiers_, options_.public_base_url, options_.config.portal});
  portal_->Follow();
  TINHSO_TRY(dossiers_->FillFacts([](int64_t done) { log::Info("facts of older dossiers filled", {{"dossiers", std::to_string(done)}}); }));
  reports_ = std::make_unique<reports::Service>(reports::Deps{clock_, *orgs_, *dossiers_, *catalogue_, options_.data_dir + "/tmp",
                                                              options_.packs_dir.empty() ? "" : options_.packs_dir + "/_common/indices/766.yaml"});
  TINHSO_TRY(OpenPayments());
  TINHSO_TRY(OpenComplaints());
  calendar_feed_ = std::make_unique<calendar_feed::Service>(
      calendar_feed::Deps{*tenants_, clock_, *identity_, *dossiers_, *payments_, options_.public_base_url});
  queue_ = std::make_unique<queue::Service>(*tenants_, clock_, *orgs_);
  mergers_ = std::make_unique<orgs::Mergers>(*orgs_, *runner_);
  RegisterContinuations({*mergers_, *areas_, *identity_, *dossiers_});
  mergers_->RegisterJobs();
  runner_->On("audit.verify", [this](const jobs::Job&) -> Status {
    TINHSO_ASSIGN(const bool done, audit_log_->Verify(kVerifyBudgetUs));
    if (done) return Ok();
    return database_->Write([this](db::Tx& tx) { return EnqueueVerify(tx); });
  });
  files_->AddKeeper(dossiers::FilesInUse);
  WatchOthers();
  EveryAlone("files.sweep", kUsPerDay, [this] {
    auto removed = files_->RemoveUnused();
    if (!removed.ok()) log::Warn("file sweep failed", {{"reason", removed.error().reason}});
  });
  EveryAlone("audit.seal", kSealPeriodUs, [this] {
    auto sealed = audit_log_->Seal(kSealBatch);
    if (!sealed.ok()) log::Warn("audit seal failed", {{"reason", sealed.error().reason}});
  });
  if (!options_.config.portal.url.empty()) {
    EveryAlone("portal.send", portal::kSendPeriodUs, [this] {
      auto sent = portal_->Send();
      if (!sent.ok()) log::Warn("synchronising with the portal failed", {{"reason", sent.error().reason}});
    });
  }
  health_ = std::make_unique<Health>(options_, *database_, *files_, clock_);
  runner_->Every(kRememberPeriodUs, [this] { health_->Remember(); });
  EveryAlone("inbox.deadlines", kDeadlinesPeriodUs, [this] {
    auto warned = inbox::WarnOfDeadlines(*database_, clock_, *orgs_, *identity_);
    if (!warned.ok()) log::Warn("deadline notices failed", {{"reason", warned.error().reason}});
  });
  AddRoutes();
  return Ok();
}

Status Platform::OpenPayments() {
  std::map<std::string, payments::Provider> providers = options_.config.payments;
  // Demo data has a bank of its own, whose secret nobody needs to know.
  if (options_.allow_demo_accounts && !providers.contains("sandbox"))
    providers["sandbox"].secret = crypto::Base64Encode(crypto::RandomBytes(32));
  payments_ = std::make_unique<payments::Service>(payments::Deps{*tenants_, clock_, *orgs_, *identity_, *library_, *dossiers_, *runner_,
                                                                 std::move(providers), options_.allow_demo_accounts});
  for (const std::string& dir : pack_dirs_) TINHSO_TRY(payments_->LoadPack(dir));
  dossiers_->OnMove([this](db::Tx& tx, const dossiers::Moved& moved) { return payments_->Follow(tx, moved); });
  payments_->RegisterJobs();
  return Ok();
}

Status Platform::OpenAuditLog() {
  audit::LogOptions log_options = options_.config.audit;
  if (log_options.key_file.empty()) log_options.key_file = options_.data_dir + "/audit.key";
  // A name for all time: not from an address that only this machine knows.
  if (log_options.origin.empty() && !options_.config.server.public_url.empty())
    log_options.origin = std::string(HostOf(options_.config.server.public_url)) + "/audit";
  TINHSO_ASSIGN(audit_log_, audit::Log::Open(*database_, clock_, log_options));
  return Ok();
}

void Platform::WatchOthers() {
  runner_->Every(db::kWatchPeriodUs, [this] {
    if (Status seen = watcher_->Poll(); !seen.ok()) log::Warn("watching other servers failed", {{"reason", seen.error().reason}});
  });
  runner_->Every(db::kRenewPeriodUs, [this] {
    if (Status kept = member_->Renew(); !kept.ok()) log::Warn("node number not renewed", {{"reason", kept.error().reason}});
  });
  metrics_->AddGauge("tinhso_audit_alarms", "Contradicting histories of audit logs: ours or one we co-sign.", [this] {
    auto alarms = audit_log_->Alarms();
    return alarms.ok() ? static_cast<double>(*alarms) : -1.0;
  });
}

void Platform::EveryAlone(const char* work, int64_t period_us, std::function<void()> tick) {
  runner_->Every(period_us, [this, work, tick = std::move(tick)] {
    if (MayDoAlone(work)) tick();
  });
}

Status Platform::EnqueueVerify(db::Tx& tx) {
  jobs::NewJob job;
  job.kind = "audit.verify";
  TINHSO_TRY(jobs::Enqueue(tx, job, clock_.NowUs()));
  return Ok();
}

// Whether this server, of all on one database, is the one for this work. A data folder with SQLite has one (app/lock.h).
bool Platform::MayDoAlone(const char* work) {
  if (!database_->is_postgres()) return true;
  auto mine = member_->Hold(work);
  return mine.ok() && *mine;
}

void Platform::CosignUntilStopped() {
  std::unique_lock lock(cosign_mutex_);
  while (!cosign_changed_.wait_for(lock, std::chrono::seconds(kCosignPeriodS), [this] { return cosign_stop_; })) {
    lock.unlock();
    if (MayDoAlone("audit.cosign")) {
      auto done = audit_log_->Cosign([](const std::string& url, const std::string& body) -> Result<audit::WitnessAnswer> {
        TINHSO_ASSIGN(auto answer, outbound::Send({"POST", url, {{"Content-Type", "text/plain"}}, body}));
        return audit::WitnessAnswer{answer.status, answer.content_type, answer.body};
      });
      if (!done.ok()) log::Warn("audit cosign failed", {{"reason", done.error().reason}});
    }
    lock.lock();
  }
}

Status Platform::LoadPacks() {
  TINHSO_TRY(library_->Load());
  for (const std::string& dir : pack_dirs_) {
    std::vector<packs::Problem> problems;
    auto pack = packs::Load(dir, &problems);
    Status status = pack.ok() ? Ok() : Status(pack.error());
    if (status.ok()) {
      if (fs::is_regular_file(dir + "/units.yaml")) {
        if (auto units = orgs::LoadUnitsFromYaml(*orgs_, dir + "/units.yaml"); !units.ok())
          status = units.error();
      }
      if (status.ok() && fs::is_regular_file(dir + "/calendar.yaml")) {
        if (auto days = orgs::LoadCalendarFromYaml(*orgs_, dir + "/calendar.yaml"); !days.ok())
          status = days.error();
      }
      if (status.ok()) status = library_->Publish(*pack, 0);
    }
    if (status.ok()) continue;
    if (options_.warn) {
      for (const packs::Problem& problem : problems)
        options_.warn(problem.file + ":" + std::to_string(problem.line) + ": " + problem.message_vi + " / " +
                      problem.message_en);
      options_.warn(dir + ": " + status.error().reason + " " + status.error().detail);
    }
    // A pack that does not hold must not stop an office that already works with an earlier one.
    if (library_->Releases().empty()) return status;
  }
  return Ok();
}

Status Platform::OpenComplaints() {
  complaints_ = std::make_unique<complaints::Service>(complaints::Deps{*tenants_, clock_, *orgs_, *identity_, *dossiers_});
  std::error_code ec;
  const std::string rules = options_.packs_dir + "/_common/complaints.yaml";
  return fs::is_regular_file(rules, ec) ? complaints_->LoadRules(rules) : Ok();
}

// What the units of a pack govern is known without any list, so that addresses of today can be given in any installation.
Status Platform::AdoptAreas() {
  auto units = orgs_->snapshot();
  std::vector<areas::Area> governed;
  for (const char* kind : {"province", "commune"}) {
    for (const orgs::Unit* unit : units->OfKind(kind)) {
      if (unit->area_code.empty() || !unit->valid_to_on.empty()) continue;
      if (unit->parent_id == 0) areas_->SetHome(unit->area_code);
      const orgs::Unit* parent = units->ById(unit->parent_id);
      governed.push_back({unit->area_code, kind, unit->short_name, parent != nullptr ? parent->area_code : "", unit->valid_from_on,
                          "", true});
    }
  }
  return areas_->Adopt(governed);
}

Status Platform::ConfigureCatalogue() {
  std::vector<procedures::Configured> all;
  for (packs::ProcedureConfig& config : library_->Procedures()) {
    procedures::Configured one;
    one.code = config.code;
    one.version = config.version;
    one.form_id = config.form_id;
    one.workflow_id = config.workflow_id;
    one.result_template = config.result_template_id;
    one.definition = std::move(config.definition);
    all.push_back(std::move(one));
  }
  return catalogue_->Configure(all);
}

void Platform::AddRoutes() {
  http_router_.Add(http::OperationRoutes(
      metrics_, [this] { return health_->Ready(); }, options_.config.metrics.addresses));
  http_router_.Add(ContractRoutes());
  http_router_.Add(SiteRoutes(*this));
  http_router_.Add(identity_->Routes());
  http_router_.Add(areas::Routes(*areas_));
  http_router_.Add(orgs::Routes(*orgs_));
  http_router_.Add(orgs::Routes(*mergers_));
  http_router_.Add(files::Routes(*files_));
  http_router_.Add(notify_->Routes());
  http_router_.Add(inbox::Routes(*database_, clock_, *orgs_, *identity_));
  http_router_.Add(jobs::Routes(*database_, clock_, runner_.get()));
  http_router_.Add(audit_log_->Routes({
      [this](int64_t unit_id) {
        const auto units = orgs_->snapshot();
        const orgs::Unit* unit = units->ById(unit_id);
        return unit == nullptr ? std::string() : unit->name;
      },
      [this](db::Tx& tx) { return EnqueueVerify(tx); },
      [this] { runner_->Wake(); },
  }));
  http_router_.Add(packs::Routes(*library_, pack_dirs_));
  http_router_.Add(procedures::Routes(*catalogue_));
  http_router_.Add(dossiers_->Routes());
  http_router_.Add(reports_->Routes());
  http_router_.Add(payments_->Routes());
  http_router_.Add(complaints_->Routes());
  http_router_.Add(calendar_feed_->Routes());
  http_router_.Add(queue_->Routes());
  http_router_.Add(portal_->Routes());
  http_router_.Add(health_->Routes());
  health_->AddMetrics(*metrics_);
  auto gauge = [this](const char* name, const char* help, int64_t jobs::Counts::*field) {
    metrics_->AddGauge(name, help, [this, field] {
      auto counts = jobs::Count(*database_);
      return counts.ok() ? static_cast<double>((*counts).*field) : -1.0;
    });
  };
  metrics_->AddGauge("tinhso_live_streams", "Open streams of notices.",
                     [this] { return static_cast<double>(notify_->streams()); });
  auto notices = [this](const char* name, const char* help, std::vector<std::string> states) {
    metrics_->AddGauge(name, help, [this, states = std::move(states)] {
      auto count = notify_->CountDeliveries(states);
      return count.ok() ? static_cast<double>(*count) : -1.0;
    });
  };
  auto synchronised = [this](const char* name, const char* help, int64_t portal::Service::Counts::*field) {
    metrics_->AddGauge(name, help, [this, field] {
      auto counts = portal_->Count();
      return counts.ok() ? static_cast<double>((*counts).*field) : -1.0;
    });
  };
  synchronised("tinhso_portal_waiting", "Dossiers whose change the national portal was not told of yet.", &portal::Service::Counts::waiting);
  synchronised("tinhso_portal_refused", "Dossiers the national portal refused.", &portal::Service::Counts::refused);
  notices("tinhso_notices_waiting", "Notices waiting to be sent outside.", {"waiting", "digest", "sending", "handing"});
  notices("tinhso_notices_failed", "Notices that failed or have an unknown outcome.", {"failed", "unknown"});
  gauge("tinhso_jobs_waiting", "Jobs waiting to run.", &jobs::Counts::waiting);
  gauge("tinhso_jobs_dead", "Jobs given up (dead letters).", &jobs::Counts::dead);
  auto database = [this](const char* name, const char* help, auto db::Stats::*field) {
    metrics_->AddGauge(name, help, [this, field] { return static_cast<double>(database_->stats().*field); });
  };
  database("tinhso_db_connections_open", "Open database connections.", &db::Stats::connections_open);
  database("tinhso_db_connections_leased", "Database connections at work.", &db::Stats::connections_leased);
  database("tinhso_db_connections_max", "The most database connections.", &db::Stats::connections_max);
  database("tinhso_db_lease_waits", "Times a connection was not free at once.", &db::Stats::lease_waits);
  database("tinhso_db_lease_timeouts", "Times no connection became free in time.", &db::Stats::lease_timeouts);
  database("tinhso_db_connects", "Connections opened since the start.", &db::Stats::connects);
  database("tinhso_db_retries", "Transactions run again.", &db::Stats::retries);
  database("tinhso_db_commits_resolved", "Lost answers to COMMIT that were cleared up.", &db::Stats::commits_resolved);
  database("tinhso_db_commits_unknown", "Lost answers to COMMIT that stayed unknown.", &db::Stats::commits_unknown);
  database("tinhso_db_writes_waiting", "Writes waiting for the writer.", &db::Stats::writes_waiting);
}

void Platform::StartJobs() {
  jobs_started_ = true;
  runner_->Start();
  notify_->Start();
  cosigner_ = std::thread([this] { CosignUntilStopped(); });
}

void Platform::StopJobs() {
  if (!jobs_started_) return;
  {
    std::lock_guard lock(cosign_mutex_);
    cosign_stop_ = true;
  }
  cosign_changed_.notify_all();
  notify_->Stop();
  runner_->Stop();
  cosigner_.join();
  jobs_started_ = false;
  cosign_stop_ = false;
}

Status Platform::Settle() {
  for (;;) {
    TINHSO_ASSIGN(int ran, runner_->RunDue());
    if (ran == 0) break;
  }
  for (;;) {
    TINHSO_ASSIGN(int64_t sealed, audit_log_->Seal(kSealBatch));
    if (sealed == 0) break;
  }
  return Ok();
}

}  // namespace tinhso::app
