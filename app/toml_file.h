// A TOML file as a flat list of keys. toml_file.cc is the only file that sees toml++.
#pragma once
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace tinhso::app {

using TomlValue = std::variant<std::monostate, std::string, int64_t, bool, std::vector<std::string>>;

struct TomlEntry {
  std::string key;  // "server.listen"
  TomlValue value;  // monostate: of a type no setting has (date, float, list of numbers …)
  int line = 0;
};

struct TomlFile {
  std::vector<TomlEntry> entries;
  std::vector<TomlEntry> tables;  // "[server]" itself, also when empty
  bool readable = true;
  std::string syntax_error;  // "" when the file parses
  int error_line = 0;
};
TomlFile ReadToml(const std::string& path);

}  // namespace tinhso::app
