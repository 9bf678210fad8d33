#include "terms.h"

#include <algorithm>

#include "impl.h"

namespace tinhso::dossiers {

namespace {

constexpr const char* kGeneralForm = "general";
constexpr const char* kGeneralWorkflow = "general-three-step";
constexpr const char* kGeneralResult = "result-general";
// The general form takes this many papers of a catalogue procedure; none is required, as cases differ.
constexpr size_t kCataloguePapersMax = 40;

const json::object* Child(const json::object& o, std::string_view key) {
  const json::value* v = o.if_contains(key);
  return v != nullptr && v->is_object() ? &v->as_object() : nullptr;
}

std::string TextOf(const json::object& o, std::string_view key, std::string_view language) {
  if (const json::object* text = Child(o, key)) return json::GetText(*text, language);
  return json::GetText(o, key);
}

Terms FromPack(const packs::ProcedureConfig& config) {
  const json::object& o = config.definition;
  Terms terms;
  terms.code = config.code;
  terms.version = config.version;
  terms.name = TextOf(o, "name", "vi");
  terms.name_en = TextOf(o, "name", "en");
  terms.level = json::GetText(o, "level");
  terms.form_id = config.form_id;
  terms.workflow_id = config.workflow_id;
  terms.result_template = config.result_template_id.empty() ? kGeneralResult : config.result_template_id;
  if (const json::value* papers = o.if_contains("papers"); papers != nullptr && papers->is_array()) terms.papers = papers->as_array();
  if (const json::value* channels = o.if_contains("channels"); channels != nullptr && channels->is_array())
    terms.channels = channels->as_array();
  if (const json::object* units = Child(o, "units")) {
    terms.handling = json::GetText(*units, "handling");
    terms.department = json::GetText(*units, "department");
  }
  terms.after_hours_minute = static_cast<int>(json::GetInt(o, "after_hours_minute", 900));
  if (const json::value* any_desk = o.if_contains("any_desk"); any_desk != nullptr && any_desk->is_bool()) terms.any_desk = any_desk->as_bool();
  if (const json::value* parts = o.if_contains("parts"); parts != nullptr && parts->is_array()) {
    for (const json::value& v : parts->as_array()) {
      const json::object& in = v.as_object();
      Part part{json::GetText(in, "part"), json::GetText(in, "procedure"), json::GetText(in, "unit_field"), json::GetText(in, "waits_for"), {}, {}, {}, {}, nullptr, {}};
      if (const json::value* when = in.if_contains("when")) part.when = *when;
      if (const json::object* result = Child(in, "result")) {
        part.result_paper = json::GetText(*result, "paper");
        part.result_field = json::GetText(*result, "field");
      }
      if (const json::object* answers = Child(in, "answers")) part.answers = *answers;
      if (const json::object* papers = Child(in, "papers")) part.papers = *papers;
      if (const json::object* fixed = Child(in, "fixed")) part.fixed = *fixed;
      terms.parts.push_back(std::move(part));
    }
  }
  if (const json::object* result = Child(o, "result")) terms.number_symbol = json::GetText(*result, "number_symbol");
  return terms;
}

Terms FromCatalogue(const json::object& o) {
  Terms terms;
  terms.code = json::GetText(o, "procedure_code");
  terms.version = json::GetInt(o, "version", 1);
  terms.name = json::GetText(o, "name");
  terms.name_en = terms.name;
  terms.level = json::GetText(o, "level");
  terms.form_id = kGeneralForm;
  terms.workflow_id = kGeneralWorkflow;
  terms.result_template = kGeneralResult;
  if (const json::value* channels = o.if_contains("channels"); channels != nullptr && channels->is_array())
    terms.channels = channels->as_array();
  if (const json::value* papers = o.if_contains("papers"); papers != nullptr && papers->is_array()) {
    for (const json::value& v : papers->as_array()) {
      if (!v.is_object() || terms.papers.size() >= kCataloguePapersMax) break;
      const json::object& paper = v.as_object();
      const std::string name = json::GetText(paper, "name");
      terms.papers.push_back(json::object{{"id", "p" + std::to_string(terms.papers.size() + 1)},
                                          {"name", {{"vi", name}, {"en", name}}},
                                          {"required", false},
                                          {"originals", json::GetInt(paper, "originals")},
                                          {"copies", json::GetInt(paper, "copies")}});
    }
  }
  return terms;
}

}  // namespace

Terms::Limit Terms::LimitFor(std::string_view channel) const {
  auto find = [&](std::string_view wanted) -> Limit {
    for (const json::value& v : channels) {
      if (!v.is_object() || json::GetText(v.as_object(), "channel") != wanted) continue;
      const json::object* limit = Child(v.as_object(), "time_limit");
      // A bare number in the catalogue whose unit nobody stated is often filler: no promise is made from it.
      if (limit == nullptr || json::GetText(*limit, "unit_source") == "assumed") continue;
      auto unit = calendar::ParseUnit(json::GetText(*limit, "unit"));
      if (!unit.ok()) continue;
      return {{json::GetInt(*limit, "value"), *unit}, true};
    }
    return {};
  };
  for (std::string_view wanted : {channel, std::string_view("counter"), std::string_view("online"), std::string_view("post")})
    if (Limit limit = find(wanted); limit.has_limit) return limit;
  return {};
}

std::optional<int64_t> Terms::FeeFor(std::string_view channel) const {
  for (const json::value& v : channels) {
    if (!v.is_object() || json::GetText(v.as_object(), "channel") != channel) continue;
    const json::value* fee = v.as_object().if_contains("fee_vnd");
    if (fee != nullptr && (fee->is_int64() || fee->is_uint64())) return json::GetInt(v.as_object(), "fee_vnd");
  }
  return std::nullopt;
}

Result<std::shared_ptr<const Terms>> TermsShelf::Find(std::string_view code) const {
  if (const packs::ProcedureConfig* config = library_.FindProcedure(code)) {
    std::lock_guard lock(mutex_);
    auto& kept = kept_[config];
    if (!kept) kept = std::make_shared<const Terms>(FromPack(*config));
    return kept;
  }
  TINHSO_ASSIGN(auto entry, catalogue_.Get(code));
  auto terms = std::make_shared<const Terms>(FromCatalogue(*entry));
  if (terms->level != "commune" && terms->level != "province")
    return MakeError(ErrorCode::kInvalid, "procedure_not_filed_here", terms->level);
  return terms;
}

Result<json::object> Service::FormOf(std::string_view procedure_code, const http::Principal* who) {
  Impl& m = *impl_;
  TINHSO_ASSIGN(auto shared, m.terms.Find(procedure_code));
  const Terms& terms = *shared;
  const auto form = m.deps.library.FindForm(terms.form_id, 0);
  if (form == nullptr) return MakeError(ErrorCode::kInternal, "form_missing", terms.form_id);
  json::object sources;
  if (who != nullptr && who->person_id != 0 && who->Has("dossier.submit")) {
    auto person = m.deps.router.Shared().Read([&](db::Tx& tx) { return m.deps.identity.GetPerson(tx, who->person_id); });
    if (person.ok())
      sources["person"] = json::object{{"full_name", person->full_name}, {"personal_no", person->personal_no},
                                       {"birth_on", person->birth_on},   {"sex", person->sex},
                                       {"phone", person->phone},         {"email", person->email},
                                       {"address", json::object{{"area_code", person->area_code}, {"detail", person->address}}}};
  }
  json::array papers;
  for (const json::value& v : terms.papers) {
    json::object paper = v.as_object();
    paper["paper_id"] = json::GetText(paper, "id");
    paper.erase("id");
    if (!paper.contains("required")) paper["required"] = false;
    papers.push_back(std::move(paper));
  }
  json::object out{{"procedure_code", terms.code}, {"procedure_name", terms.name}, {"procedure_name_en", terms.name_en},
                   {"level", terms.level},         {"form", form->definition()},   {"papers", std::move(papers)},
                   {"prefill", form->Prefill(sources)}, {"channels", terms.channels}, {"unit_code", nullptr}};
  if (terms.level != "commune" && !terms.handling.empty()) {
    const auto units = m.deps.orgs.snapshot();
    const orgs::Unit* handling = units->ByCode(terms.handling);
    const orgs::Unit* authority = handling == nullptr ? nullptr : units->ActingOn(handling->authority_id, "");
    if (authority != nullptr) out["unit_code"] = authority->unit_code;
  }
  return out;
}

}  // namespace tinhso::dossiers
