// A check of the log in slices: each reads a part in a transaction of its own, so that a long log holds up nobody, and what is known
// after one is enough to go on after a restart. Private to kernel/audit.
#pragma once
#include <map>
#include <set>
#include <string>

#include "kernel/audit/audit.h"
#include "store.h"

namespace tinhso::audit {

inline constexpr int64_t kCheckSlice = 20'000;  // leaves, or rows of who was shown, in one transaction

struct CheckState {
  TimeUs started_at_us = 0;
  bool begun = false;
  int64_t until = 0;      // the log's size at the beginning: lists of persons are held to the leaves below
  int64_t next = 0;       // the next leaf
  std::string frontier;   // of the leaves before it
  bool seen_done = false;
  store::SeenKey seen;    // the last row read
  int64_t marks = 0, shown = 0;                  // persons that the leaves name; rows that name them
  int64_t with_event = 0, missing_nodes = 0;
  std::map<int64_t, int64_t> erased, said;       // by event audit.erased: events found erased, and what it says
  int64_t said_lists = 0;
  std::set<int64_t> staged_erasures;  // events audit.erased that were staged at the beginning
  CheckReport report;

  // What cannot be read is begun anew.
  static CheckState Parse(const std::string& text);
  std::string Serialize() const;
  std::string ReportText() const;
};

// One more slice of at most about `slice` rows; true at the end, when `state.report` is complete. When a person's data is erased while
// the check is under way it begins anew, since what it has counted is not so any more.
Result<bool> CheckSome(db::Database& database, std::string_view verifier_key, CheckState& state, int64_t slice);

}  // namespace tinhso::audit
