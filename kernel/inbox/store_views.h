// The SQL of saved views. Every function runs in the caller's Tx.
#pragma once
#include <string>
#include <vector>

#include "base/result.h"
#include "kernel/db/db.h"

namespace tinhso::inbox::store {

struct View {
  int64_t view_id = 0, account_id = 0;
  std::string name, query;  // JSON text
  int64_t place = 0;
  bool shared = false;
  std::string author_name;
};
struct Viewer {
  int64_t authority_id = 0, account_id = 0;
};
inline constexpr int64_t kSharedViewsMax = 50;  // of an office that are shown

// One's own by place, then what others share, by name.
Result<std::vector<View>> Views(db::Tx& tx, Viewer who);
Result<std::vector<View>> OwnViews(db::Tx& tx, Viewer who);
Status InsertView(db::Tx& tx, int64_t authority_id, const View& view);
Status UpdateView(db::Tx& tx, int64_t authority_id, const View& view);
Result<bool> DeleteView(db::Tx& tx, Viewer who, int64_t view_id);

}  // namespace tinhso::inbox::store
