// A configured procedure as people see it: the pack's words over the catalogue's.
// Private to features/procedures. Thread rule: pure functions.
#pragma once
#include <string>
#include <vector>

#include "base/json.h"
#include "store.h"

namespace tinhso::procedures {

// Lays the pack's definition over the catalogue's body (which may be empty).
void OverlayConfig(json::object& body, const json::object& definition);
// The Vietnamese / English of a pack text: {vi, en} or a plain string.
std::string ViOf(const json::value* text);
std::string EnOf(const json::value* text);
// List-row facts of a definition.
struct ConfigBrief {
  std::string name, name_en, field, level, service_level, time_text, fee_text, result;
  std::vector<std::string> keywords;
  bool citizens = false;
};
ConfigBrief BriefOf(const json::object& definition);

}  // namespace tinhso::procedures
