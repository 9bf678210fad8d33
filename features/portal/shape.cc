#include "shape.h"

#include <cstdio>

namespace tinhso::portal {

namespace {

// yyyyMMddHHmmss in Viet Nam; "" = not yet.
std::string Stamp(std::optional<TimeUs> at_us) {
  if (!at_us) return "";
  const Date on = LocalDate(*at_us);
  const int64_t second = (*at_us - FromLocal(on, 0)) / kUsPerSecond;
  char out[24];
  std::snprintf(out, sizeof out, "%04d%02d%02d%02d%02d%02d", on.year, on.month, on.day, static_cast<int>(second / 3600),
                static_cast<int>(second / 60 % 60), static_cast<int>(second % 60));
  return out;
}

// "2026-11-23" → "20261123235959": a due date holds until its day ends.
std::string EndOfDay(const std::optional<std::string>& on) {
  if (!on || on->size() != 10) return "";
  return on->substr(0, 4) + on->substr(5, 2) + on->substr(8, 2) + "235959";
}

const char* Channel(const std::string& channel) { return channel == "counter" ? "1" : channel == "online" ? "2" : "3"; }
const char* ReturnMethod(const std::string& method) { return method == "post" ? "1" : method == "online" ? "2" : "0"; }

std::string Joined(const std::vector<std::string>& items) {
  std::string out;
  for (const std::string& item : items) out += (out.empty() ? "" : "; ") + item;
  return out;
}

// A request for more papers and its answer are one row there.
json::array Supplements(const dossiers::Shared& d) {
  json::array out;
  for (const dossiers::Shared::Step& step : d.steps) {
    if (step.action == "request_supplement") {
      const std::string items = Joined(step.items);
      out.push_back(json::object{{"NguoiYeuCauBoSung", step.actor_name},
                                 {"NoiDungBoSung", items.empty() ? step.reason : step.reason + ": " + items},
                                 {"NgayBoSung", Stamp(step.at_us)},
                                 {"NgayTiepNhanBoSung", ""},
                                 {"TrangThaiBoSung", false}});
    } else if (step.action == "supplement" && !out.empty()) {
      json::object& last = out.back().as_object();
      last["NgayTiepNhanBoSung"] = Stamp(step.at_us);
      last["TrangThaiBoSung"] = true;
    }
  }
  return out;
}

}  // namespace

json::object DossierRecord(const dossiers::Shared& d, const std::string& public_base_url) {
  json::array papers;
  bool digitised = false;
  for (const dossiers::Shared::Paper& paper : d.papers) {
    for (const dossiers::Shared::File& file : paper.files) {
      digitised = digitised || paper.digitisation >= 1;
      papers.push_back(json::object{{"TepDinhKemId", std::to_string(file.file_id)},
                                    {"TenTepDinhKem", file.name},
                                    {"IsDeleted", "False"},
                                    {"MaThanhPhanHoSo", paper.paper_id},
                                    {"TenThanhPhanHoSo", paper.name},
                                    {"DuocSoHoa", paper.digitisation >= 1 ? "1" : "0"},
                                    {"DuocTaiSuDung", paper.digitisation >= 2 ? "1" : "0"},
                                    {"DuocLayTuKhoDMQG", "0"}});
    }
  }
  json::array results;
  if (d.outcome) {
    results.push_back(json::object{{"TenGiayTo", d.procedure_name + " " + d.outcome->number},
                                   {"MaGiayToKetQua", d.outcome->verify_code},
                                   {"SoKyHieu", d.outcome->number},
                                   {"NgayBanHanh", d.outcome->issued_on},
                                   {"DuongDanTepTinKetQua", d.outcome->has_file ? public_base_url + "/xac-minh/" + d.outcome->verify_code : ""}});
  }
  std::string refused_at;
  for (const dossiers::Shared::Step& step : d.steps) {
    if (step.national_state == 3) refused_at = Stamp(step.at_us);
  }
  auto of = [&](const char* key) { return json::GetText(d.applicant, key); };
  return {{"MaHoSo", d.dossier_code},
          {"MaTTHC", d.procedure_code},
          {"TenTTHC", d.procedure_name},
          {"KenhThucHien", Channel(d.channel)},
          {"NoiNopHoSo", d.channel == "online" ? "2" : "1"},
          {"ChuHoSo", of("full_name")},
          {"LoaiDoiTuong", "1"},
          {"MaDoiTuong", of("personal_no")},
          {"NgaySinh", of("birth_on")},
          {"SoDienThoai", of("phone")},
          {"Email", of("email")},
          {"DiaChi", of("address")},
          {"NgayNopHoSo", Stamp(d.submitted_at_us)},
          {"NgayTiepNhan", Stamp(d.received_at_us)},
          {"NgayHenTra", Stamp(d.due_at_us)},
          {"NgayKetThucXuLy", Stamp(d.finished_at_us)},
          {"NgayTra", Stamp(d.returned_at_us)},
          {"NgayTuChoi", refused_at},
          {"HinhThuc", ReturnMethod(d.return_method)},
          {"TrangThaiHoSo", std::to_string(d.national_state)},
          {"MaDonVi", d.unit_code},
          {"DonViXuLy", d.handling_unit_name.empty() ? d.unit_name : d.handling_unit_name},
          {"HoSoCoThanhPhanSoHoa", digitised ? "1" : "0"},
          {"TaiLieuNop", std::move(papers)},
          {"DanhSachHoSoBoSung", Supplements(d)},
          {"DanhSachGiayToKetQua", std::move(results)}};
}

json::array ProgressRecords(const dossiers::Shared& d, int64_t after_event_id) {
  json::array out;
  for (size_t i = 0; i < d.steps.size(); ++i) {
    const dossiers::Shared::Step& step = d.steps[i];
    if (step.event_id <= after_event_id) continue;
    out.push_back(json::object{{"MaHoSo", d.dossier_code},
                               {"NguoiXuLy", step.actor_name},
                               {"ChucDanh", step.actor_position},
                               {"PhongBanXuLy", step.actor_unit},
                               {"ThoiDiemXuLy", Stamp(step.at_us)},
                               {"NoiDungXuLy", step.reason.empty() ? step.title : step.title + ": " + step.reason},
                               {"TrangThai", std::to_string(step.national_state)},
                               {"NgayBatDau", Stamp(i == 0 ? step.at_us : d.steps[i - 1].at_us)},
                               {"NgayKetThucTheoQuyDinh", EndOfDay(step.due_on)}});
  }
  return out;
}

}  // namespace tinhso::portal
