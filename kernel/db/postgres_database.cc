#include "engine.h"
namespace tinhso::db::internal {
Result<std::unique_ptr<Database>> OpenPostgres(const Options&) {
  return MakeError(ErrorCode::kUnavailable, "db_connection", "not built in");
}
}  // namespace tinhso::db::internal
