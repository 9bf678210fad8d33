#include <gmock/gmock.h>

#include "testing.h"

namespace tinhso::identity {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class IdentityTest : public IdentityFixture {
 protected:
  Result<int64_t> Find(const Person& person) {
    return database().Write([&](db::Tx& tx) { return service_->FindOrCreatePerson(tx, person); });
  }
  Person Lan() {
    Person person;
    person.full_name = "Nguyễn Thị Lan";
    person.personal_no = "096190012345";
    person.birth_on = "1990-05-01";
    person.sex = "female";
    return person;
  }
};
TINHSO_ON_BOTH_ENGINES(IdentityTest);

TEST_P(IdentityTest, CreatingAnAccountTwiceGivesTheSame) {
  int64_t first = Create(Wanted("mot-cua", {{UnitId("H99.101.01"), "one_stop_officer", "Cán bộ một cửa"}}));
  int64_t second = Create(Wanted("MOT-CUA", {{UnitId("H99.101.01"), "one_stop_officer", "Cán bộ một cửa"}}));
  EXPECT_EQ(first, second);
  EXPECT_EQ(Audited("account.created"), 1);
}

TEST_P(IdentityTest, BadAccountsAreRefused) {
  auto reason = [&](NewAccount account) {
    auto made = service_->CreateAccount(account);
    return made.ok() ? std::string("made") : made.error().reason;
  };
  NewAccount good = Wanted("lan");
  for (const char* name : {"", "ab", "Nguyễn", "a b c", "-abc", "abc.", "a/b/c"}) {
    NewAccount bad = good;
    bad.username = name;
    EXPECT_EQ(reason(bad), "username_malformed") << name;
  }
  NewAccount weak = good;
  weak.password = "ngắn";
  EXPECT_EQ(reason(weak), "password_too_short");
  NewAccount role = Wanted("lan", {{UnitId("H99"), "emperor", "Vua"}});
  EXPECT_EQ(reason(role), "role_unknown");
  NewAccount unit = Wanted("lan", {{12345, "leader", "Chủ tịch"}});
  EXPECT_EQ(reason(unit), "unit_unknown");
}

TEST_P(IdentityTest, PersonIsFoundByNumberAndKeepsWhatIsKnown) {
  auto first = Find(Lan());
  ASSERT_TRUE(first.ok());
  Person other_spelling = Lan();
  other_spelling.full_name = "NGUYEN THI LAN";
  other_spelling.phone = "0900000000";
  auto second = Find(other_spelling);
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(*first, *second);
  auto person = database().Read([&](db::Tx& tx) { return service_->GetPerson(tx, *first); });
  ASSERT_TRUE(person.ok());
  EXPECT_EQ(person->full_name, "Nguyễn Thị Lan");
  EXPECT_EQ(person->phone, "");
  EXPECT_EQ(person->personal_no, "096190012345");
}

TEST_P(IdentityTest, PersonsWithoutNumberAreNotTakenForEachOther) {
  Person nameless = Lan();
  nameless.personal_no = "";
  auto a = Find(nameless), b = Find(nameless);
  ASSERT_TRUE(a.ok() && b.ok());
  EXPECT_NE(*a, *b);
}

TEST_P(IdentityTest, UnsoundNumberAndMissingNameAreRefused) {
  Person wrong = Lan();
  wrong.sex = "male";
  auto refused = Find(wrong);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().fields[0].reason, "personal_no_sex_mismatch");
  Person nameless = Lan();
  nameless.full_name = " ";
  EXPECT_FALSE(Find(nameless).ok());
  auto absent = database().Read([&](db::Tx& tx) { return service_->GetPerson(tx, 1); });
  ASSERT_FALSE(absent.ok());
  EXPECT_EQ(absent.error().reason, "person_not_found");
}

TEST_P(IdentityTest, AccountsWithARoleInAUnit) {
  int64_t a = CreateOfficer("a-mot-cua", "H99.101.01", "one_stop_officer");
  int64_t b = CreateOfficer("b-mot-cua", "H99.101.01", "one_stop_officer");
  CreateOfficer("c-mot-cua", "H99.102", "one_stop_officer");
  CreateOfficer("d-lanh-dao", "H99.101.01", "leader");
  auto found = database().Read([&](db::Tx& tx) { return service_->AccountsWith(tx, UnitId("H99.101.01"), "one_stop_officer"); });
  EXPECT_THAT(*found, UnorderedElementsAre(a, b));
  found = database().Read([&](db::Tx& tx) { return service_->AccountsWith(tx, UnitId("H99"), "one_stop_officer"); });
  EXPECT_THAT(*found, IsEmpty());
}

TEST_P(IdentityTest, AccountOfAPersonAndItsName) {
  NewAccount wanted = Wanted("lan");
  wanted.person = Lan();
  wanted.full_name = "Nguyễn Thị Lan";
  int64_t account_id = Create(wanted);
  auto person_id = Find(Lan());
  ASSERT_TRUE(person_id.ok());
  EXPECT_EQ(*database().Read([&](db::Tx& tx) { return service_->AccountOfPerson(tx, *person_id); }), account_id);
  EXPECT_EQ(*database().Read([&](db::Tx& tx) { return service_->AccountOfPerson(tx, 5); }), 0);
  EXPECT_EQ(*database().Read([&](db::Tx& tx) { return service_->FullNameOf(tx, account_id); }), "Nguyễn Thị Lan");
  EXPECT_FALSE(database().Read([&](db::Tx& tx) { return service_->FullNameOf(tx, 5); }).ok());
}

// At the counter an officer finds a person by number; looking is recorded with whose data it was.
TEST_P(IdentityTest, SearchingAPersonIsAuditedAndOnlyForTheDesk) {
  auto person_id = Find(Lan());
  CreateOfficer("mot-cua", "H99.101.01", "one_stop_officer");
  CreateOfficer("chuyen-vien", "H99.101.01", "specialist");
  Create(Wanted("dan"));
  Browser desk = SignedIn("mot-cua");
  auto search = [&](Browser& browser, const char* number) {
    return Call(browser, "GET", "/api/v1/persons", "", {{"personal_no", number}});
  };
  auto found = Body(search(desk, "096190012345"));
  ASSERT_EQ(found["items"].as_array().size(), 1u);
  EXPECT_EQ(json::GetText(found["items"].as_array()[0].as_object(), "full_name"), "Nguyễn Thị Lan");
  static constexpr db::Sql kRead = "SELECT person_id FROM audit_event WHERE kind = 'person.read'";
  auto rows = database().Read([&](db::Tx& tx) { return tx.Query(kRead, {}); });
  ASSERT_EQ(rows->size(), 1u);
  EXPECT_EQ((*rows)[0].Int(0), *person_id);
  EXPECT_EQ(Body(search(desk, "096190012346"))["items"].as_array().size(), 0u);
  EXPECT_EQ(search(desk, "12").status, 422);
  EXPECT_EQ(search(desk, "").status, 422);
  Browser specialist = SignedIn("chuyen-vien"), citizen = SignedIn("dan");
  EXPECT_EQ(search(specialist, "096190012345").status, 403);
  EXPECT_EQ(search(citizen, "096190012345").status, 403);
  EXPECT_EQ(Audited("person.read"), 1);
}

TEST_P(IdentityTest, OfficersActInTheirUnit) {
  CreateOfficer("mot-cua", "H99.101.01", "one_stop_officer");
  Browser browser = SignedIn("mot-cua");
  http::Request request;
  request.method = "GET";
  request.path = "/api/v1/me";
  request.headers.emplace_back("cookie", "theme=dark; tinhso_session=" + browser.cookies["tinhso_session"] + " ; x=y");
  auto who = authenticator_(request);
  ASSERT_TRUE(who.ok() && *who);
  EXPECT_EQ((*who)->unit_id, UnitId("H99.101.01"));
  EXPECT_EQ((*who)->authority_id, UnitId("H99.101"));
  EXPECT_THAT((*who)->roles, ElementsAre("one_stop_officer"));
  EXPECT_TRUE((*who)->Has("dossier.receive"));
  EXPECT_FALSE((*who)->Has("dossier.submit"));
  EXPECT_EQ((*who)->position, "Chức vụ");
  EXPECT_NE((*who)->assignment_id, 0);
}

}  // namespace
}  // namespace tinhso::identity
