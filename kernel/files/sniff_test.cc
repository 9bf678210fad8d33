// Good and bad files, one per failing condition, made here byte by byte.
#include "sniff.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <stdlib.h>

#include "zip_names.h"

namespace tinhso::files {
namespace {

std::string U16(uint32_t v) { return {static_cast<char>(v & 0xff), static_cast<char>(v >> 8 & 0xff)}; }
std::string U32(uint32_t v) { return U16(v) + U16(v >> 16); }

// A ZIP of empty stored entries.
std::string ZipOf(const std::vector<std::string>& names) {
  std::string body, directory;
  for (const auto& name : names) {
    const uint32_t at = static_cast<uint32_t>(body.size());
    body += "PK\x03\x04" + U16(20) + std::string(20, '\0') + U16(name.size()) + U16(0) + name;
    directory += "PK\x01\x02" + U16(20) + U16(20) + std::string(20, '\0') + U16(name.size()) + std::string(12, '\0') +
                 U32(at) + name;
  }
  return body + directory + "PK\x05\x06" + std::string(4, '\0') + U16(names.size()) + U16(names.size()) +
         U32(directory.size()) + U32(body.size()) + U16(0);
}

std::string OleWith(const std::string& stream) {
  std::string out("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8);
  out += std::string(16, '\0') + U16(0x3e) + U16(3) + U16(0xfffe) + U16(9) + U16(6) + std::string(10, '\0') + U32(1) +
         U32(1) + U32(0) + U32(4096) + U32(0xfffffffe) + U32(0) + U32(0xfffffffe) + U32(0);
  out += std::string(1024, '\xff');
  for (char c : stream) out += std::string({c, '\0'});
  return out + std::string(2048, '\0');
}

const std::string kPdf = "%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n";
const std::string kPng("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89", 33);
const std::string kJpeg("\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xdb", 22);
const std::string kTiff = std::string("II*\0\x08\0\0\0", 8) + std::string(32, '\0');
const std::string kWebp = std::string("RIFF\x24\0\0\0WEBPVP8 ", 16) + std::string(40, '\0');
const std::string kHeic = std::string("\0\0\0\x18""ftypheic\0\0\0\0mif1heic", 24) + std::string(16, '\0');

class SniffTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = "/tmp/tinhso-sniff.XXXXXX";
    dir_ = mkdtemp(pattern.data());
  }
  void TearDown() override { std::filesystem::remove_all(dir_); }
  std::string Write(const std::string& bytes) {
    const std::string path = dir_ + "/content";
    std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return path;
  }
  // The type, or the reason of the refusal.
  std::string Sniff(const std::string& bytes, const std::string& name) {
    auto type = SniffType(Write(bytes), name);
    return type.ok() ? *type : type.error().reason;
  }
  std::string dir_;
};

TEST_F(SniffTest, AcceptedTypesAreKnownByTheirContent) {
  EXPECT_EQ(Sniff(kPdf, "Đơn đề nghị.pdf"), "application/pdf");
  EXPECT_EQ(Sniff(kPdf, "SCAN.PDF"), "application/pdf");
  EXPECT_EQ(Sniff(kPng, "a.png"), "image/png");
  EXPECT_EQ(Sniff(kJpeg, "a.jpg"), "image/jpeg");
  EXPECT_EQ(Sniff(kJpeg, "a.jpeg"), "image/jpeg");
  EXPECT_EQ(Sniff(kTiff, "a.tif"), "image/tiff");
  EXPECT_EQ(Sniff(kWebp, "a.webp"), "image/webp");
  EXPECT_EQ(Sniff(kHeic, "IMG_0001.heic"), "image/heic");
  EXPECT_EQ(Sniff(OleWith("WordDocument"), "a.doc"), "application/msword");
  EXPECT_EQ(Sniff(OleWith("Workbook"), "a.xls"), "application/vnd.ms-excel");
  EXPECT_EQ(Sniff("Xin chào Cà Mau\r\n\tdòng hai", "a.txt"), "text/plain");
}

// The order of the parts differs between programs; libmagic alone calls some of these plain archives.
TEST_F(SniffTest, OfficeDocumentsInAnyOrderOfParts) {
  const std::string docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
  EXPECT_EQ(Sniff(ZipOf({"[Content_Types].xml", "_rels/.rels", "word/document.xml"}), "a.docx"), docx);
  EXPECT_EQ(Sniff(ZipOf({"customXml/item1.xml", "word/document.xml", "[Content_Types].xml"}), "a.docx"), docx);
  EXPECT_EQ(Sniff(ZipOf({"[Content_Types].xml", "xl/workbook.xml"}), "a.xlsx"),
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
  EXPECT_EQ(Sniff(ZipOf({"mimetype", "content.xml"}), "a.odt"), "application/vnd.oasis.opendocument.text");
}

TEST_F(SniffTest, ContentThatIsNotWhatTheNameSays) {
  EXPECT_EQ(Sniff(kPng, "a.pdf"), "file_type_mismatch");
  EXPECT_EQ(Sniff(kPdf, "a.jpg"), "file_type_mismatch");
  EXPECT_EQ(Sniff(std::string("MZ") + std::string(200, '\0'), "a.pdf"), "file_type_mismatch");
  EXPECT_EQ(Sniff("<html><script>alert(1)</script></html>", "a.pdf"), "file_type_mismatch");
  EXPECT_EQ(Sniff("<!DOCTYPE html><html><script>alert(1)</script></html>", "a.txt"), "file_type_mismatch");
  EXPECT_EQ(Sniff("<svg xmlns=\"http://www.w3.org/2000/svg\"><script/></svg>", "a.png"), "file_type_mismatch");
  EXPECT_EQ(Sniff(ZipOf({"x.exe"}), "a.docx"), "file_type_mismatch");
  EXPECT_EQ(Sniff(ZipOf({"[Content_Types].xml", "xl/workbook.xml"}), "a.docx"), "file_type_mismatch");
  EXPECT_EQ(Sniff("not a zip", "a.docx"), "file_type_mismatch");
  EXPECT_EQ(Sniff(OleWith("SummaryInformation"), "setup.doc"), "file_type_mismatch");
  EXPECT_EQ(Sniff(OleWith("WordDocument"), "a.xls"), "file_type_mismatch");
  EXPECT_EQ(Sniff(std::string("text\0with nul", 13), "a.txt"), "file_type_mismatch");
  EXPECT_EQ(Sniff("Ti\xea""ng Vi\xea""t latin-1", "a.txt"), "file_type_mismatch");
  EXPECT_EQ(Sniff("cut in a character \xe1\xba", "a.txt"), "file_type_mismatch");
}

TEST_F(SniffTest, TypesThatAreRefusedWhateverTheyHold) {
  for (const char* name : {"a.svg", "a.exe", "a.html", "a.zip", "a.docm", "a.js", "a", "a.pdf.exe", "pdf"})
    EXPECT_EQ(Sniff(kPdf, name), "file_type_refused") << name;
  EXPECT_EQ(Sniff(ZipOf({"[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"}), "a.docx"),
            "file_type_refused");
}

// Characters of two and three bytes over the edge of every read.
TEST_F(SniffTest, LongTextIsReadInPieces) {
  std::string text;
  while (text.size() < 700'000) text += "Đăng ký khai sinh ở xã Đất Mũi; ";
  for (int shift = 0; shift < 4; ++shift) EXPECT_EQ(Sniff(std::string(shift, 'x') + text, "a.txt"), "text/plain");
  EXPECT_EQ(Sniff(text + "\xff", "a.txt"), "file_type_mismatch");
}

TEST_F(SniffTest, DamagedZipDirectoriesAreHarmless) {
  const std::string good = ZipOf({"[Content_Types].xml", "word/document.xml"});
  ASSERT_EQ(ZipNames(Write(good)).size(), 2u);
  for (size_t size = 0; size < good.size(); ++size) EXPECT_TRUE(ZipNames(Write(good.substr(0, size))).empty()) << size;
  for (size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0xff);
    EXPECT_LE(ZipNames(Write(bad)).size(), 2u) << at;
  }
}

TEST(CleanNameTest, NamesAreMadeSafe) {
  const auto clean = [](std::string_view name) {
    auto out = CleanName(name);
    return out.ok() ? *out : out.error().reason;
  };
  EXPECT_EQ(clean("Giấy khai sinh.pdf"), "Giấy khai sinh.pdf");
  EXPECT_EQ(clean("  a.pdf  "), "a.pdf");
  EXPECT_EQ(clean("../../etc/passwd"), "passwd");
  EXPECT_EQ(clean("C:\\Users\\lan\\a.pdf"), "a.pdf");
  EXPECT_EQ(clean("a\u0302.pdf"), "\u00e2.pdf");  // decomposed â → NFC
  for (const std::string& name : std::vector<std::string>{"", " ", ".", "..", "a/", "a\nb.pdf", std::string("a\0.pdf", 6),
                                                          "\xff.pdf", "gpj\u202efdp.exe", "\u2066a.pdf", "a\x7f.pdf"})
    EXPECT_EQ(clean(name), "file_name_invalid") << name;
  std::string longest;
  for (int i = 0; i < 200; ++i) longest += "đ";
  EXPECT_EQ(clean(longest), longest);
  EXPECT_EQ(clean(longest + "đ"), "file_name_invalid");
}

}  // namespace
}  // namespace tinhso::files
