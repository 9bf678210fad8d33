// Joint files and their parts.
#include "store.h"

namespace tinhso::dossiers::store {
namespace {

constexpr db::Sql kInsertJoint = R"sql(
  INSERT INTO joint_file (authority_id, joint_code, procedure_code, procedure_name, person_id, proxy_person_id, submitted_at_us)
  VALUES ($1, $2, $3, $4, $5, $6, $7))sql";
constexpr db::Sql kInsertPart = R"sql(
  INSERT INTO joint_part (authority_id, joint_code, part_no, part_id, part_authority_id, dossier_id, dossier_code, waits_for, result_paper,
    result_field)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10))sql";
constexpr db::Sql kGetJoint = R"sql(
  SELECT procedure_code, procedure_name, person_id, proxy_person_id, submitted_at_us FROM joint_file
  WHERE authority_id = $1 AND joint_code = $2)sql";
constexpr db::Sql kParts = R"sql(
  SELECT part_id, part_authority_id, dossier_id, dossier_code, waits_for, result_paper, result_field FROM joint_part
  WHERE authority_id = $1 AND joint_code = $2 ORDER BY part_no)sql";

}  // namespace

Status InsertJoint(db::Tx& tx, const Joint& joint) {
  TINHSO_TRY(tx.Send(kInsertJoint, {joint.authority_id, joint.joint_code, joint.procedure_code, joint.procedure_name, joint.person_id,
                                    joint.proxy_person_id, joint.submitted_at_us}));
  int64_t part_no = 0;
  for (const JointPart& p : joint.parts)
    TINHSO_TRY(tx.Send(kInsertPart, {joint.authority_id, joint.joint_code, ++part_no, p.part_id, p.key.authority_id, p.key.dossier_id,
                                     p.dossier_code, p.waits_for, p.result_paper, p.result_field}));
  return Ok();
}

Result<std::optional<Joint>> FindJoint(db::Tx& tx, int64_t authority_id, std::string_view joint_code) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kGetJoint, {authority_id, joint_code}));
  if (!row) return std::optional<Joint>();
  Joint joint{authority_id, std::string(joint_code), row->Text(0), row->Text(1), row->Int(2), row->Int(3), row->Int(4), {}};
  TINHSO_ASSIGN(auto rows, tx.Query(kParts, {authority_id, joint_code}));
  for (const db::Row& r : rows)
    joint.parts.push_back({r.Text(0), {r.Int(1), r.Int(2)}, r.Text(3), r.Text(4), r.Text(5), r.Text(6)});
  return std::optional<Joint>(std::move(joint));
}

}  // namespace tinhso::dossiers::store
