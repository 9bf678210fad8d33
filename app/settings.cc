// The table of settings: name, place, words, rule. The example file, `config show`, `config check`, the
// environment names and the help of the command line are all made from it.
#include <filesystem>

#include "app/config.h"

namespace tinhso::app {

std::vector<SectionText> SectionTexts() {
  return {
      {"paths", "Các thư mục.", "Folders."},
      {"database", "Cơ sở dữ liệu.", "The database."},
      {"server", "Máy chủ web.", "The web server."},
      {"audit", "Nhật ký kiểm toán.", "The audit log."},
      {"tls", "TLS do chính máy chủ làm; trống = HTTP, để sau một proxy.",
       "TLS by the server itself; empty = plain HTTP, for behind a proxy."},
      {"log", "Nhật ký vận hành (không có dữ liệu cá nhân).", "The log of the program (no personal data)."},
      {"backup", "Sao lưu (tinhso backup).", "Backups (tinhso backup)."},
      {"metrics", "Số liệu cho Prometheus tại /metrics.", "Figures for Prometheus at /metrics."},
  };
}

std::vector<SettingGroup> SettingGroups() { return {}; }

std::vector<Setting> SettingsOf(Config& c) {
  std::vector<Setting> all = {
      {"paths.data",
       &c.paths.data,
       "Thư mục dữ liệu: cơ sở dữ liệu, tệp, nhật ký.",
       "Data folder: database, files, logs.",
       {.shape = Shape::kFolder, .example = "/var/lib/tinhso"}},
      {"paths.packs",
       &c.paths.packs,
       "Thư mục các gói dữ liệu; trống = gói đi kèm chương trình.",
       "Folder of packs; empty = those that come with the program.",
       {.shape = Shape::kFolder}},
      {"paths.web",
       &c.paths.web,
       "Thư mục giao diện web đã dựng; trống = bản đi kèm chương trình.",
       "Folder of the built web application; empty = the one that comes with the program.",
       {.shape = Shape::kFolder}},

      {"database.url",
       &c.database.url,
       "postgresql://…; trống = SQLite trong thư mục dữ liệu.",
       "postgresql://…; empty = SQLite in the data folder.",
       {.shape = Shape::kPostgresUrl, .secret = true, .example = "postgresql://tinhso@127.0.0.1/tinhso"}},

      {"server.listen",
       &c.server.listen,
       "Địa chỉ và cổng nghe.",
       "Address and port to listen on.",
       {.shape = Shape::kListen}},
      {"server.public_url",
       &c.server.public_url,
       "Địa chỉ người dân gõ vào trình duyệt; in trên mã QR, dùng trong thư.",
       "The address people type; printed in QR codes, used in letters.",
       {.shape = Shape::kWebUrl, .example = "https://dichvucong.example.vn"}},
      {"server.hosts",
       &c.server.hosts,
       "Tên máy chủ khác được chấp nhận; * = mọi tên.",
       "Other accepted Host names; * = any.",
       {.max = 64, .shape = Shape::kHost}},
      {"server.trusted_proxies",
       &c.server.trusted_proxies,
       "Địa chỉ các proxy đứng trước; chỉ tin X-Forwarded-For của chúng.",
       "Addresses of proxies in front; X-Forwarded-For is believed from them only.",
       {.max = 64, .shape = Shape::kAddressRange}},
      {"server.allow_demo_accounts", &c.server.allow_demo_accounts,
       "Cho đăng nhập tài khoản dùng thử khi không chỉ nghe trên máy này.",
       "Let demo accounts sign in when the server is not on loopback."},
      {"server.io_threads",
       &c.server.io_threads,
       "Số luồng mạng.",
       "Network threads.",
       {.min = 1, .max = 64}},
      {"server.workers",
       &c.server.workers,
       "Số luồng xử lý yêu cầu.",
       "Handler threads.",
       {.min = 1, .max = 512}},
      {"server.node",
       &c.server.node,
       "Số của máy chủ này khi nhiều máy chung một cơ sở dữ liệu.",
       "Number of this server when several share a database.",
       {.min = 0, .max = 60}},
      {"server.connections_max",
       &c.server.connections_max,
       "Số kết nối đồng thời nhiều nhất.",
       "Open connections at most.",
       {.min = 16, .max = 65536}},
      {"server.public_posts_per_minute",
       &c.server.public_posts_per_minute,
       "Số lần gửi không đăng nhập mỗi phút từ một địa chỉ; 0 = không giới hạn.",
       "Anonymous POSTs a minute from one address; 0 = no limit.",
       {.min = 0, .max = 1'000'000}},

      {"audit.key_file",
       &c.audit.key_file,
       "Tệp giữ khóa riêng của nhật ký; trống = audit.key trong thư mục dữ liệu. Các máy chủ chung dữ liệu dùng chung một tệp.",
       "File with the log's private keys; empty = audit.key in the data folder. Servers of one installation share it.",
       {.shape = Shape::kAny, .example = "/etc/tinhso/audit.key"}},
      {"audit.origin",
       &c.audit.origin,
       "Tên của nhật ký, đặt một lần khi tạo khóa; trống = tên miền công khai và /audit.",
       "The log's name, set once when its key is made; empty = the public host name and /audit.",
       {.example = "dichvucong.example.vn/audit"}},
      {"tls.certificate", &c.tls.certificate,
       "Tệp chứng thư PEM, kèm chuỗi. Đổi tệp rồi gửi SIGHUP là dùng bản mới.",
       "PEM file of the certificate and its chain. After a change SIGHUP takes the new one.",
       {.shape = Shape::kFile, .example = "/etc/tinhso/tls/fullchain.pem"}},
      {"tls.key", &c.tls.key, "Tệp khóa riêng PEM.", "PEM file of the private key.",
       {.shape = Shape::kFile, .example = "/etc/tinhso/tls/privkey.pem"}},
      {"tls.hsts_max_age_s", &c.tls.hsts_max_age_s,
       "Trình duyệt chỉ dùng HTTPS với máy chủ này trong chừng ấy giây (HSTS); 0 = tắt.",
       "Browsers use only HTTPS with this server for so many seconds (HSTS); 0 = off.",
       {.min = 0, .max = 63'072'000}},

      {"log.target",
       &c.log.target,
       "Ghi vào log/tinhso.log của thư mục dữ liệu, hay ra màn hình.",
       "To log/tinhso.log in the data folder, or to standard error.",
       {.choices = {"file", "stderr"}}},
      {"log.level", &c.log.level, "Mức ghi.", "Level.", {.choices = {"debug", "info", "warn", "error"}}},
      {"log.slow_request_ms", &c.log.slow_request_ms,
       "Yêu cầu lâu hơn chừng ấy mili giây được ghi ở mức warn; 0 = tắt.",
       "A request that takes longer is logged as a warning; 0 = off.",
       {.min = 0, .max = 3'600'000}},

      {"backup.age_hours_max", &c.backup.age_hours_max,
       "Trang quản trị nhắc khi bản sao lưu gần nhất cũ hơn chừng ấy giờ.",
       "The administrators' page warns when the last backup is older than so many hours.",
       {.min = 1, .max = 8760}},

      {"metrics.addresses", &c.metrics.addresses,
       "Địa chỉ được đọc /metrics; trống = mọi địa chỉ.", "Addresses that may read /metrics; empty = any.",
       {.max = 64, .shape = Shape::kAddressRange}},
  };
  return all;
}

void CheckTogether(const Config& config, std::vector<ConfigProblem>& problems,
                   std::vector<ConfigProblem>& warnings) {
  if (config.paths.data.empty())
    problems.push_back({"paths.data", "chưa nói thư mục dữ liệu ở đâu (--data DIR)",
                        "the data folder is not named (--data DIR)"});
  ListenAddress listen;
  bool exposed = ParseListen(config.server.listen, listen) && !listen.loopback;
  bool tls = !config.tls.certificate.empty();
  if (tls != !config.tls.key.empty())
    problems.push_back({"tls", "phải có cả certificate và key", "takes both certificate and key"});
  if (exposed && !tls && config.server.trusted_proxies.empty())
    warnings.push_back({"server.listen",
                        "nghe ngoài máy này mà không có TLS hay proxy: mật khẩu đi không mã hóa",
                        "off loopback without TLS or a proxy: passwords travel in clear"});
  if (exposed && config.server.allow_demo_accounts)
    warnings.push_back({"server.allow_demo_accounts", "tài khoản dùng thử có mật khẩu ai cũng biết",
                        "demo accounts have a password everybody knows"});
}

}  // namespace tinhso::app
