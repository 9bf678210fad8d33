#include "webauthn.h"

#include <cbor.h>
#include <fido.h>
#include <fido/eddsa.h>
#include <fido/es256.h>
#include <fido/rs256.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "base/crypto.h"
#include "base/text.h"

namespace tinhso::identity {
namespace {

constexpr size_t kRpIdHashBytes = 32;
constexpr uint8_t kFlagUserPresent = 0x01, kFlagUserVerified = 0x04, kFlagBackedUp = 0x10, kFlagAttested = 0x40;
constexpr size_t kFlagsAt = 32;
constexpr size_t kAuthDataBytesMin = 37;

Error PasskeyInvalid(const char* what) { return MakeError(ErrorCode::kInvalid, "passkey_invalid", what); }

const unsigned char* Bytes(const std::string& text) { return reinterpret_cast<const unsigned char*>(text.data()); }

template <class T, void (*Free)(T**)>
struct FidoFree {
  void operator()(T* p) const { Free(&p); }
};
using Cred = std::unique_ptr<fido_cred_t, FidoFree<fido_cred_t, fido_cred_free>>;
using Assert = std::unique_ptr<fido_assert_t, FidoFree<fido_assert_t, fido_assert_free>>;

const json::object* ResponseOf(const json::object& credential) {
  const json::value* response = credential.if_contains("response");
  return response != nullptr && response->is_object() ? &response->as_object() : nullptr;
}

Result<std::string> Field(const json::object& credential, const char* name) {
  const json::object* response = ResponseOf(credential);
  std::string text = response != nullptr ? json::GetText(*response, name) : "";
  if (text.empty() || text.size() > kAuthenticatorTextMax) return PasskeyInvalid(name);
  auto bytes = crypto::Base64UrlDecode(text);
  if (!bytes.ok()) return PasskeyInvalid(name);
  return bytes;
}

// The client's side: its type, our challenge, our page. Returns the raw text that is hashed.
Result<std::string> CheckClientData(const RelyingParty& party, std::string_view type, std::string_view challenge,
                                    const json::object& credential) {
  TINHSO_ASSIGN(std::string raw, Field(credential, "clientDataJSON"));
  auto parsed = json::Parse(raw);
  if (!parsed.ok() || !parsed->is_object()) return PasskeyInvalid("clientDataJSON");
  const json::object& data = parsed->as_object();
  if (json::GetText(data, "type") != type) return PasskeyInvalid("type");
  if (!crypto::EqualConstantTime(json::GetText(data, "challenge"), challenge)) return PasskeyInvalid("challenge");
  std::string origin = json::GetText(data, "origin");
  bool known = std::find(party.origins.begin(), party.origins.end(), origin) != party.origins.end();
  bool local = party.id == "localhost" && (origin == "http://localhost" || text::StartsWith(origin, "http://localhost:"));
  if (!known && !local) return PasskeyInvalid("origin");
  const json::value* crossed = data.if_contains("crossOrigin");
  if (crossed != nullptr && crossed->is_bool() && crossed->as_bool()) return PasskeyInvalid("crossOrigin");
  return raw;
}

// The authenticator's side, common to both: our relying party, a person who was there and was verified.
Result<uint8_t> CheckAuthData(const RelyingParty& party, const std::string& data) {
  if (data.size() < kAuthDataBytesMin) return PasskeyInvalid("authenticatorData");
  if (data.compare(0, kRpIdHashBytes, crypto::Sha256Bytes(party.id)) != 0) return PasskeyInvalid("rpIdHash");
  uint8_t flags = static_cast<uint8_t>(data[kFlagsAt]);
  if ((flags & kFlagUserPresent) == 0) return PasskeyInvalid("userPresent");
  if ((flags & kFlagUserVerified) == 0) return MakeError(ErrorCode::kInvalid, "passkey_unverified_user");
  return flags;
}

// attestationObject is a CBOR map {fmt, attStmt, authData}; only the last concerns us.
Result<std::string> AuthDataOf(const std::string& attestation) {
  cbor_load_result loaded;
  cbor_item_t* item = cbor_load(Bytes(attestation), attestation.size(), &loaded);
  if (item == nullptr) return PasskeyInvalid("attestationObject");
  std::string out;
  if (loaded.read == attestation.size() && cbor_isa_map(item)) {
    const cbor_pair* pairs = cbor_map_handle(item);
    for (size_t i = 0; i < cbor_map_size(item); ++i) {
      const cbor_item_t* key = pairs[i].key;
      const cbor_item_t* value = pairs[i].value;
      bool wanted = cbor_isa_string(key) && cbor_string_is_definite(key) &&
                    std::string_view(reinterpret_cast<const char*>(cbor_string_handle(key)), cbor_string_length(key)) == "authData";
      if (wanted && cbor_isa_bytestring(value) && cbor_bytestring_is_definite(value)) {
        out.assign(reinterpret_cast<const char*>(cbor_bytestring_handle(value)), cbor_bytestring_length(value));
      }
    }
  }
  cbor_decref(&item);
  if (out.empty()) return PasskeyInvalid("authData");
  return out;
}

Result<NewPasskey> ReadCredential(const std::string& auth_data) {
  for (int algorithm : kPasskeyAlgorithms) {
    // libfido2 reads a key of the announced type only.
    Cred cred(fido_cred_new());
    if (!cred || fido_cred_set_type(cred.get(), algorithm) != FIDO_OK ||
        fido_cred_set_authdata_raw(cred.get(), Bytes(auth_data), auth_data.size()) != FIDO_OK) {
      continue;
    }
    size_t id_length = fido_cred_id_len(cred.get()), key_length = fido_cred_pubkey_len(cred.get());
    if (id_length == 0 || id_length > kCredentialIdBytesMax || key_length == 0) continue;
    NewPasskey passkey;
    passkey.credential_id =
        crypto::Base64UrlEncode({reinterpret_cast<const char*>(fido_cred_id_ptr(cred.get())), id_length});
    passkey.algorithm = algorithm;
    passkey.public_key.assign(reinterpret_cast<const char*>(fido_cred_pubkey_ptr(cred.get())), key_length);
    passkey.sign_count = fido_cred_sigcount(cred.get());
    return passkey;
  }
  return PasskeyInvalid("credentialPublicKey");
}

int VerifyWith(const fido_assert_t* assertion, const StoredPasskey& stored) {
  // Each key type has functions of its own and the same shape.
  auto with = [&](auto* key, auto from, auto free) {
    int result = key == nullptr ? FIDO_ERR_INTERNAL : from(key, stored.public_key.data(), stored.public_key.size());
    if (result == FIDO_OK) result = fido_assert_verify(assertion, 0, stored.algorithm, key);
    free(&key);
    return result;
  };
  switch (stored.algorithm) {
    case COSE_ES256: return with(es256_pk_new(), es256_pk_from_ptr, es256_pk_free);
    case COSE_EDDSA: return with(eddsa_pk_new(), eddsa_pk_from_ptr, eddsa_pk_free);
    case COSE_RS256: return with(rs256_pk_new(), rs256_pk_from_ptr, rs256_pk_free);
    default: return FIDO_ERR_UNSUPPORTED_ALGORITHM;
  }
}

}  // namespace

std::string ChallengeOf(const json::object& credential) {
  auto raw = Field(credential, "clientDataJSON");
  if (!raw.ok()) return "";
  auto parsed = json::Parse(*raw);
  return parsed.ok() && parsed->is_object() ? json::GetText(parsed->as_object(), "challenge") : "";
}

Result<NewPasskey> VerifyRegistration(const RelyingParty& party, std::string_view challenge, const json::object& credential) {
  TINHSO_TRY(CheckClientData(party, "webauthn.create", challenge, credential));
  TINHSO_ASSIGN(std::string attestation, Field(credential, "attestationObject"));
  TINHSO_ASSIGN(std::string auth_data, AuthDataOf(attestation));
  TINHSO_ASSIGN(uint8_t flags, CheckAuthData(party, auth_data));
  if ((flags & kFlagAttested) == 0) return PasskeyInvalid("attestedCredentialData");
  TINHSO_ASSIGN(NewPasskey passkey, ReadCredential(auth_data));
  if (json::GetText(credential, "id") != passkey.credential_id) return PasskeyInvalid("id");
  passkey.backed_up = (flags & kFlagBackedUp) != 0;
  return passkey;
}

Result<Assertion> VerifyAssertion(const RelyingParty& party, std::string_view challenge, const StoredPasskey& stored,
                                  const json::object& credential) {
  TINHSO_ASSIGN(std::string client_data, CheckClientData(party, "webauthn.get", challenge, credential));
  TINHSO_ASSIGN(std::string auth_data, Field(credential, "authenticatorData"));
  TINHSO_ASSIGN(std::string signature, Field(credential, "signature"));
  TINHSO_ASSIGN(uint8_t flags, CheckAuthData(party, auth_data));
  Assert assertion(fido_assert_new());
  std::string hash = crypto::Sha256Bytes(client_data);
  bool set = assertion && fido_assert_set_clientdata_hash(assertion.get(), Bytes(hash), hash.size()) == FIDO_OK &&
             fido_assert_set_rp(assertion.get(), party.id.c_str()) == FIDO_OK &&
             fido_assert_set_up(assertion.get(), FIDO_OPT_TRUE) == FIDO_OK &&
             fido_assert_set_uv(assertion.get(), FIDO_OPT_TRUE) == FIDO_OK &&
             fido_assert_set_count(assertion.get(), 1) == FIDO_OK &&
             fido_assert_set_authdata_raw(assertion.get(), 0, Bytes(auth_data), auth_data.size()) == FIDO_OK &&
             fido_assert_set_sig(assertion.get(), 0, Bytes(signature), signature.size()) == FIDO_OK;
  if (!set) return PasskeyInvalid("authenticatorData");
  if (VerifyWith(assertion.get(), stored) != FIDO_OK) return PasskeyInvalid("signature");
  Assertion out;
  out.sign_count = fido_assert_sigcount(assertion.get(), 0);
  out.backed_up = (flags & kFlagBackedUp) != 0;
  // Authenticators that sync their keys count nothing and send 0 always (§6.1.1).
  bool counts = out.sign_count != 0 || stored.sign_count != 0;
  if (counts && out.sign_count <= stored.sign_count) return MakeError(ErrorCode::kConflict, "passkey_copied");
  return out;
}

}  // namespace tinhso::identity
