// What every measurement needs: a server of its own, accounts, and a body that can be filed.
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "load.h"

namespace tinhso::bench {

struct Options {
  std::string program, work_dir, database_url;
  int port = 18'731;
};

[[noreturn]] void Fail(const std::string& why);
// Runs a program with its output in `log`; returns at once.
pid_t Spawn(const std::vector<std::string>& words, const std::string& log);
int Wait(pid_t pid);

// A running `tinhso serve`; stopped at the end of its life.
class ServerProcess {
 public:
  ServerProcess(const Options& options, const std::string& data);
  ~ServerProcess() { Stop(); }
  void Stop();
  double start_seconds() const { return start_seconds_; }
  // CPU time of the server and, when it works on PostgreSQL, of that cluster's processes.
  double CpuSeconds() const;
  double RssMegabytes() const;      // of the server, now
  double PeakRssMegabytes() const;  // of the server, at most

 private:
  pid_t pid_ = 0, postmaster_ = 0;
  double start_seconds_ = 0;
};

// A signed-in person or officer.
class Account {
 public:
  Account(int port, const std::string& username);
  std::string Raw(const char* method, const std::string& target, const std::string& body = "", const char* type = "") const;
  // The answer's JSON; an empty object unless 2xx.
  json::object Ask(const char* method, const std::string& target, const std::string& body = "",
                   const char* type = "application/json") const;
  const std::string& last() const { return last_; }

 private:
  int port_;
  std::string cookies_, csrf_;
  mutable std::string last_;
};

const json::array& ArrayOf(const json::object& o, std::string_view key);
// A body that the server accepts, taken from a dossier of the demo so that nothing here knows a form. The same one each time.
std::string FindSubmission(const Account& citizen, const Account& officer);
// The raw request that files it once more.
std::string Submission(const Account& citizen, const std::string& body);
// `tinhso demo`; how many seconds it took.
double MakeDemo(const Options& options, const std::string& data, int64_t dossiers);

LoadResult Measure(const Options& options, int connections, double seconds, const std::function<std::string()>& next,
                   const char* what);
double Median(std::vector<double> v);

}  // namespace tinhso::bench
