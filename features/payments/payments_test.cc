#include "fixture.h"
#include "words.h"

namespace tinhso::payments {
namespace {

using ::testing::HasSubstr;

TINHSO_ON_BOTH_ENGINES(PaymentsTest);

TEST_P(PaymentsTest, AFiledDossierWithAFeeGetsAnInvoiceWithItsCode) {
  const store::Invoice i = Billed();
  EXPECT_EQ(i.state, "issued");
  EXPECT_EQ(i.amount_vnd, 150000);
  EXPECT_EQ(i.account_no, account_.account_no);
  EXPECT_EQ(i.expires_on, "2026-12-23");
  auto payload = m_->PayloadOf(i);
  ASSERT_TRUE(payload.ok());
  EXPECT_THAT(*payload, HasSubstr("5406150000"));
  EXPECT_THAT(*payload, HasSubstr("0812" + i.reference));
  ExpectSound();
}

TEST_P(PaymentsTest, FeeRulesFollowCaseChannelDateAndExemption) {
  const auto rules = json::Parse(R"({"fees":[
    {"name":{"vi":"Bản sao","en":"Copy"},"amount_vnd":8000,"quantity_field":"copies","valid_from":"2026-01-01","valid_to":"2026-12-31",
     "exempt":[{"reason":{"vi":"Hộ nghèo","en":"Poor"},"when":{"field":"poor","equals":true}}]},
    {"name":{"vi":"Trang","en":"Pages"},"tier_field":"pages","tiers":[{"from":1,"amount_vnd":2000},{"from":3,"amount_vnd":1000}],"unit_max_vnd":5000,
     "channels":["counter"],"quantity_field":"copies"},
    {"name":{"vi":"Sau","en":"After"},"amount_vnd":700,"moment":"after","when":{"field":"late","equals":true}}]})")->as_object();
  auto fees = [&](const json::object& answers, const char* channel, Date on, const char* moment) { return FeesOf(rules, {channel, answers, on, moment}); };
  EXPECT_EQ(TotalOf(fees({{"copies", 3}}, "online", {2026, 5, 1}, "before")), 24000);
  EXPECT_EQ(TotalOf(fees({{"copies", 3}}, "online", {2027, 1, 1}, "before")), 0);
  const auto exempt = fees({{"copies", 3}, {"poor", true}}, "online", {2026, 5, 1}, "before");
  ASSERT_EQ(exempt.size(), 1u);
  EXPECT_EQ(exempt[0].amount_vnd, 0);
  EXPECT_EQ(exempt[0].exempt_vi, "Hộ nghèo");
  EXPECT_EQ(TotalOf(fees({{"copies", 2}, {"pages", 1}}, "counter", {2027, 1, 1}, "before")), 4000);
  EXPECT_EQ(TotalOf(fees({{"copies", 1}, {"pages", 4}}, "counter", {2027, 1, 1}, "before")), 5000);   // 6000, at most 5000
  EXPECT_EQ(TotalOf(fees({{"copies", 1}, {"pages", 2}}, "counter", {2027, 1, 1}, "before")), 4000);
  EXPECT_EQ(TotalOf(fees({{"late", true}}, "online", {2026, 5, 1}, "after")), 700);
  EXPECT_TRUE(fees({{"late", false}}, "online", {2026, 5, 1}, "after").empty());
  EXPECT_EQ(TotalOf(fees({{"copies", -5}}, "online", {2026, 5, 1}, "before")), 8000);
}

TEST_P(PaymentsTest, AWebhookPaysOnceHoweverOftenItComes) {
  const store::Invoice i = Billed();
  auto first = Credit("1", 150000, "mbvcb " + i.reference + " nop phi");
  ASSERT_TRUE(first.ok()) << first.error().reason;
  EXPECT_THAT(*first, HasSubstr("\"state\":\"settled\""));
  auto again = Credit("1", 150000, "mbvcb " + i.reference + " nop phi");
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(*first, *again);
  // The bank's own number under another event: the same money.
  ASSERT_TRUE(service_->Hear(Signed("evt-other", Body("FT1", 150000, i.reference))).ok());
  EXPECT_EQ(Again(i).state, "paid");
  EXPECT_EQ(database().Read([&](db::Tx& tx) { return store::PaymentsOf(tx, authority_id_, i.invoice_id); })->size(), 1u);
  auto receipts = database().Read([&](db::Tx& tx) { return store::ReceiptsOf(tx, authority_id_, i.invoice_id); });
  ASSERT_EQ(receipts->size(), 1u);
  EXPECT_EQ(receipts->front().receipt_no, 1);
  EXPECT_EQ(receipts->front().symbol, "CM-26E");
  ExpectSound();
}

TEST_P(PaymentsTest, AWrongMessageIsRefusedAndChangesNothing) {
  const store::Invoice i = Billed();
  const std::string body = Body("FT1", 150000, i.reference);
  Service::Message wrong = Signed("evt-1", body);
  wrong.body += " ";
  EXPECT_REASON(service_->Hear(wrong), "webhook_signature_wrong");
  wrong = Signed("evt-1", body);
  wrong.signature = "v1,AAAA";
  EXPECT_REASON(service_->Hear(wrong), "webhook_signature_wrong");
  EXPECT_REASON(service_->Hear(Signed("evt-1", body, "bank", -kWebhookWindowS - 1)), "webhook_timestamp_outside");
  EXPECT_REASON(service_->Hear(Signed("evt-1", body, "bank", kWebhookWindowS + 1)), "webhook_timestamp_outside");
  EXPECT_REASON(service_->Hear(Signed("evt-1", body, "nobody")), "payment_provider_unknown");
  EXPECT_REASON(service_->Hear(Signed("evt-1", body, "other")), "payment_account_foreign");
  EXPECT_REASON(service_->Hear(Signed("evt 1", body)), "webhook_header_malformed");
  store::Account ours = account_;
  account_.account_no = "99";
  EXPECT_REASON(service_->Hear(Signed("evt-1", Body("FT1", 150000, i.reference))), "payment_account_foreign");
  account_ = ours;
  for (const char* amount : {"-1", "0", "1.5", "1000000000001", "99999999999999999999", "\"5\""}) {
    std::string bad = body;
    bad.replace(bad.find("150000"), 6, amount);
    EXPECT_FALSE(service_->Hear(Signed("evt-1", bad)).ok()) << amount;
  }
  EXPECT_EQ(Again(i).state, "issued");
  EXPECT_TRUE(Queue().empty());
  ASSERT_TRUE(service_->Hear(Signed("evt-1", body)).ok());
  EXPECT_REASON(service_->Hear(Signed("evt-1", Body("FT2", 1, ""))), "payment_event_reused");
  EXPECT_REASON(service_->Hear(Signed("evt-9", Body("FT1", 149999, i.reference))), "bank_transaction_differs");
  ExpectSound();
}

TEST_P(PaymentsTest, WhatDoesNotFitWaitsForAPerson) {
  const store::Invoice part = Billed(), whole = Billed(), foreign = Billed(other_desk_.authority_id);
  ASSERT_TRUE(Credit("1", 100000, part.reference).ok());
  EXPECT_EQ(Again(part).state, "partial");
  EXPECT_EQ(NewestCredit("queued").problem, "partial");
  ASSERT_TRUE(Credit("2", 60000, part.reference).ok());  // 10.000 too much, and the first part is whole now
  EXPECT_EQ(Again(part).state, "paid");
  ASSERT_EQ(Queue().size(), 1u);
  EXPECT_EQ(Queue()[0].problem, "excess");
  EXPECT_EQ(Queue()[0].left_vnd, 10000);
  ASSERT_TRUE(Credit("3", 150000, part.reference).ok());
  EXPECT_EQ(NewestCredit("queued").problem, "double");
  ASSERT_TRUE(Credit("4", 150000, foreign.reference).ok());
  EXPECT_EQ(NewestCredit("queued").problem, "other_unit");
  EXPECT_EQ(Again(foreign).state, "issued");
  ASSERT_TRUE(Credit("5", 150000, "nop phi").ok());
  EXPECT_EQ(NewestCredit("queued").problem, "unknown");
  const store::Invoice late = Billed(), cancelled = Billed();
  ASSERT_TRUE(CancelInvoice(*m_, cancelled.invoice_id, "Nộp nhầm", desk_).ok());
  ASSERT_TRUE(Credit("6", 150000, cancelled.reference).ok());
  EXPECT_EQ(NewestCredit("queued").problem, "late");
  clock_.Advance(31 * kUsPerDay);
  ASSERT_TRUE(Credit("7", 150000, late.reference).ok());
  EXPECT_EQ(NewestCredit("queued").problem, "late");
  EXPECT_EQ(Again(late).state, "issued");
  ExpectSound();

  // The person gives the late one to its invoice, keeps the excess, and brings cash of the desk to the bank.
  const store::Credit late_credit = NewestCredit("queued");
  EXPECT_REASON(ActOnCredit(*m_, {late_credit.bank_credit_id, late_credit.version, late.invoice_id, "assign"}, other_desk_), "invoice_not_found");
  EXPECT_REASON(ActOnCredit(*m_, {late_credit.bank_credit_id, late_credit.version, 0, "keep"}, other_desk_), "bank_credit_not_found");
  EXPECT_REASON(ActOnCredit(*m_, {late_credit.bank_credit_id, late_credit.version + 5, late.invoice_id, "assign"}, desk_), "bank_credit_stale");
  ASSERT_TRUE(ActOnCredit(*m_, {late_credit.bank_credit_id, late_credit.version, late.invoice_id, "assign"}, desk_).ok());
  EXPECT_EQ(Again(late).state, "paid");
  EXPECT_REASON(ActOnCredit(*m_, {late_credit.bank_credit_id, late_credit.version, whole.invoice_id, "assign"}, desk_), "bank_credit_settled");
  for (const store::Credit& c : Queue())
    ASSERT_TRUE(ActOnCredit(*m_, {c.bank_credit_id, c.version, 0, c.problem == "unknown" ? "cash_deposit" : "keep"}, desk_).ok());
  EXPECT_TRUE(Queue().empty());
  ExpectSound();
}

TEST_P(PaymentsTest, CashIsTakenOnceForTheWholeAmount) {
  const store::Invoice i = Billed();
  EXPECT_REASON(CollectCash(*m_, i.invoice_id, 150000, other_desk_), "invoice_not_found");
  EXPECT_REASON(CollectCash(*m_, i.invoice_id, 140000, desk_), "invoice_amount_changed");
  ASSERT_TRUE(CollectCash(*m_, i.invoice_id, 150000, desk_).ok());
  EXPECT_REASON(CollectCash(*m_, i.invoice_id, 150000, desk_), "invoice_not_open");
  EXPECT_REASON(CancelInvoice(*m_, i.invoice_id, "x", desk_), "invoice_not_open");
  ExpectSound();
}

TEST_P(PaymentsTest, ARefundIsDecidedByAnotherPerson) {
  const store::Invoice i = Billed();
  ASSERT_TRUE(CollectCash(*m_, i.invoice_id, 150000, desk_).ok());
  store::Refund ask;
  ask.invoice_id = i.invoice_id;
  ask.method = "cash";
  ask.to_name = "Nguyễn Thị Mỹ Hạnh";
  ask.reason = "Hồ sơ bị từ chối";
  auto refund_id = ProposeRefund(*m_, ask, desk_);
  ASSERT_TRUE(refund_id.ok()) << refund_id.error().reason;
  EXPECT_REASON(ProposeRefund(*m_, ask, desk_), "refund_open_already");
  http::Principal same = leader_;
  same.account_id = desk_.account_id;
  EXPECT_REASON(DecideRefund(*m_, {*refund_id, 1, true, ""}, same), "refund_by_same_person");
  EXPECT_REASON(DecideRefund(*m_, {*refund_id, 7, true, ""}, leader_), "refund_stale");
  ASSERT_TRUE(DecideRefund(*m_, {*refund_id, 1, true, ""}, leader_).ok());
  EXPECT_REASON(DecideRefund(*m_, {*refund_id, 2, true, ""}, leader_), "refund_decided");
  EXPECT_EQ(Again(i).state, "refunded");
  auto receipts = database().Read([&](db::Tx& tx) { return store::ReceiptsOf(tx, authority_id_, i.invoice_id); });
  EXPECT_EQ(receipts->front().state, "cancelled");
  ExpectSound();
}

TEST_P(PaymentsTest, AWrongReceiptIsReplacedByTheNextNumber) {
  const store::Invoice i = Billed();
  ASSERT_TRUE(CollectCash(*m_, i.invoice_id, 150000, desk_).ok());
  const store::Receipt first = database().Read([&](db::Tx& tx) { return store::ReceiptsOf(tx, authority_id_, i.invoice_id); })->front();
  ASSERT_TRUE(ReplaceReceipt(*m_, {first.receipt_id, "Hộ kinh doanh Mỹ Hạnh", "Phường An Xuyên", "Sai tên"}, desk_).ok());
  EXPECT_REASON(ReplaceReceipt(*m_, {first.receipt_id, "x", "", "x"}, desk_), "receipt_cancelled");
  auto receipts = database().Read([&](db::Tx& tx) { return store::ReceiptsOf(tx, authority_id_, i.invoice_id); });
  ASSERT_EQ(receipts->size(), 2u);
  EXPECT_EQ(receipts->at(1).receipt_no, 2);
  EXPECT_EQ(receipts->at(1).replaces_receipt_id, first.receipt_id);
  auto pdf = m_->ReceiptPdf(receipts->at(1), Again(i));
  ASSERT_TRUE(pdf.ok()) << pdf.error().reason << pdf.error().detail;
  EXPECT_EQ(pdf->substr(0, 5), "%PDF-");
  ExpectSound();
}

TEST_P(PaymentsTest, ADossierThatEndsWithoutResultIsNotAskedForMoney) {
  const store::Invoice i = Billed();
  dossiers::Moved moved = Filed();
  moved.dossier_id = i.dossier_id;
  moved.action = "withdraw";
  moved.ended_without_result = true;
  ASSERT_TRUE(database().Write([&](db::Tx& tx) { return service_->Follow(tx, moved); }).ok());
  EXPECT_EQ(Again(i).state, "cancelled");
  ExpectSound();
}

}  // namespace
}  // namespace tinhso::payments
