// The main job's services over a fresh database, with the demo pack of the source tree and a clock that tests set.
#pragma once
#include <gtest/gtest.h>

#include "dossiers.h"
#include "engines/numbering/numbering.h"
#include "kernel/audit/audit.h"
#include "kernel/db_testing/db_testing.h"
#include "kernel/inbox/inbox.h"
#include "kernel/notify/notify.h"
#include "kernel/permissions/permissions.h"

namespace tinhso::dossiers {

class DossiersTest : public db_testing::DbTest {
 protected:
  // Monday 2026-11-23 09:00 in Viet Nam; the next day is a holiday (NQ 28/2026/QH16).
  static TimeUs Start() { return FromLocal({2026, 11, 23}, 9 * 60); }

  void SetUp() override {
    Migrate({db::Migrations_kernel_audit(), db::Migrations_kernel_files(), db::Migrations_kernel_jobs(),
             db::Migrations_kernel_orgs(), db::Migrations_kernel_identity(), db::Migrations_kernel_persons(), db::Migrations_kernel_notify(),
             db::Migrations_kernel_inbox(), db::Migrations_engines_numbering(), db::Migrations_engines_packs(),
             db::Migrations_features_procedures(), db::Migrations_features_dossiers()});
    const std::string pack_dir = TINHSO_SOURCE_DIR "/packs/ca-mau";
    router_ = std::make_unique<db::TenantRouter>(database());
    orgs_ = std::make_unique<orgs::Service>(database(), clock_);
    ASSERT_TRUE(orgs::LoadUnitsFromYaml(*orgs_, pack_dir + "/units.yaml").ok());
    ASSERT_TRUE(orgs::LoadCalendarFromYaml(*orgs_, pack_dir + "/calendar.yaml").ok());
    ASSERT_TRUE(orgs_->Load().ok());
    areas_ = std::make_unique<areas::Service>(database(), clock_);
    identity_ = std::make_unique<identity::Service>(database(), clock_, *orgs_, identity::Service::Options{});
    files_ = std::make_unique<files::Store>(database(), clock_, temp_dir());
    library_ = std::make_unique<packs::Library>(database(), clock_);
    catalogue_ = std::make_unique<procedures::Catalogue>(database(), clock_, "");
    ASSERT_TRUE(catalogue_->Load().ok());
    std::vector<packs::Problem> problems;
    auto pack = packs::Load(pack_dir, &problems);
    ASSERT_TRUE(pack.ok()) << (problems.empty() ? "" : problems[0].file + ": " + problems[0].message_en);
    ASSERT_TRUE(library_->Publish(*pack, 0).ok());
    runner_ = std::make_unique<jobs::Runner>(database(), clock_, jobs::RunnerOptions{});
    service_ = std::make_unique<Service>(Deps{*router_, clock_, *orgs_, *areas_, *identity_, *files_, *library_, *catalogue_, *runner_,
                                              "http://localhost:8080"});
    service_->RegisterJobs();
    orgs_->OnCalendarChange([this](db::Tx& tx, Date on) { return EnqueueFollowCalendar(tx, on, clock_.NowUs()); });
    citizen_ = Citizen("096190001234", "Nguyễn Thị Mỹ Hạnh");
    stranger_ = Citizen("096085005678", "Trần Quốc Bảo");
    desk_ = Officer("H12.126.01", "one_stop_officer", 101);
    specialist_ = Officer("H12.126.02", "specialist", 102);
    leader_ = Officer("H12.126", "leader", 103);
  }

  http::Principal Citizen(const std::string& personal_no, const std::string& name) {
    http::Principal who;
    auto person_id = database().Write([&](db::Tx& tx) {
      identity::Person person;
      person.full_name = name;
      person.personal_no = personal_no;
      return identity_->FindOrCreatePerson(tx, person);
    });
    EXPECT_TRUE(person_id.ok());
    who.person_id = *person_id;
    who.account_id = *person_id;
    who.full_name = name;
    who.roles = {"citizen"};
    who.permissions = permissions::PermissionsOf(who.roles);
    return who;
  }

  http::Principal Officer(const std::string& unit_code, const std::string& role, int64_t account_id) {
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

  // The marital status certificate: three steps at the commune, handled by its office.
  SubmitParams Request(const std::string& procedure_code = "1.004873") {
    SubmitParams params;
    params.procedure_code = procedure_code;
    params.unit_code = "H12.126";
    params.declaration = true;
    params.answers = Answers(procedure_code);
    return params;
  }

  // Fills what the form requires, field by field, from its own definition.
  json::object Answers(const std::string& procedure_code);

  // Answers parsed.
  static Result<json::object> Parsed(const Result<std::string>& answer) {
    if (!answer.ok()) return answer.error();
    auto v = json::Parse(*answer);
    EXPECT_TRUE(v.ok() && v->is_object()) << *answer;
    return v.ok() ? std::move(v->as_object()) : json::object();
  }
  Result<json::object> Submit(const SubmitParams& params, const http::Principal& who) { return Parsed(service_->Submit(params, who)); }
  Result<json::object> Act(const ActParams& params, const http::Principal& who) { return Parsed(service_->Act(params, who)); }
  Result<json::object> Get(std::string_view code, const http::Principal& who) { return Parsed(service_->Get(code, who)); }
  Result<json::object> List(const Service::ListParams& params, const http::Principal& who) { return Parsed(service_->List(params, who)); }
  Result<json::object> Track(std::string_view code) { return Parsed(service_->Track(code)); }
  Result<json::object> Verify(std::string_view code) { return Parsed(service_->Verify(code)); }

  Result<json::object> Act(const std::string& code, const std::string& action, const http::Principal& who,
                           const std::function<void(ActParams&)>& more = {}) {
    auto seen = Get(code, who);
    if (!seen.ok()) return seen.error();
    ActParams params;
    params.dossier_code = code;
    params.action = action;
    params.version_seen = json::GetInt(*seen, "version");
    if (more) more(params);
    return Act(params, who);
  }

  static std::string State(const json::object& dossier) { return json::GetText(dossier.at("state").as_object(), "state"); }

  FixedClock clock_{Start()};
  std::unique_ptr<db::TenantRouter> router_;
  std::unique_ptr<orgs::Service> orgs_;
  std::unique_ptr<areas::Service> areas_;
  std::unique_ptr<identity::Service> identity_;
  std::unique_ptr<files::Store> files_;
  std::unique_ptr<packs::Library> library_;
  std::unique_ptr<procedures::Catalogue> catalogue_;
  std::unique_ptr<jobs::Runner> runner_;
  std::unique_ptr<Service> service_;
  http::Principal citizen_, stranger_, desk_, specialist_, leader_;
};

inline json::object DossiersTest::Answers(const std::string& procedure_code) {
  json::object answers;
  auto form = service_->FormOf(procedure_code, nullptr);
  if (!form.ok()) return answers;
  for (const json::value& group : form->at("form").as_object().at("groups").as_array()) {
    for (const json::value& v : group.as_object().at("fields").as_array()) {
      const json::object& field = v.as_object();
      const std::string id = json::GetText(field, "id"), type = json::GetText(field, "type");
      const json::value* when = field.if_contains("when");
      if (when != nullptr && !forms::Form::Holds(*when, answers)) continue;
      const json::value* required = field.if_contains("required");
      if (required == nullptr || !required->is_bool() || !required->as_bool()) continue;
      if (type == "choice" && json::serialize(field.at("options")).find("\"female\"") != std::string::npos) answers[id] = "female";
      else if (type == "choice") answers[id] = json::GetText(field.at("options").as_array()[0].as_object(), "value");
      else if (type == "choices") answers[id] = json::array{json::GetText(field.at("options").as_array()[0].as_object(), "value")};
      else if (type == "yes_no") answers[id] = false;
      else if (type == "number" || type == "money") answers[id] = std::max<int64_t>(1, json::GetInt(field, "min", 1));
      // The date of birth that the personal number below names; a date to come where the form asks for one.
      else if (type == "date") answers[id] = field.contains("future") ? "2027-01-04" : "1990-05-14";
      else if (type == "personal_no") answers[id] = "096190001234";
      else if (type == "phone") answers[id] = "0912345678";
      else if (type == "email") answers[id] = "dan@example.vn";
      else if (type == "address") answers[id] = json::object{{"area_code", "32002"}, {"detail", "Khóm 4"}};
      else if (type == "person") answers[id] = json::object{{"full_name", "Nguyễn Thị Mỹ Hạnh"}, {"personal_no", "096190001234"}, {"birth_on", "1990-05-14"}, {"sex", "female"}};
      else if (type != "note" && type != "file" && type != "repeat") answers[id] = "Nội dung";
    }
  }
  return answers;
}

}  // namespace tinhso::dossiers
