// The serve command: the data folder's lock, the platform, the server, signals, systemd.
#include <signal.h>

#include <filesystem>

#include "app/commands.h"
#include "app/demo.h"
#include "app/lock.h"
#include "app/platform.h"
#include "kernel/http/log.h"
#include "systemd.h"
#include "words.h"

namespace tinhso::app {
namespace {

constexpr int kStopGraceSeconds = 20;

log::Level LevelOf(const std::string& word) {
  if (word == "debug") return log::Level::kDebug;
  if (word == "warn") return log::Level::kWarn;
  return word == "error" ? log::Level::kError : log::Level::kInfo;
}

// Signals are taken by this thread alone; every other thread is started with them blocked.
sigset_t BlockStopSignals() {
  sigset_t set;
  sigemptyset(&set);
  for (int number : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, number);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signal(SIGPIPE, SIG_IGN);
  return set;
}

// Returns when the program is asked to stop. SIGHUP reads the certificate again; meanwhile systemd's watchdog
// is fed for as long as the event loops answer.
void AwaitStop(http::Server& server) {
  sigset_t signals = BlockStopSignals();
  int64_t watchdog_us = systemd::WatchdogIntervalUs();
  timespec wait{watchdog_us / 2 / kUsPerSecond, watchdog_us / 2 % kUsPerSecond * 1000};
  for (;;) {
    int number = ::sigtimedwait(&signals, nullptr, watchdog_us > 0 ? &wait : nullptr);
    if (number == SIGINT || number == SIGTERM) return;
    if (number == SIGHUP) {
      systemd::NotifyReloading();
      Status reloaded = server.ReloadCertificate();
      if (reloaded.ok())
        log::Info("reloaded");
      else
        log::Error("certificate not reloaded, the old one stays", {{"detail", reloaded.error().detail}});
      systemd::Notify("READY=1");
    } else if (watchdog_us > 0 && server.Alive(static_cast<int>(watchdog_us / 4 / kUsPerSecond) + 1)) {
      systemd::Notify("WATCHDOG=1");
    }
  }
}

std::string BaseUrlOf(const Config& config, const ListenAddress& listen) {
  if (!config.server.public_url.empty()) {
    std::string url = config.server.public_url;
    while (!url.empty() && url.back() == '/') url.pop_back();
    return url;
  }
  bool any = listen.address == "0.0.0.0" || listen.address == "::";
  std::string host = listen.loopback || any ? "localhost" : listen.address;
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  bool tls = !config.tls.certificate.empty();
  return (tls ? "https://" : "http://") + host +
         (listen.port == (tls ? 443 : 80) ? "" : ":" + std::to_string(listen.port));
}

int Serve(const Config& config, const ListenAddress& listen) {
  std::unique_ptr<DataLock> lock;
  if (config.database.url.empty()) {
    auto taken = DataLock::Take(config.paths.data);
    if (!taken.ok()) return Explain(taken.error());
    lock = std::move(taken).value();
  }
  std::error_code ec;
  std::filesystem::create_directories(config.paths.data + "/log", ec);
  log::Init(config.log.target == "stderr" ? "" : config.paths.data + "/log/tinhso.log",
            LevelOf(config.log.level));

  PlatformOptions options = OptionsOf(config);
  options.public_base_url = BaseUrlOf(config, listen);
  options.allow_demo_accounts = listen.loopback || config.server.allow_demo_accounts;
  auto opened = Platform::Open(options, SystemClock());
  if (!opened.ok()) return Explain(opened.error());
  Platform& platform = **opened;

  http::ServerOptions server_options;
  server_options.address = listen.address;
  server_options.port = listen.port;
  server_options.io_threads = config.server.io_threads;
  server_options.workers = config.server.workers;
  server_options.temp_dir = platform.files().temp_dir();
  server_options.static_dir = FindWebDir(config.paths.web);
  server_options.hosts = config.server.hosts;
  if (!config.server.public_url.empty()) server_options.hosts.emplace_back(HostOf(options.public_base_url));
  server_options.trusted_proxies = config.server.trusted_proxies;
  server_options.certificate_file = config.tls.certificate;
  server_options.key_file = config.tls.key;
  server_options.hsts_max_age_s = config.tls.hsts_max_age_s;
  server_options.slow_request_ms = config.log.slow_request_ms;
  server_options.public_posts_per_minute = config.server.public_posts_per_minute;
  server_options.connections_max = config.server.connections_max;
  server_options.metrics = platform.metrics();
  platform.StartJobs();
  auto started = http::Server::Start(server_options, platform.router(), platform.authenticator());
  if (!started.ok()) return Explain(started.error());
  http::Server& server = **started;
  if (!config.tls.certificate.empty())
    platform.health().SetCertificateExpiry([&server] { return server.certificate_expires_at_s(); });

  std::string url = config.server.public_url.empty() && listen.port == 0
                        ? (config.tls.certificate.empty() ? "http" : "https") + std::string("://localhost:") +
                              std::to_string(server.port())
                        : options.public_base_url;
  Say("Tỉnh Số đang chạy / Tỉnh Số is running: " + url);
  if (server_options.static_dir.empty())
    Say("Chưa có giao diện web (dùng --web DIR); chỉ có API. / No web application found (--web DIR); API "
        "only.");
  if (IsDemo(config.paths.data)) {
    if (options.allow_demo_accounts) {
      Say(std::string("Tài khoản dùng thử, mật khẩu / Demo accounts, password: ") + kDemoPassword);
      SayAccounts(DemoAccountsOf(config.paths.data));
    } else {
      Say("Tài khoản dùng thử bị khóa vì máy chủ không chỉ nghe trên máy này (--allow-demo-accounts để mở). "
          "/ "
          "Demo accounts are off because the server is not on loopback (--allow-demo-accounts).");
    }
  }
  Say("Dừng bằng Ctrl+C. / Stop with Ctrl+C.");
  log::Info("serving");

  systemd::Notify("READY=1\nSTATUS=" + url);
  AwaitStop(server);
  systemd::Notify("STOPPING=1");
  Say("Đang dừng, chờ các yêu cầu dở dang xong… / Stopping, running requests finish…");
  // A second signal ends the program at once.
  sigset_t signals = BlockStopSignals();
  for (int again : {SIGINT, SIGTERM}) signal(again, SIG_DFL);
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  server.Stop(kStopGraceSeconds);
  platform.StopJobs();
  Say("Đã dừng. / Stopped.");
  return kExitOk;
}

}  // namespace

int RunServe(const LoadedConfig& loaded) {
  for (const ConfigProblem& warning : loaded.warnings) Complain("Lưu ý / Note: " + warning.Line());
  ListenAddress listen;
  ParseListen(loaded.config.server.listen, listen);
  BlockStopSignals();
  return Serve(loaded.config, listen);
}

}  // namespace tinhso::app
