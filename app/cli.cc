// The command line. The only file that sees CLI11.
#include <CLI/CLI.hpp>

#include "app/commands.h"

int main(int argc, char** argv) {
  using namespace tinhso::app;
  CLI::App app{
      "Tỉnh Số: nền tảng chính quyền số của một tỉnh / a province's digital government platform\n"
      "Mã thoát / exit codes: 0 xong / done; 1 kiểm tra thấy lỗi / a check found problems; 2 sai tham số / "
      "usage;\n"
      "3 không thực hiện được / failed; 4 thư mục dữ liệu hoặc cổng đang bận / data folder or port in use"};
  app.require_subcommand(1);
  CommonArgs common;
  auto add_common = [&common](CLI::App* command) {
    command->add_option("--data", common.data_dir, "Thư mục dữ liệu / data folder")->required();
    command->add_option(
        "--database", common.database_url,
        "postgresql://… (mặc định: SQLite trong thư mục dữ liệu / default: SQLite in the data folder)");
    command->add_option("--packs", common.packs_dir, "Thư mục các gói / folder of packs (TINHSO_PACKS)");
  };

  int64_t dossiers = 0;
  CLI::App* demo = app.add_subcommand(
      "demo", "Dựng tỉnh mẫu (đã có thì giữ nguyên) / make the demo province (left as it is when there)");
  add_common(demo);
  demo->add_option("--dossiers", dossiers, "Số hồ sơ sinh thêm / generated dossiers")
      ->check(CLI::Range(int64_t{0}, int64_t{5'000'000}));

  ServeArgs serve_args;
  CLI::App* serve = app.add_subcommand("serve", "Chạy máy chủ / run the server");
  add_common(serve);
  serve->add_option("--listen", serve_args.listen, "Địa chỉ nghe / address:port")->capture_default_str();
  serve->add_option("--web", serve_args.web_dir,
                    "Thư mục giao diện web đã dựng / built web application (TINHSO_WEB)");
  serve->add_option("--host", serve_args.hosts,
                    "Tên máy chủ được chấp nhận / accepted Host name (repeatable; * = any)");
  serve->add_option("--public-url", serve_args.public_url,
                    "Địa chỉ công khai, in trên mã QR / public address, printed in QR codes");
  serve->add_flag(
      "--allow-demo-accounts", serve_args.allow_demo_accounts,
      "Cho đăng nhập tài khoản dùng thử khi không chỉ nghe trên máy này / allow demo accounts off loopback");
  serve->add_flag("--behind-proxy", serve_args.behind_proxy,
                  "Lấy địa chỉ người dùng từ X-Forwarded-For của proxy trên máy này / trust a local proxy's "
                  "X-Forwarded-For");
  serve->add_option("--io-threads", serve_args.io_threads, "Luồng mạng / network threads")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  serve->add_option("--workers", serve_args.workers, "Luồng xử lý / handler threads")
      ->check(CLI::Range(1, 512))
      ->capture_default_str();
  serve
      ->add_option("--node", serve_args.node,
                   "Số của máy chủ này khi nhiều máy chung cơ sở dữ liệu / number of this server when "
                   "several share a database")
      ->check(CLI::Range(0, 60));
  serve
      ->add_option(
          "--public-posts-per-minute", serve_args.public_posts_per_minute,
          "Giới hạn gửi không đăng nhập theo địa chỉ, 0 = tắt / anonymous POSTs per address, 0 = off")
      ->check(CLI::Range(0, 1'000'000))
      ->capture_default_str();
  serve->add_flag("--log-stderr", serve_args.log_to_stderr,
                  "Ghi nhật ký ra màn hình / log to standard error");

  CLI::App* import = app.add_subcommand("import", "Nhập dữ liệu / import data");
  import->require_subcommand(1);
  std::vector<std::string> files;
  CLI::App* import_procedures = import->add_subcommand(
      "procedures", "Nhập danh mục thủ tục (.jsonl, .jsonl.gz) / import the catalogue of procedures");
  import_procedures->add_option("files", files, "Tệp / files")->required();
  add_common(import_procedures);

  CLI::App* check = app.add_subcommand(
      "check", "Kiểm tra cơ sở dữ liệu, tệp, nhật ký kiểm toán / check database, files, audit log");
  add_common(check);

  CLI::App* pack = app.add_subcommand("pack", "Gói dữ liệu / packs");
  pack->require_subcommand(1);
  std::string pack_dir;
  CLI::App* pack_check = pack->add_subcommand("check", "Kiểm tra một gói / check a pack");
  pack_check->add_option("dir", pack_dir, "Thư mục gói / pack folder")->required();

  CLI::App* version = app.add_subcommand("version", "Phiên bản / version");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    int code = app.exit(e);
    return code == 0 ? kExitOk : kExitUsage;
  }
  if (*demo) return RunDemo(common, dossiers);
  if (*serve) {
    serve_args.common = common;
    return RunServe(serve_args);
  }
  if (*import_procedures) return RunImportProcedures(common, files);
  if (*check) return RunCheck(common);
  if (*pack_check) return RunPackCheck(pack_dir);
  if (*version) return RunVersion();
  return kExitUsage;
}
