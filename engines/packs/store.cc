#include "store.h"

namespace tinhso::packs {
namespace {

constexpr db::Sql kNewestSha = R"sql(
  SELECT content_sha256 FROM pack_release WHERE pack = $1 ORDER BY release_id DESC LIMIT 1)sql";
constexpr db::Sql kVersions = R"sql(
  SELECT version, content_sha256, is_current FROM pack_item WHERE kind = $1 AND item_id = $2 ORDER BY version)sql";
constexpr db::Sql kInsertItem = R"sql(
  INSERT INTO pack_item (kind, item_id, version, pack, content_sha256, definition, is_current, published_at_us)
  VALUES ($1, $2, $3, $4, $5, $6, 1, $7))sql";
constexpr db::Sql kClearCurrent = R"sql(
  UPDATE pack_item SET is_current = 0 WHERE pack = $1 AND is_current = 1)sql";
constexpr db::Sql kClearItem = R"sql(
  UPDATE pack_item SET is_current = 0 WHERE kind = $1 AND item_id = $2 AND is_current = 1)sql";
constexpr db::Sql kMarkCurrent = R"sql(
  UPDATE pack_item SET is_current = 1, pack = $1 WHERE kind = $2 AND item_id = $3 AND version = $4)sql";
constexpr db::Sql kInsertRelease = R"sql(
  INSERT INTO pack_release (release_id, pack, version, content_sha256, manifest, form_count, workflow_count,
                            procedure_count, print_count, account_id, published_at_us)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11))sql";
constexpr db::Sql kItems = R"sql(
  SELECT kind, item_id, version, content_sha256, definition, is_current FROM pack_item
  ORDER BY kind, item_id, version)sql";
constexpr db::Sql kReleases = R"sql(
  SELECT r.pack, r.version, r.content_sha256, r.manifest, r.form_count, r.workflow_count, r.procedure_count,
         r.print_count, r.published_at_us
  FROM pack_release r
  WHERE r.release_id = (SELECT MAX(n.release_id) FROM pack_release n WHERE n.pack = r.pack)
  ORDER BY r.release_id DESC)sql";

}  // namespace

Result<std::string> NewestReleaseSha(db::Tx& tx, std::string_view pack) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kNewestSha, {pack}));
  return row ? row->Text(0) : std::string();
}

Result<std::vector<StoredItem>> VersionsOf(db::Tx& tx, std::string_view kind, std::string_view item_id) {
  TINHSO_ASSIGN(auto rows, tx.Query(kVersions, {kind, item_id}));
  std::vector<StoredItem> out;
  for (const auto& row : rows) {
    out.push_back({std::string(kind), std::string(item_id), static_cast<int>(row.Int(0)), row.Text(1), {}, row.Int(2) == 1});
  }
  return out;
}

Status InsertItem(db::Tx& tx, const StoredItem& item, std::string_view pack, TimeUs now_us) {
  TINHSO_TRY(tx.Execute(kClearItem, {item.kind, item.item_id}));
  TINHSO_TRY(tx.Execute(kInsertItem, {item.kind, item.item_id, item.version, pack, item.content_sha256, item.definition, now_us}));
  return Ok();
}

Status ClearCurrent(db::Tx& tx, std::string_view pack) {
  TINHSO_TRY(tx.Execute(kClearCurrent, {pack}));
  return Ok();
}

Status MarkCurrent(db::Tx& tx, const StoredItem& item, std::string_view pack) {
  TINHSO_TRY(tx.Execute(kClearItem, {item.kind, item.item_id}));
  TINHSO_TRY(tx.Execute(kMarkCurrent, {pack, item.kind, item.item_id, item.version}));
  return Ok();
}

Status InsertRelease(db::Tx& tx, const Pack& pack, int64_t release_id, int64_t account_id, TimeUs now_us) {
  TINHSO_TRY(tx.Execute(kInsertRelease, {release_id, pack.id, pack.version, pack.content_sha256, json::serialize(pack.manifest),
                                         pack.forms.size(), pack.workflows.size(), pack.procedures.size(),
                                         pack.prints.size(), account_id, now_us}));
  return Ok();
}

Status ForEachItem(db::Tx& tx, const std::function<bool(StoredItem&&)>& fn) {
  return tx.ForEach(kItems, {}, [&](const db::Row& row) {
    return fn({row.Text(0), row.Text(1), static_cast<int>(row.Int(2)), row.Text(3), row.Text(4), row.Int(5) == 1});
  });
}

Result<std::vector<Release>> NewestReleases(db::Tx& tx) {
  TINHSO_ASSIGN(auto rows, tx.Query(kReleases, {}));
  std::vector<Release> out;
  for (const auto& row : rows) {
    Release release{row.Text(0), static_cast<int>(row.Int(1)), row.Text(2), {}, row.Int(8), row.Int(4), row.Int(5), row.Int(6), row.Int(7)};
    TINHSO_ASSIGN(json::value manifest, json::Parse(row.Text(3)));
    if (const auto* o = manifest.if_object()) {
      if (const auto* name = o->if_contains("name"); name && name->is_object()) release.name = name->get_object();
    }
    out.push_back(std::move(release));
  }
  return out;
}

}  // namespace tinhso::packs
