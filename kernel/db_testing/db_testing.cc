#include "kernel/db_testing/db_testing.h"

#include <libpq-fe.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <mutex>
#include <utility>

namespace tinhso::db_testing {
namespace {

std::string MakeTempDir(const char* prefix) {
  // A short path: a Unix socket's may not be longer than 107 bytes.
  std::string pattern = std::string("/tmp/") + prefix + ".XXXXXX";
  return mkdtemp(pattern.data()) ? pattern : std::string();
}

std::string Quoted(const std::string& word) { return "'" + word + "'"; }

// The schema's commands go past the façade: it has no way to make a schema, and needs none.
void RunOnServer(const std::string& url, const std::string& sql) {
  PGconn* connection = PQconnectdb(url.c_str());
  if (PQstatus(connection) == CONNECTION_OK) {
    PGresult* result = PQexec(connection, sql.c_str());
    if (PQresultStatus(result) != PGRES_COMMAND_OK) ADD_FAILURE() << sql << ": " << PQerrorMessage(connection);
    PQclear(result);
  } else {
    ADD_FAILURE() << "the PostgreSQL of the tests does not answer: " << PQerrorMessage(connection);
  }
  PQfinish(connection);
}

std::string KeyOf(const std::vector<db::MigrationSet>& sets) {
  std::string key;
  for (const auto& set : sets)
    for (const auto& m : set.migrations) key.append(set.module).append("/").append(m.sql).append("\n");
  return key;
}

// Migrated empty SQLite files by what was applied.
struct Templates {
  std::mutex mutex;
  std::map<std::string, std::string> path_by_key;
  std::string dir;
  ~Templates() {
    std::error_code ignored;
    if (!dir.empty()) std::filesystem::remove_all(dir, ignored);
  }
};
Templates& AllTemplates() {
  static Templates templates;
  return templates;
}

}  // namespace

const char* EngineName(Engine engine) { return engine == Engine::kSqlite ? "Sqlite" : "Postgres"; }

std::string PostgresUrl() {
  if (const char* url = std::getenv("TINHSO_TEST_POSTGRES"); url && *url) return url;
  static OwnServer server;
  if (server.url().empty())
    ADD_FAILURE() << "no PostgreSQL for tests: install postgresql-15 or set TINHSO_TEST_POSTGRES";
  return server.url();
}

OwnServer::OwnServer() : dir_(MakeTempDir("tinhso-pg")), url_(Run("start " + Quoted(dir_) + " " + std::to_string(getpid()))) {}
OwnServer::~OwnServer() { Run("stop " + Quoted(dir_)); }
void OwnServer::Crash() { Run("crash " + Quoted(dir_)); }
void OwnServer::Up() { Run("up " + Quoted(dir_)); }

// What the script says; "" when it fails.
std::string OwnServer::Run(const std::string& words) {
  const std::string command = "sh " + Quoted(TINHSO_SOURCE_DIR "/tools/test_postgres.sh") + " " + words;
  FILE* out = popen(command.c_str(), "r");
  if (!out) return "";
  char line[512];
  std::string said = std::fgets(line, sizeof line, out) ? line : "";
  while (!said.empty() && said.back() == '\n') said.pop_back();
  if (pclose(out) == 0) return said;
  std::fprintf(stderr, "%s failed\n", command.c_str());
  return "";
}

TestDatabase::TestDatabase(Engine engine) : engine_(engine), temp_dir_(MakeTempDir("tinhso-test")) {
  static int next = 0;
  options_.readers = 8;
  if (engine == Engine::kSqlite) {
    options_.sqlite_path = temp_dir_ + "/test.db";
  } else {
    const std::string url = PostgresUrl();
    schema_ = "t_" + std::to_string(getpid()) + "_" + std::to_string(++next);
    RunOnServer(url, "CREATE SCHEMA " + schema_);
    options_.postgres_url =
        url + (url.find('?') == std::string::npos ? "?" : "&") + "options=-csearch_path%3D" + schema_;
  }
  Reopen();
}

TestDatabase::~TestDatabase() {
  Close();
  if (!schema_.empty()) RunOnServer(PostgresUrl(), "SET client_min_messages = error; DROP SCHEMA " + schema_ + " CASCADE");
  std::error_code ignored;
  std::filesystem::remove_all(temp_dir_, ignored);
}

void TestDatabase::Close() { database_.reset(); }

void TestDatabase::Reopen() {
  Close();
  auto opened = db::Database::Open(options_);
  if (!opened.ok()) {
    // Without a database every later line of the test would crash.
    std::fprintf(stderr, "cannot open the test database: %s\n", opened.error().detail.c_str());
    std::abort();
  }
  database_ = std::move(*opened);
}

void TestDatabase::Migrate(const std::vector<db::MigrationSet>& sets) {
  // A second call continues on what the test has: no template.
  if (engine_ == Engine::kSqlite && !std::exchange(migrated_, true)) {
    Templates& templates = AllTemplates();
    std::lock_guard lock(templates.mutex);
    if (templates.dir.empty()) templates.dir = MakeTempDir("tinhso-tpl");
    std::string& path = templates.path_by_key[KeyOf(sets)];
    const bool fresh = path.empty();
    if (fresh) {
      auto status = database_->Migrate(sets);
      ASSERT_TRUE(status.ok()) << status.error().reason << ": " << status.error().detail;
      path = templates.dir + "/" + std::to_string(templates.path_by_key.size()) + ".db";
    }
    Close();  // the WAL is folded into the file
    std::error_code error;
    if (fresh) {
      std::filesystem::copy_file(options_.sqlite_path, path, error);
    } else {
      std::filesystem::copy_file(path, options_.sqlite_path, std::filesystem::copy_options::overwrite_existing, error);
    }
    ASSERT_FALSE(error) << error.message();
    Reopen();
    return;
  }
  auto status = database_->Migrate(sets);
  ASSERT_TRUE(status.ok()) << status.error().reason << ": " << status.error().detail;
}

}  // namespace tinhso::db_testing
