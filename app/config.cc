#include "app/config.h"

#include <arpa/inet.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <sstream>

#include "base/text.h"
#include "toml_file.h"

extern char** environ;

namespace tinhso::app {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSystemFile = "/etc/tinhso/tinhso.toml";
constexpr size_t kSecretBytesMax = 64 * 1024;

std::string EnvironmentNameOf(std::string key) {
  for (char& c : key) c = c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return "TINHSO_" + key;
}

std::string SectionOf(const std::string& key) { return key.substr(0, key.rfind('.')); }
std::string NameOf(const std::string& key) { return key.substr(key.rfind('.') + 1); }

size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      size_t replaced = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

// "" when nothing known is near.
std::string NearestKey(const std::string& key, const std::vector<Setting>& settings) {
  std::string best;
  size_t least = key.size() / 3 + 1;
  for (const Setting& setting : settings) {
    size_t distance = EditDistance(key, setting.key);
    if (distance < least) {
      least = distance;
      best = setting.key;
    }
  }
  return best;
}

bool IsAddressRange(const std::string& text) {
  size_t slash = text.find('/');
  std::string address = text.substr(0, slash);
  unsigned char bytes[16];
  int bits = inet_pton(AF_INET, address.c_str(), bytes) == 1    ? 32
             : inet_pton(AF_INET6, address.c_str(), bytes) == 1 ? 128
                                                                : 0;
  if (bits == 0) return false;
  if (slash == std::string::npos) return true;
  int length = 0;
  const char *first = text.data() + slash + 1, *last = text.data() + text.size();
  auto [end, error] = std::from_chars(first, last, length);
  return error == std::errc() && end == last && length >= 0 && length <= bits;
}

struct Wanted {
  std::string vi, en;
};

// Empty words when `text` has the shape.
Wanted ShapeProblem(const std::string& text, Shape shape) {
  ListenAddress listen;
  switch (shape) {
    case Shape::kAny:
    case Shape::kFile:
    case Shape::kFolder:
      return {};
    case Shape::kListen:
      if (ParseListen(text, listen)) return {};
      return {"phải có dạng 127.0.0.1:8080", "takes ADDRESS:PORT, e.g. 127.0.0.1:8080"};
    case Shape::kWebUrl: {
      bool web = text::StartsWith(text, "http://") || text::StartsWith(text, "https://");
      if (web && text.find_first_of(" \"'<>?#") == std::string::npos && text.size() > 8) return {};
      return {"phải là địa chỉ https://… hoặc http://…", "takes an https:// or http:// address"};
    }
    case Shape::kPostgresUrl:
      if (text::StartsWith(text, "postgresql://") || text::StartsWith(text, "postgres://")) return {};
      return {"phải có dạng postgresql://người_dùng@máy/tên", "takes postgresql://user@host/name"};
    case Shape::kHost:
      if (!text.empty() && text.find_first_of("/ @?#") == std::string::npos) return {};
      return {"phải là tên máy, không có http:// hay đường dẫn",
              "takes a host name, without http:// or path"};
    case Shape::kAddressRange:
      if (IsAddressRange(text)) return {};
      return {"phải là địa chỉ IP, có thể kèm /độ dài", "takes an IP address, optionally /length"};
  }
  return {};
}

// Puts one value in its place after its rule has held.
class Assigner {
 public:
  Assigner(const Setting& setting, std::string place, std::vector<ConfigProblem>& problems)
      : setting_(setting), place_(std::move(place)), problems_(problems) {}

  bool FromToml(const TomlValue& value) {
    if (auto text = std::get_if<std::string>(&value); text && Holds<std::string*>()) return Text(*text);
    if (auto number = std::get_if<int64_t>(&value); number && (Holds<int*>() || Holds<int64_t*>()))
      return Number(*number);
    if (auto flag = std::get_if<bool>(&value); flag && Holds<bool*>()) {
      *std::get<bool*>(setting_.value) = *flag;
      return true;
    }
    if (auto words = std::get_if<std::vector<std::string>>(&value);
        words && Holds<std::vector<std::string>*>())
      return Words(*words);
    return WrongType();
  }

  // From the environment or the command line, where everything is text.
  bool FromText(const std::string& text) {
    if (Holds<std::string*>()) return Text(text);
    if (Holds<std::vector<std::string>*>()) {
      std::vector<std::string> words;
      std::istringstream in(text);
      for (std::string word; std::getline(in, word, ',');) {
        if (auto trimmed = text::Trim(word); !trimmed.empty()) words.emplace_back(trimmed);
      }
      return Words(words);
    }
    if (auto flag = std::get_if<bool*>(&setting_.value)) {
      bool yes = text == "true" || text == "1", no = text == "false" || text == "0";
      if (!yes && !no) return WrongType();
      **flag = yes;
      return true;
    }
    int64_t number = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return WrongType();
    return Number(number);
  }

  bool Words(const std::vector<std::string>& words) {
    if (!Holds<std::vector<std::string>*>()) return words.empty() ? WrongType() : FromText(words.back());
    if (static_cast<int64_t>(words.size()) > setting_.rule.max)
      return Complain("nhiều nhất " + std::to_string(setting_.rule.max) + " mục",
                      "at most " + std::to_string(setting_.rule.max) + " items");
    for (const std::string& word : words) {
      Wanted wanted = ShapeProblem(word, setting_.rule.shape);
      if (!wanted.vi.empty())
        return Complain("\"" + word + "\" " + wanted.vi, "\"" + word + "\": " + wanted.en);
    }
    *std::get<std::vector<std::string>*>(setting_.value) = words;
    return true;
  }

 private:
  template <class T>
  bool Holds() const {
    return std::holds_alternative<T>(setting_.value);
  }

  bool Text(const std::string& text) {
    const Rule& rule = setting_.rule;
    if (!rule.choices.empty() &&
        std::find(rule.choices.begin(), rule.choices.end(), text) == rule.choices.end()) {
      std::string list;
      for (const std::string& choice : rule.choices) list += (list.empty() ? "" : ", ") + choice;
      return Complain("phải là một trong: " + list, "must be one of: " + list);
    }
    // Empty is "not set" for every text.
    if (!text.empty()) {
      Wanted wanted = ShapeProblem(text, rule.shape);
      if (!wanted.vi.empty()) return Complain(wanted.vi, wanted.en);
    }
    *std::get<std::string*>(setting_.value) = text;
    return true;
  }

  bool Number(int64_t number) {
    const Rule& rule = setting_.rule;
    if (number < rule.min || number > rule.max) {
      std::string range = std::to_string(rule.min) + "–" + std::to_string(rule.max);
      return Complain("phải trong khoảng " + range, "must be within " + range);
    }
    if (auto small = std::get_if<int*>(&setting_.value))
      **small = static_cast<int>(number);
    else
      *std::get<int64_t*>(setting_.value) = number;
    return true;
  }

  bool WrongType() {
    if (Holds<std::string*>()) return Complain("phải là chữ trong dấu nháy", "must be a text in quotes");
    if (Holds<bool*>()) return Complain("phải là true hoặc false", "must be true or false");
    if (Holds<std::vector<std::string>*>())
      return Complain("phải là danh sách chữ: [\"…\", \"…\"]", "must be a list of texts: [\"…\", \"…\"]");
    return Complain("phải là số nguyên", "must be a whole number");
  }

  bool Complain(const std::string& vi, const std::string& en) {
    problems_.push_back({place_, setting_.key + " " + vi, setting_.key + " " + en});
    return false;
  }

  const Setting& setting_;
  const std::string place_;
  std::vector<ConfigProblem>& problems_;
};

class Loader {
 public:
  explicit Loader(const ConfigSources& sources) : sources_(sources) {
    for (const std::string& line : sources.environment) {
      size_t equals = line.find('=');
      if (equals == std::string::npos || !text::StartsWith(line, "TINHSO_")) continue;
      environment_[line.substr(0, equals)] = line.substr(equals + 1);
    }
  }

  LoadedConfig Load() {
    FindFile();
    if (!out_.file.empty()) toml_ = ReadToml(out_.file);
    if (!toml_.readable)
      Problem(out_.file, "không đọc được tệp cấu hình", "the configuration file cannot be read");
    if (!toml_.syntax_error.empty())
      Problem(Place(toml_.error_line), "sai cú pháp TOML: " + toml_.syntax_error,
              "TOML syntax: " + toml_.syntax_error);
    AddGroupMembers();
    settings_ = SettingsOf(out_.config);
    FromFile();
    FromEnvironment();
    for (const auto& override_ : sources_.overrides) {
      const Setting* setting = Find(override_.key);
      if (!setting) {
        Unknown(override_.place, override_.key);
      } else if (Assigner(*setting, override_.place, out_.problems).Words(override_.words)) {
        out_.places[setting->key] = override_.place;
      }
    }
    CheckTogether(out_.config, out_.problems, out_.warnings);
    return std::move(out_);
  }

 private:
  std::string Place(int line) const { return out_.file + (line > 0 ? ":" + std::to_string(line) : ""); }
  void Problem(const std::string& place, const std::string& vi, const std::string& en) {
    out_.problems.push_back({place, vi, en});
  }
  void Unknown(const std::string& place, const std::string& key) {
    std::string near = NearestKey(key, settings_);
    Problem(place, "không có mục " + key + (near.empty() ? "" : "; có phải " + near + "?"),
            "no such setting " + key + (near.empty() ? "" : "; did you mean " + near + "?"));
  }
  const Setting* Find(const std::string& key) const {
    for (const Setting& setting : settings_) {
      if (setting.key == key) return &setting;
    }
    return nullptr;
  }
  std::string EnvironmentOf(const std::string& name) const {
    auto found = environment_.find(name);
    return found == environment_.end() ? "" : found->second;
  }

  void FindFile() {
    std::error_code ec;
    out_.file = sources_.file.empty() ? EnvironmentOf("TINHSO_CONFIG") : sources_.file;
    if (!out_.file.empty()) return;
    std::string data = EnvironmentOf("TINHSO_PATHS_DATA");
    for (const auto& override_ : sources_.overrides) {
      if (override_.key == "paths.data" && !override_.words.empty()) data = override_.words.back();
    }
    std::string usual = data.empty() ? kSystemFile : data + "/tinhso.toml";
    if (fs::is_regular_file(usual, ec)) out_.file = usual;
  }

  // A group's members are known by the tables of the file and the names in the environment.
  void AddGroupMembers() {
    std::vector<Setting> plain = SettingsOf(out_.config);
    auto is_plain = [&plain](const std::string& name) {
      return std::any_of(plain.begin(), plain.end(), [&](const Setting& s) {
        return s.Environment() == name || (s.rule.secret && s.Environment() + "_FILE" == name);
      });
    };
    auto add = [this](const SettingGroup& group, const std::string& name, const std::string& place) {
      if (name.empty() || name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789") != std::string::npos)
        return Problem(
            place, "tên trong [" + group.prefix + ".TÊN] chỉ gồm chữ thường và số: " + name,
            "the name in [" + group.prefix + ".NAME] takes lower-case letters and digits: " + name);
      group.add(out_.config, name);
    };
    for (const SettingGroup& group : SettingGroups()) {
      for (const TomlEntry& table : toml_.tables) {
        if (SectionOf(table.key) == group.prefix && table.key != group.prefix)
          add(group, NameOf(table.key), Place(table.line));
      }
      std::string prefix = EnvironmentNameOf(group.prefix) + "_";
      for (const auto& [name, value] : environment_) {
        size_t end = name.find('_', prefix.size());
        if (!text::StartsWith(name, prefix) || end == std::string::npos || is_plain(name)) continue;
        add(group, text::ToLower(name.substr(prefix.size(), end - prefix.size())), name);
      }
    }
  }

  void FromFile() {
    bool holds_secret = false;
    std::map<std::string, int> secrets;  // key → line, to refuse KEY together with KEY_file
    for (const TomlEntry& entry : toml_.entries) {
      const Setting* setting = Find(entry.key);
      std::string place = Place(entry.line);
      if (setting) {
        holds_secret = holds_secret || setting->rule.secret;
        if (!Assigner(*setting, place, out_.problems).FromToml(entry.value)) continue;
        if (setting->rule.secret && secrets.contains(setting->key)) Twice(place, setting->key);
        secrets[setting->key] = entry.line;
        MakeAbsolute(*setting);
        out_.places[setting->key] = place;
        continue;
      }
      setting = SecretOfFile(entry.key, "_file");
      if (!setting) {
        Unknown(place, entry.key);
      } else if (auto path = std::get_if<std::string>(&entry.value)) {
        if (secrets.contains(setting->key)) Twice(place, setting->key);
        secrets[setting->key] = entry.line;
        TakeSecret(*setting, (fs::path(out_.file).parent_path() / *path).string(), place);
      } else {
        Problem(place, entry.key + " phải là chữ trong dấu nháy", entry.key + " must be a text in quotes");
      }
    }
    for (const TomlEntry& table : toml_.tables) {
      bool known = std::any_of(settings_.begin(), settings_.end(),
                               [&](const Setting& s) { return text::StartsWith(s.key, table.key + "."); });
      auto groups = SettingGroups();
      known = known || std::any_of(groups.begin(), groups.end(), [&](const SettingGroup& g) {
                return g.prefix == table.key || text::StartsWith(table.key, g.prefix + ".") ||
                       text::StartsWith(g.prefix, table.key + ".");
              });
      if (!known)
        Problem(Place(table.line), "không có nhóm [" + table.key + "]", "no such table [" + table.key + "]");
    }
    struct stat status;
    if (holds_secret && ::stat(out_.file.c_str(), &status) == 0 && (status.st_mode & S_IROTH))
      out_.warnings.push_back({out_.file, "tệp chứa bí mật mà ai trên máy cũng đọc được: chmod 640",
                               "holds a secret and everybody on this machine can read it: chmod 640"});
  }

  void FromEnvironment() {
    for (const Setting& setting : settings_) {
      std::string name = setting.Environment();
      if (auto found = environment_.find(name); found != environment_.end()) {
        if (Assigner(setting, name, out_.problems).FromText(found->second)) out_.places[setting.key] = name;
        environment_.erase(found);
      }
      if (!setting.rule.secret) continue;
      if (auto found = environment_.find(name + "_FILE"); found != environment_.end()) {
        TakeSecret(setting, found->second, found->first);
        environment_.erase(found);
      }
    }
    // A misspelt name in one of our sections would else be ignored in silence.
    for (const auto& [name, value] : environment_) {
      for (const SectionText& section : SectionTexts()) {
        if (!text::StartsWith(name, EnvironmentNameOf(section.section) + "_")) continue;
        Problem(name, "không có biến môi trường này", "no such environment variable");
        break;
      }
    }
  }

  const Setting* SecretOfFile(const std::string& key, std::string_view suffix) const {
    if (!key.ends_with(suffix)) return nullptr;
    const Setting* setting = Find(key.substr(0, key.size() - suffix.size()));
    return setting && setting->rule.secret ? setting : nullptr;
  }

  void Twice(const std::string& place, const std::string& key) {
    Problem(place, key + " và " + key + "_file không thể cùng có",
            key + " and " + key + "_file exclude each other");
  }

  // A relative folder in the file is meant from where the file stands.
  void MakeAbsolute(const Setting& setting) {
    if (setting.rule.shape != Shape::kFile && setting.rule.shape != Shape::kFolder) return;
    if (auto path = std::get_if<std::string*>(&setting.value); path && !(*path)->empty())
      **path = (fs::path(out_.file).parent_path() / **path).lexically_normal().string();
  }

  void TakeSecret(const Setting& setting, const std::string& path, const std::string& place) {
    std::ifstream in(path, std::ios::binary);
    std::string text(kSecretBytesMax + 1, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<size_t>(in.gcount()));
    if (text.empty() || text.size() > kSecretBytesMax)
      return Problem(place, "không đọc được bí mật trong tệp " + path, "cannot read the secret in " + path);
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
    if (Assigner(setting, place, out_.problems).FromText(text)) out_.places[setting.key] = place;
  }

  const ConfigSources& sources_;
  std::map<std::string, std::string> environment_;
  TomlFile toml_;
  std::vector<Setting> settings_;
  LoadedConfig out_;
};

std::string Quoted(const std::string& text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string ValueText(const Setting& setting) {
  return std::visit(
      [](auto* value) -> std::string {
        using T = std::remove_pointer_t<decltype(value)>;
        if constexpr (std::is_same_v<T, std::string>) {
          return Quoted(*value);
        } else if constexpr (std::is_same_v<T, bool>) {
          return *value ? "true" : "false";
        } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
          std::string out;
          for (const std::string& word : *value) out += (out.empty() ? "" : ", ") + Quoted(word);
          return "[" + out + "]";
        } else {
          return std::to_string(*value);
        }
      },
      setting.value);
}

std::string Masked(const Setting& setting) {
  if (!setting.rule.secret) return ValueText(setting);
  const std::string& text = *std::get<std::string*>(setting.value);
  if (text.empty()) return "\"\"";
  if (setting.rule.shape != Shape::kPostgresUrl) return "\"********\"";
  // Of an address only the password is secret: user:password@ and password=….
  std::string shown = text;
  size_t start = shown.find("://") + 3, at = shown.rfind('@'), colon = shown.find(':', start);
  if (at != std::string::npos && colon < at) shown.replace(colon + 1, at - colon - 1, "********");
  if (size_t word = shown.find("password="); word != std::string::npos) {
    size_t end = std::min(shown.find('&', word), shown.size());
    shown.replace(word + 9, end - word - 9, "********");
  }
  return Quoted(shown);
}

}  // namespace

std::string_view HostOf(std::string_view url) {
  if (size_t start = url.find("://"); start != url.npos) url.remove_prefix(start + 3);
  return url.substr(0, url.find('/'));
}

std::string Setting::Environment() const { return EnvironmentNameOf(key); }

std::vector<std::string> EnvironmentOfProcess() {
  std::vector<std::string> out;
  for (char** line = environ; line && *line; ++line) out.emplace_back(*line);
  return out;
}

LoadedConfig LoadConfig(const ConfigSources& sources) { return Loader(sources).Load(); }

std::string ShowConfig(const LoadedConfig& loaded) {
  Config config = loaded.config;
  std::string out, section;
  for (const Setting& setting : SettingsOf(config)) {
    if (SectionOf(setting.key) != section) {
      section = SectionOf(setting.key);
      out += (out.empty() ? "[" : "\n[") + section + "]\n";
    }
    auto place = loaded.places.find(setting.key);
    out += NameOf(setting.key) + " = " + Masked(setting) + "  # " +
           (place == loaded.places.end() ? "mặc định / default" : place->second) + "\n";
  }
  return out;
}

std::string ExampleConfig() {
  Config config;
  for (const SettingGroup& group : SettingGroups()) group.add(config, "mau");
  std::string out =
      "# Cấu hình Tỉnh Số, làm từ bảng các mục của chương trình (tinhso config example). Bỏ dấu # để đổi một "
      "mục.\n"
      "# Configuration of Tỉnh Số, made from the program's table of settings. Uncomment a line to change "
      "it.\n"
      "#\n"
      "# Thứ tự: mặc định, tệp này, biến môi trường TINHSO_NHÓM_MỤC, dòng lệnh. Kiểm tra: tinhso config "
      "check\n"
      "# Order: default, this file, environment TINHSO_SECTION_KEY, command line. Check: tinhso config "
      "check\n";
  std::string section;
  for (const Setting& setting : SettingsOf(config)) {
    if (SectionOf(setting.key) != section) {
      section = SectionOf(setting.key);
      for (const SectionText& text : SectionTexts()) {
        if (text.section == section || text::StartsWith(section, text.section + "."))
          // A member of a group is an example as a whole: its table must not come into being by itself.
          out += "\n# ---- " + text.vi + " / " + text.en + "\n" + (text.section == section ? "[" : "#[") + section + "]\n";
      }
    }
    out += "\n# " + setting.vi + "\n# " + setting.en + "\n";
    const Rule& rule = setting.rule;
    bool number =
        std::holds_alternative<int*>(setting.value) || std::holds_alternative<int64_t*>(setting.value);
    if (number && rule.min != INT64_MIN)
      out += "# " + std::to_string(rule.min) + "–" + std::to_string(rule.max) + "\n";
    if (!rule.choices.empty()) {
      out += "#";
      for (const std::string& choice : rule.choices) out += " " + Quoted(choice);
      out += "\n";
    }
    if (rule.secret)
      out += "# Hoặc " + NameOf(setting.key) + "_file = \"tệp chứa giá trị\" / or " + NameOf(setting.key) +
             "_file = \"file that holds it\"\n";
    if (!rule.example.empty()) *std::get<std::string*>(setting.value) = rule.example;
    out += "#" + NameOf(setting.key) + " = " + ValueText(setting) + "\n";
  }
  return out;
}

bool ParseListen(const std::string& text, ListenAddress& out) {
  size_t colon = text.rfind(':');
  if (colon == std::string::npos) return false;
  std::string host = text.substr(0, colon), port = text.substr(colon + 1);
  auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), out.port);
  if (error != std::errc() || end != port.data() + port.size() || out.port < 0 || out.port > 65535)
    return false;
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  if (host == "localhost") host = "127.0.0.1";
  if (host.empty()) return false;
  out.address = host;
  out.loopback = host == "::1" || text::StartsWith(host, "127.");
  return true;
}

}  // namespace tinhso::app
