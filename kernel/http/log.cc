#include "kernel/http/log.h"

#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>

namespace tinhso::log {
namespace {

spdlog::level::level_enum SpdLevel(Level level) {
  switch (level) {
    case Level::kDebug:
      return spdlog::level::debug;
    case Level::kInfo:
      return spdlog::level::info;
    case Level::kWarn:
      return spdlog::level::warn;
    case Level::kError:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

std::shared_ptr<spdlog::logger>& LoggerSlot() {
  // Before Init (tests, command line) only warnings and errors are shown.
  static std::shared_ptr<spdlog::logger> logger = [] {
    auto made = std::make_shared<spdlog::logger>("tinhso", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_level(spdlog::level::warn);
    return made;
  }();
  return logger;
}

}  // namespace

void Init(const std::string& file, Level level) {
  constexpr size_t kFileBytesMax = 20 * 1024 * 1024, kFilesMax = 5;
  std::shared_ptr<spdlog::logger> made;
  try {
    if (!file.empty()) {
      made = std::make_shared<spdlog::logger>(
          "tinhso", std::make_shared<spdlog::sinks::rotating_file_sink_mt>(file, kFileBytesMax, kFilesMax));
    }
  } catch (const spdlog::spdlog_ex&) {
    // A folder that cannot be written must not stop the service: standard error takes the lines.
  }
  if (!made)
    made = std::make_shared<spdlog::logger>("tinhso", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  made->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %v");
  made->set_level(SpdLevel(level));
  made->flush_on(spdlog::level::warn);
  LoggerSlot() = std::move(made);
}

void Write(Level level, std::string_view message) {
  LoggerSlot()->log(SpdLevel(level), spdlog::string_view_t(message.data(), message.size()));
}

bool Enabled(Level level) { return LoggerSlot()->should_log(SpdLevel(level)); }

void Flush() { LoggerSlot()->flush(); }

}  // namespace tinhso::log
