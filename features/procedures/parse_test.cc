#include "parse.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/text.h"

namespace tinhso::procedures {
namespace {

constexpr const char* kFixtures = TINHSO_SOURCE_DIR "/tests/fixtures/procedures/";
constexpr std::string_view kHead = "Hình thức nộpThời gianPhí, lệ phíMô tả";

std::string TrimPunctuation(std::string s) {
  while (!s.empty() && std::string_view(".;,!/: ").find(s.back()) != std::string_view::npos) s.pop_back();
  return s;
}

bool EndsWith(std::string_view s, std::string_view end) {
  return s.size() >= end.size() && s.substr(s.size() - end.size()) == end;
}

std::string Joined(const std::vector<std::string>& files) {
  std::string out;
  for (const std::string& file : files) out += file;
  return out;
}

// The bar of the catalogue: sixty procedures of every ministry and level, each row read and labelled by a
// person (case, first and last words of the name, quantities, form file). At least nine rows of ten must be
// split right.
TEST(ParsePapersTest, NineOfTenLabelledRowsAreSplitIntoNameQuantityKindAndForm) {
  std::ifstream in(std::string(kFixtures) + "labels.jsonl");
  ASSERT_TRUE(in);
  int procedures = 0, rows = 0, right = 0;
  std::string wrong;
  for (std::string line; std::getline(in, line);) {
    ++procedures;
    const json::value label = json::Parse(line).value();
    const std::string code = json::GetText(label.get_object(), "code");
    const std::vector<Paper> papers = ParsePapers(json::GetText(label.get_object(), "text"));
    const json::array& expected = label.at("rows").get_array();
    for (size_t i = 0; i < expected.size(); ++i) {
      ++rows;
      const json::object& row = expected[i].get_object();
      if (i >= papers.size()) {
        wrong += code + " row " + std::to_string(i) + " is missing\n";
        continue;
      }
      const Paper& paper = papers[i];
      const std::string name = TrimPunctuation(paper.name);
      const std::string case_begins = json::GetText(row, "case");
      const bool ok =
          text::StartsWith(name, json::GetText(row, "begins")) &&
          EndsWith(name, TrimPunctuation(json::GetText(row, "ends"))) &&
          paper.originals == json::GetInt(row, "originals") && paper.copies == json::GetInt(row, "copies") &&
          Joined(paper.form_files) == json::GetText(row, "form") &&
          (case_begins.empty() ? paper.case_name.empty() : text::StartsWith(paper.case_name, case_begins));
      right += ok;
      if (!ok) wrong += code + " row " + std::to_string(i) + ": " + paper.raw + "\n";
    }
    // A row too many is a wrong split too.
    for (size_t i = expected.size(); i < papers.size(); ++i) {
      ++rows;
      wrong += code + " has a row too many: " + papers[i].raw + "\n";
    }
  }
  EXPECT_EQ(procedures, 60);
  EXPECT_GE(rows, 150);
  EXPECT_GE(right * 10, rows * 9) << right << " of " << rows << "\n" << wrong;
}

struct TimeCase {
  const char* text;
  int64_t value;  // -1 = states none
  const char* unit;
  UnitSource source = UnitSource::kCell;
};

// Cells of real records, shortened.
TEST(ParseChannelsTest, TimeLimitsAreReadWithTheirUnit) {
  const TimeCase cases[] = {
      {"Trực tiếp5 Ngày làm việcMiễn phí", 5, "working_day"},
      {"Trực tuyến15 NgàyMiễn phí(Theo quy định)", 15, "day"},
      {"Trực tiếp1 GiờMiễn phí", 1, "hour"},
      {"Dịch vụ bưu chính2 ThángKhông có thông tin", 2, "month"},
      {"Trực tuyến8 Giờ20 VNĐ(20.000 vnđ / tờ khai)", 8, "hour"},
      {"Trực tiếp2 Ngày làm việc70,000 VNĐ(70.000 đồng/Giấy chứng nhận.)", 2, "working_day"},
      {"Trực tiếpKhông có thông tinKhông có thông tinNộp hồ sơ tại trụ sở", -1, ""},
      {"Trực tuyếnKhông phải trả kết quả cho người nộp thuếMiễn phíQua Cổng", -1, ""},
      {"Trực tuyếnKhông có thông tinMiễn phí05 ngày làm việc kể từ ngày nhận đủ hồ sơ", 5, "working_day",
       UnitSource::kDescription},
      // A bare 1 is the portal's filler: the description knows better.
      {"Trực tiếp1Miễn phí(Không có)03 ngày làm việc kể từ ngày nhận được hồ sơ", 3, "working_day",
       UnitSource::kDescription},
      {"Trực tiếp17Miễn phí(Không có)", 17, "working_day", UnitSource::kAssumed},
      // The bare number is glued to the fee.
      {"Trực tuyến120,000 VNĐ(20.000 đồng/tờ khai)", 1, "working_day", UnitSource::kAssumed},
      {"Trực tuyến1100 VNĐ(Phí công bố: 100.000 đồng/lần)", 1, "working_day", UnitSource::kAssumed},
  };
  for (const TimeCase& c : cases) {
    const auto channels = ParseChannels(std::string(kHead) + c.text, "");
    ASSERT_EQ(channels.size(), 1u) << c.text;
    EXPECT_EQ(channels[0].raw, c.text);
    if (c.value < 0) {
      EXPECT_FALSE(channels[0].time_limit) << c.text;
      continue;
    }
    ASSERT_TRUE(channels[0].time_limit) << c.text;
    EXPECT_EQ(channels[0].time_limit->value, c.value) << c.text;
    EXPECT_EQ(channels[0].time_limit->unit, c.unit) << c.text;
    EXPECT_EQ(channels[0].time_limit->source, c.source) << c.text;
  }
}

// The steps of the procedure say which unit a bare number has.
TEST(ParseChannelsTest, UnitOfABareNumberComesFromTheStepsWhenTheyNameItOnce) {
  const auto channels =
      ParseChannels("Trực tiếp5Miễn phí", "Trong thời hạn 05 ngày làm việc kể từ ngày nhận hồ sơ");
  ASSERT_EQ(channels.size(), 1u);
  EXPECT_EQ(channels[0].time_limit->unit, "working_day");
  EXPECT_EQ(channels[0].time_limit->source, UnitSource::kText);
  // Two units for the same number prove nothing.
  const auto unsure = ParseChannels("Trực tiếp5Miễn phí", "trong 05 ngày làm việc … chậm nhất 5 tháng");
  EXPECT_EQ(unsure[0].time_limit->source, UnitSource::kAssumed);
}

TEST(ParseChannelsTest, BareOneIsCountedAsTheFillerItMostlyIs) {
  Procedure procedure;
  procedure.channels = ParseChannels(std::string(kHead) + "Trực tiếp1Miễn phíTrực tuyến20Miễn phí", "");
  const ParseCounts counts = CountParts(procedure);
  EXPECT_EQ(counts.time_limits_assumed, 2);
  EXPECT_EQ(counts.time_limits_filler, 1);
}

TEST(ParseChannelsTest, RunTogetherRowsAreCutAtTheirChannelAndNotInsideDescriptions) {
  const auto channels = ParseChannels(std::string(kHead) +
                                          "Trực tiếp17 Ngày làm việcMiễn phí(Không có)Trực tiếp tại cơ quan "
                                          "tiếp nhậnTrực tuyến7 NgàyMiễn phíTrực tuyến "
                                          "(áp dụng khi có hệ thống)Dịch vụ bưu chính17 Ngày làm việc150,000 "
                                          "Việt Nam ĐồngQua bưu chính công ích",
                                      "");
  ASSERT_EQ(channels.size(), 3u);
  EXPECT_EQ(channels[0].channel, "counter");
  EXPECT_EQ(channels[0].description, "Trực tiếp tại cơ quan tiếp nhận");
  EXPECT_EQ(channels[1].channel, "online");
  EXPECT_EQ(channels[1].time_limit->value, 7);
  EXPECT_EQ(channels[1].description, "Trực tuyến (áp dụng khi có hệ thống)");
  EXPECT_EQ(channels[2].channel, "post");
  EXPECT_EQ(channels[2].fees.at(0).amount_vnd, 150000);
}

TEST(ParseChannelsTest, FeesAreSumsOnlyWhenTheSourceMeansThem) {
  const auto fee = [](std::string_view cell) {
    return ParseChannels("Trực tiếp5 Ngày" + std::string(cell), "").at(0).fees.at(0);
  };
  EXPECT_EQ(fee("Miễn phí").kind, "free");
  EXPECT_EQ(fee("Miễn phí").amount_vnd, 0);
  EXPECT_EQ(fee("500,000 Việt Nam Đồng").amount_vnd, 500000);
  // The portal's column dropped the thousands; the note has them.
  EXPECT_EQ(fee("20 VNĐ(20.000 đồng/tờ khai)").amount_vnd, 20000);
  EXPECT_EQ(fee("20 VNĐ").kind, "see_note");
  EXPECT_EQ(fee("10 USD(10 USD/người.)").kind, "other_currency");
  EXPECT_FALSE(fee("10 USD(10 USD/người.)").amount_vnd);
  // "Free" with a tariff in the note is not free.
  EXPECT_EQ(fee("Miễn phí(- Dưới 5 tấn: 50.000 đồng/giấy; - Trên 15 tấn: 150.000 đồng/giấy.)").kind,
            "see_note");
  EXPECT_EQ(fee("Miễn phí(Mức lệ phí do Hội đồng nhân dân cấp tỉnh quyết định)").kind, "see_note");
  EXPECT_EQ(fee("Không có thông tin").kind, "unknown");
}

std::vector<Paper> Papers(std::string_view rows) {
  return ParsePapers("--Tên giấy tờMẫu đơn, tờ khaiSố lượng" + std::string(rows));
}

// Digits that belong to the name stand right before the count.
TEST(ParsePapersTest, YearsAndNumbersBeforeTheCountStayInTheName) {
  auto papers =
      Papers("Tờ khai theo Thông tư ngày 01/01/20261 bản chính,1 bản saoĐơn theo Mẫu số 181 bản chính");
  ASSERT_EQ(papers.size(), 2u);
  EXPECT_EQ(papers[0].name, "Tờ khai theo Thông tư ngày 01/01/2026");
  EXPECT_EQ(papers[0].originals, 1);
  EXPECT_EQ(papers[0].copies, 1);
  EXPECT_EQ(papers[1].name, "Đơn theo Mẫu số 18");
}

TEST(ParsePapersTest, CountsInsideANameDoNotEndTheRow) {
  auto papers = Papers(
      "- Tờ khai: nộp 02 bản chính tờ khai hải quan; vận đơn: 01 bản chính; hóa đơn: 01 bản chụp0 bản "
      "chính,1 bản sao");
  ASSERT_EQ(papers.size(), 1u);
  EXPECT_EQ(papers[0].kind, "copy");
  papers = Papers("Danh mục hàng hóa: 01 bản chính1 bản chínhHợp đồng ủy thác0 bản chính,1 bản sao");
  ASSERT_EQ(papers.size(), 2u);
  EXPECT_EQ(papers[0].name, "Danh mục hàng hóa: 01 bản chính");
}

TEST(ParsePapersTest, FormFilesAreCutFromTheName) {
  auto papers =
      Papers("Đơn đề nghị theo Mẫu số 01 Phụ lục I của Nghị định số 258/2025/NĐ-CPMẫu số 01.docx1 bản chính");
  ASSERT_EQ(papers.size(), 1u);
  EXPECT_EQ(papers[0].form_files, std::vector<std::string>{"Mẫu số 01.docx"});
  EXPECT_TRUE(EndsWith(papers[0].name, "NĐ-CP"));
  papers = Papers("Văn bản đề nghị theo Mẫu 05, Mẫu 07.Mau05.docxMau07.docx1 bản chính");
  EXPECT_EQ(papers[0].form_files, (std::vector<std::string>{"Mau05.docx", "Mau07.docx"}));
  papers = Papers("Văn bản đề nghị theo Mẫu I.1.2 và Mẫu I.1.3.Mẫu I.1.2.docx1 bản chính");
  EXPECT_EQ(papers[0].form_files, std::vector<std::string>{"Mẫu I.1.2.docx"});
}

TEST(ParsePapersTest, ZeroInTheCellIsFilledFromOnePhraseOfTheNameOnly) {
  EXPECT_EQ(Papers("Hóa đơn thương mại: 01 bản chụp0 bản chính").at(0).copies, 1);
  EXPECT_EQ(Papers("Vận đơn: 01 bản chụp; hợp đồng: 02 bản chính0 bản chính").at(0).kind, "unspecified");
}

// The portal cuts long texts: the words of the last row are kept.
TEST(ParsePapersTest, ARowCutShortKeepsItsWords) {
  auto papers = Papers("Đơn đề nghị1 bản chínhGiấy tờ chứng minh quyền sử d");
  ASSERT_EQ(papers.size(), 2u);
  EXPECT_EQ(papers[1].kind, "unspecified");
  EXPECT_EQ(papers[1].raw, "Giấy tờ chứng minh quyền sử d");
}

TEST(ParsePartsTest, StepsAreCutAtTheirNumbersAndNotAtReferences) {
  auto steps =
      ParseSteps("Bước 1: Nộp hồ sơ. Bước 2: Kiểm tra; nếu thiếu thì quay lại bước 1. Bước 3. Trả kết quả.");
  ASSERT_EQ(steps.size(), 3u);
  EXPECT_EQ(steps[1].title, "Bước 2");
  EXPECT_EQ(steps[1].text, "Kiểm tra; nếu thiếu thì quay lại bước 1.");
  EXPECT_EQ(ParseSteps("Nộp hồ sơ tại xã").size(), 1u);
  EXPECT_TRUE(ParseSteps("  ").empty());
}

TEST(ParsePartsTest, ResultsKeepTheirCodes) {
  auto parsed = ParseResults(
      "Phiếu Lý lịch tư pháp số 1Mã: KQ.G01.000200Phiếu Lý lịch tư pháp số 2Mã: KQ.G01.000199TTừ khóakhai "
      "sinh, trẻ emMô "
      "tảKhông có thông tinChọn cơ quan thực hiệnTỉnh/ Thành phố");
  ASSERT_EQ(parsed.results.size(), 2u);
  EXPECT_EQ(parsed.results[0].code, "KQ.G01.000200");
  EXPECT_EQ(parsed.results[1].name, "Phiếu Lý lịch tư pháp số 2");
  EXPECT_EQ(parsed.keywords, (std::vector<std::string>{"khai sinh", "trẻ em"}));
}

TEST(ParsePartsTest, LegalBasesAreCutAtTheirNumbers) {
  auto bases = ParseLegalBases(
      "Tên văn bản pháp lýMã văn bảnLuật Hộ tịch60/2014/QH13Nghị định số 24/2012/NĐ-CP ngày 03 tháng 4 về "
      "quản lý "
      "vàng232/2025/NĐ-CPquy định về phân quyền144/2025/NĐ-CPLuật số 43/2024/QH15 ngày "
      "29/6/202443/2024/QH15");
  ASSERT_EQ(bases.size(), 4u);
  EXPECT_EQ(bases[0].number, "60/2014/QH13");
  EXPECT_EQ(bases[1].name, "Nghị định số 24/2012/NĐ-CP ngày 03 tháng 4 về quản lý vàng");
  EXPECT_EQ(bases[2].number, "144/2025/NĐ-CP");
  EXPECT_EQ(bases[3].name, "Luật số 43/2024/QH15 ngày 29/6/2024");
  EXPECT_EQ(bases[3].number, "43/2024/QH15");
}

TEST(ParsePartsTest, SubjectsWithCommasStayWhole) {
  EXPECT_EQ(ParseSubjects(
                "Công dân Việt Nam, Cán bộ, công chức, viên chức, Tổ chức (không bao gồm doanh nghiệp, HTX)"),
            (std::vector<std::string>{"Công dân Việt Nam", "Cán bộ, công chức, viên chức",
                                      "Tổ chức (không bao gồm doanh nghiệp, HTX)"}));
  EXPECT_EQ(ParseLevels("Cấp bộ, Cấp tỉnh, Cấp xã, Cơ quan khác"),
            (std::vector<std::string>{"ministry", "province", "commune", "other"}));
}

TEST(ParseRecordTest, NothingIsLost) {
  auto parsed = ParseRecord(
      R"({"ma_thu_tuc":"1.001193","ten_thu_tuc":"Đăng ký khai sinh","linh_vuc":"Hộ tịch","khoa_la":"giữ nguyên",)"
      R"("thanh_phan_ho_so":"chữ không phải bảng","yeu_cau_dieu_kien":null})");
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(json::GetText(RawJson(*parsed), "khoa_la"), "giữ nguyên");
  EXPECT_EQ(json::GetText(RawJson(*parsed), "thanh_phan_ho_so"), "chữ không phải bảng");
  EXPECT_EQ(CountParts(*parsed).papers_text_left, 1);
}

TEST(ParseRecordTest, BadRecordsSayWhy) {
  const auto reason = [](std::string_view line) {
    auto parsed = ParseRecord(line);
    return parsed.ok() ? std::string("ok") : parsed.error().reason;
  };
  EXPECT_EQ(reason("{"), "json_malformed");
  EXPECT_EQ(reason("[]"), "procedure_record_not_object");
  EXPECT_EQ(reason(R"({"ma_thu_tuc":"../../etc","ten_thu_tuc":"x"})"), "procedure_code_malformed");
  EXPECT_EQ(reason(R"({"ma_thu_tuc":"1.001193"})"), "procedure_name_missing");
  EXPECT_EQ(reason(R"({"ma_thu_tuc":"1.001193","ten_thu_tuc":5})"), "procedure_field_not_text");
  EXPECT_EQ(reason("{\"ma_thu_tuc\":\"1.001193\",\"ten_thu_tuc\":\"" + std::string(kFieldBytesMax + 1, 'a') +
                   "\"}"),
            "procedure_field_too_large");
  EXPECT_EQ(reason(std::string(kRecordBytesMax + 1, ' ')), "procedure_record_too_large");
}

// Every cut of a record at every byte: no crash, no text out of range.
TEST(ParseRecordTest, TextCutAnywhereIsHarmless) {
  const std::string channels =
      std::string(kHead) + "Trực tiếp5 Ngày làm việc70,000 VNĐ(70.000 đồng (một lần)Trực tuyến1100 VNĐ";
  const std::string papers =
      "aTên giấy tờMẫu đơn, tờ khaiSố lượngĐơn.docxMau.doc1 bản chính,1 bản sao--Tên giấy tờMẫu đơn, tờ "
      "khaiSố lượng01 bản chính";
  const std::string others = "Bước 1: a Bước 2: bMã: KQ.G1.1Từ khóaaLuật 28/2009/QH1228/2009/QH12";
  for (const std::string& text : {channels, papers, others}) {
    for (size_t i = 0; i <= text.size(); ++i) {
      const std::string_view cut = std::string_view(text).substr(0, i);
      const std::string_view tail = std::string_view(text).substr(i);
      for (std::string_view part : {cut, tail}) {
        ParseChannels(part, part);
        ParsePapers(part);
        ParseSteps(part);
        ParseResults(part);
        ParseLegalBases(part);
        ParseSubjects(part);
      }
    }
  }
}

}  // namespace
}  // namespace tinhso::procedures
