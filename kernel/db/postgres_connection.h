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

class PostgresConnection {
 public:
  enum class Mode { kRead, kWrite };
  static Result<std::unique_ptr<PostgresConnection>> Open(const std::string& url);
  ~PostgresConnection();
  PostgresConnection(const PostgresConnection&) = delete;
  PostgresConnection& operator=(const PostgresConnection&) = delete;

  // Nothing is sent yet: BEGIN travels with the first statement.
  void Begin(Mode mode);
  // `outcome_unknown` is set when the connection broke after COMMIT was sent: the work may or may not be there.
  Status Commit(bool& outcome_unknown);
  void Rollback();
  // Rows into `rows` (may be null); rows changed into `changed` (may be null).
  Status Run(std::string_view sql, std::span<const Param> params, Rows* rows, int64_t* changed);
  // Several statements by the simple protocol; BEGIN is sent first when pending.
  Status Script(std::string_view sql);
  // Streams through a cursor, so that `fn` may run other statements meanwhile.
  Status Stream(std::string_view sql, std::span<const Param> params, const std::function<bool(const Row&)>& fn);
  // False: broken or left in a state that cannot be told; to be thrown away.
  bool Sound() const;

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

  explicit PostgresConnection(PGconn* handle) : handle_(handle) {}
  Result<std::string> Prepare(std::string_view sql, std::span<const Param> params);
  // Sends BEGIN (when pending) and the prepared statement in one go; the statement's result.
  Result<ResultPtr> Execute(const std::string& name, std::string_view sql, std::span<const Param> params);
  Result<ResultPtr> ExecutePipelined(const std::string& name, std::string_view sql, const std::vector<const char*>& values,
                                     const std::vector<int>& lengths);
  Status SendBegin();
  Error ErrorOf(const PGresult* result, std::string_view sql) const;

  PGconn* handle_;
  const char* pending_begin_ = nullptr;
  int next_name_ = 0;
  std::unordered_map<Key, std::string, KeyHash> prepared_;
  std::unordered_map<const char*, uint64_t> tested_for_null_;
};

// SQLSTATE as an Error.
Error PostgresError(std::string_view sqlstate, std::string_view message, std::string_view sql);

}  // namespace tinhso::db::internal
