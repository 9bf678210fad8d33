// In-app notices (thông báo) for an account.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "kernel/db/db.h"
#include "kernel/http/http.h"

TINHSO_DECLARE_MIGRATIONS(kernel_notify);

namespace tinhso::notify {

struct Notice {
  int64_t account_id = 0;
  std::string kind;       // "dossier.accepted"; texts in web/messages ("notice.<kind>")
  std::string subject;    // dossier code shown in the text
  std::string link;       // path in the web application
  std::string dedup_key;  // "" = none; the same key is stored once
};
Status Add(db::Tx& tx, const Notice& notice, TimeUs now_us);
Result<int64_t> UnreadCount(db::Tx& tx, int64_t account_id);
// GET /api/v1/notices (newest first), POST /api/v1/notices/read (marks all of the caller's as read)
std::vector<http::Route> Routes(db::Database& database, const Clock& clock);

}  // namespace tinhso::notify
