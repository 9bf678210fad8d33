// The parsed form, private to this module. Built once by parse.cc, read by validate.cc and describe.cc.
#pragma once
#include <re2/re2.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engines/forms/forms.h"

namespace tinhso::forms {

// Limits of a form file; a form that needs more is several forms.
inline constexpr size_t kGroupsMax = 40;
inline constexpr size_t kFieldsMax = 300;
inline constexpr size_t kOptionsMax = 500;
inline constexpr size_t kErrorsMax = 100;       // broken fields reported at once
inline constexpr int64_t kRowsDefault = 20;     // `count_max` of a repeat that names none
inline constexpr int64_t kRowsMax = 200;
inline constexpr int64_t kTextDefault = 200, kTextAreaDefault = 2000, kTextMax = 20000;
inline constexpr double kNumberMax = 1e15;      // exact in a double and in a BIGINT
inline constexpr int kDecimalsMax = 4;

enum class Type {
  kText, kTextArea, kNumber, kMoney, kDate, kChoice, kChoices, kYesNo, kPersonalNo, kPhone, kEmail, kAddress, kPerson,
  kFile, kRepeat, kNote
};
std::optional<Type> ParseType(std::string_view name);

struct Label {
  std::string vi, en;
  const std::string& In(std::string_view language) const { return language == "en" && !en.empty() ? en : vi; }
};

struct Option {
  std::string value;
  Label label;
};

struct Field {
  std::string id;
  Type type = Type::kText;
  Label label;
  bool required = false;
  const json::value* when = nullptr;  // into Impl::definition
  int64_t length_min = 0, length_max = kTextDefault;
  std::shared_ptr<const re2::RE2> pattern;
  std::optional<double> min, max;
  std::optional<Date> min_on, max_on;
  bool past = false, future = false;
  int decimals = 0;
  Label unit;
  std::vector<Option> options;
  int64_t count_min = 0, count_max = 0;  // 0 = no bound
  std::string birth_field, sex_field, prefill;
  bool detail_required = true, personal_no_required = true, birth_required = false;
  std::vector<Field> fields;  // of a repeat
  const Option* FindOption(std::string_view value) const;
};

struct Group {
  std::string id;
  Label title;
  std::vector<Field> fields;
};

struct Form::Impl {
  std::string id;
  int version = 0;
  bool declaration = false;
  json::object definition;
  std::vector<Group> groups;
};

// No answer: absent, null, blank text, empty list, or an object whose members are all that.
bool IsBlank(const json::value* v);
// Does `condition` hold? `row` is the row of a repeat (nullptr outside): its fields are looked up first.
bool HoldsIn(const json::value& condition, const json::object& answers, const json::object* row);
// "/a/b" + "c~d" → "/a/b/c~0d" (RFC 6901).
std::string Join(const std::string& pointer, std::string_view member);
std::string Join(const std::string& pointer, size_t index);

}  // namespace tinhso::forms
