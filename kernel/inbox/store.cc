#include "store.h"

#include "base/ids.h"
#include "base/text.h"

namespace tinhso::inbox::store {
namespace {

// An item belongs to one holder: where it was with another authority, it goes.
constexpr db::Sql kDeleteElsewhere = R"sql(
  DELETE FROM inbox_item WHERE subject_id = $1 AND subject_kind = $2 AND authority_id <> $3 RETURNING authority_id)sql";
#define INBOX_INSERT                                                                                       \
  "INSERT INTO inbox_item (authority_id, subject_kind, subject_id, item_id, subject_authority_id, unit_id, " \
  "role, assignee_account_id, due_at_us, received_at_us, state, national_state, subject_code, title, "     \
  "person_name, assignee_name, folded, step_due_at_us, stated_due_at_us) "                                 \
  "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)"
constexpr db::Sql kInsertItem = INBOX_INSERT;
constexpr db::Sql kUpsertItem = INBOX_INSERT R"sql(
  ON CONFLICT (authority_id, subject_kind, subject_id) DO UPDATE SET
    subject_authority_id = excluded.subject_authority_id, unit_id = excluded.unit_id, role = excluded.role,
    assignee_account_id = excluded.assignee_account_id, due_at_us = excluded.due_at_us,
    received_at_us = excluded.received_at_us, state = excluded.state, national_state = excluded.national_state,
    subject_code = excluded.subject_code, title = excluded.title, person_name = excluded.person_name,
    assignee_name = excluded.assignee_name, folded = excluded.folded, step_due_at_us = excluded.step_due_at_us,
    stated_due_at_us = excluded.stated_due_at_us,
    step_warned = CASE WHEN inbox_item.step_due_at_us = excluded.step_due_at_us AND inbox_item.unit_id = excluded.unit_id
                        AND inbox_item.role = excluded.role AND inbox_item.assignee_account_id = excluded.assignee_account_id
                       THEN inbox_item.step_warned ELSE 0 END,
    warned = CASE WHEN inbox_item.due_at_us = excluded.due_at_us AND inbox_item.unit_id = excluded.unit_id
                   AND inbox_item.role = excluded.role AND inbox_item.assignee_account_id = excluded.assignee_account_id
                  THEN inbox_item.warned ELSE 0 END)sql";
constexpr db::Sql kDeleteItem = R"sql(
  DELETE FROM inbox_item WHERE authority_id = $1 AND subject_kind = $2 AND subject_id = $3)sql";

// The three orders of one list. `folded` begins each word with a space and the pattern is "% word%": it looks through one unit's
// open items only, which the index has already narrowed to.
#define INBOX_SELECT                                                                                            \
  "SELECT item_id, subject_kind, subject_id, subject_authority_id, subject_code, title, person_name, state, "   \
  "national_state, unit_id, role, assignee_account_id, assignee_name, received_at_us, due_at_us, authority_id, " \
  "step_due_at_us, stated_due_at_us FROM inbox_item "                                                            \
  "WHERE authority_id = $1 AND unit_id = $2 AND role IN ($3, $4, $5, $6, $7) AND assignee_account_id IN ($8, $9) " \
  "AND due_at_us >= $10 AND due_at_us < $11 AND (state = $12 OR $12 = '') "                                     \
  "AND folded LIKE $13 AND folded LIKE $14 AND folded LIKE $15 AND folded LIKE $16 "
constexpr db::Sql kPageByDue =
    INBOX_SELECT "AND (due_at_us, item_id) > ($17, $18) ORDER BY due_at_us, item_id LIMIT $19";
constexpr db::Sql kPageByReceived =
    INBOX_SELECT "AND (received_at_us, item_id) < ($17, $18) ORDER BY received_at_us DESC, item_id DESC LIMIT $19";
constexpr db::Sql kPageByCode =
    INBOX_SELECT "AND (subject_code, item_id) > ($17, $18) ORDER BY subject_code, item_id LIMIT $19";

constexpr db::Sql kCounts = R"sql(
  SELECT state, national_state,
         SUM(CASE WHEN due_at_us < $10 THEN 1 ELSE 0 END),
         SUM(CASE WHEN due_at_us >= $10 AND due_at_us < $11 THEN 1 ELSE 0 END),
         SUM(CASE WHEN due_at_us >= $11 AND due_at_us < $12 THEN 1 ELSE 0 END),
         SUM(CASE WHEN due_at_us >= $12 THEN 1 ELSE 0 END),
         SUM(CASE WHEN assignee_account_id = $8 THEN 1 ELSE 0 END),
         COUNT(*)
  FROM inbox_item
  WHERE authority_id = $1 AND unit_id = $2 AND role IN ($3, $4, $5, $6, $7) AND assignee_account_id IN ($8, $9)
  GROUP BY state, national_state ORDER BY national_state, state)sql";

constexpr db::Sql kCountHeld = "SELECT COUNT(*) FROM inbox_item WHERE authority_id = $1 AND unit_id = $2";
constexpr db::Sql kHeld = R"sql(
  SELECT item_id, subject_kind, subject_id, subject_authority_id, subject_code, title, person_name, state, national_state,
         unit_id, role, assignee_account_id, assignee_name, received_at_us, due_at_us, authority_id, step_due_at_us, stated_due_at_us
  FROM inbox_item WHERE authority_id = $1 AND unit_id = $2 ORDER BY due_at_us, item_id LIMIT $3)sql";
constexpr db::Sql kCountsByUnit = R"sql(
  SELECT subject_authority_id, COUNT(*), SUM(CASE WHEN due_at_us < $2 THEN 1 ELSE 0 END)
  FROM inbox_item WHERE authority_id = $1 OR $1 = 0 GROUP BY subject_authority_id ORDER BY subject_authority_id)sql";
constexpr db::Sql kLoad = R"sql(
  SELECT assignee_account_id, MAX(assignee_name), title, COUNT(*),
         SUM(CASE WHEN due_at_us < $2 THEN 1 ELSE 0 END),
         SUM(CASE WHEN due_at_us >= $2 AND due_at_us < $3 THEN 1 ELSE 0 END),
         SUM(CASE WHEN due_at_us >= $3 AND due_at_us < $4 THEN 1 ELSE 0 END)
  FROM inbox_item WHERE authority_id = $1 GROUP BY assignee_account_id, title ORDER BY assignee_account_id, title)sql";
constexpr db::Sql kOfficePage = R"sql(
  SELECT item_id, subject_kind, subject_id, subject_authority_id, subject_code, title, person_name, state, national_state,
         unit_id, role, assignee_account_id, assignee_name, received_at_us, due_at_us, authority_id, step_due_at_us, stated_due_at_us
  FROM inbox_item
  WHERE authority_id = $1 AND (assignee_account_id = $2 OR $2 = -1) AND (title = $3 OR $3 = '') AND due_at_us >= $4 AND due_at_us < $5
    AND (due_at_us, item_id) > ($6, $7)
  ORDER BY due_at_us, item_id LIMIT $8)sql";
constexpr db::Sql kUnwarned = R"sql(
  SELECT item_id, subject_kind, subject_id, subject_authority_id, subject_code, title, person_name, state, national_state,
         unit_id, role, assignee_account_id, assignee_name, received_at_us, due_at_us, authority_id, step_due_at_us,
         stated_due_at_us, warned, step_warned
  FROM inbox_item WHERE (warned = 0 AND due_at_us < $1) OR (warned = 1 AND due_at_us < $2)
  ORDER BY due_at_us LIMIT $3)sql";
constexpr db::Sql kUnwarnedSteps = R"sql(
  SELECT item_id, subject_kind, subject_id, subject_authority_id, subject_code, title, person_name, state, national_state,
         unit_id, role, assignee_account_id, assignee_name, received_at_us, due_at_us, authority_id, step_due_at_us,
         stated_due_at_us, warned, step_warned
  FROM inbox_item WHERE (step_warned = 0 AND step_due_at_us < $1) OR (step_warned = 1 AND step_due_at_us < $2)
  ORDER BY step_due_at_us LIMIT $3)sql";
constexpr db::Sql kSetStepWarned = R"sql(
  UPDATE inbox_item SET step_warned = $4
  WHERE authority_id = $1 AND subject_kind = $2 AND subject_id = $3 AND step_warned = $5 AND step_due_at_us = $6)sql";
constexpr db::Sql kSetWarned = R"sql(
  UPDATE inbox_item SET warned = $4
  WHERE authority_id = $1 AND subject_kind = $2 AND subject_id = $3 AND warned = $5 AND due_at_us = $6)sql";

Item ItemOf(const db::Row& row) {
  Item item;
  item.item_id = row.Int(0);
  item.subject_kind = row.Text(1);
  item.subject_id = row.Int(2);
  item.subject_authority_id = row.Int(3);
  item.subject_code = row.Text(4);
  item.title = row.Text(5);
  item.person_name = row.Text(6);
  item.state = row.Text(7);
  item.national_state = static_cast<int>(row.Int(8));
  item.unit_id = row.Int(9);
  item.role = row.Text(10);
  item.assignee_account_id = row.Int(11);
  item.assignee_name = row.Text(12);
  item.received_at_us = row.Int(13);
  item.due_at_us = row.Int(14);
  item.authority_id = row.Int(15);
  item.step_due_at_us = row.Int(16);
  item.stated_due_at_us = row.Int(17);
  return item;
}

}  // namespace

namespace {

Status StoreItem(db::Tx& tx, const db::Sql& sql, const Item& item) {
  const std::string folded = " " + text::Fold(item.subject_code + " " + item.person_name + " " + item.title);
  TINHSO_TRY(tx.Execute(sql, {item.authority_id, item.subject_kind, item.subject_id, item.item_id != 0 ? item.item_id : NewId(),
                              item.subject_authority_id, item.unit_id, item.role, item.assignee_account_id, item.due_at_us,
                              item.received_at_us, item.state, item.national_state, item.subject_code, item.title,
                              item.person_name, item.assignee_name, folded, item.step_due_at_us, item.stated_due_at_us}));
  return Ok();
}

}  // namespace

Status Insert(db::Tx& tx, const Item& item) { return StoreItem(tx, kInsertItem, item); }

Result<std::vector<int64_t>> Upsert(db::Tx& tx, const Item& item) {
  TINHSO_ASSIGN(auto elsewhere, tx.Query(kDeleteElsewhere, {item.subject_id, item.subject_kind, item.authority_id}));
  TINHSO_TRY(StoreItem(tx, kUpsertItem, item));
  std::vector<int64_t> touched{item.authority_id};
  for (const auto& row : elsewhere) touched.push_back(row.Int(0));
  return touched;
}

Status Delete(db::Tx& tx, std::string_view subject_kind, int64_t subject_id, int64_t authority_id) {
  TINHSO_TRY(tx.Execute(kDeleteItem, {authority_id, subject_kind, subject_id}));
  return Ok();
}

Result<std::vector<Item>> Page(db::Tx& tx, const Filter& filter, Sort sort, const After& after, int64_t limit) {
  std::array<std::string, kWordsMax> patterns;
  for (size_t i = 0; i < kWordsMax; ++i) patterns[i] = filter.words[i].empty() ? "%" : "% " + filter.words[i] + "%";
  const db::Sql& sql = sort == Sort::kDue ? kPageByDue : sort == Sort::kReceived ? kPageByReceived : kPageByCode;
  db::Param key = sort == Sort::kCode ? db::Param(after.key_code) : db::Param(after.key_us);
  TINHSO_ASSIGN(auto rows,
                tx.Query(sql, {filter.authority_id, filter.unit_id, filter.roles[0], filter.roles[1], filter.roles[2],
                               filter.roles[3], filter.roles[4], filter.account_id,
                               filter.mine_only ? filter.account_id : int64_t{0}, filter.due_from_us, filter.due_to_us,
                               filter.state, patterns[0], patterns[1], patterns[2], patterns[3], key, after.item_id, limit}));
  std::vector<Item> out;
  out.reserve(rows.size());
  for (const auto& row : rows) out.push_back(ItemOf(row));
  return out;
}

Result<int64_t> CountHeld(db::Tx& tx, Holder holder) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kCountHeld, {holder.authority_id, holder.unit_id}));
  return row ? row->Int(0) : int64_t{0};
}

Result<std::vector<Item>> Held(db::Tx& tx, Holder holder, int64_t limit) {
  TINHSO_ASSIGN(auto rows, tx.Query(kHeld, {holder.authority_id, holder.unit_id, limit}));
  std::vector<Item> out;
  for (const auto& row : rows) out.push_back(ItemOf(row));
  return out;
}

Result<std::vector<LoadCount>> Load(db::Tx& tx, int64_t authority_id, const LoadLimits& limits) {
  TINHSO_ASSIGN(auto rows, tx.Query(kLoad, {authority_id, limits.late_before_us, limits.today_before_us, limits.soon_before_us}));
  std::vector<LoadCount> out;
  for (const auto& row : rows) out.push_back({row.Int(0), row.Text(1), row.Text(2), row.Int(3), row.Int(4), row.Int(5), row.Int(6)});
  return out;
}

Result<std::vector<Item>> OfficePage(db::Tx& tx, const OfficeFilter& filter, const After& after, int64_t limit) {
  TINHSO_ASSIGN(auto rows, tx.Query(kOfficePage, {filter.authority_id, filter.account_id, filter.title, filter.due_from_us, filter.due_to_us,
                                                  after.key_us, after.item_id, limit}));
  std::vector<Item> out;
  for (const auto& row : rows) out.push_back(ItemOf(row));
  return out;
}

Result<std::vector<UnitCount>> CountsByUnit(db::Tx& tx, int64_t authority_id, TimeUs late_before_us) {
  TINHSO_ASSIGN(auto rows, tx.Query(kCountsByUnit, {authority_id, late_before_us}));
  std::vector<UnitCount> out;
  for (const auto& row : rows) out.push_back({row.Int(0), row.Int(1), row.Int(2)});
  return out;
}

namespace {

Result<std::vector<Item>> ReadUnwarned(db::Tx& tx, const db::Sql& sql, TimeUs now_us, TimeUs ahead_us, int64_t limit) {
  TINHSO_ASSIGN(auto rows, tx.Query(sql, {ahead_us, now_us, limit}));
  std::vector<Item> out;
  for (const auto& row : rows) {
    out.push_back(ItemOf(row));
    out.back().warned = static_cast<int>(row.Int(18));
    out.back().step_warned = static_cast<int>(row.Int(19));
  }
  return out;
}

}  // namespace

Result<std::vector<Item>> Unwarned(db::Tx& tx, TimeUs now_us, TimeUs ahead_us, int64_t limit) {
  return ReadUnwarned(tx, kUnwarned, now_us, ahead_us, limit);
}

Result<std::vector<Item>> UnwarnedSteps(db::Tx& tx, TimeUs now_us, TimeUs ahead_us, int64_t limit) {
  return ReadUnwarned(tx, kUnwarnedSteps, now_us, ahead_us, limit);
}

Result<bool> SetStepWarned(db::Tx& tx, const Item& item, int warned) {
  TINHSO_ASSIGN(int64_t changed, tx.Execute(kSetStepWarned, {item.authority_id, item.subject_kind, item.subject_id, warned,
                                                             item.step_warned, item.step_due_at_us}));
  return changed == 1;
}

Result<bool> SetWarned(db::Tx& tx, const Item& item, int warned) {
  TINHSO_ASSIGN(int64_t changed, tx.Execute(kSetWarned, {item.authority_id, item.subject_kind, item.subject_id, warned,
                                                         item.warned, item.due_at_us}));
  return changed == 1;
}

Result<std::vector<StateCount>> Counts(db::Tx& tx, const Filter& filter, TimeUs late_before_us, TimeUs soon_before_us) {
  TINHSO_ASSIGN(auto rows, tx.Query(kCounts, {filter.authority_id, filter.unit_id, filter.roles[0], filter.roles[1],
                                              filter.roles[2], filter.roles[3], filter.roles[4], filter.account_id,
                                              int64_t{0}, late_before_us, soon_before_us, kNoDue}));
  std::vector<StateCount> out;
  for (const auto& row : rows) {
    out.push_back({row.Text(0), row.Int(1), row.Int(2), row.Int(3), row.Int(4), row.Int(5), row.Int(6), row.Int(7)});
  }
  return out;
}

}  // namespace tinhso::inbox::store
