#include "sqlite_connection.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace tinhso::db::internal {
namespace {

// 64 MiB for the writer; each reader 6 MiB (the page cache of the system stands behind them).
constexpr std::string_view kWriterPragmas =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA cache_size = -65536; "
    "PRAGMA temp_store = MEMORY; PRAGMA mmap_size = 0; PRAGMA journal_size_limit = 67108864;";
constexpr std::string_view kReaderPragmas =
    "PRAGMA query_only = ON; PRAGMA cache_size = -6144; PRAGMA temp_store = MEMORY; PRAGMA mmap_size = 0;";
constexpr int kBusyTimeoutMs = 10'000;

using Cell = std::variant<std::monostate, int64_t, std::string>;

Cell ReadCell(sqlite3_stmt* stmt, int column) {
  switch (sqlite3_column_type(stmt, column)) {
    case SQLITE_NULL:
      return std::monostate{};
    case SQLITE_INTEGER:
      return static_cast<int64_t>(sqlite3_column_int64(stmt, column));
    default: {  // text; floating point (AVG) as its text
      const char* text = reinterpret_cast<const char*>(sqlite3_column_text(stmt, column));
      const int size = sqlite3_column_bytes(stmt, column);
      return text ? std::string(text, size) : std::string();
    }
  }
}

// Why the system refused. sqlite3_system_errno reads errno after the clean-up that follows a failed commit, which has often
// overwritten it; the files, the WAL before the database, keep the cause of their last failure.
int SystemErrno(sqlite3* handle) {
  for (int file : {SQLITE_FCNTL_JOURNAL_POINTER, SQLITE_FCNTL_FILE_POINTER}) {
    sqlite3_file* found = nullptr;
    int cause = 0;
    if (sqlite3_file_control(handle, "main", file, &found) != SQLITE_OK || !found || !found->pMethods) continue;
    if (found->pMethods->xFileControl(found, SQLITE_FCNTL_LAST_ERRNO, &cause) == SQLITE_OK && cause != 0) return cause;
  }
  return sqlite3_system_errno(handle);
}

}  // namespace

Error SqliteError(int extended_code, int system_errno, std::string_view message, std::string_view sql) {
  const std::string detail =
      "sqlite " + std::to_string(extended_code) + " " + std::string(message) + " in: " + FirstWords(sql);
  switch (extended_code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
      return MakeError(ErrorCode::kConflict, "db_unique", detail);
    case SQLITE_CONSTRAINT_FOREIGNKEY:
      return MakeError(ErrorCode::kConflict, "db_foreign_key", detail);
    case SQLITE_CONSTRAINT_CHECK:
    case SQLITE_CONSTRAINT_NOTNULL:
      return MakeError(ErrorCode::kConflict, "db_check", detail);
  }
  switch (extended_code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return BusyError(detail);
    case SQLITE_FULL:
      return StorageFullError(detail);
    case SQLITE_READONLY:
      return StorageReadOnlyError(detail);
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
      if (system_errno == ENOSPC || system_errno == EDQUOT || system_errno == EFBIG) return StorageFullError(detail);
      if (system_errno == EROFS || system_errno == EACCES || system_errno == EPERM) return StorageReadOnlyError(detail);
      return MakeError(ErrorCode::kInternal, "db_error", detail + " errno " + std::to_string(system_errno));
    case SQLITE_CONSTRAINT:
      return MakeError(ErrorCode::kConflict, "db_check", detail);
    default:
      return MakeError(ErrorCode::kInternal, "db_error", detail);
  }
}

Result<std::unique_ptr<SqliteConnection>> SqliteConnection::Open(const std::string& path, Kind kind) {
  // Personal data: a new file is readable by its owner only (SQLite gives -wal and -shm the same rights). A file that is
  // there is not opened: closing any descriptor of it would drop the locks of this process's other connections, and
  // another process that comes and goes would then take itself for the last one and delete the WAL under them.
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd >= 0) ::close(fd);
  sqlite3* handle = nullptr;
  const int rc =
      sqlite3_open_v2(path.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  std::unique_ptr<SqliteConnection> connection(new SqliteConnection(handle));
  if (rc != SQLITE_OK) return SqliteError(rc, handle ? sqlite3_system_errno(handle) : 0, "cannot open " + path, "open");
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, kBusyTimeoutMs);
  // Without this the planner looks into the pattern bound to a LIKE and prepares the statement anew at each run: a fifth of
  // the cost of an inbox page. Our patterns gain nothing from the look.
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_QPSG, 1, nullptr);
  TINHSO_TRY(connection->Script(kind == Kind::kWriter ? kWriterPragmas : kReaderPragmas));
  return connection;
}

SqliteConnection::~SqliteConnection() {
  for (auto& [key, statement] : statements_) sqlite3_finalize(statement.stmt);
  sqlite3_close_v2(handle_);
}

Error SqliteConnection::LastError(std::string_view sql) {
  // Before asking the files, which resets it.
  const int code = sqlite3_extended_errcode(handle_);
  const std::string message = sqlite3_errmsg(handle_);
  const bool from_system = (code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CANTOPEN;
  return SqliteError(code, from_system ? SystemErrno(handle_) : 0, message, sql);
}

Status SqliteConnection::Script(std::string_view sql) {
  const std::string text(sql);
  char* message = nullptr;
  const int rc = sqlite3_exec(handle_, text.c_str(), nullptr, nullptr, &message);
  if (rc == SQLITE_OK) return Ok();
  Error error = SqliteError(rc, SystemErrno(handle_), message ? message : "", sql);
  sqlite3_free(message);
  return error;
}

Status SqliteConnection::Prepare(std::string_view sql, Statement& out) {
  const char* tail = nullptr;
  if (sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &out.stmt,
                         &tail) != SQLITE_OK)
    return LastError(sql);
  const int slots = sqlite3_bind_parameter_count(out.stmt);
  for (int i = 1; i <= slots; ++i) {
    const char* name = sqlite3_bind_parameter_name(out.stmt, i);
    const int number = name && name[0] == '$' ? std::atoi(name + 1) : 0;
    if (number < 1) {
      sqlite3_finalize(out.stmt);
      return MakeError(ErrorCode::kInternal, "db_error", "parameters must be $1, $2 … in: " + FirstWords(sql));
    }
    out.source.push_back(number);
    out.params_expected = std::max(out.params_expected, number);
  }
  return Ok();
}

Status SqliteConnection::Bind(Statement& statement, std::string_view sql, std::span<const Param> params) {
  if (static_cast<int>(params.size()) != statement.params_expected)
    return MakeError(ErrorCode::kInternal, "db_error",
                     "expected " + std::to_string(statement.params_expected) + " parameters, got " +
                         std::to_string(params.size()) + " in: " + FirstWords(sql));
  for (size_t i = 0; i < statement.source.size(); ++i) {
    const auto& value = params[statement.source[i] - 1].value();
    const int slot = static_cast<int>(i) + 1;
    int rc = SQLITE_OK;
    if (const auto* integer = std::get_if<int64_t>(&value)) {
      rc = sqlite3_bind_int64(statement.stmt, slot, *integer);
    } else if (const auto* text = std::get_if<std::string_view>(&value)) {
      // STATIC is safe: the caller's values outlive the call, and bindings are cleared before it returns.
      rc = sqlite3_bind_text64(statement.stmt, slot, text->data() ? text->data() : "", text->size(), SQLITE_STATIC,
                               SQLITE_UTF8);
    } else {
      rc = sqlite3_bind_null(statement.stmt, slot);
    }
    if (rc != SQLITE_OK) return LastError(sql);
  }
  return Ok();
}

Status SqliteConnection::Step(Statement& statement, std::string_view sql, const std::function<bool(Row)>* row,
                              int64_t* changed) {
  const int columns = sqlite3_column_count(statement.stmt);
  for (;;) {
    const int rc = sqlite3_step(statement.stmt);
    if (rc == SQLITE_DONE) break;
    if (rc != SQLITE_ROW) return LastError(sql);
    if (!row) continue;
    std::vector<Cell> cells;
    cells.reserve(columns);
    for (int i = 0; i < columns; ++i) cells.push_back(ReadCell(statement.stmt, i));
    if (!(*row)(Row(std::move(cells)))) break;
  }
  if (changed) *changed = sqlite3_stmt_readonly(statement.stmt) ? 0 : sqlite3_changes64(handle_);
  return Ok();
}

Status SqliteConnection::Run(std::string_view sql, std::span<const Param> params, Rows* rows, int64_t* changed) {
  if (!rows) return Each(sql, params, nullptr, changed);
  const std::function<bool(Row)> add = [&](Row row) {
    rows->push_back(std::move(row));
    return true;
  };
  return Each(sql, params, &add, changed);
}

Status SqliteConnection::Each(std::string_view sql, std::span<const Param> params,
                              const std::function<bool(Row)>* row, int64_t* changed) {
  TINHSO_TRY(CheckParams(params, sql));
  const Key key{sql.data(), sql.size()};
  auto it = statements_.find(key);
  if (it == statements_.end()) {
    Statement fresh;
    TINHSO_TRY(Prepare(sql, fresh));
    it = statements_.emplace(key, std::move(fresh)).first;
  }
  // References into the map stay valid while a nested query adds statements.
  Statement& cached = it->second;
  const bool nested = cached.busy;
  Statement own;
  if (nested) TINHSO_TRY(Prepare(sql, own));
  Statement& statement = nested ? own : cached;
  // Reset always, also when an error or an exception leaves: an undrained statement would keep its read snapshot.
  struct Release {
    Statement& statement;
    bool finalize;
    ~Release() {
      sqlite3_reset(statement.stmt);
      sqlite3_clear_bindings(statement.stmt);
      statement.busy = false;
      if (finalize) sqlite3_finalize(statement.stmt);
    }
  } release{statement, nested};
  statement.busy = true;
  TINHSO_TRY(Bind(statement, sql, params));
  return Step(statement, sql, row, changed);
}

}  // namespace tinhso::db::internal
