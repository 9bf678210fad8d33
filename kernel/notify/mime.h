// A mail as bytes: RFC 5322 headers, RFC 2047 words for Vietnamese, text and HTML side by side. Thread rule: pure functions.
#pragma once
#include <string>
#include <string_view>

#include "base/clock.h"

namespace tinhso::notify {

struct Mail {
  std::string from_name, from_address, to_address;
  std::string subject, text, html, language;
  std::string message_id;       // without <>
  std::string unsubscribe_url;  // "" = none
  TimeUs at_us = 0;
};
// Lines end with CRLF; no line is longer than 998 bytes; nothing of a value can begin a header of its own.
std::string BuildMail(const Mail& mail);

// A header's value: as it is when plain ASCII fits into a line, else encoded words of at most 75 characters, never cut inside
// a character, folded. `used` is what stands before it on its line.
std::string EncodeHeader(std::string_view utf8, size_t used);
// "Mon, 23 Nov 2026 15:02:11 +0700"
std::string MailDate(TimeUs at_us);
// A plain address that can stand in a header and in SMTP: ASCII, one @, a domain with a dot (or localhost), no quoting.
bool IsMailAddress(std::string_view address);

}  // namespace tinhso::notify
