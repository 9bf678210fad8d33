// A month of a province, played: nothing lost, nothing stuck, every clock and figure provable, the index equal to one counted slowly.
#include <gtest/gtest.h>

#include <filesystem>

#include "app/simulate.h"
#include "kernel/db_testing/db_testing.h"

namespace tinhso::app {
namespace {

// The index's figures of dossiers by another path: row by row, event by event, in days written out, without facts or cells.
struct Slow {
  int64_t on_time = 0, all = 0, settled = 0, results = 0, online = 0, received = 0, content = 0, carried = 0, digitised = 0, reused = 0;
};

Result<Slow> CountSlowly(db::Database& database, const std::string& from, const std::string& to) {
  Slow out;
  auto day = [](TimeUs at_us) { return FormatDate(LocalDate(at_us)); };
  TINHSO_TRY(database.Read([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(auto dossiers, tx.Query("SELECT authority_id, dossier_id, channel FROM dossier", {}));
    for (const db::Row& d : dossiers) {
      TINHSO_ASSIGN(auto events, tx.Query("SELECT at_us, national_state, due_on FROM dossier_event WHERE authority_id = $1 AND dossier_id = $2 ORDER BY event_id",
                                          {d.Int(0), d.Int(1)}));
      std::string received, finished, due;
      int64_t supplements = 0, before = 1, ended_as = 0, now = 1;
      for (const db::Row& e : events) {
        const int64_t state = e.Int(1);
        const std::string on = day(e.Int(0));
        if (on > to) break;
        if (state == 5 && before != 5) ++supplements;
        if (received.empty() && (state == 2 || state == 4)) received = on;
        if (finished.empty() && (state == 3 || state >= 7)) {
          finished = on;
          ended_as = state;
        }
        if (finished.empty() && !e.IsNull(2)) due = e.Text(2);
        before = now = state;
      }
      if (received.empty() || (!finished.empty() && finished < from)) continue;
      ++out.all;
      const bool in_period = received >= from, settled = ended_as >= 9;
      if (!in_period) ++out.carried;
      TINHSO_ASSIGN(auto result, tx.QueryOne("SELECT verify_code FROM dossier_result WHERE authority_id = $1 AND dossier_id = $2", {d.Int(0), d.Int(1)}));
      TINHSO_ASSIGN(auto paper, tx.QueryOne("SELECT file_id FROM dossier_file WHERE authority_id = $1 AND dossier_id = $2 LIMIT 1", {d.Int(0), d.Int(1)}));
      TINHSO_ASSIGN(auto score, tx.QueryOne("SELECT score FROM dossier_rating WHERE authority_id = $1 AND dossier_id = $2", {d.Int(0), d.Int(1)}));
      TINHSO_ASSIGN(auto again, tx.QueryOne("SELECT paper_id FROM dossier_paper WHERE authority_id = $1 AND dossier_id = $2 AND source_dossier_code <> '' LIMIT 1", {d.Int(0), d.Int(1)}));
      const bool overdue = supplements > 1 || (!due.empty() && (finished.empty() ? to : finished) > due);
      const bool late = overdue && (settled || (finished.empty() && now != 5 && now != 6));
      if (!late) ++out.on_time;
      if (in_period) ++out.received;
      if (in_period && d.Text(2) == "online" && (!settled || result)) ++out.online;
      if (!settled) continue;
      ++out.settled;
      if (result) ++out.results;
      if (result && paper) ++out.digitised;
      if (again) ++out.reused;
      if (!late && (!score || score->Int(0) > 2)) ++out.content;
    }
    return Ok();
  }));
  return out;
}

class SimulateTest : public db_testing::DbTest {};
TINHSO_ON_BOTH_ENGINES(SimulateTest);

TEST_P(SimulateTest, AMonthOfAProvinceClosesAndProves) {
  PlatformOptions options;
  options.data_dir = temp_dir() + "/province";
  options.packs_dir = FindPacksDir("");
  options.database_url = test_database_.options().postgres_url;
  SimulateOptions month;
  month.from = {2026, 9, 1};
  month.days = 30;
  month.dossiers = 300;
  month.seed = 7;
  auto summary = Simulate(options, month, {}, [&](Platform& platform) -> Status {
    auto proof = platform.dossiers().Recompute({});
    EXPECT_TRUE(proof.ok());
    if (!proof.ok()) return Ok();
    EXPECT_EQ(proof->dossiers, 300);
    EXPECT_EQ(proof->differences, 0) << proof->examples[0];
    // Of the whole month, and of days in the middle of it that are long past.
    for (const auto& [from, to] : {std::pair("2026-09-01", "2026-09-30"), std::pair("2026-09-10", "2026-09-17")}) {
      auto slow = CountSlowly(platform.database(), from, to);
      auto fast = platform.reports().IndexRatios(from, to);
      EXPECT_TRUE(slow.ok() && fast.ok());
      if (!slow.ok() || !fast.ok()) return Ok();
      using Ratio = std::pair<int64_t, int64_t>;
      EXPECT_GT(slow->settled, 20) << from;
      EXPECT_EQ(fast->at("on_time"), Ratio(slow->on_time, slow->all)) << from;
      EXPECT_EQ(fast->at("electronic_results"), Ratio(slow->results, slow->settled)) << from;
      EXPECT_EQ(fast->at("online_dossiers"), Ratio(slow->online, slow->received)) << from;
      EXPECT_EQ(fast->at("satisfied"), Ratio(slow->content, slow->settled)) << from;
      EXPECT_EQ(fast->at("reused"), Ratio(slow->reused, slow->settled)) << from;
      EXPECT_EQ(fast->at("digitised"), Ratio(slow->digitised, slow->settled)) << from;
    }
    return Ok();
  });
  ASSERT_TRUE(summary.ok()) << summary.error().reason << " " << summary.error().detail;
  EXPECT_EQ(summary->report.dossiers, 300);
  EXPECT_EQ(summary->report.failed, 0) << summary->report.first_failure;
  EXPECT_GT(summary->report.ended, 150);
  EXPECT_GT(summary->report.ratings, 10);
  EXPECT_EQ(summary->jobs_waiting, 0);
  EXPECT_EQ(summary->jobs_dead, 0);
  EXPECT_TRUE(summary->report_closes);
}

}  // namespace
}  // namespace tinhso::app
