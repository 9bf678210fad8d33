// CSV lists of areas and the mapping between two lists (docs/formats/units.md).
#include <algorithm>
#include <set>
#include <sstream>

#include "base/text.h"
#include "csv.h"
#include "kernel/areas/areas.h"
#include "kernel/audit/audit.h"
#include "store.h"

namespace tinhso::areas {
namespace {

constexpr size_t kAreaBatch = 500;
constexpr size_t kAreaCodeMax = 16;
constexpr size_t kAreaNameMax = 200;
constexpr int64_t kProgressEvery = 1000;

enum class Kind { kBefore, kProvinces, kCommunes, kMapping, kAliases };  // in the order they are read

struct Opened {
  std::string path;
  Kind kind = Kind::kBefore;
  std::map<std::string, size_t, std::less<>> columns;
};

bool Has(const std::map<std::string, size_t, std::less<>>& columns, std::initializer_list<const char*> names) {
  return std::all_of(names.begin(), names.end(), [&](const char* name) { return columns.contains(name); });
}

Result<Opened> OpenByHeader(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return MakeError(ErrorCode::kNotFound, "import_file_unreadable", path);
  CsvReader reader(in);
  std::vector<std::string> header;
  std::string reason;
  if (reader.Read(header, reason) != CsvReader::Next::kRecord) return MakeError(ErrorCode::kInvalid, "import_header_unknown", path);
  Opened out;
  out.path = path;
  for (size_t i = 0; i < header.size(); ++i) out.columns[text::ToLower(header[i])] = i;
  const auto& c = out.columns;
  if (Has(c, {"level", "old_code", "new_code", "part"})) out.kind = Kind::kMapping;
  else if (Has(c, {"level", "code", "full_name", "parent_code"})) out.kind = Kind::kBefore;
  else if (Has(c, {"code", "full_name", "province_code"})) out.kind = Kind::kCommunes;
  else if (Has(c, {"code", "full_name"})) out.kind = Kind::kProvinces;
  else if (header.size() >= 2 && header[0].starts_with("code_") && header[1].starts_with("code_")) out.kind = Kind::kAliases;
  else return MakeError(ErrorCode::kInvalid, "import_header_unknown", path);
  return out;
}

class Importer {
 public:
  Importer(db::Database& database, const Snapshot& known, const std::function<void(const ImportProgress&)>& progress)
      : database_(database), progress_(progress) {
    for (const Area& area : known.all()) areas_[{area.area_code, area.valid_from_on}] = area;
    for (const Succession& s : known.successions()) successions_[{s.from_code, s.effective_on, s.to_code}] = s;
    aliases_ = known.aliases();
  }

  Status ReadFile(const Opened& file) {
    file_ = &file;
    std::ifstream in(file.path, std::ios::binary);
    CsvReader reader(in);
    std::string reason;
    if (reader.Read(fields_, reason) != CsvReader::Next::kRecord) return MakeError(ErrorCode::kNotFound, "import_file_unreadable", file.path);
    ++report_.files;
    int64_t lines = 0;
    for (;;) {
      auto next = reader.Read(fields_, reason);
      if (next == CsvReader::Next::kEnd) break;
      if (++lines > kCsvLinesMax) return MakeError(ErrorCode::kTooLarge, "import_file_too_large", file.path);
      ++report_.lines;
      if (next == CsvReader::Next::kRecord) reason = Take();
      if (!reason.empty()) {
        ++report_.bad;
        if (report_.bad_lines.size() < kBadLinesKept) report_.bad_lines.push_back({file.path, reader.line(), reason});
        reason.clear();
      }
      if (new_areas_.size() + new_successions_.size() + new_aliases_.size() >= kAreaBatch) TINHSO_TRY(Flush());
      if (progress_ && lines % kProgressEvery == 0) progress_({file.path, lines});
    }
    TINHSO_TRY(Flush());
    if (progress_) progress_({file.path, lines});
    return Ok();
  }

  ImportReport& report() { return report_; }
  std::set<std::string> unlisted;

 private:
  std::string Field(const char* name) const {
    auto it = file_->columns.find(name);
    return it == file_->columns.end() || it->second >= fields_.size() ? std::string() : fields_[it->second];
  }

  // "" or why the line cannot be taken.
  std::string Take() {
    switch (file_->kind) {
      case Kind::kBefore: return TakeArea(Field("parent_code"), "", LastDayBefore());
      case Kind::kProvinces: return TakeArea("", kReorganisationOn, "");
      case Kind::kCommunes: return TakeArea(Field("province_code"), kReorganisationOn, "");
      case Kind::kMapping: return TakeSuccession();
      case Kind::kAliases: return TakeAlias();
    }
    return "area_line_unknown";
  }

  static std::string LastDayBefore() {
    return FormatDate(AddDays(*ParseDate(kReorganisationOn), -1));
  }

  static bool CodeOk(const std::string& code) {
    return !code.empty() && code.size() <= kAreaCodeMax && code.find_first_not_of("0123456789") == std::string::npos;
  }

  std::string TakeArea(const std::string& parent, const std::string& from_on, const std::string& to_on) {
    Area area;
    area.area_code = Field("code");
    area.name = Field("full_name");
    area.parent_code = parent;
    const std::string level = Field("level");
    area.level = file_->kind == Kind::kProvinces || level == "1" || level == "province"   ? "province"
                 : file_->kind == Kind::kCommunes || level == "3" || level == "commune" ? "commune"
                 : level == "2" || level == "district"                                  ? "district"
                                                                                        : "";
    if (!CodeOk(area.area_code)) return "area_code_malformed";
    if (area.level.empty()) return "area_level_unknown";
    if (area.name.empty() || text::Length(area.name) > kAreaNameMax) return "area_name_malformed";
    // A list may say its own dates (a province that changed its name later).
    area.valid_from_on = Field("valid_from").empty() ? from_on : Field("valid_from");
    area.valid_to_on = Field("valid_to").empty() ? to_on : Field("valid_to");
    for (const std::string& day : {area.valid_from_on, area.valid_to_on}) {
      if (!day.empty() && !ParseDate(day).ok()) return "date_malformed";
    }
    if (area.level != "province") {
      auto at = areas_.lower_bound({parent, ""});
      if (parent.empty() || at == areas_.end() || at->first.first != parent) return "area_parent_unknown";
    }
    auto it = areas_.find({area.area_code, area.valid_from_on});
    if (!seen_.insert(area.area_code + "|" + area.valid_from_on).second) {
      ++report_.repeated;
      return it != areas_.end() && it->second.name == area.name ? "" : "area_code_repeated";
    }
    if (it == areas_.end()) {
      ++report_.added;
    } else if (it->second.name == area.name && it->second.parent_code == area.parent_code && it->second.listed &&
               (it->second.valid_to_on == area.valid_to_on || area.valid_to_on.empty())) {
      // An end that came by a later reorganisation stays.
      ++report_.unchanged;
      return "";
    } else {
      ++report_.changed;
      if (area.valid_to_on.empty()) area.valid_to_on = it->second.valid_to_on;
    }
    areas_[{area.area_code, area.valid_from_on}] = area;
    new_areas_.push_back(std::move(area));
    return "";
  }

  std::string TakeSuccession() {
    Succession s;
    s.from_code = Field("old_code");
    s.to_code = Field("new_code");
    s.part = Field("part").empty() ? "full" : Field("part");
    s.note = Field("note");
    s.effective_on = Field("effective_on").empty() ? kReorganisationOn : Field("effective_on");
    if (!CodeOk(s.from_code) || !CodeOk(s.to_code)) return "area_code_malformed";
    if (s.part != "full" && s.part != "partial") return "area_part_unknown";
    if (!ParseDate(s.effective_on).ok()) return "date_malformed";
    const std::string before = FormatDate(AddDays(*ParseDate(s.effective_on), -1));
    if (Covering(s.to_code, s.effective_on) == nullptr) {
      ++report_.dangling;
      return "area_successor_unknown";
    }
    if (Covering(s.from_code, before) == nullptr) {
      // Merged away earlier, so in no list: kept by its name, so that an address that has it still converts.
      Area area{s.from_code, Field("level"), Field("old_name"), "", "", "", false};
      if (area.level != "province" && area.level != "district" && area.level != "commune") return "area_level_unknown";
      if (area.name.empty() || text::Length(area.name) > kAreaNameMax) return "area_name_malformed";
      area.valid_to_on = before;
      unlisted.insert(area.area_code);
      auto it = areas_.find({area.area_code, ""});
      if (it == areas_.end()) {
        areas_[{area.area_code, ""}] = area;
        new_areas_.push_back(area);
      }
    } else if (!Covering(s.from_code, before)->listed) {
      unlisted.insert(s.from_code);
    }
    auto [it, fresh] = successions_.try_emplace({s.from_code, s.effective_on, s.to_code}, s);
    if (fresh) {
      ++report_.added;
    } else if (it->second.part == s.part && it->second.note == s.note) {
      ++report_.unchanged;
      return "";
    } else {
      ++report_.changed;
      it->second = s;
    }
    new_successions_.push_back(std::move(s));
    return "";
  }

  std::string TakeAlias() {
    // Either list's code may be the one in use: the other is the alias.
    if (fields_.size() < 2 || !CodeOk(fields_[0]) || !CodeOk(fields_[1])) return "area_code_malformed";
    const bool first_known = Covering(fields_[0], "9999-12-31") != nullptr;
    const bool second_known = Covering(fields_[1], "9999-12-31") != nullptr;
    if (first_known == second_known) return "area_alias_unclear";
    const std::string& alias = first_known ? fields_[1] : fields_[0];
    const std::string& code = first_known ? fields_[0] : fields_[1];
    std::string& known = aliases_[alias];
    ++(known == code ? report_.unchanged : known.empty() ? report_.added : report_.changed);
    if (known != code) new_aliases_.emplace_back(alias, code);
    known = code;
    return "";
  }

  const Area* Covering(const std::string& code, const std::string& on) const {
    for (auto it = areas_.lower_bound({code, ""}); it != areas_.end() && it->first.first == code; ++it) {
      if (it->second.CoversDay(on)) return &it->second;
    }
    return nullptr;
  }

  Status Flush() {
    TINHSO_TRY(database_.Write([&](db::Tx& tx) -> Status {
      for (const Area& area : new_areas_) TINHSO_TRY(store::UpsertArea(tx, area));
      for (const Succession& s : new_successions_) TINHSO_TRY(store::UpsertSuccession(tx, s));
      for (const auto& [alias, code] : new_aliases_) TINHSO_TRY(store::UpsertAlias(tx, alias, code));
      return Ok();
    }));
    new_areas_.clear();
    new_successions_.clear();
    new_aliases_.clear();
    return Ok();
  }

  db::Database& database_;
  const std::function<void(const ImportProgress&)>& progress_;
  const Opened* file_ = nullptr;
  std::vector<std::string> fields_;
  std::map<std::pair<std::string, std::string>, Area> areas_;
  std::map<std::tuple<std::string, std::string, std::string>, Succession> successions_;
  std::map<std::string, std::string, std::less<>> aliases_;
  std::set<std::string> seen_;
  std::vector<Area> new_areas_;
  std::vector<Succession> new_successions_;
  std::vector<std::pair<std::string, std::string>> new_aliases_;
  ImportReport report_;
};

}  // namespace

Result<ImportReport> Service::Import(const std::vector<std::string>& files,
                                     const std::function<void(const ImportProgress&)>& progress) {
  // Every header is read before anything is stored: a wrong file name changes nothing.
  std::vector<Opened> opened;
  for (const std::string& path : files) {
    TINHSO_ASSIGN(Opened one, OpenByHeader(path));
    opened.push_back(std::move(one));
  }
  std::stable_sort(opened.begin(), opened.end(), [](const Opened& a, const Opened& b) { return a.kind < b.kind; });
  TINHSO_TRY(Load());
  auto known = snapshot();
  Importer importer(database_, *known, progress);
  for (const Opened& file : opened) TINHSO_TRY(importer.ReadFile(file));
  TINHSO_TRY(Load());
  ImportReport report = std::move(importer.report());
  auto now = snapshot();
  const std::string last_day = FormatDate(AddDays(*ParseDate(kReorganisationOn), -1));
  report.before = now->CountsOn(last_day);
  report.after = now->CountsOn(kReorganisationOn);
  for (const Succession& s : now->successions()) (s.part == "full" ? report.full : report.partial) += 1;
  report.unlisted = static_cast<int64_t>(importer.unlisted.size());
  for (const Area& area : now->all()) {
    if (area.level != "commune" || !area.listed || !area.CoversDay(last_day)) continue;
    const size_t parts = now->Convert(area, kReorganisationOn).size();
    report.split += parts > 1 ? 1 : 0;
    report.without_successor += parts == 0 ? 1 : 0;
  }
  if (report.added + report.changed > 0) {
    TINHSO_TRY(database_.Write([&](db::Tx& tx) -> Status {
      audit::Event event;
      event.kind = "areas.imported";
      event.subject_kind = "area";
      event.at_us = clock_.NowUs();
      event.data = {{"added", report.added}, {"changed", report.changed}, {"bad", report.bad}};
      return audit::Stage(tx, event);
    }));
  }
  return report;
}

std::string ImportReport::ToTable() const {
  auto n = [](int64_t value) { return text::FormatNumber(value); };
  std::ostringstream out;
  out << "Trước sáp nhập / before:  " << n(before.provinces) << " tỉnh / provinces, " << n(before.districts)
      << " huyện / districts, " << n(before.communes) << " xã / communes\n"
      << "Từ " << FormatDateVi(*ParseDate(kReorganisationOn)) << " / since:      " << n(after.provinces) << " tỉnh / provinces, "
      << n(after.communes) << " xã / communes\n"
      << "Chuyển đổi / mapping:     " << n(full) << " nguyên vẹn / full, " << n(partial) << " một phần / partial; " << n(split)
      << " xã chia cho nhiều nơi / communes split; " << n(without_successor) << " chưa rõ nơi đến / without successor; " << n(unlisted)
      << " mã chỉ có trong bảng chuyển đổi / codes only the mapping knows\n"
      << "Dòng / lines:             " << n(lines) << ": " << n(added) << " thêm / added, " << n(changed) << " đổi / changed, "
      << n(unchanged) << " giữ nguyên / unchanged, " << n(repeated) << " lặp / repeated, " << n(bad) << " lỗi / bad";
  return out.str();
}

std::string ImportReport::ToJsonLine() const {
  return json::serialize(json::object{
      {"files", files}, {"lines", lines}, {"added", added}, {"changed", changed}, {"unchanged", unchanged}, {"repeated", repeated},
      {"bad", bad}, {"provinces_before", before.provinces}, {"districts_before", before.districts},
      {"communes_before", before.communes}, {"provinces", after.provinces}, {"communes", after.communes}, {"full", full},
      {"partial", partial}, {"split", split}, {"without_successor", without_successor}, {"unlisted", unlisted},
      {"dangling", dangling}});
}

}  // namespace tinhso::areas
