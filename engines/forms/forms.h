// Forms (biểu mẫu, tờ khai) as data: the subset in docs/formats/pack.md, checked on the server.
// Thread rule: Form is immutable after parsing; all functions are pure.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"

namespace tinhso::forms {

struct Context {
  Date today;
  std::function<bool(std::string_view area_code)> area_known;   // commune codes
  std::function<bool(std::string_view file_id)> file_known;     // files of this person
  // identity::CheckPersonalNo, injected so that engines do not depend on identity.
  std::function<std::string(std::string_view personal_no, std::string_view birth_on, std::string_view sex)> check_personal_no;
  std::function<std::string(std::string_view area_code)> area_name;  // for Describe
};

class Form {
 public:
  // From the JSON the pack loader made of the YAML (already schema-checked). kInvalid "form_invalid" with detail.
  static Result<Form> FromJson(const json::value& definition);
  const std::string& id() const;
  int version() const;
  // The definition as sent to the web application.
  const json::object& definition() const;
  // Does the person have to tick the declaration? It is sent beside the answers; absent or false is
  // "declaration_required" at "/declaration" (CheckDeclaration).
  bool HasDeclaration() const;
  Status CheckDeclaration(bool declared) const;

  // Every broken field at once, in form order; unknown members last. kInvalid "validation_failed" with pointers from
  // "/answers". Returns the normalised answers: NFC, trimmed, phone as 0…, blank answers left out.
  Result<json::object> Validate(const json::object& answers, const Context& context) const;
  // Answers for people: [{group, title, items:[{field_id, label, value}]}] in `language` ("vi", "en"); hidden fields left out.
  json::array Describe(const json::object& answers, std::string_view language, const Context& context) const;
  // {field_id: text} for print templates (dates 23/11/2026, option labels, addresses in full).
  json::object TextOf(const json::object& answers, const Context& context) const;
  // Values for fields with `prefill` out of {person: {...}}: {field_id: {value, source}}.
  json::object Prefill(const json::object& sources) const;
  bool HasField(std::string_view field_id) const;  // outside repeats
  // A condition written elsewhere (on a paper): kInvalid "form_invalid", pointers within the condition, when it is
  // malformed or names a field this form does not have.
  Status CheckCondition(const json::value& condition) const;
  // Does a condition (JSON of `when`) hold for these answers? Used for papers.
  static bool Holds(const json::value& condition, const json::object& answers);

  // Opaque; named here so that this module's own files can fill it.
  struct Impl;

 private:
  std::shared_ptr<const Impl> impl_;
};

}  // namespace tinhso::forms
