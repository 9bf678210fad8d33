// packs/_common/synonyms.yaml: the one file here that knows YAML.
#include <yaml-cpp/yaml.h>

#include "base/text.h"
#include "index.h"

namespace tinhso::procedures {
namespace {

constexpr size_t kSynonymGroupsMax = 5000;
constexpr size_t kPhraseBytesMax = 300;

Error SynonymsMalformed(const YAML::Mark& mark, std::string what) {
  return MakeError(ErrorCode::kInvalid, "synonyms_malformed",
                   "line " + std::to_string(mark.line + 1) + ": " + what);
}

Result<std::vector<std::string>> FoldedList(const YAML::Node& node, const char* name) {
  if (!node.IsDefined() || !node.IsSequence())
    return SynonymsMalformed(node.Mark(), std::string(name) + ": a list is expected");
  std::vector<std::string> out;
  for (const YAML::Node& item : node) {
    if (!item.IsScalar() || item.Scalar().size() > kPhraseBytesMax)
      return SynonymsMalformed(item.Mark(), "a phrase is expected");
    std::string folded = text::Fold(item.Scalar());
    if (folded.empty()) return SynonymsMalformed(item.Mark(), "an empty phrase");
    out.push_back(std::move(folded));
  }
  return out;
}

Result<Synonyms> ReadDocument(const YAML::Node& document) {
  Synonyms out;
  if (!document.IsMap()) return SynonymsMalformed(document.Mark(), "a map is expected");
  for (const auto& member : document) {
    const std::string key = member.first.Scalar();
    if (key != "stop" && key != "synonyms")
      return SynonymsMalformed(member.first.Mark(), "unknown key " + key);
  }
  if (const YAML::Node stop = document["stop"]) {
    TINHSO_ASSIGN(out.stop_phrases, FoldedList(stop, "stop"));
  }
  const YAML::Node groups = document["synonyms"];
  if (!groups || !groups.IsSequence() || groups.size() > kSynonymGroupsMax) {
    return SynonymsMalformed(document.Mark(), "synonyms: a list is expected");
  }
  for (const YAML::Node& group : groups) {
    if (!group.IsMap() || !group["say"] || !group["find"])
      return SynonymsMalformed(group.Mark(), "say and find are expected");
    TINHSO_ASSIGN(const std::vector<std::string> say, FoldedList(group["say"], "say"));
    TINHSO_ASSIGN(const std::vector<std::string> find, FoldedList(group["find"], "find"));
    for (const std::string& phrase : say) {
      auto& list = out.phrases[phrase];
      list.insert(list.end(), find.begin(), find.end());
    }
  }
  return out;
}

}  // namespace

Result<Synonyms> ReadSynonyms(const std::string& path) {
  try {
    return ReadDocument(YAML::LoadFile(path));
  } catch (const YAML::BadFile&) {
    return MakeError(ErrorCode::kNotFound, "synonyms_unreadable", path);
  } catch (const YAML::Exception& e) {
    return SynonymsMalformed(e.mark, e.msg);
  }
}

}  // namespace tinhso::procedures
