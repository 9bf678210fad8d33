// Workflows (quy trình) as data: states, transitions, who may, deadlines, effects; see docs/formats/pack.md.
// Thread rule: Workflow is immutable after parsing.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/calendar.h"
#include "base/json.h"
#include "base/result.h"

namespace tinhso::workflow {

enum class ClockState { kWaiting, kRunning, kPaused, kStopped };
const char* ClockStateName(ClockState state);
// How the legal clock stands in a national state 1–10: it runs from acceptance to the end and pauses for a lawful supplement (5)
// and for a financial obligation (6) and for nothing else (decree 118/2025; what indices count as settlement time).
ClockState LawfulClock(int national_state);

struct Text {
  std::string vi, en;
};

struct State {
  std::string id;
  Text title;
  int national_state = 0;
  ClockState clock = ClockState::kWaiting;
  std::string holder_role;  // "" for applicant or nobody
  std::string holder_unit;  // "desk", "handling", "authority", "department"; "" for applicant / nobody
  bool holder_applicant = false;
  std::optional<calendar::TimeLimit> step_limit;
  // Other units may be asked for their opinion in this state: working days they have unless told otherwise, and at most.
  struct Consult {
    int default_days = 0, days_max = 0;
  };
  std::optional<Consult> consult;
  bool final = false;
};

struct Transition {
  std::string action;
  Text title;
  std::vector<std::string> from;
  std::string to;                      // state id, "$back" or "$same"
  std::vector<std::string> by;         // roles, "applicant", "system"
  std::vector<std::string> requires_;  // inputs
  std::vector<std::string> effects;
  bool Has(std::string_view effect) const;
  bool Requires(std::string_view input) const;
};

class Workflow {
 public:
  // kInvalid "workflow_invalid"; Error.fields hold one entry per problem (pointer = JSON pointer in the file).
  // `role_known` tells which role words exist.
  // Reasons: see docs/formats/pack.md, "Workflows".
  static Result<Workflow> FromJson(const json::value& definition, const std::function<bool(std::string_view)>& role_known);
  const std::string& id() const;
  int version() const;
  const Text& title() const;
  const json::object& definition() const;
  const State& initial() const;
  const State* FindState(std::string_view id) const;
  const std::vector<State>& states() const;
  const std::vector<Transition>& transitions() const;
  // The transition `action` from `state` for an actor with any of `roles` ("applicant" for the person). nullptr when none.
  const Transition* Find(std::string_view state, std::string_view action, const std::vector<std::string>& roles) const;
  // What this actor may do now.
  std::vector<const Transition*> Allowed(std::string_view state, const std::vector<std::string>& roles) const;

  // Opaque; named here so that this module's own files can fill it.
  struct Impl;

 private:
  std::shared_ptr<const Impl> impl_;
};

// The transition's `to` that means "the state before this one".
inline constexpr const char* kBack = "$back";
// The transition's `to` that means "where it is": something is done, nothing moves.
inline constexpr const char* kSame = "$same";
// Actor words beside the roles.
inline constexpr const char* kApplicant = "applicant";
inline constexpr const char* kSystem = "system";

}  // namespace tinhso::workflow
