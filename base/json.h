// JSON at the edge: Boost.JSON behind limits, and readers that say which field is wrong.
#pragma once
#include <boost/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tinhso::json {

using boost::json::array;
using boost::json::object;
using boost::json::serialize;
using boost::json::value;

inline constexpr int kDepthMax = 32;
inline constexpr size_t kBytesMax = 2 * 1024 * 1024;

// Parses one document. kMalformed "json_malformed", "json_too_deep"; kTooLarge "json_too_large".
// Every string is NFC-normalised and free of control characters on return (kInvalid "text_not_utf8",
// "text_control_character", "text_too_many_marks", with the field's pointer where it is known).
// Duplicate keys are refused: kMalformed "json_duplicate_key".
Result<value> Parse(std::string_view text);

// Reads an object's members, remembers which were asked for, and collects one FieldError each for what is
// missing, of the wrong type or too long. Finish() also refuses members nobody asked for. null counts as
// absent. Lengths count code points. Nothing is trimmed, but a required text of spaces only counts as
// missing. Reasons of fields: "field_required", "field_type_wrong", "field_unknown", "text_too_short",
// "text_too_long", "number_out_of_range", "list_too_long". At most 100 are collected.
//
//   Reader in(body);
//   auto username = in.Text("username", 1, 64);
//   auto note = in.OptionalText("note", 2000);
//   TINHSO_TRY(in.Finish());
class Reader {
 public:
  explicit Reader(const value& v, std::string pointer = "");
  Reader(value&&, std::string pointer = "") = delete;  // it keeps a pointer into the value
  std::string Text(std::string_view key, size_t length_min, size_t length_max);
  std::optional<std::string> OptionalText(std::string_view key, size_t length_max);
  int64_t Int(std::string_view key, int64_t min, int64_t max);
  std::optional<int64_t> OptionalInt(std::string_view key, int64_t min, int64_t max);
  bool Bool(std::string_view key);
  std::optional<bool> OptionalBool(std::string_view key);
  const object* Object(std::string_view key);  // required
  const object* OptionalObject(std::string_view key);
  const array* Array(std::string_view key, size_t size_max);  // required
  const array* OptionalArray(std::string_view key, size_t size_max);
  const value* Any(std::string_view key);  // nullptr when absent
  void Fail(std::string_view key, std::string reason, std::string detail = {});
  // kInvalid "validation_failed" with every broken field, or ok.
  Status Finish();

 private:
  const value* Find(std::string_view key, bool required);
  const object* object_ = nullptr;
  std::string pointer_;
  std::vector<std::string> seen_;
  std::vector<FieldError> errors_;
};

// Canonical form for hashing: RFC 8785 member order, no spaces; integers only (doubles are written as
// Boost.JSON does).
std::string Canonical(const value& v);

// Safe look-ups in trusted JSON: "" or 0 when absent or of another type.
std::string GetText(const object& o, std::string_view key);
int64_t GetInt(const object& o, std::string_view key, int64_t fallback = 0);

}  // namespace tinhso::json
