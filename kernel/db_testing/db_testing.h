// A fresh database for each test, on both engines, so that every store test runs on SQLite and PostgreSQL.
//
//   class DossierStoreTest : public db_testing::DbTest {
//    protected:
//     void SetUp() override { Migrate({db::Migrations_kernel_audit(), db::Migrations_features_dossiers()}); }
//   };
//   TINHSO_ON_BOTH_ENGINES(DossierStoreTest);
//   TEST_P(DossierStoreTest, StaleVersionIsRefusedAndChangesNothing) { database().Write(…); }
//
// SQLite: a file in a temporary folder. PostgreSQL: a database of its own on the server at TINHSO_TEST_POSTGRES; when that
// is not set, the test program starts a private server (tools/test_postgres.sh) and stops it at its end. A machine
// without PostgreSQL fails the test: half of the promise would go untested.
// Thread rule: one TestDatabase belongs to one test; database() is thread-safe.
#pragma once
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kernel/db/db.h"

namespace tinhso::db_testing {

enum class Engine { kSqlite, kPostgres };
const char* EngineName(Engine engine);  // "Sqlite", "Postgres"

// URL of the test server; starts one when needed. "" and a failed test when there is none to be had.
std::string PostgresUrl();

// A server of its own for a test that kills it; ended with the test, durable across Crash.
class OwnServer {
 public:
  OwnServer();
  ~OwnServer();
  OwnServer(const OwnServer&) = delete;
  OwnServer& operator=(const OwnServer&) = delete;
  void Crash();  // at once, no good-byes
  void Up();     // again; it recovers from its log
  const std::string& url() const { return url_; }
  const std::string& dir() const { return dir_; }

 private:
  std::string Run(const std::string& words);
  std::string dir_, url_;
};

class TestDatabase {
 public:
  explicit TestDatabase(Engine engine);
  ~TestDatabase();
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;

  db::Database& database() {
    if (!database_) Reopen();
    return *database_;
  }
  // Applies the migrations; all sets at once, as the program does. Fails the test on error. Calls after the first of
  // the same process are fast: the migrated empty database is kept as a template, and each test begins on a copy.
  void Migrate(const std::vector<db::MigrationSet>& sets) { Prepare(sets, "", nullptr); }
  // The same with rows: `fill` is called for the first test that asks for `key`, the others begin on a copy of what it did.
  void Prepare(const std::vector<db::MigrationSet>& sets, const std::string& key, const std::function<void(db::Database&)>& fill);
  // Closes and opens again, as a restart does.
  void Reopen();
  // Closes; database() opens again.
  void Close();
  // What Open is called with: for a second Database on the same data.
  db::Options& options();
  // A folder removed after the test.
  const std::string& temp_dir() const { return temp_dir_; }

 private:
  void MakePostgres(const std::string& from);  // a database of its own, a copy of `from`

  Engine engine_;
  std::string temp_dir_;
  std::string postgres_name_;
  bool prepared_ = false;
  db::Options options_;
  std::unique_ptr<db::Database> database_;
};

class DbTest : public ::testing::TestWithParam<Engine> {
 protected:
  DbTest() : test_database_(GetParam()) {}
  db::Database& database() { return test_database_.database(); }
  void Migrate(const std::vector<db::MigrationSet>& sets) { test_database_.Migrate(sets); }
  bool on_postgres() const { return GetParam() == Engine::kPostgres; }
  const std::string& temp_dir() const { return test_database_.temp_dir(); }
  TestDatabase test_database_;
};

#define TINHSO_ON_BOTH_ENGINES(Fixture)                                                               \
  INSTANTIATE_TEST_SUITE_P(, Fixture,                                                                 \
                           ::testing::Values(::tinhso::db_testing::Engine::kSqlite,                   \
                                             ::tinhso::db_testing::Engine::kPostgres),                \
                           [](const ::testing::TestParamInfo<::tinhso::db_testing::Engine>& info) {   \
                             return std::string(::tinhso::db_testing::EngineName(info.param));        \
                           })

}  // namespace tinhso::db_testing
