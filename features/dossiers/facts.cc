// Reporting facts: folded from events, streamed to reports, listed with the dossiers behind them.
#include <algorithm>

#include "engines/workflow/workflow.h"
#include "impl.h"
#include "store_facts.h"

namespace tinhso::dossiers {

using workflow::ClockState;

namespace {

// Older dossiers that get their facts in one transaction.
constexpr int64_t kFillPage = 200;

}  // namespace

const char* StandingOf(int64_t national_state, bool received) {
  if (!received) return "waiting";
  if (workflow::LawfulClock(static_cast<int>(national_state)) != ClockState::kPaused) return "running";
  return national_state == 6 ? "financial" : "supplement";
}

const char* OutcomeOf(int64_t national_state) {
  switch (national_state) {
    case 3: return "refused";
    case 7: return "withdrawn";
    case 8: return "stopped";
    default: return "settled";
  }
}

int64_t DayOfDate(const std::optional<std::string>& on) {
  if (!on) return kNoDay;
  auto date = ParseDate(*on);
  return date.ok() ? DaysFromCivil(*date) : kNoDay;
}

store::Reported store::ReportedOf(const Dossier& d) {
  return {StandingOf(d.national_state, d.received_at_us.has_value()), d.due_on, d.supplement_count, d.handling_unit_id,
          d.received_at_us.has_value(), d.finished_at_us.has_value(), d.national_state == 10};
}

FactLog FactsOf(const store::Dossier& d, const std::vector<store::Event>& events) {
  FactLog out;
  Fact& f = out.fact;
  f.authority_id = d.authority_id;
  f.dossier_id = d.dossier_id;
  f.procedure_code = d.procedure_code;
  f.channel = d.channel;
  f.handling_unit_id = d.handling_unit_id;
  // What waits for another dossier's result is not at its unit yet: the day that came is the day it was filed there.
  f.filed_day = f.standing_day = d.joint_waits_for.empty() ? FactDay(d.submitted_at_us) : kNoDay;
  int64_t national_before = 1;
  for (const store::Event& e : events) {
    const int64_t day = FactDay(e.at_us);
    const ClockState clock = workflow::LawfulClock(static_cast<int>(e.national_state));
    const Fact was = f;
    if (e.action == kJointReady) f.filed_day = day;
    if (e.national_state == 5 && national_before != 5) ++f.supplement_count;
    national_before = e.national_state;
    if (clock == ClockState::kStopped) {
      if (f.finished_day == kNoDay) f.finished_day = day;
      f.outcome = OutcomeOf(e.national_state);
      if (e.national_state == 10) f.returned_day = std::min(f.returned_day, day);
    }
    if (f.finished_day != kNoDay) continue;
    const bool received_before = f.received_day != kNoDay;
    if (clock == ClockState::kRunning && !received_before) f.received_day = day;
    f.standing = StandingOf(e.national_state, f.received_day != kNoDay);
    if (e.due_on) f.due_day = DayOfDate(e.due_on);
    if (f.received_day == kNoDay) continue;
    if (received_before && f.standing == was.standing && f.due_day == was.due_day && f.supplement_count == was.supplement_count) continue;
    if (received_before && was.standing_day < day)
      out.before.push_back({was.standing_day, day, was.standing, was.due_day, was.supplement_count});
    f.standing_day = day;
  }
  return out;
}

Status Service::ForEachFact(int64_t authority_id, int64_t from_day, int64_t to_day, const std::function<void(Fact&)>& visit) const {
  return impl_->deps.router.For(authority_id).Read([&](db::Tx& tx) { return store::ForEachFact(tx, authority_id, from_day, to_day, visit); });
}

Status Service::ForEachExtras(int64_t authority_id, int64_t from_day, int64_t to_day,
                              const std::function<void(int64_t dossier_id, const FactExtras&)>& visit) const {
  return impl_->deps.router.For(authority_id).Read([&](db::Tx& tx) { return store::ForEachExtras(tx, authority_id, from_day, to_day, visit); });
}

Result<std::vector<store::Dossier>> Service::Impl::Matching(const MatchParams& params, const http::Principal& who,
                                                            std::string* next_cursor) const {
  TINHSO_ASSIGN(const int64_t before, http::DecodeBefore(params.cursor));
  std::vector<store::Dossier> found;
  for (int64_t authority_id : deps.orgs.snapshot()->ActsFor(who.authority_id)) {
    TINHSO_TRY(deps.router.For(authority_id).Read([&](db::Tx& tx) -> Status {
      Status failed = Ok();
      int64_t taken = 0;
      auto visit = [&](Fact& f) {
        const auto extras = [&]() -> FactExtras {
          auto got = store::Extras(tx, {f.authority_id, f.dossier_id});
          if (!got.ok()) failed = got.error();
          return got.ok() ? *got : FactExtras{};
        };
        if (!params.match(f, extras)) return failed.ok();
        auto d = store::FindById(tx, {f.authority_id, f.dossier_id});
        if (!d.ok()) failed = d.error();
        else if (*d) found.push_back(std::move(**d));
        return failed.ok() && ++taken <= params.limit;
      };
      TINHSO_TRY(store::ForEachFactDown(tx, authority_id, params.from_day, params.to_day, before, visit));
      return failed;
    }));
  }
  std::sort(found.begin(), found.end(), [](const store::Dossier& a, const store::Dossier& b) { return a.dossier_id > b.dossier_id; });
  if (static_cast<int64_t>(found.size()) > params.limit) {
    found.resize(static_cast<size_t>(params.limit));
    *next_cursor = http::EncodeCursor({std::to_string(found.back().dossier_id)});
  }
  return found;
}

Result<std::string> Service::ListMatching(const MatchParams& params, const http::Principal& who) {
  Impl& m = *impl_;
  if (!who.Has("dossier.read") || who.authority_id == 0) return MakeError(ErrorCode::kForbidden, "permission_denied");
  std::string next_cursor;
  TINHSO_ASSIGN(auto found, m.Matching(params, who, &next_cursor));
  TINHSO_TRY(m.AuditList(found, who));
  return m.WriteList(found, next_cursor);
}

Result<Service::RegisterPage> Service::Register(const MatchParams& params, const http::Principal& who) {
  Impl& m = *impl_;
  if (!who.Has("dossier.read") || who.authority_id == 0) return MakeError(ErrorCode::kForbidden, "permission_denied");
  RegisterPage page;
  TINHSO_ASSIGN(auto found, m.Matching(params, who, &page.next_cursor));
  TINHSO_TRY(m.AuditList(found, who));
  const auto units = m.deps.orgs.snapshot();
  for (const store::Dossier& d : found) {
    RegisterRow row;
    row.dossier_code = d.dossier_code;
    row.procedure_code = d.procedure_code;
    row.procedure_name = d.procedure_name;
    row.applicant_name = d.applicant_name;
    row.channel = d.channel;
    row.return_method = d.return_method;
    row.submitted_at_us = d.submitted_at_us;
    row.received_at_us = d.received_at_us;
    row.finished_at_us = d.finished_at_us;
    row.due_on = d.due_on.value_or("");
    row.national_state = static_cast<int>(d.national_state);
    const orgs::Unit* handling = units->ById(d.handling_unit_id);
    row.handling_unit = handling == nullptr ? "" : handling->short_name;
    TINHSO_TRY(m.deps.router.For(d.authority_id).Read([&](db::Tx& tx) -> Status {
      TINHSO_ASSIGN(auto body, store::GetBody(tx, KeyOf(d)));
      const json::object applicant = ParseObject(body.applicant);
      row.address = json::GetText(applicant, "address");
      row.phone = json::GetText(applicant, "phone");
      TINHSO_ASSIGN(auto events, store::Events(tx, KeyOf(d)));
      for (const store::Event& e : events) {
        if (e.national_state == 10 && !row.returned_at_us) {
          row.returned_at_us = e.at_us;
          row.note = e.note;
        } else if (!e.by_applicant && !e.reason.empty() && e.national_state != 4) {
          row.note = e.reason;
        }
      }
      return Ok();
    }));
    page.rows.push_back(std::move(row));
  }
  return page;
}

Status Service::FillFacts(const std::function<void(int64_t done)>& progress) {
  Impl& m = *impl_;
  TINHSO_ASSIGN(auto pending, m.deps.router.Shared().Read([](db::Tx& tx) { return store::PendingAuthorities(tx); }));
  int64_t done = 0;
  for (int64_t authority_id : pending) {
    db::Database& database = m.deps.router.For(authority_id);
    for (int64_t after = 0, more = 1; more != 0;) {
      int64_t last = after;
      TINHSO_TRY(database.Write([&](db::Tx& tx) -> Status {
        TINHSO_ASSIGN(auto page, store::AllAfter(tx, authority_id, after, kFillPage));
        for (const store::Dossier& d : page) {
          TINHSO_ASSIGN(auto events, store::Events(tx, KeyOf(d)));
          TINHSO_TRY(store::InsertFacts(tx, FactsOf(d, events)));
        }
        more = static_cast<int64_t>(page.size()) == kFillPage;
        last = page.empty() ? after : page.back().dossier_id;
        return more != 0 ? Ok() : store::ForgetPending(tx, authority_id);
      }));
      done += kFillPage;
      after = last;
    }
    if (progress) progress(done);
  }
  return Ok();
}

}  // namespace tinhso::dossiers
