// Splits and decodes the request target (origin form): "/api/v1/procedures?q=khai%20sinh".
// Thread rule: pure functions.
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tinhso::http {

struct Target {
  std::string path;  // decoded, NFC, begins with '/', no "." or ".." segment, no empty segment inside
  std::map<std::string, std::string> query;
};

// Errors, all kMalformed: "target_malformed" (not origin form, bad %XX, path tricks), "query_repeated",
// "text_not_utf8", "text_control_character".
Result<Target> ParseTarget(std::string_view target);

enum class PlusIs { kPlus, kSpace };
// kMalformed "target_malformed" for a bad %XX.
Result<std::string> PercentDecode(std::string_view text, PlusIs plus);

}  // namespace tinhso::http
