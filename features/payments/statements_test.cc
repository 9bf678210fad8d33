// Statement files as they come: whole or not at all, and the line named where they are wrong.
#include "statements.h"

#include <gtest/gtest.h>

namespace tinhso::payments {
namespace {

std::vector<StatementProfile> Profiles() {
  auto vi = json::Parse(R"({"id":"vi","name":{"vi":"Mẫu"},"delimiter":";","decimal":",","date_format":"dd/mm/yyyy",
    "columns":{"booked_on":"Ngày","transaction_no":"Số GD","amount":"Ghi có","remittance":"Nội dung","payer_name":"Người chuyển","account_no":"Tài khoản"}})");
  auto en = json::Parse(R"({"id":"en","name":{"vi":"Mẫu Anh"},"delimiter":",","decimal":".","date_format":"yyyy-mm-dd",
    "columns":{"booked_on":"Date","transaction_no":"Number","amount":"Credit","remittance":"Text"}})");
  return {*ReadProfile(vi->as_object()), *ReadProfile(en->as_object())};
}

constexpr const char* kHead = "Ngày;Số GD;Ghi có;Nội dung;Người chuyển\n";

// "12 statement_amount_wrong", or "" when it is read.
std::string Wrong(const std::string& bytes) {
  auto read = ParseStatement(Profiles(), bytes);
  if (read.ok()) return "";
  if (read.error().fields.empty()) return read.error().reason;
  EXPECT_EQ(read.error().reason, "validation_failed");
  return read.error().fields[0].pointer.substr(7) + " " + read.error().fields[0].reason;
}

TEST(StatementCsv, ReadsCreditsAndPassesOverDebits) {
  auto s = ParseStatement(Profiles(), std::string("\xEF\xBB\xBF") + "Sao kê tài khoản\r\nTừ ngày;01/11/2026\r\n" + kHead +
                                          "20/11/2026;FT1;1.500.000,00;\"TSABC;\"\"nop\"\" phi\";NGUYỄN VĂN A\r\n\r\n"
                                          "21/11/2026 09:30;FT2;;rút tiền;\n"
                                          "22/11/2026;FT3;-20.000;phí;\n"
                                          "22/11/2026;FT4;+15.000;;B\n");
  ASSERT_TRUE(s.ok()) << s.error().reason;
  EXPECT_EQ(s->format, "vi");
  EXPECT_EQ(s->from_on, "2026-11-20");
  EXPECT_EQ(s->to_on, "2026-11-22");
  ASSERT_EQ(s->lines.size(), 2u);
  EXPECT_EQ(s->lines[0].line_no, 4);
  EXPECT_EQ(s->lines[0].transaction_no, "FT1");
  EXPECT_EQ(s->lines[0].amount_vnd, 1'500'000);
  EXPECT_EQ(s->lines[0].remittance, "TSABC;\"nop\" phi");
  EXPECT_EQ(s->lines[0].payer_name, "NGUYỄN VĂN A");
  EXPECT_EQ(s->lines[1].line_no, 8);
  EXPECT_EQ(s->lines[1].amount_vnd, 15'000);
}

TEST(StatementCsv, AnotherHeadingIsAnotherProfile) {
  auto s = ParseStatement(Profiles(), "Number,Date,Text,Credit\nX1,2026-11-20,hello,\"2,000.00\"\n");
  ASSERT_TRUE(s.ok());
  EXPECT_EQ(s->format, "en");
  EXPECT_EQ(s->lines[0].amount_vnd, 2000);
}

// Every way a file is wrong names its line, and gives nothing.
TEST(StatementCsv, TheLineThatIsWrongIsNamed) {
  const std::string head = kHead, good = "20/11/2026;FT1;1.000;a;b\n";
  EXPECT_EQ(Wrong(head + good), "");
  EXPECT_EQ(Wrong(head + good + "20/11/2026;FT2;1.0"), "3 statement_cut_off");
  EXPECT_EQ(Wrong(head + good + "20/11/2026;FT2;1.000;\"a;b\n"), "3 statement_cut_off");
  EXPECT_EQ(Wrong(head + good + "20/11/2026;FT2;1.000\n"), "3 statement_columns_wrong");
  EXPECT_EQ(Wrong(head + good + good), "3 statement_line_repeated");
  EXPECT_EQ(Wrong(head + "31/02/2026;FT1;1.000;a;b\n"), "2 statement_date_wrong");
  EXPECT_EQ(Wrong(head + "2026-11-20;FT1;1.000;a;b\n"), "2 statement_date_wrong");
  for (const char* amount : {"1,5", "1e5", "1.000 đ", "999999999999999999999", "--5", "-"})
    EXPECT_EQ(Wrong(head + "20/11/2026;FT1;" + amount + ";a;b\n"), "2 statement_amount_wrong") << amount;
  EXPECT_EQ(Wrong(head + "20/11/2026;;1.000;a;b\n"), "2 statement_number_missing");
  EXPECT_EQ(Wrong(head + "20/11/2026;" + std::string(65, 'x') + ";1.000;a;b\n"), "2 statement_number_missing");
  EXPECT_EQ(Wrong(head + "20/11/2026;FT1;1.000;" + std::string(501, 'x') + ";b\n"), "2 text_too_long");
  EXPECT_EQ(Wrong("one,two\n1,2\n"), "1 statement_heading_unknown");
  EXPECT_EQ(Wrong(""), "1 statement_empty");
  EXPECT_EQ(Wrong(std::string(kStatementBytesMax + 1, 'x')), "statement_too_large");
  EXPECT_EQ(Wrong("Ngày;Số GD;Ghi có;Nội dung;Tài khoản\n20/11/2026;FT1;1;a;111\n20/11/2026;FT2;1;a;222\n"), "3 statement_accounts_several");
  std::string many = head;
  for (size_t i = 0; i <= kStatementLinesMax; ++i) many += "20/11/2026;N" + std::to_string(i) + ";1;a;b\n";
  EXPECT_EQ(Wrong(many), "statement_too_large");
}

// Other encodings are called by their name, so that the accountant knows what to save the file as.
TEST(StatementCsv, OtherEncodingsAreRefusedClearly) {
  EXPECT_EQ(Wrong(std::string("\xFF\xFE") + std::string("N\0g\0", 4)), "1 statement_utf16");
  EXPECT_EQ(Wrong(std::string("\0N\0g", 4)), "1 statement_utf16");
  EXPECT_EQ(Wrong(std::string(kHead) + "20/11/2026;FT1;1.000;Nguy\xEA\xD2n;b\n"), "2 statement_not_utf8");  // Windows-1258
  EXPECT_EQ(Wrong("Ng\xE0y;S\xF4\xEC\n"), "1 statement_not_utf8");
}

TEST(StatementProfileTest, AFaultInAProfileIsFound) {
  for (const char* text : {"{}", R"({"id":"a","name":{"vi":"x"},"delimiter":";;","decimal":",","date_format":"dd/mm/yyyy","columns":{}})",
                           R"({"id":"a","name":{"vi":"x"},"delimiter":";","decimal":",","date_format":"mm/dd/yyyy","columns":{"booked_on":"a","transaction_no":"b","amount":"c","remittance":"d"}})",
                           R"({"id":"a","name":{"vi":"x"},"delimiter":";","decimal":",","date_format":"dd/mm/yyyy","columns":{"booked_on":"a"}})"})
    EXPECT_EQ(ReadProfile(json::Parse(text)->as_object()).error().reason, "pack_invalid") << text;
}

std::string Camt053(const std::string& entries, const std::string& account = "960121260001") {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08\"><BkToCstmrStmt><GrpHdr><MsgId>1</MsgId></GrpHdr>\n"
         "<Stmt><Id>S1</Id><FrToDt><FrDtTm>2026-11-20T00:00:00+07:00</FrDtTm><ToDtTm>2026-11-23T00:00:00+07:00</ToDtTm></FrToDt>\n"
         "<Acct><Id><Othr><Id>" + account + "</Id></Othr></Id></Acct>\n" + entries + "</Stmt></BkToCstmrStmt></Document>\n";
}
std::string Entry(const std::string& amount, const std::string& details, const std::string& more = "<CdtDbtInd>CRDT</CdtDbtInd>") {
  return "<Ntry><Amt Ccy=\"VND\">" + amount + "</Amt>" + more + "<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-11-21</Dt></BookgDt><AcctSvcrRef>REF9</AcctSvcrRef>" + details +
         "</Ntry>\n";
}
std::string Details(const std::string& amount, const std::string& text) {
  return "<NtryDtls><TxDtls><Amt Ccy=\"VND\">" + amount + "</Amt><RltdPties><Dbtr><Pty><Nm>NGUYEN VAN A</Nm></Pty></Dbtr><DbtrAcct><Id><Othr><Id>123</Id></Othr></Id></DbtrAcct></RltdPties>"
         "<RmtInf><Ustrd>" + text + "</Ustrd></RmtInf></TxDtls></NtryDtls>";
}

TEST(StatementCamt, ReadsAStatementOfDays) {
  auto s = ParseStatement({}, Camt053(Entry("150000.00", Details("150000", "TS ABC &amp; phi")) + Entry("20000", "", "<CdtDbtInd>DBIT</CdtDbtInd>")));
  ASSERT_TRUE(s.ok()) << s.error().reason << " " << (s.error().fields.empty() ? "" : s.error().fields[0].pointer + s.error().fields[0].reason);
  EXPECT_EQ(s->format, "camt.053");
  EXPECT_EQ(s->account_no, "960121260001");
  EXPECT_EQ(s->from_on, "2026-11-20");
  EXPECT_EQ(s->to_on, "2026-11-22");  // midnight is where the day before ends
  ASSERT_EQ(s->lines.size(), 1u);
  EXPECT_EQ(s->lines[0].line_no, 5);
  EXPECT_EQ(s->lines[0].transaction_no, "REF9");
  EXPECT_EQ(s->lines[0].amount_vnd, 150'000);
  EXPECT_EQ(s->lines[0].remittance, "TS ABC & phi");
  EXPECT_EQ(s->lines[0].payer_name, "NGUYEN VAN A");
  EXPECT_EQ(s->lines[0].payer_account_no, "123");
}

TEST(StatementCamt, ABatchIsSeveralCreditsThatAddUp) {
  auto s = ParseStatement({}, Camt053(Entry("30000", Details("10000", "a") + Details("20000", "b"))));
  ASSERT_TRUE(s.ok());
  ASSERT_EQ(s->lines.size(), 2u);
  EXPECT_EQ(s->lines[0].transaction_no, "REF9/1");
  EXPECT_EQ(s->lines[1].transaction_no, "REF9/2");
  EXPECT_EQ(s->lines[1].remittance, "b");
  EXPECT_EQ(Wrong(Camt053(Entry("30001", Details("10000", "a") + Details("20000", "b")))), "5 statement_amount_wrong");
}

TEST(StatementCamt, ANotificationIsNoAccountOfDays) {
  auto s = ParseStatement({}, "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.054.001.02\"><BkToCstmrDbtCdtNtfctn><Ntfctn><Acct><Id><IBAN>VN1</IBAN></Id></Acct>" +
                                  Entry("5", "") + "</Ntfctn></BkToCstmrDbtCdtNtfctn></Document>");
  ASSERT_TRUE(s.ok()) << s.error().reason;
  EXPECT_EQ(s->format, "camt.054");
  EXPECT_EQ(s->from_on, "");
  EXPECT_EQ(s->lines.size(), 1u);
}

TEST(StatementCamt, WhatIsWrongIsNamed) {
  const std::string whole = Camt053(Entry("1", ""));
  for (size_t cut = 60; cut + 2 < whole.size(); cut += 7) EXPECT_NE(Wrong(whole.substr(0, cut)), "") << cut;
  EXPECT_EQ(Wrong(whole.substr(0, whole.size() - 12)), "6 statement_cut_off");
  EXPECT_EQ(Wrong(Camt053(Entry("1.50", ""))), "5 statement_amount_wrong");
  EXPECT_EQ(Wrong(Camt053(Entry("0", ""))), "5 statement_amount_wrong");
  EXPECT_EQ(Wrong(Camt053("<Ntry><Amt Ccy=\"USD\">5</Amt><CdtDbtInd>CRDT</CdtDbtInd><BookgDt><Dt>2026-11-21</Dt></BookgDt></Ntry>")), "5 statement_currency_foreign");
  EXPECT_EQ(Wrong(Camt053(Entry("1", "") + Entry("1", ""))), "6 statement_line_repeated");
  EXPECT_EQ(Wrong("<html></html>"), "1 statement_malformed");
  EXPECT_EQ(Wrong("<Document><BkToCstmrStmt></Document>"), "1 statement_malformed");
}

// Entities that grow without end, files of the server, depth: not ours to open.
TEST(StatementCamt, HostileXmlIsRefused) {
  EXPECT_EQ(Wrong("<!DOCTYPE d [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><Document>&b;</Document>"), "1 statement_malformed");
  EXPECT_EQ(Wrong("<!DOCTYPE d SYSTEM \"file:///etc/passwd\"><Document/>"), "1 statement_malformed");
  std::string deep;
  for (int i = 0; i < 10'000; ++i) deep += "<a>";
  EXPECT_EQ(Wrong(deep), "1 statement_malformed");
  EXPECT_EQ(Wrong(Camt053(Entry("1", Details("1", std::string(5000, 'x'))))), "5 text_too_long");
}

}  // namespace
}  // namespace tinhso::payments
