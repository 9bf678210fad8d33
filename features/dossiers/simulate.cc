#include "simulate.h"

#include <algorithm>
#include <mutex>
#include <queue>
#include <thread>

#include "base/text.h"
#include "demo_people.h"
#include "impl.h"

namespace tinhso::dossiers {

void SimulatedClock::SetHere(TimeUs now) {
  here_ = now;
  for (TimeUs seen = latest_.load(); now > seen && !latest_.compare_exchange_weak(seen, now);) {}
}

namespace {

constexpr size_t kOffersMax = 400;
constexpr int kActsMax = 40;  // of one dossier: a workflow that leads in circles ends here
constexpr int64_t kProgressEach = 500;
constexpr const char* kSmallPdf =
    "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n";

struct SimulatedOffer {
  std::shared_ptr<const Terms> terms;
  std::shared_ptr<const forms::Form> form;
  std::shared_ptr<const workflow::Workflow> flow;
};

// A dossier's life, or the moment it is filed.
struct Life {
  const SimulatedOffer* offer = nullptr;
  int64_t citizen = 0;
  bool online = true;
  bool slow = false;
  int acts = 0;
  std::string code;  // "" = not filed yet
};

struct Next {
  TimeUs at;
  size_t life;
  bool operator>(const Next& o) const { return at != o.at ? at > o.at : life > o.life; }
};

// One authority's dossiers: its own dice, so that what happens there does not depend on the threads.
struct Office {
  const orgs::Unit* authority;
  Dice dice;
  std::vector<const SimulatedOffer*> offers;
  std::vector<Life> lives;
  std::priority_queue<Next, std::vector<Next>, std::greater<>> agenda;
};

std::string TextAfter(const std::string& json, std::string_view key) {
  const size_t at = json.find(key);
  if (at == std::string::npos) return "";
  const size_t from = at + key.size();
  return json.substr(from, json.find('"', from) - from);
}

class Simulation {
 public:
  Simulation(Service& service, Service::Impl& impl, const SimulateParams& params)
      : service_(service), m_(impl), p_(params), units_(impl.deps.orgs.snapshot()), people_(*units_) {}

  Status Prepare() {
    TINHSO_TRY(FindOffers());
    Dice dice(p_.seed);
    for (int64_t n = 0; n < p_.citizens; ++n) persons_.push_back(people_.Make(dice));
    files_.resize(persons_.size());
    citizens_.resize(persons_.size());
    made_ = std::vector<std::once_flag>(persons_.size());
    for (const orgs::Unit& unit : units_->all()) {
      if (unit.unit_id != unit.authority_id || !unit.valid_to_on.empty()) continue;
      Office office{&unit, Dice(p_.seed * 1'000'003 + HashOf(unit.unit_code)), {}, {}, {}};
      for (const SimulatedOffer& offer : offers_)
        if (Competent(offer, unit)) office.offers.push_back(&offer);
      if (!office.offers.empty()) offices_.push_back(std::move(office));
    }
    if (offices_.empty()) return MakeError(ErrorCode::kConflict, "demo_needs_pack");
    // A few busy wards, many quiet communes.
    std::vector<int64_t> weights;
    int64_t sum = 0;
    for (size_t i = 0; i < offices_.size(); ++i) sum += weights.emplace_back(1 + dice.Below(9));
    int64_t given = 0, before = 0;
    for (size_t i = 0; i < offices_.size(); ++i) {
      before += weights[i];
      const int64_t until = p_.dossiers * before / sum;
      Fill(offices_[i], until - given);
      given = until;
    }
    return Ok();
  }

  SimulateReport Run() {
    // Each office stays on one thread; the fullest are dealt out first.
    std::vector<Office*> order;
    for (Office& office : offices_) order.push_back(&office);
    std::sort(order.begin(), order.end(), [](const Office* a, const Office* b) { return a->lives.size() > b->lives.size(); });
    const size_t threads = std::min(static_cast<size_t>(std::max(p_.threads, 1)), order.size());
    std::vector<std::thread> running;
    for (size_t t = 0; t < threads; ++t) {
      running.emplace_back([this, t, threads, &order] {
        std::vector<Office*> mine;
        for (size_t i = t; i < order.size(); i += threads) mine.push_back(order[i]);
        Work(mine);
        p_.clock->SetHere(0);
      });
    }
    for (std::thread& thread : running) thread.join();
    report_.open = report_.dossiers - report_.ended;
    return report_;
  }

  TimeUs end() const { return FromLocal(AddDays(p_.from, p_.days), 0); }

 private:
  Status FindOffers() {
    std::vector<std::string> codes;
    for (const packs::ProcedureConfig& config : m_.deps.library.Procedures()) codes.push_back(config.code);
    for (const char* level : {"commune", "province"}) {
      procedures::Query query;
      query.level = level;
      query.limit = procedures::kPageMax;
      do {
        TINHSO_ASSIGN(auto page, m_.deps.catalogue.Search(query));
        for (const procedures::Summary& summary : page.items) codes.push_back(summary.code);
        query.cursor = page.next_cursor;
      } while (!query.cursor.empty() && codes.size() < 2 * kOffersMax);
    }
    std::vector<std::string> taken;
    for (const std::string& code : codes) {
      if (taken.size() >= kOffersMax || std::find(taken.begin(), taken.end(), code) != taken.end()) continue;
      auto terms = m_.terms.Find(code);
      if (!terms.ok()) continue;
      SimulatedOffer offer{*terms, m_.deps.library.FindForm((*terms)->form_id, 0), m_.deps.library.FindWorkflow((*terms)->workflow_id, 0)};
      if (offer.form == nullptr || offer.flow == nullptr) continue;
      taken.push_back(code);
      offers_.push_back(std::move(offer));
    }
    return offers_.empty() ? Status(MakeError(ErrorCode::kConflict, "demo_needs_pack")) : Ok();
  }

  // As Check decides; a province's procedure without a unit of its own is spread over the departments.
  bool Competent(const SimulatedOffer& offer, const orgs::Unit& unit) const {
    if (offer.terms->level == "commune") return unit.kind == "commune";
    if (unit.kind == "commune") return false;
    if (const orgs::Unit* handling = offer.terms->handling.empty() ? nullptr : units_->ByCode(offer.terms->handling))
      return units_->ActingFor(handling->authority_id) == unit.unit_id;
    const auto departments = units_->OfKind("department");
    return !departments.empty() && departments[HashOf(offer.terms->code) % departments.size()]->unit_id == unit.unit_id;
  }

  void Fill(Office& office, int64_t count) {
    const calendar::Calendar& calendar = units_->CalendarOf(office.authority->unit_id);
    std::vector<TimeUs> times;
    for (int64_t i = 0; i < count; ++i) {
      const bool online = !office.dice.Once(3);
      Date day = AddDays(p_.from, office.dice.Below(p_.days));
      // The desk is closed at night and on days off; the web is not.
      if (!online && !calendar.IsWorkingDay(day)) day = calendar.NextWorkingDay(day);
      const TimeUs at = FromLocal(day, static_cast<int>(online ? office.dice.Below(1'440) : 450 + office.dice.Below(520))) + office.dice.Below(60 * kUsPerSecond);
      Life life;
      life.offer = office.offers[static_cast<size_t>(office.dice.Below(static_cast<int64_t>(office.offers.size())))];
      life.citizen = office.dice.Below(p_.citizens);
      life.online = online;
      life.slow = office.dice.Once(12);
      office.agenda.push({at, office.lives.size()});
      office.lives.push_back(std::move(life));
    }
  }

  void Work(const std::vector<Office*>& offices) {
    // In order of time over all the thread's offices, so that its clock never runs backwards.
    for (;;) {
      Office* first = nullptr;
      for (Office* office : offices)
        if (!office->agenda.empty() && (first == nullptr || office->agenda.top().at < first->agenda.top().at)) first = office;
      if (first == nullptr || first->agenda.top().at >= end()) return;
      const Next next = first->agenda.top();
      first->agenda.pop();
      p_.clock->SetHere(next.at);
      Life& life = first->lives[next.life];
      Status done = life.code.empty() ? File(*first, life) : Act(*first, life);
      if (!done.ok()) {
        Fail(life, done.error());
        continue;
      }
      Schedule(*first, next);
    }
  }

  // Who files, with a paper of his own to attach.
  Result<http::Principal> Citizen(int64_t n) {
    const size_t at = static_cast<size_t>(n);
    Status made = Ok();
    std::call_once(made_[at], [&] {
      auto who = p_.citizen(n, persons_[at]);
      if (!who.ok()) {
        made = who.error();
        return;
      }
      citizens_[at] = *who;
      auto file = m_.deps.files.Put(kSmallPdf, "giay-to.pdf", "application/pdf", who->account_id);
      if (file.ok()) files_[at] = file->file_id;
      else made = file.error();
    });
    TINHSO_TRY(std::move(made));
    if (files_[at] == 0) return MakeError(ErrorCode::kInternal, "demo_citizen_missing");
    return citizens_[at];
  }

  Status File(Office& office, Life& life) {
    TINHSO_ASSIGN(const http::Principal citizen, Citizen(life.citizen));
    const identity::Person& person = persons_[static_cast<size_t>(life.citizen)];
    SubmitParams params;
    params.procedure_code = life.offer->terms->code;
    params.unit_code = office.authority->unit_code;
    params.channel = life.online ? "online" : "counter";
    params.return_method = params.channel;
    params.declaration = true;
    params.answers = FillAnswers(*life.offer->form, person, people_, office.dice, LocalDate(p_.clock->NowUs()));
    for (const json::value& v : life.offer->terms->papers) {
      const json::object& wanted = v.as_object();
      const json::value* required = wanted.if_contains("required");
      if (required == nullptr || !required->is_bool() || !required->as_bool()) continue;
      const json::value* when = wanted.if_contains("when");
      if (when != nullptr && when->is_object() && !forms::Form::Holds(*when, params.answers)) continue;
      PaperInput paper;
      paper.paper_id = json::GetText(wanted, "id");
      if (life.online) paper.file_ids = {files_[static_cast<size_t>(life.citizen)]};
      else paper.originals = 1;
      params.papers.push_back(std::move(paper));
    }
    http::Principal filer = citizen;
    if (!life.online) {
      params.applicant = person;
      TINHSO_ASSIGN(filer, p_.officer(units_->DeskOf(office.authority->unit_id)->unit_id, "one_stop_officer"));
    }
    TINHSO_ASSIGN(const std::string answer, service_.Submit(params, filer));
    life.code = TextAfter(answer, "\"dossier_code\":\"");
    std::lock_guard lock(mutex_);
    ++report_.dossiers;
    if (p_.progress && report_.dossiers % kProgressEach == 0) p_.progress(report_.dossiers);
    return Ok();
  }

  Result<store::Dossier> Read(const Office& office, const Life& life) {
    const int64_t authority_id = office.authority->unit_id;
    TINHSO_ASSIGN(auto d, m_.deps.router.For(authority_id).Read([&](db::Tx& tx) { return store::FindByCode(tx, authority_id, life.code); }));
    if (!d) return MakeError(ErrorCode::kInternal, "dossier_missing", life.code);
    return std::move(*d);
  }

  // The way forward, with what happens on the way: refusals, requests for papers, withdrawals, stops, work sent back.
  const workflow::Transition* Choose(Office& office, const Life& life, const store::Dossier& d) {
    const int wanted = life.acts == 0 && office.dice.Once(30) ? 3
                       : office.dice.Once(80)                 ? 7
                       : office.dice.Once(200)                ? 8
                       : office.dice.Once(d.supplement_count == 0 ? 12 : 40) ? 5 : 0;
    const workflow::Transition* forward = nullptr;
    for (const workflow::Transition& t : life.offer->flow->transitions()) {
      if (std::find(t.from.begin(), t.from.end(), d.state) == t.from.end() || t.by == std::vector<std::string>{workflow::kSystem}) continue;
      if (t.to == workflow::kSame) continue;
      const workflow::State* to = life.offer->flow->FindState(t.to == workflow::kBack ? d.back_state : t.to);
      if (to == nullptr || to->id == d.state) continue;
      if (wanted != 0 && to->national_state == wanted) return &t;
      const int national = to->national_state;
      const bool aside = national == 3 || national == 5 || national == 6 || national == 7 || national == 8 || t.action == "return_for_rework";
      if (t.action == "return_for_rework" && office.dice.Once(50)) return &t;
      if (forward == nullptr && !aside) forward = &t;
    }
    return forward;
  }

  Status Act(Office& office, Life& life) {
    TINHSO_ASSIGN(const store::Dossier d, Read(office, life));
    const workflow::State* state = life.offer->flow->FindState(d.state);
    const workflow::Transition* t = state == nullptr || state->final ? nullptr : Choose(office, life, d);
    if (t == nullptr) {
      if (state != nullptr && state->final) return Rate(office, life, d);
      return MakeError(ErrorCode::kConflict, "demo_stuck", d.dossier_code + " " + d.state);
    }
    auto may = [&](const std::string& role) { return std::find(t->by.begin(), t->by.end(), role) != t->by.end(); };
    http::Principal who;
    if (may(workflow::kApplicant) && (life.online || !may("one_stop_officer"))) {
      TINHSO_ASSIGN(who, Citizen(life.citizen));
    } else {
      const std::string role = may(state->holder_role) ? state->holder_role : t->by.front() == workflow::kApplicant ? t->by.back() : t->by.front();
      int64_t unit_id = m_.HolderUnit(d, *state);
      if (role == "one_stop_officer" && role != state->holder_role) unit_id = d.desk_unit_id;
      if (role == "leader" && role != state->holder_role) unit_id = d.authority_id;
      TINHSO_ASSIGN(who, p_.officer(unit_id, role));
    }
    ActParams params;
    params.dossier_code = d.dossier_code;
    params.action = t->action;
    params.version_seen = d.version;
    if (t->Requires("reason")) params.reason = "Theo quy định của thủ tục";
    if (t->Requires("items")) params.items = {"Bản sao có chứng thực giấy tờ kèm theo"};
    if (t->Requires("result_text")) params.result_text = "Đủ điều kiện giải quyết theo quy định.";
    if (t->Requires("receiver_name")) params.receiver_name = d.applicant_name;
    if (t->Requires("note") || t->Requires("papers") || t->Requires("answers") || t->action == "supplement") params.note = "Đã thực hiện";
    TINHSO_TRY(service_.Act(params, who));
    ++life.acts;
    std::lock_guard lock(mutex_);
    ++report_.acts;
    return Ok();
  }

  Status Rate(Office& office, Life& life, const store::Dossier& d) {
    life.acts = kActsMax;
    if (!office.dice.Once(4)) return Ok();
    TINHSO_ASSIGN(const http::Principal citizen, Citizen(life.citizen));
    Service::RateParams params;
    params.dossier_code = d.dossier_code;
    params.score = office.dice.Once(15) ? 1 + office.dice.Below(2) : 3 + office.dice.Below(3);
    if (const QuestionSet* set = QuestionsOn(service_.QuestionSets(), FormatDate(LocalDate(p_.clock->NowUs()))))
      params.answers = MakeAnswers(*set, params.score > 2, office.dice);
    TINHSO_TRY(service_.Rate(params, citizen));
    std::lock_guard lock(mutex_);
    ++report_.ratings;
    return Ok();
  }

  // When somebody does something with it next: in working time, the applicant within days.
  void Schedule(Office& office, const Next& done) {
    Life& life = office.lives[done.life];
    if (life.acts >= kActsMax) return;
    auto d = Read(office, life);
    if (!d.ok()) return Fail(life, d.error());
    const workflow::State* state = life.offer->flow->FindState(d->state);
    if (state == nullptr) return;
    if (d->finished_at_us && *d->finished_at_us == done.at) {
      std::lock_guard lock(mutex_);
      ++report_.ended;
    }
    const calendar::Calendar& calendar = units_->CalendarOf(office.authority->unit_id);
    const int64_t limit_minutes = std::max<int64_t>(d->limit_value, 1) * 480;
    const int64_t minutes = state->final            ? 60 + office.dice.Below(2'000)
                            : life.acts == 0        ? 5 + office.dice.Below(300)
                            : state->holder_applicant ? 480 + office.dice.Below(4'800)
                                                      : 5 + office.dice.Below(limit_minutes / (life.slow ? 1 : 4) + 60);
    office.agenda.push({calendar.AddWorkingMinutes(done.at, minutes), done.life});
  }

  void Fail(const Life& life, const Error& error) {
    std::lock_guard lock(mutex_);
    ++report_.failed;
    if (report_.first_failure.empty()) {
      report_.first_failure = life.offer->terms->code + " " + life.code + ": " + error.reason + " " + error.detail;
      if (!error.fields.empty()) report_.first_failure += " " + error.fields[0].pointer + " " + error.fields[0].reason;
    }
  }

  static uint64_t HashOf(std::string_view text) {
    uint64_t hash = 1469598103934665603ULL;
    for (unsigned char c : text) hash = (hash ^ c) * 1099511628211ULL;
    return hash;
  }

  Service& service_;
  Service::Impl& m_;
  const SimulateParams& p_;
  const std::shared_ptr<const orgs::Snapshot> units_;
  const People people_;
  std::vector<SimulatedOffer> offers_;
  std::vector<Office> offices_;
  std::vector<identity::Person> persons_;
  std::vector<std::once_flag> made_;
  std::vector<http::Principal> citizens_;
  std::vector<int64_t> files_;
  std::mutex mutex_;
  SimulateReport report_;
};

}  // namespace

Result<SimulateReport> Service::Simulate(const SimulateParams& params) {
  Simulation simulation(*this, *impl_, params);
  TINHSO_TRY(simulation.Prepare());
  SimulateReport report = simulation.Run();
  params.clock->SetHere(simulation.end());
  if (params.progress) params.progress(report.dossiers);
  return report;
}

}  // namespace tinhso::dossiers
