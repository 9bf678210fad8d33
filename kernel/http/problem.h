// Problem details for answers the edge gives itself, where no ErrorCode exists (405, 408, 421, 431 …).
#pragma once
#include <string>
#include <string_view>

#include "kernel/http/http.h"

namespace tinhso::http {

// `detail` is plain text for the caller, never personal data.
Response EdgeProblem(int status, std::string_view reason, std::string_view detail, std::string_view trace_id);

// Vietnamese title of a status; "" for an unknown one.
std::string_view TitleOf(int status);

}  // namespace tinhso::http
