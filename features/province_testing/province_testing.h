// The base of tests that need the demo province: its pack published, its units and calendar, the services the main job stands on, and a
// clock that tests set. Reading and publishing the pack takes a second under ASan, so it is done once per process and engine; each
// test begins on a copy.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "features/dossiers/dossiers.h"
#include "kernel/db_testing/db_testing.h"

namespace tinhso::province_testing {

class ProvinceTest : public db_testing::DbTest {
 protected:
  // Monday 2026-11-23 09:00 in Viet Nam; the next day is a holiday (NQ 28/2026/QH16).
  static TimeUs Start() { return FromLocal({2026, 11, 23}, 9 * 60); }

  // Everything below but what the test itself makes. `more` are the tables of the module under test, `pack_dir` another pack.
  void SetUpProvince(const std::vector<db::MigrationSet>& more = {}, const std::string& pack_dir = DemoPack());
  static std::string DemoPack();

  http::Principal Citizen(const std::string& personal_no, const std::string& name);
  // Somebody at work in a unit, without an account in the database.
  http::Principal Officer(const std::string& unit_code, const std::string& role, int64_t account_id);
  // Somebody with an account: he can be named, given work and told.
  http::Principal Real(const std::string& unit_code, const std::string& role, const std::string& username);

  FixedClock clock_{Start()};
  std::unique_ptr<db::TenantRouter> router_;
  std::unique_ptr<orgs::Service> orgs_;
  std::unique_ptr<areas::Service> areas_;
  std::unique_ptr<identity::Service> identity_;
  std::unique_ptr<files::Store> files_;
  std::unique_ptr<packs::Library> library_;
  std::unique_ptr<procedures::Catalogue> catalogue_;
  std::unique_ptr<jobs::Runner> runner_;
  std::unique_ptr<dossiers::Service> dossiers_;
};

}  // namespace tinhso::province_testing
