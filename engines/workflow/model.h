// The parsed workflow, private to this module.
#pragma once
#include "engines/workflow/workflow.h"

namespace tinhso::workflow {

inline constexpr size_t kStatesMax = 60;
inline constexpr size_t kTransitionsMax = 200;
inline constexpr size_t kProblemsMax = 100;

struct Workflow::Impl {
  std::string id;
  int version = 0;
  Text title;
  json::object definition;
  std::vector<State> states;
  std::vector<Transition> transitions;
  size_t initial = 0;
};

}  // namespace tinhso::workflow
