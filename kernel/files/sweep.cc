// Uploads that nothing took up: released after kUnusedKeptUs, removed with their content a day later.
#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "kernel/audit/audit.h"
#include "kernel/files/files.h"
#include "store.h"

namespace tinhso::files {
namespace {

constexpr int64_t kSweepBatch = 500;
constexpr int64_t kTempKeptUs = kUsPerDay;

bool IsOlder(const std::string& path, TimeUs before_us) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && info.st_mtime < before_us / kUsPerSecond;
}

}  // namespace

void Store::AddKeeper(Keeper keeper) { keepers_.push_back(std::move(keeper)); }

Result<int64_t> Store::RemoveUnused() {
  const TimeUs now = clock_.NowUs();
  int64_t removed = 0, after = 0;
  for (;;) {
    std::vector<store::UploadRow> old;
    std::set<int64_t> used;
    TINHSO_TRY(database_.Read([&](db::Tx& tx) -> Status {
      TINHSO_ASSIGN(old, store::UploadsBefore(tx, now - kUnusedKeptUs, after, kSweepBatch));
      for (const Keeper& keeper : keepers_) {
        if (old.empty()) break;
        TINHSO_ASSIGN(const std::vector<int64_t> kept, keeper(tx, old.front().file_id, old.back().file_id));
        used.insert(kept.begin(), kept.end());
      }
      return Ok();
    }));
    if (old.empty()) break;
    after = old.back().file_id;
    std::vector<std::string> contents;
    TINHSO_TRY(database_.Write([&](db::Tx& tx) -> Status {
      contents.clear();
      for (const store::UploadRow& row : old) {
        if (used.contains(row.file_id)) {
          TINHSO_TRY(store::DropUpload(tx, row.file_id));
        } else if (row.released_at_us == 0) {
          // From now on nobody can attach it. What a transaction under way may still attach is seen in use at the next sweep.
          TINHSO_TRY(store::Release(tx, row.file_id, now));
        } else if (row.released_at_us <= now - kReleasedKeptUs) {
          TINHSO_TRY(store::DropUpload(tx, row.file_id));
          TINHSO_TRY(store::Delete(tx, row.file_id));
          contents.push_back(row.sha256);
        }
      }
      if (contents.empty()) return Ok();
      audit::Event event;
      event.kind = "file.removed";
      event.subject_kind = "file";
      event.at_us = now;
      event.data = {{"count", static_cast<int64_t>(contents.size())}};
      return audit::Stage(tx, event);
    }));
    for (const std::string& sha256 : contents) TINHSO_TRY(RemoveContent(sha256, now));
    removed += static_cast<int64_t>(contents.size());
  }
  RemoveOldTemp(now - kTempKeptUs);
  return removed;
}

Status Store::RemoveContent(const std::string& sha256, TimeUs now_us) {
  // No upload of the same bytes may come between the question and the removal; another server's shows by its fresh time.
  std::unique_lock lock(content_mutex_);
  TINHSO_ASSIGN(const bool wanted, database_.Read([&](db::Tx& tx) { return store::HasContent(tx, sha256); }));
  File file;
  file.sha256 = sha256;
  const std::string path = PathOf(file);
  if (!wanted && IsOlder(path, now_us - kReleasedKeptUs)) ::unlink(path.c_str());
  return Ok();
}

// Bodies of uploads that were cut off by the end of the process.
void Store::RemoveOldTemp(TimeUs before_us) {
  DIR* dir = ::opendir(temp_dir_.c_str());
  if (dir == nullptr) return;
  while (const dirent* entry = ::readdir(dir)) {
    const std::string path = temp_dir_ + "/" + entry->d_name;
    if (entry->d_name[0] != '.' && IsOlder(path, before_us)) ::unlink(path.c_str());
  }
  ::closedir(dir);
}

}  // namespace tinhso::files
