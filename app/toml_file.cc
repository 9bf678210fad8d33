#include "toml_file.h"

#include <toml++/toml.h>

#include <algorithm>
#include <fstream>

namespace tinhso::app {
namespace {

int LineOf(const toml::node& node) { return static_cast<int>(node.source().begin.line); }

TomlValue ValueOf(const toml::node& node) {
  if (auto text = node.as_string()) return text->get();
  if (auto number = node.as_integer()) return number->get();
  if (auto flag = node.as_boolean()) return flag->get();
  if (auto list = node.as_array()) {
    std::vector<std::string> words;
    for (const toml::node& item : *list) {
      auto text = item.as_string();
      if (!text) return {};
      words.push_back(text->get());
    }
    return words;
  }
  return {};
}

void Flatten(const toml::table& table, const std::string& prefix, TomlFile& out) {
  for (const auto& [key, node] : table) {
    std::string name = prefix + std::string(key.str());
    if (auto inner = node.as_table()) {
      out.tables.push_back({name, {}, LineOf(node)});
      Flatten(*inner, name + ".", out);
    } else {
      out.entries.push_back({name, ValueOf(node), LineOf(node)});
    }
  }
}

}  // namespace

TomlFile ReadToml(const std::string& path) {
  constexpr size_t kConfigBytesMax = 1024 * 1024;
  TomlFile out;
  std::ifstream in(path, std::ios::binary);
  std::string text(kConfigBytesMax + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(in.gcount()));
  if (in.bad() || (!in.eof() && text.empty())) {
    out.readable = false;
    return out;
  }
  if (text.size() > kConfigBytesMax) {
    out.syntax_error = "larger than " + std::to_string(kConfigBytesMax) + " bytes";
    return out;
  }
  try {
    Flatten(toml::parse(text), "", out);
    // The library sorts by name; problems are told in the order of the file.
    auto by_line = [](const TomlEntry& a, const TomlEntry& b) { return a.line < b.line; };
    std::stable_sort(out.entries.begin(), out.entries.end(), by_line);
    std::stable_sort(out.tables.begin(), out.tables.end(), by_line);
  } catch (const toml::parse_error& error) {
    out.syntax_error = error.description();
    out.error_line = static_cast<int>(error.source().begin.line);
  }
  return out;
}

}  // namespace tinhso::app
