#include "store.h"

namespace tinhso::audit::store {
namespace {

constexpr db::Sql kEntriesWithEvents = R"sql(
  SELECT l.leaf_index, l.event_authority_id, l.audit_id, l.entry_hash, e.kind, e.subject_kind, e.subject_id, e.account_id,
    e.assignment_id, e.person_id, e.at_us, e.data, e.salt, e.erased_by
  FROM audit_entry AS l LEFT JOIN audit_event AS e ON e.authority_id = l.event_authority_id AND e.audit_id = l.audit_id
  WHERE l.authority_id = 0 AND l.leaf_index >= $1 AND l.leaf_index < $2 ORDER BY l.leaf_index)sql";
constexpr db::Sql kStagedWithEvents = R"sql(
  SELECT 0, s.authority_id, s.audit_id, s.entry_hash, e.kind, e.subject_kind, e.subject_id, e.account_id,
    e.assignment_id, e.person_id, e.at_us, e.data, e.salt, e.erased_by
  FROM audit_stage AS s LEFT JOIN audit_event AS e ON e.authority_id = s.authority_id AND e.audit_id = s.audit_id
  ORDER BY s.authority_id, s.audit_id)sql";
constexpr db::Sql kLastLeaf = "SELECT MAX(leaf_index) FROM audit_entry WHERE authority_id = 0";
constexpr db::Sql kEachNode = R"sql(
  SELECT node_index, node_hash FROM audit_node
  WHERE authority_id = 0 AND level = $1 AND node_index >= $2 AND node_index < $3)sql";
constexpr db::Sql kCountNodes = "SELECT COUNT(*) FROM audit_node WHERE authority_id = 0";
constexpr db::Sql kEachCheckpoint = R"sql(
  SELECT tree_size, root_hash, note, signed_at_us FROM audit_checkpoint
  WHERE authority_id = 0 AND tree_size > $1 AND tree_size <= $2 ORDER BY tree_size)sql";
constexpr db::Sql kEachSeen = R"sql(
  SELECT s.person_id, s.audit_id, l.leaf_index, e.erased_by, e.salt, e.data
  FROM audit_seen AS s
  LEFT JOIN audit_entry AS l ON l.authority_id = 0 AND l.audit_id = s.audit_id
  LEFT JOIN audit_event AS e ON e.authority_id = s.authority_id AND e.audit_id = s.audit_id
  WHERE s.person_id > $1 OR (s.person_id = $1 AND s.audit_id > $2)
  ORDER BY s.person_id, s.audit_id LIMIT $3)sql";
constexpr db::Sql kCountEvents = "SELECT COUNT(*) FROM audit_event";

constexpr db::Sql kFindCheckState = "SELECT version, state FROM audit_check WHERE authority_id = 0";
constexpr db::Sql kMakeCheckState = R"sql(
  INSERT INTO audit_check (authority_id, version, state) VALUES (0, 1, $1) ON CONFLICT (authority_id) DO NOTHING)sql";
constexpr db::Sql kSaveCheckState =
    "UPDATE audit_check SET version = version + 1, state = $2 WHERE authority_id = 0 AND version = $1";

constexpr db::Sql kRotations = R"sql(
  SELECT r.tree_size, r.old_key, r.new_key, r.rotated_at_us, c.note FROM audit_rotation AS r
  LEFT JOIN audit_checkpoint AS c ON c.authority_id = r.authority_id AND c.tree_size = r.tree_size
  WHERE r.authority_id = 0 ORDER BY r.tree_size)sql";
constexpr db::Sql kInsertRotation = R"sql(
  INSERT INTO audit_rotation (authority_id, tree_size, old_key, new_key, rotated_at_us) VALUES (0, $1, $2, $3, $4))sql";
constexpr db::Sql kReplaceVerifierKey =
    "UPDATE audit_log SET verifier_key = $2 WHERE authority_id = 0 AND verifier_key = $1";

Status EachWithEvent(db::Tx& tx, const db::Sql& sql, db::Params params,
                     const std::function<void(const EntryWithEvent&)>& fn) {
  return tx.ForEach(sql, params, [&](const db::Row& row) {
    EventRow e;
    e.authority_id = row.Int(1);
    e.audit_id = row.Int(2);
    e.kind = row.Text(4);
    e.subject_kind = row.Text(5);
    e.subject_id = row.Int(6);
    e.account_id = row.Int(7);
    e.assignment_id = row.Int(8);
    e.person_id = row.Int(9);
    e.at_us = row.Int(10);
    e.data = row.Text(11);
    e.salt = row.Text(12);
    e.erased_by = row.Int(13);
    fn({{row.Int(0), row.Int(1), row.Int(2), row.Text(3)}, std::move(e)});
    return true;
  });
}

Result<int64_t> Number(db::Tx& tx, const db::Sql& sql, int64_t absent) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(sql, {}));
  return row && !row->IsNull(0) ? row->Int(0) : absent;
}

}  // namespace

Status EachEntry(db::Tx& tx, int64_t from_index, int64_t to_index, const std::function<void(const EntryWithEvent&)>& fn) {
  return EachWithEvent(tx, kEntriesWithEvents, {from_index, to_index}, fn);
}

Status EachStaged(db::Tx& tx, const std::function<void(const EntryWithEvent&)>& fn) {
  return EachWithEvent(tx, kStagedWithEvents, {}, fn);
}

Result<int64_t> EntriesEnd(db::Tx& tx) {
  TINHSO_ASSIGN(const int64_t last, Number(tx, kLastLeaf, -1));
  return last + 1;
}

Status EachNode(db::Tx& tx, NodeKey from, int64_t count, const std::function<void(int64_t, const std::string&)>& fn) {
  return tx.ForEach(kEachNode, {from.level, from.node_index, from.node_index + count}, [&](const db::Row& row) {
    fn(row.Int(0), row.Text(1));
    return true;
  });
}

Result<int64_t> CountNodes(db::Tx& tx) { return Number(tx, kCountNodes, 0); }
Result<int64_t> CountEvents(db::Tx& tx) { return Number(tx, kCountEvents, 0); }

Status EachCheckpoint(db::Tx& tx, int64_t above, int64_t up_to, const std::function<void(const CheckpointRow&)>& fn) {
  return tx.ForEach(kEachCheckpoint, {above, up_to}, [&](const db::Row& row) {
    fn({row.Int(0), row.Text(1), row.Text(2), row.Int(3)});
    return true;
  });
}

Status EachSeen(db::Tx& tx, const SeenKey& after, int64_t count, const std::function<void(const SeenWithEvent&)>& fn) {
  return tx.ForEach(kEachSeen, {after.person_id, after.audit_id, count}, [&](const db::Row& row) {
    fn({{row.Int(0), row.Int(1)}, row.IsNull(2) ? -1 : row.Int(2), row.Int(3), row.Text(4), row.Text(5)});
    return true;
  });
}

Result<CheckStateRow> FindCheckState(db::Tx& tx) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kFindCheckState, {}));
  return row ? CheckStateRow{row->Int(0), row->Text(1)} : CheckStateRow{};
}

Result<bool> SaveCheckState(db::Tx& tx, const CheckStateRow& row) {
  if (row.version == 0) {
    TINHSO_ASSIGN(const int64_t made, tx.Execute(kMakeCheckState, {row.state}));
    return made == 1;
  }
  TINHSO_ASSIGN(const int64_t changed, tx.Execute(kSaveCheckState, {row.version, row.state}));
  return changed == 1;
}

Result<std::vector<RotationRow>> Rotations(db::Tx& tx) {
  TINHSO_ASSIGN(auto rows, tx.Query(kRotations, {}));
  std::vector<RotationRow> out;
  for (const auto& row : rows) out.push_back({row.Int(0), row.Text(1), row.Text(2), row.Int(3), row.Text(4)});
  return out;
}

Status InsertRotation(db::Tx& tx, const RotationRow& r) {
  TINHSO_TRY(tx.Execute(kInsertRotation, {r.tree_size, r.old_key, r.new_key, r.rotated_at_us}));
  return Ok();
}

Result<bool> ReplaceVerifierKey(db::Tx& tx, const std::string& old_key, const std::string& new_key) {
  TINHSO_ASSIGN(const int64_t changed, tx.Execute(kReplaceVerifierKey, {old_key, new_key}));
  return changed == 1;
}

}  // namespace tinhso::audit::store
