#include "store.h"

#include "store_facts.h"

#include <algorithm>
#include <limits>

namespace tinhso::dossiers::store {
namespace {

// The columns of `dossier` in the order ReadDossier expects.
#define DOSSIER_COLUMNS \
  "authority_id, dossier_id, dossier_code, procedure_code, procedure_name, procedure_version, " \
  "form_id, form_version, workflow_id, workflow_version, desk_unit_id, handling_unit_id, " \
  "department_unit_id, department_authority_id, channel, return_method, state, back_state, " \
  "national_state, clock, person_id, applicant_name, name_folded, given_folded, personal_no, " \
  "account_id, assignee_account_id, submitted_at_us, received_at_us, due_at_us, due_on, " \
  "original_due_on, finished_at_us, limit_value, limit_unit, after_hours_minute, paused_minutes, " \
  "paused_since_us, supplement_count, held_since_us, version, extended_on, extended_paused_minutes, proxy_person_id, " \
  "step_since_us, step_paused_minutes, step_due_at_us, joint_code, joint_waits_for, joint_ready_at_us, " \
  "reception_unit_id, return_unit_id "

Dossier ReadDossier(const db::Row& row) {
  Dossier d;
  d.authority_id = row.Int(0);
  d.dossier_id = row.Int(1);
  d.dossier_code = row.Text(2);
  d.procedure_code = row.Text(3);
  d.procedure_name = row.Text(4);
  d.procedure_version = row.Int(5);
  d.form_id = row.Text(6);
  d.form_version = row.Int(7);
  d.workflow_id = row.Text(8);
  d.workflow_version = row.Int(9);
  d.desk_unit_id = row.Int(10);
  d.handling_unit_id = row.Int(11);
  d.department_unit_id = row.Int(12);
  d.department_authority_id = row.Int(13);
  d.channel = row.Text(14);
  d.return_method = row.Text(15);
  d.state = row.Text(16);
  d.back_state = row.Text(17);
  d.national_state = row.Int(18);
  d.clock = row.Text(19);
  d.person_id = row.Int(20);
  d.applicant_name = row.Text(21);
  d.name_folded = row.Text(22);
  d.given_folded = row.Text(23);
  d.personal_no = row.Text(24);
  d.account_id = row.Int(25);
  d.assignee_account_id = row.Int(26);
  d.submitted_at_us = row.Int(27);
  d.received_at_us = row.OptInt(28);
  d.due_at_us = row.OptInt(29);
  if (!row.IsNull(30)) d.due_on = row.Text(30);
  if (!row.IsNull(31)) d.original_due_on = row.Text(31);
  d.finished_at_us = row.OptInt(32);
  d.limit_value = row.Int(33);
  d.limit_unit = row.Text(34);
  d.after_hours_minute = row.Int(35);
  d.paused_minutes = row.Int(36);
  d.paused_since_us = row.OptInt(37);
  d.supplement_count = row.Int(38);
  d.held_since_us = row.Int(39);
  d.version = row.Int(40);
  if (!row.IsNull(41)) d.extended_on = row.Text(41);
  d.extended_paused_minutes = row.Int(42);
  d.proxy_person_id = row.Int(43);
  d.step_since_us = row.Int(44);
  d.step_paused_minutes = row.Int(45);
  d.step_due_at_us = row.OptInt(46);
  d.joint_code = row.Text(47);
  d.joint_waits_for = row.Text(48);
  d.joint_ready_at_us = row.OptInt(49);
  d.reception_unit_id = row.Int(50);
  d.return_unit_id = row.Int(51);
  d.reported = ReportedOf(d);
  return d;
}

constexpr db::Sql kInsertDossier =
    "INSERT INTO dossier (" DOSSIER_COLUMNS R"sql() VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
    $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40,
    $41, $42, $43, $44, $45, $46, $47, $48, $49, $50, $51, $52))sql";

constexpr db::Sql kInsertBody = R"sql(
  INSERT INTO dossier_body (authority_id, dossier_id, answers, applicant) VALUES ($1, $2, $3, $4))sql";

constexpr db::Sql kUpdateDossier = R"sql(
  UPDATE dossier SET
    desk_unit_id = $1, handling_unit_id = $2, department_unit_id = $3,
    department_authority_id = $4, state = $5, back_state = $6, national_state = $7, clock = $8,
    assignee_account_id = $9, received_at_us = $10, due_at_us = $11, due_on = $12,
    original_due_on = $13, finished_at_us = $14, paused_minutes = $15, paused_since_us = $16,
    supplement_count = $17, held_since_us = $18, extended_on = $19, extended_paused_minutes = $20,
    step_since_us = $21, step_paused_minutes = $22, step_due_at_us = $23, workflow_version = $24,
    joint_ready_at_us = $25, version = version + 1
  WHERE authority_id = $26 AND dossier_id = $27 AND version = $28)sql";

constexpr db::Sql kTouchVersion = R"sql(
  UPDATE dossier SET version = version + 1 WHERE authority_id = $1 AND dossier_id = $2 AND version = $3)sql";

constexpr db::Sql kUpdateAnswers = R"sql(
  UPDATE dossier_body SET answers = $1 WHERE authority_id = $2 AND dossier_id = $3)sql";

constexpr db::Sql kFindHead = R"sql(
  SELECT dossier_id, person_id, department_authority_id, assignee_account_id, proxy_person_id, reception_unit_id, version FROM dossier
  WHERE authority_id = $1 AND dossier_code = $2)sql";
constexpr db::Sql kFindByCode =
    "SELECT " DOSSIER_COLUMNS " FROM dossier WHERE authority_id = $1 AND dossier_code = $2";
constexpr db::Sql kFindById = "SELECT " DOSSIER_COLUMNS " FROM dossier WHERE authority_id = $1 AND dossier_id = $2";

constexpr db::Sql kGetBody = "SELECT answers, applicant FROM dossier_body WHERE authority_id = $1 AND dossier_id = $2";

constexpr db::Sql kInsertPaper = R"sql(
  INSERT INTO dossier_paper (authority_id, dossier_id, submitted_paper_id, paper_id, name, originals, copies, round, digitisation,
    source_dossier_code)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10))sql";
constexpr db::Sql kInsertFile = R"sql(
  INSERT INTO dossier_file (authority_id, dossier_id, submitted_paper_id, file_id, name, media_type, size_bytes)
  VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING)sql";
constexpr db::Sql kPapers = R"sql(
  SELECT submitted_paper_id, paper_id, name, originals, copies, round, digitisation, source_dossier_code FROM dossier_paper
  WHERE authority_id = $1 AND dossier_id = $2 ORDER BY submitted_paper_id)sql";
constexpr db::Sql kFiles = R"sql(
  SELECT submitted_paper_id, file_id, name, media_type, size_bytes FROM dossier_file
  WHERE authority_id = $1 AND dossier_id = $2 ORDER BY submitted_paper_id, file_id)sql";

constexpr db::Sql kInsertEvent = R"sql(
  INSERT INTO dossier_event (authority_id, dossier_id, event_id, at_us, action, from_state, to_state, national_state,
    account_id, assignment_id, actor_name, actor_position, actor_unit, by_applicant, note, reason, items, due_on,
    on_behalf_account_id, on_behalf_of, step_due_on, breach, to_account_id, to_name)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24))sql";
constexpr db::Sql kEvents = R"sql(
  SELECT event_id, at_us, action, from_state, to_state, national_state, account_id, assignment_id, actor_name,
    actor_position, actor_unit, by_applicant, note, reason, items, due_on, on_behalf_account_id, on_behalf_of,
    step_due_on, breach, to_account_id, to_name
  FROM dossier_event WHERE authority_id = $1 AND dossier_id = $2 ORDER BY event_id)sql";

constexpr db::Sql kInsertResult = R"sql(
  INSERT INTO dossier_result (authority_id, dossier_id, verify_code, number, issued_on, decided_by, decided_position,
    template_id, result_text, file_id, sha256, on_behalf_of, own_position)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, NULL, '', $10, $11))sql";
constexpr db::Sql kSetResultFile = R"sql(
  UPDATE dossier_result SET file_id = $1, sha256 = $2
  WHERE authority_id = $3 AND dossier_id = $4 AND file_id IS NULL)sql";
#define RESULT_COLUMNS \
  "verify_code, number, issued_on, decided_by, decided_position, template_id, result_text, file_id, sha256, on_behalf_of, own_position"
constexpr db::Sql kGetResult =
    "SELECT " RESULT_COLUMNS " FROM dossier_result WHERE authority_id = $1 AND dossier_id = $2";
constexpr db::Sql kFindVerified =
    "SELECT " RESULT_COLUMNS ", dossier_id FROM dossier_result WHERE authority_id = $1 AND verify_code = $2";

constexpr db::Sql kInsertRating = R"sql(
  INSERT INTO dossier_rating (authority_id, dossier_id, score, comment, rated_at_us) VALUES ($1, $2, $3, $4, $5))sql";
constexpr db::Sql kInsertRatingAnswer = R"sql(
  INSERT INTO dossier_rating_answer (authority_id, dossier_id, question_id, question_set, value) VALUES ($1, $2, $3, $4, $5))sql";
constexpr db::Sql kRatingAnswers =
    "SELECT question_id, question_set, value FROM dossier_rating_answer WHERE authority_id = $1 AND dossier_id = $2 ORDER BY question_id";
constexpr db::Sql kGetRating =
    "SELECT score, comment, rated_at_us FROM dossier_rating WHERE authority_id = $1 AND dossier_id = $2";

constexpr db::Sql kFindRequest = R"sql(
  SELECT request_sha256, dossier_id FROM dossier_request
  WHERE authority_id = $1 AND account_id = $2 AND idempotency_key = $3)sql";
constexpr db::Sql kInsertRequest = R"sql(
  INSERT INTO dossier_request (authority_id, account_id, idempotency_key, request_sha256, dossier_id)
  VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING)sql";

constexpr db::Sql kInsertPersonDossier = R"sql(
  INSERT INTO person_dossier (person_id, dossier_id, authority_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING)sql";
constexpr db::Sql kOfPerson = R"sql(
  SELECT authority_id, dossier_id FROM person_dossier
  WHERE person_id = $1 AND dossier_id < $2 ORDER BY dossier_id DESC LIMIT $3)sql";

// A state filter on a parameter; "open" alone has statements of its own where most rows are closed.
#define STATE_IS(n) \
  "(" n " = '' OR (" n " = 'open' AND finished_at_us IS NULL) OR (" n " = 'closed' AND finished_at_us IS NOT NULL)) "
constexpr db::Sql kNewest = "SELECT " DOSSIER_COLUMNS "FROM dossier WHERE authority_id = $1 AND dossier_id < $2 AND " STATE_IS("$3")
    "ORDER BY dossier_id DESC LIMIT $4";
constexpr db::Sql kNewestOpen = "SELECT " DOSSIER_COLUMNS "FROM dossier WHERE authority_id = $1 AND dossier_id < $2 "
    "AND finished_at_us IS NULL ORDER BY dossier_id DESC LIMIT $3";
constexpr db::Sql kNewestOfNumber = "SELECT " DOSSIER_COLUMNS "FROM dossier WHERE authority_id = $1 AND personal_no = $2 "
    "AND dossier_id < $3 AND " STATE_IS("$4") "ORDER BY dossier_id DESC LIMIT $5";
// Ranges rather than LIKE, so that the index serves on both engines. $2: where to begin, the prefix or the last name shown. It alone
// bounds the range from below: of two lower bounds SQLite may take the weaker and walk every name before the prefix.
constexpr db::Sql kByFullName = "SELECT " DOSSIER_COLUMNS "FROM dossier WHERE authority_id = $1 AND name_folded >= $2 "
    "AND name_folded < $3 AND (name_folded > $2 OR (name_folded = $2 AND dossier_id < $4)) AND " STATE_IS("$5")
    "ORDER BY name_folded, dossier_id DESC LIMIT $6";
constexpr db::Sql kByGivenName = "SELECT " DOSSIER_COLUMNS "FROM dossier WHERE authority_id = $1 AND given_folded >= $2 "
    "AND given_folded < $3 AND (given_folded > $2 OR (given_folded = $2 AND dossier_id < $4)) AND " STATE_IS("$5")
    "AND NOT (name_folded >= $6 AND name_folded < $3) ORDER BY given_folded, dossier_id DESC LIMIT $7";

constexpr db::Sql kDueFrom = "SELECT " DOSSIER_COLUMNS "FROM dossier WHERE authority_id = $1 AND finished_at_us IS NULL "
    "AND due_on >= $2 AND dossier_id > $3 ORDER BY dossier_id LIMIT $4";
constexpr db::Sql kAnyDueFrom =
    "SELECT 1 FROM dossier WHERE authority_id = $1 AND finished_at_us IS NULL AND due_on >= $2 LIMIT 1";
constexpr db::Sql kAllAfter = "SELECT " DOSSIER_COLUMNS "FROM dossier WHERE authority_id = $1 AND dossier_id > $2 "
    "ORDER BY dossier_id LIMIT $3";

constexpr db::Sql kReceivedBetween = "SELECT " DOSSIER_COLUMNS "FROM dossier WHERE authority_id = $1 AND received_at_us >= $2 "
    "AND received_at_us < $3 ORDER BY received_at_us, dossier_id LIMIT $4";

constexpr db::Sql kCountRunning = "SELECT COUNT(*) FROM dossier WHERE authority_id = $1 AND finished_at_us IS NULL";
constexpr db::Sql kSomeRunning = R"sql(
  SELECT dossier_code FROM dossier WHERE authority_id = $1 AND finished_at_us IS NULL ORDER BY dossier_id DESC LIMIT 5)sql";
constexpr db::Sql kCountResults = "SELECT COUNT(*) FROM dossier_result WHERE authority_id = $1";
constexpr db::Sql kSomeResults = "SELECT verify_code FROM dossier_result WHERE authority_id = $1 ORDER BY dossier_id DESC LIMIT 5";

DossierResult ReadResult(const db::Row& row) {
  return {row.Text(0), row.Text(1), row.Text(2), row.Text(3), row.Text(4), row.Text(5), row.Text(6), row.OptInt(7), row.Text(8),
          row.Text(9), row.Text(10)};
}

Status Drop(Result<int64_t> changed) {
  if (!changed.ok()) return changed.error();
  return Ok();
}

Result<std::optional<Dossier>> One(Result<std::optional<db::Row>> row) {
  if (!row.ok()) return row.error();
  if (!*row) return std::optional<Dossier>();
  return std::optional<Dossier>(ReadDossier(**row));
}

}  // namespace

Status InsertDossier(db::Tx& tx, const Dossier& d, const Body& body, const FactLog& facts) {
  TINHSO_TRY(InsertFacts(tx, facts));
  TINHSO_TRY(tx.Execute(kInsertDossier, {
      d.authority_id, d.dossier_id, d.dossier_code, d.procedure_code, d.procedure_name,
      d.procedure_version, d.form_id, d.form_version, d.workflow_id, d.workflow_version,
      d.desk_unit_id, d.handling_unit_id, d.department_unit_id, d.department_authority_id,
      d.channel, d.return_method, d.state, d.back_state, d.national_state, d.clock, d.person_id,
      d.applicant_name, d.name_folded, d.given_folded, d.personal_no, d.account_id,
      d.assignee_account_id, d.submitted_at_us, d.received_at_us, d.due_at_us, d.due_on,
      d.original_due_on, d.finished_at_us, d.limit_value, d.limit_unit, d.after_hours_minute,
      d.paused_minutes, d.paused_since_us, d.supplement_count, d.held_since_us, d.version, d.extended_on,
      d.extended_paused_minutes, d.proxy_person_id, d.step_since_us, d.step_paused_minutes, d.step_due_at_us, d.joint_code,
      d.joint_waits_for, d.joint_ready_at_us, d.reception_unit_id, d.return_unit_id}));
  return Drop(tx.Execute(kInsertBody, {d.authority_id, d.dossier_id, body.answers, body.applicant}));
}

Result<bool> UpdateDossier(db::Tx& tx, const Dossier& d, int64_t version_seen, TimeUs now_us) {
  TINHSO_ASSIGN(int64_t changed, tx.Execute(kUpdateDossier, {
      d.desk_unit_id, d.handling_unit_id, d.department_unit_id, d.department_authority_id, d.state,
      d.back_state, d.national_state, d.clock, d.assignee_account_id, d.received_at_us,
      d.due_at_us, d.due_on, d.original_due_on, d.finished_at_us, d.paused_minutes,
      d.paused_since_us, d.supplement_count, d.held_since_us, d.extended_on, d.extended_paused_minutes,
      d.step_since_us, d.step_paused_minutes, d.step_due_at_us, d.workflow_version, d.joint_ready_at_us,
      d.authority_id, d.dossier_id, version_seen}));
  if (changed != 1) return false;
  TINHSO_TRY(FollowFacts(tx, d, now_us));
  return true;
}

Result<bool> AnyDueFrom(db::Tx& tx, int64_t authority_id, std::string_view due_on) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kAnyDueFrom, {authority_id, due_on}));
  return row.has_value();
}

Result<bool> TouchVersion(db::Tx& tx, Key key, int64_t version_seen) {
  TINHSO_ASSIGN(int64_t changed, tx.Execute(kTouchVersion, {key.authority_id, key.dossier_id, version_seen}));
  return changed == 1;
}

Status UpdateAnswers(db::Tx& tx, Key key, std::string_view answers) {
  return Drop(tx.Execute(kUpdateAnswers, {answers, key.authority_id, key.dossier_id}));
}

Result<std::optional<Head>> FindHead(db::Tx& tx, int64_t authority_id, std::string_view dossier_code) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kFindHead, {authority_id, dossier_code}));
  if (!row) return std::optional<Head>();
  return std::optional<Head>(Head{authority_id, row->Int(0), row->Int(1), row->Int(2), row->Int(3), row->Int(4), row->Int(5), row->Int(6)});
}

Result<std::optional<Dossier>> FindByCode(db::Tx& tx, int64_t authority_id, std::string_view dossier_code) {
  return One(tx.QueryOne(kFindByCode, {authority_id, dossier_code}));
}

Result<std::optional<Dossier>> FindById(db::Tx& tx, Key key) {
  return One(tx.QueryOne(kFindById, {key.authority_id, key.dossier_id}));
}

Result<Body> GetBody(db::Tx& tx, Key key) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kGetBody, {key.authority_id, key.dossier_id}));
  if (!row) return MakeError(ErrorCode::kNotFound, "dossier_not_found");
  return Body{row->Text(0), row->Text(1)};
}

Status InsertPaper(db::Tx& tx, Key key, const Paper& p) {
  return Drop(tx.Execute(kInsertPaper, {key.authority_id, key.dossier_id, p.submitted_paper_id, p.paper_id, p.name,
                                        p.originals, p.copies, p.round, p.digitisation, p.source_dossier_code}));
}

Status InsertFile(db::Tx& tx, Key key, const PaperFile& f) {
  return Drop(tx.Execute(kInsertFile, {key.authority_id, key.dossier_id, f.submitted_paper_id, f.file_id, f.name,
                                       f.media_type, f.size_bytes}));
}

Result<std::vector<Paper>> Papers(db::Tx& tx, Key key) {
  TINHSO_ASSIGN(auto rows, tx.Query(kPapers, {key.authority_id, key.dossier_id}));
  std::vector<Paper> out;
  for (const auto& row : rows)
    out.push_back({row.Int(0), row.Text(1), row.Text(2), row.Int(3), row.Int(4), row.Int(5), row.Int(6), row.Text(7)});
  return out;
}

Result<std::vector<PaperFile>> Files(db::Tx& tx, Key key) {
  TINHSO_ASSIGN(auto rows, tx.Query(kFiles, {key.authority_id, key.dossier_id}));
  std::vector<PaperFile> out;
  for (const auto& row : rows) out.push_back({row.Int(0), row.Int(1), row.Text(2), row.Text(3), row.Int(4)});
  return out;
}

Status InsertEvent(db::Tx& tx, Key key, const Event& e) {
  return Drop(tx.Execute(kInsertEvent,
                         {key.authority_id, key.dossier_id, e.event_id, e.at_us, e.action, e.from_state, e.to_state,
                          e.national_state, e.account_id, e.assignment_id, e.actor_name, e.actor_position, e.actor_unit,
                          e.by_applicant ? 1 : 0, e.note, e.reason, e.items, e.due_on, e.on_behalf_account_id, e.on_behalf_of,
                          e.step_due_on, e.breach, e.to_account_id, e.to_name}));
}

Result<std::vector<Event>> Events(db::Tx& tx, Key key) {
  TINHSO_ASSIGN(auto rows, tx.Query(kEvents, {key.authority_id, key.dossier_id}));
  std::vector<Event> out;
  for (const auto& row : rows) {
    Event e{row.Int(0),   row.Int(1),   row.Text(2),  row.Text(3),      row.Text(4),  row.Int(5),   row.Int(6), row.Int(7),
            row.Text(8),  row.Text(9),  row.Text(10), row.Int(11) != 0, row.Text(12), row.Text(13), row.Text(14), {}, row.Int(16), row.Text(17),
            {}, row.Text(19), row.Int(20), row.Text(21)};
    if (!row.IsNull(15)) e.due_on = row.Text(15);
    if (!row.IsNull(18)) e.step_due_on = row.Text(18);
    out.push_back(std::move(e));
  }
  return out;
}

Status InsertResult(db::Tx& tx, Key key, const DossierResult& r) {
  return Drop(tx.Execute(kInsertResult, {key.authority_id, key.dossier_id, r.verify_code, r.number, r.issued_on,
                                         r.decided_by, r.decided_position, r.template_id, r.result_text, r.on_behalf_of,
                                         r.own_position}));
}

Status SetResultFile(db::Tx& tx, Key key, int64_t file_id, std::string_view sha256) {
  return Drop(tx.Execute(kSetResultFile, {file_id, sha256, key.authority_id, key.dossier_id}));
}

Result<std::optional<DossierResult>> GetResult(db::Tx& tx, Key key) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kGetResult, {key.authority_id, key.dossier_id}));
  if (!row) return std::optional<DossierResult>();
  return std::optional<DossierResult>(ReadResult(*row));
}

Result<std::optional<Verified>> FindVerified(db::Tx& tx, int64_t authority_id, std::string_view verify_code) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kFindVerified, {authority_id, verify_code}));
  if (!row) return std::optional<Verified>();
  return std::optional<Verified>(Verified{{authority_id, row->Int(11)}, ReadResult(*row)});
}

Status InsertRating(db::Tx& tx, Key key, const Rating& r) {
  TINHSO_TRY(tx.Send(kInsertRating, {key.authority_id, key.dossier_id, r.score, r.comment, r.rated_at_us}));
  for (const auto& [question, value] : r.answers)
    TINHSO_TRY(tx.Send(kInsertRatingAnswer, {key.authority_id, key.dossier_id, question, r.question_set, value}));
  return Ok();
}

Result<std::optional<Rating>> GetRating(db::Tx& tx, Key key) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kGetRating, {key.authority_id, key.dossier_id}));
  if (!row) return std::optional<Rating>();
  Rating rating{row->Int(0), row->Text(1), row->Int(2), {}, {}};
  TINHSO_TRY(tx.ForEach(kRatingAnswers, {key.authority_id, key.dossier_id}, [&](const db::Row& answer) {
    rating.question_set = answer.Text(1);
    rating.answers.emplace_back(answer.Text(0), answer.Int(2));
    return true;
  }));
  return std::optional<Rating>(std::move(rating));
}

Result<std::optional<Request>> FindRequest(db::Tx& tx, const RequestKey& key) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kFindRequest, {key.authority_id, key.account_id, key.idempotency_key}));
  if (!row) return std::optional<Request>();
  return std::optional<Request>(Request{row->Text(0), row->Int(1)});
}

Result<bool> InsertRequest(db::Tx& tx, const RequestKey& key, const Request& request) {
  TINHSO_ASSIGN(int64_t changed, tx.Execute(kInsertRequest, {key.authority_id, key.account_id, key.idempotency_key,
                                                             request.request_sha256, request.dossier_id}));
  return changed == 1;
}

Status InsertPersonDossier(db::Tx& tx, int64_t person_id, Key key) {
  return Drop(tx.Execute(kInsertPersonDossier, {person_id, key.dossier_id, key.authority_id}));
}

Result<std::vector<Key>> OfPerson(db::Tx& tx, int64_t person_id, int64_t before_dossier_id, int64_t limit) {
  TINHSO_ASSIGN(auto rows, tx.Query(kOfPerson, {person_id, before_dossier_id, limit}));
  std::vector<Key> out;
  for (const auto& row : rows) out.push_back({row.Int(0), row.Int(1)});
  return out;
}

Result<int64_t> CountRunning(db::Tx& tx, int64_t authority_id) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kCountRunning, {authority_id}));
  return row ? row->Int(0) : int64_t{0};
}

Result<int64_t> CountResults(db::Tx& tx, int64_t authority_id) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kCountResults, {authority_id}));
  return row ? row->Int(0) : int64_t{0};
}

Result<std::vector<std::string>> SomeRunning(db::Tx& tx, int64_t authority_id) {
  TINHSO_ASSIGN(auto rows, tx.Query(kSomeRunning, {authority_id}));
  std::vector<std::string> out;
  for (const auto& row : rows) out.push_back(row.Text(0));
  return out;
}

Result<std::vector<std::string>> SomeResults(db::Tx& tx, int64_t authority_id) {
  TINHSO_ASSIGN(auto rows, tx.Query(kSomeResults, {authority_id}));
  std::vector<std::string> out;
  for (const auto& row : rows) out.push_back(row.Text(0));
  return out;
}

namespace {

Result<std::vector<Dossier>> Many(const Result<db::Rows>& rows) {
  if (!rows.ok()) return rows.error();
  std::vector<Dossier> out;
  out.reserve(rows->size());
  for (const auto& row : *rows) out.push_back(ReadDossier(row));
  return out;
}

std::string AfterPrefix(std::string_view prefix) { return std::string(prefix) + "{"; }  // the byte after 'z'

// Below which id the page goes on; at the prefix's own beginning nothing was shown yet.
int64_t BeforeId(const NameParams& name) {
  return name.after_name < name.prefix ? std::numeric_limits<int64_t>::max() : name.before_dossier_id;
}

}  // namespace

Result<std::vector<Dossier>> Newest(db::Tx& tx, const ListParams& list, std::string_view personal_no, int64_t before_dossier_id) {
  if (!personal_no.empty())
    return Many(tx.Query(kNewestOfNumber, {list.authority_id, personal_no, before_dossier_id, list.state, list.limit}));
  if (list.state == "open") return Many(tx.Query(kNewestOpen, {list.authority_id, before_dossier_id, list.limit}));
  return Many(tx.Query(kNewest, {list.authority_id, before_dossier_id, list.state, list.limit}));
}

Result<std::vector<Dossier>> DueFrom(db::Tx& tx, int64_t authority_id, std::string_view due_on, int64_t after_dossier_id,
                                     int64_t limit) {
  return Many(tx.Query(kDueFrom, {authority_id, due_on, after_dossier_id, limit}));
}

Result<std::vector<Dossier>> AllAfter(db::Tx& tx, int64_t authority_id, int64_t after_dossier_id, int64_t limit) {
  return Many(tx.Query(kAllAfter, {authority_id, after_dossier_id, limit}));
}

Result<std::vector<Dossier>> ByFullName(db::Tx& tx, const ListParams& list, const NameParams& name) {
  return Many(tx.Query(kByFullName, {list.authority_id, std::max(name.prefix, name.after_name), AfterPrefix(name.prefix), BeforeId(name),
                                     list.state, list.limit}));
}

Result<std::vector<Dossier>> ByGivenName(db::Tx& tx, const ListParams& list, const NameParams& name) {
  return Many(tx.Query(kByGivenName, {list.authority_id, std::max(name.prefix, name.after_name), AfterPrefix(name.prefix), BeforeId(name),
                                      list.state, name.prefix, list.limit}));
}

Result<std::vector<Dossier>> ReceivedBetween(db::Tx& tx, int64_t authority_id, TimeUs from_us, TimeUs to_us, int64_t limit) {
  return Many(tx.Query(kReceivedBetween, {authority_id, from_us, to_us, limit}));
}

}  // namespace tinhso::dossiers::store
