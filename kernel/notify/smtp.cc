// E-mail by SMTP (libcurl). The one place that knows when a mail may have been taken without our hearing of it: from the first byte
// after the server's 354 to its answer to the end of the message.
#include <curl/curl.h>

#include <algorithm>
#include <cstring>
#include <mutex>

#include "mime.h"
#include "provider.h"

namespace tinhso::notify {
namespace {

// What the conversation has come to; filled by libcurl's callbacks, all on the sending thread.
struct Conversation {
  std::string mail;
  size_t given = 0;
  bool asked = false;       // the server has said 354: libcurl asks for the message
  bool stopped = false;     // before_handover said no
  bool whole = false;       // the end of the message was given
  bool leaving = false;     // QUIT was said
  const std::function<bool()>* before_handover = nullptr;
  std::string command;      // the last one sent, its first word
  std::string reply;        // the last reply's code and enhanced code ("550 5.1.1")
};

size_t GiveMail(char* to, size_t size, size_t count, void* conversation) {
  auto& c = *static_cast<Conversation*>(conversation);
  if (!c.asked) {
    c.asked = true;
    if (!(*c.before_handover)()) {
      c.stopped = true;
      return CURL_READFUNC_ABORT;
    }
  }
  const size_t n = std::min(size * count, c.mail.size() - c.given);
  std::memcpy(to, c.mail.data() + c.given, n);
  c.given += n;
  if (n == 0) c.whole = true;
  return n;
}

// "550 5.1.1 <lan@…> no such user" → "550 5.1.1": what stands behind may be personal.
std::string Codes(std::string_view line) {
  if (line.size() < 3 || line.substr(0, 3).find_first_not_of("0123456789") != std::string_view::npos) return "";
  std::string out(line.substr(0, 3));
  if (line.size() < 9) return out;
  std::string_view enhanced = line.substr(4, line.find_first_of(" \r\n", 4) - 4);
  const bool is_enhanced = enhanced.size() >= 5 && enhanced.size() <= 9 && enhanced[1] == '.' &&
                           enhanced.find_first_not_of("0123456789.") == std::string_view::npos;
  return is_enhanced ? out + " " + std::string(enhanced) : out;
}

int Listen(CURL*, curl_infotype type, char* bytes, size_t size, void* conversation) {
  auto& c = *static_cast<Conversation*>(conversation);
  const std::string_view line(bytes, size);
  // libcurl says goodbye before it tells us what went wrong: the server's farewell is not its answer.
  if (type == CURLINFO_HEADER_OUT && line.substr(0, 4) == "QUIT") c.leaving = true;
  if (c.leaving) return 0;
  if (type == CURLINFO_HEADER_OUT) c.command = line.substr(0, line.find_first_of(" \r\n:"));
  if (type == CURLINFO_HEADER_IN) {
    if (std::string codes = Codes(line); !codes.empty()) c.reply = codes;
  }
  return 0;
}

class SmtpProvider : public Provider {
 public:
  explicit SmtpProvider(const SmtpOptions& options) : options_(options) {
    const size_t at = options_.from_address.find('@');
    domain_ = options_.from_address.substr(at + 1);
    url_ = std::string(options_.security == "tls" ? "smtps" : "smtp") + "://" + options_.host + ":" +
           std::to_string(options_.port) + "/" + domain_;
  }

  Outcome Send(const Message& message, const std::function<bool()>& before_handover) override {
    if (!IsMailAddress(message.address)) return {Outcome::Kind::kAddressRefused, "address_malformed"};
    Conversation c;
    c.before_handover = &before_handover;
    c.mail = BuildMail({options_.from_name, options_.from_address, message.address, message.subject, message.text,
                        message.html, message.language, message.message_id + "@" + domain_, message.unsubscribe_url,
                        message.at_us});
    std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(), &curl_easy_cleanup);
    if (!curl) return {Outcome::Kind::kTemporary, "curl_init"};
    CURL* h = curl.get();
    const std::string from = "<" + options_.from_address + ">", to = "<" + message.address + ">";
    std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> rcpt(curl_slist_append(nullptr, to.c_str()),
                                                                    &curl_slist_free_all);
    curl_easy_setopt(h, CURLOPT_URL, url_.c_str());
    curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(h, CURLOPT_PROXY, "");  // none, whatever the environment says
    curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT, static_cast<long>(options_.connect_timeout_s));
    curl_easy_setopt(h, CURLOPT_TIMEOUT, static_cast<long>(options_.timeout_s));
    curl_easy_setopt(h, CURLOPT_SERVER_RESPONSE_TIMEOUT, static_cast<long>(options_.timeout_s));
    if (options_.security != "none") {
      curl_easy_setopt(h, CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_ALL));
      curl_easy_setopt(h, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
      if (!options_.ca_file.empty()) {
        curl_easy_setopt(h, CURLOPT_CAINFO, options_.ca_file.c_str());
        curl_easy_setopt(h, CURLOPT_CAPATH, nullptr);
      }
    }
    if (!options_.username.empty()) {
      curl_easy_setopt(h, CURLOPT_USERNAME, options_.username.c_str());
      curl_easy_setopt(h, CURLOPT_PASSWORD, options_.password.c_str());
    }
    curl_easy_setopt(h, CURLOPT_MAIL_FROM, from.c_str());
    curl_easy_setopt(h, CURLOPT_MAIL_RCPT, rcpt.get());
    curl_easy_setopt(h, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(h, CURLOPT_READFUNCTION, &GiveMail);
    curl_easy_setopt(h, CURLOPT_READDATA, &c);
    curl_easy_setopt(h, CURLOPT_VERBOSE, 1L);  // to the callback, not to the terminal
    curl_easy_setopt(h, CURLOPT_DEBUGFUNCTION, &Listen);
    curl_easy_setopt(h, CURLOPT_DEBUGDATA, &c);
    const CURLcode code = curl_easy_perform(h);
    // The farewell is of no interest, and libcurl would wait for the answer to it for two minutes.
    curl_easy_setopt(h, CURLOPT_VERBOSE, 0L);
    curl_easy_setopt(h, CURLOPT_SERVER_RESPONSE_TIMEOUT, 1L);
    if (code == CURLE_OK) return {Outcome::Kind::kSent, ""};
    if (c.stopped) return {Outcome::Kind::kTemporary, "lease_lost"};
    return Judge(c, code);
  }

 private:
  static Outcome Judge(const Conversation& c, CURLcode code) {
    using Kind = Outcome::Kind;
    const char klass = c.reply.empty() ? ' ' : c.reply[0];
    std::string detail = c.command + " " + c.reply;
    if (klass != '4' && klass != '5') detail += " curl " + std::to_string(static_cast<int>(code));
    if (c.asked) {
      if (klass == '5') return {Kind::kRefused, "DATA " + c.reply};
      if (klass == '4') return {Kind::kTemporary, "DATA " + c.reply};
      // Without its last line a message is not one; with it, only the server knows.
      return {c.whole ? Kind::kUnknown : Kind::kTemporary, "DATA curl " + std::to_string(static_cast<int>(code))};
    }
    if (klass == '5' && c.command == "RCPT") {
      // 5.1.x and 5.2.1: no such mailbox or a closed one. Anything else (relaying, policy, size) is not the address's fault.
      const std::string_view enhanced = c.reply.size() > 4 ? std::string_view(c.reply).substr(4) : "";
      const bool gone = enhanced.empty() ? c.reply == "550" || c.reply == "551" || c.reply == "553"
                                         : enhanced.substr(0, 4) == "5.1." || enhanced == "5.2.1";
      return {gone ? Kind::kAddressRefused : Kind::kRefused, detail};
    }
    if (klass == '5' && c.command == "DATA") return {Kind::kRefused, detail};
    // Signing in, the sender's address, the connection: the operator can mend these while messages wait.
    return {Kind::kTemporary, detail};
  }

  const SmtpOptions options_;
  std::string domain_, url_;
};

}  // namespace

Result<std::unique_ptr<Provider>> MakeSmtpProvider(const SmtpOptions& options) {
  auto invalid = [](std::string detail) { return MakeError(ErrorCode::kInternal, "config_smtp", std::move(detail)); };
  const bool loopback = options.host == "localhost" || options.host.substr(0, 4) == "127." || options.host == "::1";
  if (options.security != "starttls" && options.security != "tls" && options.security != "none")
    return invalid("security: starttls, tls, none");
  if (options.security == "none" && !loopback) return invalid("security none: loopback only");
  if (!IsMailAddress(options.from_address)) return invalid("from_address");
  if (options.host.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]") != std::string::npos)
    return invalid("host");
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  return Result<std::unique_ptr<Provider>>(std::make_unique<SmtpProvider>(options));
}

}  // namespace tinhso::notify
