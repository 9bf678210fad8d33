// The complete list: an event that is not here cannot be recorded, so nobody has to guess what the log holds.
#include "kernel/audit/audit.h"

namespace tinhso::audit {

const std::vector<EventKind>& EventKinds() {
  static const std::vector<EventKind> kinds = {
      {"session.created", "Đăng nhập", "Signed in"},
      {"session.failed", "Đăng nhập không thành công", "Sign-in failed"},
      {"session.ended", "Đăng xuất", "Signed out"},
      {"account.created", "Tạo tài khoản", "Account created"},
      {"account.changed", "Thay đổi tài khoản", "Account changed"},
      {"assignment.changed", "Thay đổi phân công", "Assignment changed"},
      {"unit.changed", "Thay đổi đơn vị", "Unit changed"},
      {"calendar.changed", "Thay đổi lịch làm việc", "Calendar changed"},
      {"merger.previewed", "Xem trước sáp nhập đơn vị", "Merger previewed"},
      {"merger.scheduled", "Lập kế hoạch sáp nhập đơn vị", "Merger scheduled"},
      {"merger.cancelled", "Hủy kế hoạch sáp nhập", "Merger cancelled"},
      {"merger.begun", "Bắt đầu sáp nhập đơn vị", "Merger begun"},
      {"merger.finished", "Hoàn thành sáp nhập đơn vị", "Merger finished"},
      {"areas.imported", "Nhập danh mục đơn vị hành chính", "Areas imported"},
      {"pack.published", "Ban hành gói cấu hình", "Pack published"},
      {"file.uploaded", "Tải tệp lên", "File uploaded"},
      {"file.read", "Xem tệp", "File read"},
      {"procedure.imported", "Nhập danh mục thủ tục", "Procedures imported"},
      {"procedure.changed", "Thay đổi thủ tục", "Procedure changed"},
      {"dossier.submitted", "Nộp hồ sơ", "Dossier submitted"},
      {"dossier.received", "Tiếp nhận hồ sơ", "Dossier received"},
      {"dossier.acted", "Xử lý hồ sơ", "Dossier acted on"},
      {"dossier.read", "Xem hồ sơ", "Dossier read"},
      {"dossier.rated", "Đánh giá việc giải quyết hồ sơ", "Dossier rated"},
      {"dossier.paper_read", "Xem giấy tờ của hồ sơ", "Dossier paper read"},
      {"result.issued", "Ban hành kết quả", "Result issued"},
      {"result.verified", "Xác minh kết quả", "Result verified"},
      {"draft.saved", "Lưu bản nháp", "Draft saved"},
      {"draft.deleted", "Xóa bản nháp", "Draft deleted"},
      {"notice.read", "Xem thông báo", "Notice read"},
      {"notice.settings_changed", "Thay đổi cách nhận thông báo", "Notice settings changed"},
      {"notice.retried", "Gửi lại thông báo", "Notice sent again"},
      {"notice.test_sent", "Gửi thông báo thử", "Test notice sent"},
      {"job.retried", "Chạy lại tác vụ nền", "Background job retried"},
      {"job.discarded", "Bỏ tác vụ nền", "Background job discarded"},
      {"person.read", "Xem dữ liệu cá nhân", "Person read"},
      {"person.changed", "Thay đổi dữ liệu cá nhân", "Person changed"},
  };
  return kinds;
}

}  // namespace tinhso::audit
