// The only SQL of kernel/identity.
#pragma once
#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kernel/identity/identity.h"

namespace tinhso::identity::store {

inline constexpr size_t kQueryWordsMax = 3;

struct AccountRow {
  int64_t account_id = 0;
  std::string username;
  int64_t person_id = 0;
  std::string full_name, password_hash;
  TimeUs password_expires_at_us = 0;  // 0 = does not expire
  bool must_change_password = false, enabled = true, demo = false;
  int64_t home_authority_id = 0;      // the authority whose administrator made it; 0 = the installation
  TimeUs created_at_us = 0, signed_in_at_us = 0;
};

struct AssignmentRow {
  int64_t assignment_id = 0, account_id = 0, unit_id = 0, authority_id = 0;
  std::string role, position, valid_from_on, valid_to_on;
};

struct SessionRow {
  std::string token_hash;
  int64_t session_id = 0, account_id = 0, assignment_id = 0;
  TimeUs created_at_us = 0, seen_at_us = 0, expires_at_us = 0;
};

// Persons.
Result<std::optional<Person>> PersonById(db::Tx& tx, int64_t person_id);
Result<std::optional<Person>> PersonByNumber(db::Tx& tx, std::string_view personal_no);
Status InsertPerson(db::Tx& tx, const Person& person, TimeUs now_us);
Status DeletePerson(db::Tx& tx, int64_t person_id);
// False when the number already belongs to somebody.
Result<bool> InsertPersonalNo(db::Tx& tx, std::string_view personal_no, int64_t person_id, std::string_view from_on);
Status UpdateContact(db::Tx& tx, const Person& person);

// Accounts.
Result<std::optional<AccountRow>> AccountByUsername(db::Tx& tx, std::string_view username);
Result<std::optional<AccountRow>> AccountById(db::Tx& tx, int64_t account_id);
Result<bool> InsertAccount(db::Tx& tx, const AccountRow& account);  // false when the username is taken
Status UpdatePassword(db::Tx& tx, int64_t account_id, std::string_view password_hash, bool must_change, TimeUs expires_at_us);
Status UpdateEnabled(db::Tx& tx, int64_t account_id, bool enabled);
Status TouchSignedIn(db::Tx& tx, int64_t account_id, TimeUs now_us);
// By username, after `after_username`; authority_id 0 = every account, else those at home or assigned there.
Result<std::vector<AccountRow>> AccountPage(db::Tx& tx, std::string_view after_username,
                                            const std::array<std::string, kQueryWordsMax>& words, int64_t authority_id,
                                            int64_t limit);
Result<int64_t> EnabledAccountOfPerson(db::Tx& tx, int64_t person_id);

// Assignments. `today` is an ISO date; AssignmentsOf and AccountsWith give those in force that day.
Status InsertAssignment(db::Tx& tx, const AssignmentRow& assignment);
Result<std::vector<AssignmentRow>> AssignmentsOf(db::Tx& tx, int64_t account_id, std::string_view today);
// Not ended and not past, of the accounts with usernames between the two.
Result<std::vector<AssignmentRow>> AssignmentsOfRange(db::Tx& tx, std::string_view username_from, std::string_view username_to,
                                                      std::string_view today);
Result<bool> EndAssignment(db::Tx& tx, int64_t account_id, int64_t assignment_id, std::string_view today, TimeUs now_us);
// Not ended, of one unit, oldest first.
Result<std::vector<AssignmentRow>> AssignmentsIn(db::Tx& tx, int64_t unit_id, int64_t limit);
Status MoveSessions(db::Tx& tx, int64_t account_id, int64_t from_assignment_id, int64_t to_assignment_id);
Result<std::vector<int64_t>> AccountsWith(db::Tx& tx, int64_t unit_id, std::string_view role, std::string_view today);

// Sessions.
Status InsertSession(db::Tx& tx, const SessionRow& session);
Result<std::optional<SessionRow>> SessionByHash(db::Tx& tx, std::string_view token_hash);
inline constexpr size_t kAccountsAskedMax = 16;
// Appends the sessions of at most kAccountsAskedMax accounts that still hold.
Status LivingSessions(db::Tx& tx, std::span<const int64_t> some, TimeUs now_us, TimeUs seen_after_us,
                      std::vector<int64_t>& living);
Status TouchSession(db::Tx& tx, std::string_view token_hash, TimeUs seen_at_us);
Status SetSessionAssignment(db::Tx& tx, std::string_view token_hash, int64_t assignment_id);
Result<bool> DeleteSession(db::Tx& tx, std::string_view token_hash);
Status DeleteSessionsOf(db::Tx& tx, int64_t account_id);
Status DeleteExpiredSessions(db::Tx& tx, int64_t account_id, TimeUs seen_before_us, TimeUs now_us);

}  // namespace tinhso::identity::store
