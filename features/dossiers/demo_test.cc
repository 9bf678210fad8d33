// The generated province: what it shows must be what the forms, the workflows and the law of numbers allow.
#include <gtest/gtest.h>

#include <set>

#include "demo_people.h"
#include "fixture.h"

namespace tinhso::dossiers {
namespace {

class DemoTest : public DossiersTest {
 protected:
  int64_t CountOf(const db::Sql& sql) {
    auto count = database().Read([&](db::Tx& tx) -> Result<int64_t> {
      TINHSO_ASSIGN(auto row, tx.QueryOne(sql, {}));
      return row->Int(0);
    });
    return count.ok() ? *count : -1;
  }
};
TINHSO_ON_BOTH_ENGINES(DemoTest);

// An answer that its own form refuses could not be corrected by the person it is about.
TEST_P(DemoTest, GeneratedAnswersSatisfyTheirForms) {
  const auto units = orgs_->snapshot();
  const People people(*units);
  forms::Context context;
  context.today = LocalDate(clock_.NowUs());
  context.check_personal_no = identity::CheckPersonalNo;
  context.area_known = [&](std::string_view code) { return units->ByAreaCode(code) != nullptr; };
  Dice dice(7);
  std::set<std::string> forms{"general"};
  for (const auto& config : library_->Procedures()) forms.insert(config.form_id);
  for (const std::string& id : forms) {
    const auto form = library_->FindForm(id, 0);
    ASSERT_NE(form, nullptr) << id;
    for (int i = 0; i < 200; ++i) {
      const identity::Person person = people.Make(dice);
      const json::object answers = FillAnswers(*form, person, people, dice, context.today);
      auto checked = form->Validate(answers, context);
      ASSERT_TRUE(checked.ok()) << id << " " << checked.error().fields[0].pointer << " " << checked.error().fields[0].reason << " "
                                << json::serialize(answers);
    }
  }
}

// Exactly as many as asked for, none in the future, and each can be read by its office.
TEST_P(DemoTest, ExactlyAsManyAsAskedForAndReadable) {
  clock_.Set(FromLocal({2026, 11, 23}, 7 * 60));  // early: most of today's would lie ahead
  int64_t told = 0;
  auto made = service_->GenerateDemo(700, [&](int64_t done) { told = done; });
  ASSERT_TRUE(made.ok()) << made.error().reason;
  EXPECT_EQ(*made, 700);
  EXPECT_EQ(told, 700);
  EXPECT_EQ(CountOf("SELECT COUNT(*) FROM dossier"), 700);
  int64_t seen = 0;
  std::set<std::string> states;
  for (const orgs::Unit& unit : orgs_->snapshot()->all()) {
    if (unit.authority_id != unit.unit_id) continue;
    const http::Principal reader = Officer(unit.unit_code, "leader", 900);
    std::string cursor;
    do {
      auto list = List({"", "", cursor, 100}, reader);
      ASSERT_TRUE(list.ok());
      for (const json::value& item : list->at("items").as_array()) {
        auto page = Get(json::GetText(item.as_object(), "dossier_code"), reader);
        ASSERT_TRUE(page.ok());
        states.insert(State(*page));
        EXPECT_LT(*ParseTime(json::GetText(*page, "submitted_at")), clock_.NowUs());
        ++seen;
      }
      cursor = json::GetText(*list, "next_cursor");
    } while (!cursor.empty());
  }
  EXPECT_EQ(seen, 700);
  for (const char* state : {"submitted", "in_process", "returned", "refused", "withdrawn", "awaiting_supplement"})
    EXPECT_TRUE(states.contains(state)) << state;
  EXPECT_GT(CountOf("SELECT COUNT(*) FROM dossier WHERE finished_at_us IS NULL AND due_on < '2026-11-23' AND clock = 'running'"), 0);
  // What is open is in somebody's inbox, and only that.
  EXPECT_EQ(CountOf("SELECT COUNT(*) FROM inbox_item"),
            CountOf("SELECT COUNT(*) FROM dossier WHERE clock <> 'paused' AND national_state IN (1, 2, 4, 9)"));
  auto next = Submit(Request(), citizen_);
  ASSERT_TRUE(next.ok());
}

// Whoever tries the counter finds work there: the newest dossiers wait at the desks asked for, and at no other's expense.
TEST_P(DemoTest, TheNewestWaitAtTheDesksAskedFor) {
  const orgs::Unit* commune = orgs_->snapshot()->OfKind("commune").front();
  ASSERT_TRUE(service_->GenerateDemo(200, nullptr, {commune->unit_id}).ok());
  auto list = List({"", "", "", 50}, Officer(commune->unit_code, "one_stop_officer", 900));
  ASSERT_TRUE(list.ok());
  size_t waiting = 0;
  for (const json::value& item : list->at("items").as_array()) waiting += State(item.as_object()) == "submitted" ? 1 : 0;
  EXPECT_GE(waiting, 16u);
  EXPECT_EQ(CountOf("SELECT COUNT(*) FROM dossier"), 200);
}

}  // namespace
}  // namespace tinhso::dossiers
