// Dossiers (hồ sơ): filed by a person or at the counter, moved through their procedure's workflow to a result.
// Law: NĐ 118/2025/NĐ-CP, TT 03/2025/TT-VPCP (code, slips); ten national states (docs/domain in FACTS: 1 Mới đăng ký … 10 Đã trả kết quả).
// Who may see a dossier: its applicant, officers of its authority, and of the department it was referred to. For
// everybody else it does not exist (kNotFound "dossier_not_found"), so that codes cannot be guessed.
// Thread rule: Service is thread-safe.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/calendar.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "features/dossiers/shared.h"
#include "engines/packs/packs.h"
#include "features/dossiers/facts.h"
#include "features/dossiers/satisfaction.h"
#include "features/procedures/procedures.h"
#include "kernel/areas/areas.h"
#include "kernel/db/db.h"
#include "kernel/files/files.h"
#include "kernel/http/http.h"
#include "kernel/identity/identity.h"
#include "kernel/jobs/jobs.h"
#include "kernel/orgs/orgs.h"

TINHSO_DECLARE_MIGRATIONS(features_dossiers);

namespace tinhso::dossiers {

struct SimulateParams;  // simulate.h
struct SimulateReport;

inline constexpr size_t kPapersMax = 60;
inline constexpr size_t kFilesPerPaperMax = 20;
inline constexpr size_t kReasonLengthMax = 2000;
inline constexpr size_t kRegisterRowsMax = 1000;
inline constexpr size_t kNoteLengthMax = 2000;  // of an internal note
inline constexpr size_t kMentionsMax = 10;      // people mentioned in one
inline constexpr size_t kNotesMax = 500;        // of one dossier
inline constexpr size_t kNotePeopleMax = 200;   // offered to be mentioned
inline constexpr size_t kConsultationsMax = 30;      // opinions asked for about one dossier
inline constexpr size_t kConsultUnitsMax = 10;       // asked at once
inline constexpr size_t kConsultFilesMax = 20;       // shown with a question, sent with an answer
inline constexpr size_t kOpinionLengthMax = 4000;
inline constexpr int kWorkTimesDays = 30;
inline constexpr size_t kStoreDossiersMax = 100;   // newest dossiers whose papers a person's store shows
inline constexpr int kConsentDaysMax = 366;        // how old a consent may be when a dossier is filed with it

struct PaperInput {
  std::string paper_id;
  std::string name;
  std::vector<int64_t> file_ids;
  int originals = 0, copies = 0;
  // Files the office has already: of an earlier dossier of the same person, or its result.
  struct Reuse {
    std::string dossier_code;
    int64_t file_id = 0;
  };
  std::vector<Reuse> reuse;
};

// Who files for the applicant. Online it is the signed-in person, whose name and number then come from the account.
struct ProxyInput {
  identity::Person person;
  std::string relation, relation_note;  // "relative", "community_team", "other"
  std::string consent, consent_on;      // "paper", "statement"; the day it was given
};

struct SubmitParams {
  std::string procedure_code;
  std::string unit_code;             // the receiving authority
  std::string channel = "online";
  std::string return_method = "online";
  json::object answers;
  std::vector<PaperInput> papers;
  bool return_here = false;          // received for another unit: the result is handed over at this desk
  bool declaration = false;
  std::optional<identity::Person> applicant;  // required for counter and post, and with `proxy`
  std::optional<ProxyInput> proxy;
  std::string idempotency_key;                // "" = none
  std::string request_sha256;                 // of the request body
};

struct ActParams {
  std::string dossier_code;
  std::string action;
  int64_t version_seen = 0;
  std::string note, reason, result_text, receiver_name, due_on, agency;
  std::vector<std::string> items;
  std::optional<json::object> answers;
  std::vector<PaperInput> papers;
};

struct Deps {
  db::TenantRouter& router;
  const Clock& clock;
  orgs::Service& orgs;
  areas::Service& areas;
  identity::Service& identity;
  files::Store& files;
  packs::Library& library;
  procedures::Catalogue& catalogue;
  jobs::Runner& runner;
  std::string public_base_url;   // "http://localhost:8080": printed in QR codes
  bool citizens_file_here = true;  // false: people file at the national portal, desks and post as ever
};

// A dossier was filed or moved, told in that transaction: what must follow is done with it, or nothing is.
struct Moved {
  int64_t authority_id = 0, dossier_id = 0, person_id = 0;
  std::string dossier_code, procedure_code, procedure_name, channel, applicant_name;
  std::string action;                     // "submit", or that of the transition
  bool collect_fee = false;               // the transition asks for money
  bool ended_without_result = false;      // refused, withdrawn or stopped
  const json::object* answers = nullptr;  // at filing and when money is asked for
  std::optional<int64_t> fee_vnd;         // of the channel, when the procedure states one amount
  int64_t account_id = 0;                 // who did it; 0 = the system
  TimeUs now_us = 0;
};

// What a look at a dossier told: whose it is.
struct Access {
  int64_t authority_id = 0, dossier_id = 0, person_id = 0;
  bool by_applicant = false;
};

// The files of `from`…`to` that papers and results hold, of every authority.
Result<std::vector<int64_t>> FilesInUse(db::Tx& tx, int64_t from, int64_t to);

// The calendar changed on a day, or from a day on: in the same transaction, a job that finds the authorities with open due dates from
// then on; each of them works them out again in a job of its own.
Status EnqueueFollowCalendar(db::Tx& tx, Date on, TimeUs now_us);

class Service {
 public:
  explicit Service(Deps deps);
  ~Service();

  // Answers are JSON text of the contract's schema, sent as they are.

  // Files a dossier: checks answers and papers, gives it its code, starts its workflow; for `counter` and `post` receives it at once.
  // A joint procedure opens its dossiers all together; the answer is the first of them. kInvalid "joint_unit_elsewhere".
  // The same idempotency key and request give the same dossier once; with another request kConflict "idempotency_key_reused".
  // Errors: kNotFound "procedure_not_found", "unit_not_found"; kForbidden "unit_out_of_scope", "filing_elsewhere"; kInvalid "validation_failed" with fields.
  Result<std::string> Submit(const SubmitParams& params, const http::Principal& who);

  // Moves the dossier one step and records who did it, in one transaction. After an error nothing has changed.
  // Errors: kNotFound "dossier_not_found"; kConflict "dossier_version_stale" if it changed since `version_seen`;
  //         kConflict "dossier_action_not_allowed" if its state or holder does not permit the action; kInvalid "validation_failed".
  Result<std::string> Act(const ActParams& params, const http::Principal& who);

  struct AssignParams {
    std::string dossier_code;
    int64_t version_seen = 0, account_id = 0;
    std::string reason;
  };
  // Gives the present step to somebody of the role and unit that holds it: a leader of the authority to anyone, its handler to a
  // colleague, any of them to himself (taking over for somebody absent). The step and its clock go on; who and why is recorded.
  // Errors: as Act; kInvalid "assignee_unknown", "assignee_same".
  Result<std::string> Assign(const AssignParams& params, const http::Principal& who);
  // Whom the caller may give it to.
  Result<json::object> Colleagues(std::string_view dossier_code, const http::Principal& who);

  // A joint file (liên thông, "LT-…"): all its dossiers with their states, for the person, and for officers of any of them.
  // kNotFound "joint_not_found".
  Result<std::string> GetJoint(std::string_view joint_code, const http::Principal& who);
  // The person withdraws every part that is not settled. kConflict "joint_finished"; "joint_part_not_withdrawable" when one has gone
  // too far: then none is withdrawn. kForbidden "permission_denied" for anybody else.
  Result<std::string> WithdrawJoint(std::string_view joint_code, std::string_view reason, const http::Principal& who);

  Result<std::string> Get(std::string_view dossier_code, const http::Principal& who);
  // Public: state only, no personal data.
  Result<std::string> Track(std::string_view dossier_code);
  Result<std::string> Verify(std::string_view verify_code);
  // The questions asked after the result (satisfaction.h), from packs/_common/satisfaction.yaml. Before serving. kInvalid "pack_invalid".
  Status LoadQuestions(const std::string& path);
  const std::vector<QuestionSet>& QuestionSets() const;  // by their day
  std::string Questions() const;                         // those of today, as JSON
  struct RateParams {
    std::string dossier_code;
    int64_t score = 0;  // 1–5; of the overall answer when there are answers
    std::vector<std::pair<std::string, int64_t>> answers;  // question → value
    std::string comment;
  };
  // kConflict "dossier_not_finished", "dossier_already_rated"; kInvalid "validation_failed".
  Result<std::string> Rate(const RateParams& params, const http::Principal& who);

  struct ListParams {
    std::string q, state, cursor;
    int64_t limit = 50;
    int64_t person_id = 0;  // officers: of this person, whatever record they were filed under
  };
  Result<std::string> List(const ListParams& params, const http::Principal& who);
  // The form of a procedure with prefill for `who` (may be null).
  Result<json::object> FormOf(std::string_view procedure_code, const http::Principal* who);
  // The papers and results the office has of a person: the caller's own (person_id 0), or those in dossiers an officer may see.
  Result<std::string> PapersOf(int64_t person_id, const http::Principal& who);
  // When the result would be due if the procedure were received now at this authority, with the arithmetic.
  Result<std::string> Promise(std::string_view procedure_code, std::string_view unit_code, std::string_view channel);
  // The person takes the consent back (at the desk an officer notes it): from then on the proxy sees nothing. The dossier goes on.
  // kNotFound "dossier_not_found"; kConflict "dossier_without_proxy", "dossier_version_stale".
  Result<std::string> WithdrawConsent(std::string_view dossier_code, int64_t version_seen, const http::Principal& who);
  // PDF bytes of an official slip, "01" to "06" in the set of forms of its day; of several of a kind the last, or that of `event_id`.
  // The first call numbers it; from then on it stays as it is. kNotFound "slip_not_available".
  Result<std::string> Slip(std::string_view dossier_code, std::string_view slip_no, int64_t event_id, const http::Principal& who);
  struct RegisterParams {
    std::string unit_code;  // "" = the caller's authority
    std::string from, to;   // days of reception, both counted
  };
  // PDF of the register book (sổ theo dõi hồ sơ). kForbidden "unit_out_of_scope"; kTooLarge "register_too_long" over kRegisterRowsMax.
  Result<std::string> Register(const RegisterParams& params, const http::Principal& who);
  // kNotFound "result_not_ready".
  Result<files::File> ResultFile(std::string_view dossier_code, const http::Principal& who);
  Result<files::File> PaperFile(std::string_view dossier_code, int64_t file_id, const http::Principal& who);

  // Whether the caller sees the dossier, recorded as a read of it. kNotFound "dossier_not_found".
  Result<Access> Look(std::string_view dossier_code, const http::Principal& who);
  // Who may not judge how it was handled: the accounts that received or handled it, and who has it now. Deciding at a leader's own step
  // and giving the work to somebody are not handling. kNotFound "dossier_not_found".
  struct Handling {
    std::string procedure_name, applicant_name;
    std::vector<int64_t> account_ids;
  };
  Result<Handling> HandlingOf(db::Tx& tx, int64_t authority_id, int64_t dossier_id) const;
  // Each is called in the transaction of every filing and step, in the order given. Before serving.
  void OnMove(std::function<Status(db::Tx& tx, const Moved& moved)> follow);
  // What was to be paid is paid: the system's step `fee_paid`, when the dossier waits for it.
  Status FeePaid(int64_t authority_id, int64_t dossier_id);
  // What another system is told of a dossier. kNotFound "dossier_not_found".
  Result<Shared> Share(int64_t authority_id, int64_t dossier_id) const;

  // A dossier received at this desk for another unit (tiếp nhận không phụ thuộc địa giới hành chính): its papers are handed over ("send",
  // by the desk that received it), and taken ("take", by the competent unit's desk, which may be first to say so).
  // Errors: as Act; kConflict "transfer_not_allowed".
  struct TransferParams {
    std::string dossier_code, step, note;
    int64_t version_seen = 0;
  };
  Result<std::string> Transfer(const TransferParams& params, const http::Principal& who);
  // Transfers of an authority, received there for others (`here`) or by others for it, from `from_day` to `to_day`, the newest first.
  struct TransferFact {
    int64_t authority_id = 0, dossier_id = 0, other_authority_id = 0;
    std::string procedure_code;
    int64_t received_day = 0, due_day = 0, sent_day = kNoDay, taken_day = kNoDay, returned_day = kNoDay;
    bool papers = false, return_here = false;
  };
  Status ForEachTransfer(int64_t authority_id, bool here, int64_t from_day, int64_t to_day, const std::function<void(const TransferFact&)>& visit) const;
  // The dossiers behind a figure of them, of the caller's authority and those it continues (api/openapi.yaml: TransferList).
  struct TransferMatch {
    bool here = true;
    int64_t from_day = 0, to_day = 0;
    std::function<bool(const TransferFact&)> match;
    std::string cursor;
    int64_t limit = 50;
  };
  Result<std::string> ListTransfers(const TransferMatch& params, const http::Principal& who);

  // Internal notes (ghi chú nội bộ): what officers who see a dossier write to each other about it. Append-only; the author may withdraw
  // one, which stays and is struck through. Never for the applicant, even where he is an officer; in no paper and no exchange.
  // Errors: kNotFound "dossier_not_found", "note_not_found"; kInvalid "mention_unknown"; kConflict "notes_full", "note_not_yours".
  struct NoteParams {
    std::string dossier_code, text;
    std::vector<int64_t> mentions;  // accounts of the units that handle it: each is told
  };
  Result<std::string> Notes(std::string_view dossier_code, const http::Principal& who);
  Result<std::string> AddNote(const NoteParams& params, const http::Principal& who);
  Result<std::string> WithdrawNote(std::string_view dossier_code, int64_t note_id, const http::Principal& who);
  // Opinions asked of other units (xin ý kiến) while the present step goes on, each with its own deadline by its unit's calendar. Who is
  // asked sees the question and the papers chosen, not the dossier. Errors: kNotFound "dossier_not_found", "consultation_not_found";
  // kConflict "dossier_version_stale", "dossier_action_not_allowed", "consultations_full", "consultation_closed",
  // "consultation_reminded_today"; kInvalid "unit_not_found", "consult_unit_asked", "consult_unit_without_staff",
  // "consult_days_too_many", "file_unknown"; kForbidden "permission_denied".
  struct ConsultParams {
    std::string dossier_code, question;
    int64_t version_seen = 0;
    struct Whom {
      std::string unit_code;
      std::optional<int> days;  // working days of its calendar; the workflow's when not said
    };
    std::vector<Whom> units;
    bool required = true;  // the step waits for it until its deadline
    std::vector<int64_t> file_ids;  // of the dossier's papers
  };
  struct ConsultAnswer {
    std::string dossier_code;
    int64_t consultation_id = 0;
    std::string verdict, text;  // "agree", "agree_with_remarks", "disagree"
    std::vector<int64_t> file_ids;
  };
  Result<std::string> Consultations(std::string_view dossier_code, const http::Principal& who);
  Result<std::string> Consult(const ConsultParams& params, const http::Principal& who);
  Result<std::string> GetConsultation(std::string_view dossier_code, int64_t consultation_id, const http::Principal& who);
  Result<std::string> AnswerConsultation(const ConsultAnswer& params, const http::Principal& who);
  Result<std::string> WithdrawConsultation(std::string_view dossier_code, int64_t consultation_id, std::string_view reason, const http::Principal& who);
  Result<std::string> RemindConsultation(std::string_view dossier_code, int64_t consultation_id, const http::Principal& who);
  Result<files::File> ConsultationFile(std::string_view dossier_code, int64_t consultation_id, int64_t file_id, const http::Principal& who);
  // What the caller's unit was asked, newest first, with counts of what was late; a leader's whole office.
  Result<std::string> AskedOfUs(const std::string& cursor, int64_t limit, const http::Principal& who);

  // Whom a note may mention.
  Result<json::object> NotePeople(std::string_view dossier_code, const http::Principal& who);
  // Where the caller was mentioned, newest first, until he says he is done with it.
  Result<std::string> Mentions(const std::string& cursor, int64_t limit, const http::Principal& who);
  Status FinishMention(int64_t note_id, const http::Principal& who);
  // What the caller's unit (for a leader: his office) sent away and waits for, the longest first.
  struct WaitingParams {
    std::string kind, cursor;  // "supplement", "payment", "unit", "agency"
    bool mine = false;         // only what the caller sent away
    int64_t limit = 50;
  };
  Result<std::string> Waiting(const WaitingParams& params, const http::Principal& who);
  // Mean working time of the office by person and by procedure, over its dossiers finished in the last kWorkTimesDays.
  Result<json::object> WorkTimes(const http::Principal& who);

  // For the preview of a merger: what an authority has, and a few of it by name.
  struct Holdings {
    int64_t count = 0;
    std::vector<std::string> examples;
  };
  Result<Holdings> RunningOf(db::Tx& tx, int64_t authority_id) const;  // dossier codes
  Result<Holdings> ResultsOf(db::Tx& tx, int64_t authority_id) const;  // verify codes

  // Moves running dossiers to another version of their workflow, each with an event; states go by the same id or as `map` says. One
  // that has no such state, or whose clock would stand otherwise, stays and is named. kNotFound "workflow_version_unknown"; kInvalid
  // "workflow_map_unknown".
  struct MoveWorkflowParams {
    std::string workflow_id;
    int from_version = 0, to_version = 0;
    std::map<std::string, std::string> map;
    bool dry_run = false;
  };
  struct MovedWorkflow {
    int64_t moved = 0, refused = 0;
    std::vector<std::string> examples;  // of the refused, the first kDifferencesShown, a line each
  };
  Result<MovedWorkflow> MoveWorkflow(const MoveWorkflowParams& params);
  // The states and ways of its workflow, and where it is (api/openapi.yaml: WorkflowPicture).
  Result<json::object> WorkflowPicture(std::string_view dossier_code, const http::Principal& who);

  // Every dossier's clock worked out from its events alone and compared with what its row says. Changes nothing.
  static constexpr size_t kDifferencesShown = 50;
  struct Recomputed {
    int64_t dossiers = 0, differences = 0;
    std::vector<std::string> examples;  // the first kDifferencesShown, a line each
  };
  Result<Recomputed> Recompute(const std::function<void(int64_t done)>& progress);

  // What reports count (facts.h), of one authority: facts of dossiers that were filed by `to_day` and not finished before `from_day`,
  // with the standing of the end of `to_day`.
  Status ForEachFact(int64_t authority_id, int64_t from_day, int64_t to_day, const std::function<void(Fact&)>& visit) const;
  Status ForEachExtras(int64_t authority_id, int64_t from_day, int64_t to_day,
                       const std::function<void(int64_t dossier_id, const FactExtras&)>& visit) const;
  // Ratings of dossiers that ended in the days.
  Status ForEachRated(int64_t authority_id, int64_t from_day, int64_t to_day, const std::function<void(const Rated&)>& visit) const;
  // The dossiers behind a figure, newest first: those of the caller's authority, and of those it continues, whose fact matches.
  struct MatchParams {
    int64_t from_day = 0, to_day = 0;
    std::function<bool(const Fact&, const std::function<FactExtras()>&)> match;
    std::string cursor;
    int64_t limit = 50;
  };
  // As List. kForbidden "permission_denied" for who reads no dossiers.
  Result<std::string> ListMatching(const MatchParams& params, const http::Principal& who);
  // The same as lines of the register of dossiers (sổ theo dõi hồ sơ, TT 03/2025/TT-VPCP form 07).
  struct RegisterRow {
    std::string dossier_code, procedure_code, procedure_name, applicant_name, address, phone, handling_unit, channel, return_method, due_on, note;
    TimeUs submitted_at_us = 0;
    std::optional<int64_t> received_at_us, finished_at_us, returned_at_us;
    int national_state = 1;
  };
  struct RegisterPage {
    std::vector<RegisterRow> rows;
    std::string next_cursor;
  };
  Result<RegisterPage> Register(const MatchParams& params, const http::Principal& who);
  // Facts of dossiers that were stored before facts were kept. Once, before serving; nothing to do afterwards.
  Status FillFacts(const std::function<void(int64_t done)>& progress);

  // Registers the job handlers (result rendering, notices to officers) with the runner.
  void RegisterJobs();
  std::vector<http::Route> Routes();

  // Exactly `count` finished and running dossiers spread over communes, procedures, states and the two years before now; the
  // same each time but for ids and random codes. The newest wait to be received at the communes of `desks`.
  // kConflict "demo_needs_pack".
  Result<int64_t> GenerateDemo(int64_t count, const std::function<void(int64_t done)>& progress, const std::vector<int64_t>& desks = {});

  // A period of a province, played through this service (simulate.h): the same by its seed but for ids and random codes. kConflict
  // "demo_needs_pack".
  Result<SimulateReport> Simulate(const SimulateParams& params);

  struct Impl;

 private:
  void AddDayRoutes(std::vector<http::Route>& routes);
  void AddConsultRoutes(std::vector<http::Route>& routes);
  std::unique_ptr<Impl> impl_;
};

// Titles of the ten national states, index 1–10 (FACTS appendix).
const workflow::Text& NationalTitle(int national_state);

}  // namespace tinhso::dossiers
