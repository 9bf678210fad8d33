// tinhso backup, verify, restore.
#include "app/backup.h"
#include "app/commands.h"
#include "base/text.h"
#include "words.h"

namespace tinhso::app {
namespace {

std::string MegabytesOf(int64_t bytes) { return text::FormatNumber((bytes + 999'999) / 1'000'000) + " MB"; }

void Describe(const Backup& backup) {
  int64_t bytes = 0;
  for (const db::SnapshotPart& part : backup.database) bytes += part.bytes;
  Say("  " + backup.engine + ", tinhso " + backup.version + ", " + FormatTime(backup.started_at_us));
  Say("  cơ sở dữ liệu / database: " + MegabytesOf(bytes) +
      "; tệp / files: " + text::FormatNumber(backup.files) + ", " + MegabytesOf(backup.files_bytes));
  for (const AuditHead& head : backup.audit_heads)
    Say("  gốc nhật ký kiểm toán / audit root: " + std::to_string(head.tree_size) + " " + head.root_hash);
}

}  // namespace

int RunBackup(const Config& config, const std::string& to, int keep) {
  auto backup = MakeBackup(config, to, keep, SystemClock());
  if (!backup.ok()) return Explain(backup.error());
  Say("Đã sao lưu / Backed up: " + backup->dir);
  Describe(*backup);
  Say("  tệp mới chép / files newly copied: " + text::FormatNumber(backup->files_copied));
  return kExitOk;
}

int RunVerify(const std::string& path) {
  auto backup = ReadBackup(path);
  if (!backup.ok()) {
    Explain(backup.error());
    return kExitProblems;
  }
  Say(backup->dir);
  Describe(*backup);
  std::vector<std::string> problems = VerifyBackup(*backup);
  for (const std::string& problem : problems) Say("  " + problem);
  Say(problems.empty() ? "Bản sao lưu tốt / The backup is sound"
                       : "Bản sao lưu hỏng / The backup is damaged: " + std::to_string(problems.size()));
  return problems.empty() ? kExitOk : kExitProblems;
}

int RunRestore(const Config& config, const std::string& path, bool replace) {
  auto backup = ReadBackup(path);
  if (!backup.ok()) return Explain(backup.error());
  Complain("Đang kiểm tra và phục hồi… / Verifying and restoring… " + backup->dir);
  if (auto done = RestoreBackup(*backup, config, replace, SystemClock()); !done.ok())
    return Explain(done.error());
  Say("Đã phục hồi / Restored: " + config.paths.data);
  Describe(*backup);
  Say("Hãy chạy tiếp / Now run: tinhso check --data " + config.paths.data);
  return kExitOk;
}

}  // namespace tinhso::app
