#include "store.h"

#include "base/text.h"

namespace tinhso::persons::store {
namespace {

// A person may have had several personal numbers (corrected by the police): today's is the one without an end.
// kind || '': else SQLite, which has no statistics, walks the index of all numbers of the kind instead of the person's few papers.
#define TINHSO_PERSON_COLUMNS                                                                                    \
  "p.person_id, p.full_name, (SELECT n.number FROM person_paper n WHERE n.person_id = p.person_id AND "          \
  "n.kind || '' = 'personal_no' AND n.state = 'held' ORDER BY CASE WHEN n.valid_to_on = '' THEN 0 ELSE 1 END, "  \
  "n.paper_id DESC LIMIT 1), p.birth_on, p.sex, p.phone, p.email, p.address, p.area_code"

constexpr db::Sql kById = "SELECT " TINHSO_PERSON_COLUMNS " FROM person p WHERE p.person_id = $1";
constexpr db::Sql kByPersonalNo = "SELECT " TINHSO_PERSON_COLUMNS R"sql(
  FROM person_paper i JOIN person p ON p.person_id = i.person_id
  WHERE i.kind = 'personal_no' AND i.number = $1 AND i.state = 'held')sql";
constexpr db::Sql kInsertPerson = R"sql(
  INSERT INTO person (person_id, full_name, folded, birth_on, sex, phone, email, address, area_code, created_at_us)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10))sql";
constexpr db::Sql kDeletePerson = "DELETE FROM person WHERE person_id = $1";
constexpr db::Sql kDeletePapers = "DELETE FROM person_paper WHERE person_id = $1";
constexpr db::Sql kUpdateContact = "UPDATE person SET phone = $1, email = $2, address = $3 WHERE person_id = $4";
constexpr db::Sql kUpdateDetails = "UPDATE person SET full_name = $1, folded = $2, birth_on = $3, sex = $4 WHERE person_id = $5";

#define TINHSO_PAPER_COLUMNS                                                                                     \
  "i.person_id, i.paper_id, i.kind, i.number, i.name_folded, i.birth_on, i.issuer, i.issued_on, i.valid_to_on, " \
  "i.source, i.state, i.recorded_at_us"

constexpr db::Sql kInsertPaper = R"sql(
  INSERT INTO person_paper (person_id, paper_id, kind, number, name_folded, birth_on, issuer, issued_on, valid_to_on, source, state,
                            recorded_at_us)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT DO NOTHING)sql";
constexpr db::Sql kClaims = "SELECT " TINHSO_PAPER_COLUMNS R"sql(, p.folded, p.birth_on
  FROM person_paper i JOIN person p ON p.person_id = i.person_id
  WHERE i.kind = $1 AND i.number = $2 AND i.state <> 'withdrawn'
  ORDER BY CASE WHEN i.state = 'held' THEN 0 ELSE 1 END, i.paper_id)sql";
constexpr db::Sql kPapersOf = "SELECT " TINHSO_PAPER_COLUMNS R"sql(
  FROM person_paper i WHERE i.person_id = $1 ORDER BY i.paper_id)sql";
constexpr db::Sql kUpdatePaper = R"sql(
  UPDATE person_paper SET state = $1, valid_to_on = $2 WHERE person_id = $3 AND paper_id = $4 AND state <> 'withdrawn')sql";
constexpr db::Sql kHoldClaimed = R"sql(
  UPDATE person_paper SET state = 'held'
  WHERE person_id = $1 AND paper_id = $2 AND state = 'claimed'
    AND NOT EXISTS (SELECT 1 FROM person_paper o WHERE o.kind = $3 AND o.number = $4 AND o.state = 'held'))sql";
// The two indexes of numbers begin with the kind.
constexpr db::Sql kWithNumber = R"sql(
  SELECT DISTINCT person_id FROM person_paper
  WHERE kind IN ('personal_no', 'old_identity_no', 'passport', 'tax_no') AND number = $1 AND state <> 'withdrawn'
  ORDER BY person_id LIMIT 50)sql";

std::optional<Person> PersonOf(const std::optional<db::Row>& row) {
  if (!row) return std::nullopt;
  Person person;
  person.person_id = row->Int(0);
  person.full_name = row->Text(1);
  person.personal_no = row->Text(2);
  person.birth_on = row->Text(3);
  person.sex = row->Text(4);
  person.phone = row->Text(5);
  person.email = row->Text(6);
  person.address = row->Text(7);
  person.area_code = row->Text(8);
  return person;
}

PaperRow PaperOf(const db::Row& row) {
  return {row.Int(0),  row.Int(1),  row.Text(2), row.Text(3), row.Text(4),  row.Text(5),
          row.Text(6), row.Text(7), row.Text(8), row.Text(9), row.Text(10), row.Int(11)};
}

}  // namespace

Result<std::optional<Person>> ById(db::Tx& tx, int64_t person_id) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kById, {person_id}));
  return PersonOf(row);
}

Result<std::optional<Person>> ByPersonalNo(db::Tx& tx, std::string_view personal_no) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kByPersonalNo, {personal_no}));
  return PersonOf(row);
}

Status InsertPerson(db::Tx& tx, const Person& person, TimeUs now_us) {
  std::string folded = " " + text::Fold(person.full_name);
  return tx.Send(kInsertPerson, {person.person_id, person.full_name, folded, person.birth_on, person.sex, person.phone, person.email,
                                 person.address, person.area_code, now_us});
}

Status DeletePerson(db::Tx& tx, int64_t person_id) {
  TINHSO_TRY(tx.Send(kDeletePapers, {person_id}));
  return tx.Send(kDeletePerson, {person_id});
}

Status UpdateContact(db::Tx& tx, const Person& person) {
  return tx.Send(kUpdateContact, {person.phone, person.email, person.address, person.person_id});
}

Status UpdateDetails(db::Tx& tx, const Person& person) {
  std::string folded = " " + text::Fold(person.full_name);
  return tx.Send(kUpdateDetails, {person.full_name, folded, person.birth_on, person.sex, person.person_id});
}

Result<bool> InsertPaper(db::Tx& tx, const PaperRow& p) {
  TINHSO_ASSIGN(int64_t changed, tx.Execute(kInsertPaper, {p.person_id, p.paper_id, p.kind, p.number, p.name_folded, p.birth_on, p.issuer,
                                                           p.issued_on, p.valid_to_on, p.source, p.state, p.recorded_at_us}));
  return changed == 1;
}

Result<std::vector<Claim>> Claims(db::Tx& tx, std::string_view kind, std::string_view number) {
  TINHSO_ASSIGN(auto rows, tx.Query(kClaims, {kind, number}));
  std::vector<Claim> out;
  for (const auto& row : rows) out.push_back({PaperOf(row), text::Trim(row.Text(12)), row.Text(13)});
  return out;
}

Result<std::vector<PaperRow>> PapersOf(db::Tx& tx, int64_t person_id) {
  TINHSO_ASSIGN(auto rows, tx.Query(kPapersOf, {person_id}));
  std::vector<PaperRow> out;
  for (const auto& row : rows) out.push_back(PaperOf(row));
  return out;
}

Result<bool> UpdatePaper(db::Tx& tx, const PaperRow& paper) {
  TINHSO_ASSIGN(int64_t changed, tx.Execute(kUpdatePaper, {paper.state, paper.valid_to_on, paper.person_id, paper.paper_id}));
  return changed == 1;
}

Result<bool> HoldClaimed(db::Tx& tx, const PaperRow& paper) {
  TINHSO_ASSIGN(int64_t changed, tx.Execute(kHoldClaimed, {paper.person_id, paper.paper_id, paper.kind, paper.number}));
  return changed == 1;
}

Result<std::vector<int64_t>> PersonsWithNumber(db::Tx& tx, std::string_view number) {
  TINHSO_ASSIGN(auto rows, tx.Query(kWithNumber, {number}));
  std::vector<int64_t> out;
  for (const auto& row : rows) out.push_back(row.Int(0));
  return out;
}

}  // namespace tinhso::persons::store
