// A fee that the workflow asks for: the dossier waits in national state 6 with its clock stopped, and goes on by itself when it is paid.
#include <filesystem>
#include <fstream>
#include <sstream>

#include "fixture.h"

namespace tinhso::payments {
namespace {

namespace fs = std::filesystem;

class CollectFeeTest : public PaymentsTest {
 protected:
  // The demo pack, but the certificate of marital status costs 15.000 đồng, asked for after examination.
  std::string PackDir() override {
    const fs::path packs = fs::path(temp_dir()) / "packs";
    fs::copy(TINHSO_SOURCE_DIR "/packs", packs, fs::copy_options::recursive);
    std::string flow = Text(packs / "ca-mau/workflows/commune-three-step.yaml");
    Replace(flow, "workflow: commune-three-step", "workflow: commune-fee-after");
    Replace(flow, "  - id: awaiting_approval", R"(  - id: awaiting_payment
    title: {vi: "Chờ nộp lệ phí", en: "Waiting for the fee"}
    national_state: 6
    clock: paused
    holder: applicant
  - id: awaiting_approval)");
    Replace(flow, "transitions:", R"(transitions:
  - action: request_fee
    title: {vi: "Yêu cầu nộp phí, lệ phí", en: "Ask for the fee"}
    from: [in_process]
    to: awaiting_payment
    by: specialist
    effects: [pause_clock, collect_fee]
  - action: fee_paid
    title: {vi: "Đã nộp đủ phí, lệ phí", en: "Fee paid"}
    from: [awaiting_payment]
    to: $back
    by: system
    effects: [resume_clock])");
    Write(packs / "ca-mau/workflows/commune-fee-after.yaml", flow);
    const fs::path path = packs / "ca-mau/procedures/1.004873.yaml";
    std::string procedure = Text(path);
    Replace(procedure, "workflow: commune-three-step", "workflow: commune-fee-after");
    Replace(procedure, "after_hours_minute:", "fees: [{name: {vi: \"Lệ phí\", en: \"Fee\"}, amount_vnd: 15000, moment: after}]\nafter_hours_minute:");
    Write(path, procedure);
    return (packs / "ca-mau").string();
  }
  static std::string Text(const fs::path& path) {
    std::ostringstream out;
    out << std::ifstream(path).rdbuf();
    return out.str();
  }
  static void Write(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }
  static void Replace(std::string& text, const std::string& from, const std::string& to) {
    const size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
  }
  json::object Act(const std::string& code, const std::string& action, const http::Principal& who) {
    auto seen = json::Parse(*dossiers_->Get(code, who));
    dossiers::ActParams params;
    params.dossier_code = code;
    params.action = action;
    params.version_seen = json::GetInt(seen->as_object(), "version");
    auto done = dossiers_->Act(params, who);
    EXPECT_TRUE(done.ok()) << action << ": " << (done.ok() ? "" : done.error().reason);
    return done.ok() ? json::Parse(*done)->as_object() : json::object();
  }
  // What the form requires, field by field, from its own definition.
  json::object Answers(const std::string& procedure_code) {
    json::object answers;
    auto form = dossiers_->FormOf(procedure_code, nullptr);
    for (const json::value& group : form->at("form").as_object().at("groups").as_array()) {
      for (const json::value& v : group.as_object().at("fields").as_array()) {
        const json::object& field = v.as_object();
        const std::string id = json::GetText(field, "id"), type = json::GetText(field, "type");
        const json::value *when = field.if_contains("when"), *required = field.if_contains("required");
        if ((when != nullptr && !forms::Form::Holds(*when, answers)) || required == nullptr || !required->is_bool() || !required->as_bool()) continue;
        if (type == "choice") answers[id] = json::serialize(field.at("options")).find("\"female\"") != std::string::npos ? json::value("female") : field.at("options").as_array()[0].at("value");
        else if (type == "yes_no") answers[id] = false;
        else if (type == "number" || type == "money") answers[id] = std::max<int64_t>(1, json::GetInt(field, "min", 1));
        else if (type == "date") answers[id] = "1990-05-14";
        else if (type == "personal_no") answers[id] = "096190001234";
        else if (type == "phone") answers[id] = "0912345678";
        else if (type == "address") answers[id] = json::object{{"area_code", "32002"}, {"detail", "Khóm 4"}};
        else if (type == "person") answers[id] = json::object{{"full_name", "Nguyễn Thị Mỹ Hạnh"}, {"personal_no", "096190001234"}, {"birth_on", "1990-05-14"}, {"sex", "female"}};
        else if (type != "note" && type != "file" && type != "repeat") answers[id] = "Nội dung";
      }
    }
    return answers;
  }
  static std::string State(const json::object& dossier) { return json::GetText(dossier.at("state").as_object(), "state"); }
};
TINHSO_ON_BOTH_ENGINES(CollectFeeTest);

TEST_P(CollectFeeTest, TheDossierWaitsForItsFeeAndGoesOnWhenItIsPaid) {
  http::Principal citizen;
  citizen.person_id = *database().Write([&](db::Tx& tx) {
    identity::Person person;
    person.full_name = "Nguyễn Thị Mỹ Hạnh";
    person.personal_no = "096190001234";
    return identity_->FindOrCreatePerson(tx, person);
  });
  citizen.account_id = citizen.person_id;
  citizen.roles = {"citizen"};
  citizen.permissions = permissions::PermissionsOf(citizen.roles);
  dossiers::SubmitParams filing;
  filing.procedure_code = "1.004873";
  filing.unit_code = "H12.126";
  filing.declaration = true;
  filing.answers = Answers("1.004873");
  auto filed = dossiers_->Submit(filing, citizen);
  ASSERT_TRUE(filed.ok()) << filed.error().reason << (filed.error().fields.empty() ? "" : " " + filed.error().fields[0].pointer + " " + filed.error().fields[0].reason);
  const std::string code = json::GetText(json::Parse(*filed)->as_object(), "dossier_code");
  const http::Principal specialist = Officer("H12.126.02", "specialist", 102);
  Act(code, "accept", desk_);
  auto taken = dossiers_->Look(code, specialist);
  ASSERT_TRUE(taken.ok());
  Act(code, "take", specialist);
  auto none = database().Read([&](db::Tx& tx) { return store::InvoicesOfDossier(tx, taken->authority_id, taken->dossier_id); });
  EXPECT_TRUE(none->empty());

  json::object asked = Act(code, "request_fee", specialist);
  EXPECT_EQ(State(asked), "awaiting_payment");
  EXPECT_EQ(json::GetInt(asked.at("state").as_object(), "national_state"), 6);
  EXPECT_EQ(json::GetText(asked.at("state").as_object(), "clock"), "paused");
  auto invoices = database().Read([&](db::Tx& tx) { return store::InvoicesOfDossier(tx, taken->authority_id, taken->dossier_id); });
  ASSERT_EQ(invoices->size(), 1u);
  EXPECT_EQ(invoices->front().amount_vnd, 15000);

  clock_.Advance(3 * kUsPerDay);
  ASSERT_TRUE(Credit("1", 15000, invoices->front().reference).ok());
  while (*runner_->RunDue() > 0) {
  }
  auto after = json::Parse(*dossiers_->Get(code, desk_));
  EXPECT_EQ(State(after->as_object()), "in_process");
  EXPECT_EQ(json::GetText(after->as_object().at("state").as_object(), "clock"), "running");
  auto clocks = dossiers_->Recompute(nullptr);
  ASSERT_TRUE(clocks.ok());
  EXPECT_EQ(clocks->differences, 0) << (clocks->examples.empty() ? "" : clocks->examples[0]);
  ExpectSound();
}

}  // namespace
}  // namespace tinhso::payments
