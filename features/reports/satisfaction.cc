// What people answered after the result (phiếu đánh giá, NĐ 61/2018/NĐ-CP): per question and level, over dossiers that ended in the period.
#include <unordered_set>

#include "features/dossiers/satisfaction.h"
#include "impl.h"

namespace tinhso::reports {

using dossiers::Question;
using dossiers::QuestionSet;
using dossiers::Rated;

namespace {

constexpr int64_t kTopScore = 5;
constexpr const char* kScoreQuestion = "score";  // asked of the list: the one score of every rating

struct Answered {
  int64_t rated = 0, with_answers = 0;
  std::array<int64_t, kTopScore + 1> scores{};
  // version of the questions → question → value → dossiers
  std::map<std::string, std::map<std::string, std::map<int64_t, int64_t>>> answers;
  void Add(const Rated& one) {
    ++rated;
    if (one.score >= 1 && one.score <= kTopScore) ++scores[static_cast<size_t>(one.score)];
    if (!one.answers.empty()) ++with_answers;
    for (const auto& [question, value] : one.answers) ++answers[one.question_set][question][value];
  }
};

void WriteScores(json::Writer& out, const Answered& counted, int64_t finished) {
  out.Object("figures").Int("finished", finished).Int("rated", counted.rated).Int("with_answers", counted.with_answers).Array("scores");
  int64_t pleased = 0;
  for (int64_t score = kTopScore; score >= 1; --score) {
    const int64_t dossiers = counted.scores[static_cast<size_t>(score)];
    out.BeginObject().Int("score", score).Int("dossiers", dossiers).EndObject();
    if (score > 2) pleased += dossiers;  // as index 766 counts: not marked 1 or 2
  }
  out.EndArray();
  if (counted.rated == 0) out.Null("pleased_rate");
  else out.Raw("pleased_rate", Hundredths(RateOf({pleased, counted.rated})));
  out.EndObject();
}

void WriteQuestion(json::Writer& out, const Question& q, const std::map<int64_t, int64_t>& of) {
  out.BeginObject().Text("question_id", q.id).Bool("overall", q.overall);
  out.Object("title").Text("vi", q.title.vi).Text("en", q.title.en).EndObject();
  int64_t answered = 0, sum = 0, best = 0;
  out.Array("levels");
  for (const dossiers::QuestionLevel& level : q.levels) {
    const auto found = of.find(level.value);
    const int64_t dossiers = found == of.end() ? 0 : found->second;
    answered += dossiers;
    sum += dossiers * level.value;
    best = std::max(best, level.value);
    out.BeginObject().Int("value", level.value).Object("title").Text("vi", level.title.vi).Text("en", level.title.en).EndObject();
    out.Int("dossiers", dossiers).EndObject();
  }
  out.EndArray().Int("answered", answered).Int("points_max", best);
  // Mean points of those who answered, two decimals.
  if (answered == 0) out.Null("points");
  else out.Raw("points", Hundredths((sum * 200 + answered) / (2 * answered)));
  out.EndObject();
}

}  // namespace

Result<std::string> Service::Impl::Satisfaction(const Asked& asked) const {
  TINHSO_ASSIGN(const OneStop report, Tally(asked));
  Answered total;
  std::map<int64_t, Answered> by_unit;
  for (const orgs::Unit* authority : asked.authorities) {
    TINHSO_TRY(deps.dossiers.ForEachRated(authority->unit_id, asked.until.from_day, asked.until.to_day, [&](const Rated& one) {
      if (!asked.Counts(one.fact)) return;
      total.Add(one);
      by_unit[asked.RowUnit(one.fact)].Add(one);
    }));
  }
  json::Writer out(16 * 1024);
  out.BeginObject();
  WriteHead(out, asked, deps.clock.NowUs());
  WriteScores(out, total, report.total.Finished());
  // Each version of the questions by itself: other words are another question.
  out.Array("versions");
  for (const QuestionSet& set : deps.dossiers.QuestionSets()) {
    const auto answers = total.answers.find(set.valid_from);
    if (answers == total.answers.end()) continue;
    out.BeginObject().Text("valid_from", set.valid_from).Text("basis", set.basis).Array("questions");
    for (const Question& q : set.questions) WriteQuestion(out, q, answers->second[q.id]);
    out.EndArray().EndObject();
  }
  out.EndArray().Array("by_unit");
  for (const orgs::Unit* unit : RowsInOrder(*asked.units, report)) {
    const int64_t finished = report.by_unit.at(unit->unit_id).Finished();
    if (finished == 0) continue;
    out.BeginObject();
    WriteUnit(out, *asked.units, unit->unit_id);
    WriteScores(out, by_unit[unit->unit_id], finished);
    out.EndObject();
  }
  return out.EndArray().EndObject().Take();
}

Result<http::Response> Service::Impl::ListSatisfactionDossiers(const http::Request& request) const {
  TINHSO_ASSIGN(const Asked asked, ReadAsked(request));
  const std::string question(request.Query("question")), version(request.Query("version"));
  if (question.empty()) return FieldInvalid("?question", "field_required");
  TINHSO_ASSIGN(const int64_t value, request.QueryInt("value", 0, 10, -1));
  if (value < 0) return FieldInvalid("?value", "field_required");
  TINHSO_TRY(CheckReach(asked, *request.principal));
  std::unordered_set<int64_t> behind;
  for (const orgs::Unit* authority : asked.authorities) {
    if (asked.units->ActingFor(authority->unit_id) != request.principal->authority_id) continue;  // only one's own are opened
    TINHSO_TRY(deps.dossiers.ForEachRated(authority->unit_id, asked.until.from_day, asked.until.to_day, [&](const Rated& one) {
      bool chosen = question == kScoreQuestion && one.score == value;
      for (const auto& [id, given] : one.answers) chosen = chosen || (id == question && given == value && one.question_set == version);
      if (chosen) behind.insert(one.fact.dossier_id);
    }));
  }
  TINHSO_ASSIGN(auto params, ReadMatch(request, asked, ~CellSet{0}));
  params.match = [&, narrowed = params.match](const dossiers::Fact& f, const auto& extras) { return behind.contains(f.dossier_id) && narrowed(f, extras); };
  TINHSO_ASSIGN(std::string list, deps.dossiers.ListMatching(params, *request.principal));
  return http::Response::Bytes(std::move(list), "application/json");
}

void Service::Impl::AddSatisfactionRoutes(std::vector<http::Route>& routes) {
  routes.push_back({"GET", "/api/v1/reports/satisfaction", "reports.read", "", http::BodyKind::kNone, [this](http::Request& r) -> Result<http::Response> {
                      TINHSO_ASSIGN(const Asked asked, ReadAsked(r));
                      TINHSO_ASSIGN(std::string figures, Satisfaction(asked));
                      return http::Response::Bytes(std::move(figures), "application/json");
                    }});
  routes.push_back({"GET", "/api/v1/reports/satisfaction/dossiers", "dossier.read", "", http::BodyKind::kNone,
                    [this](http::Request& r) { return ListSatisfactionDossiers(r); }});
}

}  // namespace tinhso::reports
