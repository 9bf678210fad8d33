#include <algorithm>

#include "kernel/permissions/permissions.h"
#include "loader.h"

namespace tinhso::packs {
namespace {

struct KnownUnits {
  std::set<std::string> codes;
  std::vector<std::string> communes;
};

KnownUnits ReadUnits(const PackSources& sources, Problems* problems) {
  KnownUnits known;
  const auto* root = sources.units ? sources.units->yaml.value.if_object() : nullptr;
  const auto* list = root ? root->if_contains("units") : nullptr;
  if (!list || !list->is_array()) {
    problems->Add("units.yaml", 1, "member_missing", "units");
    return known;
  }
  size_t index = 0;
  for (const auto& v : list->get_array()) {
    const std::string pointer = "/units/" + std::to_string(index++);
    const auto* unit = v.if_object();
    const std::string code = unit ? json::GetText(*unit, "code") : std::string();
    if (code.empty()) {
      problems->AddAt(*sources.units, pointer, "member_missing", "code");
      continue;
    }
    const std::string parent = json::GetText(*unit, "parent");
    if (!parent.empty() && !known.codes.contains(parent)) problems->AddAt(*sources.units, pointer, "unit_unknown", parent);
    if (!known.codes.insert(code).second) problems->AddAt(*sources.units, pointer, "id_repeated", code);
    if (json::GetText(*unit, "kind") == "commune") known.communes.push_back(code);
  }
  return known;
}

bool HoldsUnit(const workflow::Workflow& w, std::string_view unit) {
  return std::any_of(w.states().begin(), w.states().end(), [&](const workflow::State& s) { return s.holder_unit == unit; });
}

class ProcedureChecker {
 public:
  ProcedureChecker(const Pack& pack, const PackSources& sources, const KnownUnits& units, Problems* problems)
      : pack_(pack), sources_(sources), units_(units), problems_(problems) {}

  void Check(const ProcedureConfig& p, const SourceFile& file) {
    const json::object& d = p.definition;
    const auto form = pack_.forms.find(p.form_id);
    if (form == pack_.forms.end()) {
      // A form that is there but broken has said so itself.
      if (!sources_.forms.contains(p.form_id)) problems_->AddAt(file, "/form", "form_unknown", p.form_id);
    } else {
      CheckPapers(d, form->second, file);
      CheckFees(d, form->second, file);
      CheckTemplateFields(p, form->second);
    }
    if (d.contains("parts")) {
      for (const char* key : {"workflow", "print", "units"})
        if (d.contains(key)) problems_->AddAt(file, std::string("/") + key, "joint_has_own", key);
      if (form != pack_.forms.end()) CheckParts(d, form->second, file);
      return CheckDates(d, file);
    }
    for (const char* key : {"workflow", "print", "units"})
      if (!d.contains(key)) problems_->AddAt(file, "", "member_missing", key);
    if (!d.contains("workflow") || !d.contains("print")) return;
    const auto flow = pack_.workflows.find(p.workflow_id);
    if (flow == pack_.workflows.end() && !sources_.workflows.contains(p.workflow_id)) {
      problems_->AddAt(file, "/workflow", "workflow_unknown", p.workflow_id);
    }
    if (!sources_.prints.contains(p.result_template_id)) {
      problems_->AddAt(file, "/print/result", "print_unknown", p.result_template_id);
    }
    CheckUnits(d, flow == pack_.workflows.end() ? nullptr : &flow->second, file);
    CheckDates(d, file);
    std::set<std::string> channels;
    size_t i = 0;
    for (const auto& v : List(d, "channels")) {
      const std::string channel = v.is_object() ? json::GetText(v.get_object(), "channel") : std::string();
      const std::string pointer = "/channels/" + std::to_string(i++);
      if (!channels.insert(channel).second) problems_->AddAt(file, pointer, "channel_repeated", channel);
    }
  }

 private:
  // A part opens a dossier of a configured procedure: whatever it takes from the shared form must be there, and fit.
  void CheckParts(const json::object& d, const forms::Form& shared, const SourceFile& file) {
    std::set<std::string> ids, earlier, papers;
    for (const auto& v : List(d, "papers"))
      if (v.is_object()) papers.insert(json::GetText(v.get_object(), "id"));
    size_t i = 0;
    for (const auto& v : List(d, "parts")) {
      const std::string pointer = "/parts/" + std::to_string(i);
      const json::object& part = v.get_object();
      const std::string id = json::GetText(part, "part"), code = json::GetText(part, "procedure"), waits_for = json::GetText(part, "waits_for");
      if (!waits_for.empty() && !earlier.contains(waits_for)) problems_->AddAt(file, pointer + "/waits_for", "part_unknown", waits_for);
      if (waits_for.empty() && part.contains("result")) problems_->AddAt(file, pointer + "/result", "part_waits_for_nothing", id);
      if (!ids.insert(id).second) problems_->AddAt(file, pointer + "/part", "id_repeated", id);
      // One that may not be opened cannot be waited for.
      if (const auto* when = part.if_contains("when")) {
        auto checked = shared.CheckCondition(*when);
        if (!checked.ok())
          for (const auto& e : checked.error().fields) problems_->AddAt(file, pointer + "/when" + e.pointer, e.reason, e.detail);
      } else {
        earlier.insert(id);
      }
      const std::string unit_field = json::GetText(part, "unit_field");
      if (!unit_field.empty() && !shared.HasField(unit_field)) problems_->AddAt(file, pointer + "/unit_field", "condition_field_unknown", unit_field);
      const auto procedure = pack_.procedures.find(code);
      if (procedure == pack_.procedures.end() || procedure->second.definition.contains("parts")) {
        if (!sources_.procedures.contains(code) || procedure != pack_.procedures.end()) problems_->AddAt(file, pointer + "/procedure", "part_procedure_unknown", code);
      } else {
        CheckPart(part, pointer, procedure->second, shared, papers, file);
        const bool elsewhere = !unit_field.empty() || !waits_for.empty() || part.contains("when") || json::GetText(procedure->second.definition, "level") != "commune";
        if (i == 0 && elsewhere) problems_->AddAt(file, pointer, "joint_first_elsewhere", id);
      }
      ++i;
    }
  }

  void CheckPart(const json::object& part, const std::string& pointer, const ProcedureConfig& procedure, const forms::Form& shared,
                 const std::set<std::string>& shared_papers, const SourceFile& file) {
    std::set<std::string> papers;
    for (const auto& v : List(procedure.definition, "papers"))
      if (v.is_object()) papers.insert(json::GetText(v.get_object(), "id"));
    const auto members = [&](const char* key) -> const json::object& {
      static const json::object kNone;
      const auto* o = part.if_contains(key);
      return o && o->is_object() ? o->get_object() : kNone;
    };
    if (const auto form = pack_.forms.find(procedure.form_id); form != pack_.forms.end()) {
      const auto own = [&](const std::string& at, const std::string& field) {
        if (!form->second.HasField(field)) problems_->AddAt(file, at, "condition_field_unknown", field);
      };
      for (const auto& member : members("fixed")) own(pointer + "/fixed/" + std::string(member.key()), std::string(member.key()));
      for (const auto& member : members("answers")) {
        const std::string at = pointer + "/answers/" + std::string(member.key()), from(member.value().get_string());
        own(at, std::string(member.key()));
        if (!shared.HasField(from)) problems_->AddAt(file, at, "condition_field_unknown", from);
      }
      if (const std::string field = json::GetText(members("result"), "field"); !field.empty()) own(pointer + "/result/field", field);
    }
    for (const auto& member : members("papers")) {
      const std::string at = pointer + "/papers/" + std::string(member.key()), from(member.value().get_string());
      if (!papers.contains(std::string(member.key()))) problems_->AddAt(file, at, "part_paper_unknown", member.key());
      if (!shared_papers.contains(from)) problems_->AddAt(file, at, "part_paper_unknown", from);
    }
    if (const std::string paper = json::GetText(members("result"), "paper"); !paper.empty() && !papers.contains(paper))
      problems_->AddAt(file, pointer + "/result/paper", "part_paper_unknown", paper);
    // What waits may have to end with what it waits for, and be received without a desk.
    const auto flow = pack_.workflows.find(procedure.workflow_id);
    if (!part.contains("waits_for") || flow == pack_.workflows.end()) return;
    const workflow::Workflow& w = flow->second;
    const bool stops = std::any_of(w.states().begin(), w.states().end(), [](const workflow::State& s) { return s.final && s.national_state == 8; });
    const bool accepts = std::any_of(w.transitions().begin(), w.transitions().end(), [&](const workflow::Transition& t) {
      return t.action == "accept" && std::find(t.from.begin(), t.from.end(), w.initial().id) != t.from.end();
    });
    if (!stops || !accepts) problems_->AddAt(file, pointer + "/procedure", "part_workflow_unfit", procedure.workflow_id);
  }

  static const json::array& List(const json::object& o, std::string_view key) {
    static const json::array kEmpty;
    const auto* v = o.if_contains(key);
    return v && v->is_array() ? v->get_array() : kEmpty;
  }

  void CheckPapers(const json::object& d, const forms::Form& form, const SourceFile& file) {
    std::set<std::string> ids;
    size_t i = 0;
    for (const auto& v : List(d, "papers")) {
      const std::string pointer = "/papers/" + std::to_string(i++);
      const auto* paper = v.if_object();
      if (!paper) continue;
      const std::string id = json::GetText(*paper, "id");
      if (!ids.insert(id).second) problems_->AddAt(file, pointer + "/id", "id_repeated", id);
      const auto* when = paper->if_contains("when");
      if (!when) continue;
      auto checked = form.CheckCondition(*when);
      if (checked.ok()) continue;
      for (const auto& e : checked.error().fields) problems_->AddAt(file, pointer + "/when" + e.pointer, e.reason, e.detail);
    }
  }

  // A fee that asks a field nobody fills in would be taken of everybody, or of nobody.
  void CheckFees(const json::object& d, const forms::Form& form, const SourceFile& file) {
    size_t i = 0;
    for (const auto& v : List(d, "fees")) {
      const std::string pointer = "/fees/" + std::to_string(i++);
      const auto* fee = v.if_object();
      if (!fee) continue;
      CheckFeeCase(*fee, pointer, form, file);
      if (fee->contains("amount_vnd") == fee->contains("tiers")) problems_->AddAt(file, pointer, "fee_amount_missing");
      if (fee->contains("tiers") != fee->contains("tier_field")) problems_->AddAt(file, pointer, "fee_tiers_incomplete");
      for (const char* key : {"quantity_field", "tier_field"}) {
        const std::string field = json::GetText(*fee, key);
        if (!field.empty() && !form.HasField(field)) problems_->AddAt(file, pointer + "/" + key, "condition_field_unknown", field);
      }
      size_t j = 0;
      for (const auto& e : List(*fee, "exempt")) {
        if (e.is_object()) CheckFeeCase(e.get_object(), pointer + "/exempt/" + std::to_string(j), form, file);
        ++j;
      }
    }
  }

  void CheckFeeCase(const json::object& rule, const std::string& pointer, const forms::Form& form, const SourceFile& file) {
    for (const char* key : {"valid_from", "valid_to"}) {
      const auto* on = rule.if_contains(key);
      if (on && !(on->is_string() && ParseDate(on->get_string()).ok())) problems_->AddAt(file, pointer + "/" + key, "date_malformed");
    }
    const auto* when = rule.if_contains("when");
    if (!when) return;
    auto checked = form.CheckCondition(*when);
    if (checked.ok()) return;
    for (const auto& e : checked.error().fields) problems_->AddAt(file, pointer + "/when" + e.pointer, e.reason, e.detail);
  }

  // A misspelt field would print as nothing on an official paper.
  void CheckTemplateFields(const ProcedureConfig& p, const forms::Form& form) {
    const auto print = pack_.prints.find(p.result_template_id);
    if (print == pack_.prints.end()) return;
    const std::string& file = sources_.prints.at(p.result_template_id).name;
    for (const auto& use : print->second.Paths()) {
      for (std::string_view root : {"form.", "form_text."}) {
        if (!use.path.starts_with(root)) continue;
        std::string_view id = std::string_view(use.path).substr(root.size());
        id = id.substr(0, id.find('.'));
        if (!form.HasField(id) && reported_.insert(file + "\n" + std::to_string(use.line) + "\n" + use.path + "\n" + p.form_id).second) {
          problems_->Add(file, use.line, "print_field_unknown", use.path);
        }
      }
    }
  }

  void CheckUnits(const json::object& d, const workflow::Workflow* flow, const SourceFile& file) {
    const auto* units = d.if_contains("units");
    const json::object none;
    const json::object& u = units && units->is_object() ? units->get_object() : none;
    const std::string handling = json::GetText(u, "handling"), department = json::GetText(u, "department");
    if (flow && handling.empty() && HoldsUnit(*flow, "handling")) problems_->AddAt(file, "/units", "units_handling_missing");
    if (flow && department.empty() && HoldsUnit(*flow, "department")) problems_->AddAt(file, "/units", "units_department_missing");
    if (!department.empty() && !units_.codes.contains(department)) problems_->AddAt(file, "/units/department", "unit_unknown", department);
    if (handling.empty()) return;
    const bool is_suffix = std::all_of(handling.begin(), handling.end(), [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
    if (json::GetText(d, "level") == "commune" && is_suffix) {
      const bool everywhere = std::all_of(units_.communes.begin(), units_.communes.end(),
                                          [&](const std::string& c) { return units_.codes.contains(c + "." + handling); });
      if (!everywhere) problems_->AddAt(file, "/units/handling", "unit_suffix_unknown", handling);
    } else if (!units_.codes.contains(handling)) {
      problems_->AddAt(file, "/units/handling", "unit_unknown", handling);
    }
  }

  void CheckDates(const json::object& d, const SourceFile& file) {
    for (const char* key : {"effective_from", "effective_to"}) {
      const auto* v = d.if_contains(key);
      if (v && !(v->is_string() && ParseDate(v->get_string()).ok())) problems_->AddAt(file, std::string("/") + key, "date_malformed");
    }
  }

  const Pack& pack_;
  const PackSources& sources_;
  const KnownUnits& units_;
  Problems* problems_;
  std::set<std::string> reported_;
};

void CheckAccounts(const SourceFile& file, const KnownUnits& units, Problems* problems) {
  const auto* root = file.yaml.value.if_object();
  const auto* list = root ? root->if_contains("accounts") : nullptr;
  if (!list || !list->is_array()) return problems->AddAt(file, "", "member_missing", "accounts");
  std::set<std::string> names;
  size_t i = 0;
  for (const auto& v : list->get_array()) {
    const std::string pointer = "/accounts/" + std::to_string(i++);
    const auto* account = v.if_object();
    if (!account) {
      problems->AddAt(file, pointer, "not_an_object");
      continue;
    }
    const std::string name = json::GetText(*account, "username");
    if (name.empty()) problems->AddAt(file, pointer, "member_missing", "username");
    else if (!names.insert(name).second) problems->AddAt(file, pointer, "username_repeated", name);
    const auto* assignments = account->if_contains("assignments");
    if (!assignments || !assignments->is_array()) continue;
    size_t j = 0;
    for (const auto& a : assignments->get_array()) {
      const std::string at = pointer + "/assignments/" + std::to_string(j++);
      const auto* assignment = a.if_object();
      if (!assignment) continue;
      const std::string unit = json::GetText(*assignment, "unit"), role = json::GetText(*assignment, "role");
      if (!units.codes.contains(unit)) problems->AddAt(file, at + "/unit", "unit_unknown", unit);
      if (!permissions::IsRole(role)) problems->AddAt(file, at + "/role", "role_unknown", role);
    }
  }
}

}  // namespace

void CheckReferences(const Pack& pack, const PackSources& sources, Problems* problems) {
  const KnownUnits units = ReadUnits(sources, problems);
  const std::string authority = json::GetText(pack.manifest, "authority");
  if (!units.codes.contains(authority)) problems->Add("pack.yaml", 1, "unit_unknown", authority);
  for (const auto& [id, print] : pack.prints) {
    const std::string& form = print.Info().uses_form;
    if (!form.empty() && !sources.forms.contains(form)) problems->AddAt(sources.prints.at(id), "/uses_form", "form_unknown", form);
  }
  ProcedureChecker checker(pack, sources, units, problems);
  for (const auto& [code, config] : pack.procedures) checker.Check(config, sources.procedures.at(code));
  if (sources.accounts) CheckAccounts(*sources.accounts, units, problems);
}

}  // namespace tinhso::packs
