// The schema as the engine has it, read back: for the rules that let it be distributed, for the distributing hook and for
// moving data between engines. Thread rule: values.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "kernel/db/db.h"

namespace tinhso::db {

struct Column {
  std::string name;
  std::string type;  // BIGINT, INTEGER or TEXT; anything else as the engine says it, upper case
  bool not_null = false;
};
struct Index {  // also primary and unique keys
  std::string name;
  std::vector<std::string> columns;
  bool unique = false, primary = false;
};
struct ForeignKey {
  std::string to_table;
  std::vector<std::string> columns, to_columns;
};
struct Table {
  std::string name;
  std::vector<Column> columns;  // in the order of the table
  std::vector<Index> indexes;
  std::vector<ForeignKey> foreign_keys;
  const Column* Find(std::string_view column) const;
  const Index* primary_key() const;
};
struct Schema {
  std::vector<Table> tables;         // by name; without schema_migration and the engine's own
  bool migrated = false;             // schema_migration exists
  std::vector<std::string> objects;  // "trigger x", "sequence y", "function z", "view v": what the rules forbid
  const Table* Find(std::string_view table) const;
};

Result<Schema> ReadSchema(Database& database);

// How a table is kept when the database is spread over several servers (Citus): by a column, or whole on every server.
struct Placement {
  std::string table;
  std::string by;      // "authority_id" unless listed; "" = a reference table
  std::string reason;  // why it is not a unit's data
};
// A departure from the rules that is accepted, and why: an index, a table, "dossier unique x", "a → b".
struct Departure {
  std::string_view where, reason;
};
struct Distribution {
  std::vector<Placement> placements;
  std::vector<std::string> problems;  // empty when the schema can be distributed as it is
  std::vector<std::string> known;     // the departures met, with their reasons
};
// Holds the schema to the storage rules (ARCHITECTURE): types BIGINT, INTEGER and TEXT; a primary key; every key and index
// begins with the distribution column; foreign keys only along the distribution or to reference tables; no triggers,
// sequences, functions or views. A listed table or departure that does not exist is a problem too.
Distribution PlanDistribution(const Schema& schema, std::span<const Placement> exceptions, std::span<const Departure> departures);

// The statements that spread the tables, in order: reference tables first. Does nothing but name them.
std::vector<std::string> DistributionStatements(const Distribution& distribution);
// Runs them, each table on its own; tables that are spread already are left. Returns how many were spread.
// kInvalid "db_not_postgres"; kUnavailable "db_citus_missing" when the server has no such extension.
Result<int> Distribute(Database& database, const std::vector<std::string>& statements);

}  // namespace tinhso::db
