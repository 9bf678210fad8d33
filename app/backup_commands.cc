// tinhso backup, verify, restore.
#include <algorithm>
#include <filesystem>
#include <tuple>

#include "app/backup.h"
#include "app/commands.h"
#include "base/text.h"
#include "kernel/audit/audit.h"
#include "kernel/db/cluster.h"
#include "kernel/identity/identity.h"
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

// Whether the keys that the database alone is of no use without are in the copy.
void SayKeys(const Backup& backup, const Config& config) {
  for (const auto& [name, set, vi, en] :
       {std::tuple{"audit.key", config.audit.key_file, "khóa ký nhật ký kiểm toán", "the audit log's key"},
        std::tuple{"secrets.key", config.sign_in.secret_key_file, "khóa niêm phong bí mật", "the key that seals secrets"}}) {
    const bool inside = std::any_of(backup.folder.begin(), backup.folder.end(), [&, n = name](const auto& part) { return part.name == n; });
    Say(std::string("  ") + vi + " / " + en + ": " +
        (inside ? "CÓ trong bản sao / IN the copy"
                : "KHÔNG có, phải sao riêng / NOT in it, keep a copy apart" + (set.empty() ? std::string() : ": " + set)));
  }
}

// Into the audit log of the database itself. Not through the platform: a backup must not migrate what an older server still uses. A
// copy that is made stays made: what cannot be recorded is said.
void Record(const Config& config, const char* kind, const Backup& backup) {
  const Clock& clock = SystemClock();
  db::Options options;
  options.sqlite_path = config.paths.data + "/tinhso.db";
  options.postgres_url = config.database.url;
  options.readers = 1;
  const Status recorded = [&]() -> Status {
    TINHSO_ASSIGN(auto database, db::Database::Open(options));
    TINHSO_ASSIGN(auto member, db::Member::Join(*database, clock, -1));
    return database->Write([&](db::Tx& tx) -> Status {
      audit::Event event;
      event.kind = kind;
      event.subject_kind = "backup";
      event.at_us = clock.NowUs();
      event.data = {{"name", std::filesystem::path(backup.dir).filename().string()}, {"files", backup.files}};
      if (!backup.audit_heads.empty()) event.data["tree_size"] = backup.audit_heads[0].tree_size;
      return audit::Stage(tx, event);
    });
  }();
  if (!recorded.ok())
    Complain("Chưa ghi được vào nhật ký kiểm toán / Not recorded in the audit log: " + recorded.error().reason + " " +
             recorded.error().detail);
}

}  // namespace

int RunSecretsRotateKey(const Config& config, bool lost) {
  db::Options options;
  options.sqlite_path = config.paths.data + "/tinhso.db";
  options.postgres_url = config.database.url;
  const std::string file = config.sign_in.secret_key_file.empty() ? config.paths.data + "/secrets.key" : config.sign_in.secret_key_file;
  auto sealed = [&]() -> Result<int64_t> {
    std::error_code ec;
    if (config.database.url.empty() && !std::filesystem::is_regular_file(options.sqlite_path, ec))
      return MakeError(ErrorCode::kNotFound, "data_dir_empty", config.paths.data);
    TINHSO_ASSIGN(auto database, db::Database::Open(options));
    TINHSO_ASSIGN(auto member, db::Member::Join(*database, SystemClock(), -1));
    return identity::RotateSecretKey(*database, SystemClock(), file, lost);
  }();
  if (!sealed.ok()) return Explain(sealed.error());
  Say("Đã niêm lại / sealed anew: " + text::FormatNumber(*sealed));
  Say("Hãy sao lưu lại tệp khóa / Back up the key file again: " + file);
  return kExitOk;
}

int RunBackup(const Config& config, const std::string& to, int keep) {
  auto backup = MakeBackup(config, to, keep, SystemClock());
  if (!backup.ok()) return Explain(backup.error());
  Say("Đã sao lưu / Backed up: " + backup->dir);
  Describe(*backup);
  Say("  tệp mới chép / files newly copied: " + text::FormatNumber(backup->files_copied));
  SayKeys(*backup, config);
  Say("  LƯU Ý: trong bản sao có dữ liệu cá nhân; hãy mã hóa và cất như cất chìa khóa. / NOTE: the copy holds personal data; encrypt it "
      "and keep it as you keep keys.");
  Record(config, "backup.made", *backup);
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
  Record(config, "backup.restored", *backup);
  Say("Đã phục hồi / Restored: " + config.paths.data);
  Describe(*backup);
  Say("Hãy chạy tiếp / Now run: tinhso check --data " + config.paths.data);
  return kExitOk;
}

}  // namespace tinhso::app
