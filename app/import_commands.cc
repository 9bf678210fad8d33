// `tinhso import units` and `tinhso import boundaries`.
#include <unistd.h>

#include <cstdio>

#include "app/commands.h"
#include "app/platform.h"
#include "base/ids.h"
#include "base/text.h"

namespace tinhso::app {
namespace {

void SayLine(const std::string& line) { std::fputs((line + "\n").c_str(), stdout); }
void ComplainLine(const std::string& line) { std::fputs((line + "\n").c_str(), stderr); }

int ImportFailed(const Error& error) {
  ComplainLine("Lỗi: không nhập được. / Error: nothing could be imported.");
  ComplainLine("  " + error.reason + (error.detail.empty() ? "" : ": " + error.detail));
  return kExitFailed;
}

Result<std::unique_ptr<Platform>> OpenForImport(const Config& config) {
  // Another node number than a server's, whose ids must not meet ours.
  SetNode(62);
  PlatformOptions options;
  options.data_dir = config.paths.data;
  options.database_url = config.database.url;
  options.packs_dir = FindPacksDir(config.paths.packs);
  options.config = config;
  options.warn = [](const std::string& line) { ComplainLine("Gói dữ liệu / Pack: " + line); };
  return Platform::Open(options, SystemClock());
}

void SayBadLines(const std::vector<areas::BadLine>& bad_lines) {
  for (const areas::BadLine& bad : bad_lines) ComplainLine(bad.file + ":" + std::to_string(bad.line) + ": " + bad.reason);
}

}  // namespace

int RunImportUnits(const Config& config, const std::vector<std::string>& files) {
  auto opened = OpenForImport(config);
  if (!opened.ok()) return ImportFailed(opened.error());
  const bool terminal = ::isatty(2);
  auto report = (*opened)->areas().Import(files, [&](const areas::ImportProgress& progress) {
    std::fprintf(stderr, "%s  %s: %s dòng / lines%s", terminal ? "\r" : "", progress.file.c_str(),
                 text::FormatNumber(progress.lines).c_str(), terminal ? "" : "\n");
  });
  if (terminal) ComplainLine("");
  if (!report.ok()) return ImportFailed(report.error());
  SayBadLines(report->bad_lines);
  SayLine(report->ToTable());
  SayLine(report->ToJsonLine());
  return kExitOk;
}

int RunImportBoundaries(const Config& config, const std::vector<std::string>& files, const std::string& on) {
  auto opened = OpenForImport(config);
  if (!opened.ok()) return ImportFailed(opened.error());
  if (!on.empty() && !ParseDate(on).ok()) {
    ComplainLine("Ngày phải viết NĂM-THÁNG-NGÀY. / --on takes YYYY-MM-DD.");
    return kExitUsage;
  }
  areas::Service& areas = (*opened)->areas();
  for (const std::string& file : files) {
    auto report = areas.ImportBoundaries(file, on.empty() ? areas.Today() : on);
    if (!report.ok()) return ImportFailed(report.error());
    SayBadLines(report->bad_lines);
    SayLine(file + ": " + text::FormatNumber(report->stored) + " địa giới mới hoặc đổi / new or changed, " +
            text::FormatNumber(report->unchanged) + " giữ nguyên / unchanged, " + text::FormatNumber(report->bad) + " lỗi / bad");
    SayLine(report->ToJsonLine());
  }
  return kExitOk;
}

}  // namespace tinhso::app
