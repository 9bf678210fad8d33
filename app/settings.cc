// The table of settings: name, place, words, rule. The example file, `config show`, `config check`, the
// environment names and the help of the command line are all made from it.
#include <filesystem>

#include "app/config.h"
#include "kernel/db/cluster.h"

namespace tinhso::app {

std::vector<SectionText> SectionTexts() {
  return {
      {"paths", "Các thư mục.", "Folders."},
      {"database", "Cơ sở dữ liệu.", "The database."},
      {"server", "Máy chủ web.", "The web server."},
      {"log", "Nhật ký vận hành (không có dữ liệu cá nhân).", "The log of the program (no personal data)."},
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
       "Số của máy chủ này khi nhiều máy chung một cơ sở dữ liệu; -1 = tự chọn số còn trống.",
       "Number of this server when several share a database; -1 = any that is free.",
       {.min = -1, .max = db::kNodeMax}},
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

      {"log.target",
       &c.log.target,
       "Ghi vào log/tinhso.log của thư mục dữ liệu, hay ra màn hình.",
       "To log/tinhso.log in the data folder, or to standard error.",
       {.choices = {"file", "stderr"}}},
      {"log.level", &c.log.level, "Mức ghi.", "Level.", {.choices = {"debug", "info", "warn", "error"}}},
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
  if (exposed && config.server.trusted_proxies.empty())
    warnings.push_back({"server.listen",
                        "nghe ngoài máy này mà không có TLS hay proxy: mật khẩu đi không mã hóa",
                        "off loopback without TLS or a proxy: passwords travel in clear"});
  if (exposed && config.server.allow_demo_accounts)
    warnings.push_back({"server.allow_demo_accounts", "tài khoản dùng thử có mật khẩu ai cũng biết",
                        "demo accounts have a password everybody knows"});
}

}  // namespace tinhso::app
