// Due dates worked out again: after the calendar changed, and from the events alone as a proof.
#include <algorithm>

#include "base/ids.h"
#include "consult.h"
#include "impl.h"
#include "store_facts.h"

namespace tinhso::dossiers {

namespace {

constexpr int64_t kPage = 200;
// One that somebody else changes at the same moment is read again.
constexpr int kTries = 5;

template <class F>
std::string Say(const std::optional<F>& value) {
  if constexpr (std::is_same_v<F, std::string>) return value ? *value : "-";
  else return value ? FormatTime(*value) : "-";
}

std::string DateVi(const std::string& on) {
  auto date = ParseDate(on);
  return date.ok() ? FormatDateVi(*date) : on;
}

// What a row and its events say differently: "due_on 2026-11-24 <> 2026-11-25, …".
std::string Differences(const Reckoning& row, const Reckoning& events) {
  std::string out;
  auto compare = [&](const char* name, const auto& a, const auto& b) {
    if (a == b) return;
    if (!out.empty()) out += ", ";
    if constexpr (std::is_integral_v<std::decay_t<decltype(a)>>) out += name + (" " + std::to_string(a)) + " <> " + std::to_string(b);
    else out += name + (" " + Say(a)) + " <> " + Say(b);
  };
  compare("received_at", row.received_at_us, events.received_at_us);
  compare("finished_at", row.finished_at_us, events.finished_at_us);
  compare("joint_ready_at", row.joint_ready_at_us, events.joint_ready_at_us);
  compare("paused_since", row.paused_since_us, events.paused_since_us);
  compare("paused_minutes", row.paused_minutes, events.paused_minutes);
  compare("supplement_count", row.supplement_count, events.supplement_count);
  compare("original_due_on", row.original_due_on, events.original_due_on);
  compare("due_on", row.due_on, events.due_on);
  compare("due_at", row.due_at_us, events.due_at_us);
  if (row.step_since_us == 0) return out;  // its step began before steps were kept
  compare("step_since", std::optional(row.step_since_us), std::optional(events.step_since_us));
  compare("step_due_at", row.step_due_at_us, events.step_due_at_us);
  return out;
}

// What events say of steps and rules and should not. One from before they were kept says nothing.
std::string EventDifferences(const std::vector<store::Event>& events, const Reckoning& reckoned) {
  std::string out;
  for (size_t i = 0; i < events.size(); ++i) {
    const store::Event& e = events[i];
    const Reckoning::Said& said = reckoned.said[i];
    if (e.step_due_on && e.step_due_on != said.step_due_on)
      out += ", " + e.action + " step_due_on " + *e.step_due_on + " <> " + Say(said.step_due_on);
    if (!e.breach.empty() && e.breach != said.breach)
      out += ", " + e.action + " breach " + e.breach + " <> " + (said.breach.empty() ? "-" : said.breach);
  }
  return out;
}

}  // namespace

Result<bool> Service::Impl::FollowCalendarOf(db::Tx& tx, const store::Dossier& seen, const std::string& on) {
  store::Dossier d = seen;
  Recompute(d);
  if (d.due_on == seen.due_on && d.due_at_us == seen.due_at_us) return true;
  RecomputeStep(d);  // the event below says when both were reckoned
  const TimeUs now = deps.clock.NowUs();
  TINHSO_ASSIGN(bool updated, store::UpdateDossier(tx, d, seen.version, now));
  if (!updated) return false;
  store::Event event;
  event.event_id = NewId();
  event.at_us = now;
  event.action = kCalendarChanged;
  event.from_state = event.to_state = d.state;
  event.national_state = d.national_state;
  event.actor_name = "Hệ thống";
  const bool moved = d.due_on != seen.due_on;
  event.reason = "Lịch làm việc ngày " + DateVi(on) + " thay đổi: hạn trả kết quả " +
                 (moved ? "chuyển từ " + DateVi(*seen.due_on) + " sang " + DateVi(*d.due_on) : "vẫn là " + DateVi(*d.due_on)) + ".";
  event.due_on = d.due_on;
  TINHSO_TRY(store::InsertEvent(tx, KeyOf(d), event));
  if (const auto flow = FlowOf(d); flow != nullptr) TINHSO_TRY(PutInbox(tx, d, *flow, Filing::kKnown));
  if (moved) TINHSO_TRY(NotifyApplicant(tx, d, kCalendarChanged, event.event_id, now));
  return true;
}

Status Service::Impl::FollowCalendarEverywhere(const std::string& on) {
  TINHSO_TRY(deps.orgs.LoadIfChanged());
  const TimeUs now = deps.clock.NowUs();
  const auto units = deps.orgs.snapshot();
  for (const orgs::Unit& unit : units->all()) {
    const int64_t authority_id = unit.unit_id;
    if (unit.authority_id != authority_id) continue;
    db::Database& database = deps.router.For(authority_id);
    TINHSO_ASSIGN(const bool any, database.Read([&](db::Tx& tx) { return store::AnyDueFrom(tx, authority_id, on); }));
    if (!any) continue;
    TINHSO_TRY(database.Write([&](db::Tx& tx) -> Status {
      TINHSO_TRY(jobs::Enqueue(tx, {authority_id, "dossier.follow_calendar", {{"authority_id", authority_id}, {"on", on}}}, now));
      return Ok();
    }));
  }
  deps.runner.Wake();
  return Ok();
}

Status Service::Impl::FollowCalendar(int64_t authority_id, const std::string& on) {
  // The change may have come from another server, or its own commit a moment ago.
  TINHSO_TRY(deps.orgs.LoadIfChanged());
  db::Database& database = deps.router.For(authority_id);
  int64_t after = 0;
  int tries = 0;
  for (;;) {
    std::vector<store::Dossier> page;
    bool again = false;
    TINHSO_TRY(database.Write([&](db::Tx& tx) -> Status {
      again = false;
      TINHSO_ASSIGN(page, store::DueFrom(tx, authority_id, on, after, kPage));
      for (const store::Dossier& d : page) {
        TINHSO_ASSIGN(bool followed, FollowCalendarOf(tx, d, on));
        again = again || !followed;
      }
      return Ok();
    }));
    // Those that were followed do not change a second time.
    if (again && ++tries < kTries) continue;
    if (again) return MakeError(ErrorCode::kConflict, "dossier_version_stale");
    tries = 0;
    if (static_cast<int64_t>(page.size()) < kPage) return Ok();
    after = page.back().dossier_id;
  }
}

Status EnqueueFollowCalendar(db::Tx& tx, Date on, TimeUs now_us) {
  TINHSO_TRY(jobs::Enqueue(tx, {0, "dossier.follow_calendar", {{"on", FormatDate(on)}}}, now_us));
  return Ok();
}

Result<Service::Recomputed> Service::Recompute(const std::function<void(int64_t done)>& progress) {
  Impl& m = *impl_;
  TINHSO_ASSIGN(orgs::CalendarHistory history, m.deps.orgs.LoadCalendarHistory());
  Recomputed out;
  const auto units = m.deps.orgs.snapshot();
  for (const orgs::Unit& unit : units->all()) {
    if (unit.authority_id != unit.unit_id) continue;
    const CalendarAt calendar_at = [&](TimeUs known_at_us) -> const calendar::Calendar& { return history.At(unit.unit_id, known_at_us); };
    for (int64_t after = 0;;) {
      std::vector<store::Dossier> page;
      TINHSO_TRY(m.deps.router.For(unit.unit_id).Read([&](db::Tx& tx) -> Status {
        TINHSO_ASSIGN(page, store::AllAfter(tx, unit.unit_id, after, kPage));
        for (const store::Dossier& d : page) {
          TINHSO_ASSIGN(auto events, store::Events(tx, KeyOf(d)));
          const auto flow = m.FlowOf(d);
          const Reckoning reckoned = Reckon(events, d, flow.get(), calendar_at);
          std::string found = Differences(Recorded(d), reckoned);
          found += EventDifferences(events, reckoned);
          TINHSO_ASSIGN(const FactLog facts, store::GetFacts(tx, KeyOf(d)));
          if (facts != FactsOf(d, events)) found += ", facts";
          if (const auto opinions = ConsultationsOf(events); !opinions.empty()) {
            TINHSO_ASSIGN(auto rows, store::Consultations(tx, KeyOf(d)));
            const bool same = std::equal(rows.begin(), rows.end(), opinions.begin(), opinions.end(), [](const auto& row, const auto& said) {
              return row.unit_name == said.first && row.status == said.second;
            });
            if (!same) found += ", consultations";
          }
          if (found.starts_with(", ")) found.erase(0, 2);
          if (found.empty()) continue;
          ++out.differences;
          if (out.examples.size() < kDifferencesShown) out.examples.push_back(d.dossier_code + ": " + found);
        }
        return Ok();
      }));
      out.dossiers += static_cast<int64_t>(page.size());
      if (progress && !page.empty()) progress(out.dossiers);
      if (static_cast<int64_t>(page.size()) < kPage) break;
      after = page.back().dossier_id;
    }
  }
  return out;
}

}  // namespace tinhso::dossiers
