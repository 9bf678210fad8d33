#include "kernel/db/schema.h"

#include <algorithm>
#include <map>

#include "engine.h"
#include "runtime_sql.h"

namespace tinhso::db {
namespace {

// --- SQLite: pragmas as tables ---
constexpr Sql kSqliteColumns = R"sql(
  SELECT t.name, c.name, UPPER(c.type), c."notnull", c.pk FROM pragma_table_list t JOIN pragma_table_info(t.name) c
  WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite_%' ORDER BY t.name, c.cid)sql";
constexpr Sql kSqliteIndexes = R"sql(
  SELECT t.name, i.name, i."unique", COALESCE(c.name, '(expression)')
  FROM pragma_table_list t JOIN pragma_index_list(t.name) i JOIN pragma_index_info(i.name) c
  WHERE t.schema = 'main' AND t.type = 'table' AND i.origin <> 'pk' ORDER BY t.name, i.name, c.seqno)sql";
constexpr Sql kSqliteForeignKeys = R"sql(
  SELECT t.name, f.id, f."table", f."from", f."to" FROM pragma_table_list t JOIN pragma_foreign_key_list(t.name) f
  WHERE t.schema = 'main' AND t.type = 'table' ORDER BY t.name, f.id, f.seq)sql";
constexpr Sql kSqliteObjects =
    "SELECT type || ' ' || name FROM sqlite_master WHERE type IN ('trigger', 'view') ORDER BY type, name";

// --- PostgreSQL: its catalogue ---
constexpr Sql kPostgresColumns = R"sql(
  SELECT t.relname, a.attname, CASE y.typname WHEN 'int8' THEN 'BIGINT' WHEN 'int4' THEN 'INTEGER' ELSE UPPER(y.typname) END,
    a.attnotnull, COALESCE(array_position(CAST(p.conkey AS SMALLINT[]), a.attnum), 0)
  FROM pg_class t JOIN pg_attribute a ON a.attrelid = t.oid JOIN pg_type y ON y.oid = a.atttypid
  LEFT JOIN pg_constraint p ON p.conrelid = t.oid AND p.contype = 'p'
  WHERE t.relnamespace = CAST(current_schema() AS regnamespace) AND t.relkind IN ('r', 'p') AND a.attnum > 0
    AND NOT a.attisdropped ORDER BY t.relname, a.attnum)sql";
constexpr Sql kPostgresIndexes = R"sql(
  SELECT t.relname, i.relname, x.indisunique, COALESCE(a.attname, '(expression)')
  FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
  CROSS JOIN LATERAL unnest(x.indkey) WITH ORDINALITY AS k (attnum, place)
  LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum
  WHERE t.relnamespace = CAST(current_schema() AS regnamespace) AND NOT x.indisprimary
  ORDER BY t.relname, i.relname, k.place)sql";
constexpr Sql kPostgresForeignKeys = R"sql(
  SELECT t.relname, c.conname, r.relname, a.attname, b.attname
  FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid JOIN pg_class r ON r.oid = c.confrelid
  CROSS JOIN LATERAL unnest(c.conkey, c.confkey) WITH ORDINALITY AS k (attnum, to_attnum, place)
  JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum
  JOIN pg_attribute b ON b.attrelid = r.oid AND b.attnum = k.to_attnum
  WHERE c.contype = 'f' AND t.relnamespace = CAST(current_schema() AS regnamespace) ORDER BY t.relname, c.conname, k.place)sql";
constexpr Sql kPostgresObjects = R"sql(
  SELECT 'trigger ' || g.tgname FROM pg_trigger g JOIN pg_class t ON t.oid = g.tgrelid
    WHERE NOT g.tgisinternal AND t.relnamespace = CAST(current_schema() AS regnamespace)
  UNION ALL SELECT CASE c.relkind WHEN 'S' THEN 'sequence ' ELSE 'view ' END || c.relname FROM pg_class c
    WHERE c.relkind IN ('S', 'v', 'm') AND c.relnamespace = CAST(current_schema() AS regnamespace)
  UNION ALL SELECT 'function ' || f.proname FROM pg_proc f WHERE f.pronamespace = CAST(current_schema() AS regnamespace)
  ORDER BY 1)sql";

constexpr Sql kHasCitus = "SELECT COUNT(*) FROM pg_extension WHERE extname = 'citus'";

Table* TableOf(Schema& schema, const std::string& name) {
  for (Table& table : schema.tables)
    if (table.name == name) return &table;
  return nullptr;
}

void ReadColumns(const Rows& rows, Schema& schema) {
  std::map<std::string, std::map<int64_t, std::string>> keys;
  for (const Row& row : rows) {
    const std::string name = row.Text(0);
    if (name == "schema_migration") schema.migrated = true;
    if (name == "schema_migration") continue;
    if (schema.tables.empty() || schema.tables.back().name != name) schema.tables.push_back({.name = name});
    schema.tables.back().columns.push_back({row.Text(1), row.Text(2), row.Int(3) != 0 || row.Int(4) != 0});
    if (row.Int(4) > 0) keys[name][row.Int(4)] = row.Text(1);
  }
  for (Table& table : schema.tables) {
    if (!keys.contains(table.name)) continue;
    Index primary{.name = "primary key", .unique = true, .primary = true};
    for (const auto& [place, column] : keys[table.name]) primary.columns.push_back(column);
    table.indexes.push_back(std::move(primary));
  }
}

void ReadIndexes(const Rows& rows, Schema& schema) {
  for (const Row& row : rows) {
    Table* table = TableOf(schema, row.Text(0));
    if (!table) continue;
    const std::string name = row.Text(1);
    if (table->indexes.empty() || table->indexes.back().name != name)
      table->indexes.push_back({.name = name, .unique = row.Int(2) != 0});
    table->indexes.back().columns.push_back(row.Text(3));
  }
}

void ReadForeignKeys(const Rows& rows, Schema& schema) {
  std::string last;
  for (const Row& row : rows) {
    Table* table = TableOf(schema, row.Text(0));
    if (!table) continue;
    const std::string key = row.Text(0) + "/" + row.Text(1);
    if (key != last) table->foreign_keys.push_back({.to_table = row.Text(2)});
    last = key;
    table->foreign_keys.back().columns.push_back(row.Text(3));
    table->foreign_keys.back().to_columns.push_back(row.Text(4));
  }
}

bool Begins(const Index& index, const std::string& column) {
  return !index.columns.empty() && index.columns.front() == column;
}

bool Holds(const std::vector<std::string>& columns, const std::string& column) {
  return std::find(columns.begin(), columns.end(), column) != columns.end();
}

}  // namespace

const Column* Table::Find(std::string_view column) const {
  for (const Column& c : columns)
    if (c.name == column) return &c;
  return nullptr;
}

const Index* Table::primary_key() const {
  for (const Index& index : indexes)
    if (index.primary) return &index;
  return nullptr;
}

const Table* Schema::Find(std::string_view table) const {
  for (const Table& t : tables)
    if (t.name == table) return &t;
  return nullptr;
}

Result<Schema> ReadSchema(Database& database) {
  const bool postgres = database.is_postgres();
  return database.Read([&](Tx& tx) -> Result<Schema> {
    Schema schema;
    TINHSO_ASSIGN(auto columns, tx.Query(postgres ? kPostgresColumns : kSqliteColumns, {}));
    ReadColumns(columns, schema);
    TINHSO_ASSIGN(auto indexes, tx.Query(postgres ? kPostgresIndexes : kSqliteIndexes, {}));
    ReadIndexes(indexes, schema);
    TINHSO_ASSIGN(auto keys, tx.Query(postgres ? kPostgresForeignKeys : kSqliteForeignKeys, {}));
    ReadForeignKeys(keys, schema);
    TINHSO_ASSIGN(auto objects, tx.Query(postgres ? kPostgresObjects : kSqliteObjects, {}));
    for (const Row& row : objects) schema.objects.push_back(row.Text(0));
    return schema;
  });
}

Distribution PlanDistribution(const Schema& schema, std::span<const Placement> exceptions, std::span<const Departure> departures) {
  Distribution out;
  const auto placement_of = [&](const std::string& table) -> Placement {
    for (const Placement& placement : exceptions)
      if (placement.table == table) return placement;
    return {table, "authority_id", ""};
  };
  std::vector<std::string> met;
  const auto problem = [&](const std::string& where, const std::string& what) {
    for (const Departure& departure : departures) {
      if (departure.where != where) continue;
      met.push_back(where);
      out.known.push_back(where + ": " + what + " (" + std::string(departure.reason) + ")");
      return;
    }
    out.problems.push_back(where + ": " + what);
  };
  for (const Placement& placement : exceptions)
    if (!schema.Find(placement.table)) out.problems.push_back(placement.table + ": is listed and does not exist");
  for (const std::string& object : schema.objects) problem(object, "no triggers, sequences, functions or views");
  for (const Table& table : schema.tables) {
    const Placement placement = placement_of(table.name);
    out.placements.push_back(placement);
    for (const Column& column : table.columns)
      if (column.type != "BIGINT" && column.type != "INTEGER" && column.type != "TEXT")
        problem(table.name + "." + column.name, "type " + column.type);
    if (!table.primary_key()) problem(table.name, "has no primary key");
    if (placement.by.empty()) continue;
    const Column* by = table.Find(placement.by);
    if (!by || !by->not_null || by->type != "BIGINT") {
      problem(table.name, "has no " + placement.by + " BIGINT NOT NULL and is not listed as a reference table");
      continue;
    }
    for (const Index& index : table.indexes) {
      const std::string where = index.primary ? table.name + " primary key" : index.name;
      if (index.unique && !Holds(index.columns, placement.by)) {
        problem(table.name + " unique " + index.columns.front(), "is unique across " + placement.by);
      } else if (!Begins(index, placement.by)) {
        problem(where, "does not begin with " + placement.by);
      }
    }
    for (const ForeignKey& key : table.foreign_keys) {
      const Placement to = placement_of(key.to_table);
      const bool along = to.by == placement.by && Holds(key.columns, placement.by) && Holds(key.to_columns, to.by);
      if (!to.by.empty() && !along) problem(table.name + " → " + key.to_table, "a foreign key across the distribution");
    }
  }
  for (const Departure& departure : departures)
    if (!Holds(met, std::string(departure.where))) out.problems.push_back(std::string(departure.where) + ": is listed as a departure and holds the rule");
  return out;
}

std::vector<std::string> DistributionStatements(const Distribution& distribution) {
  std::vector<std::string> out;
  for (const Placement& placement : distribution.placements)
    if (placement.by.empty()) out.push_back("SELECT create_reference_table('" + placement.table + "')");
  // One group for each distribution column, so that rows that belong together stand together.
  std::map<std::string, std::string> first_of;
  for (const Placement& placement : distribution.placements) {
    if (placement.by.empty()) continue;
    const auto [first, fresh] = first_of.try_emplace(placement.by, placement.table);
    out.push_back("SELECT create_distributed_table('" + placement.table + "', '" + placement.by + "', colocate_with => '" +
                  (fresh ? "none" : first->second) + "')");
  }
  return out;
}

Result<int> Distribute(Database& database, const std::vector<std::string>& statements) {
  if (!database.is_postgres()) return MakeError(ErrorCode::kInvalid, "db_not_postgres");
  TINHSO_ASSIGN(auto citus, database.Read([](Tx& tx) { return tx.QueryOne(kHasCitus, {}); }));
  if (citus->Int(0) == 0) return MakeError(ErrorCode::kUnavailable, "db_citus_missing", "CREATE EXTENSION citus");
  int spread = 0;
  for (const std::string& statement : statements) {
    // The table's name stands between the first two quotes.
    const size_t from = statement.find('\'') + 1;
    const std::string table = statement.substr(from, statement.find('\'', from) - from);
    TINHSO_ASSIGN(const bool done, database.Write([&](Tx& tx) -> Result<bool> {
      TINHSO_ASSIGN(auto row, tx.QueryOne(
          internal::RuntimeSql::Of("SELECT COUNT(*) FROM pg_dist_partition WHERE logicalrelid = CAST($1 AS regclass)"), {table}));
      if (row->Int(0) > 0) return false;
      TINHSO_TRY(static_cast<internal::EngineTx&>(tx).Script(statement));
      return true;
    }));
    if (done) ++spread;
  }
  return spread;
}

}  // namespace tinhso::db
