// Answers in words people read: summaries on the screen, texts for print templates, and values known beforehand.
#include <charconv>

#include "base/text.h"
#include "model.h"

namespace tinhso::forms {
namespace {

std::string DateText(const std::string& iso, bool en) {
  auto date = ParseDate(iso);
  if (!date.ok()) return iso;
  if (!en) return FormatDateVi(*date);
  static constexpr const char* kMonths[] = {"January", "February", "March",     "April",   "May",      "June",
                                            "July",    "August",   "September", "October", "November", "December"};
  return std::to_string(date->day) + " " + kMonths[date->month - 1] + " " + std::to_string(date->year);
}

// 1234.5 → "1.234,5" in Vietnamese, "1,234.5" in English.
std::string NumberText(const json::value& v, bool en) {
  if (!v.is_number()) return {};
  std::string whole, fraction;
  if (v.is_double()) {
    char buffer[400];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, v.get_double(), std::chars_format::fixed).ptr;
    whole.assign(buffer, end);
    if (const size_t dot = whole.find('.'); dot != whole.npos) {
      fraction = whole.substr(dot + 1);
      whole.resize(dot);
    }
    const bool minus = whole.starts_with('-');
    if (whole.size() < 18) {
      std::string grouped = text::FormatNumber(std::strtoll(whole.c_str() + (minus ? 1 : 0), nullptr, 10));
      whole = (minus ? "-" : "") + grouped;
    }
  } else {
    whole = text::FormatNumber(v.is_int64() ? v.get_int64() : static_cast<int64_t>(v.get_uint64()));
  }
  if (en) {
    for (char& c : whole) {
      if (c == '.') c = ',';
    }
  }
  if (fraction.empty()) return whole;
  return whole + (en ? "." : ",") + fraction;
}

std::string SexText(std::string_view sex, bool en) {
  if (sex == "male") return en ? "Male" : "Nam";
  if (sex == "female") return en ? "Female" : "Nữ";
  return {};
}

class AnswerWriter {
 public:
  AnswerWriter(const json::object& answers, std::string_view language, const Context& context)
      : answers_(answers), language_(language), en_(language == "en"), context_(context) {}

  bool Shown(const Field& field, const json::object* row) const {
    return field.type != Type::kNote && (!field.when || HoldsIn(*field.when, answers_, row));
  }

  std::string TextOf(const Field& field, const json::value* v) const {
    if (IsBlank(v)) return {};
    switch (field.type) {
      case Type::kNumber: {
        const std::string& unit = field.unit.In(language_);
        return NumberText(*v, en_) + (unit.empty() ? "" : " " + unit);
      }
      case Type::kMoney:
        return NumberText(*v, en_) + (en_ ? " VND" : " đồng");
      case Type::kDate:
        return v->is_string() ? DateText(std::string(v->get_string()), en_) : std::string();
      case Type::kChoice:
        return OptionText(field, *v);
      case Type::kChoices: {
        std::string out;
        if (!v->is_array()) return out;
        for (const auto& one : v->get_array()) out += (out.empty() ? "" : "; ") + OptionText(field, one);
        return out;
      }
      case Type::kYesNo:
        if (!v->is_bool()) return {};
        return v->get_bool() ? (en_ ? "Yes" : "Có") : (en_ ? "No" : "Không");
      case Type::kAddress:
        return AddressText(*v);
      case Type::kPerson:
        return PersonText(*v);
      case Type::kFile:
        return en_ ? "File attached" : "Có tệp đính kèm";
      case Type::kRepeat:
        return RepeatText(field, *v);
      default:
        return v->is_string() ? std::string(v->get_string()) : std::string();
    }
  }

  json::object Item(const Field& field, const json::value* v) const {
    json::object item{{"field_id", field.id}, {"label", field.label.In(language_)}, {"value", TextOf(field, v)}};
    if (field.type == Type::kFile && v && v->is_string()) item["file_id"] = *v;
    if (field.type != Type::kRepeat) return item;
    json::array rows;
    if (v && v->is_array()) {
      for (const auto& one : v->get_array()) rows.push_back(RowItems(field, one));
    }
    item["rows"] = std::move(rows);
    return item;
  }

  // One text per field; a repeat becomes a list of rows of texts, for tables in print.
  json::value ForPrint(const Field& field, const json::value* v) const {
    if (field.type != Type::kRepeat) return json::value(TextOf(field, v));
    json::array rows;
    if (!v || !v->is_array()) return rows;
    int64_t no = 0;
    for (const auto& one : v->get_array()) {
      json::object texts{{"no", ++no}};
      if (const auto* row = one.if_object()) {
        for (const auto& inner : field.fields) {
          if (Shown(inner, row)) texts[inner.id] = TextOf(inner, row->if_contains(inner.id));
        }
      }
      rows.push_back(std::move(texts));
    }
    return rows;
  }

 private:
  std::string OptionText(const Field& field, const json::value& v) const {
    if (!v.is_string()) return {};
    const auto* option = field.FindOption(v.get_string());
    return option ? option->label.In(language_) : std::string(v.get_string());
  }

  std::string AddressText(const json::value& v) const {
    const auto* o = v.if_object();
    if (!o) return {};
    const std::string code = json::GetText(*o, "area_code");
    std::string area = context_.area_name && !code.empty() ? context_.area_name(code) : code;
    const std::string detail = json::GetText(*o, "detail");
    if (detail.empty() || area.empty()) return detail + area;
    return detail + ", " + area;
  }

  std::string PersonText(const json::value& v) const {
    const auto* o = v.if_object();
    if (!o) return {};
    std::string out = json::GetText(*o, "full_name");
    const std::string birth = json::GetText(*o, "birth_on"), no = json::GetText(*o, "personal_no");
    if (!birth.empty()) out += (en_ ? ", born " : ", sinh ngày ") + DateText(birth, en_);
    const std::string sex = SexText(json::GetText(*o, "sex"), en_);
    if (!sex.empty()) out += ", " + (en_ ? sex : "giới tính " + sex);
    if (!no.empty()) out += (en_ ? ", personal number " : ", số định danh ") + no;
    return out;
  }

  json::array RowItems(const Field& field, const json::value& v) const {
    json::array items;
    const auto* row = v.if_object();
    if (!row) return items;
    for (const auto& inner : field.fields) {
      if (Shown(inner, row)) items.push_back(Item(inner, row->if_contains(inner.id)));
    }
    return items;
  }

  std::string RepeatText(const Field& field, const json::value& v) const {
    std::string out;
    if (!v.is_array()) return out;
    int no = 0;
    for (const auto& one : v.get_array()) {
      const auto* row = one.if_object();
      std::string line;
      for (const auto& inner : field.fields) {
        if (!row || !Shown(inner, row)) continue;
        const std::string value = TextOf(inner, row->if_contains(inner.id));
        if (!value.empty()) line += (line.empty() ? "" : "; ") + inner.label.In(language_) + ": " + value;
      }
      out += (out.empty() ? "" : "\n") + std::to_string(++no) + ". " + line;
    }
    return out;
  }

  const json::object& answers_;
  const std::string_view language_;
  const bool en_;
  const Context& context_;
};

// What the account knows, in the shape the field stores; null when it knows nothing that fits.
json::value PrefillValue(const Field& field, const json::object& person) {
  auto text_of = [&](const char* key) { return json::GetText(person, key); };
  if (field.prefill == "person") {
    if (field.type != Type::kPerson) return nullptr;
    json::object out;
    for (const char* key : {"full_name", "personal_no"}) {
      if (!text_of(key).empty()) out[key] = text_of(key);
    }
    if (ParseDate(text_of("birth_on")).ok()) out["birth_on"] = text_of("birth_on");
    if (!SexText(text_of("sex"), true).empty()) out["sex"] = text_of("sex");
    return out;
  }
  const std::string key = field.prefill.substr(field.prefill.find('.') + 1);
  if (key == "address") {
    if (const auto* given = person.if_contains("address"); given && given->is_object()) {
      if (field.type == Type::kAddress) return *given;
      return nullptr;
    }
    if (field.type != Type::kAddress) return json::value(text_of("address"));
    // A place without its commune cannot be chosen in the form; better ask than guess.
    if (text_of("area_code").empty()) return nullptr;
    return json::object{{"area_code", text_of("area_code")}, {"detail", text_of("address")}};
  }
  const std::string value = text_of(key.c_str());
  if (field.type == Type::kChoice && !field.FindOption(value)) return nullptr;
  if (field.type == Type::kDate && !ParseDate(value).ok()) return nullptr;
  switch (field.type) {
    case Type::kText: case Type::kTextArea: case Type::kChoice: case Type::kDate: case Type::kPersonalNo:
    case Type::kPhone: case Type::kEmail:
      return json::value(value);
    default:
      return nullptr;
  }
}

}  // namespace

json::array Form::Describe(const json::object& answers, std::string_view language, const Context& context) const {
  AnswerWriter writer(answers, language, context);
  json::array out;
  for (const auto& group : impl_->groups) {
    json::array items;
    for (const auto& field : group.fields) {
      if (writer.Shown(field, nullptr)) items.push_back(writer.Item(field, answers.if_contains(field.id)));
    }
    if (items.empty()) continue;
    out.push_back(json::object{{"group", group.id}, {"title", group.title.In(language)}, {"items", std::move(items)}});
  }
  return out;
}

json::object Form::TextOf(const json::object& answers, const Context& context) const {
  AnswerWriter writer(answers, "vi", context);
  json::object out;
  for (const auto& group : impl_->groups) {
    for (const auto& field : group.fields) {
      if (writer.Shown(field, nullptr)) out[field.id] = writer.ForPrint(field, answers.if_contains(field.id));
    }
  }
  return out;
}

json::object Form::Prefill(const json::object& sources) const {
  json::object out;
  const auto* person = sources.if_contains("person");
  if (!person || !person->is_object()) return out;
  for (const auto& group : impl_->groups) {
    for (const auto& field : group.fields) {
      if (field.prefill.empty()) continue;
      json::value value = PrefillValue(field, person->get_object());
      if (!IsBlank(&value)) out[field.id] = json::object{{"value", std::move(value)}, {"source", field.prefill}};
    }
  }
  return out;
}

}  // namespace tinhso::forms
