// The queue's decisions: two records are one person, are two, or wait; and every decision can be taken back.
#include <algorithm>

#include "base/text.h"
#include "impl.h"
#include "kernel/db/cluster.h"
#include "kernel/notify/notify.h"

namespace tinhso::persons {
namespace {

bool IsPending(const store::ConflictRow& conflict) { return conflict.state == "open" || conflict.state == "later"; }

bool MayBecome(const store::ConflictRow& conflict, const std::string& decision) {
  if (decision == "reopen") return !IsPending(conflict);
  if (!IsPending(conflict)) return false;
  if (decision == "closed") return conflict.person_b == 0;
  return decision == "later" || conflict.person_b != 0;
}

const char* EventOf(const std::string& decision, bool was_merged) {
  if (decision == "same") return "merged";
  if (decision == "reopen") return was_merged ? "unmerged" : "conflict_reopened";
  if (decision == "different") return "kept_apart";
  return decision == "closed" ? "report_closed" : "conflict_postponed";
}

}  // namespace

bool Service::Impl::InQueueOf(const store::ConflictRow& conflict, const http::Principal& who) const {
  const auto units = orgs.snapshot();
  const orgs::Unit* own = units->ById(who.authority_id);
  if (own == nullptr) return false;
  return own->parent_id == 0 || units->ActingFor(conflict.queue_authority_id) == who.authority_id;
}

Status Service::Impl::Merge(db::Tx& tx, store::ConflictRow& conflict, int64_t keep_person_id) {
  const int64_t keep = keep_person_id != 0 ? keep_person_id : conflict.person_a;
  if (keep != conflict.person_a && keep != conflict.person_b) return FieldInvalid("/keep_person_id", "field_option_unknown");
  TINHSO_ASSIGN(const int64_t into, RootIn(tx, keep));
  TINHSO_ASSIGN(const int64_t from, RootIn(tx, keep == conflict.person_a ? conflict.person_b : conflict.person_a));
  conflict.merged_person_id = 0;
  if (into == from) return Ok();  // joined by another decision already
  TINHSO_ASSIGN(auto kept, store::JoinedTo(tx, into));
  TINHSO_ASSIGN(auto joined, store::JoinedTo(tx, from));
  if (kept.size() + joined.size() > kGroupMax) return MakeError(ErrorCode::kConflict, "person_group_full");
  conflict.merged_person_id = from;
  return store::InsertMerge(tx, {from, into, conflict.conflict_id}, clock.NowUs());
}

Status Service::Impl::Unmerge(db::Tx& tx, store::ConflictRow& conflict) {
  if (conflict.merged_person_id == 0) return Ok();
  const int64_t apart = conflict.merged_person_id;
  TINHSO_ASSIGN(bool deleted, store::DeleteMerge(tx, apart, conflict.conflict_id));
  if (!deleted) return MakeError(ErrorCode::kConflict, "person_conflict_stale");
  conflict.merged_person_id = 0;
  // Pairs decided "same" while this edge joined them have none of their own: they are open again.
  TINHSO_ASSIGN(auto members, store::JoinedTo(tx, apart));
  for (int64_t member : members) {
    TINHSO_ASSIGN(auto others, store::ConflictsOf(tx, member));
    for (store::ConflictRow& other : others) {
      if (other.conflict_id == conflict.conflict_id || other.state != "same" || other.merged_person_id != 0) continue;
      TINHSO_ASSIGN(const int64_t a, RootIn(tx, other.person_a));
      TINHSO_ASSIGN(const int64_t b, RootIn(tx, other.person_b));
      if (a == b) continue;
      other.state = "open";
      TINHSO_TRY(store::UpdateConflict(tx, other, other.version));
    }
  }
  return Ok();
}

Status Service::Impl::Tell(db::Tx& tx, int64_t person_id, const char* kind, int64_t conflict_id) {
  if (!account_of || person_id == 0) return Ok();
  TINHSO_ASSIGN(const int64_t account_id, account_of(tx, person_id));
  if (account_id == 0) return Ok();
  return notify::Add(tx, {account_id, kind, "", "/cai-dat/giay-to", std::string(kind) + ":" + IdText(conflict_id) + ":" + IdText(NewId())},
                     clock.NowUs());
}

Status Service::Impl::Decide(const Decision& decision, const http::Principal& who) {
  static constexpr std::string_view kDecisions[] = {"same", "different", "later", "closed", "reopen"};
  if (std::find(std::begin(kDecisions), std::end(kDecisions), decision.decision) == std::end(kDecisions))
    return FieldInvalid("/decision", "field_option_unknown");
  if (text::Trim(decision.reason).empty()) return FieldInvalid("/reason", "field_required");
  TINHSO_TRY(database.Write([&](db::Tx& tx) -> Status {
    // First, because it holds the revision's row to the commit: decisions come one after another, and no two make a circle.
    TINHSO_TRY(db::Touch(tx, "persons"));
    TINHSO_ASSIGN(auto found, store::FindConflict(tx, decision.conflict_id));
    if (!found || !InQueueOf(*found, who)) return MakeError(ErrorCode::kNotFound, "person_conflict_not_found");
    store::ConflictRow conflict = *std::move(found);
    if (conflict.version != decision.version_seen) return MakeError(ErrorCode::kConflict, "person_conflict_stale");
    // Whoever gains another's dossiers by it must not be who decides.
    TINHSO_ASSIGN(const int64_t own, RootIn(tx, who.person_id));
    TINHSO_ASSIGN(const int64_t a, RootIn(tx, conflict.person_a));
    TINHSO_ASSIGN(const int64_t b, RootIn(tx, conflict.person_b));
    if (own != 0 && (own == a || own == b)) return MakeError(ErrorCode::kForbidden, "person_conflict_own");
    if (!MayBecome(conflict, decision.decision)) return MakeError(ErrorCode::kConflict, "person_conflict_not_decidable");
    const bool was_merged = conflict.state == "same";
    if (decision.decision == "same") TINHSO_TRY(Merge(tx, conflict, decision.keep_person_id));
    if (decision.decision == "reopen" && was_merged) TINHSO_TRY(Unmerge(tx, conflict));
    conflict.state = decision.decision == "reopen" ? "open" : decision.decision;
    conflict.reason = text::Trim(decision.reason);
    conflict.decided_by = who.account_id;
    conflict.decided_name = who.full_name;
    conflict.decided_at_us = clock.NowUs();
    TINHSO_ASSIGN(bool updated, store::UpdateConflict(tx, conflict, decision.version_seen));
    if (!updated) return MakeError(ErrorCode::kConflict, "person_conflict_stale");

    const std::string happened = EventOf(decision.decision, was_merged);
    const char* audited = happened == "merged" ? "person.merged" : happened == "unmerged" ? "person.unmerged" : "person.conflict_decided";
    const int64_t pair[] = {conflict.person_a, conflict.person_b};
    for (int i = 0; i < 2; ++i) {
      if (pair[i] == 0) continue;
      store::EventRow event;
      event.person_id = pair[i];
      event.kind = happened;
      event.other_person_id = pair[1 - i];
      event.reason = conflict.reason;
      TINHSO_TRY(Record(tx, std::move(event), &who));
      TINHSO_TRY(Audit(tx, who, audited, pair[i], {{"conflict_id", IdText(conflict.conflict_id)}, {"decision", decision.decision}}));
      if (happened == "merged") TINHSO_TRY(Tell(tx, pair[i], "person.merged", conflict.conflict_id));
      if (happened == "unmerged") TINHSO_TRY(Tell(tx, pair[i], "person.unmerged", conflict.conflict_id));
      if (happened == "report_closed") TINHSO_TRY(Tell(tx, pair[i], "person.report_closed", conflict.conflict_id));
    }
    return Ok();
  }));
  return service.Load();
}

Status Service::Decide(const Decision& decision, const http::Principal& who) { return impl_->Decide(decision, who); }

}  // namespace tinhso::persons
