// tinhso import …
#include <unistd.h>

#include <cstdio>

#include "app/commands.h"
#include "app/platform.h"
#include "base/text.h"
#include "words.h"

namespace tinhso::app {
namespace {

void SayBadLines(const std::vector<areas::BadLine>& bad_lines) {
  for (const areas::BadLine& bad : bad_lines) Complain(bad.file + ":" + std::to_string(bad.line) + ": " + bad.reason);
}

}  // namespace

int RunImportProcedures(const Config& config, const std::vector<std::string>& files) {
  auto opened = Platform::Open(OptionsOf(config), SystemClock());
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

int RunImportUnits(const Config& config, const std::vector<std::string>& files) {
  auto opened = Platform::Open(OptionsOf(config), SystemClock());
  if (!opened.ok()) return Explain(opened.error());
  const bool terminal = ::isatty(2);
  auto report = (*opened)->areas().Import(files, [&](const areas::ImportProgress& progress) {
    std::fprintf(stderr, "%s  %s: %s dòng / lines%s", terminal ? "\r" : "", progress.file.c_str(),
                 text::FormatNumber(progress.lines).c_str(), terminal ? "" : "\n");
  });
  if (terminal) Complain("");
  if (!report.ok()) return Explain(report.error());
  SayBadLines(report->bad_lines);
  Say(report->ToTable());
  Say(report->ToJsonLine());
  return kExitOk;
}

int RunImportBoundaries(const Config& config, const std::vector<std::string>& files, const std::string& on) {
  if (!on.empty() && !ParseDate(on).ok()) {
    Complain("Ngày phải viết NĂM-THÁNG-NGÀY. / --on takes YYYY-MM-DD.");
    return kExitUsage;
  }
  auto opened = Platform::Open(OptionsOf(config), SystemClock());
  if (!opened.ok()) return Explain(opened.error());
  areas::Service& areas = (*opened)->areas();
  for (const std::string& file : files) {
    auto report = areas.ImportBoundaries(file, on.empty() ? areas.Today() : on);
    if (!report.ok()) return Explain(report.error());
    SayBadLines(report->bad_lines);
    Say(file + ": " + text::FormatNumber(report->stored) + " địa giới mới hoặc đổi / new or changed, " +
        text::FormatNumber(report->unchanged) + " giữ nguyên / unchanged, " + text::FormatNumber(report->bad) + " lỗi / bad");
    Say(report->ToJsonLine());
  }
  return kExitOk;
}

}  // namespace tinhso::app
