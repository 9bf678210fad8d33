#include "postgres_connection.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "base/clock.h"

namespace tinhso::db::internal {
namespace {

// pg_type.h: stable numbers of the built-in types.
constexpr Oid kOidBool = 16, kOidInt8 = 20, kOidInt2 = 21, kOidInt4 = 23, kOidText = 25, kOidNumeric = 1700;
constexpr int kStreamRows = 500;
constexpr size_t kPostedMax = 100;
constexpr size_t kParamsMax = 64;  // bits of Key::integers

constexpr const char* kBeginRead = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
constexpr const char* kBeginWrite = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
constexpr const char* kCommit = "COMMIT";
// Prepared at Open; it also gives the transaction its number, by which a lost answer to COMMIT is cleared up.
constexpr const char* kTransactionIdName = "transaction_id";
constexpr const char* kSelectTransactionId = "SELECT pg_current_xact_id()";
// A writer that waits longer for a row lock is told to come back; a program that stopped in the middle of a transaction
// gives its locks free. What the URL, the role or the database sets itself stands, but an answered write is durable. Lists
// walk an index in their own order and stop at their limit; a prepared statement's plan, made without its values, takes a range for
// three rows and would read and sort all of it.
constexpr const char* kSession =
    "SET client_encoding = 'UTF8'; SET timezone = 'UTC'; SET client_min_messages = warning";
constexpr Sql kSessionLimits =
    "SELECT set_config(s.name, s.value, false) FROM (VALUES ('statement_timeout', $1 || 'ms', '0'), "
    "('lock_timeout', '10s', '0'), ('idle_in_transaction_session_timeout', '300s', '0'), ('synchronous_commit', 'on', 'off'), "
    "('enable_bitmapscan', 'off', 'on'))"
    " AS s (name, value, unset) WHERE current_setting(s.name) = s.unset";
constexpr Sql kSessionFacts =
    "SELECT (SELECT CAST(setting AS BIGINT) FROM pg_settings WHERE name = 'statement_timeout'), "
    "CAST(pg_postmaster_start_time() AS TEXT) || ' ' || (SELECT CAST(stats_reset AS TEXT) FROM pg_stat_bgwriter)";
constexpr const char* kUnlimited = "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0";
// Any constant: pg_advisory_xact_lock is per database.
constexpr Sql kLockMigrations = "SELECT 1 FROM (SELECT pg_advisory_xact_lock(7309457250118)) AS locked";
// How long after its own limit a statement's answer is waited for: as long again, within these.
constexpr int64_t kAnswerGraceMsMin = 500, kAnswerGraceMsMax = 5'000;
// Libpq waits for ever by default. The URL's own values come after these and win.
constexpr const char* kConnectKeys[] = {"connect_timeout", "keepalives_idle", "keepalives_interval", "keepalives_count",
                                        "tcp_user_timeout", "application_name", "dbname", nullptr};

bool IsClass(std::string_view sqlstate, std::string_view two) { return sqlstate.substr(0, 2) == two; }

std::variant<std::monostate, int64_t, std::string> ReadPgCell(const PGresult* result, int row, int column) {
  if (PQgetisnull(result, row, column)) return std::monostate{};
  const std::string_view text(PQgetvalue(result, row, column), PQgetlength(result, row, column));
  switch (PQftype(result, column)) {
    case kOidBool:  // SQLite's comparisons give 0 and 1
      return static_cast<int64_t>(text == "t");
    case kOidInt8:
    case kOidInt4:
    case kOidInt2:
    case kOidNumeric: {  // SUM of BIGINT is numeric; a fraction stays text
      int64_t value = 0;
      auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
      if (error == std::errc() && end == text.data() + text.size()) return value;
      return std::string(text);
    }
    default:
      return std::string(text);
  }
}

Row ReadPgRow(const PGresult* result, int row) {
  std::vector<std::variant<std::monostate, int64_t, std::string>> cells;
  const int columns = PQnfields(result);
  cells.reserve(columns);
  for (int i = 0; i < columns; ++i) cells.push_back(ReadPgCell(result, row, i));
  return Row(std::move(cells));
}

int64_t ChangedRows(PGresult* result) {
  if (std::strncmp(PQcmdStatus(result), "SELECT", 6) == 0) return 0;
  int64_t changed = 0;
  const char* text = PQcmdTuples(result);
  std::from_chars(text, text + std::strlen(text), changed);
  return changed;
}

std::string ExpandMarkers(std::string_view sql) {
  constexpr std::string_view kMarker = "/*SKIP_LOCKED*/";
  std::string out(sql);
  for (size_t at = out.find(kMarker); at != std::string::npos; at = out.find(kMarker, at))
    out.replace(at, kMarker.size(), "FOR UPDATE SKIP LOCKED");
  return out;
}

template <class T>
uint64_t MaskOf(std::span<const Param> params) {
  uint64_t mask = 0;
  for (size_t i = 0; i < params.size(); ++i)
    if (std::holds_alternative<T>(params[i].value())) mask |= uint64_t{1} << i;
  return mask;
}

// Calls fn(number, begin, end) for each $n outside quotes.
void EachParameter(std::string_view sql, const std::function<void(size_t, size_t, size_t)>& fn) {
  bool quoted = false;
  for (size_t i = 0; i < sql.size(); ++i) {
    if (sql[i] == '\'') quoted = !quoted;
    if (quoted || sql[i] != '$') continue;
    size_t end = i + 1, number = 0;
    while (end < sql.size() && sql[end] >= '0' && sql[end] <= '9' && number < 1000) number = number * 10 + (sql[end++] - '0');
    if (number > 0) fn(number, i, end);
    i = end - 1;
  }
}

uint64_t ScanTestedForNull(std::string_view sql) {
  uint64_t mask = 0;
  EachParameter(sql, [&](size_t number, size_t, size_t end) {
    while (end < sql.size() && (sql[end] == ' ' || sql[end] == '\n')) ++end;
    if ((sql.substr(end, 3) == "IS " || sql.substr(end, 3) == "is ") && number <= kParamsMax) mask |= uint64_t{1} << (number - 1);
  });
  return mask;
}

struct Adapted {
  std::string text;
  std::vector<Oid> types;
};

// PostgreSQL fixes a parameter's type where it first meets it. Integers are declared BIGINT, so that `$1 = 0 OR …` does
// not make a 32-bit one; the rest is left to it, except in `$2 IS NULL OR name = $2`, which it refuses: there text is
// declared TEXT, and a NULL is written as the word NULL, which fits every type.
Result<Adapted> Adapt(std::string_view sql, std::span<const Param> params, uint64_t integers, uint64_t nulls_tested,
                      uint64_t tested) {
  if (params.size() > kParamsMax)
    return MakeError(ErrorCode::kInternal, "db_error", "more than 64 parameters in: " + FirstWords(sql));
  Adapted out;
  size_t highest = 0, copied = 0;
  EachParameter(sql, [&](size_t number, size_t begin, size_t end) {
    highest = std::max(highest, number);
    if (number > kParamsMax || !(nulls_tested >> (number - 1) & 1)) return;
    out.text.append(sql.substr(copied, begin - copied)).append("NULL");
    copied = end;
  });
  out.text.append(sql.substr(copied));
  if (highest != params.size())
    return MakeError(ErrorCode::kInternal, "db_error",
                     "expected " + std::to_string(highest) + " parameters, got " + std::to_string(params.size()) +
                         " in: " + FirstWords(sql));
  out.text = ExpandMarkers(out.text);
  out.types.resize(params.size(), 0);
  for (size_t i = 0; i < params.size(); ++i) {
    if (integers >> i & 1) out.types[i] = kOidInt8;
    else if (tested >> i & 1) out.types[i] = kOidText;
  }
  return out;
}

// Parameters in text form, kept alive for one call.
struct TextParams {
  std::vector<std::string> owned;
  std::vector<const char*> values;
  std::vector<int> lengths;
  explicit TextParams(std::span<const Param> params) {
    owned.reserve(params.size());
    for (const Param& param : params) {
      if (const auto* integer = std::get_if<int64_t>(&param.value())) {
        owned.push_back(std::to_string(*integer));
      } else if (const auto* text = std::get_if<std::string_view>(&param.value())) {
        owned.emplace_back(*text);  // libpq wants it ended by NUL
      } else {
        values.push_back(nullptr);
        lengths.push_back(0);
        continue;
      }
      values.push_back(owned.back().c_str());
      lengths.push_back(static_cast<int>(owned.back().size()));
    }
  }
};

}  // namespace

Error PostgresError(std::string_view sqlstate, std::string_view message, std::string_view sql) {
  const std::string detail = "postgres " + std::string(sqlstate) + " " + std::string(message) + " in: " + FirstWords(sql);
  if (sqlstate == "23505") return MakeError(ErrorCode::kConflict, "db_unique", detail);
  if (sqlstate == "23503") return MakeError(ErrorCode::kConflict, "db_foreign_key", detail);
  if (IsClass(sqlstate, "23")) return MakeError(ErrorCode::kConflict, "db_check", detail);
  if (sqlstate == "40001" || sqlstate == "40P01") return MakeError(ErrorCode::kUnavailable, "db_serialization", detail);
  if (sqlstate == "22021") return MakeError(ErrorCode::kInvalid, "text_not_utf8", detail);
  if (sqlstate == "55P03" || sqlstate == "53300") return BusyError(detail);
  if (sqlstate == "57014") return MakeError(ErrorCode::kUnavailable, "db_timeout", detail);
  if (sqlstate == "53100") return StorageFullError(detail);
  if (sqlstate == "25006") return StorageReadOnlyError(detail);
  if (sqlstate.empty() || IsClass(sqlstate, "08") || IsClass(sqlstate, "57")) {
    Error error = MakeError(ErrorCode::kUnavailable, "db_connection", detail);
    error.retry_after_s = 2;
    return error;
  }
  return MakeError(ErrorCode::kInternal, "db_error", detail);
}

Error PostgresConnection::ErrorOf(const PGresult* result, std::string_view sql) const {
  if (PQstatus(handle_) == CONNECTION_BAD) return PostgresError("", "connection lost", sql);
  const char* state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : nullptr;
  if (!state) return PostgresError("XX000", PQerrorMessage(handle_), sql);
  // The primary message of a data exception (class 22) quotes the value; of the others it holds names only.
  const char* message = IsClass(state, "22") ? nullptr : PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  return PostgresError(state, message ? message : "", sql);
}

Error PostgresConnection::Lost(std::string_view what, std::string_view sql) {
  broken_ = true;
  return PostgresError("", what, sql);
}

Result<std::unique_ptr<PostgresConnection>> PostgresConnection::Open(const Settings& settings) {
  const char* values[] = {"5", "15", "5", "3", "20000", "tinhso", settings.url.c_str(), nullptr};
  std::unique_ptr<PostgresConnection> connection(
      new PostgresConnection(PQconnectdbParams(kConnectKeys, values, /*expand_dbname=*/1)));
  PGconn* handle = connection->handle_;
  // The message names host and port; a password in the URL is not part of it.
  if (PQstatus(handle) != CONNECTION_OK) return PostgresError("", PQerrorMessage(handle), "connect");
  PQsetNoticeProcessor(handle, [](void*, const char*) {}, nullptr);
  if (PQsetnonblocking(handle, 1) != 0) return connection->Lost("nonblocking", "connect");
  TINHSO_TRY(connection->PrepareSession(settings));
  return connection;
}

Status PostgresConnection::PrepareSession(const Settings& settings) {
  answer_timeout_ms_ = kLeaseWaitMs;
  TINHSO_TRY(Script(kSession));
  const std::string timeout = std::to_string(settings.statement_timeout_ms);
  const Param limit(timeout);
  TINHSO_TRY(Run(kSessionLimits.text(), {&limit, 1}, nullptr, nullptr));
  Rows rows;
  TINHSO_TRY(Run(kSessionFacts.text(), {}, &rows, nullptr));
  const int64_t limit_ms = rows[0].Int(0);
  server_run_ = rows[0].Text(1);
  if (PQenterPipelineMode(handle_) != 1 || PQsendPrepare(handle_, kTransactionIdName, kSelectTransactionId, 0, nullptr) != 1)
    return Lost("cannot send", kSelectTransactionId);
  posted_.push_back({Command::kOther, kSelectTransactionId});
  TINHSO_TRY(Sync());
  answer_timeout_ms_ = limit_ms > 0 ? limit_ms + std::clamp(limit_ms, kAnswerGraceMsMin, kAnswerGraceMsMax) : -1;
  return Ok();
}

PostgresConnection::~PostgresConnection() { PQfinish(handle_); }

bool PostgresConnection::MakeIdle() {
  if (broken_) return false;
  if (commit_deferred_) return PQstatus(handle_) == CONNECTION_OK;
  Rollback();
  return !broken_ && PQstatus(handle_) == CONNECTION_OK && PQtransactionStatus(handle_) == PQTRANS_IDLE &&
         PQpipelineStatus(handle_) == PQ_PIPELINE_OFF;
}

// --- waiting: never longer than the answer may take -----------------------------------------------------------

Status PostgresConnection::WaitFor(short events) {
  for (;;) {
    int timeout_ms = -1;
    if (answer_timeout_ms_ >= 0 && !unlimited_) {
      const int64_t left_us = answer_due_us_ - MonotonicUs();
      if (left_us <= 0) return Lost("the server does not answer", "");
      timeout_ms = static_cast<int>(left_us / 1000) + 1;
    }
    struct pollfd waiting = {PQsocket(handle_), events, 0};
    const int ready = ::poll(&waiting, 1, timeout_ms);
    if (ready > 0) return Ok();
    if (ready < 0 && errno != EINTR) return Lost("poll", "");
  }
}

Status PostgresConnection::SendOut() {
  answer_due_us_ = MonotonicUs() + answer_timeout_ms_ * 1000;
  for (;;) {
    const int state = PQflush(handle_);
    if (state == 0) return Ok();
    // Reading while writing: a server whose answers nobody takes stops reading.
    if (state < 0) return Lost("connection lost", "");
    TINHSO_TRY(WaitFor(POLLIN | POLLOUT));
    if (PQconsumeInput(handle_) != 1) return Lost("connection lost", "");
  }
}

Result<PostgresConnection::ResultPtr> PostgresConnection::NextResult() {
  while (PQisBusy(handle_)) {
    TINHSO_TRY(WaitFor(POLLIN));
    if (PQconsumeInput(handle_) != 1) return Lost("connection lost", "");
  }
  ResultPtr result(PQgetResult(handle_));
  if (!result && PQstatus(handle_) != CONNECTION_OK) return Lost("connection lost", "");
  return result;
}

// --- the pipeline ---------------------------------------------------------------------------------------------

Status PostgresConnection::Post(Command command, const char* text, std::string_view sql) {
  if (PQpipelineStatus(handle_) == PQ_PIPELINE_OFF && PQenterPipelineMode(handle_) != 1) return Lost("cannot send", sql);
  const int sent = command == Command::kTransactionId
                       ? PQsendQueryPrepared(handle_, text, 0, nullptr, nullptr, nullptr, 0)
                       : PQsendQueryParams(handle_, text, 0, nullptr, nullptr, nullptr, nullptr, 0);
  if (sent != 1) return Lost("cannot send", sql);
  posted_.push_back({command, sql});
  return Ok();
}

Status PostgresConnection::PostBegin() {
  if (broken_) return Lost("connection lost", "");
  if (!pending_begin_) return Ok();
  TINHSO_TRY(TakeDeferredCommit());
  const char* begin = std::exchange(pending_begin_, nullptr);
  TINHSO_TRY(Post(Command::kBegin, begin, begin));
  if (begin == kBeginWrite) TINHSO_TRY(Post(Command::kTransactionId, kTransactionIdName, kSelectTransactionId));
  return Ok();
}

Result<PostgresConnection::ResultPtr> PostgresConnection::Sync() {
  if (PQpipelineSync(handle_) != 1) return Lost("cannot send", "");
  return ReadToSync();
}

Result<PostgresConnection::ResultPtr> PostgresConnection::ReadToSync() {
  TINHSO_TRY(SendOut());
  ResultPtr last;
  std::optional<Error> first_error;
  size_t at = 0;  // the command whose result comes next
  for (;;) {
    TINHSO_ASSIGN(ResultPtr result, NextResult());
    if (!result) {
      if (++at > posted_.size()) return Lost("an answer too many", "");
      continue;
    }
    const auto status = PQresultStatus(result.get());
    if (status == PGRES_PIPELINE_SYNC) break;
    const Posted& posted = posted_[std::min(at, posted_.size() - 1)];
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
      if (posted.command == Command::kTransactionId) transaction_id_ = PQgetvalue(result.get(), 0, 0);
      last = std::move(result);
    } else if (status != PGRES_PIPELINE_ABORTED && !first_error) {
      first_error = ErrorOf(result.get(), posted.sql);
    }
  }
  posted_.clear();
  if (PQexitPipelineMode(handle_) != 1) return Lost("pipeline", "");
  if (first_error) return *first_error;
  if (!last) return Lost("no result", "");
  return last;
}

Status PostgresConnection::TakeDeferredCommit() {
  if (!std::exchange(commit_deferred_, false)) return Ok();
  TINHSO_ASSIGN(const ResultPtr result, ReadToSync());
  return Ok();
}

// --- transactions ---------------------------------------------------------------------------------------------

void PostgresConnection::Begin(Mode mode) {
  pending_begin_ = mode == Mode::kRead ? kBeginRead : kBeginWrite;
  mode_ = mode;
  transaction_id_.clear();
  unlimited_ = false;
}

Status PostgresConnection::Commit(bool& outcome_unknown) {
  if (std::exchange(pending_begin_, nullptr)) return Ok();  // nothing was done
  if (mode_ == Mode::kRead) {
    // A read has nothing to lose: its caller does not wait for the answer.
    TINHSO_TRY(Post(Command::kOther, kCommit, kCommit));
    if (PQpipelineSync(handle_) != 1 || PQflush(handle_) < 0) return Lost("cannot send", kCommit);
    commit_deferred_ = true;
    return Ok();
  }
  // The number of the transaction must be known before its COMMIT is under way.
  if (transaction_id_.empty()) TINHSO_TRY(Sync());
  TINHSO_TRY(Post(Command::kOther, kCommit, kCommit));
  auto done = Sync();
  if (!done.ok()) {
    outcome_unknown = broken_;
    return std::move(done.error());
  }
  // COMMIT of a failed transaction is answered by "ROLLBACK" and no error.
  if (std::strcmp(PQcmdStatus(done->get()), "COMMIT") != 0)
    return MakeError(ErrorCode::kInternal, "db_error", "COMMIT of a failed transaction");
  return Ok();
}

void PostgresConnection::Rollback() {
  if (std::exchange(pending_begin_, nullptr) || broken_ || commit_deferred_) return;
  if (PQstatus(handle_) != CONNECTION_OK) return;
  if (posted_.empty() && PQtransactionStatus(handle_) == PQTRANS_IDLE) return;
  // What was posted and not sent goes along: it is undone with the rest, and when it fails ROLLBACK is not run.
  if (!posted_.empty()) (void)Sync();
  if (broken_ || PQtransactionStatus(handle_) == PQTRANS_IDLE) return;
  if (Post(Command::kOther, "ROLLBACK", "ROLLBACK").ok()) (void)Sync();
}

// --- statements -----------------------------------------------------------------------------------------------

uint64_t PostgresConnection::TestedForNull(std::string_view sql) {
  auto [it, fresh] = tested_for_null_.try_emplace(sql.data(), 0);
  if (fresh) it->second = ScanTestedForNull(sql);
  return it->second;
}

Result<std::string> PostgresConnection::Prepare(std::string_view sql, std::span<const Param> params) {
  const uint64_t tested = TestedForNull(sql);
  const Key key{sql.data(), sql.size(), params.size(), MaskOf<int64_t>(params), MaskOf<std::monostate>(params) & tested};
  if (auto it = prepared_.find(key); it != prepared_.end()) return it->second;
  TINHSO_ASSIGN(const Adapted adapted, Adapt(sql, params, key.integers, key.nulls, tested));
  std::string name = "s" + std::to_string(++next_name_);
  // On its own: a statement counts as prepared only when the server has said so.
  if (PQpipelineStatus(handle_) == PQ_PIPELINE_OFF && PQenterPipelineMode(handle_) != 1) return Lost("cannot send", sql);
  if (PQsendPrepare(handle_, name.c_str(), adapted.text.c_str(), static_cast<int>(adapted.types.size()),
                    adapted.types.data()) != 1)
    return Lost("cannot send", sql);
  posted_.push_back({Command::kOther, sql});
  TINHSO_TRY(Sync());
  prepared_.emplace(key, name);
  return name;
}

Status PostgresConnection::PostStatement(std::string_view sql, std::span<const Param> params) {
  TINHSO_TRY(CheckParams(params, sql));
  TINHSO_TRY(PostBegin());
  TINHSO_ASSIGN(const std::string name, Prepare(sql, params));
  if (PQpipelineStatus(handle_) == PQ_PIPELINE_OFF && PQenterPipelineMode(handle_) != 1) return Lost("cannot send", sql);
  const TextParams text(params);
  if (PQsendQueryPrepared(handle_, name.c_str(), static_cast<int>(text.values.size()), text.values.data(),
                          text.lengths.data(), nullptr, 0) != 1)
    return Lost("cannot send", sql);
  posted_.push_back({Command::kOther, sql});
  return Ok();
}

Status PostgresConnection::Run(std::string_view sql, std::span<const Param> params, Rows* rows, int64_t* changed) {
  TINHSO_TRY(PostStatement(sql, params));
  TINHSO_ASSIGN(const ResultPtr result, Sync());
  if (rows) {
    const int count = PQntuples(result.get());
    rows->reserve(count);
    for (int i = 0; i < count; ++i) rows->push_back(ReadPgRow(result.get(), i));
  }
  if (changed) *changed = ChangedRows(result.get());
  return Ok();
}

Status PostgresConnection::Send(std::string_view sql, std::span<const Param> params) {
  if (mode_ == Mode::kRead) return Run(sql, params, nullptr, nullptr);  // to be refused here, not at its unread COMMIT
  TINHSO_TRY(PostStatement(sql, params));
  // The posted commands wait in memory: a caller that sends thousands does not pile them up.
  if (posted_.size() < kPostedMax) return Ok();
  TINHSO_TRY(Sync());
  return Ok();
}

Status PostgresConnection::Script(std::string_view sql) {
  TINHSO_TRY(PostBegin());
  if (!posted_.empty()) TINHSO_TRY(Sync());
  const std::string text(sql);
  if (PQsendQuery(handle_, text.c_str()) != 1) return Lost("cannot send", sql);
  TINHSO_TRY(SendOut());
  std::optional<Error> first_error;
  for (;;) {
    TINHSO_ASSIGN(ResultPtr result, NextResult());
    if (!result) break;
    const auto status = PQresultStatus(result.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_EMPTY_QUERY && !first_error)
      first_error = ErrorOf(result.get(), sql);
  }
  if (first_error) return *first_error;
  return Ok();
}

Status PostgresConnection::LockMigrations() {
  unlimited_ = true;
  TINHSO_TRY(Script(kUnlimited));
  return Run(kLockMigrations.text(), {}, nullptr, nullptr);
}

Status PostgresConnection::Stream(std::string_view sql, std::span<const Param> params,
                                  const std::function<bool(const Row&)>& fn) {
  TINHSO_TRY(CheckParams(params, sql));
  TINHSO_TRY(PostBegin());
  const std::string cursor = "c" + std::to_string(++next_name_);
  const uint64_t tested = TestedForNull(sql);
  TINHSO_ASSIGN(const Adapted adapted, Adapt(sql, params, MaskOf<int64_t>(params), MaskOf<std::monostate>(params) & tested, tested));
  const std::string declare = "DECLARE " + cursor + " NO SCROLL CURSOR FOR " + adapted.text;
  const std::string fetch = "FETCH " + std::to_string(kStreamRows) + " FROM " + cursor;
  const TextParams text(params);
  if (PQpipelineStatus(handle_) == PQ_PIPELINE_OFF && PQenterPipelineMode(handle_) != 1) return Lost("cannot send", sql);
  if (PQsendQueryParams(handle_, declare.c_str(), static_cast<int>(params.size()), adapted.types.data(),
                        text.values.data(), text.lengths.data(), nullptr, 0) != 1)
    return Lost("cannot send", sql);
  posted_.push_back({Command::kOther, sql});
  for (bool more = true; more;) {
    TINHSO_TRY(Post(Command::kOther, fetch.c_str(), sql));
    TINHSO_ASSIGN(const ResultPtr page, Sync());
    const int count = PQntuples(page.get());
    more = count == kStreamRows;
    for (int i = 0; i < count; ++i) {
      if (!fn(ReadPgRow(page.get(), i))) {
        more = false;
        break;
      }
    }
    // A statement that `fn` ran may have failed and lost the transaction; its error is the one to report.
    if (broken_ || PQtransactionStatus(handle_) == PQTRANS_INERROR) return Ok();
  }
  // Closed with the next command; `sql` outlives it, the text is copied.
  return Post(Command::kOther, ("CLOSE " + cursor).c_str(), sql);
}

}  // namespace tinhso::db::internal
