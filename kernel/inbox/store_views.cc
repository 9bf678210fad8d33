#include "store_views.h"

namespace tinhso::inbox::store {
namespace {

#define INBOX_VIEWS "SELECT view_id, account_id, name, query, place, shared, author_name FROM inbox_view WHERE authority_id = $1 "
constexpr db::Sql kOwnViews = INBOX_VIEWS "AND account_id = $2 ORDER BY place, view_id";
constexpr db::Sql kSharedViews = INBOX_VIEWS "AND shared = 1 AND account_id <> $2 ORDER BY name, view_id LIMIT $3";
constexpr db::Sql kInsertView = R"sql(
  INSERT INTO inbox_view (authority_id, account_id, view_id, name, query, place, shared, author_name)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8))sql";
constexpr db::Sql kUpdateView = R"sql(
  UPDATE inbox_view SET name = $4, query = $5, place = $6, shared = $7 WHERE authority_id = $1 AND account_id = $2 AND view_id = $3)sql";
constexpr db::Sql kDeleteView = "DELETE FROM inbox_view WHERE authority_id = $1 AND account_id = $2 AND view_id = $3";

void Append(const db::Rows& rows, std::vector<View>& out) {
  for (const auto& row : rows) out.push_back({row.Int(0), row.Int(1), row.Text(2), row.Text(3), row.Int(4), row.Int(5) != 0, row.Text(6)});
}

}  // namespace

Result<std::vector<View>> OwnViews(db::Tx& tx, Viewer who) {
  TINHSO_ASSIGN(auto rows, tx.Query(kOwnViews, {who.authority_id, who.account_id}));
  std::vector<View> out;
  Append(rows, out);
  return out;
}

Result<std::vector<View>> Views(db::Tx& tx, Viewer who) {
  TINHSO_ASSIGN(auto out, OwnViews(tx, who));
  TINHSO_ASSIGN(auto rows, tx.Query(kSharedViews, {who.authority_id, who.account_id, kSharedViewsMax}));
  Append(rows, out);
  return out;
}

Status InsertView(db::Tx& tx, int64_t authority_id, const View& view) {
  return tx.Send(kInsertView, {authority_id, view.account_id, view.view_id, view.name, view.query, view.place, view.shared ? 1 : 0, view.author_name});
}

Status UpdateView(db::Tx& tx, int64_t authority_id, const View& view) {
  return tx.Send(kUpdateView, {authority_id, view.account_id, view.view_id, view.name, view.query, view.place, view.shared ? 1 : 0});
}

Result<bool> DeleteView(db::Tx& tx, Viewer who, int64_t view_id) {
  TINHSO_ASSIGN(int64_t changed, tx.Execute(kDeleteView, {who.authority_id, who.account_id, view_id}));
  return changed == 1;
}

}  // namespace tinhso::inbox::store
