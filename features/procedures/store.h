// The only SQL of features/procedures. Errors are kernel/db's.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "kernel/db/db.h"

namespace tinhso::procedures::store {

// A list row.
struct Row {
  std::string code;
  int64_t version = 1;
  std::string name, name_folded, field, field_folded;
  std::string levels;  // "province,commune"
  std::string raw_sha256;
  int64_t parser_version = 0;
  std::string brief_json;  // what lists and search need beside the name
};

// What is written for one imported record.
struct Write {
  enum class Kind { kAdd, kNewVersion, kReread };
  Kind kind = Kind::kAdd;
  Row row;
  std::string decision_no, effective_on, body_json, raw_json;
};

struct Config {
  std::string code;
  int64_t version = 1;
  std::string form_id, workflow_id, result_template, definition_json;
};

struct Version {
  int64_t version = 0;
  std::string decision_no, effective_on, body_json, raw_json;
  TimeUs imported_at_us = 0;
};

Status EachRow(db::Tx& tx, const std::function<bool(const Row&)>& fn);
// kConflict "procedure_version_stale" when the row is no longer the version before `write`.
Status Apply(db::Tx& tx, const Write& write, TimeUs now_us);
Result<std::optional<Version>> FindVersion(db::Tx& tx, std::string_view code, int64_t version);  // 0 = newest
Result<std::vector<Version>> ListVersions(db::Tx& tx, std::string_view code);  // without bodies

Status EachConfig(db::Tx& tx, const std::function<bool(const Config&)>& fn);
Status PutConfig(db::Tx& tx, const Config& config, TimeUs now_us);
Status DeleteConfig(db::Tx& tx, std::string_view code);

Result<int64_t> Revision(db::Tx& tx);
Status RaiseRevision(db::Tx& tx);

}  // namespace tinhso::procedures::store
