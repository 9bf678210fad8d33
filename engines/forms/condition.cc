// Conditions (`when`) over answers. Hidden fields have no answer, so a condition never needs to know what is hidden.
#include "base/text.h"
#include "model.h"

namespace tinhso::forms {
namespace {

// 1 and 1.0 are one number to the person who wrote the form.
bool SameValue(const json::value& a, const json::value& b) {
  if (a.is_number() && b.is_number()) return a.to_number<double>() == b.to_number<double>();
  return a == b;
}

// A list answer (choices) equals a value when it contains it.
bool Matches(const json::value& answer, const json::value& wanted) {
  if (!answer.is_array()) return SameValue(answer, wanted);
  for (const auto& one : answer.get_array()) {
    if (SameValue(one, wanted)) return true;
  }
  return false;
}

const json::value* FindAnswer(std::string_view id, const json::object& answers, const json::object* row) {
  if (row) {
    if (const auto* v = row->if_contains(id)) return v;
  }
  return answers.if_contains(id);
}

}  // namespace

bool IsBlank(const json::value* v) {
  if (!v || v->is_null()) return true;
  if (v->is_string()) return text::Trim(v->get_string()).empty();
  if (v->is_array()) return v->get_array().empty();
  if (v->is_object()) {
    for (const auto& member : v->get_object()) {
      if (!IsBlank(&member.value())) return false;
    }
    return true;
  }
  return false;
}

bool HoldsIn(const json::value& condition, const json::object& answers, const json::object* row) {
  const auto* c = condition.if_object();
  if (!c) return false;
  if (const auto* all = c->if_contains("all"); all && all->is_array()) {
    for (const auto& one : all->get_array()) {
      if (!HoldsIn(one, answers, row)) return false;
    }
    return true;
  }
  if (const auto* any = c->if_contains("any"); any && any->is_array()) {
    for (const auto& one : any->get_array()) {
      if (HoldsIn(one, answers, row)) return true;
    }
    return false;
  }
  if (const auto* inner = c->if_contains("not")) return !HoldsIn(*inner, answers, row);
  const auto* id = c->if_contains("field");
  if (!id || !id->is_string()) return false;
  const auto* answer = FindAnswer(id->get_string(), answers, row);
  if (const auto* present = c->if_contains("present"); present && present->is_bool()) {
    return IsBlank(answer) != present->get_bool();
  }
  if (IsBlank(answer)) return false;
  if (const auto* wanted = c->if_contains("equals")) return Matches(*answer, *wanted);
  if (const auto* list = c->if_contains("in"); list && list->is_array()) {
    for (const auto& wanted : list->get_array()) {
      if (Matches(*answer, wanted)) return true;
    }
  }
  return false;
}

bool Form::Holds(const json::value& condition, const json::object& answers) {
  return HoldsIn(condition, answers, nullptr);
}

std::string Join(const std::string& pointer, std::string_view member) {
  std::string out = pointer + "/";
  for (char c : member) {
    if (c == '~') out += "~0";
    else if (c == '/') out += "~1";
    else out += c;
  }
  return out;
}

std::string Join(const std::string& pointer, size_t index) { return pointer + "/" + std::to_string(index); }

}  // namespace tinhso::forms
