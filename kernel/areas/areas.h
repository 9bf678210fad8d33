// Administrative areas (đơn vị hành chính): provinces, districts and communes through time, what became of them, and their
// boundaries. An area is land and its name; the agency that governs it is a unit (kernel/orgs). ADR "Areas are not units".
// Law: NQ 202/2025/QH15, NQ 1654–1687/NQ-UBTVQH15 (no districts since 2025-07-01), QĐ 19/2025/QĐ-TTg (codes).
// Thread rule: thread-safe; Snapshot is immutable.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "kernel/db/db.h"
#include "kernel/http/http.h"

TINHSO_DECLARE_MIGRATIONS(kernel_areas);

namespace tinhso::areas {

inline constexpr int kZooms = 3;  // 0 = the whole country on a screen, 1 = a province, 2 = a commune

// A code may be given to another area after a reorganisation: (area_code, valid_from_on) is what names one.
struct Area {
  std::string area_code;                   // "32002"; provinces 2 digits, districts 3, communes 5
  std::string level;                       // "province", "district", "commune"
  std::string name;                        // "Phường An Xuyên"
  std::string parent_code;                 // "" for provinces and where it is not known
  std::string valid_from_on, valid_to_on;  // "" = from before the records begin; open. valid_to_on is the last day
  bool listed = true;                      // false = known only from the mapping: it stands in no list of its time
  bool CoversDay(std::string_view on) const { return valid_from_on <= on && (valid_to_on.empty() || on <= valid_to_on); }
};

struct Succession {
  std::string from_code, to_code, effective_on;
  std::string part;  // "full", or "partial" where the area went to several
  std::string note;  // which part, when it is known: hamlets separated by ";"
};

struct Choice {
  const Area* area = nullptr;
  bool whole = true;         // false: only a part of the old area lies here
  std::string note;
  bool suggested = false;    // the hamlet of the address stands in the note
};

// What a written address means: the former area it names and where that lies now.
struct Reading {
  const Area* area = nullptr;
  std::vector<Choice> choices;
  std::string detail;        // what is left of the text: house number, hamlet
};

class Snapshot {
 public:
  // The area of a code or alias on a day; nullptr when there was none.
  const Area* On(std::string_view area_code, std::string_view on) const;
  // Its last form before or on that day, else its first one.
  const Area* Latest(std::string_view area_code, std::string_view on) const;
  // By code. parent_code "" = provinces.
  std::vector<const Area*> Children(std::string_view parent_code, std::string_view on) const;
  // "Xã Khánh Bình Đông, Huyện Trần Văn Thời, Tỉnh Cà Mau" as it was written then.
  std::string PathOf(const Area& area) const;
  const Area* ParentOf(const Area& area) const;
  const Area* ProvinceOf(const Area& area) const;

  enum class Which { kOn, kFormer, kAll };  // those of the day, those ended before it, both
  // Words of `query` begin words of the area's path, accents ignored; areas whose own name begins so come first.
  std::vector<const Area*> Find(std::string_view query, std::string_view level, Which which, std::string_view on) const;

  // Where the land of `area` lies on `to_on`: one choice with whole = true, or several parts. Itself when nothing changed.
  // Empty when what became of it is not known. `detail` (rest of the address) marks the choice whose note names its hamlet.
  std::vector<Choice> Convert(const Area& area, std::string_view to_on, std::string_view detail = {}) const;
  // What areas became (a part of) this one when it began.
  std::vector<const Area*> PredecessorsOf(const Area& area) const;
  // "Số 5, ấp 3, xã Khánh Bình Đông, huyện Trần Văn Thời, tỉnh Cà Mau" → the areas it can mean, best first, at most kReadingsMax.
  // Areas of before `on` are preferred to those of that day, and those that lie in `home_code` (a province) to others.
  std::vector<Reading> Read(std::string_view address, std::string_view on, std::string_view home_code = {}) const;
  static constexpr size_t kReadingsMax = 10;

  struct Counts {
    int64_t provinces = 0, districts = 0, communes = 0;
  };
  Counts CountsOn(std::string_view on) const;
  const std::vector<Area>& all() const { return areas_; }
  const std::vector<Succession>& successions() const { return successions_; }
  const std::map<std::string, std::string, std::less<>>& aliases() const { return aliases_; }  // alias → code
  std::vector<std::string> AliasesOf(std::string_view area_code) const;

 private:
  friend class Service;
  void Index();
  std::vector<Area> areas_;                // by code, then valid_from_on
  std::vector<std::string> path_folded_;   // beside areas_, a space before each word
  std::vector<std::string> core_folded_;   // own name without "Xã", "Phường" …
  std::map<std::string, std::vector<size_t>, std::less<>> by_name_;  // folded own name, with and without its kind
  std::vector<Succession> successions_;
  std::map<std::string, std::string, std::less<>> aliases_;
  std::map<std::string, std::pair<size_t, size_t>, std::less<>> by_code_;  // range of areas_
  std::map<std::string, std::vector<size_t>, std::less<>> children_, from_, to_;
};

struct BadLine {
  std::string file;
  int64_t line = 0;
  std::string reason;
};

struct ImportProgress {
  std::string file;
  int64_t lines = 0;
};

struct ImportReport {
  int64_t files = 0, lines = 0, added = 0, changed = 0, unchanged = 0, repeated = 0, bad = 0;
  // After the import, over everything that is known.
  Snapshot::Counts before, after;                // on the last day before the mapping takes effect, and on that day
  int64_t full = 0, partial = 0;                 // rows of the mapping
  int64_t split = 0;                             // communes that went to several
  int64_t without_successor = 0;                 // former communes nobody knows the successor of
  int64_t unlisted = 0;                          // codes only the mapping knows
  int64_t dangling = 0;                          // rows of the mapping whose new code is unknown
  std::vector<BadLine> bad_lines;                // the first kBadLinesKept
  std::string ToTable() const;                   // for people
  std::string ToJsonLine() const;                // for programs
};
inline constexpr size_t kBadLinesKept = 1000;
inline constexpr const char* kReorganisationOn = "2025-07-01";

struct BoundaryReport {
  int64_t features = 0, stored = 0, unchanged = 0, bad = 0;
  int64_t points_read = 0;
  int64_t points_kept[kZooms] = {};
  std::vector<BadLine> bad_lines;                // line = number of the feature, from 1
  std::string ToJsonLine() const;
};

class Service {
 public:
  Service(db::Database& database, const Clock& clock);
  Status Load();  // once after migrations, and after changes
  std::shared_ptr<const Snapshot> snapshot() const;
  std::string Today() const;
  // The province of this installation: what people mean when a name alone could be in several.
  void SetHome(std::string area_code);
  std::string home() const;

  // CSV files known by their header (docs/formats/units.md), in any order: kinds are read in the order they need. A second run
  // changes nothing; a line that cannot be read is reported and the rest goes on. kNotFound "import_file_unreadable"; kInvalid
  // "import_header_unknown"; kTooLarge "import_file_too_large".
  Result<ImportReport> Import(const std::vector<std::string>& files, const std::function<void(const ImportProgress&)>& progress);
  // GeoJSON FeatureCollection; properties.code (or id) names the area as of `on`. Borders shared by two areas stay shared at
  // every zoom.
  Result<BoundaryReport> ImportBoundaries(const std::string& file, std::string_view on);
  // Areas that units of a pack govern, where no list was imported: known ones are left as they are. Followed by Load.
  Status Adopt(const std::vector<Area>& areas);
  // Writes that `from_codes` became `to` on a day: ends them, begins `to` (unless it goes on) and keeps the succession. The caller
  // loads the new snapshot after its commit.
  Status Succeed(db::Tx& tx, const std::vector<std::string>& from_codes, const Area& to, std::string_view effective_on,
                 std::string_view note);
  // Boundaries of the children of an area ("" = provinces) as a GeoJSON FeatureCollection.
  Result<std::string> Boundaries(std::string_view parent_code, std::string_view on, int zoom) const;

 private:
  db::Database& database_;
  const Clock& clock_;
  std::mutex load_mutex_;
  mutable std::mutex snapshot_mutex_;  // guards the two below
  std::shared_ptr<const Snapshot> snapshot_;
  std::string home_;
};

// GET /api/v1/areas, /api/v1/areas/{area_code}, /api/v1/areas/{area_code}/successors, /api/v1/addresses/convert,
// /api/v1/boundaries
std::vector<http::Route> Routes(Service& service);

}  // namespace tinhso::areas
