// The corpus shared with the web application's validator: tests/fixtures/forms/*.json.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "engines/forms/forms.h"
#include "kernel/identity/identity.h"

namespace tinhso::forms {
namespace {

struct Corpus {
  std::string name;
  json::object root;
};

std::vector<Corpus> ReadCorpora() {
  std::vector<Corpus> out;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(TINHSO_SOURCE_DIR) + "/tests/fixtures/forms")) {
    if (entry.path().extension() != ".json") continue;
    std::ifstream in(entry.path());
    std::stringstream text;
    text << in.rdbuf();
    // Read raw: the validator itself must normalise and refuse control characters, whatever came before it.
    out.push_back({entry.path().stem().string(), boost::json::parse(text.str()).as_object()});
  }
  return out;
}

std::set<std::string> Strings(const json::object& root, const char* key) {
  std::set<std::string> out;
  if (const auto* list = root.if_contains(key)) {
    for (const auto& v : list->as_array()) out.insert(std::string(v.as_string()));
  }
  return out;
}

Context ContextOf(const json::object& root) {
  Context context;
  context.today = ParseDate(json::GetText(root, "today")).value();
  context.area_known = [areas = Strings(root, "areas")](std::string_view code) { return areas.contains(std::string(code)); };
  context.file_known = [files = Strings(root, "files")](std::string_view id) { return files.contains(std::string(id)); };
  context.check_personal_no = identity::CheckPersonalNo;
  return context;
}

json::array ErrorsOf(const std::vector<FieldError>& fields) {
  json::array out;
  for (const auto& e : fields) out.push_back(json::object{{"pointer", e.pointer}, {"reason", e.reason}});
  return out;
}

// The browser and the server must agree on every answer: what one lets through the other refuses is a dossier lost.
TEST(FormCorpusTest, EveryCaseGivesExactlyItsErrors) {
  size_t cases = 0;
  for (const auto& corpus : ReadCorpora()) {
    auto form = Form::FromJson(corpus.root.at("form"));
    ASSERT_TRUE(form.ok()) << corpus.name << ": " << form.error().detail;
    const Context context = ContextOf(corpus.root);
    for (const auto& v : corpus.root.at("cases").as_array()) {
      const auto& one = v.as_object();
      ++cases;
      auto checked = form->Validate(one.at("answers").as_object(), context);
      const json::array found = checked.ok() ? json::array() : ErrorsOf(checked.error().fields);
      EXPECT_EQ(json::serialize(found), json::serialize(one.at("errors"))) << corpus.name << ": " << one.at("name").as_string();
      if (!checked.ok()) {
        EXPECT_EQ(checked.error().reason, "validation_failed");
      } else if (const auto* normal = one.if_contains("normalized")) {
        EXPECT_EQ(json::Canonical(*checked), json::Canonical(*normal)) << corpus.name << ": " << one.at("name").as_string();
        // Checking what was stored again must change nothing: a supplement re-sends stored answers.
        EXPECT_EQ(json::Canonical(form->Validate(*checked, context).value()), json::Canonical(*checked));
      }
    }
    if (const auto* list = corpus.root.if_contains("declaration_cases")) {
      for (const auto& v : list->as_array()) {
        auto status = form->CheckDeclaration(v.as_object().at("declared").as_bool());
        const json::array found = status.ok() ? json::array() : ErrorsOf(status.error().fields);
        EXPECT_EQ(json::serialize(found), json::serialize(v.as_object().at("errors")));
      }
    }
  }
  EXPECT_GE(cases, 150u);
}

// docs/formats/pack.md lists the reasons; each must be reachable, or the list is a wish.
TEST(FormCorpusTest, EveryReasonOfTheFormatIsShownByACase) {
  std::ifstream in(std::string(TINHSO_SOURCE_DIR) + "/docs/formats/pack.md");
  std::stringstream text;
  text << in.rdbuf();
  const std::string doc = text.str();
  const size_t from = doc.find("\nReasons: "), to = doc.find("\nPointers", from);
  ASSERT_NE(from, std::string::npos);
  ASSERT_NE(to, std::string::npos);
  std::set<std::string> listed, shown;
  const std::string part = doc.substr(from, to - from);
  for (size_t at = part.find('`'); at != std::string::npos; at = part.find('`', at + 1)) {
    const size_t end = part.find('`', at + 1);
    listed.insert(part.substr(at + 1, end - at - 1));
    at = end;
  }
  for (const auto& corpus : ReadCorpora()) {
    for (const char* key : {"cases", "declaration_cases"}) {
      const auto* list = corpus.root.if_contains(key);
      if (!list) continue;
      for (const auto& v : list->as_array()) {
        for (const auto& e : v.as_object().at("errors").as_array()) shown.insert(std::string(e.as_object().at("reason").as_string()));
      }
    }
  }
  EXPECT_GE(listed.size(), 25u);
  EXPECT_EQ(shown, listed);
}

}  // namespace
}  // namespace tinhso::forms
