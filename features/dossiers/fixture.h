// The main job in the demo province: who works there, and calls with their answers parsed.
#pragma once
#include <gtest/gtest.h>

#include "dossiers.h"
#include "engines/numbering/numbering.h"
#include "features/province_testing/province_testing.h"
#include "kernel/audit/audit.h"
#include "kernel/inbox/inbox.h"
#include "kernel/notify/notify.h"
#include "kernel/permissions/permissions.h"

namespace tinhso::dossiers {

class DossiersTest : public province_testing::ProvinceTest {
 protected:
  void SetUp() override {
    ASSERT_NO_FATAL_FAILURE(SetUpProvince());
    service_ = dossiers_.get();
    orgs_->OnCalendarChange([this](db::Tx& tx, Date on) { return EnqueueFollowCalendar(tx, on, clock_.NowUs()); });
    citizen_ = Citizen("096190001234", "Nguyễn Thị Mỹ Hạnh");
    stranger_ = Citizen("096085005678", "Trần Quốc Bảo");
    desk_ = Officer("H12.126.01", "one_stop_officer", 101);
    specialist_ = Officer("H12.126.02", "specialist", 102);
    leader_ = Officer("H12.126", "leader", 103);
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

  Service* service_ = nullptr;
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
