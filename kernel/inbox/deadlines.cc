// Notices of deadlines: the colours of the list, told to those who are not looking at it.
#include <algorithm>
#include <set>

#include "kernel/inbox/inbox.h"
#include "kernel/notify/notify.h"
#include "store.h"

namespace tinhso::inbox {
namespace {

constexpr int64_t kItemsMax = 1000;
constexpr int64_t kAheadUs = 15 * kUsPerDay;        // no calendar calls a later day "soon"
constexpr int64_t kLateToldUs = 2 * kUsPerDay;      // older ones were late before anybody asked to be told
constexpr int kSoon = 1, kLate = 2;

enum class Of { kWork, kStep };

Status Tell(db::Tx& tx, const Item& item, Of of, int warned, identity::Service& identity, TimeUs now_us) {
  std::set<int64_t> accounts;
  auto add = [&](int64_t unit_id, std::string_view role) -> Status {
    TINHSO_ASSIGN(auto some, identity.AccountsWith(tx, unit_id, role));
    accounts.insert(some.begin(), some.end());
    return Ok();
  };
  if (item.assignee_account_id != 0) {
    TINHSO_ASSIGN(auto some, identity.WithStandIns(tx, item.assignee_account_id, item.unit_id, item.role));
    accounts.insert(some.begin(), some.end());
  }
  else TINHSO_TRY(add(item.unit_id, item.role));
  if (warned == kLate) {
    TINHSO_TRY(add(item.unit_id, "leader"));
    TINHSO_TRY(add(item.authority_id, "leader"));
  }
  const std::string what = std::string(of == Of::kStep ? "step_" : "") + (warned == kLate ? "overdue" : "due_soon");
  const std::string key = what + ":" + std::to_string(item.subject_id) + ":" +
                          std::to_string(of == Of::kStep ? item.step_due_at_us : item.due_at_us);
  const std::string link = item.subject_kind == "dossier"        ? "/can-bo/ho-so/" + item.subject_code
                           : item.subject_kind == "consultation" ? "/can-bo/y-kien/" + item.subject_code + "/" + std::to_string(item.subject_id)
                                                                 : "/can-bo";
  for (int64_t account_id : accounts)
    TINHSO_TRY(notify::Add(tx, {account_id, item.subject_kind + "." + what, item.subject_code, link, key}, now_us));
  return Ok();
}

// A working day before a step ends, or at half of a shorter one: nobody is told of an hour's step the moment he gets it.
TimeUs StepSoonAt(const calendar::Calendar& calendar, const Item& item) {
  const TimeUs day_before = FromLocal(calendar.AddWorkingDays(LocalDate(item.step_due_at_us), -1), LocalMinuteOfDay(item.step_due_at_us));
  return std::max(day_before, item.received_at_us + (item.step_due_at_us - item.received_at_us) / 2);
}

}  // namespace

Result<int64_t> WarnOfDeadlines(db::Database& database, const Clock& clock, orgs::Service& orgs, identity::Service& identity) {
  const TimeUs now = clock.NowUs();
  const auto units = orgs.snapshot();
  TINHSO_ASSIGN(auto items, database.Read([&](db::Tx& tx) { return store::Unwarned(tx, now, now + kAheadUs, kItemsMax); }));
  int64_t told = 0;
  for (const Item& item : items) {
    const std::string word = DeadlineOf(units->CalendarOf(item.unit_id), item.due_at_us, now);
    const int warned = word == "late" ? kLate : word == "soon" ? kSoon : 0;
    if (warned <= item.warned) continue;
    const bool tell = warned == kSoon || now - item.due_at_us < kLateToldUs;
    TINHSO_ASSIGN(const bool mine, database.Write([&](db::Tx& tx) -> Result<bool> {
      // Two servers look at the same time; the one that changes the row tells.
      TINHSO_ASSIGN(const bool changed, store::SetWarned(tx, item, warned));
      if (changed && tell) TINHSO_TRY(Tell(tx, item, Of::kWork, warned, identity, now));
      return changed && tell;
    }));
    told += mine ? 1 : 0;
  }
  TINHSO_ASSIGN(auto steps, database.Read([&](db::Tx& tx) { return store::UnwarnedSteps(tx, now, now + kAheadUs, kItemsMax); }));
  for (const Item& item : steps) {
    const int warned = now > item.step_due_at_us ? kLate : now >= StepSoonAt(units->CalendarOf(item.unit_id), item) ? kSoon : 0;
    if (warned <= item.step_warned) continue;
    const bool tell = warned == kSoon || now - item.step_due_at_us < kLateToldUs;
    TINHSO_ASSIGN(const bool mine, database.Write([&](db::Tx& tx) -> Result<bool> {
      TINHSO_ASSIGN(const bool changed, store::SetStepWarned(tx, item, warned));
      if (changed && tell) TINHSO_TRY(Tell(tx, item, Of::kStep, warned, identity, now));
      return changed && tell;
    }));
    told += mine ? 1 : 0;
  }
  return told;
}

}  // namespace tinhso::inbox
