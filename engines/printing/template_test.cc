#include "template.h"

#include <gtest/gtest.h>

#include "test_tools.h"

namespace tinhso::printing {
namespace {

std::string Problem(const std::string& yaml) {
  auto parsed = Template::Parse(yaml, "slip.yaml");
  if (parsed) return "accepted";
  EXPECT_EQ(parsed.error().reason, "template_invalid");
  return parsed.error().detail;
}

struct BadTemplate {
  const char* yaml;
  const char* says;
};

// A pack author sees where the mistake is; one row per kind of mistake.
TEST(TemplateTest, MistakesAreSaidWithFileAndLine) {
  const BadTemplate cases[] = {
      {"", "slip.yaml:1: a template must be a mapping"},
      {"template: x\nblocks: [\n", "slip.yaml:3: "},
      {"template: x\n", "slip.yaml:1: a template needs 'blocks'"},
      {"blocks:\n  - paragraph: x\n", "slip.yaml:1: a template needs 'template'"},
      {"template: x\nblocks: []\n", "slip.yaml:2: blocks must be a list"},
      {"template: x\ncolour: red\nblocks:\n  - paragraph: x\n",
       "slip.yaml:2: unknown key 'colour' in a template"},
      {"template: x\ntemplate: y\nblocks:\n  - paragraph: x\n", "slip.yaml:2: key 'template' stands twice"},
      {"template: x\nvalid_from: 2026-02-30\nblocks:\n  - paragraph: x\n",
       "slip.yaml:2: 'valid_from' must be a date"},
      {"template: x\npage:\n  size: A3\nblocks:\n  - paragraph: x\n",
       "slip.yaml:3: 'size' must be one of A4, A5"},
      {"template: x\npage:\n  margins_mm: {top: 0}\nblocks:\n  - paragraph: x\n",
       "slip.yaml:3: 'top' must be a number from 5 to 60"},
      {"template: x\nfont: {size_pt: nan}\nblocks:\n  - paragraph: x\n",
       "slip.yaml:2: 'size_pt' must be a number"},
      {"template: x\nblocks:\n  - paragraph: x\n  - when: a\n", "slip.yaml:4: a block needs a kind"},
      {"template: x\nblocks:\n  - paragraph: x\n    title: y\n", "is a second one"},
      {"template: x\nblocks:\n  - paragraph: x\n    wen: a\n", "slip.yaml:4: unknown key 'wen' in a block"},
      {"template: x\nblocks:\n  - paragraph: x\n    when: a b\n", "slip.yaml:4: condition"},
      {"template: x\nblocks:\n  - paragraph: \"{{a|shout}}\"\n", "slip.yaml:3: unknown filter 'shout'"},
      {"template: x\nblocks:\n  - paragraph: \"{{row.a}}\"\n",
       "slip.yaml:3: 'row.a' has a meaning only inside"},
      {"template: x\nblocks:\n  - table:\n      rows: a\n      columns:\n        - {title: \"{{row.a}}\", "
       "text: x}\n",
       "slip.yaml:6: 'row.a'"},
      {"template: x\nblocks:\n  - title: x\n  - paragraph: \"{{form_text.a}}\"\n",
       "slip.yaml:4: 'form_text.a' is a form's field"},
      {"template: x\nblocks:\n  - table: {rows: a, columns: []}\n", "slip.yaml:3: columns must be a list"},
      {"template: x\nblocks:\n  - fields:\n      - {value: x}\n", "slip.yaml:4: a field needs 'label'"},
      {"template: x\nblocks:\n  - qr: {data: x, size_mm: 500}\n", "slip.yaml:3: 'size_mm'"},
      {"template: x\nblocks:\n  - title: [a]\n", "slip.yaml:3: title must be a mapping"},
      {"template: x\nblocks:\n  - columns:\n      - blocks:\n          - columns:\n              - blocks:\n "
       "                 - columns:\n"
       "                      - blocks: [{paragraph: x}]\n",
       "too deep"},
  };
  for (const BadTemplate& bad : cases) {
    std::string problem = Problem(bad.yaml);
    EXPECT_NE(problem.find(bad.says), std::string::npos) << bad.yaml << "→ " << problem;
  }
}

TEST(TemplateTest, OversizedTemplateIsRefused) {
  std::string yaml = "template: x\nblocks:\n  - paragraph: " + std::string(kTemplateBytesMax, 'x') + "\n";
  auto parsed = Template::Parse(yaml, "big.yaml");
  ASSERT_FALSE(parsed.ok());
  EXPECT_EQ(parsed.error().code, ErrorCode::kTooLarge);
  EXPECT_EQ(parsed.error().reason, "template_too_large");
}

TEST(TemplateTest, TooManyBlocksAreRefused) {
  std::string yaml = "template: x\nblocks:\n";
  for (size_t i = 0; i <= kBlocksMax; ++i) yaml += "  - paragraph: x\n";
  EXPECT_NE(Problem(yaml).find("must be a list of 1 to 300"), std::string::npos);
}

// Anchors repeat a node without repeating its bytes; the count of blocks, not the size of the file, must
// bound them.
TEST(TemplateTest, RepeatedAliasesDoNotMultiplyBlocks) {
  std::string yaml = "template: x\nblocks:\n  - columns:\n      - blocks: &b\n";
  for (int i = 0; i < 60; ++i) yaml += "          - paragraph: x\n";
  for (int i = 0; i < 3; ++i) yaml += "      - blocks: *b\n";
  yaml += "  - columns:\n";
  for (int i = 0; i < 4; ++i) yaml += "      - blocks: *b\n";
  EXPECT_NE(Problem(yaml).find("more than 300 blocks"), std::string::npos);
}

TEST(TemplateTest, DeepNestingIsAnErrorAndNotACrash) {
  std::string yaml = "template: x\nblocks: " + std::string(20000, '[');
  EXPECT_EQ(Problem(yaml).rfind("slip.yaml:", 0), 0u);
}

// A pack check holds these to the form's fields, so a misspelt field is found before anything is printed.
TEST(TemplateTest, EveryDataPathIsListedWithItsLine) {
  Template parsed = MustParse(
      "template: slip-09\nform: Mẫu số 09\nuses_form: birth\nvalid_from: 2025-07-01\nblocks:\n"
      "  - paragraph: \"{{form.child_name|upper}} {{unit.name}}\"\n    when: form.has_child\n"
      "  - table:\n      rows: papers\n      columns: [{title: A, text: \"{{row.name}} {{row_number}}\"}]\n");
  std::string listed;
  for (const PathUse& use : parsed.Paths()) listed += use.path + ":" + std::to_string(use.line) + " ";
  EXPECT_EQ(listed, "form.has_child:7 form.child_name:6 unit.name:6 papers:9 ");
  EXPECT_EQ(parsed.Info().code, "slip-09");
  EXPECT_EQ(parsed.Info().form, "Mẫu số 09");
  EXPECT_EQ(parsed.Info().uses_form, "birth");
  EXPECT_EQ(parsed.Info().valid_from, "2025-07-01");
}

}  // namespace
}  // namespace tinhso::printing
