// The questions asked after the result (phiếu đánh giá, NĐ 61/2018/NĐ-CP): versions by their first day, from
// packs/_common/satisfaction.yaml. Thread rule: pure functions over values.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "engines/workflow/workflow.h"

namespace tinhso::dossiers {

inline constexpr size_t kQuestionsMax = 20;      // named limit "kQuestionsMax": of one version, and of the answers in one rating
inline constexpr size_t kQuestionLevelsMax = 7;  // of one question

struct QuestionLevel {
  int64_t value = 0;
  int64_t score = 0;  // 1–5, of the overall question only
  workflow::Text title;
};
struct Question {
  std::string id;
  bool overall = false;  // the one that must be answered; its level is the dossier's score
  workflow::Text title;
  std::vector<QuestionLevel> levels;
  const QuestionLevel* Level(int64_t value) const;
};
struct QuestionSet {
  std::string valid_from, basis;
  std::vector<Question> questions;
  const Question* Find(std::string_view id) const;
  const Question& Overall() const;
};

// By their day. kInvalid "pack_invalid" with what is wrong.
Result<std::vector<QuestionSet>> ReadQuestionSets(const json::value& root);
// nullptr when none is in force yet; the set of a stored answer is found by its own day.
const QuestionSet* QuestionsOn(const std::vector<QuestionSet>& sets, std::string_view day);

}  // namespace tinhso::dossiers
