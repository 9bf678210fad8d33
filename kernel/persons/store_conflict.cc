#include "store.h"

namespace tinhso::persons::store {
namespace {

constexpr db::Sql kAllMerges = "SELECT person_id, into_person_id FROM person_merge";
constexpr db::Sql kMergeOf = "SELECT person_id, into_person_id, conflict_id FROM person_merge WHERE person_id = $1";
constexpr db::Sql kInto = "SELECT person_id FROM person_merge WHERE into_person_id = $1";
constexpr db::Sql kInsertMerge = "INSERT INTO person_merge (person_id, into_person_id, conflict_id, merged_at_us) VALUES ($1, $2, $3, $4)";
constexpr db::Sql kDeleteMerge = "DELETE FROM person_merge WHERE person_id = $1 AND conflict_id = $2";

#define TINHSO_CONFLICT_COLUMNS                                                                                               \
  "conflict_id, person_a, person_b, kind, paper_kind, paper_number, note, queue_authority_id, opened_by, opened_at_us, state, " \
  "merged_person_id, reason, decided_by, decided_name, decided_at_us, version"

constexpr db::Sql kInsertConflict = "INSERT INTO person_conflict (" TINHSO_CONFLICT_COLUMNS R"sql()
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'open', 0, '', 0, '', 0, 1) ON CONFLICT DO NOTHING)sql";
constexpr db::Sql kFindConflict = "SELECT " TINHSO_CONFLICT_COLUMNS " FROM person_conflict WHERE conflict_id = $1";
constexpr db::Sql kUpdateConflict = R"sql(
  UPDATE person_conflict SET state = $1, merged_person_id = $2, reason = $3, decided_by = $4, decided_name = $5, decided_at_us = $6,
         version = version + 1
  WHERE conflict_id = $7 AND version = $8)sql";
constexpr db::Sql kConflictPage = "SELECT " TINHSO_CONFLICT_COLUMNS R"sql( FROM person_conflict
  WHERE state IN ($1, $2) AND conflict_id > $3 AND (queue_authority_id = $4 OR CAST($4 AS BIGINT) = -1)
  ORDER BY conflict_id LIMIT $5)sql";
constexpr db::Sql kConflictsOf = "SELECT " TINHSO_CONFLICT_COLUMNS R"sql( FROM person_conflict
  WHERE person_a = $1 OR person_b = $1 ORDER BY conflict_id DESC LIMIT 50)sql";
constexpr db::Sql kOpenReports = R"sql(
  SELECT COUNT(*) FROM person_conflict WHERE person_a = $1 AND person_b = 0 AND state IN ('open', 'later'))sql";

constexpr db::Sql kInsertEvent = R"sql(
  INSERT INTO person_event (person_id, event_id, at_us, kind, other_person_id, account_id, actor_name, actor_unit, reason, detail)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10))sql";
constexpr db::Sql kEventsOf = R"sql(
  SELECT person_id, event_id, at_us, kind, other_person_id, account_id, actor_name, actor_unit, reason, detail FROM person_event
  WHERE person_id = $1 ORDER BY event_id DESC LIMIT 200)sql";

ConflictRow ConflictOf(const db::Row& row) {
  ConflictRow c;
  c.conflict_id = row.Int(0);
  c.person_a = row.Int(1);
  c.person_b = row.Int(2);
  c.kind = row.Text(3);
  c.paper_kind = row.Text(4);
  c.paper_number = row.Text(5);
  c.note = row.Text(6);
  c.queue_authority_id = row.Int(7);
  c.opened_by = row.Int(8);
  c.opened_at_us = row.Int(9);
  c.state = row.Text(10);
  c.merged_person_id = row.Int(11);
  c.reason = row.Text(12);
  c.decided_by = row.Int(13);
  c.decided_name = row.Text(14);
  c.decided_at_us = row.Int(15);
  c.version = row.Int(16);
  return c;
}

std::vector<ConflictRow> ConflictsFrom(const db::Rows& rows) {
  std::vector<ConflictRow> out;
  for (const auto& row : rows) out.push_back(ConflictOf(row));
  return out;
}

}  // namespace

Result<std::map<int64_t, int64_t>> AllMerges(db::Tx& tx) {
  std::map<int64_t, int64_t> out;
  TINHSO_TRY(tx.ForEach(kAllMerges, {}, [&](const db::Row& row) {
    out[row.Int(0)] = row.Int(1);
    return true;
  }));
  return out;
}

Result<std::optional<MergeRow>> MergeOf(db::Tx& tx, int64_t person_id) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kMergeOf, {person_id}));
  if (!row) return std::optional<MergeRow>();
  return std::optional<MergeRow>({row->Int(0), row->Int(1), row->Int(2)});
}

Result<std::vector<int64_t>> JoinedTo(db::Tx& tx, int64_t person_id) {
  std::vector<int64_t> members{person_id};
  for (size_t i = 0; i < members.size(); ++i) {
    TINHSO_ASSIGN(auto rows, tx.Query(kInto, {members[i]}));
    for (const auto& row : rows) members.push_back(row.Int(0));
  }
  return members;
}

Status InsertMerge(db::Tx& tx, const MergeRow& merge, TimeUs now_us) {
  return tx.Send(kInsertMerge, {merge.person_id, merge.into_person_id, merge.conflict_id, now_us});
}

Result<bool> DeleteMerge(db::Tx& tx, int64_t person_id, int64_t conflict_id) {
  TINHSO_ASSIGN(int64_t changed, tx.Execute(kDeleteMerge, {person_id, conflict_id}));
  return changed == 1;
}

Result<bool> InsertConflict(db::Tx& tx, const ConflictRow& c) {
  TINHSO_ASSIGN(int64_t changed, tx.Execute(kInsertConflict, {c.conflict_id, c.person_a, c.person_b, c.kind, c.paper_kind, c.paper_number,
                                                              c.note, c.queue_authority_id, c.opened_by, c.opened_at_us}));
  return changed == 1;
}

Result<std::optional<ConflictRow>> FindConflict(db::Tx& tx, int64_t conflict_id) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kFindConflict, {conflict_id}));
  if (!row) return std::optional<ConflictRow>();
  return std::optional<ConflictRow>(ConflictOf(*row));
}

Result<bool> UpdateConflict(db::Tx& tx, const ConflictRow& c, int64_t version_seen) {
  TINHSO_ASSIGN(int64_t changed, tx.Execute(kUpdateConflict, {c.state, c.merged_person_id, c.reason, c.decided_by, c.decided_name,
                                                              c.decided_at_us, c.conflict_id, version_seen}));
  return changed == 1;
}

Result<std::vector<ConflictRow>> ConflictPage(db::Tx& tx, std::string_view state, std::string_view or_state, int64_t queue_authority_id,
                                              int64_t after_id, int64_t limit) {
  TINHSO_ASSIGN(auto rows, tx.Query(kConflictPage, {state, or_state, after_id, queue_authority_id, limit}));
  return ConflictsFrom(rows);
}

Result<std::vector<ConflictRow>> ConflictsOf(db::Tx& tx, int64_t person_id) {
  TINHSO_ASSIGN(auto rows, tx.Query(kConflictsOf, {person_id}));
  return ConflictsFrom(rows);
}

Result<int64_t> OpenReportsOf(db::Tx& tx, int64_t person_id) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kOpenReports, {person_id}));
  return row ? row->Int(0) : 0;
}

Status InsertEvent(db::Tx& tx, const EventRow& e) {
  return tx.Send(kInsertEvent, {e.person_id, e.event_id, e.at_us, e.kind, e.other_person_id, e.account_id, e.actor_name, e.actor_unit,
                                e.reason, e.detail});
}

Result<std::vector<EventRow>> EventsOf(db::Tx& tx, int64_t person_id) {
  TINHSO_ASSIGN(auto rows, tx.Query(kEventsOf, {person_id}));
  std::vector<EventRow> out;
  for (const auto& row : rows) {
    out.push_back({row.Int(0), row.Int(1), row.Int(2), row.Text(3), row.Int(4), row.Int(5), row.Text(6), row.Text(7), row.Text(8), row.Text(9)});
  }
  return out;
}

}  // namespace tinhso::persons::store
