#include "procedures.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <unordered_map>

#include "base/text.h"
#include "import.h"
#include "index.h"
#include "store.h"
#include "view.h"

namespace tinhso::procedures {
namespace {

constexpr int64_t kRefreshAfterUs = 5 * kUsPerSecond;  // how late another process's import may be seen
constexpr size_t kBodyCacheMax = 256;

std::vector<std::string> SplitLevels(std::string_view levels) {
  std::vector<std::string> out;
  while (!levels.empty()) {
    const size_t comma = levels.find(',');
    out.emplace_back(levels.substr(0, comma));
    if (comma == std::string_view::npos) break;
    levels.remove_prefix(comma + 1);
  }
  return out;
}

std::vector<std::string> TextsOf(const json::object& o, std::string_view key) {
  std::vector<std::string> out;
  if (const auto* v = o.if_contains(key); v && v->is_array()) {
    for (const json::value& item : v->get_array()) {
      if (item.is_string()) out.emplace_back(item.get_string());
    }
  }
  return out;
}

struct StoredConfig {
  store::Config row;
  json::object definition;
};

// Everything a request needs, immutable but for the cache of bodies.
struct Snapshot {
  int64_t revision = 0;
  std::vector<Summary> summaries;
  std::vector<std::vector<std::string>> levels;
  std::unordered_map<std::string, uint32_t> by_code;
  std::vector<std::string> fields;  // names
  std::vector<uint32_t> field_of;   // by entry, into fields
  std::vector<uint32_t> browse;     // the order of a list without words
  std::unordered_map<std::string, StoredConfig> configs;
  Index index;
  mutable std::mutex cache_mutex;
  mutable std::unordered_map<std::string, std::shared_ptr<const json::object>> bodies;
};

bool LevelMatches(const std::vector<std::string>& levels, std::string_view wanted) {
  return std::find(levels.begin(), levels.end(), wanted) != levels.end();
}

class SnapshotBuilder {
 public:
  explicit SnapshotBuilder(Snapshot& out) : out_(out) {}

  Status Read(db::Tx& tx) {
    TINHSO_ASSIGN(out_.revision, store::Revision(tx));
    TINHSO_TRY(store::EachConfig(tx, [&](const store::Config& row) {
      auto parsed = json::Parse(row.definition_json);
      if (parsed.ok() && parsed->is_object()) out_.configs[row.code] = {row, parsed->get_object()};
      return true;
    }));
    TINHSO_TRY(store::EachRow(tx, [&](const store::Row& row) {
      AddRow(row);
      return true;
    }));
    for (const auto& [code, config] : out_.configs) {
      if (!out_.by_code.contains(code)) AddConfigured(code, config, {}, {});
    }
    return Ok();
  }

  void Finish(Synonyms synonyms) {
    out_.index = Index::Build(entries_, std::move(synonyms));
    std::vector<std::string> keys;
    std::unordered_map<std::string, uint32_t> field_ids;
    for (const Summary& summary : out_.summaries) {
      const auto [field, added] = field_ids.emplace(summary.field, static_cast<uint32_t>(out_.fields.size()));
      if (added) out_.fields.push_back(summary.field);
      out_.field_of.push_back(field->second);
      const bool commune = summary.level == "commune";
      keys.push_back(std::string(summary.configured ? "0" : "1") + (commune ? "0" : "1") +
                     text::SortKey(summary.name));
    }
    out_.browse.resize(out_.summaries.size());
    for (uint32_t i = 0; i < out_.browse.size(); ++i) out_.browse[i] = i;
    std::sort(out_.browse.begin(), out_.browse.end(),
              [&](uint32_t a, uint32_t b) { return keys[a] != keys[b] ? keys[a] < keys[b] : a < b; });
  }

 private:
  void Add(Summary summary, std::vector<std::string> levels, IndexEntry entry) {
    out_.by_code[summary.code] = static_cast<uint32_t>(out_.summaries.size());
    entry.code = summary.code;
    entry.levels = levels;
    out_.summaries.push_back(std::move(summary));
    out_.levels.push_back(std::move(levels));
    entries_.push_back(std::move(entry));
  }

  void AddRow(const store::Row& row) {
    json::object brief;
    if (auto parsed = json::Parse(row.brief_json); parsed.ok() && parsed->is_object())
      brief = parsed->get_object();
    const auto* citizens = brief.if_contains("citizens");
    IndexEntry entry{row.code,
                     row.name,
                     TextsOf(brief, "keywords"),
                     TextsOf(brief, "results"),
                     row.field,
                     {},
                     citizens && citizens->is_bool() && citizens->get_bool(),
                     false};
    std::vector<std::string> levels = SplitLevels(row.levels);
    if (const auto config = out_.configs.find(row.code); config != out_.configs.end()) {
      AddConfigured(row.code, config->second, std::move(entry), std::move(levels));
      return;
    }
    Summary summary{row.code,
                    row.name,
                    "",
                    row.field,
                    MainLevel(levels),
                    false,
                    "",
                    json::GetText(brief, "time_text"),
                    json::GetText(brief, "fee_text")};
    Add(std::move(summary), std::move(levels), std::move(entry));
  }

  void AddConfigured(const std::string& code, const StoredConfig& config, IndexEntry entry,
                     std::vector<std::string> levels) {
    const ConfigBrief brief = BriefOf(config.definition);
    Summary summary{code,
                    brief.name.empty() ? entry.name : brief.name,
                    brief.name_en,
                    brief.field.empty() ? entry.field : brief.field,
                    brief.level,
                    true,
                    brief.service_level,
                    brief.time_text,
                    brief.fee_text};
    if (!entry.name.empty()) entry.keywords.push_back(entry.name);  // the portal's name finds it too
    entry.name = summary.name;
    entry.field = summary.field;
    entry.keywords.insert(entry.keywords.end(), brief.keywords.begin(), brief.keywords.end());
    if (!brief.name_en.empty()) entry.keywords.push_back(brief.name_en);
    if (!brief.result.empty()) entry.results.push_back(brief.result);
    entry.for_citizens = entry.for_citizens || brief.citizens;
    entry.configured = true;
    if (!LevelMatches(levels, brief.level)) levels.push_back(brief.level);
    Add(std::move(summary), std::move(levels), std::move(entry));
  }

  Snapshot& out_;
  std::vector<IndexEntry> entries_;
};

}  // namespace

struct Catalogue::Impl {
  db::Database& database;
  const Clock& clock;
  std::string synonyms_file;
  std::mutex snapshot_mutex;  // guards the pointer only
  std::shared_ptr<const Snapshot> snapshot = std::make_shared<Snapshot>();
  std::mutex load_mutex;  // one load or import at a time
  std::atomic<int64_t> checked_at_us{0};

  std::shared_ptr<const Snapshot> Current() {
    std::lock_guard lock(snapshot_mutex);
    return snapshot;
  }

  Status LoadLocked() {
    Synonyms synonyms;
    if (!synonyms_file.empty()) {
      TINHSO_ASSIGN(synonyms, ReadSynonyms(synonyms_file));
    }
    auto next = std::make_shared<Snapshot>();
    SnapshotBuilder builder(*next);
    TINHSO_TRY(database.Read([&](db::Tx& tx) { return builder.Read(tx); }));
    builder.Finish(std::move(synonyms));
    checked_at_us = MonotonicUs();
    std::lock_guard lock(snapshot_mutex);
    snapshot = std::move(next);
    return Ok();
  }

  // Another process may have imported. A request that finds someone else looking goes on with what there is.
  std::shared_ptr<const Snapshot> Fresh() {
    if (MonotonicUs() - checked_at_us.load() > kRefreshAfterUs && load_mutex.try_lock()) {
      std::lock_guard lock(load_mutex, std::adopt_lock);
      checked_at_us = MonotonicUs();
      auto revision = database.Read([&](db::Tx& tx) { return store::Revision(tx); });
      if (revision.ok() && *revision != Current()->revision) {
        // An unreadable catalogue keeps the old snapshot; the next request tries again.
        if (!LoadLocked().ok()) checked_at_us = 0;
      }
    }
    return Current();
  }
};

Catalogue::Catalogue(db::Database& database, const Clock& clock, std::string synonyms_file)
    : impl_(new Impl{database, clock, std::move(synonyms_file), {}, std::make_shared<Snapshot>(), {}, {}}) {}
Catalogue::~Catalogue() = default;

Status Catalogue::Load() {
  std::lock_guard lock(impl_->load_mutex);
  return impl_->LoadLocked();
}

Result<ImportReport> Catalogue::Import(const ImportOptions& options,
                                       const std::function<void(const ImportProgress&)>& progress) {
  std::lock_guard lock(impl_->load_mutex);
  Result<ImportReport> report = RunImport(impl_->database, impl_->clock, options, progress);
  // Also after an error: batches before it are in.
  const Status loaded = impl_->LoadLocked();
  if (report.ok() && !loaded.ok()) return loaded.error();
  return report;
}

Status Catalogue::Configure(const std::vector<Configured>& configured) {
  std::lock_guard lock(impl_->load_mutex);
  std::unordered_map<std::string, store::Config> wanted;
  for (const Configured& c : configured) {
    wanted[c.code] = {c.code,        c.version,         c.form_id,
                      c.workflow_id, c.result_template, json::Canonical(c.definition)};
  }
  const TimeUs now_us = impl_->clock.NowUs();
  TINHSO_TRY(impl_->database.Write([&](db::Tx& tx) -> Status {
    std::unordered_map<std::string, store::Config> stored;
    TINHSO_TRY(store::EachConfig(tx, [&](const store::Config& row) {
      stored[row.code] = row;
      return true;
    }));
    bool changed = false;
    for (const auto& [code, config] : wanted) {
      const auto it = stored.find(code);
      if (it != stored.end() && it->second.version == config.version &&
          it->second.form_id == config.form_id && it->second.workflow_id == config.workflow_id &&
          it->second.result_template == config.result_template &&
          it->second.definition_json == config.definition_json) {
        continue;
      }
      TINHSO_TRY(store::PutConfig(tx, config, now_us));
      changed = true;
    }
    for (const auto& [code, config] : stored) {
      if (wanted.contains(code)) continue;
      TINHSO_TRY(store::DeleteConfig(tx, code));
      changed = true;
    }
    return changed ? store::RaiseRevision(tx) : Ok();
  }));
  return impl_->LoadLocked();
}

Result<std::shared_ptr<const json::object>> Catalogue::Get(std::string_view code, int64_t version) {
  const auto snapshot = impl_->Fresh();
  const std::string key(code);
  const auto config = snapshot->configs.find(key);
  const bool configured = config != snapshot->configs.end();
  if (!snapshot->by_code.contains(key)) return MakeError(ErrorCode::kNotFound, "procedure_not_found");
  if (version == 0) {
    std::lock_guard lock(snapshot->cache_mutex);
    if (auto it = snapshot->bodies.find(key); it != snapshot->bodies.end()) return it->second;
  }
  TINHSO_ASSIGN(const std::optional<store::Version> stored,
                impl_->database.Read([&](db::Tx& tx) { return store::FindVersion(tx, code, version); }));
  if (!stored && (version != 0 || !configured)) return MakeError(ErrorCode::kNotFound, "procedure_not_found");
  auto out = std::make_shared<json::object>();
  if (stored) {
    auto body = json::Parse(stored->body_json);
    auto raw = json::Parse(stored->raw_json);
    if (!body.ok() || !raw.ok() || !body->is_object())
      return MakeError(ErrorCode::kInternal, "procedure_body_damaged", key);
    *out = std::move(body->get_object());
    (*out)["version"] = stored->version;
    (*out)["effective_from"] = stored->effective_on;
    (*out)["raw"] = std::move(*raw);
  }
  (*out)["configured"] = version == 0 && configured;
  (*out)["service_level"] = "";
  if (version == 0 && configured) {
    OverlayConfig(*out, config->second.definition);
    if (stored) (*out)["catalogue_version"] = stored->version;
    (*out)["version"] = config->second.row.version;
    (*out)["form_id"] = config->second.row.form_id;
    (*out)["workflow_id"] = config->second.row.workflow_id;
    (*out)["result_template"] = config->second.row.result_template;
  }
  std::shared_ptr<const json::object> shared = std::move(out);
  if (version == 0) {
    std::lock_guard lock(snapshot->cache_mutex);
    if (snapshot->bodies.size() >= kBodyCacheMax) snapshot->bodies.clear();
    snapshot->bodies[key] = shared;
  }
  return shared;
}

Result<std::vector<VersionInfo>> Catalogue::Versions(std::string_view code) {
  TINHSO_ASSIGN(const std::vector<store::Version> stored,
                impl_->database.Read([&](db::Tx& tx) { return store::ListVersions(tx, code); }));
  if (stored.empty()) return MakeError(ErrorCode::kNotFound, "procedure_not_found");
  std::vector<VersionInfo> out;
  for (const store::Version& v : stored)
    out.push_back({v.version, v.decision_no, v.effective_on, v.imported_at_us});
  return out;
}

Result<Page> Catalogue::Search(const Query& query) {
  const auto snapshot = impl_->Fresh();
  size_t from = 0;
  if (!query.cursor.empty()) {
    TINHSO_ASSIGN(const auto parts, http::DecodeCursor(query.cursor, 1));
    const std::string& digits = parts[0];
    if (digits.empty() || digits.size() > 7 || digits.find_first_not_of("0123456789") != std::string::npos) {
      return MakeError(ErrorCode::kMalformed, "cursor_malformed");
    }
    from = static_cast<size_t>(std::stol(digits));
  }
  std::vector<uint32_t> order;
  const std::string folded = text::Fold(query.words);
  if (folded.empty()) {
    // Words without a letter or digit ask for nothing that could be found.
    if (text::Trim(query.words).empty()) order = snapshot->browse;
  } else if (const auto by_code = snapshot->by_code.find(text::Trim(query.words));
             by_code != snapshot->by_code.end()) {
    order.push_back(by_code->second);
  } else {
    for (const Index::Hit& hit : snapshot->index.Search(folded)) order.push_back(hit.entry);
  }
  Page page;
  std::vector<int64_t> field_counts(snapshot->fields.size());
  const size_t limit = static_cast<size_t>(std::clamp(query.limit, 1, kPageMax));
  for (uint32_t i : order) {
    const Summary& summary = snapshot->summaries[i];
    if (!query.level.empty() && !LevelMatches(snapshot->levels[i], query.level)) continue;
    if (query.configured_only && !summary.configured) continue;
    ++field_counts[snapshot->field_of[i]];
    if (!query.field.empty() && summary.field != query.field) continue;
    const size_t position = static_cast<size_t>(page.total++);
    if (position >= from && page.items.size() < limit) page.items.push_back(summary);
  }
  if (from + page.items.size() < static_cast<size_t>(page.total) && !page.items.empty()) {
    page.next_cursor = http::EncodeCursor({std::to_string(from + page.items.size())});
  }
  for (size_t f = 0; f < field_counts.size(); ++f) {
    if (field_counts[f] > 0) page.fields.push_back({snapshot->fields[f], field_counts[f]});
  }
  std::sort(page.fields.begin(), page.fields.end(), [](const FieldCount& a, const FieldCount& b) {
    return a.count != b.count ? a.count > b.count : a.field < b.field;
  });
  return page;
}

int64_t Catalogue::Size() const { return static_cast<int64_t>(impl_->Current()->summaries.size()); }

}  // namespace tinhso::procedures
