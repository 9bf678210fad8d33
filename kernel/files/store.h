// The files' only SQL.
#pragma once
#include <functional>
#include <optional>
#include <string>

#include "kernel/files/files.h"

namespace tinhso::files::store {

Status Insert(db::Tx& tx, const File& file);
Result<std::optional<File>> Find(db::Tx& tx, int64_t file_id);
// Every stored content once: hash, size, and one file_id that has it.
Status EachContent(db::Tx& tx, const std::function<void(const std::string& sha256, int64_t size_bytes, int64_t file_id)>& fn);

}  // namespace tinhso::files::store
