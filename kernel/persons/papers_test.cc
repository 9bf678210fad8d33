#include <gtest/gtest.h>

#include "kernel/persons/persons.h"

namespace tinhso::persons {
namespace {

// 9 digits until 2016, then 12 that are the personal number.
TEST(PaperNumbers, OldIdentityNumbers) {
  for (const char* good : {"381234567", "012345678", "096192002211"}) EXPECT_EQ(CheckOldIdentityNo(good), "") << good;
  for (const char* bad : {"", "38123456", "3812345678", "38123456a", "097192002211", "3812 34567"})
    EXPECT_EQ(CheckOldIdentityNo(bad), "old_identity_no_malformed") << bad;
}

// Tax numbers of known bodies, of branches, and each with its check digit changed.
TEST(PaperNumbers, TaxNumbersHoldTheirCheckDigit) {
  for (const char* good : {"0100233488", "0100112437", "0100109106", "0314409058-002", "0312687878-001", "096192002211"})
    EXPECT_EQ(CheckTaxNo(good), "") << good;
  for (const char* bad : {"0100233480", "0100112436", "0314409057-002"}) EXPECT_EQ(CheckTaxNo(bad), "tax_no_check_digit") << bad;
  for (const char* bad : {"", "010023348", "01002334880", "0314409058-000", "0314409058002", "0314409058-02", "03144O9058", "097192002211"})
    EXPECT_EQ(CheckTaxNo(bad), "tax_no_malformed") << bad;
}

// A remainder of 0 would need the digit "10": no such number was given, whatever stands last.
TEST(PaperNumbers, TaxNumbersWhoseCheckDigitWouldBeTenDoNotExist) {
  for (char last = '0'; last <= '9'; ++last) {
    std::string number = std::string("000000000") + last;  // sum 0, remainder 0
    EXPECT_EQ(CheckTaxNo(number), "tax_no_check_digit") << number;
  }
}

TEST(PaperNumbers, ExactlyOneLastDigitIsRight) {
  for (int head = 1; head < 2000; head += 37) {
    std::string nine = std::to_string(100'000'000 + head);
    int right = 0;
    for (char last = '0'; last <= '9'; ++last) right += CheckTaxNo(nine + last).empty() ? 1 : 0;
    EXPECT_LE(right, 1) << nine;
  }
}

TEST(PaperNumbers, PassportNumbers) {
  for (const char* good : {"B1234567", "C9876543", "P01234567", "AB123456", "123456789"}) EXPECT_EQ(CheckPassportNo(good), "") << good;
  for (const char* bad : {"", "B1234", "B123456789", "b1234567", "ABCDEFGH", "B-123456"})
    EXPECT_EQ(CheckPassportNo(bad), "passport_no_malformed") << bad;
}

TEST(PaperNumbers, EachKindHasItsCheck) {
  EXPECT_EQ(CheckPaperNo("personal_no", "096192002211"), "");
  EXPECT_EQ(CheckPaperNo("old_identity_no", "381234567"), "");
  EXPECT_EQ(CheckPaperNo("passport", "C9876543"), "");
  EXPECT_EQ(CheckPaperNo("tax_no", "0100109106"), "");
  EXPECT_EQ(CheckPaperNo("personal_no", "381234567"), "personal_no_malformed");
  EXPECT_EQ(CheckPaperNo("driving_licence", "1"), "paper_kind_unknown");
}

}  // namespace
}  // namespace tinhso::persons
