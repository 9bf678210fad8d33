#include "store.h"

namespace tinhso::app {
namespace {

constexpr db::Sql kAuditHeads = R"sql(
  SELECT c.authority_id, c.tree_size, c.root_hash FROM audit_checkpoint c
  WHERE c.tree_size = (SELECT MAX(d.tree_size) FROM audit_checkpoint d WHERE d.authority_id = c.authority_id)
  ORDER BY c.authority_id)sql";

constexpr db::Sql kBackupFiles = "SELECT DISTINCT sha256, size_bytes FROM file ORDER BY sha256";

constexpr db::Sql kCountAccounts =
    "SELECT COUNT(*), SUM(CASE WHEN enabled = 0 THEN 1 ELSE 0 END) FROM account";

constexpr db::Sql kCountFiles =
    "SELECT COUNT(*), SUM(size_bytes) FROM (SELECT DISTINCT sha256, size_bytes FROM file) AS kept";

}  // namespace

db::Sql AuditHeadsSql() { return kAuditHeads; }
db::Sql BackupFilesSql() { return kBackupFiles; }

Result<AccountCounts> CountAccounts(db::Database& database) {
  return database.Read([](db::Tx& tx) -> Result<AccountCounts> {
    TINHSO_ASSIGN(auto row, tx.QueryOne(kCountAccounts, {}));
    return AccountCounts{row->Int(0), row->Int(1)};
  });
}

Result<FileTotals> CountFiles(db::Database& database) {
  return database.Read([](db::Tx& tx) -> Result<FileTotals> {
    TINHSO_ASSIGN(auto row, tx.QueryOne(kCountFiles, {}));
    return FileTotals{row->Int(0), row->Int(1)};
  });
}

}  // namespace tinhso::app
