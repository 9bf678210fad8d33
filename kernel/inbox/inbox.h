// One list of work for each officer. A feature owns the work; the inbox row only points to it.
// Thread rule: functions run in the caller's Tx.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/calendar.h"
#include "base/clock.h"
#include "base/result.h"
#include "kernel/db/db.h"
#include "kernel/http/http.h"
#include "kernel/identity/identity.h"
#include "kernel/orgs/orgs.h"

TINHSO_DECLARE_MIGRATIONS(kernel_inbox);

namespace tinhso::inbox {

inline constexpr TimeUs kNoDue = 253'402'300'799'000'000;  // year 9999

// One open item per (authority_id, subject_kind, subject_id). Held by a role in a unit, and by an account once taken or assigned.
struct Item {
  int64_t authority_id = 0;     // the authority whose unit holds the item
  int64_t item_id = 0;
  std::string subject_kind;     // "dossier", "consultation" (an opinion asked by another unit)
  int64_t subject_id = 0;
  int64_t subject_authority_id = 0;
  std::string subject_code;     // dossier code
  std::string title;            // procedure's name
  std::string person_name;      // applicant shown in the list
  std::string state;            // workflow state id
  int national_state = 0;
  int64_t unit_id = 0;
  std::string role;
  int64_t assignee_account_id = 0;  // 0 = anyone of the role in the unit
  std::string assignee_name;        // shown beside the item; "" when nobody has it
  TimeUs received_at_us = 0;        // when it came to this holder
  TimeUs due_at_us = 0;             // kNoDue when none
  TimeUs stated_due_at_us = 0;      // shown instead of due_at_us where the work counts as late whatever its date says; 0 = due_at_us
  TimeUs step_due_at_us = kNoDue;   // of the present step
  int warned = 0, step_warned = 0;  // of each deadline: 1 due soon, 2 overdue; the inbox keeps them
};

// The first item of a new subject, which nobody can hold yet; otherwise as Put.
Status Add(db::Tx& tx, const Item& item);
// Replaces the open item of the subject (wherever it was) with this one. kInternal "inbox_holder_missing" without unit or role.
Status Put(db::Tx& tx, const Item& item);
Status Close(db::Tx& tx, std::string_view subject_kind, int64_t subject_id, int64_t held_by_authority_id);

// Mergers: the open items a unit holds, and handing them to the unit that continues it. A row is a pointer to who holds the work: it is
// made anew there, and the work's own rows stay as they are. MoveHeld takes at most `limit` and says how many.
struct Holder {
  int64_t authority_id = 0, unit_id = 0;
};
Result<int64_t> CountHeld(db::Tx& tx, Holder holder);
Result<int64_t> MoveHeld(db::Tx& tx, Holder from, Holder to, int64_t limit);

// The one rule for deadline colours, by date and not by hour: "late" (the due day is past), "soon" (due within 3 days or by the
// second next working day, whichever is later), "ok", "none" (kNoDue).
const char* DeadlineOf(const calendar::Calendar& calendar, TimeUs due_at_us, TimeUs now_us);

// Tells the holders of items that are due soon, and of those that have become late (with the leaders of their unit and authority),
// once each; the same of a step, a working day before its deadline (of a shorter one at half its time) and when it has passed. At most
// 1000 items of each a call. Returns how many were told of. What has been late for more than two days is left alone.
Result<int64_t> WarnOfDeadlines(db::Database& database, const Clock& clock, orgs::Service& orgs, identity::Service& identity);

// GET /api/v1/inbox?q=&state=&deadline=&sort=&mine=&cursor=&limit= and GET /api/v1/inbox/counts: the caller's unit and roles only.
// GET /api/v1/inbox/load and GET /api/v1/inbox/office?account_id=&title=&due=&cursor=&limit=: everything open in the caller's office, as
// counts by who has it and what it is about, and the items behind one.
// /api/v1/inbox/views: named filters, one's own and those shared with the office.
// GET /api/v1/inbox/by-unit?frame=: open work by the authority it was filed with, as it was then or as it is now.
// Work of assignments delegated to the caller is counted beside his own; he switches to the assignment to see it.
std::vector<http::Route> Routes(db::Database& database, const Clock& clock, orgs::Service& orgs, identity::Service& identity);

}  // namespace tinhso::inbox
