// The server's certificate. Thread rule: a TlsContext is immutable; a reload makes another, and connections
// that are open keep theirs.
#pragma once
#include <memory>
#include <string>

#include "base/result.h"

namespace tinhso::http {

class TlsContext;

struct LoadedCertificate {
  std::shared_ptr<TlsContext> context;
  int64_t expires_at_s = 0;  // Unix seconds, of the server's own certificate
};
// PEM files; the certificate first, then its chain. TLS 1.2 and 1.3. kInvalid "config_certificate_unusable"
// with the file and OpenSSL's word for it.
Result<LoadedCertificate> LoadCertificate(const std::string& certificate_file, const std::string& key_file);

}  // namespace tinhso::http
