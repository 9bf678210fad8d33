#include "expression.h"

#include <gtest/gtest.h>

#include "test_tools.h"

namespace tinhso::printing {
namespace {

std::string Say(const std::string& source, const std::string& data) {
  auto text = ParseText(source, 1);
  if (!text) return "ERROR " + text.error().detail;
  json::object object = Data(data);
  auto styled = Evaluate(*text, Scope{&object, nullptr, 0});
  return styled ? styled->text : "ERROR " + styled.error().reason;
}

bool When(const std::string& condition, const std::string& data) {
  auto parsed = ParseCondition(condition);
  EXPECT_TRUE(parsed.ok()) << condition;
  json::object object = Data(data);
  return parsed && Holds(*parsed, Scope{&object, nullptr, 0});
}

TEST(ExpressionTest, PathsReachIntoObjectsAndLists) {
  const std::string data = R"({"a":{"b":{"c":"sâu"}},"l":[{"n":"một"},{"n":"hai"}],"t":["x","y"]})";
  EXPECT_EQ(Say("[{{a.b.c}}]", data), "[sâu]");
  EXPECT_EQ(Say("{{l.1.n}}", data), "hai");
  EXPECT_EQ(Say("{{t}}", data), "x, y");
}

// Half the fields of a form are optional; a template must not break on an absent one.
TEST(ExpressionTest, MissingOrUnprintableValuesAreEmpty) {
  const std::string data = R"({"a":{"b":null},"l":["x"]})";
  EXPECT_EQ(Say("<{{a.b}}{{a.x}}{{x.y.z}}{{l.9}}{{l.name}}{{a}}>", data), "<>");
  EXPECT_EQ(Say("{{x|default:\"không có\"}}", data), "không có");
  EXPECT_EQ(Say("{{x|default:\"nói \\\"có\\\"\"}}", data), "nói \"có\"");
}

TEST(ExpressionTest, NumbersAndFlagsReadAsVietnamese) {
  const std::string data = R"({"n":1500000,"d":85.5,"w":3.0,"t":true,"f":false,"s":"1500000"})";
  EXPECT_EQ(Say("{{n}} {{d}} {{w}} {{t}} {{f}}", data), "1500000 85,5 3 Có Không");
  EXPECT_EQ(Say("{{n|money}} {{s|money}} {{n|number}}", data), "1.500.000 đồng 1.500.000 đồng 1.500.000");
}

TEST(ExpressionTest, DatesAreWrittenInWordsAsTheDecreeAsks) {
  const std::string data =
      R"({"d":"2026-11-23","e":"2026-02-05","m":"2026-03-05","t":"2026-11-23T08:30:00+07:00","u":"2026-11-22T18:05:00Z","us":1795397400000000,"w":"không rõ"})";
  EXPECT_EQ(Say("{{d|date}}", data), "23/11/2026");
  EXPECT_EQ(Say("{{d|longdate}}", data), "ngày 23 tháng 11 năm 2026");
  // A leading 0 for days below 10 and for months 1 and 2, and for no other month.
  EXPECT_EQ(Say("{{e|longdate}}", data), "ngày 05 tháng 02 năm 2026");
  EXPECT_EQ(Say("{{m|longdate}}", data), "ngày 05 tháng 3 năm 2026");
  EXPECT_EQ(Say("{{t|datetime}}", data), "08 giờ 30 phút, ngày 23/11/2026");
  // Whatever zone a time comes in, paper shows Viet Nam's.
  EXPECT_EQ(Say("{{u|datetime}}", data), "01 giờ 05 phút, ngày 23/11/2026");
  EXPECT_EQ(Say("{{us|date}}", data), "23/11/2026");
  EXPECT_EQ(Say("{{d|datetime}}", data), "ngày 23/11/2026");
  EXPECT_EQ(Say("{{w|date}}", data), "không rõ");
}

TEST(ExpressionTest, DatesAreSpelledOutForCivilStatusPapers) {
  auto words = [](const std::string& day) { return Say("{{d|datewords}}", "{\"d\":\"" + day + "\"}"); };
  EXPECT_EQ(words("2026-11-23"), "ngày hai mươi ba tháng mười một năm hai nghìn không trăm hai mươi sáu");
  EXPECT_EQ(words("1992-04-05"), "ngày năm tháng tư năm một nghìn chín trăm chín mươi hai");
  EXPECT_EQ(words("2005-01-15"), "ngày mười lăm tháng một năm hai nghìn không trăm linh năm");
  EXPECT_EQ(words("2000-10-31"), "ngày ba mươi mốt tháng mười năm hai nghìn");
  EXPECT_EQ(words("1900-12-24"), "ngày hai mươi tư tháng mười hai năm một nghìn chín trăm");
  EXPECT_EQ(words("2010-03-10"), "ngày mười tháng ba năm hai nghìn không trăm mười");
  EXPECT_EQ(words("không rõ"), "không rõ");
}

TEST(ExpressionTest, PositionsBecomeSignatureTitles) {
  EXPECT_EQ(Say("{{p|signer}}", R"({"p":"Chủ tịch"})"), "CHỦ TỊCH");
  EXPECT_EQ(Say("{{p|signer}}", R"({"p":"Phó Chủ tịch"})"), "KT. CHỦ TỊCH\nPHÓ CHỦ TỊCH");
  EXPECT_EQ(Say("{{p|signer}}", R"({"p":"Phó Chủ tịch Ủy ban nhân dân xã"})"), "KT. CHỦ TỊCH\nPHÓ CHỦ TỊCH");
  EXPECT_EQ(Say("{{p|signer}}", R"({"p":"Phó Giám đốc Sở Nội vụ"})"), "KT. GIÁM ĐỐC\nPHÓ GIÁM ĐỐC");
  EXPECT_EQ(Say("{{p|signer}}", R"({"p":"Giám đốc Sở"})"), "GIÁM ĐỐC");
  // Signed for the head by somebody who is not his deputy.
  EXPECT_EQ(Say("{{p|signer}}", R"({"p":"TUQ. Chủ tịch UBND xã\nCông chức tư pháp - hộ tịch"})"),
            "TUQ. CHỦ TỊCH\nCÔNG CHỨC TƯ PHÁP - HỘ TỊCH");
  EXPECT_EQ(Say("{{p|signer}}", "{}"), "");
}

// A value with template marks in it is a value: it is neither evaluated again nor made bold.
TEST(ExpressionTest, DataIsNeverMarkup) {
  const std::string data = R"({"v":"**đậm** *nghiêng* {{secret}} <b>&amp;</b>","secret":"lộ"})";
  EXPECT_EQ(Say("{{v}}", data), "**đậm** *nghiêng* {{secret}} <b>&amp;</b>");
  auto text = ParseText("{{v}}", 1);
  json::object object = Data(data);
  auto styled = Evaluate(*text, Scope{&object, nullptr, 0});
  EXPECT_TRUE(styled->runs.empty());
}

TEST(ExpressionTest, MarksStyleTheTemplatesOwnText) {
  auto text = ParseText("a **b {{v}}** *c* \\*d\\* \\{\\{e}", 1);
  ASSERT_TRUE(text.ok()) << text.error().detail;
  json::object object = Data(R"({"v":"w"})");
  auto styled = Evaluate(*text, Scope{&object, nullptr, 0});
  EXPECT_EQ(styled->text, "a b w c *d* {{e}");
  size_t bold = 0, italic = 0;
  for (const StyleRun& run : styled->runs) (run.bold ? bold : italic) += run.end - run.begin;
  EXPECT_EQ(bold, 3u);
  EXPECT_EQ(italic, 1u);
}

// U+202E in a name would print the rest of the line backwards; a NUL would end it.
TEST(ExpressionTest, MarksThatHideOrTurnTextAreRemoved) {
  auto clean = CleanText(
      "A\xE2\x80\xAE"
      "B\xE2\x80\x8B"
      "C\x01"
      "D\r\nE\xE2\x80\xA8"
      "F\xEF\xBB\xBF");
  ASSERT_TRUE(clean.ok());
  EXPECT_EQ(*clean, "ABCD\nE\nF");
}

TEST(ExpressionTest, DecomposedVietnameseIsComposed) {
  auto clean = CleanText("Nguye\xCC\x82\xCC\x83n");
  ASSERT_TRUE(clean.ok());
  EXPECT_EQ(*clean, "Nguyễn");
  EXPECT_EQ(CleanText("\xC3(").error().reason, "text_not_utf8");
}

TEST(ExpressionTest, ConditionsLookAtWhatIsThere) {
  const std::string data = R"({"t":"x","e":" ","z":0,"n":5,"b":false,"l":[],"o":{"k":1},"p":"Phó Chủ tịch"})";
  EXPECT_TRUE(When("t", data));
  EXPECT_TRUE(When("n", data));
  EXPECT_TRUE(When("o", data));
  for (const char* absent : {"e", "z", "b", "l", "x", "t.k"}) {
    EXPECT_FALSE(When(absent, data)) << absent;
    EXPECT_TRUE(When(std::string("!") + absent, data)) << absent;
  }
  EXPECT_TRUE(When("t == \"x\"", data));
  EXPECT_FALSE(When("t != \"x\"", data));
  EXPECT_TRUE(When("n == \"5\"", data));
  EXPECT_TRUE(When("p ^= \"Phó\"", data));
  EXPECT_FALSE(When("!p ^= \"Phó\"", data));
}

struct BadText {
  const char* source;
  const char* says;
};

TEST(ExpressionTest, BrokenTextsAreRefusedWithTheReason) {
  const BadText cases[] = {{"{{a", "not closed"},
                           {"a}}", "without"},
                           {"{{}}", "empty step"},
                           {"{{a..b}}", "empty step"},
                           {"{{a|shout}}", "shout"},
                           {"{{a|default}}", "default"},
                           {"{{a|default:\"x}}", "quotes"},
                           {"{{a b}}", "unexpected"},
                           {"**a", "'**'"},
                           {"a *b", "'*'"},
                           {"{{a.b.c.d.e.f.g.h.i}}", "deep"}};
  for (const BadText& bad : cases) {
    auto text = ParseText(bad.source, 1);
    ASSERT_FALSE(text.ok()) << bad.source;
    EXPECT_EQ(text.error().reason, "template_invalid");
    EXPECT_NE(text.error().detail.find(bad.says), std::string::npos)
        << bad.source << ": " << text.error().detail;
  }
  for (const char* bad : {"", "a ==", "a == x", "a = \"x\"", "a == \"x", "a == \"x\" b", "a b", "!"}) {
    EXPECT_FALSE(ParseCondition(bad).ok()) << bad;
  }
}

}  // namespace
}  // namespace tinhso::printing
