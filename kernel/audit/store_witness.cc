#include "store.h"

namespace tinhso::audit::store {
namespace {

constexpr db::Sql kWitnesses = R"sql(
  SELECT key_id, verifier_key, url, seen_size, seen_at_us, state, state_detail, state_at_us
  FROM audit_witness WHERE authority_id = 0 ORDER BY key_id)sql";
constexpr db::Sql kInsertWitness = R"sql(
  INSERT INTO audit_witness (authority_id, key_id, verifier_key, url, seen_size, seen_at_us, state, state_detail, state_at_us)
  VALUES (0, $1, $2, $3, 0, 0, 'new', '', $4) ON CONFLICT (authority_id, key_id) DO NOTHING)sql";
constexpr db::Sql kDeleteWitness = "DELETE FROM audit_witness WHERE authority_id = 0 AND key_id = $1";
constexpr db::Sql kSaveWitness = R"sql(
  UPDATE audit_witness SET seen_size = $2, seen_at_us = $3, state = $4, state_detail = $5, state_at_us = $6
  WHERE authority_id = 0 AND key_id = $1)sql";
constexpr db::Sql kInsertCosignature = R"sql(
  INSERT INTO audit_cosignature (authority_id, tree_size, key_id, line) VALUES (0, $1, $2, $3)
  ON CONFLICT (authority_id, tree_size, key_id) DO UPDATE SET line = excluded.line)sql";
constexpr db::Sql kCosignaturesAt =
    "SELECT tree_size, key_id, line FROM audit_cosignature WHERE authority_id = 0 AND tree_size = $1 ORDER BY key_id";
constexpr db::Sql kEachCosignature = R"sql(
  SELECT s.tree_size, s.key_id, s.line, c.note FROM audit_cosignature AS s
  LEFT JOIN audit_checkpoint AS c ON c.authority_id = s.authority_id AND c.tree_size = s.tree_size
  WHERE s.authority_id = 0 ORDER BY s.tree_size, s.key_id)sql";
constexpr db::Sql kWatched = R"sql(
  SELECT key_id, origin, verifier_key, tree_size, note, seen_at_us, alarm, alarm_note, alarm_at_us
  FROM audit_watched WHERE authority_id = 0 ORDER BY origin)sql";
constexpr db::Sql kFindWatched = R"sql(
  SELECT key_id, origin, verifier_key, tree_size, note, seen_at_us, alarm, alarm_note, alarm_at_us
  FROM audit_watched WHERE authority_id = 0 AND origin = $1)sql";
constexpr db::Sql kInsertWatched = R"sql(
  INSERT INTO audit_watched (authority_id, key_id, origin, verifier_key, tree_size, note, seen_at_us, alarm, alarm_note, alarm_at_us)
  SELECT 0, $1, $2, $3, 0, '', 0, '', '', 0
  WHERE NOT EXISTS (SELECT 1 FROM audit_watched WHERE authority_id = 0 AND (key_id = $1 OR origin = $2)))sql";
constexpr db::Sql kDeleteWatched = "DELETE FROM audit_watched WHERE authority_id = 0 AND key_id = $1";
constexpr db::Sql kAdvanceWatched = R"sql(
  UPDATE audit_watched SET tree_size = $2, note = $3, seen_at_us = $4, key_id = $6, verifier_key = $7
  WHERE authority_id = 0 AND key_id = $1 AND tree_size = $5)sql";
constexpr db::Sql kSaveAlarm = R"sql(
  UPDATE audit_watched SET alarm = $2, alarm_note = $3, alarm_at_us = $4 WHERE authority_id = 0 AND key_id = $1)sql";

WatchedRow ReadWatched(const db::Row& row) {
  return {row.Text(0), row.Text(1), row.Text(2), row.Int(3), row.Text(4), row.Int(5), row.Text(6), row.Text(7), row.Int(8)};
}

}  // namespace

Result<std::vector<WitnessRow>> Witnesses(db::Tx& tx) {
  TINHSO_ASSIGN(auto rows, tx.Query(kWitnesses, {}));
  std::vector<WitnessRow> out;
  for (const auto& row : rows)
    out.push_back({row.Text(0), row.Text(1), row.Text(2), row.Int(3), row.Int(4), row.Text(5), row.Text(6), row.Int(7)});
  return out;
}

Result<bool> InsertWitness(db::Tx& tx, const WitnessRow& w) {
  TINHSO_ASSIGN(const int64_t made, tx.Execute(kInsertWitness, {w.key_id, w.verifier_key, w.url, w.state_at_us}));
  return made == 1;
}

Result<bool> DeleteWitness(db::Tx& tx, const std::string& key_id) {
  TINHSO_ASSIGN(const int64_t gone, tx.Execute(kDeleteWitness, {key_id}));
  return gone == 1;
}

Status SaveWitness(db::Tx& tx, const WitnessRow& w) {
  TINHSO_TRY(tx.Execute(kSaveWitness, {w.key_id, w.seen_size, w.seen_at_us, w.state, w.state_detail, w.state_at_us}));
  return Ok();
}

Status InsertCosignature(db::Tx& tx, const CosignatureRow& c) {
  TINHSO_TRY(tx.Execute(kInsertCosignature, {c.tree_size, c.key_id, c.line}));
  return Ok();
}

Result<std::vector<CosignatureRow>> CosignaturesAt(db::Tx& tx, int64_t tree_size) {
  TINHSO_ASSIGN(auto rows, tx.Query(kCosignaturesAt, {tree_size}));
  std::vector<CosignatureRow> out;
  for (const auto& row : rows) out.push_back({row.Int(0), row.Text(1), row.Text(2)});
  return out;
}

Status EachCosignature(db::Tx& tx, const std::function<void(const CosignatureRow&, const std::string&)>& fn) {
  return tx.ForEach(kEachCosignature, {}, [&](const db::Row& row) {
    fn({row.Int(0), row.Text(1), row.Text(2)}, row.Text(3));
    return true;
  });
}

Result<std::vector<WatchedRow>> Watched(db::Tx& tx) {
  TINHSO_ASSIGN(auto rows, tx.Query(kWatched, {}));
  std::vector<WatchedRow> out;
  for (const auto& row : rows) out.push_back(ReadWatched(row));
  return out;
}

Result<std::optional<WatchedRow>> FindWatched(db::Tx& tx, const std::string& origin) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kFindWatched, {origin}));
  if (!row) return std::optional<WatchedRow>();
  return std::optional<WatchedRow>(ReadWatched(*row));
}

Result<bool> InsertWatched(db::Tx& tx, const WatchedRow& w) {
  TINHSO_ASSIGN(const int64_t made, tx.Execute(kInsertWatched, {w.key_id, w.origin, w.verifier_key}));
  return made == 1;
}

Result<bool> DeleteWatched(db::Tx& tx, const std::string& key_id) {
  TINHSO_ASSIGN(const int64_t gone, tx.Execute(kDeleteWatched, {key_id}));
  return gone == 1;
}

Result<bool> AdvanceWatched(db::Tx& tx, const WatchedRow& w, const std::string& old_key_id, int64_t old_size) {
  TINHSO_ASSIGN(const int64_t changed, tx.Execute(kAdvanceWatched, {old_key_id, w.tree_size, w.note, w.seen_at_us, old_size,
                                                                    w.key_id, w.verifier_key}));
  return changed == 1;
}

Status SaveAlarm(db::Tx& tx, const WatchedRow& w) {
  TINHSO_TRY(tx.Execute(kSaveAlarm, {w.key_id, w.alarm, w.alarm_note, w.alarm_at_us}));
  return Ok();
}

}  // namespace tinhso::audit::store
