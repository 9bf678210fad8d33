// From a Response to bytes: conditional requests, Range, security headers, the head's text.
// Thread rule: pure functions.
#pragma once
#include <cstdint>
#include <string>

#include "kernel/http/http.h"

namespace tinhso::http {

struct Outgoing {
  int status = 200;
  std::string head;       // status line and headers, ending with the empty line
  std::string body;       // sent after the head
  std::string file_path;  // or this file's bytes
  int64_t file_offset = 0;
  int64_t file_length = 0;
};

enum class Connection { kKeepAlive, kClose };

// `request.method` HEAD sends no body. Adds the headers every answer carries.
Outgoing Prepare(const Request& request, Response response, Connection connection);

// A single "bytes=a-b" range of a body of `size` bytes. kNone: no range or one that is ignored (several
// ranges, other units).
enum class RangeKind { kNone, kPart, kUnsatisfiable };
struct Range {
  RangeKind kind = RangeKind::kNone;
  int64_t first = 0, length = 0;
};
Range ParseRange(std::string_view header, int64_t size_bytes);

// "Mon, 23 Nov 2026 05:25:40 GMT"
std::string HttpDate(int64_t unix_seconds);

}  // namespace tinhso::http
