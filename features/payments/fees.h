// Fee rules (mức phí, lệ phí) of a procedure as its pack has them: docs/formats/pack.md, "fees". Thread rule: pure functions.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json.h"

namespace tinhso::payments {

inline constexpr int64_t kAmountMax = 1'000'000'000'000;  // of one invoice, one payment, one credit
inline constexpr int64_t kQuantityMax = 1000;             // of one fee line

struct FeeLine {
  std::string name_vi, name_en;
  int64_t quantity = 1, unit_vnd = 0, amount_vnd = 0;
  std::string exempt_vi, exempt_en;  // why nothing is taken
};

struct FeeCase {
  std::string channel;          // "online", "counter", "post"
  const json::object& answers;  // of the form
  Date on;                      // the day it is asked on
  std::string moment = "before";  // "before": at filing; "after": when the workflow asks (effect collect_fee)
};
// The fees a procedure's definition asks in this case, in its order. A definition without `fees` asks the one amount of the channel.
std::vector<FeeLine> FeesOf(const json::object& definition, const FeeCase& fee_case);
int64_t TotalOf(const std::vector<FeeLine>& lines);

}  // namespace tinhso::payments
