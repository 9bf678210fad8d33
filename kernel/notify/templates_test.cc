// The words of the source tree, and how broken ones are refused.
#include "templates.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/ids.h"
#include "topics.h"

namespace tinhso::notify {
namespace {

namespace fs = std::filesystem;
const std::string kDir = TINHSO_SOURCE_DIR "/packs/_common/notices";

TEST(TemplatesTest, EveryKindOfEveryTopicHasWordsInBothLanguages) {
  auto words = Templates::Load(kDir);
  ASSERT_TRUE(words.ok()) << words.error().detail;
  for (const Topic& topic : Topics()) {
    for (std::string_view kind : topic.kinds) {
      for (const char* language : {"vi", "en"}) {
        const std::string title = words->Title(language, kind, {{"code", "H1-1"}});
        EXPECT_NE(title.find("H1-1"), std::string::npos) << kind;
        EXPECT_NE(title, words->Title(language, "dossier.other", {{"code", "H1-1"}})) << kind;
        EXPECT_LE(words->Short(language, kind, {{"code", "H12.126-261123-0001"}, {"link", "https://dichvucong.example.vn/ho-so/H12.126-261123-0001"}}).size(), 160u) << kind;
      }
    }
  }
}

TEST(TemplatesTest, ValuesAreEscapedInHtmlAndPlainInText) {
  auto words = Templates::Load(kDir);
  Rendered mail = words->Mail("vi", "dossier.accept", {{"site", "A & <B>"}, {"code", "H1-1"}, {"link", "https://x.vn/ho-so/H1-1"}, {"settings_link", "https://x.vn/s"}});
  EXPECT_NE(mail.html.find("A &amp; &lt;B&gt;"), std::string::npos);
  EXPECT_NE(mail.text.find("A & <B>"), std::string::npos);
  for (const std::string& part : {mail.text, mail.html}) {
    EXPECT_NE(part.find("https://x.vn/ho-so/H1-1"), std::string::npos);
    EXPECT_NE(part.find("https://x.vn/s"), std::string::npos);
    EXPECT_EQ(part.find("{link}"), std::string::npos);
  }
  Rendered digest = words->Mail("en", "digest", {{"count", "2"}}, {"one: https://x.vn/1", "two <b>: https://x.vn/2"});
  EXPECT_EQ(digest.title, "2 new notices about dossiers");
  EXPECT_NE(digest.text.find("\n- one: https://x.vn/1\n- two"), std::string::npos);
  EXPECT_NE(digest.html.find("two &lt;b&gt;"), std::string::npos);
}

TEST(TemplatesTest, BrokenWordsAreRefusedWithTheirPlace) {
  const fs::path dir = fs::temp_directory_path() / ("tinhso-templates-" + RandomToken());
  auto load = [&](const std::string& from, const std::string& to) {
    fs::create_directories(dir);
    for (const char* language : {"vi", "en"}) {
      std::ifstream in(kDir + "/" + language + ".yaml");
      std::string text((std::istreambuf_iterator<char>(in)), {});
      if (std::string(language) == "en") {
        const size_t at = text.find(from);
        EXPECT_NE(at, std::string::npos);
        text.replace(at, from.size(), to);
      }
      std::ofstream(dir / (std::string(language) + ".yaml")) << text;
    }
    auto words = Templates::Load(dir.string());
    fs::remove_all(dir);
    return words.ok() ? std::string() : words.error().detail;
  };
  EXPECT_EQ(load("language: en", "language: en"), "");
  EXPECT_NE(load("title: Dossier {code} filed", "title: Dossier {name} filed").find("{name}"), std::string::npos);
  EXPECT_NE(load("  dossier.accept:", "  dossier.accepted:").find("messages: dossier.accept"), std::string::npos);
  EXPECT_NE(load("language: en", "language: fr").find("en.yaml:1"), std::string::npos);
  EXPECT_NE(load("messages:", "messages: [").find("en.yaml:"), std::string::npos);
}

TEST(TopicsTest, QuietHoursAndDigestsFollowTheClockOfVietNam) {
  Settings night;  // 21:00–07:00
  const Date today{2026, 11, 23}, tomorrow{2026, 11, 24};
  EXPECT_EQ(AfterQuiet(night, FromLocal(today, 20 * 60 + 59)), FromLocal(today, 20 * 60 + 59));
  EXPECT_EQ(AfterQuiet(night, FromLocal(today, 21 * 60)), FromLocal(tomorrow, 7 * 60));
  EXPECT_EQ(AfterQuiet(night, FromLocal(today, 6 * 60 + 59)), FromLocal(today, 7 * 60));
  EXPECT_EQ(AfterQuiet(night, FromLocal(today, 7 * 60)), FromLocal(today, 7 * 60));
  Settings noon = night;
  noon.quiet_from_minute = 12 * 60;
  noon.quiet_to_minute = 13 * 60;
  EXPECT_EQ(AfterQuiet(noon, FromLocal(today, 12 * 60 + 30)), FromLocal(today, 13 * 60));
  EXPECT_EQ(AfterQuiet(noon, FromLocal(today, 23 * 60)), FromLocal(today, 23 * 60));
  Settings none = night;
  none.quiet_from_minute = none.quiet_to_minute = 0;
  EXPECT_EQ(AfterQuiet(none, FromLocal(today, 0)), FromLocal(today, 0));
  EXPECT_EQ(NextDigest(night, FromLocal(today, 7 * 60)), FromLocal(today, 7 * 60 + 30));
  EXPECT_EQ(NextDigest(night, FromLocal(today, 7 * 60 + 30)), FromLocal(tomorrow, 7 * 60 + 30));
}

TEST(TopicsTest, UnnamedStepsAreProgressAndOtherKindsStayInside) {
  EXPECT_STREQ(TopicOf("dossier.request_supplement")->topic, "action_needed");
  EXPECT_STREQ(TopicOf("dossier.some_step_of_a_pack")->topic, "progress");
  EXPECT_EQ(TopicOf("address.refused"), nullptr);
  EXPECT_EQ(MaskAddress("hanh@example.com"), "h***@example.com");
  EXPECT_EQ(MaskAddress("0912345678"), "09***678");
}

}  // namespace
}  // namespace tinhso::notify
