// What a request brings before any handler sees it: target, query, headers, ranges, cursors, trace ids.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "edge.h"
#include "kernel/http/http.h"
#include "proxies.h"
#include "target.h"
#include "wire.h"

namespace {

void Require(bool ok) {
  if (!ok) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tinhso;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t line_end = std::min(input.find('\n'), input.size());
  const std::string_view first = input.substr(0, line_end);

  if (auto target = http::ParseTarget(first); target.ok()) {
    Require(!target->path.empty() && target->path[0] == '/');
    // No segment steps up or aside, however it was encoded.
    for (std::string_view step : {"/../", "/./", "//"}) Require(target->path.find(step) == std::string::npos);
    Require(!target->path.ends_with("/..") && !target->path.ends_with("/."));
    Require(target->path.find('\0') == std::string::npos);
  }
  if (auto parts = http::DecodeCursor(first, 2); parts.ok()) {
    auto again = http::DecodeCursor(http::EncodeCursor(*parts), 2);
    Require(again.ok() && *again == *parts);
  }
  const auto range = http::ParseRange(first, 1000);
  if (range.kind == http::RangeKind::kPart) Require(range.first >= 0 && range.length > 0 && range.first + range.length <= 1000);

  // Header lines, as the parser hands them on.
  http::Request request;
  request.method = "POST";
  std::string_view rest = input.substr(line_end);
  while (!rest.empty()) {
    rest.remove_prefix(1);
    const size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest = rest.substr(end);
    const size_t colon = line.find(':');
    if (colon != std::string_view::npos) request.headers.emplace_back(std::string(line.substr(0, colon)), std::string(line.substr(colon + 1)));
  }
  http::ServerOptions options;
  options.address = "127.0.0.1";
  const auto rules = http::EdgeRules::From(options);
  (void)rules.CheckHeaders(request, 1);
  static const http::Proxies proxies({"10.0.0.0/8", "::1"});
  const std::string caller = proxies.CallerOf("10.0.0.1", first);
  Require(caller == "10.0.0.1" || http::AddressRange::Parse(caller).has_value());
  Require(proxies.CallerOf("192.0.2.1", first) == "192.0.2.1");
  http::TakeTrace(request);
  Require(request.trace_id.size() == 32);
  // Whatever a name holds, an answer's header stays one line.
  auto response = http::Response::Bytes("x", "text/plain");
  response.WithFileName(first, true);
  const auto out = http::Prepare(request, response, http::Connection::kClose);
  Require(out.head.find("\r\n\r\n") == out.head.size() - 4);
  return 0;
}
