#include "wire.h"

#include <charconv>
#include <cstdio>

#include "base/clock.h"
#include "base/text.h"
#include "problem.h"
#include "static_files.h"

namespace tinhso::http {
namespace {

std::string_view StatusPhrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 417:
      return "Expectation Failed";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
    case 507:
      return "Insufficient Storage";
    default:
      return "Status";
  }
}

const std::string& SecurityHeaders() {
  static const std::string headers =
      "X-Content-Type-Options: nosniff\r\n"
      "Referrer-Policy: same-origin\r\n"
      "Cross-Origin-Opener-Policy: same-origin\r\n"
      "Cross-Origin-Resource-Policy: same-origin\r\n"
      "Permissions-Policy: camera=(self), geolocation=(self), microphone=(), payment=(), usb=()\r\n";
  return headers;
}

constexpr char kPaperCsp[] =
    "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

bool SameName(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if ((a[i] | 0x20) != (b[i] | 0x20)) return false;
  }
  return true;
}

std::string_view HeaderOf(const Response& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (SameName(key, name)) return value;
  }
  return "";
}

// A value from a handler may hold text of a person: a line break in it would start a header of its own.
void AppendHeader(std::string& head, std::string_view name, std::string_view value) {
  head.append(name).append(": ");
  for (char c : value) head.push_back(static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c);
  head.append("\r\n");
}

// If-None-Match: a list of entity tags, "*", weak ones compared by their text.
bool EtagListed(std::string_view header, std::string_view etag) {
  if (header.empty() || etag.empty()) return false;
  if (etag.substr(0, 2) == "W/") etag.remove_prefix(2);
  while (!header.empty()) {
    size_t comma = header.find(',');
    std::string item = text::Trim(header.substr(0, comma));
    header = comma == std::string_view::npos ? std::string_view() : header.substr(comma + 1);
    if (item == "*") return true;
    if (std::string_view(item).substr(0, 2) == "W/") item.erase(0, 2);
    if (item == etag) return true;
  }
  return false;
}

const std::string& DateNow() {
  static thread_local int64_t second = -1;
  static thread_local std::string text;
  int64_t now = SystemClock().NowUs() / kUsPerSecond;
  if (now != second) {
    second = now;
    text = HttpDate(now);
  }
  return text;
}

}  // namespace

std::string HttpDate(int64_t unix_seconds) {
  constexpr const char* kDays[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
  constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  Date date = CivilFromDays(unix_seconds / 86'400);
  int s = static_cast<int>(unix_seconds % 86'400);
  char text[64];
  std::snprintf(text, sizeof text, "%s, %02d %s %04d %02d:%02d:%02d GMT", kDays[Weekday(date)], date.day,
                kMonths[date.month - 1], date.year, s / 3600, s / 60 % 60, s % 60);
  return text;
}

Range ParseRange(std::string_view header, int64_t size_bytes) {
  Range range;
  if (!text::StartsWith(header, "bytes=")) return range;
  std::string spec = text::Trim(header.substr(6));
  size_t dash = spec.find('-');
  if (dash == std::string::npos || spec.find(',') != std::string::npos) return range;
  auto number = [](std::string_view digits, int64_t& out) {
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
    return !digits.empty() && digits[0] != '-' && error == std::errc() &&
           end == digits.data() + digits.size();
  };
  std::string_view from = std::string_view(spec).substr(0, dash),
                   to = std::string_view(spec).substr(dash + 1);
  int64_t first = 0, last = size_bytes - 1;
  if (from.empty()) {
    int64_t suffix = 0;
    if (!number(to, suffix)) return range;
    if (suffix == 0 || size_bytes == 0) return {RangeKind::kUnsatisfiable};
    first = suffix >= size_bytes ? 0 : size_bytes - suffix;
  } else {
    if (!number(from, first)) return range;
    if (!to.empty()) {
      if (!number(to, last) || last < first) return range;
      if (last >= size_bytes) last = size_bytes - 1;
    }
    if (first >= size_bytes) return {RangeKind::kUnsatisfiable};
  }
  return {RangeKind::kPart, first, last - first + 1};
}

Outgoing Prepare(const Request& request, Response response, Connection connection) {
  Outgoing out;
  bool reads = request.method == "GET" || request.method == "HEAD";
  bool from_file = !response.file_path.empty();
  std::string_view etag = HeaderOf(response, "etag");
  int64_t length = from_file ? response.file_size_bytes : static_cast<int64_t>(response.body.size());
  if (reads && response.status == 200 && EtagListed(request.Header("if-none-match"), etag))
    response.status = 304;
  if (reads && response.status == 200 && from_file) {
    response.headers.emplace_back("Accept-Ranges", "bytes");
    std::string_view if_range = request.Header("if-range");
    Range range = ParseRange(request.Header("range"), length);
    if (!if_range.empty() && if_range != HeaderOf(response, "etag")) range = {};
    if (range.kind == RangeKind::kUnsatisfiable) {
      std::string total = "bytes */" + std::to_string(length);
      response = EdgeProblem(416, "range_not_satisfiable", "", request.trace_id);
      response.headers.emplace_back("Content-Range", total);
      from_file = false;
      length = static_cast<int64_t>(response.body.size());
    } else if (range.kind == RangeKind::kPart) {
      response.status = 206;
      response.headers.emplace_back("Content-Range", "bytes " + std::to_string(range.first) + "-" +
                                                         std::to_string(range.first + range.length - 1) +
                                                         "/" + std::to_string(length));
      out.file_offset = range.first;
      length = range.length;
    }
  }
  out.status = response.status;
  bool bodiless = response.status == 204 || response.status == 304;
  out.head.reserve(1024);
  out.head.append("HTTP/1.1 ")
      .append(std::to_string(response.status))
      .append(" ")
      .append(StatusPhrase(response.status));
  out.head.append("\r\nDate: ").append(DateNow()).append("\r\n");
  if (!bodiless) {
    if (!response.content_type.empty()) AppendHeader(out.head, "Content-Type", response.content_type);
    // Without a length the answer ends with the connection.
    if (!response.push) out.head.append("Content-Length: ").append(std::to_string(length)).append("\r\n");
  }
  for (const auto& [name, value] : response.headers) AppendHeader(out.head, name, value);
  if (HeaderOf(response, "cache-control").empty()) out.head.append("Cache-Control: no-store\r\n");
  if (HeaderOf(response, "content-security-policy").empty()) {
    // A paper may be shown in a frame of our own pages, beside the form; nothing else may be framed by anybody.
    static const std::string base_csp = BaseCsp();
    bool paper = response.content_type == "application/pdf";
    AppendHeader(out.head, "Content-Security-Policy", paper ? std::string_view(kPaperCsp) : std::string_view(base_csp));
  }
  out.head.append(SecurityHeaders());
  if (!request.trace_id.empty()) out.head.append("X-Trace-Id: ").append(request.trace_id).append("\r\n");
  if (!request.span_id.empty()) {
    out.head.append("traceparent: 00-").append(request.trace_id).append("-").append(request.span_id);
    out.head.append("-01\r\n");
  }
  out.head.append(connection == Connection::kClose ? "Connection: close\r\n\r\n"
                                                   : "Connection: keep-alive\r\n\r\n");
  if (!bodiless && request.method != "HEAD") {
    if (from_file) {
      out.file_path = std::move(response.file_path);
      out.file_length = length;
    } else {
      out.body = std::move(response.body);
    }
  }
  return out;
}

}  // namespace tinhso::http
