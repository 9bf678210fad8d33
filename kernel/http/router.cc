// Route table and dispatch: who may call what. Paths are compared decoded, segment by segment.
#include <algorithm>
#include <exception>

#include "base/crypto.h"
#include "dispatch.h"
#include "kernel/http/http.h"
#include "kernel/http/log.h"
#include "problem.h"

namespace tinhso::http {
namespace {

std::vector<std::string_view> SplitPath(std::string_view path) {
  std::vector<std::string_view> out;
  size_t start = 1;
  while (start <= path.size()) {
    size_t end = std::min(path.find('/', start), path.size());
    out.push_back(path.substr(start, end - start));
    start = end + 1;
  }
  return out;
}

bool IsParam(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

// Number of segments and the literal segments before the first parameter: "4:/api/v1/dossiers".
std::string ShapeKey(const std::vector<std::string_view>& segments, size_t literals) {
  std::string key = std::to_string(segments.size()) + ":";
  for (size_t i = 0; i < literals; ++i) key.append("/").append(segments[i]);
  return key;
}

// Literal segments, to prefer "/dossiers/mine" to "/dossiers/{dossier_code}".
int LiteralCount(std::string_view pattern) {
  int count = 0;
  for (std::string_view segment : SplitPath(pattern)) count += !IsParam(segment);
  return count;
}

bool SegmentsFit(std::string_view pattern, const std::vector<std::string_view>& segments) {
  std::vector<std::string_view> wanted = SplitPath(pattern);
  if (wanted.size() != segments.size()) return false;
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (IsParam(wanted[i]) ? segments[i].empty() : wanted[i] != segments[i]) return false;
  }
  return true;
}

}  // namespace

void Router::Add(Route route) {
  std::vector<std::string_view> segments = SplitPath(route.pattern);
  size_t literals = 0;
  while (literals < segments.size() && !IsParam(segments[literals])) ++literals;
  by_shape_.emplace(ShapeKey(segments, literals), routes_.size());
  routes_.push_back(std::move(route));
}

void Router::Add(std::vector<Route> routes) {
  for (Route& route : routes) Add(std::move(route));
}

Router::Match Router::Find(std::string_view method, std::string_view path) const {
  Match match;
  if (path.empty() || path[0] != '/') return match;
  std::vector<std::string_view> segments = SplitPath(path);
  std::string_view wanted_method = method == "HEAD" ? "GET" : method;
  int best_literals = -1;
  std::vector<std::string_view> allowed;
  for (size_t literals = segments.size() + 1; literals-- > 0;) {
    auto [from, to] = by_shape_.equal_range(ShapeKey(segments, literals));
    for (auto it = from; it != to; ++it) {
      const Route& route = routes_[it->second];
      if (!SegmentsFit(route.pattern, segments)) continue;
      if (route.method != wanted_method) {
        allowed.push_back(route.method);
        continue;
      }
      int literal_count = LiteralCount(route.pattern);
      if (literal_count > best_literals) {
        best_literals = literal_count;
        match.route = &route;
      }
    }
    if (match.route) break;
  }
  if (match.route) {
    std::vector<std::string_view> names = SplitPath(match.route->pattern);
    for (size_t i = 0; i < names.size(); ++i) {
      if (IsParam(names[i])) match.path_params.emplace(names[i].substr(1, names[i].size() - 2), segments[i]);
    }
    return match;
  }
  std::sort(allowed.begin(), allowed.end());
  allowed.erase(std::unique(allowed.begin(), allowed.end()), allowed.end());
  for (std::string_view name : allowed) {
    if (!match.allow.empty()) match.allow += ", ";
    match.allow += name;
    if (name == "GET") match.allow += ", HEAD";
  }
  return match;
}

std::optional<Response> Authorize(const Route& route, const Authenticator& authenticator, Request& request) {
  std::string_view permission = route.permission;
  bool is_public = permission == "public";
  request.principal.reset();
  if (authenticator) {
    auto who = authenticator(request);
    if (who.ok()) {
      request.principal = std::move(who).value();
    } else if (!is_public || (who.error().code != ErrorCode::kUnauthenticated &&
                              who.error().code != ErrorCode::kForbidden)) {
      return ProblemResponse(who.error(), request.trace_id);
    }
  }
  if (is_public) return std::nullopt;
  if (!request.principal)
    return ProblemResponse(MakeError(ErrorCode::kUnauthenticated, "sign_in_required"), request.trace_id);
  if (permission == "signed_in" || request.principal->Has(permission)) return std::nullopt;
  return ProblemResponse(MakeError(ErrorCode::kForbidden, "permission_denied"), request.trace_id);
}

Response RunHandler(const Route& route, Request& request) {
  try {
    auto result = route.handler(request);
    if (result.ok()) return std::move(result).value();
    return ProblemResponse(result.error(), request.trace_id);
  } catch (const std::exception& e) {
    // No exception crosses a module's edge; one that does is a fault of ours and must not end the process.
    return ProblemResponse(
        MakeError(ErrorCode::kInternal, "internal_error", std::string(route.pattern) + ": " + e.what()),
        request.trace_id);
  }
}

Response NoRoute(const Router::Match& match, std::string_view trace_id) {
  if (match.allow.empty()) return EdgeProblem(404, "route_not_found", "", trace_id);
  Response out = EdgeProblem(405, "method_not_allowed", "", trace_id);
  out.headers.emplace_back("Allow", match.allow);
  return out;
}

Response Dispatch(const Router& router, const Authenticator& authenticator, Request& request) {
  if (request.trace_id.empty()) request.trace_id = crypto::HexEncode(crypto::RandomBytes(16));
  Router::Match match = router.Find(request.method, request.path);
  if (!match.route) return NoRoute(match, request.trace_id);
  request.path_params = std::move(match.path_params);
  if (auto refused = Authorize(*match.route, authenticator, request)) return std::move(*refused);
  return RunHandler(*match.route, request);
}

}  // namespace tinhso::http
