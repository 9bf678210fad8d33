// The portal's words for a dossier: what the codes and stamps must be.
#include "shape.h"

#include <gtest/gtest.h>

namespace tinhso::portal {
namespace {

dossiers::Shared Example() {
  dossiers::Shared d;
  d.dossier_code = "H12.126-261123-0001";
  d.procedure_code = "1.001193";
  d.procedure_name = "Thủ tục đăng ký khai sinh";
  d.channel = "online";
  d.return_method = "post";
  d.unit_code = "H12.126";
  d.unit_name = "Ủy ban nhân dân phường An Xuyên";
  d.applicant = {{"full_name", "Nguyễn Thị Mỹ Hạnh"}, {"personal_no", "096190001234"}, {"phone", "0912345678"}};
  d.national_state = 5;
  d.submitted_at_us = FromLocal({2026, 11, 23}, 9 * 60 + 5) + 7 * kUsPerSecond;
  d.received_at_us = FromLocal({2026, 11, 23}, 10 * 60);
  d.papers = {{"birth_notification", "Giấy chứng sinh", 0, 1, 2, {{7, "giay-chung-sinh.pdf"}}}, {"other", "Giấy khác", 1, 0, 0, {}}};
  d.steps = {{11, d.submitted_at_us, "submit", "Nộp hồ sơ", "Nguyễn Thị Mỹ Hạnh", "", "", "", {}, 1, true, std::nullopt},
             {12, *d.received_at_us, "accept", "Tiếp nhận hồ sơ", "Lê Thị Thu Ngân", "Công chức", "Một cửa", "", {}, 2, false, "2026-11-25"},
             {13, FromLocal({2026, 11, 25}, 8 * 60), "request_supplement", "Yêu cầu bổ sung giấy tờ", "Phạm Hoàng Khải", "Công chức",
              "Văn phòng", "Ảnh mờ", {"Giấy chứng sinh", "Ảnh"}, 5, false, "2026-11-25"}};
  return d;
}

TEST(PortalShapeTest, ADossierInThePortalsCodes) {
  const json::object record = DossierRecord(Example(), "https://tinh.example.vn");
  auto of = [&](const char* key) { return json::GetText(record, key); };
  EXPECT_EQ(of("KenhThucHien"), "2");
  EXPECT_EQ(of("HinhThuc"), "1");
  EXPECT_EQ(of("NoiNopHoSo"), "2");
  EXPECT_EQ(of("TrangThaiHoSo"), "5");
  EXPECT_EQ(of("NgayNopHoSo"), "20261123090507");
  EXPECT_EQ(of("NgayTiepNhan"), "20261123100000");
  EXPECT_EQ(of("NgayTra"), "");
  EXPECT_EQ(of("DonViXuLy"), "Ủy ban nhân dân phường An Xuyên");
  EXPECT_EQ(of("HoSoCoThanhPhanSoHoa"), "1");
  ASSERT_EQ(record.at("TaiLieuNop").as_array().size(), 1u);  // what has no file was not attached
  EXPECT_EQ(json::GetText(record.at("TaiLieuNop").as_array()[0].as_object(), "DuocTaiSuDung"), "1");
  const json::object& asked = record.at("DanhSachHoSoBoSung").as_array().at(0).as_object();
  EXPECT_EQ(json::GetText(asked, "NoiDungBoSung"), "Ảnh mờ: Giấy chứng sinh; Ảnh");
  EXPECT_FALSE(asked.at("TrangThaiBoSung").as_bool());
  EXPECT_TRUE(record.at("DanhSachGiayToKetQua").as_array().empty());
}

TEST(PortalShapeTest, AnAnsweredRequestIsOneRow) {
  dossiers::Shared d = Example();
  d.steps.push_back({14, FromLocal({2026, 11, 26}, 9 * 60), "supplement", "Nộp giấy tờ bổ sung", "Nguyễn Thị Mỹ Hạnh", "", "", "", {}, 4, true, std::nullopt});
  const json::object record = DossierRecord(d, "");
  const json::array& asked = record.at("DanhSachHoSoBoSung").as_array();
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_TRUE(asked[0].as_object().at("TrangThaiBoSung").as_bool());
  EXPECT_EQ(json::GetText(asked[0].as_object(), "NgayTiepNhanBoSung"), "20261126090000");
}

TEST(PortalShapeTest, StepsAfterTheLastOneTold) {
  const json::array steps = ProgressRecords(Example(), 11);
  ASSERT_EQ(steps.size(), 2u);
  const json::object& first = steps[0].as_object();
  EXPECT_EQ(json::GetText(first, "NgayBatDau"), "20261123090507");
  EXPECT_EQ(json::GetText(first, "NgayKetThucTheoQuyDinh"), "20261125235959");
  EXPECT_EQ(json::GetText(steps[1].as_object(), "NoiDungXuLy"), "Yêu cầu bổ sung giấy tờ: Ảnh mờ");
  EXPECT_TRUE(ProgressRecords(Example(), 13).empty());
}

}  // namespace
}  // namespace tinhso::portal
