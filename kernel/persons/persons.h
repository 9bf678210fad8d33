// Persons (con người): one person with many identity papers (giấy tờ tùy thân) over time, found again by paper number + folded name +
// birth date. What agrees only in part is never joined by itself: it goes to a queue (đối chiếu) that an officer with
// `person.resolve` decides. Two records of one person are joined by a map, taken apart by removing the edge: no row is rewritten
// (docs/adr/0019). Law: Luật Căn cước 26/2023/QH15, NĐ 137/2015, TT 59/2021/TT-BCA, TT 86/2024/TT-BTC.
// Thread rule: thread-safe; Groups is immutable.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "kernel/db/db.h"
#include "kernel/http/http.h"
#include "kernel/orgs/orgs.h"

TINHSO_DECLARE_MIGRATIONS(kernel_persons);

namespace tinhso::persons {

inline constexpr size_t kGroupMax = 20;         // records joined to one person
inline constexpr int64_t kPapersMax = 50;       // papers of one record
inline constexpr int64_t kReportsOpenMax = 3;   // a person's own reports not yet answered
inline constexpr size_t kReasonLengthMax = 1000;

// --- Numbers. Empty reason = sound.

// Số định danh cá nhân, 12 digits (NĐ 137/2015, TT 59/2021/TT-BCA): PPP, G (sex and century), YY, serial. From PPP = 100 on a
// country of birth. "personal_no_malformed", "personal_no_province_unknown", "personal_no_birth_mismatch",
// "personal_no_sex_mismatch". birth_on / sex ("male", "female") may be "" when unknown.
std::string CheckPersonalNo(std::string_view personal_no, std::string_view birth_on, std::string_view sex);
// Chứng minh nhân dân: 9 digits, or the 12 of the personal number. "old_identity_no_malformed".
std::string CheckOldIdentityNo(std::string_view number);
// Hộ chiếu: 6 to 9 capital letters and digits (ICAO 9303 leaves nine places). "passport_no_malformed".
std::string CheckPassportNo(std::string_view number);
// Mã số thuế: 10 digits, the last a check digit; 13 with a branch "-001"…"-999"; since 01/7/2025 a person's is the personal number.
// "tax_no_malformed", "tax_no_check_digit".
std::string CheckTaxNo(std::string_view number);
// The check of a kind of paper: "personal_no", "old_identity_no", "passport", "tax_no"; else "paper_kind_unknown".
std::string CheckPaperNo(std::string_view kind, std::string_view number);

// --- The line in a chip card's QR code: number|old number|name|ddMMyyyy|sex|residence|ddMMyyyy issued.
struct ChipCard {
  std::string personal_no, old_identity_no, full_name, birth_on, sex, address, issued_on;  // old number, address, issued_on may be ""
};
// What a keyboard-wedge reader types, with what input methods and Caps Lock do to it. kInvalid "card_line_malformed",
// "card_name_missing", "card_birth_on_malformed", "card_issued_on_malformed", "card_old_no_malformed" or a reason of CheckPersonalNo.
Result<ChipCard> ReadChipCard(std::string_view line);

// --- Persons.
struct Person {
  int64_t person_id = 0;
  std::string full_name, personal_no, birth_on, sex, phone, email, address, area_code;
  // Given by a chip card when a person is sought; not read back.
  std::string old_identity_no, card_issued_on;
};

// Which records are one person, as merged today. Most persons are one record and stand in no group.
class Groups {
 public:
  bool Same(int64_t a, int64_t b) const { return a == b || (a != 0 && RootOf(a) == RootOf(b)); }
  int64_t RootOf(int64_t person_id) const;
  // The record itself first, then the others of its person.
  std::vector<int64_t> Of(int64_t person_id) const;

 private:
  friend class Service;
  std::map<int64_t, int64_t> root_;                  // of every record in a group
  std::map<int64_t, std::vector<int64_t>> members_;  // by root
};

// As the contract's schema "Person".
json::object ToJson(const Person& person);

// On whose behalf a record is made; the queue of this authority gets what does not agree.
struct FoundBy {
  int64_t authority_id = 0;  // 0 = the installation
  int64_t account_id = 0;
};

class Service {
 public:
  Service(db::Database& database, const Clock& clock, orgs::Service& orgs);
  ~Service();
  // The account that gets a person's notices, 0 when none. Call before Routes.
  void SetAccountOf(std::function<Result<int64_t>(db::Tx&, int64_t person_id)> account_of);
  // After migrations, and when another server changed it (db::Touch "persons").
  Status Load();
  std::shared_ptr<const Groups> groups() const;

  Result<std::optional<Person>> ById(db::Tx& tx, int64_t person_id);
  // Who holds the personal number.
  Result<std::optional<Person>> ByPersonalNo(db::Tx& tx, std::string_view personal_no);
  // The record of exactly this person, or a new one; what is known is never changed by it. Papers that belong to somebody else by
  // name or birth date are noted as claimed, and the pair goes to the queue. Two calls at once make one record.
  Result<int64_t> FindOrCreate(db::Tx& tx, const Person& wanted, const FoundBy& by);
  // A number that an identity provider proved. False when somebody else holds it.
  Result<bool> GivePersonalNo(db::Tx& tx, std::string_view personal_no, int64_t person_id);
  Status UpdateContact(db::Tx& tx, const Person& person);

  // Decides a pair, or takes the decision back ("reopen"). Everything in one transaction with its trace.
  // kNotFound "person_conflict_not_found"; kConflict "person_conflict_stale", "person_conflict_not_decidable",
  // "person_group_full"; kForbidden "person_conflict_own".
  struct Decision {
    int64_t conflict_id = 0, version_seen = 0;
    std::string decision;        // "same", "different", "later", "closed" (a person's own report), "reopen"
    std::string reason;
    int64_t keep_person_id = 0;  // whose name and birth date are shown for "same"; 0 = the older record
  };
  Status Decide(const Decision& decision, const http::Principal& who);

  std::vector<http::Route> Routes();

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace tinhso::persons
