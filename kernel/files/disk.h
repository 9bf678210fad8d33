// Putting content on disk so that it is there after a power cut, before any row speaks of it.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tinhso::files {

// Makes `dir` and its missing parents below `root`; each new entry is fsynced. kInternal "file_store_failed".
Status MakeDirs(const std::string& root, const std::string& dir);
// Flushes a file's content to disk and takes rights from everybody but its owner.
Status SyncFile(const std::string& path);
// Moves over whatever is there (the same content, by its name); copies when on another file system; fsyncs the folder.
Status MoveIntoPlace(const std::string& from, const std::string& to);
// Writes and flushes a new file.
Status WriteNew(const std::string& path, std::string_view bytes);
// Size and hash of a file read in pieces; kNotFound "file_not_found".
struct Content {
  int64_t size_bytes = 0;
  std::string sha256;
};
Result<Content> HashFile(const std::string& path);

}  // namespace tinhso::files
