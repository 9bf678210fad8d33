// Slips that were issued, and the register book they are entered in.
#include "store.h"

namespace tinhso::dossiers::store {
namespace {

constexpr db::Sql kFindSlip = R"sql(
  SELECT slip_no, number, issued_at_us, template_id, template_version, content FROM dossier_slip
  WHERE authority_id = $1 AND dossier_id = $2 AND records = $3 AND event_id = $4)sql";
constexpr db::Sql kInsertSlip = R"sql(
  INSERT INTO dossier_slip (authority_id, dossier_id, records, event_id, slip_no, number, issued_at_us, template_id, template_version,
    content)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10))sql";

}  // namespace

Result<std::optional<Slip>> FindSlip(db::Tx& tx, Key key, std::string_view records, int64_t event_id) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kFindSlip, {key.authority_id, key.dossier_id, records, event_id}));
  if (!row) return std::optional<Slip>();
  return std::optional<Slip>(Slip{std::string(records), event_id, row->Text(0), row->Int(1), row->Int(2), row->Text(3), row->Int(4), row->Text(5)});
}

Status InsertSlip(db::Tx& tx, Key key, const Slip& slip) {
  TINHSO_TRY(tx.Execute(kInsertSlip, {key.authority_id, key.dossier_id, slip.records, slip.event_id, slip.slip_no, slip.number,
                                      slip.issued_at_us, slip.template_id, slip.template_version, slip.content}));
  return Ok();
}

}  // namespace tinhso::dossiers::store
