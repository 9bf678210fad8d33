#include <algorithm>

#include "base/ids.h"
#include "base/text.h"
#include "impl.h"
#include "kernel/audit/audit.h"
#include "kernel/permissions/permissions.h"

namespace tinhso::identity {
namespace {

constexpr size_t kUsernameLengthMin = 3;
constexpr size_t kUsernameLengthMax = 64;
constexpr size_t kEmailLengthMax = 120;

bool IsDigitChar(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::string CheckUsername(std::string_view username) {
  if (username.size() < kUsernameLengthMin || username.size() > kUsernameLengthMax) return "username_malformed";
  auto plain = [](char c) { return (c >= 'a' && c <= 'z') || IsDigitChar(c); };
  bool good = std::all_of(username.begin(), username.end(),
                          [&](char c) { return plain(c) || c == '.' || c == '-' || c == '_'; });
  return good && plain(username.front()) && plain(username.back()) ? "" : "username_malformed";
}

std::string CheckPhone(std::string_view phone) {
  bool good = phone.size() == 10 && phone[0] == '0' && std::all_of(phone.begin(), phone.end(), IsDigitChar);
  return good || phone.empty() ? "" : "phone_malformed";
}

std::string CheckEmail(std::string_view email) {
  if (email.empty()) return "";
  size_t at = email.find('@');
  bool good = email.size() <= kEmailLengthMax && at != std::string_view::npos && at > 0 &&
              email.find('@', at + 1) == std::string_view::npos && email.find('.', at + 2) != std::string_view::npos &&
              email.back() != '.' && email.find_first_of(" \t\r\n<>,;\"") == std::string_view::npos;
  return good ? "" : "email_malformed";
}

std::string CheckPassword(std::string_view password) {
  if (password.size() > kPasswordLengthMax) return "password_too_long";
  return text::Length(password) < kPasswordLengthMin ? "password_too_short" : "";
}

Service::Impl::Impl(db::Database& database_in, const Clock& clock_in, orgs::Service& orgs_in, Options options_in)
    : database(database_in), clock(clock_in), orgs(orgs_in), persons(database_in, clock_in, orgs_in), options(std::move(options_in)),
      throttle(database_in, clock_in), secrets(options.secret_key_file) {
  std::string origin = options.public_base_url;
  while (!origin.empty() && origin.back() == '/') origin.pop_back();
  size_t host_at = origin.find("://");
  std::string host = host_at == std::string::npos ? origin : origin.substr(host_at + 3);
  if (size_t end = host.find_first_of(":/"); end != std::string::npos) host.resize(end);
  party.id = options.relying_party_id.empty() ? host : options.relying_party_id;
  party.origins = {origin};
  persons.SetAccountOf([this](db::Tx& tx, int64_t person_id) { return AccountOfPerson(tx, person_id); });
  for (const Provider& provider : options.providers) providers[provider.id] = std::make_unique<OidcClient>(provider, options.send, clock);
}

Service::Service(db::Database& database, const Clock& clock, orgs::Service& orgs, Options options)
    : impl_(std::make_unique<Impl>(database, clock, orgs, std::move(options))) {}
Service::~Service() = default;

Result<int64_t> Service::CreateAccount(const NewAccount& account) { return impl_->CreateAccount(account); }

Result<Person> Service::GetPerson(db::Tx& tx, int64_t person_id) {
  TINHSO_ASSIGN(auto person, impl_->persons.ById(tx, person_id));
  if (!person) return MakeError(ErrorCode::kNotFound, "person_not_found");
  return *std::move(person);
}

Result<std::vector<int64_t>> Service::AccountsWith(db::Tx& tx, int64_t unit_id, std::string_view role) {
  const std::string today = impl_->Today();
  TINHSO_ASSIGN(auto accounts, store::AccountsWith(tx, unit_id, role, today));
  TINHSO_ASSIGN(auto stand_ins, store::StandIns(tx, unit_id, role, 0, today));
  accounts.insert(accounts.end(), stand_ins.begin(), stand_ins.end());
  std::sort(accounts.begin(), accounts.end());
  accounts.erase(std::unique(accounts.begin(), accounts.end()), accounts.end());
  return accounts;
}

Result<std::vector<int64_t>> Service::WithStandIns(db::Tx& tx, int64_t account_id, int64_t unit_id, std::string_view role) {
  TINHSO_ASSIGN(auto accounts, store::StandIns(tx, unit_id, role, account_id, impl_->Today()));
  accounts.insert(accounts.begin(), account_id);
  return accounts;
}

Result<std::string> Service::FullNameOf(db::Tx& tx, int64_t account_id) {
  TINHSO_ASSIGN(auto account, store::AccountById(tx, account_id));
  if (!account) return MakeError(ErrorCode::kNotFound, "account_not_found");
  return account->full_name;
}

Result<int64_t> Service::AccountOfPerson(db::Tx& tx, int64_t person_id) { return impl_->AccountOfPerson(tx, person_id); }

Result<int64_t> Service::Impl::AccountOfPerson(db::Tx& tx, int64_t person_id) {
  for (int64_t record : persons.groups()->Of(person_id)) {
    TINHSO_ASSIGN(int64_t account_id, store::EnabledAccountOfPerson(tx, record));
    if (account_id != 0) return account_id;
  }
  return 0;
}

persons::Service& Service::persons() { return impl_->persons; }

Result<int64_t> Service::FindOrCreatePerson(db::Tx& tx, const Person& person, const FoundBy& by) {
  return impl_->persons.FindOrCreate(tx, person, by);
}

json::object Service::SignInWays() const {
  json::array providers;
  for (const Provider& provider : impl_->options.providers) {
    providers.push_back(json::object{{"provider", provider.id}, {"name", json::object{{"vi", provider.name_vi}, {"en", provider.name_en}}}});
  }
  return {{"providers", std::move(providers)}};
}

http::Authenticator Service::authenticator() {
  return [impl = impl_.get()](const http::Request& request) { return impl->Authenticate(request); };
}

// Inserts the account with its person; 0 when the username is taken.
Result<int64_t> Service::Impl::InsertAccountRow(db::Tx& tx, store::AccountRow& row, const Person& wanted) {
  Person person = wanted;
  if (person.full_name.empty()) person.full_name = row.full_name;
  row.person_id = person.person_id;
  if (row.person_id == 0) {
    TINHSO_ASSIGN(row.person_id, persons.FindOrCreate(tx, person, {row.home_authority_id, 0}));
  }
  TINHSO_ASSIGN(bool inserted, store::InsertAccount(tx, row));
  return inserted ? row.account_id : 0;
}

Result<int64_t> Service::Impl::CreateAccount(const NewAccount& wanted) {
  std::string username = text::ToLower(text::Trim(wanted.username));
  if (std::string bad = CheckUsername(username); !bad.empty()) return MakeError(ErrorCode::kInvalid, bad);
  TINHSO_ASSIGN(std::string password, text::Normalize(wanted.password));
  if (std::string bad = CheckPassword(password); !bad.empty()) return MakeError(ErrorCode::kInvalid, bad);
  TINHSO_ASSIGN(auto known, database.Read([&](db::Tx& tx) { return store::AccountByUsername(tx, username); }));
  if (known) return known->account_id;

  std::string hash;
  if (wanted.demo) {
    std::lock_guard lock(demo_mutex);
    std::string& shared = demo_hashes[password];
    if (shared.empty()) {
      TINHSO_ASSIGN(shared, hasher.Hash(password));
    }
    hash = shared;
  } else {
    TINHSO_ASSIGN(hash, hasher.Hash(password));
  }

  auto units = orgs.snapshot();
  std::vector<store::AssignmentRow> assignments;
  for (const auto& a : wanted.assignments) {
    if (a.role == "citizen") continue;  // every account without assignment is a citizen's
    if (!permissions::IsRole(a.role)) return MakeError(ErrorCode::kInvalid, "role_unknown", a.role);
    const orgs::Unit* unit = units->ById(a.unit_id);
    if (unit == nullptr) return MakeError(ErrorCode::kInvalid, "unit_unknown");
    assignments.push_back({0, 0, a.unit_id, unit->authority_id, a.role, a.position, "", ""});
  }

  TimeUs now = clock.NowUs();
  store::AccountRow row;
  row.account_id = NewId();
  row.username = username;
  row.full_name = wanted.full_name;
  row.password_hash = hash;
  row.demo = wanted.demo;
  row.created_at_us = now;
  return database.Write([&](db::Tx& tx) -> Result<int64_t> {
    store::AccountRow fresh = row;
    TINHSO_ASSIGN(int64_t account_id, InsertAccountRow(tx, fresh, wanted.person));
    if (account_id == 0) {
      TINHSO_ASSIGN(auto other, store::AccountByUsername(tx, username));
      if (!other) return MakeError(ErrorCode::kUnavailable, "db_busy");
      return other->account_id;
    }
    for (const auto& assignment : assignments) {
      store::AssignmentRow mine = assignment;
      mine.assignment_id = NewId();
      mine.account_id = account_id;
      TINHSO_TRY(store::InsertAssignment(tx, mine));
    }
    audit::Event event;
    event.kind = "account.created";
    event.subject_kind = "account";
    event.subject_id = account_id;
    event.person_id = fresh.person_id;
    event.at_us = now;
    TINHSO_TRY(audit::Stage(tx, event));
    return account_id;
  });
}

}  // namespace tinhso::identity
