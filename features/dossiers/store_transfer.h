// The SQL of transfers: dossiers received at another unit's desk. Every function runs in the caller's Tx.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "store.h"

namespace tinhso::dossiers::store {

// One row of dossier_transfer; members are its columns. Each transfer has two: one in each authority's own list.
struct Transfer {
  int64_t authority_id = 0;  // whose list it stands in
  std::string side;          // "here": received there for another; "elsewhere": received by another for it
  Key key;                   // the dossier
  int64_t reception_unit_id = 0, return_unit_id = 0;
  std::string procedure_code, papers = "[]";
  TimeUs received_at_us = 0;
  std::string due_on;
  std::optional<int64_t> sent_at_us;
  std::string sent_by, sent_position, sent_note;
  std::optional<int64_t> taken_at_us;
  std::string taken_by, taken_position, taken_note;
  std::optional<int64_t> returned_at_us;
};
Status InsertTransfer(db::Tx& tx, const Transfer& t);
Result<std::optional<Transfer>> FindTransfer(db::Tx& tx, Key key);
// Writes what was sent, taken and returned into one authority's row.
Status UpdateTransfer(db::Tx& tx, const Transfer& t, int64_t authority_id);
// Received from `from_us` on and before `to_us`, the newest first, before a dossier; `visit` returns false to stop.
struct TransferPage {
  int64_t authority_id = 0;
  std::string_view side;
  TimeUs from_us = 0, to_us = 0;
  int64_t before_dossier_id = 0;
};
Status ForEachTransfer(db::Tx& tx, const TransferPage& page, const std::function<bool(const Transfer&)>& visit);

}  // namespace tinhso::dossiers::store
