#include "store_transfer.h"

namespace tinhso::dossiers::store {
namespace {

#define TRANSFER_COLUMNS \
  "authority_id, side, subject_authority_id, dossier_id, reception_unit_id, return_unit_id, procedure_code, papers, received_at_us, due_on, " \
  "sent_at_us, sent_by, sent_position, sent_note, taken_at_us, taken_by, taken_position, taken_note, returned_at_us "
constexpr db::Sql kInsertTransfer =
    "INSERT INTO dossier_transfer (" TRANSFER_COLUMNS
    ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)";
constexpr db::Sql kFindTransfer = "SELECT " TRANSFER_COLUMNS "FROM dossier_transfer WHERE authority_id = $1 AND dossier_id = $2";
constexpr db::Sql kUpdateTransfer = R"sql(
  UPDATE dossier_transfer SET sent_at_us = $3, sent_by = $4, sent_position = $5, sent_note = $6, taken_at_us = $7, taken_by = $8,
    taken_position = $9, taken_note = $10, returned_at_us = $11
  WHERE authority_id = $1 AND dossier_id = $2)sql";
constexpr db::Sql kTransfersDown =
    "SELECT " TRANSFER_COLUMNS "FROM dossier_transfer WHERE authority_id = $1 AND side = $2 AND received_at_us >= $3 AND received_at_us < $4 "
    "AND dossier_id < $5 ORDER BY dossier_id DESC";

Transfer TransferOf(const db::Row& row) {
  Transfer t;
  t.authority_id = row.Int(0);
  t.side = row.Text(1);
  t.key = {row.Int(2), row.Int(3)};
  t.reception_unit_id = row.Int(4);
  t.return_unit_id = row.Int(5);
  t.procedure_code = row.Text(6);
  t.papers = row.Text(7);
  t.received_at_us = row.Int(8);
  t.due_on = row.Text(9);
  t.sent_at_us = row.OptInt(10);
  t.sent_by = row.Text(11);
  t.sent_position = row.Text(12);
  t.sent_note = row.Text(13);
  t.taken_at_us = row.OptInt(14);
  t.taken_by = row.Text(15);
  t.taken_position = row.Text(16);
  t.taken_note = row.Text(17);
  t.returned_at_us = row.OptInt(18);
  return t;
}

}  // namespace

Status InsertTransfer(db::Tx& tx, const Transfer& t) {
  return tx.Send(kInsertTransfer, {t.authority_id, t.side, t.key.authority_id, t.key.dossier_id, t.reception_unit_id, t.return_unit_id, t.procedure_code,
                                   t.papers, t.received_at_us, t.due_on, t.sent_at_us, t.sent_by, t.sent_position, t.sent_note, t.taken_at_us, t.taken_by,
                                   t.taken_position, t.taken_note, t.returned_at_us});
}

Result<std::optional<Transfer>> FindTransfer(db::Tx& tx, Key key) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kFindTransfer, {key.authority_id, key.dossier_id}));
  return row ? std::optional<Transfer>(TransferOf(*row)) : std::nullopt;
}

Status UpdateTransfer(db::Tx& tx, const Transfer& t, int64_t authority_id) {
  return tx.Send(kUpdateTransfer, {authority_id, t.key.dossier_id, t.sent_at_us, t.sent_by, t.sent_position, t.sent_note, t.taken_at_us, t.taken_by,
                                   t.taken_position, t.taken_note, t.returned_at_us});
}

Status ForEachTransfer(db::Tx& tx, const TransferPage& page, const std::function<bool(const Transfer&)>& visit) {
  return tx.ForEach(kTransfersDown, {page.authority_id, page.side, page.from_us, page.to_us, page.before_dossier_id},
                    [&](const db::Row& row) { return visit(TransferOf(row)); });
}

}  // namespace tinhso::dossiers::store
