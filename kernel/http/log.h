// The program's log: one line per event, to standard error or a rotating file. Never personal data: no paths with codes,
// no addresses, no names. Thread rule: thread-safe; Init once, before threads start.
#pragma once
#include <string>
#include <string_view>

namespace tinhso::log {

enum class Level { kDebug, kInfo, kWarn, kError };

// `file` "" = standard error. Rotates at 20 MB, keeps 5.
void Init(const std::string& file, Level level);
void Write(Level level, std::string_view message);
bool Enabled(Level level);
void Flush();
inline void Info(std::string_view message) { Write(Level::kInfo, message); }
inline void Warn(std::string_view message) { Write(Level::kWarn, message); }
inline void Error(std::string_view message) { Write(Level::kError, message); }

}  // namespace tinhso::log
