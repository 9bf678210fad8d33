// Who is this? By paper number + folded name + birth date; what agrees only in part goes to the queue.
#include "base/text.h"
#include "impl.h"

namespace tinhso::persons {
namespace {

constexpr int kTriesMax = 3;  // another counter may have taken a number between our look and our insert

enum class Agreement { kExact, kMissing, kDiffers };

// The 12-digit number is one person's for life and tells the birth year and sex, so with the name a birth date that nobody gave is
// not missed. The 9-digit one and passports were given again to others: all three must agree.
Agreement Compare(const store::Claim& claim, const std::string& folded, const std::string& birth_on) {
  auto agrees = [&](const std::string& name, const std::string& born) {
    if (name != folded) return Agreement::kDiffers;
    if (born == birth_on && !born.empty()) return Agreement::kExact;
    if (!born.empty() && !birth_on.empty()) return Agreement::kDiffers;
    return claim.paper.kind == "personal_no" ? Agreement::kExact : Agreement::kMissing;
  };
  // As the paper has it, or as the record was corrected since.
  return std::min(agrees(claim.paper.name_folded, claim.paper.birth_on), agrees(claim.person_folded, claim.person_birth_on));
}

}  // namespace

struct Service::Impl::Plan {
  struct Paper {
    std::string kind, number;
    int64_t exact = 0;  // the record it finds
    int64_t other = 0;  // a record it names that does not agree
    const char* why = "";
    bool hold = false, claim = false;
  };
  int64_t base = 0;  // 0 = a new record
  std::vector<Paper> papers;
};

Result<Service::Impl::Plan> Service::Impl::Match(db::Tx& tx, const Person& wanted) {
  const std::string folded = text::Fold(wanted.full_name);
  Plan plan;
  if (!wanted.personal_no.empty()) plan.papers.push_back({"personal_no", wanted.personal_no});
  if (!wanted.old_identity_no.empty() && wanted.old_identity_no != wanted.personal_no)
    plan.papers.push_back({"old_identity_no", wanted.old_identity_no});
  for (Plan::Paper& paper : plan.papers) {
    TINHSO_ASSIGN(auto claims, store::Claims(tx, paper.kind, paper.number));
    for (const store::Claim& claim : claims) {
      Agreement agreement = Compare(claim, folded, wanted.birth_on);
      if (agreement == Agreement::kExact && paper.exact == 0) paper.exact = claim.paper.person_id;
      if (agreement != Agreement::kExact && paper.other == 0) {
        paper.other = claim.paper.person_id;
        paper.why = agreement == Agreement::kMissing ? "details_missing" : "details_differ";
      }
    }
  }
  for (const Plan::Paper& paper : plan.papers) {
    if (plan.base != 0 || paper.exact == 0) continue;
    if (paper.kind != "personal_no" && !wanted.personal_no.empty()) {
      TINHSO_ASSIGN(auto known, store::ById(tx, paper.exact));
      // Found by the old number but holding another personal number: two persons, or one with a wrong number.
      if (known && !known->personal_no.empty() && known->personal_no != wanted.personal_no) continue;
    }
    plan.base = paper.exact;
  }
  TINHSO_ASSIGN(const int64_t root, RootIn(tx, plan.base));
  for (Plan::Paper& paper : plan.papers) {
    if (paper.exact != 0) {
      TINHSO_ASSIGN(const int64_t exact_root, RootIn(tx, paper.exact));
      if (plan.base != 0 && exact_root == root) {
        paper.other = 0;
      } else {
        paper.other = paper.exact;
        paper.why = plan.base == 0 ? "number_differs" : "papers_point_apart";
      }
    } else {
      paper.hold = paper.other == 0;
      paper.claim = paper.other != 0;
    }
  }
  return plan;
}

Status Service::Impl::OpenConflict(db::Tx& tx, store::ConflictRow conflict, const http::Principal* who) {
  if (conflict.person_a > conflict.person_b) std::swap(conflict.person_a, conflict.person_b);
  TINHSO_ASSIGN(const int64_t a, RootIn(tx, conflict.person_a));
  TINHSO_ASSIGN(const int64_t b, RootIn(tx, conflict.person_b));
  if (a == b) return Ok();
  conflict.conflict_id = NewId();
  conflict.opened_at_us = clock.NowUs();
  TINHSO_ASSIGN(bool inserted, store::InsertConflict(tx, conflict));
  if (!inserted) return Ok();
  const int64_t pair[] = {conflict.person_a, conflict.person_b};
  for (int i = 0; i < 2; ++i) {
    store::EventRow event;
    event.person_id = pair[i];
    event.kind = "conflict_opened";
    event.other_person_id = pair[1 - i];
    event.account_id = conflict.opened_by;
    event.reason = conflict.note;
    event.detail = conflict.kind;
    TINHSO_TRY(Record(tx, std::move(event), who));
    audit::Event staged;
    staged.authority_id = conflict.queue_authority_id;
    staged.kind = "person.conflict_opened";
    staged.subject_kind = "person_conflict";
    staged.subject_id = conflict.conflict_id;
    staged.account_id = conflict.opened_by;
    staged.person_id = pair[i];
    staged.at_us = conflict.opened_at_us;
    staged.data = {{"purpose", "reconcile"}, {"kind", conflict.kind}};
    TINHSO_TRY(audit::Stage(tx, staged));
  }
  return Ok();
}

Result<int64_t> Service::FindOrCreate(db::Tx& tx, const Person& wanted, const FoundBy& by) {
  Impl& m = *impl_;
  if (std::string bad = wanted.personal_no.empty() ? "" : CheckPersonalNo(wanted.personal_no, wanted.birth_on, wanted.sex); !bad.empty())
    return FieldInvalid("/personal_no", bad);
  if (std::string bad = wanted.old_identity_no.empty() ? "" : CheckOldIdentityNo(wanted.old_identity_no); !bad.empty())
    return FieldInvalid("/old_identity_no", bad);
  if (text::Trim(wanted.full_name).empty()) return FieldInvalid("/full_name", "field_required");

  for (int tried = 0; tried < kTriesMax; ++tried) {
    TINHSO_ASSIGN(Impl::Plan plan, m.Match(tx, wanted));
    Person person = wanted;
    person.person_id = plan.base != 0 ? plan.base : NewId();
    if (plan.base == 0) TINHSO_TRY(store::InsertPerson(tx, person, m.clock.NowUs()));
    bool lost = false;
    for (const Impl::Plan::Paper& paper : plan.papers) {
      if (!paper.hold && !paper.claim) continue;
      store::PaperRow row{person.person_id, NewId(), paper.kind, paper.number, text::Fold(wanted.full_name), wanted.birth_on};
      if (paper.kind == "personal_no") row.issued_on = wanted.card_issued_on;
      row.source = wanted.card_issued_on.empty() && wanted.old_identity_no.empty() ? "typed" : "chip_card";
      row.state = paper.hold ? "held" : "claimed";
      row.recorded_at_us = m.clock.NowUs();
      TINHSO_ASSIGN(bool inserted, store::InsertPaper(tx, row));
      lost = lost || !inserted;
      if (!inserted || plan.base == 0) continue;
      store::EventRow event;
      event.person_id = person.person_id;
      event.kind = "paper_added";
      event.account_id = by.account_id;
      event.detail = paper.kind + " " + paper.number;
      TINHSO_TRY(m.Record(tx, std::move(event), nullptr));
    }
    if (lost) {
      if (plan.base == 0) TINHSO_TRY(store::DeletePerson(tx, person.person_id));
      continue;
    }
    for (const Impl::Plan::Paper& paper : plan.papers) {
      if (paper.other == 0) continue;
      store::ConflictRow conflict;
      conflict.person_a = person.person_id;
      conflict.person_b = paper.other;
      conflict.kind = paper.why;
      conflict.paper_kind = paper.kind;
      conflict.paper_number = paper.number;
      conflict.queue_authority_id = by.authority_id;
      conflict.opened_by = by.account_id;
      TINHSO_TRY(m.OpenConflict(tx, std::move(conflict)));
    }
    return person.person_id;
  }
  return MakeError(ErrorCode::kUnavailable, "db_busy");
}

Result<bool> Service::GivePersonalNo(db::Tx& tx, std::string_view personal_no, int64_t person_id) {
  TINHSO_ASSIGN(auto holder, store::ByPersonalNo(tx, personal_no));
  if (holder) {
    TINHSO_ASSIGN(const int64_t held_by, RootIn(tx, holder->person_id));
    TINHSO_ASSIGN(const int64_t root, RootIn(tx, person_id));
    return held_by == root;
  }
  TINHSO_ASSIGN(auto person, store::ById(tx, person_id));
  if (!person) return MakeError(ErrorCode::kNotFound, "person_not_found");
  store::PaperRow row{person_id, NewId(), "personal_no", std::string(personal_no), text::Fold(person->full_name), person->birth_on};
  row.source = "provider";
  row.state = "held";
  row.recorded_at_us = impl_->clock.NowUs();
  return store::InsertPaper(tx, row);
}

}  // namespace tinhso::persons
