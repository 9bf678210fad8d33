// The person's judgement of how a dossier was handled: the questions, one rating, what reports read of it.
#include "satisfaction.h"

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "impl.h"
#include "transfer.h"
#include "kernel/notify/notify.h"
#include "store_facts.h"

namespace tinhso::dossiers {

namespace {

Error QuestionsWrong(const std::string& what) { return MakeError(ErrorCode::kInvalid, "pack_invalid", "satisfaction.yaml: " + what); }

Result<Question> ReadQuestion(const json::value& v) {
  if (!v.is_object()) return QuestionsWrong("questions");
  const json::object& in = v.as_object();
  Question out;
  out.id = json::GetText(in, "id");
  const json::value* overall = in.if_contains("overall");
  out.overall = overall != nullptr && overall->is_bool() && overall->as_bool();
  const json::value* title = in.if_contains("title");
  if (title != nullptr && title->is_object()) out.title = {json::GetText(title->as_object(), "vi"), json::GetText(title->as_object(), "en")};
  if (out.id.empty() || out.id == "score" || out.title.vi.empty() || out.title.en.empty()) return QuestionsWrong("question " + out.id);
  const json::value* levels = in.if_contains("levels");
  if (levels == nullptr || !levels->is_array() || levels->as_array().size() < 2 || levels->as_array().size() > kQuestionLevelsMax)
    return QuestionsWrong("question " + out.id + ": levels");
  for (const json::value& l : levels->as_array()) {
    if (!l.is_object()) return QuestionsWrong("question " + out.id + ": levels");
    QuestionLevel level{json::GetInt(l.as_object(), "value", -1), json::GetInt(l.as_object(), "score"),
                        {json::GetText(l.as_object(), "vi"), json::GetText(l.as_object(), "en")}};
    if (level.value < 0 || level.value > 10 || out.Level(level.value) != nullptr || level.title.vi.empty() || level.title.en.empty() ||
        (out.overall ? level.score < 1 || level.score > 5 : level.score != 0))
      return QuestionsWrong("question " + out.id + ": level " + level.title.vi);
    out.levels.push_back(std::move(level));
  }
  return out;
}

}  // namespace

const QuestionLevel* Question::Level(int64_t value) const {
  const auto it = std::find_if(levels.begin(), levels.end(), [&](const QuestionLevel& level) { return level.value == value; });
  return it == levels.end() ? nullptr : &*it;
}

const Question* QuestionSet::Find(std::string_view id) const {
  const auto it = std::find_if(questions.begin(), questions.end(), [&](const Question& q) { return q.id == id; });
  return it == questions.end() ? nullptr : &*it;
}

const Question& QuestionSet::Overall() const {
  return *std::find_if(questions.begin(), questions.end(), [](const Question& q) { return q.overall; });
}

Result<std::vector<QuestionSet>> ReadQuestionSets(const json::value& root) {
  const json::value* versions = root.is_object() ? root.as_object().if_contains("versions") : nullptr;
  if (versions == nullptr || !versions->is_array()) return QuestionsWrong("versions");
  std::vector<QuestionSet> sets;
  for (const json::value& v : versions->as_array()) {
    if (!v.is_object()) return QuestionsWrong("versions");
    QuestionSet set{json::GetText(v.as_object(), "valid_from"), json::GetText(v.as_object(), "basis"), {}};
    const json::value* questions = v.as_object().if_contains("questions");
    if (!ParseDate(set.valid_from).ok() || set.basis.empty() || questions == nullptr || !questions->is_array() ||
        questions->as_array().size() > kQuestionsMax)
      return QuestionsWrong("version " + set.valid_from);
    for (const json::value& q : questions->as_array()) {
      TINHSO_ASSIGN(Question question, ReadQuestion(q));
      if (set.Find(question.id) != nullptr) return QuestionsWrong("question " + question.id + " twice");
      set.questions.push_back(std::move(question));
    }
    if (std::count_if(set.questions.begin(), set.questions.end(), [](const Question& q) { return q.overall; }) != 1)
      return QuestionsWrong("version " + set.valid_from + ": one question is the overall one");
    sets.push_back(std::move(set));
  }
  std::sort(sets.begin(), sets.end(), [](const QuestionSet& a, const QuestionSet& b) { return a.valid_from < b.valid_from; });
  return sets;
}

const QuestionSet* QuestionsOn(const std::vector<QuestionSet>& sets, std::string_view day) {
  const QuestionSet* found = nullptr;
  for (const QuestionSet& set : sets)
    if (set.valid_from <= day) found = &set;
  return found;
}

Status Service::LoadQuestions(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream bytes;
  if (!in || !(bytes << in.rdbuf())) return QuestionsWrong(path);
  TINHSO_ASSIGN(const json::value root, packs::YamlToJson(bytes.str(), path));
  TINHSO_ASSIGN(impl_->question_sets, ReadQuestionSets(root));
  return Ok();
}

const std::vector<QuestionSet>& Service::QuestionSets() const { return impl_->question_sets; }

std::string Service::Questions() const {
  const QuestionSet* set = QuestionsOn(impl_->question_sets, FormatDate(LocalDate(impl_->deps.clock.NowUs())));
  json::Writer out(4096);
  out.BeginObject();
  if (set == nullptr) out.Null("valid_from");
  else out.Text("valid_from", set->valid_from);
  out.Text("basis", set == nullptr ? "" : set->basis).Array("questions");
  if (set != nullptr) {
    for (const Question& q : set->questions) {
      out.BeginObject().Text("question_id", q.id).Bool("overall", q.overall);
      WriteText(out, "title", q.title);
      out.Array("levels");
      for (const QuestionLevel& level : q.levels) {
        out.BeginObject().Int("value", level.value);
        WriteText(out, "title", level.title);
        out.EndObject();
      }
      out.EndArray().EndObject();
    }
  }
  return out.EndArray().EndObject().Take();
}

void Service::Impl::WriteRating(json::Writer& out, const store::Rating& rating) const {
  out.Object("rating").Int("score", rating.score).Text("comment", rating.comment).Text("rated_at", FormatTime(rating.rated_at_us));
  const QuestionSet* set = QuestionsOn(question_sets, rating.question_set);
  out.Array("answers");
  for (const auto& [id, value] : rating.answers) {
    const Question* q = set == nullptr ? nullptr : set->Find(id);
    const QuestionLevel* level = q == nullptr ? nullptr : q->Level(value);
    out.BeginObject().Text("question_id", id).Int("value", value);
    // A version taken out of the file leaves its answers without words, never without their values.
    const std::string number = std::to_string(value);
    WriteText(out, "title", q == nullptr ? workflow::Text{id, id} : q->title);
    WriteText(out, "level", level == nullptr ? workflow::Text{number, number} : level->title);
    out.EndObject();
  }
  out.EndArray().EndObject();
}

Result<store::Rating> Service::Impl::CheckRating(const RateParams& params, TimeUs now_us) const {
  store::Rating rating{params.score, params.comment, now_us, {}, {}};
  if (params.answers.empty()) return rating;
  const QuestionSet* set = QuestionsOn(question_sets, FormatDate(LocalDate(now_us)));
  std::vector<FieldError> errors;
  std::set<std::string> answered;
  for (const auto& [id, value] : params.answers) {
    const Question* q = set == nullptr ? nullptr : set->Find(id);
    const QuestionLevel* level = q == nullptr ? nullptr : q->Level(value);
    if (q == nullptr) errors.push_back({"/answers/" + id, "field_unknown", {}});
    else if (level == nullptr) errors.push_back({"/answers/" + id, "field_option_unknown", {}});
    else if (q->overall) rating.score = level->score;
    answered.insert(id);
  }
  if (set != nullptr && !answered.contains(set->Overall().id)) errors.push_back({"/answers/" + set->Overall().id, "field_required", {}});
  if (!errors.empty()) {
    Error error = MakeError(ErrorCode::kInvalid, "validation_failed");
    error.fields = std::move(errors);
    return error;
  }
  rating.question_set = set->valid_from;
  rating.answers = params.answers;
  return rating;
}

Result<std::string> Service::Rate(const RateParams& params, const http::Principal& who) {
  Impl& m = *impl_;
  TINHSO_ASSIGN(int64_t authority_id, m.AuthorityOfCode(params.dossier_code));
  const TimeUs now = m.deps.clock.NowUs();
  TINHSO_TRY(m.deps.router.For(authority_id).Write([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(store::Dossier d, m.FindVisible(tx, authority_id, params.dossier_code, who));
    if (m.ViewerOf(d, who) != Viewer::kApplicant) return MakeError(ErrorCode::kForbidden, "rating_by_applicant_only");
    TINHSO_ASSIGN(const store::Rating rating, m.CheckRating(params, now));
    if (!d.finished_at_us) return MakeError(ErrorCode::kConflict, "dossier_not_finished");
    TINHSO_ASSIGN(auto rated, store::GetRating(tx, KeyOf(d)));
    if (rated) return MakeError(ErrorCode::kConflict, "dossier_already_rated");
    TINHSO_ASSIGN(bool touched, store::TouchVersion(tx, KeyOf(d), d.version));
    if (!touched) return MakeError(ErrorCode::kConflict, "dossier_version_stale");
    TINHSO_TRY(store::InsertRating(tx, KeyOf(d), rating));
    audit::Event event = audit::By(who, "dossier.rated", "dossier", d.dossier_id, d.authority_id, now);
    event.person_id = d.person_id;
    event.data = {{"score", rating.score}};
    // Those who handled it learn what the person thought.
    TINHSO_ASSIGN(auto events, store::Events(tx, KeyOf(d)));
    for (const store::Event& e : events)
      if (!e.by_applicant && e.account_id != 0 && !IsConsulting(e.action) && !IsTransfer(e.action))
        TINHSO_TRY(notify::Add(tx, {e.account_id, "dossier.rated", d.dossier_code, "/can-bo/ho-so/" + d.dossier_code,
                                    "rated:" + std::to_string(d.dossier_id)},
                               now));
    return audit::Stage(tx, event);
  }));
  return Get(params.dossier_code, who);
}

Status Service::ForEachRated(int64_t authority_id, int64_t from_day, int64_t to_day, const std::function<void(const Rated&)>& visit) const {
  return impl_->deps.router.For(authority_id).Read([&](db::Tx& tx) { return store::ForEachRated(tx, authority_id, from_day, to_day, visit); });
}

}  // namespace tinhso::dossiers
