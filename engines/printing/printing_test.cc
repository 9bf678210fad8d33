// The engine seen from outside: poppler and zbar read what it wrote.
#include "printing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "base/text.h"
#include "expression.h"
#include "test_tools.h"

namespace tinhso::printing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const char* const kHead = R"(template: t
pdf: {title: "Phiếu {{code}}", author: "Ủy ban nhân dân xã Đất Mũi", created_at: "{{at}}"}
blocks:
)";

std::string Paragraph(const std::string& text, const std::string& data) {
  return MustRender(MustParse(std::string(kHead) + "  - paragraph: \"" + text + "\"\n"), Data(data));
}

int Count(const std::string& text, const std::string& needle) {
  int n = 0;
  for (size_t at = text.find(needle); at != std::string::npos; at = text.find(needle, at + 1)) ++n;
  return n;
}

std::string Rows(int n, const std::string& name) {
  std::string rows;
  for (int i = 1; i <= n; ++i) {
    rows += (i == 1 ? "" : ",") + std::string("{\"name\":\"") + name + " " + std::to_string(i) + ".\"}";
  }
  return rows;
}

// Every letter and tone, small and capital: a font without stacked vowels would show boxes and extract
// nothing.
TEST(PrintingTest, EveryVietnameseLetterIsDrawnWithAnEmbeddedFontAndExtractsAsNfc) {
  const std::string small =
      "aàảãáạ ăằẳẵắặ âầẩẫấậ đ eèẻẽéẹ êềểễếệ iìỉĩíị oòỏõóọ ôồổỗốộ ơờởỡớợ uùủũúụ ưừửữứự yỳỷỹýỵ";
  Pdf pdf = Inspect(Paragraph("{{v}} **{{v}}** *{{v}}* {{v|upper}}", "{\"v\":\"" + small + "\"}"));
  EXPECT_GE(Count(pdf.text, "ưừửữứự"), 3);
  std::string words = pdf.text;
  for (char& c : words) c = c == '\n' ? ' ' : c;
  for (const std::string& word : text::Words(small)) EXPECT_THAT(words, HasSubstr(word));
  for (const std::string& word : text::Words(text::ToUpper(small))) EXPECT_THAT(words, HasSubstr(word));
  auto normal = text::Normalize(pdf.text.substr(0, pdf.text.find('\f')));
  ASSERT_TRUE(normal.ok());
  EXPECT_THAT(pdf.text, HasSubstr(*normal));
  // name … emb sub uni: every font embedded, subset and with a map back to Unicode; and no stand-in font.
  EXPECT_GE(Count(pdf.fonts, "yes yes yes"), 3);
  EXPECT_EQ(Count(pdf.fonts, " no "), 0) << pdf.fonts;
  EXPECT_EQ(Count(pdf.fonts, "DejaVu") + Count(pdf.fonts, "Noto"), 0) << pdf.fonts;
}

TEST(PrintingTest, DecomposedDataPrintsComposed) {
  Pdf pdf = Inspect(Paragraph("{{v}}", "{\"v\":\"x\"}"));
  json::object data;
  data["v"] = "Nguye\xCC\x82\xCC\x83n Thi\xCC\xA3";
  pdf = Inspect(MustRender(MustParse(std::string(kHead) + "  - paragraph: \"{{v}}\"\n"), data));
  EXPECT_THAT(pdf.text, HasSubstr("Nguyễn Thị"));
}

TEST(PrintingTest, ScriptsAndMarksInDataStayLiteral) {
  json::object data;
  data["v"] = "<script>alert(1)</script> & <b>x</b> **y** {{code}} \\n %s </span>";
  data["code"] = "BÍ-MẬT";
  Pdf pdf = Inspect(
      MustRender(MustParse(std::string(kHead) +
                           "  - paragraph: \"{{v}}\"\n  - fields:\n      - {label: A, value: \"{{v}}\"}\n"
                           "  - title: {text: \"{{v}}\", upper: false}\n"),
                 data));
  EXPECT_EQ(Count(pdf.text, "<script>alert(1)</script>"), 3) << pdf.text;
  EXPECT_THAT(pdf.text, HasSubstr("**y** {{code}}"));
  EXPECT_THAT(pdf.text, Not(HasSubstr("BÍ-MẬT")));
}

TEST(PrintingTest, MetadataComesFromTheDataAndTheSameDataGivesTheSameBytes) {
  const std::string data = R"({"code":"H12.05-261123-0007","at":"2026-11-23T08:30:00+07:00","v":"x"})";
  std::string first = Paragraph("{{v}}", data);
  EXPECT_EQ(first, Paragraph("{{v}}", data));
  Pdf pdf = Inspect(first);
  EXPECT_THAT(pdf.info, HasSubstr("Phiếu H12.05-261123-0007"));
  EXPECT_THAT(pdf.info, HasSubstr("Ủy ban nhân dân xã Đất Mũi"));
  EXPECT_THAT(first, HasSubstr("/CreationDate (20261123083000+07'00)"));
  // Without a moment in the data a fixed one is written, never the clock's.
  EXPECT_THAT(Paragraph("x", "{}"), HasSubstr("/CreationDate (20000101000000"));
}

TEST(PrintingTest, PageSizesAndOrientationAreThoseAskedFor) {
  auto size = [](const std::string& page) {
    return Inspect(MustRender(MustParse("template: t\npage: " + page + "\nblocks: [{paragraph: x}]\n"), {}))
        .info;
  };
  EXPECT_THAT(size("{size: A4}"), HasSubstr("595.276 x 841.89"));
  EXPECT_THAT(size("{size: A5}"), HasSubstr("419.528 x 595.276"));
  EXPECT_THAT(size("{size: A4, orientation: landscape}"), HasSubstr("841.89 x 595.276"));
}

TEST(PrintingTest, LongTextGoesOverPagesWithNothingLostAndNumbersFromPageTwo) {
  std::string text;
  for (int i = 1; i <= 900; ++i) text += "từ" + std::to_string(i) + ". khảo nghiệm chữ dài ";
  Pdf pdf = Inspect(Paragraph("{{v}}", "{\"v\":\"" + text + "\"}"));
  EXPECT_GT(pdf.pages, 3);
  for (int i = 1; i <= 900; ++i) EXPECT_EQ(Count(pdf.text, "từ" + std::to_string(i) + "."), 1) << i;
  // Page breaks are form feeds: the first line after one is the page's number, and the first page has none.
  size_t second = pdf.text.find('\f');
  ASSERT_NE(second, std::string::npos);
  EXPECT_EQ(pdf.text.find_first_not_of(" \n"), pdf.text.find("từ1."));
  EXPECT_EQ(text::Trim(pdf.text.substr(second + 1, pdf.text.find('\n', second + 1) - second)), "2");
}

TEST(PrintingTest, TableOfThreeHundredRowsRepeatsItsHeaderOnEveryPage) {
  Template table = MustParse(
      "template: t\npage_numbers: number_of_total\nblocks:\n  - table:\n      rows: papers\n      columns:\n"
      "        - {title: STT, text: \"{{row_number}}\", width: 10, align: center}\n"
      "        - {title: Tên giấy tờ, text: \"{{row.name}}\", width: 90}\n");
  Pdf pdf = Inspect(MustRender(table, Data("{\"papers\":[" + Rows(300, "Giấy tờ thứ") + "]}")));
  EXPECT_GT(pdf.pages, 5);
  EXPECT_EQ(Count(pdf.text, "Tên giấy tờ"), pdf.pages);
  for (int i = 1; i <= 300; ++i) EXPECT_EQ(Count(pdf.text, "Giấy tờ thứ " + std::to_string(i) + "."), 1) << i;
  EXPECT_THAT(pdf.text, HasSubstr("2/" + std::to_string(pdf.pages)));
}

TEST(PrintingTest, RowTallerThanAPageIsCutAndLosesNothing) {
  std::string cell;
  for (int i = 1; i <= 1500; ++i) cell += "chữ" + std::to_string(i) + ". ";
  Template table = MustParse(
      "template: t\nblocks:\n  - table:\n      rows: papers\n      columns:\n        - {title: A, text: "
      "\"{{row.name}}\"}\n"
      "        - {title: B, text: ngắn}\n");
  Pdf pdf = Inspect(MustRender(table, Data("{\"papers\":[{\"name\":\"" + cell + "\"}]}")));
  EXPECT_GT(pdf.pages, 1);
  for (int i = 1; i <= 1500; ++i) EXPECT_EQ(Count(pdf.text, "chữ" + std::to_string(i) + "."), 1) << i;
}

TEST(PrintingTest, TallColumnsFollowOneAnotherInsteadOfRunningOffThePage) {
  std::string text;
  for (int i = 1; i <= 700; ++i) text += "mục" + std::to_string(i) + ". ";
  Pdf pdf = Inspect(MustRender(MustParse("template: t\nblocks:\n  - columns:\n      - blocks: [{paragraph: "
                                         "\"{{v}}\"}]\n      - blocks: [{paragraph: cuối}]\n"),
                               Data("{\"v\":\"" + text + "\"}")));
  EXPECT_GT(pdf.pages, 1);
  for (int i = 1; i <= 700; ++i) EXPECT_EQ(Count(pdf.text, "mục" + std::to_string(i) + "."), 1) << i;
  EXPECT_THAT(pdf.text, HasSubstr("cuối"));
}

// A page with nothing but a signature could be put under any text: some of the text goes with it.
TEST(PrintingTest, SignatureTakesTheLastLinesAlong) {
  for (int lines : {26, 27, 28, 29, 30, 31, 32, 33, 34}) {
    std::string yaml = "template: t\nblocks:\n";
    for (int i = 1; i <= lines; ++i) yaml += "  - paragraph: Dòng số " + std::to_string(i) + ".\n";
    yaml += "  - signature: {columns: [{}, {role: CHỦ TỊCH, name: Lê Minh Hoàng}]}\n";
    Pdf pdf = Inspect(MustRender(MustParse(yaml), {}));
    std::string last = pdf.text.substr(0, pdf.text.size() - 1);
    last = last.substr(last.rfind('\f') == std::string::npos ? 0 : last.rfind('\f'));
    EXPECT_THAT(last, HasSubstr("CHỦ TỊCH")) << lines;
    EXPECT_THAT(last, HasSubstr("Lê Minh Hoàng")) << lines;
    EXPECT_THAT(last, HasSubstr("Dòng số " + std::to_string(lines) + ".")) << lines;
  }
}

TEST(PrintingTest, QrReadsBackExactly) {
  Template qr = MustParse(
      "template: t\nblocks:\n  - paragraph: Trang có mã\n  - qr: {data: \"{{u}}\", size_mm: 22, caption: "
      "Quét mã, align: right}\n");
  const std::string url = "https://dichvucong.example.vn/kiem-tra/H12.101-261123-0007?k=abcd2345efgh";
  std::string bytes = MustRender(qr, Data("{\"u\":\"" + url + "\"}"));
  EXPECT_EQ(DecodeQr(bytes, 1), url + "\n");
  EXPECT_THAT(Inspect(bytes).text, HasSubstr("Quét mã"));
  // Vietnamese in a code must come back as it went in.
  EXPECT_EQ(DecodeQr(MustRender(qr, Data(R"({"u":"Nguyễn Thị Kiều Diễm|05/02/1992"})")), 1),
            "Nguyễn Thị Kiều Diễm|05/02/1992\n");
}

TEST(PrintingTest, QrWithoutDataIsLeftOutAndTooMuchDataIsRefused) {
  Template qr =
      MustParse("template: t\nblocks:\n  - paragraph: x\n  - qr: {data: \"{{u}}\", caption: Quét mã}\n");
  EXPECT_THAT(Inspect(MustRender(qr, {})).text, Not(HasSubstr("Quét mã")));
  auto refused = Render(qr, Data("{\"u\":\"" + std::string(kQrBytesMax + 1, 'x') + "\"}"));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().reason, "print_qr_too_long");
  EXPECT_EQ(refused.error().code, ErrorCode::kTooLarge);
  EXPECT_TRUE(Render(qr, Data("{\"u\":\"" + std::string(kQrBytesMax, 'x') + "\"}")).ok());
}

void ExpectTooLong(const Template& print_template, const json::object& data) {
  auto refused = Render(print_template, data);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kTooLarge);
  EXPECT_EQ(refused.error().reason, "document_too_long") << refused.error().detail;
}

TEST(PrintingTest, HugeInputIsRefusedAndNotPrinted) {
  Template paragraph = MustParse("template: t\nblocks:\n  - paragraph: \"{{v}}\"\n");
  json::object data;
  data["v"] = std::string(kTextBytesMax + 1, 'x');
  ExpectTooLong(paragraph, data);
  // Few bytes, many pages.
  data["v"] = std::string(20'000, '\n') + "x";
  ExpectTooLong(paragraph, data);
  Template table =
      MustParse("template: t\nblocks:\n  - table: {rows: r, columns: [{title: A, text: \"{{row}}\"}]}\n");
  json::array rows(30'000, json::value("x"));
  data["r"] = rows;
  ExpectTooLong(table, data);
  // Parts that are never cut: a signature and a letterhead taller than a page.
  data["v"] = std::string(900, '\n') + "x";
  ExpectTooLong(MustParse("template: t\nblocks:\n  - signature: {columns: [{name: \"{{v}}\"}]}\n"), data);
  ExpectTooLong(MustParse("template: t\nfooter: {text: \"{{v}}\"}\nblocks:\n  - paragraph: x\n"), data);
}

// A hostile answer: letters without a place to break. Wrapping them as one word would take minutes (time
// grows with the square); the test's own time limit is the check, and nothing may be lost.
TEST(PrintingTest, EndlessWordWraps) {
  Pdf pdf = Inspect(Paragraph("{{v}}", "{\"v\":\"" + std::string(200'000, 'w') + "\"}"));
  EXPECT_EQ(Count(pdf.text, "w"), 200'000);
  auto clean = CleanText(std::string(5000, 'w'));
  EXPECT_EQ(Count(*clean, "\n"), 4);
  EXPECT_EQ(*CleanText(std::string(kQrBytesMax, 'w')), std::string(kQrBytesMax, 'w'));
}

TEST(PrintingTest, MissingValuesPrintNothingAndFieldsGetDotsThatAreNotText) {
  Pdf pdf = Inspect(MustRender(
      MustParse("template: t\nblocks:\n  - fields:\n      - {label: Họ và tên, value: \"{{a.b}}\"}\n"
                "      - {label: Ẩn, value: x, when: a.b}\n  - paragraph: \"{{a.b}}\"\n"
                "  - table: {rows: none, columns: [{title: Bảng, text: x}]}\n"),
      {}));
  EXPECT_EQ(text::Trim(pdf.text.substr(0, pdf.text.find('\f'))), "Họ và tên:");
}

TEST(PrintingTest, DocumentWithoutContentIsOneEmptyPage) {
  EXPECT_EQ(Inspect(MustRender(MustParse("template: t\nblocks:\n  - paragraph: \"{{none}}\"\n"), {})).pages,
            1);
}

TEST(PrintingTest, BlocksFollowTheirConditions) {
  Template both = MustParse(
      "template: t\nblocks:\n  - paragraph: có\n    when: a\n  - paragraph: không\n    when: \"!a\"\n");
  EXPECT_THAT(Inspect(MustRender(both, Data(R"({"a":"x"})"))).text, HasSubstr("có"));
  EXPECT_THAT(Inspect(MustRender(both, Data(R"({"a":"x"})"))).text, Not(HasSubstr("không")));
  EXPECT_THAT(Inspect(MustRender(both, {})).text, HasSubstr("không"));
}

TEST(PrintingTest, ListsCountInVietnameseOrder) {
  Pdf pdf = Inspect(
      MustRender(MustParse("template: t\nblocks:\n  - list: {items: l, text: \"{{row.t}}\", marker: "
                           "letter}\n  - list: {items: [một, hai], marker: number}\n"),
                 Data(R"({"l":[{"t":"A1"},{"t":"A2"},{"t":"A3"},{"t":"A4"},{"t":"A5"},{"t":"A6"}]})")));
  for (const char* line : {"a)", "d)", "đ)", "e)", "1.", "2."}) EXPECT_THAT(pdf.text, HasSubstr(line));
  EXPECT_LT(pdf.text.find("d)"), pdf.text.find("đ)"));
}

TEST(PrintingTest, BrokenUtf8InDataIsRefused) {
  json::object data;
  data["v"] = "x\xC3(";
  auto refused = Render(MustParse("template: t\nblocks:\n  - paragraph: \"{{v}}\"\n"), data);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().reason, "text_not_utf8");
}

// Workers print at the same time; the bytes must be those of a single thread.
TEST(PrintingTest, ThreadsPrintTheSameBytes) {
  Template shared =
      MustParse(std::string(kHead) +
                "  - header: {issuer: \"{{v}}\"}\n  - paragraph: \"{{v}}\"\n  - qr: {data: \"{{v}}\"}\n");
  auto data_of = [](int i) { return Data("{\"v\":\"Sở Nội vụ số " + std::to_string(i) + "\"}"); };
  std::vector<std::string> alone, together(4);
  for (int i = 0; i < 4; ++i) alone.push_back(MustRender(shared, data_of(i)));
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (int round = 0; round < 5; ++round) {
        auto bytes = Render(shared, data_of(i));
        together[i] = bytes ? *bytes : bytes.error().reason;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(alone, together);
}

}  // namespace
}  // namespace tinhso::printing
