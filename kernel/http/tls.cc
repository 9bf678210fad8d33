// TLS (OpenSSL 3 through Asio). The only file that sees asio/ssl, which is slow to compile.
#include "tls.h"

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <cstring>
#include <ctime>

#include "stream.h"

namespace tinhso::http {

namespace ssl = boost::asio::ssl;

class TlsContext {
 public:
  ssl::context context{ssl::context::tls_server};
};

namespace {

constexpr const char* kTls12Ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20";  // TLS 1.3 has no weak ones

class OpenSslLayer : public TlsLayer {
 public:
  OpenSslLayer(PlainStream& under, std::shared_ptr<TlsContext> context)
      : context_(std::move(context)), stream_(under, context_->context) {}
  void Handshake(std::function<void(error_code)> then) override {
    stream_.async_handshake(ssl::stream_base::server, std::move(then));
  }
  void ReadSome(net::mutable_buffer into, OnBytes then) override {
    stream_.async_read_some(into, std::move(then));
  }
  void WriteSome(net::const_buffer bytes, OnBytes then) override {
    stream_.async_write_some(bytes, std::move(then));
  }
  void SayGoodbye(std::function<void(error_code)> then) override { stream_.async_shutdown(std::move(then)); }

 private:
  const std::shared_ptr<TlsContext> context_;
  ssl::stream<PlainStream&> stream_;
};

// We speak HTTP/1.1 only; a client that offers nothing we know goes on without the extension.
int ChooseProtocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* offered,
                   unsigned int offered_size, void*) {
  static constexpr unsigned char kOurs[] = "\x08http/1.1";
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_size, kOurs, sizeof kOurs - 1, offered, offered_size) !=
      OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_NOACK;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

std::unique_ptr<TlsLayer> MakeTlsLayer(PlainStream& under, std::shared_ptr<TlsContext> context) {
  if (!context) return nullptr;
  return std::make_unique<OpenSslLayer>(under, std::move(context));
}

Result<LoadedCertificate> LoadCertificate(const std::string& certificate_file, const std::string& key_file) {
  auto made = std::make_shared<TlsContext>();
  auto unusable = [](const std::string& file, const std::string& why) {
    return MakeError(ErrorCode::kInvalid, "config_certificate_unusable", file + ": " + why);
  };
  error_code ec;
  ssl::context& context = made->context;
  context.set_options(ssl::context::default_workarounds | ssl::context::no_compression, ec);
  SSL_CTX* raw = context.native_handle();
  SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
  SSL_CTX_set_options(raw,
                      SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_cipher_list(raw, kTls12Ciphers);
  SSL_CTX_set_alpn_select_cb(raw, ChooseProtocol, nullptr);
  context.use_certificate_chain_file(certificate_file, ec);
  if (ec) return unusable(certificate_file, ec.message());
  context.use_private_key_file(key_file, ssl::context::pem, ec);
  if (ec) return unusable(key_file, ec.message());
  if (SSL_CTX_check_private_key(raw) != 1) return unusable(key_file, "the key is not the certificate's");
  LoadedCertificate loaded;
  std::tm expires{};
  if (X509* certificate = SSL_CTX_get0_certificate(raw);
      certificate && ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &expires) == 1)
    loaded.expires_at_s = static_cast<int64_t>(timegm(&expires));
  loaded.context = std::move(made);
  return loaded;
}

Status CheckCertificate(const std::string& certificate_file, const std::string& key_file) {
  auto loaded = LoadCertificate(certificate_file, key_file);
  return loaded.ok() ? Ok() : Status(loaded.error());
}

}  // namespace tinhso::http
