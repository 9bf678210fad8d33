// The steps of Dispatch, which the server takes one by one (an upload is authorised before its body is read).
#pragma once
#include <optional>
#include <string_view>

#include "kernel/http/http.h"

namespace tinhso::http {

// Fills request.principal. The refusal, or nullopt when the caller may go on.
std::optional<Response> Authorize(const Route& route, const Authenticator& authenticator, Request& request);
// Runs the handler; errors and stray exceptions become problem details.
Response RunHandler(const Route& route, Request& request);
// 404, or 405 with Allow.
Response NoRoute(const Router::Match& match, std::string_view trace_id);

}  // namespace tinhso::http
