// The catalogue of procedures (danh mục thủ tục hành chính): imported from the national portal, versioned by
// decision and effective date, configured by packs, found by everyday words. Law: Decree 63/2010/NĐ-CP art. 8
// and 24 (publication), Decree 118/2025/NĐ-CP. Thread rule: Catalogue is thread-safe; reads use an immutable
// snapshot that imports and packs replace as a whole.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "features/procedures/types.h"
#include "kernel/db/db.h"
#include "kernel/http/http.h"

TINHSO_DECLARE_MIGRATIONS(features_procedures);

namespace tinhso::procedures {

// Limits.
inline constexpr int kPageMax = 100;
inline constexpr int64_t kImportLinesMax = 200'000;    // per file
inline constexpr int64_t kImportBytesMax = 2LL << 30;  // unpacked, per file (against archive bombs)
inline constexpr size_t kBadLinesKept = 50;
inline constexpr size_t kQueryWordsMax = 24;

// One line that could not be taken.
struct BadLine {
  std::string file;
  int64_t line = 0;    // from 1
  std::string reason;  // e.g. "json_malformed", "procedure_code_malformed"
};

struct ImportReport {
  int64_t files = 0, lines = 0;
  int64_t added = 0;    // new codes
  int64_t changed = 0;  // a new version; the old one is kept
  int64_t reread = 0;   // same source text, read again by a newer parser
  int64_t unchanged = 0;
  int64_t repeated = 0;  // a code seen before in this import: the first one counts
  int64_t bad = 0;
  std::vector<BadLine> bad_lines;  // the first kBadLinesKept
  ParseCounts counts;
  // A table for people: what was read and what was not, part by part (Vietnamese); bad lines are left to the
  // caller.
  std::string ToTable() const;
  // One line of JSON with every count: the last line of `tinhso import procedures`.
  std::string ToJsonLine() const;
};

struct ImportProgress {
  std::string file;
  int64_t lines = 0;
  int64_t bytes_read = 0, bytes_total = 0;  // of the file as it lies on disk
};

struct ImportOptions {
  std::vector<std::string> files;    // .jsonl or .jsonl.gz
  std::optional<Date> effective_on;  // of new versions; today when absent (the export does not say)
};

// A procedure that a pack configures in full (docs/formats/pack.md § Procedures).
struct Configured {
  std::string code;
  int version = 1;
  std::string form_id, workflow_id, result_template;
  json::object definition;  // the YAML as JSON
};

// api/openapi.yaml ProcedureSummary.
struct Summary {
  std::string code, name, name_en, field, level;
  bool configured = false;
  std::string service_level, time_text, fee_text;
};

struct FieldCount {
  std::string field;
  int64_t count = 0;
};

struct Query {
  std::string words;  // as typed; "" lists everything
  std::string field;  // exact name, or ""
  std::string level;  // "commune", "province", "ministry", "other", or ""
  bool configured_only = false;
  int limit = 50;
  std::string cursor;
};

struct Page {
  std::vector<Summary> items;
  std::string next_cursor;  // "" at the end
  int64_t total = 0;
  std::vector<FieldCount> fields;  // of everything found before the field filter, most frequent first
};

struct VersionInfo {
  int64_t version = 0;
  std::string decision_no, effective_on;
  TimeUs imported_at_us = 0;
};

class Catalogue {
 public:
  // `synonyms_file`: packs/_common/synonyms.yaml; "" = none.
  Catalogue(db::Database& database, const Clock& clock, std::string synonyms_file);
  ~Catalogue();
  Catalogue(const Catalogue&) = delete;
  Catalogue& operator=(const Catalogue&) = delete;

  // Reads synonyms and builds the index. Call after migrations; again to see what another process wrote
  // (Search and Get notice it themselves within kRefreshAfterUs). Errors: kInvalid "synonyms_malformed";
  // database errors.
  Status Load();

  // Streams the files in, in batches of one transaction each; bad lines are counted, never fatal. Running it
  // again changes nothing. `progress` is called every few hundred lines and at each file's end; may be empty.
  // Errors: kNotFound "import_file_unreadable"; kTooLarge "import_file_too_large"; kMalformed
  // "import_gzip_damaged" (what came before it is kept); database errors.
  Result<ImportReport> Import(const ImportOptions& options,
                              const std::function<void(const ImportProgress&)>& progress);

  // Makes `configured` the whole set of configured procedures; those left out fall back to their catalogue
  // entry.
  Status Configure(const std::vector<Configured>& configured);

  // api/openapi.yaml Procedure, with "raw", "form_id", "workflow_id", "result_template". version 0 = the
  // newest with the pack's configuration on top; another = that version of the catalogue alone. kNotFound
  // "procedure_not_found".
  Result<std::shared_ptr<const json::object>> Get(std::string_view code, int64_t version = 0);
  Result<std::vector<VersionInfo>> Versions(std::string_view code);

  // kMalformed "cursor_malformed".
  Result<Page> Search(const Query& query);
  int64_t Size() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// GET /api/v1/procedures, GET /api/v1/procedures/{procedure_code}. The catalogue must outlive the routes.
std::vector<http::Route> Routes(Catalogue& catalogue);

}  // namespace tinhso::procedures
