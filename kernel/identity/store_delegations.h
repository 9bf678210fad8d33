// The SQL of delegations: included by impl.h beside store.h.
#pragma once
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "store.h"

namespace tinhso::identity::store {

struct DelegationRow {
  int64_t delegation_id = 0, assignment_id = 0, from_account_id = 0, to_account_id = 0;
  std::string valid_from_on, valid_to_on, reason;
  int64_t created_by = 0;
  TimeUs created_at_us = 0;
  int64_t revoked_by = 0;
  TimeUs revoked_at_us = 0;
};

// With the assignment and the names a person reads.
struct DelegationView : DelegationRow {
  AssignmentRow assignment;
  std::string from_name, to_name, created_by_name, revoked_by_name;
};

// An assignment with the name of who holds it.
struct HeldAssignment : AssignmentRow {
  std::string full_name;
};

Status InsertDelegation(db::Tx& tx, const DelegationRow& delegation);
// False when it was revoked before, or its last day is past.
Result<bool> RevokeDelegation(db::Tx& tx, int64_t delegation_id, int64_t revoked_by, std::string_view today, TimeUs now_us);
// Its last day becomes `last_day_on`, however long it was for.
Status ShortenDelegation(db::Tx& tx, int64_t delegation_id, std::string_view last_day_on);
Result<std::optional<DelegationView>> DelegationById(db::Tx& tx, int64_t delegation_id);
// Neither revoked nor over on `from_on`, of one assignment, oldest first.
Result<std::vector<DelegationRow>> OpenDelegationsOf(db::Tx& tx, int64_t assignment_id, std::string_view from_on);
Result<int64_t> CountOpenTo(db::Tx& tx, int64_t to_account_id, std::string_view today);
// In force on `today` for who acts; the assignment and its holder must be in force too.
Result<std::vector<DelegationView>> DelegationsTo(db::Tx& tx, int64_t to_account_id, std::string_view today);
// Who may act on `today` for holders of `role` in the unit; from_account_id 0 = for any of them.
Result<std::vector<int64_t>> StandIns(db::Tx& tx, int64_t unit_id, std::string_view role, int64_t from_account_id,
                                      std::string_view today);

// Newest first, delegation_id < before, of those whose last day is not before `since_on`.
struct DelegationFilter {
  int64_t account_id = 0;    // given by or to; 0 = any
  int64_t authority_id = 0;  // of the assignment; 0 = any
  int64_t before = 0;
  std::string_view since_on;
  int64_t limit = 0;
};
Result<std::vector<DelegationView>> DelegationPage(db::Tx& tx, const DelegationFilter& filter);

// Not ended, of an account that exists and is open. Takes the row's lock, so that two delegations of it do not pass each other.
Result<std::optional<AssignmentRow>> LockAssignment(db::Tx& tx, int64_t assignment_id);
// In force on `today` or later, by name of the holder; authority_id 0 = any. Administrators' are left out.
struct HolderFilter {
  int64_t authority_id = 0;
  std::array<std::string, kQueryWordsMax> words;
  std::string_view today;
  int64_t limit = 0;
};
Result<std::vector<HeldAssignment>> HeldAssignments(db::Tx& tx, const HolderFilter& filter);

}  // namespace tinhso::identity::store
