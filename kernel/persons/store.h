// The only SQL of kernel/persons. Table `person` is made by kernel/identity's first migration.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kernel/persons/persons.h"

namespace tinhso::persons::store {

struct PaperRow {
  int64_t person_id = 0, paper_id = 0;
  std::string kind, number;
  std::string name_folded, birth_on;  // of the holder as the paper gives them
  std::string issuer, issued_on, valid_to_on;
  std::string source;                 // "typed", "chip_card", "provider", "officer"
  std::string state;                  // "held", "claimed", "withdrawn"
  TimeUs recorded_at_us = 0;
};
// A paper that is not withdrawn, beside its person as recorded today.
struct Claim {
  PaperRow paper;
  std::string person_folded, person_birth_on;
};

Result<std::optional<Person>> ById(db::Tx& tx, int64_t person_id);
Result<std::optional<Person>> ByPersonalNo(db::Tx& tx, std::string_view personal_no);
Status InsertPerson(db::Tx& tx, const Person& person, TimeUs now_us);
Status DeletePerson(db::Tx& tx, int64_t person_id);  // with its papers: for one that never came to be
Status UpdateContact(db::Tx& tx, const Person& person);
Status UpdateDetails(db::Tx& tx, const Person& person);  // name, birth date, sex

// False when another row holds the number, or claims it with the same name and birth date.
Result<bool> InsertPaper(db::Tx& tx, const PaperRow& paper);
Result<std::vector<Claim>> Claims(db::Tx& tx, std::string_view kind, std::string_view number);
Result<std::vector<PaperRow>> PapersOf(db::Tx& tx, int64_t person_id);
// With state and valid_to_on; false when it is not the person's or was withdrawn before.
Result<bool> UpdatePaper(db::Tx& tx, const PaperRow& paper);
// The number's claim becomes the holding; false when the number has a holder.
Result<bool> HoldClaimed(db::Tx& tx, const PaperRow& paper);
// Persons whose paper has this number, whatever its kind.
Result<std::vector<int64_t>> PersonsWithNumber(db::Tx& tx, std::string_view number);

// --- store_conflict.cc
struct MergeRow {
  int64_t person_id = 0, into_person_id = 0, conflict_id = 0;
};
struct ConflictRow {
  int64_t conflict_id = 0, person_a = 0, person_b = 0;
  std::string kind, paper_kind, paper_number, note;
  int64_t queue_authority_id = 0, opened_by = 0;
  TimeUs opened_at_us = 0;
  std::string state = "open";
  int64_t merged_person_id = 0;  // the record that "same" joined to the other; 0 when they were one already
  std::string reason;
  int64_t decided_by = 0;
  std::string decided_name;
  TimeUs decided_at_us = 0;
  int64_t version = 1;
};
struct EventRow {
  int64_t person_id = 0, event_id = 0;
  TimeUs at_us = 0;
  std::string kind;
  int64_t other_person_id = 0, account_id = 0;
  std::string actor_name, actor_unit, reason, detail;
};

Result<std::map<int64_t, int64_t>> AllMerges(db::Tx& tx);
Result<std::optional<MergeRow>> MergeOf(db::Tx& tx, int64_t person_id);
// The record and all that hang below it.
Result<std::vector<int64_t>> JoinedTo(db::Tx& tx, int64_t person_id);
Status InsertMerge(db::Tx& tx, const MergeRow& merge, TimeUs now_us);
Result<bool> DeleteMerge(db::Tx& tx, int64_t person_id, int64_t conflict_id);

// False when the pair is in the queue or was decided before.
Result<bool> InsertConflict(db::Tx& tx, const ConflictRow& conflict);
Result<std::optional<ConflictRow>> FindConflict(db::Tx& tx, int64_t conflict_id);
// State, reason, who and when, if `version` is still `version_seen`; false when it is not.
Result<bool> UpdateConflict(db::Tx& tx, const ConflictRow& conflict, int64_t version_seen);
// In one of two states, oldest first after `after_id`; queue_authority_id −1 = of every queue.
Result<std::vector<ConflictRow>> ConflictPage(db::Tx& tx, std::string_view state, std::string_view or_state, int64_t queue_authority_id,
                                              int64_t after_id, int64_t limit);
Result<std::vector<ConflictRow>> ConflictsOf(db::Tx& tx, int64_t person_id);
Result<int64_t> OpenReportsOf(db::Tx& tx, int64_t person_id);

Status InsertEvent(db::Tx& tx, const EventRow& event);
Result<std::vector<EventRow>> EventsOf(db::Tx& tx, int64_t person_id);  // newest first, at most 200

}  // namespace tinhso::persons::store
