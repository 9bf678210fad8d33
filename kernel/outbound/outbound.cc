#include "kernel/outbound/outbound.h"

#include <curl/curl.h>

#include <memory>
#include <mutex>

namespace tinhso::outbound {
namespace {

struct Answer {
  std::string body;
  bool too_large = false;
};

size_t TakeBytes(char* bytes, size_t size, size_t count, void* out) {
  Answer& answer = *static_cast<Answer*>(out);
  if (answer.body.size() + size * count > kAnswerBytesMax) {
    answer.too_large = true;
    return 0;
  }
  answer.body.append(bytes, size * count);
  return size * count;
}

// The scheme and host as libcurl itself reads them, so that no trick of writing passes.
bool Split(const std::string& url, std::string& scheme, std::string& host) {
  std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed(curl_url(), curl_url_cleanup);
  if (!parsed || curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) return false;
  auto part = [&](CURLUPart which, std::string& out) {
    char* text = nullptr;
    if (curl_url_get(parsed.get(), which, &text, 0) != CURLUE_OK) return false;
    out = text;
    curl_free(text);
    return true;
  };
  return part(CURLUPART_SCHEME, scheme) && part(CURLUPART_HOST, host);
}

bool IsLoopback(const std::string& host) { return host == "localhost" || host == "127.0.0.1" || host == "[::1]"; }

}  // namespace

bool MayReach(const std::string& url) {
  std::string scheme, host;
  return Split(url, scheme, host) && (scheme == "https" || (scheme == "http" && IsLoopback(host)));
}

Result<Response> Send(const Request& request) {
  static std::once_flag started;
  std::call_once(started, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  if (!MayReach(request.url)) return MakeError(ErrorCode::kInvalid, "outbound_url_refused", request.url);
  std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(), curl_easy_cleanup);
  if (!curl) return MakeError(ErrorCode::kUnavailable, "outbound_unreachable", "curl_easy_init");
  std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers(nullptr, curl_slist_free_all);
  for (const auto& [name, value] : request.headers) {
    curl_slist* longer = curl_slist_append(headers.get(), (name + ": " + value).c_str());
    if (longer == nullptr) return MakeError(ErrorCode::kUnavailable, "outbound_unreachable", "curl_slist_append");
    (void)headers.release();
    headers.reset(longer);
  }
  Answer answer;
  CURL* c = curl.get();
  curl_easy_setopt(c, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "https,http");
  curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(c, CURLOPT_TIMEOUT, static_cast<long>(kTimeoutS));
  curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(c, CURLOPT_USERAGENT, "tinhso");
  curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, TakeBytes);
  curl_easy_setopt(c, CURLOPT_WRITEDATA, &answer);
  // A proxy of the environment is for the world outside, not for this machine.
  curl_easy_setopt(c, CURLOPT_NOPROXY, "localhost,127.0.0.1,::1");
  if (headers) curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers.get());
  if (request.method != "GET") {
    curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    curl_easy_setopt(c, CURLOPT_POSTFIELDS, request.body.c_str());
    curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE, static_cast<long>(request.body.size()));
  }
  CURLcode code = curl_easy_perform(c);
  if (answer.too_large) return MakeError(ErrorCode::kTooLarge, "outbound_answer_too_large", request.url);
  if (code == CURLE_OPERATION_TIMEDOUT) return MakeError(ErrorCode::kUnavailable, "outbound_timeout", request.url);
  if (code != CURLE_OK) {
    return MakeError(ErrorCode::kUnavailable, "outbound_unreachable", request.url + ": " + curl_easy_strerror(code));
  }
  Response response;
  long status = 0;
  curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
  response.status = static_cast<int>(status);
  char* type = nullptr;
  if (curl_easy_getinfo(c, CURLINFO_CONTENT_TYPE, &type) == CURLE_OK && type != nullptr) response.content_type = type;
  response.body = std::move(answer.body);
  return response;
}

}  // namespace tinhso::outbound
