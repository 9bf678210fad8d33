// The audit log's only SQL: events, stage and log here (store.cc), witnesses below (store_witness.cc).
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kernel/audit/audit.h"

namespace tinhso::audit::store {

struct EventRow {
  int64_t authority_id = 0, audit_id = 0;
  std::string kind, subject_kind;
  int64_t subject_id = 0, account_id = 0, assignment_id = 0, person_id = 0;
  TimeUs at_us = 0;
  std::string data;  // canonical JSON, exactly as hashed
  std::string salt;  // hex
  int64_t erased_by = 0;
};
struct LogRow {
  std::string verifier_key;
  int64_t tree_size = 0;
  std::string frontier;
  TimeUs verified_at_us = 0;
  std::string verify_report;
};
struct EntryRow {
  int64_t leaf_index = 0, event_authority_id = 0, audit_id = 0;
  std::string entry_hash;  // hex; in the stage also "leaf:" and the leaf's hash, for events staged before migration 2
};
// An entry (sealed or staged) beside its event; `event.kind` is "" when the event is gone.
struct EntryWithEvent {
  EntryRow entry;
  EventRow event;
};
struct CheckpointRow {
  int64_t tree_size = 0;
  std::string root_hash, note;
  TimeUs signed_at_us = 0;
};
struct NodeKey {
  int64_t level = 0, node_index = 0;
};
struct PersonEvent {
  EventRow event;
  bool sealed = false;
};

// --- Events and the stage.
Status InsertEvent(db::Tx& tx, const EventRow& event, const std::string& entry_hash, const std::string& people);
Result<std::optional<EventRow>> FindEvent(db::Tx& tx, int64_t authority_id, int64_t audit_id);
// Events about a person by other accounts than `own_account_id`, newest first, before `before_audit_id`: those of which
// the person is the subject, and those that showed many.
Result<std::vector<PersonEvent>> EventsAbout(db::Tx& tx, int64_t person_id, int64_t own_account_id,
                                             int64_t before_audit_id, int64_t limit);
Result<bool> IsStaged(db::Tx& tx, int64_t audit_id);
Result<bool> IsSeenBy(db::Tx& tx, int64_t person_id, int64_t audit_id);
// Sealed events of which the person is the subject, or that the account did; not erased yet.
Result<std::vector<std::pair<int64_t, int64_t>>> EventsToErase(db::Tx& tx, int64_t person_id, int64_t account_id);
Result<bool> EraseEvent(db::Tx& tx, int64_t authority_id, int64_t audit_id, int64_t account_id, int64_t erased_by);
Result<int64_t> DeleteSeen(db::Tx& tx, int64_t person_id);

// --- Sealing.
// The first authority above `after` with staged events.
Result<std::optional<int64_t>> NextStagedAuthority(db::Tx& tx, int64_t after);
// The log's head, locked until the transaction ends; made when missing.
Result<LogRow> LockLog(db::Tx& tx);
Result<std::optional<LogRow>> FindLog(db::Tx& tx);
// Moves up to `count` staged entries of the authority behind leaf `first_index` - 1; the moved ones by index. Fills
// audit_seen from those that showed many people.
Result<std::vector<EntryRow>> MoveStaged(db::Tx& tx, int64_t authority_id, int64_t first_index, int64_t count);
Status SetEntryHash(db::Tx& tx, int64_t leaf_index, const std::string& entry_hash);
Status InsertNode(db::Tx& tx, NodeKey key, const std::string& node_hash);
Status SaveHead(db::Tx& tx, int64_t tree_size, const std::string& frontier, TimeUs now_us);
Status SetVerifierKey(db::Tx& tx, const std::string& verifier_key);
Status SaveVerification(db::Tx& tx, TimeUs at_us, const std::string& report);
Status InsertCheckpoint(db::Tx& tx, const CheckpointRow& checkpoint);

// --- Reading the log.
Result<std::optional<CheckpointRow>> LatestCheckpoint(db::Tx& tx);
Result<std::optional<CheckpointRow>> CheckpointAt(db::Tx& tx, int64_t tree_size);
Result<std::optional<EntryRow>> FindEntry(db::Tx& tx, int64_t audit_id);
// In order; fewer than `count` when the log ends before.
Result<std::vector<std::string>> EntryHashes(db::Tx& tx, int64_t from_index, int64_t count);
Result<std::vector<std::string>> NodeHashes(db::Tx& tx, NodeKey from, int64_t count);
struct Counts {
  int64_t staged = 0, checkpoints = 0;
};
Result<Counts> CountLog(db::Tx& tx);

// --- For Check (store_check.cc).
Status EachEntry(db::Tx& tx, int64_t from_index, int64_t to_index, const std::function<void(const EntryWithEvent&)>& fn);
Result<int64_t> EntriesEnd(db::Tx& tx);  // the index behind the last entry there is
Status EachStaged(db::Tx& tx, const std::function<void(const EntryWithEvent&)>& fn);
Status EachNode(db::Tx& tx, NodeKey from, int64_t count, const std::function<void(int64_t node_index, const std::string&)>& fn);
Result<int64_t> CountNodes(db::Tx& tx);
Result<int64_t> CountEvents(db::Tx& tx);
Status EachCheckpoint(db::Tx& tx, int64_t above, int64_t up_to, const std::function<void(const CheckpointRow&)>& fn);
struct SeenKey {
  int64_t person_id = 0, audit_id = 0;
};
struct SeenWithEvent {
  SeenKey key;
  int64_t leaf_index = -1;  // -1: its event is in no leaf
  int64_t erased_by = 0;
  std::string salt, data;
};
Status EachSeen(db::Tx& tx, const SeenKey& after, int64_t count, const std::function<void(const SeenWithEvent&)>& fn);
struct CheckStateRow {
  int64_t version = 0;  // 0 = none yet
  std::string state;
};
Result<CheckStateRow> FindCheckState(db::Tx& tx);
Result<bool> SaveCheckState(db::Tx& tx, const CheckStateRow& row);  // false when somebody else has saved since

// --- Changes of the key (store_check.cc).
struct RotationRow {
  int64_t tree_size = 0;
  std::string old_key, new_key;
  TimeUs rotated_at_us = 0;
  std::string note;  // of the checkpoint at tree_size
};
Result<std::vector<RotationRow>> Rotations(db::Tx& tx);  // oldest first
Status InsertRotation(db::Tx& tx, const RotationRow& rotation);
Result<bool> ReplaceVerifierKey(db::Tx& tx, const std::string& old_key, const std::string& new_key);

// --- Witnesses.
struct WitnessRow {
  std::string key_id, verifier_key, url;
  int64_t seen_size = 0;
  TimeUs seen_at_us = 0;
  std::string state, state_detail;
  TimeUs state_at_us = 0;
};
struct CosignatureRow {
  int64_t tree_size = 0;
  std::string key_id, line;
};
struct WatchedRow {
  std::string key_id, origin, verifier_key;
  int64_t tree_size = 0;
  std::string note;
  TimeUs seen_at_us = 0;
  std::string alarm, alarm_note;
  TimeUs alarm_at_us = 0;
};
Result<std::vector<WitnessRow>> Witnesses(db::Tx& tx);
Result<bool> InsertWitness(db::Tx& tx, const WitnessRow& witness);  // false when the key is there already
Result<bool> DeleteWitness(db::Tx& tx, const std::string& key_id);
Status SaveWitness(db::Tx& tx, const WitnessRow& witness);
Status InsertCosignature(db::Tx& tx, const CosignatureRow& cosignature);
Result<std::vector<CosignatureRow>> CosignaturesAt(db::Tx& tx, int64_t tree_size);
Status EachCosignature(db::Tx& tx, const std::function<void(const CosignatureRow&, const std::string& note)>& fn);
Result<std::vector<WatchedRow>> Watched(db::Tx& tx);
Result<std::optional<WatchedRow>> FindWatched(db::Tx& tx, const std::string& origin);
Result<bool> InsertWatched(db::Tx& tx, const WatchedRow& watched);  // false when the origin or key is there already
Result<bool> DeleteWatched(db::Tx& tx, const std::string& key_id);
// To its size and key. False when somebody else has moved it on from `old_size`.
Result<bool> AdvanceWatched(db::Tx& tx, const WatchedRow& watched, const std::string& old_key_id, int64_t old_size);
Status SaveAlarm(db::Tx& tx, const WatchedRow& watched);

}  // namespace tinhso::audit::store
