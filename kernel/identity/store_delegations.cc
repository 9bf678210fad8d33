#include "store_delegations.h"

namespace tinhso::identity::store {
namespace {

constexpr db::Sql kInsertDelegation = R"sql(
  INSERT INTO delegation (delegation_id, assignment_id, from_account_id, to_account_id, valid_from_on, valid_to_on, reason,
                          created_by, created_at_us, revoked_by, revoked_at_us)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0))sql";
constexpr db::Sql kRevokeDelegation = R"sql(
  UPDATE delegation SET revoked_by = $1, revoked_at_us = $2
  WHERE delegation_id = $3 AND revoked_at_us = 0 AND valid_to_on >= $4)sql";
constexpr db::Sql kShortenDelegation = "UPDATE delegation SET valid_to_on = $1 WHERE delegation_id = $2";
#define DELEGATION_COLUMNS                                                                                              \
  "d.delegation_id, d.assignment_id, d.from_account_id, d.to_account_id, d.valid_from_on, d.valid_to_on, d.reason, "    \
  "d.created_by, d.created_at_us, d.revoked_by, d.revoked_at_us"
#define DELEGATION_VIEW                                                                                                 \
  "SELECT " DELEGATION_COLUMNS ", s.account_id, s.unit_id, s.authority_id, s.role, s.position, s.valid_from_on, "       \
  "s.valid_to_on, f.full_name, t.full_name, c.full_name, r.full_name "                                                  \
  "FROM delegation d JOIN assignment s ON s.assignment_id = d.assignment_id "                                           \
  "JOIN account f ON f.account_id = d.from_account_id JOIN account t ON t.account_id = d.to_account_id "                \
  "LEFT JOIN account c ON c.account_id = d.created_by LEFT JOIN account r ON r.account_id = d.revoked_by "
constexpr db::Sql kDelegationById = DELEGATION_VIEW "WHERE d.delegation_id = $1";
constexpr db::Sql kOpenDelegations = "SELECT " DELEGATION_COLUMNS R"sql( FROM delegation d
  WHERE d.assignment_id = $1 AND d.revoked_at_us = 0 AND d.valid_to_on >= $2 ORDER BY d.delegation_id)sql";
constexpr db::Sql kCountOpenTo = R"sql(
  SELECT COUNT(*) FROM delegation WHERE to_account_id = $1 AND revoked_at_us = 0 AND valid_to_on >= $2)sql";
constexpr db::Sql kDelegationsTo = DELEGATION_VIEW R"sql(
  WHERE d.to_account_id = $1 AND d.revoked_at_us = 0 AND d.valid_from_on <= $2 AND d.valid_to_on >= $2
    AND s.ended_at_us = 0 AND s.valid_from_on <= $2 AND (s.valid_to_on = '' OR s.valid_to_on >= $2) AND f.enabled = 1
  ORDER BY d.delegation_id)sql";
constexpr db::Sql kStandIns = R"sql(
  SELECT DISTINCT d.to_account_id FROM assignment s JOIN delegation d ON d.assignment_id = s.assignment_id
    JOIN account f ON f.account_id = d.from_account_id JOIN account t ON t.account_id = d.to_account_id
  WHERE s.unit_id = $1 AND s.role = $2 AND s.ended_at_us = 0 AND s.valid_from_on <= $4
    AND (s.valid_to_on = '' OR s.valid_to_on >= $4) AND d.revoked_at_us = 0 AND d.valid_from_on <= $4 AND d.valid_to_on >= $4
    AND f.enabled = 1 AND t.enabled = 1 AND (d.from_account_id = $3 OR $3 = 0)
  ORDER BY d.to_account_id)sql";
constexpr db::Sql kDelegationPage = DELEGATION_VIEW R"sql(
  WHERE d.delegation_id < $1 AND d.valid_to_on >= $2 AND (d.from_account_id = $3 OR d.to_account_id = $3 OR $3 = 0)
    AND (s.authority_id = $4 OR $4 = 0)
  ORDER BY d.delegation_id DESC LIMIT $5)sql";
// An UPDATE that changes nothing takes the row's lock on PostgreSQL.
constexpr db::Sql kLockAssignment = R"sql(
  UPDATE assignment SET ended_at_us = 0 WHERE assignment_id = $1 AND ended_at_us = 0
    AND EXISTS (SELECT 1 FROM account a WHERE a.account_id = assignment.account_id AND a.enabled = 1)
  RETURNING assignment_id, account_id, unit_id, authority_id, role, position, valid_from_on, valid_to_on)sql";
constexpr db::Sql kHeldAssignments = R"sql(
  SELECT s.assignment_id, s.account_id, s.unit_id, s.authority_id, s.role, s.position, s.valid_from_on, s.valid_to_on, a.full_name
  FROM assignment s JOIN account a ON a.account_id = s.account_id
  WHERE (s.authority_id = $1 OR $1 = 0) AND s.role <> 'administrator' AND s.ended_at_us = 0
    AND (s.valid_to_on = '' OR s.valid_to_on >= $2) AND a.enabled = 1 AND a.kind = 'person'
    AND a.folded LIKE $3 AND a.folded LIKE $4 AND a.folded LIKE $5
  ORDER BY a.full_name, s.assignment_id LIMIT $6)sql";

AssignmentRow AssignmentAt(const db::Row& row, int at, int64_t assignment_id) {
  return {assignment_id,    row.Int(at),      row.Int(at + 1),  row.Int(at + 2),
          row.Text(at + 3), row.Text(at + 4), row.Text(at + 5), row.Text(at + 6)};
}

DelegationRow DelegationOf(const db::Row& row) {
  return {row.Int(0),  row.Int(1), row.Int(2), row.Int(3), row.Text(4), row.Text(5),
          row.Text(6), row.Int(7), row.Int(8), row.Int(9), row.Int(10)};
}

DelegationView ViewOf(const db::Row& row) {
  DelegationView view{DelegationOf(row), {}, {}, {}, {}, {}};
  view.assignment = AssignmentAt(row, 11, view.assignment_id);
  view.from_name = row.Text(18);
  view.to_name = row.Text(19);
  if (!row.IsNull(20)) view.created_by_name = row.Text(20);
  if (!row.IsNull(21)) view.revoked_by_name = row.Text(21);
  return view;
}

std::vector<DelegationView> ViewsOf(const db::Rows& rows) {
  std::vector<DelegationView> out;
  for (const auto& row : rows) out.push_back(ViewOf(row));
  return out;
}

}  // namespace

Status InsertDelegation(db::Tx& tx, const DelegationRow& d) {
  TINHSO_TRY(tx.Execute(kInsertDelegation, {d.delegation_id, d.assignment_id, d.from_account_id, d.to_account_id, d.valid_from_on,
                                            d.valid_to_on, d.reason, d.created_by, d.created_at_us}));
  return Ok();
}

Result<bool> RevokeDelegation(db::Tx& tx, int64_t delegation_id, int64_t revoked_by, std::string_view today, TimeUs now_us) {
  TINHSO_ASSIGN(int64_t changed, tx.Execute(kRevokeDelegation, {revoked_by, now_us, delegation_id, today}));
  return changed == 1;
}

Status ShortenDelegation(db::Tx& tx, int64_t delegation_id, std::string_view last_day_on) {
  TINHSO_TRY(tx.Execute(kShortenDelegation, {last_day_on, delegation_id}));
  return Ok();
}

Result<std::optional<DelegationView>> DelegationById(db::Tx& tx, int64_t delegation_id) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kDelegationById, {delegation_id}));
  if (!row) return std::optional<DelegationView>();
  return std::optional<DelegationView>(ViewOf(*row));
}

Result<std::vector<DelegationRow>> OpenDelegationsOf(db::Tx& tx, int64_t assignment_id, std::string_view from_on) {
  TINHSO_ASSIGN(auto rows, tx.Query(kOpenDelegations, {assignment_id, from_on}));
  std::vector<DelegationRow> out;
  for (const auto& row : rows) out.push_back(DelegationOf(row));
  return out;
}

Result<int64_t> CountOpenTo(db::Tx& tx, int64_t to_account_id, std::string_view today) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kCountOpenTo, {to_account_id, today}));
  return row ? row->Int(0) : 0;
}

Result<std::vector<DelegationView>> DelegationsTo(db::Tx& tx, int64_t to_account_id, std::string_view today) {
  TINHSO_ASSIGN(auto rows, tx.Query(kDelegationsTo, {to_account_id, today}));
  return ViewsOf(rows);
}

Result<std::vector<int64_t>> StandIns(db::Tx& tx, int64_t unit_id, std::string_view role, int64_t from_account_id,
                                      std::string_view today) {
  TINHSO_ASSIGN(auto rows, tx.Query(kStandIns, {unit_id, role, from_account_id, today}));
  std::vector<int64_t> out;
  for (const auto& row : rows) out.push_back(row.Int(0));
  return out;
}

Result<std::vector<DelegationView>> DelegationPage(db::Tx& tx, const DelegationFilter& filter) {
  TINHSO_ASSIGN(auto rows,
                tx.Query(kDelegationPage, {filter.before, filter.since_on, filter.account_id, filter.authority_id, filter.limit}));
  return ViewsOf(rows);
}

Result<std::optional<AssignmentRow>> LockAssignment(db::Tx& tx, int64_t assignment_id) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kLockAssignment, {assignment_id}));
  if (!row) return std::optional<AssignmentRow>();
  return std::optional<AssignmentRow>(AssignmentAt(*row, 1, row->Int(0)));
}

Result<std::vector<HeldAssignment>> HeldAssignments(db::Tx& tx, const HolderFilter& filter) {
  std::array<std::string, kQueryWordsMax> patterns;
  for (size_t i = 0; i < kQueryWordsMax; ++i) patterns[i] = filter.words[i].empty() ? "%" : "% " + filter.words[i] + "%";
  TINHSO_ASSIGN(auto rows, tx.Query(kHeldAssignments,
                                    {filter.authority_id, filter.today, patterns[0], patterns[1], patterns[2], filter.limit}));
  std::vector<HeldAssignment> out;
  for (const auto& row : rows) out.push_back({AssignmentAt(row, 1, row.Int(0)), row.Text(8)});
  return out;
}

}  // namespace tinhso::identity::store
