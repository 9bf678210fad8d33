// A simulated period of a province: its officers and citizens are made, then features/dossiers plays it.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "app/platform.h"
#include "features/dossiers/simulate.h"

namespace tinhso::app {

struct SimulateOptions {
  Date from;
  int days = 365;
  int64_t dossiers = 0;
  uint64_t seed = 1;
  int threads = 48;  // they wait for each other's commits: many make a group
};
struct SimulateSummary {
  dossiers::SimulateReport report;
  int64_t jobs_run = 0, jobs_waiting = 0, jobs_dead = 0;
  bool report_closes = false;
  int64_t report_ms = 0, elapsed_ms = 0;
  // One line of JSON.
  std::string ToJsonLine(const SimulateOptions& options) const;
};
// Plays the period in `options.data_dir`, which becomes a demo province when it is empty. Jobs run as time passes; of more than
// kSettledDossiersMax dossiers the results that are not printed by the end wait for the server. `check` sees the platform at the end.
Result<SimulateSummary> Simulate(const PlatformOptions& platform_options, const SimulateOptions& options,
                                 const std::function<void(int64_t done)>& progress,
                                 const std::function<Status(Platform& platform)>& check = {});

}  // namespace tinhso::app
