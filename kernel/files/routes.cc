#include <charconv>

#include "kernel/files/files.h"

namespace tinhso::files {
namespace {

Result<http::Response> PostFile(Store& files, http::Request& request) {
  if (!request.upload) return MakeError(ErrorCode::kInvalid, "file_empty");
  TINHSO_ASSIGN(const File file, files.Accept(*request.upload, request.Query("name"), *request.principal));
  return http::Response::Json(
      json::object{
          {"file_id", std::to_string(file.file_id)},
          {"name", file.name},
          {"media_type", file.media_type},
          {"size_bytes", file.size_bytes},
          {"sha256", file.sha256},
      },
      201);
}

// Types a browser shows without running anything in them.
bool IsShownInline(std::string_view media_type) {
  return media_type == "application/pdf" || media_type == "text/plain" || media_type.starts_with("image/");
}

Result<http::Response> GetFile(Store& files, const http::Request& request) {
  const Error absent = MakeError(ErrorCode::kNotFound, "file_not_found");
  const std::string_view text = request.Param("file_id");
  int64_t file_id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), file_id);
  if (error != std::errc() || end != text.data() + text.size()) return absent;
  TINHSO_ASSIGN(const File file, files.Get(file_id));
  // Another's file is answered like one that is not there.
  if (file.owner_account_id == 0 || file.owner_account_id != request.principal->account_id) return absent;
  auto response = http::Response::File(files.PathOf(file), file.size_bytes, file.media_type);
  response.WithFileName(file.name, IsShownInline(file.media_type));
  return response;
}

}  // namespace

std::vector<http::Route> Routes(Store& files) {
  return {
      {"POST", "/api/v1/files", "signed_in", "file.uploaded", http::BodyKind::kFile,
       [&files](http::Request& request) { return PostFile(files, request); }, kFileBytesMax},
      {"GET", "/api/v1/files/{file_id}", "signed_in", "", http::BodyKind::kNone,
       [&files](http::Request& request) { return GetFile(files, request); }},
  };
}

}  // namespace tinhso::files
