#include "store.h"

#include <algorithm>

namespace tinhso::audit::store {
namespace {

constexpr db::Sql kInsertEvent = R"sql(
  INSERT INTO audit_event (authority_id, audit_id, kind, subject_kind, subject_id, account_id, assignment_id, person_id,
    at_us, data, salt)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11))sql";
constexpr db::Sql kInsertStage = "INSERT INTO audit_stage (authority_id, audit_id, leaf_hash) VALUES ($1, $2, $3)";

constexpr db::Sql kStagedAuthorities = "SELECT DISTINCT authority_id FROM audit_stage ORDER BY authority_id";
constexpr db::Sql kMakeTree = R"sql(
  INSERT INTO audit_tree (authority_id, tree_size, root_hash, frontier, sealed_at_us) VALUES ($1, 0, '', '', $2)
  ON CONFLICT (authority_id) DO NOTHING)sql";
// An UPDATE that changes nothing takes the row's lock on PostgreSQL: one sealer per authority.
constexpr db::Sql kLockTree = R"sql(
  UPDATE audit_tree SET tree_size = tree_size WHERE authority_id = $1 RETURNING tree_size, root_hash, frontier)sql";
constexpr db::Sql kMoveStaged = R"sql(
  INSERT INTO audit_leaf (authority_id, leaf_index, audit_id, leaf_hash)
  SELECT s.authority_id, $2 + ROW_NUMBER() OVER (ORDER BY s.audit_id) - 1, s.audit_id, s.leaf_hash
  FROM (SELECT authority_id, audit_id, leaf_hash FROM audit_stage WHERE authority_id = $1
        ORDER BY audit_id LIMIT $3) AS s
  RETURNING leaf_index, audit_id, leaf_hash)sql";
// Those that were moved and no others: a leaf with a lower audit_id may be committed between two statements.
constexpr db::Sql kDropMoved = R"sql(
  DELETE FROM audit_stage WHERE authority_id = $1 AND audit_id IN (
    SELECT audit_id FROM audit_leaf WHERE authority_id = $1 AND leaf_index >= $2))sql";
constexpr db::Sql kSaveTree = R"sql(
  UPDATE audit_tree SET tree_size = $2, root_hash = $3, frontier = $4, sealed_at_us = $5 WHERE authority_id = $1)sql";
constexpr db::Sql kInsertCheckpoint = R"sql(
  INSERT INTO audit_checkpoint (authority_id, tree_size, root_hash, sealed_at_us) VALUES ($1, $2, $3, $4))sql";

constexpr db::Sql kAuthorities = R"sql(
  SELECT authority_id FROM audit_event UNION SELECT authority_id FROM audit_leaf
  UNION SELECT authority_id FROM audit_tree UNION SELECT authority_id FROM audit_stage ORDER BY authority_id)sql";
constexpr db::Sql kTree = "SELECT tree_size, root_hash, frontier FROM audit_tree WHERE authority_id = $1";
constexpr db::Sql kCheckpoints =
    "SELECT tree_size, root_hash FROM audit_checkpoint WHERE authority_id = $1 ORDER BY tree_size";
constexpr db::Sql kSealedWithEvents = R"sql(
  SELECT l.leaf_index, l.audit_id, l.leaf_hash, e.kind, e.subject_kind, e.subject_id, e.account_id, e.assignment_id,
    e.person_id, e.at_us, e.data, e.salt
  FROM audit_leaf AS l LEFT JOIN audit_event AS e ON e.authority_id = l.authority_id AND e.audit_id = l.audit_id
  WHERE l.authority_id = $1 ORDER BY l.leaf_index)sql";
constexpr db::Sql kStagedWithEvents = R"sql(
  SELECT 0, s.audit_id, s.leaf_hash, e.kind, e.subject_kind, e.subject_id, e.account_id, e.assignment_id,
    e.person_id, e.at_us, e.data, e.salt
  FROM audit_stage AS s LEFT JOIN audit_event AS e ON e.authority_id = s.authority_id AND e.audit_id = s.audit_id
  WHERE s.authority_id = $1 ORDER BY s.audit_id)sql";
constexpr db::Sql kCountEventsWithoutLeaf = R"sql(
  SELECT COUNT(*) FROM audit_event AS e WHERE e.authority_id = $1
    AND NOT EXISTS (SELECT 1 FROM audit_leaf AS l WHERE l.authority_id = e.authority_id AND l.audit_id = e.audit_id)
    AND NOT EXISTS (SELECT 1 FROM audit_stage AS s WHERE s.authority_id = e.authority_id AND s.audit_id = e.audit_id))sql";

LeafWithEvent ReadLeafWithEvent(int64_t authority_id, const db::Row& row) {
  LeafWithEvent out;
  out.leaf = {row.Int(0), row.Int(1), row.Text(2)};
  out.event = {authority_id, row.Int(1), row.Text(3), row.Text(4), row.Int(5),   row.Int(6),
               row.Int(7),   row.Int(8), row.Int(9),  row.Text(10), row.Text(11)};
  return out;
}

Result<std::vector<int64_t>> FirstColumn(db::Tx& tx, const db::Sql& sql) {
  TINHSO_ASSIGN(auto rows, tx.Query(sql, {}));
  std::vector<int64_t> out;
  for (const auto& row : rows) out.push_back(row.Int(0));
  return out;
}

}  // namespace

Status InsertEvent(db::Tx& tx, const EventRow& e, const std::string& leaf_hash) {
  TINHSO_TRY(tx.Execute(kInsertEvent, {e.authority_id, e.audit_id, e.kind, e.subject_kind, e.subject_id, e.account_id,
                                       e.assignment_id, e.person_id, e.at_us, e.data, e.salt}));
  TINHSO_TRY(tx.Execute(kInsertStage, {e.authority_id, e.audit_id, leaf_hash}));
  return Ok();
}

Result<std::vector<int64_t>> StagedAuthorities(db::Tx& tx) { return FirstColumn(tx, kStagedAuthorities); }

Result<TreeRow> LockTree(db::Tx& tx, int64_t authority_id, TimeUs now_us) {
  TINHSO_TRY(tx.Execute(kMakeTree, {authority_id, now_us}));
  TINHSO_ASSIGN(auto row, tx.QueryOne(kLockTree, {authority_id}));
  if (!row) return MakeError(ErrorCode::kInternal, "db_error", "the audit tree's row is missing");
  return TreeRow{row->Int(0), row->Text(1), row->Text(2)};
}

Result<std::vector<LeafRow>> MoveStaged(db::Tx& tx, int64_t authority_id, int64_t first_index, int64_t count) {
  TINHSO_ASSIGN(auto rows, tx.Query(kMoveStaged, {authority_id, first_index, count}));
  if (rows.empty()) return std::vector<LeafRow>();
  TINHSO_TRY(tx.Execute(kDropMoved, {authority_id, first_index}));
  std::vector<LeafRow> out;
  for (const auto& row : rows) out.push_back({row.Int(0), row.Int(1), row.Text(2)});
  std::sort(out.begin(), out.end(), [](const LeafRow& a, const LeafRow& b) { return a.leaf_index < b.leaf_index; });
  return out;
}

Status SaveTree(db::Tx& tx, int64_t authority_id, const TreeRow& tree, TimeUs now_us) {
  TINHSO_TRY(tx.Execute(kSaveTree, {authority_id, tree.tree_size, tree.root_hash, tree.frontier, now_us}));
  TINHSO_TRY(tx.Execute(kInsertCheckpoint, {authority_id, tree.tree_size, tree.root_hash, now_us}));
  return Ok();
}

Result<std::vector<int64_t>> Authorities(db::Tx& tx) { return FirstColumn(tx, kAuthorities); }

Result<TreeRow> Tree(db::Tx& tx, int64_t authority_id) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kTree, {authority_id}));
  if (!row) return TreeRow{};
  return TreeRow{row->Int(0), row->Text(1), row->Text(2)};
}

Result<std::vector<std::pair<int64_t, std::string>>> Checkpoints(db::Tx& tx, int64_t authority_id) {
  TINHSO_ASSIGN(auto rows, tx.Query(kCheckpoints, {authority_id}));
  std::vector<std::pair<int64_t, std::string>> out;
  for (const auto& row : rows) out.emplace_back(row.Int(0), row.Text(1));
  return out;
}

Status EachSealed(db::Tx& tx, int64_t authority_id, const std::function<void(const LeafWithEvent&)>& fn) {
  return tx.ForEach(kSealedWithEvents, {authority_id}, [&](const db::Row& row) {
    fn(ReadLeafWithEvent(authority_id, row));
    return true;
  });
}

Status EachStaged(db::Tx& tx, int64_t authority_id, const std::function<void(const LeafWithEvent&)>& fn) {
  return tx.ForEach(kStagedWithEvents, {authority_id}, [&](const db::Row& row) {
    fn(ReadLeafWithEvent(authority_id, row));
    return true;
  });
}

Result<int64_t> CountEventsWithoutLeaf(db::Tx& tx, int64_t authority_id) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kCountEventsWithoutLeaf, {authority_id}));
  return row->Int(0);
}

}  // namespace tinhso::audit::store
