// People and answers for generated dossiers: invented, but such as a real office would see, and valid for their forms.
#pragma once
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "engines/forms/forms.h"
#include "features/dossiers/satisfaction.h"
#include "kernel/identity/identity.h"
#include "kernel/orgs/orgs.h"

namespace tinhso::dossiers {

// splitmix64: small, seedable, the same everywhere.
class Dice {
 public:
  explicit Dice(uint64_t seed) : state_(seed) {}
  uint64_t Next();
  int64_t Below(int64_t n) { return static_cast<int64_t>(Next() % static_cast<uint64_t>(n)); }
  bool Once(int64_t in) { return Below(in) == 0; }
  template <class T, size_t N>
  const T& Pick(const T (&list)[N]) {
    return list[Below(N)];
  }

 private:
  uint64_t state_;
};

// What somebody answers to the questions after a result: all or nearly all of them, the overall one always.
std::vector<std::pair<std::string, int64_t>> MakeAnswers(const QuestionSet& set, bool pleased, Dice& dice);

class People {
 public:
  explicit People(const orgs::Snapshot& units);
  // `sex` "male", "female" or "" for either. Adults of 20 to 75 years.
  identity::Person Make(Dice& dice, std::string_view sex = "") const;
  const std::vector<const orgs::Unit*>& communes() const { return communes_; }

 private:
  std::vector<const orgs::Unit*> communes_;
  std::string province_digits_;  // the first three of a personal number
};

std::string OfficerName(uint64_t seed);
// Answers that Form::Validate accepts, filed by `person` on `today`.
json::object FillAnswers(const forms::Form& form, const identity::Person& person, const People& people, Dice& dice, Date today);

}  // namespace tinhso::dossiers
