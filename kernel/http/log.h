// The program's log: one JSON object a line, to standard error or a rotating file. Never personal data: no paths with
// codes, no addresses, no names.
//   {"at":"2026-11-23T15:04:05.678+07:00","level":"info","event":"http","route":"/api/v1/inbox","status":200,…}
// Thread rule: thread-safe; Init once, before threads start.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace tinhso::log {

enum class Level { kDebug, kInfo, kWarn, kError };

struct Field {
  std::string_view name;  // snake_case, unit last: "duration_us"
  std::variant<std::string_view, int64_t> value;
};

// `file` "" = standard error. Rotates at 20 MB, keeps 5.
void Init(const std::string& file, Level level);
// `event` is a stable word or a short English sentence.
void Write(Level level, std::string_view event, std::initializer_list<Field> fields = {});
bool Enabled(Level level);
void Flush();
inline void Info(std::string_view event, std::initializer_list<Field> fields = {}) { Write(Level::kInfo, event, fields); }
inline void Warn(std::string_view event, std::initializer_list<Field> fields = {}) { Write(Level::kWarn, event, fields); }
inline void Error(std::string_view event, std::initializer_list<Field> fields = {}) { Write(Level::kError, event, fields); }

}  // namespace tinhso::log
