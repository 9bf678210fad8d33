// Generated dossiers for the demo province, benchmarks and scale tests: deterministic, spread over communes, procedures,
// states and the two years before now. Written in batches straight to the store; numbers come from the real series.
#include <algorithm>

#include "base/ids.h"
#include "base/text.h"
#include "engines/numbering/numbering.h"
#include "impl.h"

namespace tinhso::dossiers {

namespace {

constexpr int64_t kBatch = 200;
constexpr int64_t kSpreadDays = 730;

// splitmix64: small, seedable, the same everywhere.
class Dice {
 public:
  explicit Dice(uint64_t seed) : state_(seed) {}
  uint64_t Next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }
  int64_t Below(int64_t n) { return static_cast<int64_t>(Next() % static_cast<uint64_t>(n)); }

 private:
  uint64_t state_;
};

const char* const kSurnames[] = {"Nguyễn", "Trần", "Lê", "Phạm", "Huỳnh", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương", "Lý", "Trương", "Lâm", "Danh"};
const char* const kMale[] = {"Văn Hùng", "Minh Tâm", "Quốc Cường", "Hữu Nghĩa", "Thanh Sơn", "Văn Lợi", "Chí Hải", "Trung Kiên", "Nhật Nam", "Hoàng Phúc"};
const char* const kFemale[] = {"Thị Lan", "Thị Mỹ Hạnh", "Ngọc Diễm", "Thị Hồng", "Kim Ngân", "Thị Thu Thủy", "Bích Trâm", "Thị Út", "Như Ý", "Cẩm Tú"};

identity::Person MakePerson(Dice& dice, const std::vector<const orgs::Unit*>& communes) {
  identity::Person p;
  const bool female = dice.Below(2) == 1;
  const int year = 1950 + static_cast<int>(dice.Below(55));
  p.full_name = std::string(kSurnames[dice.Below(std::size(kSurnames))]) + " " +
                (female ? kFemale[dice.Below(std::size(kFemale))] : kMale[dice.Below(std::size(kMale))]);
  p.sex = female ? "female" : "male";
  p.birth_on = FormatDate({year, 1 + static_cast<int>(dice.Below(12)), 1 + static_cast<int>(dice.Below(28))});
  const int g = (year >= 2000 ? 2 : 0) + (female ? 1 : 0);
  char number[16];
  std::snprintf(number, sizeof number, "096%d%02d%06d", g, year % 100, static_cast<int>(dice.Below(1'000'000)));
  p.personal_no = number;
  char phone[16];
  std::snprintf(phone, sizeof phone, "09%08d", static_cast<int>(dice.Below(100'000'000)));
  p.phone = phone;
  const orgs::Unit* commune = communes[static_cast<size_t>(dice.Below(static_cast<int64_t>(communes.size())))];
  p.area_code = commune->area_code;
  p.address = "Số " + std::to_string(1 + dice.Below(300)) + ", " + commune->short_name;
  return p;
}

std::string Word(const json::object& field, std::string_view key) { return json::GetText(field, key); }

json::value FillField(const json::object& field, const identity::Person& person, Dice& dice, Date today) {
  const std::string type = Word(field, "type");
  const std::string prefill = Word(field, "prefill");
  if (prefill == "person.full_name") return json::value(person.full_name);
  if (prefill == "person.personal_no") return json::value(person.personal_no);
  if (prefill == "person.birth_on") return json::value(person.birth_on);
  if (prefill == "person.sex") return json::value(person.sex);
  if (prefill == "person.phone") return json::value(person.phone);
  if (type == "number" || type == "money") return json::value(std::max<int64_t>(json::GetInt(field, "min", 1), 1));
  if (type == "date") {
    const json::value* future = field.if_contains("future");
    const bool later = future != nullptr && future->is_bool() && future->as_bool();
    return json::value(FormatDate(AddDays(today, later ? 30 : -30)));
  }
  if (type == "choice" || type == "choices") {
    const json::value* options = field.if_contains("options");
    if (options == nullptr || !options->is_array() || options->as_array().empty()) return nullptr;
    const auto& list = options->as_array();
    const json::value& option = list[static_cast<size_t>(dice.Below(static_cast<int64_t>(list.size())))];
    json::value chosen = option.is_object() ? json::value(json::GetText(option.as_object(), "value")) : option;
    return type == "choices" ? json::value(json::array{chosen}) : chosen;
  }
  if (type == "yes_no") return json::value(dice.Below(2) == 1);
  if (type == "personal_no") return json::value(person.personal_no);
  if (type == "phone") return json::value(person.phone);
  if (type == "email") return json::value("dan@example.vn");
  if (type == "address") return json::object{{"area_code", person.area_code}, {"detail", "Ấp " + std::to_string(1 + dice.Below(9))}};
  if (type == "person")
    return json::object{{"full_name", person.full_name}, {"personal_no", person.personal_no}, {"birth_on", person.birth_on}, {"sex", person.sex}};
  if (type == "text" || type == "textarea") return json::value(person.full_name);
  return nullptr;
}

json::object FillAnswers(const forms::Form& form, const identity::Person& person, Dice& dice, Date today) {
  json::object answers;
  const json::value* groups = form.definition().if_contains("groups");
  if (groups == nullptr || !groups->is_array()) return answers;
  for (const json::value& group : groups->as_array()) {
    const json::value* fields = group.is_object() ? group.as_object().if_contains("fields") : nullptr;
    if (fields == nullptr || !fields->is_array()) continue;
    for (const json::value& v : fields->as_array()) {
      const json::object& field = v.as_object();
      const json::value* when = field.if_contains("when");
      if (when != nullptr && when->is_object() && !forms::Form::Holds(*when, answers)) continue;
      json::value value = FillField(field, person, dice, today);
      if (!value.is_null()) answers[Word(field, "id")] = std::move(value);
    }
  }
  return answers;
}

struct Planned {
  store::Dossier d;
  std::vector<store::Event> events;
  std::optional<store::DossierResult> result;
  identity::Person person;
  std::string answers, symbol;
  bool rated = false;
};

}  // namespace

Result<int64_t> Service::GenerateDemo(int64_t count, const std::function<void(int64_t)>& progress) {
  Impl& m = *impl_;
  const auto units = m.deps.orgs.snapshot();
  const auto communes = units->OfKind("commune");
  const auto configured = m.deps.library.Procedures();
  if (communes.empty() || configured.empty()) return MakeError(ErrorCode::kConflict, "demo_needs_pack");
  const TimeUs now = m.deps.clock.NowUs();
  const Date today = LocalDate(now);
  db::Database& database = m.deps.router.Shared();

  Dice dice(20250701);
  // Persons file more than one dossier; a pool keeps "my dossiers" lists real.
  std::vector<identity::Person> pool;
  const int64_t pool_size = std::clamp<int64_t>(count / 3, 1, 20'000);
  for (int64_t i = 0; i < pool_size; ++i) pool.push_back(MakePerson(dice, communes));
  for (int64_t from = 0; from < pool_size; from += kBatch) {
    TINHSO_TRY(database.Write([&](db::Tx& tx) -> Status {
      for (int64_t i = from; i < std::min(pool_size, from + kBatch); ++i) {
        identity::Person& person = pool[static_cast<size_t>(i)];
        TINHSO_ASSIGN(person.person_id, m.deps.identity.FindOrCreatePerson(tx, person));
      }
      return Ok();
    }));
  }

  // Filed in order of time, as the daily series count upwards.
  std::vector<TimeUs> times;
  for (int64_t i = 0; i < count; ++i) {
    // More of them lately: what is still open is recent.
    const int64_t r = dice.Below(kSpreadDays * 4);
    const int64_t days_ago = r < kSpreadDays * 3 ? r / 3 : (r - kSpreadDays * 3) % 20;
    times.push_back(FromLocal(AddDays(today, -days_ago), 430 + static_cast<int>(dice.Below(560))) + dice.Below(60'000'000));
  }
  std::sort(times.begin(), times.end());
  std::erase_if(times, [&](TimeUs t) { return t >= now; });

  auto plan = [&](TimeUs at) -> std::optional<Planned> {
    Planned p;
    const packs::ProcedureConfig& config = configured[static_cast<size_t>(dice.Below(static_cast<int64_t>(configured.size())))];
    auto terms = FindTerms(m.deps.library, m.deps.catalogue, config.code);
    if (!terms.ok()) return std::nullopt;
    Impl::Checked checked;
    checked.terms = *terms;
    checked.units = units;
    checked.form = m.deps.library.FindForm(terms->form_id, 0);
    checked.flow = m.deps.library.FindWorkflow(terms->workflow_id, 0);
    if (checked.form == nullptr || checked.flow == nullptr) return std::nullopt;
    // A few busy wards, many quiet communes.
    const int64_t pick = std::min(dice.Below(static_cast<int64_t>(communes.size())), dice.Below(static_cast<int64_t>(communes.size())));
    checked.authority = communes[static_cast<size_t>(pick)];
    if (terms->level != "commune") {
      const orgs::Unit* handling = units->ByCode(terms->handling);
      if (handling == nullptr) return std::nullopt;
      checked.authority = units->ById(handling->authority_id);
    }
    if (checked.authority == nullptr) return std::nullopt;
    p.person = pool[static_cast<size_t>(dice.Below(pool_size))];
    checked.applicant = p.person;
    SubmitParams params;
    params.channel = dice.Below(3) == 0 ? "counter" : "online";
    http::Principal system;
    p.d = m.NewRow(checked, params, system, at);
    p.d.dossier_id = NewIdAt(at);
    p.symbol = terms->number_symbol.empty() ? "KQ" : terms->number_symbol;
    p.answers = json::serialize(FillAnswers(*checked.form, p.person, dice, LocalDate(at)));

    auto add_event = [&](TimeUs when, const std::string& action, const std::string& from, const store::Dossier& d, const char* name) {
      store::Event e;
      e.event_id = NewIdAt(when);
      e.at_us = when;
      e.action = action;
      e.from_state = from;
      e.to_state = d.state;
      e.national_state = d.national_state;
      e.actor_name = name;
      e.by_applicant = action == "submit" && d.channel == "online";
      e.due_on = d.due_on;
      p.events.push_back(e);
    };
    add_event(at, "submit", "", p.d, p.person.full_name.c_str());
    const calendar::Calendar& calendar = units->CalendarOf(p.d.authority_id);
    TimeUs when = at;
    const int64_t total = std::max<int64_t>(p.d.limit_value, 1);
    const bool slow = dice.Below(12) == 0;
    for (int step = 0; step < 12; ++step) {
      const workflow::State* state = checked.flow->FindState(p.d.state);
      if (state == nullptr || state->final) break;
      // The forward transition, sometimes a refusal at the desk.
      const workflow::Transition* next = nullptr;
      for (const workflow::Transition& t : checked.flow->transitions()) {
        if (std::find(t.from.begin(), t.from.end(), state->id) == t.from.end() || t.to == "$back") continue;
        const workflow::State* to = checked.flow->FindState(t.to);
        if (to == nullptr || to->clock == workflow::ClockState::kPaused || to->id == state->id) continue;
        const bool refusal = to->national_state == 3;
        if (to->national_state == 7 || to->national_state == 8 || t.action == "return_for_rework") continue;
        if (refusal != (step == 0 && dice.Below(30) == 0)) continue;
        next = &t;
        break;
      }
      if (next == nullptr) break;
      const int64_t minutes = step == 0 ? dice.Below(300) : dice.Below(total * 480 / (slow ? 1 : 4) + 60);
      when = calendar.AddWorkingMinutes(when, std::max<int64_t>(minutes, 5));
      if (when >= now) break;
      const workflow::State* to = checked.flow->FindState(next->to);
      const std::string from = p.d.state;
      p.d.state = to->id;
      p.d.national_state = to->national_state;
      p.d.clock = workflow::ClockStateName(to->clock);
      p.d.held_since_us = when;
      ++p.d.version;
      if (to->holder_unit == "department")
        if (const orgs::Unit* department = units->ById(p.d.department_unit_id)) p.d.department_authority_id = department->authority_id;
      if (next->Has("start_clock")) {
        p.d.received_at_us = when;
        m.Recompute(p.d);
      }
      if (to->clock == workflow::ClockState::kStopped && !p.d.finished_at_us) p.d.finished_at_us = when;
      add_event(when, next->action, from, p.d, "Cán bộ xử lý");
      if (next->Has("issue_result")) {
        store::DossierResult result;
        result.verify_code = checked.authority->unit_code + "-" + RandomCode(14);
        result.issued_on = FormatDate(LocalDate(when));
        result.decided_by = "Lãnh đạo đơn vị";
        result.decided_position = "Chủ tịch";
        result.template_id = terms->result_template;
        p.result = result;
      }
    }
    p.rated = p.d.finished_at_us.has_value() && dice.Below(4) == 0;
    return p;
  };

  int64_t done = 0;
  for (size_t from = 0; from < times.size(); from += kBatch) {
    std::vector<Planned> batch;
    for (size_t i = from; i < std::min(times.size(), from + kBatch); ++i)
      if (auto p = plan(times[i])) batch.push_back(std::move(*p));
    TINHSO_TRY(database.Write([&](db::Tx& tx) -> Status {
      for (Planned p : batch) {
        const orgs::Unit* authority = units->ById(p.d.authority_id);
        TINHSO_ASSIGN(p.d.dossier_code, numbering::NextDossierCode(tx, p.d.authority_id, authority->unit_code, LocalDate(p.d.submitted_at_us)));
        const json::object applicant{{"full_name", p.person.full_name}, {"personal_no", p.person.personal_no}, {"birth_on", p.person.birth_on},
                                     {"sex", p.person.sex}, {"phone", p.person.phone}, {"address", p.person.address}};
        TINHSO_TRY(store::InsertDossier(tx, p.d, {p.answers, json::serialize(applicant)}));
        for (const store::Event& e : p.events) TINHSO_TRY(store::InsertEvent(tx, KeyOf(p.d), e));
        TINHSO_TRY(store::InsertPersonDossier(tx, p.d.person_id, KeyOf(p.d)));
        if (p.result) {
          TINHSO_ASSIGN(p.result->number, numbering::NextResultNumber(tx, p.d.authority_id, p.symbol, LocalDate(p.events.back().at_us)));
          TINHSO_TRY(store::InsertResult(tx, KeyOf(p.d), *p.result));
        }
        if (p.rated) TINHSO_TRY(store::InsertRating(tx, KeyOf(p.d), {4 + (p.d.dossier_id & 1), "", *p.d.finished_at_us}));
        if (!p.d.finished_at_us || p.d.national_state == 9)
          if (auto flow = m.FlowOf(p.d)) TINHSO_TRY(m.PutInbox(tx, p.d, *flow, p.d.held_since_us));
      }
      return Ok();
    }));
    done += static_cast<int64_t>(batch.size());
    if (progress) progress(done);
  }
  return done;
}

}  // namespace tinhso::dossiers
