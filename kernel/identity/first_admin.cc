#include <algorithm>

#include "base/ids.h"
#include "base/text.h"
#include "impl.h"
#include "kernel/audit/audit.h"

namespace tinhso::identity {
namespace {

// Where an installation is administered as a whole: its only unit without one above it.
const orgs::Unit* RootUnit(const orgs::Snapshot& units) {
  const orgs::Unit* root = nullptr;
  for (const orgs::Unit& unit : units.all()) {
    if (unit.parent_id != 0 || !unit.valid_to_on.empty()) continue;
    if (root != nullptr) return nullptr;
    root = &unit;
  }
  return root;
}

}  // namespace

Result<std::string> Service::CreateAdministrator(const NewAdministrator& wanted) {
  Impl& m = *impl_;
  store::AccountRow row;
  row.username = text::ToLower(text::Trim(wanted.username));
  row.full_name = text::Trim(wanted.full_name);
  if (std::string bad = CheckUsername(row.username); !bad.empty()) return MakeError(ErrorCode::kInvalid, bad);
  if (row.full_name.empty()) return MakeError(ErrorCode::kInvalid, "field_required", "full_name");
  std::string password = wanted.password.empty() ? RandomCode(kOneTimePasswordLength) : wanted.password;
  TINHSO_ASSIGN(password, text::Normalize(password));
  if (text::Length(password) < kPasswordLengthMin) return MakeError(ErrorCode::kInvalid, "password_too_short");
  if (password.size() > kPasswordLengthMax) return MakeError(ErrorCode::kInvalid, "password_too_long");
  auto units = m.orgs.snapshot();
  const orgs::Unit* root = wanted.unit_code.empty() ? RootUnit(*units) : units->ByCode(wanted.unit_code);
  if (root == nullptr) return MakeError(ErrorCode::kInvalid, "unit_unknown", wanted.unit_code);
  TINHSO_ASSIGN(row.password_hash, m.hasher.Hash(password));

  TimeUs now = m.clock.NowUs();
  row.account_id = NewId();
  row.created_at_us = now;
  // Who typed it into a terminal has seen it: the account's owner chooses the one that lasts.
  row.must_change_password = true;
  row.password_expires_at_us = now + kOneTimePasswordUs;
  Person person;
  person.full_name = row.full_name;
  TINHSO_TRY(m.database.Write([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(auto holders, store::AccountsWith(tx, root->unit_id, "administrator", m.Today()));
    for (int64_t holder : holders) {
      TINHSO_ASSIGN(auto account, store::AccountById(tx, holder));
      if (account && !account->demo && !wanted.another) return MakeError(ErrorCode::kConflict, "administrator_exists", account->username);
    }
    store::AccountRow fresh = row;
    TINHSO_ASSIGN(int64_t account_id, m.InsertAccountRow(tx, fresh, person));
    if (account_id == 0) return MakeError(ErrorCode::kConflict, "username_taken");
    TINHSO_TRY(store::InsertAssignment(tx, {NewId(), account_id, root->unit_id, root->authority_id, "administrator",
                                            "Quản trị hệ thống", FormatDate(LocalDate(now)), ""}));
    audit::Event event;
    event.kind = "account.created";
    event.subject_kind = "account";
    event.subject_id = account_id;
    event.person_id = fresh.person_id;
    event.at_us = now;
    event.data = {{"via", "command_line"}, {"role", "administrator"}, {"unit_code", root->unit_code}, {"another", !holders.empty()}};
    return audit::Stage(tx, event);
  }));
  return wanted.password.empty() ? password : std::string();
}

}  // namespace tinhso::identity
