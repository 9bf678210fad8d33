#include "oidc.h"

#include "base/crypto.h"
#include "kernel/outbound/outbound.h"

namespace tinhso::identity {
namespace {

std::string FormPart(std::string_view text) {
  std::string out;
  for (unsigned char c : text) {
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
    out += plain ? std::string(1, static_cast<char>(c)) : "%" + crypto::HexEncode(std::string(1, static_cast<char>(c)));
  }
  return out;
}

std::string Form(std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
  std::string out;
  for (const auto& [name, value] : fields) {
    if (!value.empty()) out += (out.empty() ? "" : "&") + std::string(name) + "=" + FormPart(value);
  }
  return out;
}

std::string WithQuery(const std::string& url, const std::string& query) {
  return url + (url.find('?') == std::string::npos ? "?" : "&") + query;
}

Error ProviderWrong(const std::string& what) { return MakeError(ErrorCode::kInvalid, "oidc_provider_wrong", what); }

}  // namespace

Result<json::object> OidcClient::GetJson(const outbound::Request& request) {
  auto answer = send_(request);
  if (!answer.ok()) return MakeError(ErrorCode::kUnavailable, "oidc_provider_unreachable", answer.error().reason + " " + answer.error().detail);
  if (answer->status >= 500) return MakeError(ErrorCode::kUnavailable, "oidc_provider_unreachable", request.url);
  auto parsed = json::Parse(answer->body);
  if (!parsed.ok() || !parsed->is_object()) return ProviderWrong(request.url);
  if (answer->status != 200) {
    return MakeError(ErrorCode::kInvalid, "oidc_code_refused", json::GetText(parsed->as_object(), "error"));
  }
  return std::move(parsed->as_object());
}

Result<OidcClient::KnownPtr> OidcClient::Discover() {
  TimeUs now = clock_.NowUs();
  KnownPtr known;
  {
    std::lock_guard lock(mutex_);
    known = known_;
  }
  if (known && now - known->discovered_at_us < kOidcCacheUs) return known;
  std::string base = provider_.issuer;
  while (!base.empty() && base.back() == '/') base.pop_back();
  auto found = GetJson({.url = base + "/.well-known/openid-configuration"});
  // A provider that is down for a moment keeps its address.
  if (!found.ok() && known) return known;
  if (!found.ok()) return found.error();
  // Discovery §4.3: the document of another issuer must not be taken for this one's.
  if (json::GetText(*found, "issuer") != provider_.issuer) return ProviderWrong("issuer");
  auto fresh = std::make_shared<Known>();
  fresh->authorization_endpoint = json::GetText(*found, "authorization_endpoint");
  fresh->token_endpoint = json::GetText(*found, "token_endpoint");
  fresh->userinfo_endpoint = json::GetText(*found, "userinfo_endpoint");
  fresh->jwks_uri = json::GetText(*found, "jwks_uri");
  fresh->end_session_endpoint = json::GetText(*found, "end_session_endpoint");
  const json::value* issuer_said = found->if_contains("authorization_response_iss_parameter_supported");
  fresh->issuer_in_answer = issuer_said != nullptr && issuer_said->is_bool() && issuer_said->as_bool();
  for (const std::string* url : {&fresh->authorization_endpoint, &fresh->token_endpoint, &fresh->jwks_uri}) {
    if (!outbound::MayReach(*url)) return ProviderWrong("endpoints");
  }
  fresh->discovered_at_us = now;
  return FetchKeys(fresh);
}

Result<OidcClient::KnownPtr> OidcClient::FetchKeys(KnownPtr known) {
  TINHSO_ASSIGN(json::object found, GetJson({.url = known->jwks_uri}));
  const json::value* keys = found.if_contains("keys");
  if (keys == nullptr || !keys->is_array()) return ProviderWrong("jwks_uri");
  auto fresh = std::make_shared<Known>(*known);
  fresh->keys = keys->as_array();
  fresh->keys_at_us = clock_.NowUs();
  std::lock_guard lock(mutex_);
  known_ = fresh;
  return KnownPtr(fresh);
}

Result<std::string> OidcClient::AuthorizationUrl(const Start& start) {
  TINHSO_ASSIGN(KnownPtr known, Discover());
  return WithQuery(known->authorization_endpoint, Form({{"response_type", "code"},
                                                        {"client_id", provider_.client_id},
                                                        {"redirect_uri", start.return_url},
                                                        {"scope", provider_.scopes},
                                                        {"state", start.state},
                                                        {"nonce", start.nonce},
                                                        {"code_challenge", crypto::Base64UrlEncode(crypto::Sha256Bytes(start.verifier))},
                                                        {"code_challenge_method", "S256"}}));
}

Result<Claims> OidcClient::Exchange(const Start& start, std::string_view code, std::string_view issuer) {
  TINHSO_ASSIGN(KnownPtr known, Discover());
  // The answer of another provider must not be traded here (RFC 9207).
  if (issuer.empty() ? known->issuer_in_answer : issuer != provider_.issuer) {
    return MakeError(ErrorCode::kInvalid, "oidc_token_invalid", "iss");
  }
  outbound::Request request{.method = "POST", .url = known->token_endpoint};
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}, {"Accept", "application/json"}};
  bool secret = !provider_.client_secret.empty();
  if (secret) {
    // RFC 6749 §2.3.1: both parts are form-encoded first.
    request.headers.emplace_back("Authorization", "Basic " + crypto::Base64Encode(FormPart(provider_.client_id) + ":" + FormPart(provider_.client_secret)));
  }
  request.body = Form({{"grant_type", "authorization_code"},
                       {"code", code},
                       {"redirect_uri", start.return_url},
                       {"code_verifier", start.verifier},
                       {"client_id", secret ? "" : provider_.client_id}});
  TINHSO_ASSIGN(json::object answer, GetJson(request));
  std::string token = json::GetText(answer, "id_token");
  if (token.empty()) return MakeError(ErrorCode::kInvalid, "oidc_token_invalid", "id_token");

  TimeUs now = clock_.NowUs();
  auto claims = VerifyIdToken(provider_, token, known->keys, start.nonce, now);
  // New keys are published before they sign, or with it: asked for once, not for every stranger's token.
  if (!claims.ok() && claims.error().reason == "oidc_key_unknown" && now - known->keys_at_us >= kOidcKeysAgainUs) {
    TINHSO_ASSIGN(known, FetchKeys(known));
    claims = VerifyIdToken(provider_, token, known->keys, start.nonce, now);
  }
  if (!claims.ok()) {
    return claims.error().reason == "oidc_key_unknown" ? MakeError(ErrorCode::kInvalid, "oidc_token_invalid", "kid") : claims.error();
  }
  if (provider_.use_userinfo) TINHSO_TRY(AddUserinfo(*known, json::GetText(answer, "access_token"), *claims));
  return ReadClaims(provider_, *claims);
}

Status OidcClient::AddUserinfo(const Known& known, const std::string& access_token, json::object& token) {
  if (!outbound::MayReach(known.userinfo_endpoint) || access_token.empty()) return ProviderWrong("userinfo_endpoint");
  TINHSO_ASSIGN(json::object said, GetJson({.url = known.userinfo_endpoint, .headers = {{"Authorization", "Bearer " + access_token}, {"Accept", "application/json"}}}));
  // Core §5.3.2: claims of another subject would be somebody else's.
  if (json::GetText(said, "sub") != json::GetText(token, "sub")) return MakeError(ErrorCode::kInvalid, "oidc_token_invalid", "userinfo sub");
  for (const auto& [name, value] : said) {
    if (!token.contains(name)) token[name] = value;  // what is signed leads
  }
  return Ok();
}

std::string OidcClient::EndSessionUrl(std::string_view return_url) const {
  std::lock_guard lock(mutex_);
  if (!known_ || !outbound::MayReach(known_->end_session_endpoint)) return "";
  return WithQuery(known_->end_session_endpoint, Form({{"client_id", provider_.client_id}, {"post_logout_redirect_uri", return_url}}));
}

}  // namespace tinhso::identity
