#include "client.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "base/clock.h"
#include "base/ids.h"

namespace tinhso::bench {
namespace {

namespace fs = std::filesystem;

std::string ReadAll(const fs::path& path) {
  std::ifstream in(path);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

// Fields of /proc/PID/stat from the third on: [1] parent, [11] user, [12] system, [13] and [14] of children that ended.
std::vector<int64_t> StatOf(const std::string& pid) {
  const std::string text = ReadAll("/proc/" + pid + "/stat");
  std::vector<int64_t> out;
  const size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return out;
  std::istringstream rest(text.substr(name_end + 2));
  std::string word;
  while (rest >> word) out.push_back(std::strtoll(word.c_str(), nullptr, 10));
  return out;
}

double Seconds(int64_t ticks) { return static_cast<double>(ticks) / static_cast<double>(::sysconf(_SC_CLK_TCK)); }

double StatusMegabytes(pid_t pid, const char* name) {
  std::istringstream in(ReadAll("/proc/" + std::to_string(pid) + "/status"));
  std::string line;
  while (std::getline(in, line))
    if (line.starts_with(name)) return std::strtod(line.c_str() + line.find(':') + 1, nullptr) / 1024;
  return 0;
}

// The cluster behind "postgresql:///db?host=DIR…": its postmaster; 0 when it is not on this machine's disk.
pid_t PostmasterOf(const std::string& url) {
  const size_t at = url.find("host=");
  if (at == std::string::npos) return 0;
  const std::string dir = url.substr(at + 5, url.find('&', at) - at - 5);
  return static_cast<pid_t>(std::strtol(ReadAll(dir + "/data/postmaster.pid").c_str(), nullptr, 10));
}

constexpr std::string_view kSmallPdf =
    "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n";

}  // namespace

[[noreturn]] void Fail(const std::string& why) {
  std::fprintf(stderr, "bench: %s\n", why.c_str());
  std::exit(3);
}

pid_t Spawn(const std::vector<std::string>& words, const std::string& log) {
  pid_t pid = ::fork();
  if (pid != 0) return pid;
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);  // a bench that gives up leaves no server behind
  if (!::freopen(log.c_str(), "w", stdout) || !::freopen(log.c_str(), "a", stderr)) ::_exit(127);
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  ::execv(argv[0], argv.data());
  ::_exit(127);
}

int Wait(pid_t pid) {
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

ServerProcess::ServerProcess(const Options& options, const std::string& data) {
  const int64_t from_us = MonotonicUs();
  std::vector<std::string> words = {options.program, "serve", "--data", data, "--listen", "127.0.0.1:" + std::to_string(options.port),
                                    "--public-posts-per-minute", "0"};
  if (!options.database_url.empty()) {
    words.insert(words.end(), {"--database", options.database_url});
    postmaster_ = PostmasterOf(options.database_url);
  }
  pid_ = Spawn(words, options.work_dir + "/serve.log");
  for (int i = 0; i < 6000; ++i) {
    if (Call(options.port, "GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n").status == 200) {
      start_seconds_ = static_cast<double>(MonotonicUs() - from_us) / 1e6;
      return;
    }
    ::usleep(5'000);
  }
  Stop();
  Fail("the server does not start; see " + options.work_dir + "/serve.log");
}

void ServerProcess::Stop() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGTERM);
  Wait(pid_);
  pid_ = 0;
}

double ServerProcess::CpuSeconds() const {
  const auto self = StatOf(std::to_string(pid_));
  if (self.size() < 15) return 0;
  int64_t ticks = self[11] + self[12];
  if (postmaster_ == 0) return Seconds(ticks);
  const auto master = StatOf(std::to_string(postmaster_));
  if (master.size() >= 15) ticks += master[11] + master[12] + master[13] + master[14];
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const auto stat = StatOf(name);
    if (stat.size() >= 15 && stat[1] == postmaster_) ticks += stat[11] + stat[12];
  }
  return Seconds(ticks);
}

double ServerProcess::RssMegabytes() const { return StatusMegabytes(pid_, "VmRSS"); }
double ServerProcess::PeakRssMegabytes() const { return StatusMegabytes(pid_, "VmHWM"); }

Account::Account(int port, const std::string& username) : port_(port) {
  std::string body = json::serialize(json::object{{"username", username}, {"password", "tinhso-demo"}});
  Answer answer = Call(port, Raw("POST", "/api/v1/session", body, "application/json"));
  if (answer.status != 200) Fail("cannot sign in as " + username + ": " + answer.body);
  size_t at = 0;
  while ((at = answer.head.find("Set-Cookie: ", at)) != std::string::npos) {
    at += 12;
    std::string pair = answer.head.substr(at, answer.head.find_first_of(";\r", at) - at);
    cookies_ += (cookies_.empty() ? "" : "; ") + pair;
    if (pair.rfind("tinhso_csrf=", 0) == 0) csrf_ = pair.substr(12);
  }
}

std::string Account::Raw(const char* method, const std::string& target, const std::string& body, const char* type) const {
  std::string raw = std::string(method) + " " + target + " HTTP/1.1\r\nHost: localhost\r\n";
  if (!cookies_.empty()) raw += "Cookie: " + cookies_ + "\r\n";
  if (!csrf_.empty()) raw += "X-Tinhso-Csrf: " + csrf_ + "\r\n";
  if (!body.empty())
    raw += std::string("Content-Type: ") + type + "\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n";
  return raw + "\r\n" + body;
}

json::object Account::Ask(const char* method, const std::string& target, const std::string& body, const char* type) const {
  Answer answer = Call(port_, Raw(method, target, body, type));
  last_ = answer.body;
  if (answer.status / 100 != 2) return {};
  auto parsed = json::Parse(answer.body);
  return parsed.ok() && parsed->is_object() ? parsed->as_object() : json::object{};
}

const json::array& ArrayOf(const json::object& o, std::string_view key) {
  static const json::array none;
  const json::value* v = o.if_contains(key);
  return v && v->is_array() ? v->as_array() : none;
}

std::string FindSubmission(const Account& citizen, const Account& officer) {
  json::object file = citizen.Ask("POST", "/api/v1/files?name=giay-to.pdf", std::string(kSmallPdf),
                                  "application/octet-stream");
  std::string file_id = json::GetText(file, "file_id"), last = citizen.last();
  json::object list = officer.Ask("GET", "/api/v1/dossiers?limit=100");
  // In order of procedure code, so that each run files the same kind of dossier. Three of a procedure at
  // most: answers differ.
  std::map<std::string, std::vector<std::string>> by_procedure;
  for (const json::value& item : ArrayOf(list, "items")) {
    const json::object& o = item.as_object();
    by_procedure[json::GetText(o, "procedure_code")].push_back(json::GetText(o, "dossier_code"));
  }
  std::vector<std::pair<std::string, std::string>> candidates;
  for (const auto& [code, dossiers] : by_procedure) {
    for (size_t i = 0; i < dossiers.size() && i < 3; ++i) candidates.emplace_back(code, dossiers[i]);
  }
  for (const auto& [code, dossier_code] : candidates) {
    json::object dossier = officer.Ask("GET", "/api/v1/dossiers/" + dossier_code);
    json::object form = citizen.Ask("GET", "/api/v1/procedures/" + code + "/form");
    json::array papers;
    for (const json::value& paper : ArrayOf(form, "papers")) {
      const json::object& p = paper.as_object();
      const json::value* required = p.if_contains("required");
      if (!required || !required->is_bool() || !required->as_bool()) continue;
      papers.push_back(
          json::object{{"paper_id", json::GetText(p, "paper_id")}, {"file_ids", json::array{file_id}}});
    }
    const json::value* unit = dossier.if_contains("unit");
    std::string body = json::serialize(json::object{
        {"procedure_code", code},
        {"unit_code", unit && unit->is_object() ? json::GetText(unit->as_object(), "unit_code") : ""},
        {"answers", dossier["answers"]},
        {"papers", papers},
        {"declaration", true}});
    if (!citizen.Ask("POST", "/api/v1/dossiers", body).empty()) {
      std::fprintf(stderr, "filing %s, %zu papers, %zu bytes\n", code.c_str(), papers.size(), body.size());
      return body;
    }
    last = code + ": " + citizen.last();
  }
  Fail("no dossier of the demo can be filed again; " + last);
}

std::string Submission(const Account& citizen, const std::string& body) {
  std::string raw = citizen.Raw("POST", "/api/v1/dossiers", body, "application/json");
  return raw.insert(raw.find("\r\n") + 2, "Idempotency-Key: bench-" + RandomToken() + "\r\n");
}

double MakeDemo(const Options& options, const std::string& data, int64_t dossiers) {
  std::fprintf(stderr, "making the demo with %lld dossiers…\n", static_cast<long long>(dossiers));
  fs::remove_all(data);
  std::vector<std::string> words = {options.program, "demo", "--data", data, "--dossiers", std::to_string(dossiers)};
  if (!options.database_url.empty()) words.insert(words.end(), {"--database", options.database_url});
  const int64_t from_us = MonotonicUs();
  if (Wait(Spawn(words, options.work_dir + "/demo.log")) != 0) Fail("demo failed; see " + options.work_dir + "/demo.log");
  return static_cast<double>(MonotonicUs() - from_us) / 1e6;
}

LoadResult Measure(const Options& options, int connections, double seconds, const std::function<std::string()>& next,
                   const char* what) {
  LoadResult result = Load(options.port, connections, seconds, next);
  if (result.failed > 0)
    Fail(std::string(what) + ": " + std::to_string(result.failed) +
         " failed, first: " + result.first_failure);
  return result;
}

double Median(std::vector<double> v) {
  std::sort(v.begin(), v.end());
  return v[v.size() / 2];
}

}  // namespace tinhso::bench
