// Generated dossiers for the demo province, benchmarks and scale tests: the same each time, spread over communes, procedures,
// states and the two years before now. Written in batches straight to the store; numbers come from the real series.
#include <algorithm>
#include <future>

#include "base/ids.h"
#include "base/text.h"
#include "demo_people.h"
#include "engines/numbering/numbering.h"
#include "impl.h"
#include "store_facts.h"

namespace tinhso::dossiers {

namespace {

// Small enough that what a batch changes fits well into the writer's page cache: a full one is searched page by page.
constexpr size_t kBatch = 200;
constexpr int64_t kSpreadDays = 730;
constexpr int64_t kPeopleMax = 200'000;
constexpr int kStepsMax = 14;
// Of the newest dossiers, so many wait at the desks that somebody will try; never more than a tenth of all.
constexpr int64_t kWaitingAtDesks = 16;

struct Planned {
  store::Dossier d;
  std::vector<store::Event> events;
  std::optional<store::DossierResult> result;
  std::optional<store::Rating> rating;
  const identity::Person* person = nullptr;
  const workflow::Workflow* flow = nullptr;
  std::string answers, symbol;
};

// What can be filed, with what it runs on.
struct Offer {
  std::shared_ptr<const Terms> terms;
  std::shared_ptr<const forms::Form> form;
  std::shared_ptr<const workflow::Workflow> flow;
  const orgs::Unit* authority = nullptr;  // nullptr: any commune
};

bool LeadsFrom(const workflow::Transition& t, const std::string& state) {
  return std::find(t.from.begin(), t.from.end(), state) != t.from.end();
}

const char* const kComments[] = {"", "", "Cán bộ hướng dẫn tận tình.", "Nhanh gọn, đúng hẹn.", "Mong trả kết quả sớm hơn."};

// Plans one dossier after another; the dice decide, so a seed gives the same province each time.
class Planner {
 public:
  Planner(const Service::Impl& impl, std::vector<Offer> offers, const People& people, const std::vector<identity::Person>& pool,
          TimeUs now)
      : m_(impl), offers_(std::move(offers)), people_(people), pool_(pool), units_(impl.deps.orgs.snapshot()), now_(now) {}

  // Filed in order of time, as the daily series count upwards; more of them lately, as what is still open is recent.
  std::vector<TimeUs> Times(int64_t count) {
    const Date today = LocalDate(now_);
    std::vector<TimeUs> times;
    times.reserve(static_cast<size_t>(count));
    for (int64_t i = 0; i < count; ++i) {
      const int64_t r = dice_.Below(kSpreadDays * 4);
      int64_t days_ago = r < kSpreadDays * 3 ? r / 3 : (r - kSpreadDays * 3) % 20;
      const int64_t minute = 430 + dice_.Below(560), rest_us = dice_.Below(60 * kUsPerSecond);
      TimeUs at = FromLocal(AddDays(today, static_cast<int>(-days_ago)), static_cast<int>(minute)) + rest_us;
      if (at >= now_) at -= kUsPerDay;
      times.push_back(at);
    }
    std::sort(times.begin(), times.end());
    return times;
  }

  // `desk`: a commune where it was just filed and waits to be received; nullptr: anywhere, as far as it has come.
  Planned Plan(TimeUs at, const orgs::Unit* desk) {
    const Offer* rolled = nullptr;
    do {
      rolled = &offers_[static_cast<size_t>(dice_.Below(static_cast<int64_t>(offers_.size())))];
    } while (desk != nullptr && rolled->authority != nullptr);
    const Offer& offer = *rolled;
    Planned p;
    p.person = &pool_[static_cast<size_t>(dice_.Below(static_cast<int64_t>(pool_.size())))];
    p.flow = offer.flow.get();
    p.symbol = offer.terms->number_symbol.empty() ? "KQ" : offer.terms->number_symbol;
    Service::Impl::Checked checked;
    checked.terms = offer.terms;
    checked.units = units_;
    checked.form = offer.form;
    checked.flow = offer.flow;
    checked.applicant = *p.person;
    checked.authority = desk != nullptr ? desk : offer.authority;
    if (checked.authority == nullptr) {
      // A few busy wards, many quiet communes.
      const int64_t n = static_cast<int64_t>(people_.communes().size());
      checked.authority = people_.communes()[static_cast<size_t>(std::min(dice_.Below(n), dice_.Below(n)))];
    }
    SubmitParams params;
    params.channel = desk == nullptr && dice_.Once(3) ? "counter" : "online";
    params.return_method = params.channel;
    http::Principal nobody;
    p.d = m_.NewRow(checked, params, nobody, at);
    p.d.dossier_id = NewIdAt(at);
    p.d.person_id = p.person->person_id;
    p.answers = json::serialize(FillAnswers(*offer.form, *p.person, people_, dice_, LocalDate(at)));
    AddEvent(p, at, "submit", "", params.channel == "online");
    if (desk == nullptr) Walk(p, *checked.authority, at);
    return p;
  }

 private:
  // From filing through the workflow until it ends or now is reached.
  void Walk(Planned& p, const orgs::Unit& authority, TimeUs at) {
    const calendar::Calendar& calendar = units_->CalendarOf(p.d.authority_id);
    const int64_t limit_minutes = std::max<int64_t>(p.d.limit_value, 1) * 480;
    const int64_t pace = dice_.Once(12) ? 1 : 4;  // one in twelve is slow, and some of those are late
    TimeUs when = at;
    for (int step = 0; step < kStepsMax; ++step) {
      const workflow::State* from = p.flow->FindState(p.d.state);
      if (from == nullptr || from->final) break;
      const workflow::Transition* t = Choose(p, *from);
      if (t == nullptr) break;
      const int64_t minutes = step == 0 ? dice_.Below(300) : from->holder_applicant ? 480 + dice_.Below(4'800)
                                                              : dice_.Below(limit_minutes / pace + 60);
      when = calendar.AddWorkingMinutes(when, std::max<int64_t>(minutes, 5));
      if (when >= now_) break;
      const workflow::State* to = p.flow->FindState(t->to == workflow::kBack ? p.d.back_state : t->to);
      const std::string before = p.d.state;
      if (to == nullptr) break;
      auto advanced = m_.Advance(p.d, *from, *to, *t, 0, when);
      if (!advanced.ok()) break;
      ++p.d.version;
      AddEvent(p, when, t->action, before, from->holder_applicant || to->national_state == 7);
      p.events.back().step_due_on = advanced->step_due_on;
      p.events.back().breach = advanced->breach;
      if (t->Has("issue_result")) Decide(p, authority, when);
    }
    if (p.d.finished_at_us && dice_.Once(4)) {
      Service::RateParams given{"", 3 + dice_.Below(3), {}, dice_.Pick(kComments)};
      const QuestionSet* set = QuestionsOn(m_.question_sets, FormatDate(LocalDate(*p.d.finished_at_us)));
      if (set != nullptr) given.answers = MakeAnswers(*set, given.score > 3 || !dice_.Once(3), dice_);
      if (auto rating = m_.CheckRating(given, *p.d.finished_at_us); rating.ok()) p.rating = std::move(*rating);
      ++p.d.version;
    }
  }

  // The way forward, with what happens on the way: refusals at the desk, requests for more papers, withdrawals, stops.
  const workflow::Transition* Choose(const Planned& p, const workflow::State& from) {
    const bool at_desk = p.events.size() == 1;
    const int wanted = at_desk && dice_.Once(30) ? 3 : dice_.Once(80) ? 7 : dice_.Once(200) ? 8 : p.d.supplement_count == 0 && dice_.Once(12) ? 5 : 0;
    const workflow::Transition* forward = nullptr;
    for (const workflow::Transition& t : p.flow->transitions()) {
      if (!LeadsFrom(t, from.id)) continue;
      const workflow::State* to = p.flow->FindState(t.to == workflow::kBack ? p.d.back_state : t.to);
      if (to == nullptr || to->id == from.id) continue;
      const int national = to->national_state;
      if (wanted != 0 && national == wanted) return &t;
      const bool aside = national == 3 || national == 5 || national == 7 || national == 8 || t.action == "return_for_rework";
      if (forward == nullptr && (!aside || from.holder_applicant) && national != 7) forward = &t;
    }
    return forward;
  }

  void AddEvent(Planned& p, TimeUs when, const std::string& action, const std::string& from, bool by_applicant) {
    store::Event e;
    e.event_id = NewIdAt(when);
    e.at_us = when;
    e.action = action;
    e.from_state = from;
    e.to_state = p.d.state;
    e.national_state = p.d.national_state;
    e.by_applicant = by_applicant;
    e.due_on = p.d.due_on;
    if (by_applicant) {
      e.actor_name = p.person->full_name;
    } else {
      // The same few colleagues in each office.
      const workflow::State* held = p.flow->FindState(from.empty() ? p.d.state : from);
      const orgs::Unit* unit = units_->ById(held == nullptr ? 0 : m_.HolderUnit(p.d, *held));
      if (unit == nullptr) unit = units_->ById(p.d.authority_id);
      e.actor_name = OfficerName(static_cast<uint64_t>(unit->unit_id) * 3 + static_cast<uint64_t>(dice_.Below(3)));
      e.actor_position = "Công chức";
      e.actor_unit = unit->short_name;
    }
    if (action == "request_supplement") {
      e.reason = "Thành phần hồ sơ chưa đầy đủ";
      e.items = R"(["Bản sao có chứng thực giấy tờ kèm theo"])";
    } else if (p.d.national_state == 3) {
      e.reason = "Hồ sơ không thuộc thẩm quyền giải quyết";
    } else if (p.d.national_state == 7) {
      e.reason = "Tôi không còn nhu cầu";
    } else if (p.d.national_state == 8) {
      e.reason = "Người nộp không thực hiện yêu cầu trong thời hạn";
    }
    p.events.push_back(std::move(e));
  }

  void Decide(Planned& p, const orgs::Unit& authority, TimeUs when) {
    store::DossierResult result;
    result.verify_code = authority.unit_code + "-" + RandomCode(kVerifyCodeLength);
    result.issued_on = FormatDate(LocalDate(when));
    result.decided_by = OfficerName(static_cast<uint64_t>(authority.unit_id));
    result.decided_position = authority.kind == "commune" ? "Chủ tịch" : "Giám đốc";
    result.template_id = m_.terms.Find(p.d.procedure_code).ok() ? (*m_.terms.Find(p.d.procedure_code))->result_template : "result-general";
    result.result_text = "Đủ điều kiện giải quyết theo quy định.";
    p.result = std::move(result);
  }

  const Service::Impl& m_;
  const std::vector<Offer> offers_;
  const People& people_;
  const std::vector<identity::Person>& pool_;
  const std::shared_ptr<const orgs::Snapshot> units_;
  const TimeUs now_;
  Dice dice_{20250701};
};

Status StorePlanned(db::Tx& tx, const Service::Impl& m, const orgs::Snapshot& units, Planned p) {
  const orgs::Unit* authority = units.ById(p.d.authority_id);
  TINHSO_ASSIGN(p.d.dossier_code, numbering::NextDossierCode(tx, p.d.authority_id, authority->unit_code, LocalDate(p.d.submitted_at_us)));
  TINHSO_TRY(store::InsertDossier(tx, p.d, {p.answers, json::serialize(PersonJson(*p.person))}, FactsOf(p.d, p.events)));
  for (const store::Event& e : p.events) TINHSO_TRY(store::InsertEvent(tx, KeyOf(p.d), e));
  TINHSO_TRY(store::InsertPersonDossier(tx, p.d.person_id, KeyOf(p.d)));
  if (p.result) {
    auto issued = ParseDate(p.result->issued_on);
    TINHSO_ASSIGN(p.result->number, numbering::NextResultNumber(tx, p.d.authority_id, p.symbol, *issued));
    TINHSO_TRY(store::InsertResult(tx, KeyOf(p.d), *p.result));
  }
  if (p.rating) TINHSO_TRY(store::InsertRating(tx, KeyOf(p.d), *p.rating));
  return m.PutInbox(tx, p.d, *p.flow, Filing::kNew);
}

}  // namespace

Result<int64_t> Service::GenerateDemo(int64_t count, const std::function<void(int64_t)>& progress, const std::vector<int64_t>& desks) {
  Impl& m = *impl_;
  const auto units = m.deps.orgs.snapshot();
  const People people(*units);
  std::vector<Offer> offers;
  for (const packs::ProcedureConfig& config : m.deps.library.Procedures()) {
    TINHSO_ASSIGN(auto terms, m.terms.Find(config.code));
    if (!terms->parts.empty()) continue;  // its parts are offered by themselves
    Offer offer{terms, m.deps.library.FindForm(terms->form_id, 0), m.deps.library.FindWorkflow(terms->workflow_id, 0)};
    if (terms->level != "commune") {
      const orgs::Unit* handling = units->ByCode(terms->handling);
      offer.authority = handling == nullptr ? nullptr : units->ById(handling->authority_id);
      if (offer.authority == nullptr) continue;
    }
    if (offer.form != nullptr && offer.flow != nullptr) offers.push_back(std::move(offer));
  }
  std::vector<const orgs::Unit*> waiting_at;
  const bool communes_offered = std::any_of(offers.begin(), offers.end(), [](const Offer& offer) { return offer.authority == nullptr; });
  for (const int64_t id : desks) {
    const orgs::Unit* unit = units->ById(id);
    if (unit != nullptr && unit->kind == "commune" && communes_offered) waiting_at.push_back(unit);
  }
  if (people.communes().empty() || offers.empty()) return MakeError(ErrorCode::kConflict, "demo_needs_pack");

  // Persons file more than one dossier; a pool keeps "my dossiers" lists real.
  db::Database& database = m.deps.router.Shared();
  Dice dice(20250702);
  std::vector<identity::Person> pool;
  const size_t pool_size = static_cast<size_t>(std::clamp<int64_t>(count / 3, 1, kPeopleMax));
  for (size_t i = 0; i < pool_size; ++i) pool.push_back(people.Make(dice));
  for (size_t from = 0; from < pool_size; from += kBatch) {
    TINHSO_TRY(database.Write([&](db::Tx& tx) -> Status {
      for (size_t i = from; i < std::min(pool_size, from + kBatch); ++i) {
        TINHSO_ASSIGN(pool[i].person_id, m.deps.identity.FindOrCreatePerson(tx, pool[i]));
      }
      return Ok();
    }));
  }

  Planner planner(m, std::move(offers), people, pool, m.deps.clock.NowUs());
  const std::vector<TimeUs> times = planner.Times(count);
  const size_t waiting = waiting_at.empty() ? 0 : static_cast<size_t>(std::min(kWaitingAtDesks, count / 10));
  int64_t done = 0;
  // The next batch is planned while the last one is written.
  std::future<Status> written;
  for (size_t from = 0; from < times.size() || written.valid();) {
    auto batch = std::make_shared<std::vector<Planned>>();
    for (; from < times.size() && batch->size() < kBatch; ++from) {
      const bool waits = from + waiting >= times.size();
      batch->push_back(planner.Plan(times[from], waits ? waiting_at[from % waiting_at.size()] : nullptr));
    }
    if (written.valid()) {
      TINHSO_TRY(written.get());
      if (progress) progress(done);
    }
    if (batch->empty()) break;
    done += static_cast<int64_t>(batch->size());
    written = std::async(std::launch::async, [&database, &m, &units, batch] {
      return database.Write([&](db::Tx& tx) -> Status {
        for (const Planned& p : *batch) TINHSO_TRY(StorePlanned(tx, m, *units, p));
        return Ok();
      });
    });
  }
  return done;
}

}  // namespace tinhso::dossiers
