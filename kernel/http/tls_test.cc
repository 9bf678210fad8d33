// TLS as a client sees it: versions, HSTS, a certificate changed while connections are open. The client is
// OpenSSL's own.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "base/ids.h"
#include "kernel/http/http.h"

namespace tinhso::http {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

// A self-signed certificate for "localhost" with this serial number.
void WriteCertificate(const fs::path& dir, long serial, long valid_s) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate), valid_s);
  X509_set_pubkey(certificate, key);
  X509_NAME* name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("localhost"),
                             -1, -1, 0);
  X509_set_issuer_name(certificate, name);
  X509_sign(certificate, key, EVP_sha256());
  std::FILE* file = std::fopen((dir / "certificate.pem").c_str(), "w");
  PEM_write_X509(file, certificate);
  std::fclose(file);
  file = std::fopen((dir / "key.pem").c_str(), "w");
  PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(file);
  X509_free(certificate);
  EVP_PKEY_free(key);
}

class TlsClient {
 public:
  explicit TlsClient(int port, int version_max = 0) : context_(SSL_CTX_new(TLS_client_method())) {
    if (version_max) SSL_CTX_set_max_proto_version(context_, version_max);
    SSL_CTX_set_cipher_list(context_, "ALL:@SECLEVEL=0");
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    timeval wait{10, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ssl_ = SSL_new(context_);
    SSL_set_fd(ssl_, fd_);
    connected_ =
        ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 && SSL_connect(ssl_) == 1;
  }
  ~TlsClient() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
    ::close(fd_);
  }
  bool connected() const { return connected_; }
  std::string version() const { return SSL_get_version(ssl_); }
  long serial() const {
    X509* certificate = SSL_get1_peer_certificate(ssl_);
    long serial = certificate ? ASN1_INTEGER_get(X509_get0_serialNumber(certificate)) : -1;
    X509_free(certificate);
    return serial;
  }
  void Send(const std::string& text) {
    ASSERT_EQ(SSL_write(ssl_, text.data(), static_cast<int>(text.size())), static_cast<int>(text.size()));
  }
  // Until the server says that nothing more comes; `ended_well_` when it says so in TLS and not by cutting.
  std::string ReadAll() {
    std::string out;
    char bytes[16384];
    int n;
    while ((n = SSL_read(ssl_, bytes, sizeof bytes)) > 0) out.append(bytes, static_cast<size_t>(n));
    ended_well_ = SSL_get_error(ssl_, n) == SSL_ERROR_ZERO_RETURN;
    return out;
  }
  // One answer of a kept connection: head and Content-Length bytes.
  std::string ReadAnswer() {
    std::string out;
    size_t want = std::string::npos;
    char byte;
    while (out.size() < want && SSL_read(ssl_, &byte, 1) == 1) {
      out.push_back(byte);
      if (want == std::string::npos && out.ends_with("\r\n\r\n")) {
        size_t at = out.find("Content-Length: ");
        want = out.size() +
               (at == std::string::npos ? 0 : static_cast<size_t>(std::atol(out.c_str() + at + 16)));
      }
    }
    return out;
  }
  bool ended_well() const { return ended_well_; }

 private:
  SSL_CTX* context_;
  SSL* ssl_;
  int fd_;
  bool connected_ = false, ended_well_ = false;
};

class TlsServerTest : public testing::Test {
 protected:
  void SetUp() override {
    dir_ = fs::temp_directory_path() / ("tinhso-tls-" + RandomToken());
    fs::create_directories(dir_);
    WriteCertificate(dir_, 1, 3600);
    options_.port = 0;
    options_.temp_dir = dir_.string();
    options_.certificate_file = (dir_ / "certificate.pem").string();
    options_.key_file = (dir_ / "key.pem").string();
    options_.hsts_max_age_s = 1000;
    options_.header_timeout_s = 2;
    router_.Add({"GET", "/hello", "public", "", BodyKind::kNone, [](Request& request) -> Result<Response> {
                   return Response::Text(request.https ? "over tls" : "in clear");
                 }});
    router_.Add({"GET", "/large", "public", "", BodyKind::kNone,
                 [](Request&) -> Result<Response> { return Response::Text(std::string(3'000'000, 'x')); }});
    router_.Add({"POST", "/length", "public", "x", BodyKind::kJson, [](Request& request) -> Result<Response> {
                   return Response::Text(std::to_string(request.body.size()));
                 }});
  }
  void TearDown() override {
    if (server_) server_->Stop(5);
    fs::remove_all(dir_);
  }
  void Start() {
    auto started =
        Server::Start(options_, router_, [](const Request&) { return std::optional<Principal>(); });
    ASSERT_TRUE(started.ok()) << started.error().reason << " " << started.error().detail;
    server_ = std::move(started).value();
  }
  static std::string Get(const std::string& target, const std::string& connection = "close") {
    return "GET " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: " + connection + "\r\n\r\n";
  }
  fs::path dir_;
  ServerOptions options_;
  Router router_;
  std::unique_ptr<Server> server_;
};

TEST_F(TlsServerTest, AnswersWithHstsAndEndsInTls) {
  Start();
  TlsClient client(server_->port());
  ASSERT_TRUE(client.connected());
  EXPECT_EQ(client.version(), "TLSv1.3");
  client.Send(Get("/hello"));
  std::string answer = client.ReadAll();
  EXPECT_THAT(answer, AllOf(HasSubstr("200 OK"), HasSubstr("over tls"),
                            HasSubstr("Strict-Transport-Security: max-age=1000")));
  EXPECT_TRUE(client.ended_well());
}

TEST_F(TlsServerTest, LargeAnswersAndBodiesGoThrough) {
  Start();
  TlsClient client(server_->port(), TLS1_2_VERSION);
  ASSERT_TRUE(client.connected());
  EXPECT_EQ(client.version(), "TLSv1.2");
  client.Send(Get("/large", "keep-alive"));
  EXPECT_GT(client.ReadAnswer().size(), 3'000'000u);
  std::string body(900'000, ' ');
  client.Send(
      "POST /length HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: "
      "application/json\r\nContent-Length: " +
      std::to_string(body.size()) + "\r\n\r\n" + body);
  EXPECT_THAT(client.ReadAll(), HasSubstr("900000"));
}

TEST_F(TlsServerTest, OldVersionsAndPlainHttpAreRefused) {
  Start();
  EXPECT_FALSE(TlsClient(server_->port(), TLS1_1_VERSION).connected());
  int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(server_->port()));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  std::string raw = Get("/hello"), answer(1000, '\0');
  ASSERT_EQ(::send(fd, raw.data(), raw.size(), MSG_NOSIGNAL), static_cast<ssize_t>(raw.size()));
  ssize_t n = ::recv(fd, answer.data(), answer.size(), 0);
  EXPECT_THAT(answer.substr(0, n > 0 ? static_cast<size_t>(n) : 0), Not(HasSubstr("200")));
  ::close(fd);
}

// A renewed certificate must not cost the people who are connected anything, nor a broken one the service.
TEST_F(TlsServerTest, ReloadServesTheNewCertificateAndKeepsTheOldOneWhenTheNewIsBroken) {
  Start();
  TlsClient before(server_->port());
  ASSERT_TRUE(before.connected());
  EXPECT_EQ(before.serial(), 1);
  int64_t expires = server_->certificate_expires_at_s();
  WriteCertificate(dir_, 2, 7200);
  ASSERT_TRUE(server_->ReloadCertificate().ok());
  EXPECT_GT(server_->certificate_expires_at_s(), expires);
  before.Send(Get("/hello"));
  EXPECT_THAT(before.ReadAll(), HasSubstr("over tls"));
  EXPECT_EQ(TlsClient(server_->port()).serial(), 2);
  std::ofstream(dir_ / "certificate.pem") << "not a certificate";
  auto broken = server_->ReloadCertificate();
  ASSERT_FALSE(broken.ok());
  EXPECT_EQ(broken.error().reason, "config_certificate_unusable");
  EXPECT_EQ(TlsClient(server_->port()).serial(), 2);
}

TEST_F(TlsServerTest, AKeyOfAnotherCertificateIsRefused) {
  fs::copy_file(dir_ / "certificate.pem", dir_ / "other.pem");
  WriteCertificate(dir_, 2, 3600);
  EXPECT_EQ(CheckCertificate((dir_ / "other.pem").string(), options_.key_file).error().reason,
            "config_certificate_unusable");
  EXPECT_TRUE(CheckCertificate(options_.certificate_file, options_.key_file).ok());
}

// Silence before the handshake is cut like a slow header.
TEST_F(TlsServerTest, SilentConnectionsAreCut) {
  options_.header_timeout_s = 1;
  Start();
  int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(server_->port()));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  timeval wait{20, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
  char byte;
  EXPECT_EQ(::recv(fd, &byte, 1, 0), 0);
  ::close(fd);
}

}  // namespace
}  // namespace tinhso::http
