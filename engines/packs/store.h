// SQL of the published packs, private to this module.
#pragma once
#include "engines/packs/packs.h"

namespace tinhso::packs {

struct StoredItem {
  std::string kind;  // "form", "workflow", "procedure", "print"
  std::string item_id;
  int version = 0;
  std::string content_sha256, definition;
  bool is_current = false;
};

// Of the newest release of a pack; "" when it was never published.
Result<std::string> NewestReleaseSha(db::Tx& tx, std::string_view pack);
// All versions of one item, oldest first, without definitions.
Result<std::vector<StoredItem>> VersionsOf(db::Tx& tx, std::string_view kind, std::string_view item_id);
Status InsertItem(db::Tx& tx, const StoredItem& item, std::string_view pack, TimeUs now_us);
Status ClearCurrent(db::Tx& tx, std::string_view pack);
// Makes one version the current one, and of this pack.
Status MarkCurrent(db::Tx& tx, const StoredItem& item, std::string_view pack);
Status InsertRelease(db::Tx& tx, const Pack& pack, int64_t release_id, int64_t account_id, TimeUs now_us);
Status ForEachItem(db::Tx& tx, const std::function<bool(StoredItem&&)>& fn);
Result<std::vector<Release>> NewestReleases(db::Tx& tx);

}  // namespace tinhso::packs
