// What the command line does; cli.cc only reads the words. Each returns the exit code.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace tinhso::app {

// Exit codes, documented in --help.
inline constexpr int kExitOk = 0;
inline constexpr int kExitProblems = 1;  // check or pack check found problems
inline constexpr int kExitUsage = 2;
inline constexpr int kExitFailed = 3;  // database, files, packs, network
inline constexpr int kExitInUse = 4;   // another server holds the data folder or the port

struct CommonArgs {
  std::string data_dir;
  std::string database_url;
  std::string packs_dir;
};

struct ServeArgs {
  CommonArgs common;
  std::string listen = "127.0.0.1:8080";
  std::string web_dir;
  std::string public_url;
  std::vector<std::string> hosts;
  bool allow_demo_accounts = false;
  bool behind_proxy = false;
  int io_threads = 2, workers = 32, node = 0;
  int public_posts_per_minute = 240;
  bool log_to_stderr = false;
};

int RunDemo(const CommonArgs& args, int64_t dossiers);
int RunServe(const ServeArgs& args);
int RunImportProcedures(const CommonArgs& args, const std::vector<std::string>& files);
int RunCheck(const CommonArgs& args);
int RunPackCheck(const std::string& dir);
int RunVersion();

// "127.0.0.1:8080", "[::1]:8080", "0.0.0.0:80". False when it is none of these.
struct ListenAddress {
  std::string address;
  int port = 0;
  bool loopback = false;
};
bool ParseListen(const std::string& text, ListenAddress& out);

}  // namespace tinhso::app
