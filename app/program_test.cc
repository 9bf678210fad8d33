// The program as people run it: made, served, stopped. Needs the packs of the source tree, nothing else.
#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "app/contract.h"
#include "app/demo.h"
#include "app/platform.h"
#include "base/ids.h"
#include "kernel/audit/audit.h"
#include "kernel/permissions/permissions.h"

namespace tinhso::app {
namespace {

namespace fs = std::filesystem;

class Program : public testing::Test {
 protected:
  void SetUp() override { dir_ = (fs::temp_directory_path() / ("tinhso-program-" + RandomToken())).string(); }
  void TearDown() override {
    for (pid_t pid : children_) {
      ::kill(pid, SIGKILL);
      ::waitpid(pid, nullptr, 0);
    }
    fs::remove_all(dir_);
    fs::remove(dir_ + ".out");
  }
  PlatformOptions Options() const {
    PlatformOptions options;
    options.data_dir = dir_;
    options.packs_dir = FindPacksDir("");
    options.allow_demo_accounts = true;
    return options;
  }
  pid_t Spawn(std::vector<std::string> words) {
    words.insert(words.begin(), TINHSO_PROGRAM);
    pid_t pid = ::fork();
    if (pid == 0) {
      int out = ::open((dir_ + ".out").c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0600);
      ::dup2(out, 1);
      ::dup2(out, 2);
      std::vector<char*> argv;
      for (std::string& word : words) argv.push_back(word.data());
      argv.push_back(nullptr);
      ::execv(argv[0], argv.data());
      ::_exit(127);
    }
    children_.insert(pid);
    return pid;
  }
  int Wait(pid_t pid) {
    int status = 0;
    ::waitpid(pid, &status, 0);
    children_.erase(pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }
  int Run(std::vector<std::string> words) { return Wait(Spawn(std::move(words))); }
  std::string Output() const {
    std::ifstream in(dir_ + ".out");
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
  }
  // The port the server printed; 0 when it did not come up.
  int PortOf() {
    for (int i = 0; i < 1500; ++i) {
      std::string text = Output();
      size_t at = text.find("http://localhost:");
      if (at != std::string::npos && text.find('\n', at) != std::string::npos)
        return std::atoi(text.c_str() + at + 17);
      ::usleep(20'000);
    }
    return 0;
  }
  static std::string Get(int port, const std::string& target) {
    int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    std::string data, raw = "GET " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
        ::send(fd, raw.data(), raw.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(raw.size())) {
      char bytes[65536];
      ssize_t n;
      while ((n = ::recv(fd, bytes, sizeof bytes, 0)) > 0) data.append(bytes, static_cast<size_t>(n));
    }
    ::close(fd);
    return data;
  }

  std::string dir_;
  std::set<pid_t> children_;
};

TEST_F(Program, DemoIsMadeOnceAndLeftAsItIs) {
  auto first = MakeDemo(Options(), 20, SystemClock(), nullptr);
  ASSERT_TRUE(first.ok()) << first.error().reason << " " << first.error().detail;
  EXPECT_TRUE(first->made);
  EXPECT_GT(first->dossiers, 0);
  std::set<std::string> names;
  for (const DemoAccount& account : first->accounts) names.insert(account.username);
  for (const char* wanted : {"cong-dan", "mot-cua", "chuyen-vien", "lanh-dao", "van-thu", "quan-tri"})
    EXPECT_TRUE(names.contains(wanted)) << wanted;
  auto again = MakeDemo(Options(), 20, SystemClock(), nullptr);
  ASSERT_TRUE(again.ok());
  EXPECT_FALSE(again->made);
  EXPECT_EQ(again->accounts.size(), first->accounts.size());
  EXPECT_FALSE(fs::exists(dir_ + ".making"));
  EXPECT_EQ(Run({"check", "--data", dir_}), 0) << Output();
}

// Somebody's real data must never get demo accounts mixed in.
TEST_F(Program, DemoRefusesAFolderWithOtherData) {
  fs::create_directories(dir_);
  std::ofstream(dir_ + "/letters.txt") << "mine";
  EXPECT_EQ(MakeDemo(Options(), 0, SystemClock(), nullptr).error().reason, "data_dir_not_demo");
  EXPECT_FALSE(fs::exists(dir_ + "/tinhso.db"));
}

// Holds the whole program to its contract: what is served is described, what is described is served, with the
// same permission.
TEST_F(Program, RoutesAndContractAgree) {
  auto platform = Platform::Open(Options(), SystemClock());
  ASSERT_TRUE(platform.ok()) << platform.error().reason << " " << platform.error().detail;
  std::set<std::string> served, described;
  for (const http::Route& route : (*platform)->router().routes())
    served.insert(std::string(route.method) + " " + route.pattern + " " + route.permission);
  json::object contract = json::Parse(*ContractJson())->as_object();
  for (const auto& [path, item] : contract["paths"].as_object()) {
    for (const auto& [method, operation] : item.as_object()) {
      if (!operation.is_object() || !operation.as_object().contains("responses")) continue;
      std::string upper(method);
      for (char& c : upper) c = static_cast<char>(std::toupper(c));
      described.insert(upper + " " + std::string(path) + " " +
                       json::GetText(operation.as_object(), "x-permission"));
    }
  }
  std::vector<std::string> only_served, only_described;
  std::set_difference(served.begin(), served.end(), described.begin(), described.end(),
                      std::back_inserter(only_served));
  std::set_difference(described.begin(), described.end(), served.begin(), served.end(),
                      std::back_inserter(only_described));
  EXPECT_EQ(only_served, std::vector<std::string>{});
  EXPECT_EQ(only_described, std::vector<std::string>{});
}

TEST_F(Program, EveryRouteNamesAKnownPermissionAndEveryChangeItsAuditEvent) {
  auto platform = Platform::Open(Options(), SystemClock());
  ASSERT_TRUE(platform.ok()) << platform.error().reason << " " << platform.error().detail;
  std::set<std::string> permissions = {"public", "signed_in"}, events;
  for (const std::string& word : permissions::AllPermissions()) permissions.insert(word);
  for (const audit::EventKind& kind : audit::EventKinds()) events.insert(kind.kind);
  for (const http::Route& route : (*platform)->router().routes()) {
    std::string name = std::string(route.method) + " " + route.pattern;
    EXPECT_TRUE(permissions.contains(route.permission)) << name << " " << route.permission;
    // Reading records nothing, unless what is read is a person's data.
    if (std::string_view(route.method) == "GET" && std::string_view(route.audit_event).empty()) continue;
    if (name == "POST /api/v1/admin/packs/check") continue;  // reads folders, changes nothing
    EXPECT_TRUE(events.contains(route.audit_event)) << name << " " << route.audit_event;
  }
}

TEST_F(Program, ServesAndStopsWhenAsked) {
  ASSERT_EQ(Run({"demo", "--data", dir_}), 0) << Output();
  pid_t server = Spawn({"serve", "--data", dir_, "--listen", "127.0.0.1:0"});
  int port = PortOf();
  ASSERT_GT(port, 0) << Output();
  EXPECT_NE(Get(port, "/healthz").find("200 OK"), std::string::npos);
  EXPECT_NE(Get(port, "/readyz").find("200 OK"), std::string::npos);
  EXPECT_NE(Get(port, "/metrics").find("tinhso_jobs_waiting"), std::string::npos);
  EXPECT_NE(Get(port, "/api/v1/site").find("\"demo\":true"), std::string::npos);
  EXPECT_NE(Get(port, "/api/openapi.json").find("\"openapi\":\"3.1"), std::string::npos);
  EXPECT_NE(Output().find("cong-dan"), std::string::npos);
  std::string served = Output();
  EXPECT_EQ(Run({"serve", "--data", dir_, "--listen", "127.0.0.1:0"}), 4) << Output();
  EXPECT_NE(Output().find("data_dir_in_use"), std::string::npos);
  ::kill(server, SIGTERM);
  EXPECT_EQ(Wait(server), 0);
  EXPECT_EQ(Run({"check", "--data", dir_}), 0) << Output();
}

TEST_F(Program, SaysWhatIsWrongWithItsExitCode) {
  EXPECT_EQ(Run({"version"}), 0);
  EXPECT_EQ(Run({"--help"}), 0);
  EXPECT_EQ(Run({}), 2);
  EXPECT_EQ(Run({"serve", "--data", dir_, "--listen", "nowhere"}), 2);
  EXPECT_EQ(Run({"check", "--data", dir_}), 3);
  EXPECT_EQ(Run({"pack", "check", dir_}), 1);
  for (const auto& pack : fs::directory_iterator(FindPacksDir(""))) {
    if (!fs::exists(pack.path() / "pack.yaml")) continue;
    EXPECT_EQ(Run({"pack", "check", pack.path().string()}), 0) << Output();
  }
}

}  // namespace
}  // namespace tinhso::app
