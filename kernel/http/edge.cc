#include "edge.h"

#include <cstring>

#include "base/crypto.h"
#include "base/text.h"

namespace tinhso::http {
namespace {

std::string WithoutPort(std::string_view host) {
  std::string lower = text::ToLower(text::Trim(host));
  if (!lower.empty() && lower[0] == '[') return lower.substr(0, lower.find(']') + 1);
  return lower.substr(0, lower.find(':'));
}

int CountHeader(const Request& request, std::string_view name) {
  int count = 0;
  for (const auto& header : request.headers) count += header.first == name;
  return count;
}

}  // namespace

EdgeRules EdgeRules::From(const ServerOptions& options) {
  EdgeRules rules;
  for (const std::string& host : options.hosts) rules.hosts.push_back(host == "*" ? host : WithoutPort(host));
  for (const char* name : {"localhost", "127.0.0.1", "[::1]"}) rules.hosts.push_back(name);
  bool ipv6 = options.address.find(':') != std::string::npos;
  rules.hosts.push_back(ipv6 ? "[" + options.address + "]" : options.address);
  return rules;
}

std::optional<EdgeRefusal> EdgeRules::CheckHeaders(const Request& request, int http_minor) const {
  int host_count = CountHeader(request, "host");
  if (host_count > 1 || (host_count == 0 && http_minor >= 1))
    return EdgeRefusal{400, "host_malformed", "exactly one Host header"};
  if (host_count == 1) {
    std::string host = WithoutPort(request.Header("host"));
    bool known = false;
    for (const std::string& allowed : hosts) known = known || allowed == "*" || allowed == host;
    if (!known)
      return EdgeRefusal{421, "host_unknown", "start the server with --host NAME to serve this name"};
  }
  if (int count = CountHeader(request, "transfer-encoding"); count > 0) {
    // Anything but plain chunked is read differently by different programs: the ground of request smuggling.
    if (count > 1 || http_minor < 1 || text::ToLower(request.Header("transfer-encoding")) != "chunked" ||
        CountHeader(request, "content-length") > 0)
      return EdgeRefusal{400, "request_malformed", "Transfer-Encoding"};
  }
  // Beast takes "2, 2" as 2; a proxy in front may not.
  std::string_view length = request.Header("content-length");
  if (CountHeader(request, "content-length") > 1 ||
      length.find_first_not_of("0123456789") != std::string_view::npos)
    return EdgeRefusal{400, "request_malformed", "Content-Length"};
  std::string_view expect = request.Header("expect");
  if (!expect.empty() && text::ToLower(expect) != "100-continue")
    return EdgeRefusal{417, "expectation_failed", ""};
  if (std::string_view coding = request.Header("content-encoding");
      !coding.empty() && text::ToLower(coding) != "identity")
    return EdgeRefusal{415, "content_encoding_unsupported", ""};
  return std::nullopt;
}

std::optional<EdgeRefusal> CheckBody(const Route& route, const Request& request, int64_t body_bytes,
                                     int64_t body_bytes_max) {
  if (body_bytes > body_bytes_max)
    return EdgeRefusal{413, "body_too_large", "at most " + std::to_string(body_bytes_max) + " bytes"};
  std::string_view type = request.Header("content-type");
  std::string media = text::ToLower(text::Trim(type.substr(0, type.find(';'))));
  bool has_body = body_bytes != 0;
  if (route.body_kind == BodyKind::kJson && has_body && media != "application/json")
    return EdgeRefusal{415, "media_type_unsupported", "application/json"};
  if (route.body_kind == BodyKind::kFile &&
      (text::StartsWith(media, "multipart/") || media == "application/x-www-form-urlencoded"))
    return EdgeRefusal{415, "media_type_unsupported", "send the file's own bytes as the body"};
  return std::nullopt;
}

void TakeTrace(Request& request) {
  // Not secrets, so one seed a thread is enough and spares a system call for each request (SplitMix64).
  static thread_local uint64_t state = [] {
    std::string bytes = crypto::RandomBytes(8);
    uint64_t seed;
    std::memcpy(&seed, bytes.data(), sizeof seed);
    return seed;
  }();
  std::string raw;
  for (int part = 0; part < 3; ++part) {
    uint64_t z = (state += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    z ^= z >> 31;
    raw.append(reinterpret_cast<const char*>(&z), sizeof z);
  }
  std::string hex = crypto::HexEncode(raw);
  request.span_id = hex.substr(32);
  std::string_view parent = request.Header("traceparent");
  // 00-<32 hex>-<16 hex>-<2 hex>; an all-zero id and the version ff are invalid, later versions may be longer.
  auto is_hex = [](std::string_view text) {
    return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  };
  auto is_id = [&](std::string_view text) {
    return is_hex(text) && text.find_first_not_of('0') != std::string_view::npos;
  };
  bool shaped = parent.size() >= 55 && parent[2] == '-' && parent[35] == '-' && parent[52] == '-' &&
                (parent.size() == 55 || (parent.substr(0, 2) != "00" && parent[55] == '-'));
  if (shaped && is_hex(parent.substr(0, 2)) && parent.substr(0, 2) != "ff" && is_id(parent.substr(3, 32)) &&
      is_id(parent.substr(36, 16)) && is_hex(parent.substr(53, 2)))
    request.trace_id = parent.substr(3, 32);
  else
    request.trace_id = hex.substr(0, 32);
}

}  // namespace tinhso::http
