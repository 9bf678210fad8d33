// The SQL of the officers' day: notes, mentions, what is waited for, how long work took. Every function runs in the caller's Tx.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "store.h"

namespace tinhso::dossiers::store {

struct Note {
  int64_t note_id = 0;
  TimeUs at_us = 0;
  int64_t account_id = 0, assignment_id = 0;
  std::string author_name, author_position, author_unit, on_behalf_of, body;
  std::string mentions = "[]";  // JSON, as stored
  std::optional<int64_t> withdrawn_at_us;
};
Status InsertNote(db::Tx& tx, Key key, const Note& note);
Result<int64_t> CountNotes(db::Tx& tx, Key key);
Result<std::vector<Note>> Notes(db::Tx& tx, Key key);  // in the order written
Result<std::optional<Note>> FindNote(db::Tx& tx, Key key, int64_t note_id);
// False when it is not this account's, or was withdrawn already.
Result<bool> WithdrawNote(db::Tx& tx, Key key, int64_t note_id, int64_t account_id, TimeUs now_us);

struct Mention {
  int64_t note_id = 0;
  Key key;
};
Status InsertMention(db::Tx& tx, int64_t account_id, const Mention& mention);
// Open ones, newest first, note_id < before.
Result<std::vector<Mention>> Mentions(db::Tx& tx, int64_t account_id, int64_t before_note_id, int64_t limit);
Result<bool> FinishMention(db::Tx& tx, int64_t account_id, int64_t note_id, TimeUs now_us);

struct Waiting {
  int64_t authority_id = 0, dossier_id = 0, subject_authority_id = 0;
  int64_t unit_id = 0, account_id = 0;
  std::string kind, waits_for;
  TimeUs since_us = 0;
};
Status PutWaiting(db::Tx& tx, const Waiting& waiting);
Status EndWaiting(db::Tx& tx, int64_t authority_id, int64_t dossier_id);
// Zeros and "" do not restrict.
struct WaitingFilter {
  int64_t authority_id = 0, unit_id = 0, account_id = 0;
  std::string_view kind;
};
// Longest first, strictly after (since, dossier).
Result<std::vector<Waiting>> WaitingPage(db::Tx& tx, const WaitingFilter& filter, TimeUs after_since_us, int64_t after_dossier_id, int64_t limit);
struct KindCount {
  std::string kind;
  int64_t count = 0;
};
Result<std::vector<KindCount>> CountWaiting(db::Tx& tx, const WaitingFilter& filter);

// The events of an authority's dossiers that were finished from a day on, by dossier and in their order.
struct Worked {
  int64_t dossier_id = 0;
  std::string procedure_code, procedure_name, action, actor_name;
  TimeUs at_us = 0;
  int64_t account_id = 0, national_state = 0;
  bool by_applicant = false, moved = false;  // to another state
};
Status ForEachWorked(db::Tx& tx, int64_t authority_id, int64_t from_day, const std::function<void(const Worked&)>& visit);

}  // namespace tinhso::dossiers::store
