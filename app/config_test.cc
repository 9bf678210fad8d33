// The configuration: where values come from, what is refused, and that the documents say what the table says.
#include "app/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "base/ids.h"

namespace tinhso::app {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

class ConfigFile : public testing::Test {
 protected:
  void SetUp() override {
    dir_ = (fs::temp_directory_path() / ("tinhso-config-" + RandomToken())).string();
    fs::create_directories(dir_);
  }
  void TearDown() override { fs::remove_all(dir_); }
  void Write(const std::string& name, const std::string& text) { std::ofstream(dir_ + "/" + name) << text; }
  LoadedConfig Load(const std::string& toml, std::vector<std::string> environment = {},
                    std::vector<ConfigSources::Override> overrides = {}) {
    Write("tinhso.toml", toml);
    overrides.push_back({"paths.data", {dir_}, "--data"});
    return LoadConfig({"", std::move(environment), std::move(overrides)});
  }
  // The only problem's line, or every line when there is not exactly one.
  std::string Refused(const std::string& toml, std::vector<std::string> environment = {},
                      std::vector<ConfigSources::Override> overrides = {}) {
    std::string out;
    for (const ConfigProblem& p : Load(toml, std::move(environment), std::move(overrides)).problems)
      out += p.Line() + "\n";
    return out;
  }
  std::string dir_;
};

TEST_F(ConfigFile, EachSourceGoesOverTheOneBefore) {
  const std::string toml = "[server]\nlisten = \"127.0.0.1:1\"\nworkers = 7\nhosts = [\"a.vn\", \"b.vn\"]\n";
  LoadedConfig file = Load(toml);
  ASSERT_TRUE(file.problems.empty()) << file.problems[0].Line();
  EXPECT_EQ(file.config.server.workers, 7);
  EXPECT_EQ(file.config.server.io_threads, 2);
  EXPECT_THAT(file.config.server.hosts, testing::ElementsAre("a.vn", "b.vn"));
  EXPECT_EQ(file.places["server.workers"], dir_ + "/tinhso.toml:3");
  LoadedConfig environment =
      Load(toml, {"TINHSO_SERVER_WORKERS=8", "TINHSO_SERVER_HOSTS=c.vn, d.vn", "HOME=/root"});
  EXPECT_EQ(environment.config.server.workers, 8);
  EXPECT_THAT(environment.config.server.hosts, testing::ElementsAre("c.vn", "d.vn"));
  LoadedConfig line = Load(toml, {"TINHSO_SERVER_WORKERS=8"}, {{"server.workers", {"9"}, "--workers"}});
  EXPECT_EQ(line.config.server.workers, 9);
  EXPECT_EQ(line.places["server.workers"], "--workers");
  EXPECT_EQ(line.config.server.listen, "127.0.0.1:1");
}

TEST_F(ConfigFile, UnknownKeysAreRefusedWithFileLineAndTheNearestName) {
  EXPECT_THAT(Refused("[server]\nlisten = \"127.0.0.1:1\"\nworker = 7\n"),
              AllOf(HasSubstr("tinhso.toml:3: không có mục server.worker; có phải server.workers?"),
                    HasSubstr("did you mean server.workers?")));
  EXPECT_THAT(Refused("[servers]\n"), HasSubstr("tinhso.toml:1: không có nhóm [servers]"));
  EXPECT_THAT(Refused("", {"TINHSO_SERVER_LISTENS=x"}), HasSubstr("TINHSO_SERVER_LISTENS: không có biến"));
  EXPECT_THAT(Refused("", {}, {{"server.listne", {"x"}, "--set"}}), HasSubstr("có phải server.listen?"));
  // Variables of other programs and of our own scripts are none of its business.
  EXPECT_EQ(Refused("", {"TINHSO_TEST_POSTGRES=x", "TINHSO_DATA=x", "SERVER_LISTEN=x"}), "");
}

TEST_F(ConfigFile, WrongTypesAndValuesAreRefusedWithFileAndLine) {
  struct Case {
    const char *toml, *message;
  };
  for (const Case& c : {Case{"[server]\nworkers = \"7\"", "tinhso.toml:2: server.workers phải là số nguyên"},
                        {"[server]\nworkers = 7.5", "phải là số nguyên"},
                        {"[server]\nworkers = 0", "phải trong khoảng 1–512"},
                        {"[server]\nlisten = 8080", "phải là chữ trong dấu nháy"},
                        {"[server]\nlisten = \"8080\"", "phải có dạng 127.0.0.1:8080"},
                        {"[server]\nallow_demo_accounts = 1", "phải là true hoặc false"},
                        {"[server]\nhosts = \"a\"", "phải là danh sách chữ"},
                        {"[server]\nhosts = [1]", "phải là danh sách chữ"},
                        {"[server]\nhosts = [\"https://a\"]", "phải là tên máy"},
                        {"[server]\ntrusted_proxies = [\"10.0.0.0/33\"]", "phải là địa chỉ IP"},
                        {"[server]\npublic_url = \"a.vn\"", "phải là địa chỉ https://"},
                        {"[database]\nurl = \"mysql://a\"", "postgresql://"},
                        {"[log]\nlevel = \"loud\"", "phải là một trong: debug, info, warn, error"},
                        {"[log]\nlevel = 1979-05-27", "phải là chữ trong dấu nháy"},
                        {"[log]\n\nlevel =", "tinhso.toml:3: sai cú pháp TOML"}})
    EXPECT_THAT(Refused(c.toml), HasSubstr(c.message)) << c.toml;
  EXPECT_THAT(Refused("", {"TINHSO_SERVER_WORKERS=many"}),
              HasSubstr("TINHSO_SERVER_WORKERS: server.workers phải là số"));
  EXPECT_THAT(Refused("", {}, {{"server.listen", {"nowhere"}, "--listen"}}), HasSubstr("--listen: "));
}

// All of them at once: mending one at a time is what makes configuration a misery.
TEST_F(ConfigFile, AllProblemsAreToldTogether) {
  EXPECT_EQ(Load("[server]\nworkers = 0\nnode = 99\nx = 1\n").problems.size(), 3u);
}

TEST_F(ConfigFile, SecretsComeFromFilesAndAreNeverShown) {
  Write("url", "postgresql://tinhso:hush@db/tinhso?password=hush2\n");
  LoadedConfig loaded = Load("[database]\nurl_file = \"url\"\n");
  ASSERT_TRUE(loaded.problems.empty()) << loaded.problems[0].Line();
  EXPECT_EQ(loaded.config.database.url, "postgresql://tinhso:hush@db/tinhso?password=hush2");
  EXPECT_THAT(ShowConfig(loaded),
              AllOf(Not(HasSubstr("hush")), HasSubstr("postgresql://tinhso:********@db/tinhso"),
                    HasSubstr("tinhso.toml:2")));
  EXPECT_EQ(Load("", {"TINHSO_DATABASE_URL_FILE=" + dir_ + "/url"}).config.database.url,
            loaded.config.database.url);
  EXPECT_THAT(Refused("[database]\nurl_file = \"absent\"\n"), HasSubstr("không đọc được bí mật"));
  EXPECT_THAT(Refused("[database]\nurl_file = \"url\"\nurl = \"postgresql://a\"\n"),
              HasSubstr("không thể cùng có"));
  // Only what is secret may come from a file.
  EXPECT_THAT(Refused("[server]\nlisten_file = \"url\"\n"), HasSubstr("không có mục server.listen_file"));
}

TEST_F(ConfigFile, ASecretThatAllMayReadIsWarnedOf) {
  Write("tinhso.toml", "");
  fs::permissions(dir_ + "/tinhso.toml", fs::perms(0644));
  EXPECT_EQ(Load("[database]\nurl = \"postgresql://a\"\n").warnings.size(), 1u);
  fs::permissions(dir_ + "/tinhso.toml", fs::perms(0640));
  EXPECT_EQ(Load("[database]\nurl = \"postgresql://a\"\n").warnings.size(), 0u);
}

TEST_F(ConfigFile, FoldersInTheFileAreMeantFromWhereTheFileStands) {
  EXPECT_EQ(Load("[paths]\npacks = \"my-packs\"\n").config.paths.packs, dir_ + "/my-packs");
  EXPECT_EQ(Load("", {"TINHSO_PATHS_PACKS=my-packs"}).config.paths.packs, "my-packs");
}

TEST_F(ConfigFile, AnAbsentFileThatWasNamedIsRefused) {
  LoadedConfig loaded = LoadConfig({dir_ + "/absent.toml", {}, {{"paths.data", {dir_}, "--data"}}});
  ASSERT_EQ(loaded.problems.size(), 1u);
  EXPECT_THAT(loaded.problems[0].vi, HasSubstr("không đọc được tệp cấu hình"));
}

TEST(Settings, EachHasBothTextsAKnownSectionAndAKeyOfItsOwn) {
  Config config;
  for (const SettingGroup& group : SettingGroups()) group.add(config, "mau");
  std::set<std::string> keys, names, sections;
  for (const SectionText& section : SectionTexts()) sections.insert(section.section);
  for (const Setting& setting : SettingsOf(config)) {
    EXPECT_TRUE(keys.insert(setting.key).second) << setting.key;
    EXPECT_TRUE(names.insert(setting.Environment()).second) << setting.Environment();
    EXPECT_FALSE(setting.vi.empty() || setting.en.empty()) << setting.key;
    EXPECT_TRUE(sections.contains(setting.key.substr(0, setting.key.find('.'))) ||
                sections.contains(setting.key.substr(0, setting.key.rfind('.'))))
        << setting.key;
    if (setting.rule.secret) {
      EXPECT_TRUE(std::holds_alternative<std::string*>(setting.value)) << setting.key;
    }
  }
}

// The defaults themselves must pass their own rules: uncommenting a line of the example changes nothing.
TEST_F(ConfigFile, TheExampleFileIsValidWithEveryLineUncommented) {
  std::istringstream in(ExampleConfig());
  std::string toml;
  for (std::string line; std::getline(in, line);)
    toml += line.size() > 1 && line[0] == '#' && line[1] != ' ' && (line[1] == '[' || line.find(" = ") != std::string::npos)
                ? line.substr(1) + "\n"
                : line + "\n";
  EXPECT_EQ(Refused(toml), "");
}

TEST(Settings, TheExampleInTheDocumentsIsTheProgramsOwn) {
  std::ifstream in(TINHSO_SOURCE_DIR "/docs/operations/tinhso.example.toml");
  std::ostringstream text;
  text << in.rdbuf();
  EXPECT_EQ(text.str(), ExampleConfig())
      << "build/release/tinhso config example > docs/operations/tinhso.example.toml";
}

}  // namespace
}  // namespace tinhso::app
