#include "base/text.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <fstream>
#include <limits>
#include <sstream>

namespace tinhso::text {
namespace {

struct FoldCase {
  std::string in, out;
};

// The corpus is shared with web/src/lib/text: both sides must fold alike or a search misses what was indexed.
std::vector<FoldCase> FoldCorpus() {
  std::ifstream file(TINHSO_SOURCE_DIR "/tests/fixtures/fold.json");
  std::stringstream all;
  all << file.rdbuf();
  std::vector<FoldCase> out;
  const auto parsed = boost::json::parse(all.str());
  for (const auto& v : parsed.as_array())
    out.push_back(
        {std::string(v.at("in").as_string().c_str()), std::string(v.at("out").as_string().c_str())});
  return out;
}

std::vector<std::string> SortedByKey(std::vector<std::string> names) {
  std::sort(names.begin(), names.end(),
            [](const std::string& a, const std::string& b) { return SortKey(a) < SortKey(b); });
  return names;
}

std::string Reason(std::string_view s) {
  auto r = Normalize(s);
  return r.ok() ? "" : r.error().reason;
}

TEST(FoldTest, MatchesTheSharedCorpus) {
  const auto corpus = FoldCorpus();
  ASSERT_GE(corpus.size(), 40u);
  for (const auto& c : corpus) EXPECT_EQ(Fold(c.in), c.out) << c.in;
}

// A folded column is folded again when it is copied between tables: that must change nothing.
TEST(FoldTest, FoldingTwiceIsFoldingOnce) {
  for (const auto& c : FoldCorpus()) EXPECT_EQ(Fold(Fold(c.in)), Fold(c.in));
}

// What a person types (decomposed on macOS) must find what was stored (composed).
TEST(FoldTest, IsTheSameForEveryNormalForm) {
  for (const auto& c : FoldCorpus()) {
    auto normal = Normalize(c.in);
    ASSERT_TRUE(normal.ok()) << c.in;
    EXPECT_EQ(Fold(*normal), c.out);
  }
}

// The ASCII fast path and the general one must agree on every ASCII character.
TEST(FoldTest, FastPathAgreesWithTheGeneralPath) {
  for (int c = 0; c < 128; ++c) {
    const std::string ascii = std::string("a") + static_cast<char>(c) + "b";
    EXPECT_EQ(Fold(ascii) + " d", Fold(ascii + " đ")) << c;
  }
}

TEST(FoldTest, SkipsBadBytes) {
  EXPECT_EQ(Fold("kh\xFF"
                 "ai sinh\xC3"),
            "khai sinh");
  EXPECT_EQ(Fold("\xED\xA0\x80"), "");
  EXPECT_EQ(Fold(std::string("a\0b", 3)), "a b");
}

TEST(NormalizeTest, ComposesDecomposedVietnamese) {
  EXPECT_EQ(*Normalize("Nguye\u0302\u0303n Thi\u0323 Hu\u031bo\u031b\u0301ng"), "Nguyễn Thị Hướng");
  // dot below sorts before the circumflex in canonical order, whichever was typed first
  EXPECT_EQ(*Normalize("Vie\u0323\u0302t"), "Việt");
  EXPECT_EQ(*Normalize("Vie\u0302\u0323t"), "Việt");
  EXPECT_EQ(*Normalize("Việt"), "Việt");
  EXPECT_EQ(*Normalize("plain ascii"), "plain ascii");
  // singletons: ANGSTROM SIGN and the deprecated tone marks
  EXPECT_EQ(*Normalize("\u212B"), "\u00C5");
  EXPECT_EQ(*Normalize("a\u0340"), "à");
  // NFC, not NFKC: what a person wrote is kept
  EXPECT_EQ(*Normalize("m²"), "m²");
}

// The short cut for texts that are already in NFC must not change its answer.
TEST(NormalizeTest, ShortCutGivesWhatTheLongWayGives) {
  const std::string plain = "Đăng ký khai sinh – “Giấy chứng sinh” … 15.000₫ Ưu tiên ỹ Ỵ";
  const std::string long_way = plain + " e\u0301";
  EXPECT_EQ(*Normalize(plain) + " é", *Normalize(long_way));
}

TEST(NormalizeTest, RefusesBadUtf8) {
  for (std::string_view bad :
       {"\xFF", "\xC3", "a\x80", "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "Vi\xE1\xBB"})
    EXPECT_EQ(Reason(bad), "text_not_utf8") << bad;
}

TEST(NormalizeTest, RefusesControlCharactersExceptTextOnes) {
  for (int c = 0; c < 0x20; ++c) {
    const bool text = c == '\t' || c == '\n' || c == '\r';
    EXPECT_EQ(Reason(std::string("a") + static_cast<char>(c)), text ? "" : "text_control_character") << c;
    EXPECT_EQ(Reason(std::string("ấ") + static_cast<char>(c)), text ? "" : "text_control_character") << c;
  }
}

// A megabyte of combining marks would take a quadratic time to order.
TEST(NormalizeTest, RefusesLongRunsOfMarks) {
  std::string marks = "a";
  for (int i = 0; i < 30; ++i) marks += i % 2 == 0 ? "\u0301" : "\u0323";
  EXPECT_EQ(Reason(marks), "");
  EXPECT_EQ(Reason(marks + "\u0301"), "text_too_many_marks");
  for (int i = 0; i < 14; ++i) marks += marks.substr(1);
  EXPECT_EQ(Reason(marks), "text_too_many_marks");
  // an ordinary text has many marks, but not in one run
  std::string ordinary;
  for (int i = 0; i < 1000; ++i) ordinary += "e\u0302\u0301 ";
  EXPECT_EQ(Reason(ordinary), "");
}

TEST(TextTest, CountsCodePoints) {
  EXPECT_EQ(Length(""), 0u);
  EXPECT_EQ(Length("abc"), 3u);
  EXPECT_EQ(Length("Đất Mũi"), 7u);
  EXPECT_EQ(Length("🎉"), 1u);
}

TEST(TextTest, SplitsWords) {
  EXPECT_EQ(Words(""), std::vector<std::string>{});
  EXPECT_EQ(Words("  so   do "), (std::vector<std::string>{"so", "do"}));
}

TEST(TextTest, TrimsAlsoPastedSpaces) {
  EXPECT_EQ(Trim(" \t\r\n An Xuyên \n"), "An Xuyên");
  EXPECT_EQ(Trim("\u00A0\u200B An\u00A0Xuyên\u00A0 \uFEFF"), "An\u00A0Xuyên");
  EXPECT_EQ(Trim(" \u00A0 "), "");
  // the last byte of à (C3 A0) is half of a no-break space: it must stay
  EXPECT_EQ(Trim("à"), "à");
}

TEST(TextTest, ChangesTheCaseOfEveryVietnameseLetter) {
  const std::string lower =
      "aàáảãạăằắẳẵặâầấẩẫậbcdđeèéẻẽẹêềếểễệghiìíỉĩịklmnoòóỏõọôồốổỗộơờớởỡợpqrstuùúủũụưừứửữựvxyỳýỷỹỵ";
  const std::string upper =
      "AÀÁẢÃẠĂẰẮẲẴẶÂẦẤẨẪẬBCDĐEÈÉẺẼẸÊỀẾỂỄỆGHIÌÍỈĨỊKLMNOÒÓỎÕỌÔỒỐỔỖỘƠỜỚỞỠỢPQRSTUÙÚỦŨỤƯỪỨỬỮỰVXYỲÝỶỸỴ";
  EXPECT_EQ(ToUpper(lower), upper);
  EXPECT_EQ(ToLower(upper), lower);
  EXPECT_EQ(ToUpper("nguyễn thị lan"), "NGUYỄN THỊ LAN");
  EXPECT_EQ(ToUpper("a\xFF"), "A\xFF");
}

TEST(TextTest, StartsWith) {
  EXPECT_TRUE(StartsWith("abc", ""));
  EXPECT_TRUE(StartsWith("abc", "abc"));
  EXPECT_FALSE(StartsWith("ab", "abc"));
}

TEST(TextTest, FormatsNumbersTheVietnameseWay) {
  EXPECT_EQ(FormatNumber(0), "0");
  EXPECT_EQ(FormatNumber(999), "999");
  EXPECT_EQ(FormatNumber(1000), "1.000");
  EXPECT_EQ(FormatNumber(1500000), "1.500.000");
  EXPECT_EQ(FormatNumber(-12345), "-12.345");
  EXPECT_EQ(FormatNumber(-100), "-100");
  EXPECT_EQ(FormatNumber(std::numeric_limits<int64_t>::min()), "-9.223.372.036.854.775.808");
}

TEST(SortKeyTest, FollowsTheVietnameseAlphabet) {
  const std::vector<std::string> letters = {"a", "ă", "â", "b", "c", "d", "đ", "e", "ê", "f", "g",
                                            "h", "i", "j", "k", "l", "m", "n", "o", "ô", "ơ", "p",
                                            "q", "r", "s", "t", "u", "ư", "v", "w", "x", "y", "z"};
  auto shuffled = letters;
  std::reverse(shuffled.begin(), shuffled.end());
  EXPECT_EQ(SortedByKey(shuffled), letters);
}

TEST(SortKeyTest, OrdersTonesAfterLetters) {
  const std::vector<std::string> tones = {"ma", "mà", "mả", "mã", "má", "mạ"};
  EXPECT_EQ(SortedByKey({"mạ", "má", "mã", "mả", "mà", "ma"}), tones);
  // the letters of the whole text decide first: "má bà" stands after "ma an", before "ma cu"
  EXPECT_EQ(SortedByKey({"ma cu", "má bà", "ma an"}), (std::vector<std::string>{"ma an", "má bà", "ma cu"}));
}

TEST(SortKeyTest, OrdersNames) {
  const std::vector<std::string> names = {
      "",        "2 tháng 9", "An",        "An Bình", "Ấn",        "Cà Mau",        "Cái Nước",
      "Đầm Dơi", "Năm Căn",   "Ngọc Hiển", "Phú Tân", "Thới Bình", "Trần Văn Thời", "U Minh"};
  auto shuffled = names;
  std::reverse(shuffled.begin(), shuffled.end());
  EXPECT_EQ(SortedByKey(shuffled), names);
}

TEST(SortKeyTest, IgnoresCaseFormAndTonePlacement) {
  EXPECT_EQ(SortKey("ĐẤT MŨI"), SortKey("đất mũi"));
  EXPECT_EQ(SortKey("Vie\u0323\u0302t"), SortKey("Việt"));
  EXPECT_EQ(SortKey("hoà"), SortKey("hòa"));
  EXPECT_EQ(SortKey("An - Bình"), SortKey("An Bình"));
  EXPECT_NE(SortKey("hoa"), SortKey("hòa"));
}

// The key goes into a text column of both databases.
TEST(SortKeyTest, IsPrintableAscii) {
  for (const std::string& s : {std::string("Đất Mũi"), std::string("東京 Ωmega \xFF\x01"), std::string("🎉")})
    for (unsigned char c : SortKey(s)) EXPECT_TRUE(c >= 0x20 && c < 0x7F) << static_cast<int>(c);
}

}  // namespace
}  // namespace tinhso::text
