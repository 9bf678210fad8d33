#include "store_day.h"

#include "facts.h"

namespace tinhso::dossiers::store {
namespace {

constexpr db::Sql kInsertNote = R"sql(
  INSERT INTO dossier_note (authority_id, dossier_id, note_id, at_us, account_id, assignment_id, author_name, author_position,
    author_unit, on_behalf_of, body, mentions)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12))sql";
constexpr db::Sql kCountNotes = "SELECT COUNT(*) FROM dossier_note WHERE authority_id = $1 AND dossier_id = $2";
#define DOSSIER_NOTES                                                                                             \
  "SELECT note_id, at_us, account_id, assignment_id, author_name, author_position, author_unit, on_behalf_of, body, " \
  "mentions, withdrawn_at_us FROM dossier_note WHERE authority_id = $1 AND dossier_id = $2 "
constexpr db::Sql kNotes = DOSSIER_NOTES "ORDER BY note_id";
constexpr db::Sql kFindNote = DOSSIER_NOTES "AND note_id = $3";
constexpr db::Sql kWithdrawNote = R"sql(
  UPDATE dossier_note SET withdrawn_at_us = $5
  WHERE authority_id = $1 AND dossier_id = $2 AND note_id = $3 AND account_id = $4 AND withdrawn_at_us IS NULL)sql";
constexpr db::Sql kInsertMention =
    "INSERT INTO account_mention (account_id, note_id, authority_id, dossier_id) VALUES ($1, $2, $3, $4)";
constexpr db::Sql kMentions = R"sql(
  SELECT note_id, authority_id, dossier_id FROM account_mention
  WHERE account_id = $1 AND done_at_us IS NULL AND note_id < $2 ORDER BY note_id DESC LIMIT $3)sql";
constexpr db::Sql kFinishMention =
    "UPDATE account_mention SET done_at_us = $3 WHERE account_id = $1 AND note_id = $2 AND done_at_us IS NULL";

constexpr db::Sql kPutWaiting = R"sql(
  INSERT INTO dossier_waiting (authority_id, dossier_id, subject_authority_id, unit_id, account_id, kind, waits_for, since_us)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
  ON CONFLICT (authority_id, dossier_id) DO UPDATE SET unit_id = excluded.unit_id, account_id = excluded.account_id,
    kind = excluded.kind, waits_for = excluded.waits_for, since_us = excluded.since_us)sql";
constexpr db::Sql kEndWaiting = "DELETE FROM dossier_waiting WHERE authority_id = $1 AND dossier_id = $2";
constexpr db::Sql kWaitingPage = R"sql(
  SELECT authority_id, dossier_id, subject_authority_id, unit_id, account_id, kind, waits_for, since_us FROM dossier_waiting
  WHERE authority_id = $1 AND (unit_id = $2 OR $2 = 0) AND (account_id = $3 OR $3 = 0) AND (kind = $4 OR $4 = '')
    AND (since_us, dossier_id) > ($5, $6)
  ORDER BY since_us, dossier_id LIMIT $7)sql";
constexpr db::Sql kCountWaiting = R"sql(
  SELECT kind, COUNT(*) FROM dossier_waiting
  WHERE authority_id = $1 AND (unit_id = $2 OR $2 = 0) AND (account_id = $3 OR $3 = 0) GROUP BY kind ORDER BY kind)sql";
constexpr db::Sql kWorked = R"sql(
  SELECT e.dossier_id, d.procedure_code, d.procedure_name, e.action, e.actor_name, e.at_us, e.account_id, e.national_state, e.by_applicant,
         CASE WHEN e.from_state = e.to_state THEN 0 ELSE 1 END
  FROM dossier_fact f JOIN dossier d ON d.authority_id = f.authority_id AND d.dossier_id = f.dossier_id
    JOIN dossier_event e ON e.authority_id = f.authority_id AND e.dossier_id = f.dossier_id
  WHERE f.authority_id = $1 AND f.finished_day >= $2 AND f.finished_day <= $3
  ORDER BY e.dossier_id, e.event_id)sql";

Note NoteOf(const db::Row& row) {
  return {row.Int(0), row.Int(1), row.Int(2), row.Int(3), row.Text(4), row.Text(5), row.Text(6), row.Text(7), row.Text(8), row.Text(9), row.OptInt(10)};
}

}  // namespace

Status InsertNote(db::Tx& tx, Key key, const Note& note) {
  return tx.Send(kInsertNote, {key.authority_id, key.dossier_id, note.note_id, note.at_us, note.account_id, note.assignment_id, note.author_name,
                               note.author_position, note.author_unit, note.on_behalf_of, note.body, note.mentions});
}

Result<int64_t> CountNotes(db::Tx& tx, Key key) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kCountNotes, {key.authority_id, key.dossier_id}));
  return row ? row->Int(0) : int64_t{0};
}

Result<std::vector<Note>> Notes(db::Tx& tx, Key key) {
  TINHSO_ASSIGN(auto rows, tx.Query(kNotes, {key.authority_id, key.dossier_id}));
  std::vector<Note> out;
  for (const auto& row : rows) out.push_back(NoteOf(row));
  return out;
}

Result<std::optional<Note>> FindNote(db::Tx& tx, Key key, int64_t note_id) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kFindNote, {key.authority_id, key.dossier_id, note_id}));
  return row ? std::optional<Note>(NoteOf(*row)) : std::nullopt;
}

Result<bool> WithdrawNote(db::Tx& tx, Key key, int64_t note_id, int64_t account_id, TimeUs now_us) {
  TINHSO_ASSIGN(int64_t changed, tx.Execute(kWithdrawNote, {key.authority_id, key.dossier_id, note_id, account_id, now_us}));
  return changed == 1;
}

Status InsertMention(db::Tx& tx, int64_t account_id, const Mention& mention) {
  return tx.Send(kInsertMention, {account_id, mention.note_id, mention.key.authority_id, mention.key.dossier_id});
}

Result<std::vector<Mention>> Mentions(db::Tx& tx, int64_t account_id, int64_t before_note_id, int64_t limit) {
  TINHSO_ASSIGN(auto rows, tx.Query(kMentions, {account_id, before_note_id, limit}));
  std::vector<Mention> out;
  for (const auto& row : rows) out.push_back({row.Int(0), {row.Int(1), row.Int(2)}});
  return out;
}

Result<bool> FinishMention(db::Tx& tx, int64_t account_id, int64_t note_id, TimeUs now_us) {
  TINHSO_ASSIGN(int64_t changed, tx.Execute(kFinishMention, {account_id, note_id, now_us}));
  return changed == 1;
}

Status PutWaiting(db::Tx& tx, const Waiting& w) {
  return tx.Send(kPutWaiting, {w.authority_id, w.dossier_id, w.subject_authority_id, w.unit_id, w.account_id, w.kind, w.waits_for, w.since_us});
}

Status EndWaiting(db::Tx& tx, int64_t authority_id, int64_t dossier_id) { return tx.Send(kEndWaiting, {authority_id, dossier_id}); }

Result<std::vector<Waiting>> WaitingPage(db::Tx& tx, const WaitingFilter& filter, TimeUs after_since_us, int64_t after_dossier_id, int64_t limit) {
  TINHSO_ASSIGN(auto rows, tx.Query(kWaitingPage, {filter.authority_id, filter.unit_id, filter.account_id, filter.kind, after_since_us, after_dossier_id, limit}));
  std::vector<Waiting> out;
  for (const auto& row : rows) out.push_back({row.Int(0), row.Int(1), row.Int(2), row.Int(3), row.Int(4), row.Text(5), row.Text(6), row.Int(7)});
  return out;
}

Result<std::vector<KindCount>> CountWaiting(db::Tx& tx, const WaitingFilter& filter) {
  TINHSO_ASSIGN(auto rows, tx.Query(kCountWaiting, {filter.authority_id, filter.unit_id, filter.account_id}));
  std::vector<KindCount> out;
  for (const auto& row : rows) out.push_back({row.Text(0), row.Int(1)});
  return out;
}

Status ForEachWorked(db::Tx& tx, int64_t authority_id, int64_t from_day, const std::function<void(const Worked&)>& visit) {
  return tx.ForEach(kWorked, {authority_id, from_day, kNoDay - 1}, [&](const db::Row& row) {
    visit({row.Int(0), row.Text(1), row.Text(2), row.Text(3), row.Text(4), row.Int(5), row.Int(6), row.Int(7), row.Int(8) != 0, row.Int(9) != 0});
    return true;
  });
}

}  // namespace tinhso::dossiers::store
