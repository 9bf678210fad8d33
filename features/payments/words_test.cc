#include "words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reference.h"
#include "vietqr.h"

namespace tinhso::payments {
namespace {

// Checked against npm read-vietnamese-number 2.3.1 (its words "lẻ", "ngàn" read "linh", "nghìn" as official papers write them).
TEST(AmountInWords, SaysAmountsAsReceiptsWriteThem) {
  const std::pair<int64_t, const char*> cases[] = {
      {0, "Không đồng"},
      {5, "Năm đồng"},
      {10, "Mười đồng"},
      {15, "Mười lăm đồng"},
      {21, "Hai mươi mốt đồng"},
      {55, "Năm mươi lăm đồng"},
      {101, "Một trăm linh một đồng"},
      {115, "Một trăm mười lăm đồng"},
      {8000, "Tám nghìn đồng"},
      {10005, "Mười nghìn không trăm linh năm đồng"},
      {150000, "Một trăm năm mươi nghìn đồng"},
      {1000005, "Một triệu không trăm linh năm đồng"},
      {1005000, "Một triệu không trăm linh năm nghìn đồng"},
      {2021031, "Hai triệu không trăm hai mươi mốt nghìn không trăm ba mươi mốt đồng"},
      {1000000000, "Một tỷ đồng"},
      {1000000000000, "Một nghìn tỷ đồng"},
      {1234567890123, "Một nghìn hai trăm ba mươi bốn tỷ năm trăm sáu mươi bảy triệu tám trăm chín mươi nghìn một trăm hai mươi ba đồng"},
  };
  for (const auto& [amount, words] : cases) EXPECT_EQ(AmountInWords(amount), words) << amount;
  EXPECT_EQ(AmountInWords(-1), "");
  EXPECT_EQ(AmountInWords(1'000'000'000'000'000), "");
}

TEST(VietQr, WritesWhatBanksRead) {
  EXPECT_EQ(Crc16("123456789"), 0x29B1);
  auto dynamic = Payload({"970436", "1012345678", 50000, "H12.05 240914 0001", "", ""});
  ASSERT_TRUE(dynamic.ok());
  EXPECT_EQ(*dynamic, "00020101021238540010A00000072701240006970436011010123456780208QRIBFTTA53037045405500005802VN62220818H12.05 240914 00016304B6E9");
  auto fixed = Payload({"970415", "257678859", 0, "", "", ""});
  ASSERT_TRUE(fixed.ok());
  EXPECT_EQ(*fixed, "00020101021138530010A0000007270123000697041501092576788590208QRIBFTTA53037045802VN63041101");
  auto named = Payload({"970415", "257678859", 8000, "TS", "Ủy ban nhân dân phường Đất Mũi", "Đất Mũi"});
  ASSERT_TRUE(named.ok());
  EXPECT_NE(named->find("5925UY BAN NHAN DAN PHUONG DA"), std::string::npos) << *named;
  EXPECT_NE(named->find("6007DAT MUI"), std::string::npos);
  for (const VietQr& bad : {VietQr{"97041", "1", 1, "", "", ""}, VietQr{"970415", "", 1, "", "", ""}, VietQr{"970415", "1", -1, "", "", ""},
                            VietQr{"970415", "1", 1, "đường", "", ""}, VietQr{"970415", "1", 1, std::string(26, 'A'), "", ""}})
    EXPECT_FALSE(Payload(bad).ok());
}

// Banks cut, join and decorate what the payer's application sent.
TEST(Reference, IsFoundInWhateverABankMakesOfIt) {
  const std::string reference = MakeReference();
  ASSERT_EQ(reference.size(), kReferenceLength);
  std::string lower;
  for (char c : reference) lower += static_cast<char>(std::tolower(c));
  for (const std::string& text : {reference, "MBVCB.5512." + lower + ".CT tu 0123456 toi 96", reference.substr(0, 5) + " " + reference.substr(5) + " nop phi",
                                  reference.substr(0, 3) + "-" + reference.substr(3, 4) + "\n" + reference.substr(7), "ATS TS" + reference})
    EXPECT_THAT(FindReferences(text), ::testing::Contains(reference)) << text;
  for (size_t i = 2; i < reference.size(); ++i) {
    std::string wrong = reference;
    wrong[i] = wrong[i] == 'A' ? 'B' : 'A';
    EXPECT_TRUE(FindReferences(wrong).empty()) << wrong;
    if (i + 1 < reference.size() && reference[i] != reference[i + 1]) {
      std::string swapped = reference;
      std::swap(swapped[i], swapped[i + 1]);
      EXPECT_TRUE(FindReferences(swapped).empty()) << swapped;
    }
  }
  EXPECT_TRUE(FindReferences("").empty());
}

}  // namespace
}  // namespace tinhso::payments
