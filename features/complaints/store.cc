#include "store.h"

namespace tinhso::complaints::store {
namespace {

#define COMPLAINT_COLUMNS \
  "authority_id, complaint_id, complaint_code, dossier_id, dossier_code, procedure_name, person_id, person_name, kind, body, " \
  "received_at_us, held_authority_id, due_at_us, due_on, due_line, state, outcome, answer, answered_at_us, answered_account_id, " \
  "answered_name, answered_position, answered_unit, answered_on_behalf_of, version "

constexpr db::Sql kInsert = "INSERT INTO complaint (" COMPLAINT_COLUMNS R"sql() VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25)
  ON CONFLICT (authority_id, complaint_code) DO NOTHING)sql";
constexpr db::Sql kOfDossier = "SELECT " COMPLAINT_COLUMNS
    "FROM complaint WHERE authority_id = $1 AND dossier_id = $2 ORDER BY complaint_id DESC";
constexpr db::Sql kFind = "SELECT " COMPLAINT_COLUMNS "FROM complaint WHERE authority_id = $1 AND complaint_code = $2";
constexpr db::Sql kInState = "SELECT " COMPLAINT_COLUMNS
    "FROM complaint WHERE authority_id = $1 AND state = $2 AND complaint_id < $3 ORDER BY complaint_id DESC LIMIT $4";
constexpr db::Sql kAnswer = R"sql(
  UPDATE complaint SET state = 'answered', outcome = $1, answer = $2, answered_at_us = $3, answered_account_id = $4, answered_name = $5,
    answered_position = $6, answered_unit = $7, answered_on_behalf_of = $8, version = version + 1
  WHERE authority_id = $9 AND complaint_id = $10 AND version = $11 AND state = 'open')sql";

Complaint Read(const db::Row& r) {
  return {r.Int(0),   r.Int(1),   r.Text(2),  r.Int(3),   r.Text(4),  r.Text(5),  r.Int(6),     r.Text(7), r.Text(8),
          r.Text(9),  r.Int(10),  r.Int(11),  r.Int(12),  r.Text(13), r.Text(14), r.Text(15),   r.Text(16), r.Text(17),
          r.OptInt(18), r.Int(19), r.Text(20), r.Text(21), r.Text(22), r.Text(23), r.Int(24)};
}

std::vector<Complaint> ReadAll(const std::vector<db::Row>& rows) {
  std::vector<Complaint> out;
  for (const auto& row : rows) out.push_back(Read(row));
  return out;
}

}  // namespace

Result<bool> Insert(db::Tx& tx, const Complaint& c) {
  TINHSO_ASSIGN(int64_t inserted,
                tx.Execute(kInsert, {c.authority_id, c.complaint_id, c.complaint_code, c.dossier_id, c.dossier_code, c.procedure_name,
                                     c.person_id, c.person_name, c.kind, c.body, c.received_at_us, c.held_authority_id, c.due_at_us, c.due_on,
                                     c.due_line, c.state, c.outcome, c.answer, c.answered_at_us, c.answered_account_id, c.answered_name,
                                     c.answered_position, c.answered_unit, c.answered_on_behalf_of, c.version}));
  return inserted == 1;
}

Result<std::vector<Complaint>> OfDossier(db::Tx& tx, int64_t authority_id, int64_t dossier_id) {
  TINHSO_ASSIGN(auto rows, tx.Query(kOfDossier, {authority_id, dossier_id}));
  return ReadAll(rows);
}

Result<std::optional<Complaint>> Find(db::Tx& tx, int64_t authority_id, std::string_view complaint_code) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kFind, {authority_id, complaint_code}));
  return row ? std::optional<Complaint>(Read(*row)) : std::nullopt;
}

Result<std::vector<Complaint>> InState(db::Tx& tx, int64_t authority_id, const Asked& asked) {
  TINHSO_ASSIGN(auto rows, tx.Query(kInState, {authority_id, asked.state, asked.before, asked.limit}));
  return ReadAll(rows);
}

Result<bool> Answer(db::Tx& tx, const Complaint& c, int64_t version_seen) {
  TINHSO_ASSIGN(int64_t changed, tx.Execute(kAnswer, {c.outcome, c.answer, c.answered_at_us, c.answered_account_id, c.answered_name,
                                                      c.answered_position, c.answered_unit, c.answered_on_behalf_of, c.authority_id,
                                                      c.complaint_id, version_seen}));
  return changed == 1;
}

}  // namespace tinhso::complaints::store
