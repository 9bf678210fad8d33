#include <algorithm>

#include "base/crypto.h"
#include "base/ids.h"
#include "base/text.h"
#include "impl.h"
#include "kernel/audit/audit.h"
#include "kernel/permissions/permissions.h"

namespace tinhso::identity {
namespace {

constexpr int64_t kPageAccountsMax = 100;
constexpr int64_t kPageAccountsDefault = 50;
constexpr size_t kCreatedAnswersMax = 1000;
constexpr int64_t kCreatedAnswerUs = 600 * kUsPerSecond;
constexpr size_t kIdempotencyKeyMin = 8;
constexpr size_t kIdempotencyKeyMax = 80;

}  // namespace

int64_t Service::Impl::AdminScope(const http::Principal& who) const {
  const orgs::Unit* authority = orgs.snapshot()->ById(who.authority_id);
  return authority != nullptr && authority->parent_id == 0 ? 0 : who.authority_id;
}

Result<store::AccountRow> Service::Impl::AccountInScope(db::Tx& tx, int64_t account_id, const http::Principal& who) {
  Error absent = MakeError(ErrorCode::kNotFound, "account_not_found");
  TINHSO_ASSIGN(auto account, store::AccountById(tx, account_id));
  if (!account) return absent;
  int64_t scope = AdminScope(who);
  if (scope == 0) return *std::move(account);
  // All of it must lie within: who may reset a password may act as its owner everywhere.
  TINHSO_ASSIGN(auto assignments, store::AssignmentsOfRange(tx, account->username, account->username, Today()));
  bool inside = std::all_of(assignments.begin(), assignments.end(), [&](const auto& a) { return a.authority_id == scope; });
  if (!inside || (assignments.empty() && account->home_authority_id != scope)) return absent;
  return *std::move(account);
}

json::object Service::Impl::AssignmentJson(const orgs::Snapshot& units, const store::AssignmentRow& assignment) const {
  const orgs::Unit* unit = units.ById(assignment.unit_id);
  return {{"assignment_id", std::to_string(assignment.assignment_id)},
          {"unit", orgs::ToJson(units, unit != nullptr ? *unit : orgs::Unit())},
          {"role", assignment.role},
          {"position", assignment.position},
          {"valid_from", assignment.valid_from_on},
          {"valid_to", assignment.valid_to_on.empty() ? json::value(nullptr) : json::value(assignment.valid_to_on)}};
}

Result<json::object> Service::Impl::AccountJson(db::Tx& tx, const store::AccountRow& account) {
  auto units = orgs.snapshot();
  TINHSO_ASSIGN(auto assignments, store::AssignmentsOfRange(tx, account.username, account.username, Today()));
  TINHSO_ASSIGN(auto totp, store::TotpOf(tx, account.account_id));
  TINHSO_ASSIGN(auto passkeys, store::PasskeysOf(tx, account.account_id));
  TimeUs now = clock.NowUs();
  json::array held;
  for (const auto& assignment : assignments) held.push_back(AssignmentJson(*units, assignment));
  return json::object{
      {"account_id", std::to_string(account.account_id)},
      {"username", account.username},
      {"full_name", account.full_name},
      {"enabled", account.enabled},
      {"demo", account.demo},
      {"last_signed_in_at", TimeJson(account.signed_in_at_us)},
      {"locked_until", TimeJson(LockedFor(account, now) > 0 ? now + LockedFor(account, now) * kUsPerSecond : 0)},
      {"second_factor", (totp && totp->confirmed_at_us != 0) || !passkeys.empty()},
      {"assignments", std::move(held)}};
}

Result<json::object> Service::Impl::AccountPage(const http::Request& request, const char* kind, const store::QueryWords& words,
                                                AccountToJson to_json) {
  TINHSO_ASSIGN(int64_t limit, request.QueryInt("limit", 1, kPageAccountsMax, kPageAccountsDefault));
  std::string after;
  if (std::string_view cursor = request.Query("cursor"); !cursor.empty()) {
    TINHSO_ASSIGN(auto parts, http::DecodeCursor(cursor, 1));
    after = parts[0];
  }
  int64_t scope = AdminScope(*request.principal);
  json::value next = nullptr;
  TINHSO_ASSIGN(json::array items, database.Read([&](db::Tx& tx) -> Result<json::array> {
    json::array out;
    TINHSO_ASSIGN(auto accounts, store::AccountPage(tx, after, words, scope, kind, limit + 1));
    if (static_cast<int64_t>(accounts.size()) > limit) {
      accounts.resize(limit);
      next = json::value(http::EncodeCursor({accounts.back().username}));
    }
    for (const auto& account : accounts) {
      TINHSO_ASSIGN(json::object item, (this->*to_json)(tx, account));
      out.push_back(std::move(item));
    }
    return out;
  }));
  return json::object{{"items", std::move(items)}, {"next_cursor", std::move(next)}};
}

Result<http::Response> Service::Impl::ListAccounts(http::Request& request) {
  if (text::Length(request.Query("q")) > 100) return FieldInvalid("?q", "text_too_long");
  store::QueryWords words;
  std::vector<std::string> asked = text::Words(text::Fold(request.Query("q")));
  for (size_t i = 0; i < std::min(asked.size(), words.size()); ++i) words[i] = asked[i];
  TINHSO_ASSIGN(json::object page, AccountPage(request, "person", words, &Impl::AccountJson));
  return http::Response::Json(std::move(page));
}

Result<http::Response> Service::Impl::PostAccount(http::Request& request) {
  TINHSO_ASSIGN(auto body, request.Json());
  json::Reader in(body);
  store::AccountRow row;
  Person person;
  row.username = text::ToLower(text::Trim(in.Text("username", 1, 64)));
  row.full_name = text::Trim(in.Text("full_name", 1, 120));
  person.full_name = row.full_name;
  person.personal_no = text::Trim(in.OptionalText("personal_no", 12).value_or(""));
  person.birth_on = in.OptionalText("birth_on", 10).value_or("");
  person.sex = in.OptionalText("sex", 6).value_or("");
  person.phone = in.OptionalText("phone", 20).value_or("");
  person.email = text::Trim(in.OptionalText("email", 120).value_or(""));
  auto check = [&](const char* field, const std::string& bad) {
    if (!bad.empty()) in.Fail(field, bad);
  };
  if (!row.username.empty()) check("username", CheckUsername(row.username));
  if (!person.personal_no.empty()) check("personal_no", CheckPersonalNo(person.personal_no, person.birth_on, person.sex));
  if (!person.birth_on.empty() && !ParseDate(person.birth_on).ok()) in.Fail("birth_on", "date_malformed");
  if (!person.sex.empty() && person.sex != "male" && person.sex != "female") in.Fail("sex", "field_option_unknown");
  check("phone", CheckPhone(person.phone));
  check("email", CheckEmail(person.email));
  TINHSO_TRY(in.Finish());

  const http::Principal& who = *request.principal;
  TimeUs now = clock.NowUs();
  std::string_view key = request.Header("idempotency-key");
  if (!key.empty() && (key.size() < kIdempotencyKeyMin || key.size() > kIdempotencyKeyMax)) {
    return MakeError(ErrorCode::kMalformed, "idempotency_key_malformed");
  }
  std::string answer_key = key.empty() ? "" : std::to_string(who.account_id) + "|" + std::string(key);
  std::string body_sha256 = crypto::Sha256Hex(json::Canonical(body));
  if (!answer_key.empty()) {
    std::lock_guard lock(created_mutex);
    std::erase_if(created_answers, [&](const auto& item) { return now - item.second.at_us > kCreatedAnswerUs; });
    if (auto it = created_answers.find(answer_key); it != created_answers.end()) {
      if (it->second.body_sha256 != body_sha256) return MakeError(ErrorCode::kConflict, "idempotency_key_reused");
      return http::Response::Json(it->second.answer, 201);
    }
  }

  std::string one_time = RandomCode(kOneTimePasswordLength);
  TINHSO_ASSIGN(row.password_hash, hasher.Hash(one_time));
  row.account_id = NewId();
  row.must_change_password = true;
  row.password_expires_at_us = now + kOneTimePasswordUs;
  row.home_authority_id = AdminScope(who);
  row.created_at_us = now;
  TINHSO_ASSIGN(json::object answer, database.Write([&](db::Tx& tx) -> Result<json::object> {
    store::AccountRow fresh = row;
    TINHSO_ASSIGN(int64_t account_id, InsertAccountRow(tx, fresh, person));
    if (account_id == 0) return MakeError(ErrorCode::kConflict, "username_taken");
    audit::Event event = audit::By(who, "account.created", "account", account_id, who.authority_id, now);
    event.person_id = fresh.person_id;
    TINHSO_TRY(audit::Stage(tx, event));
    return AccountJson(tx, fresh);
  }));
  answer["one_time_password"] = one_time;
  if (!answer_key.empty()) {
    std::lock_guard lock(created_mutex);
    if (created_answers.size() >= kCreatedAnswersMax) created_answers.erase(created_answers.begin());
    created_answers[answer_key] = {body_sha256, answer, now};
  }
  return http::Response::Json(answer, 201);
}

Result<http::Response> Service::Impl::PatchAccount(http::Request& request) {
  TINHSO_ASSIGN(auto body, request.Json());
  json::Reader in(body);
  auto enabled = in.OptionalBool("enabled");
  bool unlock = in.OptionalBool("unlock").value_or(false);
  TINHSO_TRY(in.Finish());
  TINHSO_ASSIGN(int64_t account_id, ParseId(request.Param("account_id"), "account_not_found"));
  const http::Principal& who = *request.principal;
  // One's own password is changed by knowing the old one, and nobody locks himself out.
  if (account_id == who.account_id) return MakeError(ErrorCode::kConflict, "account_is_own");

  TimeUs now = clock.NowUs();
  TINHSO_ASSIGN(json::object answer, database.Write([&](db::Tx& tx) -> Result<json::object> {
    TINHSO_ASSIGN(store::AccountRow account, AccountInScope(tx, account_id, who));
    auto record = [&](const char* change) {
      audit::Event event = audit::By(who, "account.changed", "account", account_id, who.authority_id, now);
      event.data["change"] = change;
      return audit::Stage(tx, event);
    };
    if (enabled && *enabled != account.enabled) {
      TINHSO_TRY(store::UpdateEnabled(tx, account_id, *enabled));
      if (!*enabled) TINHSO_TRY(store::DeleteSessionsOf(tx, account_id));
      TINHSO_TRY(record(*enabled ? "enabled" : "disabled"));
      account.enabled = *enabled;
    }
    if (unlock) {
      TINHSO_TRY(store::ForgetFailures(tx, account_id));
      TINHSO_TRY(record("unlocked"));
      account.failed_tries = 0;
    }
    return AccountJson(tx, account);
  }));
  sessions.DropAll();  // delegates of a closed account as well
  return http::Response::Json(answer);
}

// The same role in the same unit on the same day twice.
Status Service::Impl::RefuseRepeated(db::Tx& tx, const store::AccountRow& account, const store::AssignmentRow& wanted) {
  auto ends_before = [](const store::AssignmentRow& a, const store::AssignmentRow& b) {
    return !a.valid_to_on.empty() && a.valid_to_on < b.valid_from_on;
  };
  TINHSO_ASSIGN(auto held, store::AssignmentsOfRange(tx, account.username, account.username, Today()));
  bool repeated = std::any_of(held.begin(), held.end(), [&](const auto& a) {
    return a.assignment_id != wanted.assignment_id && a.unit_id == wanted.unit_id && a.role == wanted.role &&
           !ends_before(a, wanted) && !ends_before(wanted, a);
  });
  return repeated ? Status(ErrorCode::kConflict, "assignment_exists") : Ok();
}

Result<http::Response> Service::Impl::PostAssignment(http::Request& request) {
  TINHSO_ASSIGN(auto body, request.Json());
  json::Reader in(body);
  std::string unit_code = in.Text("unit_code", 1, 60);
  store::AssignmentRow assignment;
  assignment.role = in.Text("role", 1, 40);
  assignment.position = text::Trim(in.Text("position", 1, 100));
  assignment.valid_from_on = in.OptionalText("valid_from", 10).value_or("");
  assignment.valid_to_on = in.OptionalText("valid_to", 10).value_or("");
  if (!assignment.role.empty() && (!permissions::IsRole(assignment.role) || assignment.role == "citizen")) in.Fail("role", "role_unknown");
  auto check_date = [&](const char* field, const std::string& date) {
    if (!date.empty() && !ParseDate(date).ok()) in.Fail(field, "date_malformed");
  };
  check_date("valid_from", assignment.valid_from_on);
  check_date("valid_to", assignment.valid_to_on);
  std::string today = Today();
  if (assignment.valid_from_on.empty()) assignment.valid_from_on = today;
  if (!assignment.valid_to_on.empty() && assignment.valid_to_on < assignment.valid_from_on) in.Fail("valid_to", "date_range");
  else if (!assignment.valid_to_on.empty() && assignment.valid_to_on < today) in.Fail("valid_to", "date_in_past");
  const http::Principal& who = *request.principal;
  auto units = orgs.snapshot();
  const orgs::Unit* unit = units->ByCode(unit_code);
  int64_t scope = AdminScope(who);
  if (unit != nullptr && scope != 0 && unit->authority_id != scope) unit = nullptr;
  if (unit == nullptr && !unit_code.empty()) in.Fail("unit_code", "unit_unknown");
  TINHSO_TRY(in.Finish());
  TINHSO_ASSIGN(int64_t account_id, ParseId(request.Param("account_id"), "account_not_found"));
  // Nobody gives himself a role: a second administrator does.
  if (account_id == who.account_id) return MakeError(ErrorCode::kConflict, "account_is_own");

  TimeUs now = clock.NowUs();
  assignment.account_id = account_id;
  assignment.unit_id = unit->unit_id;
  assignment.authority_id = unit->authority_id;
  TINHSO_ASSIGN(json::object answer, database.Write([&](db::Tx& tx) -> Result<json::object> {
    TINHSO_ASSIGN(store::AccountRow account, AccountInScope(tx, account_id, who));
    TINHSO_TRY(RefuseRepeated(tx, account, assignment));
    store::AssignmentRow fresh = assignment;
    fresh.assignment_id = NewId();
    TINHSO_TRY(store::InsertAssignment(tx, fresh));
    audit::Event event = audit::By(who, "assignment.changed", "assignment", fresh.assignment_id, fresh.authority_id, now);
    event.data["change"] = "added";
    event.data["account_id"] = std::to_string(account_id);
    event.data["unit_code"] = unit->unit_code;
    event.data["role"] = fresh.role;
    event.data["valid_from"] = fresh.valid_from_on;
    event.data["valid_to"] = fresh.valid_to_on;
    TINHSO_TRY(audit::Stage(tx, event));
    return AccountJson(tx, account);
  }));
  sessions.DropAccount(account_id);
  return http::Response::Json(answer);
}

// New dates. One that has begun keeps its first day: what was done under it stays within it.
Result<http::Response> Service::Impl::PatchAssignment(http::Request& request) {
  TINHSO_ASSIGN(auto body, request.Json());
  json::Reader in(body);
  auto valid_from = in.OptionalText("valid_from", 10), valid_to = in.OptionalText("valid_to", 10);
  const std::string today = Today();
  if (valid_from && !ParseDate(*valid_from).ok()) in.Fail("valid_from", "date_malformed");
  if (valid_to && !valid_to->empty()) {
    if (!ParseDate(*valid_to).ok()) in.Fail("valid_to", "date_malformed");
    else if (*valid_to < today) in.Fail("valid_to", "date_in_past");
  }
  TINHSO_TRY(in.Finish());
  TINHSO_ASSIGN(int64_t account_id, ParseId(request.Param("account_id"), "account_not_found"));
  TINHSO_ASSIGN(int64_t assignment_id, ParseId(request.Param("assignment_id"), "assignment_not_found"));
  const http::Principal& who = *request.principal;
  if (account_id == who.account_id) return MakeError(ErrorCode::kConflict, "account_is_own");
  TINHSO_ASSIGN(json::object answer, database.Write([&](db::Tx& tx) -> Result<json::object> {
    TINHSO_ASSIGN(store::AccountRow account, AccountInScope(tx, account_id, who));
    TINHSO_ASSIGN(auto assignment, store::AssignmentById(tx, assignment_id));
    if (!assignment || assignment->account_id != account_id) return MakeError(ErrorCode::kNotFound, "assignment_not_found");
    if (valid_from && *valid_from != assignment->valid_from_on) {
      if (assignment->valid_from_on <= today || *valid_from < today) return FieldInvalid("/valid_from", "date_in_past");
      assignment->valid_from_on = *valid_from;
    }
    if (valid_to) assignment->valid_to_on = *valid_to;
    if (!assignment->valid_to_on.empty() && assignment->valid_to_on < assignment->valid_from_on) return FieldInvalid("/valid_to", "date_range");
    TINHSO_TRY(RefuseRepeated(tx, account, *assignment));
    TINHSO_ASSIGN(bool changed, store::UpdateDates(tx, *assignment));
    if (!changed) return MakeError(ErrorCode::kNotFound, "assignment_not_found");
    audit::Event event = audit::By(who, "assignment.changed", "assignment", assignment_id, assignment->authority_id, clock.NowUs());
    event.data["change"] = "dates";
    event.data["account_id"] = std::to_string(account_id);
    event.data["valid_from"] = assignment->valid_from_on;
    event.data["valid_to"] = assignment->valid_to_on;
    TINHSO_TRY(audit::Stage(tx, event));
    return AccountJson(tx, account);
  }));
  // Delegates of it as well.
  sessions.DropAll();
  return http::Response::Json(answer);
}

Result<http::Response> Service::Impl::DeleteAssignment(http::Request& request) {
  TINHSO_ASSIGN(int64_t account_id, ParseId(request.Param("account_id"), "account_not_found"));
  TINHSO_ASSIGN(int64_t assignment_id, ParseId(request.Param("assignment_id"), "assignment_not_found"));
  const http::Principal& who = *request.principal;
  if (account_id == who.account_id) return MakeError(ErrorCode::kConflict, "account_is_own");
  TimeUs now = clock.NowUs();
  TINHSO_ASSIGN(json::object answer, database.Write([&](db::Tx& tx) -> Result<json::object> {
    TINHSO_ASSIGN(store::AccountRow account, AccountInScope(tx, account_id, who));
    TINHSO_ASSIGN(bool ended, store::EndAssignment(tx, account_id, assignment_id, Today(), now));
    if (!ended) return MakeError(ErrorCode::kNotFound, "assignment_not_found");
    audit::Event event = audit::By(who, "assignment.changed", "assignment", assignment_id, who.authority_id, now);
    event.data["change"] = "ended";
    event.data["account_id"] = std::to_string(account_id);
    TINHSO_TRY(audit::Stage(tx, event));
    return AccountJson(tx, account);
  }));
  sessions.DropAll();  // delegates of it as well
  return http::Response::Json(answer);
}

}  // namespace tinhso::identity
