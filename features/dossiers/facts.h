// What reports count of dossiers: facts without personal data, kept beside each dossier in the same transaction and provable from its
// events (ADR on reporting facts). Days are whole days of Viet Nam, counted since 1970-01-01.
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace tinhso::dossiers {

inline constexpr int64_t kNoDay = 9'999'999;  // not yet, or never

// The day of a moment in Viet Nam.
inline int64_t FactDay(TimeUs at_us) { return (at_us + kVietnamOffsetUs) / kUsPerDay; }

struct Fact {
  int64_t authority_id = 0, dossier_id = 0;
  std::string procedure_code;
  std::string channel;  // "online", "counter", "post"
  int64_t handling_unit_id = 0;
  int64_t filed_day = kNoDay;
  int64_t received_day = kNoDay;  // accepted: the legal clock began
  int64_t finished_day = kNoDay;
  int64_t returned_day = kNoDay;  // the result was handed over
  std::string outcome;            // "" while open; "settled", "refused", "withdrawn", "stopped"
  // The last standing while open, since when, and what was true then: "waiting" (not received), "running", "supplement", "financial".
  std::string standing = "waiting";
  int64_t standing_day = kNoDay, due_day = kNoDay, supplement_count = 0;
  bool operator==(const Fact&) const = default;
};

// An earlier standing: from standing_day until the day before until_day.
struct EarlierStanding {
  int64_t standing_day = 0, until_day = 0;
  std::string standing;
  int64_t due_day = kNoDay, supplement_count = 0;
  bool operator==(const EarlierStanding&) const = default;
};

// What only the index of service asks of a dossier.
struct FactExtras {
  bool has_result = false;        // an electronic result was issued
  bool has_files = false;         // a submitted paper has a file
  bool reused = false;            // a submitted paper was taken from an earlier dossier
  int64_t score = 0;              // 1–5; 0 = not rated
};

// A rated dossier; of its fact only which dossier it is, its procedure, its unit and its days.
struct Rated {
  Fact fact;
  int64_t score = 0;
  std::string question_set;  // "" when no questions were answered
  std::vector<std::pair<std::string, int64_t>> answers;  // question → value
};

}  // namespace tinhso::dossiers
