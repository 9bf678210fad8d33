// A statement read in: its credits are those of the webhook, once; its days hold the books.
#include "import_statement.h"

#include "fixture.h"
#include "reports.h"

namespace tinhso::payments {
namespace {

class ImportStatementTest : public PaymentsTest {
 protected:
  void SetUp() override {
    PaymentsTest::SetUp();
    auto profile = json::Parse(R"({"id":"general","name":{"vi":"Mẫu"},"delimiter":",","decimal":".","date_format":"yyyy-mm-dd",
      "columns":{"booked_on":"Booking date","transaction_no":"Transaction number","amount":"Credit","remittance":"Description"}})");
    m_->profiles = {*ReadProfile(profile->as_object())};
  }
  struct Line {
    std::string on, number;
    int64_t vnd;
    std::string text;
  };
  static std::string Csv(const std::vector<Line>& lines) {
    std::string out = "Booking date,Transaction number,Credit,Description\n";
    for (const Line& l : lines) out += l.on + "," + l.number + "," + std::to_string(l.vnd) + "," + l.text + "\n";
    return out;
  }
  json::object Import(const std::string& bytes, bool dry_run = false) {
    auto done = ImportStatement(*m_, {bytes, "sao-ke.csv", "", dry_run}, &desk_);
    EXPECT_TRUE(done.ok()) << done.error().reason << (done.error().fields.empty() ? "" : " " + done.error().fields[0].pointer + " " + done.error().fields[0].reason);
    return done.ok() ? json::Parse(*done)->as_object() : json::object();
  }
  int64_t Credits() {
    static constexpr db::Sql kCount = "SELECT COUNT(*) FROM bank_credit";
    return (**database().Read([&](db::Tx& tx) { return tx.QueryOne(kCount, {}); })).Int(0);
  }
  std::vector<store::DayProof> Days() {
    return *database().Read([&](db::Tx& tx) { return store::DayProofs(tx, authority_id_, "2026-01-01", "2026-12-31"); });
  }
};
TINHSO_ON_BOTH_ENGINES(ImportStatementTest);

TEST_P(ImportStatementTest, CreditsPayTheirInvoicesAndOthersWait) {
  const store::Invoice bill = Billed();
  const std::string file = Csv({{"2026-11-23", "FT1", 150'000, bill.reference + " nop phi"}, {"2026-11-23", "FT2", 7'000, "khong ro"}});
  auto preview = Import(file, true);
  EXPECT_EQ(preview["imported"], false);
  EXPECT_EQ(preview["credits_new"], 2);
  EXPECT_EQ(Credits(), 0);  // looked at, nothing done
  auto done = Import(file);
  EXPECT_EQ(done["settled"], 1);
  EXPECT_EQ(done["queued"], 1);
  EXPECT_EQ(Again(bill).state, "paid");
  EXPECT_EQ(Queue().size(), 1u);
  ExpectSound();
}

// The same file, and one that overlaps it, change nothing that is there.
TEST_P(ImportStatementTest, ReadInAgainItChangesNothing) {
  const store::Invoice bill = Billed();
  const std::vector<Line> lines = {{"2026-11-20", "FT1", 150'000, bill.reference}, {"2026-11-21", "FT2", 7'000, "x"}};
  Import(Csv(lines));
  auto again = Import(Csv(lines));
  EXPECT_EQ(again["known"], true);
  EXPECT_EQ(again["credits_new"], 0);
  auto overlapping = Import(Csv({lines[1], {"2026-11-22", "FT3", 9'000, "y"}}));
  EXPECT_EQ(overlapping["credits_new"], 1);
  EXPECT_EQ(Credits(), 3);
  EXPECT_EQ(Again(bill).paid_vnd, 150'000);
  ExpectSound();
}

// The bank tells by message and by statement: one credit, on the day of the bank's books.
TEST_P(ImportStatementTest, AMessageAndItsStatementLineAreOneCredit) {
  const store::Invoice bill = Billed();
  ASSERT_TRUE(Credit("1", 150'000, bill.reference).ok());  // FT1, today
  clock_.Advance(kUsPerDay);
  auto done = Import(Csv({{"2026-11-22", "FT1", 150'000, bill.reference}}));
  EXPECT_EQ(done["credits_new"], 0);
  EXPECT_EQ(Credits(), 1);
  ASSERT_TRUE(service_->Hear(Signed("evt-later", Body("FT1", 150'000, bill.reference))).ok());
  EXPECT_EQ(Credits(), 1);
  ASSERT_EQ(Days().size(), 1u);
  EXPECT_EQ(Days()[0].credits_vnd, 150'000);
  ExpectSound();
}

TEST_P(ImportStatementTest, OneLineThatContradictsTakesTheWholeFileBack) {
  ASSERT_TRUE(Credit("2", 5'000, "x").ok());
  auto refused = ImportStatement(*m_, {Csv({{"2026-11-20", "FT1", 10'000, "a"}, {"2026-11-20", "FT2", 5'001, "b"}}), "f.csv", "", false}, &desk_);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().fields[0].pointer, "/lines/3");
  EXPECT_EQ(refused.error().fields[0].reason, "bank_transaction_differs");
  EXPECT_EQ(Credits(), 1);
  EXPECT_TRUE(Days().empty());
  ExpectSound();
}

// Days that are over are held to what the bank says of them; one credit more or less is a difference.
TEST_P(ImportStatementTest, TheBooksAreHeldToTheBanksDays) {
  clock_.Set(FromLocal({2026, 11, 25}, 9 * 60));
  Import(Csv({{"2026-11-20", "FT1", 10'000, "a"}, {"2026-11-22", "FT2", 5'000, "b"}, {"2026-11-25", "FT3", 1'000, "today is not over"}}));
  ASSERT_EQ(Days().size(), 5u);  // the 20th to the 24th, those without money too
  ExpectSound();
  auto report = json::Parse(*Reconciliation(*m_, "2026-11-20", "2026-11-25", desk_));
  const json::object& statements = report->at("units").as_array()[0].as_object().at("statements").as_object();
  EXPECT_EQ(statements.at("days"), 5);
  EXPECT_EQ(statements.at("days_wrong"), 0);
  EXPECT_EQ(statements.at("statement_vnd"), 15'000);
  // A credit of a day the bank has closed, which its statement does not have.
  clock_.Set(FromLocal({2026, 11, 21}, 9 * 60));
  ASSERT_TRUE(Credit("9", 3'000, "late news").ok());
  EXPECT_EQ(service_->Check()->differences, 1);
  clock_.Set(FromLocal({2026, 11, 25}, 10 * 60));
  Import(Csv({{"2026-11-21", "FT9", 3'000, "late news"}}));  // the newer statement has it
  ExpectSound();
}

TEST_P(ImportStatementTest, AnotherUnitsAccountIsRefused) {
  const std::string camt = "<Document><BkToCstmrDbtCdtNtfctn><Ntfctn><Acct><Id><Othr><Id>" + account_.account_no +
                           "</Id></Othr></Id></Acct><Ntry><Amt Ccy=\"VND\">5</Amt><CdtDbtInd>CRDT</CdtDbtInd><BookgDt><Dt>2026-11-21</Dt></BookgDt><AcctSvcrRef>R1</AcctSvcrRef>"
                           "</Ntry></Ntfctn></BkToCstmrDbtCdtNtfctn></Document>";
  EXPECT_REASON(ImportStatement(*m_, {camt, "f.xml", "", false}, &other_desk_), "payment_account_foreign");
  EXPECT_REASON(ImportStatement(*m_, {camt, "f.xml", "1", false}, &desk_), "payment_account_foreign");
  EXPECT_EQ(Credits(), 0);
  EXPECT_TRUE(ImportStatement(*m_, {camt, "f.xml", "", false}, &desk_).ok());
  EXPECT_REASON(ImportStatement(*m_, {Csv({}), "f.csv", "", false}, nullptr), "validation_failed");  // the operator says which
  EXPECT_TRUE(service_->ImportStatement(Csv({{"2026-11-20", "FT7", 1, "a"}}), "f.csv", account_.account_no).ok());
  EXPECT_EQ(Credits(), 2);
}

}  // namespace
}  // namespace tinhso::payments
