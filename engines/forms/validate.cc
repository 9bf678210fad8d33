// Form::Validate: every field of every group, in form order, then the members nobody asked for.
#include <charconv>
#include <cmath>
#include <set>

#include "base/text.h"
#include "model.h"

namespace tinhso::forms {
namespace {

constexpr size_t kEmailMax = 254, kFileIdMax = 64, kNameMax = 120, kDetailMax = 200;

bool AllDigits(std::string_view s) {
  for (char c : s) {
    if (c < '0' || c > '9') return false;
  }
  return !s.empty();
}

// People write "0912 345.678" and "+84 912-345-678".
std::string WithoutSeparators(std::string_view s) {
  std::string out;
  for (char c : s) {
    if (c != ' ' && c != '.' && c != '-') out += c;
  }
  return out;
}

bool IsEmailWord(std::string_view s, std::string_view extra) {
  if (s.empty() || s.front() == '.' || s.back() == '.' || s.find("..") != s.npos) return false;
  for (char c : s) {
    const bool alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!alnum && extra.find(c) == extra.npos) return false;
  }
  return true;
}

bool IsEmail(std::string_view s) {
  const size_t at = s.find('@');
  if (s.size() > kEmailMax || at == s.npos || at > 64) return false;
  const auto domain = s.substr(at + 1);
  return IsEmailWord(s.substr(0, at), ".!#$%&'*+/=?^_`{|}~-") && IsEmailWord(domain, ".-") &&
         domain.find('.') != domain.npos && domain.front() != '-' && domain.back() != '-';
}

// Decimals of the shortest text of a number: 0.1 has one, 3.0 none.
int DecimalsOf(double v) {
  char buffer[400];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, v, std::chars_format::fixed).ptr;
  const std::string_view text(buffer, static_cast<size_t>(end - buffer));
  const size_t dot = text.find('.');
  return dot == text.npos ? 0 : static_cast<int>(text.size() - dot - 1);
}

class FormChecker {
 public:
  FormChecker(const json::object& answers, const Context& context) : answers_(answers), context_(context) {}

  // Fields of one level (the form, or one row); `taken` gets what was read.
  void CheckFields(const std::vector<Field>& fields, const json::object& values, const json::object* row,
                   const std::string& pointer, std::set<std::string_view>* taken, json::object* out) {
    for (const auto& field : fields) {
      if (field.type == Type::kNote) continue;
      taken->insert(field.id);
      const auto* value = values.if_contains(field.id);
      const std::string at = Join(pointer, field.id);
      if (field.when && !HoldsIn(*field.when, answers_, row)) {
        if (!IsBlank(value)) Fail(at, "field_not_applicable");
        continue;
      }
      if (IsBlank(value)) {
        if (field.required) Fail(at, "field_required");
        continue;
      }
      json::value clean = CheckField(field, *value, row, at);
      if (!IsBlank(&clean)) (*out)[field.id] = std::move(clean);
    }
  }

  void CheckUnknown(const json::object& values, const std::set<std::string_view>& taken, const std::string& pointer) {
    for (const auto& member : values) {
      if (!taken.contains(std::string_view(member.key()))) Fail(Join(pointer, member.key()), "field_unknown");
    }
  }

  std::vector<FieldError> TakeErrors() { return std::move(errors_); }

 private:
  void Fail(const std::string& pointer, std::string reason) {
    if (errors_.size() < kErrorsMax) errors_.push_back({pointer, std::move(reason), {}});
  }

  // NFC, one line unless `lines`, trimmed. nullopt after an error.
  std::optional<std::string> CleanText(const json::value& v, const std::string& at, bool lines = false) {
    if (!v.is_string()) {
      Fail(at, "field_type");
      return std::nullopt;
    }
    // Far over any limit: not worth normalising.
    if (v.get_string().size() > static_cast<size_t>(kTextMax) * 8) {
      Fail(at, "field_too_long");
      return std::nullopt;
    }
    auto normal = text::Normalize(v.get_string());
    if (!normal.ok()) {
      Fail(at, normal.error().reason);
      return std::nullopt;
    }
    if (!lines) {
      for (char& c : *normal) {
        if (c == '\n' || c == '\r' || c == '\t') c = ' ';
      }
    }
    return text::Trim(*normal);
  }

  bool CheckLength(const std::string& s, int64_t min, int64_t max, const std::string& at) {
    const auto length = static_cast<int64_t>(text::Length(s));
    if (length > max) return Fail(at, "field_too_long"), false;
    if (length < min) return Fail(at, "field_too_short"), false;
    return true;
  }

  json::value CheckField(const Field& field, const json::value& v, const json::object* row, const std::string& at) {
    switch (field.type) {
      case Type::kText:
      case Type::kTextArea:
        return CheckText(field, v, at);
      case Type::kNumber:
      case Type::kMoney:
        return CheckNumber(field, v, at);
      case Type::kDate:
        return CheckDate(field, v, at);
      case Type::kChoice: {
        if (!v.is_string()) return Fail(at, "field_type"), nullptr;
        if (!field.FindOption(v.get_string())) return Fail(at, "field_option_unknown"), nullptr;
        return v;
      }
      case Type::kChoices:
        return CheckChoices(field, v, at);
      case Type::kYesNo:
        if (!v.is_bool()) return Fail(at, "field_type"), nullptr;
        return v;
      case Type::kPersonalNo: {
        auto s = CleanText(v, at);
        if (!s) return nullptr;
        return CheckPersonalNo(*s, Other(field.birth_field, row), Other(field.sex_field, row), at);
      }
      case Type::kPhone:
        return CheckPhone(v, at);
      case Type::kEmail: {
        auto s = CleanText(v, at);
        if (!s) return nullptr;
        if (!IsEmail(*s)) return Fail(at, "email_malformed"), nullptr;
        return json::value(*s);
      }
      case Type::kAddress:
        return CheckAddress(field, v, at);
      case Type::kPerson:
        return CheckPerson(field, v, at);
      case Type::kFile: {
        if (!v.is_string()) return Fail(at, "field_type"), nullptr;
        const std::string id = text::Trim(v.get_string());
        const bool known = id.size() <= kFileIdMax && (!context_.file_known || context_.file_known(id));
        if (!known) return Fail(at, "file_unknown"), nullptr;
        return json::value(id);
      }
      case Type::kRepeat:
        return CheckRepeat(field, v, at);
      case Type::kNote:
        break;
    }
    return nullptr;
  }

  json::value CheckText(const Field& field, const json::value& v, const std::string& at) {
    auto s = CleanText(v, at, field.type == Type::kTextArea);
    if (!s || !CheckLength(*s, field.length_min, field.length_max, at)) return nullptr;
    if (field.pattern && !re2::RE2::FullMatch(*s, *field.pattern)) return Fail(at, "field_pattern"), nullptr;
    return json::value(*s);
  }

  json::value CheckNumber(const Field& field, const json::value& v, const std::string& at) {
    if (!v.is_number()) return Fail(at, "field_type"), nullptr;
    const double number = v.to_number<double>();
    if (!std::isfinite(number) || number > kNumberMax) return Fail(at, "field_too_large"), nullptr;
    if (number < -kNumberMax) return Fail(at, "field_too_small"), nullptr;
    if (v.is_double() && DecimalsOf(number) > field.decimals) return Fail(at, "field_decimals"), nullptr;
    if (field.min && number < *field.min) return Fail(at, "field_too_small"), nullptr;
    if (field.max && number > *field.max) return Fail(at, "field_too_large"), nullptr;
    if (std::trunc(number) == number) return json::value(static_cast<int64_t>(number));
    return json::value(number);
  }

  json::value CheckDate(const Field& field, const json::value& v, const std::string& at) {
    auto s = CleanText(v, at);
    if (!s) return nullptr;
    auto date = ParseDate(*s);
    if (!date.ok()) return Fail(at, "date_malformed"), nullptr;
    if (field.past && *date > context_.today) return Fail(at, "date_in_future"), nullptr;
    if (field.future && *date < context_.today) return Fail(at, "date_in_past"), nullptr;
    if (field.min_on && *date < *field.min_on) return Fail(at, "field_too_small"), nullptr;
    if (field.max_on && *date > *field.max_on) return Fail(at, "field_too_large"), nullptr;
    return json::value(*s);
  }

  json::value CheckChoices(const Field& field, const json::value& v, const std::string& at) {
    if (!v.is_array()) return Fail(at, "field_type"), nullptr;
    const auto& list = v.get_array();
    if (list.size() > field.options.size() * 2) return Fail(at, "field_count_max"), nullptr;
    std::set<std::string_view> seen;
    size_t i = 0;
    for (const auto& one : list) {
      const std::string here = Join(at, i++);
      if (!one.is_string()) Fail(here, "field_type");
      else if (!field.FindOption(one.get_string())) Fail(here, "field_option_unknown");
      else if (!seen.insert(std::string_view(one.get_string())).second) Fail(here, "field_repeated");
    }
    const auto count = static_cast<int64_t>(list.size());
    if (count < field.count_min) Fail(at, "field_count_min");
    if (field.count_max && count > field.count_max) Fail(at, "field_count_max");
    return v;
  }

  // The text answer of another field, for the agreement of a personal number.
  std::string Other(const std::string& id, const json::object* row) {
    if (id.empty()) return {};
    const auto* v = row ? row->if_contains(id) : nullptr;
    if (!v) v = answers_.if_contains(id);
    return v && v->is_string() ? text::Trim(v->get_string()) : std::string();
  }

  json::value CheckPersonalNo(const std::string& text, const std::string& birth_on, const std::string& sex,
                              const std::string& at) {
    const std::string no = WithoutSeparators(text);
    if (no.size() != 12 || !AllDigits(no)) return Fail(at, "personal_no_malformed"), nullptr;
    if (context_.check_personal_no) {
      // A broken birth date is its own error; here it only cannot be compared.
      const std::string birth = ParseDate(birth_on).ok() ? birth_on : std::string();
      const std::string known_sex = sex == "male" || sex == "female" ? sex : std::string();
      const std::string reason = context_.check_personal_no(no, birth, known_sex);
      if (!reason.empty()) return Fail(at, reason), nullptr;
    }
    return json::value(no);
  }

  json::value CheckPhone(const json::value& v, const std::string& at) {
    auto s = CleanText(v, at);
    if (!s) return nullptr;
    std::string phone = WithoutSeparators(*s);
    if (text::StartsWith(phone, "+84")) phone = "0" + phone.substr(3);
    if (phone.size() != 10 || phone[0] != '0' || !AllDigits(phone)) return Fail(at, "phone_malformed"), nullptr;
    return json::value(phone);
  }

  json::value CheckAddress(const Field& field, const json::value& v, const std::string& at) {
    if (!v.is_object()) return Fail(at, "field_type"), nullptr;
    const auto& o = v.get_object();
    json::object out;
    const auto* area = o.if_contains("area_code");
    if (IsBlank(area)) {
      Fail(at + "/area_code", "field_required");
    } else if (auto code = CleanText(*area, at + "/area_code")) {
      if (code->size() > 16 || (context_.area_known && !context_.area_known(*code))) Fail(at + "/area_code", "area_unknown");
      else out["area_code"] = *code;
    }
    const auto* detail = o.if_contains("detail");
    if (IsBlank(detail)) {
      if (field.detail_required) Fail(at + "/detail", "field_required");
    } else if (auto s = CleanText(*detail, at + "/detail")) {
      if (CheckLength(*s, 0, kDetailMax, at + "/detail")) out["detail"] = *s;
    }
    CheckUnknown(o, {"area_code", "detail"}, at);
    return out;
  }

  json::value CheckPerson(const Field& field, const json::value& v, const std::string& at) {
    if (!v.is_object()) return Fail(at, "field_type"), nullptr;
    const auto& o = v.get_object();
    json::object out;
    const auto* name = o.if_contains("full_name");
    if (IsBlank(name)) {
      Fail(at + "/full_name", "field_required");
    } else if (auto s = CleanText(*name, at + "/full_name")) {
      if (CheckLength(*s, 0, kNameMax, at + "/full_name")) out["full_name"] = *s;
    }
    std::string birth, sex;
    const auto* sex_value = o.if_contains("sex");
    if (!IsBlank(sex_value)) {
      if (!sex_value->is_string()) Fail(at + "/sex", "field_type");
      else if (sex_value->get_string() != "male" && sex_value->get_string() != "female") Fail(at + "/sex", "field_option_unknown");
      else sex = std::string(sex_value->get_string());
    }
    const auto* birth_value = o.if_contains("birth_on");
    if (IsBlank(birth_value)) {
      if (field.birth_required) Fail(at + "/birth_on", "field_required");
    } else if (auto s = CleanText(*birth_value, at + "/birth_on")) {
      auto date = ParseDate(*s);
      if (!date.ok()) Fail(at + "/birth_on", "date_malformed");
      else if (*date > context_.today) Fail(at + "/birth_on", "date_in_future");
      else birth = *s;
    }
    const auto* no = o.if_contains("personal_no");
    if (IsBlank(no)) {
      if (field.personal_no_required) Fail(at + "/personal_no", "field_required");
    } else if (auto s = CleanText(*no, at + "/personal_no")) {
      json::value clean = CheckPersonalNo(*s, birth, sex, at + "/personal_no");
      if (clean.is_string()) out["personal_no"] = std::move(clean);
    }
    if (!birth.empty()) out["birth_on"] = birth;
    if (!sex.empty()) out["sex"] = sex;
    CheckUnknown(o, {"full_name", "personal_no", "birth_on", "sex"}, at);
    return out;
  }

  json::value CheckRepeat(const Field& field, const json::value& v, const std::string& at) {
    if (!v.is_array()) return Fail(at, "field_type"), nullptr;
    const auto& rows = v.get_array();
    const auto count = static_cast<int64_t>(rows.size());
    if (count > field.count_max) return Fail(at, "field_count_max"), nullptr;
    if (count < field.count_min) Fail(at, "field_count_min");
    json::array out;
    size_t i = 0;
    for (const auto& one : rows) {
      const std::string here = Join(at, i++);
      const auto* row = one.if_object();
      if (!row) {
        Fail(here, "field_type");
        continue;
      }
      json::object clean;
      std::set<std::string_view> taken;
      CheckFields(field.fields, *row, row, here, &taken, &clean);
      CheckUnknown(*row, taken, here);
      out.push_back(std::move(clean));
    }
    return out;
  }

  const json::object& answers_;
  const Context& context_;
  std::vector<FieldError> errors_;
};

}  // namespace

Result<json::object> Form::Validate(const json::object& answers, const Context& context) const {
  FormChecker checker(answers, context);
  json::object out;
  std::set<std::string_view> taken;
  for (const auto& group : impl_->groups) checker.CheckFields(group.fields, answers, nullptr, "/answers", &taken, &out);
  checker.CheckUnknown(answers, taken, "/answers");
  auto errors = checker.TakeErrors();
  if (errors.empty()) return out;
  Error error = MakeError(ErrorCode::kInvalid, "validation_failed");
  error.fields = std::move(errors);
  return error;
}

Status Form::CheckDeclaration(bool declared) const {
  if (impl_->declaration && !declared) return FieldInvalid("/declaration", "declaration_required");
  return Ok();
}

}  // namespace tinhso::forms
