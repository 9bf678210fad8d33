#include "kernel/files/files.h"

#include <gmock/gmock.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "base/crypto.h"
#include "kernel/audit/audit.h"
#include "kernel/db_testing/db_testing.h"

namespace tinhso::files {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kPdfBytes = "%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n";

class FilesTest : public db_testing::DbTest {
 protected:
  void SetUp() override {
    Migrate({db::Migrations_kernel_audit(), db::Migrations_kernel_files()});
    files_ = std::make_unique<Store>(database(), clock_, temp_dir() + "/data");
    router_.Add(Routes(*files_));
    who_.account_id = 42;
  }
  // As the HTTP edge does: the body streamed to a file in the store's temporary folder.
  http::UploadedBody Upload(const std::string& bytes) {
    http::UploadedBody body;
    body.path = files_->temp_dir() + "/upload-" + std::to_string(++uploads_);
    std::ofstream(body.path, std::ios::binary) << bytes;
    body.size_bytes = static_cast<int64_t>(bytes.size());
    body.sha256_hex = crypto::Sha256Hex(bytes);
    return body;
  }
  std::string ReasonOf(const std::string& bytes, std::string_view name) {
    auto result = files_->Accept(Upload(bytes), name, who_);
    return result.ok() ? "" : result.error().reason;
  }
  static std::string Slurp(const std::string& path) {
    std::ostringstream out;
    out << std::ifstream(path, std::ios::binary).rdbuf();
    return out.str();
  }
  int64_t CountOf(const db::Sql& sql) {
    auto row = database().Read([&](db::Tx& tx) { return tx.QueryOne(sql, {}); });
    return row.ok() ? (*row)->Int(0) : -1;
  }
  std::vector<std::string> Checked() {
    auto problems = files_->Check();
    EXPECT_TRUE(problems.ok()) << problems.error().detail;
    return problems.ok() ? *problems : std::vector<std::string>{"failed"};
  }
  http::Response Call(const char* method, std::string path, std::string name = "",
                      std::optional<http::UploadedBody> upload = {}) {
    http::Request request;
    request.method = method;
    request.path = std::move(path);
    if (!name.empty()) request.query["name"] = name;
    request.upload = std::move(upload);
    return http::Dispatch(
        router_, [this](const http::Request&) -> Result<std::optional<http::Principal>> { return std::optional(who_); },
        request);
  }

  FixedClock clock_{1'790'000'000'000'000};
  std::unique_ptr<Store> files_;
  http::Router router_;
  http::Principal who_;
  int uploads_ = 0;
};
TINHSO_ON_BOTH_ENGINES(FilesTest);

TEST_P(FilesTest, AnUploadIsStoredByItsContentAndReadableByItsOwnerOnly) {
  const auto body = Upload(kPdfBytes);
  auto file = files_->Accept(body, "dir/Đơn.pdf", who_);
  ASSERT_TRUE(file.ok()) << file.error().reason << file.error().detail;
  EXPECT_EQ(file->name, "Đơn.pdf");
  EXPECT_EQ(file->media_type, "application/pdf");
  EXPECT_EQ(file->size_bytes, static_cast<int64_t>(kPdfBytes.size()));
  const std::string sha = crypto::Sha256Hex(kPdfBytes);
  EXPECT_EQ(files_->PathOf(*file), temp_dir() + "/data/files/" + sha.substr(0, 2) + "/" + sha.substr(2, 2) + "/" + sha);
  EXPECT_EQ(Slurp(files_->PathOf(*file)), kPdfBytes);
  struct stat info;
  ASSERT_EQ(::stat(files_->PathOf(*file).c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_FALSE(std::filesystem::exists(body.path));
  auto found = files_->Get(file->file_id);
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->sha256, sha);
  EXPECT_EQ(found->owner_account_id, 42);
  EXPECT_EQ(found->created_at_us, clock_.NowUs());
  EXPECT_EQ(CountOf("SELECT COUNT(*) FROM audit_event WHERE kind = 'file.uploaded' AND account_id = 42"), 1);
  EXPECT_THAT(Checked(), ElementsAre());
}

TEST_P(FilesTest, TheSameContentIsStoredOnceAndEachUploadHasItsRow) {
  auto first = files_->Accept(Upload(kPdfBytes), "a.pdf", who_);
  auto second = files_->Accept(Upload(kPdfBytes), "b.pdf", who_);
  auto third = files_->Put(kPdfBytes, "kết quả.pdf", "application/pdf", 0);
  ASSERT_TRUE(first.ok() && second.ok() && third.ok());
  EXPECT_NE(first->file_id, second->file_id);
  EXPECT_EQ(files_->PathOf(*first), files_->PathOf(*third));
  EXPECT_EQ(CountOf("SELECT COUNT(*) FROM file"), 3);
  EXPECT_EQ(CountOf("SELECT COUNT(DISTINCT sha256) FROM file"), 1);
  EXPECT_THAT(Checked(), ElementsAre());
}

TEST_P(FilesTest, RefusedUploadsLeaveNothing) {
  EXPECT_EQ(ReasonOf("", "a.pdf"), "file_empty");
  EXPECT_EQ(ReasonOf(kPdfBytes, "a.png"), "file_type_mismatch");
  EXPECT_EQ(ReasonOf(kPdfBytes, "a.svg"), "file_type_refused");
  EXPECT_EQ(ReasonOf(kPdfBytes, ".."), "file_name_invalid");
  auto large = Upload(kPdfBytes);
  large.size_bytes = kFileBytesMax + 1;
  auto refused = files_->Accept(large, "a.pdf", who_);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().reason, "file_too_large");
  EXPECT_EQ(refused.error().code, ErrorCode::kTooLarge);
  EXPECT_EQ(CountOf("SELECT COUNT(*) FROM file"), 0);
  EXPECT_THAT(Checked(), ElementsAre());
}

TEST_P(FilesTest, PutRefusesNothingAndTooMuch) {
  EXPECT_EQ(files_->Put("", "a.pdf", "application/pdf", 0).error().reason, "file_empty");
  EXPECT_EQ(files_->Put(std::string(kFileBytesMax + 1, 'x'), "a.pdf", "application/pdf", 0).error().reason,
            "file_too_large");
  EXPECT_EQ(files_->Get(int64_t{77}).error().reason, "file_not_found");
}

TEST_P(FilesTest, CheckFindsDamagedMissingAndOrphanedContent) {
  auto kept = files_->Put("one", "1.txt", "text/plain", 0);
  auto damaged = files_->Put("two", "2.txt", "text/plain", 0);
  auto missing = files_->Put("three", "3.txt", "text/plain", 0);
  ASSERT_TRUE(kept.ok() && damaged.ok() && missing.ok());
  EXPECT_THAT(Checked(), ElementsAre());
  // same size, one bit
  std::ofstream(files_->PathOf(*damaged)) << "two"[0] << "wn";
  std::filesystem::remove(files_->PathOf(*missing));
  std::ofstream(temp_dir() + "/data/files/stray") << "x";
  std::ofstream(temp_dir() + "/data/tmp/upload-in-flight") << "x";
  const auto problems = Checked();
  ASSERT_EQ(problems.size(), 3u);
  EXPECT_THAT(problems, testing::Contains(HasSubstr("file " + std::to_string(damaged->file_id))));
  EXPECT_THAT(problems, testing::Contains(HasSubstr("damaged")));
  EXPECT_THAT(problems, testing::Contains(HasSubstr("missing")));
  EXPECT_THAT(problems, testing::Contains("orphan: files/stray"));
  // it only reports
  EXPECT_TRUE(std::filesystem::exists(temp_dir() + "/data/files/stray"));
}

// A new upload of the same content heals what the disk has lost.
TEST_P(FilesTest, UploadingAgainReplacesDamagedContent) {
  auto file = files_->Put(kPdfBytes, "a.pdf", "application/pdf", 0);
  ASSERT_TRUE(file.ok());
  std::ofstream(files_->PathOf(*file)) << "rotten";
  EXPECT_FALSE(Checked().empty());
  ASSERT_TRUE(files_->Accept(Upload(kPdfBytes), "a.pdf", who_).ok());
  EXPECT_THAT(Checked(), ElementsAre());
}

TEST_P(FilesTest, ManyThreadsStoreTheSameAndDifferentContent) {
  std::vector<std::thread> threads;
  std::atomic<int> failed = 0;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 10; ++i) {
        const auto bytes = i % 2 ? "same " + std::to_string(i) : std::to_string(t) + "/" + std::to_string(i);
        if (!files_->Put(bytes, "a.txt", "text/plain", t).ok()) ++failed;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(CountOf("SELECT COUNT(*) FROM file"), 80);
  EXPECT_EQ(CountOf("SELECT COUNT(DISTINCT sha256) FROM file"), 45);
  EXPECT_THAT(Checked(), ElementsAre());
}

// A person who uploads and never files must not fill the disk for ever; what a dossier holds must never go.
TEST_P(FilesTest, AnUploadNothingUsesIsReleasedThenRemovedAndOneInUseStays) {
  auto used = files_->Accept(Upload(kPdfBytes + "%used"), "a.pdf", who_), unused = files_->Accept(Upload(kPdfBytes), "b.pdf", who_);
  auto same = files_->Put(kPdfBytes + "%made", "c.pdf", "application/pdf", 0);
  auto shared = files_->Accept(Upload(kPdfBytes + "%made"), "d.pdf", who_);
  ASSERT_TRUE(used.ok() && unused.ok() && same.ok() && shared.ok());
  files_->AddKeeper([&](db::Tx&, int64_t, int64_t) -> Result<std::vector<int64_t>> { return std::vector<int64_t>{used->file_id}; });
  for (const auto* file : {&*used, &*unused, &*shared}) {
    const timespec old[] = {{1'700'000'000, 0}, {1'700'000'000, 0}};
    ASSERT_EQ(::utimensat(AT_FDCWD, files_->PathOf(*file).c_str(), old, 0), 0);
  }
  EXPECT_EQ(*files_->RemoveUnused(), 0);  // not yet
  clock_.Advance(kUnusedKeptUs + 1);
  EXPECT_EQ(*files_->RemoveUnused(), 0);
  EXPECT_EQ(files_->Get(unused->file_id)->owner_account_id, 0);  // can no longer be attached
  EXPECT_EQ(files_->Get(used->file_id)->owner_account_id, who_.account_id);
  clock_.Advance(kReleasedKeptUs + 1);
  EXPECT_EQ(*files_->RemoveUnused(), 2);
  EXPECT_EQ(CountOf("SELECT COUNT(*) FROM file"), 2);
  EXPECT_EQ(CountOf("SELECT COUNT(*) FROM file_upload"), 0);
  EXPECT_EQ(CountOf("SELECT COUNT(*) FROM audit_event WHERE kind = 'file.removed'"), 1);
  EXPECT_TRUE(Slurp(files_->PathOf(*unused)).empty());
  EXPECT_FALSE(Slurp(files_->PathOf(*same)).empty());  // the same bytes are still somebody's
  EXPECT_THAT(Checked(), ElementsAre());
}

TEST_P(FilesTest, RoutesUploadAndGiveBackToTheUploaderOnly) {
  auto created = Call("POST", "/api/v1/files", "Đơn.pdf", Upload(kPdfBytes));
  ASSERT_EQ(created.status, 201) << created.body;
  auto body = json::Parse(created.body);
  ASSERT_TRUE(body.ok());
  const std::string id = json::GetText(body->as_object(), "file_id");
  EXPECT_EQ(json::GetText(body->as_object(), "media_type"), "application/pdf");
  EXPECT_EQ(json::GetInt(body->as_object(), "size_bytes"), static_cast<int64_t>(kPdfBytes.size()));

  auto got = Call("GET", "/api/v1/files/" + id);
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.content_type, "application/pdf");
  EXPECT_EQ(Slurp(got.file_path), kPdfBytes);

  who_.account_id = 43;
  EXPECT_EQ(Call("GET", "/api/v1/files/" + id).status, 404);
  who_.account_id = 42;
  EXPECT_EQ(Call("GET", "/api/v1/files/999").status, 404);
  EXPECT_EQ(Call("GET", "/api/v1/files/..").status, 404);
  EXPECT_EQ(Call("POST", "/api/v1/files", "a.exe", Upload(kPdfBytes)).status, 415);
  EXPECT_EQ(Call("POST", "/api/v1/files", "", Upload(kPdfBytes)).status, 422);
}

// What the program made for nobody in particular (owner 0) is given out by the feature that made it, never here.
TEST_P(FilesTest, FilesWithoutAnOwnerAreNotGivenByTheGeneralRoute) {
  auto file = files_->Put(kPdfBytes, "a.pdf", "application/pdf", 0);
  ASSERT_TRUE(file.ok());
  who_.account_id = 0;
  EXPECT_EQ(Call("GET", "/api/v1/files/" + std::to_string(file->file_id)).status, 404);
}

}  // namespace
}  // namespace tinhso::files
