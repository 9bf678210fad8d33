#include "base/json.h"
#include "base/json_writer.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <limits>

namespace tinhso::json {
namespace {

std::string Reason(std::string_view text) {
  auto r = Parse(text);
  return r.ok() ? "" : r.error().reason;
}

std::string Nested(int depth) { return std::string(depth, '[') + std::string(depth, ']'); }

// "pointer reason" of each broken field, in order.
std::vector<std::string> Fields(const Error& e) {
  std::vector<std::string> out;
  for (const auto& f : e.fields) out.push_back(f.pointer + " " + f.reason);
  return out;
}

using Strings = std::vector<std::string>;

TEST(ParseTest, ReadsEveryKind) {
  auto v = Parse(R"( {"a":[1,-2,18446744073709551615,1.5,true,false,null,"x"],"b":{"c":""}} )");
  ASSERT_TRUE(v.ok());
  EXPECT_EQ(serialize(*v), R"({"a":[1,-2,18446744073709551615,1.5E0,true,false,null,"x"],"b":{"c":""}})");
  for (const char* scalar : {"0", "\"x\"", "null", "true", "[]", "{}"})
    EXPECT_EQ(Reason(scalar), "") << scalar;
}

// Areas and rates come with decimals: the nearest double, so that writing and reading again changes nothing.
TEST(ParseTest, ReadsDecimalsExactly) {
  EXPECT_EQ(Parse("[120.5]")->as_array()[0].as_double(), 120.5);
  EXPECT_EQ(Parse("[-0.1,7]")->as_array()[0].as_double(), -0.1);
  EXPECT_EQ(Parse("2000007463313367322241706")->as_double(), 2000007463313367322241706.0);
  for (const char* number : {"2.000007463313367E24", "2.0000074633133673E24", "9.007199254740993E22",
                             "7.2057594037927933E16", "1.2345678901234567E-5", "5.1844671345678913E-31"})
    EXPECT_EQ(Parse(number)->as_double(), std::strtod(number, nullptr)) << number;
  EXPECT_EQ(Parse("8.41e-7")->as_double(), 8.41e-7);
  EXPECT_EQ(Parse("1.7976931348623157e308")->as_double(), std::numeric_limits<double>::max());
  EXPECT_EQ(Parse("123456789012345678901234567890.25E-10")->as_double(),
            123456789012345678901234567890.25e-10);
}

TEST(ParseTest, RefusesWhatIsNotJson) {
  for (const char* bad :
       {"",     " ",       "{",       "[1,]",     "{\"a\":1,}", "{a:1}",          "'x'",
        "01",   "1.",      "+1",      "nul",      "NaN",        "Infinity",       "{} {}",
        "[] x", "// c\n1", "\"\\x\"", "\"a\tb\"", "{\"a\"}",    "\xEF\xBB\xBF{}", "[1 2]"}) {
    auto r = Parse(bad);
    ASSERT_FALSE(r.ok()) << bad;
    EXPECT_EQ(r.error().reason, "json_malformed") << bad;
    EXPECT_EQ(r.error().code, ErrorCode::kMalformed) << bad;
  }
  // infinity could not be written back
  EXPECT_EQ(Reason("[1e999]"), "json_malformed");
  EXPECT_EQ(Reason("[-1e999999999999]"), "json_malformed");
}

TEST(ParseTest, DepthLimit) {
  EXPECT_EQ(Reason(Nested(kDepthMax)), "");
  EXPECT_EQ(Reason(Nested(kDepthMax + 1)), "json_too_deep");
  EXPECT_EQ(Reason(std::string(1000000, '[')), "json_too_deep");
  std::string objects;
  for (int i = 0; i < kDepthMax + 1; ++i) objects += "{\"a\":";
  EXPECT_EQ(Reason(objects), "json_too_deep");
}

TEST(ParseTest, SizeLimit) {
  const std::string fits = '"' + std::string(kBytesMax - 2, 'a') + '"';
  EXPECT_EQ(Reason(fits), "");
  auto r = Parse(fits + " ");
  ASSERT_FALSE(r.ok());
  EXPECT_EQ(r.error().reason, "json_too_large");
  EXPECT_EQ(r.error().code, ErrorCode::kTooLarge);
}

TEST(ParseTest, RefusesDuplicateKeysAndSaysWhere) {
  auto r = Parse(R"({"a":[{},{"x/y":{"k":1,"k":2}}]})");
  ASSERT_FALSE(r.ok());
  EXPECT_EQ(r.error().code, ErrorCode::kMalformed);
  EXPECT_EQ(r.error().reason, "json_duplicate_key");
  EXPECT_EQ(Fields(r.error()), Strings{"/a/1/x~1y/k json_duplicate_key"});
  // the same key spelt with an escape, and in another normal form
  EXPECT_EQ(Reason(R"({"a":1,"\u0061":2})"), "json_duplicate_key");
  EXPECT_EQ(Reason("{\"\u00e9\":1,\"e\u0301\":2}"), "json_duplicate_key");
  // the same key in different objects is no duplicate
  EXPECT_EQ(Reason(R"([{"a":1},{"a":{"a":{}}}])"), "");
}

// Past the linear look the keys go to a set: duplicates of early and late members must both be seen.
TEST(ParseTest, FindsDuplicatesAmongManyKeys) {
  std::string members;
  for (int i = 0; i < 5000; ++i) members += "\"k" + std::to_string(i) + "\":0,";
  EXPECT_EQ(Reason("{" + members + "\"last\":0}"), "");
  for (const char* again : {"k0", "k15", "k16", "k17", "k4999"})
    EXPECT_EQ(Reason("{" + members + "\"" + again + "\":0}"), "json_duplicate_key") << again;
}

TEST(ParseTest, NormalisesStringsAndKeys) {
  auto v = Parse("{\"te\u0302n\":\"Nguye\u0302\u0303n\",\"e\":\"Vie\\u0323\\u0302t\",\"t\":\"a\\tb\\nc\"}");
  ASSERT_TRUE(v.ok());
  const auto& o = v->as_object();
  EXPECT_EQ(GetText(o, "tên"), "Nguyễn");
  EXPECT_EQ(GetText(o, "e"), "Việt");
  EXPECT_EQ(GetText(o, "t"), "a\tb\nc");
  EXPECT_EQ(GetText(Parse(R"({"a":"\ud83c\udf89"})")->as_object(), "a"), "🎉");
}

TEST(ParseTest, RefusesControlCharactersAndSaysWhere) {
  auto r = Parse(R"({"form":{"names":["ok","a\u0000b"]}})");
  ASSERT_FALSE(r.ok());
  EXPECT_EQ(r.error().code, ErrorCode::kInvalid);
  EXPECT_EQ(r.error().reason, "text_control_character");
  EXPECT_EQ(Fields(r.error()), Strings{"/form/names/1 text_control_character"});
  EXPECT_EQ(Reason(R"({"a\u0007":1})"), "text_control_character");
  EXPECT_EQ(Reason(R"("\u001b[31m")"), "text_control_character");
}

TEST(ParseTest, RefusesBadUtf8) {
  for (const char* bad : {"\"\xFF\"", "\"\xC3\"", "\"\xED\xA0\x80\"", "{\"\xC0\xAF\":1}", "\"\\udc00\"",
                          "\"\\ud800\\u0041\"", "\xFF", "[1,\"ok\",\"\x80\"]"})
    EXPECT_EQ(Reason(bad), "text_not_utf8") << bad;
  // a surrogate with no second half at all is already a syntax error to the parser
  EXPECT_EQ(Reason("\"\\ud800\""), "json_malformed");
  std::string marks = "\"a";
  for (int i = 0; i < 31; ++i) marks += "\u0301";
  EXPECT_EQ(Reason(marks + "\""), "text_too_many_marks");
}

// A long string reaches the builder in pieces when it has escapes: none may be lost or kept for the next one.
TEST(ParseTest, JoinsStringsWithEscapes) {
  const std::string run(5000, 'a');
  auto v = Parse("[\"" + run + "\\n" + run + "\\u0111\",\"b\"]");
  ASSERT_TRUE(v.ok());
  EXPECT_EQ(v->as_array()[0].as_string(), run + "\n" + run + "đ");
  EXPECT_EQ(v->as_array()[1].as_string(), "b");
}

TEST(ReaderTest, ReadsEveryKind) {
  auto v =
      *Parse(R"({"t":"đất","n":5,"b":true,"o":{"x":1},"l":[1,2],"any":null,"ot":"","on":-3,"ob":false})");
  Reader in(v);
  EXPECT_EQ(in.Text("t", 3, 3), "đất");
  EXPECT_EQ(in.Int("n", 5, 5), 5);
  EXPECT_TRUE(in.Bool("b"));
  ASSERT_NE(in.Object("o"), nullptr);
  EXPECT_EQ(GetInt(*in.Object("o"), "x"), 1);
  ASSERT_NE(in.Array("l", 2), nullptr);
  ASSERT_NE(in.Any("any"), nullptr);
  EXPECT_TRUE(in.Any("any")->is_null());
  EXPECT_EQ(in.Any("gone"), nullptr);
  EXPECT_EQ(in.OptionalText("ot", 10), "");
  EXPECT_EQ(in.OptionalInt("on", -10, 10), -3);
  EXPECT_EQ(in.OptionalBool("ob"), false);
  EXPECT_TRUE(in.Finish().ok());
}

TEST(ReaderTest, AbsentAndNullOptionalsAreAbsent) {
  auto v = *Parse(R"({"t":null,"n":null,"b":null,"o":null,"l":null})");
  Reader in(v);
  EXPECT_EQ(in.OptionalText("t", 10), std::nullopt);
  EXPECT_EQ(in.OptionalInt("n", 0, 9), std::nullopt);
  EXPECT_EQ(in.OptionalBool("b"), std::nullopt);
  EXPECT_EQ(in.OptionalObject("o"), nullptr);
  EXPECT_EQ(in.OptionalArray("l", 9), nullptr);
  EXPECT_EQ(in.OptionalText("t2", 10), std::nullopt);
  EXPECT_EQ(in.OptionalObject("o2"), nullptr);
  EXPECT_TRUE(in.Finish().ok());
}

TEST(ReaderTest, CollectsEveryBrokenFieldWithItsPointer) {
  auto v = *Parse(
      R"({"short":"ab","long":"đđđđ","blank":" \t","wrong":7,"null":null,"n":10,"big":9223372036854775808,
                      "half":1.5,"b":"true","o":[],"l":{},"many":[1,2,3],"extra/~":1})");
  Reader in(v, "/dossier");
  in.Text("short", 3, 9);
  in.Text("long", 1, 3);
  in.Text("blank", 1, 9);
  in.Text("wrong", 0, 9);
  in.Text("null", 0, 9);
  in.Text("gone", 0, 9);
  in.Int("n", 0, 9);
  in.Int("big", 0, std::numeric_limits<int64_t>::max());
  in.OptionalInt("half", 0, 9);
  in.Bool("b");
  in.Object("o");
  in.Array("l", 9);
  in.OptionalArray("many", 2);
  in.Fail("n", "number_odd", "Số lẻ");
  auto status = in.Finish();
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::kInvalid);
  EXPECT_EQ(status.error().reason, "validation_failed");
  EXPECT_EQ(
      Fields(status.error()),
      (Strings{"/dossier/short text_too_short", "/dossier/long text_too_long",
               "/dossier/blank field_required", "/dossier/wrong field_type_wrong",
               "/dossier/null field_required", "/dossier/gone field_required",
               "/dossier/n number_out_of_range", "/dossier/big number_out_of_range",
               "/dossier/half field_type_wrong", "/dossier/b field_type_wrong", "/dossier/o field_type_wrong",
               "/dossier/l field_type_wrong", "/dossier/many list_too_long", "/dossier/n number_odd",
               "/dossier/extra~1~0 field_unknown"}));
}

TEST(ReaderTest, RequiredKindsReportMissing) {
  auto v = *Parse("{}");
  Reader in(v);
  EXPECT_EQ(in.Int("n", 1, 2), 0);
  EXPECT_FALSE(in.Bool("b"));
  EXPECT_EQ(in.Object("o"), nullptr);
  EXPECT_EQ(in.Array("l", 1), nullptr);
  EXPECT_EQ(Fields(in.Finish().error()),
            (Strings{"/n field_required", "/b field_required", "/o field_required", "/l field_required"}));
}

// One error for the whole, not one for each member it should have had.
TEST(ReaderTest, AnythingButAnObjectIsOneError) {
  auto v = *Parse("[1]");
  Reader in(v, "/items/3");
  in.Text("a", 1, 2);
  in.Int("b", 1, 2);
  EXPECT_EQ(in.Any("c"), nullptr);
  EXPECT_EQ(Fields(in.Finish().error()), Strings{"/items/3 field_type_wrong"});
}

TEST(ReaderTest, ManyBrokenFieldsAreCut) {
  object o;
  for (int i = 0; i < 1000; ++i) o["k" + std::to_string(i)] = 1;
  const value v(o);
  Reader in(v);
  EXPECT_EQ(in.Finish().error().fields.size(), 100u);
}

TEST(ReaderTest, AcceptsTheLimitsThemselves) {
  auto v = *Parse(R"({"min":-9223372036854775808,"max":9223372036854775807})");
  Reader in(v);
  EXPECT_EQ(in.Int("min", std::numeric_limits<int64_t>::min(), 0), std::numeric_limits<int64_t>::min());
  EXPECT_EQ(in.Int("max", 0, std::numeric_limits<int64_t>::max()), std::numeric_limits<int64_t>::max());
  EXPECT_TRUE(in.Finish().ok());
}

TEST(CanonicalTest, DoesNotDependOnTheOrderOfMembers) {
  const std::string expected = R"({"a":[1,{"x":null,"y":true}],"b":"đ\"\\\n\t","z":-5})";
  EXPECT_EQ(Canonical(*Parse(R"({"z":-5, "b":"\u0111\"\\\n\t", "a":[1,{"y":true,"x":null}]})")), expected);
  EXPECT_EQ(Canonical(*Parse(expected)), expected);
}

// RFC 8785 section 3.2.3: the sorting example, by UTF-16 code units.
TEST(CanonicalTest, SortsAsRfc8785) {
  object o;
  for (const char* key : {"\u20ac", "\r", "\ufb33", "1", "\U0001F600", "\u0080", "\u00f6"}) o[key] = 0;
  EXPECT_EQ(Canonical(o),
            "{\"\\r\":0,\"1\":0,\"\u0080\":0,\"\u00f6\":0,\"\u20ac\":0,\"\U0001F600\":0,\"\ufb33\":0}");
  object control;
  control["k"] = std::string("\x01\x1f/", 3);
  EXPECT_EQ(Canonical(control), R"({"k":"\u0001\u001f/"})");
}

// What is written directly must read back as what was meant, whatever the text holds.
TEST(WriterTest, WritesWhatParsesBack) {
  Writer out;
  out.BeginObject().Text("t", "a:{[\"\\\n\x01đ").Int("n", -9223372036854775807 - 1).Bool("yes", true).Null("none");
  out.Array("list").Int(1).Text("").Text(",").BeginObject().EndObject().BeginArray().EndArray().EndArray();
  out.Object("o").Text("x", ":").Raw("r", "{\"k\":1}").EndObject().Array("empty").EndArray().EndObject();
  const std::string text = out.Take();
  EXPECT_EQ(text,
            R"({"t":"a:{[\"\\\n\u0001đ","n":-9223372036854775808,"yes":true,"none":null,"list":[1,"",",",{},[]],)"
            R"("o":{"x":":","r":{"k":1}},"empty":[]})");
  EXPECT_EQ(serialize(boost::json::parse(text)), text);
}

TEST(LookUpTest, FallsBackOnAbsentAndOtherTypes) {
  const auto v = *Parse(R"({"t":"x","n":5,"d":1.5,"u":18446744073709551615})");
  const auto& o = v.as_object();
  EXPECT_EQ(GetText(o, "t"), "x");
  EXPECT_EQ(GetText(o, "n"), "");
  EXPECT_EQ(GetText(o, "gone"), "");
  EXPECT_EQ(GetInt(o, "n"), 5);
  EXPECT_EQ(GetInt(o, "t", 7), 7);
  EXPECT_EQ(GetInt(o, "d", 7), 7);
  EXPECT_EQ(GetInt(o, "u", 7), 7);
  EXPECT_EQ(GetInt(o, "gone"), 0);
}

}  // namespace
}  // namespace tinhso::json
