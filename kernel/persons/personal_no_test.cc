#include <gtest/gtest.h>

#include "kernel/persons/persons.h"

namespace tinhso::persons {
namespace {

TEST(PersonalNo, SoundNumbersPass) {
  EXPECT_EQ(CheckPersonalNo("096190012345", "1990-05-01", "female"), "");
  EXPECT_EQ(CheckPersonalNo("001090000001", "1990-12-31", "male"), "");
  EXPECT_EQ(CheckPersonalNo("079305123456", "2005-02-28", "female"), "");
  EXPECT_EQ(CheckPersonalNo("096205123456", "", "male"), "");
  EXPECT_EQ(CheckPersonalNo("096205123456", "", ""), "");
}

TEST(PersonalNo, AnythingButTwelveDigitsIsMalformed) {
  for (const char* bad : {"", "09619001234", "0961900123456", "09619001234a", " 96190012345", "096-90012345", "０９６190012345"}) {
    EXPECT_EQ(CheckPersonalNo(bad, "", ""), "personal_no_malformed") << bad;
  }
}

// Codes of provinces that never were: 000, 003 (Ha Giang was 002), 016, 097–099. Mergers of 2025 took none away: 077 stays.
TEST(PersonalNo, ProvinceMustHaveExisted) {
  for (const char* prefix : {"000", "003", "005", "016", "088", "097", "099"}) {
    EXPECT_EQ(CheckPersonalNo(std::string(prefix) + "190012345", "", ""), "personal_no_province_unknown") << prefix;
  }
  for (const char* prefix : {"001", "077", "092", "093", "094", "095", "096"}) {
    EXPECT_EQ(CheckPersonalNo(std::string(prefix) + "190012345", "", ""), "") << prefix;
  }
  int known = 0;
  for (int code = 0; code < 100; ++code) {
    char prefix[8];
    snprintf(prefix, sizeof prefix, "%03d", code);
    known += CheckPersonalNo(std::string(prefix) + "190012345", "", "").empty() ? 1 : 0;
  }
  EXPECT_EQ(known, 63);
}

// Born abroad: three digits from 100 on.
TEST(PersonalNo, ForeignPlacesPass) { EXPECT_EQ(CheckPersonalNo("216190012345", "1990-01-01", "female"), ""); }

TEST(PersonalNo, BirthYearAndCenturyMustAgree) {
  EXPECT_EQ(CheckPersonalNo("096190012345", "1991-05-01", ""), "personal_no_birth_mismatch");
  EXPECT_EQ(CheckPersonalNo("096190012345", "2090-05-01", ""), "personal_no_birth_mismatch");
  EXPECT_EQ(CheckPersonalNo("096390012345", "2090-05-01", "female"), "");
  EXPECT_EQ(CheckPersonalNo("096190012345", "1990-02-30", ""), "personal_no_birth_mismatch");
}

TEST(PersonalNo, SexMustAgree) {
  EXPECT_EQ(CheckPersonalNo("096190012345", "", "male"), "personal_no_sex_mismatch");
  EXPECT_EQ(CheckPersonalNo("096090012345", "", "female"), "personal_no_sex_mismatch");
  EXPECT_EQ(CheckPersonalNo("096205012345", "2005-01-01", "female"), "personal_no_sex_mismatch");
}

}  // namespace
}  // namespace tinhso::persons
