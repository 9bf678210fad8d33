// Payments over a fresh database with the demo pack, beside a dossiers service that files for real.
#pragma once
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/crypto.h"
#include "base/ids.h"
#include "desk.h"
#include "kernel/areas/areas.h"
#include "kernel/db_testing/db_testing.h"
#include "kernel/files/files.h"
#include "kernel/inbox/inbox.h"
#include "kernel/notify/notify.h"
#include "kernel/permissions/permissions.h"
#include "engines/numbering/numbering.h"
#include "features/procedures/procedures.h"

namespace tinhso::payments {

class PaymentsTest : public db_testing::DbTest {
 protected:
  static constexpr const char* kSecret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
  static TimeUs Start() { return FromLocal({2026, 11, 23}, 9 * 60); }

  void SetUp() override {
    Migrate({db::Migrations_kernel_audit(), db::Migrations_kernel_files(), db::Migrations_kernel_jobs(), db::Migrations_kernel_orgs(),
             db::Migrations_kernel_identity(), db::Migrations_kernel_persons(), db::Migrations_kernel_notify(), db::Migrations_kernel_inbox(),
             db::Migrations_engines_numbering(), db::Migrations_engines_packs(), db::Migrations_features_procedures(),
             db::Migrations_features_dossiers(), db::Migrations_features_payments()});
    const std::string pack_dir = PackDir();
    router_ = std::make_unique<db::TenantRouter>(database());
    orgs_ = std::make_unique<orgs::Service>(database(), clock_);
    ASSERT_TRUE(orgs::LoadUnitsFromYaml(*orgs_, pack_dir + "/units.yaml").ok());
    ASSERT_TRUE(orgs::LoadCalendarFromYaml(*orgs_, pack_dir + "/calendar.yaml").ok());
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
    dossiers_ = std::make_unique<dossiers::Service>(
        dossiers::Deps{*router_, clock_, *orgs_, *areas_, *identity_, *files_, *library_, *catalogue_, *runner_, "http://localhost:8080"});
    dossiers_->RegisterJobs();
    Deps deps{*router_, clock_, *orgs_, *identity_, *library_, *dossiers_, *runner_, {{"bank", {kSecret, "970415"}}, {"other", {kSecret, "970436"}}}, false};
    service_ = std::make_unique<Service>(deps);
    m_ = std::make_unique<Impl>(deps);
    ASSERT_TRUE(service_->LoadPack(pack_dir).ok());
    m_->banks = {{"970415", "ICB", "VietinBank"}};
    dossiers_->OnMove([this](db::Tx& tx, const dossiers::Moved& moved) { return service_->Follow(tx, moved); });
    service_->RegisterJobs();
    desk_ = Officer("H12.126.01", "one_stop_officer", 101);
    leader_ = Officer("H12.126", "leader", 103);
    other_desk_ = Officer("H12.127.01", "one_stop_officer", 201);
    authority_id_ = desk_.authority_id;
    auto account = database().Read([&](db::Tx& tx) { return store::AccountInUse(tx, authority_id_); });
    ASSERT_TRUE(account.ok() && *account);
    account_ = **account;
  }

  virtual std::string PackDir() { return TINHSO_SOURCE_DIR "/packs/ca-mau"; }

  http::Principal Officer(const std::string& unit_code, const std::string& role, int64_t account_id) {
    const orgs::Unit* unit = orgs_->snapshot()->ByCode(unit_code);
    EXPECT_NE(unit, nullptr) << unit_code;
    http::Principal who;
    who.account_id = account_id;
    who.unit_id = unit->unit_id;
    who.authority_id = unit->authority_id;
    who.full_name = role + " " + unit_code;
    who.position = "Công chức";
    who.roles = {role};
    who.permissions = permissions::PermissionsOf(who.roles);
    return who;
  }

  // A filed dossier, as the dossiers service tells it, with the fee of 1.001612: 150.000 đồng.
  dossiers::Moved Filed(int64_t authority_id = 0) {
    dossiers::Moved moved;
    moved.authority_id = authority_id != 0 ? authority_id : authority_id_;
    moved.dossier_id = NewId();
    moved.dossier_code = "H12.126-261123-" + std::to_string(1000 + ++filed_);
    moved.procedure_code = "1.001612";
    moved.procedure_name = "Đăng ký thành lập hộ kinh doanh";
    moved.channel = "online";
    moved.applicant_name = "Nguyễn Thị Mỹ Hạnh";
    moved.action = "submit";
    moved.now_us = clock_.NowUs();
    return moved;
  }
  store::Invoice Billed(int64_t authority_id = 0) {
    const dossiers::Moved moved = Filed(authority_id);
    EXPECT_TRUE(database().Write([&](db::Tx& tx) { return service_->Follow(tx, moved); }).ok());
    auto invoices = database().Read([&](db::Tx& tx) { return store::InvoicesOfDossier(tx, moved.authority_id, moved.dossier_id); });
    EXPECT_TRUE(invoices.ok() && invoices->size() == 1);
    return invoices.ok() && !invoices->empty() ? invoices->front() : store::Invoice();
  }
  store::Invoice Again(const store::Invoice& i) { return **database().Read([&](db::Tx& tx) { return store::FindInvoice(tx, i.invoice_id); }); }
  std::vector<store::Credit> Queue() { return *database().Read([&](db::Tx& tx) { return store::CreditsIn(tx, authority_id_, "queued", INT64_MAX, 1000); }); }
  store::Credit NewestCredit(const char* state) {
    auto all = database().Read([&](db::Tx& tx) { return store::CreditsIn(tx, authority_id_, state, INT64_MAX, 1); });
    return all.ok() && !all->empty() ? all->front() : store::Credit();
  }

  Service::Message Signed(const std::string& event_id, const std::string& body, const std::string& provider = "bank", int64_t skew_s = 0) {
    Service::Message m{provider, event_id, std::to_string(clock_.NowUs() / kUsPerSecond + skew_s), "", body};
    const std::string key = *crypto::Base64Decode(std::string(kSecret).substr(6));
    m.signature = "v1," + crypto::Base64Encode(crypto::HmacSha256(key, m.event_id + "." + m.timestamp + "." + m.body));
    return m;
  }
  std::string Body(const std::string& transaction_no, int64_t amount_vnd, const std::string& remittance) {
    return json::serialize(json::object{{"transaction_no", transaction_no}, {"bank_bin", account_.bank_bin}, {"account_no", account_.account_no},
                                        {"amount_vnd", amount_vnd}, {"remittance", remittance}, {"booked_at", FormatTime(clock_.NowUs())}});
  }
  Result<std::string> Credit(const std::string& id, int64_t amount_vnd, const std::string& remittance) {
    return service_->Hear(Signed("evt-" + id, Body("FT" + id, amount_vnd, remittance)));
  }
  void ExpectSound() {
    auto checked = service_->Check();
    ASSERT_TRUE(checked.ok()) << checked.error().reason << " " << checked.error().detail;
    EXPECT_EQ(checked->differences, 0) << (checked->examples.empty() ? "" : checked->examples[0]);
  }

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
  std::unique_ptr<Service> service_;
  std::unique_ptr<Impl> m_;  // the same parts, for the functions of desk.h
  http::Principal desk_, leader_, other_desk_;
  int64_t authority_id_ = 0, filed_ = 0;
  store::Account account_;
};

#define EXPECT_REASON(result, word)                  \
  do {                                               \
    auto reason_result_ = (result);                  \
    EXPECT_FALSE(reason_result_.ok());               \
    if (!reason_result_.ok()) { EXPECT_EQ(reason_result_.error().reason, word); } \
  } while (0)

}  // namespace tinhso::payments
