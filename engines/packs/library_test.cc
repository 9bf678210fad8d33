#include <gtest/gtest.h>

#include "kernel/audit/audit.h"
#include "kernel/db_testing/db_testing.h"
#include "pack_fixture.h"

namespace tinhso::packs {
namespace {

class LibraryTest : public db_testing::DbTest {
 protected:
  void SetUp() override { Migrate({db::Migrations_kernel_audit(), db::Migrations_engines_packs()}); }
  Status Publish(Library& library) {
    auto pack = Load(folder_.dir(), nullptr);
    if (!pack.ok()) return pack.error();
    return library.Publish(*pack, 7);
  }
  FixedClock clock_{FromLocal({2026, 11, 23}, 600)};
  PackFolder folder_;
};
TINHSO_ON_BOTH_ENGINES(LibraryTest);

TEST_P(LibraryTest, PublishedPacksComeBackFromTheDatabase) {
  {
    Library library(database(), clock_);
    ASSERT_TRUE(Publish(library).ok());
  }
  Library library(database(), clock_);
  EXPECT_EQ(library.FindForm("don", 0), nullptr);
  ASSERT_TRUE(library.Load().ok());
  ASSERT_NE(library.FindForm("don", 0), nullptr);
  EXPECT_NE(library.FindForm("don", 1), nullptr);
  EXPECT_EQ(library.FindForm("don", 2), nullptr);
  EXPECT_EQ(library.FindForm("doan", 0), nullptr);
  EXPECT_NE(library.FindWorkflow("ngan", 0), nullptr);
  EXPECT_NE(library.FindPrint("ket-qua"), nullptr);
  ASSERT_EQ(library.Procedures().size(), 1u);
  const auto* procedure = library.FindProcedure("9.000001");
  ASSERT_NE(procedure, nullptr);
  EXPECT_EQ(procedure->form_id, "don");
  EXPECT_EQ(procedure->result_template_id, "ket-qua");
  auto releases = library.Releases();
  ASSERT_EQ(releases.size(), 1u);
  EXPECT_EQ(releases[0].procedures, 1);
  EXPECT_EQ(json::GetText(releases[0].name, "vi"), "Tỉnh Thử");
}

// The server publishes at every start; nothing may pile up.
TEST_P(LibraryTest, PublishingTheSameContentAgainChangesNothing) {
  Library library(database(), clock_);
  ASSERT_TRUE(Publish(library).ok());
  const auto first = library.Releases()[0].published_at_us;
  clock_.Advance(kUsPerDay);
  ASSERT_TRUE(Publish(library).ok());
  ASSERT_EQ(library.Releases().size(), 1u);
  EXPECT_EQ(library.Releases()[0].published_at_us, first);
}

// A running dossier was filed on version 1 and must be judged by it for years.
TEST_P(LibraryTest, OldVersionsStayWhenNewOnesCome) {
  Library library(database(), clock_);
  ASSERT_TRUE(Publish(library).ok());
  const auto* old_procedure = library.FindProcedure("9.000001");
  ASSERT_TRUE(folder_.Replace("forms/don.yaml", "version: 1", "version: 2"));
  ASSERT_TRUE(folder_.Replace("forms/don.yaml", "Họ tên", "Họ và tên"));
  ASSERT_TRUE(folder_.Replace("procedures/9.000001.yaml", "version: 1", "version: 2"));
  ASSERT_TRUE(Publish(library).ok());
  EXPECT_EQ(library.FindForm("don", 0)->version(), 2);
  ASSERT_NE(library.FindForm("don", 1), nullptr);
  EXPECT_NE(json::serialize(library.FindForm("don", 1)->definition()).find("Họ tên"), std::string::npos);
  EXPECT_EQ(library.FindProcedure("9.000001")->version, 2);
  EXPECT_EQ(library.Procedures().size(), 1u);
  // Who held the old configuration while it changed still reads it.
  EXPECT_EQ(old_procedure->version, 1);
}

TEST_P(LibraryTest, AVersionIsNeverReusedForOtherContent) {
  Library library(database(), clock_);
  ASSERT_TRUE(Publish(library).ok());
  ASSERT_TRUE(folder_.Replace("forms/don.yaml", "Họ tên", "Họ và tên"));
  ASSERT_TRUE(folder_.Replace("workflows/ngan.yaml", "version: 1", "version: 2"));
  auto again = Publish(library);
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().reason, "pack_version_reused");
  EXPECT_EQ(again.error().detail, "form don version 1");
  ASSERT_TRUE(library.Load().ok());
  EXPECT_EQ(library.FindWorkflow("ngan", 2), nullptr);
  EXPECT_EQ(library.Releases().size(), 1u);
  EXPECT_NE(library.FindProcedure("9.000001"), nullptr);
}

TEST_P(LibraryTest, GoingBackToAnOlderPackMakesItsVersionsCurrentAgain) {
  Library library(database(), clock_);
  ASSERT_TRUE(Publish(library).ok());
  const std::string form = folder_.Read("forms/don.yaml"), print = folder_.Read("print/ket-qua.yaml");
  ASSERT_TRUE(folder_.Replace("forms/don.yaml", "version: 1", "version: 2"));
  ASSERT_TRUE(folder_.Replace("print/ket-qua.yaml", "KẾT QUẢ", "KẾT QUẢ MỚI"));
  ASSERT_TRUE(Publish(library).ok());
  EXPECT_EQ(library.FindForm("don", 0)->version(), 2);
  folder_.Write("forms/don.yaml", form);
  folder_.Write("print/ket-qua.yaml", print);
  ASSERT_TRUE(Publish(library).ok());
  EXPECT_EQ(library.FindForm("don", 0)->version(), 1);
  EXPECT_NE(library.FindForm("don", 2), nullptr);
}

TEST_P(LibraryTest, AProcedureThatLeftThePackIsNoLongerConfigured) {
  Library library(database(), clock_);
  ASSERT_TRUE(Publish(library).ok());
  folder_.Remove("procedures/9.000001.yaml");
  ASSERT_TRUE(Publish(library).ok());
  EXPECT_EQ(library.FindProcedure("9.000001"), nullptr);
  EXPECT_NE(library.FindForm("don", 1), nullptr);
}

TEST_P(LibraryTest, TheListenerHearsOfEveryLoad) {
  Library library(database(), clock_);
  int heard = 0;
  library.SetListener([&] { return ++heard, Ok(); });
  ASSERT_TRUE(Publish(library).ok());
  ASSERT_TRUE(library.Load().ok());
  EXPECT_EQ(heard, 2);
}

class PackRoutesTest : public LibraryTest {
 protected:
  http::Response Call(const std::string& method, const std::string& path, std::vector<std::string> permissions) {
    http::Router router;
    Library library(database(), clock_);
    EXPECT_TRUE(library.Load().ok());
    router.Add(Routes(library, {folder_.dir()}));
    http::Request request;
    request.method = method;
    request.path = path;
    return http::Dispatch(router, [&](const http::Request&) -> Result<std::optional<http::Principal>> {
      if (permissions.empty()) return std::optional<http::Principal>();
      http::Principal who;
      who.account_id = 7;
      who.permissions = permissions;
      return std::optional<http::Principal>(who);
    }, request);
  }
};
TINHSO_ON_BOTH_ENGINES(PackRoutesTest);

TEST_P(PackRoutesTest, OnlyThoseWithThePermissionSeeOrPublish) {
  for (const char* method : {"GET", "POST"}) {
    const std::string path = std::string("/api/v1/admin/packs") + (*method == 'G' ? "" : "/publish");
    EXPECT_EQ(Call(method, path, {}).status, 401);
    EXPECT_EQ(Call(method, path, {"inbox.read"}).status, 403);
  }
}

TEST_P(PackRoutesTest, PublishChecksFirstAndListsAfterwards) {
  auto published = Call("POST", "/api/v1/admin/packs/publish", {"packs.admin"});
  EXPECT_EQ(published.status, 200) << published.body;
  auto listed = json::Parse(Call("GET", "/api/v1/admin/packs", {"packs.admin"}).body).value().as_object();
  ASSERT_EQ(listed.at("items").as_array().size(), 1u);
  EXPECT_EQ(json::GetText(listed.at("items").as_array()[0].as_object(), "published_at"), "2026-11-23T10:00:00+07:00");
  ASSERT_TRUE(folder_.Replace("workflows/ngan.yaml", "by: specialist", "by: mayor"));
  auto checked = json::Parse(Call("POST", "/api/v1/admin/packs/check", {"packs.admin"}).body).value().as_object();
  ASSERT_EQ(checked.at("items").as_array().size(), 1u);
  const auto& problem = checked.at("items").as_array()[0].as_object();
  EXPECT_EQ(json::GetText(problem, "file"), "workflows/ngan.yaml");
  EXPECT_EQ(json::GetInt(problem, "line"), 32);
  EXPECT_EQ(json::GetText(problem.at("message").as_object(), "vi"), "không có vai trò 'mayor'");
  auto refused = Call("POST", "/api/v1/admin/packs/publish", {"packs.admin"});
  EXPECT_EQ(refused.status, 422);
  EXPECT_NE(refused.body.find("workflows/ngan.yaml:32"), std::string::npos) << refused.body;
}

}  // namespace
}  // namespace tinhso::packs
