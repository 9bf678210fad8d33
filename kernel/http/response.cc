// Responses, problem details and the request's small readers.
#include <algorithm>
#include <charconv>

#include "base/crypto.h"
#include "kernel/http/http.h"
#include "kernel/http/log.h"
#include "kernel/http/push.h"
#include "problem.h"

namespace tinhso::http {
namespace {

struct StatusTitle {
  int status;
  std::string_view title;
};

constexpr StatusTitle kTitles[] = {
    {400, "Yêu cầu không đọc được"},
    {401, "Cần đăng nhập"},
    {403, "Không có quyền thực hiện"},
    {404, "Không tìm thấy"},
    {405, "Phương thức không được phép"},
    {408, "Hết thời gian chờ dữ liệu"},
    {409, "Xung đột với trạng thái hiện tại"},
    {413, "Dữ liệu gửi lên quá lớn"},
    {415, "Loại nội dung không được hỗ trợ"},
    {416, "Khoảng dữ liệu yêu cầu không có"},
    {417, "Không đáp ứng được yêu cầu Expect"},
    {421, "Tên máy chủ không đúng"},
    {422, "Dữ liệu chưa hợp lệ"},
    {429, "Quá nhiều yêu cầu, hãy đợi rồi thử lại"},
    {431, "Phần đầu yêu cầu quá lớn"},
    {500, "Lỗi của hệ thống"},
    {503, "Hệ thống đang bận, hãy thử lại sau"},
    {507, "Máy chủ hết chỗ lưu trữ"},
};

// RFC 5987 attr-char: what may stand unencoded in filename*.
bool IsAttrChar(unsigned char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         std::string_view("!#$&+-.^_`|~").find(static_cast<char>(c)) != std::string_view::npos;
}

Response ProblemBody(int status, std::string_view reason, std::string_view detail,
                     const std::vector<FieldError>& fields, int retry_after_s, std::string_view trace_id) {
  json::object body;
  body["type"] = "urn:tinhso:problem:" + std::string(reason);
  body["title"] = TitleOf(status);
  body["status"] = status;
  if (!detail.empty()) body["detail"] = detail;
  body["reason"] = reason;
  if (retry_after_s > 0) body["retry_after_s"] = retry_after_s;
  json::array errors;
  for (const FieldError& field : fields) {
    json::object item{{"pointer", field.pointer}, {"reason", field.reason}};
    if (!field.detail.empty()) item["detail"] = field.detail;
    errors.push_back(std::move(item));
  }
  body["errors"] = std::move(errors);
  body["trace_id"] = trace_id;
  Response out;
  out.status = status;
  out.content_type = "application/problem+json";
  out.body = json::serialize(body);
  if (retry_after_s > 0) out.headers.emplace_back("Retry-After", std::to_string(retry_after_s));
  return out;
}

}  // namespace

std::string_view TitleOf(int status) {
  for (const StatusTitle& title : kTitles) {
    if (title.status == status) return title.title;
  }
  return "";
}

bool Principal::Has(std::string_view permission) const {
  return std::binary_search(permissions.begin(), permissions.end(), permission,
                            [](std::string_view a, std::string_view b) { return a < b; });
}

bool Principal::HasRole(std::string_view role) const {
  return std::find(roles.begin(), roles.end(), role) != roles.end();
}

std::string_view Request::Header(std::string_view lower_name) const {
  for (const auto& [name, value] : headers) {
    if (name == lower_name) return value;
  }
  return "";
}

std::string_view Request::Query(std::string_view name) const {
  auto found = query.find(std::string(name));
  return found == query.end() ? std::string_view() : std::string_view(found->second);
}

std::string_view Request::Param(std::string_view name) const {
  auto found = path_params.find(std::string(name));
  return found == path_params.end() ? std::string_view() : std::string_view(found->second);
}

Result<int64_t> Request::QueryInt(std::string_view name, int64_t min, int64_t max, int64_t fallback) const {
  std::string_view text = Query(name);
  if (text.empty()) return fallback;
  int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  std::string pointer = "?" + std::string(name);
  if (error != std::errc() || end != text.data() + text.size())
    return FieldInvalid(pointer, "not_an_integer");
  if (value < min || value > max) return FieldInvalid(pointer, "out_of_range");
  return value;
}

Result<json::value> Request::Json() const { return json::Parse(body); }

Response Response::Json(const json::value& v, int status) {
  Response out;
  out.status = status;
  out.body = json::serialize(v);
  return out;
}

Response Response::Text(std::string text, std::string content_type) {
  return Bytes(std::move(text), std::move(content_type));
}

Response Response::Bytes(std::string bytes, std::string content_type) {
  Response out;
  out.content_type = std::move(content_type);
  out.body = std::move(bytes);
  return out;
}

Response Response::File(std::string path, int64_t size_bytes, std::string content_type) {
  Response out;
  out.content_type = std::move(content_type);
  out.file_path = std::move(path);
  out.file_size_bytes = size_bytes;
  return out;
}

Response Response::Events(std::shared_ptr<Push> push) {
  Response out;
  out.content_type = "text/event-stream";
  out.headers.emplace_back("Cache-Control", "no-store, no-transform");
  out.headers.emplace_back("X-Accel-Buffering", "no");  // nginx would hold events back until its buffer is full
  out.push = std::move(push);
  return out;
}

Response Response::NoContent() {
  Response out;
  out.status = 204;
  out.content_type = "";
  return out;
}

Response& Response::WithFileName(std::string_view name, bool inline_view) {
  std::string plain, encoded;
  for (unsigned char c : name) {
    // The quoted fallback is for old clients: ASCII only, nothing that could end the string.
    if (c < 0x80)
      plain.push_back(c < 0x20 || c == 0x7f || c == '"' || c == '\\' || c == '%' || c == '/'
                          ? '_'
                          : static_cast<char>(c));
    else if ((c & 0xc0) != 0x80)
      plain.push_back('_');
    if (IsAttrChar(c)) {
      encoded.push_back(static_cast<char>(c));
    } else {
      constexpr char kHex[] = "0123456789ABCDEF";
      encoded += {'%', kHex[c >> 4], kHex[c & 15]};
    }
  }
  headers.emplace_back("Content-Disposition", std::string(inline_view ? "inline" : "attachment") +
                                                  "; filename=\"" + plain + "\"; filename*=UTF-8''" +
                                                  encoded);
  return *this;
}

int StatusOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalid:
      return 422;
    case ErrorCode::kMalformed:
      return 400;
    case ErrorCode::kUnauthenticated:
      return 401;
    case ErrorCode::kForbidden:
      return 403;
    case ErrorCode::kNotFound:
      return 404;
    case ErrorCode::kConflict:
      return 409;
    case ErrorCode::kTooLarge:
      return 413;
    case ErrorCode::kUnsupported:
      return 415;
    case ErrorCode::kThrottled:
      return 429;
    case ErrorCode::kUnavailable:
      return 503;
    case ErrorCode::kStorageFull:
      return 507;
    case ErrorCode::kInternal:
      return 500;
  }
  return 500;
}

Response ProblemResponse(const Error& error, std::string_view trace_id) {
  int status = StatusOf(error.code);
  std::string_view detail = error.detail;
  if (error.code == ErrorCode::kInternal) {
    // What went wrong inside is for the log; the caller gets the trace id to quote.
    log::Error("internal error", {{"reason", error.reason}, {"detail", error.detail}, {"trace_id", trace_id}});
    detail = "";
  }
  int retry_after_s = error.retry_after_s;
  if (retry_after_s <= 0 && (status == 503 || status == 429)) retry_after_s = 1;
  return ProblemBody(status, error.reason, detail, error.fields, retry_after_s, trace_id);
}

Response EdgeProblem(int status, std::string_view reason, std::string_view detail,
                     std::string_view trace_id) {
  return ProblemBody(status, reason, detail, {}, 0, trace_id);
}

// --- Cursors

std::string EncodeCursor(const std::vector<std::string>& parts) {
  std::string joined;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i) joined.push_back('|');
    for (char c : parts[i]) {
      if (c == '|' || c == '\\') joined.push_back('\\');
      joined.push_back(c);
    }
  }
  return crypto::Base64UrlEncode(joined);
}

Result<std::vector<std::string>> DecodeCursor(std::string_view cursor, size_t parts) {
  constexpr size_t kCursorLengthMax = 1024;
  Error malformed = MakeError(ErrorCode::kMalformed, "cursor_malformed");
  if (cursor.empty() || cursor.size() > kCursorLengthMax) return malformed;
  auto joined = crypto::Base64UrlDecode(cursor);
  if (!joined.ok()) return malformed;
  std::vector<std::string> out(1);
  for (size_t i = 0; i < joined->size(); ++i) {
    char c = (*joined)[i];
    if (static_cast<unsigned char>(c) < 0x20) return malformed;
    if (c == '\\') {
      if (++i >= joined->size()) return malformed;
      out.back().push_back((*joined)[i]);
    } else if (c == '|') {
      out.emplace_back();
    } else {
      out.back().push_back(c);
    }
  }
  if (out.size() != parts) return malformed;
  return out;
}

Result<int64_t> DecodeBefore(std::string_view cursor) {
  int64_t before = INT64_MAX;
  if (cursor.empty()) return before;
  TINHSO_ASSIGN(const auto parts, DecodeCursor(cursor, 1));
  const std::string& text = parts[0];
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), before);
  if (bad != std::errc() || end != text.data() + text.size() || before <= 0) return MakeError(ErrorCode::kMalformed, "cursor_malformed");
  return before;
}

}  // namespace tinhso::http
