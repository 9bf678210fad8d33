#include "templates.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <functional>

#include "base/text.h"

namespace tinhso::notify {
namespace {

constexpr std::array<std::string_view, 8> kPlaces = {"site", "code", "link", "settings_link", "pin", "minutes", "count", "at"};
constexpr std::array<std::string_view, 5> kFramePlaces = {"title", "body", "paragraphs", "open", "count"};
constexpr std::array<const char*, 4> kRequired = {"dossier.other", "verify", "digest", "test"};

std::string Escape(std::string_view text) {
  std::string out;
  for (char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out.push_back(c);
    }
  }
  return out;
}

// Calls `place` for each {name}; a lone brace is text.
std::string Fill(std::string_view text, const std::function<std::string(std::string_view)>& place) {
  std::string out;
  while (!text.empty()) {
    const size_t open = text.find('{');
    out.append(text.substr(0, open));
    if (open == std::string_view::npos) break;
    const size_t close = text.find('}', open);
    const std::string_view name = close == std::string_view::npos ? "" : text.substr(open + 1, close - open - 1);
    if (name.empty() || name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") != std::string_view::npos) {
      out.push_back('{');
      text.remove_prefix(open + 1);
      continue;
    }
    out.append(place(name));
    text.remove_prefix(close + 1);
  }
  return out;
}

std::string FillValues(std::string_view text, const Templates::Values& values) {
  return Fill(text, [&](std::string_view name) {
    auto found = values.find(name);
    return found == values.end() ? std::string() : found->second;
  });
}

// The first unknown place, "" when all are known.
std::string UnknownPlace(std::string_view text, bool frame) {
  std::string unknown;
  Fill(text, [&](std::string_view name) -> std::string {
    const bool known = std::find(kPlaces.begin(), kPlaces.end(), name) != kPlaces.end() ||
                       (frame && std::find(kFramePlaces.begin(), kFramePlaces.end(), name) != kFramePlaces.end());
    if (!known && unknown.empty()) unknown = name;
    return "";
  });
  return unknown;
}

Error TemplateInvalid(const std::string& file, int line, const std::string& what) {
  return MakeError(ErrorCode::kInvalid, "template_invalid", file + ":" + std::to_string(line) + ": " + what);
}

std::string Joined(const std::vector<std::string>& lines) {
  std::string out;
  for (const auto& line : lines) out += "\n- " + line;
  return out;
}

}  // namespace

Result<Templates::Language> Templates::LoadLanguage(const std::string& file, std::string_view language) {
  Language out;
  YAML::Node root;
  try {
    root = YAML::LoadFile(file);
    if (!root.IsMap() || root["language"].as<std::string>("") != language)
      return TemplateInvalid(file, 1, "language: " + std::string(language));
    const YAML::Node frame = root["frame"], messages = root["messages"];
    if (!frame.IsMap() || !messages.IsMap()) return TemplateInvalid(file, 1, "frame, messages");
    out.frame_text = frame["text"].as<std::string>();
    out.frame_html = frame["html"].as<std::string>();
    out.open = frame["open"].as<std::string>();
    for (const std::string& part : {out.frame_text, out.frame_html}) {
      if (std::string unknown = UnknownPlace(part, true); !unknown.empty())
        return TemplateInvalid(file, frame.Mark().line + 1, "{" + unknown + "}");
    }
    for (const auto& item : messages) {
      const YAML::Node& m = item.second;
      Message message{text::Trim(m["title"].as<std::string>()), text::Trim(m["body"].as<std::string>()),
                      text::Trim(m["short"].as<std::string>()), m["open"].as<std::string>("")};
      for (const std::string& part : {message.title, message.body, message.brief, message.open}) {
        if (std::string unknown = UnknownPlace(part, false); !unknown.empty())
          return TemplateInvalid(file, m.Mark().line + 1, "{" + unknown + "}");
      }
      out.messages.emplace(item.first.as<std::string>(), std::move(message));
    }
  } catch (const YAML::Exception& e) {
    return TemplateInvalid(file, e.mark.line + 1, e.msg);
  }
  for (const char* required : kRequired) {
    if (!out.messages.contains(required)) return TemplateInvalid(file, 1, std::string("messages: ") + required);
  }
  return out;
}

Result<Templates> Templates::Load(const std::string& dir) {
  Templates out;
  for (const char* language : {"vi", "en"}) {
    TINHSO_ASSIGN(out.languages_[language], LoadLanguage(dir + "/" + language + ".yaml", language));
  }
  for (const auto& [language, words] : out.languages_) {
    for (const auto& [kind, message] : words.messages) {
      for (const auto& [other, theirs] : out.languages_) {
        if (!theirs.messages.contains(kind)) return TemplateInvalid(dir + "/" + other + ".yaml", 1, "messages: " + kind);
      }
    }
  }
  return out;
}

const Templates::Language& Templates::Of(std::string_view language) const {
  auto found = languages_.find(language);
  return found == languages_.end() ? languages_.find("vi")->second : found->second;
}

const Templates::Message& Templates::Find(const Language& words, std::string_view kind) const {
  auto found = words.messages.find(kind);
  return found == words.messages.end() ? words.messages.find("dossier.other")->second : found->second;
}

Rendered Templates::Mail(std::string_view language, std::string_view kind, const Values& values,
                         const std::vector<std::string>& lines) const {
  const Language& words = Of(language);
  const Message& message = Find(words, kind);
  Values all = values;
  all["title"] = FillValues(message.title, values);
  all["body"] = FillValues(message.body, values) + Joined(lines);
  all["open"] = message.open.empty() ? words.open : message.open;
  Rendered out{all["title"], FillValues(words.frame_text, all), ""};
  std::string paragraphs;
  std::string_view body = all["body"];
  while (!body.empty()) {
    const size_t end = body.find('\n');
    paragraphs += "<p>" + Escape(body.substr(0, end)) + "</p>\n";
    body = end == std::string_view::npos ? std::string_view() : body.substr(end + 1);
  }
  out.html = Fill(words.frame_html, [&](std::string_view name) {
    if (name == "paragraphs") return paragraphs;
    auto found = all.find(name);
    return found == all.end() ? std::string() : Escape(found->second);
  });
  return out;
}

std::string Templates::Short(std::string_view language, std::string_view kind, const Values& values) const {
  return FillValues(Find(Of(language), kind).brief, values);
}

std::string Templates::Title(std::string_view language, std::string_view kind, const Values& values) const {
  return FillValues(Find(Of(language), kind).title, values);
}

}  // namespace tinhso::notify
