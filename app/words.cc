#include "words.h"

#include <cstdio>

namespace tinhso::app {
namespace {

struct Explanation {
  std::string_view reason, vi, en;
};

// Words for what commonly goes wrong on a new machine; any other reason is shown as it is.
constexpr Explanation kExplanations[] = {
    {"data_dir_in_use", "Thư mục dữ liệu đang được một máy chủ khác dùng.",
     "Another server is using the data folder."},
    {"data_dir_not_demo", "Thư mục đã có dữ liệu khác, không phải tỉnh mẫu; không thay đổi gì.",
     "The folder holds other data, not the demo; nothing was changed."},
    {"data_dir_unusable", "Không dùng được thư mục dữ liệu.", "The data folder cannot be used."},
    {"data_dir_unwritable", "Không ghi được vào thư mục dữ liệu.", "The data folder cannot be written."},
    {"administrator_exists",
     "Đơn vị này đã có quản trị viên; hãy nhờ người đó tạo tài khoản, hoặc dùng --another.",
     "The unit has an administrator already; let that person make the account, or use --another."},
    {"username_taken", "Tên đăng nhập đã có người dùng.", "The user name is taken."},
    {"username_malformed", "Tên đăng nhập: 3 đến 64 chữ thường không dấu, số, dấu chấm, gạch nối.",
     "User name: 3 to 64 of a-z, 0-9, dot, hyphen."},
    {"password_too_short", "Mật khẩu cần ít nhất 10 ký tự.", "The password needs at least 10 characters."},
    {"unit_unknown", "Không có đơn vị này; hãy kiểm tra --unit và gói dữ liệu.",
     "No such unit; check --unit and the packs."},
    {"listen_failed", "Không mở được cổng; có thể cổng đang bận.", "Cannot listen; the port may be taken."},
    {"listen_address_invalid", "Địa chỉ nghe không đúng.", "The listen address is not valid."},
    {"config_certificate_unusable", "Không dùng được chứng thư TLS.", "The TLS certificate cannot be used."},
    {"static_dir_unreadable", "Không đọc được thư mục giao diện web.", "The web folder cannot be read."},
    {"pack_invalid", "Gói dữ liệu có lỗi.", "A pack has errors."},
    {"packs_missing", "Không tìm thấy gói dữ liệu nào; dùng --packs DIR.",
     "No packs found; use --packs DIR."},
    {"import_file_unreadable", "Không đọc được tệp nhập.", "The import file cannot be read."},
    {"audit_key_missing", "Không thấy khóa của nhật ký kiểm toán; hãy chép lại từ bản sao lưu riêng hoặc từ máy chủ kia.",
     "The audit log's key is not there; copy it from its own backup or from the other server."},
    {"audit_key_mismatch", "Khóa trong tệp không phải khóa của nhật ký kiểm toán này.",
     "The key in the file is not this audit log's key."},
    {"audit_key_too_open", "Tệp khóa của nhật ký kiểm toán mở cho người khác đọc; hãy chmod 600.",
     "Others may read the audit log's key file; chmod 600."},
    {"audit_key_malformed", "Tệp khóa của nhật ký kiểm toán bị hỏng.", "The audit log's key file is damaged."},
    {"audit_key_unreadable", "Không đọc hoặc ghi được tệp khóa của nhật ký kiểm toán.",
     "The audit log's key file cannot be read or written."},
    {"secret_key_missing", "Không thấy khóa niêm phong bí mật; hãy chép lại từ bản sao lưu riêng hoặc từ máy chủ kia. Mất hẳn thì: tinhso secrets rotate-key --lost",
     "The key that seals secrets is not there; copy it from its own backup or from the other server. When it is lost for good: tinhso secrets rotate-key --lost"},
    {"secret_key_not_lost", "Tệp khóa niêm phong vẫn còn; bỏ --lost.", "The key file is there; leave out --lost."},
    {"secret_key_too_open", "Tệp khóa niêm phong mở cho người khác đọc; hãy chmod 600.", "Others may read the file of the key that seals secrets; chmod 600."},
    {"secret_key_malformed", "Tệp khóa niêm phong bị hỏng.", "The file of the key that seals secrets is damaged."},
    {"secret_key_unreadable", "Không đọc hoặc ghi được tệp khóa niêm phong.", "The file of the key that seals secrets cannot be read or written."},
    {"audit_event_not_found", "Không có sự kiện này trong nhật ký.", "The log has no such event."},
    {"audit_event_not_sealed", "Sự kiện chưa được niêm; hãy thử lại sau vài giây.", "The event is not sealed yet; try again in seconds."},
    {"audit_event_erased", "Nội dung sự kiện đã được xóa theo yêu cầu.", "The event's content has been erased on request."},
    {"audit_proof_malformed", "Tệp chứng minh không đúng dạng.", "The proof file is malformed."},
    {"audit_proof_signature", "Tệp không do khóa này ký.", "The file is not signed by this key."},
    {"audit_proof_inclusion", "Sự kiện KHÔNG có trong nhật ký đã ký.", "The event is NOT in the signed log."},
    {"audit_proof_event", "Tệp không chứa sự kiện.", "The file holds no event."},
    {"audit_proof_person", "Người này không có trong danh sách đã xem.", "The person was not among those shown."},
    {"backup_disk_full", "Đĩa chứa bản sao lưu đã đầy.", "The disk of the backups is full."},
    {"backup_write_failed", "Không ghi được bản sao lưu.", "The backup cannot be written."},
    {"backup_stream_broken", "Bản sao lưu qua đường ống bị đứt hoặc hỏng.", "The backup through the pipe broke off or is damaged."},
    {"backup_file_missing", "Thiếu một tệp mà cơ sở dữ liệu nhắc đến.", "A file that the database names is missing."},
    {"backup_file_damaged", "Một tệp trong thư mục dữ liệu đã hỏng; hãy chạy tinhso check.",
     "A file of the data folder is damaged; run tinhso check."},
    {"backup_not_found", "Không có bản sao lưu nào ở đây.", "No backup here."},
    {"backup_manifest_damaged", "Bản kê của bản sao lưu đã hỏng.", "The manifest of the backup is damaged."},
    {"backup_damaged", "Bản sao lưu hỏng; không phục hồi gì.", "The backup is damaged; nothing was restored."},
    {"data_dir_empty", "Không có dữ liệu trong thư mục này.", "No data in this folder."},
    {"restore_target_not_empty",
     "Nơi phục hồi đã có dữ liệu; chọn nơi khác, hoặc --replace để dời dữ liệu cũ sang bên.",
     "The target holds data; choose another, or --replace to move it aside."},
    {"restore_engine_mismatch", "Bản sao lưu của cơ sở dữ liệu loại khác (SQLite hay PostgreSQL).",
     "The backup is of the other engine (SQLite or PostgreSQL)."},
    {"db_connection", "Không kết nối được cơ sở dữ liệu.", "Cannot connect to the database."},
    {"db_busy", "Cơ sở dữ liệu đang bận.", "The database is busy."},
    {"audit_key_rotated", "Khóa của nhật ký đã đổi: khởi động lại máy chủ.", "The log's key was changed: restart the server."},
    {"audit_rotation_busy", "Một tiến trình khác đang niêm nhật ký: dừng các máy chủ rồi chạy lại.",
     "Another process is sealing the log: stop the servers and run it again."},
    {"storage_full", "Đĩa đầy.", "The disk is full."},
    {"storage_read_only", "Không được ghi vào nơi lưu dữ liệu.", "The storage is read-only."},
    {"db_move_unfinished",
     "Việc chuyển dữ liệu vào cơ sở dữ liệu này còn dở; chạy lại tinhso move để làm tiếp.",
     "The move into this database is unfinished; run tinhso move again to complete it."},
    {"db_moved", "Dữ liệu đã chuyển sang cơ sở dữ liệu khác; hãy sửa mục database.url.",
     "The data has moved to another database; set database.url."},
    {"db_target_not_empty", "Cơ sở dữ liệu đích đã có dữ liệu; không thay đổi gì.",
     "The target database is not empty; nothing was changed."},
    {"db_target_live", "Có máy chủ đang dùng cơ sở dữ liệu PostgreSQL này; hãy dừng trước.",
     "A server is using this PostgreSQL database; stop it first."},
    {"db_move_differs", "Dữ liệu hai bên không giống nhau sau khi chép.", "The two sides differ after copying."},
    {"db_not_postgres", "Chỉ phân tán được PostgreSQL; dùng --database.", "Only PostgreSQL can be distributed; use --database."},
    {"db_citus_missing", "Máy chủ PostgreSQL không có phần mở rộng citus; không thay đổi gì.",
     "The PostgreSQL server has no extension citus; nothing was changed."},
    {"migration_from_the_future", "Dữ liệu do phiên bản mới hơn tạo ra; hãy dùng chương trình mới hơn.",
     "The data was written by a newer version; use a newer program."},
    {"migration_failed", "Nâng cấp cơ sở dữ liệu không thành công.", "Upgrading the database failed."},
};

}  // namespace

void Say(const std::string& line) {
  std::fputs(line.c_str(), stdout);
  std::fputc('\n', stdout);
  std::fflush(stdout);
}

void Complain(const std::string& line) {
  std::fputs(line.c_str(), stderr);
  std::fputc('\n', stderr);
}

int Explain(const Error& error) {
  std::string vi = "Có lỗi.", en = "An error occurred.";
  for (const Explanation& known : kExplanations) {
    if (known.reason != error.reason) continue;
    vi = known.vi;
    en = known.en;
  }
  Complain("Lỗi: " + vi + " / Error: " + en);
  Complain("  " + error.reason + (error.detail.empty() ? "" : ": " + error.detail));
  for (const FieldError& field : error.fields)
    Complain("  " + field.pointer + ": " + field.reason + " " + field.detail);
  return error.reason == "data_dir_in_use" || error.reason == "listen_failed" ? kExitInUse : kExitFailed;
}

void SayAccounts(const std::vector<DemoAccount>& accounts) {
  size_t width = 0;
  for (const DemoAccount& account : accounts) width = std::max(width, account.username.size());
  for (const DemoAccount& account : accounts) {
    std::string line =
        "  " + account.username + std::string(width + 2 - account.username.size(), ' ') + account.full_name;
    line += " (" + (account.position.empty() ? "người dân / citizen" : account.position) + ")";
    Say(line);
  }
}

PlatformOptions OptionsOf(const Config& config) {
  PlatformOptions options;
  options.data_dir = config.paths.data;
  options.database_url = config.database.url;
  options.packs_dir = FindPacksDir(config.paths.packs);
  options.config = config;
  options.warn = [](const std::string& line) { Complain("Gói dữ liệu / Pack: " + line); };
  return options;
}

Result<std::unique_ptr<Platform>> OpenUnchanged(const Config& config) {
  PlatformOptions options = OptionsOf(config);
  options.packs_dir.clear();
  return Platform::Open(std::move(options), SystemClock());
}

}  // namespace tinhso::app
