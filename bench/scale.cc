#include "scale.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>

#include "reference.h"

namespace tinhso::bench {
namespace {

namespace fs = std::filesystem;

constexpr int kConnections = 32;
constexpr double kWarmSeconds = 1, kReadSeconds = 3, kSubmitSeconds = 5;
constexpr int64_t kReferenceGroup = 32;
constexpr size_t kCodesMax = 1'000;
constexpr double kCostBar = 1.3, kMakeBarSeconds = 600, kStartBarSeconds = 2, kRssBarMegabytes = 250;

struct Cost {
  double per_second = 0;
  double cpu_us = 0;         // of the server, and of PostgreSQL
  double raw_us = 0;         // the same rows without the server, 0 = not measured
};

struct Side {
  double make_s = 0, start_s = 0, rss_mb = 0;
  std::map<std::string, Cost> costs;
  // What lists answered with: the larger province is asked for pages of the same length, as the cost of a row sent is no cost of scale.
  size_t inbox_rows = 0;
  std::map<std::string, size_t> name_rows;
};

constexpr size_t kInboxPage = 50, kNamePage = 20;
const char* const kWhat[] = {"submit", "read by code", "track", "inbox page", "search by name", "search by number"};

std::vector<json::object> SomeDossiers(const Account& officer) {
  std::vector<json::object> out;
  std::string cursor;
  do {
    json::object list = officer.Ask("GET", "/api/v1/dossiers?limit=100" + (cursor.empty() ? "" : "&cursor=" + cursor));
    for (const json::value& item : ArrayOf(list, "items")) out.push_back(item.as_object());
    cursor = json::GetText(list, "next_cursor");
  } while (!cursor.empty() && out.size() < kCodesMax);
  return out;
}

size_t RowsOf(const Account& officer, const std::string& target) { return ArrayOf(officer.Ask("GET", target), "items").size(); }

// `like`: the side whose pages this one is to equal, nullptr for the first.
Side MeasureSide(Options options, const std::string& url, int64_t dossiers, const Side* like) {
  Side side;
  options.database_url = url;
  const std::string data = options.work_dir + "/scale-" + std::to_string(dossiers);
  side.make_s = MakeDemo(options, data, dossiers);
  const std::string file = data + "/tinhso.db", before = options.work_dir + "/before.db";
  if (url.empty()) fs::copy_file(file, before, fs::copy_options::overwrite_existing);
  int64_t submitted = 0;
  {
    ServerProcess server(options, data);
    side.start_s = server.start_seconds();
    Account citizen(options.port, "cong-dan"), officer(options.port, "mot-cua");
    auto measure = [&](const char* what, double seconds, const std::function<std::string()>& next) {
      LoadResult warm = Measure(options, kConnections, kWarmSeconds, next, what);
      const double cpu = server.CpuSeconds();
      LoadResult result = Measure(options, kConnections, seconds, next, what);
      const double used = server.CpuSeconds() - cpu;
      side.costs[what] = {result.PerSecond(), used * 1e6 / static_cast<double>(result.answered), 0};
      std::fprintf(stderr, "%s: %.0f a second, %.0f µs\n", what, result.PerSecond(), side.costs[what].cpu_us);
      return warm.answered + result.answered;
    };
    const auto some = SomeDossiers(officer);
    if (some.empty()) Fail("the officer has no dossiers");
    size_t turn = 0;
    auto one_of = [&](const std::vector<std::string>& raws) { return [&turn, &raws] { return raws[turn++ % raws.size()]; }; };
    std::vector<std::string> reads, tracks, pages, names, codes;
    side.inbox_rows = RowsOf(officer, "/api/v1/inbox?limit=" + std::to_string(like == nullptr ? kInboxPage : like->inbox_rows));
    if (side.inbox_rows == 0) Fail("the officer's inbox is empty");
    pages.push_back(officer.Raw("GET", "/api/v1/inbox?limit=" + std::to_string(side.inbox_rows)));
    for (const json::object& d : some) {
      const std::string code = json::GetText(d, "dossier_code");
      reads.push_back(officer.Raw("GET", "/api/v1/dossiers/" + code));
      tracks.push_back("GET /api/v1/track/" + code + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
      codes.push_back(officer.Raw("GET", "/api/v1/dossiers?q=" + code));
    }
    for (const char* q : {"nguyen", "nguyen+van", "tran+thi+lan", "hung", "huynh", "lan", "le+minh+tam", "pham", "ut", "vo"}) {
      const std::string target = std::string("/api/v1/dossiers?q=") + q + "&limit=";
      size_t limit = kNamePage;
      if (like != nullptr) limit = like->name_rows.contains(q) ? like->name_rows.at(q) : 0;
      const size_t rows = limit == 0 ? 0 : RowsOf(officer, target + std::to_string(limit));
      if (rows == 0) continue;
      side.name_rows[q] = rows;
      names.push_back(officer.Raw("GET", target + std::to_string(rows)));
    }
    if (names.empty()) Fail("nobody is found by name");
    measure("read by code", kReadSeconds, one_of(reads));
    measure("track", kReadSeconds, one_of(tracks));
    measure("inbox page", kReadSeconds, one_of(pages));
    measure("search by name", kReadSeconds, one_of(names));
    measure("search by number", kReadSeconds, one_of(codes));
    const std::string body = FindSubmission(citizen, officer);
    submitted = 1 + measure("submit", kSubmitSeconds, [&] { return Submission(citizen, body); });
    side.rss_mb = server.PeakRssMegabytes();
  }
  if (url.empty()) {
    auto reference = InsertSameRows(before, file, submitted, kReferenceGroup);
    if (!reference.ok()) Fail(reference.error().detail);
    side.costs["submit"].raw_us = reference->seconds * 1e6 / static_cast<double>(submitted);
    auto reads = ReadRows(file, kReadSeconds);
    if (!reads.ok()) Fail(reads.error().detail);
    side.costs["read by code"].raw_us = *reads;
    fs::remove(before);
  }
  fs::remove_all(data);
  return side;
}

}  // namespace

int Scale(const Options& options, const ScaleOptions& scale) {
  const Side small = MeasureSide(options, scale.small_url, scale.small, nullptr);
  const Side large = MeasureSide(options, scale.large_url, scale.large, &small);
  bool good = true;
  auto verdict = [&](bool met) {
    good = good && met;
    return met ? "met" : "MISSED";
  };
  std::printf("| %s: a request | at %lld: a second | CPU µs | raw µs | at %lld: a second | CPU µs | raw µs | cost | bar | |\n",
              scale.large_url.empty() ? "SQLite" : "PostgreSQL", static_cast<long long>(scale.small),
              static_cast<long long>(scale.large));
  std::printf("|---|---:|---:|---:|---:|---:|---:|---:|---:|---|\n");
  auto raw = [](const Cost& cost) { return cost.raw_us > 0 ? std::to_string(static_cast<int64_t>(cost.raw_us)) : std::string("–"); };
  for (const char* what : kWhat) {
    const Cost &a = small.costs.at(what), &b = large.costs.at(what);
    const double ratio = a.cpu_us > 0 ? b.cpu_us / a.cpu_us : 0;
    std::printf("| %s | %.0f | %.0f | %s | %.0f | %.0f | %s | %.2f | %.1f | %s |\n", what, a.per_second, a.cpu_us, raw(a).c_str(),
                b.per_second, b.cpu_us, raw(b).c_str(), ratio, kCostBar, verdict(ratio <= kCostBar));
  }
  std::printf("\nMaking the province: %.0f s (bar %.0f, %s). Start: %.2f s (bar %.0f, %s). Resident memory at most, under load: %.0f MB (bar %.0f, %s).\n",
              large.make_s, kMakeBarSeconds, verdict(large.make_s <= kMakeBarSeconds), large.start_s, kStartBarSeconds,
              verdict(large.start_s <= kStartBarSeconds), large.rss_mb, kRssBarMegabytes, verdict(large.rss_mb <= kRssBarMegabytes));
  return good ? 0 : 1;
}

}  // namespace tinhso::bench
