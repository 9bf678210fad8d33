// What an authenticator sends: any bytes as attestation and as authenticator data are refused or read, never past their end.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/crypto.h"
#include "webauthn.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tinhso;
  using namespace tinhso::identity;
  std::string bytes(reinterpret_cast<const char*>(data), size);
  auto credential = [&](const char* type, const char* field) {
    json::object client{{"type", type}, {"challenge", "thu"}, {"origin", "http://localhost"}};
    return json::object{{"id", "eA"},
                        {"response", json::object{{"clientDataJSON", crypto::Base64UrlEncode(json::serialize(client))},
                                                  {field, crypto::Base64UrlEncode(bytes)},
                                                  {"signature", "AAAA"}}}};
  };
  RelyingParty party{"localhost", {}};
  (void)VerifyRegistration(party, "thu", credential("webauthn.create", "attestationObject")).ok();
  (void)VerifyAssertion(party, "thu", {-7, std::string(64, 'k'), 0}, credential("webauthn.get", "authenticatorData")).ok();
  return 0;
}
