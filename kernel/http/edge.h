// What the edge asks of a request before any route sees it. No I/O. Thread rule: EdgeRules is immutable.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/http/http.h"

namespace tinhso::http {

// A refusal of the edge; the connection is closed after it, because what follows on it cannot be trusted.
struct EdgeRefusal {
  int status;
  std::string reason;
  std::string detail;
};

struct EdgeRules {
  std::vector<std::string> hosts;  // lower case, no port; "*" = any
  static EdgeRules From(const ServerOptions& options);
  // Host given once and known; Transfer-Encoding exactly "chunked" and only in HTTP/1.1; Expect,
  // Content-Encoding.
  std::optional<EdgeRefusal> CheckHeaders(const Request& request, int http_minor) const;
};

// How a route's body is checked before it is read. `body_bytes` −1 = unknown (chunked).
std::optional<EdgeRefusal> CheckBody(const Route& route, const Request& request, int64_t body_bytes,
                                     int64_t body_bytes_max);

// Fills trace_id from a "traceparent" header (W3C Trace Context), or with a fresh one, and span_id.
void TakeTrace(Request& request);

}  // namespace tinhso::http
