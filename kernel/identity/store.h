// The only SQL of kernel/identity.
#pragma once
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "kernel/identity/identity.h"

namespace tinhso::identity::store {

inline constexpr size_t kQueryWordsMax = 3;
using QueryWords = std::array<std::string, kQueryWordsMax>;  // empty ones match everything

struct AccountRow {
  int64_t account_id = 0;
  std::string username;
  int64_t person_id = 0;
  std::string full_name, password_hash;
  TimeUs password_expires_at_us = 0;  // 0 = does not expire
  bool must_change_password = false, enabled = true, demo = false;
  int64_t home_authority_id = 0;      // the authority whose administrator made it; 0 = the installation
  TimeUs created_at_us = 0, signed_in_at_us = 0;
  std::string kind = "person";        // or "machine"
  int64_t failed_tries = 0;           // wrong codes of the second factor since the last right one
  TimeUs failed_at_us = 0;
};

struct AssignmentRow {
  int64_t assignment_id = 0, account_id = 0, unit_id = 0, authority_id = 0;
  std::string role, position, valid_from_on, valid_to_on;
};

// Accounts.
Result<std::optional<AccountRow>> AccountByUsername(db::Tx& tx, std::string_view username);
Result<std::optional<AccountRow>> AccountById(db::Tx& tx, int64_t account_id);
Result<bool> InsertAccount(db::Tx& tx, const AccountRow& account);  // false when the username is taken
Status UpdatePassword(db::Tx& tx, int64_t account_id, std::string_view password_hash, bool must_change, TimeUs expires_at_us);
Status UpdateEnabled(db::Tx& tx, int64_t account_id, bool enabled);
Status TouchSignedIn(db::Tx& tx, int64_t account_id, TimeUs now_us);  // and forgets the wrong codes
// One more wrong code; how many there are now. Those before `forgotten_before_us` no longer count.
Result<int64_t> CountFailure(db::Tx& tx, int64_t account_id, TimeUs forgotten_before_us, TimeUs now_us);
Status ForgetFailures(db::Tx& tx, int64_t account_id);
// By username, after `after_username`; authority_id 0 = every account, else those at home or assigned there.
Result<std::vector<AccountRow>> AccountPage(db::Tx& tx, std::string_view after_username,
                                            const QueryWords& words, int64_t authority_id,
                                            std::string_view kind, int64_t limit);
Result<int64_t> EnabledAccountOfPerson(db::Tx& tx, int64_t person_id);

// Assignments. `today` is an ISO date; AssignmentsOf and AccountsWith give those in force that day.
Status InsertAssignment(db::Tx& tx, const AssignmentRow& assignment);
Result<std::vector<AssignmentRow>> AssignmentsOf(db::Tx& tx, int64_t account_id, std::string_view today);
// Not ended and not past, of the accounts with usernames between the two.
Result<std::vector<AssignmentRow>> AssignmentsOfRange(db::Tx& tx, std::string_view username_from, std::string_view username_to,
                                                      std::string_view today);
Result<std::optional<AssignmentRow>> AssignmentById(db::Tx& tx, int64_t assignment_id);  // while not ended
// Of one that is not ended.
Result<bool> UpdateDates(db::Tx& tx, const AssignmentRow& assignment);
// Its last day is `today`, or the one it had if that is past.
Result<bool> EndAssignment(db::Tx& tx, int64_t account_id, int64_t assignment_id, std::string_view today, TimeUs now_us);
// Not ended, of one unit, oldest first.
Result<std::vector<AssignmentRow>> AssignmentsIn(db::Tx& tx, int64_t unit_id, int64_t limit);
Status MoveSessions(db::Tx& tx, int64_t account_id, int64_t from_assignment_id, int64_t to_assignment_id);
Result<std::vector<int64_t>> AccountsWith(db::Tx& tx, int64_t unit_id, std::string_view role, std::string_view today);

// Sessions, factors, links, recoveries and tokens: store_auth.h.

}  // namespace tinhso::identity::store
