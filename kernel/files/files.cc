#include "kernel/files/files.h"

#include <unistd.h>

#include <filesystem>
#include <set>

#include "base/crypto.h"
#include "base/ids.h"
#include "disk.h"
#include "kernel/audit/audit.h"
#include "sniff.h"
#include "store.h"

namespace tinhso::files {
namespace {

constexpr size_t kTriedBytes = 64 * 1024;

bool IsSha256(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string RelativePathOf(const std::string& sha256) {
  return "files/" + sha256.substr(0, 2) + "/" + sha256.substr(2, 2) + "/" + sha256;
}

}  // namespace

Store::Store(db::Database& database, const Clock& clock, std::string dir)
    : database_(database), clock_(clock), dir_(std::move(dir)), temp_dir_(dir_ + "/tmp") {
  // A folder that cannot be made shows at the first upload, as an error of that upload.
  std::error_code ignored;
  std::filesystem::create_directories(dir_, ignored);
  (void)MakeDirs(dir_, dir_ + "/files");
  (void)MakeDirs(dir_, temp_dir_);
}

std::string Store::PathOf(const File& file) const { return dir_ + "/" + RelativePathOf(file.sha256); }

Status Store::TryWriting() const {
  const std::string path = temp_dir_ + "/try-" + RandomToken();
  const Status written = WriteNew(path, std::string(kTriedBytes, '.'));
  ::unlink(path.c_str());
  return written;
}

Result<File> Store::Accept(const http::UploadedBody& body, std::string_view name, const http::Principal& owner) {
  if (body.size_bytes <= 0) return MakeError(ErrorCode::kInvalid, "file_empty");
  if (body.size_bytes > kFileBytesMax) return MakeError(ErrorCode::kTooLarge, "file_too_large");
  if (!IsSha256(body.sha256_hex)) return MakeError(ErrorCode::kInternal, "file_store_failed", "upload without a hash");
  File file;
  TINHSO_ASSIGN(file.name, CleanName(name));
  TINHSO_ASSIGN(file.media_type, SniffType(body.path, file.name));
  file.file_id = NewId();
  file.size_bytes = body.size_bytes;
  file.sha256 = body.sha256_hex;
  file.owner_account_id = owner.account_id;
  file.created_at_us = clock_.NowUs();
  // The content first: a row never points to nothing. Content without a row is an orphan that Check reports.
  const std::string path = PathOf(file);
  TINHSO_TRY(MakeDirs(dir_, path.substr(0, path.rfind('/'))));
  TINHSO_TRY(SyncFile(body.path));
  std::shared_lock lock(content_mutex_);
  TINHSO_TRY(MoveIntoPlace(body.path, path));
  TINHSO_TRY(database_.Write([&](db::Tx& tx) -> Status {
    TINHSO_TRY(store::Insert(tx, file));
    TINHSO_TRY(store::InsertUpload(tx, file));
    return audit::Stage(
        tx, audit::By(owner, "file.uploaded", "file", file.file_id, owner.authority_id, file.created_at_us));
  }));
  return file;
}

Result<File> Store::Put(std::string_view bytes, std::string_view name, std::string_view media_type,
                        int64_t owner_account_id) {
  if (bytes.empty()) return MakeError(ErrorCode::kInvalid, "file_empty");
  if (static_cast<int64_t>(bytes.size()) > kFileBytesMax) return MakeError(ErrorCode::kTooLarge, "file_too_large");
  File file;
  TINHSO_ASSIGN(file.name, CleanName(name));
  file.file_id = NewId();
  file.media_type = std::string(media_type);
  file.size_bytes = static_cast<int64_t>(bytes.size());
  file.sha256 = crypto::Sha256Hex(bytes);
  file.owner_account_id = owner_account_id;
  file.created_at_us = clock_.NowUs();
  const std::string path = PathOf(file), temp = temp_dir_ + "/put-" + RandomToken();
  TINHSO_TRY(MakeDirs(dir_, path.substr(0, path.rfind('/'))));
  std::shared_lock lock(content_mutex_);
  Status placed = WriteNew(temp, bytes);
  if (placed.ok()) placed = MoveIntoPlace(temp, path);
  if (!placed.ok()) {
    ::unlink(temp.c_str());
    return std::move(placed.error());
  }
  TINHSO_TRY(database_.Write([&](db::Tx& tx) { return store::Insert(tx, file); }));
  return file;
}

Result<File> Store::Get(db::Tx& tx, int64_t file_id) const {
  TINHSO_ASSIGN(auto found, store::Find(tx, file_id));
  if (!found) return MakeError(ErrorCode::kNotFound, "file_not_found");
  return std::move(*found);
}

Result<File> Store::Get(int64_t file_id) const {
  return database_.Read([&](db::Tx& tx) { return Get(tx, file_id); });
}

Result<std::vector<std::string>> Store::Check() const {
  namespace fs = std::filesystem;
  // The disk is listed before the rows are read: a file that arrives meanwhile has its content before its row, so
  // it is neither missing nor an orphan.
  std::set<std::string> on_disk;
  std::error_code error;
  const fs::path root = dir_;
  for (fs::recursive_directory_iterator it(root / "files", error), end; !error && it != end; it.increment(error))
    if (!it->is_directory()) on_disk.insert(it->path().lexically_relative(root).string());
  if (error) return MakeError(ErrorCode::kInternal, "file_store_failed", error.message());

  struct Wanted {
    std::string sha256;
    int64_t size_bytes, file_id;
  };
  std::vector<Wanted> wanted;
  TINHSO_TRY(database_.Read([&](db::Tx& tx) {
    return store::EachContent(tx, [&](const std::string& sha256, int64_t size_bytes, int64_t file_id) {
      wanted.push_back({sha256, size_bytes, file_id});
    });
  }));
  std::vector<std::string> problems;
  for (const auto& w : wanted) {
    const std::string label = "file " + std::to_string(w.file_id) + " (" + w.sha256.substr(0, 12) + "…): ";
    const std::string relative = IsSha256(w.sha256) ? RelativePathOf(w.sha256) : "";
    on_disk.erase(relative);
    auto content = HashFile(dir_ + "/" + relative);
    if (relative.empty() || (!content.ok() && content.error().code == ErrorCode::kNotFound)) {
      problems.push_back(label + "missing");
    } else if (!content.ok()) {
      problems.push_back(label + "unreadable: " + content.error().detail);
    } else if (content->sha256 != w.sha256 || content->size_bytes != w.size_bytes) {
      problems.push_back(label + "damaged");
    }
  }
  for (const auto& path : on_disk) problems.push_back("orphan: " + path);
  return problems;
}

}  // namespace tinhso::files
