// An authenticator in software (ES256, "none" attestation), whose every part a test can bend. Tests only.
#pragma once
#include <openssl/ec.h>
#include <openssl/evp.h>

#include <memory>
#include <string>

#include "base/crypto.h"
#include "base/json.h"

namespace tinhso::identity {

struct SoftAuthenticator {
  std::string rp_id = "localhost", origin = "http://localhost:8080";
  std::string credential_id = "khoa-thu-nghiem-cua-lan";
  uint8_t flags = 0x05;  // user present and verified
  uint32_t count = 0;
  bool cross_origin = false;
  std::string type;  // "" = the right one
  std::shared_ptr<EVP_PKEY> key{EVP_EC_gen("P-256"), EVP_PKEY_free};

  std::string Bytes16(uint32_t n) const { return {static_cast<char>(n >> 8), static_cast<char>(n)}; }
  std::string AuthData(uint8_t extra_flags) const {
    std::string out = crypto::Sha256Bytes(rp_id);
    out.push_back(static_cast<char>(flags | extra_flags));
    for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(count >> shift));
    return out;
  }
  std::string CoseKey() const {
    size_t length = 0;
    unsigned char point[65];
    EVP_PKEY_get_octet_string_param(key.get(), "encoded-pub-key", point, sizeof point, &length);
    std::string x(reinterpret_cast<char*>(point) + 1, 32), y(reinterpret_cast<char*>(point) + 33, 32);
    return std::string("\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20", 10) + x + std::string("\x22\x58\x20", 3) + y;
  }
  std::string ClientData(const char* right_type, const std::string& challenge) const {
    return json::serialize(json::object{{"type", type.empty() ? right_type : type}, {"challenge", challenge}, {"origin", origin}, {"crossOrigin", cross_origin}});
  }
  json::object Register(const std::string& challenge) const {
    std::string data = AuthData(0x40) + std::string(16, '\0') + Bytes16(static_cast<uint32_t>(credential_id.size())) + credential_id + CoseKey();
    std::string attestation = std::string("\xa3\x63") + "fmt" + "\x64" + "none" + "\x67" + "attStmt" + "\xa0" + "\x68" + "authData" + "\x59" + Bytes16(static_cast<uint32_t>(data.size())) + data;
    return {{"id", crypto::Base64UrlEncode(credential_id)},
            {"type", "public-key"},
            {"response", json::object{{"clientDataJSON", crypto::Base64UrlEncode(ClientData("webauthn.create", challenge))},
                                      {"attestationObject", crypto::Base64UrlEncode(attestation)}}}};
  }
  json::object Sign(const std::string& challenge) const {
    std::string client = ClientData("webauthn.get", challenge), data = AuthData(0), message = data + crypto::Sha256Bytes(client);
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    unsigned char signature[256];
    size_t length = sizeof signature;
    EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get());
    EVP_DigestSign(context.get(), signature, &length, reinterpret_cast<const unsigned char*>(message.data()), message.size());
    return {{"id", crypto::Base64UrlEncode(credential_id)},
            {"type", "public-key"},
            {"response", json::object{{"clientDataJSON", crypto::Base64UrlEncode(client)},
                                      {"authenticatorData", crypto::Base64UrlEncode(data)},
                                      {"signature", crypto::Base64UrlEncode({reinterpret_cast<char*>(signature), length})}}}};
  }
};

}  // namespace tinhso::identity
