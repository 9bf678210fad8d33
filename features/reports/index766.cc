#include "index766.h"

#include <algorithm>
#include <map>

namespace tinhso::reports {

const std::map<std::string, Measure, std::less<>>& Measures() {
  static const std::map<std::string, Measure, std::less<>> known = {
      {"on_time", Measure::kOnTime},
      {"online_dossiers", Measure::kOnlineDossiers},
      {"electronic_results", Measure::kElectronicResults},
      {"digitised", Measure::kDigitised},
      {"reused", Measure::kReused},
      {"satisfied", Measure::kSatisfied},
      {"procedures_online", Measure::kProceduresOnline},
      {"procedures_complete", Measure::kProceduresComplete},
      {"services_used", Measure::kServicesUsed}};
  return known;
}

namespace {

Error Wrong(const std::string& what) { return MakeError(ErrorCode::kInternal, "pack_invalid", "indices/766.yaml: " + what); }

json::object ObjectOf(const json::object& o, std::string_view key) {
  const json::value* v = o.if_contains(key);
  return v != nullptr && v->is_object() ? v->as_object() : json::object();
}

// A whole number or a decimal with at most two places, in hundredths; -1 when it is none.
int64_t HundredthsOf(const json::object& o, std::string_view key) {
  const json::value* v = o.if_contains(key);
  if (v == nullptr) return -1;
  if (v->is_int64()) return v->as_int64() * 100;
  if (v->is_double()) return static_cast<int64_t>(v->as_double() * 100 + 0.5);
  return -1;
}

Result<Component> ReadComponent(const json::object& in) {
  Component out;
  out.id = json::GetText(in, "id");
  out.name = ObjectOf(in, "name");
  out.reason = ObjectOf(in, "reason");
  out.points_hundredths = HundredthsOf(in, "points");
  out.full_at_percent = json::GetInt(in, "full_at", 100);
  const std::string measure = json::GetText(in, "measure");
  if (out.id.empty() || json::GetText(out.name, "vi").empty() || out.points_hundredths < 0) return Wrong("component " + out.id);
  if (out.full_at_percent < 1 || out.full_at_percent > 100) return Wrong("component " + out.id + ": full_at");
  if (!measure.empty()) {
    const auto known = Measures().find(measure);
    if (known == Measures().end()) return Wrong("component " + out.id + ": measure " + measure);
    out.measure = known->second;
  } else if (json::GetText(out.reason, "vi").empty()) {
    return Wrong("component " + out.id + ": neither measure nor reason");
  }
  return out;
}

}  // namespace

Result<Definition> ReadDefinition(const json::value& file, std::string_view on) {
  const json::value* versions = file.is_object() ? file.as_object().if_contains("versions") : nullptr;
  if (versions == nullptr || !versions->is_array()) return Wrong("versions");
  const json::object* chosen = nullptr;
  for (const json::value& v : versions->as_array()) {
    if (!v.is_object()) return Wrong("versions");
    const std::string from = json::GetText(v.as_object(), "valid_from");
    if (!ParseDate(from).ok()) return Wrong("valid_from " + from);
    if (from <= on && (chosen == nullptr || from > json::GetText(*chosen, "valid_from"))) chosen = &v.as_object();
  }
  if (chosen == nullptr) return MakeError(ErrorCode::kNotFound, "index_not_configured");
  Definition out;
  out.valid_from = json::GetText(*chosen, "valid_from");
  out.basis = json::GetText(*chosen, "basis");
  out.note = ObjectOf(*chosen, "note");
  const json::value* groups = chosen->if_contains("groups");
  if (groups == nullptr || !groups->is_array()) return Wrong("groups");
  for (const json::value& g : groups->as_array()) {
    if (!g.is_object()) return Wrong("groups");
    Group group;
    group.id = json::GetText(g.as_object(), "id");
    group.name = ObjectOf(g.as_object(), "name");
    group.points_hundredths = HundredthsOf(g.as_object(), "points");
    const json::value* components = g.as_object().if_contains("components");
    if (group.id.empty() || components == nullptr || !components->is_array()) return Wrong("group " + group.id);
    int64_t sum = 0;
    for (const json::value& c : components->as_array()) {
      if (!c.is_object()) return Wrong("group " + group.id);
      TINHSO_ASSIGN(Component component, ReadComponent(c.as_object()));
      sum += component.points_hundredths;
      group.components.push_back(std::move(component));
    }
    if (sum != group.points_hundredths) return Wrong("group " + group.id + ": its components' points are not its own");
    out.groups.push_back(std::move(group));
  }
  return out;
}

bool OfDossiers(Measure measure) {
  return measure == Measure::kOnTime || measure == Measure::kOnlineDossiers || measure == Measure::kElectronicResults ||
         measure == Measure::kDigitised || measure == Measure::kReused || measure == Measure::kSatisfied;
}

Part PartOf(Measure measure, CellSet cells, const dossiers::FactExtras& extras) {
  const bool settled = (cells & NamedCells("settled")) != 0;
  const bool received = (cells & NamedCells("received")) != 0;
  auto part = [](bool counted, bool good) { return !counted ? Part::kNotCounted : good ? Part::kGood : Part::kCounted; };
  switch (measure) {
    case Measure::kOnTime: return part((cells & NamedCells("total")) != 0, (cells & NamedCells("late")) == 0);
    // Online by its channel, and so is its result when there is one.
    case Measure::kOnlineDossiers: return part(received, (cells & Bit(kReceivedOnline)) != 0 && (!settled || extras.has_result));
    case Measure::kElectronicResults: return part(settled, extras.has_result);
    case Measure::kDigitised: return part(settled, extras.has_result && extras.has_files);
    case Measure::kReused: return part(settled, extras.reused);
    // Neither late nor marked 1 or 2 of 5.
    case Measure::kSatisfied: return part(settled, (cells & Bit(kSettledLate)) == 0 && (extras.score == 0 || extras.score > 2));
    default: return Part::kNotCounted;
  }
}

int64_t RateOf(const Ratio& ratio) { return (ratio.numerator * 20'000 + ratio.denominator) / (2 * ratio.denominator); }

int64_t PointsOf(const Component& component, const Ratio& ratio) {
  const int64_t full = ratio.denominator * component.full_at_percent;  // of numerator * 100
  const int64_t got = std::min(ratio.numerator * 100, full);
  return (2 * component.points_hundredths * got + full) / (2 * full);
}

std::string Hundredths(int64_t value) {
  std::string rest = std::to_string(value % 100);
  return std::to_string(value / 100) + "." + (rest.size() < 2 ? "0" + rest : rest);
}

}  // namespace tinhso::reports
