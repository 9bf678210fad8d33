// The only SQL of this feature. Every function runs in the caller's Tx.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "kernel/db/db.h"

namespace tinhso::portal::store {

struct Row {
  int64_t authority_id = 0, dossier_id = 0;
  std::string dossier_code, state;
  int64_t changes = 0;
  TimeUs changed_at_us = 0;
  int64_t sent_event_id = 0;
  TimeUs sent_at_us = 0;
  int64_t attempts = 0;
  std::string error_code, error_text;
};

// The dossier changed: it waits, whatever became of it before.
Status Changed(db::Tx& tx, int64_t authority_id, int64_t dossier_id, std::string_view dossier_code, TimeUs now_us);
// The next authority after `authority_id` with rows of this state; std::nullopt at the end.
Result<std::optional<int64_t>> NextAuthority(db::Tx& tx, std::string_view state, int64_t authority_id);
// Of one authority and state, the longest unsaid first.
Result<std::vector<Row>> List(db::Tx& tx, int64_t authority_id, std::string_view state, int64_t limit);
Result<int64_t> Count(db::Tx& tx, std::string_view state);
// When something was last taken; 0 = never.
Result<TimeUs> LastSent(db::Tx& tx);
// Taken as far as `event_id`: "sent", unless it changed since `row` was read.
Status Sent(db::Tx& tx, const Row& row, int64_t event_id, TimeUs now_us);
Status Refused(db::Tx& tx, const Row& row, std::string_view code, std::string_view text);
// A refused one waits again. False when there is none of this code.
Result<bool> Resend(db::Tx& tx, int64_t authority_id, std::string_view dossier_code, TimeUs now_us);

}  // namespace tinhso::portal::store
