// Forward-only migrations, the same text on both engines, each in its own transaction together with its record.
#include <algorithm>
#include <cctype>
#include <map>

#include "base/clock.h"
#include "base/crypto.h"
#include "engine.h"

namespace tinhso::db::internal {
namespace {

constexpr std::string_view kCreateMigrationTable =
    "CREATE TABLE IF NOT EXISTS schema_migration ("
    "module TEXT NOT NULL, number INTEGER NOT NULL, name TEXT NOT NULL, sql_sha256 TEXT NOT NULL, "
    "applied_at_us BIGINT NOT NULL, PRIMARY KEY (module, number))";

constexpr Sql kListMigrations = "SELECT module, number, sql_sha256 FROM schema_migration ORDER BY module, number";
constexpr Sql kFindMigration = "SELECT sql_sha256 FROM schema_migration WHERE module = $1 AND number = $2";
constexpr Sql kInsertMigration =
    "INSERT INTO schema_migration (module, number, name, sql_sha256, applied_at_us) VALUES ($1, $2, $3, $4, $5)";

// The module's own tables (cluster.h), in every database.
constexpr Migration kOwnMigrations[] = {
    {1, "create_cluster",
     // raised in the transaction that changes what servers keep in memory
     "CREATE TABLE cluster_revision (cache TEXT NOT NULL PRIMARY KEY, revision BIGINT NOT NULL);"
     // who does what only one may do, until when: upkeep, and the numbers of the nodes
     "CREATE TABLE cluster_lease (work TEXT NOT NULL PRIMARY KEY, holder BIGINT NOT NULL, until_us BIGINT NOT NULL);"},
};
constexpr MigrationSet kOwnSet{"kernel/db", kOwnMigrations};

Error Failed(std::string_view module, int number, std::string_view what) {
  return MakeError(ErrorCode::kInternal, "migration_failed",
                   std::string(module) + " " + std::to_string(number) + ": " + std::string(what));
}

// A deferred constraint is checked at COMMIT, where it would fail every job of a write group for one job's fault.
bool HasDeferredConstraint(std::string_view sql) {
  std::string upper(sql);
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return upper.find("DEFERRABLE") != std::string::npos;
}

Status CheckSet(const MigrationSet& set) {
  int expected = 1;
  for (const Migration& m : set.migrations) {
    if (m.number != expected) return Failed(set.module, m.number, "numbers must run 1, 2, 3 … without a gap");
    if (HasDeferredConstraint(m.sql)) return Failed(set.module, m.number, "deferred constraints are not allowed");
    ++expected;
  }
  return Ok();
}

Status ApplyOne(EngineTx& tx, const MigrationSet& set, const Migration& m) {
  TINHSO_TRY(tx.LockMigrations());
  // Looked up again under the lock: another program may have applied it meanwhile.
  TINHSO_ASSIGN(auto found, tx.QueryOne(kFindMigration, {set.module, m.number}));
  if (found) return Ok();
  if (auto done = tx.Script(m.sql); !done.ok()) return Failed(set.module, m.number, done.error().detail);
  TINHSO_TRY(tx.Execute(kInsertMigration,
                        {set.module, m.number, m.name, crypto::Sha256Hex(m.sql), SystemClock().NowUs()}));
  return Ok();
}

}  // namespace

Status BeginMove(EngineTx& tx) {
  TINHSO_TRY(tx.LockMigrations());
  TINHSO_TRY(tx.Script(kCreateMigrationTable));
  TINHSO_TRY(tx.Execute(kInsertMigration, {kMoveUnfinished, 1, "", "", SystemClock().NowUs()}));
  return Ok();
}

MigrationSet OwnMigrations() { return kOwnSet; }

Status RunMigrations(std::span<const MigrationSet> given, const EngineWrite& write, std::string_view allowed_marker) {
  std::vector<MigrationSet> sets;
  auto is_own = [](const MigrationSet& set) { return set.module == kOwnSet.module; };
  if (std::none_of(given.begin(), given.end(), is_own)) sets.push_back(kOwnSet);
  sets.insert(sets.end(), given.begin(), given.end());
  for (const MigrationSet& set : sets) TINHSO_TRY(CheckSet(set));

  std::map<std::pair<std::string, int64_t>, std::string> applied;
  TINHSO_TRY(write([&](EngineTx& tx) -> Status {
    applied.clear();
    TINHSO_TRY(tx.LockMigrations());
    TINHSO_TRY(tx.Script(kCreateMigrationTable));
    TINHSO_ASSIGN(auto rows, tx.Query(kListMigrations, {}));
    for (const Row& row : rows) applied[{row.Text(0), row.Int(1)}] = row.Text(2);
    return Ok();
  }));

  // Everything is judged before anything is changed.
  std::map<std::pair<std::string, int64_t>, std::string> known;
  for (const MigrationSet& set : sets)
    for (const Migration& m : set.migrations) known[{std::string(set.module), m.number}] = crypto::Sha256Hex(m.sql);
  for (const auto& [key, sha256] : applied) {
    if (key.first == allowed_marker) continue;
    if (key.first == kMoveUnfinished) return MakeError(ErrorCode::kConflict, "db_move_unfinished", "tinhso move takes it up again");
    if (key.first == kMoved) return MakeError(ErrorCode::kConflict, "db_moved", "the data is in another database now");
    auto it = known.find(key);
    if (it == known.end())
      return MakeError(ErrorCode::kInternal, "migration_from_the_future",
                       key.first + " " + std::to_string(key.second) + " is not known to this program");
    if (it->second != sha256)
      return Failed(key.first, static_cast<int>(key.second), "the file was changed after it was applied");
  }

  for (const MigrationSet& set : sets) {
    for (const Migration& m : set.migrations) {
      if (applied.contains({std::string(set.module), m.number})) continue;
      TINHSO_TRY(write([&](EngineTx& tx) { return ApplyOne(tx, set, m); }));
    }
  }
  return Ok();
}

}  // namespace tinhso::db::internal
