// An OpenID Connect relying party (OpenID Connect Core 1.0 §3.1, PKCE RFC 7636, issuer in the answer RFC 9207). Signatures: libcjose.
#pragma once
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/json.h"
#include "kernel/identity/identity.h"

namespace tinhso::identity {

inline constexpr int64_t kOidcSkewUs = 60 * kUsPerSecond;         // clocks of providers
inline constexpr int64_t kOidcCacheUs = 3600 * kUsPerSecond;      // discovery and keys
inline constexpr int64_t kOidcKeysAgainUs = 60 * kUsPerSecond;    // an unknown key asks anew this seldom
inline constexpr size_t kIdTokenBytesMax = 16 * 1024;
inline constexpr size_t kKeysMax = 50;

// What a provider says about a person, in our words; unsound parts are empty.
struct Claims {
  std::string subject, personal_no, full_name, birth_on, sex, level;
  bool personal_no_verified = false;  // the level is high enough for that
  bool strong = false;                // the level stands for two factors
};

// The claims of a token that is right in signature (RS256 or ES256), issuer, audience, times and nonce. kInvalid "oidc_token_invalid" (detail
// says what is wrong); kNotFound "oidc_key_unknown" when no key fits: the provider may have changed its keys. Pure.
Result<json::object> VerifyIdToken(const Provider& provider, std::string_view token, const json::array& keys, std::string_view nonce,
                                   TimeUs now_us);
Claims ReadClaims(const Provider& provider, const json::object& token);

// One provider. Thread-safe; asks the provider over the network, so never in a transaction.
class OidcClient {
 public:
  OidcClient(Provider provider, Sender send, const Clock& clock) : provider_(std::move(provider)), send_(std::move(send)), clock_(clock) {}
  const Provider& provider() const { return provider_; }

  struct Start {
    std::string return_url, state, nonce, verifier;
  };
  // Where to send the browser. kUnavailable "oidc_provider_unreachable"; kInvalid "oidc_provider_wrong" (its configuration does not hold).
  Result<std::string> AuthorizationUrl(const Start& start);
  // Trades the code for the person. Also kInvalid "oidc_token_invalid", "oidc_code_refused".
  Result<Claims> Exchange(const Start& start, std::string_view code, std::string_view issuer);
  // Where signing out continues at the provider; "" when it has no such place or was not asked yet.
  std::string EndSessionUrl(std::string_view return_url) const;

 private:
  struct Known {
    std::string authorization_endpoint, token_endpoint, userinfo_endpoint, jwks_uri, end_session_endpoint;
    bool issuer_in_answer = false;
    json::array keys;
    TimeUs discovered_at_us = 0, keys_at_us = 0;
  };
  using KnownPtr = std::shared_ptr<const Known>;
  Result<json::object> GetJson(const outbound::Request& request);
  Result<KnownPtr> Discover();
  Result<KnownPtr> FetchKeys(KnownPtr known);
  Status AddUserinfo(const Known& known, const std::string& access_token, json::object& token);

  const Provider provider_;
  const Sender send_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  KnownPtr known_;
};

}  // namespace tinhso::identity
