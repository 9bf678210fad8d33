#include "kernel/audit/audit.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <thread>

#include "base/crypto.h"
#include "check.h"
#include "kernel/db_testing/db_testing.h"
#include "merkle.h"

namespace tinhso::audit {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class AuditTest : public db_testing::DbTest {
 protected:
  void SetUp() override { Migrate({db::Migrations_kernel_audit()}); }

  void StageOne(int64_t authority_id, int64_t subject_id, std::string kind = "dossier.read") {
    Event event;
    event.authority_id = authority_id;
    event.kind = std::move(kind);
    event.subject_kind = "dossier";
    event.subject_id = subject_id;
    event.account_id = 7;
    event.person_id = 9;
    event.at_us = 1'790'000'000'000'000;
    event.data = {{"reason", "Xử lý hồ sơ"}, {"count", 3}};
    auto status = database().Write([&](db::Tx& tx) { return Stage(tx, event); });
    ASSERT_TRUE(status.ok()) << status.error().detail;
  }
  int64_t SealAll(int64_t batch_max = 1000) {
    auto sealed = Seal(database(), batch_max, 1'790'000'001'000'000);
    EXPECT_TRUE(sealed.ok()) << sealed.error().detail;
    return sealed.ok() ? *sealed : -1;
  }
  CheckReport Checked() {
    auto report = Check(database());
    EXPECT_TRUE(report.ok()) << report.error().detail;
    return report.ok() ? *report : CheckReport{};
  }
  void Tamper(const db::Sql& sql) {
    auto changed = database().Write([&](db::Tx& tx) { return tx.Execute(sql, {}); });
    ASSERT_TRUE(changed.ok()) << changed.error().detail;
    ASSERT_GT(*changed, 0) << sql.text();
  }
};
TINHSO_ON_BOTH_ENGINES(AuditTest);

TEST_P(AuditTest, StagedEventsOfEveryAuthorityAreSealedIntoOneLog) {
  for (int i = 0; i < 5; ++i) StageOne(1, i);
  for (int i = 0; i < 3; ++i) StageOne(2, i);
  EXPECT_EQ(Checked().staged, 8);
  EXPECT_EQ(SealAll(), 8);
  EXPECT_EQ(SealAll(), 0);
  const auto report = Checked();
  EXPECT_EQ(report.leaves, 8);
  EXPECT_EQ(report.staged, 0);
  EXPECT_THAT(report.problems, ElementsAre());
}

TEST_P(AuditTest, SealsAtMostTheBatchAndGoesOnWhereItStopped) {
  for (int i = 0; i < 7; ++i) StageOne(1, i);
  EXPECT_EQ(SealAll(3), 3);
  StageOne(1, 8);
  EXPECT_EQ(SealAll(3), 3);
  EXPECT_EQ(SealAll(3), 2);
  const auto report = Checked();
  EXPECT_EQ(report.leaves, 8);
  EXPECT_THAT(report.problems, ElementsAre());
}

TEST_P(AuditTest, AnUnknownKindIsRefused) {
  Event event;
  event.kind = "dossier.eaten";
  auto status = database().Write([&](db::Tx& tx) { return Stage(tx, event); });
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().reason, "audit_kind_unknown");
}

// The event belongs to the change: no change, no event.
TEST_P(AuditTest, AnEventOfAFailedTransactionIsNotRecorded) {
  auto status = database().Write([&](db::Tx& tx) -> Status {
    Event event;
    event.kind = "dossier.acted";
    TINHSO_TRY(Stage(tx, event));
    return MakeError(ErrorCode::kConflict, "dossier_version_stale");
  });
  EXPECT_FALSE(status.ok());
  EXPECT_EQ(Checked().staged, 0);
}

TEST_P(AuditTest, AChangedSealedEventIsFound) {
  for (int i = 0; i < 4; ++i) StageOne(1, i);
  SealAll();
  Tamper("UPDATE audit_event SET account_id = 8 WHERE subject_id = 2");
  const auto problems = Checked().problems;
  ASSERT_GE(problems.size(), 1u);
  EXPECT_THAT(problems[0], HasSubstr("leaf 2"));
  EXPECT_THAT(problems[0], HasSubstr("does not match its hash"));
}

TEST_P(AuditTest, EveryFieldOfAnEventIsCovered) {
  StageOne(1, 5);
  SealAll();
  struct Change {
    db::Sql tamper, repair;
  };
  const std::vector<Change> changes = {
      {"UPDATE audit_event SET kind = 'dossier.rated'", "UPDATE audit_event SET kind = 'dossier.read'"},
      {"UPDATE audit_event SET subject_kind = 'file'", "UPDATE audit_event SET subject_kind = 'dossier'"},
      {"UPDATE audit_event SET subject_id = 6", "UPDATE audit_event SET subject_id = 5"},
      {"UPDATE audit_event SET assignment_id = 1", "UPDATE audit_event SET assignment_id = 0"},
      {"UPDATE audit_event SET person_id = 0", "UPDATE audit_event SET person_id = 9"},
      {"UPDATE audit_event SET at_us = at_us + 1", "UPDATE audit_event SET at_us = at_us - 1"},
      {"UPDATE audit_event SET data = data || ' '", "UPDATE audit_event SET data = '{\"count\":3,\"reason\":\"Xử lý hồ sơ\"}'"},
  };
  for (const auto& [tamper, repair] : changes) {
    Tamper(tamper);
    EXPECT_FALSE(Checked().problems.empty()) << tamper.text();
    Tamper(repair);
    EXPECT_THAT(Checked().problems, ElementsAre()) << repair.text();
  }
}

TEST_P(AuditTest, AChangedStagedEventIsFound) {
  StageOne(1, 1);
  Tamper("UPDATE audit_event SET data = '{}'");
  EXPECT_EQ(Checked().problems.size(), 1u);
}

TEST_P(AuditTest, ADeletedEventIsFound) {
  for (int i = 0; i < 3; ++i) StageOne(1, i);
  SealAll();
  Tamper("DELETE FROM audit_event WHERE subject_id = 1");
  const auto problems = Checked().problems;
  ASSERT_FALSE(problems.empty());
  EXPECT_THAT(problems[0], HasSubstr("is gone"));
}

TEST_P(AuditTest, ADeletedLeafIsFound) {
  for (int i = 0; i < 3; ++i) StageOne(1, i);
  SealAll();
  Tamper("DELETE FROM audit_entry WHERE leaf_index = 2");
  EXPECT_FALSE(Checked().problems.empty());
}

// An event put in beside the program has no leaf.
TEST_P(AuditTest, AnInsertedEventIsFound) {
  StageOne(1, 1);
  SealAll();
  Tamper(
      "INSERT INTO audit_event (authority_id, audit_id, kind, subject_kind, subject_id, account_id, assignment_id, "
      "person_id, at_us, data, salt) VALUES (1, 5, 'dossier.read', 'dossier', 1, 1, 1, 1, 1, '{}', 'ff')");
  EXPECT_THAT(Checked().problems, ElementsAre(HasSubstr("1 events have no entry")));
}

// An erased person: the bodies are gone, the leaves and with them everybody's proofs stay.
TEST_P(AuditTest, AnErasedPersonsEventsAreEmptyAndTheLogStaysSound) {
  for (int i = 0; i < 5; ++i) StageOne(1 + i % 2, i);
  auto erased = Erase(database(), {9, 0, "Yêu cầu xóa dữ liệu số 12/2026"}, 1'790'000'002'000'000);
  ASSERT_TRUE(erased.ok()) << erased.error().detail;
  EXPECT_EQ(erased->events, 5);
  SealAll();
  const auto report = Checked();
  EXPECT_EQ(report.leaves, 6);
  EXPECT_EQ(report.erased, 5);
  EXPECT_THAT(report.problems, ElementsAre());
  // Again: nothing is left to erase, and that too is recorded.
  EXPECT_EQ(Erase(database(), {9, 0, "Lần hai"}, 1'790'000'003'000'000)->events, 0);
  EXPECT_THAT(Checked().problems, ElementsAre());
  EXPECT_EQ(Erase(database(), {9, 0, " "}, 0).error().fields[0].pointer, "/basis");
  EXPECT_EQ(Erase(database(), {0, 0, "Ai?"}, 0).error().fields[0].pointer, "/person_id");
}

TEST_P(AuditTest, ErasingAnAccountTakesWhatItDid) {
  StageOne(1, 1);
  EXPECT_EQ(Erase(database(), {0, 7, "Xóa tài khoản"}, 1'790'000'002'000'000)->events, 1);
  auto account = database().Read([](db::Tx& tx) { return tx.QueryOne("SELECT account_id, data FROM audit_event WHERE kind = 'dossier.read'", {}); });
  EXPECT_EQ((*account)->Int(0), 0);
  EXPECT_EQ((*account)->Text(1), "");
  EXPECT_THAT(Checked().problems, ElementsAre());
}

// Somebody hides an event by making it look erased.
TEST_P(AuditTest, AnErasureWithoutARecordIsFound) {
  StageOne(1, 1);
  SealAll();
  Tamper("UPDATE audit_event SET erased_by = 77, data = '', salt = ''");
  EXPECT_THAT(Checked().problems, ElementsAre(HasSubstr("erased without a record")));
  Tamper("UPDATE audit_event SET data = '{}'");
  EXPECT_THAT(Checked().problems, testing::Contains(HasSubstr("not empty")));
}

// One search shows fifty people: one leaf, and each of them can find it.
TEST_P(AuditTest, AnEventAboutManyIsListedForEachOfThem) {
  Event event;
  event.authority_id = 3;
  event.kind = "dossier.listed";
  event.subject_kind = "dossier_list";
  event.account_id = 7;
  event.people = {31, 32, 33, 31};
  event.at_us = 1;
  ASSERT_TRUE(database().Write([&](db::Tx& tx) { return Stage(tx, event); }).ok());
  EXPECT_EQ(SealAll(), 1);
  auto seen = database().Read([](db::Tx& tx) { return tx.Query("SELECT person_id FROM audit_seen ORDER BY person_id", {}); });
  ASSERT_EQ(seen->size(), 3u);
  EXPECT_EQ((*seen)[0].Int(0), 31);
  EXPECT_THAT(Checked().problems, ElementsAre());
  // The data names nobody.
  auto data = database().Read([](db::Tx& tx) { return tx.QueryOne("SELECT data FROM audit_event", {}); });
  EXPECT_EQ((*data)->Text(0).find("31,"), std::string::npos);

  EXPECT_EQ(Erase(database(), {32, 0, "Yêu cầu"}, 2)->lists, 1);
  EXPECT_THAT(Checked().problems, ElementsAre());
  Tamper("DELETE FROM audit_seen WHERE person_id = 33");
  EXPECT_THAT(Checked().problems, ElementsAre(HasSubstr("1 lists without a record")));
  Tamper("INSERT INTO audit_seen (person_id, audit_id, authority_id) SELECT 34, audit_id, authority_id FROM audit_seen");
  EXPECT_THAT(Checked().problems, testing::Contains(HasSubstr("who was not shown")));
}

// A long log is checked in many transactions, with a restart between any two: what it finds is what one look would.
TEST_P(AuditTest, ACheckInSlicesFindsTheSameAndOutlivesARestart) {
  for (int i = 0; i < 600; ++i) StageOne(1, i);
  Event list;
  list.authority_id = 1;
  list.kind = "dossier.listed";
  list.subject_kind = "dossier_list";
  list.account_id = 7;
  list.at_us = 1;
  for (int64_t i = 0; i < 20; ++i) {
    list.people = {100 + i, 200 + i, 300};
    ASSERT_TRUE(database().Write([&](db::Tx& tx) { return Stage(tx, list); }).ok());
  }
  EXPECT_EQ(SealAll(), 620);
  const auto in_slices = [&](int64_t slice, const std::function<void(int)>& between = {}) {
    std::string kept;
    CheckState state;
    int slices = 0;
    for (bool done = false; !done; ++slices) {
      state = CheckState::Parse(kept);
      auto more = CheckSome(database(), "", state, slice);
      EXPECT_TRUE(more.ok()) << more.error().detail;
      done = !more.ok() || *more;
      kept = state.Serialize();
      if (between) between(slices);
    }
    EXPECT_GE(slices, 600 / slice);
    return state.report;
  };
  for (const int64_t slice : {7, 100, 255, 256, 257}) {
    const CheckReport report = in_slices(slice);
    EXPECT_EQ(report.leaves, 620);
    EXPECT_THAT(report.problems, ElementsAre()) << slice;
  }
  // The log grows meanwhile, lists and all.
  const CheckReport grown = in_slices(50, [&](int slices) {
    if (slices >= 12) return;
    StageOne(1, 1000 + slices);
    ASSERT_TRUE(database().Write([&](db::Tx& tx) { return Stage(tx, list); }).ok());
    SealAll();
  });
  EXPECT_EQ(grown.leaves, 644);
  EXPECT_THAT(grown.problems, ElementsAre());
  // A person is erased meanwhile: from leaves already counted and from lists not yet read.
  const CheckReport erased = in_slices(50, [&](int slices) {
    if (slices != 5 && slices != 25) return;
    EXPECT_TRUE(Erase(database(), {slices == 5 ? 300 : 9, 0, "Yêu cầu"}, 2).ok());
  });
  EXPECT_THAT(erased.problems, ElementsAre());
  EXPECT_EQ(erased.erased, 612);
  Tamper("UPDATE audit_node SET node_hash = 'ff' || node_hash WHERE node_index = 1");
  Tamper("DELETE FROM audit_seen WHERE person_id = 105");
  EXPECT_THAT(in_slices(90).problems, ElementsAre(HasSubstr("tile hash 1/1 is wrong"), HasSubstr("1 lists without a record")));
}

TEST_P(AuditTest, AChangedTileHashIsFound) {
  for (int i = 0; i < 300; ++i) StageOne(1, i);
  EXPECT_EQ(SealAll(), 300);
  EXPECT_THAT(Checked().problems, ElementsAre());
  Tamper("UPDATE audit_node SET node_hash = 'ff' || node_hash");
  EXPECT_THAT(Checked().problems, ElementsAre(HasSubstr("tile hash 1/0 is wrong")));
  Tamper("DELETE FROM audit_node");
  EXPECT_THAT(Checked().problems, ElementsAre(HasSubstr("1 tile hashes are missing")));
}

// Events sealed by version 0.1 carry their leaf's hash, not the entry.
TEST_P(AuditTest, EventsOfTheFirstVersionAreTakenUpAndHeldToTheirHash) {
  StageOne(1, 1);
  StageOne(1, 2);
  auto staged = database().Read([](db::Tx& tx) { return tx.Query("SELECT audit_id, entry_hash FROM audit_stage", {}); });
  for (const auto& row : *staged) {
    const std::string old = "leaf:" + crypto::HexEncode(LeafHash(*crypto::HexDecode(row.Text(1))));
    ASSERT_TRUE(database().Write([&](db::Tx& tx) {
      return tx.Execute("UPDATE audit_stage SET entry_hash = $2 WHERE audit_id = $1", {row.Int(0), old});
    }).ok());
  }
  EXPECT_THAT(Checked().problems, ElementsAre());
  Tamper("UPDATE audit_event SET account_id = 8 WHERE subject_id = 2");
  EXPECT_EQ(SealAll(), 2);
  const auto problems = Checked().problems;
  ASSERT_EQ(problems.size(), 1u + 1u);
  EXPECT_THAT(problems[0], HasSubstr("leaf 1: event"));
}

// Two servers sealing at once must not give one leaf two places.
TEST_P(AuditTest, ConcurrentWritersAndSealersKeepTheLogSound) {
  constexpr int kWriters = 4, kEach = 40;
  std::vector<std::thread> threads;
  for (int t = 0; t < kWriters; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) StageOne(1 + t % 2, t * 1000 + i);
    });
  }
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 30; ++i) SealAll(10);
    });
  }
  for (auto& thread : threads) thread.join();
  while (SealAll() > 0) {
  }
  const auto report = Checked();
  EXPECT_EQ(report.leaves, kWriters * kEach);
  EXPECT_EQ(report.staged, 0);
  EXPECT_THAT(report.problems, ElementsAre());
}

TEST(AuditKindsTest, KindsAreUniqueAndHaveBothTexts) {
  std::set<std::string> seen;
  for (const auto& kind : EventKinds()) {
    EXPECT_TRUE(seen.insert(kind.kind).second) << kind.kind;
    EXPECT_STRNE(kind.vi, "");
    EXPECT_STRNE(kind.en, "");
    EXPECT_NE(std::string(kind.kind).find('.'), std::string::npos);
  }
}

// The document that auditors read is the program's list: TINHSO_UPDATE=1 writes it.
TEST(AuditKindsTest, TheDocumentListsEveryKind) {
  std::string text =
      "# Sự kiện kiểm toán / Audit events\n\n"
      "Generated from kernel/audit/event_kinds.cc (run the audit tests with TINHSO_UPDATE=1).\n\n"
      "| kind | tiếng Việt | English |\n|---|---|---|\n";
  for (const auto& kind : EventKinds())
    text += std::string("| `") + kind.kind + "` | " + kind.vi + " | " + kind.en + " |\n";
  const std::string path = std::string(TINHSO_SOURCE_DIR) + "/docs/audit-events.md";
  if (std::getenv("TINHSO_UPDATE")) std::ofstream(path) << text;
  std::ostringstream found;
  found << std::ifstream(path).rdbuf();
  EXPECT_EQ(found.str(), text);
}

TEST(AuditByTest, RecordsTheAssignmentActedUnder) {
  http::Principal who;
  who.account_id = 3;
  who.assignment_id = 4;
  const Event event = By(who, "dossier.acted", "dossier", 5, 6, 7);
  EXPECT_EQ(event.account_id, 3);
  EXPECT_EQ(event.assignment_id, 4);
  EXPECT_EQ(event.subject_id, 5);
  EXPECT_EQ(event.authority_id, 6);
  EXPECT_EQ(event.at_us, 7);
}

}  // namespace
}  // namespace tinhso::audit
