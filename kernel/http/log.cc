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

// %v is the rest of the object, made by Write.
void UseJson(spdlog::logger& logger) {
  logger.set_pattern(R"({"at":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l",%v})");
}

void AppendQuoted(std::string& out, std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  out.push_back('"');
  for (char c : text) {
    unsigned char byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (byte < 0x20) {
      out.append("\\u00").push_back(kHex[byte >> 4]);
      out.push_back(kHex[byte & 15]);
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
}

std::shared_ptr<spdlog::logger>& LoggerSlot() {
  // Before Init (tests, command line) only warnings and errors are shown.
  static std::shared_ptr<spdlog::logger> logger = [] {
    auto made = std::make_shared<spdlog::logger>("tinhso", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    UseJson(*made);
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
  UseJson(*made);
  made->set_level(SpdLevel(level));
  made->flush_on(spdlog::level::warn);
  LoggerSlot() = std::move(made);
}

void Write(Level level, std::string_view event, std::initializer_list<Field> fields) {
  if (!Enabled(level)) return;
  std::string line;
  line.reserve(192);
  line.append("\"event\":");
  AppendQuoted(line, event);
  for (const Field& field : fields) {
    line.append(",\"").append(field.name).append("\":");
    if (auto number = std::get_if<int64_t>(&field.value))
      line.append(std::to_string(*number));
    else
      AppendQuoted(line, std::get<std::string_view>(field.value));
  }
  LoggerSlot()->log(SpdLevel(level), spdlog::string_view_t(line.data(), line.size()));
}

bool Enabled(Level level) { return LoggerSlot()->should_log(SpdLevel(level)); }

void Flush() { LoggerSlot()->flush(); }

}  // namespace tinhso::log
