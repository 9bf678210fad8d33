#include "kernel/db/db.h"

#include <charconv>
#include <exception>

#include "engine.h"

namespace tinhso::db {

int64_t Row::Int(int column) const {
  const auto& cell = cells_[column];
  if (const auto* v = std::get_if<int64_t>(&cell)) return *v;
  if (const auto* s = std::get_if<std::string>(&cell)) {
    int64_t out = 0;
    std::from_chars(s->data(), s->data() + s->size(), out);
    return out;
  }
  return 0;
}

std::string Row::Text(int column) const {
  const auto& cell = cells_[column];
  if (const auto* s = std::get_if<std::string>(&cell)) return *s;
  if (const auto* v = std::get_if<int64_t>(&cell)) return std::to_string(*v);
  return {};
}

std::optional<int64_t> Row::OptInt(int column) const {
  if (IsNull(column)) return std::nullopt;
  return Int(column);
}

Result<std::optional<Row>> Tx::QueryOne(const Sql& sql, Params params) {
  auto rows = DoQuery(sql, {params.begin(), params.size()});
  if (!rows.ok()) return std::move(rows.error());
  if (rows->empty()) return std::optional<Row>();
  return std::optional<Row>(std::move(rows->front()));
}

Result<std::unique_ptr<Database>> Database::Open(const Options& options) {
  if (options.readers < 1 || options.write_batch_max < 1 || options.write_queue_max < 1 || options.statement_timeout_ms < 0)
    return MakeError(ErrorCode::kInternal, "db_error", "database options out of range");
  return options.postgres_url.empty() ? internal::OpenSqlite(options) : internal::OpenPostgres(options);
}

namespace internal {
namespace {
thread_local TxScope* innermost_scope = nullptr;
}  // namespace

std::string FirstWords(std::string_view sql) {
  constexpr size_t kLengthMax = 80;
  std::string out;
  bool space = false;
  for (char c : sql) {
    if (c == ' ' || c == '\n' || c == '\t' || c == '\r') {
      space = !out.empty();
      continue;
    }
    if (space) out += ' ';
    space = false;
    out += c;
    if (out.size() >= kLengthMax) return out + " …";
  }
  return out;
}

Status CallGuarded(const std::function<Status(Tx&)>& fn, Tx& tx) {
  try {
    return fn(tx);
  } catch (const std::exception& e) {
    return MakeError(ErrorCode::kInternal, "db_error", std::string("exception in a transaction: ") + e.what());
  } catch (...) {
    return MakeError(ErrorCode::kInternal, "db_error", "exception in a transaction");
  }
}

Status CheckParams(std::span<const Param> params, std::string_view sql) {
  for (const Param& param : params) {
    const auto* text = std::get_if<std::string_view>(&param.value());
    if (text && text->find('\0') != std::string_view::npos)
      return MakeError(ErrorCode::kInvalid, "text_control_character", "NUL in text for: " + FirstWords(sql));
  }
  return Ok();
}

TxScope::TxScope(const Database* database, Tx* tx, bool writing)
    : database_(database), tx_(tx), writing_(writing), outer_(innermost_scope) {
  innermost_scope = this;
}

TxScope::~TxScope() { innermost_scope = outer_; }

Tx* TxScope::Running(const Database* database) {
  for (TxScope* s = innermost_scope; s; s = s->outer_)
    if (s->database_ == database) return s->tx_;
  return nullptr;
}

bool TxScope::Writing(const Database* database) {
  for (TxScope* s = innermost_scope; s; s = s->outer_)
    if (s->database_ == database && s->writing_) return true;
  return false;
}

Error BusyError(std::string detail) {
  Error error = MakeError(ErrorCode::kUnavailable, "db_busy", std::move(detail));
  error.retry_after_s = 1;
  return error;
}

Error StorageFullError(std::string detail) {
  return MakeError(ErrorCode::kStorageFull, "storage_full", std::move(detail));
}

Error StorageReadOnlyError(std::string detail) {
  Error error = MakeError(ErrorCode::kUnavailable, "storage_read_only", std::move(detail));
  error.retry_after_s = 30;
  return error;
}

Status EngineTx::Keep(Status status) {
  if (!status.ok() && !failure_) failure_ = status.error();
  if (status.ok()) answered_ = true;
  return status;
}

Status EngineTx::Script(std::string_view sql) {
  if (failure_) return *failure_;
  return Keep(connection_.Script(sql));
}

Status EngineTx::LockMigrations() {
  if (failure_) return *failure_;
  return Keep(connection_.LockMigrations());
}

Result<Rows> EngineTx::DoQuery(const Sql& sql, std::span<const Param> params) {
  if (failure_) return *failure_;
  Rows rows;
  TINHSO_TRY(Keep(connection_.Run(sql.text(), params, &rows, nullptr)));
  return rows;
}

Result<int64_t> EngineTx::DoExecute(const Sql& sql, std::span<const Param> params) {
  if (failure_) return *failure_;
  int64_t changed = 0;
  TINHSO_TRY(Keep(connection_.Run(sql.text(), params, nullptr, &changed)));
  return changed;
}

Status EngineTx::DoSend(const Sql& sql, std::span<const Param> params) {
  if (failure_) return *failure_;
  Status sent = connection_.Send(sql.text(), params);
  if (!sent.ok()) failure_ = sent.error();
  return sent;
}

Status EngineTx::DoForEach(const Sql& sql, std::span<const Param> params, const std::function<bool(const Row&)>& fn) {
  if (failure_) return *failure_;
  const std::function<bool(const Row&)> give = [&](const Row& row) {
    answered_ = true;
    return fn(row);
  };
  TINHSO_TRY(Keep(connection_.Stream(sql.text(), params, give)));
  // A statement that `fn` ran may have failed and lost the transaction.
  if (failure_) return *failure_;
  return Ok();
}

Error NestedWriteError() {
  return MakeError(ErrorCode::kInternal, "db_error", "Write inside Write: pass the outer Tx on instead");
}

}  // namespace internal
}  // namespace tinhso::db
