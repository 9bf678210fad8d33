// The command line. The only file that sees CLI11.
#include <CLI/CLI.hpp>

#include "app/commands.h"
#include "app/simulate.h"

int main(int argc, char** argv) {
  using namespace tinhso::app;
  CLI::App app{
      "Tỉnh Số: nền tảng chính quyền số của một tỉnh / a province's digital government platform\n"
      "Mã thoát / exit codes: 0 xong / done; 1 kiểm tra thấy lỗi / a check found problems; 2 sai tham số / "
      "usage;\n"
      "3 không thực hiện được / failed; 4 thư mục dữ liệu hoặc cổng đang bận / data folder or port in use"};
  app.require_subcommand(1);

  // Options that are settings: their words go over the configuration file's, their help is the setting's own.
  ConfigSources sources;
  Config defaults;
  const std::vector<Setting> settings = SettingsOf(defaults);
  auto add_setting = [&](CLI::App* command, const std::string& flag, const std::string& key) {
    for (const Setting& setting : settings) {
      if (setting.key != key) continue;
      std::string help = setting.vi + " / " + setting.en + " [" + key + "]";
      if (std::holds_alternative<bool*>(setting.value)) {
        command->add_flag_callback(
            flag,
            [&sources, key, flag] {
              sources.overrides.push_back({key, {"true"}, flag});
            },
            help);
        continue;
      }
      bool list = std::holds_alternative<std::vector<std::string>*>(setting.value);
      command
          ->add_option_function<std::vector<std::string>>(
              flag,
              [&sources, key, flag](const std::vector<std::string>& words) {
                sources.overrides.push_back({key, words, flag});
              },
              help)
          ->expected(1, list ? 64 : 1)
          ->allow_extra_args(false);
    }
  };
  auto add_common = [&](CLI::App* command) {
    command->add_option(
        "--config", sources.file,
        "Tệp cấu hình; mặc định tinhso.toml trong thư mục dữ liệu / configuration file; default "
        "tinhso.toml in the data folder");
    add_setting(command, "--data", "paths.data");
    add_setting(command, "--database", "database.url");
    add_setting(command, "--packs", "paths.packs");
    command
        ->add_option_function<std::vector<std::string>>(
            "--set",
            [&sources](const std::vector<std::string>& words) {
              for (const std::string& word : words) {
                size_t equals = word.find('=');
                std::string value = equals == std::string::npos ? "" : word.substr(equals + 1);
                sources.overrides.push_back({word.substr(0, equals), {value}, "--set"});
              }
            },
            "Mục cấu hình bất kỳ / any setting: server.workers=16 (repeatable)")
        ->allow_extra_args(false);
  };

  int64_t dossiers = 0;
  CLI::App* demo = app.add_subcommand(
      "demo", "Dựng tỉnh mẫu (đã có thì giữ nguyên) / make the demo province (left as it is when there)");
  add_common(demo);
  demo->add_option("--dossiers", dossiers, "Số hồ sơ sinh thêm / generated dossiers")
      ->check(CLI::Range(int64_t{0}, int64_t{5'000'000}));

  CLI::App* serve = app.add_subcommand("serve", "Chạy máy chủ / run the server");
  add_common(serve);
  add_setting(serve, "--listen", "server.listen");
  add_setting(serve, "--web", "paths.web");
  add_setting(serve, "--host", "server.hosts");
  add_setting(serve, "--public-url", "server.public_url");
  add_setting(serve, "--trusted-proxy", "server.trusted_proxies");
  add_setting(serve, "--allow-demo-accounts", "server.allow_demo_accounts");
  add_setting(serve, "--io-threads", "server.io_threads");
  add_setting(serve, "--workers", "server.workers");
  add_setting(serve, "--node", "server.node");
  add_setting(serve, "--public-posts-per-minute", "server.public_posts_per_minute");
  add_setting(serve, "--log-target", "log.target");

  CLI::App* admin = app.add_subcommand("admin", "Quản trị viên / administrators");
  admin->require_subcommand(1);
  AdminArgs admin_args;
  CLI::App* admin_create = admin->add_subcommand(
      "create",
      "Tạo quản trị viên đầu tiên, trong thư mục mới hoặc đã có / make the first administrator, in a new "
      "data folder or one that is there");
  add_common(admin_create);
  admin_create->add_option("--username", admin_args.username, "Tên đăng nhập / user name")->required();
  admin_create->add_option("--full-name", admin_args.full_name, "Họ và tên / full name")->required();
  admin_create->add_option("--unit", admin_args.unit_code,
                           "Mã đơn vị (mặc định: đơn vị cao nhất) / unit code (default: the highest unit)");
  admin_create->add_flag(
      "--password-stdin", admin_args.password_from_stdin,
      "Đọc mật khẩu tạm từ bàn phím hoặc đầu vào; không có cờ này thì in mật khẩu dùng một lần / "
      "read a temporary password from the terminal or standard input; without it a one-time "
      "password is printed");
  admin_create->add_flag("--another", admin_args.another,
                         "Tạo dù đã có quản trị viên / even when there is an administrator");

  CLI::App* import = app.add_subcommand("import", "Nhập dữ liệu / import data");
  import->require_subcommand(1);
  std::vector<std::string> files;
  CLI::App* import_procedures = import->add_subcommand(
      "procedures", "Nhập danh mục thủ tục (.jsonl, .jsonl.gz) / import the catalogue of procedures");
  import_procedures->add_option("files", files, "Tệp / files")->required();
  add_common(import_procedures);

  CLI::App* import_units = import->add_subcommand(
      "units", "Nhập đơn vị hành chính và bảng chuyển đổi (.csv) / import administrative areas and their mapping");
  import_units->add_option("files", files, "Tệp / files")->required();
  add_common(import_units);
  std::string boundaries_on;
  CLI::App* import_boundaries = import->add_subcommand(
      "boundaries", "Nhập địa giới (.geojson) / import boundaries of administrative areas");
  import_boundaries->add_option("files", files, "Tệp / files")->required();
  import_boundaries->add_option("--on", boundaries_on, "Ngày của địa giới, NĂM-THÁNG-NGÀY / the day they were so");
  add_common(import_boundaries);

  CLI::App* check = app.add_subcommand(
      "check", "Kiểm tra cơ sở dữ liệu, tệp, nhật ký kiểm toán / check database, files, audit log");
  add_common(check);
  CLI::App* recompute = app.add_subcommand(
      "recompute", "Tính lại mọi thời hạn từ sự kiện, báo chỗ khác / work every due date out again from the events");
  add_common(recompute);
  CLI::App* ledger = app.add_subcommand("ledger", "Sổ cái thu phí / the ledger of fees");
  ledger->require_subcommand(1);
  CLI::App* ledger_check = ledger->add_subcommand(
      "check", "Đối chiếu sổ cái với hóa đơn, báo có, biên lai / hold the ledger to invoices, credits and receipts");
  add_common(ledger_check);
  CLI::App* ledger_import = ledger->add_subcommand(
      "import", "Nhập sao kê ngân hàng (CSV, camt.053, camt.054) / read in a bank's statement file");
  std::string statement_file, statement_account;
  ledger_import->add_option("file", statement_file, "Tệp / file")->required();
  ledger_import->add_option("--account", statement_account, "Số tài khoản, khi tệp không ghi / account number, when the file does not say");
  add_common(ledger_import);

  SimulateOptions simulated;
  std::string simulate_from;
  CLI::App* simulate = app.add_subcommand(
      "simulate", "Mô phỏng một thời gian của tỉnh qua chính các nghiệp vụ thật / play a period of the province through the real service");
  add_common(simulate);
  simulate->add_option("--from", simulate_from, "Ngày đầu, NĂM-THÁNG-NGÀY / first day, YYYY-MM-DD")->required();
  simulate->add_option("--days", simulated.days, "Số ngày / days")->required()->check(CLI::Range(1, 3660));
  simulate->add_option("--dossiers", simulated.dossiers, "Số hồ sơ / dossiers")->required()->check(CLI::Range(int64_t{1}, int64_t{5'000'000}));
  simulate->add_option("--seed", simulated.seed, "Hạt giống ngẫu nhiên / seed of the dice");
  simulate->add_option("--threads", simulated.threads, "Số luồng / threads")->check(CLI::Range(1, 64));

  CLI::App* workflow = app.add_subcommand("workflow", "Quy trình / workflows");
  workflow->require_subcommand(1);
  WorkflowMoveArgs workflow_move_args;
  CLI::App* workflow_move = workflow->add_subcommand(
      "move", "Chuyển hồ sơ đang giải quyết sang phiên bản quy trình khác / move running dossiers to another version of their workflow");
  add_common(workflow_move);
  workflow_move->add_option("--workflow", workflow_move_args.workflow, "Mã quy trình / workflow")->required();
  workflow_move->add_option("--from", workflow_move_args.from, "Phiên bản cũ / old version")->required()->check(CLI::Range(1, 1'000'000));
  workflow_move->add_option("--to", workflow_move_args.to, "Phiên bản mới / new version")->required()->check(CLI::Range(1, 1'000'000));
  workflow_move->add_option("--map", workflow_move_args.map, "Trạng thái đổi tên: cũ=mới / renamed states: old=new")->allow_extra_args(false);
  workflow_move->add_flag("--dry-run", workflow_move_args.dry_run, "Chỉ xem trước, không đổi gì / show what would move, change nothing");

  std::string backup_to, backup_path;
  int backup_keep = 0;
  bool restore_replace = false;
  CLI::App* backup =
      app.add_subcommand("backup", "Sao lưu, cả khi máy chủ đang chạy / back up, also while serving");
  add_common(backup);
  backup->add_option("--to", backup_to, "Thư mục các bản sao lưu; - = tar ra đầu ra chuẩn / folder of backups; - = a tar to standard output")->required();
  backup
      ->add_option("--keep", backup_keep,
                   "Chỉ giữ chừng này bản mới nhất; 0 = tất cả / keep only so many; 0 = all")
      ->check(CLI::Range(0, 10'000));
  CLI::App* verify = app.add_subcommand("verify", "Kiểm tra một bản sao lưu / check a backup");
  verify
      ->add_option(
          "backup", backup_path,
          "Thư mục bản sao lưu; thư mục chung = bản mới nhất; - = tar từ đầu vào chuẩn / a backup; a folder of them = the newest; - = a tar from standard input")
      ->required();
  CLI::App* restore = app.add_subcommand("restore", "Phục hồi từ bản sao lưu / restore a backup");
  restore->add_option("backup", backup_path, "Như verify / as for verify")->required();
  add_common(restore);
  restore->add_flag("--replace", restore_replace,
                    "Thư mục đích đang có dữ liệu: dời sang bên, không xóa / the target holds data: move it "
                    "aside, never delete");
  CLI::App* move = app.add_subcommand(
      "move", "Chuyển dữ liệu giữa SQLite và PostgreSQL / move the data between SQLite and PostgreSQL");
  add_common(move);
  MoveArgs move_args;
  CLI::Option* move_to = move->add_option("--to", move_args.to,
                                          "postgresql://… trống, nhận dữ liệu / empty, takes the data");
  CLI::Option* move_from = move->add_option(
      "--from", move_args.from, "postgresql://… trả dữ liệu về thư mục / gives the data back to the folder");
  move_to->excludes(move_from);

  CLI::App* database = app.add_subcommand("db", "Cơ sở dữ liệu / the database");
  database->require_subcommand(1);
  CLI::App* distribute = database->add_subcommand(
      "distribute", "Phân tán các bảng trên nhiều máy chủ PostgreSQL (Citus) / spread the tables over several "
                    "PostgreSQL servers (Citus)");
  add_common(distribute);
  bool dry_run = false;
  distribute->add_flag("--dry-run", dry_run, "Chỉ in các lệnh / only print the statements");

  CLI::App* pack = app.add_subcommand("pack", "Gói dữ liệu / packs");
  pack->require_subcommand(1);
  std::string pack_dir;
  CLI::App* pack_check = pack->add_subcommand("check", "Kiểm tra một gói / check a pack");
  pack_check->add_option("dir", pack_dir, "Thư mục gói / pack folder")->required();

  CLI::App* config = app.add_subcommand("config", "Cấu hình / the configuration");
  config->require_subcommand(1);
  CLI::App* config_check = config->add_subcommand("check", "Kiểm tra cấu hình / check the configuration");
  CLI::App* config_show = config->add_subcommand(
      "show", "Mọi mục, giá trị và nguồn (bí mật được che) / every setting, its value and source");
  CLI::App* config_example =
      config->add_subcommand("example", "In tệp cấu hình mẫu / print the example file");
  add_common(config_check);
  add_common(config_show);

  CLI::App* audit = app.add_subcommand("audit", "Nhật ký kiểm toán / the audit log");
  audit->require_subcommand(1);
  CLI::App* audit_key = audit->add_subcommand(
      "key", "Khóa công khai để người khác kiểm tra nhật ký / the public keys by which others verify the log");
  CLI::App* audit_prove =
      audit->add_subcommand("prove", "Ghi tệp chứng minh một sự kiện / write a proof file of one event");
  CLI::App* audit_verify = audit->add_subcommand(
      "verify", "Kiểm tra tệp chứng minh, không cần máy chủ / verify a proof file, without a server");
  CLI::App* audit_witness = audit->add_subcommand(
      "witness", "Nhờ một nơi khác ký chứng / have another installation co-sign this log");
  CLI::App* audit_watch = audit->add_subcommand(
      "watch", "Ký chứng cho nhật ký của nơi khác / co-sign another installation's log");
  CLI::App* audit_rotate = audit->add_subcommand(
      "rotate-key", "Đổi khóa ký nhật ký; dừng máy chủ trước / give the log a new key; stop the server first");
  CLI::App* audit_erase = audit->add_subcommand(
      "erase", "Xóa dữ liệu của một người khỏi nhật ký; chứng minh vẫn còn / erase a person's data; proofs stay");
  for (CLI::App* one : {audit_key, audit_prove, audit_witness, audit_watch, audit_rotate, audit_erase}) add_common(one);
  int64_t event_id = 0;
  std::string proof_file, key, url;
  std::vector<std::string> witness_keys;
  EraseArgs erase;
  audit_prove->add_option("event", event_id, "Mã sự kiện / event id")->required();
  audit_prove->add_option("--out", proof_file, "Tệp ghi ra / file to write; default EVENT.tlog-proof");
  audit_verify->add_option("file", proof_file, "Tệp .tlog-proof / proof file")->required();
  audit_verify->add_option("--key", key, "Khóa của nhật ký / the log's key (tinhso audit key)")->required();
  audit_verify->add_option("--witness", witness_keys, "Khóa nhân chứng phải có / witness key that must have signed");
  audit_witness->add_option("url", url, "https://…/audit/witness")->required();
  audit_witness->add_option("key", key, "Khóa nhân chứng / the witness's key")->required();
  audit_watch->add_option("key", key, "Khóa của nhật ký kia / the other log's key")->required();
  audit_erase->add_option("--person", erase.person_id, "Mã người / person id");
  audit_erase->add_option("--account", erase.account_id, "Mã tài khoản / account id");
  audit_erase->add_option("--basis", erase.basis, "Căn cứ: văn bản, yêu cầu / why: document, request")->required();

  CLI::App* secrets = app.add_subcommand("secrets", "Bí mật niêm phong trong cơ sở dữ liệu / secrets sealed in the database");
  secrets->require_subcommand(1);
  CLI::App* secrets_rotate = secrets->add_subcommand("rotate-key", "Đổi khóa niêm phong, niêm lại tất cả / give them a new key, seal all of them anew");
  bool secret_key_lost = false;
  secrets_rotate->add_flag("--lost", secret_key_lost, "Tệp khóa đã mất: bắt đầu khóa mới / the key file is lost: begin a new one");
  add_common(secrets_rotate);

  CLI::App* version = app.add_subcommand("version", "Phiên bản / version");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    int code = app.exit(e);
    return code == 0 ? kExitOk : kExitUsage;
  }
  if (*version) return RunVersion();
  if (*pack_check) return RunPackCheck(pack_dir);
  if (*verify) return RunVerify(backup_path);
  if (*config_example) return RunConfigExample();
  if (*audit_verify) return RunAuditVerify(proof_file, key, witness_keys);
  sources.environment = EnvironmentOfProcess();
  const LoadedConfig loaded = LoadConfig(sources);
  if (*config_check) return RunConfigCheck(loaded);
  if (*config_show) return RunConfigShow(loaded);
  if (!loaded.problems.empty()) return RefuseConfig(loaded);
  if (*demo) return RunDemo(loaded.config, dossiers);
  if (*serve) return RunServe(loaded);
  if (*admin_create) return RunAdminCreate(loaded.config, admin_args);
  if (*import_procedures) return RunImportProcedures(loaded.config, files);
  if (*import_units) return RunImportUnits(loaded.config, files);
  if (*import_boundaries) return RunImportBoundaries(loaded.config, files, boundaries_on);
  if (*check) return RunCheck(loaded.config);
  if (*recompute) return RunRecompute(loaded.config);
  if (*ledger_import) return RunLedgerImport(loaded.config, statement_file, statement_account);
  if (*ledger_check) return RunLedgerCheck(loaded.config);
  if (*simulate) return RunSimulate(loaded.config, simulate_from, simulated);
  if (*workflow_move) return RunWorkflowMove(loaded.config, workflow_move_args);
  if (*audit_key) return RunAuditKey(loaded.config);
  if (*audit_prove) return RunAuditProve(loaded.config, event_id, proof_file);
  if (*audit_witness) return RunAuditWitness(loaded.config, url, key);
  if (*audit_watch) return RunAuditWatch(loaded.config, key);
  if (*audit_rotate) return RunAuditRotateKey(loaded.config);
  if (*audit_erase) return RunAuditErase(loaded.config, erase);
  if (*secrets_rotate) return RunSecretsRotateKey(loaded.config, secret_key_lost);
  if (*backup) return RunBackup(loaded.config, backup_to, backup_keep);
  if (*restore) return RunRestore(loaded.config, backup_path, restore_replace);
  if (*move) {
    if (move_args.to.empty() == move_args.from.empty()) {
      std::fputs(move->help().c_str(), stderr);
      return kExitUsage;
    }
    return RunMove(loaded.config, move_args);
  }
  if (*distribute) return RunDistribute(loaded.config, dry_run);
  return kExitUsage;
}
