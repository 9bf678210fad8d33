// The demo province: a data folder made from the packs, with demo accounts and, if asked for, generated
// dossiers.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "app/platform.h"
#include "base/result.h"

namespace tinhso::app {

inline constexpr const char* kDemoPassword = "tinhso-demo";

struct DemoAccount {
  std::string username, full_name, position;  // position "" for citizens
  int64_t desk_authority_id = 0;              // of a one-stop officer, known while the demo is made
};

struct DemoReport {
  bool made = false;  // false: it was there already and is left as it is
  std::vector<DemoAccount> accounts;
  int64_t dossiers = 0;
};

// Tells on standard error how far the demo is: count, rate, time left. On a terminal one line that moves, elsewhere a line
// now and then.
class DemoProgress {
 public:
  explicit DemoProgress(int64_t total);
  ~DemoProgress();
  void Show(int64_t done);

 private:
  const int64_t total_, started_us_;
  int64_t shown_us_ = 0;
  const bool terminal_;
};

// Makes the demo in options.data_dir (in a folder beside it that is renamed when complete, so that a
// broken-off run leaves nothing half made; with PostgreSQL in the folder itself). Errors: kConflict
// "data_dir_not_demo" when the folder holds something else; those of Platform::Open; kInvalid
// "accounts_malformed" (accounts.yaml).
Result<DemoReport> MakeDemo(PlatformOptions options, int64_t dossiers, const Clock& clock,
                            const std::function<void(int64_t done)>& progress);

// Reads a pack's accounts.yaml and creates its accounts, all marked as demo. Idempotent on username.
Result<std::vector<DemoAccount>> CreateAccountsFromYaml(Platform& platform, const std::string& path);

bool IsDemo(const std::string& data_dir);
// What MakeDemo wrote into DIR/demo.json; empty when there is none.
std::vector<DemoAccount> DemoAccountsOf(const std::string& data_dir);

}  // namespace tinhso::app
