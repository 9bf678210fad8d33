// The table of settings: name, place, words, rule. The example file, `config show`, `config check`, the
// environment names and the help of the command line are all made from it.
#include <algorithm>
#include <filesystem>

#include "app/config.h"
#include "base/crypto.h"
#include "kernel/db/cluster.h"
#include "kernel/outbound/outbound.h"
#include "kernel/permissions/permissions.h"

namespace tinhso::app {

std::vector<SectionText> SectionTexts() {
  return {
      {"paths", "Các thư mục.", "Folders."},
      {"database", "Cơ sở dữ liệu.", "The database."},
      {"server", "Máy chủ web.", "The web server."},
      {"audit", "Nhật ký kiểm toán.", "The audit log."},
      {"tls", "TLS do chính máy chủ làm; trống = HTTP, để sau một proxy.",
       "TLS by the server itself; empty = plain HTTP, for behind a proxy."},
      {"sign_in", "Đăng nhập.", "Signing in."},
      {"oidc", "Nhà cung cấp định danh (OpenID Connect); mỗi nơi một bảng [oidc.TÊN].",
       "Identity providers (OpenID Connect); one table [oidc.NAME] each."},
      {"payments", "Nơi báo có (ngân hàng, trung gian thanh toán) gửi tới /api/v1/payments/webhooks/TÊN; mỗi nơi một bảng [payments.TÊN].",
       "Providers of bank credits, which send to /api/v1/payments/webhooks/NAME; one table [payments.NAME] each."},
      {"portal", "Đồng bộ với Cổng Dịch vụ công quốc gia.", "Synchronisation with the National Public Service Portal."},
      {"smtp", "Gửi thư điện tử.", "Sending e-mail."},
      {"phone", "Tin nhắn SMS và Zalo.", "SMS and Zalo messages."},
      {"log", "Nhật ký vận hành (không có dữ liệu cá nhân).", "The log of the program (no personal data)."},
      {"backup", "Sao lưu (tinhso backup).", "Backups (tinhso backup)."},
      {"metrics", "Số liệu cho Prometheus tại /metrics.", "Figures for Prometheus at /metrics."},
  };
}

std::vector<SettingGroup> SettingGroups() {
  return {{"oidc", [](Config& c, const std::string& name) { c.oidc[name].id = name; }},
          {"payments", [](Config& c, const std::string& name) { c.payments[name]; }}};
}

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
      {"sign_in.passkey_domain",
       &c.sign_in.passkey_domain,
       "Tên miền của khóa truy cập; trống = tên máy trong server.public_url. Đổi thì mọi khóa đã lưu mất hiệu lực.",
       "Domain of passkeys; empty = the host of server.public_url. Changing it makes every stored passkey useless.",
       {.shape = Shape::kHost, .example = "example.vn"}},
      {"sign_in.second_factor_roles",
       &c.sign_in.second_factor_roles,
       "Các vai trò chỉ làm việc được khi đăng nhập hai bước.",
       "Roles that may work only when signed in with two factors.",
       {.max = 16}},
      {"sign_in.secret_key_file",
       &c.sign_in.secret_key_file,
       "Tệp giữ khóa niêm phong bí mật trong cơ sở dữ liệu; trống = secrets.key trong thư mục dữ liệu. Các máy chủ chung dữ liệu dùng chung một tệp.",
       "File with the keys that seal secrets in the database; empty = secrets.key in the data folder. Servers of one installation share it.",
       {.shape = Shape::kAny, .example = "/etc/tinhso/secrets.key"}},
      {"portal.url",
       &c.portal.url,
       "Địa chỉ bộ nối (adapter) của Cổng; trống = không đồng bộ.",
       "Address of the portal's adapter; empty = no synchronisation.",
       {.shape = Shape::kWebUrl, .example = "https://cong.example.vn/adapter"}},
      {"portal.unit_code",
       &c.portal.unit_code,
       "Mã đơn vị của tỉnh trên Cổng.",
       "The province's unit code there.",
       {.example = "000.00.00.H12"}},
      {"portal.username", &c.portal.username, "Tài khoản kết nối.", "Account of the connection.", {.example = "tinh"}},
      {"portal.password", &c.portal.password, "Mật khẩu kết nối.", "Its password.", {.secret = true}},
      {"portal.citizens_file_here", &c.portal.citizens_file_here,
       "Cho người dân nộp hồ sơ ngay trên hệ thống này; false = chỉ dẫn sang Cổng, quầy một cửa vẫn làm việc.",
       "People may file here; false = they are led to the portal, the desks work as ever."},
      {"portal.public_url",
       &c.portal.public_url,
       "Nơi người dân nộp hồ sơ khi không nộp ở đây.",
       "Where people file when they do not file here.",
       {.shape = Shape::kWebUrl}},

      {"smtp.host",
       &c.smtp.host,
       "Máy chủ thư; trống = không gửi thư.",
       "Mail server; empty = no e-mail.",
       {.example = "smtp.example.vn"}},
      {"smtp.port", &c.smtp.port, "Cổng.", "Port.", {.min = 1, .max = 65535}},
      {"smtp.security",
       &c.smtp.security,
       "Mã hóa đường truyền; none chỉ dùng được với máy chủ thư trên chính máy này.",
       "Encryption on the way; none only to a mail server on this machine.",
       {.choices = {"starttls", "tls", "none"}}},
      {"smtp.username", &c.smtp.username, "Tài khoản; trống = không đăng nhập.", "Account; empty = do not sign in."},
      {"smtp.password", &c.smtp.password, "Mật khẩu.", "Password.", {.secret = true}},
      {"smtp.from_address",
       &c.smtp.from_address,
       "Địa chỉ gửi.",
       "Address mail is sent from.",
       {.example = "khong-tra-loi@example.vn"}},
      {"smtp.from_name",
       &c.smtp.from_name,
       "Tên người gửi hiện trong thư.",
       "Name of the sender shown in mail.",
       {.example = "Cổng dịch vụ công tỉnh"}},
      {"smtp.ca_file",
       &c.smtp.ca_file,
       "Chứng thư gốc của máy chủ thư; trống = của hệ thống.",
       "Root certificates of the mail server; empty = the system's.",
       {.shape = Shape::kFile}},
      {"smtp.timeout_s",
       &c.smtp.timeout_s,
       "Thời gian chờ nhiều nhất cho một thư.",
       "Longest wait for one mail.",
       {.min = 5, .max = 90}},
      {"phone.sms",
       &c.phone.sms,
       "Gửi SMS: trống = không; sandbox = ghi vào tệp outbox/sms.jsonl của thư mục dữ liệu để thử.",
       "SMS: empty = none; sandbox = written to outbox/sms.jsonl in the data folder, for trying out.",
       {.choices = {"", "sandbox"}}},
      {"phone.zalo",
       &c.phone.zalo,
       "Gửi Zalo: trống = không; sandbox = ghi vào tệp outbox/zalo.jsonl.",
       "Zalo: empty = none; sandbox = written to outbox/zalo.jsonl.",
       {.choices = {"", "sandbox"}}},

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
  for (auto& [name, provider] : c.oidc) {
    auto add = [&, prefix = "oidc." + name + "."](const char* key, auto* value, const char* vi, const char* en, Rule rule = {}) {
      all.push_back({prefix + key, value, vi, en, std::move(rule)});
    };
    add("name", &provider.name_vi, "Tên hiện trên nút đăng nhập.", "Name on the sign-in button, in Vietnamese.", {.example = "VNeID"});
    add("name_en", &provider.name_en, "Tên tiếng Anh; trống = như name.", "Name in English; empty = as name.");
    add("issuer", &provider.issuer, "Địa chỉ nơi cấp, đúng như trong mã định danh (iss).", "The issuer, exactly as in its ID tokens.",
        {.shape = Shape::kWebUrl, .example = "https://dinhdanh.example.vn"});
    add("client_id", &provider.client_id, "Mã ứng dụng nơi cấp đã giao.", "Client id given by the provider.", {.example = "tinhso"});
    add("client_secret", &provider.client_secret, "Mật khẩu ứng dụng; trống = ứng dụng công khai (chỉ PKCE).",
        "Client secret; empty = a public client (PKCE only).", {.secret = true});
    add("scopes", &provider.scopes, "Các phạm vi xin, cách nhau bằng dấu cách.", "Scopes to ask for, separated by spaces.");
    add("personal_no_claim", &provider.personal_no_claim, "Tên trường số định danh cá nhân.", "Claim with the personal number.");
    add("full_name_claim", &provider.full_name_claim, "Tên trường họ và tên.", "Claim with the full name.");
    add("birth_on_claim", &provider.birth_on_claim, "Tên trường ngày sinh (YYYY-MM-DD hoặc DD/MM/YYYY).",
        "Claim with the birth date (YYYY-MM-DD or DD/MM/YYYY).");
    add("sex_claim", &provider.sex_claim, "Tên trường giới tính.", "Claim with the sex.");
    add("level_claim", &provider.level_claim, "Tên trường mức độ định danh.", "Claim with the level of assurance.");
    add("levels", &provider.levels, "Các mức, từ thấp đến cao.", "Levels, from low to high.", {.max = 16});
    add("level_verified", &provider.level_verified, "Từ mức này số định danh được coi là đã xác thực; trống = không bao giờ.",
        "From this level on the personal number counts as verified; empty = never.");
    add("level_strong", &provider.level_strong, "Từ mức này coi như đã qua hai bước; trống = không bao giờ.",
        "From this level on it stands for two factors; empty = never.");
    add("use_userinfo", &provider.use_userinfo, "Hỏi thêm trường ở địa chỉ userinfo.", "Ask the userinfo endpoint for further claims.");
  }
  for (auto& [name, provider] : c.payments) {
    auto add = [&, prefix = "payments." + name + "."](const char* key, auto* value, const char* vi, const char* en, Rule rule = {}) {
      all.push_back({prefix + key, value, vi, en, std::move(rule)});
    };
    add("secret", &provider.secret, "Khóa ký chung với nơi báo có (base64, có thể bắt đầu bằng whsec_).",
        "Signing secret shared with the provider (base64, may begin with whsec_).",
        {.secret = true, .example = "whsec_dGhheS1iYW5nLWtob2EtdGhhdA=="});
    add("bank_bin", &provider.bank_bin, "Mã BIN ngân hàng của nơi báo có; trống = tài khoản ở mọi ngân hàng.",
        "BIN of the provider's bank; empty = accounts of any bank.");
  }
  return all;
}

void CheckTogether(const Config& config, std::vector<ConfigProblem>& problems,
                   std::vector<ConfigProblem>& warnings) {
  if (config.paths.data.empty())
    problems.push_back({"paths.data", "chưa nói thư mục dữ liệu ở đâu (--data DIR)",
                        "the data folder is not named (--data DIR)"});
  for (const std::string& role : config.sign_in.second_factor_roles) {
    if (!permissions::IsRole(role))
      problems.push_back({"sign_in.second_factor_roles", "không có vai trò " + role, "there is no role " + role});
  }
  for (const auto& [name, provider] : config.oidc) {
    auto wrong = [&, prefix = "oidc." + name + "."](const char* key, const char* vi, const char* en) {
      problems.push_back({prefix + key, vi, en});
    };
    if (provider.name_vi.empty()) wrong("name", "thiếu", "missing");
    if (provider.client_id.empty()) wrong("client_id", "thiếu", "missing");
    if (!outbound::MayReach(provider.issuer))
      wrong("issuer", "phải là địa chỉ https:// (http:// chỉ trên máy này)", "must be https:// (http:// on this machine only)");
    for (const auto& [key, level] : {std::pair{"level_verified", &provider.level_verified}, {"level_strong", &provider.level_strong}}) {
      if (!level->empty() && std::find(provider.levels.begin(), provider.levels.end(), *level) == provider.levels.end())
        wrong(key, "không có trong levels", "is not one of levels");
    }
  }
  for (const auto& [name, provider] : config.payments) {
    const std::string& secret = provider.secret;
    auto key = crypto::Base64Decode(secret.starts_with("whsec_") ? std::string_view(secret).substr(6) : std::string_view(secret));
    if (!key.ok() || key->size() < 16)
      problems.push_back({"payments." + name + ".secret", "phải là base64 của ít nhất 16 byte", "must be base64 of at least 16 bytes"});
  }
  if (!config.portal.url.empty()) {
    auto wrong = [&](const char* key, const char* vi, const char* en) { problems.push_back({std::string("portal.") + key, vi, en}); };
    if (!outbound::MayReach(config.portal.url))
      wrong("url", "phải là địa chỉ https:// (http:// chỉ trên máy này)", "must be https:// (http:// on this machine only)");
    if (config.portal.unit_code.empty()) wrong("unit_code", "thiếu", "missing");
    if (config.portal.username.empty()) wrong("username", "thiếu", "missing");
  }
  if (!config.portal.citizens_file_here && config.portal.public_url.empty())
    problems.push_back({"portal.public_url", "không nộp ở đây thì phải nói nộp ở đâu", "people who cannot file here must be told where"});
  if (!config.smtp.host.empty() && config.smtp.from_address.empty())
    problems.push_back({"smtp.from_address", "gửi thư thì phải có địa chỉ gửi", "mail needs an address to be sent from"});
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
