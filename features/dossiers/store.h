// The only SQL of dossiers. Every function runs in the caller's Tx.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "kernel/db/db.h"

namespace tinhso::dossiers {
struct FactLog;  // store_facts.h
}

namespace tinhso::dossiers::store {

// What of a dossier its reporting facts follow (facts.h).
struct Reported {
  std::string standing;
  std::optional<std::string> due_on;
  int64_t supplement_count = 0, handling_unit_id = 0;
  bool received = false, finished = false, returned = false;
  bool SameStanding(const Reported& o) const {
    return standing == o.standing && due_on == o.due_on && supplement_count == o.supplement_count && received == o.received;
  }
  bool operator==(const Reported&) const = default;
};

// What decides who may see a dossier, and whether it has changed.
struct Head {
  int64_t authority_id = 0, dossier_id = 0;
  int64_t person_id = 0, department_authority_id = 0, assignee_account_id = 0;
  int64_t proxy_person_id = 0;  // who filed it for the person, while the consent holds
  int64_t reception_unit_id = 0;  // another unit's desk that received it (phi địa giới), 0 = its own
  // Grows with every change of what a page of the dossier shows; a rating too. Rendered pages are kept by it.
  int64_t version = 1;
};

// One row of table `dossier`; members are its columns.
struct Dossier : Head {
  std::string dossier_code, procedure_code, procedure_name;
  int64_t procedure_version = 0;
  std::string form_id;
  int64_t form_version = 0;
  std::string workflow_id;
  int64_t workflow_version = 0;
  int64_t desk_unit_id = 0, handling_unit_id = 0, department_unit_id = 0;
  int64_t return_unit_id = 0;  // the desk that hands the result over, 0 = desk_unit_id
  std::string channel, return_method, state, back_state;
  int64_t national_state = 1;
  std::string clock;
  std::string applicant_name;
  std::string name_folded, given_folded;  // "nguyen thi lan", "lan": people search by given name
  std::string personal_no;
  int64_t account_id = 0;
  TimeUs submitted_at_us = 0;
  std::optional<int64_t> received_at_us, due_at_us;
  std::optional<std::string> due_on, original_due_on;
  std::optional<std::string> extended_on;  // the day a letter of apology gave
  std::optional<int64_t> finished_at_us;
  int64_t limit_value = 0;
  std::string limit_unit;
  int64_t after_hours_minute = 900, paused_minutes = 0;
  int64_t extended_paused_minutes = 0;  // of paused_minutes, those before the letter
  std::optional<int64_t> paused_since_us;
  int64_t supplement_count = 0;
  TimeUs held_since_us = 0;
  // The present step: 0 = it began before steps were kept. While the clock is paused the due moment is the one it had before.
  TimeUs step_since_us = 0;
  int64_t step_paused_minutes = 0;
  std::optional<int64_t> step_due_at_us;
  // Of a joint file (liên thông): its code, the dossier whose result this one waits for, and when that came.
  std::string joint_code, joint_waits_for;
  std::optional<int64_t> joint_ready_at_us;
  // It is nobody's yet: not counted, no step and no duty runs.
  bool Waits() const { return !joint_waits_for.empty() && !joint_ready_at_us && !finished_at_us; }
  // When it came to its unit.
  TimeUs FiledAt() const { return joint_ready_at_us.value_or(submitted_at_us); }
  Reported reported;  // as it was when the row was read
};
Reported ReportedOf(const Dossier& d);

struct Body {
  std::string answers, applicant;  // JSON text
};

struct Paper {
  int64_t submitted_paper_id = 0;
  std::string paper_id, name;
  int64_t originals = 0, copies = 0, round = 0;
  // Số hóa (national synchronisation): 0 not, 1 digitised, 2 reused from another dossier's paper, 3 from an earlier result.
  int64_t digitisation = 0;
  std::string source_dossier_code;  // of 2 and 3
};

// Filing for somebody (nộp hồ sơ thay): who, as what, and how the person consented.
struct Proxy {
  int64_t person_id = 0;
  std::string full_name, personal_no, phone;
  std::string relation;  // "relative", "community_team", "other"
  std::string relation_note;
  std::string consent;   // "paper", "statement"
  std::string consent_on;
  TimeUs recorded_at_us = 0;
  std::optional<int64_t> withdrawn_at_us;
};

struct PaperFile {
  int64_t submitted_paper_id = 0, file_id = 0;
  std::string name, media_type;
  int64_t size_bytes = 0;
};

struct Event {
  int64_t event_id = 0;
  TimeUs at_us = 0;
  std::string action, from_state, to_state;
  int64_t national_state = 0, account_id = 0, assignment_id = 0;
  std::string actor_name, actor_position, actor_unit;
  bool by_applicant = false;
  std::string note, reason, items = "[]";
  std::optional<std::string> due_on;
  // Whose assignment it was done under by somebody else; his name as it was then. 0 and "" = the actor's own.
  int64_t on_behalf_account_id = 0;
  std::string on_behalf_of;
  std::optional<std::string> step_due_on;  // of the step it ended
  std::string breach;                      // "" or the rule it broke: clock.h
  int64_t to_account_id = 0;               // whom the work was given to by name; 0 and "" = nobody
  std::string to_name;
};

struct DossierResult {
  std::string verify_code, number, issued_on, decided_by, decided_position, template_id, result_text;
  std::optional<int64_t> file_id;
  std::string sha256;
  std::string on_behalf_of, own_position;  // when the position is a delegated one: whose, and the decider's own
};

// An official slip that was issued. `content` is what it is printed from, "" for a sheet that grows with the dossier.
struct Slip {
  std::string records;  // "receipt", "supplement", "refusal", "apology", "stop", "control"
  int64_t event_id = 0;
  std::string slip_no;
  int64_t number = 0;
  TimeUs issued_at_us = 0;
  std::string template_id;
  int64_t template_version = 0;
  std::string content;
};

struct Rating {
  int64_t score = 0;
  std::string comment;
  TimeUs rated_at_us = 0;
  std::string question_set;  // "" without answers
  std::vector<std::pair<std::string, int64_t>> answers;  // question → value
};

struct Key {
  int64_t authority_id = 0, dossier_id = 0;
};

// With its reporting facts (FactsOf).
Status InsertDossier(db::Tx& tx, const Dossier& d, const Body& body, const FactLog& facts);
// Writes every column that moves with the workflow, and the facts that follow, if `version` still is `version_seen`; false when it
// is not. `d` was read in this module: its `reported` says what changes.
Result<bool> UpdateDossier(db::Tx& tx, const Dossier& d, int64_t version_seen, TimeUs now_us);
// Open ones whose due date is `due_on` or later, by dossier_id; all of an authority, by dossier_id.
Result<std::vector<Dossier>> DueFrom(db::Tx& tx, int64_t authority_id, std::string_view due_on, int64_t after_dossier_id,
                                     int64_t limit);
Result<bool> AnyDueFrom(db::Tx& tx, int64_t authority_id, std::string_view due_on);
Result<std::vector<Dossier>> AllAfter(db::Tx& tx, int64_t authority_id, int64_t after_dossier_id, int64_t limit);
// A change that shows on the page but is not in the row: false when the version is no longer `version_seen`.
Result<bool> TouchVersion(db::Tx& tx, Key key, int64_t version_seen);
Status UpdateAnswers(db::Tx& tx, Key key, std::string_view answers);
Result<std::optional<Head>> FindHead(db::Tx& tx, int64_t authority_id, std::string_view dossier_code);
Result<std::optional<Dossier>> FindByCode(db::Tx& tx, int64_t authority_id, std::string_view dossier_code);
Result<std::optional<Dossier>> FindById(db::Tx& tx, Key key);
Result<Body> GetBody(db::Tx& tx, Key key);

Status InsertPaper(db::Tx& tx, Key key, const Paper& paper);
Status InsertFile(db::Tx& tx, Key key, const PaperFile& file);
Result<std::vector<Paper>> Papers(db::Tx& tx, Key key);
Result<std::vector<PaperFile>> Files(db::Tx& tx, Key key);

Status InsertProxy(db::Tx& tx, Key key, const Proxy& proxy);
Result<std::optional<Proxy>> GetProxy(db::Tx& tx, Key key);
// The consent ends: the proxy's view with it. False when the version is no longer `version_seen`.
Result<bool> EndProxy(db::Tx& tx, Key key, int64_t version_seen, int64_t proxy_person_id, TimeUs at_us);

Status InsertEvent(db::Tx& tx, Key key, const Event& event);
Result<std::vector<Event>> Events(db::Tx& tx, Key key);

Status InsertResult(db::Tx& tx, Key key, const DossierResult& result);
// Only while no file is set: rendering twice changes nothing.
Status SetResultFile(db::Tx& tx, Key key, int64_t file_id, std::string_view sha256);
Result<std::optional<DossierResult>> GetResult(db::Tx& tx, Key key);
struct Verified {
  Key key;
  DossierResult result;
};
Result<std::optional<Verified>> FindVerified(db::Tx& tx, int64_t authority_id, std::string_view verify_code);

// A joint file and its dossiers, in the pack's order.
struct JointPart {
  std::string part_id;
  Key key;
  std::string dossier_code;
  std::string waits_for;                   // a part's id, "" = nothing
  std::string result_paper, result_field;  // where that part's result goes
};
struct Joint {
  int64_t authority_id = 0;  // it was filed with
  std::string joint_code, procedure_code, procedure_name;
  int64_t person_id = 0, proxy_person_id = 0;
  TimeUs submitted_at_us = 0;
  std::vector<JointPart> parts;
};
Status InsertJoint(db::Tx& tx, const Joint& joint);
Result<std::optional<Joint>> FindJoint(db::Tx& tx, int64_t authority_id, std::string_view joint_code);

Result<std::optional<Slip>> FindSlip(db::Tx& tx, Key key, std::string_view records, int64_t event_id);
Status InsertSlip(db::Tx& tx, Key key, const Slip& slip);
// Received from `from_us` on and before `to_us`, in the order of reception.
Result<std::vector<Dossier>> ReceivedBetween(db::Tx& tx, int64_t authority_id, TimeUs from_us, TimeUs to_us, int64_t limit);

Status InsertRating(db::Tx& tx, Key key, const Rating& rating);
Result<std::optional<Rating>> GetRating(db::Tx& tx, Key key);

struct Request {
  std::string request_sha256;
  int64_t dossier_id = 0;
};
struct RequestKey {
  int64_t authority_id = 0, account_id = 0;
  std::string_view idempotency_key;
};
Result<std::optional<Request>> FindRequest(db::Tx& tx, const RequestKey& key);
// False when the key was used before (by a transaction that is committed).
Result<bool> InsertRequest(db::Tx& tx, const RequestKey& key, const Request& request);

Status InsertPersonDossier(db::Tx& tx, int64_t person_id, Key key);
// Newest first, dossier_id < before.
Result<std::vector<Key>> OfPerson(db::Tx& tx, int64_t person_id, int64_t before_dossier_id, int64_t limit);

Result<int64_t> CountRunning(db::Tx& tx, int64_t authority_id);
Result<std::vector<std::string>> SomeRunning(db::Tx& tx, int64_t authority_id);  // codes of the newest few
Result<int64_t> CountResults(db::Tx& tx, int64_t authority_id);
Result<std::vector<std::string>> SomeResults(db::Tx& tx, int64_t authority_id);

// Lists of an authority's dossiers, each walking an index in its own order.
struct ListParams {
  int64_t authority_id = 0;
  std::string_view state;  // "", "open", "closed"
  int64_t limit = 50;
};
// Newest first, dossier_id < before; of a personal number when it is given.
Result<std::vector<Dossier>> Newest(db::Tx& tx, const ListParams& list, std::string_view personal_no, int64_t before_dossier_id);
// In order of the name, then newest first: names that begin with `prefix`, strictly after (after_name, before_dossier_id).
struct NameParams {
  std::string_view prefix;
  std::string_view after_name;  // "" = from the beginning
  int64_t before_dossier_id = 0;
};
Result<std::vector<Dossier>> ByFullName(db::Tx& tx, const ListParams& list, const NameParams& name);
// By the last word of the name; without those that ByFullName gives for the same prefix.
Result<std::vector<Dossier>> ByGivenName(db::Tx& tx, const ListParams& list, const NameParams& name);

}  // namespace tinhso::dossiers::store
