#include "store.h"

namespace tinhso::procedures::store {
namespace {

constexpr db::Sql kEachRow = R"sql(
  SELECT procedure_code, version, name, name_folded, field, field_folded, levels, raw_sha256, parser_version, brief_json
  FROM procedure ORDER BY procedure_code)sql";
constexpr db::Sql kInsertRow = R"sql(
  INSERT INTO procedure (procedure_code, version, name, name_folded, field, field_folded, levels, raw_sha256,
                         parser_version, brief_json, updated_at_us)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
  ON CONFLICT (procedure_code) DO NOTHING)sql";
constexpr db::Sql kUpdateRow = R"sql(
  UPDATE procedure SET version = $2, name = $3, name_folded = $4, field = $5, field_folded = $6, levels = $7,
    raw_sha256 = $8, parser_version = $9, brief_json = $10, updated_at_us = $11
  WHERE procedure_code = $1 AND version = $12)sql";
constexpr db::Sql kInsertVersion = R"sql(
  INSERT INTO procedure_version (procedure_code, version, decision_no, effective_on, raw_sha256, body_json, raw_json,
                                 imported_at_us)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8))sql";
constexpr db::Sql kUpdateBody = R"sql(
  UPDATE procedure_version SET body_json = $3 WHERE procedure_code = $1 AND version = $2)sql";
constexpr db::Sql kFindNewest = R"sql(
  SELECT v.version, v.decision_no, v.effective_on, v.body_json, v.raw_json, v.imported_at_us
  FROM procedure p JOIN procedure_version v ON v.procedure_code = p.procedure_code AND v.version = p.version
  WHERE p.procedure_code = $1)sql";
constexpr db::Sql kFindVersion = R"sql(
  SELECT version, decision_no, effective_on, body_json, raw_json, imported_at_us
  FROM procedure_version WHERE procedure_code = $1 AND version = $2)sql";
constexpr db::Sql kListVersions = R"sql(
  SELECT version, decision_no, effective_on, '', '', imported_at_us
  FROM procedure_version WHERE procedure_code = $1 ORDER BY version DESC)sql";
constexpr db::Sql kEachConfig = R"sql(
  SELECT procedure_code, config_version, form_id, workflow_id, result_template, definition_json
  FROM procedure_config ORDER BY procedure_code)sql";
constexpr db::Sql kPutConfig = R"sql(
  INSERT INTO procedure_config (procedure_code, config_version, form_id, workflow_id, result_template, definition_json,
                                updated_at_us)
  VALUES ($1, $2, $3, $4, $5, $6, $7)
  ON CONFLICT (procedure_code) DO UPDATE SET config_version = excluded.config_version, form_id = excluded.form_id,
    workflow_id = excluded.workflow_id, result_template = excluded.result_template,
    definition_json = excluded.definition_json, updated_at_us = excluded.updated_at_us)sql";
constexpr db::Sql kDeleteConfig = R"sql(DELETE FROM procedure_config WHERE procedure_code = $1)sql";
constexpr db::Sql kRevision = R"sql(SELECT revision FROM procedure_revision WHERE revision_id = 1)sql";
constexpr db::Sql kRaiseRevision = R"sql(
  UPDATE procedure_revision SET revision = revision + 1 WHERE revision_id = 1)sql";

Version ReadVersion(const db::Row& row) {
  return {row.Int(0), row.Text(1), row.Text(2), row.Text(3), row.Text(4), row.Int(5)};
}

}  // namespace

Status EachRow(db::Tx& tx, const std::function<bool(const Row&)>& fn) {
  return tx.ForEach(kEachRow, {}, [&](const db::Row& r) {
    return fn(Row{r.Text(0), r.Int(1), r.Text(2), r.Text(3), r.Text(4), r.Text(5), r.Text(6), r.Text(7),
                  r.Int(8), r.Text(9)});
  });
}

Status Apply(db::Tx& tx, const Write& write, TimeUs now_us) {
  const Row& row = write.row;
  if (write.kind == Write::Kind::kAdd) {
    TINHSO_ASSIGN(
        const int64_t added,
        tx.Execute(kInsertRow, {row.code, row.version, row.name, row.name_folded, row.field, row.field_folded,
                                row.levels, row.raw_sha256, row.parser_version, row.brief_json, now_us}));
    if (added == 0) return MakeError(ErrorCode::kConflict, "procedure_version_stale");
  } else {
    const int64_t before = write.kind == Write::Kind::kNewVersion ? row.version - 1 : row.version;
    TINHSO_ASSIGN(const int64_t changed,
                  tx.Execute(kUpdateRow, {row.code, row.version, row.name, row.name_folded, row.field,
                                          row.field_folded, row.levels, row.raw_sha256, row.parser_version,
                                          row.brief_json, now_us, before}));
    if (changed == 0) return MakeError(ErrorCode::kConflict, "procedure_version_stale");
  }
  if (write.kind == Write::Kind::kReread) {
    TINHSO_TRY(tx.Execute(kUpdateBody, {row.code, row.version, write.body_json}));
  } else {
    TINHSO_TRY(tx.Execute(kInsertVersion, {row.code, row.version, write.decision_no, write.effective_on,
                                           row.raw_sha256, write.body_json, write.raw_json, now_us}));
  }
  return Ok();
}

Result<std::optional<Version>> FindVersion(db::Tx& tx, std::string_view code, int64_t version) {
  auto row = version == 0 ? tx.QueryOne(kFindNewest, {code}) : tx.QueryOne(kFindVersion, {code, version});
  if (!row.ok()) return row.error();
  if (!*row) return std::optional<Version>();
  return std::optional<Version>(ReadVersion(**row));
}

Result<std::vector<Version>> ListVersions(db::Tx& tx, std::string_view code) {
  TINHSO_ASSIGN(const db::Rows rows, tx.Query(kListVersions, {code}));
  std::vector<Version> out;
  for (const db::Row& row : rows) out.push_back(ReadVersion(row));
  return out;
}

Status EachConfig(db::Tx& tx, const std::function<bool(const Config&)>& fn) {
  return tx.ForEach(kEachConfig, {}, [&](const db::Row& r) {
    return fn(Config{r.Text(0), r.Int(1), r.Text(2), r.Text(3), r.Text(4), r.Text(5)});
  });
}

Status PutConfig(db::Tx& tx, const Config& config, TimeUs now_us) {
  TINHSO_TRY(tx.Execute(kPutConfig, {config.code, config.version, config.form_id, config.workflow_id,
                                     config.result_template, config.definition_json, now_us}));
  return Ok();
}

Status DeleteConfig(db::Tx& tx, std::string_view code) {
  TINHSO_TRY(tx.Execute(kDeleteConfig, {code}));
  return Ok();
}

Result<int64_t> Revision(db::Tx& tx) {
  TINHSO_ASSIGN(const auto row, tx.QueryOne(kRevision, {}));
  return row ? row->Int(0) : 0;
}

Status RaiseRevision(db::Tx& tx) {
  TINHSO_TRY(tx.Execute(kRaiseRevision, {}));
  return Ok();
}

}  // namespace tinhso::procedures::store
