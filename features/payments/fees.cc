#include "fees.h"

#include <algorithm>

#include "engines/forms/forms.h"

namespace tinhso::payments {
namespace {

const json::array& ListOf(const json::object& o, std::string_view key) {
  static const json::array kNone;
  const json::value* v = o.if_contains(key);
  return v != nullptr && v->is_array() ? v->get_array() : kNone;
}

std::string Worded(const json::object& o, std::string_view key, std::string_view language) {
  const json::value* v = o.if_contains(key);
  return v != nullptr && v->is_object() ? json::GetText(v->get_object(), language) : std::string();
}

bool Covers(const json::object& rule, const FeeCase& c) {
  const std::string day = FormatDate(c.on), from = json::GetText(rule, "valid_from"), to = json::GetText(rule, "valid_to");
  if ((!from.empty() && day < from) || (!to.empty() && day > to)) return false;
  const json::array& channels = ListOf(rule, "channels");
  if (!channels.empty() && std::none_of(channels.begin(), channels.end(), [&](const json::value& v) { return v.is_string() && v.get_string() == c.channel; }))
    return false;
  const json::value* when = rule.if_contains("when");
  return when == nullptr || forms::Form::Holds(*when, c.answers);
}

int64_t QuantityOf(const json::object& rule, const FeeCase& c) {
  const std::string field = json::GetText(rule, "quantity_field");
  return field.empty() ? 1 : std::clamp<int64_t>(json::GetInt(c.answers, field, 1), 1, kQuantityMax);
}

// One unit's price: one amount, or the sum over so many pages (or whatever the field counts) of what each costs, up to a highest.
int64_t UnitOf(const json::object& rule, const FeeCase& c) {
  const json::array& tiers = ListOf(rule, "tiers");
  if (tiers.empty()) return json::GetInt(rule, "amount_vnd");
  const int64_t count = std::clamp<int64_t>(json::GetInt(c.answers, json::GetText(rule, "tier_field"), 1), 1, kQuantityMax);
  int64_t unit = 0;
  for (size_t i = 0; i < tiers.size(); ++i) {
    const json::object& tier = tiers[i].get_object();
    const int64_t from = json::GetInt(tier, "from", 1);
    const int64_t next = i + 1 < tiers.size() ? json::GetInt(tiers[i + 1].get_object(), "from", 1) : count + 1;
    unit += std::max<int64_t>(0, std::min(count + 1, next) - from) * json::GetInt(tier, "amount_vnd");
  }
  const int64_t highest = json::GetInt(rule, "unit_max_vnd");
  return highest > 0 ? std::min(unit, highest) : unit;
}

}  // namespace

std::vector<FeeLine> FeesOf(const json::object& definition, const FeeCase& c) {
  std::vector<FeeLine> out;
  if (!definition.contains("fees")) {
    if (c.moment != "before") return out;
    for (const json::value& v : ListOf(definition, "channels")) {
      if (!v.is_object() || json::GetText(v.get_object(), "channel") != c.channel) continue;
      const json::value* fee = v.get_object().if_contains("fee_vnd");
      if (fee == nullptr || !(fee->is_int64() || fee->is_uint64())) continue;
      const int64_t amount = std::min(json::GetInt(v.get_object(), "fee_vnd"), kAmountMax);
      if (amount > 0) out.push_back({"Phí, lệ phí", "Fee", 1, amount, amount, "", ""});
    }
    return out;
  }
  for (const json::value& v : ListOf(definition, "fees")) {
    if (!v.is_object() || !Covers(v.get_object(), c)) continue;
    const json::object& rule = v.get_object();
    const std::string moment = json::GetText(rule, "moment");
    if ((moment.empty() ? "before" : moment) != c.moment) continue;
    FeeLine line{Worded(rule, "name", "vi"), Worded(rule, "name", "en"), QuantityOf(rule, c), UnitOf(rule, c), 0, "", ""};
    line.amount_vnd = std::min(line.quantity * line.unit_vnd, kAmountMax);
    for (const json::value& e : ListOf(rule, "exempt")) {
      if (!e.is_object() || !Covers(e.get_object(), c)) continue;
      line.exempt_vi = Worded(e.get_object(), "reason", "vi");
      line.exempt_en = Worded(e.get_object(), "reason", "en");
      line.amount_vnd = 0;
      break;
    }
    out.push_back(std::move(line));
  }
  return out;
}

int64_t TotalOf(const std::vector<FeeLine>& lines) {
  int64_t total = 0;
  for (const FeeLine& line : lines) total = std::min(total + line.amount_vnd, kAmountMax);
  return total;
}

}  // namespace tinhso::payments
