// tinhso move, tinhso db distribute.
#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include "app/commands.h"
#include "app/distribution.h"
#include "app/lock.h"
#include "app/platform.h"
#include "base/text.h"
#include "kernel/audit/audit.h"
#include "kernel/db/schema.h"
#include "kernel/db/transfer.h"
#include "words.h"

namespace tinhso::app {
namespace {

namespace fs = std::filesystem;

// The mover's own connections must not be taken for a server's.
std::string AsMover(const std::string& url) {
  return url + (url.find('?') == std::string::npos ? "?" : "&") + "application_name=tinhso-move";
}

db::Options SqliteOf(const std::string& data_dir) {
  db::Options options;
  options.sqlite_path = data_dir + "/tinhso.db";
  return options;
}

db::Options PostgresOf(const std::string& url) {
  db::Options options;
  options.postgres_url = AsMover(url);
  options.statement_timeout_ms = 0;  // a table of millions of rows is read in one go
  return options;
}

// On standard error: over the last line on a terminal, else as a line of its own.
void ShowProgress(const db::TransferProgress& now) {
  static const bool terminal = ::isatty(2);
  const std::string line = "  " + std::to_string(now.table_number) + "/" + std::to_string(now.tables) + " " + now.table + ": " +
           text::FormatNumber(now.rows) + "/" + text::FormatNumber(now.rows_total) +
           (now.checking ? " kiểm tra / checked" : " chép / copied");
  std::fprintf(stderr, terminal ? "\r\033[K%s" : "%s\n", line.c_str());
}

}  // namespace

int RunMove(const Config& config, const MoveArgs& args) {
  const std::string& data_dir = config.paths.data;
  const bool back = !args.from.empty();
  const std::string& url = back ? args.from : args.to;
  std::error_code ec;
  auto lock = DataLock::Take(data_dir);
  if (!lock.ok()) return Explain(lock.error());
  if (!back && !fs::is_regular_file(SqliteOf(data_dir).sqlite_path, ec)) {
    Complain("Không có dữ liệu trong thư mục này. / No data in this folder: " + data_dir);
    return kExitFailed;
  }
  auto sqlite = db::Database::Open(SqliteOf(data_dir));
  if (!sqlite.ok()) return Explain(sqlite.error());
  auto postgres = db::Database::Open(PostgresOf(url));
  if (!postgres.ok()) return Explain(postgres.error());
  auto servers = db::ServerConnections(**postgres);
  if (!servers.ok()) return Explain(servers.error());
  if (*servers > 0)
    return Explain(MakeError(ErrorCode::kConflict, "db_target_live", std::to_string(*servers) + " connections"));
  db::Database& from = back ? **postgres : **sqlite;
  db::Database& to = back ? **sqlite : **postgres;
  Complain(back ? "Đang chuyển dữ liệu từ PostgreSQL về SQLite… / Moving the data from PostgreSQL to SQLite…"
                : "Đang chuyển dữ liệu từ SQLite sang PostgreSQL… / Moving the data from SQLite to PostgreSQL…");
  auto report = db::MoveAll(from, to, AllMigrations(), ShowProgress);
  Complain("");
  if (!report.ok()) return Explain(report.error());
  for (const db::TableDigest& table : report->tables)
    Say("  " + table.table + ": " + text::FormatNumber(table.rows) + " dòng / rows, " + table.hash.substr(0, 16) + "…");
  Say("Đã chuyển và đối chiếu từng dòng / moved and compared row by row: " + std::to_string(report->tables.size()) +
      " bảng / tables, " + text::FormatNumber(report->rows) + " dòng / rows");
  auto audit = audit::Check(to);
  if (!audit.ok()) return Explain(audit.error());
  for (const std::string& problem : audit->problems) Say("  " + problem);
  Say(std::string("Nhật ký kiểm toán / Audit log: ") + (audit->problems.empty() ? "tốt / sound" : "có lỗi / problems") + " (" +
      text::FormatNumber(audit->leaves) + ")");
  if (back) {
    Say("Từ nay bỏ mục database.url (--database); cơ sở dữ liệu PostgreSQL cũ được giữ nguyên và không mở được nữa. / "
        "From now on leave out database.url (--database); the PostgreSQL database is kept and does not open any more.");
  } else {
    Say("Từ nay đặt database.url (--database) là địa chỉ PostgreSQL; các tệp vẫn ở trong thư mục dữ liệu; tinhso.db được giữ nguyên và "
        "không mở được nữa. / From now on set database.url (--database) to the PostgreSQL address; files stay in the data folder; "
        "tinhso.db is kept and does not open any more.");
  }
  return audit->problems.empty() ? kExitOk : kExitProblems;
}

int RunDistribute(const Config& config, bool dry_run) {
  db::Options options = SqliteOf(config.paths.data);
  if (!config.database.url.empty()) options = PostgresOf(config.database.url);
  auto database = db::Database::Open(options);
  if (!database.ok()) return Explain(database.error());
  auto schema = db::ReadSchema(**database);
  if (!schema.ok()) return Explain(schema.error());
  const db::Distribution plan = db::PlanDistribution(*schema, DistributionExceptions(), DistributionDepartures());
  const std::vector<std::string> statements = db::DistributionStatements(plan);
  for (const std::string& statement : statements) Say(statement + ";");
  for (const std::string& known : plan.known) Complain("  chấp nhận / accepted: " + known);
  for (const std::string& problem : plan.problems) Complain("  trái quy tắc / against the rules: " + problem);
  if (!plan.problems.empty()) return kExitProblems;
  if (dry_run) return kExitOk;
  auto spread = db::Distribute(**database, statements);
  if (!spread.ok()) return Explain(spread.error());
  Say("Đã phân tán / distributed: " + std::to_string(*spread) + " bảng / tables");
  return kExitOk;
}

}  // namespace tinhso::app
