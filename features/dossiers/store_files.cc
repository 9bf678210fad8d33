// Which files dossiers hold. Read once a day for a narrow range of ids, so it has no index of its own.
#include "features/dossiers/dossiers.h"

namespace tinhso::dossiers {
namespace {

constexpr db::Sql kFilesInUse = R"sql(
  SELECT file_id FROM dossier_file WHERE file_id >= $1 AND file_id <= $2
  UNION SELECT file_id FROM dossier_result WHERE file_id >= $1 AND file_id <= $2
  UNION SELECT file_id FROM dossier_consultation_file WHERE file_id >= $1 AND file_id <= $2)sql";

}  // namespace

Result<std::vector<int64_t>> FilesInUse(db::Tx& tx, int64_t from, int64_t to) {
  TINHSO_ASSIGN(auto rows, tx.Query(kFilesInUse, {from, to}));
  std::vector<int64_t> out;
  for (const auto& row : rows) out.push_back(row.Int(0));
  return out;
}

}  // namespace tinhso::dossiers
