// tinhso_bench PROGRAM WORK_DIR: the ratios of bench/README.md, measured in one run. Prints a table; exit
// code 1 when a bar is missed.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <vector>

#include "base/ids.h"
#include "base/json.h"
#include "load.h"
#include "reference.h"

namespace tinhso::bench {
namespace {

namespace fs = std::filesystem;

constexpr int kConnections = 32;
constexpr double kWarmSeconds = 1, kReadSeconds = 3, kSubmitSeconds = 6;
constexpr int kRounds = 3;
constexpr int64_t kReferenceGroup = 32;

struct Options {
  std::string program, work_dir;
  int port = 18'731;
  int64_t dossiers = 5'000;
};

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

class ServerProcess {
 public:
  ServerProcess(const Options& options, const std::string& data) {
    pid_ = Spawn({options.program, "serve", "--data", data, "--listen",
                  "127.0.0.1:" + std::to_string(options.port), "--public-posts-per-minute", "0"},
                 options.work_dir + "/serve.log");
    for (int i = 0; i < 600; ++i) {
      if (Call(options.port, "GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n").status == 200) return;
      ::usleep(50'000);
    }
    Stop();
    Fail("the server does not start; see " + options.work_dir + "/serve.log");
  }
  ~ServerProcess() { Stop(); }
  void Stop() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGTERM);
    Wait(pid_);
    pid_ = 0;
  }

 private:
  pid_t pid_ = 0;
};

// A signed-in person or officer.
class Account {
 public:
  Account(int port, const std::string& username) : port_(port) {
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
  std::string Raw(const char* method, const std::string& target, const std::string& body = "",
                  const char* type = "") const {
    std::string raw = std::string(method) + " " + target + " HTTP/1.1\r\nHost: localhost\r\n";
    if (!cookies_.empty()) raw += "Cookie: " + cookies_ + "\r\n";
    if (!csrf_.empty()) raw += "X-Tinhso-Csrf: " + csrf_ + "\r\n";
    if (!body.empty())
      raw += std::string("Content-Type: ") + type + "\r\nContent-Length: " + std::to_string(body.size()) +
             "\r\n";
    return raw + "\r\n" + body;
  }
  // The answer's JSON; an empty object unless 2xx.
  json::object Ask(const char* method, const std::string& target, const std::string& body = "",
                   const char* type = "application/json") const {
    Answer answer = Call(port_, Raw(method, target, body, type));
    last_ = answer.body;
    if (answer.status / 100 != 2) return {};
    auto parsed = json::Parse(answer.body);
    return parsed.ok() && parsed->is_object() ? parsed->as_object() : json::object{};
  }
  const std::string& last() const { return last_; }

 private:
  int port_;
  std::string cookies_, csrf_;
  mutable std::string last_;
};

const json::array& ArrayOf(const json::object& o, std::string_view key) {
  static const json::array none;
  const json::value* v = o.if_contains(key);
  return v && v->is_array() ? v->as_array() : none;
}

constexpr std::string_view kSmallPdf =
    "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n";

// A body that the server accepts, taken from a dossier of the demo so that nothing here knows a form. The
// same one each time.
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

LoadResult Measure(const Options& options, double seconds, const std::function<std::string()>& next,
                   const char* what) {
  LoadResult result = Load(options.port, kConnections, seconds, next);
  if (result.failed > 0)
    Fail(std::string(what) + ": " + std::to_string(result.failed) +
         " failed, first: " + result.first_failure);
  return result;
}

double Median(std::vector<double> v) {
  std::sort(v.begin(), v.end());
  return v[v.size() / 2];
}

struct Line {
  std::string what;
  double rate, reference, bar;
  std::string reference_name;
};

int Run(const Options& options) {
  std::string data = options.work_dir + "/data";
  fs::remove_all(data);
  std::fprintf(stderr, "making the demo with %lld dossiers…\n", static_cast<long long>(options.dossiers));
  if (Wait(Spawn({options.program, "demo", "--data", data, "--dossiers", std::to_string(options.dossiers)},
                 options.work_dir + "/demo.log")) != 0)
    Fail("demo failed; see " + options.work_dir + "/demo.log");
  std::string before = options.work_dir + "/before.db";
  fs::copy_file(data + "/tinhso.db", before, fs::copy_options::overwrite_existing);
  LoadResult submit;
  int64_t submitted = 0;
  {
    ServerProcess server(options, data);
    Account citizen(options.port, "cong-dan"), officer(options.port, "mot-cua");
    std::string body = FindSubmission(citizen, officer);
    int64_t n = 0;
    auto next_submit = [&] {
      std::string raw = citizen.Raw("POST", "/api/v1/dossiers", body, "application/json");
      return raw.insert(raw.find("\r\n") + 2,
                        "Idempotency-Key: bench-" + std::to_string(n++) + "-" + RandomToken() + "\r\n");
    };
    LoadResult warm = Measure(options, kWarmSeconds, next_submit, "filing");
    submit = Measure(options, kSubmitSeconds, next_submit, "filing");
    submitted = warm.answered + submit.answered + 1;
  }
  fs::copy_file(data + "/tinhso.db", options.work_dir + "/after.db", fs::copy_options::overwrite_existing);
  std::map<std::string, std::vector<double>> rates;
  {
    ServerProcess server(options, data);
    Account officer(options.port, "mot-cua");
    json::object inbox = officer.Ask("GET", "/api/v1/inbox?limit=50");
    std::vector<std::string> codes, reads;
    for (const json::value& item : ArrayOf(inbox, "items"))
      codes.push_back(json::GetText(item.as_object(), "subject_code"));
    if (codes.size() != 50) Fail("the officer's inbox has no full page");
    for (const std::string& code : codes) reads.push_back(officer.Raw("GET", "/api/v1/dossiers/" + code));
    std::string health = officer.Raw("GET", "/healthz"), page = officer.Raw("GET", "/api/v1/inbox?limit=50");
    std::string track = "GET /api/v1/track/" + codes[0] + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
    size_t turn = 0;
    auto next_read = [&] { return reads[turn++ % reads.size()]; };
    Measure(
        options, kWarmSeconds, [&] { return health; }, "warm-up");
    Measure(options, kWarmSeconds, next_read, "warm-up");
    for (int round = 0; round < kRounds; ++round) {
      std::fprintf(stderr, "reading, round %d…\n", round + 1);
      rates["health"].push_back(Measure(
                                    options, kReadSeconds, [&] { return health; }, "healthz")
                                    .PerSecond());
      rates["read"].push_back(Measure(options, kReadSeconds, next_read, "read by code").PerSecond());
      rates["track"].push_back(Measure(
                                   options, kReadSeconds, [&] { return track; }, "track")
                                   .PerSecond());
      rates["inbox"].push_back(Measure(
                                   options, kReadSeconds, [&] { return page; }, "inbox")
                                   .PerSecond());
    }
  }
  std::fprintf(stderr, "the same rows without HTTP…\n");
  auto reference = InsertSameRows(before, options.work_dir + "/after.db", submitted, kReferenceGroup);
  if (!reference.ok()) Fail(reference.error().detail);
  double raw_rate = static_cast<double>(submitted) / reference->seconds;
  double health = Median(rates["health"]);
  std::vector<Line> lines = {
      {"Submit a dossier over HTTP", submit.PerSecond(), raw_rate, 0.5, "same rows, prepared, groups of 32"},
      {"Read a dossier by code", Median(rates["read"]), health, 0.4, "/healthz"},
      {"Track by code (public)", Median(rates["track"]), health, 0.4, "/healthz"},
      {"Inbox page of 50", Median(rates["inbox"]), health, 0.15, "/healthz"},
  };
  std::printf(
      "| what | per second | reference | per second | ratio | bar | |\n|---|---:|---|---:|---:|---:|---|\n");
  bool good = true;
  for (const Line& line : lines) {
    double ratio = line.reference > 0 ? line.rate / line.reference : 0;
    good = good && ratio >= line.bar;
    std::printf("| %s | %.0f | %s | %.0f | %.2f | %.2f | %s |\n", line.what.c_str(), line.rate,
                line.reference_name.c_str(), line.reference, ratio, line.bar,
                ratio >= line.bar ? "met" : "MISSED");
  }
  std::printf(
      "\nSubmitting: %.1f ms median, %.1f ms at p99, %d connections; %.1f rows each, %lld dossiers there "
      "before.\n",
      submit.p50_ms, submit.p99_ms, kConnections,
      static_cast<double>(reference->rows) / static_cast<double>(submitted),
      static_cast<long long>(options.dossiers));
  std::printf(
      "For scale, a Directus on such a machine: 133 records created and 200 pages listed a second, audit on. "
      "Here: %.1f and %.1f times that.\n",
      submit.PerSecond() / 133, Median(rates["inbox"]) / 200);
  return good ? 0 : 1;
}

}  // namespace
}  // namespace tinhso::bench

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "tinhso_bench PROGRAM WORK_DIR [DOSSIERS] [PORT]\n");
    return 2;
  }
  tinhso::bench::Options options;
  options.program = argv[1];
  options.work_dir = argv[2];
  if (argc > 3) options.dossiers = std::atoll(argv[3]);
  if (argc > 4) options.port = std::atoi(argv[4]);
  return tinhso::bench::Run(options);
}
