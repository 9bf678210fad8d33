#include "yaml.h"

#include <gtest/gtest.h>

#include "messages.h"

namespace tinhso::packs {
namespace {

std::string ProblemIn(std::string_view yaml) {
  YamlProblem problem;
  auto parsed = ParseYaml(yaml, &problem);
  if (parsed.ok()) return "";
  EXPECT_EQ(parsed.error().reason, "yaml_malformed");
  EXPECT_TRUE(HasMessage(problem.reason)) << problem.reason;
  return std::to_string(problem.line) + " " + problem.reason;
}

TEST(PackYamlTest, ScalarsFollowYaml12AndCodesKeepTheirZeros) {
  auto parsed = ParseYaml("a: 1\nb: -7\nc: true\nd: yes\ne: 096\nf: 1.5\ng: \"5\"\nh: 2025-07-01\ni: ~\nj: no\nk: 1.001193\nl: 0\nm: 'true'\nn: 99999999999999999999\no: 1e5\n", nullptr);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(json::serialize(parsed->value),
            R"({"a":1,"b":-7,"c":true,"d":"yes","e":"096","f":1.5E0,"g":"5","h":"2025-07-01","i":null,"j":"no","k":1.001193E0,"l":0,"m":"true","n":"99999999999999999999","o":"1e5"})");
}

TEST(PackYamlTest, EveryNodeHasItsLine) {
  auto parsed = ParseYaml("# chú thích\ntop:\n  list:\n    - a\n    - {x: 1,\n       \"y/z\": 2}\nend: |\n  nhiều\n  dòng\n", nullptr);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->LineOf("/top"), 2);
  EXPECT_EQ(parsed->LineOf("/top/list"), 3);
  EXPECT_EQ(parsed->LineOf("/top/list/0"), 4);
  EXPECT_EQ(parsed->LineOf("/top/list/1/x"), 5);
  EXPECT_EQ(parsed->LineOf("/top/list/1/y~1z"), 6);
  EXPECT_EQ(parsed->LineOf("/end"), 7);
  // A member that is missing is reported at what should have had it.
  EXPECT_EQ(parsed->LineOf("/top/list/1/missing/deep"), 5);
  EXPECT_EQ(parsed->LineOf("/nothing"), 2);
}

// Nine levels of nine aliases would be 3.5 thousand million nodes.
TEST(PackYamlTest, BillionLaughsIsRefusedAtItsFirstAnchor) {
  std::string bomb = "a: &a [\"lol\",\"lol\",\"lol\",\"lol\",\"lol\",\"lol\",\"lol\",\"lol\",\"lol\"]\n";
  for (char c = 'b'; c <= 'i'; ++c) {
    bomb += std::string(1, c) + ": &" + c + " [";
    for (int i = 0; i < 9; ++i) bomb += (i ? ",*" : "*") + std::string(1, static_cast<char>(c - 1));
    bomb += "]\n";
  }
  EXPECT_EQ(ProblemIn(bomb), "1 yaml_alias");
}

TEST(PackYamlTest, WhatHidesOrGrowsIsRefusedWithItsLine) {
  EXPECT_EQ(ProblemIn("a: 1\nb: *x\n"), "2 yaml_syntax");
  EXPECT_EQ(ProblemIn("a: 1\nb: !!binary aGk=\n"), "2 yaml_tag");
  EXPECT_EQ(ProblemIn("a: 1\nb: 2\na: 3\n"), "3 yaml_key_repeated");
  EXPECT_EQ(ProblemIn("[a]: 1\n"), "1 yaml_key_not_text");
  EXPECT_EQ(ProblemIn("a: 1\n---\nb: 2\n"), "1 yaml_second_document");
  EXPECT_EQ(ProblemIn(""), "1 yaml_empty");
  EXPECT_EQ(ProblemIn("a: [1, 2\nb: 3\n"), "2 yaml_syntax");
  EXPECT_EQ(ProblemIn("a: 1\nb: \"\\u0007\"\n"), "2 text_control_character");
  EXPECT_EQ(ProblemIn("a: \xff\xfe\n").substr(2), "text_not_utf8");
  EXPECT_EQ(ProblemIn(std::string(kYamlBytesMax + 1, '#')), "1 yaml_too_large");
}

TEST(PackYamlTest, DepthAndNodesAreBounded) {
  std::string deep;
  for (int i = 0; i < 40; ++i) deep += std::string(static_cast<size_t>(i), ' ') + "a:\n";
  EXPECT_EQ(ProblemIn(deep).substr(3), "yaml_too_deep");
  EXPECT_EQ(ProblemIn("a: " + std::string(100000, '[')), "1 yaml_too_deep");
  EXPECT_EQ(ProblemIn("- " + std::string(30, '[') + std::string(30, ']')), "1 yaml_too_deep");
  std::string wide = "a: [";
  for (int i = 0; i < 100001; ++i) wide += "1,";
  EXPECT_EQ(ProblemIn(wide + "1]"), "1 yaml_too_many_nodes");
}

TEST(PackYamlTest, DecomposedTextBecomesNfc) {
  auto parsed = ParseYaml("ten: Ca\xcc\x80 Mau\n", nullptr);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(json::GetText(parsed->value.as_object(), "ten"), "Cà Mau");
}

TEST(PackYamlTest, TheMessageForAProgramNamesFileAndLine) {
  auto parsed = YamlToJson("a: 1\na: 2\n", "forms/x.yaml");
  ASSERT_FALSE(parsed.ok());
  EXPECT_EQ(parsed.error().detail, "forms/x.yaml: line 2: yaml_key_repeated a");
}

}  // namespace
}  // namespace tinhso::packs
