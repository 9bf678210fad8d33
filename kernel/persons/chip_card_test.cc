#include <gtest/gtest.h>

#include "kernel/persons/persons.h"

namespace tinhso::persons {
namespace {

constexpr const char* kLine = "096192002211|381234567|Lê Thị Thu Ngân|21031992|Nữ|Số 12, khóm 6, Phường An Xuyên, Cà Mau|15082021";

ChipCard Read(const std::string& line) {
  auto card = ReadChipCard(line);
  EXPECT_TRUE(card.ok()) << line << ": " << (card.ok() ? "" : card.error().reason);
  return card.ok() ? *card : ChipCard();
}

std::string Replaced(const char* from, const char* to) {
  std::string line = kLine;
  return line.replace(line.find(from), std::string(from).size(), to);
}

TEST(ChipCardLine, EveryPartIsRead) {
  ChipCard card = Read(kLine);
  EXPECT_EQ(card.personal_no, "096192002211");
  EXPECT_EQ(card.old_identity_no, "381234567");
  EXPECT_EQ(card.full_name, "Lê Thị Thu Ngân");
  EXPECT_EQ(card.birth_on, "1992-03-21");
  EXPECT_EQ(card.sex, "female");
  EXPECT_EQ(card.address, "Số 12, khóm 6, Phường An Xuyên, Cà Mau");
  EXPECT_EQ(card.issued_on, "2021-08-15");
}

// What readers and cards really give: no old number, the day of issue lost, parts appended by newer cards, line ends, a code name first.
TEST(ChipCardLine, VariantsOfCardsAndReaders) {
  EXPECT_EQ(Read("096088003344||Phạm Hoàng Khải|09091988|Nam|Khóm 1|01012022||Phạm A|Trần B\r\n").issued_on, "2022-01-01");
  EXPECT_EQ(Read("096088003344||Phạm Hoàng Khải|09091988|Nam|Khóm 1|").issued_on, "");
  EXPECT_EQ(Read("096088003344||Phạm Hoàng Khải|09091988|Nam|Khóm 1").address, "Khóm 1");
  ChipCard first = Read("096088003344|Phạm Hoàng Khải|09091988|Nam|Khóm 1|01012022");
  EXPECT_EQ(first.full_name, "Phạm Hoàng Khải");
  EXPECT_EQ(first.old_identity_no, "");
  EXPECT_EQ(first.issued_on, "2022-01-01");
  EXPECT_EQ(Read(std::string("]Q1") + kLine).personal_no, "096192002211");
  EXPECT_EQ(Read("\n" + std::string(kLine) + "\r").personal_no, "096192002211");
  EXPECT_EQ(Read(Replaced("21031992", "21/03/1992")).birth_on, "1992-03-21");
  EXPECT_EQ(Read(Replaced("381234567", "096192002211")).old_identity_no, "096192002211");
}

// Caps Lock and input methods on the counter's machine.
TEST(ChipCardLine, AccidentsOfTheKeyboard) {
  EXPECT_EQ(Read(Replaced("Lê Thị Thu Ngân", "lÊ tHỊ tHU nGÂN")).full_name, "Lê Thị Thu Ngân");
  EXPECT_EQ(Read(Replaced("Lê Thị Thu Ngân", "LÊ THỊ THU NGÂN")).full_name, "Lê Thị Thu Ngân");
  EXPECT_EQ(Read(Replaced("Lê Thị Thu Ngân", "lê thị thu ngân")).full_name, "Lê Thị Thu Ngân");
  EXPECT_EQ(Read("096192002211|381234567|lÊ tHỊ tHU nGÂN|21031992|nỮ|sỐ 12, KHÓM 6, cÀ mAU|15082021").address, "Số 12, khóm 6, Cà Mau");
  EXPECT_EQ(Read(Replaced("Nữ", "nỮ")).sex, "female");
  EXPECT_EQ(Read(Replaced("Nữ", "Nuwx")).sex, "female");  // the number tells it
  EXPECT_EQ(Read(Replaced("Lê", "Le\xCC\x82")).full_name, "Lê Thị Thu Ngân");  // a letter and a combining mark
  EXPECT_EQ(Read(Replaced("Lê Thị", "Đặng  thị")).full_name, "Đặng Thị Thu Ngân");
}

TEST(ChipCardLine, WrongLinesSayWhatIsWrong) {
  const std::pair<std::string, const char*> lines[] = {
      {"", "card_line_malformed"},
      {"096192002211", "card_line_malformed"},
      {"https://example.com/a|b|c|d|e|f|g", "card_line_malformed"},
      {"H12.05-240914-0001", "card_line_malformed"},
      {std::string(kLine) + "\n" + kLine, "card_line_malformed"},
      {std::string(3000, '1'), "card_line_malformed"},
      {Replaced("096192002211", "09619200221"), "card_line_malformed"},
      {Replaced("Lê Thị Thu Ngân", ""), "card_name_missing"},
      {Replaced("Lê Thị Thu Ngân", "L3"), "card_name_missing"},
      {Replaced("Lê Thị Thu Ngân", "..."), "card_name_missing"},
      {Replaced("21031992", "31021992"), "card_birth_on_malformed"},
      {Replaced("21031992", "2103199"), "card_birth_on_malformed"},
      {Replaced("15082021", "1508202"), "card_issued_on_malformed"},
      {Replaced("381234567", "38123"), "card_old_no_malformed"},
      {Replaced("096192002211", "097192002211"), "personal_no_province_unknown"},
      {Replaced("21031992", "21031993"), "personal_no_birth_mismatch"},
      {Replaced("Nữ", "Nam"), "personal_no_sex_mismatch"},
      {Replaced("Lê", "\xFF"), "text_not_utf8"},
  };
  for (const auto& [line, reason] : lines) {
    auto card = ReadChipCard(line);
    ASSERT_FALSE(card.ok()) << line;
    EXPECT_EQ(card.error().reason, reason) << line;
  }
}

}  // namespace
}  // namespace tinhso::persons
