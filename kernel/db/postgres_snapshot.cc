// PostgreSQL: COPY of every table out of one REPEATABLE READ snapshot, and back in one transaction. Our own
// rather than pg_dump: no second program whose version must fit the server's, each part hashed on its way,
// rows counted.
#include <libpq-fe.h>

#include <cstdlib>
#include <fstream>
#include <memory>

#include "snapshot_file.h"

namespace tinhso::db::internal {
namespace {

struct FinishPostgres {
  void operator()(PGconn* handle) const { PQfinish(handle); }
};
using PostgresPtr = std::unique_ptr<PGconn, FinishPostgres>;

class SnapshotConnection {
 public:
  static Result<SnapshotConnection> Open(const std::string& url) {
    PostgresPtr handle(PQconnectdb(url.c_str()));
    if (PQstatus(handle.get()) != CONNECTION_OK)
      return MakeError(ErrorCode::kUnavailable, "db_connection", PQerrorMessage(handle.get()));
    return SnapshotConnection(std::move(handle));
  }

  Result<TextRows> Ask(const std::string& sql) {
    PGresult* result = PQexec(handle_.get(), sql.c_str());
    ExecStatusType status = PQresultStatus(result);
    TextRows rows;
    for (int r = 0; status == PGRES_TUPLES_OK && r < PQntuples(result); ++r) {
      std::vector<std::string> row;
      for (int c = 0; c < PQnfields(result); ++c) row.emplace_back(PQgetvalue(result, r, c));
      rows.push_back(std::move(row));
    }
    PQclear(result);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) return Failure();
    return rows;
  }

  Status CopyOut(const std::string& sql, const std::string& path, SnapshotPart& part) {
    TINHSO_TRY(StartCopy(sql, PGRES_COPY_OUT));
    SnapshotFile file(path);
    Status written = Ok();
    for (;;) {
      char* line = nullptr;
      int n = PQgetCopyData(handle_.get(), &line, 0);
      if (n < 0) break;
      if (written.ok()) written = file.Write({line, static_cast<size_t>(n)});
      ++part.rows;
      PQfreemem(line);
    }
    TINHSO_TRY(EndCopy());
    TINHSO_TRY(std::move(written));
    return file.Finish(part);
  }

  Status CopyIn(const std::string& sql, const std::string& path) {
    TINHSO_TRY(StartCopy(sql, PGRES_COPY_IN));
    std::ifstream in(path, std::ios::binary);
    std::string buffer(256 * 1024, '\0');
    bool sent = true;
    while (sent && in.read(buffer.data(), static_cast<std::streamsize>(buffer.size())).gcount() > 0)
      sent = PQputCopyData(handle_.get(), buffer.data(), static_cast<int>(in.gcount())) == 1;
    if (!sent || PQputCopyEnd(handle_.get(), in.bad() ? "unreadable part" : nullptr) != 1) return Failure();
    return EndCopy();
  }

 private:
  explicit SnapshotConnection(PostgresPtr handle) : handle_(std::move(handle)) {}
  Error Failure() { return MakeError(ErrorCode::kInternal, "db_error", PQerrorMessage(handle_.get())); }
  Status StartCopy(const std::string& sql, ExecStatusType wanted) {
    PGresult* result = PQexec(handle_.get(), sql.c_str());
    bool started = PQresultStatus(result) == wanted;
    PQclear(result);
    if (!started) return Failure();
    return Ok();
  }
  Status EndCopy() {
    bool done = true;
    while (PGresult* result = PQgetResult(handle_.get())) {
      done = done && PQresultStatus(result) == PGRES_COMMAND_OK;
      PQclear(result);
    }
    if (!done) return Failure();
    return Ok();
  }

  PostgresPtr handle_;
};

constexpr const char* kTablesOfSnapshot =
    "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = "
    "'BASE TABLE' "
    "ORDER BY table_name";

// Names come from the schema itself; ours are plain, quoting keeps any other from being read as SQL.
std::string QuotedName(const std::string& name) {
  std::string out = "\"";
  for (char c : name) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + "\"";
}

}  // namespace

Result<Snapshot> WritePostgresSnapshot(const Options& source, const std::string& dir,
                                       std::span<const Sql> questions) {
  TINHSO_ASSIGN(SnapshotConnection connection, SnapshotConnection::Open(source.postgres_url));
  TINHSO_TRY(connection.Ask("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"));
  Snapshot snapshot;
  TINHSO_ASSIGN(TextRows migrations, connection.Ask(std::string(kLastMigrations)));
  for (const auto& row : migrations) snapshot.migrations[row[0]] = std::atoi(row[1].c_str());
  for (const Sql& question : questions) {
    TINHSO_ASSIGN(TextRows answer, connection.Ask(std::string(question.text())));
    snapshot.answers.push_back(std::move(answer));
  }
  TINHSO_ASSIGN(TextRows tables, connection.Ask(kTablesOfSnapshot));
  for (const auto& table : tables) {
    SnapshotPart part;
    part.name = table[0] + ".copy";
    TINHSO_ASSIGN(
        TextRows columns,
        connection.Ask(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema() "
            "AND table_name = '" +
            table[0] + "' ORDER BY ordinal_position"));
    for (const auto& column : columns)
      part.columns += (part.columns.empty() ? "" : ", ") + QuotedName(column[0]);
    TINHSO_TRY(connection.CopyOut("COPY " + QuotedName(table[0]) + " (" + part.columns + ") TO STDOUT",
                                  dir + "/" + part.name, part));
    snapshot.parts.push_back(std::move(part));
  }
  TINHSO_TRY(connection.Ask("COMMIT"));
  return snapshot;
}

Status LoadPostgresSnapshot(const Options& target, const std::string& dir,
                            std::span<const SnapshotPart> parts, std::span<const MigrationSet> sets) {
  TINHSO_ASSIGN(SnapshotConnection connection, SnapshotConnection::Open(target.postgres_url));
  TINHSO_ASSIGN(TextRows tables, connection.Ask(kTablesOfSnapshot));
  if (!tables.empty())
    return Status(ErrorCode::kConflict, "restore_target_not_empty",
                  "the database has tables already; restore into a new one");
  TINHSO_ASSIGN(auto database, Database::Open(target));
  TINHSO_TRY(database->Migrate(sets));
  TINHSO_TRY(connection.Ask("BEGIN"));
  for (const SnapshotPart& part : parts) {
    std::string table = QuotedName(part.name.substr(0, part.name.size() - std::string_view(".copy").size()));
    // What migrations put there themselves is in the part as well.
    TINHSO_TRY(connection.Ask("DELETE FROM " + table));
    TINHSO_TRY(
        connection.CopyIn("COPY " + table + " (" + part.columns + ") FROM STDIN", dir + "/" + part.name));
    TINHSO_ASSIGN(TextRows rows, connection.Ask("SELECT COUNT(*) FROM " + table));
    if (rows[0][0] != std::to_string(part.rows))
      return Status(ErrorCode::kInternal, "restore_rows_differ", part.name + ": " + rows[0][0]);
  }
  TINHSO_TRY(connection.Ask("COMMIT"));
  TINHSO_TRY(connection.Ask("ANALYZE"));
  return Ok();
}

}  // namespace tinhso::db::internal

namespace tinhso::db {

Result<int64_t> PostgresBytes(const std::string& url) {
  TINHSO_ASSIGN(auto connection, internal::SnapshotConnection::Open(url));
  TINHSO_ASSIGN(TextRows rows, connection.Ask("SELECT pg_database_size(current_database())"));
  return static_cast<int64_t>(std::atoll(rows[0][0].c_str()));
}

}  // namespace tinhso::db
