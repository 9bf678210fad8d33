#pragma once
#include <mutex>

#include "adapter.h"
#include "portal.h"
#include "store.h"

namespace tinhso::portal {

// How long the portal is left alone after it could not be reached, and why.
struct PauseState {
  int64_t wait_us = 0;
  TimeUs until_us = 0;
  std::string why;
};

struct Service::Impl {
  explicit Impl(Deps d) : deps(std::move(d)), adapter(deps.options) {}
  Deps deps;
  std::mutex sending;  // one turn at a time
  Adapter adapter;
  mutable std::mutex mutex;
  PauseState pause;

  // Whether the portal took it. kUnavailable "portal_unreachable": nothing is known, it waits.
  Result<bool> SendOne(const store::Row& row);
  Result<std::vector<store::Row>> Rows(std::string_view state, int64_t limit) const;
  PauseState Pause() const;
  void Fail(const std::string& why);
  void Recover();
};

}  // namespace tinhso::portal
