// The only SQL of the queue. Every function runs in the caller's Tx.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "kernel/db/db.h"

namespace tinhso::queue::store {

struct Ticket {
  int64_t authority_id = 0, ticket_id = 0;
  std::string on_day, service_group, ticket_no, state, desk;
  int64_t account_id = 0;
  TimeUs taken_at_us = 0, order_at_us = 0, queued_at_us = 0;
  std::optional<int64_t> called_at_us, shown_at_us, finished_at_us;
  int64_t calls = 0, version = 1;
};

struct Day {
  int64_t authority_id = 0;
  std::string_view on_day;
};

Status Insert(db::Tx& tx, const Ticket& ticket);
Result<std::optional<Ticket>> Find(db::Tx& tx, int64_t authority_id, int64_t ticket_id);
// Marks the longest waiting as called by this officer; `groups` is ",A,C," or "" for all. nullopt when nobody waits.
struct CallParams {
  std::string_view groups, desk;
  int64_t account_id = 0;
  TimeUs now_us = 0;
};
Result<std::optional<Ticket>> CallNext(db::Tx& tx, Day day, const CallParams& params);
Status FinishAtHand(db::Tx& tx, Day day, int64_t account_id, TimeUs now_us);
// Writes what an action changes if the row is still as it was seen; false when it is not.
Result<bool> Update(db::Tx& tx, const Ticket& ticket, int64_t version_seen, std::string_view state_seen);
Result<std::optional<Ticket>> AtHand(db::Tx& tx, Day day, int64_t account_id);
// Of a state, last shown first.
Result<std::vector<Ticket>> InState(db::Tx& tx, Day day, std::string_view state, int64_t limit);
struct Count {
  std::string service_group;
  int64_t waiting = 0;
};
Result<std::vector<Count>> Waiting(db::Tx& tx, Day day);

// Sums of a day and desk.
struct Figure {
  std::string on_day, desk;
  int64_t called = 0, no_show = 0, finished = 0, wait_us = 0, service_us = 0;
};
Result<std::vector<Figure>> Figures(db::Tx& tx, int64_t authority_id, std::string_view from, std::string_view to);

struct Setting {
  std::string service_groups, kiosk_key_sha256;
};
Result<Setting> GetSetting(db::Tx& tx, int64_t authority_id);
Status PutGroups(db::Tx& tx, int64_t authority_id, std::string_view groups);
Status PutKey(db::Tx& tx, int64_t authority_id, std::string_view key_sha256);

}  // namespace tinhso::queue::store
