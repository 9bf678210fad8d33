#include "store.h"

#include <algorithm>

#include "base/text.h"

namespace tinhso::audit::store {
namespace {

// The log's own rows belong to the installation.
constexpr int64_t kLogAuthority = 0;

constexpr db::Sql kInsertEvent = R"sql(
  INSERT INTO audit_event (authority_id, audit_id, kind, subject_kind, subject_id, account_id, assignment_id, person_id,
    at_us, data, salt)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11))sql";
constexpr db::Sql kInsertStage =
    "INSERT INTO audit_stage (authority_id, audit_id, entry_hash, people) VALUES ($1, $2, $3, $4)";
constexpr db::Sql kFindEvent = R"sql(
  SELECT authority_id, audit_id, kind, subject_kind, subject_id, account_id, assignment_id, person_id, at_us, data, salt,
    erased_by
  FROM audit_event WHERE authority_id = $1 AND audit_id = $2)sql";
constexpr db::Sql kEventsAbout = R"sql(
  SELECT e.authority_id, e.audit_id, e.kind, e.subject_kind, e.subject_id, e.account_id, e.assignment_id, e.person_id,
    e.at_us, e.data, e.salt, e.erased_by, l.leaf_index
  FROM (SELECT * FROM audit_event WHERE person_id = $1 AND person_id <> 0 AND audit_id < $3 AND account_id <> 0
          AND account_id <> $2 ORDER BY audit_id DESC LIMIT $4) AS e
  LEFT JOIN audit_entry AS l ON l.authority_id = 0 AND l.audit_id = e.audit_id
  ORDER BY e.audit_id DESC)sql";
constexpr db::Sql kEventsSeen = R"sql(
  SELECT e.authority_id, e.audit_id, e.kind, e.subject_kind, e.subject_id, e.account_id, e.assignment_id, e.person_id,
    e.at_us, e.data, e.salt, e.erased_by, 1
  FROM audit_seen AS s JOIN audit_event AS e ON e.authority_id = s.authority_id AND e.audit_id = s.audit_id
  WHERE s.person_id = $1 AND s.audit_id < $3 AND e.account_id <> $2
  ORDER BY s.audit_id DESC LIMIT $4)sql";
// Walks the stage, which is short; asked by the command line only.
constexpr db::Sql kIsStaged = "SELECT 1 FROM audit_stage WHERE audit_id = $1";
constexpr db::Sql kIsSeenBy = "SELECT 1 FROM audit_seen WHERE person_id = $1 AND audit_id = $2";
constexpr db::Sql kEventsToErase = R"sql(
  SELECT e.authority_id, e.audit_id FROM audit_event AS e
  WHERE ((e.person_id = $1 AND $1 <> 0) OR (e.account_id = $2 AND $2 <> 0)) AND e.erased_by = 0
    AND EXISTS (SELECT 1 FROM audit_entry AS l WHERE l.authority_id = 0 AND l.audit_id = e.audit_id)
  ORDER BY e.authority_id, e.audit_id)sql";
constexpr db::Sql kEraseEvent = R"sql(
  UPDATE audit_event SET subject_id = 0, person_id = 0, account_id = CASE WHEN account_id = $3 THEN 0 ELSE account_id END,
    data = '', salt = '', erased_by = $4
  WHERE authority_id = $1 AND audit_id = $2 AND erased_by = 0)sql";
constexpr db::Sql kDeleteSeen = "DELETE FROM audit_seen WHERE person_id = $1";

// One look-up an authority; a DISTINCT would walk the whole stage.
constexpr db::Sql kNextStagedAuthority = "SELECT MIN(authority_id) FROM audit_stage WHERE authority_id > $1";
constexpr db::Sql kMakeLog = R"sql(
  INSERT INTO audit_log (authority_id, verifier_key, tree_size, frontier, sealed_at_us, verified_at_us, verify_report)
  VALUES ($1, '', 0, '', 0, 0, '') ON CONFLICT (authority_id) DO NOTHING)sql";
// An UPDATE that changes nothing takes the row's lock on PostgreSQL: one sealer at a time.
constexpr db::Sql kLockLog = R"sql(
  UPDATE audit_log SET tree_size = tree_size WHERE authority_id = $1
  RETURNING verifier_key, tree_size, frontier, verified_at_us, verify_report)sql";
constexpr db::Sql kFindLog =
    "SELECT verifier_key, tree_size, frontier, verified_at_us, verify_report FROM audit_log WHERE authority_id = $1";
constexpr db::Sql kMoveStaged = R"sql(
  INSERT INTO audit_entry (authority_id, leaf_index, event_authority_id, audit_id, entry_hash)
  SELECT 0, $2 + ROW_NUMBER() OVER (ORDER BY s.audit_id) - 1, s.authority_id, s.audit_id, s.entry_hash
  FROM (SELECT authority_id, audit_id, entry_hash FROM audit_stage WHERE authority_id = $1
        ORDER BY audit_id LIMIT $3) AS s
  RETURNING leaf_index, event_authority_id, audit_id, entry_hash)sql";
// Of those that were moved and no others: an event with a lower audit_id may be committed between two statements.
constexpr db::Sql kMovedPeople = R"sql(
  SELECT s.audit_id, s.people FROM audit_entry AS l
  JOIN audit_stage AS s ON s.authority_id = l.event_authority_id AND s.audit_id = l.audit_id
  WHERE l.authority_id = $1 AND l.leaf_index >= $2 AND s.authority_id = $3 AND s.people <> '')sql";
constexpr db::Sql kDropMoved = R"sql(
  DELETE FROM audit_stage WHERE authority_id = $3 AND audit_id IN (
    SELECT audit_id FROM audit_entry WHERE authority_id = $1 AND leaf_index >= $2))sql";
constexpr db::Sql kInsertSeen = R"sql(
  INSERT INTO audit_seen (person_id, audit_id, authority_id) VALUES ($1, $2, $3)
  ON CONFLICT (person_id, audit_id) DO NOTHING)sql";
constexpr db::Sql kSetEntryHash =
    "UPDATE audit_entry SET entry_hash = $3 WHERE authority_id = $1 AND leaf_index = $2";
constexpr db::Sql kInsertNode =
    "INSERT INTO audit_node (authority_id, level, node_index, node_hash) VALUES ($1, $2, $3, $4)";
constexpr db::Sql kSaveHead =
    "UPDATE audit_log SET tree_size = $2, frontier = $3, sealed_at_us = $4 WHERE authority_id = $1";
constexpr db::Sql kSetVerifierKey = "UPDATE audit_log SET verifier_key = $2 WHERE authority_id = $1 AND verifier_key = ''";
constexpr db::Sql kSaveVerification =
    "UPDATE audit_log SET verified_at_us = $2, verify_report = $3 WHERE authority_id = $1";
constexpr db::Sql kInsertCheckpoint = R"sql(
  INSERT INTO audit_checkpoint (authority_id, tree_size, root_hash, note, signed_at_us) VALUES ($1, $2, $3, $4, $5))sql";

constexpr db::Sql kLatestCheckpoint = R"sql(
  SELECT tree_size, root_hash, note, signed_at_us FROM audit_checkpoint WHERE authority_id = $1
  ORDER BY tree_size DESC LIMIT 1)sql";
constexpr db::Sql kCheckpointAt = R"sql(
  SELECT tree_size, root_hash, note, signed_at_us FROM audit_checkpoint WHERE authority_id = $1 AND tree_size = $2)sql";
constexpr db::Sql kFindEntry = R"sql(
  SELECT leaf_index, event_authority_id, audit_id, entry_hash FROM audit_entry WHERE authority_id = $1 AND audit_id = $2)sql";
constexpr db::Sql kEntryHashes = R"sql(
  SELECT entry_hash FROM audit_entry WHERE authority_id = $1 AND leaf_index >= $2 AND leaf_index < $3
  ORDER BY leaf_index)sql";
constexpr db::Sql kNodeHashes = R"sql(
  SELECT node_hash FROM audit_node WHERE authority_id = $1 AND level = $2 AND node_index >= $3 AND node_index < $4
  ORDER BY node_index)sql";
constexpr db::Sql kCountStaged = "SELECT COUNT(*) FROM audit_stage";
constexpr db::Sql kCountCheckpoints = "SELECT COUNT(*) FROM audit_checkpoint WHERE authority_id = $1";

EventRow ReadEvent(const db::Row& row, int64_t authority_id, int64_t audit_id, int from) {
  EventRow e;
  e.authority_id = authority_id;
  e.audit_id = audit_id;
  e.kind = row.Text(from);
  e.subject_kind = row.Text(from + 1);
  e.subject_id = row.Int(from + 2);
  e.account_id = row.Int(from + 3);
  e.assignment_id = row.Int(from + 4);
  e.person_id = row.Int(from + 5);
  e.at_us = row.Int(from + 6);
  e.data = row.Text(from + 7);
  e.salt = row.Text(from + 8);
  e.erased_by = row.Int(from + 9);
  return e;
}

EntryRow ReadEntry(const db::Row& row) { return {row.Int(0), row.Int(1), row.Int(2), row.Text(3)}; }

CheckpointRow ReadCheckpoint(const db::Row& row) { return {row.Int(0), row.Text(1), row.Text(2), row.Int(3)}; }

LogRow ReadLog(const db::Row& row) { return {row.Text(0), row.Int(1), row.Text(2), row.Int(3), row.Text(4)}; }

Result<std::vector<std::string>> FirstTexts(db::Tx& tx, const db::Sql& sql, db::Params params) {
  std::vector<std::string> out;
  TINHSO_TRY(tx.ForEach(sql, params, [&](const db::Row& row) {
    out.push_back(row.Text(0));
    return true;
  }));
  return out;
}

template <class T>
Result<std::optional<T>> OneRow(db::Tx& tx, const db::Sql& sql, db::Params params, T (*read)(const db::Row&)) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(sql, params));
  if (!row) return std::optional<T>();
  return std::optional<T>(read(*row));
}

}  // namespace

Status InsertEvent(db::Tx& tx, const EventRow& e, const std::string& entry_hash, const std::string& people) {
  TINHSO_TRY(tx.Execute(kInsertEvent, {e.authority_id, e.audit_id, e.kind, e.subject_kind, e.subject_id, e.account_id,
                                       e.assignment_id, e.person_id, e.at_us, e.data, e.salt}));
  TINHSO_TRY(tx.Execute(kInsertStage, {e.authority_id, e.audit_id, entry_hash, people}));
  return Ok();
}

Result<std::optional<EventRow>> FindEvent(db::Tx& tx, int64_t authority_id, int64_t audit_id) {
  return OneRow<EventRow>(tx, kFindEvent, {authority_id, audit_id},
                          [](const db::Row& row) { return ReadEvent(row, row.Int(0), row.Int(1), 2); });
}

Result<std::vector<PersonEvent>> EventsAbout(db::Tx& tx, int64_t person_id, int64_t own_account_id,
                                             int64_t before_audit_id, int64_t limit) {
  std::vector<PersonEvent> out;
  for (const db::Sql& sql : {kEventsAbout, kEventsSeen}) {
    TINHSO_TRY(tx.ForEach(sql, {person_id, own_account_id, before_audit_id, limit}, [&](const db::Row& row) {
      out.push_back({ReadEvent(row, row.Int(0), row.Int(1), 2), !row.IsNull(12)});
      return true;
    }));
  }
  std::sort(out.begin(), out.end(),
            [](const PersonEvent& a, const PersonEvent& b) { return a.event.audit_id > b.event.audit_id; });
  if (static_cast<int64_t>(out.size()) > limit) out.resize(static_cast<size_t>(limit));
  return out;
}

Result<bool> IsStaged(db::Tx& tx, int64_t audit_id) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kIsStaged, {audit_id}));
  return row.has_value();
}

Result<bool> IsSeenBy(db::Tx& tx, int64_t person_id, int64_t audit_id) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kIsSeenBy, {person_id, audit_id}));
  return row.has_value();
}

Result<std::vector<std::pair<int64_t, int64_t>>> EventsToErase(db::Tx& tx, int64_t person_id, int64_t account_id) {
  std::vector<std::pair<int64_t, int64_t>> out;
  TINHSO_TRY(tx.ForEach(kEventsToErase, {person_id, account_id}, [&](const db::Row& row) {
    out.emplace_back(row.Int(0), row.Int(1));
    return true;
  }));
  return out;
}

Result<bool> EraseEvent(db::Tx& tx, int64_t authority_id, int64_t audit_id, int64_t account_id, int64_t erased_by) {
  TINHSO_ASSIGN(const int64_t changed, tx.Execute(kEraseEvent, {authority_id, audit_id, account_id, erased_by}));
  return changed == 1;
}

Result<int64_t> DeleteSeen(db::Tx& tx, int64_t person_id) { return tx.Execute(kDeleteSeen, {person_id}); }

Result<std::optional<int64_t>> NextStagedAuthority(db::Tx& tx, int64_t after) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kNextStagedAuthority, {after}));
  return row ? row->OptInt(0) : std::optional<int64_t>();
}

Result<LogRow> LockLog(db::Tx& tx) {
  TINHSO_TRY(tx.Execute(kMakeLog, {kLogAuthority}));
  TINHSO_ASSIGN(auto row, tx.QueryOne(kLockLog, {kLogAuthority}));
  if (!row) return MakeError(ErrorCode::kInternal, "db_error", "the audit log's row is missing");
  return ReadLog(*row);
}

Result<std::optional<LogRow>> FindLog(db::Tx& tx) { return OneRow<LogRow>(tx, kFindLog, {kLogAuthority}, ReadLog); }

Result<std::vector<EntryRow>> MoveStaged(db::Tx& tx, int64_t authority_id, int64_t first_index, int64_t count) {
  TINHSO_ASSIGN(auto rows, tx.Query(kMoveStaged, {authority_id, first_index, count}));
  std::vector<EntryRow> out;
  if (rows.empty()) return out;
  TINHSO_ASSIGN(auto shown, tx.Query(kMovedPeople, {kLogAuthority, first_index, authority_id}));
  for (const auto& row : shown)
    for (const std::string& person_id : text::Words(row.Text(1)))
      TINHSO_TRY(tx.Execute(kInsertSeen, {std::strtoll(person_id.c_str(), nullptr, 10), row.Int(0), authority_id}));
  TINHSO_TRY(tx.Execute(kDropMoved, {kLogAuthority, first_index, authority_id}));
  for (const auto& row : rows) out.push_back(ReadEntry(row));
  std::sort(out.begin(), out.end(), [](const EntryRow& a, const EntryRow& b) { return a.leaf_index < b.leaf_index; });
  return out;
}

Status SetEntryHash(db::Tx& tx, int64_t leaf_index, const std::string& entry_hash) {
  TINHSO_TRY(tx.Execute(kSetEntryHash, {kLogAuthority, leaf_index, entry_hash}));
  return Ok();
}

Status InsertNode(db::Tx& tx, NodeKey key, const std::string& node_hash) {
  TINHSO_TRY(tx.Execute(kInsertNode, {kLogAuthority, key.level, key.node_index, node_hash}));
  return Ok();
}

Status SaveHead(db::Tx& tx, int64_t tree_size, const std::string& frontier, TimeUs now_us) {
  TINHSO_TRY(tx.Execute(kSaveHead, {kLogAuthority, tree_size, frontier, now_us}));
  return Ok();
}

Status SetVerifierKey(db::Tx& tx, const std::string& verifier_key) {
  TINHSO_TRY(tx.Execute(kSetVerifierKey, {kLogAuthority, verifier_key}));
  return Ok();
}

Status SaveVerification(db::Tx& tx, TimeUs at_us, const std::string& report) {
  TINHSO_TRY(tx.Execute(kSaveVerification, {kLogAuthority, at_us, report}));
  return Ok();
}

Status InsertCheckpoint(db::Tx& tx, const CheckpointRow& c) {
  TINHSO_TRY(tx.Execute(kInsertCheckpoint, {kLogAuthority, c.tree_size, c.root_hash, c.note, c.signed_at_us}));
  return Ok();
}

Result<std::optional<CheckpointRow>> LatestCheckpoint(db::Tx& tx) {
  return OneRow<CheckpointRow>(tx, kLatestCheckpoint, {kLogAuthority}, ReadCheckpoint);
}

Result<std::optional<CheckpointRow>> CheckpointAt(db::Tx& tx, int64_t tree_size) {
  return OneRow<CheckpointRow>(tx, kCheckpointAt, {kLogAuthority, tree_size}, ReadCheckpoint);
}

Result<std::optional<EntryRow>> FindEntry(db::Tx& tx, int64_t audit_id) {
  return OneRow<EntryRow>(tx, kFindEntry, {kLogAuthority, audit_id}, ReadEntry);
}

Result<std::vector<std::string>> EntryHashes(db::Tx& tx, int64_t from_index, int64_t count) {
  return FirstTexts(tx, kEntryHashes, {kLogAuthority, from_index, from_index + count});
}

Result<std::vector<std::string>> NodeHashes(db::Tx& tx, NodeKey from, int64_t count) {
  return FirstTexts(tx, kNodeHashes, {kLogAuthority, from.level, from.node_index, from.node_index + count});
}

Result<Counts> CountLog(db::Tx& tx) {
  Counts out;
  TINHSO_ASSIGN(auto staged, tx.QueryOne(kCountStaged, {}));
  TINHSO_ASSIGN(auto checkpoints, tx.QueryOne(kCountCheckpoints, {kLogAuthority}));
  out.staged = staged->Int(0);
  out.checkpoints = checkpoints->Int(0);
  return out;
}

}  // namespace tinhso::audit::store
