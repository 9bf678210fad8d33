// units.yaml and calendar.yaml. The only file of the module that sees yaml-cpp; its exceptions end here.
#include <yaml-cpp/yaml.h>

#include <fstream>
#include <set>
#include <sstream>

#include "base/text.h"
#include "kernel/db/cluster.h"
#include "kernel/orgs/orgs.h"

namespace tinhso::orgs {
namespace {

constexpr size_t kYamlBytesMax = 8 * 1024 * 1024;
constexpr size_t kUnitsMax = 50'000;
constexpr size_t kYamlFaultsMax = 50;
constexpr const char* kWeekdays[7] = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};

// Collects faults with the line they stand on, so that whoever wrote the file can go there.
class YamlFaults {
 public:
  explicit YamlFaults(std::string path) : path_(std::move(path)) {}
  void Add(const YAML::Mark& mark, std::string why) {
    if (fields_.size() >= kYamlFaultsMax) return;
    fields_.push_back({path_ + ":" + std::to_string(mark.is_null() ? 1 : mark.line + 1), "pack_invalid", std::move(why)});
  }
  bool empty() const { return fields_.empty(); }
  Error ToError() {
    Error error = MakeError(ErrorCode::kInvalid, "pack_invalid", fields_[0].pointer + ": " + fields_[0].detail);
    error.fields = std::move(fields_);
    return error;
  }

 private:
  std::string path_;
  std::vector<FieldError> fields_;
};

Result<YAML::Node> LoadYaml(const std::string& path, YamlFaults& faults) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream bytes;
  if (!in || !(bytes << in.rdbuf())) {
    faults.Add(YAML::Mark::null_mark(), "không đọc được tệp / cannot read the file");
    return faults.ToError();
  }
  if (bytes.str().size() > kYamlBytesMax) {
    faults.Add(YAML::Mark::null_mark(), "tệp quá lớn / file too large");
    return faults.ToError();
  }
  try {
    YAML::Node root = YAML::Load(bytes.str());
    if (root.IsMap()) return root;
    faults.Add(root.Mark(), "phải là một bảng khóa–giá trị / must be a mapping");
  } catch (const YAML::Exception& e) {
    faults.Add(e.mark, "YAML hỏng / broken YAML: " + e.msg);
  }
  return faults.ToError();
}

// A scalar of the map as normalised text; "" when absent or null.
std::string Scalar(const YAML::Node& map, const char* key, bool required, YamlFaults& faults) {
  const YAML::Node node = map[key];
  if (!node.IsDefined() || node.IsNull()) {
    if (required) faults.Add(map.Mark(), std::string("thiếu \"") + key + "\" / missing");
    return "";
  }
  if (!node.IsScalar()) {
    faults.Add(node.Mark(), std::string("\"") + key + "\" phải là một giá trị / must be a scalar");
    return "";
  }
  auto text = text::Normalize(node.Scalar());
  if (!text.ok()) {
    faults.Add(node.Mark(), std::string("\"") + key + "\": " + text.error().reason);
    return "";
  }
  std::string trimmed = text::Trim(*text);
  if (required && trimmed.empty()) faults.Add(node.Mark(), std::string("\"") + key + "\" trống / empty");
  return trimmed;
}

void CheckKeys(const YAML::Node& map, const std::set<std::string>& known, YamlFaults& faults) {
  for (const auto& entry : map) {
    std::string key = entry.first.IsScalar() ? entry.first.Scalar() : "";
    if (!known.contains(key)) faults.Add(entry.first.Mark(), "khóa lạ / unknown key \"" + key + "\"");
  }
}

// "07:00-11:00" → minutes of the day.
bool ParseSpan(const std::string& text, calendar::Span& span) {
  if (text.size() != 11 || text[2] != ':' || text[5] != '-' || text[8] != ':') return false;
  auto two = [&](size_t at) {
    bool digits = text[at] >= '0' && text[at] <= '9' && text[at + 1] >= '0' && text[at + 1] <= '9';
    return digits ? (text[at] - '0') * 10 + (text[at + 1] - '0') : -1;
  };
  int h1 = two(0), m1 = two(3), h2 = two(6), m2 = two(9);
  if (h1 < 0 || m1 < 0 || h2 < 0 || m2 < 0 || h1 > 23 || h2 > 24 || m1 > 59 || m2 > 59) return false;
  span = {h1 * 60 + m1, h2 * 60 + m2};
  return span.from_minute < span.to_minute && span.to_minute <= 1440;
}

void ReadHours(const YAML::Node& node, calendar::Hours& hours, YamlFaults& faults) {
  std::set<std::string> known(kWeekdays, kWeekdays + 7);
  CheckKeys(node, known, faults);
  for (int weekday = 0; weekday < 7; ++weekday) {
    const YAML::Node spans = node[kWeekdays[weekday]];
    if (!spans.IsDefined() || spans.IsNull()) continue;
    if (!spans.IsSequence()) {
      faults.Add(spans.Mark(), "giờ làm việc phải là danh sách / hours must be a list");
      continue;
    }
    for (const auto& item : spans) {
      calendar::Span span{};
      auto& day = hours.week[weekday];
      if (!item.IsScalar() || !ParseSpan(item.Scalar(), span)) {
        faults.Add(item.Mark(), "khoảng giờ phải viết như \"07:00-11:00\" / write hours like \"07:00-11:00\"");
      } else if (!day.empty() && span.from_minute < day.back().to_minute) {
        faults.Add(item.Mark(), "các khoảng giờ chồng nhau hoặc sai thứ tự / hours overlap or are out of order");
      } else {
        day.push_back(span);
      }
    }
  }
}

void ReadUnit(const YAML::Node& node, std::set<std::string>& codes, std::vector<Service::NewUnit>& units, YamlFaults& faults) {
  if (!node.IsMap()) {
    faults.Add(node.Mark(), "mỗi đơn vị là một bảng khóa–giá trị / each unit is a mapping");
    return;
  }
  CheckKeys(node, {"code", "kind", "name", "short_name", "area_code", "valid_from", "parent", "aliases"}, faults);
  Service::NewUnit unit;
  unit.unit_code = Scalar(node, "code", true, faults);
  unit.kind = Scalar(node, "kind", true, faults);
  unit.name = Scalar(node, "name", true, faults);
  unit.short_name = Scalar(node, "short_name", false, faults);
  unit.area_code = Scalar(node, "area_code", false, faults);
  unit.valid_from_on = Scalar(node, "valid_from", true, faults);
  unit.parent_code = Scalar(node, "parent", false, faults);
  if (!unit.kind.empty() && !IsUnitKind(unit.kind)) faults.Add(node["kind"].Mark(), "loại đơn vị lạ / unknown kind \"" + unit.kind + "\"");
  if (!unit.valid_from_on.empty() && !ParseDate(unit.valid_from_on).ok()) {
    faults.Add(node["valid_from"].Mark(), "ngày phải viết NĂM-THÁNG-NGÀY / write dates YYYY-MM-DD");
  }
  if (!unit.parent_code.empty() && !codes.contains(unit.parent_code)) {
    faults.Add(node["parent"].Mark(), "đơn vị cấp trên \"" + unit.parent_code + "\" không đứng trước / parent not above this line");
  }
  if (const YAML::Node aliases = node["aliases"]; aliases.IsDefined() && !aliases.IsNull()) {
    if (!aliases.IsSequence()) faults.Add(aliases.Mark(), "aliases phải là danh sách / must be a list");
    for (const auto& alias : aliases) {
      if (alias.IsScalar() && !alias.Scalar().empty()) unit.aliases.push_back(alias.Scalar());
    }
  }
  auto claim = [&](const std::string& code) {
    if (!code.empty() && !codes.insert(code).second) faults.Add(node.Mark(), "mã \"" + code + "\" lặp lại / code repeated");
  };
  claim(unit.unit_code);
  for (const std::string& alias : unit.aliases) claim(alias);
  units.push_back(std::move(unit));
}

}  // namespace

Result<std::vector<Service::NewUnit>> ReadUnitsYaml(const std::string& path) {
  YamlFaults faults(path);
  TINHSO_ASSIGN(YAML::Node root, LoadYaml(path, faults));
  std::vector<Service::NewUnit> units;
  try {
    CheckKeys(root, {"units"}, faults);
    const YAML::Node list = root["units"];
    if (!list.IsDefined() || !list.IsSequence() || list.size() == 0 || list.size() > kUnitsMax) {
      faults.Add(root.Mark(), "\"units\" phải là danh sách có ít nhất một đơn vị / must be a list of at least one unit");
      return faults.ToError();
    }
    std::set<std::string> codes;
    for (const auto& node : list) ReadUnit(node, codes, units, faults);
  } catch (const YAML::Exception& e) {
    faults.Add(e.mark, e.msg);
  }
  if (!faults.empty()) return faults.ToError();
  return units;
}

Result<CalendarFile> ReadCalendarYaml(const std::string& path) {
  YamlFaults faults(path);
  TINHSO_ASSIGN(YAML::Node root, LoadYaml(path, faults));
  CalendarFile file;
  try {
    CheckKeys(root, {"hours", "days"}, faults);
    const YAML::Node hours = root["hours"];
    if (hours.IsDefined() && hours.IsMap()) {
      ReadHours(hours, file.hours, faults);
    } else {
      faults.Add(root.Mark(), "thiếu \"hours\" / missing");
    }
    std::set<std::string> dates;
    const YAML::Node days = root["days"];
    if (days.IsDefined() && !days.IsNull() && !days.IsSequence()) {
      faults.Add(days.Mark(), "\"days\" phải là danh sách / must be a list");
    } else if (days.IsDefined()) {
      for (const auto& node : days) {
        if (!node.IsMap()) {
          faults.Add(node.Mark(), "mỗi ngày là một bảng khóa–giá trị / each day is a mapping");
          continue;
        }
        CheckKeys(node, {"on", "kind", "name", "source"}, faults);
        std::string on = Scalar(node, "on", true, faults), kind = Scalar(node, "kind", true, faults);
        std::string name = Scalar(node, "name", true, faults), source = Scalar(node, "source", true, faults);
        auto date = ParseDate(on);
        auto parsed = calendar::ParseDayKind(kind);
        if (!on.empty() && !date.ok()) faults.Add(node.Mark(), "ngày phải viết NĂM-THÁNG-NGÀY / write dates YYYY-MM-DD");
        if (!kind.empty() && !parsed.ok()) faults.Add(node.Mark(), "loại ngày lạ / unknown kind \"" + kind + "\"");
        if (!on.empty() && !dates.insert(on).second) faults.Add(node.Mark(), "ngày " + on + " lặp lại / date repeated");
        if (date.ok() && parsed.ok()) file.days.push_back({*date, *parsed, name, source});
      }
    }
  } catch (const YAML::Exception& e) {
    faults.Add(e.mark, e.msg);
  }
  if (!faults.empty()) return faults.ToError();
  return file;
}

Result<int> LoadUnitsFromYaml(Service& service, const std::string& path) {
  TINHSO_ASSIGN(auto units, ReadUnitsYaml(path));
  TINHSO_TRY(service.database().Write([&](db::Tx& tx) -> Status {
    // First: of two servers that start at once the second waits here, and then finds the rows.
    TINHSO_TRY(db::Touch(tx, "units"));
    for (const auto& unit : units) TINHSO_TRY(service.UpsertUnit(tx, unit));
    return Ok();
  }));
  TINHSO_TRY(service.Load());
  return static_cast<int>(units.size());
}

Result<int> LoadCalendarFromYaml(Service& service, const std::string& path) {
  TINHSO_ASSIGN(auto file, ReadCalendarYaml(path));
  TINHSO_TRY(service.database().Write([&](db::Tx& tx) -> Status {
    // First: of two servers that start at once the second waits here, and then finds the rows.
    TINHSO_TRY(db::Touch(tx, "units"));
    TINHSO_TRY(service.SetHours(tx, 0, file.hours));
    return service.AddSpecialDays(tx, file.days);
  }));
  TINHSO_TRY(service.Load());
  return static_cast<int>(file.days.size());
}

}  // namespace tinhso::orgs
