#include "kernel/persons/persons.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "kernel/audit/audit.h"
#include "kernel/db_testing/db_testing.h"
#include "kernel/identity/identity.h"
#include "kernel/notify/notify.h"
#include "store.h"

namespace tinhso::persons {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class PersonsTest : public db_testing::DbTest {
 protected:
  void SetUp() override {
    ASSERT_TRUE(database()
                    .Write([&](db::Tx& tx) -> Status {
                      using NewUnit = orgs::Service::NewUnit;
                      TINHSO_TRY(orgs_.UpsertUnit(tx, NewUnit{"H99", "", "province", "Ủy ban nhân dân tỉnh Mẫu", "Tỉnh Mẫu", "99", "2025-07-01", {}}));
                      TINHSO_TRY(orgs_.UpsertUnit(tx, NewUnit{"H99.101", "H99", "commune", "Ủy ban nhân dân xã Một", "Xã Một", "99001", "2025-07-01", {}}));
                      TINHSO_TRY(orgs_.UpsertUnit(tx, NewUnit{"H99.102", "H99", "commune", "Ủy ban nhân dân xã Hai", "Xã Hai", "99002", "2025-07-01", {}}));
                      return Ok();
                    })
                    .ok());
    ASSERT_TRUE(orgs_.Load().ok());
    service_.SetAccountOf([](db::Tx&, int64_t person_id) -> Result<int64_t> { return person_id; });
    leader_.account_id = 900;
    leader_.full_name = "Lê Văn Lãnh";
    leader_.unit_id = leader_.authority_id = Unit("H99.101");
  }
  int64_t Unit(const char* code) { return orgs_.snapshot()->ByCode(code)->unit_id; }

  static Person Lan() {
    Person person;
    person.full_name = "Nguyễn Thị Lan";
    person.personal_no = "096190012345";
    person.birth_on = "1990-05-01";
    person.sex = "female";
    return person;
  }
  static Person With(Person person, const std::function<void(Person&)>& change) {
    change(person);
    return person;
  }
  int64_t Find(const Person& person) {
    auto id = database().Write([&](db::Tx& tx) { return service_.FindOrCreate(tx, person, {Unit("H99.101"), 77}); });
    EXPECT_TRUE(id.ok()) << (id.ok() ? "" : id.error().reason);
    return id.ok() ? *id : 0;
  }
  std::vector<store::ConflictRow> Queue(const char* state = "open") {
    auto rows = database().Read([&](db::Tx& tx) { return store::ConflictPage(tx, state, state, -1, 0, 100); });
    EXPECT_TRUE(rows.ok());
    return rows.ok() ? *rows : std::vector<store::ConflictRow>();
  }
  std::vector<std::string> Numbers(int64_t person_id, const char* state) {
    auto papers = database().Read([&](db::Tx& tx) { return store::PapersOf(tx, person_id); });
    std::vector<std::string> out;
    for (const auto& paper : *papers) {
      if (paper.state == state) out.push_back(paper.kind + " " + paper.number);
    }
    return out;
  }
  std::string Decide(const store::ConflictRow& conflict, const char* decision, int64_t keep = 0) {
    auto done = service_.Decide({conflict.conflict_id, conflict.version, decision, "Đã đối chiếu thẻ gốc", keep}, leader_);
    return done.ok() ? "" : done.error().reason;
  }
  store::ConflictRow Now(const store::ConflictRow& conflict) {
    return **database().Read([&](db::Tx& tx) { return store::FindConflict(tx, conflict.conflict_id); });
  }
  int64_t Count(const char* kind) {
    static constexpr db::Sql kCount = "SELECT COUNT(*) FROM audit_event WHERE kind = $1";
    return (*database().Read([&](db::Tx& tx) { return tx.QueryOne(kCount, {kind}); }))->Int(0);
  }
  // Two records of one person: the second filed under a mistyped name.
  store::ConflictRow Pair() {
    Find(Lan());
    Find(With(Lan(), [](Person& p) { p.full_name = "Nguyễn Thị Lang"; }));
    auto queue = Queue();
    EXPECT_EQ(queue.size(), 1u);
    return queue.empty() ? store::ConflictRow() : queue[0];
  }

  const bool migrated_ = (Migrate({db::Migrations_kernel_audit(), db::Migrations_kernel_orgs(), db::Migrations_kernel_identity(),
                                   db::Migrations_kernel_persons(), db::Migrations_kernel_notify()}), true);
  FixedClock clock_{FromLocal({2026, 11, 23}, 9 * 60)};
  orgs::Service orgs_{database(), clock_};
  Service service_{database(), clock_, orgs_};
  http::Principal leader_;
};
TINHSO_ON_BOTH_ENGINES(PersonsTest);

TEST_P(PersonsTest, NumberNameAndBirthDateFindTheSamePerson) {
  int64_t lan = Find(Lan());
  EXPECT_EQ(Find(Lan()), lan);
  EXPECT_EQ(Find(With(Lan(), [](Person& p) { p.full_name = "  NGUYEN  THI LAN "; })), lan);
  // The personal number holds the birth year: with the name, a date nobody gave is not missed.
  EXPECT_EQ(Find(With(Lan(), [](Person& p) { p.birth_on = ""; })), lan);
  EXPECT_THAT(Queue(), IsEmpty());
}

// A number typed wrong must not open somebody else's dossiers: the stranger gets a record of his own and the pair is compared.
TEST_P(PersonsTest, ContradictionMakesARecordOfItsOwnAndGoesToTheQueueOnce) {
  int64_t lan = Find(Lan());
  Person other = With(Lan(), [](Person& p) { p.full_name = "Trần Văn Bảo"; });
  int64_t bao = Find(other);
  EXPECT_NE(bao, lan);
  EXPECT_EQ(Find(other), bao);  // found again by his claim
  EXPECT_EQ(Find(Lan()), lan);
  EXPECT_THAT(Numbers(lan, "held"), ElementsAre("personal_no 096190012345"));
  EXPECT_THAT(Numbers(bao, "claimed"), ElementsAre("personal_no 096190012345"));
  auto queue = Queue();
  ASSERT_EQ(queue.size(), 1u);
  EXPECT_EQ(queue[0].kind, "details_differ");
  EXPECT_EQ(queue[0].queue_authority_id, Unit("H99.101"));
  EXPECT_EQ(queue[0].opened_by, 77);
  EXPECT_EQ(Count("person.conflict_opened"), 2);  // each of the two sees it
}

TEST_P(PersonsTest, BirthDateThatDiffersIsAContradiction) {
  int64_t lan = Find(Lan());
  EXPECT_NE(Find(With(Lan(), [](Person& p) { p.birth_on = "1990-05-02"; })), lan);
  ASSERT_EQ(Queue().size(), 1u);
  EXPECT_EQ(Queue()[0].kind, "details_differ");
}

// The chip card carries the old number: who was known by it alone is found, and has both papers from then on.
TEST_P(PersonsTest, OldNumberOnTheCardFindsWhoWasKnownByIt) {
  Person before = With(Lan(), [](Person& p) { p.personal_no = ""; p.old_identity_no = "381234567"; });
  int64_t lan = Find(before);
  Person card = With(Lan(), [](Person& p) { p.old_identity_no = "381234567"; p.card_issued_on = "2021-08-15"; });
  EXPECT_EQ(Find(card), lan);
  EXPECT_THAT(Numbers(lan, "held"), UnorderedElementsAre("old_identity_no 381234567", "personal_no 096190012345"));
  EXPECT_EQ(Find(Lan()), lan);
  EXPECT_THAT(Queue(), IsEmpty());
  auto person = database().Read([&](db::Tx& tx) { return service_.ById(tx, lan); });
  EXPECT_EQ((*person)->personal_no, "096190012345");
}

// Nine-digit numbers were given twice by different provinces: without the birth date they prove nothing.
TEST_P(PersonsTest, OldNumberWithoutBirthDateIsOnlyASuspicion) {
  int64_t lan = Find(With(Lan(), [](Person& p) { p.personal_no = ""; p.old_identity_no = "381234567"; }));
  int64_t other = Find(With(Lan(), [](Person& p) { p.personal_no = ""; p.old_identity_no = "381234567"; p.birth_on = ""; }));
  EXPECT_NE(other, lan);
  ASSERT_EQ(Queue().size(), 1u);
  EXPECT_EQ(Queue()[0].kind, "details_missing");
}

// Both numbers agree exactly, but with two records: joining them is for somebody to decide.
TEST_P(PersonsTest, PapersThatPointToTwoRecordsGoToTheQueue) {
  int64_t by_old = Find(With(Lan(), [](Person& p) { p.personal_no = ""; p.old_identity_no = "381234567"; }));
  int64_t by_new = Find(Lan());
  ASSERT_NE(by_old, by_new);
  EXPECT_EQ(Find(With(Lan(), [](Person& p) { p.old_identity_no = "381234567"; p.card_issued_on = "2021-08-15"; })), by_new);
  ASSERT_EQ(Queue().size(), 1u);
  EXPECT_EQ(Queue()[0].kind, "papers_point_apart");
}

TEST_P(PersonsTest, OldNumberOfSomebodyWithAnotherPersonalNumberIsNotEnough) {
  int64_t lan = Find(With(Lan(), [](Person& p) { p.old_identity_no = "381234567"; }));
  int64_t other = Find(With(Lan(), [](Person& p) { p.personal_no = "096190099999"; p.old_identity_no = "381234567"; }));
  EXPECT_NE(lan, other);
  ASSERT_EQ(Queue().size(), 1u);
  EXPECT_EQ(Queue()[0].kind, "number_differs");
  EXPECT_THAT(Numbers(other, "held"), ElementsAre("personal_no 096190099999"));
}

TEST_P(PersonsTest, UnsoundNumbersAreRefused) {
  auto reason = [&](const Person& person) {
    auto id = database().Write([&](db::Tx& tx) { return service_.FindOrCreate(tx, person, {}); });
    return id.ok() ? std::string("made") : id.error().fields.at(0).reason;
  };
  EXPECT_EQ(reason(With(Lan(), [](Person& p) { p.sex = "male"; })), "personal_no_sex_mismatch");
  EXPECT_EQ(reason(With(Lan(), [](Person& p) { p.old_identity_no = "12"; })), "old_identity_no_malformed");
  EXPECT_EQ(reason(With(Lan(), [](Person& p) { p.full_name = " "; })), "field_required");
}

// Two counters file for the same new person in the same moment.
TEST_P(PersonsTest, FilingsAtOnceMakeOnePerson) {
  constexpr int kCounters = 8;
  std::vector<int64_t> found(kCounters);
  std::atomic<int> ready{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < kCounters; ++i) {
    threads.emplace_back([&, i] {
      ++ready;
      while (ready < kCounters) std::this_thread::yield();
      found[i] = Find(With(Lan(), [](Person& p) { p.old_identity_no = "381234567"; p.card_issued_on = "2021-08-15"; }));
    });
  }
  for (auto& thread : threads) thread.join();
  for (int64_t id : found) EXPECT_EQ(id, found[0]);
  static constexpr db::Sql kPersons = "SELECT COUNT(*) FROM person";
  EXPECT_EQ((*database().Read([&](db::Tx& tx) { return tx.QueryOne(kPersons, {}); }))->Int(0), 1);
  EXPECT_EQ(Numbers(found[0], "held").size(), 2u);
  EXPECT_THAT(Queue(), IsEmpty());
}

TEST_P(PersonsTest, JoinedRecordsAreOnePersonUntilTakenApart) {
  auto conflict = Pair();
  const int64_t a = conflict.person_a, b = conflict.person_b;
  EXPECT_FALSE(service_.groups()->Same(a, b));
  ASSERT_EQ(Decide(conflict, "same"), "");
  EXPECT_TRUE(service_.groups()->Same(a, b));
  EXPECT_EQ(service_.groups()->RootOf(b), a);  // the older record's name is shown
  EXPECT_THAT(service_.groups()->Of(b), ElementsAre(b, a));
  // Another server learns it from the database.
  Service other(database(), clock_, orgs_);
  ASSERT_TRUE(other.Load().ok());
  EXPECT_TRUE(other.groups()->Same(a, b));
  EXPECT_EQ(Count("person.merged"), 2);
  EXPECT_THAT(Queue(), IsEmpty());

  auto papers_before = std::pair(Numbers(a, "held"), Numbers(b, "claimed"));
  ASSERT_EQ(Decide(Now(conflict), "reopen"), "");
  EXPECT_FALSE(service_.groups()->Same(a, b));
  EXPECT_THAT(service_.groups()->Of(b), ElementsAre(b));
  EXPECT_EQ(std::pair(Numbers(a, "held"), Numbers(b, "claimed")), papers_before);
  EXPECT_EQ(Count("person.unmerged"), 2);
  EXPECT_EQ(Queue().size(), 1u);
  // The whole way stands in each record's trace, with who and why.
  for (int64_t person_id : {a, b}) {
    auto events = database().Read([&](db::Tx& tx) { return store::EventsOf(tx, person_id); });
    std::vector<std::string> kinds;
    for (const auto& event : *events) kinds.push_back(event.kind);
    EXPECT_THAT(kinds, ElementsAre("unmerged", "merged", "conflict_opened"));
    EXPECT_EQ((*events)[0].actor_name, "Lê Văn Lãnh");
    EXPECT_EQ((*events)[0].reason, "Đã đối chiếu thẻ gốc");
  }
}

TEST_P(PersonsTest, TheRecordToKeepMayBeChosen) {
  auto conflict = Pair();
  ASSERT_EQ(Decide(conflict, "same", conflict.person_b), "");
  EXPECT_EQ(service_.groups()->RootOf(conflict.person_a), conflict.person_b);
  EXPECT_EQ(Decide(Now(conflict), "reopen"), "");
  EXPECT_EQ(Decide(Now(conflict), "same", 12345), "validation_failed");
}

TEST_P(PersonsTest, DifferentStaysDifferentAndIsNotAskedAgain) {
  auto conflict = Pair();
  ASSERT_EQ(Decide(conflict, "different"), "");
  EXPECT_FALSE(service_.groups()->Same(conflict.person_a, conflict.person_b));
  EXPECT_EQ(Find(With(Lan(), [](Person& p) { p.full_name = "Nguyễn Thị Lang"; })), conflict.person_b);
  EXPECT_THAT(Queue(), IsEmpty());
  EXPECT_EQ(Decide(Now(conflict), "same"), "person_conflict_not_decidable");
  EXPECT_EQ(Decide(Now(conflict), "reopen"), "");
  EXPECT_EQ(Queue().size(), 1u);
}

TEST_P(PersonsTest, LaterStaysInTheQueueWithItsReason) {
  auto conflict = Pair();
  ASSERT_EQ(Decide(conflict, "later"), "");
  ASSERT_EQ(Queue("later").size(), 1u);
  EXPECT_EQ(Queue("later")[0].reason, "Đã đối chiếu thẻ gốc");
  EXPECT_EQ(Decide(Now(conflict), "same"), "");
}

TEST_P(PersonsTest, DecisionsAreRefusedToWhomTheyDoNotBelong) {
  auto conflict = Pair();
  store::ConflictRow stale = conflict, unknown = conflict;
  stale.version = 7;
  unknown.conflict_id = 1;
  EXPECT_EQ(Decide(stale, "same"), "person_conflict_stale");
  EXPECT_EQ(Decide(conflict, "perhaps"), "validation_failed");
  EXPECT_EQ(Decide(conflict, "closed"), "person_conflict_not_decidable");
  EXPECT_EQ(Decide(unknown, "same"), "person_conflict_not_found");
  leader_.person_id = conflict.person_b;  // would read the other's dossiers by it
  EXPECT_EQ(Decide(conflict, "same"), "person_conflict_own");
  leader_.person_id = 0;
  leader_.authority_id = Unit("H99.102");
  EXPECT_EQ(Decide(conflict, "same"), "person_conflict_not_found");
  leader_.authority_id = Unit("H99");  // the province sees every queue
  EXPECT_EQ(Decide(conflict, "same"), "");
}

// Three records: the middle edge goes, the other stays as it was; what rested on the edge is asked again.
TEST_P(PersonsTest, TakingOneEdgeAwayLeavesTheOthers) {
  int64_t a = Find(Lan());
  int64_t b = Find(With(Lan(), [](Person& p) { p.full_name = "Nguyễn Thị Lang"; }));
  int64_t c = Find(With(Lan(), [](Person& p) { p.full_name = "Nguyễn Thị Làn Anh"; }));
  store::ConflictRow ab = Queue()[0], ac = Queue()[1];
  ASSERT_TRUE(database().Write([&](db::Tx& tx) -> Status {
    store::ConflictRow bc;
    bc.conflict_id = INT64_MAX - 1;
    bc.person_a = b;
    bc.person_b = c;
    bc.kind = "suspected";
    bc.queue_authority_id = Unit("H99.101");
    TINHSO_TRY(store::InsertConflict(tx, bc));
    return Ok();
  }).ok());
  ASSERT_EQ(Decide(ab, "same"), "");
  ASSERT_EQ(Decide(ac, "same"), "");
  store::ConflictRow bc = Queue().at(0);
  ASSERT_EQ(Decide(bc, "same"), "");  // one person by the other two edges
  EXPECT_TRUE(service_.groups()->Same(b, c));
  ASSERT_EQ(Decide(Now(ab), "reopen"), "");
  EXPECT_FALSE(service_.groups()->Same(a, b));
  EXPECT_TRUE(service_.groups()->Same(a, c));
  EXPECT_EQ(Now(bc).state, "open");
}

// Two decisions that together would make a circle, from two servers at once.
TEST_P(PersonsTest, DecisionsAtOnceMakeNoCircle) {
  auto conflict = Pair();
  std::vector<std::string> said(2);
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&, i] { said[i] = Decide(conflict, "same", i == 0 ? conflict.person_a : conflict.person_b); });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_THAT(said, UnorderedElementsAre("", "person_conflict_stale"));
  ASSERT_TRUE(service_.Load().ok());
  EXPECT_TRUE(service_.groups()->Same(conflict.person_a, conflict.person_b));
}

TEST_P(PersonsTest, GroupsAreBounded) {
  int64_t first = Find(Lan());
  for (size_t i = 1; i <= kGroupMax; ++i) {
    Find(With(Lan(), [&](Person& p) { p.full_name = "Nguyễn Thị Lan " + std::string(i, 'x'); }));
    auto queue = Queue();
    ASSERT_EQ(queue.size(), 1u);
    EXPECT_EQ(Decide(queue[0], "same"), i < kGroupMax ? "" : "person_group_full");
  }
  EXPECT_EQ(service_.groups()->Of(first).size(), kGroupMax);
}

TEST_P(PersonsTest, ProvenNumberGoesToItsPersonOnly) {
  int64_t lan = Find(With(Lan(), [](Person& p) { p.personal_no = ""; }));
  auto give = [&](int64_t id) { return *database().Write([&](db::Tx& tx) { return service_.GivePersonalNo(tx, "096190012345", id); }); };
  EXPECT_TRUE(give(lan));
  EXPECT_TRUE(give(lan));
  int64_t other = Find(With(Lan(), [](Person& p) { p.personal_no = ""; p.full_name = "Trần Văn Bảo"; }));
  EXPECT_FALSE(give(other));
  EXPECT_EQ(Find(Lan()), lan);
}

}  // namespace
}  // namespace tinhso::persons
