// How long work took, by person and by procedure: a fold of the events of dossiers that were finished lately.
#include "impl.h"
#include "store_day.h"

namespace tinhso::dossiers {

Result<json::object> Service::WorkTimes(const http::Principal& who) {
  Impl& m = *impl_;
  struct Sum {
    std::string name;
    int64_t count = 0, minutes = 0;
  };
  std::map<int64_t, Sum> people;
  std::map<std::string, Sum> procedures;
  const auto units = m.deps.orgs.snapshot();
  const calendar::Calendar& calendar = units->CalendarOf(who.authority_id);
  const TimeUs now = m.deps.clock.NowUs();
  for (int64_t authority_id : units->ActsFor(who.authority_id)) {
    store::Worked before;
    int64_t worked = 0;  // of the present dossier, while the clock ran
    auto end = [&] {
      if (before.dossier_id == 0) return;
      Sum& sum = procedures[before.procedure_code];
      sum.name = before.procedure_name;
      ++sum.count;
      sum.minutes += worked;
    };
    TINHSO_TRY(m.deps.router.For(authority_id).Read([&](db::Tx& tx) {
      return store::ForEachWorked(tx, authority_id, FactDay(now) - (kWorkTimesDays - 1), [&](const store::Worked& e) {
        const bool begins = e.action == "take" || e.action == kTakeOver || e.action == kAssign;
        if (e.dossier_id != before.dossier_id) {
          end();
          worked = 0;
        } else if (!e.moved && !begins) {
          return;  // a new due day ends nobody's work
        } else if (before.national_state == 2 || before.national_state == 4) {
          // Received and not waiting for the applicant. What lies in the queue until somebody takes it is nobody's own time.
          const int64_t minutes = calendar.WorkingMinutesBetween(before.at_us, e.at_us);
          worked += minutes;
          if (!e.by_applicant && e.account_id != 0 && !begins) {
            Sum& sum = people[e.account_id];
            sum.name = e.actor_name;
            ++sum.count;
            sum.minutes += minutes;
          }
        }
        before = e;
      });
    }));
    end();
  }
  json::array by_person, by_procedure;
  for (const auto& [account_id, sum] : people)
    by_person.push_back(json::object{{"account_id", std::to_string(account_id)}, {"full_name", sum.name}, {"count", sum.count}, {"mean_minutes", sum.minutes / sum.count}});
  for (const auto& [code, sum] : procedures)
    by_procedure.push_back(json::object{{"procedure_code", code}, {"procedure_name", sum.name}, {"count", sum.count}, {"mean_minutes", sum.minutes / sum.count}});
  return json::object{{"days", kWorkTimesDays}, {"minutes_per_day", calendar.WorkingMinutesOn(calendar.NextWorkingDay(LocalDate(now)))},
                      {"people", std::move(by_person)}, {"procedures", std::move(by_procedure)}};
}

}  // namespace tinhso::dossiers
