#include "features/province_testing/province_testing.h"

#include "engines/numbering/numbering.h"
#include "kernel/audit/audit.h"
#include "kernel/inbox/inbox.h"
#include "kernel/notify/notify.h"
#include "kernel/permissions/permissions.h"

namespace tinhso::province_testing {
namespace {

// Units, calendar and pack into an empty database.
void Publish(db::Database& database, const Clock& clock, const std::string& pack_dir) {
  orgs::Service orgs(database, clock);
  ASSERT_TRUE(orgs::LoadUnitsFromYaml(orgs, pack_dir + "/units.yaml").ok());
  ASSERT_TRUE(orgs::LoadCalendarFromYaml(orgs, pack_dir + "/calendar.yaml").ok());
  std::vector<packs::Problem> problems;
  auto pack = packs::Load(pack_dir, &problems);
  ASSERT_TRUE(pack.ok()) << (problems.empty() ? "" : problems[0].file + ": " + problems[0].message_en);
  packs::Library library(database, clock);
  ASSERT_TRUE(library.Publish(*pack, 0).ok());
}

}  // namespace

std::string ProvinceTest::DemoPack() { return TINHSO_SOURCE_DIR "/packs/ca-mau"; }

void ProvinceTest::SetUpProvince(const std::vector<db::MigrationSet>& more, const std::string& pack_dir) {
  std::vector<db::MigrationSet> sets = {
      db::Migrations_kernel_audit(),    db::Migrations_kernel_files(),        db::Migrations_kernel_jobs(),
      db::Migrations_kernel_orgs(),     db::Migrations_kernel_identity(),     db::Migrations_kernel_persons(),
      db::Migrations_kernel_notify(),   db::Migrations_kernel_inbox(),        db::Migrations_engines_numbering(),
      db::Migrations_engines_packs(),   db::Migrations_features_procedures(), db::Migrations_features_dossiers()};
  sets.insert(sets.end(), more.begin(), more.end());
  ASSERT_NO_FATAL_FAILURE(test_database_.Prepare(sets, pack_dir, [&](db::Database& empty) { Publish(empty, clock_, pack_dir); }));
  router_ = std::make_unique<db::TenantRouter>(database());
  orgs_ = std::make_unique<orgs::Service>(database(), clock_);
  ASSERT_TRUE(orgs_->Load().ok());
  areas_ = std::make_unique<areas::Service>(database(), clock_);
  identity_ = std::make_unique<identity::Service>(database(), clock_, *orgs_, identity::Service::Options{});
  files_ = std::make_unique<files::Store>(database(), clock_, temp_dir());
  library_ = std::make_unique<packs::Library>(database(), clock_);
  ASSERT_TRUE(library_->Load().ok());
  catalogue_ = std::make_unique<procedures::Catalogue>(database(), clock_, "");
  ASSERT_TRUE(catalogue_->Load().ok());
  runner_ = std::make_unique<jobs::Runner>(database(), clock_, jobs::RunnerOptions{});
  dossiers_ = std::make_unique<dossiers::Service>(
      dossiers::Deps{*router_, clock_, *orgs_, *areas_, *identity_, *files_, *library_, *catalogue_, *runner_, "http://localhost:8080"});
  dossiers_->RegisterJobs();
}

http::Principal ProvinceTest::Citizen(const std::string& personal_no, const std::string& name) {
  http::Principal who;
  auto person_id = database().Write([&](db::Tx& tx) {
    identity::Person person;
    person.full_name = name;
    person.personal_no = personal_no;
    return identity_->FindOrCreatePerson(tx, person);
  });
  EXPECT_TRUE(person_id.ok());
  who.person_id = who.account_id = person_id.ok() ? *person_id : 0;
  who.full_name = name;
  who.roles = {"citizen"};
  who.permissions = permissions::PermissionsOf(who.roles);
  return who;
}

http::Principal ProvinceTest::Officer(const std::string& unit_code, const std::string& role, int64_t account_id) {
  const orgs::Unit* unit = orgs_->snapshot()->ByCode(unit_code);
  EXPECT_NE(unit, nullptr) << unit_code;
  http::Principal who;
  who.account_id = account_id;
  who.assignment_id = account_id + 1000;
  who.unit_id = unit->unit_id;
  who.authority_id = unit->authority_id;
  who.full_name = role + " " + unit_code;
  who.position = "Công chức";
  who.roles = {role};
  who.permissions = permissions::PermissionsOf(who.roles);
  return who;
}

http::Principal ProvinceTest::Real(const std::string& unit_code, const std::string& role, const std::string& username) {
  identity::NewAccount account;
  account.username = username;
  account.password = "mat-khau-thu-nghiem";
  account.full_name = username;
  account.assignments = {{orgs_->snapshot()->ByCode(unit_code)->unit_id, role, "Công chức"}};
  auto id = identity_->CreateAccount(account);
  EXPECT_TRUE(id.ok());
  http::Principal who = Officer(unit_code, role, id.ok() ? *id : 0);
  who.full_name = username;
  return who;
}

}  // namespace tinhso::province_testing
