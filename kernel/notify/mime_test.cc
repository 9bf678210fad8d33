// A mail as bytes: what a hostile or merely Vietnamese value must not do to it.
#include "mime.h"

#include <gtest/gtest.h>

#include "base/crypto.h"

namespace tinhso::notify {
namespace {

Mail Sample() {
  Mail mail;
  mail.from_name = "Cổng dịch vụ công";
  mail.from_address = "khong-tra-loi@example.vn";
  mail.to_address = "lan@example.com";
  mail.subject = "Cần bổ sung giấy tờ cho hồ sơ H12.126-261123-0001";
  mail.text = "Xin chào\n.\nđây là một dòng\n";
  mail.html = "<p>Xin chào</p>";
  mail.language = "vi";
  mail.message_id = "notice.1@example.vn";
  mail.unsubscribe_url = "https://example.vn/api/v1/notices/unsubscribe/abc";
  mail.at_us = FromLocal({2026, 11, 23}, 15 * 60 + 2) + 11 * kUsPerSecond;
  return mail;
}

std::string HeaderOf(const std::string& bytes, const std::string& name) {
  size_t at = bytes.find("\r\n" + name + ": ");
  if (at == std::string::npos) return "";
  at += name.size() + 4;
  std::string out;
  for (; at < bytes.size(); ++at) {
    if (bytes.compare(at, 2, "\r\n") == 0 && bytes[at + 2] != ' ') break;
    out.push_back(bytes[at]);
  }
  return out;
}

std::string Decoded(std::string_view header) {
  std::string out;
  for (size_t at = header.find("=?UTF-8?B?"); at != std::string_view::npos; at = header.find("=?UTF-8?B?", at + 1)) {
    std::string word(header.substr(at + 10, header.find("?=", at) - at - 10));
    while (!word.empty() && word.back() == '=') word.pop_back();
    for (char& c : word) c = c == '+' ? '-' : c == '/' ? '_' : c;
    out += *crypto::Base64UrlDecode(word);
  }
  return out;
}

TEST(MimeTest, VietnameseHeadersAreEncodedWordsThatDecodeToTheSame) {
  const std::string subject = "Hồ sơ đăng ký khai sinh của bạn đã được tiếp nhận, hẹn trả kết quả trong năm ngày làm việc";
  const std::string encoded = EncodeHeader(subject, 9);
  EXPECT_EQ(Decoded(encoded), subject);
  std::string_view rest = encoded;
  bool first = true;
  while (!rest.empty()) {
    const size_t end = rest.find("\r\n");
    const std::string_view line = rest.substr(0, end);
    EXPECT_LE(line.size() + (first ? 9 : 0), 76u) << line;
    // A word is never cut inside a character: each decodes to whole UTF-8 by itself.
    const std::string word = Decoded(line);
    EXPECT_NE(static_cast<unsigned char>(word[0]) & 0xc0, 0x80);
    rest = end == std::string_view::npos ? "" : rest.substr(end + 3);
    first = false;
  }
  EXPECT_EQ(EncodeHeader("Test mail", 9), "Test mail");
  EXPECT_EQ(Decoded(EncodeHeader("=?UTF-8?Q?x?=", 9)), "=?UTF-8?Q?x?=");
}

// RFC 5322 2.1.1 and the smuggling of headers and commands.
TEST(MimeTest, NoValueBeginsAHeaderOrALineOfItsOwn) {
  Mail mail = Sample();
  mail.subject = "A\r\nBcc: all@example.com\r\n\r\nbody";
  mail.from_name = "B\nX-Evil: 1";
  mail.language = "vi\r\nX-Evil: 1";
  mail.text = "one\r\n.\r\nMAIL FROM:<x>\n";
  const std::string bytes = BuildMail(mail);
  EXPECT_EQ(bytes.find("\r\nBcc:"), std::string::npos);
  EXPECT_EQ(bytes.find("\r\nX-Evil"), std::string::npos);
  EXPECT_EQ(bytes.find("\r\n.\r\n"), std::string::npos);
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] == '\n') {
      ASSERT_GT(i, 0u);
      ASSERT_EQ(bytes[i - 1], '\r');
    }
  }
}

TEST(MimeTest, HeadersSayWhatTheyShould) {
  const std::string bytes = "\r\n" + BuildMail(Sample());
  EXPECT_EQ(HeaderOf(bytes, "Date"), "Mon, 23 Nov 2026 15:02:11 +0700");
  EXPECT_EQ(HeaderOf(bytes, "Message-ID"), "<notice.1@example.vn>");
  EXPECT_EQ(HeaderOf(bytes, "To"), "<lan@example.com>");
  EXPECT_EQ(HeaderOf(bytes, "Auto-Submitted"), "auto-generated");
  EXPECT_EQ(HeaderOf(bytes, "List-Unsubscribe"), "<https://example.vn/api/v1/notices/unsubscribe/abc>");
  EXPECT_EQ(Decoded(HeaderOf(bytes, "Subject")), Sample().subject);
  EXPECT_NE(HeaderOf(bytes, "From").find("<khong-tra-loi@example.vn>"), std::string::npos);
  EXPECT_EQ(BuildMail(Sample()), BuildMail(Sample())) << "a retry is the same mail";
  Mail plain = Sample();
  plain.from_name = "So \"Y te\", tinh";
  EXPECT_NE(BuildMail(plain).find("From: \"So \\\"Y te\\\", tinh\"\r\n <"), std::string::npos);
}

TEST(MimeTest, AddressesThatCanBeWrittenToAndThoseThatCannot) {
  for (const char* good : {"lan@example.com", "a.b+c@mail.example.vn", "x@localhost"}) EXPECT_TRUE(IsMailAddress(good)) << good;
  for (const char* bad : {"", "lan", "@example.com", "lan@", "lan@x", "a b@example.com", "a@b@c.d", "lan@example..com", "<lan@example.com>",
                          "lan@example.com\r\nRCPT TO:<x@y.z>", "\"lan\"@example.com", ".lan@example.com", "lan@-example.com", "lân@example.com"})
    EXPECT_FALSE(IsMailAddress(bad)) << bad;
  EXPECT_FALSE(IsMailAddress(std::string(65, 'a') + "@example.com"));
}

}  // namespace
}  // namespace tinhso::notify
