// The one configuration of an installation: tinhso.toml, overridden by environment variables
// TINHSO_SECTION_KEY, overridden by the command line. Names, defaults, checks, explanations and the example
// file all come from one table (settings.cc); how to add a setting: CONTRIBUTING.md. Thread rule: values;
// load once, before threads start.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "features/payments/payments.h"
#include "features/portal/portal.h"
#include "kernel/audit/log.h"
#include "kernel/identity/identity.h"
#include "kernel/notify/notify.h"

namespace tinhso::app {

// "https://dvc.tinh.gov.vn:8443/x" → "dvc.tinh.gov.vn:8443"
std::string_view HostOf(std::string_view url);

// What the program is told. The defaults stand here and nowhere else. A module's own settings are a struct of
// its public header, with one member here.
struct Config {
  struct Paths {
    std::string data, packs, web;
  } paths;
  struct DatabaseSettings {
    std::string url;
  } database;
  struct ServerSettings {
    std::string listen = "127.0.0.1:8080";
    std::string public_url;
    std::vector<std::string> hosts;
    std::vector<std::string> trusted_proxies;
    bool allow_demo_accounts = false;
    int io_threads = 2, workers = 64, node = -1;
    int connections_max = 4096;
    int public_posts_per_minute = 240;
  } server;
  audit::LogOptions audit;
  struct TlsSettings {
    std::string certificate, key;
    int64_t hsts_max_age_s = 180 * 24 * 3600;
  } tls;
  struct SignInSettings {
    std::string passkey_domain;
    std::vector<std::string> second_factor_roles;
    std::string secret_key_file;
  } sign_in;
  std::map<std::string, identity::Provider> oidc;
  std::map<std::string, payments::Provider> payments;
  portal::Options portal;
  notify::SmtpOptions smtp;
  struct PhoneSettings {
    std::string sms, zalo;
  } phone;
  struct LogSettings {
    std::string target = "file";
    std::string level = "info";
    int slow_request_ms = 1000;
  } log;
  struct BackupSettings {
    int age_hours_max = 26;
  } backup;
  struct MetricsSettings {
    std::vector<std::string> addresses = {"127.0.0.1", "::1"};
  } metrics;
};

// What a text setting must look like.
enum class Shape { kAny, kListen, kWebUrl, kPostgresUrl, kHost, kAddressRange, kFile, kFolder };

struct Rule {
  int64_t min = INT64_MIN, max = INT64_MAX;  // numbers; also the length of a list
  std::vector<std::string> choices = {};     // texts; empty = any
  Shape shape = Shape::kAny;                 // texts, and each item of a list
  bool secret = false;                       // masked when shown; may come from a file: KEY_file
  std::string example = {};                  // shown in the example file instead of the default
};

struct Setting {
  std::string key;  // "server.listen"; the last word is the TOML key, the rest its table
  std::variant<std::string*, int*, int64_t*, bool*, std::vector<std::string>*> value;  // where it goes
  std::string vi, en;
  Rule rule = {};

  std::string Environment() const;  // "TINHSO_SERVER_LISTEN"
};

// The table: every setting, pointing into `config`. A member of a group (below) is listed once for each name
// present.
std::vector<Setting> SettingsOf(Config& config);

// Tables of which there may be several, each with a name of lower-case letters and digits: [oidc.vneid].
struct SettingGroup {
  std::string prefix;                                    // "oidc"
  std::function<void(Config&, const std::string&)> add;  // makes the member of that name
};
std::vector<SettingGroup> SettingGroups();

struct SectionText {
  std::string section, vi, en;
};
std::vector<SectionText> SectionTexts();

// Something wrong (or worth a warning), and where: "tinhso.toml:12", "TINHSO_SERVER_PORT", "--listen".
struct ConfigProblem {
  std::string place, vi, en;
  std::string Line() const { return place + ": " + vi + " / " + en; }
};

// What settings say of one another; adds to the lists. In settings.cc, beside the table.
void CheckTogether(const Config& config, std::vector<ConfigProblem>& problems,
                   std::vector<ConfigProblem>& warnings);

struct ConfigSources {
  // Words of the command line. A list takes all words, anything else the one.
  struct Override {
    std::string key;
    std::vector<std::string> words;
    std::string place;  // "--listen"
  };
  std::string file;  // --config; "" = TINHSO_CONFIG, else DATA/tinhso.toml, else /etc/tinhso/tinhso.toml when
                     // no data folder is named anywhere else
  std::vector<std::string> environment;  // "NAME=value"; EnvironmentOfProcess()
  std::vector<Override> overrides;
};
std::vector<std::string> EnvironmentOfProcess();

struct LoadedConfig {
  Config config;
  std::string file;                           // "" when there is none
  std::map<std::string, std::string> places;  // key → where its value was given; absent = default
  std::vector<ConfigProblem> problems;        // empty: the configuration may be used
  std::vector<ConfigProblem> warnings;
};
LoadedConfig LoadConfig(const ConfigSources& sources);

// Every setting with its value and where it came from; secrets masked.
std::string ShowConfig(const LoadedConfig& loaded);
// The annotated example file: every setting at its default, commented out.
std::string ExampleConfig();

// "127.0.0.1:8080", "[::1]:8080", "0.0.0.0:80", "localhost:0". False when it is none of these.
struct ListenAddress {
  std::string address;
  int port = 0;
  bool loopback = false;
};
bool ParseListen(const std::string& text, ListenAddress& out);

}  // namespace tinhso::app
