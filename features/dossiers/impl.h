// Private parts shared by the .cc files of this feature.
#pragma once
#include <list>
#include <map>

#include "base/json_writer.h"
#include "dossiers.h"
#include "clock.h"
#include "memo.h"
#include "store.h"
#include "store_consult.h"
#include "store_transfer.h"
#include "terms.h"
#include "kernel/audit/reads.h"
#include "kernel/inbox/inbox.h"

namespace tinhso::dossiers {

// kReception: the desk that received it for another unit reads it, and hands its result over when that is to be done there.
enum class Viewer { kNone, kApplicant, kProxy, kReception, kOfficer };
// Whether this transaction files the dossier: nobody's inbox holds it yet.
enum class Filing { kNew, kKnown };

inline constexpr int kVerifyCodeLength = 14;
// Begins the note of a filing for somebody else; a page without it has no proxy to look up.
inline constexpr const char* kProxyNote = "Nộp hồ sơ thay: ";
// A joint file is named after its first dossier.
inline constexpr const char* kJointPrefix = "LT-";
// Stands for the awaited result in a part's answers until it comes.
inline constexpr const char* kResultAwaited = "Chờ kết quả liên thông";
inline constexpr const char* kConsentWithdrawn = "consent_withdrawn";
// Named limit "extension_days_max": how far from today a letter of apology may put the due date.
inline constexpr int kExtensionDaysMax = 366;

// Everything of one dossier that a page shows.
struct Loaded {
  store::Dossier d;
  store::Body body;
  json::object answers;  // of body.answers
  std::vector<store::Paper> papers;
  std::vector<store::PaperFile> files;
  std::vector<store::Event> events;
  std::optional<store::DossierResult> result;
  std::optional<store::Rating> rating;
  std::optional<store::Proxy> proxy;
  std::optional<store::Transfer> transfer;
};

// One hand-over of a dossier (giao, nhận): from whom to whom, and whether the step that ended was in time.
struct HandOver {
  TimeUs at_us = 0;
  std::optional<int64_t> taken_at_us;  // when the receiver first acted on it
  std::string action, from_name, from_position, from_unit, to_name, to_position, to_unit;
  bool by_applicant = false, to_applicant = false, ends = false;
  std::string result;  // "before", "on_time", "late"; "" when the step had no limit
  std::string due_on, note;
  std::string step;  // what it is in from then on
};

struct Service::Impl {
  explicit Impl(Deps d) : deps(std::move(d)), terms(deps.library, deps.catalogue) {}
  Deps deps;
  TermsShelf terms;
  std::vector<std::function<Status(db::Tx&, const Moved&)>> followers;

  // access.cc
  Viewer ViewerOf(const store::Head& d, const http::Principal& who) const;
  int64_t HolderUnit(const store::Dossier& d, const workflow::State& state) const;
  std::vector<const workflow::Transition*> AllowedFor(const store::Dossier& d, const workflow::Workflow& flow,
                                                      const http::Principal& who) const;
  // The authority named in a dossier code; kNotFound "dossier_not_found".
  Result<int64_t> AuthorityOfCode(std::string_view dossier_code) const;
  // Finds a dossier the caller may see.
  Result<store::Dossier> FindVisible(db::Tx& tx, int64_t authority_id, std::string_view dossier_code,
                                     const http::Principal& who) const;
  // Why this officer reads the dossier: a purpose of kernel/audit/reads.h, from the assignment and the work.
  const char* PurposeOf(const store::Dossier& d, const http::Principal& who) const;
  // Officers' reads are recorded before anything is shown (audit::Reads): of a dossier, its papers or result; of a list.
  Status AuditRead(const store::Head& d, const http::Principal& who, const char* kind);
  Status RecordRead(const store::Head& d, const http::Principal& who, const char* kind);  // whatever made him see it
  Status AuditList(const std::vector<store::Dossier>& shown, const http::Principal& who);

  // intake.cc
  struct Papers {
    std::vector<store::Paper> papers;
    std::vector<store::PaperFile> files;
  };
  struct Checked {
    std::shared_ptr<const Terms> terms;
    const orgs::Unit* authority = nullptr;
    int64_t reception_unit_id = 0;  // of another unit's desk
    std::shared_ptr<const orgs::Snapshot> units;
    std::shared_ptr<const forms::Form> form;
    std::shared_ptr<const workflow::Workflow> flow;
    json::object answers;
    identity::Person applicant;
    std::optional<store::Proxy> proxy;
    Papers papers;
  };
  Result<Checked> Check(const SubmitParams& params, const http::Principal& who) const;
  // Procedure, unit, answers and papers; `part` of a joint procedure: its desk may be another's, its awaited paper is not asked for.
  Status CheckContent(const SubmitParams& params, const http::Principal& who, const Part* part, Checked& checked,
                      std::vector<FieldError>& errors) const;
  // What forms need of areas: communes of today are known; a stored code is named as it was on `on`.
  void AddAreas(forms::Context& context, const std::string& on) const;
  forms::Context FormContext(const http::Principal& who) const;
  // The papers as rows to be; their round is set when they are stored.
  // `person_id`: whose earlier papers may be used again, 0 = nobody's; `brought`: a paper that another dossier's result will be.
  Result<Papers> CheckPapers(const Terms& terms, const json::object& answers, const std::vector<PaperInput>& input,
                             const std::string& channel, const http::Principal& who, int64_t person_id, bool all_required,
                             std::string_view brought = {}) const;
  Result<std::optional<store::Proxy>> CheckProxy(const SubmitParams& params, const http::Principal& who,
                                                 std::vector<FieldError>& errors) const;
  Status InsertPapers(db::Tx& tx, store::Key key, const Papers& papers) const;

  // filing.cc
  struct NewFiling {
    const Part* part = nullptr;  // of a joint procedure
    SubmitParams params;
    Checked checked;
    store::Dossier row;
    const workflow::Transition* accept = nullptr;  // received at once
  };
  store::Dossier NewRow(const Checked& checked, const SubmitParams& params, const http::Principal& who, TimeUs now) const;
  // The unit a part is competent at. kInvalid "joint_unit_elsewhere".
  Result<std::string> UnitOfPart(const Part& part, const Terms& part_terms, const Checked& joint) const;
  // What of a checked joint filing each part gets, checked as a filing of its own; errors point into the shared form.
  Status CheckParts(const SubmitParams& params, const http::Principal& who, const Checked& joint, std::vector<NewFiling>& filings) const;
  // Everything of one dossier. `joint` holds the parts made before it.
  Result<Loaded> StoreNew(db::Tx& tx, const NewFiling& filing, const store::Joint& joint, const http::Principal& who, TimeUs now) const;

  // joint.cc
  // The authority named in a joint code, and the file if the caller may see it. kNotFound "joint_not_found".
  Result<store::Joint> FindJoint(std::string_view joint_code, const http::Principal& who) const;
  // A part has its result, or ended without one: what waits for it goes on, or ends.
  Status FollowJoint(store::Key key) const;
  Status ReleasePart(db::Tx& tx, store::Dossier d, const store::JointPart& part, const Loaded& awaited) const;

  // notes.cc
  struct Handler {
    int64_t account_id = 0;
    std::string full_name, unit_name, role;
  };
  Result<store::Dossier> FindAsOfficer(db::Tx& tx, int64_t authority_id, std::string_view dossier_code, const http::Principal& who) const;
  // Officers of the units that handle it, without their names.
  Result<std::vector<Handler>> HandlersOf(db::Tx& tx, const store::Dossier& d) const;

  // transfer.cc
  // The last day to hand the papers over: that of reception, the next working day when it is not one or the hour is past.
  std::string TransferDueOn(const store::Dossier& d, TimeUs received_at_us) const;
  // The record of a dossier received for another unit, in both authorities.
  Status StoreTransfer(db::Tx& tx, const Loaded& filed, TimeUs now_us) const;
  // The result was handed over, wherever.
  Status EndTransfer(db::Tx& tx, const store::Dossier& d, TimeUs now_us) const;
  struct Transferring {
    bool send = false, take = false;
  };
  Transferring MayTransfer(const store::Dossier& d, const store::Transfer& t, const http::Principal& who) const;
  void WriteTransfer(json::Writer& out, const Loaded& loaded, const http::Principal& who) const;

  // consult.cc
  struct Consulted {
    store::Dossier d;
    store::Consultation c;
    std::vector<store::ConsultationFile> files;  // of all its dossier's
    bool asked = false, asker = false;           // the caller may answer it; may remind of it and withdraw it
  };
  // The present step, when the caller holds it and may ask for opinions in it.
  const workflow::State* StepToConsult(const store::Dossier& d, const http::Principal& who) const;
  bool IsAsked(const store::Consultation& c, const http::Principal& who) const;
  Result<Consulted> FindConsultation(db::Tx& tx, int64_t authority_id, std::string_view dossier_code, int64_t consultation_id,
                                     const http::Principal& who) const;
  void WriteConsultation(json::Writer& out, const Consulted& one, TimeUs now_us) const;
  Status TellAsked(db::Tx& tx, const store::Dossier& d, const store::Consultation& c, const std::string& what, TimeUs now_us) const;
  // It is nobody's work any more.
  Status EndConsultation(db::Tx& tx, const store::Consultation& c, TimeUs now_us) const;
  // Its deadline passed without an answer.
  Status LetPass(db::Tx& tx, const store::Dossier& d, store::Consultation& c, TimeUs now_us) const;
  // kConflict "consultation_open" when `must_be_done` and a required one is.
  Status EndConsultations(db::Tx& tx, const store::Dossier& d, const workflow::State& step, bool must_be_done, const http::Principal& who,
                          TimeUs now_us) const;
  Status ConsultationDue(store::Key key, int64_t consultation_id) const;

  // satisfaction.cc
  std::vector<QuestionSet> question_sets;  // set before serving
  Result<store::Rating> CheckRating(const RateParams& params, TimeUs now_us) const;
  void WriteRating(json::Writer& out, const store::Rating& rating) const;

  // papers_once.cc
  struct Reused {
    store::PaperFile file;
    int64_t digitisation = 0;  // 2 or 3
  };
  // kNotFound "paper_source_unknown" when it is not an earlier paper or result of this person that the caller may see.
  Result<Reused> FindReusable(const PaperInput::Reuse& wanted, int64_t person_id, const http::Principal& who) const;

  // assign.cc
  struct Assigning {
    bool anyone = false, self = false;  // may give the work to whoever can hold it; may take it
    int64_t unit_id = 0;                // who can hold it: this role in this unit
    std::string role;
  };
  Assigning MayAssign(const store::Dossier& d, const http::Principal& who) const;

  // workflow_move.cc
  // False when the dossier changed since `seen`.
  Result<bool> MoveToVersion(db::Tx& tx, const store::Dossier& seen, const workflow::Workflow& from, const workflow::Workflow& to,
                             const workflow::State& state);

  // moves.cc
  struct Move {
    const workflow::Workflow& flow;
    const workflow::Transition& transition;
    const http::Principal& who;
    const ActParams& params;
    TimeUs now_us;
    bool by_applicant;
    Filing filing;
  };
  // Tells whoever follows dossiers (OnMove) of a filing or a step.
  Status Tell(db::Tx& tx, const store::Dossier& d, Moved moved) const;
  // Changes `d` and writes the event, inbox, notices, audit and jobs of one transition. The caller writes `d` itself.
  Result<store::Event> Apply(db::Tx& tx, store::Dossier& d, const Move& move) const;
  // What a transition changes in the dossier's row: state, holder, clock, due date, step. kConflict "dossier_department_missing".
  struct Advanced {
    bool same_holder = false;                // nobody else holds it now
    std::optional<std::string> step_due_on;  // of the step it ended
    std::string breach;
  };
  Result<Advanced> Advance(store::Dossier& d, const workflow::State& from, const workflow::State& to, const workflow::Transition& t,
                 int64_t account_id, TimeUs now_us) const;
  void Recompute(store::Dossier& d) const;
  void RecomputeStep(store::Dossier& d) const;
  // The step of `state` begins.
  void EnterStep(store::Dossier& d, const workflow::State& state, TimeUs now_us) const;
  // What is wrong with a day given by a letter of apology, "" when nothing: later than the present one, worked, within the limit.
  std::string CheckNewDue(const store::Dossier& d, const std::string& due_on) const;

  // waiting.cc: what a unit waits for while the dossier is in a state, "" when nothing; the row follows each step.
  const char* WaitingKind(const store::Dossier& d, const workflow::Workflow& flow, const workflow::State& state) const;
  Status FollowWaiting(db::Tx& tx, const store::Dossier& d, const Move& move, const workflow::State& from, const store::Event& event) const;

  // recompute.cc
  // Works the due dates of an authority's open dossiers out again after the calendar of `on` changed; each that moves gets an
  // event, and its applicant is told.
  Status FollowCalendar(int64_t authority_id, const std::string& on);
  Status FollowCalendarEverywhere(const std::string& on);
  Result<bool> FollowCalendarOf(db::Tx& tx, const store::Dossier& seen, const std::string& on);
  Status PutInbox(db::Tx& tx, const store::Dossier& d, const workflow::Workflow& flow, Filing filing) const;
  Status NotifyApplicant(db::Tx& tx, const store::Dossier& d, const std::string& action, int64_t event_id, TimeUs now_us) const;
  store::Event EventBy(const http::Principal& who, TimeUs now_us) const;

  // render.cc
  Result<Loaded> Load(db::Tx& tx, const store::Dossier& d) const;
  Result<Loaded> LoadVisible(int64_t authority_id, std::string_view dossier_code, const http::Principal& who) const;
  std::string Render(const Loaded& loaded, const http::Principal& who) const;
  void WriteFace(json::Writer& out, const store::Dossier& d, const workflow::Workflow* flow, const orgs::Snapshot& units) const;
  // What one who filed needs at once; the page of the dossier is made when somebody looks at it.
  std::string RenderFiled(const Loaded& loaded) const;
  void WriteEvents(json::Writer& out, const Loaded& loaded, const workflow::Workflow* flow, Viewer viewer) const;
  PageMemo::Ground PageGround() const;
  std::string PageKey(const store::Head& head, const http::Principal& who) const;

  // steps.cc
  void WriteStep(json::Writer& out, const store::Dossier& d, TimeUs now_us) const;
  // What the law gives the office for refusing and for asking for papers: open, passed, kept or broken.
  void WriteDuties(json::Writer& out, const Loaded& loaded, TimeUs now_us) const;
  std::vector<HandOver> HandOvers(const Loaded& loaded) const;
  void WriteHandOvers(json::Writer& out, const Loaded& loaded) const;
  // Rows of the control sheet (docs/formats/print-template.md, `hand_overs`).
  json::array HandOversForPrint(const Loaded& loaded) const;

  // view.cc
  void WriteState(json::Writer& out, const store::Dossier& d, const workflow::Workflow* flow) const;
  void WriteSteps(json::Writer& out, const store::Dossier& d, const workflow::Workflow* flow,
                  const std::vector<store::Event>& events) const;
  void WriteSummary(json::Writer& out, const store::Dossier& d, const orgs::Snapshot& units, TimeUs now_us) const;
  // One page of an officer's authority, or of one person's dossiers that the caller may see; `next_cursor` stays "" at the end.
  Result<std::vector<store::Dossier>> SearchOffice(const ListParams& params, const http::Principal& who, std::string* next_cursor) const;
  Result<std::vector<store::Dossier>> SearchPerson(int64_t person_id, const ListParams& params, const http::Principal& who,
                                                   std::string* next_cursor) const;
  // facts.cc: a page of the dossiers behind a figure.
  Result<std::vector<store::Dossier>> Matching(const MatchParams& params, const http::Principal& who, std::string* next_cursor) const;
  // {items: [summary], next_cursor}
  std::string WriteList(const std::vector<store::Dossier>& found, const std::string& next_cursor) const;
  const char* DeadlineOf(const store::Dossier& d, TimeUs now_us) const;
  std::shared_ptr<const workflow::Workflow> FlowOf(const store::Dossier& d) const {
    return deps.library.FindWorkflow(d.workflow_id, static_cast<int>(d.workflow_version));
  }
  std::shared_ptr<const forms::Form> FormOf(const store::Dossier& d) const {
    return deps.library.FindForm(d.form_id, static_cast<int>(d.form_version));
  }

  // documents.cc
  json::object PrintData(const Loaded& loaded) const;

  // slips.cc
  // An official slip a dossier has: what it records, in the form of its day.
  struct SlipAct {
    std::string records;
    packs::Library::Slip form;
    const store::Event* event;  // of the Loaded it was made from; for the control sheet the last one
    bool numbered;              // false: shown only, before reception
    const std::string& no() const { return form.print->Info().slip_no; }
    bool Grows() const { return records == "control"; }
  };
  // In the order of their numbers, then of their acts.
  std::vector<SlipAct> SlipsOf(const Loaded& loaded, Viewer viewer) const;
  json::object SlipData(const Loaded& loaded, const SlipAct& act) const;
  // Finds the issued slip, or issues it.
  Result<store::Slip> IssueSlip(const Loaded& loaded, const SlipAct& act, const json::object& data);
  Status RenderResult(store::Key key) const;
  Status AnnounceToHolders(store::Key key) const;

  audit::Reads reads;

  PageMemo pages;
};

// The signer of a paper as templates take him; of nobody when `e` is null.
json::object OfficerOf(const store::Event* e);
// Papers of rounds up to `round_max` as templates take them.
json::array PapersData(const std::vector<store::Paper>& papers, int64_t round_max);
const char* ReturnText(const std::string& method);

// Refused, withdrawn or stopped: no result will come.
inline bool EndedWithout(int64_t national_state) { return national_state == 3 || national_state == 7 || national_state == 8; }
// What the log calls an event; `own` keeps the text when nothing names its action.
const workflow::Text& EventTitle(const store::Event& e, const workflow::Workflow* flow, workflow::Text& own);
bool IsLate(const store::Event& e);  // it ended a step past its due day
void WriteText(json::Writer& out, std::string_view key, const workflow::Text& text);
void WriteTime(json::Writer& out, std::string_view key, const std::optional<int64_t>& at_us);      // null when absent
void WriteOptional(json::Writer& out, std::string_view key, const std::optional<std::string>& text);
// JSON this feature stored itself: empty when a column does not hold what it should.
inline json::object ParseObject(const std::string& text) {
  auto v = json::Parse(text);
  return v.ok() && v->is_object() ? v->as_object() : json::object();
}
// The same for a column that is sent as it is.
inline std::string_view OrEmpty(const std::string& text, std::string_view empty) { return text.empty() ? empty : std::string_view(text); }
inline json::array ParseArray(const std::string& text) {
  auto v = json::Parse(text);
  return v.ok() && v->is_array() ? v->as_array() : json::array();
}
json::object PersonJson(const identity::Person& person);  // as kept with a dossier
inline store::Key KeyOf(const store::Head& d) { return {d.authority_id, d.dossier_id}; }

}  // namespace tinhso::dossiers
