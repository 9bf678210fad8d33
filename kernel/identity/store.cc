#include "store.h"

#include "base/text.h"

namespace tinhso::identity::store {
namespace {

constexpr db::Sql kAccountByUsername = R"sql(
  SELECT account_id, username, person_id, full_name, password_hash, password_expires_at_us, must_change_password, enabled, demo,
         home_authority_id, created_at_us, signed_in_at_us, kind, failed_tries, failed_at_us
  FROM account WHERE username = $1)sql";
constexpr db::Sql kAccountById = R"sql(
  SELECT account_id, username, person_id, full_name, password_hash, password_expires_at_us, must_change_password, enabled, demo,
         home_authority_id, created_at_us, signed_in_at_us, kind, failed_tries, failed_at_us
  FROM account WHERE account_id = $1)sql";
constexpr db::Sql kInsertAccount = R"sql(
  INSERT INTO account (account_id, username, person_id, full_name, folded, password_hash, password_expires_at_us,
                       must_change_password, enabled, demo, home_authority_id, created_at_us, signed_in_at_us, kind)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9, $10, $11, 0, $12)
  ON CONFLICT (username) DO NOTHING)sql";
constexpr db::Sql kUpdatePassword = R"sql(
  UPDATE account SET password_hash = $1, must_change_password = $2, password_expires_at_us = $3 WHERE account_id = $4)sql";
constexpr db::Sql kUpdateEnabled = "UPDATE account SET enabled = $1 WHERE account_id = $2";
constexpr db::Sql kTouchSignedIn = "UPDATE account SET signed_in_at_us = $1, failed_tries = 0 WHERE account_id = $2";
constexpr db::Sql kCountFailure = R"sql(
  UPDATE account SET failed_tries = CASE WHEN failed_at_us < $1 THEN 1 ELSE failed_tries + 1 END, failed_at_us = $2
  WHERE account_id = $3 RETURNING failed_tries)sql";
constexpr db::Sql kForgetFailures = "UPDATE account SET failed_tries = 0 WHERE account_id = $1";
// `folded` begins each word with a space; an office's accounts are few thousands and the list is read by administrators only.
constexpr db::Sql kAccountPage = R"sql(
  SELECT a.account_id, a.username, a.person_id, a.full_name, a.password_hash, a.password_expires_at_us, a.must_change_password,
         a.enabled, a.demo, a.home_authority_id, a.created_at_us, a.signed_in_at_us, a.kind, a.failed_tries, a.failed_at_us
  FROM account a
  WHERE a.kind = $7 AND a.username > $1 AND a.folded LIKE $2 AND a.folded LIKE $3 AND a.folded LIKE $4
    AND (a.home_authority_id = $5
         OR EXISTS (SELECT 1 FROM assignment s
                    WHERE s.account_id = a.account_id AND s.authority_id = $5 AND s.ended_at_us = 0)
         OR CAST($5 AS BIGINT) = 0)
  ORDER BY a.username LIMIT $6)sql";
constexpr db::Sql kAccountOfPerson = R"sql(
  SELECT account_id FROM account WHERE person_id = $1 AND enabled = 1 ORDER BY account_id LIMIT 1)sql";

constexpr db::Sql kInsertAssignment = R"sql(
  INSERT INTO assignment (assignment_id, account_id, unit_id, authority_id, role, position, valid_from_on, valid_to_on, ended_at_us)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0))sql";
constexpr db::Sql kAssignmentsOf = R"sql(
  SELECT assignment_id, account_id, unit_id, authority_id, role, position, valid_from_on, valid_to_on FROM assignment
  WHERE account_id = $1 AND ended_at_us = 0 AND valid_from_on <= $2 AND (valid_to_on = '' OR valid_to_on >= $2)
  ORDER BY assignment_id)sql";
constexpr db::Sql kAssignmentsOfRange = R"sql(
  SELECT s.assignment_id, s.account_id, s.unit_id, s.authority_id, s.role, s.position, s.valid_from_on, s.valid_to_on
  FROM account a JOIN assignment s ON s.account_id = a.account_id
  WHERE a.username >= $1 AND a.username <= $2 AND s.ended_at_us = 0 AND (s.valid_to_on = '' OR s.valid_to_on >= $3)
  ORDER BY s.assignment_id)sql";
constexpr db::Sql kEndAssignment = R"sql(
  UPDATE assignment SET valid_to_on = CASE WHEN valid_to_on <> '' AND valid_to_on < $1 THEN valid_to_on ELSE $1 END, ended_at_us = $2
  WHERE account_id = $3 AND assignment_id = $4 AND ended_at_us = 0)sql";
constexpr db::Sql kAssignmentById = R"sql(
  SELECT assignment_id, account_id, unit_id, authority_id, role, position, valid_from_on, valid_to_on FROM assignment
  WHERE assignment_id = $1 AND ended_at_us = 0)sql";
constexpr db::Sql kUpdateDates = R"sql(
  UPDATE assignment SET valid_from_on = $1, valid_to_on = $2 WHERE account_id = $3 AND assignment_id = $4 AND ended_at_us = 0)sql";
constexpr db::Sql kAccountsWith = R"sql(
  SELECT DISTINCT s.account_id FROM assignment s JOIN account a ON a.account_id = s.account_id
  WHERE s.unit_id = $1 AND s.role = $2 AND s.ended_at_us = 0 AND s.valid_from_on <= $3
    AND (s.valid_to_on = '' OR s.valid_to_on >= $3) AND a.enabled = 1
  ORDER BY s.account_id)sql";

constexpr db::Sql kAssignmentsIn = R"sql(
  SELECT assignment_id, account_id, unit_id, authority_id, role, position, valid_from_on, valid_to_on FROM assignment
  WHERE unit_id = $1 AND ended_at_us = 0 ORDER BY assignment_id LIMIT $2)sql";
constexpr db::Sql kMoveSessions = "UPDATE session SET assignment_id = $1 WHERE account_id = $2 AND assignment_id = $3";

AccountRow AccountOf(const db::Row& row) {
  AccountRow account;
  account.account_id = row.Int(0);
  account.username = row.Text(1);
  account.person_id = row.Int(2);
  account.full_name = row.Text(3);
  account.password_hash = row.Text(4);
  account.password_expires_at_us = row.Int(5);
  account.must_change_password = row.Int(6) == 1;
  account.enabled = row.Int(7) == 1;
  account.demo = row.Int(8) == 1;
  account.home_authority_id = row.Int(9);
  account.created_at_us = row.Int(10);
  account.signed_in_at_us = row.Int(11);
  account.kind = row.Text(12);
  account.failed_tries = row.Int(13);
  account.failed_at_us = row.Int(14);
  return account;
}

std::optional<AccountRow> AccountOf(const std::optional<db::Row>& row) {
  if (!row) return std::nullopt;
  return AccountOf(*row);
}

std::vector<AssignmentRow> AssignmentsFrom(const db::Rows& rows) {
  std::vector<AssignmentRow> out;
  for (const auto& row : rows) {
    out.push_back({row.Int(0), row.Int(1), row.Int(2), row.Int(3), row.Text(4), row.Text(5), row.Text(6), row.Text(7)});
  }
  return out;
}

}  // namespace

Result<std::optional<AccountRow>> AccountByUsername(db::Tx& tx, std::string_view username) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kAccountByUsername, {username}));
  return AccountOf(row);
}

Result<std::optional<AccountRow>> AccountById(db::Tx& tx, int64_t account_id) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kAccountById, {account_id}));
  return AccountOf(row);
}

Result<bool> InsertAccount(db::Tx& tx, const AccountRow& account) {
  std::string folded = " " + text::Fold(account.username + " " + account.full_name);
  TINHSO_ASSIGN(int64_t changed,
                tx.Execute(kInsertAccount, {account.account_id, account.username, account.person_id, account.full_name, folded,
                                            account.password_hash, account.password_expires_at_us,
                                            account.must_change_password ? 1 : 0, account.demo ? 1 : 0,
                                            account.home_authority_id, account.created_at_us, account.kind}));
  return changed == 1;
}

Status UpdatePassword(db::Tx& tx, int64_t account_id, std::string_view password_hash, bool must_change, TimeUs expires_at_us) {
  TINHSO_TRY(tx.Execute(kUpdatePassword, {password_hash, must_change ? 1 : 0, expires_at_us, account_id}));
  return Ok();
}

Status UpdateEnabled(db::Tx& tx, int64_t account_id, bool enabled) {
  TINHSO_TRY(tx.Execute(kUpdateEnabled, {enabled ? 1 : 0, account_id}));
  return Ok();
}

Status TouchSignedIn(db::Tx& tx, int64_t account_id, TimeUs now_us) {
  TINHSO_TRY(tx.Execute(kTouchSignedIn, {now_us, account_id}));
  return Ok();
}

Result<int64_t> CountFailure(db::Tx& tx, int64_t account_id, TimeUs forgotten_before_us, TimeUs now_us) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kCountFailure, {forgotten_before_us, now_us, account_id}));
  return row ? row->Int(0) : 0;
}

Status ForgetFailures(db::Tx& tx, int64_t account_id) {
  TINHSO_TRY(tx.Execute(kForgetFailures, {account_id}));
  return Ok();
}

Result<std::vector<AccountRow>> AccountPage(db::Tx& tx, std::string_view after_username,
                                            const QueryWords& words, int64_t authority_id,
                                            std::string_view kind, int64_t limit) {
  QueryWords patterns;
  for (size_t i = 0; i < kQueryWordsMax; ++i) patterns[i] = words[i].empty() ? "%" : "% " + words[i] + "%";
  TINHSO_ASSIGN(auto rows,
                tx.Query(kAccountPage, {after_username, patterns[0], patterns[1], patterns[2], authority_id, limit, kind}));
  std::vector<AccountRow> out;
  for (const auto& row : rows) out.push_back(AccountOf(row));
  return out;
}

Result<int64_t> EnabledAccountOfPerson(db::Tx& tx, int64_t person_id) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kAccountOfPerson, {person_id}));
  return row ? row->Int(0) : 0;
}

Status InsertAssignment(db::Tx& tx, const AssignmentRow& assignment) {
  TINHSO_TRY(tx.Execute(kInsertAssignment,
                        {assignment.assignment_id, assignment.account_id, assignment.unit_id, assignment.authority_id,
                         assignment.role, assignment.position, assignment.valid_from_on, assignment.valid_to_on}));
  return Ok();
}

Result<std::vector<AssignmentRow>> AssignmentsOf(db::Tx& tx, int64_t account_id, std::string_view today) {
  TINHSO_ASSIGN(auto rows, tx.Query(kAssignmentsOf, {account_id, today}));
  return AssignmentsFrom(rows);
}

Result<std::vector<AssignmentRow>> AssignmentsOfRange(db::Tx& tx, std::string_view username_from, std::string_view username_to,
                                                      std::string_view today) {
  TINHSO_ASSIGN(auto rows, tx.Query(kAssignmentsOfRange, {username_from, username_to, today}));
  return AssignmentsFrom(rows);
}

Result<std::optional<AssignmentRow>> AssignmentById(db::Tx& tx, int64_t assignment_id) {
  TINHSO_ASSIGN(auto rows, tx.Query(kAssignmentById, {assignment_id}));
  auto found = AssignmentsFrom(rows);
  return found.empty() ? std::nullopt : std::optional<AssignmentRow>(std::move(found[0]));
}

Result<bool> UpdateDates(db::Tx& tx, const AssignmentRow& a) {
  TINHSO_ASSIGN(int64_t changed, tx.Execute(kUpdateDates, {a.valid_from_on, a.valid_to_on, a.account_id, a.assignment_id}));
  return changed == 1;
}

Result<bool> EndAssignment(db::Tx& tx, int64_t account_id, int64_t assignment_id, std::string_view today, TimeUs now_us) {
  TINHSO_ASSIGN(int64_t changed, tx.Execute(kEndAssignment, {today, now_us, account_id, assignment_id}));
  return changed == 1;
}

Result<std::vector<AssignmentRow>> AssignmentsIn(db::Tx& tx, int64_t unit_id, int64_t limit) {
  TINHSO_ASSIGN(auto rows, tx.Query(kAssignmentsIn, {unit_id, limit}));
  return AssignmentsFrom(rows);
}

Status MoveSessions(db::Tx& tx, int64_t account_id, int64_t from_assignment_id, int64_t to_assignment_id) {
  TINHSO_TRY(tx.Execute(kMoveSessions, {to_assignment_id, account_id, from_assignment_id}));
  return Ok();
}

Result<std::vector<int64_t>> AccountsWith(db::Tx& tx, int64_t unit_id, std::string_view role, std::string_view today) {
  TINHSO_ASSIGN(auto rows, tx.Query(kAccountsWith, {unit_id, role, today}));
  std::vector<int64_t> out;
  for (const auto& row : rows) out.push_back(row.Int(0));
  return out;
}

}  // namespace tinhso::identity::store
