#include "app/commands.h"

#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include "app/demo.h"
#include "app/lock.h"
#include "app/platform.h"
#include "base/ids.h"
#include "base/text.h"
#include "kernel/audit/audit.h"
#include "kernel/http/log.h"
#include "words.h"

namespace tinhso::app {
namespace {

constexpr int kStopGraceSeconds = 20;

log::Level LevelOf(const std::string& word) {
  if (word == "debug") return log::Level::kDebug;
  if (word == "warn") return log::Level::kWarn;
  return word == "error" ? log::Level::kError : log::Level::kInfo;
}

void SayAccounts(const std::vector<DemoAccount>& accounts) {
  size_t width = 0;
  for (const DemoAccount& account : accounts) width = std::max(width, account.username.size());
  for (const DemoAccount& account : accounts) {
    std::string line =
        "  " + account.username + std::string(width + 2 - account.username.size(), ' ') + account.full_name;
    line += " (" + (account.position.empty() ? "người dân / citizen" : account.position) + ")";
    Say(line);
  }
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

std::string BaseUrlOf(const Config& config, const ListenAddress& listen) {
  if (!config.server.public_url.empty()) {
    std::string url = config.server.public_url;
    while (!url.empty() && url.back() == '/') url.pop_back();
    return url;
  }
  bool any = listen.address == "0.0.0.0" || listen.address == "::";
  std::string host = listen.loopback || any ? "localhost" : listen.address;
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  return "http://" + host + (listen.port == 80 ? "" : ":" + std::to_string(listen.port));
}

std::string HostOf(const std::string& url) {
  size_t start = url.find("://");
  std::string rest = start == std::string::npos ? url : url.substr(start + 3);
  return rest.substr(0, rest.find('/'));
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
  if (!config.server.public_url.empty()) server_options.hosts.push_back(HostOf(options.public_base_url));
  server_options.behind_proxy = !config.server.trusted_proxies.empty();
  server_options.public_posts_per_minute = config.server.public_posts_per_minute;
  server_options.connections_max = config.server.connections_max;
  server_options.metrics = platform.metrics();
  platform.StartJobs();
  auto started = http::Server::Start(server_options, platform.router(), platform.authenticator());
  if (!started.ok()) return Explain(started.error());
  http::Server& server = **started;

  std::string url = config.server.public_url.empty() && listen.port == 0
                        ? "http://localhost:" + std::to_string(server.port())
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

  sigset_t signals = BlockStopSignals();
  int number = 0;
  sigwait(&signals, &number);
  Say("Đang dừng, chờ các yêu cầu dở dang xong… / Stopping, running requests finish…");
  // A second signal ends the program at once.
  for (int again : {SIGINT, SIGTERM, SIGHUP}) signal(again, SIG_DFL);
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  server.Stop(kStopGraceSeconds);
  platform.StopJobs();
  Say("Đã dừng. / Stopped.");
  return kExitOk;
}

}  // namespace

int RunDemo(const Config& config, int64_t dossiers) {
  PlatformOptions options = OptionsOf(config);
  Complain("Đang dựng tỉnh mẫu… / Making the demo province…");
  bool shown = false;
  auto report = MakeDemo(options, dossiers, SystemClock(), [&](int64_t done) {
    shown = true;
    std::fprintf(stderr, "\r  %s hồ sơ / dossiers", text::FormatNumber(done).c_str());
  });
  if (shown) Complain("");
  if (!report.ok()) return Explain(report.error());
  if (!report->made) {
    Say("Đã có tỉnh mẫu trong thư mục này, giữ nguyên. / The demo is there already, left as it is: " +
        config.paths.data);
  } else {
    Say("Đã dựng tỉnh mẫu / Demo made: " + config.paths.data);
    if (report->dossiers > 0) Say("  " + text::FormatNumber(report->dossiers) + " hồ sơ / dossiers");
  }
  Say(std::string("Tài khoản dùng thử, mật khẩu / Demo accounts, password: ") + kDemoPassword);
  SayAccounts(report->accounts);
  return kExitOk;
}

int RunServe(const LoadedConfig& loaded) {
  for (const ConfigProblem& warning : loaded.warnings) Complain("Lưu ý / Note: " + warning.Line());
  ListenAddress listen;
  ParseListen(loaded.config.server.listen, listen);
  BlockStopSignals();
  return Serve(loaded.config, listen);
}

int RefuseConfig(const LoadedConfig& loaded) {
  for (const ConfigProblem& problem : loaded.problems) Complain(problem.Line());
  Complain("Cấu hình có " + std::to_string(loaded.problems.size()) + " lỗi; không thay đổi gì. / " +
           std::to_string(loaded.problems.size()) + " problems in the configuration; nothing was done.");
  return kExitUsage;
}

int RunConfigCheck(const LoadedConfig& loaded) {
  for (const ConfigProblem& problem : loaded.problems) Say(problem.Line());
  for (const ConfigProblem& warning : loaded.warnings) Say("Lưu ý / Note: " + warning.Line());
  std::string file = loaded.file.empty() ? "không có tệp / no file" : loaded.file;
  if (!loaded.problems.empty()) {
    Say("Cấu hình có lỗi / The configuration has problems: " + std::to_string(loaded.problems.size()) + " (" +
        file + ")");
    return kExitProblems;
  }
  Say("Cấu hình đúng / The configuration is sound (" + file + ")");
  return kExitOk;
}

int RunConfigShow(const LoadedConfig& loaded) {
  if (!loaded.problems.empty()) return RefuseConfig(loaded);
  std::fputs(ShowConfig(loaded).c_str(), stdout);
  return kExitOk;
}

int RunConfigExample() {
  std::fputs(ExampleConfig().c_str(), stdout);
  return kExitOk;
}

int RunImportProcedures(const Config& config, const std::vector<std::string>& files) {
  PlatformOptions options = OptionsOf(config);
  auto opened = Platform::Open(options, SystemClock());
  if (!opened.ok()) return Explain(opened.error());
  procedures::ImportOptions import;
  import.files = files;
  bool terminal = ::isatty(2);
  auto report = (*opened)->catalogue().Import(import, [&](const procedures::ImportProgress& progress) {
    int percent =
        progress.bytes_total > 0 ? static_cast<int>(progress.bytes_read * 100 / progress.bytes_total) : 100;
    std::fprintf(stderr, "%s  %s: %s dòng / lines, %d %%%s", terminal ? "\r" : "", progress.file.c_str(),
                 text::FormatNumber(progress.lines).c_str(), percent, terminal ? "" : "\n");
  });
  if (terminal) Complain("");
  if (!report.ok()) return Explain(report.error());
  for (const procedures::BadLine& bad : report->bad_lines)
    Complain(bad.file + ":" + std::to_string(bad.line) + ": " + bad.reason);
  Say(report->ToTable());
  Say(report->ToJsonLine());
  return kExitOk;
}

int RunCheck(const Config& config) {
  std::error_code ec;
  if (config.database.url.empty() &&
      !std::filesystem::is_regular_file(config.paths.data + "/tinhso.db", ec)) {
    Complain("Không có dữ liệu trong thư mục này. / No data in this folder: " + config.paths.data);
    return kExitFailed;
  }
  PlatformOptions options = OptionsOf(config);
  options.packs_dir.clear();  // a check changes nothing
  auto opened = Platform::Open(options, SystemClock());
  if (!opened.ok()) return Explain(opened.error());
  Platform& platform = **opened;
  size_t problems = 0;
  auto report = [&](const char* vi, const char* en, const std::vector<std::string>& found,
                    const std::string& note) {
    Say(std::string(vi) + " / " + en + ": " +
        (found.empty() ? "tốt / sound" : std::to_string(found.size()) + " lỗi / problems") + note);
    for (const std::string& line : found) Say("  " + line);
    problems += found.size();
  };
  auto database = platform.database().CheckIntegrity();
  if (!database.ok()) return Explain(database.error());
  report("Cơ sở dữ liệu", "Database", *database, "");
  auto files = platform.files().Check();
  if (!files.ok()) return Explain(files.error());
  report("Tệp", "Files", *files, "");
  auto audit = audit::Check(platform.database());
  if (!audit.ok()) return Explain(audit.error());
  report("Nhật ký kiểm toán", "Audit log", audit->problems,
         " (" + text::FormatNumber(audit->leaves) + " bản ghi đã niêm / sealed, " +
             text::FormatNumber(audit->staged) + " chờ niêm / staged)");
  return problems == 0 ? kExitOk : kExitProblems;
}

int RunPackCheck(const std::string& dir) {
  std::vector<packs::Problem> problems;
  auto pack = packs::Load(dir, &problems);
  bool other = !pack.ok() && problems.empty();
  std::error_code ec;
  auto field_problems = [&](const Error& error) {
    for (const FieldError& field : error.fields) problems.push_back({field.pointer, 0, field.detail, ""});
    if (error.fields.empty()) problems.push_back({dir, 0, error.reason + " " + error.detail, ""});
  };
  if (std::filesystem::is_regular_file(dir + "/units.yaml", ec)) {
    if (auto units = orgs::ReadUnitsYaml(dir + "/units.yaml"); !units.ok()) field_problems(units.error());
  }
  if (std::filesystem::is_regular_file(dir + "/calendar.yaml", ec)) {
    if (auto days = orgs::ReadCalendarYaml(dir + "/calendar.yaml"); !days.ok()) field_problems(days.error());
  }
  for (const packs::Problem& problem : problems) {
    std::string line = problem.file + (problem.line > 0 ? ":" + std::to_string(problem.line) : "") + ": " +
                       problem.message_vi;
    if (!problem.message_en.empty()) line += " / " + problem.message_en;
    Say(line);
  }
  if (other) Complain(dir + ": " + pack.error().reason + " " + pack.error().detail);
  if (!problems.empty() || !pack.ok()) {
    Say("Gói có " + std::to_string(std::max<size_t>(problems.size(), 1)) + " lỗi. / The pack has problems.");
    return kExitProblems;
  }
  Say("Gói đúng / The pack is sound: " + pack->id + " " + std::to_string(pack->version) + ", " +
      std::to_string(pack->procedures.size()) + " thủ tục / procedures, " +
      std::to_string(pack->forms.size()) + " biểu mẫu / forms, " + std::to_string(pack->workflows.size()) +
      " quy trình / workflows, " + std::to_string(pack->prints.size()) + " mẫu in / print templates");
  return kExitOk;
}

int RunVersion() {
  Say(std::string("tinhso ") + TINHSO_VERSION);
  return kExitOk;
}

}  // namespace tinhso::app
