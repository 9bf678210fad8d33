#include "store.h"

namespace tinhso::portal::store {

namespace {

constexpr db::Sql kChanged = R"sql(
  INSERT INTO portal_dossier (authority_id, dossier_id, dossier_code, state, changes, changed_at_us, sent_event_id, sent_at_us,
    attempts, error_code, error_text)
  VALUES ($1, $2, $3, 'waiting', 1, $4, 0, 0, 0, '', '')
  ON CONFLICT (authority_id, dossier_id) DO UPDATE
  SET state = 'waiting', changes = portal_dossier.changes + 1, changed_at_us = $4)sql";
constexpr db::Sql kNextWaiting = "SELECT MIN(authority_id) FROM portal_dossier WHERE state = 'waiting' AND authority_id > $1";
constexpr db::Sql kNextRefused = "SELECT MIN(authority_id) FROM portal_dossier WHERE state = 'refused' AND authority_id > $1";
#define PORTAL_COLUMNS \
  "authority_id, dossier_id, dossier_code, state, changes, changed_at_us, sent_event_id, sent_at_us, attempts, error_code, error_text "
constexpr db::Sql kListWaiting = "SELECT " PORTAL_COLUMNS "FROM portal_dossier WHERE authority_id = $1 AND state = 'waiting' "
    "ORDER BY changed_at_us LIMIT $2";
constexpr db::Sql kListRefused = "SELECT " PORTAL_COLUMNS "FROM portal_dossier WHERE authority_id = $1 AND state = 'refused' "
    "ORDER BY changed_at_us LIMIT $2";
constexpr db::Sql kCountWaiting = "SELECT COUNT(*) FROM portal_dossier WHERE state = 'waiting'";
constexpr db::Sql kCountRefused = "SELECT COUNT(*) FROM portal_dossier WHERE state = 'refused'";
constexpr db::Sql kLastSent = "SELECT MAX(sent_at_us) FROM portal_dossier";
constexpr db::Sql kSent = R"sql(
  UPDATE portal_dossier SET state = CASE WHEN changes = $3 THEN 'sent' ELSE 'waiting' END, sent_event_id = $4, sent_at_us = $5,
    attempts = attempts + 1, error_code = '', error_text = '' WHERE authority_id = $1 AND dossier_id = $2)sql";
constexpr db::Sql kRefused = R"sql(
  UPDATE portal_dossier SET state = CASE WHEN changes = $3 THEN 'refused' ELSE 'waiting' END, attempts = attempts + 1,
    error_code = $4, error_text = $5 WHERE authority_id = $1 AND dossier_id = $2)sql";
constexpr db::Sql kResend = R"sql(
  UPDATE portal_dossier SET state = 'waiting', changes = changes + 1, changed_at_us = $3
  WHERE authority_id = $1 AND dossier_code = $2 AND state = 'refused')sql";

Status Drop(Result<int64_t> changed) {
  if (!changed.ok()) return changed.error();
  return Ok();
}

}  // namespace

Status Changed(db::Tx& tx, int64_t authority_id, int64_t dossier_id, std::string_view dossier_code, TimeUs now_us) {
  return Drop(tx.Execute(kChanged, {authority_id, dossier_id, dossier_code, now_us}));
}

Result<std::optional<int64_t>> NextAuthority(db::Tx& tx, std::string_view state, int64_t authority_id) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(state == "waiting" ? kNextWaiting : kNextRefused, {authority_id}));
  return row->OptInt(0);
}

Result<std::vector<Row>> List(db::Tx& tx, int64_t authority_id, std::string_view state, int64_t limit) {
  TINHSO_ASSIGN(auto rows, tx.Query(state == "waiting" ? kListWaiting : kListRefused, {authority_id, limit}));
  std::vector<Row> out;
  for (const db::Row& r : rows) {
    out.push_back({r.Int(0), r.Int(1), r.Text(2), r.Text(3), r.Int(4), r.Int(5), r.Int(6), r.Int(7), r.Int(8), r.Text(9), r.Text(10)});
  }
  return out;
}

Result<int64_t> Count(db::Tx& tx, std::string_view state) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(state == "waiting" ? kCountWaiting : kCountRefused, {}));
  return row->Int(0);
}

Result<TimeUs> LastSent(db::Tx& tx) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kLastSent, {}));
  return row->OptInt(0).value_or(0);
}

Status Sent(db::Tx& tx, const Row& row, int64_t event_id, TimeUs now_us) {
  return Drop(tx.Execute(kSent, {row.authority_id, row.dossier_id, row.changes, event_id, now_us}));
}

Status Refused(db::Tx& tx, const Row& row, std::string_view code, std::string_view text) {
  return Drop(tx.Execute(kRefused, {row.authority_id, row.dossier_id, row.changes, code, text}));
}

Result<bool> Resend(db::Tx& tx, int64_t authority_id, std::string_view dossier_code, TimeUs now_us) {
  TINHSO_ASSIGN(int64_t changed, tx.Execute(kResend, {authority_id, dossier_code, now_us}));
  return changed > 0;
}

}  // namespace tinhso::portal::store
