// The files' only SQL.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "kernel/files/files.h"

namespace tinhso::files::store {

struct UploadRow {
  int64_t file_id = 0;
  TimeUs released_at_us = 0;
  std::string sha256;
};

Status Insert(db::Tx& tx, const File& file);
Status InsertUpload(db::Tx& tx, const File& file);
// Made before `before_us`, after the id `after`, in order of id.
Result<std::vector<UploadRow>> UploadsBefore(db::Tx& tx, TimeUs before_us, int64_t after, int64_t limit);
Status DropUpload(db::Tx& tx, int64_t file_id);
// Takes the file from its owner, so that it can no longer be attached.
Status Release(db::Tx& tx, int64_t file_id, TimeUs now_us);
Status Delete(db::Tx& tx, int64_t file_id);
Result<bool> HasContent(db::Tx& tx, std::string_view sha256);
Result<std::optional<File>> Find(db::Tx& tx, int64_t file_id);
// Every stored content once: hash, size, and one file_id that has it.
Status EachContent(db::Tx& tx, const std::function<void(const std::string& sha256, int64_t size_bytes, int64_t file_id)>& fn);

}  // namespace tinhso::files::store
