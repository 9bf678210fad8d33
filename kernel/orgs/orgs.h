// Units (đơn vị): the tree of agencies, offices and desks, valid over time, with codes as aliases; their calendars.
// An in-memory snapshot, replaced on change, answers reads without the database.
// Thread rule: thread-safe; Snapshot is immutable.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/calendar.h"
#include "base/clock.h"
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
  std::string valid_from_on, valid_to_on;  // valid_to "" = open
  std::vector<std::string> aliases;
};

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
  const calendar::Calendar& CalendarOf(int64_t unit_id) const;  // nearest ancestor's own calendar, else the province's

 private:
  friend class Service;
  std::vector<Unit> units_;
  std::map<int64_t, size_t> by_id_;
  std::map<std::string, int64_t, std::less<>> by_code_, by_area_;
  std::map<int64_t, std::vector<int64_t>> children_;
  std::shared_ptr<const calendar::Calendar> calendar_;
};

class Service {
 public:
  Service(db::Database& database, const Clock& clock);
  Status Load();  // once after migrations, and after changes
  std::shared_ptr<const Snapshot> snapshot() const;

  struct NewUnit {
    std::string unit_code, parent_code, kind, name, short_name, area_code, valid_from_on;
    std::vector<std::string> aliases;
  };
  // Idempotent on unit_code. kInvalid "unit_parent_unknown", "unit_kind_unknown".
  Result<int64_t> UpsertUnit(db::Tx& tx, const NewUnit& unit);
  Status RenameUnit(int64_t unit_id, std::string_view name, const http::Principal& by);
  Status AddSpecialDay(db::Tx& tx, const calendar::SpecialDay& day);    // replaces the entry of that date
  Status RemoveSpecialDay(db::Tx& tx, Date on);
  Result<std::vector<calendar::SpecialDay>> SpecialDays(int year) const;

 private:
  db::Database& database_;
  const Clock& clock_;
  mutable std::shared_ptr<const Snapshot> snapshot_;
};

// GET /api/v1/units?q=&kind=&parent=, GET /api/v1/units/{unit_code}, PATCH …; GET/PUT/DELETE /api/v1/calendar/days…
std::vector<http::Route> Routes(Service& service);

}  // namespace tinhso::orgs
