#include "postgres_connection.h"

#include <charconv>
#include <cstring>

namespace tinhso::db::internal {
namespace {

// pg_type.h: stable numbers of the built-in types.
constexpr Oid kOidBool = 16, kOidInt8 = 20, kOidInt2 = 21, kOidInt4 = 23, kOidText = 25, kOidNumeric = 1700;
constexpr int kStreamRows = 500;
constexpr size_t kParamsMax = 64;  // bits of Key::integers

constexpr const char* kBeginRead = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
constexpr const char* kBeginWrite = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
// A writer that waits longer for a row lock is told to come back.
constexpr const char* kSession =
    "SET client_encoding = 'UTF8'; SET timezone = 'UTC'; SET client_min_messages = warning; SET lock_timeout = '10s'";

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
  if (sqlstate == "55P03" || sqlstate == "57014" || sqlstate == "53300")
    return MakeError(ErrorCode::kUnavailable, "db_busy", detail);
  if (sqlstate == "53100") return MakeError(ErrorCode::kUnavailable, "db_full", detail);
  if (sqlstate.empty() || IsClass(sqlstate, "08") || IsClass(sqlstate, "57"))
    return MakeError(ErrorCode::kUnavailable, "db_connection", detail);
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

Result<std::unique_ptr<PostgresConnection>> PostgresConnection::Open(const std::string& url) {
  std::unique_ptr<PostgresConnection> connection(new PostgresConnection(PQconnectdb(url.c_str())));
  PGconn* handle = connection->handle_;
  if (PQstatus(handle) != CONNECTION_OK) {
    // The message names host and port; a password in the URL is not part of it.
    return MakeError(ErrorCode::kUnavailable, "db_connection", PQerrorMessage(handle));
  }
  PQsetNoticeProcessor(handle, [](void*, const char*) {}, nullptr);
  ResultPtr done(PQexec(handle, kSession));
  if (PQresultStatus(done.get()) != PGRES_COMMAND_OK) return connection->ErrorOf(done.get(), kSession);
  return connection;
}

PostgresConnection::~PostgresConnection() { PQfinish(handle_); }

bool PostgresConnection::Sound() const {
  return PQstatus(handle_) == CONNECTION_OK && PQtransactionStatus(handle_) == PQTRANS_IDLE &&
         PQpipelineStatus(handle_) == PQ_PIPELINE_OFF;
}

void PostgresConnection::Begin(Mode mode) { pending_begin_ = mode == Mode::kRead ? kBeginRead : kBeginWrite; }

Status PostgresConnection::SendBegin() {
  if (!pending_begin_) return Ok();
  const char* begin = std::exchange(pending_begin_, nullptr);
  ResultPtr result(PQexec(handle_, begin));
  if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) return ErrorOf(result.get(), begin);
  return Ok();
}

Status PostgresConnection::Commit(bool& outcome_unknown) {
  if (std::exchange(pending_begin_, nullptr)) return Ok();  // nothing was done
  ResultPtr result(PQexec(handle_, "COMMIT"));
  if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) {
    outcome_unknown = PQstatus(handle_) == CONNECTION_BAD;
    return ErrorOf(result.get(), "COMMIT");
  }
  // COMMIT of a failed transaction is answered by "ROLLBACK" and no error.
  if (std::strcmp(PQcmdStatus(result.get()), "COMMIT") != 0)
    return MakeError(ErrorCode::kInternal, "db_error", "COMMIT of a failed transaction");
  return Ok();
}

void PostgresConnection::Rollback() {
  if (std::exchange(pending_begin_, nullptr)) return;
  if (PQstatus(handle_) != CONNECTION_OK || PQtransactionStatus(handle_) == PQTRANS_IDLE) return;
  ResultPtr result(PQexec(handle_, "ROLLBACK"));
}

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
  ResultPtr result(PQprepare(handle_, name.c_str(), adapted.text.c_str(), static_cast<int>(adapted.types.size()),
                             adapted.types.data()));
  if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) return ErrorOf(result.get(), sql);
  prepared_.emplace(key, name);
  return name;
}

Result<PostgresConnection::ResultPtr> PostgresConnection::Execute(const std::string& name, std::string_view sql,
                                                                  std::span<const Param> params) {
  const TextParams text(params);
  if (pending_begin_) return ExecutePipelined(name, sql, text.values, text.lengths);
  ResultPtr result(PQexecPrepared(handle_, name.c_str(), static_cast<int>(text.values.size()), text.values.data(),
                                  text.lengths.data(), nullptr, 0));
  const auto status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) return ErrorOf(result.get(), sql);
  return result;
}

Result<PostgresConnection::ResultPtr> PostgresConnection::ExecutePipelined(const std::string& name, std::string_view sql,
                                                                           const std::vector<const char*>& values,
                                                                           const std::vector<int>& lengths) {
  const char* begin = std::exchange(pending_begin_, nullptr);
  if (PQenterPipelineMode(handle_) != 1 || PQsendQueryParams(handle_, begin, 0, nullptr, nullptr, nullptr, nullptr, 0) != 1 ||
      PQsendQueryPrepared(handle_, name.c_str(), static_cast<int>(values.size()), values.data(), lengths.data(), nullptr,
                          0) != 1 ||
      PQpipelineSync(handle_) != 1)
    return ErrorOf(nullptr, sql);
  ResultPtr wanted;                 // of the statement
  std::optional<Error> first_error;  // of BEGIN or of the statement
  for (int seen = 0;;) {
    ResultPtr result(PQgetResult(handle_));
    if (!result) {  // between two commands
      if (PQstatus(handle_) != CONNECTION_OK) return PostgresError("", "connection lost", sql);
      continue;
    }
    const auto status = PQresultStatus(result.get());
    if (status == PGRES_PIPELINE_SYNC) break;
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
      if (++seen == 2) wanted = std::move(result);
    } else if (status != PGRES_PIPELINE_ABORTED && !first_error) {
      first_error = ErrorOf(result.get(), sql);
    }
  }
  if (PQexitPipelineMode(handle_) != 1) return ErrorOf(nullptr, sql);
  if (first_error) return *first_error;
  if (!wanted) return PostgresError("XX000", "no result", sql);
  return wanted;
}

Status PostgresConnection::Run(std::string_view sql, std::span<const Param> params, Rows* rows, int64_t* changed) {
  TINHSO_TRY(CheckParams(params, sql));
  TINHSO_ASSIGN(const std::string name, Prepare(sql, params));
  TINHSO_ASSIGN(ResultPtr result, Execute(name, sql, params));
  if (rows) {
    const int count = PQntuples(result.get());
    rows->reserve(count);
    for (int i = 0; i < count; ++i) rows->push_back(ReadPgRow(result.get(), i));
  }
  if (changed) *changed = ChangedRows(result.get());
  return Ok();
}

Status PostgresConnection::Script(std::string_view sql) {
  TINHSO_TRY(SendBegin());
  const std::string text(sql);
  ResultPtr result(PQexec(handle_, text.c_str()));
  const auto status = PQresultStatus(result.get());
  if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY) return Ok();
  return ErrorOf(result.get(), sql);
}

Status PostgresConnection::Stream(std::string_view sql, std::span<const Param> params,
                                  const std::function<bool(const Row&)>& fn) {
  TINHSO_TRY(CheckParams(params, sql));
  TINHSO_TRY(SendBegin());
  const std::string cursor = "c" + std::to_string(++next_name_);
  const uint64_t tested = TestedForNull(sql);
  TINHSO_ASSIGN(const Adapted adapted, Adapt(sql, params, MaskOf<int64_t>(params), MaskOf<std::monostate>(params) & tested, tested));
  const std::string declare = "DECLARE " + cursor + " NO SCROLL CURSOR FOR " + adapted.text;
  const TextParams text(params);
  ResultPtr opened(PQexecParams(handle_, declare.c_str(), static_cast<int>(params.size()), adapted.types.data(),
                                text.values.data(), text.lengths.data(), nullptr, 0));
  if (PQresultStatus(opened.get()) != PGRES_COMMAND_OK) return ErrorOf(opened.get(), sql);
  const std::string fetch = "FETCH " + std::to_string(kStreamRows) + " FROM " + cursor;
  for (bool more = true; more;) {
    ResultPtr page(PQexec(handle_, fetch.c_str()));
    if (PQresultStatus(page.get()) != PGRES_TUPLES_OK) return ErrorOf(page.get(), sql);
    const int count = PQntuples(page.get());
    more = count == kStreamRows;
    for (int i = 0; i < count; ++i) {
      if (!fn(ReadPgRow(page.get(), i))) {
        more = false;
        break;
      }
    }
    // A statement that `fn` ran may have failed and lost the transaction; its error is the one to report.
    if (PQtransactionStatus(handle_) != PQTRANS_INTRANS) return Ok();
  }
  ResultPtr closed(PQexec(handle_, ("CLOSE " + cursor).c_str()));
  if (PQresultStatus(closed.get()) != PGRES_COMMAND_OK) return ErrorOf(closed.get(), sql);
  return Ok();
}

}  // namespace tinhso::db::internal
