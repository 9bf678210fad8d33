// YAML text → JSON with the line of every node. Private to this module.
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace tinhso::packs {

// Limits of one YAML file: far above any real pack, far below what hurts.
inline constexpr size_t kYamlBytesMax = 1024 * 1024;
inline constexpr int kYamlDepthMax = 24;
inline constexpr size_t kYamlNodesMax = 100'000;

struct YamlDocument {
  json::value value;
  std::map<std::string, int, std::less<>> lines;  // JSON pointer → line, from 1
  // The line of the node, or of its nearest ancestor that is in the file.
  int LineOf(std::string_view pointer) const;
};

struct YamlProblem {
  int line = 0;
  std::string reason;  // a word of messages.cc
  std::string word;    // what it is about
};

// Anchors and aliases are refused (they are how a small file becomes a huge one, and hide what a form says), as are
// tags, repeated keys, more than one document and text that is not UTF-8. Plain words follow YAML 1.2: only true and
// false are yes/no; a number with a leading zero ("096") stays text.
Result<YamlDocument> ParseYaml(std::string_view yaml, YamlProblem* problem);

}  // namespace tinhso::packs
