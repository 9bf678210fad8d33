// The index of service to people and businesses (QĐ 766/QĐ-TTg): definition from packs/_common/indices/766.yaml, values from facts.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "cells.h"
#include "features/dossiers/facts.h"

namespace tinhso::reports {

// What is counted. Of dossiers one by one, so that each number opens to them; or of procedures.
enum class Measure { kNone, kOnTime, kOnlineDossiers, kElectronicResults, kDigitised, kReused, kSatisfied, kProceduresOnline, kProceduresComplete, kServicesUsed };

struct Component {
  std::string id;
  json::object name, reason;  // {vi, en}; reason: why there is no data
  int64_t points_hundredths = 0;
  Measure measure = Measure::kNone;
  int64_t full_at_percent = 100;
};
struct Group {
  std::string id;
  json::object name;
  int64_t points_hundredths = 0;
  std::vector<Component> components;
};
struct Definition {
  std::string valid_from, basis;
  json::object note;
  std::vector<Group> groups;
};
// The version in force on `on` ("2026-12-31"). kInternal "pack_invalid" with what is wrong; kNotFound "index_not_configured" when no
// version is old enough.
Result<Definition> ReadDefinition(const json::value& file, std::string_view on);

// Whether a dossier counts in the denominator of a measure of dossiers, and in its numerator.
enum class Part { kNotCounted, kCounted, kGood };
Part PartOf(Measure measure, CellSet cells, const dossiers::FactExtras& extras);
bool OfDossiers(Measure measure);
// "on_time" …, as in the definition.
const std::map<std::string, Measure, std::less<>>& Measures();

struct Ratio {
  int64_t numerator = 0, denominator = 0;
};
// Hundredths of a percent, rounded half up; denominator > 0.
int64_t RateOf(const Ratio& ratio);
// Hundredths of a point a component gets.
int64_t PointsOf(const Component& component, const Ratio& ratio);
// 9753 → "97.53"
std::string Hundredths(int64_t value);

}  // namespace tinhso::reports
