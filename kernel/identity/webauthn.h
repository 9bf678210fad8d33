// Passkeys: what an authenticator sends, checked by the rules of WebAuthn Level 3 (§7.1 registering, §7.2 signing in) with libfido2.
// Attestation is neither asked for nor judged: any authenticator that verifies its user will do.
// Thread rule: pure functions.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace tinhso::identity {

inline constexpr size_t kCredentialIdBytesMax = 1023;   // WebAuthn §4
inline constexpr size_t kAuthenticatorTextMax = 40'000;  // characters of one base64url field
// COSE algorithms in our order of liking: ES256, EdDSA, RS256.
inline constexpr int kPasskeyAlgorithms[] = {-7, -8, -257};

// Who we are to authenticators. Pages of `origins` may use keys of `id`; a page of http://localhost of any port may, when that is the id.
struct RelyingParty {
  std::string id;  // "dichvucong.camau.gov.vn"
  std::vector<std::string> origins;
};

struct NewPasskey {
  std::string credential_id;  // base64url
  int algorithm = 0;
  std::string public_key;     // raw, as libfido2 takes it
  int64_t sign_count = 0;
  bool backed_up = false;
};
struct StoredPasskey {
  int algorithm = 0;
  std::string public_key;
  int64_t sign_count = 0;
};
struct Assertion {
  int64_t sign_count = 0;
  bool backed_up = false;
};

// `credential` is a RegistrationResponseJSON / AuthenticationResponseJSON of WebAuthn Level 3. kInvalid "passkey_invalid" (detail says what is
// wrong), "passkey_unverified_user" when the authenticator did not verify its user.
Result<NewPasskey> VerifyRegistration(const RelyingParty& party, std::string_view challenge, const json::object& credential);
// Also kConflict "passkey_copied" when the counter did not grow: somebody else holds the key.
Result<Assertion> VerifyAssertion(const RelyingParty& party, std::string_view challenge, const StoredPasskey& stored,
                                  const json::object& credential);
// The challenge (base64url) a client signed; "" when it cannot be read.
std::string ChallengeOf(const json::object& credential);

}  // namespace tinhso::identity
