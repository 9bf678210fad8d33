// Payments over a fresh database with the demo pack, beside a dossiers service that files for real.
#pragma once
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/crypto.h"
#include "base/ids.h"
#include "desk.h"
#include "features/province_testing/province_testing.h"
#include "kernel/permissions/permissions.h"

namespace tinhso::payments {

class PaymentsTest : public province_testing::ProvinceTest {
 protected:
  static constexpr const char* kSecret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

  void SetUp() override {
    const std::string pack_dir = PackDir();
    ASSERT_NO_FATAL_FAILURE(SetUpProvince({db::Migrations_features_payments()}, pack_dir));
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

  virtual std::string PackDir() { return DemoPack(); }

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
