// Files (tệp): content-addressed by SHA-256 under DIR/files/ab/cd/<sha256>, metadata in the database.
// The type is sniffed from the content (libmagic + own checks); what the name or the client says must agree.
// Accepted: PDF, JPEG, PNG, WebP, HEIC, TIFF, DOC(X), XLS(X), ODT, TXT (UTF-8), XML-based vector drawings refused.
// Thread rule: thread-safe.
#pragma once
#include <cstdint>
#include <functional>
#include <shared_mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "kernel/db/db.h"
#include "kernel/http/http.h"

TINHSO_DECLARE_MIGRATIONS(kernel_files);

namespace tinhso::files {

inline constexpr int64_t kFileBytesMax = 50 * 1024 * 1024;
inline constexpr size_t kNameLengthMax = 200;
inline constexpr int64_t kUnusedKeptUs = 30 * kUsPerDay;   // an upload nothing uses is released then
inline constexpr int64_t kReleasedKeptUs = 1 * kUsPerDay;  // and removed so much later

struct File {
  int64_t file_id = 0;
  std::string name;        // as given, cleaned: no path, no control characters
  std::string media_type;  // sniffed
  int64_t size_bytes = 0;
  std::string sha256;
  int64_t owner_account_id = 0;
  TimeUs created_at_us = 0;
};

class Store {
 public:
  // `dir` is the data folder; makes dir/files and dir/tmp.
  Store(db::Database& database, const Clock& clock, std::string dir);
  // Takes an uploaded body in. kInvalid "file_name_invalid", "file_type_mismatch" (content is not what the name says),
  // "file_empty"; kUnsupported "file_type_refused"; kTooLarge "file_too_large".
  Result<File> Accept(const http::UploadedBody& body, std::string_view name, const http::Principal& owner);
  // Stores bytes made by the program itself (result PDFs). fsynced before return. Writes its row through `database`.
  Result<File> Put(std::string_view bytes, std::string_view name, std::string_view media_type, int64_t owner_account_id);
  Result<File> Get(int64_t file_id) const;            // kNotFound "file_not_found"
  Result<File> Get(db::Tx& tx, int64_t file_id) const;
  std::string PathOf(const File& file) const;
  // Writes a little into the data folder, flushes and removes it. Errors: kStorageFull "storage_full"; kUnavailable
  // "storage_read_only"; kInternal "file_store_failed".
  Status TryWriting() const;
  const std::string& temp_dir() const { return temp_dir_; }
  // Whoever keeps file ids says which of `from`…`to` it uses. Before the first RemoveUnused.
  using Keeper = std::function<Result<std::vector<int64_t>>(db::Tx&, int64_t from, int64_t to)>;
  void AddKeeper(Keeper keeper);
  // The daily sweep: uploads that no keeper uses and temporary files left behind. How many uploads it removed.
  Result<int64_t> RemoveUnused();
  // Re-hashes every file: problems, empty when sound. Files on disk no row knows are reported with "orphan".
  Result<std::vector<std::string>> Check() const;

 private:
  Status RemoveContent(const std::string& sha256, TimeUs now_us);
  void RemoveOldTemp(TimeUs before_us);

  db::Database& database_;
  const Clock& clock_;
  std::string dir_, temp_dir_;
  std::vector<Keeper> keepers_;
  std::shared_mutex content_mutex_;  // shared: content and row come in; alone: content without a row goes
};

// POST /api/v1/files?name= (BodyKind::kFile, "signed_in"), GET /api/v1/files/{file_id} for the uploader.
// Other rights (an officer reading a dossier's papers) are given by the feature's own download routes.
std::vector<http::Route> Routes(Store& store);

}  // namespace tinhso::files
