#include "schema.h"

#define VALIJSON_USE_EXCEPTIONS 1
#include <valijson/adapters/boost_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

namespace tinhso::packs {
namespace {

// valijson names the place as "<root>", "[groups]", "[0]".
std::string PointerOf(const std::vector<std::string>& context) {
  std::string pointer;
  for (const auto& part : context) {
    if (part.size() < 2 || part.front() != '[') continue;
    pointer += '/';
    for (char c : part.substr(1, part.size() - 2)) pointer += c == '~' ? std::string("~0") : c == '/' ? std::string("~1") : std::string(1, c);
  }
  return pointer;
}

// The last word in quotes: valijson quotes its own keywords first, then the name it is about.
std::string Quoted(const std::string& s) {
  const size_t last = s.rfind('\'');
  if (last == s.npos || last == 0) return {};
  const size_t first = s.rfind('\'', last - 1);
  return first == s.npos ? std::string() : s.substr(first + 1, last - first - 1);
}

std::string NumberIn(const std::string& s) {
  std::string out;
  for (char c : s) {
    if (c >= '0' && c <= '9') out += c;
    else if (!out.empty()) break;
  }
  return out;
}

struct Meaning {
  const char* starts;
  const char* reason;
};
constexpr Meaning kMeanings[] = {
    {"Missing required property", "member_missing"},
    {"Object contains a property", "member_unknown"},
    {"Value type not permitted", "schema_type"},
    {"Failed to match against any enum", "schema_enum"},
    {"Expected number less", "schema_number_too_large"},
    {"Expected number greater", "schema_number_too_small"},
    {"Array should contain no more", "schema_list_too_long"},
    {"Array should contain no fewer", "schema_list_too_short"},
    {"String should be no more", "schema_text_too_long"},
    {"String should be no fewer", "schema_text_too_short"},
};

}  // namespace

struct Schema::Impl {
  valijson::Schema schema;
  valijson::Validator validator{valijson::Validator::kStrongTypes};
};

Result<Schema> Schema::Parse(std::string_view json_text) {
  TINHSO_ASSIGN(json::value document, json::Parse(json_text));
  Schema out;
  out.impl_ = std::make_shared<Impl>();
  try {
    valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
    parser.populateSchema(valijson::adapters::BoostJsonAdapter(document), out.impl_->schema);
  } catch (const std::exception& e) {
    return MakeError(ErrorCode::kInvalid, "schema_malformed", e.what());
  }
  return out;
}

std::vector<SchemaProblem> Schema::Check(const json::value& v) const {
  std::vector<SchemaProblem> out;
  valijson::ValidationResults results;
  try {
    if (impl_->validator.validate(impl_->schema, valijson::adapters::BoostJsonAdapter(v), &results)) return out;
  } catch (const std::exception& e) {
    return {{"", "schema_other", e.what()}};
  }
  valijson::ValidationResults::Error error;
  while (results.popError(error) && out.size() < kSchemaProblemsMax) {
    // "Failed to validate item #3 in array" and the like only repeat the error below them.
    if (error.description.starts_with("Failed to validate")) continue;
    SchemaProblem problem{PointerOf(error.context), "schema_other", error.description};
    for (const auto& meaning : kMeanings) {
      if (!error.description.starts_with(meaning.starts)) continue;
      problem.reason = meaning.reason;
      const bool named = problem.reason.starts_with("member_");
      problem.word = named ? Quoted(error.description) : NumberIn(error.description);
      if (problem.reason == "member_unknown") problem.pointer += "/" + problem.word;
    }
    out.push_back(std::move(problem));
  }
  if (out.empty()) out.push_back({"", "schema_other", "invalid"});
  return out;
}

}  // namespace tinhso::packs
