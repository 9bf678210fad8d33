// Workflow::FromJson: states and transitions as data → the model, and the rules a workflow must keep so that no
// dossier can get stuck, lose its clock or reach a state nobody holds.
#include <algorithm>
#include <deque>
#include <set>

#include "model.h"

namespace tinhso::workflow {
namespace {

constexpr const char* kActions[] = {"accept",  "refuse",          "request_supplement", "supplement",    "take",
                                    "propose", "approve",         "return_for_rework",  "refer",         "answer_referral",
                                    "return_result", "withdraw",  "stop",               "extend",        "return_step",
                                    "send_outside",  "receive_outside", "request_fee",      "fee_paid"};
constexpr const char* kInputs[] = {"reason", "items", "note", "answers", "papers", "result_text", "receiver_name", "due_on",
                                   "agency"};
constexpr const char* kEffects[] = {"start_clock",  "pause_clock", "resume_clock",   "stop_clock", "issue_result",
                                    "assign_self",  "clear_assignee", "hand_over",   "count_supplement", "extend_due", "collect_fee"};
constexpr const char* kUnits[] = {"desk", "handling", "authority", "department"};

template <size_t N>
bool IsOneOf(const char* const (&words)[N], std::string_view word) {
  return std::any_of(std::begin(words), std::end(words), [&](const char* w) { return word == w; });
}

bool IsWord(std::string_view id, char joint) {
  if (id.empty() || id.size() > 64 || !(id[0] >= 'a' && id[0] <= 'z')) return false;
  return std::all_of(id.begin(), id.end(),
                     [&](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == joint; });
}

class WorkflowParser {
 public:
  WorkflowParser(Workflow::Impl& out, const std::function<bool(std::string_view)>& role_known)
      : out_(out), role_known_(role_known) {}

  std::vector<FieldError> Run() {
    const json::object& d = out_.definition;
    out_.id = json::GetText(d, "workflow");
    if (!IsWord(out_.id, '-')) Fail("/workflow", "id_malformed", out_.id);
    const int64_t version = json::GetInt(d, "version");
    if (version < 1 || version > 1'000'000) Fail("/version", "version_malformed");
    else out_.version = static_cast<int>(version);
    out_.title = ReadText(d, "", "title");
    const auto* states = d.if_contains("states");
    const auto* transitions = d.if_contains("transitions");
    if (!states || !states->is_array() || states->get_array().empty() || states->get_array().size() > kStatesMax) {
      Fail("/states", "states_missing");
      return std::move(errors_);
    }
    if (!transitions || !transitions->is_array() || transitions->get_array().empty() ||
        transitions->get_array().size() > kTransitionsMax) {
      Fail("/transitions", "transitions_missing");
      return std::move(errors_);
    }
    size_t i = 0;
    for (const auto& s : states->get_array()) ReadState(s, "/states/" + std::to_string(i++));
    i = 0;
    for (const auto& t : transitions->get_array()) ReadTransition(t, "/transitions/" + std::to_string(i++));
    const std::string initial = json::GetText(d, "initial");
    const int at = IndexOf(initial);
    if (at < 0) Fail("/initial", "state_unknown", initial);
    else out_.initial = static_cast<size_t>(at);
    // Rules about the graph say nothing useful about a graph that could not be read.
    if (errors_.empty()) CheckGraph();
    return std::move(errors_);
  }

 private:
  void Fail(std::string pointer, std::string reason, std::string detail = {}) {
    if (errors_.size() < kProblemsMax) errors_.push_back({std::move(pointer), std::move(reason), std::move(detail)});
  }

  int IndexOf(std::string_view id) const {
    for (size_t i = 0; i < out_.states.size(); ++i) {
      if (out_.states[i].id == id) return static_cast<int>(i);
    }
    return -1;
  }

  Text ReadText(const json::object& o, const std::string& pointer, const char* key) {
    Text text;
    const auto* v = o.if_contains(key);
    if (v && v->is_object()) text = {json::GetText(v->get_object(), "vi"), json::GetText(v->get_object(), "en")};
    if (text.vi.empty()) Fail(pointer + "/" + key, "text_vi_missing");
    return text;
  }

  // "word" or ["word", …]
  std::vector<std::string> ReadWords(const json::object& o, const std::string& pointer, const char* key) {
    std::vector<std::string> out;
    const auto* v = o.if_contains(key);
    if (!v) return out;
    if (v->is_string()) return {std::string(v->get_string())};
    if (!v->is_array()) return Fail(pointer + "/" + key, "not_a_list_of_words"), out;
    for (const auto& one : v->get_array()) {
      if (one.is_string()) out.emplace_back(one.get_string());
      else Fail(pointer + "/" + key, "not_a_list_of_words");
    }
    return out;
  }

  void ReadState(const json::value& v, const std::string& pointer) {
    State state;
    const auto* o = v.if_object();
    if (!o) return Fail(pointer, "not_an_object");
    state.id = json::GetText(*o, "id");
    if (!IsWord(state.id, '_')) Fail(pointer + "/id", "id_malformed", state.id);
    else if (IndexOf(state.id) >= 0) Fail(pointer + "/id", "id_repeated", state.id);
    state.title = ReadText(*o, pointer, "title");
    state.national_state = static_cast<int>(std::clamp<int64_t>(json::GetInt(*o, "national_state"), 0, 99));
    if (state.national_state < 1 || state.national_state > 10) Fail(pointer + "/national_state", "national_state_unknown");
    const std::string clock = json::GetText(*o, "clock");
    bool clock_known = false;
    for (auto c : {ClockState::kWaiting, ClockState::kRunning, ClockState::kPaused, ClockState::kStopped}) {
      if (clock != ClockStateName(c)) continue;
      state.clock = c;
      clock_known = true;
    }
    if (!clock_known) Fail(pointer + "/clock", "clock_unknown", clock);
    const auto* final = o->if_contains("final");
    if (final && !final->is_bool()) Fail(pointer + "/final", "not_a_yes_no");
    state.final = final && final->is_bool() && final->get_bool();
    if (state.final && clock_known && state.clock != ClockState::kStopped) Fail(pointer + "/clock", "final_clock_not_stopped", state.id);
    ReadHolder(*o, pointer, &state);
    ReadStepLimit(*o, pointer, &state);
    ReadConsult(*o, pointer, &state);
    out_.states.push_back(std::move(state));
  }

  void ReadHolder(const json::object& o, const std::string& pointer, State* state) {
    const auto* holder = o.if_contains("holder");
    if (!holder) {
      if (!state->final) Fail(pointer + "/holder", "holder_missing", state->id);
      return;
    }
    if (holder->is_string() && holder->get_string() == kApplicant) {
      state->holder_applicant = true;
      return;
    }
    const auto* h = holder->if_object();
    if (!h) return Fail(pointer + "/holder", "holder_malformed");
    state->holder_role = json::GetText(*h, "role");
    state->holder_unit = json::GetText(*h, "unit");
    if (!role_known_(state->holder_role)) Fail(pointer + "/holder/role", "role_unknown", state->holder_role);
    if (!IsOneOf(kUnits, state->holder_unit)) Fail(pointer + "/holder/unit", "holder_unit_unknown", state->holder_unit);
  }

  void ReadStepLimit(const json::object& o, const std::string& pointer, State* state) {
    const auto* v = o.if_contains("step_limit");
    if (!v) return;
    const auto* limit = v->if_object();
    auto unit = calendar::ParseUnit(limit ? json::GetText(*limit, "unit") : std::string());
    const int64_t value = limit ? json::GetInt(*limit, "value", -1) : -1;
    if (!unit.ok() || value < 0 || value > 3650) return Fail(pointer + "/step_limit", "time_limit_malformed");
    state->step_limit = calendar::TimeLimit{value, *unit};
  }

  void ReadConsult(const json::object& o, const std::string& pointer, State* state) {
    const auto* v = o.if_contains("consult");
    if (!v) return;
    const auto* c = v->if_object();
    const int64_t days = c ? json::GetInt(*c, "default_days") : 0, max = c ? json::GetInt(*c, "days_max") : 0;
    if (days < 1 || max < days || max > 365) return Fail(pointer + "/consult", "consult_malformed");
    // Whoever asks is an officer at work: the clock runs on.
    if (state->clock != ClockState::kRunning || state->holder_role.empty()) return Fail(pointer + "/consult", "consult_not_running", state->id);
    state->consult = State::Consult{static_cast<int>(days), static_cast<int>(max)};
  }

  void ReadTransition(const json::value& v, const std::string& pointer) {
    const auto* o = v.if_object();
    if (!o) return Fail(pointer, "not_an_object");
    Transition t;
    t.action = json::GetText(*o, "action");
    if (!IsOneOf(kActions, t.action)) Fail(pointer + "/action", "action_unknown", t.action);
    t.title = ReadText(*o, pointer, "title");
    t.from = ReadWords(*o, pointer, "from");
    t.to = json::GetText(*o, "to");
    t.by = ReadWords(*o, pointer, "by");
    t.requires_ = ReadWords(*o, pointer, "requires");
    t.effects = ReadWords(*o, pointer, "effects");
    if (t.from.empty()) Fail(pointer + "/from", "member_missing", "from");
    for (const auto& from : t.from) {
      if (IndexOf(from) < 0) Fail(pointer + "/from", "state_unknown", from);
    }
    if (t.to != kBack && t.to != kSame && IndexOf(t.to) < 0) Fail(pointer + "/to", "state_unknown", t.to);
    if (t.by.empty()) Fail(pointer + "/by", "member_missing", "by");
    for (const auto& by : t.by) {
      if (by != kApplicant && by != kSystem && !role_known_(by)) Fail(pointer + "/by", "role_unknown", by);
    }
    for (const auto& input : t.requires_) {
      if (!IsOneOf(kInputs, input)) Fail(pointer + "/requires", "input_unknown", input);
    }
    for (const auto& effect : t.effects) {
      if (!IsOneOf(kEffects, effect)) Fail(pointer + "/effects", "effect_unknown", effect);
    }
    for (const auto& from : t.from) {
      for (const auto& by : t.by) {
        if (!doors_.insert(from + "\n" + t.action + "\n" + by).second) Fail(pointer, "transition_repeated", t.action + " / " + from + " / " + by);
      }
    }
    out_.transitions.push_back(std::move(t));
  }

  void CheckGraph() {
    const auto& states = out_.states;
    const size_t n = states.size();
    std::vector<std::set<size_t>> next(n), before(n);
    for (const auto& t : out_.transitions) {
      if (t.to == kBack || t.to == kSame) continue;
      for (const auto& from : t.from) {
        next[Index(from)].insert(Index(t.to));
        before[Index(t.to)].insert(Index(from));
      }
    }
    std::vector<char> has_way_out(n, 0);
    size_t number = 0;
    for (const auto& t : out_.transitions) {
      const std::string pointer = "/transitions/" + std::to_string(number++);
      for (const auto& from : t.from) {
        if (t.to != kSame) has_way_out[Index(from)] = 1;
        if (states[Index(from)].final) Fail(pointer + "/from", "final_state_has_way_out", from);
        if (t.to == kBack && before[Index(from)].empty()) Fail(pointer + "/to", "back_without_before", from);
        // $back leads to any state this one is entered from.
        std::set<size_t> targets = t.to == kBack ? before[Index(from)] : std::set<size_t>{Index(t.to == kSame ? from : t.to)};
        for (size_t target : targets) CheckClock(t, states[Index(from)], states[target], pointer);
      }
    }
    std::vector<char> reached(n, 0);
    std::deque<size_t> queue{out_.initial};
    reached[out_.initial] = 1;
    while (!queue.empty()) {
      const size_t at = queue.front();
      queue.pop_front();
      for (size_t to : next[at]) {
        if (!reached[to]) reached[to] = 1, queue.push_back(to);
      }
    }
    bool any_final = false;
    for (size_t i = 0; i < n; ++i) {
      const std::string pointer = "/states/" + std::to_string(i);
      if (states[i].clock != LawfulClock(states[i].national_state)) Fail(pointer + "/clock", "clock_unlawful", states[i].id);
      if (!reached[i]) Fail(pointer, "state_unreachable", states[i].id);
      if (!states[i].final && !has_way_out[i]) Fail(pointer, "state_without_way_out", states[i].id);
      any_final = any_final || (states[i].final && reached[i]);
    }
    if (!any_final) Fail("/states", "no_final_state");
  }

  // A pause that is not recorded would steal or give working time. A paused dossier may be stopped for good.
  void CheckClock(const Transition& t, const State& from, const State& to, const std::string& pointer) {
    const bool enters = to.clock == ClockState::kPaused && from.clock != ClockState::kPaused;
    const bool leaves = from.clock == ClockState::kPaused && to.clock != ClockState::kPaused;
    // Before acceptance the clock has not started, so there is nothing to stop or start again:
    // the effects are still written and the dossier keeps "not started".
    if (enters && !t.Has("pause_clock")) Fail(pointer + "/effects", "pause_clock_missing", to.id);
    if (leaves && to.clock == ClockState::kStopped && !t.Has("stop_clock") && !t.Has("resume_clock")) Fail(pointer + "/effects", "stop_clock_missing", to.id);
    if (leaves && to.clock != ClockState::kStopped && !t.Has("resume_clock")) Fail(pointer + "/effects", "resume_clock_missing", to.id);
    if (from.clock == ClockState::kWaiting && to.clock == ClockState::kRunning && !t.Has("start_clock")) Fail(pointer + "/effects", "start_clock_missing", to.id);
    if (from.clock == ClockState::kRunning && to.clock == ClockState::kStopped && !t.Has("stop_clock")) Fail(pointer + "/effects", "stop_clock_missing", to.id);
    // A new day is given while the time runs: before there is none, afterwards it is too late.
    if (t.Has("extend_due") && (to.id != from.id || to.clock != ClockState::kRunning || !t.Requires("due_on") || !t.Requires("reason")))
      Fail(pointer + "/effects", "extend_due_malformed", from.id);
    if (t.Has("collect_fee") && to.national_state != 6) Fail(pointer + "/effects", "collect_fee_not_financial", to.id);
    if (t.Has("pause_clock") && to.clock != ClockState::kPaused) Fail(pointer + "/effects", "pause_clock_not_paused", to.id);
    if (t.Has("resume_clock") && from.clock != ClockState::kPaused) Fail(pointer + "/effects", "resume_clock_not_paused", from.id);
  }

  size_t Index(const std::string& id) const { return static_cast<size_t>(IndexOf(id)); }

  Workflow::Impl& out_;
  const std::function<bool(std::string_view)>& role_known_;
  std::set<std::string> doors_;
  std::vector<FieldError> errors_;
};

}  // namespace

Result<Workflow> Workflow::FromJson(const json::value& definition, const std::function<bool(std::string_view)>& role_known) {
  Error error = MakeError(ErrorCode::kInvalid, "workflow_invalid");
  if (!definition.is_object()) {
    error.fields.push_back({"", "not_an_object", {}});
    return error;
  }
  auto impl = std::make_shared<Impl>();
  impl->definition = definition.get_object();
  error.fields = WorkflowParser(*impl, role_known).Run();
  if (!error.fields.empty()) {
    error.detail = error.fields.front().pointer + " " + error.fields.front().reason;
    return error;
  }
  Workflow workflow;
  workflow.impl_ = std::move(impl);
  return workflow;
}

}  // namespace tinhso::workflow
