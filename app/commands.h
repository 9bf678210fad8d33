// What the command line does; cli.cc only reads the words. Each returns the exit code.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "app/config.h"

namespace tinhso::app {

// Exit codes, documented in --help.
inline constexpr int kExitOk = 0;
inline constexpr int kExitProblems = 1;  // check or pack check found problems
inline constexpr int kExitUsage = 2;
inline constexpr int kExitFailed = 3;  // database, files, packs, network
inline constexpr int kExitInUse = 4;   // another server holds the data folder or the port

struct AdminArgs {
  std::string username, full_name, unit_code;
  bool password_from_stdin = false, another = false;
};

int RunAdminCreate(const Config& config, const AdminArgs& args);  // admin.cc
int RunDemo(const Config& config, int64_t dossiers);
int RunServe(const LoadedConfig& loaded);
int RunImportProcedures(const Config& config, const std::vector<std::string>& files);
int RunImportUnits(const Config& config, const std::vector<std::string>& files);
int RunImportBoundaries(const Config& config, const std::vector<std::string>& files, const std::string& on);
int RunCheck(const Config& config);
int RunRecompute(const Config& config);
int RunLedgerCheck(const Config& config);
int RunLedgerImport(const Config& config, const std::string& file, const std::string& account_no);
struct SimulateOptions;
int RunSimulate(const Config& config, const std::string& from, SimulateOptions options);
struct WorkflowMoveArgs {
  std::string workflow;
  int from = 0, to = 0;
  std::vector<std::string> map;  // "old=new"
  bool dry_run = false;
};
int RunWorkflowMove(const Config& config, const WorkflowMoveArgs& args);
int RunSecretsRotateKey(const Config& config, bool lost);
int RunBackup(const Config& config, const std::string& to, int keep);
int RunVerify(const std::string& path);
int RunRestore(const Config& config, const std::string& path, bool replace);
struct MoveArgs {
  std::string to, from;  // postgresql://…; one of them
};
int RunMove(const Config& config, const MoveArgs& args);
int RunDistribute(const Config& config, bool dry_run);
int RunPackCheck(const std::string& dir);
int RunConfigCheck(const LoadedConfig& loaded);
int RunConfigShow(const LoadedConfig& loaded);
int RunConfigExample();
// Says what is wrong with the configuration; kExitUsage.
int RefuseConfig(const LoadedConfig& loaded);
int RunVersion();

// tinhso audit …
int RunAuditKey(const Config& config);
int RunAuditProve(const Config& config, int64_t event_id, const std::string& out_file);
int RunAuditVerify(const std::string& file, const std::string& key, const std::vector<std::string>& witness_keys);
int RunAuditWitness(const Config& config, const std::string& url, const std::string& key);
int RunAuditWatch(const Config& config, const std::string& key);
struct EraseArgs {
  int64_t person_id = 0, account_id = 0;
  std::string basis;
};
int RunAuditRotateKey(const Config& config);
int RunAuditErase(const Config& config, const EraseArgs& args);

}  // namespace tinhso::app
