// Reports and the register as tables, in the words of the official forms.
#include <algorithm>

#include "impl.h"

namespace tinhso::reports {

using dossiers::Fact;

namespace {

// The columns of the report as people read them; a set of cells is summed.
struct Column {
  const char* title;
  const char* cells;  // NamedCells
};
constexpr Column kColumns[] = {
    {"Kỳ trước chuyển sang", "carried_over"}, {"Tiếp nhận trực tuyến", "received_online"}, {"Tiếp nhận trực tiếp", "received_counter"},
    {"Tiếp nhận qua bưu chính", "received_post"}, {"Tổng số phải giải quyết", "total"}, {"Giải quyết trước hạn", "settled_before"},
    {"Giải quyết đúng hạn", "settled_on"}, {"Giải quyết quá hạn", "settled_late"}, {"Đã giải quyết", "settled"},
    {"Trong đó đã trả kết quả", "returned"}, {"Rút hồ sơ", "withdrawn"}, {"Dừng giải quyết", "stopped"}, {"Từ chối giải quyết", "refused"},
    {"Đang giải quyết trong hạn", "in_progress_within"}, {"Đang giải quyết quá hạn", "in_progress_late"}, {"Chờ bổ sung", "supplement"},
    {"Tạm dừng chờ nghĩa vụ tài chính", "paused"}, {"Đang giải quyết", "open"}, {"Không tiếp nhận", "not_accepted"}, {"Chờ tiếp nhận", "waiting"}};

std::string DateText(int64_t day) { return FormatDateVi(CivilFromDays(day)); }
std::string DateOf(const std::optional<int64_t>& at_us) { return at_us ? FormatDateVi(LocalDate(*at_us)) : ""; }

void AddCells(const Cells& cells, std::vector<std::variant<std::string, int64_t, double>>& row) {
  for (const Column& column : kColumns) {
    const CellSet set = NamedCells(column.cells);
    int64_t sum = 0;
    for (int i = 0; i < kCells; ++i)
      if (set >> i & 1) sum += cells.of[i];
    row.emplace_back(sum);
  }
}

const char* ReturnMethodVi(const std::string& method) {
  return method == "online" ? "Trực tuyến" : method == "post" ? "Qua bưu chính" : "Trực tiếp";
}

}  // namespace

std::vector<Table> Service::Impl::TablesOf(const Asked& asked, const OneStop& report) const {
  const std::string title = "Báo cáo giải quyết thủ tục hành chính · " + asked.unit->name + " · từ " + DateText(asked.period.from_day) +
                            " đến " + DateText(asked.period.to_day);
  auto table = [&](const char* name, const char* first, const char* second = nullptr) {
    Table out{name, title, {first}, {}};
    if (second != nullptr) out.columns.push_back(second);
    for (const Column& column : kColumns) out.columns.push_back(column.title);
    return out;
  };
  auto total = [&](Table& out, bool two) {
    out.rows.push_back({std::string("Tổng cộng")});
    if (two) out.rows.back().emplace_back(std::string());
    AddCells(report.total, out.rows.back());
  };
  Table units = table("Theo đơn vị", "Đơn vị");
  for (const orgs::Unit* unit : RowsInOrder(*asked.units, report)) {
    units.rows.push_back({unit->short_name});
    AddCells(report.by_unit.at(unit->unit_id), units.rows.back());
  }
  Table levels = table("Theo cấp", "Cấp");
  for (const auto& [level, cells] : report.by_level) {
    levels.rows.push_back({std::string(level == "commune" ? "Cấp xã" : "Cấp tỉnh")});
    AddCells(cells, levels.rows.back());
  }
  Table fields = table("Theo lĩnh vực", "Lĩnh vực");
  for (const auto& [field, cells] : report.by_field) {
    fields.rows.push_back({field.empty() ? std::string("Khác") : field});
    AddCells(cells, fields.rows.back());
  }
  Table procedures = table("Theo thủ tục", "Thủ tục", "Mã thủ tục");
  for (const auto& [code, cells] : report.by_procedure) {
    procedures.rows.push_back({Brief(code).name, code});
    AddCells(cells, procedures.rows.back());
  }
  total(units, false);
  total(levels, false);
  total(fields, false);
  total(procedures, true);
  return {std::move(units), std::move(levels), std::move(fields), std::move(procedures)};
}

Result<Table> Service::Impl::RegisterTable(const Asked& asked, const http::Principal& who) const {
  Table out{"Sổ theo dõi hồ sơ",
            "Sổ theo dõi hồ sơ · " + asked.unit->name + " · từ " + DateText(asked.period.from_day) + " đến " + DateText(asked.period.to_day),
            {"Số thứ tự", "Mã hồ sơ", "Tên thủ tục hành chính", "Tên cá nhân, tổ chức", "Địa chỉ, số điện thoại", "Cơ quan giải quyết", "Ngày nhận",
             "Ngày hẹn trả kết quả", "Ngày có kết quả", "Ngày trả kết quả", "Phương thức nhận kết quả", "Ghi chú"},
            {}};
  dossiers::Service::MatchParams params;
  params.from_day = asked.until.from_day;
  params.to_day = asked.until.to_day;
  params.limit = 500;
  params.match = [&asked](const Fact& f, const auto&) {
    return asked.Counts(f) && f.received_day >= asked.until.from_day && f.received_day <= asked.until.to_day;
  };
  do {
    TINHSO_ASSIGN(auto page, deps.dossiers.Register(params, who));
    for (const auto& r : page.rows) {
      if (out.rows.size() >= kRegisterFileRowsMax) return MakeError(ErrorCode::kTooLarge, "register_too_long");
      auto due = ParseDate(r.due_on);
      out.rows.push_back({int64_t{0}, r.dossier_code, r.procedure_name, r.applicant_name, r.address + (r.address.empty() || r.phone.empty() ? "" : ", ") + r.phone,
                          r.handling_unit, DateOf(r.received_at_us), due.ok() ? FormatDateVi(*due) : std::string(), DateOf(r.finished_at_us),
                          DateOf(r.returned_at_us), std::string(ReturnMethodVi(r.return_method)), r.note});
    }
    params.cursor = page.next_cursor;
  } while (!params.cursor.empty());
  // A book is written from its first day on.
  std::reverse(out.rows.begin(), out.rows.end());
  for (size_t i = 0; i < out.rows.size(); ++i) out.rows[i][0] = static_cast<int64_t>(i + 1);
  return out;
}

}  // namespace tinhso::reports
