// The demo province's own templates, printed with the data the program gives them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/text.h"
#include "test_tools.h"

namespace tinhso::printing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string kPrintFolder = std::string(TINHSO_SOURCE_DIR) + "/packs/ca-mau/print/";

std::string Source(const std::string& id) { return ReadWhole(kPrintFolder + id + ".yaml"); }

Template Load(const std::string& id) {
  auto parsed = Template::Parse(Source(id), id + ".yaml");
  EXPECT_TRUE(parsed.ok()) << parsed.error().detail;
  return parsed ? *parsed : MustParse("template: x\nblocks: [{paragraph: x}]\n");
}

std::vector<std::string> AllTemplates() {
  std::vector<std::string> ids;
  for (const auto& entry : std::filesystem::directory_iterator(kPrintFolder)) {
    if (entry.path().extension() == ".yaml") ids.push_back(entry.path().stem());
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

json::object DossierData() {
  return Data(R"({
    "unit": {"name": "Ủy ban nhân dân phường An Xuyên", "parent_name": "Ủy ban nhân dân tỉnh Cà Mau", "place": "An Xuyên"},
    "procedure": {"name": "Cấp giấy xác nhận tình trạng hôn nhân"},
    "slip": {"number": 128},
    "dossier": {"desk_name": "Trung tâm Phục vụ hành chính công phường An Xuyên", "dossier_code": "H12.101-261123-0007", "submitted_at": "2026-11-20T20:11:00+07:00",
      "received_at": "2026-11-23T08:30:00+07:00", "due_at": "2026-11-27T16:30:00+07:00", "due_on": "2026-11-27",
      "channel_text": "Trực tuyến", "procedure_name": "Cấp giấy xác nhận tình trạng hôn nhân", "fee_vnd": 15000,
      "time_limit_text": "03 ngày làm việc", "track_url": "http://localhost:8080/tra-cuu?ma=H12.101-261123-0007"},
    "applicant": {"full_name": "Nguyễn Thị Kiều Diễm", "personal_no": "096192003456", "birth_on": "1992-02-05",
      "address": "Số 12, khóm 3, phường An Xuyên, tỉnh Cà Mau", "phone": "0912345678", "email": "diem@example.vn"},
    "papers": [{"no": 1, "name": "Tờ khai theo mẫu", "copies": 1, "kind_text": "Bản điện tử"},
               {"no": 2, "name": "Trích lục ghi chú ly hôn", "copies": 2, "kind_text": "Bản chính"}],
    "officer": {"full_name": "Trần Quốc Vĩnh", "signature": "Trần Quốc Vĩnh", "position": "Chuyên viên"},
    "supplement": {"reason": "Giấy tờ chưa có chữ ký", "limit_days": 5, "items": ["Bản chính Trích lục", "Ảnh thẻ căn cước rõ nét"]},
    "refusal": {"reason": "Không thuộc thẩm quyền giải quyết"},
    "apology": {"reason": "Chờ xác minh", "given_at": "2026-11-26T09:00:00+07:00", "old_due_on": "2026-11-27", "new_due_on": "2026-12-07"},
    "stop": {"reason": "Hồ sơ trùng", "stopped_at": "2026-11-26T09:00:00+07:00"},
    "hand_overs": [{"from_unit": "Trung tâm", "from_name": "Trần Quốc Vĩnh", "to_unit": "Văn phòng", "to_name": "Phạm Hoàng Khải",
      "at": "2026-11-23T09:00:00+07:00", "outcome": "Trước hạn", "note": "Chờ phân công"}],
    "register": {"from": "2026-11-01", "to": "2026-11-30", "count": 1, "rows": [{"dossier_code": "H12.101-261123-0007",
      "applicant_name": "Nguyễn Thị Kiều Diễm", "received_at": "2026-11-23T08:30:00+07:00", "due_on": "2026-11-27"}]},
    "result": {"number": "12/XN-UBND", "issued_on": "2026-11-27", "decided_by": "Lê Minh Hoàng",
      "decided_position": "Phó Chủ tịch", "verify_url": "http://localhost:8080/xac-minh/abcd2345efgh"},
    "form": {}, "form_text": {}})");
}

// Lines as read, with runs of spaces made one: layouts differ, words must not.
std::string Flat(const std::string& text) {
  std::string flat;
  for (char c : text) {
    if (c == '\n' || c == '\f') c = ' ';
    if (c != ' ' || (!flat.empty() && flat.back() != ' ')) flat += c;
  }
  return flat;
}

// Mẫu số 01 as the circular lists it: each fact a person needs on the slip, on A5 as it is handed out and on
// A4.
TEST(PacksPrintTest, ReceiptSlipSaysEverythingOnA5AndA4) {
  for (const char* size : {"A5", "A4"}) {
    std::string yaml = Source("slip-01");
    ASSERT_NE(yaml.find("size: A5"), std::string::npos);
    yaml.replace(yaml.find("size: A5"), 8, std::string("size: ") + size);
    std::string bytes = MustRender(MustParse(yaml), DossierData());
    Pdf pdf = Inspect(bytes);
    EXPECT_EQ(pdf.pages, 1) << size;
    EXPECT_THAT(pdf.info, HasSubstr(std::string(size) == "A5" ? "419.528 x 595.276" : "595.276 x 841.89"));
    const std::string text = Flat(pdf.text);
    for (const char* said : {"CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
                             "Độc lập - Tự do - Hạnh phúc",
                             "PHƯỜNG AN XUYÊN",
                             "TRUNG TÂM PHỤC VỤ",
                             "Số: 128/TTPVHCC",
                             "An Xuyên, ngày 23 tháng 11 năm 2026",
                             "GIẤY TIẾP NHẬN HỒ SƠ",
                             "VÀ HẸN TRẢ KẾT QUẢ",
                             "H12.101-261123-0007",
                             "Nguyễn Thị Kiều Diễm",
                             "Số 12, khóm 3, phường An Xuyên, tỉnh Cà Mau",
                             "0912345678",
                             "diem@example.vn",
                             "Cấp giấy xác nhận tình trạng hôn nhân",
                             "Tờ khai theo mẫu",
                             "Trích lục ghi chú ly hôn",
                             "Bản chính",
                             "15.000 đồng",
                             "03 ngày làm việc",
                             "Thời gian nhận hồ sơ: 08 giờ 30 phút, ngày 23/11/2026",
                             "Thời gian trả kết quả giải quyết hồ sơ: 16 giờ 30 phút, ngày 27/11/2026",
                             "Trực tuyến",
                             "NGƯỜI NỘP HỒ SƠ",
                             "NGƯỜI TIẾP NHẬN HỒ SƠ",
                             "Trần Quốc Vĩnh"}) {
      EXPECT_THAT(text, HasSubstr(said)) << size;
    }
    EXPECT_EQ(DecodeQr(bytes, 1), "http://localhost:8080/tra-cuu?ma=H12.101-261123-0007\n");
    EXPECT_THAT(pdf.fonts, Not(HasSubstr(" no ")));
  }
}

TEST(PacksPrintTest, SlipWithoutDueDateSaysSoAndItsQrCarriesTheCode) {
  json::object data = DossierData();
  data["dossier"].as_object().erase("due_at");
  data["dossier"].as_object().erase("track_url");
  std::string bytes = MustRender(Load("slip-01"), data);
  EXPECT_THAT(Flat(Inspect(bytes).text), HasSubstr("Không có ngày hẹn trả"));
  EXPECT_EQ(DecodeQr(bytes, 1), "H12.101-261123-0007\n");
}

TEST(PacksPrintTest, SupplementAndRefusalSlipsGiveTheReason) {
  const std::string supplement = Flat(Inspect(MustRender(Load("slip-02"), DossierData())).text);
  for (const char* said :
       {"PHIẾU YÊU CẦU BỔ SUNG, HOÀN THIỆN HỒ SƠ", "1. Bản chính Trích lục", "2. Ảnh thẻ căn cước rõ nét",
        "Giấy tờ chưa có chữ ký", "5 ngày", "NGƯỜI HƯỚNG DẪN"}) {
    EXPECT_THAT(supplement, HasSubstr(said));
  }
  const std::string refusal = Flat(Inspect(MustRender(Load("slip-03"), DossierData())).text);
  for (const char* said : {"PHIẾU TỪ CHỐI TIẾP NHẬN GIẢI QUYẾT HỒ SƠ", "Không thuộc thẩm quyền giải quyết"}) {
    EXPECT_THAT(refusal, HasSubstr(said));
  }
}

// What people and officers look for on the other slips, in the words of the circular.
TEST(PacksPrintTest, TheOtherSlipsSayWhatTheyRecord) {
  auto text = [](const char* id) { return Flat(Inspect(MustRender(Load(id), DossierData())).text); };
  const std::string apology = text("slip-04");
  for (const char* said : {"VĂN BẢN XIN LỖI", "GIA HẠN THỜI GIAN GIẢI QUYẾT", "27/11/2026", "07/12/2026", "Chờ xác minh"})
    EXPECT_THAT(apology, HasSubstr(said));
  EXPECT_THAT(text("slip-04-2018"), HasSubstr("PHIẾU XIN LỖI"));
  for (const char* said : {"THÔNG BÁO DỪNG", "Hồ sơ trùng"}) EXPECT_THAT(text("slip-05"), HasSubstr(said));
  for (const char* id : {"slip-06", "slip-05-2018"})
    for (const char* said : {"PHIẾU KIỂM SOÁT", "Hoàng Khải", "Trước"}) EXPECT_THAT(text(id), HasSubstr(said)) << id;
  for (const char* id : {"slip-07", "slip-06-2018"}) {
    Pdf pdf = Inspect(MustRender(Load(id), DossierData()));
    EXPECT_THAT(pdf.info, HasSubstr("841.89 x 595.276")) << id;  // A4 across
    for (const char* said : {"SỔ THEO DÕI HỒ SƠ", "01/11/2026", "Kiều Diễm", "27/11/2026"}) EXPECT_THAT(Flat(pdf.text), HasSubstr(said)) << id;
  }
}

// Thirty papers go over the page; the table's head goes with them.
TEST(PacksPrintTest, ManyPapersTakeTheTableHeadToTheNextPage) {
  json::object data = DossierData();
  json::array& papers = data["papers"].as_array();
  for (int i = 0; i < 30; ++i) papers.push_back(json::object{{"name", "Giấy tờ chứng minh quan hệ và nơi cư trú"}, {"copies", 1}, {"kind_text", "Bản sao"}});
  Pdf pdf = Inspect(MustRender(Load("slip-01"), data));
  EXPECT_GT(pdf.pages, 1);
  int heads = 0;
  for (size_t at = pdf.text.find("Tên giấy tờ"); at != std::string::npos; at = pdf.text.find("Tên giấy tờ", at + 1)) ++heads;
  EXPECT_GE(heads, pdf.pages - 1);
}

TEST(PacksPrintTest, GeneralResultIsSignedForTheBodyAndCanBeVerified) {
  std::string bytes = MustRender(Load("result-general"), DossierData());
  const std::string text = Flat(Inspect(bytes).text);
  for (const char* said : {"Số: 12/XN-UBND", "An Xuyên, ngày 27 tháng 11 năm 2026", "TM. ỦY BAN NHÂN DÂN",
                           "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH", "Lê Minh Hoàng", "05/02/1992", "096192003456"}) {
    EXPECT_THAT(text, HasSubstr(said));
  }
  EXPECT_EQ(DecodeQr(bytes, 1), "http://localhost:8080/xac-minh/abcd2345efgh\n");
  // Under a mandate one signs for the chairman, not for the body.
  json::object mandate = DossierData();
  mandate["result"].as_object()["decided_position"] = "TUQ. Chủ tịch Ủy ban nhân dân phường\nTrưởng phòng";
  const std::string mandated = Flat(Inspect(MustRender(Load("result-general"), mandate)).text);
  EXPECT_THAT(mandated, HasSubstr("TUQ. CHỦ TỊCH"));
  EXPECT_THAT(mandated, HasSubstr("TRƯỞNG PHÒNG"));
  EXPECT_THAT(mandated, Not(HasSubstr("TM. ỦY BAN")));
  // A department is one head's office: it signs without "TM.".
  json::object data = DossierData();
  data["unit"].as_object()["name"] = "Sở Nội vụ tỉnh Cà Mau";
  data["result"].as_object()["decided_position"] = "Giám đốc";
  const std::string department = Flat(Inspect(MustRender(Load("result-general"), data)).text);
  EXPECT_THAT(department, HasSubstr("GIÁM ĐỐC"));
  EXPECT_THAT(department, Not(HasSubstr("TM.")));
}

// Whatever the dossier lacks, a template prints: an officer must not be stuck over an optional field.
TEST(PacksPrintTest, EveryTemplatePrintsWithFullAndWithNoData) {
  EXPECT_GE(AllTemplates().size(), 11u);
  for (const std::string& id : AllTemplates()) {
    Template loaded = Load(id);
    EXPECT_EQ(loaded.Info().code, id);
    EXPECT_EQ(Inspect(MustRender(loaded, {})).pages, 1) << id;
    std::string bytes = MustRender(loaded, DossierData());
    Pdf pdf = Inspect(bytes);
    // A receipt of money has a form of its own, without the national title and with nothing to verify by a code.
    if (id != "receipt") {
      EXPECT_THAT(pdf.text, HasSubstr("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM")) << id;
    }
    EXPECT_THAT(pdf.fonts, Not(HasSubstr(" no "))) << id;
    EXPECT_THAT(pdf.info, HasSubstr("Title:")) << id;
    if (id.rfind("slip-", 0) == 0 || id == "receipt" || id == "cash-day") continue;
    EXPECT_EQ(DecodeQr(bytes, pdf.pages), "http://localhost:8080/xac-minh/abcd2345efgh\n") << id;
  }
}

// Field ids of a form file: every `id` in a list of `fields`.
void CollectFieldIds(const YAML::Node& node, std::set<std::string>& ids) {
  if (node.IsMap()) {
    if (node["fields"]) {
      for (const auto& field : node["fields"]) {
        if (field["id"]) ids.insert(field["id"].Scalar());
      }
    }
    for (const auto& entry : node) CollectFieldIds(entry.second, ids);
  } else if (node.IsSequence()) {
    for (const auto& item : node) CollectFieldIds(item, ids);
  }
}

// A result template names fields of its form; a misspelt one would print an empty line on a certificate.
TEST(PacksPrintTest, ResultTemplatesNameOnlyFieldsTheirFormsHave) {
  int checked = 0;
  for (const std::string& id : AllTemplates()) {
    Template loaded = Load(id);
    if (loaded.Info().uses_form.empty()) continue;
    std::set<std::string> fields;
    CollectFieldIds(YAML::Load(ReadWhole(std::string(TINHSO_SOURCE_DIR) + "/packs/ca-mau/forms/" +
                                         loaded.Info().uses_form + ".yaml")),
                    fields);
    for (const PathUse& use : loaded.Paths()) {
      const bool form = use.path.rfind("form.", 0) == 0, form_text = use.path.rfind("form_text.", 0) == 0;
      if (!form && !form_text) continue;
      std::string field = use.path.substr(form ? 5 : 10);
      field = field.substr(0, field.find('.'));
      EXPECT_TRUE(fields.count(field)) << id << ".yaml:" << use.line << ": no field '" << field << "'";
      ++checked;
    }
  }
  EXPECT_GT(checked, 30);
}

}  // namespace
}  // namespace tinhso::printing
