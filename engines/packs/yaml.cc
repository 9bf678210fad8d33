#include "yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <charconv>
#include <set>
#include <sstream>
#include <vector>

#include "base/text.h"
#include "engines/packs/packs.h"

namespace tinhso::packs {
namespace {

// Leaves yaml-cpp's parser from inside a handler; caught in ParseYaml and nowhere else.
struct YamlStop {
  YamlProblem problem;
};

bool IsDigits(std::string_view s) {
  if (s.empty()) return false;
  for (char c : s) {
    if (c < '0' || c > '9') return false;
  }
  return true;
}

json::value PlainScalar(const std::string& s) {
  if (s.empty() || s == "~" || s == "null") return nullptr;
  if (s == "true") return true;
  if (s == "false") return false;
  std::string_view digits(s);
  if (digits.front() == '-') digits.remove_prefix(1);
  const size_t dot = digits.find('.');
  const auto whole = digits.substr(0, dot);
  if (!IsDigits(whole) || (whole.size() > 1 && whole[0] == '0')) return json::value(s);
  if (dot == digits.npos) {
    int64_t number = 0;
    const auto end = std::from_chars(s.data(), s.data() + s.size(), number);
    if (end.ec == std::errc() && end.ptr == s.data() + s.size()) return number;
    return json::value(s);
  }
  double number = 0;
  if (IsDigits(digits.substr(dot + 1)) && std::from_chars(s.data(), s.data() + s.size(), number).ec == std::errc()) {
    return number;
  }
  return json::value(s);
}

class JsonBuilder : public YAML::EventHandler {
 public:
  explicit JsonBuilder(YamlDocument& out) : out_(out) {}
  bool done() const { return done_; }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override { done_ = true; }
  void OnAnchor(const YAML::Mark& mark, const std::string& name) override { Stop(mark, "yaml_alias", name); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { Stop(mark, "yaml_alias"); }
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (anchor) Stop(mark, "yaml_alias");
    Put(mark, nullptr);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value) override {
    if (anchor) Stop(mark, "yaml_alias");
    // "?" plain, "!" quoted; anything else was written by hand.
    if (tag != "?" && tag != "!" && !tag.empty()) Stop(mark, "yaml_tag", tag);
    auto normal = text::Normalize(value);
    if (!normal.ok()) Stop(mark, normal.error().reason);
    if (!stack_.empty() && stack_.back().is_map && !stack_.back().has_key) return TakeKey(mark, *normal);
    Put(mark, tag == "!" ? json::value(*normal) : PlainScalar(*normal));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    Open(mark, anchor, false);
  }
  void OnSequenceEnd() override { Close(json::value(std::move(stack_.back().items))); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    Open(mark, anchor, true);
  }
  void OnMapEnd() override { Close(json::value(std::move(stack_.back().members))); }

 private:
  struct Level {
    bool is_map = false, has_key = false;
    std::string key;
    json::object members;
    json::array items;
    size_t pointer_size = 0;  // length of pointer_ outside this level
  };

  [[noreturn]] static void Stop(const YAML::Mark& mark, std::string reason, std::string word = {}) {
    throw YamlStop{{mark.line + 1, std::move(reason), std::move(word)}};
  }

  void Count(const YAML::Mark& mark) {
    if (++nodes_ > kYamlNodesMax) Stop(mark, "yaml_too_many_nodes");
  }

  void TakeKey(const YAML::Mark& mark, const std::string& key) {
    auto& level = stack_.back();
    if (level.members.contains(key)) Stop(mark, "yaml_key_repeated", key);
    level.key = key;
    level.has_key = true;
    out_.lines.emplace(pointer_ + Step(level), mark.line + 1);
  }

  static std::string Step(const Level& level) {
    if (!level.is_map) return "/" + std::to_string(level.items.size());
    std::string step = "/";
    for (char c : level.key) step += c == '~' ? std::string("~0") : c == '/' ? std::string("~1") : std::string(1, c);
    return step;
  }

  void Open(const YAML::Mark& mark, YAML::anchor_t anchor, bool is_map) {
    if (anchor) Stop(mark, "yaml_alias");
    Count(mark);
    if (stack_.size() >= static_cast<size_t>(kYamlDepthMax)) Stop(mark, "yaml_too_deep");
    if (!stack_.empty() && stack_.back().is_map && !stack_.back().has_key) Stop(mark, "yaml_key_not_text");
    Level level;
    level.is_map = is_map;
    level.pointer_size = pointer_.size();
    if (!stack_.empty()) pointer_ += Step(stack_.back());
    out_.lines.emplace(pointer_, mark.line + 1);
    stack_.push_back(std::move(level));
  }

  void Close(json::value v) {
    pointer_.resize(stack_.back().pointer_size);
    stack_.pop_back();
    Attach(std::move(v));
  }

  void Put(const YAML::Mark& mark, json::value v) {
    Count(mark);
    if (!stack_.empty()) {
      if (stack_.back().is_map && !stack_.back().has_key) Stop(mark, "yaml_key_not_text");
      out_.lines.emplace(pointer_ + Step(stack_.back()), mark.line + 1);
    }
    Attach(std::move(v));
  }

  void Attach(json::value v) {
    if (stack_.empty()) {
      out_.value = std::move(v);
      return;
    }
    auto& level = stack_.back();
    if (level.is_map) {
      level.members[level.key] = std::move(v);
      level.has_key = false;
    } else {
      level.items.push_back(std::move(v));
    }
  }

  YamlDocument& out_;
  std::vector<Level> stack_;
  std::string pointer_;
  size_t nodes_ = 0;
  bool done_ = false;
};

// yaml-cpp's own parser recurses about six frames a level and guards only at 500 levels of its own; flow brackets are
// the cheap way to get there, so a file that opens more than it may is turned away before it is parsed.
int BracketDepth(std::string_view yaml) {
  int depth = 0, deepest = 0;
  for (char c : yaml) {
    if (c == '[' || c == '{') deepest = std::max(deepest, ++depth);
    if ((c == ']' || c == '}') && depth > 0) --depth;
    if (c == '\n' && depth > 200) break;
  }
  return deepest;
}

}  // namespace

int YamlDocument::LineOf(std::string_view pointer) const {
  while (true) {
    if (auto it = lines.find(pointer); it != lines.end()) return it->second;
    const size_t cut = pointer.rfind('/');
    if (cut == pointer.npos) return 1;
    pointer = pointer.substr(0, cut);
  }
}

Result<YamlDocument> ParseYaml(std::string_view yaml, YamlProblem* problem) {
  auto fail = [&](YamlProblem p) -> Error {
    if (problem) *problem = p;
    return MakeError(ErrorCode::kInvalid, "yaml_malformed",
                     "line " + std::to_string(p.line) + ": " + p.reason + (p.word.empty() ? "" : " " + p.word));
  };
  if (yaml.size() > kYamlBytesMax) return fail({1, "yaml_too_large", {}});
  if (BracketDepth(yaml) > 200) return fail({1, "yaml_too_deep", {}});
  YamlDocument document;
  try {
    std::istringstream in{std::string(yaml)};
    YAML::Parser parser(in);
    JsonBuilder builder(document);
    if (!parser.HandleNextDocument(builder)) return fail({1, "yaml_empty", {}});
    // Asking for the next document would build it; a second "---" is enough to know.
    YamlDocument second;
    JsonBuilder rest(second);
    if (parser.HandleNextDocument(rest)) return fail({1, "yaml_second_document", {}});
  } catch (const YamlStop& stop) {
    return fail(stop.problem);
  } catch (const YAML::Exception& e) {
    return fail({e.mark.is_null() ? 1 : e.mark.line + 1, "yaml_syntax", e.msg});
  } catch (const std::exception& e) {
    return fail({1, "yaml_syntax", e.what()});
  }
  return document;
}

Result<json::value> YamlToJson(std::string_view yaml, std::string_view file_name) {
  auto document = ParseYaml(yaml, nullptr);
  if (!document.ok()) {
    Error error = document.error();
    error.detail = std::string(file_name) + ": " + error.detail;
    return error;
  }
  return std::move(document->value);
}

}  // namespace tinhso::packs
