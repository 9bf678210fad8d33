// What a procedure asks of a dossier: form, workflow, limits, papers, units; from the pack, or the general ones for
// a procedure that is only in the catalogue.
#pragma once
#include <optional>
#include <string>

#include "base/calendar.h"
#include "base/json.h"
#include "base/result.h"
#include "engines/packs/packs.h"
#include "features/procedures/procedures.h"

namespace tinhso::dossiers {

struct Terms {
  std::string code, name, name_en, level;   // level: commune | province
  int64_t version = 1;
  std::string form_id, workflow_id, result_template;
  json::array papers;       // docs/formats/pack.md § procedures
  json::array channels;
  std::string handling;     // unit code, or division suffix under a commune; "" = the first division
  std::string department;   // unit code or ""
  int after_hours_minute = 900;
  std::string number_symbol;

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

// kNotFound "procedure_not_found"; kInvalid "procedure_not_filed_here" for ministry-level procedures.
Result<Terms> FindTerms(const packs::Library& library, procedures::Catalogue& catalogue, std::string_view code);

}  // namespace tinhso::dossiers
