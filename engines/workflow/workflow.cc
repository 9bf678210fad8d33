// Questions asked of a parsed workflow.
#include "engines/workflow/workflow.h"

#include <algorithm>

#include "model.h"

namespace tinhso::workflow {
namespace {

bool ContainsWord(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool AnyRole(const Transition& t, const std::vector<std::string>& roles) {
  for (const auto& role : roles) {
    if (ContainsWord(t.by, role)) return true;
  }
  return false;
}

}  // namespace

ClockState LawfulClock(int national_state) {
  switch (national_state) {
    case 1:
      return ClockState::kWaiting;
    case 2:
    case 4:
      return ClockState::kRunning;
    case 5:
    case 6:
      return ClockState::kPaused;
    default:
      return ClockState::kStopped;
  }
}

const char* ClockStateName(ClockState state) {
  switch (state) {
    case ClockState::kWaiting: return "waiting";
    case ClockState::kRunning: return "running";
    case ClockState::kPaused: return "paused";
    case ClockState::kStopped: return "stopped";
  }
  return "";
}

bool Transition::Has(std::string_view effect) const { return ContainsWord(effects, effect); }
bool Transition::Requires(std::string_view input) const { return ContainsWord(requires_, input); }

const std::string& Workflow::id() const { return impl_->id; }
int Workflow::version() const { return impl_->version; }
const Text& Workflow::title() const { return impl_->title; }
const json::object& Workflow::definition() const { return impl_->definition; }
const State& Workflow::initial() const { return impl_->states[impl_->initial]; }
const std::vector<State>& Workflow::states() const { return impl_->states; }
const std::vector<Transition>& Workflow::transitions() const { return impl_->transitions; }

const State* Workflow::FindState(std::string_view id) const {
  for (const auto& state : impl_->states) {
    if (state.id == id) return &state;
  }
  return nullptr;
}

const Transition* Workflow::Find(std::string_view state, std::string_view action,
                                 const std::vector<std::string>& roles) const {
  for (const auto& t : impl_->transitions) {
    if (t.action == action && ContainsWord(t.from, state) && AnyRole(t, roles)) return &t;
  }
  return nullptr;
}

std::vector<const Transition*> Workflow::Allowed(std::string_view state, const std::vector<std::string>& roles) const {
  std::vector<const Transition*> out;
  for (const auto& t : impl_->transitions) {
    if (!ContainsWord(t.from, state) || !AnyRole(t, roles)) continue;
    // One actor with two roles sees an action once.
    const bool repeated = std::any_of(out.begin(), out.end(), [&](const Transition* o) { return o->action == t.action; });
    if (!repeated) out.push_back(&t);
  }
  return out;
}

}  // namespace tinhso::workflow
