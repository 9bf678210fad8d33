// tinhso_bench speed|scale PROGRAM WORK_DIR …: the tables of bench/README.md, each measured in one run. Exit code 1 when a bar
// is missed.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <vector>

#include "client.h"
#include "reference.h"
#include "scale.h"

namespace tinhso::bench {
namespace {

namespace fs = std::filesystem;

// Filing waits for the disk: twice as many in flight as a group of the reference, so that one half is prepared while the
// other is committed. Reading is measured with as many as there are for /healthz.
constexpr int kWriters = 64, kReaders = 32;
constexpr double kWarmSeconds = 1, kReadSeconds = 3, kSubmitSeconds = 6;
constexpr int kRounds = 3;
constexpr int64_t kReferenceGroup = 32;

struct Line {
  std::string what;
  double rate, reference, bar;
  std::string reference_name;
};

int Speed(const Options& options, int64_t dossiers) {
  std::string data = options.work_dir + "/data";
  MakeDemo(options, data, dossiers);
  std::string before = options.work_dir + "/before.db";
  fs::copy_file(data + "/tinhso.db", before, fs::copy_options::overwrite_existing);
  LoadResult submit;
  int64_t submitted = 0;
  double submit_cpu_us = 0;
  {
    ServerProcess server(options, data);
    Account citizen(options.port, "cong-dan"), officer(options.port, "mot-cua");
    std::string body = FindSubmission(citizen, officer);
    auto next_submit = [&] { return Submission(citizen, body); };
    LoadResult warm = Measure(options, kWriters, kWarmSeconds, next_submit, "filing");
    const double cpu = server.CpuSeconds();
    submit = Measure(options, kWriters, kSubmitSeconds, next_submit, "filing");
    submit_cpu_us = (server.CpuSeconds() - cpu) * 1e6 / static_cast<double>(submit.answered);
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
        options, kReaders, kWarmSeconds, [&] { return health; }, "warm-up");
    Measure(options, kReaders, kWarmSeconds, next_read, "warm-up");
    for (int round = 0; round < kRounds; ++round) {
      std::fprintf(stderr, "reading, round %d…\n", round + 1);
      rates["health"].push_back(Measure(
                                    options, kReaders, kReadSeconds, [&] { return health; }, "healthz")
                                    .PerSecond());
      rates["read"].push_back(Measure(options, kReaders, kReadSeconds, next_read, "read by code").PerSecond());
      rates["track"].push_back(Measure(
                                   options, kReaders, kReadSeconds, [&] { return track; }, "track")
                                   .PerSecond());
      rates["inbox"].push_back(Measure(
                                   options, kReaders, kReadSeconds, [&] { return page; }, "inbox")
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
      "\nSubmitting: %.1f ms median, %.1f ms at p99, %d connections, %.0f µs of CPU each; %.1f rows each, %lld dossiers there "
      "before.\n",
      submit.p50_ms, submit.p99_ms, kWriters, submit_cpu_us,
      static_cast<double>(reference->rows) / static_cast<double>(submitted),
      static_cast<long long>(dossiers));
  std::printf(
      "For scale, a Directus on such a machine: 133 records created and 200 pages listed a second, audit on. "
      "Here: %.1f and %.1f times that.\n",
      submit.PerSecond() / 133, Median(rates["inbox"]) / 200);
  return good ? 0 : 1;
}

}  // namespace
}  // namespace tinhso::bench

int main(int argc, char** argv) {
  using namespace tinhso::bench;
  const std::string what = argc > 1 ? argv[1] : "";
  if (argc < 4 || (what != "speed" && what != "scale")) {
    std::fprintf(stderr,
                 "tinhso_bench speed PROGRAM WORK_DIR [DOSSIERS] [PORT]\n"
                 "tinhso_bench scale PROGRAM WORK_DIR SMALL LARGE [PORT] [DATABASE_SMALL DATABASE_LARGE]\n");
    return 2;
  }
  Options options;
  options.program = argv[2];
  options.work_dir = argv[3];
  auto number = [&](int i, int64_t fallback) { return argc > i ? std::atoll(argv[i]) : fallback; };
  if (what == "speed") {
    options.port = static_cast<int>(number(5, options.port));
    return Speed(options, number(4, 5'000));
  }
  options.port = static_cast<int>(number(6, options.port));
  return Scale(options, {number(4, 10'000), number(5, 1'000'000), argc > 7 ? argv[7] : "", argc > 8 ? argv[8] : ""});
}
