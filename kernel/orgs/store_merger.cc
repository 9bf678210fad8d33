// The SQL of mergers and of what units became.
#include "kernel/db/cluster.h"
#include "store.h"

namespace tinhso::orgs::store {
namespace {

constexpr db::Sql kSelectUnitSuccessions = "SELECT from_unit_id, to_unit_id, effective_on FROM unit_succession ORDER BY from_unit_id";
constexpr db::Sql kInsertUnitSuccession = R"sql(
  INSERT INTO unit_succession (from_unit_id, to_unit_id, effective_on, merger_id) VALUES ($1, $2, $3, $4)
  ON CONFLICT (from_unit_id) DO NOTHING)sql";
constexpr db::Sql kCloseUnit = "UPDATE unit SET valid_to_on = $1, version = version + 1 WHERE unit_id = $2 AND valid_to_on = ''";
constexpr db::Sql kInsertMerger = R"sql(
  INSERT INTO merger (merger_id, state, effective_on, plan, account_id, assignment_id, created_at_us, started_at_us, finished_at_us,
                      version)
  VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, 1))sql";
constexpr db::Sql kSelectMerger = R"sql(
  SELECT merger_id, state, effective_on, plan, account_id, assignment_id, created_at_us, started_at_us, finished_at_us, version
  FROM merger WHERE merger_id = $1)sql";
constexpr db::Sql kSelectMergers = R"sql(
  SELECT merger_id, state, effective_on, plan, account_id, assignment_id, created_at_us, started_at_us, finished_at_us, version
  FROM merger ORDER BY merger_id DESC)sql";
constexpr db::Sql kUpdateMerger = R"sql(
  UPDATE merger SET state = $1, started_at_us = $2, finished_at_us = $3, version = version + 1
  WHERE merger_id = $4 AND version = $5)sql";
constexpr db::Sql kUpsertMergerPart = R"sql(
  INSERT INTO merger_part (merger_id, part, expected, moved) VALUES ($1, $2, $3, $4)
  ON CONFLICT (merger_id, part) DO UPDATE SET expected = excluded.expected)sql";
constexpr db::Sql kAddMoved = "UPDATE merger_part SET moved = moved + $1 WHERE merger_id = $2 AND part = $3";
constexpr db::Sql kSelectMergerParts = "SELECT part, expected, moved FROM merger_part WHERE merger_id = $1 ORDER BY part";

MergerRow MergerOf(const db::Row& row) {
  return {row.Int(0), row.Text(1), row.Text(2), row.Text(3), row.Int(4), row.Int(5), row.Int(6), row.Int(7), row.Int(8), row.Int(9)};
}

}  // namespace

Result<std::vector<SuccessionRow>> AllSuccessions(db::Tx& tx) {
  TINHSO_ASSIGN(auto rows, tx.Query(kSelectUnitSuccessions, {}));
  std::vector<SuccessionRow> out;
  for (const auto& row : rows) out.push_back({row.Int(0), row.Int(1), row.Text(2)});
  return out;
}

Result<bool> InsertSuccession(db::Tx& tx, const SuccessionRow& row, int64_t merger_id) {
  TINHSO_TRY(db::Touch(tx, kCache));
  TINHSO_ASSIGN(int64_t changed,
                tx.Execute(kInsertUnitSuccession, {row.from_unit_id, row.to_unit_id, row.effective_on, merger_id}));
  return changed == 1;
}

Status CloseUnit(db::Tx& tx, int64_t unit_id, std::string_view valid_to_on) {
  TINHSO_TRY(db::Touch(tx, kCache));
  TINHSO_TRY(tx.Execute(kCloseUnit, {valid_to_on, unit_id}));
  return Ok();
}

Status InsertMerger(db::Tx& tx, const MergerRow& row) {
  TINHSO_TRY(tx.Execute(kInsertMerger, {row.merger_id, row.state, row.effective_on, row.plan, row.account_id, row.assignment_id,
                                        row.created_at_us}));
  return Ok();
}

Result<std::optional<MergerRow>> MergerById(db::Tx& tx, int64_t merger_id) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kSelectMerger, {merger_id}));
  if (!row) return std::optional<MergerRow>();
  return std::optional<MergerRow>(MergerOf(*row));
}

Result<std::vector<MergerRow>> AllMergers(db::Tx& tx) {
  TINHSO_ASSIGN(auto rows, tx.Query(kSelectMergers, {}));
  std::vector<MergerRow> out;
  for (const auto& row : rows) out.push_back(MergerOf(row));
  return out;
}

Result<bool> SetMergerState(db::Tx& tx, const MergerRow& row, int64_t version_seen) {
  TINHSO_ASSIGN(int64_t changed,
                tx.Execute(kUpdateMerger, {row.state, row.started_at_us, row.finished_at_us, row.merger_id, version_seen}));
  return changed == 1;
}

Status PutMergerPart(db::Tx& tx, int64_t merger_id, const MergerPartRow& part) {
  TINHSO_TRY(tx.Execute(kUpsertMergerPart, {merger_id, part.part, part.expected, part.moved}));
  return Ok();
}

Status AddMoved(db::Tx& tx, int64_t merger_id, std::string_view part, int64_t moved) {
  TINHSO_TRY(tx.Execute(kAddMoved, {moved, merger_id, part}));
  return Ok();
}

Result<std::vector<MergerPartRow>> MergerParts(db::Tx& tx, int64_t merger_id) {
  TINHSO_ASSIGN(auto rows, tx.Query(kSelectMergerParts, {merger_id}));
  std::vector<MergerPartRow> out;
  for (const auto& row : rows) out.push_back({row.Text(0), row.Int(1), row.Int(2)});
  return out;
}

}  // namespace tinhso::orgs::store
