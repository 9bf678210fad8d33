// What a procedure asks of a dossier: form, workflow, limits, papers, units; from the pack, or the general ones for
// a procedure that is only in the catalogue.
#pragma once
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/calendar.h"
#include "base/json.h"
#include "base/result.h"
#include "engines/packs/packs.h"
#include "features/procedures/procedures.h"

namespace tinhso::dossiers {

// A part of a joint procedure (liên thông): the procedure it opens a dossier of, at which unit, and what of the shared form goes there.
struct Part {
  std::string id, procedure_code;
  std::string unit_field;                  // an address of the shared form names the commune; "" = the unit filed with, or the province's own
  std::string waits_for;                   // an earlier part's id
  std::string result_paper, result_field;  // where the awaited result goes: a paper, a text field
  json::object answers, papers;            // this part's field or paper → the shared one's; others go by the same name
  json::value when;                        // of the shared form: the part is opened only then; null = always
  json::object fixed;                      // answers that are the same for everybody
};

struct Terms {
  std::string code, name, name_en, level;   // level: commune | province
  int64_t version = 1;
  std::string form_id, workflow_id, result_template;
  json::array papers;       // docs/formats/pack.md § procedures
  json::array channels;
  std::string handling;     // unit code, or division suffix under a commune; "" = the first division
  std::string department;   // unit code or ""
  int after_hours_minute = 900;
  bool any_desk = true;     // any one-stop desk receives it for the competent unit (phi địa giới)
  std::string number_symbol;
  std::vector<Part> parts;  // of a joint procedure, those that are waited for first

  // The limit for a channel; the counter's when the channel states none; 0 days of kWorkingDay when nothing is stated
  // and `has_limit` false: such a dossier has no due date.
  struct Limit {
    calendar::TimeLimit limit;
    bool has_limit = false;
  };
  Limit LimitFor(std::string_view channel) const;
  // Fee of the channel in đồng, when it is one amount.
  std::optional<int64_t> FeeFor(std::string_view channel) const;
};

// Keeps the terms of configured procedures, whose versions never change. Thread rule: thread-safe.
class TermsShelf {
 public:
  TermsShelf(const packs::Library& library, procedures::Catalogue& catalogue) : library_(library), catalogue_(catalogue) {}
  // kNotFound "procedure_not_found"; kInvalid "procedure_not_filed_here" for ministry-level procedures.
  Result<std::shared_ptr<const Terms>> Find(std::string_view code) const;

 private:
  const packs::Library& library_;
  procedures::Catalogue& catalogue_;
  mutable std::mutex mutex_;
  mutable std::unordered_map<const packs::ProcedureConfig*, std::shared_ptr<const Terms>> kept_;  // the library keeps each for ever
};

}  // namespace tinhso::dossiers
