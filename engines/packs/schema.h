// JSON Schema check of one file (valijson, behind this door only). Private to this module.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace tinhso::packs {

struct SchemaProblem {
  std::string pointer;
  std::string reason;  // a word of messages.cc
  std::string word;
};

class Schema {
 public:
  // kInvalid "schema_malformed".
  static Result<Schema> Parse(std::string_view json_text);
  // At most kSchemaProblemsMax problems, in the order of the schema's checks. Not for two threads at once.
  std::vector<SchemaProblem> Check(const json::value& v) const;
  static constexpr size_t kSchemaProblemsMax = 50;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace tinhso::packs
