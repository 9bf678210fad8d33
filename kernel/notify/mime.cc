#include "mime.h"

#include <algorithm>
#include <cstdio>

#include "base/crypto.h"

namespace tinhso::notify {
namespace {

constexpr size_t kLineMax = 76;         // RFC 2045 6.8, RFC 5322 2.1.1 asks for 78
constexpr size_t kEncodedWordMax = 75;  // RFC 2047 2
constexpr std::string_view kWordStart = "=?UTF-8?B?", kWordEnd = "?=";

// Controls would end a header or smuggle one in.
std::string OneLine(std::string_view value) {
  std::string out;
  for (char c : value) out.push_back(static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c);
  return out;
}

size_t CharacterBytes(unsigned char lead) { return lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4; }

std::string Base64Lines(std::string_view bytes) {
  const std::string plain = crypto::Base64Encode(bytes);
  std::string out;
  for (size_t at = 0; at < plain.size(); at += kLineMax) out.append(plain, at, kLineMax).append("\r\n");
  return out;
}

std::string CrLf(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '\r') continue;
    if (c == '\n') out.push_back('\r');
    out.push_back(c);
  }
  return out;
}

void AppendPart(std::string& out, std::string_view boundary, std::string_view type, std::string_view content) {
  out.append("--").append(boundary).append("\r\nContent-Type: ").append(type);
  out.append("; charset=UTF-8\r\nContent-Transfer-Encoding: base64\r\n\r\n").append(Base64Lines(CrLf(content)));
}

}  // namespace

std::string EncodeHeader(std::string_view utf8, size_t used) {
  const std::string value = OneLine(utf8);
  const bool plain = std::all_of(value.begin(), value.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  // Plain text that looks like an encoded word would be read as one.
  if (plain && used + value.size() <= kLineMax && value.find("=?") == std::string::npos) return value;
  std::string out;
  size_t at = 0, room = std::min(kEncodedWordMax, used < 40 ? kLineMax - used : kEncodedWordMax);
  if (used >= 40) out = "\r\n ";
  while (at < value.size()) {
    const size_t bytes_max = (room - kWordStart.size() - kWordEnd.size()) / 4 * 3;
    size_t end = at;
    while (end < value.size()) {
      const size_t next = std::min(value.size(), end + CharacterBytes(static_cast<unsigned char>(value[end])));
      if (next - at > bytes_max) break;
      end = next;
    }
    if (at > 0) out.append("\r\n ");
    out.append(kWordStart).append(crypto::Base64Encode(std::string_view(value).substr(at, end - at))).append(kWordEnd);
    at = end;
    room = kEncodedWordMax;
  }
  return out;
}

std::string MailDate(TimeUs at_us) {
  constexpr const char* kDays[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
  constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const Date date = LocalDate(at_us);
  const int minute = LocalMinuteOfDay(at_us);
  char text[64];
  std::snprintf(text, sizeof text, "%s, %02d %s %04d %02d:%02d:%02d +0700", kDays[Weekday(date)], date.day,
                kMonths[date.month - 1], date.year, minute / 60, minute % 60,
                static_cast<int>(at_us / kUsPerSecond % 60));
  return text;
}

bool IsMailAddress(std::string_view address) {
  constexpr std::string_view kLocal = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+/=?^_`{|}~-.";
  constexpr std::string_view kDomain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.";
  const size_t at = address.find('@');
  if (at == std::string_view::npos || at == 0 || at > 64 || address.size() > 254) return false;
  const std::string_view local = address.substr(0, at), domain = address.substr(at + 1);
  auto dotted = [](std::string_view part) {
    return !part.empty() && part.front() != '.' && part.back() != '.' && part.find("..") == std::string_view::npos;
  };
  return local.find_first_not_of(kLocal) == std::string_view::npos &&
         domain.find_first_not_of(kDomain) == std::string_view::npos && dotted(local) && dotted(domain) &&
         domain.front() != '-' && (domain.find('.') != std::string_view::npos || domain == "localhost");
}

std::string BuildMail(const Mail& mail) {
  const std::string boundary = "=_" + crypto::Sha256Hex(mail.message_id + "\n" + mail.text).substr(0, 32);
  std::string out;
  auto header = [&](std::string_view name, std::string_view value) {
    out.append(name).append(": ").append(value).append("\r\n");
  };
  std::string from = EncodeHeader(mail.from_name, 6);
  // A plain name may hold characters that need quotes.
  if (!from.empty() && from.substr(0, 2) != "=?") {
    std::string quoted = "\"";
    for (char c : from) {
      if (c == '"' || c == '\\') quoted.push_back('\\');
      quoted.push_back(c);
    }
    from = quoted + "\"";
  }
  header("Date", MailDate(mail.at_us));
  header("From", (from.empty() ? "" : from + "\r\n ") + "<" + OneLine(mail.from_address) + ">");
  header("To", "<" + OneLine(mail.to_address) + ">");
  header("Subject", EncodeHeader(mail.subject, 9));
  header("Message-ID", "<" + OneLine(mail.message_id) + ">");
  header("Auto-Submitted", "auto-generated");  // RFC 3834: no machine should answer
  header("Content-Language", OneLine(mail.language));
  if (!mail.unsubscribe_url.empty()) {
    header("List-Unsubscribe", "<" + OneLine(mail.unsubscribe_url) + ">");
    header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click");  // RFC 8058
  }
  header("MIME-Version", "1.0");
  header("Content-Type", "multipart/alternative;\r\n boundary=\"" + boundary + "\"");
  out.append("\r\n");
  AppendPart(out, boundary, "text/plain", mail.text);
  AppendPart(out, boundary, "text/html", mail.html);
  return out.append("--").append(boundary).append("--\r\n");
}

}  // namespace tinhso::notify
