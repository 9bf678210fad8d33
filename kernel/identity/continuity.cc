// What a merger of units does to assignments: rights are ended and granted anew, so that every action stays recorded under the
// assignment it was done under.
#include <algorithm>

#include "base/ids.h"
#include "impl.h"
#include "kernel/audit/audit.h"

namespace tinhso::identity {

void SessionCache::DropAll() {
  std::unique_lock lock(mutex_);
  ++epoch_;
  sessions_.clear();
}

void Service::ForgetSessions() { impl_->sessions.DropAll(); }

Result<std::vector<std::string>> Service::HoldersIn(db::Tx& tx, int64_t unit_id) {
  constexpr int64_t kHoldersMax = 10'000;
  TINHSO_ASSIGN(auto assignments, store::AssignmentsIn(tx, unit_id, kHoldersMax));
  std::vector<std::string> out;
  for (const auto& assignment : assignments) {
    TINHSO_ASSIGN(auto account, store::AccountById(tx, assignment.account_id));
    out.push_back((account ? account->full_name : std::string()) + ", " + assignment.position);
  }
  return out;
}

Result<int64_t> Service::ContinueAssignments(db::Tx& tx, int64_t from_unit_id, int64_t to_unit_id, std::string_view effective_on,
                                             int64_t limit) {
  TINHSO_ASSIGN(Date effective, ParseDate(effective_on));
  const std::string last_day = FormatDate(AddDays(effective, -1));
  const TimeUs now = impl_->clock.NowUs();
  const orgs::Unit* to = impl_->orgs.snapshot()->ById(to_unit_id);
  if (to == nullptr) return MakeError(ErrorCode::kInternal, "unit_not_found");
  TINHSO_ASSIGN(auto assignments, store::AssignmentsIn(tx, from_unit_id, limit));
  for (const store::AssignmentRow& old : assignments) {
    TINHSO_TRY(store::EndAssignment(tx, old.account_id, old.assignment_id, last_day, now));
    if (!old.valid_to_on.empty() && old.valid_to_on < effective_on) continue;  // was over before the merger
    TINHSO_ASSIGN(auto held, store::AssignmentsOf(tx, old.account_id, effective_on));
    auto same = std::find_if(held.begin(), held.end(), [&](const auto& a) { return a.unit_id == to_unit_id && a.role == old.role; });
    store::AssignmentRow next = old;
    next.unit_id = to_unit_id;
    next.authority_id = to->authority_id;
    next.valid_from_on = std::max(std::string(effective_on), old.valid_from_on);
    if (same == held.end()) {
      next.assignment_id = NewId();
      TINHSO_TRY(store::InsertAssignment(tx, next));
    } else {
      next.assignment_id = same->assignment_id;
    }
    TINHSO_TRY(store::MoveSessions(tx, old.account_id, old.assignment_id, next.assignment_id));
    TINHSO_ASSIGN(auto delegations, store::OpenDelegationsOf(tx, old.assignment_id, effective_on));
    for (store::DelegationRow& d : delegations) {
      TINHSO_TRY(store::ShortenDelegation(tx, d.delegation_id, last_day));
      d.delegation_id = NewId();
      d.assignment_id = next.assignment_id;
      d.valid_from_on = std::max(std::string(effective_on), d.valid_from_on);
      TINHSO_TRY(store::InsertDelegation(tx, d));
      TINHSO_TRY(store::MoveSessions(tx, d.to_account_id, old.assignment_id, next.assignment_id));
    }
    audit::Event event;
    event.authority_id = next.authority_id;
    event.kind = "assignment.changed";
    event.subject_kind = "assignment";
    event.subject_id = next.assignment_id;
    event.at_us = now;
    event.data = {{"change", "continued"},
                  {"account_id", std::to_string(old.account_id)},
                  {"from_assignment_id", std::to_string(old.assignment_id)},
                  {"unit_code", to->unit_code},
                  {"role", old.role}};
    TINHSO_TRY(audit::Stage(tx, event));
  }
  return static_cast<int64_t>(assignments.size());
}

}  // namespace tinhso::identity
