// tinhso backup, verify, restore.
#include <algorithm>
#include <filesystem>
#include <optional>
#include <tuple>

#include "app/backup.h"
#include "app/commands.h"
#include "backup_format.h"
#include "backup_stream.h"
#include "base/text.h"
#include "kernel/audit/audit.h"
#include "kernel/db/cluster.h"
#include "kernel/identity/identity.h"
#include "words.h"

namespace tinhso::app {
namespace {

std::string MegabytesOf(int64_t bytes) { return text::FormatNumber((bytes + 999'999) / 1'000'000) + " MB"; }

void Describe(const Backup& backup, void (*say)(const std::string&) = Say) {
  int64_t bytes = 0;
  for (const db::SnapshotPart& part : backup.database) bytes += part.bytes;
  say("  " + backup.engine + ", tinhso " + backup.version + ", " + FormatTime(backup.started_at_us));
  say("  cơ sở dữ liệu / database: " + MegabytesOf(bytes) +
      "; tệp / files: " + text::FormatNumber(backup.files) + ", " + MegabytesOf(backup.files_bytes));
  for (const AuditHead& head : backup.audit_heads)
    say("  gốc nhật ký kiểm toán / audit root: " + std::to_string(head.tree_size) + " " + head.root_hash);
}

// Whether the keys that the database alone is of no use without are in the copy.
void SayKeys(const Backup& backup, const Config& config, void (*say)(const std::string&)) {
  for (const auto& [name, set, vi, en] :
       {std::tuple{"audit.key", config.audit.key_file, "khóa ký nhật ký kiểm toán", "the audit log's key"},
        std::tuple{"secrets.key", config.sign_in.secret_key_file, "khóa niêm phong bí mật", "the key that seals secrets"}}) {
    const bool inside = std::any_of(backup.folder.begin(), backup.folder.end(), [&, n = name](const auto& part) { return part.name == n; });
    say(std::string("  ") + vi + " / " + en + ": " +
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
      event.data = {{"name", BackupNameOf(backup.started_at_us)}, {"files", backup.files}};
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
  const bool piped = to == "-";
  // What goes through the pipe is the backup alone; words go beside it.
  const auto say = piped ? Complain : Say;
  auto scratch = piped ? ScratchFolder::Make(config.paths.data + "/tmp") : Result<ScratchFolder>(ErrorCode::kInternal, "");
  if (piped && !scratch.ok()) return Explain(scratch.error());
  auto backup = MakeBackup(config, piped ? scratch->path() : to, piped ? 0 : keep, SystemClock());
  if (!backup.ok()) return Explain(backup.error());
  if (piped) {
    if (auto sent = SendFolder(scratch->path()); !sent.ok()) return Explain(sent.error());
    backup->dir = "-";
  }
  Remember(config.paths.data, *backup);
  say("Đã sao lưu / Backed up: " + backup->dir);
  Describe(*backup, say);
  say("  tệp mới chép / files newly copied: " + text::FormatNumber(backup->files_copied));
  SayKeys(*backup, config, say);
  say("  LƯU Ý: trong bản sao có dữ liệu cá nhân; hãy mã hóa và cất như cất chìa khóa. / NOTE: the copy holds personal data; encrypt it "
      "and keep it as you keep keys.");
  Record(config, "backup.made", *backup);
  return kExitOk;
}

namespace {

// The backup at a place, or the one that comes through a pipe, unpacked where the returned folder keeps it.
struct Given {
  std::optional<ScratchFolder> scratch;
  Backup backup;
};
Result<Given> Open(const std::string& path) {
  Given out;
  if (path == "-") {
    TINHSO_ASSIGN(ScratchFolder scratch, ScratchFolder::Make(std::filesystem::temp_directory_path().string()));
    TINHSO_TRY(ReceiveFolder(scratch.path()));
    out.scratch.emplace(std::move(scratch));
  }
  TINHSO_ASSIGN(out.backup, ReadBackup(out.scratch ? out.scratch->path() : path));
  return out;
}

}  // namespace

int RunVerify(const std::string& path) {
  auto given = Open(path);
  if (!given.ok()) {
    Explain(given.error());
    return kExitProblems;
  }
  const Backup& backup = given->backup;
  Say(path == "-" ? std::filesystem::path(backup.dir).filename().string() : backup.dir);
  Describe(backup);
  std::vector<std::string> problems = VerifyBackup(backup);
  for (const std::string& problem : problems) Say("  " + problem);
  Say(problems.empty() ? "Bản sao lưu tốt / The backup is sound"
                       : "Bản sao lưu hỏng / The backup is damaged: " + std::to_string(problems.size()));
  return problems.empty() ? kExitOk : kExitProblems;
}

int RunRestore(const Config& config, const std::string& path, bool replace) {
  auto given = Open(path);
  if (!given.ok()) return Explain(given.error());
  const Backup& backup = given->backup;
  Complain("Đang kiểm tra và phục hồi… / Verifying and restoring… " + backup.dir);
  if (auto done = RestoreBackup(backup, config, replace, SystemClock()); !done.ok()) return Explain(done.error());
  Record(config, "backup.restored", backup);
  Say("Đã phục hồi / Restored: " + config.paths.data);
  Describe(backup);
  Say("Hãy chạy tiếp / Now run: tinhso check --data " + config.paths.data);
  return kExitOk;
}

}  // namespace tinhso::app
