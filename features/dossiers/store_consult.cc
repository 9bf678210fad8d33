#include "store_consult.h"

namespace tinhso::dossiers::store {
namespace {

constexpr db::Sql kInsertConsultation = R"sql(
  INSERT INTO dossier_consultation (authority_id, dossier_id, consultation_id, step, asked_at_us, account_id, asker_name, asker_position,
    asker_unit, unit_id, unit_name, role, question, required, due_at_us, status)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 'open'))sql";
#define CONSULTATION_SELECT                                                                                              \
  "SELECT authority_id, dossier_id, consultation_id, step, asked_at_us, account_id, asker_name, asker_position, "        \
  "asker_unit, unit_id, unit_name, role, question, required, due_at_us, status, verdict, answer, answered_by, "          \
  "answered_position, reminded_at_us, ended_at_us FROM dossier_consultation WHERE authority_id = $1 AND dossier_id = $2 "
constexpr db::Sql kConsultations = CONSULTATION_SELECT "ORDER BY consultation_id";
constexpr db::Sql kFindConsultation = CONSULTATION_SELECT "AND consultation_id = $3";
constexpr db::Sql kUpdateConsultation = R"sql(
  UPDATE dossier_consultation SET status = $4, verdict = $5, answer = $6, answered_by = $7, answered_position = $8,
    reminded_at_us = $9, ended_at_us = $10
  WHERE authority_id = $1 AND dossier_id = $2 AND consultation_id = $3 AND status = $11 AND ended_at_us IS NULL)sql";
constexpr db::Sql kInsertConsultationFile = R"sql(
  INSERT INTO dossier_consultation_file (authority_id, dossier_id, consultation_id, kind, file_id, name, media_type, size_bytes)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8))sql";
constexpr db::Sql kConsultationFiles = R"sql(
  SELECT consultation_id, kind, file_id, name, media_type, size_bytes FROM dossier_consultation_file
  WHERE authority_id = $1 AND dossier_id = $2 ORDER BY consultation_id, kind, file_id)sql";
constexpr db::Sql kInsertAsked = R"sql(
  INSERT INTO consultation_asked (authority_id, consultation_id, unit_id, subject_authority_id, dossier_id, due_at_us, counted)
  VALUES ($1, $2, $3, $4, $5, $6, 1))sql";
constexpr db::Sql kEndAsked =
    "UPDATE consultation_asked SET ended_at_us = $3, counted = $4 WHERE authority_id = $1 AND consultation_id = $2";
constexpr db::Sql kAskedPage = R"sql(
  SELECT authority_id, consultation_id, unit_id, subject_authority_id, dossier_id, due_at_us, ended_at_us, counted
  FROM consultation_asked
  WHERE authority_id = $1 AND (unit_id = $2 OR $2 = 0) AND consultation_id < $3 ORDER BY consultation_id DESC LIMIT $4)sql";
constexpr db::Sql kCountAsked = R"sql(
  SELECT SUM(CASE WHEN ended_at_us IS NULL THEN 1 ELSE 0 END),
         SUM(CASE WHEN ended_at_us IS NULL AND due_at_us < $3 THEN 1 ELSE 0 END),
         SUM(CASE WHEN ended_at_us IS NOT NULL THEN 1 ELSE 0 END),
         SUM(CASE WHEN ended_at_us IS NOT NULL AND due_at_us < ended_at_us THEN 1 ELSE 0 END)
  FROM consultation_asked WHERE authority_id = $1 AND (unit_id = $2 OR $2 = 0) AND counted = 1)sql";

Consultation ConsultationOf(const db::Row& row) {
  Consultation c;
  c.key = {row.Int(0), row.Int(1)};
  c.consultation_id = row.Int(2);
  c.step = row.Text(3);
  c.asked_at_us = row.Int(4);
  c.account_id = row.Int(5);
  c.asker_name = row.Text(6);
  c.asker_position = row.Text(7);
  c.asker_unit = row.Text(8);
  c.unit_id = row.Int(9);
  c.unit_name = row.Text(10);
  c.role = row.Text(11);
  c.question = row.Text(12);
  c.required = row.Int(13) != 0;
  c.due_at_us = row.Int(14);
  c.status = row.Text(15);
  c.verdict = row.Text(16);
  c.answer = row.Text(17);
  c.answered_by = row.Text(18);
  c.answered_position = row.Text(19);
  c.reminded_at_us = row.OptInt(20);
  c.ended_at_us = row.OptInt(21);
  return c;
}

}  // namespace

Status InsertConsultation(db::Tx& tx, const Consultation& c) {
  return tx.Send(kInsertConsultation, {c.key.authority_id, c.key.dossier_id, c.consultation_id, c.step, c.asked_at_us, c.account_id, c.asker_name,
                                       c.asker_position, c.asker_unit, c.unit_id, c.unit_name, c.role, c.question, c.required ? 1 : 0, c.due_at_us});
}

Result<std::vector<Consultation>> Consultations(db::Tx& tx, Key key) {
  TINHSO_ASSIGN(auto rows, tx.Query(kConsultations, {key.authority_id, key.dossier_id}));
  std::vector<Consultation> out;
  for (const auto& row : rows) out.push_back(ConsultationOf(row));
  return out;
}

Result<std::optional<Consultation>> FindConsultation(db::Tx& tx, Key key, int64_t consultation_id) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kFindConsultation, {key.authority_id, key.dossier_id, consultation_id}));
  return row ? std::optional<Consultation>(ConsultationOf(*row)) : std::nullopt;
}

Result<bool> UpdateConsultation(db::Tx& tx, const Consultation& c, std::string_view status_seen) {
  TINHSO_ASSIGN(int64_t changed, tx.Execute(kUpdateConsultation, {c.key.authority_id, c.key.dossier_id, c.consultation_id, c.status, c.verdict, c.answer,
                                                                  c.answered_by, c.answered_position, c.reminded_at_us, c.ended_at_us, status_seen}));
  return changed == 1;
}

Status InsertConsultationFile(db::Tx& tx, Key key, const ConsultationFile& f) {
  return tx.Send(kInsertConsultationFile, {key.authority_id, key.dossier_id, f.consultation_id, f.kind, f.file.file_id, f.file.name, f.file.media_type, f.file.size_bytes});
}

Result<std::vector<ConsultationFile>> ConsultationFiles(db::Tx& tx, Key key) {
  TINHSO_ASSIGN(auto rows, tx.Query(kConsultationFiles, {key.authority_id, key.dossier_id}));
  std::vector<ConsultationFile> out;
  for (const auto& row : rows) out.push_back({row.Int(0), row.Text(1), {0, row.Int(2), row.Text(3), row.Text(4), row.Int(5)}});
  return out;
}

Status InsertAsked(db::Tx& tx, const Asked& a) {
  return tx.Send(kInsertAsked, {a.authority_id, a.consultation_id, a.unit_id, a.key.authority_id, a.key.dossier_id, a.due_at_us});
}

Status EndAsked(db::Tx& tx, int64_t authority_id, int64_t consultation_id, TimeUs ended_at_us, bool counted) {
  return tx.Send(kEndAsked, {authority_id, consultation_id, ended_at_us, counted ? 1 : 0});
}

Result<std::vector<Asked>> AskedPage(db::Tx& tx, int64_t authority_id, int64_t unit_id, int64_t before, int64_t limit) {
  TINHSO_ASSIGN(auto rows, tx.Query(kAskedPage, {authority_id, unit_id, before, limit}));
  std::vector<Asked> out;
  for (const auto& row : rows)
    out.push_back({row.Int(0), row.Int(1), row.Int(2), {row.Int(3), row.Int(4)}, row.Int(5), row.OptInt(6), row.Int(7) != 0});
  return out;
}

Result<AskedCounts> CountAsked(db::Tx& tx, int64_t authority_id, int64_t unit_id, TimeUs now_us) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kCountAsked, {authority_id, unit_id, now_us}));
  if (!row) return AskedCounts{};
  // A sum over no rows is NULL.
  return AskedCounts{row->OptInt(0).value_or(0), row->OptInt(1).value_or(0), row->OptInt(2).value_or(0), row->OptInt(3).value_or(0)};
}

}  // namespace tinhso::dossiers::store
