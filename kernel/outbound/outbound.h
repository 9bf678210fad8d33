// Small HTTP requests to other servers (identity providers, later other exchanges), within limits: https only except to this
// machine, no redirects, bounded time and size. libcurl. Thread rule: thread-safe; blocks the caller, so never in a transaction.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace tinhso::outbound {

inline constexpr int kTimeoutS = 10;
inline constexpr size_t kAnswerBytesMax = 512 * 1024;

struct Request {
  std::string method = "GET";
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};
struct Response {
  int status = 0;
  std::string content_type, body;
};

// Any status is an answer. kInvalid "outbound_url_refused"; kTooLarge "outbound_answer_too_large"; kUnavailable
// "outbound_unreachable", "outbound_timeout".
Result<Response> Send(const Request& request);
// Whether Send would take the address: https, or http on this machine.
bool MayReach(const std::string& url);

}  // namespace tinhso::outbound
