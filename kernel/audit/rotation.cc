// Changing the log's key.
#include "base/crypto.h"
#include "impl.h"
#include "keys.h"

namespace tinhso::audit {

Result<std::string> RotateKey(db::Database& database, const Clock& clock, const std::string& key_file) {
  TINHSO_ASSIGN(auto log, database.Read([](db::Tx& tx) { return store::FindLog(tx); }));
  if (!log || log->verifier_key.empty()) return MakeError(ErrorCode::kInternal, "audit_key_missing", key_file);
  const std::string old_key = log->verifier_key;
  TINHSO_ASSIGN(auto keys, ReadKeys(key_file, old_key));
  if (!keys) return MakeError(ErrorCode::kInternal, "audit_key_missing", key_file);
  if (keys->log.Verifier().Text() != old_key) return MakeError(ErrorCode::kInternal, "audit_key_mismatch", key_file);
  const SignerKey next = SignerKey::Generate(keys->log.name, KeyType::kLog);
  const std::string new_key = next.Verifier().Text();
  // In the file before in the database: whichever of the two the database names after a crash, its private half is there.
  TINHSO_TRY(ReplaceKeys(key_file, {keys->log, next, keys->witness}));
  const TimeUs now_us = clock.NowUs();
  TINHSO_TRY(database.Write([&](db::Tx& tx) -> Status {
    Event event;
    event.kind = "audit.key_rotated";
    event.subject_kind = "audit_log";
    event.at_us = now_us;
    event.data = {{"key", new_key}, {"rotated_from", old_key}};
    return Stage(tx, event);
  }));
  // The event stands in the tree that announces the key, which thereby has grown since the last checkpoint.
  TINHSO_TRY(Seal(database, INT64_MAX, now_us));
  TINHSO_TRY(database.Write([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(auto head, store::LockLog(tx));
    TINHSO_ASSIGN(auto taken, store::CheckpointAt(tx, head.tree_size));
    TINHSO_ASSIGN(const bool replaced, store::ReplaceVerifierKey(tx, old_key, new_key));
    if (taken || !replaced) return MakeError(ErrorCode::kConflict, "audit_rotation_busy");
    TINHSO_ASSIGN(auto frontier, Frontier::Parse(head.tree_size, head.frontier));
    const Checkpoint checkpoint{keys->log.name, frontier.size(), frontier.Root(), new_key};
    const std::string text = checkpoint.Text();
    const Note note{text, {Sign(keys->log, text), Sign(next, text)}};
    TINHSO_TRY(store::InsertCheckpoint(tx, {checkpoint.size, crypto::HexEncode(checkpoint.root), note.Serialize(), now_us}));
    return store::InsertRotation(tx, {checkpoint.size, old_key, new_key, now_us, ""});
  }));
  TINHSO_TRY(ReplaceKeys(key_file, {next, keys->witness}));
  return new_key;
}

Result<std::vector<Log::Rotation>> Log::Rotations() {
  TINHSO_ASSIGN(auto rows, impl_->database.Read([](db::Tx& tx) { return store::Rotations(tx); }));
  std::vector<Rotation> out;
  for (const auto& row : rows) out.push_back({row.tree_size, row.old_key, row.new_key, row.rotated_at_us});
  return out;
}

}  // namespace tinhso::audit
