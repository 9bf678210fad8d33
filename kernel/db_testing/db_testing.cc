#include "kernel/db_testing/db_testing.h"

#include <libpq-fe.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
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

// The server that a run of many programs shares; nullptr when each starts its own.
const char* SharedUrl() {
  const char* url = std::getenv("TINHSO_TEST_POSTGRES");
  return url && *url ? url : nullptr;
}

std::string Quoted(const std::string& word) { return "'" + word + "'"; }

// Databases are made and dropped past the façade: it has no way to, and needs none.
void RunOnServer(const std::string& sql) {
  PGconn* connection = PQconnectdb(PostgresUrl().c_str());
  if (PQstatus(connection) == CONNECTION_OK) {
    PGresult* result = PQexec(connection, sql.c_str());
    if (PQresultStatus(result) != PGRES_COMMAND_OK) ADD_FAILURE() << sql << ": " << PQerrorMessage(connection);
    PQclear(result);
  } else {
    ADD_FAILURE() << "the PostgreSQL of the tests does not answer: " << PQerrorMessage(connection);
  }
  PQfinish(connection);
}

void DropDatabase(const std::string& name) { RunOnServer("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)"); }

// postgresql://host/postgres?x → postgresql://host/NAME?x
std::string WithDatabase(const std::string& url, const std::string& name) {
  const size_t path = url.find('/', url.find("://") + 3), query = std::min(url.find('?'), url.size());
  return url.substr(0, std::min(path, query)) + "/" + name + url.substr(query);
}

std::string NewName(const char* prefix) {
  static std::atomic<int> next = 0;
  return prefix + std::to_string(getpid()) + "_" + std::to_string(++next);
}

std::string KeyOf(const std::vector<db::MigrationSet>& sets) {
  std::string key;
  for (const auto& set : sets)
    for (const auto& m : set.migrations) key.append(set.module).append("/").append(m.sql).append("\n");
  return key;
}

// What tests begin on, by engine and by what was applied: the path of a SQLite file, the name of a PostgreSQL database.
struct Templates {
  std::mutex mutex;
  std::map<std::pair<Engine, std::string>, std::string> place_by_key;
  std::string dir;
  ~Templates() {
    std::error_code ignored;
    if (!dir.empty()) std::filesystem::remove_all(dir, ignored);
    if (!SharedUrl()) return;  // one's own server is gone by now, with all it held
    for (const auto& [key, place] : place_by_key) {
      if (key.first == Engine::kPostgres) DropDatabase(place);
    }
  }
};
Templates& AllTemplates() {
  static Templates templates;
  return templates;
}

}  // namespace

const char* EngineName(Engine engine) { return engine == Engine::kSqlite ? "Sqlite" : "Postgres"; }

std::string PostgresUrl() {
  if (const char* url = SharedUrl()) return url;
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
  options_.readers = 8;
  if (engine == Engine::kSqlite) options_.sqlite_path = temp_dir_ + "/test.db";
}

TestDatabase::~TestDatabase() {
  Close();
  if (!postgres_name_.empty()) DropDatabase(postgres_name_);
  std::error_code ignored;
  std::filesystem::remove_all(temp_dir_, ignored);
}

void TestDatabase::MakePostgres(const std::string& from) {
  postgres_name_ = NewName("t_");
  RunOnServer("CREATE DATABASE " + postgres_name_ + " TEMPLATE " + from);
  options_.postgres_url = WithDatabase(PostgresUrl(), postgres_name_);
}

db::Options& TestDatabase::options() {
  if (engine_ == Engine::kPostgres && postgres_name_.empty()) MakePostgres("template1");
  return options_;
}

void TestDatabase::Close() { database_.reset(); }

void TestDatabase::Reopen() {
  Close();
  auto opened = db::Database::Open(options());
  if (!opened.ok()) {
    // Without a database every later line of the test would crash.
    std::fprintf(stderr, "cannot open the test database: %s\n", opened.error().detail.c_str());
    std::abort();
  }
  database_ = std::move(*opened);
}

void TestDatabase::Prepare(const std::vector<db::MigrationSet>& sets, const std::string& key,
                           const std::function<void(db::Database&)>& fill) {
  auto make = [&] {
    auto status = database().Migrate(sets);
    ASSERT_TRUE(status.ok()) << status.error().reason << ": " << status.error().detail;
    if (fill) fill(database());
  };
  // A second call continues on what the test has: no template.
  if (std::exchange(prepared_, true)) return make();
  Templates& templates = AllTemplates();
  std::lock_guard lock(templates.mutex);
  std::string& place = templates.place_by_key[{engine_, key + "\n" + KeyOf(sets)}];
  const bool fresh = place.empty();
  if (fresh) {
    make();
    if (::testing::Test::HasFatalFailure()) return;
  }
  Close();  // the WAL is folded into the file; PostgreSQL copies no database that is in use
  if (engine_ == Engine::kPostgres) {
    if (fresh) place = postgres_name_;
    else if (!postgres_name_.empty()) DropDatabase(postgres_name_);
    MakePostgres(place);
  } else {
    if (templates.dir.empty()) templates.dir = MakeTempDir("tinhso-tpl");
    std::error_code error;
    if (fresh) std::filesystem::copy_file(options_.sqlite_path, place = templates.dir + "/" + NewName(""), error);
    else std::filesystem::copy_file(place, options_.sqlite_path, std::filesystem::copy_options::overwrite_existing, error);
    ASSERT_FALSE(error) << error.message();
  }
  Reopen();
}

}  // namespace tinhso::db_testing
