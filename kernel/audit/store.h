// The audit log's only SQL.
#pragma once
#include <functional>
#include <string>
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
};
struct LeafRow {
  int64_t leaf_index = 0, audit_id = 0;
  std::string leaf_hash;
};
struct TreeRow {
  int64_t tree_size = 0;
  std::string root_hash, frontier;
};
// A leaf (sealed or staged) beside its event; `event.kind` is "" when the event is gone.
struct LeafWithEvent {
  LeafRow leaf;
  EventRow event;
};

Status InsertEvent(db::Tx& tx, const EventRow& event, const std::string& leaf_hash);
// Authorities with staged leaves.
Result<std::vector<int64_t>> StagedAuthorities(db::Tx& tx);
// The tree's head, locked until the transaction ends; made when missing.
Result<TreeRow> LockTree(db::Tx& tx, int64_t authority_id, TimeUs now_us);
// Moves up to `count` staged leaves behind leaf `first_index` - 1; the moved ones by index.
Result<std::vector<LeafRow>> MoveStaged(db::Tx& tx, int64_t authority_id, int64_t first_index, int64_t count);
Status SaveTree(db::Tx& tx, int64_t authority_id, const TreeRow& tree, TimeUs now_us);

// For Check.
Result<std::vector<int64_t>> Authorities(db::Tx& tx);
Result<TreeRow> Tree(db::Tx& tx, int64_t authority_id);
Result<std::vector<std::pair<int64_t, std::string>>> Checkpoints(db::Tx& tx, int64_t authority_id);
Status EachSealed(db::Tx& tx, int64_t authority_id, const std::function<void(const LeafWithEvent&)>& fn);
Status EachStaged(db::Tx& tx, int64_t authority_id, const std::function<void(const LeafWithEvent&)>& fn);
Result<int64_t> CountEventsWithoutLeaf(db::Tx& tx, int64_t authority_id);

}  // namespace tinhso::audit::store
