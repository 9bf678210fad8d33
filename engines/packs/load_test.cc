#include <gtest/gtest.h>

#include <regex>
#include <set>

#include "messages.h"
#include "pack_fixture.h"

namespace tinhso::packs {
namespace {

TEST(PackLoadTest, ASoundPackLoadsWhole) {
  PackFolder folder;
  EXPECT_EQ(folder.Problems(), "");
  auto pack = Load(folder.dir(), nullptr);
  ASSERT_TRUE(pack.ok());
  EXPECT_EQ(pack->id, "thu");
  EXPECT_EQ(pack->forms.size(), 1u);
  EXPECT_EQ(pack->workflows.size(), 1u);
  EXPECT_EQ(pack->prints.size(), 1u);
  ASSERT_EQ(pack->procedures.size(), 1u);
  const auto& procedure = pack->procedures.at("9.000001");
  EXPECT_EQ(procedure.form_id, "don");
  EXPECT_EQ(procedure.workflow_id, "ngan");
  EXPECT_EQ(procedure.result_template_id, "ket-qua");
  EXPECT_EQ(pack->content_sha256.size(), 64u);
}

TEST(PackLoadTest, AnyChangedByteChangesTheContentHash) {
  PackFolder folder;
  const std::string before = Load(folder.dir(), nullptr)->content_sha256;
  EXPECT_EQ(Load(folder.dir(), nullptr)->content_sha256, before);
  ASSERT_TRUE(folder.Replace("forms/don.yaml", "Họ tên", "Họ và tên"));
  EXPECT_NE(Load(folder.dir(), nullptr)->content_sha256, before);
}

struct BrokenPack {
  const char* name;
  std::string file, from, to, problems;
  friend void PrintTo(const BrokenPack& b, std::ostream* out) { *out << b.name; }
};

class BrokenPackTest : public ::testing::TestWithParam<BrokenPack> {};

TEST_P(BrokenPackTest, IsRefusedWithFileAndLine) {
  PackFolder folder;
  ASSERT_TRUE(folder.Replace(GetParam().file, GetParam().from, GetParam().to));
  EXPECT_EQ(folder.Problems(), GetParam().problems);
  auto loaded = Load(folder.dir(), nullptr);
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(loaded.error().reason, "pack_invalid");
}

const std::string kFlow = "workflows/ngan.yaml", kProc = "procedures/9.000001.yaml", kForm = "forms/don.yaml";

INSTANTIATE_TEST_SUITE_P(
    , BrokenPackTest,
    ::testing::Values(
        BrokenPack{"UnreachableState", kFlow, "transitions:",
                   "  - id: lost\n    title: {vi: Lạc, en: Lost}\n    national_state: 8\n    clock: stopped\n    final: true\ntransitions:",
                   "workflows/ngan.yaml:21: state 'lost' cannot be reached from the initial one\n"},
        BrokenPack{"UnknownRole", kFlow, "by: specialist", "by: mayor", "workflows/ngan.yaml:32: there is no role 'mayor'\n"},
        BrokenPack{"UnknownHolderRole", kFlow, "{role: specialist, unit", "{role: mayor, unit", "workflows/ngan.yaml:15: there is no role 'mayor'\n"},
        BrokenPack{"MissingMember", kFlow, "    national_state: 4\n", "", "workflows/ngan.yaml:11: 'national_state' is missing\n"},
        BrokenPack{"UnknownMember", kForm, "required: true", "requird: true", "forms/don.yaml:11: there is no member named 'requird'\n"},
        BrokenPack{"WrongType", kForm, "required: true", "required: \"yes\"", "forms/don.yaml:11: the value is of the wrong type\n"},
        BrokenPack{"UnknownFieldType", kForm, "type: text", "type: words", "forms/don.yaml:9: there is no field type 'words'\n"},
        BrokenPack{"NoEnglish", kForm, "{vi: Họ tên, en: Name}", "{vi: Họ tên}", "forms/don.yaml:10: 'en' is missing\n"},
        BrokenPack{"YamlSyntax", kForm, "{vi: Họ tên, en: Name}", "{vi: Họ tên, en: Name", "forms/don.yaml:11: not readable as YAML: end of map flow not found\n"},
        BrokenPack{"Alias", kForm, "label: {vi: Loại", "label: &x {vi: Loại", "forms/don.yaml:14: anchors and aliases (& *) are not allowed in a pack\n"},
        BrokenPack{"UnknownForm", kProc, "form: don", "form: dom", "procedures/9.000001.yaml:7: there is no form 'dom'\n"},
        BrokenPack{"UnknownWorkflow", kProc, "workflow: ngan", "workflow: dai", "procedures/9.000001.yaml:8: there is no workflow 'dai'\n"},
        BrokenPack{"UnknownPrint", kProc, "{result: ket-qua}", "{result: ket_qua}", "procedures/9.000001.yaml:9: there is no print template 'ket_qua'\n"},
        BrokenPack{"PaperConditionOnNoField", kProc, "{field: kind, equals: a}", "{field: sort, equals: a}",
                   "procedures/9.000001.yaml:15: the form has no field 'sort'\n"},
        BrokenPack{"PaperConditionOnNoOption", kProc, "{field: kind, equals: a}", "{field: kind, equals: c}",
                   "procedures/9.000001.yaml:15: that field never has the value 'c'\n"},
        BrokenPack{"UnknownUnitSuffix", kProc, "handling: \"02\"", "handling: \"07\"", "procedures/9.000001.yaml:19: some communes have no unit with suffix '07'\n"},
        BrokenPack{"UnknownUnit", kProc, "handling: \"02\"", "handling: H99.77", "procedures/9.000001.yaml:19: there is no unit 'H99.77' in units.yaml\n"},
        BrokenPack{"NoHandlingUnit", kProc, "handling: \"02\"", "department: H99.05",
                   "procedures/9.000001.yaml:18: the workflow has a handling unit: name units.handling\n"},
        BrokenPack{"UnknownTimeUnit", kProc, "unit: working_day", "unit: fortnight",
                   "procedures/9.000001.yaml:11: the value is none of those allowed\n"},
        BrokenPack{"NoSuchDate", kProc, "effective_from: 2025-07-01", "effective_from: 2025-07-32", "procedures/9.000001.yaml:3: a date is written 2026-11-23\n"},
        BrokenPack{"OtherFileName", kProc, "procedure: \"9.000001\"", "procedure: \"9.000002\"",
                   "procedures/9.000001.yaml:1: the file must be named after its id '9.000002'\n"},
        BrokenPack{"TemplateFieldNotInForm", "print/ket-qua.yaml", "form.full_name", "form.fullname",
                   "print/ket-qua.yaml:5: the template uses 'form.fullname', which the procedure's form does not have\n"},
        BrokenPack{"TemplateOfNoForm", "print/ket-qua.yaml", "uses_form: don", "uses_form: dom", "print/ket-qua.yaml:2: there is no form 'dom'\n"},
        BrokenPack{"UnknownAuthority", "pack.yaml", "authority: H99", "authority: H98", "pack.yaml:1: there is no unit 'H98' in units.yaml\n"}),
    [](const ::testing::TestParamInfo<BrokenPack>& info) { return std::string(info.param.name); });

TEST(PackLoadTest, EveryProblemIsToldAtOnceInBothLanguages) {
  PackFolder folder;
  ASSERT_TRUE(folder.Replace(kForm, "type: text", "type: words"));
  ASSERT_TRUE(folder.Replace(kFlow, "by: specialist", "by: mayor"));
  ASSERT_TRUE(folder.Replace(kProc, "{result: ket-qua}", "{result: nothing}"));
  std::vector<Problem> problems;
  EXPECT_FALSE(Load(folder.dir(), &problems).ok());
  // What names the broken form and workflow is not blamed as well.
  ASSERT_EQ(problems.size(), 3u);
  EXPECT_EQ(problems[0].message_vi, "không có loại trường 'words'");
  EXPECT_EQ(problems[1].message_vi, "không có vai trò 'mayor'");
  EXPECT_EQ(problems[2].message_vi, "không có mẫu in 'nothing'");
}

TEST(PackLoadTest, AccountsAreHeldToUnitsAndRoles) {
  PackFolder folder;
  folder.Write("accounts.yaml",
               "accounts:\n  - username: a\n    assignments:\n      - {unit: H99.101.02, role: specialist}\n      - {unit: H99.9, role: specialist}\n"
               "  - username: a\n    assignments:\n      - {unit: H99, role: king}\n");
  EXPECT_EQ(folder.Problems(),
            "accounts.yaml:5: there is no unit 'H99.9' in units.yaml\n"
            "accounts.yaml:6: account 'a' is repeated\n"
            "accounts.yaml:8: there is no role 'king'\n");
}

// A reason without a text would reach an author as a bare word.
TEST(PackLoadTest, EveryReasonOfTheEnginesHasItsTwoTexts) {
  // The reason is the last word but one of the call, or the last: Fail(place, "reason"[, word]).
  const std::regex call("(Fail|Stop|AddAt|Add|fail)\\(.*");
  const std::regex word(", \"([a-z]+_[a-z0-9_]+)\"");
  const std::set<std::string> keys = {"effective_from", "effective_to"};
  std::set<std::string> found;
  for (const char* file : {"forms/parse.cc", "workflow/parse.cc", "packs/references.cc", "packs/load.cc", "packs/yaml.cc"}) {
    std::ifstream in(std::string(TINHSO_SOURCE_DIR) + "/engines/" + file);
    ASSERT_TRUE(in.good()) << file;
    for (std::string line; std::getline(in, line);) {
      std::smatch matched;
      if (!std::regex_search(line, matched, call)) continue;
      const std::string rest = matched[0].str();
      for (std::sregex_iterator it(rest.begin(), rest.end(), word), end; it != end; ++it) {
        if (keys.contains((*it)[1].str())) continue;
        found.insert((*it)[1].str());
        EXPECT_TRUE(HasMessage((*it)[1].str())) << file << ": " << (*it)[1].str();
      }
    }
  }
  EXPECT_GE(found.size(), 60u);
}

// A joint procedure takes from its form and gives to its parts only what is there.
TEST(PackLoadTest, PartsOfAJointProcedureAreHeldToTheirProcedures) {
  PackFolder folder;
  folder.Write("procedures/9.000009.yaml",
               "procedure: \"9.000009\"\nversion: 1\neffective_from: 2025-07-01\nname: {vi: Liên thông, en: Joint}\n"
               "field: {vi: Thử, en: Test}\nlevel: commune\nform: don\nworkflow: ngan\nchannels:\n"
               "  - {channel: online, time_limit: {value: 1, unit: working_day}, fee_vnd: 0}\npapers: []\n"
               "steps: [{vi: Nộp, en: File}]\nresult: {name: {vi: Giấy, en: Paper}}\nparts:\n"
               "  - part: one\n    procedure: \"9.000001\"\n    result: {paper: proof}\n"
               "  - part: two\n    procedure: \"9.000001\"\n    waits_for: three\n    result: {paper: letter, field: nothing}\n    answers: {full_name: nickname}\n"
               "  - part: three\n    procedure: \"9.000002\"\n    when: {field: size, equals: 1}\n");
  EXPECT_EQ(folder.Problems(),
            "procedures/9.000009.yaml:8: a joint procedure has no 'workflow' of its own: its parts have\n"
            "procedures/9.000009.yaml:17: part 'one' takes a result but waits for nothing\n"
            "procedures/9.000009.yaml:20: no earlier part is called 'three'\n"
            "procedures/9.000009.yaml:22: the form has no field 'nickname'\n"
            "procedures/9.000009.yaml:21: the form has no field 'nothing'\n"
            "procedures/9.000009.yaml:21: there is no paper 'letter'\n"
            "procedures/9.000009.yaml:19: workflow 'ngan' needs 'accept' from its initial state and a final state of national_state 8\n"
            "procedures/9.000009.yaml:25: the form has no field 'size'\n"
            "procedures/9.000009.yaml:24: no procedure '9.000002' is configured that could be a part\n");
}

TEST(PackLoadTest, AMissingFolderIsARefusalNotACrash) {
  std::vector<Problem> problems;
  EXPECT_FALSE(Load("/nonexistent/pack", &problems).ok());
  EXPECT_FALSE(problems.empty());
}

TEST(PackLoadTest, TheCommonPackComesFirstAndKeepsItsIds) {
  PackFolder folder;
  folder.Write("_common/forms/don.yaml", folder.Read("forms/don.yaml"));
  EXPECT_EQ(folder.Problems(), "forms/don.yaml:1: id 'don' already exists in the common pack\n");
  folder.Remove("forms/don.yaml");
  EXPECT_EQ(folder.Problems(), "");
}

// The pack that ships is held to its own rules in every build.
TEST(PackLoadTest, ThePacksOfTheProjectAreSound) {
  std::vector<Problem> problems;
  auto pack = Load(std::string(TINHSO_SOURCE_DIR) + "/packs/ca-mau", &problems);
  for (const auto& p : problems) ADD_FAILURE() << p.file << ":" << p.line << ": " << p.message_vi << " | " << p.message_en;
  ASSERT_TRUE(pack.ok());
  EXPECT_GE(pack->procedures.size(), 12u);
  bool passes_department = false;
  for (const auto& [code, procedure] : pack->procedures) passes_department |= procedure.workflow_id == "commune-department-commune";
  EXPECT_TRUE(passes_department);
}

}  // namespace
}  // namespace tinhso::packs
