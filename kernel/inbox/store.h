// The only SQL of kernel/inbox.
#pragma once
#include <array>
#include <string>
#include <vector>

#include "kernel/inbox/inbox.h"

namespace tinhso::inbox::store {

inline constexpr size_t kRolesMax = 5;  // the roles an assignment can give (all but citizen)
inline constexpr size_t kWordsMax = 4;  // words of a query that count

// Whose inbox, and which part of it. Every text is "" when it does not restrict.
struct Filter {
  int64_t authority_id = 0, unit_id = 0, account_id = 0;
  std::array<std::string, kRolesMax> roles;
  bool mine_only = false;
  TimeUs due_from_us = 0, due_to_us = 0;      // half-open
  std::string state;
  std::array<std::string, kWordsMax> words;   // folded
};

// Keyset: strictly after (key, item_id) in the order asked for; key is a time, or a code for kCode.
struct After {
  int64_t key_us = 0;
  std::string key_code;
  int64_t item_id = 0;
};
enum class Sort { kDue, kReceived, kCode };

Status Insert(db::Tx& tx, const Item& item);
// The authorities whose lists it changed.
Result<std::vector<int64_t>> Upsert(db::Tx& tx, const Item& item);
Status Delete(db::Tx& tx, std::string_view subject_kind, int64_t subject_id, int64_t authority_id);
Result<std::vector<Item>> Page(db::Tx& tx, const Filter& filter, Sort sort, const After& after, int64_t limit);

Result<int64_t> CountHeld(db::Tx& tx, Holder holder);
Result<std::vector<Item>> Held(db::Tx& tx, Holder holder, int64_t limit);

struct UnitCount {
  int64_t subject_authority_id = 0, total = 0, late = 0;
};
// authority_id 0 = every authority.
Result<std::vector<UnitCount>> CountsByUnit(db::Tx& tx, int64_t authority_id, TimeUs late_before_us);

// Items due before `ahead_us` whose holders have not heard of it, or of its having passed; nearest first.
Result<std::vector<Item>> Unwarned(db::Tx& tx, TimeUs now_us, TimeUs ahead_us, int64_t limit);
// The same of the present step.
Result<std::vector<Item>> UnwarnedSteps(db::Tx& tx, TimeUs now_us, TimeUs ahead_us, int64_t limit);
// False when the item is gone, has another due date or was marked by somebody else.
Result<bool> SetWarned(db::Tx& tx, const Item& item, int warned);
Result<bool> SetStepWarned(db::Tx& tx, const Item& item, int warned);

// Open work of an authority by who has it (0 = nobody yet) and what it is about.
struct LoadCount {
  int64_t account_id = 0;
  std::string full_name, title;
  int64_t total = 0, late = 0, today = 0, soon = 0;
};
// late: before `late_before_us`; today: before `today_before_us`; soon: before `soon_before_us`.
struct LoadLimits {
  TimeUs late_before_us, today_before_us, soon_before_us;
};
Result<std::vector<LoadCount>> Load(db::Tx& tx, int64_t authority_id, const LoadLimits& limits);
// Its items, nearest deadline first. account_id -1 and "" do not restrict.
struct OfficeFilter {
  int64_t authority_id = 0, account_id = -1;
  std::string title;
  TimeUs due_from_us = 0, due_to_us = 0;  // half-open
};
Result<std::vector<Item>> OfficePage(db::Tx& tx, const OfficeFilter& filter, const After& after, int64_t limit);

struct StateCount {
  std::string state;
  int64_t national_state = 0, late = 0, soon = 0, ok = 0, none = 0, mine = 0, total = 0;
};
// One statement: counts by state and deadline colour of everything the caller sees. late: before `late_before_us`; soon: before
// `soon_before_us`.
Result<std::vector<StateCount>> Counts(db::Tx& tx, const Filter& filter, TimeUs late_before_us, TimeUs soon_before_us);

}  // namespace tinhso::inbox::store
