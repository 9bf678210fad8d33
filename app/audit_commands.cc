// tinhso audit …
#include <filesystem>
#include <fstream>
#include <sstream>

#include "app/commands.h"
#include "app/lock.h"
#include "base/text.h"
#include "kernel/audit/log.h"
#include "words.h"

namespace tinhso::app {
namespace {

int Done(const Status& status, const std::string& said) {
  if (!status.ok()) return Explain(status.error());
  Say(said);
  return kExitOk;
}

// What an event's proof says, in words.
void SayEvent(const audit::VerifiedProof& proof) {
  const json::object& e = proof.event;
  const audit::EventKind* kind = audit::FindKind(json::GetText(e, "kind"));
  Say("  sự kiện / event: " + std::to_string(json::GetInt(e, "audit_id")) + " " + json::GetText(e, "kind") +
      (kind ? std::string(" (") + kind->vi + " / " + kind->en + ")" : ""));
  Say("  lúc / at: " + FormatTime(json::GetInt(e, "at_us")));
  Say("  tài khoản, phân công / account, assignment: " + std::to_string(json::GetInt(e, "account_id")) + ", " +
      std::to_string(json::GetInt(e, "assignment_id")));
  Say("  nội dung / data: " + json::GetText(e, "data"));
}

}  // namespace

int RunAuditKey(const Config& config) {
  auto platform = OpenUnchanged(config);
  if (!platform.ok()) return Explain(platform.error());
  const audit::Log& log = (*platform)->audit_log();
  Say("Khóa kiểm tra nhật ký / the log's verifier key:");
  Say("  " + log.verifier_key());
  auto rotations = (*platform)->audit_log().Rotations();
  if (!rotations.ok()) return Explain(rotations.error());
  for (const audit::Log::Rotation& one : *rotations)
    Say("  trước / before " + FormatTime(one.rotated_at_us) + ", đến / up to " + text::FormatNumber(one.tree_size) +
        " bản ghi / entries: " + one.old_key);
  Say("Khóa khi ký chứng cho nơi khác / the key under which this installation co-signs others:");
  Say("  " + log.witness_key());
  return kExitOk;
}

int RunAuditProve(const Config& config, int64_t event_id, const std::string& out_file) {
  auto platform = OpenUnchanged(config);
  if (!platform.ok()) return Explain(platform.error());
  audit::Log& log = (*platform)->audit_log();
  if (auto sealed = log.Seal(INT64_MAX); !sealed.ok()) return Explain(sealed.error());
  auto proof = log.Prove(event_id);
  if (!proof.ok()) return Explain(proof.error());
  const std::string path = out_file.empty() ? std::to_string(event_id) + ".tlog-proof" : out_file;
  std::ofstream file(path, std::ios::binary);
  file << *proof;
  file.close();
  if (!file) {
    Complain("Không ghi được tệp. / The file cannot be written: " + path);
    return kExitFailed;
  }
  Say("Đã ghi chứng minh / proof written: " + path);
  Say("  tinhso audit verify " + path + " --key " + log.verifier_key());
  return kExitOk;
}

int RunAuditVerify(const std::string& file, const std::string& key, const std::vector<std::string>& witness_keys) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream bytes;
  bytes << in.rdbuf();
  if (!in) {
    Complain("Không đọc được tệp. / The file cannot be read: " + file);
    return kExitFailed;
  }
  auto proof = audit::VerifyProof(bytes.str(), key, witness_keys);
  if (!proof.ok()) {
    Explain(proof.error());
    return kExitProblems;
  }
  const bool all = proof->witnesses.size() == witness_keys.size();
  Say(std::string(all ? "Đúng" : "THIẾU nhân chứng") + " / " + (all ? "Verified" : "a witness is MISSING") + ": " + proof->origin +
      ", lá / leaf " + text::FormatNumber(proof->leaf_index) + " trong / of " + text::FormatNumber(proof->tree_size));
  for (const std::string& witness : proof->witnesses) Say("  nhân chứng / witness: " + witness);
  SayEvent(*proof);
  return all ? kExitOk : kExitProblems;
}

int RunAuditWitness(const Config& config, const std::string& url, const std::string& key) {
  auto platform = OpenUnchanged(config);
  if (!platform.ok()) return Explain(platform.error());
  audit::Log& log = (*platform)->audit_log();
  return Done(log.AddWitness(key, url, nullptr),
              "Đã thêm nhân chứng; bên ấy cần chạy / added; the other side needs: tinhso audit watch '" + log.verifier_key() + "'");
}

int RunAuditWatch(const Config& config, const std::string& key) {
  auto platform = OpenUnchanged(config);
  if (!platform.ok()) return Explain(platform.error());
  audit::Log& log = (*platform)->audit_log();
  return Done(log.AddWatched(key, nullptr),
              "Đã nhận ký chứng; bên ấy cần chạy / accepted; the other side needs: tinhso audit witness URL '" +
                  log.witness_key() + "'");
}

int RunAuditRotateKey(const Config& config) {
  std::unique_ptr<DataLock> lock;
  if (config.database.url.empty()) {
    auto taken = DataLock::Take(config.paths.data);
    if (!taken.ok()) return Explain(taken.error());
    lock = std::move(taken).value();
  }
  auto platform = OpenUnchanged(config);
  if (!platform.ok()) return Explain(platform.error());
  const std::string file = config.audit.key_file.empty() ? config.paths.data + "/audit.key" : config.audit.key_file;
  auto key = audit::RotateKey((*platform)->database(), SystemClock(), file);
  if (!key.ok()) return Explain(key.error());
  Say("Khóa mới của nhật ký / the log's new key:");
  Say("  " + *key);
  Say("Khóa cũ đã ký thông báo đổi khóa, nhân chứng tự theo. Hãy trao khóa mới cho những người kiểm tra và sao lưu lại tệp / The old "
      "key has signed the change, witnesses follow by themselves. Give the new key to those who verify, and back up again: " + file);
  return kExitOk;
}

int RunAuditErase(const Config& config, const EraseArgs& args) {
  auto platform = OpenUnchanged(config);
  if (!platform.ok()) return Explain(platform.error());
  auto erased = audit::Erase((*platform)->database(), {args.person_id, args.account_id, args.basis}, SystemClock().NowUs());
  if (!erased.ok()) return Explain(erased.error());
  Say("Đã xóa nội dung / erased: " + text::FormatNumber(erased->events) + " sự kiện / events, " +
      text::FormatNumber(erased->lists) + " danh sách / lists");
  return kExitOk;
}

}  // namespace tinhso::app
