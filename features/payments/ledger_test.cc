// The books stay sound over any order of what happens to money.
#include <random>

#include "fixture.h"

namespace tinhso::payments {
namespace {

class LedgerTest : public PaymentsTest {};
TINHSO_ON_BOTH_ENGINES(LedgerTest);

TEST_P(LedgerTest, BalancesOverRandomOrdersOfPaymentsRefundsAndRepeats) {
  std::mt19937 random(20261123);
  auto pick = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  std::vector<store::Invoice> invoices;
  std::vector<std::pair<std::string, std::string>> sent;  // event, body
  int64_t came = 0;  // what the bank says in all, reckoned here
  for (int step = 0; step < 160; ++step) {
    if (invoices.empty() || pick(4) == 0) invoices.push_back(Billed());
    const store::Invoice i = Again(invoices[static_cast<size_t>(pick(static_cast<int>(invoices.size())))]);
    switch (pick(9)) {
      case 0:
      case 1:
      case 2: {
        const int64_t amounts[] = {150000, 50000, 149999, 150001, 1, 300000};
        const int64_t amount = amounts[pick(6)];
        sent.emplace_back("evt-" + std::to_string(step), Body("FT" + std::to_string(step), amount, pick(5) == 0 ? "khong ro" : i.reference));
        ASSERT_TRUE(service_->Hear(Signed(sent.back().first, sent.back().second)).ok());
        came += amount;
        break;
      }
      case 3:
        if (!sent.empty()) {
          const auto& [event, body] = sent[static_cast<size_t>(pick(static_cast<int>(sent.size())))];
          ASSERT_TRUE(service_->Hear(Signed(event, body)).ok());
        }
        break;
      case 4:
        (void)CollectCash(*m_, i.invoice_id, std::max<int64_t>(1, i.LeftVnd()), desk_);
        break;
      case 5:
        (void)CancelInvoice(*m_, i.invoice_id, "thử", desk_);
        break;
      case 6: {
        store::Refund ask;
        const auto queue = Queue();
        if (!queue.empty() && pick(2) == 0) ask.bank_credit_id = queue[static_cast<size_t>(pick(static_cast<int>(queue.size())))].bank_credit_id;
        else ask.invoice_id = i.invoice_id;
        ask.method = pick(2) == 0 ? "cash" : "transfer";
        ask.to_name = ask.reason = "thử";
        (void)ProposeRefund(*m_, ask, desk_);
        break;
      }
      case 7: {
        auto open = database().Read([&](db::Tx& tx) { return store::RefundsIn(tx, authority_id_, "proposed", INT64_MAX, 100); });
        if (!open->empty()) (void)DecideRefund(*m_, {open->front().refund_id, open->front().version, pick(3) != 0, ""}, leader_);
        break;
      }
      case 8: {
        const auto queue = Queue();
        if (queue.empty()) break;
        const store::Credit& c = queue[static_cast<size_t>(pick(static_cast<int>(queue.size())))];
        const char* actions[] = {"assign", "keep", "cash_deposit"};
        const char* action = actions[pick(3)];
        (void)ActOnCredit(*m_, {c.bank_credit_id, c.version, std::string_view(action) == "assign" ? i.invoice_id : 0, action}, desk_);
        break;
      }
    }
    if (step % 20 == 0) ExpectSound();
  }
  ExpectSound();
  auto figures = database().Read([&](db::Tx& tx) {
    return store::FiguresOf(tx, {authority_id_, "2026-01-01", "2027-12-31", 0, clock_.NowUs() + 1});
  });
  ASSERT_TRUE(figures.ok());
  EXPECT_EQ(figures->credits_vnd, came);
  auto balances = database().Read([&](db::Tx& tx) { return store::Balances(tx, authority_id_, "2026-01-01", "2027-12-31"); });
  int64_t debit = 0, credit = 0, bank = 0;
  for (const store::Sum& s : *balances) {
    debit += s.a, credit += s.b;
    if (s.word == "bank") bank = s.a - s.b;
  }
  EXPECT_EQ(debit, credit);
  EXPECT_EQ(bank, came - figures->refunds_transfer_vnd);
  EXPECT_EQ(figures->receipts_vnd, figures->paid_invoices_vnd);
  EXPECT_GT(figures->payments, 0);
}

// The check is no use if it says yes to everything.
TEST_P(LedgerTest, CheckNoticesMoneyThatAppearsOrIsLost) {
  const store::Invoice i = Billed();
  ASSERT_TRUE(Credit("1", 150000, i.reference).ok());
  ExpectSound();
  auto differences = [&] { return service_->Check()->differences; };
  auto break_it = [&](const db::Sql& sql) { ASSERT_TRUE(database().Write([&](db::Tx& tx) { return tx.Execute(sql, {}); }).ok()); };
  break_it("UPDATE ledger_posting SET credit_vnd = credit_vnd + 1 WHERE ledger_account = 'revenue'");
  EXPECT_GT(differences(), 0);
  break_it("UPDATE ledger_posting SET credit_vnd = credit_vnd - 1 WHERE ledger_account = 'revenue'");
  ExpectSound();
  break_it("UPDATE receipt SET state = 'cancelled'");
  EXPECT_EQ(differences(), 1);
  break_it("UPDATE receipt SET state = 'valid', receipt_no = 2");
  EXPECT_EQ(differences(), 1);
  break_it("UPDATE receipt SET receipt_no = 1");
  break_it("UPDATE bank_credit SET amount_vnd = amount_vnd + 1");
  EXPECT_EQ(differences(), 1);
  break_it("UPDATE bank_credit SET amount_vnd = amount_vnd - 1");
  break_it("DELETE FROM payment");
  EXPECT_EQ(differences(), 1);
}

}  // namespace
}  // namespace tinhso::payments
