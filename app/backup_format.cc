#include "backup_format.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/crypto.h"
#include "base/json.h"

namespace tinhso::app {
namespace {

namespace fs = std::filesystem;

constexpr const char* kBackupFormat = "tinhso-backup/1";

json::array PartsJson(const std::vector<db::SnapshotPart>& parts) {
  json::array out;
  for (const db::SnapshotPart& part : parts) {
    json::object one{{"name", part.name}, {"bytes", part.bytes}, {"sha256", part.sha256}};
    if (!part.columns.empty()) {
      one["columns"] = part.columns;
      one["rows"] = part.rows;
    }
    out.push_back(std::move(one));
  }
  return out;
}

// A name that leads out of the backup's folder is not one that we wrote.
bool IsInside(const std::string& name) {
  fs::path path(name);
  return !name.empty() && path.is_relative() &&
         std::none_of(path.begin(), path.end(), [](const fs::path& p) { return p == ".."; });
}

bool PartsOf(const json::object& manifest, std::string_view key, std::vector<db::SnapshotPart>& out) {
  auto list = manifest.if_contains(key);
  if (!list || !list->is_array()) return false;
  for (const json::value& item : list->as_array()) {
    if (!item.is_object()) return false;
    const json::object& one = item.as_object();
    db::SnapshotPart part{json::GetText(one, "name"), json::GetInt(one, "bytes"),
                          json::GetText(one, "sha256"), json::GetText(one, "columns"),
                          json::GetInt(one, "rows")};
    if (!IsInside(part.name) || part.sha256.size() != 64) return false;
    out.push_back(std::move(part));
  }
  return true;
}

std::string SlurpFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace

std::string BackupNameOf(TimeUs at_us) {
  // FormatTime is +07:00; a name that sorts by time is UTC.
  std::string text = FormatTime(at_us - kVietnamOffsetUs);
  std::string name;
  for (char c : text.substr(0, 19)) {
    if (c != '-' && c != ':') name += c;
  }
  char micro[16];
  std::snprintf(micro, sizeof micro, ".%06dZ", static_cast<int>(at_us % kUsPerSecond));
  return name + micro;
}

bool IsBackupName(const std::string& name) {
  return name.size() == 23 && name[8] == 'T' && name[15] == '.' && name[22] == 'Z' &&
         name.find_first_not_of("0123456789TZ.") == std::string::npos;
}

std::vector<std::string> BackupNamesIn(const std::string& dir) {
  std::vector<std::string> names;
  std::error_code ec;
  for (const auto& item : fs::directory_iterator(dir, ec)) {
    std::string name = item.path().filename().string();
    if (IsBackupName(name) && fs::exists(item.path() / "manifest.sha256", ec))
      names.push_back(std::move(name));
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string FilePathOf(const std::string& sha256) {
  return "files/" + sha256.substr(0, 2) + "/" + sha256.substr(2, 2) + "/" + sha256;
}

Status MeasureFile(const std::string& path, db::SnapshotPart& part) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return Status(ErrorCode::kNotFound, "backup_part_missing", path);
  crypto::Sha256 sha256;
  std::string buffer(256 * 1024, '\0');
  part.bytes = 0;
  while (in.read(buffer.data(), static_cast<std::streamsize>(buffer.size())).gcount() > 0) {
    sha256.Update(std::string_view(buffer).substr(0, static_cast<size_t>(in.gcount())));
    part.bytes += in.gcount();
  }
  if (in.bad()) return Status(ErrorCode::kInternal, "backup_part_unreadable", path);
  part.sha256 = sha256.FinalHex();
  return Ok();
}

std::string ManifestText(const Backup& backup) {
  json::object migrations;
  for (const auto& [module, number] : backup.migrations) migrations[module] = number;
  json::array heads;
  for (const AuditHead& head : backup.audit_heads)
    heads.push_back(json::object{{"authority_id", std::to_string(head.authority_id)},
                                 {"tree_size", head.tree_size},
                                 {"root_hash", head.root_hash}});
  json::object manifest{{"format", kBackupFormat},
                        {"version", backup.version},
                        {"engine", backup.engine},
                        {"started_at", FormatTime(backup.started_at_us)},
                        {"started_at_us", backup.started_at_us},
                        {"finished_at_us", backup.finished_at_us},
                        {"migrations", std::move(migrations)},
                        {"audit_heads", std::move(heads)},
                        {"database", PartsJson(backup.database)},
                        {"folder", PartsJson(backup.folder)},
                        {"file_list", PartsJson({backup.file_list})},
                        {"files", backup.files},
                        {"files_bytes", backup.files_bytes}};
  return json::Canonical(manifest) + "\n";
}

Result<Backup> ParseManifest(const std::string& text) {
  Error damaged = MakeError(ErrorCode::kInvalid, "backup_manifest_damaged");
  auto parsed = json::Parse(text);
  if (!parsed.ok() || !parsed->is_object()) return damaged;
  const json::object& manifest = parsed->as_object();
  if (json::GetText(manifest, "format") != kBackupFormat)
    return MakeError(ErrorCode::kInvalid, "backup_format_unknown", json::GetText(manifest, "format"));
  Backup backup;
  backup.version = json::GetText(manifest, "version");
  backup.engine = json::GetText(manifest, "engine");
  backup.started_at_us = json::GetInt(manifest, "started_at_us");
  backup.finished_at_us = json::GetInt(manifest, "finished_at_us");
  backup.files = json::GetInt(manifest, "files");
  backup.files_bytes = json::GetInt(manifest, "files_bytes");
  std::vector<db::SnapshotPart> list;
  if (!PartsOf(manifest, "database", backup.database) || !PartsOf(manifest, "folder", backup.folder) ||
      !PartsOf(manifest, "file_list", list) || list.size() != 1)
    return damaged;
  backup.file_list = std::move(list[0]);
  auto migrations = manifest.if_contains("migrations"), heads = manifest.if_contains("audit_heads");
  if (!migrations || !migrations->is_object() || !heads || !heads->is_array()) return damaged;
  for (const auto& [module, number] : migrations->as_object()) {
    if (!number.is_int64()) return damaged;
    backup.migrations[std::string(module)] = static_cast<int>(number.as_int64());
  }
  for (const json::value& item : heads->as_array()) {
    if (!item.is_object()) return damaged;
    const json::object& head = item.as_object();
    backup.audit_heads.push_back({std::atoll(json::GetText(head, "authority_id").c_str()),
                                  json::GetInt(head, "tree_size"), json::GetText(head, "root_hash")});
  }
  return backup;
}

void Remember(const std::string& data_dir, const Backup& backup) {
  int64_t bytes = 0;
  for (const db::SnapshotPart& part : backup.database) bytes += part.bytes;
  json::object last{{"finished_at_us", backup.finished_at_us},
                    {"to", backup.dir == "-" ? backup.dir : fs::absolute(backup.dir).lexically_normal().string()},
                    {"bytes", bytes + backup.files_bytes},
                    {"files", backup.files},
                    {"duration_us", backup.finished_at_us - backup.started_at_us}};
  // Only for people to see: a backup that is complete is not made void by a data folder that cannot be
  // written.
  std::string path = data_dir + "/backup.json";
  std::ofstream(path + ".new", std::ios::binary) << json::Canonical(last);
  std::error_code ec;
  fs::rename(path + ".new", path, ec);
}

std::optional<LastBackup> ReadLastBackup(const std::string& data_dir) {
  auto parsed = json::Parse(SlurpFile(data_dir + "/backup.json"));
  if (!parsed.ok() || !parsed->is_object()) return std::nullopt;
  const json::object& last = parsed->as_object();
  return LastBackup{json::GetInt(last, "finished_at_us"), json::GetText(last, "to"),
                    json::GetInt(last, "bytes"), json::GetInt(last, "files"),
                    json::GetInt(last, "duration_us")};
}

Result<Backup> ReadBackup(const std::string& path) {
  std::error_code ec;
  std::string dir = fs::path(path).lexically_normal().string();
  while (dir.size() > 1 && dir.back() == '/') dir.pop_back();
  if (!fs::exists(dir + "/manifest.sha256", ec)) {
    std::vector<std::string> names = BackupNamesIn(dir);
    if (names.empty()) return MakeError(ErrorCode::kNotFound, "backup_not_found", path);
    dir += "/" + names.back();
  }
  std::string text = SlurpFile(dir + "/manifest.json");
  if (crypto::Sha256Hex(text) + "\n" != SlurpFile(dir + "/manifest.sha256"))
    return MakeError(ErrorCode::kInvalid, "backup_manifest_damaged", dir + "/manifest.json");
  TINHSO_ASSIGN(Backup backup, ParseManifest(text));
  backup.dir = dir;
  return backup;
}

}  // namespace tinhso::app
