#include "app/demo.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/ids.h"
#include "base/text.h"

namespace tinhso::app {
namespace {

namespace fs = std::filesystem;

std::string ReadWhole(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::string DemoFile(const std::string& data_dir) { return data_dir + "/demo.json"; }

// "position" is a text, or {vi, en} of which the stored one is the Vietnamese.
std::string PositionOf(const json::object& assignment) {
  const json::value* position = assignment.if_contains("position");
  if (position && position->is_object()) return json::GetText(position->as_object(), "vi");
  return json::GetText(assignment, "position");
}

Error Malformed(const std::string& path, const std::string& why) {
  return MakeError(ErrorCode::kInvalid, "accounts_malformed", path + ": " + why);
}

Result<identity::NewAccount> ReadAccount(const orgs::Snapshot& units, const json::object& item,
                                         const std::string& path) {
  identity::NewAccount account;
  account.username = json::GetText(item, "username");
  account.full_name = json::GetText(item, "full_name");
  account.password = kDemoPassword;
  account.demo = true;
  if (account.username.empty() || account.full_name.empty()) return Malformed(path, "username, full_name");
  account.person.full_name = account.full_name;
  if (const json::value* person = item.if_contains("person"); person && person->is_object()) {
    const json::object& p = person->as_object();
    account.person.personal_no = json::GetText(p, "personal_no");
    account.person.birth_on = json::GetText(p, "birth_on");
    account.person.sex = json::GetText(p, "sex");
    account.person.phone = json::GetText(p, "phone");
    account.person.email = json::GetText(p, "email");
    account.person.address = json::GetText(p, "address");
    account.person.area_code = json::GetText(p, "area_code");
  }
  const json::value* assignments = item.if_contains("assignments");
  if (!assignments || !assignments->is_array()) return account;
  for (const json::value& entry : assignments->as_array()) {
    if (!entry.is_object()) return Malformed(path, account.username + ": assignments");
    const json::object& assignment = entry.as_object();
    std::string unit_code = json::GetText(assignment, "unit");
    const orgs::Unit* unit = units.ByCode(unit_code);
    if (!unit) return Malformed(path, account.username + ": unit " + unit_code);
    account.assignments.push_back({unit->unit_id, json::GetText(assignment, "role"), PositionOf(assignment)});
  }
  return account;
}

Status WriteMarker(const std::string& data_dir, const DemoReport& report) {
  json::array accounts;
  for (const DemoAccount& account : report.accounts)
    accounts.push_back(json::object{
        {"username", account.username}, {"full_name", account.full_name}, {"position", account.position}});
  std::ofstream out(DemoFile(data_dir), std::ios::binary);
  out << json::serialize(json::object{{"accounts", accounts}, {"dossiers", report.dossiers}}) << "\n";
  out.close();
  if (!out) return Status(ErrorCode::kUnavailable, "data_dir_unwritable", data_dir);
  return Ok();
}

Result<DemoReport> Fill(const PlatformOptions& options, int64_t dossiers, const Clock& clock,
                        const std::function<void(int64_t)>& progress) {
  DemoReport report;
  report.made = true;
  {
    TINHSO_ASSIGN(std::unique_ptr<Platform> platform, Platform::Open(options, clock));
    for (const std::string& dir : platform->pack_dirs()) {
      if (!fs::is_regular_file(dir + "/accounts.yaml")) continue;
      TINHSO_ASSIGN(std::vector<DemoAccount> made, CreateAccountsFromYaml(*platform, dir + "/accounts.yaml"));
      report.accounts.insert(report.accounts.end(), made.begin(), made.end());
    }
    if (dossiers > 0) {
      std::vector<int64_t> desks;
      for (const DemoAccount& account : report.accounts) {
        if (account.desk_authority_id != 0) desks.push_back(account.desk_authority_id);
      }
      TINHSO_ASSIGN(report.dossiers, platform->dossiers().GenerateDemo(dossiers, progress, desks));
    }
    TINHSO_TRY(platform->Settle());
  }
  TINHSO_TRY(WriteMarker(options.data_dir, report));
  return report;
}

}  // namespace

Result<std::vector<DemoAccount>> CreateAccountsFromYaml(Platform& platform, const std::string& path) {
  TINHSO_ASSIGN(json::value root, packs::YamlToJson(ReadWhole(path), path));
  const json::value* list = root.is_object() ? root.as_object().if_contains("accounts") : nullptr;
  if (!list || !list->is_array()) return Malformed(path, "accounts");
  auto units = platform.orgs().snapshot();
  std::vector<DemoAccount> made;
  for (const json::value& item : list->as_array()) {
    if (!item.is_object()) return Malformed(path, "accounts");
    TINHSO_ASSIGN(identity::NewAccount account, ReadAccount(*units, item.as_object(), path));
    auto id = platform.identity().CreateAccount(account);
    if (!id.ok()) {
      Error error = id.error();
      error.detail = path + ": " + account.username + ": " + error.detail;
      return error;
    }
    std::string position;
    if (!account.assignments.empty()) {
      const orgs::Unit* unit = units->ById(account.assignments[0].unit_id);
      position = account.assignments[0].position + (unit ? ", " + unit->short_name : "");
    }
    made.push_back({account.username, account.full_name, position});
    for (const auto& assignment : account.assignments) {
      if (assignment.role == "one_stop_officer") made.back().desk_authority_id = units->ById(assignment.unit_id)->authority_id;
    }
  }
  return made;
}

DemoProgress::DemoProgress(int64_t total) : total_(total), started_us_(MonotonicUs()), terminal_(::isatty(2) == 1) {}

DemoProgress::~DemoProgress() {
  if (terminal_ && shown_us_ != 0) std::fputc('\n', stderr);
}

void DemoProgress::Show(int64_t done) {
  const int64_t now_us = MonotonicUs(), pause_us = terminal_ ? kUsPerSecond / 5 : 5 * kUsPerSecond;
  if (shown_us_ != 0 && now_us - shown_us_ < pause_us && done < total_) return;
  shown_us_ = now_us;
  const double seconds = std::max(static_cast<double>(now_us - started_us_) / 1e6, 0.001);
  const int64_t rate = static_cast<int64_t>(static_cast<double>(done) / seconds);
  const int64_t left_s = rate > 0 ? (total_ - done) / rate : 0;
  std::fprintf(stderr, "%s  %s / %s hồ sơ, %s mỗi giây, còn %lld:%02lld / dossiers, a second, left%s", terminal_ ? "\r" : "",
               text::FormatNumber(done).c_str(), text::FormatNumber(total_).c_str(), text::FormatNumber(rate).c_str(),
               static_cast<long long>(left_s / 60), static_cast<long long>(left_s % 60), terminal_ ? "  " : "\n");
}

bool IsDemo(const std::string& data_dir) {
  std::error_code ec;
  return fs::is_regular_file(DemoFile(data_dir), ec);
}

std::vector<DemoAccount> DemoAccountsOf(const std::string& data_dir) {
  std::vector<DemoAccount> out;
  auto root = json::Parse(ReadWhole(DemoFile(data_dir)));
  if (!root.ok() || !root->is_object()) return out;
  const json::value* list = root->as_object().if_contains("accounts");
  if (!list || !list->is_array()) return out;
  for (const json::value& item : list->as_array()) {
    if (!item.is_object()) continue;
    const json::object& o = item.as_object();
    out.push_back(
        {json::GetText(o, "username"), json::GetText(o, "full_name"), json::GetText(o, "position")});
  }
  return out;
}

Result<DemoReport> MakeDemo(PlatformOptions options, int64_t dossiers, const Clock& clock,
                            const std::function<void(int64_t done)>& progress) {
  std::string target = fs::path(options.data_dir).lexically_normal().string();
  while (target.size() > 1 && target.back() == '/') target.pop_back();
  if (IsDemo(target)) {
    DemoReport report;
    report.accounts = DemoAccountsOf(target);
    return report;
  }
  std::error_code ec;
  if (fs::exists(target, ec) && !fs::is_empty(target, ec))
    return MakeError(ErrorCode::kConflict, "data_dir_not_demo", target);
  if (!options.database_url.empty()) {
    options.data_dir = target;
    return Fill(options, dossiers, clock, progress);
  }
  options.data_dir = target + ".making";
  fs::remove_all(options.data_dir, ec);
  auto report = Fill(options, dossiers, clock, progress);
  if (!report.ok()) {
    fs::remove_all(options.data_dir, ec);
    return report.error();
  }
  fs::rename(options.data_dir, target, ec);
  if (ec) return MakeError(ErrorCode::kUnavailable, "data_dir_unwritable", target + ": " + ec.message());
  return report;
}

}  // namespace tinhso::app
