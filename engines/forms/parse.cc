// Form::FromJson: the definition as data → the model, with every mistake of its author found at once.
// Works on any JSON (it is fuzzed), not only on what the schema let through.
#include <map>
#include <set>
#include <string>

#include "base/text.h"
#include "model.h"

namespace tinhso::forms {
namespace {

struct TypeName {
  const char* name;
  Type type;
};
constexpr TypeName kTypeNames[] = {
    {"text", Type::kText},     {"textarea", Type::kTextArea},      {"number", Type::kNumber},  {"money", Type::kMoney},
    {"date", Type::kDate},     {"choice", Type::kChoice},          {"choices", Type::kChoices}, {"yes_no", Type::kYesNo},
    {"phone", Type::kPhone},   {"personal_no", Type::kPersonalNo}, {"email", Type::kEmail},    {"address", Type::kAddress},
    {"person", Type::kPerson}, {"file", Type::kFile},              {"repeat", Type::kRepeat},  {"note", Type::kNote},
};

constexpr const char* kPrefills[] = {"person",       "person.full_name", "person.personal_no", "person.birth_on",
                                     "person.sex",   "person.phone",     "person.email",       "person.address"};

bool IsFieldId(std::string_view id) {
  if (id.empty() || id.size() > 64 || !(id[0] >= 'a' && id[0] <= 'z')) return false;
  for (char c : id) {
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_')) return false;
  }
  return true;
}

bool IsFormId(std::string_view id) {
  if (id.empty() || id.size() > 64 || !(id[0] >= 'a' && id[0] <= 'z')) return false;
  for (char c : id) {
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-')) return false;
  }
  return true;
}

// Which keys a field of a type may have besides those every field may have.
bool KeyFits(std::string_view key, Type type) {
  for (const char* common : {"id", "type", "when"}) {
    if (key == common) return true;
  }
  if (type == Type::kNote) return key == "text";
  for (const char* common : {"label", "hint", "required", "prefill"}) {
    if (key == common) return true;
  }
  const auto any_of = [&](std::initializer_list<const char*> keys) {
    for (const char* k : keys) {
      if (key == k) return true;
    }
    return false;
  };
  switch (type) {
    case Type::kText: case Type::kTextArea: return any_of({"length_max", "length_min", "pattern", "pattern_hint"});
    case Type::kNumber: return any_of({"min", "max", "unit", "decimals"});
    case Type::kMoney: return any_of({"min", "max"});
    case Type::kDate: return any_of({"past", "future", "min", "max"});
    case Type::kChoice: return any_of({"options"});
    case Type::kChoices: return any_of({"options", "count_min", "count_max"});
    case Type::kPersonalNo: return any_of({"birth_field", "sex_field"});
    case Type::kAddress: return any_of({"detail_required"});
    case Type::kPerson: return any_of({"personal_no_required", "birth_required"});
    case Type::kRepeat: return any_of({"fields", "count_min", "count_max"});
    default: return false;
  }
}

// Field id → its definition.
using FieldMap = std::map<std::string, const json::object*>;

class FormParser {
 public:
  // `out` is written by Run only.
  explicit FormParser(Form::Impl& out) : out_(out) {}

  // A condition of a paper, against a form already parsed.
  std::vector<FieldError> RunCondition(const json::value& condition) {
    CollectFormIds();
    CheckCondition(condition, "", nullptr);
    return std::move(errors_);
  }

  std::vector<FieldError> Run() {
    const json::object& d = out_.definition;
    out_.id = json::GetText(d, "form");
    if (!IsFormId(out_.id)) Fail("/form", "id_malformed", out_.id);
    const int64_t version = json::GetInt(d, "version");
    if (version < 1 || version > 1'000'000) Fail("/version", "version_malformed");
    else out_.version = static_cast<int>(version);
    ReadLabel(d, "", "title", true);
    if (const auto* declaration = d.if_contains("declaration")) {
      out_.declaration = true;
      ReadLabelValue(*declaration, "/declaration");
    }
    const auto* groups = d.if_contains("groups");
    if (!groups || !groups->is_array() || groups->get_array().empty()) {
      Fail("/groups", "groups_missing");
      return std::move(errors_);
    }
    if (groups->get_array().size() > kGroupsMax) {
      Fail("/groups", "too_many_groups");
      return std::move(errors_);
    }
    CollectFormIds();
    std::set<std::string> group_ids;
    size_t index = 0;
    for (const auto& g : groups->get_array()) {
      const std::string pointer = Join("/groups", index++);
      const auto* o = g.if_object();
      if (!o) {
        Fail(pointer, "not_an_object");
        continue;
      }
      Group group;
      group.id = json::GetText(*o, "id");
      if (!IsFieldId(group.id)) Fail(pointer + "/id", "id_malformed", group.id);
      else if (!group_ids.insert(group.id).second) Fail(pointer + "/id", "id_repeated", group.id);
      group.title = ReadLabel(*o, pointer, "title", true);
      ReadFields(*o, pointer, nullptr, &seen_, &group.fields);
      out_.groups.push_back(std::move(group));
    }
    return std::move(errors_);
  }

 private:
  void Fail(std::string pointer, std::string reason, std::string detail = {}) {
    if (errors_.size() < kErrorsMax) errors_.push_back({std::move(pointer), std::move(reason), std::move(detail)});
  }

  static void CollectIds(const json::object& holder, FieldMap* ids) {
    const auto* fields = holder.if_contains("fields");
    if (!fields || !fields->is_array()) return;
    for (const auto& f : fields->get_array()) {
      if (const auto* field = f.if_object()) ids->emplace(json::GetText(*field, "id"), field);
    }
  }

  // Conditions may look at fields of any group, later ones too: the ids are collected first.
  void CollectFormIds() {
    const auto* groups = out_.definition.if_contains("groups");
    if (!groups || !groups->is_array()) return;
    for (const auto& g : groups->get_array()) {
      if (const auto* group = g.if_object()) CollectIds(*group, &form_ids_);
    }
  }

  int64_t IntOf(const json::object& o, const std::string& pointer, std::string_view key, int64_t fallback, int64_t min,
                int64_t max) {
    const auto* v = o.if_contains(key);
    if (!v) return fallback;
    if (!v->is_int64() || v->get_int64() < min || v->get_int64() > max) {
      Fail(Join(pointer, key), "number_out_of_range", std::string(key));
      return fallback;
    }
    return v->get_int64();
  }

  bool BoolOf(const json::object& o, const std::string& pointer, std::string_view key, bool fallback) {
    const auto* v = o.if_contains(key);
    if (!v) return fallback;
    if (!v->is_bool()) {
      Fail(Join(pointer, key), "not_a_yes_no", std::string(key));
      return fallback;
    }
    return v->get_bool();
  }

  Label ReadLabelValue(const json::value& v, const std::string& pointer) {
    Label label;
    if (const auto* o = v.if_object()) {
      label.vi = json::GetText(*o, "vi");
      label.en = json::GetText(*o, "en");
    }
    if (label.vi.empty()) Fail(pointer, "text_vi_missing");
    return label;
  }

  Label ReadLabel(const json::object& o, const std::string& pointer, std::string_view key, bool required) {
    const auto* v = o.if_contains(key);
    if (!v) {
      if (required) Fail(pointer, "member_missing", std::string(key));
      return {};
    }
    return ReadLabelValue(*v, Join(pointer, key));
  }

  void CheckCondition(const json::value& c, const std::string& pointer, const FieldMap* row_ids) {
    const auto* o = c.if_object();
    if (!o) return Fail(pointer, "condition_malformed");
    for (const char* key : {"all", "any"}) {
      const auto* list = o->if_contains(key);
      if (!list) continue;
      if (o->size() != 1 || !list->is_array() || list->get_array().empty()) return Fail(pointer, "condition_malformed");
      size_t i = 0;
      for (const auto& one : list->get_array()) CheckCondition(one, Join(Join(pointer, key), i++), row_ids);
      return;
    }
    if (const auto* inner = o->if_contains("not")) {
      if (o->size() != 1) return Fail(pointer, "condition_malformed");
      return CheckCondition(*inner, pointer + "/not", row_ids);
    }
    const auto* field = o->if_contains("field");
    if (!field || !field->is_string()) return Fail(pointer, "condition_malformed");
    const auto* in = o->if_contains("in");
    const auto* present = o->if_contains("present");
    if (o->size() != 2 || !(o->contains("equals") || (in && in->is_array()) || (present && present->is_bool()))) {
      Fail(pointer, "condition_malformed");
    }
    const std::string id(field->get_string());
    const json::object* other = nullptr;
    if (row_ids && row_ids->contains(id)) other = row_ids->at(id);
    else if (form_ids_.contains(id)) other = form_ids_.at(id);
    if (!other) return Fail(pointer + "/field", "condition_field_unknown", id);
    if (const auto* wanted = o->if_contains("equals")) CheckWanted(*wanted, *other, pointer + "/equals");
    if (!in || !in->is_array()) return;
    size_t i = 0;
    for (const auto& wanted : in->get_array()) CheckWanted(wanted, *other, Join(pointer + "/in", i++));
  }

  // A condition on a value the other field can never have would hide its field for ever.
  void CheckWanted(const json::value& wanted, const json::object& other, const std::string& pointer) {
    const auto type = ParseType(json::GetText(other, "type"));
    if (!type) return;
    bool possible = true;
    if (*type == Type::kYesNo) possible = wanted.is_bool();
    if (*type == Type::kNumber || *type == Type::kMoney) possible = wanted.is_number();
    const auto* options = other.if_contains("options");
    if ((*type == Type::kChoice || *type == Type::kChoices) && options && options->is_array()) {
      possible = false;
      for (const auto& option : options->get_array()) {
        const auto* o = option.if_object();
        possible = possible || (o && o->contains("value") && o->at("value") == wanted);
      }
    }
    if (!possible) Fail(pointer, "condition_value_unknown", wanted.is_string() ? std::string(wanted.get_string()) : json::serialize(wanted));
  }

  void ReadOptions(const json::object& o, const std::string& pointer, Field* field) {
    const auto* list = o.if_contains("options");
    if (!list || !list->is_array() || list->get_array().empty() || list->get_array().size() > kOptionsMax) {
      return Fail(pointer, "options_missing");
    }
    std::set<std::string> values;
    size_t i = 0;
    for (const auto& one : list->get_array()) {
      const std::string at = Join(pointer + "/options", i++);
      const auto* option = one.if_object();
      if (!option) {
        Fail(at, "not_an_object");
        continue;
      }
      Option parsed{json::GetText(*option, "value"), ReadLabel(*option, at, "label", true)};
      if (parsed.value.empty()) Fail(at + "/value", "option_value_malformed");
      else if (!values.insert(parsed.value).second) Fail(at + "/value", "option_repeated", parsed.value);
      field->options.push_back(std::move(parsed));
    }
  }

  std::optional<double> BoundOf(const json::object& o, const std::string& pointer, std::string_view key) {
    const auto* v = o.if_contains(key);
    if (!v) return std::nullopt;
    if (!v->is_number()) {
      Fail(Join(pointer, key), "number_out_of_range", std::string(key));
      return std::nullopt;
    }
    return v->to_number<double>();
  }

  std::optional<Date> DateOf(const json::object& o, const std::string& pointer, std::string_view key) {
    if (!o.contains(key)) return std::nullopt;
    auto date = ParseDate(json::GetText(o, key));
    if (!date.ok()) {
      Fail(Join(pointer, key), "date_malformed");
      return std::nullopt;
    }
    return *date;
  }

  void ReadFields(const json::object& holder, const std::string& holder_pointer, const FieldMap* row_ids,
                  std::set<std::string>* seen, std::vector<Field>* out) {
    const auto* list = holder.if_contains("fields");
    if (!list || !list->is_array() || list->get_array().empty()) return Fail(holder_pointer, "fields_missing");
    size_t index = 0;
    for (const auto& f : list->get_array()) {
      const std::string pointer = Join(holder_pointer + "/fields", index++);
      const auto* o = f.if_object();
      if (!o) {
        Fail(pointer, "not_an_object");
        continue;
      }
      if (++field_count_ > kFieldsMax) return Fail(pointer, "too_many_fields");
      Field field;
      field.id = json::GetText(*o, "id");
      if (!IsFieldId(field.id)) Fail(pointer + "/id", "id_malformed", field.id);
      else if (!seen->insert(field.id).second) Fail(pointer + "/id", "id_repeated", field.id);
      const std::string type = json::GetText(*o, "type");
      auto known = ParseType(type);
      if (!known || (row_ids && *known == Type::kRepeat)) {
        Fail(pointer + "/type", known ? "repeat_nested" : "field_type_unknown", type);
        continue;
      }
      field.type = *known;
      ReadField(*o, pointer, row_ids, &field);
      out->push_back(std::move(field));
    }
  }

  void ReadField(const json::object& o, const std::string& pointer, const FieldMap* row_ids, Field* field) {
    for (const auto& member : o) {
      if (!KeyFits(member.key(), field->type)) Fail(Join(pointer, member.key()), "key_not_for_type", std::string(member.key()));
    }
    field->label = ReadLabel(o, pointer, field->type == Type::kNote ? "text" : "label", true);
    ReadLabel(o, pointer, "hint", false);
    field->required = BoolOf(o, pointer, "required", false);
    if (const auto* when = o.if_contains("when")) {
      field->when = when;
      CheckCondition(*when, pointer + "/when", row_ids);
    }
    field->prefill = json::GetText(o, "prefill");
    if (!field->prefill.empty()) {
      bool known = false;
      for (const char* p : kPrefills) known = known || field->prefill == p;
      // A row of a repeat is someone else; taking the account's data there would be a wrong guess.
      if (!known || row_ids) Fail(pointer + "/prefill", "prefill_unknown", field->prefill);
    }
    switch (field->type) {
      case Type::kText:
      case Type::kTextArea: {
        const int64_t fallback = field->type == Type::kText ? kTextDefault : kTextAreaDefault;
        field->length_max = IntOf(o, pointer, "length_max", fallback, 1, kTextMax);
        field->length_min = IntOf(o, pointer, "length_min", 0, 0, field->length_max);
        if (const auto* pattern = o.if_contains("pattern")) ReadPattern(*pattern, pointer, field);
        ReadLabel(o, pointer, "pattern_hint", false);
        break;
      }
      case Type::kNumber:
      case Type::kMoney:
        field->min = BoundOf(o, pointer, "min");
        field->max = BoundOf(o, pointer, "max");
        if (field->min && field->max && *field->min > *field->max) Fail(pointer + "/min", "min_over_max");
        if (field->type == Type::kMoney && !field->min) field->min = 0;
        field->decimals = static_cast<int>(IntOf(o, pointer, "decimals", 0, 0, kDecimalsMax));
        ReadUnit(o, field);
        break;
      case Type::kDate:
        field->past = BoolOf(o, pointer, "past", false);
        field->future = BoolOf(o, pointer, "future", false);
        field->min_on = DateOf(o, pointer, "min");
        field->max_on = DateOf(o, pointer, "max");
        break;
      case Type::kChoice:
        ReadOptions(o, pointer, field);
        break;
      case Type::kChoices:
        ReadOptions(o, pointer, field);
        ReadCounts(o, pointer, static_cast<int64_t>(kOptionsMax), 0, field);
        break;
      case Type::kPersonalNo:
        field->birth_field = ReadOther(o, pointer, "birth_field", row_ids);
        field->sex_field = ReadOther(o, pointer, "sex_field", row_ids);
        break;
      case Type::kAddress:
        field->detail_required = BoolOf(o, pointer, "detail_required", true);
        break;
      case Type::kPerson:
        field->personal_no_required = BoolOf(o, pointer, "personal_no_required", true);
        field->birth_required = BoolOf(o, pointer, "birth_required", false);
        break;
      case Type::kRepeat: {
        ReadCounts(o, pointer, kRowsMax, kRowsDefault, field);
        FieldMap ids;
        std::set<std::string> seen;
        CollectIds(o, &ids);
        ReadFields(o, pointer, &ids, &seen, &field->fields);
        break;
      }
      default:
        break;
    }
  }

  void ReadPattern(const json::value& v, const std::string& pointer, Field* field) {
    if (!v.is_string() || v.get_string().size() > 500) return Fail(pointer + "/pattern", "pattern_malformed");
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(1 << 20);
    auto pattern = std::make_shared<re2::RE2>(re2::StringPiece(v.get_string().data(), v.get_string().size()), options);
    if (!pattern->ok()) return Fail(pointer + "/pattern", "pattern_malformed", pattern->error());
    field->pattern = std::move(pattern);
  }

  // `unit: m²` is the same in both languages; a word may be given as {vi, en}.
  static void ReadUnit(const json::object& o, Field* field) {
    const auto* unit = o.if_contains("unit");
    if (!unit) return;
    if (unit->is_string()) field->unit = {std::string(unit->get_string()), std::string(unit->get_string())};
    if (unit->is_object()) field->unit = {json::GetText(unit->get_object(), "vi"), json::GetText(unit->get_object(), "en")};
  }

  void ReadCounts(const json::object& o, const std::string& pointer, int64_t limit, int64_t fallback, Field* field) {
    field->count_max = IntOf(o, pointer, "count_max", fallback, 1, limit);
    field->count_min = IntOf(o, pointer, "count_min", 0, 0, limit);
    if (field->count_max && field->count_min > field->count_max) Fail(pointer + "/count_min", "min_over_max");
  }

  std::string ReadOther(const json::object& o, const std::string& pointer, std::string_view key,
                        const FieldMap* row_ids) {
    const std::string id = json::GetText(o, key);
    if (!id.empty() && !form_ids_.contains(id) && !(row_ids && row_ids->contains(id))) {
      Fail(Join(pointer, key), "condition_field_unknown", id);
    }
    return id;
  }

  Form::Impl& out_;
  FieldMap form_ids_;
  std::set<std::string> seen_;
  size_t field_count_ = 0;
  std::vector<FieldError> errors_;
};

}  // namespace

std::optional<Type> ParseType(std::string_view name) {
  for (const auto& t : kTypeNames) {
    if (name == t.name) return t.type;
  }
  return std::nullopt;
}

const Option* Field::FindOption(std::string_view value) const {
  for (const auto& option : options) {
    if (option.value == value) return &option;
  }
  return nullptr;
}

Result<Form> Form::FromJson(const json::value& definition) {
  if (!definition.is_object()) {
    Error error = MakeError(ErrorCode::kInvalid, "form_invalid", "not an object");
    error.fields.push_back({"", "not_an_object", {}});
    return error;
  }
  auto impl = std::make_shared<Impl>();
  impl->definition = definition.get_object();
  auto problems = FormParser(*impl).Run();
  if (!problems.empty()) {
    Error error = MakeError(ErrorCode::kInvalid, "form_invalid", problems.front().pointer + " " + problems.front().reason);
    error.fields = std::move(problems);
    return error;
  }
  Form form;
  form.impl_ = std::move(impl);
  return form;
}

const std::string& Form::id() const { return impl_->id; }
int Form::version() const { return impl_->version; }
const json::object& Form::definition() const { return impl_->definition; }
bool Form::HasField(std::string_view field_id) const {
  for (const auto& group : impl_->groups) {
    for (const auto& field : group.fields) {
      if (field.id == field_id) return true;
    }
  }
  return false;
}

Status Form::CheckCondition(const json::value& condition) const {
  Impl scratch;
  scratch.definition = impl_->definition;
  auto problems = FormParser(scratch).RunCondition(condition);
  if (problems.empty()) return Ok();
  Error error = MakeError(ErrorCode::kInvalid, "form_invalid", problems.front().pointer + " " + problems.front().reason);
  error.fields = std::move(problems);
  return error;
}

bool Form::HasDeclaration() const { return impl_->declaration; }

}  // namespace tinhso::forms
