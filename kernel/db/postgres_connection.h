// One PostgreSQL connection with its prepared statements. Thread rule: used by one thread at a time.
#pragma once
#include <libpq-fe.h>

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine.h"

namespace tinhso::db::internal {

class PostgresConnection final : public Connection {
 public:
  enum class Mode { kRead, kWrite };
  struct Settings {
    std::string url;
    int statement_timeout_ms = 0;
  };
  static Result<std::unique_ptr<PostgresConnection>> Open(const Settings& settings);
  ~PostgresConnection() override;
  PostgresConnection(const PostgresConnection&) = delete;
  PostgresConnection& operator=(const PostgresConnection&) = delete;

  // Nothing is sent yet: BEGIN travels with the first statement.
  void Begin(Mode mode);
  // A read's COMMIT is sent and its answer taken before the next Begin. `outcome_unknown` is set when the connection broke
  // after a write's COMMIT was sent: the work may or may not be there, and transaction_id() tells whom to ask about.
  Status Commit(bool& outcome_unknown);
  void Rollback();
  // Of the last write transaction, in the server's own words; "" when it has none.
  const std::string& transaction_id() const { return transaction_id_; }
  // Differs after every recovery of the server from a crash: then it may give a lost transaction's number to another.
  const std::string& server_run() const { return server_run_; }
  int backend_pid() const { return PQbackendPID(handle_); }
  // False: broken or left in a state that cannot be told; to be thrown away.
  bool MakeIdle();

  Status Run(std::string_view sql, std::span<const Param> params, Rows* rows, int64_t* changed) override;
  Status Send(std::string_view sql, std::span<const Param> params) override;
  Status Stream(std::string_view sql, std::span<const Param> params, const std::function<bool(const Row&)>& fn) override;
  Status Script(std::string_view sql) override;
  Status LockMigrations() override;

 private:
  // A statement's text, and which of its parameters are integers and NULL: the server's statement differs by them
  // (see Adapt in the .cc).
  struct Key {
    const char* data;
    size_t size;
    size_t params;
    uint64_t integers;
    uint64_t nulls;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    size_t operator()(const Key& key) const {
      return std::hash<const char*>()(key.data) ^
             std::hash<uint64_t>()((key.integers * 0x9e3779b97f4a7c15) ^ (key.nulls * 0xc2b2ae3d27d4eb4f) ^ key.size);
    }
  };
  // Which parameters of a statement stand before IS: `$2 IS NULL`.
  uint64_t TestedForNull(std::string_view sql);
  struct Clear {
    void operator()(PGresult* result) const { PQclear(result); }
  };
  using ResultPtr = std::unique_ptr<PGresult, Clear>;

  // A command sent in pipeline mode of which the result has not been read.
  enum class Command { kBegin, kTransactionId, kOther };
  struct Posted {
    Command command;
    std::string_view sql;
  };

  explicit PostgresConnection(PGconn* handle) : handle_(handle) {}
  Status PrepareSession(const Settings& settings);
  // Each Post puts a command into the pipeline, BEGIN before the first; Sync sends them and reads their results: that of the
  // last one, or the first error. Commands posted after one that failed are not run by the server.
  Status Post(Command command, const char* text, std::string_view sql);
  Status PostStatement(std::string_view sql, std::span<const Param> params);
  Status PostBegin();
  Result<ResultPtr> Sync();
  Result<ResultPtr> ReadToSync();
  // The name of the prepared statement; its preparation is posted when it is new.
  Result<std::string> Prepare(std::string_view sql, std::span<const Param> params);
  // The next result, nullptr between two commands; waits no longer than the answer may take.
  Result<ResultPtr> NextResult();
  Status SendOut();
  Status WaitFor(short events);
  Status TakeDeferredCommit();
  Error Lost(std::string_view what, std::string_view sql);
  Error ErrorOf(const PGresult* result, std::string_view sql) const;

  PGconn* handle_;
  Mode mode_ = Mode::kRead;
  const char* pending_begin_ = nullptr;
  std::vector<Posted> posted_;
  bool commit_deferred_ = false;  // the COMMIT of a read was sent, its answer not read
  bool broken_ = false;
  int64_t answer_timeout_ms_ = -1;  // -1: for ever
  int64_t answer_due_us_ = 0;
  bool unlimited_ = false;        // a migration: until the end of the transaction
  std::string transaction_id_, server_run_;
  int next_name_ = 0;
  std::unordered_map<Key, std::string, KeyHash> prepared_;
  std::unordered_map<const char*, uint64_t> tested_for_null_;
};

// SQLSTATE as an Error.
Error PostgresError(std::string_view sqlstate, std::string_view message, std::string_view sql);

}  // namespace tinhso::db::internal
