// Units (đơn vị): the tree of agencies, offices and desks, valid over time, with codes as aliases; their calendars.
// An in-memory snapshot, replaced on change, answers reads without the database.
// Thread rule: thread-safe; Snapshot is immutable.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/calendar.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "kernel/db/db.h"
#include "kernel/http/http.h"

TINHSO_DECLARE_MIGRATIONS(kernel_orgs);

namespace tinhso::orgs {

// kind: province, department (sở), commune (xã/phường/đặc khu), centre (trung tâm), division (phòng), one_stop_desk
struct Unit {
  int64_t unit_id = 0;
  int64_t parent_id = 0;       // 0 = root
  int64_t authority_id = 0;    // nearest ancestor-or-self that is an authority (province, department, commune)
  std::string kind;
  std::string unit_code;       // QĐ 20/2020 order: "H12.05"
  std::string area_code;       // General Statistics Office code for communes and provinces: "31999"
  std::string name;            // "Ủy ban nhân dân phường An Xuyên"
  std::string short_name;      // "Phường An Xuyên"
  std::string valid_from_on, valid_to_on;  // valid_to "" = open, else its last day
  std::vector<std::string> aliases;
  int64_t version = 1;
  bool name_by_admin = false;  // renamed by hand: a pack does not rename it back
  bool CoversDay(std::string_view on) const { return valid_from_on <= on && (valid_to_on.empty() || on <= valid_to_on); }
};

// The same code in the order used before QĐ 20/2020/QĐ-TTg (QCVN 102:2016): "H12.05" ↔ "000.00.05.H12". "" when it has more than
// four levels.
std::string OlderCode(std::string_view unit_code);

class Snapshot {
 public:
  const Unit* ById(int64_t unit_id) const;
  const Unit* ByCode(std::string_view unit_code_or_alias) const;
  const Unit* ByAreaCode(std::string_view area_code) const;
  std::vector<const Unit*> Children(int64_t unit_id) const;
  bool IsWithin(int64_t unit_id, int64_t ancestor_id) const;   // self counts
  std::vector<const Unit*> OfKind(std::string_view kind) const;
  // The one_stop_desk under an authority, or the authority itself when it has none.
  const Unit* DeskOf(int64_t authority_id) const;
  const std::vector<Unit>& all() const { return units_; }
  // After mergers a closed unit's work is done by the unit that continues it: that one, or the unit itself. Stored rows keep the
  // unit and authority they were made under; whoever asks "may he" or "whose is it now" maps both sides through this.
  int64_t ActingFor(int64_t unit_id) const { return InFrame(unit_id, Frame::kAsIs); }
  // The same as of a day ("" = now): who stood for the unit when a paper was made.
  const Unit* ActingOn(int64_t unit_id, std::string_view on) const;
  // Statistics over a merger: as it was then (each unit by itself), or as it is now (under the unit that continues it).
  enum class Frame { kAsWas, kAsIs };
  int64_t InFrame(int64_t unit_id, Frame frame) const;
  // The unit and every unit it continues, itself first.
  std::vector<int64_t> ActsFor(int64_t unit_id) const;
  const calendar::Calendar& CalendarOf(int64_t unit_id) const;  // nearest ancestor's own calendar, else the province's
  // Units whose name, short name or code holds every word of `query` as the beginning of a word, accents ignored, in
  // order of unit_code. kind "" and parent_id 0 = any.
  std::vector<const Unit*> Find(std::string_view query, std::string_view kind, int64_t parent_id) const;

 private:
  friend class Service;
  std::vector<Unit> units_;              // by unit_code
  std::vector<std::string> folded_;      // beside units_, with a space before each word
  std::map<int64_t, std::shared_ptr<const calendar::Calendar>> own_calendars_;  // units with hours of their own
  std::map<int64_t, size_t> by_id_;
  std::map<std::string, int64_t, std::less<>> by_code_, by_area_;
  std::map<int64_t, std::vector<int64_t>> children_;
  std::map<int64_t, std::pair<int64_t, std::string>> continued_by_;  // unit → who continues it, since when
  std::map<int64_t, std::vector<int64_t>> continues_;
  std::shared_ptr<const calendar::Calendar> calendar_;
  int64_t revision_ = -1;  // of the tables when it was read
};

// Calendars as they were known at a moment: due dates given then are proven with them. Thread rule: one thread.
class CalendarHistory {
 public:
  struct Change {
    TimeUs known_at_us;
    calendar::SpecialDay day;
    bool removed;
  };
  struct HoursChange {
    TimeUs known_at_us;
    calendar::Hours hours;  // without a span: the unit follows the one above it from then on
  };
  // Both in the order they became known; hours by unit, 0 = the province's.
  CalendarHistory(std::shared_ptr<const Snapshot> units, std::vector<Change> changes, std::map<int64_t, std::vector<HoursChange>> hours);
  const calendar::Calendar& At(int64_t unit_id, TimeUs known_at_us);

 private:
  const HoursChange* HoursKnown(int64_t unit_id, TimeUs known_at_us) const;

  std::shared_ptr<const Snapshot> units_;
  std::vector<Change> changes_;
  std::map<int64_t, std::vector<HoursChange>> hours_;
  std::map<std::pair<const HoursChange*, size_t>, calendar::Calendar> made_;
};

class Service {
 public:
  Service(db::Database& database, const Clock& clock);
  Status Load();  // once after migrations, and after changes
  Status LoadIfChanged();  // another server's change, or one committed a moment ago
  std::shared_ptr<const Snapshot> snapshot() const;

  struct NewUnit {
    std::string unit_code, parent_code, kind, name, short_name, area_code, valid_from_on;
    std::vector<std::string> aliases;
  };
  // Idempotent on unit_code; a closed unit is left as it was. kInvalid "unit_parent_unknown", "unit_kind_unknown"; kConflict "unit_authority_fixed" when the
  // change would hand the unit's data to another authority. The caller loads the new snapshot after its commit.
  Result<int64_t> UpsertUnit(db::Tx& tx, const NewUnit& unit);
  // Audited, the old name kept in unit_event, followed by Load. kNotFound "unit_not_found".
  Status RenameUnit(int64_t unit_id, std::string_view name, const http::Principal& by);
  // A pack's days: each replaces the entry of its date unless an administrator has set or removed it. The first ones of an
  // installation count as known from the beginning.
  Status AddSpecialDays(db::Tx& tx, const std::vector<calendar::SpecialDay>& days);
  // By an administrator's hand: replaces the entry of that date; audited, followed by Load.
  Status PutSpecialDay(const calendar::SpecialDay& day, const http::Principal& by);
  Status DeleteSpecialDay(Date on, const http::Principal& by);
  Result<std::vector<calendar::SpecialDay>> SpecialDays(int year) const;
  Result<CalendarHistory> LoadCalendarHistory() const;
  // Called in the transaction that changes the calendar of a date, or hours from a date on, so that what follows from it is done or
  // nothing is. Set before the first change, so before packs are loaded; may be empty.
  void OnCalendarChange(std::function<Status(db::Tx& tx, Date on)> follow) { calendar_follow_ = std::move(follow); }
  // Replaces the working hours of a unit from now on; 0 = the province's, which every unit without hours of its own follows.
  Status SetHours(db::Tx& tx, int64_t unit_id, const calendar::Hours& hours);
  db::Database& database() { return database_; }
  const Clock& clock() const { return clock_; }

 private:
  db::Database& database_;
  const Clock& clock_;
  std::mutex load_mutex_;              // one Load at a time, so that an older snapshot never replaces a newer
  mutable std::mutex snapshot_mutex_;  // guards the pointer only
  std::shared_ptr<const Snapshot> snapshot_;
  std::function<Status(db::Tx&, Date)> calendar_follow_;
};

// --- Pack data: units.yaml and calendar.yaml of a pack (docs/formats/pack.md).
// Reading alone, for `pack check`: kInvalid "pack_invalid" with one FieldError for each fault, pointer "path:line".
struct CalendarFile {
  calendar::Hours hours;
  std::vector<calendar::SpecialDay> days;
};
Result<std::vector<Service::NewUnit>> ReadUnitsYaml(const std::string& path);
Result<CalendarFile> ReadCalendarYaml(const std::string& path);
// Reading and storing in one transaction, followed by Load; a second run changes nothing. How many units or days the file has.
Result<int> LoadUnitsFromYaml(Service& service, const std::string& path);
Result<int> LoadCalendarFromYaml(Service& service, const std::string& path);

bool IsUnitKind(std::string_view kind);

// The unit as the contract's schema "Unit".
json::object ToJson(const Snapshot& snapshot, const Unit& unit);

// GET /api/v1/units?q=&kind=&parent=&on=, GET and PATCH /api/v1/units/{unit_code}; GET /api/v1/calendar/days?year=,
// PUT and DELETE /api/v1/calendar/days/{on}
std::vector<http::Route> Routes(Service& service);

}  // namespace tinhso::orgs
