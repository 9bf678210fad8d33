// iCalendar text as RFC 5545 wants it; that other programs read it the API suite shows with a parser of others.
#include "ics.h"

#include <gtest/gtest.h>

namespace tinhso::calendar_feed {
namespace {

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> out;
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find("\r\n", at);
    EXPECT_NE(end, std::string::npos);
    if (end == std::string::npos) break;
    out.push_back(text.substr(at, end - at));
    at = end + 2;
  }
  return out;
}

TEST(Ics, ADayIsAWholeDayAndTheStampIsUtc) {
  const std::string text = WriteCalendar("Lịch", {{"due-1@x", "2026-12-31", "Trả kết quả", "", "https://x/ho-so/1", true}}, FromLocal({2026, 11, 24}, 5 * 60 + 26));
  for (const char* line : {"DTSTART;VALUE=DATE:20261231\r\n", "DTEND;VALUE=DATE:20270101\r\n", "DTSTAMP:20261123T222600Z\r\n", "UID:due-1@x\r\n", "STATUS:TENTATIVE\r\n"})
    EXPECT_NE(text.find(line), std::string::npos) << line << text;
  EXPECT_EQ(WriteCalendar("Lịch", {{"due-1@x", "không rõ", "Trả kết quả", "", "", false}}, 0).find("VEVENT"), std::string::npos);
}

// Text that holds the format's own signs, and line ends, must not become lines of its own.
TEST(Ics, TextIsEscaped) {
  const std::string text = WriteCalendar("a", {{"u", "2026-12-31", "Đất, nhà; 1\\2\r\nBEGIN:VALARM", "", "", false}}, 0);
  EXPECT_NE(text.find("SUMMARY:Đất\\, nhà\\; 1\\\\2\\nBEGIN:VALARM\r\n"), std::string::npos) << text;
}

// For every length: no line over 75 octets, none cut inside a character, and unfolding gives the text back.
TEST(Ics, LinesAreFoldedBetweenCharacters) {
  std::string name;
  for (int i = 0; i < 120; ++i) {
    name += i % 3 == 0 ? "ệ" : i % 3 == 1 ? "a" : "đ";
    const std::string text = WriteCalendar(name, {}, 0);
    std::string unfolded;
    for (const std::string& line : Lines(text)) {
      EXPECT_LE(line.size(), 75u);
      const bool continues = !line.empty() && line[0] == ' ';
      const size_t first = continues ? 1 : 0;
      if (line.size() > first) {
        EXPECT_NE(static_cast<unsigned char>(line[first]) & 0xC0, 0x80) << line;
      }
      unfolded += continues ? line.substr(1) : "\n" + line;
    }
    EXPECT_NE(unfolded.find("\nNAME:" + name + "\n"), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace tinhso::calendar_feed
