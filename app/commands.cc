#include "app/commands.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "app/demo.h"
#include "app/platform.h"
#include "base/text.h"
#include "kernel/audit/audit.h"
#include "words.h"

namespace tinhso::app {

int RunDemo(const Config& config, int64_t dossiers) {
  PlatformOptions options = OptionsOf(config);
  Complain("Đang dựng tỉnh mẫu… / Making the demo province…");
  DemoProgress progress(dossiers);
  auto report = MakeDemo(options, dossiers, SystemClock(), [&](int64_t done) { progress.Show(done); });
  if (!report.ok()) return Explain(report.error());
  if (!report->made) {
    Say("Đã có tỉnh mẫu trong thư mục này, giữ nguyên. / The demo is there already, left as it is: " +
        config.paths.data);
  } else {
    Say("Đã dựng tỉnh mẫu / Demo made: " + config.paths.data);
    if (report->dossiers > 0) Say("  " + text::FormatNumber(report->dossiers) + " hồ sơ / dossiers");
  }
  Say(std::string("Tài khoản dùng thử, mật khẩu / Demo accounts, password: ") + kDemoPassword);
  SayAccounts(report->accounts);
  return kExitOk;
}

int RefuseConfig(const LoadedConfig& loaded) {
  for (const ConfigProblem& problem : loaded.problems) Complain(problem.Line());
  Complain("Cấu hình có " + std::to_string(loaded.problems.size()) + " lỗi; không thay đổi gì. / " +
           std::to_string(loaded.problems.size()) + " problems in the configuration; nothing was done.");
  return kExitUsage;
}

int RunConfigCheck(const LoadedConfig& loaded) {
  for (const ConfigProblem& problem : loaded.problems) Say(problem.Line());
  for (const ConfigProblem& warning : loaded.warnings) Say("Lưu ý / Note: " + warning.Line());
  if (loaded.problems.empty() && !loaded.config.tls.certificate.empty()) {
    auto usable = http::CheckCertificate(loaded.config.tls.certificate, loaded.config.tls.key);
    if (!usable.ok()) {
      Explain(usable.error());
      return kExitProblems;
    }
  }
  std::string file = loaded.file.empty() ? "không có tệp / no file" : loaded.file;
  if (!loaded.problems.empty()) {
    Say("Cấu hình có lỗi / The configuration has problems: " + std::to_string(loaded.problems.size()) + " (" +
        file + ")");
    return kExitProblems;
  }
  Say("Cấu hình đúng / The configuration is sound (" + file + ")");
  return kExitOk;
}

int RunConfigShow(const LoadedConfig& loaded) {
  if (!loaded.problems.empty()) return RefuseConfig(loaded);
  std::fputs(ShowConfig(loaded).c_str(), stdout);
  return kExitOk;
}

int RunConfigExample() {
  std::fputs(ExampleConfig().c_str(), stdout);
  return kExitOk;
}

int RunCheck(const Config& config) {
  std::error_code ec;
  if (config.database.url.empty() &&
      !std::filesystem::is_regular_file(config.paths.data + "/tinhso.db", ec)) {
    Complain("Không có dữ liệu trong thư mục này. / No data in this folder: " + config.paths.data);
    return kExitFailed;
  }
  auto opened = OpenUnchanged(config);
  if (!opened.ok()) return Explain(opened.error());
  Platform& platform = **opened;
  size_t problems = 0;
  auto report = [&](const char* vi, const char* en, const std::vector<std::string>& found,
                    const std::string& note) {
    Say(std::string(vi) + " / " + en + ": " +
        (found.empty() ? "tốt / sound" : std::to_string(found.size()) + " lỗi / problems") + note);
    for (const std::string& line : found) Say("  " + line);
    problems += found.size();
  };
  auto database = platform.database().CheckIntegrity();
  if (!database.ok()) return Explain(database.error());
  report("Cơ sở dữ liệu", "Database", *database, "");
  auto files = platform.files().Check();
  if (!files.ok()) return Explain(files.error());
  report("Tệp", "Files", *files, "");
  auto audit = platform.audit_log().Check();
  if (!audit.ok()) return Explain(audit.error());
  report("Nhật ký kiểm toán", "Audit log", audit->problems,
         " (" + text::FormatNumber(audit->leaves) + " bản ghi đã niêm / sealed, " +
             text::FormatNumber(audit->staged) + " chờ niêm / staged, " +
             text::FormatNumber(audit->checkpoints) + " điểm kiểm tra / checkpoints, " +
             text::FormatNumber(audit->cosignatures) + " chữ ký nhân chứng / cosignatures, " +
             text::FormatNumber(audit->erased) + " đã xóa nội dung / erased)");
  auto unreadable = platform.identity().UnreadableSecrets();
  if (!unreadable.ok()) return Explain(unreadable.error());
  std::vector<std::string> lost;
  if (*unreadable > 0)
    lost.push_back(text::FormatNumber(*unreadable) + " ứng dụng tạo mã không còn khóa để đọc; chủ tài khoản dùng mã dự phòng / authenticator apps "
                   "whose key is lost; their owners use a recovery code");
  report("Bí mật niêm phong", "Sealed secrets", lost, "");
  return problems == 0 ? kExitOk : kExitProblems;
}

int RunRecompute(const Config& config) {
  auto opened = OpenUnchanged(config);
  if (!opened.ok()) return Explain(opened.error());
  auto found = (*opened)->dossiers().Recompute(nullptr);
  if (!found.ok()) return Explain(found.error());
  for (const std::string& line : found->examples) Say(line);
  if (found->differences > static_cast<int64_t>(found->examples.size()))
    Say("… và " + text::FormatNumber(found->differences - static_cast<int64_t>(found->examples.size())) + " hồ sơ nữa / more dossiers");
  Say(json::serialize(json::object{{"dossiers", found->dossiers}, {"differences", found->differences}}));
  return found->differences == 0 ? kExitOk : kExitProblems;
}

int RunLedgerCheck(const Config& config) {
  auto opened = OpenUnchanged(config);
  if (!opened.ok()) return Explain(opened.error());
  auto found = (*opened)->payments().Check();
  if (!found.ok()) return Explain(found.error());
  for (const std::string& line : found->examples) Say(line);
  if (found->differences > static_cast<int64_t>(found->examples.size()))
    Say("… và " + text::FormatNumber(found->differences - static_cast<int64_t>(found->examples.size())) + " chỗ nữa / more");
  Say(json::serialize(json::object{{"entries", found->entries}, {"differences", found->differences}}));
  return found->differences == 0 ? kExitOk : kExitProblems;
}

int RunLedgerImport(const Config& config, const std::string& file, const std::string& account_no) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream bytes;
  if (!in || !(bytes << in.rdbuf())) return Explain(MakeError(ErrorCode::kNotFound, "import_file_unreadable", file));
  auto opened = Platform::Open(OptionsOf(config), SystemClock());
  if (!opened.ok()) return Explain(opened.error());
  auto done = (*opened)->payments().ImportStatement(bytes.str(), std::filesystem::path(file).filename().string(), account_no);
  if (!done.ok()) return Explain(done.error());
  auto answer = json::Parse(*done);
  json::object& said = answer->as_object();
  said.erase("lines");
  Say(json::serialize(said));
  return kExitOk;
}

int RunWorkflowMove(const Config& config, const WorkflowMoveArgs& args) {
  dossiers::Service::MoveWorkflowParams params{args.workflow, args.from, args.to, {}, args.dry_run};
  for (const std::string& pair : args.map) {
    const size_t equals = pair.find('=');
    if (equals == std::string::npos) {
      Complain("--map viết trạng_thái_cũ=trạng_thái_mới. / --map takes old_state=new_state: " + pair);
      return kExitUsage;
    }
    params.map[pair.substr(0, equals)] = pair.substr(equals + 1);
  }
  auto opened = Platform::Open(OptionsOf(config), SystemClock());
  if (!opened.ok()) return Explain(opened.error());
  auto moved = (*opened)->dossiers().MoveWorkflow(params);
  if (!moved.ok()) return Explain(moved.error());
  for (const std::string& line : moved->examples) Say(line);
  Say(json::serialize(json::object{{"moved", moved->moved}, {"refused", moved->refused}, {"dry_run", args.dry_run}}));
  return moved->refused == 0 ? kExitOk : kExitProblems;
}

int RunPackCheck(const std::string& dir) {
  std::vector<packs::Problem> problems;
  auto pack = packs::Load(dir, &problems);
  bool other = !pack.ok() && problems.empty();
  std::error_code ec;
  auto field_problems = [&](const Error& error) {
    for (const FieldError& field : error.fields) problems.push_back({field.pointer, 0, field.detail, ""});
    if (error.fields.empty()) problems.push_back({dir, 0, error.reason + " " + error.detail, ""});
  };
  if (std::filesystem::is_regular_file(dir + "/units.yaml", ec)) {
    if (auto units = orgs::ReadUnitsYaml(dir + "/units.yaml"); !units.ok()) field_problems(units.error());
  }
  if (std::filesystem::is_regular_file(dir + "/calendar.yaml", ec)) {
    if (auto days = orgs::ReadCalendarYaml(dir + "/calendar.yaml"); !days.ok()) field_problems(days.error());
  }
  for (const packs::Problem& problem : problems) {
    std::string line = problem.file + (problem.line > 0 ? ":" + std::to_string(problem.line) : "") + ": " +
                       problem.message_vi;
    if (!problem.message_en.empty()) line += " / " + problem.message_en;
    Say(line);
  }
  if (other) Complain(dir + ": " + pack.error().reason + " " + pack.error().detail);
  if (!problems.empty() || !pack.ok()) {
    Say("Gói có " + std::to_string(std::max<size_t>(problems.size(), 1)) + " lỗi. / The pack has problems.");
    return kExitProblems;
  }
  Say("Gói đúng / The pack is sound: " + pack->id + " " + std::to_string(pack->version) + ", " +
      std::to_string(pack->procedures.size()) + " thủ tục / procedures, " +
      std::to_string(pack->forms.size()) + " biểu mẫu / forms, " + std::to_string(pack->workflows.size()) +
      " quy trình / workflows, " + std::to_string(pack->prints.size()) + " mẫu in / print templates");
  return kExitOk;
}

int RunVersion() {
  Say(std::string("tinhso ") + TINHSO_VERSION);
  return kExitOk;
}

}  // namespace tinhso::app
