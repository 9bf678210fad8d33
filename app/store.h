// The app's own questions to the database. SQL in store.cc only.
#pragma once
#include <cstdint>

#include "base/result.h"
#include "kernel/db/db.h"

namespace tinhso::app {

db::Sql AuditHeadsSql();   // authority_id, tree_size, root_hash
db::Sql BackupFilesSql();  // sha256, size_bytes; each once, ordered

struct AccountCounts {
  int64_t accounts = 0, disabled = 0;
};
Result<AccountCounts> CountAccounts(db::Database& database);

struct FileTotals {
  int64_t files = 0, bytes = 0;
};
Result<FileTotals> CountFiles(db::Database& database);

}  // namespace tinhso::app
