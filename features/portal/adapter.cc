#include "adapter.h"

#include "kernel/outbound/outbound.h"

namespace tinhso::portal {

namespace {

Error Unreachable(std::string detail) { return MakeError(ErrorCode::kUnavailable, "portal_unreachable", std::move(detail)); }

// "0" and 0 alike.
std::string CodeOf(const json::object& answer) {
  const json::value* code = answer.if_contains("error_code");
  if (code == nullptr) return "";
  return code->is_string() ? std::string(code->as_string()) : json::serialize(*code);
}

}  // namespace

Result<json::object> Adapter::Post(const std::string& path, const json::object& body, int* status) {
  auto answer = outbound::Send({"POST", options_.url + path, {{"Content-Type", "application/json"}}, json::serialize(body)});
  if (!answer.ok()) return Unreachable(answer.error().reason);
  *status = answer->status;
  if (answer->status == 401) return json::object();
  if (answer->status != 200) return Unreachable("HTTP " + std::to_string(answer->status));
  auto parsed = json::Parse(answer->body);
  if (!parsed.ok() || !parsed->is_object()) return Unreachable("answer is not JSON");
  return std::move(parsed->as_object());
}

Status Adapter::SignIn() {
  int status = 0;
  TINHSO_ASSIGN(json::object answer, Post("/mapi/login", {{"username", options_.username}, {"password", options_.password}}, &status));
  session_ = json::GetText(answer, "session");
  if (session_.empty()) return Unreachable("signing in was refused");
  return Ok();
}

Result<Answer> Adapter::Call(const std::string& service, const json::array& data) {
  for (int attempt = 0; attempt < 2; ++attempt) {
    if (session_.empty()) TINHSO_TRY(SignIn());
    int status = 0;
    TINHSO_ASSIGN(json::object answer, Post("/mapi/g", {{"session", session_}, {"madonvi", options_.unit_code}, {"service", service},
                                                       {"isUpdating", "true"}, {"data", data}}, &status));
    if (status == 401) {  // the session ended: once more with a new one
      session_.clear();
      continue;
    }
    const std::string code = CodeOf(answer);
    if (code.empty()) return Unreachable("answer without error_code");
    Answer out{code == "0", code, json::GetText(answer, "message")};
    if (out.text.size() > kErrorTextMax) out.text.resize(kErrorTextMax);
    return out;
  }
  return Unreachable("no session");
}

}  // namespace tinhso::portal
