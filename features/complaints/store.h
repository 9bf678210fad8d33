// The only SQL of complaints. Every function runs in the caller's Tx.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "kernel/db/db.h"

namespace tinhso::complaints::store {

// One row of table `complaint`; members are its columns.
struct Complaint {
  int64_t authority_id = 0, complaint_id = 0;
  std::string complaint_code;
  int64_t dossier_id = 0;
  std::string dossier_code, procedure_name;
  int64_t person_id = 0;
  std::string person_name, kind, body;
  TimeUs received_at_us = 0;
  int64_t held_authority_id = 0;  // whose leader answers
  TimeUs due_at_us = 0;
  std::string due_on, due_line;
  std::string state, outcome, answer;
  std::optional<int64_t> answered_at_us;
  int64_t answered_account_id = 0;
  std::string answered_name, answered_position, answered_unit, answered_on_behalf_of;
  int64_t version = 1;
};

// False when one of that code exists already.
Result<bool> Insert(db::Tx& tx, const Complaint& complaint);
Result<std::vector<Complaint>> OfDossier(db::Tx& tx, int64_t authority_id, int64_t dossier_id);  // newest first
Result<std::optional<Complaint>> Find(db::Tx& tx, int64_t authority_id, std::string_view complaint_code);
// Newest first, older than `before`.
struct Asked {
  std::string state;
  int64_t before = INT64_MAX, limit = 0;
};
Result<std::vector<Complaint>> InState(db::Tx& tx, int64_t authority_id, const Asked& asked);
// Writes the answer if the row is open and as it was seen.
Result<bool> Answer(db::Tx& tx, const Complaint& complaint, int64_t version_seen);

}  // namespace tinhso::complaints::store
